"""`init`: another bank's knowledge base, whole or not at all."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from click.testing import CliRunner

from targets import starting
from targets.assessment import Status, assess
from targets.catalog import definitions_folder, inspect, load
from targets.cli import cli
from targets.problems import Code, Problems
from targets.publish import site
from targets.schema.measures import Dataset
from targets.schema.organisation import Unit
from targets.schema.source import Document, Role
from targets.schema.targets import Decision, Target
from targets.starting import start

NAME = "高原农商银行"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bank(tmp_path_factory) -> Path:
    return start(tmp_path_factory.mktemp("banks") / "gaoyuan", NAME)


def everything(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


class TestStarting:
    def test_its_definitions_hold_one_of_each_and_have_no_fault(self, bank):
        catalog, problems = inspect(bank / "definitions")
        assert problems == ()
        for kind in (Document, Target, Role, Decision, Dataset):
            assert len(catalog.all(kind)) == 1, kind
        assert len(catalog.all(Unit)) == 3
        assert catalog.bank.name == NAME

    def test_its_definitions_are_written_in_the_one_form(self, bank):
        folder = str(bank / "definitions")
        told = CliRunner().invoke(cli, ["fmt", "--check", "--definitions", folder])
        assert told.exit_code == 0, told.output

    def test_its_data_are_judged_at_once_and_called_invented(self, bank):
        # 31 of 40 and 36 of 60 merchants on file: 77.5 %, 60 % and 67 of 100 against 70 %
        found = assess(load(bank / "definitions"), bank / "data" / "sample")
        assert found.label == "示例数据"
        assert {f.subject.unit_code: (f.status, f.value) for f in found.findings} == {
            "0000": (Status.MISSED, 67), "0100": (Status.MET, 77.5), "0200": (Status.MISSED, 60),
        }  # fmt: skip

    def test_every_page_of_its_contents_is_there(self, bank):
        contents = yaml.safe_load((bank / "_toc.yml").read_text(encoding="utf-8"))
        pages = [contents["root"], *(chapter["file"] for chapter in contents["chapters"])]
        for page in pages:
            assert any((bank / f"{page}{s}").is_file() for s in (".md", ".ipynb")), page

    def test_its_pages_name_records_that_it_has(self, bank):
        records = load(bank / "definitions").records
        for page in (bank / "book").glob("*.md"):
            named = re.findall(r"\bpolicy\.[a-z_]+\.[a-z_.0-9]+", page.read_text(encoding="utf-8"))
            assert set(named) <= records.keys(), page.name

    def test_it_carries_its_name_and_no_copy_of_the_site_s_looks(self, bank):
        config = yaml.safe_load((bank / "_config.yml").read_text(encoding="utf-8"))
        assert config["title"] == f"{NAME}政策手册"
        assert config["sphinx"]["config"]["extensions"] == ["targets.publish.site"]
        assert not any("{{" in p.read_text(encoding="utf-8") for p in everything(bank)
                       if p.suffix in (".md", ".yml", ".yaml") or p.name == "Makefile")
        assert not [p for p in everything(bank) if p.suffix in (".css", ".js", ".woff2", ".html")]

    def test_it_says_where_the_package_comes_from(self, bank, tmp_path):
        assert "zhixing-targets[site] @ file://" in (bank / "requirements.txt").read_text("utf-8")
        other = start(tmp_path / "b", NAME, package="zhixing-targets[site]==9.9")
        assert "\nzhixing-targets[site]==9.9\n" in (other / "requirements.txt").read_text("utf-8")

    def test_commands_inside_it_use_its_own_definitions(self, bank, monkeypatch):
        monkeypatch.delenv("ZHIXING_DEFINITIONS", raising=False)
        monkeypatch.chdir(bank / "notebooks")
        assert definitions_folder() == bank / "definitions"
        told = CliRunner().invoke(cli, ["show", "policy.target.profiled"])
        assert told.exit_code == 0, told.output
        assert "商户建档" in told.output

    def test_an_empty_folder_may_be_used(self, tmp_path):
        (tmp_path / "empty").mkdir()
        told = CliRunner().invoke(cli, ["init", str(tmp_path / "empty"), "--name", NAME])
        assert told.exit_code == 0, told.output
        assert "make site" in told.output
        assert [p.name for p in tmp_path.iterdir()] == ["empty"]


class TestRefusals:
    def refused(self, folder: Path, code: Code, name: str = NAME) -> str:
        told = CliRunner().invoke(cli, ["init", str(folder), "--name", name])
        assert told.exit_code == 1, told.output
        assert code.value in told.stderr
        return told.stderr

    def test_a_folder_with_something_in_it_is_left_alone(self, tmp_path):
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "账.txt").write_text("勿动", encoding="utf-8")
        assert "账.txt" in self.refused(tmp_path / "full", Code.START_TAKEN)
        assert [p.name for p in everything(tmp_path)] == ["账.txt"]

    def test_a_file_a_link_and_a_place_without_a_parent(self, tmp_path):
        (tmp_path / "file").write_text("", encoding="utf-8")
        (tmp_path / "link").symlink_to(tmp_path)
        for name in ("file", "link", "no/where"):
            self.refused(tmp_path / name, Code.START_PLACE)

    @pytest.mark.parametrize(
        "name", [" ", "甲" * 41, '银行"', "银行\n", "银行$", "𠀀银行", "12", "true", "-行"]
    )
    def test_a_name_that_would_break_a_file_or_show_as_a_box(self, tmp_path, name):
        self.refused(tmp_path / "b", Code.START_NAME, name)
        assert not everything(tmp_path)

    @pytest.mark.parametrize("step", ["write_sample", "write_manifest", "load"])
    def test_a_disk_that_fills_up_leaves_nothing_behind(self, tmp_path, monkeypatch, step):
        def full(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(starting, step, full)
        with pytest.raises(Problems, match="写不进去"):
            start(tmp_path / "b", NAME)
        assert not list(tmp_path.iterdir())

    def test_a_place_that_nobody_may_write_to(self, tmp_path, monkeypatch):
        def denied(**_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(starting.tempfile, "mkdtemp", denied)
        with pytest.raises(Problems, match="写不进去"):
            start(tmp_path / "b", NAME)
        assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def built(bank, tmp_path_factory) -> Path:
    """The book without its notebook, which takes longer than all the rest."""
    folder = tmp_path_factory.mktemp("site") / "book"
    shutil.copytree(bank, folder)
    shutil.rmtree(folder / "notebooks")
    contents = (folder / "_toc.yml").read_text(encoding="utf-8")
    (folder / "_toc.yml").write_text(re.sub(r".*notebooks.*\n", "", contents), "utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "--keep-going"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True,
        text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "_build" / "html"


class TestSite:
    def test_it_builds_without_a_warning_and_shows_what_was_judged(self, built):
        page = (built / "book" / "index.html").read_text(encoding="utf-8")
        assert f"<title>{NAME}政策手册" in page
        assert "未达标" in page
        assert (built / "book" / "records" / "target" / "policy.target.profiled.html").is_file()

    def test_looks_scripts_and_fonts_come_from_the_package(self, built):
        for name in ("zhixing.css", "search.js", "fonts/ZhixingSans-Regular.woff2"):
            ours = REPOSITORY / "targets/publish/site/static" / name
            assert (built / "_static" / name).read_bytes() == ours.read_bytes()

    def test_no_page_loads_anything_from_outside(self, built):
        for page in built.rglob("*.html"):
            loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"',
                                page.read_text(encoding="utf-8"))
            assert loaded == [], page.name


class TestSettings:
    def test_what_a_site_says_itself_goes_before_the_package(self, tmp_path):
        said = "sphinx: {config: {html_show_sphinx: true, html_theme_options: {toc_title: 目录}}}"
        (tmp_path / "_config.yml").write_text(said, encoding="utf-8")
        mixed = {"html_show_sphinx": True, "html_theme_options": {"logo": "a"}}
        config = SimpleNamespace(**(dict.fromkeys(site.SETTINGS) | mixed))
        site._settle(SimpleNamespace(confdir=tmp_path), config)
        assert config.html_show_sphinx is True
        assert config.html_show_sourcelink is False
        assert config.html_theme_options["toc_title"] == "目录"
        assert config.html_theme_options["logo"] == "a"
        assert config.html_theme_options["search_bar_text"] == "搜索词语、数字、名称"

"""The commands around the package: environment, Chinese command line, browser, server, make."""

import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import urllib.request
from importlib.metadata import distribution, version
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from click.testing import CliRunner
from playwright.sync_api import Browser

from targets.cli.messages import LOCALE_DIR, Group, use_chinese
from tools import browser as browser_check
from tools.compile_locale import CATALOGUE, compiled
from tools.serve import main as serve
from tools.serve import server

REPOSITORY = Path(__file__).parents[1]
REQUIREMENTS = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
CONSTRAINTS = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")


def pins(text: str) -> dict[str, str]:
    """The pinned version of each package, by its normalised name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[\w+\])?==(\S+)", text, flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): pinned for name, pinned in found}


def run(*command: str, cwd: Path = REPOSITORY, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


class TestPinnedEnvironment:
    def test_every_direct_dependency_is_pinned_with_a_chinese_reason(self):
        lines = [line for line in REQUIREMENTS.splitlines()[1:] if line and line[0] != "#"]
        unexplained = [
            line for line in lines if not re.fullmatch(r"\S+==\S+ +# .*[\u4e00-\u9fff].*", line)
        ]
        assert unexplained == []

    def test_the_two_lists_agree(self):
        assert REQUIREMENTS.startswith("-c constraints.txt\n")
        assert pins(REQUIREMENTS).items() <= pins(CONSTRAINTS).items()

    def test_constraints_name_no_place_and_not_this_package(self):
        entries = [line for line in CONSTRAINTS.splitlines() if not line.startswith("#")]
        assert [line for line in entries if not re.fullmatch(r"[\w.-]+==[\w.+]+", line)] == []
        assert "zhixing-targets" not in pins(CONSTRAINTS)

    def test_what_is_installed_is_what_is_pinned(self):
        assert {name: version(name) for name in pins(REQUIREMENTS)} == pins(REQUIREMENTS)

    def test_what_the_package_imports_is_among_the_direct_dependencies(self):
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
        declared = project["project"]["dependencies"]
        assert {re.match(r"[\w-]+", entry)[0].lower() for entry in declared} <= set(
            pins(REQUIREMENTS)
        )

    def test_the_command_is_installed(self):
        scripts = distribution("zhixing-targets").entry_points.select(group="console_scripts")
        assert [(entry.name, entry.value) for entry in scripts] == [("zhixing", "targets.cli:main")]


SMALL_COMMAND = """
import os
import subprocess
import sys

from targets.cli.messages import Group, use_chinese

before = dict(os.environ)
use_chinese()
assert dict(os.environ) == before

import click

@click.group(cls=Group)
def main():
    "样例命令"

@main.command()
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False))
@click.option("--times", type=click.IntRange(1, 5), default=1)
@click.option("--format", type=click.Choice(["csv", "json"]))
def run(data, times, format):
    "运行"
    subprocess.run([sys.executable, "-c", "print(__import__('os').environ.get('LANG'))"])

main(prog_name="样例")
"""


class TestChineseCommandLine:
    @pytest.fixture
    def small(self, tmp_path: Path):
        script = tmp_path / "small.py"
        script.write_text(SMALL_COMMAND, encoding="utf-8")

        def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
            variables = {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(REPOSITORY)} | variables
            return run(sys.executable, str(script), *arguments, **variables)

        return call

    @pytest.mark.parametrize("language", ["C", "en_US.UTF-8", "de_DE.UTF-8"])
    def test_help_is_chinese_in_a_terminal_of_any_language(self, small, language: str):
        told = small("run", "--help", LANG=language, LC_ALL=language, LANGUAGE="")
        assert told.returncode == 0
        for text in ("用法：", "[选项]", "选项:", "必填", "目录", "显示本帮助后退出"):
            assert text in told.stdout
        for text in ("Usage", "Options", "OPTIONS", "INTEGER", "Show this"):
            assert text not in told.stdout

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["run"], "错误：缺少选项 '--data'"),
            (["run", "--time", "2"], "没有选项 '--time'。 是否想写 '--times'？"),
            (["rum"], "没有命令 'rum'。 是否想写 'run'？"),
            (["run", "--data", "不在"], "目录 '不在' 不存在"),
            (["run", "--data", ".", "--times", "9"], "9 超出范围 1<=x<=5"),
            (["run", "--data", ".", "--times", "多"], "'多' 不是有效的整数"),
            (["run", "--data", ".", "--format", "pdf"], "可选：'csv', 'json'"),
            (["run", "--data", ".", "多余"], "多出了不认识的参数（多余）"),
            (["run", "--data"], "选项 '--data' 需要 1 个值"),
        ],
    )
    def test_wrong_use_is_answered_in_chinese_with_exit_code_2(
        self, arguments: list[str], message: str
    ):
        use_chinese()

        @click.group(cls=Group)
        def main() -> None: ...

        @main.command("run")
        @click.option("--data", required=True, type=click.Path(exists=True, file_okay=False))
        @click.option("--times", type=click.IntRange(1, 5))
        @click.option("--format", type=click.Choice(["csv", "json"]))
        def _run(**options: object) -> None: ...

        told = CliRunner().invoke(main, arguments)
        assert message in told.output
        assert told.exit_code == 2

    def test_child_processes_keep_the_language_of_the_terminal(self, small):
        told = small("run", "--data", ".", LANG="fr_FR.UTF-8")
        assert told.stdout.split() == ["fr_FR.UTF-8"]

    def test_every_message_of_the_installed_library_is_translated(self):
        keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
        spoken = {
            message
            for *_place, message, _comments, _context in extract_from_dir(
                Path(click.__file__).parent, keywords=keywords
            )
        }
        with CATALOGUE.open("rb") as source:
            catalogue = read_po(source)
        translated = {entry.id for entry in catalogue if entry.string and all(entry.string)}
        assert len(spoken) > 50
        assert spoken - translated == set()

    def test_translations_use_only_the_fields_that_are_filled_in(self):
        def fields(text: str) -> set[str]:
            return set(re.findall(r"{(\w+)|%\((\w+)\)", text))

        with CATALOGUE.open("rb") as source:
            for entry in read_po(source):
                given = entry.id if isinstance(entry.id, tuple) else (entry.id,)
                told = entry.string if isinstance(entry.string, tuple) else (entry.string,)
                if entry.id:
                    assert set().union(*map(fields, told)) == fields(given[-1]), entry.id

    def test_the_compiled_catalogue_is_in_step_with_its_source(self):
        binary = (LOCALE_DIR / "zh_CN/LC_MESSAGES/messages.mo").read_bytes()
        assert binary == compiled(), "请运行 python tools/compile_locale.py"


class TestBrowserCheck:
    def check(self, **variables: str) -> subprocess.CompletedProcess:
        # A path that is named but absent stands for a machine without a browser; nothing is
        # installed then, as the choice was the user's.
        return run(sys.executable, "tools/browser.py", CHROMIUM="/不在/chromium", **variables)

    def test_a_missing_browser_is_one_line_that_says_how_to_get_it(self):
        told = self.check(CI="")
        assert told.returncode == 0
        assert told.stderr.count("\n") == 1
        assert "apt-get install chromium" in told.stderr

    def test_a_missing_browser_fails_on_a_build_server(self):
        assert self.check(CI="true").returncode == 1

    @pytest.fixture
    def fresh_machine(self, tmp_path: Path, monkeypatch) -> Path:
        """A machine whose package lists are empty until they are fetched."""
        apt = tmp_path / "apt-get"
        apt.write_text(
            f'#!/bin/sh\ncd {tmp_path}\necho "$@" >> calls\ncase "$*" in\n'
            "*update*) : > lists;;\n"
            "*install*) [ -e lists ] || exit 100; : > chromium; /bin/chmod +x chromium;;\nesac\n",
            encoding="utf-8",
        )
        apt.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("CHROMIUM", raising=False)
        return tmp_path

    def test_the_administrator_gets_it_installed(self, fresh_machine: Path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert browser_check.main() == 0
        assert browser_check.find() == str(fresh_machine / "chromium")

    def test_nobody_else_has_anything_installed(self, fresh_machine: Path, monkeypatch, capsys):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.delenv("CI", raising=False)
        assert browser_check.main() == 0
        assert not (fresh_machine / "calls").exists()
        assert "缺少 Chromium" in capsys.readouterr().err

    @pytest.mark.browser
    def test_chromium_starts(self, browser: Browser):
        page = browser.new_page()
        page.set_content("<title>知行</title>")
        assert page.title() == "知行"


class TestServe:
    def test_serves_the_folder_on_this_machine_only(self, tmp_path: Path):
        (tmp_path / "首页.html").write_text("知行", encoding="utf-8")
        with server(tmp_path, port=0) as running:
            threading.Thread(target=running.serve_forever, daemon=True).start()
            host, port = running.server_address
            address = f"http://{host}:{port}/%E9%A6%96%E9%A1%B5.html"
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.read().decode() == "知行"
            running.shutdown()
        assert host == "127.0.0.1"

    @pytest.mark.parametrize("port", ["乱写", "99999"])
    def test_a_useless_port_is_explained(self, port: str, tmp_path: Path, capsys):
        assert serve(str(tmp_path), port) == 1
        assert f"无法使用端口 {port}：应为 0 到 65535 的整数" in capsys.readouterr().err

    def test_a_taken_port_is_explained(self, tmp_path: Path, capsys):
        with server(tmp_path, port=0) as running:
            port = str(running.server_port)
            assert serve(str(tmp_path), port) == 1
        assert f"无法使用端口 {port}：已被别的程序占用" in capsys.readouterr().err


class TestMake:
    def test_without_a_goal_it_lists_every_command(self):
        told = run("make")
        for goal in ("site", "test", "serve", "lab", "check", "sample", "bench", "clean"):
            assert re.search(rf"make {goal} +[\u4e00-\u9fff]", told.stdout)

    @pytest.fixture
    def bare(self, tmp_path: Path):
        """A folder with the environment script, and a PATH that offers the given Python only."""
        (tmp_path / "tools").mkdir()
        shutil.copy(REPOSITORY / "tools/make_env.sh", tmp_path / "tools")
        (tmp_path / "bin").mkdir()
        for command in ("cp", "mkdir", "rm", "touch"):
            (tmp_path / "bin" / command).symlink_to(shutil.which(command))

        def make_env(python: str | None) -> subprocess.CompletedProcess:
            if python is not None:
                script = tmp_path / "bin/python3"
                script.write_text(python, encoding="utf-8")
                script.chmod(0o755)
            return run(
                "/bin/sh", "tools/make_env.sh", cwd=tmp_path, PATH=str(tmp_path / "bin"), PYTHON=""
            )

        return make_env

    def test_a_missing_python_is_explained(self, bare, tmp_path: Path):
        told = bare(None)
        assert told.returncode == 1
        assert "apt install python3.11 python3.11-venv" in told.stderr
        assert not (tmp_path / ".venv").exists()

    def test_a_python_that_is_too_old_is_not_used(self, bare):
        told = bare("#!/bin/sh\nexit 1\n")
        assert told.returncode == 1
        assert "找不到 Python 3.11" in told.stderr

    def test_a_python_without_venv_is_explained(self, bare, tmp_path: Path):
        told = bare(
            '#!/bin/sh\ncase "$2" in\n'
            "*ensurepip*) exit 1;;\n*version_info*print*|*print*) echo 3.11;;\nesac\n"
        )
        assert told.returncode == 1
        assert "apt install python3.11-venv" in told.stderr
        assert not (tmp_path / ".venv").exists()

    def test_an_install_that_breaks_off_leaves_no_stamp(self, bare, tmp_path: Path):
        # This Python makes an environment whose pip fails.
        told = bare(
            '#!/bin/sh\ncase "$*" in\n'
            '"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python;;\n'
            '"-m pip"*) exit 1;;\nesac\n'
        )
        assert told.returncode == 1
        assert "依赖安装没有完成" in told.stderr
        assert not (tmp_path / ".venv/.ready").exists()


class TestChecksums:
    @pytest.fixture
    def tree(self, tmp_path: Path) -> Path:
        (tmp_path / "src").mkdir()
        (tmp_path / "src/甲.yaml").write_text("值: 70\n", encoding="utf-8")
        return tmp_path

    def written_again(self, tree: Path) -> bool:
        listed = tree / "sums"
        if listed.exists():
            os.utime(listed, (0, 0))
        told = run("/bin/sh", str(REPOSITORY / "tools/checksums.sh"), "sums", "src", cwd=tree)
        assert told.returncode == 0, told.stderr
        return listed.stat().st_mtime > 0

    def test_a_new_date_alone_changes_nothing(self, tree: Path):
        assert self.written_again(tree)
        (tree / "src/甲.yaml").touch()
        assert not self.written_again(tree)

    def test_changed_added_and_removed_files_count(self, tree: Path):
        assert self.written_again(tree)
        (tree / "src/甲.yaml").write_text("值: 75\n", encoding="utf-8")
        assert self.written_again(tree)
        (tree / "src/乙 丙.yaml").write_text("值: 1\n", encoding="utf-8")
        assert self.written_again(tree)
        (tree / "src/甲.yaml").unlink()
        assert self.written_again(tree)

    def test_what_python_leaves_behind_does_not_count(self, tree: Path):
        assert self.written_again(tree)
        (tree / "src/__pycache__").mkdir()
        (tree / "src/__pycache__/甲.pyc").write_bytes(b"1")
        assert not self.written_again(tree)

"""A notebook is executed again when, and only when, something that it uses changes."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx

from targets.catalog import DEFAULT_FOLDER, load
from targets.notebook.place import DATA_VARIABLE, DEFINITIONS_VARIABLE
from targets.publish.notebooks import code, uses

TARGET = "sijin.target.market_profiled"
CONF = """
extensions = ["myst_nb", "targets.publish.notebooks"]
# written out, since what extensions add to Sphinx's own default stays for the next app
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
exclude_patterns = ["_build", "notebooks/learner"]
suppress_warnings = ["etoc.toctree", "toc.not_included"]
"""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} 里没有 {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def definitions(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "definitions"
    shutil.copytree(DEFAULT_FOLDER, folder)
    monkeypatch.setenv(DEFINITIONS_VARIABLE, str(folder))
    return folder


@pytest.fixture
def data(tmp_path, monkeypatch, sample) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("merchants.parquet", "sites.parquet", "households.parquet", "manifest.json"):
        shutil.copy(sample / name, folder)
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    return folder


class Book:
    """A book of one plain page and one notebook that counts its own executions."""

    def __init__(self, folder: Path):
        self.folder = folder / "book"
        (self.folder / "notebooks").mkdir(parents=True)
        (self.folder / "conf.py").write_text(CONF, encoding="utf-8")
        (self.folder / "index.md").write_text("# 首页\n\n一句话。\n", encoding="utf-8")
        self.ran = folder / "ran.txt"
        self.ran.touch()
        cells = [
            new_markdown_cell("# 笔记本", id="title"),
            new_code_cell(f"open({str(self.ran)!r}, 'a').write('x')", id="count"),
        ]
        notebook = new_notebook(cells=cells)
        notebook.metadata = {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "zhixing": {"definitions": [TARGET], "data": ["merchants"]},
        }
        self.notebook = self.folder / "notebooks" / "counts.ipynb"
        nbformat.write(notebook, self.notebook)

    def build(self) -> tuple[int, set[str]]:
        """How often the notebook has run by now, and which pages this build read."""
        read: set[str] = set()
        out = self.folder / "_build" / "html"
        app = Sphinx(
            self.folder, self.folder, out, out / ".doctrees", "html", status=None, warning=None
        )
        app.connect("source-read", lambda app, docname, source: read.add(docname))
        app.build()
        return len(self.ran.read_text()), read


@pytest.fixture
def book(tmp_path, definitions, data) -> Book:
    made = Book(tmp_path)
    assert made.build() == (1, {"index", "notebooks/counts"})
    return made


class TestBuildingTheBook:
    # Every book starts a kernel, so a test follows one book through several edits.

    def test_what_the_notebook_does_not_use_is_no_reason(self, book, definitions, data):
        assert book.build() == (1, set()), "unchanged"

        edit(definitions / "sijin" / "targets.yaml", "name: 社区客户覆盖度", "name: 社区覆盖度")
        edit(definitions / "sijin" / "duties.yaml", "name: ", "name: 改名的")
        assert book.build() == (1, set()), "other definitions"

        (data / "households.parquet").write_bytes((data / "sites.parquet").read_bytes())
        assert book.build() == (1, set()), "another table"

        edit(book.notebook, "# 笔记本", "# 新标题")
        assert book.build() == (1, {"notebooks/counts"}), "words are read again, not executed"

    def test_what_it_uses_executes_it_again_once(self, book, definitions, data):
        targets = definitions / "sijin" / "targets.yaml"
        edit(targets, "{value: 70}", "{value: 71}")
        assert book.build() == (2, {"notebooks/counts"}), "its target"
        assert book.build() == (2, set()), "unchanged since"

        edit(targets, "{value: 71}", "{value: 70}")
        assert book.build() == (2, {"notebooks/counts"}), "back: the earlier run is found"

        (data / "merchants.parquet").write_bytes((data / "sites.parquet").read_bytes())
        assert book.build() == (3, {"notebooks/counts"}), "its table"


class TestDefinitionsUsed:
    """The digest over what a notebook declares; each case changes one thing."""

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("sijin/targets.yaml", "{value: 70}", "{value: 71}"),
            ("sijin/metrics.yaml", "caliber: 已建档的", "caliber: 已建了档的"),
            ("sijin/clauses.yaml", "有影响力的市场园区”", "有影响力的园区”"),
            ("sijin/assumptions.yaml", "name: 建档率的分母", "name: 建档率分母"),
            ("sijin/document.yaml", "short_name: ", "short_name: 新"),
            ("bank/datasets.yaml", "title: 建档日期", "title: 建档日"),
            ("decisions/sijin.yaml", "number: 示例〔2026〕1号", "number: 示例〔2026〕9号"),
            ("decisions/sijin.yaml", "within: 2", "within: 3"),
        ],
    )
    def test_what_the_target_leads_to_counts(self, definitions, file, old, new):
        before = uses.definitions_digest(load(definitions), [TARGET])
        edit(definitions / file, old, new)
        assert uses.definitions_digest(load(definitions), [TARGET]) != before

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("sijin/targets.yaml", "{value: 20}", "{value: 21}"),
            ("sijin/duties.yaml", "name: ", "name: 改名的"),
            ("sijin/assumptions.yaml", "name: 授信率的分母", "name: 授信率分母"),
            ("bank/units.yaml", "name: 云岭石桥支行", "name: 云岭新桥支行"),
            ("decisions/sijin.yaml", "number: 示例〔2026〕4号", "number: 示例〔2026〕9号"),
            ("sijin/targets.yaml", "# 目标", "# 各项目标"),
        ],
    )
    def test_nothing_else_does(self, definitions, file, old, new):
        before = uses.definitions_digest(load(definitions), [TARGET])
        edit(definitions / file, old, new)
        assert uses.definitions_digest(load(definitions), [TARGET]) == before

    def test_a_pattern_that_names_nothing_is_seen(self, catalog):
        found = uses.matching(catalog, [TARGET, "sijin.target.nosuch*"])
        assert found == {TARGET: [TARGET], "sijin.target.nosuch*": []}


class TestDataUsed:
    def test_only_the_tables_named_count(self, catalog, data):
        before = uses.data_digest(catalog, data, ["merchants"])
        (data / "households.parquet").write_bytes(b"other")
        assert uses.data_digest(catalog, data, ["merchants"]) == before
        assert uses.data_digest(catalog, data, ["*"]) != before
        (data / "merchants.parquet").write_bytes(b"other")
        assert uses.data_digest(catalog, data, ["merchants"]) != before

    def test_a_table_made_from_hand_ins_counts_by_their_record(self, catalog, data):
        (data / "报送记录.csv").write_bytes(b"one")
        before = [uses.data_digest(catalog, data, [name]) for name in ("merchants", "hand_ins")]
        (data / "报送记录.csv").write_bytes(b"other")
        after = [uses.data_digest(catalog, data, [name]) for name in ("merchants", "hand_ins")]
        assert [a == b for a, b in zip(after, before, strict=True)] == [True, False]

    def test_another_tables_later_date_moves_the_data_date(self, catalog, data):
        before = uses.data_digest(catalog, data, ["merchants"])
        manifest = json.loads((data / "manifest.json").read_text(encoding="utf-8"))
        for entries in manifest["files"].values():
            for table, entry in entries.items():
                if table == "households":
                    entry["dates"].append("2026-10-31")
        (data / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        assert uses.data_digest(catalog, data, ["merchants"]) != before

    def test_without_a_manifest_every_table_counts(self, catalog, data):
        (data / "manifest.json").unlink()
        before = uses.data_digest(catalog, data, ["merchants"])
        (data / "households.parquet").write_bytes(b"other")
        assert uses.data_digest(catalog, data, ["merchants"]) != before

    def test_missing_data_and_a_workbook_have_a_digest_too(self, catalog, tmp_path):
        assert uses.data_digest(catalog, tmp_path / "none", ["*"]) == "absent"
        (tmp_path / "book.xlsx").write_bytes(b"1")
        assert len(uses.data_digest(catalog, tmp_path / "book.xlsx", ["*"])) == 64


class TestCodeUsed:
    @pytest.fixture
    def package(self, tmp_path) -> Path:
        files = {
            "__init__.py": "",
            "shown/__init__.py": "from .draw import line\n",
            "shown/draw.py": "def line():\n    from ..maths import add\n    return add\n",
            "shown/letters.otf": "font",
            "maths.py": "import json\n",
            "other.py": "import own.shown\n",
        }
        for name, text in files.items():
            path = tmp_path / "own" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "own"

    def names(self, package, *cells):
        return [p.relative_to(package).as_posix() for p in code.files_used(cells, package)]

    def test_imports_are_followed_through_packages_and_functions(self, package):
        assert self.names(package, "%matplotlib inline\nfrom own.shown import line") == [
            "__init__.py", "maths.py", "shown/__init__.py", "shown/draw.py", "shown/letters.otf",
        ]  # fmt: skip

    def test_modules_named_either_way_are_found(self, package):
        assert "maths.py" in self.names(package, "from own import maths")
        assert "maths.py" in self.names(package, "import own.maths as m")
        assert self.names(package, "import json") == []
        assert self.names(package, "这不是 Python") == []

    def test_only_files_that_are_used_change_the_digest(self, package):
        cells = ["import own.shown"]
        before = code.digest(cells, package)
        (package / "other.py").write_text("changed = 1\n", encoding="utf-8")
        assert code.digest(cells, package) == before
        (package / "maths.py").write_text("changed = 1\n", encoding="utf-8")
        assert code.digest(cells, package) != before

    def test_the_notebooks_reach_the_reckoning_and_the_font_but_no_command(self):
        notebook = json.loads(
            (Path(__file__).parents[2] / "notebooks" / "judge_all_units.ipynb").read_text("utf-8")
        )
        files = {
            p.relative_to(code.PACKAGE).as_posix()
            for p in code.files_used(uses.declared(notebook).code)
        }
        assert {"assessment/judge.py", "catalog/load.py", "notebook/figures/heat.py"} <= files
        assert "publish/fonts/ZhixingSans-Regular.otf" in files
        assert not any(name.startswith(("cli/", "publish/domain")) for name in files)
        assert not any(name.startswith("branchdata/sample/") for name in files)

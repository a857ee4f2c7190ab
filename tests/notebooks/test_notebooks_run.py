"""The notebooks as they are kept, and as they run."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from targets.publish.notebooks import uses
from targets.publish.notebooks.learner import learner_copy

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
KEPT = sorted(NOTEBOOKS.glob("*.ipynb"))
LESSON = NOTEBOOKS / "lesson_clause_to_result.ipynb"
JUDGE = NOTEBOOKS / "judge_all_units.ipynb"
WHATIF = NOTEBOOKS / "whatif_tradeoff.ipynb"


def run(notebook, sample, folder):
    """Execute in a folder of its own; the kernel finds the sample by its variable."""
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, "ZHIXING_DATA": str(sample)})
    return notebook


def outputs(notebook, tag=None):
    return [
        output
        for cell in notebook.cells
        if cell.cell_type == "code" and (tag is None or tag in cell.metadata.get("tags", []))
        for output in cell.outputs
    ]


def words(output) -> str:
    return output.get("text") or output["data"].get("text/plain", "")


def html(notebook) -> str:
    return "\n".join(o["data"].get("text/html", "") for o in outputs(notebook) if "data" in o)


@pytest.fixture(scope="module")
def trainers(sample, tmp_path_factory):
    return run(nbformat.read(LESSON, as_version=4), sample, tmp_path_factory.mktemp("trainer"))


@pytest.fixture(scope="module")
def learners(sample, tmp_path_factory):
    copy = learner_copy(nbformat.read(LESSON, as_version=4), LESSON.name)
    return run(copy, sample, tmp_path_factory.mktemp("learner"))


@pytest.fixture(scope="module")
def judged(sample, tmp_path_factory):
    return run(nbformat.read(JUDGE, as_version=4), sample, tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="module")
def supposed(sample, tmp_path_factory):
    return run(nbformat.read(WHATIF, as_version=4), sample, tmp_path_factory.mktemp("whatif"))


@pytest.mark.parametrize("path", KEPT, ids=lambda p: p.stem)
class TestNotebookAsKept:
    def test_it_is_a_valid_notebook(self, path):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        ids = [cell.id for cell in notebook.cells]
        assert len(ids) == len(set(ids))

    def test_it_is_kept_without_outputs_and_execution_counts(self, path):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert cell.outputs == [], f"{cell.id} 带着输出"
                assert cell.execution_count is None, f"{cell.id} 带着执行序号"

    def test_it_names_its_kernel_and_language(self, path):
        metadata = nbformat.read(path, as_version=4).metadata
        assert metadata.kernelspec.name == "python3"
        assert metadata.language_info.name == "python"

    def test_it_declares_what_it_uses_and_all_of_that_exists(self, path, catalog, handbook):
        notebook = nbformat.read(path, as_version=4)
        assert {"definitions", "data"} <= set(notebook.metadata["zhixing"])
        said = uses.declared(notebook)
        assert all(uses.matching(catalog, said.definitions).values())
        assert set(said.data) <= {"*", *handbook.data.tables}

    def test_no_result_is_typed_into_it(self, path):
        figures = re.compile(r"\d+(\.\d+)?\s*(%|％|户|个百分点|万元|亿元)|20\d\d[-年]\d")
        for cell in nbformat.read(path, as_version=4).cells:
            assert not figures.search(cell.source), f"{cell.id} 里写着数字"


class TestTrainersCopy:
    def test_every_check_passes(self, trainers):
        said = [words(o) for o in outputs(trainers, "check")]
        assert len(said) == 3
        assert all(text.startswith("对了：") for text in said), said

    def test_it_walks_from_the_clause_to_the_trace(self, trainers):
        text = BeautifulSoup(html(trainers), "html.parser").get_text()
        for station in ("二(二)", "力争", "不低于 70%", "profiled_on", "示例〔2026〕1号", "÷"):
            assert station in text

    def test_it_says_whose_data_it_is(self, trainers):
        assert "示例数据，数据日期 2026-09-30" in html(trainers)

    def test_no_row_shows_who_a_merchant_is(self, trainers):
        assert "merchant_id" not in html(trainers)

    def test_nothing_goes_to_the_error_stream(self, trainers):
        assert not [o for o in outputs(trainers) if o.get("name") == "stderr"]


class TestLearnersCopy:
    def test_it_has_neither_solutions_nor_trainers_notes(self, learners):
        tags = {tag for cell in learners.cells for tag in cell.metadata.get("tags", [])}
        assert not tags & {"solution", "trainer"}
        assert not any("讲师提示" in cell.source for cell in learners.cells)
        assert not any("difference = counts" in cell.source for cell in learners.cells)

    def test_it_leaves_a_place_for_every_answer(self, learners):
        places = [c.source for c in learners.cells if "answer" in c.metadata.get("tags", [])]
        assert len(places) == 3
        for source, names in zip(
            places, (["rate"], ["branch_rate", "difference"], ["more", "per_month"]), strict=True
        ):
            assert "在这里写" in source
            assert [line for line in source.splitlines() if line.endswith("= ...")] == [
                f"{name} = ..." for name in names
            ]

    def test_it_runs_and_says_kindly_what_is_still_to_do(self, learners):
        said = [words(o) for o in outputs(learners, "check")]
        assert len(said) == 3
        assert all(text.startswith("还没写完：还没有写 ") for text in said), said


class TestJudgeAllUnits:
    def test_every_figure_has_words_of_its_own_and_a_table_after_it(self, judged):
        soup = BeautifulSoup(html(judged), "html.parser")
        figures = soup.find_all("img")
        assert 4 <= len(figures) <= 12
        for figure in figures:
            assert len(figure["alt"]) > 20
            assert "示例数据 · 数据日期" in figure["alt"]
            assert figure.find_next_sibling("details").table is not None

    def test_it_shows_every_unit_with_words(self, judged, catalog):
        text = BeautifulSoup(html(judged), "html.parser").get_text()
        for unit in catalog.units_by_code.values():
            assert unit.name in text
        for word in ("达标", "达到序时", "落后序时", "口径待定", "没有河谷长堤建材市场的数据"):
            assert word in text

    def test_every_document_is_on_it(self, judged, catalog):
        soup = BeautifulSoup(html(judged), "html.parser")
        titles = [figure["alt"] for figure in soup.find_all("img")]
        for document in catalog.documents.values():
            assert any(f"各机构达标情况：{document.short_name}" in title for title in titles)

    def test_it_names_the_missing_decision_and_the_result_meanwhile(self, judged, catalog):
        text = BeautifulSoup(html(judged), "html.parser").get_text()
        assert catalog.get("sijin.assumption.credit_denominator").question in text
        assert "暂按现行口径" in text

    def test_tables_scroll_inside_a_box_that_the_keyboard_reaches(self, judged):
        soup = BeautifulSoup(html(judged), "html.parser")
        for table in soup.find_all("table"):
            box = table.parent
            assert box["tabindex"] == "0"
            assert box["role"] == "region"
            assert box["aria-label"]

    def test_nothing_goes_to_the_error_stream(self, judged):
        assert not [o for o in outputs(judged) if o.get("name") == "stderr"]


class TestWhatIfTradeOff:
    def test_each_curve_has_words_of_its_own_and_a_table_after_it(self, supposed):
        soup = BeautifulSoup(html(supposed), "html.parser")
        figures = soup.find_all("img")
        assert len(figures) == 2
        for figure in figures:
            assert "照现在的快慢到期时" in figure["alt"]
            assert "示例数据 · 数据日期" in figure["alt"]
            assert figure.find_next_sibling("details").table is not None

    def test_it_tells_who_falls_short_of_the_supposed_value(self, supposed):
        text = BeautifulSoup(html(supposed), "html.parser").get_text()
        assert "70% → 75%" in text
        assert "达到序时 → 落后序时" in text

    def test_nothing_goes_to_the_error_stream(self, supposed):
        assert not [o for o in outputs(supposed) if o.get("name") == "stderr"]

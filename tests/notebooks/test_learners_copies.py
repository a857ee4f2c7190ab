"""How a trainer's notebook becomes a learner's, in the folder and from the command line."""

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from targets.cli import cli
from targets.publish.notebooks.learner import (
    LessonError,
    is_lesson,
    learner_copy,
    write_learner_copies,
)


def trainers(answers=("rate",)):
    solution = new_code_cell("secret = 1\nrate = secret")
    solution.metadata = {"tags": ["solution", "hide-cell"], "zhixing": {"answers": list(answers)}}
    note = new_markdown_cell("只给讲师看")
    note.metadata = {"tags": ["trainer"]}
    ran = new_code_cell("1 + 1", execution_count=3)
    ran.outputs = [nbformat.v4.new_output("stream", text="2")]
    return new_notebook(
        cells=[new_markdown_cell("# 课"), note, ran, solution], metadata={"title": "课"}
    )


@pytest.fixture
def folder(tmp_path):
    nbformat.write(trainers(), tmp_path / "课.ipynb")
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / "报告.ipynb")
    return tmp_path


class TestLearnersCopy:
    def test_the_solution_becomes_a_place_to_write(self):
        copy = learner_copy(trainers())
        assert copy.cells[-1].source.splitlines()[-1] == "rate = ..."
        assert copy.cells[-1].metadata == {"tags": ["answer"]}
        assert "secret" not in nbformat.writes(copy)

    def test_notes_for_trainers_are_left_out_and_learners_greeted(self):
        copy = learner_copy(trainers())
        assert "只给讲师看" not in nbformat.writes(copy)
        assert copy.cells[1].source.startswith("**学员版**")
        assert copy.metadata.title == "课（学员版）"

    def test_outputs_do_not_come_along(self):
        cell = learner_copy(trainers()).cells[2]
        assert (cell.outputs, cell.execution_count) == ([], None)

    def test_the_trainers_copy_is_left_as_it_is(self):
        notebook = trainers()
        before = nbformat.writes(notebook)
        learner_copy(notebook)
        assert nbformat.writes(notebook) == before

    def test_a_notebook_without_a_solution_is_no_lesson(self):
        assert is_lesson(trainers())
        assert not is_lesson(new_notebook(cells=[new_code_cell("1")]))

    def test_a_solution_that_names_no_answers_is_refused(self):
        with pytest.raises(LessonError, match=r"课\.ipynb 的答案格 .*answers"):
            learner_copy(trainers(answers=()), "课.ipynb")


class TestWritingCopies:
    def test_only_lessons_get_a_copy_and_it_is_valid(self, folder):
        written = write_learner_copies(folder, folder / "learner")
        assert [p.name for p in written] == ["课.ipynb"]
        nbformat.validate(nbformat.read(written[0], as_version=4))

    def test_writing_again_touches_nothing(self, folder):
        (path,) = write_learner_copies(folder, folder / "learner")
        before = path.stat().st_mtime_ns
        write_learner_copies(folder, folder / "learner")
        assert path.stat().st_mtime_ns == before

    def test_one_bad_lesson_and_nothing_is_written(self, folder):
        nbformat.write(trainers(answers=()), folder / "坏.ipynb")
        with pytest.raises(LessonError):
            write_learner_copies(folder, folder / "learner")
        assert not (folder / "learner").exists()

    def test_what_is_no_notebook_is_named(self, folder):
        (folder / "乱.ipynb").write_text("不是 JSON", encoding="utf-8")
        with pytest.raises(LessonError, match=r"乱\.ipynb"):
            write_learner_copies(folder, folder / "learner")


class TestCommand:
    def test_it_says_where_the_copies_are(self, folder):
        said = CliRunner().invoke(cli, ["lessons", "--notebooks", str(folder)])
        assert said.exit_code == 0
        assert "课.ipynb" in said.output
        assert (folder / "learner" / "课.ipynb").is_file()

    def test_a_bad_lesson_ends_with_one_and_no_traceback(self, folder):
        nbformat.write(trainers(answers=()), folder / "坏.ipynb")
        said = CliRunner().invoke(cli, ["lessons", "--notebooks", str(folder)])
        assert said.exit_code == 1
        assert "答案格" in said.output

    def test_a_missing_folder_is_wrong_use(self, tmp_path):
        said = CliRunner().invoke(cli, ["lessons", "--notebooks", str(tmp_path / "没有")])
        assert said.exit_code == 2

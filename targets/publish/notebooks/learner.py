"""The learner's copy of a lesson: the trainer's copy without solutions and without trainer's notes.

Cells are told by their tags: `solution` becomes a placeholder for the names in its metadata
(`"zhixing": {"answers": ["rate"]}`), `trainer` is left out. A notebook without a solution is no
lesson and gets no copy.
"""

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

SOLUTION, TRAINER = "solution", "trainer"
ANSWER = "answer"
GREETING = (
    "**学员版**。从上到下逐格执行（Shift+Enter）；遇到“在这里写”，把 `...` 换成自己的算式，"
    "再执行下面的自查格。做错了不要紧，看提示改了再来。"
)


class LessonError(ValueError):
    """A lesson that can't be turned into a learner's copy."""


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def is_lesson(notebook: NotebookNode) -> bool:
    return any(SOLUTION in tags(cell) for cell in notebook.cells)


def learner_copy(notebook: NotebookNode, name: str = "") -> NotebookNode:
    """A new notebook; the trainer's is left as it is."""
    copy = nbformat.from_dict(notebook)
    copy.cells = [_cell(cell, name) for cell in copy.cells if TRAINER not in tags(cell)]
    greeting = new_markdown_cell(GREETING, id="learner-greeting")
    copy.cells.insert(1 if copy.cells and copy.cells[0].cell_type == "markdown" else 0, greeting)
    if "title" in copy.metadata:
        copy.metadata["title"] += "（学员版）"
    return copy


def _cell(cell: NotebookNode, name: str) -> NotebookNode:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    if SOLUTION not in tags(cell):
        return cell
    answers = cell.metadata.get("zhixing", {}).get("answers", [])
    if cell.cell_type != "code" or not answers:
        raise LessonError(
            f"{name} 的答案格 {cell.id}：标了 {SOLUTION}，却没有在元数据 zhixing.answers 里写明"
            "学员要写哪几个名字；请补上，如 [\"rate\"]"
        )
    lines = ["# 在这里写：把 ... 换成算式，需要几行就写几行", *(f"{a} = ..." for a in answers)]
    cell.source = "\n".join(lines)
    cell.metadata = NotebookNode(tags=[ANSWER])
    return cell


def write_learner_copies(notebooks: Path, out: Path) -> list[Path]:
    """Write the copy of every lesson in a folder; files that would not change are left alone.

    Raises LessonError, before anything is written.
    """
    texts = {}
    for path in sorted(notebooks.glob("*.ipynb")):
        try:
            notebook = nbformat.read(path, as_version=4)
        except nbformat.reader.NotJSONError:
            raise LessonError(f"{path.name} 不是笔记本文件：读不出 JSON") from None
        if is_lesson(notebook):
            copy = learner_copy(notebook, path.name)
            nbformat.validate(copy)
            texts[out / path.name] = nbformat.writes(copy) + "\n"
    for path, text in texts.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
    return list(texts)

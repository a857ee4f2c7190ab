"""A copy of a branch's file with what has to be mended marked where it stands.

A workbook keeps its sheets, formats and formulas; of an .xls or text file the cells are copied as
text. Nothing is calculated.
"""

import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from targets.harmless import harmless, runs
from targets.problems import Code, Problem, Severity

from ..workbook import MAX_CELLS
from .grid import Grid, shown
from .raw import grids, raw_form
from .report import Mistake, file_mistakes, position_of, sheet_line
from .store import FileOutcome, SheetOutcome

SUMMARY = "核对结果"
NOTE = ("本副本含贵机构自己的明细，只退给本机构，请勿外传。请在原来的文件里改，改好后再交；"
        "只改退回的那些行，也可以用另附的“退回”文件。")
RED, YELLOW, HEAD = "FFFFC7CE", "FFFFEB9C", "FFD9E1F2"
AUTHOR = "核对"
COMMENT_LENGTH = 800
MARKS_PER_SHEET = 20_000
"""more comments than that no program opens in reasonable time"""
WIDTHS = (6, 18, 22, 8, 20, 24, 44, 28, 40)
HEADINGS = ("序号", "工作表", "位置", "处数", "栏目", "写的是", "问题", "允许", "改法")

Spot = tuple[int, int]
"""row and column from 1"""


def write_marked(file: FileOutcome, folder: Path) -> tuple[Path | None, tuple[Problem, ...]]:
    """Write the marked copy into `folder`; None, with the reason, where none can be made.

    A file that can't be opened has none, and neither has one without anything to mend.
    """
    if not file.sheets or not file.all_problems:
        return None, ()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file.read.path.stem}_核对_{file.read.sha256[:6]}.xlsx"
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".xlsx")
    os.close(handle)
    part = Path(name)
    try:
        book = _book(file)
        _mark(book, file)
        book.save(part)
        part.chmod(0o644)
        part.replace(path)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # openpyxl gives up on workbooks in many ways.
        return None, (Problem(
            Code.NOT_MARKED, f"没有做成批注副本（{type(error).__name__}）",
            file=file.read.path.name, mend="照核对报告里的位置改", severity=Severity.WARNING,
        ),)
    finally:
        part.unlink(missing_ok=True)
    return path, ()


def _book(file: FileOutcome):
    """The branch's workbook, or its cells as text in a new one."""
    from openpyxl import Workbook, load_workbook

    form, data = raw_form(file.read)
    if form == "xlsx":
        from io import BytesIO

        with warnings.catch_warnings():  # of extensions that openpyxl does not know
            warnings.simplefilter("ignore")
            return load_workbook(BytesIO(data), keep_vba=False)
    book = Workbook()
    book.remove(book.active)
    for name, grid in grids(file.read).items():
        page = book.create_sheet(_name(file, name))
        _copy(page, grid)
    return book


def _sheet_of(file: FileOutcome) -> str:
    """What the only sheet of a text file is called."""
    return next((s.sheet.dataset.name[:31] for s in file.sheets if s.sheet.dataset), "数据")


def _copy(page, grid: Grid) -> None:
    if len(grid.rows) * grid.width > MAX_CELLS:
        return
    for i, cells in enumerate(grid.rows):
        for column, cell in enumerate(cells, start=1):
            if text := shown(cell):
                _text(page.cell(grid.number(i), column), text)


def _text(cell, text: str) -> None:
    """A text as text, whatever it looks like."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000]
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = runs(text)


# ---------------------------------------------------------------- marks


def _mark(book, file: FileOutcome) -> None:
    for sheet in file.sheets:
        name = _name(file, sheet.sheet.sheet)
        if name in book.sheetnames and hasattr(book[name], "merged_cells"):
            _mark_sheet(book[name], sheet)
    _list(book, file)


def _name(file: FileOutcome, name: str | None) -> str:
    """What a sheet is called in the copy."""
    return name or _sheet_of(file)


def _mark_sheet(page, sheet: SheetOutcome) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    anchors = {
        (row, column): (area.min_row, area.min_col)
        for area in page.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.max_col + 1)
    }
    said: dict[Spot, list[Problem]] = {}
    for spot, problem in _spots(sheet):
        said.setdefault(anchors.get(spot, spot), []).append(problem)
    for (row, column), problems in list(said.items())[:MARKS_PER_SHEET]:
        cell = page.cell(row, column)
        wrong = any(p.severity is Severity.ERROR for p in problems)
        cell.fill = PatternFill("solid", fgColor=RED if wrong else YELLOW)
        words = "\n".join(dict.fromkeys(_words(p) for p in problems))
        if cell.comment:
            words = f"{words}\n——原有批注——\n{cell.comment.text}"
        comment = Comment(words[:COMMENT_LENGTH], AUTHOR, width=320, height=160)
        cell.comment = comment


def _spots(sheet: SheetOutcome) -> Iterator[tuple[Spot, Problem]]:
    """Every place in the sheet that a problem names."""
    rejected = {id(p) for r in sheet.rejected for p in r.problems}
    for row in sheet.rejected:
        for problem in row.problems:
            yield _spot(problem, row.row), problem
    for problem in sheet.problems:
        if id(problem) not in rejected and (problem.cell or problem.line):
            yield _spot(problem, problem.line or 1), problem


def _spot(problem: Problem, row: int) -> Spot:
    if problem.cell and (place := position_of(problem.cell)):
        return place[0], place[1] + 1
    return problem.line or row, problem.column or 1


def _words(problem: Problem) -> str:
    lines = [problem.found]
    lines += [f"允许：{problem.allowed}"] * bool(problem.allowed)
    lines += [f"改法：{problem.mend}"] * bool(problem.mend)
    return "\n".join(lines)


# ---------------------------------------------------------------- the list


def _list(book, file: FileOutcome) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.hyperlink import Hyperlink

    name, number = SUMMARY, 1
    while name in book.sheetnames:
        number += 1
        name = f"{SUMMARY} {number}"
    page = book.create_sheet(name, 0)
    lines = ["核对结果", NOTE, *(sheet_line(s) for s in file.sheets)]
    for row, line in enumerate(lines, start=1):
        _text(page.cell(row, 1), line)
    page.cell(1, 1).font = Font(bold=True, size=14)
    top = len(lines) + 2
    for column, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True), start=1):
        cell = page.cell(top, column, heading)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=HEAD)
        page.column_dimensions[cell.column_letter].width = width
    for number, mistake in enumerate(file_mistakes(file), start=1):
        row = top + number
        for column, value in enumerate(_row(number, mistake), start=1):
            cell = page.cell(row, column)
            if isinstance(value, int):
                cell.value = value
            else:
                _text(cell, str(harmless(value)))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        if target := _target(book, file, mistake):
            link = page.cell(row, 3)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=target)
            link.font = Font(color="FF0563C1", underline="single")
    page.freeze_panes = page.cell(top + 1, 1)
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is page
    book.active = 0


def _row(number: int, m: Mistake) -> Iterable[str | int]:
    found = m.found if m.error else f"（提醒）{m.found}"
    return number, m.sheet or "", m.where, m.count, m.field, m.written, found, m.allowed, m.mend


def _target(book, file: FileOutcome, m: Mistake) -> str | None:
    """Where the first place of a mistake is."""
    name = _name(file, m.sheet)
    if m.first is None or name not in book.sheetnames:
        return None
    quoted = name.replace("'", "''")
    return f"'{quoted}'!{m.first}"

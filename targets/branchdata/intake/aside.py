"""Rows set aside, in a file that the branch mends and hands in again.

It holds the notes above the table, the headings and the rows as they were written, and a column of
reasons whose heading tells from which file the rows are: handed in again they stand beside the
rows of that file that were taken, and replace nothing.
"""

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from targets.harmless import runs
from targets.problems import Problem

from .grid import Grid, shown
from .model import ROW, SET_ASIDE, SheetRead
from .raw import grids
from .store import FileOutcome, SheetOutcome

NOTE = ("以下是没有收下的行，含贵机构自己的明细，只退给本机构，请勿外传。"
        "改好后把本文件再交一次即可，只交这些行；最后一列留着，不用清空。")
ROWS_PER_SHEET = 1_000_000
WIDEST = 40


def write_aside(file: FileOutcome, folder: Path) -> Path | None:
    """Write the file's rows set aside into `folder`; None where there are none.

    A file that is there already and was worked on since is left alone.
    """
    if not file.rejected:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".xlsx")
    os.close(handle)
    part = Path(name)
    try:
        _write(file, part)
        part.chmod(0o644)
        stem = f"{file.read.path.stem}_退回_{file.read.sha256[:6]}"
        return _settle(part, folder, stem)
    finally:
        part.unlink(missing_ok=True)


def _settle(part: Path, folder: Path, stem: str) -> Path:
    number = 1
    while True:
        path = folder / (f"{stem}.xlsx" if number == 1 else f"{stem}-{number}.xlsx")
        if not path.exists():
            os.replace(part, path)
            return path
        if path.read_bytes() == part.read_bytes():
            return path
        number += 1


def _write(file: FileOutcome, path: Path) -> None:
    import xlsxwriter

    raw = grids(file.read)
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        # The same rows make the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1), "title": "退回的行"})
        names: set[str] = set()
        for sheet in file.sheets:
            for start in range(0, len(sheet.rejected), ROWS_PER_SHEET):
                name = sheet_name(sheet.sheet, names)
                _sheet(book, name, sheet, raw.get(sheet.sheet.sheet), file.read.sha256, start)


def sheet_name(sheet: SheetRead, taken: set[str]) -> str:
    """The sheet's own name, or the dataset's; never the same twice."""
    base = sheet.sheet or (sheet.dataset.name if sheet.dataset else "数据")
    base = "".join("_" if c in "[]:*?/\\" else c for c in base)[:31].strip("'") or "数据"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[:27]} {number}"
    taken.add(name.casefold())
    return name


def _sheet(book, name: str, sheet: SheetOutcome, raw: Grid | None, sha256: str, start: int) -> None:
    page = book.add_worksheet(name)
    plain = book.add_format({"num_format": "@"})
    # Text that looks like a formula stays the text it is, also when the cell is edited.
    quoted = book.add_format({"num_format": "@", "quote_prefix": True})
    bold = book.add_format({"bold": True, "bg_color": "#EEEEEE", "num_format": "@"})
    wrapped = book.add_format({"text_wrap": True, "font_color": "#9C0006"})

    def put(row: int, cells: Sequence[str], style=None) -> None:
        for column, cell in enumerate(cells):
            if cell:
                page.write_string(row, column, cell, style or (quoted if runs(cell) else plain))

    page.write_string(0, 0, NOTE)
    row = 1
    for cells in notes(sheet, raw):
        put(row, cells)
        row += 1
    headings = [h.strip() for h in sheet.sheet.headings]
    put(row, headings, bold)
    reasons = len(headings)
    page.write_string(row, reasons, f"{SET_ASIDE} {sha256[:12]}", bold)
    page.set_column(reasons, reasons, 60)
    page.freeze_panes(row + 1, 0)
    for rejected in sheet.rejected[start:start + ROWS_PER_SHEET]:
        row += 1
        put(row, rejected.cells[:reasons])
        page.write_string(row, reasons, reason(rejected.problems), wrapped)


def reason(problems: Sequence[Problem]) -> str:
    """Why a row was set aside, in a cell. It goes back to the branch whose row it is."""
    lines = [p.found + (f"；{p.mend}" if p.mend else "") for p in dict.fromkeys(problems)]
    return "\n".join(lines)[:32_000]


def notes(sheet: SheetOutcome, raw: Grid | None) -> list[tuple[str, ...]]:
    """What stands above the headings: a unit of money, a date or a branch may be told there."""
    if raw is None:
        return []
    first = first_row(sheet)
    above = [i for i in range(len(raw.rows)) if raw.number(i) < first]
    words = {w.strip() for h in sheet.sheet.headings for w in (h, *h.split("/"))} | {""}
    while above and all(shown(c).strip() in words for c in raw.rows[above[-1]]):
        above.pop()
    kept = [tuple(shown(c) for c in raw.rows[i]) for i in above]
    return [cells for cells in (*kept, *_told(sheet.sheet)) if any(c.strip() for c in cells)]


def _told(sheet: SheetRead) -> list[tuple[str, ...]]:
    """The data date and the unit, where the table has no column for them and they are known."""
    lines = []
    for word, name in (("数据日期", sheet.dataset.period), ("机构代码", sheet.dataset.unit)):
        if name not in sheet.positions and sheet.accepted is not None:
            values = sheet.accepted[name].unique().to_pylist()
            lines += [(f"{word}：{values[0]}",)] * (len(values) == 1)
    return lines


def first_row(sheet: SheetOutcome) -> int:
    """The number of the first row below the headings."""
    rows = [r.row for r in sheet.rejected] + [t.row for t in sheet.sheet.totals]
    if sheet.sheet.accepted is not None and sheet.sheet.accepted.num_rows:
        import pyarrow.compute as pc

        rows.append(pc.min(sheet.sheet.accepted[ROW]).as_py())
    return min(rows, default=1)

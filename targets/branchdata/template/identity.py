"""Which workbook a returned one is: kept on a hidden sheet, which office programs preserve."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .. import workbook

SHEET = "模板信息"
MARK = "zhixing-template"
VERSION = "1"
MAX_ROWS = 500


@dataclass(frozen=True)
class SheetIdentity:
    """A sheet as it was written."""

    table: str
    """the dataset's table, or the id of the duty that a form is for"""
    digest: str


@dataclass(frozen=True)
class Identity:
    """What a workbook was written for, and from."""

    definitions: str
    """the catalogue's digest"""
    unit: str
    """the unit's code"""
    period: date
    sheets: Mapping[str, SheetIdentity]
    """sheet: what it was"""

    def rows(self) -> Iterable[tuple[str, ...]]:
        yield MARK, VERSION
        yield "definitions", self.definitions
        yield "unit", self.unit
        yield "period", self.period.isoformat()
        for name, sheet in self.sheets.items():
            yield "sheet", name, sheet.table, sheet.digest

    def outdated(self, current: "Identity") -> tuple[str, ...]:
        """Sheets that the definitions of today would lay out or check in another way."""
        now = {sheet.table: sheet.digest for sheet in current.sheets.values()}
        return tuple(
            name for name, sheet in self.sheets.items()
            if now.get(sheet.table) != sheet.digest
        )


def read_identity(path: Path) -> Identity | None:
    """What a workbook says it is; None where it is none of ours. Never raises for a bad file."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = workbook.open_book(Path(path))
        if SHEET not in book.sheets:
            return None
        reach = workbook.extent(book, SHEET)
        if reach.rows * reach.columns > workbook.MAX_CELLS:
            return None
        with CalamineWorkbook.from_path(book.path) as reader:
            grid = reader.get_sheet_by_name(SHEET).to_python(nrows=MAX_ROWS)
    except (workbook.Unreadable, CalamineError, OSError, KeyError):
        return None
    return _identity([[str(cell) for cell in row] for row in grid])


def _identity(grid: list[list[str]]) -> Identity | None:
    single: dict[str, str] = {}
    sheets: dict[str, SheetIdentity] = {}
    for row in grid:
        if row[0] == "sheet" and len(row) >= 4:
            sheets[row[1]] = SheetIdentity(row[2], row[3])
        elif row[0] and len(row) >= 2:
            single[row[0]] = row[1]
    try:
        if single[MARK] != VERSION:
            return None
        day = date.fromisoformat(single["period"])
        return Identity(single["definitions"], single["unit"], day, sheets)
    except (KeyError, ValueError):
        return None

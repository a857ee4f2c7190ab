"""What stands in a sheet, before anybody knows what it means: rows of cells and their places.

A cell is None or "" where nothing stands, a text, a number, a truth value, a date, or one of the
marks below for what a plain value can't tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from targets.branchdata.workbook import address
from targets.problems import Problem

MAX_CELLS = 5_000_000
BLANK = (None, "")


@dataclass(frozen=True, slots=True)
class Percent:
    """A number whose cell is formatted as a percentage: 0.7 shows as 70%."""

    value: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that holds an error such as #N/A."""

    text: str


@dataclass(frozen=True, slots=True)
class Uncalculated:
    """A formula that no program has calculated yet: what it comes to is not in the file."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A line of a text file that can't be cut into cells."""

    text: str
    why: str


@dataclass(frozen=True)
class Grid:
    """One sheet, or one text file."""

    sheet: str | None
    rows: list[list[Any]]
    lines: Sequence[int] | None = None
    """text file: on which line each row begins"""
    merges: tuple[tuple[int, int, int, int], ...] = ()
    """first row, first column, last row, last column, from 0"""
    hidden: bool = False
    hidden_rows: tuple[int, ...] = ()
    """rows of the sheet, from 1"""
    hidden_columns: tuple[int, ...] = ()
    """columns from 0"""
    since_1904: bool = False
    """days are counted from 1904"""
    problem: Problem | None = None
    """why nothing of it could be read"""

    @cached_property
    def _even(self) -> bool:
        return len(set(map(len, self.rows))) <= 1

    @cached_property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)

    def number(self, row: int) -> int:
        """Row of the sheet or line of the file, from 1."""
        return self.lines[row] if self.lines else row + 1

    def place(self, row: int, column: int = 0) -> dict:
        """A cell's place as fields of a Problem."""
        if self.sheet is None:
            return {"line": self.number(row), "column": column + 1}
        return {"sheet": self.sheet, "cell": address(row + 1, column)}

    def cell(self, row: int, column: int) -> Any:
        cells = self.rows[row]
        return cells[column] if column < len(cells) else None

    def column(self, position: int, rows: Sequence[int]) -> list[Any]:
        """One column's cells of the given rows."""
        cells = self.rows
        if self._even and position < self.width:
            return [cells[i][position] for i in rows]
        return [self.cell(i, position) for i in rows]


def shown(value: Any) -> str:
    """A cell as text, as a person would see it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Percent):
        return f"{_number(value.value * 100)}%"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Fault | Broken):
        return value.text
    if isinstance(value, Uncalculated):
        return "（公式没有结果）"
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)


def _number(value: float) -> str:
    # Fifteen digits are what a spreadsheet shows and means; the rest is binary noise.
    text = format(Decimal(f"{value:.15g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

"""The workbook itself: formats, sheets with their title lines, lists for drop-downs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from targets.schema.organisation import Unit
from targets.wording import day as day_words

from .identity import SHEET, Identity

FIRST_LIST = 6
"""the column of the hidden sheet in which the first list stands"""
PAPER_A4 = 9
MESSAGE, TITLE = 255, 32
"""the longest texts that a spreadsheet program takes in a cell's input message"""

GREY, PALE, INK = "#E7E6E6", "#F6F6F4", "#595959"
REQUIRED, OPTIONAL, MISSING = "#BDD7EE", "#DEEBF7", "#F8CBAD"
BASE = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}

TITLE_LINE = {"bold": True, "font_size": 16}
LINE = {"text_wrap": True, "font_color": INK}
HEAD = {"bold": True, "border": 1, "text_wrap": True, "align": "center"}
CELL = {"border": 1, "text_wrap": True}
FIXED = {**CELL, "bg_color": GREY}
INPUT = {"locked": False}
DAY = {"num_format": "yyyy-mm-dd", "align": "center"}

PROTECTION = {
    "objects": True,
    "format_columns": True,
    "format_rows": True,
    "sort": True,
    "autofilter": True,
}


@dataclass(frozen=True)
class Frame:
    """What every sheet of a workbook says at its top."""

    unit: Unit
    period: date
    label: str
    """示例数据 where what stands beside the cells is invented"""

    @property
    def words(self) -> str:
        sample = f"　（{self.label}）" if self.label else ""
        return (
            f"填报机构：{self.unit.code} {self.unit.name}　　数据日期："
            f"{self.period}（{day_words(self.period)}）{sample}"
        )


class Book:
    """A workbook being written; closed, it is whole.

    Text is never taken for a formula or a link, and the same content gives the same bytes.
    """

    def __init__(self, path: Path, frame: Frame, title: str):
        self.frame = frame
        self._book = xlsxwriter.Workbook(
            path, {"strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties({
            "title": title, "subject": frame.words,
            "created": datetime(frame.period.year, frame.period.month, frame.period.day),
        })
        self._formats: dict[tuple, object] = {}
        self._lists: dict[tuple, int] = {}

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            self._book.close()

    def format(self, *parts: Mapping):
        """A format of these properties, made once."""
        properties = {k: v for part in (BASE, *parts) for k, v in part.items()}
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]

    def sheet(self, name: str, lines: Sequence[tuple[str, Mapping]], columns: int):
        """A new sheet with title lines over `columns` columns."""
        sheet = self._book.add_worksheet(name)
        for row, (text, style) in enumerate(lines):
            if columns > 1:
                sheet.merge_range(row, 0, row, columns - 1, "", self.format(style))
            sheet.write_string(row, 0, text, self.format(style))
        sheet.set_landscape()
        sheet.set_paper(PAPER_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_header("&L&A", {"margin": 0.3})
        sheet.set_footer("&L" + _plain(self.frame.words) + "&R第 &P 页，共 &N 页")
        return sheet

    def list_of(self, values: Iterable[str | date]) -> str:
        """The range of a list on the hidden sheet, for a drop-down."""
        values = tuple(values)
        column = self._lists.setdefault(values, FIRST_LIST + len(self._lists))
        letters = xl_col_to_name(column)
        return f"='{SHEET}'!${letters}$1:${letters}${len(values)}"

    def identify(self, identity: Identity) -> None:
        """Write the hidden sheet, the last one: which workbook this is, and the lists."""
        hidden = self._book.add_worksheet(SHEET)
        hidden.very_hidden()
        hidden.protect()
        for row, cells in enumerate(identity.rows()):
            for column, text in enumerate(cells):
                hidden.write_string(row, column, text)
        for values, column in self._lists.items():
            for row, value in enumerate(values):
                if isinstance(value, date):
                    hidden.write_datetime(row, column, value, self.format(DAY))
                else:
                    hidden.write_string(row, column, value, self.format({"num_format": "@"}))


def note(sheet, row: int, column: int, text: str) -> None:
    """A comment on a cell, large enough for its text."""
    lines = sum(1 + len(line) // 20 for line in text.split("\n"))
    sheet.write_comment(row, column, text, {
        "author": "知行", "width": 270, "height": 22 + 17 * lines, "font_name": "宋体",
        "font_size": 10,
    })


def check(
    sheet, area: tuple[int, int, int, int], rule: Mapping, title: str, prompt: str, error: str
) -> None:
    """What may stand in an area, with Chinese words before and after."""
    sheet.data_validation(*area, {
        "ignore_blank": True,
        **rule,
        "input_title": _short(title, TITLE), "input_message": _short(prompt, MESSAGE),
        "error_title": _short(f"{title}填得不对", TITLE), "error_message": _short(error, MESSAGE),
    })


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _plain(text: str) -> str:
    """Text as headers and footers take it, where & begins a command."""
    return _short(text.replace("&", "&&"), 200)


def height(text: str, width: float) -> float:
    """The height of a line that holds the text in a column or columns of this width."""
    per_line = max(1, int(width / 2.1))
    lines = sum(max(1, -(-len(line) // per_line)) for line in text.split("\n"))
    return 6 + 15.5 * lines

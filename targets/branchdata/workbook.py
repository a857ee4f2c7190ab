"""Workbooks: raw cells with their addresses, and nothing guessed.

The reader hides three things that matter, so the sheet's own XML is looked at first: how far the
sheet really reaches (one stray cell in the far corner would make the reader ask for all the memory
there is), cells that hold an error such as #N/A (read as empty), and hidden rows.
"""

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from targets.problems import Code, Problem, Severity
from targets.schema.measures import Column, ColumnType, Dataset

from .columns import ALLOWED, Headings, known_words, label, read_headings, split_heading

SUFFIXES = {".xlsx", ".xlsm"}
MAX_CELLS = 5_000_000
MAX_BYTES = 1 << 30
HEADING_ROWS = 20
PLACES_SHOWN = 20
CHUNK = 1 << 20

CELL = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"([^>]*)(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b'
)
HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"')
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
SAVE_AS_XLSX = "在 Excel 或 WPS 里打开，另存为不加密的 .xlsx"


class Unreadable(Exception):
    """The file can't be opened as a workbook."""

    def __init__(self, problem: Problem):
        super().__init__(problem.found)
        self.problem = problem


@dataclass(frozen=True)
class Book:
    path: Path
    sheets: tuple[str, ...]
    parts: dict[str, str]
    """sheet: its part inside the file"""


@dataclass(frozen=True)
class Extent:
    """What a look at the XML tells about a sheet."""

    rows: int
    columns: int
    last_row_cell: str
    last_column_cell: str
    errors: tuple[str, ...]
    hidden_rows: int


@dataclass(frozen=True)
class Sheet:
    """One dataset's sheet: a text table, and where its rows and columns stand."""

    name: str
    frame: Any
    positions: dict[str, int]
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]

    def cell(self, row: int, column: str | None) -> str:
        """The address of row `row` (from 1) of the table."""
        return address(self.rows[row - 1], self.positions.get(column, 0))


def letters(position: int) -> str:
    """0 is A."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(65 + rest) + text
    return text


def address(row: int, position: int) -> str:
    """The address of a cell: row from 1, column from 0."""
    return f"{letters(position)}{row}"


def _number(column: bytes) -> int:
    value = 0
    for byte in column:
        value = value * 26 + byte - 64
    return value


def open_book(path: Path) -> Book:
    """The workbook's sheets; nothing of their content yet."""
    def refuse(found: str) -> Unreadable:
        return Unreadable(Problem(Code.UNREADABLE, found, file=path.name,
                                  allowed=".xlsx 工作簿", mend=SAVE_AS_XLSX))

    if path.stat().st_size == 0:
        raise Unreadable(Problem(Code.EMPTY_DATA, "工作簿文件是空的", file=path.name,
                                 mend="重新保存一次再交"))
    try:
        with zipfile.ZipFile(path) as archive:
            if any(info.file_size > MAX_BYTES for info in archive.infolist()):
                raise refuse("工作簿展开后超过 1 GB")
            root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            rels = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except zipfile.BadZipFile:
        raise refuse("打不开：文件加了密、已损坏，或者并不是 .xlsx") from None
    except (KeyError, ElementTree.ParseError):
        raise refuse("打不开：里面没有工作表") from None
    targets = {rel.get("Id"): rel.get("Target", "") for rel in rels}
    parts = {}
    for sheet in [*root.iter(f"{MAIN}sheet"), *root.iter(f"{STRICT}sheet")]:
        ids = [value for key, value in sheet.attrib.items() if key.endswith("}id")]
        target = targets.get(ids[0], "") if ids else ""
        parts[sheet.get("name", "")] = (
            target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        )
    return Book(path, tuple(parts), parts)


def extent(book: Book, name: str) -> Extent:
    """How far the sheet's filled cells reach, which hold errors, how many rows are hidden."""
    rows = columns = hidden = 0
    last_row = last_column = ""
    errors: list[str] = []
    with zipfile.ZipFile(book.path) as archive, archive.open(book.parts[name]) as part:
        tail = b""
        while True:
            chunk = part.read(CHUNK)
            text = tail + chunk
            # Keep whole rows together, so that no cell is cut in two between chunks.
            cut = text.rfind(b"</row>") if chunk else len(text)
            cut = max(cut, 0) if len(text) < 16 * CHUNK else len(text)
            piece, tail = text[:cut], text[cut:]
            for match in CELL.finditer(piece):
                column, row = _number(match[1]), int(match[2])
                here = (match[1] + match[2]).decode()
                if row > rows:
                    rows, last_row = row, here
                if column > columns:
                    columns, last_column = column, here
                if b't="e"' in match[0]:
                    errors.append(here)
            hidden += len(HIDDEN.findall(piece))
            if not chunk:
                break
    return Extent(rows, columns, last_row, last_column, tuple(errors), hidden)


def read_sheet(book: Book, name: str, dataset: Dataset) -> Sheet:
    """The sheet's rows under its heading, every cell as the text it would be in a CSV file."""
    from python_calamine import CalamineError, CalamineWorkbook

    place = {"file": book.path.name, "sheet": name}
    reach = extent(book, name)
    if reach.rows * reach.columns > MAX_CELLS:
        far = max((reach.last_column_cell, reach.last_row_cell), key=len)
        return _nothing(name, Problem(
            Code.UNREADABLE, f"工作表一直伸到 {far}，多半是远处误留了一个单元格",
            allowed=f"不超过 {MAX_CELLS:,} 个单元格", cell=far,
            mend="删去那一行（列）再保存；数据确实很多就改用 Parquet 或 CSV", **place,
        ))
    try:
        with CalamineWorkbook.from_path(book.path) as reader:
            grid = reader.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        return _nothing(name, Problem(Code.UNREADABLE, f"工作表读不了：{error}",
                                      mend=SAVE_AS_XLSX, **place))
    top = _heading_row(grid, dataset)
    if top is None:
        found = "工作表是空的" if not reach.rows else f"前 {HEADING_ROWS} 行里找不到表头"
        return _nothing(name, Problem(
            Code.MISSING_COLUMN if reach.rows else Code.EMPTY_DATA, f"“{dataset.name}”{found}",
            allowed="、".join(c.title for c in dataset.columns), mend="补上表头那一行", **place,
        ))
    headings: Headings = read_headings(
        dataset, [str(cell) for cell in grid[top]], cell=f"A{top + 1}", **place
    )
    problems = list(headings.problems)
    if reach.hidden_rows:
        problems.append(Problem(
            Code.UNREADABLE, f"有 {reach.hidden_rows} 行隐藏着，也照样读入了",
            mend="不该算的行请删掉，不要隐藏", severity=Severity.WARNING, **place,
        ))
    kept = [(i + 1, cells) for i, cells in enumerate(grid[top + 1:], start=top + 1)
            if any(cell != "" for cell in cells)]
    if not kept:
        problems.append(Problem(Code.EMPTY_DATA, f"“{dataset.name}”只有表头，没有一行数据",
                                mend="填上数据；本期没有就删去这张工作表", **place))
        return _nothing(name, *problems)
    problems += _errors(reach.errors, headings.columns, top + 1, dataset, place)
    frame, trouble = _frame(kept, headings.columns, dataset, place)
    return Sheet(name, frame, headings.columns, tuple(row for row, _ in kept),
                 (*problems, *trouble))


def _nothing(name: str, *problems: Problem) -> Sheet:
    return Sheet(name, None, {}, (), problems)


def _heading_row(grid: Sequence[Sequence[Any]], dataset: Dataset) -> int | None:
    """The first row that names more of the columns than any other; titles may stand above it."""
    words = known_words(dataset)

    def named(cells: Sequence[Any]) -> int:
        titles = [split_heading(str(cell))[0].casefold() for cell in cells]
        return len({words[t].name for t in titles if t in words})

    scores = [named(cells) for cells in grid[:HEADING_ROWS]]
    best = max(scores, default=0)
    return scores.index(best) if best >= min(2, len(dataset.columns)) else None


def _errors(cells, columns: dict[str, int], heading: int, dataset, place) -> list[Problem]:
    by_letters = {letters(position): name for name, position in columns.items()}
    found = []
    for cell in cells:
        match = re.fullmatch(r"([A-Z]+)(\d+)", cell)
        if match and match[1] in by_letters and int(match[2]) > heading:
            found.append((cell, dataset.column(by_letters[match[1]])))
    problems = [
        Problem(Code.BAD_VALUE, "单元格里是公式错误（如 #N/A、#REF!）", cell=cell,
                field=label(column), allowed=ALLOWED[column.type],
                mend="改正公式，或直接填上数值", **place)
        for cell, column in found[:PLACES_SHOWN]
    ]
    if len(found) > PLACES_SHOWN:
        problems.append(Problem(
            Code.BAD_VALUE, f"另有 {len(found) - PLACES_SHOWN} 个单元格也是公式错误", **place))
    return problems


def as_text(value: Any) -> str | None:
    """A cell as it would stand in a CSV file."""
    if value == "" or value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        # Fifteen digits are what a spreadsheet shows and means; the rest is binary noise.
        return format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _frame(kept, columns: dict[str, int], dataset: Dataset, place: dict):
    import pyarrow as pa

    problems: list[Problem] = []
    arrays = {}
    for name, position in columns.items():
        column = dataset.column(name)
        values = [cells[position] if position < len(cells) else "" for _, cells in kept]
        if column.type is ColumnType.TEXT:
            problems += _numbers_as_codes(column, position, kept, values, place)
        arrays[name] = pa.array([as_text(v) for v in values], type=pa.string())
    return pa.table(arrays), problems


def _numbers_as_codes(column: Column, position: int, kept, values, place) -> list[Problem]:
    """A code stored as a number has lost its zeros, and nothing tells how many there were."""
    wrong = [(row, value) for (row, _), value in zip(kept, values, strict=True)
             if isinstance(value, float | int) and not isinstance(value, bool)]
    problems = [
        Problem(
            Code.BAD_VALUE,
            f"「{column.title}」存成了数字" + ("" if column.personal else f" {as_text(value)}")
            + "，前面的 0 已经丢了",
            cell=address(row, position), field=label(column), allowed="文字，如 0101",
            mend="把这一列的单元格格式设为“文本”，再重新填写", **place,
        )
        for row, value in wrong[:PLACES_SHOWN]
    ]
    if len(wrong) > PLACES_SHOWN:
        problems.append(Problem(
            Code.BAD_VALUE, f"「{column.title}」另有 {len(wrong) - PLACES_SHOWN} 格也存成了数字",
            field=label(column), **place,
        ))
    return problems

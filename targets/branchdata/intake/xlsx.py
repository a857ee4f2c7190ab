"""xlsx and xlsm: calamine for the values, the sheet's own XML for what calamine does not tell.

That is how far a sheet really reaches (a stray cell in the far corner would make calamine ask for
all the memory there is), which cells hold an error, a formula without its result or a percentage,
and what is hidden. Nothing is ever calculated, run or fetched.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from targets.branchdata.workbook import MAIN, STRICT, _number
from targets.problems import Code, Problem, Severity

from .container import SAVE_AS_XLSX, Parcel, Unreadable
from .grid import MAX_CELLS, Fault, Grid, Percent, Uncalculated

P = rb"(?:\w+:)?"
FAR = re.compile(rb"""[\s]r=["']([A-Za-z]{2,}[0-9]+|[A-Za-z][0-9]{6,})""")
ODD_SPACING = re.compile(rb"""[\s"']r(?:\s+=|=\s)""")
ERROR = re.compile(rb"""t=["']e["']""")
ROW = re.compile(rb"<" + P + rb"row\b([^>]*?)(?:/>|>(.*?)</" + P + rb"row>)", re.DOTALL)
CELL = re.compile(rb"<" + P + rb"c\b([^>]*?)(?:/>|>(.*?)</" + P + rb"c>)", re.DOTALL)
VALUE = re.compile(rb"<" + P + rb"v\b[^>]*>([^<]*)<")
ATTRIBUTE = re.compile(rb"""\b(\w+)=["']([^"']*)["']""")
HIDDEN_ROW = re.compile(
    rb"<" + P + rb"""row\b(?=[^>]*\bhidden=["'](?:1|true))[^>]*?\br=["']([0-9]+)"""
)
COLUMN = re.compile(rb"<" + P + rb"col\b([^>]*)>")
QUOTED = re.compile(r'"[^"]*"|\\.|_.')


@dataclass(frozen=True)
class Layout:
    """The workbook's sheets and what holds for all of them."""

    parts: dict[str, str]
    """sheet: its part"""
    since_1904: bool
    percent_styles: frozenset[bytes]


def read(parcel: Parcel) -> tuple[list[Grid], list[Problem]]:
    """Every sheet's cells, and what else is to be said about the file."""
    from defusedxml import DefusedXmlException
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    try:
        with zipfile.ZipFile(BytesIO(parcel.data)) as archive:
            layout = _layout(archive)
            for name in archive.namelist():
                # Read whole, so that a part longer than it declares is found out here; sheets are,
                # one at a time, before calamine comes to them.
                sheet = name in layout.parts.values()
                if name.casefold().endswith((".xml", ".rels")) and not sheet:
                    _no_tricks(parcel, name, archive.read(name))
            notices = _not_followed(parcel, archive.namelist())
            with CalamineWorkbook.from_filelike(BytesIO(parcel.data)) as book:
                grids = [
                    _sheet(parcel, archive, layout, book, about.name,
                           about.visible != SheetVisibleEnum.Visible)
                    for about in book.sheets_metadata
                    if about.typ == SheetTypeEnum.WorkSheet and about.name in layout.parts
                ]
    except DefusedXmlException:
        raise Unreadable(Problem(
            Code.UNSAFE, "里面有不该有的 XML 实体", file=parcel.path.name, mend=SAVE_AS_XLSX,
        )) from None
    except PasswordError:
        raise Unreadable(Problem(Code.ENCRYPTED, "工作簿加了密码", file=parcel.path.name,
                                 mend=SAVE_AS_XLSX)) from None
    except (zipfile.BadZipFile, ParseError, ValueError, KeyError, EOFError, OSError,
            CalamineError) as error:
        raise Unreadable(Problem(
            Code.NOT_READABLE, f"工作簿已损坏（{_first_line(error)}）", file=parcel.path.name,
            mend="用 Excel 或 WPS 打开并重新保存一次再交",
        )) from None
    return grids, notices


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:100]


def _no_tricks(parcel: Parcel, name: str, text: bytes) -> None:
    """No entities to expand, and no encoding in which they could hide.

    They are declared before the first element.
    """
    first = re.search(rb"<[^?!]", text)
    prolog = text[:first.start()] if first else text
    if b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog or b"\0" in text[:200]:
        raise Unreadable(Problem(
            Code.UNSAFE, f"“{name}”里有不该有的 XML 实体或编码", file=parcel.path.name,
            mend=SAVE_AS_XLSX,
        ))


def _layout(archive: zipfile.ZipFile) -> Layout:
    from defusedxml.ElementTree import fromstring

    root = fromstring(archive.read("xl/workbook.xml"))
    rels = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {rel.get("Id"): rel.get("Target", "") for rel in rels}
    parts = {}
    for sheet in _all(root, "sheet"):
        ids = [value for key, value in sheet.attrib.items() if key.endswith("}id")]
        target = targets.get(ids[0], "") if ids else ""
        parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else (
            f"xl/{target}"
        )
    flags = [book.get("date1904", "0") for book in _all(root, "workbookPr")]
    styles = frozenset()
    if "xl/styles.xml" in archive.namelist():
        styles = _percent_styles(fromstring(archive.read("xl/styles.xml")))
    return Layout(parts, any(flag in ("1", "true") for flag in flags), styles)


def _all(root: Element, tag: str) -> Iterator[Element]:
    yield from root.iter(f"{MAIN}{tag}")
    yield from root.iter(f"{STRICT}{tag}")


def _percent_styles(root: Element) -> frozenset[bytes]:
    formats = {"9", "10"} | {
        f.get("numFmtId") for f in _all(root, "numFmt")
        if "%" in QUOTED.sub("", f.get("formatCode", ""))
    }
    return frozenset(
        str(i).encode()
        for cells in _all(root, "cellXfs")
        for i, style in enumerate(cells) if style.get("numFmtId") in formats
    )


def _not_followed(parcel: Parcel, names: list[str]) -> list[Problem]:
    found = []
    if any("vbaproject" in n.casefold() for n in names):
        found.append("宏")
    if any(n.startswith("xl/externalLinks/") for n in names):
        found.append("指向别的文件的链接")
    if "xl/connections.xml" in names:
        found.append("外部数据连接")
    return [Problem(
        Code.NOT_FOLLOWED, f"工作簿里有{'、'.join(found)}，没有运行也没有去取，只读存下来的值",
        file=parcel.path.name, mend="报送之前粘贴成数值", severity=Severity.WARNING,
    )] if found else []


def _sheet(parcel, archive, layout: Layout, book, name: str, hidden: bool) -> Grid:
    text = archive.read(layout.parts[name])
    _no_tricks(parcel, layout.parts[name], text)
    trouble = _too_far(parcel, name, text)
    if trouble:
        return Grid(name, [], hidden=hidden, problem=trouble)
    sheet = book.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False)
    for row, column, mark in _marks(text, layout.percent_styles):
        _put(rows, row, column, mark)
    return Grid(
        name, rows,
        merges=tuple((a, b, c, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()),
        hidden=hidden,
        hidden_rows=tuple(int(n) for n in HIDDEN_ROW.findall(text)) if b"hidden=" in text else (),
        hidden_columns=tuple(_hidden_columns(text)), since_1904=layout.since_1904,
    )


def _too_far(parcel: Parcel, name: str, text: bytes) -> Problem | None:
    """Why calamine must not see this sheet.

    Only addresses beyond column Z or row 99,999 are looked at: the rest is few enough.
    """
    spaced, suspects = _scan(text)
    if spaced and ODD_SPACING.search(text):
        return Problem(Code.UNSAFE, "工作表的写法不合常规", file=parcel.path.name, sheet=name,
                       mend=SAVE_AS_XLSX)
    rows, columns, far = 99_999, 26, ""
    for found in (match[1] for p in suspects if (match := FAR.match(text, p - 2))):
        letters = found.rstrip(b"0123456789")
        row, column = int(found[len(letters):][:9]), _number(letters.upper()[:7])
        if row > rows or column > columns:
            rows, columns = max(row, rows), max(column, columns)
            far = found.decode()
    if rows * columns > MAX_CELLS:
        # Perhaps there are just many rows: count what the sheet really spans.
        columns = max([columns if columns > 26 else 0] + [
            _number(c) for c in set(re.findall(rb"""[\s]r=["']([A-Z])[0-9]""", text))])
        if rows == 99_999:
            rows = max(map(int, re.findall(rb"""[\s]r=["'][A-Z]+([0-9]{1,6})["']""", text)))
    if rows * columns <= MAX_CELLS:
        return None
    return Problem(
        Code.SHEET_TOO_LARGE, f"工作表一直伸到 {far}，多半是远处误留了一个单元格",
        file=parcel.path.name, sheet=name, cell=far, allowed=f"不超过 {MAX_CELLS:,} 个单元格",
        mend="删去那一行（列）再保存；数据确实很多就按机构拆成几个文件",
    )


def _scan(text: bytes) -> tuple[bool, list[int]]:
    """Whether a blank stands beside an equals sign, which no program writes in a tag; and the
    equals signs before what may be an address with two letters or six digits.
    """
    import numpy as np

    buffer = np.frombuffer(text + b" " * 10, np.uint8)
    equals = np.flatnonzero(buffer == ord("="))
    spaced = bool((buffer[equals - 1] <= ord(" ")).any() or (buffer[equals + 1] <= ord(" ")).any())
    named = equals[buffer[equals - 1] == ord("r")]
    second, seventh = buffer[named + 3] | 0x20, buffer[named + 8]
    far = ((second >= ord("a")) & (second <= ord("z"))) | (
        (seventh >= ord("0")) & (seventh <= ord("9")))
    return spaced, named[far].tolist()


def _marks(text: bytes, percent: frozenset[bytes]) -> Iterator[tuple[int, int, Any]]:
    """Cells that calamine's values do not tell apart; looked for only where there may be some."""
    formulas = (b"<f" in text or b":f" in text) and re.search(rb"<" + P + rb"f\b", text)
    if not (percent or formulas or ERROR.search(text)):
        return
    row = -1
    for line in ROW.finditer(text):
        given = dict(ATTRIBUTE.findall(line[1]))
        row = int(given[b"r"]) - 1 if b"r" in given else row + 1
        column = -1
        for cell in CELL.finditer(line[2] or b""):
            about = dict(ATTRIBUTE.findall(cell[1]))
            place = about.get(b"r", b"")
            letters = place.rstrip(b"0123456789")
            column = _number(letters.upper()) - 1 if letters else column + 1
            inner = cell[2] or b""
            value = VALUE.search(inner)
            kind = about.get(b"t", b"n")
            if kind == b"e":
                yield row, column, Fault(value[1].decode("utf-8", "replace") if value else "#N/A")
            elif formulas and (value is None or (not value[1] and kind != b"str")) and (
                re.search(rb"<" + P + rb"f\b", inner)
            ):
                yield row, column, Uncalculated()
            elif about.get(b"s") in percent and kind == b"n" and value and value[1].strip():
                yield row, column, Percent(float(value[1]))


def _put(rows: list[list[Any]], row: int, column: int, mark: Any) -> None:
    while len(rows) <= row:
        rows.append([])
    cells = rows[row]
    cells.extend([""] * (column + 1 - len(cells)))
    cells[column] = mark


def _hidden_columns(text: bytes) -> Iterator[int]:
    for found in COLUMN.findall(text[:text.find(b"<sheetData") + 1 or len(text)]):
        about = dict(ATTRIBUTE.findall(found))
        if about.get(b"hidden") in (b"1", b"true"):
            first, last = int(about.get(b"min", 1)), int(about.get(b"max", 1))
            yield from range(first - 1, min(last, first + 255))



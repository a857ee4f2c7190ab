"""CSV and other text: its encoding found strictly, its cells cut without guessing."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence

from targets.problems import Code, Problem, Severity

from .container import Parcel, Unreadable
from .grid import MAX_CELLS, Broken, Grid

SAVE_AS_UTF8 = "在 Excel 或 WPS 里另存为“CSV UTF-8（逗号分隔）”，再交一次"
SEPARATORS = (",", "\t", ";", "|", "，")
SAMPLE_LINES = 60
SAMPLE_LETTERS = 200_000
# A Chinese text of ours hardly ever leaves the 6,763 characters of GB 2312; the same bytes read in
# another encoding's place give rare ones.
COMMON_SHARE = 0.9


def read(parcel: Parcel) -> tuple[list[Grid], list[Problem]]:
    """The text's cells, and in which encoding it came if that is worth saying."""
    text, encoding = decode(parcel)
    notices = [] if encoding == "UTF-8" else [Problem(
        Code.TRANSCODED, f"文字编码是 {encoding}，已转码读入", file=parcel.path.name,
        mend="不用改；以后存成 UTF-8 更稳妥", severity=Severity.WARNING,
    )]
    return [_grid(parcel, text)], notices


def decode(parcel: Parcel) -> tuple[str, str]:
    """The text and its encoding: a mark first, then strict UTF-8, then plausible GB 18030."""
    data = parcel.data
    for mark, codec, name in (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(codec), name
            except UnicodeDecodeError as error:
                raise _unsure(parcel, f"开头标明是 {name}，却有不属于它的字节",
                              _line(data, error.start)) from None
    if b"\0" in data:
        text = _unmarked_utf16(data)
        if text is None:
            raise _unsure(parcel, "里面有空字节，不是文本")
        return text, "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        fault = error
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise _unsure(parcel, "既不是 UTF-8，也不是 GB18030", _line(data, fault.start)) from None
    if not _plausible(text):
        raise _unsure(parcel, "不是 UTF-8，按 GB18030 读出来又不像中文",
                      _line(data, fault.start))
    return text, "GB18030"


def _unmarked_utf16(data: bytes) -> str | None:
    half = len(data) // 2
    for codec, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        # Commas, digits and line ends have a zero byte in always the same half.
        if zeros.count(0) > half // 10 and data.count(0) == zeros.count(0):
            try:
                return data.decode(codec)
            except UnicodeDecodeError:
                return None
    return None


def _plausible(text: str) -> bool:
    foreign = re.findall("[^\x00-\x7f]", text[:SAMPLE_LETTERS])
    common = sum(len(ch.encode("gb2312", "ignore")) > 0 for ch in foreign)
    return common >= COMMON_SHARE * len(foreign)


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _unsure(parcel: Parcel, found: str, line: int | None = None) -> Unreadable:
    return Unreadable(Problem(
        Code.ENCODING_UNSURE, f"文件{found}", file=parcel.path.name, line=line,
        allowed="UTF-8、UTF-16 或 GB18030", mend=SAVE_AS_UTF8,
    ))


def _grid(parcel: Parcel, text: str) -> Grid:
    separator = _separator(text)
    if text.count(separator) + text.count("\n") > MAX_CELLS:
        return Grid(None, [], problem=Problem(
            Code.SHEET_TOO_LARGE, "文件太大", file=parcel.path.name,
            allowed=f"不超过 {MAX_CELLS:,} 个单元格", mend="按机构或月份拆成几个文件",
        ))
    try:
        rows, lines = _records(text, separator)
    except csv.Error:
        rows, lines = _line_by_line(text, separator)
    return Grid(None, rows, lines=lines)


def _lines_of(text: str) -> list[str]:
    # Not splitlines: a form feed or a line separator inside a cell ends no line.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _separator(text: str) -> str:
    """What cuts the first lines into the most cells, most often the same number of them."""
    sample = [line for line in _lines_of(text[:200_000])[:SAMPLE_LINES] if line.strip()]

    def cells(separator: str) -> tuple[int, int]:
        counts = Counter(line.count(separator) for line in sample)
        counts.pop(0, None)
        if not counts:
            return 0, 0
        number, often = max(counts.items(), key=lambda item: (item[1] * item[0], item[0]))
        return often * number, number

    return max(SEPARATORS, key=lambda s: (cells(s), -SEPARATORS.index(s)))


def _records(text: str, separator: str) -> tuple[list[list], Sequence[int]]:
    rows, lines = [], []
    start = 1
    reader = csv.reader(
        (line + "\n" for line in _lines_of(text)), delimiter=separator, strict=True
    )
    for cells in reader:
        rows.append(cells)
        lines.append(start)
        start = reader.line_num + 1
    return rows, lines


def _line_by_line(text: str, separator: str) -> tuple[list[list], Sequence[int]]:
    """A quotation mark is left open somewhere: every line stands for itself."""
    rows = []
    for line in _lines_of(text):
        try:
            rows.append(next(csv.reader([line], delimiter=separator, strict=True), []))
        except csv.Error:
            rows.append([Broken(line, "这一行的引号没有成对")])
    return rows, range(1, len(rows) + 1)

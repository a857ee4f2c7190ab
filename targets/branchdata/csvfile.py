"""CSV files: their encoding, their heading, and which line a row stands on."""

import codecs
import csv
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from targets.problems import Code, Problem

from .columns import literal, path_literal

CHUNK = 1 << 20
SAVE_AS_UTF8 = "在 Excel 或 WPS 里另存为“CSV UTF-8（逗号分隔）”，再交一次"
REJECTS_KEPT = 1000
REJECTS = {
    "MISSING COLUMNS": "这一行的列数比表头少",
    "TOO MANY COLUMNS": "这一行的列数比表头多",
    "UNQUOTED VALUE": "这一行的引号没有成对",
    "LINE SIZE OVER MAXIMUM": "这一行太长",
    "INVALID ENCODING": "这一行有读不出的字符",
}


# How a cell shows that it begins or ends with a blank; between quotes it may hold anything.
LOOSE = tuple(
    pair for blank in (b" ", b"\t")
    for pair in (blank + b",", blank + b"\r", blank + b"\n", b"," + blank, b"\n" + blank)
)


def has_outer_blanks(path: Path) -> bool:
    """Whether any cell may have blanks around it."""
    last = b"\n"
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if b'"' in chunk:
                return True
            # looking for one byte costs next to nothing, and most files hold no blank at all
            if last in b" \t" or b" " in chunk or b"\t" in chunk:
                text = last + chunk
                if any(pair in text for pair in LOOSE):
                    return True
            last = chunk[-1:]
    return last in b" \t"


def encoding_problem(path: Path) -> Problem | None:
    """What is wrong with the encoding, with the first line that shows it; None when UTF-8."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    line = 1
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _wrong(path, None, "文件像是 UTF-16（Unicode 文本）编码")
        file.seek(0)
        while chunk := file.read(CHUNK):
            try:
                decode(chunk)
            except UnicodeDecodeError as error:
                line += error.object.count(b"\n", 0, error.start)
                return _wrong(path, line, _looks_like(path))
            line += chunk.count(b"\n")
        try:
            decode(b"", final=True)
        except UnicodeDecodeError:
            return _wrong(path, line, "文件末尾的一个字只存了一半，多半没有传完")
    return None


def _looks_like(path: Path) -> str:
    with path.open("rb") as file:
        sample = file.read(CHUNK)
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(sample)
    except UnicodeDecodeError:
        return "文件不是 UTF-8 编码"
    common = sum("一" <= ch <= "鿿" for ch in text)
    if common * 2 > sum(ord(ch) > 127 for ch in text):
        return "文件像是 GB18030（GBK）编码"
    return "文件不是 UTF-8 编码"


def _wrong(path: Path, line: int | None, found: str) -> Problem:
    return Problem(
        Code.NOT_UTF8_DATA, found, file=path.name, line=line,
        allowed="UTF-8，带不带 BOM 都可以", mend=SAVE_AS_UTF8,
    )


def header(path: Path) -> list[str] | Problem:
    """The headings, or why they can't be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            cells = next(csv.reader(file), [])
        except csv.Error as error:
            return Problem(Code.UNREADABLE, f"表头读不了：{error}", file=path.name, line=1,
                           allowed="逗号分隔的 CSV", mend=SAVE_AS_UTF8)
    if len(cells) == 1:
        for separator, name in (("\t", "制表符"), (";", "分号"), ("，", "全角逗号")):
            if separator in cells[0]:
                return Problem(
                    Code.UNREADABLE, f"各列像是用{name}隔开的", file=path.name, line=1,
                    allowed="半角逗号", mend=SAVE_AS_UTF8,
                )
    if not any(cell.strip() for cell in cells):
        return Problem(Code.MISSING_COLUMN, "第一行是空的，应当是表头", file=path.name, line=1,
                       allowed="第一行写列名", mend="把表头放在第一行")
    return cells


def relation(path: Path, names: Sequence[str], broken: str = "refuse") -> str:
    """DuckDB's reader with nothing left to guess: every column text, nothing converted.

    Broken lines are refused, collected (for the one pass that looks for them) or skipped.
    """
    columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
    extra = {
        "refuse": "",
        "collect": f", store_rejects=true, rejects_limit={REJECTS_KEPT}",
        "skip": ", ignore_errors=true",
    }[broken]
    return (
        f"read_csv({path_literal(path)}, auto_detect=false, header=true, delim=',', quote='\"',"
        f" escape='\"', columns={{{columns}}}{extra})"
    )


def mixed_line_ends(path: Path) -> Problem | None:
    """Files of different systems pasted together: the reader gives up without saying why."""
    lines = windows = 0
    with path.open("rb") as file:
        for line in file:
            lines += 1
            windows += line.endswith(b"\r\n")
            if 0 < windows < lines:
                return Problem(
                    Code.UNREADABLE, "换行符有两种，多半是把不同系统存的文件拼在了一起",
                    file=path.name, line=lines, allowed="全文一种换行符", mend=SAVE_AS_UTF8,
                )
    return None


@dataclass(frozen=True)
class Rejected:
    """Lines that the collecting reader had to leave out, each with its fault."""

    lines: dict[int, str]
    complete: bool
    """every broken line is among them"""


def rejected(con) -> Rejected:
    """What the collecting reader left out since it was last asked."""
    rows = con.execute(
        "SELECT line, error_type::VARCHAR FROM reject_errors ORDER BY line"
    ).fetchall()
    con.execute("DELETE FROM reject_errors")
    # A line that lacks three columns is told three times.
    return Rejected(dict(rows), len(rows) < REJECTS_KEPT)


def rejected_problems(path: Path, rejected: Rejected, shown: int) -> list[Problem]:
    """The broken lines, the first of them one by one."""
    problems = [
        Problem(
            Code.UNREADABLE, REJECTS.get(kind, "这一行读不了"), file=path.name, line=line,
            allowed="每行的列数与表头相同；内容里有逗号或换行时，用成对的半角双引号括起来",
            mend="改正这一行",
        )
        for line, kind in list(rejected.lines.items())[:shown]
    ]
    more = len(rejected.lines) - shown
    if more > 0:
        problems.append(Problem(
            Code.UNREADABLE, f"另有{'' if rejected.complete else '至少'} {more:,} 行也读不了",
            file=path.name,
        ))
    return problems


class Lines:
    """On which line each data row (from 1) begins.

    A quoted cell may hold line breaks; blank lines are no rows, and neither are the broken ones.
    The file is read once, when the first line is asked for: that is, only if something is wrong.
    """

    def __init__(self, path: Path, broken: Collection[int] = ()):
        self.path = path
        self.broken = broken

    def __call__(self, row: int) -> int:
        rows, shifts = self._shifts
        return row + shifts[max(bisect_right(rows, row) - 1, 0)]

    @cached_property
    def _shifts(self) -> tuple[list[int], list[int]]:
        """Rows from which on the line is so much more than the row."""
        rows, shifts = [0], [1]
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            row, start = -1, 1
            for cells in reader:
                if cells and start not in self.broken:
                    row += 1
                    if start - row != shifts[-1]:
                        rows.append(row)
                        shifts.append(start - row)
                start = reader.line_num + 1
        return rows, shifts

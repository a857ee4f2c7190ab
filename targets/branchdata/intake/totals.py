"""Totals against the rows they total. A total is never counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from targets.branchdata.columns import label
from targets.problems import Code, Problem, Severity
from targets.schema.measures import Column

from .convert import Whole
from .lines import is_of_which, is_subtotal


@dataclass(frozen=True)
class Summed:
    """A column that adds up: its rows, and what the totals say."""

    column: Column
    position: int
    rows: Whole
    unreadable: frozenset[int]
    """rows whose cell could not be read"""
    totals: Whole
    unread: frozenset[int]
    """totals whose cell could not be read"""
    step: int
    """what one in the last place that people write is worth, in the smallest unit kept"""
    word: str
    """the unit in which it is told"""
    groups: Sequence[str | None] | None = None
    """kind of each row where only rows of one kind add up (an indicator's code)"""
    total_groups: Sequence[str | None] | None = None


@dataclass(frozen=True)
class Line:
    """A total among the rows: how many rows stand before it, and what it is called."""

    before: int
    label: str


def check(lines: Sequence[Line], count: int, columns: Sequence[Summed],
          place) -> tuple[list[bool | None], list[Problem]]:
    """Whether each total agrees with some run of rows that it may be the total of."""
    verdicts: list[bool | None] = []
    problems: list[Problem] = []
    for k, line in enumerate(lines):
        if is_of_which(line.label):
            verdict, found = _of_which(k, lines, columns, place)
        else:
            verdict, found = _one(k, lines, count, columns, place)
        verdicts.append(verdict)
        problems += found
    return verdicts, problems


def _spans(k: int, lines: Sequence[Line], count: int) -> list[tuple[int, int]]:
    """The runs of rows that a total may be the total of, the likeliest first."""
    whole = [line for line in lines if not is_of_which(line.label)]
    here = lines[k]
    at = next(i for i, line in enumerate(whole) if line is here)
    before, after = whole[:at], whole[at + 1:]
    last = before[-1].before if before else 0
    next_one = after[0].before if after else count
    same = [o.before for o in before if is_subtotal(o.label) == is_subtotal(here.label)]
    since, upto = (last, here.before), (0, here.before)
    alike = (same[-1] if same else 0, here.before)
    below, rest, everything = (here.before, next_one), (here.before, count), (0, count)
    spans = ([since, below, alike] if is_subtotal(here.label)
             else [everything, upto, alike, since, rest, below])
    return [s for s in dict.fromkeys(spans) if s[0] < s[1]]


def _one(k: int, lines, count, columns: Sequence[Summed], place):
    told = [c for c in columns if c.totals.given[k] and k not in c.unread]
    best: list[Problem] | None = None
    for span in _spans(k, lines, count):
        compared, off, near = [], [], []
        for c in told:
            parts = _parts(c, k, span)
            if parts is None:
                continue
            total, number = parts
            compared.append(c)
            gap = int(c.totals.values[k]) - total
            if gap and abs(gap) * 2 <= c.step * (number + 1) and c.step > 1:
                near.append(_differs(c, k, lines[k], total, place, Severity.WARNING))
            elif gap:
                off.append(_differs(c, k, lines[k], total, place, Severity.ERROR))
        if not compared:
            continue
        if not off:
            return True, near
        if best is None or len(off) < len(best):
            best = off
    return (None, []) if best is None else (False, best)


def _parts(c: Summed, k: int, span: tuple[int, int]) -> tuple[int, int] | None:
    """Sum and number of the rows; None where one of them could not be read."""
    rows = range(*span)
    if c.groups is not None:
        rows = [i for i in rows if c.groups[i] == c.total_groups[k]]
    if not rows or any(i in c.unreadable for i in rows):
        return None
    return sum(int(c.rows.values[i]) for i in rows if c.rows.given[i]), len(rows)


def _of_which(k: int, lines, columns: Sequence[Summed], place):
    """A part can't be more than the whole that stands above it."""
    first = k
    while first and is_of_which(lines[first - 1].label) and (
        lines[first - 1].before == lines[k].before
    ):
        first -= 1
    above_total = first > 0 and lines[first - 1].before == lines[k].before
    row = lines[k].before - 1
    compared, problems = False, []
    for c in columns:
        if not c.totals.given[k] or k in c.unread:
            continue
        if above_total:
            given, whole = c.totals.given[first - 1], int(c.totals.values[first - 1])
        elif row >= 0 and row not in c.unreadable:
            given, whole = c.rows.given[row], int(c.rows.values[row])
        else:
            continue
        if not given:
            continue
        compared = True
        part = int(c.totals.values[k])
        if abs(part) > abs(whole):
            problems.append(Problem(
                Code.TOTAL_DISAGREES,
                f"“{lines[k].label}”的「{c.column.title}」是 {_told(c, part)}，"
                f"比上面的 {_told(c, whole)} 还大",
                field=label(c.column), allowed=f"不大于 {_told(c, whole)}",
                mend="核对这两行", **place(k, c.position),
            ))
    return (not problems if compared else None), problems


def _differs(c: Summed, k: int, line: Line, total: int, place, severity: Severity) -> Problem:
    written = int(c.totals.values[k])
    if severity is Severity.WARNING:
        found = "相差在各行四舍五入的范围内"
        mend = None
    else:
        found = f"相差 {_told(c, written - total)}"
        mend = "核对是漏了行、重复了行，还是合计没有更新；各行照常读入，合计不计入"
    return Problem(
        Code.TOTAL_DISAGREES,
        f"“{line.label}”行的「{c.column.title}」是 {_told(c, written)}，"
        f"所列各行相加是 {_told(c, total)}，{found}",
        field=label(c.column), allowed=_told(c, total), mend=mend, severity=severity,
        **place(k, c.position),
    )


def _told(c: Summed, value: int) -> str:
    number = Decimal(value).scaleb(-c.rows.places)
    return f"{number:,f}{' ' if c.word else ''}{c.word}"


def step_of(factor: int, texts: Iterable[str], places: int) -> int:
    """What one in the last written decimal place is worth, in the smallest unit kept."""
    decimals = max((len(t.partition(".")[2]) for t in texts), default=0)
    return max(factor * 10**places // 10**decimals, 1)



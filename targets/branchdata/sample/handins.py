"""Who handed in the sample's reports, and when: mostly on time, the same rows every time."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

from targets.calendar.occurrences import Calendar, Occurrence
from targets.schema.duties import Duty, NoDeadline, ReportsOn
from targets.schema.organisation import Unit

from ..beside import SUBMISSIONS
from .ground import month_ends

NAME = f"{SUBMISSIONS}.yaml"
HEAD = """\
# 示例：哪家机构何时交了哪一期的报告。机构、时间和人都是虚构的。
说明: 示例数据（虚构）
"""
YEAR = timedelta(days=365)
LATE = (4, 19, 33)
"""rows that came late"""
WAIVED, CORRECTED, MISSING = 7, 10, 40
"""a row that was waived, one that was corrected afterwards, and one that never came"""


def write_handins(folder: Path, catalog, notice: str) -> Path | None:
    """Write the file of hand-ins; none where no report of several units has a deadline."""
    lines = list(_lines(catalog))
    if not lines:
        return None
    path = folder / NAME
    text = "\n".join([f"# {notice}", f"{HEAD}{SUBMISSIONS}:", *lines, ""])
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _lines(catalog):
    """A line a hand-in; the last unit's latest report is missing."""
    for number, (unit, one) in enumerate(_owed(catalog)[:-1]):
        cells = [("义务编号", one.duty.id), ("机构代码", f'"{unit.code}"'),
                 ("报告期", one.reports_on.key)]
        if number == MISSING:
            continue
        if number == WAIVED:
            yield _line([*cells, ("豁免理由", "当期网点迁址停业，经同意免报")])
            continue
        yield _line([*cells, *_sent(_moment(number, one), 1, unit)])
        if number == CORRECTED:
            yield _line([*cells, *_sent(_moment(number, one) + timedelta(days=9), 2, unit)])


def _owed(catalog) -> list[tuple[Unit, Occurrence]]:
    """A year of reports with a deadline, period by period."""
    calendar = Calendar(catalog)
    last = month_ends()[-1]
    found = [
        (unit, one)
        for duty in catalog.all(Duty)
        if _fits(calendar, duty)
        for unit in calendar.units(duty)
        for one in calendar.of_unit(unit, last - YEAR, last + YEAR, [duty])
        if last - YEAR < one.reports_on.last <= last
    ]
    return sorted(found, key=lambda pair: (pair[1].order, pair[0].code))


def _fits(calendar: Calendar, duty: Duty) -> bool:
    return (
        duty.reports_on is not ReportsOn.NOT_A_REPORT
        and not isinstance(duty.deadline, NoDeadline)
        and duty.recurrence.kind == "fixed"
        and len(calendar.units(duty)) > 1
    )


def _moment(number: int, one: Occurrence) -> datetime:
    days = 1 + number % 5 if number in LATE else -(number % 3)
    day: date = max(one.due + timedelta(days=days), one.reports_on.last + timedelta(days=1))
    return datetime.combine(day, time(9 + number % 8, number * 7 % 60))


def _sent(at: datetime, version: int, unit: Unit):
    return [("报送时间", f"{at:%Y-%m-%d %H:%M}"), ("版本", version),
            ("报送人", f"{unit.name}综合员")]


def _line(cells) -> str:
    return "  - {" + ", ".join(f"{name}: {value}" for name, value in cells) + "}"

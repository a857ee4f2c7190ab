"""Where every due date stands on the data date, as far as it may be shown: no names of persons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from targets.calendar.hand_ins import told_of
from targets.calendar.occurrences import Calendar
from targets.calendar.recorded import recorded
from targets.calendar.submissions import SHANGHAI, Standing, Status, named_period, statuses
from targets.catalog import Catalog
from targets.schema.organisation import Unit

BACK, AHEAD = timedelta(days=365), timedelta(days=31)
"""how far around the data date"""
OPEN = (Standing.OVERDUE, Standing.TODAY, Standing.DUE)


@dataclass(frozen=True)
class HandIn:
    """One due date of one unit, as it stood at the end of the data date."""

    unit: str
    """id"""
    duty: str
    """id"""
    period: str
    due: date
    standing: Standing
    days: int
    """left, late or overdue"""
    on: date | None
    """handed in on"""
    reason: str | None
    """of a waiver"""
    corrected: bool
    done: int
    times: int
    """of the times that are due, where there are several"""

    @property
    def open(self) -> bool:
        return self.standing in OPEN

    @property
    def words(self) -> str:
        """What can be said without knowing what day it is."""
        match self.standing:
            case Standing.DUE | Standing.TODAY:
                text = "还没有交"
            case Standing.OVERDUE:
                text = f"逾期 {self.days} 天未交" if self.days else "逾期未交"
            case Standing.LATE:
                text = f"迟 {self.days} 天" if self.days else "当日迟交"
            case Standing.WAIVED:
                text = f"豁免：{self.reason}"
            case _:
                text = self.standing.label
        if self.corrected:
            text += "，后有更正"
        if 0 < self.done < self.times:
            text += f"（已交 {self.done} 次，应交 {self.times} 次）"
        return text


def hand_ins(catalog: Catalog, folder: Path, as_of: date) -> tuple[HandIn, ...]:
    """From a year before the data date to a month after it, where records can tell."""
    found = recorded(catalog, folder)
    calendar = Calendar(
        catalog, duties=told_of(catalog, found.records), choices=found.choices
    )
    moment = datetime.combine(as_of, time.max, SHANGHAI)
    return tuple(
        _shown(status)
        for status in statuses(
            calendar, found.records, catalog.all(Unit), as_of - BACK, as_of + AHEAD, moment
        )
        if status.standing is not Standing.UNKNOWN
    )


def _shown(status: Status) -> HandIn:
    one = status.occurrence
    return HandIn(
        status.unit.id,
        one.duty.id,
        named_period(one).label,
        one.due,
        status.standing,
        status.days,
        status.handed_in.date() if status.handed_in else None,
        status.reason,
        (status.version or 1) > 1,
        status.done,
        one.quota,
    )


def by_unit(found: Iterable[HandIn]) -> dict[str, list[HandIn]]:
    """The most pressing first."""
    out: dict[str, list[HandIn]] = {}
    for one in sorted(found, key=lambda h: (OPEN.index(h.standing), h.due, h.duty)):
        out.setdefault(one.unit, []).append(one)
    return out

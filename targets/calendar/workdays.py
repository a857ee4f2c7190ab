"""Chinese working days: the kept calendar, and the bank's own days laid over it.

`chinese_calendar` carries what the State Council announced, make-up working days (调休) included.
For a year that neither it nor a notice of the bank announces, Monday to Friday stand in, and
`announced` says so.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from chinese_calendar.constants import Holiday
from chinese_calendar.constants import holidays as STATE_OFF
from chinese_calendar.constants import workdays as STATE_WORK

from targets.catalog import Catalog
from targets.schema.workdays import WorkdayNotice

ONE = timedelta(days=1)
STATE_YEARS = frozenset(range(min(STATE_OFF).year, max(STATE_OFF).year + 1))


class Workdays:
    """Which days are worked.

    `off` (day -> what it is called) and `work` override the kept calendar; `announced` names
    years whose arrangement is complete although the kept calendar does not know them.
    """

    def __init__(
        self,
        off: Mapping[date, str] | None = None,
        work: Iterable[date] = (),
        announced: Iterable[int] = (),
    ):
        self._off = dict(off or {})
        self._work = frozenset(work)
        self._announced = STATE_YEARS | frozenset(announced)
        self._years: dict[int, list[date]] = {}

    @classmethod
    def of(cls, catalog: Catalog) -> "Workdays":
        """The kept calendar with every notice of the definitions."""
        notices = catalog.all(WorkdayNotice)
        return cls(
            off={day: span.name for n in notices for span in n.off for day in span.days},
            work=(day for n in notices for day in n.work),
            announced=(year for n in notices for year in n.announces),
        )

    def announced(self, year: int) -> bool:
        """Whether the year's days off are known; otherwise weekends stand in."""
        return year in self._announced

    def holiday(self, day: date) -> str | None:
        """What the day off is called when an announced holiday covers it (not a mere weekend)."""
        if day in self._work:
            return None
        if day in self._off:
            return self._off[day]
        name = STATE_OFF.get(day)
        return Holiday(name).chinese if name else None

    def is_workday(self, day: date) -> bool:
        if day in self._work:
            return True
        if day in self._off:
            return False
        return day in STATE_WORK or (day.weekday() < 5 and day not in STATE_OFF)

    def count(self, start: date, end: date) -> int:
        """Working days from `start` to `end`, both included; 0 when `end` comes first."""
        return sum(
            max(0, bisect_right(days, end) - bisect_left(days, start))
            for days in map(self._workdays, range(start.year, end.year + 1))
        )

    def next(self, day: date) -> date:
        """The day itself when it is worked, else the first working day after it."""
        while not self.is_workday(day):
            day += ONE
        return day

    def previous(self, day: date) -> date:
        """The day itself when it is worked, else the last working day before it."""
        while not self.is_workday(day):
            day -= ONE
        return day

    def add(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n is negative; `day` itself for 0)."""
        step = ONE if n > 0 else -ONE
        for _ in range(abs(n)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def _workdays(self, year: int) -> list[date]:
        if year not in self._years:
            ordinals = range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
            days = map(date.fromordinal, ordinals)
            self._years[year] = [day for day in days if self.is_workday(day)]
        return self._years[year]

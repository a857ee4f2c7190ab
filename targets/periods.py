"""Periods of the calendar: day, week, 旬 (ten days), month, quarter, half-year, year."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from targets.schema.measures import ActorPeriod as Every

ONE = timedelta(days=1)
MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}
"""Months of a period, of those made of months."""
SHORTEST = {
    Every.DAY: 1,
    Every.WORKDAY: 1,
    Every.WEEK: 7,
    Every.TEN_DAYS: 8,  # the last of February
    Every.MONTH: 28,
    Every.QUARTER: 90,
    Every.HALF_YEAR: 181,
    Every.YEAR: 365,
}
"""Days that every period of a kind has."""
FOLLOWED_BY = {Every.MONTH: 28, Every.QUARTER: 30, Every.HALF_YEAR: 31, Every.YEAR: 31}
"""Days that every month following a period of a kind has; kinds not here end within months."""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends included. `every` is None for a season or a single day."""

    every: Every | None
    first: date
    last: date

    @property
    def key(self) -> str:
        """Short and stable, for identifiers: 2026q1, 202603t2, 2026w14.

        What a season cut off at the front tells its own first day as well.
        """
        if self.every is None:
            return f"{'s' if self.first < self.last else ''}{self.first:%Y%m%d}"
        cut = self.first != whole(self).first
        return self._key + (f"c{self.first:%m%d}" if cut else "")

    @property
    def _key(self) -> str:
        day = self.first
        match self.every:
            case Every.WEEK:
                year, week, _ = day.isocalendar()
                return f"{year}w{week:02}"
            case Every.TEN_DAYS:
                return f"{day:%Y%m}t{min(3, (day.day - 1) // 10 + 1)}"
            case Every.MONTH:
                return f"{day:%Y%m}"
            case Every.QUARTER:
                return f"{day.year}q{(day.month + 2) // 3}"
            case Every.HALF_YEAR:
                return f"{day.year}h{(day.month + 5) // 6}"
            case Every.YEAR:
                return str(day.year)
        return f"{day:%Y%m%d}"

    @property
    def label(self) -> str:
        """As people name it: 2026年第1季度."""
        day = self.first
        match self.every:
            case Every.WEEK:
                year, week, _ = day.isocalendar()
                return f"{year}年第{week}周"
            case Every.TEN_DAYS:
                return f"{day.year}年{day.month}月{'上中下'[min(2, (day.day - 1) // 10)]}旬"
            case Every.MONTH:
                return f"{day.year}年{day.month}月"
            case Every.QUARTER:
                return f"{day.year}年第{(day.month + 2) // 3}季度"
            case Every.HALF_YEAR:
                return f"{day.year}年{'上' if day.month < 7 else '下'}半年"
            case Every.YEAR:
                return f"{day.year}年"
        if self.first == self.last:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{self.first.isoformat()} 至 {self.last.isoformat()}"

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def month_end(year: int, month: int) -> date:
    """The last day of a month; months outside 1..12 roll over."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def period_of(every: Every, day: date) -> Period:
    """The period that `day` falls in; for working days, the day itself."""
    if every in (Every.DAY, Every.WORKDAY):
        return Period(every, day, day)
    if every is Every.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(every, first, first + timedelta(days=6))
    if every is Every.TEN_DAYS:
        ten = min(2, (day.day - 1) // 10)
        first = day.replace(day=10 * ten + 1)
        last = month_end(day.year, day.month) if ten == 2 else day.replace(day=10 * ten + 10)
        return Period(every, first, last)
    months = MONTHS[every]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(every, first, month_end(first.year, first.month + months - 1))


def whole(period: Period) -> Period:
    """The period that a season may have cut a part off."""
    return period_of(period.every, period.first) if period.every else period


def before(period: Period) -> Period:
    """The period before."""
    return period_of(period.every, whole(period).first - ONE)


def periods(every: Every, start: date, end: date) -> Iterator[Period]:
    """Periods whose first day lies in [start, end), in order."""
    period = period_of(every, start)
    if period.first < start:
        period = period_of(every, period.last + ONE)
    while period.first < end:
        yield period
        period = period_of(every, period.last + ONE)

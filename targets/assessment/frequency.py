"""How often, per actor and period: which periods are judged, and whether they are over.

Several days, weeks or thirds end within a month: those that ended in the data date's month are
judged together. Of a longer period the one that holds the data date is judged, over or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Protocol

from targets.periods import period_of
from targets.schema.measures import ActorPeriod

from .verdicts import Verdict

MANY = 10**9


class WorkCalendar(Protocol):
    """Which days are worked."""

    def is_workday(self, day: date) -> bool: ...

    def announced(self, year: int) -> bool:
        """Whether the year's days off are known; otherwise weekends stand in."""
        ...

    def count(self, start: date, end: date) -> int:
        """Working days from `start` to `end`, both included."""
        ...


@dataclass(frozen=True)
class Tally:
    """So many of the actors' periods in which it was done `times` times."""

    times: Fraction
    periods: int
    over: bool
    """whether the periods are over; in those that are not more may still come"""


@dataclass(frozen=True)
class Frequencies:
    """Everything counted for one subject, the fewest times first."""

    tallies: tuple[Tally, ...] = ()
    ends: date | None = None
    """when the period that is not over will be"""
    rostered: int = 0
    """actors on the roster"""
    unlisted: int = 0
    """actors with rows that the roster does not name"""
    aside: int = 0
    """rows of the data date that belong to no period that is judged"""


@dataclass(frozen=True)
class JudgedDay:
    """A day that counts, and the period that it belongs to."""

    day: date
    period: date
    """the first day of the period"""
    over: bool


def judged_days(
    period: ActorPeriod, until: date, is_workday: Callable[[date], bool]
) -> list[JudgedDay]:
    """The days whose rows are judged on the data date `until`."""
    first = period_of(period, until.replace(day=1) if period.within_month else until).first
    days = [first + timedelta(days=n) for n in range((until - first).days + 1)]
    return [
        JudgedDay(day, (held := period_of(period, day)).first, held.last <= until)
        for day in days
        if period is not ActorPeriod.WORKDAY or is_workday(day)
    ]


def unannounced(period: ActorPeriod, until: date, calendar: WorkCalendar) -> bool:
    """Whether weekends stand in for the days off that nobody has announced yet."""
    return period is ActorPeriod.WORKDAY and not calendar.announced(until.year)


def not_over(rule: Callable[[Fraction], Verdict], times: Fraction) -> Verdict:
    """The verdict on a period that is not over: only what more times can't change."""
    now = rule(times)
    settled = rule(times + MANY).met if now.met else now.gap >= 0 and not rule(times + 1).met
    return now if settled else Verdict(None, now.gap)

"""From a period to its due date: the deadline, then what happens when that is a day off."""

from datetime import date, timedelta

from targets.periods import Period, before, period_of, whole
from targets.schema.duties import (
    DayInclusion,
    DayOfPeriod,
    DaysAfter,
    Duty,
    FollowingDay,
    ReportsOn,
    RestDayPolicy,
)
from targets.schema.measures import ActorPeriod

from .workdays import Workdays

ONE = timedelta(days=1)
EXTENDS_FROM = 3
"""Days off in one run that extend a deadline: 税收征收管理法实施细则第一百零九条."""


def nominal_due(duty: Duty, period: Period, workdays: Workdays) -> date:
    """The due date before any day off is looked at."""
    match duty.deadline:
        case FollowingDay(day=n, inclusion=inclusion):
            return whole(period).last + timedelta(days=_within(n, inclusion))
        case DayOfPeriod(day=n, inclusion=inclusion):
            day = whole(period).first + timedelta(days=_within(n, inclusion) - 1)
            return min(max(day, period.first), period.last)
        case DaysAfter(days=n, working=True):
            return workdays.add(period.last, n)
        case DaysAfter(days=n):
            return period.last + timedelta(days=n)
    return period.last


def _within(n: int, inclusion: DayInclusion) -> int:
    """Unsaid counts as included until the bank decides."""
    return n - 1 if inclusion is DayInclusion.EXCLUDED else n


def falls_after_period(duty: Duty) -> bool:
    """Whether the deadline counts from the end of the period."""
    return isinstance(duty.deadline, FollowingDay | DaysAfter)


def moved(
    policy: RestDayPolicy, nominal: date, opens: date, workdays: Workdays
) -> date:
    """The due date once days off are taken into account.

    `opens` is the first day on which the thing could be done: days off lost from there to the
    nominal due date are what `extend` gives back. Unknown leaves the date where it is.
    """
    match policy:
        case RestDayPolicy.NEXT:
            return workdays.next(nominal)
        case RestDayPolicy.PREVIOUS:
            return workdays.previous(nominal)
        case RestDayPolicy.EXTEND:
            lost = days_lost(workdays, opens, nominal)
            return workdays.add(nominal, lost) if lost else workdays.next(nominal)
    return nominal


def days_lost(workdays: Workdays, first: date, last: date) -> int:
    """Days off between two days (both included) in runs long enough to extend a deadline.

    A run counts when, within these days, it has at least `EXTENDS_FROM` days off in a row and
    an announced holiday among them; weekends that adjoin belong to the run.
    """
    lost = run = 0
    holiday = False
    day = first
    while day <= last + ONE:
        if day <= last and not workdays.is_workday(day):
            run += 1
            holiday = holiday or workdays.holiday(day) is not None
        else:
            if run >= EXTENDS_FROM and holiday:
                lost += run
            run, holiday = 0, False
        day += ONE
    return lost


def opens_on(duty: Duty, period: Period) -> date:
    """The first day on which what is due could be done."""
    return period.last + ONE if falls_after_period(duty) else period.first


def reported_period(
    duty: Duty, period: Period, nominal: date, workdays: Workdays
) -> Period | None:
    """The period that a report is on; None for what is no report.

    Where the source does not say, the one that ended last by the due date.
    """
    if duty.reports_on is ReportsOn.NOT_A_REPORT:
        return None
    if period.every is None:
        return period
    if falls_after_period(duty):
        current = duty.reports_on is ReportsOn.CURRENT
        return period_of(period.every, nominal) if current else period
    if duty.reports_on is ReportsOn.PREVIOUS or (
        duty.reports_on is ReportsOn.UNSAID and nominal < period.last
    ):
        if period.every is ActorPeriod.WORKDAY:
            day = workdays.add(period.first, -1)
            return Period(period.every, day, day)
        return before(period)
    return period

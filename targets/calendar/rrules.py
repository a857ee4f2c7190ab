"""A duty's recurrence as an RRULE (RFC 5545), or in words why there is none."""

from dataclasses import dataclass

from targets.periods import FOLLOWED_BY, SHORTEST
from targets.schema.duties import (
    ChosenDays,
    DayInclusion,
    DayOfPeriod,
    DaysAfter,
    Duty,
    Fixed,
    FollowingDay,
    Quota,
    RestDayPolicy,
    Season,
)
from targets.schema.measures import ActorPeriod as Every

from .occurrences import why_undated

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ENDS = {
    Every.DAY: "FREQ=DAILY",
    Every.WEEK: "FREQ=WEEKLY;BYDAY=SU",
    Every.TEN_DAYS: "FREQ=MONTHLY;BYMONTHDAY=10,20,-1",
    Every.MONTH: "FREQ=MONTHLY;BYMONTHDAY=-1",
    Every.QUARTER: "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1",
    Every.HALF_YEAR: "FREQ=MONTHLY;BYMONTH=6,12;BYMONTHDAY=-1",
    Every.YEAR: "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
}
_FIRST_MONTHS = {
    Every.MONTH: "FREQ=MONTHLY;BYMONTHDAY={}",
    Every.QUARTER: "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY={}",
    Every.HALF_YEAR: "FREQ=MONTHLY;BYMONTH=1,7;BYMONTHDAY={}",
    Every.YEAR: "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY={}",
}


@dataclass(frozen=True)
class Rrule:
    """`text` for calendars, or `reason` why the dates can only be listed one by one."""

    text: str | None = None
    reason: str | None = None


def rrule(duty: Duty) -> Rrule:
    """The rule that gives the duty's due dates."""
    rule = duty.recurrence
    if duty.rest_day not in (RestDayPolicy.STAY, RestDayPolicy.UNKNOWN):
        return Rrule(reason=f"{duty.rest_day.label}，要逐日查放假安排")
    match rule:
        case Fixed(every=Every.WORKDAY) | Quota(per=Every.WORKDAY) | Season(every=Every.WORKDAY):
            return Rrule(reason="工作日随每年的放假和调休安排变")
        case Fixed(every=every) | Quota(per=every, times=1, at_least=False):
            return _periodic(duty.deadline, every)
        case Quota():
            return Rrule(reason="一期几次，没有规定在哪几天")
        case ChosenDays():
            return Rrule(reason="日子由各机构自己选定")
        case Season(each_year=span) if span and not rule.every and not _after(duty):
            month, day = span.last.split("-")
            return Rrule(f"FREQ=YEARLY;BYMONTH={int(month)};BYMONTHDAY={int(day)}")
        case Season() if rule.each_year or (rule.start and rule.end):
            return Rrule(reason="只在一段时间之内，逐次列出")
    return Rrule(reason=why_undated(duty) if not getattr(rule, "by", None) else "只有一次")


def _after(duty: Duty) -> bool:
    return isinstance(duty.deadline, DaysAfter)


def _periodic(deadline, every: Every) -> Rrule:
    match deadline:
        case FollowingDay(day=n, inclusion=inclusion):
            return _nth(every, n - (inclusion is DayInclusion.EXCLUDED))
        case DaysAfter(working=True):
            return Rrule(reason="按工作日数，随每年的放假和调休安排变")
        case DaysAfter(days=n):
            return _days_after(every, n)
        case DayOfPeriod(day=n, inclusion=inclusion):
            return _day_of_period(every, n - (inclusion is DayInclusion.EXCLUDED))
    return Rrule(_ENDS[every])


def _nth(every: Every, n: int) -> Rrule:
    """Day n of the month after the period; day 0 is the period's last."""
    return Rrule(_FIRST_MONTHS[every].format(n) if n else _ENDS[every])


def _days_after(every: Every, n: int) -> Rrule:
    if every is Every.DAY:
        return Rrule(_ENDS[every])
    if every is Every.WEEK:
        return Rrule(f"FREQ=WEEKLY;BYDAY={_DAYS[(n - 1) % 7]}")
    if n <= FOLLOWED_BY.get(every, 0):
        return _nth(every, n)
    return Rrule(reason=f"期末后 {n} 天跨过长短不一的月份")


def _day_of_period(every: Every, n: int) -> Rrule:
    if every is Every.WEEK:
        return Rrule(f"FREQ=WEEKLY;BYDAY={_DAYS[n - 1]}")
    if every is Every.TEN_DAYS:
        return Rrule(f"FREQ=MONTHLY;BYMONTHDAY={n},{n + 10},{n + 20}")
    if n <= SHORTEST[Every.MONTH]:
        return _nth(every, n)
    return Rrule(reason=f"本期第 {n} 天跨过长短不一的月份")

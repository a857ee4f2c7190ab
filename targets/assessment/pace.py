"""序时进度: how far along a target should be, and is.

Two usages are kept apart: `lead` compares completion with the elapsed share in 百分点, `ratio`
(序时完成率) divides one by the other. Anchored on the data date, never on the day of the run.
"""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

from targets.periods import month_end
from targets.schema.criteria import (
    Baseline,
    GivenBaseline,
    PreviousPeriod,
    SamePeriodLastYear,
    YearStart,
)
from targets.schema.targets import CurvePace, DaysPace, MonthsPace, Pace, PeriodSpan

from .findings import PaceReading


def months_between(start: date, end: date) -> int:
    """Calendar months from the month of `start` to that of `end`, both counted (Jan..Mar: 3)."""
    return (end.year - start.year) * 12 + end.month - start.month + 1


def baseline_day(baseline: Baseline, day: date) -> date | None:
    """The day a baseline looks at, seen from `day`; None when it names no day.

    A month-end looks at month-ends, any other day at the same day of the month.
    """
    if isinstance(baseline, YearStart):
        return date(day.year - 1, 12, 31)
    if isinstance(baseline, SamePeriodLastYear | PreviousPeriod):
        months = 12 if isinstance(baseline, SamePeriodLastYear) else baseline.months
        end = month_end(day.year, day.month - months)
        whole = day == month_end(day.year, day.month)
        return end if whole else end.replace(day=min(day.day, end.day))
    if isinstance(baseline, GivenBaseline):
        return baseline.dated
    return None


def elapsed_share(period: PeriodSpan, pace: Pace, day: date) -> Fraction:
    """The share of the period that has passed on `day`, in per cent, between 0 and 100.

    months: whole months counted at their end, months/12 (end of May of a year: 5/12, not 151/365).
    days: days/days. curve: linear between its points, from 0 at the start.
    """
    if day < period.start:
        return Fraction(0)
    if day >= period.end:
        return Fraction(100)
    if isinstance(pace, MonthsPace):
        total = months_between(period.start, period.end)
        return Fraction(100 * _months_over(period, day), total)
    if isinstance(pace, DaysPace):
        passed, total = (day - period.start).days + 1, (period.end - period.start).days + 1
        return Fraction(100 * passed, total)
    assert isinstance(pace, CurvePace)
    before, share = period.start, Fraction(0)
    for point in pace.points:
        if day < point.by:
            step = Fraction((day - before).days, (point.by - before).days)
            return share + step * (Fraction(point.share) - share)
        before, share = point.by, Fraction(point.share)
    return share


def pace_reading(
    period: PeriodSpan,
    day: date,
    value: Fraction,
    threshold: Fraction,
    base: Fraction,
    workdays: Callable[[date, date], int] | None = None,
) -> PaceReading | None:
    """Pace of a value on its way from `base` to a threshold, up or down.

    completion = (value - base) / (threshold - base); None where there is no way to go, or the
    period has no pace or has not begun. workdays: how many are worked, both days included.
    """
    if period.pace is None or day < period.start or threshold == base:
        return None
    elapsed = elapsed_share(period, period.pace, day)
    completion = 100 * (value - base) / (threshold - base)
    passed = _months_over(period, day)
    left = months_between(period.start, period.end) - passed
    still = threshold - value if completion < 100 else Fraction(0)
    days = workdays(day + timedelta(days=1), period.end) if workdays else 0
    return PaceReading(
        elapsed=elapsed,
        completion=completion,
        lead=completion - elapsed,
        ratio=100 * completion / elapsed if elapsed else None,
        required_per_month=still / left if left > 0 else None,
        recent_per_month=(value - base) / passed if passed > 0 else None,
        required_per_workday=still / days if days > 0 else None,
    )


def _months_over(period: PeriodSpan, day: date) -> int:
    """Months of the period that are over; one counts at its end."""
    return months_between(period.start, day) - (day != month_end(day.year, day.month))

"""How a change of one value is graded: by the meaning of the test, and on which side it binds.

A grader takes the old and the new value (None: there was none) and answers with a grade and, for
deadlines, whether they come earlier (None: can't be said). Swapping the two mirrors the answer.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from targets.schema import criteria as cr
from targets.schema import duties as du
from targets.schema import targets as ta
from targets.schema.base import Commitment
from targets.schema.measures import ActorPeriod, Direction

from .model import Grade

Graded = tuple[Grade, bool | None]
Grader = Callable[[object, object], Graded]

_WAY = {True: Grade.TIGHTER, False: Grade.LOOSER}


def always(grade: Grade) -> Grader:
    return lambda old, new: (grade, None)


text, caliber = always(Grade.TEXT), always(Grade.CALIBER)


def by_order(key: Callable[[object], object]) -> Grader:
    """Tighter where the key grows; a difference that the key does not see is one of caliber."""

    def graded(old, new) -> Graded:
        before, after = key(old), key(new)
        if before is None or after is None or before == after:
            return Grade.CALIBER, None
        return _WAY[after > before], None

    return graded


def by_deadline(key: Callable[[object], object]) -> Grader:
    """A change of deadline, tighter where the key (a date or a number of days) shrinks."""

    def graded(old, new) -> Graded:
        before, after = key(old), key(new)
        unknown = before is None or after is None or before == after
        return Grade.DEADLINE, None if unknown else after < before

    return graded


def asked(old, new) -> Graded:
    """Something is asked that was not (or no longer)."""
    return _WAY[old is None], None


# --- thresholds


def threshold(test: cr.Test, direction: Direction) -> Grader:
    """For the value of a threshold, or the ends of a range; None: nothing is asked."""
    sign = {"at_least": 1, "at_most": -1}.get(test.kind)
    if test.kind == "equal":
        sign = {Direction.UP: 1, Direction.DOWN: -1}.get(direction)

    def graded(old, new) -> Graded:
        if old is None or new is None:
            return asked(old, new)
        if isinstance(old, tuple) or isinstance(new, tuple):
            return _range(old, new), None
        if sign is None:
            return Grade.CALIBER, None
        return _WAY[(new - old) * sign > 0], None

    return graded


def _range(old: tuple[Decimal, Decimal], new: tuple[Decimal, Decimal]) -> Grade:
    """A range within the other is the tighter one."""
    if old[0] <= new[0] and new[1] <= old[1]:
        return Grade.TIGHTER
    if new[0] <= old[0] and old[1] <= new[1]:
        return Grade.LOOSER
    return Grade.CALIBER


boundary = by_order(lambda b: {cr.Boundary.EXCLUDED: 1}.get(b, 0))
"""An unsaid boundary is read as included: said or not is a matter of caliber."""


def tolerance(test: cr.Test) -> Grader:
    """What may be missing: a wider one is looser, but where equality itself is not enough."""
    sign = 1 if getattr(test, "boundary", None) is cr.Boundary.EXCLUDED else -1
    return by_order(lambda value: sign * (value or 0))


near_band = by_order(lambda value: -(value or 0))


_FOLLOWED = ("up", "down", "tracked", "unknown")


def test_kind(old: tuple[str, str], new: tuple[str, str]) -> Graded:
    """Of (kind, all else): from followed to judged is tighter, another test another caliber."""
    before, after = (kind in _FOLLOWED for kind, _ in (old, new))
    return (Grade.CALIBER if before == after else _WAY[before]), None


_STRENGTH = {Commitment.PLAN: 1, Commitment.STRIVE: 2, Commitment.MUST: 3}
commitment = by_order(_STRENGTH.get)


# --- periods and duties


def _end(period: ta.Period) -> date | None:
    match period:
        case ta.PeriodSpan(end=end):
            return end
        case ta.PeriodStanding():
            return date.min
        case ta.PeriodYears(years=years, start=start) if start:
            return date(start.year + years, start.month, 1) + timedelta(days=start.day - 1)
    return date.max


period = by_deadline(_end)

_TIMES = {
    ActorPeriod.DAY: 365, ActorPeriod.WORKDAY: 250, ActorPeriod.WEEK: 52,
    ActorPeriod.TEN_DAYS: 36, ActorPeriod.MONTH: 12, ActorPeriod.QUARTER: 4,
    ActorPeriod.HALF_YEAR: 2, ActorPeriod.YEAR: 1,
}
"""About how many a year: only their order counts."""


def _often(recurrence: du.Recurrence) -> int | None:
    match recurrence:
        case du.Fixed(every=every):
            return _TIMES[every]
        case du.Quota(times=times, per=per):
            return times * _TIMES[per]
        case du.ChosenDays(days=days, per=per):
            return days * _TIMES[per]
    return None


def recurrence(old, new) -> Graded:
    before, after = _often(old), _often(new)
    if before is None or after is None or before == after:
        return Grade.DEADLINE, None
    return _WAY[after > before], None


frequency = by_order(_TIMES.get)
"""Of a quantity counted by period: so often in each."""


def _offset(deadline: du.Deadline) -> float | None:
    """About how many days after the period's end; None where the two can't be compared."""
    match deadline:
        case du.FollowingDay(day=day, inclusion=inclusion):
            return day - (inclusion is du.DayInclusion.EXCLUDED)
        case du.DaysAfter(days=days, working=working):
            return days * 1.4 if working else days
        case du.PeriodEnd():
            return 0
        case du.NoDeadline():
            return float("inf")
    return None


def deadline(old: du.Deadline, new: du.Deadline) -> Graded:
    if isinstance(old, du.DayOfPeriod) and isinstance(new, du.DayOfPeriod):
        return by_deadline(lambda d: d.day - (d.inclusion is du.DayInclusion.EXCLUDED))(old, new)
    return by_deadline(_offset)(old, new)


at_time = by_deadline(lambda t: (24, 0) if t is None else (t.hour, t.minute))
_REST = {
    du.RestDayPolicy.PREVIOUS: 0, du.RestDayPolicy.STAY: 1,
    du.RestDayPolicy.NEXT: 2, du.RestDayPolicy.EXTEND: 3,
}
rest_day = by_deadline(_REST.get)
other_deadline = always(Grade.DEADLINE)
withdrawn = by_order(lambda gone: -bool(gone))

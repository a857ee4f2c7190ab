"""Due dates that differ in nothing but their day, told as one recurring event (RFC 5545).

A series is one duty in one calendar year, always the whole year whatever window is asked for, so
that the same event says the same everywhere. Its rule, less the dates left out and with those
added, gives its due dates exactly; where no rule does, the dates stay single events.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from targets.schema.measures import ActorPeriod

from .occurrences import Occurrence

FEW = 8
"""fewer than these stay single events"""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKED = frozenset(range(5))
RHYTHMS = (ActorPeriod.DAY, ActorPeriod.WORKDAY, ActorPeriod.WEEK)

Alike = Callable[[Occurrence], Hashable]
"""equal for due dates that would be told in the same words"""


@dataclass(frozen=True)
class Series:
    """The due dates of one duty in a year that are told in the same words."""

    key: str
    """stable: the duty, the year and the rhythm"""
    every: ActorPeriod
    found: tuple[Occurrence, ...]
    """in order"""
    called_off: tuple[Occurrence, ...] = field(default=())
    """no longer asked for, and told one by one"""

    @property
    def one(self) -> Occurrence:
        """Stands for all."""
        return self.found[0]

    @property
    def days(self) -> list[date]:
        """All that the rule has to give, those called off among them."""
        return sorted({o.due for o in (*self.found, *self.called_off)})

    @property
    def weekdays(self) -> frozenset[int]:
        """On which the rule falls; 0 is Monday."""
        if self.every is ActorPeriod.DAY:
            return frozenset(range(7))
        if self.every is ActorPeriod.WORKDAY:
            return WORKED
        [(usual, _)] = Counter(o.due.weekday() for o in self.found).most_common(1)
        return frozenset({usual})

    @property
    def rule(self) -> dict:
        """The parts of the RRULE but for UNTIL, which is the last of the days."""
        if len(self.weekdays) == 7:
            return {"FREQ": ["DAILY"]}
        return {"FREQ": ["WEEKLY"], "BYDAY": [WEEKDAYS[n] for n in sorted(self.weekdays)]}

    @property
    def left_out(self) -> list[date]:
        """Days of the rule that are not due (EXDATE)."""
        days = self.days
        span = range(days[0].toordinal(), days[-1].toordinal() + 1)
        ruled = {d for n in span if (d := date.fromordinal(n)).weekday() in self.weekdays}
        return sorted(ruled - set(days))

    @property
    def added(self) -> list[date]:
        """Due days that the rule does not give (RDATE)."""
        return [day for day in self.days if day.weekday() not in self.weekdays]


def whole_years(start: date, end: date) -> tuple[date, date]:
    """The years that [start, end) touches, half-open."""
    if end <= start:
        return start, start
    return date(start.year, 1, 1), date((end - timedelta(days=1)).year + 1, 1, 1)


def fold(found: Iterable[Occurrence], alike: Alike) -> tuple[list[Series], list[Occurrence]]:
    """Series, and what stays single. `found` holds whole years."""
    groups: dict[tuple, dict[Hashable, list[Occurrence]]] = {}
    single: list[Occurrence] = []
    for one in sorted(found, key=lambda o: o.order):
        every = one.period.every
        if every not in RHYTHMS or one.number:
            single.append(one)
            continue
        same = groups.setdefault((one.duty.id, one.due.year, every), {})
        same.setdefault(alike(one), []).append(one)
    series = []
    for (duty, year, every), kinds in groups.items():
        for n, members in enumerate(kinds.values(), start=1):
            key = f"{duty}.{year}.{every.value}" + (f".{n}" if n > 1 else "")
            made, rest = _series(key, every, members)
            series += made
            single += rest
    return series, single


def _series(key: str, every: ActorPeriod, members: list[Occurrence]):
    """At most one series, and what comes before it: a rule begins on a day of its own."""
    days = Counter(o.due for o in members)
    if len(members) < FEW or max(days.values()) > 1:
        return [], members
    weekdays = Series(key, every, tuple(members)).weekdays
    begins = next(i for i, o in enumerate(members) if o.due.weekday() in weekdays)
    held = tuple(members[begins:])
    if len(held) < FEW:
        return [], members
    return [Series(key, every, held)], members[:begins]


def call_off(
    series: list[Series], gone: Iterable[Occurrence], alike: Alike
) -> tuple[list[Series], list[Series], list[Occurrence]]:
    """(series with the few of their dates that were called off, series called off, single ones).

    A date called off is told within the series that it belonged to; many of them at once, or one
    on a day that is still asked for, are told apart.
    """
    off, single = fold(gone, alike)
    live = {one.key for one in series}
    apart = [
        Series(f"{one.key}.off", one.every, one.found) if one.key in live else one for one in off
    ]
    within: dict[str, list[Occurrence]] = {}
    rest: list[Occurrence] = []
    for one in single:
        home = next((s for s in series if _belongs(one, s)), None)
        within.setdefault(home.key, []).append(one) if home else rest.append(one)
    told = [Series(s.key, s.every, s.found, tuple(within.get(s.key, ()))) for s in series]
    return told, apart, rest


def _belongs(one: Occurrence, series: Series) -> bool:
    return (
        (one.duty.id, one.period.every) == (series.one.duty.id, series.every)
        and series.found[0].due < one.due < series.found[-1].due
        and one.due not in {o.due for o in series.found}
    )

"""Every due date of every duty.

Dates are computed once for a duty and a year, and shared by all units that carry the duty; only
days that a unit chose for itself are its own. Windows are half-open and go by due date.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cached_property

from targets.catalog import Catalog
from targets.catalog.carriers import Carriers, carriers, open_on
from targets.catalog.decisions import DutyTerms, duty_history
from targets.catalog.duty_checks import period_kind, yields_dates
from targets.periods import Period, period_of, periods
from targets.problems import Code, Problem, Problems, did_you_mean
from targets.schema.base import Labelled
from targets.schema.duties import (
    ChosenDates,
    ChosenDays,
    DayInclusion,
    DayOfPeriod,
    DaysAfter,
    Duty,
    Event,
    Fixed,
    FollowingDay,
    NoDeadline,
    Once,
    Quota,
    ReportsOn,
    RestDayPolicy,
    Season,
    Vague,
)
from targets.schema.measures import ActorPeriod
from targets.schema.organisation import Unit

from .duedates import moved, nominal_due, opens_on, reported_period
from .workdays import Workdays

# more than any run of days off moves a date
SLACK = timedelta(days=120)
MERGED = 64
"""lists of what alike units owe that are kept"""
YEARS = range(1950, 2151)
DAILY = (ActorPeriod.DAY, ActorPeriod.WORKDAY)


class Flag(Labelled):
    """What a reader must know before relying on a date."""

    NOT_ANNOUNCED = "not_announced", "未公布，暂按周末推算"
    REST_DAY_UNSAID = "rest_day_unsaid", "遇休息日怎么办原文未说，暂不移动"
    INCLUSION_UNSAID = "inclusion_unsaid", "是否含当日原文未说，暂按含当日"
    PERIOD_UNSAID = "period_unsaid", "报哪一期原文未说，暂按到期时刚结束的一期"
    NO_DEADLINE = "no_deadline", "原文没有截止日，列在期末"
    NOT_CHOSEN = "not_chosen", "日子由本机构自定，还没有选定，列在期末"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One due date of a duty."""

    duty: Duty
    """with the bank's decisions laid over it"""
    period: Period
    """the period that the duty falls due for"""
    due: date
    nominal_due: date
    """before days off moved it"""
    reports_on: Period | None = None
    flags: tuple[Flag, ...] = ()
    quota: int = 1
    """how many times, or how many days, by the due date"""
    unit: Unit | None = None
    """whose it is; None for what holds for every unit that carries the duty"""
    number: int = 0
    """which of the unit's own days in the period, from 1; 0 where the period has but one"""
    choice_revision: int = 0

    @property
    def period_start(self) -> date:
        return self.period.first

    @property
    def period_end(self) -> date:
        return self.period.last

    @property
    def due_time(self) -> time | None:
        """Hour in Asia/Shanghai; None for the whole day."""
        return self.duty.at_time

    @property
    def all_day(self) -> bool:
        return self.duty.at_time is None

    @property
    def at_least(self) -> bool:
        return getattr(self.duty.recurrence, "at_least", False)

    @property
    def shifted_by(self) -> int:
        """Days by which days off moved it; negative when earlier."""
        return (self.due - self.nominal_due).days

    @property
    def key(self) -> str:
        """Stable over changes of the deadline: the duty and the period, and whose day it is."""
        own = f".{self.unit.code}.{self.number}" if self.number else ""
        return f"{self.duty.id}.{self.period.key}{own}"

    @property
    def order(self) -> tuple:
        return (self.due, self.duty.id, self.period.first, self.number)


Choices = Mapping[tuple[str, str], Iterable[date] | Mapping[date, int]]
"""(duty id, unit id) -> the days a unit chose, or the days an event happened there; with how often
each was changed, where that is known"""


class Calendar:
    """The due dates of a catalogue. Keeps what it computed: ask one object many times."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        workdays: Workdays | None = None,
        choices: Choices | None = None,
        duties: Iterable[Duty] | None = None,
        terms: Mapping[str, tuple[DutyTerms, ...]] | None = None,
    ):
        """`terms` stand in for those of the catalogue, by duty id."""
        self.catalog = catalog
        self.workdays = workdays or Workdays.of(catalog)
        self.duties = tuple(catalog.all(Duty) if duties is None else duties)
        self.choices = {
            key: dict(days) if isinstance(days, Mapping) else dict.fromkeys(days, 0)
            for key, days in (choices or {}).items()
        }
        self._years: dict[tuple[str, int], list[Occurrence]] = {}
        self._terms = dict(terms or {})
        self._carriers: dict[str, tuple[Carriers, ...]] = {}
        self._merged: dict[tuple, list[Occurrence]] = {}

    # --- asking

    def of_duty(self, duty: Duty, start: date, end: date) -> list[Occurrence]:
        """What holds for every unit that carries the duty, due in [start, end), in order.

        Any window will do that `check_window` allows.
        """
        back, ahead = self._reach(duty)
        found: list[Occurrence] = []
        for year in range((start - back).year, (end + ahead).year + 1):
            whole = self._year(duty, year)
            low = bisect_left(whole, start, key=lambda o: o.due)
            found += whole[low : bisect_left(whole, end, key=lambda o: o.due)]
        return sorted(found, key=lambda o: o.order)

    def of_unit(
        self, unit: Unit, start: date, end: date, duties: Iterable[Duty] | None = None
    ) -> list[Occurrence]:
        """What a unit owes, due in [start, end), in order: its own days where it chose them."""
        carried = [
            (duty, *_within(stretch, start, end))
            for duty in (self.duties if duties is None else duties)
            for stretch in self.carriers(duty)
            if unit.id in stretch.ids
        ]
        own = [part for part in carried if (part[0].id, unit.id) in self._chosen]
        found = self._shared([part for part in carried if part not in own] if own else carried)
        if own:
            theirs = [o for part in own for o in self._with_own_days(unit, *part)]
            found = sorted([*found, *theirs], key=lambda o: o.order)
        if unit.opened is None and unit.closed is None:
            return list(found)
        return [o for o in found if open_on(unit, o.due)]

    def of_units(
        self, units: Iterable[Unit], start: date, end: date
    ) -> Iterator[tuple[Unit, list[Occurrence]]]:
        """`of_unit` for one unit after the other."""
        carried: dict[str, list[Duty]] = {}
        for duty in self.duties:
            for unit in self.units(duty):
                carried.setdefault(unit.id, []).append(duty)
        for unit in units:
            yield unit, self.of_unit(unit, start, end, carried.get(unit.id, ()))

    def carriers(self, duty: Duty) -> tuple[Carriers, ...]:
        """Units that carry the duty, stretch by stretch."""
        if duty.id not in self._carriers:
            self._carriers[duty.id] = carriers(self.catalog, duty)
        return self._carriers[duty.id]

    def units(self, duty: Duty) -> tuple[Unit, ...]:
        """Every unit that ever carries the duty."""
        found = {unit.id: unit for stretch in self.carriers(duty) for unit in stretch.units}
        return tuple(found.values())

    def dated(self, duty: Duty) -> bool:
        """Whether the duty's terms, at some time, lead to dates by themselves."""
        return any(yields_dates(t.duty) and not t.withdrawn for t in self.history(duty))

    def history(self, duty: Duty) -> tuple[DutyTerms, ...]:
        """The duty's terms, one after the other."""
        if duty.id not in self._terms:
            self._terms[duty.id] = duty_history(self.catalog, duty)
        return self._terms[duty.id]

    def undated(self) -> list[tuple[Duty, str]]:
        """Duties that lead to no date by themselves, and why."""
        return [
            (duty, why_undated(self.history(duty)[-1].duty))
            for duty in self.duties
            if not self.dated(duty)
        ]

    # --- a unit's own

    @property
    def choosers(self) -> tuple[tuple[str, str], ...]:
        """(duty id, unit id) of everyone who chose days."""
        return tuple(self._chosen)

    @cached_property
    def _chosen(self) -> dict[tuple[str, str], tuple[tuple[date, int], ...]]:
        """(duty, unit) -> (day, revision), from the records and from what was given."""
        found: dict[tuple[str, str], dict[date, int]] = {}
        for record in self.catalog.all(ChosenDates):
            days = found.setdefault((record.duty, record.unit), {})
            days.update((day, record.revision) for day in record.days)
        for key, days in self.choices.items():
            found.setdefault(key, {}).update(days)
        return {key: tuple(sorted(days.items())) for key, days in found.items()}

    def _shared(self, parts: list[tuple[Duty, date, date]]) -> list[Occurrence]:
        """What units owe that carry these duties over these stretches; many units carry alike."""
        key = tuple((duty.id, start, end) for duty, start, end in parts)
        if key not in self._merged:
            if len(self._merged) >= MERGED:
                self._merged.clear()
            found = (o for part in parts for o in self.of_duty(*part))
            self._merged[key] = sorted(found, key=lambda o: o.order)
        return self._merged[key]

    def _with_own_days(
        self, unit: Unit, duty: Duty, start: date, end: date
    ) -> Iterator[Occurrence]:
        """The unit's own days, and what is left to choose at the end of the period."""
        counts: dict[Period, int] = {}
        for day, revision in self._chosen[duty.id, unit.id]:
            terms = self.on(duty, day)
            if terms.withdrawn or not isinstance(terms.duty.recurrence, ChosenDays | Event):
                continue
            per = getattr(terms.duty.recurrence, "per", None)
            period = period_of(per, day) if per else Period(None, day, day)
            counts[period] = number = counts.get(period, 0) + 1
            one = self._due(terms.duty, Period(None, day, day), ())
            if start <= one.due < end:
                yield replace(
                    one,
                    period=period,
                    quota=1,
                    unit=unit,
                    number=number,
                    choice_revision=revision,
                )
        for one in self.of_duty(duty, start, end):
            left = one.quota - counts.get(one.period, 0)
            if left > 0:
                yield replace(one, quota=left, unit=unit)

    def on(self, duty: Duty, day: date) -> DutyTerms:
        """The duty's terms on a day."""
        return next(t for t in self.history(duty) if t.until is None or day <= t.until)

    # --- computing

    def _reach(self, duty: Duty) -> tuple[timedelta, timedelta]:
        """How far before and after a window a period may start that falls due in it."""
        back = timedelta(days=366)
        for terms in self.history(duty):
            rule, deadline = terms.duty.recurrence, terms.duty.deadline
            length = 366
            if isinstance(rule, Season) and rule.start and rule.end:
                length = (rule.end - rule.start).days
            after = deadline.days * (2 if deadline.working else 1) if isinstance(
                deadline, DaysAfter
            ) else 31
            back = max(back, timedelta(days=length + after))
        return back + SLACK, SLACK

    def _year(self, duty: Duty, year: int) -> list[Occurrence]:
        """What comes of the periods that begin in the year, by due date."""
        key = (duty.id, year)
        if key not in self._years:
            found = [
                occurrence
                for terms in self.history(duty)
                if not terms.withdrawn and yields_dates(terms.duty)
                for occurrence in self._of_terms(terms, year)
            ]
            self._years[key] = sorted(found, key=lambda o: o.order)
        return self._years[key]

    def _of_terms(self, terms: DutyTerms, year: int) -> Iterator[Occurrence]:
        duty, standing = terms.duty, _standing_flags(terms.duty)
        for period in _periods(duty.recurrence, year, self.workdays):
            if (terms.since is None or terms.since <= period.last) and (
                terms.until is None or period.last <= terms.until
            ):
                yield self._due(duty, period, standing)

    def _due(self, duty: Duty, period: Period, standing: tuple[Flag, ...]) -> Occurrence:
        nominal = nominal_due(duty, period, self.workdays)
        opens = opens_on(duty, period)
        due = moved(duty.rest_day, nominal, opens, self.workdays)
        return Occurrence(
            duty,
            period,
            due,
            nominal,
            reported_period(duty, period, nominal, self.workdays),
            standing + self._flags(duty, period, opens, nominal, due),
            _quota(duty),
        )

    def _flags(
        self, duty: Duty, period: Period, opens: date, nominal: date, due: date
    ) -> tuple[Flag, ...]:
        """Flags that only the dates themselves bring."""
        counted = getattr(duty.deadline, "working", False)
        unknown = duty.rest_day is RestDayPolicy.UNKNOWN
        looked_at = (
            counted
            or period.every is ActorPeriod.WORKDAY
            or not (
                duty.rest_day is RestDayPolicy.STAY
                or (unknown and isinstance(duty.deadline, NoDeadline))
            )
        )
        if not looked_at:
            return ()
        flags = []
        years = range(min(opens, due).year, max(nominal, due).year + 1)
        if not all(map(self.workdays.announced, years)):
            flags.append(Flag.NOT_ANNOUNCED)
        unsaid = unknown and not counted and not isinstance(duty.deadline, NoDeadline)
        if unsaid and not self.workdays.is_workday(nominal):
            flags.append(Flag.REST_DAY_UNSAID)
        return tuple(flags)


def _within(stretch: Carriers, start: date, end: date) -> tuple[date, date]:
    """The part of a window that lies in the stretch."""
    since = max(start, stretch.since or start)
    until = min(end, stretch.until + timedelta(days=1)) if stretch.until else end
    return since, max(since, until)


def _quota(duty: Duty) -> int:
    rule = duty.recurrence
    if isinstance(rule, Quota):
        return rule.times
    return rule.days if isinstance(rule, ChosenDays) else 1


def _standing_flags(duty: Duty) -> tuple[Flag, ...]:
    """Flags that every occurrence of these terms carries."""
    rule, deadline = duty.recurrence, duty.deadline
    flags = []
    if isinstance(rule, ChosenDays):
        flags.append(Flag.NOT_CHOSEN)
    elif isinstance(deadline, NoDeadline) and not (
        isinstance(rule, Once) or period_kind(rule) in DAILY
    ):
        flags.append(Flag.NO_DEADLINE)
    if (
        isinstance(deadline, FollowingDay | DayOfPeriod)
        and deadline.inclusion is DayInclusion.UNSAID
    ):
        flags.append(Flag.INCLUSION_UNSAID)
    if duty.reports_on is ReportsOn.UNSAID:
        flags.append(Flag.PERIOD_UNSAID)
    return tuple(flags)


def _periods(rule, year: int, workdays: Workdays) -> Iterator[Period]:
    """Periods of a recurrence that begin in the year."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    match rule:
        case Fixed(every=every) | Quota(per=every) | ChosenDays(per=every):
            yield from _worked(periods(every, start, end), workdays)
            if period_of(every, end).first == end:
                yield from _worked([period_of(every, end)], workdays)
        case Once(by=day) if day and day.year == year:
            yield Period(None, day, day)
        case Season():
            span = _span(rule, year)
            if span and rule.every:
                yield from _worked(_parts(rule.every, span), workdays)
            elif span:
                yield span


def _span(rule: Season, year: int) -> Period | None:
    """The season that begins in the year."""
    if rule.each_year:
        first = date.fromisoformat(f"{year:04}-{rule.each_year.first}")
        wraps = rule.each_year.last < rule.each_year.first
        return Period(None, first, date.fromisoformat(f"{year + wraps:04}-{rule.each_year.last}"))
    if rule.start and rule.end and rule.start.year == year:
        return Period(None, rule.start, rule.end)
    return None


def _parts(every: ActorPeriod, span: Period) -> Iterator[Period]:
    """Periods within a season; what sticks out at its ends is cut off."""
    day = span.first
    while day <= span.last:
        last = period_of(every, day).last
        yield Period(every, day, min(last, span.last))
        day = last + timedelta(days=1)


def _worked(found: Iterable[Period], workdays: Workdays) -> Iterator[Period]:
    return (
        p for p in found if p.every is not ActorPeriod.WORKDAY or workdays.is_workday(p.first)
    )


def why_undated(duty: Duty) -> str:
    """Why a duty leads to no date by itself, in words."""
    match duty.recurrence:
        case Vague(word=word):
            return f"原文只说“{word}”，没有次数和日期"
        case Event(trigger=trigger):
            return f"由事情触发：{trigger}"
        case Once():
            return "做一次，原文没有期限"
        case Season(season=season):
            return f"在“{season}”期间，原文没有写全起止日期"
    return "已决定不再要求"


# --- one question at a time


def occurrences(
    catalog: Catalog,
    start: date,
    end: date,
    *,
    role: str | None = None,
    unit: str | None = None,
    document: str | None = None,
    duty: str | None = None,
    choices: Choices | None = None,
    workdays: Workdays | None = None,
) -> list[Occurrence]:
    """Due dates in [start, end), in order.

    `role` is the id of a role or unit group that acts; `unit` a unit's code; `document` a
    document's prefix; `duty` an id. Without a unit, what holds for all units that carry a duty.
    Raises Problems (C001 to C006) for a window or a name that cannot be.
    """
    check_window(start, end)
    calendar = Calendar(catalog, workdays=workdays, choices=choices)
    chosen = select(catalog, role=role, document=document, duty=duty)
    if unit is None:
        found = [o for d in chosen for o in calendar.of_duty(d, start, end)]
        return sorted(found, key=lambda o: o.order)
    return calendar.of_unit(unit_of(catalog, unit), start, end, chosen)


def check_window(start: date, end: date) -> None:
    """Raises Problems for a window that ends before it starts or lies too far away."""
    if end < start:
        raise Problems([Problem(Code.WINDOW_REVERSED, f"止 {end} 早于起 {start}")])
    for day in (start, end):
        if day.year not in YEARS:
            told = f"{YEARS.start} 年至 {YEARS.stop - 1} 年"
            raise Problems([Problem(Code.FAR_AWAY, f"{day} 太远", allowed=told)])


def unit_of(catalog: Catalog, code: str) -> Unit:
    """The unit of this code. Raises Problems."""
    if code not in catalog.units_by_code:
        raise Problems([_unknown(Code.NO_SUCH_UNIT, "机构代码", code, catalog.units_by_code)])
    return catalog.units_by_code[code]


def select(
    catalog: Catalog,
    *,
    role: str | None = None,
    recipient: str | None = None,
    document: str | None = None,
    duty: str | None = None,
) -> tuple[Duty, ...]:
    """The duties meant. Raises Problems for a name that nothing has."""
    duties = catalog.all(Duty)
    if recipient is not None:
        told = {r: catalog.get(r).name for d in duties for r in (*d.recipients, *d.copies)}
        meant = {r for r, name in told.items() if recipient in (r, name)}
        if not meant:
            known = [*told, *told.values()]
            raise Problems([_unknown(Code.NO_SUCH_ROLE, "收报告的岗位", recipient, known)])
        duties = tuple(d for d in duties if meant & {*d.recipients, *d.copies})
    if role is not None:
        actors = {a: catalog.get(a).name for d in duties for a in d.actors}
        meant = {a for a, name in actors.items() if role in (a, name)}
        if not meant:
            known = [*actors, *actors.values()]
            raise Problems([_unknown(Code.NO_SUCH_ROLE, "承担义务的岗位或机构组", role, known)])
        duties = tuple(d for d in duties if meant & set(d.actors))
    if document is not None:
        names = {prefix: doc.short_name for prefix, doc in catalog.documents.items()}
        owners = {p for p, name in names.items() if document == p or document in name}
        if not owners:
            known = [*names, *names.values()]
            raise Problems([_unknown(Code.NO_SUCH_DOCUMENT, "文件", document, known)])
        duties = tuple(d for d in duties if d.owner in owners)
    if duty is not None:
        ids = [d.id for d in catalog.all(Duty)]
        if duty not in ids:
            raise Problems([_unknown(Code.NO_SUCH_DUTY, "义务", duty, ids)])
        duties = tuple(d for d in duties if d.id == duty)
    return duties


def _unknown(code: Code, what: str, word: str, known: Iterable[str]) -> Problem:
    """A name that nothing has, with what comes near."""
    names = list(dict.fromkeys(known))
    few = "、".join(names) if len(names) <= 30 else None
    return Problem(code, f"没有{what} {word}", allowed=few, mend=did_you_mean(word, names))

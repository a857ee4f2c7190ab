"""What was handed in, and what that leaves open: every due date of every unit has a status.

Two things record a hand-in: the receipts of intake, for duties that collect data, and a file of
hand-ins (`submission_file`), for paper reports and meetings. Moments are Shanghai time. A first
hand-in counts for punctuality; what corrects it later does not make it late.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from targets.branchdata.intake.receipts import Receipt
from targets.catalog import Catalog
from targets.periods import Period
from targets.schema.base import Labelled
from targets.schema.duties import Duty
from targets.schema.measures import ActorPeriod, Dataset, Metric, QuotientMeasure
from targets.schema.organisation import Unit

from .occurrences import Calendar, Flag, Occurrence

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE = timedelta(days=1)
YEAR = timedelta(days=366)
DATED_BY_MONTH_ENDS = (
    ActorPeriod.MONTH, ActorPeriod.QUARTER, ActorPeriod.HALF_YEAR, ActorPeriod.YEAR
)
"""periods whose last day is a data date"""


class Standing(Labelled):
    """Where one due date of one unit stands at a moment."""

    DUE = "due", "未到期"
    TODAY = "today", "今日到期"
    ON_TIME = "on_time", "按时"
    LATE = "late", "迟报"
    OVERDUE = "overdue", "逾期未报"
    WAIVED = "waived", "豁免"
    UNKNOWN = "unknown", "无从得知"


JUDGED = (Standing.ON_TIME, Standing.LATE, Standing.OVERDUE)


def standing(
    due: date,
    due_time: time | None,
    handed_in: datetime | None,
    as_of: datetime,
) -> tuple[Standing, int]:
    """The standing at a moment, and how many days are left, late or overdue.

    Handed in on the due day is on time, up to the due time where the duty has one; 0 days late
    is later on the same day. What comes after `as_of` has not happened yet.
    """
    if handed_in is not None and handed_in <= as_of:
        late = passed(due, due_time, handed_in)
        return (Standing.LATE, (handed_in.date() - due).days) if late else (Standing.ON_TIME, 0)
    days = (as_of.date() - due).days
    if passed(due, due_time, as_of):
        return Standing.OVERDUE, days
    return (Standing.DUE, -days) if days else (Standing.TODAY, 0)


def passed(due: date, due_time: time | None, moment: datetime) -> bool:
    """Whether the moment is after the deadline."""
    if due_time is not None and moment.date() == due:
        return moment.timetz().replace(tzinfo=None) > due_time
    return moment.date() > due


@dataclass(frozen=True)
class Entry:
    """A hand-in, or a waiver: exactly one of `at` and `reason` is there."""

    duty: str
    unit: str
    """the unit's code"""
    period: Period
    """the period reported on; for what is no report, the period it falls due for"""
    at: datetime | None = None
    """Shanghai time; midnight where only the day is known"""
    version: int = 1
    by: str | None = None
    reason: str | None = None
    source: str = ""
    """where it is recorded, for people"""

    @property
    def group(self) -> "Group":
        return self.duty, self.unit, self.period.key


Group = tuple[str, str, str]
"""duty id, unit code, key of the period"""


def named_period(occurrence: Occurrence) -> Period:
    """The period that people name when they hand it in."""
    return occurrence.reports_on or occurrence.period


# ---------------------------------------------------------------- which data a duty collects


def datasets(catalog: Catalog, duty: Duty) -> tuple[Dataset, ...]:
    """The tables that the duty's metrics are counted on."""
    found: dict[str, Dataset] = {}
    queue = list(duty.metrics)
    while queue:
        measure = catalog.get(queue.pop(0)).measure
        if isinstance(measure, QuotientMeasure):
            queue += [measure.numerator, measure.denominator]
        elif table := measure.dataset:
            found[table] = catalog.get(table)
    return tuple(found.values())


def unmatched(catalog: Catalog, duty: Duty) -> str | None:
    """Why receipts of data say nothing about the duty; None when they do."""
    every = getattr(duty.recurrence, "every", None)
    if duty.reports_on.value == "not_a_report":
        return "不是报告，收到数据不等于做了"
    if not duty.metrics:
        return "没有登记收哪些指标"
    if not datasets(catalog, duty):
        return "所收的指标没有数据表"
    if every is None:
        return "不是每期一次，一份数据说不清是哪一次"
    if every not in DATED_BY_MONTH_ENDS:
        return f"{every.label}一次，而数据只有月末的"
    return None


# ---------------------------------------------------------------- records


@dataclass(frozen=True)
class Records:
    """All that is recorded, ready to be asked."""

    catalog: Catalog
    entries: Mapping[Group, tuple[Entry, ...]] = field(default_factory=dict)
    since: Mapping[str, date] = field(default_factory=dict)
    """duty -> first day of the earliest period that the file has an entry for"""
    receipts: Mapping[tuple[str, str, date], tuple[tuple[Receipt, int], ...]] = field(
        default_factory=dict
    )
    """table, unit code and data date -> who brought it and as which version, oldest first"""
    first_data: date | None = None
    """the earliest data date that a receipt names; None where nothing was ever handed in"""
    parents: frozenset[str] = frozenset()
    """units with units below them, which send no data of their own"""

    @classmethod
    def of(
        cls, catalog: Catalog, entries: Iterable[Entry] = (), receipts: Iterable[Receipt] = ()
    ) -> "Records":
        grouped: dict[Group, list[Entry]] = {}
        since: dict[str, date] = {}
        for entry in entries:
            grouped.setdefault(entry.group, []).append(entry)
            first = entry.period.first
            since[entry.duty] = min(first, since.get(entry.duty, first))
        brought: dict[tuple[str, str, date], list[tuple[Receipt, int]]] = {}
        for receipt in receipts:
            for taken in receipt.taken:
                brought.setdefault(taken.group, []).append((receipt, taken.version))
        return cls(
            catalog,
            {group: tuple(found) for group, found in grouped.items()},
            since,
            {group: tuple(found) for group, found in brought.items()},
            min((day for _, _, day in brought), default=None),
            frozenset(u.parent for u in catalog.all(Unit) if u.parent),
        )

    def silent(self, occurrence: Occurrence, unit: Unit) -> str | None:
        """Why nothing could tell of this due date; None when something could."""
        period, duty = named_period(occurrence), occurrence.duty
        if duty.id in self.since and self.since[duty.id] <= period.first:
            return None
        why = self._no_receipts(duty, unit, period)
        if why is None:
            return None
        later = duty.id in self.since
        return f"报送记录{'从后来的时期才开始' if later else '里没有这项义务'}；{why}"

    def _no_receipts(self, duty: Duty, unit: Unit, period: Period) -> str | None:
        if why := unmatched(self.catalog, duty):
            return f"收件簿对不上：{why}"
        if unit.id in self.parents:
            return "收件簿对不上：有下级的机构不直接报数"
        if self.first_data is None:
            return "没有收件簿"
        return "收件簿从后来的数据日期才开始" if period.last < self.first_data else None

    def handed_in(self, occurrence: Occurrence, unit: Unit, as_of: datetime) -> list[Entry]:
        """First hand-ins and corrections up to the moment, oldest first."""
        period = named_period(occurrence)
        found = [
            entry
            for entry in self.entries.get((occurrence.duty.id, unit.code, period.key), ())
            if entry.at is not None and entry.at <= as_of
        ]
        if self._no_receipts(occurrence.duty, unit, period) is None:
            found += self._data(occurrence.duty, unit, period, as_of)
        return sorted(found, key=lambda e: (e.at, e.version))

    def _data(self, duty: Duty, unit: Unit, period: Period, as_of: datetime) -> Iterable[Entry]:
        """Handed in with the last of the tables that all have to come; then each correction."""
        came = [
            [(r.at.astimezone(SHANGHAI), v, r) for r, v in self._brought(table, unit, period)
             if r.at <= as_of]
            for table in required(self.catalog, duty)
        ]
        if not all(came):
            return
        whole = max((lines[0] for lines in came), key=lambda line: line[0])
        yield self._receipt(duty, unit, period, whole, 1)
        later = sorted(
            (line for lines in came for line in lines[1:] if line[0] > whole[0]),
            key=lambda line: line[0],
        )
        for version, line in enumerate(later, start=2):
            yield self._receipt(duty, unit, period, line, version)

    @staticmethod
    def _receipt(duty, unit, period, line, version: int) -> Entry:
        at, _, receipt = line
        return Entry(duty.id, unit.code, period, at, version, receipt.by,
                     source=f"收件簿第 {receipt.number} 次")

    def _brought(self, table: Dataset, unit: Unit, period: Period):
        return self.receipts.get((table.table, unit.code, period.last), ())

    def missing(self, occurrence: Occurrence, unit: Unit, as_of: datetime) -> tuple[str, ...]:
        """Tables that receipts could tell of and that have not come."""
        period = named_period(occurrence)
        if self._no_receipts(occurrence.duty, unit, period) is not None:
            return ()
        return tuple(
            table.name
            for table in required(self.catalog, occurrence.duty)
            if not any(r.at <= as_of for r, _ in self._brought(table, unit, period))
        )

    def waiver(self, occurrence: Occurrence, unit: Unit) -> Entry | None:
        group = (occurrence.duty.id, unit.code, named_period(occurrence).key)
        return next((e for e in self.entries.get(group, ()) if e.reason), None)


def required(catalog: Catalog, duty: Duty) -> tuple[Dataset, ...]:
    """The tables that have to come; one that a unit may do without only where all are such."""
    found = datasets(catalog, duty)
    return tuple(d for d in found if not d.optional) or found


# ---------------------------------------------------------------- statuses


@dataclass(frozen=True, slots=True)
class Status:
    """One due date of one unit, as of a moment."""

    occurrence: Occurrence
    unit: Unit
    standing: Standing
    days: int = 0
    """left, late or overdue"""
    passed: bool = False
    """the deadline is over"""
    handed_in: datetime | None = None
    version: int | None = None
    """the latest that has come"""
    by: str | None = None
    done: int = 0
    """of the times that are due"""
    reason: str | None = None
    """of a waiver, or why nothing can be known"""
    source: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As people are told."""
        at = self.occurrence.due_time
        over = f"当日 {at:%H:%M} 已过" if at else ""
        match self.standing:
            case Standing.DUE:
                text = f"未到期（还有 {self.days} 天）"
            case Standing.TODAY:
                text = f"今日 {at:%H:%M} 到期" if at else "今日到期"
            case Standing.LATE:
                text = f"迟 {self.days} 天" if self.days else f"迟（{over}）"
            case Standing.OVERDUE:
                text = f"逾期 {self.days} 天未报" if self.days else f"逾期未报（{over}）"
            case Standing.WAIVED | Standing.UNKNOWN:
                text = f"{self.standing.label}（{self.reason}）"
            case _:
                text = self.standing.label
        if 0 < self.done < self.occurrence.quota:
            text += f"，已交 {self.done} 次，应交 {self.occurrence.quota} 次"
        return text

    @property
    def order(self) -> tuple:
        return (self.unit.code, self.occurrence.order)


def statuses(
    calendar: Calendar,
    records: Records,
    units: Iterable[Unit],
    start: date,
    end: date,
    as_of: datetime,
) -> list[Status]:
    """What units owe in [start, end), by unit and due date, as of a moment (Shanghai time)."""
    found: list[Status] = []
    for unit in units:
        groups: dict[Group, list[Occurrence]] = {}
        for one in _with_whole_groups(calendar, unit, start, end):
            key = (one.duty.id, unit.code, named_period(one).key)
            groups.setdefault(key, []).append(one)
        for alike in groups.values():
            found += (
                s for s in _of_group(records, unit, alike, as_of)
                if start <= s.occurrence.due < end
            )
    return sorted(found, key=lambda s: s.order)


def _with_whole_groups(calendar: Calendar, unit: Unit, start: date, end: date):
    """Due dates in the window, and beside a unit's own days all others of the same periods."""
    inside = calendar.of_unit(unit, start, end)
    own = [d for d in calendar.duties if d.id in {o.duty.id for o in inside if o.unit}]
    around = calendar.of_unit(unit, start - YEAR, end + YEAR, own) if own else []
    return [*(o for o in inside if not o.unit), *around]


def _of_group(
    records: Records, unit: Unit, alike: list[Occurrence], as_of: datetime
) -> Iterable[Status]:
    """Statuses of the due dates of one duty, unit and period: the first hand-in is the first's."""
    came = records.handed_in(alike[0], unit, as_of)
    firsts = [e for e in came if e.version == 1] or came[:1]
    if sum(o.quota for o in alike) == 1:
        firsts = firsts[:1]  # the paper and the data of one report are one hand-in
    waiver = records.waiver(alike[0], unit)
    for one in sorted(alike, key=lambda o: o.order):
        mine, firsts = firsts[: one.quota], firsts[one.quota :]
        over = passed(one.due, one.due_time, as_of)
        if waiver:
            yield Status(one, unit, Standing.WAIVED, passed=over, reason=waiver.reason,
                         by=waiver.by, source=waiver.source)
            continue
        if not mine and (why := records.silent(one, unit)):
            yield Status(one, unit, Standing.UNKNOWN, passed=over, reason=why)
            continue
        last = mine[-1] if len(mine) == one.quota else None
        what, days = standing(one.due, one.due_time, last.at if last else None, as_of)
        yield Status(
            one, unit, what, days, over,
            handed_in=last.at if last else None,
            version=max((e.version for e in came), default=None) if last else None,
            by=last.by if last else None,
            done=len(mine),
            source=last.source if last else None,
            missing=() if last else records.missing(one, unit, as_of),
        )


# ---------------------------------------------------------------- punctuality


@dataclass(frozen=True)
class Punctuality:
    """Of what a unit had to hand in for a duty, how much came on time."""

    unit: Unit
    duty: Duty
    on_time: int
    due: int
    """deadlines over and not waived, with a record that could tell"""
    unsure: int = 0
    """of them, those whose deadline the source leaves open"""

    @property
    def rate(self) -> Fraction:
        """Exact; there is at least one due."""
        return Fraction(self.on_time, self.due)


UNSURE = (Flag.NO_DEADLINE, Flag.NOT_CHOSEN)


def punctuality(found: Iterable[Status]) -> list[Punctuality]:
    """Per unit and duty, where any deadline is over; waived and unknown ones do not count."""
    groups: dict[tuple[str, str], list[Status]] = {}
    for status in found:
        if status.passed and status.standing in JUDGED:
            key = (status.unit.code, status.occurrence.duty.id)
            groups.setdefault(key, []).append(status)
    return [
        Punctuality(
            due[0].unit,
            due[0].occurrence.duty,
            sum(s.standing is Standing.ON_TIME for s in due),
            len(due),
            sum(any(f in UNSURE for f in s.occurrence.flags) for s in due),
        )
        for _, due in sorted(groups.items())
    ]


# ---------------------------------------------------------------- load


@dataclass(frozen=True)
class Load:
    """How much a unit owes in each week of a span."""

    unit: Unit
    weeks: Mapping[Period, int]
    """every week of the span, those with nothing as well"""

    @property
    def total(self) -> int:
        return sum(self.weeks.values())

    @property
    def median(self) -> Fraction:
        """Exact: between the two middle weeks of an even number."""
        counts = sorted(self.weeks.values())
        middle = len(counts) // 2
        return Fraction(counts[middle] + counts[~middle], 2)

    @property
    def busiest(self) -> tuple[Period, ...]:
        """The weeks that owe the most; none where nothing is owed."""
        most = max(self.weeks.values())
        return tuple(w for w, n in self.weeks.items() if n == most and n)


def load(
    calendar: Calendar, unit: Unit, weeks: Iterable[Period], *, reports_only: bool
) -> Load:
    """What falls due in each of these weeks, one after the other; so many times counts so often."""
    counts = dict.fromkeys(weeks, 0)
    spans = list(counts)
    after = spans[-1].last + timedelta(days=1)
    for one in calendar.of_unit(unit, spans[0].first, after):
        if one.reports_on is not None or not reports_only:
            counts[spans[(one.due - spans[0].first).days // 7]] += one.quota
    return Load(unit, counts)


@dataclass(frozen=True)
class Overlap:
    """Two duties of the same units that collect the same numbers."""

    first: Duty
    second: Duty
    metrics: tuple[Metric, ...]
    tables: tuple[Dataset, ...]
    """row tables that both count on, be it other metrics"""
    units: tuple[Unit, ...]


def overlaps(calendar: Calendar) -> list[Overlap]:
    """Pairs of dated duties; a table of ready-made figures is shared only metric by metric."""
    catalog = calendar.catalog
    asked = [d for d in calendar.duties if d.metrics and calendar.dated(d)]
    tables = {
        d.id: {t.id: t for t in datasets(catalog, d) if t.content.kind == "rows"} for d in asked
    }
    units = {d.id: {u.id: u for u in calendar.units(d)} for d in asked}
    found = []
    for i, first in enumerate(asked):
        for second in asked[i + 1 :]:
            both = tuple(u for key, u in units[first.id].items() if key in units[second.id])
            metrics = tuple(catalog.get(m) for m in first.metrics if m in second.metrics)
            shared = tuple(t for key, t in tables[first.id].items() if key in tables[second.id])
            if both and (metrics or shared):
                found.append(Overlap(first, second, metrics, shared, both))
    return found

"""Phase two: fine-grained counts rolled up the bank's tree, in local DuckDB, exact.

A rate at a higher level is recomputed from the counts below it, never averaged.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from targets.branchdata.columns import literal
from targets.catalog import Catalog
from targets.engines import Embedded, Engine, Query
from targets.periods import period_of
from targets.schema.measures import (
    ActorPeriod,
    Dataset,
    Metric,
    Money,
    PeersContent,
    Percent,
    QuotientMeasure,
    ReportedMeasure,
    Roster,
    SitesContent,
)
from targets.schema.organisation import Unit, UnitLevel

from .aggregates import (
    ACTOR,
    CODE,
    DATE,
    PERIOD,
    ROWS,
    SITE,
    UNIT,
    MetricKey,
    Plan,
    Resolved,
    TablePlan,
)
from .findings import Subject
from .frequency import Frequencies, Tally, WorkCalendar, judged_days

SITE_LEVEL = "site"

# One frequency for one subject: who is expected when, beside what was counted.
FREQUENCIES = f"""
WITH below AS (SELECT member FROM roll_up_members WHERE subject = $subject),
rows AS (
    SELECT c.*, j.bucket, j.over FROM {{counted}} c
    JOIN below ON member = c.{UNIT}
    LEFT JOIN {{days}} j ON j.day = c.{DATE} AND c.{ACTOR} IS NOT NULL
    WHERE c.{PERIOD} <= $day
),
duty AS (SELECT e.* FROM {{expected}} e JOIN below ON member = e.{UNIT}),
judged AS (
    SELECT {ACTOR}, bucket, any_value(over) AS over, sum(times) AS times FROM (
        SELECT {ACTOR}, bucket, over, 0 AS times FROM duty
        UNION ALL
        SELECT {ACTOR}, bucket, over, coalesce(times, 0) FROM rows
        WHERE bucket IS NOT NULL AND (
            {ACTOR} NOT IN (SELECT {ACTOR} FROM duty)
            OR ({ACTOR}, bucket) IN (SELECT ({ACTOR}, bucket) FROM duty)
        )
    ) GROUP BY {ACTOR}, bucket
),
facts AS (SELECT
    (SELECT count(DISTINCT {ACTOR}) FROM duty) AS rostered,
    (SELECT count(DISTINCT {ACTOR}) FROM rows
     WHERE bucket IS NOT NULL AND {ACTOR} NOT IN (SELECT {ACTOR} FROM duty)) AS unlisted,
    (SELECT count(*) FROM rows WHERE {PERIOD} = $day AND (bucket IS NULL OR (
        {ACTOR} IN (SELECT {ACTOR} FROM duty)
        AND ({ACTOR}, bucket) NOT IN (SELECT ({ACTOR}, bucket) FROM duty)))) AS aside
)
SELECT rostered, unlisted, aside, times, n, over FROM facts LEFT JOIN (
    SELECT times, count(*) AS n, over FROM judged GROUP BY times, over
) ON true ORDER BY times, over
"""

@dataclass(frozen=True)
class Reading:
    """A metric's value for a subject on a data date, with what it was computed from."""

    metric: Metric
    day: date
    numerator: Decimal | int | Fraction
    denominator: Decimal | int | Fraction | None
    rows: int

    @cached_property
    def value(self) -> Fraction | None:
        """In the metric's unit: 70 for 70 %, 9.5 for 9.5 亿元; None when the denominator is 0."""
        return value_in_unit(self.metric, self.numerator, self.denominator)

    @property
    def absolute(self) -> Decimal | int | Fraction | None:
        """The value free of its unit's scale (yuan, heads), for dividing one metric by another."""
        if self.denominator is None or self.value is None:
            return self.numerator if self.denominator is None else None
        unit = self.metric.unit
        return self.value * unit.unit.yuan if isinstance(unit, Money) else self.value


class Series:
    """The readings of one metric for one subject, by date; each made when it is asked for."""

    def __init__(self, days: Iterable[date], make: Callable[[date], Reading]):
        self._days = sorted(days)
        self._make = make
        self._made: dict[date, Reading] = {}

    def __iter__(self):
        return map(self._reading, self._days)

    def on(self, day: date) -> Reading | None:
        """The reading of exactly this day."""
        i = bisect_right(self._days, day) - 1
        return self._reading(day) if i >= 0 and self._days[i] == day else None

    def in_month(self, day: date) -> Reading | None:
        """The last reading in the month of `day` up to it, or else the first after it there."""
        after = bisect_right(self._days, day)
        for near in self._days[max(after - 1, 0) : after + 1]:
            if (near.year, near.month) == (day.year, day.month):
                return self._reading(near)
        return None

    def _reading(self, day: date) -> Reading:
        if day not in self._made:
            self._made[day] = self._make(day)
        return self._made[day]


def roll_up_members(catalog: Catalog) -> dict[str, list[str]]:
    """Unit code -> its own code and those of all units below it."""
    out: dict[str, list[str]] = {u.code: [] for u in catalog.all(Unit)}
    for unit in catalog.all(Unit):
        here = unit
        while True:
            out[here.code].append(unit.code)
            if here.parent is None:
                break
            here = catalog.get(here.parent)
    return out


class Readings:
    """Every metric of a plan, for every unit and site, on every data date."""

    def __init__(
        self, catalog: Catalog, plan: Plan, engine: Engine, until: date,
        tell: Callable[[str], None] | None = None,
    ):
        """tell: told the name of each dataset before it is summed up."""
        self._catalog = catalog
        self.plan = self._plan = plan
        self._engine, self._connection = engine, engine.local
        self._until = until
        self._members = roll_up_members(catalog)
        self._children = {
            u.code: [below.code for below in catalog.sub_units(u)] for u in catalog.all(Unit)
        }
        self._numbers: dict[tuple[str, str, str], dict[date, tuple[int, dict]]] = {}
        """(dataset id, subject key, reported code) -> day -> (rows, {column: number})"""
        self._series: dict[tuple[MetricKey, str], Series] = {}
        self.rows: dict[tuple[str, str, date], int] = {}
        """(dataset id, subject key, day) -> rows"""
        self.days: tuple[date, ...] = ()
        self._load(
            {d: p for d, p in plan.tables.items() if p.dataset.table in engine.tables}, tell
        )

    # --- subjects

    def sites(self, day: date) -> dict[str, Subject]:
        """Sites on the register on `day` (the last list up to it), by code."""
        unit_ids = self._catalog.units_by_code
        out: dict[str, Subject] = {}
        for dataset in self._catalog.all(Dataset):
            content = dataset.content
            if not isinstance(content, SitesContent) or dataset.table not in self._engine.tables:
                continue
            # identifiers are the schema's own: [a-z][a-z0-9_]* by its pattern
            table = self._kept(dataset, dataset.site, content.name, content.site_kind)
            rows = self._connection.execute(
                f"SELECT {dataset.site}, {dataset.unit}, {content.name}, {content.site_kind} "
                f"FROM {table} WHERE {dataset.period} = ("
                f"SELECT max({dataset.period}) FROM {table} WHERE {dataset.period} <= ?) "
                f"ORDER BY {dataset.unit}, {dataset.site}",
                [day],
            ).fetchall()
            for code, unit_code, name, kind in rows:
                unit = unit_ids[unit_code]
                out[code] = Subject(SITE_LEVEL, unit.id, unit_code, name, code, kind)
        return out

    def units(self, day: date, level: UnitLevel) -> list[Subject]:
        """Units of a level that were open on `day`."""
        return [
            Subject(level.value, unit.id, unit.code, unit.name)
            for unit in self._catalog.all(Unit)
            if unit.level is level
            and (unit.opened is None or unit.opened <= day)
            and (unit.closed is None or day <= unit.closed)
        ]

    def peers(self, code: str, unit_code: str) -> dict[str, dict[date, Fraction]]:
        """Peers' figures beside one of our units, under a reported code: peer -> day -> value."""
        out: dict[str, dict[date, Fraction]] = {}
        for dataset in self._catalog.all(Dataset):
            content = dataset.content
            if not isinstance(content, PeersContent) or dataset.table not in self._engine.tables:
                continue
            table = self._kept(dataset, content.peer, content.code, content.value)
            rows = self._connection.execute(
                f"SELECT {content.peer}, {dataset.period}, {content.value} FROM {table} "
                f"WHERE {content.code} = ? AND {dataset.unit} = ? AND {dataset.period} <= ?",
                [code, unit_code, self._until],
            ).fetchall()
            for peer, day, value in rows:
                out.setdefault(peer, {})[day] = Fraction(value)
        return out

    def frequency(
        self, key: MetricKey, unit_code: str, period: ActorPeriod, day: date, calendar: WorkCalendar
    ) -> Frequencies:
        """How often, per actor and period, under a unit.

        An actor's dates are gathered into periods first, over all units below; of a date that
        was sent twice the later counts. Whoever is on the roster and has no row did it no time;
        without a roster periods without a row are not known, and not counted as nought.
        """
        found = self._plan.resolved[key]
        if found.frequency is None or found.dataset not in self._loaded:
            return Frequencies()
        table = self._plan.tables[found.dataset]
        grain, _ = table.frequencies[found.frequency]
        counted = self._counted(table, found.frequency)
        days = self._judged_days(period, day, calendar)
        expected = self._expected(grain.roster, days)
        query = FREQUENCIES.format(counted=counted, days=days, expected=expected)
        rows = self._connection.execute(query, {"subject": unit_code, "day": day}).fetchall()
        last = period_of(period, day).last
        (rostered, unlisted, aside), tallies = rows[0][:3], [row[3:] for row in rows]
        return Frequencies(
            tuple(Tally(Fraction(t), n, over) for t, n, over in tallies if n),
            last if last > day else None,
            rostered,
            unlisted,
            aside,
        )

    def counted_rows(
        self, key: MetricKey, unit_code: str, period: ActorPeriod, day: date, calendar: WorkCalendar
    ) -> str:
        """SQL that is true of the rows of a table that `frequency` counts."""
        found = self._plan.resolved[key]
        table = self._plan.tables[found.dataset]
        dataset, (grain, _) = table.dataset, table.frequencies[found.frequency]
        counted = self._counted(table, found.frequency)
        days = self._judged_days(period, day, calendar)
        expected = self._expected(grain.roster, days)
        below = f"(SELECT member FROM roll_up_members WHERE subject = {literal(unit_code)})"
        duty = f"{expected} WHERE {UNIT} IN {below}"
        return (
            f"{dataset.unit} IN {below} AND {dataset.period} <= DATE '{day}'"
            f" AND {grain.actor} IS NOT NULL AND {grain.date} IN (SELECT day FROM {days})"
            f" AND ({dataset.unit}, {grain.actor}, {grain.date}, {dataset.period}) IN"
            f" (SELECT ({UNIT}, {ACTOR}, {DATE}, {PERIOD}) FROM {counted})"
            f" AND ({grain.actor} NOT IN (SELECT {ACTOR} FROM {duty})"
            f" OR ({grain.actor}, {grain.date}) IN (SELECT ({ACTOR}, day) FROM"
            f" (SELECT {ACTOR}, bucket FROM {duty}) JOIN {days} USING (bucket)))"
        )

    def reopened(self, connection) -> "Readings":
        """The same numbers on another connection to the same data, for what is asked later."""
        other = copy(self)
        other._engine, other._connection = Embedded(connection, self._engine.tables), connection
        other._made = set()
        other._roll_up_table()
        return other

    def _fetched(self, name: str, query: Query) -> str:
        """What the engine is asked for once, kept here under a name."""
        if name not in self._made:
            self._engine.fetch(name, query)
            self._made.add(name)
        return name

    def _kept(self, dataset: Dataset, *columns: str | None) -> str:
        """Columns of a list that is needed row by row: a register, a roster, peers' figures."""
        wanted = {c: c for c in (dataset.period, dataset.unit, *columns) if c}
        return self._fetched(
            f"kept_{dataset.table}_{'_'.join(wanted)}",
            Query(dataset.table, wanted, dataset.period, self._until),
        )

    def _once(self, name: str, query: str) -> str:
        """A temporary table made when it is first asked for."""
        if name not in self._made:
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
            self._made.add(name)
        return name

    def _counted(self, table: TablePlan, frequency: str) -> str:
        """Per unit, actor and date: how often, as last sent."""
        name = f"{frequency}_{table.dataset.table}"
        sent = self._fetched(f"sent_{name}", table.frequency_query(frequency, self._until))
        return self._once(
            name,
            f"SELECT * FROM {sent} QUALIFY "
            f"{PERIOD} = max({PERIOD}) OVER (PARTITION BY {UNIT}, {ACTOR}, {DATE})",
        )

    def _judged_days(self, period: ActorPeriod, day: date, calendar: WorkCalendar) -> str:
        days = judged_days(period, day, calendar.is_workday)
        rows = ", ".join(f"(DATE '{d.day}', DATE '{d.period}', {d.over})" for d in days)
        source = f"(VALUES {rows})" if days else "(SELECT NULL::DATE, NULL::DATE, true) LIMIT 0"
        name = f"judged_{period.value}_{day:%Y%m%d}"
        return self._once(name, f"SELECT * FROM {source} AS d(day, bucket, over)")

    def _expected(self, roster: Roster | None, days: str) -> str:
        """Who is on duty on which of the judged days: (unit, actor, bucket, over)."""
        dataset = self._catalog.get(roster.dataset) if roster else None
        if dataset is None or dataset.table not in self._engine.tables:
            nobody = f"SELECT '' AS {UNIT}, '' AS {ACTOR}, * FROM {days} LIMIT 0"
            return self._once(f"nobody_{days}", nobody)
        # greatest and least pass over what is empty
        since = f"r.{roster.since}" if roster.since else "NULL"
        until = f"r.{roster.until}" if roster.until else "NULL"
        sent = f"r.{dataset.period}"
        listed = self._kept(dataset, roster.actor, roster.since, roster.until)
        return self._once(
            f"expected_{dataset.table}_{days}",
            f"SELECT DISTINCT r.{dataset.unit} AS {UNIT}, r.{roster.actor} AS {ACTOR}, d.* "
            f"FROM {listed} r JOIN {days} d ON d.day BETWEEN"
            f" greatest({since}, date_trunc('month', {sent})) AND least({until}, {sent})",
        )

    # --- numbers

    def resolved(self, key: MetricKey) -> Resolved:
        """The metric in force behind a key, and which counts and sums it is made of."""
        return self._plan.resolved[key]

    def number(self, dataset: str, subject_key: str, day: date, column: str):
        """A count or sum of phase one; None without rows."""
        found = self._numbers.get((dataset, subject_key, ""), {}).get(day)
        return found[1][column] or 0 if found else None

    def count(self, dataset_id: str, subject_key: str, day: date, column: str) -> int | None:
        """A count of the plan's; None where the subject sent no row on the day."""
        found = self._numbers.get((dataset_id, subject_key, ""), {}).get(day)
        return None if found is None else int(found[1][column] or 0)

    def reporters(self, key: MetricKey, unit_code: str, day: date) -> list[str]:
        """The units whose own figures make up a reported one: itself, or those below it."""
        found = self._plan.resolved[key]
        if day in self._numbers.get((found.dataset, unit_code, found.code), {}):
            return [unit_code]
        if not found.metric.measure.additive:
            return []
        return [u for c in self._children.get(unit_code, ()) for u in self.reporters(key, c, day)]

    def _roll_up_table(self) -> None:
        pairs = ", ".join(
            f"({literal(subject)}, {literal(member)})"
            for subject, members in self._members.items()
            for member in members
        )
        rows = f"VALUES {pairs}" if pairs else "SELECT '', '' LIMIT 0"
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE roll_up_members AS FROM ({rows}) AS m(subject, member)"
        )

    def _load(
        self, tables: Mapping[str, TablePlan], tell: Callable[[str], None] | None
    ) -> None:
        days: set[date] = set()
        self._made: set[str] = set()
        self._roll_up_table()
        self._loaded = frozenset(tables)
        for dataset_id, table in tables.items():
            if tell:
                tell(table.dataset.name)
            for by_site in (False, True) if table.site else (False,):
                for subject, code, day, rows, numbers in self._table(table, by_site):
                    days.add(day)
                    self.rows[dataset_id, subject, day] = (
                        self.rows.get((dataset_id, subject, day), 0) + rows
                    )
                    by_day = self._numbers.setdefault((dataset_id, subject, code), {})
                    by_day[day] = (rows, numbers)
        self.days = tuple(sorted(days))

    def _table(self, table: TablePlan, by_site: bool):
        """(subject, code, day, rows, {column: number}) of one dataset at one kind of subject."""
        connection = self._connection
        fine = f"fine_{table.dataset.table}"
        name = self._fetched(fine, table.query(self._until))
        has_code = CODE in [c[0] for c in connection.execute(f"DESCRIBE {name}").fetchall()]
        columns = [ROWS, *table.columns, *(["value"] if has_code else [])]
        code = CODE if has_code else "''"
        sums = "".join(f", sum({c}) AS {c}" for c in columns)
        if by_site or has_code:
            subject = SITE if by_site else UNIT
            query = (
                f"SELECT {subject} AS subject, {code} AS code, {PERIOD}{sums} "
                f"FROM {name} GROUP BY ALL"
            )
        else:
            query = (
                f"SELECT subject, {code} AS code, {PERIOD}{sums} FROM {name} "
                f"JOIN roll_up_members ON member = {UNIT} GROUP BY ALL"
            )
        distinct = self._distinct(table, by_site)
        for subject, a_code, day, *numbers in connection.execute(query).fetchall():
            named = dict(zip(columns, numbers, strict=True))
            rows = named[ROWS]
            for name, (written, _) in table.empties.items():
                named[name] = rows - named[written]
            if distinct:
                named.update(distinct.get((day, subject), {}))
            yield subject, a_code, day, rows, named

    def _distinct(self, table: TablePlan, by_site: bool) -> dict:
        if not table.distinct:
            return {}
        subjects = "sites" if by_site else "units"
        counted = self._fetched(
            f"distinct_{table.dataset.table}_{subjects}",
            table.distinct_query(self._until, by_site, self._members),
        )
        rows = self._connection.execute(f"FROM {counted}").fetchall()
        return {
            (day, subject): dict(zip(table.distinct, numbers, strict=True))
            for day, subject, *numbers in rows
        }

    def series(self, key: MetricKey, subject_key: str) -> Series:
        """The readings of a metric for a unit code or site code; empty when there are none."""
        if (key, subject_key) not in self._series:
            self._series[key, subject_key] = self._read(key, subject_key)
        return self._series[key, subject_key]

    def _read(self, key: MetricKey, subject_key: str) -> Series:
        found = self._plan.resolved[key]
        measure = found.metric.measure
        if isinstance(measure, QuotientMeasure):
            quotients = self._quotients(found.metric, key, subject_key)
            return Series(quotients, quotients.__getitem__)
        by_day = (
            self._reported(found, subject_key)
            if isinstance(measure, ReportedMeasure)
            else self._numbers.get((found.dataset, subject_key, ""), {})
        )

        def reading_on(day: date) -> Reading:
            rows, numbers = by_day[day]
            return Reading(
                found.metric,
                day,
                numbers[found.numerator] or 0,
                None if found.denominator is None else numbers[found.denominator] or 0,
                rows if found.scoped_rows is None else numbers[found.scoped_rows] or 0,
            )

        return Series(by_day, reading_on)

    def _reported(self, found: Resolved, unit_code: str) -> dict[date, tuple[int, dict]]:
        """What the unit itself reported; where it did not, and the figure adds up, the sum below.

        A unit's own figure already holds those below it: adding both would count them twice.
        """
        own = self._numbers.get((found.dataset, unit_code, found.code), {})
        if not found.metric.measure.additive:
            return own
        below: dict[date, tuple[int, dict]] = {}
        for child in self._children.get(unit_code, ()):
            for day, (rows, numbers) in self._reported(found, child).items():
                before, sums = below.get(day, (0, {}))
                total = sums.get(found.numerator, 0) + numbers[found.numerator]
                below[day] = (before + rows, {found.numerator: total})
        return below | own

    def _quotients(self, metric: Metric, key: MetricKey, subject_key: str) -> dict[date, Reading]:
        measure = metric.measure
        over = self.series(MetricKey(measure.denominator, key.where), subject_key)
        pairs = (
            (top, over.on(top.day))
            for top in self.series(MetricKey(measure.numerator, key.where), subject_key)
        )
        return {
            top.day: Reading(metric, top.day, top.absolute, bottom.absolute, top.rows)
            for top, bottom in pairs
            if bottom is not None and top.absolute is not None and bottom.absolute is not None
        }


def value_in_unit(
    metric: Metric,
    numerator: Decimal | int | Fraction,
    denominator: Decimal | int | Fraction | None,
) -> Fraction | None:
    """The exact value in the metric's own unit; None when the denominator is 0."""
    if denominator is not None and not denominator:
        return None
    times, over = 1, 1
    if isinstance(metric.unit, Money):
        over = metric.unit.unit.yuan
    elif isinstance(metric.unit, Percent) and denominator is not None:
        times = 100
    return Fraction(_exact(numerator) * times, _exact(denominator or 1) * over)


def _exact(number: Decimal | int | Fraction) -> int | Fraction:
    return Fraction(number) if isinstance(number, Decimal) else number

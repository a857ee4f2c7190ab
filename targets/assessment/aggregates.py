"""Phase one: each dataset read once, as one GROUP BY at the finest grain.

Every metric that is in force contributes its aggregates; equal ones are computed once. What is
pushed to the engine are only counts and sums per data date, unit and site; everything else is
local. Distinct counts do not add up, so they are pushed once per level instead.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from targets.branchdata.columns import identifier, literal
from targets.catalog import Catalog
from targets.catalog.compiled import Compiled
from targets.catalog.expressions import Measure, measure_of
from targets.engines import Query
from targets.schema.measures import (
    Aggregate,
    AggregateMeasure,
    ColumnType,
    Dataset,
    Grain,
    Metric,
    RatioMeasure,
    ReportedContent,
    ReportedMeasure,
)

PERIOD, UNIT, SITE, CODE, ROWS = "period", "unit_code", "site_code", "code", "row_count"
ACTOR, DATE = "actor", "done_on"


@dataclass(frozen=True)
class MetricKey:
    """A metric under a target's row scope: the same metric counted on other rows is another."""

    metric: str
    where: str | None = None


@dataclass(frozen=True)
class Asked:
    """An aggregate over the rows that meet a condition (None: over all)."""

    measure: Measure
    condition: str | None

    def sql(self, dataset: Dataset) -> str:
        """As the engine is asked, cast explicitly: engines disagree about the type of a sum."""
        if self.measure.adds != "sum":
            return f"CAST({self._filtered()} AS BIGINT)"
        whole = dataset.column(self.measure.column).type is ColumnType.INTEGER
        return f"CAST({self._filtered()} AS DECIMAL({'38, 0' if whole else '38, 2'}))"

    def _filtered(self) -> str:
        if self.condition is None:
            return self.measure.sql
        if self.measure.adds == "rows":
            # count(*) with a filter would cost DuckDB a twentieth more for the whole query
            return f"COALESCE(SUM(CAST(({self.condition}) AS INT)), 0)"
        return f"{self.measure.sql} FILTER (WHERE {self.condition})"


@dataclass
class TablePlan:
    """What is asked of one dataset."""

    dataset: Dataset
    compiled: Compiled
    columns: dict[str, Asked] = field(default_factory=dict)
    """result column -> what adds up over units"""
    empties: dict[str, tuple[str, str]] = field(default_factory=dict)
    """result column that nobody has to count -> (the count of a column, the column is empty): it
    is all rows less that count"""
    distinct: dict[str, Asked] = field(default_factory=dict)
    """result column -> what counts different values, which does not add up"""
    frequencies: dict[str, tuple[Grain, Asked]] = field(default_factory=dict)
    """result name -> (grain, aggregate) of what is counted per actor and period"""
    _names: dict[Asked, str] = field(default_factory=dict)

    def add_frequency(self, spec: Aggregate, grain: Grain, where: str | None) -> str:
        """Ask for an aggregate per actor and date; returns the name it is known by."""
        name = f"f{len(self.frequencies)}"
        self.frequencies[name] = (grain, self._asked(spec, where))
        return name

    def add(self, spec: Aggregate, where: str | None) -> str:
        """Ask for an aggregate; returns the name of its result column."""
        return self._ask(self._asked(spec, where))

    def add_rows(self, *where: str | None) -> str:
        """Ask how many rows meet these conditions, as definitions write them."""
        return self.count(self.compiled.conditions(where, self.dataset))

    def count(self, condition: str | None) -> str:
        """Ask how many rows meet a condition (None: all); returns its result column."""
        return self._ask(Asked(Measure("rows"), condition))

    def _asked(self, spec: Aggregate, where: str | None) -> Asked:
        rows = self.compiled.conditions((spec.where, where), self.dataset)
        return Asked(measure_of(spec.measure, self.dataset), rows)

    def _ask(self, asked: Asked) -> str:
        if asked.measure.adds == "rows":
            if asked.condition is None:
                return ROWS
            if empty := EMPTY.fullmatch(asked.condition):
                return self._empty(empty["column"], asked.condition)
            # the rows that have something in a column, as the count of it: a third of the cost
            if written := WRITTEN.fullmatch(asked.condition):
                asked = Asked(Measure("written", written["column"]), None)
        if asked not in self._names:
            name = self._names[asked] = f"a{len(self._names)}"
            kind = self.distinct if asked.measure.adds == "distinct" else self.columns
            kind[name] = asked
        return self._names[asked]

    def _empty(self, column: str, condition: str) -> str:
        """How many rows have nothing in a column: what is left of all rows, at no cost."""
        written = self._ask(Asked(Measure("written", column), None))
        name = f"less_{written}"
        self.empties[name] = (written, condition)
        return name

    @property
    def site(self) -> str | None:
        return self.dataset.site

    def query(self, until: date) -> Query:
        """The one aggregate over the dataset, up to and including `until`."""
        dataset, content = self.dataset, self.dataset.content
        dimensions = {PERIOD: dataset.period, UNIT: dataset.unit}
        if dataset.site:
            dimensions[SITE] = dataset.site
        numbers = [f"CAST(COUNT(*) AS BIGINT) AS {ROWS}", *self._numbers(self.columns)]
        if isinstance(content, ReportedContent):
            dimensions[CODE] = content.code
            numbers.append(f"CAST(SUM({identifier(content.value)}) AS DECIMAL(38, 2)) AS value")
        return self._asking(dimensions, numbers, until, additive=True)

    def frequency_query(self, name: str, until: date) -> Query:
        """One frequency at its finest grain: per data date, unit, actor and date."""
        (grain, asked), dataset = self.frequencies[name], self.dataset
        dimensions = {
            PERIOD: dataset.period, UNIT: dataset.unit, ACTOR: grain.actor, DATE: grain.date
        }
        return self._asking(dimensions, [f"{asked.sql(dataset)} AS times"], until)

    def distinct_query(
        self, until: date, by_site: bool, members: Mapping[str, Iterable[str]]
    ) -> Query:
        """Distinct counts per subject: by site, or by unit with all units below it.

        members: subject unit code -> unit codes whose rows belong to it.
        """
        dataset, joined = self.dataset, ""
        if not by_site:
            pairs = ", ".join(
                f"({literal(code)}, {literal(above)})"
                for above, codes in members.items()
                for code in codes
            )
            unit = f"{identifier(dataset.table)}.{identifier(dataset.unit)}"
            joined = f"(VALUES {pairs}) AS roll_up(member, subject) ON {unit} = roll_up.member"
        groups = {PERIOD: dataset.period, "subject": dataset.site if by_site else "subject"}
        numbers = self._numbers(self.distinct)
        return self._asking(groups, numbers, until, joined=joined, additive=True)

    def _asking(
        self, groups: Mapping[str, str], numbers: Sequence[str], until: date, **more
    ) -> Query:
        dataset = self.dataset
        return Query(dataset.table, groups, dataset.period, until, numbers, **more)

    def _numbers(self, asked: Mapping[str, Asked]) -> list[str]:
        return [f"{one.sql(self.dataset)} AS {name}" for name, one in asked.items()]


# a condition that says nothing but whether a column is written
EMPTY = re.compile(r'"(?P<column>\w+)" IS NULL')
WRITTEN = re.compile(r'NOT "(?P<column>\w+)" IS NULL')


@dataclass(frozen=True)
class Resolved:
    """Where a metric's numbers are in the results of phase one."""

    metric: Metric
    dataset: str | None
    numerator: str | None = None
    denominator: str | None = None
    code: str | None = None
    scoped_rows: str | None = None
    """rows inside the target's row scope, where it has one"""
    frequency: str | None = None
    """what is counted per actor and period, where the metric declares its grain"""
    people: tuple[str, ...] = ()
    """how many rows are behind the numerator and the denominator, where rows are of people"""


class Plan:
    """All of phase one: a TablePlan a dataset, and where each metric finds its numbers."""

    def __init__(self, catalog: Catalog):
        self._catalog = catalog
        self.tables: dict[str, TablePlan] = {}
        self.resolved: dict[MetricKey, Resolved] = {}

    def add(self, metric: Metric, where: str | None = None) -> MetricKey:
        """Ask for a metric (already in force), its rows narrowed by `where`."""
        key = MetricKey(metric.id, where)
        if key in self.resolved:
            return key
        measure = metric.measure
        if isinstance(measure, RatioMeasure):
            table = self._table(measure.dataset)
            found = Resolved(
                metric,
                measure.dataset,
                table.add(measure.numerator, where),
                table.add(measure.denominator, where),
                scoped_rows=table.add_rows(where) if where else None,
                people=_people(table, (measure.numerator, measure.denominator), where),
            )
        elif isinstance(measure, AggregateMeasure):
            table = self._table(measure.dataset)
            found = Resolved(
                metric,
                measure.dataset,
                table.add(measure.value, where),
                scoped_rows=table.add_rows(where) if where else None,
                frequency=(
                    table.add_frequency(measure.value, metric.grain, where)
                    if metric.grain
                    else None
                ),
                people=_people(table, (measure.value,), where),
            )
        elif isinstance(measure, ReportedMeasure):
            self._table(measure.dataset)
            found = Resolved(metric, measure.dataset, numerator="value", code=measure.code)
        else:
            found = Resolved(metric, None)
        self.resolved[key] = found
        return key

    def count(self, dataset_id: str, condition: str | None) -> str:
        """Ask how many rows of a dataset meet a condition; returns its result column."""
        return self._table(dataset_id).count(condition)

    def _table(self, dataset_id: str) -> TablePlan:
        if dataset_id not in self.tables:
            dataset: Dataset = self._catalog.get(dataset_id)
            self.tables[dataset_id] = TablePlan(dataset, self._catalog.compiled)
        return self.tables[dataset_id]


def _people(table: TablePlan, specs: Iterable[Aggregate], where: str | None) -> tuple[str, ...]:
    """Result columns that count the rows of each aggregate, if the table's rows are of people."""
    if not any(column.personal for column in table.dataset.columns):
        return ()
    return tuple(
        table.add(spec, where)
        if spec.measure.lower().startswith("count")
        else table.add_rows(spec.where, where)
        for spec in specs
    )

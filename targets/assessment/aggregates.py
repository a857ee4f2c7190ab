"""Phase one: each dataset read once, as one GROUP BY at the finest grain.

Every metric that is in force contributes its aggregates; equal ones are computed once. What is
pushed to the engine are only counts and sums per data date, unit and site; everything else is
local. Distinct counts do not add up, so they are pushed once per level instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from targets.catalog.expressions import aggregate
from targets.schema.measures import (
    Aggregate,
    AggregateMeasure,
    Column,
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

    measure: exp.Expression
    condition: exp.Expression | None

    def expression(self, dataset: Dataset) -> exp.Expression:
        """As the engine is asked, cast explicitly: engines disagree about the type of a sum."""
        if isinstance(self.measure, exp.Count):
            return exp.cast(self._filtered(), "BIGINT", copy=False)
        column: Column = dataset.column(self.measure.this.name)
        kind = "DECIMAL(38,0)" if column.type is ColumnType.INTEGER else "DECIMAL(38,2)"
        return exp.cast(self._filtered(), kind, copy=False)

    def _filtered(self) -> exp.Expression:
        if self.condition is None:
            return self.measure.copy()
        if isinstance(self.measure.this, exp.Star):
            # count(*) with a filter would cost DuckDB a twentieth more for the whole query
            ones = exp.Sum(this=exp.cast(self.condition, "INT"))
            return exp.Coalesce(this=ones, expressions=[exp.Literal.number(0)])
        where = exp.Where(this=self.condition.copy())
        return exp.Filter(this=self.measure.copy(), expression=where)


@dataclass
class TablePlan:
    """What is asked of one dataset."""

    dataset: Dataset
    columns: dict[str, Asked] = field(default_factory=dict)
    """result column -> what adds up over units"""
    empties: dict[str, tuple[str, exp.Expression]] = field(default_factory=dict)
    """result column that nobody has to count -> (the count of a column, the column is empty): it
    is all rows less that count"""
    distinct: dict[str, Asked] = field(default_factory=dict)
    """result column -> what counts different values, which does not add up"""
    frequencies: dict[str, tuple[Grain, Asked]] = field(default_factory=dict)
    """result name -> (grain, aggregate) of what is counted per actor and period"""
    _names: dict[str, str] = field(default_factory=dict)

    def add_frequency(self, spec: Aggregate, grain: Grain, where: str | None) -> str:
        """Ask for an aggregate per actor and date; returns the name it is known by."""
        name = f"f{len(self.frequencies)}"
        self.frequencies[name] = (grain, Asked(*aggregate(spec, self.dataset, (where,))))
        return name

    def add(self, spec: Aggregate, where: str | None) -> str:
        """Ask for an aggregate; returns the name of its result column."""
        return self._ask(*aggregate(spec, self.dataset, (where,)))

    def count(self, condition: exp.Expression | None) -> str:
        """Ask how many rows meet a condition (None: all); returns its result column."""
        return self._ask(exp.Count(this=exp.Star()), condition)

    def _ask(self, measure: exp.Expression, condition: exp.Expression | None) -> str:
        if isinstance(measure, exp.Count) and isinstance(measure.this, exp.Star):
            if condition is None:
                return ROWS
            if _says_empty(condition):
                return self._empty(condition)
            measure, condition = _counted_column(measure, condition)
        signature = f"{measure.sql()} | {condition.sql() if condition else ''}"
        if signature in self._names:
            return self._names[signature]
        name = f"a{len(self._names)}"
        self._names[signature] = name
        asked = self.distinct if isinstance(measure.this, exp.Distinct) else self.columns
        asked[name] = Asked(measure, condition)
        return name

    def _empty(self, condition: exp.Is) -> str:
        """How many rows have nothing in a column: what is left of all rows, at no cost."""
        written = self._ask(exp.Count(this=condition.this.copy()), None)
        name = f"less_{written}"
        self.empties[name] = (written, condition)
        return name

    @property
    def site(self) -> str | None:
        return self.dataset.site

    def _dimensions(self) -> dict[str, str]:
        out = {PERIOD: self.dataset.period, UNIT: self.dataset.unit}
        if self.dataset.site:
            out[SITE] = self.dataset.site
        if isinstance(self.dataset.content, ReportedContent):
            out[CODE] = self.dataset.content.code
        return out

    def query(self, until: date) -> exp.Select:
        """The one aggregate over the dataset, up to and including `until`."""
        dimensions = self._dimensions()
        select = exp.select(
            *(exp.column(c).as_(alias) for alias, c in dimensions.items()),
            exp.cast(exp.Count(this=exp.Star()), "BIGINT").as_(ROWS),
            *(asked.expression(self.dataset).as_(name) for name, asked in self.columns.items()),
        )
        if isinstance(self.dataset.content, ReportedContent):
            value = self.dataset.content.value
            select = select.select(
                exp.cast(exp.Sum(this=exp.column(value)), "DECIMAL(38,2)").as_("value")
            )
        return (
            select.from_(exp.to_table(self.dataset.table))
            .where(until_filter(self.dataset, until))
            .group_by(*(exp.column(c) for c in dimensions.values()))
        )

    def frequency_query(self, name: str, until: date) -> exp.Select:
        """One frequency at its finest grain: per data date, unit, actor and date."""
        grain, asked = self.frequencies[name]
        dataset = self.dataset
        groups = {PERIOD: dataset.period, UNIT: dataset.unit, ACTOR: grain.actor, DATE: grain.date}
        return (
            exp.select(
                *(exp.column(c).as_(alias) for alias, c in groups.items()),
                asked.expression(dataset).as_("times"),
            )
            .from_(exp.to_table(dataset.table))
            .where(until_filter(dataset, until))
            .group_by(*(exp.column(c) for c in groups.values()))
        )

    def distinct_query(
        self, until: date, by_site: bool, members: Mapping[str, Iterable[str]]
    ) -> exp.Select:
        """Distinct counts per subject: by site, or by unit with all units below it.

        members: subject unit code -> unit codes whose rows belong to it.
        """
        dataset = self.dataset
        table = exp.to_table(dataset.table)
        counts = [asked.expression(dataset).as_(name) for name, asked in self.distinct.items()]
        if by_site:
            subject, source = exp.column(dataset.site), exp.select("*").from_(table)
        else:
            pairs = exp.values(
                [(code, subject) for subject, codes in members.items() for code in codes],
                alias="roll_up",
                columns=["member", "subject"],
            )
            subject = exp.column("subject", table="roll_up")
            source = (
                exp.select("*")
                .from_(table)
                .join(pairs, on=exp.EQ(
                    this=exp.column(dataset.unit, table=dataset.table),
                    expression=exp.column("member", table="roll_up"),
                ))
            )
        return (
            source.select(
                exp.column(dataset.period).as_(PERIOD), subject.as_("subject"), *counts,
                append=False,
            )
            .where(until_filter(dataset, until))
            .group_by(exp.column(dataset.period), subject.copy())
        )


def until_filter(dataset: Dataset, until: date) -> exp.Expression:
    """Rows of data dates up to and including `until`."""
    day = exp.cast(exp.Literal.string(until.isoformat()), "DATE")
    return exp.LTE(this=exp.column(dataset.period), expression=day)


def _counted_column(measure: exp.Expression, condition: exp.Expression):
    """count(*) where a column is not null, as the count of that column: a third of the cost."""
    if isinstance(condition, exp.Not) and _says_empty(condition.this):
        return exp.Count(this=condition.this.this.copy()), None
    return measure, condition


def _says_empty(condition: exp.Expression) -> bool:
    return (
        isinstance(condition, exp.Is)
        and isinstance(condition.this, exp.Column)
        and isinstance(condition.expression, exp.Null)
    )


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

    def __init__(self, datasets: Mapping[str, Dataset]):
        self._datasets = datasets
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
                scoped_rows=table.add(Aggregate(), where) if where else None,
                people=_people(table, (measure.numerator, measure.denominator), where),
            )
        elif isinstance(measure, AggregateMeasure):
            table = self._table(measure.dataset)
            found = Resolved(
                metric,
                measure.dataset,
                table.add(measure.value, where),
                scoped_rows=table.add(Aggregate(), where) if where else None,
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

    def count(self, dataset_id: str, condition: exp.Expression | None) -> str:
        """Ask how many rows of a dataset meet a condition; returns its result column."""
        return self._table(dataset_id).count(condition)

    def _table(self, dataset_id: str) -> TablePlan:
        if dataset_id not in self.tables:
            self.tables[dataset_id] = TablePlan(self._datasets[dataset_id])
        return self.tables[dataset_id]


def _people(table: TablePlan, specs: Iterable[Aggregate], where: str | None) -> tuple[str, ...]:
    """Result columns that count the rows of each aggregate, if the table's rows are of people."""
    if not any(column.personal for column in table.dataset.columns):
        return ()
    counts = (
        spec if spec.measure.lower().startswith("count") else Aggregate(where=spec.where)
        for spec in specs
    )
    return tuple(table.add(spec, where) for spec in counts)

"""The rows behind a finding: what was counted, what is still to do, what was set aside, and where.

Conditions are taken from the expressions that phase one ran, so that rows and numbers can't
differ; every group is held against the reading that it explains. Rows are streamed in the order
of their files. Nothing of this reaches findings or the site.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from targets.branchdata import BranchData
from targets.branchdata.columns import identifier, literal
from targets.branchdata.intake.model import FILE, ROW, SHEET
from targets.branchdata.rules import NUMBER, WITHIN
from targets.calendar.workdays import Workdays
from targets.catalog.said import condition_words
from targets.problems import Code, Problem, Problems
from targets.schema.base import Labelled
from targets.schema.criteria import (
    Change,
    ExtraChange,
    Frequency,
    Growth,
    Level,
    RankAmong,
    RatioTo,
    ReferenceOwnPast,
    ShareOf,
    YearStart,
)
from targets.schema.measures import (
    ActorPeriod,
    Dataset,
    NotMeasured,
    PeersContent,
    QuotientMeasure,
    ReportedMeasure,
)
from targets.schema.organisation import UnitLevel

from .aggregates import ROWS, Asked, MetricKey, TablePlan
from .findings import Finding, RuleFinding, Subject
from .measuring import LAST_YEAR
from .pace import baseline_day
from .readings import SITE_LEVEL, Reading, roll_up_members

MASK = "＊＊＊"
"""in place of what tells one person or household from another"""
CHUNK = 2_000


class Role(Labelled):
    """What a row is to a finding."""

    NUMERATOR = "numerator", "计入"
    MISSING = "missing", "在分母而不在分子"
    REPORTED = "reported", "报送的数"
    FREQUENCY = "frequency", "计次"
    PEERS = "peers", "同业的数"
    BREAKS = "breaks", "违反"
    ON_LIMIT = "on_limit", "恰在界上"
    UNTOLD = "untold", "说不清"
    KEPT = "kept", "受约束而未违反"
    ASIDE = "aside", "未计入"


# what is asked for on the command line
ASKED = {
    "all": frozenset(Role),
    "numerator": frozenset({Role.NUMERATOR, Role.REPORTED, Role.FREQUENCY}),
    "missing": frozenset({Role.MISSING}),
    "breaking": frozenset({Role.BREAKS, Role.ON_LIMIT, Role.UNTOLD}),
}


@dataclass(frozen=True)
class RowGroup:
    """Rows of one table that play one part in a finding."""

    role: Role
    part: str
    """what they explain: a metric on a day, or the rule"""
    dataset: str
    where: str
    """SQL over the table, unit and date included"""
    rows: int
    amount: Decimal | int | None = None
    """the number they make up together, where they make up one"""
    why: str | None = None
    """for rows set aside"""


@dataclass(frozen=True)
class RowLine:
    """One row and its place."""

    file: str
    sheet: str | None
    line: int | None
    """line of a CSV file, row of a sheet, number of a row in a Parquet file; from 1"""
    cells: dict[str, object]


@dataclass(frozen=True)
class _Counted:
    """Rows that an aggregate counts, and the aggregate over them."""

    condition: str | None
    measure: str


class Rows:
    """Opens findings of one assessment to the rows of the data it was made from."""

    def __init__(self, assessment, data: BranchData):
        self._assessment, self._data = assessment, data
        self._catalog, self._readings = assessment.catalog, assessment.readings
        self._plan = assessment.readings.plan
        self._members = roll_up_members(assessment.catalog)
        self._con, self._reader = data.connect(), data.connect_rows()
        self._workdays = Workdays.of(assessment.catalog)

    @cached_property
    def _counting(self):
        """The readings on the connection that counts."""
        return self._readings.reopened(self._con)

    @cached_property
    def _listing(self):
        """The readings on the connection that lists."""
        return self._readings.reopened(self._reader)

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *_) -> None:
        self._con.close()
        self._reader.close()

    def groups(self, finding: Finding | RuleFinding) -> list[RowGroup]:
        """Every group of rows behind a finding. Raises Problems where they disagree with it."""
        if isinstance(finding, RuleFinding):
            return list(self._rule(finding))
        found = self._assessment.in_force[finding.target].target
        return [
            group
            for metric_id, part in found.parts
            for group in self._part(finding, metric_id, part)
        ]

    def lines(
        self, group: RowGroup, limit: int | None = None, personal: bool = False
    ) -> Iterator[RowLine]:
        """The group's rows, at most `limit`; personal columns are masked unless asked for.

        One group is read at a time: asking for another ends the one before.
        """
        dataset: Dataset = self._catalog.get(group.dataset)
        few = f" LIMIT {int(limit)}" if limit is not None else ""
        reader = self._reader.execute(
            f"SELECT * FROM rows_{dataset.table} WHERE {group.where}{few}"
        )
        present = [column[0] for column in reader.description]
        while chunk := reader.fetchmany(CHUNK):
            for values in chunk:
                yield self._line(dataset, dict(zip(present, values, strict=True)), personal)

    def _line(self, dataset: Dataset, row: dict, personal: bool) -> RowLine:
        cells = {
            column.name: MASK if column.personal and not personal and row[column.name] else
            row[column.name]
            for column in dataset.columns
            if column.name in row
        }
        if row.get(FILE):
            return RowLine(str(row[FILE]), row.get(SHEET), row.get(ROW), cells)
        place = self._data.place(dataset.table, row[NUMBER], row[WITHIN])
        cell = place.get("cell")
        line = int("".join(filter(str.isdigit, cell))) if cell else place.get("line")
        return RowLine(place["file"], place.get("sheet"), line, cells)

    # --- targets

    def _part(self, finding: Finding, metric_id: str, part) -> Iterator[RowGroup]:
        """A part of a criterion: what it measures, and what that is held against."""
        quantity, subject, day = part.quantity, finding.subject, finding.data_date
        yield from self._quantity(finding, metric_id, quantity, subject, day)
        reference = getattr(part.test, "reference", None)
        if isinstance(reference, ReferenceOwnPast):
            before = baseline_day(reference.baseline, day)
            if before is not None and isinstance(quantity, Level):
                key = self._assessment.key(finding.target, metric_id)
                yield from self._metric(key, subject, before)
            elif before is not None:
                yield from self._quantity(finding, metric_id, quantity, subject, before)
        elif reference is not None:
            yield from self._quantity(finding, reference.metric, quantity, subject, day)

    def _quantity(
        self, finding: Finding, metric_id: str, quantity, subject: Subject, day: date
    ) -> Iterator[RowGroup]:
        """The readings that a quantity is measured from: its own, its base's, another metric's."""
        key = self._assessment.key(finding.target, metric_id)
        yield from self._metric(key, subject, day)
        match quantity:
            case Change() | Growth():
                yield from self._metric(key, subject, baseline_day(quantity.baseline, day))
            case ExtraChange():
                before = baseline_day(LAST_YEAR, day)
                for other in (
                    baseline_day(quantity.baseline, day), before,
                    baseline_day(quantity.baseline, before),
                ):
                    yield from self._metric(key, subject, other)
            case RatioTo() | ShareOf():
                share = isinstance(quantity, ShareOf)
                other = quantity.whole if share else quantity.over
                of = self._bank() if share and quantity.of == "bank" else subject
                other_key = self._assessment.key(finding.target, other)
                yield from self._metric(other_key, of, day)
            case RankAmong():
                yield from self._ranked(key, quantity, subject, day)
            case Frequency():
                yield from self._frequency(key, quantity.period, subject, day)

    def _ranked(
        self, key: MetricKey, quantity: RankAmong, subject: Subject, day: date
    ) -> Iterator[RowGroup]:
        days = [day]
        if quantity.of != "level":
            baseline = quantity.baseline or YearStart.trusted(kind="year_start")
            days.append(baseline_day(baseline, day))
            yield from self._metric(key, subject, days[-1])
        if quantity.peers:
            yield from self._peers(key, subject, days)

    def _bank(self) -> Subject:
        bank = self._catalog.bank
        return Subject(UnitLevel.BANK.value, bank.id, bank.code, bank.name)

    def _metric(self, key: MetricKey, subject: Subject, day: date | None) -> Iterator[RowGroup]:
        """The rows of one reading: of the data date itself, or of an earlier day's month."""
        found = self._plan.resolved[key]
        measure = found.metric.measure
        if day is None or isinstance(measure, NotMeasured):
            return
        series = self._readings.series(key, subject.key)
        today = day == self._assessment.as_of
        reading = series.on(day) if today else series.in_month(day)
        if reading is None:
            return
        day, part = reading.day, f"{found.metric.name}（{reading.day}）"
        if isinstance(measure, QuotientMeasure):
            for side in (measure.numerator, measure.denominator):
                yield from self._metric(MetricKey(side, key.where), subject, day)
        elif isinstance(measure, ReportedMeasure):
            yield self._reported(key, subject, day, part, reading)
        else:
            yield from self._rows_of(key, subject, day, part, reading)

    def _rows_of(
        self, key: MetricKey, subject, day: date, part: str, reading: Reading
    ) -> Iterator[RowGroup]:
        found = self._plan.resolved[key]
        table = self._plan.tables[found.dataset]
        here = self._here(table.dataset, subject, day)
        top = _counted(table, found.numerator)
        group = self._group(Role.NUMERATOR, part, table.dataset, _and(here, top.condition),
                            measure=top.measure)
        self._agree(part, group.amount, reading.numerator)
        yield group
        counted = _true(top.condition)
        if found.denominator is not None:
            bottom = _counted(table, found.denominator)
            under = _and(here, bottom.condition)
            self._agree(part, self._amount(table.dataset, bottom.measure, under),
                        reading.denominator)
            yield self._group(Role.MISSING, part, table.dataset, _and(under, _not(counted)))
            counted = _or(counted, _true(bottom.condition))
            said = bottom.condition
        else:
            said = top.condition
        if said is not None:
            why = f"不满足：{condition_words(said, table.dataset)}"
            aside = _and(here, _not(counted))
            yield self._group(Role.ASIDE, part, table.dataset, aside, why=why)

    def _reported(
        self, key: MetricKey, subject, day: date, part: str, reading: Reading
    ) -> RowGroup:
        """The figure that the unit reported; those below it where it reported none itself."""
        found = self._plan.resolved[key]
        dataset: Dataset = self._catalog.get(found.dataset)
        content = dataset.content
        where = _and(
            _on(dataset.period, day),
            _one_of(dataset.unit, self._readings.reporters(key, subject.key, day)),
            _one_of(content.code, [found.code]),
        )
        group = self._group(
            Role.REPORTED, part, dataset, where, measure=f"SUM({content.value})"
        )
        self._agree(part, group.amount, reading.numerator)
        return group

    def _frequency(
        self, key: MetricKey, period: ActorPeriod, subject: Subject, day: date
    ) -> Iterator[RowGroup]:
        """The rows that times per actor and period are counted from."""
        found = self._plan.resolved[key]
        if found.frequency is None or not found.dataset:
            return
        dataset: Dataset = self._catalog.get(found.dataset)
        expected = self._counting.frequency(key, subject.key, period, day, self._workdays)
        if not expected.tallies:
            return
        counted = self._counting.counted_rows(key, subject.key, period, day, self._workdays)
        self._listing.counted_rows(key, subject.key, period, day, self._workdays)
        _, asked = self._plan.tables[found.dataset].frequencies[found.frequency]
        what = _opened(asked)
        condition = _true(what.condition)
        part = f"{found.metric.name}（{period.label}，到 {day}）"
        group = self._group(
            Role.FREQUENCY, part, dataset, f"{counted} AND {condition}", measure=what.measure
        )
        self._agree(part, group.amount, sum(t.times * t.periods for t in expected.tallies))
        yield group
        here = self._here(dataset, subject, day)
        why = "没写是谁、休息日、不在岗、不在考察的时期，或不满足计次的条件"
        yield self._group(
            Role.ASIDE, part, dataset, f"{here} AND ({counted} AND {condition}) IS NOT TRUE",
            why=why,
        )

    def _peers(self, key: MetricKey, subject: Subject, days: list[date]) -> Iterator[RowGroup]:
        found = self._plan.resolved[key]
        for dataset in self._catalog.all(Dataset):
            content = dataset.content
            if not isinstance(content, PeersContent) or found.code is None:
                continue
            if dataset.table not in {f.table for f in self._data.files}:
                continue
            for day in days:
                where = _and(
                    _on(dataset.period, day), _one_of(dataset.unit, [subject.unit_code]),
                    _one_of(content.code, [found.code]),
                )
                part = f"{found.metric.name}（{day}）"
                yield self._group(Role.PEERS, part, dataset, where)

    # --- rules

    def _rule(self, finding: RuleFinding) -> Iterator[RowGroup]:
        one = self._assessment.rules[finding.rule]
        if not finding.rows:
            return
        conditions, part = one.conditions, one.force.rule.name
        dataset: Dataset = self._catalog.get(conditions.dataset)
        here = self._here(dataset, finding.subject, finding.data_date)
        other = "false"
        for role, name in (
            (Role.BREAKS, "breaks"), (Role.ON_LIMIT, "on_limit"), (Role.UNTOLD, "untold"),
        ):
            condition = getattr(conditions, name)
            if condition is None:
                continue
            group = self._group(role, part, dataset, _and(here, condition))
            self._agree(part, group.rows, getattr(finding, name))
            yield group
            other = _or(other, _true(condition))
        under = _true(conditions.under)
        [(rows,)] = self._con.execute(
            f"SELECT count(*) FROM {dataset.table} WHERE {_and(here, under)}"
        ).fetchall()
        self._agree(part, rows, finding.under)
        rest = _not(other)
        yield self._group(Role.KEPT, part, dataset, _and(here, under, rest))
        if conditions.under is not None:
            aside = _and(here, _not(under), rest)
            yield self._group(Role.ASIDE, part, dataset, aside, why="不受本规则约束")

    # --- groups

    def _here(self, dataset: Dataset, subject: Subject, day: date) -> str:
        """The subject's rows on a day."""
        if subject.level == SITE_LEVEL:
            return _and(_on(dataset.period, day), _one_of(dataset.site, [subject.site]))
        members = self._members[subject.unit_code]
        return _and(_on(dataset.period, day), _one_of(dataset.unit, members))

    def _group(
        self, role: Role, part: str, dataset: Dataset, where: str, *, measure=None,
        why=None,
    ) -> RowGroup:
        numbers = ["count(*)", *([measure] if measure else [])]
        [(rows, *amounts)] = self._con.execute(
            f"SELECT {', '.join(numbers)} FROM {dataset.table} WHERE {where}"
        ).fetchall()
        amount = (amounts[0] or 0) if amounts else None
        return RowGroup(role, part, dataset.id, where, rows, amount, why)

    def _amount(self, dataset: Dataset, measure: str, where: str):
        return self._con.execute(
            f"SELECT {measure} FROM {dataset.table} WHERE {where}"
        ).fetchall()[0][0] or 0

    def _agree(self, part: str, rows, finding) -> None:
        """What the rows make up is what was judged, or the data changed in between."""
        if Fraction(rows or 0) != Fraction(finding or 0):
            raise Problems([Problem(
                Code.ROWS_DISAGREE, f"“{part}”的明细合计是 {rows}，判定用的是 {finding}",
                mend="多半是数据在判定之后变了；重新运行一次",
            )])


def _counted(table: TablePlan, column: str) -> _Counted:
    """Which rows a result column of phase one counts."""
    if column == ROWS:
        return _Counted(None, "COUNT(*)")
    if column in table.empties:
        return _Counted(table.empties[column][1], "COUNT(*)")
    return _opened(table.distinct[column] if column in table.distinct else table.columns[column])


def _opened(asked: Asked) -> _Counted:
    """The rows that add something: those without a value do not."""
    column = asked.measure.column
    written = None if column is None else f"{identifier(column)} IS NOT NULL"
    both = [c for c in (asked.condition, written) if c]
    return _Counted(_and(*both) if both else None, asked.measure.sql)


def _true(condition: str | None) -> str:
    """The condition with null taken for no."""
    return "true" if condition is None else f"(({condition}) IS TRUE)"


def _not(condition: str) -> str:
    return f"(NOT ({condition}))"


def _or(*conditions: str) -> str:
    return f"({' OR '.join(f'({c})' for c in conditions)})"


def _and(*conditions: str | None) -> str:
    return " AND ".join(f"({c})" for c in conditions if c)


def _on(column: str, day: date) -> str:
    return f"{identifier(column)} = DATE '{day}'"


def _one_of(column: str, values: Iterable[str]) -> str:
    return f"{identifier(column)} IN ({', '.join(map(literal, values))})"

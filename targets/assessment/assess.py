"""The whole judgement: a catalogue and branch data in, findings out."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from targets.branchdata import BranchData
from targets.calendar.workdays import Workdays
from targets.catalog import Catalog
from targets.catalog.decisions import TargetInForce, metric_in_force, target_in_force
from targets.catalog.lifecycle import Version
from targets.problems import Code, Problem, Problems
from targets.schema.criteria import RankAmong
from targets.schema.measures import Direction, Metric, NotMeasured, QuotientMeasure
from targets.schema.organisation import SiteKind, Unit, UnitLevel
from targets.schema.sharing import ByMetric
from targets.schema.targets import (
    Allocation,
    BindsEach,
    BindsGroup,
    BindsSite,
    BindsTotal,
    Target,
)

from . import allocation, scorecard
from .aggregates import MetricKey, Plan
from .allocation import Split, SplitsOn, judge_split
from .findings import Finding, RuleFinding, Status, Subject
from .frequency import WorkCalendar
from .judge import judge
from .measuring import Context, Rivals, measure
from .opening import open_bank
from .readings import SITE_LEVEL, Readings, Series, roll_up_members
from .rules import PlannedRule, judge_rules, plan_rules
from .scorecard import Inquiry, Measurement, Score, score_cards

if TYPE_CHECKING:
    from targets.engines.data import EngineData

Progress = Callable[[str, int, int], None]
"""progress(what, done, of)"""


@dataclass(frozen=True)
class Assessment:
    """All findings of one data date."""

    catalog: Catalog
    as_of: date
    label: str | None
    """what the data calls itself, such as 示例数据; None for real data"""
    findings: tuple[Finding, ...]
    readings: Readings
    in_force: Mapping[str, TargetInForce]
    warnings: tuple[Problem, ...]
    """doubts about the data that do not keep it from being judged"""
    _keys: Mapping[tuple[str, str], MetricKey]
    splits: tuple[Split, ...] = ()
    """every allocation in force, worked out"""
    scores: tuple[Score, ...] = ()
    """every scorecard at every unit it scores"""
    rule_findings: tuple[RuleFinding, ...] = ()
    rules: Mapping[str, PlannedRule] = field(default_factory=dict)
    """rules that were checked, and what was counted for each"""
    in_force_on: date | None = None
    """the day whose decisions and dated values were applied; None: the data date"""
    withholds: Callable[[str, Subject, date], bool] | None = None
    """(target, subject, day): whether a reading may not be published; None: for internal use"""

    @property
    def version(self) -> Version:
        """The release of the definitions that judged."""
        return self.catalog.version

    def key(self, target_id: str, metric_id: str) -> MetricKey:
        """The metric under the target's row scope, as readings know it."""
        return self._keys[target_id, metric_id]

    def of_target(self, target_id: str) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.target == target_id)

    def of_unit(self, unit_id: str) -> tuple[Finding, ...]:
        """Findings of a unit and of its own sites."""
        return tuple(f for f in self.findings if f.subject.unit == unit_id)

    def series(self, target_id: str, subject_key: str) -> list[tuple[date, Fraction | None]]:
        """The target's metric over time at a unit (by code) or a site; None where withheld."""
        metric = self.catalog.get(target_id).parts[0][0]
        found = self.readings.series(self.key(target_id, metric), subject_key)
        if self.withholds is None:
            return [(r.day, r.value) for r in found]
        subject = self._subjects[target_id, subject_key]
        return [
            (r.day, None if self.withholds(target_id, subject, r.day) else r.value) for r in found
        ]

    @cached_property
    def _subjects(self) -> dict[tuple[str, str], Subject]:
        return {(f.target, f.subject.key): f.subject for f in self.findings}

    def frame(self, chinese: bool = False):
        """Findings as a pandas DataFrame, one row each; see `tables.COLUMNS`."""
        from .tables import frame

        return frame(self, chinese)


def assess(
    catalog: Catalog,
    data: "BranchData | EngineData | Path | str | Mapping",
    *,
    as_of: date | None = None,
    today: date | None = None,
    workdays: WorkCalendar | None = None,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
    in_force_on: date | None = None,
    kept: Path | None = None,
) -> Assessment:
    """Judge every target at every unit and site it binds.

    data: an opened BranchData or EngineData, a folder or workbook, or {table: frame} of pandas,
    Polars or Arrow.
    as_of: the data date to judge (default: the latest there is).
    workdays: the working days (default: those announced, and the definitions' own).
    only: ids of the targets and rules to judge (default: all).
    in_force_on: the day whose decisions and dated values apply (default: the data date); periods
    and pace are still seen from the data date.
    kept: a folder that keeps aggregates of unchanged files from run to run (default: none are).
    Raises Problems for bad data.
    """
    if isinstance(data, Path | str | Mapping):
        data = open_bank(
            catalog, data, today=today,
            progress=progress and (lambda table: progress(f"核对 {table}", 0, 1)),
        )
    with data.engine(kept) as engine:
        day = _data_date(data, as_of)
        law = in_force_on or day
        force = {
            t.id: target_in_force(catalog, t.id, law)
            for t in catalog.all(Target)
            if only is None or t.id in only
        }
        metrics = {m.id: metric_in_force(catalog, m.id, law).metric for m in catalog.all(Metric)}
        plan = Plan(catalog)
        keys = {
            (target_id, metric_id): _plan_metric(
                plan, metrics, metric_id, one.target.scope.where
            )
            for target_id, one in force.items()
            for metric_id in _metrics_of(one.target)
        }
        for metric_id in (
            *allocation.metrics_read(catalog.all(Allocation)),
            *scorecard.metrics_read(catalog, law),
        ):
            _plan_metric(plan, metrics, metric_id, None)
        rules = plan_rules(catalog, plan, law, only)
        tell = progress and (lambda table: progress(f"汇总 {table}", 0, len(force) + 1))
        readings = Readings(catalog, plan, engine, day, tell)
        judging = _Judging(
            catalog, data, readings, plan, keys, metrics, force, day, law,
            workdays or Workdays.of(catalog),
        )
        splits = tuple(SplitsOn(catalog, law, judging.weight_of))
        findings: list[Finding] = []
        for done, target_id in enumerate(force, start=1):
            if progress:
                progress("逐项判定", done, len(force) + 1)
            findings.extend(judging.target(target_id))
            findings.extend(judging.splits(s for s in splits if s.allocation.target == target_id))
        scores = judging.scores(findings)
        files: dict[str, tuple[str, ...]] = {}
        for file in data.files:
            files[file.table] = (*files.get(file.table, ()), file.name)
        rule_findings = judge_rules(catalog, readings, rules, day, files)
        if progress:
            progress("完成", len(force) + 1, len(force) + 1)
    return Assessment(
        catalog, day, data.label or None, tuple(findings), readings, force, data.warnings, keys,
        splits=splits, scores=scores, rule_findings=tuple(rule_findings), rules=rules,
        in_force_on=law,
    )


def weights_from(
    catalog: Catalog, data: BranchData, metrics: Iterable[str], day: date
) -> Callable[[ByMetric, Unit], Fraction | None]:
    """Figures of units by which a total may be split, read from data as on `day`."""
    in_force = {m.id: metric_in_force(catalog, m.id, day).metric for m in catalog.all(Metric)}
    plan = Plan(catalog)
    for metric_id in metrics:
        _plan_metric(plan, in_force, metric_id, None)
    with data.engine() as engine:
        readings = Readings(catalog, plan, engine, max(data.dates()))

    def weight_of(by: ByMetric, unit: Unit) -> Fraction | None:
        reading = readings.series(MetricKey(by.metric, None), unit.code).on(by.dated)
        return reading.value if reading else None

    return weight_of


def _data_date(data: BranchData, as_of: date | None) -> date:
    days = data.dates()
    if as_of is None:
        return days[-1]
    if as_of not in days:
        near = sorted(days, key=lambda d: abs(d - as_of))[:3]
        raise Problems(
            [
                Problem(
                    Code.NO_SUCH_DATE,
                    f"数据里没有 {as_of} 这一天",
                    file="、".join(dict.fromkeys(f.name for f in data.files)),
                    allowed=f"{days[0]} 至 {days[-1]}，共 {len(days)} 个数据日期",
                    mend=f"改用邻近的 {'、'.join(map(str, sorted(near)))}",
                )
            ]
        )
    return as_of


def _metrics_of(target: Target) -> Iterable[str]:
    """Every metric that judging the target reads."""
    for metric_id, part in target.parts:
        yield metric_id
        yield from part.others


def _plan_metric(
    plan: Plan, metrics: Mapping[str, Metric], metric_id: str, where: str | None
) -> MetricKey:
    metric = metrics[metric_id]
    if isinstance(metric.measure, QuotientMeasure):
        _plan_metric(plan, metrics, metric.measure.numerator, where)
        _plan_metric(plan, metrics, metric.measure.denominator, where)
    return plan.add(metric, where)


class _Judging:
    """Who is judged by what, and everything a finding's trace wants to know."""

    def __init__(
        self, catalog, data, readings: Readings, plan: Plan, keys, metrics, force, day,
        law, workdays: WorkCalendar,
    ):
        self._catalog, self._data, self._readings = catalog, data, readings
        self._plan, self._keys, self._metrics = plan, keys, metrics
        self._force, self._day, self._law, self._workdays = force, day, law, workdays
        self._sites = readings.sites(day)
        self._members = roll_up_members(catalog)
        bank = catalog.bank
        self._bank = (
            Subject(UnitLevel.BANK.value, bank.id, bank.code, bank.name) if bank else None
        )

    def target(self, target_id: str) -> list[Finding]:
        """The findings of one target, ranked within each level."""
        force = self._force[target_id]
        context = self._context(target_id)
        findings = [judge(force, subject, context) for subject in self._subjects(force.target)]
        placed = any(isinstance(p.quantity, RankAmong) for _, p in force.target.parts)
        return findings if placed else _ranked(findings, self._metrics)

    def splits(self, splits: Iterable[Split]) -> list[Finding]:
        """The findings of units that share in a total."""
        return [
            finding
            for one in splits
            for finding in judge_split(
                one,
                self._force[one.allocation.target],
                self._context(one.allocation.target),
                lambda record_id: self._catalog.get(record_id).name,
            )
        ]

    def weight_of(self, by: ByMetric, unit: Unit) -> Fraction | None:
        """The metric of a unit on the base date of an allocation."""
        reading = self._readings.series(MetricKey(by.metric, None), unit.code).on(by.dated)
        return reading.value if reading else None

    def scores(self, findings: Iterable[Finding]) -> tuple[Score, ...]:
        """Every scorecard at every unit it scores, by these findings and by readings."""
        by_subject = {(f.target, f.subject.key): f for f in findings}
        context = self._context(None)

        def measured(metric: str, quantity, subject: Subject) -> Measurement:
            found = measure(quantity, metric, subject, context, context.day)
            return Measurement(found.value, () if found.value is not None else tuple(found.reasons))

        return score_cards(
            self._catalog,
            Inquiry(
                day=self._day,
                law=self._law,
                subjects=lambda level: self._readings.units(self._day, level),
                whole=self._bank,
                measured=measured,
                finding=lambda target, subject: by_subject.get((target, subject.key)),
            ),
        )

    def _context(self, target_id: str | None) -> Context:
        """What judging may ask about one target; about none, of metrics without a scope."""
        return Context(
            metrics=self._metrics,
            day=self._day,
            law=self._law,
            series_of=lambda metric, subject: self._series(target_id, metric, subject),
            whole=self._bank,
            rivals=lambda metric, subject, peers: self._rivals(target_id, metric, subject, peers),
            frequency=lambda metric, subject, period, day: self._readings.frequency(
                self._keys[target_id, metric], subject.key, period, day, self._workdays
            ),
            workdays=self._workdays,
            files=self._files,
            absent=self._absent,
            excluded=lambda metric, subject: self._excluded(target_id, metric, subject),
        )

    def _subjects(self, target: Target) -> list[Subject]:
        if all(isinstance(self._metrics[m].measure, NotMeasured) for m, _ in target.parts):
            return [self._bank] if self._bank else []  # said once, not once a unit
        kind = target.scope.site_kind
        out: dict[str, Subject] = {}
        for binds in target.binds or self._everywhere():
            if isinstance(binds, BindsSite):
                found = [s for s in self._sites.values() if kind is None or s.site_kind == kind]
            elif isinstance(binds, BindsTotal):
                found = [self._bank] if self._bank else []
            elif isinstance(binds, BindsEach):
                found = self._readings.units(self._day, binds.level)
            else:
                found = self._group(binds)
            for subject in found:
                if subject.level == SITE_LEVEL or self._concerned(subject, kind):
                    out[subject.key] = subject
        order = [*(level.value for level in UnitLevel), SITE_LEVEL]
        return sorted(out.values(), key=lambda s: (order.index(s.level), s.unit_code, s.key))

    def _everywhere(self):
        """Nobody named: shown at every level there is, which binds nobody."""
        levels = {u.level for u in self._catalog.all(Unit)}
        return [BindsEach(to="each", level=level) for level in UnitLevel if level in levels]

    def _group(self, binds: BindsGroup) -> list[Subject]:
        group = self._catalog.get(binds.group)
        if not (group.levels or group.members or group.operating_only):
            return []  # the source names the group and lists nobody
        levels = group.levels or tuple(UnitLevel)
        return [
            subject
            for level in levels
            for subject in self._readings.units(self._day, level)
            if (not group.members or subject.unit in group.members)
            and (not group.operating_only or self._catalog.get(subject.unit).operating)
        ]

    def _concerned(self, subject: Subject, kind: SiteKind | None) -> bool:
        """A unit without a site of this kind is not judged by what is asked of such sites."""
        if kind is None or not self._sites:
            return True
        below = set(self._members[subject.unit_code])
        return any(s.site_kind == kind and s.unit_code in below for s in self._sites.values())

    def _series(self, target_id: str | None, metric: str, subject: Subject) -> Series:
        key = MetricKey(metric, None) if target_id is None else self._keys[target_id, metric]
        return self._readings.series(key, subject.key)

    def _rivals(
        self, target_id: str, metric_id: str, subject: Subject, peer_set: str | None
    ) -> Rivals:
        if peer_set is not None:
            code = getattr(self._metrics[metric_id].measure, "code", None)
            values = self._readings.peers(code, subject.unit_code) if code else {}
            stated = self._catalog.get(peer_set).stated_count
            return Rivals(values, stated or len(values) + 1)
        peers = [
            s
            for s in self._subjects(self._force[target_id].target)
            if s.level == subject.level and s.key != subject.key
        ]
        values = {
            s.key: {r.day: Fraction(r.absolute) for r in series if r.absolute is not None}
            for s in peers
            if (series := self._series(target_id, metric_id, s)) is not None
        }
        return Rivals(values, len(peers) + 1)

    def _files(self, metric: str) -> tuple[str, ...]:
        dataset = self._metrics[metric].measure.dataset
        if dataset is None:
            return ()
        table = self._catalog.get(dataset).table
        return tuple(file.name for file in self._data.files if file.table == table)

    def _absent(self, metric: str, subject: Subject) -> tuple[str, ...]:
        dataset = self._metrics[metric].measure.dataset
        if subject.level == SITE_LEVEL or dataset is None:
            return ()
        table = self._catalog.get(dataset).table
        earlier = [d for d in self._data.dates(table) if d < self._day]
        if not earlier:
            return ()
        rows = self._readings.rows
        return tuple(
            self._catalog.units_by_code[code].name
            for code in self._members[subject.unit_code]
            if code != subject.unit_code
            and (dataset, code, earlier[-1]) in rows
            and (dataset, code, self._day) not in rows
        )

    def _excluded(self, target_id: str, metric: str, subject: Subject):
        key = self._keys[target_id, metric]
        found = self._plan.resolved[key]
        if found.scoped_rows is None:
            return ()
        total = self._readings.rows.get((found.dataset, subject.key, self._day), 0)
        reading = self._readings.series(key, subject.key).on(self._day)
        counted = reading.rows if reading else 0
        return ((f"不满足范围条件 {key.where}", total - counted),) if total > counted else ()


def _ranked(findings: list[Finding], metrics: Mapping[str, Metric]) -> list[Finding]:
    """Places among the subjects of one level, by value in the metric's direction."""
    from .verdicts import ranks

    places: dict[tuple[str, str], tuple[int, int]] = {}
    for level in {f.subject.level for f in findings}:
        values = {
            f.subject.key: f.value
            for f in findings
            if f.subject.level == level and f.value is not None
        }
        metric = metrics[findings[0].metric] if findings[0].metric else None
        if metric is None or metric.direction is Direction.NEUTRAL or len(values) < 2:
            continue
        for key, place in ranks(values, metric.direction is Direction.UP).items():
            places[level, key] = (place, len(values))
    return [
        replace(f, rank=place[0], rank_of=place[1])
        if (place := places.get((f.subject.level, f.subject.key)))
        else f
        for f in findings
    ]


def counts_by_status(findings: Iterable[Finding]) -> dict[Status, int]:
    """How many findings say each word, in the order of the words."""
    findings = list(findings)
    counts = {status: sum(f.status is status for f in findings) for status in Status}
    return {status: n for status, n in counts.items() if n}

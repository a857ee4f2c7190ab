"""What can only be seen across records: each check yields its problems, none stops another."""

import re
from collections.abc import Iterator

from targets.problems import Code, Problem, Severity, did_you_mean
from targets.schema.base import Record, SourceRecord
from targets.schema.criteria import (
    THRESHOLD_TESTS,
    AllOf,
    AtLeast,
    AtMost,
    Boundary,
    Change,
    DatedRange,
    Down,
    ExtraChange,
    GivenBaseline,
    Growth,
    Level,
    RankAmong,
    RatioTo,
    ShareOf,
    Trend,
    Up,
    Within,
)
from targets.schema.measures import (
    Aggregate,
    AggregateMeasure,
    Dataset,
    Direction,
    Metric,
    Multiple,
    Percent,
    QuotientMeasure,
    Rank,
    RatioMeasure,
    ReportedMeasure,
    value_problem,
)
from targets.schema.organisation import Unit, UnitLevel
from targets.schema.rules import OnRows, Principle, Rule
from targets.schema.source import Clause
from targets.schema.targets import (
    Affects,
    Assumption,
    Decision,
    PeriodSpan,
    SetMeasure,
    SetPace,
    SetSmallestPublished,
    SetValue,
    Target,
)

from .allocation_checks import allocation_problems
from .catalog import Catalog
from .conditions import faults
from .criterion_checks import (
    Report,
    basis_problems,
    frequency_problems,
    grain_problems,
    numbers,
    pace_problems,
    state_problems,
)
from .duty_checks import duty_problems
from .expressions import ExpressionError, measure_of
from .lifecycle import lifecycle_problems
from .references import references
from .scoring_checks import scoring_problems
from .signoff_checks import signoff_problems


def cross_check(catalog: Catalog, report: Report) -> Iterator[Problem]:
    """All problems between records. Later checks look only at references that hold.

    A draft is looked at as though it were issued, and what is in force as though it were not.
    """
    found = tuple(_cross_check(catalog, report))
    yield from found
    if catalog.drafts and not any(p.code is Code.DANGLING_REF for p in found):
        seen = set(found)
        yield from (p for p in _decided(catalog.with_issued(), report) if p not in seen)


def _cross_check(catalog: Catalog, report: Report) -> Iterator[Problem]:
    dangling = list(_references(catalog, report))
    yield from dangling
    yield from _owners(catalog, report)
    yield from _clauses(catalog, report)
    yield from _organisation(catalog, report)
    if not dangling:
        yield from _targets(catalog, report)
        yield from _rules(catalog, report)
        yield from _decided(catalog, report)
    yield from signoff_problems(catalog, report)
    yield from _assumptions(catalog, report)
    yield from _publication(catalog, report)
    yield from lifecycle_problems(catalog, report)


def _decided(catalog: Catalog, report: Report) -> Iterator[Problem]:
    """What hangs on the bank's decisions."""
    yield from _metrics(catalog, report)
    yield from _decisions(catalog, report)
    yield from duty_problems(catalog, report)
    yield from allocation_problems(catalog, report)
    yield from scoring_problems(catalog, report)


def _references(catalog: Catalog, report: Report) -> Iterator[Problem]:
    for record in catalog.records.values():
        for path, target, _ in catalog.references[record.id]:
            if target not in catalog.records:
                kind = target.split(".", 2)[1]
                known = [i for i, r in catalog.records.items() if r.kind == kind]
                yield report(
                    record,
                    path,
                    Code.DANGLING_REF,
                    f"{record.id} 引用的 {target} 不存在",
                    mend=catalog.hint(target, known) or "改成已有的编号，或补上这条记录",
                )


def _owners(catalog: Catalog, report: Report) -> Iterator[Problem]:
    for record in catalog.records.values():
        if isinstance(record, SourceRecord | Clause) and record.owner not in catalog.documents:
            yield report(
                record,
                ("id",),
                Code.NO_DOCUMENT,
                f"{record.id} 说自己出自 {record.owner}，但没有登记这份文件",
                allowed="、".join(catalog.documents) or "（还没有登记任何文件）",
                mend=did_you_mean(record.owner, catalog.documents),
            )


def _clauses(catalog: Catalog, report: Report) -> Iterator[Problem]:
    clauses = {c.id: c for c in catalog.all(Clause)}
    cited = {
        target
        for record in catalog.records.values()
        if not isinstance(record, Clause)
        for _, target, _ in catalog.references[record.id]
        if target in clauses
    }
    for clause in clauses.values():
        if clause.parent in clauses and clauses[clause.parent].owner != clause.owner:
            yield report(
                clause, ("parent",), Code.ORPHAN_CLAUSE, f"{clause.id} 的上级条款属于另一份文件"
            )
        seen, here = {clause.id}, clause
        while here.parent in clauses:
            here = clauses[here.parent]
            if here.id in seen:
                yield report(
                    clause, ("parent",), Code.ORPHAN_CLAUSE, f"{clause.id} 的上级条款绕成了圈"
                )
                break
            seen.add(here.id)
        has_content = clause.id in cited or any(c.parent == clause.id for c in clauses.values())
        if not has_content and not clause.no_obligation:
            yield report(
                clause,
                ("id",),
                Code.ORPHAN_CLAUSE,
                f"条款 {clause.id} 下面没有任何记录",
                mend="登记它的内容，或用 no_obligation 写明为什么没有可登记的内容",
            )
        if clause.id in cited and clause.no_obligation:
            yield report(
                clause,
                ("no_obligation",),
                Code.INCONSISTENT,
                f"条款 {clause.id} 写明没有可登记的内容，却有记录引用它",
                mend="删去 no_obligation",
            )


def _organisation(catalog: Catalog, report: Report) -> Iterator[Problem]:
    units = catalog.all(Unit)
    codes: dict[str, Unit] = {}
    for unit in units:
        if unit.code in codes:
            yield report(
                unit,
                ("code",),
                Code.ORGANISATION,
                f"机构代码 {unit.code} 已经属于 {codes[unit.code].name}",
            )
        codes.setdefault(unit.code, unit)
        parent = catalog.records.get(unit.parent) if unit.parent else None
        if isinstance(parent, Unit) and parent.level.depth >= unit.level.depth:
            yield report(
                unit,
                ("parent",),
                Code.ORGANISATION,
                f"{unit.name}（{unit.level.label}）的上级 {parent.name} 是{parent.level.label}",
                allowed="上级机构的层级要更高",
            )
    tops = [u for u in units if u.level is UnitLevel.BANK]
    for extra in tops[1:]:
        yield report(extra, ("level",), Code.ORGANISATION, "全行只能有一个，这里是第二个")
    if units and not tops:
        yield report(units[0], ("id",), Code.ORGANISATION, "机构树没有“全行”这个顶")


def _aggregates(measure) -> Iterator[tuple[tuple, str, Aggregate]]:
    if isinstance(measure, RatioMeasure):
        yield ("numerator",), measure.dataset, measure.numerator
        yield ("denominator",), measure.dataset, measure.denominator
    elif isinstance(measure, AggregateMeasure):
        yield ("value",), measure.dataset, measure.value


def _measure_problems(
    catalog: Catalog, owner: Record, base: tuple, metric: Metric, measure, report: Report
) -> Iterator[Problem]:
    for path, dataset, spec in _aggregates(measure):
        table = catalog.get(dataset)
        for look, written in (
            (measure_of, spec.measure), (catalog.compiled.condition, spec.where),
        ):
            try:
                if written:
                    look(written, table)
            except ExpressionError as error:
                yield report(owner, (*base, *path), Code.BAD_EXPRESSION, f"{owner.id}：{error}")
    if isinstance(measure, RatioMeasure) and not isinstance(metric.unit, Percent | Multiple):
        yield report(
            owner,
            base,
            Code.CONTRADICTION,
            f"{metric.id} 按分子比分母计算，单位却是 {metric.unit.kind}",
            allowed="percent 或 multiple",
        )


def _metrics(catalog: Catalog, report: Report) -> Iterator[Problem]:
    for metric in catalog.all(Metric):
        yield from _measure_problems(catalog, metric, ("measure",), metric, metric.measure, report)
        if metric.grain is not None:
            yield from grain_problems(catalog, metric, report)
    yield from _quotients(catalog, report)


def _quotients(catalog: Catalog, report: Report) -> Iterator[Problem]:
    """A quotient's parts are computed from rows: quotients of quotients could go in a circle."""
    measures = [(m, ("measure",), m.id, m.measure) for m in catalog.all(Metric)] + [
        (decision, ("changes", i, "measure"), change.metric, change.measure)
        for decision in catalog.issued
        for i, change in enumerate(decision.changes)
        if isinstance(change, SetMeasure)
    ]
    divided = {metric for *_, metric, measure in measures if isinstance(measure, QuotientMeasure)}
    for owner, path, metric, measure in measures:
        if not isinstance(measure, QuotientMeasure):
            continue
        for part in ("numerator", "denominator"):
            if getattr(measure, part) in divided:
                yield report(
                    owner,
                    (*path, part),
                    Code.CONTRADICTION,
                    f"{metric} 由两个指标相除，其中 {getattr(measure, part)} 又由两个指标相除",
                    mend="改用能直接算出来或直接报送的指标",
                )


def quantity_unit(metric: Metric, quantity):
    """The unit of what is judged: not always the metric's own."""
    if isinstance(quantity, Growth):
        return Percent(kind="percent", may_exceed_100=True, may_be_negative=True)
    if isinstance(quantity, ShareOf):
        return Percent(kind="percent")
    if isinstance(quantity, RatioTo):
        return Multiple(kind="multiple")
    if isinstance(quantity, RankAmong):
        return Rank(kind="rank")
    difference = isinstance(quantity, Change | ExtraChange)
    if difference and "may_be_negative" in type(metric.unit).model_fields:
        return metric.unit.model_copy(update={"may_be_negative": True})
    return metric.unit


def part_paths(target: Target) -> Iterator[tuple[tuple, str, object]]:
    single = not isinstance(target.criterion, AllOf)
    for i, (metric, part) in enumerate(target.parts):
        yield (("criterion",) if single else ("criterion", "all_of", i)), metric, part


def _targets(catalog: Catalog, report: Report) -> Iterator[Problem]:
    for target in catalog.all(Target):
        for base, metric_id, part in part_paths(target):
            metric = catalog.get(metric_id)
            unit = quantity_unit(metric, part.quantity)
            for path, number in numbers(part.test):
                problem = value_problem(unit, number)
                if problem:
                    yield report(
                        target,
                        (*base, "test", *path),
                        Code.VALUE_OUTSIDE_UNIT,
                        f"{target.id}：{problem}",
                        mend=f"核对 {catalog.citation(target.places[0].clause)} 的数字与单位",
                    )
            yield from contradictions(target, base, metric, part, report)
            yield from basis_problems(catalog, target, base, metric, part, report)
            yield from frequency_problems(target, base, metric, part, report)
            yield from state_problems(target, base, metric, part, report)
            if (
                getattr(part.test, "boundary", None) is Boundary.UNSAID
                and not target.assumptions
            ):
                yield report(
                    target,
                    (*base, "test", "boundary"),
                    Code.UNLISTED_DOUBT,
                    f"{target.id} 没说是否含本数，也没有登记为待定事项",
                    mend="在 assumptions 里写上相应的待定事项",
                )
            metrics = [metric, *map(catalog.get, part.others)]
            yield from _scope(catalog, target, metrics, report)
        yield from _place_values(target, report)
        yield from _name(target, report)


def _name(target: Target, report: Report) -> Iterator[Problem]:
    """A value in a name would go stale with the next decision."""
    for _, _, part in part_paths(target):
        for _, number in numbers(part.test):
            if re.search(rf"(?<![0-9.]){re.escape(str(number))}(?![0-9.])", target.name):
                yield report(
                    target,
                    ("name",),
                    Code.FIGURE_IN_NAME,
                    f"{target.id} 的名称里写了目标值 {number}",
                    mend="从名称里去掉数字；数字只写在 values 里，改了也不会两处不一",
                )
                return


def contradictions(
    target: Target, base: tuple, metric: Metric, part, report: Report
) -> Iterator[Problem]:
    """A part against its metric's direction, or reached before it began."""
    wrong = {Direction.UP: (AtMost, Down), Direction.DOWN: (AtLeast, Up)}.get(metric.direction, ())
    if wrong and isinstance(part.test, wrong) and isinstance(
        part.quantity, Level | Change | ExtraChange | Growth | Trend
    ):
        yield report(
            target,
            (*base, "test"),
            Code.CONTRADICTION,
            f"{target.id} 要求 {part.test.kind}，而指标 {metric.name}{metric.direction.label}",
            mend="改判定标准，或改指标的 direction",
        )
    baseline = getattr(part.quantity, "baseline", None)
    if baseline is None and isinstance(target.period, PeriodSpan):
        baseline = target.period.baseline
    if isinstance(baseline, GivenBaseline) and isinstance(part.quantity, Level) and not target.hold:
        for path, number in numbers(part.test):
            met = (isinstance(part.test, AtLeast) and baseline.value >= number) or (
                isinstance(part.test, AtMost) and baseline.value <= number
            )
            if met:
                yield report(
                    target,
                    (*base, "test", *path),
                    Code.CONTRADICTION,
                    f"{target.id} 的基期值 {baseline.value} 已经达到目标值 {number}",
                    mend="核对两个数字；确是“保持”类目标就写 hold: true",
                )


def _scope(
    catalog: Catalog, target: Target, metrics: list[Metric], report: Report
) -> Iterator[Problem]:
    """The rows of every metric that the part reads can be narrowed by the scope's condition."""
    if not target.scope.where:
        return
    for metric in metrics:
        dataset = metric.measure.dataset
        try:
            if dataset is None or isinstance(metric.measure, ReportedMeasure):
                raise ExpressionError(f"限定了行，但指标 {metric.id} 不是按行计算的")
            catalog.compiled.condition(target.scope.where, catalog.get(dataset))
        except ExpressionError as error:
            found = f"{target.id} 按指标 {metric.id} 取数：{error}"
            yield report(target, ("scope", "where"), Code.BAD_EXPRESSION, found)


def _place_values(target: Target, report: Report) -> Iterator[Problem]:
    stated = {p.value for p in target.places if p.value is not None}
    if len(stated) > 1:
        for i, place in enumerate(target.places):
            if place.value is not None and place.basis.value != "conflicting":
                yield report(
                    target,
                    ("places", i, "value"),
                    Code.CONTRADICTION,
                    f"{target.id} 的几处出处数值不一（{'、'.join(map(str, sorted(stated)))}）",
                    mend="把各处的 basis 写成 conflicting，并登记原文缺陷",
                )


def _rules(catalog: Catalog, report: Report) -> Iterator[Problem]:
    for rule in catalog.all(Rule):
        body = rule.body
        if not isinstance(body, OnRows):
            continue
        if body.conditions and body.dataset is None:
            yield report(
                rule,
                ("body",),
                Code.BAD_EXPRESSION,
                f"{rule.id} 有条件却没写 dataset",
                mend="写明在哪张表上检查",
            )
        elif body.conditions and body.unchecked:
            yield report(
                rule,
                ("body", "unchecked"),
                Code.CHECKED_AND_NOT,
                f"{rule.id} 写了条件，又写明查不了",
                mend="两样只留一样",
            )
        elif body.conditions:
            dataset = catalog.get(body.dataset)
            wrong = list(faults(body, dataset))
            for path, code, found, allowed in wrong:
                yield report(rule, ("body", *path), code, f"{rule.id}：{found}", allowed=allowed)
            if not wrong:
                catalog.compiled.all_of(rule, dataset)
        elif not body.unchecked and not isinstance(body, Principle):
            yield report(
                rule,
                ("body",),
                Code.NOT_CHECKED,
                f"{rule.id} 没有可以检查的条件，也没有说明为什么",
                mend="写上 dataset 和条件；数据里查不出来的，用 unchecked 写明缘由",
            )


def _decisions(catalog: Catalog, report: Report) -> Iterator[Problem]:
    seen: dict[tuple, Decision] = {}
    for decision in catalog.issued:
        for i, change in enumerate(decision.changes):
            path = ("changes", i)
            subject = next((target for _, target, _ in references(change)), "全行")
            key = (change.kind, subject, getattr(change, "part", None), decision.effective)
            if key in seen:
                yield report(
                    decision,
                    path,
                    Code.OVERLAP,
                    f"{decision.id} 与 {seen[key].id} 自同一天（{decision.effective}）起"
                    f"改同一处（{subject}）",
                    mend="留下一个，或错开生效日",
                    severity=_severity(catalog, decision.id, seen[key].id),
                )
            seen.setdefault(key, decision)
            if isinstance(change, SetValue):
                yield from _set_value(catalog, decision, path, change, report)
            elif isinstance(change, SetPace):
                yield from pace_problems(catalog, decision, path, change, report)
            elif isinstance(change, SetMeasure):
                yield from _measure_problems(
                    catalog,
                    decision,
                    (*path, "measure"),
                    catalog.get(change.metric),
                    change.measure,
                    report,
                )


def _severity(catalog: Catalog, *decisions: str) -> Severity:
    """Drafts may compete for one place: whichever is issued, the other can't be."""
    return Severity.WARNING if catalog.supposed.issuperset(decisions) else Severity.ERROR


def _set_value(
    catalog: Catalog, decision: Decision, path: tuple, change: SetValue, report: Report
) -> Iterator[Problem]:
    target = catalog.get(change.target)
    if change.part > len(target.parts):
        yield report(
            decision,
            (*path, "part"),
            Code.NOT_ALLOWED,
            f"{target.id} 只有 {len(target.parts)} 部分，没有第 {change.part} 部分",
        )
        return
    metric_id, part = target.parts[change.part - 1]
    ranged = isinstance(part.test, Within)
    if not (ranged or isinstance(part.test, THRESHOLD_TESTS)):
        yield report(
            decision,
            path,
            Code.CONTRADICTION,
            f"{target.id} 的判定标准是 {part.test.kind}，没有数值可改",
        )
        return
    unit = quantity_unit(catalog.get(metric_id), part.quantity)
    for i, item in enumerate(change.values):
        at = (*path, "values", i)
        if isinstance(item, DatedRange) != ranged:
            wanted = "low 和 high" if ranged else "value"
            yield report(
                decision, at, Code.CONTRADICTION, f"{target.id} 的数值要写成 {wanted}"
            )
            continue
        if item.since is None:
            yield report(
                decision,
                at,
                Code.MISSING_KEY,
                f"{decision.id} 给 {target.id} 定的新值没写自何日起（from）",
            )
        elif item.since < decision.effective:
            yield report(
                decision,
                (*at, "from"),
                Code.OVERLAP,
                f"新值自 {item.since} 起，早于决定的生效日 {decision.effective}",
                mend="改生效日，或改新值的起始日",
            )
        for number in (item.low, item.high) if ranged else (item.value,):
            problem = value_problem(unit, number) if number is not None else None
            if problem:
                yield report(decision, at, Code.VALUE_OUTSIDE_UNIT, f"{decision.id}：{problem}")


# what no single record rests on
_STANDING_ALONE = (Affects.READING, Affects.PUBLICATION)


def _publication(catalog: Catalog, report: Report) -> Iterator[Problem]:
    """Where people are counted, how few are published has to be decided, or listed as open."""
    if any(a.affects is Affects.PUBLICATION for a in catalog.all(Assumption)) or any(
        isinstance(change, SetSmallestPublished)
        for decision in catalog.issued
        for change in decision.changes
    ):
        return
    for dataset in catalog.all(Dataset):
        for i, column in enumerate(dataset.columns):
            if column.personal:
                yield report(
                    dataset,
                    ("columns", i, "personal"),
                    Code.NO_SMALLEST_COUNT,
                    f"“{dataset.name}”可识别到人或户，却没有一项决定或待定事项说少于几人就不公布",
                    mend="在决定里写 kind: smallest_published；还没定，就登记一条"
                    " affects: publication 的待定事项。定下之前，按人按户数出来的数一律不公布",
                    severity=Severity.WARNING,
                )
                return


def _assumptions(catalog: Catalog, report: Report) -> Iterator[Problem]:
    relied_on = {
        target
        for record in catalog.records.values()
        if not isinstance(record, Decision)
        for path, target, _ in catalog.references[record.id]
        if path[0] == "assumptions"
    }
    for assumption in catalog.all(Assumption):
        if assumption.id not in relied_on and assumption.affects not in _STANDING_ALONE:
            yield report(
                assumption,
                ("id",),
                Code.UNUSED,
                f"待定事项 {assumption.id} 没有任何记录有赖于它",
                mend="在有赖于它的记录的 assumptions 里写上它，或改 affects: reading",
                severity=Severity.WARNING,
            )

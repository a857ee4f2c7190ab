"""目标分解: each unit judged by its share of a total, as the bank is judged by the whole."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from targets.catalog.allocations import Part, Split, SplitsOn, is_open
from targets.catalog.apportion import Infeasible, split
from targets.catalog.decisions import TargetInForce
from targets.schema.criteria import DatedValue
from targets.schema.measures import Metric
from targets.schema.organisation import Unit
from targets.schema.sharing import ByMetric
from targets.schema.targets import Allocation
from targets.wording import decimal_text, figure, split_by, threshold

from .findings import Finding, Status, Subject, TraceStep
from .judge import judge
from .measuring import Context
from .scorecard import completion
from .verdicts import ranks

__all__ = ["Infeasible", "Part", "Split", "SplitsOn", "judge_split", "split"]


def judge_split(
    found: Split, force: TargetInForce, context: Context, name: Callable[[str], str]
) -> list[Finding]:
    """A finding for every unit of a split that is open on the day, placed by what it has done.

    The target in force at a unit is the bank's with the unit's share for its value: status, gap,
    pace and what is still required follow as they do for the bank. Without shares there is the
    reading and no verdict. `name` gives the name of a record's id.
    """
    if found.total is None and found.above is None and found.of.parent is None:
        return []  # the bank's number is not in force: nobody is bound
    findings = [
        _at_unit(found, part, force, context, name)
        for part in found.parts
        if is_open(part.unit, context.day)
    ]
    return _placed(findings, force)


def _at_unit(
    found: Split, part: Part, force: TargetInForce, context: Context, name
) -> Finding:
    subject = subject_of(part.unit)
    finding = judge(replace(force, target=_with_share(force, part.share)), subject, context)
    steps = [TraceStep("分解", _reckoning(found, part, force, context.metrics, name))]
    decisions = dict.fromkeys((*finding.trace.decisions, found.decision.id))
    trace = replace(
        finding.trace, steps=(*steps, *finding.trace.steps), decisions=tuple(decisions)
    )
    finding = replace(finding, allocation=found.allocation.id, trace=trace)
    if part.share is None:
        return replace(
            finding, status=Status.NO_DATA, provisional=None, reasons=(found.why_open or "",)
        )
    return finding


def subject_of(unit: Unit) -> Subject:
    return Subject(unit.level.value, unit.id, unit.code, unit.name)


def _with_share(force: TargetInForce, share: Fraction | None):
    """The target with the share in the place of its values; with none where there is no share."""
    values = () if share is None else (DatedValue(value=_decimal(share)),)
    criterion = force.target.criterion
    test = criterion.test.model_copy(update={"values": values})
    return force.target.model_copy(
        update={"criterion": criterion.model_copy(update={"test": test})}
    )


def _decimal(value: Fraction) -> Decimal:
    """Exact: shares are listed as decimals, or are whole multiples of a decimal step."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def _reckoning(found: Split, part: Part, force: TargetInForce, metrics, name) -> str:
    """How the unit came by its share, in words."""
    metric: Metric = metrics[force.target.metric]
    single = force.target.criterion
    allocation = found.allocation

    def amount(value: Fraction | None) -> str:
        return threshold(metric, value, single, 4)

    if part.share is None:
        return found.why_open or "份额没有定下"
    source = f"{found.of.name} {amount(found.total)}"
    if allocation.by is None:
        return f"{source}，决定逐家列出，{part.unit.name} {amount(part.share)}"
    weights = [p.weight for p in found.parts]
    share = decimal_text(100 * part.weight / sum(weights), 2) if sum(weights) else "0"
    weight = decimal_text(part.weight, 4)
    if isinstance(allocation.by, ByMetric):
        weight = figure(metrics[allocation.by.metric], part.weight, 4)
    raised = f"，加压后 {amount(found.summed)}" if found.headroom else ""
    return (
        f"{source}{raised}，{split_by(allocation.by, name)}分：{part.unit.name} {weight}，"
        f"占 {share}%，应分 {amount(part.quota)}，取整到 {allocation.step} 得 {amount(part.share)}"
    )


def _placed(findings: list[Finding], force: TargetInForce) -> list[Finding]:
    """Places by how much of its share each has done: shares differ, so values don't compare."""
    done = {f.subject.key: rate for f in findings if (rate := completion(f)) is not None}
    if len(done) < 2:
        return findings
    # of a limit, from no baseline, the smaller part used is the better one
    used = force.target.criterion.test.kind == "at_most" and all(f.pace is None for f in findings)
    found = ranks(done, higher_first=not used)
    return [
        replace(f, rank=found[f.subject.key], rank_of=len(done)) if f.subject.key in found else f
        for f in findings
    ]


def metrics_read(allocations: Iterable[Allocation]) -> tuple[str, ...]:
    """Metrics that allocations take their weights from: they have to be counted too."""
    return tuple(a.by.metric for a in allocations if isinstance(a.by, ByMetric))

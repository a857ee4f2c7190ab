"""The bank's decisions laid over the sources: what is in force on a day.

A source's own values never change; `in_force` answers with the overlaid record and with the
decisions that made the difference, so that both can be shown.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from targets.schema.criteria import AllOf, Boundary, DatedRange, DatedValue
from targets.schema.duties import Duty
from targets.schema.measures import Metric, QuotientMeasure
from targets.schema.rules import Rule
from targets.schema.targets import (
    Assumption,
    Decision,
    Pace,
    PeriodSpan,
    SetBinds,
    SetBoundary,
    SetDuty,
    SetMeasure,
    SetNearBand,
    SetPace,
    SetPeriod,
    SetReminder,
    SetSmallestPublished,
    Settle,
    SetValue,
    Target,
)

from .catalog import Catalog


def decisions_on(catalog: Catalog, day: date) -> tuple[Decision, ...]:
    """Decisions in force on `day`, the earliest effective first (so that the latest wins).

    Drafts are in force on no day; `catalog.with_issued()` shows what they would do.
    """
    live = (
        d
        for d in catalog.issued
        if d.effective <= day and (d.expires is None or day <= d.expires)
    )
    return tuple(sorted(live, key=lambda d: (d.effective, d.decided)))


def value_on(values: tuple, day: date) -> DatedValue | DatedRange | None:
    """The dated value in force on `day`; None before the first."""
    current = None
    for value in values:
        if value.since is None or value.since <= day:
            current = value
    return current


_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TargetInForce:
    """A target as it stands on a day."""

    source: Target
    target: Target
    """the source's record with the decisions laid over it"""
    near_band: Decimal | None = None
    decisions: tuple[Decision, ...] = ()
    """those that changed or settled something here"""
    open_assumptions: tuple[Assumption, ...] = ()
    settled_assumptions: tuple[Assumption, ...] = field(default=())


@dataclass(frozen=True)
class MetricInForce:
    """A metric as it stands on a day."""

    source: Metric
    metric: Metric
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class RuleInForce:
    """A rule as it stands on a day."""

    rule: Rule
    boundary: Boundary | None = None
    """what the bank settled about limits whose source does not say whether they include them"""
    decisions: tuple[Decision, ...] = ()
    open_assumptions: tuple[Assumption, ...] = ()
    settled_assumptions: tuple[Assumption, ...] = ()


def rule_in_force(catalog: Catalog, rule_id: str, day: date) -> RuleInForce:
    """The rule with every decision in force on `day` laid over it."""
    rule, settled = catalog.get(rule_id), settled_on(catalog, day)
    bounding = [
        (decision, change.boundary)
        for decision in decisions_on(catalog, day)
        for change in decision.changes
        if isinstance(change, SetBoundary) and change.target == rule_id
    ]
    used = [decision for decision, _ in bounding]
    used += [settled[a] for a in rule.assumptions if a in settled]
    return RuleInForce(
        rule,
        bounding[-1][1] if bounding else None,
        tuple({d.id: d for d in used}.values()),
        tuple(catalog.get(a) for a in rule.assumptions if a not in settled),
        tuple(catalog.get(a) for a in rule.assumptions if a in settled),
    )


def metric_in_force(catalog: Catalog, metric_id: str, day: date) -> MetricInForce:
    """The metric with any `measure` decision in force on `day` laid over it."""
    source = metric = catalog.get(metric_id)
    used = []
    for decision in decisions_on(catalog, day):
        for change in decision.changes:
            if isinstance(change, SetMeasure) and change.metric == metric_id:
                metric = metric.model_copy(
                    update={"measure": change.measure, "caliber": change.caliber}
                )
                used.append(decision)
    return MetricInForce(source, metric, tuple(used))


@dataclass(frozen=True)
class DutyTerms:
    """A duty as it stands for periods that end from `since` to `until` (both included)."""

    duty: Duty
    """the source's record with the decisions laid over it"""
    since: date | None = None
    until: date | None = None
    withdrawn: bool = False
    decisions: tuple[Decision, ...] = ()


def duty_history(catalog: Catalog, duty: Duty) -> tuple[DutyTerms, ...]:
    """The duty's terms one after the other; together they cover all days."""
    ours = [
        decision
        for decision in catalog.issued
        if any(isinstance(c, SetDuty) and c.duty == duty.id for c in decision.changes)
    ]
    return tuple(
        _terms(duty, [d for d in decisions_on(catalog, since) if d in ours] if since else [],
               since, until)
        for since, until in stretches(ours)
    )


def stretches(decisions: Iterable[Decision]) -> Iterator[tuple[date | None, date | None]]:
    """(first day, last day) of stretches in which the same of these decisions are in force.

    None stands for the beginning and the end of all days.
    """
    found = list(decisions)
    starts = {d.effective for d in found} | {d.expires + _DAY for d in found if d.expires}
    for since, after in itertools.pairwise([None, *sorted(starts), None]):
        yield since, after - _DAY if after else None


def _terms(duty: Duty, live: list[Decision], since: date | None, until: date | None) -> DutyTerms:
    terms, withdrawn = duty, False
    for decision in live:
        for change in decision.changes:
            if isinstance(change, SetDuty) and change.duty == duty.id:
                said = {name: getattr(change, name) for name in change.model_fields_set}
                withdrawn = said.pop("withdrawn", withdrawn)
                terms = terms.model_copy(
                    update={k: v for k, v in said.items() if k not in ("kind", "duty")}
                )
    return DutyTerms(terms, since, until, withdrawn, tuple(live))


def reminder_on(catalog: Catalog, day: date) -> SetReminder | None:
    """How calendars remind of what is due on the day; None where the bank has not decided."""
    found = None
    for decision in decisions_on(catalog, day):
        for change in decision.changes:
            if isinstance(change, SetReminder):
                found = change
    return found


def settled_on(catalog: Catalog, day: date) -> dict[str, Decision]:
    """Assumption id -> the decision that settles it on `day`."""
    return {
        change.assumption: decision
        for decision in decisions_on(catalog, day)
        for change in decision.changes
        if isinstance(change, Settle)
    }


def smallest_published(catalog: Catalog, day: date) -> int | None:
    """The smallest number of people that may be published on `day`; None: not decided."""
    decided = [
        change.count
        for decision in decisions_on(catalog, day)
        for change in decision.changes
        if isinstance(change, SetSmallestPublished)
    ]
    return decided[-1] if decided else None


def target_in_force(catalog: Catalog, target_id: str, day: date) -> TargetInForce:
    """The target with every decision in force on `day` laid over it.

    The assumptions it rests on are its own and those of its metrics, split into settled and open.
    """
    source = catalog.get(target_id)
    target, near = source, None
    used: dict[str, Decision] = {}
    for decision in decisions_on(catalog, day):
        for change in decision.changes:
            if getattr(change, "target", None) != target_id:
                continue
            used[decision.id] = decision
            if isinstance(change, SetValue):
                target = _with_test(target, change.part, values=change.values)
            elif isinstance(change, SetBoundary):
                for part in range(len(target.parts)):
                    target = _with_test(target, part + 1, boundary=change.boundary)
            elif isinstance(change, SetBinds):
                target = target.model_copy(update={"binds": change.binds})
            elif isinstance(change, SetPeriod):
                target = target.model_copy(update={"period": change.period})
            elif isinstance(change, SetPace):
                target = _with_pace(target, change.pace)
            elif isinstance(change, SetNearBand):
                near = change.within
    settled = settled_on(catalog, day)
    metrics = [catalog.get(metric) for metric in _metrics_of(catalog, source)]
    rests_on = dict.fromkeys((*source.assumptions, *(a for m in metrics for a in m.assumptions)))
    for assumption in rests_on:
        if assumption in settled:
            used[settled[assumption].id] = settled[assumption]
    for metric in metrics:
        for decision in metric_in_force(catalog, metric.id, day).decisions:
            used[decision.id] = decision
    return TargetInForce(
        source=source,
        target=target,
        near_band=near,
        decisions=tuple(used.values()),
        open_assumptions=tuple(catalog.get(a) for a in rests_on if a not in settled),
        settled_assumptions=tuple(catalog.get(a) for a in rests_on if a in settled),
    )


def _metrics_of(catalog: Catalog, target: Target) -> dict[str, None]:
    """The metrics whose doubts are the target's: its own, and those it divides or compares by."""
    found: dict[str, None] = {}
    for metric, part in target.parts:
        for one in (metric, *part.others):
            found[one] = None
            measure = catalog.get(one).measure
            if isinstance(measure, QuotientMeasure):
                found |= {measure.numerator: None, measure.denominator: None}
    return found


def _with_pace(target: Target, pace: Pace) -> Target:
    """`target` with another pace; only a period with two ends can have one."""
    if not isinstance(target.period, PeriodSpan):
        return target
    return target.model_copy(update={"period": target.period.model_copy(update={"pace": pace})})


def _with_test(target: Target, part: int, **update) -> Target:
    """`target` with its `part`-th test changed; new values join the history by date."""
    parts = [criterion for _, criterion in target.parts]
    if part > len(parts):
        return target
    test = parts[part - 1].test
    if "values" in update:
        update["values"] = _joined(test.values, update["values"])
    known = {k: v for k, v in update.items() if k in type(test).model_fields}
    parts[part - 1] = parts[part - 1].model_copy(update={"test": test.model_copy(update=known)})
    criterion = (
        target.criterion.model_copy(update={"all_of": tuple(parts)})
        if isinstance(target.criterion, AllOf)
        else parts[0]
    )
    return target.model_copy(update={"criterion": criterion})


def _joined(old: tuple, new: tuple) -> tuple:
    """Two histories as one; on the same day the new value wins."""
    by_day = {value.since: value for value in (*old, *new)}
    return tuple(sorted(by_day.values(), key=lambda v: (v.since is not None, v.since or date.min)))

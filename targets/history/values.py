"""A target's value over time: what the source and the bank's decisions say, and what was in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from targets import wording
from targets.catalog import Catalog
from targets.catalog.decisions import decisions_on, target_in_force, value_on
from targets.schema.criteria import DatedRange, DatedValue
from targets.schema.measures import Metric
from targets.schema.targets import Decision, SetValue, Target

Dated = DatedValue | DatedRange


@dataclass(frozen=True)
class Said:
    """A dated value as the source or a decision states it."""

    part: int
    metric: Metric
    since: date | None
    """None: from when the document took force"""
    words: str
    decision: Decision | None
    """None: the source's own"""
    in_force: bool
    """a decision not issued yet, or past its last day, is not"""


@dataclass(frozen=True)
class Stretch:
    """Days over which one value was, is or will be in force."""

    part: int
    metric: Metric
    since: date | None
    until: date | None
    """last day; None: until further notice"""
    low: float | None
    """for drawing only; None where no value is asked for"""
    high: float | None
    words: str
    decision: Decision | None


def said(catalog: Catalog, target: Target, day: date) -> tuple[Said, ...]:
    """Every dated value there is, by part and date; `in_force` as of the day."""
    live = decisions_on(catalog, day)
    out = []
    for part, (metric_id, single) in enumerate(target.parts, 1):
        metric = catalog.get(metric_id)
        told = [(v, None) for v in getattr(single.test, "values", ())]
        told += [(v, d) for d, change in _decided(catalog, target, part) for v in change.values]
        out += [
            Said(
                part, metric, v.since or (d.effective if d else None),
                wording.dated_value(v, metric, single.quantity), d, d is None or d in live,
            )
            for v, d in told
        ]
    return tuple(sorted(out, key=lambda s: (s.part, s.since or date.min)))


def stretches(catalog: Catalog, target: Target) -> tuple[Stretch, ...]:
    """What was in force when, by part; days of the same value by the same authority joined."""
    return tuple(
        stretch
        for part, (_, single) in enumerate(target.parts, 1)
        if getattr(single.test, "values", ())
        for stretch in _stretches(catalog, target, part)
    )


def _stretches(catalog: Catalog, target: Target, part: int) -> Iterator[Stretch]:
    metric_id, single = target.parts[part - 1]
    metric = catalog.get(metric_id)
    runs: list[tuple[date, Dated | None, Decision | None]] = []
    for day in _turns(catalog, target, part):
        value, decision = _on(catalog, target, part, day)
        if not runs or (_numbers(value), decision) != (_numbers(runs[-1][1]), runs[-1][2]):
            runs.append((day, value, decision))
    for i, (day, value, decision) in enumerate(runs):
        if value is None:
            continue  # before the first value there is
        after = runs[i + 1][0] if i + 1 < len(runs) else None
        low, high = _numbers(value)
        yield Stretch(
            part, metric, None if day == date.min else day,
            after - timedelta(days=1) if after else None, low, high,
            wording.dated_value(value, metric, single.quantity), decision,
        )


def _decided(catalog: Catalog, target: Target, part: int) -> Iterator[tuple[Decision, SetValue]]:
    for decision in catalog.all(Decision):
        for change in decision.changes:
            if isinstance(change, SetValue) and (change.target, change.part) == (target.id, part):
                yield decision, change


def _turns(catalog: Catalog, target: Target, part: int) -> list[date]:
    """Days on which the value may change."""
    days = {date.min}
    values = list(getattr(target.parts[part - 1][1].test, "values", ()))
    for decision, change in _decided(catalog, target, part):
        days.add(decision.effective)
        if decision.expires:
            days.add(decision.expires + timedelta(days=1))
        values += change.values
    return sorted(days | {v.since for v in values if v.since})


def _on(
    catalog: Catalog, target: Target, part: int, day: date
) -> tuple[Dated | None, Decision | None]:
    """(the value in force, the decision it comes from) on a day."""
    force = target_in_force(catalog, target.id, day)
    value = value_on(force.target.parts[part - 1][1].test.values, day)
    decision = None
    for one, change in _decided(catalog, target, part):
        if one in force.decisions and value in change.values:
            decision = one
    return value, decision


def _numbers(value: Dated | None) -> tuple[float | None, float | None]:
    if value is None:
        return None, None
    ends = (value.low, value.high) if isinstance(value, DatedRange) else (value.value,) * 2
    return tuple(None if end is None else float(end) for end in ends)

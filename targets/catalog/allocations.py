"""Allocations in force on a day: who shares in which total, and what each part comes to.

What hangs on data (weights by a metric) is asked of the caller; the rest is worked out here, so
that checking definitions and judging data reckon alike.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from targets.schema.criteria import Change, DatedRange, GivenBaseline, Level
from targets.schema.measures import AggregateMeasure, Count, Metric, Money, ReportedMeasure
from targets.schema.organisation import Unit, UnitLevel
from targets.schema.sharing import ByMetric
from targets.schema.targets import (
    Allocation,
    BindsTotal,
    Decision,
    PeriodSpan,
    SetAllocation,
    SetMeasure,
    Target,
)

from .apportion import Infeasible, quotas, split
from .catalog import Catalog
from .decisions import metric_in_force, target_in_force, value_on

WeightOf = Callable[[ByMetric, Unit], Fraction | None]
"""The metric of a unit on the base date; None where there is no such figure."""


@dataclass(frozen=True)
class Part:
    """What one unit gets."""

    unit: Unit
    weight: Fraction | None
    """None where the numbers are listed, or the weight is not known"""
    quota: Fraction | None
    """the exact share by weight, before rounding to the step"""
    share: Fraction | None
    """in the unit of the target's value; None while it can't be worked out"""


@dataclass(frozen=True)
class Split:
    """An allocation worked out on a day."""

    allocation: Allocation
    decision: Decision
    of: Unit
    total: Fraction | None
    """what is split: the bank's value, or the share of `of`"""
    headroom: Fraction
    """per cent that the parts may add up to beyond the total"""
    parts: tuple[Part, ...]
    above: str | None
    """the allocation that `of` has its share from; None where the bank's total is split"""
    why_open: str | None = None
    """why there are no shares, a Chinese sentence without its full stop"""

    @property
    def summed(self) -> Fraction | None:
        """What the parts add up to; None while they are not known."""
        shares = [part.share for part in self.parts]
        return None if None in shares else sum(shares, Fraction(0))


def put_in_force(catalog: Catalog, allocation: Allocation) -> SetAllocation | None:
    """The change by which its decision orders the allocation; None where it says no such thing."""
    for change in catalog.get(allocation.decision).changes:
        if isinstance(change, SetAllocation) and change.allocation == allocation.id:
            return change
    return None


def split_unit(catalog: Catalog, allocation: Allocation) -> Unit | None:
    """Whose number is split: the bank where none is named."""
    return catalog.get(allocation.of) if allocation.of else catalog.bank


def cut(catalog: Catalog, of: Unit, level: UnitLevel, day: date) -> tuple[Unit, ...]:
    """The units below `of` that a cut through the tree at `level` meets, open on `day`, by code.

    Those of the level, and any lower ones with no unit of the level above them: together they hold
    every unit below exactly once.
    """
    found: list[Unit] = []

    def descend(unit: Unit) -> None:
        for below in catalog.sub_units(unit):
            if not is_open(below, day):
                continue
            if below.level.depth >= level.depth:
                found.append(below)
            else:
                descend(below)

    descend(of)
    return tuple(sorted(found, key=lambda u: u.code))


def is_open(unit: Unit, day: date) -> bool:
    return (unit.opened is None or unit.opened <= day) and (
        unit.closed is None or day <= unit.closed
    )


def allocations_on(catalog: Catalog, day: date) -> dict[tuple[str, str], Allocation]:
    """(target id, id of the unit whose number is split) -> the allocation in force on `day`.

    A later decision takes the place of an earlier one about the same number.
    """
    out: dict[tuple[str, str], Allocation] = {}
    for allocation in sorted(catalog.all(Allocation), key=lambda a: _dated(catalog, a)):
        decision, of = catalog.get(allocation.decision), split_unit(catalog, allocation)
        live = decision.effective <= day and (decision.expires is None or day <= decision.expires)
        if live and not decision.draft and of is not None and put_in_force(catalog, allocation):
            out[allocation.target, of.id] = allocation
    return out


def _dated(catalog: Catalog, allocation: Allocation) -> tuple[date, date]:
    decision = catalog.get(allocation.decision)
    return decision.effective, decision.decided


def bank_total(catalog: Catalog, target_id: str, day: date) -> Fraction | None:
    """The number in force for the bank as a whole; None where there is none."""
    target = target_in_force(catalog, target_id, day).target
    values = getattr(target.criterion.test, "values", ()) if target.metric else ()
    current = value_on(values, day)
    if current is None or isinstance(current, DatedRange) or current.value is None:
        return None
    return Fraction(current.value)


def why_not_divisible(catalog: Catalog, target_id: str, day: date) -> str | None:
    """Why the target can't be split over units, in Chinese; None when it can.

    It must bind the bank's total alone, and its figure must add up over units: an amount or a
    number of things, reported additively, summed or counted, itself or its change since a date.
    """
    target: Target = target_in_force(catalog, target_id, day).target
    if target.metric is None:
        return "组合标准有几个数，不知道分哪一个"
    if not any(isinstance(b, BindsTotal) for b in target.binds):
        return "它没有约束到全行合计，没有总数可分"
    if len(target.binds) > 1:
        return "它已经直接约束下级机构，不用再分解"
    if target.criterion.test.kind not in ("at_least", "at_most", "equal"):
        return "它没有一个定下的数值"
    quantity = target.criterion.quantity
    if not isinstance(quantity, Level | Change):
        return "比率、增速、名次、频次这些量，各家之和不等于全行"
    if not _adds_up(metric_in_force(catalog, target.metric, day).metric):
        return "这个指标各家之和不等于全行"
    baselines = [getattr(quantity, "baseline", None)]
    if isinstance(target.period, PeriodSpan):
        baselines.append(target.period.baseline)
    if any(isinstance(b, GivenBaseline) for b in baselines):
        return "它的基期值是全行的一个数，各家没有自己的基期值"
    return None


def _adds_up(metric: Metric) -> bool:
    measure, unit = metric.measure, metric.unit
    if not isinstance(unit, Money | Count) or getattr(unit, "average", False):
        return False
    if isinstance(measure, ReportedMeasure):
        return measure.additive
    return isinstance(measure, AggregateMeasure) and "distinct" not in (
        measure.value.measure.lower()
    )


def limits(allocation: Allocation, units: tuple[Unit, ...]) -> tuple[dict, dict]:
    """Minimum and maximum by unit code: a unit's own in place of everyone's."""
    own = {bound.unit: bound for bound in allocation.bounds}
    low: dict[str, Decimal] = {}
    high: dict[str, Decimal] = {}
    for unit in units:
        bound = own.get(unit.id, allocation)
        if bound.minimum is not None:
            low[unit.code] = bound.minimum
        if bound.maximum is not None:
            high[unit.code] = bound.maximum
    return low, high


def raised(total: Fraction, headroom: Fraction, step: Decimal) -> Fraction:
    """What weights split: the total and its headroom, down to a whole number of steps."""
    if not headroom:
        return total
    return floor(total * (100 + headroom) / 100 / Fraction(step)) * Fraction(step)


class SplitsOn:
    """Every allocation in force on a day, worked out from the bank's total down the tree."""

    def __init__(self, catalog: Catalog, day: date, weight_of: WeightOf):
        self._catalog, self._day, self._weight_of = catalog, day, weight_of
        self._live = allocations_on(catalog, day)
        self._done: dict[tuple[str, str], Split] = {}

    def __iter__(self) -> Iterator[Split]:
        """From the top down, in the order of levels and codes within each target."""
        units = {u.id: u for u in self._catalog.all(Unit)}
        keys = sorted(
            self._live, key=lambda k: (k[0], units[k[1]].level.depth, units[k[1]].code)
        )
        return (self.of(*key) for key in keys)

    def of(self, target_id: str, unit_id: str) -> Split:
        key = (target_id, unit_id)
        if key not in self._done:
            self._done[key] = self._work_out(self._live[key])
        return self._done[key]

    def given_to(self, target_id: str, unit: Unit) -> tuple[Split, Part] | None:
        """The split that a unit has its share of a target from, and that share."""
        above = unit
        while above.parent is not None:
            above = self._catalog.get(above.parent)
            if (target_id, above.id) in self._live:
                found = self.of(target_id, above.id)
                for part in found.parts:
                    if part.unit.id == unit.id:
                        return found, part
        return None

    def _work_out(self, allocation: Allocation) -> Split:
        catalog = self._catalog
        decision = catalog.get(allocation.decision)
        of = split_unit(catalog, allocation)
        headroom = Fraction(put_in_force(catalog, allocation).headroom)
        above = None
        if of is catalog.bank or of.parent is None:
            total = bank_total(catalog, allocation.target, self._day)
            why = None if total is not None else f"{self._day} 全行没有有效的目标值"
        else:
            given = self.given_to(allocation.target, of)
            above = given[0].allocation.id if given else None
            total = given[1].share if given else None
            why = None if total is not None else f"上一级没有给{of.name}份额"
        parts, trouble = self._parts(allocation, of, total, headroom)
        return Split(allocation, decision, of, total, headroom, parts, above, why or trouble)

    def _parts(
        self, allocation: Allocation, of: Unit, total: Fraction | None, headroom: Fraction
    ) -> tuple[tuple[Part, ...], str | None]:
        catalog = self._catalog
        if allocation.shares:
            listed = sorted(
                ((catalog.get(s.unit), s.value) for s in allocation.shares),
                key=lambda pair: pair[0].code,
            )
            return tuple(Part(u, None, None, Fraction(v)) for u, v in listed), None
        weights = self._weights(allocation, of)
        nothing = tuple(Part(u, w, None, None) for u, w in weights.items())
        if total is None:
            return nothing, None
        unknown = [u.name for u, w in weights.items() if w is None]
        if unknown:
            on = allocation.by.dated
            return nothing, f"分解要按 {on} 的数分，{'、'.join(unknown)}没有那天的数"
        low, high = limits(allocation, tuple(weights))
        by_code = {u.code: w for u, w in weights.items()}
        whole = raised(total, headroom, allocation.step)
        try:
            exact = quotas(whole, by_code, low, high)
            shares = split(
                whole, by_code, step=Fraction(allocation.step), minimum=low, maximum=high
            )
        except ValueError as error:
            return nothing, f"分不下去：{error}"
        return tuple(
            Part(u, w, exact[u.code], shares[u.code]) for u, w in weights.items()
        ), None

    def _weights(self, allocation: Allocation, of: Unit) -> dict[Unit, Fraction | None]:
        """By unit in the order of codes; for a metric every unit of the cut."""
        by = allocation.by
        if isinstance(by, ByMetric):
            decided = self._catalog.get(allocation.decision).effective
            units = cut(self._catalog, of, allocation.level, decided)
            return {unit: self._weight_of(by, unit) for unit in units}
        listed = {self._catalog.get(w.unit): Fraction(w.weight) for w in by.weights}
        return dict(sorted(listed.items(), key=lambda pair: pair[0].code))


def turning_days(catalog: Catalog, target_id: str, start: date) -> list[date]:
    """Days from `start` on at which the bank's total, or who shares in it, may change."""
    days = {start}
    target = catalog.get(target_id)
    tests = [part.test for _, part in target.parts]
    for decision in catalog.issued:
        days.add(decision.effective)
        if decision.expires:
            days.add(decision.expires + timedelta(days=1))
        for change in decision.changes:
            if getattr(change, "target", None) == target_id or isinstance(change, SetMeasure):
                days.update(v.since for v in getattr(change, "values", ()) if v.since)
    for test in tests:
        days.update(v.since for v in getattr(test, "values", ()) if v.since)
    return sorted(day for day in days if day >= start)


__all__ = ["Infeasible", "Part", "Split", "SplitsOn", "cut", "why_not_divisible"]

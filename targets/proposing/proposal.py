"""A bank-wide total split over units: proposed, explained and held against the split in force.

The reckoning is the catalogue's own (`SplitsOn`, largest remainder): what is proposed here is what
assessment will hold the units to once it is decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from targets.catalog import Catalog
from targets.catalog.allocation_checks import allocation_problems
from targets.catalog.allocations import (
    Part,
    Split,
    SplitsOn,
    WeightOf,
    allocations_on,
    bank_total,
    limits,
    why_not_divisible,
)
from targets.problems import Code, Problem, Problems, Severity
from targets.schema.organisation import Unit, UnitLevel
from targets.schema.sharing import Bound, By, ByMetric, ByWeights, Share, UnitWeight
from targets.schema.signoff import Signature, Signoff
from targets.schema.targets import Allocation, Decision, SetAllocation, Target
from targets.wording import number

FINEST = 6
"""decimals of a step, when it has to be found"""


@dataclass(frozen=True)
class Ask:
    """What is to be split, over whom and by what: a metric's day, weights, or listed shares."""

    target: Target
    of: Unit
    level: UnitLevel
    effective: date
    by: ByMetric | None = None
    weights: Mapping[str, Decimal] | None = None
    shares: Mapping[str, Decimal] | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    bounds: Mapping[str, tuple[Decimal | None, Decimal | None]] | None = None
    step: Decimal | None = None
    headroom: Decimal = Decimal(0)
    fixed: bool = False
    """write the shares as figures, so that a later change of the total does not move them"""


@dataclass(frozen=True)
class Line:
    """One unit's part, and how it came about; amounts in the unit of the target's value."""

    unit: Unit
    weight: Fraction | None
    percent: Fraction | None
    """of all weights"""
    quota: Fraction | None
    """the exact share"""
    share: Fraction | None
    """None: the unit has no part any more"""
    bound: str | None
    """下限 or 上限, where one holds the share back"""
    old: Fraction | None
    """what the split in force gives"""

    @property
    def rounding(self) -> Fraction | None:
        return None if self.quota is None or self.share is None else self.share - self.quota

    @property
    def change(self) -> Fraction | None:
        return None if self.old is None and self.share is None else (
            (self.share or Fraction(0)) - (self.old or Fraction(0))
        )


@dataclass(frozen=True)
class Proposal:
    """A split worked out, beside the one in force on the same day."""

    ask: Ask
    allocation: Allocation
    split: Split
    before: Split | None
    lines: tuple[Line, ...]
    warnings: tuple[Problem, ...]


def propose(catalog: Catalog, ask: Ask, weight_of: WeightOf, allocation_id: str) -> Proposal:
    """The split as it would be on the day it takes effect.

    weight_of: figures of units; asked only where a split rests on a metric. Raises Problems where
    the target can't be split, or not so.
    """
    why = why_not_divisible(catalog, ask.target.id, ask.effective)
    if why:
        raise Problems([Problem(
            Code.NOT_DIVISIBLE, f"“{ask.target.name}”不能分解：{why}",
            field=ask.target.id, allowed="只约束全行合计、各家可以相加的金额或个数（或其增减）",
        )])
    before = _in_force(catalog, ask, weight_of)
    allocation = _allocation(catalog, ask, allocation_id, _total(catalog, ask, weight_of))
    trial, warnings = _checked(catalog, allocation, ask)
    found = SplitsOn(trial, ask.effective, weight_of).of(ask.target.id, ask.of.id)
    _unweighted(trial, found, warnings)
    if found.why_open:
        raise Problems([
            Problem(Code.NO_WAY_TO_SPLIT, found.why_open, mend="放宽上下限，或改权重")
        ])
    if ask.fixed and allocation.by is not None:
        allocation = _fixed(found)
        _checked(catalog, allocation, ask)
    return Proposal(ask, allocation, found, before, _lines(found, before), tuple(warnings))


def splits_on_data(catalog: Catalog, ask: Ask) -> bool:
    """Whether a figure of branch data is needed for the proposal or for what is in force."""
    live = allocations_on(catalog, ask.effective)
    ours = [a for (target, _), a in live.items() if target == ask.target.id]
    return ask.by is not None or any(isinstance(a.by, ByMetric) for a in ours)


# ---------------------------------------------------------------- what is split


def _in_force(catalog: Catalog, ask: Ask, weight_of: WeightOf) -> Split | None:
    if (ask.target.id, ask.of.id) not in allocations_on(catalog, ask.effective):
        return None
    return SplitsOn(catalog, ask.effective, weight_of).of(ask.target.id, ask.of.id)


def _total(catalog: Catalog, ask: Ask, weight_of: WeightOf) -> Fraction:
    if ask.of is catalog.bank:
        total = bank_total(catalog, ask.target.id, ask.effective)
        why = f"{ask.effective} 全行没有有效的目标值"
        mend = "换一个生效日，或先用 set 给它定数"
    else:
        given = SplitsOn(catalog, ask.effective, weight_of).given_to(ask.target.id, ask.of)
        total = given[1].share if given else None
        why = f"{ask.effective} 上一级没有给{ask.of.name}份额"
        mend = "先分解上一级，再往下分"
    if total is None:
        raise Problems([Problem(
            Code.NOTHING_TO_SPLIT, f"“{ask.target.name}”没有数可分：{why}",
            field=ask.target.id, mend=mend,
        )])
    return total


def finest_step(total: Fraction) -> Decimal:
    """1, or the decimal that the total is written with: 0.1 for 9.5."""
    step = Decimal(1)
    for _ in range(FINEST):
        if (total / Fraction(step)).denominator == 1:
            break
        step /= 10
    return step


def _allocation(catalog: Catalog, ask: Ask, allocation_id: str, total: Fraction) -> Allocation:
    units = catalog.units_by_code
    of = f"（{ask.of.name}）" if ask.of is not catalog.bank else ""
    weighed = ask.shares is None
    return Allocation(
        id=allocation_id,
        name=f"{ask.target.name}分解到{ask.level.label}{of}",
        target=ask.target.id,
        decision=decision_id(allocation_id),
        of=None if ask.of is catalog.bank else ask.of.id,
        level=ask.level,
        shares=() if weighed else tuple(
            Share(unit=units[code].id, value=value) for code, value in sorted(ask.shares.items())
        ),
        by=_by(ask, units) if weighed else None,
        step=(ask.step or finest_step(total)) if weighed else None,
        minimum=ask.minimum,
        maximum=ask.maximum,
        bounds=tuple(
            Bound(unit=units[code].id, minimum=low, maximum=high)
            for code, (low, high) in sorted((ask.bounds or {}).items())
        ),
    )


def _by(ask: Ask, units: Mapping[str, Unit]) -> By:
    if ask.by is not None:
        return ask.by
    return ByWeights(kind="weights", weights=tuple(
        UnitWeight(unit=units[code].id, weight=weight)
        for code, weight in sorted(ask.weights.items())
    ))


def _fixed(found: Split) -> Allocation:
    """The same split with its shares as figures."""
    allocation = found.allocation
    return allocation.model_copy(update={
        "shares": tuple(
            Share(unit=p.unit.id, value=exact(p.share)) for p in found.parts
        ),
        "by": None, "step": None, "minimum": None, "maximum": None, "bounds": (),
    })


def exact(value: Fraction) -> Decimal:
    """Shares are multiples of a decimal step."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def proposed_id(catalog: Catalog, ask: Ask) -> str:
    """An id that no record has yet: the target's, the unit's where one is split, and the day."""
    slug = "_".join(ask.target.id.split(".")[2:])
    of = "" if ask.of is catalog.bank else f"_{ask.of.code.lower()}"
    stem = f"bank.allocation.{slug}{of}_{ask.effective:%Y%m%d}"
    numbered = (stem, *(f"{stem}_{n}" for n in range(2, 1000)))
    return next(i for i in numbered if not {i, decision_id(i)} & catalog.records.keys())


def decision_id(allocation_id: str) -> str:
    """The decision that carries an allocation is named like it."""
    return allocation_id.replace(".allocation.", ".decision.", 1)


# ---------------------------------------------------------------- whether it can be


def _checked(
    catalog: Catalog, allocation: Allocation, ask: Ask
) -> tuple[Catalog, list[Problem]]:
    """The catalogue with the proposal in it, and what the checks warn of. Raises Problems."""
    sign = Signature(by="拟定", day=ask.effective)
    decision = Decision(
        id=allocation.decision, name=allocation.name, number="拟定", decided=ask.effective,
        effective=ask.effective, decider="拟定", reason="拟定",
        signoff=Signoff(drafted=sign, reviewed=sign, issued=sign),
        changes=(SetAllocation(
            kind="allocation", allocation=allocation.id, headroom=ask.headroom
        ),),
    )
    trial = Catalog(
        {**catalog.records, allocation.id: allocation, decision.id: decision},
        catalog.origins, catalog.folder,
    )
    ours: list[Problem] = []

    def report(record, path, code, found, **more) -> Problem:
        problem = Problem(code, found, **more)
        if record.id in (allocation.id, decision.id):
            ours.append(problem)
        return problem

    for _ in allocation_problems(trial, report):
        pass
    if any(p.severity is Severity.ERROR for p in ours):
        raise Problems(ours)
    return trial, ours


def _unweighted(catalog: Catalog, found: Split, warnings: list[Problem]) -> None:
    """Units without a figure leave no way to split; a weight of 0 gives no more than the least."""
    by = found.allocation.by
    if by is None:
        return
    where = f" {by.dated} 的“{catalog.get(by.metric).name}”" if isinstance(by, ByMetric) else "权重"
    lacking = [p.unit.name for p in found.parts if p.weight is None]
    if lacking:
        raise Problems([Problem(
            Code.NO_WEIGHT, f"{'、'.join(lacking)}没有{where}，算不出各家的份额",
            mend="用 --dated 换一个各家都有数的日子，或用 --by 文件写出各家的权重",
        )])
    none = [p.unit.name for p in found.parts if p.weight == 0]
    if none and len(none) < len(found.parts):
        warnings.append(Problem(
            Code.NO_WEIGHT, f"{'、'.join(none)}的{where}是 0，除了下限分不到数",
            severity=Severity.WARNING,
        ))


# ---------------------------------------------------------------- how it came about


def _lines(found: Split, before: Split | None) -> tuple[Line, ...]:
    weights = sum((p.weight for p in found.parts if p.weight is not None), Fraction(0))
    held = _held(found)
    old = {p.unit.id: p.share for p in before.parts} if before else {}
    lines = [
        Line(
            p.unit,
            p.weight,
            100 * p.weight / weights if weights and p.weight is not None else None,
            p.quota,
            p.share,
            held.get(p.unit.code),
            old.pop(p.unit.id, None),
        )
        for p in found.parts
    ]
    gone = [p for p in before.parts if p.unit.id in old] if before else []
    return (*lines, *(Line(p.unit, None, None, None, None, None, p.share) for p in gone))


def _held(found: Split) -> dict[str, str]:
    """Unit code -> the bound that keeps its exact share from being its weight's."""
    parts: list[Part] = [p for p in found.parts if p.quota is not None]
    low, high = limits(found.allocation, tuple(p.unit for p in parts))

    def at(part: Part) -> str | None:
        if part.unit.code in low and part.quota == low[part.unit.code]:
            return "下限"
        if part.unit.code in high and part.quota == high[part.unit.code]:
            return "上限"
        return None

    free = [p.quota / p.weight for p in parts if p.weight and not at(p)]
    return {
        p.unit.code: bound
        for p in parts
        if (bound := at(p)) and not (free and p.quota == p.weight * free[0])
    }


def sums(proposal: Proposal) -> str:
    """What the parts add up to, said beside the total."""
    found = proposal.split
    room = f"（加压 {number(found.headroom)}%）" if found.headroom else ""
    return f"各家合计 {number(found.summed)}，总数 {number(found.total)}{room}"

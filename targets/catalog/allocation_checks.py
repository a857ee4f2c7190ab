"""What can be wrong with an allocation: parts, bounds, units, levels, and its decision."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from targets.problems import Code, Problem, Severity
from targets.schema.measures import NotMeasured, value_problem
from targets.schema.organisation import Unit
from targets.schema.sharing import ByMetric
from targets.schema.targets import Allocation, Decision, SetAllocation
from targets.wording import number

from .allocations import (
    Split,
    SplitsOn,
    allocations_on,
    cut,
    is_open,
    limits,
    put_in_force,
    raised,
    split_unit,
    turning_days,
    why_not_divisible,
)
from .apportion import Infeasible, split
from .catalog import Catalog

Report = Callable[..., Problem]


def allocation_problems(catalog: Catalog, report: Report) -> Iterator[Problem]:
    """Every problem of every allocation; looks only at references that hold."""
    yield from _orders(catalog, report)
    for allocation in catalog.all(Allocation):
        if catalog.get(allocation.decision).draft:
            continue
        found = list(_one(catalog, allocation, report))
        yield from found
        if not any(p.severity is Severity.ERROR for p in found):
            yield from _reckoning(catalog, allocation, report)


def _orders(catalog: Catalog, report: Report) -> Iterator[Problem]:
    """Decision and allocation name each other, and no number is split twice from one day."""
    for decision in catalog.all(Decision):
        for i, change in enumerate(decision.changes):
            if isinstance(change, SetAllocation):
                found = catalog.get(change.allocation)
                if found.decision != decision.id:
                    yield report(
                        decision,
                        ("changes", i, "allocation"),
                        Code.NO_ORDER,
                        f"{found.id} 依据的是 {found.decision}，不是 {decision.id}",
                        mend="两处写成同一个决定",
                    )
    seen: dict[tuple, Allocation] = {}
    for allocation in catalog.all(Allocation):
        if put_in_force(catalog, allocation) is None:
            yield report(
                allocation,
                ("decision",),
                Code.NO_ORDER,
                f"{allocation.decision} 没有说要按 {allocation.id} 分解",
                mend=f"在这个决定的 changes 里加上 {{kind: allocation, allocation: "
                f"{allocation.id}}}",
            )
        decision = catalog.get(allocation.decision)
        if decision.draft:
            continue
        of, since = split_unit(catalog, allocation), decision.effective
        key = (allocation.target, of.id if of else None, since)
        if key in seen:
            yield report(
                allocation,
                ("target",),
                Code.SPLIT_TWICE,
                f"{allocation.id} 与 {seen[key].id} 自同一天（{since}）起分解同一个数",
                mend="留下一个，或错开决定的生效日",
                severity=Severity.WARNING
                if catalog.supposed >= {decision.id, seen[key].decision}
                else Severity.ERROR,
            )
        seen.setdefault(key, allocation)


def _one(catalog: Catalog, allocation: Allocation, report: Report) -> Iterator[Problem]:
    day = catalog.get(allocation.decision).effective
    why = why_not_divisible(catalog, allocation.target, day)
    if why:
        yield report(
            allocation,
            ("target",),
            Code.NOT_DIVISIBLE,
            f"{allocation.target} 不能分解：{why}",
            allowed="只约束全行合计、各家可以相加的金额或个数（或其增减）",
        )
    by = allocation.by
    if isinstance(by, ByMetric) and isinstance(catalog.get(by.metric).measure, NotMeasured):
        yield report(
            allocation,
            ("by", "metric"),
            Code.NOT_DIVISIBLE,
            f"{by.metric} 算不出来，不能按它分",
            mend="换一个有数据的指标，或列出权重",
        )
    of = split_unit(catalog, allocation)
    if of is None:
        yield report(allocation, ("target",), Code.NO_SHARE_ABOVE, "还没有登记全行这个机构")
        return
    yield from _units(catalog, allocation, of, day, report)
    if not why:
        metric = catalog.get(catalog.get(allocation.target).metric)
        for i, share in enumerate(allocation.shares):
            problem = value_problem(metric.unit, share.value)
            if problem:
                yield report(
                    allocation,
                    ("shares", i, "value"),
                    Code.VALUE_OUTSIDE_UNIT,
                    f"{allocation.id}：{problem}",
                )


def _listed(allocation: Allocation) -> Iterator[tuple[tuple, tuple[str, ...]]]:
    """(path, unit ids) of every list of units."""
    yield ("shares",), tuple(s.unit for s in allocation.shares)
    if allocation.by is not None and not isinstance(allocation.by, ByMetric):
        yield ("by", "weights"), tuple(w.unit for w in allocation.by.weights)
    yield ("bounds",), tuple(b.unit for b in allocation.bounds)


def _units(
    catalog: Catalog, allocation: Allocation, of: Unit, day: date, report: Report
) -> Iterator[Problem]:
    level = cut(catalog, of, allocation.level, day)
    known = {u.id for u in level}
    names = "、".join(u.name for u in level) or f"（{of.name}下面没有这一级）"
    for path, ids in _listed(allocation):
        for unit_id, times in Counter(ids).items():
            if times > 1:
                again = len(ids) - 1 - ids[::-1].index(unit_id)
                yield report(
                    allocation,
                    (*path, again, "unit"),
                    Code.UNIT_TWICE,
                    f"{catalog.get(unit_id).name} 写了 {times} 次",
                    mend="一家机构只写一次",
                )
        for i, unit_id in enumerate(ids):
            unit = catalog.get(unit_id)
            if unit_id not in known:
                state = "" if is_open(unit, day) else f"，{day} 不在营业"
                yield report(
                    allocation,
                    (*path, i, "unit"),
                    Code.NOT_OF_THE_LEVEL,
                    f"{unit.name}（{unit.level.label}{state}）不在"
                    f"{of.name}往下“{allocation.level.label}”这一级",
                    allowed=names,
                )
        left = [u.name for u in level if u.id not in ids]
        if left and ids and path != ("bounds",):
            yield report(
                allocation,
                path,
                Code.UNIT_LEFT_OUT,
                f"{allocation.id} 没有写{'、'.join(left)}",
                mend="确实不分给它，就写 0",
                severity=Severity.WARNING,
            )


def _reckoning(catalog: Catalog, allocation: Allocation, report: Report) -> Iterator[Problem]:
    """The first day in force on which the parts don't make up the whole, or can't."""
    start = catalog.get(allocation.decision).effective
    of = split_unit(catalog, allocation)
    for day in turning_days(catalog, allocation.target, start):
        if allocations_on(catalog, day).get((allocation.target, of.id)) is not allocation:
            continue
        # what hangs on data is left open here, and seen when data are judged
        done = SplitsOn(catalog, day, lambda by, unit: None).of(allocation.target, of.id)
        problem = _on(catalog, allocation, done, day, report)
        if problem:
            yield problem
            return


def _on(
    catalog: Catalog, allocation: Allocation, done: Split, day: date, report: Report
) -> Problem | None:
    when = f"自 {day} 起，"
    if done.total is None:
        return _no_total(catalog, allocation, done, day, report)
    test = catalog.get(allocation.target).criterion.test
    if done.headroom and test.kind != "at_least":
        found = "只有“不低于”的目标可以加压分解；这里各家之和要恰好等于总数"
        return report(allocation, ("decision",), Code.PARTS_NOT_WHOLE, found)
    said = number(done.total)
    if allocation.shares:
        most = done.total * (100 + done.headroom) / 100
        if done.total <= done.summed <= most:
            return None
        room = f"，决定准许最多到 {number(most)}" if done.headroom else ""
        return report(
            allocation,
            ("shares",),
            Code.PARTS_NOT_WHOLE,
            f"{when}{done.of.name}的数是 {said}，各家加起来是 {number(done.summed)}"
            f"，差 {number(done.summed - done.total)}{room}",
            mend="改到恰好相等；确要加压，在决定里写 headroom；总数改了，另定一份分解",
        )
    return _feasible(catalog, allocation, done, when, report)


def _no_total(
    catalog: Catalog, allocation: Allocation, done: Split, day: date, report: Report
) -> Problem | None:
    if done.of is catalog.bank:
        return None  # its number was repealed: there is nothing to split any more
    if done.above is None:
        return report(
            allocation,
            ("of",),
            Code.NO_SHARE_ABOVE,
            f"{day} 上一级没有把 {allocation.target} 分给{done.of.name}，它没有份额可以再分",
            mend="先登记上一级的分解，或改 of",
        )
    if allocation.shares:
        return report(
            allocation,
            ("shares",),
            Code.NO_SHARE_ABOVE,
            f"{done.above} 按数据算出{done.of.name}的份额，这里却写死了数字，对不上也查不出来",
            mend="先把上一级的份额定成数字（shares），或者这一级也按权重分（by）",
        )
    return None


def _feasible(
    catalog: Catalog, allocation: Allocation, done: Split, when: str, report: Report
) -> Problem | None:
    """Whether weights can split the total; a metric's unknown weights count as equal here."""
    whole = raised(done.total, done.headroom, allocation.step)
    units = tuple(part.unit for part in done.parts)
    if whole < done.total or whole % Fraction(allocation.step):
        return report(
            allocation,
            ("step",),
            Code.STEP_MISFIT,
            f"{when}要分的 {number(done.total)} 不能按 {allocation.step} 取整分尽",
            mend="把 step 改小，让总数是它的整数倍",
        )
    weights = {p.unit.code: Fraction(1) if p.weight is None else p.weight for p in done.parts}
    low, high = limits(allocation, units)
    try:
        split(whole, weights, step=Fraction(allocation.step), minimum=low, maximum=high)
    except Infeasible as error:
        least, most = sum(low.values(), Decimal(0)), sum(high.values(), Decimal(0))
        bounded = f"下限合计 {number(least)}"
        bounded += f"，上限合计 {number(most)}" if len(high) == len(units) else ""
        return report(
            allocation,
            ("by",),
            Code.NO_WAY_TO_SPLIT,
            f"{when}{number(whole)} 分不下去：{error}",
            allowed=bounded,
            mend="放宽上下限，或改权重",
        )
    return None

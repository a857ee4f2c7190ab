"""A whole split into parts that add up to it exactly: the largest-remainder method with bounds."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

Amount = int | Decimal | Fraction


class Infeasible(ValueError):
    """The bounds leave no way to split; the message is Chinese."""


def split(
    total: Amount,
    weights: Mapping[str, Amount],
    *,
    step: Amount = 1,
    minimum: Mapping[str, Amount] | None = None,
    maximum: Mapping[str, Amount] | None = None,
) -> dict[str, Amount]:
    """Parts of `total` by `weights`, each a multiple of `step`, adding up to `total` exactly.

    The exact quota of a part is its share by weight, held within its bounds (what one bound takes
    or gives is shared by the others, again by weight). Every quota is rounded down to the step, and
    the steps left over go one each to the largest remainders; of equal ones to the smaller key.
    So a part lies within one step of its quota (Hamilton, 1792).

    minimum, maximum: bounds by key, none where a key is missing; a part never goes below 0. They
    are drawn inward to whole steps. Raises Infeasible where they or the weights leave no way, and
    ValueError where `total` is negative or no multiple of `step`.

    >>> split(10, {"甲": 6, "乙": 6, "丙": 2})          # quotas 4.29, 4.29, 1.43
    {'丙': 2, '乙': 4, '甲': 4}
    >>> split(100, {"a": 70, "b": 20, "c": 10}, maximum={"a": 50})    # 50, then 50 by 2 : 1
    {'a': 50, 'b': 33, 'c': 17}
    """
    steps = Fraction(total) / Fraction(step)
    if steps < 0:
        raise ValueError(f"总数 {total} 是负数，不能分")
    if steps.denominator != 1:
        raise ValueError(f"总数 {total} 不是 {step} 的整数倍")
    keys = sorted(weights)
    low = {k: max(0, ceil(Fraction((minimum or {}).get(k, 0)) / Fraction(step))) for k in keys}
    high = {
        k: floor(Fraction(maximum[k]) / Fraction(step)) if k in (maximum or {}) else int(steps)
        for k in keys
    }
    quotas = _quotas(int(steps), {k: Fraction(weights[k]) for k in keys}, low, high)
    parts = {k: floor(quotas[k]) for k in keys}
    left = int(steps) - sum(parts.values())
    for key in sorted(keys, key=lambda k: (parts[k] - quotas[k], k))[:left]:
        parts[key] += 1
    return {k: parts[k] * step for k in keys}


def quotas(
    total: Amount,
    weights: Mapping[str, Amount],
    minimum: Mapping[str, Amount] | None = None,
    maximum: Mapping[str, Amount] | None = None,
) -> dict[str, Fraction]:
    """The exact shares that `split` rounds: by weight, held within the bounds."""
    low = {k: max(Fraction(0), Fraction((minimum or {}).get(k, 0))) for k in weights}
    high = {k: Fraction((maximum or {}).get(k, total)) for k in weights}
    return _quotas(Fraction(total), {k: Fraction(w) for k, w in weights.items()}, low, high)


def _quotas(total, weights: Mapping[str, Fraction], low, high) -> dict[str, Fraction]:
    """weight × rate within [low, high], with the one rate at which they add up to the total.

    The sum rises with the rate, in straight lines between the rates at which a bound begins or
    ceases to hold: the line that reaches the total is found by bisection.
    """
    for key in weights:
        if weights[key] < 0:
            raise Infeasible(f"{key} 的权重 {weights[key]} 是负数")
        if low[key] > high[key]:
            raise Infeasible(f"{key} 的下限大于上限（取整以后）")

    def held(key: str, rate: Fraction) -> Fraction:
        return min(max(weights[key] * rate, Fraction(low[key])), Fraction(high[key]))

    def summed(rate: Fraction) -> Fraction:
        return sum((held(k, rate) for k in weights), Fraction(0))

    if sum(low.values()) > total:
        raise Infeasible("各家的下限加起来超过总数")
    weighed = [k for k in weights if weights[k]]
    turns = sorted({Fraction(b[k]) / weights[k] for k in weighed for b in (low, high)} | {0})
    if summed(turns[-1]) < total:
        raise Infeasible("各家的上限加起来不到总数，或者权重都是 0")
    before, after = -1, len(turns) - 1  # summed(turns[after]) >= total > summed(turns[before])
    while after - before > 1:
        middle = (before + after) // 2
        if summed(turns[middle]) >= total:
            after = middle
        else:
            before = middle
    rate = Fraction(turns[after])
    if before >= 0:
        start, end = Fraction(turns[before]), Fraction(turns[after])
        below, above = summed(start), summed(end)
        rate = start + (end - start) * (total - below) / (above - below)
    return {k: held(k, rate) for k in weights}

"""2016.1 after 2016.9 is October: a number loses its last zero, the sequence tells."""

from collections.abc import Sequence
from itertools import pairwise

from .cells import Month


def settle(found: Sequence[Month]) -> list[Month | None]:
    """Each month as it is meant; None where the sequence does not tell January from October."""
    # 2016.01 beside it shows that January is written with two digits.
    padded = any(month.padded for month in found)
    runs = [i for i, month in enumerate(found) if i == 0 or month != found[i - 1]]
    sure = [_order(found[i]) for i in runs if not found[i].unsure]
    rising, falling = _strict(sure), _strict(sure[::-1])
    settled: list[Month | None] = []
    for run, start in enumerate(runs):
        stop = runs[run + 1] if run + 1 < len(runs) else len(found)
        month = found[start]
        if month.unsure:
            before = found[start - 1] if start else None
            after = found[stop] if stop < len(found) else None
            month = Month(month.year, 10) if padded else _between(
                before, month, after, rising, falling)
        settled += [month] * (stop - start)
    return settled


def _strict(orders: list[tuple[int, int]]) -> bool:
    return len(orders) > 1 and all(a < b for a, b in pairwise(orders))


def _between(before, month: Month, after, rising: bool, falling: bool) -> Month | None:
    year = month.year
    beside = {_order(m) for m in (before, after) if m and not m.unsure}
    january = {_order(Month(year - 1, 12)), _order(Month(year, 2))} & beside
    october = {_order(Month(year, 9)), _order(Month(year, 11))} & beside
    if january and not october:
        return Month(year, 1)
    if october and not january:
        return Month(year, 10)
    if falling:
        before, after = after, before
    if (rising or falling) and not (january or october):
        fits = [
            m for m in (Month(year, 1), Month(year, 10))
            if (before is None or _order(before) < _order(m))
            and (after is None or _order(m) < _order(after))
        ]
        if len(fits) == 1 and not any(m and m.unsure for m in (before, after)):
            return fits[0]
    return None


def _order(month: Month) -> tuple[int, int]:
    return month.year, month.month

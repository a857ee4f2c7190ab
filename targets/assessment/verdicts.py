"""Tests on exact numbers: pure functions, no data, no dates, no catalogue.

Every function takes Fractions and answers with a Verdict; `met` is None where the test can't say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from targets.schema.criteria import Boundary

from .findings import Heading


@dataclass(frozen=True)
class Verdict:
    """met: True, False or None (can't say); gap: how far beyond (+) or short (-), in the unit."""

    met: bool | None
    gap: Fraction | None = None
    edge: bool = False
    """met only if the number itself counts, which the source does not say"""


def _side(value, threshold, tolerance) -> Fraction | int:
    """value - threshold, and nothing where they are as good as equal (持平)."""
    over = value - threshold
    return 0 if abs(over) <= Fraction(tolerance or 0) else over


def at_least(value, threshold, boundary=Boundary.INCLUDED, tolerance=0) -> Verdict:
    """value >= threshold; > when the boundary is excluded.

    What differs by no more than the tolerance is equal: met where the boundary is included, not
    met where it is excluded. An unsaid boundary is read as included, and `edge` says so.
    """
    side = _side(value, threshold, tolerance)
    met = side > 0 or (side == 0 and boundary is not Boundary.EXCLUDED)
    return Verdict(met, value - threshold, side == 0 and boundary is Boundary.UNSAID)


def at_most(value, threshold, boundary=Boundary.INCLUDED, tolerance=0) -> Verdict:
    """value <= threshold; < when the boundary is excluded. Tolerance and edge as for at-least."""
    mirrored = at_least(-value, -threshold, boundary, tolerance)
    return Verdict(mirrored.met, value - threshold, mirrored.edge)


def equal(value, threshold, tolerance=0) -> Verdict:
    """|value - threshold| <= tolerance."""
    return Verdict(not _side(value, threshold, tolerance), value - threshold)


def within(value, low, high, boundary=Boundary.INCLUDED, tolerance=0) -> Verdict:
    """low <= value <= high; the gap is 0 inside, else the signed distance to the nearer end."""
    lower = at_least(value, low, boundary, tolerance)
    upper = at_most(value, high, boundary, tolerance)
    gap = Fraction(0)
    if value < low:
        gap = value - low
    elif value > high:
        gap = value - high
    met = lower.met and upper.met
    return Verdict(met, gap, met and (lower.edge or upper.edge))


def of_place(rule: Callable[[Fraction], Verdict], place: Fraction, absent: int) -> Verdict:
    """The verdict on a place that may be up to `absent` places further back.

    Peers without figures may all stand before it: it is said only where every place agrees.
    """
    found = [rule(place + n) for n in range(absent + 1)]
    agreed = len({verdict.met for verdict in found}) == 1
    edge = any(verdict.edge for verdict in found)
    return Verdict(found[0].met if agreed else None, found[0].gap, edge)


def all_of(parts: list[bool | None]) -> bool | None:
    """Three-valued: one failed part fails the whole; else one open part leaves it open."""
    if False in parts:
        return False
    return None if None in parts else True


def heading(change: Fraction, up_is_better: bool | None, tolerance: Decimal | int = 0) -> Heading:
    """What a change means; without a direction only up or down can be said."""
    if not change or (tolerance and abs(change) <= Fraction(tolerance)):
        return Heading.LEVEL
    rising = change > 0
    if up_is_better is None:
        return Heading.UP if rising else Heading.DOWN
    return Heading.BETTER if rising is up_is_better else Heading.WORSE


def rows_to_go(
    numerator: int, denominator: int, percent: Fraction, boundary=Boundary.INCLUDED, tolerance=0
) -> int:
    """How many more rows of the numerator reach `percent` of today's denominator (0 when met)."""
    excluded = boundary is Boundary.EXCLUDED
    slack = Fraction(tolerance or 0) * (1 if excluded else -1)
    needed = (percent + slack) * denominator / 100
    least = floor(needed) + 1 if excluded else ceil(needed)
    return max(0, least - numerator)


def ranks(values: dict[str, Fraction], higher_first: bool) -> dict[str, int]:
    """Competition ranking: ties share the better place, the next place is skipped (1, 1, 3)."""
    ordered = sorted(values.values(), reverse=higher_first)
    first: dict[Fraction, int] = {}
    for place, value in enumerate(ordered, start=1):
        first.setdefault(value, place)
    return {key: first[value] for key, value in values.items()}

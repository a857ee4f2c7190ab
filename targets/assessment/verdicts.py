"""Tests on exact numbers: pure functions, no data, no dates, no catalogue.

Every function takes Fractions and answers with a Verdict; `met` is None where the test can't say.
"""

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


def at_least(value, threshold, boundary=Boundary.INCLUDED, tolerance=0) -> Verdict:
    """value >= threshold (> when the boundary is excluded), within the tolerance.

    An unsaid boundary is read as included; the finding lists it as an assumption.
    """
    slack = Fraction(tolerance or 0)
    over = value - threshold
    met = over + slack > 0 if boundary is Boundary.EXCLUDED else over + slack >= 0
    return Verdict(met, over)


def at_most(value, threshold, boundary=Boundary.INCLUDED, tolerance=0) -> Verdict:
    """value <= threshold (< when the boundary is excluded), within the tolerance."""
    mirrored = at_least(-value, -threshold, boundary, tolerance)
    return Verdict(mirrored.met, value - threshold)


def equal(value, threshold, tolerance=0) -> Verdict:
    """|value - threshold| <= tolerance."""
    return Verdict(abs(value - threshold) <= Fraction(tolerance or 0), value - threshold)


def within(value, low, high, boundary=Boundary.INCLUDED, tolerance=0) -> Verdict:
    """low <= value <= high; the gap is 0 inside, else the signed distance to the nearer end."""
    lower = at_least(value, low, boundary, tolerance)
    upper = at_most(value, high, boundary, tolerance)
    gap = Fraction(0)
    if value < low:
        gap = value - low
    elif value > high:
        gap = value - high
    return Verdict(lower.met and upper.met, gap)


def all_of(parts: list[bool | None]) -> bool | None:
    """Three-valued: one failed part fails the whole; else one open part leaves it open."""
    if False in parts:
        return False
    return None if None in parts else True


def heading(change: Fraction, up_is_better: bool | None, tolerance: Decimal | int = 0) -> Heading:
    """What a change means; without a direction only up or down can be said."""
    if abs(change) <= Fraction(tolerance or 0):
        return Heading.LEVEL
    rising = change > 0
    if up_is_better is None:
        return Heading.UP if rising else Heading.DOWN
    return Heading.BETTER if rising is up_is_better else Heading.WORSE


def rows_to_go(
    numerator: int, denominator: int, percent: Fraction, boundary=Boundary.INCLUDED
) -> int:
    """How many more rows of the numerator reach `percent` of today's denominator (0 when met)."""
    needed = percent * denominator / 100
    least = floor(needed) + 1 if boundary is Boundary.EXCLUDED else ceil(needed)
    return max(0, least - numerator)


def ranks(values: dict[str, Fraction], higher_first: bool) -> dict[str, int]:
    """Competition ranking: ties share the better place, the next place is skipped (1, 1, 3)."""
    ordered = sorted(values.values(), reverse=higher_first)
    first: dict[Fraction, int] = {}
    for place, value in enumerate(ordered, start=1):
        first.setdefault(value, place)
    return {key: first[value] for key, value in values.items()}

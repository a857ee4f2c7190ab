"""Outlets and what is seen of them: own premises, devices, mystery visits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from targets.schema.organisation import Unit

from .figures import YEAR_END
from .ground import MONTHS, NOTHING, Rows, families, first_month, generator, reporting_units

SIZES = (6, 10)
STARS = ("五星级", "四星级", "三星级", "二星级", None)
GAINS = (0, 0.065, 0, 0.13)
"""share of its outlets that a branch acquired since last year's end, branch by branch (the
head office's own first)"""
NEVER = MONTHS
OLD = 3
"""from so many years without renovation an outlet may be down for adjustment"""


@dataclass(frozen=True)
class Outlet:
    unit: Unit
    code: str
    branch: int
    """which branch it belongs to, counted from 0"""
    place: int
    """its place among the outlets of its branch"""
    of: int
    """how many outlets the branch has"""


def sizes(units: Sequence[Unit]) -> dict[str, int]:
    """How many outlets each reporting unit has, by its code."""
    low, high = SIZES
    return {
        u.code: int(generator("outlets", u.code).integers(low, high + 1))
        for u in reporting_units(units)
    }


def listed(units: Sequence[Unit]) -> list[Outlet]:
    """All outlets, branch by branch."""
    of_unit = sizes(units)
    found = []
    for branch, (_, leaves) in enumerate(families(units)):
        of, place = sum(of_unit[u.code] for u in leaves), 0
        for unit in leaves:
            for i in range(of_unit[unit.code]):
                found.append(Outlet(unit, f"{unit.code}W{i + 1:02d}", branch, place, of))
                place += 1
    return found


def outlets(units: Sequence[Unit], days: Sequence[date]) -> dict[str, Rows]:
    """The list of outlets and the record of mystery visits."""
    register, visits = Rows(), Rows()
    for outlet in listed(units):
        first = first_month(outlet.unit, days)
        register.add(**_register(outlet, days, first))
        columns = _visits(outlet, days, first)
        if len(columns["visit_id"]):
            visits.add(**columns)
    return {"outlets": register, "mystery_visits": visits}


def _register(outlet: Outlet, days: Sequence[date], first: int) -> dict[str, np.ndarray]:
    months = np.arange(first, len(days))
    rng = generator("outlet", outlet.code)
    n = len(months)
    renovated = int(rng.integers(0, 9))
    never = outlet.place % 13 == 6
    low = [None, True, False][1 if outlet.place % 9 == 4 else 0 if outlet.place % 11 == 7 else 2]
    years = renovated + (months + 3) // 12
    return {
        "data_date": np.array(days, dtype="datetime64[D]")[months],
        "unit_code": np.full(n, outlet.unit.code, dtype=object),
        "outlet_code": np.full(n, outlet.code, dtype=object),
        "owned": months >= _owned_from(outlet),
        "vi_standard": months >= _standard_from(outlet),
        "deposit_device": months >= _device_from(outlet),
        "renovated_years": np.where(never, NOTHING, years),
        "low_output": np.full(n, low, dtype=object),
        "adjusting": np.where(
            (years >= OLD) | never | bool(low),
            None if outlet.place % 10 == 8 else outlet.place % 4 != 1, False,
        ).astype(object),
        "star": np.full(n, STARS[int(rng.integers(0, len(STARS)))], dtype=object),
    }


def _owned_from(outlet: Outlet) -> int:
    """The month from which the premises are its own: half of a branch's outlets always, some since
    last year's end."""
    always = outlet.of // 2
    gained = round(GAINS[outlet.branch % len(GAINS)] * outlet.of)
    if outlet.place < always:
        return 0
    if outlet.place < always + gained:
        return YEAR_END + 2 + (outlet.place - always) % 6
    return NEVER


def _standard_from(outlet: Outlet) -> int:
    """The month of its acceptance: one is never accepted, the last ones one by one."""
    if outlet.branch % 2 == 1 and outlet.place == outlet.of - 1:
        return NEVER
    late = outlet.of - 1 - outlet.place
    return max(0, MONTHS - 2 - 3 * late)


def _device_from(outlet: Outlet) -> int:
    if outlet.branch == 2 and outlet.place in (3, 11):
        return NEVER
    return 3 * (outlet.place % 7) if outlet.place % 3 == 0 else 0


def _visits(outlet: Outlet, days: Sequence[date], first: int) -> dict[str, np.ndarray]:
    """Two visits a quarter, in its first and its third month; some outlets got only one."""
    rng = generator("mystery", outlet.code)
    months, on = [], []
    for month in range(first, len(days)):
        end = days[month]
        within = (end.month - 1) % 3
        day = int(rng.integers(1, 29))
        forgotten = rng.random() < 0.06 or (outlet.branch == 2 and outlet.place == 5)
        if outlet.branch == 1:
            forgotten = False
        if within == 0 or (within == 2 and not forgotten):
            months.append(month)
            on.append(np.datetime64(end.replace(day=day), "D"))
    n = len(months)
    visits = [f"{outlet.code}-{i:03d}" for i in range(1, n + 1)]
    return {
        "data_date": np.array(days, dtype="datetime64[D]")[months],
        "unit_code": np.full(n, outlet.unit.code, dtype=object),
        "outlet_code": np.full(n, outlet.code, dtype=object),
        "visit_id": np.array(visits, dtype=object),
        "visited_on": np.array(on, dtype="datetime64[D]"),
    }

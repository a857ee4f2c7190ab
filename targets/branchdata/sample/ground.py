"""What all of the sample stands on: its months, its units, and numbers that never change."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from targets import periods
from targets.schema.organisation import Unit, UnitLevel

FIRST = (2024, 10)
MONTHS = 24
SEED = "zhixing-sample-1"
NOTHING = -(2**62)
"""an empty cell of a column of whole numbers"""


def month_end(month: int) -> date:
    """The last day of a month, counted from the first of the sample (negative: before it)."""
    return periods.month_end(FIRST[0], FIRST[1] + month)


def month_ends() -> list[date]:
    """The data dates of the sample."""
    return [month_end(month) for month in range(MONTHS)]


def month_index(day: date) -> int:
    """The month of a day, counted from the first of the sample."""
    return (day.year - FIRST[0]) * 12 + day.month - FIRST[1]


def generator(*parts: str) -> np.random.Generator:
    """Numbers that depend on what they are for, and on nothing else."""
    seed = hashlib.sha256("\0".join((SEED, *parts)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))


@dataclass
class Rows:
    """Columns of one table, gathered block by block."""

    blocks: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, **columns: np.ndarray) -> None:
        for name, values in columns.items():
            self.blocks.setdefault(name, []).append(values)

    def columns(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate(blocks) for name, blocks in self.blocks.items()}


def reporting_units(units: Iterable[Unit]) -> list[Unit]:
    """Units that do business and report: those with no unit below them."""
    units = list(units)
    parents = {u.parent for u in units}
    return [u for u in units if u.id not in parents and u.level is not UnitLevel.BANK]


def first_month(unit: Unit, days: Sequence[date]) -> int:
    """The first month-end at which the unit was open."""
    return next((i for i, day in enumerate(days) if not unit.opened or unit.opened <= day),
                len(days))


def families(units: Sequence[Unit]) -> list[tuple[str, list[Unit]]]:
    """Reporting units by the branch above them, in the order of their codes."""
    out: dict[str, list[Unit]] = {}
    for unit in reporting_units(units):
        out.setdefault(unit.parent, []).append(unit)
    return sorted(out.items(), key=lambda pair: min(u.code for u in pair[1]))

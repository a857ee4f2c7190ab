"""Data opened for judging: what units sent, and what follows from it."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from targets.branchdata import BranchData, open_data, reported_codes
from targets.calendar.hand_ins import with_hand_ins
from targets.catalog import Catalog
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit


def open_bank(
    catalog: Catalog,
    source: Path | str | Mapping[str, Any],
    *,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> BranchData:
    """A folder, a workbook or frames, as the catalogue's tables.

    A folder that records who handed in what also gives the tables made from it. Raises Problems
    with everything that is wrong.
    """
    source = Path(source) if isinstance(source, str) else source
    data = open_data(
        source, catalog.all(Dataset), catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)), today=today, progress=progress,
    )
    if isinstance(source, Path) and source.is_dir():
        return with_hand_ins(data, catalog, source)
    return data

"""Data opened for judging: what units sent, and what follows from it."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets.branchdata import BranchData, open_data, reported_codes
from targets.branchdata.beside import holds_records
from targets.catalog import Catalog
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit

if TYPE_CHECKING:
    from targets.calendar.hand_ins import Readable


def open_bank(
    catalog: Catalog,
    source: Path | str | Mapping[str, Any],
    *,
    hand_ins: Path | None = None,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> BranchData:
    """A folder, a workbook or frames, as the catalogue's tables.

    A folder that records who handed in what also gives the tables made from it (`with_record`).
    Raises Problems with everything that is wrong.
    """
    source = Path(source) if isinstance(source, str) else source
    data = open_data(
        source, catalog.all(Dataset), catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)), today=today, progress=progress,
    )
    return with_record(data, catalog, source if isinstance(source, Path) else None, hand_ins)


def with_record(
    data: "Readable", catalog: Catalog, folder: Path | None, hand_ins: Path | None = None
) -> "Readable":
    """The data with the tables made from the record of hand-ins, wherever the other rows are.

    folder: where the data lie, with all that is recorded beside them. hand_ins: another folder to
    look in, or the file of hand-ins itself.
    """
    if hand_ins is not None and hand_ins.is_dir():
        folder, hand_ins = hand_ins, None
    if folder is not None and not holds_records(folder):
        folder = None
    if folder is None and hand_ins is None:
        return data
    from targets.calendar.hand_ins import with_hand_ins  # late: most folders hold no record

    return with_hand_ins(data, catalog, folder, hand_ins)

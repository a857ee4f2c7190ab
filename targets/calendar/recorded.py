"""All that a data folder records for the calendar: hand-ins, by the receipts of intake and by the
file of hand-ins, and the days that units chose."""

from dataclasses import dataclass
from pathlib import Path

from targets.branchdata.intake import receipts
from targets.branchdata.intake.receipts import Receipt
from targets.catalog import Catalog
from targets.problems import Problem

from .choice_file import Chosen, chosen_in
from .occurrences import Calendar
from .submission_file import find, read
from .submissions import Entry, Records


@dataclass(frozen=True)
class Recorded:
    """What was found, and where."""

    records: Records
    entries: tuple[Entry, ...]
    receipts: tuple[Receipt, ...]
    file: Path | None
    """the file of hand-ins"""
    choices: Chosen
    """days that units fixed for themselves"""
    warnings: tuple[Problem, ...]

    def __bool__(self) -> bool:
        """Whether any hand-in is recorded."""
        return bool(self.entries or self.receipts)


def recorded(catalog: Catalog, folder: Path | None, file: Path | None = None) -> Recorded:
    """What a data folder records, or the `file` given. Raises Problems where a file is wrong."""
    file = file or (find(folder) if folder else None)
    choices = chosen_in(folder, catalog)
    entries, warnings = read(file, Calendar(catalog, choices=choices)) if file else ([], ())
    brought = tuple(receipts.read(folder)) if folder else ()
    records = Records.of(catalog, entries, brought)
    return Recorded(records, tuple(entries), brought, file, choices, tuple(warnings))

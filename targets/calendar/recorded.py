"""All that a data folder records of hand-ins: the receipts of intake, and the file of hand-ins."""

from dataclasses import dataclass
from pathlib import Path

from targets.branchdata.intake import receipts
from targets.branchdata.intake.receipts import Receipt
from targets.catalog import Catalog
from targets.problems import Problem

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
    warnings: tuple[Problem, ...]

    def __bool__(self) -> bool:
        return bool(self.entries or self.receipts)


def recorded(catalog: Catalog, folder: Path | None, file: Path | None = None) -> Recorded:
    """What a data folder records, or the `file` given. Raises Problems where a file is wrong."""
    file = file or (find(folder) if folder else None)
    entries, warnings = read(file, Calendar(catalog)) if file else ([], ())
    brought = tuple(receipts.read(folder)) if folder else ()
    records = Records.of(catalog, entries, brought)
    return Recorded(records, tuple(entries), brought, file, tuple(warnings))

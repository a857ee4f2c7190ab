"""Files of a data folder that are no tables: the calendar reads them."""

from pathlib import Path

SUBMISSIONS = "报送记录"
"""who handed in what, and when"""
CHOICES = "自定日期"
"""the days that units chose for themselves"""
RECEIPTS = "intake.json"
"""what the intake has taken in, and when"""
SUFFIXES = (".csv", ".xlsx", ".xlsm", ".yaml", ".yml")


def lies_beside(path: Path) -> bool:
    """Whether a file belongs to the calendar, and not to the tables."""
    return path.stem in (SUBMISSIONS, CHOICES) and path.suffix.lower() in SUFFIXES


def holds_records(folder: Path) -> bool:
    """Whether anything for the calendar lies in a folder."""
    return folder.is_dir() and any(
        path.name == RECEIPTS or lies_beside(path) for path in folder.iterdir()
    )

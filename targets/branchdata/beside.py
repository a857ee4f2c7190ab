"""Files of a data folder that are no tables: the calendar reads them."""

from pathlib import Path

SUBMISSIONS = "报送记录"
"""who handed in what, and when"""
CHOICES = "自定日期"
"""the days that units chose for themselves"""
SUFFIXES = (".csv", ".xlsx", ".xlsm", ".yaml", ".yml")


def lies_beside(path: Path) -> bool:
    """Whether a file belongs to the calendar, and not to the tables."""
    return path.stem in (SUBMISSIONS, CHOICES) and path.suffix.lower() in SUFFIXES

"""The invented bank's data: two years of month-ends, the same bytes every time.

Every site and every figure follows one of a few stories, so that every kind of finding occurs.
Nothing in it comes from a real bank.
"""

from .files import BOOK, FORMS, write_sample
from .ground import month_ends, reporting_units
from .tables import NOTICE, sample_tables

__all__ = [
    "BOOK",
    "FORMS",
    "NOTICE",
    "month_ends",
    "reporting_units",
    "sample_tables",
    "write_sample",
]

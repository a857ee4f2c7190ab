"""What reading one file gave: rows taken, rows set aside, totals, and what has to be asked.

For every sheet `read == accepted + rejected + totals`, counted in rows below the heading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from targets.problems import Problem
from targets.schema.measures import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

FILE, SHEET, ROW = "_file", "_sheet", "_row"
"""Provenance columns of accepted rows, beside the dataset's own; a name of a dataset's column
begins with a letter, so that they never meet."""
PROVENANCE = (FILE, SHEET, ROW)
SET_ASIDE = "退回原因"
"""heading of the reasons in a file of rows set aside; the digest of the file they come from
follows it, so that they are recognised when they are handed in again"""


@dataclass(frozen=True)
class Question:
    """Something only the branch can tell; until then the rows it touches are set aside."""

    key: str
    """stable: the same question of the same heading or value has the same key"""
    problem: Problem
    """how it is asked, with its place"""
    choices: Mapping[str, str]
    """answer: what it means, in Chinese"""


@dataclass(frozen=True)
class Rejected:
    """A row set aside, as it was written."""

    row: int
    """row of the sheet or line of the file, from 1"""
    cells: tuple[str, ...]
    """what stands in each column of the sheet, as text"""
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Total:
    """A 合计/小计 row: checked against its parts, never counted."""

    row: int
    label: str
    agrees: bool | None
    """None where nothing could be compared"""


@dataclass(frozen=True)
class SheetRead:
    """One sheet of a workbook, or one CSV file."""

    sheet: str | None
    dataset: Dataset | None
    """None where no dataset was recognised; then nothing was read from it"""
    headings: tuple[str, ...]
    """the headings as written, merged levels joined with /"""
    accepted: "pa.Table | None"
    """the dataset's columns in its types (money in yuan), then FILE, SHEET, ROW"""
    rejected: tuple[Rejected, ...]
    totals: tuple[Total, ...]
    read: int
    problems: tuple[Problem, ...]
    """all of the sheet's, those of rejected rows included"""
    questions: tuple[Question, ...]
    positions: Mapping[str, int] = field(default_factory=dict)
    """the dataset's column: where it stands in the sheet, from 0"""


@dataclass(frozen=True)
class FileRead:
    """One file, read whole."""

    path: Path
    sha256: str
    size: int
    sheets: tuple[SheetRead, ...]
    problems: tuple[Problem, ...]
    """what keeps the file itself from being read"""

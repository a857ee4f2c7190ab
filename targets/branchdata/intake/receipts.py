"""What was handed in: when, by whom, for which period, and as which version.

`intake.json` in a dataset's folder is the ledger. It is replaced whole, and only it says which
parts of the folder count: a part that it does not name is not data. For the reporting calendar:

    for receipt in receipts.read(folder):          # in the order in which they were handed in
        for taken in receipt.taken:                # one per table, unit and data date
            taken.table, taken.unit, taken.day, taken.version, receipt.at, receipt.by
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from targets.branchdata.beside import RECEIPTS as NAME
from targets.problems import Code, Problem, Problems

VERSION = 1
HISTORY = "history"
CHINA = timezone(timedelta(hours=8))
PART = re.compile(
    r"[a-z][a-z0-9_]*/\d{4}-\d\d-\d\d/[^/\\]*[^/\\.][^/\\]*/v\d+-[0-9a-f]{12}\.parquet"
)

Group = tuple[str, str, date]
"""table, unit and data date: what a corrected file replaces"""


class Kind(StrEnum):
    """How rows came to stand beside those that were there."""

    label: str

    def __new__(cls, value: str, label: str):
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    NEW = "new", "初次"
    CORRECTED = "corrected", "更正"
    SUPPLEMENT = "supplement", "补充"


@dataclass(frozen=True)
class Taken:
    """The rows of one table, unit and data date that a file brought."""

    table: str
    unit: str
    day: date
    version: int
    """from 1, per table, unit and data date"""
    kind: Kind
    rows: int
    part: str
    """where they lie inside the folder; under `history/` once they are replaced"""
    replaces: tuple[str, ...] = ()
    """the parts that no longer count since then"""

    @property
    def group(self) -> Group:
        return self.table, self.unit, self.day


@dataclass(frozen=True)
class Receipt:
    """One file handed in. read == accepted + rejected + totals."""

    number: int
    at: datetime
    """UTC+8"""
    by: str
    file: str
    sha256: str
    size: int
    unit: str | None
    """the unit that handed it in, where that was said"""
    read: int
    accepted: int
    rejected: int
    totals: int
    taken: tuple[Taken, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.table for t in self.taken))

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(sorted({t.unit for t in self.taken}))

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted({t.day for t in self.taken}))


@dataclass(frozen=True)
class Answer:
    """What a branch answered, so that it is not asked again."""

    choice: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """A part of the history."""

    receipt: Receipt
    taken: Taken
    replaced: Receipt | None
    """by which it no longer counts; None while it does"""


@dataclass(frozen=True)
class Ledger:
    receipts: tuple[Receipt, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)

    @cached_property
    def history(self) -> tuple[Line, ...]:
        """Every part that ever counted, in the order in which they came."""
        gone = {part: r for r in self.receipts for t in r.taken for part in t.replaces}
        return tuple(
            Line(receipt, taken, gone.get(taken.part))
            for receipt in self.receipts for taken in receipt.taken
        )

    @cached_property
    def current(self) -> Mapping[Group, tuple[Line, ...]]:
        """The parts that count."""
        groups: dict[Group, tuple[Line, ...]] = {}
        for line in self.history:
            if line.replaced is None:
                group = line.taken.group
                groups[group] = (*groups.get(group, ()), line)
        return groups

    def brought(self, group: Group, sha256: str) -> bool:
        """Whether a file ever brought rows of a group."""
        return (group, sha256) in self._brought

    @cached_property
    def _brought(self) -> frozenset[tuple[Group, str]]:
        return frozenset((line.taken.group, line.receipt.sha256) for line in self.history)

    def version(self, group: Group) -> int:
        """The latest version of a table, unit and data date; 0 before the first."""
        return self._versions.get(group, 0)

    @cached_property
    def _versions(self) -> Mapping[Group, int]:
        return {line.taken.group: line.taken.version for line in self.history}

    def with_receipt(self, receipt: Receipt) -> "Ledger":
        return replace(self, receipts=(*self.receipts, receipt))


def part_path(table: str, day: date, unit: str, version: int, sha256: str) -> str:
    """Where a part lies; whatever is in a unit's code can't lead out of the folder."""
    folder = quote(unit, safe="").replace(".", "%2E") or "%00"
    return f"{table}/{day.isoformat()}/{folder}/v{version:03d}-{sha256[:12]}.parquet"


def read(folder: Path | str) -> tuple[Receipt, ...]:
    """Every receipt of a dataset, oldest first; none where nothing was ever handed in."""
    return load(Path(folder)).receipts


def load(folder: Path) -> Ledger:
    """The dataset's ledger; raises `Problems` where it can't be trusted."""
    path = folder / NAME
    if not path.is_file():
        return Ledger()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ValueError(f"版本 {content['version']}")
        receipts = tuple(_receipt(r) for r in content["receipts"])
        answers = {
            key: Answer(a["choice"], a["by"], datetime.fromisoformat(a["at"]))
            for key, a in content["answers"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problems([Problem(
            Code.BAD_RECEIPTS, f"收件簿读不了（{type(error).__name__}）", file=str(path),
            mend="从备份恢复这个文件；数据文件都还在，不要重新收件",
        )]) from None
    return Ledger(receipts, answers)


def _receipt(content: dict) -> Receipt:
    taken = tuple(
        Taken(**{**t, "day": date.fromisoformat(t["day"]), "kind": Kind(t["kind"]),
                 "replaces": tuple(t["replaces"])})
        for t in content["taken"]
    )
    for part in (p for t in taken for p in (t.part, *t.replaces)):
        if not PART.fullmatch(part):
            raise ValueError(part)
    return Receipt(**{**content, "at": datetime.fromisoformat(content["at"]), "taken": taken})


def parts(folder: Path) -> dict[str, tuple[Path, ...]] | None:
    """The files that count, per table; None where the folder has no ledger."""
    if not (folder / NAME).is_file():
        return None
    found: dict[str, list[Path]] = {}
    for (table, *_), lines in load(folder).current.items():
        found.setdefault(table, []).extend(folder / line.taken.part for line in lines)
    return {table: tuple(sorted(paths)) for table, paths in found.items()}


def strays(folder: Path, tables: Mapping[str, tuple[Path, ...]]) -> Iterator[Path]:
    """Parquet files among the parts that do not count."""
    for table, paths in tables.items():
        known = set(paths)
        yield from (p for p in sorted((folder / table).rglob("*.parquet")) if p not in known)


def save(folder: Path, ledger: Ledger) -> Path:
    """Write the ledger into a folder where nobody reads it yet."""
    path = folder / NAME
    text = json.dumps(
        {"version": VERSION,
         "receipts": [asdict(r) for r in ledger.receipts],
         "answers": {key: asdict(a) for key, a in sorted(ledger.answers.items())}},
        ensure_ascii=False, indent=1, default=lambda value: value.isoformat(),
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path

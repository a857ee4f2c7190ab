"""Aggregates of files that have not changed are not computed again.

For a table whose files each hold data dates of their own (a folder a month, say), every query of
phase one that groups by the data date is the plain union of what it gives on each file. What a
file gave is kept by the digest of the file's bytes and by the query, so that nothing stale can
come back, and a later run computes only what is new. Kept are counts and sums per unit and site;
never rows of people.
"""

import contextlib
import hashlib
import itertools
import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from targets.branchdata.columns import identifier, literal

if TYPE_CHECKING:
    from sqlglot import exp

MOST = 20_000
"""files kept; those not used for longest go first"""
VERSION = 1


@dataclass(frozen=True)
class Partition:
    """One file of a table, or a few: rows of data dates that no other file has."""

    digest: str
    rows: str
    """SQL that reads it, columns and types as the dataset has them"""
    first: date
    last: date


@dataclass(frozen=True)
class Partitioned:
    """DuckDB in this process, reading tables of many files one file at a time."""

    local: duckdb.DuckDBPyConnection
    tables: Collection[str]
    partitions: Mapping[str, Sequence[Partition]]
    folder: Path
    """where aggregates are kept"""
    computed: list[str] = field(default_factory=list)
    """digests of the files that were read, once a query"""

    def fetch(self, name: str, query: "exp.Select", *, additive: bool = False) -> None:
        from sqlglot import exp

        (table,) = {t.name for t in query.find_all(exp.Table)} & set(self.tables)
        if not additive or table not in self.partitions:
            self._make(name, query.sql(dialect="duckdb"))
            return
        [until] = [c.expression.this.this for c in query.args["where"].find_all(exp.LTE)]
        parts = [p for p in self.partitions[table] if p.first <= date.fromisoformat(until)]
        pieces = [self._piece(query, table, p, date.fromisoformat(until)) for p in parts]
        self._make(name, " UNION ALL ".join(pieces) or query.sql(dialect="duckdb"))

    def _make(self, name: str, query: str) -> None:
        self.local.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def _piece(self, query: "exp.Select", table: str, part: Partition, until: date) -> str:
        """SQL that reads what the query gives on one file, computed now or before."""
        from sqlglot import exp

        query = query.copy()
        if part.last <= until:  # the file as a whole: the same whichever later day is asked for
            query.set("where", None)
        text = query.sql(dialect="duckdb")
        key = hashlib.sha256(f"{VERSION}\0{part.digest}\0{part.rows}\0{text}".encode()).hexdigest()
        file = self.folder / f"{key}.parquet"
        if not self._usable(file):
            view = f"part_{table}"
            self.local.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(view)} AS {part.rows}")
            for read in query.find_all(exp.Table):
                if read.name == table:
                    read.replace(exp.alias_(exp.to_table(view), table, table=True))
            self.computed.append(part.digest)
            made = f"made_{key[:16]}"
            self._make(made, query.sql(dialect="duckdb"))
            if not self._keep(made, file):
                return f"SELECT * FROM {made}"
        return f"SELECT * FROM read_parquet({literal(str(file))})"

    def _usable(self, file: Path) -> bool:
        """Whether the file is there, whole, and nobody else's."""
        try:
            found = file.stat()
            if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
                return False
            self.local.execute(f"SELECT count(*) FROM read_parquet({literal(str(file))})")
            os.utime(file)
        except (OSError, duckdb.Error):
            return False
        return True

    def _keep(self, made: str, file: Path) -> bool:
        """A full disk or a read-only folder costs the next run its time, nothing else."""
        part = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, part = tempfile.mkstemp(dir=self.folder)
            os.close(handle)
            self.local.execute(f"COPY {made} TO {literal(part)} (FORMAT parquet)")
            os.replace(part, file)
        except (OSError, duckdb.Error):
            with contextlib.suppress(OSError, TypeError):
                os.unlink(part)
            return False
        return True


def forget(folder: Path) -> None:
    """Drop what has not been used for longest, down to the number that is kept."""
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("*.parquet"), key=lambda f: -f.stat().st_mtime)
        for old in files[MOST:]:
            old.unlink(missing_ok=True)


def apart(
    found: Sequence[tuple[str, str, date | None, date | None]]
) -> tuple[Partition, ...] | None:
    """Files as partitions, (digest, rows, first, last) each; None where their dates overlap."""
    if any(first is None for _, _, first, _ in found):
        return None
    parts = sorted((Partition(*one) for one in found), key=lambda p: p.first)
    clear = all(a.last < b.first for a, b in itertools.pairwise(parts))
    return tuple(parts) if clear and len(parts) > 1 else None

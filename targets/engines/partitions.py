"""Aggregates of files that have not changed are not computed again.

For a table whose files each hold data dates of their own (a folder a month, say), every query of
phase one that groups by the data date is the plain union of what it gives on each file. What a
file gave is kept under the digest of the file's bytes and of the query, which holds everything of
the definitions that matters, so that nothing stale can come back; its own digest is in its name,
so that nothing damaged can. A later run computes only what is new. Kept are counts and sums per
unit and site; never rows of people.
"""

import contextlib
import hashlib
import io
import itertools
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from targets.branchdata.columns import identifier, path_literal
from targets.branchdata.manifest import stamp

from .engine import Embedded, Extent, Query

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 20_000
"""files kept; those not used for longest go first"""
ABANDONED = 86_400
"""seconds after which a half-written file is nobody's work any more"""
VERSION = 3


@dataclass(frozen=True)
class Partition:
    """One file of a table: rows of data dates that no other file has."""

    digest: str
    path: Path
    stamp: tuple
    """the file as it was when its digest was taken"""
    rows: str
    """SQL that reads it, columns and types as the dataset has them"""
    first: date | None
    last: date | None

    @property
    def untouched(self) -> bool:
        """Whether what was just read from the file are the bytes of its digest."""
        try:
            return stamp(self.path) == self.stamp
        except OSError:
            return False


@dataclass(frozen=True)
class Partitioned:
    """DuckDB in this process, reading tables of many files one file at a time."""

    local: duckdb.DuckDBPyConnection
    tables: Mapping[str, Extent]
    partitions: Mapping[str, Sequence[Partition]]
    folder: Path
    """where aggregates are kept"""
    computed: list[str] = field(default_factory=list)
    """digests of the files that were read, once a query"""

    def fetch(self, name: str, query: Query) -> None:
        parts = self.partitions.get(query.table, ()) if query.additive else ()
        asked = [part for part in parts if part.first <= query.until]
        if not asked:
            Embedded(self.local, self.tables).fetch(name, query)
            return
        into = f"CREATE OR REPLACE TEMP TABLE {name} AS"
        for part in asked:
            self._add(into, query, part)
            into = f"INSERT INTO {name}"

    def _add(self, into: str, query: Query, part: Partition) -> None:
        """Put what the query gives on one file, kept from before or computed now, where asked."""
        view, known = identifier(f"part_{query.table}"), self.tables[query.table]
        # the same query for a whole file, whichever later day is asked for
        text = query.sql(view, replace(known, last=known.last and part.last))
        basis = (str(VERSION), duckdb.__version__, part.digest, part.rows, text)
        key = hashlib.sha256("\0".join(basis).encode()).hexdigest()
        if (kept := self._found(key)) is not None:
            with contextlib.suppress(duckdb.IOException):  # taken away since it was found
                self.local.execute(f"{into} FROM read_parquet({path_literal(kept)})")
                return
        answer = self._computed(text, view, part)
        if part.untouched:
            self._keep(key, answer)
        self.local.register("answered", answer)
        try:
            self.local.execute(f"{into} FROM answered")
        finally:
            self.local.unregister("answered")

    def _computed(self, text: str, view: str, part: Partition) -> "pa.Table":
        self.local.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {part.rows}")
        self.computed.append(part.digest)
        return self.local.sql(text).to_arrow_table()

    @cached_property
    def _there(self) -> dict[str, list[Path]]:
        """Key: the files kept under it."""
        found: dict[str, list[Path]] = {}
        with contextlib.suppress(OSError):
            for file in self.folder.glob("*.*.parquet"):
                found.setdefault(file.name.partition(".")[0], []).append(file)
        return found

    def _found(self, key: str) -> Path | None:
        """What is kept under a key, if it is whole and nobody else's."""
        for file in self._there.get(key, ()):
            with contextlib.suppress(OSError):
                found = file.stat()
                if hasattr(os, "getuid") and (
                    found.st_uid != os.getuid() or found.st_mode & 0o022
                ):
                    continue
                if file.name == _name(key, file.read_bytes()):
                    os.utime(file)
                    return file
                file.unlink(missing_ok=True)
        return None

    def _keep(self, key: str, answer: "pa.Table") -> None:
        """A full disk or a read-only folder costs the next run its time, nothing else."""
        import pyarrow.parquet as pq

        content = io.BytesIO()
        pq.write_table(answer, content)
        part = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, part = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(content.getvalue())
            os.replace(part, self.folder / _name(key, content.getvalue()))
        except OSError:
            with contextlib.suppress(OSError, TypeError):
                os.unlink(part)


def _name(key: str, content: bytes) -> str:
    return f"{key}.{hashlib.sha256(content).hexdigest()}.parquet"


def forget(folder: Path) -> None:
    """Drop what has not been used for longest, down to the number that is kept."""
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("*.parquet"), key=lambda f: -f.stat().st_mtime)
        for old in files[MOST:]:
            old.unlink(missing_ok=True)
        for part in folder.glob("*.part"):
            if part.stat().st_mtime < time.time() - ABANDONED:
                part.unlink(missing_ok=True)


def apart(found: Sequence[Partition]) -> tuple[Partition, ...] | None:
    """The files in the order of their dates; None where these overlap."""
    if any(part.first is None for part in found):
        return None
    parts = sorted(found, key=lambda p: p.first)
    clear = all(a.last < b.first for a, b in itertools.pairwise(parts))
    return tuple(parts) if clear and len(parts) > 1 else None

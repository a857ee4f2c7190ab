"""Branch data as it is sent, turned into clean, exactly typed tables."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from targets.engines import LARGE, Embedded, Engine, Extent
from targets.problems import Code, Problem, Problems, Severity
from targets.schema.measures import (
    Dataset,
    MeasureUnit,
    Metric,
    ReportedMeasure,
    SitesContent,
)
from targets.schema.organisation import Unit

from . import manifest
from .columns import identifier
from .intake.model import FILE, ROW, SHEET
from .rules import Checked, Known, check, numbered_sql, rows_sql, view_sql
from .sources import Source, discover

MEMORY = "400MB"
PROVENANCE = (FILE, SHEET, ROW)


@dataclass(frozen=True)
class DataFile:
    """Where a table came from: what a trace shows."""

    table: str
    name: str
    form: str
    """parquet, csv, xlsx or frame"""
    rows: int
    digest: str | None
    """of the bytes; a frame in memory has none"""
    size: int | None
    dates: tuple[date, ...]


def connection(*, memory: str = MEMORY, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A quiet DuckDB that stays within its memory and never reaches for the network."""
    con = duckdb.connect(":memory:", config={
        "memory_limit": memory,
        "threads": threads or len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity") else threads or os.cpu_count() or 1,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    })
    # In a notebook without ipywidgets there is no bar, and not even switching it off is allowed.
    [(bar,)] = con.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    if bar:
        con.execute("SET enable_progress_bar = false")
    return con


class BranchData:
    """Verified tables, read where they lie. `connect` gives a view per table."""

    def __init__(
        self, sources: Iterable[Source], files: Iterable[DataFile],
        warnings: Iterable[Problem], label: str,
        prints: Mapping[str, manifest.Digest] | None = None, units: Iterable[str] = (),
    ):
        """units: the codes that units have, if rows were held against them"""
        self._sources = {s.dataset.table: s for s in sources}
        self.files = tuple(files)
        self.warnings = tuple(warnings)
        self._prints, self._units = prints or {}, tuple(units)
        self._dates: dict[str | None, tuple[date, ...]] = {}
        self.label = label
        """示例数据 when the data is invented, otherwise empty"""

    def __repr__(self) -> str:
        return f"<BranchData {self.label} {'、'.join(self.tables)} 至 {self.latest_date}>"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self._sources)

    def file(self, table: str) -> DataFile:
        return next(f for f in self.files if f.table == table)

    def dates(self, table: str | None = None) -> tuple[date, ...]:
        """The data dates of a table, or of all."""
        if table not in self._dates:
            days = {day for f in self.files if table in (None, f.table) for day in f.dates}
            self._dates[table] = tuple(sorted(days))
        return self._dates[table]

    @property
    def latest_date(self) -> date | None:
        return max(self.dates(), default=None)

    def connect(
        self, *, memory: str = MEMORY, threads: int | None = None
    ) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with one exactly typed view per table; close it when done.

        Files are scanned where they lie; the order of rows is not kept.
        """
        con = connection(memory=memory, threads=threads)
        con.execute("SET preserve_insertion_order = false")
        register(self._sources.values(), con)
        for source in self._sources.values():
            con.execute(view_sql(source))
        return con

    @contextmanager
    def engine(self, kept: Path | None = None) -> Iterator[Engine]:
        """Where phase one of an assessment runs: here.

        kept: a folder for the aggregates of tables in many files (default: none are kept).
        """
        with self.connect() as con:
            tables = {
                table: self._extent(source.dataset, con) for table, source in self._sources.items()
            }
            parts = self._partitions(con) if kept else {}
            if not parts:
                yield Embedded(con, tables)
                return
            from targets.engines.partitions import Partitioned, forget

            yield Partitioned(con, tables, parts, kept)
            forget(kept)

    def _extent(self, dataset: Dataset, con: duckdb.DuckDBPyConnection) -> Extent:
        """What may be relied on, since every row was held against it."""
        file, period = self.file(dataset.table), dataset.column(dataset.period)
        last = max(file.dates, default=None) if period.required else None
        if file.rows < LARGE:
            return Extent(last)
        listed = {dataset.unit: self._units} if self._units else {}
        listing = next((s for s in self._sources.values() if is_listing(s.dataset)), None)
        if dataset.site and listing and _names_sites(listing):
            site, table = listing.dataset.site, listing.dataset.table
            rows = con.execute(f"SELECT DISTINCT {site} FROM {table}").fetchall()
            listed[dataset.site] = [code for (code,) in rows]
        return Extent(last, frozenset(c for c in listed if _hashes_differ(listed[c], con)))

    def _partitions(self, con: duckdb.DuckDBPyConnection) -> dict:
        """Tables of many files alike, each with data dates of its own, as their footers tell."""
        found = {}
        for table, source in self._sources.items():
            made = self._prints.get(table, manifest.Digest())
            if len(made.files) < 2 or source.part is None:
                continue
            from targets.engines.partitions import Partition, apart

            shape = _shape(con, source.relation)
            if any(_shape(con, source.part(path)) != shape for path in made.files):
                continue
            day = identifier(source.dataset.period)
            rows = {path: rows_sql(source, source.part(path)) for path in made.files}
            if parts := apart([
                Partition(digest, path, made.stamps[path], rows[path], *con.execute(
                    f"SELECT min({day}), max({day}) FROM ({rows[path]})"
                ).fetchall()[0])
                for path, digest in made.files.items()
            ]):
                found[table] = parts
        return found

    def connect_rows(self) -> duckdb.DuckDBPyConnection:
        """As `connect`, with a view `rows_<table>` besides, in the order of its files.

        Each row has its number and its file, for `place`.
        """
        con = connection(threads=1)  # several threads hand rows over in any order
        register(self._sources.values(), con)
        for source in self._sources.values():
            con.execute(view_sql(source))
            found = {row[0] for row in con.execute(
                f"DESCRIBE SELECT * FROM {source.relation}"
            ).fetchall()}
            con.execute(numbered_sql(source, [c for c in PROVENANCE if c in found]))
        return con

    def place(self, table: str, number: int, within: str | None) -> dict:
        """Where a row stands: file and line, or file, sheet and cell."""
        return self._sources[table].place(number, within, None)

    def beside(
        self, source: Source, file: DataFile, warnings: Iterable[Problem] = ()
    ) -> "BranchData":
        """The same data with one more table, which follows from it."""
        return BranchData(
            (*self._sources.values(), source), (*self.files, file),
            (*self.warnings, *warnings), self.label, self._prints, self._units,
        )

    def entries(self, verified: Mapping[str, str]) -> dict[str, list[manifest.Entry]]:
        """The manifest's entries for these files."""
        entries: dict[str, list[manifest.Entry]] = {}
        for f in self.files:
            if f.digest is not None:
                entries.setdefault(f.name, []).append(manifest.Entry(
                    f.table, f.form, f.digest, f.size, f.rows,
                    tuple(day.isoformat() for day in f.dates), verified[f.table],
                ))
        return entries


def _hashes_differ(codes: Iterable[str], con: duckdb.DuckDBPyConnection) -> bool:
    """Whether DuckDB tells these codes, and an empty cell, apart by their hashes."""
    alone = [None, *(code for code in codes if code is not None)]
    [(differ,)] = con.execute(
        "SELECT count(*) = count(DISTINCT hash(code)) FROM (SELECT DISTINCT unnest($1) AS code)",
        [alone],
    ).fetchall()
    return differ


def _shape(con: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Column: type."""
    described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {row[0]: row[1] for row in described}


def reported_codes(metrics: Iterable[Metric]) -> dict[str, MeasureUnit]:
    """The codes under which figures are reported, each with its metric's unit."""
    return {
        m.measure.code: m.unit for m in metrics if isinstance(m.measure, ReportedMeasure)
    }


def open_data(
    source: Path | str | Mapping[str, Any],
    datasets: Iterable[Dataset],
    units: Iterable[Unit],
    *,
    codes: Mapping[str, MeasureUnit] | None = None,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> BranchData:
    """Read a data folder, a workbook or frames; raise `Problems` with everything that is wrong.

    `codes` are the reported figures that the metrics know (`reported_codes`). `progress` is told
    the name of each table before it is verified.
    """
    return _open(source, tuple(datasets), tuple(units), dict(codes or {}), today, progress)[0]


def write_manifest(
    folder: Path,
    datasets: Iterable[Dataset],
    units: Iterable[Unit],
    *,
    codes: Mapping[str, MeasureUnit] | None = None,
    today: date | None = None,
    sample: bool = False,
    books: Iterable[Path] = (),
) -> Path:
    """Verify a folder (and workbooks in it) and record that it passed."""
    datasets, units, codes = tuple(datasets), tuple(units), dict(codes or {})
    entries: dict[str, list[manifest.Entry]] = {}
    for one in (folder, *books):
        data, verified = _open(one, datasets, units, codes, today, None)
        entries |= data.entries(verified)
    return manifest.write(folder, entries, sample=sample)


def _open(source, datasets, units, codes, today, progress) -> tuple[BranchData, dict[str, str]]:
    if isinstance(source, str):
        source = Path(source)
    datasets = tuple(d for d in datasets if d.sent)
    order = {d.table: i for i, d in enumerate(datasets)}
    with connection() as con:
        sources, problems = discover(source, datasets, con)
        sources = sorted(
            (s for s in sources if s.columns), key=lambda s: order[s.dataset.table]
        )
        register(sources, con)
        record, trouble = _manifest(source)
        problems += trouble
        prints = {s.dataset.table: _digest(s, source) for s in sources}
        changed = sorted({
            s.file for s in sources
            if record and record.tables and not _same(record, s, prints[s.dataset.table].whole)
        })
        sample = record is not None and record.sample
        # Invented data may run ahead of the calendar on the wall, as long as nobody touched it.
        wall = None if sample and record.tables and not changed else date.today()
        known = Known(units, today or wall, codes)
        listing = next((s for s in sources if is_listing(s.dataset)), None)
        verified = {
            s.dataset.table: manifest.rules_digest(
                s.dataset, units, codes,
                prints[listing.dataset.table].whole or "" if listing and s is not listing else "",
            )
            for s in sources
        }
        passed = {
            s.dataset.table: entry for s in sources
            if record and _same(record, s, prints[s.dataset.table].whole)
            and (entry := record.entry(s.file, s.dataset.table)).verified
            == verified[s.dataset.table]
            and not _ahead(entry, today)
        }
        checked: dict[str, Checked] = {}
        if listing and len(passed) < len(sources):
            # The other tables are held against the list of sites: it has to be read first.
            checked[listing.dataset.table] = check(listing, known, con, None)
        usable = bool(listing) and _usable(listing, checked.get(listing.dataset.table))
        for one in sources:
            table = one.dataset.table
            if table in passed or table in checked:
                continue
            if progress:
                progress(one.dataset.name)
            checked[table] = check(one, known, con, listing.dataset if usable else None)
    problems += [p for result in checked.values() for p in result.problems]
    if listing is None and any(s.dataset.site for s in sources):
        problems.append(no_listing(sources, datasets))
    if changed:
        problems.append(Problem(
            Code.STALE_MANIFEST, f"与数据清单不符，已重新核对：{'、'.join(changed)}",
            file=manifest.NAME, severity=Severity.WARNING,
            mend="文件是有意改动的，就不用理会；否则重新生成数据",
        ))
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    files = []
    for one in sources:
        table = one.dataset.table
        if table in checked:
            rows, dates = checked[table].rows, checked[table].dates
        else:
            rows = passed[table].rows
            dates = tuple(date.fromisoformat(day) for day in passed[table].dates)
        made = prints[table]
        files.append(DataFile(table, one.file, one.form, rows, made.whole, made.size, dates))
    label = ""
    if sample:
        doubt = "（有改动）" if changed else "" if record.tables else "（未与清单核对）"
        label = manifest.SAMPLE_LABEL + doubt
    data = BranchData(sources, files, problems, label, prints, known.unit_codes)
    return data, verified


def register(sources: Iterable[Source], con: duckdb.DuckDBPyConnection) -> None:
    """Lend the tables that are in memory to a connection."""
    for source in sources:
        if source.frame is not None:
            con.register(f"raw_{source.dataset.table}", source.frame)


def is_listing(dataset: Dataset) -> bool:
    """Whether a table lists the sites themselves."""
    return isinstance(dataset.content, SitesContent)


def _usable(listing: Source, result: Checked | None) -> bool:
    """Whether the list of sites can be held against: it is there, and it names sites and units."""
    return _names_sites(listing) and result is not None and result.rows > 0


def _names_sites(listing: Source) -> bool:
    return {listing.dataset.site, listing.dataset.unit} <= listing.columns.keys()


def _same(record: manifest.Manifest, source: Source, digest: str | None) -> bool:
    entry = record.entry(source.file, source.dataset.table)
    return entry is not None and entry.digest == digest


def _manifest(source) -> tuple[manifest.Manifest | None, list[Problem]]:
    if not isinstance(source, Path) or not source.exists():
        return None, []
    folder = source if source.is_dir() else source.parent
    record, problems = manifest.read(folder)
    if record and source.is_file() and source.name not in record.tables:
        return None, []
    return record, problems if source.is_dir() else []


def _digest(one: Source, source: Path) -> manifest.Digest:
    if not one.paths:
        return manifest.Digest()
    root = source if source.is_file() else source / one.file
    return manifest.digest(one.paths, root)


def _ahead(entry: manifest.Entry, today: date | None) -> bool:
    """Whether the caller's own day makes some of the dates future ones."""
    return today is not None and any(date.fromisoformat(day) > today for day in entry.dates)


def no_listing(sources: Iterable[Source], datasets: Iterable[Dataset]) -> Problem:
    listing = next((d for d in datasets if is_listing(d)), None)
    name = listing.name if listing else "共建主体名单"
    return Problem(
        Code.SITES_UNCHECKED, f"没有“{name}”，各表里的共建主体编号没有核对",
        file=next(iter(sources)).file, severity=Severity.WARNING,
        mend=f"补上“{name}”（{listing.table}）" if listing else None,
    )

"""Branch data that stays where it is: verified on the engine, summed up there, judged here."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from sqlglot import exp

from targets.branchdata.columns import known_words, read_headings
from targets.branchdata.manifest import SAMPLE_LABEL
from targets.branchdata.read import DataFile, connection, is_listing, no_listing, register
from targets.branchdata.rules import Checked, Known, view_sql
from targets.branchdata.sources import Source
from targets.problems import Code, Problem, Problems, Severity, did_you_mean
from targets.schema.measures import Dataset, MeasureUnit
from targets.schema.organisation import Unit

from .checks import Mapped, check, keep, parsed
from .engine import Embedded, Extent, Query
from .mapping import FLOATS, converted, whole_wrong
from .source import Origin, SourceColumn, SourceTable
from .warehouse import Stored, Warehouse, names


@dataclass(frozen=True)
class Remote:
    """An engine for one assessment: aggregates run in the warehouse, answers are kept here."""

    local: duckdb.DuckDBPyConnection
    warehouse: Warehouse
    mapped: Mapping[str, Mapped]
    made: Collection[str] = frozenset()
    """tables that follow from records kept here: small, and read here"""

    @property
    def tables(self) -> dict[str, Extent]:
        return dict.fromkeys((*self.mapped, *self.made), Extent())

    def fetch(self, name: str, query: Query) -> None:
        if query.table in self.made:
            Embedded(self.local, self.tables).fetch(name, query)
            return
        tree = parsed(query.sql()).with_(
            exp.to_identifier(query.table, quoted=True), as_=self.mapped[query.table].query()
        )
        keep(self.warehouse.query(tree), name, self.local)


class EngineData:
    """Verified tables on an engine, with the face of `BranchData`."""

    def __init__(
        self, warehouse: Warehouse, mapped: Mapping[str, Mapped], files: Iterable[DataFile],
        warnings: Iterable[Problem], label: str = "", made: Iterable[Source] = (),
    ):
        self._warehouse, self._mapped = warehouse, dict(mapped)
        self._made = {source.dataset.table: source for source in made}
        self.files, self.warnings = tuple(files), tuple(warnings)
        self.label = label
        """示例数据 when the source says that the data is invented, otherwise empty"""

    @property
    def tables(self) -> tuple[str, ...]:
        return (*self._mapped, *self._made)

    def dates(self, table: str | None = None) -> tuple[date, ...]:
        """The data dates of a table, or of all."""
        return tuple(sorted({d for f in self.files if table in (None, f.table) for d in f.dates}))

    @property
    def latest_date(self) -> date | None:
        return max(self.dates(), default=None)

    @contextmanager
    def engine(self, kept: Path | None = None) -> Iterator[Remote]:
        with connection() as local:
            register(self._made.values(), local)
            for source in self._made.values():
                local.execute(view_sql(source))
            yield Remote(local, self._warehouse, self._mapped, frozenset(self._made))

    def beside(
        self, source: Source, file: DataFile, warnings: Iterable[Problem] = ()
    ) -> "EngineData":
        """The same data with one more table, which follows from it and is kept here."""
        return EngineData(
            self._warehouse, self._mapped, (*self.files, file), (*self.warnings, *warnings),
            self.label, (*self._made.values(), source),
        )


def open_on(
    warehouse: Warehouse,
    origin: Origin | None,
    datasets: Iterable[Dataset],
    units: Iterable[Unit],
    *,
    codes: Mapping[str, MeasureUnit] | None = None,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> EngineData:
    """Verify an engine's tables where they are; raise `Problems` with everything that is wrong."""
    datasets = tuple(d for d in datasets if d.sent)
    known = Known(tuple(units), today or date.today(), dict(codes or {}))
    mapped, problems = _map(warehouse, origin or Origin(), datasets)
    checked: dict[str, Checked] = {}
    listing = next((m.dataset for m in mapped.values() if is_listing(m.dataset)), None)
    with connection() as local:
        # the other tables are held against the list of sites: it goes first
        for table in sorted(mapped.values(), key=lambda m: m.dataset is not listing):
            if progress:
                progress(table.dataset.name)
            usable = listing is not None and (
                table.dataset is listing or _usable(mapped[listing.table], checked[listing.table])
            )
            checked[table.dataset.table] = check(
                table, known, warehouse, local, listing if usable else None
            )
    problems += [p for result in checked.values() for p in result.problems]
    if listing is None and any(m.dataset.site for m in mapped.values()):
        problems.append(no_listing((m.source for m in mapped.values()), datasets))
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    files = [
        DataFile(name, table.stored.place, warehouse.name, checked[name].rows, None, None,
                 checked[name].dates)
        for name, table in mapped.items()
    ]
    return EngineData(
        warehouse, mapped, files, problems, SAMPLE_LABEL if origin and origin.sample else ""
    )


def _usable(listing: Mapped, result: Checked) -> bool:
    return {listing.dataset.site, listing.dataset.unit} <= listing.casts.keys() and result.rows > 0


def _map(
    warehouse: Warehouse, origin: Origin, datasets: Sequence[Dataset]
) -> tuple[dict[str, Mapped], list[Problem]]:
    mapped: dict[str, Mapped] = {}
    problems: list[Problem] = []
    for dataset in datasets:
        entry = origin.tables.get(dataset.table)
        place = (entry and entry.place) or dataset.table
        stored = warehouse.find(place)
        if stored is None:
            if entry is not None or not dataset.optional:
                problems.append(Problem(
                    Code.NO_SOURCE_TABLE, f"{warehouse.name} 里没有“{dataset.name}”的来源 {place}",
                    file=place, allowed="已有的、有权读取的表或目录",
                    mend="核对来源文件里的 from（模式.表，或相对数据目录的路径）和读取权限",
                ))
            continue
        one, trouble = _table(stored, dataset, entry or SourceTable())
        problems += trouble
        if one is not None:
            mapped[dataset.table] = one
    if not mapped and not problems:
        problems.append(Problem(
            Code.NO_DATA, f"{warehouse.name} 里没有一张认得出的表", file=warehouse.name,
            allowed="、".join(d.table for d in datasets),
            mend="用 --source 指明各表的来源，或核对模式、目录",
        ))
    return mapped, problems


def _table(
    stored: Stored, dataset: Dataset, entry: SourceTable
) -> tuple[Mapped | None, list[Problem]]:
    """Where each of our columns is, and how it is read."""
    problems: list[Problem] = []
    columns = dict(entry.columns)
    for name, column in entry.columns.items():
        if column.column and column.column not in stored.columns:
            problems.append(Problem(
                Code.NO_SOURCE_COLUMN, f"来源表没有列 {column.column}", file=stored.place,
                field=name, allowed=names(list(stored.columns)),
                mend=did_you_mean(column.column, stored.columns) or "核对来源文件里的 column",
            ))
            del columns[name]
    words = known_words(dataset)
    rest = list(stored.columns)
    if entry.columns:  # a bank's own table has columns that nobody asked for
        rest = [n for n in rest if (known := words.get(n.casefold()))
                and known.name not in entry.columns]
    headings = read_headings(dataset, [*rest, *entry.columns], file=stored.place)
    problems += headings.problems
    for name, position in headings.columns.items():
        if position < len(rest):
            columns[name] = SourceColumn(column=rest[position])
    columns = {c.name: columns[c.name] for c in dataset.columns if c.name in columns}
    if not columns:
        return None, problems
    types = {n: _type(c, stored) for n, c in columns.items()}
    for name, column in columns.items():
        if types[name] in FLOATS and whole_wrong(dataset.column(name), types[name], column):
            problems.append(Problem(
                Code.INEXACT_COLUMN,
                f"列 {column.column} 是浮点数（{types[name]}），各引擎算不一致", file=stored.place,
                field=name, allowed="整数或定点小数（numeric、decimal）",
                mend="在库里建一个视图，把这一列转成 numeric(18, 2)，来源改用视图",
            ))
    casts = {
        n: converted(dataset.column(n), types[n], c, written=stored.written)
        for n, c in columns.items() if types[n] not in FLOATS
    }
    source = Source(
        dataset, stored.place, "engine", "", {n: n for n in casts}, types,
        written=stored.written, place=lambda row, file, column: {"file": stored.place},
    )
    origins = {n: _origin(c) for n, c in columns.items() if n in casts}
    return Mapped(dataset, stored, origins, source, casts), problems


def _type(column: SourceColumn, stored: Stored) -> str:
    return stored.columns[column.column] if column.column else "VARCHAR"


def _origin(column: SourceColumn) -> exp.Expression:
    if column.column:
        return exp.column(column.column, quoted=True)
    value = exp.null() if column.empty else exp.Literal.string(column.constant)
    return exp.cast(value, "VARCHAR")

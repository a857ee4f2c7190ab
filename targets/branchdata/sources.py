"""Where tables come from: Parquet and CSV files, workbooks, frames already in memory."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from targets.problems import Code, Problem, Problems, Severity, did_you_mean
from targets.schema.measures import ColumnType, Dataset

from . import csvfile, workbook
from .beside import lies_beside
from .columns import identifier, literal, path_literal, read_headings
from .intake import receipts
from .intake.model import PROVENANCE


@dataclass(frozen=True)
class Source:
    """A table as it lies: a relation that DuckDB can scan, and how its rows are called."""

    dataset: Dataset
    file: str
    form: str
    relation: str
    columns: dict[str, str]
    """the dataset's column: the relation's column"""
    types: dict[str, str]
    """the dataset's column: the relation's DuckDB type"""
    paths: tuple[Path, ...] = ()
    frame: Any = None
    """registered under the relation's name when the table is in memory"""
    row: str = "row_number() OVER ()"
    """SQL: the row's number from 1"""
    row_file: str = "NULL"
    """SQL: the file the row is in, where a table has several"""
    written: bool = False
    """cells are text as people wrote it (CSV, workbook), perhaps with blanks around it"""
    checked_relation: str | None = None
    """a relation that also collects broken lines, for the one pass that looks for them"""
    without: Callable[[Collection[int]], "Source"] | None = field(repr=False, default=None)
    """the same table without its broken lines, so that the rest can still be looked at"""
    part: Callable[[Path], str] | None = field(repr=False, default=None)
    """one of several files as a relation of its own"""
    place: Callable[[int, str | None, str | None], dict] = field(repr=False, default=None)
    """row number, row's file and dataset column: the place as fields of a Problem"""


def discover(
    source: Path | Mapping[str, Any], datasets: Sequence[Dataset], con: duckdb.DuckDBPyConnection
) -> tuple[list[Source], list[Problem]]:
    """Every table that the source holds, and what keeps the others from being read."""
    if isinstance(source, Mapping):
        return _frames(source, datasets, con)
    path = Path(source)
    tables = "、".join(d.table for d in datasets)
    if not path.exists():
        return [], [Problem(
            Code.NO_DATA, f"找不到“{path}”", file=str(path),
            allowed="数据目录，或 .xlsx 工作簿",
            mend="核对路径；想先看示例，运行 python -m targets sample -o data/sample",
        )]
    if path.is_dir():
        return _folder(path, datasets, con, tables)
    if path.suffix.lower() in workbook.SUFFIXES:
        return _workbook(path, datasets)
    return [], [Problem(
        Code.UNREADABLE, f"“{path.name}”不是数据目录，也不是工作簿", file=path.name,
        allowed="数据目录，或 .xlsx 工作簿",
        mend="给出存放数据文件的目录；.xls 文件请先另存为 .xlsx",
    )]


# ---------------------------------------------------------------- folder


def _folder(path, datasets, con, tables) -> tuple[list[Source], list[Problem]]:
    names = {name: d for d in datasets for name in (d.table, d.name)}
    found: dict[str, list[Path]] = {}
    strangers: list[Path] = []
    try:
        listed = receipts.parts(path)
    except Problems as error:
        return [], list(error.problems)
    for entry in sorted(path.iterdir()):
        if entry.is_dir():
            if entry.name in names and (
                entry.name in listed if listed is not None else any(entry.rglob("*.parquet"))
            ):
                found.setdefault(names[entry.name].table, []).append(entry)
        elif entry.suffix.lower() in {".parquet", ".csv"}:
            dataset = names.get(entry.stem)
            if dataset:
                found.setdefault(dataset.table, []).append(entry)
            elif not lies_beside(entry):
                strangers.append(entry)
    problems = [_stranger(entry, names) for entry in strangers]
    if listed is not None:
        problems += _unlisted(path, listed)
        if any(p.severity is Severity.ERROR for p in problems):
            return [], problems
    if not found:
        books = [p.name for p in sorted(path.iterdir()) if p.suffix.lower() in workbook.SUFFIXES]
        inside = "、".join(p.name for p in sorted(path.iterdir())[:8]) or "什么也没有"
        problems.append(Problem(
            Code.NO_DATA, f"目录里没有一张认得出的表；里面有：{inside}", file=path.name,
            allowed=f"表名.parquet 或 表名.csv，表名为 {tables}",
            mend=(f"若数据在工作簿里，请直接给出 {path / books[0]}" if books
                  else "按表名给数据文件改名，或换一个目录"),
        ))
    sources = []
    for dataset in datasets:
        entries = found.get(dataset.table, [])
        if len(entries) > 1:
            names_found = "、".join(e.name for e in entries)
            problems.append(Problem(
                Code.TWO_SOURCES, f"“{dataset.name}”有 {len(entries)} 个来源：{names_found}",
                file=entries[1].name, allowed="一张表一个来源", mend="只留一个，其余移到别处",
            ))
        elif entries:
            entry = entries[0]
            one, trouble = (
                _csv(entry, dataset, con) if entry.suffix.lower() == ".csv"
                else _parquet(entry, dataset, con, (listed or {}).get(entry.name))
            )
            problems += trouble
            if one:
                sources.append(one)
        elif not dataset.optional and found:
            problems.append(Problem(
                Code.NO_DATA, f"缺少“{dataset.name}”", file=path.name,
                allowed=f"{dataset.table}.parquet 或 {dataset.table}.csv", mend="补上这张表",
            ))
    return sources, problems


def _stranger(entry: Path, names: Iterable[str]) -> Problem:
    names = list(names)
    return Problem(
        Code.UNKNOWN_FILE, "文件名不是登记过的表名，已忽略", file=entry.name,
        allowed="、".join(names),
        mend=did_you_mean(entry.stem, names) or "不需要就移走，需要就改名",
        severity=Severity.WARNING,
    )


def _unlisted(path: Path, listed: Mapping[str, tuple[Path, ...]]) -> Iterable[Problem]:
    """Where a folder that intake keeps is not as its ledger says."""
    for part in sorted(p for paths in listed.values() for p in paths if not p.is_file()):
        yield Problem(
            Code.BAD_RECEIPTS, "收件簿登记的数据文件不见了",
            file=part.relative_to(path).as_posix(), mend="从备份恢复这个文件",
        )
    for part in receipts.strays(path, listed):
        yield Problem(
            Code.UNLISTED_PART, "收件簿没有登记这个文件，没有读", severity=Severity.WARNING,
            file=part.relative_to(path).as_posix(),
            mend="要收进来，请用 python -m targets intake；不要的就移走",
        )


def _empty(dataset: Dataset, file: str, found: str = "只有表头，没有一行数据", **place) -> Problem:
    return Problem(
        Code.EMPTY_DATA, f"“{dataset.name}”{found}", file=file,
        mend="填上数据；本期没有就把这张表移走", **place,
    )


def _unreadable(file: str, error: Exception, mend: str, **place) -> Problem:
    detail = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return Problem(Code.UNREADABLE, f"文件读不了：{detail}", file=file, mend=mend, **place)


def _parquet(
    entry: Path, dataset: Dataset, con, listed: tuple[Path, ...] | None = None
) -> tuple[Source | None, list[Problem]]:
    """A Parquet file, or a folder of them: those listed, else all."""
    paths = listed or (tuple(sorted(entry.rglob("*.parquet"))) if entry.is_dir() else (entry,))
    empty = [p for p in paths if p.stat().st_size == 0]
    if empty:
        return None, [_empty(dataset, p.name, "的文件是空的") for p in empty]
    options = ""
    if entry.is_dir():
        parts = {part.split("=", 1)[0] for p in paths for part in p.relative_to(entry).parts[:-1]
                 if "=" in part}
        # Codes in folder names stay text: 0101 must not turn into 101.
        dates = {c.name for c in dataset.columns if c.type is ColumnType.DATE}
        kinds = ", ".join(
            f"{literal(p)}: {'DATE' if p in dates else 'VARCHAR'}" for p in sorted(parts)
        )
        options = ", union_by_name=true"
        if parts:
            options += f", hive_partitioning=true, hive_types={{{kinds}}}"

    def read(some: Iterable[Path]) -> str:
        return f"read_parquet([{', '.join(map(path_literal, some))}]{options})"

    relation = read(paths)
    try:
        physical = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    except duckdb.Error as error:
        return None, [_unreadable(entry.name, error, "重新导出这个 Parquet 文件")]
    names = ["" if row[0] in PROVENANCE else row[0] for row in physical]
    headings = read_headings(dataset, names, file=entry.name)
    several = {str(p): str(p.relative_to(entry.parent)) for p in paths}

    def place(row: int, file: str | None, column: str | None) -> dict:
        return {"file": several.get(file, entry.name), "line": row}

    return Source(
        dataset, entry.name, "parquet", relation,
        columns={name: physical[i][0] for name, i in headings.columns.items()},
        types={name: physical[i][1] for name, i in headings.columns.items()},
        paths=paths, row="file_row_number + 1", row_file="filename", place=place,
        part=lambda path: read([path]),
    ), list(headings.problems)


def _csv(entry: Path, dataset: Dataset, con) -> tuple[Source | None, list[Problem]]:
    if entry.stat().st_size == 0:
        return None, [_empty(dataset, entry.name, "的文件是空的")]
    trouble = csvfile.encoding_problem(entry)
    if trouble:
        return None, [trouble]
    header = csvfile.header(entry)
    if isinstance(header, Problem):
        return None, [header]
    headings = read_headings(dataset, header, file=entry.name, line=1)
    names = [f"c{i}" for i in range(len(header))]
    blanks = csvfile.has_outer_blanks(entry)

    def source(broken: Collection[int], lines: str, checked: str | None) -> Source:
        line_of = csvfile.Lines(entry, broken)

        def place(row: int, file: str | None, column: str | None) -> dict:
            return {"file": entry.name, "line": line_of(row)}

        return Source(
            dataset, entry.name, "csv", csvfile.relation(entry, names, lines),
            columns={name: names[i] for name, i in headings.columns.items()},
            types=dict.fromkeys(headings.columns, "VARCHAR"),
            paths=(entry,), written=blanks, place=place,
            checked_relation=checked, without=lambda lines: source(lines, "skip", None),
        )

    return source((), "refuse", csvfile.relation(entry, names, "collect")), list(
        headings.problems
    )


# ---------------------------------------------------------------- workbook


def _workbook(path: Path, datasets: Sequence[Dataset]) -> tuple[list[Source], list[Problem]]:
    try:
        book = workbook.open_book(path)
    except workbook.Unreadable as error:
        return [], [error.problem]
    sources, problems = [], []
    found = False
    for dataset in datasets:
        names = [n for n in book.sheets if n.strip() in (dataset.name, dataset.table)]
        if len(names) > 1:
            problems.append(Problem(
                Code.TWO_SOURCES, f"“{dataset.name}”有 {len(names)} 张工作表：{'、'.join(names)}",
                file=path.name, sheet=names[1], allowed="一张表一张工作表", mend="只留一张",
            ))
        found = found or bool(names)
        if len(names) != 1:
            continue
        sheet = workbook.read_sheet(book, names[0], dataset)
        problems += sheet.problems
        if sheet.frame is None:
            continue

        def place(row, file, column, sheet=sheet):
            return {"file": path.name, "sheet": sheet.name, "cell": sheet.cell(row, column)}

        sources.append(Source(
            dataset, path.name, "xlsx", identifier(f"raw_{dataset.table}"),
            columns={name: name for name in sheet.positions},
            types=dict.fromkeys(sheet.positions, "VARCHAR"),
            paths=(path,), frame=sheet.frame, written=True, place=place,
        ))
    if not found:
        wanted = "、".join(d.name for d in datasets)
        near = next((hint for n in book.sheets
                     if (hint := did_you_mean(n, [d.name for d in datasets]))), None)
        problems.append(Problem(
            Code.NO_DATA, f"没有一张认得出的工作表；里面有：{'、'.join(book.sheets)}",
            file=path.name, allowed=f"工作表名：{wanted}",
            mend=near or "按数据表的名称给工作表改名",
        ))
    return sources, problems


# ---------------------------------------------------------------- frames


def _frames(frames, datasets, con) -> tuple[list[Source], list[Problem]]:
    names = {name: d for d in datasets for name in (d.table, d.name)}
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for name, frame in frames.items():
        file = f"内存表 {name}"
        dataset = names.get(name)
        if dataset is None:
            problems.append(Problem(
                Code.NO_DATA, f"没有登记“{name}”这张表", file=file, allowed="、".join(names),
                mend=did_you_mean(str(name), names) or "用登记过的表名",
            ))
            continue
        if dataset.table in sources:
            problems.append(Problem(
                Code.TWO_SOURCES, f"“{dataset.name}”给了两次", file=file,
                allowed="一张表一个来源", mend="只给一个",
            ))
            continue
        relation = identifier(f"raw_{dataset.table}")
        try:
            con.register(f"raw_{dataset.table}", frame)
            physical = con.execute(f"DESCRIBE {relation}").fetchall()
        except (duckdb.Error, TypeError, AttributeError) as error:
            problems.append(_unreadable(file, error, "给 pandas、Polars 或 Arrow 表"))
            continue
        headings = read_headings(dataset, [str(row[0]) for row in physical], file=file)
        problems += headings.problems

        def place(row, file_of_row, column, file=file):
            return {"file": file, "line": row}

        sources[dataset.table] = Source(
            dataset, file, "frame", relation,
            columns={n: physical[i][0] for n, i in headings.columns.items()},
            types={n: physical[i][1] for n, i in headings.columns.items()},
            frame=frame, place=place,
        )
    if not frames:
        problems.append(Problem(
            Code.NO_DATA, "一张表也没有给", file="内存表",
            allowed="、".join(d.table for d in datasets), mend="以表名为键、数据表为值给出",
        ))
    return list(sources.values()), problems

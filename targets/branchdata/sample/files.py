"""The sample's tables as files: Parquet, CSV and a workbook, whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from targets.problems import Code, Problem, Problems
from targets.schema.measures import ColumnType, Dataset, Metric
from targets.schema.organisation import Unit

from .. import manifest
from ..read import reported_codes, write_manifest
from .ground import month_ends
from .handins import write_handins
from .tables import NOTICE, sample_tables

BOOK_MONTHS = 3
BOOK = "示例数据.xlsx"
FORMS = ("parquet", "csv", "xlsx")


def write_sample(folder: Path | str, catalog, forms: Sequence[str] = FORMS) -> Path:
    """Write the sample bank's data into `folder`, whole or not at all.

    Parquet files lie in the folder itself, CSV files in `csv/`, and the workbook beside them with
    the latest months only; with the Parquet files comes the record of who handed in which report.
    A folder that holds anything but an earlier sample is left alone.
    """
    folder = Path(folder)
    _may_replace(folder)
    datasets = catalog.all(Dataset)
    units = catalog.all(Unit)
    metrics = catalog.all(Metric)
    tables = sample_tables(catalog)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    made.chmod(0o755)
    options = {
        "datasets": datasets, "units": units, "codes": reported_codes(metrics),
        "today": month_ends()[-1], "sample": True,
    }
    try:
        if "csv" in forms:
            (made / "csv").mkdir()
            for name, table in tables.items():
                write_csv(made / "csv" / f"{name}.csv", table)
            write_manifest(made / "csv", **options)
        books = []
        if "xlsx" in forms:
            books.append(made / BOOK)
            write_book(books[0], datasets, tables)
        if "parquet" in forms:
            for name, table in tables.items():
                write_parquet(made / f"{name}.parquet", table)
            write_handins(made, catalog, NOTICE)
            write_manifest(made, books=books, **options)
        elif books:
            write_manifest(books[0], **options)
        _replace(folder, made)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder


def _may_replace(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    record = manifest.read(folder)[0] if folder.is_dir() else None
    if record is None or not record.sample:
        raise Problems([Problem(
            Code.OUTPUT_TAKEN, f"“{folder}”里已有别的文件，没有动它", file=str(folder),
            allowed="空目录、还不存在的目录，或先前生成的示例数据", mend="换一个目录",
        )])


def _replace(folder: Path, made: Path) -> None:
    """Put the finished folder in place of the old one."""
    if not folder.exists():
        made.rename(folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-old-"))
    folder.rename(old / "old")
    try:
        made.rename(folder)
    except OSError:
        (old / "old").rename(folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def write_parquet(path: Path, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def write_csv(path: Path, table: pa.Table) -> None:
    """UTF-8 with a byte order mark, which spreadsheets need to show Chinese."""
    from pyarrow import csv

    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        csv.write_csv(table, file, csv.WriteOptions(quoting_style="needed"))


def write_book(path: Path, datasets: Iterable[Dataset], tables: dict[str, pa.Table]) -> None:
    """One sheet a table with Chinese headings; the latest months only, so that it stays small."""
    import xlsxwriter

    days = month_ends()[-BOOK_MONTHS:]
    last = days[-1]
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        book.set_properties({
            "title": manifest.SAMPLE_LABEL, "comments": NOTICE,
            "created": datetime(last.year, last.month, last.day),
        })
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "notice": book.add_format({"bold": True, "font_color": "#9C0006"}),
            "head": book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1}),
            ColumnType.TEXT: book.add_format({"num_format": "@"}),
            ColumnType.DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
            ColumnType.DECIMAL: book.add_format({"num_format": "#,##0.00"}),
        }
        cover = book.add_worksheet("说明")
        cover.set_column(0, 0, 28)
        cover.set_column(1, 1, 70)
        cover.write_row(0, 0, [manifest.SAMPLE_LABEL], formats["title"])
        cover.write_row(1, 0, [NOTICE], formats["notice"])
        cover.write_row(2, 0, [
            f"只收最近 {BOOK_MONTHS} 个月末（{days[0]} 至 {last}）；"
            "全部月份见同一目录下的 Parquet 和 CSV。"
        ])
        cover.write_row(4, 0, ["工作表", "一行是什么"], formats["head"])
        listed = [d for d in datasets if d.table in tables]
        for row, dataset in enumerate(listed, start=5):
            cover.write_row(row, 0, [dataset.name, dataset.grain])
        for dataset in listed:
            table = tables[dataset.table]
            recent = pa.compute.is_in(table[dataset.period], pa.array(days, pa.date32()))
            _write_sheet(book, dataset, table.filter(recent), formats)


def _write_sheet(book, dataset: Dataset, table: pa.Table, formats) -> None:
    sheet = book.add_worksheet(dataset.name)
    for position, column in enumerate(dataset.columns):
        sheet.set_column(position, position, 20, formats.get(column.type))
    sheet.freeze_panes(2, 0)
    sheet.write_row(0, 0, [NOTICE], formats["notice"])
    for position, column in enumerate(dataset.columns):
        unit = f"（{column.unit}）" if column.unit else ""
        sheet.write_string(1, position, column.title + unit, formats["head"])
    writers = {
        ColumnType.TEXT: sheet.write_string, ColumnType.DATE: sheet.write_datetime,
        ColumnType.BOOLEAN: sheet.write_boolean,
    }
    write = [
        (writers.get(c.type, sheet.write_number), formats.get(c.type)) for c in dataset.columns
    ]
    columns = [table[c.name].to_pylist() for c in dataset.columns]
    for row, values in enumerate(zip(*columns, strict=True), start=2):
        for position, value in enumerate(values):
            if value is not None:
                writer, style = write[position]
                writer(row, position, value, style)

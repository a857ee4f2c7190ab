"""The invented bank's data: two years of month-ends, the same bytes every time.

Every site follows one of a few stories, so that every kind of finding occurs: sites that get there,
sites on their way, a standstill, a decline, a month without data, a unit too young for last year.
Nothing in it comes from a real bank.
"""

import hashlib
import shutil
import tempfile
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa

from targets.problems import Code, Problem, Problems
from targets.schema.measures import (
    ColumnType,
    Count,
    Dataset,
    Metric,
    Money,
    Percent,
    ReportedMeasure,
)
from targets.schema.organisation import SiteKind, Unit, UnitLevel

from . import manifest
from .read import reported_codes, write_manifest

FIRST = (2024, 10)
MONTHS = 24
BOOK_MONTHS = 3
BOOK = "示例数据.xlsx"
FORMS = ("parquet", "csv", "xlsx")
SEED = "zhixing-sample-1"
NOTICE = "示例数据：机构、共建主体和数字全部虚构，只用来演示"

# What each sub-branch has built jointly, in turn: M market, C community, T township, P project.
PATTERNS = ("MMCP", "MCT", "MCP", "MT", "MMC", "MCTP", "MTP")
KINDS = {
    "M": (SiteKind.MARKET, "merchants", (60, 220), ("农贸市场", "建材市场", "商贸城", "小商品城")),
    "C": (SiteKind.COMMUNITY, "households", (80, 240), ("花园社区", "河畔社区", "新居社区")),
    "T": (SiteKind.TOWNSHIP, "townships", (60, 180), ("东乡", "南镇", "草甸乡")),
    "P": (SiteKind.PROJECT, "projects", (8, 24), ("公路项目群", "水利项目群", "光伏项目群")),
}


@dataclass(frozen=True)
class Story:
    """Shares of a roster at the first and the last month-end, and how they move in between."""

    name: str
    profiled: tuple[float, float]
    customers: tuple[float, float]
    credited: tuple[float, float]
    path: Callable[[np.ndarray], np.ndarray]


def steady(t: np.ndarray) -> np.ndarray:
    return t


def early(t: np.ndarray) -> np.ndarray:
    return 1 - (1 - t) * (1 - t)


def late(t: np.ndarray) -> np.ndarray:
    return t * t * t


def plateau(t: np.ndarray) -> np.ndarray:
    return np.minimum(1, 1.8 * t) * 0.98 + 0.02 * t


STORIES = (
    Story("已经做到", (0.36, 0.84), (0.28, 0.62), (0.08, 0.27), early),
    Story("稳步向前", (0.28, 0.67), (0.22, 0.485), (0.05, 0.18), steady),
    Story("进展缓慢", (0.24, 0.46), (0.18, 0.33), (0.04, 0.10), steady),
    Story("后来居上", (0.22, 0.73), (0.20, 0.53), (0.04, 0.21), late),
    Story("停滞不前", (0.41, 0.43), (0.31, 0.32), (0.09, 0.09), steady),
    Story("临门一脚", (0.33, 0.69), (0.26, 0.493), (0.06, 0.196), plateau),
    Story("客户流失", (0.52, 0.58), (0.55, 0.39), (0.19, 0.12), steady),
)
GAPS = {(4, 0): 20, (7, 1): MONTHS - 1}
"""(unit, site): the month whose roster was never sent, all counted from 0"""


def month_ends() -> list[date]:
    """The data dates of the sample."""
    days = []
    for i in range(MONTHS):
        year, month = divmod(FIRST[0] * 12 + FIRST[1] - 1 + i, 12)
        days.append(date(year, month + 1, monthrange(year, month + 1)[1]))
    return days


def generator(*parts: str) -> np.random.Generator:
    """Numbers that depend on what they are for, and on nothing else."""
    seed = hashlib.sha256("\0".join((SEED, *parts)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))


@dataclass
class Rows:
    """Columns of one table, gathered site by site."""

    blocks: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, **columns: np.ndarray) -> None:
        for name, values in columns.items():
            self.blocks.setdefault(name, []).append(values)

    def columns(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate(blocks) for name, blocks in self.blocks.items()}


@dataclass(frozen=True)
class Site:
    unit: Unit
    code: str
    name: str
    kind: SiteKind
    table: str
    size: tuple[int, int]
    story: Story
    first: int
    """the first month with data, from 0"""
    gap: int | None
    """the month whose roster was never sent"""


def reporting_units(units: Iterable[Unit]) -> list[Unit]:
    """Units that build sites and report: those with no unit below them."""
    units = list(units)
    parents = {u.parent for u in units}
    return [u for u in units if u.id not in parents and u.level is not UnitLevel.BANK]


def first_month(unit: Unit, days: Sequence[date]) -> int:
    """The first month-end at which the unit was open."""
    return next((i for i, day in enumerate(days) if not unit.opened or unit.opened <= day),
                len(days))


def plan(units: Sequence[Unit], days: Sequence[date]) -> list[Site]:
    """Which sites each unit has, and what becomes of them."""
    sites = []
    for u, unit in enumerate(units):
        stem = unit.name.replace("总行", "中心城").removesuffix("支行").removesuffix("营业部")
        seen: dict[str, int] = {}
        for s, letter in enumerate(PATTERNS[u % len(PATTERNS)]):
            kind, table, size, names = KINDS[letter]
            seen[letter] = seen.get(letter, 0) + 1
            name = names[(u + seen[letter]) % len(names)]
            sites.append(Site(
                unit, f"{unit.code}{letter}{seen[letter]}", f"{stem}{name}", kind, table, size,
                STORIES[(3 * u + 2 * s) % len(STORIES)], first_month(unit, days),
                GAPS.get((u, s)),
            ))
    return sites


class _Roster:
    """One site's roster over all months: who is on it, and since when they are what."""

    def __init__(self, site: Site, days: Sequence[date]):
        self.rng = generator("site", site.code)
        self.days = np.array(days, dtype="datetime64[D]")
        self.site = site
        months = len(days)
        begin = site.first
        low, high = site.size
        self.count = count = int(self.rng.integers(low, high + 1))
        # Most were there from the start; some came later, a few moved away.
        late_comers = self.rng.random(count) < 0.12
        self.enter = np.where(late_comers, self.rng.integers(begin, months, count), begin)
        leavers = self.rng.random(count) < 0.04
        leave = np.where(leavers, self.rng.integers(begin + 1, months + 1, count), months)
        month = np.arange(months)
        present = (self.enter[:, None] <= month) & (month < leave[:, None])
        present[:, :begin] = False
        if site.gap is not None:
            present[:, site.gap] = False
        self.month, self.member = np.nonzero(present.T)
        span = max(months - 1 - begin, 1)
        self.elapsed = np.clip((month - begin) / span, 0, 1)

    def ranks(self) -> np.ndarray:
        """Members in an order of their own, evenly between 0 and 1."""
        return (self.rng.permutation(self.count) + 0.5) / self.count

    def curve(self, ends: tuple[float, float]) -> np.ndarray:
        nudge = float(self.rng.uniform(-0.012, 0.012))
        start, end = ends[0] + nudge, ends[1] + nudge
        return start + (end - start) * self.site.story.path(self.elapsed)

    def since(self, ranks: np.ndarray, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Per row: whether the member is it at the month-end, and since which day."""
        reached = curve[None, :] >= ranks[:, None]
        first = np.maximum(np.where(reached.any(axis=1), reached.argmax(axis=1), 0), self.enter)
        start = self.days[first].astype("datetime64[M]").astype("datetime64[D]")
        length = (self.days[first] - start).astype(int) + 1
        within = (self.rng.random(self.count) * length).astype(int)
        before = (self.rng.random(self.count) * 900).astype(int)
        from_start = (first == self.site.first) & (self.site.first == 0)
        day = np.where(from_start, self.days[first] - before, start + within)
        return reached[self.member, self.month], day[self.member]


def _dates(there: np.ndarray, days: np.ndarray) -> np.ndarray:
    return np.where(there, days, np.datetime64("NaT", "D"))


def roster_rows(site: Site, days: Sequence[date]) -> dict[str, np.ndarray]:
    """The site's rows in every month."""
    roster = _Roster(site, days)
    story, rng, member, month = site.story, roster.rng, roster.member, roster.month
    period = roster.days[month]
    profiled, profiled_on = roster.since(roster.ranks(), roster.curve(story.profiled))
    customer_ranks = roster.ranks()
    customer_curve = roster.curve(story.customers)
    customers, customer_since = roster.since(customer_ranks, customer_curve)
    credited, _ = roster.since(
        customer_ranks, np.minimum(roster.curve(story.credited), customer_curve)
    )
    ids = np.array([f"{site.code}-{i:04d}" for i in range(1, roster.count + 1)], dtype=object)
    steps = np.array([5, 10, 20, 30, 50, 100])[rng.integers(0, 6, roster.count)]
    lines = np.where(credited, steps[member] * 1_000_000, -1)  # 万元, in fen
    columns = {
        "data_date": period,
        "unit_code": np.full(len(member), site.unit.code, dtype=object),
        "site_code": np.full(len(member), site.code, dtype=object),
        "profiled_on": _dates(profiled, profiled_on),
        "customer_since": _dates(customers, customer_since),
    }
    if site.kind is SiteKind.MARKET:
        visited = roster.ranks()[member] < roster.curve(story.profiled)[month] + 0.1
        ago = rng.integers(0, 6, roster.count)[member] * 7 + (month * 3) % 7
        return columns | {"merchant_id": ids[member], "credit_line": lines,
                          "served_on": _dates(visited, period - ago)}
    if site.kind is SiteKind.COMMUNITY:
        products = rng.integers(1, 4, roster.count)[member] + (roster.elapsed[month] > 0.7)
        return columns | {"household_id": ids[member],
                          "product_count": np.where(customers, products, -1)}
    if site.kind is SiteKind.TOWNSHIP:
        return columns | {"household_id": ids[member], "credit_line": lines // 5}
    size = rng.integers(2_000, 60_000, roster.count)[member] * 1_000_000
    grown = 80 + 50 * roster.elapsed[month] + 4 * ((month * 5) % 3)
    return columns | {
        "project_id": ids[member],
        "loan_balance": np.where(credited | (customers & profiled), size * grown // 100, -1),
        "deposit_balance": np.where(customers, size * grown // 700 + 12_345, -1),
    }


def _growth(rng: np.random.Generator, months: int) -> np.ndarray:
    """A series around 1 that grows, wavers and rises at quarter-ends, in ten-thousandths."""
    month = np.arange(months)
    yearly = int(rng.integers(-300, 1800))
    quarter_end = np.array([(FIRST[1] - 1 + i) % 3 == 2 for i in range(months)])
    noise = rng.integers(-60, 61, months)
    return 10_000 + yearly * month // 12 + 150 * quarter_end + noise


def reported_rows(
    metrics: Sequence[Metric], units: Sequence[Unit], days: Sequence[date]
) -> dict[str, np.ndarray]:
    """Ready-made figures: one series per unit and metric, in the metric's kind of unit."""
    rows = Rows()
    leaves = reporting_units(units)
    for metric in metrics:
        measure = metric.measure
        if not isinstance(measure, ReportedMeasure):
            continue
        base = generator("metric", measure.code)
        scale = int(base.integers(2, 10))
        for unit in leaves if measure.additive else units:
            rng = generator("reported", measure.code, unit.code)
            share = int(rng.integers(40, 161))
            growth = _growth(rng, len(days))
            if isinstance(metric.unit, Money):
                values = share * scale * growth * 1_000 + rng.integers(0, 100, len(days))
                values = values * 10  # fen
            elif isinstance(metric.unit, Percent):
                values = np.clip(30 + share // 4 + np.arange(len(days)), 0, 99) * 100
            elif isinstance(metric.unit, Count):
                values = (share * scale * growth // 10_000) * 100
            else:
                values = (share * growth // 10_000) * 100
            months = np.arange(first_month(unit, days), len(days))
            rows.add(
                data_date=np.array(days, dtype="datetime64[D]")[months],
                unit_code=np.full(len(months), unit.code, dtype=object),
                code=np.full(len(months), measure.code, dtype=object),
                value=values[months],
            )
    return rows.columns()


def arrow_table(dataset: Dataset, columns: dict[str, np.ndarray]) -> pa.Table:
    """The dataset's columns with exact types; money arrives as whole fen, -1 for none."""
    order = np.argsort(columns[dataset.period], kind="stable")
    arrays, fields = [], []
    for column in dataset.columns:
        values = columns.get(column.name)
        kind = {
            ColumnType.TEXT: pa.string(), ColumnType.DATE: pa.date32(),
            ColumnType.INTEGER: pa.int64(), ColumnType.DECIMAL: pa.decimal128(18, 2),
            ColumnType.BOOLEAN: pa.bool_(),
        }[column.type]
        if values is None:
            array = pa.nulls(len(order), kind)
        elif column.type is ColumnType.DECIMAL:
            sorted_values = values[order]
            whole = pa.array(sorted_values.astype(np.int64)).cast(pa.decimal128(19, 0))
            exact = pa.compute.divide(whole.cast(pa.decimal128(23, 4)), pa.scalar(Decimal(100)))
            array = pa.compute.if_else(
                pa.array(sorted_values >= 0), exact.cast(kind, safe=False), pa.scalar(None, kind)
            )
        elif column.type is ColumnType.INTEGER:
            sorted_values = values[order]
            array = pa.array(sorted_values.astype(np.int64), mask=sorted_values < 0)
        else:
            array = pa.array(values[order], type=kind)
        arrays.append(array)
        fields.append(pa.field(column.name, kind))
    label = {"label": manifest.SAMPLE_LABEL, "notice": NOTICE}
    return pa.table(arrays, schema=pa.schema(fields, metadata=label))


def sample_tables(
    datasets: Iterable[Dataset], units: Sequence[Unit], metrics: Sequence[Metric]
) -> dict[str, pa.Table]:
    """All tables of the sample bank."""
    days = month_ends()
    units = list(units)
    sites = plan(reporting_units(units), days)
    gathered: dict[str, Rows] = {}
    for site in sites:
        gathered.setdefault(site.table, Rows()).add(**roster_rows(site, days))
        months = np.array(days, dtype="datetime64[D]")[site.first:]
        fixed = {"unit_code": site.unit.code, "site_code": site.code, "name": site.name,
                 "kind": site.kind.value}
        gathered.setdefault("sites", Rows()).add(
            data_date=months,
            **{name: np.full(len(months), value, dtype=object) for name, value in fixed.items()},
        )
    columns = {table: rows.columns() for table, rows in gathered.items()}
    columns["reported"] = reported_rows(metrics, units, days)
    return {
        d.table: arrow_table(d, columns[d.table]) for d in datasets if columns.get(d.table)
    }


# ---------------------------------------------------------------- files


def write_sample(folder: Path | str, catalog, forms: Sequence[str] = FORMS) -> Path:
    """Write the sample bank's data into `folder`, whole or not at all.

    Parquet files lie in the folder itself, CSV files in `csv/`, and the workbook beside them with
    the latest months only. A folder that holds anything but an earlier sample is left alone.
    """
    folder = Path(folder)
    _may_replace(folder)
    datasets = catalog.all(Dataset)
    units = catalog.all(Unit)
    metrics = catalog.all(Metric)
    tables = sample_tables(datasets, units, metrics)
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

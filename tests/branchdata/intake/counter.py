"""A small bank's counter: files already read are handed in, and what the dataset then holds."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from targets import catalog
from targets.branchdata import BranchData, open_data
from targets.branchdata.intake import receipts
from targets.branchdata.intake.model import FILE, ROW, SHEET, FileRead, Rejected, SheetRead
from targets.branchdata.intake.store import Bank, Outcome, take
from targets.problems import Code, Problem, Problems
from tests import demo

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 9, 30, tzinfo=receipts.CHINA)
TODAY = date(2026, 7, 1)
MARKETS = """
datasets:
  - id: demo.dataset.markets
    name: 市场名单
    table: markets
    grain: 一个数据日期的一个市场
    period: day
    unit: unit_code
    site: market
    key: [day, market]
    content: {kind: sites, name: name, site_kind: sort}
    optional: true
    columns:
      - {name: day, title: 数据日期, type: date, required: true}
      - {name: unit_code, title: 机构代码, type: text, required: true}
      - {name: market, title: 市场编号, type: text, required: true}
      - {name: name, title: 市场名称, type: text, required: true}
      - {name: sort, title: 类别, type: text, required: true}
  - id: demo.dataset.stalls
    name: 摊位清单
    table: stalls
    grain: 一个数据日期的一个摊位
    period: day
    unit: unit_code
    site: market
    key: [day, market, stall]
    optional: true
    columns:
      - {name: day, title: 数据日期, type: date, required: true}
      - {name: unit_code, title: 机构代码, type: text, required: true}
      - {name: market, title: 市场编号, type: text, required: true}
      - {name: stall, title: 摊位号, type: text, required: true}
      - {name: owner, title: 摊主, type: text, personal: true}
"""
TYPES = {"date": pa.date32(), "text": pa.string(), "boolean": pa.bool_(), "integer": pa.int64(),
         "decimal": pa.decimal128(18, 2)}


def definitions(folder: Path) -> catalog.Catalog:
    return catalog.load(demo.bank(folder, markets=MARKETS))


def shop(day: date, unit: str, name: str, loan: str = "0") -> dict:
    """A shop; its loan in yuan."""
    return {"day": day, "unit_code": unit, "shop": name, "loan": Decimal(loan)}


def market(day: date, unit: str, code: str) -> dict:
    return {"day": day, "unit_code": unit, "market": code, "name": f"{code}市场", "sort": "market"}


def stall(day: date, unit: str, code: str, number: str) -> dict:
    return {"day": day, "unit_code": unit, "market": code, "stall": number}


class Counter:
    """Where files are handed in."""

    def __init__(self, bank: catalog.Catalog, folder: Path):
        self.bank = Bank.of(bank)
        self.folder = folder
        self.dataset = folder / "数据"

    def sheet(self, name: str, rows: Sequence[dict], table: str = "shops",
              rejected: Sequence[Rejected] = (), **more) -> SheetRead:
        """A sheet of which every row was read well, but for those given as rejected."""
        dataset = next(d for d in self.bank.datasets if d.table == table)
        columns = {
            c.name: pa.array([r.get(c.name) for r in rows], TYPES[c.type.value])
            for c in dataset.columns
        }
        accepted = pa.table(columns | {
            FILE: pa.array([name] * len(rows), pa.string()),
            SHEET: pa.array([None] * len(rows), pa.string()),
            ROW: pa.array(range(2, 2 + len(rows)), pa.int64()),
        })
        problems = tuple(p for r in rejected for p in r.problems)
        content = {
            "sheet": None, "dataset": dataset, "headings": tuple(c.title for c in dataset.columns),
            "accepted": accepted, "rejected": tuple(rejected), "totals": (),
            "read": len(rows) + len(rejected), "problems": problems, "questions": (),
            "positions": {c.name: i for i, c in enumerate(dataset.columns)},
        }
        return SheetRead(**(content | more))

    def file(self, name: str, rows: Sequence[dict], table: str = "shops", **more) -> FileRead:
        """A CSV file with these rows; it lies in the folder, so that its cells can be looked at."""
        sheet = self.sheet(name, rows, table, **more)
        lines = [",".join(sheet.headings)]
        lines += [",".join("" if r.get(c.name) is None else str(r[c.name])
                           for c in sheet.dataset.columns) for r in rows]
        lines += [",".join(r.cells) for r in sheet.rejected]
        data = "\n".join(lines).encode()
        (self.folder / name).write_bytes(data)
        return FileRead(self.folder / name, hashlib.sha256(data).hexdigest(), len(data), (sheet,),
                        ())

    def take(self, *files: FileRead, **options) -> Outcome:
        options = {"by": "李四", "now": NOW, "today": TODAY} | options
        return take(self.dataset, files, self.bank, **options)

    def refused(self, *files: FileRead, **options) -> tuple[Problem, ...]:
        """Why nothing was taken."""
        try:
            self.take(*files, **options)
        except Problems as problems:
            return problems.problems
        raise AssertionError("it was taken")

    def open(self) -> BranchData:
        return open_data(self.dataset, self.bank.datasets, self.bank.units, codes=self.bank.codes,
                         today=TODAY)

    def rows(self, columns: str = "unit_code, shop, loan", table: str = "shops") -> list[tuple]:
        """What the dataset holds."""
        with self.open().connect() as con:
            return con.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()

    def receipts(self) -> tuple[receipts.Receipt, ...]:
        return receipts.read(self.dataset)


def codes(outcome: Outcome) -> list[Code]:
    """The codes of all problems, each once."""
    found = [*outcome.problems, *(p for f in outcome.files for p in f.all_problems)]
    return sorted({p.code for p in found})


def counts(outcome: Outcome) -> list[tuple[int, int, int, int]]:
    """read, accepted, rejected and totals of every sheet."""
    return [(s.read, s.accepted, len(s.rejected), s.totals)
            for f in outcome.files for s in f.sheets]

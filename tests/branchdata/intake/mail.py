"""Files as branches send them, made on the spot, and what reading them gives."""

from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from targets.branchdata.intake.model import FileRead, Question, SheetRead
from targets.branchdata.intake.read import read_file
from targets.problems import Code, Problem
from targets.schema.measures import Count, Dataset, Money, Percent
from targets.schema.organisation import Unit

TODAY = date(2026, 10, 8)
UNITS = [
    Unit.model_validate({"id": f"bank.unit.u{code}", "name": name, "code": code, "level": level,
                         "parent": parent and f"bank.unit.u{parent}"})
    for code, name, level, parent in (
        ("0000", "示例银行", "bank", None), ("0100", "云岭分行", "branch", "0000"),
        ("0101", "晨光支行", "sub_branch", "0100"), ("0102", "石桥支行", "sub_branch", "0100"),
        ("1101", "长堤支行", "sub_branch", "0100"), ("01101", "渡口支行", "sub_branch", "0100"),
    )
]
DATE = {"name": "data_date", "title": "数据日期", "type": "date", "required": True,
        "synonyms": ["统计月份"]}
UNIT = {"name": "unit_code", "title": "机构代码", "type": "text", "required": True,
        "synonyms": ["支行代码"]}


def dataset(table: str, name: str, key: list[str], *columns: dict, **more) -> Dataset:
    return Dataset.model_validate({
        "id": f"bank.dataset.{table}", "name": name, "table": table, "grain": "一行",
        "period": "data_date", "unit": "unit_code", "key": ["data_date", "unit_code", *key],
        "columns": [DATE, UNIT, *columns], **more,
    })


LOANS = dataset(
    "loans", "贷款台账", ["loan_id"],
    {"name": "loan_id", "title": "借据编号", "type": "text", "required": True, "personal": True},
    {"name": "customer", "title": "客户名称", "type": "text", "personal": True},
    {"name": "granted_on", "title": "发放日期", "type": "date", "not_after_period": True},
    {"name": "balance", "title": "贷款余额", "type": "decimal", "unit": "元", "minimum": 0,
     "maximum": 1_000_000_000, "synonyms": ["贷款/余额"]},
    {"name": "rate", "title": "年利率（%）", "type": "decimal", "maximum": 36,
     "synonyms": ["利率"]},
    {"name": "count", "title": "户数", "type": "integer", "minimum": 0},
    {"name": "grade", "title": "分类", "type": "text", "allowed": ["正常", "关注", "不良"]},
    {"name": "secured", "title": "是否抵押", "type": "boolean"},
)
DEPOSITS = dataset(
    "deposits", "存款结构表", [],
    {"name": "total", "title": "存款余额", "type": "decimal", "unit": "万元",
     "synonyms": ["存款总量/总余额"]},
    {"name": "savers", "title": "储蓄户数", "type": "integer", "synonyms": ["储蓄/户数"]},
    {"name": "savings", "title": "储蓄余额", "type": "decimal", "unit": "元",
     "synonyms": ["储蓄/余额"]},
)
REPORTED = dataset(
    "reported", "报送指标表", ["code"],
    {"name": "code", "title": "指标代码", "type": "text", "required": True},
    {"name": "value", "title": "数值", "type": "decimal", "required": True},
    content={"kind": "reported", "code": "code", "value": "value"},
)
SITES = dataset(
    "sites", "共建主体名单", ["site_code"],
    {"name": "site_code", "title": "共建主体编号", "type": "text", "required": True},
    {"name": "name", "title": "共建主体名称", "type": "text", "required": True},
    {"name": "kind", "title": "类别代码", "type": "text", "required": True},
    content={"kind": "sites", "name": "name", "site_kind": "kind"}, site="site_code",
)
VISITS = dataset(
    "visits", "走访表", ["site_code"],
    {"name": "site_code", "title": "共建主体编号", "type": "text", "required": True},
    {"name": "visits", "title": "走访次数", "type": "integer", "required": True},
    site="site_code",
)
DATASETS = [LOANS, DEPOSITS, REPORTED, SITES, VISITS]
CODES = {
    "DEPOSITS": Money(kind="money", unit="亿元"),
    "BAD_RATE": Percent(kind="percent"),
    "CUSTOMERS": Count(kind="count", of="户"),
}
HEAD = ["数据日期", "机构代码", "借据编号", "客户名称", "发放日期", "贷款余额", "年利率（%）",
        "户数", "分类", "是否抵押"]
ROW = ["2026-09-30", "0101", "J1", "甲", "2026-03-05", 100, 4.35, 1, "正常", "是"]


def loan(number: int = 1, **changes) -> list:
    """A row of the ledger in order, but for the changes: `balance="1,234.5"`."""
    names = [c.name for c in LOANS.columns]
    row = list(ROW)
    row[2] = f"J{number}"
    for name, value in changes.items():
        row[names.index(name)] = value
    return row


class Post:
    """What came with the post, read with what the bank knows."""

    def __init__(self, folder: Path):
        self.folder = folder

    def csv(self, rows, name: str = "贷款台账.csv", encoding: str = "utf-8") -> Path:
        """A text file of rows, or of ready text."""
        text = rows if isinstance(rows, str) else "".join(
            ",".join(_quoted(c) for c in row) + "\n" for row in rows
        )
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def xlsx(self, rows, sheet: str = "贷款台账", name: str = "报送.xlsx", *, touch=None,
             top: int = 0, **options) -> Path:
        """A workbook of one sheet; `touch` gets book and sheet for what rows can't say."""
        path = self.folder / name
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", **options}) as book:
            # The same content is the same file, whenever it is written.
            book.set_properties({"created": datetime(2026, 10, 8)})
            page = book.add_worksheet(sheet)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if value is not None:
                        page.write(top + i, j, value)
            if touch:
                touch(book, page)
        return path

    def read(self, path: Path, **more) -> FileRead:
        return read_file(path, DATASETS, UNITS, CODES, today=TODAY, **more)

    def sheet(self, path: Path, **more) -> SheetRead:
        """The only sheet that there is."""
        [sheet] = self.read(path, **more).sheets
        assert sheet.dataset, "\n".join(map(str, sheet.problems))
        return sheet

    def loans(self, *rows, head=HEAD, **more) -> SheetRead:
        """A ledger with these rows, as a workbook."""
        return self.sheet(self.xlsx([head, *rows]), **more)


def _quoted(cell) -> str:
    text = "" if cell is None else str(cell)
    return f'"{text}"' if any(ch in text for ch in ',"\n') else text


def values(sheet: SheetRead, column: str) -> list:
    """The accepted values of a column."""
    return sheet.accepted[column].to_pylist()


def taken(sheet: SheetRead, column: str):
    """The only accepted row's value."""
    assert not sheet.rejected, "\n".join(str(p) for r in sheet.rejected for p in r.problems)
    [value] = values(sheet, column)
    return value


def refused(sheet: SheetRead) -> Problem:
    """The only fault of the only row that was set aside."""
    [row] = sheet.rejected
    [problem] = row.problems
    return problem


def notice(sheet: SheetRead, code: Code) -> Problem:
    """The only problem of this code."""
    [problem] = [p for p in sheet.problems if p.code is code]
    return problem


def question(sheet: SheetRead) -> Question:
    [asked] = sheet.questions
    return asked


def refusal(read: FileRead) -> Problem:
    """Why a file was not read at all."""
    assert not read.sheets
    [problem] = read.problems
    return problem

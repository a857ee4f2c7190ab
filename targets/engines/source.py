"""A source: how a bank's own tables, columns, codes and units stand for our datasets.

A small YAML file, so that no bank renames its tables for us. It holds no address and no secret.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from targets.catalog.messages import explain
from targets.catalog.yaml_text import MAX_BYTES, parse
from targets.problems import Code, Problem, Problems, did_you_mean, reason
from targets.schema.base import Labelled, Model
from targets.schema.measures import Column, ColumnType, Dataset, Identifier, MoneyUnit

Name = Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True)]
MONTHLY = ("YYYYMM", "YYYY-MM")
"""formats that name a month; its last day is meant"""


class DateFormat(Labelled):
    """How a date is written as text or as a whole number."""

    ISO = "YYYY-MM-DD", "2026-09-30"
    PLAIN = "YYYYMMDD", "20260930"
    SLASHES = "YYYY/MM/DD", "2026/09/30"
    POINTS = "YYYY.MM.DD", "2026.09.30"
    CHINESE = "YYYY年MM月DD日", "2026年09月30日"
    MONTH = "YYYYMM", "202609，即该月最后一天"
    ISO_MONTH = "YYYY-MM", "2026-09，即该月最后一天"


class SourceColumn(Model):
    """Where one of our columns comes from."""

    column: Name | None = Field(None, description="来源表里的列名")
    constant: Name | None = Field(None, description="每行都取这个值（来源没有这一列）")
    empty: bool = Field(False, description="来源没有这一列，一律空着；必填的列不行")
    codes: dict[str, Name] = Field({}, description="来源的代码: 我们的写法；是否列写 是 或 否")
    others: Literal["refuse", "keep"] = Field(
        "refuse", description="对照里没有的代码：refuse 报错，keep 原样留着"
    )
    unit: MoneyUnit | None = Field(None, description="来源的金额单位；不写就与数据表一致")
    format: DateFormat | None = Field(None, description="来源里日期的写法")
    blank: tuple[str, ...] = Field((), description="这些写法等于空着，如 00000000、99991231")

    @model_validator(mode="before")
    @classmethod
    def _a_name_alone(cls, value):
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self):
        given = [bool(self.column), self.constant is not None, self.empty]
        if sum(given) != 1:
            raise PydanticCustomError(
                "source_origin", "column、constant、empty 三个键里要写一个，也只能写一个"
            )
        if not self.column and (self.codes or self.unit or self.format or self.blank):
            raise PydanticCustomError(
                "source_origin", "没有 column，就不能写 codes、unit、format、blank"
            )
        return self


class SourceTable(Model):
    """Where the rows of one of our tables come from."""

    place: Name | None = Field(
        None, alias="from", description="来源的表（模式.表）或文件、目录；不写就与我们的表同名"
    )
    columns: dict[Identifier, SourceColumn] = Field(
        {}, description="我们的列: 来源的列；没写的列按列名、中文列名或别名自动对应"
    )

    @field_validator("place")
    @classmethod
    def _a_place_only(cls, value):
        # what is written instead might be a secret, so it is not repeated
        if value and (set(value) & set(";'\"`\\@=\n") or "://" in value):
            raise PydanticCustomError(
                "source_place", "from 只写表名（模式.表）或相对路径；地址和口令不写在来源文件里"
            )
        if value and (value.startswith("/") or ".." in value.split("/")):
            raise PydanticCustomError("source_place", "from 写数据目录以内的相对路径")
        return value


class Origin(Model):
    """A whole source file."""

    sample: bool = Field(False, description="各行是虚构的示例，判定都注明“示例数据”")
    tables: dict[Identifier, SourceTable] = Field(
        {}, description="我们的表名: 来源；没写的表按同名对应"
    )


def read_origin(path: Path, datasets: Sequence[Dataset]) -> Origin:
    """Read a source file; raises Problems with everything that is wrong with it."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise Problems([Problem(
            Code.NO_ORIGIN, f"来源文件打不开：{reason(error)}", file=str(path),
            mend="核对 --source 后面的文件名",
        )]) from None
    parsed = parse(raw, path.name)
    if parsed.problems:
        raise Problems(parsed.problems)
    try:
        origin = Origin.model_validate(parsed.data)
    except ValidationError as error:
        raise Problems(explain(error, Origin, parsed, (), path.name, "来源")) from None

    def problem(at: tuple, found: str, allowed: str | None = None, mend: str | None = None):
        line, column = parsed.position(at, key=True)
        return Problem(
            Code.ORIGIN_MISFIT, found, file=path.name, line=line, column=column,
            field=".".join(at), allowed=allowed, mend=mend,
        )

    found = list(_misfits(origin, datasets, problem))
    if found:
        raise Problems(found)
    return origin


def _misfits(origin: Origin, datasets: Sequence[Dataset], problem):
    """Where a source does not fit the datasets."""
    known = {d.table: d for d in datasets if d.sent}
    made = {d.table: d.name for d in datasets if not d.sent}
    for table, entry in origin.tables.items():
        at = ("tables", table)
        if table in made:
            yield problem(at, f"“{made[table]}”由报送记录得出，没有来源", "、".join(known),
                          "删去它；记录不在数据目录里，用 --hand-ins 指明")
            continue
        if table not in known:
            yield problem(at, f"没有登记“{table}”这张表", "、".join(known),
                          did_you_mean(table, known))
            continue
        names = {c.name: c for c in known[table].columns}
        for name, column in entry.columns.items():
            here = (*at, "columns", name)
            if name not in names:
                yield problem(here, f"数据表 {table} 没有列 {name}", "、".join(names),
                              did_you_mean(name, names))
            elif why := _misfit(names[name], column):
                yield problem(here, f"「{names[name].title}」{why}")


def _misfit(column: Column, source: SourceColumn) -> str | None:
    """Why a column can't come from there, in Chinese; None when it can."""
    kind = column.type
    if source.empty and column.required:
        return "每行都要填，不能 empty: true"
    if source.unit and column.unit is None:
        return "不是金额列，不能写 unit"
    if source.format and kind is not ColumnType.DATE:
        return "不是日期列，不能写 format"
    if source.codes and kind not in (ColumnType.TEXT, ColumnType.BOOLEAN):
        return f"是{kind.label}列，不能写 codes；要当作空的写法，用 blank"
    given = [*source.codes.values(), *([source.constant] if source.constant else [])]
    allowed = ("是", "否") if kind is ColumnType.BOOLEAN else column.allowed
    wrong = [v for v in given if allowed and v not in allowed]
    if wrong:
        return f"不取“{wrong[0]}”这个值，只取 {'、'.join(allowed)}"
    if source.others == "keep" and (not source.codes or kind is ColumnType.BOOLEAN):
        return "others: keep 只与文字列的 codes 一起用"
    if source.constant and kind in (ColumnType.INTEGER, ColumnType.DECIMAL):
        try:
            Decimal(source.constant)
        except ArithmeticError:
            return f"的 constant “{source.constant}”不是数"
    return None

"""What a cell may hold: a dataset's column or a metric's unit as a spreadsheet's validation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from targets.schema.measures import (
    Column,
    ColumnType,
    Count,
    MeasureUnit,
    Money,
    Percent,
    Rank,
)
from targets.wording import number

FIRST_DAY = date(1900, 3, 1)
"""before it spreadsheet programs count a day that never was"""
FAR = 10**15
"""beyond it a spreadsheet keeps no cents"""
ID_LENGTHS = (15, 18)
"""how long identity numbers are"""
WORDS = {
    ColumnType.TEXT: "文字",
    ColumnType.DATE: "日期，如 2026-09-30",
    ColumnType.INTEGER: "整数，不带千分位和单位",
    ColumnType.DECIMAL: "数，不带千分位和单位",
    ColumnType.BOOLEAN: "是 或 否",
}


@dataclass(frozen=True)
class Check:
    """A validation rule, and what it allows in words."""

    rule: Mapping
    allowed: str


def places(column: Column) -> int:
    """Decimal places that a number may have: amounts go down to the cent in whatever unit."""
    return 2 + (len(str(column.unit.yuan)) - 1 if column.unit else 0)


def column_check(column: Column, cell: str, period: date) -> Check:
    """For a column without a list of its own; `cell` is the first cell of the area."""
    match column.type:
        case ColumnType.DATE:
            last = period if column.not_after_period else date(9999, 12, 31)
            words = f"日期，不晚于 {period}" if column.not_after_period else WORDS[column.type]
            return Check({
                "validate": "date", "criteria": "between", "minimum": FIRST_DAY, "maximum": last,
            }, words)
        case ColumnType.INTEGER:
            low, high = _ends(column)
            return Check({
                "validate": "integer", "criteria": "between", "minimum": int(low),
                "maximum": int(high),
            }, _range("整数", column))
        case ColumnType.DECIMAL:
            low, high = _ends(column)
            digits = places(column)
            formula = (
                f"=AND(ISNUMBER({cell}),{cell}>={low},{cell}<={high},"
                f"ROUND({cell},{digits})={cell})"
            )
            return Check({"validate": "custom", "value": formula},
                         _range(f"最多 {digits} 位小数的数", column))
    if column.personal:
        wrong = ",".join(f"LEN({cell})<>{n}" for n in ID_LENGTHS)
        return Check({
            "validate": "custom", "value": f"=AND({wrong})", "error_type": "warning",
        }, "行内编号；看上去像证件号码（15 位或 18 位）时会问一句")
    return Check({"validate": "any"}, WORDS[column.type])


def _ends(column: Column) -> tuple[str, str]:
    low = -FAR if column.minimum is None else column.minimum
    high = FAR if column.maximum is None else column.maximum
    return _digits(low), _digits(high)


def _digits(value: Decimal | int) -> str:
    return format(Decimal(value).normalize(), "f")


def _range(what: str, column: Column) -> str:
    unit = column.unit.label if column.unit else ""
    ends = [
        f"{word} {number(end)}{unit}"
        for word, end in (("最小", column.minimum), ("最大", column.maximum)) if end is not None
    ]
    return "，".join([what, *ends])


def reported_label(unit: MeasureUnit) -> str:
    """The unit that a reported figure is written in: money always in yuan."""
    return "元" if isinstance(unit, Money) else unit.label


def figure_check(unit: MeasureUnit, cell: str, *, yuan: bool) -> Check:
    """For a ready-made figure; `yuan`: money is written in yuan and not in the metric's unit."""
    negative = getattr(unit, "may_be_negative", False)
    low = -FAR if negative else 0
    sign = "，可以为负" if negative else "，不小于 0"
    match unit:
        case Count(average=False):
            return Check({
                "validate": "integer", "criteria": "between", "minimum": low, "maximum": FAR,
            }, f"整数（{unit.of}）{sign}")
        case Rank():
            return Check({
                "validate": "integer", "criteria": ">=", "value": 1,
            }, "名次：1、2、3……")
        case Percent():
            high = 1000 if unit.may_exceed_100 else 100
            low = -1000 if negative else 0
            return Check({
                "validate": "decimal", "criteria": "between", "minimum": low, "maximum": high,
            }, f"百分数，70 表示 70%，不打百分号；{low} 至 {high}")
    digits = 2
    if isinstance(unit, Money) and not yuan:
        digits += len(str(unit.unit.yuan)) - 1
    label = reported_label(unit) if yuan else unit.label
    formula = f"=AND(ISNUMBER({cell}),{cell}>={low},{cell}<={FAR},ROUND({cell},{digits})={cell})"
    return Check({"validate": "custom", "value": formula},
                 f"最多 {digits} 位小数的数" + (f"，按{label}填" if label else "") + sign)


def number_format(unit: MeasureUnit) -> str:
    """How a figure is shown."""
    whole = isinstance(unit, Rank) or (isinstance(unit, Count) and not unit.average)
    return "#,##0" if whole else "#,##0.00"

"""Statuses, punctuality and load as rows: for the screen, CSV, JSON and workbooks."""

from collections.abc import Iterable
from fractions import Fraction

from targets.catalog import Catalog

from . import words
from .submissions import Load, Overlap, Punctuality, Status, named_period
from .tables import Column

STATUSES = (
    Column("unit", "机构代码"),
    Column("unit_name", "机构"),
    Column("actors", "责任岗位"),
    Column("title", "事项"),
    Column("period", "报告期"),
    Column("due", "到期日"),
    Column("status", "状态"),
    Column("handed_in", "报送时间"),
    Column("version", "版本"),
    Column("by", "报送人"),
    Column("missing", "还缺的数据表"),
    Column("recipients", "报给"),
    Column("clause", "出处"),
    Column("flags", "请注意"),
    Column("source", "记录在"),
    Column("duty", "义务编号"),
    Column("status_code", "状态代码"),
)

RATES = (
    Column("unit", "机构代码"),
    Column("unit_name", "机构"),
    Column("title", "事项"),
    Column("actors", "责任岗位"),
    Column("on_time", "按时"),
    Column("due", "应报"),
    Column("rate", "按时率"),
    Column("note", "请注意"),
    Column("duty", "义务编号"),
)

LOADS = (
    Column("unit", "机构代码"),
    Column("unit_name", "机构"),
    Column("counted", "数的是"),
    Column("weeks", "周数"),
    Column("total", "合计"),
    Column("least", "最少一周"),
    Column("median", "中位数"),
    Column("most", "最多一周"),
    Column("busiest", "最忙的周"),
)

OVERLAPS = (
    Column("first", "义务甲"),
    Column("second", "义务乙"),
    Column("metrics", "都收的指标"),
    Column("tables", "都依据的数据表"),
    Column("units", "机构数"),
    Column("first_duty", "甲的编号"),
    Column("second_duty", "乙的编号"),
)


def status_rows(catalog: Catalog, found: Iterable[Status]) -> list[dict]:
    """A row a due date and unit; what is missing is None."""
    return [
        {
            "unit": s.unit.code,
            "unit_name": s.unit.name,
            "actors": words.names(catalog, s.occurrence.duty.actors),
            "title": s.occurrence.duty.name,
            "period": named_period(s.occurrence).label,
            "due": s.occurrence.due,
            "status": s.words,
            "handed_in": f"{s.handed_in:%Y-%m-%d %H:%M}" if s.handed_in else None,
            "version": s.version,
            "by": s.by,
            "missing": "、".join(s.missing) or None,
            "recipients": words.names(catalog, s.occurrence.duty.recipients) or None,
            "clause": words.cited(catalog, s.occurrence),
            "flags": words.flags(s.occurrence) or None,
            "source": s.source,
            "duty": s.occurrence.duty.id,
            "status_code": s.standing.value,
        }
        for s in found
    ]


def rate_rows(catalog: Catalog, found: Iterable[Punctuality]) -> list[dict]:
    """A row a unit and duty; the rate is an exact fraction, not reduced."""
    return [
        {
            "unit": p.unit.code,
            "unit_name": p.unit.name,
            "title": p.duty.name,
            "actors": words.names(catalog, p.duty.actors),
            "on_time": p.on_time,
            "due": p.due,
            "rate": f"{p.on_time}/{p.due} 期",  # bare, a spreadsheet takes it for a day
            "note": f"其中 {p.unsure} 期原文没有截止日，按期末算" if p.unsure else None,
            "duty": p.duty.id,
        }
        for p in found
    ]


def load_rows(found: Iterable[tuple[str, Load]]) -> list[dict]:
    """A row a unit and what is counted. The three busiest weeks are named."""
    return [
        {
            "unit": one.unit.code,
            "unit_name": one.unit.name,
            "counted": counted,
            "weeks": len(one.weeks),
            "total": one.total,
            "least": min(one.weeks.values()),
            "median": _half(one.median),
            "most": max(one.weeks.values()),
            "busiest": _weeks(one) or None,
        }
        for counted, one in found
    ]


def _half(value: Fraction) -> str:
    return f"{float(value):g}"  # whole or a half: exact


def _weeks(one: Load) -> str:
    told = [f"{w.label}（{w.first:%m-%d} 起）" for w in one.busiest[:3]]
    more = len(one.busiest) - len(told)
    return "、".join(told) + (f" 等 {len(one.busiest)} 周" if more else "")


def overlap_rows(found: Iterable[Overlap]) -> list[dict]:
    return [
        {
            "first": o.first.name,
            "second": o.second.name,
            "metrics": "、".join(m.name for m in o.metrics) or None,
            "tables": "、".join(t.name for t in o.tables) or None,
            "units": len(o.units),
            "first_duty": o.first.id,
            "second_duty": o.second.id,
        }
        for o in found
    ]

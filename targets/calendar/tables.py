"""Due dates as rows: one list of columns for the screen, CSV, JSON and workbooks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter

from targets import wording
from targets.catalog import Catalog
from targets.schema.duties import Duty

from . import words
from .occurrences import Calendar, Occurrence
from .rrules import rrule


@dataclass(frozen=True)
class Column:
    name: str
    title: str


COLUMNS = (
    Column("due", "到期日"),
    Column("time", "时刻"),
    Column("title", "事项"),
    Column("reports_on", "报哪一期"),
    Column("period", "时期"),
    Column("quota", "次数"),
    Column("actors", "谁来做"),
    Column("unit", "机构代码"),
    Column("unit_name", "机构"),
    Column("recipients", "报给"),
    Column("copies", "抄送"),
    Column("form", "形式"),
    Column("document", "文件"),
    Column("clause", "出处"),
    Column("nominal_due", "未移动时"),
    Column("flags", "请注意"),
    Column("assumptions", "待定事项"),
    Column("duty", "义务编号"),
    Column("period_start", "时期起"),
    Column("period_end", "时期止"),
    Column("key", "事项编号"),
)


def rows(catalog: Catalog, found: Iterable[Occurrence], unit=None) -> Iterator[dict]:
    """A row an occurrence. Dates stay dates; what is missing is None."""
    for occurrence in found:
        duty = occurrence.duty
        document = catalog.document_of(duty)
        whose = occurrence.unit or unit
        yield {
            "due": occurrence.due,
            "time": f"{occurrence.due_time:%H:%M}" if occurrence.due_time else None,
            "title": duty.name,
            "reports_on": occurrence.reports_on.label if occurrence.reports_on else None,
            "period": occurrence.period.label,
            "quota": words.quota(occurrence) or None,
            "actors": words.names(catalog, duty.actors),
            "unit": whose.code if whose else None,
            "unit_name": whose.name if whose else None,
            "recipients": words.names(catalog, duty.recipients) or None,
            "copies": words.names(catalog, duty.copies) or None,
            "form": duty.form,
            "document": document.short_name if document else None,
            "clause": words.cited(catalog, occurrence),
            "nominal_due": occurrence.nominal_due if occurrence.shifted_by else None,
            "flags": words.flags(occurrence) or None,
            "assumptions": "、".join(words.open_questions(catalog, occurrence)) or None,
            "duty": duty.id,
            "period_start": occurrence.period_start,
            "period_end": occurrence.period_end,
            "key": occurrence.key,
        }


def document(calendar: Calendar, found: Iterable[Occurrence], unit=None) -> dict:
    """The due dates as JSON-ready data, with codes beside the words."""
    occurrences = list(found)
    return {
        "timezone": "Asia/Shanghai",
        "definitions": calendar.catalog.digest(),
        "occurrences": [
            {
                **{k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()},
                "due_unmoved": occurrence.nominal_due.isoformat(),
                "shifted_by": occurrence.shifted_by,
                "times": occurrence.quota,
                "at_least": occurrence.at_least,
                "flag_codes": [flag.value for flag in occurrence.flags],
            }
            for occurrence, row in zip(
                occurrences, rows(calendar.catalog, occurrences, unit), strict=True
            )
        ],
    }


UNDATED = (
    Column("name", "义务"),
    Column("why", "为什么没有日期"),
    Column("actors", "谁来做"),
    Column("document", "文件"),
    Column("clause", "出处"),
    Column("duty", "义务编号"),
)


def undated_rows(calendar: Calendar, duties: Iterable[Duty]) -> list[dict]:
    """Duties that yield no dates, and why."""
    catalog = calendar.catalog
    wanted = {duty.id for duty in duties}
    return [
        {
            "name": duty.name,
            "why": why,
            "actors": words.names(catalog, duty.actors),
            "document": catalog.document_of(duty).short_name,
            "clause": "；".join(map(catalog.citation, dict.fromkeys(duty.clauses))),
            "duty": duty.id,
        }
        for duty, why in calendar.undated()
        if duty.id in wanted
    ]


def rule_words(duty: Duty) -> str:
    """The recurrence, the deadline and the rule for calendars, on one line."""
    rule = rrule(duty)
    told = rule.text or f"不能写成 RRULE：{rule.reason}"
    return f"{wording.recurrence(duty.recurrence)}；{wording.duty_deadline(duty)}；{told}"


def write_workbook(columns: tuple[Column, ...], table: Iterable[dict], path: Path) -> None:
    """One sheet; text is never taken for a formula or a link."""
    write_sheets({"报送日历": (columns, table)}, path)


def write_sheets(
    sheets: Mapping[str, tuple[tuple[Column, ...], Iterable[dict]]], path: Path
) -> None:
    """A sheet a table, by name."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        formats = (
            book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        for name, (columns, table) in sheets.items():
            _fill(book.add_worksheet(name), columns, list(table), *formats)


def _fill(sheet, columns: tuple[Column, ...], lines: list[dict], head, day) -> None:
    for i, column in enumerate(columns):
        sheet.write_string(0, i, column.title, head)
    for count, row in enumerate(lines, start=1):
        for i, column in enumerate(columns):
            value = row[column.name]
            if isinstance(value, str):
                sheet.write_string(count, i, value)
            elif isinstance(value, date):
                sheet.write_datetime(count, i, value, day)
            elif value is not None:
                sheet.write_number(count, i, value)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(lines)), len(columns) - 1)
    sheet.autofit(max_width=300)

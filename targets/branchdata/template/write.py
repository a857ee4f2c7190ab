"""The workbook of a unit's tables: a sheet of explanations, then a sheet a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter.utility import xl_rowcol_to_cell

from targets.catalog import Catalog
from targets.schema.measures import (
    Column,
    ColumnType,
    PeersContent,
    ReportedContent,
    SitesContent,
)
from targets.schema.organisation import SiteKind

from ..columns import REFERENCE
from . import book as bk
from .checks import (
    WORDS,
    Check,
    column_check,
    figure_check,
    number_format,
    places,
    reported_label,
)
from .guide import write_guide
from .identity import Identity, SheetIdentity
from .known import Known
from .plan import Figure, Plan, SheetPlan, definitions_digest

HEADING = 5
"""the row of the headings, from 0; an empty one above keeps the title lines apart from them"""
FIRST = HEADING + 1
ROWS = 20_000
"""how many rows are checked as they are typed; further rows can be filled in all the same"""
WIDTHS = {
    ColumnType.TEXT: 18, ColumnType.DATE: 13, ColumnType.INTEGER: 12, ColumnType.DECIMAL: 18,
    ColumnType.BOOLEAN: 11,
}
YES_NO = ("是", "否")
LEGEND = (
    "白格请填，灰格已经填好、不能改；深蓝表头必填，浅蓝表头可以空着；变成橙色的格子是必填而空着。"
    "鼠标停在表头上，看这一列怎样填。"
)


@dataclass(frozen=True)
class Shown:
    """A column of a sheet of ready-made figures: of the dataset, or shown beside it."""

    title: str
    width: float
    column: Column | None = None


def identity_of(plan: Plan) -> Identity:
    """What today's definitions would say of this workbook."""
    sheets = {s.name: SheetIdentity(s.dataset.table, s.digest) for s in plan.sheets}
    return Identity(definitions_digest(plan.catalog), plan.unit.code, plan.period, sheets)


def write_workbook(plan: Plan, path: Path, known: Known | None = None) -> None:
    """Write the workbook; `known` is what earlier data tell."""
    known = known or Known()
    frame = bk.Frame(plan.unit, plan.period, known.label)
    with bk.Book(path, frame, f"{plan.unit.name} {plan.period} 报数工作簿") as book:
        write_guide(book, plan, known)
        for sheet in plan.sheets:
            if isinstance(sheet.dataset.content, ReportedContent):
                _figures(book, plan, sheet, known)
            else:
                _rows(book, plan, sheet, known)
        book.identify(identity_of(plan))


# ---------------------------------------------------------------- tables of rows


def heading(column: Column) -> str:
    """The Chinese heading with its unit, as readers of workbooks take it."""
    return f"{column.title}（{column.unit.label}）" if column.unit else column.title


def _rows(book: bk.Book, plan: Plan, sheet: SheetPlan, known: Known) -> None:
    columns = sheet.dataset.columns
    widths = [max(WIDTHS[c.type], 2.2 * len(heading(c)) + 3) for c in columns]
    prefilled = _prefilled(plan, sheet, known)
    lines = _lines(book, sheet, _row_note(sheet, known, bool(prefilled)))
    page = book.sheet(sheet.name, lines, len(columns))
    _row_heights(page, lines, sum(widths))
    for i, column in enumerate(columns):
        page.set_column(i, i, widths[i], book.format(bk.INPUT, cell_style(column)))
        style = {"bg_color": bk.REQUIRED if column.required else bk.OPTIONAL}
        page.write_string(HEADING, i, heading(column), book.format(bk.HEAD, style))
        allowed, check = _column_check(book, plan, sheet, known, column, i)
        bk.note(page, HEADING, i, _column_note(column, allowed))
        area = (FIRST, i, FIRST + ROWS - 1, i)
        message = f"{'必填' if column.required else '可以空着'}。{column.note or ''}"
        bk.check(page, area, check.rule, column.title, f"{message}\n{allowed}",
                 f"这里要填：{allowed}")
    for r, row in enumerate(prefilled):
        for i, column in enumerate(columns):
            _cell(book, page, FIRST + r, i, row[column.name], bk.INPUT, cell_style(column))
    _mark_missing(book, page, columns)
    page.hide_gridlines(0)  # printed too: rows to fill in have no borders of their own
    page.autofilter(HEADING, 0, FIRST + ROWS - 1, len(columns) - 1)
    _finish(page, 0)


def cell_style(column: Column) -> Mapping:
    match column.type:
        case ColumnType.TEXT:
            return {"num_format": "@"}
        case ColumnType.DATE:
            return bk.DAY
        case ColumnType.INTEGER:
            return {"num_format": "#,##0"}
        case ColumnType.DECIMAL:
            return {"num_format": "#,##0.00" + "#" * (places(column) - 2)}
    return {"align": "center"}


def _lines(book: bk.Book, sheet: SheetPlan, note: str) -> list[tuple[str, Mapping]]:
    return [
        (sheet.dataset.name, bk.TITLE_LINE),
        (book.frame.words, {"bold": True}),
        (note, bk.LINE),
        (LEGEND, bk.LINE),
    ]


def _row_note(sheet: SheetPlan, known: Known, prefilled: bool) -> str:
    dataset = sheet.dataset
    note = f"一行是{dataset.grain}。{dataset.note or ''}"
    if prefilled:
        note += (
            f"下面照 {known.sites_on} 的名单填好了，请逐行核对：新增的补在下面，"
            "已经退出的清空整行。"
        )
    return note


def _row_heights(page, lines: Sequence[tuple[str, Mapping]], width: float) -> None:
    page.set_row(0, 28)
    for row, (text, _) in enumerate(lines[1:], start=1):
        page.set_row(row, bk.height(text, width))
    page.set_row(HEADING - 1, 6)
    page.set_row(HEADING, 36)


def _column_check(
    book: bk.Book, plan: Plan, sheet: SheetPlan, known: Known, column: Column, position: int
) -> tuple[str, Check]:
    """What is allowed, in words, and the rule."""
    choices, words = _choices(plan, sheet, known, column)
    if choices:
        rule = {"validate": "list", "source": book.list_of(choices)}
        return words, Check(rule, words)
    check = column_check(column, xl_rowcol_to_cell(FIRST, position), plan.period)
    return check.allowed, check


def _choices(
    plan: Plan, sheet: SheetPlan, known: Known, column: Column
) -> tuple[tuple, str]:
    """The values to choose from, and how they are told; none where anything of its type goes."""
    dataset = sheet.dataset
    if column.name == dataset.period:
        return (plan.period,), f"只填 {plan.period}"
    if column.name == dataset.unit:
        units = "、".join(f"{u.code} {u.name}" for u in sheet.units)
        return tuple(u.code for u in sheet.units), f"从下拉里选：{units}"
    listing = isinstance(dataset.content, SitesContent)
    if column.name == dataset.site and not listing and known.sites:
        sites = _sites_of(plan.catalog, sheet, known)
        if sites:
            return (tuple(s.code for s in sites),
                    "从下拉里选；编号是哪个共建主体，见“填报说明”末尾的名单")
    if isinstance(dataset.content, PeersContent) and column.name == dataset.content.code:
        return (tuple(m.measure.code for m in sheet.codes), "从下拉里选："
                + "、".join(f"{m.measure.code} {m.name}" for m in sheet.codes))
    if column.type is ColumnType.BOOLEAN:
        return YES_NO, WORDS[column.type]
    if column.allowed:
        return column.allowed, "从下拉里选：" + "、".join(column.allowed)
    return (), ""


def _sites_of(catalog: Catalog, sheet: SheetPlan, known: Known):
    """The sites that the table can be about: of the kinds that its targets speak of."""
    kinds: set[SiteKind] = set()
    for target in sheet.targets:
        kind = catalog.get(target).scope.site_kind
        if kind is None:
            return known.sites
        kinds.add(kind)
    return tuple(s for s in known.sites if s.kind in kinds)


def _column_note(column: Column, allowed: str) -> str:
    unit = f"，按{column.unit.label}填" if column.unit else ""
    lines = [
        f"{column.title}：{column.type.label}{unit}，{'必填' if column.required else '可以空着'}",
        f"填法：{column.note}" if column.note else "",
        f"可以填：{allowed}",
        "这一列可以认出是谁，不进结果和网站。" if column.personal else "",
    ]
    return "\n".join(line for line in lines if line)


def _prefilled(plan: Plan, sheet: SheetPlan, known: Known) -> list[dict]:
    """The list of sites carried over from the last one; every other table begins empty."""
    dataset = sheet.dataset
    if not isinstance(dataset.content, SitesContent) or not known.sites:
        return []
    content = dataset.content
    return [
        {c.name: None for c in dataset.columns} | {
            dataset.period: plan.period, dataset.unit: site.unit_code, dataset.site: site.code,
            content.name: site.name, content.site_kind: site.kind,
        }
        for site in known.sites
    ]


def _cell(book: bk.Book, page, row: int, column: int, value, *style: Mapping) -> None:
    """A value as it is; text stays text, whatever it begins with."""
    look = book.format(*style)
    if value is None:
        page.write_blank(row, column, None, look)
    elif isinstance(value, str):
        page.write_string(row, column, value, look)
    elif hasattr(value, "isoformat"):
        page.write_datetime(row, column, value, look)
    else:
        page.write_number(row, column, value, look)


def _mark_missing(book: bk.Book, page, columns: Sequence[Column]) -> None:
    """Colour what must be filled in, once anything stands in the row."""
    row = (
        f"{xl_rowcol_to_cell(FIRST, 0, col_abs=True)}:"
        f"{xl_rowcol_to_cell(FIRST, len(columns) - 1, col_abs=True)}"
    )
    for i, column in enumerate(columns):
        if column.required:
            page.conditional_format(FIRST, i, FIRST + ROWS - 1, i, {
                "type": "formula",
                "criteria": f'=AND(COUNTA({row})>0,{xl_rowcol_to_cell(FIRST, i)}="")',
                "format": book.format({"bg_color": bk.MISSING}),
            })


def _finish(page, frozen_columns: int) -> None:
    page.freeze_panes(FIRST, frozen_columns)
    page.repeat_rows(HEADING)
    page.protect("", bk.PROTECTION)


# ---------------------------------------------------------------- ready-made figures


def _figures(book: bk.Book, plan: Plan, sheet: SheetPlan, known: Known) -> None:
    dataset = sheet.dataset
    shown = _shown_columns(sheet, known)
    value = next(i for i, s in enumerate(shown) if s.column and
                 s.column.name == dataset.content.value)
    lines = _lines(book, sheet, _figure_note(sheet, known))
    page = book.sheet(sheet.name, lines, len(shown))
    _row_heights(page, lines, sum(s.width for s in shown))
    for i, one in enumerate(shown):
        page.set_column(i, i, one.width)
        style = {"bg_color": bk.REQUIRED if one.column else bk.GREY}
        page.write_string(HEADING, i, one.title, book.format(bk.HEAD, style))
        if one.column:
            how = "见每一行的单位和口径" if i == value else "已经填好"
            bk.note(page, HEADING, i, _column_note(one.column, how))
    for r, figure in enumerate(sheet.figures, start=FIRST):
        _figure(book, page, plan, sheet, known, figure, r, shown, value)
    last = FIRST + len(sheet.figures) - 1
    cell = xl_rowcol_to_cell(FIRST, value)
    page.conditional_format(FIRST, value, last, value, {
        "type": "formula", "criteria": f'={cell}=""',
        "format": book.format({"bg_color": bk.MISSING}),
    })
    page.autofilter(HEADING, 0, last, len(shown) - 1)
    _finish(page, 0)


def _figure_note(sheet: SheetPlan, known: Known) -> str:
    dataset = sheet.dataset
    value = dataset.column(dataset.content.value)
    note = (
        f"一行是{dataset.grain}。{value.note or ''}每行的单位和口径写在旁边；"
        "灰格只供参考，读数时不取。"
    )
    if known.figures_on:
        note += f"上期数是 {known.figures_on} 报送的数。"
    return note


def _shown_columns(sheet: SheetPlan, known: Known) -> list[Shown]:
    """The dataset's columns, and beside the value what helps to fill it in."""
    dataset = sheet.dataset
    content = dataset.content
    out = []
    for column in dataset.columns:
        if column.name == content.value:
            last = f"上期数 {known.figures_on}" if known.figures_on else "上期数"
            out += [
                Shown(f"{REFERENCE}指标是什么", 24), Shown(f"{REFERENCE}单位", 9),
                Shown(f"{REFERENCE}{last}", 20), Shown(column.title, 20, column),
                Shown(f"{REFERENCE}哪家机构", 18), Shown(f"{REFERENCE}口径", 46),
                Shown(f"{REFERENCE}依据", 26),
            ]
        else:
            wide = 26 if column.name == content.code else WIDTHS[column.type]
            out.append(Shown(column.title, wide, column))
    return out


def _figure(
    book: bk.Book, page, plan: Plan, sheet: SheetPlan, known: Known, figure: Figure, row: int,
    shown: Sequence[Shown], value: int,
) -> None:
    dataset, metric = sheet.dataset, figure.metric
    code = metric.measure.code
    last = known.figures.get((figure.unit.code, code))
    clauses = "；".join(dict.fromkeys(plan.catalog.citation(c) for c in metric.clauses))
    fixed = {dataset.period: plan.period, dataset.unit: figure.unit.code,
             dataset.content.code: code}
    beside = {value - 3: metric.name, value - 2: reported_label(metric.unit), value - 1: last,
              value + 1: figure.unit.name, value + 2: metric.caliber, value + 3: clauses}
    look = {"num_format": number_format(metric.unit)}
    for i, one in enumerate(shown):
        if i == value:
            page.write_blank(row, i, None, book.format(bk.CELL, bk.INPUT, look))
        elif one.column and one.column.name in fixed:
            _cell(book, page, row, i, fixed[one.column.name], bk.FIXED, cell_style(one.column))
        elif one.column:
            page.write_blank(
                row, i, None, book.format(bk.CELL, bk.INPUT, cell_style(one.column))
            )
        else:
            style = look if i == value - 1 else {}
            _cell(book, page, row, i, beside[i], bk.FIXED, style)
    check = figure_check(metric.unit, xl_rowcol_to_cell(row, value), yuan=True)
    bk.check(page, (row, value, row, value), check.rule, metric.name,
             f"{metric.caliber}\n{check.allowed}", f"这里要填：{check.allowed}")
    page.set_row(row, max(20, bk.height(metric.caliber, 46), bk.height(clauses, 26)))

"""The form that a report is made on, from its duty's layout, with reference figures beside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_rowcol_to_cell

from targets.catalog import Catalog
from targets.catalog.decisions import metric_in_force, target_in_force, value_on
from targets.problems import Code, Problem, Problems, did_you_mean
from targets.schema.base import Basis
from targets.schema.duties import Duty, FormEntry, FormLayout, FormSection, ReportsOn
from targets.schema.measures import Metric
from targets.schema.organisation import Unit
from targets.schema.targets import Target
from targets.wording import recurrence, rounded, test

from ..read import BranchData
from . import book as bk
from .checks import figure_check, number_format
from .due import due_words, ends_with, months_of, must
from .guide import Guide, open_assumptions, write_open
from .identity import Identity, SheetIdentity
from .plan import definitions_digest, digest, open_units, period_end

if TYPE_CHECKING:
    from targets.assessment import Assessment

HEADING = 6
COLUMNS = (
    ("序号", 6), ("指标", 24), ("单位", 8), ("目标", 20), ("上期", 15), ("系统算得", 15),
    ("本期填报", 16), ("与系统算得不同，说明原因", 28), ("口径", 44), ("依据", 24),
)
LAST, COMPUTED, INPUT, REASON = 4, 5, 6, 7
WIDTH = sum(width for _, width in COLUMNS)
ENTRY_HEIGHT = 90
LONGEST_CELL = 32_000
PERIOD_WORDS = {
    ReportsOn.PREVIOUS: "原文写明报上一期",
    ReportsOn.CURRENT: "原文写明报本期",
    ReportsOn.UNSAID: "原文没有说报哪一期",
    ReportsOn.NOT_A_REPORT: "原文没有说报哪一期",
}


@dataclass(frozen=True)
class FormPlan:
    """A duty's form for a unit and a period."""

    catalog: Catalog
    duty: Duty
    unit: Unit
    period: date

    @property
    def layout(self) -> FormLayout:
        return self.duty.layout

    @property
    def previous(self) -> date:
        """The last day of the period before."""
        months = self.period.year * 12 + self.period.month - 1 - months_of(self.duty)
        return period_end(f"{months // 12}-{months % 12 + 1}")

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(m for section in self.layout.sections for m in section.metrics)

    @property
    def name(self) -> str:
        """The sheet's name."""
        return "报告表"

    @property
    def identity(self) -> Identity:
        form = digest({
            "layout": self.layout.model_dump(mode="json"),
            "metrics": [self.catalog.get(m).model_dump(mode="json") for m in self.metrics],
        })
        sheets = {self.name: SheetIdentity(self.duty.id, form)}
        return Identity(definitions_digest(self.catalog), self.unit.code, self.period, sheets)


@dataclass(frozen=True)
class Computed:
    """What the system itself computes for a unit, in the metrics' units."""

    label: str = ""
    now: Mapping[str, Fraction] = field(default_factory=dict)
    """metric id -> value on the period's last day"""
    before: Mapping[str, Fraction] = field(default_factory=dict)
    """metric id -> value at the end of the period before"""


def plan_form(catalog: Catalog, duty_id: str, unit: Unit, period: date) -> FormPlan:
    """The form of a duty; raises Problems where it has none, or none for this unit or period."""
    forms = [d for d in catalog.all(Duty) if d.layout]
    duty = next((d for d in forms if d.id == duty_id), None)
    allowed = "、".join(f"{d.id}（{d.layout.title}）" for d in forms) or "（一张也没有登记）"
    if duty is None:
        known = catalog.records.get(duty_id)
        found = (f"{duty_id}（{known.name}）没有登记表样" if isinstance(known, Duty)
                 else f"没有编号为 {duty_id} 的义务")
        raise Problems([Problem(
            Code.TEMPLATE_FORM, found, file="义务", allowed=allowed,
            mend=did_you_mean(duty_id, [d.id for d in forms]) or "先在义务里登记 layout",
        )])
    open_units(catalog, unit, period)
    if not must(catalog, duty, unit):
        who = "、".join(catalog.get(a).name for a in duty.actors)
        raise Problems([Problem(
            Code.TEMPLATE_NOT_THEIRS, f"“{duty.name}”不由{unit.name}报送", file="机构",
            allowed=who,
            mend="换一家机构",
        )])
    if not ends_with(duty, period):
        raise Problems([Problem(
            Code.TEMPLATE_PERIOD, f"“{duty.name}”是{recurrence(duty.recurrence)}，"
            f"没有哪一期在 {period} 结束", file="时期", allowed="每期最后一天，季度可写成 2026Q3",
            mend="改用期末日期",
        )])
    return FormPlan(catalog, duty, unit, period)


def assessed(catalog: Catalog, data: BranchData, period: date) -> "Assessment | None":
    """The data judged on their last date up to `period`; None where they begin later."""
    from targets.assessment import assess

    days = [d for d in data.dates() if d <= period]
    return assess(catalog, data, as_of=days[-1]) if days else None


def computed(form: FormPlan, assessment: "Assessment") -> Computed:
    """The unit's own figures, at the ends of this period and of the one before."""
    judged: dict[str, str] = {}
    for target in form.catalog.all(Target):
        for metric, _ in target.parts[:1]:
            judged.setdefault(metric, target.id)
    now, before = {}, {}
    for metric in form.metrics:
        if metric not in judged:
            continue
        values = dict(assessment.series(judged[metric], form.unit.code))
        for day, out in ((form.period, now), (form.previous, before)):
            if values.get(day) is not None:
                out[metric] = values[day]
    return Computed(assessment.label or "", now, before)


def write_form(form: FormPlan, path: Path, figures: Computed | None = None) -> None:
    """Write the form and its explanations."""
    figures = figures or Computed()
    frame = bk.Frame(form.unit, form.period, figures.label)
    with bk.Book(path, frame, f"{form.unit.name} {form.period} {form.layout.title}") as book:
        _guide(book, form)
        _sheet(book, form, figures)
        book.identify(form.identity)


# ---------------------------------------------------------------- the sheet


def _origin(form: FormPlan) -> str:
    own = form.layout.basis is not Basis.STATED
    return ("【原文未附此表，表样由编者推断】" if own else "") + form.layout.note


def _recipients(form: FormPlan) -> str:
    catalog, duty = form.catalog, form.duty
    to = "、".join(catalog.get(r).name for r in duty.recipients)
    copies = "、".join(catalog.get(r).name for r in duty.copies)
    return f"报送：{to}" + (f"　　抄送：{copies}" if copies else "")


def _sheet(book: bk.Book, form: FormPlan, figures: Computed) -> None:
    lines = [
        (form.layout.title, {**bk.TITLE_LINE, "align": "center"}),
        (book.frame.words, {"bold": True}),
        (f"{_recipients(form)}　　截止：{due_words(form.catalog, form.duty, form.period)}", {}),
        (_origin(form), {**bk.LINE, "font_color": "#C00000"}),
        ("白格请填，灰格只供参考、不能改。比率填百分数，70 表示 70%。填的数与系统算得的不同，"
         "格子会变黄，请在旁边说明原因。", bk.LINE),
    ]
    page = book.sheet(form.name, lines, len(COLUMNS))
    page.set_row(0, 30)
    for row in (1, 2, 3, 4):
        page.set_row(row, bk.height(lines[row][0], WIDTH))
    titles = {LAST: f"上期\n{form.previous}", COMPUTED: f"系统算得\n{form.period}"}
    for i, (title, width) in enumerate(COLUMNS):
        page.set_column(i, i, width)
        style = {"bg_color": bk.REQUIRED if i in (INPUT, REASON) else bk.GREY}
        page.write_string(HEADING, i, titles.get(i, title), book.format(bk.HEAD, style))
    page.set_row(HEADING, 36)
    row, number = HEADING + 1, 1
    for index, section in enumerate(form.layout.sections):
        row = _section_title(book, page, row, index, section)
        for metric_id in section.metrics:
            metric = metric_in_force(form.catalog, metric_id, form.period).metric
            _metric(book, page, form, figures, row, number, metric)
            row, number = row + 1, number + 1
        for entry in section.entries:
            _entry(book, page, form, row, number, entry)
            row, number = row + 1, number + 1
    _signatures(book, page, row + 1)
    page.freeze_panes(HEADING + 1, 2)
    page.repeat_rows(HEADING)
    page.protect("", bk.PROTECTION)


NUMERALS = "一二三四五六七八九十"


def _section_title(book: bk.Book, page, row: int, index: int, section: FormSection) -> int:
    look = book.format(bk.CELL, {"bold": True, "bg_color": bk.PALE})
    numeral = NUMERALS[index] if index < len(NUMERALS) else str(index + 1)
    page.merge_range(row, 0, row, len(COLUMNS) - 1, "", look)
    page.write_string(row, 0, f"{numeral}、{section.title}", look)
    page.set_row(row, 22)
    return row + 1


def _metric(
    book: bk.Book, page, form: FormPlan, figures: Computed, row: int, number: int, metric: Metric
) -> None:
    fixed = book.format(bk.FIXED)
    shown = number_format(metric.unit)
    style = {"num_format": shown}
    clauses = "；".join(dict.fromkeys(form.catalog.citation(c) for c in metric.clauses))
    page.write_number(row, 0, number, book.format(bk.FIXED, {"align": "center"}))
    for column, text in ((1, metric.name), (2, metric.unit.label), (3, _goal(form, metric)),
                         (8, metric.caliber), (9, clauses)):
        page.write_string(row, column, text, fixed)
    for column, values in ((LAST, figures.before), (COMPUTED, figures.now)):
        value = values.get(metric.id)
        if value is None:
            page.write_string(row, column, "—", book.format(bk.FIXED, {"align": "center"}))
        else:
            digits = 2 if "." in shown else 0
            page.write_number(
                row, column, float(rounded(value, digits)), book.format(bk.FIXED, style)
            )
    page.write_blank(row, INPUT, None, book.format(bk.CELL, bk.INPUT, style))
    page.write_blank(row, REASON, None, book.format(bk.CELL, bk.INPUT, {"num_format": "@"}))
    mine, theirs = xl_rowcol_to_cell(row, INPUT), xl_rowcol_to_cell(row, COMPUTED)
    rule = figure_check(metric.unit, mine, yuan=False)
    bk.check(page, (row, INPUT, row, INPUT), rule.rule, metric.name,
             f"{metric.caliber}\n{rule.allowed}", f"这里要填：{rule.allowed}")
    page.conditional_format(row, INPUT, row, INPUT, {
        "type": "formula",
        "criteria": f'=AND(ISNUMBER({mine}),ISNUMBER({theirs}),ABS({mine}-{theirs})>0.005)',
        "format": book.format({"bg_color": "#FFEB9C"}),
    })
    page.conditional_format(row, INPUT, row, INPUT, {
        "type": "formula", "criteria": f'={mine}=""',
        "format": book.format({"bg_color": bk.MISSING}),
    })
    bk.note(page, row, INPUT, f"{metric.name}\n口径：{metric.caliber}\n可以填：{rule.allowed}")
    page.set_row(row, max(22, bk.height(metric.caliber, 44), bk.height(clauses, 24)))


def _goal(form: FormPlan, metric: Metric) -> str:
    """What the document asks of the metric, in force on the period's last day."""
    catalog, said = form.catalog, []
    for one in catalog.all(Target):
        if one.owner != form.duty.owner or all(m != metric.id for m, _ in one.parts):
            continue
        target = target_in_force(catalog, one.id, form.period).target
        for metric_id, part in target.parts:
            if metric_id == metric.id:
                dated = value_on(getattr(part.test, "values", ()), form.period)
                said.append(test(part, metric, dated, lambda i: catalog.get(i).name))
    return "；".join(dict.fromkeys(said)) or "—"


def _entry(
    book: bk.Book, page, form: FormPlan, row: int, number: int, entry: FormEntry
) -> None:
    fixed = book.format(bk.FIXED)
    page.write_number(row, 0, number, book.format(bk.FIXED, {"align": "center"}))
    page.merge_range(row, 1, row, 2, "", fixed)
    page.write_string(row, 1, entry.what, fixed)
    look = book.format(bk.CELL, bk.INPUT, {"num_format": "@", "valign": "top"})
    page.merge_range(row, 3, row, 7, "", look)
    page.write_string(row, 8, entry.how, fixed)
    page.write_string(row, 9, form.catalog.citation(entry.clause), fixed)
    bk.check(page, (row, 3, row, 3), {
        "validate": "length", "criteria": "<=", "value": LONGEST_CELL,
    }, entry.what, entry.how, "一格写不下这样长，请另附材料")
    page.set_row(row, ENTRY_HEIGHT)


def _signatures(book: bk.Book, page, row: int) -> None:
    look = book.format(bk.CELL, bk.INPUT)
    for column, word in ((0, "负责人"), (3, "填报人"), (6, "填报日期")):
        width = 2 if column == 0 else 1
        page.write_string(row, column, word, book.format(bk.FIXED))
        style = look if column < 6 else book.format(bk.CELL, bk.INPUT, bk.DAY)
        if width > 1:
            page.merge_range(row, column + 1, row, column + width, "", style)
        else:
            page.write_blank(row, column + 1, None, style)
    page.set_row(row, 26)


# ---------------------------------------------------------------- its explanations


def _guide(book: bk.Book, form: FormPlan) -> None:
    catalog, duty = form.catalog, form.duty
    cited = "；".join(dict.fromkeys(catalog.citation(c) for c in duty.clauses))
    guide = Guide(book, f"{form.layout.title}：填报说明", _origin(form))
    guide.section("一、谁报、报给谁、何时之前")
    guide.table(("事项", "内容"), [
        ("做什么", duty.action),
        ("谁来报", f"{form.unit.name}（{form.unit.code}）"),
        ("报给谁", _recipients(form)),
        ("报哪一期", f"截至 {form.period} 的一期（{PERIOD_WORDS[duty.reports_on]}）"),
        ("何时之前", due_words(catalog, duty, form.period)),
        ("依据", cited),
        ("依据的定义", f"版本 {definitions_digest(catalog)[:12]}；定义改动后请重新取表"),
    ])
    guide.section("二、怎样填")
    guide.table(("序", "说明"), [
        ("1", "“本期填报”按“单位”一栏的单位填；没有这项业务就填 0，不清楚就空着并说明原因。"),
        ("2", f"“上期”是 {form.previous} 的数，“系统算得”是按 {form.period} 报送的各表算出的数；"
              "写“—”的是没有数据，不是 0。"),
        ("3", "这张表只供人看；目标的判定仍用各张数据表，不用这里填的数。"),
    ])
    asked = [*duty.assumptions]
    for metric in form.metrics:
        asked += catalog.get(metric).assumptions
    write_open(guide, catalog, "三、还没有定下的事",
               open_assumptions(catalog, form.period, asked))
    guide.close()

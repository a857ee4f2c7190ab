"""填报说明: who sends what by when, how to fill each column, what is still undecided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from targets.catalog import Catalog
from targets.catalog.decisions import settled_on
from targets.schema.duties import Duty
from targets.schema.organisation import SiteKind
from targets.schema.targets import Affects, Assumption
from targets.wording import recurrence

from . import book as bk
from .due import due_words, duties_for
from .known import Known
from .plan import Plan, definitions_digest

GUIDE = "填报说明"
WIDTHS = (22, 24, 10, 58, 46)
BAD_ROWS = (
    "交回的工作簿用报数命令读入：没有错的行收下，有错的行另存一份，逐格写明错在哪里、应当填什么；"
    "收下的、退回的和合计的行数相加，等于读到的行数。",
    "不要改表头、工作表名和灰格。某张表本期没有数据，就删去那张工作表，不要留空表。",
    "同一期再交一次，就以后交的为准；早先交的留在历史里。",
    "机构代码、编号一律按文字填，前面的 0 不能丢；金额按表头写的单位填；比率填百分数，不打百分号。",
)


class Guide:
    """The sheet of explanations, written from top to bottom."""

    def __init__(self, book: bk.Book, title: str, subtitle: str):
        lines = [(title, bk.TITLE_LINE), (book.frame.words, {"bold": True}), (subtitle, bk.LINE)]
        self._book = book
        self.page = book.sheet(GUIDE, lines, len(WIDTHS))
        self.page.set_row(0, 28)
        self.page.set_row(2, bk.height(subtitle, sum(WIDTHS)))
        for i, width in enumerate(WIDTHS):
            self.page.set_column(i, i, width)
        self._row = len(lines) + 1

    def section(self, title: str) -> None:
        self.page.write_string(self._row, 0, title, self._book.format({
            "bold": True, "font_size": 13, "font_color": "#1F4E78",
        }))
        self.page.set_row(self._row, 24)
        self._row += 1

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table whose last column reaches to the right edge."""
        self._line(headings, (bk.HEAD, {"bg_color": bk.OPTIONAL}))
        for row in rows:
            self._line(row, (bk.CELL, {"valign": "top"}))
        self._row += 1

    def _line(self, cells: Sequence[str], style: tuple[Mapping, ...]) -> None:
        look = self._book.format(*style)
        last = len(cells) - 1
        widths = [*WIDTHS[:last], sum(WIDTHS[last:])]
        for column, text in enumerate(cells):
            if column == last and last < len(WIDTHS) - 1:
                self.page.merge_range(self._row, last, self._row, len(WIDTHS) - 1, "", look)
            self.page.write_string(self._row, column, text, look)
        self.page.set_row(
            self._row, max(bk.height(t, w) for t, w in zip(cells, widths, strict=True))
        )
        self._row += 1

    def close(self) -> None:
        self.page.protect("", bk.PROTECTION)


def write_guide(book: bk.Book, plan: Plan, known: Known) -> None:
    """The explanations of a unit's tables."""
    catalog, day = plan.catalog, plan.period
    guide = Guide(book, "填报说明", "先看这一页，再逐张表填。这一页只用来看，读数时不取。")
    guide.section("一、谁报、报哪一期、何时之前")
    guide.table(("事项", "内容"), _about(plan, known))
    guide.section("二、报哪些表")
    guide.table(("工作表", "一行是什么", "几行", "填报要点", "算哪些目标（出处）"), [
        (s.name, s.dataset.grain, str(len(s.figures)) if s.figures else "按实有",
         s.dataset.note or "", _feeds(catalog, s.targets))
        for s in plan.sheets
    ])
    guide.section("三、每一列怎样填")
    guide.table(("在哪张表", "哪一列", "必填吗", "怎样填", "只许填"), [
        (s.name, column.title + (f"（{column.unit.label}）" if column.unit else ""),
         "必填" if column.required else "可以空着", column.note or column.type.label,
         "、".join(column.allowed) or "不限")
        for s in plan.sheets for column in s.dataset.columns
    ])
    guide.section("四、填错了会怎样")
    guide.table(("序", "说明"), [(str(i), text) for i, text in enumerate(BAD_ROWS, start=1)])
    open_ones = open_assumptions(catalog, day, _assumptions_of(catalog, plan))
    write_open(guide, catalog, "五、还没有定下的口径", open_ones)
    if known.sites:
        guide.section(f"六、共建主体名单（{known.sites_on}）")
        guide.table(("可用的编号", "是哪里", "属哪类", "归哪家机构"), [
            (s.code, s.name, SiteKind(s.kind).label, _unit_words(catalog, s.unit_code))
            for s in known.sites
        ])
    guide.close()


def _about(plan: Plan, known: Known) -> list[tuple[str, str]]:
    catalog = plan.catalog
    covered = "、".join(f"{u.code} {u.name}" for u in plan.sheets[0].units)
    rows = [
        ("谁来报", f"{plan.unit.name}（{plan.unit.code}）"),
        ("包括哪些机构", covered),
        ("数据日期", plan.period.isoformat()),
    ]
    duties = duties_for(catalog, plan.unit, plan.period, plan.metrics)
    rows += [duty_row(catalog, duty, plan.period) for duty in duties]
    if not duties:
        rows.append(("何时之前", "各文件没有给这些表写截止日，以本行通知为准"))
    if plan.left_out:
        names = "、".join(d.name for d in plan.left_out)
        rows.append((
            "没有列的表",
            f"{names}：{known.sites_on} 的名单里没有这类共建主体；新建了，先列入名单，再取一次表",
        ))
    if known.figures_on or known.sites_on:
        rows.append(("旁边的参考数", f"取自{known.label or '本行数据'}，只供核对"))
    rows.append(("依据的定义", f"版本 {definitions_digest(catalog)[:12]}；定义改动后请重新取表"))
    return rows


def duty_row(catalog: Catalog, duty: Duty, period: date) -> tuple[str, str]:
    """A duty with its due date, to whom, and its source."""
    to = "、".join(catalog.get(r).name for r in duty.recipients)
    copies = "、".join(catalog.get(r).name for r in duty.copies)
    cited = "；".join(dict.fromkeys(catalog.citation(c) for c in duty.clauses))
    return (
        "何时之前",
        f"{due_words(catalog, duty, period)}：{duty.name}（{recurrence(duty.recurrence)}），报{to}"
        + (f"，抄送{copies}" if copies else "") + f"。出处：{cited}",
    )


def _feeds(catalog: Catalog, targets: Sequence[str]) -> str:
    """Targets with their clauses, those of one clause together."""
    by_clause: dict[str, list[str]] = {}
    for target in map(catalog.get, targets):
        cited = "；".join(dict.fromkeys(catalog.citation(c) for c in target.clauses))
        by_clause.setdefault(cited, []).append(target.name)
    return "\n".join(f"{'、'.join(names)}（{cited}）" for cited, names in by_clause.items())


def _unit_words(catalog: Catalog, code: str) -> str:
    unit = catalog.units_by_code.get(code)
    return f"{code} {unit.name}" if unit else code


def _assumptions_of(catalog: Catalog, plan: Plan) -> Iterable[str]:
    for target in {t: None for s in plan.sheets for t in s.targets}:
        yield from catalog.get(target).assumptions
    for metric in plan.metrics:
        yield from catalog.get(metric).assumptions


def open_assumptions(catalog: Catalog, day: date, ids: Iterable[str]) -> list[Assumption]:
    """Those of the assumptions that no decision has settled by `day`, the weighty ones first."""
    settled = settled_on(catalog, day)
    found = [catalog.get(i) for i in dict.fromkeys(ids) if i not in settled]
    return sorted(found, key=lambda a: list(Affects).index(a.affects))


def write_open(
    guide: Guide, catalog: Catalog, title: str, assumptions: Sequence[Assumption]
) -> None:
    """What is still to be decided, and what is done meanwhile."""
    guide.section(title)
    if not assumptions:
        guide.table(("事项", "内容"), [("没有", "这些表用到的口径都已经定下")])
        return
    guide.table(("待定事项", "由谁定", "影响", "要定什么；定下之前怎样算", "出处"), [
        (a.name, a.decider, a.affects.label, f"{a.question}\n暂按：{a.interim}",
         "；".join(dict.fromkeys(catalog.citation(c) for c in a.clauses)))
        for a in assumptions
    ])

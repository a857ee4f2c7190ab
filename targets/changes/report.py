"""A comparison as a department head reads it: what changes, for whom, and what it does.

The words and cells that every form of it is made of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from targets import wording
from targets.assessment.findings import WITHHELD
from targets.assessment.tables import LEVEL_WORDS
from targets.catalog import Catalog

from .effects import LevelEffect, Side, TargetEffect, UnitEffect
from .model import WHAT_WORDS, Change, FieldChange, Grade
from .natural import ORDER
from .verdict import Verdict

UNITS_SHOWN = 40
SITES_SHOWN = 15
NAMES_SHOWN = 8
TOUCHES_SHOWN = 12
NO_DATA = "没有附数据，看不到对各机构的影响；加 --data 数据目录即可"


@dataclass(frozen=True)
class Report:
    """Everything that is told of a comparison."""

    before: str
    """how the states are called, with what has to be said of them"""
    after: str
    states: tuple[Catalog, Catalog]
    changes: tuple[Change, ...]
    verdict: Verdict
    effects: tuple[TargetEffect, ...] | None = None
    """None: without data"""
    data: str = ""
    """whose data it is, and of which day"""
    doubts: tuple[str, ...] = ()

    def name(self, record_id: str) -> str:
        for catalog in reversed(self.states):
            if record_id in catalog.records:
                return catalog.records[record_id].name
        return record_id

    def citation(self, clause_id: str) -> str:
        catalog = next((c for c in reversed(self.states) if clause_id in c.records), None)
        return catalog.citation(clause_id) if catalog else clause_id


# --- sentences


def field_words(field: FieldChange) -> str:
    """What became of one value: 由 70% 改为 75%，自2027年1月1日起."""
    label = "" if field.label == "数值" else field.label
    old, new = ((text or "").rstrip("。") for text in (field.old, field.new))
    item = field.path.endswith("]")
    if label.endswith(ORDER):
        said = f"{label}调整"
    elif field.old is None:
        said = f"{label}{'加上' if item else '新定为'} {new}"
    elif field.new is None:
        said = f"{label}去掉 {old}" if item else f"取消{label}（原为 {old}）"
    else:
        said = f"{label}由 {old} 改为 {new}"
    if field.tighter is not None:
        said += "，提前" if field.tighter else "，推后"
    if field.since:
        said += f"，自{wording.day(field.since)}起"
    if field.until:
        said += f"，到{wording.day(field.until)}为止"
    return said


def basis_words(report: Report, ids: Iterable[str]) -> str:
    """The decisions behind a change, with their numbers, and whether they are issued."""
    told = []
    for record_id in ids:
        old, new = (c.records.get(record_id) for c in report.states)
        record = new or old
        state = "撤销" if new is None else "草案，未签发" if new.draft else "已签发"
        told.append(f"{record.number}“{record.name}”（{state}）")
    return "、".join(told)


def headline(report: Report, change: Change) -> str:
    """One change in one sentence: who, what, from how much to how much, from when, on what."""
    named = f"{change.name}{_bound(report, change)}"
    if change.what in ("added", "removed"):
        told = change.grade in (Grade.ADDED, Grade.REMOVED)
        verb = "" if told else WHAT_WORDS[change.what]
        said = f"{verb}{_title(report, change)}：{named}"
        if change.kind == "decision":
            said += f"（{_decided(report, change)}）"
        return said + (f"；看来就是 {change.perhaps}" if change.perhaps else "")
    fields = _weighty(change)
    said = "；".join(field_words(f) for f in fields)
    if change.what == "renamed":
        said = "；".join(filter(None, (f"编号由 {change.was} 改为 {change.record}", said)))
    basis = basis_words(report, sorted({i for f in fields for i in f.basis}))
    clauses = _clauses(report, change)
    return f"{named}：{said}" + (f"；依据 {basis}" if basis else "") + (
        f"；出处 {clauses}" if clauses else ""
    )


def _weighty(change: Change) -> tuple[FieldChange, ...]:
    weighty = tuple(f for f in change.fields if f.grade.weighs)
    return weighty or change.fields


def _title(report: Report, change: Change) -> str:
    return _record(report, change).title_zh


def _record(report: Report, change: Change):
    old, new = (c.records.get(change.record) for c in report.states)
    return new or old or report.states[0].records[change.was]


def _bound(report: Report, change: Change) -> str:
    if change.kind != "target":
        return ""
    binds = getattr(_record(report, change), "binds", ())
    who = "、".join(wording.binds(b, report.name) for b in binds)
    return f"（{who}）" if who else ""


def _decided(report: Report, change: Change) -> str:
    record = _record(report, change)
    state = "草案，未签发" if record.draft else "已签发"
    return f"{record.number}，{state}，自{wording.day(record.effective)}起"


def _clauses(report: Report, change: Change) -> str:
    clauses = getattr(_record(report, change), "clauses", ())
    return "、".join(report.citation(c) for c in clauses[:3])


def told_elsewhere(report: Report) -> frozenset[str]:
    """Decisions that a change of what they decide on names already."""
    return frozenset(i for c in report.changes for f in c.fields for i in f.basis)


def split(report: Report) -> tuple[list[Change], list[Change]]:
    """(what bears on somebody, what is wording): decisions told with their subject in neither."""
    elsewhere = told_elsewhere(report)
    weighty, wording_only = [], []
    for change in report.changes:
        bare = change.kind == "decision" and change.record in elsewhere
        if bare and change.what in ("added", "removed"):
            continue
        more = change.grade.weighs or change.what in ("removed", "renamed")
        (weighty if more else wording_only).append(change)
    weighty.sort(key=lambda c: (_RANK.index(c.grade), c.kind, c.record))
    return weighty, wording_only


_RANK = [Grade.BOTH, Grade.TIGHTER, Grade.LOOSER, Grade.ADDED, Grade.REMOVED, Grade.CALIBER,
         Grade.DEADLINE, Grade.TEXT]


# --- figures


def plain_amount(value: Fraction | None) -> str:
    """A difference without its unit, never rounded to nothing."""
    if value is None:
        return "—"
    digits = 2
    while value and digits < 6 and not Fraction(wording.rounded(value, digits)):
        digits += 1
    return wording.decimal_text(value, digits).replace("-", "−")


def status_words(side: Side | None) -> str:
    if side is None:
        return "不判"
    finding = side.finding
    if finding.provisional:
        return f"{finding.status.label}（暂：{finding.provisional.label}）"
    return finding.status.label


def _arrow(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def unit_cells(unit: UnitEffect) -> tuple[str, ...]:
    """Name, value, threshold, status, still to go, per month needed and so far."""
    name = unit.subject.name
    if unit.withheld:
        return (name, WITHHELD, "—", "不公布", "—", "—", "—")
    side = unit.after or unit.before
    sides = (unit.before, unit.after)
    values = [s.words["value"] for s in sides if s]
    thresholds = [s.words["threshold"] for s in sides if s]
    return (
        name,
        _arrow(values[0], values[-1]),
        _arrow(thresholds[0], thresholds[-1]),
        _arrow(status_words(unit.before), status_words(unit.after)),
        plain_amount(side.to_go),
        *(("—", "—") if side.to_go == 0 else map(plain_amount, (side.required, side.recent))),
    )


def headings(effect: TargetEffect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the table of levels and of the table of units, with the unit of their differences."""
    metric, single = effect.assessed.in_force[effect.judged].target.parts[0]
    label = wording.gap_label(effect.assessed.catalog.get(metric), single.quantity)
    of = f"（{label}）" if label else ""
    return (
        ("层级", "个数", "现在达到", "照现在的快慢到期达到", "落后、未达标或接近",
         f"中间一家还差{of}"),
        ("机构", "本期值", "目标值", "判定", f"还差{of}", "今后每月需", "至今每月"),
    )


def level_cells(level: LevelEffect) -> tuple[str, ...]:
    hidden = f"（另有 {level.withheld} 个不公布）" if level.withheld else ""
    return (
        LEVEL_WORDS[level.level],
        f"{level.units}{hidden}",
        _arrow(*map(str, level.reached)),
        _arrow(*("—" if n is None else str(n) for n in level.arrives)),
        _arrow(*map(str, level.short)),
        _arrow(*map(plain_amount, level.to_go)),
    )


def units_shown(effect: TargetEffect) -> tuple[list[UnitEffect], int]:
    """Units of the bank's tree, then sites whose word changed; how many more there are."""
    units = [u for u in effect.units if u.subject.site is None]
    sites = [u for u in effect.units if u.subject.site is not None]
    if len(units) > UNITS_SHOWN:
        units = [u for u in units if u.moved][:UNITS_SHOWN]
    sites = [u for u in sites if u.moved and not u.withheld][:SITES_SHOWN]
    shown = [*units, *sites]
    return shown, len(effect.units) - len(shown)


def summary(effect: TargetEffect) -> str:
    """What it does, in one sentence: who no longer reaches it, newly falls behind, or not more."""
    told = []
    for level in effect.levels:
        word = LEVEL_WORDS[level.level]
        for names, what in (
            (level.no_longer_reached, "原来达到、改后达不到"),
            (level.newly_short, "新落后或未达标"),
            (level.no_longer_short, "不再落后"),
        ):
            if names:
                more = "……" if len(names) > NAMES_SHOWN else ""
                shown = "、".join(names[:NAMES_SHOWN])
                told.append(f"{word}{what}的 {len(names)} 个（{shown}{more}）")
    return "；".join(told) + "。" if told else "没有一个判定对象因此达不到、新落后或不再落后。"


def seen_words(effect: TargetEffect) -> str:
    """Under what, on which data."""
    said = f"用 {effect.data_date} 的数据"
    if effect.in_force_on != effect.data_date:
        said += f"，按 {wording.day(effect.in_force_on)}起的规定判"
    return said + ("，当作草案已经签发" if effect.draft else "")


# --- what else

_TOUCH_WORDS = {
    "clauses": "条款", "duties": "义务", "assumptions": "待定事项", "allocations": "目标分解",
    "scorecards": "考核表", "notebooks": "笔记本",
}


def touched(report: Report, changes: Iterable[Change]) -> dict[str, list[str]]:
    """What else hangs on these changes, in words; pages only as a number."""
    ids: dict[str, dict[str, None]] = {}
    pages: set[str] = set()
    for change in changes:
        pages |= set(change.touches.pages)
        for name in _TOUCH_WORDS:
            ids.setdefault(name, {}).update(dict.fromkeys(getattr(change.touches, name)))
    out = {}
    for name, word in _TOUCH_WORDS.items():
        said = {
            "clauses": report.citation, "notebooks": lambda path: path
        }.get(name, report.name)
        if ids.get(name):
            out[word] = [said(i) for i in ids[name]]
    if pages:
        out["手册页面"] = [f"{len(pages)} 页"]
    return out

"""Findings as pandas frames with Chinese headings: what the tables of a notebook show."""

from collections.abc import Iterable, Sequence
from math import ceil

from targets.assessment import Assessment
from targets.assessment.findings import WITHHELD, Comparison, Finding, Heading, Status
from targets.assessment.readings import SITE_LEVEL
from targets.assessment.tables import LEVEL_WORDS, words
from targets.assessment.trends import trend_word
from targets.schema.criteria import Change, Level, NotAbove, NotBelow, Single
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit, UnitLevel
from targets.wording import figure, gap_label, threshold
from targets.wording import unit_label as quantity_label

UNITS = tuple(level.value for level in UnitLevel)
"""levels of the bank's own tree, without the sites"""
SHORT = (Status.BEHIND, Status.MISSED, Status.NEAR)
"""statuses that ask for action"""


# --- choosing


def judged_targets(assessment: Assessment, documents: Iterable[str] | None = None) -> list[str]:
    """Ids of targets that can be judged: not those with a direction or a name only."""
    owners = set(documents) if documents is not None else None
    return list(
        dict.fromkeys(
            f.target
            for f in assessment.findings
            if f.status is not Status.NOT_JUDGED
            and (owners is None or assessment.catalog.get(f.target).owner in owners)
            and (f.threshold is not None or _has_test(assessment, f.target))
        )
    )


def _has_test(assessment: Assessment, target: str) -> bool:
    tests = {part.test.kind for _, part in assessment.catalog.get(target).parts}
    return not tests <= {"up", "down", "tracked", "unknown"}


def units_in_order(assessment: Assessment) -> list[tuple[int, Unit]]:
    """(depth, unit) from the top of the tree, each followed by what is below it."""
    catalog, out = assessment.catalog, []

    def walk(unit: Unit, depth: int) -> None:
        out.append((depth, unit))
        for below in catalog.sub_units(unit):
            walk(below, depth + 1)

    if catalog.bank:
        walk(catalog.bank, 0)
    return out


def units_judged(assessment: Assessment, targets: Sequence[str]) -> list[tuple[int, Unit]]:
    """The units in the order of the tree that any of these targets is judged at."""
    codes = {f.subject.unit_code for t in targets for f in find(assessment, t)}
    return [(depth, unit) for depth, unit in units_in_order(assessment) if unit.code in codes]


def find(
    assessment: Assessment, target: str, levels: Sequence[str] = UNITS
) -> list[Finding]:
    """The findings of a target at these levels: units in the order of the tree, then sites."""
    place = {unit.code: i for i, (_, unit) in enumerate(units_in_order(assessment))}
    found = [f for f in assessment.of_target(target) if f.subject.level in levels]
    return sorted(found, key=lambda f: (place.get(f.subject.unit_code, 0), f.subject.site or ""))


def said(finding: Finding) -> str:
    """The status in words, the provisional one beside an open question."""
    if finding.provisional:
        return f"{finding.status.label}（暂：{finding.provisional.label}）"
    return finding.status.label


def part_of(assessment: Assessment, target: str) -> tuple[Metric, Single]:
    """What a target is judged by; the first of several parts."""
    metric, part = assessment.in_force[target].target.parts[0]
    return assessment.catalog.get(metric), part


def compared(assessment: Assessment, target: str) -> bool:
    """Whether every unit has a point of its own to reach: a reference, or its own past."""
    return isinstance(part_of(assessment, target)[1].test, NotBelow | NotAbove)


def value_words(assessment: Assessment, finding: Finding, digits: int = 2) -> str:
    """The value in the unit of what is judged; nothing where a finding has none of its own."""
    if finding.withheld:
        return WITHHELD
    if finding.metric is None or finding.value is None:
        return ""
    metric, part = part_of(assessment, finding.target)
    return figure(metric, finding.value, digits, quantity=part.quantity)


def threshold_words(assessment: Assessment, target: str) -> str | None:
    """The value in force with its unit; None where findings have no common one."""
    judged = [f for f in assessment.of_target(target) if f.threshold is not None]
    found = {(f.threshold, f.threshold_high) for f in judged}
    if len(found) != 1 or compared(assessment, target):
        return None
    metric, part = part_of(assessment, target)
    ((low, high),) = found
    return threshold(metric, low, part, high=high)


def target_title(assessment: Assessment, target: str) -> str:
    """A target's name with the value in force."""
    name, value = assessment.in_force[target].target.name, threshold_words(assessment, target)
    return f"{name}（{value}）" if value else name


def unit_label(assessment: Assessment, target: str) -> str:
    """The unit of a target's gaps: 个百分点 for a rate."""
    metric, part = part_of(assessment, target)
    return gap_label(metric, part.quantity)


def home_level(assessment: Assessment, target: str) -> str:
    """The lowest level of units that a target is judged at: those who can act on it."""
    found = {f.subject.level for f in find(assessment, target)}
    return max(found, key=UNITS.index, default=UNITS[0])


def _frame(rows: list[dict], columns: Sequence[str]):
    import pandas

    return pandas.DataFrame(rows, columns=list(columns))


def _float(value) -> float | None:
    return None if value is None else float(value)


# --- the tables


def columns(dataset: Dataset):
    """What each column of a roster means; those that identify a person are not shown."""
    rows = [
        {"列": c.name, "中文": c.title, "类型": c.type.label, "说明": c.note}
        for c in dataset.columns
        if not c.personal
    ]
    return _frame(rows, ("列", "中文", "类型", "说明"))


def statuses(assessment: Assessment, targets: Sequence[str] | None = None):
    """Units by targets: the word and the value of every finding. The table of `heat_map`."""
    targets = judged_targets(assessment) if targets is None else list(targets)
    cells = {
        (f.subject.unit_code, f.target): f
        for target in targets
        for f in find(assessment, target)
    }
    titles = {target: target_title(assessment, target) for target in targets}
    rows = []
    for depth, unit in units_judged(assessment, targets):
        row = {"机构": "　" * depth + unit.name}
        for target in targets:
            found = cells.get((unit.code, target))
            row[titles[target]] = None
            if found is not None:
                row[titles[target]] = f"{said(found)} {value_words(assessment, found)}".strip()
        rows.append(row)
    return _frame(rows, ("机构", *titles.values()))


def documents(assessment: Assessment) -> dict[str, list[str]]:
    """Short names of the documents, and the ids of their targets that can be judged."""
    out = {}
    for document in assessment.catalog.documents.values():
        targets = judged_targets(assessment, [document.owner])
        if targets:
            out[document.short_name] = targets
    return out


def totals(assessment: Assessment):
    """How many findings of each document say each word."""
    rows = []
    for name, targets in documents(assessment).items():
        found = [f for target in targets for f in assessment.of_target(target)]
        rows.append(
            {"文件": name, "目标": len(targets)}
            | {status.label: sum(f.status is status for f in found) for status in Status}
            | {"合计": len(found)}
        )
    if len(rows) > 1:
        rows.append({"文件": "合计"} | {k: sum(r[k] for r in rows) for k in rows[0] if k != "文件"})
    used = [s.label for s in Status if any(row[s.label] for row in rows)]
    return _frame(rows, ("文件", "目标", *used, "合计"))


def counts(
    assessment: Assessment,
    targets: Sequence[str] | None = None,
    levels: Sequence[str] = (*UNITS, SITE_LEVEL),
):
    """How many findings of each target say each word."""
    targets = judged_targets(assessment) if targets is None else list(targets)
    rows = []
    for target in targets:
        found = find(assessment, target, levels)
        row = {"目标": target_title(assessment, target), "合计": len(found)}
        for status in Status:
            row[status.label] = sum(f.status is status for f in found)
        rows.append(row)
    used = [s.label for s in Status if any(row[s.label] for row in rows)]
    return _frame(rows, ("目标", *used, "合计"))


def distances(assessment: Assessment, target: str, levels: Sequence[str] = UNITS):
    """How far every unit is from a target. The table of `distance`."""
    metric, part = part_of(assessment, target)
    rows = [
        {
            "判定对象": f.subject.name,
            "层级": LEVEL_WORDS[f.subject.level],
            "分子": f.numerator,
            "分母": f.denominator,
            "本期值": _float(f.value),
            "目标值": _float(f.threshold),
            "差距": _float(f.gap),
            "单位": quantity_label(metric, part.quantity),
            "还差户数": f.to_go,
            "判定": said(f),
            "同级名次": f"{f.rank}/{f.rank_of}" if f.rank else None,
        }
        for f in find(assessment, target, levels)
        if f.value is not None
    ]
    out = _frame(
        rows,
        (
            "判定对象", "层级", "分子", "分母", "本期值", "目标值", "差距", "单位", "还差户数",
            "判定", "同级名次",
        ),
    )
    return out.dropna(axis="columns", how="all") if len(out) else out


def readings(assessment: Assessment, target: str | None = None):
    """Every reading of the targets' metrics, long: one row per target, subject and data date."""
    rows = []
    for f in assessment.findings:
        if target is not None and f.target != target:
            continue
        metric = assessment.catalog.get(assessment.catalog.get(f.target).parts[0][0])
        for day, value in assessment.series(f.target, f.subject.key):
            rows.append(
                {
                    "目标编号": f.target,
                    "指标": metric.name,
                    "层级": LEVEL_WORDS[f.subject.level],
                    "判定对象": f.subject.name,
                    "机构代码": f.subject.unit_code,
                    "共建主体编号": f.subject.site,
                    "数据日期": day,
                    "数值": _float(value),
                    "单位": metric.unit.label,
                }
            )
    return _frame(
        rows,
        (
            "目标编号", "指标", "层级", "判定对象", "机构代码", "共建主体编号", "数据日期", "数值",
            "单位",
        ),
    )


def trends(assessment: Assessment, target: str, levels: Sequence[str] = UNITS):
    """The value now beside a month ago, the year's start and a year ago. The table of `trend`."""

    found = find(assessment, target, levels)
    # the change of a reading is no change of a growth or a place, which may be what is judged
    now = {
        f.subject.key: dict(assessment.series(target, f.subject.key)).get(f.data_date)
        for f in found
    }

    def change(comparison: Comparison | None) -> float | None:
        return None if comparison is None else float(comparison.change)

    rows = [
        {
            "判定对象": f.subject.name,
            "本期读数": _float(now[f.subject.key]),
            "较上月": change(f.mom),
            "较年初": change(f.ytd),
            "较上年同期": change(f.yoy),
            "走势": trend_word(f) or "没有可比的上年数",
        }
        for f in found
        if now[f.subject.key] is not None
    ]
    return _frame(rows, ("判定对象", "本期读数", "较上月", "较年初", "较上年同期", "走势"))


def run_rates(assessment: Assessment, target: str, levels: Sequence[str] = UNITS):
    """The pace still required beside the pace so far. The table of `run_rate`.

    Only subjects short of the target, where the period has an end and a pace.
    """
    rows = [
        {
            "判定对象": f.subject.name,
            "判定": said(f),
            "时间进度%": _float(f.pace.elapsed),
            "完成进度%": _float(f.pace.completion),
            "至今每月": _float(f.pace.recent_per_month),
            "今后每月需": _float(f.pace.required_per_month),
            "说明": pace_word(f),
        }
        for f in paced(assessment, target, levels)
    ]
    return _frame(
        rows, ("判定对象", "判定", "时间进度%", "完成进度%", "至今每月", "今后每月需", "说明")
    )


def tradeoff(assessment: Assessment, target: str, level: str | None = None):
    """How many units of a level meet a threshold, now and at the present pace. The table of
    `tradeoff`."""
    from targets.changes.rates import tradeoff as worked_out

    points = worked_out(assessment, target, level or home_level(assessment, target))
    rows = [
        {
            "目标值": _float(p.threshold), "个数": p.of, "现在达到": p.now,
            "现在达到%": _float(p.share_now), "到期时达到": p.then,
            "到期时达到%": _float(p.share_then),
        }
        for p in points
    ]
    return _frame(
        rows, ("目标值", "个数", "现在达到", "现在达到%", "到期时达到", "到期时达到%")
    )


def effect_levels(effect):
    """What another value does, level by level; from `Handbook.whatif`."""
    from targets.changes.report import headings, level_cells

    columns, _ = headings(effect)
    return _frame([dict(zip(columns, level_cells(v), strict=True)) for v in effect.levels], columns)


def effect_units(effect):
    """What another value does to each unit of the bank's tree."""
    from targets.changes.report import headings, unit_cells

    _, columns = headings(effect)
    units = [u for u in effect.units if u.subject.site is None]
    return _frame([dict(zip(columns, unit_cells(u), strict=True)) for u in units], columns)


def paced(assessment: Assessment, target: str, levels: Sequence[str] = UNITS) -> list[Finding]:
    """Findings short of the target for which a required pace can be computed."""
    return [
        f
        for f in find(assessment, target, levels)
        if f.pace is not None
        and f.pace.required_per_month is not None
        and f.judged is not Status.MET
    ]


def pace_word(finding: Finding) -> str:
    """What the required pace means beside the pace so far."""
    need, recent = finding.pace.required_per_month, finding.pace.recent_per_month
    if recent is None:
        return "没有起点，看不出至今的快慢"
    if not recent:
        return "至今没有进展"
    if need * recent < 0:
        return f"还在{'下滑' if need > 0 else '上升'}，先要止住"
    if finding.pace.keeps_up:
        return "照现在的快慢就能到"
    times = f"{float(need / recent):.1f}倍" if need / recent < 10 else "十倍以上"
    return f"要提到现在的{times}"


def undecided(assessment: Assessment):
    """Targets whose findings wait for a decision: what is missing, and who has to settle it."""
    rows = []
    for target in dict.fromkeys(f.target for f in assessment.findings):
        waiting = [f for f in assessment.of_target(target) if f.status is Status.UNDECIDED]
        for assumption_id in dict.fromkeys(a for f in waiting for a in f.open_assumptions):
            assumption = assessment.catalog.get(assumption_id)
            rows.append(
                {
                    "目标": target_title(assessment, target),
                    "缺哪项决定": assumption.name,
                    "要决定什么": assumption.question,
                    "暂按什么": assumption.interim,
                    "由谁决定": assumption.decider,
                    "牵涉判定": sum(assumption_id in f.open_assumptions for f in waiting),
                }
            )
    return _frame(rows, ("目标", "缺哪项决定", "要决定什么", "暂按什么", "由谁决定", "牵涉判定"))


def provisional(assessment: Assessment, levels: Sequence[str] = UNITS):
    """Findings that wait for a decision, with what they say meanwhile."""
    rows = [
        {
            "目标": target_title(assessment, target),
            "判定对象": f.subject.name,
            "判定": f.status.label,
            "暂按现行口径": f.provisional.label if f.provisional else None,
            **_in_words(assessment, f),
        }
        for target in dict.fromkeys(f.target for f in assessment.findings)
        for f in find(assessment, target, levels)
        if f.status is Status.UNDECIDED
    ]
    return _frame(rows, ("目标", "判定对象", "判定", "暂按现行口径", "本期值", "目标值", "差距"))


def no_data(assessment: Assessment):
    """Findings without data, and why."""
    rows = [
        {
            "目标": assessment.catalog.get(f.target).name,
            "层级": LEVEL_WORDS[f.subject.level],
            "判定对象": f.subject.name,
            "说明": "；".join(f.reasons),
        }
        for f in assessment.findings
        if f.status is Status.NO_DATA
    ]
    return _frame(rows, ("目标", "层级", "判定对象", "说明"))


def not_judged(assessment: Assessment):
    """How many targets only name a direction or a metric, and why they are not judged."""
    why: dict[str, set[str]] = {}
    for f in assessment.findings:
        if f.status is Status.NOT_JUDGED and f.reasons:
            why.setdefault(f.reasons[0].split("：")[0], set()).add(f.target)
    rows = [{"为什么不判定": reason, "目标数": len(ids)} for reason, ids in why.items()]
    return _frame(rows, ("为什么不判定", "目标数"))


# --- where to act first


def actions(assessment: Assessment, level: str | None = None):
    """Settled findings that fall short, those with most reasons to act on first.

    Reasons: it falls since the year's start; it must go faster than so far; it ought to be reached
    already; it is among the nearest, or among the largest gaps, of its target. Ties: more rows to
    go come first. `level` is one level; without it every target is listed for who can act on it.
    """
    whose = level == SITE_LEVEL
    rows = [
        {
            "次序": place,
            "判定对象": f.subject.name,
            **({"所属机构": assessment.catalog.get(f.subject.unit).name} if whose else {}),
            "文件": assessment.catalog.document_of(assessment.catalog.get(f.target)).short_name,
            "目标": target_title(assessment, f.target),
            "为什么先做": "；".join(reasons) or "还没到",
            "还差户数": f.to_go,
            "判定": said(f),
            **_in_words(assessment, f),
        }
        for place, (f, reasons) in enumerate(_listed(assessment, level), start=1)
    ]
    return _frame(
        rows,
        (
            "次序", "判定对象", *(("所属机构",) if whose else ()), "文件", "目标", "为什么先做",
            "还差户数", "判定", "本期值", "目标值", "差距",
        ),
    )


def leading(assessment: Assessment, how_many: int) -> list[str]:
    """The first targets on the list of actions whose distance and pace can be drawn."""
    found = dict.fromkeys(
        f.target
        for f, _ in _listed(assessment, None)
        if isinstance(part_of(assessment, f.target)[1].quantity, Level | Change)
        and f.threshold is not None
        and not compared(assessment, f.target)
    )
    return list(found)[:how_many]


def _listed(assessment: Assessment, level: str | None) -> list[tuple[Finding, list[str]]]:
    short: dict[str, list[Finding]] = {}
    for f in assessment.findings:
        if f.status in SHORT and f.subject.level == (level or home_level(assessment, f.target)):
            short.setdefault(f.target, []).append(f)
    listed = [(f, _reasons(f, alike, assessment)) for alike in short.values() for f in alike]
    return sorted(
        listed, key=lambda item: (-len(item[1]), -(item[0].to_go or 0), item[0].subject.name)
    )


def _in_words(assessment: Assessment, f: Finding) -> dict[str, str]:
    said = words(assessment.catalog, f)
    return {"本期值": said["value"], "目标值": said["threshold"], "差距": said["gap"]}


def _reasons(f: Finding, alike: list[Finding], assessment: Assessment) -> list[str]:
    out = []
    metric, part = part_of(assessment, f.target)
    unit = unit_label(assessment, f.target)
    since, against = (f.ytd, "比年初") if f.ytd else (f.mom, "比上月")
    if since is not None and since.heading is Heading.WORSE:
        # what falls is the reading, whatever is judged of it
        size = figure(metric, abs(since.change), change=True, fixed=True)
        out.append(f"在下滑，{against}差了 {size}")
    need = f.pace.required_per_month if f.pace else None
    recent = f.pace.recent_per_month if f.pace else None
    if need is not None and recent is not None and not f.pace.keeps_up:
        out.append(
            f"每月要 {float(need):.2f} {unit}，至今每月 {float(recent):.2f}".replace(" -", " −")
        )
    if f.status is Status.MISSED:
        out.append("现在就该做到")
    sizes = sorted(size for x in alike if (size := _size(x)))
    quarter = ceil(len(sizes) / 4)
    size = _size(f)
    if size and len(sizes) >= 4:
        rest = figure(metric, size, change=True, quantity=part.quantity)
        if size <= sizes[quarter - 1]:
            out.append(f"差得少，再有 {f.to_go} 户就到" if f.to_go else f"差得少，只差 {rest}")
        elif size >= sizes[-quarter]:
            out.append(f"缺口大，还差 {f.to_go} 户" if f.to_go else f"缺口大，差 {rest}")
    return out


def _size(f: Finding):
    """How much is missing: rows where they are counted, else the gap."""
    return f.to_go or (abs(f.gap) if f.gap else None)


def absences(assessment: Assessment):
    """Units whose figures leave out what was not sent this time."""
    rows = []
    for f in assessment.findings:
        for step in f.trace.steps:
            if step.what == "缺报":
                rows.append(
                    {
                        "目标": assessment.catalog.get(f.target).name,
                        "判定对象": f.subject.name,
                        "缺报": step.detail,
                    }
                )
    return _frame(rows, ("目标", "判定对象", "缺报"))

"""Findings as pandas frames with Chinese headings: what the tables of a notebook show."""

from collections.abc import Iterable, Sequence
from math import ceil

from targets.assessment import Assessment
from targets.assessment.findings import Comparison, Finding, Heading, Status
from targets.assessment.judge import figure, trend_word
from targets.assessment.readings import SITE_LEVEL
from targets.assessment.tables import LEVEL_WORDS
from targets.schema.measures import Dataset
from targets.schema.organisation import Unit, UnitLevel

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


def threshold_words(assessment: Assessment, target: str) -> str | None:
    """The value in force with its unit; None where findings have no common one."""
    judged = [f for f in assessment.of_target(target) if f.threshold is not None]
    found = {(f.metric, f.threshold) for f in judged}
    if len(found) != 1:
        return None
    ((metric, threshold),) = found
    return figure(assessment.catalog.get(metric), threshold)


def target_title(assessment: Assessment, target: str) -> str:
    """A target's name with the value in force."""
    name, value = assessment.in_force[target].target.name, threshold_words(assessment, target)
    return f"{name}（{value}）" if value else name


def unit_label(assessment: Assessment, target: str) -> str:
    """The unit of a target's gaps: 个百分点 for a rate."""
    label = assessment.catalog.get(assessment.catalog.get(target).parts[0][0]).unit.label
    return "个百分点" if label == "%" else label


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
    for depth, unit in units_in_order(assessment):
        row = {"机构": "　" * depth + unit.name}
        for target in targets:
            found = cells.get((unit.code, target))
            row[titles[target]] = None
            if found is not None:
                metric = assessment.catalog.get(found.metric) if found.metric else None
                known = metric is not None and found.value is not None
                value = f" {figure(metric, found.value)}" if known else ""
                row[titles[target]] = said(found) + value
        rows.append(row)
    return _frame(rows, ("机构", *titles.values()))


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
    rows = [
        {
            "判定对象": f.subject.name,
            "层级": LEVEL_WORDS[f.subject.level],
            "分子": f.numerator,
            "分母": f.denominator,
            "本期值": _float(f.value),
            "目标值": _float(f.threshold),
            "差距": _float(f.gap),
            "还差户数": f.to_go,
            "判定": said(f),
            "名次": f"{f.rank}/{f.rank_of}" if f.rank else None,
        }
        for f in find(assessment, target, levels)
        if f.value is not None
    ]
    out = _frame(
        rows,
        (
            "判定对象", "层级", "分子", "分母", "本期值", "目标值", "差距", "还差户数", "判定",
            "名次",
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

    def change(comparison: Comparison | None) -> float | None:
        return None if comparison is None else float(comparison.change)

    rows = [
        {
            "判定对象": f.subject.name,
            "本期值": _float(f.value),
            "较上月": change(f.mom),
            "较年初": change(f.ytd),
            "较上年同期": change(f.yoy),
            "走势": trend_word(f) or "没有可比的上年数",
        }
        for f in find(assessment, target, levels)
        if f.value is not None
    ]
    return _frame(rows, ("判定对象", "本期值", "较上月", "较年初", "较上年同期", "走势"))


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
    if recent <= 0:
        return "还在下滑，先要止住" if recent < 0 else "至今没有进展"
    if need <= recent:
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
            "本期值": _float(f.value),
            "目标值": _float(f.threshold),
            "差距": _float(f.gap),
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


def actions(assessment: Assessment, level: str = "sub_branch"):
    """Settled findings that fall short, those with most reasons to act on first.

    Reasons: it falls since the year's start; it must go faster than so far; it is among the
    nearest, or among the largest gaps, of its target. Ties: more rows to go come first.
    """
    short = [
        f
        for f in assessment.findings
        if f.subject.level == level and f.status in SHORT and f.gap is not None
    ]
    listed = []
    for f in short:
        reasons = _reasons(f, [x for x in short if x.target == f.target], assessment)
        listed.append((-len(reasons), -(f.to_go or 0), f.subject.name, f, reasons))
    listed.sort(key=lambda item: item[:3])
    rows = [
        {
            "次序": place,
            "判定对象": f.subject.name,
            **(
                {"所属机构": assessment.catalog.get(f.subject.unit).name}
                if level == SITE_LEVEL
                else {}
            ),
            "目标": target_title(assessment, f.target),
            "为什么先做": "；".join(reasons) or "还没到",
            "还差户数": f.to_go,
            "判定": said(f),
            "本期值": _float(f.value),
            "差距": _float(f.gap),
        }
        for place, (_, _, _, f, reasons) in enumerate(listed, start=1)
    ]
    whose = ("所属机构",) if level == SITE_LEVEL else ()
    return _frame(
        rows,
        ("次序", "判定对象", *whose, "目标", "为什么先做", "还差户数", "判定", "本期值", "差距"),
    )


def _reasons(f: Finding, alike: list[Finding], assessment: Assessment) -> list[str]:
    out = []
    unit = unit_label(assessment, f.target)
    since, words = (f.ytd, "比年初") if f.ytd else (f.mom, "比上月")
    if since is not None and since.heading is Heading.WORSE:
        out.append(f"在下滑，{words}差了 {abs(float(since.change)):.2f} {unit}")
    need = f.pace.required_per_month if f.pace else None
    recent = f.pace.recent_per_month if f.pace else None
    if need is not None and recent is not None and need > recent:
        out.append(
            f"每月要 {float(need):.2f} {unit}，至今每月 {float(recent):.2f}".replace(" -", " −")
        )
    sizes = sorted(x.to_go for x in alike if x.to_go)
    quarter = ceil(len(sizes) / 4)
    if f.to_go and len(sizes) >= 4:
        if f.to_go <= sizes[quarter - 1]:
            out.append(f"差得少，再有 {f.to_go} 户就到")
        elif f.to_go >= sizes[-quarter]:
            out.append(f"缺口大，还差 {f.to_go} 户")
    return out


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

"""Rules judged: how many rows of each unit fall under a rule, break it, or can't be told.

The counts are columns of phase one, so that checking rules reads no table twice. Findings carry
counts only; the rows themselves are listed on the command line and in workbooks (`rows`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from targets.catalog import Catalog
from targets.catalog.conditions import RuleConditions
from targets.catalog.decisions import RuleInForce, rule_in_force
from targets.schema.measures import Dataset
from targets.schema.organisation import UnitLevel
from targets.schema.rules import OnRows, Rule
from targets.schema.targets import Affects
from targets.wording import limit

from .aggregates import Plan
from .findings import RuleFinding, Status, Subject, Trace, TraceStep
from .readings import Readings

COUNTED = ("under", "breaks", "untold", "on_limit", "at_stake", "included")
"""what is counted of each rule, named as its conditions"""


@dataclass(frozen=True)
class PlannedRule:
    """A rule in force, what is counted for it, and where the plan puts the numbers."""

    force: RuleInForce
    conditions: RuleConditions
    columns: Mapping[str, str]


def checkable(catalog: Catalog) -> tuple[Rule, ...]:
    """Rules with conditions that rows can be held against."""
    return tuple(
        r for r in catalog.all(Rule) if isinstance(r.body, OnRows) and r.body.conditions
    )


def plan_rules(catalog: Catalog, plan: Plan, day: date, only=None) -> dict[str, PlannedRule]:
    """Ask the plan for every count that judging the rules needs."""
    out = {}
    for rule in checkable(catalog):
        if only is not None and rule.id not in only:
            continue
        force = rule_in_force(catalog, rule.id, day)
        dataset: Dataset = catalog.get(rule.body.dataset)
        conditions = catalog.compiled.rule(rule, dataset, force.boundary)
        columns = {
            name: plan.count(dataset.id, condition)
            for name in COUNTED
            if (condition := getattr(conditions, name)) is not None or name == "under"
        }
        out[rule.id] = PlannedRule(force, conditions, columns)
    return out


def judge_rules(
    catalog: Catalog, readings: Readings, planned: Mapping[str, PlannedRule], day: date,
    files: Mapping[str, tuple[str, ...]],
) -> list[RuleFinding]:
    """Each rule at every unit open on the day; `files`: table -> the files it came from."""
    units = [s for level in UnitLevel for s in readings.units(day, level)]
    out = []
    for one in planned.values():
        dataset: Dataset = catalog.get(one.conditions.dataset)
        table, said = dataset.table, catalog.compiled.told(one.force.rule, dataset)
        # a table that nobody sends is said once, not once a unit
        subjects = units if table in files else units[:1]
        out += [_finding(one, said, s, readings, day, files.get(table, ())) for s in subjects]
    return out


def _finding(
    one: PlannedRule, said: tuple, subject: Subject, readings: Readings, day: date,
    files: Iterable[str],
) -> RuleFinding:
    """said: the rule's conditions in words."""
    dataset = one.conditions.dataset
    rows = readings.rows.get((dataset, subject.key, day))
    counts = {
        name: readings.count(dataset, subject.key, day, column) or 0
        for name, column in one.columns.items()
    } if rows else {}
    status, provisional, reasons = _status(one, subject, day, rows, counts)
    counted = dict.fromkeys(COUNTED[:4]) | (
        {name: counts.get(name, 0) for name in COUNTED[:4]} if rows else {}
    )
    if not one.conditions.judged:
        counted["breaks"] = None
    return RuleFinding(
        rule=one.force.rule.id,
        subject=subject,
        data_date=day,
        status=status,
        provisional=provisional,
        rows=rows,
        **counted,
        reasons=tuple(reasons),
        open_assumptions=tuple(a.id for a in one.force.open_assumptions),
        trace=Trace(
            table=dataset,
            files=tuple(files),
            rows=rows,
            excluded=(),
            steps=tuple(_steps(one, said, rows, counted)),
            clauses=tuple(dict.fromkeys(one.force.rule.clauses)),
            decisions=tuple(d.id for d in one.force.decisions),
            assumptions=tuple(
                a.id for a in (*one.force.open_assumptions, *one.force.settled_assumptions)
            ),
        ),
    )


def _status(one: PlannedRule, subject: Subject, day: date, rows: int | None, counts):
    """(status, provisional, reasons); a breach anywhere outweighs what can't be told."""
    if not rows:
        return Status.NO_DATA, None, [f"{day} 没有{subject.name}的数据"]
    reasons = []
    for name, words in (
        ("untold", "有 {:,} 行缺了要看的那一列，说不清"),
        ("on_limit", "有 {:,} 行恰好在界限上，而原文没说是否含本数，单独计数"),
    ):
        if counts.get(name):
            reasons.append(words.format(counts[name]))
    if not one.conditions.judged:
        reasons.append("规则只说哪些行受约束，没有说这些行要满足什么；只列出，不判定")
        return Status.NOT_JUDGED, None, reasons
    provisional = None
    if counts["breaks"]:
        status = Status.MISSED
    elif counts.get("untold"):
        status = Status.NO_DATA
    elif counts.get("at_stake"):
        provisional = Status.MISSED if counts["included"] else Status.MET
        status = Status.UNDECIDED
    else:
        status = Status.MET
        if not counts["under"]:
            reasons.append("没有一行受本规则约束")
    undecided = [a for a in one.force.open_assumptions if a.affects is Affects.JUDGEMENT]
    if undecided and status is not Status.NO_DATA:
        provisional, status = provisional or status, Status.UNDECIDED
        names = "、".join(a.name for a in undecided)
        reasons.append(f"有待定事项未决：{names}；暂按现行口径得“{provisional.label}”")
    return status, provisional, reasons


def _steps(
    one: PlannedRule, said: tuple, rows: int | None, counted
) -> Iterable[TraceStep]:
    """The reckoning line by line."""
    if not rows:
        return
    body = one.force.rule.body
    yield TraceStep("检查的行", f"{rows:,} 行")
    for figure in body.limits:
        yield TraceStep("界限", limit(figure))
    if one.force.boundary is not None:
        yield TraceStep("本行决定", f"界限{one.force.boundary.label}")
    scope, duty = said
    yield TraceStep("受约束", f"{scope or '每一行'}：{counted['under']:,} 行")
    if duty:
        yield TraceStep("违反", f"{duty}：{counted['breaks']:,} 行")
    if counted["untold"]:
        yield TraceStep("说不清", f"{counted['untold']:,} 行")
    if counted["on_limit"]:
        yield TraceStep("恰在界上", f"{counted['on_limit']:,} 行")

"""Whether a criterion can be judged at all: its grain, its basis, its states, its pace."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from targets.problems import Code, Problem, did_you_mean
from targets.schema.criteria import (
    THRESHOLD_TESTS,
    Frequency,
    Growth,
    RankAmong,
    RatioTo,
    ShareOf,
    StatusReached,
    Within,
)
from targets.schema.measures import (
    ActorPeriod,
    AggregateMeasure,
    ColumnType,
    Metric,
    State,
    Unstated,
)
from targets.schema.targets import Decision, PeriodSpan, SetPace, Target

from .catalog import Catalog
from .decisions import target_in_force

Report = Callable[..., Problem]
"""report(record, path, code, found, ...) -> Problem with the place of `path` in the record"""


def numbers(test) -> Iterator[tuple[tuple, Decimal]]:
    if isinstance(test, THRESHOLD_TESTS):
        for i, item in enumerate(test.values):
            if item.value is not None:
                yield ("values", i, "value"), item.value
    elif isinstance(test, Within):
        for i, item in enumerate(test.values):
            for end in ("low", "high"):
                if getattr(item, end) is not None:
                    yield ("values", i, end), getattr(item, end)


def basis_problems(
    catalog: Catalog, target: Target, base: tuple, metric: Metric, part, report: Report
) -> Iterator[Problem]:
    """What is divided or compared is of one kind; growth and ranks have no unit of their own."""
    if isinstance(part.quantity, RatioTo | ShareOf):
        path, other = ("quantity",), part.others[0]
    elif isinstance(part.quantity, Growth | RankAmong) or not part.others:
        return
    else:
        path, other = ("test", "reference"), part.others[0]
    mine, theirs = metric.unit, catalog.get(other).unit
    if mine.kind == theirs.kind or isinstance(mine, Unstated) or isinstance(theirs, Unstated):
        return
    yield report(
        target,
        (*base, *path),
        Code.OTHER_BASIS,
        f"{target.id} 拿 {metric.id}（{mine.label or mine.kind}）与 {other}"
        f"（{theirs.label or theirs.kind}）相比",
        mend="换成单位相同的指标；不同的量相除，另设一个 kind: quotient 的指标",
    )


def frequency_problems(
    target: Target, base: tuple, metric: Metric, part, report: Report
) -> Iterator[Problem]:
    """A frequency is counted by the grain of its metric, in periods no shorter than its own."""
    if not isinstance(part.quantity, Frequency) or metric.measure.kind == "not_measured":
        return
    periods = list(ActorPeriod)
    if metric.grain is None:
        yield report(
            target,
            (*base, "quantity"),
            Code.FREQUENCY_GRAIN,
            f"{target.id} 判频次，而指标 {metric.id} 没写按谁、按哪一天计数",
            mend=f"在 {metric.id} 里写 grain",
        )
    elif periods.index(part.quantity.period) < periods.index(metric.grain.period):
        yield report(
            target,
            (*base, "quantity", "period"),
            Code.FREQUENCY_GRAIN,
            f"{target.id} 按{part.quantity.period.label}判，指标 {metric.id} 是按"
            f"{metric.grain.period.label}数的",
            allowed="、".join(p.value for p in periods[periods.index(metric.grain.period):]),
        )


def _columns(
    catalog: Catalog,
    metric: Metric,
    dataset: str,
    path: tuple,
    wanted: dict[str, str | None],
    report: Report,
) -> Iterator[Problem]:
    """The columns named exist; all but the actor's are dates."""
    columns = {c.name: c.type for c in catalog.get(dataset).columns}
    for field, name in wanted.items():
        fit = [c for c, kind in columns.items() if field == "actor" or kind is ColumnType.DATE]
        if name is None or name in fit:
            continue
        found = f"这一列是{columns[name].label}" if name in columns else "没有这一列"
        yield report(
            metric,
            (*path, field),
            Code.FREQUENCY_GRAIN,
            f"{metric.id} 的 {field} 写的是 {name}，{dataset} 里{found}",
            allowed="、".join(fit),
            mend=did_you_mean(name, fit),
        )


def grain_problems(catalog: Catalog, metric: Metric, report: Report) -> Iterator[Problem]:
    """The columns that a frequency is counted by exist, and it can be counted at all."""
    measure, grain = metric.measure, metric.grain
    if not isinstance(measure, AggregateMeasure):
        yield report(
            metric,
            ("grain",),
            Code.FREQUENCY_GRAIN,
            f"{metric.id} 写了按谁计数，却不是在一张表里汇总出来的（{measure.kind}）",
            mend="measure 改成 kind: aggregate，或删去 grain",
        )
        return
    here = {"actor": grain.actor, "date": grain.date}
    yield from _columns(catalog, metric, measure.dataset, ("grain",), here, report)
    if grain.roster is not None:
        there = {name: getattr(grain.roster, name) for name in ("actor", "since", "until")}
        path = ("grain", "roster")
        yield from _columns(catalog, metric, grain.roster.dataset, path, there, report)
    if "distinct" in measure.value.measure.lower() and grain.period not in (
        ActorPeriod.DAY, ActorPeriod.WORKDAY
    ):
        yield report(
            metric,
            ("grain", "period"),
            Code.FREQUENCY_GRAIN,
            f"{metric.id} 数的是不重复的个数，逐日的数加不成{grain.period.label}的数",
            mend="改成 count(*) 或 sum(列)，或按天数",
        )


def state_problems(
    target: Target, base: tuple, metric: Metric, part, report: Report
) -> Iterator[Problem]:
    """A state that the metric lists, and its own number from the lowest."""
    if not isinstance(part.quantity, StatusReached):
        return
    states = metric.unit.states if isinstance(metric.unit, State) else None
    if states is None or (states and part.quantity.state not in states):
        yield report(
            target,
            (*base, "quantity", "state"),
            Code.WRONG_STATE,
            f"指标 {metric.id} 没有“{part.quantity.state}”这一档",
            allowed="、".join(states or ()) or "单位为 kind: state 的指标",
            mend=did_you_mean(part.quantity.state, states or ()),
        )
    elif states:
        number = states.index(part.quantity.state) + 1
        for path, value in numbers(part.test):
            if value != number:
                yield report(
                    target,
                    (*base, "test", *path),
                    Code.WRONG_STATE,
                    f"“{part.quantity.state}”由低到高是第 {number} 档，标准里写的是 {value}",
                    mend=f"写 {number}",
                )


def pace_problems(
    catalog: Catalog, decision: Decision, path: tuple, change: SetPace, report: Report
) -> Iterator[Problem]:
    """A pace needs a period with two ends, and a curve stays within it."""
    period = target_in_force(catalog, change.target, decision.effective).target.period
    if isinstance(period, PeriodSpan) and period.holds(change.pace):
        return
    if isinstance(period, PeriodSpan):
        found = f"计划进度的日期超出了 {change.target} 的期限"
        allowed = f"{period.start} 至 {period.end}"
    else:
        found = f"{change.target} 自 {decision.effective} 起没有起止日，序时进度无从算起"
        allowed = "kind: span 的期限"
    yield report(
        decision,
        (*path, "pace"),
        Code.PACE_WITHOUT_PERIOD,
        found,
        allowed=allowed,
        mend="先用 kind: period 定下起止日，或改计划进度",
    )

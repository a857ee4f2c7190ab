"""What is in force of a record on a day, aspect by aspect: each with its words and its grader.

Decisions are seen by what they make of a record, not by how they are written; without decisions
the same aspects say what the source has it be.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from targets import wording
from targets.catalog import Catalog
from targets.catalog.decisions import (
    decisions_on,
    duty_history,
    metric_in_force,
    rule_in_force,
    target_in_force,
    value_on,
)
from targets.catalog.scorecards import card_in_force
from targets.schema.criteria import DatedRange, DatedValue, Frequency, Single
from targets.schema.measures import Direction
from targets.schema.targets import SetAllocation, SetSeat, Settle

from . import grades
from .natural import by_key
from .words import Words


@dataclass(frozen=True)
class Aspect:
    """One thing that is in force of a record."""

    label: str
    value: Hashable
    """None: nothing is asked"""
    words: str | None
    grade: grades.Grader
    group: str = ""
    """a part of the criterion: where the whole part is new, only its head speaks"""
    under: Hashable = None
    """what it makes sense under: with another test, a value is told by the test"""


Aspects = Mapping[str, Aspect]


def _target(catalog: Catalog, target_id: str, day: date) -> Aspects:
    words = Words(catalog)
    force = target_in_force(catalog, target_id, day)
    target, out = force.target, {}
    parts = by_key(tuple(single for _, single in target.parts))
    metrics = [metric for metric, _ in target.parts]
    for (key, single), metric in zip(parts.items(), metrics, strict=True):
        group = f"criterion[{key}]" if len(parts) > 1 else "criterion"
        for name, aspect in _part(words, metric, single, day, group):
            out[f"{group}.{name}" if name else group] = aspect
    metric, single = catalog.records.get(metrics[0]), target.parts[0][1]
    out |= {
        f"binds[{key}]": Aspect("约束到谁", key, words.said(binding), grades.asked)
        for key, binding in by_key(target.binds).items()
    }
    out |= dict(_period(target.period, words))
    out["hold"] = Aspect("保持类目标", target.hold, words.said(target.hold), grades.caliber)
    for name, label in (("site_kind", "共建主体类别"), ("where", "行的条件")):
        value = getattr(target.scope, name)
        out[f"scope.{name}"] = Aspect(label, value, words.said(value), grades.caliber)
    band = None
    if force.near_band is not None:
        label = wording.gap_label(metric, single.quantity)
        band = f"相差 {wording.number(force.near_band)} {label}以内"
    out["near_band"] = Aspect("算“接近”的范围", force.near_band, band, grades.near_band)
    return out


def _part(words: Words, metric_id: str, single: Single, day: date, group: str):
    metric = words.catalog.records.get(metric_id)
    test, quantity = single.test, single.quantity
    dated = value_on(getattr(test, "values", ()), day)
    direction = metric.direction if metric else Direction.NEUTRAL
    whole = wording.criterion_part(single, metric, dated, words.name) if metric else metric_id

    def aspect(label, value, said, grade, under=None) -> Aspect:
        return Aspect(label, value, said, grade, group, under)

    yield "", aspect("判定标准", True, whole, grades.asked)
    yield "metric", aspect("指标", metric_id, words.name(metric_id), grades.caliber)
    counted = isinstance(quantity, Frequency)
    yield "quantity", aspect(
        "判什么量", quantity, wording.quantity(quantity, words.name(metric_id), words.name),
        _frequency if counted else grades.caliber,
    )
    stated = test.model_copy(update={
        name: None for name in ("values", "boundary") if name in type(test).model_fields
    })
    yield "test", aspect(
        "判定方法", (stated.kind, str(stated)), wording.test(single, metric, dated, words.name),
        grades.test_kind,
    )
    if hasattr(test, "values"):
        value = _bare(dated)
        said = None if value is None else wording.dated_value(dated, metric, quantity)
        yield "value", aspect(
            "数值", value, said, grades.threshold(test, direction), under=test.kind
        )
    if hasattr(test, "boundary"):
        yield "boundary", aspect(
            "含不含本数", test.boundary, test.boundary.label, grades.boundary, under=test.kind
        )
    for name, label, grade in (
        ("tolerance", "容差", grades.tolerance(test)), ("decimals", "公布的小数位数", grades.text)
    ):
        value = getattr(single, name)
        yield name, aspect(label, value, words.said(value), grade, under=test.kind)


def _frequency(old, new):
    if old.kind == new.kind == "frequency":
        return grades.frequency(old.period, new.period)
    return grades.caliber(old, new)


def _bare(dated: DatedValue | DatedRange | None):
    if isinstance(dated, DatedRange):
        return None if dated.low is None else (dated.low, dated.high)
    return dated.value if dated else None


def _period(period, words: Words) -> Iterator[tuple[str, Aspect]]:
    bare = period
    if period.kind == "span":
        bare = period.model_copy(update={"pace": None, "baseline": None})
    said = wording.period(bare).removesuffix("，不算序时进度")
    yield "period", Aspect("期限", bare, said, grades.period)
    pace, baseline = getattr(period, "pace", None), getattr(period, "baseline", None)
    yield "period.pace", Aspect("序时进度", pace, pace and wording.pace(pace), grades.caliber)
    yield "period.baseline", Aspect(
        "进度的基数", baseline, baseline and wording.baseline(baseline), grades.caliber
    )


def _metric(catalog: Catalog, metric_id: str, day: date) -> Aspects:
    metric, words = metric_in_force(catalog, metric_id, day).metric, Words(catalog)
    measure = wording.measure(metric.measure, words.name)
    return {
        "caliber": Aspect("口径", metric.caliber, metric.caliber, grades.caliber),
        "measure": Aspect("怎样算出来", metric.measure, measure, grades.caliber),
    }


def _duty(catalog: Catalog, duty_id: str, day: date) -> Aspects:
    terms = next(
        t for t in duty_history(catalog, catalog.get(duty_id))
        if (t.since is None or t.since <= day) and (t.until is None or day <= t.until)
    )
    duty = terms.duty
    due = wording.duty_deadline(duty)
    return {
        "recurrence": Aspect(
            "多久一次", duty.recurrence, wording.recurrence(duty.recurrence), grades.recurrence
        ),
        "deadline": Aspect("截止", duty.deadline, due, grades.deadline),
        "reports_on": Aspect(
            "报哪一期", duty.reports_on, duty.reports_on.label, grades.other_deadline
        ),
        "rest_day": Aspect("遇休息日", duty.rest_day, duty.rest_day.label, grades.rest_day),
        "at_time": Aspect(
            "几点", duty.at_time, f"{duty.at_time:%H:%M}" if duty.at_time else None, grades.at_time
        ),
        "withdrawn": Aspect(
            "是否还要求", terms.withdrawn, "不再要求" if terms.withdrawn else "要求",
            grades.withdrawn,
        ),
    }


def _rule(catalog: Catalog, rule_id: str, day: date) -> Aspects:
    settled = rule_in_force(catalog, rule_id, day).boundary
    return {"boundary": Aspect(
        "含不含本数", settled, settled and settled.label, grades.caliber
    )}


def _assumption(catalog: Catalog, assumption_id: str, day: date) -> Aspects:
    answer = None
    for decision in decisions_on(catalog, day):
        for change in decision.changes:
            if isinstance(change, Settle) and change.assumption == assumption_id:
                answer = change.answer
    return {"settled": Aspect("定为", answer, answer or "待定", grades.caliber)}


def _scorecard(catalog: Catalog, card_id: str, day: date) -> Aspects:
    card, words = card_in_force(catalog, card_id, day), Words(catalog)
    out = {
        name: Aspect(label, getattr(card, name), said, grades.caliber)
        for name, label, said in (
            ("levels", "考核到哪一级", words.said(card.levels)),
            ("grades", "评等级", card.grades and wording.grades(card.grades)),
            ("cap", "总分上限", words.said(card.cap)),
            ("floor", "总分下限", words.said(card.floor)),
        )
    }
    for item in card.items:
        metric = catalog.get(item.metric)
        weight = f"{wording.number(item.weight)} 分" if item.weight is not None else None
        rule = wording.scoring_words(item, metric, words.name) if item.scoring else None
        out[f"weight[{metric.id}]"] = Aspect(
            f"“{metric.name}”的权重", item.weight, weight, grades.caliber
        )
        out[f"scoring[{metric.id}]"] = Aspect(
            f"“{metric.name}”怎样计分", (item.scoring, item.cap, item.floor), rule, grades.caliber
        )
    return out


def _allocation(catalog: Catalog, allocation_id: str, day: date) -> Aspects:
    rooms = [
        change.headroom
        for decision in decisions_on(catalog, day)
        for change in decision.changes
        if isinstance(change, SetAllocation) and change.allocation == allocation_id
    ]
    said = f"生效，各家之和最多比总数多 {wording.number(rooms[-1])}%" if rooms else "未生效"
    value = rooms[-1] if rooms else None
    return {"in_force": Aspect("分解", value, said, grades.caliber)}


def _seat(catalog: Catalog, actor_id: str, day: date) -> Aspects:
    found = None
    for decision in decisions_on(catalog, day):
        for change in decision.changes:
            if isinstance(change, SetSeat) and change.actor == actor_id:
                found = change
    said = Words(catalog).decided(found) if found else None
    return {"seat": Aspect("在本行由谁承担", found, said, grades.caliber)}


OF: dict[str, Callable[[Catalog, str, date], Aspects]] = {
    "target": _target, "metric": _metric, "duty": _duty, "rule": _rule,
    "assumption": _assumption, "scorecard": _scorecard, "allocation": _allocation,
    "role": _seat, "unit_group": _seat,
}
"""Kinds of records that decisions bear on."""

"""What can be wrong with weights and scoring rules, a source's or a decision's."""

from collections.abc import Callable, Iterator

from targets.problems import Code, Problem, did_you_mean
from targets.schema.base import Record
from targets.schema.measures import Metric
from targets.schema.scoring import Completion, GradesNamed, Veto
from targets.schema.source import Membership
from targets.schema.targets import Decision, PeriodSpan, Scorecard, SetWeights

from .catalog import Catalog
from .decisions import target_in_force

Report = Callable[..., Problem]


def scoring_problems(catalog: Catalog, report: Report) -> Iterator[Problem]:
    for card in catalog.all(Scorecard):
        for i, item in enumerate(card.items):
            if item.scoring is not None:
                yield from _rule(catalog, card, ("items", i), item, item.weight, report)
    for decision in catalog.issued:
        for i, change in enumerate(decision.changes):
            if isinstance(change, SetWeights):
                yield from _weights(catalog, decision, ("changes", i), change, report)


def _weights(
    catalog: Catalog, decision: Decision, path: tuple, change: SetWeights, report: Report
) -> Iterator[Problem]:
    card = catalog.get(change.scorecard)
    listed = [item.metric for item in card.items]
    whole = card.membership is Membership.LISTED
    known = listed if whole else [m.id for m in catalog.all(Metric)]
    for metric in change.weights:
        if metric not in known:
            yield report(
                decision,
                (*path, "weights", metric),
                Code.DANGLING_REF,
                f"考核表 {card.id} 里没有指标 {metric}" if whole else f"没有指标 {metric}",
                allowed="、".join(known) if whole else "原文没有列全的考核表可以补已登记的指标",
                mend=did_you_mean(metric, known),
            )
    for i, item in enumerate(change.scoring):
        if item.metric not in (*listed, *change.weights):
            yield report(
                decision,
                (*path, "scoring", i, "metric"),
                Code.SCORING_MISFIT,
                f"给 {item.metric} 定了计分办法，它却不在考核表里，也没有权重",
                allowed="、".join(dict.fromkeys((*listed, *change.weights))),
            )
        weight = change.weights.get(item.metric)
        yield from _rule(catalog, decision, (*path, "scoring", i), item, weight, report)
    if isinstance(change.grades, GradesNamed):
        yield report(
            decision,
            (*path, "grades"),
            Code.SCORING_MISFIT,
            "决定里只写了等级的名称，没有说怎样评",
            allowed="kind: score（按总分）或 kind: place（按名次）",
        )


def _rule(
    catalog: Catalog, owner: Record, path: tuple, item, weight, report: Report
) -> Iterator[Problem]:
    rule = item.scoring
    if isinstance(rule, Veto) and weight:
        yield report(
            owner,
            (*path, "scoring"),
            Code.SCORING_MISFIT,
            f"{item.metric} 是否决项，不计分，却有权重 {weight}",
            mend="权重写 0，或换一种计分办法",
        )
    if not isinstance(rule.figure, Completion):
        return
    target = catalog.get(rule.figure.target)
    at = (*path, "scoring", "figure", "target")
    if target.metric != item.metric:
        yield report(
            owner,
            at,
            Code.SCORING_MISFIT,
            f"{target.id} 说的不是 {item.metric}，不能用它的完成率给这一项计分",
            mend="换成这个指标的目标，或改按指标本身的数计分（kind: measured）",
        )
    elif rule.figure.against == "pace" and not _has_pace(catalog, owner, target.id):
        yield report(
            owner,
            at,
            Code.SCORING_MISFIT,
            f"{target.id} 没有定序时进度，算不出序时完成率",
            mend="先由决定定下期限和序时进度，或改 against: target",
        )


def _has_pace(catalog: Catalog, owner: Record, target_id: str) -> bool:
    target = catalog.get(target_id)
    if isinstance(owner, Decision):
        target = target_in_force(catalog, target_id, owner.effective).target
    return isinstance(target.period, PeriodSpan) and target.period.pace is not None

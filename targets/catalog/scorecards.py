"""A scorecard as it stands on a day: its source's record with the bank's decisions laid over it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from targets.schema.organisation import UnitLevel
from targets.schema.scoring import Grades, GradesNamed, ScorecardItem, Veto
from targets.schema.source import Membership
from targets.schema.targets import Affects, Assumption, Decision, Scorecard, SetWeights

from .catalog import Catalog
from .decisions import decisions_on, metric_in_force, settled_on


@dataclass(frozen=True)
class CardInForce:
    """What is scored, how, and what keeps a total from being said."""

    source: Scorecard
    items: tuple[ScorecardItem, ...]
    levels: tuple[UnitLevel, ...]
    grades: Grades | None
    cap: Decimal | None
    floor: Decimal | None
    decisions: tuple[Decision, ...]
    """those that gave weights, rules, levels, grades, or settled something here"""
    assumptions: tuple[Assumption, ...]
    """all it rests on, settled or not"""
    open_assumptions: tuple[Assumption, ...]
    """those not settled that bear on judging"""
    missing: tuple[str, ...]
    """what neither source nor decision says, without which there is no total; in Chinese"""
    ungraded: str | None
    """why grades can't be said though their names are known"""

    @property
    def full(self) -> Decimal:
        """What all weights add up to."""
        return sum((i.weight for i in self.items if i.weight is not None), Decimal(0))

    @property
    def sample(self) -> bool:
        """Whether it rests on an invented decision."""
        return any(d.sample for d in self.decisions)


def card_in_force(catalog: Catalog, card_id: str, day: date) -> CardInForce:
    """The card with every decision in force on `day` laid over it, the latest winning."""
    source: Scorecard = catalog.get(card_id)
    items = {item.metric: item for item in source.items}
    stated: dict[str, object] = {"levels": source.levels, "grades": source.grades}
    listed = source.membership is Membership.LISTED
    used: dict[str, Decision] = {}
    for decision in decisions_on(catalog, day):
        for change in decision.changes:
            if not isinstance(change, SetWeights) or change.scorecard != card_id:
                continue
            used[decision.id] = decision
            listed = listed or bool(change.weights)  # a decision's weights are the whole list
            items = _weighed(items, change)
            stated |= {
                name: value
                for name in ("levels", "grades", "cap", "floor")
                if (value := getattr(change, name)) not in (None, ())
            }
    settled = settled_on(catalog, day)
    metrics = [metric_in_force(catalog, m, day) for m in items]
    rests_on = dict.fromkeys(
        (*source.assumptions, *(a for m in metrics for a in m.source.assumptions))
    )
    used |= {d.id: d for m in metrics for d in m.decisions}
    used |= {settled[a].id: settled[a] for a in rests_on if a in settled}
    return CardInForce(
        source=source,
        items=tuple(items.values()),
        levels=stated["levels"],
        grades=stated["grades"],
        cap=stated.get("cap"),
        floor=stated.get("floor"),
        decisions=tuple(used.values()),
        assumptions=tuple(catalog.get(a) for a in rests_on),
        open_assumptions=tuple(
            catalog.get(a)
            for a in rests_on
            if a not in settled and catalog.get(a).affects is Affects.JUDGEMENT
        ),
        missing=tuple(_missing(catalog, tuple(items.values()), listed, stated["levels"])),
        ungraded=_ungraded(stated["grades"]),
    )


def _weighed(items: dict[str, ScorecardItem], change: SetWeights) -> dict[str, ScorecardItem]:
    out = dict(items)
    for metric, weight in change.weights.items():
        item = out.get(metric) or ScorecardItem(metric=metric)
        out[metric] = item.model_copy(update={"weight": weight})
    for rule in change.scoring:
        item = out.get(rule.metric) or ScorecardItem(metric=rule.metric)
        out[rule.metric] = item.model_copy(
            update={"scoring": rule.scoring, "cap": rule.cap, "floor": rule.floor}
        )
    return out


def _ungraded(grades: Grades | None) -> str | None:
    return f"怎样评等级：{'、'.join(grades.names)}" if isinstance(grades, GradesNamed) else None


def _missing(catalog: Catalog, items, listed: bool, levels) -> Iterator[str]:
    if not listed:
        yield "考核哪些指标（原文没有列全）" if items else "考核哪些指标（原文没有列出）"
    unweighed = [i for i in items if i.weight is None and not isinstance(i.scoring, Veto)]
    if unweighed:
        yield "权重：" + "、".join(catalog.get(i.metric).name for i in unweighed)
    unscored = [i for i in items if i.scoring is None]
    if unscored:
        yield "怎样计分：" + "、".join(catalog.get(i.metric).name for i in unscored)
    if not levels:
        yield "考核哪一级机构"

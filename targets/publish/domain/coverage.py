"""How much of every document is represented, computes and waits: counted, never claimed."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from targets.assessment.findings import Status
from targets.catalog import Catalog
from targets.schema.base import Labelled, Record
from targets.schema.criteria import (
    Down,
    NotAbove,
    NotBelow,
    RankAmong,
    Single,
    StatusReached,
    Tracked,
    Unknown,
    Up,
)
from targets.schema.duties import Duty
from targets.schema.measures import Metric
from targets.schema.rules import Procedure, Rule
from targets.schema.source import Clause, Defect, PastResult
from targets.schema.targets import Affects, Assumption, Target


class Standard(Labelled):
    """What a target is judged by, the firmest first."""

    NUMBER = "number", "数值"
    RANK = "rank", "名次"
    STATE = "state", "等级或状态"
    REFERENCE = "reference", "参照别的数"
    DIRECTION = "direction", "只有方向"
    TRACKED = "tracked", "只点名指标"
    UNKNOWN = "unknown", "标准残缺"


def _of_part(part: Single) -> Standard:
    match part.test:
        case Unknown():
            return Standard.UNKNOWN
        case Tracked():
            return Standard.TRACKED
        case Up() | Down():
            return Standard.DIRECTION
    if isinstance(part.quantity, RankAmong):
        return Standard.RANK
    if isinstance(part.quantity, StatusReached):
        return Standard.STATE
    if isinstance(part.test, NotBelow | NotAbove):
        return Standard.REFERENCE
    return Standard.NUMBER


def standard(target: Target) -> Standard:
    """Of a combined criterion the firmest part counts, a part that is cut before all."""
    kinds = {_of_part(part) for _, part in target.parts}
    if Standard.UNKNOWN in kinds:
        return Standard.UNKNOWN
    return next(kind for kind in Standard if kind in kinds)


RECURRENCES = {
    "fixed": "每期一次",
    "quota": "每期若干次",
    "chosen_days": "每期自定日子",
    "season": "在一段时间之内",
    "event": "遇事就做",
    "vague": "只有频次词",
    "once": "做一次",
}


def has_figures(rule: Rule) -> bool:
    """Whether a rule holds a number that data could be compared with."""
    if isinstance(rule.body, Procedure):
        return any(step.share is not None for step in rule.body.steps)
    return bool(getattr(rule.body, "limits", ()))


_OPEN_ENDED = (Status.NO_DATA, Status.NOT_JUDGED)


@dataclass(frozen=True)
class Coverage:
    """The counts of one document."""

    handbook: object
    document: str
    """its prefix"""

    @property
    def catalog(self) -> Catalog:
        return self.handbook.catalog

    def _own(self, model: type[Record]) -> list[Record]:
        return [r for r in self.catalog.all(model) if r.owner == self.document]

    # --- clauses

    @cached_property
    def clauses(self) -> list[Clause]:
        return self._own(Clause)

    @cached_property
    def with_content(self) -> list[Clause]:
        """Clauses that some record says it is taken from."""
        return [
            c
            for c in self.clauses
            if any(c.id in getattr(r, "clauses", ()) for r in self.catalog.backlinks(c.id)
                   if r.kind not in ("clause", "defect"))
        ]

    @cached_property
    def without_obligation(self) -> list[Clause]:
        return [c for c in self.clauses if c.no_obligation]

    @cached_property
    def headings(self) -> list[Clause]:
        """Clauses that only hold others."""
        told = {c.id for c in (*self.with_content, *self.without_obligation)}
        return [c for c in self.clauses if c.id not in told and self.catalog.children(c.id)]

    # --- what can be measured

    @cached_property
    def targets(self) -> list[Target]:
        return self._own(Target)

    @cached_property
    def standards(self) -> Counter:
        return Counter(map(standard, self.targets))

    @cached_property
    def metrics(self) -> list[Metric]:
        return self._own(Metric)

    @cached_property
    def past_results(self) -> list[PastResult]:
        return self._own(PastResult)

    @cached_property
    def rules(self) -> list[Rule]:
        return self._own(Rule)

    @cached_property
    def rules_with_figures(self) -> list[Rule]:
        return [r for r in self.rules if has_figures(r)]

    # --- duties

    @cached_property
    def duties(self) -> list[Duty]:
        return self._own(Duty)

    @cached_property
    def recurrences(self) -> Counter:
        return Counter(d.recurrence.kind for d in self.duties)

    # --- what computes, what waits

    def _statuses(self, target: Target) -> list[Status]:
        return [f.judged for f in self.handbook.results.by_target.get(target.id, ())]

    @cached_property
    def judged(self) -> list[Target]:
        """Targets that a verdict is reached on somewhere, be it provisional."""
        return [t for t in self.targets if set(self._statuses(t)) - set(_OPEN_ENDED)]

    @cached_property
    def read(self) -> list[Target]:
        """Targets with a reading and no verdict."""
        judged = {t.id for t in self.judged}
        return [
            t
            for t in self.targets
            if t.id not in judged
            and any(f.value is not None for f in self.handbook.results.by_target.get(t.id, ()))
        ]

    @cached_property
    def waiting(self) -> list[Target]:
        """Targets whose judgement rests on something undecided."""
        return [t for t in self.targets if self.waits_for(t)]

    def waits_for(self, target: Target) -> list[Assumption]:
        return [
            a
            for a in self.handbook.in_force(target.id).open_assumptions
            if a.affects is Affects.JUDGEMENT
        ]

    @cached_property
    def reasons(self) -> list[tuple[Assumption, list[Target]]]:
        """What is undecided, with the targets that wait for it, most first."""
        out: dict[str, list[Target]] = {}
        for target in self.targets:
            for assumption in self.waits_for(target):
                out.setdefault(assumption.id, []).append(target)
        found = [(self.catalog.get(i), held) for i, held in out.items()]
        return sorted(found, key=lambda pair: -len(pair[1]))

    # --- doubts

    @cached_property
    def defects(self) -> list[Defect]:
        return self._own(Defect)

    @cached_property
    def assumptions(self) -> list[Assumption]:
        return self._own(Assumption)

    @cached_property
    def settled(self) -> list[Assumption]:
        return [a for a in self.assumptions if a.id in self.handbook.settled]

"""Whether a change may simply be merged, or somebody has to decide on it first.

No difference: 0. Compatible: 3. Needs a decision: 4, which is when

- a source's own value, caliber, scope, deadline or strength is altered: those never change, a
  decision overlays them;
- something changes only as if a draft were issued;
- a decision that was already issued is altered;
- an allocation is altered without its decision;
- a published id is removed, and no record of the former id says what became of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from targets.catalog import Catalog
from targets.catalog.lifecycle import UNPUBLISHED

from .model import Change, FieldChange

SAME, COMPATIBLE, NEEDS_DECISION = 0, 3, 4

_ASKED = {
    "target": ("criterion", "metric", "binds", "period", "hold", "scope", "places"),
    "metric": ("unit", "direction", "caliber", "measure", "grain"),
    "duty": ("recurrence", "deadline", "reports_on", "rest_day", "at_time", "actors"),
    "rule": ("body", "applies_to"),
    "scorecard": ("items", "levels", "grades", "membership"),
}
"""What a source's record asks, by the first field of a path."""
_ISSUED = ("number", "decided", "effective", "expires", "decider", "changes")


@dataclass(frozen=True)
class Verdict:
    """How the comparison ends."""

    code: int
    reasons: tuple[str, ...] = ()
    """why somebody has to decide, a sentence each without its full stop"""

    @property
    def words(self) -> str:
        return {
            SAME: "两个状态没有差别",
            COMPATIBLE: "可以直接合并",
            NEEDS_DECISION: "要先有人拍板",
        }[self.code]


def judge_changes(changes: Iterable[Change], before: Catalog, after: Catalog) -> Verdict:
    changes = tuple(changes)
    if not changes:
        return Verdict(SAME)
    altered = {c.record for c in changes}
    reasons = tuple(dict.fromkeys(
        reason for change in changes for reason in _reasons(change, before, after, altered)
    ))
    return Verdict(NEEDS_DECISION if reasons else COMPATIBLE, reasons)


def _reasons(
    change: Change, before: Catalog, after: Catalog, altered: set[str]
) -> Iterator[str]:
    told = f"“{change.name}”（{change.record}）"
    if change.what == "removed" and not change.redirected and change.kind not in UNPUBLISHED:
        perhaps = f"；看来改成了 {change.perhaps}" if change.perhaps else ""
        yield f"{told}删去了，没有留下旧编号的去向（redirects）{perhaps}"
    asked = _ASKED.get(change.kind, ())
    own = [f for f in change.fields if f.layer == "record" and f.grade.weighs]
    stated = [f for f in own if _first(f) in asked]
    if stated:
        labels = "、".join(dict.fromkeys(f.label for f in stated))
        yield f"{told}改的是原文自己的{labels}：原文不改，改动要写成本行决定；若是更正录入，请说明"
    if change.kind == "decision":
        yield from _decision(change, before, after, told)
    if change.kind == "allocation" and own:
        decision = after.records[change.record].decision
        if decision not in altered:
            yield f"{told}的分法改了，所依据的决定 {decision} 没有改"
    drafts = sorted({i for f in change.fields if f.draft for i in f.basis})
    for decision in drafts:
        record = after.records.get(decision) or before.records[decision]
        yield f"“{record.name}”（{decision}）还是草案，没有签发"


def _decision(change: Change, before: Catalog, after: Catalog, told: str) -> Iterator[str]:
    old = before.records.get(change.was or change.record)
    new = after.records.get(change.record)
    if old is None and new is not None and new.draft:
        yield f"{told}还是草案，没有签发"
    if old is None or new is None or old.draft:
        return
    labels = [f.label for f in change.fields if _first(f) in _ISSUED]
    if labels:
        said = "、".join(dict.fromkeys(labels))
        yield f"{told}已经签发，又改了{said}：改主意要另作决定，不改旧的"
    if new.draft:
        yield f"{told}撤回了签发"


def _first(field: FieldChange) -> str:
    return field.path.replace("[", ".").split(".", 1)[0]

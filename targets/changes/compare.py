"""Two states of the definitions, compared by meaning."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from targets.catalog import Catalog
from targets.schema import measures as me
from targets.schema.base import Record
from targets.schema.kinds import KINDS
from targets.schema.rules import Limit
from targets.schema.targets import Allocation, Target, TargetPlace
from targets.wording import number

from . import aspects
from .grading import graded
from .model import Change, FieldChange, Grade, gravest
from .natural import Difference, differences
from .renames import explained, redirected, suggested, under_new_ids
from .timelines import Decided, apart, without, without_decisions
from .touching import Touching
from .words import Words

NotebooksOf = Callable[[str], Iterable[str]]
"""record id -> the notebooks that use it"""

_BY_ASPECT = {
    "target": frozenset({"metric", "criterion", "binds", "period", "hold"}),
}
"""fields that a timeline tells better than a comparison of what is written"""


def compare(
    before: Catalog,
    after: Catalog,
    *,
    notebooks_of: NotebooksOf | None = None,
    leave: Iterable[str] = (),
) -> tuple[Change, ...]:
    """Every record that is not what it was; nothing for equal states.

    Values are told as the source has them and as decisions make them, from their days on; drafts
    as if they were issued, and marked. The other way round it says the same mirrored.
    leave: ids that are not compared, because one state could not be read there.
    """
    renamed = redirected(before, after)
    touching = Touching(before, after, renamed, notebooks_of)
    leave = frozenset(leave)
    comparison = _Comparison(under_new_ids(before, renamed), after, before, renamed, leave)
    found = comparison.changes(leave)
    return tuple(
        replace(change, touches=touching.of(change)) for change in sorted(found, key=_order)
    )


def _order(change: Change):
    return (list(KINDS).index(change.kind), change.record)


class _Comparison:
    def __init__(self, before: Catalog, after: Catalog, real: Catalog, renamed: dict[str, str],
                 leave: frozenset[str]):
        self._before, self._after, self._real = before, after, real
        self._was = {new: old for old, new in renamed.items()}
        self._explained = explained(real, after)
        self._words = (Words(before), Words(after))
        sources = (without_decisions(before), without_decisions(after))
        self._sources = tuple(map(Decided, sources))
        readable = [without(one, leave) for one in (before, after)]
        self._decided = tuple(map(Decided, readable))
        self._supposed = tuple(Decided(one.with_issued()) for one in readable)

    def changes(self, leave: frozenset[str]) -> Iterable[Change]:
        old, new = self._before.records, self._after.records
        removed = {i: r for i, r in old.items() if i not in new and i not in leave}
        added = {i: r for i, r in new.items() if i not in old and i not in leave}
        perhaps = suggested(removed, added)
        back = {new_id: old_id for old_id, new_id in perhaps.items()}
        for record in removed.values():
            yield self._whole("removed", record, perhaps.get(record.id))
        for record in added.values():
            yield self._whole("added", record, back.get(record.id))
        for record_id in old.keys() & new.keys() - leave:
            change = self._changed(old[record_id], new[record_id])
            if change is not None:
                yield change

    def _whole(self, what: str, record: Record, perhaps: str | None) -> Change:
        grade = Grade.TEXT
        if record.kind in _BINDING:
            grade = Grade.ADDED if what == "added" else Grade.REMOVED
        return Change(
            what, record.id, record.kind, record.name, grade, perhaps=perhaps,
            redirected=record.id in self._explained,
        )

    def _changed(self, old: Record, new: Record) -> Change | None:
        record_id, was = new.id, self._was.get(new.id)
        fields = (*self._written(old, new), *self._in_force(new))
        if not fields and was is None:
            return None
        places = all(f.path.startswith("places") and "·" not in f.label for f in fields)
        what = "renamed" if was else "resourced" if places else "changed"
        return Change(
            what, record_id, new.kind, new.name, gravest(f.grade for f in fields), fields,
            was=was, redirected=was is not None,
        )

    # --- what the record itself says

    def _written(self, old: Record, new: Record) -> tuple[FieldChange, ...]:
        if old == new:
            return ()
        leave = _BY_ASPECT.get(new.kind, frozenset())
        found = [self._field(new.kind, d) for d in differences(old, new, leave)]
        if isinstance(new, Target):
            found = [f for f in found if f.path not in ("scope.site_kind", "scope.where")]
            told = apart(*self._sources, new.id, new.kind, "record")
            found += told
            if not told:  # written otherwise, to the same effect
                only = frozenset(type(new).model_fields) - leave
                found += [
                    replace(self._field(new.kind, d), grade=Grade.TEXT, tighter=None)
                    for d in differences(old, new, only)
                ]
        return tuple(found)

    def _field(self, kind: str, found: Difference) -> FieldChange:
        grade, tighter = graded(kind, found)
        old, new = (
            self._said(words, found, value, side)
            for side, (words, value) in enumerate(
                zip(self._words, (found.old, found.new), strict=True)
            )
        )
        dated = found.new if found.new is not None else found.old
        return FieldChange(
            ".".join(found.path), found.label, old, new, getattr(dated, "since", None),
            grade, tighter,
        )

    def _said(self, words: Words, found: Difference, value: object, side: int) -> str | None:
        owner = found.owners[-1][side]
        if isinstance(owner, Limit) and found.names[-1] == "value" and value is not None:
            label = "" if isinstance(owner.unit, me.Rank) else owner.unit.label
            return f"{number(value)}{label}"
        record = found.owners[0][side]
        metric = quantity = None
        if isinstance(owner, TargetPlace) and isinstance(record, Target):
            metric, quantity = words.metric_of(record.id, 1)
        if isinstance(record, Allocation) and found.names[-1] in ("value", "minimum", "maximum"):
            metric, quantity = words.metric_of(record.target, 1)
        return words.said(value, metric, quantity)

    # --- what is in force

    def _in_force(self, record: Record) -> tuple[FieldChange, ...]:
        if record.kind not in aspects.OF:
            return ()
        issued = self._layer(self._decided, record)
        drafts = self._layer(self._supposed, record) if self._any_drafts else issued
        known = {_what(f) for f in issued}
        draft = [replace(f, draft=True) for f in drafts if _what(f) not in known]
        return (*issued, *draft)

    @property
    def _any_drafts(self) -> bool:
        return bool(self._before.drafts or self._after.drafts)

    def _layer(self, pair: tuple[Decided, Decided], record: Record) -> tuple[FieldChange, ...]:
        """What decisions make of it, but what the source's own change makes of it already."""
        before, after = (one.on.get(record.id, ()) for one in pair)
        if before == after and self._unchanged(record.id):
            return ()
        basis = tuple(sorted({d.id for d in before} ^ {d.id for d in after}
                             | {d.id for d in before for e in after if d.id == e.id and d != e}))
        by_source = {_what(f) for f in self._source(record)}
        return tuple(
            replace(f, basis=basis)
            for f in apart(*pair, record.id, record.kind, "in_force")
            if _what(f) not in by_source
        )

    def _source(self, record: Record) -> tuple[FieldChange, ...]:
        if self._unchanged(record.id):
            return ()
        return apart(*self._sources, record.id, record.kind, "in_force")

    def _unchanged(self, record_id: str) -> bool:
        return self._before.records[record_id] == self._after.records[record_id]


def _what(field: FieldChange) -> tuple:
    return field.path, field.old, field.new, field.since, field.until


_BINDING = ("target", "duty", "rule", "scorecard", "allocation", "decision", "metric")


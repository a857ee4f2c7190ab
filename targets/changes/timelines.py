"""What is in force of a record day after day in two states, and where the two part."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from targets.catalog import Catalog
from targets.catalog.references import references
from targets.schema.targets import Decision, Target

from . import aspects
from .aspects import Aspect, Aspects
from .model import FieldChange, Grade

_DAY = timedelta(days=1)


def without_decisions(catalog: Catalog) -> Catalog:
    """The same state as the sources alone have it."""
    return without(catalog, {d.id for d in catalog.all(Decision)})


def without(catalog: Catalog, ids: Set[str]) -> Catalog:
    """The same state without these records."""
    if not ids:
        return catalog
    records = {i: r for i, r in catalog.records.items() if i not in ids}
    return Catalog(records, {}, catalog.folder, supposed=catalog.supposed)


@dataclass(frozen=True)
class Decided:
    """Which decisions bear on which record, of one state."""

    catalog: Catalog

    @cached_property
    def on(self) -> dict[str, tuple[Decision, ...]]:
        """Record id -> the decisions that change or settle it."""
        found: dict[str, dict[str, Decision]] = {}
        for decision in self.catalog.all(Decision):
            for change in decision.changes:
                for path, subject, _ in references(change):
                    if len(path) == 1 and path[0] in _SUBJECTS:
                        found.setdefault(subject, {})[decision.id] = decision
        return {subject: tuple(ones.values()) for subject, ones in found.items()}

    def days(self, record_id: str) -> set[date]:
        """Days on which what is in force of a record may change."""
        ones = self.on.get(record_id, ())
        days = {d.effective for d in ones} | {d.expires + _DAY for d in ones if d.expires}
        days |= {
            value.since
            for decision in ones
            for change in decision.changes
            for value in getattr(change, "values", ())
            if value.since
        }
        record = self.catalog.records.get(record_id)
        if isinstance(record, Target):
            days |= {
                value.since
                for _, part in record.parts
                for value in getattr(part.test, "values", ())
                if value.since
            }
        return days


_SUBJECTS = ("target", "metric", "duty", "assumption", "scorecard", "allocation", "actor")


def apart(
    before: Decided, after: Decided, record_id: str, kind: str, layer: str
) -> tuple[FieldChange, ...]:
    """Every stretch of days in which a record is in force otherwise than it was."""
    look = aspects.OF[kind]
    days = [date.min, *sorted(before.days(record_id) | after.days(record_id))]
    open_now: dict[str, tuple[Aspect | None, Aspect | None, date]] = {}
    found: list[FieldChange] = []
    for day in days:
        old, new = (look(one.catalog, record_id, day) for one in (before, after))
        now = dict(_unequal(old, new))
        for path, (a, b, since) in list(open_now.items()):
            if path not in now or not _same(now[path], (a, b)):
                found.append(_told(path, a, b, since, day - _DAY, layer))
                del open_now[path]
        for path, (a, b) in now.items():
            open_now.setdefault(path, (a, b, day))
    found += [_told(path, a, b, since, None, layer) for path, (a, b, since) in open_now.items()]
    return tuple(found)


def _unequal(old: Aspects, new: Aspects) -> Iterator[tuple[str, tuple]]:
    groups = [{a.group for a in side.values()} for side in (old, new)]
    for path in dict.fromkeys((*old, *new)):
        a, b = old.get(path), new.get(path)
        one = a or b
        if one.group and path != one.group and not all(one.group in side for side in groups):
            continue  # the whole part is new or gone: its head says so
        if path == one.group and a and b:
            continue
        if one.under is not None and (a is None or b is None or a.under != b.under):
            continue  # another test altogether, which is told with its value
        if (a.value if a else None) != (b.value if b else None):
            yield path, (a, b)


def _same(one: tuple, other: tuple) -> bool:
    return all(
        (a.value if a else None) == (b.value if b else None)
        for a, b in zip(one, other, strict=True)
    )


def _told(path, old: Aspect | None, new: Aspect | None, since, until, layer) -> FieldChange:
    values = (old.value if old else None, new.value if new else None)
    # each side grades by its own test; where they disagree it is another matter altogether
    graded = {one.grade(*values) for one in (old, new) if one}
    grade, tighter = graded.pop() if len(graded) == 1 else (Grade.CALIBER, None)
    return FieldChange(
        path, (new or old).label, old.words if old else None, new.words if new else None,
        None if since == date.min else since, grade, tighter, until, layer,
    )

"""Which targets a change bears on, and on which day it is first felt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from targets.catalog import Catalog
from targets.schema.base import Record
from targets.schema.measures import QuotientMeasure
from targets.schema.targets import Target

from .model import Change, FieldChange

Stretch = tuple[date, date]


@dataclass(frozen=True)
class Affected:
    """A target that may be judged otherwise."""

    target: str
    was: str
    """its id before, the same where it was not renamed"""
    stretches: tuple[Stretch, ...]
    """days on which the two states differ, both ends included"""
    draft: bool
    """only as if drafts were issued"""

    def first_day(self, data_date: date) -> date:
        """The data date if the states differ then, else the first later day on which they do."""
        later = [max(first, data_date) for first, last in self.stretches if last >= data_date]
        return min(later, default=data_date)

    @property
    def over(self) -> date | None:
        """The last day on which they differed; None while they still may."""
        last = max((last for _, last in self.stretches), default=date.max)
        return None if last == date.max else last


def affected(
    changes: Iterable[Change], before: Catalog, after: Catalog
) -> tuple[Affected, ...]:
    """Targets that a change of theirs, of a metric, an assumption or an allocation bears on."""
    found: dict[str, list[FieldChange | None]] = {}
    was: dict[str, str] = {}
    for change in changes:
        if change.kind == "target":
            was[change.record] = change.was or change.record
        bearing = [f for f in change.fields if f.grade.weighs]
        whole = change.what in ("added", "removed")
        if not (bearing or (whole and change.kind in ("target", "allocation"))):
            continue
        for target in _of(change, before, after):
            found.setdefault(target, []).extend([None] if whole else bearing)
    return tuple(
        Affected(
            target, was.get(target, target), tuple(map(_stretch, fields)),
            all(f is not None and f.draft for f in fields),
        )
        for target, fields in sorted(found.items())
    )


def _stretch(field: FieldChange | None) -> Stretch:
    if field is None:
        return date.min, date.max
    return field.since or date.min, field.until or date.max


def _of(change: Change, before: Catalog, after: Catalog) -> set[str]:
    if change.kind == "target":
        return {change.record}
    record_id = change.record
    found: set[str] = set()
    for catalog in (before, after):
        record = catalog.records.get(record_id)
        if record is None:
            continue
        if change.kind == "allocation":
            found.add(record.target)
        elif change.kind in ("metric", "assumption"):
            found |= {t.id for t in catalog.all(Target) if rests_on(catalog, t, record)}
    return found


def rests_on(catalog: Catalog, target: Target, record: Record) -> bool:
    """Whether judging the target reads this metric, or waits for this assumption."""
    metrics = metrics_of(catalog, target)
    if record.kind == "metric":
        return record.id in metrics
    known = {*target.assumptions}
    for metric in metrics:
        known |= {*catalog.records[metric].assumptions}
    return record.id in known


def metrics_of(catalog: Catalog, target: Target) -> set[str]:
    """Every metric that judging a target reads, and what quotients are made of."""
    found = {m for metric, part in target.parts for m in (metric, *part.others)}
    for metric in tuple(found):
        measure = catalog.records[metric].measure
        if isinstance(measure, QuotientMeasure):
            found |= {measure.numerator, measure.denominator}
    return found


def relatives(catalog: Catalog, targets: Iterable[str]) -> set[str]:
    """Targets counted on the same tables of people: what is withheld is decided together."""
    ours = {d for t in targets if t in catalog.records
            for d in _tables(catalog, catalog.records[t])}
    return {t.id for t in catalog.all(Target) if ours & _tables(catalog, t)}


def _tables(catalog: Catalog, target: Target) -> set[str]:
    """Tables with a column that identifies people, which the target is counted on."""
    measures = (catalog.records[m].measure for m in metrics_of(catalog, target))
    named = {m.dataset for m in measures} - {None}
    return {d for d in named if any(c.personal for c in catalog.records[d].columns)}

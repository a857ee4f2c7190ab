"""A change of a few records, graded: compared within just what they hang on."""

from collections.abc import Collection, Mapping

from targets import wording
from targets.catalog import Catalog
from targets.catalog.references import references
from targets.changes import Change, FieldChange, compare
from targets.schema.base import Record

Records = Mapping[str, Record]


def hangs_together(catalog: Catalog, record: Record, ours: Collection[str]) -> bool:
    """Whether all that an earlier record refers to is there today, or among `ours`."""
    known = (ours, catalog.records, catalog.redirects)
    return all(any(i in ids for ids in known) for _, i, _ in references(record))


def changes(catalog: Catalog, before: Records, after: Records) -> tuple[Change, ...]:
    """What became of these records; all else as `catalog` has it today.

    Only what the records lead to is looked at, so that a long history is graded in no time. All
    of them have to hang together.
    """
    sides = [_side(catalog, ours, {*before, *after}) for ours in (before, after)]
    ours = {*before, *after}
    return tuple(c for c in compare(*sides) if c.record in ours or c.was in ours)


def _side(catalog: Catalog, ours: Records, all_ours: Collection[str]) -> Catalog:
    """A catalogue of these records and of what they lead to."""
    found = dict(ours)
    queue = [*ours.values()]
    while queue:
        for _, record_id, _ in references(queue.pop()):
            if record_id not in found and (record := _known(catalog, record_id, all_ours)):
                found[record_id] = record
                queue.append(record)
    redirects = {r.id: r for r in catalog.redirects.values()}
    return Catalog(redirects | found, {}, catalog.folder)


def _known(catalog: Catalog, record_id: str, ours: Collection[str]) -> Record | None:
    """A record as it is today, under the id it is asked for by."""
    if record_id in catalog.records and record_id not in ours:
        return catalog.records[record_id]
    redirect = catalog.redirects.get(record_id)
    now = catalog.records.get((redirect and redirect.to) or record_id)
    return now and now.model_copy(update={"id": record_id})


def line(field: FieldChange) -> str:
    """One value that is another one now, in words."""
    said = f"{field.label}：{field.old or '（没有）'} → {field.new or '（没有）'}"
    when = [f"{wording.day(field.since)}起"] if field.since else []
    when += [f"到{wording.day(field.until)}"] if field.until else []
    when += ["草案，签发后才生效"] if field.draft else []
    return said + (f"（{'，'.join(when)}）" if when else "")

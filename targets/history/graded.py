"""A change of a few records, graded: compared within just what they hang on."""

from collections.abc import Iterable, Mapping

from targets import wording
from targets.catalog import Catalog
from targets.catalog.references import references
from targets.changes import Change, FieldChange, compare
from targets.schema.base import Record

Records = Mapping[str, Record]


def changes(catalog: Catalog, before: Records, after: Records) -> tuple[Change, ...]:
    """What became of these records; all else as `catalog` has it today.

    Only what the records lead to is looked at, so that a long history is graded in no time.
    """
    needed = _led_to(catalog, (*before.values(), *after.values()))
    return compare(*(_beside(catalog, needed, side, {**before, **after}) for side in
                     (before, after)))


def _beside(catalog: Catalog, needed: Records, ours: Records, all_ours: Records) -> Catalog:
    others = {i: r for i, r in needed.items() if i not in all_ours}
    known = {r.id: r for r in catalog.redirects.values()}
    return Catalog({**others, **known, **ours}, {}, catalog.folder)


def _led_to(catalog: Catalog, records: Iterable[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    queue = [target for record in records for _, target, _ in references(record)]
    while queue:
        record_id = queue.pop()
        if record_id not in found and (record := catalog.records.get(record_id)):
            found[record_id] = record
            queue += [other.id for other in catalog.links(record_id)]
    return found


def line(field: FieldChange) -> str:
    """One value that is another one now, in words."""
    said = f"{field.label}：{field.old or '（没有）'} → {field.new or '（没有）'}"
    when = [f"{wording.day(field.since)}起"] if field.since else []
    when += [f"到{wording.day(field.until)}"] if field.until else []
    when += ["草案，签发后才生效"] if field.draft else []
    return said + (f"（{'，'.join(when)}）" if when else "")

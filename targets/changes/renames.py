"""Which record of one state is which of the other, where the id is not the same."""

import json
import re
from collections.abc import Mapping
from difflib import SequenceMatcher

from targets.catalog import Catalog
from targets.schema.base import Record

ALIKE = 0.85
"""how alike two records without their ids must be to be suggested as one"""


def redirected(before: Catalog, after: Catalog) -> dict[str, str]:
    """Old id -> new id, as redirects of either state have it; read backwards where that fits."""
    found: dict[str, str] = {}
    for redirect in (*after.redirects.values(), *before.redirects.values()):
        pair = (redirect.former, redirect.to)
        for old, new in (pair, pair[::-1]):
            if (
                old in before.records and old not in after.records
                and new in after.records and new not in before.records
            ):
                found[old] = new
    return found


def explained(before: Catalog, after: Catalog) -> set[str]:
    """Ids of which either state says what became of them."""
    return {*before.redirects, *after.redirects}


def suggested(
    removed: Mapping[str, Record], added: Mapping[str, Record]
) -> dict[str, str]:
    """Removed id -> added id of a record that says nearly the same; each at most once."""
    content = {r.id: _content(r) for r in (*removed.values(), *added.values())}
    pairs = sorted(
        (
            (-likeness, old.id, new.id)
            for old in removed.values()
            for new in added.values()
            if old.kind == new.kind
            and (likeness := _likeness(content[old.id], content[new.id])) >= ALIKE
        ),
    )
    found: dict[str, str] = {}
    for _, old, new in pairs:
        if old not in found and new not in found.values():
            found[old] = new
    return found


def _content(record: Record) -> str:
    return json.dumps(
        record.model_dump(mode="json", exclude={"id"}, exclude_defaults=True), ensure_ascii=False
    )


def _likeness(one: str, other: str) -> float:
    # in one order, whichever side they come from: the ratio depends on it
    matcher = SequenceMatcher(None, *sorted((one, other)), autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0
    return matcher.ratio()


def under_new_ids(catalog: Catalog, renamed: Mapping[str, str]) -> Catalog:
    """The same state with these ids replaced wherever they stand."""
    if not renamed:
        return catalog
    old = re.compile("|".join(rf'"{re.escape(i)}"' for i in renamed))
    records = {}
    for record in catalog.records.values():
        said = record.model_dump_json(by_alias=True)
        changed = old.sub(lambda found: f'"{renamed[found.group()[1:-1]]}"', said)
        if changed != said:
            record = type(record).model_validate_json(changed)
        records[record.id] = record
    return Catalog(
        records, {}, catalog.folder, released=catalog.released, supposed=catalog.supposed
    )

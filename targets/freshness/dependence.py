"""What a record derives from, and the state of that: a digest of what bears on its meaning.

A record derives from the text of the clauses that say it, and from the records that its own
meaning is made of: a target from its metric, a metric from its parts and its table, a duty from
who bears it, a decision from what it changes. A name, a summary or a note of theirs may be put
better without anything that hangs on them having to be read again; so may a link that only shows
the way (参见, 容易混淆, a framework's member).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache

from targets.catalog import Catalog
from targets.catalog.references import kind_of
from targets.schema.base import Record

from .fingerprints import Ledger, read_ledger

NO_TEXT = "-"
"""the state of a clause whose words the source no longer has"""

DERIVES_THROUGH: dict[str, frozenset[str]] = {
    "metric": frozenset({"measure", "assumptions"}),
    "target": frozenset({"metric", "criterion", "scope", "binds", "assumptions"}),
    "duty": frozenset({"actors", "metrics", "assumptions"}),
    "rule": frozenset({"body", "assumptions"}),
    "scorecard": frozenset({"items", "assumptions"}),
    "decision": frozenset({"changes"}),
    "allocation": frozenset({"target", "decision", "by"}),
    "chosen_dates": frozenset({"duty"}),
}
"""kind -> fields whose references it derives from, besides its clauses"""

MEANING: dict[str, frozenset[str]] = {
    "metric": frozenset({"unit", "direction", "caliber", "measure", "grain"}),
    "target": frozenset({"metric", "criterion", "scope", "binds", "period", "hold"}),
    "duty": frozenset(
        {"action", "actors", "recurrence", "deadline", "reports_on", "rest_day", "at_time"}
    ),
    "rule": frozenset({"body"}),
    "scorecard": frozenset({"membership", "items", "levels", "grades"}),
    "decision": frozenset({"effective", "expires"}),
    "allocation": frozenset(
        {"target", "of", "level", "shares", "by", "step", "minimum", "maximum", "bounds"}
    ),
    "assumption": frozenset({"question", "interim", "affects"}),
    "role": frozenset({"external", "levels", "seated_in"}),
    "unit_group": frozenset({"membership", "levels", "operating_only", "members", "excluded"}),
    "peer_set": frozenset({"membership", "members"}),
    "dataset": frozenset({"table", "grain", "columns", "period", "unit", "site", "key", "content"}),
}
"""kind -> fields that bear on what derives from it; nothing derives from other kinds"""


def ledgers(catalog: Catalog) -> dict[str, Ledger]:
    """Prefix -> the ledger of each document that has one. Raises Problems for a damaged one."""
    found = {owner: read_ledger(catalog.folder, owner) for owner in catalog.documents}
    return {owner: ledger for owner, ledger in found.items() if ledger}


def states(catalog: Catalog, known: Mapping[str, Ledger]) -> dict[str, dict[str, str]]:
    """Record id -> what it derives from -> the state of that, now. Draft decisions are left out.

    A clause stands for its text: what the ledger of its document says, or NO_TEXT.
    """
    prints = {clause: fp for ledger in known.values() for clause, fp in ledger.fingerprints.items()}
    state = cache(lambda record_id: _state(catalog.get(record_id)))
    out: dict[str, dict[str, str]] = {}
    for record in catalog.records.values():
        if getattr(record, "draft", False):
            continue
        found: dict[str, str] = {}
        for clause in getattr(record, "clauses", ()):
            if clause.split(".", 1)[0] in known:
                found[clause] = prints.get(clause, NO_TEXT)
        for upstream in _derives_from(catalog, record):
            narrow = kind_of(upstream) == "dataset"
            found[upstream] = (
                _table_state(record, catalog.get(upstream)) if narrow else state(upstream)
            )
        if found:
            out[record.id] = found
    return out


def _derives_from(catalog: Catalog, record: Record) -> Iterator[str]:
    through = DERIVES_THROUGH.get(record.kind, ())
    if not through:
        return
    for path, upstream, _ in catalog.references[record.id]:
        if path[0] in through and upstream != record.id and kind_of(upstream) in MEANING:
            yield upstream


def _state(record: Record) -> str:
    return _digest(_content(record))


def _table_state(record: Record, table: Record) -> str:
    """Of a table only the columns count that the record names, and what every row is keyed by."""
    said = record.model_dump_json(include=set(DERIVES_THROUGH[record.kind]))
    words = set(re.findall(r"\w+", said)) | {table.period, table.unit, table.site, *table.key}
    content = _content(table)
    content["columns"] = [c for c in content["columns"] if c["name"] in words]
    return _digest(content)


def _content(record: Record) -> dict:
    # what is not said is left out: a field that is new to the schema changes no state
    return record.model_dump(mode="json", include=set(MEANING[record.kind]), exclude_defaults=True)


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()



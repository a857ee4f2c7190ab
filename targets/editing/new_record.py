"""A new record: its id, and where it belongs."""

from collections.abc import Mapping

from targets.catalog import Catalog
from targets.catalog.references import kind_of
from targets.schema.base import Record, SourceRecord
from targets.schema.source import Clause
from targets.schema.targets import Decision


def of_document(model: type[Record]) -> bool:
    """Whether records of the kind come from a document, whose prefix begins their id."""
    return issubclass(model, SourceRecord | Clause)


def wrong_id(catalog: Catalog, model: type[Record], record_id: str) -> str | None:
    """Why a new record of the kind can't have this id; None when it can."""
    parts = record_id.split(".", 2)
    if len(parts) < 3 or kind_of(record_id) != model.kind:
        return f"编号要写成 所属文件.{model.kind}.简称"
    if record_id in catalog.records:
        at = catalog.origins[record_id]
        return f"编号已经用在 {at.file}:{at.line}"
    if record_id in catalog.redirects:
        return "这是一个旧编号，不再用于别的记录"
    if of_document(model) and parts[0] not in catalog.documents:
        return f"没有登记以 {parts[0]} 开头的文件；现有：{'、'.join(catalog.documents)}"
    return None


def place(catalog: Catalog, model: type[Record], record: Mapping) -> tuple[str, str | None]:
    """(file, id of the record that it is to follow) for a new record; None: at the end."""
    owner = record["id"].split(".", 1)[0]
    alike = [r for r in catalog.all(model) if r.owner == owner]
    if not alike:
        if issubclass(model, Decision):
            return f"decisions/{owner}.yaml", None
        return f"{owner}/{model.plural}.yaml", None
    clause = _clause(record)
    near = [r for r in alike if clause and _same(r, clause)]
    after = (near or alike)[-1]
    return catalog.origins[after.id].file, after.id if near else None


def _clause(record: Mapping) -> str | None:
    places = record.get("places") or ()
    return record.get("parent") or next((p["clause"] for p in places), None)


def _same(record: Record, clause: str) -> bool:
    """Whether a record stands at the clause; a clause, whether it is there or anywhere below."""
    if isinstance(record, Clause):
        return record.id == clause or record.id.startswith(f"{clause}.")
    return bool(record.clauses) and record.clauses[0] == clause

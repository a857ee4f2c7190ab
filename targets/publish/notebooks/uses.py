"""What a notebook depends on: as narrowly as it declares, and nothing less.

A notebook declares in its metadata

    "zhixing": {"definitions": ["sijin.target.market_profiled"], "data": ["merchants", "sites"]}

definitions: ids or patterns (`*.target.*`); they stand for themselves, all they lead to, and what
the bank's decisions say of any of it. data: tables, or `*`. A notebook that declares nothing
depends on everything.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from targets.branchdata import manifest
from targets.branchdata.beside import lies_beside
from targets.branchdata.intake.receipts import NAME as RECEIPTS
from targets.catalog import Catalog
from targets.catalog.references import references
from targets.schema.base import Record
from targets.schema.measures import Dataset
from targets.schema.targets import Decision

from . import code

KEY = "zhixing"


@dataclass(frozen=True)
class Uses:
    """What a notebook declares, and its code cells."""

    definitions: tuple[str, ...]
    data: tuple[str, ...]
    code: tuple[str, ...] = ()


def declared(notebook: Mapping) -> Uses:
    """What a notebook (as JSON) says it uses."""
    said = notebook.get("metadata", {}).get(KEY, {})
    return Uses(
        tuple(said.get("definitions", ("*",))),
        tuple(said.get("data", ("*",))),
        tuple(
            source if isinstance(source := cell.get("source", ""), str) else "".join(source)
            for cell in notebook.get("cells", ())
            if cell.get("cell_type") == "code"
        ),
    )


def matching(catalog: Catalog, patterns: Iterable[str]) -> dict[str, list[str]]:
    """Pattern -> the ids it names, none where it names nothing."""
    return {p: [i for i in catalog.records if fnmatchcase(i, p)] for p in patterns}


def digest(uses: Uses, catalog: Catalog, folder: Path | None) -> str:
    """Changes when, and only when, something that the notebook depends on changes."""
    parts = (
        definitions_digest(catalog, uses.definitions),
        data_digest(catalog, folder, uses.data),
        code.digest(uses.code),
    )
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


# --- definitions


def definitions_digest(catalog: Catalog, patterns: Iterable[str]) -> str:
    """Over the records named, all they lead to, and what decisions change or settle in them."""
    wanted, decided = _reached(catalog, patterns)
    content = []
    for record in catalog.records.values():  # in their order, which tables follow
        if record.id in wanted and not isinstance(record, Decision):
            content.append(_dump(record))
        elif decided.get(record.id):
            kept = record.model_copy(update={"changes": tuple(decided[record.id])})
            content.append(_dump(kept))
    owners = {i.split(".", 1)[0] for i in wanted}
    content += [_dump(d) for owner, d in catalog.documents.items() if owner in owners]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def reached(catalog: Catalog, patterns: Iterable[str]) -> set[str]:
    """The records named, all they lead to, and the decisions that change or settle any of them."""
    wanted, decided = _reached(catalog, patterns)
    return wanted | {decision for decision, changes in decided.items() if changes}


def _reached(catalog: Catalog, patterns: Iterable[str]) -> tuple[set[str], dict[str, list]]:
    wanted: set[str] = set()
    queue = [i for ids in matching(catalog, patterns).values() for i in ids]
    decided: dict[str, list] = {}
    while queue:
        _follow(catalog, queue, wanted)
        # a decision may bring in another table or metric, which may be decided upon in turn
        for decision in catalog.all(Decision):
            changes = [c for c in decision.changes if wanted & _refers(c)]
            decided[decision.id] = changes
            queue.extend(i for c in changes for i in _refers(c) if i not in wanted)
    return wanted, decided


def _follow(catalog: Catalog, queue: list[str], wanted: set[str]) -> None:
    while queue:
        record_id = queue.pop()
        if record_id not in wanted:
            wanted.add(record_id)
            queue.extend(r.id for r in catalog.links(record_id))


def _refers(change) -> set[str]:
    return {target for _, target, _ in references(change)}


def _dump(record: Record) -> dict:
    return record.model_dump(mode="json", by_alias=True)


# --- data


def data_digest(catalog: Catalog, folder: Path | None, patterns: Iterable[str]) -> str:
    """Over the bytes of the tables named, whether they are a sample, and the latest data date."""
    patterns = tuple(patterns)
    if folder is None or not folder.exists():
        return "absent"
    if folder.is_file():
        return manifest.digest([folder], folder).whole
    known, _ = manifest.read(folder)
    # another table may bring a later data date; without a list of dates every byte counts
    if known is None:
        patterns = ("*",)
    content = [
        (path.name, manifest.digest(_files(path), path).whole)
        for path in _tables(catalog, folder, patterns)
    ]
    if known is not None:
        dates = [d for entries in known.tables.values() for e in entries.values() for d in e.dates]
        content += [("sample", str(known.sample)), ("latest", max(dates, default=""))]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _tables(catalog: Catalog, folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    """Files and partitioned folders of the tables named, under either of their names.

    A table that is made from hand-ins is made from the files that record them.
    """
    asked = [d for d in catalog.all(Dataset) if any(fnmatchcase(d.table, p) for p in patterns)]
    wanted = {name for dataset in asked for name in (dataset.table, dataset.name)}
    made = not all(dataset.sent for dataset in asked)
    return sorted(
        path
        for path in folder.iterdir()
        if (made and (lies_beside(path) or path.name == RECEIPTS))
        or (path.stem in wanted and path.suffix.lower() in (".parquet", ".csv"))
        or (path.name in wanted and path.is_dir())
    )


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())

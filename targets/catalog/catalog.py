"""The catalogue: every record of a definitions folder, linked both ways."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from targets.problems import Problem, did_you_mean
from targets.schema.base import Record
from targets.schema.kinds import KINDS
from targets.schema.lifecycle import Redirect
from targets.schema.organisation import Unit, UnitLevel
from targets.schema.signoff import Signature
from targets.schema.source import Clause, Document
from targets.schema.targets import Decision

from .compiled import Compiled
from .lifecycle import Released, Version, digest_of, meanings, redirect_words, version_of
from .references import Reference, references

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Origin:
    """Where a record stands."""

    file: str
    """path relative to the definitions folder"""
    line: int


class Catalog:
    """Every record by id, in the order of the files; immutable once loaded.

    The same object serves pages, notebooks and the command line.
    """

    def __init__(
        self,
        records: Mapping[str, Record],
        origins: Mapping[str, Origin],
        folder: Path,
        warnings: Iterable[Problem] = (),
        released: Released | None = None,
        supposed: Iterable[str] = (),
    ):
        self.records = dict(records)
        self.released = released or Released()
        self.origins = dict(origins)
        self.folder = folder
        self.warnings = tuple(warnings)
        self.supposed = frozenset(supposed)
        """drafts that are taken as issued here"""
        self.compiled = Compiled()
        """its expressions, ready to be asked"""
        self.files_digest = b""
        """of the files it was read from, all of them; empty where it was not read from files"""

    def __repr__(self) -> str:
        return f"<Catalog {len(self.records)} records from {self.folder.name}>"

    def get(self, record_id: str) -> Record:
        """The record of this id. Raises KeyError with a Chinese hint."""
        try:
            return self.records[record_id]
        except KeyError:
            raise KeyError(f"没有编号为 {record_id} 的记录。{self.hint(record_id) or ''}") from None

    @cached_property
    def redirects(self) -> dict[str, Redirect]:
        """What became of former ids."""
        return {r.former: r for r in self.all(Redirect)}

    def hint(self, record_id: str, known: Iterable[str] | None = None) -> str | None:
        """What an unknown id could mean: its new name, or ids that come near."""
        if (redirect := self.redirects.get(record_id)) is not None:
            return f"{redirect_words(redirect)}。"
        return did_you_mean(record_id, self.records if known is None else known)

    def all(self, model: type[R]) -> tuple[R, ...]:
        """All records of a kind, in the order of the files."""
        return self._by_kind.get(model.kind, ())

    @cached_property
    def _by_kind(self) -> dict[str, tuple[Record, ...]]:
        return {
            kind: tuple(r for r in self.records.values() if r.kind == kind) for kind in KINDS
        }

    # --- decisions

    @property
    def issued(self) -> tuple[Decision, ...]:
        """The bank's decisions that are issued, in force or not; drafts are left out."""
        return tuple(d for d in self.all(Decision) if not d.draft)

    @property
    def drafts(self) -> tuple[Decision, ...]:
        return tuple(d for d in self.all(Decision) if d.draft)

    def with_issued(self, ids: Iterable[str] | None = None) -> "Catalog":
        """The same records with these drafts (default: all) taken as issued, to see their effect.

        Raises KeyError where there is no such record, ValueError where it is no draft.
        """
        wanted = self.drafts if ids is None else tuple(map(self.get, ids))
        for decision in wanted:
            if decision.kind != Decision.kind or not decision.draft:
                raise ValueError(f"{decision.id} 不是草案")
        issued = {d.id: d.model_copy(update={"signoff": _as_if_issued(d)}) for d in wanted}
        if not issued:
            return self
        return Catalog(
            {**self.records, **issued}, self.origins, self.folder, self.warnings,
            released=self.released, supposed=self.supposed | issued.keys(),
        )

    # --- documents and clauses

    @cached_property
    def documents(self) -> dict[str, Document]:
        """Documents by the prefix that their records' ids begin with."""
        ordered = sorted(self.all(Document), key=lambda d: (d.order, d.owner))
        return {d.owner: d for d in ordered}

    def document_of(self, record: Record) -> Document | None:
        """The document a record comes from; None for the bank's own records."""
        return self.documents.get(record.owner)

    def children(self, record_id: str) -> tuple[Clause, ...]:
        """Clauses directly below a clause."""
        return self._children.get(record_id, ())

    @cached_property
    def _children(self) -> dict[str, tuple[Clause, ...]]:
        out: dict[str, list[Clause]] = {}
        for clause in self.all(Clause):
            if clause.parent:
                out.setdefault(clause.parent, []).append(clause)
        return {k: tuple(v) for k, v in out.items()}

    def clause_path(self, clause: Clause) -> tuple[Clause, ...]:
        """From the top of the document down to the clause itself."""
        path = [clause]
        # a broken tree must still be citable: its problems name their clauses
        while (above := self.records.get(path[0].parent)) and all(above is not c for c in path):
            path.insert(0, above)
        return tuple(path)

    def citation(self, clause_id: str) -> str:
        """How people cite a clause: 《四进》二(二); a level without a number by its name."""
        clause = self.get(clause_id)
        document = self.document_of(clause)
        cited = ""
        for level in self.clause_path(clause):
            step = level.number.rstrip("、.") if level.number else f"“{level.name.strip('“”')}”"
            cited += step
        return f"《{document.short_name if document else clause.owner}》{cited}"

    # --- links

    @cached_property
    def references(self) -> dict[str, tuple[Reference, ...]]:
        """Every reference inside every record, by the id of the record that makes it."""
        return {record.id: tuple(references(record)) for record in self.records.values()}

    @cached_property
    def _links(self) -> dict[str, tuple[str, ...]]:
        return {
            record_id: tuple(dict.fromkeys(target for _, target, _ in made))
            for record_id, made in self.references.items()
        }

    @cached_property
    def _backlinks(self) -> dict[str, tuple[str, ...]]:
        out: dict[str, list[str]] = {}
        for source, targets in self._links.items():
            for target in targets:
                if target != source:
                    out.setdefault(target, []).append(source)
        return {k: tuple(v) for k, v in out.items()}

    def links(self, record_id: str) -> tuple[Record, ...]:
        """Records that this record refers to."""
        return tuple(self.records[i] for i in self._links.get(record_id, ()))

    def backlinks(self, record_id: str) -> tuple[Record, ...]:
        """Records that refer to this record, in the order of the files."""
        return tuple(self.records[i] for i in self._backlinks.get(record_id, ()))

    # --- organisation

    @cached_property
    def units_by_code(self) -> dict[str, Unit]:
        return {u.code: u for u in self.all(Unit)}

    def sub_units(self, unit: Unit) -> tuple[Unit, ...]:
        """Units directly below."""
        return tuple(u for u in self.all(Unit) if u.parent == unit.id)

    @cached_property
    def bank(self) -> Unit | None:
        """The top of the tree; None when no unit is defined."""
        return next((u for u in self.all(Unit) if u.level is UnitLevel.BANK), None)

    # --- identity

    @cached_property
    def meaning(self) -> str:
        """SHA-256 over what all records say, releases aside: what a release is verified by."""
        return digest_of(meanings(self))

    @cached_property
    def version(self) -> Version:
        """Which release this is."""
        return version_of(self)

    def digest(self, ids: Iterable[str] | None = None) -> str:
        """SHA-256 over the content of these records and all they lead to (default: everything)."""
        wanted = dict.fromkeys(self.records if ids is None else ())
        queue = list(ids or ())
        while queue:
            record_id = queue.pop()
            if record_id not in wanted:
                wanted[record_id] = None
                queue.extend(self._links.get(record_id, ()))
        whole = hashlib.sha256()
        for i in sorted(wanted):
            whole.update(self.records[i].model_dump_json(by_alias=True).encode() + b"\n")
        return whole.hexdigest()


def _as_if_issued(draft: Decision):
    """Its signatures, with that of nobody, on the first day of its effect."""
    nobody = Signature(by="（假定已签发）", day=draft.effective)
    return draft.signoff.model_copy(
        update={"reviewed": draft.signoff.reviewed or nobody, "issued": nobody}
    )

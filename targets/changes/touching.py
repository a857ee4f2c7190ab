"""What else hangs on a changed record: whom a reviewer has to think of."""

from collections.abc import Callable, Iterable, Mapping

from targets.catalog import Catalog
from targets.catalog.lifecycle import UNPUBLISHED
from targets.catalog.references import kind_of
from targets.schema.targets import Target

from .model import Change, Touches

PAGES = "book/records"
"""where the site keeps the pages of records"""
_KINDS = {
    "clauses": "clause", "targets": "target", "duties": "duty", "assumptions": "assumption",
    "allocations": "allocation", "scorecards": "scorecard",
}


def page(record_id: str) -> str:
    """The page of a record, from the site's root."""
    return f"{PAGES}/{kind_of(record_id)}/{record_id}.html"


class Touching:
    def __init__(
        self,
        before: Catalog,
        after: Catalog,
        renamed: Mapping[str, str],
        notebooks_of: Callable[[str], Iterable[str]] | None = None,
    ):
        self._states = (before, after)
        self._renamed = renamed
        self._notebooks_of = notebooks_of

    def of(self, change: Change) -> Touches:
        ids = {change.record, change.was or change.record}
        near: set[str] = set()
        for catalog in self._states:
            for record_id in ids & catalog.records.keys():
                near |= self._near(catalog, record_id)
        near -= ids
        by_kind = {
            name: tuple(sorted(i for i in near if kind_of(i) == kind))
            for name, kind in _KINDS.items()
        }
        own = ids | {i for name in ("duties", "assumptions", "scorecards", "allocations",
                                    "targets", "clauses") for i in by_kind[name]}
        notebooks = (
            {path for i in ids for path in self._notebooks_of(i)} if self._notebooks_of else ()
        )
        return Touches(
            **by_kind,
            pages=tuple(sorted(page(i) for i in own if kind_of(i) not in UNPUBLISHED)),
            notebooks=tuple(sorted(notebooks)),
        )

    def _near(self, catalog: Catalog, record_id: str) -> set[str]:
        """What it refers to and what refers to it; of a target, also what reports its metrics."""
        record = catalog.records[record_id]
        near = {r.id for r in catalog.backlinks(record_id)}
        near |= {target for _, target, _ in catalog.references[record_id]}
        if isinstance(record, Target):
            for metric, _ in record.parts:
                near |= {
                    r.id for r in catalog.backlinks(metric) if r.kind in ("duty", "scorecard")
                }
        return near

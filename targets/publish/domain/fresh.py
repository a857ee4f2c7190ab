"""What pages tell of reviews and of the bank's own originals.

An original is shown only where the site's configuration names the folder that source import keeps
it in (zx_sources): a site for others has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from targets.catalog import Catalog
from targets.freshness.original import Kept, read_kept
from targets.freshness.reviews import Review, read_reviews, suspects, why


@dataclass(frozen=True)
class Doubted:
    """A record that has to be looked at again."""

    record: str
    why: str
    review: Review | None


@dataclass(frozen=True)
class Fresh:
    """By record: what is to be reviewed, what was; by clause: its words in the original."""

    suspects: Mapping[str, Doubted] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    originals: Mapping[str, tuple[Kept, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, catalog: Catalog, sources: Path | None, cache: Path | None = None) -> "Fresh":
        """Raises Problems for damaged ledgers, reviews and originals."""
        found = suspects(catalog, cache)
        kept = read_kept(sources).values() if sources else ()
        return cls(
            {s.record: Doubted(s.record, why(catalog, s), s.review) for s in found},
            read_reviews(catalog.folder),
            {clause: (one, text) for one in kept for clause, text in one.texts.items()},
        )

    @property
    def latest(self) -> date | None:
        """The day of the last review."""
        return max((review.day for review in self.reviews.values()), default=None)

    def state(self, record_id: str) -> str:
        """Changes with whatever a page may tell of the record."""
        review = self.reviews.get(record_id)
        doubted = self.suspects.get(record_id)
        told = (review and (review.day, review.by), doubted and doubted.why)
        return repr((told, self.originals.get(record_id)))

    def whole(self) -> str:
        """Changes with whatever a list of all may tell."""
        return repr((list(self.suspects.values()), self.latest, len(self.reviews)))

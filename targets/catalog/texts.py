"""Every text a record holds, and finding records by words."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from targets.schema.base import Labelled, Model, Record

from .catalog import Catalog


def texts(record: Record) -> Iterator[tuple[str, str]]:
    """(field, text) for every text inside a record, names and ids included, depth first."""
    yield from _inside(record, "")


def _inside(value: object, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Labelled):
        yield field, value.label
    elif isinstance(value, str):
        yield field, value
    elif isinstance(value, Model):
        for name, item in value:
            yield from _inside(item, f"{field}.{name}" if field else name)
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item, field)
    elif value is not None and not isinstance(value, bool):
        yield field, str(value)


def folded(text: str) -> str:
    """Text as it is compared: full width and case make no difference, nor do spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Hit:
    """A record found, and the text that matched best."""

    record: Record
    field: str
    text: str
    score: int


_FIELD_SCORES = {"id": 40, "name": 60, "aliases": 50, "number": 30}


def find(catalog: Catalog, words: list[str]) -> list[Hit]:
    """Records in which every word occurs, the best first; ties keep the order of the files.

    A name that equals the words outranks a name that holds them, which outranks running text;
    of two names the shorter one comes first, since the words are more of it.
    """
    wanted = [folded(word) for word in words if folded(word)]
    hits = []
    for record in catalog.records.values():
        held = [(field, text, folded(text)) for field, text in texts(record)]
        if not wanted or not all(any(w in t for _, _, t in held) for w in wanted):
            continue
        best = max(
            ((_score(field, text, wanted), field, raw) for field, raw, text in held),
            key=lambda item: item[0],
        )
        hits.append(Hit(record, best[1], best[2], best[0]))
    return sorted(hits, key=lambda hit: (-hit.score, len(hit.record.name)))


def _score(field: str, text: str, wanted: list[str]) -> int:
    found = [w for w in wanted if w in text]
    if not found:
        return 0
    base = _FIELD_SCORES.get(field, 10)
    exact = 100 if text in wanted or text == "".join(wanted) else 0
    return base + exact + 10 * len(found)

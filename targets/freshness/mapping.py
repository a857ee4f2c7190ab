"""Which stretch of a text is which clause, told by printed numbers and headings.

For a text that is taken in for the first time; where numbers and headings do not tell, the first
words of a clause are given by hand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from targets.schema.source import Clause

from .fingerprints import Ledger, Run, pieces
from .locate import Hit, chain
from .text import normalise

_GIVEN = 1000
"""what words given by hand weigh against any guess"""


@dataclass(frozen=True)
class Span:
    """A stretch of the normalised text; the clause's printed number is left out of it."""

    clause: str | None
    start: int
    end: int


def spans(
    text: str,
    clauses: Sequence[Clause],
    starts: Mapping[str, str] | None = None,
    outside: Iterable[str] = (),
) -> tuple[tuple[Span, ...], tuple[Clause, ...]]:
    """(stretches in the order of the text, clauses that were not found).

    starts: clause id -> its first words; outside: first words of what belongs to no clause.
    """
    starts = {clause: normalise(words).text for clause, words in (starts or {}).items()}
    hits = sorted(
        (
            hit
            for index, clause in enumerate(clauses)
            for hit in _candidates(text, index, clause, starts.get(clause.id))
        ),
        key=lambda hit: (hit.start, hit.index),
    )
    placed = chain(hits)
    begun = [(hit.start, clauses[hit.index].id, _number_end(text, hit, clauses)) for hit in placed]
    for words in map(lambda w: normalise(w).text, outside):
        begun += [(at, None, at) for at in _all(text, words)]
    out, last = [], (0, None, 0)
    for one in (*sorted(begun, key=lambda b: b[0]), (len(text), None, 0)):
        if one[0] > last[2]:
            out.append(Span(last[1], last[2], one[0]))
        last = one
    known = {clauses[hit.index].id for hit in placed}
    return tuple(out), tuple(c for c in clauses if c.id not in known)


def ledger_of(document: str, text: str, found: Iterable[Span]) -> Ledger:
    runs = (Run(span.clause, pieces(text[span.start : span.end])) for span in found)
    return Ledger(document, tuple(run for run in runs if run.pieces))


def _candidates(text: str, index: int, clause: Clause, given: str | None) -> Iterator[Hit]:
    number = number_of(clause)
    if given is not None:
        for at in _all(text, given):
            yield Hit(index, at, at + len(given), _GIVEN + len(given))
        return
    name = normalise(clause.name).text
    if not number:
        for at in _all(text, name):
            yield Hit(index, at, at + len(name), 3 * len(name))
        return
    for at in _all(text, number):
        if number[0].isdigit() and at and text[at - 1].isdigit():
            continue  # 1. inside 11.
        after = at + len(number)
        same = _same(text[after : after + len(name)], name)
        opens = at == 0 or text[at - 1] in '。;:!?"'
        yield Hit(index, at, after + same, 1 + 2 * opens + 3 * same)


def _number_end(text: str, hit: Hit, clauses: Sequence[Clause]) -> int:
    """Where the clause's own words begin: after its number, where that stands first."""
    number = number_of(clauses[hit.index])
    return hit.start + len(number) if text.startswith(number, hit.start) else hit.start


def number_of(clause: Clause) -> str:
    return normalise(clause.number or "").text


def _all(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while words and at >= 0:
        yield at
        at = text.find(words, at + 1)


def _same(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((i for i, (x, y) in pairs if x != y), min(len(a), len(b)))

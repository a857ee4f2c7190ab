"""Where in a text the sentences of a ledger stand, however its lines and pages are broken."""

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from .fingerprints import Piece


@dataclass(frozen=True)
class Hit:
    """The `index`-th thing looked for, found at `start`."""

    index: int
    start: int
    end: int
    weight: int


def found(pieces: tuple[Piece, ...], text: str) -> list[Hit]:
    """Every place where a piece stands, in the order of the text."""
    wanted: dict[int, dict[bytes, list[int]]] = {}
    for index, piece in enumerate(pieces):
        by_digest = wanted.setdefault(piece.length, {})
        by_digest.setdefault(bytes.fromhex(piece.digest), []).append(index)
    encoded = text.encode()
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + len(character.encode()))
    hits = []
    for length, by_digest in wanted.items():
        for start in range(len(text) - length + 1):
            window = encoded[offsets[start] : offsets[start + length]]
            for index in by_digest.get(hashlib.blake2b(window, digest_size=6).digest(), ()):
                hits.append(Hit(index, start, start + length, length))
    return sorted(hits, key=lambda hit: (hit.start, hit.index))


def chain(hits: Iterable[Hit]) -> list[Hit]:
    """The heaviest hits that follow one another both in the list looked for and in the text.

    `hits` in the order of their starts. The classic of weighted increasing subsequences: a hit can
    follow every hit of a lower index that has ended; the best of those is kept by index.
    """
    hits = list(hits)
    best = _BestBelow(max((hit.index for hit in hits), default=0) + 1)
    ended: list[tuple[int, int, tuple[int, int]]] = []
    before: list[int] = []
    for number, hit in enumerate(hits):
        while ended and ended[0][0] <= hit.start:
            _, index, reached = heapq.heappop(ended)
            best.put(index, reached)
        weight, previous = best.below(hit.index)
        before.append(previous)
        heapq.heappush(ended, (hit.end, hit.index, (weight + hit.weight, number)))
    while ended:
        _, index, reached = heapq.heappop(ended)
        best.put(index, reached)
    _, at = best.below(best.size)
    out = []
    while at >= 0:
        out.append(hits[at])
        at = before[at]
    return out[::-1]


class _BestBelow:
    """Fenwick tree of (weight, number): put at an index, ask for the best below one."""

    def __init__(self, size: int):
        self.size = size
        self._tree = [(0, -1)] * (size + 1)

    def put(self, index: int, reached: tuple[int, int]) -> None:
        at = index + 1
        while at <= self.size:
            self._tree[at] = max(self._tree[at], reached)
            at += at & -at

    def below(self, index: int) -> tuple[int, int]:
        found = (0, -1)
        while index > 0:
            found = max(found, self._tree[index])
            index -= index & -index
        return found

"""What of a text agrees with a ledger: clause by clause, and what is new between clauses."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from targets.schema.source import Clause

from .fingerprints import Ledger, Piece, Run, pieces
from .locate import Hit, chain, found
from .mapping import Span, number_of

_MARK = re.compile(
    r"\([一二三四五六七八九十]+\)|[一二三四五六七八九十]+(?:、|是|要)|[0-9]+[.、)]|\([0-9]+\)"
    r"|第[一二三四五六七八九十百0-9]+[条章节点]"
)
_OPENS = '。;:!?"'


class Same(StrEnum):
    UNCHANGED = "未变"
    CHANGED = "有变"
    MISSING = "不见了"
    MOVED = "移了位置"
    NO_TEXT = "登记时就没有原文"


@dataclass(frozen=True)
class ClauseText:
    """A clause as the text has it."""

    clause: Clause
    same: Same
    spans: tuple[Span, ...] = ()
    """where its words stand, its number apart"""
    new: tuple[Span, ...] = ()
    """those words that the ledger does not know"""
    lost: int = 0
    """how many characters of the ledger are no longer there"""


@dataclass(frozen=True)
class Comparison:
    """A ledger against a text."""

    ledger: Ledger
    text: str
    clauses: tuple[ClauseText, ...]
    between: tuple[tuple[Clause | None, Span], ...]
    """(the clause before, words that belong to no clause and were not there before)"""
    agreement: float
    """the share of the ledger's characters in clauses that the text holds"""
    stretches: tuple[Span, ...]
    """the whole text in order, by clause; printed numbers apart"""

    def of(self, same: Same) -> tuple[ClauseText, ...]:
        return tuple(c for c in self.clauses if c.same is same)

    @property
    def differs(self) -> bool:
        return bool(self.between) or any(
            c.same not in (Same.UNCHANGED, Same.NO_TEXT) for c in self.clauses
        )

    def accepted(self) -> Ledger:
        """The ledger of this text; a clause that is as it was keeps its entry."""
        as_it_was = {
            c.clause.id: tuple(p for r in self.ledger.runs if r.clause == c.clause.id
                               for p in r.pieces)
            for c in self.clauses
            if c.same in (Same.UNCHANGED, Same.MOVED)
        }  # fmt: skip
        runs = []
        for span in self.stretches:
            if span.clause not in as_it_was:
                runs.append(Run(span.clause, pieces(self.text[span.start : span.end])))
            elif kept := as_it_was[span.clause]:
                runs.append(Run(span.clause, kept))
                as_it_was[span.clause] = ()
        return Ledger(self.ledger.document, tuple(run for run in runs if run.pieces))


def compare(ledger: Ledger, text: str, clauses: Iterable[Clause]) -> Comparison:
    """`text` normalised; `clauses` those of the document, in the order of the catalogue."""
    return _Comparing(ledger, text, {c.id: c for c in clauses}).result()


@dataclass(frozen=True)
class _Placed:
    """A piece of the ledger where the text has it."""

    index: int
    start: int
    end: int
    moved: bool


class _Comparing:
    def __init__(self, ledger: Ledger, text: str, clauses: Mapping[str, Clause]):
        self.ledger, self.text, self.known = ledger, text, clauses
        self.pieces: tuple[Piece, ...] = tuple(p for run in ledger.runs for p in run.pieces)
        self.run_of = tuple(n for n, run in enumerate(ledger.runs) for _ in run.pieces)

    @cached_property
    def placed(self) -> tuple[_Placed, ...]:
        """In the order of the text: what stands in order first, then what has moved."""
        hits = found(self.pieces, self.text)
        out: list[_Placed] = []
        moved = False
        while line := chain(hits):
            out += [_Placed(hit.index, hit.start, hit.end, moved) for hit in line]
            hits, moved = _free(hits, out), True
        return tuple(sorted(out, key=lambda p: p.start))

    def result(self) -> Comparison:
        stretches, new, between = self._stretches()
        return Comparison(
            self.ledger, self.text, tuple(self._clauses(stretches, new)), between,
            self._agreement(), stretches,
        )  # fmt: skip

    def _agreement(self) -> float:
        ours = [i for i, n in enumerate(self.run_of) if self.ledger.runs[n].clause]
        there = {p.index for p in self.placed}
        whole = sum(self.pieces[i].length for i in ours)
        return sum(self.pieces[i].length for i in ours if i in there) / whole if whole else 0.0

    # --- the whole text, stretch by stretch

    def _stretches(self):
        """(all stretches, the new ones, the new ones of no clause with the clause before)."""
        out: list[Span] = []
        new: list[Span] = []
        between: list[tuple[Clause | None, Span]] = []
        lost = self._lost_before()
        last = None
        for placed in (*self.placed, None):
            start = last.end if last else 0
            end = placed.start if placed else len(self.text)
            runs = self._runs(last, placed)
            missing = lost.pop(placed.index if placed else None, {}) if start < end else {}
            for number, span in self._shared(runs, missing, start, end):
                out.append(span)
                new.append(span)
                if number is None:
                    between.append((self.known.get(self._clause(last)), span))
            if placed:
                out.append(Span(self._clause(placed), placed.start, placed.end))
            last = placed
        return tuple(_merged(out)), tuple(new), tuple(between)

    def _clause(self, placed: _Placed | None) -> str | None:
        return self.ledger.runs[self.run_of[placed.index]].clause if placed else None

    def _lost_before(self) -> dict[int | None, dict[int, int]]:
        """Index of a piece that stands (None: the end) -> run -> characters lost before it."""
        there = {p.index: p for p in self.placed}
        out: dict[int | None, dict[int, int]] = {}
        gone: dict[int, int] = {}
        for index, piece in enumerate(self.pieces):
            if index not in there:
                run = self.run_of[index]
                gone[run] = gone.get(run, 0) + piece.length
            elif gone and not there[index].moved:
                out[index], gone = gone, {}
        if gone:
            out[None] = gone
        return out

    def _runs(self, before: _Placed | None, after: _Placed | None) -> list[int | None]:
        """The runs that a gap may belong to; None: before the first one, after the last."""
        first = self.run_of[before.index] if before else None
        last = self.run_of[after.index] if after else None
        in_order = not (before and before.moved) and not (after and after.moved)
        low = 0 if first is None else first
        high = len(self.ledger.runs) - 1 if last is None else last
        if in_order and low <= high:
            inner = list(range(low, high + 1))
            return [*([None] if first is None else []), *inner, *([None] if last is None else [])]
        return [first] if first == last else [first, last]

    def _shared(self, runs, missing: Mapping[int, int], start: int, end: int):
        """Which run gets which part of a gap; printed numbers go to none. (run or None, span)"""
        at = start
        begins: list[tuple[int | None, int]] = [(runs[0], start)]
        for position, run in enumerate(runs[1:], 1):
            cut, words = self._begin(runs, position, missing, at, end)
            begins.append((run, words))
            begins[-2] = (*begins[-2][:2], cut)
            at = words
        begins[-1] = (*begins[-1][:2], end)
        for run, first, last in begins:
            if first < last:
                yield self._belongs(run, missing, first, last)

    def _begin(self, runs, position: int, missing, at: int, end: int) -> tuple[int, int]:
        """(where the run before ends, where the words of this one begin)."""
        run = runs[position]
        clause = self.known.get(self.ledger.runs[run].clause) if run is not None else None
        number = number_of(clause) if clause else ""
        if number:
            for found_at in _openings(self.text, number, at, end):
                return found_at, found_at + len(number)
        here = sum(missing.get(r, 0) for r in runs[position:] if r is not None)
        before = missing.get(runs[position - 1], 0)
        if not here:
            return end, end
        if not before:
            return at, at
        share = at + (end - at) * before // (before + here)
        return (near := _sentence_end(self.text, at, end, share)), near

    def _belongs(self, run: int | None, missing, start: int, end: int):
        """A stretch with no known words: part of its clause, or new between clauses."""
        clause = self.ledger.runs[run].clause if run is not None else None
        new_clause = _MARK.match(self.text, start) and not missing.get(run)
        if clause is None or new_clause:
            return None, Span(None, start, end)
        return run, Span(clause, start, end)

    # --- clause by clause

    def _clauses(self, stretches, new) -> Iterator[ClauseText]:
        there = {p.index: p for p in self.placed}
        of: dict[str, list[int]] = {}
        for index, run in enumerate(self.run_of):
            clause = self.ledger.runs[run].clause
            if clause:
                of.setdefault(clause, []).append(index)
        for clause in self.known.values():
            mine = of.get(clause.id, [])
            spans = tuple(s for s in stretches if s.clause == clause.id)
            added = tuple(s for s in new if s.clause == clause.id)
            lost = sum(self.pieces[i].length for i in mine if i not in there)
            moved = [there[i].moved for i in mine if i in there]
            if not mine and not spans:
                same = Same.NO_TEXT
            elif not spans:
                same = Same.MISSING
            elif lost or added:
                same = Same.CHANGED
            elif all(moved):
                same = Same.MOVED
            elif any(moved):
                same = Same.CHANGED
            else:
                same = Same.UNCHANGED
            yield ClauseText(clause, same, spans, added, lost)


def _free(hits: list[Hit], placed: list[_Placed]) -> list[Hit]:
    """Hits of pieces that stand nowhere yet, where nothing stands yet."""
    there = {p.index for p in placed}
    taken = bytearray(max((h.end for h in hits), default=0))
    for one in placed:
        taken[one.start : one.end] = b"\1" * (one.end - one.start)
    return [h for h in hits if h.index not in there and not any(taken[h.start : h.end])]


def _openings(text: str, number: str, start: int, end: int) -> Iterator[int]:
    """Where a printed number opens a sentence, or closes the gap."""
    at = text.find(number, start, end)
    while at >= 0:
        if at == start or at + len(number) == end or text[at - 1] in _OPENS:
            yield at
        at = text.find(number, at + 1, end)


def _sentence_end(text: str, start: int, end: int, near: int) -> int:
    """The end of a sentence that lies nearest; `near` itself where there is none."""
    ends = [at + 1 for at in range(start, end - 1) if text[at] in "。;!?"]
    return min(ends, key=lambda at: abs(at - near), default=near)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours of one clause as one stretch."""
    for clause, group in itertools.groupby(spans, key=lambda span: span.clause):
        stretch = list(group)
        yield Span(clause, stretch[0].start, stretch[-1].end)

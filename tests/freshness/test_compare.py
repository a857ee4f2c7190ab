"""A source against the fingerprints that were kept of it."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.catalog import load
from targets.freshness.compare import Comparison, Same, compare
from targets.freshness.fingerprints import Piece, path_of, read_ledger
from targets.freshness.locate import Hit, chain
from targets.freshness.mapping import ledger_of, spans
from targets.freshness.text import normalise
from targets.problems import Code, Problems
from targets.schema.source import Clause
from tests.demo import write

from .original import CLAUSES, TEXT

RATE = "(一)建档率。年底建档率达到七成，由支行负责，分行每季度抽查。\n"
VISIT = "(二)回访。建档以后每半年回访一次，回访要记录在案。\n"


@pytest.fixture(scope="module")
def clauses(tmp_path_factory) -> tuple[Clause, ...]:
    return load(write(tmp_path_factory.mktemp("d"), {"demo.yaml": CLAUSES})).all(Clause)


@pytest.fixture(scope="module")
def ledger(clauses):
    text = normalise(TEXT).text
    found, missing = spans(text, clauses, {"demo.clause.1": "一、建档"}, ["内部资料"])
    assert not missing
    return ledger_of("demo", text, found)


@pytest.fixture
def against(ledger, clauses):
    def told(text: str) -> Comparison:
        return compare(ledger, normalise(text).text, clauses)

    return told


def same(found: Comparison) -> dict[str, Same]:
    return {one.clause.id.removeprefix("demo.clause."): one.same for one in found.clauses}


def words(found: Comparison, clause: str) -> list[str]:
    (one,) = (c for c in found.clauses if c.clause.id == f"demo.clause.{clause}")
    return [found.text[s.start : s.end] for s in one.new]


def all_but(**others: Same) -> dict[str, Same]:
    told = dict.fromkeys(("1", "1.1", "1.2", "2"), Same.UNCHANGED)
    return told | {key.strip("c").replace("_", "."): same for key, same in others.items()}


class TestTheFirstTime:
    def test_numbers_and_headings_tell_where_clauses_begin(self, ledger):
        assert [run.clause for run in ledger.runs] == [
            None, "demo.clause.1", "demo.clause.1.1", "demo.clause.1.2", "demo.clause.2", None,
        ]

    def test_every_character_is_in_a_clause_or_said_to_be_in_none(self, ledger):
        kept = sum(piece.length for run in ledger.runs for piece in run.pieces)
        numbers = len("一、(一)(二)二、")
        assert kept + numbers == len(normalise(TEXT).text)

    def test_a_clause_that_cannot_be_told_is_named(self, clauses):
        _, missing = spans(normalise(TEXT.replace("(二)回访。", "")).text, clauses)
        assert [c.id for c in missing] == ["demo.clause.1.2"]

    def test_a_number_inside_a_larger_one_does_not_begin_a_clause(self):
        one = Clause(id="demo.clause.1", name="甲", number="1.", summary="甲")
        text = normalise("2021.年前的事。1.甲要做。").text
        (_, found), _ = spans(text, [one])
        assert text[found.start :] == "甲要做。"


class TestALedger:
    def test_holds_no_text(self, ledger):
        body = ledger.text().split("\n", 1)[1]
        assert body.isascii()
        assert len(body) < 900

    def test_is_read_as_it_was_written(self, ledger, tmp_path: Path):
        path = path_of(tmp_path, "demo")
        path.parent.mkdir()
        path.write_text(ledger.text(), encoding="utf-8")
        assert read_ledger(tmp_path, "demo") == ledger
        assert read_ledger(tmp_path, "other") is None

    @pytest.mark.parametrize(
        "line",
        ["<<<<<<< HEAD", "demo.clause.1\t", "demo.clause.1 8:0123456789ab", "x\t8:0", "-\t0:0"],
    )
    def test_a_damaged_line_is_told(self, ledger, tmp_path: Path, line):
        path = path_of(tmp_path, "demo")
        path.parent.mkdir()
        path.write_text(ledger.text() + line + "\n", encoding="utf-8")
        with pytest.raises(Problems) as caught:
            read_ledger(tmp_path, "demo")
        (found,) = caught.value.problems
        assert found.code is Code.BAD_FINGERPRINTS
        assert found.line == 8

    def test_a_clause_s_fingerprint_is_of_its_own_words_alone(self, ledger, against):
        changed = against(TEXT.replace("七成", "八成")).accepted().fingerprints
        before = ledger.fingerprints
        assert {c for c in before if before[c] != changed[c]} == {"demo.clause.1.1"}


class TestTheSameText:
    def test_is_unchanged(self, against):
        found = against(TEXT)
        assert same(found) == all_but()
        assert (found.agreement, found.differs) == (1.0, False)

    @settings(max_examples=25, deadline=None)
    @given(width=st.integers(3, 60), page=st.integers(1, 9))
    def test_however_its_lines_and_pages_are_broken(self, ledger, clauses, width, page):
        plain = "".join(TEXT.split())
        lines = [plain[i : i + width] for i in range(0, len(plain), width)]
        lines[page:page] = [f"第 {page} 页"]
        found = compare(ledger, normalise("\n".join(lines)).text, clauses)
        assert not found.differs

    def test_is_unchanged_where_a_word_processor_keeps_the_numbers_to_itself(self, against):
        bare = TEXT
        for number in ("一、", "(一)", "(二)", "二、"):
            bare = bare.replace(number, "")
        assert not against(bare).differs

    def test_accepting_it_changes_no_line(self, ledger, against):
        assert against(TEXT).accepted() == ledger


class TestAChangedText:
    def test_a_changed_figure_is_told_at_its_clause(self, against):
        found = against(TEXT.replace("七成", "八成"))
        assert same(found) == all_but(c1_1=Same.CHANGED)
        assert words(found, "1.1") == ["建档率。年底建档率达到八成,由支行负责,分行每季度抽查。"]

    def test_a_sentence_more_belongs_to_the_clause_it_follows(self, against):
        found = against(TEXT.replace(VISIT, VISIT.strip() + "回访不得收费。\n"))
        assert same(found) == all_but(c1_2=Same.CHANGED)
        assert words(found, "1.2") == ["回访不得收费。"]

    def test_a_numbered_part_more_is_new_between_clauses(self, against):
        found = against(TEXT.replace("二、授信", "(三)归档。资料统一归档保存。\n二、授信"))
        assert same(found) == all_but()
        ((before, span),) = found.between
        assert before.id == "demo.clause.1.2"
        assert found.text[span.start : span.end] == "(三)归档。资料统一归档保存。"

    def test_a_clause_that_is_gone_is_missing(self, against):
        assert same(against(TEXT.replace(RATE, ""))) == all_but(c1_1=Same.MISSING)

    def test_a_clause_elsewhere_has_moved(self, against):
        found = against(TEXT.replace(RATE + VISIT, VISIT + RATE))
        moved = [key for key, how in same(found).items() if how is Same.MOVED]
        assert len(moved) == 1
        assert set(same(found).values()) == {Same.UNCHANGED, Same.MOVED}

    def test_neighbours_rewritten_both_are_told_apart_by_their_numbers(self, against):
        both = "(一)台账。先立台账。\n(二)走访。后去走访。\n"
        found = against(TEXT.replace(RATE + VISIT, both))
        assert words(found, "1.1") == ["台账。先立台账。"]
        assert words(found, "1.2") == ["走访。后去走访。"]

    def test_another_number_alone_changes_no_clause(self, against):
        found = against(TEXT.replace("(二)回访", "(三)回访"))
        assert same(found) == all_but()
        assert [found.text[s.start : s.end] for _, s in found.between] == ["(三)"]

    def test_what_belongs_to_no_clause_may_come_and_go(self, against):
        assert same(against(TEXT.replace("内部资料，注意保存\n", ""))) == all_but()

    def test_another_document_hardly_agrees(self, against):
        assert against("关于放假的通知。各部门照常值班，另行安排调休。").agreement < 0.1

    @pytest.mark.parametrize(
        "changed",
        [
            TEXT.replace("七成", "八成"), TEXT.replace(RATE, ""),
            TEXT.replace(RATE + VISIT, VISIT + RATE),
            TEXT.replace("二、授信", "(三)归档。资料统一归档保存。\n二、授信"),
            TEXT[60:],
            TEXT[:90],
        ],
    )  # fmt: skip
    def test_what_was_accepted_is_unchanged_the_next_time(self, ledger, clauses, changed):
        text = normalise(changed).text
        accepted = compare(ledger, text, clauses).accepted()
        again = compare(accepted, text, clauses)
        assert not again.differs
        assert again.accepted() == accepted


class TestTheHeaviestChain:
    @settings(max_examples=80)
    @given(st.lists(st.tuples(*map(st.integers, (0, 0, 1), (5, 20, 6))), max_size=9))
    def test_is_what_trying_every_choice_finds(self, drawn):
        hits = sorted(
            (Hit(index, start, start + size, size) for index, start, size in drawn),
            key=lambda h: (h.start, h.index),
        )
        best = 0
        for choice in range(1 << len(hits)):
            line = [h for i, h in enumerate(hits) if choice >> i & 1]
            if all(a.index < b.index and a.end <= b.start for a, b in pairwise(line)):
                best = max(best, sum(h.weight for h in line))
        line = chain(hits)
        assert sum(h.weight for h in line) == best
        assert all(a.index < b.index and a.end <= b.start for a, b in pairwise(line))


def test_a_piece_is_written_as_length_and_hash():
    assert str(Piece(12, "0123456789ab")) == "12:0123456789ab"

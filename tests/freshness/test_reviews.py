"""What becomes suspect when a source or a record changes, and until when."""

from datetime import date
from pathlib import Path

import pytest

from targets.catalog import DEFAULT_FOLDER, Catalog, default_cache, load
from targets.freshness.compare import compare
from targets.freshness.fingerprints import path_of, read_ledger
from targets.freshness.mapping import ledger_of, spans
from targets.freshness.reviews import (
    problems,
    read_reviews,
    record,
    record_signed,
    suspects,
    why,
)
from targets.freshness.text import normalise
from targets.problems import Code, Problems, Severity
from targets.schema.source import Clause
from tests.demo import write

from .original import CLAUSES, TEXT

DAY = date(2026, 3, 1)
EVERYTHING = (
    "demo.clause.1", "demo.clause.1.1", "demo.clause.1.2", "demo.clause.2",
    "demo.metric.profiled", "demo.target.profiled", "demo.term.visit", "demo.provision.files",
    "demo.decision.near",
)


DECIDED = """decisions:
  - id: demo.decision.later
    name: 另一个决定
    number: 演示3号
    decided: 2026-02-01
    effective: 2026-03-01
    decider: 总行
    reason: 供测试。
    signoff:
      drafted: {by: 甲, day: 2026-02-01}
      reviewed: {by: 乙, day: 2026-02-02}
      issued: {by: 丙, day: 2026-02-03}
    changes: [{kind: near_band, target: demo.target.profiled, within: 4}]
"""


def learn(folder: Path, text: str) -> None:
    """Take this as the document's text."""
    catalog = load(folder)
    clauses, plain = catalog.all(Clause), normalise(text).text
    registered = read_ledger(folder, "demo")
    if registered:
        ledger = compare(registered, plain, clauses).accepted()
    else:
        found, _ = spans(plain, clauses, {"demo.clause.1": "一、建档"}, ["内部资料"])
        ledger = ledger_of("demo", plain, found)
    path = path_of(folder, "demo")
    path.parent.mkdir(exist_ok=True)
    path.write_text(ledger.text(), encoding="utf-8")


def edit(folder: Path, *changes: tuple[str, str]) -> None:
    path = folder / "demo.yaml"
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


def suspected(folder: Path) -> dict[str, str]:
    """Record (without its owner) -> why, for all that has to be looked at again."""
    catalog = load(folder)
    return {s.record.removeprefix("demo."): why(catalog, s) for s in suspects(catalog)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Everything reviewed by 甲."""
    write(tmp_path, {"demo.yaml": CLAUSES})
    learn(tmp_path, TEXT)
    record(load(tmp_path), EVERYTHING, "甲", DAY)
    return tmp_path


class TestNothing:
    def test_is_suspect_after_the_review(self, folder):
        assert suspected(folder) == {}

    def test_is_suspect_where_reviews_have_not_begun(self, tmp_path: Path):
        write(tmp_path, {"demo.yaml": CLAUSES})
        assert suspected(tmp_path) == {}

    def test_is_suspect_when_a_name_a_summary_or_a_note_is_put_better(self, folder):
        edit(
            folder, ("summary: 讲建档率。", "summary: 说建档率。"),
            ("name: 建档目标", "name: 建档的目标"),
            ("    caliber: 建", "    note: 换了说法。\n    caliber: 建"),
        )  # fmt: skip
        assert suspected(folder) == {}

    def test_is_suspect_when_the_text_is_only_set_otherwise(self, folder):
        learn(folder, TEXT.replace("，", ",").replace("\n", " "))
        assert suspected(folder) == {}


class TestAChangedSource:
    def test_makes_suspect_what_the_clause_says_and_nothing_else(self, folder):
        learn(folder, TEXT.replace("七成", "八成"))
        found = suspected(folder)
        assert set(found) == {"clause.1.1", "metric.profiled", "target.profiled"}
        assert set(found.values()) == {"《要点》一(一)的原文变了"}

    def test_a_record_of_two_clauses_names_the_one_that_changed(self, folder):
        learn(folder, TEXT.replace("告知商户本人", "不告知商户"))
        assert suspected(folder) == dict.fromkeys(
            ("clause.2", "provision.files"), "《要点》二的原文变了"
        )

    def test_a_clause_that_is_gone_from_the_text(self, folder):
        learn(folder, TEXT.replace("(二)回访。建档以后每半年回访一次，回访要记录在案。\n", ""))
        assert suspected(folder) == dict.fromkeys(
            ("clause.1.2", "term.visit"), "《要点》一(二)的原文不见了"
        )

    def test_that_is_as_it_was_again_is_in_order_again(self, folder):
        learn(folder, TEXT.replace("七成", "八成"))
        learn(folder, TEXT)
        assert suspected(folder) == {}


class TestAChangedRecord:
    def test_makes_suspect_what_derives_from_it_and_not_itself(self, folder):
        edit(folder, ("caliber: 建档户数除以全部户数", "caliber: 建档户数除以开业户数"))
        assert suspected(folder) == {"target.profiled": "指标“建档率”变了"}

    def test_goes_on_only_when_what_is_between_changes_too(self, folder):
        edit(folder, ("caliber: 建档户数除以全部户数", "caliber: 建档户数除以开业户数"))
        record(load(folder), ["demo.target.profiled"], "乙", DAY)
        assert suspected(folder) == {}
        edit(folder, ("values: [{value: 70}]", "values: [{value: 75}]"))
        assert suspected(folder) == {"decision.near": "目标“建档目标”变了"}

    def test_with_another_basis_says_that_it_is_new(self, folder):
        edit(folder, ("places: [{clause: demo.clause.1.2}]",
                      "places: [{clause: demo.clause.1.2}, {clause: demo.clause.2}]"))
        assert suspected(folder) == {"term.visit": "《要点》二的原文是新的依据"}

    def test_of_a_table_only_the_columns_that_are_named_count(self, tmp_path: Path):
        table = """
datasets:
  - id: demo.dataset.shops
    name: 清单
    table: shops
    grain: 一户
    period: day
    unit: unit_code
    key: [day, unit_code, shop]
    columns:
      - {name: day, title: 日期, type: date, required: true}
      - {name: unit_code, title: 机构, type: text, required: true}
      - {name: shop, title: 商户, type: text, required: true}
      - {name: profiled, title: 是否建档, type: boolean}
      - {name: trade, title: 行业, type: text}
"""
        measured = CLAUSES.replace(
            "{kind: not_measured, reason: 没有数据}",
            "{kind: ratio, dataset: demo.dataset.shops, numerator: {measure: count(*), where:"
            " profiled}, denominator: {measure: count(*)}}",
        )
        write(tmp_path, {"demo.yaml": measured + table})
        record(load(tmp_path), ["demo.metric.profiled", "demo.target.profiled"], "甲", DAY)
        edit(tmp_path, ("title: 行业", "title: 所属行业"))
        assert "metric.profiled" not in suspected(tmp_path)
        edit(tmp_path, ("title: 是否建档", "title: 是否建过档"))
        assert suspected(tmp_path)["metric.profiled"] == "数据表“清单”变了"


class TestARecordNobodyHasReviewed:
    def test_is_suspect(self, folder):
        edit(folder, ("terms:\n", "terms:\n  - {id: demo.term.new, name: 新词, meaning: 无,"
                      " explained: false, places: [{clause: demo.clause.2}]}\n"))
        assert suspected(folder) == {"term.new": "还没有人复核过"}

    def test_that_is_a_draft_waits_to_be_issued(self, folder):
        edit(folder, ("decisions:\n", """decisions:
  - id: demo.decision.draft
    name: 草案
    number: 演示2号
    decided: 2026-02-01
    effective: 2026-02-01
    decider: 总行
    reason: 供测试。
    signoff: {drafted: {by: 甲, day: 2026-01-31}}
    changes: [{kind: near_band, target: demo.target.profiled, within: 5}]
"""))
        assert suspected(folder) == {}


class TestAnIssuedDecision:
    def test_was_reviewed_by_who_signed_it(self, folder):
        edit(folder, ("decisions:\n", DECIDED))
        assert suspected(folder) == {}
        record_signed(load(folder), "demo.decision.later")
        review = read_reviews(folder)["demo.decision.later"]
        assert (review.by, review.day) == ("乙", date(2026, 2, 2))
        edit(folder, ("values: [{value: 70}]", "values: [{value: 75}]"))
        assert set(suspected(folder)) == {"decision.near", "decision.later"}

    def test_begins_no_reviews_of_its_own(self, tmp_path: Path):
        write(tmp_path, {"demo.yaml": CLAUSES})
        record_signed(load(tmp_path), "demo.decision.near")
        assert read_reviews(tmp_path) == {}


class TestAReview:
    def test_settles_what_it_names_and_leaves_the_rest(self, folder):
        learn(folder, TEXT.replace("七成", "八成"))
        record(load(folder), ["demo.metric.profiled", "demo.clause.1.1"], "乙", DAY, "只改了数")
        assert set(suspected(folder)) == {"target.profiled"}
        review = read_reviews(folder)["demo.metric.profiled"]
        assert (review.by, review.day, review.note) == ("乙", DAY, "只改了数")

    def test_rewrites_no_line_but_its_own(self, folder):
        path = folder / "reviews" / "demo.tsv"
        path.write_text("# 我们自己的说明\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
        before = path.read_text(encoding="utf-8").splitlines()
        record(load(folder), ["demo.term.visit"], "乙", date(2026, 4, 1))
        after = path.read_text(encoding="utf-8").splitlines()
        assert [a for a, b in zip(before, after, strict=True) if a != b] == [
            line for line in before if line.startswith("demo.term.visit")
        ]

    def test_lines_stand_in_the_order_of_their_ids_so_that_they_merge(self, folder):
        lines = (folder / "reviews" / "demo.tsv").read_text(encoding="utf-8").splitlines()
        ids = [line.split("\t")[0] for line in lines if not line.startswith("#")]
        assert ids == sorted(EVERYTHING)

    def test_of_what_derives_from_nothing_is_refused(self, folder):
        with pytest.raises(ValueError, match="用不着复核"):
            record(load(folder), ["demo.document.plan"], "甲", DAY)

    def test_a_name_with_a_tab_or_a_new_line_stays_on_its_line(self, folder):
        record(load(folder), ["demo.term.visit"], "乙\t丙\n", DAY, "看过\n了")
        assert read_reviews(folder)["demo.term.visit"].by == "乙 丙"

    @pytest.mark.parametrize("line", ["<<<<<<< HEAD", "demo.term.x\t昨天\t甲\t.clause.1=00"])
    def test_damaged_reviews_are_told_and_left_as_they_are(self, folder, line):
        path = folder / "reviews" / "demo.tsv"
        whole = path.read_text(encoding="utf-8") + line + "\n"
        path.write_text(whole, encoding="utf-8")
        for use in (suspects, lambda c: record(c, ["demo.term.visit"], "乙", DAY)):
            with pytest.raises(Problems) as caught:
                use(load(folder))
            (found,) = caught.value.problems
            assert (found.code, found.line) == (Code.BAD_REVIEWS, len(whole.splitlines()))
        assert path.read_text(encoding="utf-8") == whole

    def test_a_suspect_is_a_warning_at_its_place(self, folder):
        learn(folder, TEXT.replace("七成", "八成"))
        catalog = load(folder)
        told = {p.line: p for p in problems(catalog, suspects(catalog))}
        found = told[catalog.origins["demo.target.profiled"].line]
        assert (found.code, found.severity) == (Code.SUSPECT, Severity.WARNING)
        assert "review demo.target.profiled --by" in found.mend


class TestTheShippedDefinitions:
    @pytest.fixture
    def shipped(self) -> Catalog:
        return load(cache=default_cache(DEFAULT_FOLDER))

    def test_every_clause_has_a_fingerprint_but_the_one_whose_own_words_are_lost(self, shipped):
        known = {}
        for owner in shipped.documents:
            known |= read_ledger(shipped.folder, owner).fingerprints
        clauses = {c.id for c in shipped.all(Clause)}
        assert clauses - known.keys() == {"nonghang.clause.1"}
        assert known.keys() <= clauses

    def test_are_reviewed_by_posts_that_are_labelled_as_invented(self, shipped):
        reviews = read_reviews(shipped.folder)
        assert len(reviews) > 3000
        assert all(r.by.startswith("示例银行") for r in reviews.values())

"""Drafts, records to be reviewed, days of open questions and the bank's own original, on pages."""

import json
from datetime import date
from pathlib import Path

import pytest

from targets.catalog import load
from targets.freshness.fingerprints import path_of
from targets.freshness.mapping import ledger_of, spans
from targets.freshness.reviews import record
from targets.freshness.text import normalise
from targets.publish.domain.fresh import Fresh
from targets.publish.domain.handbook import Handbook
from targets.publish.records import pages
from targets.publish.results import Results
from targets.schema.source import Clause
from tests.freshness.original import TEXT

from .conftest import DECISION

TARGET, CLAUSE = "demo.target.profiled", "demo.clause.1.1"
ISSUED = "      issued: {by: 丙, day: 2026-01-05}\n"


def shown(folder: Path, sources: Path | None = None) -> Handbook:
    catalog = load(folder)
    return Handbook(
        catalog, Results(), as_of=date(2026, 6, 30), fresh=Fresh.of(catalog, sources)
    )


def learn(folder: Path, text: str) -> None:
    text = (
        text.replace("一、建档\n", "一、走访\n").replace("(一)建档率。", "(一)建档。")
        .replace("(二)回访。", "(二)会商。").split("二、授信")[0]
    )  # fmt: skip
    plain = normalise(text).text
    found, missing = spans(plain, load(folder).all(Clause))
    assert not missing
    path = path_of(folder, "demo")
    path.parent.mkdir(exist_ok=True)
    path.write_text(ledger_of("demo", plain, found).text(), encoding="utf-8")


class TestADraft:
    @pytest.fixture
    def drafted(self, definitions: Path) -> Path:
        assert ISSUED in DECISION
        (definitions / "decision.yaml").write_text(DECISION.replace(ISSUED, ""), encoding="utf-8")
        return definitions

    def test_is_called_one_on_its_page_and_beside_the_target(self, drafted):
        book = shown(drafted)
        card = book.render("card", "bank.decision.raise")
        assert "草案" in card
        assert "拟生效" in card
        assert "没有签发" in card
        values = book.render("values", TARGET)
        assert "草案" in values
        assert "拟自2026年2月1日" in values

    def test_is_nowhere_the_number_in_force(self, drafted):
        book = shown(drafted)
        assert "70" in book.value(TARGET)
        assert "80" not in book.render("tip", TARGET)

    def test_is_no_draft_once_it_is_issued(self, definitions):
        (definitions / "decision.yaml").write_text(DECISION, encoding="utf-8")
        book = shown(definitions)
        assert "草案" not in book.render("card", "bank.decision.raise")
        assert "签发：丙，2026年1月5日" in book.render("card", "bank.decision.raise")
        assert "80" in book.value(TARGET)


class TestARecordToBeReviewed:
    @pytest.fixture
    def reviewed(self, definitions: Path) -> Path:
        learn(definitions, TEXT)
        catalog = load(definitions)
        ids = [i for i, r in catalog.records.items() if r.kind not in ("document", "unit")]
        record(catalog, ids, "甲", date(2026, 3, 1))
        return definitions

    def test_bears_no_mark_while_nothing_has_changed(self, reviewed):
        book = shown(reviewed)
        assert "待复核" not in book.render("head", TARGET)
        assert "最近一次复核在2026年3月1日" in book.render("suspects")
        assert "2026-03-01 由甲复核" in book.render("source", TARGET)

    def test_bears_a_mark_and_the_reason_and_stands_in_the_list(self, reviewed):
        learn(reviewed, TEXT.replace("七成", "八成"))
        book = shown(reviewed)
        for one in (TARGET, CLAUSE):
            head = book.render("head", one)
            assert "待复核" in head
            assert "《示范》一(一)的原文变了" in head
            assert "上次复核：2026年3月1日，甲" in head
        listed = book.render("suspects")
        assert f"zx://{TARGET}" in listed
        assert "demo.duty.meet" not in listed

    def test_changes_the_pages_that_show_it_and_no_other(self, reviewed):
        keys = [("head", TARGET), ("head", "demo.duty.meet"), ("suspects",), ("values", TARGET)]
        before = [shown(reviewed).digest(key) for key in keys]
        learn(reviewed, TEXT.replace("七成", "八成"))
        after = [shown(reviewed).digest(key) for key in keys]
        assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False, True]

    def test_nothing_is_said_where_reviews_have_not_begun(self, definitions):
        book = shown(definitions)
        assert "还没有开始登记复核" in book.render("suspects")
        assert "复核" not in book.render("source", TARGET)


class TestTheDayOfAQuestion:
    def test_is_told_with_its_date_for_the_reader_s_browser(self, definitions):
        path = definitions / "demo.yaml"
        text = path.read_text(encoding="utf-8").replace(
            "    question: 多久一次？", "    settle_by: 2026-06-15\n    question: 多久一次？"
        )
        path.write_text(text, encoding="utf-8")
        book = shown(definitions)
        assert 'data-zx-due="2026-06-15"' in book.render("card", "demo.assumption.often")
        assert "宜在2026年6月15日之前定下" in book.render("due_questions")
        listed = book.render("list", "assumption", "", "", "table")
        assert "日子未定" in listed
        assert 'data-zx-due="2026-06-15"' in listed


class TestTheBanksOwnOriginal:
    @pytest.fixture
    def kept(self, tmp_path: Path) -> Path:
        folder = tmp_path / "sources"
        folder.mkdir()
        content = {
            "document": "demo", "imported": "2026-03-02", "file": "要点.docx",
            "texts": {CLAUSE: "建档。\n<b>逐户</b>进行。"},
        }  # fmt: skip
        (folder / "demo.json").write_text(json.dumps(content), encoding="utf-8")
        return folder

    def test_is_shown_nowhere_unless_the_site_is_told_where_it_is(self, definitions):
        book = shown(definitions)
        assert book.digest(("original", CLAUSE)) == b""
        assert "## 原文" not in "".join(pages(book).values())

    def test_stands_beside_our_summary_where_it_is(self, definitions, kept):
        book = shown(definitions, kept)
        told = book.render("original", CLAUSE)
        assert "<p>建档。</p>" in told
        assert "&lt;b&gt;逐户&lt;/b&gt;进行。" in told
        assert "要点.docx，2026年3月2日导入" in told
        assert book.digest(("original", "demo.clause.1.2")) == b""
        assert "## 原文" in pages(book)["book/records/clause/demo.clause.1.1"]

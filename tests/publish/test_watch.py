"""What a build knows of its views without making them is what it would know by making them."""

from datetime import date
from pathlib import Path

import pytest

from targets.assessment.findings import Status
from targets.catalog import load
from targets.publish.domain.handbook import Handbook
from targets.publish.records import pages
from targets.publish.results import Results

from .conftest import DECISION, finding

DAY = date(2026, 6, 30)


def open_book(folder: Path, cache: Path | None, *findings) -> Handbook:
    results = Results(DAY, "示例数据", findings) if findings else Results()
    return Handbook(load(folder), results, as_of=DAY, cache=cache)


def looked_at(book: Handbook) -> dict:
    """The pages, and the digest of every view that one of them may show."""
    made = pages(book)
    views = [
        (view, record)
        for record in book.catalog.plain.records
        for view in ("link", "tip", "card", "head", "records", "standing", "doubts", "used")
    ]
    views += [
        ("list", kind, "", "", "table") for kind in ("target", "duty", "term", "defect", "role")
    ]
    views += [("coverage", "clauses"), ("coverage", "computing"), ("role_list",), ("shelf",)]
    views += [("homonyms", "across"), ("waiting", "demo"), ("brief", "demo"), ("tally", "demo")]
    return {"pages": made} | {view: book.digest(view) for view in views}


@pytest.fixture
def cache(definitions, tmp_path) -> Path:
    book = open_book(definitions, tmp_path / "cache", finding(Status.MISSED, 64))
    looked_at(book)
    book.views.save()
    return tmp_path / "cache"


CHANGES = {
    "a value": ("value: 70", "value: 75"),
    "a meaning": ("给每户商户建一份档案", "给每户商户立一份档案"),
    "a clause's name": ("name: 会商\n    number", "name: 会谈\n    number"),
    "a document's name": ("short_name: 示范", "short_name: 样板"),
    "a role's name": ("name: 支行", "name: 网点"),
    "who acts": (
        "actors: [demo.role.branch]\n    recipients",
        "actors: [demo.role.office]\n    recipients",
    ),
    "where it is said": (
        "name: 建好档\n    places: [{clause: demo.clause.1.1}]",
        "name: 建好档\n    places: [{clause: demo.clause.1.2}]",
    ),
    "lines alone": ("\nterms:", "\n# 词语\nterms:"),
    "a new namesake": (
        "roles:",
        "  - id: demo.term.twin\n    name: 支行\n    places: [{clause: demo.clause.1.2}]\n"
        "    meaning: 另一个。\n    explained: false\n\nroles:",
    ),
}  # fmt: skip


class TestAChange:
    @pytest.mark.parametrize("change", CHANGES, ids=str)
    def test_is_noticed_in_every_view_that_shows_it(self, definitions, cache, change):
        old, new = CHANGES[change]
        path = definitions / "demo.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        found = finding(Status.MISSED, 64)
        assert looked_at(open_book(definitions, cache, found)) == looked_at(
            open_book(definitions, None, found)
        )

    def test_of_a_finding_is_noticed(self, definitions, cache):
        found = finding(Status.MET, 80)
        assert looked_at(open_book(definitions, cache, found)) == looked_at(
            open_book(definitions, None, found)
        )

    def test_by_a_decision_is_noticed(self, definitions, cache):
        (definitions / "decision.yaml").write_text(DECISION, encoding="utf-8")
        found = finding(Status.MISSED, 64)
        assert looked_at(open_book(definitions, cache, found)) == looked_at(
            open_book(definitions, None, found)
        )


class TestWithoutAChange:
    def test_no_view_is_made(self, definitions, cache, monkeypatch):
        book = open_book(definitions, cache, finding(Status.MISSED, 64))
        monkeypatch.setattr(book.views, "_make", lambda key: pytest.fail(f"{key} 又做了一遍"))
        looked_at(book)

    def test_a_broken_cache_only_costs_time(self, definitions, cache):
        (cache / "views.pickle").write_bytes(b"\x80")
        found = finding(Status.MISSED, 64)
        assert looked_at(open_book(definitions, cache, found)) == looked_at(
            open_book(definitions, None, found)
        )

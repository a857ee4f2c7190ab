"""How few people are published is decided by the bank, or listed as open."""

import json
from datetime import date
from pathlib import Path

import pytest

from targets.catalog import load
from targets.catalog.decisions import smallest_published
from targets.problems import Code, Severity
from tests.demo import BANK, DOCUMENT, PLAN, bank, catalogue, decision, metric, problems, write

OPEN = BANK[BANK.index("assumptions:"):BANK.index("units:")]


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """A bank with a table of people that neither decided nor asks."""
    files = {"document.yaml": DOCUMENT, "bank.yaml": BANK.replace(OPEN, ""), "plan.yaml": PLAN}
    return write(tmp_path, files)


def few(slug: str, count: int, **over) -> dict:
    return decision(slug, {"kind": "smallest_published", "count": count}, **over)


class TestATableOfPeople:
    def test_asks_for_a_decision_or_an_open_question(self, silent):
        (found,) = problems(silent)
        assert (found.code, found.severity) == (Code.NO_SMALLEST_COUNT, Severity.WARNING)
        assert found.place.startswith("bank.yaml:")
        assert "smallest_published" in str(found)

    def test_an_open_question_is_enough(self, tmp_path):
        assert problems(bank(tmp_path)) == []


class TestTheMinimum:
    def test_there_is_none_until_it_is_decided(self, tmp_path):
        assert smallest_published(load(bank(tmp_path)), date(2026, 6, 30)) is None

    def test_the_latest_decision_holds_from_its_day(self, tmp_path):
        catalog = catalogue(
            tmp_path, metrics=[metric()],
            decisions=[few("a", 5), few("b", 10, effective="2026-05-01")],
        )
        days = (date(2025, 12, 31), date(2026, 4, 30), date(2026, 5, 1))
        assert [smallest_published(catalog, day) for day in days] == [None, 5, 10]

    def test_two_for_the_same_day_are_refused(self, tmp_path):
        text = json.dumps({"decisions": [few("a", 5), few("b", 10)]}, ensure_ascii=False)
        (found,) = problems(bank(tmp_path, wrong=text))
        assert found.code is Code.OVERLAP

    def test_one_is_no_minimum(self, tmp_path):
        text = json.dumps({"decisions": [few("a", 1)]}, ensure_ascii=False)
        (found,) = problems(bank(tmp_path, wrong=text))
        assert "2" in str(found)

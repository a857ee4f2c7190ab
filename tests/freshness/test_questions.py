"""Open questions: by when they should be settled, and which are late."""

from datetime import date
from pathlib import Path

from targets.freshness.questions import due_days, overdue_questions
from targets.problems import Code, Severity
from tests.demo import assumption, catalogue, decision

LATE = date(2026, 7, 1)


def question(**over) -> dict:
    return assumption(affects="reading", places=[{"clause": "demo.clause.1.1"}], **over)


def plan(by: str, **over) -> dict:
    change = {"kind": "schedule", "assumption": "demo.assumption.a", "by": by}
    return decision("plan", change, **over)


class TestTheDay:
    def test_is_what_the_assumption_says(self, tmp_path: Path):
        catalog = catalogue(tmp_path, assumptions=[question(settle_by="2026-06-30")])
        assert due_days(catalog, LATE) == {"demo.assumption.a": (date(2026, 6, 30), None)}

    def test_is_rather_what_the_bank_s_plan_says(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, assumptions=[question(settle_by="2026-06-30")],
            decisions=[plan("2026-09-30")],
        )
        ((by, decided),) = due_days(catalog, LATE).values()
        assert (by, decided.id) == (date(2026, 9, 30), "demo.decision.plan")

    def test_is_not_given_by_a_draft_or_a_plan_that_is_over(self, tmp_path: Path):
        for over in ({"issued": False}, {"expires": "2026-03-31"}):
            catalog = catalogue(
                tmp_path, assumptions=[question()], decisions=[plan("2026-09-30", **over)]
            )
            assert due_days(catalog, LATE) == {}

    def test_that_nobody_gave_is_left_out(self, tmp_path: Path):
        assert due_days(catalogue(tmp_path, assumptions=[question()]), LATE) == {}


class TestBeingLate:
    def test_begins_on_the_day_after(self, tmp_path: Path):
        catalog = catalogue(tmp_path, assumptions=[question(settle_by="2026-06-30")])
        assert list(overdue_questions(catalog, date(2026, 6, 30))) == []
        (found,) = overdue_questions(catalog, LATE)
        assert (found.code, found.severity) == (Code.UNSETTLED, Severity.WARNING)
        assert "请总行作出决定" in found.mend
        assert found.line == catalog.origins["demo.assumption.a"].line

    def test_ends_when_it_is_settled(self, tmp_path: Path):
        settle = {"kind": "settle", "assumption": "demo.assumption.a", "answer": "这样算。"}
        catalog = catalogue(
            tmp_path, assumptions=[question(settle_by="2026-06-30")],
            decisions=[decision("1", settle, effective="2026-07-01")],
        )
        assert list(overdue_questions(catalog, LATE)) == []

"""起草, 复核, 签发: who may sign when, and what a draft does not do."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from targets.catalog import DEFAULT_FOLDER, Catalog, default_cache, load
from targets.catalog.allocations import allocations_on
from targets.catalog.carriers import carriers
from targets.catalog.decisions import decisions_on, duty_history, settled_on, target_in_force
from targets.catalog.signoff_checks import overdue_drafts
from targets.cli import cli
from targets.problems import Code, Severity
from targets.schema.targets import Decision
from tests.demo import (
    assumption,
    bank,
    catalogue,
    decision,
    errors,
    metric,
    problems,
    target,
    the_problem,
)

TARGET = "demo.target.t"
DAY = date(2026, 6, 30)


def value(number, since="2026-01-01") -> dict:
    return {"kind": "value", "target": TARGET, "values": [{"from": since, "value": number}]}


def signed(reviewed="2026-01-03", issued="2026-01-05", *, decided="2026-01-04",
           effective="2026-02-01", reviewer="乙") -> str:
    """A decision drafted by 甲 on 2026-01-02."""
    lines = [
        "decisions:", "  - id: demo.decision.d", "    name: 决定", "    number: 1号",
        f"    decided: {decided}", f"    effective: {effective}", "    decider: 总行",
        "    reason: 测试", "    signoff:", "      drafted: {by: 甲, day: 2026-01-02}",
    ]
    if reviewed:
        lines.append(f"      reviewed: {{by: {reviewer}, day: {reviewed}}}")
    if issued:
        lines.append(f"      issued: {{by: 丙, day: {issued}}}")
    lines.append("    changes: [{kind: near_band, target: demo.target.profiled, within: 3}]\n")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load(cache=default_cache(DEFAULT_FOLDER))


@pytest.fixture
def drafted(tmp_path: Path):
    """A value that is settled to 75 by an issued decision, and to 80 by a draft."""
    return catalogue(
        tmp_path, metrics=[metric()], targets=[target(assumptions=["demo.assumption.a"])],
        assumptions=[assumption()],
        decisions=[
            decision("now", value(75)),
            decision(
                "draft", value(80, "2026-03-01"),
                {"kind": "settle", "assumption": "demo.assumption.a", "answer": "这样算。"},
                effective="2026-03-01", issued=False,
            ),
        ],
    )


class TestTheOrderOfSignatures:
    def test_one_after_the_other_is_well(self, tmp_path: Path):
        assert problems(bank(tmp_path, d=signed())) == []

    def test_all_on_one_day_is_well(self, tmp_path: Path):
        text = signed("2026-01-02", "2026-01-02", decided="2026-01-02", effective="2026-01-02")
        assert problems(bank(tmp_path, d=text)) == []

    def test_reviewed_before_it_was_drafted(self, tmp_path: Path):
        the_problem(tmp_path, signed("¦2026-01-01"), Code.SIGNED_EARLY, "复核", "才起草")

    def test_issued_before_it_was_reviewed(self, tmp_path: Path):
        the_problem(
            tmp_path, signed("2026-01-06", "¦2026-01-05"), Code.SIGNED_EARLY, "签发", "才复核"
        )

    def test_reviewed_by_who_drafted_it(self, tmp_path: Path):
        the_problem(tmp_path, signed(reviewer="¦甲"), Code.SAME_PERSON, "另一人")

    def test_a_space_or_a_wide_letter_makes_no_other_person(self, tmp_path: Path):
        text = signed(reviewer="¦Ａ 甲").replace("by: 甲", "by: A甲")
        the_problem(tmp_path, text, Code.SAME_PERSON)

    def test_issued_without_a_review(self, tmp_path: Path):
        text = signed(reviewed="").replace("{by: 丙", "¦{by: 丙")
        the_problem(tmp_path, text, Code.ISSUED_UNREVIEWED, "留作草案")

    def test_in_force_before_it_was_issued(self, tmp_path: Path):
        text = signed("2026-01-20", "2026-02-02", effective="¦2026-02-01")
        the_problem(tmp_path, text, Code.IN_FORCE_UNISSUED, "2026-02-02")

    def test_in_force_on_the_day_it_was_issued(self, tmp_path: Path):
        assert problems(bank(tmp_path, d=signed("2026-01-20", "2026-02-01"))) == []

    def test_issued_before_it_was_decided(self, tmp_path: Path):
        text = signed("2026-01-03", "¦2026-01-03", decided="2026-01-04")
        the_problem(tmp_path, text, Code.ISSUED_UNDECIDED)

    def test_who_drafted_it_must_be_said(self, tmp_path: Path):
        text = signed(reviewed="", issued="").replace(
            "    signoff:\n      drafted: {by: 甲, day: 2026-01-02}\n", ""
        ).replace("- id", "- ¦id")
        the_problem(tmp_path, text, Code.MISSING_KEY, "signoff")


class TestADraft:
    def test_is_in_force_on_no_day(self, drafted):
        assert [d.id for d in decisions_on(drafted, DAY)] == ["demo.decision.now"]
        assert settled_on(drafted, DAY) == {}
        force = target_in_force(drafted, TARGET, DAY)
        assert force.target.criterion.test.values[-1].value == 75
        assert [a.id for a in force.open_assumptions] == ["demo.assumption.a"]

    def test_is_kept_apart_from_what_is_issued(self, drafted):
        assert [d.id for d in drafted.issued] == ["demo.decision.now"]
        assert [d.id for d in drafted.drafts] == ["demo.decision.draft"]

    def test_changes_no_duty_and_seats_nobody(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path,
            duties=[{
                "id": "demo.duty.d", "name": "报", "places": [{"clause": "demo.clause.1.1"}],
                "action": "报数。", "actors": ["demo.role.r"],
                "recurrence": {"kind": "fixed", "every": "quarter"},
                "deadline": {"kind": "following_day", "day": 10, "inclusion": "included"},
                "reports_on": "previous", "rest_day": "stay",
            }],
            roles=[{
                "id": "demo.role.r", "name": "岗", "places": [{"clause": "demo.clause.1.1"}],
                "summary": "报。",
            }],
            decisions=[decision(
                "draft", {"kind": "duty", "duty": "demo.duty.d", "withdrawn": True},
                {"kind": "seat", "actor": "demo.role.r", "levels": ["branch"]}, issued=False,
            )],
        )
        duty = catalog.get("demo.duty.d")
        assert [t.withdrawn for t in duty_history(catalog, duty)] == [False]
        assert [c.units for c in carriers(catalog, duty)] == [()]
        assert [t.withdrawn for t in duty_history(catalog.with_issued(), duty)] == [False, True]
        assert len(carriers(catalog.with_issued(), duty)[-1].units) == 2

    def test_splits_no_total(self, shipped):
        allocation = shipped.get("sample.allocation.pboc_loan")
        assert allocation in allocations_on(shipped, DAY).values()
        order = shipped.get(allocation.decision)
        draft = order.model_copy(
            update={"signoff": order.signoff.model_copy(update={"issued": None})}
        )
        catalog = Catalog({**shipped.records, order.id: draft}, shipped.origins, shipped.folder)
        assert allocation not in allocations_on(catalog, DAY).values()
        assert allocation in allocations_on(catalog.with_issued([order.id]), DAY).values()

    def test_takes_effect_where_it_is_taken_as_issued(self, drafted):
        supposed = drafted.with_issued(["demo.decision.draft"])
        assert target_in_force(supposed, TARGET, DAY).target.criterion.test.values[-1].value == 80
        assert supposed.supposed == {"demo.decision.draft"}
        assert "demo.assumption.a" in settled_on(supposed, DAY)
        assert drafted.get("demo.decision.draft").draft, "the catalogue itself is as it was"

    def test_all_drafts_are_taken_as_issued_where_none_is_named(self, drafted):
        assert not drafted.with_issued().drafts

    def test_what_is_issued_cannot_be_supposed_to_be(self, drafted):
        with pytest.raises(ValueError, match="不是草案"):
            drafted.with_issued(["demo.decision.now"])

    def test_is_checked_as_though_it_were_issued(self, tmp_path: Path):
        text = signed(issued="").replace(
            "{kind: near_band, target: demo.target.profiled, within: 3}",
            "{kind: value, target: demo.target.profiled,"
            " values: [¦{from: 2026-02-01, value: 175}]}",
        )
        the_problem(tmp_path, text, Code.VALUE_OUTSIDE_UNIT)

    def test_may_hold_what_only_its_own_other_change_makes_possible(self, tmp_path: Path):
        text = signed(issued="").replace(
            "    changes: [{kind: near_band, target: demo.target.profiled, within: 3}]",
            "    changes:\n"
            "      - {kind: period, target: demo.target.profiled,"
            " period: {kind: span, start: 2026-01-01, end: 2026-12-31}}\n"
            "      - {kind: pace, target: demo.target.profiled, pace: {kind: months}}",
        )
        assert errors(bank(tmp_path, d=text)) == []

    def test_two_may_compete_for_one_place(self, tmp_path: Path):
        one = signed(issued="").replace("within: 3", "within: 4")
        both = one + signed(issued="").replace("decisions:\n", "").replace("n.d\n", "n.e\n")
        (found,) = problems(bank(tmp_path, d=both))
        assert (found.code, found.severity) == (Code.OVERLAP, Severity.WARNING)

    def test_cannot_take_the_place_of_what_is_issued_from_the_same_day(self, tmp_path: Path):
        both = signed() + signed(issued="").replace("decisions:\n", "").replace("n.d\n", "n.e\n")
        (found,) = problems(bank(tmp_path, d=both))
        assert (found.code, found.severity) == (Code.OVERLAP, Severity.ERROR)

    def test_is_warned_of_when_it_should_have_been_in_force(self, drafted):
        assert list(overdue_drafts(drafted, date(2026, 2, 28))) == []
        (found,) = overdue_drafts(drafted, date(2026, 3, 1))
        assert (found.code, found.severity) == (Code.DRAFT_OVERDUE, Severity.WARNING)
        assert found.line == drafted.origins["demo.decision.draft"].line

    def test_check_lists_it_and_is_content(self, tmp_path: Path):
        bank(tmp_path, d=signed(issued="").replace("2026-02-01", "2999-02-01"))
        said = CliRunner().invoke(cli, ["check", "--definitions", str(tmp_path)])
        assert said.exit_code == 0, said.output
        assert "草案 1 份" in said.output
        assert "拟自 2999-02-01 起；2026-01-02 甲起草，2026-01-03 乙复核" in said.output


class TestTheSampleBank:
    def test_every_decision_is_issued_by_a_labelled_post_by_the_day_it_takes_effect(self, shipped):
        decisions = shipped.all(Decision)
        assert decisions
        assert not any(d.draft for d in decisions)
        for decided in decisions:
            for _, _, one in decided.signoff.given():
                assert one.by.startswith("示例银行"), decided.id

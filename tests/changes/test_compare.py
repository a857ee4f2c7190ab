"""What a comparison says: each change with old, new, from when, and its grade."""

from datetime import date

import pytest

from targets.catalog.lifecycle import UNPUBLISHED
from targets.changes import Grade, compare
from targets.changes.verdict import COMPATIBLE, NEEDS_DECISION, SAME, judge_changes
from targets.schema.kinds import KINDS
from tests import demo
from tests.changes.world import PLACE, ROLES, duty, new_value, state, target

SPAN = {"kind": "span", "start": "2026-01-01", "end": "2026-12-31"}


def the_change(before, after, kind="target"):
    (found,) = (c for c in compare(before, after) if c.kind == kind)
    return found


def the_field(before, after, kind="target"):
    (found,) = the_change(before, after, kind).fields
    return found


def of_target(old: dict, new: dict):
    return the_field(state(targets=[target(**old)]), state(targets=[target(**new)]))


class TestThresholds:
    @pytest.mark.parametrize(
        ("kind", "old", "new", "grade"),
        [
            ("at_least", 70, 75, Grade.TIGHTER),
            ("at_least", 75, 70, Grade.LOOSER),
            ("at_most", 5, 6, Grade.LOOSER),
            ("at_most", 6, 5, Grade.TIGHTER),
            ("equal", 90, 100, Grade.TIGHTER),  # the metric is the better the higher
            ("at_least", 70, None, Grade.LOOSER),
            ("at_most", None, 5, Grade.TIGHTER),
        ],
    )
    def test_a_raised_floor_and_a_lowered_cap_are_tighter(self, kind, old, new, grade):
        values = [{"kind": kind, "values": [{"value": v}]} for v in (old, new)]
        found = of_target({"test": values[0]}, {"test": values[1]})
        assert (found.label, found.grade, found.since) == ("数值", grade, None)

    def test_a_narrower_range_is_tighter_and_a_moved_one_another_caliber(self):
        def ranged(low, high):
            return {"test": {"kind": "within", "values": [{"low": low, "high": high}]}}

        assert of_target(ranged(5, 10), ranged(6, 9)).grade is Grade.TIGHTER
        assert of_target(ranged(6, 9), ranged(5, 10)).grade is Grade.LOOSER
        assert of_target(ranged(5, 10), ranged(6, 12)).grade is Grade.CALIBER

    def test_leaving_out_the_number_itself_is_tighter(self):
        found = of_target({"test": demo.at_least(70)},
                          {"test": demo.at_least(70, boundary="excluded")})
        assert (found.old, found.new, found.grade) == ("含本数", "不含本数", Grade.TIGHTER)

    def test_saying_that_the_number_is_included_changes_no_judgement(self):
        found = of_target({"test": demo.at_least(70, boundary="unsaid")},
                          {"test": demo.at_least(70)})
        assert found.grade is Grade.CALIBER

    def test_old_and_new_are_told_with_their_unit_and_the_day(self):
        values = [{"value": 70}, {"from": "2027-01-01", "value": 75}]
        found = of_target({}, {"test": {"kind": "at_least", "values": values}})
        assert (found.old, found.new, found.since) == ("70%", "75%", date(2027, 1, 1))

    def test_from_followed_to_judged_is_tighter(self):
        found = of_target({"test": {"kind": "tracked"}}, {"test": demo.at_least(70)})
        assert (found.label, found.grade) == ("判定方法", Grade.TIGHTER)


class TestWhoAndWhen:
    def test_binding_more_units_is_tighter_and_fewer_looser(self):
        more = {"binds": [{"to": "total"}, {"to": "each", "level": "branch"}]}
        found = of_target({}, more)
        assert (found.old, found.new, found.grade) == (None, "每家分行", Grade.TIGHTER)
        assert of_target(more, {}).grade is Grade.LOOSER

    def test_an_earlier_deadline_is_a_change_of_deadline_that_tightens(self):
        found = of_target({"period": SPAN}, {"period": SPAN | {"end": "2026-09-30"}})
        assert (found.grade, found.tighter) == (Grade.DEADLINE, True)
        assert found.new == "2026年1月1日至2026年9月30日"

    def test_a_stronger_word_of_the_source_is_tighter(self):
        found = of_target({}, {"places": [PLACE | {"commitment": "must", "word": "力争"}]})
        assert (found.old, found.new, found.grade) == ("力争", "硬性要求", Grade.TIGHTER)

    def test_another_place_alone_is_another_source(self):
        two = [PLACE, PLACE | {"clause": "demo.clause.2"}]
        found = the_change(state(targets=[target()]), state(targets=[target(places=two)]))
        assert found.what == "resourced"
        assert found.touches.clauses == ("demo.clause.1", "demo.clause.2")

    def test_more_often_is_tighter_and_a_day_earlier_an_earlier_deadline(self):
        def duties(**over):
            return state(roles=ROLES, duties=[duty(**over)])

        often = the_field(duties(), duties(recurrence={"kind": "fixed", "every": "month"}), "duty")
        assert (often.new, often.grade) == ("每月一次", Grade.TIGHTER)
        due = {"kind": "following_day", "day": 5, "inclusion": "included"}
        sooner = the_field(duties(), duties(deadline=due), "duty")
        assert (sooner.grade, sooner.tighter) == (Grade.DEADLINE, True)


class TestRules:
    @pytest.mark.parametrize(
        ("body", "old", "new", "grade"),
        [
            ({"kind": "row_predicate", "require": "x >= :limit_1"}, 5, 6, Grade.TIGHTER),
            ({"kind": "prohibition", "where": "x >= :limit_1"}, 5, 6, Grade.LOOSER),
            ({"kind": "row_predicate", "where": "x >= :limit_1"}, 5, 6, Grade.CALIBER),
        ],
    )
    def test_a_figure_is_graded_by_the_side_that_binds(self, body, old, new, grade):
        """What must be 6 rather than 5 is harder; what is forbidden from 6 on leaves 5 free."""
        before, after = (state(rules=[self.rule(body, value)]) for value in (old, new))
        found = the_field(before, after, "rule")
        assert (found.old, found.new, found.grade) == ("5%", "6%", grade)
        assert found.path == "body.limits[利率].value"

    def rule(self, body, value) -> dict:
        limit = {"what": "利率", "test": "at_least", "value": value, "unit": {"kind": "percent"}}
        return {
            "id": "demo.rule.r", "name": "规则", "places": [{"clause": "demo.clause.1"}],
            "summary": "讲利率。", "body": body | {"limits": [limit]},
        }


class TestDecisions:
    def test_a_decision_is_seen_by_what_it_makes_of_the_target(self):
        before = state(targets=[target()])
        after = state(targets=[target()], decisions=[
            demo.decision("d", new_value(("2027-01-01", 75)), effective="2026-12-01"),
        ])
        found = the_field(before, after)
        assert (found.old, found.new, found.since) == ("70%", "75%", date(2027, 1, 1))
        assert (found.layer, found.draft, found.basis) == (
            "in_force", False, ("demo.decision.d",)
        )
        assert judge_changes(compare(before, after), before, after).code == COMPATIBLE

    def test_a_decision_that_expires_holds_until_its_last_day(self):
        before = state(targets=[target()])
        after = state(targets=[target()], decisions=[
            demo.decision("d", new_value(("2026-01-01", 75)), expires="2026-12-31"),
        ])
        found = the_field(before, after)
        assert (found.since, found.until) == (date(2026, 1, 1), date(2026, 12, 31))

    def test_one_that_decides_what_was_so_already_changes_nothing_for_the_target(self):
        before = state(targets=[target()])
        after = state(targets=[target()], decisions=[
            demo.decision("d", new_value(("2026-01-01", 70))),
        ])
        assert [c.kind for c in compare(before, after)] == ["decision"]

    def test_a_draft_is_shown_as_if_issued_and_needs_a_decision(self):
        before = state(targets=[target()])
        draft = demo.decision("d", new_value(("2027-01-01", 75)), issued=False)
        after = state(targets=[target()], decisions=[draft])
        found = the_field(before, after)
        assert (found.draft, found.new) == (True, "75%")
        verdict = judge_changes(compare(before, after), before, after)
        assert verdict.code == NEEDS_DECISION
        assert verdict.reasons == ("“决定d”（demo.decision.d）还是草案，没有签发",)

    def test_issuing_a_draft_brings_it_into_force(self):
        change = new_value(("2027-01-01", 75))
        before, after = (
            state(targets=[target()], decisions=[demo.decision("d", change, issued=issued)])
            for issued in (False, True)
        )
        assert not the_field(before, after).draft
        assert judge_changes(compare(before, after), before, after).code == COMPATIBLE

    def test_an_issued_decision_is_not_rewritten(self):
        before, after = (
            state(targets=[target()], decisions=[demo.decision("d", new_value(("2026-01-01", v)))])
            for v in (72, 75)
        )
        verdict = judge_changes(compare(before, after), before, after)
        assert verdict.code == NEEDS_DECISION
        assert "已经签发，又改了" in verdict.reasons[0]


class TestVerdict:
    def test_equal_states_end_with_nothing(self):
        one, other = state(targets=[target()]), state(targets=[target()])
        assert judge_changes(compare(one, other), one, other).code == SAME

    def test_a_source_own_value_is_not_altered_without_somebody_deciding(self):
        before, after = (state(targets=[target(test=demo.at_least(v))]) for v in (70, 75))
        verdict = judge_changes(compare(before, after), before, after)
        assert verdict.code == NEEDS_DECISION
        assert "原文自己的数值" in verdict.reasons[0]

    def test_wording_is_compatible(self):
        before, after = (state(targets=[target(note=text)]) for text in ("甲。", "乙。"))
        changes = compare(before, after)
        assert changes[0].grade is Grade.TEXT
        assert judge_changes(changes, before, after).code == COMPATIBLE


RENAMED = {"name": "建档率", "note": "只看园区，按户数，每月末都按当时的名册来数。"}


class TestIds:
    def redirect(self, to) -> dict:
        return {"id": "demo.redirect.demo.target.t", "name": "旧名", "to": to,
                "since": "2026-07-01", "reason": "改名。"}

    def test_a_redirect_makes_a_removed_id_a_renamed_one(self):
        before = state(targets=[target("t", **RENAMED)])
        after = state(targets=[target("u", **RENAMED)],
                      redirects=[self.redirect("demo.target.u")])
        found = the_change(before, after)
        assert (found.what, found.was, found.record, found.fields) == (
            "renamed", "demo.target.t", "demo.target.u", ()
        )
        assert judge_changes(compare(before, after), before, after).code == COMPATIBLE

    def test_what_refers_to_a_renamed_id_has_not_changed(self):
        decided = [demo.decision("d", new_value(("2026-01-01", 75), target=f"demo.target.{s}"))
                   for s in "tu"]
        before = state(targets=[target("t", **RENAMED)], decisions=decided[:1])
        after = state(targets=[target("u", **RENAMED)], decisions=decided[1:],
                      redirects=[self.redirect("demo.target.u")])
        assert {c.kind for c in compare(before, after)} == {"target", "redirect"}

    def test_without_one_the_likely_new_id_is_named_and_somebody_has_to_say(self):
        before = state(targets=[target("t", **RENAMED)])
        after = state(targets=[target("u", **RENAMED)])
        found = {c.what: c for c in compare(before, after)}
        assert found["removed"].perhaps == "demo.target.u"
        assert found["added"].perhaps == "demo.target.t"
        verdict = judge_changes(compare(before, after), before, after)
        assert verdict.code == NEEDS_DECISION
        assert "看来改成了 demo.target.u" in verdict.reasons[0]

    def test_a_repealed_id_with_its_reason_is_compatible(self):
        before = state(targets=[target("t")])
        after = state(redirects=[self.redirect(None)])
        assert judge_changes(compare(before, after), before, after).code == COMPATIBLE


class TestTouches:
    def test_it_names_the_duties_that_report_the_metric_and_the_pages(self):
        def with_duty(value):
            return state(roles=ROLES, targets=[target(test=demo.at_least(value))],
                         duties=[duty(metrics=["demo.metric.m"])])

        touches = the_change(with_duty(70), with_duty(75)).touches
        assert touches.duties == ("demo.duty.d",)
        assert "book/records/target/demo.target.t.html" in touches.pages

    def test_it_names_the_notebooks_that_use_it(self):
        before, after = (state(targets=[target(test=demo.at_least(v))]) for v in (70, 75))
        (found,) = compare(before, after, notebooks_of=lambda i: [f"notebooks/{i}.ipynb"])
        assert found.touches.notebooks == ("notebooks/demo.target.t.ipynb",)

    def test_pages_are_those_of_the_site(self):
        from targets.changes.touching import page
        from targets.publish.domain.handbook import page_of

        ids = [f"demo.{kind}.x" for kind in KINDS if kind not in UNPUBLISHED]
        assert [page(i) for i in ids] == [f"{page_of(i)}.html" for i in ids]

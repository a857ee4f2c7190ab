"""What a reader who knows the 四进 document by heart finds in its definitions.

What every document must hold to is tested with all of them.
"""

import pytest

from targets.schema.criteria import AtLeast, Boundary, Tracked, Trend
from targets.schema.duties import DayInclusion, ReportsOn, RestDayPolicy
from targets.schema.measures import AggregateMeasure, Metric, RatioMeasure
from targets.schema.rules import Rule
from targets.schema.source import Completeness, Defect, Provision
from targets.schema.targets import (
    Affects,
    Commitment,
    PeriodUnstated,
    Scorecard,
    Target,
)


class TestProvisions:
    @pytest.mark.parametrize(
        ("category", "count"),
        [
            ("aim", 1),
            ("goal", 4),
            ("mechanism", 4),
            ("support", 5),
            ("action", 6),
            ("safeguard", 3),
        ],
    )
    def test_the_strategy_has_its_stated_number_of_each(self, catalog, category, count):
        tops = [
            p
            for p in catalog.all(Provision)
            if p.owner == "sijin" and p.category.value == category and p.part_of is None
        ]
        assert sorted(p.order for p in tops) == list(range(1, count + 1))

    def test_marketing_is_spelt_out_for_the_four_kinds_of_sites(self, catalog):
        parts = [
            p for p in catalog.all(Provision) if p.part_of == "sijin.provision.action_marketing"
        ]
        assert [c for p in parts for c in p.clauses] == [
            f"sijin.clause.5.4.{n}" for n in (1, 2, 3, 4)
        ]


NUMBERED = {
    "market_profiled": (70, "力争"),
    "market_covered": (50, "力争"),
    "market_credited": (20, "力争"),
    "community_covered": (50, "争取"),
}


class TestNumberTargets:
    def test_there_are_just_four(self, catalog):
        found = {
            t.id
            for t in catalog.all(Target)
            if t.owner == "sijin"
            and any(isinstance(p.test, AtLeast) and p.test.values[0].value for _, p in t.parts)
        }
        assert found == {f"sijin.target.{slug}" for slug in NUMBERED}

    @pytest.mark.parametrize(("slug", "stated"), NUMBERED.items())
    def test_each_carries_its_value_and_its_strength(self, catalog, slug, stated):
        target = catalog.get(f"sijin.target.{slug}")
        [(_, part)] = target.parts
        assert [v.value for v in part.test.values] == [stated[0]]
        assert [(p.commitment, p.word) for p in target.places] == [(Commitment.STRIVE, stated[1])]

    @pytest.mark.parametrize("slug", NUMBERED)
    def test_each_leaves_the_deadline_open_and_says_so(self, catalog, slug):
        target = catalog.get(f"sijin.target.{slug}")
        assert isinstance(target.period, PeriodUnstated)
        assert "sijin.assumption.no_deadline" in target.assumptions

    @pytest.mark.parametrize("slug", NUMBERED)
    def test_each_binds_four_levels_as_an_open_question(self, catalog, slug):
        target = catalog.get(f"sijin.target.{slug}")
        assert [(b.to, getattr(b, "level", None)) for b in target.binds] == [
            ("site", None),
            ("each", "sub_branch"),
            ("each", "branch"),
            ("total", None),
        ]
        assert "sijin.assumption.binding_level" in target.assumptions

    @pytest.mark.parametrize("slug", NUMBERED)
    def test_the_denominator_of_each_is_an_open_question(self, catalog, slug):
        metric = catalog.get(catalog.get(f"sijin.target.{slug}").metric)
        assert isinstance(metric.measure, RatioMeasure)
        asked = [catalog.get(a) for a in metric.assumptions]
        assert any("分母" in a.name for a in asked)
        assert {a.affects for a in asked} == {Affects.JUDGEMENT}

    def test_only_the_community_target_leaves_its_boundary_unsaid(self, catalog):
        unsaid = {
            t.id
            for t in catalog.all(Target)
            for _, p in t.parts
            if t.owner == "sijin" and getattr(p.test, "boundary", None) is Boundary.UNSAID
        }
        assert unsaid == {"sijin.target.community_covered"}


class TestOtherTargets:
    def test_a_direction_without_a_number_is_a_trend_without_a_baseline(self, catalog):
        for target in catalog.all(Target):
            for _, part in target.parts:
                if target.owner == "sijin" and isinstance(part.quantity, Trend):
                    assert part.quantity.baseline.kind == "unstated", target.id
                    assert "sijin.assumption.trend_baseline" in target.assumptions, target.id

    def test_key_projects_loans_and_deposits_come_from_the_roster(self, catalog):
        for slug in ("project_loans_up", "project_deposits_up"):
            metric = catalog.get(catalog.get(f"sijin.target.{slug}").metric)
            assert isinstance(metric.measure, AggregateMeasure)

    def test_the_assessment_metrics_are_followed_and_not_judged(self, catalog):
        card = catalog.get("sijin.scorecard.annual")
        followed = {
            t.metric for t in catalog.all(Target) for _, p in t.parts if isinstance(p.test, Tracked)
        }
        assert {item.metric for item in card.items} <= followed

    def test_no_metric_is_left_without_a_target(self, catalog):
        judged = {m for t in catalog.all(Target) for m, _ in t.parts}
        ours = {m.id for m in catalog.all(Metric) if m.owner == "sijin"}
        assert ours - judged == set()


class TestScorecard:
    def test_no_weight_is_invented(self, catalog):
        for card in catalog.all(Scorecard):
            if card.owner == "sijin":
                assert [i.weight for i in card.items] == [None] * len(card.items)
                assert "sijin.assumption.assessment_weights" in card.assumptions


class TestDuties:
    def test_the_quarterly_report_says_who_when_and_to_whom(self, catalog):
        duty = catalog.get("sijin.duty.quarterly_report")
        assert duty.deadline.day == 10
        assert [catalog.get(r).name for r in duty.recipients] == ["总行办公室"]
        assert [catalog.get(r).name for r in duty.copies] == ["公司业务管理部", "个人业务部"]
        [actors] = [catalog.get(a) for a in duty.actors]
        assert actors.excluded == ("金融市场部",)

    def test_the_quarterly_report_leaves_open_what_the_document_does(self, catalog):
        duty = catalog.get("sijin.duty.quarterly_report")
        assert duty.deadline.inclusion is DayInclusion.UNSAID
        assert duty.reports_on is ReportsOn.UNSAID
        assert duty.rest_day is RestDayPolicy.UNKNOWN
        open_questions = {catalog.get(a).affects for a in duty.assumptions}
        assert Affects.CALENDAR in open_questions


class TestRules:
    def test_731_divides_the_time_into_70_20_and_10(self, catalog):
        steps = catalog.get("sijin.rule.method_731").body.steps
        assert [(s.name, s.share) for s in steps] == [
            ("破冰", 70),
            ("传递产品价值", 20),
            ("消除客户顾虑", 10),
        ]

    def test_the_spiral_has_six_steps_in_order(self, catalog):
        spiral = catalog.get("sijin.rule.six_step_spiral").body
        assert spiral.ordered
        assert [s.name for s in spiral.steps] == [
            m.name for m in catalog.get("sijin.framework.six_step_spiral").members
        ]

    def test_the_special_plan_has_six_steps_in_order(self, catalog):
        plan = catalog.get("sijin.rule.special_plan").body
        assert [s.name[:2] for s in plan.steps] == ["成立", "设定", "建立", "制定", "测算", "加强"]

    def test_villages_are_chosen_in_three_orders_of_preference(self, catalog):
        order = catalog.get("sijin.rule.village_order").body
        assert order.principles == ("由近及远", "先易后难", "先大后小")

    def test_branch_managers_may_be_deputy_party_secretaries(self, catalog):
        rule = catalog.get("sijin.rule.deputy_secretary")
        assert rule.body.who == ("sijin.role.branch_managers",)
        assert "副书记" in rule.body.may

    def test_rules_that_data_can_show_are_checked_on_the_rosters(self, catalog):
        on_data = {r.body.dataset for r in catalog.all(Rule) if getattr(r.body, "where", None)}
        assert {"bank.dataset.merchants", "bank.dataset.households"} <= on_data


class TestDoubts:
    def test_the_document_came_without_title_number_and_date(self, catalog):
        document = catalog.get("sijin.document.opinions")
        assert (document.number, document.dated, document.year) == (None, None, None)
        assert document.name_basis.value == "inferred"
        assert Completeness.COMPLETE not in document.completeness

    @pytest.mark.parametrize(
        "slug",
        [
            "no_title",
            "no_number",
            "no_date",
            "attachment",
            "competitiveness",
            "quotation",
            "party_slogan",
            "denominators",
            "deadlines",
            "unlisted_shorthands",
            "report_details",
        ],
    )
    def test_a_known_defect_is_registered(self, catalog, slug):
        assert isinstance(catalog.get(f"sijin.defect.{slug}"), Defect)

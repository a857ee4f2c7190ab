"""What is particular to the 普惠金融 work plan."""

from fractions import Fraction

import pytest

from targets.assessment.parts import verdict_on
from targets.catalog import load
from targets.schema.criteria import Boundary, NotAbove, NotBelow, RankAmong, Unknown
from targets.schema.targets import Commitment, PeriodYears, Target


@pytest.fixture(scope="module")
def catalog():
    return load()


def part(catalog, slug: str, which: int = 0):
    return catalog.get(f"puhui.target.{slug}").parts[which]


class TestTargets:
    @pytest.mark.parametrize(
        ("slug", "value"),
        [
            ("pboc_loan_increment", 950),
            ("bigdata_loan_increment", 800),
            ("bigdata_customer_increment", 200_000),
            ("net_profit_growth", 10),
            ("corporate_coverage", 7),
            ("personal_coverage", 7),
            ("deposit_increment", 500),
            ("increment_rank", 1),
            ("customer_increment_rank", 1),
            ("customer_rank", 1),
            ("loan_rank", 2),
            ("special_branches", 100),
            ("training_courses", 8),
        ],
    )
    def test_each_number_is_the_printed_one(self, catalog, slug, value):
        _, single = part(catalog, slug)
        assert [v.value for v in single.test.values] == [value]

    def test_the_increment_is_bare_in_one_place_and_planned_in_the_other(self, catalog):
        target = catalog.get("puhui.target.pboc_loan_increment")
        assert [p.commitment for p in target.places] == [Commitment.BARE, Commitment.PLAN]

    def test_two_increases_has_both_halves_against_their_references(self, catalog):
        loan, single = part(catalog, "two_increases", 0)
        assert isinstance(single.test, NotBelow)
        assert single.quantity.kind == "growth"
        assert single.test.reference.metric == "puhui.metric.all_loan"
        customers, single = part(catalog, "two_increases", 1)
        assert single.test.reference.baseline.kind == "same_period_last_year"
        assert (loan, customers) == ("puhui.metric.cbrc_loan", "puhui.metric.cbrc_customers")

    def test_both_down_is_not_met_by_standing_still(self, catalog):
        target = catalog.get("puhui.target.both_down")
        assert "puhui.assumption.both_down" in target.assumptions
        for _, single in target.parts:
            assert isinstance(single.test, NotAbove)
            assert single.test.boundary is Boundary.EXCLUDED
            same, lower = Fraction(5), Fraction(49, 10)
            assert verdict_on(single, same, same).met is False
            assert verdict_on(single, lower, same).met is True

    def test_the_sentence_that_is_cut_twice_is_a_target_of_unknown_criterion(self, catalog):
        _, single = part(catalog, "full_quality")
        assert isinstance(single.test, Unknown)
        places = catalog.get("puhui.target.full_quality").places
        assert [p.basis.value for p in places] == ["truncated", "truncated"]

    def test_four_places_are_taken_among_four_banks_that_are_not_named(self, catalog):
        ranked = [
            t
            for t in catalog.all(Target)
            if t.owner == "puhui" and isinstance(t.parts[0][1].quantity, RankAmong)
        ]
        assert len(ranked) == 4
        assert {t.parts[0][1].quantity.peers for t in ranked} == {"puhui.peer_set.four_banks"}
        assert catalog.get("puhui.peer_set.four_banks").members == ()

    def test_a_year_that_is_blotted_out_gets_no_dates(self, catalog):
        for target in catalog.all(Target):
            if target.owner == "puhui" and isinstance(target.period, PeriodYears):
                assert target.period.start is None


class TestRules:
    def test_the_rate_exemption_includes_its_own_figure(self, catalog):
        [limit] = catalog.get("puhui.rule.rate_exemption").body.limits
        assert (str(limit.value), limit.boundary) == ("7.39", Boundary.INCLUDED)

    def test_the_credit_line_leaves_its_boundary_open(self, catalog):
        rule = catalog.get("puhui.rule.large_credit")
        [limit] = rule.body.limits
        assert limit.boundary is Boundary.UNSAID
        assert rule.assumptions


class TestNamesakes:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("metric.pboc_loan", "metric.cbrc_loan"),
            ("metric.corporate_coverage", "metric.institution_coverage"),
            ("framework.five_dedicated", "framework.five_trusts"),
            ("framework.four_platforms", "product.platform_loan"),
            ("provision.opt_risk", "provision.five_risk"),
        ],
    )
    def test_namesakes_point_at_each_other(self, catalog, one, other):
        assert f"puhui.{other}" in catalog.get(f"puhui.{one}").not_to_confuse

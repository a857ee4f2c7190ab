"""What a reader who knows the 个金 document by heart finds in its definitions.

What every document must hold to is tested with all of them.
"""

from collections import Counter

import pytest

from targets.schema.base import Basis
from targets.schema.criteria import AtLeast, AtMost, Boundary, Tracked, Up, Within
from targets.schema.duties import Duty
from targets.schema.source import Clause, Defect, DefectKind
from targets.schema.targets import Affects, Scorecard, Target

from .conftest import listed

BULLETINS = listed("bulletins_gejin.csv")


def target(catalog, slug):
    return catalog.get(f"gejin.target.{slug}")


def only_part(catalog, slug):
    [(_, part)] = target(catalog, slug).parts
    return part


class TestPoints:
    def test_seventy_three_points_run_through_all_sections(self, catalog):
        points = [c for c in catalog.all(Clause) if c.id.count(".") == 4 and c.owner == "gejin"]
        assert [c.number for c in points] == [f"{n}." for n in range(1, 74)]

    def test_repeated_and_skipped_section_numbers_stay_as_printed(self, catalog):
        printed = [catalog.get(f"gejin.clause.2.{n}").number for n in range(1, 6)]
        assert printed == ["(一)", "(三)", "(三)", "(四)", "(六)"]
        for slug in ("section_three_twice", "section_two_five"):
            assert isinstance(catalog.get(f"gejin.defect.{slug}"), Defect)


class TestBulletins:
    @pytest.mark.parametrize("row", BULLETINS, ids=lambda row: row["printed"])
    def test_each_row_of_the_closing_table_is_one_duty(self, content, row):
        here = [
            d
            for d in content[f"gejin.clause.{row['clause']}"]
            if isinstance(d, Duty)
            and (d.name == row["printed"] or row["printed"] in (d.note or ""))
        ]
        assert [(d.category, d.printed_frequency) for d in here] == [
            (row["category"], row["frequency"])
        ]

    def test_nothing_is_added_to_the_table(self, catalog):
        ours = [d for d in catalog.all(Duty) if d.id.startswith("gejin.duty.bulletin_")]
        assert len(ours) == len(BULLETINS) == 41
        assert Counter(d.printed_frequency for d in ours) == {
            "日": 8, "周": 5, "旬": 2, "月": 12, "季": 11, "两次/季": 1, "不定期": 2,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("printed", "kind", "period"),
        [
            ("日", "fixed", "day"),
            ("周", "fixed", "week"),
            ("旬", "fixed", "ten_days"),
            ("月", "fixed", "month"),
            ("季", "fixed", "quarter"),
            ("两次/季", "quota", "quarter"),
            ("不定期", "vague", "不定期"),
        ],
    )
    def test_the_printed_frequency_and_the_recurrence_agree(self, catalog, printed, kind, period):
        for duty in catalog.all(Duty):
            if duty.owner == "gejin" and duty.category and duty.printed_frequency == printed:
                rule = duty.recurrence
                found = next(getattr(rule, k) for k in ("every", "per", "word") if hasattr(rule, k))
                assert (rule.kind, found) == (kind, period), duty.id

    def test_no_deadline_is_invented_for_a_bulletin(self, catalog):
        for duty in catalog.all(Duty):
            if duty.owner == "gejin":
                assert duty.deadline.kind == "unstated", duty.id

    def test_the_row_named_monthly_or_quarterly_is_told_as_a_contradiction(self, catalog):
        duty = catalog.get("gejin.duty.bulletin_basic_monthly")
        assert duty.places[0].basis is Basis.CONFLICTING
        assert "gejin.assumption.month_quarter_row" in duty.assumptions

    def test_teller_supervisors_are_reviewed_monthly_in_one_place_quarterly_in_another(
        self, catalog
    ):
        monthly = catalog.get("gejin.duty.supervisor_monthly")
        quarterly = catalog.get("gejin.duty.bulletin_supervisor_quarterly")
        assert (monthly.recurrence.every, quarterly.recurrence.every) == ("month", "quarter")
        for duty in (monthly, quarterly):
            assert duty.places[0].basis is Basis.CONFLICTING
            assert "gejin.assumption.supervisor_frequency" in duty.assumptions


class TestNumberTargets:
    @pytest.mark.parametrize(
        ("slug", "test", "value", "word"),
        [
            ("self_service_to_outlets", AtLeast, 3, "力争"),
            ("vi_standard", AtLeast, 98, "到达"),
            ("accounting_substitution", AtLeast, 60, "要到达"),
            ("low_output_devices", AtMost, 5, "力争"),
            ("deposit_device_everywhere", AtLeast, 100, "力争"),
            ("devices_centralised", AtLeast, 100, "力争"),
            ("standard_wealth_centres", AtLeast, 100, "打造"),
            ("safe_deposit_project", AtLeast, 1, "建设"),
            ("mystery_visits", AtLeast, 2, "按照"),
            ("deposit_increment_first", AtMost, 1, "还要保持"),
            ("fee_income_first", AtMost, 1, "还要保持"),
        ],
    )
    def test_each_carries_its_value_and_its_strength(self, catalog, slug, test, value, word):
        part = only_part(catalog, slug)
        assert isinstance(part.test, test)
        assert [v.value for v in part.test.values] == [value]
        assert target(catalog, slug).places[0].word == word
        affected = {catalog.get(a).affects for a in target(catalog, slug).assumptions}
        assert Affects.JUDGEMENT in affected <= {Affects.JUDGEMENT, Affects.BOUNDARY}

    def test_own_premises_are_a_change_within_a_range(self, catalog):
        part = only_part(catalog, "own_premises_up")
        assert part.quantity.kind == "change"
        assert isinstance(part.test, Within)
        assert [(v.low, v.high) for v in part.test.values] == [(5, 10)]

    def test_three_to_one_is_one_target_said_twice_with_three_years(self, catalog):
        ratio = target(catalog, "self_service_to_outlets")
        assert [p.clause for p in ratio.places] == ["gejin.clause.1.3", "gejin.clause.2.3.43"]
        assert (ratio.period.years, ratio.period.start) == (3, None)
        assert only_part(catalog, "self_service_to_outlets").quantity.kind == "ratio"

    @pytest.mark.parametrize(
        "slug", ["own_premises_up", "vi_standard", "accounting_substitution", "low_output_devices"]
    )
    def test_whether_the_figure_itself_counts_is_left_open(self, catalog, slug):
        assert only_part(catalog, slug).test.boundary is Boundary.UNSAID

    def test_first_among_peers_is_held_by_the_central_city_branches(self, catalog):
        for slug in ("deposit_increment_first", "fee_income_first"):
            first = target(catalog, slug)
            assert only_part(catalog, slug).quantity.kind == "rank"
            assert first.hold
            assert [b.group for b in first.binds] == ["gejin.unit_group.central_city"]

    def test_a_direction_needs_no_figure_and_an_indicator_no_direction(self, catalog):
        for one in catalog.all(Target):
            if one.owner == "gejin":
                for _, part in one.parts:
                    if isinstance(part.test, Up):
                        assert part.quantity.kind == "trend", one.id
                    if isinstance(part.test, Tracked):
                        assert part.quantity.kind == "level", one.id


class TestHomonyms:
    @pytest.mark.parametrize(
        "slugs",
        [
            ("framework.three_tiers", "framework.device_tiers", "framework.centre_tiers"),
            ("metric.product_coverage", "metric.manager_coverage", "metric.contact_coverage"),
            (
                "metric.accounting_substitution",
                "metric.outlet_substitution",
                "metric.counter_substitution",
            ),
            ("system.head_marketing", "system.product_marketing", "system.marketing_service"),
        ],
    )
    def test_each_points_at_the_others(self, catalog, slugs):
        ids = {f"gejin.{slug}" for slug in slugs}
        for one in ids:
            assert ids - {one} <= set(catalog.get(one).not_to_confuse)


class TestScorecards:
    def test_the_members_of_five_plus_one_are_not_made_up(self, catalog):
        card = catalog.get("gejin.scorecard.five_plus_one")
        assert (card.membership.value, card.items) == ("not_listed", ())

    def test_six_plus_one_knows_only_the_item_that_was_added(self, catalog):
        card = catalog.get("gejin.scorecard.six_plus_one")
        assert card.membership.value == "partly_listed"
        assert [i.metric for i in card.items] == ["gejin.metric.wealth_centre_assessment"]

    def test_no_weight_is_invented(self, catalog):
        for card in catalog.all(Scorecard):
            if card.owner == "gejin":
                assert {i.weight for i in card.items} <= {None}


class TestDoubts:
    def test_the_printed_year_is_kept_and_not_trusted(self, catalog):
        document = catalog.get("gejin.document.plan")
        assert (document.year, document.year_basis) == (2023, Basis.CONFLICTING)
        assert (document.number, document.dated) == (None, None)

    def test_no_target_gets_a_date_from_the_doubtful_year(self, catalog):
        for one in catalog.all(Target):
            if one.owner == "gejin":
                assert getattr(one.period, "start", None) is None, one.id

    @pytest.mark.parametrize(
        ("printed", "read_as"),
        [
            ("目旳", "目标"),
            ("对旳", "正确"),
            ("辨别行", "区分行"),
            ("原则化", "标准化"),
            ("未原则化妆修网点", "未标准化装修网点"),
            ("客服务水平", "客户服务水平"),
        ],
    )
    def test_a_swapped_word_is_kept_beside_its_reading(self, catalog, printed, read_as):
        assert any(
            printed in (d.printed or "") and read_as in (d.read_as or "")
            for d in catalog.all(Defect)
            if d.owner == "gejin" and d.defect is DefectKind.MISPRINT
        )

    @pytest.mark.parametrize("slug", ["masked_second", "masked_first_tier", "payment_blank"])
    def test_what_is_cut_out_of_a_name_is_not_filled_in(self, catalog, slug):
        defect = catalog.get(f"gejin.defect.{slug}")
        assert defect.defect is DefectKind.TRUNCATED
        assert defect.read_as is None

"""What a view says of findings, doubts and decisions, and in which words."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from targets import wording as words
from targets.assessment.findings import STATUS_MEANING, Status
from targets.publish.domain.handbook import STATUS_CLASS
from targets.publish.records import pages
from targets.schema import criteria as cr
from targets.schema import duties as du
from targets.schema import measures as me
from targets.schema.kinds import KINDS

from .conftest import finding, handbook

PERCENT = me.Percent(kind="percent")


def metric(unit=PERCENT) -> me.Metric:
    return me.Metric(
        id="demo.metric.profiled",
        name="建档率",
        places=[{"clause": "demo.clause.1"}],
        unit=unit,
        direction="up",
        caliber="未说",
        measure={"kind": "not_measured", "reason": "未说"},
    )


class TestFindings:
    def test_a_target_says_its_status_in_words_with_reading_and_gap(self, definitions):
        html = handbook(definitions, finding(Status.MISSED, 64)).render(
            "standing", "demo.target.profiled"
        )
        assert "未达标" in html
        assert "64.0%" in html
        assert "−6.0个百分点" in html
        assert "示例数据" in html

    def test_an_open_assumption_shows_the_provisional_word_beside(self, definitions):
        html = handbook(definitions, finding(Status.UNDECIDED, 75, Status.MET)).render(
            "standing", "demo.target.profiled"
        )
        assert html.index("口径待定") < html.index("暂按") < html.index("达标")

    def test_the_reckoning_can_be_opened(self, definitions):
        html = handbook(definitions, finding(Status.MISSED, 64)).render(
            "standing", "demo.target.profiled"
        )
        assert "64 ÷ 100" in html
        assert "重复：2 行" in html

    def test_an_assumption_counts_the_findings_it_holds_open(self, definitions):
        book = handbook(definitions, finding(Status.UNDECIDED, 75, Status.MET))
        assert "有 1 个判定" in book.render("findings", "demo.assumption.denominator")

    def test_without_data_a_target_says_so(self, definitions):
        assert "无数据" in handbook(definitions).render("standing", "demo.target.profiled")

    def test_a_unit_page_lists_its_findings(self, definitions):
        html = handbook(definitions, finding(Status.MISSED, 64)).render("standing", "bank.unit.top")
        assert "demo.target.profiled" in html
        assert "未达标" in html

    def test_a_scoreboard_names_units_targets_and_words(self, definitions):
        html = handbook(definitions, finding(Status.MISSED, 64)).render(
            "scoreboard", "demo", "bank", ""
        )
        assert "示范银行" in html
        assert "商户建档目标" in html
        assert "未达标" in html

    def test_every_status_has_a_meaning_and_a_look(self):
        assert set(STATUS_MEANING) == set(Status) == set(STATUS_CLASS)


class TestDoubt:
    def test_assumptions_are_marked_open_until_decided(self, definitions):
        html = handbook(definitions).render("doubts", "demo.target.profiled")
        assert "还没有定" in html
        assert "暂按：除以名册户数" in html

    def test_the_commitment_word_stands_at_its_clause(self, definitions):
        html = handbook(definitions).render("doubts", "demo.target.profiled")
        assert "《示范》一(一)" in html
        assert "力争" in html


class TestDecisions:
    def test_a_scheduled_value_is_in_force_only_from_its_day(self, decided):
        before = handbook(decided, as_of=date(2026, 1, 31))
        after = handbook(decided, as_of=date(2026, 2, 1))
        assert before.value("demo.target.profiled") == "70%"
        assert after.value("demo.target.profiled") == "80%"

    def test_a_decision_says_what_it_changes(self, decided):
        html = handbook(decided).render("card", "bank.decision.raise")
        assert "“商户建档目标”的数值定为：80%（2026年2月1日起）" in html

    def test_a_link_tells_the_criterion_in_force(self, decided):
        link = handbook(decided).render("link", "demo.target.profiled")
        assert "商户建档率不低于 80%" in link
        assert "70%" not in link


class TestEveryKind:
    def test_has_a_card(self, definitions):
        book = handbook(definitions)
        for kind in KINDS:
            book.jinja.get_template(f"kinds/{kind}.html")

    def test_of_the_shipped_definitions_renders(self):
        from targets.catalog import load
        from targets.publish.domain.handbook import Handbook
        from targets.publish.results import Results

        book = Handbook(load(), Results(), as_of=date(2026, 9, 30))
        assert len(pages(book)) > len(book.catalog.records)
        for record in book.catalog.records:
            assert book.render("card", record)
            assert "None" not in book.render("head", record) + book.render("card", record)


class TestWords:
    @pytest.mark.parametrize(
        ("amount", "said"),
        [
            (Decimal("70"), "70"),
            (Decimal("70.50"), "70.5"),
            (Decimal("1234567"), "1,234,567"),
            (Decimal("-3.2"), "−3.2"),
            (Fraction(1, 3), "0.333333"),
            (Decimal("0"), "0"),
        ],
    )
    def test_a_number_is_written_without_idle_zeros(self, amount, said):
        assert words.number(amount) == said

    def test_rounding_is_half_away_from_zero(self):
        assert words.number(Fraction(1285, 100), 1) == "12.9"
        assert words.number(Fraction(-1285, 100), 1) == "−12.9"

    @pytest.mark.parametrize(
        ("unit", "said"),
        [
            ({"kind": "percent"}, "70%"),
            ({"kind": "money", "unit": "亿元"}, "70亿元"),
            ({"kind": "count", "of": "户"}, "70户"),
            ({"kind": "multiple"}, "70倍"),
            ({"kind": "rank"}, "第 70 位"),
        ],
    )
    def test_a_value_carries_its_unit(self, unit, said):
        assert words.value(Decimal(70), metric(unit)) == said

    def test_money_is_read_in_the_unit_of_its_metric(self):
        money = metric({"kind": "money", "unit": "亿元"})
        assert words.reading(Fraction(95), money) == "95.0亿元"

    def test_rates_differ_in_points(self):
        assert words.gap(Fraction(-55, 10), metric()) == "−5.5个百分点"
        change = cr.Change(kind="change", baseline={"kind": "year_start"})
        assert words.unit_label(metric(), change) == "个百分点"

    @pytest.mark.parametrize(
        ("test", "said"),
        [
            ({"kind": "at_least", "values": [{"value": 70}]}, "建档率不低于 70%"),
            (
                {"kind": "at_least", "values": [{"value": 70}], "boundary": "excluded"},
                "建档率高于 70%（不含本数）",
            ),
            (
                {"kind": "at_most", "values": [{"value": 2}], "boundary": "unsaid"},
                "建档率不高于 2%（含不含本数，原文未说）",
            ),
            ({"kind": "within", "values": [{"low": 5, "high": 10}]}, "建档率在 5–10% 之间"),
            ({"kind": "tracked"}, "建档率：跟踪，不判定"),
            ({"kind": "unknown", "reason": "此处断开"}, "建档率：不明：此处断开"),
        ],
    )
    def test_a_criterion_reads_as_a_sentence(self, test, said):
        single = cr.Single(quantity={"kind": "level"}, test=test)
        values = getattr(single.test, "values", (None,))
        assert words.criterion_part(single, metric(), values[0], lambda i: i) == said

    @pytest.mark.parametrize(
        ("recurrence", "said"),
        [
            (du.Fixed(kind="fixed", every="quarter"), "每季度一次"),
            (du.Quota(kind="quota", times=3, per="day", at_least=True), "每天不少于 3 次"),
            (
                du.ChosenDays(kind="chosen_days", days=2, per="half_year"),
                "每半年固定 2 天，哪几天由本机构自定",
            ),
            (du.Vague(kind="vague", word="经常"), "原文只说“经常”，没有次数和日期"),
        ],
    )
    def test_a_recurrence_invents_nothing(self, recurrence, said):
        assert words.recurrence(recurrence) == said

    def test_a_deadline_says_whether_the_day_counts(self):
        deadline = du.FollowingDay(kind="following_day", day=10, inclusion="unsaid")
        said = words.deadline(deadline, me.ActorPeriod.QUARTER)
        assert said == "每季度首月 10 日前（原文未说是否含当日）"

    def test_every_variant_of_the_schema_has_words(self):
        """A variant added to the schema without words would stop a build; so it stops here."""
        import typing

        def variants(union):
            return typing.get_args(typing.get_args(union)[0])

        base = {"kind": "year_start"}
        made = {
            cr.RatioTo: {"over": "demo.metric.b"},
            cr.ShareOf: {"whole": "demo.metric.b"},
            cr.Frequency: {"period": "day"},
            cr.StatusReached: {"state": "一级"},
            cr.GivenBaseline: {"value": 3},
            **{q: {"baseline": base} for q in (cr.Change, cr.ExtraChange, cr.Growth, cr.Trend)},
        }
        for model in variants(cr.Quantity):
            kind = typing.get_args(model.model_fields["kind"].annotation)[0]
            quantity = model(kind=kind, **made.get(model, {}))
            assert words.quantity(quantity, "建档率", lambda i: i)
        for model in variants(cr.Baseline):
            kind = typing.get_args(model.model_fields["kind"].annotation)[0]
            assert words.baseline(model(kind=kind, **made.get(model, {})))

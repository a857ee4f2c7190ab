"""Exercises answer in Chinese whatever a learner writes, and know the right answer from data."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from targets.notebook.exercises import Outcome, judge_count, judge_percent, read_number
from targets.notebook.lessons import ClauseToResult

RIGHT, ALMOST, WRONG, TODO = Outcome.RIGHT, Outcome.ALMOST, Outcome.WRONG, Outcome.TODO
ODD = [
    None, ..., "", "62%", True, np.bool_(False), [], {}, (1, 2), {1}, object(), len, b"62",
    float("nan"), float("inf"), -1e300, Decimal("NaN"), complex(1, 1), np.array([1.0, 2.0]),
    np.array([]), pd.Series([1, 2]), pd.Series(["甲"]), pd.DataFrame({"a": [1]}), pd.NaT, pd.NA,
    pd.Timestamp("2026-09-30"),
]  # fmt: skip


class TestReadingAnAnswer:
    @pytest.mark.parametrize(
        "answer",
        [62.5, np.float64(62.5), Fraction(125, 2), Decimal("62.5"), np.array(62.5),
         np.array([62.5]), pd.Series([62.5], index=["x"])],
        ids=lambda a: type(a).__name__,
    )  # fmt: skip
    def test_every_form_of_a_number_is_read(self, answer):
        assert read_number(answer, "rate") == Fraction(125, 2)

    @pytest.mark.parametrize("answer", ODD, ids=lambda a: type(a).__name__)
    def test_what_is_no_number_is_answered_and_never_raised(self, answer):
        said = judge_percent(answer, Fraction(60), "rate")
        assert not said.passed
        assert "rate" in said.text
        assert judge_count(answer, 12, "more").outcome is not RIGHT


class TestPercent:
    def test_rounding_to_a_tenth_is_right(self):
        assert judge_percent(58.5, Fraction(69 * 100, 118), "rate") is None
        assert judge_percent(58.4, Fraction(69 * 100, 118), "rate").outcome is WRONG

    def test_a_ratio_is_told_which_form_is_expected(self):
        said = judge_percent(69 / 118, Fraction(69 * 100, 118), "rate")
        assert said.outcome is ALMOST
        assert "58.47" in said.text
        assert "乘以 100" in said.text

    @pytest.mark.parametrize(("answer", "word"), [(80, "偏大"), (20, "偏小"), (300, "0 到 100")])
    def test_other_numbers_get_a_direction(self, answer, word):
        assert word in judge_percent(answer, Fraction(60), "rate").text


class TestSiteRate:
    @pytest.fixture
    def asked(self, lesson):
        return lesson.site_findings[1]

    def test_the_question_names_site_and_day(self, lesson, asked):
        question = repr(lesson.site_rate)
        assert asked.subject.name in question
        assert str(lesson.day) in question

    def test_the_exact_rate_is_right_and_explained(self, lesson, asked):
        said = lesson.site_rate.check(float(asked.value))
        assert said.passed
        assert f"{asked.numerator} ÷ {asked.denominator}" in said.text

    def test_all_months_at_once_is_recognised(self, lesson, asked):
        rows = lesson.roster[lesson.roster["site_code"] == asked.subject.site]
        said = lesson.site_rate.check(rows["profiled_on"].notna().mean() * 100)
        assert "各个月的名册都算进去了" in said.text

    def test_all_sites_at_once_is_recognised(self, lesson):
        rows = lesson.roster[lesson.roster["data_date"].dt.date == lesson.day]
        said = lesson.site_rate.check(rows["profiled_on"].notna().mean() * 100)
        assert "别的共建主体" in said.text

    def test_another_column_is_recognised(self, lesson, asked):
        rows = lesson.roster[lesson.roster["site_code"] == asked.subject.site]
        rows = rows[rows["data_date"].dt.date == lesson.day]
        said = lesson.site_rate.check(rows["customer_since"].notna().mean() * 100)
        assert "成为客户日期" in said.text

    def test_numerator_alone_and_upside_down_are_recognised(self, lesson, asked):
        assert "分子的户数" in lesson.site_rate.check(asked.numerator).text
        assert "放反了" in lesson.site_rate.check(10000 / float(asked.value)).text

    def test_the_number_of_answers_is_told(self, lesson):
        assert lesson.site_rate.check().outcome is TODO
        assert "rate" in lesson.site_rate.check(1, 2).text


class TestRollUp:
    def test_counts_make_the_rate_and_the_average_differs(self, lesson):
        counts = lesson.counts
        rate = counts["分子"].sum() / counts["分母"].sum() * 100
        assert rate == pytest.approx(float(lesson.branch.value))
        said = lesson.roll_up.check(rate, counts["比率"].mean() - rate)
        assert said.passed
        assert "一样重" in said.text

    def test_the_average_in_place_of_the_rate_is_recognised(self, lesson):
        assert "简单平均" in lesson.roll_up.check(lesson.counts["比率"].mean(), 0).text

    def test_the_difference_the_wrong_way_round_is_recognised(self, lesson):
        rate = float(lesson.branch.value)
        said = lesson.roll_up.check(rate, rate - lesson.counts["比率"].mean())
        assert "方向反了" in said.text

    @pytest.mark.parametrize("odd", ODD, ids=lambda a: type(a).__name__)
    def test_an_odd_second_answer_is_answered(self, lesson, odd):
        assert not lesson.roll_up.check(float(lesson.branch.value), odd).passed


class TestToGo:
    @pytest.fixture
    def right(self, lesson):
        finding = lesson.short
        needed = math.ceil(finding.threshold * finding.denominator / 100)
        more = needed - finding.numerator
        return more, math.ceil(more / lesson.months_left)

    def test_the_example_is_short_of_its_target(self, lesson):
        assert lesson.short.to_go > lesson.months_left > 1

    def test_months_are_counted_to_the_deadline_in_force(self, lesson):
        assert (lesson.months_left, str(lesson.deadline)) == (3, "2026-12-31")

    def test_the_right_numbers_are_right_and_one_less_is_shown_not_to_do(self, lesson, right):
        said = lesson.to_go.check(*right)
        assert said.passed
        assert "少做一户" in said.text
        assert lesson.to_go.check(float(right[0]), np.int64(right[1])).passed

    def test_slips_are_recognised(self, lesson, right):
        more, each = right
        finding = lesson.short
        assert "往上取整" in lesson.to_go.check(more - 1, each).text
        assert "已做到" in lesson.to_go.check(more + int(finding.numerator), each).text
        assert "不必全做" in lesson.to_go.check(finding.denominator - finding.numerator, 1).text
        assert "百分点" in lesson.to_go.check(float(-finding.gap), each).text
        assert "除以 12" in lesson.to_go.check(more, math.ceil(more / 12)).text
        assert "剩下的" in lesson.to_go.check(more, more).text
        assert "方向反了" in lesson.to_go.check(-more, each).text
        assert lesson.to_go.check(more, more / lesson.months_left).outcome is ALMOST


class TestOtherTargets:
    @pytest.mark.parametrize(
        "target", ["sijin.target.market_covered", "sijin.target.market_credited"]
    )
    def test_the_lesson_can_be_given_on_any_rate_from_a_roster(self, handbook, target):
        other = ClauseToResult(handbook, target)
        assert other.site_rate.check(float(other.site_findings[1].value)).passed
        assert len(other.trace_table(other.branch)) > 5

    @pytest.mark.parametrize(
        "record", ["sijin.target.project_loans_up", "sijin.clause.2", "bank.unit.u0000"]
    )
    def test_what_is_no_such_target_is_refused_in_words(self, handbook, record):
        with pytest.raises(ValueError, match="从名册数出来的比率"):
            ClauseToResult(handbook, record)

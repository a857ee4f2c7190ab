"""From a reading to a word: every status, and why it was said."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest

from targets.assessment import Status, assess
from targets.assessment.findings import Heading
from tests.demo import (
    assumption,
    at_least,
    catalogue,
    decision,
    metric,
    reported,
    target,
)

BANK = "0000"
SPAN = {"kind": "span", "start": "2026-01-01", "end": "2026-12-31"}
PACED = SPAN | {"pace": {"kind": "months"}}


def finding(folder: Path, rows, *, metrics=None, as_of=None, more=None, **over):
    """The one finding of one target on figures reported for the bank: (day, value) or with code."""
    catalog = catalogue(folder, metrics=metrics or [metric()], targets=[target(**over)],
                        **(more or {}))
    full = [(r[0], BANK, "m", r[1]) if len(r) == 2 else (r[0], BANK, r[1], r[2]) for r in rows]
    day = date.fromisoformat(as_of) if as_of else None
    (found,) = assess(catalog, reported(*full), as_of=day, today=date(2030, 1, 1)).findings
    return found


class TestReachedOrNot:
    def test_reached_is_met(self, tmp_path: Path):
        found = finding(tmp_path, [("2026-05-31", 70)])
        assert (found.status, found.gap) == (Status.MET, 0)

    def test_short_of_a_target_without_a_deadline_is_missed(self, tmp_path: Path):
        found = finding(tmp_path, [("2026-05-31", "69.99")])
        assert (found.status, found.gap) == (Status.MISSED, Fraction("-0.01"))

    def test_what_must_always_hold_is_missed_at_once(self, tmp_path: Path):
        found = finding(tmp_path, [("2026-05-31", 60)], period={"kind": "standing"})
        assert found.status is Status.MISSED

    def test_the_excluded_boundary_itself_is_missed(self, tmp_path: Path):
        found = finding(tmp_path, [("2026-05-31", 70)], test=at_least(70, boundary="excluded"))
        assert found.status is Status.MISSED

    def test_a_range_has_two_ends(self, tmp_path: Path):
        test = {"kind": "within", "values": [{"low": 5, "high": 10}]}
        found = finding(tmp_path, [("2026-05-31", "10.5")], test=test)
        assert found.status is Status.MISSED
        assert (found.threshold, found.threshold_high) == (5, 10)
        assert found.gap == Fraction("0.5")

    def test_before_its_first_value_there_is_nothing_to_judge(self, tmp_path: Path):
        test = at_least(0, values=[{"from": "2027-01-01", "value": 70}])
        found = finding(tmp_path, [("2026-05-31", 60)], test=test)
        assert found.status is Status.NOT_JUDGED
        assert "没有有效的目标值" in "".join(found.reasons)

    def test_a_repealed_value_is_judged_no_more(self, tmp_path: Path):
        test = at_least(0, values=[{"value": 70}, {"from": "2026-03-01", "value": None}])
        assert finding(tmp_path, [("2026-02-28", 60)], test=test).status is Status.MISSED
        assert finding(tmp_path, [("2026-03-31", 60)], test=test).status is Status.NOT_JUDGED


class TestBeforeTheDeadline:
    def test_ahead_of_the_calendar_is_on_pace(self, tmp_path: Path):
        # 30 of 70 is 42.86%, five months of twelve are 41.67%
        found = finding(tmp_path, [("2026-05-31", 30)], period=PACED)
        assert found.status is Status.ON_PACE
        assert found.pace.lead == Fraction(3000, 70) - Fraction(500, 12)

    def test_behind_the_calendar_is_behind(self, tmp_path: Path):
        # 29 of 70 is 41.43%
        found = finding(tmp_path, [("2026-05-31", 29)], period=PACED)
        assert found.status is Status.BEHIND
        assert found.pace.required_per_month == Fraction(41, 7)

    def test_without_a_pace_it_is_not_due(self, tmp_path: Path):
        assert finding(tmp_path, [("2026-05-31", 5)], period=SPAN).status is Status.NOT_DUE

    def test_on_its_last_day_the_deadline_has_come(self, tmp_path: Path):
        assert finding(tmp_path, [("2026-11-30", 69)], period=PACED).status is Status.ON_PACE
        assert finding(tmp_path, [("2026-12-31", 69)], period=PACED).status is Status.MISSED
        assert finding(tmp_path, [("2027-01-31", 69)], period=PACED).status is Status.MISSED

    def test_met_early_is_met(self, tmp_path: Path):
        assert finding(tmp_path, [("2026-01-31", 70)], period=PACED).status is Status.MET

    def test_a_period_of_years_ends_on_the_day_before_the_anniversary(self, tmp_path: Path):
        three = {"kind": "years", "years": 3, "start": "2023-02-01"}
        assert finding(tmp_path, [("2025-12-31", 5)], period=three).status is Status.NOT_DUE
        assert finding(tmp_path, [("2026-01-31", 5)], period=three).status is Status.MISSED

    def test_a_period_of_years_may_begin_on_leap_day(self, tmp_path: Path):
        three = {"kind": "years", "years": 1, "start": "2024-02-29"}
        assert finding(tmp_path, [("2025-02-28", 5)], period=three).status is Status.MISSED

    def test_years_from_an_unstated_start_are_never_over(self, tmp_path: Path):
        found = finding(tmp_path, [("2026-05-31", 5)], period={"kind": "years", "years": 3})
        assert found.status is Status.NOT_DUE
        assert "从何日起算" in "".join(found.reasons)

    def test_progress_is_counted_from_the_year_s_start(self, tmp_path: Path):
        # from 40 to 70; 52 is 12/30 = 40%, half the year is gone: 10 points behind
        rows = [("2025-12-31", 40), ("2026-06-30", 52)]
        found = finding(tmp_path, rows, period=PACED | {"baseline": {"kind": "year_start"}})
        assert (found.status, found.pace.completion, found.pace.lead) == (Status.BEHIND, 40, -10)

    def test_without_the_year_s_start_there_is_no_pace(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2026-06-30", 52)], period=PACED | {"baseline": {"kind": "year_start"}}
        )
        assert found.pace is None
        assert found.status is Status.NOT_DUE
        assert "2025-12-31" in "".join(found.reasons)

    def test_falling_back_from_what_was_there_is_behind(self, tmp_path: Path):
        rows = [("2025-12-31", 75), ("2026-06-30", 65)]
        found = finding(tmp_path, rows, period=PACED | {"baseline": {"kind": "year_start"}})
        assert (found.status, found.pace) == (Status.BEHIND, None)

    def test_a_reduction_without_a_start_has_no_pace(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2026-06-30", 3)], metrics=[metric(direction="down")],
            test={"kind": "at_most", "values": [{"value": 2}]}, period=PACED,
        )
        assert (found.status, found.pace) == (Status.NOT_DUE, None)

    def test_a_reduction_counts_from_its_start(self, tmp_path: Path):
        # from 3 down to 2; at 2.4 it is 60% of the way, half the year is gone
        found = finding(
            tmp_path, [("2025-12-31", 3), ("2026-06-30", "2.4")],
            metrics=[metric(direction="down")],
            test={"kind": "at_most", "values": [{"value": 2}]},
            period=PACED | {"baseline": {"kind": "year_start"}},
        )
        assert (found.status, found.pace.lead) == (Status.ON_PACE, 10)


class TestNear:
    NEAR: ClassVar = {"decisions": [
        decision("1", {"kind": "near_band", "target": "demo.target.t", "within": 3})
    ]}

    @pytest.mark.parametrize(
        ("value", "status"), [("67", Status.NEAR), ("66.99", Status.MISSED), ("70", Status.MET)]
    )
    def test_near_is_what_lies_within_the_decided_band(self, tmp_path: Path, value, status):
        found = finding(tmp_path, [("2026-05-31", value)], more=self.NEAR)
        assert found.status is status

    def test_nothing_is_near_before_that_is_decided(self, tmp_path: Path):
        assert finding(tmp_path, [("2025-12-31", "69.9")], more=self.NEAR).status is Status.MISSED


class TestUndecided:
    OPEN: ClassVar = {"assumptions": [assumption()]}

    def test_an_open_assumption_leaves_a_provisional_status_beside_it(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2026-05-31", 71)], assumptions=["demo.assumption.a"], more=self.OPEN
        )
        assert (found.status, found.provisional) == (Status.UNDECIDED, Status.MET)
        assert found.judged is Status.MET
        assert found.open_assumptions == ("demo.assumption.a",)
        assert "暂按现行口径得“达标”" in "".join(found.reasons)

    def test_a_settled_one_is_still_in_the_trace(self, tmp_path: Path):
        settle = decision("1", {"kind": "settle", "assumption": "demo.assumption.a",
                                "answer": "全部。"})
        found = finding(
            tmp_path, [("2026-05-31", 71)], assumptions=["demo.assumption.a"],
            more=self.OPEN | {"decisions": [settle]},
        )
        assert (found.status, found.provisional) == (Status.MET, None)
        assert found.trace.assumptions == ("demo.assumption.a",)
        assert found.trace.decisions == ("demo.decision.1",)

    def test_a_question_of_reading_only_does_not_hold_up_the_judgement(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2026-05-31", 71)], assumptions=["demo.assumption.a"],
            more={"assumptions": [assumption(affects="reading")]},
        )
        assert found.status is Status.MET
        assert found.open_assumptions == ("demo.assumption.a",)

    def test_without_data_there_is_nothing_to_be_provisional_about(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2026-05-31", "other", 3)], metrics=[metric(), metric("other")],
            assumptions=["demo.assumption.a"], more=self.OPEN,
        )
        assert (found.status, found.provisional) == (Status.NO_DATA, None)


class TestNotJudged:
    def test_a_direction_is_told_as_a_trend_and_never_as_met(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2025-12-31", 40), ("2026-05-31", 52)],
            quantity={"kind": "trend", "baseline": {"kind": "year_start"}}, test={"kind": "up"},
        )
        assert found.status is Status.NOT_JUDGED
        assert found.ytd.change == 12
        assert found.ytd.heading is Heading.BETTER

    def test_an_indicator_is_followed_only(self, tmp_path: Path):
        found = finding(tmp_path, [("2026-05-31", 52)], test={"kind": "tracked"})
        assert (found.status, found.value) == (Status.NOT_JUDGED, 52)

    def test_a_criterion_cut_off_in_the_source_says_so(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2026-05-31", 52)], test={"kind": "unknown", "reason": "只印到“不高于”"}
        )
        assert found.status is Status.NOT_JUDGED
        assert "只印到“不高于”" in "".join(found.reasons)

    def test_what_nobody_can_measure_says_why(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2026-05-31", "other", 3)],
            metrics=[metric(measure={"kind": "not_measured", "reason": "没有口径"}),
                     metric("other")],
        )
        assert found.status is Status.NOT_JUDGED
        assert "没有口径" in "".join(found.reasons)

    def test_more_than_what_the_source_does_not_say_is_not_judged(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2025-12-31", 40), ("2026-05-31", 52)],
            quantity={"kind": "change", "baseline": {"kind": "unstated"}}, test=at_least(5),
        )
        assert found.status is Status.NOT_JUDGED
        assert "哪一期" in "".join(found.reasons)


class TestChangeAndGrowth:
    def test_five_to_ten_points_more_than_at_the_year_s_start(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2025-12-31", 40), ("2026-05-31", "47.5")],
            quantity={"kind": "change", "baseline": {"kind": "year_start"}},
            test={"kind": "within", "values": [{"low": 5, "high": 10}]},
        )
        assert (found.status, found.value) == (Status.MET, Fraction("7.5"))

    def test_growth_is_exact(self, tmp_path: Path):
        # (110 − 100) ÷ 100 = 10%
        found = finding(
            tmp_path, [("2025-05-31", 100), ("2026-05-31", 110)],
            metrics=[metric(unit={"kind": "count", "of": "户"})],
            quantity={"kind": "growth", "baseline": {"kind": "same_period_last_year"}},
            test=at_least(10),
        )
        assert (found.status, found.value) == (Status.MET, 10)

    @pytest.mark.parametrize(
        ("base", "word"), [(None, "没有基期"), (0, "基期为 0"), (-5, "基期为负数")]
    )
    def test_growth_from_nothing_is_not_computable_and_never_zero(self, tmp_path, base, word):
        rows = [("2026-05-31", 10)] + ([("2025-05-31", base)] if base is not None else [])
        found = finding(
            tmp_path, rows,
            metrics=[metric(unit={"kind": "count", "of": "户", "may_be_negative": True})],
            quantity={"kind": "growth", "baseline": {"kind": "same_period_last_year"}},
            test=at_least(10),
        )
        assert (found.status, found.value) == (Status.NO_DATA, None)
        assert word in "".join(found.reasons)

    def test_the_same_month_last_year_is_the_base_whatever_its_last_day(self, tmp_path: Path):
        found = finding(tmp_path, [("2024-02-29", 50), ("2025-02-28", 52)])
        assert (found.yoy.base_date, found.yoy.change) == (date(2024, 2, 29), 2)
        assert found.yoy.growth is None  # a rate differs in points

    def test_amounts_also_tell_their_growth(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2025-12-31", 80), ("2026-04-30", 96), ("2026-05-31", 100)],
            metrics=[metric(unit={"kind": "count", "of": "户"})],
        )
        assert (found.ytd.change, found.ytd.growth) == (20, 25)
        assert found.mom.change == 4
        assert found.yoy is None


class TestReferences:
    def test_not_below_another_metric_s_growth(self, tmp_path: Path):
        # 12% against 10% of all loans
        rows = [("2025-12-31", "m", 100), ("2026-05-31", "m", 112),
                ("2025-12-31", "all", 1000), ("2026-05-31", "all", 1100)]
        count = {"unit": {"kind": "count", "of": "万元"}}
        found = finding(
            tmp_path, rows, metrics=[metric(**count), metric("all", **count)],
            quantity={"kind": "growth", "baseline": {"kind": "year_start"}},
            test={"kind": "not_below",
                  "reference": {"kind": "metric", "metric": "demo.metric.all"}},
        )
        assert (found.status, found.value, found.threshold) == (Status.MET, 12, 10)

    def test_not_below_its_own_past(self, tmp_path: Path):
        test = {"kind": "not_below",
                "reference": {"kind": "own_past", "baseline": {"kind": "same_period_last_year"}}}
        rows = [("2025-05-31", 50), ("2026-05-31", "49.9")]
        assert finding(tmp_path, rows, test=test).status is Status.MISSED
        assert finding(tmp_path, rows[1:], test=test).status is Status.NO_DATA

    def test_a_reference_with_a_pace_does_not_break(self, tmp_path: Path):
        test = {"kind": "not_below",
                "reference": {"kind": "own_past", "baseline": {"kind": "same_period_last_year"}}}
        rows = [("2025-05-31", 50), ("2025-12-31", 45), ("2026-05-31", 48)]
        found = finding(
            tmp_path, rows, test=test, period=PACED | {"baseline": {"kind": "year_start"}}
        )
        assert found.status in (Status.ON_PACE, Status.BEHIND)

    def test_a_tolerance_makes_a_hair_s_breadth_level(self, tmp_path: Path):
        criterion = {
            "quantity": {"kind": "level"}, "tolerance": "0.01",
            "test": {"kind": "not_below", "reference": {
                "kind": "own_past", "baseline": {"kind": "same_period_last_year"}}},
        }
        rows = [("2025-05-31", "50.00"), ("2026-05-31", "49.99")]
        assert finding(tmp_path, rows, criterion=criterion).status is Status.MET


class TestCombined:
    def both(self, second=None) -> dict:
        return {"all_of": [
            {"metric": "demo.metric.m", "quantity": {"kind": "level"}, "test": at_least(70)},
            {"metric": "demo.metric.n", "quantity": {"kind": "level"},
             "test": second or at_least(50)},
        ]}

    @pytest.mark.parametrize(
        ("m", "n", "status"),
        [
            (70, 50, Status.MET), (70, 49, Status.MISSED), (60, None, Status.MISSED),
            (70, None, Status.NO_DATA), (None, 49, Status.MISSED), (None, 50, Status.NO_DATA),
        ],
    )
    def test_a_part_without_data_leaves_it_open_unless_another_fails(
        self, tmp_path: Path, m, n, status
    ):
        rows = [("2026-05-31", "other", 1)]
        rows += [("2026-05-31", code, v) for code, v in (("m", m), ("n", n)) if v is not None]
        found = finding(
            tmp_path, rows, metrics=[metric(), metric("n"), metric("other")],
            criterion=self.both(), metric=None,
        )
        assert found.status is status
        assert found.value is None

    def test_a_part_the_source_leaves_unknown_is_not_missing_data(self, tmp_path: Path):
        rows = [("2026-05-31", "m", 70), ("2026-05-31", "n", 1)]
        found = finding(
            tmp_path, rows, metrics=[metric(), metric("n")], metric=None,
            criterion=self.both({"kind": "unknown", "reason": "印到此处"}),
        )
        assert found.status is Status.NOT_JUDGED


class TestRatiosOfMetrics:
    YI: ClassVar = {"unit": {"kind": "money", "unit": "亿元"}}
    WAN: ClassVar = {"unit": {"kind": "money", "unit": "万元"}}

    def test_three_to_one_whatever_the_units_are_written_in(self, tmp_path: Path):
        # 9亿 ÷ 30000万 = 3
        rows = [("2026-05-31", "m", 900_000_000), ("2026-05-31", "n", 300_000_000)]
        found = finding(
            tmp_path, rows, metrics=[metric(**self.YI), metric("n", **self.WAN)],
            quantity={"kind": "ratio", "over": "demo.metric.n"}, test=at_least(3),
        )
        assert (found.status, found.value) == (Status.MET, 3)

    def test_nothing_is_divided_by_nothing(self, tmp_path: Path):
        rows = [("2026-05-31", "m", 900), ("2026-05-31", "n", 0)]
        found = finding(
            tmp_path, rows, metrics=[metric(**self.YI), metric("n", **self.WAN)],
            quantity={"kind": "ratio", "over": "demo.metric.n"}, test=at_least(3),
        )
        assert (found.status, found.value) == (Status.NO_DATA, None)
        assert "为 0" in "".join(found.reasons)

    def test_a_quotient_metric_keeps_the_scales_apart(self, tmp_path: Path):
        # 25亿元 of loans at 1000 households: 250万元 each
        quotient = metric(
            "m", **self.WAN,
            measure={"kind": "quotient", "numerator": "demo.metric.loans",
                     "denominator": "demo.metric.homes"},
        )
        rows = [("2026-05-31", "loans", 2_500_000_000), ("2026-05-31", "homes", 1000)]
        found = finding(
            tmp_path, rows, test=at_least(200),
            metrics=[quotient, metric("loans", **self.YI),
                     metric("homes", unit={"kind": "count", "of": "户"})],
        )
        assert (found.status, found.value) == (Status.MET, 250)

"""序时进度: how far along a target should be, and is."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.assessment.pace import baseline_day, elapsed_share, month_end, pace_reading
from targets.schema.criteria import PreviousPeriod, SamePeriodLastYear, YearStart
from targets.schema.targets import CurvePace, DaysPace, MonthsPace, PeriodSpan

MONTHS, DAYS = MonthsPace(kind="months"), DaysPace(kind="days")
YEAR = PeriodSpan(kind="span", start=date(2018, 1, 1), end=date(2018, 12, 31), pace=MONTHS)
CURVE = CurvePace.model_validate({
    "kind": "curve",
    "points": [{"on": "2018-03-31", "share": 40}, {"on": "2018-06-30", "share": 60},
               {"on": "2018-12-31", "share": 100}],
})


def pace(value, day, threshold=100, base=0, period=YEAR):
    return pace_reading(
        period, day, Fraction(str(value)), Fraction(threshold),
        Fraction(str(base)),
    )


class TestMonths:
    def test_the_published_example_is_3_9_points_ahead(self):
        # end of May: 5/12 = 41.67%; 45.6 − 41.67 = 3.93 (by days it would be 151/365 = 41.37)
        found = pace("45.6", date(2018, 5, 31))
        assert found.elapsed == Fraction(500, 12)
        assert found.elapsed != Fraction(100 * 151, 365)
        assert found.lead == Fraction("45.6") - Fraction(500, 12)
        assert round(float(found.lead), 1) == 3.9

    def test_a_month_counts_when_it_is_over(self):
        assert elapsed_share(YEAR, MONTHS, date(2018, 5, 30)) == Fraction(400, 12)
        assert elapsed_share(YEAR, MONTHS, date(2018, 5, 31)) == Fraction(500, 12)
        assert elapsed_share(YEAR, MONTHS, date(2018, 1, 1)) == 0

    def test_february_ends_on_its_own_last_day(self):
        leap = PeriodSpan(kind="span", start=date(2024, 1, 1), end=date(2024, 12, 31), pace=MONTHS)
        assert elapsed_share(leap, MONTHS, date(2024, 2, 28)) == Fraction(100, 12)
        assert elapsed_share(leap, MONTHS, date(2024, 2, 29)) == Fraction(200, 12)
        assert elapsed_share(YEAR, MONTHS, date(2018, 2, 28)) == Fraction(200, 12)

    def test_a_period_across_years(self):
        three = PeriodSpan(kind="span", start=date(2018, 1, 1), end=date(2020, 12, 31), pace=MONTHS)
        assert elapsed_share(three, MONTHS, date(2019, 6, 30)) == 50


class TestDaysAndCurves:
    def test_days_count_the_day_itself(self):
        assert elapsed_share(YEAR, DAYS, date(2018, 5, 31)) == Fraction(100 * 151, 365)

    def test_a_curve_is_straight_between_its_points(self):
        # 31 March → 30 June are 91 days from 40% to 60%; 45 days after: 40 + 20×45/91
        assert elapsed_share(YEAR, CURVE, date(2018, 3, 31)) == 40
        assert elapsed_share(YEAR, CURVE, date(2018, 5, 15)) == 40 + Fraction(20 * 45, 91)

    def test_before_it_starts_nothing_has_passed_and_after_its_end_all(self):
        for kind in (MONTHS, DAYS, CURVE):
            assert elapsed_share(YEAR, kind, date(2017, 12, 31)) == 0
            assert elapsed_share(YEAR, kind, date(2018, 12, 31)) == 100
            assert elapsed_share(YEAR, kind, date(2019, 6, 30)) == 100

    @given(
        st.sampled_from([MONTHS, DAYS, CURVE]),
        st.integers(-40, 420),
        st.integers(0, 60),
    )
    def test_time_never_runs_backwards_and_stays_within_its_bounds(self, kind, first, later):
        day = YEAR.start + timedelta(days=first)
        now, then = (elapsed_share(YEAR, kind, d) for d in (day, day + timedelta(days=later)))
        assert 0 <= now <= then <= 100


class TestReading:
    def test_the_two_usages_are_kept_apart(self):
        # completed 30% when 41.67% has passed: 11.67 points behind; 序时完成率 30 ÷ 41.67 = 72%
        found = pace(30, date(2018, 5, 31))
        assert found.lead == 30 - Fraction(500, 12)
        assert found.ratio == 72

    def test_progress_from_a_baseline(self):
        # from 40 to 70; at 52 it is (52 − 40) ÷ 30 = 40%
        found = pace(52, date(2018, 6, 30), threshold=70, base=40)
        assert found.completion == 40
        assert found.lead == -10

    def test_a_reduction_counts_downwards(self):
        # from 3.0 to 2.0; at 2.4 it is (2.4 − 3.0) ÷ (2.0 − 3.0) = 60%
        found = pace("2.4", date(2018, 6, 30), threshold=2, base=3)
        assert found.completion == 60

    def test_what_is_still_needed_a_month(self):
        # 70 − 52 = 18 in the 6 months left: 3 a month; so far 12 in 6 months: 2 a month
        found = pace(52, date(2018, 6, 30), threshold=70, base=40)
        assert found.required_per_month == 3
        assert found.recent_per_month == 2

    def test_nothing_more_is_needed_once_it_is_reached(self):
        assert pace(75, date(2018, 6, 30), threshold=70, base=40).required_per_month == 0

    def test_half_a_month_still_belongs_to_what_is_left(self):
        # on 15 June five months have passed and seven are left: 18 ÷ 7
        found = pace(52, date(2018, 6, 15), threshold=70, base=40)
        assert found.required_per_month == Fraction(18, 7)

    def test_there_is_none_before_the_period_or_without_a_way_to_go(self):
        assert pace(10, date(2017, 12, 31)) is None
        assert pace(70, date(2018, 6, 30), threshold=70, base=70) is None


class TestBaselines:
    @pytest.mark.parametrize(
        ("baseline", "day", "expected"),
        [
            (YearStart(kind="year_start"), date(2026, 9, 30), date(2025, 12, 31)),
            (SamePeriodLastYear(kind="same_period_last_year"), date(2025, 2, 28),
             date(2024, 2, 29)),
            (SamePeriodLastYear(kind="same_period_last_year"), date(2024, 2, 29),
             date(2023, 2, 28)),
            (PreviousPeriod(kind="previous_period"), date(2026, 3, 31), date(2026, 2, 28)),
            (PreviousPeriod(kind="previous_period", months=3), date(2026, 1, 31),
             date(2025, 10, 31)),
        ],
    )
    def test_they_look_at_month_ends(self, baseline, day, expected):
        assert baseline_day(baseline, day) == expected

    def test_months_outside_the_year_roll_over(self):
        assert month_end(2026, 0) == date(2025, 12, 31)
        assert month_end(2026, 13) == date(2027, 1, 31)
        assert month_end(2026, -11) == date(2025, 1, 31)

"""序时进度: how far along a target should be, and is."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.assessment.pace import baseline_day, elapsed_share, pace_reading
from targets.calendar.workdays import Workdays
from targets.periods import month_end
from targets.schema.criteria import PreviousPeriod, SamePeriodLastYear, YearStart
from targets.schema.targets import CurvePace, DaysPace, MonthsPace, PeriodSpan

MONTHS, DAYS = MonthsPace(kind="months"), DaysPace(kind="days")
YEAR = PeriodSpan(kind="span", start=date(2018, 1, 1), end=date(2018, 12, 31), pace=MONTHS)
CURVE = CurvePace.model_validate({
    "kind": "curve",
    "points": [{"by": "2018-03-31", "share": 40}, {"by": "2018-06-30", "share": 60},
               {"by": "2018-12-31", "share": 100}],
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

    @pytest.mark.parametrize(
        ("value", "threshold", "base", "enough"),
        [(60, 100, 0, True), (40, 100, 0, False), (-10, 100, 0, False),
         ("2.4", 2, 3, True), ("2.8", 2, 3, False), ("3.2", 2, 3, False)],
    )
    def test_going_on_as_before_is_enough_or_not_up_and_down(self, value, threshold, base, enough):
        found = pace(value, date(2018, 6, 30), threshold, base)
        assert found.keeps_up is enough

    def test_nothing_more_is_needed_once_it_is_reached(self):
        assert pace(75, date(2018, 6, 30), threshold=70, base=40).required_per_month == 0

    def test_half_a_month_still_belongs_to_what_is_left(self):
        # on 15 June five months have passed and seven are left: 18 ÷ 7
        found = pace(52, date(2018, 6, 15), threshold=70, base=40)
        assert found.required_per_month == Fraction(18, 7)

    def test_what_is_still_needed_a_working_day(self):
        # 39 of 100 are missing, and June 2026 has 21 working days (the 19th is off)
        quarter = PeriodSpan(kind="span", start=date(2026, 4, 1), end=date(2026, 6, 30), pace=DAYS)
        found = pace_reading(
            quarter, date(2026, 5, 31), Fraction(61), Fraction(100), Fraction(0), Workdays().count
        )
        assert found.required_per_workday == Fraction(39, 21)
        assert pace(61, date(2018, 5, 31)).required_per_workday is None

    def test_nothing_is_asked_of_days_when_none_is_left(self):
        quarter = PeriodSpan(kind="span", start=date(2026, 4, 1), end=date(2026, 5, 31), pace=DAYS)
        found = pace_reading(
            quarter, date(2026, 5, 30), Fraction(61), Fraction(100), Fraction(0), Workdays().count
        )
        assert found.required_per_workday is None  # the 31st is a Sunday

    @given(st.integers(1, 360), st.integers(-100, 400), st.integers(1, 300), st.integers(-200, 0))
    def test_a_reduction_is_a_rise_upside_down(self, days, value, threshold, base):
        day = YEAR.start + timedelta(days=days)
        up = pace_reading(YEAR, day, Fraction(value), Fraction(threshold), Fraction(base))
        down = pace_reading(YEAR, day, Fraction(-value), Fraction(-threshold), Fraction(-base))
        assert (up.completion, up.lead, up.ratio) == (down.completion, down.lead, down.ratio)
        if up.required_per_month is not None:
            assert up.required_per_month == -down.required_per_month

    @given(st.integers(1, 360), st.integers(0, 99))
    def test_going_on_as_required_arrives_on_time(self, days, value):
        day = YEAR.start + timedelta(days=days)
        found = pace_reading(YEAR, day, Fraction(value), Fraction(100), Fraction(0))
        if found.required_per_month is not None:
            left = 12 - (day.month - (day != month_end(day.year, day.month)))
            assert value + found.required_per_month * left == 100

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
    def test_a_month_end_looks_at_month_ends(self, baseline, day, expected):
        assert baseline_day(baseline, day) == expected

    def test_any_other_day_looks_at_the_same_day(self):
        last_year = SamePeriodLastYear(kind="same_period_last_year")
        before = PreviousPeriod(kind="previous_period")
        assert baseline_day(last_year, date(2026, 5, 15)) == date(2025, 5, 15)
        assert baseline_day(before, date(2026, 3, 30)) == date(2026, 2, 28)

    def test_months_outside_the_year_roll_over(self):
        assert month_end(2026, 0) == date(2025, 12, 31)
        assert month_end(2026, 13) == date(2027, 1, 31)
        assert month_end(2026, -11) == date(2025, 1, 31)

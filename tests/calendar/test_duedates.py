"""Deadlines and days off: due dates against those that were officially published."""

from datetime import date

import pytest

from targets.calendar.duedates import days_lost, moved, nominal_due, opens_on, reported_period
from targets.calendar.workdays import Workdays
from targets.periods import period_of
from targets.schema.duties import Duty
from targets.schema.measures import ActorPeriod
from tests.calendar.duties import by_day, duty

STATE = Workdays()

# Last days of monthly tax filing, month by month, by the State Taxation Administration's notices
# 税总办函〔2020〕242号 (2021), 税总办征科函〔2021〕201号 (2022) and 〔2022〕245号 (2023).
OFFICIAL = {
    2021: (20, 23, 15, 20, 21, 18, 15, 16, 15, 26, 15, 15),
    2022: (19, 23, 15, 20, 19, 20, 15, 15, 20, 25, 15, 15),
    2023: (16, 15, 15, 17, 18, 15, 17, 15, 15, 23, 15, 15),
}
# Months in which no days off were given back: rolling forward alone reaches the official day.
ROLLED = {
    2021: (3, 7, 8, 9, 11, 12),
    2022: (3, 7, 8, 11, 12),
    2023: (1, 2, 3, 4, 6, 7, 8, 9, 11, 12),
}


def due(duty: Duty, day: date) -> date:
    """The due date for the period that `day` falls in."""
    period = period_of(duty.recurrence.every, day)
    nominal = nominal_due(duty, period, STATE)
    return moved(duty.rest_day, nominal, opens_on(duty, period), STATE)


def month_before(year: int, month: int) -> date:
    return date(year - (month == 1), (month - 2) % 12 + 1, 1)


class TestOfficialFilingDates:
    @pytest.mark.parametrize("year", OFFICIAL)
    def test_extension_gives_every_official_date(self, year):
        filing = by_day(15, rest_day="extend")
        for month, day in enumerate(OFFICIAL[year], start=1):
            assert due(filing, month_before(year, month)) == date(year, month, day)

    @pytest.mark.parametrize("year", OFFICIAL)
    def test_rolling_forward_gives_those_of_months_without_a_long_holiday(self, year):
        filing = by_day(15, rest_day="next")
        for month in ROLLED[year]:
            day = OFFICIAL[year][month - 1]
            assert due(filing, month_before(year, month)) == date(year, month, day)

    def test_every_other_month_lost_days_to_a_long_holiday(self):
        for year, days in OFFICIAL.items():
            for month, day in enumerate(days, start=1):
                lost = days_lost(STATE, date(year, month, 1), date(year, month, 15))
                assert (lost > 0) == (month not in ROLLED[year])
                assert not lost or date(year, month, day) > date(year, month, 15)

    def test_a_holiday_cut_by_the_month_counts_only_from_its_first_day(self):
        # 31 December 2022 to 2 January 2023 was one run: two of its days lie in January
        assert days_lost(STATE, date(2023, 1, 1), date(2023, 1, 15)) == 0
        assert days_lost(STATE, date(2022, 12, 31), date(2023, 1, 15)) == 3


class TestRestDays:
    # 10 October 2021 was a Sunday; the 9th was worked to make up for National Day
    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ("stay", date(2021, 10, 10)),
            ("unknown", date(2021, 10, 10)),
            ("next", date(2021, 10, 11)),
            ("previous", date(2021, 10, 9)),
            ("extend", date(2021, 10, 19)),  # seven days lost, 1 to 7 October
        ],
    )
    def test_each_policy_moves_the_date_its_own_way(self, policy, expected):
        report = by_day(10, "quarter", rest_day=policy)
        assert due(report, date(2021, 7, 1)) == expected

    def test_a_make_up_saturday_is_no_day_off(self):
        # Saturday 8 October 2022 was worked
        report = by_day(8, rest_day="next")
        assert due(report, date(2022, 9, 1)) == date(2022, 10, 8)


class TestDeadlines:
    @pytest.mark.parametrize(
        ("terms", "day", "expected"),
        [
            ({"kind": "following_day", "day": 10, "inclusion": "included"}, "2024-03-31",
             "2024-04-10"),
            ({"kind": "following_day", "day": 10, "inclusion": "unsaid"}, "2024-03-31",
             "2024-04-10"),
            ({"kind": "following_day", "day": 10, "inclusion": "excluded"}, "2024-03-31",
             "2024-04-09"),
            ({"kind": "following_day", "day": 1, "inclusion": "excluded"}, "2024-02-05",
             "2024-02-29"),
            ({"kind": "days_after", "days": 6, "working": False}, "2022-01-31", "2022-02-06"),
            # the Spring Festival of 2022: working again from 7 February
            ({"kind": "days_after", "days": 3, "working": True}, "2022-01-31", "2022-02-09"),
            ({"kind": "day_of_period", "day": 25, "inclusion": "included"}, "2024-02-01",
             "2024-02-25"),
            ({"kind": "period_end"}, "2024-02-01", "2024-02-29"),
            ({"kind": "unstated"}, "2024-02-01", "2024-02-29"),
        ],
    )
    def test_of_a_monthly_duty(self, terms, day, expected):
        assert due(duty(deadline=terms), date.fromisoformat(day)) == date.fromisoformat(expected)

    @pytest.mark.parametrize(
        ("every", "last", "label"),
        [
            ("day", "2024-02-21", "2024年2月21日"),
            ("week", "2024-02-25", "2024年第8周"),
            ("ten_days", "2024-02-29", "2024年2月下旬"),
            ("month", "2024-02-29", "2024年2月"),
            ("quarter", "2024-03-31", "2024年第1季度"),
            ("half_year", "2024-06-30", "2024年上半年"),
            ("year", "2024-12-31", "2024年"),
        ],
    )
    def test_every_kind_of_period_ends_where_people_expect(self, every, last, label):
        period = period_of(ActorPeriod(every), date(2024, 2, 21))
        assert period.last == date.fromisoformat(last)
        assert period.label == label


class TestPeriodReportedOn:
    def period(self, reports_on: str, **deadline) -> str | None:
        report = duty(
            recurrence={"kind": "fixed", "every": "quarter"},
            reports_on=reports_on,
            deadline=deadline,
        )
        period = period_of(ActorPeriod.QUARTER, date(2026, 4, 1))
        told = reported_period(report, period, nominal_due(report, period, STATE), STATE)
        return told.label if told else None

    def test_after_the_period_it_is_the_one_that_ended_unless_the_current_is_meant(self):
        after = {"kind": "following_day", "day": 10, "inclusion": "included"}
        assert self.period("previous", **after) == "2026年第2季度"
        assert self.period("unsaid", **after) == "2026年第2季度"
        assert self.period("current", **after) == "2026年第3季度"
        assert self.period("not_a_report", **after) is None

    def test_within_the_period_it_is_the_one_before_unless_the_current_is_meant(self):
        within = {"kind": "day_of_period", "day": 10, "inclusion": "included"}
        assert self.period("previous", **within) == "2026年第1季度"
        assert self.period("unsaid", **within) == "2026年第1季度"
        assert self.period("current", **within) == "2026年第2季度"

    def test_at_the_end_of_the_period_an_unsaid_one_is_the_period_itself(self):
        assert self.period("unsaid", kind="period_end") == "2026年第2季度"
        assert self.period("previous", kind="period_end") == "2026年第1季度"

"""Working days: what the State Council announced, make-up days, and the bank's own."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.calendar.workdays import Workdays
from targets.catalog.load import inspect
from targets.problems import Code

STATE = Workdays()
days = st.dates(date(2004, 1, 1), date(2032, 12, 31))


class TestAnnounced:
    """State Council notices 国办发明电〔2022〕16号 (2023) and 〔2023〕7号 (2024)."""

    @pytest.mark.parametrize(
        ("day", "worked"),
        [
            ("2023-01-28", True),  # Saturday made up for the Spring Festival
            ("2023-01-27", False),  # Friday of the Spring Festival
            ("2023-04-23", True),  # Sunday made up for Labour Day
            ("2023-10-06", False),
            ("2023-10-07", True),  # Saturday after National Day
            ("2024-02-09", True),  # New Year's Eve was worked in 2024
            ("2024-02-18", True),
            ("2024-03-02", False),  # an ordinary Saturday
            ("2024-03-04", True),
        ],
    )
    def test_days_off_and_make_up_days_are_known(self, day, worked):
        assert STATE.is_workday(date.fromisoformat(day)) is worked

    def test_a_holiday_has_its_name_and_a_mere_weekend_has_none(self):
        assert STATE.holiday(date(2023, 10, 1)) == "国庆节"
        assert STATE.holiday(date(2024, 3, 2)) is None

    def test_a_year_not_announced_goes_by_weekends_and_says_so(self):
        assert not STATE.announced(2031)
        assert STATE.is_workday(date(2031, 10, 1))  # a Wednesday
        assert not STATE.is_workday(date(2031, 10, 4))


class TestCounting:
    def test_october_2023_has_nineteen_working_days(self):
        # 22 weekdays; the 2nd to the 6th were off, the 7th and 8th made up for it
        assert STATE.count(date(2023, 10, 1), date(2023, 10, 31)) == 19

    def test_both_ends_count_and_an_empty_span_is_zero(self):
        assert STATE.count(date(2024, 3, 4), date(2024, 3, 4)) == 1
        assert STATE.count(date(2024, 3, 5), date(2024, 3, 4)) == 0

    def test_next_previous_and_add_step_over_holidays(self):
        assert STATE.next(date(2023, 9, 29)) == date(2023, 10, 7)
        assert STATE.previous(date(2023, 10, 6)) == date(2023, 9, 28)
        assert STATE.add(date(2023, 9, 28), 1) == date(2023, 10, 7)
        assert STATE.add(date(2023, 10, 7), -1) == date(2023, 9, 28)
        assert STATE.add(date(2023, 10, 1), 0) == date(2023, 10, 1)

    @given(days, st.integers(1, 60))
    def test_adding_n_working_days_passes_exactly_n(self, day, n):
        reached = STATE.add(day, n)
        assert STATE.is_workday(reached)
        assert STATE.count(day + timedelta(days=1), reached) == n

    @given(st.tuples(days, days, days))
    def test_counts_of_adjoining_spans_add_up(self, three):
        a, b, c = sorted(three)
        after = b + timedelta(days=1)
        assert STATE.count(a, c) == STATE.count(a, b) + STATE.count(after, c)


class TestTheBanksOwnDays:
    def test_they_override_the_kept_calendar(self):
        own = Workdays(off={date(2024, 3, 4): "行庆"}, work=[date(2024, 3, 2)])
        assert not own.is_workday(date(2024, 3, 4))
        assert own.holiday(date(2024, 3, 4)) == "行庆"
        assert own.is_workday(date(2024, 3, 2))

    def test_a_year_can_be_announced_by_the_bank(self):
        own = Workdays(off={date(2031, 10, 1): "国庆节"}, announced=[2031])
        assert own.announced(2031)
        assert not own.is_workday(date(2031, 10, 1))

    def test_the_definitions_carry_them(self, catalog):
        workdays = Workdays.of(catalog)
        assert workdays.is_workday(date(2028, 12, 31))  # a Sunday, worked at the sample bank
        assert not STATE.is_workday(date(2028, 12, 31))


NOTICE = """
workday_notices:
  - id: bank.workday_notice.own
    name: 本行安排
    source: 通知
"""


class TestBadNotices:
    @pytest.mark.parametrize(
        ("body", "code", "found"),
        [
            ("", Code.INCONSISTENT, "至少要写一项"),
            ("    off: [{first: 2024-03-05, last: 2024-03-04, name: 行庆}]", Code.SPAN_REVERSED,
             "早于第一天"),
            ("    off: [{first: 2024-03-05, last: 2034-03-06, name: 行庆}]", Code.INCONSISTENT,
             "请核对年份"),
            ("    off: [{first: 2024-03-04, name: 行庆}]\n    work: [2024-03-04]",
             Code.DAYS_OFF_CONFLICT, "既写放假又写上班"),
            ("    work: [2024-02-30]", Code.WRONG_TYPE, "2024-02-30"),
        ],
    )
    def test_are_definition_errors(self, tmp_path, body, code, found):
        (tmp_path / "days.yaml").write_text(NOTICE + body + "\n", encoding="utf-8")
        _, problems = inspect(tmp_path)
        assert [p.code for p in problems] == [code]
        assert found in str(problems[0])
        assert problems[0].file == "days.yaml"

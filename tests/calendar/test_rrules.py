"""Recurrences for other calendars: dateutil expands them to the very same dates."""

from datetime import date, datetime

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings

from targets.calendar.occurrences import Calendar
from targets.calendar.rrules import rrule
from targets.catalog import Catalog
from targets.schema.duties import Duty
from tests.calendar.duties import by_day, duty
from tests.calendar.test_occurrences import duties

START, END = datetime(2019, 3, 1), datetime(2026, 3, 1)


def expanded(text: str) -> list[date]:
    # the start decides nothing: every rule states its days and months
    rule = rrulestr(text, dtstart=datetime(2015, 1, 1))
    return [at.date() for at in rule.between(START, END, inc=True) if at < END]


def ours(one: Duty, catalog: Catalog | None = None) -> list[date]:
    calendar = Calendar(catalog or Catalog({}, {}, None), duties=[one])
    return [o.due for o in calendar.of_duty(one, START.date(), END.date())]


class TestRrules:
    @pytest.mark.parametrize(
        ("one", "text"),
        [
            (by_day(10, "quarter"), "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"),
            (by_day(10, "quarter", "unsaid"), "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"),
            (by_day(10, "month", "excluded"), "FREQ=MONTHLY;BYMONTHDAY=9"),
            (by_day(31, "year"), "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31"),
            (
                duty(recurrence={"kind": "fixed", "every": "ten_days"}),
                "FREQ=MONTHLY;BYMONTHDAY=10,20,-1",
            ),
            (
                duty(
                    recurrence={"kind": "fixed", "every": "week"},
                    deadline={"kind": "day_of_period", "day": 5, "inclusion": "included"},
                ),
                "FREQ=WEEKLY;BYDAY=FR",
            ),
        ],
    )
    def test_the_rule_is_as_short_as_people_say_it(self, one, text):
        assert rrule(one).text == text
        assert expanded(text) == ours(one)

    @pytest.mark.parametrize(
        ("one", "why"),
        [
            (by_day(10, rest_day="next"), "放假安排"),
            (duty(recurrence={"kind": "fixed", "every": "workday"}), "调休"),
            (duty(recurrence={"kind": "quota", "times": 2, "per": "quarter"}), "一期几次"),
            (duty(recurrence={"kind": "chosen_days", "days": 2, "per": "half_year"}), "自己选定"),
            (duty(recurrence={"kind": "vague", "word": "经常"}), "经常"),
            (duty(recurrence={"kind": "once", "by": "2026-06-30"}), "只有一次"),
            (duty(deadline={"kind": "days_after", "days": 3, "working": True}), "工作日"),
            (duty(deadline={"kind": "days_after", "days": 45, "working": False}), "45 天"),
        ],
    )
    def test_what_no_rule_can_say_has_a_reason(self, one, why):
        assert rrule(one).text is None
        assert why in rrule(one).reason

    def test_every_shipped_rule_gives_the_calendars_dates(self, catalog):
        seen = set()
        for one in catalog.all(Duty):
            text = rrule(one).text
            if text and text not in seen and not one.id.endswith("peak_marketing"):
                seen.add(text)
                assert expanded(text) == ours(one, catalog)
        assert len(seen) == 7

    @settings(max_examples=60, deadline=None)
    @given(duties)
    def test_a_rule_of_any_duty_gives_the_calendars_dates(self, one):
        told = rrule(one)
        assert (told.text is None) != (told.reason is None)
        if told.text:
            assert expanded(told.text) == ours(one)

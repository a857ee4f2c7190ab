"""Recurring events: what falls due by the day or the week, told once a year and exactly."""

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.calendar.feeds import Feeds
from targets.calendar.ledger import Ledger
from targets.calendar.occurrences import Calendar
from targets.calendar.series import FEW
from targets.calendar.workdays import Workdays
from targets.schema.measures import ActorPeriod
from tests.calendar.duties import BRANCHES, duty, record
from tests.demo import assumption, catalogue, decision

YEAR = date(2026, 1, 1), date(2027, 1, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
VISIT, DAILY, WEEKLY = "demo.duty.visit", "demo.duty.daily", "demo.duty.weekly"


def every(name: str, rhythm: str, **terms):
    return duty(name, recurrence={"kind": "fixed", "every": rhythm}, **terms)


def demo(folder, *duties, **more):
    return catalogue(
        folder, unit_groups=[BRANCHES], assumptions=[assumption(affects="calendar")],
        duties=[record(one) for one in duties], **more,
    )


def feed_of(catalog, ledger=None, window=YEAR, **given) -> bytes:
    feeds = Feeds(Calendar(catalog, **given), ledger or Ledger({}))
    return feeds.of_duties("全部", lambda _: True, *window)


def expanded(feed: bytes) -> Counter:
    """How often each day is asked for, as vobject and dateutil expand the feed."""
    days: Counter = Counter()
    off: Counter = Counter()
    for event in vobject.readOne(feed.decode()).contents.get("vevent", ()):
        cancelled = event.status.value == "CANCELLED"
        if "rrule" in event.contents:
            found = [] if cancelled else [d.date() for d in event.getrruleset()]
            days.update(found)
            continue
        at = event.dtstart.value
        at = at.astimezone(SHANGHAI).date() if isinstance(at, datetime) else at
        if "recurrence-id" in event.contents:
            off[at] += 1
        elif not cancelled:
            days[at] += 1
    assert not off - days, "only a day of the series can be called off"
    return days - off


def masters(feed: bytes) -> dict[str, icalendar.Event]:
    events = icalendar.Calendar.from_ical(feed).walk("VEVENT")
    return {str(e["UID"]): e for e in events if "RRULE" in e}


class TestExactness:
    @pytest.mark.parametrize(
        ("rhythm", "rule"),
        [
            ("day", "FREQ=DAILY;UNTIL=20261231"),
            ("workday", "FREQ=WEEKLY;UNTIL=20261231;BYDAY=MO,TU,WE,TH,FR"),
            ("week", "FREQ=WEEKLY;UNTIL=20261227;BYDAY=SU"),
        ],
    )
    def test_a_rhythm_becomes_one_rule_a_year(self, tmp_path, rhythm, rule):
        catalog = demo(tmp_path, every("visit", rhythm))
        (event,) = masters(feed_of(catalog)).values()
        assert event["UID"] == f"{VISIT}.2026.{rhythm}@zhixing"
        assert event["RRULE"].to_ical().decode() == rule

    def test_days_off_are_left_out_and_make_up_days_added(self, tmp_path):
        """The State Council's 2026: 1 to 7 October off; Saturday 10 October is worked."""
        feed = feed_of(demo(tmp_path, every("visit", "workday")))
        (event,) = masters(feed).values()
        left_out = {d.dt for d in event["EXDATE"].dts}
        assert {date(2026, 10, n) for n in (1, 2, 5, 6, 7)} <= left_out
        assert date(2026, 10, 10) in {d.dt for d in event["RDATE"].dts}
        # Sunday 4 January is worked before the rule begins on Monday
        assert f"{VISIT}.20260104@zhixing".encode() in feed

    @settings(max_examples=15, deadline=None)
    @given(
        rhythm=st.sampled_from(["day", "workday", "week"]),
        off=st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=12),
        work=st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=12),
        policy=st.sampled_from(["stay", "next", "previous"]),
        start=st.dates(date(2026, 1, 1), date(2027, 12, 1)),
        length=st.integers(1, 60),
    )
    def test_expanded_by_others_it_is_the_list_of_due_dates(
        self, shared, rhythm, off, work, policy, start, length
    ):
        """Within the window; the rest of the years it touches comes with it."""
        workdays = Workdays(off=dict.fromkeys(off - work, "行庆"), work=work)
        terms = shared.all(type(duty()))[0].model_copy(update={
            "recurrence": duty(recurrence={"kind": "fixed", "every": rhythm}).recurrence,
            "rest_day": duty(rest_day=policy).rest_day,
            "deadline": duty(deadline={"kind": "period_end"}).deadline,
        })
        end = start + timedelta(days=length)
        calendar = Calendar(shared, workdays=workdays, duties=[terms])
        feed = Feeds(calendar, Ledger({})).of_duties("全部", lambda _: True, start, end)
        wanted = Counter(o.due for o in calendar.of_duty(terms, start, end))
        told = Counter({d: n for d, n in expanded(feed).items() if start <= d < end})
        assert told == wanted

    def test_hours_are_those_of_shanghai(self, tmp_path):
        feed = feed_of(demo(tmp_path, every("visit", "workday", at_time="08:30")))
        (event,) = masters(feed).values()
        assert event["DTSTART"].dt == datetime(2026, 1, 5, 8, 30, tzinfo=SHANGHAI)
        # half past eight in Shanghai is half past midnight in UTC
        assert event["RRULE"]["UNTIL"] == [datetime(2026, 12, 31, 0, 30, tzinfo=ZoneInfo("UTC"))]
        assert b"EXDATE;TZID=Asia/Shanghai:" in feed

    def test_few_dates_and_dates_that_fall_together_stay_single(self, tmp_path):
        """On rest days a daily duty moves to Monday: three of them on one day."""
        feed = feed_of(demo(tmp_path, every("visit", "day", rest_day="next",
                                            deadline={"kind": "period_end"})))
        assert masters(feed) == {}
        assert expanded(feed)[date(2026, 3, 9)] == 3

    def test_a_month_and_more_stay_single_events_that_name_their_period(self, tmp_path):
        feed = feed_of(demo(tmp_path, every("visit", "ten_days", reports_on="previous")))
        assert masters(feed) == {}
        events = icalendar.Calendar.from_ical(feed).walk("VEVENT")
        assert "2026年3月上旬" in events[7]["SUMMARY"]  # due on 20 March


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return demo(tmp_path_factory.mktemp("bank"), every("visit", "day"))


class TestTheSameEverywhere:
    def test_whatever_part_of_the_year_is_asked_for(self, tmp_path):
        catalog = demo(tmp_path, every("visit", "workday"))
        spring = feed_of(catalog, window=(date(2026, 4, 1), date(2026, 5, 1)))
        (short,), (whole,) = masters(spring).values(), masters(feed_of(catalog)).values()
        assert short.to_ical().replace(b"DTSTAMP:20260401", b"DTSTAMP:20260101").replace(
            b"LAST-MODIFIED:20260401", b"LAST-MODIFIED:20260101") == whole.to_ical()

    def test_a_year_with_nothing_due_in_the_window_is_not_told(self, tmp_path):
        catalog = demo(tmp_path, every("visit", "week"))
        feed = feed_of(catalog, window=(date(2026, 12, 28), date(2027, 1, 2)))
        assert masters(feed) == {}


class TestFollowingAChange:
    """Visits on every working day, recorded on 1 January. Then something changes."""

    @pytest.fixture
    def before(self, tmp_path):
        return demo(tmp_path / "before", every("visit", "workday"))

    @pytest.fixture
    def recorded(self, before):
        return Ledger({}).recorded_on(before, date(2026, 1, 1))

    def test_a_removed_duty_is_called_off_as_a_whole(self, tmp_path, recorded):
        after = demo(tmp_path / "after", every("other", "month"))
        feed = feed_of(after, recorded.recorded_on(after, date(2026, 2, 1)))
        (event,) = masters(feed).values()
        assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (
            f"{VISIT}.2026.workday@zhixing", "CANCELLED", 1
        )
        assert max(expanded(feed).values()) == 1  # the other's

    def test_another_rhythm_calls_off_the_old_and_begins_anew(self, tmp_path, recorded):
        after = demo(tmp_path / "after", every("visit", "week"))
        told = masters(feed_of(after, recorded.recorded_on(after, date(2026, 2, 1))))
        assert {uid.split(".")[-1]: str(e["STATUS"]) for uid, e in told.items()} == {
            "workday@zhixing": "CANCELLED", "week@zhixing": "CONFIRMED",
        }

    def test_what_is_withdrawn_from_a_day_on_ends_there_and_is_told_apart(self, tmp_path, recorded):
        change = {"kind": "duty", "duty": VISIT, "withdrawn": True}
        after = demo(tmp_path / "after", every("visit", "workday"),
                     decisions=[decision("1", change, effective="2026-05-06")])
        feed = feed_of(after, recorded.recorded_on(after, date(2026, 4, 1)))
        told = masters(feed)
        live, off = (told[f"{VISIT}.2026.workday{end}@zhixing"] for end in ("", ".off"))
        assert live["RRULE"]["UNTIL"] == [date(2026, 4, 30)]
        assert (live["STATUS"], live["SEQUENCE"]) == ("CONFIRMED", 1)
        assert (off["STATUS"], off["DTSTART"].dt) == ("CANCELLED", date(2026, 5, 6))
        assert max(expanded(feed)) == date(2026, 4, 30)

    def test_a_few_days_called_off_are_told_within_the_series(self, tmp_path, recorded):
        """Withdrawn from 6 to 8 May only."""
        change = {"kind": "duty", "duty": VISIT, "withdrawn": True}
        after = demo(
            tmp_path / "after", every("visit", "workday"),
            decisions=[decision("1", change, effective="2026-05-06", expires="2026-05-08")],
        )
        feed = feed_of(after, recorded.recorded_on(after, date(2026, 4, 1)))
        uid = f"{VISIT}.2026.workday@zhixing"
        assert set(masters(feed)) == {uid}
        off = [e for e in icalendar.Calendar.from_ical(feed).walk("VEVENT")
               if "RECURRENCE-ID" in e]
        assert [(e["UID"], e["RECURRENCE-ID"].dt, e["STATUS"], e["SEQUENCE"]) for e in off] == [
            (uid, date(2026, 5, n), "CANCELLED", 1) for n in (6, 7, 8)
        ]
        assert FEW > 3
        assert [d.day for d in sorted(expanded(feed)) if d.month == 5][:2] == [9, 11]

    def test_new_days_off_leave_days_out_and_are_a_new_version(self, tmp_path, recorded):
        after = demo(
            tmp_path / "after", every("visit", "workday"),
            workday_notices=[{
                "id": "demo.workday_notice.own", "name": "行庆", "source": "通知",
                "off": [{"first": "2026-03-10", "name": "行庆"}],
            }],
        )
        (event,) = masters(
            feed_of(after, recorded.recorded_on(after, date(2026, 2, 1)))
        ).values()
        assert date(2026, 3, 10) in {d.dt for d in event["EXDATE"].dts}
        assert event["SEQUENCE"] == 1


class TestShipped:
    def test_every_due_date_of_every_unit_is_told(self, calendar, catalog):
        ledger = Ledger({})
        feeds = Feeds(calendar, ledger)
        for code in ("0000", "0100", "0101"):
            unit = catalog.units_by_code[code]
            wanted = Counter(o.due for o in calendar.of_unit(unit, *YEAR))
            assert expanded(feeds.of_unit(unit, *YEAR)) == wanted

    def test_what_recurs_by_the_day_or_the_week_is_told_by_the_year(self, calendar, catalog):
        feed = Feeds(calendar, Ledger({})).of_unit(catalog.units_by_code["0000"], *YEAR)
        rhythms = {ActorPeriod.DAY.value, ActorPeriod.WORKDAY.value, ActorPeriod.WEEK.value}
        found = {uid.split(".")[-1].removesuffix("@zhixing") for uid in masters(feed)}
        assert found <= rhythms
        assert len(feed) < 400_000

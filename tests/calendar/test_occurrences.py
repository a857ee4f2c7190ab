"""Occurrences: which dates, whose, and what is flagged."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.calendar.occurrences import Calendar, Flag, occurrences, why_undated
from targets.calendar.rrules import rrule
from targets.calendar.workdays import Workdays
from targets.catalog import Catalog
from targets.catalog.duty_checks import impossible
from targets.problems import Code, Problems
from targets.schema.duties import Duty, ReportsOn, RestDayPolicy
from tests.calendar.duties import BRANCHES, DESK, by_day, duty, record
from tests.demo import assumption, catalogue, decision

YEAR_2026 = (date(2026, 1, 1), date(2027, 1, 1))
NOTHING = Catalog({}, {}, None)


def days(found) -> list[str]:
    return [o.due.isoformat() for o in found]


def of(one: Duty, start="2026-01-01", end="2027-01-01", **more) -> list:
    calendar = Calendar(NOTHING, duties=[one], **more)
    return calendar.of_duty(one, date.fromisoformat(start), date.fromisoformat(end))


class TestTheFiveDocuments:
    def test_every_duty_yields_dates_or_says_why_not(self, catalog, calendar):
        undated = dict((duty.id, why) for duty, why in calendar.undated())
        for one in catalog.all(Duty):
            found = calendar.of_duty(one, *YEAR_2026)
            assert bool(found) == (one.id not in undated), one.id
            assert found or undated[one.id]
        assert len(catalog.all(Duty)) == 271

    def test_no_vague_duty_is_given_a_date(self, catalog, calendar):
        silent = {duty.id for duty, _ in calendar.undated()}
        for one in catalog.all(Duty):
            if one.recurrence.kind in ("vague", "event"):
                assert one.id in silent
                assert rrule(one).text is None

    def test_the_sijin_report_is_due_by_the_10th_of_each_quarters_first_month(self, catalog):
        found = occurrences(catalog, *YEAR_2026, duty="sijin.duty.quarterly_report")
        assert days(found) == ["2026-01-10", "2026-04-10", "2026-07-10", "2026-10-10"]
        assert [o.reports_on.label for o in found] == [
            "2025年第4季度", "2026年第1季度", "2026年第2季度", "2026年第3季度"
        ]
        # 10 January 2026 is a Saturday; 10 October, a Saturday too, is worked for National Day
        assert [Flag.REST_DAY_UNSAID in o.flags for o in found] == [True, False, False, False]
        for one in found:
            assert Flag.INCLUSION_UNSAID in one.flags
            assert Flag.PERIOD_UNSAID in one.flags

    def test_community_days_are_two_each_half_year(self, catalog):
        found = occurrences(catalog, *YEAR_2026, duty="sijin.duty.community_days")
        assert [(o.period.label, o.quota) for o in found] == [
            ("2026年上半年", 2), ("2026年下半年", 2)
        ]
        assert all(Flag.NOT_CHOSEN in o.flags for o in found)

    def test_the_market_park_is_served_every_week(self, catalog):
        found = occurrences(catalog, *YEAR_2026, duty="sijin.duty.weekly_market_service")
        assert len(found) == 52  # Sundays of 2026, 4 January to 27 December
        assert {b.due - a.due for a, b in pairwise(found)} == {timedelta(weeks=1)}

    def test_the_bulletins_come_by_day_week_ten_days_month_and_quarter(self, catalog, calendar):
        bulletins = [d for d in catalog.all(Duty) if d.owner == "gejin" and d.category]
        by_count = Counter(len(calendar.of_duty(d, *YEAR_2026)) for d in bulletins)
        # 8 daily, 5 weekly, 2 each 旬, 12 monthly, 11 quarterly and one twice a quarter, 2 without
        assert by_count == {365: 8, 52: 5, 36: 2, 12: 12, 4: 12, 0: 2}
        assert len(bulletins) == 41

    def test_the_liuyou_managers_visit_on_every_working_day(self, catalog):
        found = occurrences(catalog, *YEAR_2026, duty="liuyou.duty.daily_visits")
        assert len(found) == 248  # 261 weekdays, 19 of them off, 6 days made up
        assert date(2026, 10, 10) in {o.due for o in found}
        assert date(2026, 10, 1) not in {o.due for o in found}

    def test_a_quota_is_one_entry_a_period_with_its_count(self, catalog):
        found = occurrences(catalog, *YEAR_2026, duty="puhui.duty.head_training")
        assert [(o.due, o.quota) for o in found] == [(date(2026, 12, 31), 8)]

    def test_every_occurrence_cites_and_is_keyed_once(self, catalog):
        found = occurrences(catalog, *YEAR_2026)
        assert len({o.key for o in found}) == len(found)
        assert [o.order for o in found] == sorted(o.order for o in found)


class TestFlags:
    def test_a_year_not_announced_is_said_where_days_off_matter(self):
        later = of(by_day(10, rest_day="next"), "2031-01-01", "2032-01-01")
        assert all(Flag.NOT_ANNOUNCED in o.flags for o in later)
        stays = of(by_day(10, rest_day="stay"), "2031-01-01", "2032-01-01")
        assert not any(Flag.NOT_ANNOUNCED in o.flags for o in stays)

    def test_an_announcement_takes_the_flag_away(self):
        known = Workdays(off={date(2031, 10, 10): "行庆"}, announced=[2031])
        october = of(by_day(10, rest_day="next"), "2031-10-01", "2031-11-01", workdays=known)
        assert days(october) == ["2031-10-13"]
        assert october[0].shifted_by == 3
        assert october[0].flags == ()

    def test_a_period_without_a_deadline_is_listed_at_its_end_and_says_so(self):
        (january,) = of(duty(), "2026-01-01", "2026-02-01")
        assert (january.due, january.flags) == (date(2026, 1, 31), (Flag.NO_DEADLINE,))

    def test_what_is_due_the_same_day_needs_no_deadline(self):
        assert of(duty(recurrence={"kind": "fixed", "every": "day"}))[0].flags == ()


class TestSeasons:
    def test_a_season_of_every_year_may_run_over_new_year(self):
        over = {"first": "12-01", "last": "02-28"}
        found = of(duty(recurrence={"kind": "season", "season": "旺季", "each_year": over}))
        assert [(o.period_start, o.due) for o in found] == [(date(2025, 12, 1), date(2026, 2, 28))]

    def test_a_rhythm_within_a_season_keeps_to_it(self):
        season = {
            "kind": "season", "season": "旺季", "every": "week",
            "start": "2026-01-07", "end": "2026-01-20",
        }
        found = of(duty(recurrence=season))
        # Wednesday to Tuesday: the last week is cut off where the season ends
        assert days(found) == ["2026-01-11", "2026-01-18", "2026-01-20"]

    def test_a_season_that_cuts_a_month_leaves_its_deadline_where_it_was(self):
        season = {
            "kind": "season", "season": "旺季", "every": "month",
            "start": "2026-01-15", "end": "2026-03-15",
        }
        following = {"kind": "following_day", "day": 10, "inclusion": "included"}
        assert days(of(duty(recurrence=season, deadline=following))) == [
            "2026-02-10", "2026-03-10", "2026-04-10"
        ]

    def test_a_season_without_dates_says_so(self):
        season = duty(recurrence={"kind": "season", "season": "旺季"})
        assert of(season) == []
        assert "旺季" in why_undated(season)

    def test_once_by_a_day(self):
        assert days(of(duty(recurrence={"kind": "once", "by": "2026-06-30"}))) == ["2026-06-30"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Two branches' days chosen, an event, a decision, a role that sits nowhere."""
    chosen = duty(
        "open_days", recurrence={"kind": "chosen_days", "days": 2, "per": "half_year"}
    )
    event = duty(
        "maturity",
        recurrence={"kind": "event", "trigger": "贷款到期"},
        deadline={"kind": "days_after", "days": 2, "working": True},
    )
    report = by_day(10, name="quarterly", every="quarter", rest_day="unknown")
    desk = duty("desk", actors=["demo.role.desk"])
    return catalogue(
        tmp_path_factory.mktemp("demo"),
        unit_groups=[BRANCHES],
        roles=[DESK],
        assumptions=[assumption(affects="calendar")],
        duties=[record(d) for d in (chosen, event, report, desk)],
        chosen_dates=[
            {
                "id": "demo.chosen_dates.river", "name": "河东", "duty": "demo.duty.open_days",
                "unit": "demo.unit.river", "days": ["2026-03-05"], "revision": 2,
            }
        ],
        decisions=[
            decision(
                "1",
                {"kind": "duty", "duty": "demo.duty.quarterly", "rest_day": "next"},
                effective="2026-06-30",
            ),
            decision(
                "2",
                {"kind": "seat", "actor": "demo.role.desk", "levels": ["branch"]},
                effective="2026-07-01",
                expires="2026-08-31",
            ),
        ],
    )


class TestUnits:
    def test_a_units_own_days_take_the_place_of_the_open_ones(self, demo):
        found = occurrences(demo, *YEAR_2026, unit="0101", duty="demo.duty.open_days")
        assert [(o.due, o.quota, o.number, o.flags) for o in found] == [
            (date(2026, 3, 5), 1, 1, ()),
            (date(2026, 6, 30), 1, 0, (Flag.NOT_CHOSEN,)),  # one day is still to be chosen
            (date(2026, 12, 31), 2, 0, (Flag.NOT_CHOSEN,)),
        ]
        assert found[0].choice_revision == 2
        assert found[0].unit.code == "0101"

    def test_days_may_be_given_from_elsewhere(self, demo):
        given_days = {("demo.duty.open_days", "demo.unit.hill"): [date(2026, 4, 1)]}
        found = occurrences(
            demo, *YEAR_2026, unit="0102", duty="demo.duty.open_days", choices=given_days
        )
        assert days(found) == ["2026-04-01", "2026-06-30", "2026-12-31"]

    def test_an_event_falls_due_from_the_day_it_happened(self, demo):
        # Tuesday 29 September 2026: working days are the 30th and, after National Day, the 8th
        happened = {("demo.duty.maturity", "demo.unit.hill"): [date(2026, 9, 29)]}
        found = occurrences(
            demo, *YEAR_2026, unit="0102", duty="demo.duty.maturity", choices=happened
        )
        assert days(found) == ["2026-10-08"]

    def test_a_unit_that_does_not_carry_a_duty_owes_nothing(self, demo):
        assert occurrences(demo, *YEAR_2026, unit="0100", duty="demo.duty.quarterly") == []

    def test_a_role_that_sits_nowhere_is_said(self, demo):
        calendar = Calendar(demo)
        before, during, after = calendar.carriers(demo.get("demo.duty.desk"))
        assert before.units == after.units == ()
        assert before.unplaced == ("原文没有说综合岗设在哪一级机构",)
        assert [unit.code for unit in during.units] == ["0100", "0200"]

    def test_a_seat_decided_for_a_time_holds_for_that_time(self, demo):
        found = occurrences(demo, *YEAR_2026, unit="0200", duty="demo.duty.desk")
        assert days(found) == ["2026-07-31", "2026-08-31"]

    def test_a_unit_owes_nothing_before_it_opens(self, catalog):
        unit = catalog.units_by_code["0104"]  # opened 5 November 2019
        found = occurrences(catalog, date(2019, 1, 1), date(2020, 1, 1), unit="0104")
        assert found
        assert min(o.due for o in found) >= unit.opened

    def test_all_units_at_once_are_each_unit_alone(self, catalog, calendar):
        units = list(catalog.units_by_code.values())
        for unit, found in calendar.of_units(units, *YEAR_2026):
            assert found == calendar.of_unit(unit, *YEAR_2026)


class TestDecisions:
    def test_a_decision_holds_for_periods_that_end_from_its_day_on(self, demo):
        found = occurrences(demo, *YEAR_2026, duty="demo.duty.quarterly")
        # 10 January is a Saturday and stays; 10 October 2026 is worked; 10 January 2027 rolls
        assert days(found) == ["2026-01-10", "2026-04-10", "2026-07-10", "2026-10-10"]
        later = occurrences(demo, date(2027, 1, 1), date(2027, 2, 1), duty="demo.duty.quarterly")
        assert days(later) == ["2027-01-11"]
        assert Flag.REST_DAY_UNSAID in found[0].flags
        assert Flag.REST_DAY_UNSAID not in later[0].flags

    def test_a_withdrawn_duty_falls_due_no_more(self, tmp_path):
        withdrawn = {"kind": "duty", "duty": "demo.duty.report", "withdrawn": True}
        told = catalogue(
            tmp_path,
            unit_groups=[BRANCHES],
            assumptions=[assumption(affects="calendar")],
            duties=[record(duty())],
            decisions=[decision("1", withdrawn, effective="2026-03-01")],
        )
        assert days(occurrences(told, *YEAR_2026)) == ["2026-01-31", "2026-02-28"]


class TestAsking:
    def test_windows_are_half_open_by_due_date(self):
        report = by_day(10)
        assert days(of(report, "2026-04-10", "2026-05-10")) == ["2026-04-10"]
        assert of(report, "2026-04-11", "2026-05-10") == []
        assert of(report, "2026-04-10", "2026-04-10") == []

    def test_a_window_no_one_means_is_told(self, catalog):
        for start, end in (("0001-01-01", "2026-01-01"), ("2026-01-01", "9999-12-31")):
            with pytest.raises(Problems, match="太远"):
                occurrences(catalog, date.fromisoformat(start), date.fromisoformat(end))

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({"unit": "9999"}, Code.NO_SUCH_UNIT),
            ({"role": "没有的岗"}, Code.NO_SUCH_ROLE),
            ({"document": "没有的文件"}, Code.NO_SUCH_DOCUMENT),
            ({"duty": "sijin.duty.nothing"}, Code.NO_SUCH_DUTY),
        ],
    )
    def test_a_name_that_nothing_has_is_told(self, catalog, asked, code):
        with pytest.raises(Problems) as told:
            occurrences(catalog, *YEAR_2026, **asked)
        assert [p.code for p in told.value.problems] == [code]

    def test_a_window_that_ends_before_it_starts_is_told(self, catalog):
        with pytest.raises(Problems) as told:
            occurrences(catalog, *reversed(YEAR_2026))
        assert told.value.problems[0].code is Code.WINDOW_REVERSED

    def test_a_role_is_found_by_id_or_name(self, catalog):
        by_id = occurrences(catalog, *YEAR_2026, role="liuyou.role.account_manager")
        by_name = occurrences(catalog, *YEAR_2026, role="客户经理")
        assert by_id
        assert set(by_id) <= set(by_name)


# --- laws for any rule

EVERY = ("day", "workday", "week", "ten_days", "month", "quarter", "half_year", "year")
every = st.sampled_from(EVERY)
inclusion = st.sampled_from(("included", "excluded", "unsaid"))
month_days = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda d: d.strftime("%m-%d"))
some_day = st.dates(date(2018, 1, 1), date(2030, 12, 31))
spans = st.tuples(some_day, some_day).map(sorted)


def season(**terms):
    return st.fixed_dictionaries({"kind": st.just("season"), "season": st.just("旺季"), **terms})


recurrences = st.one_of(
    st.fixed_dictionaries({"kind": st.just("fixed"), "every": every}),
    st.fixed_dictionaries({"kind": st.just("quota"), "times": st.integers(1, 5), "per": every}),
    st.fixed_dictionaries(
        {"kind": st.just("chosen_days"), "days": st.just(1), "per": every}
    ),
    season(each_year=st.fixed_dictionaries({"first": month_days, "last": month_days})),
    season(
        each_year=st.fixed_dictionaries({"first": month_days, "last": month_days}), every=every
    ),
    spans.flatmap(lambda s: season(start=st.just(str(s[0])), end=st.just(str(s[1])))),
    some_day.map(lambda d: {"kind": "once", "by": str(d)}),
)
deadlines = st.one_of(
    st.just({"kind": "unstated"}),
    st.just({"kind": "period_end"}),
    st.builds(
        lambda n, i: {"kind": "following_day", "day": n, "inclusion": i},
        st.integers(1, 31), inclusion,
    ),
    st.builds(
        lambda n, i: {"kind": "day_of_period", "day": n, "inclusion": i},
        st.integers(1, 40), inclusion,
    ),
    st.builds(
        lambda n, w: {"kind": "days_after", "days": n, "working": w},
        st.integers(1, 45), st.booleans(),
    ),
)
duties = st.builds(
    lambda recurrence, deadline, rest_day, reports_on: duty(
        recurrence=recurrence, deadline=deadline, rest_day=rest_day, reports_on=reports_on
    ),
    recurrences,
    deadlines,
    st.sampled_from([p.value for p in RestDayPolicy]),
    st.sampled_from([r.value for r in ReportsOn]),
).filter(lambda d: not any(impossible(d)))
edges = st.lists(st.dates(date(2022, 1, 1), date(2027, 6, 30)), min_size=3, max_size=3).map(sorted)


class TestAnyRule:
    @settings(max_examples=60, deadline=None)
    @given(duties, edges)
    def test_occurrences_are_sorted_unique_within_the_window_and_split_with_it(self, one, cut):
        start, middle, end = cut
        calendar = Calendar(NOTHING, duties=[one])
        found = calendar.of_duty(one, start, end)
        assert all(start <= o.due < end for o in found)
        assert [o.order for o in found] == sorted(o.order for o in found)
        assert len({o.key for o in found}) == len(found)
        fresh = Calendar(NOTHING, duties=[one])
        assert fresh.of_duty(one, start, middle) + fresh.of_duty(one, middle, end) == found

    @settings(max_examples=60, deadline=None)
    @given(duties, edges)
    def test_nothing_is_due_before_what_it_reports_on_ends_unless_said(self, one, cut):
        for o in of(one, str(cut[0]), str(cut[2])):
            said = one.reports_on is ReportsOn.CURRENT or one.rest_day is RestDayPolicy.PREVIOUS
            if o.reports_on is not None and not said:
                assert o.due >= o.reports_on.last

    @settings(max_examples=60, deadline=None)
    @given(duties, edges)
    def test_what_days_off_moved_is_due_on_a_working_day(self, one, cut):
        for o in of(one, str(cut[0]), str(cut[2])):
            if o.shifted_by:
                assert Workdays().is_workday(o.due)
                assert (o.shifted_by > 0) == (one.rest_day is not RestDayPolicy.PREVIOUS)

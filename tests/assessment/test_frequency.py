"""How often, per actor and period: judged when the period is over, not before."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from targets.assessment import Status, assess
from targets.assessment.frequency import not_over
from targets.assessment.verdicts import at_least as not_below
from targets.assessment.verdicts import at_most, equal, within
from targets.calendar.workdays import Workdays
from targets.periods import period_of
from targets.schema.measures import ActorPeriod
from tests.demo import at_least, catalogue, metric, shop_frame, shops, target


def visited(folder: Path, day: str, times: dict, period="quarter", test=None, within=None):
    """The bank's finding, each shop seen so often on the first of the data date's month."""
    catalog = catalogue(
        folder,
        metrics=[metric(
            unit={"kind": "count", "of": "次"},
            measure={"kind": "aggregate", "dataset": "demo.dataset.shops",
                     "value": {"measure": "count(*)"}},
            grain={"actor": "trade", "date": "since", "period": period},
        )],
        targets=[target(
            quantity={"kind": "frequency", "period": period}, test=test or at_least(2),
            period=within or {"kind": "standing"},
        )],
    )
    since = date.fromisoformat(day).replace(day=1)
    rows = [
        row | {"shop": f"{shop}-{row['shop']}"}
        for shop, n in times.items()
        for row in shops((day, "0101", 0, n), trade=shop, since=since)
    ]
    (found,) = assess(
        catalog, {"shops": shop_frame(rows)}, today=date(2030, 1, 1)
    ).findings
    return found


class TestPeriodNotYetOver:
    def test_what_is_short_may_still_be_made_up(self, tmp_path: Path):
        found = visited(tmp_path, "2026-08-31", {"甲": 2, "乙": 1})
        assert (found.status, found.value) == (Status.NOT_DUE, 1)
        assert "2026-09-30 才结束" in "".join(found.reasons)

    def test_what_is_reached_already_is_met(self, tmp_path: Path):
        assert visited(tmp_path, "2026-08-31", {"甲": 2, "乙": 3}).status is Status.MET

    def test_when_it_is_over_what_is_short_is_missed(self, tmp_path: Path):
        found = visited(tmp_path, "2026-09-30", {"甲": 2, "乙": 1})
        assert found.status is Status.MISSED
        assert "才结束" not in "".join(found.reasons)

    def test_what_has_gone_beyond_a_limit_cannot_be_mended(self, tmp_path: Path):
        limit = {"kind": "at_most", "values": [{"value": 2}]}
        assert visited(tmp_path, "2026-08-31", {"甲": 3}, test=limit).status is Status.MISSED

    def test_below_a_limit_it_may_still_go_beyond(self, tmp_path: Path):
        limit = {"kind": "at_most", "values": [{"value": 2}]}
        assert visited(tmp_path, "2026-08-31", {"甲": 1}, test=limit).status is Status.NOT_DUE
        assert visited(tmp_path, "2026-09-30", {"甲": 1}, test=limit).status is Status.MET

    def test_of_a_limit_the_most_count_and_not_the_fewest(self, tmp_path: Path):
        limit = {"kind": "at_most", "values": [{"value": 2}]}
        found = visited(tmp_path, "2026-09-30", {"甲": 1, "乙": 5}, test=limit)
        assert (found.status, found.value, found.gap) == (Status.MISSED, 5, 3)

    def test_a_day_is_over_when_its_data_are_in(self, tmp_path: Path):
        assert visited(tmp_path, "2026-08-31", {"甲": 1}, "day").status is Status.MISSED

    def test_a_target_whose_deadline_has_come_is_not_put_off(self, tmp_path: Path):
        span = {"kind": "span", "start": "2026-01-01", "end": "2026-08-15"}
        found = visited(tmp_path, "2026-08-31", {"甲": 1}, within=span)
        assert found.status is Status.MISSED


    @pytest.mark.parametrize(
        ("rule", "times", "met"),
        [
            (lambda t: not_below(t, 2), 1, None), (lambda t: not_below(t, 2), 2, True),
            (lambda t: at_most(t, 2), 2, None), (lambda t: at_most(t, 2), 3, False),
            (lambda t: equal(t, 2), 1, None), (lambda t: equal(t, 2), 2, None),
            (lambda t: equal(t, 2), 3, False),
            (lambda t: within(t, 2, 4), 1, None), (lambda t: within(t, 2, 4), 3, None),
            (lambda t: within(t, 2, 4), 5, False),
        ],
    )
    def test_only_what_more_times_cannot_change_is_said(self, rule, times, met):
        assert not_over(rule, times).met is met


ROSTER = """
datasets:
  - {id: demo.dataset.visits, name: 走访, table: visits, grain: 一人一天, period: day,
     unit: unit_code, key: [day, unit_code, who, on_day], optional: true, columns: [
     {name: day, title: 数据日期, type: date, required: true},
     {name: unit_code, title: 机构代码, type: text, required: true},
     {name: who, title: 编号, type: text}, {name: on_day, title: 日期, type: date},
     {name: homes, title: 户数, type: integer}]}
  - {id: demo.dataset.staff, name: 名册, table: staff, grain: 一人一段, period: day,
     unit: unit_code, key: [day, unit_code, who, since], optional: true, columns: [
     {name: day, title: 数据日期, type: date, required: true},
     {name: unit_code, title: 机构代码, type: text, required: true},
     {name: who, title: 编号, type: text, required: true},
     {name: since, title: 起, type: date}, {name: until, title: 止, type: date}]}
"""


def frame(columns: str, rows: list[tuple]):
    import pandas

    def ready(value):
        return date.fromisoformat(value) if str(value).startswith("202") else value

    return pandas.DataFrame(
        [[ready(v) for v in row] for row in rows], columns=columns.split()
    ).astype(object)


def counted(folder: Path, visits: list[tuple], staff=None, period="workday", level="bank",
            test=None, workdays=None, as_of=None):
    """Findings by unit code: each is to visit three homes a period. Rows: (day, unit, who, ...)."""
    (folder / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    catalog = catalogue(
        folder,
        metrics=[metric(
            unit={"kind": "count", "of": "户"},
            measure={"kind": "aggregate", "dataset": "demo.dataset.visits",
                     "value": {"measure": "sum(homes)"}},
            grain={"actor": "who", "date": "on_day", "period": "day", "roster": {
                "dataset": "demo.dataset.staff", "actor": "who", "since": "since",
                "until": "until"}},
        )],
        targets=[target(
            quantity={"kind": "frequency", "period": period}, test=test or at_least(3),
            binds=[{"to": "each", "level": level}], period={"kind": "standing"},
        )],
    )
    frames = {"visits": frame("day unit_code who on_day homes", visits)}
    if staff is not None:
        frames["staff"] = frame("day unit_code who since until", staff)
    found = assess(
        catalog, frames, today=date(2030, 1, 1), workdays=workdays,
        as_of=date.fromisoformat(as_of) if as_of else None,
    ).findings
    return {f.subject.unit_code: f for f in found}


FEB = "2026-02-28"


def week_of(*homes: int, unit="0101", who="甲", first=2):
    """Visits on consecutive days from the first Monday of February 2026 on."""
    return [(FEB, unit, who, f"2026-02-{first + i:02d}", n) for i, n in enumerate(homes)]


class TestRoster:
    WEEK = (FEB, "0101", "甲", "2026-02-02", "2026-02-06")

    def test_who_is_on_it_and_did_nothing_did_it_no_time(self, tmp_path: Path):
        staff = [self.WEEK, (FEB, "0101", "乙", "2026-02-05", "2026-02-06")]
        found = counted(tmp_path, week_of(3, 3, 3, 3, 3), staff)["0000"]
        assert (found.status, found.value) == (Status.MISSED, 0)
        assert "共 7 次考察，5 次达到" in "".join(found.reasons)

    def test_a_day_that_was_forgotten_counts_as_nought(self, tmp_path: Path):
        assert counted(tmp_path, week_of(3, 3, 3, 3), [self.WEEK])["0000"].value == 0
        assert counted(tmp_path, week_of(3, 3, 3, 3, 3), [self.WEEK])["0000"].status is Status.MET

    def test_leave_is_a_break_between_two_stretches(self, tmp_path: Path):
        staff = [(FEB, "0101", "甲", "2026-02-02", "2026-02-03"),
                 (FEB, "0101", "甲", "2026-02-06", "2026-02-06")]
        rows = [*week_of(3, 3), *week_of(3, first=6)]
        assert counted(tmp_path, rows, staff)["0000"].status is Status.MET

    def test_what_was_done_on_leave_is_set_aside_and_said(self, tmp_path: Path):
        found = counted(tmp_path, week_of(3, 3, 3, 3, 3, first=2) + week_of(1, first=10),
                        [self.WEEK])["0000"]
        assert found.status is Status.MET
        assert "1 个人日" in str(found.trace.steps)

    def test_an_open_end_is_the_data_date(self, tmp_path: Path):
        staff = [(FEB, "0101", "甲", "2026-02-26", None)]
        rows = week_of(3, 3, 3, first=26)  # Thursday, Friday and the Saturday of 调休
        assert counted(tmp_path, rows, staff)["0000"].status is Status.MET
        assert counted(tmp_path, rows[:2], staff)["0000"].value == 0

    def test_without_one_nobody_can_be_missed_and_that_is_said(self, tmp_path: Path):
        found = counted(tmp_path, week_of(3, 3, 3))["0000"]
        assert found.status is Status.MET
        assert "没有名册" in "".join(found.reasons)

    def test_who_is_not_on_it_is_judged_by_what_was_written(self, tmp_path: Path):
        rows = week_of(3, 3, 3, 3, 3) + week_of(2, who="丙")
        found = counted(tmp_path, rows, [self.WEEK])["0000"]
        assert found.value == 2
        assert "有 1 人有记录而不在名册上" in "".join(found.reasons)

    def test_it_holds_for_the_units_above(self, tmp_path: Path):
        staff = [self.WEEK, (FEB, "0201", "丁", "2026-02-02", "2026-02-02")]
        found = counted(tmp_path, week_of(3, 3, 3, 3, 3), staff, level="branch")
        assert (found["0100"].status, found["0200"].status) == (Status.MET, Status.NO_DATA)
        assert counted(tmp_path, week_of(3, 3, 3, 3, 3), staff)["0000"].value == 0

    def test_a_date_sent_twice_counts_once_as_last_sent(self, tmp_path: Path):
        early = [("2026-02-15", "0101", "甲", "2026-02-02", 1)]
        found = counted(tmp_path, early + week_of(3, 3, 3, 3, 3), [self.WEEK])["0000"]
        assert (found.status, found.value) == (Status.MET, 3)

    def test_rows_that_name_nobody_are_set_aside_and_said(self, tmp_path: Path):
        rows = week_of(3, 3, 3, 3, 3) + week_of(1, who=None)
        found = counted(tmp_path, rows, [self.WEEK])["0000"]
        assert found.status is Status.MET
        assert "1 个人日" in str(found.trace.steps)


class TestWorkingDays:
    def test_the_spring_festival_is_no_working_day_and_its_make_up_saturdays_are(self, tmp_path):
        staff = [(FEB, "0101", "甲", "2026-02-01", FEB)]
        # 16 working days: 2–6, 9–13, Saturday 14, 24–27, Saturday 28
        worked = [*range(2, 7), *range(9, 15), *range(24, 29)]
        rows = [(FEB, "0101", "甲", f"2026-02-{d:02d}", 3) for d in worked]
        found = counted(tmp_path, rows, staff)["0000"]
        assert found.status is Status.MET
        assert "16 次考察" in {s.what: s.detail for s in found.trace.steps}["频次"]
        without = counted(tmp_path, rows[:10] + rows[11:], staff)["0000"]
        assert without.value == 0  # nothing on Saturday 14

    def test_a_visit_on_a_day_off_is_neither_short_nor_more(self, tmp_path: Path):
        rows = week_of(3, 3, 3, 3, 3, 1)  # Saturday 7
        assert counted(tmp_path, rows)["0000"].status is Status.MET

    def test_every_day_means_days_off_too(self, tmp_path: Path):
        rows = week_of(3, 3, 3, 3, 3, 1)
        assert counted(tmp_path, rows, period="day")["0000"].value == 1

    def test_the_bank_s_own_days_are_taken_as_given(self, tmp_path: Path):
        closed = Workdays(off={date(2026, 2, 3): "停电"})
        found = counted(tmp_path, week_of(3, 1, 3), workdays=closed)["0000"]
        assert found.status is Status.MET

    def test_a_year_without_announced_days_off_is_said(self, tmp_path: Path):
        rows = [("2029-02-28", "0101", "甲", "2029-02-01", 3)]
        found = counted(tmp_path, rows)["0000"]
        assert "2029 年的放假安排还没有公布" in "".join(found.reasons)
        assert "放假" not in "".join(counted(tmp_path, week_of(3))["0000"].reasons)


class TestWeeks:
    """2026-01-31 is a Saturday: its week ends on 1 February."""

    JAN = "2026-01-31"

    def rows(self, over: int, not_over: int) -> list[tuple]:
        return [(self.JAN, "0101", "甲", "2026-01-12", over),
                (self.JAN, "0101", "甲", "2026-01-26", not_over)]

    def test_a_week_belongs_to_the_month_in_which_it_ends(self, tmp_path: Path):
        rows = [(self.JAN, "0101", "甲", "2026-01-30", 2), *week_of(1, first=1),
                *week_of(3, first=2)]
        found = counted(tmp_path, rows, period="week")["0000"]
        assert found.status is Status.MET  # 2 + 1, and 3; of the week of 23 February nothing
        without = counted(tmp_path, rows[1:], period="week")["0000"]
        assert (without.status, without.value) == (Status.MISSED, 1)

    def test_the_week_that_is_not_over_is_left_for_the_next_time(self, tmp_path: Path):
        rows = self.rows(3, 1)
        found = counted(tmp_path, rows, period="week")["0000"]
        assert (found.status, found.value) == (Status.MET, 3)
        assert "2026-02-01 才结束" in "".join(found.reasons)

    def test_but_what_has_gone_beyond_a_limit_is_said_at_once(self, tmp_path: Path):
        rows = self.rows(3, 9)
        limit = {"kind": "at_most", "values": [{"value": 5}]}
        found = counted(tmp_path, rows, period="week", test=limit)["0000"]
        assert (found.status, found.value) == (Status.MISSED, 9)

    def test_where_no_other_is_over_it_is_not_yet_due(self, tmp_path: Path):
        rows = [("2026-08-01", "0101", "甲", "2026-08-01", 1)]  # a Saturday
        found = counted(tmp_path, rows, period="week")["0000"]
        assert found.status is Status.NOT_DUE

    def test_someone_away_all_week_is_not_expected(self, tmp_path: Path):
        staff = [(FEB, "0101", "甲", "2026-02-02", "2026-02-05")]
        found = counted(tmp_path, week_of(1, 2), staff, period="week")["0000"]
        assert (found.status, found.value) == (Status.MET, 3)


class TestEndsOfPeriods:
    @pytest.mark.parametrize("period", list(ActorPeriod))
    def test_each_begins_the_day_after_the_last_one_ended(self, period):
        for n in range(800):
            day = date.fromordinal(date(2025, 11, 1).toordinal() + n)
            held = period_of(period, day)
            assert held.first <= day <= held.last
            assert period_of(period, held.first - timedelta(days=1)).last < held.first
            assert period_of(period, held.last).first == held.first

    @pytest.mark.parametrize(
        ("period", "day", "end"),
        [
            (ActorPeriod.DAY, "2026-08-15", "2026-08-15"),
            (ActorPeriod.WORKDAY, "2026-08-15", "2026-08-15"),
            (ActorPeriod.WEEK, "2026-08-31", "2026-09-06"),
            (ActorPeriod.WEEK, "2026-09-06", "2026-09-06"),
            (ActorPeriod.TEN_DAYS, "2026-02-10", "2026-02-10"),
            (ActorPeriod.TEN_DAYS, "2026-02-11", "2026-02-20"),
            (ActorPeriod.TEN_DAYS, "2026-02-21", "2026-02-28"),
            (ActorPeriod.MONTH, "2026-02-10", "2026-02-28"),
            (ActorPeriod.QUARTER, "2026-07-01", "2026-09-30"),
            (ActorPeriod.QUARTER, "2026-12-31", "2026-12-31"),
            (ActorPeriod.HALF_YEAR, "2026-06-30", "2026-06-30"),
            (ActorPeriod.HALF_YEAR, "2026-07-01", "2026-12-31"),
            (ActorPeriod.YEAR, "2026-01-01", "2026-12-31"),
        ],
    )
    def test_the_last_day(self, period, day, end):
        assert period_of(period, date.fromisoformat(day)).last == date.fromisoformat(end)

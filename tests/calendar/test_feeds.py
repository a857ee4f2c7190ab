"""Calendars to subscribe to, read back by other parsers, and how they follow a change."""

import json
from datetime import date, datetime, timedelta

import icalendar
import pytest
import vobject

from targets.calendar.feeds import Feeds
from targets.calendar.ledger import FILE, Ledger
from targets.calendar.occurrences import Calendar
from targets.catalog import DEFAULT_FOLDER
from targets.problems import Code, Problems
from tests.calendar.duties import BRANCHES, by_day, duty, record
from tests.demo import assumption, catalogue, decision

START, END = date(2026, 1, 1), date(2027, 1, 1)
SPRING = date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture(scope="module")
def ledger():
    return Ledger.read(DEFAULT_FOLDER)


@pytest.fixture(scope="module")
def feed(calendar, ledger, catalog):
    """What one sub-branch subscribes to."""
    return Feeds(calendar, ledger).of_unit(catalog.units_by_code["0101"], *SPRING)


@pytest.fixture(scope="module")
def told(feed):
    return events(feed)


def events(feed: bytes) -> dict[str, icalendar.Event]:
    found = icalendar.Calendar.from_ical(feed).walk("VEVENT")
    by_uid = {str(e["UID"]): e for e in found}
    assert len(by_uid) == len(found)
    return by_uid


REPORT = "sijin.duty.quarterly_report.2026q1@zhixing"


class TestAUnitsFeed:
    def test_holds_all_that_the_unit_owes(self, told, calendar, catalog):
        owed = calendar.of_unit(catalog.units_by_code["0101"], *SPRING)
        often = ("day", "workday", "week")
        assert sorted(told) == sorted(
            {f"{o.duty.id}.2026.{every}@zhixing" if (every := o.period.every) in often
             else f"{o.key}@zhixing" for o in owed}
        )

    def test_an_event_says_what_a_manager_needs(self, told):
        event = told[REPORT]
        assert event["DTSTART"].dt == date(2026, 4, 10)
        assert event["STATUS"] == "CONFIRMED"
        assert str(event["SUMMARY"]) == "每季度报告“四进”工作开展情况（2026年第1季度）"
        for said in (
            "依据：《“四进”工作意见》五(六)",
            "报给：总行办公室",
            "抄送：公司业务管理部、个人业务部",
            "形式：表格",
            "含当日原文未说",
            "义务编号：sijin.duty.quarterly_report",
        ):
            assert said in str(event["DESCRIPTION"])
        assert event["CATEGORIES"].to_ical().decode() == "“四进”工作意见"

    def test_it_reminds_as_the_bank_decided(self, told):
        (alarm,) = told[REPORT].walk("VALARM")
        # three days before, at nine: the day itself begins at midnight
        assert alarm["TRIGGER"].dt == timedelta(days=-2, hours=-15)

    def test_no_reminder_comes_before_the_period_begins(self, told):
        daily = told["liuyou.duty.daily_visits.2026.workday@zhixing"]
        assert daily.walk("VALARM") == []

    def test_it_is_published_in_the_time_of_shanghai(self, feed):
        whole = icalendar.Calendar.from_ical(feed)
        assert whole["METHOD"] == "PUBLISH"
        assert whole["X-WR-TIMEZONE"] == "Asia/Shanghai"
        (zone,) = whole.walk("VTIMEZONE")
        assert zone["TZID"] == "Asia/Shanghai"
        assert zone.walk("STANDARD")[0]["TZOFFSETTO"].td == timedelta(hours=8)

    def test_it_is_the_same_whenever_it_is_written(self, feed, catalog, ledger):
        again = Feeds(Calendar(catalog), ledger).of_unit(
            catalog.units_by_code["0101"], *SPRING
        )
        assert again == feed

    def test_lines_are_folded_by_octets_and_never_within_a_character(self, feed):
        lines = feed.split(b"\r\n")
        assert max(map(len, lines)) <= 75
        assert any(line.startswith(b" ") for line in lines)
        for line in lines:
            line.decode("utf-8")

    def test_another_parser_reads_the_same(self, feed, told):
        theirs = {e.uid.value: e for e in vobject.readOne(feed.decode()).vevent_list}
        assert theirs.keys() == told.keys()
        for uid, event in told.items():
            assert theirs[uid].dtstart.value == event["DTSTART"].dt
            assert theirs[uid].summary.value == str(event["SUMMARY"])
            assert theirs[uid].description.value == str(event["DESCRIPTION"])
            assert theirs[uid].sequence.value == str(event["SEQUENCE"])


class TestARolesFeed:
    def test_holds_what_the_role_does(self, calendar, ledger, catalog):
        role = catalog.get("gejin.role.regional_branch")
        found = events(
            Feeds(calendar, ledger).of_role(role, date(2026, 3, 1), date(2026, 4, 1))
        )
        assert "gejin.duty.bulletin_deposit_ten_days.202603t2@zhixing" in found
        assert not any(uid.startswith("sijin") for uid in found)


class TestARecipientsFeed:
    """The head office's general office: the quarterly report of every operating unit."""

    @pytest.fixture
    def told(self, calendar, ledger, catalog):
        role = catalog.get("sijin.role.general_office")
        return events(Feeds(calendar, ledger).of_recipient(role, START, END))

    def test_holds_what_it_is_to_receive_and_when(self, told):
        assert [e["DTSTART"].dt for e in told.values()] == [
            date(2026, m, 10) for m in (1, 4, 7, 10)
        ]

    def test_is_told_apart_from_what_others_owe(self, told):
        uid = REPORT.replace("@", ".received@")
        assert str(told[uid]["SUMMARY"]).startswith("应收：每季度报告")
        assert "谁来做：各经营机构" in str(told[uid]["DESCRIPTION"])

    def test_holds_what_comes_as_a_copy(self, calendar, ledger, catalog):
        role = catalog.get("sijin.role.retail_department")
        assert len(events(Feeds(calendar, ledger).of_recipient(role, START, END))) == 4


def demo(folder, *duties, **more):
    """The demo bank with these duties."""
    return catalogue(
        folder,
        unit_groups=[BRANCHES],
        assumptions=[assumption(affects="calendar")],
        duties=[record(one) for one in duties],
        **more,
    )


def everything(catalog, ledger) -> bytes:
    return Feeds(Calendar(catalog), ledger).of_duties("全部", lambda _: True, START, END)


OTHER = duty("other")


class TestFollowingAChange:
    """Before: due by the 10th, recorded on 1 January. Then something changes."""

    @pytest.fixture
    def before(self, tmp_path):
        return demo(tmp_path / "before", by_day(10), OTHER)

    @pytest.fixture
    def recorded(self, before):
        return Ledger({}).recorded_on(before, date(2026, 1, 1))

    def told(self, catalog, ledger) -> dict:
        feed = everything(catalog, ledger)
        return {
            uid: (e["DTSTART"].dt, str(e["STATUS"]), int(e["SEQUENCE"]), e["DTSTAMP"].dt.date())
            for uid, e in events(feed).items()
        }

    def test_as_first_published(self, before, recorded):
        told = self.told(before, recorded)
        assert told["demo.duty.report.202602@zhixing"] == (
            date(2026, 3, 10), "CONFIRMED", 0, date(2026, 1, 1)
        )

    def test_a_changed_deadline_moves_the_event(self, tmp_path, recorded):
        after = demo(tmp_path / "after", by_day(5), OTHER)
        told = self.told(after, recorded.recorded_on(after, date(2026, 2, 1)))
        assert told["demo.duty.report.202602@zhixing"] == (
            date(2026, 3, 5), "CONFIRMED", 1, date(2026, 2, 1)
        )
        assert told["demo.duty.other.202602@zhixing"][2] == 0
        assert {status for _, status, *_ in told.values()} == {"CONFIRMED"}

    def test_a_decision_that_changes_it_counts_as_well(self, tmp_path, recorded):
        change = {"kind": "duty", "duty": "demo.duty.report", "rest_day": "next"}
        after = demo(
            tmp_path / "after", by_day(10), OTHER,
            decisions=[decision("1", change, effective="2026-05-01")],
        )
        told = self.told(after, recorded.recorded_on(after, date(2026, 4, 20)))
        # 10 May 2026 is a Sunday: the period of April ended before the decision took effect
        assert told["demo.duty.report.202604@zhixing"][:3] == (date(2026, 5, 10), "CONFIRMED", 1)
        # 10 October is worked; 10 January 2027 is a Sunday, but outside the window
        assert told["demo.duty.report.202609@zhixing"][0] == date(2026, 10, 10)

    def test_a_removed_duty_stays_as_cancelled(self, tmp_path, recorded):
        after = demo(tmp_path / "after", OTHER)
        told = self.told(after, recorded.recorded_on(after, date(2026, 2, 1)))
        assert told["demo.duty.report.202602@zhixing"] == (
            date(2026, 3, 10), "CANCELLED", 1, date(2026, 2, 1)
        )
        assert told["demo.duty.other.202602@zhixing"][1:3] == ("CONFIRMED", 0)

    def test_another_rhythm_cancels_the_old_events_and_adds_new_ones(self, tmp_path, recorded):
        after = demo(tmp_path / "after", by_day(10, "quarter"), OTHER)
        told = self.told(after, recorded.recorded_on(after, date(2026, 2, 1)))
        assert told["demo.duty.report.202602@zhixing"][1:3] == ("CANCELLED", 1)
        assert told["demo.duty.report.2026q1@zhixing"][:3] == (date(2026, 4, 10), "CONFIRMED", 1)

    def test_a_withdrawn_duty_is_cancelled_from_its_day_on(self, tmp_path, recorded):
        change = {"kind": "duty", "duty": "demo.duty.report", "withdrawn": True}
        after = demo(
            tmp_path / "after", by_day(10), OTHER,
            decisions=[decision("1", change, effective="2026-05-01")],
        )
        told = self.told(after, recorded.recorded_on(after, date(2026, 4, 20)))
        assert told["demo.duty.report.202604@zhixing"][1] == "CONFIRMED"
        assert told["demo.duty.report.202605@zhixing"][1] == "CANCELLED"

    def test_a_duty_that_comes_back_counts_on(self, tmp_path, before, recorded):
        without = demo(tmp_path / "after", OTHER)
        gone = recorded.recorded_on(without, date(2026, 2, 1))
        back = gone.recorded_on(before, date(2026, 3, 1))
        told = self.told(before, back)["demo.duty.report.202602@zhixing"]
        assert told[1:3] == ("CONFIRMED", 2)

    def test_new_days_off_count_for_every_event(self, tmp_path, before, recorded):
        after = demo(
            tmp_path / "after", by_day(10), OTHER,
            workday_notices=[
                {
                    "id": "demo.workday_notice.own", "name": "行庆", "source": "通知",
                    "off": [{"first": "2026-03-10", "name": "行庆"}],
                }
            ],
        )
        told = self.told(after, recorded.recorded_on(after, date(2026, 2, 1)))
        assert {sequence for *_, sequence, _ in told.values()} == {1}

    def test_nothing_changes_where_nothing_changed(self, before, recorded):
        assert list(recorded.changes(before)) == []
        assert recorded.recorded_on(before, date(2026, 6, 1)) == recorded

    def test_a_time_of_day_is_told_in_the_time_of_shanghai(self, tmp_path):
        timed = demo(tmp_path / "timed", by_day(10, at_time="17:30"))
        recorded = Ledger({}).recorded_on(timed, date(2026, 1, 1))
        feed = everything(timed, recorded)
        assert b"DTSTART;TZID=Asia/Shanghai:20260310T173000" in feed
        at = events(feed)["demo.duty.report.202602@zhixing"]["DTSTART"].dt
        assert at.utcoffset() == timedelta(hours=8)
        assert isinstance(at, datetime)


class TestTheLedger:
    def test_the_shipped_one_says_what_the_definitions_say(self, catalog, ledger):
        told = "\n".join(map(str, ledger.changes(catalog)))
        assert not told, told

    def test_it_is_kept_in_one_way(self, ledger):
        assert ledger.text() == (DEFAULT_FOLDER / FILE).read_text(encoding="utf-8")

    def test_a_change_not_recorded_is_told_with_its_place(self, catalog, ledger):
        entries = dict(ledger.entries)
        del entries["sijin.duty.quarterly_report"]
        (told,) = Ledger(entries, ledger.days_off).changes(catalog)
        assert told.code is Code.UNRECORDED_CHANGE
        assert told.file == "sijin/duties.yaml"
        assert "--record" in told.mend

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"duties": {"a": 1}}', '{"x": 1}'])
    def test_a_spoilt_one_is_told_and_left_alone(self, tmp_path, content):
        (tmp_path / FILE).write_text(content, encoding="utf-8")
        with pytest.raises(Problems) as told:
            Ledger.read(tmp_path)
        assert told.value.problems[0].code is Code.BAD_LEDGER
        assert (tmp_path / FILE).read_text(encoding="utf-8") == content

    def test_terms_that_no_longer_fit_are_told(self, tmp_path, ledger):
        kept = json.loads(ledger.text())
        entry = kept["duties"]["sijin.duty.quarterly_report"]
        entry["versions"][0]["terms"][0]["recurrence"] = {"kind": "无"}
        (tmp_path / FILE).write_text(json.dumps(kept), encoding="utf-8")
        with pytest.raises(Problems) as told:
            Ledger.read(tmp_path)
        assert told.value.problems[0].code is Code.BAD_LEDGER

    def test_a_folder_without_one_has_published_nothing(self, tmp_path):
        assert Ledger.read(tmp_path) == Ledger({})

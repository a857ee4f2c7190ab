"""What the site's pages compute with: every due date, in a form small enough to carry along."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from targets.calendar.occurrences import Calendar
from targets.calendar.workdays import STATE_YEARS
from targets.publish.calendar import data
from targets.publish.calendar.window import window
from targets.publish.domain.handbook import Handbook

from .conftest import handbook

SPAN = window(date(2026, 9, 30))

BANK = """
roles:
  - id: demo.role.counter
    name: 柜台
    places: [{clause: demo.clause.1.1}]
    summary: 清点。
    levels: [sub_branch]
duties:
  - id: demo.duty.days
    name: 共建日
    places: [{clause: demo.clause.1.1}]
    action: 半年去社区两天。
    actors: [demo.role.counter]
    recurrence: {kind: chosen_days, days: 2, per: half_year}
    deadline: {kind: unstated}
units:
  - {id: bank.unit.east, name: 东支行, code: "0101", level: sub_branch, parent: bank.unit.top}
  - id: bank.unit.west
    name: 西支行
    code: "0102"
    level: sub_branch
    parent: bank.unit.top
    opened: 2026-07-01
chosen_dates:
  - id: bank.chosen_dates.east
    name: 东支行上半年的共建日
    duty: demo.duty.days
    unit: bank.unit.east
    days: [2026-03-05]
"""

# apart, since a date a working day makes a feed of some hundreds
DAILY = """
duties:
  - id: demo.duty.count
    name: 清点
    places: [{clause: demo.clause.1.2}]
    action: 每天清点。
    actors: [demo.role.counter]
    recurrence: {kind: fixed, every: workday}
    deadline: {kind: period_end}
    rest_day: stay
"""


def document(book: Handbook) -> dict:
    calendar = Calendar(book.catalog.plain)
    # through JSON, as a page gets it
    return json.loads(json.dumps(data.document(book, calendar, SPAN, lambda p: f"{p}.html")))


def expanded(content: dict, runs: list) -> Iterator[tuple]:
    """(due, first day, last day, label of the period reported on, flags, times) of runs."""
    start = date.fromisoformat(content["from"])

    def day(n: int) -> date:
        return start + timedelta(days=n)

    def label(n: int) -> str:
        first, _, *said = content["periods"][n]
        at = day(first)
        return said[0] if said else f"{at.year}年{at.month}月{at.day}日"

    for first, count, shift, reported, state in runs:
        flags, times, _ = content["states"][state]
        for n in range(first, first + count):
            begins, length, *_ = content["periods"][n]
            yield (
                day(begins + length + shift),
                day(begins),
                day(begins + length),
                None if reported is None else label(n + reported),
                tuple(content["flags"][f] for f in flags),
                times,
            )


def told(occurrence) -> tuple:
    from targets.calendar import words

    return (
        occurrence.due,
        occurrence.period.first,
        occurrence.period.last,
        occurrence.reports_on.label if occurrence.reports_on else None,
        tuple(flag.label for flag in occurrence.flags),
        words.quota(occurrence),
    )


def owed(content: dict, unit: int) -> list[tuple]:
    """What a unit owes by the data alone, as a page works it out."""
    own = {duty: runs for duty, at, runs in content["own"] if at == unit}
    _, _, _, _, _, *passing = content["units"][unit]
    start = date.fromisoformat(content["from"])
    opened, closed = passing or (None, None)

    def within(since, until, day: date) -> bool:
        at = (day - start).days
        return (since is None or since <= at) and (until is None or at <= until)

    found = []
    for n, duty in enumerate(content["duties"]):
        if n in own:
            found += [(duty["id"], row) for row in expanded(content, own[n])]
            continue
        for row in expanded(content, duty["runs"]):
            if within(opened, closed, row[0]) and any(
                unit in units and within(since, until, row[0])
                for since, until, units in duty["carriers"]
            ):
                found.append((duty["id"], row))
    return sorted(found)


@pytest.fixture
def bank(definitions):
    (definitions / "bank.yaml").write_text(BANK, encoding="utf-8")
    return handbook(definitions)


class TestWindow:
    def test_is_the_year_of_the_data_and_the_next(self):
        assert (SPAN.first, SPAN.last) == (date(2026, 1, 1), date(2027, 12, 31))

    def test_without_data_begins_with_the_last_year_whose_days_off_are_announced(self):
        assert window(None).first == date(max(STATE_YEARS), 1, 1)


class TestData:
    def test_a_quarterly_report_is_eight_dates_on_the_10th(self, bank):
        content = document(bank)
        report = next(d for d in content["duties"] if d["id"] == "demo.duty.report")
        dues = sorted(row[0] for row in expanded(content, report["runs"]))
        months = [(y, m) for y in (2026, 2027) for m in (1, 4, 7, 10)]
        assert dues == [date(y, m, 10) for y, m in months]

    def test_a_report_names_the_quarter_before(self, bank):
        content = document(bank)
        report = next(d for d in content["duties"] if d["id"] == "demo.duty.report")
        said = {row[0]: row[3] for row in expanded(content, report["runs"])}
        assert said[date(2026, 10, 10)] == "2026年第3季度"
        assert said[date(2026, 1, 10)] == "2025年第4季度"  # a period from before the window

    def test_a_recurrence_that_repeats_is_one_run(self, bank):
        content = document(bank)
        report = next(d for d in content["duties"] if d["id"] == "demo.duty.report")
        assert [run[1] for run in report["runs"]] == [8]

    def test_the_days_a_unit_chose_stand_for_it_alone(self, bank):
        content = document(bank)
        units = [u[0] for u in content["units"]]
        first_half = [
            (due, times)
            for duty, (due, *_, times) in owed(content, units.index("bank.unit.east"))
            if duty == "demo.duty.days" and due < date(2026, 7, 1)
        ]
        assert first_half == [(date(2026, 3, 5), ""), (date(2026, 6, 30), "")]  # one day is left
        others = owed(content, units.index("bank.unit.west"))
        assert date(2026, 3, 5) not in {row[0] for duty, row in others if duty == "demo.duty.days"}

    def test_a_unit_owes_nothing_before_it_opened(self, bank):
        content = document(bank)
        west = [u[0] for u in content["units"]].index("bank.unit.west")
        assert min(row[0] for _, row in owed(content, west)) >= date(2026, 7, 1)

    def test_duties_without_dates_are_left_out(self, bank):
        assert "demo.duty.meet" not in {d["id"] for d in document(bank)["duties"]}

    def test_daily_duties_are_marked_so_that_a_list_can_name_them_once(self, bank, definitions):
        (definitions / "daily.yaml").write_text(DAILY, encoding="utf-8")
        daily = {d["id"]: d["daily"] for d in document(handbook(definitions))["duties"]}
        assert daily["demo.duty.count"]
        assert not daily["demo.duty.report"]

    def test_days_off_carry_their_names_and_worked_weekends_are_told(self, bank):
        content = document(bank)
        named = {SPAN.first + timedelta(days=n): name for n, name in content["off"]["named"]}
        assert named[date(2026, 10, 1)] == "国庆节"
        worked = {SPAN.first + timedelta(days=n) for n in content["off"]["worked"]}
        # 国务院办公厅关于2026年部分节假日安排的通知: 10月10日（周六）上班
        assert date(2026, 10, 10) in worked
        assert content["announced"] == [2026]

    def test_no_word_in_it_ends_the_script(self, bank):
        assert "</" not in data.script({"name": "</script><b>"})

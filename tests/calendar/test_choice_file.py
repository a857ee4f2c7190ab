"""The small table in which units fix their own days: two community days each half-year."""

import json
from datetime import date

import openpyxl
import pytest

from targets.calendar.choice_file import chosen_in, read
from targets.calendar.occurrences import Calendar, Flag
from targets.calendar.recorded import recorded
from targets.problems import Code, Problems
from tests.calendar.duties import BRANCHES, by_day, duty, record
from tests.demo import assumption, catalogue, decision

HEAD = "义务编号,机构代码,日期,改过几次\n"
DAYS, REPORT = "demo.duty.days", "demo.duty.report"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return catalogue(
        tmp_path_factory.mktemp("bank"), unit_groups=[BRANCHES], assumptions=[assumption()],
        duties=[record(d) for d in (
            duty("days", recurrence={"kind": "chosen_days", "days": 2, "per": "half_year"}),
            duty("fair", recurrence={"kind": "event", "trigger": "办集市"}),
            by_day(10),
        )],
        chosen_dates=[{
            "id": "demo.chosen_dates.hill", "name": "山前支行的共建日", "duty": DAYS,
            "unit": "demo.unit.hill", "days": ["2026-03-07"],
        }],
        redirects=[{
            "id": "demo.redirect.demo.duty.open_days", "name": "开放日", "to": DAYS,
            "since": "2026-01-01", "reason": "改了名。",
        }],
        decisions=[decision("d", {"kind": "duty", "duty": DAYS, "withdrawn": True},
                            effective="2027-01-01")],
    )


@pytest.fixture
def filed(catalog, tmp_path):
    def filed(*lines: str, head: str = HEAD):
        path = tmp_path / "自定日期.csv"
        path.write_text(head + "\n".join(lines), encoding="utf-8")
        return read(path, catalog)

    return filed


@pytest.fixture
def wrong(filed):
    def wrong(*lines: str, **more):
        with pytest.raises(Problems) as raised:
            filed(*lines, **more)
        return raised.value.problems

    return wrong


RIVER = (DAYS, "demo.unit.river")


class TestReading:
    def test_a_row_is_a_day(self, filed):
        found = filed(f"{DAYS},0101,2026-03-05,", f"{DAYS},0101,2026-05-16,2",
                      "demo.duty.fair,0201,2026-04-01,")
        assert found == {
            RIVER: {date(2026, 3, 5): 0, date(2026, 5, 16): 2},
            ("demo.duty.fair", "demo.unit.lake"): {date(2026, 4, 1): 0},
        }

    def test_a_duty_may_go_by_its_former_id(self, filed):
        assert filed("demo.duty.open_days,0101,2026-03-05,") == {RIVER: {date(2026, 3, 5): 0}}

    def test_a_workbook_with_a_title_and_real_dates_says_the_same(self, catalog, tmp_path):
        book = openpyxl.Workbook()
        for line in (["社区共建日登记"], ["义务编号", "机构代码", "日期"],
                     [DAYS, "0101", date(2026, 3, 5)]):
            book.active.append(line)
        book.save(tmp_path / "自定日期.xlsx")
        assert chosen_in(tmp_path, catalog) == {RIVER: {date(2026, 3, 5): 0}}

    def test_so_does_yaml(self, catalog, tmp_path):
        (tmp_path / "自定日期.yaml").write_text(
            f'自定日期:\n  - {{义务编号: {DAYS}, 机构代码: "0101", 日期: 2026-03-05}}\n', "utf-8"
        )
        assert chosen_in(tmp_path, catalog) == {RIVER: {date(2026, 3, 5): 0}}

    def test_a_folder_without_one_chooses_nothing(self, catalog, tmp_path):
        assert chosen_in(tmp_path, catalog) == {}


class TestTheCalendar:
    def test_shows_the_days_and_what_is_left_to_choose(self, catalog, filed):
        chosen = filed(f"{DAYS},0101,2026-03-05,3")
        calendar = Calendar(catalog, choices=chosen)
        found = calendar.of_unit(
            catalog.units_by_code["0101"], date(2026, 1, 1), date(2026, 7, 1),
            [catalog.get(DAYS)],
        )
        assert [(o.due, o.quota, o.choice_revision) for o in found] == [
            (date(2026, 3, 5), 1, 3), (date(2026, 6, 30), 1, 0),
        ]
        assert Flag.NOT_CHOSEN in found[1].flags

    def test_hand_ins_are_held_against_the_days_chosen(self, catalog, tmp_path):
        """A row of the record names the half-year; the first of it is the first day's."""
        (tmp_path / "自定日期.csv").write_text(f"{HEAD}{DAYS},0101,2026-03-05,\n", "utf-8")
        (tmp_path / "报送记录.csv").write_text(
            f"义务编号,机构代码,报告期,报送时间\n{DAYS},0101,2026h1,2026-03-05\n", "utf-8"
        )
        found = recorded(catalog, tmp_path)
        assert found.choices == {RIVER: {date(2026, 3, 5): 0}}
        assert [e.period.key for e in found.entries] == ["2026h1"]


class TestFaults:
    @pytest.mark.parametrize(
        ("line", "code", "column", "words"),
        [
            (",0101,2026-03-05,", Code.CHOICE_DUTY, 1, "没写义务编号"),
            ("demo.duty.day,0101,2026-03-05,", Code.CHOICE_DUTY, 1, DAYS),
            (f"{REPORT},0101,2026-03-05,", Code.CHOICE_DUTY, 1, "不由机构自定"),
            (f"{DAYS},101,2026-03-05,", Code.CHOICE_UNIT, 2, "前面的 0 要保留"),
            (f"{DAYS},0100,2026-03-05,", Code.CHOICE_UNIT, 2, "不由东城分行"),
            (f"{DAYS},0101,3月5日,", Code.CHOICE_DAY, 3, "“3月5日”不是日子"),
            (f"{DAYS},0101,2026-02-30,", Code.CHOICE_DAY, 3, "不是日子"),
            (f"{DAYS},0101,,", Code.CHOICE_DAY, 3, "没写日期"),
            (f"{DAYS},0101,9999-01-01,", Code.CHOICE_DAY, 3, "不是日子"),
            (f"{DAYS},0101,2027-03-05,", Code.CHOICE_DAY, 3, "已不由机构自定"),
            (f"{DAYS},0102,2026-03-07,", Code.CHOICE_TWICE, 3, "山前支行的共建日"),
            (f"{DAYS},0101,2026-03-05,两次", Code.CHOICE_REVISION, 4, "不是次数"),
        ],
    )
    def test_each_is_told_with_its_place(self, wrong, line, code, column, words):
        [problem] = wrong(line)
        assert (problem.code, problem.line, problem.column) == (code, 2, column)
        assert words in str(problem)

    def test_all_are_told_at_once(self, wrong):
        found = wrong(f"{DAYS},0101,2026-03-05,", f"{DAYS},0101,2026-03-05,",
                      f"{DAYS},0101,2026-04-05,", f"{DAYS},0101,2026-05-05,", "x,y,z,")
        assert [(p.code, p.line) for p in found] == [
            (Code.CHOICE_TWICE, 3), (Code.CHOICE_TOO_MANY, 5),
            (Code.CHOICE_DUTY, 6), (Code.CHOICE_UNIT, 6), (Code.CHOICE_DAY, 6),
        ]

    def test_days_of_the_definitions_count_too(self, wrong):
        [problem] = wrong(f"{DAYS},0102,2026-04-05,", f"{DAYS},0102,2026-05-05,")
        assert (problem.code, problem.line) == (Code.CHOICE_TOO_MANY, 3)
        assert "选了 3 天" in problem.found

    def test_a_missing_column(self, wrong):
        [problem] = wrong(f"{DAYS},0101", head="义务编号,机构代码\n")
        assert (problem.code, problem.line) == (Code.CHOICE_COLUMN, 1)
        assert "缺少“日期”" in problem.found

    @pytest.mark.parametrize("content", ["", "什么,也不是\n"])
    def test_what_is_no_such_table(self, catalog, tmp_path, content):
        path = tmp_path / "自定日期.csv"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(Problems) as raised:
            read(path, catalog)
        assert {p.code for p in raised.value.problems} <= {Code.CHOICE_FILE, Code.EMPTY_DATA}

    def test_two_tables_in_one_folder(self, catalog, tmp_path):
        for name in ("自定日期.csv", "自定日期.yaml"):
            (tmp_path / name).write_text(HEAD, encoding="utf-8")
        with pytest.raises(Problems) as raised:
            chosen_in(tmp_path, catalog)
        assert [p.code for p in raised.value.problems] == [Code.CHOICE_FILES]


class TestTheCommand:
    def test_orders_a_units_calendar_by_its_table(self, tmp_path):
        from click.testing import CliRunner

        from targets.cli import cli

        path = tmp_path / "表.csv"
        path.write_text(f"{HEAD}sijin.duty.community_days,0103,2026-04-11,\n", "utf-8")
        told = CliRunner().invoke(cli, [
            "calendar", "--unit", "0103", "--duty", "sijin.duty.community_days",
            "--from", "2026-01-01", "--to", "2026-06-30", "--choices", str(path),
            "--format", "json",
        ])
        assert told.exit_code == 0, told.output
        found = json.loads(told.stdout)["occurrences"]
        assert [o["due"] for o in found] == ["2026-04-11", "2026-06-30"]

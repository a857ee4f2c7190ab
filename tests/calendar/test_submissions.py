"""What was handed in, and where every due date stands.

The demo bank's branches 0101, 0102 and 0201 owe: a quarterly report of data by the 10th, a monthly
paper by the 5th at 17:00, a monthly meeting, two visits a quarter, and something now and then.
"""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.branchdata.intake.receipts import CHINA, Kind, Receipt, Taken
from targets.calendar.occurrences import Calendar
from targets.calendar.submission_file import read
from targets.calendar.submissions import (
    SHANGHAI,
    Records,
    Standing,
    load,
    overlaps,
    passed,
    punctuality,
    standing,
    statuses,
    unmatched,
)
from targets.periods import period_of
from targets.problems import Code, Problems, Severity
from targets.schema.measures import ActorPeriod
from tests.calendar.duties import BRANCHES, by_day, duty, record
from tests.demo import assumption, catalogue, counted, metric

HEAD = "义务编号,机构代码,报告期,报送时间,版本,报送人,豁免理由\n"
REPORT, PAPER, MEETING = "demo.duty.report", "demo.duty.paper", "demo.duty.meeting"
OFFICES = BRANCHES | {
    "id": "demo.unit_group.offices", "name": "各分行", "levels": ["branch"],
}


def at(text: str) -> datetime:
    """A moment in Shanghai; a day means its last instant."""
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time.max, SHANGHAI)
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def calendar(tmp_path_factory):
    duties = [
        by_day(10, "quarter", reports_on="previous", metrics=["demo.metric.m"]),
        by_day(5, name="paper", reports_on="previous", at_time="17:00"),
        duty("meeting", deadline={"kind": "period_end"}),
        duty("visits", recurrence={"kind": "quota", "times": 2, "per": "quarter"},
             deadline={"kind": "period_end"}, metrics=["demo.metric.m"]),
        duty("sometimes", recurrence={"kind": "vague", "word": "经常"}),
        duty("days", recurrence={"kind": "chosen_days", "days": 2, "per": "half_year"}),
        by_day(10, "quarter", name="summary", reports_on="previous", metrics=["demo.metric.m"],
               actors=["demo.unit_group.offices"]),
        by_day(20, name="figures", reports_on="previous", metrics=["demo.metric.n"]),
        duty("weekly", recurrence={"kind": "fixed", "every": "week"}, reports_on="previous",
             deadline={"kind": "period_end"}, metrics=["demo.metric.m"]),
    ]
    catalog = catalogue(
        tmp_path_factory.mktemp("bank"),
        unit_groups=[BRANCHES, OFFICES], assumptions=[assumption()],
        metrics=[counted("m"), metric("n")], duties=[record(d) for d in duties],
    )
    chosen = {("demo.duty.days", "demo.unit.river"): [date(2026, 3, 5), date(2026, 5, 7)]}
    return Calendar(catalog, choices=chosen)


@pytest.fixture
def filed(calendar, tmp_path):
    """Read a CSV file of these lines."""

    def filed(*lines: str, calendar=calendar):
        path = tmp_path / "报送记录.csv"
        path.write_text(HEAD + "\n".join(lines), encoding="utf-8")
        return read(path, calendar)

    return filed


@pytest.fixture
def wrong(filed):
    """The problems that a file of these lines has."""

    def wrong(*lines: str):
        with pytest.raises(Problems) as raised:
            filed(*lines)
        return raised.value.problems

    return wrong


@pytest.fixture
def stand(calendar, filed):
    """Statuses of a duty in 2026 for one unit, given lines of a file and receipts."""

    def stand(duty_id, as_of, *lines, receipts=(), unit="0101", start="2026-04-01",
              end="2026-05-01"):
        entries = filed(*lines)[0] if lines else []
        catalog = calendar.catalog
        records = Records.of(catalog, entries, receipts)
        found = statuses(
            calendar, records, [catalog.units_by_code[unit]],
            date.fromisoformat(start), date.fromisoformat(end), at(as_of),
        )
        return [s for s in found if s.occurrence.duty.id == duty_id]

    return stand


def brought(number, when, *groups, table="shops") -> Receipt:
    """A receipt of these (unit, data date, version)."""
    taken = tuple(
        Taken(table, unit, date.fromisoformat(day), version,
              Kind.NEW if version == 1 else Kind.CORRECTED, 1, f"part{number}{unit}{day}")
        for unit, day, version in groups
    )
    moment = datetime.fromisoformat(when).replace(tzinfo=CHINA)
    return Receipt(number, moment, "李某", "表.xlsx", "0" * 64, 1, None, 1, 1, 0, 0, taken)


class TestOnTime:
    """Due on 10 April 2026, worked out by hand."""

    DUE = date(2026, 4, 10)

    @pytest.mark.parametrize(
        ("handed_in", "as_of", "found"),
        [
            (None, "2026-04-08", (Standing.DUE, 2)),
            (None, "2026-04-09", (Standing.DUE, 1)),
            (None, "2026-04-10 00:00", (Standing.TODAY, 0)),
            (None, "2026-04-10", (Standing.TODAY, 0)),
            (None, "2026-04-11 00:00", (Standing.OVERDUE, 1)),
            (None, "2026-05-10", (Standing.OVERDUE, 30)),
            ("2026-04-01 08:00", "2026-04-05", (Standing.ON_TIME, 0)),
            ("2026-04-10 23:59", "2026-04-20", (Standing.ON_TIME, 0)),
            ("2026-04-11 00:00", "2026-04-20", (Standing.LATE, 1)),
            ("2026-04-15 09:00", "2026-04-20", (Standing.LATE, 5)),
            ("2026-04-09 12:00", "2026-04-09 11:59", (Standing.DUE, 1)),
            ("2026-04-15 09:00", "2026-04-12", (Standing.OVERDUE, 2)),
        ],
    )
    def test_by_day(self, handed_in, as_of, found):
        moment = at(handed_in) if handed_in else None
        assert standing(self.DUE, None, moment, at(as_of)) == found

    @pytest.mark.parametrize(
        ("handed_in", "as_of", "found"),
        [
            (None, "2026-04-10 17:00", (Standing.TODAY, 0)),
            (None, "2026-04-10 17:01", (Standing.OVERDUE, 0)),
            (None, "2026-04-11 08:00", (Standing.OVERDUE, 1)),
            ("2026-04-10 17:00", "2026-04-20", (Standing.ON_TIME, 0)),
            ("2026-04-10 17:01", "2026-04-20", (Standing.LATE, 0)),
            ("2026-04-09 23:00", "2026-04-20", (Standing.ON_TIME, 0)),
            ("2026-04-11 08:00", "2026-04-20", (Standing.LATE, 1)),
        ],
    )
    def test_to_the_hour_where_the_duty_names_one(self, handed_in, as_of, found):
        moment = at(handed_in) if handed_in else None
        assert standing(self.DUE, time(17), moment, at(as_of)) == found

    @settings(max_examples=100)
    @given(
        st.integers(-50, 50), st.none() | st.integers(0, 23),
        st.none() | st.integers(-2000, 2000), st.integers(-2000, 2000),
    )
    def test_once_settled_it_never_changes(self, shift, hour, handed_in, as_of):
        due = self.DUE + timedelta(days=shift)
        hour = None if hour is None else time(hour)
        start = at("2026-04-10 00:00")
        moment = None if handed_in is None else start + timedelta(hours=handed_in)
        now = start + timedelta(hours=as_of)
        found = standing(due, hour, moment, now)
        if found[0] in (Standing.ON_TIME, Standing.LATE):
            assert found == standing(due, hour, moment, now + timedelta(days=400))
            assert (found[0] is Standing.LATE) == passed(due, hour, moment)
        else:
            assert (found[0] is Standing.OVERDUE) == passed(due, hour, now)
        assert found[1] >= 0


class TestTheFile:
    def test_a_report_counts_from_the_day_it_came(self, stand):
        lines = [f"{REPORT},0101,2026q1,2026-04-10,,王某,"]
        [one] = stand(REPORT, "2026-04-20", *lines)
        assert (one.words, one.by, one.version) == ("按时", "王某", 1)
        [one] = stand(REPORT, "2026-04-09", *lines)
        assert one.words == "未到期（还有 1 天）"

    def test_a_correction_does_not_make_a_timely_report_late(self, stand):
        [one] = stand(REPORT, "2026-06-01", f"{REPORT},0101,2026q1,2026-05-20,2,王某,",
                      f"{REPORT},0101,2026q1,2026-04-09 10:00,1,王某,")
        assert (one.standing, one.version) == (Standing.ON_TIME, 2)
        assert f"{one.handed_in:%m-%d}" == "04-09"

    def test_another_unit_that_handed_in_nothing_is_overdue(self, stand):
        [one] = stand(REPORT, "2026-04-12", f"{REPORT},0101,2026q1,2026-04-10,,,", unit="0102")
        assert one.words == "逾期 2 天未报"

    def test_a_waiver_is_told_with_its_reason(self, stand):
        [one] = stand(REPORT, "2026-04-12", f"{REPORT},0101,2026q1,,,,停业装修")
        assert one.words == "豁免（停业装修）"

    def test_the_hour_counts_where_the_duty_names_one(self, stand):
        [one] = stand(PAPER, "2026-04-20", f"{PAPER},0101,2026-03,2026-04-05 17:01,,,")
        assert one.words == "迟（当日 17:00 已过）"
        [one] = stand(PAPER, "2026-04-20", f"{PAPER},0101,2026-03,2026-04-05 17:00:01,,,")
        assert one.standing is Standing.LATE
        [one] = stand(PAPER, "2026-04-05 12:00", f"{PAPER},0102,2026-03,2026-04-04,,,")
        assert one.words == "今日 17:00 到期"

    @pytest.mark.parametrize("period", ["2026q1", "2026Q1", "2026年第1季度", "2026年 1季度"])
    def test_a_period_is_written_in_several_ways(self, filed, period):
        [entry] = filed(f"{REPORT},0101,{period},2026-04-10,,,")[0]
        assert entry.period.key == "2026q1"

    def test_several_times_a_period_are_counted(self, stand):
        visits = "demo.duty.visits"
        first = f"{visits},0101,2026q2,2026-04-10,1,,"
        [one] = stand(visits, "2026-07-02", first, end="2026-07-01")
        assert one.words == "逾期 2 天未报，已交 1 次，应交 2 次"
        [one] = stand(visits, "2026-07-02", first, f"{visits},0101,2026q2,2026-06-30,1,,",
                      end="2026-07-01")
        assert one.words == "按时"

    def test_a_units_own_days_are_met_one_after_the_other(self, stand):
        days = "demo.duty.days"
        found = stand(days, "2026-06-01", f"{days},0101,2026h1,2026-03-05,,,",
                      start="2026-01-01", end="2026-07-01")
        assert [(s.occurrence.due.isoformat(), s.words) for s in found] == [
            ("2026-03-05", "按时"), ("2026-05-07", "逾期 25 天未报"),
        ]
        [later] = stand(days, "2026-06-01", f"{days},0101,2026h1,2026-03-05,,,",
                        start="2026-05-01", end="2026-07-01")
        assert later.standing is Standing.OVERDUE

    def test_what_nothing_records_is_not_called_overdue(self, stand):
        [one] = stand(MEETING, "2026-06-01", f"{REPORT},0101,2026q1,2026-04-10,,,")
        assert one.standing is Standing.UNKNOWN
        assert "报送记录里没有这项义务" in one.words
        assert "不是报告" in one.words

    def test_periods_before_the_record_began_are_not_called_overdue(self, stand):
        found = stand(MEETING, "2026-06-01", f"{MEETING},0102,2026-03,2026-03-10,,,",
                      start="2026-02-01")
        assert [s.standing.value for s in found] == ["unknown", "overdue", "overdue"]

    def test_a_duty_without_dates_is_a_warning(self, filed):
        entries, [warning] = filed("demo.duty.sometimes,0101,2026q1,2026-04-10,,,")
        assert not entries
        assert (warning.code, warning.severity) == (Code.SUBMISSION_UNDATED, Severity.WARNING)

    def test_workbook_and_yaml_say_the_same(self, calendar, filed, tmp_path):
        from openpyxl import Workbook

        book = Workbook()
        book.active.append(["报送情况登记"])
        book.active.append(HEAD.strip().split(","))
        book.active.append([REPORT, "0101", "2026q1", datetime(2026, 4, 9, 16, 30), 1, "王某"])
        book.save(tmp_path / "x.xlsx")
        (tmp_path / "x.yaml").write_text(
            f"报送记录:\n  - {{义务编号: {REPORT}, 机构代码: 0101, 报告期: 2026q1,"
            " 报送时间: 2026-04-09 16:30, 版本: 1, 报送人: 王某}\n", encoding="utf-8",
        )
        [wanted] = filed(f"{REPORT},0101,2026q1,2026-04-09 16:30,1,王某,")[0]
        for name in ("x.xlsx", "x.yaml"):
            [entry] = read(tmp_path / name, calendar)[0]
            assert (entry.group, entry.at, entry.version, entry.by) == (
                wanted.group, wanted.at, wanted.version, wanted.by
            )


class TestBadFiles:
    @pytest.mark.parametrize(
        ("line", "code", "place", "told"),
        [
            ("demo.duty.reprot,0101,2026q1,2026-04-10,,,", "C202", "2:1", REPORT),
            (",0101,2026q1,2026-04-10,,,", "C202", "2:1", "没写"),
            (f"{REPORT},101,2026q1,2026-04-10,,,", "C203", "2:2", "0101"),
            (f"{REPORT},0100,2026q1,2026-04-10,,,", "C204", "2:2", "东城分行"),
            (f"{REPORT},0101,2026q5,2026-04-10,,,", "C205", "2:3", "2026q1"),
            (f"{REPORT},0101,一季度,2026-04-10,,,", "C205", "2:3", "以年份开头"),
            (f"{REPORT},0101,,2026-04-10,,,", "C205", "2:3", "没写报告期"),
            (f"{REPORT},0101,9999q1,2026-04-10,,,", "C205", "2:3", "没有"),
            (f"{REPORT},0101,2026q1,2026-02-30,,,", "C206", "2:4", "2026-02-30"),
            (f"{REPORT},0101,2026q1,4月10日,,,", "C206", "2:4", "北京时间"),
            (f"{PAPER},0101,2026-03,2026-04-05,,,", "C206", "2:4", "17:00"),
            (f"{REPORT},0101,2026q1,2026-04-10,0,,", "C207", "2:5", "版本号"),
            (f"{REPORT},0101,2026q1,2026-04-10,二,,", "C207", "2:5", "版本号"),
            (f"{REPORT},0101,2026q1,2026-03-31,,,", "C209", "2:4", "2026-04-01 或以后"),
            (f"{REPORT},0101,2026q1,,,,", "C210", "2:7", "豁免"),
            (f"{REPORT},0101,2026q1,,,,—", "C210", "2:7", "豁免"),
            (f"{REPORT},0101,2026q1,2026-04-10,,,停业", "C211", "2:7", "只写一样"),
            (f"{REPORT},0101,2026q1,2026-04-10,,,,多", "C201", "2:8", "列数"),
        ],
    )
    def test_each_is_told_at_its_place(self, wrong, line, code, place, told):
        [problem] = wrong(line)
        assert (problem.code.value, problem.place) == (code, f"报送记录.csv:{place}")
        assert told in str(problem)

    def test_the_first_day_after_the_period_is_early_enough(self, filed):
        assert filed(f"{REPORT},0101,2026q1,2026-04-01,,,")[0]

    def test_a_meeting_before_its_month_is_a_warning_only(self, filed):
        entries, [warning] = filed(f"{MEETING},0101,2026-04,2026-03-31,,,")
        assert entries
        assert warning.code is Code.SUBMISSION_EARLY

    def test_all_at_once(self, wrong):
        found = wrong("x,9,z,w,v,,", f"{REPORT},0102,2026q1,,,,")
        assert [p.code.value for p in found] == ["C202", "C203", "C206", "C207", "C210"]

    @pytest.mark.parametrize(
        ("second", "code", "told"),
        [
            ("2026-04-10,1,,", "C208", "第 2 行已经有了"),
            ("2026-04-08,2,,", "C207", "早于第 1 版"),
            (",,,停业装修", "C211", "第 2 行又报送了"),
        ],
    )
    def test_rows_against_each_other(self, wrong, second, code, told):
        [problem] = wrong(f"{REPORT},0101,2026q1,2026-04-09,1,,",
                          f"{REPORT},0101,2026年第1季度,{second}")
        assert (problem.code.value, problem.line) == (code, 3)
        assert told in problem.found

    def test_a_second_waiver(self, wrong):
        line = f"{REPORT},0101,2026q1,,,,停业"
        assert [p.code for p in wrong(line, line)] == [Code.SUBMISSION_TWICE]

    def test_a_missing_first_version_is_a_warning(self, filed):
        entries, [warning] = filed(f"{REPORT},0101,2026q1,2026-04-09,2,,")
        assert entries
        assert "没有第 1 版" in warning.found

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("x.csv", "", "C200"),
            ("x.csv", "甲,乙\n1,2\n", "C200"),
            ("x.csv", "义务编号,机构代码\na,b\n", "C201"),
            ("x.csv", HEAD.replace("版本", "报告期"), "C201"),
            ("x.csv", HEAD + '"没有收尾', "C200"),
            ("x.csv", "义务编号,机构代码,报告期\n".encode("gb18030"), "B003"),
            ("x.xlsx", b"no", "B002"),
            ("x.xlsx", b"", "B004"),
            ("x.yaml", "报送: []\n", "C200"),
            ("x.yaml", "报送记录:\n  - 一\n", "C200"),
            ("x.yaml", f"报送记录:\n  - {{义务编码: {REPORT}}}\n", "C201"),
            ("x.yaml", "报送记录: [\n", "D004"),
            ("x.txt", "", "C200"),
        ],
    )
    def test_a_file_that_is_none(self, calendar, tmp_path, name, content, code):
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(Problems) as raised:
            read(tmp_path / name, calendar)
        assert code in [p.code.value for p in raised.value.problems]

    def test_a_number_for_a_code_names_the_cell(self, calendar, tmp_path):
        from openpyxl import Workbook

        book = Workbook()
        book.active.append(HEAD.strip().split(","))
        book.active.append([REPORT, 101, "2026q1", "2026-04-09"])
        book.save(tmp_path / "x.xlsx")
        with pytest.raises(Problems) as raised:
            read(tmp_path / "x.xlsx", calendar)
        [problem] = raised.value.problems
        assert (problem.code, problem.cell) == (Code.SUBMISSION_UNIT, "B2")


class TestReceipts:
    def test_data_of_the_periods_last_day_is_the_report(self, stand):
        receipts = [brought(1, "2026-04-10 23:59", ("0101", "2026-03-31", 1))]
        [one] = stand(REPORT, "2026-04-20", receipts=receipts)
        assert (one.standing, one.source, one.by) == (Standing.ON_TIME, "收件簿第 1 次", "李某")
        [other] = stand(REPORT, "2026-04-20", receipts=receipts, unit="0102")
        assert other.standing is Standing.OVERDUE
        assert other.missing == ("商户清单",)

    def test_data_of_another_day_or_table_is_not(self, stand):
        for receipt in (
            brought(1, "2026-03-05 09:00", ("0101", "2026-02-28", 1)),
            brought(1, "2026-04-05 09:00", ("0101", "2026-03-31", 1), table="reported"),
        ):
            [one] = stand(REPORT, "2026-04-20", receipts=[receipt])
            assert one.standing is Standing.OVERDUE

    def test_a_correction_does_not_make_it_late(self, stand):
        [one] = stand(REPORT, "2026-06-01", receipts=[
            brought(1, "2026-04-02 09:00", ("0101", "2026-03-31", 1)),
            brought(2, "2026-05-20 09:00", ("0101", "2026-03-31", 2)),
        ])
        assert (one.standing, one.version) == (Standing.ON_TIME, 2)

    def test_what_came_after_the_moment_has_not_come(self, stand):
        receipts = [brought(1, "2026-04-12 09:00", ("0101", "2026-03-31", 1))]
        [one] = stand(REPORT, "2026-04-11", receipts=receipts)
        assert one.words == "逾期 1 天未报"
        [one] = stand(REPORT, "2026-04-12", receipts=receipts)
        assert one.words == "迟 2 天"

    def test_data_before_the_first_receipt_is_unknown(self, stand):
        receipts = [brought(1, "2026-07-02 09:00", ("0101", "2026-06-30", 1))]
        [one] = stand(REPORT, "2026-07-20", receipts=receipts)
        assert one.standing is Standing.UNKNOWN
        assert "后来的数据日期" in one.words

    def test_a_unit_with_units_below_sends_none_itself(self, stand):
        [one] = stand("demo.duty.summary", "2026-07-20", unit="0100",
                      receipts=[brought(1, "2026-04-02 09:00", ("0101", "2026-03-31", 1))])
        assert one.standing is Standing.UNKNOWN
        assert "有下级" in one.words

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("report", None), ("figures", None), ("meeting", "不是报告"), ("visits", "不是报告"),
            ("paper", "没有登记收哪些指标"), ("weekly", "每周一次"),
        ],
    )
    def test_whether_they_can_tell_of_a_duty(self, calendar, name, why):
        told = unmatched(calendar.catalog, calendar.catalog.get(f"demo.duty.{name}"))
        assert told is None if why is None else why in told


class TestPunctuality:
    def test_counts_what_was_due_and_could_be_known(self, calendar, filed):
        entries, _ = filed(
            f"{MEETING},0101,2026-01,2026-01-20,,,",
            f"{MEETING},0101,2026-02,2026-03-02,,,",
            f"{MEETING},0101,2026-03,,,,停业装修",
            f"{MEETING},0101,2026-05,2026-05-06,,,",
        )
        catalog = calendar.catalog
        found = statuses(
            calendar, Records.of(catalog, entries), [catalog.units_by_code["0101"]],
            date(2026, 1, 1), date(2026, 7, 1), at("2026-05-10"),
        )
        # January on time, February late, March waived, April missing, May not over yet
        [one] = punctuality(found)
        assert (one.on_time, one.due, one.rate) == (1, 3, Fraction(1, 3))
        assert one.duty.id == MEETING


class TestLoad:
    def test_weeks_without_anything_count_too(self, calendar):
        unit = calendar.catalog.units_by_code["0102"]
        weeks = [period_of(ActorPeriod.WEEK, date(2026, 4, 6) + timedelta(weeks=i))
                 for i in range(4)]
        only = Calendar(calendar.catalog, duties=[calendar.catalog.get(REPORT)])
        one = load(only, unit, weeks, reports_only=True)
        assert list(one.weeks.values()) == [1, 0, 0, 0]  # Friday, 10 April
        assert (one.total, one.median) == (1, 0)
        assert [w.first for w in one.busiest] == [date(2026, 4, 6)]

    def test_so_many_times_count_so_often(self, calendar):
        unit = calendar.catalog.units_by_code["0102"]
        visits = Calendar(calendar.catalog, duties=[calendar.catalog.get("demo.duty.visits")])
        weeks = [period_of(ActorPeriod.WEEK, date(2026, 6, 22 + 7 * i)) for i in range(2)]
        assert list(load(visits, unit, weeks, reports_only=False).weeks.values()) == [0, 2]
        assert load(visits, unit, weeks, reports_only=True).total == 0

    def test_the_same_numbers_asked_twice(self, calendar):
        pairs = {(o.first.id, o.second.id) for o in overlaps(calendar)}
        assert pairs == {
            (REPORT, "demo.duty.visits"), (REPORT, "demo.duty.weekly"),
            ("demo.duty.visits", "demo.duty.weekly"),
        }

"""Punctuality as findings: what fell due and what came of it, counted like any other rows.

Branches 0101, 0102 and 0201 report each quarter by the 10th of the month after. In 2026:

    due        0101            0102     0201
    10 Jan     10 Jan          waived   9 Jan
    10 Apr     12 Apr, late    waived   nothing
    10 Jul     8 Jul           10 Jul   11 Jul, late
"""

from datetime import date
from fractions import Fraction

import pytest

from targets.assessment import Status, assess
from targets.assessment.opening import open_bank
from targets.assessment.rows import Role, Rows
from targets.calendar.hand_ins import CALENDAR
from targets.problems import Code, Problems
from tests.calendar.duties import BRANCHES, by_day, duty, record
from tests.demo import assumption, catalogue, decision, metric, target, the_problem

HEAD = "义务编号,机构代码,报告期,报送时间,版本,报送人,豁免理由\n"
REPORT = "demo.duty.report"
LINES = (
    "0101,2025q4,2026-01-10,1,,",
    "0102,2025q4,,,,迁址停业",
    "0201,2025q4,2026-01-09,1,,",
    "0101,2026q1,2026-04-12,1,,",
    "0102,2026q1,,,,迁址停业",
    "0101,2026q2,2026-07-08,1,,",
    "0102,2026q2,2026-07-10,1,,",
    "0102,2026q2,2026-07-20,2,,",
    "0201,2026q2,2026-07-11,1,,",
)
COLUMNS = (
    ("data_date", "date"), ("unit_code", "text"), ("occurrence", "text"), ("document", "text"),
    ("duty", "text"), ("due_on", "date"), ("state", "text"), ("handed_in_on", "date"),
    ("days_late", "integer"), ("deadline_stated", "boolean"),
)
HAND_INS = {
    "id": "demo.dataset.hand_ins", "name": "报送情况", "table": "hand_ins",
    "grain": "一个数据日期、一家机构的一个到期日", "period": "data_date", "unit": "unit_code",
    "key": ["data_date", "unit_code", "occurrence"], "content": {"kind": "hand_ins"},
    "optional": True,
    "columns": [{"name": n, "title": n, "type": t} for n, t in COLUMNS],
}
PUNCTUALITY = metric("m", name="按时报送率", measure={
    "kind": "ratio", "dataset": "demo.dataset.hand_ins",
    "numerator": {"where": "deadline_stated and state = '按时'"},
    "denominator": {"where": "deadline_stated and state <> '豁免'"},
}, assumptions=["demo.assumption.a"])
EVERYWHERE = [{"to": "each", "level": "sub_branch"}, {"to": "each", "level": "branch"},
              {"to": "total"}]


def shops(folder, *days: str) -> None:
    """Some data, so that there are data dates."""
    lines = [f"{day},0101,甲,是,零售,1,\n" for day in days]
    heading = "数据日期,机构代码,商户编号,是否建档,行业,贷款,成为客户日期\n"
    (folder / "shops.csv").write_text("".join([heading, *lines]), encoding="utf-8")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    duties = [by_day(10, "quarter", reports_on="previous"),
              duty("paper", reports_on="previous")]
    return catalogue(
        tmp_path_factory.mktemp("bank"),
        datasets=[HAND_INS], unit_groups=[BRANCHES], assumptions=[assumption()],
        metrics=[PUNCTUALITY], duties=[record(d) for d in duties],
        targets=[target("t", scope={"words": "季度报告", "where": f"duty = '{REPORT}'"},
                        binds=EVERYWHERE, period={"kind": "standing"})],
        decisions=[decision("d", {
            "kind": "settle", "assumption": "demo.assumption.a", "answer": "豁免的期不算。",
        }, effective="2026-05-01")],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Data of three month ends, and beside it the record of hand-ins."""
    folder = tmp_path_factory.mktemp("data")
    shops(folder, "2025-12-31", "2026-04-30", "2026-07-31")
    (folder / "报送记录.csv").write_text(
        HEAD + "\n".join([*(f"{REPORT},{line}" for line in LINES),
                          "demo.duty.paper,0101,2026-03,2026-04-01,1,,"])
    )
    return folder


@pytest.fixture(scope="module")
def judged(catalog, folder):
    def judged(day: str, code: str):
        found = assess(catalog, folder, as_of=date.fromisoformat(day), today=date(2026, 8, 1))
        return next(f for f in found.findings if f.subject.unit_code == code)

    return judged


class TestPunctuality:
    @pytest.mark.parametrize(
        ("day", "code", "value"),
        [
            ("2026-04-30", "0101", Fraction(50)),  # 1 of 2
            ("2026-04-30", "0201", Fraction(50)),  # 1 of 2: what never came counts as due
            ("2026-04-30", "0000", Fraction(50)),  # 2 of 4, the waived not among them
            ("2026-07-31", "0101", Fraction(200, 3)),
            ("2026-07-31", "0102", Fraction(100)),  # 1 of 1; corrected later is still on time
            ("2026-07-31", "0100", Fraction(75)),  # 3 of 4
            ("2026-07-31", "0000", Fraction(400, 7)),  # 4 of 7
        ],
    )
    def test_is_what_came_on_time_of_what_was_due_this_year(self, judged, day, code, value):
        assert judged(day, code).value == value

    @pytest.mark.parametrize(
        ("day", "code"),
        [("2026-04-30", "0102"), ("2025-12-31", "0101")],
        ids=["all waived", "no record of that year"],
    )
    def test_where_nothing_was_due_there_is_no_figure_and_not_a_hundred(self, judged, day, code):
        found = judged(day, code)
        assert (found.value, found.status) == (None, Status.NO_DATA)

    def test_units_are_judged_and_ranked(self, judged):
        assert judged("2026-07-31", "0102").status is Status.MET
        late = judged("2026-07-31", "0201")
        assert (late.status, late.rank, late.rank_of) == (Status.MISSED, 3, 3)

    def test_as_it_stood_on_an_earlier_day(self, catalog, folder):
        found = assess(catalog, folder, as_of=date(2026, 7, 31), today=date(2026, 8, 1))
        assert found.series("demo.target.t", "0101") == [
            (date(2026, 4, 30), Fraction(50)), (date(2026, 7, 31), Fraction(200, 3)),
        ]

    def test_it_waits_for_the_decision_on_waived_ones(self, judged):
        """It takes effect in May."""
        found = judged("2026-04-30", "0101")
        assert (found.status, found.provisional) == (Status.UNDECIDED, Status.MISSED)
        assert found.open_assumptions == ("demo.assumption.a",)


@pytest.fixture(scope="module")
def groups(catalog, folder):
    """The rows behind the finding of 0201."""
    data = open_bank(catalog, folder, today=date(2026, 8, 1))
    assessment = assess(catalog, data, as_of=date(2026, 7, 31))
    finding = next(f for f in assessment.findings if f.subject.unit_code == "0201")
    with Rows(assessment, data) as rows:
        return {g.role: list(rows.lines(g)) for g in rows.groups(finding)}


class TestRows:
    def test_a_trace_leads_to_the_line_of_the_record(self, groups):
        [line] = groups[Role.NUMERATOR]
        assert (line.file, line.line) == ("报送记录.csv", 4)
        assert line.cells["state"] == "按时"

    def test_what_never_came_stands_only_in_the_calendar(self, groups):
        missing = {str(r.cells["due_on"]): r for r in groups[Role.MISSING]}
        never, late = missing["2026-04-10"], missing["2026-07-10"]
        assert (never.file, never.line, never.cells["days_late"]) == (CALENDAR, None, 112)
        assert (late.cells["state"], late.cells["days_late"]) == ("迟报", 1)

    def test_what_has_no_deadline_counts_for_nothing_and_is_told_apart(self, catalog, folder):
        data = open_bank(catalog, folder, today=date(2026, 8, 1))
        with data.connect() as con:
            found = con.execute(
                "SELECT DISTINCT duty, deadline_stated FROM hand_ins ORDER BY ALL"
            ).fetchall()
        assert found == [("demo.duty.paper", False), (REPORT, True)]

    def test_the_due_date_itself_counts_when_it_is_over(self, catalog, tmp_path):
        """Due on 30 April, and 30 April is the data date: nothing more can come that day."""
        kept = catalogue(
            tmp_path / "d", datasets=[HAND_INS], unit_groups=[BRANCHES],
            assumptions=[assumption()], metrics=[PUNCTUALITY],
            duties=[record(duty(deadline={"kind": "period_end"}, reports_on="current"))],
        )
        shops(tmp_path, "2026-04-30")
        (tmp_path / "报送记录.csv").write_text(f"{HEAD}{REPORT},0101,2026-03,2026-03-31,1,,\n")
        with open_bank(kept, tmp_path, today=date(2026, 8, 1)).connect() as con:
            found = con.execute(
                "SELECT unit_code, state, days_late FROM hand_ins WHERE due_on = '2026-04-30'"
                " ORDER BY ALL"
            ).fetchall()
        assert found == [(code, "逾期未报", 0) for code in ("0101", "0102", "0201")]


class TestWithoutRecords:
    def test_there_is_no_such_table(self, catalog, tmp_path):
        shops(tmp_path, "2026-04-30")
        found = assess(catalog, tmp_path, as_of=date(2026, 4, 30), today=date(2026, 8, 1))
        assert {f.status for f in found.findings} == {Status.NO_DATA}

    def test_a_file_of_its_name_is_not_taken_for_it(self, catalog, tmp_path):
        shops(tmp_path, "2026-04-30")
        (tmp_path / "hand_ins.csv").write_text("数据日期,机构代码\n2026-04-30,0101\n")
        data = open_bank(catalog, tmp_path, today=date(2026, 8, 1))
        assert [p.code for p in data.warnings] == [Code.UNKNOWN_FILE]
        assert data.tables == ("shops",)

    def test_a_record_with_faults_is_told_and_nothing_is_judged(self, catalog, tmp_path):
        shops(tmp_path, "2026-04-30")
        (tmp_path / "报送记录.csv").write_text(f"{HEAD}demo.duty.nobody,0101,2026q1,2026-04-01,,,")
        with pytest.raises(Problems) as raised:
            assess(catalog, tmp_path, today=date(2026, 8, 1))
        assert [p.code for p in raised.value.problems] == [Code.SUBMISSION_DUTY]


class TestDefinitions:
    def test_only_columns_that_are_made_can_be_declared(self, tmp_path):
        the_problem(tmp_path, """
            datasets:
              - ¦id: demo.dataset.made
                name: 报送情况
                table: made
                grain: 一个到期日
                period: data_date
                unit: unit_code
                key: [data_date, unit_code, handed_in_at]
                content: {kind: hand_ins}
                optional: true
                columns:
                  - {name: data_date, title: 数据日期, type: date}
                  - {name: unit_code, title: 机构代码, type: text}
                  - {name: handed_in_at, title: 报送时间, type: date}
            """, Code.INCONSISTENT, "handed_in_at", "handed_in_on（日期）")

    def test_the_shipped_report_is_judged_on_the_sample(self, sample_bank):
        """14 units, 3 quarters due; one waived, three late, one never came: 37 of 41."""
        from targets.catalog import load

        name = "sijin.target.quarterly_report_on_time"
        found = assess(load(), sample_bank, only={name})
        whole = next(f for f in found.findings if f.subject.unit_code == "0000")
        assert whole.value == Fraction(3700, 41)
        assert whole.open_assumptions == ()

"""`trace` and `assess --rows`: findings opened on the command line and in the workbook."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from targets.cli import cli
from tests.demo import PLACES, at_least, catalogue, counted, shop_frame, shops, target

EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]
RULES = [
    {"id": "demo.rule.must", "name": "逐户建档", "summary": "要建档。", "places": PLACES,
     "body": {"kind": "row_predicate", "dataset": "demo.dataset.shops", "require": "profiled"}},
    {"id": "demo.rule.told", "name": "态度端正", "summary": "要端正。", "places": PLACES,
     "body": {"kind": "prohibition", "unchecked": "没有一张表记得下来。"}},
]


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("definitions")
    catalogue(folder, metrics=[counted()], rules=RULES, targets=[
        target("low", test=at_least(10), binds=EVERYONE),
    ])
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("data")
    rows = shops(("2026-05-31", "0101", 2, 3), trade="=1+1") + shops(("2026-05-31", "0102", 1, 4))
    pyarrow.parquet.write_table(shop_frame(rows), folder / "shops.parquet")
    return folder


def run(*arguments):
    return CliRunner().invoke(cli, [str(a) for a in arguments])


@pytest.fixture
def trace(definitions, data):
    def command(record, *more):
        return run("trace", record, "--data", data, "--definitions", definitions, *more)

    return command


@pytest.fixture
def assess(definitions, data):
    return lambda *more: run("assess", "--data", data, "--definitions", definitions, *more)


class TestTrace:
    def test_it_shows_the_reckoning_and_the_rows_of_each_part(self, trace):
        told = trace("demo.target.low", "--unit", "0101")
        assert told.exit_code == 0, told.output
        assert "2 ÷ 3 = 66.6667%" in told.output
        assert "计入　指标m（2026-05-31）　2 行" in told.output
        assert "在分母而不在分子　指标m（2026-05-31）　1 行" in told.output
        assert "shops.parquet" in told.output

    def test_the_bank_is_meant_where_no_unit_is_named(self, trace):
        assert "3 ÷ 7" in trace("demo.target.low").output

    def test_a_rule_opens_to_what_breaks_it(self, trace):
        told = trace("demo.rule.must", "--unit", "0102", "--rows", "breaking").output
        assert "违反　逐户建档　3 行" in told
        assert "受约束而未违反　逐户" not in told

    def test_personal_columns_are_shown_only_when_asked_for(self, trace):
        assert "0101-00002" not in trace("demo.target.low", "--unit", "0101").output
        bare = trace("demo.target.low", "--unit", "0101", "--personal").output
        assert "0101-00002" in bare

    def test_the_screen_says_how_many_rows_it_left_out(self, trace):
        told = trace("demo.target.low", "--rows", "missing", "--limit", 1).output
        assert "只列了前 1 行，共 4 行" in told

    def test_csv_has_a_row_a_row_and_nothing_that_runs(self, trace, tmp_path):
        told = trace("demo.target.low", "--unit", "0101", "--format", "csv",
                     "-o", tmp_path / "rows.csv")
        assert told.exit_code == 0, told.output
        with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [(r["归类"], r["行号"]) for r in rows] == [
            ("计入", "1"), ("计入", "2"), ("在分母而不在分子", "3"),
        ]
        assert {r["行业"] for r in rows} == {"'=1+1"}

    def test_a_workbook_has_the_reckoning_and_the_rows(self, trace, tmp_path):
        import openpyxl

        told = trace("demo.rule.must", "--format", "xlsx", "-o", tmp_path / "rows.xlsx")
        assert told.exit_code == 0, told.output
        book = openpyxl.load_workbook(tmp_path / "rows.xlsx")
        assert book.sheetnames == ["推算过程", "明细", "说明"]
        assert book["明细"].max_row == 1 + 7

    @pytest.mark.parametrize(("arguments", "words"), [
        (["demo.target.lo"], "demo.target.low"),
        (["demo.target.low", "--unit", "9999"], "没有机构代码 9999"),
        (["demo.target.low", "--site", "甲"], "没有对 甲 的判定"),
        (["demo.target.low", "--rows", "breaking"], "missing"),
        (["demo.rule.must", "--rows", "missing"], "breaking"),
        (["demo.rule.must", "--format", "xlsx"], "-o"),
    ])
    def test_wrong_use_is_told(self, trace, arguments, words):
        told = trace(*arguments)
        assert told.exit_code == 2
        assert words in told.output

    def test_a_rule_that_is_only_told_says_why(self, trace):
        told = trace("demo.rule.told")
        assert told.exit_code == 1
        assert "没有一张表记得下来" in told.output


class TestAssess:
    def test_rules_stand_below_the_targets_with_counts(self, assess):
        told = assess("--unit", "0102")
        assert "规则：逐户建档" in told.output
        assert "规则 1 项：未达标 1" in told.output

    def test_csv_of_the_rules_alone(self, assess, tmp_path):
        told = assess("--show", "rules", "--format", "csv", "-o", tmp_path / "rules.csv")
        assert told.exit_code == 0, told.output
        with (tmp_path / "rules.csv").open(encoding="utf-8-sig", newline="") as file:
            found = {r["机构代码"]: r for r in csv.DictReader(file)}
        assert (found["0000"]["受约束"], found["0000"]["违反"]) == ("7", "4")
        assert found["0201"]["判定"] == "无数据"

    def test_a_breach_can_end_it_with_an_error(self, assess):
        assert assess("--target", "demo.rule.must", "--fail-on", "missed").exit_code == 1

    def test_the_meeting_workbook_links_from_findings_to_their_rows(self, assess, tmp_path):
        import openpyxl

        told = assess("--unit", "0101", "--format", "xlsx", "-o", tmp_path / "m.xlsx",
                      "--rows", "demo.target.low", "--rows", "demo.rule.must")
        assert told.exit_code == 0, told.output
        book = openpyxl.load_workbook(tmp_path / "m.xlsx")
        assert book.sheetnames == ["判定", "规则", "推算过程", "说明", "明细"]
        rows = book["明细"]
        for sheet, record in (("判定", "demo.target.low"), ("规则", "demo.rule.must")):
            cell = book[sheet]["A2"]
            assert cell.value == record
            at = int(cell.hyperlink.location.rsplit("A", 1)[1])
            assert rows.cell(at, 1).value == record
            assert rows.cell(at - 1, 1).value != record
        assert not any("0101-0000" in str(c.value) for row in rows.iter_rows() for c in row)

    def test_without_asking_there_are_no_rows_in_it(self, assess, tmp_path):
        import openpyxl

        assess("--format", "xlsx", "-o", tmp_path / "m.xlsx")
        assert "明细" not in openpyxl.load_workbook(tmp_path / "m.xlsx").sheetnames

    def test_rows_are_for_workbooks_only(self, assess):
        assert assess("--rows", "demo.target.low").exit_code == 2

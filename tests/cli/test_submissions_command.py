"""python -m targets submissions, on the shipped definitions and the sample's record of hand-ins."""

import csv
import io
import json
from datetime import date, datetime

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from targets.branchdata.intake import receipts
from targets.branchdata.sample import handins
from targets.branchdata.sources import discover
from targets.catalog import load
from targets.cli import cli
from targets.schema.duties import Duty

REPORT = "sijin.duty.quarterly_report"
OCTOBER = ("--as-of", "2026-10-15")


@pytest.fixture(scope="module")
def catalog():
    return load()


@pytest.fixture(scope="module")
def data(tmp_path_factory, catalog):
    """A folder with nothing but the sample's record."""
    folder = tmp_path_factory.mktemp("data")
    handins.write_handins(folder, catalog, "示例")
    return folder


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch, catalog):
    from targets.cli import submissions

    monkeypatch.setattr(submissions, "load", lambda folder: catalog)


def run(*arguments, code: int = 0):
    result = CliRunner().invoke(cli, ["submissions", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def listed(*arguments) -> list[dict]:
    return json.loads(run(*arguments, "--format", "json").stdout)["statuses"]


class TestWhoOwesWhat:
    def test_the_sample_has_two_overdue(self, data):
        asked = ("--data", data, *OCTOBER, "--document", "四进", "--status", "overdue")
        [before, one] = listed(*asked)
        assert (one["unit"], one["due"], one["status"]) == (
            "0303", "2026-10-10", "逾期 5 天未报"
        )
        assert (before["unit"], before["status"]) == ("0302", "逾期 97 天未报")
        assert one["actors"] == "各经营机构"

    def test_and_some_of_each_other_kind(self, data):
        found = listed("--data", data, *OCTOBER, "--status", "all", "--duty", REPORT,
                       "--from", "2026-01-01")
        kinds = [row["status_code"] for row in found]
        assert {k: kinds.count(k) for k in set(kinds)} == {
            "on_time": 50, "late": 3, "waived": 1, "overdue": 2,
        }

    def test_by_default_what_is_overdue_or_due_soon(self, data):
        early = ("--data", data, "--as-of", "2026-09-30", "--duty", REPORT)
        told = run(*early)
        assert told.stdout.count("未到期（还有 10") >= 1
        assert {r["status_code"] for r in listed(*early)} == {"due", "overdue"}
        assert len(listed(*early, "--unit", "0101")) == 1
        assert "2026-09-30 23:59（北京时间）" in told.stderr
        assert "没有收件簿" in told.stderr

    def test_what_nobody_records_is_counted_apart(self, data):
        told = run("--data", data, *OCTOBER, "--unit", "0101")
        assert "无从得知" in told.stderr
        assert "无从得知" not in told.stdout

    def test_the_same_moment_gives_the_same_bytes(self, data):
        asked = ("--data", data, *OCTOBER, "--duty", REPORT, "--status", "all")
        first, again = (run(*asked).stdout for _ in range(2))
        assert first == again

    def test_what_a_file_says_does_not_steer_the_screen(self, tmp_path):
        path = tmp_path / "记录.csv"
        path.write_text(
            f"义务编号,机构代码,报告期,豁免理由\n{REPORT},0101,2026q1,[/b]停业\x1b[2J[red]\n",
            encoding="utf-8",
        )
        told = run("--file", path, *OCTOBER, "--duty", REPORT, "--status", "waived").stdout
        assert "[/b]停业" in told
        assert "\x1b" not in told

    def test_receipts_settle_a_report_of_data(self, tmp_path):
        when = datetime(2026, 4, 9, 10, tzinfo=receipts.CHINA)
        taken = tuple(
            receipts.Taken(
                table, "0101", date(2026, 3, 31), 1, receipts.Kind.NEW, 1,
                receipts.part_path(table, date(2026, 3, 31), "0101", 1, "0" * 64),
            )
            for table in ("merchants", "households")
        )
        receipt = receipts.Receipt(
            1, when, "李某", "表.xlsx", "0" * 64, 1, None, 2, 2, 0, 0, taken
        )
        receipts.save(tmp_path, receipts.Ledger((receipt,)))
        found = listed("--data", tmp_path, "--as-of", "2026-04-20", "--duty", REPORT,
                       "--from", "2026-04-01", "--to", "2026-04-30", "--status", "all")
        words = {row["unit"]: row["status"] for row in found}
        assert words["0101"] == "按时"
        assert words["0102"] == "逾期 10 天未报"
        assert words["0100"].startswith("无从得知")


class TestRates:
    def test_exact_per_unit_and_duty(self, data):
        told = run("--data", data, *OCTOBER, "--duty", REPORT, "--rate", "--format",
                   "csv").stdout
        rates = {r["机构代码"]: r["按时率"] for r in csv.DictReader(io.StringIO(told))}
        assert (rates["0101"], rates["0104"], rates["0201"], rates["0303"]) == (
            "4/4 期", "2/4 期", "3/3 期", "3/4 期"
        )

    def test_stand_in_the_workbook_too(self, data, tmp_path):
        out = tmp_path / "催办.xlsx"
        run("--data", data, *OCTOBER, "--duty", REPORT, "--format", "xlsx", "-o", out)
        book = load_workbook(out)
        assert book.sheetnames == ["报送情况", "按时率"]
        assert book["报送情况"]["F2"].value.date() == date(2026, 7, 10)
        assert book["按时率"]["F2"].value == 4


class TestLoad:
    def test_every_week_of_the_year(self):
        told = json.loads(run("--load", *OCTOBER, "--unit", "0101", "--format", "json").stdout)
        reports, everything = told["loads"]
        # 2026 has 53 weeks; of reports, only the four quarterly ones are a sub-branch's
        assert (reports["weeks"], reports["total"], reports["most"]) == (53, 4, 1)
        assert everything["total"] > reports["total"]
        assert told["overlaps"]

    def test_the_same_numbers_asked_twice(self):
        told = run("--twice", "--document", "sijin")
        assert "市场园区商户清单" in told.stdout


class TestWrongUse:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ((), "--data"),
            (("--load", "--status", "late"), "--status"),
            (("--load", "--format", "xlsx"), "-o"),
            (("--load", "--as-of", "十月"), "不是时间"),
            (("--load", "--unit", "102"), "0102"),
            (("--load", "--from", "2026-05-01", "--to", "2026-04-01"), "早于"),
        ],
    )
    def test_is_told_in_words(self, arguments, told):
        assert told in run(*arguments, code=2).stderr

    def test_a_bad_file_ends_with_1_and_writes_nothing(self, tmp_path):
        path, out = tmp_path / "记录.csv", tmp_path / "out.csv"
        path.write_text(
            f"义务编号,机构代码,报告期,报送时间\n{REPORT},0101,2026q1,2026-03-01\n"
            f"{REPORT},0102,2026q9,2026-04-01\n", encoding="utf-8",
        )
        told = run("--file", path, *OCTOBER, "--format", "csv", "-o", out, code=1)
        for word in ("C209", ":2:4", "C205", ":3:3"):
            assert word in told.stderr
        assert not out.exists()

    def test_two_records_in_a_folder(self, tmp_path):
        for name in ("报送记录.csv", "报送记录.yaml"):
            (tmp_path / name).write_text("x", encoding="utf-8")
        assert "C213" in run("--data", tmp_path, *OCTOBER, code=1).stderr


class TestTheSample:
    def test_is_the_same_every_time_and_labelled(self, data, catalog, tmp_path):
        again = handins.write_handins(tmp_path, catalog, "示例")
        text = again.read_bytes()
        assert text == (data / handins.NAME).read_bytes()
        assert "虚构" in text.decode()

    def test_names_only_reports_with_a_deadline(self, data, catalog):
        text = (data / handins.NAME).read_text(encoding="utf-8")
        assert {d.id for d in catalog.all(Duty) if d.id in text} == {REPORT}

    def test_a_record_in_a_data_folder_is_no_unknown_table(self, tmp_path):
        (tmp_path / "报送记录.csv").write_text("x", encoding="utf-8")
        (tmp_path / "别的.csv").write_text("x", encoding="utf-8")
        problems = discover(tmp_path, [], None)[1]
        assert [p.file for p in problems if p.code.value == "B007"] == ["别的.csv"]

"""python -m targets calendar"""

import csv
import io
import json
import shutil
from datetime import date
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from targets.calendar.ledger import FILE
from targets.catalog import DEFAULT_FOLDER
from targets.cli import cli
from tests.demo import bank

APRIL = ("--from", "2026-04-01", "--to", "2026-04-30")


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch, catalog):
    """The shipped definitions are read once for all tests here."""
    from targets.cli import calendar

    read = calendar.load
    monkeypatch.setattr(
        calendar, "load", lambda folder: catalog if folder == DEFAULT_FOLDER else read(folder)
    )


def run(*arguments: str, code: int = 0):
    result = CliRunner().invoke(cli, ["calendar", *arguments])
    assert result.exit_code == code, result.output
    return result


class TestListing:
    def test_both_days_of_the_window_count(self):
        told = json.loads(
            run("--duty", "sijin.duty.quarterly_report", "--from", "2026-04-10", "--to",
                "2026-07-10", "--format", "json").stdout
        )
        assert [o["due"] for o in told["occurrences"]] == ["2026-04-10", "2026-07-10"]
        first = told["occurrences"][0]
        assert first["reports_on"] == "2026年第1季度"
        assert first["flag_codes"] == ["inclusion_unsaid", "period_unsaid"]
        assert told["timezone"] == "Asia/Shanghai"

    def test_the_table_says_who_when_and_where_it_is_written(self):
        told = run("--document", "四进", *APRIL)
        for word in ("2026-04-10", "各经营机构", "到期日", "请注意"):
            assert word in told.stdout
        assert "到期" in told.stderr
        assert "排不出日期" in told.stderr

    def test_csv_for_a_unit_names_the_unit(self, tmp_path):
        out = tmp_path / "四月.csv"
        run("--unit", "0101", *APRIL, "--format", "csv", "-o", str(out))
        raw = out.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
        assert {row["机构代码"] for row in rows} == {"0101"}
        assert {row["到期日"][:7] for row in rows} == {"2026-04"}

    def test_a_workbook_keeps_dates_as_dates(self, tmp_path):
        out = tmp_path / "四月.xlsx"
        run("--unit", "0101", *APRIL, "--format", "xlsx", "-o", str(out))
        sheet = load_workbook(out).active
        assert sheet["A1"].value == "到期日"
        assert sheet["A2"].value.date() >= date(2026, 4, 1)

    def test_a_feed_is_a_calendar(self, tmp_path):
        out = tmp_path / "0101.ics"
        told = run("--unit", "0101", *APRIL, "--format", "ics", "-o", str(out))
        assert "C011" not in told.stderr
        feed = icalendar.Calendar.from_ical(out.read_bytes())
        assert "云岭晨光支行" in feed["X-WR-CALNAME"]
        assert feed.walk("VEVENT")

    def test_what_yields_no_date_is_listed_with_the_reason(self):
        told = json.loads(run("--undated", "--document", "sijin", "--format", "json").stdout)
        why = {row["duty"]: row["why"] for row in told}
        assert "经常" in why["sijin.duty.leader_visits"]
        assert "触发" in why["sijin.duty.timely_correction"]
        assert "sijin.duty.quarterly_report" not in why


class TestWrongUse:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--unit", "102"), "是不是 0102"),
            (("--role", "客户经里"), "是不是 客户经理"),
            (("--document", "没有这份"), "没有文件 没有这份"),
            (("--duty", "sijin.duty.quarterly_reprot"), "sijin.duty.quarterly_report"),
            (("--from", "2026-05-01", "--to", "2026-04-01"), "早于"),
            (("--from", "2026-02-31"), "不是日期"),
            (("--from", "9998-01-01"), "太远"),
            (("--format", "xlsx"), "-o"),
            (("--undated", "--format", "ics"), "没有日历可订"),
        ],
    )
    def test_is_told_in_words_and_ends_with_2(self, arguments, told):
        result = run(*arguments, code=2)
        assert told in result.stderr
        assert "Traceback" not in result.output


class TestTheLedger:
    def test_is_written_once_and_then_agrees(self, tmp_path):
        folder = bank(tmp_path / "definitions")
        assert "登记了 1 处" in run("--definitions", str(folder), "--record").stdout
        kept = (folder / FILE).read_bytes()
        assert "一致" in run("--definitions", str(folder), "--record").stdout
        assert (folder / FILE).read_bytes() == kept

    def test_a_feed_of_changed_terms_warns(self, tmp_path):
        folder = tmp_path / "definitions"
        shutil.copytree(DEFAULT_FOLDER, folder)
        duties = folder / "sijin" / "duties.yaml"
        text = duties.read_text(encoding="utf-8")
        changed = text.replace("{kind: following_day, day: 10,", "{kind: following_day, day: 8,")
        assert changed != text
        duties.write_text(changed, encoding="utf-8")
        where = ("--definitions", str(folder))
        told = run(*where, "--duty", "sijin.duty.quarterly_report", *APRIL, "--format", "ics")
        assert "C011" in told.stderr
        assert "sijin/duties.yaml" in told.stderr
        run(*where, "--record")
        told = run(*where, "--duty", "sijin.duty.quarterly_report", *APRIL, "--format", "ics")
        assert "C011" not in told.stderr
        (event,) = icalendar.Calendar.from_ical(told.stdout_bytes).walk("VEVENT")
        assert (event["DTSTART"].dt, int(event["SEQUENCE"])) == (date(2026, 4, 8), 1)

    def test_a_spoilt_one_ends_the_command_with_1(self, tmp_path):
        folder: Path = bank(tmp_path / "definitions")
        (folder / FILE).write_text("{", encoding="utf-8")
        told = run("--definitions", str(folder), "--record", code=1)
        assert "C010" in told.stderr
        assert (folder / FILE).read_text(encoding="utf-8") == "{"

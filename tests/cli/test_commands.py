"""The command line: what it says, where it writes, how it ends."""

import csv
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from targets.cli import COMMANDS, cli
from targets.cli.common import problems_end_it
from tests.demo import at_least, bank, catalogue, counted, shop_frame, shops, target, write

EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    """Three targets: one met, one missed, one on a third of the way; a name like a formula."""
    folder = tmp_path_factory.mktemp("definitions")
    catalogue(folder, metrics=[counted()], targets=[
        target("low", test=at_least(10), binds=EVERYONE),
        target("high", test=at_least(90), binds=EVERYONE, name="=cmd|' /C calc'!A0"),
    ])
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("data")
    rows = shops(("2025-12-31", "0101", 1, 3), ("2026-05-31", "0101", 2, 3),
                 ("2026-05-31", "0102", 1, 4))
    pyarrow.parquet.write_table(shop_frame(rows), folder / "shops.parquet")
    return folder


def run(*arguments, **options):
    return CliRunner().invoke(cli, [str(a) for a in arguments], **options)


@pytest.fixture
def assess(definitions, data):
    return lambda *more: run("assess", "--data", data, "--definitions", definitions, *more)


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_explains_itself_in_chinese(self, command):
        told = run(command, "--help")
        assert told.exit_code == 0
        assert "用法" in told.output
        assert "Usage" not in told.output
        assert "Show this message" not in told.output

    def test_the_list_of_commands(self):
        told = run("--help").output
        assert all(command in told for command in COMMANDS)

    def test_an_unknown_command_is_wrong_use(self):
        assert run("chek").exit_code == 2

    def test_no_command_waits_for_what_another_needs(self):
        code = (
            "import sys; import targets.cli; from targets.cli import cli;"
            "cli.get_command(None, 'check');"
            "print([m for m in ('pandas', 'duckdb', 'sphinx', 'pyarrow', 'rich', 'matplotlib')"
            " if m in sys.modules])"
        )
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert told.stdout.strip() == "[]", told.stderr

    def test_definitions_that_were_checked_are_not_parsed_again(self, definitions, data, tmp_path):
        found = tmp_path / "found.csv"
        asked = ["assess", "--definitions", str(definitions), "--data", str(data),
                 "--format", "csv", "-o", str(found)]
        code = (
            f"import sys; from targets.cli import cli; cli({asked}, standalone_mode=False);"
            "print([m for m in ('sqlglot', 'yaml', 'pandas') if m in sys.modules])"
        )
        first, again = (
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True,
                env={**os.environ, "ZHIXING_CACHE": str(tmp_path / "cache")},
            )
            for _ in range(2)
        )
        assert first.stdout.strip() == "['sqlglot', 'yaml']", first.stderr
        assert again.stdout.strip() == "[]", again.stderr
        assert "demo.target.low" in found.read_text(encoding="utf-8")


class TestCheck:
    def test_what_comes_along_is_sound(self):
        told = run("check")
        assert told.exit_code == 0, told.output
        assert "没有错误" in told.output

    def test_nothing_is_said_when_there_is_nothing_to_say(self, definitions):
        assert run("check", "-q", "--definitions", definitions).output == ""

    def test_all_problems_are_shown_and_it_ends_with_1(self, tmp_path: Path):
        bank(tmp_path, a="", b="targetz: []\n")
        told = run("check", "--definitions", tmp_path)
        assert told.exit_code == 1
        assert "a.yaml:1:1: 错误 D002" in told.stderr
        assert "b.yaml:1:1: 错误 D101" in told.stderr
        assert "是不是 targets" in told.stderr
        assert "共 2 处错误" in told.stderr
        assert "Traceback" not in told.output

    def test_a_missing_folder_ends_with_1(self, tmp_path: Path):
        told = run("check", "--definitions", tmp_path / "不在")
        assert told.exit_code == 1
        assert "没有这个目录" in told.stderr

    def test_a_warning_alone_ends_with_0(self, tmp_path: Path):
        bank(tmp_path, more="assumptions:\n  - {id: demo.assumption.a, name: 甲, question: 乙？,"
                            " interim: 丙。, affects: judgement, decider: 总行}\n")
        told = run("check", "--definitions", tmp_path)
        assert told.exit_code == 0
        assert "提醒 D210" in told.stderr


class TestAssess:
    def test_a_table_on_the_screen(self, assess):
        told = assess()
        assert told.exit_code == 0, told.output
        assert "东城分行" in told.stdout
        assert "42.86%" in told.stdout  # 3 of 7 at the bank
        assert "数据日期 2026-05-31" in told.stderr

    def test_a_missed_target_is_a_result_and_not_an_error(self, assess):
        assert "未达标" in assess().stdout
        assert assess().exit_code == 0
        assert assess("--fail-on", "missed").exit_code == 1
        assert assess("--fail-on", "undecided", "--fail-on", "behind").exit_code == 0

    def test_fail_on_looks_only_at_what_was_asked_for(self, assess):
        assert assess("--fail-on", "missed", "--target", "demo.target.low").exit_code == 0

    def test_json_numbers_are_exact(self, assess):
        content = json.loads(assess("--format", "json").stdout)
        assert content["as_of"] == "2026-05-31"
        found = {(f["target"], f["subject"]["unit_code"]): f for f in content["findings"]}
        bank_low = found["demo.target.low", "0000"]
        assert bank_low["value"] == "42.857143"
        assert (bank_low["numerator"], bank_low["denominator"]) == (3, 7)
        assert Fraction(bank_low["threshold"]) == 10
        assert bank_low["status"] == "met"
        assert bank_low["status_label"] == "达标"
        assert bank_low["trace"]["steps"]
        assert not any(isinstance(v, float) for f in content["findings"] for v in f.values())

    @pytest.mark.parametrize(
        ("table", "nothing", "heading"),
        [("allocations", "没有有效的目标分解", "份额"), ("scores", "没有考核表", "计分办法")],
    )
    def test_allocations_and_scores_are_tables_of_their_own(self, assess, table, nothing, heading):
        assert nothing in assess("--show", table).output
        assert heading in assess("--show", table, "--format", "csv").output.splitlines()[0]

    def test_csv_opens_in_a_spreadsheet_and_runs_nothing(self, assess, tmp_path: Path):
        file = tmp_path / "结果.csv"
        assert assess("--format", "csv", "-o", file).exit_code == 0
        raw = file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
        assert len(rows) == 12
        names = {row["目标"] for row in rows}
        assert names == {"目标low", "'=cmd|' /C calc'!A0"}
        assert {row["机构代码"] for row in rows} >= {"0000", "0101"}

    def test_csv_on_the_screen_has_no_mark(self, assess):
        assert assess("--format", "csv").stdout.startswith("目标编号,")

    def test_a_workbook_can_be_read_back(self, assess, tmp_path: Path):
        from python_calamine import CalamineWorkbook

        file = tmp_path / "结果.xlsx"
        assert assess("--format", "xlsx", "-o", file).exit_code == 0
        with CalamineWorkbook.from_path(file) as book:
            assert book.sheet_names == ["判定", "推算过程", "说明"]
            head, *rows = book.get_sheet_by_name("判定").to_python()
        assert len(rows) == 12
        cells = [dict(zip(head, row, strict=True)) for row in rows]
        (one,) = [c for c in cells if c["机构代码"] == "0101" and c["目标编号"].endswith("low")]
        assert one["本期值"] == pytest.approx(200 / 3)
        assert (one["分子"], one["分母"], one["判定"]) == (2, 3, "达标")
        assert "=cmd|' /C calc'!A0" in {c["目标"] for c in cells}

    def test_a_workbook_does_not_go_to_the_screen(self, assess):
        told = assess("--format", "xlsx")
        assert told.exit_code == 2
        assert "-o" in told.stderr

    def test_an_earlier_date(self, assess):
        content = json.loads(assess("--format", "json", "--as-of", "2025-12-31").stdout)
        assert content["as_of"] == "2025-12-31"

    @pytest.mark.parametrize("day", ["2026-02-30", "昨天", "20260531x", "2026/05/31"])
    def test_what_is_no_date_is_wrong_use(self, assess, day):
        told = assess("--as-of", day)
        assert told.exit_code == 2
        assert f"{day} 不是日期" in told.stderr

    def test_a_date_without_data_names_the_nearest(self, assess):
        told = assess("--as-of", "2026-01-15")
        assert told.exit_code == 1
        assert "B110" in told.stderr
        assert "2025-12-31、2026-05-31" in told.stderr

    def test_an_unknown_target_is_answered_with_the_nearest(self, assess):
        told = assess("--target", "demo.target.lowe")
        assert told.exit_code == 2
        assert "是不是 demo.target.low" in told.stderr

    def test_the_id_of_something_else_is_no_target(self, assess):
        assert assess("--target", "demo.metric.m").exit_code == 2

    def test_an_unknown_unit_is_answered_with_those_there_are(self, assess):
        told = assess("--unit", "101")
        assert told.exit_code == 2
        assert "0101" in told.stderr

    def test_only_what_is_asked_for_is_shown(self, assess):
        content = json.loads(
            assess("--format", "json", "--level", "branch", "--unit", "0100").stdout
        )
        assert {(f["subject"]["level"], f["subject"]["unit_code"]) for f in content["findings"]} \
            == {("branch", "0100")}

    def test_missing_data_ends_with_1(self, definitions, tmp_path: Path):
        told = run("assess", "--data", tmp_path / "不在", "--definitions", definitions)
        assert told.exit_code == 1
        assert "B001" in told.stderr
        assert "Traceback" not in told.output

    def test_wrong_definitions_end_with_1_before_any_data_is_read(self, tmp_path: Path, data):
        write(tmp_path, {"a.yaml": "targetz: []\n"})
        told = run("assess", "--data", data, "--definitions", tmp_path)
        assert told.exit_code == 1
        assert "D101" in told.stderr

    def test_a_doubt_about_the_data_is_shown_beside_the_result(self, definitions, tmp_path: Path):
        text = "day,unit_code,shop,profiled,trade,loan,since,备注\n2026-05-31,0101,a,是,,,,无\n"
        (tmp_path / "shops.csv").write_text(text, encoding="utf-8")
        told = run("assess", "--data", tmp_path, "--definitions", definitions)
        assert told.exit_code == 0, told.output
        assert "B102" in told.stderr
        assert "备注" in told.stderr


class TestWriting:
    def test_a_folder_that_is_not_there_is_wrong_use(self, assess, tmp_path: Path):
        told = assess("--format", "json", "-o", tmp_path / "不在" / "a.json")
        assert told.exit_code == 2
        assert "没有目录" in told.stderr
        assert not (tmp_path / "不在").exists()

    def test_a_folder_in_place_of_a_file_is_wrong_use(self, assess, tmp_path: Path):
        told = assess("--format", "json", "-o", tmp_path)
        assert told.exit_code == 2
        assert "是目录" in told.stderr

    @pytest.mark.parametrize("form", ["json", "csv", "xlsx", "table"])
    def test_when_writing_fails_the_old_file_stays_whole(
        self, assess, tmp_path: Path, monkeypatch, form
    ):
        file = tmp_path / f"a.{form}"
        file.write_text("旧的", encoding="utf-8")

        def full(self, *args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        told = assess("--format", form, "-o", file)
        assert told.exit_code == 1
        assert "没有写成：磁盘满了" in told.stderr
        assert file.read_text(encoding="utf-8") == "旧的"
        assert [p.name for p in tmp_path.iterdir()] == [file.name]

    @pytest.mark.parametrize(
        ("error", "ends"),
        [(RuntimeError("Query interrupted"), SystemExit), (RuntimeError("else"), RuntimeError)],
    )
    def test_a_query_that_is_interrupted_ends_it_without_a_traceback(self, error, ends):
        @click.command()
        @problems_end_it
        def command():
            raise error  # the first is how DuckDB tells of Ctrl-C

        told = CliRunner().invoke(command)
        assert told.exit_code == 1
        assert isinstance(told.exception, ends)

    def test_problems_leave_no_file_behind(self, definitions, tmp_path: Path):
        file = tmp_path / "a.json"
        told = run("assess", "--data", tmp_path / "不在", "--definitions", definitions,
                   "--format", "json", "-o", file)
        assert told.exit_code == 1
        assert list(tmp_path.iterdir()) == []


class TestExport:
    def test_every_record_with_its_document_clause_and_texts(self, definitions):
        content = json.loads(run("export", "--definitions", definitions).stdout)
        (low, _) = content["targets"]
        assert low["id"] == "demo.target.low"
        assert low["document"] == "demo.document.plan"
        assert low["clause"] == "demo.clause.1.1"
        assert low["citations"] == ["《要点》“指标”"]
        assert low["name"] == "目标low"
        assert low["defined_at"].startswith("rest.yaml:")

    def test_what_comes_along_is_whole(self):
        from targets.catalog import load

        catalog = load()
        content = json.loads(run("export").stdout)
        rows = {row["id"]: row for kind, rows in content.items() if isinstance(rows, list)
                for row in rows}
        assert rows.keys() == catalog.records.keys()
        for record_id, record in catalog.records.items():
            row = rows[record_id]
            assert {"id", "document", "clause", "name"} <= row.keys()
            assert record.model_dump(mode="json", by_alias=True).items() <= row.items()

    def test_the_schema_goes_to_a_file(self, tmp_path: Path):
        file = tmp_path / "schema.json"
        assert run("export", "--format", "schema", "-o", file).exit_code == 0
        assert json.loads(file.read_text(encoding="utf-8"))["title"]


class TestSample:
    def test_it_is_made_checked_and_judged(self, tmp_path: Path):
        told = run("sample", "-o", tmp_path / "sample")
        assert told.exit_code == 0, told.output
        assert "虚构" in told.output
        judged = run("assess", "--data", tmp_path / "sample")
        assert judged.exit_code == 0, judged.output
        assert "示例数据" in judged.stderr

    def test_a_folder_with_other_files_is_left_alone(self, tmp_path: Path):
        (tmp_path / "要紧.txt").write_text("别动", encoding="utf-8")
        told = run("sample", "-o", tmp_path)
        assert told.exit_code == 1
        assert [p.name for p in tmp_path.iterdir()] == ["要紧.txt"]


class TestProcess:
    """As a process of its own: exit codes and streams as a shell sees them."""

    def test_exit_codes(self, tmp_path: Path, definitions):
        def code(*arguments) -> int:
            command = [sys.executable, "-m", "targets", *map(str, arguments)]
            return subprocess.run(command, capture_output=True).returncode

        assert code("check", "-q", "--definitions", definitions) == 0
        assert code("check", "--definitions", tmp_path / "不在") == 1
        assert code("check", "--nonsense") == 2

    def test_a_reader_who_has_seen_enough_is_no_error_to_be_told(self, definitions):
        command = f"{sys.executable} -m targets export --definitions {definitions} | head -c 10"
        told = subprocess.run(command, shell=True, capture_output=True, text=True)
        assert "Traceback" not in told.stderr

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
    @pytest.mark.parametrize("command", ["export", "check", "--help"])
    def test_output_that_finds_no_room_is_an_error_told_in_one_line(self, command):
        with open("/dev/full", "w") as full:
            told = subprocess.run(
                [sys.executable, "-m", "targets", command],
                stdout=full, stderr=subprocess.PIPE, text=True,
            )
        assert told.returncode == 1
        assert told.stderr.splitlines()[-1] == "错误：输出没有写完：磁盘满了"
        assert "Traceback" not in told.stderr

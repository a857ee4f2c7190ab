"""`template` on the command line: files whole or not at all, and what was asked for wrongly."""

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from targets.cli import cli
from tests.demo import at_least, catalogue, counted, target

EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    """A bank of six units, of which all but the bank's outlets send a list of shops."""
    folder = tmp_path_factory.mktemp("definitions")
    catalogue(folder, metrics=[counted()],
              targets=[target("low", test=at_least(10), binds=EVERYONE)])
    return folder


@pytest.fixture
def template(definitions):
    return lambda *more: run("--definitions", definitions, *more)


def run(*arguments):
    return CliRunner().invoke(cli, ["template", *map(str, arguments)])


class TestOneUnit:
    def test_a_workbook_is_written(self, template, tmp_path):
        path = tmp_path / "报数.xlsx"
        told = template("--unit", "0101", "--period", "2026Q3", "--document", "demo", "-o", path)
        assert told.exit_code == 0
        assert "已写出" in told.output
        assert openpyxl.load_workbook(path, read_only=True).sheetnames[0] == "填报说明"
        assert [p.name for p in tmp_path.iterdir()] == ["报数.xlsx"]

    def test_a_form_is_written(self, tmp_path):
        path = tmp_path / "季报.xlsx"
        told = run("--unit", "0101", "--period", "2026Q3", "--duty",
                   "sijin.duty.quarterly_report", "-o", path)
        assert told.exit_code == 0
        assert "报告表" in openpyxl.load_workbook(path, read_only=True).sheetnames

    def test_wrong_unit_and_wrong_period_are_told_together(self, template, tmp_path):
        path = tmp_path / "x.xlsx"
        told = template("--unit", "0109", "--period", "2026-09-29", "-o", path)
        assert told.exit_code == 2
        assert "T001" in told.output
        assert "T002" in told.output
        assert not path.exists()

    @pytest.mark.parametrize("arguments", [
        ("--unit", "0101"),
        ("-o", "x.xlsx"),
        ("--unit", "0101", "-o", "x.xls"),
        ("--unit", "0101", "--level", "branch", "-o", "x.xlsx"),
        ("--all-units", "x"),
        ("--all-units", "x", "--level", "branch", "-o", "x.xlsx"),
        ("--unit", "0101", "--duty", "a", "--table", "b", "-o", "x.xlsx"),
    ])
    def test_wrong_use_is_refused(self, arguments):
        told = run("--period", "2026-09", *arguments)
        assert told.exit_code == 2

    def test_bad_data_write_nothing(self, template, tmp_path):
        (tmp_path / "shops.csv").write_text("day\n2026-08-31\n", encoding="utf-8")
        path = tmp_path / "x.xlsx"
        told = template("--unit", "0101", "--period", "2026-09", "--data", tmp_path, "-o", path)
        assert told.exit_code == 1
        assert not path.exists()


class TestEveryUnitOfALevel:
    def names(self, folder: Path):
        return sorted(p.name.split("_")[0] for p in folder.iterdir())

    def test_each_gets_its_own(self, template, tmp_path):
        told = template("--all-units", tmp_path / "out", "--level", "branch", "--period", "2026-09")
        assert told.exit_code == 0
        assert self.names(tmp_path / "out") == ["0100", "0200"]

    def test_a_level_with_nothing_to_send_writes_nothing(self, template, tmp_path):
        told = template("--all-units", tmp_path / "out", "--level", "outlet", "--period", "2026-09")
        assert told.exit_code == 2
        assert "T005" in told.output
        assert not (tmp_path / "out").exists()

"""What identifies a person never leaves the tables; a count of few people never reaches a page."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from targets.assessment.findings import WITHHELD
from targets.branchdata import reported_codes
from targets.branchdata.read import write_manifest
from targets.catalog import Catalog, load
from targets.cli import cli
from targets.publish.domain.handbook import Handbook
from targets.publish.results import load_results
from targets.schema.measures import Dataset, Metric, SitesContent
from targets.schema.organisation import Unit
from targets.schema.targets import Decision, Target
from tests.publish.test_results import RATIO

NAME = "欧阳秘不宣"
NUMBER = "11010119491001"
"""the first digits of every planted ID number"""


@pytest.fixture(scope="module")
def catalog():
    return load()


@pytest.fixture(scope="module")
def planted(catalog, sample_bank, tmp_path_factory) -> Path:
    """The sample's last month, a name and an ID number in every personal column."""
    whole, folder = sample_bank, tmp_path_factory.mktemp("planted")
    personal = 0
    with duckdb.connect() as connection:
        for dataset in (d for d in catalog.all(Dataset) if d.sent):
            source = whole / f"{dataset.table}.parquet"
            named = [c.name for c in dataset.columns if c.personal]
            personal += len(named)
            replaced = ", ".join(f"'{NAME}{NUMBER}' || {c} AS {c}" for c in named)
            star = f"* REPLACE ({replaced})" if named else "*"
            connection.execute(
                f"COPY (SELECT {star} FROM '{source}' WHERE {dataset.period} = "
                f"(SELECT max({dataset.period}) FROM '{source}')) "
                f"TO '{folder / source.name}' (FORMAT parquet)"
            )
    assert personal >= 8
    # what the manifest calls a sample may run ahead of the calendar
    codes = reported_codes(catalog.all(Metric))
    write_manifest(folder, catalog.all(Dataset), catalog.all(Unit), codes=codes, sample=True)
    (folder / "报送记录.csv").write_text(
        "义务编号,机构代码,报告期,报送时间,报送人\n"
        f"sijin.duty.quarterly_report,0101,2026q1,2026-04-08,{NAME}\n", encoding="utf-8",
    )
    return folder


def told(*texts: str) -> bool:
    return any(secret in text for text in texts for secret in (NAME, NUMBER))


class TestIdentifiersStayInTheTables:
    @pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
    def test_not_in_what_the_command_line_writes(self, planted, tmp_path, form):
        out = tmp_path / f"out.{form}"
        run = CliRunner().invoke(
            cli, ["assess", "--data", str(planted), "--format", form, "--all", "-o", str(out)]
        )
        assert run.exit_code == 0, run.output
        text = _workbook_text(out) if form == "xlsx" else out.read_text(encoding="utf-8")
        assert len(text) > 10_000
        assert not told(text, run.output, run.stderr)

    def test_not_in_complaints_about_the_data(self, catalog, planted, tmp_path):
        """A row twice, and an unknown unit: told by their places."""
        for dataset in (d for d in catalog.all(Dataset) if d.sent):
            source = planted / f"{dataset.table}.parquet"
            people = any(c.personal for c in dataset.columns)
            twice = f"SELECT * FROM '{source}' UNION ALL (SELECT * FROM '{source}' LIMIT 2)"
            strange = f"{twice} UNION ALL (SELECT * REPLACE ('9999' AS {dataset.unit}) "
            query = strange + f"FROM '{source}' LIMIT 1)" if people else f"FROM '{source}'"
            with duckdb.connect() as connection:
                connection.execute(
                    f"COPY ({query}) TO '{tmp_path / source.name}' (FORMAT parquet)"
                )
        run = CliRunner().invoke(cli, ["assess", "--data", str(tmp_path)])
        assert run.exit_code == 1
        assert "B107" in run.stderr
        assert "B108" in run.stderr
        assert not told(run.output, run.stderr)

    def test_not_on_the_pages(self, catalog, planted, tmp_path):
        results = load_results(catalog, planted, tmp_path / "cache")
        handbook = Handbook(catalog, results, as_of=results.as_of, source="definitions/")
        pages = [
            handbook.render("standing", record.id)
            for record in (*catalog.all(Target), *catalog.all(Unit))
        ]
        assert sum(map(len, pages)) > 100_000
        assert not told(*pages, repr(results))
        assert any(WITHHELD in page for page in pages)

    def test_no_finding_is_about_a_person(self, catalog):
        """Subjects are units and sites; sites take their name from a table without people."""
        registers = [d for d in catalog.all(Dataset) if isinstance(d.content, SitesContent)]
        assert registers
        assert not any(c.personal for d in registers for c in d.columns)


def _workbook_text(path: Path) -> str:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    return "\n".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
        if cell is not None
    )


ROSTER = """
datasets:
  - id: demo.dataset.roster
    name: 商户名册
    table: roster
    grain: 每户每月一行
    columns:
      - {name: period, title: 数据日期, type: date, required: true}
      - {name: unit, title: 机构代码, type: text, required: true}
      - {name: merchant, title: 商户编号, type: text, required: true, personal: true}
      - {name: profiled, title: 已建档, type: boolean, required: true}
    period: period
    unit: unit
    key: [period, merchant]
"""
MINIMUM = """
decisions:
  - id: bank.decision.few
    name: 人数太少的不公布
    number: 示范〔2026〕2号
    decided: 2026-01-01
    effective: 2026-01-01
    signoff:
      drafted: {by: 甲, day: 2026-01-01}
      reviewed: {by: 乙, day: 2026-01-01}
      issued: {by: 丙, day: 2026-01-01}
    decider: 总行
    reason: 免得认出人来。
    changes: [{kind: smallest_published, count: 4}]
"""


class TestThePagesOfABank:
    @pytest.fixture
    def measured(self, definitions: Path) -> Path:
        path = definitions / "demo.yaml"
        text = path.read_text(encoding="utf-8")
        unmeasured = "measure: {kind: not_measured, reason: 没有登记数据表}\n"
        path.write_text(text.replace(unmeasured, RATIO) + ROSTER, encoding="utf-8")
        return definitions

    def page(self, definitions: Path, tmp_path: Path, profiled: int, of: int) -> str:
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        rows = "".join(
            f"2026-06-30,0000,m{i},{'true' if i < profiled else 'false'}\n" for i in range(of)
        )
        (data / "roster.csv").write_text("period,unit,merchant,profiled\n" + rows)
        catalog = load(definitions)
        results = load_results(catalog, data, tmp_path / "cache")
        handbook = Handbook(catalog, results, as_of=results.as_of, source="definitions/")
        return handbook.render("standing", "demo.target.profiled")

    def test_a_rate_of_few_people_is_told_as_withheld(self, measured, tmp_path):
        (measured / "few.yaml").write_text(MINIMUM, encoding="utf-8")
        page = self.page(measured, tmp_path, 3, 20)
        assert WITHHELD in page
        assert "15" not in page
        assert "3 ÷ 20" not in page

    def test_a_rate_of_enough_people_is_shown(self, measured, tmp_path):
        (measured / "few.yaml").write_text(MINIMUM, encoding="utf-8")
        page = self.page(measured, tmp_path, 4, 20)
        assert WITHHELD not in page
        assert "20%" in page
        assert "4 ÷ 20" in page

    def test_until_the_bank_decides_nothing_counted_on_people_is_shown(self, measured, tmp_path):
        page = self.page(measured, tmp_path, 10, 20)
        assert WITHHELD in page
        assert "还没有定下" in page
        assert "50%" not in page


class TestTheSampleBank:
    def test_it_has_decided_and_says_that_it_is_a_sample(self, catalog):
        found = [
            d for d in catalog.all(Decision)
            if any(c.kind == "smallest_published" for c in d.changes)
        ]
        assert [d.sample for d in found] == [True]

    def test_without_its_decision_the_question_is_on_the_list(self, catalog):
        open_again = undecided(catalog, "sample.decision.smallest_published")
        handbook = Handbook(open_again, load_results(open_again, None, Path()), source="")
        page = handbook.render("list", "assumption", "", "settled=false affects=publication",
                               "table")
        assert "少于几人的数不公布" in page


def undecided(catalog: Catalog, without: str) -> Catalog:
    records = {i: r for i, r in catalog.records.items() if i != without}
    return Catalog(records, catalog.origins, catalog.folder, catalog.warnings)

"""The invented bank: always the same, plainly labelled, and rich enough to show every case."""

import hashlib
import json
import os
import shutil
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from targets.assessment import Status, assess
from targets.assessment.disclosure import publishable
from targets.branchdata import manifest
from targets.branchdata import sample as sample_module
from targets.branchdata.sample import files as sample_files
from targets.branchdata.sample import handins
from targets.problems import Code, Problems
from targets.schema.measures import Dataset, Metric, ReportedMeasure


@pytest.fixture
def copy(sample, tmp_path):
    """A copy of the sample that a test may spoil."""
    return shutil.copytree(sample, tmp_path / "copy")


def digests(folder):
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*")) if p.is_file()
    }


class TestGeneration:
    def test_every_run_gives_the_same_bytes(self, bank, sample, tmp_path):
        assert digests(sample_module.write_sample(tmp_path / "again", bank)) == digests(sample)

    def test_it_is_small(self, sample):
        assert sum(p.stat().st_size for p in sample.rglob("*") if p.is_file()) < 12_000_000

    def test_an_earlier_sample_is_replaced_whole(self, bank, copy):
        (copy / "merchants.parquet").unlink()
        (copy / "rest.txt").write_text("x")
        sample_module.write_sample(copy, bank, forms=("parquet",))
        assert {p.name for p in copy.iterdir()} == {
            manifest.NAME, handins.NAME,
            *(f"{d.table}.parquet" for d in bank.all(Dataset) if d.sent),
        }

    def test_a_folder_with_other_files_is_left_alone(self, bank, tmp_path):
        (tmp_path / "重要.txt").write_text("x")
        with pytest.raises(Problems) as raised:
            sample_module.write_sample(tmp_path, bank)
        assert [p.code for p in raised.value.problems] == [Code.OUTPUT_TAKEN]
        assert [p.name for p in tmp_path.iterdir()] == ["重要.txt"]

    def test_nothing_is_left_half_written(self, bank, tmp_path, monkeypatch):
        def fail(*_):
            raise OSError("磁盘满了")

        monkeypatch.setattr(sample_files, "write_parquet", fail)
        with pytest.raises(OSError, match="磁盘满了"):
            sample_module.write_sample(tmp_path / "new", bank, forms=("parquet",))
        assert list(tmp_path.iterdir()) == []

    def test_every_sheet_says_that_it_is_invented(self, sample):
        with CalamineWorkbook.from_path(sample / sample_module.BOOK) as book:
            for name in book.sheet_names:
                top = book.get_sheet_by_name(name).to_python(skip_empty_area=False)[:2]
                assert "示例数据" in str(top)

    def test_every_parquet_file_says_so_too(self, sample):
        for path in sample.glob("*.parquet"):
            assert pq.read_schema(path).metadata[b"label"].decode() == "示例数据"


class TestContent:
    def query(self, opened, sql):
        with opened["parquet"].connect() as con:
            return con.execute(sql).fetchall()

    def test_two_years_of_month_ends(self, opened):
        dates = opened["parquet"].dates()
        assert (dates[0], dates[-1], len(dates)) == (date(2024, 10, 31), date(2026, 9, 30), 24)

    def test_some_sites_succeed_and_some_do_not(self, opened):
        rates = [rate for (rate,) in self.query(opened, """
            SELECT count(profiled_on) / count(*) FROM merchants
            WHERE data_date = DATE '2026-09-30' GROUP BY site_code""")]
        assert any(rate >= 0.7 for rate in rates)
        assert any(0.68 <= rate < 0.7 for rate in rates)
        assert any(rate < 0.5 for rate in rates)

    def test_one_story_loses_customers(self, opened):
        changes = self.query(opened, """
            SELECT site_code, max_by(rate, data_date) - min_by(rate, data_date) AS change
            FROM (SELECT site_code, data_date, count(customer_since) / count(*) AS rate
                  FROM merchants GROUP BY ALL) GROUP BY 1 ORDER BY 2""")
        assert changes[0][1] < -0.1
        assert changes[-1][1] > 0.2

    def test_two_rosters_were_never_sent_and_one_of_them_is_the_latest(self, opened):
        missing = self.query(opened, """
            SELECT s.data_date, s.site_code FROM sites s ANTI JOIN merchants m
            ON s.data_date = m.data_date AND s.site_code = m.site_code
            WHERE kind = 'market' ORDER BY 1""")
        assert [day for day, _ in missing] == [date(2026, 6, 30), date(2026, 9, 30)]

    def test_a_unit_that_opened_later_has_no_data_from_before(self, opened, bank):
        young = max((u for u in bank.units_by_code.values() if u.opened), key=lambda u: u.opened)
        [(first,)] = self.query(opened, f"""
            SELECT min(data_date) FROM sites WHERE unit_code = '{young.code}'""")
        assert first >= young.opened > opened["parquet"].dates()[0]

    def test_every_kind_of_finding_can_be_seen_with_the_sample_decisions(self, opened, bank):
        judged = assess(bank, opened["parquet"])
        inside = {finding.status for finding in judged.findings}
        outside = {finding.status for finding in publishable(judged).findings}
        assert inside == set(Status) - {Status.WITHHELD}
        assert Status.WITHHELD in outside

    def test_every_reported_metric_has_figures(self, opened, bank):
        codes = {m.measure.code for m in bank.all(Metric)
                 if isinstance(m.measure, ReportedMeasure)}
        assert {c for (c,) in self.query(opened, "SELECT DISTINCT code FROM reported")} == codes


class TestManifest:
    @pytest.fixture
    def verified(self, monkeypatch):
        """The tables that reading verified anew."""
        from targets.branchdata import read

        seen = []
        real = read.check

        def spy(source, *rest):
            seen.append(source.dataset.table)
            return real(source, *rest)

        monkeypatch.setattr(read, "check", spy)
        return seen

    def test_what_has_passed_is_not_verified_again(self, empty_desk, copy, verified):
        data = empty_desk.read(copy)
        assert verified == []
        assert data.warnings == ()

    def test_without_a_manifest_everything_is_verified_and_nothing_is_a_sample(
        self, empty_desk, copy, verified
    ):
        (copy / manifest.NAME).unlink()
        assert empty_desk.read(copy).label == ""
        assert sorted(verified) == sorted(d.table for d in empty_desk.bank.all(Dataset) if d.sent)

    def test_a_file_that_was_changed_is_verified_and_named(self, empty_desk, copy, verified):
        table = pq.read_table(copy / "merchants.parquet")
        pq.write_table(table.slice(0, 100), copy / "merchants.parquet")
        data = empty_desk.read(copy)
        assert "merchants" in verified
        assert [p.code for p in data.warnings] == [Code.STALE_MANIFEST]
        assert "merchants.parquet" in data.warnings[0].found
        assert data.label == "示例数据（有改动）"
        assert data.file("merchants").rows == 100

    def test_faults_in_a_changed_file_are_found(self, empty_desk, copy):
        table = pq.read_table(copy / "merchants.parquet")
        pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), copy / "merchants.parquet")
        codes = {p.code for p in empty_desk.problems(copy)}
        assert codes == {Code.DUPLICATE_ROW, Code.STALE_MANIFEST}

    def test_a_changed_definition_means_verifying_again(self, bank, copy, verified):
        from targets.branchdata import open_data, reported_codes
        from targets.schema.organisation import Unit

        datasets = [
            d.model_copy(update={"columns": tuple(
                c.model_copy(update={"maximum": Decimal(200_000)}) if c.name == "credit_line" else c
                for c in d.columns)}) if d.table == "merchants" else d
            for d in bank.all(Dataset)
        ]
        with pytest.raises(Problems) as raised:
            open_data(copy, datasets, bank.all(Unit), codes=reported_codes(bank.all(Metric)))
        assert {p.code for p in raised.value.problems} == {Code.OUT_OF_RANGE}

    def test_dates_that_are_future_ones_to_the_caller_are_still_found(self, empty_desk, copy):
        empty_desk.today = date(2026, 7, 15)
        assert Code.FUTURE_DATE in {p.code for p in empty_desk.problems(copy)}

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "读不了"), ("{", "读不了"), ("[]", "读不了"), ("{}", "读不了"),
            (f'{{"version": {manifest.VERSION}}}', "读不了"),
            ('{"version": 1}', "另一版本"), ('{"version": 99}', "另一版本"),
        ],
    )
    def test_a_manifest_that_cannot_be_read_is_as_good_as_none(
        self, empty_desk, copy, verified, text, why
    ):
        (copy / manifest.NAME).write_text(text)
        [problem] = empty_desk.problems(copy)
        assert (problem.code, why in problem.found) == (Code.STALE_MANIFEST, True)
        assert sorted(verified) == sorted(d.table for d in empty_desk.bank.all(Dataset) if d.sent)

    def test_invented_data_stay_invented_under_another_version_s_manifest(self, empty_desk, copy):
        content = json.loads((copy / manifest.NAME).read_text())
        (copy / manifest.NAME).write_text(json.dumps(content | {"version": 1}))
        assert empty_desk.read(copy).label == "示例数据（未与清单核对）"

    def test_it_is_written_whole_or_not_at_all(self, copy, monkeypatch):
        before = (copy / manifest.NAME).read_text()

        def fail(*_):
            raise OSError("磁盘满了")

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="磁盘满了"):
            manifest.write(copy, {}, sample=False)
        assert (copy / manifest.NAME).read_text() == before
        assert not list(copy.glob(".manifest*"))

    def test_it_names_every_file(self, sample):
        content = json.loads((sample / manifest.NAME).read_text())
        assert set(content["files"]) == {p.name for p in sample.glob("*.parquet")} | {
            sample_module.BOOK
        }

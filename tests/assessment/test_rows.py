"""Findings opened to the rows behind them, by file and line."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from targets.assessment import assess
from targets.assessment.listing import listing
from targets.assessment.rows import ASKED, MASK, Role, Rows
from targets.branchdata import open_data, reported_codes
from targets.catalog import load
from targets.problems import Code, Problems
from targets.schema.criteria import Frequency
from targets.schema.measures import Dataset, Metric, RatioMeasure
from targets.schema.organisation import Unit
from targets.schema.targets import Target
from tests.demo import catalogue, counted, metric, reported, shop_frame, shops, target

DAY = "2026-05-31"
EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]
LATER = date(2030, 1, 1)
ROWS = shops((DAY, "0101", 2, 3), (DAY, "0201", 1, 4))


def opened(catalog, source):
    return open_data(
        source, catalog.all(Dataset), catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)), today=LATER,
    )


class Bank:
    """The small bank judged, and its findings opened."""

    def __init__(self, folder: Path, source, **lists):
        self.catalog = catalogue(folder / "definitions", **(
            {"metrics": [counted()], "targets": [target(binds=EVERYONE)]} | lists
        ))
        self.data = opened(self.catalog, source)
        self.assessment = assess(self.catalog, self.data, today=LATER)

    def finding(self, code: str):
        found = (*self.assessment.findings, *self.assessment.rule_findings)
        return next(f for f in found if f.subject.unit_code == code)

    def rows(self, code: str, role: Role, **options) -> list:
        with Rows(self.assessment, self.data) as rows:
            return [
                line for group in rows.groups(self.finding(code)) if group.role is role
                for line in rows.lines(group, **options)
            ]

    def groups(self, code: str) -> dict:
        with Rows(self.assessment, self.data) as rows:
            return {g.role: g for g in rows.groups(self.finding(code))}


class TestPlaces:
    def test_a_line_of_a_csv_file_even_where_a_cell_has_two(self, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "shops.csv").write_text(
            "day,unit_code,shop,profiled,trade,loan,since\n"
            f'{DAY},0101,甲,是,"粮油\n副食",,\n'
            f"{DAY},0101,乙,否,零售,,\n"
            f"{DAY},0102,丙,是,零售,,\n", encoding="utf-8",
        )
        bank = Bank(tmp_path, tmp_path / "data")
        [missing] = bank.rows("0101", Role.MISSING)
        assert (missing.file, missing.sheet, missing.line) == ("shops.csv", None, 4)
        assert [r.line for r in bank.rows("0000", Role.NUMERATOR)] == [2, 5]

    def test_a_row_of_a_sheet_below_a_title(self, tmp_path):
        import xlsxwriter

        book = xlsxwriter.Workbook(tmp_path / "报送.xlsx")
        sheet = book.add_worksheet("商户清单")
        sheet.write(0, 0, "五月份商户")
        sheet.write_row(1, 0, ["数据日期", "机构代码", "商户编号", "是否建档", "行业", "贷款",
                               "成为客户日期"])
        sheet.write_row(2, 0, [DAY, "0101", "甲", "是"])
        sheet.write_row(4, 0, [DAY, "0101", "乙", "否"])
        book.close()
        bank = Bank(tmp_path, tmp_path / "报送.xlsx")
        [missing] = bank.rows("0101", Role.MISSING)
        assert (missing.file, missing.sheet, missing.line) == ("报送.xlsx", "商户清单", 5)

    def test_a_row_of_a_parquet_file_among_several(self, tmp_path):
        import pyarrow.parquet as pq

        folder = tmp_path / "data" / "shops"
        folder.mkdir(parents=True)
        pq.write_table(shop_frame(ROWS[:3]), folder / "a.parquet")
        pq.write_table(shop_frame(ROWS[3:]), folder / "b.parquet")
        bank = Bank(tmp_path, tmp_path / "data")
        assert [(r.file, r.line) for r in bank.rows("0000", Role.MISSING)] == [
            ("shops/a.parquet", 3), ("shops/b.parquet", 2), ("shops/b.parquet", 3),
            ("shops/b.parquet", 4),
        ]

    def test_what_was_read_from_a_workbook_keeps_the_place_where_it_stood(self, tmp_path):
        import pyarrow as pa
        import pyarrow.parquet as pq

        (tmp_path / "data").mkdir()
        table = shop_frame(ROWS[:3])
        for name, values in (("_file", ["支行.xlsx"] * 3), ("_sheet", ["五月"] * 3),
                             ("_row", [7, 8, 11])):
            table = table.append_column(name, pa.array(values))
        pq.write_table(table, tmp_path / "data" / "shops.parquet")
        [missing] = Bank(tmp_path, tmp_path / "data").rows("0101", Role.MISSING)
        assert (missing.file, missing.sheet, missing.line) == ("支行.xlsx", "五月", 11)


class TestPersonalColumns:
    def test_they_are_masked_unless_asked_for(self, tmp_path):
        bank = Bank(tmp_path, {"shops": shop_frame(ROWS)})
        [masked] = bank.rows("0101", Role.MISSING)
        [bare] = bank.rows("0101", Role.MISSING, personal=True)
        assert (masked.cells["shop"], bare.cells["shop"]) == (MASK, "0101-00002")
        assert masked.cells["trade"] == "零售"


class TestGroups:
    def test_counted_still_to_do_and_set_aside_make_up_all_rows(self, tmp_path):
        measure = counted()["measure"] | {"denominator": {"where": "trade = '零售'"}}
        rows = ROWS + shops((DAY, "0102", 0, 2), trade="餐饮")
        bank = Bank(tmp_path, {"shops": shop_frame(rows)}, metrics=[counted(measure=measure)])
        found = bank.groups("0000")
        assert {role: g.rows for role, g in found.items()} == {
            Role.NUMERATOR: 3, Role.MISSING: 4, Role.ASIDE: 2,
        }
        assert "行业" in found[Role.ASIDE].why

    def test_rows_outside_the_targets_scope_are_set_aside(self, tmp_path):
        scoped = target(binds=EVERYONE, scope={"words": "零售", "where": "trade = '零售'"})
        rows = ROWS + shops((DAY, "0102", 2, 2), trade="餐饮")
        found = Bank(tmp_path, {"shops": shop_frame(rows)}, targets=[scoped]).groups("0000")
        assert {role: g.rows for role, g in found.items()} == {
            Role.NUMERATOR: 3, Role.MISSING: 4, Role.ASIDE: 2,
        }

    def test_a_sum_is_made_up_of_the_rows_that_have_a_value(self, tmp_path):
        loans = metric(unit={"kind": "money", "unit": "元"}, measure={
            "kind": "aggregate", "dataset": "demo.dataset.shops",
            "value": {"measure": "sum(loan)"},
        })
        rows = shops((DAY, "0101", 0, 2), loan=Decimal("10.50")) + shops(
            (DAY, "0102", 0, 1), loan=None)
        found = Bank(tmp_path, {"shops": shop_frame(rows)}, metrics=[loans]).groups("0000")
        assert (found[Role.NUMERATOR].rows, found[Role.NUMERATOR].amount) == (2, Decimal("21.00"))
        assert found[Role.ASIDE].rows == 1

    def test_a_reported_figure_is_its_one_row_or_those_of_the_units_below(self, tmp_path):
        adds = metric(unit={"kind": "count", "of": "户"}, measure={
            "kind": "reported", "dataset": "demo.dataset.reported", "code": "m",
        })
        figures = reported((DAY, "0101", "m", 2), (DAY, "0102", "m", 3), (DAY, "0100", "m", 9),
                           (DAY, "0201", "m", 4))
        bank = Bank(tmp_path, figures, metrics=[adds])
        assert (bank.groups("0100")[Role.REPORTED].rows,
                bank.groups("0100")[Role.REPORTED].amount) == (1, 9)
        assert {r.cells["unit_code"] for r in bank.rows("0000", Role.REPORTED)} == {"0100", "0201"}

    def test_a_change_shows_the_rows_of_its_baseline_as_well(self, tmp_path):
        grows = target(binds=EVERYONE, quantity={
            "kind": "change", "baseline": {"kind": "year_start"}})
        rows = ROWS + shops(("2025-12-31", "0101", 1, 3))
        bank = Bank(tmp_path, {"shops": shop_frame(rows)}, targets=[grows])
        days = Counter(r.cells["day"].isoformat() for r in bank.rows("0101", Role.NUMERATOR))
        assert days == {DAY: 2, "2025-12-31": 1}

    def test_rows_that_do_not_make_up_the_finding_are_refused(self, tmp_path):
        bank = Bank(tmp_path, {"shops": shop_frame(ROWS)})
        other = opened(bank.catalog, {"shops": shop_frame(ROWS[:-1])})
        with Rows(bank.assessment, other) as rows, pytest.raises(Problems) as told:
            rows.groups(bank.finding("0000"))
        assert [p.code for p in told.value.problems] == [Code.ROWS_DISAGREE]

    def test_no_more_rows_are_read_than_asked_for(self, tmp_path):
        bank = Bank(tmp_path, {"shops": shop_frame(ROWS)})
        assert len(bank.rows("0000", Role.MISSING, limit=2)) == 2

    def test_the_rows_of_a_rule_are_those_it_counts(self, tmp_path):
        must = {
            "id": "demo.rule.r", "name": "建档", "summary": "要建档。",
            "places": [{"clause": "demo.clause.1.1"}],
            "body": {"kind": "row_predicate", "dataset": "demo.dataset.shops",
                     "require": "profiled"},
        }
        bank = Bank(tmp_path, {"shops": shop_frame(ROWS)}, targets=[], metrics=[], rules=[must])
        assert [r.line for r in bank.rows("0201", Role.BREAKS)] == [5, 6, 7]
        assert {role: g.rows for role, g in bank.groups("0000").items()} == {
            Role.BREAKS: 4, Role.UNTOLD: 0, Role.KEPT: 3,
        }

    def test_as_one_table_every_row_says_whose_it_is_and_where_it_stands(self, tmp_path):
        bank = Bank(tmp_path, {"shops": shop_frame(ROWS)})
        with Rows(bank.assessment, bank.data) as rows:
            found = listing(rows, bank.catalog, [bank.finding("0101")], ASKED["missing"])
            [only] = found
        row = dict(zip(found.headings, only.values, strict=True))
        assert (row["编号"], row["判定对象"], row["归类"]) == (
            "demo.target.t", "河东支行", "在分母而不在分子")
        assert (row["文件"], row["行号"], row["是否建档"], row["贷款（元）"]) == (
            "内存表 shops", 3, "否", Decimal(0))


@pytest.fixture(scope="module")
def sample():
    return load()


@pytest.fixture(scope="module")
def judged(sample, sample_bank):
    """(assessment, data) of the sample bank."""
    data = opened(sample, sample_bank)
    return assess(sample, data), data


@pytest.fixture(scope="module")
def groups(judged):
    """Every target that computes opened where it does so first, every rule at the whole bank."""
    assessment, data = judged
    first = {}
    for finding in assessment.findings:
        if finding.numerator is not None or finding.value is not None:
            first.setdefault(finding.target, finding)
    rules = [f for f in assessment.rule_findings if f.subject.level == "bank"]
    with Rows(assessment, data) as rows:
        return [(f, rows.groups(f)) for f in (*first.values(), *rules)]


class TestTheSampleBank:
    """Every group is held against the reading it explains: these findings would not open else."""

    def test_every_target_that_computes_opens(self, judged, groups):
        computing = {f.target for f in judged[0].findings if f.numerator is not None}
        opens = {f.target for f, found in groups if hasattr(f, "target") and found}
        assert computing <= opens
        assert len(computing) > 100

    def test_rows_counted_are_the_findings_numerator_and_denominator(self, sample, groups):
        checked = 0
        for finding, found in groups:
            ratio = getattr(finding, "metric", None) and sample.get(finding.metric).measure
            if not isinstance(ratio, RatioMeasure) or finding.numerator is None:
                continue
            today = [g for g in found if g.part.endswith(f"（{finding.data_date}）")]
            by_role = {g.role: g for g in reversed(today)}
            assert by_role[Role.NUMERATOR].amount == finding.numerator
            if ratio.denominator.measure == "count(*)" == ratio.numerator.measure:
                assert (by_role[Role.NUMERATOR].rows + by_role[Role.MISSING].rows
                        == finding.denominator)
                checked += 1
        assert checked > 10

    def test_what_frequencies_are_counted_from_is_among_them(self, sample, groups):
        frequent = {
            t.id for t in sample.all(Target)
            if any(isinstance(p.quantity, Frequency) for _, p in t.parts)
        }
        opens = {
            f.target for f, found in groups
            if hasattr(f, "target") and Role.FREQUENCY in {g.role for g in found}
        }
        assert opens
        assert opens <= frequent

    def test_every_role_occurs(self, groups):
        assert {g.role for _, found in groups for g in found} == set(Role)

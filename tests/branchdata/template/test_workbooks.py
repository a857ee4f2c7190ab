"""Reporting workbooks: what a unit is asked for, how it is asked, and that it reads back exactly.

Hand-worked: the sample definitions bind the document's figures to sub-branches, branches and the
bank, so that a branch's workbook asks each of its sub-branches once and itself never.
"""

from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.branchdata import open_data, reported_codes
from targets.branchdata.columns import known_words, split_heading
from targets.branchdata.template import (
    Known,
    find_unit,
    known_from,
    period_end,
    plan,
    plan_form,
    read_identity,
    units_below,
    write_form,
    write_workbook,
)
from targets.branchdata.template.book import MESSAGE
from targets.branchdata.template.due import due_date
from targets.branchdata.template.form import assessed, computed
from targets.branchdata.template.identity import SHEET
from targets.branchdata.template.known import Site
from targets.branchdata.template.write import FIRST, HEADING, ROWS, identity_of
from targets.problems import Code, Problems
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit

PERIOD = date(2026, 9, 30)
QUARTERLY = "sijin.duty.quarterly_report"
# what 《四进》 asks for by the names of its metrics: eight in 六(二), two in 三(一), one in 五(五)
REPORTED_BY_SIJIN = 11
FORMULA = "=HYPERLINK(\"http://example.com\",\"点我\")"
SITES = (
    Site("0101M1", "晨光农贸市场", "market", "0101"),
    Site("0101C1", FORMULA, "community", "0101"),
)


def planned(bank, unit: str = "0101", **options):
    return plan(bank, find_unit(bank, unit), PERIOD, **options)


def sheet_of(made, table: str):
    return next(s for s in made.sheets if s.dataset.table == table)


@pytest.fixture(scope="module")
def sijin(bank, tmp_path_factory):
    """The workbook of one sub-branch for one document, its sites known."""
    path = tmp_path_factory.mktemp("book") / "晨光.xlsx"
    made = planned(bank, documents=["sijin"], sites=SITES)
    write_workbook(made, path, Known(sites=SITES, sites_on=PERIOD))
    return path


@pytest.fixture(scope="module")
def opened_book(sijin):
    return openpyxl.load_workbook(sijin)


def validation(page, address: str):
    """The rule that a cell is held to."""
    return next(
        v for v in page.data_validations.dataValidation
        if any(address in area or address == str(area) for area in _areas(v))
    )


def _areas(rule):
    for area in rule.sqref.ranges:
        yield [f"{openpyxl.utils.get_column_letter(area.min_col)}{area.min_row}"]


def fill(path, rows: dict[str, list[dict]], out=None):
    """Fill sheets in by their headings, as a person would, and drop the sheets without rows."""
    book = openpyxl.load_workbook(path)
    for page in list(book.worksheets):
        if page.title in rows:
            titles = {split_heading(c.value)[0]: c.column for c in page[HEADING + 1] if c.value}
            for r, row in enumerate(rows[page.title], start=FIRST + 1):
                for title, value in row.items():
                    page.cell(r, titles[title], value)
        elif page.title not in (SHEET, "填报说明"):
            book.remove(page)
    book.save(out or path)
    return out or path


def read(bank, path):
    return open_data(path, bank.all(Dataset), bank.all(Unit),
                     codes=reported_codes(bank.all(Metric)), today=date(2026, 10, 8))


class TestWhatAUnitIsAskedFor:
    def test_a_sub_branch_sends_the_tables_that_targets_binding_it_read(self, bank):
        asked = {s.dataset.table for s in planned(bank, documents=["sijin"]).sheets}
        assert asked == {
            "sites", "merchants", "households", "projects", "townships", "reported"
        }

    def test_without_a_document_all_documents_count(self, bank):
        asked = {s.dataset.table for s in planned(bank).sheets}
        assert {"merchants", "visits", "small_loans", "new_loans"} <= asked
        assert "outlets" not in asked  # asked of branches only

    def test_figures_that_add_up_are_asked_of_the_lowest_units_bound(self, bank):
        figures = sheet_of(planned(bank, "0100", documents=["sijin"]), "reported").figures
        assert {f.unit.code for f in figures} == {"0101", "0102", "0103", "0104"}
        assert len(figures) == 4 * REPORTED_BY_SIJIN

    def test_a_total_is_asked_of_the_bank_and_not_of_a_sub_branch(self, bank):
        def codes(unit):
            return {
                (f.unit.code, f.metric.measure.code)
                for s in planned(bank, unit).sheets for f in s.figures
            }

        own = {code for unit, code in codes("0000") if unit == "0000"}
        assert own
        assert not own & {code for _, code in codes("0101")}

    def test_tables_about_sites_of_a_kind_that_it_has_none_of_are_left_out(self, bank):
        made = planned(bank, documents=["sijin"], sites=SITES)
        assert {s.dataset.table for s in made.sheets} == {
            "sites", "merchants", "households", "reported"
        }
        assert {d.table for d in made.left_out} == {"projects", "townships"}

    def test_tables_can_be_named(self, bank):
        made = planned(bank, tables=["visits"])
        assert [s.dataset.table for s in made.sheets] == ["visits"]

    @pytest.mark.parametrize("word", ["0101", "云岭晨光支行", "bank.unit.u0101"])
    def test_a_unit_is_known_by_code_name_or_id(self, bank, word):
        assert find_unit(bank, word).code == "0101"

    def test_a_unit_that_is_not_open_yet_sends_nothing(self, bank):
        with pytest.raises(Problems) as told:
            plan(bank, find_unit(bank, "0104"), date(2019, 10, 31))
        assert [p.code for p in told.value.problems] == [Code.TEMPLATE_UNIT]

    @pytest.mark.parametrize(("options", "code"), [
        ({"documents": ["sijing"]}, Code.TEMPLATE_DOCUMENT),
        ({"tables": ["merchant"]}, Code.TEMPLATE_TABLE),
        ({"documents": ["gejin"], "tables": ["reported"]}, Code.TEMPLATE_EMPTY),
        ({"documents": ["gejin"]}, Code.TEMPLATE_EMPTY),
    ])
    def test_what_can_not_be_asked_for_is_told(self, bank, options, code):
        with pytest.raises(Problems) as told:
            planned(bank, **options)
        assert [p.code for p in told.value.problems] == [code]
        assert all(p.mend for p in told.value.problems)

    def test_all_that_is_wrong_is_told_at_once(self, bank):
        with pytest.raises(Problems) as told:
            planned(bank, documents=["甲"], tables=["乙", "丙"])
        assert len(told.value.problems) == 3

    def test_a_mistyped_unit_gets_a_hint(self, bank):
        with pytest.raises(Problems) as told:
            find_unit(bank, "云岭晨光")
        assert "云岭晨光支行" in told.value.problems[0].mend


class TestPeriods:
    @pytest.mark.parametrize(("text", "day"), [
        ("2026-09-30", PERIOD), ("2026-09", PERIOD), ("2026-9", PERIOD), ("2026Q3", PERIOD),
        ("2026q1", date(2026, 3, 31)), ("2028-02", date(2028, 2, 29)),
    ])
    def test_ways_to_write_one(self, text, day):
        assert period_end(text) == day

    @pytest.mark.parametrize("text", [
        "2026-09-29", "2026-13", "2026Q5", "2026-02-30", "9月", "", "2026", "２０２６-09",
    ])
    def test_what_is_none(self, text):
        with pytest.raises(Problems) as told:
            period_end(text)
        assert [p.code for p in told.value.problems] == [Code.TEMPLATE_PERIOD]

    @given(st.dates(date(2000, 1, 1), date(2999, 12, 1)))
    @settings(max_examples=30)
    def test_every_month_ends_the_day_before_the_next_begins(self, day):
        end = period_end(f"{day:%Y-%m}")
        assert (end.year, end.month) == (day.year, day.month)
        assert (end + timedelta(days=1)).day == 1


class TestSheets:
    def test_headings_are_the_titles_with_their_units(self, opened_book):
        headings = [c.value for c in opened_book["市场园区商户清单"][HEADING + 1]]
        assert headings[0] == "数据日期"
        assert headings[-1] == "授信额度（元）"

    def test_a_heading_says_how_its_column_is_filled_in(self, opened_book):
        told = opened_book["市场园区商户清单"].cell(HEADING + 1, 5).comment.text
        assert "建档日期" in told
        assert "可以空着" in told
        assert f"不晚于 {PERIOD}" in told

    def test_every_rule_speaks_chinese_before_and_after(self, opened_book):
        rules = [v for p in opened_book.worksheets for v in p.data_validations.dataValidation]
        assert rules
        for rule in rules:
            assert rule.promptTitle
            assert rule.error
            assert len(rule.prompt) <= MESSAGE
            assert len(rule.error) <= MESSAGE

    def test_codes_of_units_and_sites_are_chosen_from_lists(self, opened_book):
        page, hidden = opened_book["市场园区商户清单"], opened_book[SHEET]

        def choices(address):
            rule = validation(page, address)
            assert rule.type == "list"
            _, area = rule.formula1.rsplit("!", 1)
            cells = hidden[area.replace("$", "")]
            cells = cells if isinstance(cells, tuple) else ((cells,),)
            return [c.value for row in cells for c in row]

        row = FIRST + 1
        assert [v.date() for v in choices(f"A{row}")] == [PERIOD]
        assert choices(f"B{row}") == ["0101"]
        assert choices(f"C{row}") == ["0101M1"]  # the community is no market

    def test_numbers_dates_and_identity_numbers_are_checked_as_they_are_typed(self, opened_book):
        page, row = opened_book["市场园区商户清单"], FIRST + 1
        assert validation(page, f"E{row}").type == "date"
        credit = validation(page, f"H{row}")
        assert credit.type == "custom"
        assert "<=1000000000" in credit.formula1
        person = validation(page, f"D{row}")
        assert (person.errorStyle, "18" in person.formula1) == ("warning", True)
        products = validation(opened_book["聚集社区住户清单"], f"G{row}")
        assert (products.type, products.formula1, products.formula2) == ("whole", "0", "50")

    def test_enough_rows_are_open_and_the_rest_is_locked(self, opened_book):
        for page in opened_book.worksheets:
            assert page.protection.sheet
            assert not page.protection.password
        page = opened_book["市场园区商户清单"]
        assert not page.column_dimensions["A"].protection.locked
        assert all(c.protection.locked for c in page[HEADING + 1])
        assert {a.max_row for v in page.data_validations.dataValidation
                for a in v.sqref.ranges} == {FIRST + ROWS}

    def test_codes_are_kept_as_text(self, opened_book):
        page = opened_book["市场园区商户清单"]
        assert page.column_dimensions["B"].number_format == "@"

    def test_each_sheet_is_frozen_filtered_and_ready_to_print(self, opened_book):
        for name in ("市场园区商户清单", "报送指标表"):
            page = opened_book[name]
            assert page.freeze_panes == f"A{FIRST + 1}"
            assert page.auto_filter.ref
            assert page.page_setup.orientation == "landscape"
            assert page.page_setup.paperSize == 9
            assert page.print_title_rows == f"${HEADING + 1}:${HEADING + 1}"

    def test_required_cells_that_are_missing_show(self, opened_book):
        rules = opened_book["市场园区商户清单"].conditional_formatting
        assert {str(r.sqref).split(":")[0] for r in rules} == {
            f"{c}{FIRST + 1}" for c in "ABCD"
        }

    def test_the_list_of_sites_is_carried_over(self, opened_book):
        page = opened_book["共建主体名单"]
        rows = [[c.value for c in row] for row in page.iter_rows(min_row=FIRST + 1)]
        assert [row[2] for row in rows] == ["0101M1", "0101C1"]
        assert "请逐行核对" in page["A3"].value

    def test_nothing_is_a_formula(self, opened_book):
        cells = [c for p in opened_book.worksheets for row in p.iter_rows() for c in row]
        assert [c for c in cells if c.data_type == "f"] == []
        assert FORMULA in [c.value for c in cells]

    def test_the_same_input_gives_the_same_bytes(self, bank, sijin, tmp_path):
        again = tmp_path / "again.xlsx"
        made = planned(bank, documents=["sijin"], sites=SITES)
        write_workbook(made, again, Known(sites=SITES, sites_on=PERIOD))
        assert again.read_bytes() == sijin.read_bytes()

    def test_the_whole_bank_can_be_written(self, bank, tmp_path):
        path, made = tmp_path / "全行.xlsx", planned(bank, "0000")
        write_workbook(made, path)
        names = openpyxl.load_workbook(path, read_only=True).sheetnames
        assert set(names) == {"填报说明", SHEET, *(s.name for s in made.sheets)}


@pytest.fixture(scope="module")
def figure_rows(bank, tmp_path_factory):
    """The rows of the sheet of ready-made figures, by heading; one figure known of last month."""
    path = tmp_path_factory.mktemp("figures") / "报送.xlsx"
    known = Known(
        figures={("0101", "SAVINGS_DEPOSIT"): Decimal("1234567.89")},
        figures_on=date(2026, 8, 31),
    )
    write_workbook(planned(bank, documents=["sijin"], tables=["reported"]), path, known)
    page = openpyxl.load_workbook(path)["报送指标表"]
    titles = [c.value for c in page[HEADING + 1]]
    return [dict(zip(titles, row, strict=True)) for row in page.iter_rows(min_row=FIRST + 1)]


class TestFigures:
    def test_one_row_a_metric_with_its_code_and_date_locked(self, figure_rows):
        assert len(figure_rows) == REPORTED_BY_SIJIN
        for row in figure_rows:
            assert row["数据日期"].value.date() == PERIOD
            assert row["机构代码"].value == "0101"
            assert row["指标代码"].protection.locked
            assert not row["数值"].protection.locked
            assert row["数值"].value is None

    def test_beside_stand_name_unit_caliber_source_and_last_period(self, figure_rows):
        row = next(r for r in figure_rows if r["指标代码"].value == "SAVINGS_DEPOSIT")
        assert row["（参考）指标是什么"].value == "储蓄存款"
        assert row["（参考）单位"].value == "元"
        assert row["（参考）上期数 2026-08-31"].value == 1234567.89
        assert row["（参考）上期数 2026-08-31"].protection.locked
        assert "储蓄存款余额" in row["（参考）口径"].value
        assert "六(二)" in row["（参考）依据"].value

    def test_a_figure_is_checked_by_the_unit_of_its_metric(self, figure_rows):
        row = next(r for r in figure_rows if r["指标代码"].value == "STAR_CUSTOMER")
        sheet, cell = row["数值"].parent, row["数值"].coordinate
        rule = next(
            v for v in sheet.data_validations.dataValidation if str(v.sqref) == cell
        )
        assert (rule.type, rule.formula1) == ("whole", "0")


class TestReadingBack:
    MERCHANTS = st.lists(
        st.fixed_dictionaries({
            "商户编号": st.text("0123456789甲乙AB-", min_size=1, max_size=12),
            "建档日期": st.none() | st.dates(date(2015, 1, 1), PERIOD),
            "成为客户日期": st.none() | st.dates(date(2015, 1, 1), PERIOD),
            "授信额度": st.none() | st.decimals(0, 10**9, places=2),
        }),
        min_size=1, max_size=20, unique_by=lambda row: row["商户编号"],
    )

    @given(MERCHANTS)
    @settings(max_examples=4, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_rows_come_back_as_they_were_filled_in(self, bank, sijin, tmp_path, rows):
        written = [
            {"数据日期": PERIOD, "机构代码": "0101", "共建主体编号": "0101M1", **row}
            for row in rows
        ]
        path = fill(sijin, {"市场园区商户清单": written, "共建主体名单": []},
                    tmp_path / "filled.xlsx")
        data = read(bank, path)
        assert data.warnings == ()
        with data.connect() as con:
            found = con.execute(
                "SELECT merchant_id, profiled_on, customer_since, credit_line, unit_code,"
                " site_code, data_date FROM merchants"
            ).fetchall()
        assert sorted(found) == sorted(
            (r["商户编号"], r["建档日期"], r["成为客户日期"], r["授信额度"],
             "0101", "0101M1", PERIOD)
            for r in rows
        )

    def test_figures_come_back_with_nothing_to_complain_of(self, bank, sijin, tmp_path):
        values = [Decimal(i) * 1000 for i in range(1, REPORTED_BY_SIJIN + 1)]
        path = fill(sijin, {
            "报送指标表": [{"数值": v} for v in values], "共建主体名单": [],
        }, tmp_path / "filled.xlsx")
        data = read(bank, path)
        assert data.warnings == ()
        with data.connect() as con:
            found = con.execute("SELECT value FROM reported ORDER BY value").fetchall()
        assert [v for v, in found] == values

    def test_last_period_is_read_from_data_before_it(self, bank, desk):
        desk.write("reported.csv", desk.reported)
        data = desk.read()
        units = units_below(bank, find_unit(bank, "0100"), PERIOD)
        known = known_from(bank, data, units, date(2026, 10, 31))
        assert known.figures == {("0101", "SAVINGS_DEPOSIT"): Decimal("1234567.89")}
        assert (known.figures_on, known.sites_on) == (PERIOD, PERIOD)
        assert [s.code for s in known.sites] == ["0101M1", "0102M1"]
        same = known_from(bank, data, units, PERIOD)
        assert (same.figures, same.sites_on) == ({}, PERIOD)

    def test_other_sheets_are_taken_for_no_table(self, bank, sijin, tmp_path):
        form = tmp_path / "form.xlsx"
        write_form(plan_form(bank, QUARTERLY, find_unit(bank, "0101"), PERIOD), form)
        pages = [openpyxl.load_workbook(p)[n] for p, n in (
            (sijin, "填报说明"), (sijin, SHEET), (form, "填报说明"), (form, "报告表"),
        )]
        for dataset in bank.all(Dataset):
            words = known_words(dataset)
            for page in pages:
                for row in page.iter_rows(values_only=True):
                    named = {split_heading(str(v))[0].casefold() for v in row if v} & set(words)
                    assert len(named) < 2, (page.title, named)


class TestIdentity:
    def test_a_workbook_says_what_it_is(self, bank, sijin):
        made = identity_of(planned(bank, documents=["sijin"], sites=SITES))
        told = read_identity(sijin)
        assert told == made
        assert (told.unit, told.period) == ("0101", PERIOD)
        assert told.sheets["报送指标表"].table == "reported"
        assert told.outdated(made) == ()

    def test_it_still_does_after_it_was_edited(self, bank, sijin, tmp_path):
        path = fill(sijin, {"共建主体名单": []}, tmp_path / "filled.xlsx")
        assert read_identity(path) == read_identity(sijin)

    def test_a_changed_table_makes_its_sheet_outdated_and_no_other(self, bank, sijin):
        made = planned(bank, documents=["sijin"], sites=SITES)
        merchants = sheet_of(made, "merchants")
        columns = merchants.dataset.columns[:-1]
        changed = merchants.dataset.model_copy(update={"columns": columns})
        sheets = tuple(
            type(s)(changed, s.units, s.figures, s.codes, s.targets) if s is merchants else s
            for s in made.sheets
        )
        now = identity_of(type(made)(bank, made.unit, made.period, sheets))
        assert read_identity(sijin).outdated(now) == ("市场园区商户清单",)

    def test_other_files_are_none_of_ours(self, tmp_path):
        other = tmp_path / "other.xlsx"
        book = openpyxl.Workbook()
        book.active["A1"] = "别的"
        book.save(other)
        text = tmp_path / "text.xlsx"
        text.write_text("不是工作簿", encoding="utf-8")
        assert read_identity(other) is None
        assert read_identity(text) is None
        assert read_identity(tmp_path / "absent.xlsx") is None


@pytest.fixture(scope="module")
def form(bank):
    return plan_form(bank, QUARTERLY, find_unit(bank, "0101"), PERIOD)


@pytest.fixture(scope="module")
def page(bank, form, tmp_path_factory):
    """The form beside data: 0101 has a market with two merchants, one of them with a file."""
    merchant = {"data_date": PERIOD, "unit_code": "0101", "site_code": "0101M1",
                "customer_since": None, "served_on": None, "credit_line": None}
    data = read(bank, {
        "sites": pandas.DataFrame([{
            "data_date": PERIOD, "unit_code": "0101", "site_code": "0101M1",
            "name": "晨光农贸市场", "kind": "market",
        }]),
        "merchants": pandas.DataFrame([
            merchant | {"merchant_id": "甲", "profiled_on": date(2026, 3, 2)},
            merchant | {"merchant_id": "乙", "profiled_on": None},
        ]),
    })
    path = tmp_path_factory.mktemp("form") / "form.xlsx"
    write_form(form, path, computed(form, assessed(bank, data, PERIOD)))
    return openpyxl.load_workbook(path)["报告表"]


class TestTheFormOfTheQuarterlyReport:
    """《四进》五(六) asks for a table that it calls an attachment and does not include."""

    def rows(self, page):
        return {
            row[1].value: row for row in page.iter_rows(min_row=8) if row[1].value
        }

    def test_it_says_that_the_layout_is_not_the_source_s(self, page):
        assert "原文未附此表" in page["A4"].value

    def test_it_is_due_on_the_tenth_of_the_next_month(self, form, page):
        assert due_date(form.catalog, form.duty, PERIOD) == date(2026, 10, 10)
        assert "2026-10-10" in page["A3"].value
        assert "总行办公室" in page["A3"].value
        assert form.previous == date(2026, 6, 30)

    def test_it_shows_target_last_period_and_what_the_data_give(self, page):
        # one of two merchants has a file: 1/2
        row = self.rows(page)["市场园区建档率"]
        assert row[2].value == "%"
        assert row[3].value == "不低于 70%"
        assert (row[4].value, row[5].value) == ("—", 50)
        assert not row[6].protection.locked
        assert row[5].protection.locked

    def test_it_asks_for_every_metric_and_every_matter_of_the_layout(self, form, page):
        names = [form.catalog.get(m).name for m in form.metrics]
        told = [e.what for s in form.layout.sections for e in s.entries]
        found = list(self.rows(page))
        assert [n for n in (*names, *told) if n not in found] == []

    @pytest.mark.parametrize(("duty", "unit", "period", "code"), [
        ("sijin.duty.quarterly_reports", "0101", PERIOD, Code.TEMPLATE_FORM),
        ("sijin.duty.monthly_meeting", "0101", PERIOD, Code.TEMPLATE_FORM),
        (QUARTERLY, "0000", PERIOD, Code.TEMPLATE_NOT_THEIRS),
        (QUARTERLY, "0101", date(2026, 8, 31), Code.TEMPLATE_PERIOD),
    ])
    def test_what_has_no_form_is_told(self, bank, duty, unit, period, code):
        with pytest.raises(Problems) as told:
            plan_form(bank, duty, find_unit(bank, unit), period)
        assert [p.code for p in told.value.problems] == [code]

    def test_its_identity_names_the_duty(self, bank, form, tmp_path):
        path = tmp_path / "form.xlsx"
        write_form(form, path)
        assert read_identity(path) == form.identity
        assert read_identity(path).sheets["报告表"].table == QUARTERLY

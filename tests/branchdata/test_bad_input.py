"""Whatever is wrong is named: where, what was found, what is allowed, how to mend it."""

import re
from datetime import date, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from targets.problems import Code, Severity

HEADINGS = ["数据日期", "机构代码", "共建主体编号", "商户编号", "建档日期", "成为客户日期",
            "最近服务日期", "授信额度（元）"]


def book(path, rows, sheet="市场园区商户清单", headings=HEADINGS):
    """A workbook with the list of merchants; a datetime is written as a date cell."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as made:
        made.add_worksheet("说明").write(0, 0, "九月报送")
        page = made.add_worksheet(sheet)
        page.write_row(0, 0, headings)
        for number, row in enumerate(rows, start=1):
            page.write_row(number, 0, row)
        return page, made


SEPTEMBER = datetime(2026, 9, 30)


def errors(problems):
    return [p for p in problems if p.severity is Severity.ERROR]


class TestFolders:
    def test_a_missing_folder(self, empty_desk):
        problem = empty_desk.problem(Code.NO_DATA, empty_desk.folder / "没有")
        assert "没有" in problem.found
        assert "sample" in problem.mend

    def test_a_folder_without_a_known_table(self, empty_desk):
        empty_desk.write("备注.txt", "x")
        problem = empty_desk.problem(Code.NO_DATA)
        assert "备注.txt" in problem.found
        assert "merchants" in problem.allowed

    def test_a_folder_that_only_holds_a_workbook_says_to_name_the_workbook(self, empty_desk):
        book(empty_desk.folder / "报送.xlsx", [])
        assert "报送.xlsx" in empty_desk.problem(Code.NO_DATA).mend

    def test_a_file_that_is_neither_folder_nor_workbook(self, empty_desk):
        path = empty_desk.write("merchants.xls", "x")
        assert ".xlsx" in empty_desk.problem(Code.UNREADABLE, path).mend

    def test_a_mistyped_table_name_is_noticed(self, desk):
        desk.write("merchant.csv", desk.merchants)
        problem = desk.problem(Code.UNKNOWN_FILE)
        assert problem.severity is Severity.WARNING
        assert "merchants" in problem.mend

    def test_the_same_table_twice(self, desk):
        pq.write_table(pa.table({"data_date": [1]}), desk.folder / "merchants.parquet")
        problem = desk.problem(Code.TWO_SOURCES)
        assert "merchants.csv" in problem.found
        assert "merchants.parquet" in problem.found

    def test_no_list_of_sites_is_a_warning(self, desk):
        (desk.folder / "sites.csv").unlink()
        assert desk.problem(Code.SITES_UNCHECKED).severity is Severity.WARNING


class TestFiles:
    @pytest.mark.parametrize("name", ["merchants.csv", "merchants.parquet"])
    def test_an_empty_file(self, desk, name):
        (desk.folder / "merchants.csv").unlink()
        desk.write(name, "")
        assert desk.problem(Code.EMPTY_DATA).file == name

    def test_a_file_with_headings_and_no_rows(self, desk):
        desk.write("merchants.csv", desk.merchants.splitlines()[0] + "\n")
        assert "只有表头" in desk.problem(Code.EMPTY_DATA).found

    def test_a_parquet_file_without_rows(self, desk):
        (desk.folder / "merchants.csv").unlink()
        names = desk.merchants.splitlines()[0].split(",")
        pq.write_table(pa.table({n: pa.array([], pa.string()) for n in names}),
                       desk.folder / "merchants.parquet")
        assert desk.problem(Code.EMPTY_DATA).file == "merchants.parquet"

    def test_gb18030_is_recognised_and_told_how_to_save(self, desk):
        desk.write("merchants.csv", desk.merchants, "gb18030")
        problem = desk.problem(Code.NOT_UTF8_DATA)
        assert "GB18030" in problem.found
        assert problem.line == 2
        assert "UTF-8" in problem.mend

    def test_utf_16_is_recognised(self, desk):
        desk.write("merchants.csv", desk.merchants, "utf-16")
        assert "UTF-16" in desk.problem(Code.NOT_UTF8_DATA).found

    def test_a_file_cut_off_inside_a_character(self, desk):
        path = desk.write("merchants.csv", desk.merchants + "2026-09-30,0101,0101M1,丁")
        path.write_bytes(path.read_bytes()[:-1])
        assert "没有传完" in desk.problem(Code.NOT_UTF8_DATA).found

    @pytest.mark.parametrize(("separator", "word"), [(";", "分号"), ("\t", "制表符")])
    def test_columns_separated_by_something_else(self, desk, separator, word):
        desk.write("merchants.csv", desk.merchants.replace(",", separator))
        assert word in desk.problem(Code.UNREADABLE).found

    def test_lines_with_too_few_or_too_many_columns(self, desk):
        desk.write("merchants.csv", desk.merchants + "2026-09-30,0101\n"
                   + "2026-09-30,0101,0101M1,丁,,,,,多,余\n")
        assert [(p.code, p.line) for p in desk.problems()] == [
            (Code.UNREADABLE, 5), (Code.UNREADABLE, 6)
        ]

    def test_the_lines_around_a_broken_one_are_still_checked(self, desk):
        broken = "2026-09-30,0101\n"
        text = desk.merchants.replace("2026-09-30,0102", broken + "2026-09-30,0102")
        desk.write("merchants.csv", text.replace("2025-12-01", "昨天"))
        assert [(p.code, p.line) for p in desk.problems()] == [
            (Code.UNREADABLE, 4), (Code.BAD_VALUE, 5)
        ]

    def test_a_file_that_is_broken_all_over_is_cut_short(self, desk):
        desk.write("merchants.csv", desk.merchants + "2026-09-30\n" * 3000)
        problems = desk.problems()
        assert len(problems) == 21
        assert "另有至少" in problems[0].found

    def test_a_quote_that_is_never_closed(self, desk):
        desk.swap("乙", '"乙')
        assert desk.problem(Code.UNREADABLE).line == 3

    def test_line_ends_of_two_systems_in_one_file(self, desk):
        heading, rest = desk.merchants.split("\n", 1)
        desk.write("merchants.csv", heading + "\n" + rest.replace("\n", "\r\n"))
        assert "换行符有两种" in desk.problem(Code.UNREADABLE).found

    def test_a_line_of_millions_of_characters(self, desk):
        desk.swap("乙", "乙" * 1_000_000)
        assert "太长" in desk.problem(Code.UNREADABLE).found

    def test_a_broken_parquet_file(self, desk):
        (desk.folder / "merchants.csv").unlink()
        desk.write("merchants.parquet", "PAR1 这不是 Parquet")
        assert desk.problem(Code.UNREADABLE).file == "merchants.parquet"


    def test_a_fault_in_one_of_several_parquet_files_names_that_file(self, desk):
        (desk.folder / "merchants.csv").unlink()
        lines = [line.split(",") for line in desk.merchants.splitlines()]
        for number, row in enumerate(lines[1:], start=1):
            columns = {n: [v or None] for n, v in zip(lines[0], row, strict=True)}
            if number == 2:
                columns["profiled_on"] = ["昨天"]
            part = desk.folder / "merchants" / f"part={number}"
            part.mkdir(parents=True)
            table = pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()})
            pq.write_table(table, part / "data.parquet")
        problem, *rest = errors(desk.problems())
        assert rest == []
        assert problem.place == "merchants/part=2/data.parquet:1"


class TestColumns:
    def test_a_missing_column_with_the_heading_that_was_probably_meant(self, desk):
        desk.swap("profiled_on", "profile_on")
        missing, stranger = sorted(desk.problems(), key=lambda p: p.code)
        assert (missing.code, stranger.code) == (Code.MISSING_COLUMN, Code.UNKNOWN_COLUMN)
        assert "建档日期" in missing.found
        assert "profile_on" in missing.mend
        assert "建档立卡日期" in missing.allowed

    def test_an_unknown_column_is_a_warning(self, desk):
        lines = desk.merchants.splitlines()
        desk.write("merchants.csv", "\n".join([lines[0] + ",备注"] + [x + "," for x in lines[1:]]))
        problem = desk.problem(Code.UNKNOWN_COLUMN)
        assert problem.severity is Severity.WARNING
        assert "备注" in problem.found

    def test_two_headings_for_one_column(self, desk):
        desk.swap("served_on", "建档日期")
        codes = {p.code for p in desk.problems()}
        assert codes == {Code.COLUMN_TWICE, Code.MISSING_COLUMN}

    def test_a_heading_in_another_unit_of_money(self, desk):
        desk.swap("credit_line", "授信额度（万元）")
        problem = desk.problem(Code.WRONG_MONEY_UNIT)
        assert "万元" in problem.found
        assert problem.allowed == "单位：元"

    def test_an_empty_first_line(self, desk):
        desk.write("merchants.csv", ",,\n" + desk.merchants)
        assert desk.problem(Code.MISSING_COLUMN).line == 1


    @pytest.mark.parametrize("line", ["九月报送", '"'])
    def test_a_first_line_that_is_no_heading(self, desk, line):
        desk.write("merchants.csv", line + "\n" + desk.merchants)
        problem = desk.problem(Code.MISSING_COLUMN)
        assert problem.line == 1
        assert "建档日期" in problem.allowed


class TestValues:
    @pytest.mark.parametrize("text", ["昨天", "2026-02-30", "2026-13-01", "46295", "202609",
                                      "2026-09-30 12:30:00"])
    def test_text_where_a_date_belongs(self, desk, text):
        desk.swap("2026-03-02", text)
        problem = desk.problem(Code.BAD_VALUE)
        assert (problem.file, problem.line) == ("merchants.csv", 2)
        assert text in problem.found
        assert "日期" in problem.allowed

    @pytest.mark.parametrize("text", ["12万", "二十万", '"200,000.00"', "1e5", "0.123"])
    def test_text_where_an_amount_belongs(self, desk, text):
        desk.swap("200000.00", text)
        problem = desk.problem(Code.BAD_VALUE)
        assert text.strip('"') in problem.found
        assert "元" in problem.mend

    @pytest.mark.parametrize(("amount", "word"), [("-1", "太小"), ("7000000000", "太大")])
    def test_an_amount_out_of_range(self, desk, amount, word):
        desk.swap("200000.00", amount)
        problem = desk.problem(Code.OUT_OF_RANGE)
        assert word in problem.found
        assert "1000000000元" in problem.allowed

    def test_a_word_that_is_not_among_the_allowed_ones(self, desk):
        desk.write("sites.csv", desk.sites.replace(",market", ",shop", 1))
        problem = desk.problem(Code.OUT_OF_RANGE)
        assert "shop" in problem.found
        assert "township" in problem.allowed

    @pytest.mark.parametrize("blank", ["", "  "])
    def test_a_required_value_left_empty(self, desk, blank):
        desk.swap("0101M1,甲", f"{blank},甲")
        problem = desk.problem(Code.MISSING_VALUE)
        assert (problem.line, problem.field) == (2, "共建主体编号 site_code")

    def test_a_date_in_the_future(self, desk):
        for name, text in (("sites", desk.sites), ("merchants", desk.merchants)):
            desk.write(f"{name}.csv", text.replace("2026-09-30", "2026-10-31", 1))
        problems = desk.problems()
        assert {p.code for p in problems} == {Code.FUTURE_DATE}
        assert {p.file for p in problems} == {"sites.csv", "merchants.csv"}
        assert "2026-10-08" in problems[0].allowed

    def test_a_date_after_the_data_date(self, desk):
        desk.swap("2026-03-02", "2026-10-01")
        assert "晚于这一行的数据日期" in desk.problem(Code.FUTURE_DATE).found

    def test_a_data_date_that_is_no_month_end_is_a_warning(self, desk):
        desk.swap("2026-09-30", "2026-09-29", desk.merchants.replace("2026-09-25", ""))
        problem = desk.problem(Code.NOT_MONTH_END)
        assert problem.severity is Severity.WARNING
        assert "2026-09-29" in problem.found

    def test_line_numbers_count_line_breaks_inside_quotes_and_blank_lines(self, desk):
        text = desk.merchants.replace("乙", '"乙\n乙"').replace("2025-12-01", "昨天")
        desk.write("merchants.csv", text.replace("2026-09-30,0102", "\n2026-09-30,0102"))
        assert desk.problem(Code.BAD_VALUE).line == 6


class TestKeys:
    def test_duplicate_keys(self, desk):
        desk.write("merchants.csv", desk.merchants + desk.merchants.splitlines()[1] + "\n")
        problem = desk.problem(Code.DUPLICATE_ROW)
        assert problem.line == 5
        assert "merchants.csv:2" in problem.found

    def test_the_same_merchant_in_another_month_or_site_is_no_duplicate(self, desk):
        line = desk.merchants.splitlines()[2]
        desk.write("merchants.csv", desk.merchants + line.replace("09-30", "08-31") + "\n"
                   + line.replace("0101,0101M1", "0102,0102M1") + "\n")
        assert desk.problems() == ()

    def test_what_identifies_a_person_is_never_repeated(self, desk):
        line = desk.merchants.splitlines()[1]
        desk.write("merchants.csv", desk.merchants + line + "\n" + line.replace("0101M1", ""))
        assert not any("甲" in str(p) for p in desk.problems())

    def test_an_unknown_unit_with_the_one_probably_meant(self, desk):
        desk.swap("0102,0102M1", "102,0102M1")
        unknown = desk.problems()[0]
        assert unknown.code is Code.UNKNOWN_UNIT
        assert "0102" in unknown.mend

    def test_a_site_that_is_not_on_the_list(self, desk):
        desk.swap("0102M1", "0102M7")
        problem = desk.problem(Code.UNKNOWN_SITE)
        assert "0102M7" in problem.found
        assert "0102M1" in problem.mend

    def test_a_site_that_belongs_to_another_unit(self, desk):
        desk.swap("0101,0101M1,乙", "0102,0101M1,乙")
        problem = desk.problem(Code.SITE_OF_OTHER)
        assert (problem.line, problem.field) == (3, "机构代码 unit_code")


class TestReported:
    def test_a_code_that_no_metric_uses(self, desk):
        desk.write("reported.csv", desk.reported.replace("SAVINGS", "SAVING"))
        assert "SAVINGS_DEPOSIT" in desk.problem(Code.UNKNOWN_CODE).mend

    def test_half_a_customer(self, desk):
        desk.write("reported.csv", desk.reported + "2026-09-30,0101,STAR_CUSTOMER,3.5\n")
        problem = desk.problem(Code.OUT_OF_RANGE)
        assert problem.line == 3
        assert "不是整数" in problem.found

    def test_a_share_of_7000_per_cent(self, desk):
        from targets.branchdata import open_data
        from targets.problems import Problems
        from targets.schema.measures import Dataset, Percent
        from targets.schema.organisation import Unit

        desk.write("reported.csv", desk.reported + "2026-09-30,0101,LOSS_RATE,7000\n")
        with pytest.raises(Problems) as raised:
            open_data(desk.folder, desk.bank.all(Dataset), desk.bank.all(Unit), today=desk.today,
                      codes={"LOSS_RATE": Percent(kind="percent"),
                             "SAVINGS_DEPOSIT": Percent(kind="percent", may_exceed_100=True)})
        found = {p.line: p.found for p in raised.value.problems}
        assert "7000" in found[3]
        assert "1000%" in found[2]


class TestManyProblems:
    def test_all_are_reported_at_once_in_all_files(self, desk):
        desk.write("sites.csv", desk.sites.replace("market", "shop"))
        desk.swap("2026-03-02", "昨天", desk.merchants.replace("200000.00", "-1"))
        found = [(p.file, p.code) for p in desk.problems()]
        assert found == [
            ("merchants.csv", Code.BAD_VALUE), ("merchants.csv", Code.OUT_OF_RANGE),
            ("sites.csv", Code.OUT_OF_RANGE), ("sites.csv", Code.OUT_OF_RANGE),
        ]

    def test_twenty_places_are_shown_and_the_rest_counted(self, desk):
        lines = [f"2026-09-30,0101,0101M1,第{i}户,昨天,,,\n" for i in range(1025)]
        desk.write("merchants.csv", desk.merchants + "".join(lines))
        problems = desk.problems()
        assert len(problems) == 21
        assert [p.line for p in problems if p.line] == list(range(5, 25))
        assert any("另有 1,005 处" in p.found for p in problems)


class TestFrames:
    def frame(self, **changed):
        columns = {
            "data_date": [date(2026, 9, 30)] * 2, "unit_code": ["0101"] * 2,
            "site_code": ["0101M1"] * 2, "merchant_id": ["甲", "乙"],
            "profiled_on": [date(2026, 3, 2), None], "customer_since": [None, date(2026, 3, 2)],
            "served_on": [None, date(2026, 3, 2)], "credit_line": [1.5, None],
        }
        return columns | changed

    def problems(self, desk, made):
        return errors(desk.problems({"merchants": made}))

    @pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table],
                             ids=["pandas", "polars", "arrow"])
    def test_unit_codes_that_became_numbers(self, desk, make):
        problems = self.problems(desk, make(self.frame(unit_code=[101, 101])))
        assert [p.code for p in problems] == [Code.BAD_VALUE]
        assert "BIGINT" in problems[0].found
        assert "0" in problems[0].mend

    @pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table],
                             ids=["pandas", "polars", "arrow"])
    def test_rows_are_counted_from_one(self, desk, make):
        problems = self.problems(desk, make(self.frame(credit_line=[1.0, -2.0])))
        assert [(p.file, p.line) for p in problems] == [("内存表 merchants", 2)]

    def test_fractions_of_a_cent(self, desk):
        problems = self.problems(desk, pa.table(self.frame(credit_line=[0.1 + 0.2, 1.2345])))
        assert [(p.code, p.line) for p in problems] == [(Code.BAD_VALUE, 2)]

    def test_not_a_number_is_not_an_amount(self, desk):
        problems = self.problems(desk, pa.table(self.frame(credit_line=[1.0, float("nan")])))
        assert [(p.code, p.line) for p in problems] == [(Code.BAD_VALUE, 2)]

    def test_a_time_of_day_is_not_a_date(self, desk):
        times = [datetime(2026, 3, 2, 12, 30), datetime(2026, 3, 2)]
        problems = self.problems(desk, pd.DataFrame(self.frame(profiled_on=times)))
        assert [(p.code, p.line) for p in problems] == [(Code.BAD_VALUE, 1)]

    def test_a_table_that_nobody_declared(self, desk):
        assert "merchants" in self.problems_of_names(desk, {"merchant": pd.DataFrame()}).mend

    def test_something_that_is_no_table(self, desk):
        assert self.problems_of_names(desk, {"merchants": 42}).code is Code.UNREADABLE

    def test_nothing_at_all(self, desk):
        assert self.problems_of_names(desk, {}).code is Code.NO_DATA

    def problems_of_names(self, desk, frames):
        [problem] = desk.problems(frames)
        return problem


class TestWorkbooks:
    def row(self, number=1, unit="0101", credit=1000):
        return [SEPTEMBER, unit, "0101M1", f"户{number}", "", "", "", credit]

    def problems(self, desk, rows, **options):
        path = desk.folder / "报送.xlsx"
        book(path, rows, **options)
        return errors(desk.problems(path))

    def test_a_unit_code_stored_as_a_number_has_lost_its_zeros(self, desk):
        problems = self.problems(desk, [self.row(), self.row(2, unit=101)])
        lost, unknown = sorted(problems, key=lambda p: p.code)
        assert (lost.place, lost.code) == ("报送.xlsx[市场园区商户清单]!B3", Code.BAD_VALUE)
        assert "文本" in lost.mend
        assert unknown.code is Code.UNKNOWN_UNIT

    def test_text_in_an_amount_is_named_by_its_cell(self, desk):
        [problem] = self.problems(desk, [self.row(), self.row(2, credit="12万")])
        assert problem.place == "报送.xlsx[市场园区商户清单]!H3"
        assert "12万" in problem.found

    def test_a_formula_that_failed(self, desk):
        path = desk.folder / "报送.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as made:
            page = made.add_worksheet("市场园区商户清单")
            page.write_row(0, 0, HEADINGS)
            page.write_row(1, 0, self.row()[:-1])
            page.write_formula("H2", "=NA()", None, "#N/A")
        [problem] = errors(desk.problems(path))
        assert problem.cell == "H2"
        assert "#N/A" in problem.found

    def test_one_stray_cell_in_the_far_corner(self, desk):
        path = desk.folder / "报送.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as made:
            page = made.add_worksheet("市场园区商户清单")
            page.write_row(0, 0, HEADINGS)
            page.write_row(1, 0, self.row())
            page.write("XFD1048576", "x")
        [problem] = errors(desk.problems(path))
        assert problem.cell == "XFD1048576"

    def test_hidden_rows_are_read_and_mentioned(self, desk):
        path = desk.folder / "报送.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as made:
            page = made.add_worksheet("市场园区商户清单")
            page.write_row(0, 0, HEADINGS)
            page.write_row(1, 0, self.row())
            page.set_row(1, None, None, {"hidden": True})
        data = desk.read(path)
        assert data.file("merchants").rows == 1
        assert any("1 行隐藏着" in p.found for p in data.warnings)

    def test_no_sheet_with_a_known_name(self, desk):
        [problem] = self.problems(desk, [self.row()], sheet="市场园区商户")
        assert problem.code is Code.NO_DATA
        assert "市场园区商户清单" in problem.mend

    def test_no_heading(self, desk):
        [problem] = self.problems(desk, [self.row()], headings=["甲", "乙"])
        assert problem.code is Code.MISSING_COLUMN

    def test_headings_without_rows(self, desk):
        [problem] = self.problems(desk, [])
        assert problem.code is Code.EMPTY_DATA

    @pytest.mark.parametrize("content", ["", "PK 假的", "这不是工作簿"])
    def test_a_file_that_is_no_workbook(self, desk, content):
        path = desk.write("报送.xlsx", content)
        [problem] = desk.problems(path)
        assert problem.code in {Code.UNREADABLE, Code.EMPTY_DATA}
        assert re.search("另存|保存", problem.mend)

"""Where the table stands, which column is which, and what stands around it."""

from datetime import date
from decimal import Decimal

import pytest

from targets.branchdata.intake import context
from targets.problems import Code, Severity

from .mail import HEAD, UNITS, loan, notice, question, taken, values

MERGED = [
    ["存款结构情况表"],
    ["汇总单位：云岭分行", None, None, "填报时间：2026年10月8日", None],
    ["统计月份", "支行代码", "存款总量", "储蓄", None],
    [None, None, "总余额", "户数", "余额"],
    ["2026年9月", "0101", 1.5, 20, 30],
    ["2026年9月", "0102", 2.5, 40, 50],
    ["合计：", None, 4, 60, 80],
    ["填报人：张三", None, None, "复核人：李四"],
]


def merge(book, page):
    center = book.add_format()
    page.merge_range(0, 0, 0, 4, "存款结构情况表", center)
    for column, text in ((0, "统计月份"), (1, "支行代码")):
        page.merge_range(2, column, 3, column, text, center)
    page.merge_range(2, 3, 2, 4, "储蓄", center)


class TestHeadings:
    def test_may_stand_below_titles_and_blank_rows_and_beside_blank_columns(self, post):
        rows = [["贷款台账（月报）"], [], ["", "单位：元"], [],
                ["", *HEAD[:5], "", *HEAD[5:]], [],
                ["", *loan(1)[:5], "", *loan(1)[5:]], [],
                ["", *loan(2)[:5], "", *loan(2)[5:]]]
        sheet = post.sheet(post.xlsx(rows, top=2))
        assert values(sheet, "_row") == [9, 11]
        assert sheet.read == 2

    def test_of_several_merged_levels_are_joined(self, post):
        sheet = post.sheet(post.xlsx(MERGED, sheet="存款结构表", touch=merge))
        assert sheet.headings == ("统计月份", "支行代码", "存款总量/总余额", "储蓄/户数",
                                  "储蓄/余额")
        assert values(sheet, "total") == [15000, 25000]
        assert values(sheet, "savings") == [30, 50]
        assert [t.agrees for t in sheet.totals] == [True]

    def test_of_several_levels_are_joined_in_a_text_file_too(self, post):
        sheet = post.sheet(post.csv(MERGED, name="存款结构表.csv"))
        assert values(sheet, "savers") == [20, 40]

    def test_of_an_old_workbook_are_joined(self, post, tmp_path):
        import xlwt

        book = xlwt.Workbook()
        page = book.add_sheet("存款结构表")
        page.write_merge(2, 3, 0, 0, "统计月份")
        page.write_merge(2, 3, 1, 1, "支行代码")
        page.write_merge(2, 2, 3, 4, "储蓄")
        page.write(2, 2, "存款总量")
        for i, row in enumerate(MERGED):
            for j, value in enumerate(row):
                if value is not None and i != 2:
                    page.write(i, j, value)
        book.save(str(tmp_path / "旧.xls"))
        sheet = post.sheet(tmp_path / "旧.xls")
        assert values(sheet, "savers") == [20, 40]
        assert sheet.totals[0].agrees is True

    def test_may_come_in_any_order_and_with_their_other_names(self, post):
        rows = [["利率", "支行代码", "统计月份", *HEAD[2:6], *HEAD[7:]],
                [4.35, "0101", "2026-09-30", *loan()[2:6], *loan()[7:]]]
        assert taken(post.sheet(post.xlsx(rows)), "rate") == Decimal("4.35")

    def test_that_are_near_are_asked_about_and_the_answer_is_kept(self, post):
        head = [*HEAD]
        head[5] = "贷款余额合计数"
        sheet = post.loans(loan(), head=head)
        asked = question(sheet)
        assert asked.problem.code is Code.HEADING_UNSURE
        assert asked.problem.cell == "F1"
        assert "贷款余额" in asked.problem.found
        assert [r.problems for r in sheet.rejected] == [(asked.problem,)]
        answers = {asked.key: "贷款余额合计数"}
        assert taken(post.loans(loan(), head=head, answers=answers), "balance") == 100
        # The next file with the same headings is not asked about again.
        assert taken(post.loans(loan(9), head=head, answers=answers), "loan_id") == "J9"

    def test_that_are_new_are_asked_about(self, post):
        head = [*HEAD]
        head[8] = "档次"
        asked = question(post.loans(loan(), head=head))
        assert set(asked.choices) == {"档次", "blank"}
        blank = post.loans(loan(), head=head, answers={asked.key: "blank"})
        assert taken(blank, "grade") is None
        assert "档次" in notice(blank, Code.COLUMN_IGNORED).found

    def test_what_was_blank_may_not_be_so_among_other_headings(self, post):
        asked = question(post.loans([*loan()[:8], True], head=[*HEAD[:8], HEAD[9]]))
        renamed = [*HEAD]
        renamed[8] = "档次"
        again = post.loans(loan(), head=renamed, answers={asked.key: "blank"})
        assert question(again).key != asked.key

    def test_of_a_required_column_can_not_be_blank(self, post):
        rows = [[*HEAD[:2], *HEAD[3:]], [*loan()[:2], *loan()[3:]]]
        sheet = post.sheet(post.xlsx(rows))
        assert sheet.accepted.num_rows == 0
        [problem] = sheet.rejected[0].problems
        assert problem.code is Code.COLUMN_ABSENT
        assert not sheet.questions

    def test_that_are_of_no_use_are_said_to_be_left_out(self, post):
        sheet = post.loans(["说明", *loan()], head=["序号", *HEAD])
        assert taken(sheet, "loan_id") == "J1"
        assert "序号" in notice(sheet, Code.COLUMN_IGNORED).found

    def test_twice_the_same_hold_the_rows(self, post):
        sheet = post.loans([*loan(), 5], head=[*HEAD, "贷款余额"])
        assert sheet.rejected[0].problems[0].code is Code.HEADING_TWICE

    def test_repeated_on_every_page_are_no_rows(self, post):
        sheet = post.loans(loan(1), HEAD, loan(2))
        assert values(sheet, "loan_id") == ["J1", "J2"]
        assert notice(sheet, Code.NOT_DATA).cell == "A3"

    def test_of_another_table_below_end_the_first(self, post):
        other = ["机构代码", "数据日期", "借据编号", "贷款余额"]
        sheet = post.loans(loan(1), other, ["0101", "2026-09-30", "J2", 1])
        assert values(sheet, "loan_id") == ["J1"]
        assert {r.problems[0].code for r in sheet.rejected} == {Code.SECOND_TABLE}

    def test_that_fit_several_tables_are_asked_about(self, post):
        from .mail import DATASETS, TODAY, read_file

        twin = DATASETS[0].model_copy(update={"table": "twin", "name": "另一本台账",
                                              "id": "bank.dataset.twin"})
        path = post.xlsx([HEAD, loan()], sheet="Sheet1")
        [sheet] = read_file(path, [DATASETS[0], twin], UNITS, today=TODAY).sheets
        asked = question(sheet)
        assert sheet.dataset is None
        assert set(asked.choices) == {"loans", "twin", "ignore"}
        [sheet] = read_file(path, [DATASETS[0], twin], UNITS, today=TODAY,
                            answers={asked.key: "twin"}).sheets
        assert sheet.dataset == twin

    def test_that_nobody_knows_leave_the_sheet_unread(self, post):
        read = post.read(post.xlsx([["甲", "乙"], [1, 2]], sheet="杂项"))
        assert read.sheets[0].dataset is None
        assert [p.code for p in read.problems] == [Code.NO_TABLE]


class TestSheets:
    def test_are_all_read_and_what_holds_no_data_is_said(self, post):
        def touch(book, page):
            book.add_worksheet("说明").write(0, 0, "填报须知")
            other = book.add_worksheet("存款结构表")
            other.write_row(0, 0, ["数据日期", "机构代码", "存款余额", "储蓄户数", "储蓄余额"])
            other.write_row(1, 0, ["2026-09-30", "0101", 1, 2, 3])

        first, second, third = post.read(post.xlsx([HEAD, loan()], touch=touch)).sheets
        assert (first.accepted.num_rows, third.accepted.num_rows) == (1, 1)
        assert second.dataset is None
        assert second.problems[0].severity is Severity.WARNING

    def test_of_one_table_share_its_keys(self, post):
        def touch(book, page):
            other = book.add_worksheet("贷款台账2")
            other.write_row(0, 0, HEAD)
            other.write_row(1, 0, loan(1, balance=5))

        first, second = post.read(post.xlsx([HEAD, loan(1), loan(2)], touch=touch)).sheets
        assert values(first, "loan_id") == ["J2"]
        assert second.rejected[0].problems[0].code is Code.DUPLICATE_ROW

    def test_hidden_ones_and_hidden_rows_and_columns_are_read_and_said(self, post):
        def touch(book, page):
            book.add_worksheet("封面").write(0, 0, "封面")
            page.set_row(
                1, None, None, {"hidden": True})
            page.set_column(3, 3, None, None, {"hidden": True})
            book.worksheets()[1].activate()
            page.hide()

        read = post.read(post.xlsx([HEAD, loan()], touch=touch))
        assert read.sheets[0].accepted.num_rows == 1
        [said] = [p for p in read.problems if p.code is Code.HIDDEN_READ]
        assert said.sheet == "贷款台账"
        assert "整张" in said.found
        assert "1 行" in said.found
        assert "1 列" in said.found


class TestNotes:
    def test_below_the_table_are_listed_and_not_read(self, post):
        sheet = post.loans(loan(), [], ["注：1.不含贴现。"], ["　　2.按借据统计。"],
                           ["数据来源：信贷系统"], ["制表人：张三", None, "审核：李四"])
        assert sheet.read == 1
        said = notice(sheet, Code.NOT_DATA).found
        assert "不含贴现" in said
        assert "信贷系统" in said
        assert "张三" not in said

    def test_are_no_excuse_to_skip_a_row(self, post):
        sheet = post.loans(loan(1), ["注：不含贴现。"], loan(2))
        assert values(sheet, "loan_id") == ["J1", "J2"]


class TestWhatHoldsForTheWholeTable:
    head, row = ["机构代码", "存款余额", "储蓄户数", "储蓄余额"], ["0101", 1, 2, 3]

    def read(self, post, *above, name="表.xlsx", sheet="存款结构表", **more):
        return post.sheet(post.xlsx([*([t] for t in above), self.head, self.row],
                                    sheet=sheet, name=name), **more)

    @pytest.mark.parametrize("above", [
        "2026年9月存款结构表", "期间：2026年三季度", "统计月份：2026-09", "截至2026年9月30日",
        "2026年1-9月", "数据日期：2026.9.30  填报日期：2026年10月8日",
    ])
    def test_the_data_date_may_stand_in_a_title(self, post, above):
        sheet = self.read(post, above)
        assert taken(sheet, "data_date") == date(2026, 9, 30)
        assert "2026-09-30" in notice(sheet, Code.PERIOD_TAKEN).found

    def test_the_data_date_may_stand_in_the_files_name(self, post):
        assert taken(self.read(post, name="存款202609.xlsx"), "data_date") == date(2026, 9, 30)

    def test_a_day_within_a_month_is_asked_about(self, post):
        asked = question(self.read(post, name="存款20261008.xlsx"))
        assert {"2026-10-08", "2026-09-30"} <= asked.choices.keys()

    def test_two_data_dates_are_asked_about(self, post):
        sheet = self.read(post, "2026年9月", name="存款202608.xlsx")
        asked = question(sheet)
        assert asked.choices.keys() == {"2026-09-30", "2026-08-31"}
        assert sheet.accepted.num_rows == 0
        again = self.read(post, "2026年9月", name="存款202608.xlsx",
                          answers={asked.key: "2026-08-31"})
        assert taken(again, "data_date") == date(2026, 8, 31)

    def test_no_data_date_is_asked_about_and_any_date_may_be_answered(self, post):
        asked = question(self.read(post))
        assert "2026-09-30" in asked.choices
        again = self.read(post, answers={asked.key: "2025-12-31"})
        assert taken(again, "data_date") == date(2025, 12, 31)

    def test_a_given_period_goes_first_and_a_differing_title_is_said(self, post):
        sheet = self.read(post, "2026年8月", period=date(2026, 9, 30))
        assert taken(sheet, "data_date") == date(2026, 9, 30)
        assert "2026-08-31" in notice(sheet, Code.PERIOD_TAKEN).found

    def test_the_unit_may_stand_above(self, post):
        self.head, self.row = ["数据日期", *self.head[1:]], ["2026-09-30", *self.row[1:]]
        sheet = self.read(post, "填报单位：示例银行云岭分行石桥支行")
        assert taken(sheet, "unit_code") == "0102"
        assert notice(sheet, Code.UNIT_TAKEN)
        assert len(question(self.read(post, "晨光支行、石桥支行")).choices) == 2

    def test_a_column_of_units_names_is_not_passed_over_for_a_title(self, post):
        self.head, self.row = (["数据日期", "网点", *self.head[1:]],
                               ["2026-09-30", "石桥支行", *self.row[1:]])
        asked = question(self.read(post, "晨光支行"))
        assert set(asked.choices) == {"网点", "none"}
        sheet = self.read(post, "晨光支行", answers={asked.key: "网点"})
        assert taken(sheet, "unit_code") == "0102"

    @pytest.mark.parametrize(("line", "savings"), [
        ("单位：万元", 30000), ("（金额单位：亿元、户）", 3 * 10**8), ("单位：千元", 3000),
        ("填报单位：晨光支行", 3), ("单位：户、％", 3),
    ])
    def test_the_unit_of_money_may_stand_above(self, post, line, savings):
        sheet = self.read(post, "2026年9月", line)
        assert taken(sheet, "savings") == savings

    def test_the_unit_of_money_may_stand_below(self, post):
        path = post.xlsx([["2026年9月"], self.head, self.row, ["注：金额以万元为单位。"]],
                         sheet="存款结构表")
        assert taken(post.sheet(path), "savings") == 30000

    def test_without_a_word_money_is_in_the_columns_own_unit(self, post):
        sheet = self.read(post, "2026年9月")
        assert (taken(sheet, "total"), taken(sheet, "savings")) == (10000, 3)

    def test_a_heading_goes_before_the_line_above(self, post):
        self.head = ["机构代码", "存款余额（亿元）", "储蓄户数", "储蓄余额（元）"]
        sheet = self.read(post, "2026年9月", "单位：万元")
        assert (taken(sheet, "total"), taken(sheet, "savings")) == (10**8, 3)
        assert notice(sheet, Code.MONEY_CONVERTED).cell == "B3"

    def test_two_units_of_money_are_asked_about(self, post):
        sheet = self.read(post, "2026年9月", "单位：元、万元")
        assert {q.problem.code for q in sheet.questions} == {Code.MONEY_UNSURE}
        answers = {q.key: "万元" for q in sheet.questions}
        again = self.read(post, "2026年9月", "单位：元、万元", answers=answers)
        assert taken(again, "savings") == 30000

    def test_foreign_money_is_never_taken_for_yuan(self, post):
        assert self.read(post, "2026年9月", "单位：万美元").rejected
        self.head = ["机构代码", "存款余额（万美元）", "储蓄户数", "储蓄余额"]
        assert self.read(post, "2026年9月").rejected

    def test_dates_of_writing_do_not_count(self):
        assert context.dates("填报日期：2026年10月8日") == []
        assert context.dates("制表时间 2026-10-08") == []

    def test_ends_of_years_and_halves(self):
        assert context.dates("2025年末") == [date(2025, 12, 31)]
        assert context.dates("2026年上半年") == [date(2026, 6, 30)]
        assert context.dates("最近6季度") == []


class TestReportedFigures:
    def rows(self, *figures):
        head = ["数据日期", "机构代码", "指标代码", "数值（万元）"]
        return [head, *(["2026-09-30", "0101", code, value] for code, value in figures)]

    def test_only_money_is_converted(self, post):
        sheet = post.sheet(post.xlsx(self.rows(
            ("DEPOSITS", 1.5), ("CUSTOMERS", 20), ("BAD_RATE", "1.5%")), sheet="报送指标表"))
        assert values(sheet, "value") == [15000, 20, Decimal("1.5")]

    def test_a_rate_below_one_is_asked_about(self, post):
        sheet = post.sheet(post.xlsx(self.rows(("DEPOSITS", 1), ("BAD_RATE", 0.7)),
                                     sheet="报送指标表"))
        asked = question(sheet)
        assert "BAD_RATE" in asked.problem.found
        assert values(sheet, "code") == ["DEPOSITS"]

    def test_that_can_not_be_are_refused(self, post):
        sheet = post.sheet(post.xlsx(self.rows(
            ("BAD_RATE", 170), ("CUSTOMERS", 1.5), ("PROFIT", 1)), sheet="报送指标表"))
        assert [r.problems[0].code for r in sheet.rejected] == [
            Code.OUT_OF_RANGE, Code.OUT_OF_RANGE, Code.UNKNOWN_CODE]


class TestKeysAndSites:
    def test_equal_rows_count_once(self, post):
        sheet = post.loans(loan(1), loan(2), loan(1))
        assert values(sheet, "_row") == [2, 3]
        [row] = sheet.rejected
        assert row.row == 4
        assert "完全重复" in row.problems[0].found
        assert "J1" not in row.problems[0].found

    def test_of_rows_that_differ_none_is_taken(self, post):
        sheet = post.loans(loan(1), loan(2), loan(1, balance=7))
        assert values(sheet, "loan_id") == ["J2"]
        assert [r.row for r in sheet.rejected] == [2, 4]

    visits = (["数据日期", "机构代码", "共建主体编号", "走访次数"],
              ["2026-09-30", "0101", "M1", 3], ["2026-09-30", "0102", "M1", 3],
              ["2026-09-30", "0101", "M9", 3])

    def test_sites_are_held_against_those_that_are_known(self, post):
        path = post.xlsx(self.visits, sheet="走访表")
        assert post.sheet(path).accepted.num_rows == 3
        sheet = post.sheet(path, sites={"M1": frozenset({"0101"})})
        assert values(sheet, "_row") == [2]
        assert [r.problems[0].code for r in sheet.rejected] == [Code.SITE_OF_OTHER,
                                                                Code.UNKNOWN_SITE]

    def test_a_list_of_sites_in_the_file_counts(self, post):
        def touch(book, page):
            other = book.add_worksheet("共建主体名单")
            other.write_row(0, 0, ["数据日期", "机构代码", "共建主体编号", "共建主体名称",
                                   "类别代码"])
            other.write_row(1, 0, ["2026-09-30", "0101", "M1", "市场", "market"])

        first, _ = post.read(post.xlsx(self.visits, sheet="走访表", touch=touch)).sheets
        assert values(first, "_row") == [2]

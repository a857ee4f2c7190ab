"""One cell: what people write, and the exact value that it is."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from targets.branchdata.intake import cells, months
from targets.branchdata.intake.cells import Month, Scale, Unfit
from targets.branchdata.intake.convert import numbers
from targets.problems import Code, Severity

from .mail import HEAD, LOANS, loan, notice, question, refused, taken, values

YUAN = Scale(1)


class TestNumbers:
    @pytest.mark.parametrize(("written", "yuan"), [
        ("１，２３４．５", "1234.50"),
        ("1,234.5", "1234.50"),
        ("1 234.5", "1234.50"),
        ("1\u00a0234\u00a0567", "1234567.00"),
        (" 12.30\u200b ", "12.30"),
        ("￥12", "12.00"),
        ("−5.5", "-5.50"),
        ("12万元", "120000.00"),
        ("1.2345亿元", "123450000.00"),
        ("３．５千元", "3500.00"),
        ("12万", "120000.00"),
        ("123*", "123.00"),
        ("123①", "123.00"),
        ("0", "0.00"),
    ])
    def test_are_read_as_they_are_meant(self, written, yuan):
        assert Decimal(cells.amount(written, YUAN).value) / 100 == Decimal(yuan)

    @pytest.mark.parametrize("written", [
        "1,23", "1,2345", "12,34,567", "1.2.3", "约100", "100左右", "1e5", "3-5", "(123)",
        "12万户", "70%", "1.234",
    ])
    def test_that_may_mean_something_else_are_refused(self, written):
        with pytest.raises(Unfit):
            cells.amount(written, YUAN)

    @pytest.mark.parametrize("blank", [
        None, "", " ", "\u3000", "\u00a0", "—", "——", "－", "-", "无", "/", "N/A", "n/a", "…",
    ])
    def test_marks_for_nothing_are_missing(self, blank):
        assert cells.amount(blank, YUAN) is None

    def test_zero_is_not_missing(self, post):
        assert taken(post.loans(loan(balance=0)), "balance") == 0

    def test_binary_noise_is_no_digit(self, post):
        assert taken(post.loans(loan(balance=0.1 + 0.2)), "balance") == Decimal("0.30")

    @settings(max_examples=60, deadline=None)
    @given(st.decimals(min_value=-10**9, max_value=10**9, places=2))
    def test_of_every_spelling_come_to_the_same(self, amount):
        number, grouped = format(amount, "f"), format(amount, ",f")
        spellings = [number, grouped, grouped.replace(",", " "), f"{number}元",
                     number.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.-"}),
                     float(amount)]
        whole, odd = numbers(spellings, YUAN)
        assert all(isinstance(o, cells.Amount) for o in odd.values())
        assert set(whole.values.tolist()) == {int(amount * 100)}

    @settings(max_examples=40, deadline=None)
    @given(st.decimals(min_value=0, max_value=10**6, places=2), st.sampled_from(
        [("元", 1), ("千元", 1000), ("万元", 10**4), ("百万元", 10**6), ("亿元", 10**8)]))
    @example(Decimal("614484.56"), ("亿元", 10**8))  # its double, scaled, is one 分 too many
    def test_in_any_unit_are_the_same_money(self, amount, unit):
        word, factor = unit
        in_cell = cells.amount(f"{amount}{word}", YUAN).value
        in_heading, _ = numbers([str(amount), float(amount)], Scale(factor))
        assert {in_cell, *in_heading.values.tolist()} == {int(amount * factor * 100)}

    def test_a_footnote_mark_is_said(self, post):
        sheet = post.loans(loan(balance="123*"))
        assert taken(sheet, "balance") == 123
        assert notice(sheet, Code.MARK_REMOVED).cell == "F2"

    def test_too_many_places_are_rounded_only_when_the_branch_says_so(self, post):
        rows = [loan(1, balance=1.005), loan(2, balance=2)]
        sheet = post.loans(*rows)
        assert values(sheet, "balance") == [2]
        asked = question(sheet)
        again = post.loans(*rows, answers={asked.key: "round"})
        assert values(again, "balance") == [Decimal("1.01"), 2]
        assert notice(again, Code.ROUGH_NUMBER).severity is Severity.WARNING

    def test_a_whole_number_stays_one(self, post):
        assert refused(post.loans(loan(count=1.5))).cell == "H2"
        assert taken(post.loans(loan(count="3户")), "count") == 3

    def test_what_is_too_large_for_the_column_is_refused(self, post):
        assert "太大" in refused(post.loans(loan(balance="12345678901234567890"))).found


class TestPercentages:
    def test_with_a_sign_are_known(self, post):
        sheet = post.loans(loan(1, rate="70％".replace("70", "7")), loan(2, rate="５.5％"),
                           loan(3, rate="50‰"))
        assert values(sheet, "rate") == [7, Decimal("5.5"), 5]

    def test_by_the_cells_format_are_known(self, post):
        def touch(book, page):
            page.write(1, 6, 0.07, book.add_format({"num_format": "0.00%"}))

        sheet = post.sheet(post.xlsx([HEAD, loan()], touch=touch))
        assert taken(sheet, "rate") == 7
        assert notice(sheet, Code.PERCENT_TAKEN).cell == "G2"

    def test_all_below_one_are_asked_about(self, post):
        rows = [loan(1, rate=0.07), loan(2, rate=0.12), loan(3, rate=None), loan(4, rate=0)]
        sheet = post.loans(*rows)
        asked = question(sheet)
        assert asked.problem.code is Code.PERCENT_UNSURE
        assert set(asked.choices) == {"percent", "ratio"}
        assert values(sheet, "loan_id") == ["J3", "J4"]
        assert [r.problems for r in sheet.rejected] == [(asked.problem,)] * 2

    @pytest.mark.parametrize(("answer", "rates"), [("ratio", [7, 12]),
                                                   ("percent", [Decimal("0.07"),
                                                                Decimal("0.12")])])
    def test_are_read_as_the_branch_answers(self, post, answer, rates):
        rows = [loan(1, rate=0.07), loan(2, rate=0.12)]
        key = question(post.loans(*rows)).key
        assert values(post.loans(*rows, answers={key: answer}), "rate") == rates

    def test_computed_ratios_are_asked_about_twice(self, post):
        rows = [loan(1, rate=1 / 3)]
        first = post.loans(*rows)
        answers = {q.key: "ratio" if "percent" in q.key else "round" for q in first.questions}
        assert len(answers) == 2 or len(first.questions) == 1
        second = post.loans(*rows, answers=answers)
        answers |= {q.key: "round" for q in second.questions}
        assert taken(post.loans(*rows, answers=answers), "rate") == Decimal("33.33")

    def test_one_below_one_among_larger_is_said(self, post):
        sheet = post.loans(loan(1, rate=0.5), loan(2, rate=4.35))
        assert values(sheet, "rate") == [Decimal("0.5"), Decimal("4.35")]
        assert notice(sheet, Code.PERCENT_TAKEN).cell == "G2"

    def test_an_answer_that_is_none_of_the_choices_is_told(self, post):
        key = question(post.loans(loan(rate=0.07))).key
        sheet = post.loans(loan(rate=0.07), answers={key: "yes"})
        assert "yes" in notice(sheet, Code.BAD_ANSWER).found
        assert sheet.rejected


class TestDates:
    def test_are_read_however_written(self, post):
        written = [
            "2026.3.5", "2026年3月5日", "2026/3/5", "2026-03-05", "20260305", "２０２６．３．５",
            "2026 年 3 月 5 日", "2026-03-05 00:00:00", 20260305, 46086, "46086",
            datetime(2026, 3, 5, 14, 30),
        ]
        sheet = post.loans(*(loan(i, granted_on=w) for i, w in enumerate(written)))
        assert values(sheet, "granted_on") == [date(2026, 3, 5)] * len(written)

    def test_count_from_1904_where_the_workbook_says_so(self, post):
        # 44624 days after 1 January 1904 is 5 March 2026: 46086 less 1462.
        path = post.xlsx([HEAD, loan(granted_on=44624)], date_1904=True)
        assert taken(post.sheet(path), "granted_on") == date(2026, 3, 5)

    @pytest.mark.parametrize("written", [
        "2026-02-30", "26.3.5", "3/5/2026", "5日", "今年", "2026年", True, 12,
    ])
    def test_that_can_not_be_sure_are_refused(self, written):
        with pytest.raises(Unfit):
            cells.day(written)

    def test_a_month_is_no_day(self, post):
        assert "少了日" in refused(post.loans(loan(granted_on="2026年3月"))).found

    def test_a_month_of_the_data_date_is_its_last_day(self, post):
        written = ["2026-09", "2026/9", "2026年9月", "202609", "2026.9", 2026.9, "2026年三季度",
                   "2026Q3", "2026年9月末"]
        sheet = post.loans(*(loan(i, data_date=w) for i, w in enumerate(written)))
        assert values(sheet, "data_date") == [date(2026, 9, 30)] * len(written)
        assert notice(sheet, Code.DATE_TAKEN).cell == "A2"

    def test_a_date_ahead_of_today_is_refused(self, post):
        assert refused(post.loans(loan(data_date="2026-10-31"))).code is Code.FUTURE_DATE

    def test_one_after_the_data_date_is_refused(self, post):
        problem = refused(post.loans(loan(granted_on="2026-10-01")))
        assert problem.code is Code.FUTURE_DATE
        assert "2026-10-01" in problem.found


def month_ends(*written):
    """Ends of months as settled; None where it stays open."""
    settled = months.settle([cells.day(w) for w in written])
    return [m and (m.year, m.month) for m in settled]


class TestOctoberWrittenAsOne:
    def test_between_september_and_november(self):
        assert month_ends(2016.9, 2016.1, 2016.11) == [(2016, 9), (2016, 10), (2016, 11)]

    def test_after_december_and_before_february_it_is_january(self):
        assert month_ends(2015.12, 2016.1, 2016.2)[1] == (2016, 1)

    def test_a_whole_year_holds_both(self):
        year = ["2016.1", "2016.2", "2016.3", "2016.4", "2016.5", "2016.6", "2016.7", "2016.8",
                "2016.9", "2016.1", "2016.11", "2016.12"]
        assert [m for _, m in month_ends(*year)] == list(range(1, 13))

    def test_two_digits_for_the_other_months_show_it(self):
        # So the statistics bureau's monthly export has it: 2016.01 … 2016.09, 2016.1.
        assert month_ends("2016.01", "2016.1") == [(2016, 1), (2016, 10)]

    def test_backwards(self):
        assert month_ends(2016.11, 2016.1, 2016.9)[1] == (2016, 10)

    def test_of_quarters_first_months(self):
        assert [m for _, m in month_ends(2016.1, 2016.4, 2016.7, 2016.1)] == [1, 4, 7, 10]

    def test_alone_it_stays_open(self):
        assert month_ends(2016.1) == [None]

    def test_repeated_rows_count_once(self):
        assert month_ends(2016.9, 2016.1, 2016.1, 2016.11)[1:3] == [(2016, 10)] * 2

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 11), st.integers(2, 30), st.booleans())
    def test_any_run_of_months_is_settled_right(self, start, length, backwards):
        run = [(2016 + (start + i) // 12, (start + i) % 12 + 1) for i in range(length)]
        run = run[::-1] if backwards else run
        written = [float(f"{y}.{m}") for y, m in run]
        assert [m for m in month_ends(*written)] == run

    def test_left_open_it_is_asked_about(self, post):
        rows = [loan(1, data_date="2016.1", granted_on=None)]
        asked = question(post.loans(*rows))
        assert asked.choices.keys() == {"2016-01-31", "2016-10-31"}
        sheet = post.loans(*rows, answers={asked.key: "2016-10-31"})
        assert taken(sheet, "data_date") == date(2016, 10, 31)

    def test_the_answer_to_one_file_is_none_to_the_next(self, post):
        asked = question(post.loans(loan(1, data_date="2016.1", granted_on=None)))
        other = post.loans(loan(2, data_date="2016.1", granted_on=None),
                           answers={asked.key: "2016-01-31"})
        assert question(other).key != asked.key

    def test_month(self):
        assert Month(2026, 2).end == date(2026, 2, 28)


class TestCodes:
    def test_with_lost_zeros_are_restored_when_one_is_meant(self, post):
        sheet = post.loans(loan(1, unit_code=101), loan(2, unit_code="102"),
                           loan(3, unit_code="０１０１"))
        assert values(sheet, "unit_code") == ["0101", "0102", "0101"]
        assert notice(sheet, Code.CODE_RESTORED).cell == "B2"

    def test_that_may_be_two_are_not_restored(self, post):
        # 1101 and 01101 are both units': as text it is the one, as a number it may be either.
        sheet = post.loans(loan(1, unit_code="1101"), loan(2, unit_code=1101),
                           loan(3, unit_code=999))
        assert values(sheet, "unit_code") == ["1101"]
        assert [[p.code for p in r.problems] for r in sheet.rejected] == [
            [Code.CODE_AS_NUMBER]] * 2

    def test_a_units_name_stands_for_its_code(self, post):
        sheet = post.loans(loan(unit_code="石桥支行"))
        assert taken(sheet, "unit_code") == "0102"
        assert notice(sheet, Code.CODE_RESTORED)

    def test_of_no_unit_are_refused_with_those_that_are_near(self, post):
        problem = refused(post.loans(loan(unit_code="01O1")))
        assert problem.code is Code.UNKNOWN_UNIT
        assert "0101" in problem.mend

    def test_of_rows_kept_as_numbers_are_asked_about(self, post):
        rows = [loan(1, loan_id=1001), loan(2)]
        sheet = post.loans(*rows)
        asked = question(sheet)
        assert "1001" not in asked.problem.found
        assert values(sheet, "loan_id") == ["J2"]
        again = post.loans(*rows, answers={asked.key: "whole"})
        assert values(again, "loan_id") == ["1001", "J2"]

    @pytest.mark.parametrize("written", [6.2e17, "6.2E+17"])
    def test_that_have_lost_digits_are_refused(self, post, written):
        assert refused(post.loans(loan(loan_id=written))).code is Code.CODE_AS_NUMBER

    def test_a_listed_word_may_be_spelt_wide(self, post):
        assert taken(post.loans(loan(grade="\u3000正常 ")), "grade") == "正常"
        assert refused(post.loans(loan(grade="良好"))).code is Code.OUT_OF_RANGE


class TestTruth:
    def test_is_read_however_written(self, post):
        meant = {"是": True, "√": True, "Ｙ": True, True: True, "否": False, "×": False, 0: False,
                 "": None, "/": None}
        sheet = post.loans(*(loan(i, secured=w) for i, w in enumerate(meant)))
        assert values(sheet, "secured") == list(meant.values())

    def test_none_is_an_answer_where_the_column_asks_whether_there_is_one(self):
        assert cells.truth("无", has=True) is False
        assert cells.truth("无") is None

    def test_anything_else_is_refused(self, post):
        assert refused(post.loans(loan(secured="也许"))).cell == "J2"


class TestCellsThatHoldNoValue:
    def test_a_formula_never_calculated_asks_to_save_the_file_once(self, post, tmp_path):
        import openpyxl

        book = openpyxl.Workbook()
        page = book.active
        page.title = LOANS.name
        page.append(HEAD)
        page.append(loan())
        page["F2"] = "=50+50"
        book.save(tmp_path / "公式.xlsx")
        problem = refused(post.sheet(tmp_path / "公式.xlsx"))
        assert problem.code is Code.NOT_CALCULATED
        assert problem.cell == "F2"
        assert "打开并保存一次" in problem.mend

    def test_a_calculated_formula_gives_what_was_stored(self, post):
        path = post.xlsx([HEAD, loan()],
                         touch=lambda book, page: page.write_formula(1, 5, "=1+1", None, 88))
        assert taken(post.sheet(path), "balance") == 88

    def test_an_error_is_a_fault(self, post):
        path = post.xlsx([HEAD, loan()],
                         touch=lambda book, page: page.write_formula(1, 5, "=NA()", None, "#N/A"))
        problem = refused(post.sheet(path))
        assert problem.code is Code.ERROR_CELL
        assert "#N/A" in problem.found

    def test_a_required_cell_without_value_is_a_fault(self, post):
        problem = refused(post.loans(loan(loan_id="—")))
        assert (problem.code, problem.cell) == (Code.MISSING_VALUE, "C2")

    def test_what_tells_a_person_is_never_repeated(self, post):
        [row] = post.loans(loan(loan_id=6.2e17, customer=date(2026, 3, 5))).rejected
        told = "".join(map(str, row.problems))
        assert "6.2" not in told
        assert "62000" not in told
        assert "2026-03-05" not in told

    def test_all_faults_of_a_row_are_told_at_once(self, post):
        [row] = post.loans(loan(balance="约一百", count=-1, grade="好", unit_code="9999")).rejected
        assert {p.cell for p in row.problems} == {"B2", "F2", "H2", "I2"}
        assert row.row == 2
        assert row.cells[5] == "约一百"

"""Totals are recognised, checked against what they total, and never counted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.branchdata.intake.lines import label_of
from targets.problems import Code, Severity

from .mail import HEAD, loan, notice, values


def total(word: str, balance, count=None, column: int = 2) -> list:
    row = [None] * len(HEAD)
    row[column], row[5], row[7] = word, balance, count
    return row


class TestTotals:
    @pytest.mark.parametrize("word", ["合计", "合　计：", "总计", "小计", "合计（元）", "本页合计",
                                      "云岭分行小计"])
    def test_are_recognised_and_not_counted(self, post, word):
        sheet = post.loans(loan(1, balance=100), loan(2, balance=20), total(word, 120, 2))
        assert values(sheet, "balance") == [100, 20]
        [found] = sheet.totals
        assert (found.row, found.agrees) == (4, True)
        assert sheet.read == 3

    def test_with_a_customers_name_are_told_without_it(self, post):
        sheet = post.loans(loan(1), total("张三小计", 5, column=3))
        assert sheet.totals[0].label == "小计"
        assert "张三" not in "".join(map(str, sheet.problems))

    def test_may_stand_first(self, post):
        sheet = post.loans(total("合计", 120), loan(1, balance=100), loan(2, balance=20))
        assert [t.agrees for t in sheet.totals] == [True]

    def test_of_groups_and_of_all_are_each_checked(self, post):
        sheet = post.loans(loan(1), loan(2), total("小计", 200), loan(3), total("小计", 100),
                           total("合计", 300))
        assert [t.agrees for t in sheet.totals] == [True] * 3
        assert sheet.accepted.num_rows == 3

    def test_that_disagree_are_told_with_cell_expected_and_found(self, post):
        sheet = post.loans(loan(1, balance=100), loan(2, balance=20), total("合计", 150, 2))
        problem = notice(sheet, Code.TOTAL_DISAGREES)
        assert problem.cell == "F4"
        assert "150.00" in problem.found
        assert "120.00" in problem.allowed
        assert "30.00" in problem.found
        assert problem.severity is Severity.ERROR
        assert sheet.totals[0].agrees is False
        assert values(sheet, "balance") == [100, 20]

    def test_count_rows_that_were_set_aside(self, post):
        sheet = post.loans(loan(1, balance=100), loan(2, balance=20, grade="好"),
                           total("合计", 120))
        assert len(sheet.rejected) == 1
        assert sheet.totals[0].agrees is True

    def test_over_a_cell_that_can_not_be_read_are_not_judged(self, post):
        sheet = post.loans(loan(1, balance="约百"), loan(2), total("合计", 200))
        assert sheet.totals[0].agrees is None
        assert notice(sheet, Code.TOTAL_UNCHECKED)

    def test_within_the_rounding_of_ten_thousands_are_only_mentioned(self, post):
        head = [*HEAD]
        head[5] = "贷款余额（万元）"
        rows = [loan(1, balance=1.33), loan(2, balance=1.33), loan(3, balance=1.33)]
        sheet = post.loans(*rows, total("合计", 4), head=head)
        assert notice(sheet, Code.TOTAL_DISAGREES).severity is Severity.WARNING
        sheet = post.loans(*rows, total("合计", 4.1), head=head)
        assert notice(sheet, Code.TOTAL_DISAGREES).severity is Severity.ERROR

    def test_of_rates_are_not_added_up(self, post):
        last = total("合计", 200)
        last[6] = 4.35
        assert post.loans(loan(1), loan(2), last).totals[0].agrees is True

    def test_of_which_may_not_exceed_the_line_above(self, post):
        good = post.loans(loan(1, balance=100), total("其中：抵押", 60), loan(2))
        assert values(good, "balance") == [100, 100]
        assert good.totals[0].agrees is True
        bad = post.loans(loan(1, balance=100), total("其中：抵押", 160), loan(2))
        assert notice(bad, Code.TOTAL_DISAGREES).cell == "F3"

    def test_of_which_below_a_total(self, post):
        sheet = post.loans(loan(1), loan(2), total("合计", 200), total("其中：抵押", 150))
        assert [t.agrees for t in sheet.totals] == [True, True]

    def test_of_reported_figures_add_up_code_by_code(self, post):
        head = ["数据日期", "机构代码", "指标代码", "数值"]
        rows = [["2026-09-30", u, "DEPOSITS", v] for u, v in (("0101", 5), ("0102", 7))]
        path = post.xlsx([head, *rows, ["2026-09-30", "合计", "DEPOSITS", 12]],
                         sheet="报送指标表")
        sheet = post.sheet(path)
        assert sheet.totals[0].agrees is True
        assert values(sheet, "value") == [5, 7]


class TestRowsThatAreNoTotals:
    @pytest.mark.parametrize("name", ["合计", "合计装饰公司", "小计村", "总计划办公室"])
    def test_a_customer_may_be_called_so(self, post, name):
        sheet = post.loans(loan(1, customer=name))
        assert values(sheet, "customer") == [name]
        assert not sheet.totals

    def test_a_label_is_compared_without_blanks_and_brackets(self):
        assert label_of("合 计（万元）：") == "合计"
        assert label_of(5) == ""


class TestReconciliation:
    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.sampled_from(["good", "bad", "total", "blank"]), min_size=1, max_size=12))
    def test_every_row_is_taken_set_aside_or_a_total(self, tmp_path_factory, kinds):
        from .mail import Post

        post = Post(tmp_path_factory.mktemp("rows"))
        made = {"good": loan, "bad": lambda i: loan(i, grade="?"), "blank": lambda i: [],
                "total": lambda i: total("小计", 1)}
        sheet = post.sheet(post.csv([HEAD, *(made[k](i) for i, k in enumerate(kinds))]))
        counts = (sheet.accepted.num_rows, len(sheet.rejected), len(sheet.totals))
        assert counts == tuple(kinds.count(k) for k in ("good", "bad", "total"))
        assert sheet.read == sum(counts)

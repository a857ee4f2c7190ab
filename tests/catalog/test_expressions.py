"""The small part of SQL that definitions may use."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.catalog.compiled import Compiled
from targets.catalog.expressions import ExpressionError, measure_of, row_condition
from targets.catalog.said import condition_words
from targets.problems import Code
from targets.schema.measures import Dataset
from tests.demo import bank, errors, the_problem

SHOPS = Dataset.model_validate({
    "id": "demo.dataset.shops", "name": "商户", "table": "shops", "grain": "一户",
    "period": "day", "unit": "unit_code", "key": ["day"],
    "columns": [
        {"name": "day", "title": "日期", "type": "date"},
        {"name": "unit_code", "title": "代码", "type": "text"},
        {"name": "profiled", "title": "建档", "type": "boolean"},
        {"name": "loan", "title": "贷款", "type": "decimal"},
        {"name": "visits", "title": "次数", "type": "integer"},
        {"name": "trade", "title": "行业", "type": "text"},
        {"name": "since", "title": "日期", "type": "date"},
    ],
})

METRIC = """
metrics:
  - id: demo.metric.new
    name: 新指标
    places: [{clause: demo.clause.1}]
    unit: {kind: count, of: 户}
    direction: up
    caliber: 随便。
    measure:
      kind: aggregate
      dataset: demo.dataset.shops
      value: ¦{measure: "count(*)", where: "%s"}
"""


ALLOWED = [
    "profiled",
    "not profiled",
    "profiled = true",
    "loan > 0",
    "loan >= 7.39 and visits < 3",
    "(loan > 0 or visits > 0) and trade in ('零售', '批发')",
    "trade <> '零售'",
    "since is not null",
    "(loan > 0) is null and not (visits > 3) is null",
    "since between date '2026-01-01' and date '2026-12-31'",
    "since >= date '2026-01-01'",
    "loan > -1",
    "visits in (1, 2, 3)",
]


class TestConditions:
    @pytest.mark.parametrize("text", ALLOWED)
    def test_comparisons_logic_null_lists_and_dates_are_let_through(self, text):
        assert row_condition(text, SHOPS) is not None

    @pytest.mark.parametrize("text", ALLOWED)
    def test_what_engines_are_asked_reads_as_what_is_written(self, text):
        asked = Compiled().condition(text, SHOPS)
        assert condition_words(asked, SHOPS) == condition_words(text, SHOPS)

    def test_a_condition_that_can_t_be_told_in_words(self):
        assert condition_words("(visits > 3) is null", SHOPS) == "说不清是否「次数」高于 3"
        assert condition_words("(visits > 3) is not null", SHOPS) == "说得清是否「次数」高于 3"

    @pytest.mark.parametrize(
        "text",
        [
            "loan / visits > 2",
            "loan * 2 > 3",
            "loan + 1 > 3",
            "round(loan) > 3",
            "loan > 0; drop table shops",
            "loan > (select max(loan) from shops)",
            "exists (select 1)",
            "visits in (select 1)",
            "count(*) > 3",
            "current_date > since",
            "since > now()",
            "trade like '%售'",
            "read_csv('/etc/passwd') is null",
            "cast(loan as integer) > 3",
            "loan::int > 3",
            "case when profiled then true else false end",
            "shops.loan > 0",
            "loan > 0 -- 注释\n; attach 'x'",
            "unit_code = $1",
            "loan > ?",
            "*",
        ],
    )
    def test_everything_else_is_refused_in_chinese(self, text):
        with pytest.raises(ExpressionError) as refused:
            row_condition(text, SHOPS)
        assert "表达式" in str(refused.value) or "数据表" in str(refused.value)

    @pytest.mark.parametrize("text", ["loan", "3", "'甲'", "trade", "date '2026-01-01'", "-loan"])
    def test_a_value_is_no_condition(self, text):
        with pytest.raises(ExpressionError):
            row_condition(text, SHOPS)

    @pytest.mark.parametrize(
        "text",
        [
            "loan and profiled",
            "profiled or trade",
            "not loan",
        ],
    )
    def test_only_conditions_can_be_joined(self, text):
        with pytest.raises(ExpressionError):
            row_condition(text, SHOPS)

    @pytest.mark.parametrize(
        ("text", "left", "right"),
        [
            ("loan > '5'", "数", "文字"),
            ("trade = 5", "文字", "数"),
            ("since > '2026-01-01'", "日期", "文字"),
            ("profiled = 1", "是否", "数"),
            ("visits in (1, '2')", "数", "文字"),
            ("since between '2026-01-01' and '2026-12-31'", "日期", "文字"),
        ],
    )
    def test_a_column_is_compared_only_with_its_own_type(self, text, left, right):
        with pytest.raises(ExpressionError, match=f"{left}.*{right}"):
            row_condition(text, SHOPS)

    def test_a_day_that_does_not_exist(self):
        with pytest.raises(ExpressionError, match="2026-02-30 不存在"):
            row_condition("since > date '2026-02-30'", SHOPS)

    def test_an_unknown_column_is_answered_with_those_there_are(self):
        with pytest.raises(ExpressionError, match=r"没有列 lona；有：day、unit_code、profiled"):
            row_condition("lona > 0", SHOPS)

    @pytest.mark.parametrize("text", ["loan >", "and", "loan > > 3", "(loan > 3", "loan is"])
    def test_what_cannot_be_parsed(self, text):
        with pytest.raises(ExpressionError):
            row_condition(text, SHOPS)

    @given(st.text(max_size=60))
    def test_no_text_whatsoever_gets_through_or_breaks_it(self, text):
        """Whatever is accepted is a condition over declared columns; the rest is refused."""
        try:
            tree = row_condition(text, SHOPS)
        except ExpressionError:
            return
        names = {c.name for c in SHOPS.columns}
        assert {node.name for node in tree.walk() if type(node).__name__ == "Column"} <= names


class TestWhatEnginesTreatDifferently:
    """Refused when definitions are checked, with what to write instead."""

    @pytest.mark.parametrize(
        ("text", "instead"),
        [
            ("trade > '零售'", "写成 in"),
            ("trade between '甲' and '乙'", "写成 in"),
            ("loan > 1e3", "写成普通的数"),
            ("loan > 1234567890123456789", "最多 18 位"),
            ("visits between symmetric 3 and 1", "把小的写在前面"),
            ("visits in ()", "写成 in"),
            ("visits in visits", "写成 in"),
            ("(loan > 0) = profiled", "and、or、not"),
            ("loan = visits = true", "and、or、not"),
            ("visits in (visits, loan > 1)", "只写数"),
            ("visits between 1 and (loan > 3)", "只写列"),
            ("trade is trade", "null"),
            ("-loan > 3", "相反的数"),
            ("since > date '20260131'", "2026-01-31"),
            ("since > date '2026-W05-6'", "2026-01-31"),
            ("trade = 'a\nb'", "看不见"),
            ("since > try_cast('2026-01-31' as date)", ""),
            ("trade = E'a'", ""),
            ("trade = $$a$$", ""),
            ("visits = 0x1F", ""),
            ("visits is not distinct from 1", ""),
            ("loan > 1.5::double", ""),
            ("trade ilike 'a'", ""),
            ("trade = any(['a'])", ""),
            ("loan % 2 = 1", ""),
            ("trade || 'a' = 'b'", ""),
            ("trade collate nocase = 'a'", ""),
            ("since = timestamp '2026-01-31 00:00:00'", ""),
        ],
    )
    def test_is_refused(self, text, instead):
        with pytest.raises(ExpressionError) as error:
            row_condition(text, SHOPS)
        assert instead in str(error.value)

    def test_a_backslash_means_itself_on_every_engine(self):
        tree = row_condition(r"trade = 'a\b'", SHOPS)
        assert r"'a\b'" in tree.sql("spark") or "'a" in tree.sql("spark")
        assert tree.sql("postgres") == r"trade = 'a\b'"


class TestAggregates:
    @pytest.mark.parametrize("text", ["count(*)", "count(distinct unit_code)", "sum(loan)",
                                      "sum(visits)", "COUNT(*)"])
    def test_counts_and_sums_are_let_through(self, text):
        assert measure_of(text, SHOPS).sql.startswith(("COUNT(", "SUM("))

    @pytest.mark.parametrize(
        "text",
        ["avg(loan)", "sum(loan) / count(*)", "max(loan)", "count(loan)", "sum(loan + 1)",
         "sum(distinct loan)", "count(distinct unit_code, day)", "loan", "1",
         "count(*); drop table shops", "sum(loan) over ()", "count(distinct loan + 1)"],
    )
    def test_what_engines_compute_each_in_their_way_is_refused(self, text):
        with pytest.raises(ExpressionError, match="不许用"):
            measure_of(text, SHOPS)

    @pytest.mark.parametrize("column", ["trade", "since", "profiled"])
    def test_only_numbers_are_summed(self, column):
        with pytest.raises(ExpressionError, match="不能求和"):
            measure_of(f"sum({column})", SHOPS)

    def test_a_scope_is_joined_with_the_metric_s_own_condition(self):
        condition = Compiled().conditions(
            ("profiled or loan > 0", None, "trade = '零售' or visits > 1"), SHOPS
        )
        assert condition == (
            """("profiled" OR "loan" > 0) AND ("trade" = '零售' OR "visits" > 1)"""
        )


class TestInDefinitions:
    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("profile", "profile"),
            ("loan > '5'", "数和文字"),
            ("loan / 2 > 1", "不许用"),
            ("length(trade) > 1", "不许用"),
            ("loan > 0; drop table shops", "表达式"),
            ("loan in (select 1)", "不许用"),
            ("loan", "只是一个列名"),
            ("loan >", "读不懂"),
        ],
    )
    def test_a_bad_expression_is_told_at_its_place(self, tmp_path: Path, text, word):
        the_problem(tmp_path, METRIC % text, Code.BAD_EXPRESSION, "demo.metric.new", word)

    def test_both_what_is_summed_and_of_which_rows_are_told(self, tmp_path: Path):
        text = METRIC.replace("¦", "").replace("count(*)", "avg(loan)") % "profile"
        found = [p.found for p in errors(bank(tmp_path, new=text))]
        assert len(found) == 2
        assert "avg(loan)" in found[0]
        assert "profile" in found[1]

    def test_a_scope_on_another_table_s_column(self, tmp_path: Path):
        the_problem(
            tmp_path,
            """
            targets:
              - id: demo.target.new
                name: 新目标
                metric: demo.metric.profiled
                criterion:
                  quantity: {kind: level}
                  test: {kind: at_least, values: [{value: 70}]}
                scope: {words: 大户, where: ¦value > 3}
                period: {kind: unstated}
                places: [{clause: demo.clause.1, commitment: must}]
            """,
            Code.BAD_EXPRESSION, "没有列 value",
        )

    def test_a_scope_that_the_reference_s_table_does_not_know(self, tmp_path: Path):
        the_problem(
            tmp_path,
            """
            metrics:
              - id: demo.metric.figure
                name: 报送数
                places: [{clause: demo.clause.1}]
                unit: {kind: percent}
                direction: up
                caliber: 报送。
                measure: {kind: reported, dataset: demo.dataset.reported, code: figure}
            targets:
              - id: demo.target.new
                name: 新目标
                metric: demo.metric.profiled
                criterion:
                  quantity: {kind: level}
                  test:
                    kind: not_below
                    reference: {kind: metric, metric: demo.metric.figure}
                scope: {words: 大户, where: ¦loan > 3}
                period: {kind: unstated}
                places: [{clause: demo.clause.1, commitment: must}]
            """,
            Code.BAD_EXPRESSION, "demo.metric.figure",
        )

    def test_a_rule_with_a_condition_and_no_table(self, tmp_path: Path):
        the_problem(
            tmp_path,
            """
            rules:
              - id: demo.rule.a
                name: 规则
                summary: 甲
                places: [{clause: demo.clause.1}]
                body: ¦{kind: prohibition, where: loan > 0}
            """,
            Code.BAD_EXPRESSION, "dataset",
        )


def test_conditions_compare_dates_as_dates():
    tree = row_condition(f"since <= date '{date(2026, 9, 30)}'", SHOPS)
    assert tree.sql(dialect="duckdb") == "since <= CAST('2026-09-30' AS DATE)"

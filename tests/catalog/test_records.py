"""Records that don't fit the schema: place, finding, what is allowed, how to mend."""

from pathlib import Path

import pytest

from targets.catalog import inspect
from targets.problems import Code
from tests.demo import bank, problems, the_problem

TARGET = """
targets:
  - id: demo.target.new
    name: 新目标
    metric: demo.metric.profiled
    criterion:
      quantity: {kind: level}
      test: {kind: at_least, values: [{value: 70}]}
    scope: {words: 全部}
    period: {kind: unstated}
    places: [{clause: demo.clause.1, commitment: must}]
"""


def target(line: str, instead: str) -> str:
    """The flawless target with one line written another way."""
    assert TARGET.count(line) == 1
    return TARGET.replace(line, instead)


class TestKeys:
    def test_the_flawless_target_has_no_problem(self, tmp_path: Path):
        bank(tmp_path, more=TARGET)
        assert problems(tmp_path) == []

    def test_an_unknown_key_is_an_error_with_the_nearest_known_one(self, tmp_path: Path):
        the_problem(
            tmp_path,
            target("    scope: {words: 全部}", "    scope: {words: 全部}\n    ¦holds: true"),
            Code.UNKNOWN_KEY, "demo.target.new", "holds", "是不是 hold", "metric", "criterion",
        )

    def test_an_unknown_key_deep_inside_lists_the_keys_of_that_place(self, tmp_path: Path):
        found = the_problem(
            tmp_path, target("[{value: 70}]", "[{value: 70, ¦form: 2026-01-01}]"),
            Code.UNKNOWN_KEY, "form", "是不是 from",
        )
        assert found.allowed == "from、value"

    def test_an_unknown_list_is_answered_with_the_kinds_there_are(self, tmp_path: Path):
        the_problem(
            tmp_path, "¦target:\n  - {id: demo.target.a}\n",
            Code.UNKNOWN_KEY, "是不是 targets", "clauses", "decisions",
        )

    @pytest.mark.parametrize("content", ["甲", "{id: demo.term.a}", "3"])
    def test_what_stands_under_a_kind_must_be_a_list(self, tmp_path: Path, content):
        the_problem(tmp_path, f"terms: ¦{content}\n", Code.WRONG_TYPE, "列表", "短横线")

    @pytest.mark.parametrize("content", ["甲", "[甲]", "7"])
    def test_a_record_must_be_keys_and_values(self, tmp_path: Path, content):
        the_problem(
            tmp_path, f"terms:\n  - ¦{content}\n", Code.WRONG_TYPE, "第 1 条术语", "至少有 id"
        )

    def test_a_missing_key_is_named_with_what_belongs_there(self, tmp_path: Path):
        the_problem(
            tmp_path, TARGET.replace("    scope: {words: 全部}\n", "").replace("- id", "- ¦id"),
            Code.MISSING_KEY, "demo.target.new", "scope", "范围", "补上 scope",
        )

    def test_a_missing_key_inside_a_union_is_named(self, tmp_path: Path):
        the_problem(
            tmp_path, target("[{value: 70}]", "[¦{from: 2026-01-01}]"),
            Code.MISSING_KEY, "value", "数值",
        )

    def test_every_fault_of_a_record_is_told_at_once(self, tmp_path: Path):
        bank(
            tmp_path,
            more=TARGET.replace("name: 新目标", "nam: 新目标")
            .replace("kind: unstated", "kind: sometime")
            .replace("commitment: must", "commitment: sure")
            .replace("value: 70", "value: 七成"),
        )
        assert [p.code for p in problems(tmp_path)] == [
            Code.MISSING_KEY, Code.UNKNOWN_KEY, Code.WRONG_TYPE, Code.NOT_ALLOWED,
            Code.NOT_ALLOWED,
        ]


class TestTypes:
    def test_a_number_where_text_belongs(self, tmp_path: Path):
        the_problem(
            tmp_path, target("name: 新目标", "name: ¦2026"), Code.WRONG_TYPE, "“2026”", "文字",
            "加引号",
        )

    @pytest.mark.parametrize("text", ["下个月", "2026-02-30", "2026/01/31", "二〇二六年", '""'])
    def test_text_where_a_date_belongs(self, tmp_path: Path, text):
        the_problem(
            tmp_path, target("[{value: 70}]", f"[{{from: ¦{text}, value: 70}}]"),
            Code.WRONG_TYPE, "日期，如 2026-01-31",
        )

    @pytest.mark.parametrize("number", ["2026", "20260131", "0", "86400"])
    def test_a_bare_number_is_no_date(self, tmp_path: Path, number):
        the_problem(
            tmp_path, target("[{value: 70}]", f"[{{from: ¦{number}, value: 70}}]"),
            Code.WRONG_TYPE, "日期，如 2026-01-31",
        )

    @pytest.mark.parametrize("text", ["七成", "70%", "1,000", "[70]"])
    def test_what_is_no_number_where_a_number_belongs(self, tmp_path: Path, text):
        the_problem(
            tmp_path, target("[{value: 70}]", f'[{{value: ¦{text}}}]').replace(
                "1,000", '"1,000"'
            ),
            Code.WRONG_TYPE, "数",
        )

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e400"])
    def test_numbers_without_an_end_are_no_numbers(self, tmp_path: Path, text):
        bank(tmp_path, more=target("value: 70", f"value: {text}"))
        (found,) = problems(tmp_path)
        assert found.line == 7
        assert "finite" not in str(found)

    @pytest.mark.parametrize("text", ["maybe", "是", "2"])
    def test_what_is_no_yes_or_no(self, tmp_path: Path, text):
        the_problem(
            tmp_path, TARGET + f"    hold: ¦{text}\n", Code.WRONG_TYPE, "true 或 false"
        )

    def test_yes_and_no_stay_text(self, tmp_path: Path):
        bank(tmp_path, more=target("name: 新目标", "name: no"))
        catalog, found = inspect(tmp_path)
        assert found == ()
        assert catalog.get("demo.target.new").name == "no"

    def test_a_mapping_where_text_belongs(self, tmp_path: Path):
        the_problem(
            tmp_path, target("name: 新目标", "name: ¦{zh: 新目标}"), Code.WRONG_TYPE, "文字"
        )

    def test_text_where_a_mapping_belongs(self, tmp_path: Path):
        the_problem(
            tmp_path, target("scope: {words: 全部}", "scope: ¦全部"), Code.WRONG_TYPE,
            "一组键和值",
        )

    def test_text_where_a_list_belongs(self, tmp_path: Path):
        the_problem(
            tmp_path, target("[{clause: demo.clause.1, commitment: must}]", "¦demo.clause.1"),
            Code.WRONG_TYPE, "列表",
        )

    def test_an_empty_name_is_no_name(self, tmp_path: Path):
        the_problem(tmp_path, target("name: 新目标", 'name: ¦"  "'), Code.NOT_ALLOWED, "不能为空")

    def test_an_empty_list_of_places_is_no_provenance(self, tmp_path: Path):
        the_problem(
            tmp_path, target("[{clause: demo.clause.1, commitment: must}]", "¦[]"),
            Code.NOT_ALLOWED, "places",
        )


class TestClosedLists:
    def test_a_word_outside_an_enumeration_is_answered_with_the_list(self, tmp_path: Path):
        found = the_problem(
            tmp_path, target("commitment: must", "commitment: ¦musst"), Code.NOT_ALLOWED,
            "musst", "是不是 must",
        )
        assert found.allowed == "must、strive、plan、bare"

    def test_an_unknown_kind_of_union_is_answered_with_the_kinds(self, tmp_path: Path):
        found = the_problem(
            tmp_path, target("{kind: at_least,", "{kind: ¦atleast,"), Code.NOT_ALLOWED,
            "atleast", "是不是 at_least",
        )
        assert "at_most" in found.allowed

    def test_a_union_without_its_kind(self, tmp_path: Path):
        the_problem(
            tmp_path, target("period: {kind: unstated}", "period: ¦{years: 3}"),
            Code.MISSING_KEY, "kind",
        )

    def test_a_number_below_its_bound(self, tmp_path: Path):
        the_problem(
            tmp_path, target("{kind: unstated}", "{kind: years, years: ¦0}"), Code.NOT_ALLOWED,
            "“0”", "不小于 1",
        )


class TestIds:
    @pytest.mark.parametrize(
        "wrong", ["新目标", "demo.target", "Demo.target.new", "demo.target.New", "demo target.new"]
    )
    def test_an_id_of_the_wrong_shape(self, tmp_path: Path, wrong):
        the_problem(
            tmp_path, target("id: demo.target.new", f"id: ¦{wrong}"), Code.WRONG_ID, wrong,
            "小写英文",
        )

    def test_an_id_of_another_kind_under_a_list(self, tmp_path: Path):
        the_problem(
            tmp_path, target("id: demo.target.new", "id: ¦demo.metric.new"), Code.WRONG_ID,
            "targets", "metric", "demo.target.简称",
        )

    def test_a_reference_to_another_kind(self, tmp_path: Path):
        the_problem(
            tmp_path, target("metric: demo.metric.profiled", "metric: ¦demo.clause.1"),
            Code.WRONG_ID, "所属文件.metric.简称",
        )

    def test_an_id_used_twice_names_the_first_place(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "clauses:\n  - {id: ¦demo.clause.1, name: 又一条, summary: 重复。}\n",
            Code.DUPLICATE_ID, "demo.clause.1", "document.yaml:8",
        )

    def test_a_unit_code_with_strange_signs(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "units:\n  - {id: demo.unit.x, name: 新行, code: ¦01-01, level: branch, "
            "parent: demo.unit.bank}\n",
            Code.WRONG_ID, "01-01", "数字或英文字母",
        )


class TestRecordsAgreeWithThemselves:
    def test_dates_of_values_overlap(self, tmp_path: Path):
        the_problem(
            tmp_path,
            target(
                "{kind: at_least, values: [{value: 70}]}",
                "¦{kind: at_least, values: [{from: 2026-01-01, value: 70},"
                " {from: 2026-01-01, value: 80}]}",
            ),
            Code.OVERLAP, "2026-01-01", "依次递增",
        )

    def test_only_the_first_value_may_lack_its_date(self, tmp_path: Path):
        the_problem(
            tmp_path,
            target("{kind: at_least, values: [{value: 70}]}",
                   "¦{kind: at_least, values: [{value: 70}, {value: 80}]}"),
            Code.OVERLAP, "未写日期",
        )

    def test_a_range_upside_down(self, tmp_path: Path):
        the_problem(
            tmp_path,
            target("{kind: at_least, values: [{value: 70}]}",
                   "{kind: within, values: [¦{low: 10, high: 5}]}"),
            Code.INCONSISTENT, "下限 10 大于上限 5",
        )

    def test_half_a_range(self, tmp_path: Path):
        the_problem(
            tmp_path,
            target("{kind: at_least, values: [{value: 70}]}",
                   "{kind: within, values: [¦{low: 10, high: null}]}"),
            Code.INCONSISTENT, "要么都写",
        )

    def test_a_direction_judged_as_a_level(self, tmp_path: Path):
        the_problem(
            tmp_path,
            TARGET.replace("{kind: at_least, values: [{value: 70}]}", "{kind: up}")
            .replace("criterion:\n      quantity", "criterion:\n      ¦quantity"),
            Code.INCONSISTENT, "trend", "level",
        )

    def test_a_period_that_ends_before_it_starts(self, tmp_path: Path):
        the_problem(
            tmp_path,
            target("{kind: unstated}", "¦{kind: span, start: 2026-12-31, end: 2026-01-01}"),
            Code.INCONSISTENT, "2026-01-01", "不晚于起算日",
        )

    def test_a_planned_curve_that_falls(self, tmp_path: Path):
        the_problem(
            tmp_path,
            target(
                "{kind: unstated}",
                "{kind: span, start: 2026-01-01, end: 2026-12-31, pace: ¦{kind: curve, points: "
                "[{by: 2026-03-31, share: 40}, {by: 2026-06-30, share: 30}]}}",
            ),
            Code.INCONSISTENT, "2026-06-30", "回落",
        )

    def test_a_combined_criterion_with_a_metric_of_its_own(self, tmp_path: Path):
        bank(
            tmp_path,
            more=TARGET.replace(
                "criterion:\n      quantity: {kind: level}\n"
                "      test: {kind: at_least, values: [{value: 70}]}",
                "criterion:\n      all_of:\n"
                "        - {metric: demo.metric.profiled, quantity: {kind: level},"
                " test: {kind: at_least, values: [{value: 70}]}}\n"
                "        - {metric: demo.metric.profiled, quantity: {kind: level},"
                " test: {kind: at_most, values: [{value: 90}]}}",
            ),
        )
        (found,) = problems(tmp_path)
        assert found.code is Code.INCONSISTENT
        assert "不写 metric" in found.found

    def test_a_decision_in_force_before_it_was_taken(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "decisions:\n"
            "  - ¦id: demo.decision.a\n    name: 甲\n    number: 1号\n    decided: 2026-02-01\n"
            "    effective: 2026-01-01\n    decider: 总行\n    reason: 测试\n"
            "    signoff: {drafted: {by: 甲, day: 2026-01-01}}\n"
            "    changes: [{kind: near_band, target: demo.target.profiled, within: 3}]\n",
            Code.INCONSISTENT, "生效日 2026-01-01 早于决定日 2026-02-01",
        )

    def test_a_framework_that_counts_otherwise_than_its_name(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "frameworks:\n"
            "  - ¦id: demo.framework.a\n    name: 三进\n    summary: 甲\n"
            "    places: [{clause: demo.clause.1}]\n    membership: listed\n"
            "    stated_count: 3\n    members: [{name: 进园区}, {name: 进社区}]\n",
            Code.INCONSISTENT, "写明 3 项", "登记 2 项",
        )

    def test_shares_of_a_procedure_that_do_not_add_up(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "rules:\n"
            "  - id: demo.rule.a\n    name: 七三法\n    summary: 甲\n"
            "    places: [{clause: demo.clause.1}]\n"
            "    body: ¦{kind: procedure, steps: [{name: 甲, share: 70}, {name: 乙, share: 20}]}\n",
            Code.INCONSISTENT, "90", "100",
        )

    def test_a_table_whose_key_is_no_column(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "datasets:\n"
            "  - ¦id: demo.dataset.x\n    name: 表\n    table: x\n    grain: 一行\n"
            "    period: day\n    unit: unit_code\n    key: [day, nobody]\n    columns:\n"
            "      - {name: day, title: 日期, type: date}\n"
            "      - {name: unit_code, title: 代码, type: text}\n",
            Code.INCONSISTENT, "nobody", "day、unit_code",
        )

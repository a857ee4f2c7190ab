"""What can only be seen between records."""

from pathlib import Path

import pytest

from targets.problems import Code, Severity
from tests.demo import bank, errors, problems, the_problem, write

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
METRIC = """
metrics:
  - id: demo.metric.new
    name: 新指标
    places: [{clause: demo.clause.1}]
    unit: {kind: percent}
    direction: up
    caliber: 随便。
    measure:
      kind: ratio
      dataset: demo.dataset.shops
      numerator: {where: profiled}
      denominator: {}
"""
AGGREGATE = """
metrics:
  - id: demo.metric.new
    name: 新指标
    places: [{clause: demo.clause.1}]
    unit: {kind: count, of: 户}
    direction: up
    caliber: 随便。
    measure: {kind: aggregate, dataset: demo.dataset.shops, value: {measure: sum(loan)}}
"""
DECISION = """
decisions:
  - id: demo.decision.new
    name: 决定
    number: 1号
    decided: 2026-01-01
    effective: 2026-01-01
    signoff:
      drafted: {by: 甲, day: 2026-01-01}
      reviewed: {by: 乙, day: 2026-01-01}
      issued: {by: 丙, day: 2026-01-01}
    decider: 总行
    reason: 测试
    changes:
      - {kind: value, target: demo.target.profiled, values: [{from: 2026-01-01, value: 75}]}
"""
BASED_AT_72 = (
    "{kind: span, start: 2026-01-01, end: 2026-12-31, baseline: {kind: given, value: 72}}"
)
DUTY = """
duties:
  - id: demo.duty.report
    name: 季报
    places: [{clause: demo.clause.1}]
    action: 报告。
    actors: [demo.role.office]
    recurrence: {kind: fixed, every: quarter}
    deadline: {kind: following_day, day: 10, inclusion: included}
    rest_day: stay
roles:
  - {id: demo.role.office, name: 办公室, summary: 收报告。, places: [{clause: demo.clause.1}]}
"""


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


class TestReferences:
    @pytest.mark.parametrize("text", [TARGET, METRIC, AGGREGATE, DECISION, DUTY])
    def test_the_flawless_records_have_no_problem(self, tmp_path: Path, text):
        bank(tmp_path, more=text)
        assert problems(tmp_path) == []

    def test_a_dangling_reference_is_answered_with_the_nearest_id(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(TARGET, "demo.metric.profiled", "¦demo.metric.profild"),
            Code.DANGLING_REF, "demo.target.new", "demo.metric.profild",
            "是不是 demo.metric.profiled",
        )

    def test_a_reference_inside_a_list_is_found_at_its_item(self, tmp_path: Path):
        the_problem(
            tmp_path,
            changed(TARGET, "[{clause: demo.clause.1, commitment: must}]",
                    "[{clause: demo.clause.1, commitment: must},"
                    " {clause: ¦demo.clause.7, commitment: must}]"),
            Code.DANGLING_REF, "demo.clause.7",
        )

    def test_a_record_of_an_unregistered_document(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(TARGET, "id: demo.target.new", "id: ¦demmo.target.new"),
            Code.NO_DOCUMENT, "demmo", "是不是 demo",
        )

    def test_an_allocation_to_an_unknown_unit(self, tmp_path: Path):
        the_problem(
            tmp_path,
            DECISION + "allocations:\n"
            "  - {id: demo.allocation.a, name: 分解, target: demo.target.profiled, level: branch,"
            " decision: demo.decision.new,"
            " shares: [{unit: demo.unit.east, value: 1}, {unit: ¦demo.unit.easd, value: 2}]}\n",
            Code.DANGLING_REF, "demo.unit.easd", "demo.unit.east",
        )

    def test_a_target_bound_to_an_unknown_group(self, tmp_path: Path):
        the_problem(
            tmp_path,
            TARGET + "    binds: [{to: group, group: ¦demo.unit_group.cities}]\n",
            Code.DANGLING_REF, "demo.unit_group.cities",
        )

    def test_a_decision_on_an_unknown_target(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(DECISION, "demo.target.profiled", "¦demo.target.profile"),
            Code.DANGLING_REF, "是不是 demo.target.profiled",
        )

    def test_everything_else_is_still_told(self, tmp_path: Path):
        bank(
            tmp_path,
            a=changed(TARGET, "demo.metric.profiled", "demo.metric.nobody"),
            b="clauses:\n  - {id: demo.clause.9, name: 丙, summary: 摘要。}\n",
            c="units:\n  - {id: demo.unit.two, name: 又一行, code: '0000', level: bank}\n",
        )
        assert {p.code for p in errors(tmp_path)} == {
            Code.DANGLING_REF, Code.ORPHAN_CLAUSE, Code.ORGANISATION,
        }


class TestClauses:
    def test_a_clause_without_content_is_an_orphan(self, tmp_path: Path):
        the_problem(
            tmp_path, "clauses:\n  - {id: ¦demo.clause.9, name: 空, summary: 空话。}\n",
            Code.ORPHAN_CLAUSE, "demo.clause.9", "no_obligation",
        )

    def test_a_clause_may_say_why_it_holds_nothing(self, tmp_path: Path):
        bank(
            tmp_path,
            more="clauses:\n  - {id: demo.clause.9, name: 空, summary: 空话。,"
            " no_obligation: 只有口号。}\n",
        )
        assert problems(tmp_path) == []

    def test_a_clause_that_says_it_is_empty_and_is_not(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "clauses:\n  - {id: demo.clause.9, name: 空, summary: 空话。,"
            " no_obligation: ¦只有口号。}\n"
            + changed(TARGET, "demo.clause.1", "demo.clause.9").lstrip("\n"),
            Code.INCONSISTENT, "却有记录引用它",
        )

    def test_a_parent_that_is_not_there(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "clauses:\n  - {id: demo.clause.9, name: 空, summary: 空话。, parent: ¦demo.clause.8,"
            " no_obligation: 无}\n",
            Code.DANGLING_REF, "demo.clause.8",
        )

    def test_a_parent_in_another_document(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "documents:\n  - {id: other.document.a, name: 另一份, short_name: 另, summary: 甲,"
            " completeness: [complete]}\n"
            "clauses:\n  - {id: other.clause.1, name: 空, summary: 空话。, parent: ¦demo.clause.1,"
            " no_obligation: 无}\n",
            Code.ORPHAN_CLAUSE, "另一份文件",
        )

    def test_clauses_that_go_round_in_a_circle(self, tmp_path: Path):
        bank(
            tmp_path,
            wrong="clauses:\n"
            "  - {id: demo.clause.8, name: 甲, summary: 甲。, parent: demo.clause.9}\n"
            "  - {id: demo.clause.9, name: 乙, summary: 乙。, parent: demo.clause.8}\n",
        )
        found = problems(tmp_path)
        assert {p.code for p in found} == {Code.ORPHAN_CLAUSE}
        assert [p.place for p in found] == ["wrong.yaml:2:55", "wrong.yaml:3:55"]
        assert all("绕成了圈" in p.found for p in found)

    def test_a_wrong_figure_at_a_clause_in_a_circle_does_not_hang(self, tmp_path: Path):
        bank(
            tmp_path,
            wrong="clauses:\n"
            "  - {id: demo.clause.8, name: 甲, summary: 甲。, parent: demo.clause.9}\n"
            "  - {id: demo.clause.9, name: 乙, summary: 乙。, parent: demo.clause.8}\n"
            + changed(TARGET, "demo.clause.1", "demo.clause.9").lstrip("\n").replace("70", "7000"),
        )
        assert {p.code for p in problems(tmp_path)} == {
            Code.ORPHAN_CLAUSE, Code.VALUE_OUTSIDE_UNIT,
        }

    def test_a_clause_that_is_its_own_parent(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "clauses:\n  - {id: demo.clause.9, name: 空, summary: 空话。, parent: ¦demo.clause.9,"
            " no_obligation: 无}\n",
            Code.ORPHAN_CLAUSE, "绕成了圈",
        )


class TestOrganisation:
    def test_two_tops(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "units:\n  - {id: demo.unit.two, name: 又一行, code: '9000', level: ¦bank}\n",
            Code.ORGANISATION, "只能有一个",
        )

    def test_no_top(self, tmp_path: Path):
        write(tmp_path, {
            "units.yaml": "units:\n"
            "  - {id: demo.unit.a, name: 甲, code: '01', level: branch, parent: demo.unit.b}\n"
            "  - {id: demo.unit.b, name: 乙, code: '02', level: province, parent: demo.unit.a}\n"
        })
        found = problems(tmp_path)
        assert {p.code for p in found} == {Code.ORGANISATION}
        assert any("没有“全行”" in p.found for p in found)

    def test_a_parent_lower_than_its_child(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "units:\n  - {id: demo.unit.new, name: 新分行, code: '0900', level: branch,"
            " parent: ¦demo.unit.river}\n",
            Code.ORGANISATION, "新分行", "河东支行", "层级要更高",
        )

    def test_a_code_used_twice(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "units:\n  - {id: demo.unit.new, name: 新支行, code: ¦'0101', level: sub_branch,"
            " parent: demo.unit.east}\n",
            Code.ORGANISATION, "0101", "河东支行",
        )

    def test_only_the_bank_has_no_parent(self, tmp_path: Path):
        the_problem(
            tmp_path,
            "units:\n  - {¦id: demo.unit.new, name: 新支行, code: '0901', level: branch}\n".replace(
                "{¦id", "¦{id"
            ),
            Code.INCONSISTENT, "parent",
        )


class TestFigures:
    def test_seven_thousand_per_cent(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(TARGET, "value: 70", "value: ¦7000"), Code.VALUE_OUTSIDE_UNIT,
            "7000% 大于 100%", "《要点》一",
        )

    def test_less_than_nothing(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(TARGET, "value: 70", "value: ¦-1"), Code.VALUE_OUTSIDE_UNIT,
            "小于 0",
        )

    def test_half_a_household(self, tmp_path: Path):
        the_problem(
            tmp_path,
            AGGREGATE + changed(
                changed(TARGET, "demo.metric.profiled", "demo.metric.new"),
                "value: 70", "value: ¦70.5",
            ).lstrip("\n"),
            Code.VALUE_OUTSIDE_UNIT, "70.5 不是整数", "户",
        )

    def test_growth_may_exceed_a_hundred_but_not_a_thousand(self, tmp_path: Path):
        growth = changed(
            TARGET, "{kind: level}", "{kind: growth, baseline: {kind: year_start}}"
        )
        bank(tmp_path, more=changed(growth, "value: 70", "value: 150"))
        assert problems(tmp_path) == []
        the_problem(
            tmp_path / "too_much", changed(growth, "value: 70", "value: ¦7000"),
            Code.VALUE_OUTSIDE_UNIT, "1000%",
        )

    def test_a_change_may_be_negative(self, tmp_path: Path):
        bank(tmp_path, more=changed(TARGET, "{kind: level}",
                                    "{kind: change, baseline: {kind: year_start}}")
             .replace("value: 70", "value: -5"))
        assert problems(tmp_path) == []

    def test_a_place_among_peers_is_a_whole_number_from_one(self, tmp_path: Path):
        the_problem(
            tmp_path,
            TARGET.replace("{kind: level}", "{kind: rank}")
            .replace("at_least, values: [{value: 70", "at_most, values: [{value: ¦0"),
            Code.VALUE_OUTSIDE_UNIT, "名次",
        )

    def test_the_upper_end_of_a_range_is_looked_at_too(self, tmp_path: Path):
        the_problem(
            tmp_path,
            changed(TARGET, "{kind: at_least, values: [{value: 70}]}",
                    "{kind: within, values: [{low: 5, high: ¦1000}]}"),
            Code.VALUE_OUTSIDE_UNIT, "1000%",
        )

    def test_a_decided_value_outside_its_unit(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(DECISION, "{from: 2026-01-01, value: 75}",
                              "¦{from: 2026-01-01, value: 750}"),
            Code.VALUE_OUTSIDE_UNIT, "demo.decision.new", "750%",
        )

    def test_a_value_in_a_name_goes_stale(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(TARGET, "name: 新目标", "name: ¦建档率70%"), Code.FIGURE_IN_NAME,
            "70", "去掉数字",
        )

    def test_places_that_disagree_must_be_told_as_conflicting(self, tmp_path: Path):
        places = (
            "[{clause: demo.clause.1, commitment: must, value: 70%s},"
            " {clause: demo.clause.1.1, commitment: plan, value: 65%s}]"
        )
        text = changed(TARGET, "[{clause: demo.clause.1, commitment: must}]", places)
        bank(tmp_path, wrong=text % ("", ""))
        assert [(p.code, p.line) for p in problems(tmp_path)] == [(Code.CONTRADICTION, 10)] * 2
        bank(tmp_path, wrong=text % ((", basis: conflicting",) * 2))
        assert errors(tmp_path) == []


class TestContradictions:
    def test_an_upper_limit_on_what_should_grow(self, tmp_path: Path):
        the_problem(
            tmp_path,
            changed(TARGET, "{kind: at_least,", "¦{kind: at_most,"), Code.CONTRADICTION,
            "at_most", "越高越好", "direction",
        )

    def test_growth_of_what_should_shrink(self, tmp_path: Path):
        text = METRIC.replace("direction: up", "direction: down") + TARGET.lstrip("\n").replace(
            "demo.metric.profiled", "demo.metric.new"
        ).replace("{kind: at_least, values: [{value: 70}]}", "¦{kind: up}").replace(
            "{kind: level}", "{kind: trend, baseline: {kind: year_start}}"
        )
        bank(tmp_path, wrong=text.replace("¦", ""))
        assert [p.code for p in problems(tmp_path)] == [Code.CONTRADICTION]

    def test_a_baseline_that_is_there_already(self, tmp_path: Path):
        span = BASED_AT_72
        the_problem(
            tmp_path,
            changed(TARGET, "{kind: unstated}", span).replace("value: 70", "value: ¦70"),
            Code.CONTRADICTION, "基期值 72 已经达到目标值 70", "hold: true",
        )

    def test_what_is_to_be_held_may_be_there_already(self, tmp_path: Path):
        span = BASED_AT_72
        bank(tmp_path, more=changed(TARGET, "{kind: unstated}", span) + "    hold: true\n")
        assert problems(tmp_path) == []

    def test_a_ratio_in_a_unit_of_money(self, tmp_path: Path):
        the_problem(
            tmp_path,
            changed(METRIC, "{kind: percent}", "{kind: money, unit: 万元}").replace(
                "measure:\n      kind", "measure:\n      ¦kind"
            ),
            Code.CONTRADICTION, "money", "percent",
        )

    def test_a_metric_divided_by_a_metric_divided_by_the_first(self, tmp_path: Path):
        quotient = (
            "  - id: demo.metric.{a}\n    name: 商{a}\n    places: [{{clause: demo.clause.1}}]\n"
            "    unit: {{kind: multiple}}\n    direction: up\n    caliber: 商。\n"
            "    measure: {{kind: quotient, numerator: demo.metric.{b},"
            " denominator: demo.metric.profiled}}\n"
        )
        bank(
            tmp_path,
            wrong="metrics:\n" + quotient.format(a="x", b="y") + quotient.format(a="y", b="x"),
        )
        found = problems(tmp_path)
        assert {p.code for p in found} == {Code.CONTRADICTION}
        assert [p.line for p in found] == [8, 15]
        assert "demo.metric.y" in found[0].found


class TestDoubts:
    def test_an_unsaid_boundary_without_an_assumption(self, tmp_path: Path):
        the_problem(
            tmp_path,
            changed(TARGET, "[{value: 70}]}", "[{value: 70}], boundary: ¦unsaid}"),
            Code.UNLISTED_DOUBT, "是否含本数", "assumptions",
        )

    def test_an_unsaid_boundary_with_its_assumption(self, tmp_path: Path):
        bank(
            tmp_path,
            more=changed(TARGET, "[{value: 70}]}", "[{value: 70}], boundary: unsaid}")
            + "    assumptions: [demo.assumption.a]\n"
            "assumptions:\n  - {id: demo.assumption.a, name: 含不含, question: 含吗？,"
            " interim: 含。, affects: judgement, decider: 总行}\n",
        )
        assert problems(tmp_path) == []

    @pytest.mark.parametrize(
        ("old", "new", "word"),
        [
            ("inclusion: included", "inclusion: unsaid", "是否含当日"),
            ("rest_day: stay", "rest_day: unknown", "遇休息日怎么办"),
            ("rest_day: stay", "rest_day: stay\n    reports_on: unsaid", "报的是哪一期"),
        ],
    )
    def test_an_unsaid_deadline_without_an_assumption(self, tmp_path: Path, old, new, word):
        the_problem(
            tmp_path,
            changed(DUTY, old, new).replace("id: demo.duty", "id: ¦demo.duty"),
            Code.UNLISTED_DOUBT, "demo.duty.report", word,
        )

    def test_an_assumption_nothing_rests_on_is_a_warning(self, tmp_path: Path):
        found = the_problem(
            tmp_path,
            "assumptions:\n  - {id: ¦demo.assumption.a, name: 含不含, question: 含吗？,"
            " interim: 含。, affects: judgement, decider: 总行}\n",
            Code.UNUSED, "demo.assumption.a",
        )
        assert found.severity is Severity.WARNING


class TestDecisions:
    def test_a_new_value_from_before_the_decision_is_in_force(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(DECISION, "{from: 2026-01-01", "{from: ¦2025-12-31"),
            Code.OVERLAP, "2025-12-31", "早于决定的生效日 2026-01-01",
        )

    def test_a_new_value_without_its_date(self, tmp_path: Path):
        the_problem(
            tmp_path, changed(DECISION, "{from: 2026-01-01, value: 75}", "¦{value: 75}"),
            Code.MISSING_KEY, "from",
        )

    def test_two_decisions_on_one_thing_from_one_day(self, tmp_path: Path):
        text = DECISION + DECISION.replace("\ndecisions:\n", "").replace(
            "decision.new", "decision.two"
        ).replace("{kind: value", "¦{kind: value")
        the_problem(
            tmp_path, text, Code.OVERLAP, "demo.decision.two", "demo.decision.new", "2026-01-01",
        )

    def test_a_second_part_of_what_has_only_one(self, tmp_path: Path):
        the_problem(
            tmp_path,
            changed(DECISION, "target: demo.target.profiled,",
                    "target: demo.target.profiled, part: ¦2,"),
            Code.NOT_ALLOWED, "只有 1 部分",
        )

    def test_a_range_for_a_single_threshold(self, tmp_path: Path):
        the_problem(
            tmp_path,
            changed(DECISION, "{from: 2026-01-01, value: 75}",
                    "¦{from: 2026-01-01, low: 5, high: 10}"),
            Code.CONTRADICTION, "value",
        )

    def test_a_value_for_what_only_names_a_direction(self, tmp_path: Path):
        trend = TARGET.replace("{kind: at_least, values: [{value: 70}]}", "{kind: up}").replace(
            "{kind: level}", "{kind: trend, baseline: {kind: year_start}}"
        )
        the_problem(
            tmp_path,
            changed(DECISION, "demo.target.profiled", "demo.target.new").replace(
                "- {kind: value", "- ¦{kind: value"
            ) + trend.lstrip("\n"),
            Code.CONTRADICTION, "up", "没有数值可改",
        )

    def test_weights_for_a_metric_the_card_does_not_have(self, tmp_path: Path):
        the_problem(
            tmp_path,
            DECISION[: DECISION.index("      - {kind: value")]
            + "      - {kind: weights, scorecard: demo.scorecard.a,"
            " weights: {demo.metric.profild: ¦100}}\n"
            "scorecards:\n  - {id: demo.scorecard.a, name: 表, summary: 甲,"
            " places: [{clause: demo.clause.1}], items: [{metric: demo.metric.profiled}]}\n",
            Code.DANGLING_REF, "demo.metric.profild", "是不是 demo.metric.profiled",
        )

    def test_a_measure_that_cannot_be_computed(self, tmp_path: Path):
        the_problem(
            tmp_path,
            DECISION[: DECISION.index("      - {kind: value")]
            + "      - {kind: measure, metric: demo.metric.profiled, caliber: 新口径,"
            " measure: {kind: ratio, dataset: demo.dataset.shops,"
            " numerator: ¦{where: profile}, denominator: {}}}\n",
            Code.BAD_EXPRESSION, "profile", "profiled",
        )

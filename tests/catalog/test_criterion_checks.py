"""Criteria that could not be judged are refused: grain, basis, states and pace."""

from pathlib import Path

import pytest

from targets.problems import Code
from tests.demo import the_problem

HEAD = """
metrics:
  - id: demo.metric.new
    name: 新指标
    places: [{clause: demo.clause.1.1}]
    unit: UNIT
    direction: up
    caliber: 供测试。
    measure: MEASURE
    GRAIN
targets:
  - id: demo.target.new
    name: 新目标
    metric: demo.metric.new
    criterion:
      quantity: QUANTITY
      test: TEST
    scope: {words: 全部}
    binds: [{to: total}]
    period: {kind: standing}
    places: [{clause: demo.clause.1.1, commitment: must}]
"""
COUNT = "{kind: count, of: 次}"
ROWS = "{kind: aggregate, dataset: demo.dataset.shops, value: {measure: count(*)}}"
REPORTED = "{kind: reported, dataset: demo.dataset.reported, code: new}"
MONTHLY = "{actor: trade, date: since, period: month}"
OFTEN = "{kind: frequency, period: month}"
TWICE = "{kind: at_least, values: [{value: 2}]}"


def records(unit=COUNT, measure=REPORTED, grain="", quantity="{kind: level}", test=TWICE) -> str:
    text = HEAD.replace("UNIT", unit).replace("MEASURE", measure).replace("QUANTITY", quantity)
    return text.replace("TEST", test).replace("GRAIN", f"grain: {grain}" if grain else "")


class TestFrequencies:
    @pytest.mark.parametrize(
        ("over", "words"),
        [
            ({"measure": ROWS, "quantity": OFTEN.replace("{", "¦{", 1)}, "没写按谁"),
            ({"measure": ROWS, "grain": MONTHLY,
              "quantity": "{kind: frequency, period: ¦week}"}, "按每周判"),
            ({"measure": ROWS, "grain": MONTHLY.replace("trade", "¦trad"), "quantity": OFTEN},
             "是不是 trade"),
            ({"measure": ROWS, "grain": MONTHLY.replace("since", "¦trade"), "quantity": OFTEN},
             "这一列是文字"),
            ({"measure": REPORTED, "grain": MONTHLY.replace("{", "¦{", 1)}, "kind: aggregate"),
            ({"measure": ROWS.replace("*", "distinct shop"),
              "grain": MONTHLY.replace("month", "¦month"), "quantity": OFTEN}, "不重复"),
            ({"measure": ROWS, "quantity": OFTEN, "grain": MONTHLY.replace(
                "}", ", roster: {dataset: demo.dataset.shops, actor: trade, since: ¦sinse}}")},
             "是不是 since"),
        ],
    )
    def test_they_need_whom_and_when_to_count_by(self, tmp_path: Path, over, words):
        the_problem(tmp_path, records(**over), Code.FREQUENCY_GRAIN, words)


class TestBasis:
    def test_a_count_is_not_divided_by_a_rate(self, tmp_path: Path):
        quantity = "¦{kind: ratio, over: demo.metric.profiled}"
        the_problem(tmp_path, records(quantity=quantity), Code.OTHER_BASIS, "quotient")

    def test_a_count_is_not_held_against_a_rate(self, tmp_path: Path):
        test = "{kind: not_below, reference: ¦{kind: metric, metric: demo.metric.profiled}}"
        the_problem(tmp_path, records(test=test), Code.OTHER_BASIS, "demo.metric.profiled")


class TestStates:
    STATES = "{kind: state, states: [一档, 二档]}"

    def test_one_that_the_metric_does_not_list(self, tmp_path: Path):
        text = records(self.STATES, quantity="{kind: status, state: ¦三档}")
        the_problem(tmp_path, text, Code.WRONG_STATE, "一档、二档")

    def test_one_with_the_number_of_another(self, tmp_path: Path):
        text = records(self.STATES, quantity="{kind: status, state: 一档}",
                       test="{kind: at_least, values: [{value: ¦2}]}")
        the_problem(tmp_path, text, Code.WRONG_STATE, "第 1 档")

    def test_one_of_what_has_no_states(self, tmp_path: Path):
        text = records(quantity="{kind: status, state: ¦一档}")
        the_problem(tmp_path, text, Code.WRONG_STATE, "kind: state")


DECISION = """
decisions:
  - id: bank.decision.pace
    name: 计划进度
    number: 示范〔2026〕1号
    decided: 2026-01-01
    effective: 2026-01-01
    signoff:
      drafted: {by: 甲, day: 2026-01-01}
      reviewed: {by: 乙, day: 2026-01-01}
      issued: {by: 丙, day: 2026-01-01}
    decider: 总行
    reason: 供测试。
    changes:
      PERIOD
      - kind: pace
        target: demo.target.profiled
        pace: ¦{kind: curve, points: [{by: 2027-03-31, share: 100}]}
"""
PERIOD = """- kind: period
        target: demo.target.profiled
        period: {kind: span, start: 2026-01-01, end: 2026-12-31}"""


class TestPaces:
    def test_one_of_a_target_without_a_deadline(self, tmp_path: Path):
        text = DECISION.replace("PERIOD", "")
        the_problem(tmp_path, text, Code.PACE_WITHOUT_PERIOD, "没有起止日")

    def test_a_curve_outside_the_period(self, tmp_path: Path):
        text = DECISION.replace("PERIOD", PERIOD)
        the_problem(tmp_path, text, Code.PACE_WITHOUT_PERIOD, "2026-01-01 至 2026-12-31")

"""Values as people write them: exact, in the unit of what is judged, never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.editing.amounts import amount
from targets.problems import Code, Problems
from targets.schema.criteria import Single
from targets.schema.measures import Metric
from tests.demo import PLACES

LEVEL = {"kind": "level"}
CHANGE = {"kind": "change", "baseline": {"kind": "year_start"}}
GROWTH = {"kind": "growth", "baseline": {"kind": "year_start"}}
PERCENT = {"kind": "percent"}
YI, WAN = ({"kind": "money", "unit": unit} for unit in ("亿元", "万元"))
HOUSEHOLDS = {"kind": "count", "of": "户"}
AT_LEAST = {"kind": "at_least", "values": [{"value": 1}]}
WITHIN = {"kind": "within", "values": [{"low": 1, "high": 2}]}


def read(text: str, unit: dict, quantity: dict = LEVEL, test: dict = AT_LEAST):
    metric = Metric.model_validate({
        "id": "demo.metric.m", "name": "指标", "places": PLACES, "unit": unit, "direction": "up",
        "caliber": "话。", "measure": {"kind": "not_measured", "reason": "没有数"},
    })
    found = amount(text, metric, Single.model_validate({"quantity": quantity, "test": test}))
    return found.low if found.low == found.high else (found.low, found.high)


class TestWhatIsUnderstood:
    @pytest.mark.parametrize(("text", "unit", "quantity", "value"), [
        ("75%", PERCENT, LEVEL, "75"),
        ("７５％", PERCENT, LEVEL, "75"),
        ("百分之75", PERCENT, LEVEL, "75"),
        ("75", PERCENT, LEVEL, "75"),
        ("7.39%", PERCENT, LEVEL, "7.39"),
        ("5个百分点", PERCENT, CHANGE, "5"),
        ("0.5百分点", PERCENT, CHANGE, "0.5"),
        ("120%", YI, GROWTH, "120"),
        ("950亿元", YI, LEVEL, "950"),
        ("950亿", YI, LEVEL, "950"),
        ("9500000万元", YI, LEVEL, "950"),
        ("9,500,000 万元", YI, LEVEL, "950"),
        ("1元", YI, LEVEL, "0.00000001"),
        ("0.08亿元", WAN, LEVEL, "800"),
        ("1.5万亿元", YI, LEVEL, "15000"),
        ("300户", HOUSEHOLDS, LEVEL, "300"),
        ("1.2万户", HOUSEHOLDS, LEVEL, "12000"),
        ("300", HOUSEHOLDS, LEVEL, "300"),
        ("3:1", {"kind": "multiple"}, LEVEL, "3"),
        ("2.5倍", {"kind": "multiple"}, LEVEL, "2.5"),
        ("第2位", {"kind": "rank"}, LEVEL, "2"),
        ("90分", {"kind": "score"}, LEVEL, "90"),
        ("二档", {"kind": "state", "states": ["三档", "二档", "一档"]},
         {"kind": "status", "state": "二档"}, "2"),
    ])
    def test_a_value_in_its_unit(self, text, unit, quantity, value):
        assert read(text, unit, quantity) == Decimal(value)

    @pytest.mark.parametrize("text", ["5至10个百分点", "5-10个百分点", "5～10个百分点",
                                      "5个百分点到10个百分点", "5—10百分点"])
    def test_a_range(self, text):
        assert read(text, PERCENT, CHANGE, WITHIN) == (5, 10)

    @pytest.mark.parametrize("text", ["取消", "不再要求"])
    def test_no_value_any_more(self, text):
        assert read(text, YI) is None

    @given(st.decimals(0, 10**6, places=4))
    def test_money_is_converted_exactly_either_way(self, value):
        assert read(f"{value:f}亿元", WAN) == value * 10**4
        assert read(f"{value:f}万元", YI) == value / 10**4


class TestWhatIsRefused:
    @pytest.mark.parametrize(("text", "unit", "quantity", "test", "code"), [
        ("950", YI, LEVEL, AT_LEAST, Code.NO_UNIT),
        ("5", PERCENT, CHANGE, AT_LEAST, Code.NO_UNIT),
        ("0.75", PERCENT, LEVEL, AT_LEAST, Code.NO_UNIT),
        ("1", PERCENT, LEVEL, AT_LEAST, Code.NO_UNIT),
        ("75%", YI, LEVEL, AT_LEAST, Code.UNIT_MISFIT),
        ("950亿元", PERCENT, LEVEL, AT_LEAST, Code.UNIT_MISFIT),
        ("75个百分点", PERCENT, LEVEL, AT_LEAST, Code.UNIT_MISFIT),
        ("5%", PERCENT, CHANGE, AT_LEAST, Code.UNIT_MISFIT),
        ("950亿美元", YI, LEVEL, AT_LEAST, Code.UNIT_MISFIT),
        ("300人", HOUSEHOLDS, LEVEL, AT_LEAST, Code.UNIT_MISFIT),
        ("七成五", PERCENT, LEVEL, AT_LEAST, Code.NOT_A_NUMBER),
        ("", PERCENT, LEVEL, AT_LEAST, Code.NOT_A_NUMBER),
        ("1e3万元", WAN, LEVEL, AT_LEAST, Code.NOT_A_NUMBER),
        ("5至10%", PERCENT, LEVEL, AT_LEAST, Code.NOT_A_NUMBER),
        ("5%", PERCENT, LEVEL, WITHIN, Code.NOT_A_NUMBER),
        ("10%至5%", PERCENT, LEVEL, WITHIN, Code.NOT_A_NUMBER),
        ("1:3", {"kind": "multiple"}, LEVEL, AT_LEAST, Code.NOT_A_NUMBER),
        ("9" * 30 + "元", YI, LEVEL, AT_LEAST, Code.NOT_A_NUMBER),
        ("101%", PERCENT, LEVEL, AT_LEAST, Code.VALUE_OUTSIDE_UNIT),
        ("-5%", PERCENT, LEVEL, AT_LEAST, Code.VALUE_OUTSIDE_UNIT),
        ("2.5户", HOUSEHOLDS, LEVEL, AT_LEAST, Code.VALUE_OUTSIDE_UNIT),
        ("第0位", {"kind": "rank"}, LEVEL, AT_LEAST, Code.VALUE_OUTSIDE_UNIT),
    ])
    def test_with_what_is_allowed(self, text, unit, quantity, test, code):
        with pytest.raises(Problems) as found:
            read(text, unit, quantity, test)
        (problem,) = found.value.problems
        assert problem.code is code
        assert problem.allowed

    @given(st.text(max_size=12))
    def test_anything_else_is_told_and_never_guessed(self, text):
        try:
            value = read(text, WAN)
        except Problems:
            return
        assert value is None or text.strip()[-1] in "元万亿"

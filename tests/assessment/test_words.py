"""Values, thresholds and gaps in the unit of what is judged, not in the metric's own."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest

from targets import wording
from targets.assessment import assess
from targets.assessment.tables import rows, words
from targets.schema import criteria as cr
from targets.schema.measures import Metric
from tests.demo import at_least, catalogue, metric, reported, target

YI = {"kind": "money", "unit": "亿元"}
BASE = {"kind": "year_start"}
UNITS = ("0100", "0200")


class TestUnitOfAQuantity:
    LOANS: ClassVar = Metric.model_validate(metric(unit=YI))
    RATE: ClassVar = Metric.model_validate(metric())

    @pytest.mark.parametrize(
        ("quantity", "value", "gap"),
        [
            (cr.Level(kind="level"), "3 亿元", "3 亿元"),
            (cr.Change(kind="change", baseline=BASE), "3 亿元", "3 亿元"),
            (cr.Growth(kind="growth", baseline=BASE), "3%", "3 个百分点"),
            (cr.ShareOf(kind="share", whole="demo.metric.n"), "3%", "3 个百分点"),
            (cr.RatioTo(kind="ratio", over="demo.metric.n"), "3 倍", "3 倍"),
            (cr.RankAmong(kind="rank"), "第 3 位", "3 位"),
        ],
        ids=lambda x: x.kind if hasattr(x, "kind") else "",
    )
    def test_it_is_the_quantity_s_own(self, quantity, value, gap):
        three = Fraction(3)
        assert wording.figure(self.LOANS, three, quantity=quantity) == value
        assert wording.figure(self.LOANS, three, change=True, quantity=quantity) == gap

    def test_a_rate_changes_in_points(self):
        quantity = cr.Change(kind="change", baseline=BASE)
        assert wording.figure(self.RATE, Fraction(3), quantity=quantity) == "3 个百分点"

    def test_a_place_has_no_decimals_and_says_which_side_is_met(self):
        part = cr.Single.model_validate({
            "quantity": {"kind": "rank"}, "test": {"kind": "at_most", "values": [{"value": 2}]},
        })
        assert wording.threshold(self.LOANS, Fraction(2), part) == "第 2 位或更前"
        dated = part.test.values[0]
        assert wording.test(part, self.LOANS, dated, str) == "在第 2 位或更前"


    def test_a_range_says_its_unit_once_and_a_state_its_name(self):
        change = cr.Single.model_validate({
            "quantity": {"kind": "change", "baseline": BASE},
            "test": {"kind": "within", "values": [{"low": 5, "high": 10}]},
        })
        said = wording.threshold(self.RATE, Fraction(5), change, high=Fraction(10))
        assert said == "5–10 个百分点"
        state = cr.Single.model_validate({
            "quantity": {"kind": "status", "state": "二档"}, "test": at_least(2),
        })
        assert wording.threshold(self.RATE, Fraction(2), state) == "二档"


class TestFindingsInWords:
    def found(self, folder: Path, figures, **over):
        catalog = catalogue(
            folder, metrics=[metric(unit=YI)],
            targets=[target(**({"binds": [{"to": "each", "level": "branch"}]} | over))],
        )
        return assess(catalog, reported(*figures), today=date(2030, 1, 1))

    def test_a_rank(self, tmp_path: Path):
        figures = [("2026-05-31", "0100", "m", 500), ("2026-05-31", "0200", "m", 400)]
        result = self.found(
            tmp_path, figures, quantity={"kind": "rank"},
            test={"kind": "at_most", "values": [{"value": 1}]},
        )
        second = result.findings[1]
        assert words(result.catalog, second) == {
            "value": "第 2 位", "threshold": "第 1 位或更前", "gap": "1 位",
        }
        assert [row["unit"] for row in rows(result)] == ["位", "位"]
        steps = {step.what: step.detail for step in second.trace.steps}
        assert (steps["比照"], steps["差距"]) == ("第 1 位或更前", "1 位")

    def test_growth_of_an_amount(self, tmp_path: Path):
        figures = [
            (day, unit, "m", value * 100_000_000)
            for unit in UNITS for day, value in (("2025-12-31", 100), ("2026-05-31", 108))
        ]
        result = self.found(
            tmp_path, figures, quantity={"kind": "growth", "baseline": BASE}, test=at_least(10)
        )
        first = result.findings[0]
        assert words(result.catalog, first) == {
            "value": "8.00%", "threshold": "10%", "gap": "-2.00 个百分点",
        }
        assert rows(result)[0]["unit"] == "%"
        steps = {step.what: step.detail for step in first.trace.steps}
        assert (steps["基期"], steps["比照"]) == ("2025-12-31：100 亿元", "10%")

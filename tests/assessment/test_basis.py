"""What is compared stands on the same basis: the same quantity, date, baseline and unit."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest

from targets.assessment import Status, assess
from tests.assessment.test_statuses import PACED, finding
from tests.demo import assumption, at_least, catalogue, decision, metric, reported, target

YI = {"unit": {"kind": "money", "unit": "亿元"}}
WAN = {"unit": {"kind": "money", "unit": "万元"}}
YEAR_START, LAST_YEAR = {"kind": "year_start"}, {"kind": "same_period_last_year"}


def not_below(reference: dict, **over) -> dict:
    return {"kind": "not_below", "reference": reference} | over


class TestReferenceMetric:
    OTHER: ClassVar = {"kind": "metric", "metric": "demo.metric.all"}

    def test_amounts_written_in_different_units_are_held_against_each_other(self, tmp_path: Path):
        # 3亿元 of 20000万元
        rows = [("2026-05-31", "m", 300_000_000), ("2026-05-31", "all", 200_000_000)]
        found = finding(
            tmp_path, rows, metrics=[metric(**YI), metric("all", **WAN)],
            test=not_below(self.OTHER),
        )
        assert (found.status, found.threshold, found.gap) == (Status.MET, 2, 1)

    def test_growth_is_compared_from_the_same_base(self, tmp_path: Path):
        # since last May 12% against 10%; since the year's start it would be 12% against 2%
        rows = [("2025-05-31", "m", 100), ("2026-05-31", "m", 112), ("2025-12-31", "m", 100),
                ("2025-05-31", "all", 100), ("2025-12-31", "all", 108), ("2026-05-31", "all", 110)]
        found = finding(
            tmp_path, rows, metrics=[metric(**YI), metric("all", **WAN)],
            quantity={"kind": "growth", "baseline": LAST_YEAR}, test=not_below(self.OTHER),
        )
        assert (found.value, found.threshold, found.gap) == (12, 10, 2)

    def test_a_reference_without_its_base_says_whose_is_missing(self, tmp_path: Path):
        rows = [("2025-05-31", "m", 100), ("2026-05-31", "m", 112), ("2026-05-31", "all", 110)]
        found = finding(
            tmp_path, rows, metrics=[metric(**YI), metric("all", **WAN)],
            quantity={"kind": "growth", "baseline": LAST_YEAR}, test=not_below(self.OTHER),
        )
        assert found.status is Status.NO_DATA
        assert "“指标all”没有数" in "".join(found.reasons)

    def test_a_doubt_about_the_reference_is_a_doubt_about_the_finding(self, tmp_path: Path):
        rows = [("2026-05-31", "m", 3), ("2026-05-31", "all", 2)]
        found = finding(
            tmp_path, rows, test=not_below(self.OTHER), more={"assumptions": [assumption()]},
            metrics=[metric(), metric("all", assumptions=["demo.assumption.a"])],
        )
        assert (found.status, found.provisional) == (Status.UNDECIDED, Status.MET)


class TestOwnPast:
    @pytest.mark.parametrize(
        ("quantity", "value", "threshold"),
        [
            ({"kind": "change", "baseline": YEAR_START}, 28, 30),
            # 28 ÷ 260 against 30 ÷ 200
            ({"kind": "growth", "baseline": YEAR_START}, Fraction(2800, 260), 15),
            ({"kind": "level"}, 288, 230),
        ],
        ids=lambda q: q["kind"] if isinstance(q, dict) else "",
    )
    def test_it_is_the_same_quantity_as_it_stood_then(
        self, tmp_path: Path, quantity, value, threshold
    ):
        rows = [("2024-12-31", 200), ("2025-05-31", 230), ("2025-12-31", 260), ("2026-05-31", 288)]
        found = finding(
            tmp_path, rows, metrics=[metric(unit={"kind": "count", "of": "户"})],
            quantity=quantity, test=not_below({"kind": "own_past", "baseline": LAST_YEAR}),
        )
        assert (found.value, found.threshold) == (value, threshold)

    def test_a_place_is_held_against_last_year_s(self, tmp_path: Path):
        rows = [(day, unit, "m", v) for day, unit, v in (
            ("2025-05-31", "0100", 5), ("2025-05-31", "0200", 9),
            ("2026-05-31", "0100", 8), ("2026-05-31", "0200", 7),
        )]
        catalog = catalogue(tmp_path, metrics=[metric()], targets=[target(
            quantity={"kind": "rank"}, binds=[{"to": "each", "level": "branch"}],
            test={"kind": "not_above", "reference": {"kind": "own_past", "baseline": LAST_YEAR}},
        )])
        found = assess(catalog, reported(*rows), today=date(2030, 1, 1)).findings
        assert [(f.value, f.threshold, f.status) for f in found] == [
            (1, 2, Status.MET), (2, 1, Status.MISSED),
        ]

    def test_more_than_last_year_needs_four_figures(self, tmp_path: Path):
        quantity = {"kind": "extra_change", "baseline": YEAR_START}
        rows = [("2024-12-31", 200), ("2025-05-31", 230), ("2025-12-31", 260), ("2026-05-31", 302)]
        more = {"quantity": quantity, "test": at_least(0), "metrics": [metric(**YI)]}
        found = finding(tmp_path, rows, **more)
        assert (found.status, found.value * 10**8) == (Status.MET, 12)
        for missing in range(3):
            kept = [row for i, row in enumerate(rows) if i != missing]
            found = finding(tmp_path, kept, **more)
            assert (found.status, found.value) == (Status.NO_DATA, None), missing


class TestShares:
    def test_of_its_own_whole_or_of_the_bank_s(self, tmp_path: Path):
        rows = [("2026-05-31", unit, code, v) for unit, code, v in (
            ("0100", "m", 20), ("0100", "all", 40), ("0000", "all", 200),
        )]
        for of, share in (("unit", 50), ("bank", 10)):
            catalog = catalogue(
                tmp_path, metrics=[metric(**YI), metric("all", **YI)],
                targets=[target(
                    quantity={"kind": "share", "whole": "demo.metric.all", "of": of},
                    binds=[{"to": "each", "level": "branch"}],
                )],
            )
            found = assess(catalog, reported(*rows), today=date(2030, 1, 1)).findings
            assert found[0].value == share


class TestBoundaryOfATarget:
    UNSAID: ClassVar = at_least(50, boundary="unsaid")
    OPEN: ClassVar = {"assumptions": [assumption(affects="boundary")]}

    @pytest.mark.parametrize(
        ("value", "status", "provisional"),
        [(50, Status.UNDECIDED, Status.MET), ("50.01", Status.MET, None),
         ("49.99", Status.MISSED, None)],
    )
    def test_it_holds_up_only_what_equals_it(self, tmp_path: Path, value, status, provisional):
        found = finding(
            tmp_path, [("2026-05-31", value)], test=self.UNSAID, more=self.OPEN,
            assumptions=["demo.assumption.a"],
        )
        assert (found.status, found.provisional) == (status, provisional)

    def test_a_decision_settles_it(self, tmp_path: Path):
        said = decision("1", {"kind": "boundary", "target": "demo.target.t",
                              "boundary": "excluded"})
        found = finding(
            tmp_path, [("2026-05-31", 50)], test=self.UNSAID,
            assumptions=["demo.assumption.a"], more=self.OPEN | {"decisions": [said]},
        )
        assert (found.status, found.provisional) == (Status.MISSED, None)

    def test_a_part_that_fails_leaves_no_doubt(self, tmp_path: Path):
        rows = [("2026-05-31", "m", 50), ("2026-05-31", "n", 1)]
        parts = [{"metric": f"demo.metric.{m}", "quantity": {"kind": "level"}, "test": self.UNSAID}
                 for m in ("m", "n")]
        found = finding(
            tmp_path, rows, metrics=[metric(), metric("n")], metric=None,
            criterion={"all_of": parts}, more=self.OPEN, assumptions=["demo.assumption.a"],
        )
        assert (found.status, found.provisional) == (Status.MISSED, None)


class TestRepealedParts:
    def test_a_part_that_asks_nothing_any_more_is_left_out(self, tmp_path: Path):
        repealed = at_least(0, values=[{"value": 90}, {"from": "2026-01-01", "value": None}])
        parts = [
            {"metric": "demo.metric.m", "quantity": {"kind": "level"}, "test": at_least(70)},
            {"metric": "demo.metric.n", "quantity": {"kind": "level"}, "test": repealed},
        ]
        for value, status in ((70, Status.MET), (69, Status.MISSED)):
            rows = [("2026-05-31", "m", value), ("2026-05-31", "n", 1)]
            found = finding(
                tmp_path, rows, metrics=[metric(), metric("n")], metric=None,
                criterion={"all_of": parts},
            )
            assert found.status is status


class TestDirections:
    @pytest.mark.parametrize(
        ("now", "said"), [(52, "向好，与要求方向一致"), (30, "转差，与要求方向相反"), (40, "持平")]
    )
    def test_a_stated_base_tells_whether_it_went_as_asked(self, tmp_path: Path, now, said):
        found = finding(
            tmp_path, [("2025-12-31", 40), ("2026-05-31", now)],
            quantity={"kind": "trend", "baseline": YEAR_START}, test={"kind": "up"},
        )
        assert found.status is Status.NOT_JUDGED
        assert said in {s.what: s.detail for s in found.trace.steps}["走向"]


class TestPaceOfChanges:
    CHANGE: ClassVar = {"kind": "change", "baseline": YEAR_START}

    def test_a_reduction_of_an_amount_has_a_pace(self, tmp_path: Path):
        # to bring 20 down by 5; by the end of June 3 are gone: 60%
        found = finding(
            tmp_path, [("2025-12-31", 20), ("2026-06-30", 17)],
            metrics=[metric(direction="down", unit={"kind": "count", "of": "笔"})],
            quantity=self.CHANGE, period=PACED,
            test={"kind": "at_most", "values": [{"value": -5}]},
        )
        assert (found.status, found.pace.completion, found.pace.lead) == (Status.ON_PACE, 60, 10)

    def test_a_cap_on_growth_is_nothing_to_be_on_the_way_to(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2025-12-31", 20), ("2026-06-30", 30)],
            metrics=[metric(direction="down", unit={"kind": "count", "of": "笔"})],
            quantity=self.CHANGE, period=PACED,
            test={"kind": "at_most", "values": [{"value": 5}]},
        )
        assert (found.status, found.pace) == (Status.NOT_DUE, None)

    def test_growth_since_the_year_s_start_has_one(self, tmp_path: Path):
        # 6% of 12% at half-year
        found = finding(
            tmp_path, [("2025-12-31", 100), ("2026-06-30", 106)], metrics=[metric(**YI)],
            quantity={"kind": "growth", "baseline": YEAR_START}, test=at_least(12), period=PACED,
        )
        assert (found.status, found.pace.completion, found.pace.lead) == (Status.ON_PACE, 50, 0)

    def test_a_base_inside_or_outside_the_period_gives_none_and_says_so(self, tmp_path: Path):
        found = finding(
            tmp_path, [("2025-06-30", 100), ("2026-06-30", 106)], metrics=[metric(**YI)],
            quantity={"kind": "growth", "baseline": LAST_YEAR}, test=at_least(12), period=PACED,
        )
        assert (found.status, found.pace) == (Status.NOT_DUE, None)
        assert "基期不在期初" in "".join(found.reasons)

    def test_a_planned_curve_by_decision_takes_the_place_of_months(self, tmp_path: Path):
        # 30 of 70 is 42.86%: ahead of 5/12, behind the 60% that the bank planned
        curve = {"kind": "curve", "points": [{"by": "2026-05-31", "share": 60},
                                             {"by": "2026-12-31", "share": 100}]}
        planned = decision("1", {"kind": "pace", "target": "demo.target.t", "pace": curve})
        found = finding(tmp_path, [("2026-05-31", 30)], period=PACED,
                        more={"decisions": [planned]})
        assert (found.status, found.pace.elapsed) == (Status.BEHIND, 60)
        assert found.trace.decisions == ("demo.decision.1",)
        assert "按计划进度应完成 60%" in str(found.trace.steps)
        before = finding(tmp_path, [("2026-05-31", 30)], period=PACED)
        assert before.status is Status.ON_PACE

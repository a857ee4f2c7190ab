"""The bank's decisions laid over the sources."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from targets.catalog.decisions import (
    decisions_on,
    metric_in_force,
    settled_on,
    target_in_force,
    value_on,
)
from targets.schema.criteria import Boundary
from tests.demo import assumption, at_least, catalogue, counted, decision, metric, target

TARGET = "demo.target.t"


def new_value(value, since="2026-01-01", **more) -> dict:
    return {"kind": "value", "target": TARGET, "values": [{"from": since, "value": value}]} | more


def values(catalog, day: str) -> list:
    test = target_in_force(catalog, TARGET, date.fromisoformat(day)).target.parts[0][1].test
    return [(v.since, v.value) for v in test.values]


class TestValues:
    def test_a_source_s_own_value_never_changes(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", new_value(75))],
        )
        before = catalog.get(TARGET).model_dump()
        force = target_in_force(catalog, TARGET, date(2026, 6, 30))
        assert catalog.get(TARGET).model_dump() == before
        assert force.source is catalog.get(TARGET)
        assert [v.value for v in force.source.criterion.test.values] == [70]

    def test_it_is_in_force_from_its_effective_day_and_not_before(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", new_value(75))],
        )
        assert values(catalog, "2025-12-31") == [(None, 70)]
        assert values(catalog, "2026-01-01") == [(None, 70), (date(2026, 1, 1), 75)]
        assert target_in_force(catalog, TARGET, date(2025, 12, 31)).decisions == ()
        (used,) = target_in_force(catalog, TARGET, date(2026, 1, 1)).decisions
        assert used.id == "demo.decision.1"

    def test_after_its_last_day_the_source_stands_again(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", new_value(75), expires="2026-06-30")],
        )
        assert values(catalog, "2026-06-30")[-1] == (date(2026, 1, 1), 75)
        assert values(catalog, "2026-07-01") == [(None, 70)]

    def test_histories_are_joined_by_date_and_the_decision_wins_on_the_same_day(self, tmp_path):
        dated = at_least(0, values=[
            {"value": 60}, {"from": "2026-01-01", "value": 70}, {"from": "2027-01-01", "value": 80},
        ])
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target(test=dated)],
            decisions=[
                decision("1", {
                    "kind": "value", "target": TARGET,
                    "values": [{"from": "2026-01-01", "value": 72},
                               {"from": "2026-07-01", "value": 75}],
                }),
            ],
        )
        assert values(catalog, "2026-03-31") == [
            (None, 60), (date(2026, 1, 1), 72), (date(2026, 7, 1), 75), (date(2027, 1, 1), 80),
        ]

    def test_the_latest_decision_wins_whatever_the_order_of_the_files(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[
                decision("late", new_value(80, "2026-06-01"), effective="2026-06-01"),
                decision("early", new_value(75, "2026-06-01"), effective="2026-01-01"),
            ],
        )
        assert values(catalog, "2026-06-01")[-1] == (date(2026, 6, 1), 80)
        assert [d.id for d in decisions_on(catalog, date(2026, 6, 1))] == [
            "demo.decision.early", "demo.decision.late",
        ]

    def test_a_value_scheduled_for_later_waits_for_its_day(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", new_value(90, "2027-01-01"))],
        )
        test = target_in_force(catalog, TARGET, date(2026, 6, 30)).target.criterion.test
        assert value_on(test.values, date(2026, 6, 30)).value == 70
        assert value_on(test.values, date(2027, 1, 1)).value == 90

    def test_an_empty_value_repeals(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", new_value(None))],
        )
        test = target_in_force(catalog, TARGET, date(2026, 6, 30)).target.criterion.test
        assert value_on(test.values, date(2026, 6, 30)).value is None

    def test_only_the_named_part_of_a_combined_criterion_changes(self, tmp_path: Path):
        both = {"all_of": [
            {"metric": "demo.metric.m", "quantity": {"kind": "level"}, "test": at_least(70)},
            {"metric": "demo.metric.n", "quantity": {"kind": "level"}, "test": at_least(50)},
        ]}
        one = target(criterion=both)
        del one["metric"]
        catalog = catalogue(
            tmp_path, metrics=[metric(), metric("n")], targets=[one],
            decisions=[decision("1", new_value(55, part=2))],
        )
        force = target_in_force(catalog, TARGET, date(2026, 6, 30)).target
        assert [part.test.values[-1].value for _, part in force.parts] == [70, 55]


class TestOtherChanges:
    def test_a_boundary_is_settled(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], assumptions=[assumption()],
            targets=[target(test=at_least(70, boundary="unsaid"),
                            assumptions=["demo.assumption.a"])],
            decisions=[decision("1", {"kind": "boundary", "target": TARGET,
                                      "boundary": "excluded"})],
        )
        force = target_in_force(catalog, TARGET, date(2026, 1, 1))
        assert force.source.criterion.test.boundary is Boundary.UNSAID
        assert force.target.criterion.test.boundary is Boundary.EXCLUDED

    def test_who_is_bound_until_when_and_what_counts_as_near(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision(
                "1",
                {"kind": "binds", "target": TARGET, "binds": [{"to": "each", "level": "branch"}]},
                {"kind": "period", "target": TARGET,
                 "period": {"kind": "span", "start": "2026-01-01", "end": "2026-12-31"}},
                {"kind": "near_band", "target": TARGET, "within": 3},
            )],
        )
        force = target_in_force(catalog, TARGET, date(2026, 1, 1))
        assert [b.to for b in force.target.binds] == ["each"]
        assert force.target.period.end == date(2026, 12, 31)
        assert force.near_band == Decimal(3)
        assert target_in_force(catalog, TARGET, date(2025, 12, 31)).near_band is None

    def test_a_metric_is_measured_another_way(self, tmp_path: Path):
        measure = {"kind": "ratio", "dataset": "demo.dataset.shops",
                   "numerator": {"where": "profiled"}, "denominator": {"where": "loan > 0"}}
        catalog = catalogue(
            tmp_path, metrics=[counted()], targets=[target()],
            decisions=[decision("1", {"kind": "measure", "metric": "demo.metric.m",
                                      "measure": measure, "caliber": "只除以有贷户。"})],
        )
        before = metric_in_force(catalog, "demo.metric.m", date(2025, 12, 31))
        after = metric_in_force(catalog, "demo.metric.m", date(2026, 1, 1))
        assert before.metric is before.source
        assert after.metric.measure.denominator.where == "loan > 0"
        assert after.metric.caliber == "只除以有贷户。"
        assert catalog.get("demo.metric.m").measure.denominator.where is None
        (used,) = target_in_force(catalog, TARGET, date(2026, 1, 1)).decisions
        assert used.id == "demo.decision.1"


class TestAssumptions:
    def test_the_metric_s_assumptions_are_the_target_s_too(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path,
            assumptions=[assumption("a"), assumption("b")],
            metrics=[metric(assumptions=["demo.assumption.b"])],
            targets=[target(assumptions=["demo.assumption.a"])],
        )
        force = target_in_force(catalog, TARGET, date(2026, 1, 1))
        assert [a.id for a in force.open_assumptions] == ["demo.assumption.a", "demo.assumption.b"]

    def test_an_answer_settles_it_from_its_day(self, tmp_path: Path):
        catalog = catalogue(
            tmp_path,
            assumptions=[assumption("a"), assumption("b")],
            metrics=[metric()],
            targets=[target(assumptions=["demo.assumption.a", "demo.assumption.b"])],
            decisions=[decision("1", {"kind": "settle", "assumption": "demo.assumption.a",
                                      "answer": "除以全部。"})],
        )
        assert settled_on(catalog, date(2025, 12, 31)) == {}
        force = target_in_force(catalog, TARGET, date(2026, 1, 1))
        assert [a.id for a in force.open_assumptions] == ["demo.assumption.b"]
        assert [a.id for a in force.settled_assumptions] == ["demo.assumption.a"]
        assert [d.id for d in force.decisions] == ["demo.decision.1"]

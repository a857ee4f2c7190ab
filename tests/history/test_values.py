"""A target's value over time: the source's own, and what decisions lay over it."""

from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from targets.catalog import Catalog
from targets.catalog.decisions import target_in_force, value_on
from targets.history.values import said, stretches
from targets.publish.domain.past import chart
from targets.schema.targets import Decision
from tests.demo import catalogue, decision, metric, target

TARGET = "demo.target.t"


def raised(value, since, **more) -> dict:
    return {"kind": "value", "target": TARGET, "values": [{"from": since, "value": value}]} | more


def history(catalog: Catalog) -> list[tuple]:
    return [(s.since and str(s.since), s.until and str(s.until), s.words)
            for s in stretches(catalog, catalog.get(TARGET))]


class TestStretches:
    def test_of_a_value_that_never_changed_is_one(self, tmp_path):
        catalog = catalogue(tmp_path, metrics=[metric()], targets=[target()])
        assert history(catalog) == [(None, None, "70%")]

    def test_follow_the_source_s_own_dates(self, tmp_path):
        dated = [{"value": 50}, {"from": "2025-01-01", "value": 60},
                 {"from": "2026-01-01", "value": None}]
        test = {"kind": "at_least", "values": dated}
        catalog = catalogue(tmp_path, metrics=[metric()], targets=[target(test=test)])
        assert history(catalog) == [
            (None, "2024-12-31", "50%"),
            ("2025-01-01", "2025-12-31", "60%"),
            ("2026-01-01", None, "不再有数值要求"),
        ]

    def test_end_with_the_decision_that_made_them(self, tmp_path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", raised(75, "2026-01-01"), expires="2026-06-30")],
        )
        assert history(catalog) == [
            (None, "2025-12-31", "70%"), ("2026-01-01", "2026-06-30", "75%"),
            ("2026-07-01", None, "70%"),
        ]

    def test_begin_on_the_value_s_own_day_though_its_decision_is_older(self, tmp_path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", raised(75, "2026-03-01"))],
        )
        found = stretches(catalog, catalog.get(TARGET))
        assert [str(s.since) for s in found] == ["None", "2026-03-01"]
        assert [s.decision and s.decision.id for s in found] == [None, "demo.decision.1"]

    def test_leave_drafts_out_which_are_told_apart(self, tmp_path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", raised(75, "2026-01-01"), issued=False)],
        )
        assert history(catalog) == [(None, None, "70%")]
        told = said(catalog, catalog.get(TARGET), date(2026, 6, 30))
        assert [(s.words, s.in_force) for s in told] == [("70%", True), ("75%", False)]

    def test_of_a_target_without_a_number_are_none(self, tmp_path):
        trend = {"kind": "trend", "baseline": {"kind": "year_start"}}
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target(test={"kind": "up"}, quantity=trend)]
        )
        assert history(catalog) == []


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


class TestOnAnyDay:
    @given(
        raises=st.lists(st.tuples(DAYS, st.integers(50, 99)), max_size=4, unique_by=lambda r: r[0]),
        day=DAYS,
    )
    @settings(max_examples=30, deadline=None)
    def test_the_stretch_says_what_is_in_force_and_no_two_overlap(
        self, tmp_path_factory, raises, day
    ):
        base = getattr(TestOnAnyDay, "base", None)
        if base is None:
            folder = tmp_path_factory.mktemp("stretches")
            base = TestOnAnyDay.base = catalogue(folder, metrics=[metric()], targets=[target()])
        made = [
            Decision.model_validate(decision(str(i), raised(value, str(since)),
                                             effective=str(since)))
            for i, (since, value) in enumerate(raises)
        ]
        catalog = Catalog(base.records | {d.id: d for d in made}, {}, base.folder)
        found = stretches(catalog, catalog.get(TARGET))
        for one, after in pairwise(found):
            assert one.until.toordinal() + 1 == after.since.toordinal()
        (here,) = (s for s in found if (s.since or date.min) <= day <= (s.until or date.max))
        values = target_in_force(catalog, TARGET, day).target.parts[0][1].test.values
        assert here.low == float(value_on(values, day).value)


class TestTheStepChart:
    def test_is_drawn_only_where_the_value_changes(self, tmp_path):
        catalog = catalogue(tmp_path, metrics=[metric()], targets=[target()])
        assert chart(stretches(catalog, catalog.get(TARGET)), date(2026, 6, 30)) is None

    def test_steps_on_the_day_of_the_change(self, tmp_path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target()],
            decisions=[decision("1", raised(75, "2026-01-01"))],
        )
        drawn = chart(stretches(catalog, catalog.get(TARGET)), date(2026, 6, 30))
        (path,) = drawn["paths"]
        first, before, after, last = path[1:].split("L")
        # 70 stands at the bottom (92 of 100), 75 at the top (8); the step is upright
        assert [p.split(",")[1] for p in (first, before, after, last)] == [
            "92.00", "92.00", "8.00", "8.00"
        ]
        assert before.split(",")[0] == after.split(",")[0]
        assert float(after.split(",")[0]) < float(drawn["today"]) < 100

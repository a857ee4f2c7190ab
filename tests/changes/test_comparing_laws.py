"""Laws of comparing: nothing differs from itself, and the way back is the mirror of the way."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import hypothesis.strategies as st
from hypothesis import given, settings

from targets.assessment.parts import verdict_on
from targets.changes import Grade, compare, mirrored
from targets.schema.criteria import Single
from tests import demo
from tests.changes.world import PLACE, ROLES, duty, new_value, state, target

FEW = settings(max_examples=20, deadline=None)

NUMBERS = ("at_least", "at_most", "equal")
numbers = st.integers(0, 4).map(lambda n: n * 10)
days = st.sampled_from(["2026-01-01", "2026-07-01", "2027-01-01"])
boundaries = st.sampled_from(["included", "excluded", "unsaid"])


@st.composite
def ways(draw, kinds=("at_least", "at_most", "equal", "within", "tracked")):
    kind = draw(st.sampled_from(kinds))
    if kind == "tracked":
        return {"kind": kind}
    dates = [None, *sorted(draw(st.sets(days, max_size=2)))]
    values = []
    for day in dates:
        low, high = sorted((draw(numbers), draw(numbers)))
        value = {"low": low, "high": high} if kind == "within" else {"value": low}
        values.append(value | ({"from": day} if day else {}))
    found = {"kind": kind, "values": values}
    return found if kind == "equal" else found | {"boundary": draw(boundaries)}


bindings = st.lists(
    st.sampled_from([{"to": "total"}, {"to": "site"}, {"to": "each", "level": "branch"}]),
    max_size=3, unique_by=str,
)
periods = st.sampled_from([
    {"kind": "unstated"}, {"kind": "standing"}, {"kind": "years", "years": 3},
    {"kind": "span", "start": "2026-01-01", "end": "2026-12-31"},
    {"kind": "span", "start": "2026-01-01", "end": "2027-12-31", "pace": {"kind": "months"}},
])
places = st.lists(
    st.sampled_from([PLACE, PLACE | {"clause": "demo.clause.2", "commitment": "must"}]),
    min_size=1, max_size=2, unique_by=lambda p: p["clause"],
)


@st.composite
def targets(draw, slug, **kinds):
    test, tolerance = draw(ways(**kinds)), draw(st.sampled_from([None, 1, 2]))
    return target(
        slug, name=draw(st.sampled_from(["建档率", "覆盖率"])), places=draw(places),
        criterion={"quantity": {"kind": "level"}, "test": test, "tolerance": tolerance},
        binds=draw(bindings), period=draw(periods),
    )


@st.composite
def decisions(draw, slug):
    change = draw(st.sampled_from([
        new_value(("2026-07-01", 30)), new_value(("2027-01-01", 40), ("2028-01-01", None)),
        {"kind": "boundary", "target": "demo.target.t", "boundary": "excluded"},
        {"kind": "near_band", "target": "demo.target.t", "within": 2},
        {"kind": "binds", "target": "demo.target.t", "binds": [{"to": "total"}]},
        {"kind": "period", "target": "demo.target.t", "period": {"kind": "standing"}},
        {"kind": "duty", "duty": "demo.duty.d", "recurrence": {"kind": "fixed", "every": "month"}},
        {"kind": "duty", "duty": "demo.duty.d", "withdrawn": True},
    ]))
    expires = draw(st.sampled_from([None, "2028-12-31"]))
    return demo.decision(
        slug, change, effective=draw(days), issued=draw(st.booleans()), expires=expires
    )


@st.composite
def duties(draw):
    every = draw(st.sampled_from(["month", "quarter"]))
    return duty(
        recurrence={"kind": "fixed", "every": every},
        deadline=draw(st.sampled_from([
            {"kind": "following_day", "day": day, "inclusion": "included"} for day in (5, 10)
        ] + [{"kind": "period_end"}, {"kind": "unstated"}])),
        actors=draw(st.lists(st.sampled_from(["demo.role.branch", "demo.role.office"]),
                             min_size=1, max_size=2, unique=True)),
    )


@st.composite
def states(draw):
    # `t` and the duty are always there, since decisions name them and give `t` numbers
    more = [draw(targets("more"))] if draw(st.booleans()) else []
    slugs = draw(st.sets(st.sampled_from(["a", "b"]), max_size=2))
    return state(
        roles=ROLES, duties=[draw(duties())], targets=[draw(targets("t", kinds=NUMBERS)), *more],
        decisions=[draw(decisions(slug)) for slug in sorted(slugs)],
    )


def key(change):
    return change.kind, change.record


class TestComparing:
    @given(states())
    @FEW
    def test_a_state_does_not_differ_from_itself(self, one):
        again = {i: type(r).model_validate(r.model_dump(by_alias=True))
                 for i, r in one.records.items()}
        assert compare(one, type(one)(again, {}, one.folder)) == ()

    @given(states(), states())
    @FEW
    def test_the_way_back_is_the_mirror_of_the_way(self, before, after):
        there, back = compare(before, after), compare(after, before)
        names = {i: r.name for i, r in before.records.items()}
        seen_back = [mirrored(c, names.get(c.was or c.record)) for c in there]
        for one, other in zip(sorted(seen_back, key=key), sorted(back, key=key), strict=True):
            assert set(one.fields) == set(other.fields)
            assert (one.what, one.record, one.name, one.grade, one.touches) == (
                other.what, other.record, other.name, other.grade, other.touches
            )

    @given(states(), states())
    @FEW
    def test_nothing_is_told_if_and_only_if_nothing_differs(self, before, after):
        assert (compare(before, after) == ()) == (before.records == after.records)


def criterion(test, tolerance=None) -> dict:
    return {"quantity": {"kind": "level"}, "test": test, "tolerance": tolerance}


# of an exact value only the direction of its metric tells which way is harder
BOUNDED = ways(kinds=("at_least", "at_most", "within"))


class TestGrades:
    @given(BOUNDED, BOUNDED, st.sampled_from([None, 1, 10]), st.sampled_from([None, 1, 10]))
    @settings(max_examples=60, deadline=None)
    def test_what_is_graded_tighter_meets_nothing_that_was_not_met(
        self, old, new, slack, less
    ):
        """Held against every reading on a grid of halves around the thresholds."""
        old, new = (t | {"values": t["values"][:1]} for t in (old, new))
        before, after = criterion(old, slack), criterion(new, less)
        changes = compare(
            state(targets=[target(criterion=before)]), state(targets=[target(criterion=after)])
        )
        if not changes:
            return
        met = [{v for v in range(-25, 125) if meets(c, Fraction(v, 2))} for c in (before, after)]
        found = {f.grade for f in changes[0].fields if f.grade.weighs}
        if found == {Grade.TIGHTER}:
            assert met[1] <= met[0]
        if found == {Grade.LOOSER}:
            assert met[0] <= met[1]


def meets(said: dict, value: Fraction) -> bool | None:
    single = Single.model_validate(said)
    dated = single.test.values[0]
    ends = (dated.low, dated.high) if hasattr(dated, "low") else (dated.value, None)
    low, high = (None if e is None else Fraction(Decimal(e)) for e in ends)
    return verdict_on(single, value, low, high).met


class TestDates:
    @given(days, numbers, numbers)
    @FEW
    def test_a_value_that_comes_later_differs_from_its_day_on(self, day, old, new):
        before = state(targets=[target(test=demo.at_least(old))])
        values = [{"value": old}, {"from": day, "value": new}]
        after = state(targets=[target(test={"kind": "at_least", "values": values})])
        fields = [f for c in compare(before, after) for f in c.fields if f.label == "数值"]
        expected = [] if old == new else [date.fromisoformat(day)]
        assert [f.since for f in fields] == expected

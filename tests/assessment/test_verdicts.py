"""Tests on exact numbers."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.assessment.findings import Heading, plain
from targets.assessment.verdicts import (
    all_of,
    at_least,
    at_most,
    equal,
    heading,
    of_place,
    ranks,
    rows_to_go,
    within,
)
from targets.schema.criteria import Boundary
from targets.wording import decimal_text, rounded

numbers = st.fractions(min_value=-10**6, max_value=10**6, max_denominator=10**4)
boundaries = st.sampled_from(list(Boundary))


def share(part: int, whole: int) -> Fraction:
    """part/whole in per cent, exactly."""
    return Fraction(100 * part, whole)


class TestAtLeast:
    def test_seven_hundred_of_a_thousand_reach_seventy_per_cent(self):
        assert at_least(share(700, 1000), 70).met is True
        assert at_least(share(699, 1000), 70).met is False
        assert at_least(share(699, 1000), 70).gap == Fraction(-1, 10)

    def test_two_thirds_are_not_what_they_look_like_when_rounded(self):
        # 2/3 = 66.666…% is more than 66.66% and less than 66.67%
        assert at_least(share(2, 3), Fraction("66.66")).met is True
        assert at_least(share(2, 3), Fraction("66.67")).met is False

    def test_an_excluded_boundary_wants_more(self):
        assert at_least(share(500, 1000), 50, Boundary.EXCLUDED).met is False
        assert at_least(share(501, 1000), 50, Boundary.EXCLUDED).met is True

    def test_an_unsaid_boundary_is_read_as_included(self):
        assert at_least(share(1, 2), 50, Boundary.UNSAID).met is True

    def test_within_the_tolerance_is_as_good_as_there(self):
        # 69.995 + 0.01 >= 70
        assert at_least(Fraction("69.995"), 70, tolerance=Decimal("0.01")).met is True
        assert at_least(Fraction("69.98"), 70, tolerance=Decimal("0.01")).met is False


class TestOtherTests:
    def test_at_most_is_met_from_below(self):
        assert at_most(Fraction("1.5"), 2).met is True
        assert at_most(Fraction(2), 2, Boundary.EXCLUDED).met is False
        assert at_most(Fraction("2.5"), 2) .gap == Fraction("0.5")

    def test_equal_knows_no_more_and_no_less(self):
        assert equal(Fraction(100), 100).met is True
        assert equal(Fraction("100.1"), 100).met is False
        assert equal(Fraction("99.9"), 100, Decimal("0.1")).met is True
        assert equal(Fraction("99.89"), 100, Decimal("0.1")).met is False

    @pytest.mark.parametrize(
        ("value", "boundary", "met", "gap"),
        [
            ("5", Boundary.INCLUDED, True, 0),
            ("10", Boundary.INCLUDED, True, 0),
            ("5", Boundary.EXCLUDED, False, 0),
            ("7.5", Boundary.EXCLUDED, True, 0),
            ("4.9", Boundary.INCLUDED, False, "-0.1"),
            ("10.4", Boundary.INCLUDED, False, "0.4"),
        ],
    )
    def test_within_five_to_ten(self, value, boundary, met, gap):
        verdict = within(Fraction(value), Fraction(5), Fraction(10), boundary)
        assert (verdict.met, verdict.gap) == (met, Fraction(gap))


class TestLevel:
    """持平: what differs by no more than the tolerance is equal, whatever equal is worth."""

    HUNDREDTH = Decimal("0.01")

    @pytest.mark.parametrize(
        ("value", "included", "excluded"),
        [("49.98", False, False), ("49.99", True, False), ("50", True, False),
         ("50.01", True, False), ("50.02", True, True)],
    )
    def test_at_least_fifty(self, value, included, excluded):
        for boundary, met in ((Boundary.INCLUDED, included), (Boundary.EXCLUDED, excluded)):
            assert at_least(Fraction(value), 50, boundary, self.HUNDREDTH).met is met

    def test_level_is_not_down(self):
        # 双降: 1.24 against 1.25 with a tolerance of 0.01
        for value, met in (("1.23", True), ("1.24", False), ("1.25", False), ("1.26", False)):
            found = at_most(Fraction(value), Fraction("1.25"), Boundary.EXCLUDED, self.HUNDREDTH)
            assert found.met is met

    def test_the_gap_is_told_as_it_is(self):
        assert at_least(Fraction("49.995"), 50, tolerance=self.HUNDREDTH).gap == Fraction("-0.005")

    def test_rows_to_go_know_the_tolerance(self):
        assert rows_to_go(699, 1000, Fraction(70), tolerance=Decimal("0.1")) == 0
        assert rows_to_go(698, 1000, Fraction(70), tolerance=Decimal("0.1")) == 1


class TestEdge:
    @pytest.mark.parametrize("value", ["49.99", "50", "50.01"])
    def test_an_unsaid_boundary_matters_to_nothing_but_the_number_itself(self, value):
        value = Fraction(value)
        for rule in (at_least, at_most):
            assert rule(value, 50, Boundary.UNSAID).edge is (value == 50)
            assert not rule(value, 50, Boundary.INCLUDED).edge
            assert not rule(value, 50, Boundary.EXCLUDED).edge

    def test_both_ends_of_a_range_have_one(self):
        for value, edge in ((5, True), (7, False), (10, True), (11, False)):
            assert within(Fraction(value), 5, 10, Boundary.UNSAID).edge is edge


class TestAllOf:
    @pytest.mark.parametrize(
        ("parts", "whole"),
        [
            ((True, True), True), ((True, False), False), ((True, None), None),
            ((False, True), False), ((False, False), False), ((False, None), False),
            ((None, True), None), ((None, False), False), ((None, None), None),
        ],
    )
    def test_the_truth_table_of_two(self, parts, whole):
        assert all_of(list(parts)) is whole

    def test_the_order_of_the_parts_does_not_matter(self):
        for parts in product((True, False, None), repeat=3):
            assert all_of(list(parts)) is all_of(list(reversed(parts)))


class TestRanks:
    def test_ties_share_the_better_place_and_the_next_is_skipped(self):
        places = ranks({"甲": 90, "乙": 90, "丙": 80}, higher_first=True)
        assert places == {"甲": 1, "乙": 1, "丙": 3}

    def test_what_should_be_low_ranks_the_lowest_first(self):
        places = ranks({"甲": 2, "乙": 1, "丙": 2}, higher_first=False)
        assert places == {"甲": 2, "乙": 1, "丙": 2}

    @given(st.dictionaries(st.text(max_size=3), numbers, min_size=1, max_size=12), st.booleans())
    def test_a_place_is_one_more_than_how_many_are_better(self, values, higher):
        for key, place in ranks(values, higher).items():
            better = sum(v > values[key] if higher else v < values[key] for v in values.values())
            assert place == better + 1


class TestPlacesOfPeersWithoutFigures:
    @pytest.mark.parametrize(
        ("place", "absent", "limit", "met"),
        [(1, 1, 1, None), (1, 1, 2, True), (2, 1, 1, False), (2, 2, 3, None), (2, 2, 4, True),
         (3, 0, 3, True)],
    )
    def test_a_place_is_said_where_every_possible_one_agrees(self, place, absent, limit, met):
        found = of_place(lambda p: at_most(p, limit), Fraction(place), absent)
        assert found.met is met

    def test_a_place_asked_for_exactly_is_open_while_one_is_missing(self):
        assert of_place(lambda p: equal(p, 2), Fraction(2), 1).met is None
        assert of_place(lambda p: equal(p, 2), Fraction(3), 1).met is False

    @given(st.integers(1, 9), st.integers(0, 5), st.integers(1, 9), st.integers(0, 5))
    def test_whoever_of_them_turns_up_never_contradicts_it(self, place, absent, limit, ahead):
        said = of_place(lambda p: at_most(p, limit), Fraction(place), absent).met
        if said is not None:
            assert at_most(Fraction(place + min(ahead, absent)), limit).met is said


class TestRowsToGo:
    def test_to_seventy_per_cent(self):
        # 70% of 1001 is 700.7, so 701 are needed
        assert rows_to_go(650, 1001, Fraction(70)) == 51
        assert rows_to_go(701, 1001, Fraction(70)) == 0
        assert rows_to_go(900, 1001, Fraction(70)) == 0

    def test_one_more_where_the_boundary_is_excluded(self):
        assert rows_to_go(700, 1000, Fraction(70), Boundary.EXCLUDED) == 1

    @given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 100), boundaries)
    def test_they_are_just_enough(self, part, whole, percent, boundary):
        more = rows_to_go(part, whole, Fraction(percent), boundary)
        assert at_least(share(part + more, whole), percent, boundary).met
        if more:
            assert not at_least(share(part + more - 1, whole), percent, boundary).met


class TestHeading:
    @pytest.mark.parametrize(
        ("change", "up_is_better", "word"),
        [
            (1, True, Heading.BETTER), (-1, True, Heading.WORSE), (0, True, Heading.LEVEL),
            (1, False, Heading.WORSE), (-1, False, Heading.BETTER),
            (1, None, Heading.UP), (-1, None, Heading.DOWN),
        ],
    )
    def test_what_a_change_means(self, change, up_is_better, word):
        assert heading(Fraction(change), up_is_better) is word


class TestProperties:
    @given(numbers, numbers, numbers, boundaries)
    def test_more_never_turns_met_into_missed(self, value, more, threshold, boundary):
        if at_least(value, threshold, boundary).met:
            assert at_least(value + abs(more), threshold, boundary).met
        if at_most(value, threshold, boundary).met:
            assert at_most(value - abs(more), threshold, boundary).met

    @given(numbers, numbers, numbers, st.fractions(min_value="1/1000", max_value=10**8), boundaries)
    def test_a_verdict_does_not_depend_on_the_unit(self, value, low, high, scale, boundary):
        low, high = sorted((low, high))
        for test, limits in (
            (at_least, (low,)), (at_most, (low,)), (within, (low, high)),
        ):
            plain_met = test(value, *limits, boundary=boundary).met
            scaled = test(value * scale, *(x * scale for x in limits), boundary=boundary).met
            assert plain_met is scaled

    @given(numbers, numbers, numbers, boundaries, st.fractions(0, 100))
    def test_a_tolerance_keeps_a_test_one_sided(self, value, more, threshold, boundary, slack):
        if at_least(value, threshold, boundary, slack).met:
            assert at_least(value + abs(more), threshold, boundary, slack).met
        if at_most(value, threshold, boundary, slack).met:
            assert at_most(value - abs(more), threshold, boundary, slack).met

    @given(numbers, numbers, st.fractions(0, 100))
    def test_to_be_at_least_is_not_to_be_below(self, value, threshold, slack):
        below = at_most(value, threshold, Boundary.EXCLUDED, slack).met
        assert at_least(value, threshold, Boundary.INCLUDED, slack).met is not below

    @given(numbers, numbers, numbers)
    def test_within_is_at_least_and_at_most(self, value, low, high):
        low, high = sorted((low, high))
        both = at_least(value, low).met and at_most(value, high).met
        assert within(value, low, high).met is both
        assert (within(value, low, high).gap == 0) is both


class TestRounding:
    @given(
        st.decimals(min_value=-10**9, max_value=10**9, places=8),
        st.integers(min_value=0, max_value=6),
    )
    def test_it_agrees_with_the_decimal_module(self, value, digits):
        expected = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
        text = rounded(Fraction(value), digits)
        assert Decimal(text) == expected
        assert len(text.partition(".")[2]) == digits
        assert not (text.startswith("-") and Decimal(text) == 0)

    @pytest.mark.parametrize(
        ("value", "digits", "text"),
        [("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("-0.004", 2, "0.00"), ("2.5", 0, "3"),
         ("1/3", 4, "0.3333"), ("2/3", 4, "0.6667"), ("0.07", 1, "0.1")],
    )
    def test_halves_go_away_from_zero(self, value, digits, text):
        assert rounded(Fraction(value), digits) == text

    @pytest.mark.parametrize(
        ("value", "text"), [("4.2", "4.2"), ("70", "70"), ("100", "100"), ("-0.5", "-0.5")]
    )
    def test_trailing_zeros_are_dropped(self, value, text):
        assert decimal_text(Fraction(value), 6) == text

    def test_nothing_turns_binary_on_its_way_out(self):
        assert plain([Fraction(1, 3), Decimal("0.10"), None]) == ["0.333333", "0.10", None]

"""Counts of few people are withheld from what is published, and so is what would tell them."""

from datetime import date
from fractions import Fraction

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.assessment import Status, assess
from targets.assessment.disclosure import Disclosure, hidden_cells, publishable
from targets.assessment.findings import WITHHELD
from targets.cli import cli
from tests.demo import (
    at_least,
    catalogue,
    counted,
    decision,
    metric,
    reported,
    shop_frame,
    shops,
    target,
)

DAY = "2026-05-31"
LATER = date(2030, 1, 1)
EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]
FIVE = decision("five", {"kind": "smallest_published", "count": 5})
TREE = {"0101": "0100", "0102": "0100", "0201": "0200", "0100": "0000", "0200": "0000",
        "0000": None}


def loans(**over) -> dict:
    """Another rate on the same shops: those with a loan."""
    return counted("loans", name="有贷率", measure={
        "kind": "ratio", "dataset": "demo.dataset.shops",
        "numerator": {"where": "loan > 0"}, "denominator": {},
    }, **over)


def internal(folder, rows, *, decisions=(FIVE,), metrics=None, targets=None, as_of=None, **over):
    catalog = catalogue(
        folder, metrics=metrics or [counted()],
        targets=targets or [target(**({"binds": EVERYONE} | over))], decisions=list(decisions),
    )
    return assess(catalog, {"shops": shop_frame(rows)}, today=LATER,
                  as_of=as_of and date.fromisoformat(as_of))


def published(folder, rows, **over):
    return publishable(internal(folder, rows, **over))


def by_code(assessment, which: str = "demo.target.t") -> dict:
    return {f.subject.unit_code: f for f in assessment.of_target(which)}


def withheld(assessment, which: str = "demo.target.t") -> set[str]:
    return {code for code, f in by_code(assessment, which).items() if f.withheld}


class TestOneCount:
    """`hidden_cells` on numbers; the minimum is 5."""

    def test_nothing_small_hides_nothing(self):
        values = {"0000": 60, "0100": 40, "0200": 20, "0101": 30, "0102": 10, "0201": 20}
        assert hidden_cells(values, TREE, 5) == frozenset()

    def test_a_small_one_takes_the_next_smallest_beside_it_along(self):
        values = {"a": 3, "b": 7, "c": 50, "all": 60}
        assert hidden_cells(values, dict.fromkeys("abc", "all"), 5) == {"a", "b"}

    def test_two_small_ones_hide_each_other_if_together_they_are_enough(self):
        values = {"a": 2, "b": 3, "c": 50, "all": 55}
        assert hidden_cells(values, dict.fromkeys("abc", "all"), 5) == {"a", "b"}

    def test_two_small_ones_that_are_small_together_take_a_third_along(self):
        """Otherwise the total less the rest would tell that both are nought."""
        values = {"a": 0, "b": 0, "c": 8, "d": 50, "all": 58}
        assert hidden_cells(values, dict.fromkeys("abcd", "all"), 5) == {"a", "b", "c"}

    def test_a_total_of_one_part_goes_with_it(self):
        values = {"0000": 40, "0100": 36, "0200": 4, "0101": 20, "0102": 16, "0201": 4}
        # 0201 is all of 0200; the two branches hide each other; then a part of 0100 has to go
        assert hidden_cells(values, TREE, 5) == {"0201", "0200", "0100", "0102"}

    def test_without_a_total_above_nothing_can_be_subtracted(self):
        assert hidden_cells({"a": 3, "b": 7}, {"a": None, "b": None}, 5) == {"a"}

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_no_withheld_count_follows_from_the_others(self, data):
        tree, values = _drawn_tree(data)
        minimum = data.draw(st.integers(2, 6))
        hidden = hidden_cells(values, tree, minimum)
        assert {s for s, v in values.items() if v < minimum} <= hidden
        equations = [
            ({s: -1, **dict.fromkeys(below, 1)}, 0)
            for s in values if (below := [c for c, p in tree.items() if p == s])
        ]
        known = {s: v for s, v in values.items() if s not in hidden}
        assert not _derived(equations, known) & hidden
        for parent in values:
            below = [c for c, p in tree.items() if p == parent and c in hidden]
            if parent in known and below:
                assert sum(values[c] for c in below) >= minimum


def _drawn_tree(data) -> tuple[dict, dict]:
    """A tree of up to three levels and counts that add up."""
    tree: dict = {"top": None}
    for i in range(data.draw(st.integers(1, 4))):
        tree[f"b{i}"] = "top"
        for j in range(data.draw(st.integers(0, 4))):
            tree[f"b{i}s{j}"] = f"b{i}"
    leaves = [s for s in tree if s not in tree.values()]
    values = {s: data.draw(st.integers(0, 12)) for s in leaves}
    for s in reversed(tree):
        values.setdefault(s, sum(values[c] for c, p in tree.items() if p == s))
    return tree, values


def _derived(equations: list[tuple[dict, int]], known: dict) -> set:
    """Unknowns that linear equations (coefficients, constant) determine, by elimination."""
    rows = []
    for coefficients, constant in equations:
        row = {v: Fraction(c) for v, c in coefficients.items() if v not in known}
        rest = Fraction(constant) - sum(c * known[v] for v, c in coefficients.items() if v in known)
        rows.append((row, rest))
    solved: list[tuple[object, dict]] = []
    while rows:
        row, _ = rows.pop()
        if not row:
            continue
        pivot = next(iter(row))
        row = {v: c / row[pivot] for v, c in row.items()}
        solved = [(p, _less(r, row, pivot)) for p, r in solved]
        rows = [(_less(r, row, pivot), x) for r, x in rows]
        solved.append((pivot, row))
    return {pivot for pivot, row in solved if len(row) == 1}


def _less(row: dict, other: dict, pivot) -> dict:
    factor = row.get(pivot, 0)
    out = {v: row.get(v, 0) - factor * other.get(v, 0) for v in {*row, *other}}
    return {v: c for v, c in out.items() if c}


class TestAPublishedRate:
    ROWS = shops((DAY, "0101", 12, 40), (DAY, "0102", 3, 50), (DAY, "0201", 60, 100))

    def test_a_small_numerator_shows_neither_counts_nor_rate(self, tmp_path):
        found = by_code(published(tmp_path, self.ROWS))["0102"]
        figures = (found.value, found.numerator, found.denominator, found.gap, found.to_go)
        assert figures == (None,) * 5
        assert found.reasons == (WITHHELD,)
        assert (found.trace.rows, found.trace.steps, found.trace.excluded) == (None, (), ())

    def test_the_unit_beside_it_goes_with_it(self, tmp_path):
        """15 of 90 at the branch less 12 of 40 would be 3 of 50."""
        assert withheld(published(tmp_path, self.ROWS)) == {"0101", "0102"}

    def test_a_small_rest_is_as_telling_as_a_small_count(self, tmp_path):
        rows = shops((DAY, "0101", 38, 40), (DAY, "0102", 20, 50), (DAY, "0201", 60, 100))
        assert withheld(published(tmp_path, rows)) == {"0101", "0102"}

    def test_a_small_denominator_too(self, tmp_path):
        rows = shops((DAY, "0101", 2, 4), (DAY, "0102", 20, 50), (DAY, "0201", 60, 100))
        assert "0101" in withheld(published(tmp_path, rows))

    def test_large_ones_are_shown_with_their_words(self, tmp_path):
        found = by_code(published(tmp_path, self.ROWS))
        assert (found["0201"].value, found["0201"].status) == (60, Status.MISSED)
        assert found["0000"].numerator == 75

    def test_a_place_among_those_beside_it_is_not_told(self, tmp_path):
        found = by_code(published(tmp_path, self.ROWS))
        assert found["0201"].rank is None
        assert found["0100"].rank == 2

    def test_amounts_tell_of_those_who_hold_them(self, tmp_path):
        """The only shop with a loan is one person's loan."""
        rows = shops((DAY, "0101", 20, 40), (DAY, "0102", 20, 50), (DAY, "0201", 60, 100))
        rows[0]["loan"] = 100
        total = metric("loan", unit={"kind": "money", "unit": "元"}, measure={
            "kind": "aggregate", "dataset": "demo.dataset.shops",
            "value": {"measure": "sum(loan)", "where": "loan > 0"},
        })
        one = target(metric="demo.metric.loan", binds=EVERYONE, test={"kind": "tracked"})
        found = published(tmp_path, rows, metrics=[total], targets=[one])
        assert withheld(found) == {"0000", "0100", "0200", "0101", "0102", "0201"}

    def test_reported_figures_are_nobodys_rows(self, tmp_path):
        catalog = catalogue(
            tmp_path, metrics=[metric()], targets=[target(binds=EVERYONE)], decisions=[FIVE]
        )
        found = publishable(assess(catalog, reported((DAY, "0101", "m", 3)), today=LATER))
        assert by_code(found)["0101"].value == 3


class TestTheStatusWord:
    def rows(self, profiled: int, total: int):
        return shops((DAY, "0101", profiled, total), (DAY, "0102", 20, 50), (DAY, "0201", 60, 99))

    def test_it_stays_where_several_counts_would_lead_to_it(self, tmp_path):
        found = by_code(published(tmp_path, self.rows(3, 50)))["0101"]
        assert (found.withheld, found.status) == (True, Status.MISSED)

    def test_it_goes_where_it_says_that_all_of_them_do(self, tmp_path):
        found = by_code(published(tmp_path, self.rows(50, 50), test=at_least(100)))["0101"]
        assert found.status is Status.WITHHELD

    def test_short_of_all_stays(self, tmp_path):
        found = by_code(published(tmp_path, self.rows(47, 50), test=at_least(100)))["0101"]
        assert found.status is Status.MISSED

    def test_it_goes_where_a_single_household_is_judged(self, tmp_path):
        found = by_code(published(tmp_path, self.rows(1, 1)))["0101"]
        assert found.status is Status.WITHHELD


class TestEarlierMonths:
    def test_a_comparison_with_a_withheld_month_is_not_made(self, tmp_path):
        rows = shops(
            ("2026-04-30", "0101", 2, 40), ("2026-04-30", "0102", 20, 50),
            (DAY, "0101", 12, 40), (DAY, "0102", 21, 50),
        )
        found = by_code(published(tmp_path, rows))["0101"]
        assert (found.value, found.mom) == (30, None)

    def test_a_reading_of_such_a_month_is_not_drawn(self, tmp_path):
        rows = shops(("2026-04-30", "0101", 2, 40), (DAY, "0101", 12, 40))
        found = published(tmp_path, rows)
        assert found.series("demo.target.t", "0101") == [
            (date(2026, 4, 30), None), (date(2026, 5, 31), 30),
        ]

    def test_a_change_since_such_a_month_is_withheld(self, tmp_path):
        rows = shops(("2026-04-30", "0101", 2, 40), (DAY, "0101", 12, 40))
        change = {"kind": "change", "baseline": {"kind": "previous_period"}}
        found = by_code(published(tmp_path, rows, quantity=change, test=at_least(5)))["0101"]
        assert (found.withheld, found.status) == (True, Status.WITHHELD)


class TestTheMinimumIsTheBanks:
    ROWS = shops((DAY, "0101", 12, 40), (DAY, "0102", 30, 60))

    def test_without_a_decision_nothing_counted_on_people_is_published(self, tmp_path):
        found = by_code(published(tmp_path, self.ROWS, decisions=()))
        with_rows = [found[code] for code in ("0000", "0100", "0101", "0102")]
        assert all(f.withheld and f.value is None for f in with_rows)
        assert "还没有定下" in found["0101"].reasons[0]

    def test_a_decision_holds_from_its_day(self, tmp_path):
        later = decision("later", {"kind": "smallest_published", "count": 20},
                         effective="2026-05-01")
        before = shops(("2026-04-30", "0101", 12, 40), ("2026-04-30", "0102", 30, 60))
        rows = [*self.ROWS, *before]
        both = (FIVE, later)
        earlier = published(tmp_path / "a", rows, decisions=both, as_of="2026-04-30")
        assert withheld(earlier) == set()
        assert "0101" in withheld(published(tmp_path / "b", rows, decisions=both))

    @pytest.fixture(autouse=True)
    def _folders(self, tmp_path):
        for name in "ab":
            (tmp_path / name).mkdir()


class TestInternalUse:
    @pytest.fixture
    def folder(self, tmp_path):
        import pyarrow.parquet

        internal(tmp_path, TestAPublishedRate.ROWS)
        data = tmp_path / "data"
        data.mkdir()
        pyarrow.parquet.write_table(shop_frame(TestAPublishedRate.ROWS), data / "shops.parquet")
        definitions = tmp_path / "definitions"
        definitions.mkdir()
        for path in tmp_path.glob("*.yaml"):
            path.rename(definitions / path.name)
        return tmp_path

    def run(self, folder, *more):
        return CliRunner().invoke(cli, [
            "assess", "--definitions", str(folder / "definitions"), "--data", str(folder / "data"),
            *more,
        ])

    def test_the_command_line_withholds_nothing_and_says_whom_it_is_for(self, folder):
        told = self.run(folder, "--format", "csv")
        assert ",3,50," in told.stdout
        assert WITHHELD not in told.stdout
        assert "内部使用" in told.stderr

    def test_so_does_the_workbook(self, folder):
        import openpyxl

        self.run(folder, "--format", "xlsx", "-o", str(folder / "out.xlsx"))
        book = openpyxl.load_workbook(folder / "out.xlsx")
        said = [str(cell.value) for row in book["说明"].iter_rows() for cell in row]
        assert any("内部使用" in cell for cell in said)
        assert any("3 ÷ 50" in str(c.value) for row in book["推算过程"].iter_rows() for c in row)


# --- nothing withheld follows from everything that is published together


@pytest.fixture(scope="module")
def two_rates(tmp_path_factory):
    """Two rates of the same shops, judged at different units."""
    each = [{"to": "each", "level": level} for level in ("bank", "sub_branch")]
    return catalogue(
        tmp_path_factory.mktemp("rates"),
        metrics=[counted(), loans()],
        targets=[
            target("everywhere", binds=EVERYONE),
            target("some", metric="demo.metric.loans", binds=each),
            target("again", metric="demo.metric.m", binds=each, test=at_least(100)),
        ],
        decisions=[FIVE],
    )


LEAVES = ("0101", "0102", "0201")


class TestThePublishedTableAsAWhole:
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(counts=st.lists(
        st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(0, 14)),
        min_size=3, max_size=3,
    ))
    def test_no_small_count_can_be_worked_out(self, two_rates, counts):
        """Counts of each sub-branch: profiled with no loan, profiled with one, neither."""
        rows = []
        for code, (profiled, both, neither) in zip(LEAVES, counts, strict=False):
            own = shops((DAY, code, profiled + both, profiled + both + neither))
            for row in own[:both]:
                row["loan"] = 1
            rows += own
        if not rows:
            return
        assessment = assess(two_rates, {"shops": shop_frame(rows)}, today=LATER)
        shown = publishable(assessment).findings
        truth, small = {}, set()
        for f in assessment.findings:
            if f.numerator is None:
                continue
            rate = two_rates.get(f.target).metric
            whole, part = ("all", f.subject.key), (rate, f.subject.key)
            rest = ("rest of", rate, f.subject.key)
            truth |= {whole: f.denominator, part: f.numerator,
                      rest: f.denominator - f.numerator}
        small = {cell for cell, count in truth.items() if count < 5}
        known = {}
        for f in shown:
            if f.numerator is not None:
                rate = two_rates.get(f.target).metric
                known |= {("all", f.subject.key): f.denominator,
                          (rate, f.subject.key): f.numerator,
                          ("rest of", rate, f.subject.key): f.denominator - f.numerator}
        assert not small & known.keys()
        assert not small & _derived(_equations(truth), known)


def _equations(truth: dict) -> list[tuple[dict, int]]:
    """Totals are their parts; a whole is what is counted and the rest."""
    out = []
    for kind in {cell[:-1] for cell in truth}:
        for parent in ("0000", "0100", "0200"):
            below = [(*kind, c) for c, p in TREE.items() if p == parent and (*kind, c) in truth]
            if (*kind, parent) in truth and below:
                out.append(({(*kind, parent): -1} | dict.fromkeys(below, 1), 0))
        if (*kind, "0000") in truth:
            leaves = [(*kind, c) for c in ("0101", "0102", "0201") if (*kind, c) in truth]
            out.append(({(*kind, "0000"): -1} | dict.fromkeys(leaves, 1), 0))
    for cell in truth:
        if cell[0] == "rest of":
            _, rate, code = cell
            out.append(({("all", code): -1, (rate, code): 1, cell: 1}, 0))
    return out


class TestWhoCountsPeople:
    def test_only_findings_on_tables_of_people(self, tmp_path):
        assessment = internal(tmp_path, TestAPublishedRate.ROWS)
        people = Disclosure(assessment)
        assert all(people.counts_people(f) for f in assessment.findings)

"""What a regulator published comes out of its own tables, by the ordinary road.

`data/` holds the few figures needed of the regulator's quarterly tables of 2021 to 2023, each with
the table it is from; `definitions/` says what was announced as targets that are tracked; and
`statements.csv` lists what was announced, to the digit, with its source. Rounding is half up, and
only where a value is printed.
"""

import csv
import io
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from targets.assessment import Assessment, Finding, Status, assess
from targets.assessment.tables import rows
from targets.branchdata import open_data, reported_codes
from targets.catalog import load
from targets.cli import cli
from targets.publish.domain.handbook import Handbook
from targets.publish.results import Results
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit
from targets.wording import criterion_part, rounded

HERE = Path(__file__).parent
STEADY = "基本持平"
"""what is announced in place of a number"""


def _statements() -> list[dict[str, str]]:
    with (HERE / "statements.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


STATEMENTS = _statements()
COVERED = [s for s in STATEMENTS if s["目标"]]
NUMBERS = [s for s in COVERED if s["数值"] != STEADY]


@cache
def _catalog_and_data():
    catalog = load(HERE / "definitions")
    return catalog, open_data(
        HERE / "data", catalog.all(Dataset), catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)),
    )


@pytest.fixture(scope="module", autouse=True)
def _computed_once():
    """Assessments are kept for this module and let go with it."""
    yield
    at.cache_clear()
    _catalog_and_data.cache_clear()


@cache
def at(quarter_end: str) -> Assessment:
    catalog, data = _catalog_and_data()
    return assess(catalog, data, as_of=date.fromisoformat(quarter_end))


def finding(quarter_end: str, target: str) -> Finding:
    if "." not in target:
        target = f"regulator.target.{target}"
    (found,) = at(quarter_end).of_target(target)
    return found


def printed(quarter_end: str, target: str, decimals: int) -> str:
    return rounded(finding(quarter_end, target).value, decimals)


def _named(statement: dict[str, str]) -> str:
    return f"{statement['季末']} {statement['所说的量']}"


class TestEachStatement:
    @pytest.mark.parametrize("statement", NUMBERS, ids=_named)
    def test_a_number_comes_out_to_its_last_digit(self, statement):
        decimals = int(statement["小数位数"])
        announced = rounded(Fraction(Decimal(statement["数值"])), decimals)
        assert printed(statement["季末"], statement["目标"], decimals) == announced

    @pytest.mark.parametrize("statement", NUMBERS, ids=_named)
    def test_it_is_in_the_unit_announced(self, statement):
        (row,) = (
            r for r in rows(at(statement["季末"])) if r["target"] == statement["目标"]
        )
        assert row["unit"].removeprefix("个") == statement["单位"]

    def test_values_are_exact_fractions_until_they_are_printed(self):
        change = finding("2022-12-31", "npl_ratio_change").value
        # 29829.05761 of 1827314.83763 less 29912.43475 of 1804919.80144, in per cent
        before = Fraction("29912.43475") / Fraction("1804919.80144")
        now = Fraction("29829.05761") / Fraction("1827314.83763")
        assert change == 100 * (now - before)

    def test_every_statement_is_either_covered_or_told_why_not(self):
        for statement in STATEMENTS:
            assert bool(statement["目标"]) != bool(statement["不能复核的原因"]), _named(statement)
        left = {s["所说的量"] for s in STATEMENTS if not s["目标"]}
        assert left == {"银行业金融机构总资产余额", "银行业金融机构总资产同比增速"}

    def test_every_kind_of_statement_is_there(self):
        catalog, _ = _catalog_and_data()
        kinds = {catalog.get(s["目标"]).criterion.quantity for s in COVERED}
        said = {(q.kind, getattr(getattr(q, "baseline", None), "kind", None)) for q in kinds}
        assert said == {
            ("level", None),
            ("change", "previous_period"),
            ("change", "year_start"),
            ("growth", "same_period_last_year"),
            ("share", None),
        }


class TestWhyDifferencesOfRatiosNeedATolerance:
    def test_the_printed_ratios_of_2022_differ_by_more_than_the_difference_that_was_printed(self):
        """1.63 less 1.66 is −0.03; announced, and right on unrounded figures, is −0.02."""
        then, now = (printed(q, "npl_ratio", 2) for q in ("2022-09-30", "2022-12-31"))
        assert (then, now) == ("1.66", "1.63")
        assert printed("2022-12-31", "npl_ratio_change", 2) == "-0.02"
        apart = (Decimal(now) - Decimal(then)) - Decimal("-0.02")
        assert abs(apart) == Decimal("0.01")

    @pytest.mark.parametrize(
        "quarters",
        [("2021-06-30", "2021-09-30"), ("2022-06-30", "2022-09-30"), ("2022-09-30", "2022-12-31"),
         ("2022-12-31", "2023-03-31"), ("2023-03-31", "2023-06-30"), ("2023-09-30", "2023-12-31")],
    )
    def test_a_hundredth_of_a_point_covers_any_such_difference(self, quarters):
        then, now = (Fraction(printed(q, "npl_ratio", 2)) for q in quarters)
        exact = finding(quarters[1], "npl_ratio_change").value
        assert abs((now - then) - exact) < Fraction(1, 100)

    def test_what_was_called_steady_in_2023_is_judged_steady_only_within_the_tolerance(self):
        """1.6188 to 1.6248: both print 1.62, the exact change would print 0.01."""
        assert printed("2023-03-31", "npl_ratio", 2) == printed("2023-06-30", "npl_ratio", 2)
        assert printed("2023-06-30", "npl_ratio_change", 2) == "0.01"
        assert finding("2023-06-30", "npl_ratio_steady").status is Status.MET
        assert finding("2023-06-30", "npl_ratio_exactly_steady").status is Status.MISSED

    def test_a_fall_beyond_it_is_met_with_and_without(self):
        assert finding("2022-12-31", "npl_ratio_steady").status is Status.MET
        assert finding("2022-12-31", "npl_ratio_exactly_steady").status is Status.MET


class TestSteadyAmounts:
    def test_the_only_amount_called_steady_grew_by_a_rate_that_prints_as_nought(self):
        """32245.5115 to 32256.00898亿元: 10亿元, 0.03%, where rates are printed to one decimal."""
        growth = {
            s["季末"]: printed(s["季末"], "npl_growth", 1)
            for s in COVERED if s["目标"] == "regulator.target.npl_change"
        }
        called = {
            s["季末"] for s in COVERED
            if s["目标"] == "regulator.target.npl_change" and s["数值"] == STEADY
        }
        assert called == {"2023-12-31"}
        assert {day for day, said in growth.items() if said == "0.0"} == called
        assert printed("2023-12-31", "npl_change", 0) == "10"


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What the command line prints of the last quarter of 2022, by target."""
    run = CliRunner().invoke(cli, [
        "assess", "--definitions", str(HERE / "definitions"), "--data", str(HERE / "data"),
        "--as-of", "2022-12-31", "--format", "csv",
    ])
    assert run.exit_code == 0, run.output
    printed_rows = csv.DictReader(io.StringIO(run.stdout))
    return {row["目标编号"]: row["本期值（舍入后）"] for row in printed_rows}


class TestCommandLine:
    @pytest.mark.parametrize(("target", "words"), [
        ("inclusive", "23.6 万亿元"),
        ("inclusive_growth", "23.6%"),
        ("npl", "3.0 万亿元"),
        ("npl_change", "−83 亿元"),
        ("npl_ratio", "1.63%"),
        ("npl_ratio_change", "−0.02 个百分点"),
        ("performing", "179.7 万亿元"),
        ("normal_share", "96.11939671%"),
    ])
    def test_the_digits_announced_are_the_digits_printed(self, told, target, words):
        assert told[f"regulator.target.{target}"] == words


class TestWords:
    def test_a_criterion_says_how_many_decimals_are_published(self):
        catalog, _ = _catalog_and_data()
        ratio = catalog.get("regulator.target.npl_ratio")
        said = criterion_part(ratio.criterion, catalog.get(ratio.metric), None, str)
        assert said.endswith("公布时保留 2 位小数")

    def test_a_page_prints_as_many(self):
        found = finding("2022-12-31", "npl_change")
        catalog, _ = _catalog_and_data()
        handbook = Handbook(catalog, Results(found.data_date, None, (found,)), source="")
        assert handbook.finding_reading(found) == "−83亿元"

"""Rows counted per unit and rolled up the tree, from whatever form they come in."""

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.assessment import Status, assess, counts_by_status
from targets.problems import Code, Problems
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
EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]
LATER = date(2030, 1, 1)


def judged(folder: Path, rows, *, as_of=None, metrics=None, more=None, **over):
    catalog = catalogue(
        folder, metrics=metrics or [counted()],
        targets=[target(**({"binds": EVERYONE} | over))], **(more or {}),
    )
    return assess(catalog, {"shops": shop_frame(rows)}, as_of=as_of, today=LATER)


def by_code(assessment) -> dict:
    return {f.subject.unit_code: f for f in assessment.findings}


class TestRollUp:
    ROWS = shops((DAY, "0101", 9, 10), (DAY, "0102", 30, 90), (DAY, "0201", 70, 100))

    def test_a_rate_above_is_recomputed_from_counts_and_not_the_mean_of_rates(self, tmp_path):
        found = by_code(judged(tmp_path, self.ROWS))
        # 东城: 39 of 100 is 39%, where the mean of 90% and 33.3% would be 61.7%
        assert (found["0100"].numerator, found["0100"].denominator) == (39, 100)
        assert found["0100"].value == 39
        assert found["0100"].value != (found["0101"].value + found["0102"].value) / 2
        # the bank: 109 of 200
        assert found["0000"].value == Fraction(109, 2)
        assert found["0201"].status is Status.MET

    def test_rows_with_nothing_in_a_column_are_counted(self, tmp_path):
        # 9 of 10 have no date and 90 of 90 have none: 99 of 100 in 东城
        rows = [row | {"since": date(2026, 1, 2)} if i == 0 else row
                for i, row in enumerate(shops((DAY, "0101", 0, 10), (DAY, "0102", 0, 90)))]
        undated = counted(measure={
            "kind": "ratio", "dataset": "demo.dataset.shops",
            "numerator": {"measure": "count(*)", "where": "since is null"},
            "denominator": {"measure": "count(*)"},
        })
        found = by_code(judged(tmp_path, rows, metrics=[undated]))
        counts = {code: (f.numerator, f.denominator) for code, f in found.items()}
        assert {code: counts[code] for code in ("0100", "0101", "0102")} == {
            "0100": (99, 100), "0101": (9, 10), "0102": (90, 90),
        }

    def test_the_boundary_is_judged_on_whole_numbers(self, tmp_path: Path):
        found = by_code(judged(
            tmp_path, shops((DAY, "0101", 699, 1000), (DAY, "0102", 700, 1000)),
        ))
        assert (found["0101"].status, found["0102"].status) == (Status.MISSED, Status.MET)
        assert (found["0101"].to_go, found["0102"].to_go) == (1, 0)
        assert found["0101"].gap == Fraction(-1, 10)

    def test_one_more_is_needed_where_the_boundary_is_excluded(self, tmp_path: Path):
        found = by_code(judged(
            tmp_path, shops((DAY, "0101", 7, 10)), test=at_least(70, boundary="excluded"),
        ))
        assert (found["0101"].status, found["0101"].to_go) == (Status.MISSED, 1)

    def test_units_without_rows_have_no_data_and_not_zero(self, tmp_path: Path):
        found = by_code(judged(tmp_path, shops((DAY, "0101", 9, 10))))
        assert found["0201"].status is Status.NO_DATA
        assert found["0201"].value is None
        assert "湖滨支行" in found["0201"].reasons[0]
        assert found["0200"].status is Status.NO_DATA

    def test_a_denominator_of_zero_is_no_rate(self, tmp_path: Path):
        measure = counted()["measure"] | {"denominator": {"where": "loan > 0"}}
        found = by_code(judged(
            tmp_path, shops((DAY, "0101", 9, 10)), metrics=[counted(measure=measure)],
        ))
        assert (found["0101"].status, found["0101"].value) == (Status.NO_DATA, None)
        assert "分母为 0" in found["0101"].reasons[0]

    def test_a_unit_below_that_fell_silent_is_named(self, tmp_path: Path):
        rows = shops(("2026-04-30", "0101", 9, 10), ("2026-04-30", "0102", 5, 10),
                     (DAY, "0101", 9, 10))
        found = by_code(judged(tmp_path, rows))
        told = {f: [s.detail for s in found[f].trace.steps if s.what == "缺报"] for f in found}
        assert told["0100"] == ["山前支行 本期没有数据，未计入"]
        assert told["0000"] == ["山前支行 本期没有数据，未计入"]
        assert told["0101"] == []

    def test_a_new_unit_has_no_last_year(self, tmp_path: Path):
        rows = shops(("2025-05-31", "0101", 5, 10), (DAY, "0101", 9, 10), (DAY, "0102", 5, 10))
        found = by_code(judged(tmp_path, rows))
        assert found["0101"].yoy.change == 40
        assert found["0102"].yoy is None

    def test_places_are_taken_within_a_level(self, tmp_path: Path):
        rows = shops((DAY, "0101", 9, 10), (DAY, "0102", 5, 10), (DAY, "0201", 9, 10))
        found = by_code(judged(tmp_path, rows))
        assert {c: (f.rank, f.rank_of) for c, f in found.items()} == {
            "0000": (None, None), "0100": (2, 2), "0200": (1, 2),
            "0101": (1, 3), "0102": (3, 3), "0201": (1, 3),
        }

    def test_a_sum_of_money_comes_in_its_unit(self, tmp_path: Path):
        loans = metric(unit={"kind": "money", "unit": "万元"}, measure={
            "kind": "aggregate", "dataset": "demo.dataset.shops",
            "value": {"measure": "sum(loan)"},
        })
        rows = shops((DAY, "0101", 0, 3), loan=Decimal("12345.67"))
        found = by_code(judged(tmp_path, rows, metrics=[loans], test=at_least(3)))
        # 3 × 12345.67 = 37037.01元 = 3.703701万元
        assert found["0101"].value == Fraction("3.703701")
        assert found["0101"].status is Status.MET

    def test_distinct_counts_do_not_add_up(self, tmp_path: Path):
        trades = metric(unit={"kind": "count", "of": "个"}, measure={
            "kind": "aggregate", "dataset": "demo.dataset.shops",
            "value": {"measure": "count(distinct trade)"},
        })
        rows = (shops((DAY, "0101", 0, 2), trade="零售") + shops((DAY, "0102", 0, 2), trade="零售")
                + shops((DAY, "0201", 0, 1), trade="餐饮"))
        found = by_code(judged(tmp_path, rows, metrics=[trades], test=at_least(2)))
        assert {c: f.value for c, f in found.items()} == {
            "0101": 1, "0102": 1, "0201": 1, "0100": 1, "0200": 1, "0000": 2,
        }

    @settings(max_examples=6, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        groups=st.dictionaries(
            st.sampled_from(["0101", "0102", "0201"]),
            st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1,
        ),
        seed=st.integers(0, 99),
    )
    def test_the_whole_is_the_sum_of_its_parts_in_any_order_of_rows(self, tmp_path, groups, seed):
        rows = shops(*((DAY, u, a, a + b) for u, (a, b) in groups.items() if a + b))
        if not rows:
            return
        found = by_code(judged(tmp_path, rows))
        random.Random(seed).shuffle(rows)
        assert {c: (f.value, f.status) for c, f in by_code(judged(tmp_path, rows)).items()} == {
            c: (f.value, f.status) for c, f in found.items()
        }
        leaves = [found[c] for c in ("0101", "0102", "0201") if found[c].denominator]
        assert found["0000"].numerator == sum(f.numerator for f in leaves)
        assert found["0000"].denominator == sum(f.denominator for f in leaves)
        assert found["0000"].value == Fraction(
            100 * sum(a for a, _ in groups.values()), sum(a + b for a, b in groups.values())
        )


class TestScope:
    def test_rows_outside_the_scope_are_counted_in_the_trace(self, tmp_path: Path):
        rows = shops((DAY, "0101", 8, 10), trade="零售") + [
            row | {"shop": row["shop"] + "x"}
            for row in shops((DAY, "0101", 0, 5), trade="餐饮")
        ]
        found = by_code(judged(
            tmp_path, rows, scope={"words": "零售户", "where": "trade = '零售'"},
        ))["0101"]
        assert (found.numerator, found.denominator, found.status) == (8, 10, Status.MET)
        assert found.trace.rows == 10
        assert [count for _, count in found.trace.excluded] == [5]
        assert "trade = '零售'" in found.trace.excluded[0][0]

    def test_a_unit_all_of_whose_rows_are_outside_has_no_rate(self, tmp_path: Path):
        found = by_code(judged(
            tmp_path, shops((DAY, "0101", 8, 10), trade="餐饮"),
            scope={"words": "零售户", "where": "trade = '零售'"},
        ))["0101"]
        assert found.status is Status.NO_DATA
        assert [count for _, count in found.trace.excluded] == [10]

    def test_the_same_metric_under_two_scopes_is_counted_twice(self, tmp_path: Path):
        rows = shops((DAY, "0101", 8, 10), trade="零售") + [
            row | {"shop": row["shop"] + "x"}
            for row in shops((DAY, "0101", 0, 10), trade="餐饮")
        ]
        catalog = catalogue(tmp_path, metrics=[counted()], targets=[
            target("all"), target("retail", scope={"words": "零售", "where": "trade = '零售'"}),
        ])
        found = assess(catalog, {"shops": shop_frame(rows)}, today=LATER).findings
        assert [(f.target, f.value) for f in found] == [
            ("demo.target.all", 40), ("demo.target.retail", 80),
        ]


class TestReportedFigures:
    STOCK = metric(unit={"kind": "count", "of": "户"}, measure={
        "kind": "reported", "dataset": "demo.dataset.reported", "code": "m",
    })

    def values(self, folder, rows, one) -> dict:
        catalog = catalogue(folder, metrics=[one], targets=[target(binds=EVERYONE)])
        found = assess(catalog, reported(*rows), today=LATER).findings
        return {f.subject.unit_code: f.value for f in found}

    def test_stocks_add_up_the_tree(self, tmp_path: Path):
        rows = [(DAY, "0101", "m", 3), (DAY, "0102", "m", 4), (DAY, "0201", "m", 5)]
        assert self.values(tmp_path, rows, self.STOCK) == {
            "0101": 3, "0102": 4, "0201": 5, "0100": 7, "0200": 5, "0000": 12,
        }

    def test_what_a_unit_reports_itself_is_not_added_to_those_below(self, tmp_path: Path):
        rows = [(DAY, "0101", "m", 3), (DAY, "0102", "m", 4), (DAY, "0100", "m", 7),
                (DAY, "0000", "m", 20)]
        values = self.values(tmp_path, rows, self.STOCK)
        assert (values["0100"], values["0000"]) == (7, 20)

    def test_rates_are_known_only_where_they_were_reported(self, tmp_path: Path):
        rows = [(DAY, "0101", "m", 30), (DAY, "0102", "m", 40), (DAY, "0100", "m", 36)]
        values = self.values(tmp_path, rows, metric())
        assert (values["0101"], values["0100"], values["0000"]) == (30, 36, None)


class TestDates:
    ROWS = shops(("2026-03-31", "0101", 5, 10), ("2026-04-30", "0101", 6, 10), (DAY, "0101", 7, 10))

    def test_the_latest_date_is_judged_unless_another_is_asked_for(self, tmp_path: Path):
        assert judged(tmp_path, self.ROWS).as_of == date(2026, 5, 31)
        earlier = judged(tmp_path, self.ROWS, as_of=date(2026, 4, 30))
        assert by_code(earlier)["0101"].value == 60

    def test_nothing_later_than_the_date_asked_for_is_looked_at(self, tmp_path: Path):
        earlier = judged(tmp_path, self.ROWS, as_of=date(2026, 4, 30))
        assert [day for day, _ in earlier.series("demo.target.t", "0101")] == [
            date(2026, 3, 31), date(2026, 4, 30),
        ]

    def test_a_date_without_data_is_answered_with_the_nearest(self, tmp_path: Path):
        with pytest.raises(Problems) as raised:
            judged(tmp_path, self.ROWS, as_of=date(2026, 4, 15))
        (found,) = raised.value.problems
        assert found.code is Code.NO_SUCH_DATE
        assert "2026-04-15" in found.found
        assert "2026-03-31、2026-04-30" in found.mend
        assert "共 3 个" in found.allowed

    def test_decisions_are_those_of_the_data_date(self, tmp_path: Path):
        raise_it = {"decisions": [decision(
            "1", {"kind": "value", "target": "demo.target.t",
                  "values": [{"from": "2026-05-01", "value": 60}]}, effective="2026-05-01",
        )]}
        before = judged(tmp_path, self.ROWS, as_of=date(2026, 4, 30), more=raise_it)
        after = judged(tmp_path, self.ROWS, more=raise_it)
        assert by_code(before)["0101"].threshold == 70
        assert (by_code(after)["0101"].threshold, by_code(after)["0101"].status) == (
            60, Status.MET,
        )


class TestForms:
    ROWS = shops(("2025-12-31", "0101", 4, 10), (DAY, "0101", 7, 10), (DAY, "0201", 3, 8))

    @pytest.fixture
    def catalog(self, tmp_path: Path):
        return catalogue(tmp_path, metrics=[counted()], targets=[target(binds=EVERYONE)])

    def frames(self) -> dict:
        import polars

        arrow = shop_frame(self.ROWS)
        return {"arrow": arrow, "pandas": arrow.to_pandas(), "polars": polars.from_arrow(arrow)}

    @pytest.mark.parametrize("form", ["pandas", "polars", "parquet", "csv"])
    def test_the_findings_are_the_same(self, tmp_path: Path, catalog, form):
        import pyarrow.csv
        import pyarrow.parquet

        data = tmp_path / "data"
        data.mkdir()
        if form == "parquet":
            pyarrow.parquet.write_table(shop_frame(self.ROWS), data / "shops.parquet")
        elif form == "csv":
            pyarrow.csv.write_csv(shop_frame(self.ROWS), data / "shops.csv")
        else:
            data = {"shops": self.frames()[form]}
        expected = assess(catalog, {"shops": shop_frame(self.ROWS)}, today=LATER)
        found = assess(catalog, data, today=LATER)

        def told(assessment):
            return [
                (f.subject, f.status, f.value, f.numerator, f.denominator, f.yoy, f.ytd, f.rank,
                 f.reasons, f.trace.steps)
                for f in assessment.findings
            ]

        assert told(found) == told(expected)

    def test_they_become_rows_of_a_pandas_frame(self, catalog):
        frame = assess(catalog, {"shops": self.frames()["arrow"]},
                       today=LATER).frame(chinese=True)
        row = frame.set_index("机构代码").loc["0101"]
        assert (row["判定"], row["本期值"], row["目标值"], row["分子"], row["分母"]) == (
            "达标", 70.0, 70.0, 7, 10,
        )

    def test_counts_by_status_keep_the_order_of_the_words(self, catalog):
        counts = counts_by_status(
            assess(catalog, {"shops": self.frames()["arrow"]}, today=LATER).findings
        )
        assert counts == {Status.MET: 2, Status.MISSED: 3, Status.NO_DATA: 1}
        assert list(counts) == [Status.MET, Status.MISSED, Status.NO_DATA]


@pytest.fixture(scope="module")
def assessment(sample_bank):
    from targets.catalog import load

    return assess(load(), sample_bank)


class TestSample:
    """The sample bank that comes along, judged by the definitions that come along."""

    def test_it_is_labelled_as_a_sample(self, assessment):
        assert "示例" in assessment.label

    def test_every_finding_can_be_traced_to_its_clause(self, assessment):
        for found in assessment.findings:
            assert found.trace.clauses, found.target
            assert found.reasons or found.trace.steps, found.target

    def test_every_judged_value_follows_from_its_counts(self, assessment):
        rates = [f for f in assessment.findings
                 if f.denominator and f.metric.endswith("_rate") and f.value is not None]
        assert rates
        for found in rates:
            assert found.value == 100 * Fraction(found.numerator) / Fraction(found.denominator)

    def test_sites_add_up_to_the_bank(self, assessment):
        found = assessment.of_target("sijin.target.market_profiled")
        sites = [f for f in found if f.subject.level == "site" and f.numerator is not None]
        (bank,) = [f for f in found if f.subject.level == "bank"]
        assert sum(f.numerator for f in sites) == bank.numerator
        assert sum(f.denominator for f in sites) == bank.denominator

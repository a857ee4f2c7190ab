"""Laws that hold for every criterion: units of measure, order of rows, files and roll-up."""

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.assessment import assess
from tests.demo import at_least, catalogue, metric, reported, shop_frame, shops, target

LATER = date(2030, 1, 1)
YEAR_START, LAST_YEAR = {"kind": "year_start"}, {"kind": "same_period_last_year"}
FEW = settings(max_examples=4, deadline=None,
               suppress_health_check=[HealthCheck.function_scoped_fixture])
UNITS = {"元": 1, "万元": 10**4, "亿元": 10**8}
EACH = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]
DAYS = ("2024-12-31", "2025-05-31", "2025-12-31", "2026-05-31")
PACED = {"kind": "span", "start": "2026-01-01", "end": "2026-12-31", "pace": {"kind": "months"}}
OTHER = {"kind": "metric", "metric": "demo.metric.n"}
TOP = {"kind": "at_most", "values": [{"value": 1}]}


def criteria(amount: Decimal) -> dict[str, dict]:
    """Criteria on money: thresholds are `amount`, in the metric's unit; by name."""
    limit = at_least(amount)
    past = {"kind": "own_past", "baseline": LAST_YEAR}
    return {
        "level": {"test": limit},
        "at_most": {"test": limit | {"kind": "at_most"}},
        "equal": {"test": limit | {"kind": "equal"}},
        "within": {"test": {"kind": "within", "values": [{"low": amount, "high": amount * 2}]}},
        "change": {"quantity": {"kind": "change", "baseline": YEAR_START}, "test": limit},
        "extra": {"quantity": {"kind": "extra_change", "baseline": YEAR_START}, "test": limit},
        "growth": {"quantity": {"kind": "growth", "baseline": LAST_YEAR}, "test": at_least(12)},
        "ratio": {"quantity": {"kind": "ratio", "over": "demo.metric.n"}, "test": at_least(3)},
        "share": {"quantity": {"kind": "share", "whole": "demo.metric.n", "of": "bank"},
                  "test": at_least(12)},
        "rank": {"quantity": {"kind": "rank", "of": "growth"}, "test": TOP},
        "reference": {"test": {"kind": "not_below", "reference": OTHER}},
        "past": {"quantity": {"kind": "change", "baseline": YEAR_START},
                 "test": {"kind": "not_below", "reference": past}},
        "paced": {"quantity": {"kind": "change", "baseline": YEAR_START}, "test": limit,
                  "period": PACED},
    }


def judged(folder: Path, frames: dict, unit: str, yuan: int) -> dict:
    """What every criterion says of every unit, free of the unit of measure."""
    money = {"unit": {"kind": "money", "unit": unit, "may_be_negative": True},
             "direction": "neutral"}
    metrics = [
        metric(code, **money, measure={"kind": "reported", "dataset": "demo.dataset.reported",
                                       "code": code})
        for code in ("m", "n")
    ]
    targets = [
        target(name, **{"binds": EACH, "period": {"kind": "standing"}} | over)
        for name, over in criteria(Decimal(yuan) / UNITS[unit]).items()
    ]
    catalog = catalogue(folder, metrics=metrics, targets=targets)
    found = assess(catalog, frames, today=LATER).findings

    def free(finding, value):
        kind = catalog.get(finding.target).criterion.quantity.kind
        scaled = kind in ("level", "change", "extra_change")
        return value * UNITS[unit] if scaled and value is not None else value

    return {
        (f.target, f.subject.key): (
            f.status, free(f, f.value), free(f, f.gap), f.pace and (f.pace.lead, f.pace.ratio),
        )
        for f in found
    }


amounts = st.integers(0, 10**6).map(lambda n: n * 100)


class TestUnitsOfMeasureAndOrder:
    @FEW
    @given(figures=st.lists(amounts, min_size=24, max_size=24), yuan=amounts,
           seed=st.integers(0, 99))
    def test_no_judgement_depends_on_them(self, tmp_path: Path, figures, yuan, seed):
        rows = [
            (day, unit, code, figures.pop())
            for day in DAYS for unit in ("0101", "0102", "0201") for code in ("m", "n")
        ]
        first = judged(tmp_path, reported(*rows), "元", yuan)
        random.Random(seed).shuffle(rows)
        frames = reported(*rows)
        for unit in ("万元", "亿元"):
            assert judged(tmp_path, frames, unit, yuan) == first


class TestRollUp:
    @FEW
    @given(figures=st.lists(amounts, min_size=3, max_size=3))
    def test_the_whole_is_what_its_parts_make(self, tmp_path: Path, figures):
        leaves = ("0101", "0102", "0201")
        loans = [{"measure": "sum(loan)"}, {"measure": "count(*)"}]
        metrics = [
            metric(code, unit=unit, measure={
                "kind": "aggregate", "dataset": "demo.dataset.shops", "value": value})
            for code, unit, value in zip(
                ("m", "n"), ({"kind": "money", "unit": "元"}, {"kind": "count", "of": "户"}),
                loans, strict=True)
        ]
        metrics.append(metric("q", unit={"kind": "money", "unit": "元"}, measure={
            "kind": "quotient", "numerator": "demo.metric.m", "denominator": "demo.metric.n"}))
        catalog = catalogue(tmp_path, metrics=metrics, targets=[
            target(code, metric=f"demo.metric.{code}", binds=EACH, test=at_least(1))
            for code in ("m", "n", "q")
        ])
        rows = [
            row for unit, amount in zip(leaves, figures, strict=True)
            for row in shops(("2026-05-31", unit, 0, 1 + amount % 3), loan=Decimal(amount))
        ]
        found = {
            (f.target[-1], f.subject.key): f.value
            for f in assess(catalog, {"shops": shop_frame(rows)}, today=LATER).findings
        }
        for code in ("m", "n"):
            assert found[code, "0100"] == found[code, "0101"] + found[code, "0102"]
            assert found[code, "0000"] == sum(found[code, leaf] for leaf in leaves)
        for unit in ("0000", "0100", *leaves):
            assert found["q", unit] == Fraction(found["m", unit], found["n", unit])


class TestFiles:
    @pytest.mark.parametrize("parts", [2, 5])
    def test_splitting_rows_into_files_changes_nothing(self, tmp_path: Path, parts):
        import pyarrow.parquet as pq

        from tests.demo import counted

        catalog = catalogue(tmp_path, metrics=[counted()], targets=[
            target("level", binds=EACH),
            target("rank", binds=EACH, quantity={"kind": "rank"}, test=TOP),
            target("change", binds=EACH, quantity={"kind": "change", "baseline": YEAR_START}),
        ])
        rows = shops(("2025-12-31", "0101", 3, 9), ("2026-05-31", "0101", 5, 9),
                     ("2025-12-31", "0201", 4, 8), ("2026-05-31", "0201", 5, 9))
        data = tmp_path / "data" / "shops"
        data.mkdir(parents=True)
        random.Random(parts).shuffle(rows)
        for n in range(parts):
            pq.write_table(shop_frame(rows[n::parts]), data / f"{n}.parquet")
        whole = assess(catalog, {"shops": shop_frame(rows)}, today=LATER).findings
        split = assess(catalog, data.parent, today=LATER).findings
        assert [(f.subject, f.status, f.value, f.gap, f.reasons) for f in split] == [
            (f.subject, f.status, f.value, f.gap, f.reasons) for f in whole
        ]

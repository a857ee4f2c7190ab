"""The same findings wherever the rows are, to the last digit."""

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from targets.assessment import assess
from targets.assessment.opening import open_bank, with_record
from targets.branchdata import open_data, reported_codes
from targets.catalog import load
from targets.engines import Embedded, spark
from targets.engines.data import open_on
from targets.engines.source import read_origin
from targets.problems import Code, Problems, Severity
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit
from tests.demo import catalogue, counted, metric, shop_frame, shops, target
from tests.engines import foreign
from tools import loading

TODAY = date(2030, 1, 1)
PUNCTUALITY = "sijin.metric.report_punctuality"


def known(catalog) -> dict:
    return {
        "datasets": catalog.all(Dataset), "units": catalog.all(Unit),
        "codes": reported_codes(catalog.all(Metric)), "today": TODAY,
    }


def told(assessment) -> list:
    """Everything that was found, but for the names of files."""
    def bare(finding):
        return replace(finding, trace=replace(finding.trace, files=()))

    return [
        assessment.as_of, assessment.label, *map(bare, assessment.findings),
        *map(bare, assessment.rule_findings), *assessment.splits, *assessment.scores,
    ]


@pytest.fixture(scope="module")
def bank():
    return load()


@pytest.fixture(scope="module")
def here(bank, sample_bank):
    return told(assess(bank, open_bank(bank, sample_bank, today=TODAY)))


@pytest.mark.engines
class TestTheSampleBank:
    """All targets, rules, allocations and scores of all five documents."""

    def test_is_judged_alike_from_tables_of_other_names_codes_units_and_dates(
        self, bank, here, bench, sample_bank
    ):
        own = loading.from_parquet(sample_bank)
        warehouse = bench.warehouse("sample", foreign.tables(own))
        origin = read_origin(
            foreign.source(bench.folder / "source.yaml", bank.all(Unit)), bank.all(Dataset)
        )
        opened = open_on(warehouse, origin, **known(bank))
        there = told(assess(bank, with_record(opened, bank, sample_bank)))
        punctual = [f for f in here[2:] if getattr(f, "metric", None) == PUNCTUALITY]
        assert any(f.value is not None for f in punctual)
        assert len(there) == len(here) > 1_800
        assert there[1] == here[1] == "示例数据"
        different = [pair for pair in zip(here, there, strict=True) if pair[0] != pair[1]]
        assert different == []


ODD = ["零售", "零'售", "零\\售", "零🏪售", "𠮷", "", " 零售", "零售 ", "Ａ", "a", "A", None]
COUNT = {"kind": "count", "of": "户"}
MONEY = {"kind": "money", "unit": "万元", "may_be_negative": True}
EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]


def summed(measure: str, where: str | None) -> dict:
    value = {"measure": measure} | ({"where": where} if where else {})
    return {"kind": "aggregate", "dataset": "demo.dataset.shops", "value": value}


MEASURES = [
    ("count(*)", None), ("count(*)", "profiled"), ("count(*)", "not profiled"),
    ("count(*)", "profiled is null"), ("count(*)", "profiled = false or loan > 0"),
    ("count(distinct shop)", None), ("count(distinct trade)", "since is not null"),
    ("count(distinct shop)", "trade in ('零售', '零''售', '零\\售', '零🏪售', '𠮷', 'A')"),
    ("count(*)", "trade <> '零售' and trade <> ''"), ("count(*)", "trade in ('没有这一行')"),
    ("count(*)", "since between date '2025-12-31' and date '2026-03-31'"),
    ("count(*)", "since > date '2026-03-31' or (since is null and loan <= -0.01)"),
    ("sum(loan)", None), ("sum(loan)", "loan > 0.01"), ("sum(loan)", "loan < 0 and profiled"),
    ("sum(loan)", "trade = '没有这一行'"), ("sum(loan)", "loan in (0.01, 0.02, -0.01)"),
]


def edge_rows() -> list[dict]:
    """Quarter ends and leap days, amounts of one fen, nulls, a unit without rows, odd texts."""
    dice = random.Random(20260930)
    days = [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30), date(2024, 2, 29)]
    amounts = [Decimal(n) for n in ("0.01", "-0.01", "0.02", "0", "99999999999999.99", "0.1")]
    return [
        {
            "day": day, "unit_code": dice.choice(["0101", "0102", "0100"]), "shop": f"户{n % 70}",
            "profiled": dice.choice([True, False, None]), "trade": dice.choice(ODD),
            "loan": dice.choice([*amounts, None]),
            "since": dice.choice([*days, date(2026, 4, 1), date(2026, 1, 1), None]),
        }
        for day in days for n in range(70)
    ]


@pytest.fixture(scope="module")
def small_bank(tmp_path_factory):
    metrics = [counted()] + [
        metric(f"m{n}", unit=MONEY if "sum" in measure else COUNT, measure=summed(measure, where))
        for n, (measure, where) in enumerate(MEASURES)
    ]
    targets = [target(binds=EVERYONE, scope={"words": "零售", "where": "trade = '零售'"})] + [
        target(f"t{n}", metric=f"demo.metric.m{n}", binds=EVERYONE) for n in range(len(MEASURES))
    ]
    return catalogue(tmp_path_factory.mktemp("definitions"), metrics=metrics, targets=targets)


def test_a_table_is_summed_up_once_however_many_metrics_read_it(small_bank, monkeypatch):
    asked, fetch = [], Embedded.fetch
    monkeypatch.setattr(
        Embedded, "fetch",
        lambda self, name, *query, **more: (asked.append(name), fetch(self, name, *query, **more)),
    )
    assess(small_bank, {"shops": shop_frame(edge_rows())}, today=TODAY)
    # counts of different things do not add up: they are counted at each level, in one query more
    assert sorted(asked) == ["distinct_shops_units", "fine_shops"]


class TestEdges:
    @pytest.mark.parametrize("day", [date(2026, 6, 30), date(2024, 2, 29)])
    def test_nulls_odd_texts_single_fen_and_units_without_rows_count_alike(
        self, small_bank, bench, day
    ):
        tables = {"shops": shop_frame(edge_rows())}
        here = assess(small_bank, tables, as_of=day, today=TODAY)
        assert any(f.value is None for f in here.findings)
        warehouse = bench.warehouse(f"edges{day:%Y}", tables)
        there = assess(small_bank, open_on(warehouse, None, **known(small_bank)), as_of=day)
        assert told(there) == told(here)

    def test_bad_rows_are_named_by_the_same_codes(self, bank, bench, sample_bank):
        own = loading.from_parquet(sample_bank)
        tables = {name: own[name] for name in ("sites", "merchants", "reported")}
        wrong = tables["merchants"].to_pylist()
        for n, change in enumerate((
            {"unit_code": None}, {"unit_code": "9999"}, {"merchant_id": ""},
            {"site_code": "没有"}, {"credit_line": Decimal("-0.01")},
            {"profiled_on": date(2031, 1, 1)}, {"data_date": date(2033, 1, 31)},
            {"data_date": date(2026, 9, 15)}, {"merchant_id": wrong[9]["merchant_id"]},
        )):
            wrong[n] = wrong[9] | {"merchant_id": f"新{n}"} | change
        wrong[11]["unit_code"] = next(
            u.code for u in bank.all(Unit) if u.code != wrong[11]["unit_code"]
        )
        tables["merchants"] = pa.Table.from_pylist(wrong, tables["merchants"].schema)
        figures = tables["reported"].to_pylist()
        figures[0] |= {"code": "没有"}
        figures[1] |= {"value": Decimal("-1234567.89")}
        tables["reported"] = pa.Table.from_pylist(figures, tables["reported"].schema)
        with pytest.raises(Problems) as here:
            open_data(tables, **known(bank))
        with pytest.raises(Problems) as there:
            open_on(bench.warehouse("wrong", tables), None, **known(bank))

        def codes(found: Problems) -> list:
            return sorted((p.code, p.field or "") for p in found.problems)

        assert codes(there.value) == codes(here.value)
        assert len({p.code for p in there.value.problems if p.severity is Severity.ERROR}) >= 8
        said = str(there.value)
        assert "新5" not in said, "a merchant's number tells one person from another"


SHOPS = {"shops": shop_frame(shops(("2026-05-31", "0101", 9, 10), ("2026-05-31", "0201", 70, 100)))}


@pytest.mark.engines
class TestSparkInTrouble:
    """Here and not beside the troubles of a database: these tests share one cluster."""

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory) -> Path:
        return loading.into_parquet(tmp_path_factory.mktemp("shops"), SHOPS)

    def test_no_master(self, folder):
        with pytest.raises(Problems) as found:
            spark.Spark("spark://127.0.0.1:1", str(folder))
        assert [p.code for p in found.value.problems] == [Code.NO_CONNECTION]

    def test_a_file_that_is_no_parquet(self, spark_cluster, tmp_path, small_bank):
        (tmp_path / "shops.parquet").write_bytes(b"PAR1 and then nothing")
        with pytest.raises(Problems) as found:
            open_on(spark.Spark(spark_cluster.master, str(tmp_path)), None, **known(small_bank))
        assert [p.code for p in found.value.problems] == [Code.ENGINE_FAILED]

    def test_an_interruption_leaves_no_result(self, spark_cluster, folder, tmp_path):
        definitions, output = tmp_path / "definitions", tmp_path / "findings.csv"
        catalogue(definitions, metrics=[counted()], targets=[target()])
        before = spark_cluster.log.read_text().count("Registered app")
        running = subprocess.Popen(
            [sys.executable, "-m", "targets", "assess", "--engine", "spark", "--master",
             spark_cluster.master, "--data", folder, "--definitions", definitions,
             "--format", "csv", "-o", output],
            stderr=subprocess.PIPE, text=True,
        )
        while spark_cluster.log.read_text().count("Registered app") == before:
            assert running.poll() is None
            time.sleep(0.1)
        time.sleep(3)  # for its first queries
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
        assert (running.returncode, "已中止" in said, "Traceback" in said) == (1, True, False), said
        assert not output.exists()

    def test_one_killed_worker_changes_nothing_and_without_any_there_is_an_error(
        self, spark_cluster, folder, small_bank, monkeypatch
    ):
        here = told(assess(small_bank, SHOPS))
        warehouse = spark.Spark(spark_cluster.master, str(folder))
        data = open_on(warehouse, None, **known(small_bank))
        try:
            spark_cluster.kill()
            assert told(assess(small_bank, data)) == here
            spark_cluster.kill()
            monkeypatch.setattr(spark, "NO_WORKER", 5)
            with pytest.raises(Problems) as found:
                assess(small_bank, data)
        finally:
            spark_cluster.fill(2)
        assert [p.code for p in found.value.problems] == [Code.NO_WORKERS]

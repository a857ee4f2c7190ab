"""A source file: a bank's own names, codes, units and dates, and what is wrong with one."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.branchdata.read import connection
from targets.engines import Query
from targets.engines.checks import parsed
from targets.engines.data import open_on
from targets.engines.embedded import DuckDB
from targets.engines.mapping import converted
from targets.engines.source import MONTHLY, DateFormat, SourceColumn, read_origin
from targets.problems import Code, Problems
from targets.schema.measures import Column, ColumnType, Dataset
from tests.demo import catalogue, counted, shop_frame, shops, target
from tests.engines.test_same_findings import known
from tools import loading

AMOUNT = Column(name="v", title="金额", type=ColumnType.DECIMAL, unit="元")
ENGINE = connection()
DAY = Column(name="v", title="日期", type=ColumnType.DATE)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("definitions")
    return catalogue(folder, metrics=[counted()], targets=[target()])


@pytest.fixture
def origin(tmp_path, bank):
    def read(text: str):
        file = tmp_path / "来源.yaml"
        file.write_text(text, encoding="utf-8")
        return read_origin(file, bank.all(Dataset))

    return read


def read_as(column: Column, source: SourceColumn, physical: str, value):
    """(value, whether it is bad) of one stored value, as the engine computes it."""
    typed = converted(column, physical, source, written=False)
    inner = f'SELECT CAST($value AS {physical}) AS "raw:v"'
    value_of, bad = (parsed(text).sql("duckdb") for text in (typed.value, typed.bad))
    return ENGINE.execute(
        f"SELECT v, {bad} FROM (SELECT *, {value_of} AS v FROM ({inner}))", {"value": value}
    ).fetchall()[0]


class TestWhatIsStored:
    @given(
        yuan=st.decimals(-10**13, 10**13, places=2),
        unit=st.sampled_from([("元", 0), ("万元", 4), ("亿元", 8)]),
    )
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def test_an_amount_in_any_unit_is_the_same_yuan(self, yuan, unit):
        name, digits = unit
        written = yuan.scaleb(-digits)
        source = SourceColumn(column="x", unit=name)
        for physical, value in (("DECIMAL(38,14)", written), ("VARCHAR", format(written, "f"))):
            assert read_as(AMOUNT, source, physical, value) == (yuan, False)

    @pytest.mark.parametrize(
        ("physical", "value"),
        [("DECIMAL(38,14)", Decimal("0.001")), ("DECIMAL(38,14)", Decimal("1e17")),
         ("VARCHAR", "1,000"), ("VARCHAR", "１２"), ("VARCHAR", "12\n"), ("VARCHAR", "1e3"),
         ("VARCHAR", "NaN"), ("VARCHAR", "0.001"), ("HUGEINT", 10**17)],
    )
    def test_what_is_no_amount_to_the_cent_is_bad_and_not_rounded(self, physical, value):
        assert read_as(AMOUNT, SourceColumn(column="x"), physical, value) == (None, True)

    @given(day=st.dates(date(1, 1, 1), date(9999, 12, 31)), form=st.sampled_from(DateFormat))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def test_a_date_is_read_in_each_of_its_forms(self, day, form):
        text = form.value
        for mark, number in (("YYYY", day.year), ("MM", day.month), ("DD", day.day)):
            text = text.replace(mark, f"{number:0{len(mark)}d}")
        found, bad = read_as(DAY, SourceColumn(column="x", format=form), "VARCHAR", text)
        assert not bad
        if form in MONTHLY:
            assert (found.year, found.month) == (day.year, day.month)
            assert found == date.max or found.replace(day=found.day).toordinal() + 1 == (
                date(day.year + day.month // 12, day.month % 12 + 1, 1).toordinal()
            )
        else:
            assert found == day

    @pytest.mark.parametrize(
        "text", ["20260229", "20261301", "20260431", "00000000", "2026930", "2026-09-30",
                 "19000229", "20260930\n", "２０２６０９３０"],
    )
    def test_a_day_that_no_calendar_has_is_bad(self, text):
        source = SourceColumn(column="x", format="YYYYMMDD")
        assert read_as(DAY, source, "VARCHAR", text) == (None, True)

    def test_a_leap_day_is_a_day(self):
        source = SourceColumn(column="x", format="YYYYMMDD")
        assert read_as(DAY, source, "VARCHAR", "20000229") == (date(2000, 2, 29), False)
        assert read_as(DAY, source, "BIGINT", 20240229) == (date(2024, 2, 29), False)

    def test_what_is_written_for_nothing_is_nothing(self):
        source = SourceColumn(column="x", format="YYYYMMDD", blank=["00000000", "99991231"])
        assert read_as(DAY, source, "VARCHAR", "99991231") == (None, False)


class TestFaultsOfTheFile:
    @pytest.mark.parametrize(
        ("text", "code", "words"),
        [
            ("tabels: {}", Code.UNKNOWN_KEY, "tables"),
            ("tables: {shop: {}}", Code.ORIGIN_MISFIT, "shops"),
            ("tables: {shops: {columns: {lone: x}}}", Code.ORIGIN_MISFIT, "loan"),
            ("tables: {shops: {columns: {loan: {column: x, unit: 千元}}}}", Code.NOT_ALLOWED,
             "万元"),
            ("tables: {shops: {columns: {trade: {column: x, unit: 元}}}}", Code.ORIGIN_MISFIT,
             "不是金额列"),
            ("tables: {shops: {columns: {since: {column: x, codes: {a: b}}}}}",
             Code.ORIGIN_MISFIT, "blank"),
            ("tables: {shops: {columns: {day: {empty: true}}}}", Code.ORIGIN_MISFIT, "每行都要填"),
            ("tables: {shops: {columns: {profiled: {column: x, codes: {Y: yes}}}}}",
             Code.ORIGIN_MISFIT, "是、否"),
            ("tables: {shops: {columns: {trade: {column: x, constant: y}}}}",
             Code.INCONSISTENT, "只能写一个"),
            ("tables: {shops: {from: ../elsewhere}}", Code.INCONSISTENT, "相对路径"),
            ("tables: {shops: {from: 'a;b'}}", Code.INCONSISTENT, "只写表名"),
        ],
    )
    def test_is_told_at_its_place_with_what_is_allowed(self, origin, text, code, words):
        with pytest.raises(Problems) as found:
            origin(text)
        (problem,) = found.value.problems
        assert (problem.code, problem.line) == (code, 1)
        assert words in str(problem)

    def test_an_address_with_a_password_is_refused_and_not_repeated(self, origin):
        with pytest.raises(Problems) as found:
            origin("tables: {shops: {from: 'postgresql://u:geheim@host/db'}}")
        assert "geheim" not in str(found.value)


class TestOpening:
    def open(self, folder: Path, bank, origin=None, **columns):
        table = shop_frame(shops(("2026-05-31", "0101", 1, 2)))
        for name, (values, kind) in columns.items():
            table = table.append_column(name, pa.array(values, kind))
        loading.into_parquet(folder / "data", {"shops": table})
        return open_on(DuckDB(folder / "data"), origin, **known(bank))

    def test_a_code_that_the_source_does_not_know_is_an_error(self, tmp_path, bank, origin):
        source = "tables: {shops: {columns: {trade: {column: hy, codes: {'1': 零售}%s}}}}"
        hy = {"hy": (["1", "7"], pa.string())}
        with pytest.raises(Problems) as found:
            self.open(tmp_path, bank, origin(source % ""), **hy)
        (problem,) = found.value.problems
        assert problem.code is Code.BAD_VALUE
        assert "“7”" in problem.found
        self.open(tmp_path, bank, origin(source % ", others: keep"), **hy)

    def test_a_column_that_is_not_there_may_be_empty_or_the_same_in_every_row(
        self, tmp_path, bank, origin
    ):
        data = self.open(tmp_path, bank, origin(
            "tables: {shops: {columns: {since: {empty: true}, trade: {constant: 批发}}}}"
        ))
        with data.engine() as engine:
            both = {name: name for name in ("since", "trade")}
            engine.fetch("kept", Query("shops", both, "day", date.max))
            assert engine.local.execute("FROM kept").fetchall() == [(None, "批发")]

    def test_floating_amounts_are_refused(self, tmp_path, bank, origin):
        with pytest.raises(Problems) as found:
            self.open(tmp_path, bank, origin("tables: {shops: {columns: {loan: amount}}}"),
                      amount=([0.1, 0.2], pa.float64()))
        assert Code.INEXACT_COLUMN in {p.code for p in found.value.problems}

    def test_nothing_to_read_is_told(self, tmp_path, bank):
        (tmp_path / "empty").mkdir()
        with pytest.raises(Problems) as found:
            open_on(DuckDB(tmp_path / "empty"), None, **known(bank))
        assert [p.code for p in found.value.problems] == [Code.NO_DATA]

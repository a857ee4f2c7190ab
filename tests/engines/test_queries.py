"""What is asked of a table, and how much of it has to be filtered."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from targets.assessment import assess
from targets.assessment.opening import open_bank
from targets.branchdata import open_data, read
from targets.branchdata.read import connection
from targets.catalog import Catalog, load
from targets.engines import Extent, Query
from tests.demo import catalogue, counted, shop_frame, shops, target
from tests.engines.test_same_findings import TODAY, known, told

DAY = date(2026, 6, 30)
QUERY = Query("shops", {"unit": "unit_code"}, "day", DAY, ["COUNT(*) AS n"])
FILTER = "WHERE \"shops\".\"day\" <= CAST('2026-06-30' AS DATE)"


class TestTheDataDate:
    def test_is_not_looked_at_where_no_row_is_later(self):
        assert FILTER not in QUERY.sql(known=Extent(DAY))
        assert FILTER not in QUERY.sql(known=Extent(date(2026, 5, 31)))

    def test_is_looked_at_where_rows_are_later_or_nobody_knows(self):
        assert FILTER in QUERY.sql(known=Extent(date(2026, 7, 31)))
        assert FILTER in QUERY.sql()

    def test_rows_without_one_are_nobody_s(self, tmp_path):
        """Where a table lets its data date be empty, that no row is later proves nothing."""
        bank = catalogue(tmp_path, metrics=[counted()], targets=[target()])
        shop = bank.get("demo.dataset.shops")
        columns = tuple(c.model_copy(update={"required": False}) if c.name == "day" else c
                        for c in shop.columns)
        shop = shop.model_copy(update={"columns": columns})
        bank = Catalog({**bank.records, shop.id: shop}, bank.origins, bank.folder)
        rows = shop_frame(shops((DAY, "0101", 7, 10), (DAY, "0102", 1, 3)))
        undated = rows.slice(0, 4).set_column(0, "day", pa.nulls(4, pa.date32()))
        rows = pa.concat_tables([rows, undated])
        found = assess(bank, open_data({"shops": rows}, **known(bank)))
        # 7 of 10 and 1 of 3: the four without a date are not among them
        assert (found.findings[0].numerator, found.findings[0].denominator) == (8, 13)


def test_another_source_goes_by_the_table_s_name():
    assert 'FROM "part" AS "shops" WHERE "shops"."day"' in QUERY.sql('"part"')


class TestGroupingByHashes:
    @pytest.fixture
    def every_table_is_large(self, monkeypatch):
        monkeypatch.setattr(read, "LARGE", 1)

    def test_finds_the_same(self, sample_bank, monkeypatch):
        bank = load()
        plain = told(assess(bank, open_bank(bank, sample_bank, today=TODAY)))
        monkeypatch.setattr(read, "LARGE", 1)
        data = open_bank(bank, sample_bank, today=TODAY)
        with data.engine() as engine:
            assert engine.tables["merchants"].hashed == {"unit_code", "site_code"}
        assert told(assess(bank, data)) == plain

    def test_is_for_codes_that_are_listed_alone(self, sample_bank, every_table_is_large):
        """Without the list of sites nobody knows which codes there are."""
        bank = load()
        merchants = pq.read_table(sample_bank / "merchants.parquet")
        data = open_data({"merchants": merchants}, **known(bank))
        with data.engine() as engine:
            assert engine.tables["merchants"].hashed == {"unit_code"}

    def test_is_not_done_where_two_codes_have_the_same_hash(
        self, tmp_path, monkeypatch, every_table_is_large
    ):
        bank = catalogue(tmp_path, metrics=[counted()], targets=[target()])
        rows = shop_frame(shops((DAY, "0101", 7, 10), (DAY, "0102", 1, 3)))
        data = open_data({"shops": rows}, **known(bank))
        with connection() as con:
            con.execute("CREATE MACRO hash(code) AS coalesce(length(code), 0)")
            assert not read._hashes_differ(["0101", "0102"], con)
            assert read._hashes_differ(["0101", "012", "0101"], con)
        monkeypatch.setattr(read, "_hashes_differ", lambda codes, con: False)
        with data.engine() as engine:
            assert engine.tables["shops"].hashed == frozenset()

"""What is asked of a table, and how much of it has to be filtered."""

from datetime import date

import pyarrow as pa

from targets.assessment import assess
from targets.branchdata import open_data
from targets.catalog import Catalog
from targets.engines import Query
from tests.demo import catalogue, counted, shop_frame, shops, target
from tests.engines.test_same_findings import known

DAY = date(2026, 6, 30)
QUERY = Query("shops", "unit_code, COUNT(*) AS n", "day", DAY, grouped="unit_code")
FILTER = "WHERE \"shops\".day <= CAST('2026-06-30' AS DATE)"


class TestTheDataDate:
    def test_is_not_looked_at_where_no_row_is_later(self):
        assert FILTER not in QUERY.sql(last=DAY)
        assert FILTER not in QUERY.sql(last=date(2026, 5, 31))

    def test_is_looked_at_where_rows_are_later_or_nobody_knows(self):
        assert FILTER in QUERY.sql(last=date(2026, 7, 31))
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
    assert 'FROM "part" AS "shops" WHERE "shops".day' in QUERY.sql('"part"')

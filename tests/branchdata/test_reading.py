"""Good data in any form gives the same clean tables."""

import subprocess
import sys
from datetime import date
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from targets.schema.measures import Dataset


def rows(data, table, where="true"):
    with data.connect() as con:
        return con.execute(f"FROM {table} WHERE {where} ORDER BY ALL").fetchall()


def types(data, table):
    with data.connect() as con:
        return {row[0]: row[1] for row in con.execute(f"DESCRIBE {table}").fetchall()}


class TestAnyForm:
    def test_columns_have_exact_types(self, desk):
        assert types(desk.read(), "merchants") == {
            "data_date": "DATE", "unit_code": "VARCHAR", "site_code": "VARCHAR",
            "merchant_id": "VARCHAR", "profiled_on": "DATE", "customer_since": "DATE",
            "served_on": "DATE", "credit_line": "DECIMAL(18,2)",
        }

    def test_codes_keep_their_zeros_and_money_its_cents(self, desk):
        first = min(rows(desk.read(), "merchants", "credit_line > 0"))
        assert first[1] == "0101"
        assert first[-1] == Decimal("200000.00")

    @pytest.mark.parametrize("table", ["sites", "merchants", "households", "projects",
                                       "townships", "reported"])
    def test_parquet_and_csv_of_the_sample_agree(self, opened, table):
        parquet, csv = opened["parquet"], opened["csv"]
        assert types(parquet, table) == types(csv, table)
        assert rows(parquet, table) == rows(csv, table)

    @pytest.mark.parametrize("table", ["sites", "merchants", "households", "projects",
                                       "townships", "reported"])
    def test_the_workbook_agrees_for_the_months_it_holds(self, opened, table):
        parquet, book = opened["parquet"], opened["xlsx"]
        since = f"data_date >= DATE '{book.dates()[0]}'"
        assert types(parquet, table) == types(book, table)
        assert rows(parquet, table, since) == rows(book, table)

    @pytest.mark.parametrize("make", [lambda t: t, lambda t: t.to_pandas(), pl.from_arrow],
                             ids=["arrow", "pandas", "polars"])
    def test_frames_agree_with_the_files_they_came_from(self, empty_desk, opened, sample, make):
        names = ("sites", "projects", "reported")
        frames = {n: make(pq.read_table(sample / f"{n}.parquet")) for n in names}
        data, files = empty_desk.read(frames), opened["parquet"]
        for name in names:
            assert types(data, name) == types(files, name)
            assert rows(data, name) == rows(files, name)

    def test_a_pandas_frame_read_from_csv_by_hand_is_accepted(self, desk):
        dates = ["data_date", "profiled_on", "customer_since", "served_on"]
        frame = pd.read_csv(desk.folder / "merchants.csv", parse_dates=dates,
                            dtype={"unit_code": str})
        data = desk.read({"merchants": frame})
        assert rows(data, "merchants") == rows(desk.read(), "merchants")

    def test_a_folder_per_table_split_by_date_and_unit_is_one_table(self, desk):
        (desk.folder / "merchants.csv").unlink()
        table = pa.table({
            "data_date": ["2026-08-31", "2026-09-30"], "unit_code": ["0101", "0102"],
            "site_code": ["0101M1", "0102M1"], "merchant_id": ["甲", "丙"],
            "profiled_on": pa.nulls(2, pa.date32()), "customer_since": pa.nulls(2, pa.date32()),
            "served_on": pa.nulls(2, pa.date32()), "credit_line": [1, 2],
        })
        for i in range(2):
            part = desk.folder / "merchants" / f"data_date={table['data_date'][i]}"
            part = part / f"unit_code={table['unit_code'][i]}"
            part.mkdir(parents=True)
            pq.write_table(table.slice(i, 1).drop_columns(["data_date", "unit_code"]),
                           part / "1.parquet")
        data = desk.read()
        assert [r[:3] for r in rows(data, "merchants")] == [
            (date(2026, 8, 31), "0101", "0101M1"), (date(2026, 9, 30), "0102", "0102M1"),
        ]


    @pytest.mark.parametrize("name", ["数据[1]", "a*b", "what?", "it's", "一 月"])
    def test_a_folder_may_have_any_name(self, desk, name):
        folder = desk.folder / name
        folder.mkdir()
        for path in list(desk.folder.glob("*.csv")):
            path.rename(folder / path.name)
        assert len(rows(desk.read(folder), "merchants")) == 3
        frame = desk.read(folder)
        with frame.connect() as con:
            pq.write_table(con.sql("FROM merchants").to_arrow_table(),
                           folder / "merchants.parquet")
        (folder / "merchants.csv").unlink()
        assert len(rows(desk.read(folder), "merchants")) == 3


class TestHeadings:
    def test_chinese_titles_and_synonyms_will_do(self, desk):
        before = rows(desk.read(), "merchants")
        desk.swap(desk.merchants.splitlines()[0],
                  "统计日期,机构号,共建主体编号,商户编号,建档日期,开户日期,最近服务日期,授信额度（元）")
        assert rows(desk.read(), "merchants") == before

    def test_the_order_of_columns_does_not_matter(self, desk):
        before = rows(desk.read(), "sites")
        lines = [",".join(reversed(line.split(","))) for line in desk.sites.splitlines()]
        desk.write("sites.csv", "\n".join(lines))
        assert rows(desk.read(), "sites") == before

    def test_a_file_may_bear_the_table_s_chinese_name(self, desk):
        (desk.folder / "merchants.csv").rename(desk.folder / "市场园区商户清单.csv")
        assert "merchants" in desk.read().tables


class TestWriting:
    @pytest.mark.parametrize("written", ["2026/3/2", "2026-03-02", "2026年3月2日", "20260302",
                                         "2026.3.2", " 2026-3-2 "])
    def test_a_date_may_be_written_in_any_usual_way(self, desk, written):
        desk.swap("2026-03-02", written)
        assert date(2026, 3, 2) in {row[4] for row in rows(desk.read(), "merchants")}

    def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(self, desk):
        before = rows(desk.read(), "merchants")
        desk.write("merchants.csv", desk.merchants.replace("\n", "\r\n"), "utf-8-sig")
        assert rows(desk.read(), "merchants") == before

    def test_amounts_of_a_column_in_wan_are_kept_in_yuan(self, desk):
        listed = []
        for dataset in desk.bank.all(Dataset):
            columns = tuple(
                c.model_copy(update={"unit": type(c.unit)("万元")}) if c.unit else c
                for c in dataset.columns
            )
            listed.append(dataset.model_copy(update={"columns": columns}))
        desk.bank = type("Bank", (), {"all": lambda self, model, real=desk.bank.all: (
            tuple(listed) if model is Dataset else real(model))})()
        desk.swap("200000.00", "20.000001")
        assert Decimal("200000.01") in {row[-1] for row in rows(desk.read(), "merchants")}


class TestProvenance:
    def test_every_table_tells_its_file_rows_and_digest(self, desk):
        file = desk.read().file("merchants")
        assert (file.name, file.form, file.rows) == ("merchants.csv", "csv", 3)
        assert len(file.digest) == 64

    def test_a_frame_has_no_digest_and_says_that_it_is_one(self, desk):
        frame = pd.DataFrame({"data_date": [date(2026, 9, 30)], "unit_code": ["0101"],
                              "site_code": ["0101M1"], "name": ["x"], "kind": ["market"]})
        file = desk.read({"sites": frame}).file("sites")
        assert (file.form, file.digest, file.rows) == ("frame", None, 1)

    def test_data_dates_are_known_without_a_query(self, desk):
        data = desk.read()
        assert data.dates("merchants") == (date(2026, 9, 30),)
        assert data.latest_date == date(2026, 9, 30)

    def test_only_the_sample_is_labelled_as_sample(self, desk, opened):
        assert desk.read().label == ""
        assert {data.label for data in opened.values()} == {"示例数据"}


class TestCost:
    @pytest.mark.parametrize("form", ["", "csv"])
    def test_reading_files_never_imports_pandas(self, sample, form):
        script = (
            "import sys; from targets import catalog; from targets.branchdata import open_data;"
            "from targets.schema.measures import Dataset;"
            "from targets.schema.organisation import Unit; c = catalog.load();"
            f"d = open_data({str(sample / form)!r}, c.all(Dataset), c.all(Unit));"
            "d.connect().execute('FROM merchants').fetchone();"
            "print(sorted({'pandas', 'pyarrow', 'polars', 'openpyxl'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                              check=True)
        assert done.stdout.strip() == "[]"

    def test_views_read_files_where_they_lie(self, opened):
        with opened["parquet"].connect() as con:
            assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)

    def test_a_connection_fetches_nothing_from_the_network_by_itself(self, opened):
        with opened["parquet"].connect() as con:
            settings = dict(con.execute(
                "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%extensions'"
            ).fetchall())
        assert settings == {"autoinstall_known_extensions": "false",
                            "autoload_known_extensions": "false"}


class TestWorkbookLayout:
    def test_titles_above_the_heading_and_blank_rows_are_passed_over(self, desk, tmp_path):
        path = tmp_path / "报送.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("共建主体名单")
            sheet.write(0, 0, "九月报送")
            sheet.write_row(2, 0, ["数据日期", "机构代码", "共建主体编号", "主体名称", "类别"])
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for row in (3, 5):
                sheet.write_datetime(row, 0, date(2026, 9, 30), day)
                sheet.write_row(row, 1, ["0101", f"0101M{row}", "某市场", "market"])
        data = desk.read(path)
        assert [row[:3] for row in rows(data, "sites")] == [
            (date(2026, 9, 30), "0101", "0101M3"), (date(2026, 9, 30), "0101", "0101M5"),
        ]

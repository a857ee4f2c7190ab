"""The roster as one workbook: python -m benchmarks.book FOLDER ROWS OUTPUT

The latest months of the roster, both tables, headed as branches head them.
"""

import sys
from pathlib import Path

import duckdb
import xlsxwriter

from targets.catalog import load
from targets.schema.measures import Dataset

from .roster import make


def write(folder: Path, rows: int, output: Path) -> None:
    datasets = {d.table: d for d in load().all(Dataset)}
    with (
        duckdb.connect() as con,
        xlsxwriter.Workbook(output, {"constant_memory": True}) as book,
    ):
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for table in ("sites", "merchants"):
            # the oldest months first, as many rows as were asked for
            result = con.execute(
                f"FROM '{folder}/{table}.parquet' ORDER BY ALL LIMIT {rows}"
            )
            names = [column[0] for column in result.description]
            sheet = book.add_worksheet(datasets[table].name)
            for i, name in enumerate(names):
                sheet.write_string(0, i, datasets[table].column(name).title)
            for r, row in enumerate(result.fetchall(), start=1):
                for i, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(r, i, value)
                    elif hasattr(value, "isoformat"):
                        sheet.write_datetime(r, i, value, day)
                    elif value is not None:
                        sheet.write_number(r, i, value)


if __name__ == "__main__":
    folder, rows, output = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    make(folder, load(), rows)
    write(folder, rows, output)

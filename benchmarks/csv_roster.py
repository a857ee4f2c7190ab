"""The roster as CSV files, and copies of it with one mistake each.

python -m benchmarks.csv_roster PARQUET CSV WRONG ROWS SETTINGS writes the roster to the folder
CSV, a folder for each mistake to WRONG, and what the programs have to know to SETTINGS. A process
of its own, as what is measured starts with as much memory as the process that starts it.
"""

import json
import sys
from pathlib import Path

import duckdb

from targets.branchdata.sample import reporting_units
from targets.catalog import load
from targets.schema.measures import Dataset
from targets.schema.organisation import Unit

from .roster import make

FAULTS = {
    "B104": "merchant_id = NULL",
    "B105": "credit_line = -1",
    "B106": "profiled_on = data_date + 1",
    "B108": "unit_code = 'ZZZZ'",
    "B109": "site_code = 'NOWHERE'",
}
"""code of a rule: what breaks it in one row"""


def as_csv(parquet: Path, folder: Path) -> None:
    """Both tables, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in ("sites", "merchants"):
        file = folder / f"{table}.csv"
        if not file.is_file():
            duckdb.sql(f"COPY (FROM '{parquet}/{table}.parquet') TO '{file}.part'")
            Path(f"{file}.part").replace(file)


def with_mistakes(folder: Path, wrong: Path) -> None:
    """A few thousand rows with one mistake, for each rule."""
    for code, change in FAULTS.items():
        (wrong / code).mkdir(parents=True)
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE t AS FROM '{folder}/merchants.csv' LIMIT 5000")
            con.execute(f"UPDATE t SET {change} WHERE rowid = 4321")
            con.execute(f"COPY t TO '{wrong}/{code}/merchants.csv'")
        (wrong / code / "sites.csv").symlink_to(folder / "sites.csv")


if __name__ == "__main__":
    parquet, folder, wrong = map(Path, sys.argv[1:4])
    catalog = load()
    make(parquet, catalog, int(sys.argv[4]))
    as_csv(parquet, folder)
    with_mistakes(folder, wrong)
    merchants = next(d for d in catalog.all(Dataset) if d.table == "merchants")
    Path(sys.argv[5]).write_text(json.dumps({
        "units": [u.code for u in reporting_units(catalog.all(Unit))],
        "maximum": int(merchants.column("credit_line").maximum),
    }), encoding="utf-8")

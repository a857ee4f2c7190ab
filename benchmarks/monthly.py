"""A folder's merchants again, a file for every month, verified like the others.

python -m benchmarks.monthly FOLDER OUTPUT DEFINITIONS
"""

import shutil
import sys
from pathlib import Path

import duckdb

from targets.branchdata import reported_codes, write_manifest
from targets.catalog import load
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit

from .roster import LAST


def main(folder: Path, output: Path, definitions: Path) -> None:
    if not (output / "merchants").is_dir():
        output.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "sites.parquet", output)
        with duckdb.connect(config={"memory_limit": "1GB"}) as con:
            con.execute(
                f"COPY (FROM read_parquet('{folder}/merchants.parquet')) TO '{output}/part'"
                " (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (data_date))"
            )
        (output / "part").rename(output / "merchants")
    catalog = load(definitions)
    write_manifest(
        output, catalog.all(Dataset), catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)), today=LAST, sample=True,
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

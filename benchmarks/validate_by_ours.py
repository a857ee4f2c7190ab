"""Validating a folder of CSV files, as the command does: python validate_by_ours.py FOLDER"""

import sys
from datetime import date
from pathlib import Path

from targets.branchdata import open_data, reported_codes
from targets.catalog import default_cache, load
from targets.catalog.load import DEFAULT_FOLDER
from targets.problems import Problems
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit


def main(folder: Path, today: date) -> None:
    catalog = load(DEFAULT_FOLDER, cache=default_cache(DEFAULT_FOLDER))
    try:
        data = open_data(
            folder, catalog.all(Dataset), catalog.all(Unit),
            codes=reported_codes(catalog.all(Metric)), today=today,
        )
        print("rows", sum(f.rows for f in data.files if f.table == "merchants"))
    except Problems as found:
        print("\n".join(sorted({p.code.value for p in found.problems})))


if __name__ == "__main__":
    main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))

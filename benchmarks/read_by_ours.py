"""Reading a branch's workbook as intake does: python read_by_ours.py FILE"""

import sys
from pathlib import Path

import pyarrow.compute as pc

from targets.branchdata.intake.read import read_file
from targets.catalog import default_cache, load
from targets.catalog.load import DEFAULT_FOLDER
from targets.schema.measures import Dataset
from targets.schema.organisation import Unit


def main(path: Path) -> None:
    catalog = load(DEFAULT_FOLDER, cache=default_cache(DEFAULT_FOLDER))
    found = read_file(path, catalog.all(Dataset), catalog.all(Unit))
    rows = next(s.accepted for s in found.sheets if s.dataset and s.dataset.table == "merchants")
    print(len(rows), f"{pc.sum(rows['credit_line']).as_py():.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Validating a CSV file of ten million rows: as the command does, and the same rules in pandera."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb

from targets.branchdata.sample import reporting_units
from targets.catalog import load
from targets.schema.measures import Dataset
from targets.schema.organisation import Unit

from .comparison import Aim, Comparison
from .measure import CannotMeasure, Case
from .roster import LAST, make

HERE = Path(__file__).parent
ROWS = 10_000_000
OURS, PANDAS, POLARS = "本项目", "pandera（pandas）", "pandera（Polars）"
TODAY = LAST + timedelta(days=1)
# rule: what breaks it in one row
FAULTS = {
    "B104": "merchant_id = NULL",
    "B105": "credit_line = -1",
    "B106": "profiled_on = data_date + 1",
    "B108": "unit_code = 'ZZZZ'",
    "B109": "site_code = 'NOWHERE'",
}


def benchmark(scratch: Path) -> Comparison:
    catalog = load()
    parquet = HERE / "_data" / f"merchants-{ROWS}"
    make(parquet, catalog, ROWS)
    folder = _as_csv(parquet, HERE / "_data" / f"csv-{ROWS}")
    settings = scratch / "settings.json"
    merchants = next(d for d in catalog.all(Dataset) if d.table == "merchants")
    settings.write_text(json.dumps({
        "units": [u.code for u in reporting_units(catalog.all(Unit))],
        "maximum": int(merchants.column("credit_line").maximum),
    }), encoding="utf-8")

    def commands(where: Path) -> dict[str, list[str]]:
        more = [str(where), TODAY.isoformat()]
        pandera = [sys.executable, str(HERE / "validate_by_pandera.py")]
        return {
            OURS: [sys.executable, str(HERE / "validate_by_ours.py"), *more],
            PANDAS: [*pandera, "pandas", *more, str(settings)],
            POLARS: [*pandera, "polars", *more, str(settings)],
        }

    _all_find_every_fault(commands, folder, scratch)
    return Comparison(
        title="核对数据",
        about=(
            f"{ROWS // 10_000} 万行商户清单（CSV）：类型、必填、范围、日期先后、月末、机构、"
            "共建主体及其归属、主键不重复。事先各放一处错误，三种程序都要查得出来。"
        ),
        cases=[Case(name, command) for name, command in commands(folder).items()],
        baseline=PANDAS,
        aims=[Aim(OURS, "cpu", 0.3, beside=PANDAS)],
        rounds=3,
        warm_up=False,
    )


def _as_csv(parquet: Path, folder: Path) -> Path:
    for table in ("sites", "merchants"):
        file = folder / f"{table}.csv"
        if not file.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            duckdb.sql(f"COPY (FROM '{parquet}/{table}.parquet') TO '{file}.part'")
            Path(f"{file}.part").replace(file)
    return folder


def _all_find_every_fault(commands, folder: Path, scratch: Path) -> None:
    """Programs that don't find the same mistakes must not be compared."""
    for code, change in FAULTS.items():
        wrong = scratch / code
        wrong.mkdir()
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE t AS FROM '{folder}/merchants.csv' LIMIT 5000")
            con.execute(f"UPDATE t SET {change} WHERE rowid = 4321")
            con.execute(f"COPY t TO '{wrong}/merchants.csv'")
        (wrong / "sites.csv").symlink_to(folder / "sites.csv")
        for name, command in commands(wrong).items():
            told = subprocess.run(command, capture_output=True, text=True).stdout.split()
            if code not in told:
                raise CannotMeasure(f"{name} 没有查出 {code}（{change}）：{told}")

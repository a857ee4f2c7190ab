"""DuckDB on this machine over files with a bank's own names."""

from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from targets.branchdata.columns import literal, path_literal
from targets.branchdata.read import connection
from targets.problems import Code

from .warehouse import Stored, exact, sql, stopped


class DuckDB:
    """A folder of Parquet and CSV files."""

    name = "DuckDB"

    def __init__(self, folder: Path):
        if not folder.is_dir():
            raise stopped(Code.NO_DATA, f"找不到目录“{folder}”", "核对 --data 后面的目录")
        self._folder = folder
        self._con = connection()

    def find(self, place: str) -> Stored | None:
        for path in (self._folder / place, *(self._folder / f"{place}{s}" for s in SUFFIXES)):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                return self._stored(place, [path])
            if path.is_dir() and (files := sorted(path.rglob("*.parquet"))):
                return self._stored(place, files)
        return None

    def _stored(self, place: str, files: list[Path]) -> Stored:
        written = files[0].suffix.lower() == ".csv"
        if written:
            relation = (
                f"read_csv({literal(str(files[0]))}, header=true, all_varchar=true, quote='\"')"
            )
        else:
            listed = ", ".join(map(path_literal, files))
            relation = f"read_parquet([{listed}], union_by_name=true, hive_types_autocast=false)"
        try:
            found = self._con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        except duckdb.Error:
            raise stopped(
                Code.UNREADABLE, f"来源 {place} 的文件读不了", "重新导出这个文件"
            ) from None
        name = f"source_{place}"
        self._con.execute(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * FROM {relation}'
        )
        table = exp.to_identifier(name, quoted=True)
        return Stored(place, exp.Table(this=table), {r[0]: r[1] for r in found}, written)

    def query(self, query: exp.Query) -> pa.Table:
        try:
            return exact(self._con.sql(sql(query, "duckdb")).to_arrow_table())
        except duckdb.OutOfMemoryException:
            raise stopped(Code.ENGINE_FULL, "DuckDB 的内存或临时空间不够", "腾出磁盘空间") from None
        except duckdb.Error as error:
            raise stopped(
                Code.ENGINE_FAILED, f"DuckDB 没有算完（{type(error).__name__}）", "核对文件是否完好"
            ) from None

    def close(self) -> None:
        self._con.close()


SUFFIXES = (".parquet", ".csv")

"""The same rows put where each engine reads them."""

from pathlib import Path

import pyarrow as pa

POSTGRES = {"bool": "boolean", "int64": "bigint", "int32": "integer",
            "int16": "smallint", "string": "text",
            "large_string": "text", "date32[day]": "date", "double": "double precision",
            "timestamp[us]": "timestamp"}


def postgres_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    return POSTGRES[str(kind)]


def into_postgres(con, tables: dict[str, pa.Table], schema: str = "public") -> None:
    """Arrow tables as tables of a database."""
    con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    for name, table in tables.items():
        columns = ", ".join(f'"{f.name}" {postgres_type(f.type)}' for f in table.schema)
        con.execute(f'CREATE TABLE "{schema}"."{name}" ({columns})')
        with con.cursor() as cursor, cursor.copy(
            f'COPY "{schema}"."{name}" FROM STDIN'
        ) as copy:
            for batch in table.to_batches(5_000):
                for row in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                    copy.write_row(row)
    con.commit()


def into_parquet(folder: Path, tables: dict[str, pa.Table]) -> Path:
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def from_parquet(folder: Path) -> dict[str, pa.Table]:
    import pyarrow.parquet as pq

    return {file.stem: pq.read_table(file) for file in sorted(folder.glob("*.parquet"))}

"""Parquet files loaded into a database of their own.

python -m benchmarks.load_postgres FOLDER DATABASE
"""

import io
import sys
from pathlib import Path

import psycopg
import pyarrow.csv
import pyarrow.parquet as pq

from tools import loading, servers


def main(folder: Path, database: Path) -> None:
    done = database / "loaded"
    if done.exists():
        return
    with servers.postgres(database) as server, psycopg.connect(server.dsn()) as con:
        for file in sorted(folder.glob("*.parquet")):
            parquet = pq.ParquetFile(file)
            columns = ", ".join(
                f'"{f.name}" {loading.postgres_type(f.type)}' for f in parquet.schema_arrow
            )
            con.execute(f'DROP TABLE IF EXISTS "{file.stem}"')
            con.execute(f'CREATE TABLE "{file.stem}" ({columns})')
            with con.cursor() as cursor, cursor.copy(
                f'COPY "{file.stem}" FROM STDIN (FORMAT csv)'
            ) as copy:
                for batch in parquet.iter_batches(200_000):
                    text = io.BytesIO()
                    pyarrow.csv.write_csv(
                        batch, text, pyarrow.csv.WriteOptions(include_header=False)
                    )
                    copy.write(text.getvalue())
        con.commit()
        con.autocommit = True
        con.execute("VACUUM ANALYZE")
    done.touch()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

"""Where rows may be: files here, a real PostgreSQL, a real Spark cluster of two workers."""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import absent
from tools import loading, servers

HOW = "请运行 make test-engines，它会装好 PostgreSQL、Java 和 requirements-engines.txt"
ENGINES = [
    "duckdb",
    pytest.param("postgres", marks=pytest.mark.engines),
    pytest.param("spark", marks=pytest.mark.engines),
]


def _there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.PostgresServer]:
    if not _there("psycopg") or servers.postgres_programs() is None:
        absent(f"没有 PostgreSQL 或 psycopg。{HOW}")
    with servers.postgres() as running:
        yield running


@pytest.fixture(scope="session")
def spark_cluster() -> Iterator[servers.SparkCluster]:
    if not _there("pyspark") or shutil.which("java") is None:
        absent(f"没有 Java 或 pyspark。{HOW}")
    with servers.spark(brief=True) as running:
        yield running


@dataclass
class Bench:
    """One engine, and a way to put tables where it reads them."""

    kind: str
    folder: Path
    request: pytest.FixtureRequest

    def warehouse(self, name: str, tables: dict):
        """The tables, open on this engine; `name` keeps one test's tables from another's."""
        if self.kind == "postgres":
            import psycopg

            from targets.engines.postgres import Postgres

            server = self.request.getfixturevalue("postgres_server")
            with psycopg.connect(server.dsn()) as con:
                loading.into_postgres(con, tables, name)
            return Postgres(server.dsn(options=f"-csearch_path={name}"))
        folder = loading.into_parquet(self.folder / name, tables)
        if self.kind == "spark":
            from targets.engines.spark import Spark

            cluster = self.request.getfixturevalue("spark_cluster")
            warehouse = Spark(cluster.master, str(folder))
            # compiling every one of many small queries would take longer than running it
            compiled = str(name != "sample").lower()
            warehouse.set("spark.sql.codegen.wholeStage", compiled)
            warehouse.set("spark.sql.codegen.factoryMode",
                          "FALLBACK" if name != "sample" else "NO_CODEGEN")
            return warehouse
        from targets.engines.embedded import DuckDB

        return DuckDB(folder)


@pytest.fixture(scope="module", params=ENGINES)
def bench(request, tmp_path_factory) -> Bench:
    return Bench(request.param, tmp_path_factory.mktemp(request.param), request)

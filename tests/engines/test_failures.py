"""What goes wrong on a database is said in Chinese, without a result and without a secret."""

import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from targets.assessment import assess
from targets.cli import cli
from targets.engines.data import open_on
from targets.engines.source import read_origin
from targets.problems import Code, Problems
from targets.schema.measures import Dataset
from tests.demo import catalogue, counted, shop_frame, shops, target
from tests.engines.test_same_findings import known
from tools import loading

pytestmark = pytest.mark.engines
ROWS = shops(("2026-05-31", "0101", 9, 10), ("2026-05-31", "0201", 70, 100))


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("definitions")
    catalogue(folder, metrics=[counted()], targets=[target()])
    return folder


@pytest.fixture(scope="module")
def bank(definitions):
    from targets.catalog import load

    return load(definitions)


@pytest.fixture(scope="module")
def database(postgres_server):
    """The shops in a database, one user who may read them and one who may not."""
    import psycopg

    with psycopg.connect(postgres_server.dsn()) as con:
        loading.into_postgres(con, {"shops": shop_frame(ROWS)}, "failures")
        con.execute('CREATE VIEW failures.kept AS SELECT *, loan::float8 AS "rough",'
                    " 1 / (CASE WHEN shop = '' THEN 1 ELSE 0 END) AS broken FROM failures.shops")
        con.execute("CREATE VIEW failures.slow AS SELECT s.* FROM failures.shops s,"
                    " LATERAL (SELECT pg_sleep(60)) pause")
        loading.into_postgres(con, {"shops": shop_frame(shops(
            *(("2026-05-31", unit, 5_000, 10_000) for unit in ("0101", "0201"))
        ))}, "failures_many")
        con.execute("CREATE ROLE stranger LOGIN PASSWORD 'geheim-2'")
        con.execute("GRANT USAGE ON SCHEMA failures TO stranger")
    return postgres_server


def run(*arguments: str):
    """The command, and everything that it printed."""
    done = CliRunner().invoke(cli, ["assess", *map(str, arguments)])
    said = done.output
    if done.exception and not isinstance(done.exception, SystemExit):
        said += "".join(traceback.format_exception(done.exception))
    return done.exit_code, said


def postgres(server, *arguments: str, password: str | None = None, **more: str):
    os.environ["ZHIXING_TEST_DSN"] = server.dsn(
        password=password, options="-csearch_path=failures", **more
    )
    try:
        return run("--engine", "postgres", "--dsn-env", "ZHIXING_TEST_DSN", *arguments)
    finally:
        del os.environ["ZHIXING_TEST_DSN"]


class TestPostgres:
    def test_the_command_judges_and_writes_no_secret(self, database, definitions, tmp_path):
        for form in ("table", "csv", "json", "xlsx"):
            output = tmp_path / f"findings.{form}"
            code, said = postgres(
                database, "--definitions", definitions, "--format", form, "-o", output
            )
            assert code == 0, said
            assert database.password not in said
            assert database.password.encode() not in output.read_bytes()
        # 79 of 110 is more than 70%
        assert '"met"' in (tmp_path / "findings.json").read_text()

    def test_a_dsn_file_is_for_its_owner_alone(self, database, definitions, tmp_path):
        secret = tmp_path / "dsn"
        secret.write_text(database.dsn() + " options=-csearch_path=failures\n")
        secret.chmod(0o644)
        arguments = ("--engine", "postgres", "--dsn-file", secret, "--definitions", definitions)
        code, said = run(*arguments)
        assert (code, "X114" in said, "chmod 600" in said) == (1, True, True)
        secret.chmod(0o600)
        assert run(*arguments)[0] == 0

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"password": "falsch-1"}, Code.WRONG_PASSWORD),
            ({"port": "1"}, Code.NO_CONNECTION),
            ({"database": "gibt-es-nicht"}, Code.NO_CONNECTION),
        ],
    )
    def test_no_way_in(self, database, definitions, tmp_path, change, code):
        output = tmp_path / "findings.csv"
        status, said = postgres(
            database, "--definitions", definitions, "--format", "csv", "-o", output, **change
        )
        assert (status, code.value in said) == (1, True), said
        assert database.password not in said
        assert "falsch-1" not in said
        assert not output.exists()

    def test_a_password_cut_up_by_its_own_signs_is_not_told(self, definitions, monkeypatch):
        monkeypatch.setenv("BROKEN", "postgresql://user:pa@geheim/wort@127.0.0.1:x/db")
        status, said = run(
            "--engine", "postgres", "--dsn-env", "BROKEN", "--definitions", definitions
        )
        assert status == 1
        assert "geheim" not in said
        assert "wort" not in said

    def test_no_right_to_read(self, database, bank):
        from targets.engines.postgres import Postgres

        server = Postgres(
            f"host=127.0.0.1 port={database.port} dbname=postgres user=stranger"
            " password=geheim-2 options=-csearch_path=failures"
        )
        with pytest.raises(Problems) as found:
            open_on(server, None, **known(bank))
        assert [p.code for p in found.value.problems] == [Code.NOT_PERMITTED]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("from: failures.gone", Code.NO_SOURCE_TABLE),
            ("from: failures.shops\n    columns: {shop: nummer}", Code.NO_SOURCE_COLUMN),
            ("from: failures.kept\n    columns: {loan: rough}", Code.INEXACT_COLUMN),
            ("from: failures.kept\n    columns: {trade: broken}", Code.BAD_VALUE),
        ],
    )
    def test_sources_that_are_not_there_or_not_exact(self, database, bank, tmp_path, text, code):
        from targets.engines.postgres import Postgres

        file = tmp_path / "source.yaml"
        file.write_text(f"tables:\n  shops:\n    {text}\n", encoding="utf-8")
        server = Postgres(database.dsn())
        with pytest.raises(Problems) as found:
            open_on(server, read_origin(file, bank.all(Dataset)), **known(bank))
        assert code in {p.code for p in found.value.problems} or (
            code is Code.BAD_VALUE
            and {p.code for p in found.value.problems} == {Code.ENGINE_FAILED}
        )

    def test_a_server_that_goes_away_leaves_no_result(self, database, bank):
        from targets.engines.postgres import Postgres

        data = open_on(Postgres(database.dsn(options="-csearch_path=failures")), None,
                       **known(bank))
        database.stop()
        try:
            with pytest.raises(Problems) as found:
                assess(bank, data)
        finally:
            database.start()
        assert [p.code for p in found.value.problems] == [Code.CONNECTION_LOST]


    def test_a_full_disk_leaves_no_result(self, database, bank):
        from targets.engines.postgres import Postgres

        # what sorting and grouping may write to disk, made too little for so many rows
        with pytest.raises(Problems) as found:
            open_on(Postgres(database.dsn(
                options="-csearch_path=failures_many\\ -cwork_mem=64kB\\ -ctemp_file_limit=64kB"
            )), None, **known(bank))
        assert [p.code for p in found.value.problems] == [Code.ENGINE_FULL]

    def test_an_interruption_stops_the_server_too_and_leaves_no_result(
        self, database, definitions, tmp_path
    ):
        import psycopg

        output, source = tmp_path / "findings.csv", tmp_path / "source.yaml"
        source.write_text("tables:\n  shops:\n    from: failures.slow\n", encoding="utf-8")
        running = subprocess.Popen(
            [sys.executable, "-m", "targets", "assess", "--engine", "postgres", "--dsn-env", "SLOW",
             "--source", source, "--definitions", definitions, "--format", "csv", "-o", output],
            env=os.environ | {"SLOW": database.dsn()}, stderr=subprocess.PIPE, text=True,
        )
        with psycopg.connect(database.dsn(), autocommit=True) as con:
            def working() -> bool:
                return bool(con.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE state = 'active'"
                    " AND application_name = 'zhixing' AND query LIKE '%COUNT%'"
                ).fetchall())

            assert _soon(working)
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=30)
            assert _soon(lambda: not working())
        assert running.returncode == 1
        assert "已中止" in said
        assert "Traceback" not in said
        assert list(tmp_path.iterdir()) == [source]


def _soon(happened) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.05)
    return False

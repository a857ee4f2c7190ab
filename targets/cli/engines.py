"""Options that choose where the rows are: files here, a database, a cluster."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

OPTIONS = (
    click.option(
        "--engine", type=click.Choice(["duckdb", "postgres", "spark"]), default="duckdb",
        show_default=True, help="各行数据在哪里就在哪里汇总：本机文件、PostgreSQL、Spark 集群。",
    ),
    click.option("--source", type=click.Path(path_type=Path), metavar="文件",
                 help="来源文件（YAML）：本行的表名、列名、代码和单位怎样对应到数据表。"),
    click.option("--master", metavar="地址", help="Spark 的 Master，如 spark://10.0.0.1:7077。"),
    click.option("--dsn", metavar="连接串", help="PostgreSQL 的连接串，不得含口令。"),
    click.option("--dsn-env", metavar="变量名", help="连接串（可含口令）在哪个环境变量里。"),
    click.option("--dsn-file", type=click.Path(path_type=Path), metavar="文件",
                 help="连接串（可含口令）在哪个文件里；文件要只有本人可读写（600）。"),
    click.option("--hand-ins", type=click.Path(path_type=Path, exists=True),
                 metavar="文件或目录",
                 help="报送记录，或它和收件簿、自定日期所在的目录；不写就在数据目录里找。"),
)


def engine_options(function):
    for option in reversed(OPTIONS):
        function = option(function)
    return function


@contextmanager
def opened(
    data: Path | None, catalog, *, engine: str, source: Path | None, master: str | None,
    dsn: str | None, dsn_env: str | None, dsn_file: Path | None, hand_ins: Path | None,
    progress=None,
) -> Iterator:
    """The data, verified where it is; open until it has been judged."""
    from targets.assessment.opening import open_bank, with_record
    from targets.branchdata import reported_codes
    from targets.schema.measures import Dataset, Metric
    from targets.schema.organisation import Unit

    secrets = [s for s in (dsn, dsn_env, dsn_file) if s is not None]
    _fit(engine, data, master, secrets)
    datasets, units = catalog.all(Dataset), catalog.all(Unit)
    known = {
        "codes": reported_codes(catalog.all(Metric)),
        "progress": progress and (lambda table: progress(f"核对 {table}", 0, 1)),
    }
    if engine == "duckdb" and source is None:
        yield open_bank(catalog, data, hand_ins=hand_ins, progress=known["progress"])
        return
    from targets.engines.data import open_on
    from targets.engines.source import read_origin

    origin = read_origin(source, datasets) if source else None
    warehouse = _warehouse(engine, data, master, (dsn, dsn_env, dsn_file))
    try:
        read = open_on(warehouse, origin, datasets, units, **known)
        yield with_record(read, catalog, data, hand_ins)
    finally:
        warehouse.close()


def without_record(catalog, read) -> str | None:
    """What can't be told for want of a record of hand-ins; None where nothing is missing."""
    from targets.schema.measures import Dataset

    made = [d.name for d in catalog.all(Dataset) if not d.sent and d.table not in read.tables]
    if not made:
        return None
    return (f"没有可用的报送记录，由它得出的“{'、'.join(made)}”是空的，有关判定为“无数据”；"
            "记录在别处，请加 --hand-ins")


def _fit(engine: str, data: Path | None, master: str | None, secrets: Sequence) -> None:
    """What an engine needs is there, and nothing that it does not know."""
    if engine == "postgres":
        if len(secrets) != 1:
            raise click.UsageError("--engine postgres 要写 --dsn、--dsn-env、--dsn-file 中的一个")
        if data is not None:
            raise click.UsageError("--engine postgres 的数据在库里，不写 --data")
    elif secrets:
        raise click.UsageError("--dsn、--dsn-env、--dsn-file 只用于 --engine postgres")
    if (engine == "spark") != (master is not None):
        raise click.UsageError("--master 与 --engine spark 要一起写")
    if engine != "postgres" and data is None:
        raise click.UsageError("要写 --data：数据目录，或一个 xlsx 工作簿")


def _warehouse(engine: str, data: Path | None, master: str | None, secret: tuple):
    if engine == "postgres":
        from targets.engines.postgres import Postgres, dsn

        return Postgres(dsn(*secret))
    if engine == "spark":
        from targets.engines.spark import Spark

        # a path of this machine in full, for every worker reads it; an address as it is
        written = str(data)
        return Spark(master, written if ":/" in written else str(data.resolve()))
    from targets.engines.embedded import DuckDB

    return DuckDB(data)

"""PostgreSQL: everything runs in one read-only transaction, so that all numbers are of one moment.

The connection string is a secret: it comes from the environment or from a file that only its owner
may read. Neither it nor the server's own messages, which may repeat parts of it or of rows, are
ever shown.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from targets.problems import Code, Problems, reason

from .warehouse import Stored, exact, missing_part, sql, stopped

CHUNK = 50_000
WAIT = 10
"""seconds to wait for a server"""
TYPES = {
    "text": "VARCHAR", "character varying": "VARCHAR", "character": "VARCHAR", "name": "VARCHAR",
    "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "boolean": "BOOLEAN",
    "date": "DATE", "timestamp without time zone": "TIMESTAMP", "real": "FLOAT",
    "double precision": "DOUBLE", "numeric": "DECIMAL",
}
ARROW = {
    "bool": pa.bool_(), "int2": pa.int64(), "int4": pa.int64(), "int8": pa.int64(),
    "text": pa.string(), "varchar": pa.string(), "bpchar": pa.string(), "name": pa.string(),
    "date": pa.date32(),
}
HINT = "核对服务器地址、端口、数据库名和网络；连接串的写法见 PostgreSQL 手册的“连接字符串”"


def dsn(plain: str | None, variable: str | None, file: Path | None) -> str:
    """The connection string, from one place; raises Problems without repeating it."""
    if plain is not None:
        if _parts(plain).get("password"):
            raise stopped(
                Code.BAD_SECRET, "--dsn 里写了口令：命令行会留在历史记录和进程列表里",
                "口令放进环境变量（--dsn-env 变量名）或只有本人可读的文件（--dsn-file 文件）",
            )
        return plain
    if variable is not None:
        value = os.environ.get(variable, "").strip()
        if not value:
            raise stopped(Code.BAD_SECRET, f"环境变量 {variable} 是空的", "先设好这个变量")
        return value
    try:
        with file.open(encoding="utf-8") as stream:
            if os.name == "posix" and stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077:
                raise stopped(
                    Code.BAD_SECRET, f"{file} 别人也能读或写", f"运行 chmod 600 {file}",
                    "只有本人可读写（600）",
                )
            value = stream.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "不是 UTF-8 文字"
        raise stopped(Code.BAD_SECRET, f"{file} 读不了：{why}", "核对文件名和权限") from None
    if not value:
        raise stopped(Code.BAD_SECRET, f"{file} 是空的", "写入一行连接串")
    return value


def _psycopg():
    try:
        import psycopg
    except ImportError as error:
        raise missing_part("PostgreSQL", "postgres", f"没有 {error.name}") from None
    return psycopg


def _parts(text: str) -> dict:
    psycopg = _psycopg()
    try:
        return psycopg.conninfo.conninfo_to_dict(text)
    except psycopg.Error:
        raise stopped(
            Code.BAD_SECRET, "连接串的写法不对（内容不显示）", HINT,
            "host=… port=5432 dbname=… user=…，或 postgresql://用户@主机:端口/库",
        ) from None


class Postgres:
    """A database, open for reading."""

    name = "PostgreSQL"

    def __init__(self, secret: str):
        psycopg = _psycopg()
        parts = _parts(secret)
        asked = {"connect_timeout": WAIT, "application_name": "zhixing", **parts}
        try:
            self._con = psycopg.connect(**asked)
        except psycopg.Error as error:
            raise _refused(str(error)) from None
        with self._told():
            self._con.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._con.read_only = True
            self._con.execute("SET TIME ZONE 'UTC'")
        self._chunk = CHUNK if psycopg.capabilities.has_stream_chunked() else 1

    def find(self, place: str) -> Stored | None:
        parts = place.split(".")
        quoted = ".".join('"' + part.replace('"', '""') + '"' for part in parts)
        if len(parts) > 2:
            return None
        with self._told():
            rows = self._con.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
                " ORDER BY attnum", [quoted],
            ).fetchall()
        if not rows:
            return None
        table = exp.to_identifier(parts[-1], quoted=True)
        schema = exp.to_identifier(parts[0], quoted=True) if len(parts) == 2 else None
        return Stored(place, exp.Table(this=table, db=schema), {n: _kind(t) for n, t in rows})

    def query(self, query: exp.Query) -> pa.Table:
        text, batches = sql(query, "postgres"), []
        with self._told(), self._con.cursor() as cursor:
            shape = cursor.execute(f"SELECT * FROM ({text}) AS shape LIMIT 0").description
            schema = pa.schema([pa.field(c.name, _arrow(self._con, c)) for c in shape])
            # a named cursor would fetch piece by piece, too, but its query runs on one core
            rows = cursor.stream(text, size=self._chunk)
            while part := list(islice(rows, CHUNK)):
                columns = zip(*part, strict=True)
                batches.append(pa.record_batch(
                    [pa.array(values, f.type) for values, f in zip(columns, schema, strict=True)],
                    schema=schema,
                ))
        return exact(pa.Table.from_batches(batches, schema))

    def close(self) -> None:
        self._con.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        psycopg = _psycopg()
        try:
            yield
        except psycopg.Error as error:
            raise _failed(error.sqlstate or "", self._con.closed or self._con.broken) from None


def _kind(stored: str) -> str:
    """A type as DuckDB calls it; our own words for one that is of no use to us."""
    base = re.sub(r"\(.*?\)", "", stored)
    found = TYPES.get(base, stored)
    size = re.search(r"\((\d+),(\d+)\)", stored)
    return f"DECIMAL({size[1]},{size[2]})" if found == "DECIMAL" and size else found


def _arrow(con, column) -> pa.DataType:
    kind = con.adapters.types[column.type_code].name
    if kind == "numeric" and column.precision:
        return pa.decimal128(column.precision, column.scale)
    if kind not in ARROW:  # a number without its digits told would not be exact
        raise TypeError(f"{column.name} came as {kind}")
    return ARROW[kind]


def _refused(message: str) -> Problems:
    """Why there is no connection. The server's words are read for their kind only."""
    words = message.casefold()
    if any(w in words for w in ("password", "authentication", "认证", "pg_hba", "no password")):
        return stopped(Code.WRONG_PASSWORD, "PostgreSQL 不认这个用户名或口令",
                       "核对连接串里的用户和口令，以及服务器准不准这个用户从本机登录")
    kinds = {
        "timeout": "等了太久没有回应", "refused": "没有服务在那个端口上听",
        "translate host name": "主机名解析不了", "does not exist": "没有这个数据库或用户",
        "ssl": "加密连接没有谈成",
    }
    why = next((zh for en, zh in kinds.items() if en in words), "服务器没有接受连接")
    return stopped(Code.NO_CONNECTION, f"连不上 PostgreSQL：{why}", HINT)


def _failed(state: str, lost: bool) -> Problems:
    """What ended a query, from its SQLSTATE alone: the message may hold what rows hold."""
    if lost or state.startswith(("08", "57P")):
        return stopped(Code.CONNECTION_LOST, "与 PostgreSQL 的连接中断，没有写出任何结果",
                       "等服务恢复后再运行一次")
    if state == "42501":
        return stopped(Code.NOT_PERMITTED, "这个用户没有读取其中某张表的权限",
                       "请数据库管理员授予 SELECT")
    if state.startswith("53"):
        return stopped(Code.ENGINE_FULL, f"PostgreSQL 的磁盘、内存或连接数不够（{state}）",
                       "请数据库管理员腾出空间后再运行")
    if state == "57014":
        return stopped(Code.ENGINE_FAILED, "查询被取消或超过了服务器的时限（57014）",
                       "请数据库管理员放宽 statement_timeout，或错开高峰再运行")
    return stopped(Code.ENGINE_FAILED, f"PostgreSQL 没有算完（SQLSTATE {state or '未知'}）",
                   "把这个代码告诉数据库管理员；结果没有写出")

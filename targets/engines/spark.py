"""Spark: a cluster reads Parquet or CSV where it lies, in SQL alone, so workers need no Python."""

import logging
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from sqlglot import exp

from targets.problems import Code, Problems

from .warehouse import Stored, exact, missing_part, sql, stopped

WAIT = 10
"""seconds to wait for the master"""
NO_WORKER = 120
"""seconds that a query may go without any worker"""
SUFFIXES = (".parquet", ".csv")
KINDS = {
    "string": "VARCHAR", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER",
    "bigint": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP", "float": "FLOAT", "double": "DOUBLE",
}
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}


class Spark:
    """A folder that every worker can read, or any address that Spark's readers know."""

    name = "Spark"

    def __init__(self, master: str, folder: str, settings: dict[str, str] | None = None):
        _reachable(master)
        self._folder = folder.rstrip("/")
        self._local = master.startswith("local")
        self._views: dict[str, Stored] = {}
        self._session = _session(master, {**SETTINGS, **(settings or {})})

    def set(self, name: str, value: str) -> None:
        """A setting of Spark's own for the queries to come."""
        self._session.conf.set(name, value)

    def find(self, place: str) -> Stored | None:
        if place not in self._views:
            path, written = self._path(place)
            if path is None:
                return None
            reader = self._session.read
            with self._told(), self._watched():  # looking for columns is work for workers, too
                frame = (
                    reader.csv(path, header=True, inferSchema=False, multiLine=True, escape='"',
                               encoding="UTF-8", mode="FAILFAST")
                    if written else reader.option("mergeSchema", "true").parquet(path)
                )
                name = f"source_{len(self._views)}"
                frame.createOrReplaceTempView(name)
                kinds = {n: _kind(t) for n, t in frame.dtypes}
            relation = exp.Table(this=exp.to_identifier(name, quoted=True))
            self._views[place] = Stored(place, relation, kinds, written)
        return self._views[place]

    def _path(self, place: str) -> tuple[str | None, bool]:
        """Where a table's files are, and whether they are CSV."""
        paths = [f"{self._folder}/{place}", *(f"{self._folder}/{place}{s}" for s in SUFFIXES)]
        for path in paths:
            if self._exists(path):
                return path, path.casefold().endswith(".csv")
        return None, False

    def _exists(self, path: str) -> bool:
        with self._told():
            jvm = self._session._jvm
            where = jvm.org.apache.hadoop.fs.Path(path)
            system = where.getFileSystem(self._session._jsc.hadoopConfiguration())
            return system.exists(where)

    def query(self, query: exp.Query) -> pa.Table:
        with self._told(), self._watched():
            return exact(self._session.sql(sql(query, "spark")).toArrow())

    def close(self) -> None:
        try:
            self._session.stop()
        except Exception:  # the cluster may be gone already; there is nothing left to keep
            return

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Cancel the work once no worker has been there for a while: Spark waits for ever."""
        if self._local:
            yield
            return
        done, gone = threading.Event(), threading.Event()
        context = self._session.sparkContext

        def look() -> None:
            without = 0
            while not done.wait(1):
                try:
                    known = len(context._jsc.sc().statusTracker().getExecutorInfos())
                except Exception:  # the driver itself is gone; its own error will tell
                    return
                without = 0 if known > 1 else without + 1  # the driver counts as one
                if without >= NO_WORKER:
                    gone.set()
                    context.cancelAllJobs()
                    return

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        except Exception:
            if gone.is_set():
                raise stopped(
                    Code.NO_WORKERS,
                    f"Spark 有 {NO_WORKER} 秒没有一个可用的工作节点，没有写出任何结果",
                    "在集群页面上看工作节点是否都在、内存和核数够不够，再运行一次",
                ) from None
            raise
        finally:
            done.set()
            thread.join()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (Problems, KeyboardInterrupt, TypeError):
            raise
        except Exception as error:
            if "cancellation of all jobs" in str(error):  # how Spark answers Ctrl-C
                raise KeyboardInterrupt from None
            raise _failed(error) from None


def _reachable(master: str) -> None:
    """Spark itself tries for a minute before it gives up."""
    found = re.fullmatch(r"spark://([^:/]+):(\d+)", master)
    if found is None:
        if re.fullmatch(r"local(\[(\*|\d+)\])?|yarn|k8s://.+|spark://.+", master):
            return
        raise stopped(Code.NO_CONNECTION, "--master 的写法不对",
                      "改正后再运行", "spark://主机:端口、yarn、k8s://… 或 local[*]")
    try:
        socket.create_connection((found[1], int(found[2])), timeout=WAIT).close()
    except OSError:
        raise stopped(
            Code.NO_CONNECTION, f"连不上 Spark 的 {master}", "核对地址和端口，看 Master 是否在运行"
        ) from None


def _session(master: str, settings: dict[str, str]):
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise missing_part("Spark", "spark", f"没有 {error.name}") from None
    # what ends a query is told by us; without a handler it would print a traceback besides
    logging.getLogger("py4j").addHandler(logging.NullHandler())
    builder = SparkSession.builder.appName("zhixing").master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        with _quiet():
            return builder.getOrCreate()
    except Exception as error:
        if "JAVA" in str(error).upper() and "GATEWAY" in str(error).upper():
            raise missing_part("Spark", "spark", "没有 Java 17 或更高版本") from None
        raise stopped(
            Code.NO_CONNECTION, "Spark 没有启动",
            "核对 --master、Java 版本（17 或更高）和驱动机的地址",
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Spark says while it starts, before its log level is known, off the screen."""
    saved = os.dup(2)
    hole = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(hole, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(hole)


def _kind(stored: str) -> str:
    found = re.fullmatch(r"decimal\((\d+),(\d+)\)", stored)
    return f"DECIMAL({found[1]},{found[2]})" if found else KINDS.get(stored, stored)


def _failed(error: Exception) -> Problems:
    """What ended a query; Spark's message may hold what rows hold, so only its kind is told."""
    words = str(error)
    condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    if "No space left on device" in words or "OutOfMemoryError" in words:
        return stopped(Code.ENGINE_FULL, "Spark 的磁盘或内存不够", "腾出工作节点的空间后再运行")
    if "Permission denied" in words or "AccessControlException" in words:
        return stopped(Code.NOT_PERMITTED, "Spark 没有读取其中某个文件的权限", "核对文件权限")
    if "ExecutorLostFailure" in words or "Master removed our application" in words:
        return stopped(Code.NO_WORKERS, "Spark 的工作节点一再失联，没有写出任何结果",
                       "在集群页面上看工作节点为什么退出，再运行一次")
    if "SparkContext was shut down" in words or "Py4JNetwork" in type(error).__name__ or (
        "cannot call methods on a stopped" in words.casefold()
    ):
        return stopped(Code.CONNECTION_LOST, "与 Spark 的连接中断，没有写出任何结果", "再运行一次")
    if "FileNotFound" in words or "PATH_NOT_FOUND" in words:
        return stopped(Code.NO_SOURCE_TABLE, "工作节点读不到数据文件",
                       "数据要放在驱动机和每个工作节点都能读的地方（共享目录或对象存储）")
    return stopped(Code.ENGINE_FAILED, f"Spark 没有算完（{condition}）",
                   "核对数据文件是否完好；结果没有写出")

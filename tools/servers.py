"""Real servers on this machine for tests and benchmarks: PostgreSQL, and Spark of two workers.

Everything listens on 127.0.0.1 alone.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
"""Java compiles lightly, and frees memory without threads of its own"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return taken.getsockname()[1]


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


@dataclass(frozen=True)
class PostgresServer:
    port: int
    user: str
    password: str
    folder: Path
    _programs: Path
    _as: tuple[str, ...]

    def dsn(self, database: str = "postgres", password: str | None = None, **more: str) -> str:
        parts = {"host": HOST, "port": self.port, "user": self.user, "dbname": database,
                 "password": password or self.password, **more}
        return " ".join(f"{k}={v}" for k, v in parts.items())

    def start(self) -> None:
        subprocess.run(
            [*self._as, self._programs / "pg_ctl", "-D", self.folder / "data", "-w", "-s",
             "-l", self.folder / "log", "start", "-o",
             f"-p {self.port} -k {self.folder} -c listen_addresses={HOST} -c fsync=off"
             " -c shared_buffers=64MB"],
            check=True, cwd="/",
        )

    def stop(self, gently: bool = False) -> None:
        subprocess.run(
            [*self._as, self._programs / "pg_ctl", "-D", self.folder / "data", "-s",
             "-m", "fast" if gently else "immediate", "stop"], check=False, cwd="/",
        )


@contextmanager
def postgres(kept: Path | None = None) -> Iterator[PostgresServer]:
    """A server with passwords; root starts it as somebody else, as it insists on.

    kept: a folder whose database outlives the server (default: a fresh one that does not).
    """
    programs = postgres_programs()
    folder = kept or Path(tempfile.mkdtemp(prefix="zhixing-pg-"))
    folder.mkdir(exist_ok=True)
    other: tuple[str, ...] = ()
    if os.geteuid() == 0:
        import pwd

        names = {one.pw_name for one in pwd.getpwall()}
        name = "postgres" if "postgres" in names else "nobody"
        user = pwd.getpwnam(name)
        os.chown(folder, user.pw_uid, user.pw_gid)
        other = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    secret = folder / "password"
    try:
        if not (folder / "data").exists():
            secret.write_text(secrets.token_urlsafe(12))
            secret.chmod(0o644)
            subprocess.run(
                [*other, programs / "initdb", "-D", folder / "data", "-U", "owner", "-A",
                 "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
                check=True, stdout=subprocess.DEVNULL, cwd="/",
            )
        password = secret.read_text()
        server = PostgresServer(free_port(), "owner", password, folder, programs, other)
        server.start()
        try:
            yield server
        finally:
            server.stop(gently=kept is not None)
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class SparkCluster:
    master: str
    log: Path
    start_worker: Callable[[], subprocess.Popen]
    workers: list[subprocess.Popen] = field(default_factory=list)
    started: int = 0

    def fill(self, number: int) -> None:
        """Have so many workers running."""
        while len(self.workers) < number:
            self.workers.append(self.start_worker())
            self.started += 1
        _wait_for(self.log, "Registering worker", self.started)

    def kill(self) -> None:
        """A worker and its executors, without a word."""
        worker = self.workers.pop()
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@contextmanager
def spark(workers: int = 2, memory: int = 1, brief: bool = False) -> Iterator[SparkCluster]:
    """A standalone master and its workers, of one core and so many gigabytes each.

    brief: for little work, for which compiling well would take longer than the work itself.
    """
    import pyspark

    home = Path(pyspark.__path__[0])
    folder = Path(tempfile.mkdtemp(prefix="zhixing-spark-"))
    port = free_port()
    java = BRIEF if brief else ""
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST,
        "SPARK_DAEMON_MEMORY": "256m", "PYSPARK_PYTHON": sys.executable,
        "SPARK_WORKER_OPTS": "-Dspark.worker.cleanup.enabled=false",
        "SPARK_DAEMON_JAVA_OPTS": java, "SPARK_CONF_DIR": str(folder),
    }
    (folder / "spark-defaults.conf").write_text(
        f"spark.executor.memory {memory * 600}m\nspark.driver.memory 700m\n"
        "spark.sql.shuffle.partitions 2\nspark.driver.bindAddress 127.0.0.1\n"
        "spark.driver.host 127.0.0.1\n"
        f"spark.driver.extraJavaOptions {java}\nspark.executor.extraJavaOptions {java}\n"
    )

    def run(name: str, kind: str, *arguments: str) -> subprocess.Popen:
        with (folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                ["nice", home / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}",
                 "--host", HOST, "--webui-port", "0", *arguments],
                env=environment, stdout=log, stderr=log, start_new_session=True,
            )

    def start_worker() -> subprocess.Popen:
        name = f"worker{len(running)}"
        running.append(run(name, "worker.Worker", "--cores", "1", "--memory", f"{memory}g",
                           "--work-dir", str(folder / name), f"spark://{HOST}:{port}"))
        return running[-1]

    running = [run("master", "master.Master", "--port", str(port))]
    try:
        _wait_for(folder / "master.log", "I have been elected leader", 1)
        cluster = SparkCluster(f"spark://{HOST}:{port}", folder / "master.log", start_worker)
        cluster.fill(workers)
        before = {name: os.environ.get(name) for name in ("SPARK_CONF_DIR", "SPARK_LOCAL_IP")}
        os.environ.update({name: environment[name] for name in before})
        try:
            yield cluster
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
    finally:
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(log: Path, words: str, times: int) -> None:
    for _ in range(1_200):
        text = log.read_text(errors="replace") if log.exists() else ""
        if text.count(words) >= times:
            return
        time.sleep(0.1)
    raise RuntimeError(f"{log.name} 里一直没有 {words}：\n{text[-2000:]}")

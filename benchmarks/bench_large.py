"""Ten and a hundred million rows: the command on each engine, and the same by hand.

Long, and only on a machine that does nothing else: `make bench-large`. BENCH_ROWS=few,many asks
for other numbers of rows.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .bench_assessment import (
    DEFINITIONS,
    OURS,
    PANDAS,
    SCRIPTS,
    SQL,
    by_hand,
    same_results,
)
from .bench_assessment import (
    ours as by_command,
)
from .comparison import Aim, Comparison
from .measure import CannotMeasure, Case, Cost, middle

HERE = Path(__file__).parent
FEW, MANY = map(int, os.environ.get("BENCH_ROWS", "10000000,100000000").split(","))
ENGINES = {"postgres": f"{OURS} --engine postgres", "spark": f"{OURS} --engine spark"}
PANDAS_NEEDS = 130
"""bytes of memory a row"""
FIRST, SECOND = (f"{OURS}，按月分文件，第{nth}次" for nth in "一二")


def benchmark(scratch: Path) -> Comparison:
    definitions = scratch / "definitions"
    shutil.copytree(DEFINITIONS, definitions, ignore=shutil.ignore_patterns("decisions"))
    benches = [_Bench(rows, definitions, scratch) for rows in (FEW, MANY)]
    cases = [case for bench in benches for case in bench.cases]
    many = _words(MANY)
    notes = [] if any(c.name == PANDAS + many for c in cases) else [
        f"{PANDAS}{many}没有测：内存不够（约要 {MANY * PANDAS_NEEDS / 1e9:.0f} GB）"
    ]

    def told(costs: dict[str, list[Cost]]) -> list[str]:
        return [*notes, *(bench.compare() for bench in benches), *growth(costs)]

    return Comparison(
        title="大数据量",
        about=(
            "商户名册，24 个月末，各引擎给出的结果逐项相同（不同就没有这一节）。"
            "本机 DuckDB 的名册已核对过（数据清单为证）；PostgreSQL 和 Spark 每次都先核对再汇总，"
            "并计入服务器自己的开销（Spark 是两个单核工作节点的集群，含启动）。"
            f"{PANDAS}、PostgreSQL 和 Spark 只运行一轮。"
        ),
        cases=cases,
        baseline=SQL + many,
        aims=[Aim(OURS + many, "cpu", 1.1, beside=SQL + many), Aim(OURS + many, "memory", 1024)],
        rounds=7,
        warm_up=False,
        notes=told,
    )


def _words(rows: int) -> str:
    return f"（{rows // 10_000:,} 万行）"


def _run(*command, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=HERE.parent, capture_output=True,
        text=True, env=os.environ | (env or {}),
    )
    if done.returncode:
        raise CannotMeasure(f"数据没有备好（{command[0]}）：\n{done.stderr[-2000:]}")


class _Bench:
    """Each way of judging so many rows, and whether all of them found the same."""

    def __init__(self, rows: int, definitions: Path, scratch: Path):
        self.suffix, self._scratch = _words(rows), scratch
        data, database = HERE / "_data" / f"merchants-{rows}", HERE / "_data" / f"postgres-{rows}"
        monthly, settings = HERE / "_data" / f"monthly-{rows}", scratch / f"settings-{rows}.json"
        _run("benchmarks.roster", data, rows, definitions, settings)
        _run("benchmarks.load_postgres", data, database)
        _run("benchmarks.monthly", data, monthly, definitions)
        self._targets = json.loads(settings.read_text(encoding="utf-8"))["targets"]

        def command(name: str, folder: Path, **more) -> Case:
            return self._case(
                name, sys.executable, "-m", "targets", "assess", "--definitions", definitions,
                "--data", folder, "--format", "csv", "-o", self._output(name), **more,
            )

        def script(name: str) -> Case:
            return self._case(name, sys.executable, HERE / SCRIPTS[name], settings, data,
                              self._output(name), once=name == PANDAS)

        def engine(kind: str) -> Case:
            return self._case(
                ENGINES[kind], sys.executable, "-m", "benchmarks.assess_on_engines", kind,
                definitions, database if kind == "postgres" else data,
                self._output(ENGINES[kind]), cwd=HERE.parent, once=True,
            )

        kept = {"ZHIXING_CACHE": str(scratch / f"kept-{rows}")}
        self.cases = [
            command(OURS, data),
            *(script(n) for n in SCRIPTS if n != PANDAS or rows * PANDAS_NEEDS < _memory()),
            *map(engine, ENGINES),
            command(FIRST, monthly, env=kept, once=True, prepare=lambda: _run(
                "targets", "check", "--definitions", definitions, env=kept,
            )),
            command(SECOND, monthly, env=kept),
        ]

    def _output(self, name: str) -> Path:
        return self._scratch / f"{name}{self.suffix}.csv".replace("/", "-")

    def _case(self, name: str, *command, **more) -> Case:
        return Case(name + self.suffix, [*map(str, command)], **more)

    def compare(self) -> str:
        """Raises CannotMeasure where two of them differ."""
        names = [case.name.removesuffix(self.suffix) for case in self.cases]
        told = by_command(self._output(OURS), self._targets)
        for name in names:
            others = (
                by_hand(self._output(name)) if name in SCRIPTS
                else by_command(self._output(name), self._targets)
            )
            same_results(told, others, name)
        return f"{len(names)} 种做法的 {len(told):,} 项结果逐项相同{self.suffix}"


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def growth(costs: dict[str, list[Cost]]) -> list[str]:
    """From few to many rows, and on paper to a thousand and ten thousand million."""
    few, many = _words(FEW), _words(MANY)
    told = []
    for name in (OURS, *SCRIPTS, *ENGINES.values()):
        if name + few not in costs or name + many not in costs:
            continue
        a, b = (middle(costs[name + size], "cpu") for size in (few, many))
        memory = [middle(costs[name + size], "memory") for size in (few, many)]
        row = (b - a) / (MANY - FEW)
        fixed = max(0.0, a - row * FEW)
        paper = "，".join(
            f"{words} 行约 {_time(fixed + row * rows)} CPU（{cores} 核约 "
            f"{_time((fixed + row * rows) / cores)}）"
            for words, rows, cores in (("10⁹", 10**9, 2), ("10¹⁰", 10**10, 32))
        )
        told.append(
            f"{name}：行数 {MANY / FEW:g} 倍，CPU {b / a:.1f} 倍、内存 "
            f"{memory[1] / memory[0]:.1f} 倍；照此推算 {paper}"
            + ("。增长快于行数（分组要写磁盘），实际还要多" if b / a > 1.2 * MANY / FEW else "")
        )
    data = HERE / "_data"
    parquet, table = (
        sum(f.stat().st_size for f in (data / f"{name}-{MANY}").rglob("*") if f.is_file())
        * 10**9 / MANY / 1e9 for name in ("merchants", "postgres")
    )
    told.append(
        f"磁盘：10⁹ 行的名册约 {parquet:.1f} GB（Parquet，样例的列重复多，真的会大些）、"
        f"{table:.0f} GB（PostgreSQL 的数据目录）；PostgreSQL 和 Spark 查重复的行时还要临时空间"
    )
    told.append(
        "推算只用随行数增长的部分；内存不随行数增长的引擎（DuckDB、PostgreSQL、Spark）才能照此推算，"
        "pandas 要把各行放进内存，10⁹ 行时约要 "
        f"{10**9 * PANDAS_NEEDS / 1e9:.0f} GB，不宜用。"
        "数据在一台机器的磁盘上时，10⁹ 行用 DuckDB 按月分文件，每月只算新的一个月；"
        "10¹⁰ 行宜放在数据原来所在的集群上用 Spark。"
    )
    return told


def _time(seconds: float) -> str:
    return f"{seconds:.0f} 秒" if seconds < 180 else f"{seconds / 60:.0f} 分钟" if (
        seconds < 7200) else f"{seconds / 3600:.1f} 小时"

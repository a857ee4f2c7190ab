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
from .measure import CannotMeasure, Case, Cost, measure, middle

HERE = Path(__file__).parent
FEW, MANY = map(int, os.environ.get("BENCH_ROWS", "10000000,100000000").split(","))
ENGINES = {"postgres": f"{OURS} --engine postgres", "spark": f"{OURS} --engine spark"}
PANDAS_NEEDS = 130
"""bytes of memory a row"""
MONTHLY = f"{OURS}，按月分文件，第二次"


def benchmark(scratch: Path) -> Comparison:
    definitions = scratch / "definitions"
    shutil.copytree(DEFINITIONS, definitions, ignore=shutil.ignore_patterns("decisions"))
    cases = [
        *_cases(FEW, definitions, scratch, _words(FEW)),
        *_cases(MANY, definitions, scratch, _words(MANY)),
    ]
    notes = [] if any(c.name == f"{PANDAS}{_words(MANY)}" for c in cases) else [
        f"{PANDAS}{_words(MANY)}没有测：内存不够（约要 {MANY * PANDAS_NEEDS / 1e9:.0f} GB）"
    ]
    many = _words(MANY)
    return Comparison(
        title="大数据量",
        about=(
            "商户名册，24 个月末，各引擎给出同样的结果（测前逐项核对）。"
            "本机 DuckDB 的名册已核对过（数据清单为证）；PostgreSQL 和 Spark 每次都先核对再汇总，"
            "并计入服务器自己的开销（Spark 是两个单核工作节点的集群，含启动）。"
        ),
        cases=cases,
        baseline=SQL + many,
        aims=[Aim(OURS + many, "cpu", 1.1, beside=SQL + many), Aim(OURS + many, "memory", 1024)],
        rounds=1,
        warm_up=False,
        notes=lambda costs: notes + growth(costs),
    )


def _words(rows: int) -> str:
    return f"（{rows // 10_000:,} 万行）"


def _run(*command) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=HERE.parent, capture_output=True, text=True
    )
    if done.returncode:
        raise CannotMeasure(f"数据没有备好（{command[0]}）：\n{done.stderr[-2000:]}")


def _cases(rows: int, definitions: Path, scratch: Path, suffix: str) -> list[Case]:
    """Each way of judging so many rows; what they find is compared before anything is measured."""
    data, database = HERE / "_data" / f"merchants-{rows}", HERE / "_data" / f"postgres-{rows}"
    monthly, settings = HERE / "_data" / f"monthly-{rows}", scratch / f"settings-{rows}.json"
    _run("benchmarks.roster", data, rows, definitions, settings)
    _run("benchmarks.load_postgres", data, database)
    _run("benchmarks.monthly", data, monthly, definitions)
    known = json.loads(settings.read_text(encoding="utf-8"))

    def output(name: str) -> Path:
        return scratch / f"{name}{rows}.csv".replace("/", "-")

    def command(folder: Path, name: str) -> list[str]:
        return [sys.executable, "-m", "targets", "assess", "--definitions", str(definitions),
                "--data", str(folder), "--format", "csv", "-o", str(output(name))]

    kept = {"ZHIXING_CACHE": str(scratch / "kept")}
    cases = {OURS: Case(OURS + suffix, command(data, OURS))}
    cases |= {
        name: Case(name + suffix, [sys.executable, str(HERE / script), str(settings), str(data),
                                   str(output(name))])
        for name, script in SCRIPTS.items()
        if name != PANDAS or rows * PANDAS_NEEDS < _memory()
    }
    cases |= {
        name: Case(
            name + suffix,
            [sys.executable, "-m", "benchmarks.assess_on_engines", engine, str(definitions),
             str(database if engine == "postgres" else data), str(output(name))],
            cwd=HERE.parent,
        )
        for engine, name in ENGINES.items()
    }
    cases[MONTHLY] = Case(MONTHLY + suffix, command(monthly, MONTHLY), env=kept)
    for case in cases.values():
        measure(case)
    told = by_command(output(OURS), known["targets"])
    for name in cases:
        if name in SCRIPTS:
            same_results(told, by_hand(output(name)), name)
        elif name != OURS:
            same_results(told, by_command(output(name), known["targets"]), name)
    return list(cases.values())


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

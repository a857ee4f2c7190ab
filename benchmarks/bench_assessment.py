"""Judging a roster of one and ten million rows: the command, and the same by hand.

By hand in DuckDB's SQL, in Polars and in pandas.
"""

import csv
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from .comparison import Aim, Comparison
from .measure import CannotMeasure, Case, Cost, measure, middle

HERE = Path(__file__).parent
DEFINITIONS = HERE.parent / "targets/definitions"
ROWS, FEW = 10_000_000, 1_000_000
OURS, SQL, POLARS, PANDAS = "python -m targets assess", "手写 DuckDB SQL", "Polars", "pandas"
SCRIPTS = {
    SQL: "assess_by_sql.py", POLARS: "assess_by_polars.py", PANDAS: "assess_by_pandas.py",
}
SMALL = f"（{FEW // 10_000} 万行）"


def benchmark(scratch: Path) -> Comparison:
    # with decisions of its own a bank would judge by them, and the others would have to follow
    definitions = scratch / "definitions"
    shutil.copytree(DEFINITIONS, definitions, ignore=shutil.ignore_patterns("decisions"))
    settings = scratch / "settings.json"
    known: dict = {}

    def cases(rows: int, suffix: str = "") -> list[Case]:
        data = HERE / "_data" / f"merchants-{rows}"
        made = subprocess.run(
            [sys.executable, "-m", "benchmarks.roster", data, str(rows), definitions, settings],
            cwd=HERE.parent, capture_output=True, text=True,
        )
        if made.returncode:
            raise CannotMeasure(f"名册没有生成：\n{made.stderr[-2000:]}")
        known.update(json.loads(settings.read_text(encoding="utf-8")))
        ours = [sys.executable, "-m", "targets", "assess", "--definitions", str(definitions),
                "--data", str(data), "--format", "csv", "-o", str(scratch / f"{OURS}{suffix}")]
        return [Case(OURS + suffix, ours)] + [
            Case(name + suffix, [sys.executable, str(HERE / script), str(settings), str(data),
                                 str(scratch / f"{name}{suffix}")])
            for name, script in SCRIPTS.items()
        ]

    large, small = cases(ROWS), cases(FEW, SMALL)
    for case in large:
        measure(case)
    told = ours(scratch / OURS, known["targets"])
    for name in SCRIPTS:
        same_results(told, by_hand(scratch / name), name)
    return Comparison(
        title="判定",
        about=(
            f"{ROWS // 10_000} 万行商户名册（Parquet，已核对过）。"
            "本项目判定全部目标、写出全部结果，手写程序只算名册上的四个比率（其中一个没有目标值）；"
            f"共建主体、支行、分行、全行共 {len(told)} 项共同的结果逐项一致"
            "（户数、是否达标、还差户数、环比、同比、较年初、名次）。"
        ),
        cases=[*large, *small],
        baseline=SQL,
        aims=[Aim(OURS, "cpu", 1.1, beside=SQL), Aim(OURS, "memory", 500)],
        rounds=5,
        notes=shares,
    )


def shares(costs: dict[str, list[Cost]]) -> list[str]:
    """How much of the CPU is the start, and how much grows with the rows."""
    few = {name: middle(costs[name + SMALL], "cpu") for name in (OURS, SQL)}
    more = {name: middle(costs[name], "cpu") - few[name] for name in few}
    return [
        f"{FEW // 10_000} 万行时 {OURS} 用 CPU {few[OURS]:.2f} 秒、{SQL} 用 {few[SQL]:.2f} 秒："
        "主要是启动、读定义和逐项写明推算过程，不随行数增长",
        f"随行数增长的部分（{ROWS // 10_000} 万行减 {FEW // 10_000} 万行）："
        f"{more[OURS]:.2f} 秒与 {more[SQL]:.2f} 秒，{more[OURS] / more[SQL]:.2f} 倍",
    ]


def ours(file: Path, names: dict[str, str]) -> dict[tuple[str, str], tuple]:
    """(rate, subject) -> part, total, met, to go, three changes, place."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {
            (names[row["目标编号"]], row["共建主体编号"] or row["机构代码"]): (
                int(row["分子"]), int(row["分母"]),
                _met(row["暂按现行口径"] or row["判定"]), _whole(row["还差户数"]),
                *(_change(row[column]) for column in ("环比变动", "同比变动", "较年初变动")),
                int(row["同级名次"] or 1),
            )
            for row in csv.DictReader(lines)
            if row["目标编号"] in names and row["分母"]
        }


def by_hand(file: Path) -> dict[tuple[str, str], tuple]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {
            (row["rate"], row["subject"]): (
                int(row["part"]), int(row["total"]),
                row["met"].lower() == "true" if row["met"] else None, _whole(row["to_go"]),
                *(_change(row[name]) for name in ("mom", "yoy", "ytd")),
                int(row["place"]),
            )
            for row in csv.DictReader(lines)
        }


def _met(said: str) -> bool | None:
    return None if said == "不判定" else said == "达标"


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _change(text: str) -> Decimal | None:
    return round(Decimal(text), 6) if text else None


def same_results(told: dict, others: dict, name: str) -> None:
    """Raises CannotMeasure where two programs that are compared don't say the same."""
    different = [key for key in told.keys() | others.keys() if told.get(key) != others.get(key)]
    if different or not told:
        key = min(different, default=None)
        raise CannotMeasure(
            f"{OURS} 与 {name} 的结果有 {len(different)} 处不同，如 {key}："
            f"{told.get(key)} 与 {others.get(key)}"
        )

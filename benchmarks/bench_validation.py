"""Validating a CSV file of ten million rows: as the command does, and the same rules in pandera."""

import subprocess
import sys
from pathlib import Path

from .comparison import Aim, Comparison
from .measure import CannotMeasure, Case

HERE = Path(__file__).parent
ROWS = 10_000_000
TODAY = "2026-10-01"
OURS, PANDAS, POLARS = "本项目", "pandera（pandas）", "pandera（Polars）"


def benchmark(scratch: Path) -> Comparison:
    folder, wrong, settings = HERE / f"_data/csv-{ROWS}", scratch / "wrong", scratch / "known.json"
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.csv_roster", HERE / f"_data/merchants-{ROWS}", folder,
         wrong, str(ROWS), settings],
        cwd=HERE.parent, capture_output=True, text=True,
    )
    if made.returncode:
        raise CannotMeasure(f"清单没有生成：\n{made.stderr[-2000:]}")

    def commands(where: Path) -> dict[str, list[str]]:
        pandera = [sys.executable, str(HERE / "validate_by_pandera.py")]
        return {
            OURS: [sys.executable, str(HERE / "validate_by_ours.py"), str(where), TODAY],
            PANDAS: [*pandera, "pandas", str(where), TODAY, str(settings)],
            POLARS: [*pandera, "polars", str(where), TODAY, str(settings)],
        }

    _every_mistake_is_found(commands, wrong)
    return Comparison(
        title="核对数据",
        about=(
            f"{ROWS // 10_000} 万行商户清单（CSV）：类型、必填、范围、日期先后、月末、机构、"
            "共建主体及其归属、主键不重复。事先各放一处错误，三种程序都要查得出来。"
        ),
        cases=[Case(name, command) for name, command in commands(folder).items()],
        baseline=PANDAS,
        aims=[Aim(OURS, "cpu", 0.3, beside=PANDAS)],
        rounds=3,
        warm_up=False,
    )


def _every_mistake_is_found(commands, wrong: Path) -> None:
    """Programs that don't find the same mistakes must not be compared."""
    for folder in sorted(wrong.iterdir()):
        for name, command in commands(folder).items():
            told = subprocess.run(command, capture_output=True, text=True).stdout.split()
            if folder.name not in told:
                raise CannotMeasure(f"{name} 没有查出 {folder.name}：{told}")

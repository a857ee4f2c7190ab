"""Reading a workbook of a hundred thousand rows: as intake does, and with pandas and openpyxl."""

import subprocess
import sys
from pathlib import Path

from .comparison import Aim, Comparison
from .measure import CannotMeasure, Case

HERE = Path(__file__).parent
ROWS = 100_000
OURS, PANDAS = "本项目（读取并核对）", "pandas（openpyxl，只读取）"


def benchmark(scratch: Path) -> Comparison:
    source, book = HERE / f"_data/merchants-{ROWS}", scratch / "商户清单.xlsx"
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.book", source, str(ROWS), book],
        cwd=HERE.parent, capture_output=True, text=True,
    )
    if made.returncode:
        raise CannotMeasure(f"工作簿没有生成：\n{made.stderr[-2000:]}")
    cases = [
        Case(name, [sys.executable, str(HERE / script), str(book)])
        for name, script in ((OURS, "read_by_ours.py"), (PANDAS, "read_by_pandas.py"))
    ]
    told = [subprocess.run(c.command, capture_output=True, text=True) for c in cases]
    if len({run.stdout for run in told}) != 1 or not told[0].stdout:
        raise CannotMeasure("两种程序读出的行数或金额不同：" + "；".join(
            (run.stdout or run.stderr[-500:]).strip() for run in told
        ))
    return Comparison(
        title="读工作簿",
        about=(
            f"{ROWS // 10_000} 万行、8 列的商户清单（.xlsx）。pandas 只把单元格读进来；"
            "本项目另外认表头、换算、逐行核对，并记下每一行的出处。两边的行数和金额合计一致。"
        ),
        cases=cases,
        baseline=PANDAS,
        aims=[Aim(OURS, "cpu", 0.15, beside=PANDAS)],
        rounds=5,
    )

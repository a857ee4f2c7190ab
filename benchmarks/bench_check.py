"""Checking the definitions beside merely importing pandas."""

import sys
from pathlib import Path

from .comparison import Comparison
from .measure import Case


def benchmark(scratch: Path) -> Comparison:
    return Comparison(
        title="检查定义",
        about="检查全部定义的命令，与仅仅导入 pandas 相比。",
        cases=[
            Case("import pandas", [sys.executable, "-c", "import pandas"]),
            Case("python -m targets check", [sys.executable, "-m", "targets", "check"]),
        ],
        baseline="import pandas",
        rounds=9,
    )

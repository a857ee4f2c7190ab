"""How long a reader waits for an answer of the site's search."""

import csv
import json
import sys
from pathlib import Path
from statistics import median

from tools import browser

from .comparison import Comparison
from .measure import CannotMeasure, Case, Cost

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "_build/html/search.html"
QUERIES = REPOSITORY / "tests/browser/search_queries.csv"
NAME = "检索页"


def benchmark(scratch: Path) -> Comparison:
    chromium = browser.find()
    if chromium is None:
        raise CannotMeasure(browser.HOW_TO_GET)
    if not PAGE.is_file():
        raise CannotMeasure("手册尚未生成，请先运行 make site")
    with QUERIES.open(encoding="utf-8", newline="") as rows:
        queries = [row["query"] for row in csv.DictReader(rows)]
    if not queries:
        raise CannotMeasure(f"{QUERIES} 里没有查询词")
    script = Path(__file__).with_name("search_latency.py")
    command = [sys.executable, str(script), chromium, PAGE.as_uri(), json.dumps(queries)]
    return Comparison(
        title="检索",
        about=(
            f"用 Chromium 从 file:// 打开检索页，逐条提交 {len(queries)} 条查询，"
            "计从提交到结果排好版的时间。"
        ),
        cases=[Case(NAME, command)],
        rounds=3,
        quantities=(),
        notes=waiting,
    )


def waiting(costs: dict[str, list[Cost]]) -> list[str]:
    """The waiting times over all rounds."""
    rounds = [json.loads(cost.output) for cost in costs[NAME]]
    latencies = sorted(taken for told in rounds for taken in told["latencies"])
    slow = latencies[min(len(latencies) - 1, int(len(latencies) * 0.95))]
    return [
        f"打开到可以检索：中位数 {median(told['ready'] for told in rounds):.0f} 毫秒",
        f"每次检索：中位数 {median(latencies):.1f} 毫秒，95% 在 {slow:.1f} 毫秒以内，"
        f"最慢 {latencies[-1]:.1f} 毫秒",
    ]

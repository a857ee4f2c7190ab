"""The report: one section a benchmark, each with its own date and machine."""

import os
import platform
import re
import subprocess
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HEADING = """# 速度与内存

由 `make bench` 生成，请勿手改。计量的是整个进程连同其子进程：CPU 为用户态与内核态之和，
内存为其中最大一个进程的峰值。同一节里的数字出自同一次运行，可以相互比较；不同机器之间不宜比较。
"""
PACKAGES = ("pandas", "duckdb", "polars", "pyarrow", "pydantic", "jupyter-book", "Sphinx")
SECTION = re.compile(r"^<!-- (\w+) -->\n(.*?)(?=^<!-- \w+ -->\n|\Z)", re.MULTILINE | re.DOTALL)


def circumstances() -> str:
    """When and on what this was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{date.today().isoformat()}，{_processor()}，{os.cpu_count()} 核，{memory:.0f} GB 内存，"
        f"{platform.system()} {platform.machine()}，{_commit()}。"
        f"Python {platform.python_version()}，{'，'.join(_versions())}。"
    )


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or "处理器型号未知"


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    commit = git("rev-parse", "--short", "HEAD")
    changed = git("status", "--porcelain", "--untracked-files=no")
    return f"版本 {commit or '未知'}{'（有未提交的改动）' if changed else ''}"


def _versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found


def section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}\n\n{circumstances()}\n"


def merged(report: str, sections: dict[str, str]) -> str:
    """The report with these sections made anew; those of other benchmarks stay."""
    kept = {name: text.strip() + "\n" for name, text in SECTION.findall(report)}
    told = kept | sections
    return HEADING + "".join(f"\n<!-- {name} -->\n{told[name]}" for name in sorted(told))

"""What a whole process costs: its CPU and memory with all its children, and its time."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

# Nothing heavy is imported here: a child's peak memory starts at that of the process which
# started it, so a large harness would hide a small child.

UNUSUAL = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
"""settings that a user does not have: without compiled modules every start would compile anew"""
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Case:
    """A named command. `prepare` runs before each run of it and is not measured.

    once: too long for more than the first round.
    """

    name: str
    command: Sequence[str]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], object] | None = None
    once: bool = False


@dataclass(frozen=True)
class Cost:
    """CPU and wall time in seconds, peak memory in MB of the largest process of the tree."""

    cpu: float
    own_cpu: float
    wall: float
    memory: float
    output: str = field(repr=False, default="")

    @property
    def children_cpu(self) -> float:
        return max(0.0, self.cpu - self.own_cpu)


class CannotMeasure(Exception):
    """Something that the measurement needs is not there."""


class CommandFailed(CannotMeasure):
    """A measured command that did not succeed: its figures would mean nothing."""

    def __init__(self, case: Case, status: int, output: str) -> None:
        last = "\n".join(output.splitlines()[-20:])
        super().__init__(f"“{case.name}”没有成功（退出码 {status}）：\n{last}")


def measure(case: Case) -> Cost:
    """Run the command once, away from this checkout unless it says where."""
    if case.prepare:
        case.prepare()
    clean = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    with tempfile.TemporaryDirectory() as elsewhere, tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            case.command,
            cwd=case.cwd or elsewhere,
            env=clean | dict(case.env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        # The ended child is looked at before it is reaped: only then is its own share known.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - started
        own = _own_cpu(child.pid)
        _pid, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", errors="replace")
    if child.returncode != 0:
        raise CommandFailed(case, child.returncode, text)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime + usage.ru_stime, own, wall, usage.ru_maxrss / unit, text)


def _own_cpu(pid: int) -> float:
    """CPU seconds of the process without its children."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_PER_SECOND


def measure_all(
    cases: Sequence[Case],
    rounds: int,
    warm_up: bool,
    tell: Callable[[str], object] = lambda text: None,
) -> dict[str, list[Cost]]:
    """The costs of every case; the cases take turns, so that a slow minute meets them all."""
    if warm_up:
        for case in cases:
            tell(f"{case.name}（预热）")
            measure(case)
    costs: dict[str, list[Cost]] = {case.name: [] for case in cases}
    for number in range(1, rounds + 1):
        for case in cases:
            if case.once and number > 1:
                continue
            tell(f"{case.name}（第 {number}/{rounds} 轮）")
            costs[case.name].append(measure(case))
    return costs


def middle(costs: Sequence[Cost], quantity: str) -> float:
    """The median of one quantity over the runs."""
    return median(getattr(cost, quantity) for cost in costs)

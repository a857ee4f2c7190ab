"""Building the site: from nothing, unchanged, and with one value of one target changed."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import cycle
from pathlib import Path

import yaml

from .comparison import Aim, Comparison
from .measure import CannotMeasure, Case, Cost, measure

REPOSITORY = Path(__file__).parents[1]
COLD, UNCHANGED, EDITED = "从头构建", "没有改动", "改了一个目标值"
EXECUTED = re.compile(r"Executed notebook in [\d.]+ seconds")


def copy_sources(to: Path) -> None:
    """The sources as they are now, whether committed or not, without anything generated."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    ).stdout.decode("utf-8")
    for name in filter(None, listed.split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / name)


def target_value(definitions: Path) -> tuple[Path, int, int]:
    """Where the first dated value of a target stands: file, and its span of characters."""
    for file in sorted(definitions.rglob("*.y*ml")):
        for node in _nodes(yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)):
            criterion = _under(node, "criterion")
            for dated in getattr(_under(criterion, "values"), "value", []):
                value = _under(dated, "value")
                if value is not None and value.tag.endswith((":int", ":float")):
                    return file, value.start_mark.index, value.end_mark.index
    raise CannotMeasure(f"{definitions} 里没有带数值的目标，无法测量改动后的构建。")


def _nodes(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _key, value in node.value:
            yield from _nodes(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _nodes(value)


def _under(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None


def benchmark(scratch: Path) -> Comparison:
    copy = scratch / "repository"
    copy_sources(copy)
    # The installed package points at this checkout; the copy is the one that must be imported.
    env = {"PYTHONPATH": str(copy), "PYTHONUTF8": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
    (copy / "_build").mkdir()
    for arguments in (
        ["sample", "-o", "data/sample"],
        ["assess", "--data", "data/sample", "--format", "json", "-o", "_build/findings.json"],
    ):
        command = [sys.executable, "-m", "targets", *arguments]
        measure(Case(f"targets {arguments[0]}", command, copy, env))

    file, start, end = target_value(copy / "targets/definitions/sijin")
    original = file.read_text(encoding="utf-8")
    step = cycle((Decimal(1), Decimal(0)))

    def empty() -> None:
        for folder in ("html", ".doctrees", ".jupyter_cache"):
            shutil.rmtree(copy / "_build" / folder, ignore_errors=True)

    def edit() -> None:
        value = Decimal(original[start:end]) + next(step)
        file.write_text(f"{original[:start]}{value}{original[end:]}", encoding="utf-8")

    build = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    return Comparison(
        title="生成手册",
        about=(
            "在仓库的副本里运行 jupyter-book build .；本进程即构建本身，子进程即执行笔记本的内核。"
        ),
        cases=[
            Case(COLD, build, copy, env, prepare=empty),
            Case(UNCHANGED, build, copy, env),
            Case(EDITED, build, copy, env, prepare=edit),
        ],
        aims=[Aim(EDITED, "own_cpu", 5)],
        rounds=3,
        warm_up=False,
        quantities=("cpu", "own_cpu", "children_cpu", "wall", "memory"),
        notes=executed,
    )


def executed(costs: dict[str, list[Cost]]) -> list[str]:
    """How many notebooks each build had to execute."""
    return [
        f"{name}：执行了 "
        + "、".join(str(len(EXECUTED.findall(cost.output))) for cost in runs)
        + " 本笔记本（逐轮）"
        for name, runs in costs.items()
    ]

"""Run the benchmarks and write the report.

A benchmark is a module `bench_NAME.py` here, with a function `benchmark(scratch) -> Comparison`.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path

import click

from targets.cli.messages import Command, use_chinese

from .measure import CannotMeasure
from .report import merged, section

use_chinese()

HERE = Path(__file__).parent
LONG = {"large"}
"""measured only when asked for by name"""
NAMES = sorted(file.stem.removeprefix("bench_") for file in HERE.glob("bench_*.py"))


@click.command(cls=Command)
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[名称]...")
@click.option("--rounds", type=click.IntRange(1, 99), help="每条命令运行几轮，不写则按各项的设定")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=HERE / "report.md",
    help="报告写到哪里",
)
def main(names: tuple[str, ...], rounds: int | None, output: Path) -> None:
    """测量速度与内存，结果写入 benchmarks/report.md；不写名称则全部测量（large 要单独写）。"""
    sections = {}
    for name in names or [n for n in NAMES if n not in LONG]:
        with tempfile.TemporaryDirectory(prefix="zhixing-bench-") as scratch:
            module = import_module(f"{__package__}.bench_{name}")
            try:
                comparison = module.benchmark(Path(scratch))
                click.echo(f"== {comparison.title}")
                body = comparison.run(lambda text: click.echo(f"   {text}", err=True), rounds)
            except CannotMeasure as problem:
                click.echo(f"错误：{problem}", err=True)
                sys.exit(1)
        click.echo(f"{body}\n")
        sections[name] = section(comparison.title, body)
    before = output.read_text(encoding="utf-8") if output.exists() else ""
    output.write_text(merged(before, sections), encoding="utf-8")
    click.echo(f"报告已写入 {output}")


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.run")

"""python -m targets lessons"""

import sys
from pathlib import Path

import click

from .messages import Command


@click.command("lessons", cls=Command)
@click.option(
    "--notebooks",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("notebooks"),
    show_default=True,
    metavar="目录",
    help="讲师版笔记本所在的目录。",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="目录",
    help="学员版写到哪个目录；不写就写到讲师版目录下的 learner。",
)
def command(notebooks: Path, output: Path | None) -> None:
    """由讲师版生成学员版：去掉答案和讲师提示，留出做题的地方。"""
    from targets.publish.notebooks.learner import LessonError, write_learner_copies

    try:
        written = write_learner_copies(notebooks, output or notebooks / "learner")
    except LessonError as error:
        click.echo(f"错误：{error}", err=True)
        sys.exit(1)
    if not written:
        click.echo(f"{notebooks} 里没有带练习的笔记本", err=True)
    for path in written:
        click.echo(f"学员版已写到 {path}")

"""python -m targets sample"""

from pathlib import Path

import click

from targets.catalog import default_cache, load

from .common import definitions_option, problems_end_it
from .messages import Command


@click.command("sample", cls=Command)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="目录",
    help="写到哪个目录；已有的示例数据会被换掉。",
)
@definitions_option
@problems_end_it
def command(output: Path, folder: Path) -> None:
    """生成示例数据：一家虚构银行两年的月末名册和报送数，每次生成都一样。"""
    from targets.branchdata.sample import write_sample

    write_sample(output, load(folder, cache=default_cache(folder)))
    click.echo(f"示例数据（虚构）已写到 {output}")

"""python -m targets check"""

import sys
from pathlib import Path

import click

from targets.catalog import default_cache, inspect
from targets.problems import Severity
from targets.schema.kinds import RECORDS

from .common import definitions_option, show
from .messages import Command


@click.command("check", cls=Command)
@definitions_option
@click.option("-q", "--quiet", is_flag=True, help="没有问题就什么也不说。")
def command(folder: Path, quiet: bool) -> None:
    """检查定义：写法、引用、条款树、判定标准，所有问题一次列全。"""
    catalog, problems = inspect(folder, cache=default_cache(folder))
    show(problems)
    if any(p.severity is Severity.ERROR for p in problems):
        sys.exit(1)
    if not quiet:
        counts = [
            f"{record.title_zh} {len(catalog.all(record))}"
            for record in RECORDS
            if catalog.all(record)
        ]
        click.echo(f"{folder}：{len(catalog.records)} 条记录，没有错误。")
        click.echo("  " + "，".join(counts))

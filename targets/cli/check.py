"""python -m targets check"""

import sys
from datetime import date
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, inspect
from targets.catalog.signoff_checks import overdue_drafts
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
    problems = (*problems, *overdue_drafts(catalog, date.today()))
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
        _drafts(catalog)


def _drafts(catalog: Catalog) -> None:
    """What is not in force because nobody has issued it."""
    if catalog.drafts:
        click.echo(f"草案 {len(catalog.drafts)} 份，没有签发，不生效：")
    for draft in catalog.drafts:
        given = [f"{one.day} {one.by}{word}" for _, word, one in draft.signoff.given()]
        click.echo(f"  {draft.id} {draft.name}，拟自 {draft.effective} 起；{'，'.join(given)}")

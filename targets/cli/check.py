"""python -m targets check"""

import sys
from datetime import date
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, inspect
from targets.catalog.signoff_checks import overdue_drafts
from targets.freshness.questions import overdue_questions
from targets.freshness.reviews import problems as suspect_problems
from targets.freshness.reviews import suspects
from targets.problems import Severity
from targets.schema.kinds import RECORDS

from .common import definitions_option, problems_end_it, show
from .messages import Command

FIRST = 5
"""how many suspects are listed unless all are asked for"""


@click.command("check", cls=Command)
@definitions_option
@click.option("--suspects", "all_suspects", is_flag=True, help="待复核的记录全部列出，不只头几条。")
@click.option("-q", "--quiet", is_flag=True, help="没有问题就什么也不说。")
@problems_end_it
def command(folder: Path, all_suspects: bool, quiet: bool) -> None:
    """检查定义：写法、引用、条款树、判定标准，所有问题一次列全。

    没有错误时，再列出过期未签发的草案、过期未定的待定事项，以及所依据的内容变了、有待复核的记录。
    """
    catalog, problems = inspect(folder, cache=default_cache(folder))
    if any(p.severity is Severity.ERROR for p in problems):
        show(problems)
        sys.exit(1)
    today = date.today()
    late = (*overdue_drafts(catalog, today), *overdue_questions(catalog, today))
    suspect = suspects(catalog, default_cache(folder))
    listed = suspect if all_suspects else suspect[:FIRST]
    show((*problems, *late, *suspect_problems(catalog, listed)))
    if len(suspect) > len(listed):
        click.echo(
            f"有待复核的共 {len(suspect)} 条，这里列出 {len(listed)} 条；"
            "全部列出请用 check --suspects。",
            err=True,
        )
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

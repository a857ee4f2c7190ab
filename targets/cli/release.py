"""python -m targets release"""

from collections import Counter
from datetime import date

import click

from .assess import Day
from .common import definitions_option, problems_end_it
from .messages import Command


@click.command("release", cls=Command)
@click.argument("number", metavar="版本号")
@click.option("--title", required=True, metavar="标题", help="这一版叫什么。")
@click.option("--notes", required=True, metavar="说明", help="这一版改了什么，用自己的话。")
@click.option("--by", "issuer", required=True, metavar="谁", help="由谁发布。")
@click.option("--date", "issued", type=Day(), help="发布日期；不写就是今天。")
@click.option("--with-drafts", is_flag=True, help="有草案也发布；草案仍不生效。")
@click.option("--with-suspects", is_flag=True, help="有待复核的也发布。")
@click.option("--sample", is_flag=True, help="注明是虚构的示例。")
@click.option("--dry-run", "dry", is_flag=True, help="只看会发布什么，不写文件。")
@definitions_option
@problems_end_it
def command(
    number, title, notes, issuer, issued, with_drafts, with_suspects, sample, dry, folder
) -> None:
    """给现在的定义发布一版：编号、日期、说明、校验值、全部编号的清单，和自上一版以来的改动。

    定义有错、还有草案或待复核的、版本号或日期没有接在上一版之后，都不发布，什么也不写。
    """
    from targets.history.releases import Draft, issue

    draft = Draft(number, title, notes, issuer, issued or date.today(), sample)
    done = issue(
        folder, draft, with_drafts=with_drafts, with_suspects=with_suspects, dry=dry
    )
    counts = Counter(told.grade or "没有分级" for told in done.changes)
    said = "，".join(f"{word} {n}" for word, n in counts.items())
    said = f"（{said}）" if said else ""
    click.echo(f"{number}：自上一版以来改动 {len(done.changes)} 条{said}")
    if done.caveat:
        click.echo(done.caveat, err=True)
    if dry:
        click.echo("没有写文件；要发布，去掉 --dry-run。")
        return
    for file in done.files:
        click.echo(f"  写了 {file}")
    click.echo(f"请把这几个文件连同定义一起提交：git commit -m “发布 {number}”。")

"""python -m targets review"""

from datetime import date, datetime
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, load
from targets.freshness.reviews import record, suspects, why
from targets.problems import did_you_mean, reason

from .common import definitions_option, problems_end_it
from .messages import Command


@click.command("review", cls=Command)
@click.argument("ids", nargs=-1, metavar="[编号]…")
@click.option("--by", metavar="姓名", help="谁复核的（姓名或岗位）。")
@click.option("--note", default="", metavar="说明", help="看了什么、为什么不用改；可以不写。")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="日期",
    help="哪天复核的；不写就是今天。",
)  # fmt: skip
@click.option("--because", metavar="编号", help="因这一条款或记录变了而待复核的，全部记下。")
@click.option("--document", metavar="文件", help="这份文件里有待复核的全部记下，如 sijin。")
@definitions_option
@problems_end_it
def command(
    ids: tuple[str, ...],
    by: str | None,
    note: str,
    day: datetime | None,
    because: str | None,
    document: str | None,
    folder: Path,
) -> None:
    """记下复核：所依据的条款或记录变了以后，看过并确认（或改好）的记录，不再列为待复核。

    什么也不写，就列出有待复核的记录和缘由，不作改动。
    """
    cache = default_cache(folder)
    catalog = load(folder, cache=cache)
    found = suspects(catalog, cache)
    if document:
        ids += tuple(s.record for s in found if s.record.split(".", 1)[0] == document)
    if because:
        ids += tuple(s.record for s in found if because in dict(s.reasons))
    if not ids and (document or because):
        click.echo(f"没有待复核的记录与 {' 和 '.join(filter(None, (document, because)))} 有关。")
        return
    if not ids:
        _list(catalog, found)
        return
    if not (by or "").strip():
        raise click.UsageError("要用 --by 写明是谁复核的")
    on = day.date() if day else date.today()
    if on > date.today():
        raise click.UsageError(f"复核日 {on} 还没有到")
    for one in ids:
        if one not in catalog.records:
            hint = did_you_mean(one, catalog.records) or "可用 find 查词。"
            raise click.UsageError(f"没有编号为 {one} 的记录。{hint}")
    try:
        made = record(catalog, dict.fromkeys(ids), by, on, note)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"没有记成：{reason(error)}") from None
    reasons = {s.record: why(catalog, s) for s in found}
    for review in made:
        before = reasons.get(review.record)
        click.echo(f"已记下：{review.record}，{review.by} {review.day}"
                   + (f"（此前{before}）" if before else "（此前没有待复核之处）"))


def _list(catalog: Catalog, found) -> None:
    if not found:
        click.echo("没有待复核的记录。")
        return
    click.echo(f"有待复核的 {len(found)} 条：")
    for one in found:
        last = f"；上次 {one.review.day} {one.review.by}" if one.review else ""
        click.echo(f"  {one.record} {catalog.get(one.record).name}：{why(catalog, one)}{last}")

"""python -m targets find"""

from pathlib import Path

import click

from targets.catalog import default_cache, load
from targets.catalog.texts import find

from .common import definitions_option, problems_end_it
from .ids import present
from .messages import Command

SHOWN = 20


@click.command("find", cls=Command)
@click.argument("words", nargs=-1, required=True, metavar="词...")
@click.option("--all", "every", is_flag=True, help=f"全部列出；不写只列前 {SHOWN} 条。")
@definitions_option
@problems_end_it
def command(words: tuple[str, ...], every: bool, folder: Path) -> None:
    """在全部定义里查词；写几个词，就找同时含有它们的记录。"""
    catalog = load(folder, cache=default_cache(folder))
    words = tuple(present(catalog, word) for word in words)
    hits = find(catalog, list(words))
    if not hits:
        raise click.ClickException(f"没有找到同时含有 {'、'.join(words)} 的记录，请换个说法")
    for hit in hits if every else hits[:SHOWN]:
        record = hit.record
        cited = "；".join(catalog.citation(c) for c in getattr(record, "clauses", ())[:3])
        click.echo(f"{record.title_zh}　{record.name}　{cited}".rstrip("　"))
        click.echo(f"    {record.id}")
        if hit.text not in (record.name, record.id):
            click.echo(f"    {_snippet(hit.text, words)}")
    if not every and len(hits) > SHOWN:
        click.echo(f"共 {len(hits)} 条，只列了前 {SHOWN} 条；全部列出请加 --all", err=True)


def _snippet(text: str, words: tuple[str, ...], around: int = 30) -> str:
    at = min((i for w in words if (i := text.find(w)) >= 0), default=0)
    start, end = max(0, at - around), at + around
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")

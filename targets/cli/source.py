"""python -m targets source"""

import re
import sys
from datetime import date
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, load
from targets.freshness.compare import Comparison, Same, compare
from targets.freshness.fingerprints import Ledger, path_of, read_ledger
from targets.freshness.mapping import ledger_of, spans
from targets.freshness.original import keep, read_original
from targets.freshness.reviews import replace
from targets.freshness.text import Normal
from targets.problems import Code, Problem, Problems, did_you_mean, reason
from targets.schema.source import Clause

from .common import definitions_option, problems_end_it
from .messages import Command, Group

ENOUGH = 0.3
"""the least share of the registered text that has to be there"""
DIFFERS = 3
"""the exit code of a text that is not as registered"""


@click.group("source", cls=Group)
def command() -> None:
    """原文：拿本行手里的原文，与登记的指纹对照。"""


@command.command("import", cls=Command)
@click.argument("file", type=click.Path(path_type=Path), metavar="原文文件")
@click.option("--document", required=True, metavar="文件", help="是哪份文件的原文，如 sijin。")
@click.option("--accept", is_flag=True, help="把这份原文登记为新的指纹，有变的条款从此待复核。")
@click.option(
    "--anew", is_flag=True,
    help="不看登记的指纹，按序号和标题重新认条款；第一次登记，或原文整份改过时用。",
)  # fmt: skip
@click.option(
    "--starts", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="文件",
    help="认不出的条款从哪几个字开始：每行“条款编号、制表符、起首的字”，不写字就是原文里没有它；"
    "编号写 - 的，从那几个字起不属于任何条款。",
)  # fmt: skip
@click.option("--drop", metavar="正则", help="读入之前先去掉的杂字，如网页的分段号。")
@click.option(
    "--keep", "kept", type=click.Path(path_type=Path, file_okay=False), default=Path("sources"),
    show_default=True, metavar="目录", help="原文存到哪个目录；不进 Git，只供本行自己的站点用。",
)  # fmt: skip
@definitions_option
@problems_end_it
def import_(
    file: Path, document: str, accept: bool, anew: bool, starts: Path | None, drop: str | None,
    kept: Path, folder: Path,
) -> None:  # fmt: skip
    """读入原文（.txt、.md、.docx），逐条款说明：未变、有变、不见了，以及条款之间新添的话。

    定义里只留指纹，不留原文；读入的原文存到 --keep 的目录。
    退出码：0 与登记的一致，或已用 --accept 登记；3 有不同；1 文件有问题。
    """
    catalog = load(folder, cache=default_cache(folder))
    _known(catalog, document)
    normal = read_original(file, _pattern(drop))
    clauses = [c for c in catalog.all(Clause) if c.owner == document]
    registered = read_ledger(folder, document)
    if anew or registered is None:
        ledger = _mapped(document, normal, clauses, starts, file)
        found = compare(ledger, normal.text, clauses)
        changed = _changed(registered, ledger)
    else:
        found = compare(registered, normal.text, clauses)
        _enough(catalog, found, normal, file)
        ledger = found.accepted()
        changed = tuple(found.ledger.fingerprints.items() ^ ledger.fingerprints.items())
    _tell(catalog, found, normal)
    if not accept and (found.differs or changed or registered is None):
        click.echo("没有登记，也没有存下；确认这份原文为准，再加上 --accept。")
        sys.exit(DIFFERS)
    try:
        if accept:
            replace(path_of(folder, document), ledger.text())
            click.echo(f"已登记为新的指纹：{path_of(folder, document)}")
        at = keep(kept, normal, found, file.name, date.today())
    except OSError as error:
        raise click.ClickException(f"写不进去：{reason(error)}") from None
    click.echo(f"原文存到 {at}，不要放进 Git。")
    if changed and registered:
        click.echo("有变的条款和依据它们的记录从此待复核：python -m targets check --suspects")


def _known(catalog: Catalog, document: str) -> None:
    if document not in catalog.documents:
        raise Problems([Problem(
            Code.NO_SUCH_SOURCE, f"没有登记文件 {document}",
            allowed="、".join(catalog.documents),
            mend=did_you_mean(document, catalog.documents),
        )])  # fmt: skip


def _pattern(drop: str | None) -> str | None:
    try:
        return re.compile(drop).pattern if drop else None
    except re.error as error:
        raise click.UsageError(f"--drop 不是正则表达式：{error}") from None


def _mapped(
    document: str, normal: Normal, clauses: list[Clause], starts: Path | None, file: Path
) -> Ledger:
    """The ledger of a text whose clauses are told by their numbers and headings."""
    given, outside = _given(starts) if starts else ({}, [])
    wanted = [c for c in clauses if given.get(c.id) != ""]
    found, missing = spans(normal.text, wanted, given, outside)
    if missing:
        raise Problems(
            Problem(
                Code.CLAUSE_NOT_FOUND, f"找不到 {c.id}“{c.number or ''}{c.name}”从哪里开始",
                file=str(file),
                mend="在 --starts 的文件里写一行：条款编号、制表符、它起首的几个字；"
                "原文里没有它就不写字",
            )
            for c in missing
        )
    return ledger_of(document, normal.text, found)


def _given(starts: Path) -> tuple[dict[str, str], list[str]]:
    given: dict[str, str] = {}
    outside: list[str] = []
    for line in starts.read_text(encoding="utf-8-sig").splitlines():
        clause, _, words = line.partition("\t")
        if clause.strip() == "-":
            outside.append(words)
        elif clause.strip():
            given[clause.strip()] = words.strip()
    return given, outside


def _changed(registered: Ledger | None, ledger: Ledger) -> tuple:
    before = registered.fingerprints if registered else {}
    return tuple(before.items() ^ ledger.fingerprints.items())


def _enough(catalog: Catalog, found: Comparison, normal: Normal, file: Path) -> None:
    """Refuse what can hardly be the document that it is said to be."""
    if found.agreement >= ENOUGH:
        return
    likely = None
    for other, document in catalog.documents.items():
        ledger = read_ledger(catalog.folder, other)
        if ledger and compare(ledger, normal.text, ()).agreement >= ENOUGH:
            likely = f"看起来是《{document.short_name}》：--document {other}"
    document = catalog.documents[found.ledger.document]
    raise Problems([Problem(
        Code.OTHER_DOCUMENT,
        f"登记的文字里只有 {found.agreement:.0%} 在这个文件里，不像《{document.short_name}》的原文",
        file=str(file),
        mend=likely or "核对是不是拿错了文件；确是整份改过的新版本，用 --anew 重新认条款",
    )])  # fmt: skip


def _tell(catalog: Catalog, found: Comparison, normal: Normal) -> None:
    click.echo(
        f"《{catalog.documents[found.ledger.document].short_name}》登记的文字有"
        f" {found.agreement:.1%} 在这份原文里。"
    )
    for same in (Same.CHANGED, Same.MOVED, Same.MISSING):
        for one in found.of(same):
            click.echo(f"{same.value}　{catalog.citation(one.clause.id)}　{one.clause.id}"
                       + (f"　少了 {one.lost} 字" if one.lost else ""))
            for span in one.new:
                click.echo(f"    现在是：{_short(normal.shown(span.start, span.end))}")
    for before, span in found.between:
        where = f"{catalog.citation(before.id)}之后" if before else "开头"
        click.echo(f"条款之外新添　{where}：{_short(normal.shown(span.start, span.end))}")
    outside = [span for span in found.stretches if span.clause is None]
    if outside:
        told = "、".join(_short(normal.shown(s.start, s.end), 20) for s in outside[:3])
        size = sum(span.end - span.start for span in outside)
        click.echo(f"不属于任何条款的有 {len(outside)} 段 {size} 字：{told}")
    counts = "，".join(f"{same.value} {len(found.of(same))}" for same in Same if found.of(same))
    click.echo(f"条款 {len(found.clauses)}：{counts}。")


def _short(text: str, most: int = 100) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"

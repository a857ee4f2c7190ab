"""python -m targets history"""

import csv
import io
import json
from datetime import date
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, load
from targets.harmless import harmless
from targets.schema.targets import Target

from .common import definitions_option, output_option, problems_end_it, write_text
from .ids import known
from .messages import Command

HEADINGS = ("哪一类", "自", "至", "内容", "分级", "依据或作者", "理由", "提交")


@click.command("history", cls=Command)
@click.argument("record_id", metavar="编号")
@definitions_option
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table",
    show_default=True, help="屏幕表格、JSON 或 CSV（带 BOM，可直接用 Excel 打开）。",
)
@output_option()
@problems_end_it
def command(record_id: str, folder: Path, form: str, output: Path | None) -> None:
    """一条记录的沿革：数值何时起是多少，Git 里谁在何时为什么改了它、算收紧还是放宽。"""
    catalog = load(folder, cache=default_cache(folder))
    gone = catalog.redirects.get(record_id)
    if gone is None or gone.to is not None:
        record_id = known(catalog, record_id)
    found = _History(catalog, record_id)
    _FORMS[form](found, output)
    if found.caveat:
        click.echo(found.caveat, err=True)


class _History:
    """What there is to tell of a record, and why there may be no more of it."""

    def __init__(self, catalog: Catalog, record_id: str):
        from targets.history.git import NoHistory, Repository
        from targets.history.record import git_rows
        from targets.history.values import said, stretches

        self.catalog, self.id = catalog, record_id
        record = catalog.records.get(record_id)
        redirect = catalog.redirects.get(record_id)
        self.name = record.name if record else redirect.name
        self.kind = record.title_zh if record else redirect.title_zh
        is_target = isinstance(record, Target)
        self.stretches = stretches(catalog, record) if is_target else ()
        drafts = {d.id for d in catalog.drafts}
        self.said = said(catalog, record, date.today()) if is_target else ()
        self.drafts = [s for s in self.said if s.decision and s.decision.id in drafts]
        self.rows, self.caveat = [], ""
        try:
            with Repository.of(catalog.folder) as repository:
                self.rows = git_rows(catalog, record_id, repository)
                self.caveat = repository.told
        except NoHistory as why:
            self.caveat = f"没有列出 Git 里的改动：{why}"

    def value_rows(self):
        """(from, to, words, by, why)"""
        several = len({s.part for s in self.stretches}) > 1
        for s in self.stretches:
            words = f"{s.metric.name}：{s.words}" if several else s.words
            yield s.since, s.until, words, s.decision
        for s in self.drafts:
            yield s.since, None, f"{s.words}（草案，没有签发，不生效）", s.decision


def _by(decision) -> str:
    return f"{decision.name}（{decision.number}）" if decision else "原文"


def _since(day: date | None) -> str:
    return day.isoformat() if day else "文件施行"


def _lines(row) -> list[str]:
    from targets.history.record import UNREAD

    return [UNREAD, *row.lines] if row.unread else list(row.lines)


def _table(found: _History, output: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    with io.StringIO() as text:
        console = Console(file=text, width=140)
        console.print(f"{found.kind}：{found.name}　{found.id}", highlight=False)
        values = list(found.value_rows())
        if values:
            table = Table(title="数值", title_justify="left")
            for heading in ("自", "至", "数值", "依据", "理由"):
                table.add_column(heading, overflow="fold")
            for since, until, words, decision in values:
                table.add_row(
                    _since(since), until.isoformat() if until else "另有决定为止", words,
                    _by(decision), decision.reason if decision else "",
                )
            console.print(table)
        if found.rows:
            table = Table(title="Git 里的改动", title_justify="left")
            for heading in ("日期", "作者", "做了什么", "分级", "改了什么", "理由", "提交"):
                table.add_column(heading, overflow="fold")
            for row in found.rows:
                table.add_row(
                    row.day.isoformat() if row.day else "未提交", row.author, row.what,
                    row.grade or "—", "\n".join(_lines(row)) or "—", row.subject, row.sha[:8],
                )
            console.print(table)
        write_text(text.getvalue(), output)


def _json(found: _History, output: Path | None) -> None:
    content = {
        "id": found.id,
        "name": found.name,
        "version": found.catalog.version.words,
        "values": [
            {
                "part": s.part, "metric": s.metric.id, "from": s.since and s.since.isoformat(),
                "until": s.until and s.until.isoformat(), "low": s.low, "high": s.high,
                "words": s.words, "decision": s.decision and s.decision.id,
            }
            for s in found.stretches
        ],
        "stated": [
            {
                "part": s.part, "from": s.since and s.since.isoformat(), "words": s.words,
                "decision": s.decision and s.decision.id, "in_force": s.in_force,
                "draft": s in found.drafts,
            }
            for s in found.said
        ],
        "commits": [
            {
                "sha": row.sha or None, "date": row.day and row.day.isoformat(),
                "author": row.author, "subject": row.subject, "what": row.what,
                "grade": row.grade, "changes": list(row.lines), "unread": row.unread,
            }
            for row in found.rows
        ],
        "caveat": found.caveat or None,
    }
    write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", output)


def _csv(found: _History, output: Path | None) -> None:
    with io.StringIO() as text:
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        for since, until, words, decision in found.value_rows():
            reason = decision.reason if decision else ""
            cells = ("数值", since, until, words, "", _by(decision), reason, "")
            writer.writerow([harmless(cell) for cell in cells])
        for row in found.rows:
            said = "；".join((row.what, *_lines(row)))
            cells = ("提交", row.day, None, said, row.grade, row.author, row.subject, row.sha)
            writer.writerow([harmless(cell) for cell in cells])
        write_text(text.getvalue(), output, encoding="utf-8-sig" if output else "utf-8")


_FORMS = {"table": _table, "json": _json, "csv": _csv}

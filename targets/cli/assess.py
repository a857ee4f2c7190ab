"""python -m targets assess"""

import io
import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from targets.catalog import default_cache, load
from targets.problems import did_you_mean
from targets.schema.targets import Target

from . import besides
from .common import (
    definitions_option,
    output_option,
    problems_end_it,
    progress_bar,
    show,
    whole_file,
    write_csv,
    write_text,
)
from .messages import Command

_STATUSES = ["missed", "behind", "near", "undecided", "no_data"]


class Day(click.ParamType):
    """A date written 2026-09-30."""

    name = "日期"

    def convert(self, value, param, ctx):
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} 不是日期；请写成 2026-09-30 的样子", param, ctx)


@click.command("assess", cls=Command)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    metavar="目录",
    help="数据目录（parquet 或 csv），或一个 xlsx 工作簿。",
)
@definitions_option
@click.option("--as-of", type=Day(), help="判定哪个数据日期；不写就用数据里最近的一天。")
@click.option("--target", "targets", multiple=True, metavar="编号", help="只看这个目标；可重复。")
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(["bank", "province", "branch", "sub_branch", "outlet", "site"]),
    help="只看这一层级；可重复。",
)
@click.option("--unit", "units", multiple=True, metavar="代码", help="只看这个机构代码；可重复。")
@click.option(
    "--show",
    "table",
    type=click.Choice(["findings", "allocations", "scores"]),
    default="findings",
    show_default=True,
    help="屏幕表格和 CSV 给哪一张：判定、目标分解、考核。JSON 和工作簿三样都有。",
)
@click.option("--all", "every", is_flag=True, help="屏幕表格也列出“不判定”的（指标和只说方向的）。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "xlsx"]),
    default="table",
    show_default=True,
    help="屏幕表格、CSV（带 BOM，可直接用 Excel 打开）、JSON（含推算过程）或工作簿。",
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(_STATUSES),
    help="出现这种判定时以退出码 1 结束；可重复。",
)
@output_option()
@problems_end_it
def command(
    data, folder, as_of, targets, levels, units, table, every, form, fail_on, output
) -> None:
    """用分支机构数据逐项判定目标：状态、差距、序时、走势、名次和推算过程；目标分解和考核得分。"""
    if form == "xlsx" and output is None:
        raise click.UsageError("工作簿要写成文件，请加 -o 文件名.xlsx")
    from targets.assessment import Status, assess, counts_by_status
    from targets.assessment.disclosure import INTERNAL, Disclosure

    catalog = load(folder, cache=default_cache(folder))
    known = [target.id for target in catalog.all(Target)]
    for target in targets:
        if target not in known:
            hint = did_you_mean(target, known) or ""
            raise click.UsageError(f"没有编号为 {target} 的目标。{hint}")
    for unit in units:
        if unit not in catalog.units_by_code:
            codes = "、".join(catalog.units_by_code)
            raise click.UsageError(f"没有机构代码 {unit}；有：{codes}")
    with progress_bar("判定") as progress:
        assessment = assess(catalog, data, as_of=as_of, progress=progress)
    show(assessment.warnings)
    chosen = [
        f
        for f in assessment.findings
        if (not targets or f.target in targets)
        and (not levels or f.subject.level in levels)
        and (not units or f.subject.unit_code in units)
    ]
    hide = form == "table" and not every and not targets
    shown = [f for f in chosen if not (hide and f.status is Status.NOT_JUDGED)]
    assessment = besides.narrow(assessment, targets, levels, units)
    if table != "findings" and form in ("table", "csv"):
        besides.FORMS[table, form](assessment, output)
        shown = chosen
    else:
        _FORMS[form](assessment, shown, output)
    said = "，".join(f"{s.label} {n}" for s, n in counts_by_status(chosen).items())
    label = f"（{assessment.label}）" if assessment.label else ""
    told = f"数据日期 {assessment.as_of}{label}，判定 {len(chosen)} 项：{said or '无'}"
    click.echo(told, err=True)
    people = Disclosure(assessment)
    if any(people.counts_people(f) for f in chosen):
        click.echo(INTERNAL, err=True)
    if len(shown) < len(chosen):
        click.echo("“不判定”的没有列出，要看请加 --all", err=True)
    if fail_on and any(f.status.value in fail_on for f in chosen):
        sys.exit(1)


def _table(assessment, findings, output) -> None:
    from rich.console import Console
    from rich.table import Table

    from targets.assessment.tables import LEVEL_WORDS, words
    from targets.assessment.trends import trend_word

    catalog = assessment.catalog
    with io.StringIO() as text:
        screen = output is None and sys.stdout.isatty()
        console = Console(file=None if screen else text, width=None if screen else 150)
        for target in dict.fromkeys(f.target for f in findings):
            record = catalog.get(target)
            clause = "；".join(catalog.citation(c) for c in record.clauses)
            table = Table(title=f"{record.name}　{clause}　{target}", title_justify="left")
            for heading in ("层级", "判定对象", "本期值", "目标值", "差距", "判定", "走势", "名次"):
                table.add_column(heading, justify="right" if heading[-1] in "值距次" else "left")
            for f in findings:
                if f.target != target:
                    continue
                said = words(catalog, f)
                interim = f"（暂：{f.provisional.label}）" if f.provisional else ""
                status = f.status.label + interim
                table.add_row(
                    LEVEL_WORDS[f.subject.level],
                    f.subject.name,
                    said["value"],
                    said["threshold"],
                    said["gap"],
                    status,
                    trend_word(f) or "—",
                    f"{f.rank}/{f.rank_of}" if f.rank else "—",
                )
            console.print(table)
        if not screen:
            write_text(text.getvalue(), output)


def _csv(assessment, findings, output) -> None:
    from targets.assessment.tables import COLUMNS, rows

    write_csv(COLUMNS, rows(assessment, findings), output)


def _json(assessment, findings, output) -> None:
    from targets.assessment.tables import document

    content = document(replace(assessment, findings=tuple(findings)))
    write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", output)


def _xlsx(assessment, findings, output) -> None:
    from xlsxwriter.exceptions import FileCreateError

    from targets.assessment.workbook import write_findings

    with whole_file(output) as part:
        try:
            write_findings(assessment, findings, part, assessment.splits, assessment.scores)
        except FileCreateError as error:
            raise OSError(str(error)) from None


_FORMS = {"table": _table, "csv": _csv, "json": _json, "xlsx": _xlsx}

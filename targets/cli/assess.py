"""python -m targets assess"""

import io
import json
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import click

from targets.catalog import default_cache, load
from targets.schema.rules import Rule
from targets.schema.targets import Target

from . import besides, engines
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
from .engines import engine_options
from .ids import known
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
    metavar="目录",
    help="数据目录（parquet 或 csv），或一个 xlsx 工作簿；数据在 PostgreSQL 里就不写。",
)
@engine_options
@definitions_option
@click.option("--as-of", type=Day(), help="判定哪个数据日期；不写就用数据里最近的一天。")
@click.option(
    "--target", "targets", multiple=True, metavar="编号", help="只看这个目标或规则；可重复。"
)
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
    type=click.Choice(["findings", "rules", "allocations", "scores"]),
    help="屏幕表格和 CSV 给哪一张：判定、规则、目标分解、考核。"
    "不写时，屏幕给判定和规则，CSV 给判定；JSON 和工作簿样样都有。",
)
@click.option(
    "--rows",
    "opened",
    multiple=True,
    metavar="编号",
    help="工作簿里列出这个目标或规则依据的各行（可识别到人或户的列不显示）；可重复。",
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
    data, folder, as_of, targets, levels, units, table, opened, every, form, fail_on, output,
    **where,
) -> None:
    """用分支机构数据逐项判定目标和规则：状态、差距、序时、走势、名次和推算过程；目标分解和考核得分。"""
    if form == "xlsx" and output is None:
        raise click.UsageError("工作簿要写成文件，请加 -o 文件名.xlsx")
    if opened and form != "xlsx":
        raise click.UsageError("--rows 只用于工作簿，请加 --format xlsx；屏幕上看各行，用 trace")
    from targets.assessment import Status, assess, counts_by_status
    from targets.assessment.disclosure import INTERNAL, Disclosure
    from targets.branchdata import BranchData

    catalog = load(folder, cache=default_cache(folder))
    judged = [r.id for r in (*catalog.all(Target), *catalog.all(Rule))]
    targets, opened = (
        tuple(known(catalog, one, judged, "目标或规则") for one in asked)
        for asked in (targets, opened)
    )
    for unit in units:
        if unit not in catalog.units_by_code:
            codes = "、".join(catalog.units_by_code)
            raise click.UsageError(f"没有机构代码 {unit}；有：{codes}")
    with progress_bar("判定") as progress, engines.opened(
        data, catalog, progress=progress, **where
    ) as read:
        if opened and not isinstance(read, BranchData):
            raise click.UsageError("--rows 只用于本机文件；数据在引擎上时，各行留在原处")
        kept = default_cache(folder).parent / "aggregates"
        assessment = assess(catalog, read, as_of=as_of, progress=progress, kept=kept)
    show(assessment.warnings)
    if missing := engines.without_record(catalog, read):
        click.echo(missing, err=True)

    def chosen(findings, record):
        return [
            f
            for f in findings
            if (not targets or record(f) in targets)
            and (not levels or f.subject.level in levels)
            and (not units or f.subject.unit_code in units)
        ]

    found = [] if table == "rules" else chosen(assessment.findings, lambda f: f.target)
    rules = chosen(assessment.rule_findings, lambda f: f.rule)
    hide = form == "table" and not every and not targets
    shown, rules_shown = (
        [f for f in one if not (hide and f.status is Status.NOT_JUDGED)] for one in (found, rules)
    )
    assessment = besides.narrow(assessment, targets, levels, units)
    if table in besides.TABLES and form in ("table", "csv"):
        besides.FORMS[table, form](assessment, output)
        shown, rules_shown = found, rules
    else:
        with _rows(assessment, read, opened, [*shown, *rules_shown]) as listing:
            _FORMS[form](assessment, _Chosen(shown, rules_shown, table == "rules", listing), output)
    label = f"（{assessment.label}）" if assessment.label else ""
    click.echo(f"数据日期 {assessment.as_of}{label}，{assessment.version}，" + "；".join(
        f"{words} {len(one)} 项：" + (
            "，".join(f"{s.label} {n}" for s, n in counts_by_status(one).items()) or "无"
        )
        for words, one, asked in (("判定", found, table != "rules"), ("规则", rules, rules))
        if asked
    ), err=True)
    people = Disclosure(assessment)
    if rules or any(people.counts_people(f) for f in found):
        click.echo(INTERNAL, err=True)
    if len(shown) + len(rules_shown) < len(found) + len(rules):
        click.echo("“不判定”的没有列出，要看请加 --all", err=True)
    if fail_on and any(f.status.value in fail_on for f in (*found, *rules)):
        sys.exit(1)


class _Chosen(NamedTuple):
    """What is to be written."""

    findings: list
    rules: list
    rules_only: bool
    listing: object


@contextmanager
def _rows(assessment, read, opened, findings):
    """The rows asked for, open while they are written; None when none are."""
    if not opened:
        yield None
        return
    from targets.assessment.listing import listing, record_id
    from targets.assessment.rows import ASKED, Rows

    wanted = [f for f in findings if record_id(f) in opened]
    with Rows(assessment, read) as rows:
        yield listing(rows, assessment.catalog, wanted, ASKED["all"])


def _table(assessment, chosen, output) -> None:
    from rich.console import Console
    from rich.table import Table

    from targets.assessment.tables import LEVEL_WORDS, words
    from targets.assessment.trends import trend_word

    catalog, findings = assessment.catalog, chosen.findings
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
        for rule in dict.fromkeys(f.rule for f in chosen.rules):
            console.print(_rule_table(catalog, rule, chosen.rules))
        if not screen:
            write_text(text.getvalue(), output)


def _rule_table(catalog, rule: str, findings):
    from rich.table import Table

    from targets.assessment.tables import LEVEL_WORDS

    record = catalog.get(rule)
    clause = "；".join(catalog.citation(c) for c in record.clauses)
    table = Table(title=f"规则：{record.name}　{clause}　{rule}", title_justify="left")
    for heading in ("层级", "判定对象", "判定", "受约束", "违反", "说不清", "恰在界上"):
        table.add_column(heading, justify="left" if heading in ("层级", "判定对象", "判定")
                         else "right")
    for f in findings:
        if f.rule == rule:
            interim = f"（暂：{f.provisional.label}）" if f.provisional else ""
            counts = (f.under, f.breaks, f.untold, f.on_limit)
            table.add_row(
                LEVEL_WORDS[f.subject.level], f.subject.name, f.status.label + interim,
                *("—" if n is None else f"{n:,}" for n in counts),
            )
    return table


def _csv(assessment, chosen, output) -> None:
    from targets.assessment.tables import COLUMNS, RULE_COLUMNS, rows, rule_rows

    columns = RULE_COLUMNS if chosen.rules_only else COLUMNS
    found = (
        rule_rows(assessment, chosen.rules)
        if chosen.rules_only
        else rows(assessment, chosen.findings)
    )
    write_csv(columns, found, output)


def _json(assessment, chosen, output) -> None:
    from dataclasses import replace

    from targets.assessment.tables import document

    content = document(replace(
        assessment, findings=tuple(chosen.findings), rule_findings=tuple(chosen.rules)
    ))
    write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", output)


def _xlsx(assessment, chosen, output) -> None:
    from xlsxwriter.exceptions import FileCreateError

    from targets.assessment.workbook import write_findings

    with whole_file(output) as part:
        try:
            write_findings(
                assessment, chosen.findings, part, chosen.rules, chosen.listing,
                assessment.splits, assessment.scores,
            )
        except FileCreateError as error:
            raise OSError(str(error)) from None


_FORMS = {"table": _table, "csv": _csv, "json": _json, "xlsx": _xlsx}

"""python -m targets template"""

import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from targets.catalog import Catalog, load
from targets.problems import Code, Problem, Problems
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit, UnitLevel

from .common import definitions_option, problems_end_it, progress_bar, show, whole_file
from .messages import Command

NOTHING_TO_SEND = (Code.TEMPLATE_EMPTY, Code.TEMPLATE_NOT_THEIRS)


@click.command("template", cls=Command)
@click.option("--unit", metavar="机构", help="哪家机构：代码、编号或名称。")
@click.option(
    "--period", required=True, metavar="时期",
    help="报哪一期：2026-09-30、2026-09 或 2026Q3。",
)
@click.option(
    "--all-units", type=click.Path(path_type=Path, file_okay=False), metavar="目录",
    help="给一个层级的每家机构各写一个，都放进这个目录。",
)
@click.option(
    "--level", type=click.Choice([level.value for level in UnitLevel]),
    help="与 --all-units 同用：哪个层级。",
)
@click.option("--document", "documents", multiple=True, metavar="文件",
              help="只要这份文件的目标用到的表（前缀或简称）；可重复。")
@click.option("--table", "tables", multiple=True, metavar="表", help="只要这张表；可重复。")
@click.option("--duty", metavar="编号", help="改写这项义务的报告表样，而不是数据表。")
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="目录",
    help="已有的数据：用来列出共建主体、上期数和系统算得的数。",
)
@definitions_option
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="文件",
              help="写到哪个 .xlsx 文件。")
@problems_end_it
def command(
    unit, period, all_units, level, documents, tables, duty, data, folder, output
) -> None:
    """写出分支机构的报数工作簿：要报的表、怎样填、上期数和下拉选项都在里面。"""
    _usage(unit, all_units, level, documents, tables, duty, output)
    catalog = load(folder)
    try:
        ready, skipped = _plans(
            catalog, unit, level, period, documents, tables, duty, data, all_units, output
        )
    except Problems as found:
        if any(not p.code.value.startswith("T") for p in found.problems):
            raise
        show(found.problems)  # what was asked for is wrong, not the definitions or the data
        sys.exit(2)
    if all_units:
        all_units.mkdir(parents=True, exist_ok=True)
    with progress_bar("写工作簿") as progress:
        for done, (path, write) in enumerate(ready):
            if progress:
                progress(path.name, done, len(ready))
            with whole_file(path) as part:
                write(part)
            click.echo(f"已写出 {path}", err=True)
    for name in skipped:
        click.echo(f"{name}没有要报的，没有写", err=True)


def _usage(unit, all_units, level, documents, tables, duty, output) -> None:
    if (unit is None) == (all_units is None):
        raise click.UsageError("请写 --unit（一家机构）或 --all-units（一个层级的每家机构）")
    if unit and output is None:
        raise click.UsageError("请加 -o 文件名.xlsx")
    if unit and level:
        raise click.UsageError("--level 只与 --all-units 同用")
    if all_units and (output or level is None):
        raise click.UsageError("--all-units 要同时写 --level，不用写 -o")
    if output and output.suffix.lower() != ".xlsx":
        raise click.UsageError(f"{output} 不是 .xlsx 文件名")
    if duty and (documents or tables):
        raise click.UsageError("--duty 写的是报告表样，不与 --document、--table 同用")


def _plans(
    catalog: Catalog, unit, level, period, documents, tables, duty, data, folder, output
) -> tuple[list[tuple[Path, Callable[[Path], None]]], list[str]]:
    """(file, what writes it) for every workbook, and the names of units with nothing to send.

    Everything is planned before anything is written.
    """
    from targets.branchdata.template import find_unit, period_end, units_below

    problems: list[Problem] = []
    day = _heard(lambda: period_end(period), problems)
    one = _heard(lambda: find_unit(catalog, unit), problems) if unit else None
    if problems:
        raise Problems(problems)
    opened = _open(catalog, data) if data else None
    planned = _forms(catalog, duty, opened, day) if duty else _tables(
        catalog, documents, tables, opened, day
    )
    if one:
        return [(output, planned(one))], []
    ready, skipped = [], []
    for each in catalog.all(Unit):
        if each.level.value != level or each not in units_below(catalog, each, day):
            continue
        name = re.sub(r'[\\/:*?"<>|\s]', "_", each.name)
        try:
            ready.append((folder / f"{each.code}_{name}_{day}.xlsx", planned(each)))
        except Problems as found:
            if any(p.code not in NOTHING_TO_SEND for p in found.problems):
                raise
            skipped.append(each.name)
    if not ready:
        raise Problems([Problem(
            Code.TEMPLATE_EMPTY, f"{UnitLevel(level).label}里没有一家要报的", file="机构",
            allowed="、".join(dict.fromkeys(u.level.value for u in catalog.all(Unit))),
            mend="换一个 --level",
        )])
    return ready, skipped


def _heard(ask: Callable, problems: list[Problem]):
    """What was asked for; what is wrong with it joins the other problems."""
    try:
        return ask()
    except Problems as found:
        problems += found.problems
        return None


def _open(catalog: Catalog, data: Path):
    from targets.branchdata import open_data, reported_codes

    opened = open_data(
        data, catalog.all(Dataset), catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)),
    )
    show(opened.warnings)
    return opened


def _tables(catalog: Catalog, documents, tables, data, day: date):
    from targets.branchdata.template import Known, known_from, plan, units_below, write_workbook

    def planned(unit: Unit) -> Callable[[Path], None]:
        units = units_below(catalog, unit, day)
        known = known_from(catalog, data, units, day) if data else Known()
        made = plan(
            catalog, unit, day, documents=documents, tables=tables, sites=known.sites
        )
        return lambda path: write_workbook(made, path, known)

    return planned


def _forms(catalog: Catalog, duty: str, data, day: date):
    from targets.branchdata.template import assessed, computed, plan_form, write_form

    judged = assessed(catalog, data, day) if data else None

    def planned(unit: Unit) -> Callable[[Path], None]:
        form = plan_form(catalog, duty, unit, day)
        figures = computed(form, judged) if judged else None
        return lambda path: write_form(form, path, figures)

    return planned

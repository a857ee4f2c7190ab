"""python -m targets calendar"""

import io
import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from targets.catalog import load
from targets.problems import Problems

from .assess import Day
from .common import (
    definitions_option,
    output_option,
    problems_end_it,
    show,
    whole_file,
    write_csv,
    write_text,
)
from .ids import present
from .messages import Command

ONE = timedelta(days=1)
ON_SCREEN = ("due", "title", "reports_on", "quota", "actors", "clause", "flags")


@click.command("calendar", cls=Command)
@definitions_option
@click.option("--from", "start", type=Day(), help="自何日起（含）；不写就从今天起。")
@click.option("--to", "end", type=Day(), help="到何日为止（含）；不写就到起日之后一年。")
@click.option("--role", metavar="岗位", help="只看这个岗位或机构组（编号或名称）承担的。")
@click.option("--recipient", metavar="岗位", help="只看报给或抄送这个岗位（编号或名称）的。")
@click.option("--unit", metavar="代码", help="只看这个机构承担的，它自定的日子也在内。")
@click.option("--document", metavar="文件", help="只看这份文件（简称或编号开头）的。")
@click.option("--duty", metavar="编号", help="只看这项义务。")
@click.option("--choices", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              metavar="文件", help="机构自定的日子（csv、xlsx、yaml：义务编号、机构代码、日期）。")
@click.option("--undated", is_flag=True, help="改列排不出日期的义务，并说明为什么。")
@click.option("--record", is_flag=True, help="把周期和截止日的变动登记进日历台账。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "ics", "xlsx"]),
    default="table",
    show_default=True,
    help="屏幕表格、CSV（带 BOM）、JSON、可订阅的日历（iCalendar）或工作簿。",
)
@output_option()
@problems_end_it
def command(
    folder, start, end, role, recipient, unit, document, duty, choices, undated, record, form,
    output,
) -> None:
    """排出各项义务的到期日：谁、何日之前、报哪一期、依据哪一条。日期都按北京时间。"""
    if form == "xlsx" and output is None:
        raise click.UsageError("工作簿要写成文件，请加 -o 文件名.xlsx")
    if undated and form == "ics":
        raise click.UsageError("排不出日期的义务没有日历可订；请换 table、csv、json 或 xlsx")
    from targets.calendar.choice_file import read as read_choices
    from targets.calendar.occurrences import Calendar, check_window, select, unit_of

    catalog = load(folder)
    if record:
        return _record(catalog, folder)
    start = start or today()
    role, duty = (one and present(catalog, one) for one in (role, duty))
    try:
        check_window(start, end or start)
        end = end + ONE if end else _year_later(start)
        chosen = select(
            catalog, role=role, recipient=recipient, document=document, duty=duty
        )
        whose = unit_of(catalog, unit) if unit else None
    except Problems as wrong:
        told = [f"{p.found}。{p.mend or ''}{f'（有：{p.allowed}）' if p.allowed else ''}"
                for p in wrong.problems]
        raise click.UsageError("\n".join(told)) from None
    calendar = Calendar(
        catalog, duties=chosen, choices=read_choices(choices, catalog) if choices else None
    )
    if undated:
        return _write_undated(calendar, form, output)
    found = _found(calendar, whose, start, end)
    if form == "ics":
        _ics(calendar, folder, role or recipient, bool(recipient), whose, start, end, output)
    else:
        _FORMS[form](calendar, found, whose, output)
    _told(calendar, found, whose, start, end)
    return None


def today() -> date:
    """The day it is in Shanghai."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _year_later(day: date) -> date:
    last = 28 if day.month == 2 else day.day
    return day.replace(year=day.year + 1, day=min(day.day, last))


def _found(calendar, whose, start: date, end: date) -> list:
    if whose:
        return calendar.of_unit(whose, start, end)
    found = (o for duty in calendar.duties for o in calendar.of_duty(duty, start, end))
    return sorted(found, key=lambda o: o.order)


def _told(calendar, found: list, whose, start: date, end: date) -> None:
    """On the error stream: how many, how sure, and what no list can hold."""
    click.echo(f"{start} 至 {end - ONE}，到期 {len(found)} 项", err=True)
    flagged = sum(bool(o.flags) for o in found)
    if flagged:
        click.echo(f"其中 {flagged} 项带“请注意”：原文没说清，或放假安排未公布", err=True)
    silent = len(calendar.undated())
    if silent:
        click.echo(f"另有 {silent} 项义务排不出日期，要看请加 --undated", err=True)
    if whose:
        unplaced = [d for d in calendar.duties if calendar.dated(d) and not calendar.units(d)]
        if unplaced:
            told = f"有 {len(unplaced)} 项义务不知由哪家机构承担，不在其内"
            why = dict.fromkeys(w for d in unplaced for w in calendar.carriers(d)[-1].unplaced)
            click.echo(f"{told}（{'；'.join(why)}）；按岗位查请用 --role", err=True)


def _table(calendar, found, whose, output) -> None:
    from targets.calendar.tables import COLUMNS, rows

    columns = [column for column in COLUMNS if column.name in ON_SCREEN]
    _screen(columns, rows(calendar.catalog, found, whose), output)


def _screen(columns, table, output) -> None:
    from rich.console import Console
    from rich.table import Table

    with io.StringIO() as text:
        screen = output is None and sys.stdout.isatty()
        console = Console(file=None if screen else text, width=None if screen else 150)
        shown = Table()
        for column in columns:
            shown.add_column(column.title, no_wrap=column.name == "due", overflow="fold")
        for row in table:
            shown.add_row(*(str(row[column.name] or "—") for column in columns))
        console.print(shown)
        if not screen:
            write_text(text.getvalue(), output)


def _csv(calendar, found, whose, output) -> None:
    from targets.calendar.tables import COLUMNS, rows

    write_csv(COLUMNS, rows(calendar.catalog, found, whose), output)


def _json(calendar, found, whose, output) -> None:
    from targets.calendar.tables import document

    _write_json(document(calendar, found, whose), output)


def _write_json(content, output) -> None:
    write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", output)


def _xlsx(calendar, found, whose, output) -> None:
    from targets.calendar.tables import COLUMNS, rows

    _write_xlsx(COLUMNS, rows(calendar.catalog, found, whose), output)


def _write_xlsx(columns, table, output: Path) -> None:
    from xlsxwriter.exceptions import FileCreateError

    from targets.calendar.tables import write_workbook

    with whole_file(output) as part:
        try:
            write_workbook(columns, table, part)
        except FileCreateError as error:
            raise OSError(str(error)) from None


_FORMS = {"table": _table, "csv": _csv, "json": _json, "xlsx": _xlsx}


def _ics(
    calendar, folder: Path, role, receiving: bool, whose, start, end, output
) -> None:
    from targets.calendar.feeds import Feeds
    from targets.calendar.ledger import Ledger

    ledger = Ledger.read(folder)
    show(tuple(ledger.changes(calendar.catalog)))
    feeds = Feeds(calendar, ledger, receiving=receiving)
    if whose:
        feed = feeds.of_unit(whose, start, end)
    else:
        name = f"{role or ''}{'应收' if receiving else '报送'}日历"
        feed = feeds.of_duties(name, lambda _: True, start, end)
    if output is None:
        click.echo(feed, nl=False)
        return
    with whole_file(output) as part:
        part.write_bytes(feed)


def _write_undated(calendar, form: str, output) -> None:
    from targets.calendar.tables import UNDATED, undated_rows

    table = undated_rows(calendar, calendar.duties)
    if form == "json":
        _write_json(table, output)
    elif form == "csv":
        write_csv(UNDATED, table, output)
    elif form == "xlsx":
        _write_xlsx(UNDATED, table, output)
    else:
        _screen(UNDATED, table, output)
    click.echo(f"排不出日期的义务 {len(table)} 项", err=True)


def _record(catalog, folder: Path) -> None:
    from targets.calendar.ledger import FILE, Ledger

    ledger = Ledger.read(folder)
    changes = tuple(ledger.changes(catalog))
    for change in changes:
        click.echo(change.found, err=True)
    if changes:
        write_text(ledger.recorded_on(catalog, today()).text(), folder / FILE)
    click.echo(f"日历台账登记了 {len(changes)} 处变动" if changes else "日历台账与定义一致")

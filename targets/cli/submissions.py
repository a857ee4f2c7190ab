"""python -m targets submissions"""

from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import click

from targets.catalog import load
from targets.problems import Problems

from .assess import Day
from .calendar import ONE, _screen, _write_json
from .common import (
    definitions_option,
    output_option,
    problems_end_it,
    show,
    whole_file,
    write_csv,
)
from .messages import Command

SOON = timedelta(days=30)
ON_SCREEN = ("unit", "unit_name", "actors", "title", "period", "due", "status", "flags")
CHASED = ("overdue", "today", "due")
EVERY = "all"


class Listing(NamedTuple):
    """A table under its name in JSON and its title in a workbook."""

    name: str
    title: str
    columns: tuple
    rows: list[dict]


class Moment(click.ParamType):
    """A day, up to its end, or a day and a time; Shanghai time."""

    name = "时间"

    def convert(self, value, param, ctx):
        from targets.calendar.submissions import SHANGHAI

        if isinstance(value, datetime):
            return value
        try:
            if len(value) == 10:
                return datetime.combine(date.fromisoformat(value), time.max, SHANGHAI)
            return datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
        except ValueError:
            self.fail(f"{value} 不是时间；请写成 2026-09-30 或 '2026-09-30 17:00'", param, ctx)


@click.command("submissions", cls=Command)
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False),
              metavar="目录", help="数据目录：看收件簿，并取其中的报送记录。")
@click.option("--file", "path", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              metavar="文件", help="报送记录（csv、xlsx、yaml）；不写就用数据目录里的。")
@definitions_option
@click.option("--as-of", type=Moment(), metavar="时间",
              help="看哪个时刻的情况（北京时间）；只写日期就到当天结束，不写就是现在。")
@click.option("--from", "start", type=Day(), help="到期日自何日起（含）；不写就从一年前起。")
@click.option("--to", "end", type=Day(), help="到期日到何日为止（含）；不写就到 30 天后。")
@click.option("--unit", metavar="代码", help="只看这个机构。")
@click.option("--role", metavar="岗位", help="只看这个岗位或机构组（编号或名称）承担的。")
@click.option("--document", metavar="文件", help="只看这份文件（简称或编号开头）的。")
@click.option("--duty", metavar="编号", help="只看这项义务。")
@click.option(
    "--status", "wanted", multiple=True,
    type=click.Choice(
        ["overdue", "today", "due", "on_time", "late", "waived", "unknown", EVERY]
    ),
    help="只看这种状态，可重复：逾期未报、今日到期、未到期、按时、迟报、豁免、无从得知、全部。"
    "不写就是催办：前三种。",
)
@click.option("--rate", "view", flag_value="rate",
              help="改看按时率：每家机构、每项义务按时几期、应报几期。")
@click.option("--load", "view", flag_value="load",
              help="改看负荷：每家机构全年各周有几件到期；--from 和 --to 另定起止（取整周）。")
@click.option("--twice", "view", flag_value="twice", help="改看哪两项义务向同一机构收同样的数。")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json", "xlsx"]), default="table",
    show_default=True,
    help="屏幕表格、CSV（带 BOM）、JSON 或工作簿（另有按时率；负荷另有重复收数）。",
)
@output_option()
@problems_end_it
def command(data, path, folder, as_of, start, end, unit, role, document, duty, wanted, view,
            form, output) -> None:
    """看谁欠什么：每家机构每个到期日，按时、迟报、逾期、豁免还是无从得知。

    两处记录：收件簿（intake 收的数据）和报送记录（书面报告、会议等，一行一次）。
    """
    if form == "xlsx" and output is None:
        raise click.UsageError("工作簿要写成文件，请加 -o 文件名.xlsx")
    if wanted and view:
        raise click.UsageError("--status 只用于逐项的清单，不和 --rate、--load、--twice 同用")
    if view in (None, "rate") and data is None and path is None:
        raise click.UsageError("要用 --data 给出数据目录，或用 --file 给出报送记录")
    from targets.calendar.choice_file import chosen_in
    from targets.calendar.occurrences import Calendar
    from targets.calendar.submissions import SHANGHAI

    catalog = load(folder)
    as_of = as_of or datetime.now(SHANGHAI)
    start, end = _window(start, end, as_of.date(), whole_year=view == "load")
    chosen, units = _chosen(catalog, start, end, unit, role, document, duty)
    calendar = Calendar(catalog, duties=chosen, choices=chosen_in(data, catalog))
    if view == "load":
        return _write([_loads(calendar, units, start, end), _overlaps(calendar)], form, output)
    if view == "twice":
        return _write([_overlaps(calendar)], form, output)
    found = _statuses(calendar, units, data, path, start, end, as_of)
    _write(_listings(catalog, found, view, wanted or CHASED), form, output, as_of)
    _told(found, start, end, as_of)
    return None


def _window(start, end, day: date, *, whole_year: bool) -> tuple[date, date]:
    """Half-open. By default a year back and 30 days ahead, or the weeks of the year."""
    if whole_year:
        # the first Thursday's week is the year's first: ISO 8601
        year = day.isocalendar().year
        first = start or date.fromisocalendar(year, 1, 1)
        return first, end + ONE if end else date.fromisocalendar(year + 1, 1, 1)
    return start or day - timedelta(days=365), (end or day + SOON) + ONE


def _chosen(catalog, start, end, unit, role, document, duty) -> tuple:
    from targets.calendar.occurrences import check_window, select, unit_of
    from targets.schema.organisation import Unit

    try:
        check_window(start, end - ONE)
        chosen = select(catalog, role=role, document=document, duty=duty)
        return chosen, (unit_of(catalog, unit),) if unit else catalog.all(Unit)
    except Problems as wrong:
        told = [f"{p.found}。{p.mend or ''}{f'（有：{p.allowed}）' if p.allowed else ''}"
                for p in wrong.problems]
        raise click.UsageError("\n".join(told)) from None


def _statuses(calendar, units, data, path, start, end, as_of) -> list:
    from targets.calendar.recorded import recorded
    from targets.calendar.submissions import statuses

    found = recorded(calendar.catalog, data, path)
    show(found.warnings)
    if not found.file:
        click.echo("没有报送记录：书面报告、会议等交没交，无从得知", err=True)
    if not found.receipts:
        click.echo("没有收件簿：数据交没交，无从得知", err=True)
    ahead = sum(e.at is not None and e.at > as_of for e in found.entries)
    if ahead:
        click.echo(f"报送记录里有 {ahead} 次在 {as_of:%Y-%m-%d %H:%M} 之后，不算", err=True)
    return statuses(calendar, found.records, units, start, end, as_of)


def _listings(catalog, found, view, wanted) -> list[Listing]:
    from targets.calendar.submission_tables import RATES, STATUSES, rate_rows, status_rows
    from targets.calendar.submissions import punctuality

    rates = Listing("rates", "按时率", RATES, rate_rows(catalog, punctuality(found)))
    if view == "rate":
        return [rates]
    shown = [s for s in found if EVERY in wanted or s.standing.value in wanted]
    return [Listing("statuses", "报送情况", STATUSES, status_rows(catalog, shown)), rates]


def _loads(calendar, units, start, end) -> Listing:
    from targets.calendar.submission_tables import LOADS, load_rows
    from targets.calendar.submissions import load as load_of
    from targets.periods import period_of
    from targets.schema.measures import ActorPeriod

    weeks = []
    day = start
    while day < end or not weeks:
        weeks.append(period_of(ActorPeriod.WEEK, day))
        day = weeks[-1].last + ONE
    found = [
        (words, load_of(calendar, unit, weeks, reports_only=only))
        for unit in units
        for words, only in (("报告", True), ("报告和其他事项", False))
    ]
    return Listing("loads", "每周负荷", LOADS, load_rows(found))


def _overlaps(calendar) -> Listing:
    from targets.calendar.submission_tables import OVERLAPS, overlap_rows
    from targets.calendar.submissions import overlaps

    return Listing("overlaps", "重复收数", OVERLAPS, overlap_rows(overlaps(calendar)))


def _write(listings: list[Listing], form: str, output, as_of: datetime | None = None) -> None:
    """The first listing; JSON and a workbook hold all."""
    first = listings[0]
    if form == "table":
        narrow = [c for c in first.columns if c.name in ON_SCREEN]
        _screen(narrow if first.name == "statuses" else first.columns, _shown(first.rows), output)
    elif form == "csv":
        write_csv(first.columns, first.rows, output)
    elif form == "json":
        when = {"as_of": as_of.isoformat(timespec="minutes")} if as_of else {}
        found = {one.name: _plain(one.rows) for one in listings}
        _write_json({"timezone": "Asia/Shanghai", **when, **found}, output)
    else:
        _write_xlsx(listings, output)


def _shown(rows: list[dict]) -> list[dict]:
    """For the screen: a nought is told, and brackets are no markup."""
    from rich.markup import escape

    return [
        {k: escape(v) if isinstance(v, str) else "0" if v == 0 else v for k, v in row.items()}
        for row in rows
    ]


def _plain(rows: list[dict]) -> list[dict]:
    return [{k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
            for row in rows]


def _write_xlsx(listings: list[Listing], output: Path) -> None:
    from xlsxwriter.exceptions import FileCreateError

    from targets.calendar.tables import write_sheets

    with whole_file(output) as part:
        try:
            write_sheets({one.title: (one.columns, one.rows) for one in listings}, part)
        except FileCreateError as error:
            raise OSError(str(error)) from None


def _told(found: list, start: date, end: date, as_of: datetime) -> None:
    """On the error stream: how many of each, and what nothing can tell of."""
    from targets.calendar.submissions import Standing

    counts = Counter(s.standing for s in found)
    told = "，".join(f"{one.label} {counts[one]}" for one in Standing if counts[one]) or "无"
    click.echo(
        f"{as_of:%Y-%m-%d %H:%M}（北京时间），到期日 {start} 至 {end - ONE}：{told}", err=True
    )
    silent = {s.occurrence.duty.id for s in found if s.standing is Standing.UNKNOWN}
    if silent:
        click.echo(f"有 {len(silent)} 项义务没有记录可查，原因见 --status unknown", err=True)

"""python -m targets trace"""

import csv
import io
from pathlib import Path

import click

from targets.catalog import default_cache, load
from targets.catalog.catalog import Catalog
from targets.schema.measures import Dataset
from targets.schema.rules import Rule
from targets.schema.targets import Target

from .assess import Day
from .common import (
    definitions_option,
    harmless,
    output_option,
    problems_end_it,
    show,
    whole_file,
    write_text,
)
from .ids import known
from .messages import Command

SHOWN = 20
"""rows of a group on the screen"""
COLUMNS_SHOWN = 7


@click.command("trace", cls=Command)
@click.argument("record_id", metavar="编号")
@click.option("--unit", metavar="代码", help="哪家机构；不写就是全行。")
@click.option("--site", metavar="编号", help="哪个共建主体；写了就不看 --unit。")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data/sample"),
    show_default=True,
    metavar="目录",
    help="数据目录（parquet 或 csv），或一个 xlsx 工作簿。",
)
@definitions_option
@click.option("--as-of", type=Day(), help="哪个数据日期；不写就用数据里最近的一天。")
@click.option(
    "--rows",
    "asked",
    type=click.Choice(["all", "numerator", "missing", "breaking"]),
    default="all",
    show_default=True,
    help="列哪些行：全部、计入的、在分母而不在分子的、违反规则的（连同恰在界上的和说不清的）。",
)
@click.option("--limit", type=click.IntRange(min=0), metavar="行数",
              help=f"每类最多列几行；屏幕上不写就列 {SHOWN} 行，写文件不写就全列。")
@click.option("--personal", is_flag=True,
              help="显示可识别到人或户的列；只供机构内部核对，不要外传。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "xlsx"]),
    default="table",
    show_default=True,
    help="屏幕表格、CSV（带 BOM）或工作簿。",
)
@output_option()
@problems_end_it
def command(
    record_id, unit, site, data, folder, as_of, asked, limit, personal, form, output
) -> None:
    """把一个目标或一条规则的判定打开：怎样推算，依据哪些行，在哪个文件第几行。"""
    if form == "xlsx" and output is None:
        raise click.UsageError("工作簿要写成文件，请加 -o 文件名.xlsx")
    from targets.assessment import assess
    from targets.assessment.listing import listing
    from targets.assessment.opening import open_bank
    from targets.assessment.rows import ASKED, Rows

    catalog = load(folder, cache=default_cache(folder))
    record_id = _known(catalog, record_id)
    if asked == "breaking" and ".target." in record_id:
        raise click.UsageError("目标没有“违反”的行；没有做到的，请用 --rows missing")
    if asked in ("numerator", "missing") and ".rule." in record_id:
        raise click.UsageError("规则没有分子和分母；违反的行，请用 --rows breaking")
    if unit is not None and unit not in catalog.units_by_code:
        raise click.UsageError(f"没有机构代码 {unit}；有：{'、'.join(catalog.units_by_code)}")
    opened = open_bank(catalog, data)
    assessment = assess(catalog, opened, as_of=as_of, only={record_id})
    show(assessment.warnings)
    finding = _finding(catalog, assessment, record_id, unit, site)
    if form == "table" and limit is None:
        limit = SHOWN
    with Rows(assessment, opened) as rows:
        found = listing(rows, catalog, [finding], ASKED[asked], limit, personal)
        _FORMS[form](assessment, found, output)
    total = sum(g.rows for _, groups in found.entries for g in groups)
    label = f"（{assessment.label}）" if assessment.label else ""
    told = (f"数据日期 {assessment.as_of}{label}，{assessment.version}，"
            f"{finding.subject.name}：共 {total:,} 行")
    if not personal:
        told += "；可识别到人或户的列没有显示，机构内部核对请加 --personal"
    click.echo(told, err=True)


def _known(catalog: Catalog, record_id: str) -> str:
    """The id of a target or rule behind which rows could stand."""
    judged = [r.id for r in (*catalog.all(Target), *catalog.all(Rule))]
    record = catalog.get(known(catalog, record_id, judged, "目标或规则"))
    if isinstance(record, Rule) and not getattr(record.body, "conditions", None):
        why = getattr(record.body, "unchecked", None) or "它说的是步骤或原则，不逐行检查。"
        raise click.ClickException(f"“{record.name}”没有在数据上检查：{why}")
    return record.id


def _finding(catalog: Catalog, assessment, record_id: str, unit: str | None, site: str | None):
    found = [*assessment.findings, *assessment.rule_findings]
    wanted = site or unit or (catalog.bank.code if catalog.bank else None)
    for finding in found:
        if finding.subject.key == wanted:
            return finding
    subjects = "、".join(f"{f.subject.key} {f.subject.name}" for f in found[:30])
    name = catalog.get(record_id).name
    raise click.UsageError(
        f"“{name}”没有对 {wanted} 的判定；有：{subjects or '（无）'}"
        f"{' 等' if len(found) > 30 else ''}"
    )


def _table(assessment, listing, output) -> None:
    from rich.console import Console
    from rich.table import Table

    from targets.assessment.listing import dataset_headings, record_id, said

    catalog = assessment.catalog
    with io.StringIO() as text:
        console = Console(file=text, width=160)
        for finding, groups in listing.entries:
            record = catalog.get(record_id(finding))
            cited = "；".join(catalog.citation(c) for c in finding.trace.clauses)
            interim = f"（暂：{finding.provisional.label}）" if finding.provisional else ""
            console.print(f"{record.name}　{cited}　{record.id}")
            console.print(
                f"{finding.subject.name}　{finding.data_date}　{finding.status.label}{interim}"
                f"　{assessment.version}"
            )
            for i, (what, detail) in enumerate(steps(catalog, finding), start=1):
                console.print(f"  {i}. {what}：{detail}", highlight=False)
            for group in groups:
                columns = _telling(catalog.get(group.dataset))
                titles = dataset_headings(catalog.get(group.dataset))
                why = f"　{group.why}" if group.why else ""
                title = f"{group.role.label}　{group.part}　{group.rows:,} 行{why}"
                if not group.rows or listing.limit == 0:
                    console.print(title, highlight=False)
                    continue
                table = Table(title=title, title_justify="left")
                for heading in ("文件", "行号", *(titles[c] for c in columns)):
                    table.add_column(heading, overflow="fold")
                for line in listing.lines(group):
                    file = f"{line.file}[{line.sheet}]" if line.sheet else line.file
                    cells = [said(line.cells.get(c)) for c in columns]
                    table.add_row(file, str(line.line or "—"),
                                  *("—" if v is None else str(v) for v in cells))
                console.print(table)
                if listing.limit is not None and group.rows > listing.limit:
                    console.print(f"只列了前 {listing.limit} 行，共 {group.rows:,} 行")
        write_text(text.getvalue(), output)


def _telling(dataset: Dataset) -> list[str]:
    """The columns that a screen has room for: who, then what; the rest are in CSV and workbooks."""
    known = [dataset.period]
    order = sorted(dataset.columns, key=lambda c: c.name not in (dataset.unit, *dataset.key))
    return [c.name for c in order if c.name not in known][:COLUMNS_SHOWN]


def steps(catalog: Catalog, finding) -> list[tuple[str, str]]:
    """The reckoning, then what it rests on."""
    trace = finding.trace
    out = [(s.what, s.detail) for s in trace.steps]
    out += [("未计入", f"{why}：{n:,} 行") for why, n in trace.excluded]
    out += [("说明", reason) for reason in finding.reasons]
    out += [("本行决定", f"{catalog.get(d).name}（{catalog.get(d).number}）")
            for d in trace.decisions]
    settled = set(trace.assumptions) - set(finding.open_assumptions)
    out += [
        ("待定事项", catalog.get(a).name + ("（已定）" if a in settled else "（未定）"))
        for a in trace.assumptions
    ]
    return out


def _csv(assessment, listing, output) -> None:
    if output is None:
        with io.StringIO() as text:
            _write_csv(text, listing)
            write_text(text.getvalue(), None)
        return
    with whole_file(output) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        _write_csv(file, listing)


def _write_csv(file, listing) -> None:
    writer = csv.writer(file)
    writer.writerow(listing.headings)
    for listed in listing:
        writer.writerow([harmless(value) for value in listed.values])


def _xlsx(assessment, listing, output) -> None:
    from xlsxwriter.exceptions import FileCreateError

    from targets.assessment.workbook import write_trace

    reckoning = [
        (finding, steps(assessment.catalog, finding)) for finding, _ in listing.entries
    ]
    with whole_file(output) as part:
        try:
            write_trace(assessment, reckoning, listing, part)
        except FileCreateError as error:
            raise OSError(str(error)) from None


_FORMS = {"table": _table, "csv": _csv, "xlsx": _xlsx}

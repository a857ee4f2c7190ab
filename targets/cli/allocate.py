"""python -m targets allocate"""

import io
import json
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, load
from targets.problems import did_you_mean
from targets.schema.base import UnitLevel
from targets.schema.measures import Metric
from targets.schema.organisation import Unit
from targets.schema.targets import Target

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
from .editing import drafter, dry_run_option, finish, yes_option
from .ids import known
from .messages import Command


class Amount(click.ParamType):
    """An exact number, not negative."""

    name = "数"

    def convert(self, value, param, ctx):
        try:
            found = Decimal(str(value).replace(",", ""))
        except InvalidOperation:
            found = None
        if found is None or not found.is_finite() or found < 0:
            self.fail(f"{value} 不是数；请写成 60 或 0.5 的样子", param, ctx)
        return found


@click.command("allocate", cls=Command)
@click.argument("target_id", metavar="编号")
@click.option("--by", required=True, metavar="指标或文件",
              help="按什么分：指标的编号，或写着各机构权重（或份额）的 csv、xlsx、yaml 文件。")
@click.option("--level", required=True,
              type=click.Choice([u.value for u in UnitLevel if u is not UnitLevel.BANK]),
              help="分到哪一级。")
@click.option("--of", "of", metavar="代码", help="把哪家机构的份额再往下分；不写就分全行的总数。")
@click.option("--min", "minimum", type=Amount(), help="每家至少分到多少。")
@click.option("--max", "maximum", type=Amount(), help="每家至多分到多少。")
@click.option("--bounds", type=click.Path(path_type=Path), metavar="文件",
              help="个别机构另定的上下限：csv、xlsx、yaml，列为机构代码、至少、至多。")
@click.option("--step", type=Amount(), help="份额取整到多少；不写就取总数的最末一位。")
@click.option("--headroom", type=Amount(), default=Decimal(0), metavar="百分数",
              help="加压：各家之和可比总数多百分之几。")
@click.option("--dated", type=Day(), help="按指标分时取哪一天的数；不写就取数据里最近的一天。")
@click.option("--data", type=click.Path(path_type=Path), default=Path("data/sample"),
              show_default=True, metavar="目录", help="数据目录或 xlsx 工作簿；按指标分时要用。")
@click.option("--fixed", is_flag=True, help="写成各家的数，不写成算法：总数以后变了也不跟着变。")
@click.option("--from", "effective", type=Day(), help="自何日起生效；不写就按今天试算。")
@click.option("--write", "writing", is_flag=True,
              help="写成草案：一份目标分解和承载它的决定；先给看，再写，签发以后才生效。")
@click.option("--basis", metavar="文号", help="依据哪个文件或会议纪要；写草案时要。")
@click.option("--reason", metavar="理由", help="为什么这样分；写草案时要。")
@click.option("--decider", metavar="谁", help="由谁决定；不写就沿用现行分解的。")
@click.option("--drafter", "drafting", metavar="谁", help="谁起草；不写就用 git 里登记的姓名。")
@yes_option
@dry_run_option
@click.option("--format", "form", type=click.Choice(["table", "json", "csv", "xlsx"]),
              default="table", show_default=True, help="屏幕表格、JSON、CSV 或工作簿。")
@output_option()
@definitions_option
@problems_end_it
def command(
    target_id, by, level, of, minimum, maximum, bounds, step, headroom, dated, data, fixed,
    effective, writing, basis, reason, decider, drafting, yes, dry_run, form, output, folder,
) -> None:
    """试着把一个全行的总数分到各家：合计分毫不差，每一份都写明怎样得来，与现行分解逐家对照。"""
    if form == "xlsx" and output is None:
        raise click.UsageError("工作簿要写成文件，请加 -o 文件名.xlsx")
    if step == 0:
        raise click.UsageError("--step 要大于 0")
    if writing:
        _may_write(effective, basis, reason)
    from targets.proposing import Ask, propose, proposed_id
    from targets.proposing.drafting import Grounds
    from targets.proposing.unit_list import SHARE, WEIGHT

    catalog = load(folder, cache=default_cache(folder))
    numbers = _listed(catalog, by)
    ask = Ask(
        target=catalog.get(known(catalog, target_id, {t.id for t in catalog.all(Target)}, "目标")),
        of=_unit(catalog, of),
        level=UnitLevel(level),
        effective=effective or date.today(),
        weights=numbers.get(WEIGHT),
        shares=numbers.get(SHARE),
        minimum=minimum, maximum=maximum, bounds=_bounds(catalog, bounds),
        step=step, headroom=headroom, fixed=fixed,
    )
    limited = bounds or minimum is not None or maximum is not None
    if ask.shares is not None and (limited or step):
        raise click.UsageError("文件里写的是各家的份额，不再取整，也不用上下限")
    ask, weight_of = _with_data(catalog, ask, None if numbers else by, dated, data)
    proposal = propose(catalog, ask, weight_of, proposed_id(catalog, ask))
    _FORMS[form](catalog, proposal, output)
    show(proposal.warnings)
    if writing:
        decider = decider or (proposal.before and proposal.before.decision.decider)
        if not decider:
            raise click.UsageError("现在没有这样的分解可以沿用，请用 --decider 写明由谁决定")
        grounds = Grounds(basis, reason, decider, drafter(drafting), date.today())
        _write(folder, proposal, grounds, yes, dry_run)


# ---------------------------------------------------------------- what was asked


def _unit(catalog: Catalog, code: str | None) -> Unit:
    if code is None:
        if catalog.bank is None:
            raise click.UsageError("定义里还没有登记全行这个机构")
        return catalog.bank
    if code not in catalog.units_by_code:
        raise click.UsageError(f"没有机构代码 {code}；有：{'、'.join(catalog.units_by_code)}")
    return catalog.units_by_code[code]


def _listed(catalog: Catalog, by: str) -> dict:
    """Numbers by column and unit from a file; none where a metric is named."""
    if by in catalog.records:
        if not isinstance(catalog.get(by), Metric):
            raise click.UsageError(f"{by} 是{catalog.get(by).title_zh}，不是指标")
        return {}
    if not Path(by).is_file():
        metrics = [m.id for m in catalog.all(Metric)]
        raise click.UsageError(
            f"--by {by} 既不是指标编号，也不是文件。{did_you_mean(by, metrics) or ''}"
        )
    from targets.proposing.unit_list import read_weights

    found = read_weights(Path(by), catalog.units_by_code)
    show(found.warnings)
    return dict(found.numbers)


def _bounds(catalog: Catalog, path: Path | None) -> dict | None:
    if path is None:
        return None
    from targets.proposing.unit_list import MAXIMUM, MINIMUM, read_bounds

    found = read_bounds(path, catalog.units_by_code)
    show(found.warnings)
    least, most = (found.numbers.get(c, {}) for c in (MINIMUM, MAXIMUM))
    return {code: (least.get(code), most.get(code)) for code in sorted({*least, *most})}


def _with_data(catalog: Catalog, ask, metric: str | None, dated, data: Path):
    """The ask with the day of its figures, and where figures come from."""
    from dataclasses import replace

    from targets.proposing.proposal import splits_on_data
    from targets.schema.sharing import ByMetric

    if metric is None and (not splits_on_data(catalog, ask) or not data.exists()):
        return ask, lambda by, unit: None
    from targets.assessment.allocation import metrics_read
    from targets.assessment.assess import weights_from
    from targets.assessment.disclosure import INTERNAL
    from targets.branchdata import open_data, reported_codes
    from targets.schema.measures import Dataset
    from targets.schema.targets import Allocation

    read = open_data(
        data, catalog.all(Dataset), catalog.all(Unit), codes=reported_codes(catalog.all(Metric))
    )
    show(read.warnings)
    wanted = [*metrics_read(catalog.all(Allocation)), *([metric] if metric else [])]
    day = dated or read.latest_date
    if metric:
        ask = replace(ask, by=ByMetric(kind="metric", metric=metric, dated=day))
    label = f"（{read.label}）" if read.label else ""
    click.echo(f"按 {day} 的数{label}试算。{INTERNAL}", err=True)
    return ask, weights_from(catalog, read, wanted, ask.effective)


# ---------------------------------------------------------------- what is written


def _may_write(effective, basis, reason) -> None:
    wanted = {"--from": effective, "--basis": basis, "--reason": reason}
    lacking = [name for name, value in wanted.items() if not value]
    if lacking:
        raise click.UsageError(f"写草案还要 {'、'.join(lacking)}")
    if effective < date.today():
        raise click.UsageError(f"生效日 {effective} 已经过去；草案还没有签发，请写今天以后的日子")


def _write(folder: Path, proposal, grounds, yes: bool, dry_run: bool) -> None:
    from targets.editing import open_edit
    from targets.proposing.drafting import draft

    with open_edit(folder) as edit:
        draft(edit, proposal, grounds)
        if finish(edit, folder, yes=yes, dry_run=dry_run):
            click.echo("这是草案，签发以后才生效。下一步：")
            decision = proposal.allocation.decision
            click.echo(f"  python -m targets sign {decision} --as 复核 --by 姓名")


# ---------------------------------------------------------------- what is shown


def _table(catalog: Catalog, proposal, output) -> None:
    from rich.console import Console
    from rich.table import Table

    from targets.proposing.proposal import sums
    from targets.proposing.tables import columns, heading, shown

    table = Table(title=heading(catalog, proposal), title_justify="left")
    for column in columns(proposal):
        left = column.name in ("unit_code", "unit", "bound")
        table.add_column(column.title, justify="left" if left else "right", overflow="fold")
    *parts, total = shown(catalog, proposal)
    for cells in parts:
        table.add_row(*cells)
    table.add_section()
    table.add_row(*total)
    with io.StringIO() as text:
        screen = output is None and sys.stdout.isatty()
        console = Console(file=None if screen else text, width=None if screen else 150)
        console.print(table)
        console.print(sums(proposal) + "，相符。", highlight=False)
        if proposal.before:
            told = proposal.before.allocation
            console.print(f"现行：{told.name}（{told.id}）", highlight=False, markup=False)
        if not screen:
            write_text(text.getvalue(), output)


def _json(catalog: Catalog, proposal, output) -> None:
    from targets.proposing.tables import document

    content = document(catalog, proposal)
    write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", output)


def _csv(catalog: Catalog, proposal, output) -> None:
    from targets.proposing.tables import columns, rows

    write_csv(columns(proposal), rows(proposal), output)


def _xlsx(catalog: Catalog, proposal, output) -> None:
    from xlsxwriter.exceptions import FileCreateError

    from targets.proposing.tables import write_book

    with whole_file(output) as part:
        try:
            write_book(catalog, proposal, part)
        except FileCreateError as error:
            raise OSError(str(error)) from None


_FORMS = {"table": _table, "json": _json, "csv": _csv, "xlsx": _xlsx}

"""python -m targets sign"""

from datetime import date
from pathlib import Path

import click

from targets.catalog import default_cache, load
from targets.editing import open_edit
from targets.freshness.reviews import record_signed
from targets.problems import Code, Problem, Problems
from targets.schema.targets import Decision

from .assess import Day
from .common import definitions_option, problems_end_it
from .editing import dry_run_option, finish, yes_option
from .ids import known
from .messages import Command

FIELDS = {"复核": "reviewed", "签发": "issued"}


@click.command("sign", cls=Command)
@click.argument("decision", metavar="编号")
@click.option("--as", "step", type=click.Choice(list(FIELDS)), required=True, help="复核还是签发。")
@click.option("--by", required=True, metavar="谁", help="谁签的：姓名或岗位。")
@click.option("--on", "day", type=Day(), help="哪一天；不写就是今天。")
@yes_option
@dry_run_option
@definitions_option
@problems_end_it
def command(
    decision: str, step: str, by: str, day: date | None, yes: bool, dry_run: bool, folder: Path
) -> None:
    """在一条决定上记下复核或签发；签发以后它才生效。"""
    field = FIELDS[step]
    with open_edit(folder) as edit:
        catalog = load(folder, cache=default_cache(folder))
        record_id = known(catalog, decision, {d.id for d in catalog.all(Decision)}, "决定")
        record = catalog.get(record_id)
        if (before := getattr(record.signoff, field)) is not None:
            raise Problems([Problem(
                Code.SIGNED_ALREADY, f"{record_id} 已由{before.by}于 {before.day} {step}",
                file=catalog.origins[record_id].file, line=catalog.origins[record_id].line,
                mend="签错了，先在文件里删去那一行，再签",
            )])
        edit.set(record_id, ("signoff", field), {"by": by, "day": day or date.today()})
        click.echo(f"{record.name}（{record_id}），自 {record.effective} 起生效")
        click.echo(f"  {step}：{by}，{day or date.today()}")
        if finish(edit, folder, yes=yes, dry_run=dry_run) and step == "签发":
            record_signed(load(folder), record_id)

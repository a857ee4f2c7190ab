"""python -m targets whatif"""

import json
from pathlib import Path

import click

from .assess import Day
from .common import definitions_option, output_option, problems_end_it, progress_bar, write_text
from .messages import Command


@click.command("whatif", cls=Command)
@click.argument("wishes", nargs=-1, required=True, metavar="编号=数值...")
@click.option(
    "--data", type=click.Path(path_type=Path), required=True, metavar="目录",
    help="数据目录或工作簿。",
)
@definitions_option
@click.option("--on", type=Day(), help="假设自哪一天起；不写就是数据日期当天。")
@click.option("--as-of", type=Day(), help="用哪个数据日期；不写就用数据里最近的一天。")
@click.option(
    "--curve", is_flag=True, help="再列出：目标值定在多少，现在和照现在的快慢各有几家达到。"
)
@click.option(
    "--level", type=click.Choice(["province", "branch", "sub_branch", "outlet", "site"]),
    help="--curve 数哪一级；不写就数判定到的最低一级机构。",
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="屏幕表格，或 JSON。",
)
@output_option()
@problems_end_it
def command(wishes, data, folder, on, as_of, curve, level, form, output) -> None:
    """假如目标值换一个数，同一份数据会判成什么样：不改任何文件。

    例：whatif sijin.target.market_profiled=75% --data data/sample。数值连单位写，和 set 一样；
    组合标准写明第几部分，如 编号#2=5%。可以一次假设几项。
    """
    from targets.assessment.disclosure import INTERNAL, Disclosure
    from targets.catalog import default_cache, load
    from targets.changes import compare
    from targets.changes.effects import effects, opened
    from targets.changes.supposed import supposing

    catalog = load(folder, cache=default_cache(folder))
    asked = [_wish(catalog, text) for text in wishes]
    _each_once(asked)
    read = opened(catalog, data)
    day = on or as_of or read.latest_date
    supposed = supposing(catalog, asked, day)
    changes = [c for c in compare(catalog, supposed) if c.kind == "target"]
    with progress_bar("判定") as progress:
        found = effects(
            changes, catalog, supposed, read, on=day, as_of=as_of, publish=False, progress=progress
        )
    curves = {e.target: _curve(e, level) for e in found} if curve else {}
    same = [w.target.name for w in asked if w.target.id not in {c.record for c in changes}]
    for name in same:
        click.echo(f"{name}：假设的数值与 {day} 有效的相同，没有差别", err=True)
    if form == "json":
        write_text(_json(found, curves), output)
    else:
        write_text(_text(changes, found, curves, output is not None), output)
    if any(Disclosure(e.assessed).counts_people(u.after.finding)
           for e in found for u in e.units[:1] if u.after):
        click.echo(INTERNAL, err=True)


def _wish(catalog, text: str):
    from targets.changes.supposed import Wish, is_range
    from targets.editing.amounts import amount
    from targets.editing.new_value import find_target, part_of

    name, mark, value = text.partition("=")
    if not mark or not name.strip() or not value.strip():
        raise click.UsageError(f"“{text}”不成：要写成 编号=数值，如 市场园区建档率=75%")
    name, _, part = name.strip().partition("#")
    if part and not part.isdecimal():
        raise click.UsageError(f"“{text}”里 # 后面要写第几部分，如 #2")
    target = find_target(catalog, name)
    number = part_of(catalog, target, int(part) if part else None)
    metric, single = target.parts[number - 1]
    wanted = amount(value, catalog.get(metric), single)
    return Wish(target, number, wanted.dated(is_range(target, number)))


def _each_once(asked) -> None:
    seen = [(w.target.id, w.part) for w in asked]
    for one in seen:
        if seen.count(one) > 1:
            raise click.UsageError(f"{one[0]} 假设了两次；一次只假设一个数值")


def _curve(effect, level):
    from targets.changes.rates import tradeoff

    levels = [u.level for u in effect.levels]
    if level is not None and level not in levels:
        raise click.UsageError(f"{effect.name}没有判定到这一级；判定到的有：{'、'.join(levels)}")
    units = [name for name in levels if name != "site"]
    chosen = level or (units[-1] if units else levels[-1])
    before = {u.before.finding.threshold for u in effect.units if u.before} - {None}
    return chosen, tradeoff(effect.assessed, effect.judged, chosen, also=sorted(before))


def _text(changes, found, curves, wide: bool) -> str:
    from targets.changes.report import field_words

    from .difftable import told_effects

    said = "\n".join(
        f"假如{c.name}{'，'.join(field_words(f) for f in c.fields)}" for c in changes
    )
    return f"{said}\n{told_effects(found, curves, wide)}" if changes else "没有差别\n"


def _json(found, curves) -> str:
    from targets.assessment.findings import plain
    from targets.changes.document import effect_data

    content = [
        {
            **effect_data(e),
            **({"curve": {"level": curves[e.target][0],
                          "points": [plain(p) for p in curves[e.target][1]]}} if curves else {}),
        }
        for e in found
    ]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

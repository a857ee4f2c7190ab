"""python -m targets set"""

import sys
from datetime import date

import click

from targets import wording
from targets.catalog import Catalog, default_cache, load
from targets.editing import new_value, open_edit
from targets.editing.amounts import amount
from targets.editing.new_value import Wanted
from targets.problems import Problems

from .assess import Day
from .common import definitions_option, problems_end_it
from .editing import drafter, dry_run_option, finish, yes_option
from .messages import Command


class Span(click.ParamType):
    """Two dates written 2027-01-01..2027-12-31."""

    name = "起止"

    def convert(self, value, param, ctx):
        if isinstance(value, tuple):
            return value
        first, _, last = value.partition("..")
        try:
            span = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            self.fail(f"{value} 不是起止日；请写成 2027-01-01..2027-12-31 的样子", param, ctx)
        if span[1] <= span[0]:
            self.fail(f"{value} 的截止日不晚于起算日", param, ctx)
        return span


@click.command("set", cls=Command)
@click.argument("target", metavar="编号或名称")
@click.argument("value", metavar="数值")
@click.option("--from", "since", type=Day(), required=True, help="自哪一天起。")
@click.option("--basis", required=True, metavar="文号", help="依据的文号、会议纪要或决定。")
@click.option("--reason", required=True, metavar="理由", help="为什么改。")
@click.option("--decider", metavar="谁", help="由谁决定；不写就沿用上一次决定这个目标的。")
@click.option("--drafter", "drafting", metavar="谁", help="谁起草；不写就用 git 里登记的姓名。")
@click.option("--decided", type=Day(), help="哪一天决定的；不写就是今天。")
@click.option("--part", type=click.IntRange(1), help="组合标准的第几部分。")
@click.option("--expires", type=Day(), help="到哪一天为止（含）；不写就一直有效。")
@click.option("--period", "span", type=Span(),
              help="一并另定目标的起止日，如 2027-01-01..2027-12-31。")
@click.option("--name", metavar="名称", help="这条决定叫什么；不写就照目标和数值起名。")
@click.option("--id", "record_id", metavar="编号", help="这条决定的编号；不写就自动编。")
@click.option("--file", metavar="文件", help="写进定义目录里的哪个文件；不写就放在同类决定一起。")
@click.option("--sample", is_flag=True, help="标为虚构的示例决定。")
@yes_option
@dry_run_option
@definitions_option
@problems_end_it
def command(
    target, value, since, basis, reason, decider, drafting, decided, part, expires, span, name,
    record_id, file, sample, yes, dry_run, folder,
) -> None:
    """给目标定一个新数值：写成本行的一条决定，原文的数不动，两个都看得见。

    数值连单位写：75%、5个百分点、950亿元、5至10个百分点；不再要求数值就写 取消。
    负数前面加两条短横线隔开，如 set 编号 -- -5个百分点。写下的是草案，复核、签发以后才生效。
    """
    with open_edit(folder) as edit:
        catalog = load(folder, cache=default_cache(folder))
        found = new_value.find_target(catalog, target)
        number = new_value.part_of(catalog, found, part)
        metric_id, single = found.parts[number - 1]
        wanted = Wanted(
            target=found, part=number, since=since, basis=basis, reason=reason,
            amount=amount(value, catalog.get(metric_id), single),
            decider=decider or new_value.last_decider(catalog, found) or _unknown_decider(),
            drafter=drafter(drafting), decided=decided or date.today(), drafted=date.today(),
            expires=expires, span=span or _offered_span(catalog, found, since, yes or dry_run),
            name=name, record_id=record_id, sample=sample,
        )
        problems = list(new_value.refusals(catalog, wanted))
        if problems:
            raise Problems(problems)
        if file and not new_value.is_file(file):
            raise click.UsageError(f"--file {file} 不成：要写定义目录里的 YAML 文件名")
        record = new_value.decision(catalog, wanted)
        place = file or new_value.default_file(catalog, found)
        edit.append(place, "decisions", record)
        click.echo("\n".join(_story(catalog, wanted)))
        if finish(edit, folder, yes=yes, dry_run=dry_run):
            click.echo("这是草案，签发以后才生效。下一步：")
            click.echo(f"  python -m targets sign {record['id']} --as 复核 --by 姓名")


def _unknown_decider() -> str:
    raise click.UsageError("这个目标本行还没有决定过，请用 --decider 写明由谁决定")


def _offered_span(catalog: Catalog, target, since: date, unasked: bool):
    """Next year's period, when the new value begins after this one's and somebody is there."""
    period = new_value.period_then(catalog, target, since)
    if period is None or since <= period.end or unasked or not sys.stdin.isatty():
        return None
    first, last = new_value.next_span(period)
    if not first <= since <= last:
        return None
    click.echo(f"{target.name}的期限到 {period.end} 为止，新值自 {since} 起。")
    agreed = click.confirm(f"期限一并改为 {first} 至 {last} 吗？", default=True)
    return (first, last) if agreed else None


def _story(catalog: Catalog, wanted: Wanted):
    metric = catalog.get(wanted.target.parts[wanted.part - 1][0])
    single = wanted.single
    yield f"{wanted.target.name}（{wanted.target.id}）"
    if len(wanted.target.parts) > 1:
        yield f"  第 {wanted.part} 部分：{metric.name}"
    source = "；".join(
        ("" if v.since is None else f"自 {v.since} 起 ")
        + new_value.in_words(v, metric, single) for v in single.test.values
    )
    cited = catalog.citation(wanted.target.places[0].clause)
    yield f"  原文：{source}（{cited}），不改动"
    before = new_value.in_force(catalog, wanted)
    now = new_value.in_words(before, metric, single) if before else "没有数值"
    yield f"  此前：{now}"
    dated = new_value.in_words(wanted.dated, metric, single)
    until = f" 至 {wanted.expires}" if wanted.expires else ""
    yield f"  改为：{dated}，自 {wanted.since} 起{until}"
    if wanted.span:
        yield f"  期限一并改为：{wanted.span[0]} 至 {wanted.span[1]}"
    yield f"  判定标准：{wording.criterion_part(single, metric, wanted.dated, _names(catalog))}"
    drafts = new_value.drafts_on(catalog, wanted.target)
    if drafts:
        yield "  这个目标还有没签发的草案：" + "、".join(d.id for d in drafts)
    users = new_value.rests_on_it(catalog, wanted.target)
    if users:
        yield "  用到它的，要一并看看："
        yield from (f"    {r.title_zh}　{r.name}（{r.id}）" for r in users[:12])
        if len(users) > 12:
            yield f"    …… 共 {len(users)} 条"


def _names(catalog: Catalog):
    return lambda record_id: catalog.get(record_id).name

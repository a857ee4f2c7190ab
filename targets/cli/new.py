"""python -m targets new"""

import sys
from datetime import date
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, load
from targets.catalog.yaml_text import parse
from targets.editing import new_record, new_value, open_edit
from targets.editing.questions import Interview, missing, problems_of
from targets.problems import Code, Problem, Problems, did_you_mean, reason
from targets.schema.base import Record
from targets.schema.kinds import KINDS
from targets.schema.targets import Decision

from .common import definitions_option, problems_end_it
from .editing import drafter, dry_run_option, finish, yes_option
from .messages import Command


class Kind(click.ParamType):
    """A kind of record, by its code or its Chinese word."""

    name = "类别"

    def convert(self, value, param, ctx):
        for kind, model in KINDS.items():
            if value in (kind, model.title_zh):
                return model
        known = "、".join(f"{k}（{m.title_zh}）" for k, m in KINDS.items())
        self.fail(f"没有 {value} 这一类；有：{known}", param, ctx)


class Terminal:
    """Asks the person at the terminal."""

    def ask(self, question: str, default: str | None = None) -> str:
        return click.prompt(
            question, default="" if default is None else default,
            show_default=bool(default), prompt_suffix="：",
        )

    def tell(self, line: str) -> None:
        click.echo(line)


@click.command("new", cls=Command)
@click.argument("model", type=Kind(), metavar="类别")
@click.option("--from-file", "answers", type=click.Path(path_type=Path), metavar="文件",
              help="从 YAML 文件读答案：一组键和值，与定义里的一条记录相同。")
@click.option("--field", "fields", multiple=True, metavar="键=值",
              help="直接给一项答案，可写多次；值可用 YAML 写法，如 'unit={kind: percent}'。")
@click.option("--file", metavar="文件", help="写进定义目录里的哪个文件；不写就与同类放在一起。")
@click.option("--after", metavar="编号", help="排在哪一条之后；不写就排在同一条款的最后一条之后。")
@yes_option
@dry_run_option
@definitions_option
@problems_end_it
def command(
    model: type[Record], answers: Path | None, fields: tuple[str, ...], file: str | None,
    after: str | None, yes: bool, dry_run: bool, folder: Path,
) -> None:
    """登记一条新记录：逐项问答，写成完整、能通过检查的定义，放在该放的地方。

    类别：target 目标、duty 义务、metric 指标、term 术语、clause 条款、decision 本行决定等。
    """
    if file and not new_value.is_file(file):
        raise click.UsageError(f"--file {file} 不成：要写定义目录里的 YAML 文件名")
    with open_edit(folder) as edit:
        catalog = load(folder, cache=default_cache(folder))
        if after and after not in {r.id for r in catalog.all(model)}:
            hint = did_you_mean(after, (r.id for r in catalog.all(model))) or ""
            raise click.UsageError(f"没有编号为 {after} 的{model.title_zh}。{hint}")
        record = _record(catalog, model, _given(answers, fields))
        found, behind = new_record.place(catalog, model, record)
        if after:
            found, behind = catalog.origins[after].file, after
        edit.append(file or found, model.plural, record, after=behind)
        finish(edit, folder, yes=yes, dry_run=dry_run)


def _given(answers: Path | None, fields: tuple[str, ...]) -> dict:
    """Answers from a file and from options, the options first."""
    given: dict = {}
    if answers is not None:
        try:
            raw = answers.read_bytes()
        except OSError as error:
            raise click.UsageError(f"{answers} 读不了：{reason(error)}") from None
        parsed = parse(raw, str(answers))
        if parsed.problems:
            raise Problems(parsed.problems)
        if not isinstance(parsed.data, dict):
            raise Problems([Problem(
                Code.BAD_ANSWER_GIVEN, "答案不是一组键和值", file=str(answers),
                allowed="与一条记录相同的写法，如 name: 建档率",
            )])
        given = dict(parsed.data)
    for one in fields:
        key, equals, text = one.partition("=")
        if not equals:
            raise click.UsageError(f"--field {one} 要写成 键=值")
        parsed = parse(f"value: {text}".encode(), "")
        given[key.strip()] = text if parsed.problems else parsed.data["value"]
    return given


def _record(catalog: Catalog, model: type[Record], given: dict) -> dict:
    """The whole record: asked for at a terminal, else told what is missing."""
    who = f"{model.title_zh} {given.get('id', '')}".strip()
    if list(missing(model, given)) and sys.stdin.isatty():
        return _asked(catalog, model, given)
    problems = problems_of(model, given, who)
    wrong = new_record.wrong_id(catalog, model, str(given["id"])) if "id" in given else None
    if wrong:
        problems.append(Problem(Code.WRONG_ID, f"{given['id']}：{wrong}", field="id"))
    if problems:
        raise Problems(problems)
    return given


def _asked(catalog: Catalog, model: type[Record], given: dict) -> dict:
    terminal = Terminal()
    today = date.today().isoformat()
    owner = "bank"
    if new_record.of_document(model) and "id" not in given:
        for number, (prefix, document) in enumerate(catalog.documents.items(), 1):
            terminal.tell(f"  {number} {document.name}（{prefix}）")
        prefixes = list(catalog.documents)
        number = click.prompt("出自哪份文件（序号）", type=click.IntRange(1, len(prefixes)),
                              prompt_suffix="：")
        owner = prefixes[number - 1]
    defaults = {}
    if issubclass(model, Decision):
        defaults |= {"decided": today, "effective": today, "signoff.drafted.day": today,
                     "signoff.drafted.by": drafter(None)}
    checks = {"id": lambda answer: new_record.wrong_id(catalog, model, answer)}
    terminal.tell(f"登记一条{model.title_zh}。写错了按 Ctrl+C 重来，什么也不会写。")
    terminal.tell(f"编号只写最后一段也可以，前面自动补上 {owner}.{model.kind}.")
    interview = Interview(
        terminal, catalog, defaults, checks, {"id": f"{owner}.{model.kind}."},
        near=owner, asked=frozenset({"metric", "binds", "criterion.all_of.metric"}),
    )
    return interview.record(model, given)

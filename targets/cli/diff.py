"""python -m targets diff"""

import json
import sys
from pathlib import Path

import click

from .assess import Day
from .common import (
    definitions_option,
    output_option,
    problems_end_it,
    progress_bar,
    write_text,
)
from .messages import Command


@click.command("diff", cls=Command)
@click.argument("states", nargs=-1, metavar="[旧状态 [新状态]]")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="目录",
    help="数据目录或工作簿；给了它，就用同一份数据按两个状态各判一遍，列出影响。",
)
@definitions_option
@click.option("--on", type=Day(), help="按哪一天有效的规定判；不写就取改动开始有差别的那一天。")
@click.option("--as-of", type=Day(), help="用哪个数据日期；不写就用数据里最近的一天。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="屏幕表格；可以贴进合并请求的 Markdown；或 JSON。",
)
@output_option()
@problems_end_it
def command(states, data, folder, on, as_of, form, output) -> None:
    """按含义比较定义的两个状态：改了什么、收紧还是放宽、影响到谁。

    状态是 Git 修订（分支、标签、提交号）或目录。一个也不写，比 HEAD 与工作区；
    只写一个，比它与工作区。

    退出码：0 没有差别；3 有差别，可以直接合并；4 有差别，要先有人拍板（改了原文自己的值、
    草案没有签发、改了已签发的决定、删了编号没有留去向）；1 定义或数据有问题；2 用法不对。
    """
    if len(states) > 2:
        raise click.UsageError("最多写两个状态：旧的在前，新的在后")
    if data is None and (on or as_of):
        raise click.UsageError("--on 和 --as-of 要与 --data 一起用")
    from targets.changes.states import open_state

    old, new = (*states, *((None,) * (2 - len(states)))) if states else ("HEAD", None)
    before, after = open_state(old, folder), open_state(new, folder)
    with progress_bar("比较") as progress:
        report = _report(before, after, folder, data, on, as_of, progress)
    _FORMS[form](report, output)
    sys.exit(report.verdict.code)


def _report(before, after, folder, data, on, as_of, progress):
    from targets.changes import compare
    from targets.changes.report import Report
    from targets.changes.verdict import judge_changes

    leave = {*before.unread, *after.unread}
    notebooks = _Notebooks(folder, (before.catalog, after.catalog))
    changes = compare(before.catalog, after.catalog, notebooks_of=notebooks.of, leave=leave)
    found, label = None, ""
    if data is not None:
        from targets.changes.effects import effects

        found = effects(
            changes, before.catalog, after.catalog, data, on=on, as_of=as_of, progress=progress
        )
        label = _label(found, data)
    return Report(
        before=_called(before), after=_called(after), states=(before.catalog, after.catalog),
        changes=changes, verdict=judge_changes(changes, before.catalog, after.catalog),
        effects=found, data=label,
        doubts=(*_doubts(before, after), *(_not_judged(changes) if data is not None else ())),
    )


_UNJUDGED = ("rule", "scorecard", "dataset", "unit", "unit_group", "peer_set")


def _not_judged(changes):
    """Kinds whose change may move figures, and that the data were not judged for."""
    from targets.schema.kinds import KINDS

    found = {c.kind for c in changes if c.grade.weighs}
    kinds = [KINDS[kind].title_zh for kind in _UNJUDGED if kind in found]
    if kinds:
        yield f"{'、'.join(kinds)}也有改动，影响只看了目标的判定；其余用 assess 看"


def _label(found, data) -> str:
    if not found:
        return ""
    one = found[0].assessed
    return f"{one.label or '本行数据'}，数据日期 {one.as_of}"


def _called(state) -> str:
    if not state.uncommitted:
        return state.name
    return f"{state.name}（{len(state.uncommitted)} 个文件还没有提交）"


def _doubts(*states):
    for state in states:
        if state.unread:
            shown = "、".join(state.unread[:8]) + ("等" if len(state.unread) > 8 else "")
            why = f"；首个原因：{state.problems[0].found}" if state.problems else ""
            yield (
                f"{state.name}里有 {len(state.unread)} 条记录按今天的写法读不出来，没有比较："
                f"{shown}{why}"
            )


class _Notebooks:
    """Which notebooks use a record; read when first asked for."""

    def __init__(self, folder: Path, catalogs):
        self._folder, self._catalogs = folder, catalogs
        self._known = None

    def of(self, record_id: str) -> list[str]:
        if self._known is None:
            self._known = dict(self._read())
        return [path for path, ids in self._known.items() if record_id in ids]

    def _read(self):
        from targets.changes.states import top_of
        from targets.publish.notebooks import uses

        top = top_of(self._folder)
        for path in sorted((top / "notebooks").glob("*.ipynb")) if top else ():
            try:
                said = uses.declared(json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError):
                continue
            reached = (uses.reached(c, said.definitions) for c in self._catalogs)
            yield f"notebooks/{path.name}", set().union(*reached)


# --- forms


def _markdown(report, output) -> None:
    from targets.changes.markdown import markdown

    write_text(markdown(report), output)


def _json(report, output) -> None:
    from targets.changes.document import document

    write_text(json.dumps(document(report), ensure_ascii=False, indent=1) + "\n", output)


def _table(report, output) -> None:
    from targets.cli.difftable import text

    write_text(text(report, wide=output is not None), output)


_FORMS = {"table": _table, "markdown": _markdown, "json": _json}

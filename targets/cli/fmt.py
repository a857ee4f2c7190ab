"""python -m targets fmt"""

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from targets.editing import Edit, InForm, open_edit
from targets.problems import Problem, Problems, Severity

from .common import definitions_option, problems_end_it, show
from .messages import Command


@click.command("fmt", cls=Command)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[文件...]")
@click.option("--check", "only_look", is_flag=True, help="只看写法，不改文件；有不合的，退出码 1。")
@click.option("--then-check", is_flag=True, help="排好以后检查全部定义；提交前用它，只跑一次。")
@definitions_option
@problems_end_it
def command(
    files: tuple[Path, ...], only_look: bool, then_check: bool, folder: Path
) -> None:
    """把定义排成统一的写法：键的次序、缩进、引号、括号和空行；内容一字不改，注释照留。"""
    with nullcontext(Edit(folder)) if only_look else open_edit(folder) as edit:
        forms = InForm(folder)
        problems: list[Problem] = []
        for name in _names(files, folder, edit.files):
            try:
                edit.replace(name, forms.formatted(edit.text(name), name))
            except Problems as found:
                problems += found.problems
        forms.save()
        changed = edit.changed if only_look else edit.save(check=False)
        if then_check:
            problems = list(edit.problems())
            if not only_look and not any(p.severity is Severity.ERROR for p in problems):
                changed += edit.save()  # the ids that editors offer
    for name in changed:
        click.echo(f"{folder / name}：{'写法不统一' if only_look else '已排好'}")
    show(tuple(sorted(problems, key=lambda p: p.order)))
    failed = any(p.severity is Severity.ERROR for p in problems)
    if only_look and changed:
        click.echo(f"共 {len(changed)} 个文件，用 python -m targets fmt 排好。", err=True)
    if failed or (only_look and changed):
        sys.exit(1)


def _names(files: tuple[Path, ...], folder: Path, known: tuple[str, ...]) -> list[str]:
    """Files by their path in the folder; a folder stands for all its files."""
    if not files:
        return list(known)
    names: dict[str, None] = {}
    top = folder.resolve()
    for file in files:
        path = file.resolve()
        if not path.is_relative_to(top):
            raise click.UsageError(f"{file} 不在定义目录 {folder} 里")
        name = path.relative_to(top).as_posix()
        inside = [k for k in known if k == name or name == "." or k.startswith(f"{name}/")]
        if not inside:
            raise click.UsageError(f"定义目录里没有 {file}")
        names |= dict.fromkeys(inside)
    return list(names)

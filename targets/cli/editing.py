"""What commands that change the definitions share: who drafts, what is shown, what is asked."""

import subprocess
import sys
from pathlib import Path

import click

from targets.editing import Edit
from targets.problems import Problems, Severity

from .common import show

yes_option = click.option("-y", "--yes", is_flag=True, help="写之前不再问。")
dry_run_option = click.option("--dry-run", is_flag=True, help="只看会怎样改，不写。")


def drafter(named: str | None) -> str:
    """Who drafts: whoever is named, else the name that Git knows."""
    if named:
        return named
    try:
        found = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False
        ).stdout.strip()
    except OSError:
        found = ""
    if not found:
        raise click.UsageError("不知道谁起草：请加 --drafter，或先运行 git config user.name 姓名")
    return found


def finish(edit: Edit, folder: Path, *, yes: bool, dry_run: bool) -> bool:
    """Check the edited folder, show the lines that change, ask, write; whether it was written."""
    problems = edit.problems()
    errors = [p for p in problems if p.severity is Severity.ERROR]
    if errors:
        raise Problems(errors)
    click.echo("改动：")
    for line in edit.preview().splitlines():
        click.secho(line, fg={"+": "green", "-": "red"}.get(line[:1]))
    new = [p for p in problems if p.file in edit.changed]
    show(tuple(new))
    if dry_run:
        click.echo("只是看看，什么也没有写。")
        return False
    if not yes and not _agreed():
        click.echo("没有写。")
        return False
    for name in edit.save():
        click.echo(f"已写入 {folder / name}")
    return True


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise click.UsageError("这里不是终端，没法问：加 --yes 写入，或加 --dry-run 只看")
    return click.confirm("就这样写入吗？")

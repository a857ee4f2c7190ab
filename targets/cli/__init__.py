"""The command line, in Chinese. Exit codes: 0 done, 1 problems found, 2 wrong use."""

from .messages import Group, use_chinese

use_chinese()

import atexit  # noqa: E402
import errno  # noqa: E402
import gc  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402

import click  # noqa: E402 - declared in Chinese only after the line above

COMMANDS = (
    "check", "show", "find", "template", "intake", "assess", "trace", "calendar",
    "submissions", "set", "new", "sign", "fmt", "diff", "whatif", "history", "release",
    "source", "review", "allocate", "init", "export", "sample", "lessons",
)


class _Commands(Group):
    """Each command's module is imported when it is asked for: no command waits for another."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return import_module(f".{name}", __name__).command if name in COMMANDS else None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option("0.1.0", "-V", "--version", prog_name="知行", message="%(prog)s %(version)s")
def cli() -> None:
    """知行：会计算的政策手册。

    查定义、收数据、作判定、导出目录。退出码：0 完成；1 定义或数据有问题；2 用法不对。
    未达标是判定的结果，不是错误；要让它改变退出码，请用 assess --fail-on。
    """


def main() -> None:
    """Entry point."""
    # a command lives for a second or two: looking for garbage costs more than it frees
    gc.set_threshold(100_000)
    try:
        cli(prog_name="python -m targets")
    except SystemExit as end:
        code = end.code or 0
    except OSError as error:
        code = _no_room(error)
    # freeing a command's objects one by one would take a fifth of a second more
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        code = code or _no_room(error)
    os._exit(code)


def _no_room(error: OSError) -> int:
    """Say that what is printed can't be written; any other error goes on its way."""
    if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        raise error
    from targets.problems import reason

    click.echo(f"错误：输出没有写完：{reason(error)}", err=True)
    return 1

"""The command line, in Chinese. Exit codes: 0 done, 1 problems found, 2 wrong use."""

from .messages import Group, use_chinese

use_chinese()

import click  # noqa: E402 - declared in Chinese only after the line above

from . import assess, check, export, find, lessons, sample, show  # noqa: E402


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option("0.1.0", "-V", "--version", prog_name="知行", message="%(prog)s %(version)s")
def cli() -> None:
    """知行：会计算的政策手册。

    查定义、作判定、导出目录。退出码：0 完成；1 定义或数据有问题；2 用法不对。
    未达标是判定的结果，不是错误；要让它改变退出码，请用 assess --fail-on。
    """


for command in (
    check.command,
    show.command,
    find.command,
    assess.command,
    export.command,
    sample.command,
    lessons.command,
):
    cli.add_command(command)


def main() -> None:
    """Entry point."""
    cli(prog_name="python -m targets")

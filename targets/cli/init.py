"""python -m targets init"""

from pathlib import Path

import click

from .common import problems_end_it
from .messages import Command


@click.command("init", cls=Command)
@click.argument("folder", metavar="目录", type=click.Path(path_type=Path))
@click.option("--name", default="本行", show_default=True, metavar="银行名",
              help="手册上的银行名。")
@click.option("--package", metavar="来处",
              help="软件包从哪里装，照 pip 的写法；不写就用现在运行的这一份。")
@problems_end_it
def command(folder: Path, name: str, package: str | None) -> None:
    """给另一家银行起一个空的知识库：各样记录一条，附示例数据，马上能检查、判定、生成手册。"""
    from targets.starting import start

    made = start(folder, name, package)
    click.echo(f"已建好 {made}，里面都是虚构的示例，待换成本行的。接下来：")
    click.echo(f"  cd {made}\n  make site      # 首次要装依赖，约需几分钟")
    click.echo("先看 README.md，里面写着依次改哪五处。")

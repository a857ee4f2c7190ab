"""What commands share: options, how problems end a command, how files are written."""

import csv
import functools
import io
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import click

from targets.catalog import definitions_folder
from targets.harmless import harmless
from targets.problems import Problem, Problems, Severity, reason

definitions_option = click.option(
    "--definitions",
    "folder",
    type=click.Path(path_type=Path),
    default=definitions_folder,
    metavar="目录",
    help="定义目录；不写就用当前目录的 definitions，没有就用随附的定义。",
)


def output_option(help: str = "写到哪个文件；不写就显示在屏幕上。"):
    return click.option(
        "-o", "--output", type=click.Path(path_type=Path), metavar="文件", help=help
    )


def show(problems: tuple[Problem, ...]) -> None:
    """All problems on the error stream, and how many there are."""
    for problem in problems:
        click.echo(str(problem), err=True)
    errors = sum(p.severity is Severity.ERROR for p in problems)
    warnings = len(problems) - errors
    if problems:
        counts = [f"{errors} 处错误"] * bool(errors) + [f"{warnings} 处提醒"] * bool(warnings)
        click.echo("共 " + "、".join(counts) + "。", err=True)


def problems_end_it(function: Callable) -> Callable:
    """Problems raised inside a command are shown, and the command ends with exit code 1."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Problems as found:
            show(found.problems)
            sys.exit(1)
        except RuntimeError as error:
            if str(error) == "Query interrupted":  # how DuckDB tells of Ctrl-C
                raise click.Abort from None
            raise
        except BrokenPipeError:  # the reader of a pipe has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)

    return wrapped


@contextmanager
def whole_file(path: Path):
    """A path to write to that becomes `path` only when everything is written.

    Raises click.UsageError where the folder is missing or can't be written, and
    click.ClickException where writing fails.
    """
    folder = path.resolve().parent
    if not folder.is_dir():
        raise click.UsageError(f"没有目录 {folder}，请先建立，或换一个 -o")
    if path.is_dir():
        raise click.UsageError(f"{path} 是目录，-o 要写文件名")
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.", suffix=path.suffix)
    except OSError as error:
        raise click.UsageError(f"{folder} 写不进去：{reason(error)}") from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} 没有写成：{reason(error)}") from None
    finally:
        part.unlink(missing_ok=True)


def write_text(text: str, output: Path | None, encoding: str = "utf-8") -> None:
    """To the screen, or whole to a file (folders named with -o must exist)."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    with whole_file(output) as part:
        part.write_text(text, encoding=encoding, newline="")


def write_csv(columns, rows: list[dict], output: Path | None) -> None:
    """Rows under Chinese headings; a file begins with a BOM, so that Excel opens it as it is."""
    with io.StringIO() as text:
        writer = csv.writer(text)
        writer.writerow([column.title for column in columns])
        for row in rows:
            writer.writerow([harmless(row[column.name]) for column in columns])
        write_text(text.getvalue(), output, encoding="utf-8-sig" if output else "utf-8")


@contextmanager
def progress_bar(title: str):
    """A progress callback (what, done, of); silent when the error stream is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

    # summing up a large table may take minutes without a step: time goes on, so that it is seen
    columns = (SpinnerColumn(), *Progress.get_default_columns()[:-1], TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)

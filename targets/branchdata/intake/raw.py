"""The cells of a file as they were written, for what goes back to the branch."""

from collections.abc import Iterable

from targets.problems import Code, Problem, Problems

from .container import Unreadable, fetch, identify
from .grid import Grid, shown
from .model import FileRead, SheetRead
from .read import READERS


def raw_form(read: FileRead) -> tuple[str, bytes]:
    """What the file is (xlsx, xls or text), and its bytes; raises `Problems` if it has changed."""
    try:
        data, sha256 = fetch(read.path)
        if sha256 != read.sha256:
            raise Problems([Problem(
                Code.UNREADABLE, "文件在收件途中被改动", file=read.path.name,
                mend="关掉正在编辑它的程序，再交一次；这次一行也没有收",
            )])
        return identify(read.path, data, sha256).form, data
    except Unreadable as error:
        raise Problems([error.problem]) from None


def grids(read: FileRead) -> dict[str | None, Grid]:
    """The file's sheets."""
    form, data = raw_form(read)
    try:
        found, _ = READERS[form](identify(read.path, data, read.sha256))
    except Unreadable as error:
        raise Problems([error.problem]) from None
    return {grid.sheet: grid for grid in found}


def raw_rows(
    read: FileRead, sheet: SheetRead, rows: Iterable[int]
) -> dict[int, tuple[str, ...]]:
    """Some rows of a sheet as text, by their numbers."""
    grid = grids(read)[sheet.sheet]
    wanted = set(rows)
    width = max(len(sheet.headings), 1)
    return {
        number: tuple(shown(grid.cell(i, c)) for c in range(width))
        for i in range(len(grid.rows)) if (number := grid.number(i)) in wanted
    }

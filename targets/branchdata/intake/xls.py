"""xls: read by xlrd in a child process, with a limit on its memory and time.

xlrd tells what an old workbook holds and calamine does not: which numbers are percentages, which
cells hold errors, what is merged and hidden. A crafted file may make any reader ask for far more
memory than there is; then the child ends, and we say so.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

MEMORY = 1 << 30
SECONDS = 120


def read(parcel):
    """Every sheet's cells; `Unreadable` when the child could not."""
    from targets.problems import Code, Problem

    from .container import SAVE_AS_XLSX, Unreadable
    from .grid import MAX_CELLS, Grid

    def refuse(code: Code, found: str) -> Unreadable:
        return Unreadable(Problem(code, found, file=parcel.path.name, mend=SAVE_AS_XLSX))

    try:
        # -P keeps this folder off the child's path: its modules are named like others.
        done = subprocess.run(
            [sys.executable, "-P", "-X", "utf8", __file__, str(MAX_CELLS)],
            input=parcel.data, capture_output=True, timeout=2 * SECONDS, check=False,
        )
    except subprocess.TimeoutExpired:
        raise refuse(Code.UNSAFE, "工作簿太久读不完") from None
    if done.returncode:
        raise refuse(Code.UNSAFE, "工作簿要的内存或时间太多，或已损坏")
    told = json.loads(done.stdout)
    if "refused" in told:
        code = Code.ENCRYPTED if "ncrypt" in told["refused"] else Code.NOT_READABLE
        raise refuse(code, "工作簿加了密码" if code is Code.ENCRYPTED
                     else f"工作簿已损坏（{told['refused']}）")
    grids = []
    for sheet in told["sheets"]:
        trouble = Problem(
            Code.SHEET_TOO_LARGE, "工作表太大", file=parcel.path.name, sheet=sheet["name"],
            allowed=f"不超过 {MAX_CELLS:,} 个单元格", mend="删去远处误留的单元格，或拆成几个文件",
        ) if sheet["large"] else None
        grids.append(Grid(
            sheet["name"], [[_cell(c) for c in row] for row in sheet["rows"]],
            merges=tuple(tuple(m) for m in sheet["merges"]), hidden=sheet["hidden"],
            hidden_rows=tuple(sheet["hidden_rows"]), hidden_columns=tuple(sheet["hidden_columns"]),
            since_1904=told["since_1904"], problem=trouble,
        ))
    return grids, []


def _cell(value: Any) -> Any:
    from .grid import Fault, Percent

    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "percent":
        return Percent(content)
    if kind == "fault":
        return Fault(content)
    moment = datetime.fromisoformat(content)
    return moment.date() if moment.time() == time() else moment


def child(data: bytes, most: int) -> dict:
    """In the child: the workbook as plain lists."""
    import os

    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, ragged_rows=True,
                                  logfile=open(os.devnull, "w"))  # noqa: SIM115
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, AssertionError, IndexError, KeyError,
            ValueError, TypeError, OverflowError, EOFError) as error:
        return {"refused": (str(error).strip() or type(error).__name__).splitlines()[0][:100]}
    except Exception as error:  # the parser's own errors have no common kind (struct.error)
        return {"refused": type(error).__name__}
    return {
        "since_1904": bool(book.datemode),
        "sheets": [_sheet(book, sheet, most) for sheet in book.sheets()],
    }


def _sheet(book, sheet, most: int) -> dict:
    large = sum(sheet.row_len(i) for i in range(sheet.nrows)) > most
    return {
        "name": sheet.name,
        "hidden": bool(sheet.visibility),
        "large": large,
        "rows": [] if large else [
            list(_cells(book, sheet, i)) for i in range(sheet.nrows)
        ],
        "merges": [[a, c, b - 1, d - 1] for a, b, c, d in sheet.merged_cells],
        "hidden_rows": [i + 1 for i, row in sheet.rowinfo_map.items() if row.hidden],
        "hidden_columns": [i for i, c in sheet.colinfo_map.items() if c.hidden and i < 256],
    }


def _cells(book, sheet, row: int) -> Iterator[Any]:
    import xlrd

    for cell in sheet.row(row):
        if cell.ctype == xlrd.XL_CELL_DATE:
            try:
                yield ["moment", xlrd.xldate_as_datetime(cell.value, book.datemode).isoformat()]
            except (ValueError, OverflowError):
                yield cell.value
        elif cell.ctype == xlrd.XL_CELL_NUMBER:
            style = book.format_map.get(book.xf_list[cell.xf_index].format_key)
            percent = style is not None and "%" in style.format_str
            yield ["percent", cell.value] if percent else cell.value
        elif cell.ctype == xlrd.XL_CELL_ERROR:
            yield ["fault", xlrd.error_text_from_code.get(cell.value, "#ERR")]
        elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
            yield bool(cell.value)
        else:
            yield cell.value


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on this system
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


if __name__ == "__main__":
    _limit()
    json.dump(child(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)


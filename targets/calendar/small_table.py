"""A small table that people fill in: CSV, workbook or YAML, under Chinese headings.

Everything wrong with its form is told at once, with file, row and column.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from targets.branchdata import csvfile, workbook
from targets.branchdata.beside import SUFFIXES
from targets.catalog import Catalog
from targets.catalog.yaml_text import parse
from targets.problems import Code, Problem, Problems, Severity, did_you_mean, reason
from targets.schema.duties import Duty
from targets.schema.organisation import Unit

HEADING_ROWS = 20


@dataclass(frozen=True)
class Form:
    """What the table is called, its columns, and the codes for what is wrong with its form."""

    stem: str
    """of the file, the sheet, and the list in YAML"""
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    bad_file: Code
    bad_column: Code
    several: Code


@dataclass(frozen=True)
class Row:
    """A row as text, and where each of its cells stands."""

    cells: dict[str, str]
    place: Callable[[str], dict]
    """column -> the place as fields of a Problem"""
    source: str

    def problem(self, code: Code, column: str, found: str, **more) -> Problem:
        return Problem(code, found, field=column, **self.place(column), **more)


def find(folder: Path, form: Form) -> Path | None:
    """The table that lies in a data folder; raises Problems where there are two."""
    found = [p for s in SUFFIXES if (p := folder / f"{form.stem}{s}").is_file()]
    if len(found) > 1:
        names = "、".join(p.name for p in found)
        raise Problems([Problem(
            form.several, f"有 {len(found)} 份{form.stem}：{names}", file=str(folder),
            allowed="一份", mend="并成一份，或指明用哪一份",
        )])
    return found[0] if found else None


class Reader:
    """Rows taken one by one; collects what is wrong with them."""

    def __init__(self, catalog: Catalog):
        self.catalog = catalog
        self.duties = {d.id: d for d in catalog.all(Duty)}
        self.problems: list[Problem] = []

    def _tell(self, row: Row, code: Code, column: str, found: str, **more) -> None:
        self.problems.append(row.problem(code, column, found, **more))

    def _duty_called(self, name: str) -> Duty | None:
        """By its id, or the former one it had when the table was filled in."""
        redirect = self.catalog.redirects.get(name)
        return self.duties.get(redirect.to or name if redirect else name)

    def _unit(self, row: Row, column: str, code: Code) -> Unit | None:
        written = row.cells.get(column, "")
        units = self.catalog.units_by_code
        if written not in units:
            found = f"没有机构代码“{written}”" if written else "没写机构代码"
            self._tell(row, code, column, found,
                       allowed="机构代码，前面的 0 要保留", mend=did_you_mean(written, units))
        return units.get(written)


def rows(path: Path, form: Form) -> tuple[list[Row], list[Problem]]:
    """Rows that say anything; raises Problems where the file can't be read."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise _unreadable(
            form, path, f"后缀是 {suffix or '（没有）'}", allowed="、".join(SUFFIXES)
        )
    try:
        if suffix == ".csv":
            return _csv(form, path)
        return _yaml(form, path) if suffix in (".yaml", ".yml") else _workbook(form, path)
    except OSError as error:
        found = f"打不开：{reason(error)}"
        raise _unreadable(form, path, found, mend="核对路径") from None


def _unreadable(form: Form, path: Path, found: str, **more) -> Problems:
    return Problems([Problem(form.bad_file, found, file=path.name, **more)])


def _csv(form: Form, path: Path) -> tuple[list[Row], list[Problem]]:
    if trouble := csvfile.encoding_problem(path):
        raise Problems([trouble])
    grid: list[tuple[int, list[str]]] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        line = 1
        try:
            for cells in reader:
                grid.append((line, [c.strip() for c in cells]))
                line = reader.line_num + 1
        except csv.Error as error:
            raise _unreadable(form, path, f"这一行读不了：{error}", line=line,
                              mend="引号要成对；各列用半角逗号隔开") from None

    def place(line: int, position: int | None) -> dict:
        column = None if position is None else position + 1
        return {"file": path.name, "line": line, "column": column}

    return _under_headings(form, path, grid, place, lambda line: f"第 {line} 行")


def _workbook(form: Form, path: Path) -> tuple[list[Row], list[Problem]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = workbook.open_book(path)
        name = form.stem if form.stem in book.sheets else book.sheets[0]
        reach = workbook.extent(book, name)
        if reach.rows * reach.columns > workbook.MAX_CELLS:
            raise _unreadable(form, path, f"工作表一直伸到 {reach.last_row_cell}", sheet=name,
                              mend="删去远处误留的单元格")
        with CalamineWorkbook.from_path(path) as reader:
            cells = reader.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except workbook.Unreadable as error:
        raise Problems([error.problem]) from None
    except (CalamineError, IndexError, KeyError) as error:
        found = f"工作簿读不了：{error}"
        raise _unreadable(form, path, found, mend=workbook.SAVE_AS_XLSX) from None
    grid = [
        (row, [(workbook.as_text(c) or "").strip() for c in line])
        for row, line in enumerate(cells, start=1)
    ]

    def place(row: int, position: int | None) -> dict:
        return {"file": path.name, "sheet": name, "cell": workbook.address(row, position or 0)}

    rows, problems = _under_headings(form, path, grid, place, lambda row: f"第 {row} 行")
    wrong = [
        Problem(form.bad_file, "单元格里是公式错误（如 #N/A）", file=path.name, sheet=name,
                cell=cell, mend="改正公式，或直接填上内容")
        for cell in reach.errors
    ]
    return rows, [*problems, *wrong]


def _under_headings(form: Form, path: Path, grid, place, source) -> tuple[list[Row], list[Problem]]:
    """Rows of a grid; a title may stand above the headings."""
    top = next((i for i, (_, cells) in enumerate(grid[:HEADING_ROWS])
                if len(set(cells) & set(form.columns)) >= 2), None)
    if top is None:
        raise _unreadable(
            form, path, "找不到表头", allowed="、".join(form.columns), mend="补上表头那一行"
        )
    line, heads = grid[top]
    problems = list(_headings(form, heads, lambda position: place(line, position)))
    positions = {h: i for i, h in reversed(list(enumerate(heads))) if h in form.columns}
    if any(c not in positions for c in form.needed):
        raise Problems(problems)
    rows = []
    for line, cells in grid[top + 1:]:
        if not any(cells):
            continue
        if any(cells[len(heads):]):
            problems.append(Problem(
                form.bad_column, "这一行的列数比表头多",
                mend="改正这一行；内容里有逗号就加引号", **place(line, len(heads)),
            ))
        here = {c: cells[i] for c, i in positions.items() if i < len(cells)}
        rows.append(Row(
            here, lambda column, line=line: place(line, positions.get(column)), source(line)
        ))
    return rows, problems


def _headings(form: Form, heads: list[str], place) -> Iterator[Problem]:
    for column in form.needed:
        if column not in heads:
            yield Problem(form.bad_column, f"缺少“{column}”这一列",
                          allowed="、".join(form.columns), mend="补上这一列", **place(None))
    for i, head in enumerate(heads):
        if head and head not in form.columns:
            yield Problem(form.bad_column, f"多出“{head}”这一列，没有读",
                          allowed="、".join(form.columns), mend=did_you_mean(head, form.columns),
                          severity=Severity.WARNING, **place(i))
        elif head in heads[:i]:
            yield Problem(form.bad_column, f"“{head}”有两列", mend="只留一列", **place(i))


def _yaml(form: Form, path: Path) -> tuple[list[Row], list[Problem]]:
    parsed = parse(path.read_bytes(), path.name)
    if parsed.problems:
        raise Problems(parsed.problems)
    listed = parsed.data.get(form.stem) if isinstance(parsed.data, dict) else None
    if not isinstance(listed, list):
        raise _unreadable(form, path, f"没有“{form.stem}”这个列表", line=1,
                          allowed=f"{form.stem}: 下面每行一个短横线，一行一条")
    rows, problems = [], []
    for i, item in enumerate(listed):
        line, column = parsed.position((form.stem, i))
        if not isinstance(item, dict):
            problems.append(Problem(
                form.bad_file, "这一条不是“列名: 内容”", file=path.name, line=line,
                column=column, allowed="、".join(form.columns),
            ))
            continue

        def place(name: str, path_to=(form.stem, i)) -> dict:
            line, column = parsed.position((*path_to, name))
            return {"file": path.name, "line": line, "column": column}

        for name, value in item.items():
            if name not in form.columns:
                line_of, column_of = parsed.position((form.stem, i, name), key=True)
                problems.append(Problem(
                    form.bad_column, f"不认识“{name}”", file=path.name, line=line_of,
                    column=column_of, allowed="、".join(form.columns),
                    mend=did_you_mean(name, form.columns),
                ))
            elif isinstance(value, dict | list):
                problems.append(Problem(form.bad_file, f"“{name}”的内容不是一个词",
                                        **place(name)))
        rows.append(Row(
            {n: "" if v is None else str(v).strip() for n, v in item.items()},
            place, f"第 {line} 行",
        ))
    return rows, problems

"""A file that says something of each unit: its weight or share, or its bounds.

CSV, a workbook or YAML. Everything wrong is told at once, with row and column; nothing is read in
part.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from targets.branchdata.intake.container import Unreadable, fetch, identify
from targets.branchdata.intake.grid import BLANK, Fault, Grid, Percent, Uncalculated, shown
from targets.branchdata.intake.read import READERS
from targets.catalog.yaml_text import parse
from targets.problems import Code, Problem, Problems, Severity, did_you_mean
from targets.schema.organisation import Unit

UNIT, NAME = "机构代码", "机构"
WEIGHT, SHARE = "权重", "份额"
MINIMUM, MAXIMUM = "至少", "至多"
ALIASES = {
    "代码": UNIT, "unit": UNIT, "code": UNIT, "unit_code": UNIT,
    "机构名称": NAME, "名称": NAME, "name": NAME,
    "weight": WEIGHT, "share": SHARE,
    "下限": MINIMUM, "minimum": MINIMUM, "min": MINIMUM,
    "上限": MAXIMUM, "maximum": MAXIMUM, "max": MAXIMUM,
}  # fmt: skip
YAML_KEYS = {"weights": WEIGHT, "shares": SHARE}
HEADING_ROWS = 20
MAX_DIGITS = 20

Place = Callable[[str], dict]
"""column -> where its cell stands, as fields of a Problem"""


@dataclass(frozen=True)
class Row:
    """A unit as it was named, and what is said of it by column."""

    code: Any
    cells: Mapping[str, Any]
    place: Place


@dataclass(frozen=True)
class UnitList:
    """Numbers by column and unit code, in the order of the file, and doubts about the file."""

    numbers: Mapping[str, Mapping[str, Decimal]]
    warnings: tuple[Problem, ...] = ()


def read_weights(path: Path, units: Mapping[str, Unit]) -> UnitList:
    """Weights, or shares: one of the two for every unit. Raises Problems."""
    found = _read(path, units, (WEIGHT, SHARE), YAML_KEYS)
    if len(found.numbers) > 1:
        raise Problems([Problem(
            Code.UNIT_LIST_HEADINGS, "既有权重又有份额，不知道按哪一样分", file=path.name,
            allowed=f"“{WEIGHT}”或“{SHARE}”，只写一列", mend="删去一列",
        )])
    return found


def read_bounds(path: Path, units: Mapping[str, Unit]) -> UnitList:
    """The least and the most of single units. Raises Problems."""
    return _read(path, units, (MINIMUM, MAXIMUM), {"bounds": None})


def _read(
    path: Path, units: Mapping[str, Unit], columns: tuple[str, ...], keys: Mapping
) -> UnitList:
    path = Path(path)
    try:
        data, digest = fetch(path)
        if path.suffix.lower() in (".yaml", ".yml"):
            rows, problems = _yaml(data, path.name, keys)
        else:
            rows, problems = _sheets(identify(path, data, digest), columns)
    except Unreadable as refused:
        raise Problems([refused.problem]) from None
    return _checked(path.name, rows, problems, units, columns)


# ---------------------------------------------------------------- what the file holds


def _yaml(data: bytes, file: str, keys: Mapping[str, str | None]):
    """{weights: {code: number}}, {shares: …} or {bounds: {code: {minimum: …, maximum: …}}}."""
    parsed = parse(data, file)
    if parsed.problems:
        return [], parsed.problems
    content = parsed.data if isinstance(parsed.data, dict) else {}
    wrong = [key for key in content if key not in keys] if content else [None]
    wrong += [key for key in content if key in keys and not isinstance(content[key], dict)]
    if wrong:
        line, column = parsed.position((wrong[0],) if wrong[0] else ())
        unknown = wrong[0] is not None and wrong[0] not in keys
        said = f"不认识“{wrong[0]}”" if unknown else "里面不是机构代码和数"
        return [], [Problem(
            Code.UNIT_LIST_HEADINGS, said, file=file, line=line, column=column,
            allowed="、".join(keys), mend=f'写成 {next(iter(keys))}: {{"0100": …}}',
        )]
    rows = []
    for key, listed in content.items():
        for code, value in listed.items():
            path = (key, code)

            def place(column, path=path):
                line, at = parsed.position(path, key=column == UNIT)
                return {"line": line, "column": at}

            cells = value if keys[key] is None else {keys[key]: value}
            if not isinstance(cells, dict):
                cells = {MINIMUM: cells}
            rows.append(Row(code, {ALIASES.get(k, k): v for k, v in cells.items()}, place))
    return rows, []


def _sheets(parcel, columns: tuple[str, ...]):
    """The rows of the one sheet that has the headings."""
    grids, notices = READERS[parcel.form](parcel)
    problems = [*parcel.notices, *notices, *(g.problem for g in grids if g.problem)]
    found = [(g, at) for g in grids if (at := _heading_row(g, columns)) is not None]
    if len(found) != 1:
        said = "找不到表头" if not found else f"{len(found)} 张工作表都有这样的表头"
        return [], [*problems, Problem(
            Code.UNIT_LIST_HEADINGS, said, file=parcel.path.name,
            allowed=f"一张表，表头有“{UNIT}”和" + "、".join(f"“{c}”" for c in columns),
            mend="第一行写表头，一家机构一行" if not found else "只留一张",
        )]
    rows, more = _rows(*found[0], columns)
    return rows, [*problems, *more]


def _title(cell: Any) -> str:
    text = unicodedata.normalize("NFKC", shown(cell)).strip()
    text = text.split("(")[0].strip()  # the unit of measurement stands in brackets
    return ALIASES.get(text.lower(), text)


def _heading_row(grid: Grid, columns: tuple[str, ...]) -> int | None:
    for i, cells in enumerate(grid.rows[:HEADING_ROWS]):
        titles = [_title(cell) for cell in cells]
        if UNIT in titles and any(c in titles for c in columns):
            return i
    return None


def _rows(grid: Grid, heading: int, columns: tuple[str, ...]):
    titles = [_title(cell) for cell in grid.rows[heading]]
    problems = []
    for i, title in enumerate(titles):
        if title and titles.index(title) != i:
            problems.append(Problem(
                Code.UNIT_LIST_HEADINGS, f"“{title}”有两列", **grid.place(heading, i),
                mend="只留一列",
            ))
        elif title and title not in (UNIT, NAME, *columns):
            problems.append(Problem(
                Code.UNIT_LIST_COLUMN, f"“{title}”这一列没有读", **grid.place(heading, i),
                allowed="、".join((UNIT, NAME, *columns)), severity=Severity.WARNING,
            ))
    at = {title: i for i, title in enumerate(titles) if title}
    rows = []
    for i in range(heading + 1, len(grid.rows)):
        if any(cell not in BLANK for cell in grid.rows[i]):
            cells = {t: grid.cell(i, c) for t, c in at.items() if t in (NAME, *columns)}
            rows.append(Row(
                grid.cell(i, at[UNIT]), cells, lambda column, i=i: grid.place(i, at[column])
            ))
    return rows, problems


# ---------------------------------------------------------------- what it says


def _checked(file: str, rows, problems, units, columns) -> UnitList:
    problems = list(problems)
    numbers: dict[str, dict[str, Decimal]] = {}
    seen: set[str] = set()
    for row in rows:
        code, told = _code(row, units)
        problems += told
        if code and code in seen:
            problems.append(Problem(
                Code.UNIT_LIST_TWICE, f"{units[code].name}（{code}）写了不止一次",
                **row.place(UNIT), field=UNIT, mend="一家机构只写一行",
            ))
        seen.add(code)
        wanted = columns if MINIMUM in columns else tuple(c for c in columns if c in row.cells)
        unknown = [c for c in row.cells if c not in (NAME, *columns)]
        problems += [
            Problem(Code.UNIT_LIST_HEADINGS, f"不认识“{c}”", **row.place(c),
                    allowed="minimum、maximum") for c in unknown
        ]
        for column in wanted:
            value, problem = _number(row, column, needed=MINIMUM not in columns)
            if problem:
                problems.append(problem)
            elif value is not None and code:
                numbers.setdefault(column, {})[code] = value
    problems += _mixed(rows)
    if not rows and not any(p.severity is Severity.ERROR for p in problems):
        problems.append(Problem(
            Code.UNIT_LIST_HEADINGS, "表头下面一行也没有", mend="一家机构写一行",
        ))
    placed = [_in_file(p, file) for p in problems]
    if any(p.severity is Severity.ERROR for p in placed):
        raise Problems(placed)
    return UnitList(numbers, tuple(placed))


def _mixed(rows: list[Row]) -> list[Problem]:
    """A weight of 30% beside one of 4: nobody can tell what 4 is of."""
    weights = [(row, row.cells[WEIGHT]) for row in rows if row.cells.get(WEIGHT) not in BLANK]
    percent = [row for row, cell in weights if shown(cell).strip().endswith(("%", "％"))]
    if not percent or len(percent) == len(weights):
        return []
    return [Problem(
        Code.UNIT_LIST_NUMBER, "有的权重写成百分数，有的没有", **percent[0].place(WEIGHT),
        field=WEIGHT, mend="要么都写百分数，要么都不写",
    )]


def _in_file(problem: Problem, file: str) -> Problem:
    return problem if problem.file else replace(problem, file=file)


def _code(row: Row, units: Mapping[str, Unit]) -> tuple[str | None, list[Problem]]:
    """The unit's code as registered, and what is wrong with how it was written."""
    text = unicodedata.normalize("NFKC", shown(row.code)).strip()
    more = {**row.place(UNIT), "field": UNIT}
    code, problems = text, []
    if text not in units:
        # a spreadsheet drops the zeros in front
        near = [c for c in units if text.isdigit() and c.lstrip("0") == text.lstrip("0")]
        if len(near) != 1:
            found = f"没有机构代码“{text}”" if text else "没写机构代码"
            return None, [Problem(
                Code.UNIT_LIST_UNIT, found, **more, allowed="登记过的机构代码，前面的 0 保留",
                mend=did_you_mean(text, units) or "合计、小计的行请删去",
            )]
        code = near[0]
        problems.append(Problem(
            Code.UNIT_LIST_ZEROS, f"“{text}”当作 {code}（{units[code].name}）", **more,
            severity=Severity.WARNING,
        ))
    name = shown(row.cells.get(NAME)).strip()
    if name and name != units[code].name:
        problems.append(Problem(
            Code.UNIT_LIST_UNIT, f"{code} 登记为{units[code].name}，这里写的是{name}",
            **row.place(NAME), field=NAME, mend="核对代码；名称可以不写",
        ))
    return code, problems


def _number(row: Row, column: str, needed: bool) -> tuple[Decimal | None, Problem | None]:
    cell = row.cells.get(column)

    def wrong(found: str) -> tuple[None, Problem]:
        return None, Problem(
            Code.UNIT_LIST_NUMBER, found, **row.place(column), field=column,
            allowed="不小于 0 的数" + ("；不分给它就写 0" if needed else "；不限就空着"),
        )

    if cell in BLANK or (isinstance(cell, str) and not cell.strip()):
        return wrong("空着") if needed else (None, None)
    if isinstance(cell, Uncalculated | Fault | bool):
        return wrong(f"“{shown(cell)}”不是数")
    if isinstance(cell, Percent) and column != WEIGHT:
        return wrong(f"“{shown(cell)}”是百分数，{column}要写数量")
    text = unicodedata.normalize("NFKC", shown(cell)).strip().replace(",", "")
    if column == WEIGHT:
        text = text.removesuffix("%").strip()
    try:
        value = Decimal(text)
    except InvalidOperation:
        return wrong(f"“{shown(cell)}”不是数")
    if not value.is_finite() or value < 0 or len(value.as_tuple().digits) > MAX_DIGITS:
        return wrong(f"“{shown(cell)}”不在允许的范围内")
    return value, None

"""Where a sheet's table begins, and which of its columns is which of the dataset's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from targets.branchdata.columns import HEADING_UNIT, known_words, label
from targets.problems import Code, Problem, Severity, did_you_mean
from targets.schema.measures import Column, ColumnType, Dataset

from .asking import Desk
from .cells import UNITS
from .grid import Grid, shown
from .marks import plain, tidy
from .model import SET_ASIDE

SEARCHED_ROWS = 60
MOST_LEVELS = 4
TRIVIAL = frozenset({"序号", "编号序号", "no.", "no", "备注", "附注"})
PURE_UNIT = re.compile(r"[(\[（]?(?:单位:)?(" + "|".join(UNITS) + r"|%|‰)[)\]）]?")
INFORMATION = re.compile(r"[:：]|^[(（]?单位")


@dataclass(frozen=True)
class Heading:
    """One column's heading: its levels from the top, as written, and the unit it states."""

    levels: tuple[str, ...]

    @property
    def text(self) -> str:
        return "/".join(self.levels)

    @property
    def unit(self) -> str | None:
        return split(self.text)[1]


@dataclass(frozen=True)
class Found:
    """The place of a table's heading, and what it was recognised by."""

    top: int
    bottom: int
    """rows of the grid, both included"""
    headings: tuple[Heading, ...]
    dataset: Dataset
    score: int


@dataclass(frozen=True)
class Matched:
    """Which position is which column."""

    positions: dict[str, int]
    units: dict[str, str]
    """name of the column: the unit that its heading states"""
    absent: tuple[Column, ...]
    """columns that are not there and that nobody said are blank"""
    holding: tuple[Problem, ...]
    """as long as these stand, no row can be taken"""


def split(text: str) -> tuple[str, str | None]:
    """A heading without its unit, and the unit: 授信额度（单位：万元）, 授信额度/万元."""
    base, slash, last = text.rpartition("/")
    if slash and (match := PURE_UNIT.fullmatch(plain(last))):
        return base, match[1]
    match = HEADING_UNIT.match(plain(text).replace("[", "(").replace("]", ")"))
    if match:
        unit = match["unit"].removeprefix("单位:")
        if unit in UNITS or unit in ("%", "‰"):
            return match["title"], unit
    return text, None


def words_of(dataset: Dataset) -> dict[str, Column]:
    """Every known heading of a dataset, as headings are compared."""
    words: dict[str, Column] = {}
    for word, column in known_words(dataset).items():
        words.setdefault(plain(word), column)
    for word, column in known_words(dataset).items():
        words.setdefault(plain(split(word)[0]), column)
    return words


def lookup(heading: Heading, words: Mapping[str, Column]) -> Column | None:
    """The column that a heading names outright."""
    levels = list(heading.levels)
    while levels:
        text = "/".join(levels)
        base = split(text)[0]
        for form in (text, base, "".join(levels), base.replace("/", "")):
            if column := words.get(plain(form)):
                return column
        # A level that repeats the one below it, or says nothing, adds no meaning.
        if len(levels) > 1 and plain(levels[0]) in ("", plain(levels[1])):
            levels.pop(0)
        else:
            return None
    return None


# ---------------------------------------------------------------- finding


def find(grid: Grid, datasets: Sequence[Dataset], hints: Sequence[str]) -> list[Found]:
    """The best place for each dataset that may stand here, best first.

    `hints` are the sheet's name and the like; what they name is preferred.
    """
    spread = _spread(grid)
    found = []
    for dataset in datasets:
        words = words_of(dataset)
        named = any(plain(dataset.name) in plain(h) or plain(h) == dataset.table for h in hints)
        best = _best(grid, spread, dataset, words)
        if best is None:
            continue
        own = best.score - len(_general(best, words, dataset))
        if own >= 1 or (named and best.score):
            found.append((own >= 1, best.score, named, -_lacking(best, words), best))
    found.sort(key=lambda item: item[:4], reverse=True)
    top = [item for item in found if item[:4] == found[0][:4]]
    return [item[4] for item in top]


def _general(found: Found, words, dataset: Dataset) -> set[str]:
    """Columns that every dataset has: the date and the unit."""
    named = {c.name for h in found.headings if (c := lookup(h, words))}
    other = {c.name for c in dataset.columns} - {dataset.period, dataset.unit}
    return named - other if other else set()


def _lacking(found: Found, words) -> int:
    named = {c.name for h in found.headings if (c := lookup(h, words))}
    return sum(c.required and c.name not in named for c in found.dataset.columns)


def _spread(grid: Grid) -> list[list[str]]:
    """The first rows as texts, with a merged cell's text in every cell that it covers."""
    rows = [
        [tidy(shown(cell)) for cell in cells] + [""] * (grid.width - len(cells))
        for cells in grid.rows[:SEARCHED_ROWS + MOST_LEVELS]
    ]
    for top, left, bottom, right in grid.merges:
        if top < len(rows) and left < grid.width:
            for row in rows[top:bottom + 1]:
                for i in range(left, min(right + 1, grid.width)):
                    row[i] = rows[top][left]
    return rows


def _best(grid: Grid, spread, dataset: Dataset, words) -> Found | None:
    best = None
    for top in range(min(len(spread), SEARCHED_ROWS)):
        if not any(spread[top]):
            continue
        for depth in range(1, MOST_LEVELS + 1):
            bottom = top + depth - 1
            if bottom >= len(spread):
                break
            headings = _headings(grid, spread, top, bottom)
            score = len({c.name for h in headings if (c := lookup(h, words))})
            if score and (best is None or score > best.score):
                best = Found(top, bottom, headings, dataset, score)
    return _whole(grid, spread, best, words) if best else None


def _headings(grid: Grid, spread, top: int, bottom: int) -> tuple[Heading, ...]:
    levels = []
    for r in range(top, bottom + 1):
        row = spread[r]
        if r < bottom and not grid.merges:
            row = _filled(row, spread[r + 1])
        levels.append(row)
    headings = []
    for column in zip(*levels, strict=True):
        kept: list[str] = []
        for text in column:
            if text and (not kept or text != kept[-1]):
                kept.append(text)
        headings.append(Heading(tuple(kept)))
    return tuple(headings)


def _filled(row: list[str], below: list[str]) -> list[str]:
    """A text file has no merged cells: a blank above a heading belongs to the one on its left."""
    filled, last = [], ""
    for text, under in zip(row, below, strict=True):
        last = text or (last if under else "")
        filled.append(last)
    return filled


def _whole(grid: Grid, spread, found: Found, words) -> Found:
    """The heading with the levels that merged cells show to belong to it."""
    top, bottom = found.top, found.bottom
    limit = min(len(spread) - 1, top + MOST_LEVELS - 1)
    while bottom < limit and (
        any(a <= bottom < c and a >= top for a, _, c, _ in grid.merges)
        or _has_parts(grid, spread, bottom)
    ):
        bottom += 1
    while top > 0 and bottom - top < MOST_LEVELS - 1 and _is_level(grid, spread, top - 1):
        top -= 1
    headings = _headings(grid, spread, top, bottom)
    score = len({c.name for h in headings if (c := lookup(h, words))})
    return Found(top, bottom, headings, found.dataset, max(score, found.score))


def _has_parts(grid: Grid, spread, row: int) -> bool:
    """Whether a heading of this row is spread over several columns, each with one of its own."""
    for _top, left, bottom, right in grid.merges:
        if bottom == row and right > left and row + 1 < len(spread):
            parts = spread[row + 1][left:right + 1]
            if len(parts) > 1 and all(parts) and len(set(parts)) > 1 and not any(
                any(ch.isdigit() for ch in p) and not any(ch.isalpha() for ch in p) for p in parts
            ):
                return True
    return False


def _is_level(grid: Grid, spread, row: int) -> bool:
    """Whether a row above the heading is its upper level: merged over some columns, no title."""
    texts = {text for text in spread[row] if text}
    spans = [m for m in grid.merges if m[0] <= row <= m[2] and m[3] > m[1]]
    reaches = any(m[0] <= row < m[2] for m in grid.merges)
    return bool(
        (spans or reaches) and len(texts) > 1 and not any(INFORMATION.search(t) for t in texts)
    )


# ---------------------------------------------------------------- matching


def match(found: Found, desk: Desk, place, derived: Sequence[str], grid: Grid) -> Matched:
    """Match headings to columns; what is near or new is asked about.

    `place` gives the place of a heading's cell; `derived` are columns whose value is known from
    elsewhere, so that they need not be here.
    """
    dataset = found.dataset
    words = words_of(dataset)
    positions: dict[str, int] = {}
    units: dict[str, str] = {}
    strangers: list[int] = []
    holding: list[Problem] = []
    for i, heading in enumerate(found.headings):
        if not heading.levels:
            _unheaded(found, grid, i, desk, place)
            continue
        column = lookup(heading, words)
        if column is None:
            strangers.append(i)
        else:
            _take(column, i, found, positions, units, holding, place)
    missing = [c for c in dataset.columns if c.name not in positions]
    for i in strangers:
        column = _stranger(found, i, missing, desk, holding, place, words)
        if column is not None:
            _take(column, i, found, positions, units, holding, place)
    absent = [c for c in dataset.columns if c.name not in positions and c.name not in derived]
    for column in absent:
        _absent(dataset, column, desk, holding, place(0))
    return Matched(positions, units, tuple(absent), tuple(dict.fromkeys(holding)))


def _take(column: Column, i: int, found: Found, positions, units, holding, place) -> None:
    heading = found.headings[i]
    if column.name in positions:
        first = found.headings[positions[column.name]].text
        holding.append(Problem(
            Code.HEADING_TWICE, f"“{first}”和“{heading.text}”两列都是「{column.title}」",
            field=label(column), allowed="每列只出现一次", mend="删掉其中一列，或改正表头",
            **place(i),
        ))
        return
    positions[column.name] = i
    if heading.unit and column.type is ColumnType.DECIMAL:
        units[column.name] = heading.unit


def _unheaded(found: Found, grid: Grid, i: int, desk: Desk, place) -> None:
    if any(grid.cell(r, i) not in (None, "") for r in range(found.bottom + 1, len(grid.rows))):
        desk.say(Problem(
            Code.COLUMN_IGNORED, "这一列没有表头，里面的内容没有读入",
            allowed="每列都有表头", mend="补上表头，或删去这一列", severity=Severity.WARNING,
            **place(i),
        ))


def _stranger(found: Found, i: int, missing, desk: Desk, holding, place, words) -> Column | None:
    heading = found.headings[i]
    text, dataset = heading.text, found.dataset
    open_columns = [c for c in missing]
    ignored = Problem(
        Code.COLUMN_IGNORED, f"“{dataset.name}”没有登记“{text}”这一列，没有读入", field=text,
        allowed="、".join(c.title for c in dataset.columns),
        mend="不需要就不用管；需要就先在数据表定义里登记", severity=Severity.WARNING, **place(i),
    )
    if text.startswith(SET_ASIDE):
        return None
    if not open_columns or plain(heading.levels[-1]) in TRIVIAL:
        desk.say(ignored)
        return None
    near = _near(heading, open_columns)
    open_columns.sort(key=lambda c: c not in near)
    guess = f"是不是「{'」或「'.join(c.title for c in near)}」？" if near else ""
    choices = {c.name: f"就是「{c.title}」" for c in open_columns}
    choices["ignore"] = "不需要，不读这一列"
    answer = desk.ask(
        f"{dataset.table}/heading/{plain(text)}",
        Problem(
            Code.HEADING_UNSURE, f"认不准“{text}”这一列是什么{'，' + guess if guess else ''}",
            field=text, allowed="、".join(c.title for c in open_columns),
            mend="答复一次，以后照办；或把表头改成登记过的列名", **place(i),
        ),
        choices,
    )
    if answer is None:
        holding.append(desk.last)
    elif answer == "ignore":
        desk.say(ignored)
    else:
        return dataset.column(answer)
    return None


def _near(heading: Heading, columns: Sequence[Column]) -> list[Column]:
    """Columns of which the heading reminds: by its last level, or by its spelling."""
    leaf = Heading(heading.levels[-1:])
    near = []
    for column in columns:
        known = {plain(w): column for w in (column.name, column.title, *column.synonyms)}
        known |= {plain(split(w)[0]): column for w in (column.title, *column.synonyms)}
        texts = {plain(split(h.text)[0]) for h in (heading, leaf)}
        if lookup(leaf, known) or any(
            did_you_mean(t, known) or any(t in k or k in t for k in known if len(k) > 1)
            for t in texts if t
        ):
            near.append(column)
    return near


def _absent(dataset: Dataset, column: Column, desk: Desk, holding, place) -> None:
    words = "、".join((column.title, *column.synonyms))
    problem = Problem(
        Code.COLUMN_ABSENT, f"“{dataset.name}”缺少「{column.title}」这一列", field=label(column),
        allowed=f"列名可用：{words}", mend="补上这一列，没有内容也保留表头", **place,
    )
    if column.required:
        holding.append(problem)
        return
    answer = desk.ask(
        f"{dataset.table}/absent/{column.name}", problem,
        {"blank": f"没有「{column.title}」可报，这一列全部按空着处理"},
    )
    if answer is None:
        holding.append(desk.last)

"""Where a sheet's table begins, and which of its columns is which of the dataset's."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from targets.branchdata.columns import HEADING_UNIT, known_words, label
from targets.problems import Code, Problem, Severity, did_you_mean
from targets.schema.measures import Column, ColumnType, Dataset

from .asking import Desk
from .cells import UNITS
from .grid import BLANK, Grid, shown
from .marks import plain, tidy
from .model import SET_ASIDE

SEARCHED_ROWS = 60
MOST_LEVELS = 4
ROWS_BEYOND = 10
"""so far below a heading no better one is looked for"""
TRIVIAL = frozenset({"序号", "编号序号", "no.", "no", "备注", "附注"})
PURE_UNIT = re.compile(r"[(\[（]?(?:单位:)?(" + "|".join(UNITS) + r"|%|‰)[)\]）]?")
FOREIGN = re.compile(r"[(\[]([^()\[\]]*元|usd|\$)[)\]]")
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
    holding: tuple[Problem, ...]
    """as long as these stand, no row can be taken"""


@lru_cache(maxsize=8192)
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
        # One word alone, such as 余额, may head anything.
        sure = own >= 1 and best.score >= min(2, len(dataset.columns))
        if sure or (named and best.score):
            found.append((sure, best.score, named, -_lacking(best, words), best))
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
        if best and top > best.bottom + ROWS_BEYOND:
            break
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
    return Found(top, bottom, headings, found.dataset, score)


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


def match(found: Found, desk: Desk, place, grid: Grid, looks) -> Matched:
    """Match headings to columns; what is near or new is asked about.

    `place` gives the place of a heading's cell. `looks` tells whether a column of the sheet holds
    what belongs in a column of the dataset. The date and the unit may be stated elsewhere, so
    they are only asked about where some heading seems to be theirs.
    """
    dataset = found.dataset
    words = words_of(dataset)
    positions: dict[str, int] = {}
    holding: list[Problem] = []
    strangers: list[int] = []
    bare: list[int] = []
    for i, heading in enumerate(found.headings):
        if not heading.levels:
            bare.append(i)
        elif column := lookup(heading, words):
            _take(column, i, found, positions, holding, place)
        elif not heading.text.startswith(SET_ASIDE):
            strangers.append(i)
    _unheaded(found, grid, bare, desk, place)
    spare = [i for i in strangers if plain(found.headings[i].levels[-1]) not in TRIVIAL]
    mark = _digest(sorted(plain(found.headings[i].text) for i in spare))
    for column in dataset.columns:
        if column.name in positions:
            continue
        near = [i for i in spare if _near(found.headings[i], column) or looks(column, i)]
        if column.name in (dataset.period, dataset.unit) and not near:
            continue
        i = _which(found, column, spare, near, mark, desk, holding, place)
        if i is not None:
            _take(column, i, found, positions, holding, place)
            spare.remove(i)
    if not holding:
        _ignored(found, [i for i in strangers if i not in positions.values()], desk, place)
    return Matched(positions, _units(found, positions, holding, place), tuple(holding))


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]


def _take(column: Column, i: int, found: Found, positions, holding, place) -> None:
    if column.name not in positions:
        positions[column.name] = i
        return
    first = found.headings[positions[column.name]].text
    holding.append(Problem(
        Code.HEADING_TWICE, f"“{first}”和“{found.headings[i].text}”两列都是「{column.title}」",
        field=label(column), allowed="每列只出现一次", mend="删掉其中一列，或改正表头",
        **place(i),
    ))


def _which(found: Found, column: Column, spare, near, mark: str, desk: Desk, holding,
           place) -> int | None:
    """The position of a column whose heading is not known: as the branch says."""
    dataset = found.dataset
    derivable = column.name in (dataset.period, dataset.unit)
    offered = near if derivable else [*near, *(i for i in spare if i not in near)]
    names = {}
    for i in offered:
        name = plain(found.headings[i].text)
        names[name if name not in names else f"{name}#{i + 1}"] = i
    choices = {n: f"就是“{found.headings[i].text}”这一列" for n, i in names.items()}
    if derivable:
        choices["none"] = "都不是，看标题和文件名"
    elif not column.required:
        choices["blank"] = "没有可报的，这一列全部按空着处理"
    guess = "、".join(f"“{found.headings[i].text}”" for i in near)
    problem = Problem(
        Code.HEADING_UNSURE if near else Code.COLUMN_ABSENT,
        f"“{dataset.name}”缺少「{column.title}」这一列" + (f"，是不是{guess}？" if near else ""),
        field=label(column),
        allowed="列名可用：" + "、".join((column.title, *column.synonyms)),
        mend="答复一次，表头不变就照办；或把表头改成登记过的列名" if choices
        else "补上这一列，没有内容也保留表头",
        **place(near[0] if near else 0),
    )
    if not choices:
        holding.append(problem)
        return None
    # Other headings beside it make it another question: what was blank may have been renamed.
    answer = desk.ask(f"{dataset.table}/column/{column.name}/{mark}", problem, choices)
    if answer is None:
        holding.append(desk.last)
    return names.get(answer)


def _near(heading: Heading, column: Column) -> bool:
    """Whether a heading reminds of a column: by its last level, or by its spelling."""
    known = {plain(w) for w in (column.name, column.title, *column.synonyms)}
    known |= {plain(split(w)[0]) for w in (column.title, *column.synonyms)}
    leaf = heading.levels[-1]
    texts = {plain(split(t)[0]) for t in (heading.text, leaf)} - {""}
    return any(
        t in known or did_you_mean(t, known)
        or any(len(k) > 1 and len(t) > 1 and (t in k or k in t) for k in known)
        for t in texts
    )


def _units(found: Found, positions, holding, place) -> dict[str, str]:
    """The unit that each number column's heading states; one that is not ours holds the rows."""
    units = {}
    for name, i in positions.items():
        column, heading = found.dataset.column(name), found.headings[i]
        if column.type is not ColumnType.DECIMAL:
            continue
        if heading.unit:
            units[name] = heading.unit
        elif column.unit and (match := FOREIGN.search(plain(heading.text))):
            holding.append(Problem(
                Code.MONEY_UNSURE, f"「{column.title}」的表头写的是“{match[1]}”，换算不成人民币元",
                field=label(column), allowed="元、千元、万元、百万元、亿元",
                mend="折成人民币，并改正表头", **place(i),
            ))
    return units


def _unheaded(found: Found, grid: Grid, bare: Sequence[int], desk: Desk, place) -> None:
    """Columns without a heading are spacers, unless something stands in them."""
    filled = sorted({
        i for cells in grid.rows[found.bottom + 1:]
        for i in bare[:bisect_left(bare, len(cells))] if cells[i] not in BLANK
    })
    if filled:
        desk.say(Problem(
            Code.COLUMN_IGNORED, f"有 {len(filled)} 列没有表头，里面的内容没有读入",
            allowed="每列都有表头", mend="补上表头，或删去这一列", severity=Severity.WARNING,
            **place(filled[0]),
        ))


def _ignored(found: Found, strangers: Sequence[int], desk: Desk, place) -> None:
    if strangers:
        names = "、".join(f"“{found.headings[i].text}”" for i in strangers)
        desk.say(Problem(
            Code.COLUMN_IGNORED, f"“{found.dataset.name}”没有登记{names}，没有读入",
            allowed="、".join(c.title for c in found.dataset.columns),
            mend="不需要就不用管；需要就先在数据表定义里登记", severity=Severity.WARNING,
            **place(strangers[0]),
        ))

"""One sheet, from its cells to a draft of rows, and from the drafts to what was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from targets.branchdata.columns import label
from targets.branchdata.rules import Known
from targets.problems import Code, Problem, Severity
from targets.schema.measures import (
    Column,
    ColumnType,
    Dataset,
    Money,
    MoneyUnit,
    PeersContent,
    Percent,
    ReportedContent,
)

from . import context, convert, headings, totals
from .asking import Desk
from .cells import UNITS, Scale
from .convert import Codes, Converted, Sheet, Whole
from .grid import BLANK, Grid, shown
from .headings import Found, Matched
from .judge import Asked, Sites, judge
from .lines import Lines, sort_out
from .marks import tidy
from .model import FILE, ROW, SHEET, Rejected, SheetRead, Total

PERCENT_SIGNS = ("%", "％", "百分")
NOTES_SHOWN = 10
ROWS_SAMPLED = 50
DIGEST = 12
TYPES = {
    ColumnType.TEXT: pa.string(), ColumnType.DATE: pa.date32(), ColumnType.INTEGER: pa.int64(),
    ColumnType.DECIMAL: pa.decimal128(18, 2), ColumnType.BOOLEAN: pa.bool_(),
}


@dataclass(frozen=True)
class Office:
    """What holds for the whole file."""

    path: Path
    sha256: str
    datasets: tuple[Dataset, ...]
    known: Known
    period: date | None
    answers: Mapping[str, str]
    unit: str | None = None

    @cached_property
    def codes(self) -> Codes:
        """The units' codes, and the names that only one of them has."""
        named: dict[str, list[str]] = {}
        for unit in self.known.units:
            named.setdefault(unit.name, []).append(unit.code)
        return Codes(frozenset(self.known.unit_codes),
                     {name: codes[0] for name, codes in named.items() if len(codes) == 1})


@dataclass
class Draft:
    """A sheet before its rows are held against the rules."""

    office: Office
    grid: Grid
    desk: Desk
    dataset: Dataset | None = None
    headings: tuple[str, ...] = ()
    positions: dict[str, int] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines)
    frame: pa.Table | None = None
    """the dataset's columns in their types; money in the column's own unit"""
    holding: tuple[Problem, ...] = ()
    """as long as these stand, no row can be taken"""
    faults: dict[int, list[Problem]] = field(default_factory=dict)
    """row of the frame: what is wrong with its cells"""
    totals: tuple[Total, ...] = ()

    def place(self, row: int, column: str | None) -> dict:
        position = self.positions.get(column, 0)
        return {"file": self.office.path.name,
                **self.grid.place(self.lines.rows[row], position)}

    def written(self, row: int, column: str) -> str:
        if column in self.positions:
            return shown(self.grid.cell(self.lines.rows[row], self.positions[column]))
        return str(self.frame[column][row].as_py())

    def sites(self) -> set[tuple[str, str]]:
        """The sites that the rows list, each with its unit."""
        names = {self.dataset.site, self.dataset.unit}
        if not names <= set(self.frame.column_names):
            return set()
        pairs = zip(self.frame[self.dataset.site].to_pylist(),
                    self.frame[self.dataset.unit].to_pylist(), strict=True)
        return {(site, unit) for site, unit in pairs if site and unit}

    def unread(self) -> SheetRead:
        """A sheet of which nothing was read."""
        return SheetRead(
            self.grid.sheet, None, self.headings, None, (), (), 0,
            tuple(self.desk.notices) + tuple(q.problem for q in self.desk.questions.values()),
            tuple(self.desk.questions.values()),
        )


def read_sheet(office: Office, grid: Grid, *, alone: bool) -> Draft:
    """Find the table of a sheet, match its headings and convert its rows."""
    draft = Draft(office, grid, Desk(office.answers))
    if grid.problem:
        draft.desk.say(grid.problem)
        return draft
    found = _found(draft, alone)
    if found is None:
        return draft
    draft.dataset = found.dataset
    draft.headings = tuple(h.text for h in found.headings)
    above = _above(grid, found)

    def place(position: int) -> dict:
        return {"file": office.path.name, **grid.place(found.bottom, position)}

    matched = headings.match(found, draft.desk, place, grid, _looks(draft, found))
    draft.positions = matched.positions
    draft.lines = sort_out(grid, found, matched.positions)
    around = above + [
        "  ".join(shown(c) for c in grid.rows[i] if c not in BLANK) for i, _ in draft.lines.notes
    ]
    _say_notes(draft)
    constants, holding = _constants(draft, found, above)
    draft.holding = (*matched.holding, *holding)
    _convert(draft, matched, constants, around, place)
    return draft


def _looks(draft: Draft, found: Found):
    """Whether a column of the sheet holds what belongs in the dataset's column for units."""
    rows = draft.grid.rows[found.bottom + 1:found.bottom + 1 + ROWS_SAMPLED]

    def looks(column: Column, position: int) -> bool:
        if column.name != found.dataset.unit:
            return False
        texts = [tidy(shown(cells[position])) for cells in rows if len(cells) > position]
        return any(draft.office.codes.find(t) for t in texts if t and not t.isdigit())

    return looks


# ---------------------------------------------------------------- what table it is


def _found(draft: Draft, alone: bool) -> Found | None:
    office, grid = draft.office, draft.grid
    above = [shown(c) for cells in grid.rows[:10] for c in cells if isinstance(c, str) and c]
    hints = [grid.sheet or "", *([office.path.stem] if alone or grid.sheet is None else []),
             *above[:20]]
    candidates = headings.find(grid, office.datasets, hints)
    if not candidates:
        if any(c not in BLANK for cells in grid.rows for c in cells):
            draft.desk.say(Problem(
                Code.NO_TABLE, "找不到认得的表头，没有读入", file=office.path.name,
                sheet=grid.sheet, allowed="、".join(d.name for d in office.datasets),
                mend="不是报送的数据就不用管；是就把表头改成登记过的列名",
                severity=Severity.WARNING,
            ))
        return None
    if len(candidates) == 1:
        return candidates[0]
    first = candidates[0]
    texts = "|".join(h.text for h in first.headings)
    answer = draft.desk.ask(
        f"table/{grid.sheet or ''}/{texts}",
        Problem(
            Code.WHICH_TABLE, "表头合乎几张数据表，认不准是哪一张", file=office.path.name,
            allowed="、".join(f.dataset.name for f in candidates),
            mend="确认是哪一张；下次把工作表命名为数据表的名称", **grid.place(first.top),
        ),
        {f.dataset.table: f.dataset.name for f in candidates} | {"ignore": "都不是，不读"},
    )
    return next((f for f in candidates if f.dataset.table == answer), None)


def _above(grid: Grid, found: Found) -> list[str]:
    """The lines above the table, each as one text."""
    above = []
    for cells in grid.rows[:found.top]:
        texts = [shown(c) for c in cells if c not in BLANK]
        if texts:
            above.append("  ".join(texts))
    return above


def _say_notes(draft: Draft) -> None:
    notes, repeated = draft.lines.notes, draft.lines.repeated
    if notes:
        said = "；".join(f"第 {draft.grid.number(i)} 行 {text}" for i, text in notes[:NOTES_SHOWN])
        draft.desk.say(Problem(
            Code.NOT_DATA, f"表下的附注没有当作数据：{said}", file=draft.office.path.name,
            severity=Severity.WARNING, **draft.grid.place(notes[0][0]),
        ))
    if repeated:
        draft.desk.say(Problem(
            Code.NOT_DATA, f"表头又出现了 {len(repeated)} 次，没有当作数据",
            file=draft.office.path.name, severity=Severity.WARNING,
            **draft.grid.place(repeated[0]),
        ))


# ---------------------------------------------------------------- what is said once for all rows


def _constants(draft: Draft, found: Found, above: Sequence[str]):
    """The data date and the unit where the table has no column for them."""
    office, dataset = draft.office, found.dataset
    names = [draft.grid.sheet or "", office.path.stem]
    constants: dict[str, object] = {}
    holding: list[Problem] = []
    place = {"file": office.path.name, **draft.grid.place(found.top)}
    for name, settle in ((dataset.period, _period), (dataset.unit, _unit)):
        if name not in draft.positions:
            value = settle(draft, dataset.column(name), [*above, *names], place)
            if value is None:
                holding.append(draft.desk.last)
            else:
                constants[name] = value
    return constants, holding


def _period(draft: Draft, column: Column, texts: Sequence[str], place: dict) -> date | None:
    office = draft.office
    stated = list(dict.fromkeys(d for text in texts for d in context.dates(text)))
    # A day within a month is more likely when it was written than what it is about.
    if office.period or (len(stated) == 1 and (stated[0] + timedelta(days=1)).day == 1):
        day = office.period or stated[0]
        doubt = f"，而标题或文件名里是 {'、'.join(map(str, stated))}" if (
            office.period and stated and stated != [day]) else ""
        origin = "按给定的期间" if office.period else "按标题或文件名"
        draft.desk.say(Problem(
            Code.PERIOD_TAKEN, f"没有「{column.title}」这一列，{origin}取 {day}{doubt}",
            field=label(column), mend="核对；不对就补上这一列", severity=Severity.WARNING, **place,
        ))
        return day
    today = office.known.today
    choices = list(dict.fromkeys(stated + (_recent_month_ends(today) if len(stated) < 2 else [])))
    answer = draft.desk.ask(
        f"{draft.dataset.table}/{column.name}/{office.sha256[:DIGEST]}/{draft.grid.sheet or ''}",
        Problem(
            Code.PERIOD_UNSURE,
            f"没有「{column.title}」这一列，标题和文件名里"
            + (f"写的是 {'、'.join(map(str, stated))}，认不准是不是" if stated else "也没有写"),
            field=label(column), allowed="月末日期，如 2026-09-30",
            mend="说明是哪一期，或补上这一列", **place,
        ),
        {day.isoformat(): f"数据日期是 {day}" for day in choices}, also=_is_date,
    )
    return date.fromisoformat(answer) if answer else None


def _is_date(answer: str) -> bool:
    try:
        return bool(date.fromisoformat(answer))
    except ValueError:
        return False


def _recent_month_ends(today: date) -> list[date]:
    ends, first = [], today.replace(day=1)
    for _ in range(3):
        last = date.fromordinal(first.toordinal() - 1)
        ends.append(last)
        first = last.replace(day=1)
    return ends


def _unit(draft: Draft, column: Column, texts: Sequence[str], place: dict) -> str | None:
    office = draft.office
    named = context.units_named(texts, office.known.units)
    given = [u for u in office.known.units if u.code == office.unit]
    if given or len(named) == 1:
        unit = (given or named)[0]
        doubt = f"，而标题或文件名里是 {'、'.join(u.name for u in named)}" if (
            given and named and named != given) else ""
        origin = "按给定的机构" if given else "按标题或文件名"
        draft.desk.say(Problem(
            Code.UNIT_TAKEN,
            f"没有「{column.title}」这一列，{origin}取 {unit.code} {unit.name}{doubt}",
            field=label(column), mend="核对；不对就补上这一列", severity=Severity.WARNING, **place,
        ))
        return unit.code
    return draft.desk.ask(
        f"{draft.dataset.table}/{column.name}/{office.sha256[:DIGEST]}/{draft.grid.sheet or ''}",
        Problem(
            Code.UNIT_UNSURE,
            f"没有「{column.title}」这一列，标题和文件名里"
            + ("有几家机构：" + "、".join(u.name for u in named) if named else "也没有写机构"),
            field=label(column), allowed="机构代码，如 0101", mend="说明是哪家机构，或补上这一列",
            **place,
        ),
        {u.code: u.name for u in (named or office.known.units)},
    )


# ---------------------------------------------------------------- converting


def _convert(draft: Draft, matched: Matched, constants, above: Sequence[str], place) -> None:
    """Every column into its type; every total against its parts."""
    dataset = draft.dataset
    digest = draft.office.sha256[:DIGEST]
    sheet = Sheet(draft.office.path.name, dataset.table, draft.grid, draft.lines.rows, draft.desk,
                  digest)
    # What totals hold besides numbers is of no concern, and nothing is asked about it.
    below = Sheet(draft.office.path.name, dataset.table, draft.grid,
                  [row for row, _ in draft.lines.totals], Desk(draft.office.answers), digest)
    arrays: dict[str, pa.Array] = {}
    faults: dict[int, list[Problem]] = {}
    summed: list[totals.Summed] = []
    ordered = sorted(dataset.columns, key=lambda c: c.type is ColumnType.DECIMAL)
    for column in ordered:
        if column.name in constants:
            arrays[column.name] = pa.array(
                [constants[column.name]] * len(sheet.rows), TYPES[column.type])
        elif column.name in matched.positions:
            done = _column(draft, sheet, below, column, matched, above, arrays, place, summed)
            arrays[column.name] = done.array
            for row, problem in done.problems.items():
                faults.setdefault(row, []).append(problem)
    for i, row in enumerate(draft.lines.rows if draft.grid.sheet is None else ()):
        if shape := _shape(draft, row):
            # Cells of a line that is cut wrongly are not worth a word.
            faults[i] = [shape]
    for i, row in enumerate(draft.lines.rows):
        if draft.lines.second is not None and row >= draft.lines.second:
            faults[i] = [_second(draft)]
    draft.faults = faults
    draft.frame = pa.table({
        c.name: arrays[c.name] for c in dataset.columns if c.name in arrays
    })
    draft.totals = _totals(draft, summed)


def _second(draft: Draft) -> Problem:
    return Problem(
        Code.SECOND_TABLE, "这里又是一个表头，从这一行起没有读入", file=draft.office.path.name,
        allowed="一张工作表一张表", mend="把下面的表移到另一张工作表",
        **draft.grid.place(draft.lines.second),
    )


def _shape(draft: Draft, row: int) -> Problem | None:
    """A line of a text file with more or fewer cells than its heading."""
    grid = draft.grid
    where = {"file": draft.office.path.name, "line": grid.number(row)}
    if row in draft.lines.broken:
        return Problem(Code.BROKEN_LINE, draft.lines.broken[row].why, allowed="引号成对",
                       mend="内容里有逗号或换行时，用成对的半角双引号括起来", **where)
    cells = grid.rows[row]
    width = max((i for i, h in enumerate(draft.headings) if h), default=0) + 1
    extra = any(cells[width:])
    last = max(draft.positions.values(), default=0)
    if not extra and len(cells) > last:
        return None
    return Problem(
        Code.BROKEN_LINE, f"这一行的列数比表头{'多' if extra else '少'}",
        allowed="每行的列数与表头相同",
        mend="内容里有逗号时，用成对的半角双引号括起来；没有内容的列也留出位置", **where,
    )


def _column(draft, sheet: Sheet, below: Sheet, column: Column, matched: Matched, above, arrays,
            place, summed) -> Converted:
    position, dataset = matched.positions[column.name], draft.dataset
    if column.type is ColumnType.DATE:
        return convert.date_column(sheet, column, position,
                                   period=column.name == dataset.period)
    if column.type is ColumnType.BOOLEAN:
        return convert.truth_column(sheet, column, position)
    if column.type is ColumnType.TEXT:
        content = dataset.content
        is_code = column.name in (*dataset.key, dataset.unit, dataset.site,
                                  getattr(content, "code", None))
        codes = None
        if column.name == dataset.unit:
            codes = draft.office.codes
        elif column.name == getattr(content, "code", None) and draft.office.known.codes:
            codes = Codes(frozenset(draft.office.known.codes))
        return convert.text_column(sheet, column, position, code=is_code, codes=codes)
    content = dataset.content
    if isinstance(content, ReportedContent | PeersContent) and column.name == content.value:
        return _figures(draft, sheet, below, column, matched, above, arrays, place, summed)
    scale = _scale(draft, column, matched, above, place)
    if scale is None:
        problem = draft.desk.last
        return Converted(pa.nulls(len(sheet.rows), TYPES[column.type]),
                         dict.fromkeys(range(len(sheet.rows)), problem))
    done = convert.number_column(sheet, column, position, scale)
    if not scale.percent:
        _sum_up(draft, below, column, position, scale, done, summed)
    return done


def _scale(draft: Draft, column: Column, matched: Matched, above, place, *,
           money: bool | None = None, percent: bool | None = None) -> Scale | None:
    """How the column's numbers are meant; None until the branch has said in which unit."""
    if column.type is ColumnType.INTEGER:
        return Scale(None, places=0)
    money = column.unit is not None if money is None else money
    if not money:
        words = f"{column.title}{column.note or ''}"
        rate = any(sign in words for sign in PERCENT_SIGNS) if percent is None else percent
        return Scale(None, percent=rate)
    own = column.unit or MoneyUnit.YUAN
    stated = matched.units.get(column.name)
    lines = context.money_units(above)
    if stated not in UNITS:
        if len(lines) > 1 or set(lines) - set(UNITS):
            return _ask_unit(draft, column, lines, place(matched.positions[column.name]))
        stated = lines[0] if lines else own.value
    if stated != own.value or (own is not MoneyUnit.YUAN and stated in UNITS):
        draft.desk.say(Problem(
            Code.MONEY_CONVERTED,
            f"「{column.title}」按表上写的{stated}读入，已换算成元", field=label(column),
            severity=Severity.WARNING, **place(matched.positions[column.name]),
        ))
    return Scale(UNITS[stated])


def _ask_unit(draft: Draft, column: Column, lines: Sequence[str], place: dict) -> Scale | None:
    answer = draft.desk.ask(
        f"{draft.dataset.table}/money/{column.name}/{draft.office.sha256[:DIGEST]}",
        Problem(
            Code.MONEY_UNSURE,
            f"表上写的金额单位是{'、'.join(lines)}，「{column.title}」用哪一个认不准",
            field=label(column), allowed="一张表一个金额单位，或写在各列的表头里",
            mend="说明用哪一个；下次写在表头里", **place,
        ),
        {unit: f"按{unit}" for unit in lines if unit in UNITS} or {
            unit: f"其实是{unit}" for unit in ("元", "万元", "亿元")},
    )
    return Scale(UNITS[answer]) if answer else None


def _figures(draft, sheet: Sheet, below: Sheet, column, matched: Matched, above, arrays, place,
             summed) -> Converted:
    """Ready-made figures: what a number means depends on the code in its row."""
    position = matched.positions[column.name]
    units = draft.office.known.codes
    code_column = draft.dataset.content.code
    codes = arrays[code_column].to_pylist() if code_column in arrays else [None] * len(sheet.rows)
    kinds = [_kind(units.get(code), code) for code in codes]
    whole = Whole(convert.np.zeros(len(codes), "int64"), convert.np.zeros(len(codes), bool), 2)
    result = Converted(pa.nulls(0))
    for (kind, asks), rows in convert.by_kind(kinds).items():
        scale = _scale(draft, column, matched, above, place, money=kind == "money",
                       percent=kind == "percent")
        if scale is None:
            result.problems |= dict.fromkeys(rows, draft.desk.last)
            continue
        part = convert.number_column(sheet, column, position, scale, rows, asks)
        result.problems |= part.problems
        whole.values[rows], whole.given[rows] = part.whole.values, part.whole.given
        if kind == "money" and below.rows:
            result.whole = whole
            _sum_up(draft, below, column, position, scale, result, summed, codes)
    result.array = convert.decimals(whole, 2)
    return result


def _kind(unit, code: str | None) -> tuple[str, str]:
    if isinstance(unit, Percent):
        return "percent", code
    return ("money" if isinstance(unit, Money) else "other"), ""


# ---------------------------------------------------------------- totals


def _sum_up(draft, below: Sheet, column, position: int, scale: Scale, done: Converted, summed,
            codes: Sequence[str | None] | None = None) -> None:
    if not below.rows:
        return
    told = convert.number_column(below, column, position, scale)
    factor = scale.factor or 1
    texts = (shown(v) for rows in (draft.lines.rows, below.rows)
             for v in draft.grid.column(position, rows)) if factor >= 1000 else ()
    groups = None
    if codes is not None:
        place = draft.positions[draft.dataset.content.code]
        groups = [shown(draft.grid.cell(row, place)) or None for row in below.rows]
    summed.append(totals.Summed(
        column, position, done.whole, frozenset(done.problems), told.whole,
        frozenset(told.problems),
        totals.step_of(factor, texts, scale.places) if factor >= 1000 else 1,
        "元" if scale.factor else "", codes, groups,
    ))


def _totals(draft: Draft, summed: Sequence[totals.Summed]) -> tuple[Total, ...]:
    rows = draft.lines.rows
    lines, before = [], 0
    for row, text in draft.lines.totals:
        while before < len(rows) and rows[before] < row:
            before += 1
        lines.append(totals.Line(before, text))

    def place(k: int, position: int) -> dict:
        return {"file": draft.office.path.name,
                **draft.grid.place(draft.lines.totals[k][0], position)}

    verdicts, problems = totals.check(lines, len(rows), summed, place)
    draft.desk.notices += problems
    unchecked = [k for k, verdict in enumerate(verdicts) if verdict is None]
    if unchecked:
        draft.desk.say(Problem(
            Code.TOTAL_UNCHECKED, f"有 {len(unchecked)} 行合计没有可核对的数，没有计入",
            severity=Severity.WARNING, **place(unchecked[0], 0),
        ))
    return tuple(
        Total(draft.grid.number(row), text, verdict)
        for (row, text), verdict in zip(draft.lines.totals, verdicts, strict=True)
    )


# ---------------------------------------------------------------- taking rows


def finish(office: Office, drafts: Sequence[Draft], sites: Sites | None, con) -> list[SheetRead]:
    """The rows of one dataset, from all sheets that hold it, taken or set aside."""
    dataset = drafts[0].dataset
    frame = pa.concat_tables([d.frame for d in drafts], promote_options="default")
    starts = [0]
    for draft in drafts:
        starts.append(starts[-1] + draft.frame.num_rows)

    def at(row: int) -> tuple[Draft, int]:
        k = next(k for k in range(len(drafts)) if row < starts[k + 1])
        return drafts[k], row - starts[k]

    def place(row: int, column: str | None) -> dict:
        draft, own = at(row)
        return draft.place(own, column)

    def written(row: int, column: str) -> str:
        draft, own = at(row)
        return draft.written(own, column)

    faults, notices = judge(dataset, frame, office.known, sites, Asked(place, written), con)
    drafts[0].desk.notices += [
        Problem(**{**vars(n), "file": office.path.name, "sheet": drafts[0].grid.sheet})
        for n in notices
    ]
    return [
        _sheet_read(draft, {row - start: found for row, found in faults.items()
                            if start <= row < start + draft.frame.num_rows})
        for draft, start in zip(drafts, starts[:-1], strict=True)
    ]


def _sheet_read(draft: Draft, judged: Mapping[int, Sequence[Problem]]) -> SheetRead:
    rows = draft.lines.rows
    faults = _joined(draft, judged)
    bad = range(len(rows)) if draft.holding else sorted(faults)
    rejected = tuple(
        Rejected(draft.grid.number(rows[i]), tuple(map(shown, draft.grid.rows[rows[i]])),
                 (*draft.holding, *faults.get(i, ())))
        for i in bad
    )
    accepted = _accepted(draft, set(bad))
    questions = tuple(draft.desk.questions.values())
    problems = [*draft.holding, *(q.problem for q in questions), *draft.desk.notices,
                *(p for row in rejected for p in row.problems)]
    read = len(rows) + len(draft.totals)
    if read != accepted.num_rows + len(rejected) + len(draft.totals):
        raise RuntimeError(
            f"{read} rows read, {accepted.num_rows} taken, {len(rejected)} set aside,"
            f" {len(draft.totals)} totals"
        )
    return SheetRead(
        draft.grid.sheet, draft.dataset, draft.headings, accepted, rejected, draft.totals, read,
        tuple({id(p): p for p in problems}.values()), questions, dict(draft.positions),
    )


def _joined(draft: Draft, judged: Mapping[int, Sequence[Problem]]) -> dict[int, list[Problem]]:
    """A row's faults: what its cells are not, then what its values break."""
    faults = {row: list(found) for row, found in draft.faults.items()}
    absent = {label(c) for c in draft.dataset.columns
              if c.name not in draft.frame.column_names}
    for row, found in judged.items():
        # A cell that can't be read is not also a cell left empty.
        told = absent | {p.field for p in faults.get(row, ())}
        if any(p.code in (Code.BROKEN_LINE, Code.SECOND_TABLE) for p in faults.get(row, ())):
            continue
        more = [p for p in found if not (p.code is Code.MISSING_VALUE and p.field in told)]
        if more:
            faults.setdefault(row, []).extend(more)
    return faults


def _accepted(draft: Draft, bad: set[int]) -> pa.Table:
    """The good rows in the dataset's types, money in yuan, with where they came from."""
    rows = draft.lines.rows
    good = [i for i in range(len(rows)) if i not in bad] if bad else None
    arrays = {}
    for column in draft.dataset.columns:
        if column.name in draft.frame.column_names:
            arrays[column.name] = _in_yuan(column, draft.frame[column.name])
        else:
            arrays[column.name] = pa.nulls(len(rows), TYPES[column.type])
    arrays[FILE] = pa.array([draft.office.path.name] * len(rows), pa.string())
    arrays[SHEET] = pa.array([draft.grid.sheet] * len(rows), pa.string())
    arrays[ROW] = pa.array([draft.grid.number(i) for i in rows], pa.int64())
    table = pa.table(arrays)
    return table if good is None else table.take(pa.array(good, pa.int64()))


def _in_yuan(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same digits: an amount in 万元 with six places is one in yuan with two."""
    if column.type is not ColumnType.DECIMAL or column.unit in (None, MoneyUnit.YUAN):
        return values
    whole = values.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    return pa.chunked_array([pa.Array.from_buffers(
        pa.decimal128(18, 2), len(whole), whole.buffers(), offset=whole.offset)])



"""A column at a time: what is written plainly goes through in one stroke, the rest cell by cell."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from targets.branchdata.columns import ALLOWED, label
from targets.problems import Code, Problem, Severity
from targets.schema.measures import Column, ColumnType

from . import arrays, cells, months
from .asking import Desk
from .cells import Amount, Month, Rough, Scale, Serial, Unfit
from .grid import BLANK, Fault, Grid, Percent, Uncalculated, shown
from .marks import MISSING, UNSEEN, is_missing, narrow, tidy

PLAIN_NUMBER = r"^[+-]?(\d{1,9}(\.\d{1,6})?|\d{1,13}(\.\d{1,2})?)$"
PLAIN_DATE = r"^\d{4}-\d{2}-\d{2}$"
EXPONENT = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+")
NOT_PLAIN = re.compile(
    rf"{UNSEEN.pattern}|[\uff01-\uff5e]|^\s*{EXPONENT.pattern}\s*$", re.MULTILINE
)
FEW = 2000
EXACT_FLOAT = 1e15
"""up to here a scaled binary fraction lies less than a half from the number written"""
NOISE = 4e-15
"""beyond the fifteenth digit a binary fraction says nothing"""
PERCENT_PLACES = 12
PLACES_SHOWN = 5


@dataclass
class Converted:
    """A column in its type, and every cell that did not come through."""

    array: pa.Array
    problems: dict[int, Problem] = field(default_factory=dict)
    """position among the rows: what is wrong with its cell"""
    whole: "Whole | None" = None


@dataclass(frozen=True)
class Whole:
    """Numbers in the smallest unit that is kept, for adding up."""

    values: np.ndarray
    given: np.ndarray
    places: int


@dataclass(frozen=True)
class Sheet:
    """The rows of one sheet that are to be converted."""

    file: str
    table: str
    grid: Grid
    rows: Sequence[int]
    """positions in the grid"""
    desk: Desk
    digest: str
    """tells this file's own questions from those of the next"""

    def place(self, i: int, position: int) -> dict:
        return {"file": self.file, **self.grid.place(self.rows[i], position)}

    def where(self, found: Iterable[int], position: int) -> str:
        """The first places, in words."""
        found = list(found)
        words = []
        for i in found[:PLACES_SHOWN]:
            place = self.grid.place(self.rows[i], position)
            words.append(place.get("cell") or f"第 {place['line']} 行")
        return "、".join(words) + (f" 等 {len(found)} 格" if len(found) > PLACES_SHOWN else "")

    def notice(self, code: Code, found: str, column: Column, position: int, rows: Iterable[int],
               mend: str | None = None) -> None:
        rows = list(rows)
        if rows:
            self.desk.say(Problem(
                code, f"「{column.title}」{self.where(rows, position)}{found}", mend=mend,
                field=label(column), severity=Severity.WARNING, **self.place(rows[0], position),
            ))

    def fault(self, i: int, position: int, column: Column, why: Unfit, value: Any) -> Problem:
        said = isinstance(value, Fault | Uncalculated)
        written = "" if said else (
            "的内容（不显示）" if column.personal else f"写的是“{_short(shown(value))}”，"
        )
        allowed = ALLOWED[column.type].replace("，不带千分位和单位", "") + (
            f"（{column.unit}）" if column.unit else "")
        return Problem(why.code, f"「{column.title}」{written}{why.found}", field=label(column),
                       allowed=allowed, mend=why.mend, **self.place(i, position))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


class _Memo(dict):
    """What each distinct cell comes to; the same text is understood once."""

    def __init__(self, read):
        super().__init__()
        self.read = read

    def __missing__(self, value):
        try:
            result = self.read(value)
        except Unfit as why:
            result = why
        self[value] = result
        return result


# ---------------------------------------------------------------- numbers


def numbers(values: Sequence[Any], scale: Scale) -> tuple[Whole, dict[int, Amount | Unfit]]:
    """All numbers of a column, and those that were read one by one."""
    count = len(values)
    floats = np.fromiter(
        (v if type(v) is float or type(v) is int else np.nan for v in values), float, count
    )
    kinds = Counter(map(type, values))
    if kinds[str] > values.count(""):
        _plain_texts(values, kinds.keys(), floats)
    scaled = floats * float((scale.factor or 1) * 10**scale.places)
    nearest = np.rint(scaled)
    with np.errstate(invalid="ignore"):
        clean = (np.abs(scaled - nearest) <= np.abs(nearest) * NOISE) & (
            np.abs(nearest) < EXACT_FLOAT)
    whole = np.where(clean, nearest, 0).astype(np.int64)
    given = clean.copy()
    odd: dict[int, Amount | Unfit] = {}
    memo = _Memo(lambda value: cells.amount(value, scale))
    for i in np.flatnonzero(~clean).tolist():
        value = values[i]
        if value is None or value == "":
            continue
        result = memo[value]
        if result is None:
            continue
        odd[i] = result
        if isinstance(result, Amount):
            whole[i], given[i] = result.value, True
    return Whole(whole, given, scale.places), odd


def _plain_texts(values: Sequence[Any], kinds: Set[type], floats: np.ndarray) -> None:
    texts = arrays.texts(values if kinds == {str} else
                         [v if type(v) is str else None for v in values])
    plain = pc.fill_null(pc.match_substring_regex(texts, PLAIN_NUMBER), False)
    where = plain.to_numpy(zero_copy_only=False)
    if where.any():
        floats[where] = pc.cast(texts.filter(plain), pa.float64()).to_numpy()


def number_column(sheet: Sheet, column: Column, position: int, scale: Scale,
                  rows: Sequence[int] | None = None, asks: str = "") -> Converted:
    """A number column, or the given rows of it; `asks` tells questions of its parts apart."""
    picked = list(range(len(sheet.rows))) if rows is None else list(rows)
    values = sheet.grid.column(position, [sheet.rows[i] for i in picked])
    if scale.percent:
        whole, odd, held = _percentages(sheet, column, position, scale, picked, values, asks)
    else:
        whole, odd = numbers(values, scale)
        held = {}
    problems = dict(held)
    marked, coarse = [], []
    for i, result in odd.items():
        if isinstance(result, Rough):
            if picked[i] not in held:
                coarse.append((i, result))
        elif isinstance(result, Unfit):
            problems[picked[i]] = sheet.fault(picked[i], position, column, result, values[i])
        elif result.mark:
            marked.append(picked[i])
    problems |= _rounded(sheet, column, position, coarse, picked, whole)
    sheet.notice(Code.MARK_REMOVED, "数后带注记号，已去掉，只取数", column, position, marked,
                 "记号若表示数有保留，请核对")
    if column.type is ColumnType.INTEGER:
        array = arrays.integers(whole.values, whole.given)
    else:
        array = arrays.decimals(whole.values, whole.given,
                                2 if not column.unit else 1 + len(str(column.unit.yuan)))
    return Converted(array, problems, whole)


def _rounded(sheet: Sheet, column, position, coarse: list[tuple[int, Rough]], picked,
             whole: Whole) -> dict[int, Problem]:
    """Numbers with too many places: whether they may be rounded is for the branch to say."""
    if not coarse:
        return {}
    rows = [picked[i] for i, _ in coarse]
    first = coarse[0][1]
    answer = sheet.desk.ask(
        f"{sheet.table}/round/{column.name}",
        Problem(
            Code.ROUGH_NUMBER,
            f"「{column.title}」有 {len(rows)} 格{first.found}（{sheet.where(rows, position)}）",
            field=label(column), allowed=ALLOWED[ColumnType.DECIMAL],
            mend=f"{first.mend}；或答复可以代为四舍五入", **sheet.place(rows[0], position),
        ),
        {"round": "代为四舍五入"},
    )
    if answer is None:
        return dict.fromkeys(rows, sheet.desk.last)
    for i, number in coarse:
        whole.values[i], whole.given[i] = number.value, True
    sheet.notice(Code.ROUGH_NUMBER, "小数太多，已按答复四舍五入", column, position, rows)
    return {}


def _percentages(sheet, column, position, scale, picked, values, asks):
    """Numbers of a rate: those that may be ratios are asked about."""
    fine = Scale(None, percent=True, places=PERCENT_PLACES)
    whole, odd = numbers(values, fine)
    said = np.zeros(len(values), bool)
    endless = np.zeros(len(values), bool)
    formatted = []
    for i, result in odd.items():
        if isinstance(result, Rough):
            whole.values[i], whole.given[i], endless[i] = result.value, True, True
            said[i] = not isinstance(values[i], float | int) and shown(values[i])[-1:] in "%％‰"
        elif isinstance(result, Amount) and (result.by_format or result.unit in ("%", "‰")):
            said[i] = True
            if result.by_format:
                formatted.append(picked[i])
    sheet.notice(Code.PERCENT_TAKEN, "是百分比格式，按显示的百分数读入（0.7 显示为 70%，读作 70）",
                 column, position, formatted)
    one = 10**PERCENT_PLACES
    unsaid = whole.given & ~said & (whole.values != 0)
    small = unsaid & (np.abs(whole.values) <= one)
    held: dict[int, Problem] = {}
    if small.any() and (small == unsaid).all():
        first = int(np.flatnonzero(small)[0])
        subject = f"（{asks}）" if asks else ""
        answer = sheet.desk.ask(
            # Another file, from another branch, may mean the other.
            f"{sheet.table}/percent/{column.name}{f'/{asks}' if asks else ''}/{sheet.digest}",
            Problem(
                Code.PERCENT_UNSURE,
                f"「{column.title}」{subject}的数都在 0 和 1 之间，是比值还是百分数认不准"
                f"（如 {sheet.where([picked[first]], position)}）",
                field=label(column), allowed="百分数，70% 写 70",
                mend="确认是哪一种；下次按百分数填", **sheet.place(picked[first], position),
            ),
            {"percent": "已经是百分数，0.7 就是 0.7%", "ratio": "是比值，0.7 就是 70%"},
        )
        if answer == "ratio":
            whole.values[small] *= 100
            sheet.notice(Code.PERCENT_TAKEN, "是比值，已按答复乘以 100", column, position,
                         [picked[i] for i in np.flatnonzero(small).tolist()])
        elif answer is None:
            held = {picked[i]: sheet.desk.last for i in np.flatnonzero(small).tolist()}
    elif small.any():
        sheet.notice(
            Code.PERCENT_TAKEN, "不到 1，同列别的数大于 1，按百分数读入（0.7 读作 0.7%）", column,
            position, [picked[i] for i in np.flatnonzero(small).tolist()], "若是比值，改成百分数",
        )
    step = 10 ** (PERCENT_PLACES - scale.places)
    quotient, rest = np.divmod(whole.values, step)
    rough = whole.given & ((rest != 0) | endless)
    for i in np.flatnonzero(rough).tolist():
        odd[i] = cells.rough(Decimal(int(whole.values[i])) / step, scale)
    return Whole(quotient, whole.given & ~rough, scale.places), odd, held


# ---------------------------------------------------------------- dates


def date_column(sheet: Sheet, column: Column, position: int, *, period: bool) -> Converted:
    """A date column; in the period's column a month means its last day."""
    values = sheet.grid.column(position, sheet.rows)
    kinds = set(map(type, set(values) - {""}))
    if kinds == {date}:
        return Converted(arrays.days(values))
    if kinds == {str}:
        texts = arrays.texts(values)
        plain = pc.match_substring_regex(texts, PLAIN_DATE)
        if pc.all(plain).as_py():
            try:
                return Converted(pc.cast(texts, pa.date32()))
            except pa.ArrowInvalid:
                pass  # 2026-02-30: found out one by one
    days: list[date | None] = [None] * len(values)
    result = Converted(pa.nulls(0))
    memo = _Memo(lambda value: cells.day(value, since_1904=sheet.grid.since_1904))
    odd = []
    for i, value in enumerate(values):
        kind = type(value)
        if kind is date:
            days[i] = value
        elif value is not None and value != "":
            understood = memo[value]
            if type(understood) is date:
                days[i] = understood
            elif understood is not None:
                odd.append((i, understood))
    serials, ends = [], []
    for i, understood in odd:
        if isinstance(understood, Unfit):
            result.problems[i] = sheet.fault(i, position, column, understood, values[i])
        elif isinstance(understood, Serial):
            days[i] = understood.day
            serials.append(i)
        elif period:
            ends.append((i, understood))
        else:
            result.problems[i] = sheet.fault(
                i, position, column, Unfit("只有年月，少了日", "补上日，如 2026-09-30"), values[i])
    sheet.notice(Code.DATE_TAKEN, "存的是日期序号，已换算成日期", column, position, serials,
                 "把单元格格式设为日期")
    _month_ends(sheet, column, position, ends, days, result)
    result.array = arrays.days(days)
    return result


def _month_ends(sheet, column, position, found: list[tuple[int, Month]], days, result) -> None:
    if not found:
        return
    settled = months.settle([month for _, month in found])
    taken, guessed = [], []
    for (i, month), sure in zip(found, settled, strict=True):
        if sure is not None:
            days[i] = sure.end
            (guessed if month.unsure else taken).append(i)
            continue
        text = f"{month.year}.1"
        answer = sheet.desk.ask(
            # In another file the same text may be the other month.
            f"{sheet.table}/{column.name}/{text}/{sheet.digest}",
            Problem(
                Code.MONTH_UNSURE,
                f"「{column.title}」写的是“{text}”，是 1 月还是丢了末尾 0 的 10 月，认不准",
                field=label(column), allowed="2026-01-31 或 2026 年 10 月这样的写法",
                mend="确认是哪一个月；下次按日期填", **sheet.place(i, position),
            ),
            {Month(month.year, 1).end.isoformat(): f"{month.year} 年 1 月",
             Month(month.year, 10).end.isoformat(): f"{month.year} 年 10 月"},
        )
        if answer is None:
            result.problems[i] = sheet.desk.last
        else:
            days[i] = date.fromisoformat(answer)
    sheet.notice(Code.DATE_TAKEN, "只写到月，按月末读入", column, position, taken)
    sheet.notice(Code.DATE_TAKEN, "末尾的 0 丢了（如 2016.1），按前后各月看是 1 月还是 10 月读入",
                 column, position, guessed, "按日期填，如 2016-10-31")


# ---------------------------------------------------------------- truth values


def truth_column(sheet: Sheet, column: Column, position: int) -> Converted:
    values = sheet.grid.column(position, sheet.rows)
    # True and 1 are the same key to a dictionary, and mean the same here.
    memo = _Memo(lambda value: cells.truth(value, has="有无" in column.title))
    result = Converted(pa.nulls(0))
    kept: list[bool | None] = []
    for i, value in enumerate(values):
        understood = memo[value]
        if isinstance(understood, Unfit):
            result.problems[i] = sheet.fault(i, position, column, understood, value)
            understood = None
        kept.append(understood)
    result.array = arrays.truths(kept)
    return result


# ---------------------------------------------------------------- texts and codes


@dataclass(frozen=True)
class Codes:
    """Codes that a column may hold, and names that people write instead."""

    known: frozenset[str]
    names: Mapping[str, str] = field(default_factory=dict)
    """name: its code, where only one has this name"""

    def find(self, text: str, *, number: bool = False) -> str | None:
        """The one code that is meant, when there is exactly one.

        A `number` may have lost its zeros even where it looks like a whole code.
        """
        if text in self.known and not number:
            return text
        if text in self.names:
            return self.names[text]
        if not text.isascii() or not text.isdigit():
            return None
        whole = [c for c in self.known if c.isdigit() and len(c) >= len(text) and
                 c.lstrip("0") == text.lstrip("0")]
        return whole[0] if len(whole) == 1 else None


def text_column(sheet: Sheet, column: Column, position: int, *, code: bool,
                codes: Codes | None) -> Converted:
    """A text column; `code` where it identifies something, `codes` where all of them are known."""
    values = sheet.grid.column(position, sheet.rows)
    if set(map(type, values)) == {str}:
        array = _plain_text(values, column, code, codes)
        if array is not None:
            return Converted(array)
    restored: dict[int, str] = {}
    numeric: list[int] = []
    result = Converted(pa.nulls(0))
    memo = _Memo(lambda value: _text(value, column, code, codes))
    kept: list[str | None] = []
    for i, value in enumerate(values):
        # 1, 1.0 and True are one key to a dictionary: only texts are looked up.
        understood = memo[value] if type(value) is str else _try(value, column, code, codes)
        if isinstance(understood, Unfit):
            result.problems[i] = sheet.fault(i, position, column, understood, value)
            understood = None
        elif understood is not None:
            if codes is None and type(value) in (float, int):
                numeric.append(i)
            elif codes and understood in codes.known and (
                narrow(tidy(shown(value))) != understood
            ):
                restored[i] = understood
        kept.append(understood)
    sheet.notice(Code.CODE_RESTORED, "不是完整的代码，已按机构登记补全（"
                 + "、".join(sorted(set(restored.values()))[:PLACES_SHOWN]) + "）",
                 column, position, restored, "把单元格格式设为“文本”，前面的 0 就不会丢")
    if numeric:
        _ask_numbers(sheet, column, position, numeric, kept, result)
    result.array = arrays.texts(kept)
    return result


def _try(value, column, code, codes):
    try:
        return _text(value, column, code, codes)
    except Unfit as why:
        return why


def _plain_text(values: list[str], column: Column, code: bool,
                codes: Codes | None) -> pa.Array | None:
    """The whole column at once, when no text needs more than a look."""
    written = list(set(values))
    if len(written) <= FEW:
        understood = [_try(text, column, code, codes) for text in written]
        restored = codes is not None and any(
            u is not None and u != narrow(tidy(t))
            for u, t in zip(understood, written, strict=True)
        )
        if restored or any(isinstance(u, Unfit) for u in understood):
            return None
        return arrays.chosen(arrays.texts(understood), written, values)
    if codes is not None or column.allowed:
        return None
    together = "\n".join(values)
    if not together.isascii() or (code and "+" in together):
        odd = NOT_PLAIN if code else UNSEEN
        if odd.search(together):
            return None
    clean = pc.utf8_trim_whitespace(arrays.texts(values))
    missing = pc.is_in(pc.utf8_lower(clean), arrays.texts(MISSING))
    return pc.if_else(missing, pa.nulls(len(clean), pa.string()), clean)


def _text(value: Any, column: Column, code: bool, codes: Codes | None) -> str | None:
    if isinstance(value, Fault | Uncalculated):
        cells._common(value)
    if value in BLANK:
        return None
    if isinstance(value, bool):
        raise Unfit("存成了逻辑值", "按文字填")
    if isinstance(value, Percent | date | datetime) or not isinstance(value, str | int | float):
        raise Unfit("存成了日期、时间或百分数", "把单元格格式设为“文本”，再重新填写")
    if isinstance(value, int | float):
        if not (float(value).is_integer() and abs(value) < 1e15):
            raise Unfit("存成了数字，位数已经不全", "把单元格格式设为“文本”，再重新填写",
                        Code.CODE_AS_NUMBER)
        text = str(int(value))
        if not codes:
            return text
        found = codes.find(text, number=True)
        if found is None:
            raise Unfit("存成了数字，补不出唯一的代码", "把单元格格式设为“文本”，再填完整的代码",
                        Code.CODE_AS_NUMBER)
        return found
    text = tidy(value)
    if text in column.allowed:
        return text
    if is_missing(text):
        return None
    if code and EXPONENT.fullmatch(text):
        raise Unfit("成了科学计数法，后几位已经丢失", "把单元格格式设为“文本”，再重新填写",
                    Code.CODE_AS_NUMBER)
    if codes:
        return codes.find(narrow(text)) or codes.find(text) or narrow(text)
    if column.allowed:
        same = narrow(text).replace(" ", "").casefold()
        return next((a for a in column.allowed if a.casefold() == same), text)
    return narrow(text) if code else text


def _ask_numbers(sheet, column, position, numeric, kept, result) -> None:
    """Codes kept as numbers: whether zeros were lost can't be seen from them."""
    answer = sheet.desk.ask(
        f"{sheet.table}/numbers/{column.name}",
        Problem(
            Code.CODE_AS_NUMBER,
            f"「{column.title}」有 {len(numeric)} 格存成了数字，前面有没有丢掉 0 认不准"
            f"（{sheet.where(numeric, position)}）",
            field=label(column), allowed="文字，如 0101",
            mend="确认编号本来就不以 0 开头；否则把单元格格式设为“文本”，再重新填写",
            **sheet.place(numeric[0], position),
        ),
        {"whole": "编号本来就不以 0 开头，照数字读"},
    )
    if answer is None:
        for i in numeric:
            result.problems[i] = sheet.desk.last
            kept[i] = None


def by_kind(kinds: Sequence[Any]) -> dict[Any, list[int]]:
    """Rows that are of the same kind."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, kind in enumerate(kinds):
        groups[kind].append(i)
    return groups

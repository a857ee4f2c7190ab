"""One cell at a time: from what a person wrote to an exact value, or why not.

Amounts come as whole numbers of the smallest unit that is kept: cents of yuan for money, hundredths
for other decimals, ones for integers.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from targets.periods import month_end
from targets.problems import Code

from .grid import BLANK, Fault, Percent, Uncalculated
from .marks import BLANKS, is_missing, narrow, tidy, without_mark

UNITS = {"亿元": 10**8, "千万元": 10**7, "百万元": 10**6, "万元": 10**4, "千元": 1000, "元": 1,
         "亿": 10**8, "万": 10**4, "千": 1000}
UNIT_WORDS = "|".join(sorted(UNITS, key=len, reverse=True))
NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>\d{1,3}(?:(?P<gap>[, ])\d{3})(?:(?P=gap)\d{3})*|\d+)"
    r"(?P<fraction>\.\d*)?"
    rf" ?(?P<unit>{UNIT_WORDS}|[%‰])?(?P<of>[户个次人笔张家年台辆只件名处倍分位])?"
)
LIMIT = 10**18
"""what DECIMAL(18,2) holds, in cents"""
FIRST_SERIAL, LAST_SERIAL = 18264, 73050  # 1950 and 2100
DATE = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
MONTH = re.compile(r"(\d{4})(?:[-/](\d{1,2})|\.(\d{1,2})|年(\d{1,2})月(?:份|末|底)?|(\d{2}))")
QUARTER = re.compile(r"(\d{4})(?:年)?(?:第?([一二三四1-4])季度?(?:末|底)?|[Qq]([1-4]))")
CHINESE_QUARTER = {"一": 1, "二": 2, "三": 3, "四": 4}
YES = frozenset({"是", "y", "yes", "true", "1", "√", "✓", "✔", "对"})
NO = frozenset({"否", "n", "no", "false", "0", "×", "✗", "✘", "x", "错"})


class Unfit(Exception):
    """A cell that is no value of its column; said without the value itself."""

    def __init__(self, found: str, mend: str, code: Code = Code.NOT_A_VALUE):
        super().__init__(found)
        self.found, self.mend, self.code = found, mend, code


class Rough(Unfit):
    """A number with more places than are kept."""

    def __init__(self, value: int, found: str, mend: str):
        super().__init__(found, mend)
        self.value = value
        """rounded, halves away from zero"""


@dataclass(frozen=True)
class Scale:
    """How numbers of a column are meant."""

    factor: int | None
    """yuan of one unit where nothing else is said in the cell; None where it is no money"""
    percent: bool = False
    places: int = 2
    """decimal places that are kept; 0 for integers"""


@dataclass(frozen=True)
class Amount:
    """A number read: in the smallest unit, and what had to be understood on the way."""

    value: int
    mark: str = ""
    unit: str = ""
    by_format: bool = False
    """×100 because the cell is formatted as a percentage"""


def _common(value: Any) -> None:
    if isinstance(value, Fault):
        raise Unfit(f"单元格里是公式错误 {value.text}", "改正公式，或直接填上数值", Code.ERROR_CELL)
    if isinstance(value, Uncalculated):
        raise Unfit("公式没有存下结果", "用 Excel 或 WPS 打开并保存一次，或粘贴成数值",
                    Code.NOT_CALCULATED)


def amount(value: Any, scale: Scale) -> Amount | None:
    """A number; None where nothing is written."""
    _common(value)
    if value in BLANK:
        return None
    if isinstance(value, bool):
        raise Unfit("写的是逻辑值，不是数", "改成数")
    if isinstance(value, int | float):
        return Amount(_whole(_exact(value) * (scale.factor or 1), scale))
    if isinstance(value, Percent):
        if not scale.percent:
            raise Unfit("单元格是百分比格式，这一列不是比率", "改成普通数字格式并核对")
        return Amount(_whole(_exact(value.value) * 100, scale), by_format=True)
    if not isinstance(value, str):
        raise Unfit("写的是日期或时间，不是数", "把单元格格式改成数值，再重新填写")
    return _written(value, scale)


def _exact(value: float) -> Decimal:
    # Fifteen digits are what a spreadsheet shows and means; the rest is binary noise.
    return Decimal(f"{value:.15g}")


def _written(text: str, scale: Scale) -> Amount | None:
    text = tidy(text)
    if is_missing(text):
        return None
    text, mark = without_mark(text)
    text = BLANKS.sub(" ", narrow(text)).replace("−", "-").replace("－", "-")
    text = text.lstrip("¥￥").removeprefix("人民币").strip()
    match = NUMBER.fullmatch(text)
    if not match:
        raise Unfit("不是数", "只留数字" if scale.places else "只留整数")
    digits = re.sub("[, ]", "", match["digits"])
    number = Decimal(f"{match['sign']}{digits}{match['fraction'] or ''}")
    unit, of = match["unit"] or "", match["of"] or ""
    if unit in ("%", "‰"):
        if not scale.percent:
            raise Unfit(f"带着 {unit}，这一列不是比率", "核对是不是填错了列")
        return Amount(_whole(number / (1 if unit == "%" else 10), scale), mark, unit)
    if unit and scale.factor is None:
        if not (of and unit in ("万", "千", "亿")):
            raise Unfit(f"带着“{unit}”，这一列不是金额", "只留数字")
        return Amount(_whole(number * UNITS[unit], scale), mark, unit)
    if of and scale.factor is not None:
        raise Unfit(f"带着“{of}”，这一列是金额", "核对是不是填错了列")
    factor = UNITS[unit] if unit else scale.factor or 1
    return Amount(_whole(number * factor, scale), mark, unit)


def _whole(value: Decimal, scale: Scale) -> int:
    smallest = value.scaleb(scale.places)
    if smallest != smallest.to_integral_value():
        if scale.places == 0:
            raise Unfit("不是整数", "改成整数")
        raise rough(smallest, scale)
    if abs(smallest) >= LIMIT:
        raise Unfit("数太大了", "核对单位和小数点")
    return int(smallest)


def rough(smallest: Decimal, scale: Scale) -> Rough:
    """A number that is not whole in the smallest unit kept."""
    return Rough(int(smallest.quantize(Decimal(1), ROUND_HALF_UP)),
                 "小数多于两位" + ("（换算成元之后）" if scale.factor else ""),
                 "四舍五入到" + ("分" if scale.factor else "两位小数"))


# ---------------------------------------------------------------- dates


@dataclass(frozen=True)
class Month:
    """A month without its day."""

    year: int
    month: int
    unsure: bool = False
    """2016.1: January, or October with its zero lost"""
    padded: bool = False
    """2016.01: written with two digits"""

    @property
    def end(self) -> date:
        return month_end(self.year, self.month)


@dataclass(frozen=True)
class Serial:
    """A date kept as a number of days."""

    day: date


def day(value: Any, *, since_1904: bool = False) -> date | Month | Serial | None:
    """A date, a month or a quarter's last month; None where nothing is written."""
    _common(value)
    if value in BLANK:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        raise _no_date()
    if isinstance(value, int | float):
        return _from_number(value, since_1904)
    if not isinstance(value, str):
        raise _no_date()
    text = tidy(value)
    if is_missing(text):
        return None
    text = BLANKS.sub(" ", narrow(without_mark(text)[0]))
    joined = re.sub(r" ?([-/.年月日]) ?", r"\1", text)
    return _from_text(joined, since_1904)


def _no_date(mend: str = "写成 2026-09-30 或 2026/9/30；没有发生就空着") -> Unfit:
    return Unfit("不是日期", mend)


def _date(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Unfit("没有这一天", "核对年月日") from None


def _month(year: str, month: int, **flags: bool) -> Month:
    if not 1 <= month <= 12 or not 1900 <= int(year) <= 2100:
        raise _no_date()
    return Month(int(year), month, **flags)


def _from_text(text: str, since_1904: bool) -> date | Month | Serial:
    if match := DATE.fullmatch(text):
        year, _, *pairs = match.groups()
        month, of_month = next((m, d) for m, d in zip(pairs[::2], pairs[1::2], strict=True) if m)
        return _date(year, month, of_month)
    if match := MONTH.fullmatch(text):
        year, dashed, dotted, chinese, joined = match.groups()
        if dotted:
            return _month(year, int(dotted), unsure=dotted == "1", padded=dotted.startswith("0"))
        return _month(year, int(dashed or chinese or joined))
    if match := QUARTER.fullmatch(text):
        quarter = CHINESE_QUARTER.get(match[2]) or int(match[2] or match[3])
        return _month(match[1], quarter * 3)
    if re.fullmatch(r"\d{5}(?:\.0+)?", text):
        return _from_number(float(text), since_1904)
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}", text):
        raise Unfit("年份不在最前，或只写了两位，认不准", "写成 2026-09-30")
    raise _no_date()


def _from_number(value: float, since_1904: bool) -> date | Month | Serial:
    if FIRST_SERIAL <= value + (1462 if since_1904 else 0) < LAST_SERIAL:
        first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30)
        return Serial(first + timedelta(days=int(value)))
    return _from_text(format(_exact(value), "f"), since_1904)


# ---------------------------------------------------------------- truth values


def truth(value: Any, *, has: bool = False) -> bool | None:
    """是 or 否; `has` where the column asks 有无, so that 无 is an answer."""
    _common(value)
    if value in BLANK:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        text = narrow(tidy(value)).casefold()
        if has and text in ("有", "无"):
            return text == "有"
        if text in YES | NO:
            return text in YES
        if is_missing(text):
            return None
    raise Unfit("不是“是”或“否”", "填 是 或 否")



"""What stands around a table: the period, the unit of the bank, the unit of money."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from targets.schema.organisation import Unit

from .cells import Month
from .marks import BLANKS, tidy

# 填报单位 and the like name who reports, not what is counted.
MONEY_LINE = re.compile(
    r"(?<![报送制总成属责])(?:金额|货币|计量)?单位(?::|均?为|是)(.*)|以(.*?)为单位"
)
# 万美元 is found too, so that it is not taken for 元.
MONEY_WORD = re.compile(r"[^\s,、;:。()\[\]/]*元")
IN_BRACKETS = re.compile(r"[(\[](?:单位:)?([十百千万亿美港欧日]*元)[)\]]")
WHEN_WRITTEN = re.compile(
    r"(?:填报|填表|制表|编制|打印|导出|生成|下载|查询|报送|报出|上报|审核|签发)(?:日期|时间|日|于)?:?"
    r"[\d年月日./ :-]*"
)
Y, M = r"((?:19|20)\d{2})", r"(0?[1-9]|1[0-2])"
DATES = (
    # The end of a range is what counts: 2026年1-9月, 2026年1月至9月.
    (re.compile(rf"{Y}年{M}月?(?:-|~|至|—|到)(?:{Y}年)?{M}月(?!\d{{1,2}}日|\d)"), "range"),
    (re.compile(rf"{Y}年{M}月(\d{{1,2}})日"), "day"),
    (re.compile(rf"(?<!\d){Y}([-./]){M}\2(\d{{1,2}})(?!\d)"), "marked"),
    (re.compile(rf"(?<!\d){Y}(0[1-9]|1[0-2])([0-3]\d)(?!\d)"), "day"),
    (re.compile(rf"{Y}年{M}月"), "month"),
    (re.compile(rf"(?<![\d./-]){Y}[-./](0[1-9]|1[0-2]|[2-9])(?![\d./-])"), "month"),
    (re.compile(rf"(?<!\d){Y}(0[1-9]|1[0-2])(?!\d)"), "month"),
    (re.compile(rf"{Y}年?(?:第)?([一二三四1-4])季度?"), "quarter"),
    (re.compile(rf"(?<!\d){Y}[Qq]([1-4])"), "quarter"),
    (re.compile(rf"{Y}年(上半年|年末|年底|末|底|全年|年度|度)"), "part"),
)
CODE_LINE = re.compile(r"机构|单位|支行|分行|网点|代码|行号")
QUARTERS = {"一": 3, "二": 6, "三": 9, "四": 12, "1": 3, "2": 6, "3": 9, "4": 12}


def even(text: str) -> str:
    """A line as it is looked through: one width, no blanks."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", tidy(text)))


def money_units(texts: Iterable[str]) -> list[str]:
    """The units of money that lines above a table state."""
    found: list[str] = []
    for text in map(even, texts):
        line = MONEY_LINE.search(text)
        found += (MONEY_WORD.findall(line[1] or line[2]) if line
                  else IN_BRACKETS.findall(text))
    return list(dict.fromkeys(found))


def dates(text: str) -> list[date]:
    """The period ends that a line states; when it was written does not count."""
    text = WHEN_WRITTEN.sub("", even(text))
    found: list[date] = []
    for pattern, kind in DATES:
        def take(match: re.Match, kind=kind) -> str:
            day = _end(match, kind)
            if day:
                found.append(day)
            return " "
        text = pattern.sub(take, text)
    return found


def _end(match: re.Match, kind: str) -> date | None:
    year, *rest = match.groups()
    if kind == "range":
        return Month(int(rest[1] or year), int(rest[2])).end
    if kind in ("day", "marked"):
        month, day = rest[-2:]
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            return None
    if kind == "month":
        return Month(int(year), int(rest[0])).end
    if kind == "quarter":
        return Month(int(year), QUARTERS[rest[0]]).end
    return date(int(year), 6, 30) if rest[0] == "上半年" else date(int(year), 12, 31)


def units_named(texts: Iterable[str], units: Sequence[Unit]) -> list[Unit]:
    """The units of the bank that lines name; a unit goes before those above it."""
    found: dict[str, Unit] = {}
    for text in texts:
        names = [u for u in units if u.name in even(text)]
        for unit in names:
            if not any(unit.name != o.name and unit.name in o.name for o in names):
                found[unit.id] = unit
        if CODE_LINE.search(text):
            codes = set(re.findall(r"[0-9A-Za-z]+", unicodedata.normalize("NFKC", text)))
            found |= {u.id: u for u in units if u.code in codes}
    above = {name for unit in found.values() for name in _above(unit, {u.id: u for u in units})}
    return [unit for unit in found.values() if unit.id not in above]


def _above(unit: Unit, by_id: Mapping[str, Unit]) -> Iterable[str]:
    while unit and unit.parent:
        yield unit.parent
        unit = by_id.get(unit.parent)



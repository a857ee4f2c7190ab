"""A value as people write it (75%, 5至10个百分点, 950亿元) -> exact numbers in a target's unit."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from targets.catalog.crosschecks import quantity_unit
from targets.problems import Code, Problem, Problems
from targets.schema.criteria import (
    Change,
    ExtraChange,
    Frequency,
    Single,
    StatusReached,
    Within,
)
from targets.schema.measures import (
    Count,
    Metric,
    Money,
    MoneyUnit,
    Multiple,
    Percent,
    Rank,
    Score,
    State,
    Unstated,
    value_problem,
)

MOST_DIGITS = 20
REPEAL = ("取消", "不再要求")
_NUMBER = r"[-+]?[0-9]+(?:\.[0-9]+)?"
_ONE = re.compile(rf"第?({_NUMBER})([^0-9.]*)\Z")
_RANGE = re.compile(rf"({_NUMBER})([^0-9.~至到—–-]*)(?:~|至|到|—+|–|-)({_NUMBER})([^0-9.]*)\Z")
_RATIO = re.compile(rf"({_NUMBER}):({_NUMBER})\Z")
_PER_CENT = re.compile(r"百分之([0-9.]+)")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")
_POINTS = {"个百分点", "百分点"}
_TIMES = {"": 1, "百": 100, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
          "亿": 10**8}


@dataclass(frozen=True)
class Amount:
    """What was asked for, in the unit of what is judged. Both ends the same: a single value."""

    low: Decimal | None
    """None: no value is asked for any more"""
    high: Decimal | None

    def dated(self, ranged: bool) -> dict:
        """The number or numbers of a dated value, as written in a decision."""
        if ranged:
            return {"low": self.low, "high": self.high}
        return {"value": self.low}


@dataclass(frozen=True)
class Units:
    """Words for the unit of what is judged, each with what one of it makes."""

    words: dict[str, Decimal]
    allowed: str
    bare: bool
    """whether a number alone can mean only one thing"""


def units(metric: Metric, single: Single) -> Units:
    """The units in which a value of this part may be written."""
    unit, quantity = quantity_unit(metric, single.quantity), single.quantity
    one = Decimal(1)
    match unit:
        case Percent() if isinstance(quantity, Change | ExtraChange):
            return Units(dict.fromkeys(_POINTS, one), "百分点，如 5个百分点", bare=False)
        case Percent():
            return Units({"%": one}, "百分数，如 75%", bare=True)
        case Money():
            words = {
                word: Decimal(m.yuan) / unit.unit.yuan
                for m in MoneyUnit
                for word in ({m.value, m.value.removesuffix("元")} - {""})
            }
            return Units(words, f"金额，如 950{unit.unit.value}、{_another(unit.unit)}", bare=False)
        case Count():
            of = [unit.of, *(["次"] if isinstance(quantity, Frequency) else [])]
            words = {f"{n}{w}": Decimal(k) for n, k in _TIMES.items() for w in of}
            words |= {n: Decimal(k) for n, k in _TIMES.items() if n}
            return Units(words, f"个数，如 300{unit.of}、1.2万{unit.of}", bare=True)
        case Multiple():
            return Units({"倍": one}, "倍数，如 3倍 或 3:1", bare=True)
        case Score():
            return Units({"分": one}, "分数，如 90分", bare=True)
        case Rank():
            return Units({"位": one, "名": one}, "名次，如 第2位", bare=True)
        case State(states=states):
            words = "、".join(states) if states else "档次由低到高的序号"
            return Units({"档": one, "级": one}, words, bare=True)
        case Unstated():
            return Units({}, "只写数（原文没有说单位）", bare=True)
    raise TypeError(type(unit).__name__)


def _another(unit: MoneyUnit) -> str:
    return "9500000万元" if unit is MoneyUnit.YI else "9.5亿元"


def amount(text: str, metric: Metric, single: Single) -> Amount:
    """The value meant, exactly. Raises Problems: with what is allowed and how to mend it."""
    said = _THOUSANDS.sub("", "".join(unicodedata.normalize("NFKC", text).split()))
    said = _PER_CENT.sub(r"\1%", said)
    if said in REPEAL:
        return Amount(None, None)
    ranged, known = isinstance(single.test, Within), units(metric, single)
    states = metric.unit.states if isinstance(metric.unit, State) else ()
    if isinstance(single.quantity, StatusReached) and said in states:
        place = Decimal(states.index(said) + 1)
        return Amount(place, place)
    low, high = _numbers(said, text, ranged, metric, known)
    unit = quantity_unit(metric, single.quantity)
    for number in dict.fromkeys((low, high)):
        problem = value_problem(unit, number)
        if problem:
            raise Problems([Problem(Code.VALUE_OUTSIDE_UNIT, problem, allowed=known.allowed)])
    if low > high:
        raise _refused(Code.NOT_A_NUMBER, f"“{text}”的下限大于上限", known, "从小到大写")
    return Amount(low, high)


def _numbers(
    said: str, text: str, ranged: bool, metric: Metric, known: Units
) -> tuple[Decimal, Decimal]:
    if (ratio := _RATIO.match(said)) and "倍" in known.words and Decimal(ratio[2]):
        quotient = Decimal(ratio[1]) / Decimal(ratio[2])
        if quotient * Decimal(ratio[2]) != Decimal(ratio[1]):
            raise _refused(Code.NOT_A_NUMBER, f"“{text}”除不尽", known, "写成除得尽的倍数")
        return (_plain(quotient),) * 2
    one, both = _ONE.match(said), _RANGE.match(said)
    if ranged and not both:
        raise _refused(
            Code.NOT_A_NUMBER, f"“{text}”不是范围，而{metric.name}要求在一个范围内", known,
            f"写下限和上限，如 5至10{next(iter(known.words), '')}",
        )
    if both and not ranged and not one:
        raise _refused(Code.NOT_A_NUMBER, f"“{text}”是范围，这里只要一个数", known, "写一个数")
    if both and ranged:
        word = both[4] or both[2]
        return tuple(
            _converted(number, own or word, text, metric, known)
            for number, own in ((both[1], both[2]), (both[3], both[4]))
        )
    if not one:
        raise _refused(
            Code.NOT_A_NUMBER, f"从“{text}”看不出是多少", known,
            f"用阿拉伯数字加单位写；不再要求就写 {REPEAL[0]}",
        )
    found = _converted(one[1], one[2], text, metric, known)
    return found, found


def _converted(number: str, word: str, text: str, metric: Metric, known: Units) -> Decimal:
    value = Decimal(number)
    if len(value.as_tuple().digits) > MOST_DIGITS:
        raise _refused(Code.NOT_A_NUMBER, f"“{text}”的位数太多", known, "核对数字")
    if not word:
        fraction = "%" in known.words and 0 < abs(value) <= 1
        if fraction:
            found = f"“{text}”是 {number}% 还是 {_plain(value * 100)}%，定不下来"
            raise _refused(Code.NO_UNIT, found, known, "连百分号一起写")
        if not known.bare:
            mend = f"连单位一起写：{metric.name}要写{known.allowed}"
            raise _refused(Code.NO_UNIT, f"“{text}”没有写单位", known, mend)
        return _plain(value)
    if word not in known.words:
        hint = None
        if word in _POINTS and "%" in known.words:
            hint = "百分点是两个比率之差；这里定的是比率本身，用 %"
        elif word == "%" and _POINTS & known.words.keys():
            hint = "这里定的是比率升降多少，用百分点"
        raise _refused(
            Code.UNIT_MISFIT, f"“{text}”的单位“{word}”与{metric.name}不合", known, hint
        )
    return _plain(value * known.words[word])


def _plain(value: Decimal) -> Decimal:
    """Without an exponent or zeros at the end: written as a person would."""
    whole = value == value.to_integral_value()
    return value.quantize(Decimal(1)) if whole else value.normalize()


def _refused(code: Code, found: str, known: Units, mend: str | None) -> Problems:
    return Problems([Problem(code, found, allowed=known.allowed, mend=mend)])

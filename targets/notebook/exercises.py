"""Exercises that check themselves and answer kindly, in Chinese.

A check never raises for what a learner wrote: nothing yet, text, a whole column, a ratio where per
cent is meant, a number rounded or mistaken. The right answer is always computed from the data.
"""

import numbers
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from html import escape
from inspect import signature
from math import isfinite

from targets.wording import rounded


class Outcome(Enum):
    """How an answer stands."""

    TODO = "还没写完"
    ALMOST = "就差一步"
    WRONG = "再想一想"
    RIGHT = "对了"


@dataclass(frozen=True)
class Feedback:
    """What a check answers."""

    outcome: Outcome
    text: str

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.RIGHT

    def __repr__(self) -> str:
        return f"{self.outcome.value}：{self.text}"

    def _repr_html_(self) -> str:
        mark = {Outcome.RIGHT: "✓", Outcome.TODO: "…"}.get(self.outcome, "✎")
        colour = {Outcome.RIGHT: "#0072b2", Outcome.TODO: "#4d5a66"}.get(self.outcome, "#b34700")
        return (
            f'<p role="status" style="border-left:4px solid {colour};padding:0.3em 0.8em">'
            f"<strong>{mark} {self.outcome.value}</strong>：{escape(self.text)}</p>"
        )


@dataclass(frozen=True)
class Exercise:
    """A question and the check of its answers."""

    title: str
    question: str
    """Markdown"""
    _check: Callable[..., Feedback]

    def _repr_markdown_(self) -> str:
        return f"**{self.title}**\n\n{self.question}"

    def __repr__(self) -> str:
        return f"{self.title}\n{self.question}"

    def check(self, *answers, **named) -> Feedback:
        """Judge the answers; whatever they are, an answer comes back."""
        wanted = signature(self._check)
        try:
            wanted.bind(*answers, **named)
        except TypeError:
            names = "、".join(wanted.parameters)
            return Feedback(Outcome.TODO, f"这一题要交 {len(wanted.parameters)} 个答案：{names}")
        return self._check(*answers, **named)


# --- reading what a learner wrote


@dataclass(frozen=True)
class Unreadable:
    """Why an answer is no number yet."""

    outcome: Outcome
    why: str


def read_number(answer: object, name: str) -> Fraction | Unreadable:
    """The number an answer means, or why it is none."""
    if answer is None or answer is Ellipsis:
        return Unreadable(Outcome.TODO, f"还没有写 {name}，把算式填在等号后面")
    if isinstance(answer, str):
        return Unreadable(Outcome.ALMOST, f"{name} 写成了文字，去掉引号和百分号，只留数")
    if callable(answer):
        return Unreadable(Outcome.WRONG, f"{name} 是一个函数，是不是忘了写后面的括号？")
    if hasattr(answer, "shape") and getattr(answer, "shape", ()) != ():
        size = "×".join(map(str, answer.shape))
        if tuple(answer.shape) != (1,):
            return Unreadable(
                Outcome.WRONG, f"{name} 是一整张表或一整列（{size}），还要数一数、加起来"
            )
        answer = answer.iloc[0] if hasattr(answer, "iloc") else answer[0]
    if hasattr(answer, "item") and not isinstance(answer, numbers.Number):
        answer = answer.item()
    if isinstance(answer, bool):
        return Unreadable(Outcome.WRONG, f"{name} 是“真/假”，这里要一个数")
    if isinstance(answer, Fraction | Decimal | numbers.Integral):
        return Fraction(answer) if _finite(answer) else _not_finite(name)
    if isinstance(answer, numbers.Real):
        return Fraction(repr(float(answer))) if isfinite(answer) else _not_finite(name)
    return Unreadable(Outcome.WRONG, f"{name} 是 {type(answer).__name__}，这里要一个数")


def _finite(answer) -> bool:
    return not isinstance(answer, Decimal) or answer.is_finite()


def _not_finite(name: str) -> Unreadable:
    return Unreadable(Outcome.WRONG, f"{name} 不是一个有限的数，看看是不是除以了 0，或表是空的")


# --- judging it


@dataclass(frozen=True)
class Slip:
    """A mistake that people make: its value, and the hint that helps."""

    value: Fraction | int | None
    hint: str


def judge_percent(
    answer: object, expected: Fraction, name: str, slips: Iterable[Slip] = (), points: bool = False
) -> Feedback | None:
    """None when the answer is right to a tenth; else what is still missing or wrong.

    points: the answer is a difference in 百分点.
    """
    given = read_number(answer, name)
    if isinstance(given, Unreadable):
        return Feedback(given.outcome, given.why)
    near = Fraction(5, 100)
    if abs(given - expected) <= near:
        return None
    unit = "百分点" if points else "百分数"
    # a ratio is told from a per cent only where the two can't be taken for each other
    if abs(expected) >= Fraction(1, 2) and abs(given * 100 - expected) <= near:
        return Feedback(
            Outcome.ALMOST,
            f"算得对，写法差一步：{name} 要写成{unit}，手册里写 {rounded(expected, 2)}，"
            f"不写 {rounded(given, 4)}；乘以 100 就好",
        )
    for slip in slips:
        if slip.value is None or abs(slip.value - expected) <= near:
            continue
        if abs(given - slip.value) <= near or abs(given * 100 - slip.value) <= near:
            return Feedback(Outcome.WRONG, f"{name} 得 {rounded(given, 2)}：{slip.hint}")
    if not points and not 0 <= given <= 100:
        return Feedback(
            Outcome.WRONG, f"{name} 得 {rounded(given, 2)}，比率应在 0 到 100 之间；看看分子和分母"
        )
    side = "大" if given > expected else "小"
    return Feedback(
        Outcome.WRONG, f"{name} 得 {rounded(given, 2)}，偏{side}了；看看每一步数的是不是该数的行"
    )


def judge_count(
    answer: object, expected: int, name: str, slips: Iterable[Slip] = ()
) -> Feedback | None:
    """None when the answer is right; else what is still missing or wrong."""
    given = read_number(answer, name)
    if isinstance(given, Unreadable):
        return Feedback(given.outcome, given.why)
    if given == expected:
        return None
    for slip in slips:
        if slip.value is not None and abs(given - slip.value) < Fraction(1, 1000):
            return Feedback(Outcome.WRONG, f"{name} 得 {_plain(given)}：{slip.hint}")
    if given.denominator != 1 and expected - 1 < given < expected + 1:
        return Feedback(
            Outcome.ALMOST, f"{name} 得 {_plain(given)}：户数没有半户，要往上取整才够（math.ceil）"
        )
    if given < 0:
        return Feedback(Outcome.WRONG, f"{name} 得 {_plain(given)}，是负数：减的方向反了")
    side = "多" if given > expected else "少"
    return Feedback(
        Outcome.WRONG, f"{name} 得 {_plain(given)}，算{side}了；先想目标要多少户，再减已有的"
    )


def _plain(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else rounded(value, 2)

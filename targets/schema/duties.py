"""Recurring obligations: who does what, to whom, how often, by when.

A duty's *period* (this quarter) and its *due date* (the 10th of the next) are two things; the
period reported on follows from both. What a source leaves unsaid is a value of its own here
(`unsaid`, `unknown`, `unstated`), never a default that looks like an answer.
"""

from datetime import date, time
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .base import Basis, Day, Labelled, Model, Record, Ref, SourceRecord, Text
from .measures import ActorPeriod


def _in_every_year(value: str) -> str:
    try:
        date.fromisoformat(f"2001-{value}")  # no leap year: 02-29 would be missing in most
    except ValueError:
        raise PydanticCustomError(
            "day_impossible", "不是每年都有 {day} 这一天", {"day": value}
        ) from None
    return value


MonthDay = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$"), AfterValidator(_in_every_year)
]


class Fixed(Model):
    """Once every period."""

    title_zh: ClassVar[str] = "每期一次"

    kind: Literal["fixed"]
    every: ActorPeriod = Field(description="时期")


class Quota(Model):
    """So many times per period."""

    title_zh: ClassVar[str] = "每期若干次"

    kind: Literal["quota"]
    times: int = Field(ge=1, description="几次")
    per: ActorPeriod = Field(description="时期")
    at_least: bool = Field(False, description="原文写“不少于”")


class ChosenDays(Model):
    """Days that the unit fixes for itself within each period."""

    title_zh: ClassVar[str] = "由机构自定日子"

    kind: Literal["chosen_days"]
    days: int = Field(ge=1, description="几天")
    per: ActorPeriod = Field(description="时期")


class YearlySpan(Model):
    """The same days each year; a last day before the first lies in the next year."""

    title_zh: ClassVar[str] = "每年的同一段日子"

    first: MonthDay = Field(description="每年几月几日起，写成 01-01")
    last: MonthDay = Field(description="每年几月几日止（含），写成 03-31；早于起日即跨年")


class Season(Model):
    """In a season or a campaign: once in it, or once every so often while it lasts."""

    title_zh: ClassVar[str] = "某个时段"

    kind: Literal["season"]
    season: Text = Field(description="哪个时段（照录）")
    start: Day | None = Field(None, description="起；原文没有就留空")
    end: Day | None = Field(None, description="止（含）；原文没有就留空")
    each_year: YearlySpan | None = Field(None, description="每年同样的日子，就写这里")
    every: ActorPeriod | None = Field(None, description="时段之内多久一次；整段一次就不写")

    @model_validator(mode="after")
    def _span(self):
        if self.each_year and (self.start or self.end):
            raise PydanticCustomError(
                "deadline_conflict", "each_year 与 start、end 只能写一种"
            )
        if self.start and self.end and self.end < self.start:
            raise PydanticCustomError(
                "span_reversed",
                "结束 {end} 早于开始 {start}",
                {"start": str(self.start), "end": str(self.end)},
            )
        return self


class Event(Model):
    """When something happens."""

    title_zh: ClassVar[str] = "由事情触发"

    kind: Literal["event"]
    trigger: Text = Field(description="什么事触发（自己的话）")


class Vague(Model):
    """The source's word gives no period, and none is invented."""

    title_zh: ClassVar[str] = "只有频次词"

    kind: Literal["vague"]
    word: Text = Field(description="原文的词：经常、定期、适时……")


class Once(Model):
    """To be done once; the source may say no date."""

    title_zh: ClassVar[str] = "做一次"

    kind: Literal["once"]
    by: Day | None = Field(None, description="何日之前；原文没有就留空")


Recurrence = Annotated[
    Fixed | Quota | ChosenDays | Season | Event | Vague | Once, Field(discriminator="kind")
]


class DayInclusion(Labelled):
    INCLUDED = "included", "含当日"
    EXCLUDED = "excluded", "不含当日"
    UNSAID = "unsaid", "原文未说是否含当日"


class FollowingDay(Model):
    """Day n of the first month after the period (每季度首月10日前)."""

    title_zh: ClassVar[str] = "下一期首月的第几天以前"

    kind: Literal["following_day"]
    day: int = Field(ge=1, le=31, description="次期首月几日")
    inclusion: DayInclusion = Field(description="是否含当日")


class DayOfPeriod(Model):
    """Day n of the period itself (每月25日前; of a week, 1 is Monday)."""

    title_zh: ClassVar[str] = "当期的第几天以前"

    kind: Literal["day_of_period"]
    day: int = Field(ge=1, le=365, description="本期第几天；按周的 1 是星期一")
    inclusion: DayInclusion = Field(description="是否含当日")


class DaysAfter(Model):
    """n days, or working days, after the period ends (or after the event)."""

    title_zh: ClassVar[str] = "期末（或事后）几天以内"

    kind: Literal["days_after"]
    days: int = Field(ge=1, le=366, description="几天")
    working: bool = Field(description="是否按工作日数")


class PeriodEnd(Model):
    """By the last day of the period."""

    title_zh: ClassVar[str] = "期末以前"

    kind: Literal["period_end"]


class NoDeadline(Model):
    """The source gives no day."""

    title_zh: ClassVar[str] = "原文没有说哪一天"

    kind: Literal["unstated"]


Deadline = Annotated[
    FollowingDay | DayOfPeriod | DaysAfter | PeriodEnd | NoDeadline, Field(discriminator="kind")
]


class ReportsOn(Labelled):
    PREVIOUS = "previous", "上一期"
    CURRENT = "current", "本期"
    UNSAID = "unsaid", "原文未说"
    NOT_A_REPORT = "not_a_report", "不是报告"


class RestDayPolicy(Labelled):
    STAY = "stay", "遇休息日不变"
    NEXT = "next", "顺延到下一工作日"
    PREVIOUS = "previous", "提前到上一工作日"
    EXTEND = "extend", "按占用的工作日顺延"
    UNKNOWN = "unknown", "原文未说"


class FormEntry(Model):
    """Something to be told in words."""

    title_zh: ClassVar[str] = "表里要写的一项"

    what: Text = Field(description="写哪方面的情况")
    how: Text = Field(description="怎样写（自己的话）")
    clause: Ref("clause") = Field(description="依据哪一条")


class FormSection(Model):
    """A part of a form: figures, or things to be told in words."""

    title_zh: ClassVar[str] = "报表的一部分"

    title: Text = Field(description="这一部分的标题")
    metrics: tuple[Ref("metric"), ...] = Field((), description="填哪些指标，按次序")
    entries: tuple[FormEntry, ...] = Field((), description="写哪些情况，按次序")

    @model_validator(mode="after")
    def _holds_something(self):
        if not (self.metrics or self.entries):
            raise PydanticCustomError(
                "form_section_empty", "“{title}”里既没有指标，也没有要写的情况",
                {"title": self.title},
            )
        return self


class FormLayout(Model):
    """The form that a report is made on: the source's own, or ours where it is not included."""

    title_zh: ClassVar[str] = "报表的样式"

    title: Text = Field(description="表名")
    basis: Basis = Field(description="表样是原文所附，还是编者推断")
    note: Text = Field(description="表样的来历：照原文，还是原文缺、依据什么推断")
    sections: tuple[FormSection, ...] = Field(min_length=1, description="各部分，按次序")


class Duty(SourceRecord):
    """A recurring obligation."""

    kind: ClassVar[str] = "duty"
    plural: ClassVar[str] = "duties"
    title_zh: ClassVar[str] = "义务"

    action: Text = Field(description="做什么（自己的话）")
    actors: tuple[Ref("role", "unit_group"), ...] = Field(min_length=1, description="谁来做")
    recipients: tuple[Ref("role"), ...] = Field((), description="报给谁")
    copies: tuple[Ref("role"), ...] = Field((), description="抄送谁")
    form: Text | None = Field(None, description="以什么形式")
    category: Text | None = Field(None, description="原文给的类别（照录）")
    printed_frequency: Text | None = Field(None, description="原文所印的频次（照录）")
    recurrence: Recurrence = Field(description="多久一次")
    deadline: Deadline = Field(description="何时截止")
    reports_on: ReportsOn = Field(ReportsOn.NOT_A_REPORT, description="报的是哪一期")
    rest_day: RestDayPolicy = Field(RestDayPolicy.UNKNOWN, description="截止日遇休息日怎么办")
    at_time: time | None = Field(None, description="一天之中的几点；原文没有就留空")
    metrics: tuple[Ref("metric"), ...] = Field((), description="报送或检查哪些指标")
    layout: FormLayout | None = Field(None, description="报送用的表样；不用填表就留空")
    assumptions: tuple[Ref("assumption"), ...] = Field((), description="有赖于哪些待定事项")


class ChosenDates(Record):
    """The days that a unit fixed for itself: a small table, a row a unit, duty and period."""

    kind: ClassVar[str] = "chosen_dates"
    plural: ClassVar[str] = "chosen_dates"
    title_zh: ClassVar[str] = "自定日期"

    duty: Ref("duty") = Field(description="为哪项义务选的")
    unit: Ref("unit") = Field(description="哪家机构选的")
    days: tuple[Day, ...] = Field(min_length=1, description="选定的日子")
    revision: int = Field(0, ge=0, description="改过几次；改了日子就加一，订阅的日历才会跟着挪")
    sample: bool = Field(False, description="虚构的示例")

    @model_validator(mode="after")
    def _once_each(self):
        if len(set(self.days)) < len(self.days):
            raise PydanticCustomError("choice_wrong", "同一天写了两次")
        return self

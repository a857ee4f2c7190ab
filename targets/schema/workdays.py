"""Days off and make-up working days that the bank records beside the kept calendar."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .base import Day, Model, Record, Text

# a misprinted year must not become a thousand years of holiday
LONGEST_SPAN = timedelta(days=60)


class DaysOff(Model):
    """An unbroken run of days off."""

    title_zh: ClassVar[str] = "一段放假"

    first: Day = Field(description="放假第一天")
    last: Day | None = Field(None, description="放假最后一天；只放一天就不写")
    name: Text = Field(description="什么假")

    @property
    def days(self) -> Iterator[date]:
        for step in range(((self.last or self.first) - self.first).days + 1):
            yield self.first + timedelta(days=step)

    @model_validator(mode="after")
    def _in_order(self):
        last = self.last or self.first
        if last < self.first:
            raise PydanticCustomError("span_reversed", "放假最后一天早于第一天")
        if last - self.first > LONGEST_SPAN:
            raise PydanticCustomError(
                "days_off_long",
                "一次放假超过 {days} 天，请核对年份",
                {"days": LONGEST_SPAN.days},
            )
        return self


class WorkdayNotice(Record):
    """What a notice says of days off and make-up days; it overrides the kept calendar.

    The State Council's notice for a year that the kept calendar does not know yet goes here as
    well as the bank's own days.
    """

    kind: ClassVar[str] = "workday_notice"
    plural: ClassVar[str] = "workday_notices"
    title_zh: ClassVar[str] = "放假安排"

    source: Text = Field(description="依据：文号或会议纪要")
    announces: tuple[int, ...] = Field(
        (), description="哪些年份的放假安排由此公布齐全；只补几天就不写"
    )
    off: tuple[DaysOff, ...] = Field((), description="放假的日子")
    work: tuple[Day, ...] = Field((), description="照常上班的休息日（调休）")
    sample: bool = Field(False, description="虚构的示例安排")

    @model_validator(mode="after")
    def _says_something(self):
        if not (self.off or self.work or self.announces):
            raise PydanticCustomError("notice_empty", "off、work、announces 至少要写一项")
        both = sorted({day for span in self.off for day in span.days} & set(self.work))
        if both:
            raise PydanticCustomError(
                "days_off_both", "{day} 既写放假又写上班", {"day": both[0].isoformat()}
            )
        return self

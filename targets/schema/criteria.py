"""How a reading is judged: a quantity and a test, and the two combined."""

import itertools
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from .base import Day, Labelled, Model, Number, Ref, Text
from .measures import ActorPeriod


class YearStart(Model):
    """较年初: the end of last year."""

    title_zh: ClassVar[str] = "上年末（较年初）"

    kind: Literal["year_start"]


class SamePeriodLastYear(Model):
    """同比: the same period of last year."""

    title_zh: ClassVar[str] = "上年同期（同比）"

    kind: Literal["same_period_last_year"]


class PreviousPeriod(Model):
    """环比: the period before."""

    title_zh: ClassVar[str] = "上一期（环比）"

    kind: Literal["previous_period"]
    months: int = Field(1, ge=1, le=12, description="上一期在几个月之前：月 1，季 3，半年 6")


class GivenBaseline(Model):
    """A base that the source or a decision states."""

    title_zh: ClassVar[str] = "写明的基数"

    kind: Literal["given"]
    value: Number = Field(description="基期值，单位同指标")
    dated: Day | None = Field(None, description="基期日期")


class UnstatedBaseline(Model):
    """The source says more or less, and not than what."""

    title_zh: ClassVar[str] = "原文没说与什么比"

    kind: Literal["unstated"]


Baseline = Annotated[
    YearStart | SamePeriodLastYear | PreviousPeriod | GivenBaseline | UnstatedBaseline,
    Field(discriminator="kind"),
]


class Level(Model):
    """The metric's value itself."""

    title_zh: ClassVar[str] = "数值本身"

    kind: Literal["level"]


class Change(Model):
    """The metric less its baseline: an amount, or 百分点 when the metric is a rate."""

    title_zh: ClassVar[str] = "比基期增减多少"

    kind: Literal["change"]
    baseline: Baseline = Field(description="与什么相比")


class ExtraChange(Model):
    """同比多增: the change less the change that last year's same period had reached."""

    title_zh: ClassVar[str] = "同比多增"

    kind: Literal["extra_change"]
    baseline: Baseline = Field(description="两年的增减各与什么相比：年初、上一期")


class Growth(Model):
    """(value - baseline) / baseline, in per cent."""

    title_zh: ClassVar[str] = "增速"

    kind: Literal["growth"]
    baseline: Baseline = Field(description="与什么相比")


class RatioTo(Model):
    """The metric divided by another metric."""

    title_zh: ClassVar[str] = "与另一指标之比"

    kind: Literal["ratio"]
    over: Ref("metric") = Field(description="除以哪个指标")


class ShareOf(Model):
    """The metric as a share of a whole, in per cent."""

    title_zh: ClassVar[str] = "占整体的比重"

    kind: Literal["share"]
    whole: Ref("metric") = Field(description="整体是哪个指标")
    of: Literal["unit", "bank"] = Field(
        "unit", description="谁的整体：unit 为本机构自己的，bank 为全行的"
    )


class RankAmong(Model):
    """The place among peers; ties share the better place."""

    title_zh: ClassVar[str] = "排名"

    kind: Literal["rank"]
    peers: Ref("peer_set") | None = Field(None, description="与谁排名；留空为本行同级机构")
    of: Literal["level", "change", "growth"] = Field("level", description="按什么排名")
    baseline: Baseline | None = Field(
        None, description="按增量或增速排名时与什么相比；留空为较上年末"
    )


class Frequency(Model):
    """How often, per actor and period (the metric declares its grain)."""

    title_zh: ClassVar[str] = "频次"

    kind: Literal["frequency"]
    period: ActorPeriod = Field(description="时期；不短于指标自己的")


class StatusReached(Model):
    """Whether a state (a grade, a rating) is reached.

    States are reported by their number from the lowest, 1; where the metric lists its states, the
    number that the test compares with has to be the state's own.
    """

    title_zh: ClassVar[str] = "达到某一档次"

    kind: Literal["status"]
    state: Text = Field(description="要达到的状态")


class Trend(Model):
    """Where the metric is heading."""

    title_zh: ClassVar[str] = "走向"

    kind: Literal["trend"]
    baseline: Baseline = Field(description="与什么相比")


Quantity = Annotated[
    Level
    | Change
    | ExtraChange
    | Growth
    | RatioTo
    | ShareOf
    | RankAmong
    | Frequency
    | StatusReached
    | Trend,
    Field(discriminator="kind"),
]


class Boundary(Labelled):
    INCLUDED = "included", "含本数"
    EXCLUDED = "excluded", "不含本数"
    UNSAID = "unsaid", "原文未说是否含本数"


class DatedValue(Model):
    """A value in force from a date on; an empty value repeals."""

    title_zh: ClassVar[str] = "自某日起的数值"

    since: Day | None = Field(
        None, alias="from", description="自何日起；首个值可留空，表示自文件施行起"
    )
    value: Number | None = Field(description="数值，单位同指标；空表示自该日起不再有数值要求")


class DatedRange(Model):
    """A range in force from a date on; both ends empty repeal."""

    title_zh: ClassVar[str] = "自某日起的范围"

    since: Day | None = Field(
        None, alias="from", description="自何日起；首个值可留空，表示自文件施行起"
    )
    low: Number | None = Field(description="下限")
    high: Number | None = Field(description="上限")

    @model_validator(mode="after")
    def _ordered(self):
        if (self.low is None) != (self.high is None):
            raise PydanticCustomError("range_half", "下限和上限要么都写，要么都空")
        if self.low is not None and self.low > self.high:
            raise PydanticCustomError(
                "range_order",
                "下限 {low} 大于上限 {high}",
                {"low": str(self.low), "high": str(self.high)},
            )
        return self


def _dates_ascend(values):
    for before, after in itertools.pairwise(values):
        if after.since is None or (before.since is not None and after.since <= before.since):
            raise PydanticCustomError(
                "dates_overlap",
                "各值的起始日期要依次递增，只有首个可以不写；{after} 排在 {before} 之后",
                {
                    "after": str(after.since or "未写日期"),
                    "before": str(before.since or "未写日期"),
                },
            )
    return values


class _Threshold(Model):
    values: tuple[DatedValue, ...] = Field(min_length=1, description="数值，按起始日期排列")
    boundary: Boundary = Field(Boundary.INCLUDED, description="是否含本数")

    @model_validator(mode="after")
    def _dates(self):
        _dates_ascend(self.values)
        return self


class AtLeast(_Threshold):
    """≥"""

    title_zh: ClassVar[str] = "不低于"

    kind: Literal["at_least"]


class AtMost(_Threshold):
    """≤"""

    title_zh: ClassVar[str] = "不高于"

    kind: Literal["at_most"]


class Equal(_Threshold):
    """="""

    title_zh: ClassVar[str] = "等于"

    kind: Literal["equal"]


class Within(Model):
    """Within a range."""

    title_zh: ClassVar[str] = "在一个范围内"

    kind: Literal["within"]
    values: tuple[DatedRange, ...] = Field(min_length=1, description="范围，按起始日期排列")
    boundary: Boundary = Field(Boundary.INCLUDED, description="是否含两端")

    @model_validator(mode="after")
    def _dates(self):
        _dates_ascend(self.values)
        return self


class ReferenceMetric(Model):
    """The same quantity of another metric, on the same basis."""

    title_zh: ClassVar[str] = "参照另一个指标"

    kind: Literal["metric"]
    metric: Ref("metric") = Field(description="参照哪个指标")


class ReferenceOwnPast(Model):
    """The same quantity of the metric itself, as it stood at a baseline."""

    title_zh: ClassVar[str] = "参照自己的过去"

    kind: Literal["own_past"]
    baseline: Baseline = Field(description="自己的哪一期")


Reference = Annotated[ReferenceMetric | ReferenceOwnPast, Field(discriminator="kind")]


class NotBelow(Model):
    """Not below a reference (增速不低于, 户数不低于上年同期); above it when it is excluded."""

    title_zh: ClassVar[str] = "不低于参照的量"

    kind: Literal["not_below"]
    reference: Reference = Field(description="不低于什么")
    boundary: Boundary = Field(
        Boundary.INCLUDED, description="恰好相等算不算；excluded 就是要高于"
    )


class NotAbove(Model):
    """Not above a reference; below it when it is excluded (双降: 持平不算降)."""

    title_zh: ClassVar[str] = "不高于参照的量"

    kind: Literal["not_above"]
    reference: Reference = Field(description="不高于什么")
    boundary: Boundary = Field(
        Boundary.INCLUDED, description="恰好相等算不算；excluded 就是要低于"
    )


class Up(Model):
    """A direction without a number: told as a trend, never as met."""

    title_zh: ClassVar[str] = "要提高（只说方向）"

    kind: Literal["up"]


class Down(Model):
    """A direction without a number: told as a trend, never as met."""

    title_zh: ClassVar[str] = "要降低（只说方向）"

    kind: Literal["down"]


class Tracked(Model):
    """An indicator: followed, not judged."""

    title_zh: ClassVar[str] = "只跟踪，不判定"

    kind: Literal["tracked"]


class Unknown(Model):
    """The source is cut where the criterion stood."""

    title_zh: ClassVar[str] = "原文残缺，标准不明"

    kind: Literal["unknown"]
    reason: Text = Field(description="原文在此处缺了什么")


Test = Annotated[
    AtLeast | AtMost | Equal | Within | NotBelow | NotAbove | Up | Down | Tracked | Unknown,
    Field(discriminator="kind"),
]

THRESHOLD_TESTS = (AtLeast, AtMost, Equal)


class Single(Model):
    """One quantity, one test. `metric` is given only inside an all-of."""

    title_zh: ClassVar[str] = "单一标准"

    metric: Ref("metric") | None = Field(None, description="组合标准里各部分自己的指标")
    quantity: Quantity = Field(description="判什么量")
    test: Test = Field(description="怎样才算达到")
    tolerance: Number | None = Field(
        None, ge=0, description="容差：相差不超过它视同相等（持平）；相等算不算达到，看含不含本数"
    )
    decimals: int | None = Field(
        None, ge=0, le=10, description="公布时保留几位小数（四舍五入）；不写按两位，判定总按精确数"
    )

    @property
    def others(self) -> tuple[str, ...]:
        """Metrics that the quantity divides by or the test compares with."""
        quantity, test = self.quantity, self.test
        read = []
        if isinstance(quantity, RatioTo):
            read.append(quantity.over)
        elif isinstance(quantity, ShareOf):
            read.append(quantity.whole)
        if isinstance(test, NotBelow | NotAbove) and isinstance(test.reference, ReferenceMetric):
            read.append(test.reference.metric)
        return tuple(read)

    @model_validator(mode="after")
    def _agree(self):
        directional = isinstance(self.test, Up | Down)
        if directional and not isinstance(self.quantity, Trend | Change | Growth):
            raise PydanticCustomError(
                "direction_needs_trend",
                "只说提高或降低的要求，量要写成 trend（或 change、growth），这里是 {found}",
                {"found": self.quantity.kind},
            )
        if isinstance(self.quantity, Trend) and not isinstance(self.test, Up | Down):
            raise PydanticCustomError(
                "trend_needs_direction",
                "量是 trend 时，标准只能是 up 或 down，这里是 {found}",
                {"found": self.test.kind},
            )
        return self


class AllOf(Model):
    """All parts must hold; a part without data leaves the whole open unless another fails."""

    title_zh: ClassVar[str] = "各部分都要达到"

    all_of: tuple[Single, ...] = Field(min_length=2, description="各部分")


def _criterion_tag(value: Any) -> str:
    if isinstance(value, dict):
        return "AllOf" if "all_of" in value else "Single"
    return type(value).__name__


Criterion = Annotated[
    Annotated[Single, Tag("Single")] | Annotated[AllOf, Tag("AllOf")],
    Discriminator(_criterion_tag),
]

"""What is to be reached, what is still undecided, and what the bank decided."""

import itertools
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from .base import Commitment, Day, Labelled, Model, Number, Place, Record, Ref, SourceRecord, Text
from .criteria import Baseline, Boundary, Criterion, DatedRange, DatedValue
from .measures import Expression, Measure
from .organisation import SiteKind, UnitLevel
from .source import Membership


class TargetPlace(Place):
    """A place that states the target, with its commitment word."""

    commitment: Commitment = Field(description="语气强弱")
    value: Number | None = Field(None, description="这一处的数值与别处不同时写明")


class BindsTotal(Model):
    """Judged once, for the bank as a whole."""

    to: Literal["total"]


class BindsEach(Model):
    """Judged at every unit of a level."""

    to: Literal["each"]
    level: UnitLevel = Field(description="哪一级机构")


class BindsGroup(Model):
    """Judged at every unit of a group."""

    to: Literal["group"]
    group: Ref("unit_group") = Field(description="哪一组机构")


class BindsSite(Model):
    """Judged at every jointly built site."""

    to: Literal["site"]


Binds = Annotated[
    BindsTotal | BindsEach | BindsGroup | BindsSite, Field(discriminator="to")
]


class MonthsPace(Model):
    """Elapsed months / months of the period: for monthly data."""

    kind: Literal["months"]


class DaysPace(Model):
    """Elapsed days / days of the period: for daily data."""

    kind: Literal["days"]


class CurvePoint(Model):
    on: Day = Field(description="到哪一天")
    share: Number = Field(ge=0, le=100, description="应完成百分之几")


class CurvePace(Model):
    """A planned curve (倒排工期)."""

    kind: Literal["curve"]
    points: tuple[CurvePoint, ...] = Field(min_length=1, description="按日期排列的计划进度")

    @model_validator(mode="after")
    def _ascending(self):
        for a, b in itertools.pairwise(self.points):
            if b.on <= a.on or b.share < a.share:
                raise PydanticCustomError(
                    "curve_order",
                    "计划进度的日期要递增、百分比不能回落；{on} 处不符",
                    {"on": str(b.on)},
                )
        return self


Pace = Annotated[MonthsPace | DaysPace | CurvePace, Field(discriminator="kind")]


class PeriodUnstated(Model):
    """The source sets no deadline."""

    kind: Literal["unstated"]


class PeriodStanding(Model):
    """To hold at all times."""

    kind: Literal["standing"]


class PeriodSpan(Model):
    """To be reached by `end`, counted from `start`."""

    kind: Literal["span"]
    start: Day = Field(description="起算日（含）")
    end: Day = Field(description="截止日（含）")
    pace: Pace | None = Field(None, description="序时进度怎样算；留空则不算")
    baseline: Baseline | None = Field(
        None, description="进度从哪一个基数算起；留空则从 0 算起"
    )

    @model_validator(mode="after")
    def _ordered(self):
        if self.end <= self.start:
            raise PydanticCustomError("period_order", "截止日 {end} 不晚于起算日 {start}",
                                      {"end": str(self.end), "start": str(self.start)})
        if isinstance(self.pace, CurvePace) and not (
            self.start <= self.pace.points[0].on and self.pace.points[-1].on <= self.end
        ):
            raise PydanticCustomError("curve_outside", "计划进度的日期超出了起止日")
        return self


class PeriodYears(Model):
    """Within so many years from a start that the source may not give."""

    kind: Literal["years"]
    years: int = Field(ge=1, le=50, description="几年之内")
    start: Day | None = Field(None, description="起算日；原文没有就留空")


Period = Annotated[
    PeriodUnstated | PeriodStanding | PeriodSpan | PeriodYears, Field(discriminator="kind")
]


class Scope(Model):
    """What the target speaks about, apart from who is bound by it."""

    words: Text = Field(description="范围（自己的话）")
    site_kind: SiteKind | None = Field(None, description="只看哪一类共建主体")
    where: Expression | None = Field(None, description="进一步限定行的条件")


class Target(SourceRecord):
    """A metric to be judged: criterion, scope, period, who is bound, and where it is said."""

    kind: ClassVar[str] = "target"
    plural: ClassVar[str] = "targets"
    title_zh: ClassVar[str] = "目标"

    metric: Ref("metric") | None = Field(None, description="指标；组合标准（all_of）留空")
    criterion: Criterion = Field(description="判定标准：判什么量、怎样才算达到")
    scope: Scope = Field(description="范围")
    binds: tuple[Binds, ...] = Field((), description="约束到谁；原文没说、也未决定，就留空")
    period: Period = Field(description="期限")
    hold: bool = Field(False, description="“保持”类目标：基期已经达到也不算写错")
    places: tuple[TargetPlace, ...] = Field(min_length=1, description="出处与语气")
    assumptions: tuple[Ref("assumption"), ...] = Field((), description="有赖于哪些待定事项")

    @model_validator(mode="after")
    def _metric_once(self):
        combined = hasattr(self.criterion, "all_of")
        if combined == (self.metric is not None):
            raise PydanticCustomError(
                "metric_place",
                "单一标准要写 metric；组合标准（all_of）不写 metric，而在各部分里写",
            )
        parts = self.criterion.all_of if combined else (self.criterion,)
        if any((part.metric is not None) != combined for part in parts):
            raise PydanticCustomError(
                "metric_place",
                "单一标准要写 metric；组合标准（all_of）不写 metric，而在各部分里写",
            )
        return self

    @property
    def parts(self):
        """The criterion's parts, one or more, each with its metric: (metric id, Single)."""
        if hasattr(self.criterion, "all_of"):
            return tuple((part.metric, part) for part in self.criterion.all_of)
        return ((self.metric, self.criterion),)


class Affects(Labelled):
    JUDGEMENT = "judgement", "判定"
    CALENDAR = "calendar", "到期日"
    READING = "reading", "理解"


class Assumption(Record):
    """What the bank must still decide, and what we do meanwhile."""

    kind: ClassVar[str] = "assumption"
    plural: ClassVar[str] = "assumptions"
    title_zh: ClassVar[str] = "待定事项"

    question: Text = Field(description="要决定什么")
    interim: Text = Field(description="决定之前暂按什么处理")
    affects: Affects = Field(description="影响判定、到期日还是只影响理解")
    decider: Text = Field(description="由谁决定")
    settle_by: Day | None = Field(None, description="宜在何日之前定下")
    places: tuple[Place, ...] = Field((), description="涉及条款")

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(p.clause for p in self.places)


def _dated_tag(value: Any) -> str:
    if isinstance(value, dict):
        return "DatedRange" if "low" in value or "high" in value else "DatedValue"
    return type(value).__name__


Dated = Annotated[
    Annotated[DatedValue, Tag("DatedValue")] | Annotated[DatedRange, Tag("DatedRange")],
    Discriminator(_dated_tag),
]


class SetValue(Model):
    """A new value of a target's threshold, beside the source's own."""

    kind: Literal["value"]
    target: Ref("target") = Field(description="哪个目标")
    part: int = Field(1, ge=1, description="组合标准的第几部分")
    values: tuple[Dated, ...] = Field(min_length=1, description="数值")


class SetBoundary(Model):
    kind: Literal["boundary"]
    target: Ref("target", "rule") = Field(description="哪个目标，或哪条规则的数值")
    boundary: Boundary = Field(description="是否含本数")


class SetBinds(Model):
    kind: Literal["binds"]
    target: Ref("target") = Field(description="哪个目标")
    binds: tuple[Binds, ...] = Field(min_length=1, description="约束到谁")


class SetPeriod(Model):
    kind: Literal["period"]
    target: Ref("target") = Field(description="哪个目标")
    period: Period = Field(description="期限")


class SetNearBand(Model):
    """How close counts as 接近."""

    kind: Literal["near_band"]
    target: Ref("target") = Field(description="哪个目标")
    within: Number = Field(gt=0, description="相差多少以内算接近（比率为百分点）")


class SetMeasure(Model):
    """Another way to compute a metric."""

    kind: Literal["measure"]
    metric: Ref("metric") = Field(description="哪个指标")
    measure: Measure = Field(description="怎样算出来")
    caliber: Text = Field(description="口径")


class SetWeights(Model):
    kind: Literal["weights"]
    scorecard: Ref("scorecard") = Field(description="哪张考核表")
    weights: dict[str, Number] = Field(min_length=1, description="指标编号: 权重")


class Settle(Model):
    """Answers an assumption."""

    kind: Literal["settle"]
    assumption: Ref("assumption") = Field(description="哪个待定事项")
    answer: Text = Field(description="定为什么")


DecisionChange = Annotated[
    SetValue | SetBoundary | SetBinds | SetPeriod | SetNearBand | SetMeasure | SetWeights | Settle,
    Field(discriminator="kind"),
]


class Decision(Record):
    """What the bank itself settles or changes; overlays the sources from its date."""

    kind: ClassVar[str] = "decision"
    plural: ClassVar[str] = "decisions"
    title_zh: ClassVar[str] = "本行决定"

    number: Text = Field(description="文号或会议纪要编号")
    decided: Day = Field(description="决定日期")
    effective: Day = Field(description="自何日起生效（含）")
    expires: Day | None = Field(None, description="至何日为止（含）；不限就留空")
    decider: Text = Field(description="由谁决定")
    reason: Text = Field(description="为什么")
    sample: bool = Field(False, description="虚构的示例决定")
    changes: tuple[DecisionChange, ...] = Field(min_length=1, description="改了什么、定了什么")

    @model_validator(mode="after")
    def _dates(self):
        if self.effective < self.decided:
            raise PydanticCustomError(
                "decision_dates",
                "生效日 {effective} 早于决定日 {decided}",
                {"effective": str(self.effective), "decided": str(self.decided)},
            )
        if self.expires and self.expires < self.effective:
            raise PydanticCustomError("decision_dates", "截止日早于生效日")
        return self


class ScorecardItem(Model):
    metric: Ref("metric") = Field(description="指标")
    weight: Number | None = Field(None, ge=0, description="原文给出的权重；没有就留空，绝不代拟")
    cap: Number | None = Field(None, description="得分上限")
    floor: Number | None = Field(None, description="得分下限")
    deduction: Text | None = Field(None, description="扣分办法")


class Scorecard(SourceRecord):
    """Weighted metrics; without weights there is no total score."""

    kind: ClassVar[str] = "scorecard"
    plural: ClassVar[str] = "scorecards"
    title_zh: ClassVar[str] = "考核表"

    summary: Text = Field(description="考核什么（自己的话）")
    membership: Membership = Field(Membership.LISTED, description="各项指标是否列全")
    items: tuple[ScorecardItem, ...] = Field((), description="各项指标；原文未列出就留空")
    assumptions: tuple[Ref("assumption"), ...] = Field((), description="有赖于哪些待定事项")

    @model_validator(mode="after")
    def _items_agree(self):
        if self.membership is Membership.NOT_LISTED and self.items:
            raise PydanticCustomError("members_unlisted", "写明“原文未列出”，就不能再列指标")
        if self.membership is not Membership.NOT_LISTED and not self.items:
            raise PydanticCustomError(
                "members_empty", "一项指标也没有登记；原文没有列出就写 membership: not_listed"
            )
        return self


class Share(Model):
    unit: Ref("unit") = Field(description="机构")
    value: Number = Field(description="分到多少，单位同指标")


class Allocation(Record):
    """A total split over units; a total binds a branch only through it."""

    kind: ClassVar[str] = "allocation"
    plural: ClassVar[str] = "allocations"
    title_zh: ClassVar[str] = "目标分解"

    target: Ref("target") = Field(description="分解哪个目标")
    decision: Ref("decision") = Field(description="依据哪个决定")
    shares: tuple[Share, ...] = Field(min_length=1, description="各机构份额")

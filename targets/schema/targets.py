"""What is to be reached, what is still undecided, and what the bank decided."""

import itertools
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from .base import Commitment, Day, Labelled, Model, Number, Place, Record, Ref, SourceRecord, Text
from .criteria import AllOf, Baseline, Boundary, Criterion, DatedRange, DatedValue
from .duties import Deadline, Recurrence, ReportsOn, RestDayPolicy
from .measures import Expression, Measure
from .organisation import SiteKind, UnitLevel
from .scoring import Grades, ItemScoring, ScorecardItem
from .sharing import Bound, By, Share
from .signoff import Signoff
from .source import Membership


class TargetPlace(Place):
    """A place that states the target, with its commitment word."""

    title_zh: ClassVar[str] = "目标的出处"

    commitment: Commitment = Field(description="语气强弱")
    value: Number | None = Field(None, description="这一处的数值与别处不同时写明")


class BindsTotal(Model):
    """Judged once, for the bank as a whole."""

    title_zh: ClassVar[str] = "全行合计"

    to: Literal["total"]


class BindsEach(Model):
    """Judged at every unit of a level."""

    title_zh: ClassVar[str] = "某一级的每家机构"

    to: Literal["each"]
    level: UnitLevel = Field(description="哪一级机构")


class BindsGroup(Model):
    """Judged at every unit of a group."""

    title_zh: ClassVar[str] = "某一组的每家机构"

    to: Literal["group"]
    group: Ref("unit_group") = Field(description="哪一组机构")


class BindsSite(Model):
    """Judged at every jointly built site."""

    title_zh: ClassVar[str] = "每个共建主体"

    to: Literal["site"]


Binds = Annotated[
    BindsTotal | BindsEach | BindsGroup | BindsSite, Field(discriminator="to")
]


class MonthsPace(Model):
    """Elapsed months / months of the period: for monthly data."""

    title_zh: ClassVar[str] = "按月数算序时"

    kind: Literal["months"]


class DaysPace(Model):
    """Elapsed days / days of the period: for daily data."""

    title_zh: ClassVar[str] = "按天数算序时"

    kind: Literal["days"]


class CurvePoint(Model):
    title_zh: ClassVar[str] = "计划进度的一点"
    by: Day = Field(description="到哪一天")
    share: Number = Field(ge=0, le=100, description="应完成百分之几")


class CurvePace(Model):
    """A planned curve (倒排工期)."""

    title_zh: ClassVar[str] = "按计划进度（倒排工期）"

    kind: Literal["curve"]
    points: tuple[CurvePoint, ...] = Field(min_length=1, description="按日期排列的计划进度")

    @model_validator(mode="after")
    def _ascending(self):
        for a, b in itertools.pairwise(self.points):
            if b.by <= a.by or b.share < a.share:
                raise PydanticCustomError(
                    "curve_order",
                    "计划进度的日期要递增、百分比不能回落；{by} 处不符",
                    {"by": str(b.by)},
                )
        return self


Pace = Annotated[MonthsPace | DaysPace | CurvePace, Field(discriminator="kind")]


class PeriodUnstated(Model):
    """The source sets no deadline."""

    title_zh: ClassVar[str] = "原文没有期限"

    kind: Literal["unstated"]


class PeriodStanding(Model):
    """To hold at all times."""

    title_zh: ClassVar[str] = "始终要做到"

    kind: Literal["standing"]


class PeriodSpan(Model):
    """To be reached by `end`, counted from `start`."""

    title_zh: ClassVar[str] = "从某日到某日"

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
        if self.pace is not None and not self.holds(self.pace):
            raise PydanticCustomError("curve_outside", "计划进度的日期超出了起止日")
        return self

    def holds(self, pace: Pace) -> bool:
        """Whether a planned curve stays within the period."""
        if not isinstance(pace, CurvePace):
            return True
        return self.start <= pace.points[0].by and pace.points[-1].by <= self.end


class PeriodYears(Model):
    """Within so many years from a start that the source may not give."""

    title_zh: ClassVar[str] = "几年之内"

    kind: Literal["years"]
    years: int = Field(ge=1, le=50, description="几年之内")
    start: Day | None = Field(None, description="起算日；原文没有就留空")


Period = Annotated[
    PeriodUnstated | PeriodStanding | PeriodSpan | PeriodYears, Field(discriminator="kind")
]


class Scope(Model):
    """What the target speaks about, apart from who is bound by it."""

    title_zh: ClassVar[str] = "范围"

    words: Text = Field(description="范围（自己的话）")
    site_kind: SiteKind | None = Field(None, description="只看哪一类共建主体")
    where: Expression | None = Field(None, description="进一步限定行的条件")


class Target(SourceRecord):
    """A metric to be judged: criterion, scope, period, who is bound, and where it is said."""

    kind: ClassVar[str] = "target"
    plural: ClassVar[str] = "targets"
    title_zh: ClassVar[str] = "目标"
    written_last: ClassVar[tuple[str, ...]] = ("places", "assumptions", "not_to_confuse")

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
        combined = isinstance(self.criterion, AllOf)
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
        if isinstance(self.criterion, AllOf):
            return tuple((part.metric, part) for part in self.criterion.all_of)
        return ((self.metric, self.criterion),)


class Affects(Labelled):
    JUDGEMENT = "judgement", "判定"
    BOUNDARY = "boundary", "恰好等于界限时的判定"
    CALENDAR = "calendar", "到期日"
    READING = "reading", "理解"
    PUBLICATION = "publication", "公布"


class Assumption(Record):
    """What the bank must still decide, and what we do meanwhile."""

    kind: ClassVar[str] = "assumption"
    plural: ClassVar[str] = "assumptions"
    title_zh: ClassVar[str] = "待定事项"

    question: Text = Field(description="要决定什么")
    interim: Text = Field(description="决定之前暂按什么处理")
    affects: Affects = Field(description="影响判定、到期日、公布，还是只影响理解")
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

    title_zh: ClassVar[str] = "定新的数值"

    kind: Literal["value"]
    target: Ref("target") = Field(description="哪个目标")
    part: int = Field(1, ge=1, description="组合标准的第几部分")
    values: tuple[Dated, ...] = Field(min_length=1, description="数值")


class SetBoundary(Model):
    title_zh: ClassVar[str] = "定是否含本数"
    kind: Literal["boundary"]
    target: Ref("target", "rule") = Field(description="哪个目标，或哪条规则的数值")
    boundary: Boundary = Field(description="是否含本数")


class SetBinds(Model):
    title_zh: ClassVar[str] = "定约束到谁"
    kind: Literal["binds"]
    target: Ref("target") = Field(description="哪个目标")
    binds: tuple[Binds, ...] = Field(min_length=1, description="约束到谁")


class SetPeriod(Model):
    title_zh: ClassVar[str] = "定期限"
    kind: Literal["period"]
    target: Ref("target") = Field(description="哪个目标")
    period: Period = Field(description="期限")


class SetPace(Model):
    """How far along a target should be on the way, within the period that it has."""

    title_zh: ClassVar[str] = "定序时进度"

    kind: Literal["pace"]
    target: Ref("target") = Field(description="哪个目标")
    pace: Pace = Field(description="序时进度怎样算")


class SetNearBand(Model):
    """How close counts as 接近."""

    title_zh: ClassVar[str] = "定相差多少算接近"

    kind: Literal["near_band"]
    target: Ref("target") = Field(description="哪个目标")
    within: Number = Field(gt=0, description="相差多少以内算接近（比率为百分点）")


class SetMeasure(Model):
    """Another way to compute a metric."""

    title_zh: ClassVar[str] = "定指标怎样算"

    kind: Literal["measure"]
    metric: Ref("metric") = Field(description="哪个指标")
    measure: Measure = Field(description="怎样算出来")
    caliber: Text = Field(description="口径")


class SetWeights(Model):
    """Weights, scoring rules and grades of a scorecard: what its source leaves out.

    A later decision replaces what it states again: all weights, the rule of a metric, the grades.
    """

    title_zh: ClassVar[str] = "定权重和计分办法"

    kind: Literal["weights"]
    scorecard: Ref("scorecard") = Field(description="哪张考核表")
    weights: dict[str, Annotated[Number, Field(ge=0)]] = Field(
        {}, description="指标编号: 权重（满分）；一次写全"
    )
    scoring: tuple[ItemScoring, ...] = Field((), description="各项怎样计分")
    levels: tuple[UnitLevel, ...] = Field((), description="考核哪一级机构，同级排名")
    grades: Grades | None = Field(None, description="怎样评等级；不评就留空")
    cap: Number | None = Field(None, description="总分上限")
    floor: Number | None = Field(None, description="总分下限")

    @model_validator(mode="after")
    def _says_something(self):
        if not (self.weights or self.scoring or self.levels or self.grades):
            raise PydanticCustomError(
                "weights_empty", "权重、计分办法、层级、等级一样也没写，等于没有决定"
            )
        metrics = [item.metric for item in self.scoring]
        for metric in metrics:
            if metrics.count(metric) > 1:
                raise PydanticCustomError(
                    "scoring_twice", "{metric} 的计分办法写了两次", {"metric": metric}
                )
        return self


class SetAllocation(Model):
    """Puts an allocation in force: a total reaches units below only so."""

    title_zh: ClassVar[str] = "使一份目标分解生效"

    kind: Literal["allocation"]
    allocation: Ref("allocation") = Field(description="哪一份目标分解")
    headroom: Number = Field(
        Decimal(0), ge=0, le=100, description="各家之和可以比总数多百分之几；不写就要恰好相等"
    )


class SetSmallestPublished(Model):
    """The smallest number of people or households that is published, for all findings."""

    title_zh: ClassVar[str] = "定少于几人不公布"

    kind: Literal["smallest_published"]
    count: int = Field(ge=2, le=1000, description="少于这个人数或户数的不公布")


class Settle(Model):
    """Answers an assumption."""

    title_zh: ClassVar[str] = "定下一件待定事项"

    kind: Literal["settle"]
    assumption: Ref("assumption") = Field(description="哪个待定事项")
    answer: Text = Field(description="定为什么")


class Schedule(Model):
    """By when an assumption should be settled: the bank's plan, not what any source says."""

    title_zh: ClassVar[str] = "定待定事项宜在何日定下"

    kind: Literal["schedule"]
    assumption: Ref("assumption") = Field(description="哪个待定事项")
    by: Day = Field(description="宜在何日之前定下（含）")


class SetDuty(Model):
    """Other terms of a duty, for periods that end on or after the effective day."""

    title_zh: ClassVar[str] = "改义务的期限"

    kind: Literal["duty"]
    duty: Ref("duty") = Field(description="哪项义务")
    recurrence: Recurrence | None = Field(None, description="改为多久一次；不改就不写")
    deadline: Deadline | None = Field(None, description="改为何时截止；不改就不写")
    reports_on: ReportsOn | None = Field(None, description="定为报哪一期；不改就不写")
    rest_day: RestDayPolicy | None = Field(None, description="定为遇休息日怎么办；不改就不写")
    at_time: time | None = Field(None, description="定为一天之中的几点；不改就不写")
    withdrawn: bool = Field(False, description="不再要求")

    @model_validator(mode="after")
    def _changes_something(self):
        if not self.model_fields_set - {"kind", "duty"}:
            raise PydanticCustomError("duty_unchanged", "没有写要改什么")
        return self


class SetSeat(Model):
    """Which of the bank's own units a role or group of the sources stands for."""

    title_zh: ClassVar[str] = "定岗位或机构组指谁"

    kind: Literal["seat"]
    actor: Ref("role", "unit_group") = Field(description="哪个岗位、主体或机构组")
    levels: tuple[UnitLevel, ...] = Field((), description="设在哪些层级")
    operating_only: bool = Field(False, description="只含经营机构")
    units: tuple[Ref("unit"), ...] = Field((), description="按名单划定时写机构")

    @model_validator(mode="after")
    def _one_way(self):
        if bool(self.levels) == bool(self.units):
            raise PydanticCustomError("seat_unclear", "levels 和 units 要写一种，只写一种")
        return self


class SetReminder(Model):
    """How long before a due date calendars remind, for the whole bank."""

    title_zh: ClassVar[str] = "定提前几天提醒"

    kind: Literal["reminder"]
    days: int = Field(ge=0, le=60, description="提前几个自然日")
    at: time = Field(description="几点提醒")


DecisionChange = Annotated[
    SetValue
    | SetBoundary
    | SetBinds
    | SetPeriod
    | SetPace
    | SetNearBand
    | SetMeasure
    | SetWeights
    | SetAllocation
    | SetDuty
    | SetSeat
    | SetReminder
    | SetSmallestPublished
    | Settle
    | Schedule,
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
    signoff: Signoff = Field(description="起草、复核、签发；没有签发的是草案，不生效")
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

    @property
    def draft(self) -> bool:
        """Not issued, and so not in force on any day."""
        return self.signoff.issued is None


class Scorecard(SourceRecord):
    """Weighted metrics; without weights there is no total score."""

    kind: ClassVar[str] = "scorecard"
    plural: ClassVar[str] = "scorecards"
    title_zh: ClassVar[str] = "考核表"

    summary: Text = Field(description="考核什么（自己的话）")
    membership: Membership = Field(Membership.LISTED, description="各项指标是否列全")
    items: tuple[ScorecardItem, ...] = Field((), description="各项指标；原文未列出就留空")
    levels: tuple[UnitLevel, ...] = Field((), description="考核哪一级机构；原文没说就留空")
    grades: Grades | None = Field(None, description="评哪些等级、怎样评；原文没有就留空")
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


class Allocation(Record):
    """A total split over units; a total binds a unit below only through it.

    `of` empty splits the bank's total; a unit there splits that unit's own share further. The
    parts are the units that a cut through the tree at `level` meets: those of the level, and any
    that stand lower with no unit of the level above them (直属).
    """

    kind: ClassVar[str] = "allocation"
    plural: ClassVar[str] = "allocations"
    title_zh: ClassVar[str] = "目标分解"

    target: Ref("target") = Field(description="分解哪个目标")
    decision: Ref("decision") = Field(description="依据哪个决定（决定里要写明这一份分解）")
    of: Ref("unit") | None = Field(None, description="分解哪家机构的份额；留空为全行的总数")
    level: UnitLevel = Field(description="分到哪一级（不经这一级的直属机构一并分到）")
    shares: tuple[Share, ...] = Field((), description="各机构份额，逐家定数时写")
    by: By | None = Field(None, description="份额按什么算，不逐家定数时写")
    step: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="份额取整到多少（1 即取整数），单位同目标的数值"
    )
    minimum: Number | None = Field(None, ge=0, description="每家至少分到多少")
    maximum: Number | None = Field(None, ge=0, description="每家至多分到多少")
    bounds: tuple[Bound, ...] = Field((), description="个别机构另定的上下限，代替每家的上下限")

    @model_validator(mode="after")
    def _one_way(self):
        if bool(self.shares) == (self.by is not None):
            raise PydanticCustomError(
                "split_way", "要么在 shares 里列出各家的数，要么在 by 里写按什么分，只写一样"
            )
        if self.by is not None and self.step is None:
            raise PydanticCustomError("split_step", "按权重分要写 step：份额取整到多少")
        limited = self.bounds or self.minimum is not None or self.maximum is not None
        if self.shares and limited:
            raise PydanticCustomError("split_bounds", "各家的数已经列出，再写上下限没有意义")
        return self

"""How a scorecard turns figures into points and points into grades: structured, so it computes."""

import itertools
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .base import Labelled, Model, Number, Ref, Text
from .criteria import Change, ExtraChange, Growth, Level, RatioTo, ShareOf


class Completion(Model):
    """How much of a target a unit has done, in per cent: of the whole of it, or of what is due.

    `pace` is 序时完成率: completion over the elapsed share of the period.
    """

    title_zh: ClassVar[str] = "完成率"

    kind: Literal["completion"]
    target: Ref("target") = Field(description="哪个目标的完成率；机构按分到的份额算")
    against: Literal["target", "pace"] = Field(
        "target", description="target 比目标值（完成率），pace 比序时进度（序时完成率）"
    )


class Measured(Model):
    """A quantity of the item's own metric, in its unit (per cent for growth and shares)."""

    title_zh: ClassVar[str] = "指标的数"

    kind: Literal["measured"]
    quantity: Annotated[
        Level | Change | ExtraChange | Growth | RatioTo | ShareOf, Field(discriminator="kind")
    ] = Field(description="看这个指标的什么量")


Figure = Annotated[Completion | Measured, Field(discriminator="kind")]
Side = Literal["at_least", "at_most"]


class Linear(Model):
    """weight × (figure − zero) ÷ (full − zero): with zero 0 and full 100, 完成率 × 权重."""

    title_zh: ClassVar[str] = "按比例计分"

    kind: Literal["linear"]
    figure: Figure = Field(description="按什么数计分")
    full: Number = Field(description="达到多少得满分（即权重）")
    zero: Number = Field(description="多少得零分；直接按比例计分就写 0")

    @model_validator(mode="after")
    def _distinct(self):
        if self.full == self.zero:
            raise PydanticCustomError("scoring_line", "满分值和零分值相同，算不出得分")
        return self


class Band(Model):
    title_zh: ClassVar[str] = "一档"
    line: Number = Field(description="到这条线")
    share: Number = Field(ge=0, description="得权重的百分之几")


class Steps(Model):
    """The share of the weight that the best line reached gives."""

    title_zh: ClassVar[str] = "分档计分"

    kind: Literal["steps"]
    figure: Figure = Field(description="按什么数计分")
    side: Side = Field(description="at_least 不低于这条线，at_most 不高于这条线")
    bands: tuple[Band, ...] = Field(min_length=1, description="由高分到低分排列的各档")
    otherwise: Number = Field(ge=0, description="一档也没到时得权重的百分之几")

    @model_validator(mode="after")
    def _ordered(self):
        down = self.side == "at_least"
        for a, b in itertools.pairwise(self.bands):
            if (a.line <= b.line if down else a.line >= b.line) or a.share <= b.share:
                raise PydanticCustomError(
                    "scoring_bands",
                    "各档要由高分到低分排列，线也要依次放宽；{line} 处不符",
                    {"line": str(b.line)},
                )
        if self.otherwise >= self.bands[-1].share:
            raise PydanticCustomError("scoring_bands", "没到任何一档的得分不低于最低一档")
        return self


class Rest(Labelled):
    """What is done with less than a whole unit of a shortfall."""

    PROPORTIONAL = "proportional", "不足一个单位的按比例扣"
    IGNORED = "ignored", "不足一个单位的不扣"
    COUNTED = "counted", "不足一个单位的按一个扣"


class Deduct(Model):
    """From the full weight, `points` off for every `per` on the wrong side of the line."""

    title_zh: ClassVar[str] = "扣分"

    kind: Literal["deduct"]
    figure: Figure = Field(description="按什么数计分")
    side: Side = Field(description="at_least 低于这条线要扣，at_most 高于这条线要扣")
    line: Number = Field(description="从哪条线起扣")
    per: Number = Field(gt=0, description="每差多少（单位同计分的数）")
    points: Number = Field(gt=0, description="扣几分")
    rest: Rest = Field(description="不足一个单位的怎样扣")


class Veto(Model):
    """一票否决: on the wrong side of the line the whole card's total becomes `total`."""

    title_zh: ClassVar[str] = "一票否决"

    kind: Literal["veto"]
    figure: Figure = Field(description="按什么数否决")
    side: Side = Field(description="at_least 低于这条线就否决，at_most 高于这条线就否决")
    line: Number = Field(description="否决线")
    total: Number = Field(description="否决后总分是多少")


Scoring = Annotated[Linear | Steps | Deduct | Veto, Field(discriminator="kind")]


class ScoreLine(Model):
    title_zh: ClassVar[str] = "分数线"
    name: Text = Field(description="等级名称")
    at_least: Number | None = Field(None, description="总分不低于多少；最低一等留空")


class GradesByScore(Model):
    """Grades by the total score."""

    title_zh: ClassVar[str] = "按总分评等级"

    kind: Literal["score"]
    lines: tuple[ScoreLine, ...] = Field(min_length=1, description="由高到低的各等级")

    @model_validator(mode="after")
    def _ordered(self):
        for a, b in itertools.pairwise(self.lines):
            if a.at_least is None or (b.at_least is not None and b.at_least >= a.at_least):
                raise PydanticCustomError(
                    "grade_order",
                    "等级“{name}”的分数线没有比前一等低；各等要由高到低，只有最低一等可以不写线",
                    {"name": b.name},
                )
        return self


class PlaceLine(Model):
    title_zh: ClassVar[str] = "名次线"
    name: Text = Field(description="等级名称")
    share: Number = Field(gt=0, le=100, description="占参评机构的百分之几")


class GradesByPlace(Model):
    """Grades by place: so many per cent of the units each, whole units by largest remainder."""

    title_zh: ClassVar[str] = "按名次评等级"

    kind: Literal["place"]
    lines: tuple[PlaceLine, ...] = Field(min_length=1, description="由高到低的各等级")

    @model_validator(mode="after")
    def _whole(self):
        total = sum(line.share for line in self.lines)
        if total != 100:
            raise PydanticCustomError(
                "grade_shares", "各等级的占比加起来是 {total}%，不是 100%", {"total": str(total)}
            )
        return self


class GradesNamed(Model):
    """Grades that a source names without saying how they are reached."""

    title_zh: ClassVar[str] = "只列出等级"

    kind: Literal["named"]
    names: tuple[Text, ...] = Field(min_length=1, description="由高到低的各等级；原文没有说怎样评")


Grades = Annotated[GradesByScore | GradesByPlace | GradesNamed, Field(discriminator="kind")]


class ItemScoring(Model):
    """How one metric of a card is scored."""

    title_zh: ClassVar[str] = "一项怎样计分"

    metric: Ref("metric") = Field(description="指标")
    scoring: Scoring = Field(description="怎样计分")
    cap: Number | None = Field(None, description="这一项最多得几分；不限就留空")
    floor: Number | None = Field(None, description="这一项最少得几分（可为负）；不限就留空")

    @model_validator(mode="after")
    def _room(self):
        _floor_below_cap(self)
        return self


def _floor_below_cap(item) -> None:
    if item.cap is not None and item.floor is not None and item.floor > item.cap:
        raise PydanticCustomError(
            "scoring_room",
            "下限 {floor} 大于上限 {cap}",
            {"floor": str(item.floor), "cap": str(item.cap)},
        )


class ScorecardItem(Model):
    """A metric of a card as its source has it; what the source leaves out stays empty."""

    title_zh: ClassVar[str] = "考核表的一项"

    metric: Ref("metric") = Field(description="指标")
    weight: Number | None = Field(
        None, ge=0, description="原文给出的权重（满分）；没有就留空，绝不代拟"
    )
    scoring: Scoring | None = Field(None, description="原文给出的计分办法；没有就留空")
    cap: Number | None = Field(None, description="这一项最多得几分；不限就留空")
    floor: Number | None = Field(None, description="这一项最少得几分（可为负）；不限就留空")

    @model_validator(mode="after")
    def _room(self):
        _floor_below_cap(self)
        return self

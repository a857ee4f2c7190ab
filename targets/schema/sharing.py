"""目标分解: how a total is split over units below."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .base import Day, Model, Number, Ref


class Share(Model):
    title_zh: ClassVar[str] = "一家的份额"
    unit: Ref("unit") = Field(description="机构")
    value: Number = Field(description="分到多少，单位同目标的数值")


class UnitWeight(Model):
    title_zh: ClassVar[str] = "一家的权重"
    unit: Ref("unit") = Field(description="机构")
    weight: Number = Field(ge=0, description="权重；只看比例，不必合计为 100")


class ByWeights(Model):
    """By weights that the decision lists."""

    title_zh: ClassVar[str] = "按权重分"

    kind: Literal["weights"]
    weights: tuple[UnitWeight, ...] = Field(min_length=1, description="各机构的权重")


class ByMetric(Model):
    """By a metric of every unit on a base date."""

    title_zh: ClassVar[str] = "按指标分"

    kind: Literal["metric"]
    metric: Ref("metric") = Field(description="按哪个指标的大小分")
    dated: Day = Field(description="取哪一天的数")


By = Annotated[ByWeights | ByMetric, Field(discriminator="kind")]


class Bound(Model):
    """The least and the most that one unit may get."""

    title_zh: ClassVar[str] = "一家的上下限"

    unit: Ref("unit") = Field(description="机构")
    minimum: Number | None = Field(None, description="至少分到多少")
    maximum: Number | None = Field(None, description="至多分到多少")

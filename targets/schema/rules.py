"""Computable statements that are no targets."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .base import Model, Number, Ref, SourceRecord, Text
from .criteria import Boundary
from .measures import Expression, MeasureUnit


class Limit(Model):
    """A figure of a rule: what is compared with which value."""

    what: Text = Field(description="拿什么来比，如 贷款利率")
    test: Literal["at_least", "at_most", "equal"] = Field(description="不低于、不高于、等于")
    value: Number = Field(description="数值")
    unit: MeasureUnit = Field(description="单位")
    boundary: Boundary = Field(Boundary.INCLUDED, description="是否含本数")


class RowPredicate(Model):
    """Rows that fall under a rule; without a condition it is told, not checked."""

    kind: Literal["row_predicate"]
    limits: tuple[Limit, ...] = Field((), description="规则里的数值")
    dataset: Ref("dataset") | None = Field(None, description="在哪张表上检查")
    where: Expression | None = Field(None, description="满足此条件的行受本规则约束")


class Prohibition(Model):
    """What must not happen."""

    kind: Literal["prohibition"]
    limits: tuple[Limit, ...] = Field((), description="规则里的数值")
    dataset: Ref("dataset") | None = Field(None, description="在哪张表上检查")
    where: Expression | None = Field(None, description="满足此条件的行即违反")


class Eligibility(Model):
    """Who may be or do something."""

    kind: Literal["eligibility"]
    who: tuple[Ref("role", "unit_group"), ...] = Field(min_length=1, description="谁")
    may: Text = Field(description="可以担任或做什么（自己的话）")


class Step(Model):
    name: Text = Field(description="步骤名称（照录）")
    share: Number | None = Field(None, gt=0, le=100, description="占百分之几；没有就留空")


class Procedure(Model):
    """Ordered steps, with shares that add up to 100 when they are given."""

    kind: Literal["procedure"]
    steps: tuple[Step, ...] = Field(min_length=2, description="步骤，按次序")
    ordered: bool = Field(True, description="是否有先后次序")

    @model_validator(mode="after")
    def _shares(self):
        shares = [s.share for s in self.steps]
        if any(s is not None for s in shares) and sum(s or 0 for s in shares) != 100:
            raise PydanticCustomError(
                "shares_total",
                "各步骤所占百分比之和是 {total}，应为 100",
                {"total": str(sum(s or 0 for s in shares))},
            )
        return self


class Principle(Model):
    """An order or standard of preference."""

    kind: Literal["principle"]
    principles: tuple[Text, ...] = Field(min_length=1, description="各条原则（照录短语）")


RuleBody = Annotated[
    RowPredicate | Prohibition | Eligibility | Procedure | Principle,
    Field(discriminator="kind"),
]


class Rule(SourceRecord):
    """A rule of a source, checkable on data where data can show it."""

    kind: ClassVar[str] = "rule"
    plural: ClassVar[str] = "rules"
    title_zh: ClassVar[str] = "规则"

    summary: Text = Field(description="规则讲什么（自己的话）")
    body: RuleBody = Field(description="规则本身")
    applies_to: tuple[Ref("role", "unit_group"), ...] = Field((), description="约束谁")
    assumptions: tuple[Ref("assumption"), ...] = Field((), description="有赖于哪些待定事项")

"""Computable statements that are no targets."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .base import Model, Number, Ref, SourceRecord, Text
from .criteria import Boundary
from .measures import Expression, Identifier, MeasureUnit


class Limit(Model):
    """A figure of a rule: what is compared with which value."""

    title_zh: ClassVar[str] = "规则的数值"

    name: Identifier | None = Field(
        None, description="条件里怎样引用它；不写就按次序叫 limit_1、limit_2"
    )
    what: Text = Field(description="拿什么来比，如 贷款利率")
    test: Literal["at_least", "at_most", "equal"] = Field(description="不低于、不高于、等于")
    value: Number = Field(description="数值")
    unit: MeasureUnit = Field(description="单位")
    boundary: Boundary = Field(Boundary.INCLUDED, description="是否含本数")


class OnRows(Model):
    """A rule that data may show: on which table, and with which figures.

    Conditions name a figure by its name (`:rate`), so that the number stands here alone.
    """

    limits: tuple[Limit, ...] = Field((), description="规则里的数值；条件里用 :名称 引用")
    dataset: Ref("dataset") | None = Field(None, description="在哪张表上检查")
    unchecked: Text | None = Field(None, description="数据里查不出来的，写明为什么")

    @property
    def conditions(self) -> dict[str, str]:
        """The conditions that are written, by the name of their field."""
        named = {name: getattr(self, name, None) for name in ("where", "holds", "require")}
        return {name: text for name, text in named.items() if text}

    @property
    def figures(self) -> dict[str, Limit]:
        """The limits by the names that conditions call them by."""
        return {f.name or f"limit_{i}": f for i, f in enumerate(self.limits, start=1)}

    @model_validator(mode="after")
    def _names(self):
        if len(self.figures) < len(self.limits):
            raise PydanticCustomError("limit_twice", "两个数值用了同一个名称")
        return self


class RowPredicate(OnRows):
    """Rows that fall under a rule, and what must hold of them; `where and not require` breaks it.

    Without `require` the rows are only listed; without any condition the rule is told.
    """

    title_zh: ClassVar[str] = "对行的要求"

    kind: Literal["row_predicate"]
    where: Expression | None = Field(None, description="哪些行受本规则约束；不写就是每一行")
    require: Expression | None = Field(None, description="受约束的行应当满足什么")


class Prohibition(OnRows):
    """What must not happen."""

    title_zh: ClassVar[str] = "禁止"

    kind: Literal["prohibition"]
    where: Expression | None = Field(None, description="满足此条件的行即违反")


class Eligibility(OnRows):
    """Who may be or do something; who holds it without meeting `require` breaks the rule."""

    title_zh: ClassVar[str] = "资格"

    kind: Literal["eligibility"]
    who: tuple[Ref("role", "unit_group"), ...] = Field(min_length=1, description="谁")
    may: Text = Field(description="可以担任或做什么（自己的话）")
    holds: Expression | None = Field(
        None, description="哪些行是已经担任、已经享有的；不写就是每一行"
    )
    require: Expression | None = Field(None, description="担任或享有的人应当满足什么")


class Step(Model):
    title_zh: ClassVar[str] = "一步"
    name: Text = Field(description="步骤名称（照录）")
    share: Number | None = Field(None, gt=0, le=100, description="占百分之几；没有就留空")


class Procedure(Model):
    """Ordered steps, with shares that add up to 100 when they are given."""

    title_zh: ClassVar[str] = "步骤"

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


class Principle(OnRows):
    """An order or standard of preference; where rows show it, checked like a row predicate."""

    title_zh: ClassVar[str] = "原则或次序"

    kind: Literal["principle"]
    principles: tuple[Text, ...] = Field(min_length=1, description="各条原则（照录短语）")
    where: Expression | None = Field(None, description="哪些行受约束；不写就是每一行")
    require: Expression | None = Field(None, description="受约束的行应当满足什么")


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

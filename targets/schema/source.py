"""What a source is made of: documents, clauses, and what is wrong with them."""

from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .base import (
    Basis,
    Day,
    Labelled,
    Model,
    Place,
    Record,
    Ref,
    SourceRecord,
    Text,
    UnitLevel,
)


class Completeness(Labelled):
    COMPLETE = "complete", "完整"
    BEGINNING_MISSING = "beginning_missing", "缺开头"
    END_MISSING = "end_missing", "缺结尾"
    CUT = "cut", "中间有残缺"


class Document(Record):
    """A policy document as it came to us."""

    kind: ClassVar[str] = "document"
    plural: ClassVar[str] = "documents"
    title_zh: ClassVar[str] = "政策文件"

    short_name: Text = Field(description="正文里用的简称")
    order: int = Field(0, ge=0, description="在手册里的次序；不写就按编号排")
    name_basis: Basis = Field(Basis.STATED, description="标题是原文所印还是推断")
    issuer: Text | None = Field(None, description="印发单位；原文没有就留空")
    issuer_basis: Basis = Field(Basis.STATED, description="印发单位是原文所印还是推断")
    number: Text | None = Field(None, description="文号；原文没有就留空")
    dated: Day | None = Field(None, description="印发日期；原文没有就留空")
    year: int | None = Field(None, description="适用年度；原文没有就留空")
    year_basis: Basis = Field(
        Basis.STATED, description="年度是原文所印、推断，还是与原文别处矛盾、不可信"
    )
    completeness: tuple[Completeness, ...] = Field(min_length=1, description="完整程度")
    summary: Text = Field(description="一段话说清这份文件要做什么（自己的话）")


class Clause(Record):
    """A node of a document's hierarchy."""

    kind: ClassVar[str] = "clause"
    plural: ClassVar[str] = "clauses"
    title_zh: ClassVar[str] = "条款"

    number: Text | None = Field(None, description="原文所印的序号，如 二、 或 (一)；没有就留空")
    parent: Ref("clause") | None = Field(None, description="上一级条款")
    summary: Text = Field(description="这一条讲什么（自己的话，数字和专名照录）")
    no_obligation: Text | None = Field(
        None, description="这一条没有可登记的内容时，写明为什么；有内容就留空"
    )

    @property
    def clauses(self) -> tuple[str, ...]:
        return (self.id,)


class DefectKind(Labelled):
    MISSING = "missing", "缺失"
    TRUNCATED = "truncated", "残缺"
    CONFLICTING = "conflicting", "矛盾"
    DOUBTFUL = "doubtful", "存疑"
    UNDEFINED = "undefined", "未定义"
    MISPRINT = "misprint", "印刷或录入差错"


class Defect(Record):
    """Something missing, cut, contradictory or doubtful in a source."""

    kind: ClassVar[str] = "defect"
    plural: ClassVar[str] = "defects"
    title_zh: ClassVar[str] = "原文缺陷"

    defect: DefectKind = Field(description="缺陷的种类")
    document: Ref("document") = Field(description="哪份文件")
    places: tuple[Place, ...] = Field((), description="涉及条款；全文性的缺陷留空")
    printed: Text | None = Field(None, description="原文所印的字样（只录有差错的那几个字）")
    read_as: Text | None = Field(None, description="我们暂作何读")
    consequence: Text = Field(description="因此不能确定什么（自己的话）")

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(p.clause for p in self.places)


class Membership(Labelled):
    LISTED = "listed", "原文列全"
    PARTLY = "partly_listed", "原文只列出一部分"
    NOT_LISTED = "not_listed", "原文未列出"
    INFERRED = "inferred", "据上下文归纳"


class Member(Model):
    """One member of a framework, in the source's own short words."""

    title_zh: ClassVar[str] = "提法的一个成员"

    name: Text = Field(description="成员名称（照录）")
    detail: Text | None = Field(None, description="一句话说明（自己的话）")
    ref: Ref() | None = Field(None, description="若另有记录，写它的编号")


class Framework(SourceRecord):
    """A named shorthand (四进, 五联机制, 731工作法) and its members."""

    kind: ClassVar[str] = "framework"
    plural: ClassVar[str] = "frameworks"
    title_zh: ClassVar[str] = "提法"

    summary: Text = Field(description="这个提法指什么（自己的话）")
    membership: Membership = Field(description="成员是否列全")
    stated_count: int | None = Field(None, ge=1, description="提法里的数字，如 五联 写 5")
    members: tuple[Member, ...] = Field((), description="成员，按原文次序")
    aliases: tuple[Text, ...] = Field((), description="同一提法的其他写法")

    @model_validator(mode="after")
    def _members_agree(self):
        if self.membership is Membership.NOT_LISTED and self.members:
            raise PydanticCustomError("members_unlisted", "写明“原文未列出”，就不能再列成员")
        if self.membership in (Membership.LISTED, Membership.PARTLY) and not self.members:
            raise PydanticCustomError("members_empty", "写明原文列出了成员，却一个也没有登记")
        if (
            self.membership is Membership.LISTED
            and self.stated_count is not None
            and self.stated_count != len(self.members)
        ):
            raise PydanticCustomError(
                "members_count",
                "提法写明 {stated} 项，实际登记 {found} 项",
                {"stated": self.stated_count, "found": len(self.members)},
            )
        return self


class ProvisionCategory(Labelled):
    AIM = "aim", "总目标"
    GOAL = "goal", "发展目标"
    MECHANISM = "mechanism", "工作机制"
    SUPPORT = "support", "支撑体系"
    ACTION = "action", "标准动作"
    SAFEGUARD = "safeguard", "保障措施"
    MEASURE = "measure", "工作措施"


class Provision(SourceRecord):
    """What a document sets up: aim, goal, mechanism, support system, action, safeguard."""

    kind: ClassVar[str] = "provision"
    plural: ClassVar[str] = "provisions"
    title_zh: ClassVar[str] = "举措"

    category: ProvisionCategory = Field(description="类别")
    order: int = Field(ge=0, description="同类之中的次序")
    summary: Text = Field(description="要做什么、为了什么（自己的话）")
    points: tuple[Text, ...] = Field((), description="要点，一行一件事（自己的话）")
    part_of: Ref("provision") | None = Field(None, description="上一级举措")


class Term(SourceRecord):
    """A word that a reader may have to look up, as this document uses it."""

    kind: ClassVar[str] = "term"
    plural: ClassVar[str] = "terms"
    title_zh: ClassVar[str] = "术语"

    meaning: Text = Field(description="在本文件里的意思（自己的话）；原文没有解释就照实写")
    explained: bool = Field(description="原文自己有没有解释")
    aliases: tuple[Text, ...] = Field((), description="其他写法")
    see: tuple[Ref(), ...] = Field((), description="参见")


class Product(SourceRecord):
    """A product, service or tool offered to customers that a source names."""

    kind: ClassVar[str] = "product"
    plural: ClassVar[str] = "products"
    title_zh: ClassVar[str] = "产品"

    summary: Text = Field(description="是什么、给谁用（自己的话）")


class System(SourceRecord):
    """An information system that a source names."""

    kind: ClassVar[str] = "system"
    plural: ClassVar[str] = "systems"
    title_zh: ClassVar[str] = "系统"

    summary: Text = Field(description="是什么、用来做什么（自己的话）")


class Role(SourceRecord):
    """A post or body that a source gives something to do, or deals with."""

    kind: ClassVar[str] = "role"
    plural: ClassVar[str] = "roles"
    title_zh: ClassVar[str] = "岗位与主体"

    summary: Text = Field(description="做什么（自己的话）")
    external: bool = Field(False, description="行外的主体")
    levels: tuple[UnitLevel, ...] = Field((), description="设在哪些层级；原文没说就不写")
    seated_in: Ref("unit_group") | None = Field(
        None, description="设在哪个机构组的各家机构；原文没说就不写"
    )
    aliases: tuple[Text, ...] = Field((), description="其他写法")


class PastResult(SourceRecord):
    """A figure that a source reports as achieved; never a target."""

    kind: ClassVar[str] = "past_result"
    plural: ClassVar[str] = "past_results"
    title_zh: ClassVar[str] = "既往成绩"

    statement: Text = Field(description="达到了什么（自己的话，数字照录）")

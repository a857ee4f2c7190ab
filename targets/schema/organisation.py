"""Who judges and is judged: units of the bank, groups of them, peers, kinds of site."""

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .base import Day, Labelled, Record, Ref, SourceRecord, Text, UnitLevel
from .source import Membership


class SiteKind(Labelled):
    """Kinds of jointly built sites (共建主体)."""

    PROJECT = "project", "重点项目"
    MARKET = "market", "市场园区"
    COMMUNITY = "community", "聚集社区"
    TOWNSHIP = "township", "聚集乡镇"


class Unit(Record):
    """A unit of the bank. The code is what data files carry, kept as text (0101 stays 0101)."""

    kind: ClassVar[str] = "unit"
    plural: ClassVar[str] = "units"
    title_zh: ClassVar[str] = "机构"

    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,20}$")] = Field(
        description="机构代码（文字，前面的 0 保留）"
    )
    level: UnitLevel = Field(description="层级")
    parent: Ref("unit") | None = Field(None, description="上级机构；全行留空")
    operating: bool = Field(True, description="是否经营机构")
    opened: Day | None = Field(None, description="开业日期")
    closed: Day | None = Field(None, description="撤并日期")
    sample: bool = Field(False, description="虚构的示例机构")

    @model_validator(mode="after")
    def _tree(self):
        if (self.level is UnitLevel.BANK) != (self.parent is None):
            raise PydanticCustomError(
                "unit_parent", "全行没有上级；其他层级必须写上级机构（parent）"
            )
        if self.opened and self.closed and self.closed < self.opened:
            raise PydanticCustomError("unit_dates", "撤并日期早于开业日期")
        return self


class UnitGroup(SourceRecord):
    """A named group of units (经营机构, 中心城市行, 三个梯队)."""

    kind: ClassVar[str] = "unit_group"
    plural: ClassVar[str] = "unit_groups"
    title_zh: ClassVar[str] = "机构组"

    summary: Text = Field(description="包括谁（自己的话）")
    membership: Membership = Field(description="成员是否列全")
    levels: tuple[UnitLevel, ...] = Field((), description="按层级划定时写层级")
    operating_only: bool = Field(False, description="只含经营机构")
    members: tuple[Ref("unit"), ...] = Field((), description="按名单划定时写机构")
    excluded: tuple[Text, ...] = Field((), description="原文写明不含的机构或部门（照录）")


class PeerSet(SourceRecord):
    """Peers that a rank is taken among; members may be unlisted."""

    kind: ClassVar[str] = "peer_set"
    plural: ClassVar[str] = "peer_sets"
    title_zh: ClassVar[str] = "对标同业"

    summary: Text = Field(description="与谁比（自己的话）")
    membership: Membership = Field(description="成员是否列全")
    stated_count: int | None = Field(None, ge=2, description="原文所说的家数")
    members: tuple[Text, ...] = Field((), description="成员名称")

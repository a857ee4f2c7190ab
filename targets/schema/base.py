"""Ground on which every record stands: identity, references, provenance.

The schema holds no I/O and imports nothing else of the project.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticKnownError

# owner.kind.slug ; the slug may have further segments (sijin.clause.5.4.1)
ID_PATTERN = r"^[a-z][a-z0-9]*\.[a-z][a-z_]*(\.[a-z0-9_]+)+$"
OWNER_PATTERN = r"^[a-z][a-z0-9]*$"


class Labelled(StrEnum):
    """A closed list of codes, each with the Chinese word that people read."""

    label: str

    def __new__(cls, value: str, label: str):
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler):
        schema = handler(core)
        handler.resolve_ref_schema(schema)["enumDescriptions"] = [m.label for m in cls]
        return schema


@dataclass(frozen=True)
class RefTo:
    """Marks a string field as the id of a record of one of these kinds (none: any kind)."""

    kinds: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler):
        schema = handler(core)
        schema["x-ref"] = list(self.kinds)
        return schema


def Ref(*kinds: str) -> Any:
    """A reference to a record; the kind is part of the id, so a wrong kind fails at once."""
    pattern = ID_PATTERN
    if kinds:
        pattern = rf"^[a-z][a-z0-9]*\.({'|'.join(kinds)})(\.[a-z0-9_]+)+$"
    return Annotated[str, StringConstraints(pattern=pattern), RefTo(kinds)]


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

# far beyond any figure of a bank, and short enough to compute with
Number = Annotated[Decimal, Field(max_digits=20)]


def _written_as_date(value: Any) -> Any:
    """A bare number would otherwise pass as seconds since 1970."""
    if isinstance(value, int | float | Decimal):
        raise PydanticKnownError("date_type")
    return value


Day = Annotated[date, BeforeValidator(_written_as_date)]


class Model(BaseModel):
    """Strict and immutable: an unknown key is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)
    title_zh: ClassVar[str] = ""
    """what people call it: in questions, and where an editor explains the definitions"""

    @classmethod
    def trusted(cls, **fields) -> Self:
        """One of code's own making, taken as it is: nothing has to be compiled to check it."""
        return cls.model_construct(**fields)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler):
        schema = handler(core)
        if cls.title_zh:
            told = handler.resolve_ref_schema(schema)
            told["title"] = cls.title_zh
            told.pop("description", None)  # the docstring speaks to programmers
        return schema


class Basis(Labelled):
    """How surely the source says what the record says."""

    STATED = "stated", "原文明示"
    INFERRED = "inferred", "据上下文推断"
    TRUNCATED = "truncated", "原文残缺"
    CONFLICTING = "conflicting", "原文矛盾"


class Commitment(Labelled):
    """The source's own strength, per place."""

    MUST = "must", "硬性要求"
    STRIVE = "strive", "力争"
    PLAN = "plan", "计划"
    BARE = "bare", "未加语气"


class UnitLevel(Labelled):
    """Levels of the bank's tree, from the whole to the counter."""

    BANK = "bank", "全行"
    PROVINCE = "province", "省行"
    BRANCH = "branch", "分行"
    SUB_BRANCH = "sub_branch", "支行"
    OUTLET = "outlet", "网点"

    @property
    def depth(self) -> int:
        return list(UnitLevel).index(self)


class Place(Model):
    """Where a source says it."""

    title_zh: ClassVar[str] = "出处"

    clause: Ref("clause") = Field(description="所在条款的编号")
    basis: Basis = Field(Basis.STATED, description="原文明示、推断、残缺还是矛盾")
    commitment: Commitment | None = Field(None, description="语气强弱；不涉及就不写")
    word: Text | None = Field(None, description="原文的语气词：必须、须、力争、争取、计划……")
    note: Text | None = Field(None, description="用自己的话说明这一处的疑点")


class Record(Model):
    """Anything with an id of its own. `kind` is the second segment of the id."""

    kind: ClassVar[str]
    plural: ClassVar[str]
    written_last: ClassVar[tuple[str, ...]] = ()
    """fields written at the end of a record; the others stand in their own order"""

    id: Annotated[str, StringConstraints(pattern=ID_PATTERN)] = Field(
        description="唯一编号：所属文件.类别.简称，只用小写英文、数字和下划线；一经发布不再改动"
    )
    name: Text = Field(description="中文名称，读者看到的就是它")
    note: Text | None = Field(None, description="编者说明")

    @property
    def owner(self) -> str:
        """First segment of the id: a document's prefix, or the bank's own room."""
        return self.id.split(".", 1)[0]


class SourceRecord(Record):
    """A record taken from a document: it names the clause or clauses that say it."""

    places: tuple[Place, ...] = Field(min_length=1, description="出处：在哪些条款")
    not_to_confuse: tuple[Ref(), ...] = Field(
        (), description="容易混淆的其他记录：同名而所指不同的，并排列给读者看"
    )

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(p.clause for p in self.places)

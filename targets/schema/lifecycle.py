"""What becomes of definitions over time: ids that were given up, and dated, numbered releases."""

import re
from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .base import ID_PATTERN, Day, Record, Ref, Text

NUMBER_PATTERN = r"[1-9]\d{3}\.[1-9]\d{0,3}"


class Redirect(Record):
    """A former id: what it is called now, or that it was repealed. Its name is the old name."""

    kind: ClassVar[str] = "redirect"
    plural: ClassVar[str] = "redirects"
    title_zh: ClassVar[str] = "旧编号"

    to: Ref() | None = Field(description="现在的编号；废止而没有接替的写 null")
    since: Day = Field(description="自何日起改名或废止")
    reason: Text = Field(description="为什么")
    sample: bool = Field(False, description="虚构的示例")

    @property
    def former(self) -> str:
        """The id given up, which the record's own id ends with (bank.redirect.sijin.target.x)."""
        return self.id.split(".", 2)[2]

    @model_validator(mode="after")
    def _names_an_id(self):
        if not re.fullmatch(ID_PATTERN, self.former):
            raise PydanticCustomError(
                "redirect_id",
                "旧编号的记录，编号要写成 {owner}.redirect.旧编号，"
                "如 {owner}.redirect.sijin.target.profiling",
                {"owner": self.owner},
            )
        if self.to == self.former:
            raise PydanticCustomError(
                "redirect_self", "{former} 改名成了它自己", {"former": self.former}
            )
        return self


class Release(Record):
    """One issue of the definitions, told by the meaning of all records as they stood."""

    kind: ClassVar[str] = "release"
    plural: ClassVar[str] = "releases"
    title_zh: ClassVar[str] = "定义版本"

    issued: Day = Field(description="发布日期")
    issuer: Text = Field(description="由谁发布")
    summary: Text = Field(description="这一版说明（自己的话）")
    records: int = Field(ge=1, description="这一版有多少条定义")
    digest: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="全部定义含义的校验值，由 release 命令写入；据此可以核对是不是这一版",
    )
    sample: bool = Field(False, description="虚构的示例")

    @property
    def number(self) -> str:
        """Such as 2026.1, which the record's id ends with (bank.release.2026.1)."""
        return self.id.split(".", 2)[2]

    @property
    def order(self) -> tuple[int, ...]:
        """Releases follow one another by number: 2026.10 comes after 2026.9."""
        return tuple(map(int, self.number.split(".")))

    @model_validator(mode="after")
    def _numbered(self):
        if not re.fullmatch(NUMBER_PATTERN, self.number):
            raise PydanticCustomError(
                "release_number",
                "版本号 {number} 写法不对；编号要写成 {owner}.release.年份.序号，"
                "如 {owner}.release.2026.1",
                {"number": self.number, "owner": self.owner},
            )
        return self

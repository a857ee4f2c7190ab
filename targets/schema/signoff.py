"""Who drafted, reviewed and issued a decision, and when: what is not issued is a draft."""

from typing import ClassVar

from pydantic import Field

from .base import Day, Model, Text


class Signature(Model):
    title_zh: ClassVar[str] = "签名"
    by: Text = Field(description="谁（姓名或岗位）")
    day: Day = Field(description="哪一天")


class Signoff(Model):
    """The three signatures of a decision, in the order in which they are given."""

    title_zh: ClassVar[str] = "起草、复核、签发"

    drafted: Signature = Field(description="起草")
    reviewed: Signature | None = Field(None, description="复核，由起草以外的人；还没有就不写")
    issued: Signature | None = Field(None, description="签发；还没有就不写，决定是草案，不生效")

    def given(self) -> tuple[tuple[str, str, Signature], ...]:
        """(field, its Chinese word, signature) of those given, in their order."""
        each = (("drafted", "起草"), ("reviewed", "复核"), ("issued", "签发"))
        found = ((field, word, getattr(self, field)) for field, word in each)
        return tuple(one for one in found if one[2] is not None)

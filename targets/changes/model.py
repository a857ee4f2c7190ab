"""What a comparison of two states says: small frozen records, every word of them for people."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Literal

from targets.schema.base import Labelled

What = Literal["added", "removed", "renamed", "resourced", "changed"]
WHAT_WORDS = {
    "added": "新增", "removed": "删除", "renamed": "改编号", "resourced": "改出处",
    "changed": "修改",
}
_MIRRORED = {"added": "removed", "removed": "added"}


class Grade(Labelled):
    """What a change means for those who are bound."""

    TIGHTER = "tighter", "收紧"
    LOOSER = "looser", "放宽"
    BOTH = "both", "有收有放"
    CALIBER = "caliber", "口径变更"
    DEADLINE = "deadline", "期限变更"
    ADDED = "added", "新增"
    REMOVED = "removed", "取消"
    TEXT = "text", "文字"

    @property
    def mirrored(self) -> "Grade":
        """The grade of the same change the other way round."""
        return _OPPOSITE.get(self, self)

    @property
    def weighs(self) -> bool:
        """Whether it bears on what is asked of anybody, and not on wording alone."""
        return self is not Grade.TEXT


_OPPOSITE = {
    Grade.TIGHTER: Grade.LOOSER, Grade.LOOSER: Grade.TIGHTER,
    Grade.ADDED: Grade.REMOVED, Grade.REMOVED: Grade.ADDED,
}


@dataclass(frozen=True)
class FieldChange:
    """One value that is another one now, in words and from its day on."""

    path: str
    """where in the record, lists by their natural key: criterion.value, places[sijin.clause.2.2]"""
    label: str
    old: str | None
    """None: there was nothing"""
    new: str | None
    since: date | None
    """from when the two differ; None: from the beginning, or without a date"""
    grade: Grade
    tighter: bool | None = None
    """for a deadline: whether it comes earlier"""
    until: date | None = None
    """the last day on which they differ; None: for good"""
    layer: Literal["record", "in_force"] = "record"
    """what the record itself says, or what decisions make of it"""
    draft: bool = False
    """only as if decisions were issued that are not"""
    basis: tuple[str, ...] = ()
    """decisions that differ between the two states and bear on it"""

    @property
    def mirrored(self) -> "FieldChange":
        return replace(
            self, old=self.new, new=self.old, grade=self.grade.mirrored,
            tighter=None if self.tighter is None else not self.tighter,
        )


@dataclass(frozen=True)
class Touches:
    """What else hangs on a changed record, by id; pages by their path in the site."""

    clauses: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    allocations: tuple[str, ...] = ()
    scorecards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One record that is not what it was."""

    what: What
    record: str
    """its id; the new one where it was renamed"""
    kind: str
    name: str
    grade: Grade
    fields: tuple[FieldChange, ...] = ()
    was: str | None = None
    """the id before, where it was renamed"""
    perhaps: str | None = None
    """a record of the other state that this one may be under another id"""
    redirected: bool = False
    """removed or renamed, and the definitions say so in a record of the former id"""
    touches: Touches = field(default_factory=Touches)

    @property
    def draft(self) -> bool:
        """Whether nothing of it is in force before a decision is issued."""
        return bool(self.fields) and all(f.draft for f in self.fields)


def mirrored(change: Change, name: str | None = None) -> Change:
    """The same change seen from the other state; `name` is the record's name there."""
    renamed = change.what == "renamed"
    return replace(
        change,
        what=_MIRRORED.get(change.what, change.what),
        record=change.was if renamed else change.record,
        was=change.record if renamed else None,
        name=name or change.name,
        grade=change.grade.mirrored,
        fields=tuple(f.mirrored for f in change.fields),
    )


def gravest(grades) -> Grade:
    """The grade of a record out of those of its values."""
    found = set(grades)
    if Grade.BOTH in found or {Grade.TIGHTER, Grade.LOOSER} <= found:
        return Grade.BOTH
    return min(found, key=list(Grade).index, default=Grade.TEXT)


def as_data(change: Change) -> dict:
    """JSON-ready."""
    return _plain(change)


def _plain(value):
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value

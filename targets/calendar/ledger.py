"""What subscribers were told: each duty's terms as published, and how often they changed.

A subscriber's calendar follows a change only when the event keeps its UID and its SEQUENCE
grows. The ledger, kept beside the definitions and written by `calendar --record`, therefore
remembers every version of a duty's terms; a duty that leaves the definitions stays in it, so
that its events can be withdrawn instead of vanishing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from targets.catalog import Catalog
from targets.catalog.decisions import DutyTerms, duty_history
from targets.catalog.duty_checks import yields_dates
from targets.problems import Code, Problem, Problems, Severity
from targets.schema.base import Day, Model
from targets.schema.duties import Duty
from targets.schema.workdays import WorkdayNotice

from .workdays import STATE_YEARS

FILE = "calendar_ledger.json"
TERMS = ("recurrence", "deadline", "reports_on", "rest_day", "at_time")


class Version(Model):
    """A duty's terms as published on a day."""

    recorded: Day = Field(description="哪天公布")
    terms: tuple[dict, ...] = Field(description="各段时间的办法")


class Entry(Model):
    """A duty that has been published."""

    duty: dict = Field(description="最近一次公布时的义务")
    versions: tuple[Version, ...] = Field(min_length=1, description="历次办法，最近的在后")
    removed: Day | None = Field(None, description="哪天起定义里没有了")

    @property
    def sequence(self) -> int:
        return len(self.versions) - 1 + (self.removed is not None)

    @property
    def recorded(self) -> date:
        return self.removed or self.versions[-1].recorded


class DaysOffVersion(Model):
    """The days off that published dates were computed with."""

    recorded: Day = Field(description="哪天起按此推算")
    announced_to: int = Field(description="国务院的安排公布到哪一年")
    notices: tuple[dict, ...] = Field((), description="定义里的放假安排")


class _Kept(Model):
    """The file."""

    duties: dict[str, Entry]
    days_off: tuple[DaysOffVersion, ...] = ()


@dataclass(frozen=True)
class Ledger:
    """Published duties by id, and the days off behind their dates."""

    entries: dict[str, Entry]
    days_off: tuple[DaysOffVersion, ...] = ()

    def sequence(self, duty_id: str) -> int:
        """How often subscribers must have been told of a change: it only ever grows."""
        entry = self.entries.get(duty_id)
        return max(0, len(self.days_off) - 1) + (entry.sequence if entry else 0)

    def stamp(self, duty_id: str) -> date | None:
        """The day of the last change; None for what was never recorded."""
        entry = self.entries.get(duty_id)
        days = [v.recorded for v in self.days_off[-1:]] + ([entry.recorded] if entry else [])
        return max(days, default=None)

    @classmethod
    def read(cls, folder: Path) -> "Ledger":
        """The ledger of a definitions folder; empty where none is kept. Raises Problems (C010)."""
        path = folder / FILE
        if not path.exists():
            return cls({})
        try:
            kept = _Kept.model_validate_json(path.read_bytes())
            for entry in kept.duties.values():
                list(former_terms(entry))
            return cls(kept.duties, kept.days_off)
        except (OSError, ValidationError, RecursionError) as error:
            first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise Problems(
                [
                    Problem(
                        Code.BAD_LEDGER,
                        f"日历台账读不了：{first}",
                        file=str(path),
                        mend="从版本库恢复这个文件；它由 calendar --record 写，不要手改",
                    )
                ]
            ) from None

    def text(self) -> str:
        """As it is kept: sorted, a stable form for comparing versions."""
        kept = _Kept(duties=self.entries, days_off=self.days_off)
        content = kept.model_dump(mode="json", exclude_none=True)
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def recorded_on(self, catalog: Catalog, day: date) -> "Ledger":
        """The ledger once what the definitions say now is published on `day`."""
        entries = dict(self.entries)
        present = {duty.id: duty for duty in catalog.all(Duty)}
        for duty_id, entry in self.entries.items():
            if duty_id not in present and entry.removed is None:
                entries[duty_id] = entry.model_copy(update={"removed": day})
        for duty in present.values():
            entry = entries.get(duty.id)
            terms = terms_of(catalog, duty)
            if entry is None:
                if _dated(catalog, duty):
                    entries[duty.id] = Entry(
                        duty=_snapshot(duty), versions=(Version(recorded=day, terms=terms),)
                    )
                continue
            versions = entry.versions
            if versions[-1].terms != terms or entry.removed:
                versions = (*versions, Version(recorded=day, terms=terms))
                if entry.removed:  # it comes back: the count must not fall
                    versions = (*versions, versions[-1])
            entries[duty.id] = Entry(duty=_snapshot(duty), versions=versions)
        days_off = self.days_off
        now = _days_off(catalog, day)
        if not days_off or not _same(days_off[-1], now):
            days_off = (*days_off, now)
        return Ledger(entries, days_off)

    def changes(self, catalog: Catalog) -> Iterator[Problem]:
        """What the definitions say now and subscribers have not been told."""
        present = {duty.id: duty for duty in catalog.all(Duty)}
        if not self.days_off or not _same(self.days_off[-1], _days_off(catalog, date.min)):
            yield _unrecorded("放假安排变了")
        for duty_id, entry in self.entries.items():
            if duty_id not in present and entry.removed is None:
                yield _unrecorded(f"义务 {duty_id} 从定义里删去了")
        for duty in present.values():
            entry = self.entries.get(duty.id)
            if entry is None:
                if _dated(catalog, duty):
                    yield _unrecorded(f"义务 {duty.id} 是新的", catalog, duty)
            elif entry.removed or entry.versions[-1].terms != terms_of(catalog, duty):
                yield _unrecorded(f"义务 {duty.id} 的周期、截止日或休息日办法改了", catalog, duty)


def terms_of(catalog: Catalog, duty: Duty) -> tuple[dict, ...]:
    """What decides a duty's dates, stretch by stretch, ready for JSON."""
    return tuple(_stretch(terms) for terms in duty_history(catalog, duty))


def former_terms(entry: Entry) -> Iterator[tuple[DutyTerms, ...]]:
    """The terms of every published version, as the calendar computes with them."""
    for version in entry.versions:
        yield tuple(
            DutyTerms(
                duty=Duty.model_validate(
                    {**entry.duty, **{k: v for k, v in stretch.items() if k in TERMS}}
                ),
                since=_day(stretch.get("since")),
                until=_day(stretch.get("until")),
                withdrawn=stretch.get("withdrawn", False),
            )
            for stretch in version.terms
        )


def _stretch(terms: DutyTerms) -> dict:
    said = terms.duty.model_dump(mode="json", include=set(TERMS), exclude_none=True)
    for name in ("since", "until"):
        if getattr(terms, name):
            said[name] = getattr(terms, name).isoformat()
    return said | ({"withdrawn": True} if terms.withdrawn else {})


def _snapshot(duty: Duty) -> dict:
    """Enough of a duty to withdraw its events once it is gone."""
    said = duty.model_dump(mode="json", include={"id", "name", "action", "actors", *TERMS})
    clauses = [{"clause": clause} for clause in duty.clauses]
    return {k: v for k, v in said.items() if v is not None} | {"places": clauses}


def _days_off(catalog: Catalog, day: date) -> DaysOffVersion:
    fields = {"announces", "off", "work"}
    return DaysOffVersion(
        recorded=day,
        announced_to=max(STATE_YEARS),
        notices=tuple(
            notice.model_dump(mode="json", include=fields, exclude_none=True)
            for notice in catalog.all(WorkdayNotice)
        ),
    )


def _same(one: DaysOffVersion, other: DaysOffVersion) -> bool:
    return (one.announced_to, one.notices) == (other.announced_to, other.notices)


def _dated(catalog: Catalog, duty: Duty) -> bool:
    return any(yields_dates(t.duty) and not t.withdrawn for t in duty_history(catalog, duty))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _unrecorded(found: str, catalog: Catalog | None = None, duty: Duty | None = None) -> Problem:
    origin = catalog.origins.get(duty.id) if catalog and duty else None
    return Problem(
        Code.UNRECORDED_CHANGE,
        f"日历台账没有跟上：{found}",
        file=origin.file if origin else FILE,
        line=origin.line if origin else None,
        mend="运行 python -m targets calendar --record，把台账与定义一同提交",
        severity=Severity.WARNING,
    )

"""Calendars to subscribe to (RFC 5545): one for a unit, one for a role.

An event is known by its duty and period, so a changed deadline moves it; what is no longer asked
for stays as a cancelled event with a higher SEQUENCE. Nothing in a feed depends on the day it is
written.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Alarm, Event, Timezone, TimezoneStandard
from icalendar import Calendar as Ics

from targets.catalog import Catalog
from targets.catalog.decisions import reminder_on
from targets.schema.duties import Duty
from targets.schema.organisation import Unit, UnitGroup
from targets.schema.source import Role

from . import words
from .ledger import Ledger, former_terms
from .occurrences import Calendar, Occurrence

ZONE = "Asia/Shanghai"
HOST = "zhixing"
REFRESH = timedelta(days=1)
# a period whose date a change moved out of a window has not been cancelled
AROUND = timedelta(days=800)


def unit_feed(calendar: Calendar, ledger: Ledger, unit: Unit, start: date, end: date) -> bytes:
    """What a unit owes, due in [start, end)."""

    def theirs(source: Calendar, since: date, until: date) -> Iterable[Occurrence]:
        return source.of_unit(unit, since, until)

    return _feed(calendar, ledger, f"{unit.name}报送日历", theirs, start, end)


def role_feed(
    calendar: Calendar, ledger: Ledger, role: Role | UnitGroup, start: date, end: date
) -> bytes:
    """What a role or a group of units owes, due in [start, end)."""

    def theirs(source: Calendar, since: date, until: date) -> Iterator[Occurrence]:
        for duty in source.duties:
            if role.id in duty.actors:
                yield from source.of_duty(duty, since, until)

    document = calendar.catalog.document_of(role)
    name = f"{document.short_name}·{role.name}" if document else role.name
    return _feed(calendar, ledger, f"{name}报送日历", theirs, start, end)


def duties_feed(calendar: Calendar, ledger: Ledger, name: str, start: date, end: date) -> bytes:
    """All duties of a calendar, due in [start, end), whoever carries them."""

    def theirs(source: Calendar, since: date, until: date) -> Iterator[Occurrence]:
        for duty in source.duties:
            yield from source.of_duty(duty, since, until)

    return _feed(calendar, ledger, name, theirs, start, end)


def _feed(calendar, ledger, name, theirs, start, end) -> bytes:
    ics = Ics()
    ics.add("prodid", "-//知行//报送日历//ZH")
    ics.add("version", "2.0")
    ics.add("calscale", "GREGORIAN")
    ics.add("method", "PUBLISH")
    ics.add("name", name)
    ics.add("x-wr-calname", name)
    ics.add("x-wr-timezone", ZONE)
    ics.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    ics.add("x-published-ttl", "P1D")
    ics.add_component(_timezone())
    events = [(o, False) for o in theirs(calendar, start, end)]
    events += [(o, True) for o in _cancelled(calendar, ledger, theirs, start, end)]
    for occurrence, cancelled in sorted(events, key=lambda e: (*e[0].order, e[0].key)):
        stamp = ledger.stamp(occurrence.duty.id) or start
        sequence = ledger.sequence(occurrence.duty.id) + occurrence.choice_revision
        ics.add_component(_event(calendar.catalog, occurrence, sequence, stamp, cancelled))
    return ics.to_ical()


def _cancelled(calendar, ledger, theirs, start, end) -> Iterator[Occurrence]:
    """What earlier versions of the terms asked for in the window and these no longer do."""
    changed = {
        duty_id: entry
        for duty_id, entry in ledger.entries.items()
        if len(entry.versions) > 1 or entry.removed
    }
    present = {duty.id: duty for duty in calendar.duties}
    known = {duty.id for duty in calendar.catalog.all(Duty)}
    current = None
    found: dict[str, Occurrence] = {}
    for duty_id, entry in changed.items():
        if duty_id in known and duty_id not in present:
            continue
        if current is None:
            current = {o.key for o in theirs(calendar, start - AROUND, end + AROUND)}
        duty = present.get(duty_id) or Duty.model_validate(entry.duty)
        for terms in former_terms(entry):
            former = Calendar(
                calendar.catalog, workdays=calendar.workdays, duties=[duty], terms={duty_id: terms}
            )
            found |= {o.key: o for o in theirs(former, start, end) if o.key not in current}
    yield from found.values()


def _event(
    catalog: Catalog, occurrence: Occurrence, sequence: int, stamp: date, cancelled: bool
) -> Event:
    stamped = datetime.combine(stamp, time(), UTC)
    event = Event()
    event.add("uid", f"{occurrence.key}@{HOST}")
    event.add("dtstamp", stamped)
    event.add("last-modified", stamped)
    event.add("sequence", sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", words.title(occurrence))
    event.add("description", words.description(catalog, occurrence))
    document = catalog.document_of(occurrence.duty)
    event.add("categories", [document.short_name if document else occurrence.duty.owner])
    event.add("transp", "TRANSPARENT")
    if occurrence.due_time is None:
        event.add("dtstart", occurrence.due)
    else:
        at = datetime.combine(occurrence.due, occurrence.due_time, ZoneInfo(ZONE))
        event.add("dtstart", at)
    if not cancelled:
        for alarm in _alarms(catalog, occurrence):
            event.add_component(alarm)
    return event


def _alarms(catalog: Catalog, occurrence: Occurrence) -> Iterator[Alarm]:
    """The bank's reminder, unless it would come before the period even begins."""
    said = reminder_on(catalog, occurrence.due)
    if said is None:
        return
    day = occurrence.due - timedelta(days=said.days)
    if day < occurrence.period.first:
        return
    begins = datetime.combine(occurrence.due, occurrence.due_time or time())
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words.title(occurrence))
    alarm.add("trigger", datetime.combine(day, said.at) - begins)
    yield alarm


@lru_cache
def _timezone() -> Timezone:
    """China Standard Time since the last summer time ended in 1991."""
    zone = Timezone()
    zone.add("tzid", ZONE)
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15))
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone

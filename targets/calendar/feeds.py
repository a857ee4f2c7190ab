"""Calendars to subscribe to (RFC 5545): one for a unit, one for a role.

An event is known by its duty and period, so a changed deadline moves it; what is no longer asked
for stays as a cancelled event with a higher SEQUENCE. What falls due by the day or the week is one
recurring event a year (`series`). Nothing in a feed depends on the day it is written.
"""

from collections.abc import Callable, Iterable, Iterator
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
from .series import Series, call_off, fold, whole_years

ZONE = "Asia/Shanghai"
HOST = "zhixing"
REFRESH = timedelta(days=1)
# a period whose date a change moved out of a window has not been cancelled
AROUND = timedelta(days=800)

Theirs = Callable[[Calendar, date, date], Iterable[Occurrence]]
"""(calendar, start, end) -> what one subscriber is told"""


RECEIVED = ".received"
"""ends the UID of what is to be received: another event than the one of those who owe it"""


class Feeds:
    """Feeds over one calendar. An event that several subscribers share is written once."""

    def __init__(self, calendar: Calendar, ledger: Ledger, *, receiving: bool = False):
        """`receiving`: the events are told to those who receive what is due."""
        self.calendar = calendar
        self.ledger = ledger
        self.receiving = receiving
        self._written: dict[tuple, bytes] = {}

    def of_unit(self, unit: Unit, start: date, end: date) -> bytes:
        """What a unit owes, due in [start, end)."""

        def theirs(source: Calendar, since: date, until: date) -> Iterable[Occurrence]:
            return source.of_unit(unit, since, until)

        return self._feed(f"{unit.name}报送日历", theirs, start, end)

    def of_role(self, role: Role | UnitGroup, start: date, end: date) -> bytes:
        """What a role or a group of units owes, due in [start, end)."""
        document = self.calendar.catalog.document_of(role)
        name = f"{document.short_name}·{role.name}" if document else role.name
        return self.of_duties(
            f"{name}报送日历", lambda duty: role.id in duty.actors, start, end
        )

    def of_recipient(self, role: Role, start: date, end: date) -> bytes:
        """What a role is to receive, be it as a copy, due in [start, end)."""
        feeds = Feeds(self.calendar, self.ledger, receiving=True)
        document = self.calendar.catalog.document_of(role)
        name = f"{document.short_name}·{role.name}" if document else role.name
        return feeds.of_duties(
            f"{name}应收日历", lambda duty: role.id in (*duty.recipients, *duty.copies), start, end
        )

    def of_duties(
        self, name: str, wanted: Callable[[Duty], bool], start: date, end: date
    ) -> bytes:
        """What the duties wanted ask for, due in [start, end), whoever carries them."""

        def theirs(source: Calendar, since: date, until: date) -> Iterator[Occurrence]:
            for duty in source.duties:
                if wanted(duty):
                    yield from source.of_duty(duty, since, until)

        return self._feed(name, theirs, start, end)

    def _feed(self, name: str, theirs: Theirs, start: date, end: date) -> bytes:
        """Series of whole years, so that one says the same in every feed; the rest one by one."""
        years = whole_years(start, end)
        series, single = fold(theirs(self.calendar, *years), self._alike)
        gone = self._cancelled(theirs, *years)
        series, off, single_off = call_off(series, gone, self._alike)
        events = [(s.one.order, s.key, self._series(s, cancelled, start))
                  for some, cancelled in ((series, False), (off, True)) for s in some
                  if any(start <= day < end for day in s.days)]
        events += [(o.order, o.key, self._event(o, cancelled, start))
                   for some, cancelled in ((single, False), (single_off, True)) for o in some
                   if start <= o.due < end]
        head, tail = _envelope(name)
        return head + b"".join(event for *_, event in sorted(events)) + tail

    def _cancelled(self, theirs: Theirs, start: date, end: date) -> list[Occurrence]:
        """What earlier terms asked for in the window and the present ones no longer do."""
        catalog = self.calendar.catalog
        present = {duty.id: duty for duty in self.calendar.duties}
        changed = {
            duty_id: entry
            for duty_id, entry in self.ledger.entries.items()
            if (len(entry.versions) > 1 or entry.removed)
            and (duty_id in present or duty_id not in catalog.records)
        }
        if not changed:
            return []
        current = {o.key for o in theirs(self.calendar, start - AROUND, end + AROUND)}
        found: dict[str, Occurrence] = {}
        for duty_id, entry in changed.items():
            duty = present.get(duty_id) or Duty.model_validate(entry.duty)
            for terms in former_terms(entry):
                former = Calendar(
                    catalog, workdays=self.calendar.workdays, duties=[duty],
                    terms={duty_id: terms}, choices=self.calendar.choices,
                )
                found |= {o.key: o for o in theirs(former, start, end) if o.key not in current}
        return list(found.values())

    def _alike(self, occurrence: Occurrence) -> tuple:
        """What the words of an event rest on, but for its day."""
        one, catalog = occurrence, self.calendar.catalog
        reported = one.reports_on and (one.reports_on.last - one.period.last).days
        trigger = next((alarm["trigger"].dt for alarm in _alarms(catalog, one)), None)
        return (
            one.duty.model_dump_json(), one.flags, one.quota, reported, trigger,
            tuple(words.open_questions(catalog, one)),
        )

    def _stamped(self, duty_id: str, start: date) -> tuple[int, date]:
        return self.ledger.sequence(duty_id), self.ledger.stamp(duty_id) or start

    def _series(self, series: Series, cancelled: bool, start: date) -> bytes:
        """The recurring event, and after it each date of it that was called off."""
        key = (series, cancelled)
        if key not in self._written:
            catalog = self.calendar.catalog
            sequence, stamp = self._stamped(series.one.duty.id, start)
            master = _event(catalog, series.one, sequence, stamp, cancelled, series)
            overrides = [
                _event(catalog, one, sequence, stamp, True, series, override=True)
                for one in series.called_off
            ]
            self._written[key] = b"".join(map(self._told, (master, *overrides)))
        return self._written[key]

    def _event(self, occurrence: Occurrence, cancelled: bool, start: date) -> bytes:
        key = (occurrence.key, occurrence.due, occurrence.quota, cancelled)
        if key not in self._written:
            sequence, stamp = self._stamped(occurrence.duty.id, start)
            sequence += occurrence.choice_revision
            event = _event(self.calendar.catalog, occurrence, sequence, stamp, cancelled)
            self._written[key] = self._told(event)
        return self._written[key]

    def _told(self, event: Event) -> bytes:
        if self.receiving:
            uid = str(event.pop("uid"))
            event.add("uid", uid.replace("@", f"{RECEIVED}@"))
            event.add("summary", f"应收：{event.pop('summary')}")
        return event.to_ical()


def _envelope(name: str) -> tuple[bytes, bytes]:
    """What stands before and after the events."""
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
    tail = b"END:VCALENDAR\r\n"
    return ics.to_ical().removesuffix(tail), tail


def _event(
    catalog: Catalog,
    occurrence: Occurrence,
    sequence: int,
    stamp: date,
    cancelled: bool,
    series: Series | None = None,
    override: bool = False,
) -> Event:
    """An event of one day; with a series the recurring one, or `override` of one of its days."""
    stamped = datetime.combine(stamp, time(), UTC)
    recurring = series is not None and not override
    event = Event()
    event.add("uid", f"{series.key if series else occurrence.key}@{HOST}")
    event.add("dtstamp", stamped)
    event.add("last-modified", stamped)
    event.add("sequence", sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", words.title(occurrence, series=recurring))
    event.add("description", words.description(catalog, occurrence, series=recurring))
    document = catalog.document_of(occurrence.duty)
    event.add("categories", [document.short_name if document else occurrence.duty.owner])
    event.add("transp", "TRANSPARENT")
    event.add("dtstart", _begins(occurrence, occurrence.due))
    if override:
        event.add("recurrence-id", _begins(occurrence, occurrence.due))
    if recurring:
        _recur(event, occurrence, series)
    if not cancelled:
        for alarm in _alarms(catalog, occurrence):
            event.add_component(alarm)
    return event


def _begins(occurrence: Occurrence, day: date) -> date | datetime:
    """A day, or in the time of Shanghai where the duty has an hour."""
    if occurrence.due_time is None:
        return day
    return datetime.combine(day, occurrence.due_time, ZoneInfo(ZONE))


def _recur(event: Event, one: Occurrence, series: Series) -> None:
    last = _begins(one, series.days[-1])
    until = last.astimezone(UTC) if isinstance(last, datetime) else last
    event.add("rrule", {**series.rule, "UNTIL": [until]})
    kind = {"VALUE": "DATE"} if one.due_time is None else None
    for name, days in (("exdate", series.left_out), ("rdate", series.added)):
        if days:
            event.add(name, [_begins(one, day) for day in days], parameters=kind)


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

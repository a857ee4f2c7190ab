"""The due dates as the site's pages read them: one script, small because recurrences repeat.

A duty's dates are runs: `[period, count, shift, reported, state]` stands for `count` periods in a
row, each due `shift` days after its last day and reporting on the period `reported` places away
(null: no report). Days are counted from the first of the window. The script is data for
`site/static/calendar.js`, which alone knows what day it is.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date

from targets import wording
from targets.calendar import words
from targets.calendar.occurrences import Calendar, Flag, Occurrence
from targets.periods import Period
from targets.publish.calendar.window import Window
from targets.publish.domain.handbook import CALENDAR, ROLE_GROUP, Handbook, page_of
from targets.schema.base import UnitLevel
from targets.schema.measures import ActorPeriod
from targets.schema.organisation import Unit

SCRIPT = "calendar-data.js"
FLAGS = tuple(Flag)
DAILY = (ActorPeriod.DAY, ActorPeriod.WORKDAY)


class _Table:
    """Values numbered in the order they come."""

    def __init__(self):
        self.rows: list = []
        self._at: dict[str, int] = {}

    def number(self, row) -> int:
        key = json.dumps(row, ensure_ascii=False)
        if key not in self._at:
            self._at[key] = len(self.rows)
            self.rows.append(row)
        return self._at[key]


class _Periods:
    """Every period named, those of a kind in order, so that a duty's are neighbours."""

    def __init__(self, window: Window, found: Iterable[Period]):
        kinds: dict[str, set[Period]] = {}
        for period in found:
            kinds.setdefault(_kind(period), set()).add(period)
        ordered = [
            period
            for kind in sorted(kinds)
            for period in sorted(kinds[kind], key=lambda p: (p.first, p.last))
        ]
        self._at = {period: n for n, period in enumerate(ordered)}
        self.rows = [
            [
                window.offset(p.first),
                (p.last - p.first).days,
                *([p.label] if p.last > p.first else []),
            ]
            for p in ordered
        ]

    def number(self, period: Period) -> int:
        return self._at[period]


def _kind(period: Period) -> str:
    return period.every.value if period.every else ""


def document(
    handbook: Handbook, calendar: Calendar, window: Window, uri: Callable[[str], str]
) -> dict:
    """Everything that the pages compute with; `uri` leads from the site's root to a page."""
    catalog = calendar.catalog
    dated = dated_duties(calendar, window)
    duties = [duty for duty in calendar.duties if duty.id in dated]
    at = {duty.id: n for n, duty in enumerate(duties)}
    units = catalog.all(Unit)
    unit_at = {unit.id: n for n, unit in enumerate(units)}
    own = dict(_own_days(calendar, window))
    everything = [o for found in (*dated.values(), *own.values()) for o in found]
    periods = _Periods(
        window, (p for o in everything for p in (o.period, o.reports_on) if p is not None)
    )
    states = _Table()
    actors = list(dict.fromkeys(a for duty in duties for a in duty.actors))
    recipients = list(dict.fromkeys(r for d in duties for r in (*d.recipients, *d.copies)))
    documents = list(catalog.documents)
    return {
        "from": window.first.isoformat(),
        "to": window.last.isoformat(),
        "page": uri(page_of(CALENDAR)),
        "announced": [year for year in window.years if calendar.workdays.announced(year)],
        "off": _days_off(calendar, window),
        "flags": [flag.label for flag in FLAGS],
        "levels": [level.label for level in UnitLevel],
        "documents": [[p, catalog.documents[p].short_name] for p in documents],
        "actors": [[a, catalog.get(a).name] for a in actors],
        "recipients": recipients,
        "roles": list(_roles(handbook, actors, uri)),
        "units": [
            [
                u.id,
                u.code,
                u.name,
                u.level.depth,
                uri(page_of(u.id)),
                *([_offset(window, u.opened), _offset(window, u.closed)] if _passing(u) else []),
            ]
            for u in units
        ],
        "periods": periods.rows,
        "duties": [
            {
                "id": duty.id,
                "name": duty.name,
                "document": documents.index(duty.owner) if duty.owner in documents else None,
                "actors": [actors.index(a) for a in duty.actors],
                "receivers": [recipients.index(r) for r in (*duty.recipients, *duty.copies)],
                "often": wording.recurrence(dated[duty.id][-1].duty.recurrence),
                "cite": "；".join(map(catalog.citation, dict.fromkeys(duty.clauses))),
                "page": uri(page_of(duty.id)),
                "daily": all(o.period.every in DAILY for o in dated[duty.id]),
                "runs": _runs(dated[duty.id], periods, states),
                "carriers": [
                    [
                        _offset(window, c.since),
                        _offset(window, c.until),
                        [unit_at[u.id] for u in c.units],
                    ]
                    for c in calendar.carriers(duty)
                ],
            }
            for duty in duties
        ],
        "own": [
            [at[duty], unit_at[unit], _runs(found, periods, states)]
            for (duty, unit), found in own.items()
            if duty in at
        ],
        "states": states.rows,
    }


def dated_duties(calendar: Calendar, window: Window) -> dict[str, list[Occurrence]]:
    """Ids of the duties that fall due in the window, with their due dates."""
    return {
        duty.id: found
        for duty in calendar.duties
        if (found := calendar.of_duty(duty, window.first, window.end))
    }


def _own_days(calendar: Calendar, window: Window):
    """What a unit owes by the days it chose: instead of what holds for all units."""
    catalog = calendar.catalog
    by_id = {duty.id: duty for duty in calendar.duties}
    for duty_id, unit_id in calendar.choosers:
        unit = catalog.get(unit_id)
        found = calendar.of_unit(unit, window.first, window.end, [by_id[duty_id]])
        yield (duty_id, unit_id), found


def _runs(found: Iterable[Occurrence], periods: _Periods, states: _Table) -> list[list]:
    runs: list[list] = []
    for o in sorted(found, key=lambda o: (periods.number(o.period), o.due)):
        at = periods.number(o.period)
        reported = None if o.reports_on is None else periods.number(o.reports_on) - at
        shift = (o.due - o.period.last).days
        rest = [shift, reported, states.number(_state(o))]
        if runs and runs[-1][0] + runs[-1][1] == at and runs[-1][2:] == rest:
            runs[-1][1] += 1
        else:
            runs.append([at, 1, *rest])
    return runs


def _state(o: Occurrence) -> list:
    """[flags, how many times, hour]: what few duties differ in."""
    hour = f"{o.due_time:%H:%M}" if o.due_time else ""
    return [[FLAGS.index(flag) for flag in o.flags], words.quota(o), hour]


def _roles(handbook: Handbook, actors: list[str], uri):
    """[name, actors]: one notion over all documents is one choice."""
    for group in handbook.role_groups:
        ours = [actors.index(r.id) for r in group.roles if r.id in actors]
        if ours:
            shared = len(group.roles) > 1
            page = f"{ROLE_GROUP}.{group.slug}" if shared else group.roles[0].id
            yield [group.name, ours, uri(page_of(page))]
    for n, actor in enumerate(actors):
        record = handbook.catalog.get(actor)
        if record.kind == "unit_group":
            yield [record.name, [n], uri(page_of(actor))]


def _days_off(calendar: Calendar, window: Window) -> dict[str, list]:
    """Announced days off with their names, and weekend days that are worked."""
    workdays = calendar.workdays
    days = [date.fromordinal(n) for n in range(window.first.toordinal(), window.end.toordinal())]
    named = [[window.offset(d), workdays.holiday(d)] for d in days if workdays.holiday(d)]
    worked = [window.offset(d) for d in days if d.weekday() > 4 and workdays.is_workday(d)]
    return {"named": named, "worked": worked}


def _passing(unit: Unit) -> bool:
    return bool(unit.opened or unit.closed)


def _offset(window: Window, day: date | None) -> int | None:
    return window.offset(day) if day else None


def script(content: dict) -> str:
    """As a script, because ``file://`` allows no fetch."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f"window.ZHIXING_CALENDAR = {text};\n"


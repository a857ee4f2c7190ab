"""What the pages say of due dates in words that do not age.

How many days are left only the reader's browser knows: a view leaves a box for it, told by its
attributes what to fill in, and `site/static/calendar.js` fills it.
"""

from collections.abc import Callable, Iterable
from datetime import date

from targets import wording
from targets.calendar.occurrences import Calendar, Occurrence, why_undated
from targets.calendar.rrules import rrule
from targets.calendar.submissions import load as week_load
from targets.calendar.submissions import overlaps
from targets.catalog.carriers import carriers
from targets.periods import period_of
from targets.publish.calendar.handed_in import HandIn, by_unit
from targets.publish.calendar.paths import RECEIVED
from targets.publish.calendar.window import Window, window
from targets.schema.base import Labelled
from targets.schema.duties import Duty, Event, Once, Season, Vague
from targets.schema.measures import ActorPeriod
from targets.schema.organisation import Unit

FEW = 8
"""due dates that a line can name one by one"""
COLUMNS = 6
"""due dates side by side on a duty's page"""


class Silence(Labelled):
    """Why a duty has no dates."""

    VAGUE = "vague", "原文的说法排不出日期"
    EVENT = "event", "由事情触发，事情发生才有日期"
    ONCE = "once", "做一次，原文没有期限"
    SEASON = "season", "只说了时段，没有起止日期"
    WITHDRAWN = "withdrawn", "已决定不再要求"


def silence(duty: Duty) -> Silence:
    match duty.recurrence:
        case Vague():
            return Silence.VAGUE
        case Event():
            return Silence.EVENT
        case Once():
            return Silence.ONCE
        case Season():
            return Silence.SEASON
    return Silence.WITHDRAWN


# --- asking, so that a view is known to rest on what it asked


def span(handbook) -> Window:
    return window(handbook.results.as_of)


def _calendar(handbook) -> Calendar:
    """Knows the days off only: who asks for a duty's dates rests on that duty alone."""
    return handbook.watch.once(
        "calendar", lambda: Calendar(handbook.catalog, duties=())
    )


def history(handbook, duty: Duty):
    return handbook.watch.once(
        ("duty_history", duty.id), lambda: _calendar(handbook).history(duty)
    )


def is_dated(handbook, duty: Duty) -> bool:
    return handbook.watch.once(
        ("duty_dated", duty.id),
        lambda: bool(history(handbook, duty)) and _calendar(handbook).dated(duty),
    )


def due_dates(handbook, duty: Duty) -> list[Occurrence]:
    """Due in the years that the site covers."""

    def found():
        history(handbook, duty)
        days = span(handbook)
        return _calendar(handbook).of_duty(duty, days.first, days.end)

    return handbook.watch.once(("due_dates", duty.id), found)


def units_of(handbook, duty: Duty) -> tuple[str, ...]:
    """Ids of the units that ever carry the duty."""

    def found():
        stretches = carriers(handbook.catalog, duty)
        return tuple(dict.fromkeys(u.id for c in stretches for u in c.units))

    return handbook.watch.once(("carriers", duty.id), found)


def _dated(handbook) -> list[Duty]:
    return [duty for duty in handbook.catalog.all(Duty) if is_dated(handbook, duty)]


# --- views


def dates(handbook, record_id: str) -> str:
    """On a duty's page its dates; on the page of who carries duties, what is due next."""
    record = handbook.catalog.records.get(record_id)
    if isinstance(record, Duty):
        return _duty_dates(handbook, record)
    if record is None:
        return ""
    which = "unit" if isinstance(record, Unit) else "actors"
    return handbook.template(
        "calendar/who.html", r=record, which=which, owes=_has_dates(handbook, record),
        receives=_receives(handbook, record), received=RECEIVED,
    ).strip()


def _receives(handbook, record) -> bool:
    """Whether something with a date is to be sent to a role, be it as a copy."""
    return any(
        record.id in (*duty.recipients, *duty.copies) and is_dated(handbook, duty)
        for duty in handbook.catalog.backlinks(record.id)
        if isinstance(duty, Duty)
    )


def _has_dates(handbook, record) -> bool:
    if isinstance(record, Unit):
        return any(record.id in units_of(handbook, duty) for duty in _dated(handbook))
    return any(
        record.id in duty.actors and is_dated(handbook, duty)
        for duty in handbook.catalog.backlinks(record.id)
        if isinstance(duty, Duty)
    )


def _duty_dates(handbook, duty: Duty) -> str:
    stretches = history(handbook, duty)
    if not is_dated(handbook, duty):
        return handbook.template(
            "calendar/undated_duty.html",
            why=why_undated(stretches[-1].duty),
            open_ones=[handbook.catalog.get(a) for a in duty.assumptions],
        )
    found = due_dates(handbook, duty)
    return handbook.template(
        "calendar/duty.html",
        r=duty,
        span=span(handbook),
        stretches=stretches,
        decided=any(terms.since for terms in stretches),
        rule=rrule(stretches[-1].duty),
        flags=_flags(found),
    )


def _flags(found: Iterable[Occurrence]) -> list:
    """[flag, on how many dates]"""
    counts: dict = {}
    for occurrence in found:
        for flag in occurrence.flags:
            counts[flag] = counts.get(flag, 0) + 1
    return list(counts.items())


def handed_in(handbook, record_id: str) -> str:
    """What came of a unit's or a duty's due dates around the data date."""
    duty = isinstance(handbook.catalog.records.get(record_id), Duty)
    results = handbook.results
    found = (results.hand_ins_of_duty if duty else results.hand_ins_of_unit).get(record_id, ())
    if not found:
        return ""
    name = "calendar/handed_in_duty.html" if duty else "calendar/handed_in_unit.html"
    pressing = sorted(found, key=lambda h: (not h.open, h.due.toordinal() * (1 if h.open else -1)))
    return handbook.template(name, r=handbook.catalog.get(record_id), found=pressing, grid=grid)


def grid(found: Iterable[HandIn]) -> tuple[list[tuple], dict[str, dict[tuple, list[HandIn]]]]:
    """[(due, period)], the latest `COLUMNS`, and by unit what stands under each."""
    columns = sorted({(h.due, h.period) for h in found})[-COLUMNS:]
    lines: dict[str, dict[tuple, list[HandIn]]] = {}
    for one in found:
        if (key := (one.due, one.period)) in columns:
            lines.setdefault(one.unit, {}).setdefault(key, []).append(one)
    return columns, lines


def chase(handbook) -> str:
    """Who is to be reminded of what, unit by unit, as of the data date."""
    found = [h for some in handbook.results.hand_ins_of_unit.values() for h in some]
    return handbook.template(
        "calendar/chase.html", known=bool(found), groups=by_unit(h for h in found if h.open)
    )


def load(handbook) -> str:
    """How much falls due in each week of the year, and which duties ask for the same numbers."""
    year = span(handbook).first.year
    first, after = (date.fromisocalendar(year + n, 1, 1) for n in (0, 1))
    weeks = [
        period_of(ActorPeriod.WEEK, date.fromordinal(day))
        for day in range(first.toordinal(), after.toordinal(), 7)
    ]
    calendar = Calendar(
        handbook.catalog, duties=_dated(handbook), choices=handbook.results.choices
    )
    carrying = {unit.id for duty in calendar.duties for unit in calendar.units(duty)}
    lines = [
        (unit, *(week_load(calendar, unit, weeks, reports_only=only) for only in (True, False)))
        for unit in handbook.catalog.all(Unit)
        if unit.id in carrying
    ]
    highest: dict = {}
    for unit, _, both in lines:
        highest[unit.level] = max(1, highest.get(unit.level, 0), *both.weeks.values())
    return handbook.template(
        "calendar/load.html", year=year, weeks=weeks, lines=lines, overlaps=overlaps(calendar),
        highest=highest,
    )


def role_group_dates(handbook, slug: str) -> str:
    """What is due next for a notion of a role over all documents."""
    group = handbook.group_by_slug.get(slug)
    ours = [r for r in group.roles if _has_dates(handbook, r)] if group else []
    if not ours:
        return ""
    return handbook.template(
        "calendar/box.html", attributes={"actors": " ".join(r.id for r in ours)}
    )


def desk(handbook) -> str:
    """The calendar itself: built in the browser."""
    return handbook.template("calendar/desk.html", span=span(handbook))


def coming(handbook, pick: str) -> str:
    """A short box of what is due next in the whole bank; with `pick` a reader chooses a unit."""
    return handbook.template("calendar/box.html", attributes={"most": "8", "pick": pick})


def dated(handbook) -> str:
    """Every duty with dates as a table that stays true: no word of it depends on today."""
    groups: dict[str, list] = {}
    for duty in _dated(handbook):
        document = handbook.catalog.document_of(duty)
        name = document.short_name if document else "本行"
        groups.setdefault(name, []).append((duty, due_dates(handbook, duty)))
    return handbook.template(
        "calendar/dated.html", groups=list(groups.items()), named=named_dates, history=history
    )


def undated(handbook) -> str:
    """Duties without dates by why they have none."""
    groups: dict[Silence, list] = {kind: [] for kind in Silence}
    for duty in handbook.catalog.all(Duty):
        if not is_dated(handbook, duty):
            terms = history(handbook, duty)[-1].duty
            groups[silence(terms)].append((duty, why_undated(terms)))
    return handbook.template(
        "calendar/undated.html", groups=[(k, found) for k, found in groups.items() if found]
    )


def feeds(handbook) -> str:
    """Every feed with its link."""
    duties = _dated(handbook)
    carrying = {unit for duty in duties for unit in units_of(handbook, duty)}
    units = [unit for unit in handbook.catalog.all(Unit) if unit.id in carrying]
    actors = dict.fromkeys(actor for duty in duties for actor in duty.actors)
    return handbook.template(
        "calendar/feeds.html",
        units=units,
        actors=[handbook.catalog.get(a) for a in actors],
        recipients=[
            handbook.catalog.get(r)
            for r in dict.fromkeys(r for duty in duties for r in (*duty.recipients, *duty.copies))
        ],
        received=RECEIVED,
    )


def named_dates(found: list[Occurrence]) -> str:
    """Due dates in one line: each where they are few, else how many from when to when."""
    if not found:
        return "这几年里没有"
    if len(found) <= FEW:
        return "、".join(wording.day(o.due) for o in found)
    first, last = wording.day(found[0].due), wording.day(found[-1].due)
    return f"共 {len(found)} 次，{first}至{last}"


VIEWS: dict[str, Callable[..., str]] = {
    "dates": dates,
    "role_group_dates": role_group_dates,
    "desk": desk,
    "coming": coming,
    "dated": dated,
    "undated": undated,
    "feeds": feeds,
    "handed_in": handed_in,
    "chase": chase,
    "load": load,
}
FILLED = (
    "dates", "role_group_dates", "desk", "coming", "feeds", "handed_in", "chase", "load",
)  # fmt: skip
"""views that the browser fills: their pages load the script"""

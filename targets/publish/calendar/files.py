"""What the calendar puts beside the pages: the script of dates and the feeds.

Some thousands of events take seconds to write, so a fingerprint over all that they are made from
says whether anything must be done. It leaves out what no date rests on: a target's new value costs
nothing here.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from targets.calendar.feeds import Feeds
from targets.calendar.ledger import Ledger
from targets.calendar.occurrences import Calendar
from targets.publish.calendar import data
from targets.publish.calendar.paths import ALL, FEEDS, RECEIVED, feed_of
from targets.publish.calendar.window import Window, window
from targets.publish.domain.handbook import Handbook
from targets.publish.results import code_fingerprint
from targets.schema.duties import Duty
from targets.schema.organisation import Unit
from targets.schema.targets import Decision

_CODE = (
    "schema", "catalog", "calendar", "publish/calendar", "publish/domain/groups.py",
    "wording.py", "periods.py",
)  # fmt: skip
_KINDS = ("document", "duty", "role", "unit", "unit_group", "chosen_dates", "workday_notice",
          "assumption")  # fmt: skip
# What these fields name has no due dates.
_UNDATED_CHANGES = ("target", "metric", "scorecard", "allocation")


def feed_names(calendar: Calendar) -> dict[str, str]:
    """Record id -> name, for all that have a feed: roles and groups that act, units that carry."""
    catalog = calendar.catalog
    dated = [duty for duty in calendar.duties if calendar.dated(duty)]
    carrying = {unit.id for duty in dated for unit in calendar.units(duty)}
    actors = dict.fromkeys(actor for duty in dated for actor in duty.actors)
    units = [unit.id for unit in catalog.all(Unit) if unit.id in carrying]
    return {record_id: catalog.get(record_id).name for record_id in (*actors, *units)}


def recipient_ids(calendar: Calendar) -> tuple[str, ...]:
    """Ids of the roles that are to receive something with a date, be it as a copy."""
    dated = [duty for duty in calendar.duties if calendar.dated(duty)]
    return tuple(dict.fromkeys(r for duty in dated for r in (*duty.recipients, *duty.copies)))


def feeds(calendar: Calendar, ledger: Ledger, span: Window) -> Iterator[tuple[str, bytes]]:
    """(path below the site's root, content) of every feed."""
    written = Feeds(calendar, ledger)
    yield feed_of(ALL), written.of_duties("报送日历", lambda duty: True, span.first, span.end)
    for record_id in feed_names(calendar):
        record = calendar.catalog.get(record_id)
        of = written.of_unit if isinstance(record, Unit) else written.of_role
        yield feed_of(record_id), of(record, span.first, span.end)
    for role_id in recipient_ids(calendar):
        role = calendar.catalog.get(role_id)
        yield feed_of(role_id + RECEIVED), written.of_recipient(role, span.first, span.end)


def fingerprint(handbook: Handbook, ledger: Ledger) -> str:
    """Over all that the script and the feeds are made from."""
    catalog = handbook.catalog.plain
    digest = hashlib.blake2b(code_fingerprint(_CODE).encode(), digest_size=16)
    parts = [
        version("chinesecalendar"),
        version("icalendar"),
        str(handbook.results.plain.as_of),
        repr(handbook.results.plain.choices),
        ledger.text(),
        *(r.model_dump_json() for r in catalog.records.values() if r.kind in _KINDS),
        *(d.model_dump_json() for d in catalog.all(Decision) if _moves_dates(d)),
        *(catalog.citation(c) for duty in catalog.all(Duty) for c in duty.clauses),
    ]
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _moves_dates(decision: Decision) -> bool:
    return any(
        not any(hasattr(change, field) for field in _UNDATED_CHANGES)
        for change in decision.changes
    )


def write(handbook: Handbook, root: Path, kept: Path, uri: Callable[[str], str]) -> list[str]:
    """Make the site hold the script and the feeds of these definitions, and no other feeds.

    `kept` is where the last fingerprint stands. Only what differs is written; the paths are told.
    """
    catalog = handbook.catalog.plain
    ledger = Ledger.read(catalog.folder)
    now = fingerprint(handbook, ledger)
    if _up_to_date(root, kept, now):
        return []
    span = window(handbook.results.plain.as_of)
    calendar = Calendar(catalog, choices=handbook.results.plain.choices)
    content = data.document(handbook, calendar, span, uri)
    wanted = {data.SCRIPT: data.script(content).encode()} | dict(feeds(calendar, ledger, span))
    changed = [path for path, body in wanted.items() if _write(root / path, body)]
    for path in (root / FEEDS).glob("*.ics"):
        if path.relative_to(root).as_posix() not in wanted:
            path.unlink()
            changed.append(path.relative_to(root).as_posix())
    _write(kept, json.dumps({"fingerprint": now, "files": sorted(wanted)}).encode())
    return changed


def _up_to_date(root: Path, kept: Path, now: str) -> bool:
    try:
        before = json.loads(kept.read_text(encoding="utf-8"))
        return before["fingerprint"] == now and all((root / f).exists() for f in before["files"])
    except (OSError, ValueError, TypeError, KeyError):  # none yet, cut short, or another's
        return False


def _write(path: Path, body: bytes) -> bool:
    """Whether there was something to write. A reader never meets half a file."""
    if path.exists() and path.read_bytes() == body:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(body)
    partial.replace(path)
    return True

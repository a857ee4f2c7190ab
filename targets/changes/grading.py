"""The grade of one written difference, by the kind of record and the field."""

import re

from targets.schema.base import Place
from targets.schema.criteria import Boundary
from targets.schema.rules import Limit, OnRows, Prohibition
from targets.schema.sharing import Bound, Share

from . import grades
from .grades import Graded
from .model import Grade
from .natural import Difference

_FIELDS = {
    "metric": dict.fromkeys(
        ("unit", "direction", "caliber", "measure", "grain", "assumptions"), grades.caliber
    ),
    "target": {"scope": grades.text, "assumptions": grades.caliber},
    "duty": {
        "recurrence": grades.recurrence, "deadline": grades.deadline,
        "at_time": grades.at_time, "rest_day": grades.rest_day,
        "reports_on": grades.other_deadline, "actors": grades.asked,
        **dict.fromkeys(
            ("recipients", "copies", "form", "metrics", "layout", "assumptions"), grades.caliber
        ),
    },
    "rule": {"body": grades.caliber, "applies_to": grades.asked, "assumptions": grades.caliber},
    "scorecard": dict.fromkeys(
        ("membership", "items", "levels", "grades", "assumptions"), grades.caliber
    ),
    "allocation": dict.fromkeys(
        ("target", "decision", "of", "level", "shares", "by", "step", "minimum", "maximum",
         "bounds"), grades.caliber,
    ),
    "assumption": {
        "affects": grades.caliber, "interim": grades.caliber,
        "settle_by": grades.by_deadline(lambda day: day.toordinal() if day else None),
    },
    "decision": {
        "effective": grades.by_deadline(lambda day: day),
        "expires": grades.other_deadline, "changes": grades.caliber, "signoff": grades.caliber,
    },
    "dataset": dict.fromkeys(
        ("table", "columns", "period", "unit", "site", "key", "content", "optional"),
        grades.caliber,
    ),
    "unit": dict.fromkeys(("code", "level", "parent", "operating", "opened", "closed"),
                          grades.caliber),
    "unit_group": dict.fromkeys(("membership", "levels", "operating_only", "members", "excluded"),
                                grades.caliber),
    "peer_set": dict.fromkeys(("membership", "stated_count", "members"), grades.caliber),
    "role": dict.fromkeys(("levels", "seated_in"), grades.caliber),
    "workday_notice": {},
    "chosen_dates": {"days": grades.other_deadline},
}
"""Fields that bear on what is asked; all others are wording."""
_WORDING = ("note", "name", "title", "detail", "what", "sample", "synonyms")


def graded(kind: str, found: Difference) -> Graded:
    """The grade of a difference, and for deadlines whether it comes earlier."""
    first, last = found.names[0], found.names[-1]
    if found.order:
        return Grade.TEXT, None
    if first == "places":
        return _place(found)
    if last in _WORDING:
        return Grade.TEXT, None
    if kind == "rule" and isinstance(found.owners[-1][1], Limit):
        return _limit(found)
    if kind == "allocation" and isinstance(found.owners[-1][1], Share | Bound):
        return Grade.CALIBER, None
    if kind == "workday_notice":
        return Grade.DEADLINE, None
    return _FIELDS.get(kind, {}).get(first, grades.text)(found.old, found.new)


def _place(found: Difference) -> Graded:
    """A source's own strength at a place is part of what is asked; the rest is provenance."""
    inside = isinstance(found.owners[-1][1], Place)
    if inside and found.names[-1] == "commitment":
        return grades.commitment(found.old, found.new)
    if inside and found.names[-1] in ("value", "basis"):
        return Grade.CALIBER, None
    return Grade.TEXT, None


def _limit(found: Difference) -> Graded:
    """A figure of a rule: on the side that it binds, where the rule's conditions tell it."""
    name, limits = found.names[-1], found.owners[-1]
    bodies = [next((m for m in side if isinstance(m, OnRows)), None)
              for side in zip(*found.owners, strict=True)]
    ways = {_way(body, limit) for body, limit in zip(bodies, limits, strict=True)}
    way = ways.pop() if len(ways) == 1 else None
    if way is None or limits[0].test != limits[1].test:
        return Grade.CALIBER, None
    if name == "value":
        return grades.by_order(lambda value: value * way)(found.old, found.new)
    if name == "boundary":
        required = 1 if way == {"at_least": 1, "at_most": -1}[limits[0].test] else -1
        return grades.by_order(lambda b: required * (b is Boundary.EXCLUDED))(found.old, found.new)
    return Grade.CALIBER, None


def _way(body: OnRows | None, limit: Limit) -> int | None:
    """1 where a higher figure asks for more, -1 where a lower one does."""
    side = {"at_least": 1, "at_most": -1}.get(limit.test)
    if body is None or side is None:
        return None
    name = next(n for n, one in body.figures.items() if one == limit)
    used = {field for field, text in body.conditions.items() if re.search(rf":{name}\b", text)}
    if used == {"require"}:
        return side
    if isinstance(body, Prohibition) and used == {"where"}:
        return -side
    return None

"""Which units carry a duty: its actors are roles and groups, and these sit somewhere."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from targets.schema.base import UnitLevel
from targets.schema.duties import Duty
from targets.schema.organisation import Unit, UnitGroup
from targets.schema.source import Role
from targets.schema.targets import SetSeat

from .catalog import Catalog
from .decisions import decisions_on, stretches


@dataclass(frozen=True)
class Carriers:
    """Units that carry a duty, and in words why an actor leads to none.

    They hold for what falls due from `since` to `until`, both included.
    """

    units: tuple[Unit, ...]
    unplaced: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(unit.id for unit in self.units)


def carriers(catalog: Catalog, duty: Duty) -> tuple[Carriers, ...]:
    """Units of all the duty's actors, stretch by stretch; together they cover all days."""
    ours = [
        decision
        for decision in catalog.issued
        if any(isinstance(c, SetSeat) and c.actor in duty.actors for c in decision.changes)
    ]
    return tuple(
        _carriers(catalog, duty, decisions_on(catalog, since) if since else (), since, until)
        for since, until in stretches(ours)
    )


def _carriers(catalog: Catalog, duty: Duty, live, since, until) -> Carriers:
    decided = {
        change.actor: change
        for decision in live
        for change in decision.changes
        if isinstance(change, SetSeat)
    }
    found: dict[str, Unit] = {}
    unplaced = []
    for actor in duty.actors:
        if actor not in catalog.records:  # of a duty that has left the definitions
            continue
        units, why = (
            _seated(catalog, decided[actor])
            if actor in decided
            else seats(catalog, catalog.get(actor))
        )
        found.update((unit.id, unit) for unit in units)
        if why:
            unplaced.append(why)
    return Carriers(tuple(found.values()), tuple(unplaced), since, until)


Seats = tuple[tuple[Unit, ...], str | None]
"""units, and why there is none"""


def seats(catalog: Catalog, actor: Role | UnitGroup) -> Seats:
    """Units where a role or group sits by the sources."""
    if isinstance(actor, Role):
        if actor.external:
            return (), f"{actor.name}是行外的主体"
        if actor.seated_in:
            return seats(catalog, catalog.get(actor.seated_in))
        if not actor.levels:
            return (), f"原文没有说{actor.name}设在哪一级机构"
        return _at(catalog, actor.levels, operating_only=False)
    if actor.members:
        return tuple(catalog.get(unit) for unit in actor.members), None
    if not actor.levels:
        return (), f"原文没有列出{actor.name}是哪些机构"
    return _at(catalog, actor.levels, actor.operating_only)


def _seated(catalog: Catalog, change: SetSeat) -> Seats:
    if change.units:
        return tuple(catalog.get(unit) for unit in change.units), None
    return _at(catalog, change.levels, change.operating_only)


def _at(catalog: Catalog, levels: tuple[UnitLevel, ...], operating_only: bool) -> Seats:
    units = tuple(
        unit
        for unit in catalog.all(Unit)
        if unit.level in levels and (unit.operating or not operating_only)
    )
    names = "、".join(level.label for level in levels)
    return units, None if units else f"机构表里没有{names}这一级"


def open_on(unit: Unit, day: date) -> bool:
    """Whether the unit was open on the day; a unit without dates always is."""
    return (unit.opened is None or unit.opened <= day) and (
        unit.closed is None or day <= unit.closed
    )

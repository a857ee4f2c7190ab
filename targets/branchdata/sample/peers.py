"""Figures of invented peers, beside the units that are ranked among them."""

import numpy as np

from targets.schema.criteria import RankAmong
from targets.schema.measures import Count, ReportedMeasure
from targets.schema.organisation import Unit
from targets.schema.targets import BindsEach, BindsGroup, BindsTotal, Target

from .figures import YEAR_END, Figures
from .ground import MONTHS, Rows, month_ends
from .stories import ABSENT, IN_THE_COUNTY, LEADING, OF_THE_REST, PEER_NAMES, PEERS


def peers(catalog, reported: Figures) -> Rows:
    """Three peers for every code that is ranked among a peer set, at every unit that is ranked."""
    days = np.array(month_ends(), dtype="datetime64[D]")
    rows = Rows()
    for code, (metric, units) in sorted(_ranked(catalog).items()):
        for place, unit in enumerate(sorted(units)):
            own = reported.of(code, unit)
            months = np.arange(reported.first[unit], MONTHS)
            for name, values in zip(PEER_NAMES, _figures(code, unit, place, own, reported),
                                    strict=True):
                if isinstance(metric.unit, Count):
                    values = values // 100 * 100
                sent = months[:-1] if ABSENT.get(code) == name else months
                rows.add(
                    data_date=days[sent],
                    unit_code=np.full(len(sent), unit, dtype=object),
                    peer=np.full(len(sent), name, dtype=object),
                    code=np.full(len(sent), code, dtype=object),
                    value=values[sent],
                )
    return rows


def _figures(code: str, unit: str, place: int, own: np.ndarray, reported: Figures):
    whole = IN_THE_COUNTY.get(code)
    if whole in reported.values:
        rest = reported.of(whole, unit) - own
        return [np.rint(rest * share).astype(np.int64) for share in OF_THE_REST]
    stories = PEERS.get(code, (LEADING,))
    base = own[YEAR_END]
    return [
        np.rint(base * peer.stock + (own - base) * peer.change).astype(np.int64)
        for peer in stories[place % len(stories)]
    ]


def _ranked(catalog) -> dict[str, tuple[object, set[str]]]:
    """Codes ranked among a peer set, each with its metric and the units ranked."""
    out: dict[str, tuple[object, set[str]]] = {}
    for target in catalog.all(Target):
        for metric_id, part in target.parts:
            metric = catalog.get(metric_id)
            if (
                isinstance(part.quantity, RankAmong)
                and part.quantity.peers
                and isinstance(metric.measure, ReportedMeasure)
            ):
                _, units = out.setdefault(metric.measure.code, (metric, set()))
                units |= {u.code for u in _bound(catalog, target)}
    return out


def _bound(catalog, target: Target) -> list[Unit]:
    units = list(catalog.all(Unit))
    found: list[Unit] = []
    for binds in target.binds:
        if isinstance(binds, BindsTotal):
            found += [catalog.bank] if catalog.bank else []
        elif isinstance(binds, BindsEach):
            found += [u for u in units if u.level is binds.level]
        elif isinstance(binds, BindsGroup):
            group = catalog.get(binds.group)
            found += [u for u in units if u.id in group.members or u.level in group.levels]
    return found

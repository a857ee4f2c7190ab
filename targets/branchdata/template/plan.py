"""What a unit must send: read off the targets that bind it or the units below it."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from targets.catalog import Catalog
from targets.catalog.decisions import metric_in_force, target_in_force
from targets.periods import month_end
from targets.problems import Code, Problem, Problems, did_you_mean
from targets.schema.criteria import RankAmong
from targets.schema.measures import (
    Dataset,
    Metric,
    PeersContent,
    QuotientMeasure,
    ReportedContent,
    ReportedMeasure,
    SitesContent,
)
from targets.schema.organisation import SiteKind, Unit, UnitGroup
from targets.schema.targets import BindsEach, BindsGroup, BindsSite, BindsTotal, Target

SHEET_NAME = re.compile(r"[^\[\]:*?/\\']{1,31}")


@dataclass(frozen=True)
class Figure:
    """A ready-made figure that a unit reports: one row of the sheet."""

    unit: Unit
    metric: Metric
    """as in force on the period's last day"""


@dataclass(frozen=True)
class SheetPlan:
    """One table of the workbook."""

    dataset: Dataset
    units: tuple[Unit, ...]
    """whose codes may stand in it"""
    figures: tuple[Figure, ...]
    """the rows of a table of ready-made figures"""
    codes: tuple[Metric, ...]
    """the metrics whose codes may stand in a table of peers' figures"""
    targets: tuple[str, ...]
    """the targets that it feeds"""

    @property
    def name(self) -> str:
        """The sheet's name: the table's Chinese one where a workbook can have such a name."""
        fits = SHEET_NAME.fullmatch(self.dataset.name)
        return self.dataset.name if fits else self.dataset.table

    @property
    def digest(self) -> str:
        """Changes whenever the sheet would be laid out or checked in another way."""
        return digest({
            "dataset": self.dataset.model_dump(mode="json"),
            "units": [u.code for u in self.units],
            "figures": [
                (f.unit.code, f.metric.measure.code, f.metric.unit.model_dump(mode="json"))
                for f in self.figures
            ],
            "codes": [m.measure.code for m in self.codes],
        })


@dataclass(frozen=True)
class Plan:
    """A unit's workbook for a period."""

    catalog: Catalog
    unit: Unit
    period: date
    sheets: tuple[SheetPlan, ...]
    left_out: tuple[Dataset, ...] = ()
    """tables about sites of a kind that these units have none of"""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that the workbook's tables feed."""
        return tuple(dict.fromkeys(
            metric for sheet in self.sheets for target in sheet.targets
            for metric, part in self.catalog.get(target).parts for metric in (metric, *part.others)
        ))


def digest(content) -> str:
    """SHA-256 over JSON-ready content."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=2)
def definitions_digest(catalog: Catalog) -> str:
    """The catalogue's digest: the same for every workbook of a run."""
    return catalog.digest()


# ---------------------------------------------------------------- what was asked for


def find_unit(catalog: Catalog, word: str) -> Unit:
    """The unit of this code, id or name. Raises Problems with a hint."""
    units = catalog.all(Unit)
    for unit in units:
        if word in (unit.code, unit.id, unit.name):
            return unit
    names = [w for u in units for w in (u.code, u.name, u.id)]
    raise Problems([Problem(
        Code.TEMPLATE_UNIT, f"没有代码、编号或名称是“{word}”的机构", file="机构",
        allowed="、".join(f"{u.code} {u.name}" for u in units) or "（还没有登记任何机构）",
        mend=did_you_mean(word, names) or "核对机构代码，前面的 0 不能丢",
    )])


def period_end(text: str) -> date:
    """2026-09-30, 2026-09 or 2026Q3: the last day of the period. Raises Problems."""
    year, month = None, None
    if match := re.fullmatch(r"([0-9]{4})[Qq]([1-4])", text):
        year, month = int(match[1]), 3 * int(match[2])
    elif match := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})", text):
        year, month = int(match[1]), int(match[2])
    elif re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise _bad_period(text, "没有这一天") from None
        last = month_end(day.year, day.month)
        if day != last:
            raise _bad_period(text, "不是月末", f"改成 {last}")
        return day
    if year is None or not (1 <= month <= 12 and 2000 <= year <= 2999):
        raise _bad_period(text, "读不出是哪一期")
    return month_end(year, month)


def _bad_period(text: str, why: str, mend: str = "照样子改写") -> Problems:
    return Problems([Problem(
        Code.TEMPLATE_PERIOD, f"“{text}”{why}", file="时期",
        allowed="月末日期、月份或季度，如 2026-09-30、2026-09、2026Q3", mend=mend,
    )])


def units_below(catalog: Catalog, unit: Unit, day: date) -> tuple[Unit, ...]:
    """The unit and all below it that are open on `day`, each before those below it."""
    out: list[Unit] = []
    queue = [unit]
    while queue:
        here = queue.pop(0)
        if (here.opened is None or here.opened <= day) and not (here.closed and here.closed < day):
            out.append(here)
        queue[:0] = catalog.sub_units(here)
    return tuple(out)


def open_units(catalog: Catalog, unit: Unit, day: date) -> tuple[Unit, ...]:
    """`units_below`, of a unit that is itself open on `day`. Raises Problems where it is not."""
    units = units_below(catalog, unit, day)
    if unit not in units:
        raise Problems([Problem(
            Code.TEMPLATE_UNIT, f"{unit.name}在 {day} 还没有开业，或者已经撤并", file="机构",
            mend="换一期，或换一家机构",
        )])
    return units


def in_group(group: UnitGroup, unit: Unit) -> bool:
    """Whether a group that says who belongs to it holds the unit."""
    listed = bool(group.levels or group.members or group.operating_only)
    return (
        listed
        and (not group.levels or unit.level in group.levels)
        and (not group.members or unit.id in group.members)
        and (not group.operating_only or unit.operating)
    )


# ---------------------------------------------------------------- who is bound


def bound_units(
    catalog: Catalog, target: Target, units: Sequence[Unit], day: date, sites: Iterable | None
) -> tuple[Unit, ...]:
    """Those of the units that a target is judged at.

    `sites` are the units' sites when they are known: who has no site of the target's kind is not
    concerned.
    """
    kind = target.scope.site_kind
    found = [u for u in units if any(_binds(catalog, b, u) for b in target.binds)]
    if kind is None or sites is None:
        return tuple(found)
    return tuple(u for u in found if _has_site(catalog, u, kind, day, sites))


def _binds(catalog: Catalog, binds, unit: Unit) -> bool:
    match binds:
        case BindsTotal():
            return unit.parent is None
        case BindsEach(level=level):
            return unit.level is level
        case BindsGroup(group=group):
            return in_group(catalog.get(group), unit)
        case BindsSite():
            return unit.operating
    raise TypeError(f"no rule for {type(binds).__name__}")


def _has_site(catalog: Catalog, unit: Unit, kind: SiteKind, day: date, sites) -> bool:
    below = {u.code for u in units_below(catalog, unit, day)}
    return any(s.kind == kind.value and s.unit_code in below for s in sites)


def _metrics_read(catalog: Catalog, metric_id: str, day: date) -> Iterator[Metric]:
    """The metric and those that it is divided from, as in force on `day`."""
    metric = metric_in_force(catalog, metric_id, day).metric
    if isinstance(metric.measure, QuotientMeasure):
        yield from _metrics_read(catalog, metric.measure.numerator, day)
        yield from _metrics_read(catalog, metric.measure.denominator, day)
    else:
        yield metric


@lru_cache(maxsize=2)
def _targets_on(catalog: Catalog, day: date) -> tuple[Target, ...]:
    """Every target as in force on `day`: the same for every unit of a level."""
    return tuple(target_in_force(catalog, t.id, day).target for t in catalog.all(Target))


@dataclass
class _Need:
    """What a table is wanted for."""

    targets: dict[str, None] = field(default_factory=dict)
    reported: dict[str, tuple[Metric, dict[str, Unit]]] = field(default_factory=dict)
    """code -> metric and the units bound by it"""
    peers: dict[str, Metric] = field(default_factory=dict)


def _needs(catalog: Catalog, units, day, documents, sites) -> dict[str, _Need]:
    needs: dict[str, _Need] = {}
    peers = [d.id for d in catalog.all(Dataset) if isinstance(d.content, PeersContent)]
    for target in _targets_on(catalog, day):
        if documents and target.owner not in documents:
            continue
        bound = bound_units(catalog, target, units, day, sites)
        if not bound:
            continue
        for metric_id, part in target.parts:
            for read in (metric_id, *part.others):
                for metric in _metrics_read(catalog, read, day):
                    dataset = metric.measure.dataset
                    if dataset is None:
                        continue
                    need = needs.setdefault(dataset, _Need())
                    need.targets[target.id] = None
                    if isinstance(metric.measure, ReportedMeasure):
                        _, who = need.reported.setdefault(metric.measure.code, (metric, {}))
                        who.update({u.id: u for u in bound})
                        if isinstance(part.quantity, RankAmong) and part.quantity.peers:
                            for table in peers:
                                rivals = needs.setdefault(table, _Need())
                                rivals.targets[target.id] = None
                                rivals.peers[metric.measure.code] = metric
    return needs


def _reporters(
    catalog: Catalog, metric: Metric, bound: dict[str, Unit], day: date
) -> set[str]:
    """Who reports a figure: the lowest of those bound where figures add up, else all of them.

    A figure of a higher unit beside those below it would stand for them, not add to them.
    """
    if not metric.measure.additive:
        return set(bound)
    return {
        unit.id for unit in bound.values()
        if not any(u.id in bound for u in units_below(catalog, unit, day) if u is not unit)
    }


# ---------------------------------------------------------------- the plan


def plan(
    catalog: Catalog,
    unit: Unit,
    period: date,
    *,
    documents: Sequence[str] = (),
    tables: Sequence[str] = (),
    sites: Iterable | None = None,
) -> Plan:
    """The tables that a unit must send for a period; raises Problems where there are none.

    documents: only what these documents' targets read. tables: only these, bound or not.
    """
    chosen, problems = _documents(catalog, documents)
    wanted, more = _tables(catalog, tables)
    if problems or more:
        raise Problems([*problems, *more])
    units = open_units(catalog, unit, period)
    sites = None if sites is None else tuple(sites)
    needs = _needs(catalog, units, period, chosen, sites)
    order = [m.id for m in catalog.all(Metric)]
    by_site = any(catalog.get(i).site for i in needs)
    sheets = []
    for dataset in _sent(catalog):
        listing = isinstance(dataset.content, SitesContent)
        if wanted and dataset.id not in wanted:
            continue
        if not wanted and dataset.id not in needs and not (listing and by_site):
            continue
        need = needs.get(dataset.id, _Need())
        targets = need.targets
        if listing:
            targets = {
                t: None for i, n in needs.items() if catalog.get(i).site for t in n.targets
            }
        reporters = [
            (metric, _reporters(catalog, metric, bound, period))
            for metric, bound in sorted(
                need.reported.values(), key=lambda one: order.index(one[0].id)
            )
        ]
        figures = tuple(
            Figure(one, metric) for one in units for metric, who in reporters if one.id in who
        )
        if isinstance(dataset.content, ReportedContent) and not figures:
            raise Problems([Problem(
                Code.TEMPLATE_EMPTY, f"{unit.name}没有要在“{dataset.name}”里报的指标",
                file="表",
                mend="换一张表，或换一家机构",
            )])
        sheets.append(SheetPlan(
            dataset, units, figures, tuple(need.peers.values()), tuple(targets)
        ))
    if not sheets:
        raise Problems([Problem(
            Code.TEMPLATE_EMPTY,
            f"{unit.name}及其下级没有要报的表" + ("（只看所选文件）" if documents else ""),
            file="机构",
            mend="换一家机构或一份文件；目标约束到谁，写在目标的 binds 里",
        )])
    without = () if wanted or sites is None else _needs(catalog, units, period, chosen, None)
    left_out = tuple(catalog.get(i) for i in without if i not in needs)
    return Plan(catalog, unit, period, tuple(sheets), left_out)


def _sent(catalog: Catalog) -> list[Dataset]:
    return [dataset for dataset in catalog.all(Dataset) if dataset.sent]


def _documents(catalog: Catalog, words: Sequence[str]) -> tuple[set[str], list[Problem]]:
    """Prefixes of the documents meant by prefix, id, name or short name."""
    out, problems = set(), []
    for word in words:
        found = [
            owner for owner, d in catalog.documents.items()
            if word in (owner, d.id, d.name, d.short_name)
        ]
        out.update(found)
        if not found:
            known = [*catalog.documents, *(d.short_name for d in catalog.documents.values())]
            problems.append(Problem(
                Code.TEMPLATE_DOCUMENT, f"没有“{word}”这份文件", file="文件",
                allowed="、".join(f"{o}（{d.short_name}）" for o, d in catalog.documents.items()),
                mend=did_you_mean(word, known),
            ))
    return out, problems


def _tables(catalog: Catalog, words: Sequence[str]) -> tuple[set[str], list[Problem]]:
    """Datasets meant by table, name or id."""
    datasets = _sent(catalog)
    out, problems = set(), []
    for word in words:
        found = {d.id for d in datasets if word in (d.table, d.name, d.id)}
        out |= found
        if not found:
            known = [w for d in datasets for w in (d.table, d.name)]
            problems.append(Problem(
                Code.TEMPLATE_TABLE, f"没有“{word}”这张表", file="表",
                allowed="、".join(f"{d.table}（{d.name}）" for d in datasets),
                mend=did_you_mean(word, known),
            ))
    return out, problems

"""What earlier data tell a workbook: the units' sites, and last period's figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from targets.catalog import Catalog
from targets.schema.measures import Dataset, ReportedContent, SitesContent
from targets.schema.organisation import Unit

from ..columns import identifier
from ..read import BranchData


@dataclass(frozen=True)
class Site:
    """A jointly built site as the list of sites has it."""

    code: str
    name: str
    kind: str
    unit_code: str


@dataclass(frozen=True)
class Known:
    """What earlier data tell of some units; nothing where there are no data."""

    label: str = ""
    """what the data call themselves, such as 示例数据"""
    sites: tuple[Site, ...] | None = None
    """None where no list of sites is known"""
    sites_on: date | None = None
    figures: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    """(unit code, reported code) -> value as reported, money in yuan"""
    figures_on: date | None = None


def known_from(
    catalog: Catalog, data: BranchData, units: Iterable[Unit], period: date
) -> Known:
    """The last list of sites up to `period`, and the last figures before it, of these units."""
    codes = [u.code for u in units]
    label, sites, listed, figures, reported = data.label, None, None, {}, None
    with data.connect() as con:
        for dataset in catalog.all(Dataset):
            if dataset.table not in data.tables:
                continue
            content = dataset.content
            if isinstance(content, SitesContent):
                columns = (dataset.site, content.name, content.site_kind, dataset.unit)
                listed, rows = _last(con, data, dataset, columns, codes, period, inclusive=True)
                if listed:
                    sites = tuple(Site(*row) for row in rows)
            elif isinstance(content, ReportedContent):
                columns = (dataset.unit, content.code, content.value)
                day, rows = _last(con, data, dataset, columns, codes, period, inclusive=False)
                if day:
                    reported = day
                    figures.update({(unit, code): value for unit, code, value in rows})
    return Known(label, sites, listed, figures, reported)


def _last(con, data: BranchData, dataset: Dataset, columns, codes, period: date, *, inclusive):
    """The rows of these units on the last data date up to `period`."""
    days = [
        d for d in data.dates(dataset.table) if d < period or (inclusive and d == period)
    ]
    if not days:
        return None, []
    names = ", ".join(identifier(c) for c in columns)
    rows = con.execute(
        f"SELECT {names} FROM {identifier(dataset.table)}"
        f" WHERE {identifier(dataset.period)} = ?"
        f" AND list_contains(?, {identifier(dataset.unit)}) ORDER BY ALL",
        [days[-1], codes],
    ).fetchall()
    return days[-1], rows

"""Rosters of the jointly built sites: who is on them, and since when they are what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from targets.schema.organisation import SiteKind, Unit

from .ground import MONTHS, NOTHING, Rows, first_month, generator, reporting_units

# What each sub-branch has built jointly, in turn: M market, C community, T township, P project.
PATTERNS = ("MMCP", "MCT", "MCP", "MT", "MMC", "MCTP", "MTP")
KINDS = {
    "M": (SiteKind.MARKET, "merchants", (60, 220), ("农贸市场", "建材市场", "商贸城", "小商品城")),
    "C": (SiteKind.COMMUNITY, "households", (80, 240), ("花园社区", "河畔社区", "新居社区")),
    "T": (SiteKind.TOWNSHIP, "townships", (60, 180), ("东乡", "南镇", "草甸乡")),
    "P": (SiteKind.PROJECT, "projects", (8, 24), ("公路项目群", "水利项目群", "光伏项目群")),
}


@dataclass(frozen=True)
class Story:
    """Shares of a roster at the first and the last month-end, and how they move in between."""

    name: str
    profiled: tuple[float, float]
    customers: tuple[float, float]
    credited: tuple[float, float]
    path: Callable[[np.ndarray], np.ndarray]


def steady(t: np.ndarray) -> np.ndarray:
    return t


def early(t: np.ndarray) -> np.ndarray:
    return 1 - (1 - t) * (1 - t)


def late(t: np.ndarray) -> np.ndarray:
    return t * t * t


def plateau(t: np.ndarray) -> np.ndarray:
    return np.minimum(1, 1.8 * t) * 0.98 + 0.02 * t


STORIES = (
    Story("已经做到", (0.36, 0.84), (0.28, 0.62), (0.08, 0.27), early),
    Story("稳步向前", (0.28, 0.67), (0.22, 0.485), (0.05, 0.18), steady),
    Story("进展缓慢", (0.24, 0.46), (0.18, 0.33), (0.04, 0.10), steady),
    Story("后来居上", (0.22, 0.73), (0.20, 0.53), (0.04, 0.21), late),
    Story("停滞不前", (0.41, 0.43), (0.31, 0.32), (0.09, 0.09), steady),
    Story("临门一脚", (0.33, 0.69), (0.26, 0.493), (0.06, 0.196), plateau),
    Story("客户流失", (0.52, 0.58), (0.55, 0.39), (0.19, 0.12), steady),
)
GAPS = {(4, 0): 20, (7, 1): MONTHS - 1}
"""(unit, site): the month whose roster was never sent, all counted from 0"""


@dataclass(frozen=True)
class Site:
    unit: Unit
    code: str
    name: str
    kind: SiteKind
    table: str
    size: tuple[int, int]
    story: Story
    first: int
    """the first month with data, from 0"""
    gap: int | None
    """the month whose roster was never sent"""


def plan(units: Sequence[Unit], days: Sequence[date]) -> list[Site]:
    """Which sites each unit has, and what becomes of them."""
    sites = []
    for u, unit in enumerate(units):
        stem = unit.name.replace("总行", "中心城").removesuffix("支行").removesuffix("营业部")
        seen: dict[str, int] = {}
        for s, letter in enumerate(PATTERNS[u % len(PATTERNS)]):
            kind, table, size, names = KINDS[letter]
            seen[letter] = seen.get(letter, 0) + 1
            name = names[(u + seen[letter]) % len(names)]
            sites.append(Site(
                unit, f"{unit.code}{letter}{seen[letter]}", f"{stem}{name}", kind, table, size,
                STORIES[(3 * u + 2 * s) % len(STORIES)], first_month(unit, days),
                GAPS.get((u, s)),
            ))
    return sites


class _Roster:
    """One site's roster over all months: who is on it, and since when they are what."""

    def __init__(self, site: Site, days: Sequence[date]):
        self.rng = generator("site", site.code)
        self.days = np.array(days, dtype="datetime64[D]")
        self.site = site
        months = len(days)
        begin = site.first
        low, high = site.size
        self.count = count = int(self.rng.integers(low, high + 1))
        # Most were there from the start; some came later, a few moved away.
        late_comers = self.rng.random(count) < 0.12
        self.enter = np.where(late_comers, self.rng.integers(begin, months, count), begin)
        leavers = self.rng.random(count) < 0.04
        leave = np.where(leavers, self.rng.integers(begin + 1, months + 1, count), months)
        month = np.arange(months)
        present = (self.enter[:, None] <= month) & (month < leave[:, None])
        present[:, :begin] = False
        if site.gap is not None:
            present[:, site.gap] = False
        self.month, self.member = np.nonzero(present.T)
        span = max(months - 1 - begin, 1)
        self.elapsed = np.clip((month - begin) / span, 0, 1)

    def ranks(self) -> np.ndarray:
        """Members in an order of their own, evenly between 0 and 1."""
        return (self.rng.permutation(self.count) + 0.5) / self.count

    def curve(self, ends: tuple[float, float]) -> np.ndarray:
        nudge = float(self.rng.uniform(-0.012, 0.012))
        start, end = ends[0] + nudge, ends[1] + nudge
        return start + (end - start) * self.site.story.path(self.elapsed)

    def since(self, ranks: np.ndarray, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Per row: whether the member is it at the month-end, and since which day."""
        reached = curve[None, :] >= ranks[:, None]
        first = np.maximum(np.where(reached.any(axis=1), reached.argmax(axis=1), 0), self.enter)
        start = self.days[first].astype("datetime64[M]").astype("datetime64[D]")
        length = (self.days[first] - start).astype(int) + 1
        within = (self.rng.random(self.count) * length).astype(int)
        before = (self.rng.random(self.count) * 900).astype(int)
        from_start = (first == self.site.first) & (self.site.first == 0)
        day = np.where(from_start, self.days[first] - before, start + within)
        return reached[self.member, self.month], day[self.member]


def _dates(there: np.ndarray, days: np.ndarray) -> np.ndarray:
    return np.where(there, days, np.datetime64("NaT", "D"))


def roster_rows(site: Site, days: Sequence[date]) -> dict[str, np.ndarray]:
    """The site's rows in every month."""
    roster = _Roster(site, days)
    story, rng, member, month = site.story, roster.rng, roster.member, roster.month
    period = roster.days[month]
    profiled, profiled_on = roster.since(roster.ranks(), roster.curve(story.profiled))
    customer_ranks = roster.ranks()
    customer_curve = roster.curve(story.customers)
    customers, customer_since = roster.since(customer_ranks, customer_curve)
    credited, _ = roster.since(
        customer_ranks, np.minimum(roster.curve(story.credited), customer_curve)
    )
    ids = np.array([f"{site.code}-{i:04d}" for i in range(1, roster.count + 1)], dtype=object)
    steps = np.array([5, 10, 20, 30, 50, 100])[rng.integers(0, 6, roster.count)]
    lines = np.where(credited, steps[member] * 1_000_000, NOTHING)  # 万元, in fen
    columns = {
        "data_date": period,
        "unit_code": np.full(len(member), site.unit.code, dtype=object),
        "site_code": np.full(len(member), site.code, dtype=object),
        "profiled_on": _dates(profiled, profiled_on),
        "customer_since": _dates(customers, customer_since),
    }
    if site.kind is SiteKind.MARKET:
        visited = roster.ranks()[member] < roster.curve(story.profiled)[month] + 0.1
        ago = rng.integers(0, 6, roster.count)[member] * 7 + (month * 3) % 7
        return columns | {"merchant_id": ids[member], "credit_line": lines,
                          "served_on": _dates(visited, period - ago)}
    if site.kind is SiteKind.COMMUNITY:
        products = rng.integers(1, 4, roster.count)[member] + (roster.elapsed[month] > 0.7)
        return columns | {"household_id": ids[member],
                          "product_count": np.where(customers, products, NOTHING)}
    if site.kind is SiteKind.TOWNSHIP:
        return columns | {"household_id": ids[member],
                          "credit_line": np.where(credited, lines // 5, NOTHING)}
    size = rng.integers(2_000, 60_000, roster.count)[member] * 1_000_000
    grown = 80 + 50 * roster.elapsed[month] + 4 * ((month * 5) % 3)
    return columns | {
        "project_id": ids[member],
        "loan_balance": np.where(credited | (customers & profiled), size * grown // 100,
                                 NOTHING),
        "deposit_balance": np.where(customers, size * grown // 700 + 12_345, NOTHING),
    }


def rosters(units: Sequence[Unit], days: Sequence[date]) -> dict[str, Rows]:
    """The register of sites and every site's roster: table -> rows."""
    gathered: dict[str, Rows] = {}
    for site in plan(reporting_units(units), days):
        gathered.setdefault(site.table, Rows()).add(**roster_rows(site, days))
        months = np.array(days, dtype="datetime64[D]")[site.first:]
        fixed = {"unit_code": site.unit.code, "site_code": site.code, "name": site.name,
                 "kind": site.kind.value}
        gathered.setdefault("sites", Rows()).add(
            data_date=months,
            **{name: np.full(len(months), value, dtype=object) for name, value in fixed.items()},
        )
    return gathered

"""Reported figures: one series per unit and code, parts no larger than their wholes.

What hangs together is derived from the definitions (a quotient's numerator is so much of its
denominator; a target's aim is a multiple of its threshold) and from the relations in `stories`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from targets.schema.criteria import Change, Growth
from targets.schema.measures import (
    Count,
    Direction,
    Metric,
    Money,
    Percent,
    QuotientMeasure,
    Rank,
    ReportedMeasure,
)
from targets.schema.organisation import Unit, UnitLevel
from targets.schema.targets import Target

from .ground import (
    MONTHS,
    Rows,
    families,
    first_month,
    generator,
    month_end,
    month_ends,
    month_index,
    reporting_units,
)
from .stories import (
    AIMS,
    BY_THE_BANK,
    CHANGES,
    COUNT_LEVEL,
    COUNT_LEVELS,
    CUMULATIVE,
    LEVELS,
    MONEY_LEVELS,
    PER_OUTLET,
    PLANNED,
    SEASON,
    SHARES,
    Aim,
    Share,
)

WARM_UP = 10
"""months before the first, so that a change since January has its base"""
SPAN = np.arange(-WARM_UP, MONTHS)
LAST = MONTHS - 1
YEAR_END = month_index(month_end(LAST).replace(year=month_end(LAST).year - 1, month=12))
MONTH_OF = np.array([month_end(int(m)).month for m in SPAN])
YEAR_OF = np.array([month_end(int(m)).year for m in SPAN]) - month_end(LAST).year
FEW = 500
"""counts up to this are dealt out one by one"""


@dataclass(frozen=True)
class Figures:
    """Figures in hundredths of a yuan, a head or a point: code -> unit code -> month -> value."""

    values: Mapping[str, Mapping[str, np.ndarray]]
    first: Mapping[str, int]
    """unit code -> the first month it reports"""
    below: Mapping[str, Sequence[str]]
    """unit code -> reporting units below it, or itself"""

    def of(self, code: str, unit: str) -> np.ndarray:
        """The unit's own figures, or the sum of those below it, month by month."""
        own = self.values[code]
        if unit in own:
            return own[unit]
        months = np.arange(MONTHS)
        return sum(np.where(months >= self.first[u], own[u], 0) for u in self.below[unit])

    def rows(self) -> Rows:
        days = np.array(month_ends(), dtype="datetime64[D]")
        rows = Rows()
        for code, by_unit in self.values.items():
            for unit, values in by_unit.items():
                months = np.arange(self.first[unit], MONTHS)
                rows.add(
                    data_date=days[months],
                    unit_code=np.full(len(months), unit, dtype=object),
                    code=np.full(len(months), code, dtype=object),
                    value=values[months],
                )
        return rows


def figures(
    metrics: Sequence[Metric],
    targets: Sequence[Target],
    units: Sequence[Unit],
    outlets: Mapping[str, int],
) -> Figures:
    """All figures that the definitions know a code for.

    outlets: unit code -> how many outlets it has.
    """
    return _Bank(metrics, targets, units, outlets).figures()


class _Bank:
    """The reckoning: codes resolved one after the other, parts after their wholes."""

    def __init__(self, metrics, targets, units, outlets):
        self.units = list(units)
        self.leaves = reporting_units(units)
        self.days = month_ends()
        self.opened = np.array([first_month(u, self.days) for u in self.leaves])[:, None]
        self.outlets = np.array([outlets.get(u.code, 0) for u in self.leaves])[:, None]
        self.metrics = {m.id: m for m in metrics}
        self.codes: dict[str, Metric] = {}
        for metric in metrics:
            if isinstance(metric.measure, ReportedMeasure):
                self.codes.setdefault(metric.measure.code, metric)
        self.quotients = {
            self.metrics[m.measure.numerator].measure.code: m
            for m in metrics
            if isinstance(m.measure, QuotientMeasure)
            and self._code(m.measure.numerator) and self._code(m.measure.denominator)
        }
        self.aims = {
            metric: (AIMS[t.id], part)
            for t in targets
            if t.id in AIMS
            for metric, part in t.parts[:1]
        }
        sizes = np.array([generator("size", u.code).uniform(0.5, 1.5) for u in self.leaves])
        self.weights = (sizes / sizes.sum())[:, None]
        self.done: dict[str, np.ndarray] = {}

    def _code(self, metric_id: str) -> str | None:
        return getattr(self.metrics[metric_id].measure, "code", None)

    def figures(self) -> Figures:
        values: dict[str, dict[str, np.ndarray]] = {}
        bank = next((u.code for u in self.units if u.level is UnitLevel.BANK), None)
        for code, metric in self.codes.items():
            if not metric.measure.additive:
                values[code] = {u.code: self._place(code, metric, u) for u in self.units}
            elif code in BY_THE_BANK and bank:
                values[code] = {bank: self._series(code).sum(axis=0)[WARM_UP:]}
            else:
                series = self._series(code)[:, WARM_UP:]
                values[code] = {u.code: series[i] for i, u in enumerate(self.leaves)}
        below = {u.code: [u.code] for u in self.leaves}
        for parent, leaves in families(self.units):
            unit = next(u for u in self.units if u.id == parent)
            below[unit.code] = [u.code for u in leaves]
        if bank:
            below[bank] = [u.code for u in self.leaves]
        first = {u.code: first_month(u, self.days) for u in self.units}
        return Figures(values, first, below)

    def _place(self, code: str, metric: Metric, unit: Unit) -> np.ndarray:
        """A grade or a rank, which no unit's figure is the sum of."""
        if isinstance(metric.unit, Rank):
            start = int(generator("rank", code, unit.code).integers(2, 5))
            return np.where(np.arange(MONTHS) < YEAR_END, start, start - 1) * 100
        aim, threshold = self._aim(metric)
        if unit.level is not UnitLevel.BANK:
            aim = Aim(aim.start, float(generator("grade", unit.code).choice((0.5, 1, 1.5))))
        change = np.where(np.arange(MONTHS) < YEAR_END, aim.start, aim.reach)
        return np.rint(change * (threshold or 1)).astype(np.int64) * 100

    def _aim(self, metric: Metric) -> tuple[Aim, float | None]:
        """The aim of the target on a metric, and the target's threshold."""
        aim, part = self.aims.get(metric.id, (Aim(1, 1), None))
        return aim, None if part is None else float(part.test.values[-1].value)

    def _series(self, code: str) -> np.ndarray:
        if code not in self.done:
            self.done[code] = self._resolve(code)
        return self.done[code]

    def _resolve(self, code: str) -> np.ndarray:
        """Leaves by months, in hundredths; nought before a unit opened."""
        metric = self.codes[code]
        if code in CHANGES:
            stock = self._series(CHANGES[code])
            base = np.maximum(SPAN - MONTH_OF, -WARM_UP) + WARM_UP
            return stock - stock[:, base]
        if code in PER_OUTLET:
            aim, threshold = self._aim(metric)
            ratio = _path(aim.start, aim.reach) * (threshold or PER_OUTLET[code])
            return self._whole(metric, self.outlets * ratio * (1 + 0.12 * self._lean(code)))
        share = self._share(code)
        if share is None:
            return self._whole(metric, self._free(code, metric))
        whole = self._series(share.whole)
        factor = _path(share.start, share.end) * (1 + share.spread * self._lean(code, share))
        if share.accrues:
            factor = factor * np.array(SEASON)[MONTH_OF - 1] / 100
        part = self._whole(metric, whole / 100 * factor)
        return np.minimum(part, whole) if max(share.start, share.end) <= 1 and not (
            share.accrues) else part

    def _share(self, code: str) -> Share | None:
        """How much of which figure this one is, by declaration or as a quotient's numerator."""
        if code in SHARES and SHARES[code].whole in self.codes:
            return SHARES[code]
        quotient = self.quotients.get(code)
        if quotient is None:
            return None
        whole = self._code(quotient.measure.denominator)
        scale = 100 if isinstance(quotient.unit, Percent) else 1
        aim, threshold = self._aim(quotient)
        if threshold is not None:
            start, end = aim.start * threshold / scale, aim.reach * threshold / scale
        else:
            start = generator("share", code).uniform(*((0.3, 0.55) if scale > 1 else (1.8, 3)))
            end = start * (1.06 if quotient.direction is Direction.UP else 0.95)
        spread = 0.1 if scale == 1 else min(0.1, 0.7 * (1 / max(start, end) - 1))
        return Share(whole, start, end, spread)

    def _lean(self, code: str, share: Share | None = None) -> np.ndarray:
        """How far each unit lies from the mean, between -1 and 1; the bank's mean stays."""
        if share is not None and share.by_branch:
            place = {
                unit.id: (1, 0, -1)[i % 3]
                for i, (_, leaves) in enumerate(families(self.units)) for unit in leaves
            }
            return np.array([place[u.id] for u in self.leaves])[:, None]
        lean = np.array([generator("lean", code, u.code).uniform(-1, 1) for u in self.leaves])
        lean = lean[:, None] - (lean[:, None] * self.weights).sum()
        return lean / max(1, np.abs(lean).max())

    def _free(self, code: str, metric: Metric) -> np.ndarray:
        """A figure that hangs on no other, by leaf, in yuan or heads."""
        start, end = self._ends(code, metric)
        if code in PLANNED:
            return self.weights * start * np.ones(len(SPAN)) if start > 10**6 else np.full(
                (len(self.leaves), len(SPAN)), start / len(self.leaves))
        if code in CUMULATIVE:
            tilt = 1 + 0.14 * self._lean(code) * (YEAR_OF == 0)
            yearly = np.where(YEAR_OF == 0, end, start)
            season = np.array(SEASON)[MONTH_OF - 1] / 100
            total = yearly * season
            return total[None, :] if self._dealt(metric, total) else self.weights * total * tilt
        path = _path(start, end)
        if self._dealt(metric, path):
            return path[None, :]
        growing = self.weights * (1 + 0.4 * self._lean(code))
        values = self.weights * start + growing / growing.sum() * (path - start)
        ramp = np.clip((SPAN - self.opened + 1) / (YEAR_END - self.opened + 1), 0, 1)
        return values * self._waver(code) * np.where(self.opened > 0, ramp, 1)

    def _waver(self, code: str) -> np.ndarray:
        """Small ups and downs; none where years are compared, so that aims are kept."""
        noise = np.array([
            generator("waver", code, u.code).uniform(-0.002, 0.002, len(SPAN))
            for u in self.leaves
        ])
        noise[:, [WARM_UP + m for m in (YEAR_END, LAST, LAST - 12)]] = 0
        return 1 + noise

    def _ends(self, code: str, metric: Metric) -> tuple[float, float]:
        """The bank's total at last year's end and at the last month-end; for what accrues, of the
        whole of last year and this."""
        rng = generator("level", code)
        down = metric.direction is Direction.DOWN
        growth = rng.uniform(-0.08, -0.02) if down else rng.uniform(0.02, 0.13)
        if code in LEVELS:
            start, growth = LEVELS[code]
        elif isinstance(metric.unit, Money):
            low, high = MONEY_LEVELS[metric.unit.unit.value]
            start = rng.uniform(low, high) * metric.unit.unit.yuan
        else:
            of = metric.unit.of if isinstance(metric.unit, Count) else ""
            start = rng.uniform(*COUNT_LEVELS.get(of, COUNT_LEVEL))
        accrues = code in CUMULATIVE
        end = start * (1 + growth * (1 if accrues else (LAST - YEAR_END) / 12))
        aim, threshold = self._aim(metric)
        if threshold is None:
            return start, end
        _, part = self.aims[metric.id]
        scale = metric.unit.unit.yuan if isinstance(metric.unit, Money) else 1
        if isinstance(part.quantity, Growth):
            return start, start * (1 + aim.reach * threshold / 100)
        start = aim.start * threshold * scale
        if isinstance(part.quantity, Change):
            return start, start + aim.reach * threshold * scale
        end = aim.reach * threshold * scale
        by_now = SEASON[month_end(LAST).month - 1] / 100 if accrues else 1
        return start / by_now, end / by_now

    def _dealt(self, metric: Metric, total: np.ndarray) -> bool:
        return isinstance(metric.unit, Count) and total.max() <= FEW

    def _whole(self, metric: Metric, values: np.ndarray) -> np.ndarray:
        """Exact hundredths; heads are whole, and add up to the rounded total."""
        if not isinstance(metric.unit, Count):
            out = np.rint(values * 100).astype(np.int64)
        elif len(values) == 1:
            total = np.rint(values[0]).astype(np.int64)
            n = len(self.leaves)
            out = (total // n + (total % n > np.arange(n)[:, None])) * 100
        else:
            summed = np.rint(np.cumsum(values, axis=0)).astype(np.int64)
            out = np.diff(summed, axis=0, prepend=0) * 100
        return np.where(self.opened <= SPAN, out, 0)


def _path(start: float, end: float) -> np.ndarray:
    """From last year's end to the last month-end, and back before it at much the same pace."""
    yearly = (end - start) * 12 / (LAST - YEAR_END) * 0.9
    earliest = start - yearly * (YEAR_END + WARM_UP) / 12
    lowest, highest = 0.4 * start, 1.8 * start
    return np.interp(SPAN, (-WARM_UP, YEAR_END, LAST),
                     (min(max(earliest, lowest), highest), start, end))

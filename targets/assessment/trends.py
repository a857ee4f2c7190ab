"""Where a metric is heading: beside last year's same period, the period before, year's start."""

from datetime import date

from targets.schema.criteria import (
    Change,
    Level,
    PreviousPeriod,
    SamePeriodLastYear,
    Single,
    Trend,
    YearStart,
)
from targets.schema.measures import Direction, Metric, Percent

from . import verdicts
from .findings import Comparison, Finding
from .pace import baseline_day
from .readings import Reading, Series

BASELINES = {
    "yoy": SamePeriodLastYear.trusted(kind="same_period_last_year"),
    "mom": PreviousPeriod.trusted(kind="previous_period"),
    "ytd": YearStart.trusted(kind="year_start"),
}


def up_is_better(metric: Metric) -> bool | None:
    return {Direction.UP: True, Direction.DOWN: False}.get(metric.direction)


def comparisons(
    metric: Metric, single: Single, reading: Reading | None, series: Series, day: date
) -> dict[str, Comparison]:
    """yoy, mom and ytd, those for which there is a base."""
    if reading is None or reading.value is None:
        return {}
    in_its_unit = isinstance(single.quantity, Level | Change | Trend)
    tolerance = single.tolerance if in_its_unit else None
    out = {}
    for name, baseline in BASELINES.items():
        base = series.in_month(baseline_day(baseline, day))
        if base is None or base.value is None:
            continue
        change = reading.value - base.value
        growth = None
        if not isinstance(metric.unit, Percent) and base.value > 0:
            growth = 100 * change / base.value
        word = verdicts.heading(change, up_is_better(metric), tolerance or 0)
        out[name] = Comparison(base.day, base.value, change, growth, word)
    return out


def trend_word(finding: Finding) -> str | None:
    """The longest comparison there is, in a word."""
    for comparison in (finding.yoy, finding.ytd, finding.mom):
        if comparison is not None:
            return comparison.heading.label
    return None

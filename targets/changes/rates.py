"""How fast it has to go, how fast it goes, and how many would get there: exact, per month."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from statistics import median

from targets.assessment import Assessment
from targets.assessment.findings import Finding, Status
from targets.assessment.judge import deadline
from targets.assessment.pace import months_between
from targets.assessment.parts import verdict_on
from targets.schema.criteria import AtLeast, AtMost, Level, RankAmong, Single
from targets.schema.measures import Metric, Percent
from targets.schema.targets import Target

SHORT = (Status.BEHIND, Status.MISSED, Status.NEAR)
"""statuses that ask for action"""
STEPS = 20
"""about how many thresholds a trade-off is worked out for"""


def distance(single: Single, finding: Finding) -> Fraction | None:
    """How far a unit still has to go, 0 where it is there; None where that can't be said."""
    if finding.value is None or finding.threshold is None or finding.gap is None:
        return None
    met = verdict_on(single, finding.value, finding.threshold, finding.threshold_high).met
    if met is None:
        return None
    return Fraction(0) if met else abs(finding.gap)


def middle(distances: Iterable[Fraction | None]) -> Fraction | None:
    """The median; None where nothing is known."""
    known = [d for d in distances if d is not None]
    return Fraction(median(known)) if known else None


def months_left(target: Target, day: date, from_day: date) -> int | None:
    """Months from the data date until it has to be reached; None where it is due now, or unknown.

    That is the deadline; for a value without one, or that begins after it, the day before the
    value comes into force.
    """
    end = deadline(target.period)
    if end is None or end < from_day:
        end = from_day - timedelta(days=1)
    left = months_between(day, end) - 1
    return left if left > 0 else None


def run_rate(
    target: Target, single: Single, finding: Finding, from_day: date
) -> tuple[Fraction | None, Fraction | None]:
    """(change per month still needed, change per month so far), in the unit of what is judged."""
    if finding.pace is not None:
        return finding.pace.required_per_month, finding.pace.recent_per_month
    recent = finding.ytd.change / finding.data_date.month if finding.ytd else None
    left, still = months_left(target, finding.data_date, from_day), distance(single, finding)
    if not left or not still or isinstance(single.quantity, RankAmong):
        return None, recent
    way = 1 if finding.gap < 0 else -1
    return way * still / left, recent


# --- the trade-off


@dataclass(frozen=True)
class Point:
    """What a threshold would come to."""

    threshold: Fraction
    now: int
    """units that meet it on the data date"""
    then: int | None
    """units that would meet it at the deadline, going on as before; None where that is unknown"""
    of: int

    @property
    def share_now(self) -> Fraction:
        """Per cent."""
        return Fraction(100 * self.now, self.of)

    @property
    def share_then(self) -> Fraction | None:
        return None if self.then is None else Fraction(100 * self.then, self.of)


def projected(
    finding: Finding, target: Target, metric: Metric, from_day: date | None = None
) -> Fraction | None:
    """The value when it has to be reached, going on as fast as since the baseline (or January)."""
    left = months_left(target, finding.data_date, from_day or finding.data_date)
    if finding.value is None or left is None:
        return None
    if finding.pace is not None:
        recent = finding.pace.recent_per_month
    else:
        recent = finding.ytd.change / finding.data_date.month if finding.ytd else None
    if recent is None:
        return None
    value = finding.value + recent * left
    return min(value, Fraction(100)) if _a_share(metric, target.parts[0][1]) else value


def _a_share(metric: Metric, single: Single) -> bool:
    """Whether it can't exceed 100 per cent."""
    unit = metric.unit
    level = isinstance(single.quantity, Level)
    return level and isinstance(unit, Percent) and not unit.may_exceed_100


def tradeoff(
    assessment: Assessment,
    target_id: str,
    level: str,
    *,
    also: Sequence[Fraction] = (),
) -> tuple[Point, ...]:
    """Threshold against how many units of a level meet it, now and at the present pace.

    Round steps over the range of what is and will be, the value in force and `also` among them.

    Units without a value, or whose value is withheld, are not counted. Only for a criterion in one
    part with a threshold of one number; nothing otherwise. The projection is told only where it
    can be made for every unit counted.
    """
    target = assessment.in_force[target_id].target
    single = target.parts[0][1]
    if len(target.parts) != 1 or not isinstance(single.test, AtLeast | AtMost):
        return ()
    found = [
        f for f in assessment.of_target(target_id)
        if f.subject.level == level and f.value is not None
    ]
    if not found:
        return ()
    metric = assessment.catalog.get(target.parts[0][0])
    ends = [projected(f, target, metric, assessment.in_force_on) for f in found]
    known = None not in ends
    asked = {*also, *(f.threshold for f in found if f.threshold is not None)}
    steps = _steps([*(f.value for f in found), *(ends if known else ())], asked)
    return tuple(
        Point(
            step,
            sum(verdict_on(single, f.value, step).met is True for f in found),
            sum(verdict_on(single, end, step).met is True for end in ends) if known else None,
            len(found),
        )
        for step in steps
    )


def _steps(values: Sequence[Fraction], asked: Collection[Fraction]) -> list[Fraction]:
    """Round steps from below the least to above the greatest, those asked for among them."""
    low, high = min((*values, *asked)), max((*values, *asked))
    width = _round_step((high - low) / STEPS)
    first, last = floor(low / width), ceil(high / width)
    return sorted({n * width for n in range(first, last + 1)} | set(asked))


def _round_step(width: Fraction) -> Fraction:
    """The next of 1, 2, 5, 10, … (or 0.1, 0.2, …) that is not smaller."""
    if width <= 0:
        return Fraction(1)
    size = Fraction(1)
    while size < width:
        size *= 10
    while size / 10 >= width:
        size /= 10
    return next(size * f for f in (Fraction(1, 5), Fraction(1, 2), Fraction(1))
                if size * f >= width)



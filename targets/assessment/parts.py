"""One part of a criterion: its quantity measured, its test applied."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from targets.catalog.decisions import value_on
from targets.schema.criteria import (
    AtLeast,
    Boundary,
    Change,
    DatedRange,
    Down,
    Equal,
    GivenBaseline,
    NotAbove,
    NotBelow,
    ReferenceOwnPast,
    Single,
    Tracked,
    Trend,
    Unknown,
    UnstatedBaseline,
    Up,
    Within,
)
from targets.schema.measures import Metric, NotMeasured
from targets.wording import decimal_text, figure

from . import verdicts
from .findings import Heading, Subject, TraceStep
from .frequency import Tally, not_over
from .measuring import Context, Measured, base_value, measure, reference_value
from .pace import baseline_day
from .readings import Reading
from .trends import up_is_better
from .verdicts import Verdict

Rule = Callable[[Fraction], Verdict]


@dataclass
class Part:
    """The reckoning of one part of a criterion."""

    metric: Metric
    single: Single
    measured: Measured
    quantity: Fraction | None = None
    verdict: Verdict = field(default_factory=lambda: Verdict(None))
    threshold: Fraction | None = None
    threshold_high: Fraction | None = None
    judged: bool = True
    repealed: bool = False
    """nothing is asked on the data date"""
    pending: date | None = None
    """the end of a frequency's period in which more may still come"""
    base_met: bool = False
    """the baseline of the period had already reached the threshold"""

    @property
    def reading(self) -> Reading | None:
        return self.measured.reading

    @property
    def reasons(self) -> list[str]:
        return self.measured.reasons

    @property
    def steps(self) -> list[TraceStep]:
        return self.measured.steps

    @property
    def measurable(self) -> bool:
        return not isinstance(self.metric.measure, NotMeasured)

    @property
    def boundary(self) -> Boundary:
        return getattr(self.single.test, "boundary", Boundary.INCLUDED)

    def rule(self, value: Fraction) -> Verdict:
        """The verdict of the part's test on any value, against its threshold."""
        return verdict_on(self.single, value, self.threshold, self.threshold_high)


def verdict_on(
    single: Single, value: Fraction, threshold: Fraction, high: Fraction | None = None
) -> Verdict:
    """The verdict of a test on a value, against a threshold, a reference or a range."""
    test, tolerance = single.test, single.tolerance or 0
    if isinstance(test, Equal):
        return verdicts.equal(value, threshold, tolerance)
    if isinstance(test, Within):
        return verdicts.within(value, threshold, high, test.boundary, tolerance)
    rule = verdicts.at_least if isinstance(test, AtLeast | NotBelow) else verdicts.at_most
    return rule(value, threshold, test.boundary, tolerance)


def part_of(
    metric_id: str, single: Single, subject: Subject, context: Context, closed: bool
) -> Part:
    """Measure and test one part on the context's data date.

    closed: the target's deadline has come, so that nothing more is waited for.
    """
    measured = measure(single.quantity, metric_id, subject, context, context.day)
    part = Part(measured.metric, single, measured, measured.value, judged=measured.comparable)
    match single.test:
        case Unknown(reason=reason):
            _not_judged(part, f"原文在此处残缺，判定标准不明：{reason}")
        case Tracked():
            _not_judged(part, "原文只提到这个指标，没有提要求；只跟踪，不判定")
        case Up() | Down():
            _not_judged(part, _direction(part, metric_id, subject, context))
        case _ if part.judged and _has_threshold(part, metric_id, subject, context):
            _test(part, closed)
    return part


def _not_judged(part: Part, reason: str) -> None:
    part.judged = False
    part.reasons.insert(0, reason)


def _direction(part: Part, metric_id: str, subject: Subject, context: Context) -> str:
    """What a direction without a number comes to: told beside the trend, never as met."""
    up = isinstance(part.single.test, Up)
    said = f"原文只说{'提高' if up else '降低'}，没有数值；只说走势，不判定"
    baseline = part.single.quantity.baseline
    if part.reading is None or isinstance(baseline, UnstatedBaseline):
        return said
    change = part.quantity
    if isinstance(part.single.quantity, Trend):
        compared = Change.trusted(kind="change", baseline=baseline)
        found = measure(compared, metric_id, subject, context, context.day)
        part.steps.extend(found.steps)
        change = found.value
    if change is None:
        return said
    word = verdicts.heading(change, up_is_better(part.metric), part.single.tolerance or 0)
    agrees = "持平" if word is Heading.LEVEL else "方向一致" if (change > 0) is up else "方向相反"
    part.steps.append(TraceStep("走向", f"{word.label}，与要求{agrees}"))
    return said


def _has_threshold(part: Part, metric_id: str, subject: Subject, context: Context) -> bool:
    """Find what the quantity is held against; False with a reason when there is nothing."""
    test = part.single.test
    if isinstance(test, NotBelow | NotAbove):
        if part.quantity is not None:
            part.threshold = _reference(part, metric_id, subject, context)
        return part.threshold is not None
    current = value_on(test.values, context.law)
    ends = (current.low, current.high) if isinstance(current, DatedRange) else (
        getattr(current, "value", None), None
    )
    if ends[0] is None:
        part.judged, part.repealed = False, True
        part.reasons.append(f"{context.law} 没有有效的目标值")
        return False
    if part.quantity is None:
        return False
    part.threshold, part.threshold_high = (None if e is None else Fraction(e) for e in ends)
    return True


def _reference(
    part: Part, metric_id: str, subject: Subject, context: Context
) -> Fraction | None:
    """The same quantity of another metric, or of the metric's own past."""
    reference, quantity = part.single.test.reference, part.single.quantity
    if isinstance(reference, ReferenceOwnPast):
        baseline = reference.baseline
        simple = quantity.kind == "level"
        if simple or isinstance(baseline, GivenBaseline | UnstatedBaseline):
            day = part.reading.day
            found = base_value(baseline, metric_id, subject, context, day, part.measured)
            part.judged = part.measured.comparable
            return found
        other = measure(quantity, metric_id, subject, context, baseline_day(baseline, context.day))
        name = "自己的前期数"
    else:
        other = measure(quantity, reference.metric, subject, context, context.day)
        name = other.metric.name
    value = reference_value(part.measured, other, quantity)
    if value is None:
        part.reasons.extend((f"参照的“{name}”没有数", *other.reasons))
        return None
    said = f"{other.reading.day}：{figure(part.metric, value, 4, quantity=quantity)}"
    part.steps.extend((*other.steps, TraceStep("参照", f"{name} {said}")))
    return value


def _test(part: Part, closed: bool) -> None:
    counts = part.measured.counts
    if counts is not None:
        _test_frequency(part, closed)
    elif part.measured.places_open:
        part.verdict = verdicts.of_place(part.rule, part.quantity, part.measured.places_open)
    else:
        part.verdict = part.rule(part.quantity)


def _test_frequency(part: Part, closed: bool) -> None:
    """Every actor is bound in every period; one period that falls short fails the whole.

    Of periods that are not over, only what more times can't change is held against anybody; where
    others are over, those still open are left for the next time.
    """
    counts = part.measured.counts
    judged = []
    for tally in counts.tallies:
        over = tally.over or closed
        verdict = part.rule(tally.times) if over else not_over(part.rule, tally.times)
        judged.append((tally, verdict))
    settled = [(tally, verdict) for tally, verdict in judged if verdict.met is not None]
    waiting = len(settled) < len(judged)
    if waiting and settled and part.single.quantity.period.within_month:
        part.reasons.append(f"最后一期到 {counts.ends} 才结束，留到下次判定")
        judged, waiting = settled, False
    whole = verdicts.all_of([verdict.met for _, verdict in judged])
    tally, worst = min(judged, key=_worst_first)
    part.quantity = tally.times
    part.verdict = Verdict(whole, worst.gap, whole is True and any(v.edge for _, v in judged))
    part.pending = counts.ends if whole is None and waiting else None
    _said_of_frequency(part, judged)


def _worst_first(pair: tuple[Tally, Verdict]) -> tuple:
    """What fails comes first, then what is open; among equals the one furthest from met."""
    tally, verdict = pair
    order = {False: 0, None: 1, True: 2}[verdict.met]
    far = abs(verdict.gap) if verdict.met else -abs(verdict.gap)
    return order, far, tally.times


def _said_of_frequency(part: Part, judged: list[tuple[Tally, Verdict]]) -> None:
    """How many of the actors' periods reach the threshold, which the worst alone doesn't tell."""
    total = sum(tally.periods for tally, _ in judged)
    met = sum(tally.periods for tally, verdict in judged if verdict.met)
    share = decimal_text(Fraction(100 * met, total), 2)
    said = f"按人按期共 {total:,} 次考察，{met:,} 次达到，占 {share}%"
    part.steps.append(TraceStep("频次", said))
    if met < total:
        part.reasons.append(said + "；要求每人每期都达到")

"""A target in force, a subject and its readings -> a Finding with its trace."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from targets.catalog.decisions import TargetInForce, value_on
from targets.schema.criteria import (
    AtLeast,
    AtMost,
    Boundary,
    Change,
    DatedRange,
    Down,
    Equal,
    Frequency,
    Growth,
    Level,
    NotAbove,
    NotBelow,
    Quantity,
    RankAmong,
    RatioTo,
    ReferenceOwnPast,
    SamePeriodLastYear,
    ShareOf,
    Single,
    StatusReached,
    Tracked,
    Trend,
    Unknown,
    UnstatedBaseline,
    Up,
    Within,
    YearStart,
)
from targets.schema.criteria import PreviousPeriod as Previous
from targets.schema.measures import (
    ActorPeriod,
    Direction,
    Metric,
    NotMeasured,
    Percent,
    RatioMeasure,
)
from targets.schema.targets import Affects, PeriodSpan, PeriodYears
from targets.wording import decimal_text, figure
from targets.wording import threshold as threshold_words

from . import verdicts
from .findings import (
    Comparison,
    Finding,
    PaceReading,
    Status,
    Subject,
    Trace,
    TraceStep,
)
from .pace import baseline_day, month_end, pace_reading, period_end
from .readings import Reading, Series

SeriesOf = Callable[[str, Subject], Series]
"""series_of(metric id, subject), under the target's scope"""


@dataclass(frozen=True)
class Rivals:
    """Who a rank is taken among."""

    values: Mapping[str, Mapping[date, Fraction]]
    """who -> day -> value free of its unit's scale; the subject itself left out"""
    expected: int
    """how many there should be, the subject included"""


@dataclass(frozen=True)
class Context:
    """What judging needs to know besides the target and the subject."""

    metrics: Mapping[str, Metric]
    """metrics as they are in force on the day"""
    day: date
    series_of: SeriesOf
    whole: Subject | None
    """the bank, for shares of a whole"""
    rivals: Callable[[str, Subject, str | None], Rivals]
    """(metric id, subject, peer set id or None for units of the same level)"""
    frequency: Callable[[str, Subject], list[tuple[Fraction, int]]]
    """(metric id, subject) -> [(times, actors × periods)], ascending"""
    files: Callable[[str], tuple[str, ...]]
    """metric id -> names of the files its rows came from"""
    absent: Callable[[str, Subject], tuple[str, ...]]
    """(metric id, subject) -> names of units below that sent rows before and none this time"""
    excluded: Callable[[str, Subject], tuple[tuple[str, int], ...]]


@dataclass
class _Part:
    """The reckoning of one part of a criterion."""

    metric: Metric
    single: Single
    reading: Reading | None = None
    quantity: Fraction | None = None
    verdict: verdicts.Verdict = field(default_factory=lambda: verdicts.Verdict(None))
    threshold: Fraction | None = None
    threshold_high: Fraction | None = None
    boundary: Boundary = Boundary.INCLUDED
    places_open: int = 0
    """peers without figures, which may stand before or behind"""
    times: list[tuple[Fraction, int]] = field(default_factory=list)
    """for a frequency: [(times, actors × periods)]"""
    period_open: date | None = None
    """the last day of a frequency's period that is not over, and in which more may still come"""
    judged: bool = True
    base_met: bool = False
    """the baseline of the period had already reached the threshold"""
    reasons: list[str] = field(default_factory=list)
    steps: list[TraceStep] = field(default_factory=list)


def judge(force: TargetInForce, subject: Subject, context: Context) -> Finding:
    """Judge one target in force at one subject on the context's data date; places come later."""
    target = force.target
    parts = [_part(target, metric, part, subject, context) for metric, part in target.parts]
    lead = parts[0]
    single = len(parts) == 1
    pace = _pace(target, lead, subject, context) if single else None
    reasons = [reason for part in parts for reason in part.reasons]
    status = _status(force, parts, pace, context.day, reasons)
    provisional = None
    undecided = [a for a in force.open_assumptions if a.affects is Affects.JUDGEMENT]
    if undecided and status not in (Status.NO_DATA, Status.NOT_JUDGED):
        provisional, status = status, Status.UNDECIDED
        names = "、".join(a.name for a in undecided)
        reasons.append(f"有待定事项未决：{names}；暂按现行口径得“{provisional.label}”")
    comparisons = _comparisons(lead, subject, context) if single else {}
    reading = lead.reading if single else None
    return Finding(
        target=target.id,
        metric=target.metric,
        subject=subject,
        data_date=context.day,
        status=status,
        provisional=provisional,
        value=lead.quantity if single else None,
        numerator=reading.numerator if reading else None,
        denominator=reading.denominator if reading else None,
        threshold=lead.threshold if single else None,
        threshold_high=lead.threshold_high if single else None,
        gap=lead.verdict.gap if single else None,
        to_go=_to_go(lead) if single else None,
        pace=pace,
        yoy=comparisons.get("yoy"),
        mom=comparisons.get("mom"),
        ytd=comparisons.get("ytd"),
        rank=None,
        rank_of=None,
        reasons=tuple(reasons),
        open_assumptions=tuple(a.id for a in force.open_assumptions),
        trace=_trace(force, parts, pace, subject, context),
    )


def measured(
    metric: str, quantity: Quantity, subject: Subject, context: Context
) -> tuple[Fraction | None, tuple[str, ...]]:
    """A quantity of a metric at a subject, put to no test; or why there is none."""
    untested = Single.model_construct(quantity=quantity, test=None)
    part = _part(None, metric, untested, subject, context)
    return part.quantity, () if part.quantity is not None else tuple(part.reasons)


# --- quantity and test


def _part(target, metric_id: str, part: Single, subject: Subject, context: Context) -> _Part:
    metric = context.metrics[metric_id]
    out = _Part(metric, part)
    series = context.series_of(metric_id, subject)
    out.reading = series.on(context.day)
    if isinstance(part.test, Unknown):
        out.judged = False
        out.reasons.append(f"原文在此处残缺，判定标准不明：{part.test.reason}")
    elif isinstance(part.test, Tracked):
        out.judged = False
        out.reasons.append("原文只提到这个指标，没有提要求；只跟踪，不判定")
    elif isinstance(part.test, Up | Down):
        out.judged = False
        word = "提高" if isinstance(part.test, Up) else "降低"
        out.reasons.append(f"原文只说{word}，没有数值；只说走势，不判定")
    if isinstance(metric.measure, NotMeasured):
        out.reasons.append(f"指标算不出来：{metric.measure.reason}")
        return out
    if out.reading is None:
        out.reasons.append(f"{context.day} 没有{subject.name}的数据")
        return out
    if out.reading.value is None:
        out.reasons.append("分母为 0，比率算不出来")
        return out
    out.quantity = _quantity(part, out, series, subject, context)
    if out.judged and out.quantity is not None:
        _test(part, out, series, subject, context)
        if out.times and out.threshold is not None:
            _frequency_step(out, part)
            _period_open(out, part, context.day)
    return out


def _base_reading(baseline, series: Series, day: date, out: _Part) -> Fraction | None:
    """The value at a baseline; None with a reason when there is none."""
    if isinstance(baseline, UnstatedBaseline):
        out.judged = False
        out.reasons.append("原文没说与哪一期相比，不判定")
        return None
    if hasattr(baseline, "value"):
        return Fraction(baseline.value)
    wanted = baseline_day(baseline, day)
    reading = series.in_month(wanted)
    if reading is None or reading.value is None:
        out.reasons.append(f"没有基期（{wanted}）的数据，比不出来")
        return None
    out.steps.append(
        TraceStep("基期", f"{reading.day}：{figure(out.metric, reading.value, 4)}")
    )
    return reading.value


def _quantity(part, out: _Part, series: Series, subject, context: Context) -> Fraction | None:
    value, quantity = out.reading.value, part.quantity
    if isinstance(quantity, Level | Trend | StatusReached):
        return value
    if isinstance(quantity, Change | Growth):
        base = _base_reading(quantity.baseline, series, context.day, out)
        if base is None:
            return None
        if isinstance(quantity, Change):
            return value - base
        if base <= 0:
            out.reasons.append(f"基期为{' 0' if base == 0 else '负数'}，增速算不出来")
            return None
        return 100 * (value - base) / base
    if isinstance(quantity, RatioTo | ShareOf):
        whole = isinstance(quantity, ShareOf)
        other = context.series_of(
            quantity.whole if whole else quantity.over,
            context.whole if whole and context.whole else subject,
        ).on(context.day)
        if other is None or not other.absolute:
            out.reasons.append("作分母的指标没有数据或为 0，比不出来")
            return None
        ratio = Fraction(out.reading.absolute) / Fraction(other.absolute)
        return 100 * ratio if whole else ratio
    if isinstance(quantity, RankAmong):
        return _rank(quantity, out, series, subject, context)
    assert isinstance(quantity, Frequency)
    return _frequency(out, subject, context)


def _frequency(out: _Part, subject: Subject, context: Context) -> Fraction | None:
    """The fewest times that any actor reached in any period: each of them is bound."""
    out.times = context.frequency(out.metric.id, subject)
    if not out.times:
        out.reasons.append("没有逐人逐日的记录，频次算不出来")
        return None
    return out.times[0][0]


def _frequency_step(out: _Part, part: Single) -> None:
    """How many of the actors' periods reach the threshold, which the fewest alone don't tell."""
    total = sum(n for _, n in out.times)
    met = sum(n for t, n in out.times if _threshold_verdict(part, t, out.threshold).met)
    share = decimal_text(Fraction(100 * met, total), 2)
    said = f"按人按期共 {total:,} 次考察，{met:,} 次达到，占 {share}%"
    out.steps.append(TraceStep("频次", said))
    if met < total:
        out.reasons.append(said + "；要求每人每期都达到")


def _period_open(out: _Part, part: Single, day: date) -> None:
    """Whether what is still short may yet be made up before the frequency's period is over."""
    period = out.metric.grain.period
    end = period_end(period, day)
    if out.verdict.met is not False or day >= end:
        return
    if period in (ActorPeriod.WEEK, ActorPeriod.TEN_DAYS):
        # the weeks already over are judged with it, so the finding stands
        out.reasons.append(f"最后一期到 {end} 才结束，已有的次数也算在内")
    elif isinstance(part.test, AtLeast | Equal) and out.times[-1][0] <= out.threshold:
        out.period_open = end


def _rank(quantity: RankAmong, out: _Part, series, subject, context: Context) -> Fraction | None:
    """The place among peers, 1 first; ties share the better place.

    Peers that sent nothing may stand before or behind: `out.places_open` says how many.
    """
    baseline = quantity.baseline or YearStart(kind="year_start")
    base_day = baseline_day(baseline, context.day) if quantity.of != "level" else None
    rivals = context.rivals(out.metric.id, subject, quantity.peers)
    if not rivals.values:
        out.reasons.append("没有对标对象的数据，排不出名次")
        return None
    own = {r.day: Fraction(r.absolute) for r in series if r.absolute is not None}
    places = {
        name: measured
        for name, by_day in {**rivals.values, subject.key: own}.items()
        if (measured := _measured(quantity.of, by_day, context.day, base_day)) is not None
    }
    if subject.key not in places:
        out.reasons.append(f"本行没有可比的数（{base_day or context.day}）")
        return None
    out.places_open = max(0, rivals.expected - len(places))
    if out.places_open:
        out.reasons.append(f"对标对象应有 {rivals.expected} 家，只有 {len(places)} 家有数")
    first = out.metric.direction is not Direction.DOWN
    place = verdicts.ranks(places, higher_first=first)[subject.key]
    out.steps.append(TraceStep("名次", f"{len(places)} 家中第 {place} 位"))
    return Fraction(place)


def _measured(
    of: str, by_day: Mapping[date, Fraction], day: date, base_day: date | None
) -> Fraction | None:
    """Level, change or growth of one peer; None when a figure it needs is missing."""
    value = by_day.get(day)
    if value is None or of == "level":
        return value
    months = {(d.year, d.month): v for d, v in by_day.items()}
    base = months.get((base_day.year, base_day.month))
    if base is None or (of == "growth" and base <= 0):
        return None
    return value - base if of == "change" else 100 * (value - base) / base


def _test(part, out: _Part, series: Series, subject: Subject, context: Context) -> None:
    test = part.test
    if isinstance(test, AtLeast | AtMost | Equal | Within):
        current = value_on(test.values, context.day)
        if current is None or getattr(current, "value", getattr(current, "low", None)) is None:
            out.judged = False
            out.reasons.append(f"{context.day} 没有有效的目标值")
            return
        if isinstance(current, DatedRange):
            out.threshold, out.threshold_high = Fraction(current.low), Fraction(current.high)
            out.verdict = verdicts.within(
                out.quantity, out.threshold, out.threshold_high, test.boundary, part.tolerance
            )
            return
        out.threshold, out.boundary = Fraction(current.value), test.boundary
        out.verdict = _threshold_verdict(part, out.quantity, out.threshold)
        if out.places_open and out.verdict.met and out.quantity + out.places_open > out.threshold:
            out.verdict = verdicts.Verdict(None, out.verdict.gap)  # an absent peer may be ahead
    elif isinstance(test, NotBelow | NotAbove):
        reference = _reference(part, out, series, subject, context)
        if reference is None:
            return
        out.threshold = reference
        out.verdict = _threshold_verdict(part, out.quantity, reference)


def _threshold_verdict(part: Single, value: Fraction, threshold: Fraction) -> verdicts.Verdict:
    """The verdict of a test with one threshold, or one reference, on any value."""
    tolerance = part.tolerance or 0
    if isinstance(part.test, Equal):
        return verdicts.equal(value, threshold, tolerance)
    rule = verdicts.at_least if isinstance(part.test, AtLeast | NotBelow) else verdicts.at_most
    boundary = getattr(part.test, "boundary", Boundary.INCLUDED)
    return rule(value, threshold, boundary, tolerance)


def _reference(part, out: _Part, series: Series, subject, context: Context) -> Fraction | None:
    """The reference on the same basis as the quantity."""
    reference = part.test.reference
    if isinstance(reference, ReferenceOwnPast):
        return _base_reading(reference.baseline, series, context.day, out)
    other = _Part(context.metrics[reference.metric], part)
    other_series = context.series_of(reference.metric, subject)
    other.reading = other_series.on(context.day)
    if other.reading is None or other.reading.value is None:
        out.reasons.append(f"参照指标“{other.metric.name}”没有数据")
        return None
    value = _quantity(part, other, other_series, subject, context)
    out.reasons.extend(other.reasons)
    if value is not None:
        said = figure(other.metric, value, 4, quantity=part.quantity)
        out.steps.append(TraceStep("参照", f"{other.metric.name}：{said}"))
    return value


# --- status


def _status(force, parts: list[_Part], pace: PaceReading | None, day: date, reasons) -> Status:
    """Which word the finding says, before open assumptions are looked at.

    A direction, an indicator or an unknown criterion is never met; a target not yet reached is
    judged by its pace before its deadline, missed after it, and standing ones are missed at once.
    """
    measured = [part for part in parts if not isinstance(part.metric.measure, NotMeasured)]
    if not measured:
        return Status.NOT_JUDGED
    if not any(part.judged for part in parts):
        missing = all(part.reading is None for part in measured)
        return Status.NO_DATA if missing else Status.NOT_JUDGED
    met = verdicts.all_of([part.verdict.met for part in parts])
    if met is None:
        lacking = any(part.judged and part.verdict.met is None for part in measured)
        return Status.NO_DATA if lacking else Status.NOT_JUDGED
    if met:
        return Status.MET
    end = _deadline(force.target.period)
    if isinstance(force.target.period, PeriodYears) and end is None:
        reasons.append("原文没说从何日起算，期限不明，按未到期看待")
        return Status.NOT_DUE
    short = [part for part in parts if part.verdict.met is False]
    if all(part.period_open for part in short) and (end is None or day < end):
        last = max(part.period_open for part in short)
        reasons.append(f"次数按期考察，这一期到 {last} 才结束，期满再判定")
        return Status.NOT_DUE
    if end is None or day >= end:
        return _near(force, parts, Status.MISSED)
    if parts[0].base_met:
        return _near(force, parts, Status.BEHIND)  # it was there, and has fallen back
    if pace is None:
        return Status.NOT_DUE
    return Status.ON_PACE if pace.lead >= 0 else _near(force, parts, Status.BEHIND)


def _deadline(period) -> date | None:
    """The last day of the period; None where there is none or it can't be known."""
    if isinstance(period, PeriodSpan):
        return period.end
    if isinstance(period, PeriodYears) and period.start is not None:
        start = period.start
        year = start.year + period.years
        anniversary = date(year, start.month, min(start.day, month_end(year, start.month).day))
        return anniversary - timedelta(days=1)
    return None


def _near(force, parts: list[_Part], otherwise: Status) -> Status:
    gap = parts[0].verdict.gap
    if force.near_band is not None and len(parts) == 1 and gap is not None:
        return Status.NEAR if abs(gap) <= force.near_band else otherwise
    return otherwise


def _pace(target, part: _Part, subject: Subject, context: Context) -> PaceReading | None:
    period = target.period
    if (
        not isinstance(period, PeriodSpan)
        or part.quantity is None
        or part.threshold is None
        or part.threshold_high is not None
        or not isinstance(target.criterion.quantity, Level | Change)
    ):
        return None
    base = None
    if isinstance(target.criterion.quantity, Change):
        if not isinstance(target.criterion.test, AtLeast):
            return None
    elif period.baseline is not None:
        # the baseline belongs to the period, so it is seen from the period's first month
        series = context.series_of(part.metric.id, subject)
        base = _base_reading(period.baseline, series, period.start, part)
        if base is None:
            return None
        if _threshold_verdict(target.criterion, base, part.threshold).met:
            part.base_met = True
            part.reasons.append("基期已经达到目标值，不算序时进度")
            return None
    elif isinstance(target.criterion.test, AtMost | NotAbove):
        return None  # how far a reduction has come is known only from where it began
    return pace_reading(period, context.day, part.quantity, part.threshold, base)


def _to_go(part: _Part) -> int | None:
    reading, measure = part.reading, part.metric.measure
    if (
        reading is None
        or part.threshold is None
        or part.threshold_high is not None
        or part.verdict.met is None
        or not isinstance(measure, RatioMeasure)
        or not isinstance(part.metric.unit, Percent)
        or not reading.denominator
        or measure.numerator.measure.replace(" ", "").lower() != "count(*)"
        or part.quantity != reading.value
        or part.metric.direction is not Direction.UP
    ):
        return None
    return verdicts.rows_to_go(
        int(reading.numerator), int(reading.denominator), part.threshold, part.boundary
    )


# --- trend


def _comparisons(part: _Part, subject: Subject, context: Context) -> dict[str, Comparison]:
    if part.reading is None or part.reading.value is None:
        return {}
    series = context.series_of(part.metric.id, subject)
    up = {Direction.UP: True, Direction.DOWN: False}.get(part.metric.direction)
    out = {}
    for name, baseline in (
        ("yoy", SamePeriodLastYear(kind="same_period_last_year")),
        ("mom", Previous(kind="previous_period")),
        ("ytd", YearStart(kind="year_start")),
    ):
        base = series.in_month(baseline_day(baseline, context.day))
        if base is None or base.value is None:
            continue
        change = part.reading.value - base.value
        growth = None
        if not isinstance(part.metric.unit, Percent) and base.value > 0:
            growth = 100 * change / base.value
        out[name] = Comparison(
            base.day, base.value, change, growth, verdicts.heading(change, up)
        )
    return out


def trend_word(finding: Finding) -> str | None:
    """The longest comparison there is, in a word."""
    for comparison in (finding.yoy, finding.ytd, finding.mom):
        if comparison is not None:
            return comparison.heading.label
    return None


# --- trace


def _counted(number) -> str:
    return decimal_text(number, 4) if isinstance(number, Fraction) else f"{number:,}"


def _trace(force, parts: list[_Part], pace, subject: Subject, context: Context) -> Trace:
    steps: list[TraceStep] = []
    for part in parts:
        reading = part.reading
        if reading is not None:
            if reading.denominator is not None:
                how = (
                    f"{_counted(reading.numerator)} ÷ {_counted(reading.denominator)} = "
                    f"{figure(part.metric, reading.value, 4)}"
                )
            else:
                how = figure(part.metric, reading.value, 4)
            steps.append(TraceStep(part.metric.name, f"{reading.day}：{how}"))
        steps.extend(part.steps)
        if part.threshold is not None:
            said = threshold_words(part.metric, part.threshold, part.single, 4, part.threshold_high)
            steps.append(TraceStep("比照", said))
        if part.verdict.gap is not None:
            said = figure(part.metric, part.verdict.gap, 4, True, quantity=part.single.quantity)
            steps.append(TraceStep("差距", said))
    if pace is not None:
        steps.append(
            TraceStep(
                "序时",
                f"时间过去 {decimal_text(pace.elapsed, 2)}%，"
                f"完成 {decimal_text(pace.completion, 2)}%，"
                f"相差 {decimal_text(pace.lead, 2)} 个百分点",
            )
        )
    metric = parts[0].metric
    absent = context.absent(metric.id, subject)
    if absent:
        steps.append(TraceStep("缺报", "、".join(absent) + " 本期没有数据，未计入"))
    return Trace(
        table=getattr(metric.measure, "dataset", None),
        files=context.files(metric.id),
        rows=parts[0].reading.rows if parts[0].reading else None,
        excluded=context.excluded(metric.id, subject),
        steps=tuple(steps),
        clauses=tuple(dict.fromkeys(force.source.clauses)),
        decisions=tuple(d.id for d in force.decisions),
        assumptions=tuple(
            a.id for a in (*force.open_assumptions, *force.settled_assumptions)
        ),
    )

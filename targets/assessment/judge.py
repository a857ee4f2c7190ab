"""A target in force, a subject and its readings -> a Finding with its trace."""

from datetime import date, timedelta
from fractions import Fraction

from targets.catalog.decisions import TargetInForce
from targets.periods import month_end
from targets.schema.criteria import (
    AtLeast,
    AtMost,
    Change,
    Growth,
    Level,
    NotAbove,
)
from targets.schema.measures import Direction, Percent, RatioMeasure
from targets.schema.targets import Affects, CurvePace, DaysPace, PeriodSpan, PeriodYears
from targets.wording import decimal_text, figure
from targets.wording import threshold as threshold_words

from . import verdicts
from .findings import Finding, PaceReading, Status, Subject, Trace, TraceStep
from .measuring import Context, base_value
from .pace import baseline_day, pace_reading
from .parts import Part, part_of
from .trends import comparisons

QUANTITY_WORDS = {
    "change": "增减", "extra_change": "同比多增", "growth": "增速", "ratio": "之比", "share": "比重"
}


def judge(force: TargetInForce, subject: Subject, context: Context) -> Finding:
    """Judge one target in force at one subject on the context's data date; places come later."""
    target = force.target
    end = deadline(target.period)
    closed = end is not None and context.day >= end
    parts = [part_of(metric, part, subject, context, closed) for metric, part in target.parts]
    lead = parts[0]
    single = len(parts) == 1
    pace = _pace(target, lead, subject, context) if single else None
    reasons = list(dict.fromkeys(reason for part in parts for reason in part.reasons))
    status = _status(force, parts, pace, closed, reasons)
    status, provisional = _provisional(force, parts, status, reasons)
    series = context.series_of(target.parts[0][0], subject)
    beside = (
        comparisons(lead.metric, lead.single, lead.reading, series, context.day) if single else {}
    )
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
        yoy=beside.get("yoy"),
        mom=beside.get("mom"),
        ytd=beside.get("ytd"),
        rank=None,
        rank_of=None,
        reasons=tuple(reasons),
        open_assumptions=tuple(a.id for a in force.open_assumptions),
        trace=_trace(force, parts, pace, subject, context),
    )


# --- status


def _status(
    force: TargetInForce,
    parts: list[Part],
    pace: PaceReading | None,
    closed: bool,
    reasons: list[str],
) -> Status:
    """Which word the finding says, before open assumptions are looked at.

    A direction, an indicator or an unknown criterion is never met; a target not yet reached is
    judged by its pace before its deadline, missed after it, and standing ones are missed at once.
    """
    measured = [part for part in parts if part.measurable]
    if not measured:
        return Status.NOT_JUDGED
    if not any(part.judged for part in parts):
        missing = all(part.reading is None for part in measured)
        return Status.NO_DATA if missing else Status.NOT_JUDGED
    asked = [part for part in parts if not part.repealed]
    met = verdicts.all_of([part.verdict.met for part in asked])
    if met is None:
        return _open(asked, reasons)
    if met:
        return Status.MET
    period = force.target.period
    end = deadline(period)
    if isinstance(period, PeriodYears) and end is None:
        reasons.append("原文没说从何日起算，期限不明，按未到期看待")
        return Status.NOT_DUE
    if end is None or closed:
        return _near(force, parts, Status.MISSED)
    if parts[0].base_met:
        return _near(force, parts, Status.BEHIND)  # it was there, and has fallen back
    if pace is None:
        return Status.NOT_DUE
    return Status.ON_PACE if pace.lead >= 0 else _near(force, parts, Status.BEHIND)


def _open(asked: list[Part], reasons: list[str]) -> Status:
    """Why nothing failed and yet not everything is met."""
    unknown = [part for part in asked if part.verdict.met is None]
    if any(part.judged and part.measurable and not part.pending for part in unknown):
        return Status.NO_DATA
    if any(not part.pending for part in unknown):
        return Status.NOT_JUDGED
    last = max(part.pending for part in unknown)
    reasons.append(f"次数按期考察，这一期到 {last} 才结束，期满再判定")
    return Status.NOT_DUE


def _provisional(
    force: TargetInForce, parts: list[Part], status: Status, reasons: list[str]
) -> tuple[Status, Status | None]:
    """口径待定 with the provisional word beside it, where the word rests on something open.

    Whether a limit includes its own number matters only to a reading that equals it.
    """
    if status in (Status.NO_DATA, Status.NOT_JUDGED):
        return status, None
    edge = status is Status.MET and any(part.verdict.edge for part in parts)
    matters = {Affects.JUDGEMENT, Affects.BOUNDARY} if edge else {Affects.JUDGEMENT}
    names = "、".join(a.name for a in force.open_assumptions if a.affects in matters)
    if edge:
        reasons.append("读数恰好等于界限，而含不含本数还没有定")
    if not names and not edge:
        return status, None
    doubt = f"有待定事项未决：{names}；" if names else ""
    reasons.append(f"{doubt}暂按现行口径得“{status.label}”")
    return Status.UNDECIDED, status


def deadline(period) -> date | None:
    """The last day of the period; None where there is none or it can't be known."""
    if isinstance(period, PeriodSpan):
        return period.end
    if isinstance(period, PeriodYears) and period.start is not None:
        start = period.start
        year = start.year + period.years
        anniversary = date(year, start.month, min(start.day, month_end(year, start.month).day))
        return anniversary - timedelta(days=1)
    return None


def _near(force: TargetInForce, parts: list[Part], otherwise: Status) -> Status:
    gap = parts[0].verdict.gap
    if force.near_band is not None and len(parts) == 1 and gap is not None:
        return Status.NEAR if abs(gap) <= force.near_band else otherwise
    return otherwise


# --- pace


def _pace(target, part: Part, subject: Subject, context: Context) -> PaceReading | None:
    period = target.period
    if (
        not isinstance(period, PeriodSpan)
        or period.pace is None
        or part.quantity is None
        or part.threshold is None
        or part.threshold_high is not None
        or not isinstance(part.single.quantity, Level | Change | Growth)
    ):
        return None
    base = _pace_base(target, part, subject, context)
    if base is None:
        return None
    workdays = context.workdays.count if isinstance(period.pace, DaysPace) else None
    return pace_reading(period, context.day, part.quantity, part.threshold, base, workdays)


def _pace_base(target, part: Part, subject: Subject, context: Context) -> Fraction | None:
    """Where the way to the threshold begins; None where that can't be said."""
    period, quantity, test = target.period, part.single.quantity, part.single.test
    if isinstance(quantity, Change | Growth):
        return _growing_from(quantity.baseline, period, part)
    if period.baseline is None:
        # how far a reduction has come is known only from where it began
        return None if isinstance(test, AtMost | NotAbove) else Fraction(0)
    # the baseline belongs to the period, so it is seen from the period's first month
    base = base_value(
        period.baseline, target.metric, subject, context, period.start, part.measured
    )
    if base is not None and part.rule(base).met:
        part.base_met = True
        part.reasons.append("基期已经达到目标值，不算序时进度")
        return None
    return base


def _growing_from(baseline, period: PeriodSpan, part: Part) -> Fraction | None:
    """0 for an increase (or a reduction) that is counted from where the period begins."""
    way = {AtLeast: 1, AtMost: -1}.get(type(part.single.test), 0)
    if part.threshold * way <= 0:
        return None  # a cap on growth is nothing to be on the way to
    before = period.start - timedelta(days=1)
    wanted = baseline_day(baseline, part.measured.day)
    if wanted is not None and (wanted.year, wanted.month) != (before.year, before.month):
        part.reasons.append("增减的基期不在期初，序时进度算不出来")
        return None
    return Fraction(0)


def _to_go(part: Part) -> int | None:
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
        int(reading.numerator),
        int(reading.denominator),
        part.threshold,
        part.boundary,
        part.single.tolerance or 0,
    )


# --- trace


def _counted(number) -> str:
    return decimal_text(number, 4) if isinstance(number, Fraction) else f"{number:,}"


def _trace(force, parts: list[Part], pace, subject: Subject, context: Context) -> Trace:
    steps = [step for part in parts for step in _steps(part)]
    if len(parts) > 1:
        words = {True: "达到", False: "没有达到", None: "还不能判定"}
        said = (f"{part.metric.name}{words[part.verdict.met]}" for part in parts)
        steps.append(TraceStep("各部分", "；".join(said)))
    if pace is not None:
        steps.extend(_pace_steps(force.target.period.pace, parts[0], pace))
    metric = parts[0].metric
    absent = context.absent(metric.id, subject)
    if absent:
        steps.append(TraceStep("缺报", "、".join(absent) + " 本期没有数据，未计入"))
    return Trace(
        table=metric.measure.dataset,
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


def _steps(part: Part):
    reading, quantity = part.reading, part.single.quantity
    if reading is not None:
        how = figure(part.metric, reading.value, 4)
        if reading.denominator is not None:
            counted = f"{_counted(reading.numerator)} ÷ {_counted(reading.denominator)}"
            how = f"{counted} = {how}"
        yield TraceStep(part.metric.name, f"{reading.day}：{how}")
    yield from part.steps
    if quantity.kind in QUANTITY_WORDS and part.quantity is not None:
        said = figure(part.metric, part.quantity, 4, quantity=quantity)
        yield TraceStep(QUANTITY_WORDS[quantity.kind], said)
    if part.threshold is not None:
        said = threshold_words(part.metric, part.threshold, part.single, 4, part.threshold_high)
        yield TraceStep("比照", said)
    if part.verdict.gap is not None:
        yield TraceStep("差距", figure(part.metric, part.verdict.gap, 4, True, quantity=quantity))


def _pace_steps(planned, part: Part, pace: PaceReading):
    expected = "按计划进度应完成" if isinstance(planned, CurvePace) else "时间过去"
    yield TraceStep(
        "序时",
        f"{expected} {decimal_text(pace.elapsed, 2)}%，"
        f"完成 {decimal_text(pace.completion, 2)}%，"
        f"相差 {decimal_text(pace.lead, 2)} 个百分点",
    )
    if pace.required_per_workday:
        still = figure(
            part.metric, pace.required_per_workday, 4, True, quantity=part.single.quantity
        )
        yield TraceStep("今后每个工作日", still)

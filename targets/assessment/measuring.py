"""What a criterion judges, measured: a quantity of a metric for a subject on a day.

The same for today's figure, for the base it is compared with, and for a reference: so that all
three stand on the same basis. `None` is never zero: what can't be computed says why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from targets.schema.criteria import (
    Baseline,
    Change,
    ExtraChange,
    Frequency,
    GivenBaseline,
    Growth,
    Level,
    Quantity,
    RankAmong,
    RatioTo,
    SamePeriodLastYear,
    ShareOf,
    StatusReached,
    Trend,
    UnstatedBaseline,
    YearStart,
)
from targets.schema.measures import ActorPeriod, Direction, Metric, Money, NotMeasured
from targets.wording import figure

from . import verdicts
from .findings import Subject, TraceStep
from .frequency import Frequencies, WorkCalendar, unannounced
from .pace import baseline_day
from .readings import Reading, Series

LAST_YEAR = SamePeriodLastYear.trusted(kind="same_period_last_year")


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
    """metrics as they are in force on `law`"""
    day: date
    """the data date"""
    law: date
    """the day whose dated values apply"""
    series_of: Callable[[str, Subject], Series]
    """(metric id, subject), under the target's scope"""
    whole: Subject | None
    """the bank, for shares of a whole"""
    rivals: Callable[[str, Subject, str | None], Rivals]
    """(metric id, subject, peer set id or None for units of the same level)"""
    frequency: Callable[[str, Subject, ActorPeriod, date], Frequencies]
    """(metric id, subject, period, data date)"""
    workdays: WorkCalendar
    files: Callable[[str], tuple[str, ...]]
    """metric id -> names of the files its rows came from"""
    absent: Callable[[str, Subject], tuple[str, ...]]
    """(metric id, subject) -> names of units below that sent rows before and none this time"""
    excluded: Callable[[str, Subject], tuple[tuple[str, int], ...]]


@dataclass
class Measured:
    """A quantity on a day, and how it came about."""

    metric: Metric
    day: date
    reading: Reading | None = None
    value: Fraction | None = None
    comparable: bool = True
    """False where the source does not say what to compare with"""
    places_open: int = 0
    """peers without figures, which may stand before or behind"""
    counts: Frequencies | None = None
    reasons: list[str] = field(default_factory=list)
    steps: list[TraceStep] = field(default_factory=list)

    def without(self, reason: str) -> "Measured":
        self.reasons.append(reason)
        return self


def measure(
    quantity: Quantity, metric_id: str, subject: Subject, context: Context, day: date
) -> Measured:
    """The quantity of a metric on `day`: of exactly that day when it is the data date."""
    metric = context.metrics[metric_id]
    out = Measured(metric, day)
    if isinstance(metric.measure, NotMeasured):
        return out.without(f"指标算不出来：{metric.measure.reason}")
    series = context.series_of(metric_id, subject)
    out.reading = _on(series, day, context)
    if out.reading is None:
        return out.without(f"{day} 没有{subject.name}的数据")
    if out.reading.value is None:
        return out.without("分母为 0，比率算不出来")
    match quantity:
        case Level() | Trend() | StatusReached():
            out.value = out.reading.value
        case Change() | Growth():
            base = base_value(quantity.baseline, metric_id, subject, context, out.reading.day, out)
            out.value = _compared(quantity, out, base)
        case ExtraChange():
            _extra_change(quantity, metric_id, subject, context, out)
        case RatioTo() | ShareOf():
            _divided(quantity, subject, context, out)
        case RankAmong():
            _place(quantity, metric_id, subject, context, out)
        case Frequency():
            _counted(quantity, metric_id, subject, context, out)
        case _:
            raise TypeError(f"no way to measure the quantity {type(quantity).__name__}")
    return out


def _on(series: Series, day: date, context: Context) -> Reading | None:
    return series.on(day) if day == context.day else series.in_month(day)


def base_value(
    baseline: Baseline, metric_id: str, subject: Subject, context: Context, day: date, out: Measured
) -> Fraction | None:
    """The metric's level at a baseline seen from `day`; None with a reason when there is none."""
    if isinstance(baseline, UnstatedBaseline):
        out.comparable = False
        out.reasons.append("原文没说与哪一期相比，不判定")
        return None
    if isinstance(baseline, GivenBaseline):
        return Fraction(baseline.value)
    wanted = baseline_day(baseline, day)
    reading = context.series_of(metric_id, subject).in_month(wanted)
    if reading is None or reading.value is None:
        out.reasons.append(f"没有基期（{wanted}）的数据，比不出来")
        return None
    said = f"{reading.day}：{figure(out.metric, reading.value, 4)}"
    out.steps.append(TraceStep("基期", said))
    return reading.value


def _compared(quantity: Change | Growth, out: Measured, base: Fraction | None) -> Fraction | None:
    if base is None:
        return None
    change = out.reading.value - base
    if isinstance(quantity, Change):
        return change
    if base <= 0:
        out.reasons.append(f"基期为{' 0' if base == 0 else '负数'}，增速算不出来")
        return None
    return 100 * change / base


def _extra_change(
    quantity: ExtraChange, metric_id: str, subject: Subject, context: Context, out: Measured
) -> None:
    change = Change.trusted(kind="change", baseline=quantity.baseline)
    before = baseline_day(LAST_YEAR, out.reading.day)
    for day, what in ((out.day, "本期增量"), (before, "上年同期增量")):
        found = measure(change, metric_id, subject, context, day)
        out.comparable &= found.comparable
        out.reasons.extend(found.reasons)
        if found.value is None:
            out.value = None
            return
        said = figure(out.metric, found.value, 4, quantity=change)
        out.steps.extend((*found.steps, TraceStep(what, f"{found.reading.day}：{said}")))
        out.value = found.value if out.value is None else out.value - found.value


def _divided(
    quantity: RatioTo | ShareOf, subject: Subject, context: Context, out: Measured
) -> None:
    share = isinstance(quantity, ShareOf)
    other_id = quantity.whole if share else quantity.over
    of = context.whole if share and quantity.of == "bank" and context.whole else subject
    other = _on(context.series_of(other_id, of), out.day, context)
    if other is None or not other.absolute:
        out.reasons.append("作分母的指标没有数据或为 0，比不出来")
        return
    metric = context.metrics[other_id]
    out.steps.append(TraceStep(metric.name, f"{other.day}：{figure(metric, other.value, 4)}"))
    out.value = Fraction(out.reading.absolute) / Fraction(other.absolute) * (100 if share else 1)


def _place(
    quantity: RankAmong, metric_id: str, subject: Subject, context: Context, out: Measured
) -> None:
    """The place among peers, 1 first; ties share the better place."""
    rivals = context.rivals(metric_id, subject, quantity.peers)
    if not rivals.values:
        out.reasons.append("没有对标对象的数据，排不出名次")
        return
    day = out.reading.day
    baseline = quantity.baseline or YearStart.trusted(kind="year_start")
    base_day = baseline_day(baseline, day) if quantity.of != "level" else None
    series = context.series_of(metric_id, subject)
    own = {r.day: Fraction(r.absolute) for r in series if r.absolute is not None}
    values = {
        name: measured
        for name, by_day in {**rivals.values, subject.key: own}.items()
        if (measured := _ranked_by(quantity.of, by_day, day, base_day)) is not None
    }
    if subject.key not in values:
        out.reasons.append(f"本行没有可比的数（{base_day or day}）")
        return
    out.places_open = max(0, rivals.expected - len(values))
    if out.places_open:
        out.reasons.append(f"对标对象应有 {rivals.expected} 家，只有 {len(values)} 家有数")
    first = out.metric.direction is not Direction.DOWN
    place = verdicts.ranks(values, higher_first=first)[subject.key]
    last = f"至 {place + out.places_open} " if out.places_open else ""
    equals = sum(v == values[subject.key] for v in values.values()) - 1
    tied = f"，与 {equals} 家并列" if equals else ""
    said = f"{len(values)} 家中第 {place} {last}位{tied}"
    out.steps.append(TraceStep("名次", said))
    out.value = Fraction(place)


def _ranked_by(
    of: str, by_day: Mapping[date, Fraction], day: date, base_day: date | None
) -> Fraction | None:
    """Level, change or growth of one peer; None when a figure it needs is missing."""
    value = by_day.get(day)
    if value is None or of == "level":
        return value
    in_month = [d for d in by_day if (d.year, d.month) == (base_day.year, base_day.month)]
    base = by_day[max(in_month)] if in_month else None
    if base is None or (of == "growth" and base <= 0):
        return None
    return value - base if of == "change" else 100 * (value - base) / base


def _counted(
    quantity: Frequency, metric_id: str, subject: Subject, context: Context, out: Measured
) -> None:
    """The fewest times that any actor reached in any period: each of them is bound."""
    period = quantity.period
    counts = out.counts = context.frequency(metric_id, subject, period, out.reading.day)
    if unannounced(period, out.reading.day, context.workdays):
        year = out.reading.day.year
        out.reasons.append(f"{year} 年的放假安排还没有公布，工作日暂按周一至周五算")
    if not counts.rostered:
        out.reasons.append("没有名册，一行记录也没有的人和日子看不到，不在判定之内")
    elif counts.unlisted:
        out.reasons.append(f"有 {counts.unlisted:,} 人有记录而不在名册上，只按其记录判定")
    if counts.aside:
        said = f"本批有 {counts.aside:,} 个人日没写是谁，或是休息日、不在岗、别的月份，未计入"
        out.steps.append(TraceStep("未计入", said))
    if not counts.tallies:
        out.reasons.append("没有逐人逐日的记录，频次算不出来")
        return
    out.value = min(tally.times for tally in counts.tallies)


def reference_value(
    value: Measured, other: Measured, quantity: Quantity
) -> Fraction | None:
    """`other` in the unit that `value` is in: amounts of two metrics may be written differently."""
    if other.value is None:
        return None
    mine, theirs = value.metric.unit, other.metric.unit
    amounts = isinstance(mine, Money) and isinstance(theirs, Money)
    if amounts and isinstance(quantity, Level | Change | ExtraChange):
        return other.value * theirs.unit.yuan / mine.unit.yuan
    return other.value

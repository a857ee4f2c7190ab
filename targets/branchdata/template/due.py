"""When a report is due for a period, as far as the duty itself says."""

import calendar
from datetime import date, timedelta

from targets.catalog import Catalog
from targets.schema.duties import (
    DaysAfter,
    Duty,
    Fixed,
    FollowingDay,
    NoDeadline,
    PeriodEnd,
    Quota,
    ReportsOn,
)
from targets.schema.measures import ActorPeriod
from targets.schema.organisation import Unit, UnitGroup
from targets.wording import duty_deadline

from .plan import in_group

MONTHS = {
    ActorPeriod.MONTH: 1,
    ActorPeriod.QUARTER: 3,
    ActorPeriod.HALF_YEAR: 6,
    ActorPeriod.YEAR: 12,
}


def months_of(duty: Duty) -> int | None:
    """How many months a report covers; None where it has no period of months."""
    match duty.recurrence:
        case Fixed(every=every):
            return MONTHS.get(every)
        case Quota(per=per):
            return MONTHS.get(per)
    return None


def ends_with(duty: Duty, period: date) -> bool:
    """Whether one of the duty's periods ends with `period`."""
    months = months_of(duty)
    return months is not None and period.month % months == 0


def due_date(duty: Duty, period: date) -> date | None:
    """The last day for the report on the period that ends with `period`.

    None where the source gives no day, or counts working days. Rest days are left alone.
    """
    if duty.reports_on is ReportsOn.CURRENT:
        return None  # due within the period itself: its end says nothing
    match duty.deadline:
        case FollowingDay(day=day):
            first = period + timedelta(days=1)
            last = calendar.monthrange(first.year, first.month)[1]
            return first.replace(day=min(day, last))
        case DaysAfter(days=days, working=False):
            return period + timedelta(days=days)
        case PeriodEnd():
            return period
    return None


def due_words(duty: Duty, period: date) -> str:
    """When the report is due, in words, with the day where there is one."""
    day = due_date(duty, period)
    said = duty_deadline(duty)
    return f"{day}，即{said}" if day else said


def must(catalog: Catalog, duty: Duty, unit: Unit) -> bool:
    """Whether a duty may fall on a unit: a post may sit anywhere, a group says who is in it."""
    actors = [catalog.get(a) for a in duty.actors]
    groups = [a for a in actors if isinstance(a, UnitGroup)]
    return len(groups) < len(actors) or any(in_group(g, unit) for g in groups)


def duties_for(catalog: Catalog, unit: Unit, period: date, metrics) -> tuple[Duty, ...]:
    """Reports with a deadline that cover one of the metrics for the period ending then."""
    wanted = set(metrics)
    return tuple(
        duty for duty in catalog.all(Duty)
        if not isinstance(duty.deadline, NoDeadline)
        and duty.recipients
        and ends_with(duty, period)
        and wanted & {*duty.metrics, *(m for s in _sections(duty) for m in s.metrics)}
        and must(catalog, duty, unit)
    )


def _sections(duty: Duty):
    return duty.layout.sections if duty.layout else ()

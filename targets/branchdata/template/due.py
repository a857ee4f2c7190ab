"""Which reports a unit owes for a period, and when they are due."""

from datetime import date, timedelta

from targets.catalog import Catalog
from targets.periods import MONTHS
from targets.schema.duties import Duty, Fixed, NoDeadline, Quota
from targets.schema.organisation import Unit, UnitGroup
from targets.wording import duty_deadline

from .plan import in_group

A_YEAR = timedelta(days=366)


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


def due_date(catalog: Catalog, duty: Duty, period: date) -> date | None:
    """The last day for the report on the period that ends with `period`, by the calendar.

    None where the report is due within the period itself.
    """
    from targets.calendar.occurrences import Calendar

    due = Calendar(catalog, duties=(duty,)).of_duty(duty, period, period + A_YEAR)
    return next((o.due for o in due if o.reports_on and o.reports_on.last == period), None)


def due_words(catalog: Catalog, duty: Duty, period: date) -> str:
    """When the report is due, in words, with the day where there is one."""
    day = due_date(catalog, duty, period)
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

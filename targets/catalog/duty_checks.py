"""Duties that no calendar could keep: impossible days, deadlines in conflict, wrong choices."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from targets.periods import FOLLOWED_BY, SHORTEST, period_of
from targets.problems import Code, Problem
from targets.schema.duties import (
    ChosenDates,
    ChosenDays,
    DayInclusion,
    DayOfPeriod,
    DaysAfter,
    Duty,
    Event,
    Fixed,
    FollowingDay,
    NoDeadline,
    Once,
    PeriodEnd,
    Quota,
    ReportsOn,
    RestDayPolicy,
    Season,
    Vague,
)
from targets.schema.targets import SetDuty
from targets.schema.workdays import WorkdayNotice

from .carriers import carriers, open_on
from .catalog import Catalog
from .decisions import duty_history

Found = tuple[tuple, Code, str, str | None]
"""path inside the duty, code, what was found, what is allowed"""

_DEADLINES = {
    Event: (NoDeadline, DaysAfter),
    Vague: (NoDeadline,),
    Once: (NoDeadline,),
    ChosenDays: (NoDeadline, PeriodEnd),
}
_ONCE_IN_SEASON = (NoDeadline, DaysAfter, PeriodEnd)


def duty_problems(catalog: Catalog, report: Callable[..., Problem]) -> Iterator[Problem]:
    """All problems of duties, of decisions about them, of chosen dates and of days off."""
    for duty in catalog.all(Duty):
        yield from _doubts(duty, report)
        for path, code, found, allowed in impossible(duty):
            yield report(duty, path, code, f"{duty.id}：{found}", allowed=allowed)
    yield from _decided(catalog, report)
    yield from _choices(catalog, report)
    yield from _days_off(catalog, report)


def period_kind(recurrence):
    """The kind of period a recurrence counts in; None where it has none."""
    return getattr(recurrence, "every", None) or getattr(recurrence, "per", None)


def _doubts(duty: Duty, report) -> Iterator[Problem]:
    doubts = []
    if not isinstance(duty.deadline, NoDeadline):
        if getattr(duty.deadline, "inclusion", None) is DayInclusion.UNSAID:
            doubts.append("截止日是否含当日")
        if duty.rest_day is RestDayPolicy.UNKNOWN and not getattr(duty.deadline, "working", False):
            doubts.append("截止日遇休息日怎么办")
    if duty.reports_on is ReportsOn.UNSAID:
        doubts.append("报的是哪一期")
    if doubts and not duty.assumptions:
        yield report(
            duty,
            ("id",),
            Code.UNLISTED_DOUBT,
            f"{duty.id} 没说{'、'.join(doubts)}，也没有登记为待定事项",
            mend="在 assumptions 里写上相应的待定事项",
        )


def impossible(duty: Duty) -> Iterator[Found]:
    """What no calendar can keep in the terms of a duty."""
    rule, deadline = duty.recurrence, duty.deadline
    fits = _ONCE_IN_SEASON if isinstance(rule, Season) and not rule.every else None
    fits = fits or _DEADLINES.get(type(rule))
    if fits and not isinstance(deadline, fits):
        allowed = "、".join(kind.model_fields["kind"].annotation.__args__[0] for kind in fits)
        yield ("deadline",), Code.DEADLINE_CONFLICT, (
            f"多久一次写的是 {rule.kind}，截止日不能写 {deadline.kind}"
        ), allowed
        return
    every = period_kind(rule)
    if isinstance(rule, ChosenDays) and rule.days > SHORTEST[every]:
        yield ("recurrence", "days"), Code.IMPOSSIBLE_DAY, (
            f"{every.label}选不出 {rule.days} 天"
        ), f"至多 {SHORTEST[every]} 天"
    if isinstance(deadline, FollowingDay | DayOfPeriod):
        yield from _impossible_day(deadline, every)
    yield from _extension(duty)


def _impossible_day(deadline: FollowingDay | DayOfPeriod, every) -> Iterator[Found]:
    following = isinstance(deadline, FollowingDay)
    lengths = FOLLOWED_BY if following else {k: n for k, n in SHORTEST.items() if n > 1}
    if every not in lengths:
        what = "次期首月第几日" if following else "本期第几天"
        yield ("deadline", "kind"), Code.DEADLINE_CONFLICT, (
            f"{every.label}一次的义务不能按{what}截止"
        ), "、".join(kind.value for kind in lengths)
    elif deadline.day > lengths[every]:
        where = "次期的首月" if following else "时期"
        yield ("deadline", "day"), Code.IMPOSSIBLE_DAY, (
            f"{every.label}一次，不是每个{where}都有第 {deadline.day} 天"
        ), f"至多 {lengths[every]}"
    elif not following and deadline.day == 1 and deadline.inclusion is DayInclusion.EXCLUDED:
        yield ("deadline", "inclusion"), Code.IMPOSSIBLE_DAY, (
            "第 1 天之前、不含当日，本期里就一天也没有"
        ), None


def _extension(duty: Duty) -> Iterator[Found]:
    if duty.rest_day is not RestDayPolicy.EXTEND:
        return
    if getattr(duty.deadline, "working", False):
        found = "已经按工作日数期限，不能再按占用的工作日顺延"
    elif not isinstance(duty.deadline, FollowingDay | DayOfPeriod | DaysAfter):
        found = f"截止日写的是 {duty.deadline.kind}，没有可以顺延的期限"
    else:
        return
    yield ("rest_day",), Code.DEADLINE_CONFLICT, found, "stay、next、previous"


def _decided(catalog: Catalog, report) -> Iterator[Problem]:
    """Decisions that make a duty impossible which by its source is possible."""
    seen = set()
    for decision in catalog.issued:
        for i, change in enumerate(decision.changes):
            if not isinstance(change, SetDuty):
                continue
            duty = catalog.get(change.duty)
            already = {found for _, _, found, _ in impossible(duty)}
            for terms in duty_history(catalog, duty):
                if decision not in terms.decisions or terms.withdrawn:
                    continue
                for path, code, found, allowed in impossible(terms.duty):
                    if found in already or (decision.id, found) in seen:
                        continue
                    seen.add((decision.id, found))
                    at = path if path[0] in change.model_fields_set else ()
                    yield report(
                        decision,
                        ("changes", i, *at),
                        code,
                        f"{decision.id} 改过之后，{duty.id} {found}",
                        allowed=allowed,
                    )


def _choices(catalog: Catalog, report) -> Iterator[Problem]:
    taken: dict[tuple, ChosenDates] = {}
    counts: Counter = Counter()
    for choice in catalog.all(ChosenDates):
        duty, unit = catalog.get(choice.duty), catalog.get(choice.unit)
        rule = duty.recurrence
        if not isinstance(rule, ChosenDays | Event):
            yield report(
                choice,
                ("duty",),
                Code.WRONG_CHOICE,
                f"{duty.id} 不是由机构自定日期的义务，而是 {rule.kind}",
                allowed="chosen_days、event",
            )
            continue
        if not any(unit.id in stretch.ids for stretch in carriers(catalog, duty)):
            yield report(
                choice, ("unit",), Code.WRONG_CHOICE, f"{unit.name}不承担 {duty.id}",
                mend="核对机构，或核对义务的 actors",
            )
        for i, day in enumerate(choice.days):
            found = _wrong_day(catalog, choice, day, taken, counts)
            if found:
                yield report(choice, ("days", i), Code.WRONG_CHOICE, found)


def _wrong_day(catalog, choice: ChosenDates, day: date, taken: dict, counts: Counter) -> str | None:
    rule, unit = catalog.get(choice.duty).recurrence, catalog.get(choice.unit)
    key = (choice.duty, choice.unit, day)
    if key in taken:
        return f"{unit.name}的 {day} 已经写在 {taken[key].id}"
    taken[key] = choice
    if not open_on(unit, day):
        return f"{unit.name}在 {day} 还没有开业或已经撤并"
    if isinstance(rule, ChosenDays):
        period = period_of(rule.per, day)
        counts[choice.duty, choice.unit, period] += 1
        if counts[choice.duty, choice.unit, period] > rule.days:
            return f"{unit.name}在{period.label}选了不止 {rule.days} 天"
    return None


def _days_off(catalog: Catalog, report) -> Iterator[Problem]:
    said: dict[date, tuple[bool, WorkdayNotice]] = {}
    for notice in catalog.all(WorkdayNotice):
        days = [(("off", i), False, day) for i, span in enumerate(notice.off) for day in span.days]
        days += [(("work", i), True, day) for i, day in enumerate(notice.work)]
        for path, worked, day in days:
            before = said.setdefault(day, (worked, notice))
            if before[0] != worked:
                yield report(
                    notice,
                    path,
                    Code.DAYS_OFF_CONFLICT,
                    f"{notice.id} 说 {day} {'上班' if worked else '放假'}，"
                    f"{before[1].id} 说{'上班' if before[0] else '放假'}",
                    mend="留下一处",
                )


def yields_dates(duty: Duty) -> bool:
    """Whether the duty's terms lead to dates by themselves."""
    rule = duty.recurrence
    if isinstance(rule, Season):
        return bool(rule.each_year or (rule.start and rule.end))
    if isinstance(rule, Once):
        return rule.by is not None
    return isinstance(rule, Fixed | Quota | ChosenDays)

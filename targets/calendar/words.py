"""An occurrence in words: for tables, pages and the events of a calendar."""

from targets import wording
from targets.catalog import Catalog
from targets.catalog.decisions import settled_on

from .occurrences import Occurrence


def title(occurrence: Occurrence, *, series: bool = False) -> str:
    """What is due, with the period it reports on (not for a whole series) and how many times."""
    text = occurrence.duty.name
    if occurrence.reports_on is not None and not series:
        text += f"（{occurrence.reports_on.label}）"
    times = quota(occurrence)
    return f"{text}（{times}）" if times else text


def quota(occurrence: Occurrence) -> str:
    """How many times by the due date; empty for once."""
    if occurrence.quota == 1 and not occurrence.at_least:
        return ""
    unit = "天" if occurrence.duty.recurrence.kind == "chosen_days" else "次"
    return f"{'不少于' if occurrence.at_least else ''} {occurrence.quota} {unit}".strip()


def names(catalog: Catalog, ids: tuple[str, ...]) -> str:
    """Roles and groups by name; one that has left the definitions by its id."""
    return "、".join(catalog.records[i].name if i in catalog.records else i for i in ids)


def cited(catalog: Catalog, occurrence: Occurrence) -> str:
    """The clauses that the duty comes from."""
    known = (c for c in dict.fromkeys(occurrence.duty.clauses) if c in catalog.records)
    return "；".join(map(catalog.citation, known))


def flags(occurrence: Occurrence) -> str:
    return "；".join(flag.label for flag in occurrence.flags)


def shift(occurrence: Occurrence) -> str:
    """How days off moved the date; empty when they did not."""
    days = occurrence.shifted_by
    if not days:
        return ""
    return f"原为 {occurrence.nominal_due}，{'顺延' if days > 0 else '提前'} {abs(days)} 天"


def open_questions(catalog: Catalog, occurrence: Occurrence) -> list[str]:
    """Names of the assumptions that the duty rests on, still open on the due day."""
    settled = settled_on(catalog, occurrence.due)
    return [catalog.get(a).name for a in occurrence.duty.assumptions if a not in settled]


def description(catalog: Catalog, occurrence: Occurrence, *, series: bool = False) -> str:
    """Everything a reader of the event needs, a line each; of a series, what holds for all."""
    duty = occurrence.duty
    period, reported = occurrence.period.label, occurrence.reports_on
    on = reported.label if reported else ""
    if series:
        period = wording.recurrence(duty.recurrence)
        on = ("到期的那一期" if reported == occurrence.period else "上一期") if reported else ""
    lines = [
        ("做什么", duty.action),
        ("依据", cited(catalog, occurrence)),
        ("谁来做", names(catalog, duty.actors)),
        ("报给", names(catalog, duty.recipients)),
        ("抄送", names(catalog, duty.copies)),
        ("形式", duty.form or ""),
        ("时期", period),
        ("报哪一期", on),
        ("次数", quota(occurrence)),
        ("截止", wording.duty_deadline(duty)),
        ("休息日", "" if series else shift(occurrence)),
        ("请注意", flags(occurrence)),
        ("待定事项", "、".join(open_questions(catalog, occurrence))),
        ("义务编号", duty.id),
    ]
    return "\n".join(f"{what}：{text}" for what, text in lines if text)

"""Open questions: by which day they should be settled, and which are late."""

from collections.abc import Iterator
from datetime import date

from targets.catalog import Catalog
from targets.catalog.decisions import decisions_on, settled_on
from targets.problems import Code, Problem, Severity
from targets.schema.targets import Assumption, Decision, Schedule


def due_days(catalog: Catalog, day: date) -> dict[str, tuple[date, Decision | None]]:
    """Assumption id -> (the day by which it should be settled, the decision that says so).

    The bank's plan comes before what the assumption itself says; what neither dates is left out.
    """
    found: dict[str, tuple[date, Decision | None]] = {
        a.id: (a.settle_by, None) for a in catalog.all(Assumption) if a.settle_by
    }
    for decision in decisions_on(catalog, day):
        for change in decision.changes:
            if isinstance(change, Schedule):
                found[change.assumption] = (change.by, decision)
    return found


def overdue_questions(catalog: Catalog, today: date) -> Iterator[Problem]:
    """Assumptions that should have been settled before today and are not."""
    settled = settled_on(catalog, today)
    for assumption, (by, decision) in due_days(catalog, today).items():
        if assumption in settled or by >= today:
            continue
        at = catalog.origins[assumption]
        record = catalog.get(assumption)
        plan = f"（{decision.number}）" if decision else ""
        yield Problem(
            Code.UNSETTLED,
            f"待定事项“{record.name}”（{assumption}）宜在 {by} 之前定下{plan}，还没有定",
            file=at.file, line=at.line, severity=Severity.WARNING,
            mend=f"请{record.decider}作出决定，或用一项决定另定日期（kind: schedule）",
        )  # fmt: skip

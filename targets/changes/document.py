"""A comparison as JSON-ready data; exact numbers as strings."""

from targets.assessment.findings import plain

from .effects import Side, TargetEffect
from .model import as_data
from .report import Report, headline


def document(report: Report) -> dict:
    """The whole comparison as JSON-ready data; exact numbers as strings."""
    return {
        "before": report.before,
        "after": report.after,
        "exit_code": report.verdict.code,
        "verdict": report.verdict.words,
        "reasons": list(report.verdict.reasons),
        "data": report.data or None,
        "changes": [
            {**as_data(c), "grade_label": c.grade.label, "sentence": headline(report, c)}
            for c in report.changes
        ],
        "effects": None if report.effects is None else [effect_data(e) for e in report.effects],
        "doubts": list(report.doubts),
    }


def effect_data(effect: TargetEffect) -> dict:
    """One target's effect as JSON-ready data."""
    return {
        "target": effect.target,
        "name": effect.name,
        "data_date": effect.data_date.isoformat(),
        "in_force_on": effect.in_force_on.isoformat(),
        "draft": effect.draft,
        "levels": [plain(level) for level in effect.levels],
        "units": [
            {
                "level": u.subject.level, "unit": u.subject.unit_code, "site": u.subject.site,
                "name": u.subject.name, "withheld": u.withheld,
                "before": _side_data(u.before), "after": _side_data(u.after),
            }
            for u in effect.units
        ],
        "doubts": list(effect.doubts),
    }


def _side_data(side: Side | None) -> dict | None:
    if side is None:
        return None
    found = side.finding
    return {
        "status": found.status.value,
        "provisional": found.provisional.value if found.provisional else None,
        **{
            name: plain(value)
            for name, value in (
                ("value", found.value), ("threshold", found.threshold), ("gap", found.gap),
                ("to_go", side.to_go), ("required_per_month", side.required),
                ("recent_per_month", side.recent), ("arrives_in_time", side.arrives),
            )
        },
    }

"""Duties for tests, written with the few terms that a test is about."""

from targets.schema.duties import Duty

MONTHLY = {"kind": "fixed", "every": "month"}
UNSTATED = {"kind": "unstated"}


def duty(name: str = "report", **terms) -> Duty:
    """A duty of the demo bank's branches; monthly without a deadline unless told otherwise."""
    return Duty.model_validate(
        {
            "id": f"demo.duty.{name}",
            "name": "报表",
            "places": [{"clause": "demo.clause.1"}],
            "action": "报送。",
            "actors": ["demo.unit_group.branches"],
            "recurrence": MONTHLY,
            "deadline": UNSTATED,
        }
        | terms
    )


def by_day(day: int, every: str = "month", inclusion: str = "included", **terms) -> Duty:
    """Due on a day of the month after the period."""
    return duty(
        recurrence={"kind": "fixed", "every": every},
        deadline={"kind": "following_day", "day": day, "inclusion": inclusion},
        **terms,
    )


def record(duty: Duty) -> dict:
    """The duty as a row of a definitions file; it rests on the demo assumption."""
    said = duty.model_dump(mode="json", exclude_none=True)
    return said | {"places": [{"clause": "demo.clause.1.1"}], "assumptions": ["demo.assumption.a"]}


BRANCHES = {
    "id": "demo.unit_group.branches",
    "name": "各支行",
    "places": [{"clause": "demo.clause.1.1"}],
    "summary": "全部支行。",
    "membership": "inferred",
    "levels": ["sub_branch"],
}
DESK = {
    "id": "demo.role.desk",
    "name": "综合岗",
    "places": [{"clause": "demo.clause.1.1"}],
    "summary": "办文。",
}

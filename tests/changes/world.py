"""Small states of definitions, made in memory: what a comparison needs and no file."""

from pathlib import Path

from targets.catalog import Catalog
from targets.schema.kinds import PLURALS
from tests import demo

CLAUSES = [
    {"id": "demo.clause.1", "name": "建档", "number": "一、", "summary": "讲建档。"},
    {"id": "demo.clause.2", "name": "覆盖", "number": "二、", "summary": "讲覆盖。"},
]
DOCUMENTS = [{
    "id": "demo.document.plan", "name": "演示要点", "short_name": "要点",
    "completeness": ["complete"], "summary": "只供测试。",
}]
PLACE = {"clause": "demo.clause.1", "commitment": "strive", "word": "力争"}


def state(**lists) -> Catalog:
    """A state of these records beside a document with two clauses, and one metric `m`."""
    content = {
        "documents": DOCUMENTS, "clauses": CLAUSES,
        "metrics": [demo.metric(places=[{"clause": "demo.clause.1"}])], **lists,
    }
    records = [
        PLURALS[plural].model_validate(row) for plural, rows in content.items() for row in rows
    ]
    return Catalog({r.id: r for r in records}, {}, Path("状态"))


def target(slug="t", test=None, **over) -> dict:
    return demo.target(slug, test, **({"places": [PLACE]} | over))


def new_value(*values, target="demo.target.t", **over) -> dict:
    """A change of a decision: (from, value) each."""
    dated = [{"from": since, "value": value} for since, value in values]
    return {"kind": "value", "target": target, "values": dated} | over


def duty(slug="d", **over) -> dict:
    return {
        "id": f"demo.duty.{slug}", "name": f"义务{slug}", "action": "报告。",
        "places": [{"clause": "demo.clause.1"}], "actors": ["demo.role.branch"],
        "recurrence": {"kind": "fixed", "every": "quarter"},
        "deadline": {"kind": "following_day", "day": 10, "inclusion": "included"},
    } | over


ROLES = [
    {"id": f"demo.role.{slug}", "name": name, "places": [{"clause": "demo.clause.1"}],
     "summary": "办事。"}
    for slug, name in (("branch", "分行"), ("office", "办公室"))
]

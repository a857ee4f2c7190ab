"""Every kind of record, and the shape of a definitions file."""

from pydantic import Field, create_model

from .base import Model, Record
from .duties import ChosenDates, Duty
from .lifecycle import Redirect, Release
from .measures import Dataset, Metric
from .organisation import PeerSet, Unit, UnitGroup
from .rules import Rule
from .source import (
    Clause,
    Defect,
    Document,
    Framework,
    PastResult,
    Product,
    Provision,
    Role,
    System,
    Term,
)
from .targets import Allocation, Assumption, Decision, Scorecard, Target
from .workdays import WorkdayNotice

RECORDS: tuple[type[Record], ...] = (
    Document,
    Clause,
    Provision,
    Framework,
    Metric,
    Target,
    Duty,
    Rule,
    Term,
    Role,
    Product,
    System,
    PastResult,
    Assumption,
    Defect,
    Decision,
    Scorecard,
    Allocation,
    PeerSet,
    UnitGroup,
    Unit,
    Dataset,
    WorkdayNotice,
    ChosenDates,
    Redirect,
    Release,
)
KINDS: dict[str, type[Record]] = {record.kind: record for record in RECORDS}
PLURALS: dict[str, type[Record]] = {record.plural: record for record in RECORDS}

def json_schema() -> dict:
    """JSON Schema of a definitions file, for editors and for `check-jsonschema`.

    A definitions file is one list a kind, in any order, in any number of files.
    """
    lists = {
        record.plural: (
            tuple[record, ...],
            Field((), description=f"{record.title_zh}（每项一条记录）"),
        )
        for record in RECORDS
    }
    schema = create_model("DefinitionsFile", __base__=Model, **lists).model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "知行 定义文件",
        **{k: v for k, v in schema.items() if k != "title"},
    }

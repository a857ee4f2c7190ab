"""Every kind of record, and the shape of a definitions file."""


from .base import Record
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

"""A proposed split written down: the allocation and the draft of the decision that carries it."""

from dataclasses import dataclass
from datetime import date

from targets.editing import Edit
from targets.problems import Problems, Severity

from .proposal import Proposal

FILE = "decisions/bank_allocations.yaml"


@dataclass(frozen=True)
class Grounds:
    """What a draft says beside the split."""

    basis: str
    """the document or minutes that it rests on"""
    reason: str
    decider: str
    drafter: str
    day: date
    """of the draft"""


def draft(edit: Edit, proposal: Proposal, grounds: Grounds) -> None:
    """Put the two records into the edit. Raises Problems where they would leave an error."""
    allocation = proposal.allocation
    change: dict = {"kind": "allocation", "allocation": allocation.id}
    if proposal.ask.headroom:
        change["headroom"] = proposal.ask.headroom
    edit.append(FILE, "decisions", {
        "id": allocation.decision,
        "name": allocation.name,
        "number": grounds.basis,
        "decided": grounds.day,
        "effective": proposal.ask.effective,
        "decider": grounds.decider,
        "reason": grounds.reason,
        "signoff": {"drafted": {"by": grounds.drafter, "day": grounds.day}},
        "changes": [change],
    })
    edit.append(FILE, "allocations", allocation.model_dump(exclude_defaults=True))
    errors = [p for p in edit.problems() if p.severity is Severity.ERROR]
    if errors:
        raise Problems(errors)

"""A proposed split written down: the allocation and the draft of the decision that carries it."""

from dataclasses import dataclass
from datetime import date

from targets.editing import Edit
from targets.schema.targets import Allocation

from .proposal import Proposal

FILE = "decisions/allocations.yaml"


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
    """Put the two records into the edit, beside the allocations that there are."""
    allocation = proposal.allocation
    change: dict = {"kind": "allocation", "allocation": allocation.id}
    if proposal.ask.headroom:
        change["headroom"] = proposal.ask.headroom
    catalog = edit.state()[0]
    others = [catalog.origins[a.id].file for a in catalog.all(Allocation)]
    file = others[-1] if others else FILE
    edit.append(file, "decisions", {
        "id": allocation.decision,
        "name": allocation.name,
        "number": grounds.basis,
        "decided": grounds.day,
        "effective": proposal.ask.effective,
        "decider": grounds.decider,
        "reason": grounds.reason if grounds.reason.endswith("。") else f"{grounds.reason}。",
        "signoff": {"drafted": {"by": grounds.drafter, "day": grounds.day}},
        "changes": [change],
    })
    edit.append(file, "allocations", allocation.model_dump(exclude_defaults=True))

"""What if: values laid over the definitions in memory, as a decision that nobody took."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from targets.catalog import Catalog
from targets.schema.criteria import Within
from targets.schema.targets import Decision, Target

ID = "supposed.decision.whatif"
NUMBER = "假设"


@dataclass(frozen=True)
class Wish:
    """A value that a target would have."""

    target: Target
    part: int
    value: dict
    """value, or low and high, in the unit of what is judged"""


def supposing(catalog: Catalog, wishes: Iterable[Wish], on: date) -> Catalog:
    """The same state with these values in force from a day on; no file is touched."""
    changes = [
        {
            "kind": "value", "target": wish.target.id, "part": wish.part,
            "values": [{"from": on, **wish.value}],
        }
        for wish in wishes
    ]
    signed = {"by": NUMBER, "day": on}
    decision = Decision.model_validate({
        "id": ID, "name": NUMBER, "number": NUMBER, "decided": on, "effective": on,
        "decider": NUMBER, "reason": NUMBER, "changes": changes,
        "signoff": {"drafted": signed, "issued": signed},
    })
    return Catalog(
        {**catalog.records, ID: decision}, catalog.origins, catalog.folder,
        released=catalog.released, supposed=catalog.supposed,
    )


def is_range(target: Target, part: int) -> bool:
    return isinstance(target.parts[part - 1][1].test, Within)

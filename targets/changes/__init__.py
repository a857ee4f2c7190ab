"""The meaning of a change to the definitions: what, how much tighter, from when, for whom.

    before = open_state("HEAD", repository)
    after = open_state(None, repository)
    for change in compare(before.catalog, after.catalog): ...
"""

from .compare import compare
from .model import Change, FieldChange, Grade, Touches, mirrored
from .states import State, open_state

__all__ = [
    "Change", "FieldChange", "Grade", "State", "Touches", "compare", "mirrored", "open_state",
]

"""What a notebook imports: the handbook with its data, pandas frames and figures.

    from targets.notebook import open_handbook, show
    handbook = open_handbook()
    assessment = handbook.assess()

`frames` and `figures` come in pairs: every figure has a table that tells the same facts.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import figures, frames
    from .display import show
    from .handbook import Handbook, open_handbook

_HOME = {"Handbook": "handbook", "open_handbook": "handbook", "show": "display"}

__all__ = ["Handbook", "figures", "frames", "open_handbook", "show"]


def __getattr__(name: str):
    # a build of the site asks for `place` alone, and need not wait for pandas and matplotlib
    if name in ("figures", "frames"):
        return import_module(f".{name}", __name__)
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

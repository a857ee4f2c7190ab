"""What a notebook imports: the handbook with its data, pandas frames and figures.

    from targets.notebook import open_handbook, show
    handbook = open_handbook()
    assessment = handbook.assess()

`frames` and `figures` come in pairs: every figure has a table that tells the same facts.
"""

from . import figures, frames
from .display import show
from .handbook import Handbook, open_handbook

__all__ = ["Handbook", "figures", "frames", "open_handbook", "show"]

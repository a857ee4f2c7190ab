"""Editing the definitions as safely as a form.

    with open_edit(folder) as edit:
        edit.set("sijin.target.market_profiled", ("name",), "市场园区建档率")
        print(edit.preview())
        edit.save()

Only the lines concerned change: comments, order and layout of everything else are kept.
"""

from .forms import InForm, formatted, schema_line
from .transaction import Edit, open_edit

__all__ = ["Edit", "InForm", "formatted", "open_edit", "schema_line"]

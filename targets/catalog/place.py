"""Which definitions are meant where nobody says so."""

import os
from pathlib import Path

from .load import DEFAULT_FOLDER

VARIABLE = "ZHIXING_DEFINITIONS"
OWN = Path("definitions")
MARK = "definitions.schema.json"


def definitions_folder(start: Path | None = None) -> Path:
    """The folder that ZHIXING_DEFINITIONS names, a bank's own above `start`, or the package's.

    A bank's own is a folder `definitions` with the schema that `init` writes into it, in `start`
    (default: here) or the nearest folder above.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    here = (start or Path.cwd()).resolve()
    above = (folder / OWN for folder in (here, *here.parents))
    return next((own for own in above if (own / MARK).is_file()), DEFAULT_FOLDER)

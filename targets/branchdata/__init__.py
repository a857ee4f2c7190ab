"""Branch data: from what branches send to clean, typed tables, with everything wrong named.

`open_data` reads a folder of Parquet or CSV files, a workbook, or frames; `BranchData.connect`
gives a DuckDB view per table. `sample` makes the invented bank's data.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .read import BranchData, DataFile, open_data, reported_codes, write_manifest

__all__ = ["BranchData", "DataFile", "open_data", "reported_codes", "write_manifest"]


def __getattr__(name: str):
    # who only asks for the list of files, as a build of the site does, need not wait for the engine
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(".read", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

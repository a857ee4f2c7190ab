"""Branch data: from what branches send to clean, typed tables, with everything wrong named.

`open_data` reads a folder of Parquet or CSV files, a workbook, or frames; `BranchData.connect`
gives a DuckDB view per table. `sample` makes the invented bank's data.
"""

from .read import BranchData, DataFile, open_data, reported_codes, write_manifest

__all__ = ["BranchData", "DataFile", "open_data", "reported_codes", "write_manifest"]

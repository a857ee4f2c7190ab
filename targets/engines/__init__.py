"""Where the rows are: phase one of an assessment runs there, everything else in local DuckDB."""

from .engine import LARGE, Embedded, Engine, Extent, Query

__all__ = ["LARGE", "Embedded", "Engine", "Extent", "Query"]

"""Where the rows are: phase one of an assessment runs there, everything else in local DuckDB."""

from .engine import Embedded, Engine, Query

__all__ = ["Embedded", "Engine", "Query"]

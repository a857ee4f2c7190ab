"""What an assessment asks of an engine, and the engine that is always there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import duckdb

if TYPE_CHECKING:  # whoever only reads data need not wait for the parser
    from sqlglot import exp


class Engine(Protocol):
    """Runs the aggregates of phase one over the datasets' tables, where their rows are."""

    local: duckdb.DuckDBPyConnection
    """where results are kept, and phase two runs"""
    tables: Collection[str]
    """names of the datasets that there are"""

    def fetch(self, name: str, query: "exp.Select", *, additive: bool = False) -> None:
        """Run `query` where the rows are and keep its result as the local table `name`.

        additive: it groups by the data date and tells of no single person, so that what it gives
        on one data date may be kept for later runs.
        """
        ...


def duckdb_sql(tree: "exp.Expression") -> str:
    """What DuckDB runs: sqlglot's own SQL, which it reads as it is.

    Definitions have no need of its dialect, which takes a tenth of a second to load.
    """
    return tree.sql()


@dataclass(frozen=True)
class Embedded:
    """DuckDB in this process, with a view per table."""

    local: duckdb.DuckDBPyConnection
    tables: Collection[str]

    def fetch(self, name: str, query: "exp.Select", *, additive: bool = False) -> None:
        self.local.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {duckdb_sql(query)}")

"""What an assessment asks of an engine, and the engine that is always there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import duckdb


@dataclass(frozen=True)
class Query:
    """A question to one table, in SQL that DuckDB reads as it is.

    It keeps to what sqlglot turns into every engine's own words with the same meaning.
    """

    table: str
    select: str
    """what is selected"""
    period: str
    """the column of the data date"""
    until: date
    """only rows of data dates up to and including this one count"""
    grouped: str = ""
    joined: str = ""
    """a join with given values"""
    additive: bool = False
    """it groups by the data date and tells of no single person, so that what it gives on one data
    date may be kept for later runs"""

    def sql(self, source: str | None = None, *, last: date | None = None) -> str:
        """The query; `source`: read from this, known by the table's name.

        last: no row is of a later data date than this, and each has one: nothing need be filtered.
        """
        later = last is None or last > self.until
        table = f'"{self.table}"'
        return " ".join(filter(None, (
            f"SELECT {self.select} FROM {f'{source} AS {table}' if source else table}",
            self.joined and f"JOIN {self.joined}",
            later and f"WHERE {table}.{self.period} <= CAST('{self.until}' AS DATE)",
            self.grouped and f"GROUP BY {self.grouped}",
        )))


class Engine(Protocol):
    """Runs the aggregates of phase one over the datasets' tables, where their rows are."""

    local: duckdb.DuckDBPyConnection
    """where results are kept, and phase two runs"""
    tables: Mapping[str, date | None]
    """the datasets that there are, each with a data date that no row's is after; None: unknown"""

    def fetch(self, name: str, query: Query) -> None:
        """Run `query` where the rows are and keep its result as the local table `name`."""
        ...


@dataclass(frozen=True)
class Embedded:
    """DuckDB in this process, with a view per table."""

    local: duckdb.DuckDBPyConnection
    tables: Mapping[str, date | None]

    def fetch(self, name: str, query: Query) -> None:
        text = query.sql(last=self.tables[query.table])
        self.local.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")

"""What an assessment asks of an engine, and the engine that is always there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import duckdb

LARGE = 1_000_000
"""rows from which it pays to group by hashes"""


@dataclass(frozen=True)
class Extent:
    """What is known of a table's rows before they are summed up."""

    last: date | None = None
    """a data date that no row's is after; None: unknown"""
    hashed: frozenset[str] = frozenset()
    """columns of texts of which no two have the same hash in DuckDB"""


@dataclass(frozen=True)
class Query:
    """A question to one table, in SQL that DuckDB reads as it is.

    It keeps to what sqlglot turns into every engine's own words with the same meaning.
    """

    table: str
    groups: Mapping[str, str]
    """result column -> the column that rows are grouped by"""
    period: str
    """the column of the data date"""
    until: date
    """only rows of data dates up to and including this one count"""
    numbers: Sequence[str] = ()
    """aggregates, each with its name"""
    joined: str = ""
    """a join with given values"""
    additive: bool = False
    """it groups by the data date and tells of no single person, so that what it gives on one data
    date may be kept for later runs"""

    def sql(self, source: str | None = None, known: Extent | None = None) -> str:
        """The query; `source`: read from this, known by the table's name.

        known: what DuckDB may be spared. A date that no row is after need not be looked at. A hash
        is reckoned once for each text in a Parquet file's dictionary and compared as a number, so
        that grouping by it takes a fifth less than grouping by the texts.
        """
        known = known or Extent()
        table = f'"{self.table}"'
        named, grouped = [], []
        for name, column in self.groups.items():
            by_hash = column in known.hashed
            named.append(f'{"any_value" if by_hash else ""}("{column}") AS {name}')
            grouped.append(f'{"hash" if by_hash else ""}("{column}")')
        later = known.last is None or known.last > self.until
        return " ".join(filter(None, (
            f"SELECT {', '.join((*named, *self.numbers))}",
            f"FROM {f'{source} AS {table}' if source else table}",
            self.joined and f"JOIN {self.joined}",
            later and f"WHERE {table}.\"{self.period}\" <= CAST('{self.until}' AS DATE)",
            f"GROUP BY {', '.join(grouped)}",
        )))


class Engine(Protocol):
    """Runs the aggregates of phase one over the datasets' tables, where their rows are."""

    local: duckdb.DuckDBPyConnection
    """where results are kept, and phase two runs"""
    tables: Mapping[str, Extent]
    """the datasets that there are"""

    def fetch(self, name: str, query: Query) -> None:
        """Run `query` where the rows are and keep its result as the local table `name`."""
        ...


@dataclass(frozen=True)
class Embedded:
    """DuckDB in this process, with a view per table."""

    local: duckdb.DuckDBPyConnection
    tables: Mapping[str, Extent]

    def fetch(self, name: str, query: Query) -> None:
        text = query.sql(known=self.tables[query.table])
        self.local.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")

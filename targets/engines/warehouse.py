"""A place where a bank's rows are: what it holds, and answers to queries as exact Arrow tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from targets.problems import Code, Problem, Problems


@dataclass(frozen=True)
class Stored:
    """A table as it is stored."""

    place: str
    """how people call it"""
    relation: exp.Expression
    """what a query selects from"""
    columns: Mapping[str, str]
    """column: its type in DuckDB's words; a word of the engine's own where we can't read it"""
    written: bool = False
    """cells are text as people wrote it (CSV)"""


class Warehouse(Protocol):
    """An engine with the bank's rows, open for reading."""

    name: str
    """how people call it"""

    def find(self, place: str) -> Stored | None:
        """The table at a place; None where there is none."""
        ...

    def query(self, query: exp.Query) -> pa.Table:
        """The answer, exact. Raises Problems, without any of the rows' content in them."""
        ...

    def close(self) -> None: ...


def exact(answer: pa.Table) -> pa.Table:
    """The same table; raises TypeError where a number is not exact."""
    for field in answer.schema:
        if pa.types.is_floating(field.type):
            raise TypeError(f"{field.name} came as {field.type}: numbers have to stay exact")
    return answer


def stopped(code: Code, found: str, mend: str, allowed: str | None = None) -> Problems:
    """What ended the work on an engine; never more of its own message than is harmless."""
    return Problems([Problem(code, found, allowed=allowed, mend=mend)])


def missing_part(what: str, extra: str, problem: str) -> Problems:
    return stopped(
        Code.NO_ENGINE, f"用 {what} 还缺组件：{problem}",
        f"在环境里运行 python -m pip install -r requirements-engines.txt"
        f"（或 pip install 'zhixing-targets[{extra}]'）",
    )


def sql(query: exp.Expression, dialect: str) -> str:
    """The query in an engine's own words; every name quoted, so that none is a keyword."""
    return query.sql(dialect=dialect, identify=True)


def names(columns: Sequence[str]) -> str:
    return "、".join(columns[:30]) + (f" 等 {len(columns)} 列" if len(columns) > 30 else "")

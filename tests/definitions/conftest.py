"""The lists written from the documents themselves, and what the definitions hold at each clause."""

import csv
from pathlib import Path

import pytest

from targets.catalog import Catalog, load
from targets.schema.source import Clause

HERE = Path(__file__).parent


def listed(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_documents(kind: str):
    """Every row of <kind>_<document>.csv, of all documents: (document, row)."""
    return [
        pytest.param(document, row, id=f"{document}-" + "-".join(row.values())[:60])
        for path in sorted(HERE.glob(f"{kind}_*.csv"))
        for document in [path.stem.removeprefix(f"{kind}_")]
        for row in listed(path.name)
    ]


def clause_id(document: str, path: str) -> str:
    return f"{document}.clause.{path}"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="session")
def content(catalog) -> dict[str, list]:
    """What stands at each clause, its defects and open questions included, by the clause's id."""
    at: dict[str, list] = {}
    for record in catalog.records.values():
        if not isinstance(record, Clause):
            for clause in getattr(record, "clauses", ()):
                at.setdefault(clause, []).append(record)
    return at

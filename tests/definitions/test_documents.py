"""What a reader who knows a document by heart finds in its definitions, whichever the document.

The lists beside this file (figures_<document>.csv and so on) were written from the documents,
not from the definitions; a document joins these tests by laying its lists here.
"""

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from targets.catalog import load
from targets.schema.base import SourceRecord
from targets.schema.criteria import Trend
from targets.schema.duties import Duty
from targets.schema.measures import Metric, NotMeasured, QuotientMeasure
from targets.schema.rules import Rule
from targets.schema.source import Clause, Framework
from targets.schema.targets import Assumption, Target

HERE = Path(__file__).parent
COLUMNS = {
    "clauses": {"path", "number", "heading"},
    "figures": {"clause", "figure", "unit", "what"},
    "shorthands": {"name", "clause", "membership", "members"},
    "names": {"kind", "clause", "name"},
    "frequencies": {"clause", "recurrence", "word", "about"},
}


def lists(what: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """(document, rows) of every list of this kind."""
    for path in sorted(HERE.glob(f"{what}_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield path.stem.removeprefix(f"{what}_"), list(csv.DictReader(file))


def entries(what: str):
    return [
        pytest.param(document, row, id=f"{document}-{'-'.join(map(str, row.values()))[:60]}")
        for document, rows in lists(what)
        for row in rows
    ]


def documents(what: str):
    return [pytest.param(document, rows, id=document) for document, rows in lists(what)]


def clause_id(document: str, path: str) -> str:
    return f"{document}.clause.{path}"


def leaves(value) -> Iterator:
    """Every single value a record holds, at any depth."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def words(record) -> list[str]:
    return [v for v in leaves(record.model_dump(mode="python")) if isinstance(v, str)]


def numbers(record) -> list[Decimal]:
    return [
        Decimal(v)
        for v in leaves(record.model_dump(mode="python"))
        if isinstance(v, int | Decimal) and not isinstance(v, bool)
    ]


def judged_by(record) -> Iterator[Decimal]:
    """The figures that a record is judged or counted by."""
    if isinstance(record, Target):
        for _, part in record.parts:
            for dated in getattr(part.test, "values", ()):
                ends = (getattr(dated, end, None) for end in ("value", "low", "high"))
                yield from (end for end in ends if end is not None)
    elif isinstance(record, Rule):
        yield from (limit.value for limit in getattr(record.body, "limits", ()))
    elif isinstance(record, Framework) and record.stated_count is not None:
        yield Decimal(record.stated_count)


def names(record) -> set[str]:
    return {record.name, *getattr(record, "aliases", ())}


@pytest.fixture(scope="module")
def catalog():
    return load()


@pytest.fixture(scope="module")
def content(catalog) -> dict[str, list]:
    """What stands at each clause, by the clause's id."""
    at: dict[str, list] = {}
    for record in catalog.records.values():
        if isinstance(record, SourceRecord):
            for clause in dict.fromkeys(record.clauses):
                at.setdefault(clause, []).append(record)
    return at


class TestLists:
    @pytest.mark.parametrize("what", COLUMNS)
    def test_each_list_is_of_a_known_document_and_has_its_columns(self, catalog, what):
        for document, rows in lists(what):
            assert document in catalog.documents
            assert rows
            assert set(rows[0]) >= COLUMNS[what]


class TestClauses:
    @pytest.mark.parametrize(("document", "rows"), documents("clauses"))
    def test_the_tree_has_just_the_printed_nodes(self, catalog, document, rows):
        paths = {clause_id(document, row["path"]) for row in rows}
        assert {c.id for c in catalog.all(Clause) if c.owner == document} == paths

    @pytest.mark.parametrize(("document", "row"), entries("clauses"))
    def test_each_bears_its_printed_number_and_heading(self, catalog, document, row):
        clause = catalog.get(clause_id(document, row["path"]))
        assert (clause.number or "") == row["number"]
        assert not row["heading"] or clause.name == row["heading"]

    @pytest.mark.parametrize(("document", "row"), entries("clauses"))
    def test_each_hangs_under_its_parent(self, catalog, document, row):
        above, _, _ = row["path"].rpartition(".")
        clause = catalog.get(clause_id(document, row["path"]))
        assert clause.parent == (clause_id(document, above) if above else None)

    def test_each_has_content_or_says_why_not(self, catalog, content):
        bare = [
            c.id for c in catalog.all(Clause) if bool(content.get(c.id)) == bool(c.no_obligation)
        ]
        assert bare == []


class TestFigures:
    @pytest.mark.parametrize(("document", "row"), entries("figures"))
    def test_each_stands_in_a_record_at_its_clause(self, content, document, row):
        about = [
            r
            for r in content[clause_id(document, row["clause"])]
            if any(row["what"] in text for text in words(r))
        ]
        assert about, f"{row['clause']} 没有记录讲到“{row['what']}”"
        try:
            figure = Decimal(row["figure"])
        except InvalidOperation:
            assert any(row["figure"] in text for r in about for text in words(r))
        else:
            assert any(figure in numbers(r) for r in about), [r.id for r in about]


    @pytest.mark.parametrize(("document", "rows"), documents("figures"))
    def test_no_threshold_limit_or_stated_count_is_foreign_to_the_document(
        self, catalog, document, rows
    ):
        printed = {row["figure"] for row in rows}
        foreign = [
            (record.id, str(value))
            for record in catalog.records.values()
            if record.owner == document
            for value in judged_by(record)
            if not printed & {str(value), f"{value:f}"}
        ]
        assert foreign == []


class TestShorthands:
    @pytest.mark.parametrize(("document", "row"), entries("shorthands"))
    def test_each_stands_at_its_clause_with_its_members(self, content, document, row):
        here = [
            r
            for r in content[clause_id(document, row["clause"])]
            if isinstance(r, Framework) and row["name"] in names(r)
        ]
        assert len(here) == 1
        assert here[0].membership.value == row["membership"]
        if row["members"]:
            assert [m.name for m in here[0].members] == row["members"].split(" ")


class TestNames:
    @pytest.mark.parametrize(("document", "row"), entries("names"))
    def test_each_is_a_record_at_its_clause(self, content, document, row):
        here = [
            r for r in content[clause_id(document, row["clause"])] if r.kind == row["kind"]
        ]
        assert any(row["name"] in names(r) for r in here), sorted(r.name for r in here)


class TestFrequencies:
    @pytest.mark.parametrize(("document", "row"), entries("frequencies"))
    def test_each_is_kept_as_it_stands(self, content, document, row):
        here = [
            d
            for d in content[clause_id(document, row["clause"])]
            if isinstance(d, Duty)
            and d.recurrence.kind == row["recurrence"]
            and row["about"] in d.name + d.action
        ]
        said = [str(v) for d in here for v in leaves(d.recurrence.model_dump(mode="python"))]
        assert any(row["word"] in word for word in said), said

    def test_a_vague_word_gets_an_open_question_and_no_period(self, catalog):
        silent = [
            d.id for d in catalog.all(Duty) if d.recurrence.kind == "vague" and not d.assumptions
        ]
        assert silent == []


class TestTargets:
    def test_every_metric_is_judged_or_goes_into_one_that_is(self, catalog):
        judged = {m for t in catalog.all(Target) for _, part in t.parts for m in part.others}
        judged |= {m for t in catalog.all(Target) for m, _ in t.parts}
        metrics = catalog.all(Metric)
        for quotient in (m.measure for m in metrics if isinstance(m.measure, QuotientMeasure)):
            judged |= {quotient.numerator, quotient.denominator}
        ours = {m.id for m in metrics if m.owner in catalog.documents}
        assert ours - judged == set()

    def test_a_direction_without_a_baseline_asks_for_one(self, catalog):
        silent = [
            t.id
            for t in catalog.all(Target)
            for _, part in t.parts
            if isinstance(part.quantity, Trend)
            and part.quantity.baseline.kind == "unstated"
            and not t.assumptions
        ]
        assert silent == []

    def test_what_cannot_be_measured_binds_no_unit(self, catalog):
        bound = [
            t.id
            for t in catalog.all(Target)
            for metric, _ in t.parts
            if isinstance(catalog.get(metric).measure, NotMeasured) and t.binds
        ]
        assert bound == []

    def test_every_open_question_is_asked_as_a_question(self, catalog):
        told = [a.id for a in catalog.all(Assumption) if not a.question.endswith("？")]
        assert told == []

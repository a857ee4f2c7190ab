"""What a reader who knows a document by heart finds in its definitions, whichever the document.

The lists beside this file were written from the documents, not from the definitions.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import pytest

from targets.schema.base import SourceRecord
from targets.schema.criteria import Trend
from targets.schema.duties import Duty
from targets.schema.measures import Metric, NotMeasured, QuotientMeasure
from targets.schema.rules import Rule
from targets.schema.source import Clause, Framework, Product
from targets.schema.targets import Assumption, Scorecard, Target

from .conftest import HERE, clause_id, listed, of_documents

DOCUMENTS = sorted(p.stem.removeprefix("clauses_") for p in HERE.glob("clauses_*.csv"))


def leaves(record):
    """Every single value that a record holds, at any depth."""

    def walk(value):
        if isinstance(value, dict):
            value = value.values()
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            yield value
        else:
            for item in value:
                yield from walk(item)

    return walk(record.model_dump(mode="python"))


def words(record) -> list[str]:
    return [value for value in leaves(record) if isinstance(value, str)]


def numbers(record) -> list[Decimal]:
    return [
        Decimal(value)
        for value in leaves(record)
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
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


NUMBER = re.compile(r"\d+(?:\.\d+)?")
# 第 9 至 12 点, 要点1至14, 73个要点: the document's own points, told apart from its figures
POINTS = re.compile(r"(?:第|要点) ?\d+(?: ?[、至] ?\d+)*|\d+ ?(?:个要点|点)")


def told_by(record) -> Iterator[str]:
    """What a record tells of its source in our words; how we compute or doubt it is left out."""
    for field in ("summary", "meaning", "statement", "action"):
        if hasattr(record, field):
            yield getattr(record, field)
    yield from getattr(record, "points", ())


def names(record) -> set[str]:
    return {record.name, *getattr(record, "aliases", ())}


class TestClauses:
    @pytest.mark.parametrize("document", DOCUMENTS)
    def test_the_tree_has_just_the_printed_nodes(self, catalog, document):
        paths = {clause_id(document, row["path"]) for row in listed(f"clauses_{document}.csv")}
        assert {c.id for c in catalog.all(Clause) if c.owner == document} == paths

    @pytest.mark.parametrize(("document", "row"), of_documents("clauses"))
    def test_each_bears_its_printed_number_and_heading(self, catalog, document, row):
        clause = catalog.get(clause_id(document, row["path"]))
        assert (clause.number or "") == row["number"]
        assert not row["heading"] or clause.name == row["heading"]

    @pytest.mark.parametrize(("document", "row"), of_documents("clauses"))
    def test_each_hangs_under_its_parent(self, catalog, document, row):
        above, _, _ = row["path"].rpartition(".")
        clause = catalog.get(clause_id(document, row["path"]))
        assert clause.parent == (clause_id(document, above) if above else None)

    @pytest.mark.parametrize(("document", "row"), of_documents("clauses"))
    def test_each_has_content_or_says_why_not(self, catalog, content, document, row):
        clause = catalog.get(clause_id(document, row["path"]))
        assert bool(content.get(clause.id)) != bool(clause.no_obligation)

    def test_summaries_are_left_without_gaps_from_folded_lines(self, catalog):
        folded = [c.id for c in catalog.all(Clause) if "。 " in c.summary or "， " in c.summary]
        assert folded == []


class TestFigures:
    @pytest.mark.parametrize(("document", "row"), of_documents("figures"))
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

    @pytest.mark.parametrize(("document", "row"), of_documents("clauses"))
    def test_each_in_a_summary_is_printed_at_the_clause_or_below_it(self, catalog, document, row):
        printed = {
            number
            for figure in listed(f"figures_{document}.csv")
            if f"{figure['clause']}.".startswith(f"{row['path']}.")
            for number in NUMBER.findall(figure["figure"])
        }
        told = POINTS.sub("", catalog.get(clause_id(document, row["path"])).summary)
        assert set(NUMBER.findall(told)) - printed == set()

    @pytest.mark.parametrize("document", DOCUMENTS)
    def test_a_point_that_a_summary_refers_to_is_printed(self, catalog, document):
        clauses = [c for c in catalog.all(Clause) if c.owner == document]
        points = {number for c in clauses for number in NUMBER.findall(c.number or "")}
        for clause in clauses:
            for reference in POINTS.findall(clause.summary):
                assert set(NUMBER.findall(reference)) <= points, clause.id

    @pytest.mark.parametrize("document", DOCUMENTS)
    def test_none_that_a_record_tells_is_foreign_to_the_document(self, catalog, document):
        printed = {
            number
            for figure in listed(f"figures_{document}.csv")
            for number in NUMBER.findall(figure["figure"])
        }
        foreign = [
            (record.id, number)
            for record in catalog.records.values()
            if record.owner == document and isinstance(record, SourceRecord)
            for text in told_by(record)
            for number in NUMBER.findall(POINTS.sub("", text))
            if number not in printed
        ]
        assert foreign == []

    @pytest.mark.parametrize("document", DOCUMENTS)
    def test_no_threshold_limit_or_stated_count_is_foreign_to_the_document(self, catalog, document):
        printed = {row["figure"] for row in listed(f"figures_{document}.csv")}
        foreign = [
            (record.id, str(value))
            for record in catalog.records.values()
            if record.owner == document
            for value in judged_by(record)
            if not printed & {str(value), f"{value:f}"}
        ]
        assert foreign == []


class TestShorthands:
    @pytest.mark.parametrize(("document", "row"), of_documents("shorthands"))
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
    @pytest.mark.parametrize(("document", "row"), of_documents("names"))
    def test_each_is_a_record_at_its_clause(self, content, document, row):
        here = [r for r in content[clause_id(document, row["clause"])] if r.kind == row["kind"]]
        assert any(row["name"] in names(r) for r in here), sorted(r.name for r in here)


class TestDuties:
    @pytest.mark.parametrize(("document", "row"), of_documents("frequencies"))
    def test_each_frequency_of_the_document_is_kept_as_it_stands(self, content, document, row):
        here = [
            d
            for d in content[clause_id(document, row["clause"])]
            if isinstance(d, Duty)
            and d.recurrence.kind == row["recurrence"]
            and row["about"] in d.name + d.action
        ]
        said = [words(d.recurrence) for d in here]
        assert any(row["word"] in word for of_one in said for word in of_one), said

    def test_a_vague_word_gets_an_open_question_and_no_period(self, catalog):
        for duty in catalog.all(Duty):
            if duty.recurrence.kind == "vague":
                assert duty.assumptions, duty.id


class TestTargets:
    def test_what_cannot_be_measured_binds_no_unit(self, catalog):
        for target in catalog.all(Target):
            for metric_id, _ in target.parts:
                if isinstance(catalog.get(metric_id).measure, NotMeasured):
                    assert target.binds == (), target.id


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


class TestScorecards:
    def test_a_card_without_weights_leaves_them_as_an_open_question(self, catalog):
        for card in catalog.all(Scorecard):
            if not card.items or any(item.weight is None for item in card.items):
                assert card.assumptions, card.id


class TestWording:
    def test_every_open_question_is_asked_as_a_question(self, catalog):
        for assumption in catalog.all(Assumption):
            assert assumption.question.endswith("？"), assumption.id

    def test_every_product_is_told_in_a_sentence(self, catalog):
        assert [p.id for p in catalog.all(Product) if not p.summary.endswith("。")] == []

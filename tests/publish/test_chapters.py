"""The shipped book: a chapter for every document, and nothing of it out of reach or miscounted."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from targets.catalog import DEFAULT_FOLDER, load
from targets.publish.domain import collections, compare, groups
from targets.publish.domain.coverage import Coverage, Standard
from targets.publish.domain.handbook import Handbook
from targets.publish.results import Results
from targets.schema.duties import Duty
from targets.schema.source import Role, Term
from targets.schema.targets import Target

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
DIRECTIVE = re.compile(r"^```\{zx:(\w+)\} ?([^\n]*)\n((?::\w+:[^\n]*\n)*)```", re.MULTILINE)


@pytest.fixture(scope="module")
def book() -> Handbook:
    return Handbook(load(), Results())


def chapters(prefix: str) -> list[Path]:
    """The first page of a document's chapter and those that the contents list under it."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            if chapter["file"] == f"book/{prefix}/index":
                return [
                    ROOT / f"{c['file']}.md" for c in (chapter, *chapter.get("sections", ()))
                ]
    return []


def named(book: Handbook, page: Path) -> set[str]:
    """Ids of the records that a page leads to by its lists."""
    found: set[str] = set()
    for directive, argument, lines in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
        given = dict(re.findall(r"^:(\w+): *(.*)$", lines, re.MULTILINE))
        if directive in ("list", "sections"):
            args = (argument, given.get("document", ""), given.get("filter", ""))
            found.update(collections.mentions(book, "list", args))
    return found


class TestChapters:
    def test_every_document_has_one(self, book):
        for prefix in book.catalog.documents:
            pages = chapters(prefix)
            assert len(pages) >= 6, prefix
            assert all(page.exists() for page in pages), prefix

    @pytest.mark.parametrize("model", [Target, Duty, Term], ids=lambda m: m.kind)
    def test_reach_every_record_within_two_clicks(self, book, model):
        for prefix in book.catalog.documents:
            reached = set().union(*(named(book, page) for page in chapters(prefix)))
            wanted = {r.id for r in book.catalog.all(model) if r.owner == prefix}
            assert wanted <= reached, prefix

    def test_sections_leave_no_record_out(self, book):
        for prefix in book.catalog.documents:
            for kind in compare.PARTS:
                parts = compare.parts(book, kind, prefix)
                listed = [
                    r.id
                    for code, _ in parts
                    for r in collections.chosen(book, kind, prefix, f"part={code}")
                ]
                every = [r.id for r in collections.chosen(book, kind, prefix, "")]
                assert sorted(listed) == sorted(every), (prefix, kind)

    def test_a_skeleton_links_every_tile(self, book):
        html = book.render("skeleton", "", "puhui.framework.skeleton")
        for member in book.catalog.get("puhui.framework.skeleton").members:
            assert f'href="zx://{member.ref}"' in html
            for inner in book.catalog.get(member.ref).members:
                assert inner.name in html

    def test_the_bulletins_are_all_in_the_table(self, book):
        html = book.render("bulletins", "gejin")
        wanted = [d for d in book.catalog.all(Duty) if d.owner == "gejin" and d.category]
        assert len(wanted) == 41
        assert all(f"zx://{duty.id}" in html for duty in wanted)


class TestRoles:
    def test_a_customer_manager_sees_what_every_document_asks(self, book):
        group = next(
            g for g in book.role_groups if "liuyou.role.account_manager" in {r.id for r in g.roles}
        )
        assert {r.owner for r in group.roles} == {"liuyou", "gejin", "nonghang", "sijin"}
        for role in group.roles:
            html = book.render("asks", role.id)
            for duty in book.catalog.all(Duty):
                if role.id in duty.actors:
                    assert f"zx://{duty.id}" in html, duty.id

    def test_every_role_is_in_one_group(self, book):
        counted = Counter(r.id for g in book.role_groups for r in g.roles)
        assert counted == Counter(r.id for r in book.catalog.all(Role))

    def test_no_group_joins_what_one_document_tells_apart(self, book):
        for group in book.role_groups:
            owners = [r.owner for r in group.roles]
            assert len(owners) == len(set(owners)), group.name


class TestNames:
    def test_one_name_in_two_documents_stands_side_by_side(self, book):
        html = book.render("homonyms", "across")
        assert "zx://nonghang.framework.trinity" in html
        assert "zx://sijin.framework.trinity" in html

    def test_every_pair_to_be_kept_apart_is_shown_somewhere(self, book):
        html = "".join(book.render("homonyms", s) for s in ("across", "within", "confused"))
        for record in book.catalog.records.values():
            for other in getattr(record, "not_to_confuse", ()):
                assert f"zx://{record.id}" in html, record.id
                assert f"zx://{other}" in html, other

    def test_metrics_of_several_documents_are_compared_with_their_targets(self, book):
        html = book.render("metric_families")
        for family in groups.metric_families(book.catalog):
            assert len({m.owner for m in family}) == len(family)
            for metric in family:
                assert f"zx://{metric.id}" in html
                for target in book.targets_of(metric):
                    assert f"zx://{target.id}" in html


@pytest.fixture(scope="module")
def recount() -> dict[str, Counter]:
    """Document -> kind -> records, counted in the files themselves."""
    out: dict[str, Counter] = {}
    for path in DEFAULT_FOLDER.rglob("*.yaml"):
        for plural, records in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            for record in records:
                count = out.setdefault(record["id"].split(".")[0], Counter())
                count[plural] += 1
                if plural == "duties":
                    count[f"duties {record['recurrence']['kind']}"] += 1
                if plural == "clauses" and record.get("no_obligation"):
                    count["no_obligation"] += 1
    return out


class TestCoverage:
    def test_counts_what_the_files_hold(self, book, recount):
        for prefix in book.catalog.documents:
            found, files = Coverage(book, prefix), recount[prefix]
            assert len(found.clauses) == files["clauses"]
            assert len(found.targets) == files["targets"]
            assert len(found.rules) == files["rules"]
            assert len(found.past_results) == files["past_results"]
            assert len(found.defects) == files["defects"]
            assert len(found.assumptions) == files["assumptions"]
            assert len(found.without_obligation) == files["no_obligation"]
            for kind, number in found.recurrences.items():
                assert number == files[f"duties {kind}"], (prefix, kind)

    def test_no_clause_is_left_over(self, book):
        for prefix in book.catalog.documents:
            c = Coverage(book, prefix)
            told = {x.id for x in (*c.with_content, *c.without_obligation, *c.headings)}
            assert {x.id for x in c.clauses} == told

    def test_every_target_has_one_standard(self, book):
        for prefix in book.catalog.documents:
            c = Coverage(book, prefix)
            assert sum(c.standards[s] for s in Standard) == len(c.targets)

    def test_a_page_prints_the_sum_over_all_documents(self, book, recount):
        html = book.render("coverage", "clauses")
        every = sum(recount[prefix]["clauses"] for prefix in book.catalog.documents)
        assert f"<strong>{every}</strong>" in html

    def test_what_waits_names_the_assumption(self, book):
        for prefix in book.catalog.documents:
            html = book.render("waiting", prefix)
            for target in Coverage(book, prefix).waiting:
                for assumption in Coverage(book, prefix).waits_for(target):
                    assert f"zx://{assumption.id}" in html

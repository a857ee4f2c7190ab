"""Pages show definitions, point at each other, and are made again only when they must be."""

import pytest

from targets.catalog import load
from targets.publish.domain.handbook import page_of

from .conftest import DECISION

TARGET = "book/records/target/demo.target.profiled"
CLAUSE = "book/records/clause/demo.clause.1.1"


class TestRecordPages:
    def test_every_record_has_a_page(self, book, definitions):
        book.build()
        missing = [
            record
            for record in load(definitions).records
            if not (book.html / f"{page_of(record)}.html").exists()
        ]
        assert missing == []

    def test_a_build_raises_no_warning_though_they_are_in_no_contents(self, book):
        assert book.build() == ""

    def test_a_clause_page_lists_every_record_at_the_clause(self, book, definitions):
        book.build()
        html = book.page(CLAUSE)
        catalog = load(definitions)
        for record in catalog.backlinks("demo.clause.1.1"):
            if record.kind != "clause":
                assert f"{record.id}.html" in html, record.id

    def test_a_clause_page_shows_its_place_in_the_document(self, book):
        book.build()
        html = book.page(CLAUSE)
        assert "demo.clause.1.html" in html
        assert "demo.clause.1.2.html" in html

    def test_a_target_page_names_file_and_line_of_its_definition(self, book):
        book.build()
        lines = (book.root / "definitions/demo.yaml").read_text(encoding="utf-8").splitlines()
        line = 1 + next(n for n, text in enumerate(lines) if "id: demo.target.profiled" in text)
        assert f"definitions/demo.yaml:{line}" in book.page(TARGET)

    def test_a_target_page_shows_the_source_beside_the_decision(self, book, decided):
        book.build()
        _, source, bank, now = book.page(TARGET).split("zx-side__title")
        assert "70%" in source
        assert "80%" not in source
        assert "80%" in bank
        assert "示范〔2026〕1号" in bank
        assert "80%" in now

    def test_the_page_of_a_removed_record_goes_with_it(self, book, decided):
        book.build()
        page = book.root / "book/records/decision/bank.decision.raise.md"
        assert page.exists()
        (decided / "decision.yaml").unlink()
        book.build()
        assert not page.exists()

    def test_the_sources_of_pages_are_left_alone_when_nothing_changes(self, book):
        book.build()
        before = {p: p.stat().st_mtime_ns for p in (book.root / "book").rglob("*.md")}
        book.build()
        assert before == {p: p.stat().st_mtime_ns for p in (book.root / "book").rglob("*.md")}


class TestBacklinks:
    def test_a_record_names_the_chapters_that_show_it(self, book):
        book.build()
        assert "goals.html" in book.page(TARGET)
        assert "duties.html" in book.page("book/records/duty/demo.duty.report")
        assert "words.html" in book.page("book/records/term/demo.term.file")

    def test_a_record_no_chapter_shows_says_so(self, book):
        book.build()
        assert "没有页面直接引用它" in book.page("book/records/duty/demo.duty.meet")

    def test_a_new_mention_reaches_the_record_and_nothing_else(self, book):
        book.build()
        book.write("words.md", "# 词语页\n\n见 {zx:duty}`demo.duty.meet`。\n")
        rebuilt = book.rebuilt()
        assert "words.html" in book.page("book/records/duty/demo.duty.meet")
        assert rebuilt == {
            "index",  # its contents list the changed chapter
            "words",
            "book/records/duty/demo.duty.meet",
            "book/records/term/demo.term.file",
        }


class TestIncrementalBuild:
    def test_without_a_change_nothing_is_written(self, book):
        book.build()
        assert book.rebuilt() == set()

    def test_a_changed_value_rewrites_the_pages_that_show_it(self, book):
        book.build()
        book.replace("definitions/demo.yaml", "value: 70", "value: 75")
        assert book.rebuilt() == {
            "index",  # its contents list the changed chapter
            "goals",
            "book/records/target/index",
            TARGET,
            CLAUSE,
            "book/records/metric/demo.metric.profiled",
            "book/records/provision/demo.provision.aim",
            "book/records/provision/demo.provision.goal",
            "book/records/role/demo.role.branch",  # named at the clause of the target
            "book/records/role/demo.role.office",
        }
        assert "75%" in book.page("goals")
        assert "70%" not in book.page("goals")

    def test_a_changed_meaning_leaves_pages_alone_that_only_name_the_term(self, book):
        book.build()
        book.replace("definitions/demo.yaml", "给每户商户建一份档案", "给每户商户立一份档案")
        rebuilt = book.rebuilt()
        assert {"words", "book/records/term/demo.term.file"} <= rebuilt
        assert not {"goals", "duties"} & rebuilt

    def test_a_change_of_lines_alone_rewrites_only_who_prints_the_line(self, book):
        book.build()
        book.replace("definitions/demo.yaml", "\nterms:", "\n# 词语\nterms:")
        rebuilt = book.rebuilt()
        assert "book/records/term/demo.term.file" in rebuilt  # it prints file:line
        assert not {"words", "goals", "duties", TARGET} & rebuilt

    def test_a_decision_reaches_every_page_with_the_value(self, book, definitions):
        book.build()
        (definitions / "decision.yaml").write_text(DECISION, encoding="utf-8")
        assert {"goals", TARGET} <= book.rebuilt()
        assert "80%" in book.page("goals")


class TestMistakes:
    def test_an_unknown_id_is_told_with_place_and_hint(self, book):
        book.write("goals.md", "# 目标页\n\n一行。\n\n见 {zx:target}`demo.target.profild`。\n")
        warning = book.build()
        assert "goals.md:5: WARNING" in warning
        assert "没有编号为 demo.target.profild 的目标" in warning
        assert "是不是 demo.target.profiled" in warning

    def test_a_record_of_another_kind_is_told_which_role_to_use(self, book):
        book.write("goals.md", "# 目标页\n\n见 {zx:duty}`demo.target.profiled`。\n")
        assert "改用 zx:target" in book.build()

    def test_a_directive_tells_of_an_unknown_id_too(self, book):
        book.write("words.md", "# 词语页\n\n```{zx:term} demo.term.fil\n```\n")
        warning = book.build()
        assert "words.md:3: WARNING" in warning
        assert "是不是 demo.term.file" in warning

    @pytest.mark.parametrize(
        ("directive", "told"),
        [
            ("```{zx:list} dutty\n```", "是不是 duty"),
            ("```{zx:list} duty\n:document: demmo\n```", "是不是 demo"),
            ("```{zx:list} duty\n:filter: recurence=fixed\n```", "是不是 recurrence"),
            ("```{zx:list} duty\n:filter: fixed\n```", "写成 字段=值"),
            ("```{zx:strategy} nobody\n```", "没有编号以 nobody 开头的文件"),
            ("```{zx:labels} comitment\n```", "是不是 commitment"),
            ("```{zx:examples} none.yaml level\n```", "例题读不了"),
            ("{zx:value}`demo.duty.report`", "改用 zx:duty"),
            ("{zx:count}`targt`", "是不是 target"),
        ],
    )
    def test_a_wrong_option_is_told_with_what_would_do(self, book, directive, told):
        book.write("words.md", f"# 词语页\n\n{directive}\n")
        assert told in book.build()

    def test_worked_examples_are_judged_as_the_page_is_made(self, book):
        from pathlib import Path

        shipped = Path(__file__).parents[2] / "book/examples.yaml"
        (book.root / "examples.yaml").write_bytes(shipped.read_bytes())
        book.write("words.md", "# 词语页\n\n```{zx:examples} examples.yaml level growth\n```\n")
        assert book.build() == ""
        assert "差 0.01 个百分点" in book.page("words")
        book.replace("examples.yaml", "69.99}", "70.00}")
        assert "words" in book.rebuilt()
        assert "差距：0 个百分点" in book.page("words")
        book.write("words.md", "# 词语页\n\n```{zx:examples} examples.yaml leval\n```\n")
        assert "是不是 level" in book.build()

    def test_a_page_that_names_a_removed_record_is_warned_about(self, book):
        assert book.build() == ""
        text = (book.root / "definitions/demo.yaml").read_text(encoding="utf-8")
        start, end = text.index("terms:"), text.index("roles:")
        (book.root / "definitions/demo.yaml").write_text(
            text[:start] + text[end:], encoding="utf-8"
        )
        assert "没有编号为 demo.term.file 的术语" in book.build()

    def test_broken_definitions_stop_the_build_with_their_place(self, book):
        from sphinx.errors import ExtensionError

        book.replace(
            "definitions/demo.yaml", "metric: demo.metric.profiled", "metric: demo.metric.x"
        )
        with pytest.raises(ExtensionError, match=r"demo\.yaml:\d+:\d+.*D202"):
            book.build()

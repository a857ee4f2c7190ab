"""One form for the definitions: nothing is said differently, no comment is lost."""

import re

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.catalog import DEFAULT_FOLDER, default_cache, load
from targets.catalog.files import read_file
from targets.catalog.yaml_text import parse
from targets.cli import cli
from targets.editing import formatted, schema_line
from targets.editing.canonical import canonical
from targets.editing.layout import Branch, Entry, lines, node
from targets.problems import Problems
from tests.demo import BANK, DOCUMENT, PLAN, bank

LOOSE = """
# 先说一句

# 再说一句
clauses:
    -   name: "建档"     # 名称
        id: 'demo.clause.1'
        # 摘要在此
        summary: >-
          园区
          要建档。
    - {id: demo.clause.1.1, name: 一, parent: demo.clause.1, summary: 讲。,
       # 没有序号
       number: null}


    # 下一段
    - id: demo.clause.1.2
      name: 二
      parent: demo.clause.1
      summary: |
        第一行
        第二行
      no_obligation:   只是标题。
# 末了一句
"""
IN_FORM = """\
# yaml-language-server: $schema=definitions.schema.json
# 先说一句

# 再说一句

clauses:
  - id: demo.clause.1
    name: 建档  # 名称
    # 摘要在此
    summary: 园区要建档。

  - id: demo.clause.1.1
    name: 一
    # 没有序号
    number: null
    parent: demo.clause.1
    summary: 讲。

  # 下一段
  - id: demo.clause.1.2
    name: 二
    parent: demo.clause.1
    summary: |
      第一行
      第二行
    no_obligation: 只是标题。
# 末了一句
"""


def said(text: str):
    return [placed.record for placed in read_file(text.encode(), "x.yaml").records]


class TestOneForm:
    def test_order_quotes_brackets_and_empty_lines(self):
        assert formatted(LOOSE, "clauses.yaml") == IN_FORM

    def test_a_second_time_changes_nothing(self):
        assert formatted(IN_FORM, "clauses.yaml") == IN_FORM

    @pytest.mark.parametrize("text", [DOCUMENT, BANK, PLAN, LOOSE])
    def test_the_records_and_the_comments_stay(self, text):
        written = formatted(text, "x.yaml")
        assert said(written) == said(text) != []
        assert set(re.findall("# .*", text)) <= set(re.findall("# .*", written))

    def test_the_line_that_editors_read_points_up_to_the_schema(self):
        assert schema_line("a.yaml").endswith("$schema=definitions.schema.json")
        assert schema_line("a/b.yaml").endswith("$schema=../definitions.schema.json")

    def test_what_cannot_be_read_is_told_and_left(self):
        with pytest.raises(Problems):
            formatted("clauses:\n  - {id: demo.clause.1", "x.yaml")

    def test_the_definitions_that_come_along_are_in_it(self):
        catalog = load(cache=default_cache(DEFAULT_FOLDER))
        records = {}
        for record_id, origin in catalog.origins.items():
            records.setdefault(origin.file, []).append(catalog.records[record_id])
        loose = []
        for path in sorted(DEFAULT_FOLDER.rglob("*.yaml")):
            name, text = path.relative_to(DEFAULT_FOLDER).as_posix(), path.read_text("utf-8")
            if canonical(text, schema_line(name), records[name]) != text:
                loose.append(name)
        assert loose == [], "请运行 python -m targets fmt"


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Cs", "Co", "Cn"]),
    max_size=12,
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXT,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=3),
    max_leaves=8,
)


class TestAnythingCanBeWrittenDown:
    @given(value=PLAIN, deep=st.integers(0, 6))
    @settings(max_examples=150, deadline=None)
    def test_what_is_written_reads_back_the_same(self, value, deep):
        text = "\n".join(lines(Branch([Entry("value", node(value))], is_list=False), deep))
        parsed = parse(text.encode(), "x.yaml")
        assert parsed.problems == []
        assert parsed.data == {"value": value}


class TestCommand:
    def run(self, folder, *more):
        return CliRunner().invoke(cli, ["fmt", "--definitions", str(folder), *map(str, more)])

    def test_check_tells_and_leaves(self, tmp_path):
        folder = bank(tmp_path)
        before = (folder / "plan.yaml").read_bytes()
        told = self.run(folder, "--check")
        assert told.exit_code == 1
        assert "plan.yaml" in told.output
        assert (folder / "plan.yaml").read_bytes() == before

    def test_it_brings_files_into_form_once(self, tmp_path):
        folder = bank(tmp_path)
        assert self.run(folder).exit_code == 0
        again = self.run(folder, "--check")
        assert (again.exit_code, again.output) == (0, "")

    def test_only_the_files_named(self, tmp_path):
        folder = bank(tmp_path)
        self.run(folder, folder / "plan.yaml")
        assert "bank.yaml" in self.run(folder, "--check").output
        assert "plan.yaml" not in self.run(folder, "--check").output

    def test_a_broken_file_is_told_and_the_others_are_done(self, tmp_path):
        folder = bank(tmp_path, broken="clauses: [")
        told = self.run(folder)
        assert told.exit_code == 1
        assert "broken.yaml:2" in told.output
        assert (folder / "plan.yaml").read_text().startswith("# yaml-language-server")
        assert (folder / "broken.yaml").read_text() == "clauses: ["

    def test_a_file_from_elsewhere_is_refused(self, tmp_path):
        folder = bank(tmp_path / "definitions")
        assert self.run(folder, tmp_path / "x.yaml").exit_code == 2

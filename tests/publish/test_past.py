"""Pages of the past: former ids lead on, a target shows how its value came about."""

import json
import subprocess

import pytest

from targets.catalog import load
from targets.catalog.lifecycle import released_text
from targets.publish.domain.handbook import Handbook
from targets.publish.domain.past import Past
from targets.publish.records import pages
from targets.publish.results import Results
from tests.demo import write

from .conftest import DECISION

TARGET = "book/records/target/demo.target.profiled"
FORMER = "book/records/target/demo.target.filed"
REPEALED = "book/records/target/demo.target.visits"
REDIRECTS = """
redirects:
  - id: bank.redirect.demo.target.filed
    name: 立档率
    to: demo.target.profiled
    since: 2026-03-01
    reason: 统一叫建档。
  - id: bank.redirect.demo.target.visits
    name: 走访户数
    to: null
    since: 2026-03-02
    reason: 不再考核。
"""


def git(folder, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=王梅", "-c", "user.email=w@example.com", "-C", folder, *arguments],
        check=True, capture_output=True,
    )  # fmt: skip


def commit(folder, why: str) -> None:
    git(folder, "add", "definitions")
    git(folder, "commit", "-q", "-m", why, "--date", "2026-05-06T10:00:00+08:00")


def release(folder, number="2026.1", changes=()) -> None:
    catalog = load(folder)
    write(folder, {
        "lifecycle/releases.yaml": f"""
            releases:
              - id: bank.release.{number}
                name: 第一版
                issued: 2026-03-31
                issuer: 办公室
                summary: 第一次整理齐。
                records: {len(catalog.records)}
                digest: {catalog.meaning}
        """,
        "lifecycle/released_ids.txt": released_text(number, catalog),
        f"lifecycle/changes-{number}.json": json.dumps({"changes": list(changes)}),
    })


def handbook(folder) -> Handbook:
    return Handbook(load(folder), Results(), past=Past(folder))


@pytest.fixture
def versioned(definitions):
    """The definitions in a repository of their own."""
    git(definitions.parent, "init", "-q", "-b", "main")
    commit(definitions.parent, "建库")
    return definitions


class TestAFormerId:
    def test_keeps_its_page_which_leads_on(self, book, definitions):
        write(definitions, {"redirects.yaml": REDIRECTS})
        book.replace("words.md", "# 词语页", "# 词语页\n\n{zx:target}`demo.target.filed`\n")
        # a chapter that names the former id is told of the new one
        (warning,) = book.build().splitlines()
        assert "改名为 demo.target.profiled" in warning
        html = book.page(FORMER)
        assert "已改名" in html
        assert "2026年3月1日" in html
        assert "统一叫建档。" in html
        assert 'href="demo.target.profiled.html"' in html
        # a page that goes on by a clock of its own can't be read in peace
        assert 'http-equiv="refresh"' not in html

        repealed = book.page(REPEALED)
        assert "已废止" in repealed
        assert "不再考核。" in repealed

    def test_finds_its_successor(self, definitions):
        write(definitions, {"redirects.yaml": REDIRECTS})
        head = handbook(definitions).render("head", "demo.target.profiled")
        assert "demo.target.filed" in head.split('data-search-keywords="')[1].split('"')[0]

    def test_has_no_page_of_its_registration(self, book, definitions):
        write(definitions, {"redirects.yaml": REDIRECTS})
        release(definitions)
        names = pages(handbook(definitions))
        assert not any("/redirect/" in n or "/release/" in n for n in names)


class TestHistory:
    def test_shows_the_value_step_by_step_with_its_authority(self, versioned):
        write(versioned, {"decision.yaml": DECISION})
        html = handbook(versioned).render("history", "demo.target.profiled")
        assert "<svg" in html
        first, second = html.split("<tbody>")[1].split("</tbody>")[0].strip().split("\n")
        assert "70%" in first
        assert "2026年1月31日" in first
        assert "原文" in first
        assert "80%" in second
        assert "示范〔2026〕1号" in second

    def test_shows_each_commit_with_day_reason_grade_and_author(self, versioned):
        text = (versioned / "demo.yaml").read_text(encoding="utf-8")
        write(versioned, {"demo.yaml": text.replace("value: 70", "value: 75")})
        commit(versioned.parent, "按会议提高 🎯")
        html = handbook(versioned).render("history", "demo.target.profiled")
        for words in ("2026年5月6日", "按会议提高 〓", "收紧", "王梅", "数值：70% → 75%", "建库"):
            assert words in html, words

    def test_without_git_says_why_there_are_no_commits(self, definitions, monkeypatch):
        from targets.history import git as reader

        monkeypatch.setitem(
            reader._ENVIRONMENT, "GIT_CEILING_DIRECTORIES", str(definitions.parent)
        )
        html = handbook(definitions).render("history", "demo.target.profiled")
        assert "70%" in html
        assert "不在 Git 仓库里" in html

    def test_of_a_commit_makes_only_the_pages_that_it_changed(self, book, versioned):
        book.build()
        book.replace("definitions/demo.yaml", "meaning: 给每户商户建一份档案。",
                     "meaning: 给每户商户立一份档案。")
        book.build()
        commit(versioned.parent, "改词语")
        assert book.rebuilt() == set()
        book.replace("definitions/demo.yaml", "value: 70", "value: 75")
        book.build()
        commit(versioned.parent, "提高")
        assert book.rebuilt() - {"index"} == {TARGET}
        assert "提高" in book.page(TARGET)


class TestTheChangesPage:
    @pytest.fixture
    def changed(self, book):
        book.write("words.md", "# 改了什么\n\n```{zx:releases}\n```\n")
        return book

    def test_shows_a_release_with_its_day_and_notes_once_it_is_issued(self, changed, definitions):
        assert changed.build() == ""
        assert "定义还没有发布过" in changed.page("words")
        release(definitions)
        changed.build()
        html = changed.page("words")
        for words in ("2026.1　第一版", "2026年3月31日", "办公室", "第一次整理齐。", "这是第一版",
                      "现在的定义就是 2026.1"):
            assert words in html, words

    def test_shows_what_changed_since_by_grade(self, book, versioned):
        release(versioned)
        commit(versioned.parent, "发布")
        book.replace("definitions/demo.yaml", "value: 70", "value: 75")
        pending = handbook(versioned).render("unreleased")
        assert "数值：70% → 75%" in pending
        assert "收紧" in pending

    def test_shows_the_changes_kept_with_a_release_and_the_former_ids(self, definitions):
        write(definitions, {"redirects.yaml": REDIRECTS})
        release(definitions, changes=[
            {"what": "changed", "id": "demo.target.profiled", "kind": "target", "name": "建档率",
             "grade": "放宽", "lines": ["数值：80% → 70%"]},
            {"what": "removed", "id": "demo.target.visits", "kind": "target", "name": "走访户数",
             "grade": "取消"},
        ])
        html = handbook(definitions).render("release_changes", "bank.release.2026.1", "")
        for words in ("放宽", "数值：80% → 70%", "走访户数", "demo.target.filed", "已废止"):
            assert words in html, words


class TestTheRelease:
    def test_is_named_beside_results(self, definitions):
        from targets.assessment.findings import Status

        from .conftest import finding
        from .conftest import handbook as judged

        release(definitions)
        book = judged(definitions, finding(Status.MET, 80))
        assert "定义版本：2026.1" in book.render("standing", "demo.target.profiled")
        assert "定义版本：2026.1" in book.render("asof")

    def test_is_left_only_by_what_a_target_rests_on(self, definitions):
        from targets.assessment.findings import Status

        from .conftest import finding
        from .conftest import handbook as judged

        release(definitions)
        text = (definitions / "demo.yaml").read_text(encoding="utf-8")
        write(definitions, {"demo.yaml": text.replace("给每户商户建一份档案", "给每户商户立档案")})
        book = judged(definitions, finding(Status.MET, 80))
        assert "定义版本：2026.1。" in _words(book.render("standing", "demo.target.profiled"))
        assert "2026.1之后有未发布的改动" in book.render("asof")
        write(definitions, {"demo.yaml": text.replace("value: 70", "value: 75")})
        book = judged(definitions, finding(Status.MET, 80))
        assert "2026.1之后改过，还没有发布" in book.render("standing", "demo.target.profiled")


def _words(html: str) -> str:
    return html.replace("</a>", "")

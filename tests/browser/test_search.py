"""Readers find what they look for, from a server and from the file system alike.

``search_queries.csv`` lists what readers type and the end of the address of the page that they
expect (several alternatives are parted by ``|``).
"""

import csv
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

QUERIES = Path(__file__).with_name("search_queries.csv")
FIRST = 3
SHARE = 0.95

RESULTS = """() => Array.from(document.querySelectorAll('#zx-search-results > li h2 a'))
  .map((a) => decodeURIComponent(new URL(a.href).pathname))"""


def queries() -> list[tuple[str, tuple[str, ...]]]:
    with QUERIES.open(encoding="utf-8", newline="") as rows:
        return [(row["query"], tuple(row["page"].split("|"))) for row in csv.DictReader(rows)]


@pytest.fixture(scope="module", params=["http", "file"])
def search_visit(request, visiting, site, server):
    """A visit to the search page, from a server and as a file; its index is built once."""
    address = server if request.param == "http" else site.resolve().as_uri()
    with visiting() as visit:
        visit.home = f"{address}/search.html"
        yield visit


@pytest.fixture
def search_page(search_visit) -> Page:
    if not search_visit.page.url.startswith(search_visit.home):
        search_visit.open(search_visit.home)
    search_visit.complaints.clear()
    return search_visit.page


def ask(page: Page, query: str) -> list[str]:
    field = page.locator(".zx-search-page input[name=q]")
    field.fill(query)
    field.press("Enter")
    return page.evaluate(RESULTS)


class TestSearch:
    def test_finds_the_expected_page_among_the_first_three(self, search_page):
        rows = queries()
        assert len(rows) >= 40, "检索用例不足 40 条"
        missed = []
        for query, expected in rows:
            first = ask(search_page, query)[:FIRST]
            if not any(path.endswith(expected) for path in first):
                missed.append(f"{query} → 应有 {'|'.join(expected)}，得到 {first}")
        assert len(missed) <= (1 - SHARE) * len(rows), "\n".join(missed)

    def test_says_in_chinese_when_nothing_is_found(self, search_page):
        assert ask(search_page, "qqzzxx") == []
        assert "没有找到“qqzzxx”" in search_page.inner_text("#zx-search-count")

    def test_asks_for_words_when_there_are_none(self, search_page):
        assert ask(search_page, "  ") == []
        assert "请输入" in search_page.inner_text("#zx-search-count")

    def test_takes_signs_for_text_not_for_code(self, search_page, search_visit):
        for query in ("<b>四进</b>", "(", "[", "a*+?\\", "70%%", "“”", "😀", "的" * 500):
            ask(search_page, query)
        assert search_visit.complaints == []
        assert search_page.locator("#zx-search-results b").count() == 0

    def test_marks_what_was_asked_for(self, search_page):
        ask(search_page, "知行")
        marks = search_page.locator("#zx-search-results mark").all_inner_texts()
        assert "知行" in marks

    def test_finds_a_single_character(self, search_page):
        assert ask(search_page, "知")
        marks = search_page.locator("#zx-search-results mark").all_inner_texts()
        assert set(marks) == {"知"}

    def test_keeps_the_query_in_the_address(self, search_page):
        ask(search_page, "知行")
        assert f"?q={quote('知行')}" in search_page.url
        search_page.reload()
        assert search_page.input_value(".zx-search-page input[name=q]") == "知行"
        assert search_page.evaluate(RESULTS)

    def test_walks_the_results_with_the_arrow_keys(self, search_page):
        ask(search_page, "知行")
        search_page.keyboard.press("ArrowDown")
        focused = "document.activeElement.closest('#zx-search-results') !== null"
        assert search_page.evaluate(focused)
        search_page.keyboard.press("ArrowUp")
        assert search_page.evaluate("document.activeElement.name") == "q"

    def test_shows_more_when_asked(self, search_page):
        first = len(ask(search_page, "的"))
        more = search_page.locator("#zx-search-more")
        if more.is_visible():
            more.click()
            assert len(search_page.evaluate(RESULTS)) > first
        else:
            assert f"找到 {first} 个页面" in search_page.inner_text("#zx-search-count")

    def test_announces_the_number_of_results(self, search_page):
        ask(search_page, "知行")
        count = search_page.locator("#zx-search-count")
        assert count.get_attribute("aria-live") == "polite"
        assert count.inner_text().startswith("找到 ")

    def test_leads_to_a_section_that_exists(self, search_page):
        ask(search_page, "知行")
        search_page.locator("#zx-search-results h2 a").first.click()
        search_page.wait_for_load_state()
        assert search_page.locator("article h1").count() == 1
        anchor = search_page.evaluate("decodeURIComponent(location.hash.slice(1))")
        assert not anchor or search_page.evaluate("(id) => !!document.getElementById(id)", anchor)

"""What every page of the site owes its reader."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from accessibility import ALL_BUT_CONTRAST, faults

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# A wide element may scroll inside its own box, never the page.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const boxed = (node) => {
    for (let p = node.parentElement; p; p = p.parentElement) {
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true;
    }
    return false;
  };
  return ['' + document.documentElement.scrollWidth].concat(
    Array.from(document.querySelectorAll('body *'))
      .filter((n) => n.getBoundingClientRect().right > width + 1 && !boxed(n))
      .slice(0, 5)
      .map((n) => n.tagName + '.' + n.className));
}"""


OUTSIDE = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//')

# What the frame of a page says without showing it; an article may name things as it must.
LABELS = """() => Array.from(document.querySelectorAll('[title], [aria-label], [placeholder]'))
  .filter((n) => !n.closest('.bd-article') && !n.matches('link, svg *'))
  .flatMap((n) => ['title', 'aria-label', 'placeholder'].map((a) => n.getAttribute(a)))
  .filter((text) => text && /[a-z]/i.test(text))"""


@dataclass
class Seen:
    """What one visit to a page showed; every page is visited once a size for all tests."""

    lang: str | None
    requested: list[str]
    complaints: list[str]
    overflow: list[str]
    labels: list[str]
    faults: list[str]


def look(visit, address: str) -> Seen:
    page = visit.open(address)
    page.wait_for_timeout(100)  # for what a script asks for once all has loaded
    return Seen(
        lang=page.get_attribute("html", "lang"),
        requested=list(visit.requested),
        complaints=list(visit.complaints),
        overflow=page.evaluate(OVERFLOW),
        labels=page.evaluate(LABELS),
        faults=faults(page, ALL_BUT_CONTRAST),
    )


@pytest.fixture(scope="module", params=[DESK, PHONE], ids=["desk", "phone"])
def seen(request, visiting, server, page_kinds) -> dict[str, Seen]:
    with visiting(request.param) as visit:
        return {name: look(visit, f"{server}/{name}") for name in page_kinds}


class TestEveryPage:
    def test_asks_nothing_of_another_host(self, seen, server):
        host = urlsplit(server).netloc
        outside = {
            (name, url)
            for name, page in seen.items()
            for url in page.requested
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != host
        }
        assert outside == set()

    def test_complains_of_nothing(self, seen):
        assert {name: page.complaints for name, page in seen.items() if page.complaints} == {}

    def test_does_not_scroll_sideways(self, seen):
        assert {name: page.overflow for name, page in seen.items() if page.overflow} == {}

    def test_has_no_serious_accessibility_fault(self, seen):
        assert {name: page.faults for name, page in seen.items() if page.faults} == {}

    def test_speaks_chinese(self, seen):
        assert {name: page.lang for name, page in seen.items() if page.lang != "zh-CN"} == {}
        english = {name: [t for t in page.labels if t.isascii()] for name, page in seen.items()}
        assert {name: labels for name, labels in english.items() if labels} == {}

    def test_names_no_other_host_in_what_it_loads(self, site):
        """Also what a script would load later: no style, script, picture or frame from outside."""
        for path in site.rglob("*.html"):
            found = OUTSIDE.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{path.relative_to(site)}：{found and found.group()}"


class TestFont:
    def test_is_drawn_with_the_handbook_font(self, visit, server):
        page = visit.open(f"{server}/search.html")
        page.evaluate("document.fonts.ready.then(() => true)")
        assert page.evaluate("document.fonts.check('16px \"Zhixing Sans\"', '知')")
        family = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
        assert family.startswith('"Zhixing Sans"')


class TestSearchEntrance:
    def test_the_shortcut_opens_the_dialog_and_leads_to_the_results(self, visit, server):
        page = visit.open(f"{server}/index.html")
        page.keyboard.press("Control+k")
        field = page.locator("#pst-search-dialog input[name=q]")
        field.wait_for(state="visible")
        field.fill("搜索")
        field.press("Enter")
        page.wait_for_url("**/search.html?q=*")
        assert page.input_value(".zx-search-page input[name=q]") == "搜索"

    def test_only_the_search_page_loads_the_documents(self, visit, server):
        visit.open(f"{server}/index.html", until="networkidle")
        assert not [url for url in visit.requested if "search-documents" in url]

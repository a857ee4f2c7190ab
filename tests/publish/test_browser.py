"""What a reader does with the built book: opens the map, hovers a link, reads a target."""

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
HOME = "book/index.html"
TARGET = "book/records/target/sijin.target.market_profiled.html"
CLAUSE = "book/records/clause/sijin.clause.2.2.html"


@pytest.fixture(scope="module")
def desk(browser: Browser):
    with browser.new_context(viewport=DESK, locale="zh-CN") as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def phone(browser: Browser):
    with browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True) as context:
        yield context.new_page()


class TestHome:
    def test_the_map_shows_the_strategy_on_one_screen(self, desk: Page, server):
        desk.goto(f"{server}/{HOME}")
        box = desk.locator(".zx-map").bounding_box()
        assert box["y"] + box["height"] <= DESK["height"]
        assert desk.locator(".zx-map__row").count() == 5

    def test_every_tile_leads_to_a_page(self, desk: Page, server):
        desk.goto(f"{server}/{HOME}")
        links = desk.locator(".zx-map a")
        addresses = [links.nth(n).evaluate("a => a.href") for n in range(links.count())]
        assert len(addresses) >= 20
        for address in addresses:
            assert desk.request.get(address).ok, address

    def test_a_tile_opens_the_goal_it_names(self, desk: Page, server):
        desk.goto(f"{server}/{HOME}")
        tile = desk.locator(".zx-map__row--goal a").nth(1)
        name = tile.locator(".zx-map__name").inner_text()
        tile.click()
        assert desk.locator("h1").inner_text().startswith(name)

    def test_the_map_fits_a_phone(self, phone: Page, server):
        phone.goto(f"{server}/{HOME}")
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert phone.locator(".zx-map__tile").last.is_visible()


class TestTarget:
    def test_shows_source_decision_and_value_in_force(self, desk: Page, server):
        desk.goto(f"{server}/{TARGET}")
        titles = desk.locator(".zx-side__title").all_inner_texts()
        assert titles[:2] == ["原文的数", "本行的决定"]
        assert "有效" in titles[2]
        assert all("%" in text for text in desk.locator(".zx-figure-number").all_inner_texts())

    def test_prints_a_status_word_for_every_unit(self, desk: Page, server):
        desk.goto(f"{server}/{TARGET}")
        rows = desk.locator("table.zx-stack:has(.zx-status) tbody tr")
        assert rows.count() > 10
        for n in range(rows.count()):
            assert rows.nth(n).locator(".zx-status").first.text_content().strip()

    def test_leads_to_its_clause_and_back(self, desk: Page, server):
        desk.goto(f"{server}/{TARGET}")
        desk.locator(".zx-record__source a").first.click()
        assert desk.url.endswith(CLAUSE)
        desk.locator("a.zx-ref--target").first.click()
        assert desk.url.endswith(TARGET)


class TestHoverCard:
    def test_opens_on_focus_and_closes_on_escape(self, desk: Page, server):
        desk.goto(f"{server}/{CLAUSE}")
        link = desk.locator("a.zx-ref--target:has(.zx-tip)").first
        tip = link.locator(".zx-tip")
        assert not tip.is_visible()
        desk.keyboard.press("Tab")  # from here on focus shows as the keyboard's
        link.focus()
        assert tip.is_visible()
        assert tip.locator(".zx-tip__value").inner_text().endswith("%")
        assert "《" in tip.locator(".zx-tip__clause").inner_text()
        desk.keyboard.press("Escape")
        assert not tip.is_visible()

    def test_stays_inside_the_window(self, desk: Page, server):
        desk.goto(f"{server}/{TARGET}")
        links = desk.locator("article a.zx-ref:has(.zx-tip)")
        for n in range(links.count()):
            links.nth(n).scroll_into_view_if_needed()
            if not links.nth(n).is_visible():
                continue
            links.nth(n).hover()
            desk.wait_for_timeout(30)
            box = links.nth(n).locator(".zx-tip").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= DESK["width"]
        assert desk.evaluate("document.documentElement.scrollWidth") <= DESK["width"]

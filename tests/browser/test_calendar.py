"""What a reader does with the reporting calendar, on a day that the test says it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from targets.calendar.occurrences import Calendar
from targets.catalog import load
from targets.schema.measures import ActorPeriod

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PAGE = "book/calendar.html"
REPORT = "book/records/duty/sijin.duty.quarterly_report.html"
UNIT = "0101"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DAILY = (ActorPeriod.DAY, ActorPeriod.WORKDAY)


@pytest.fixture(scope="module")
def on(browser: Browser) -> Callable:
    """Opens a page as if on a moment (UTC), far from China unless told."""

    @contextmanager
    def opened(address: str, moment: datetime, viewport=DESK, **more) -> Iterator[Page]:
        zone = "America/Los_Angeles"
        with browser.new_context(viewport=viewport, timezone_id=zone, **more) as context:
            page = context.new_page()
            page.clock.set_fixed_time(moment)
            page.goto(address)
            yield page

    return opened


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OCTOBER_5 = at("2026-10-05T04:00")


@pytest.fixture(scope="module")
def book(server):
    return lambda page: f"{server}/{page}"


def dues(page: Page) -> list[str]:
    return page.locator("#zx-calendar .zx-due").all_inner_texts()


def faults(page: Page) -> list[str]:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
    found = Axe().run(page, context="#zx-calendar", options=rules).response["violations"]
    return [f["id"] for f in found if f["impact"] in ("serious", "critical")]


class TestToday:
    def test_a_due_date_says_how_many_days_are_left(self, on, book):
        with on(book(REPORT), OCTOBER_5) as page:
            first = page.locator(".zx-coming .zx-due").first
            assert "10月10日 星期六" in first.inner_text()
            assert "还有 5 天" in first.inner_text()
            assert "报2026年第3季度" in first.inner_text()

    def test_it_is_the_day_in_beijing_wherever_the_reader_is(self, on, book):
        with on(book(REPORT), at("2026-10-09T15:59")) as page:
            assert "还有 1 天" in page.locator(".zx-coming .zx-due").first.inner_text()
        with on(book(REPORT), at("2026-10-09T16:01")) as page:
            assert "今天到期" in page.locator(".zx-coming .zx-due").first.inner_text()

    def test_what_is_over_says_since_when(self, on, book):
        address = book(f"{PAGE}#view=list&month=2026-10&role=各经营机构")
        with on(address, at("2026-10-12T04:00")) as page:
            report = page.locator(".zx-due", has_text="季度").first
            assert "已过 2 天" in report.inner_text()

    def test_a_page_that_has_aged_says_that_its_dates_have_ended(self, on, book):
        with on(book(REPORT), at("2028-02-01T04:00")) as page:
            told = page.locator(".zx-coming").inner_text()
            assert "手册的日期只排到2027年12月31日" in told


class TestCalendar:
    def test_a_unit_sees_what_it_owes_its_own_days_included(self, on, book):
        catalog = load()
        first, end = date(2026, 11, 1), date(2026, 12, 1)
        owed = Calendar(catalog).of_unit(catalog.units_by_code[UNIT], first, end)
        single = [o for o in owed if o.period.every not in DAILY]
        assert date(2026, 11, 21) in {o.due for o in single}  # its second community day
        with on(book(f"{PAGE}#view=list&month=2026-11"), OCTOBER_5) as page:
            page.get_by_label("机构", exact=True).select_option(label="云岭晨光支行")
            assert f"到期 {len(single)} 项" in page.get_by_role("status").inner_text()
            assert len(dues(page)) == len(single)
            assert page.locator("h3", has_text="11月21日").count() == 1
            page.get_by_label("逐日列出每天要做的").check()
            assert len(dues(page)) == len(owed)

    def test_filters_narrow_by_role_document_and_level(self, on, book):
        with on(book(f"{PAGE}#view=list&month=2026-10"), OCTOBER_5) as page:
            everything = len(dues(page))
            page.get_by_label("文件").select_option(label="“四进”工作意见")
            paper = len(dues(page))
            page.get_by_label("岗位").select_option(label="服务专岗")
            role = len(dues(page))
            assert everything > paper > role > 0
            assert all("服务专岗" in text for text in dues(page))
            page.get_by_label("机构层级").select_option(label="支行")
            units = page.get_by_label("机构", exact=True).locator("option").all_inner_texts()
            assert "云岭分行" not in units
            assert "云岭晨光支行" in units
            page.get_by_role("button", name="清除筛选").click()
            assert len(dues(page)) == everything

    def test_months_are_turned_by_button_and_by_key(self, on, book):
        with on(book(f"{PAGE}#view=month&month=2026-10"), OCTOBER_5) as page:
            assert page.locator("[data-day][tabindex='0']").inner_text().startswith("5")
            page.locator("[data-day][tabindex='0']").focus()
            for _ in range(4):
                page.keyboard.press("ArrowDown")  # 5 October and four weeks: 2 November
            focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
            assert focused.startswith("11月2日 星期一")
            page.get_by_role("button", name="上月").click()
            assert page.get_by_label("月份").input_value() == "2026-10"
            assert "month=2026-10" in page.url

    def test_a_day_shows_what_falls_due_on_it(self, on, book):
        with on(book(f"{PAGE}#view=month&month=2026-10"), OCTOBER_5) as page:
            page.get_by_role("button", name="10月10日 星期六").click()
            assert any("第3季度" in text for text in dues(page))
            assert page.get_by_role("button", name="10月1日 星期四，休 国庆节").count() == 1

    def test_a_year_without_announced_days_off_says_so(self, on, book):
        with on(book(f"{PAGE}#view=list&month=2027-03"), OCTOBER_5) as page:
            told = page.get_by_role("status").inner_text()
            assert "还没有公布2027年的放假安排" in told

    @pytest.mark.parametrize("view", ["soon", "list", "month"])
    def test_every_view_is_accessible_and_fits_a_phone(self, on, book, view):
        address = book(f"{PAGE}#view={view}&month=2026-10")
        with on(address, OCTOBER_5, PHONE) as page:
            page.locator("#zx-calendar .zx-cal__said").wait_for()
            assert page.evaluate(OVERFLOW) == 0
            assert faults(page) == []

    def test_a_phone_begins_with_the_list(self, on, book):
        with on(book(PAGE), OCTOBER_5, PHONE) as page:
            tab = page.get_by_role("button", name="未来 30 天")
            assert tab.get_attribute("aria-pressed") == "true"
            last = OCTOBER_5.date() + timedelta(days=29)
            days = page.locator("#zx-calendar h3").all_inner_texts()
            assert days[0].startswith("10月")
            assert days[-1] <= f"{last.month}月{last.day}日 星期日"


class TestPaper:
    def test_prints_the_year_month_by_month_and_nothing_else(self, on, book):
        address = book(f"{PAGE}#view=list&month=2026-10&role=各经营机构")
        with on(address, OCTOBER_5) as page:
            page.evaluate("window.print = () => { window.printed = true; }")
            page.get_by_role("button", name="打印2026年全年计划").click()
            assert page.evaluate("window.printed")
            page.emulate_media(media="print")
            assert page.locator(".zx-plan h2").inner_text() == "2026年报送计划：各经营机构"
            months = page.locator(".zx-plan__month caption").all_inner_texts()
            assert months == [f"{n} 月" for n in range(1, 13)]
            october = page.locator(".zx-plan__month").nth(9).inner_text()
            assert "10日" in october
            assert "4日、11日、18日、25日" in october  # the ends of its four weeks
            assert not page.locator(".zx-cal__filters").is_visible()
            assert not page.get_by_role("heading", name="订阅到自己的日历").is_visible()


class TestWithoutServer:
    def test_opened_from_a_folder_it_shows_dates_and_offers_files(self, on, site):
        with on((site / PAGE).as_uri(), OCTOBER_5) as page:
            page.get_by_role("button", name="按月列表").click()
            assert len(dues(page)) > 10
            assert page.get_by_role("button", name="复制链接").count() == 0
            href = page.locator(".zx-feeds a", has_text="云岭晨光支行").get_attribute("href")
            assert (site / PAGE).parent.joinpath(href).resolve().is_file()

    def test_without_scripts_the_tables_remain(self, on, book):
        with on(book(PAGE), OCTOBER_5, java_script_enabled=False) as page:
            assert page.get_by_text("2026年10月10日").first.is_visible()
            assert page.get_by_text("请先启用 JavaScript").first.is_visible()


class TestElsewhere:
    def test_the_home_page_and_a_role_show_what_comes_next(self, on, book):
        role = "book/records/unit_group/sijin.unit_group.operating_units.html"
        for name in ("book/index.html", role):
            with on(book(name), OCTOBER_5) as page:
                assert "未来 30 天到期" in page.locator(".zx-coming__said").inner_text()
                assert "还有 5 天" in page.locator(".zx-coming").inner_text()

    def test_staff_choose_their_unit_once(self, on, book):
        with on(book("book/staff.html"), OCTOBER_5) as page:
            before = page.locator(".zx-coming__said").inner_text()
            page.get_by_label("我的机构").select_option(label="云岭晨光支行")
            mine = page.locator(".zx-coming__said").inner_text()
            assert mine != before
            page.reload()
            assert page.locator(".zx-coming__said").inner_text() == mine

    def test_a_missing_file_of_dates_is_told(self, browser, server):
        with browser.new_context() as context:
            page = context.new_page()
            page.route("**/calendar-data.js", lambda route: route.abort())
            page.goto(f"{server}/{PAGE}")
            assert "缺 calendar-data.js" in page.locator("#zx-calendar").inner_text()

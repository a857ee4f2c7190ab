"""What pages say of due dates without knowing what day it is."""

import pytest

from targets.publish.calendar import views
from targets.publish.records import pages
from targets.schema.duties import Duty

from .conftest import Book, handbook
from .test_calendar_data import BANK, DAILY

REPORT = "demo.duty.report"


@pytest.fixture
def bank(definitions):
    (definitions / "bank.yaml").write_text(BANK, encoding="utf-8")
    return handbook(definitions)


class TestDuty:
    def test_leaves_a_box_for_its_next_dates_and_links_its_feed(self, bank):
        html = bank.render("dates", REPORT)
        assert f'data-duty="{REPORT}"' in html
        assert "zx://feed.demo.role.branch" in html

    def test_gives_its_rule_for_calendars(self, bank):
        rule = "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"
        assert rule in bank.render("dates", REPORT)

    def test_says_why_it_has_no_dates_and_what_would_settle_it(self, bank):
        html = bank.render("dates", "demo.duty.meet")
        assert "原文只说“经常”" in html
        assert "zx://demo.assumption.often" in html
        assert "data-duty" not in html

    def test_says_what_to_mind_about_its_dates(self, bank):
        html = bank.render("dates", "demo.duty.days")
        assert "日子由本机构自定，还没有选定，列在期末（4 次）" in html

    def test_shows_terms_that_the_bank_decided_beside_the_earlier(self, definitions):
        (definitions / "decision.yaml").write_text(
            """
decisions:
  - id: bank.decision.day
    name: 报告改到15日
    number: 示范〔2026〕2号
    decided: 2026-01-05
    effective: 2026-02-01
    signoff:
      drafted: {by: 甲, day: 2026-01-05}
      reviewed: {by: 乙, day: 2026-01-05}
      issued: {by: 丙, day: 2026-01-05}
    decider: 总行
    reason: 来不及。
    changes:
      - kind: duty
        duty: demo.duty.report
        deadline: {kind: following_day, day: 15, inclusion: included}
""",
            encoding="utf-8",
        )
        html = handbook(definitions).render("dates", REPORT)
        assert "至2026年1月31日" in html
        assert "2026年2月1日起" in html
        assert "每季度首月 15 日前" in html


class TestWhoCarriesDuties:
    def test_a_role_that_acts_gets_a_box_of_what_comes_next(self, bank):
        assert 'data-actors="demo.role.branch"' in bank.render("dates", "demo.role.branch")

    def test_a_role_that_only_receives_gets_what_is_to_come_to_it(self, bank):
        html = bank.render("dates", "demo.role.office")
        assert 'data-receives="demo.role.office"' in html
        assert "zx://feed.demo.role.office.received" in html
        assert "data-actors" not in html

    def test_a_role_without_dates_gets_none(self, definitions):
        assert handbook(definitions).render("dates", "demo.term.file") == ""

    def test_a_unit_that_carries_duties_gets_one(self, bank):
        assert 'data-unit="bank.unit.east"' in bank.render("dates", "bank.unit.east")
        assert bank.render("dates", "bank.unit.top") == ""

    def test_their_pages_have_a_section_for_it(self, bank):
        made = pages(bank)
        assert "## 未来 30 天" in made["book/records/role/demo.role.branch"]
        assert "## 未来 30 天" in made["book/records/role/demo.role.office"]
        assert "## 到期日" in made[f"book/records/duty/{REPORT}"]


class TestTables:
    def test_name_every_duty_once_with_dates_or_with_a_reason(self, bank):
        dated, undated = bank.render("dated"), bank.render("undated")
        for duty in bank.catalog.all(Duty):
            link = f'href="zx://{duty.id}"'
            assert (link in dated) != (link in undated), duty.id

    def test_few_dates_are_written_out(self, bank):
        assert "2026年4月10日" in bank.render("dated")

    def test_many_dates_are_counted(self, definitions):
        (definitions / "bank.yaml").write_text(BANK, encoding="utf-8")
        (definitions / "daily.yaml").write_text(DAILY, encoding="utf-8")
        book = handbook(definitions)
        found = views.due_dates(book, book.catalog.get("demo.duty.count"))
        assert f"共 {len(found)} 次，2026年1月4日至2027年12月31日" in book.render("dated")

    def test_dates_stay_out_of_the_search(self, bank):
        html = bank.render("dated")
        at = html.index("2026年4月10日")
        assert html.rindex('class="zx-nosearch"', 0, at) > html.rindex("</span>", 0, at)

    def test_feeds_are_listed_by_unit_and_by_role(self, bank):
        html = bank.render("feeds")
        for name in ("bank.unit.east", "bank.unit.west", "demo.role.branch",
                     "demo.role.office.received", "all"):
            assert f"zx://feed.{name}" in html


class TestBuiltBook:
    def test_shows_dates_where_asked_and_makes_little_again(self, book: Book):
        (book.root / "definitions/bank.yaml").write_text(BANK, encoding="utf-8")
        book.replace("conf.py", '"targets.publish.records"',
                     '"targets.publish.records", "targets.publish.calendar.extension"')
        book.write("words.md", "# 日历\n\n```{zx:desk}\n```\n\n```{zx:feeds}\n```\n")
        book.write("goals.md", "# 首页\n\n```{zx:coming}\n:pick:\n```\n")
        assert book.build() == ""

        # links reach the feeds from any depth
        assert 'href="feeds/bank.unit.east.ics"' in book.page("words")
        page = book.page("book/records/unit/bank.unit.east")
        assert 'href="../../../feeds/bank.unit.east.ics"' in page
        assert (book.html / "feeds/bank.unit.east.ics").exists()
        before = (book.html / "calendar-data.js").read_bytes()

        # only pages that show dates load the script
        for name in ("words", "goals", f"book/records/duty/{REPORT}"):
            assert "calendar.js" in book.page(name), name
        for name in ("index", "duties", "book/records/term/demo.term.file"):
            assert "calendar.js" not in book.page(name), name

        # a changed deadline
        book.replace("definitions/demo.yaml", "day: 10,", "day: 15,")
        rebuilt = book.rebuilt()
        assert (book.html / "calendar-data.js").read_bytes() != before
        assert f"book/records/duty/{REPORT}" in rebuilt
        assert "words" not in rebuilt
        assert "book/records/unit/bank.unit.east" not in rebuilt

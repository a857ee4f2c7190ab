"""What the pages say of what was handed in: as of the data date, and without a person's name."""

from datetime import date

import pytest

from targets.calendar.submissions import Standing
from targets.catalog import load
from targets.publish.calendar.handed_in import hand_ins
from targets.publish.domain.handbook import Handbook
from targets.publish.records import pages
from targets.publish.results import Results

from .test_calendar_data import BANK

SEATED = """
decisions:
  - id: bank.decision.seat
    name: 支行就是各支行
    number: 示范〔2026〕3号
    decided: 2026-01-01
    effective: 2026-01-01
    decider: 总行
    reason: 定下来。
    signoff:
      drafted: {by: 起草人, day: 2026-01-01}
      reviewed: {by: 复核人, day: 2026-01-01}
      issued: {by: 签发人, day: 2026-01-01}
    changes:
      - {kind: seat, actor: demo.role.branch, levels: [sub_branch]}
"""
REPORT = "demo.duty.report"
DATA_DATE = date(2026, 9, 30)
# Due on 10 January, April, July and October; the west branch opened in July.
RECORD = f"""义务编号,机构代码,报告期,报送时间,版本,报送人,豁免理由
{REPORT},0101,2025q4,2026-01-09,1,张三,
{REPORT},0101,2026q1,2026-04-13,1,张三,
{REPORT},0101,2026q1,2026-04-20,2,张三,
{REPORT},0101,2026q2,,,,停业装修
{REPORT},0101,2026q3,2026-10-08,1,张三,
"""


@pytest.fixture
def found(definitions, tmp_path):
    (definitions / "bank.yaml").write_text(BANK, encoding="utf-8")
    (definitions / "seat.yaml").write_text(SEATED, encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    (data / "报送记录.csv").write_text(RECORD, encoding="utf-8")
    return hand_ins(load(definitions), data, DATA_DATE)


@pytest.fixture
def bank(definitions, found):
    results = Results(DATA_DATE, "示例数据", hand_ins=found)
    return Handbook(load(definitions), results, as_of=DATA_DATE, source="definitions/")


class TestStanding:
    def test_is_that_of_the_data_date(self, found):
        """What came on 8 October has not come yet."""
        told = [(h.unit[-4:], h.period, h.standing, h.words) for h in found]
        assert told == [
            ("east", "2025年第4季度", Standing.ON_TIME, "按时"),
            ("east", "2026年第1季度", Standing.LATE, "迟 3 天，后有更正"),
            ("east", "2026年第2季度", Standing.WAIVED, "豁免：停业装修"),
            ("east", "2026年第3季度", Standing.DUE, "还没有交"),
            ("west", "2026年第2季度", Standing.OVERDUE, "逾期 82 天未交"),
            ("west", "2026年第3季度", Standing.DUE, "还没有交"),
        ]

    def test_names_nobody(self, found):
        assert "张三" not in repr(found)


class TestPages:
    def test_of_a_unit_tell_what_is_open_first(self, bank):
        html = bank.render("handed_in", "bank.unit.east")
        assert "截至数据日期2026年9月30日" in html
        words = ("还没有交", "豁免：停业装修", "迟 3 天", "按时")
        assert sorted(words, key=html.index) == list(words)
        assert "zx-sample" in html

    def test_begin_with_what_is_overdue(self, bank):
        html = bank.render("handed_in", "bank.unit.west")
        assert html.index("逾期 82 天未交") < html.index("还没有交")

    def test_leave_the_days_to_go_to_the_browser(self, bank):
        html = bank.render("handed_in", "bank.unit.east")
        assert 'data-due="2026-10-10"></span>' in html
        assert "还有" not in html.replace("还没有", "")

    def test_of_a_duty_have_its_units_side_by_side(self, bank):
        html = bank.render("handed_in", REPORT)
        west = html[html.index("bank.unit.west"):]
        assert html.count('scope="col"') == 5  # the unit, and four due dates
        assert west.count("—") == 2  # it was not open yet
        assert "逾期 82 天未交" in west

    def test_list_who_is_to_be_reminded_with_the_post_in_charge(self, bank):
        html = bank.render("chase")
        assert "zx://demo.role.branch" in html
        assert html.index("逾期 82 天未交") < html.index("2026年10月10日")
        assert "按时" not in html
        assert "豁免" not in html

    def test_get_a_section_where_there_is_something_to_tell(self, bank):
        made = pages(bank)
        assert "## 交了没有" in made[f"book/records/duty/{REPORT}"]
        assert "## 交了没有" in made["book/records/unit/bank.unit.west"]
        assert "## 交了没有" not in made["book/records/unit/bank.unit.top"]
        assert "## 交了没有" not in made["book/records/duty/demo.duty.days"]

    def test_say_that_nothing_is_known_where_nothing_is_recorded(self, definitions):
        (definitions / "bank.yaml").write_text(BANK, encoding="utf-8")
        book = Handbook(load(definitions), Results(DATA_DATE), as_of=DATA_DATE, source="")
        assert "交没交无从得知" in book.render("chase")
        assert book.render("handed_in", REPORT) == ""


class TestLoad:
    def test_counts_what_each_unit_owes_in_a_year(self, bank):
        """Four reports, and two community days each half-year.

        The weeks of 2026 go from 29 December 2025 to 3 January 2027: three half-years end in them.
        """
        html = bank.render("load")
        east = html[html.index("bank.unit.east"):html.index("bank.unit.west")]
        assert '<td data-label="全年报告" class="zx-number">4</td>' in east
        assert '<td data-label="报告和其他事项" class="zx-number">10</td>' in east
        assert east.count("<rect") == 53  # 2026 has 53 weeks by ISO 8601

    def test_says_so_where_nothing_is_asked_twice(self, bank):
        assert "没有两项义务向同一家机构收同样的数" in bank.render("load")

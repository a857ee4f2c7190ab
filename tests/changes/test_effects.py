"""The same data under both states: who newly falls behind, how far it is, how fast it must go.

Worked by hand. On 2025-12-31 and 2026-09-30 profiled of all: 河东 10/20 and 18/24, 山前 8/20 and
14/20, 湖滨 9/20 and 12/20; so 50→75 %, 40→70 %, 45→60 %, the bank 27/60=45 % → 44/64=68.75 %.
The period is the year by months from the year's start, so 75 % of it has passed.
"""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from targets.assessment import assess
from targets.assessment.findings import Status
from targets.catalog import Catalog
from targets.changes import compare
from targets.changes.document import document
from targets.changes.effects import effects
from targets.changes.markdown import markdown
from targets.changes.rates import tradeoff
from targets.changes.report import Report
from targets.changes.supposed import Wish, supposing
from targets.changes.verdict import judge_changes
from tests import demo

GOLDEN = Path(__file__).parent / "golden"
EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]
YEAR = {
    "kind": "span", "start": "2026-01-01", "end": "2026-12-31", "pace": {"kind": "months"},
    "baseline": {"kind": "year_start"},
}
DATA = date(2026, 9, 30)
TARGET = "demo.target.t"
EIGHTY = {"kind": "value", "target": TARGET, "values": [{"from": "2027-01-01", "value": 80}]}
FEW = {"kind": "smallest_published", "count": 5}
SMALLEST = demo.decision("small", FEW, effective="2024-01-01")


def catalogue(folder, *decisions, **over) -> Catalog:
    over = {"binds": EVERYONE, "period": YEAR, "name": "建档率"} | over
    return demo.catalogue(
        folder, metrics=[demo.counted(name="建档率")], targets=[demo.target(**over)],
        decisions=[SMALLEST, *decisions],
    )


def frames(*groups):
    return {"shops": demo.shop_frame(demo.shops(*groups))}


@pytest.fixture(scope="module")
def data():
    return frames(
        ("2025-12-31", "0101", 10, 20), ("2025-12-31", "0102", 8, 20),
        ("2025-12-31", "0201", 9, 20), (DATA, "0101", 18, 24), (DATA, "0102", 14, 20),
        (DATA, "0201", 12, 20),
    )


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Catalog:
    return catalogue(tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def draft(tmp_path_factory) -> Catalog:
    """80% from next January, not yet issued."""
    decided = {"effective": "2027-01-01", "decided": "2026-10-08", "issued": False}
    return catalogue(tmp_path_factory.mktemp("draft"), demo.decision("up", EIGHTY, **decided))


@pytest.fixture(scope="module")
def effect(before, draft, data):
    (found,) = effects(compare(before, draft), before, draft, data)
    return found


def unit(effect, code):
    return next(u for u in effect.units if u.subject.unit_code == code)


def level(effect, name):
    return next(found for found in effect.levels if found.level == name)


class TestAValueFromNextJanuary:
    def test_todays_data_is_judged_under_next_januarys_value(self, effect):
        assert (effect.data_date, effect.in_force_on) == (DATA, date(2027, 1, 1))
        assert effect.draft
        found = unit(effect, "0102")
        assert (found.before.finding.threshold, found.after.finding.threshold) == (70, 80)

    @pytest.mark.parametrize(
        ("code", "was", "now"),
        [
            ("0000", Status.ON_PACE, Status.BEHIND),  # 23.75/25 = 95 %, 23.75/35 = 67.9 %
            ("0101", Status.MET, Status.ON_PACE),  # 25/30 = 83.3 %
            ("0102", Status.MET, Status.ON_PACE),  # 30/40 = 75 %, just as much as has passed
            ("0201", Status.BEHIND, Status.BEHIND),
        ],
    )
    def test_each_unit_from_and_to(self, effect, code, was, now):
        found = unit(effect, code)
        assert (found.before.status, found.after.status) == (was, now)
        assert found.moved is (was is not now)

    def test_who_newly_falls_behind(self, effect):
        assert level(effect, "bank").newly_short == ("演示银行",)
        assert level(effect, "sub_branch").newly_short == ()
        assert level(effect, "sub_branch").short == (1, 1)

    def test_who_no_longer_reaches_it_today_and_who_will_in_time(self, effect):
        """By the year's end 河东 83.33, 山前 80, 湖滨 65."""
        found = level(effect, "sub_branch")
        assert found.no_longer_reached == ("河东支行", "山前支行")
        assert (found.reached, found.arrives) == ((2, 0), (2, 2))

    def test_a_period_that_has_not_begun_hides_nobody_who_falls_short(
        self, before, data, tmp_path
    ):
        """河东 is 5 short of 80 %, over 15 months; at 25/9 a month it is there by then."""
        next_year = YEAR | {"start": "2027-01-01", "end": "2027-12-31"}
        change = {"kind": "period", "target": TARGET, "period": next_year}
        after = catalogue(tmp_path, demo.decision("up", EIGHTY, change, effective="2027-01-01"))
        (found,) = effects(compare(before, after), before, after, data)
        river = unit(found, "0101").after
        assert (river.status, river.to_go, river.required) == (
            Status.NOT_DUE, 5, Fraction(5, 15)
        )
        below = level(found, "sub_branch")
        assert below.no_longer_reached == ("河东支行", "山前支行")
        assert below.no_longer_short == ()
        assert below.arrives == (2, 3)
        assert "期限自 2027年1月1日才开始" in found.doubts[0]

    def test_how_far_the_median_unit_has_to_go(self, effect):
        assert level(effect, "sub_branch").to_go == (0, 10)  # 0 0 10, then 5 10 20
        assert level(effect, "branch").to_go == (5, Fraction(150, 11))  # 0 10; 80-32/44, 20

    def test_the_run_rate_required_against_the_present_one(self, effect):
        lake = unit(effect, "0201")
        assert (lake.before.required, lake.before.recent) == (Fraction(10, 3), Fraction(15, 9))
        assert (lake.after.required, lake.after.recent) == (Fraction(20, 3), Fraction(15, 9))

    def test_a_period_that_ends_before_the_value_begins_is_doubted(self, effect):
        assert "期限到 2026年12月31日为止，改动自 2027年1月1日才生效" in effect.doubts[0]

    def test_a_day_may_be_named_instead(self, before, draft, data):
        (found,) = effects(compare(before, draft), before, draft, data, on=date(2026, 12, 1))
        assert not any(u.moved for u in found.units)

    def test_the_judging_of_other_days_is_left_as_it_was(self, draft, data):
        plain = assess(draft, data).of_target(TARGET)
        assert {f.threshold for f in plain} == {70}


class TestOtherChanges:
    def test_a_target_that_is_new_was_not_judged_before(self, before, data, tmp_path):
        after = catalogue(tmp_path, id="demo.target.u", name="另一项")
        found = {e.target: e for e in effects(compare(before, after), before, after, data)}
        assert unit(found["demo.target.u"], "0101").before is None
        assert unit(found[TARGET], "0101").after is None

    def test_another_caliber_of_the_metric_reaches_its_targets(self, before, data, tmp_path):
        measure = {"kind": "ratio", "dataset": "demo.dataset.shops",
                   "numerator": {"where": "profiled and trade = '零售'"}, "denominator": {}}
        change = {"kind": "measure", "metric": "demo.metric.m", "measure": measure,
                  "caliber": "只数零售。"}
        after = catalogue(tmp_path, demo.decision("measure", change, effective="2026-01-01"))
        (found,) = effects(compare(before, after), before, after, data)
        assert found.target == TARGET
        assert any("追溯" in doubt for doubt in found.doubts)

    def test_wording_judges_nothing(self, before, data, tmp_path):
        after = catalogue(tmp_path, note="编者的话。")
        assert effects(compare(before, after), before, after, data) == ()


class TestWithholding:
    @pytest.fixture
    def few(self):
        """河东 has two that are not profiled; whoever subtracts would know them."""
        return frames((DATA, "0101", 18, 20), (DATA, "0102", 14, 24), (DATA, "0201", 12, 20))

    def test_too_few_people_are_told_of_under_neither_state(self, before, draft, few):
        (found,) = effects(compare(before, draft), before, draft, few)
        hidden = unit(found, "0101")
        assert (hidden.withheld, hidden.before, hidden.after) == (True, None, None)
        assert level(found, "sub_branch").withheld >= 2  # one alone could be worked out
        text = markdown(report(before, draft, (found,)))
        assert "90.00%" not in text
        assert "人数过少，不公布" in text

    def test_for_internal_use_nothing_is_withheld(self, before, draft, few):
        (found,) = effects(compare(before, draft), before, draft, few, publish=False)
        assert unit(found, "0101").after.finding.value == 90


def report(before, after, found=None) -> Report:
    changes = compare(before, after)
    return Report(
        before="修订 HEAD（0a1b2c3）", after="工作区（1 个文件还没有提交）", states=(before, after),
        changes=changes, verdict=judge_changes(changes, before, after), effects=found,
        data="演示数据，数据日期 2026-09-30" if found else "",
    )


class TestReport:
    def test_the_markdown_of_a_draft_is_what_a_department_head_gets(self, before, draft, effect):
        """To write it anew, remove the file and run this once; then read what it says."""
        path, found = GOLDEN / "draft.md", markdown(report(before, draft, (effect,)))
        if not path.exists():
            path.write_text(found, encoding="utf-8")
            pytest.fail(f"{path} was missing and is written: read it, and run this again")
        assert found == path.read_text(encoding="utf-8")

    def test_without_data_it_says_how_to_see_the_effect(self, before, draft):
        assert "加 --data" in markdown(report(before, draft))

    def test_equal_states_say_so(self, before):
        assert markdown(report(before, before)).startswith("# 定义改动：两个状态没有差别")

    def test_text_of_records_is_no_markup_and_calls_nobody(self, before, tmp_path):
        after = catalogue(tmp_path, name="<b>建档</b>|@all [x](y)")
        text = markdown(report(before, after))
        assert "<b>" not in text
        assert "@all" not in text
        assert r"\[x\](y)" in text

    def test_json_keeps_exact_numbers_and_codes(self, before, draft, effect):
        found = document(report(before, draft, (effect,)))
        assert found["exit_code"] == 4
        (change,) = (c for c in found["changes"] if c["kind"] == "target")
        assert (change["grade"], change["fields"][0]["since"]) == ("tighter", "2027-01-01")
        lake = next(u for u in found["effects"][0]["units"] if u["unit"] == "0201")
        assert lake["after"]["required_per_month"] == "6.666667"


class TestWhatIf:
    def test_a_supposed_value_is_the_same_as_a_decided_one(self, before, data):
        wish = Wish(before.get(TARGET), 1, {"value": 80})
        supposed = supposing(before, [wish], DATA)
        changes = [c for c in compare(before, supposed) if c.kind == "target"]
        (found,) = effects(changes, before, supposed, data, on=DATA)
        assert level(found, "bank").newly_short == ("演示银行",)
        assert "supposed.decision.whatif" not in before.records


@pytest.fixture(scope="module")
def points(before, data):
    found = tradeoff(assess(before, data), TARGET, "sub_branch", also=[75, 82, 84])
    return {p.threshold: p for p in found}


class TestTradeOff:
    def test_how_many_meet_a_threshold_now(self, points):
        """75, 70 and 60 per cent: a threshold includes its own number."""
        assert [points[t].now for t in (60, 70, 75)] == [3, 2, 1]
        assert points[75].share_now == Fraction(100, 3)

    def test_how_many_would_at_the_present_pace(self, points):
        """By the year's end: 75+25/9·3=83.33, 70+30/9·3=80, 60+15/9·3=65."""
        assert [points[t].then for t in (60, 70, 75, 80, 82, 84)] == [3, 2, 2, 2, 1, 0]

    def test_the_share_never_grows_with_the_threshold(self, points):
        counts = [points[t].now for t in sorted(points)]
        assert counts == sorted(counts, reverse=True)

    def test_a_direction_has_no_trade_off(self, data, tmp_path):
        catalog = catalogue(tmp_path, criterion={
            "quantity": {"kind": "trend", "baseline": {"kind": "year_start"}},
            "test": {"kind": "up"},
        })
        assert tradeoff(assess(catalog, data), TARGET, "sub_branch") == ()

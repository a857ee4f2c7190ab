"""A new value of a target, from the command line to the draft that says it, and its signatures."""

import shutil
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.catalog import load
from targets.catalog.decisions import target_in_force, value_on
from targets.cli import cli
from tests.demo import bank

TODAY = date.today()
NEXT_YEAR = TODAY.year + 1
START = f"{NEXT_YEAR}-01-01"

MORE = f"""
metrics:
  - id: demo.metric.deposits
    name: 存款
    places: [{{clause: demo.clause.1}}]
    unit: {{kind: money, unit: 亿元}}
    direction: up
    caliber: 余额。
    measure: {{kind: not_measured, reason: 没有数。}}
targets:
  # 存款三项
  - id: demo.target.deposits
    name: 存款余额
    metric: demo.metric.deposits
    criterion:
      quantity: {{kind: level}}
      test: {{kind: at_least, values: [{{value: 950}}]}}  # 原文的数
    scope: {{words: 全部}}
    period:
      kind: span
      start: {TODAY.year}-01-01
      end: {TODAY.year}-12-31
      pace: {{kind: months}}
    places: [{{clause: demo.clause.1, commitment: plan}}]
  - id: demo.target.faster
    name: 存款增速
    metric: demo.metric.deposits
    criterion:
      quantity: {{kind: growth, baseline: {{kind: year_start}}}}
      test: {{kind: not_below, reference: {{kind: own_past, baseline: {{kind: year_start}}}}}}
    scope: {{words: 全部}}
    period: {{kind: unstated}}
    places: [{{clause: demo.clause.1, commitment: plan}}]
  - id: demo.target.reduction
    name: 存款回升
    metric: demo.metric.deposits
    criterion:
      quantity: {{kind: level}}
      test: {{kind: at_least, values: [{{value: 900}}]}}
    scope: {{words: 全部}}
    period:
      kind: span
      start: {TODAY.year}-01-01
      end: {NEXT_YEAR + 5}-12-31
      baseline: {{kind: given, value: 800}}
    places: [{{clause: demo.clause.1, commitment: plan}}]
"""

GROUNDS = ("--basis", "演示〔2026〕1号", "--reason", "多数已经做到", "--decider", "总行",
           "--drafter", "甲")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return bank(tmp_path_factory.mktemp("made"), more=MORE)


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "definitions")


def run(folder, *arguments):
    return CliRunner().invoke(cli, [*arguments, "--definitions", str(folder)])


def put(folder, target, value, since=START, *more):
    return run(folder, "set", target, value, "--from", since, *GROUNDS, "--yes", *more)


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.rglob("*.yaml")}


class TestSet:
    def test_a_draft_beside_the_sources_own_value(self, folder):
        told = put(folder, "demo.target.profiled", "75%")
        assert told.exit_code == 0, told.output
        catalog = load(folder)
        (decision,) = catalog.drafts
        assert (decision.number, decision.reason) == ("演示〔2026〕1号", "多数已经做到。")
        assert decision.signoff.drafted.by == "甲"
        assert decision.changes[0].values[0].value == 75
        assert catalog.get("demo.target.profiled").criterion.test.values[0].value == 70
        for words in ("原文：70%", "改为：75%", f"自 {START} 起", "草案", "+      - kind: value"):
            assert words in told.output

    def test_only_when_it_is_issued_does_it_count(self, folder):
        put(folder, "建档率", "75%")
        (draft,) = load(folder).drafts
        day = date(NEXT_YEAR, 1, 1)

        def now():
            test = target_in_force(load(folder), "demo.target.profiled", day).target.criterion.test
            return value_on(test.values, day).value

        assert now() == 70
        assert run(folder, "sign", draft.id, "--as", "复核", "--by", "乙", "-y").exit_code == 0
        assert now() == 70
        assert run(folder, "sign", draft.id, "--as", "签发", "--by", "丙", "-y").exit_code == 0
        assert now() == 75

    def test_a_look_writes_nothing(self, folder):
        before = contents(folder)
        told = run(folder, "set", "建档率", "75%", "--from", START, *GROUNDS, "--dry-run")
        assert (told.exit_code, contents(folder)) == (0, before)
        assert "什么也没有写" in told.output

    def test_without_a_terminal_it_asks_for_yes(self, folder):
        before = contents(folder)
        told = run(folder, "set", "建档率", "75%", "--from", START, *GROUNDS)
        assert (told.exit_code, contents(folder)) == (2, before)
        assert "--yes" in told.output

    def test_money_is_written_in_the_metrics_own_unit(self, folder):
        put(folder, "存款余额", "9800000万元", TODAY.isoformat())
        assert load(folder).drafts[0].changes[0].values[0].value == 980

    def test_another_years_value_takes_the_period_with_it(self, folder):
        span = f"{NEXT_YEAR}-01-01..{NEXT_YEAR}-12-31"
        told = put(folder, "存款余额", "980亿元", START, "--period", span)
        assert told.exit_code == 0, told.output
        midyear = date(NEXT_YEAR, 6, 30)
        catalog = load(folder).with_issued()
        period = target_in_force(catalog, "demo.target.deposits", midyear).target.period
        assert (period.end, period.pace.kind) == (date(NEXT_YEAR, 12, 31), "months")

    def test_the_decision_stands_where_it_is_asked_to(self, folder):
        put(folder, "建档率", "75%", START, "--file", "decisions/next.yaml", "--id",
            "bank.decision.mine", "--name", "建档率上调")
        catalog = load(folder)
        assert catalog.origins["bank.decision.mine"].file == "decisions/next.yaml"
        assert catalog.get("bank.decision.mine").name == "建档率上调"

    def test_a_value_given_up(self, folder):
        put(folder, "建档率", "取消")
        assert load(folder).drafts[0].changes[0].values[0].value is None


class TestRefusal:
    @pytest.mark.parametrize(("target", "value", "since", "code"), [
        ("demo.target.profile", "75%", START, "E105"),
        ("存款", "980亿元", START, "E116"),
        ("demo.target.faster", "5%", START, "E112"),
        ("存款余额", "980", TODAY.isoformat(), "E109"),
        ("建档率", "75亿元", START, "E110"),
        ("建档率", "175%", START, "D205"),
        ("建档率", "70%", START, "E115"),
        ("存款余额", "980亿元", START, "E114"),
        ("存款余额", "980亿元", f"{TODAY.year - 1}-12-31", "E114"),
        ("建档率", "75%", (TODAY - timedelta(days=1)).isoformat(), "D106"),
        ("存款回升", "750亿元", START, "D206"),
    ])
    def test_what_does_not_fit_is_told_and_nothing_written(
        self, folder, target, value, since, code
    ):
        before = contents(folder)
        told = put(folder, target, value, since)
        assert told.exit_code == 1, told.output
        assert code in told.output
        assert contents(folder) == before

    def test_a_date_before_the_last_one(self, folder):
        put(folder, "建档率", "75%", START)
        told = put(folder, "建档率", "80%", TODAY.isoformat())
        assert (told.exit_code, "E113" in told.output) == (1, True)
        same_day = put(folder, "建档率", "80%", START)
        assert "E113" in same_day.output
        assert put(folder, "建档率", "80%", f"{NEXT_YEAR}-07-01").exit_code == 0

    def test_a_name_nearly_right_comes_with_the_right_one(self, folder):
        assert "建档率" in put(folder, "建挡率", "75%").output

    def test_a_file_outside_the_folder(self, folder):
        for name in ("../x.yaml", "/etc/x.yaml", "x.txt"):
            assert put(folder, "建档率", "75%", START, "--file", name).exit_code == 2

    def test_while_a_merge_is_half_done(self, folder):
        path = folder / "plan.yaml"
        path.write_text("<<<<<<< HEAD\n" + path.read_text())
        before = contents(folder)
        told = put(folder, "建档率", "75%")
        assert (told.exit_code, "E101" in told.output) == (1, True)
        assert contents(folder) == before


class TestSign:
    @pytest.fixture
    def draft(self, folder):
        put(folder, "建档率", "75%")
        return load(folder).drafts[0].id

    def test_nobody_reviews_their_own_draft(self, folder, draft):
        told = run(folder, "sign", draft, "--as", "复核", "--by", "甲", "-y")
        assert (told.exit_code, "F102" in told.output) == (1, True)

    def test_what_is_not_reviewed_is_not_issued(self, folder, draft):
        before = contents(folder)
        assert run(folder, "sign", draft, "--as", "签发", "--by", "丙", "-y").exit_code == 1
        assert contents(folder) == before

    def test_a_signature_is_given_once(self, folder, draft):
        run(folder, "sign", draft, "--as", "复核", "--by", "乙", "-y")
        told = run(folder, "sign", draft, "--as", "复核", "--by", "丁", "-y")
        assert (told.exit_code, "E117" in told.output) == (1, True)

    def test_a_decision_that_is_not_there(self, folder, draft):
        told = run(folder, "sign", draft[:-1], "--as", "复核", "--by", "乙", "-y")
        assert told.exit_code == 2
        assert draft in told.output


STEP = st.tuples(
    st.sampled_from(["建档率", "存款余额", "存款回升", "demo.target.faster", "没有的"]),
    st.sampled_from(["75%", "80", "0.5", "980亿元", "9900000万元", "取消", "5至10%", "200%"]),
    st.integers(-10, 500),
)


class TestAnySequence:
    @given(steps=st.lists(STEP, min_size=1, max_size=4))
    @settings(max_examples=12, deadline=None)
    def test_the_folder_loads_and_every_comment_stays(self, made, tmp_path_factory, steps):
        folder = shutil.copytree(made, tmp_path_factory.mktemp("any") / "definitions")
        written = 0
        for target, value, days in steps:
            before = contents(folder)
            since = (TODAY + timedelta(days=days)).isoformat()
            ended = put(folder, target, value, since)
            assert ended.exit_code in (0, 1), ended.output
            if ended.exit_code:
                assert contents(folder) == before
            written += not ended.exit_code
        assert len(load(folder).drafts) == written
        text = (folder / "more.yaml").read_text()
        assert ("# 存款三项" in text, "# 原文的数" in text) == (True, True)
        for name, raw in contents(made).items():
            assert contents(folder)[name].startswith(raw.rstrip(b"\n"))

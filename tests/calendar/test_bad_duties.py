"""Duties that no calendar could keep are problems of the definitions, each at its place."""

import pytest

from targets.problems import Code
from tests.demo import bank, errors, the_problem

RECORDS = """
roles:
  - {{id: demo.role.desk, name: 综合岗, places: [{{clause: demo.clause.1}}], summary: 办文。}}
unit_groups:
  - id: demo.unit_group.branches
    name: 各支行
    places: [{{clause: demo.clause.1}}]
    summary: 全部支行。
    membership: inferred
    levels: [sub_branch]
assumptions:
  - id: demo.assumption.a
    name: 待定
    question: 怎样算？
    interim: 暂按全部算。
    affects: calendar
    decider: 总行
duties:
  - id: demo.duty.report
    name: 报表
    places: [{{clause: demo.clause.1}}]
    action: 报送。
    actors: [demo.unit_group.branches]
    recipients: [{recipient}]
    recurrence: {recurrence}
    deadline: {deadline}
    rest_day: {rest_day}
    assumptions: [demo.assumption.a]
{more}"""


def text(
    recurrence="{kind: fixed, every: month}",
    deadline="{kind: unstated}",
    rest_day="unknown",
    recipient="demo.role.desk",
    more="",
) -> str:
    return RECORDS.format(**locals())


BY = "{{kind: following_day, day: {}, inclusion: included}}"


class TestImpossibleDays:
    @pytest.mark.parametrize(
        ("every", "day", "most"),
        [("month", 31, 28), ("month", 29, 28), ("quarter", 31, 30)],
    )
    def test_a_day_that_some_following_month_lacks(self, tmp_path, every, day, most):
        wrong = text(
            recurrence=f"{{kind: fixed, every: {every}}}",
            deadline=f"{{kind: following_day, day: ¦{day}, inclusion: included}}",
        )
        the_problem(tmp_path, wrong, Code.IMPOSSIBLE_DAY, f"第 {day} 天", f"至多 {most}")

    def test_the_31st_of_january_is_a_day_of_every_year(self, tmp_path):
        fine = text(recurrence="{kind: fixed, every: year}", deadline=BY.format(31))
        assert errors(bank(tmp_path, fine=fine)) == []

    def test_the_31st_of_february(self, tmp_path):
        wrong = text("{kind: season, season: 旺季, each_year: {first: ¦02-31, last: 03-31}}")
        the_problem(tmp_path, wrong, Code.IMPOSSIBLE_DAY, "02-31")

    def test_the_29th_of_february_is_not_in_every_year(self, tmp_path):
        wrong = text("{kind: season, season: 旺季, each_year: {first: 01-01, last: ¦02-29}}")
        the_problem(tmp_path, wrong, Code.IMPOSSIBLE_DAY, "不是每年都有")

    def test_the_eighth_day_of_a_week(self, tmp_path):
        wrong = text(
            "{kind: fixed, every: week}", "{kind: day_of_period, day: ¦8, inclusion: included}"
        )
        the_problem(tmp_path, wrong, Code.IMPOSSIBLE_DAY, "至多 7")

    def test_before_the_first_day(self, tmp_path):
        wrong = text(deadline="{kind: day_of_period, day: 1, inclusion: ¦excluded}")
        the_problem(tmp_path, wrong, Code.IMPOSSIBLE_DAY, "一天也没有")

    def test_more_days_than_a_period_has(self, tmp_path):
        wrong = text("{kind: chosen_days, days: ¦8, per: week}")
        the_problem(tmp_path, wrong, Code.IMPOSSIBLE_DAY, "选不出 8 天")


class TestDeadlinesInConflict:
    @pytest.mark.parametrize(
        ("recurrence", "deadline"),
        [
            ("{kind: vague, word: 经常}", BY.format(10)),
            ("{kind: once, by: 2026-06-30}", "{kind: period_end}"),
            ("{kind: event, trigger: 到期}", BY.format(10)),
            ("{kind: season, season: 旺季}", BY.format(10)),
            ("{kind: chosen_days, days: 2, per: half_year}", BY.format(10)),
        ],
    )
    def test_a_deadline_that_the_recurrence_cannot_have(self, tmp_path, recurrence, deadline):
        the_problem(tmp_path, text(recurrence, "¦" + deadline), Code.DEADLINE_CONFLICT, "不能写")

    def test_a_day_of_the_following_month_for_a_week(self, tmp_path):
        wrong = text(
            "{kind: fixed, every: week}", "{kind: ¦following_day, day: 3, inclusion: included}"
        )
        the_problem(tmp_path, wrong, Code.DEADLINE_CONFLICT, "次期首月")

    @pytest.mark.parametrize(
        "deadline", ["{kind: days_after, days: 3, working: true}", "{kind: period_end}"]
    )
    def test_an_extension_of_nothing(self, tmp_path, deadline):
        wrong = text(deadline=deadline, rest_day="¦extend")
        the_problem(tmp_path, wrong, Code.DEADLINE_CONFLICT, "顺延")

    def test_a_season_told_twice(self, tmp_path):
        wrong = text(
            "¦{kind: season, season: 旺季, start: 2026-01-01,"
            " each_year: {first: 01-01, last: 03-31}}"
        )
        the_problem(tmp_path, wrong, Code.DEADLINE_CONFLICT, "只能写一种")

    def test_a_decision_that_makes_a_duty_impossible(self, tmp_path):
        wrong = text(
            more="""
decisions:
  - id: demo.decision.d
    name: 改季报
    number: 演示1号
    decided: 2026-01-01
    effective: 2026-01-01
    signoff:
      drafted: {by: 甲, day: 2026-01-01}
      reviewed: {by: 乙, day: 2026-01-01}
      issued: {by: 丙, day: 2026-01-01}
    decider: 总行
    reason: 供测试。
    changes:
      - kind: duty
        duty: demo.duty.report
        deadline: {kind: following_day, day: ¦31, inclusion: included}
"""
        )
        the_problem(tmp_path, wrong, Code.IMPOSSIBLE_DAY, "demo.decision.d 改过之后")

    def test_two_decisions_of_one_day_about_one_duty(self, tmp_path):
        one = """
  - id: demo.decision.{}
    name: 改季报
    number: 演示1号
    decided: 2026-01-01
    effective: 2026-01-01
    signoff:
      drafted: {{by: 甲, day: 2026-01-01}}
      reviewed: {{by: 乙, day: 2026-01-01}}
      issued: {{by: 丙, day: 2026-01-01}}
    decider: 总行
    reason: 供测试。
    changes:
      - {}{{kind: duty, duty: demo.duty.report, rest_day: {}}}"""
        two = "decisions:" + one.format("a", "", "next") + one.format("b", "¦", "stay")
        the_problem(tmp_path, text(more=two), Code.OVERLAP, "同一天")


class TestSpans:
    def test_a_season_that_ends_before_it_starts(self, tmp_path):
        wrong = text("¦{kind: season, season: 旺季, start: 2026-03-31, end: 2026-01-01}")
        the_problem(tmp_path, wrong, Code.SPAN_REVERSED, "2026-01-01")


class TestNames:
    def test_a_role_that_does_not_exist(self, tmp_path):
        wrong = text(recipient="¦demo.role.dsek")
        the_problem(tmp_path, wrong, Code.DANGLING_REF, "是不是 demo.role.desk")


CHOSEN = """
chosen_dates:
  - id: demo.chosen_dates.c
    name: 自定
    duty: demo.duty.report
    unit: {unit}
    days: {days}
"""


class TestChosenDates:
    TWO = "{kind: chosen_days, days: 2, per: half_year}"

    def chosen(self, days, unit="demo.unit.river", recurrence=TWO):
        return text(recurrence, more=CHOSEN.format(days=days, unit=unit))

    def test_of_a_duty_whose_days_no_unit_chooses(self, tmp_path):
        wrong = self.chosen("[2026-03-01]", recurrence="{kind: fixed, every: month}")
        wrong = wrong.replace("    duty: demo", "    duty: ¦demo")
        the_problem(tmp_path, wrong, Code.WRONG_CHOICE, "fixed")

    def test_more_than_the_period_asks_for(self, tmp_path):
        wrong = self.chosen("[2026-03-01, 2026-04-01, ¦2026-06-30, 2026-07-01]")
        the_problem(tmp_path, wrong, Code.WRONG_CHOICE, "2026年上半年选了不止 2 天")

    def test_of_a_unit_that_does_not_carry_the_duty(self, tmp_path):
        wrong = self.chosen("[2026-03-01]", unit="¦demo.unit.east")
        the_problem(tmp_path, wrong, Code.WRONG_CHOICE, "东城分行不承担")

    def test_the_same_day_twice(self, tmp_path):
        wrong = self.chosen("[2026-03-01, 2026-03-01]")
        wrong = wrong.replace("  - id: demo.ch", "  - ¦id: demo.ch")
        the_problem(tmp_path, wrong, Code.WRONG_CHOICE, "同一天写了两次")


class TestDaysOff:
    def test_two_notices_that_disagree(self, tmp_path):
        wrong = text(
            more="""
workday_notices:
  - {id: demo.workday_notice.a, name: 甲, source: 通知, off: [{first: 2026-03-02, name: 行庆}]}
  - {id: demo.workday_notice.b, name: 乙, source: 通知, work: [¦2026-03-02]}
"""
        )
        the_problem(tmp_path, wrong, Code.DAYS_OFF_CONFLICT, "放假", "上班")

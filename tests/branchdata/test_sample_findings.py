"""The invented bank judged by every document: what has a number, a rank, a frequency or a state
computes, and only because the bank decided what the sources leave open."""

from collections import Counter
from itertools import pairwise

import pytest

from targets.assessment import Status, assess
from targets.assessment.opening import open_bank
from targets.assessment.rules import checkable
from targets.branchdata.sample.stories import ABSENT, CHANGES, PEER_NAMES, SHARES
from targets.branchdata.sample.tables import edges
from targets.calendar.workdays import Workdays
from targets.catalog import Catalog
from targets.schema.criteria import Down, Frequency, RankAmong, Tracked, Up
from targets.schema.measures import ColumnType, Dataset, Metric, Money, Percent, QuotientMeasure
from targets.schema.source import Document
from targets.schema.targets import Affects, Allocation, Assumption, Decision, Settle, Target

BY_SUBJECT = {
    "decisions/allocations.yaml", "decisions/calendar.yaml", "decisions/weights.yaml",
    "decisions/open_questions.yaml",
}
"""decisions that concern several documents: how totals are split, when duties fall due, how cards
are scored, by when open questions are to be settled"""
SILENT = {Status.NO_DATA, Status.NOT_JUDGED}
CANNOT_COMPUTE = {
    "puhui.target.full_quality": "原文在说出指标和标准之前就中断了",
}
ONLY_DECIDED = {"sijin.target.quarterly_report_on_time"}
"""the source asks for it without a number, and the bank gave one"""
LEFT_OPEN = {
    "gejin": {"gejin.target.standard_wealth_centres"},
    "liuyou": set(),  # its only target with a number is the one to be shown computing
    "nonghang": {"nonghang.target.effective_loans"},
    "puhui": {"puhui.target.reserve_grade"},
    "sijin": {"sijin.target.market_credited"},
}


def demanding(catalog: Catalog) -> dict[str, Target]:
    """Targets that ask for more than a direction."""
    return {
        t.id: t for t in catalog.all(Target)
        if not all(isinstance(part.test, Up | Down | Tracked) for _, part in t.parts)
    }


@pytest.fixture(scope="module")
def judged(bank, sample):
    return assess(bank, open_bank(bank, sample))


@pytest.fixture(scope="module")
def undecided(bank, sample):
    """The same data with the bank's decisions taken away, and what rests on nothing else."""
    kept = {i: r for i, r in bank.records.items() if not isinstance(r, Decision | Allocation)}
    return assess(Catalog(kept, bank.origins, bank.folder), open_bank(bank, sample))


@pytest.fixture(scope="module")
def query(opened):
    with opened["parquet"].connect() as con:
        yield lambda sql: con.execute(sql).fetchall()


class TestEveryTargetComputes:
    def test_each_is_judged_somewhere_unless_the_source_is_cut(self, bank, judged):
        silent = {
            target for target in demanding(bank)
            if {f.judged for f in judged.of_target(target)} <= SILENT
        }
        assert silent == set(CANNOT_COMPUTE)

    def test_each_is_judged_at_every_unit_it_binds(self, bank, judged):
        without = [
            (target, f.subject.name, f.reasons)
            for target in demanding(bank).keys() - CANNOT_COMPUTE.keys()
            for f in judged.of_target(target)
            if f.subject.site is None and f.judged in SILENT
        ]
        assert without == []

    def test_only_a_roster_that_was_never_sent_leaves_a_site_without_a_verdict(
        self, bank, judged
    ):
        sites = {
            f.subject.site for target in demanding(bank) for f in judged.of_target(target)
            if f.subject.site and f.judged in SILENT
        }
        assert len(sites) == 1

    def test_single_ones_show_the_value_and_what_it_is_held_against(self, bank, judged):
        for target in demanding(bank).values():
            if target.metric is None or target.id in CANNOT_COMPUTE:
                continue
            found = [f for f in judged.of_target(target.id) if f.judged not in SILENT]
            assert all(f.value is not None and f.threshold is not None for f in found), target.id

    def test_ranks_frequencies_and_states_are_among_them(self, bank):
        kinds = {part.quantity.kind for t in demanding(bank).values() for _, part in t.parts}
        assert {"rank", "frequency", "status", "ratio", "growth", "change", "level"} <= kinds

    def test_every_word_occurs(self, judged):
        assert {f.status for f in judged.findings} == set(Status) - {Status.WITHHELD}

    def test_the_bank_as_a_whole_meets_some_and_lags_behind_others(self, bank, judged):
        words = Counter(
            f.status for target in demanding(bank) for f in judged.of_target(target)
            if f.subject.level == "bank"
        )
        for status in set(Status) - SILENT - {Status.WITHHELD}:
            assert words[status], status.label


class TestDecisions:
    def test_without_them_what_rests_on_open_questions_is_undecided(
        self, bank, judged, undecided
    ):
        for target in demanding(bank):
            before = {f.subject.key: f for f in judged.of_target(target)}
            for found in undecided.of_target(target):
                open_ = [a for a in found.open_assumptions
                         if bank.get(a).affects is Affects.JUDGEMENT]
                assert open_, target
                if target in ONLY_DECIDED:
                    assert found.status is Status.NOT_JUDGED
                elif before[found.subject.key].judged not in SILENT:
                    assert found.status is Status.UNDECIDED, (target, found.subject.name)
                    assert found.value == before[found.subject.key].value

    def test_all_of_them_say_that_they_are_samples(self, bank):
        assert all(d.sample and d.number.startswith("示例") for d in bank.all(Decision))

    def test_every_document_has_a_file_of_its_own(self, bank):
        files = {d.id: bank.origins[d.id].file for d in bank.all(Decision)}
        files = {d: file for d, file in files.items() if file not in BY_SUBJECT}
        for decision in map(bank.get, files):
            owners = {
                (getattr(c, "target", None) or getattr(c, "assumption", "bank")).split(".")[0]
                for c in decision.changes
            }
            assert files[decision.id] == f"decisions/{owners.pop()}.yaml"
            assert not owners
        owners = {"bank", *(d.owner for d in bank.all(Document))}
        assert {f"decisions/{owner}.yaml" for owner in owners} == set(files.values())

    def test_a_few_questions_stay_open_on_purpose(self, bank, judged):
        still = {owner: set() for owner in LEFT_OPEN}
        for target in demanding(bank):
            if any(f.status is Status.UNDECIDED for f in judged.of_target(target)):
                still[target.split(".")[0]].add(target)
        assert still == LEFT_OPEN

    def test_answers_are_not_the_interim_ones_copied(self, bank):
        for decision in bank.all(Decision):
            for change in decision.changes:
                if isinstance(change, Settle):
                    assert change.answer != bank.get(change.assumption).interim

    def test_no_question_is_settled_twice(self, bank):
        settled = Counter(
            c.assumption for d in bank.all(Decision) for c in d.changes if isinstance(c, Settle)
        )
        assert settled
        assert max(settled.values()) == 1
        assert settled.keys() <= {a.id for a in bank.all(Assumption)}


class TestFigures:
    """What hangs together agrees, at every unit on every data date."""

    def test_a_percentage_of_two_figures_stays_within_a_hundred(self, bank, query):
        checked = 0
        for metric in bank.all(Metric):
            if not isinstance(metric.measure, QuotientMeasure) or not isinstance(
                metric.unit, Percent
            ) or metric.unit.may_exceed_100:
                continue
            part, whole = (
                bank.get(m).measure.code
                for m in (metric.measure.numerator, metric.measure.denominator)
            )
            assert self.exceeding(query, part, whole) == [], metric.id
            checked += 1
        assert checked > 10

    @pytest.mark.parametrize(("part", "whole"), [
        *((code, s.whole) for code, s in SHARES.items() if not s.accrues),
        ("PUHUI_PBOC_LOAN", "PUHUI_ALL_LOAN"),
        ("PUHUI_BIGDATA_LOAN", "PUHUI_PBOC_LOAN"),
        ("PUHUI_BIGDATA_CUSTOMER", "PUHUI_FULL_CUSTOMER"),
    ])
    def test_a_part_is_no_larger_than_its_whole(self, query, part, whole):
        assert self.exceeding(query, part, whole) == []

    def exceeding(self, query, part, whole):
        return query(f"""
            SELECT * FROM reported p JOIN reported w USING (data_date, unit_code)
            WHERE p.code = '{part}' AND w.code = '{whole}' AND p.value > w.value""")

    @pytest.mark.parametrize(("change", "stock"), CHANGES.items())
    def test_an_increment_is_what_the_stock_has_grown_by_this_year(self, query, change, stock):
        rows = query(f"""
            SELECT c.value, now.value - coalesce(base.value, 0)
            FROM reported c JOIN reported now USING (data_date, unit_code)
            LEFT JOIN reported base ON base.unit_code = c.unit_code AND base.code = '{stock}'
              AND base.data_date = make_date(year(c.data_date) - 1, 12, 31)
            WHERE c.code = '{change}' AND now.code = '{stock}' AND year(c.data_date) > 2024""")
        assert rows
        assert all(said == grown for said, grown in rows)

    def test_what_accrues_never_falls_within_a_year(self, query):
        for code in ("PUHUI_SPECIAL_BRANCH", "PUHUI_TRAINING_COURSE", "PUHUI_NET_PROFIT"):
            values = query(f"""
                SELECT year(data_date), sum(value) FROM reported WHERE code = '{code}'
                GROUP BY data_date ORDER BY data_date""")
            for (year, before), (same, after) in pairwise(values):
                assert after >= before or same > year, code

    def test_money_and_heads_add_up_to_the_bank(self, bank, judged, query):
        day = judged.as_of
        for target in demanding(bank).values():
            metric = bank.get(target.parts[0][0])
            if metric.measure.kind != "reported" or not metric.measure.additive:
                continue
            [(total,)] = query(f"""
                SELECT sum(value) FROM reported
                WHERE code = '{metric.measure.code}' AND data_date = DATE '{day}'""")
            series = dict(judged.series(target.id, bank.bank.code))
            scale = metric.unit.unit.yuan if isinstance(metric.unit, Money) else 1
            assert series[day] * scale == total, target.id

    def test_one_figure_under_one_code_even_where_documents_share_it(self, query):
        assert query("""SELECT data_date, unit_code, code FROM reported
                        GROUP BY ALL HAVING count(*) > 1""") == []

    def test_amounts_are_of_the_order_that_the_targets_speak_of(self, bank, judged):
        for target in demanding(bank).values():
            if not isinstance(bank.get(target.parts[0][0]).unit, Money) or not target.metric:
                continue
            for found in judged.of_target(target.id):
                if found.subject.level == "bank" and not isinstance(
                    target.criterion.quantity, RankAmong
                ):
                    assert found.threshold / 3 < found.value < 3 * found.threshold, target.id


class TestPeers:
    def test_three_peers_stand_beside_every_unit_that_is_ranked(self, bank, judged, query):
        for target in demanding(bank).values():
            for metric, part in target.parts:
                if not isinstance(part.quantity, RankAmong):
                    continue
                code = bank.get(metric).measure.code
                beside = {
                    unit: n for unit, n in query(f"""
                        SELECT unit_code, count(DISTINCT peer) FROM peers
                        WHERE code = '{code}' GROUP BY 1""")
                }
                for found in judged.of_target(target.id):
                    assert beside[found.subject.unit_code] == len(PEER_NAMES)

    def test_one_did_not_publish_its_latest_figure_and_the_finding_says_so(self, judged):
        said = [f for f in judged.findings if any("只有 3 家有数" in r for r in f.reasons)]
        assert len(ABSENT) == 1
        assert [f.status for f in said] == [Status.MET]  # second would do, and it is first of three

    def test_a_tie_for_first_is_first(self, judged, query):
        [(unit,)] = query(f"""
            SELECT p.unit_code FROM peers p JOIN reported r USING (data_date, code)
            WHERE code = 'PERSONAL_FEE_INCOME' AND left(r.unit_code, 2) = left(p.unit_code, 2)
              AND data_date = DATE '{judged.as_of}'
            GROUP BY p.unit_code, p.peer, p.value HAVING sum(r.value) = p.value""")
        [found] = [f for f in judged.of_target("gejin.target.fee_income_first")
                   if f.subject.unit_code == unit]
        assert (found.value, found.status) == (1, Status.MET)

    def test_savings_of_a_place_hold_ours_and_the_peers(self, query):
        assert query("""
            SELECT * FROM reported c
            JOIN reported o USING (data_date, unit_code)
            JOIN (SELECT data_date, unit_code, sum(value) AS value FROM peers
                  WHERE code = 'SAVINGS_DEPOSIT' GROUP BY ALL) p USING (data_date, unit_code)
            WHERE c.code = 'COUNTY_SAVINGS_DEPOSIT' AND o.code = 'SAVINGS_DEPOSIT'
              AND o.value + p.value > c.value""") == []

    def test_they_are_plainly_invented(self, query):
        assert {name for (name,) in query("SELECT DISTINCT peer FROM peers")} == set(PEER_NAMES)
        assert all("示例" in name for name in PEER_NAMES)


class TestLists:
    def test_every_list_has_rows_at_the_latest_date(self, bank, opened, judged):
        for dataset in (d for d in bank.all(Dataset) if d.sent):
            assert judged.as_of in opened["parquet"].dates(dataset.table), dataset.table

    def test_every_rule_on_rows_is_broken_by_a_few(self, bank, judged):
        whole = [f for f in judged.rule_findings if f.subject.level == "bank"]
        assert {f.rule for f in whole} == {r.id for r in checkable(bank)}
        clean = {f.rule for f in whole if f.breaks == 0}
        assert clean == {"nonghang.rule.service_errors"}  # its one error was answered for
        for found in whole:
            some = found.under if found.breaks is None else found.breaks
            assert some < found.rows * 0.75, found.rule

    def test_of_some_rows_it_cannot_be_told(self, judged):
        whole = [f for f in judged.rule_findings if f.subject.level == "bank"]
        assert sum(bool(f.untold) for f in whole) >= 10

    def test_rows_lie_exactly_on_the_lines_that_rules_draw(self, query, bank):
        amounts = {
            (table, column): number for (table, column), number in edges(bank).items()
            if next(d for d in bank.all(Dataset) if d.table == table).column(column).type
            is ColumnType.DECIMAL
        }
        assert len(amounts) == 3
        for (table, column), number in amounts.items():
            [(exactly,)] = query(
                f"SELECT count(*) FROM {table} WHERE {column} * 100 = {number}"
            )
            assert exactly, (table, column)

    def test_a_customer_has_one_credit_line(self, query):
        assert query("""SELECT customer_id FROM small_loans GROUP BY 1
                        HAVING count(DISTINCT customer_credit_line) > 1""") == []

    def test_new_loans_leave_the_list_after_the_year_in_which_they_fell_due(self, query):
        assert query("""SELECT * FROM new_loans
                        WHERE granted_on > data_date OR year(due_on) < year(data_date)""") == []

    def test_visits_to_outlets_are_counted_over_the_whole_quarter(self, bank, judged, query):
        target = bank.get("gejin.target.mystery_visits")
        assert isinstance(target.criterion.quantity, Frequency)
        fewest = {
            unit: times for unit, times in query(f"""
                SELECT left(unit_code, 2), min(n) FROM (
                    SELECT unit_code, outlet_code, count(*) AS n FROM mystery_visits
                    WHERE date_trunc('quarter', visited_on)
                          = date_trunc('quarter', DATE '{judged.as_of}') GROUP BY ALL)
                GROUP BY 1""")
        }
        branches = [f for f in judged.of_target(target.id) if f.subject.level == "branch"]
        assert len(branches) == 3
        for found in branches:
            assert found.value == fewest[found.subject.unit_code[:2]]
        assert {f.status for f in branches} == {Status.MET, Status.MISSED}

    def test_managers_have_rows_for_working_days_only_make_up_days_included(self, bank, query):
        worked = Workdays.of(bank).is_workday
        days = [day for (day,) in query("SELECT DISTINCT visited_on FROM visits")]
        assert all(map(worked, days))
        assert any(day.weekday() > 4 for day in days)

    def test_who_is_on_duty_and_wrote_nothing_is_seen_at_work(self, bank, judged, query):
        forgotten = query(f"""
            SELECT DISTINCT left(m.unit_code, 2) FROM managers m JOIN (
                SELECT unnest(generate_series(DATE '2026-09-01', DATE '2026-09-30',
                                              INTERVAL 1 DAY))::DATE AS day
            ) ON day BETWEEN on_from AND on_until
            LEFT JOIN visits v ON v.manager_id = m.manager_id AND visited_on = day
            WHERE m.data_date = DATE '{judged.as_of}' AND v.manager_id IS NULL
              AND day IN (SELECT visited_on FROM visits)""")
        found = judged.of_target("liuyou.target.daily_visits")
        assert forgotten
        for finding in found:
            if finding.subject.level == "branch" and (finding.subject.unit_code[:2],) in forgotten:
                assert finding.value == 0
        assert not any("没有名册" in reason for f in found for reason in f.reasons)

    def test_visits_are_of_the_month_that_they_are_sent_with(self, query):
        assert query("SELECT * FROM visits WHERE date_trunc('month', visited_on) "
                     "<> date_trunc('month', data_date)") == []

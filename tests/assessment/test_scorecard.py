"""考核: points, totals, places and grades; open where data or decisions are missing."""

import shutil
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from targets.assessment import assess
from targets.assessment.scorecard import (
    ScoreStatus,
    grade_by_place,
    grade_by_score,
    places,
    points,
    room,
    total_bounds,
    total_words,
    within,
)
from targets.catalog import DEFAULT_FOLDER, load
from targets.catalog.scorecards import card_in_force
from targets.problems import Code
from targets.schema.scoring import Grades, Scoring
from targets.schema.targets import Scorecard
from tests.demo import PLACES, at_least, bank, catalogue, decision, errors, metric, reported
from tests.demo import target as a_target

LEVEL = {"kind": "measured", "quantity": {"kind": "level"}}


def rule(**over):
    return TypeAdapter(Scoring).validate_python({"figure": LEVEL} | over)


def grades(**over):
    return TypeAdapter(Grades).validate_python(over)


LINEAR = rule(kind="linear", zero=0, full=100)
STEPS = rule(kind="steps", side="at_least", otherwise=0,
             bands=[{"line": 100, "share": 100}, {"line": 90, "share": 60}])


def deduct(rest: str, **over):
    return rule(**{"kind": "deduct", "side": "at_least", "line": 95, "per": 1, "points": 2,
                   "rest": rest} | over)


class TestPoints:
    @pytest.mark.parametrize(("done", "got"), [(90, 18), (100, 20), (125, 25), (-10, -2)])
    def test_in_proportion_to_what_is_done(self, done, got):
        assert points(LINEAR, Fraction(20), Fraction(done)) == got

    def test_between_a_nought_and_a_full_mark(self):
        # 2 % earns nothing, 8 % all 12: 5 % is half of the way
        assert points(rule(kind="linear", zero=2, full=8), Fraction(12), Fraction(5)) == 6

    def test_the_less_the_better_when_the_full_mark_is_below_the_nought(self):
        # 5 % earns nothing, 1 % all 20: 2 % is three quarters of the way
        assert points(rule(kind="linear", zero=5, full=1), Fraction(20), Fraction(2)) == 15

    @pytest.mark.parametrize(("done", "got"), [(100, 20), (99, 12), (90, 12), (89, 0)])
    def test_the_best_line_reached_gives_its_share(self, done, got):
        assert points(STEPS, Fraction(20), Fraction(done)) == got

    @pytest.mark.parametrize(
        ("rest", "got"), [("proportional", 15), ("ignored", 16), ("counted", 14)]
    )
    def test_what_less_than_a_whole_point_short_costs_is_said(self, rest, got):
        # 92.5 is 2.5 short of 95 at 2 points each: 5, 4 or 6 off 20
        assert points(deduct(rest), Fraction(20), Fraction("92.5")) == got

    def test_beyond_the_line_nothing_is_deducted_or_added(self):
        assert points(deduct("counted"), Fraction(20), Fraction(99)) == 20

    def test_too_much_is_deducted_where_the_line_is_a_limit(self):
        # 6.5 % over a limit of 5 %: two begun points of 3
        limit = deduct("counted", side="at_most", line=5, points=3)
        assert points(limit, Fraction(10), Fraction("6.5")) == 4

    def test_floor_and_cap_hold(self):
        assert [within(Fraction(x), 0, 24) for x in (-2, 18, 25)] == [0, 18, 24]

    @settings(max_examples=60, deadline=None)
    @given(st.fractions(-200, 300), st.fractions(0, 50),
           st.sampled_from([LINEAR, STEPS, deduct("proportional"), deduct("counted")]))
    def test_doing_more_never_earns_less(self, done, more, by):
        weight = Fraction(20)
        assert points(by, weight, done + more) >= points(by, weight, done)

    @settings(max_examples=60, deadline=None)
    @given(st.fractions(-200, 300),
           st.sampled_from([LINEAR, STEPS, deduct("ignored"), deduct("counted")]))
    def test_points_stay_in_the_room_that_was_told_before(self, done, by):
        low, high = room(by, Fraction(20), Decimal(-5), Decimal(24))
        got = within(points(by, Fraction(20), done), Decimal(-5), Decimal(24))
        assert low <= got <= high

    def test_without_floor_or_cap_there_is_no_limit_to_what_is_unknown(self):
        assert room(LINEAR, Fraction(20), None, None) == (None, None)
        assert room(deduct("counted"), Fraction(20), None, None) == (None, 20)
        assert room(STEPS, Fraction(20), None, None) == (0, 20)


class TestTotals:
    def test_what_is_open_leaves_the_lowest_and_the_highest(self):
        assert total_bounds([(18, 18), (0, 24)], [], None, None) == (18, 42)

    def test_without_a_limit_the_total_has_none(self):
        assert total_bounds([(18, 18), (None, None)], [], None, None) == (None, None)
        assert total_bounds([(18, 18), (None, None)], [], Decimal(100), Decimal(0)) == (0, 100)

    def test_a_veto_settles_the_total_whatever_else_is_open(self):
        assert total_bounds([(18, 18), (0, 24)], [(True, Fraction(0))], None, None) == (0, 0)

    def test_a_veto_that_may_still_strike_keeps_the_lowest_open(self):
        assert total_bounds([(18, 18)], [(None, Fraction(0))], None, None) == (0, 18)

    def test_ties_share_the_better_place_and_the_next_is_skipped(self):
        found = places({k: (v, v) for k, v in {"a": 90, "b": 95, "c": 90, "d": 80}.items()})
        assert found == {"b": (1, 1), "a": (2, 2), "c": (2, 2), "d": (4, 4)}

    def test_a_place_is_known_where_the_bounds_leave_but_one(self):
        found = places({"a": (90, 95), "b": (60, 80), "c": (50, 70), "d": (10, 10)})
        assert found == {"a": (1, 1), "b": (2, 3), "c": (2, 3), "d": (4, 4)}

    @settings(max_examples=40, deadline=None)
    @given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 20),
                           min_size=1, max_size=8), st.integers(0, 10))
    def test_the_place_in_the_end_lies_in_the_span_told_before(self, totals, slack):
        wide = places({k: (v - slack, v + slack) for k, v in totals.items()})
        final = places({k: (v, v) for k, v in totals.items()})
        assert all(wide[k][0] <= final[k][0] <= wide[k][1] for k in totals)


class TestGrades:
    STARS = grades(kind="score", lines=[
        {"name": "五星", "at_least": 95}, {"name": "四星", "at_least": 85}, {"name": "其余"},
    ])  # fmt: skip
    THIRDS = grades(kind="place", lines=[
        {"name": "甲", "share": 20}, {"name": "乙", "share": 60}, {"name": "丙", "share": 20},
    ])  # fmt: skip

    @pytest.mark.parametrize(
        ("total", "grade"), [(95, "五星"), (94.99, "四星"), (85, "四星"), (0, "其余")]
    )
    def test_by_score_the_line_itself_counts(self, total, grade):
        assert grade_by_score(self.STARS, Fraction(total)) == grade

    def test_below_the_last_line_there_is_none(self):
        assert grade_by_score(grades(kind="score", lines=[{"name": "优", "at_least": 90}]),
                              Fraction(80)) is None

    def test_by_place_the_units_are_dealt_out_by_share(self):
        # 20 : 60 : 20 of 7 are 1.4, 4.2 and 1.4: the odd one goes to the better grade
        found = [grade_by_place(self.THIRDS, place, 7) for place in range(1, 8)]
        assert found == ["甲", "甲", "乙", "乙", "乙", "乙", "丙"]


# --- whole cards

SUM = {"kind": "reported", "dataset": "demo.dataset.reported", "code": "m"}
HEADS = metric(unit={"kind": "count", "of": "户"}, measure=SUM)
CARDS = metric("n", unit={"kind": "count", "of": "张"}, measure=SUM | {"code": "n"})
CARD = {
    "id": "demo.scorecard.a", "name": "年度考核", "summary": "考核两项。", "places": PLACES,
    "items": [{"metric": "demo.metric.m"}, {"metric": "demo.metric.n"}],
}
LINES = {"kind": "linear", "figure": LEVEL, "zero": 0, "full": 100}


def scored(slug: str, **over) -> dict:
    return {"metric": f"demo.metric.{slug}", "scoring": LINES, "cap": 60, "floor": 0} | over


def weigh(**over) -> dict:
    return {
        "kind": "weights", "scorecard": "demo.scorecard.a", "levels": ["branch"],
        "weights": {"demo.metric.m": 60, "demo.metric.n": 40},
        "scoring": [scored("m"), scored("n", cap=50)],
    } | over


def cards(folder: Path, *rows, decisions=(), card=CARD, **lists):
    content = {"metrics": [HEADS, CARDS], "scorecards": [card]} | lists
    known = catalogue(folder, decisions=list(decisions), **content)
    return assess(known, reported(*rows)).scores


ROWS = [
    ("2026-06-30", "0100", "m", 90), ("2026-06-30", "0100", "n", 50),
    ("2026-06-30", "0200", "m", 50), ("2026-06-30", "0200", "n", 200),
]  # fmt: skip


class TestCards:
    def test_items_make_up_a_total_within_their_caps(self, tmp_path: Path):
        # east: 54 + 20 = 74; west: 30 + 80 capped at 50 = 80
        east, west = cards(tmp_path, *ROWS, decisions=[decision("w", weigh())])
        assert [i.points for i in east.items] == [54, 20]
        assert (east.total, east.full, east.status) == (74, 100, ScoreStatus.SCORED)
        assert (west.total, west.rank, west.rank_of, east.rank) == (80, 1, 2, 2)

    def test_the_reckoning_is_in_the_trace(self, tmp_path: Path):
        east, _ = cards(tmp_path, *ROWS, decisions=[decision("w", weigh())])
        assert "90 户 → 54 分" in east.trace.steps[0].detail
        assert east.trace.steps[-1].what == "总分"
        assert east.trace.decisions == ("demo.decision.w",)
        assert east.trace.clauses == ("demo.clause.1.1",)

    def test_without_a_decision_there_is_no_total_and_what_is_missing_is_told(self, tmp_path: Path):
        (only,) = cards(tmp_path, *ROWS)
        assert (only.status, only.total, only.low, only.high, only.rank) == (
            ScoreStatus.UNDECIDED, None, None, None, None,
        )  # fmt: skip
        assert only.subject.level == "bank"
        assert only.missing == (
            "权重：指标m、指标n", "怎样计分：指标m、指标n", "考核哪一级机构",
        )  # fmt: skip
        assert [i.figure for i in only.items] == [140, 250]  # the items are still listed

    def test_a_weight_that_is_missing_is_not_filled_in(self, tmp_path: Path):
        half = weigh(weights={"demo.metric.m": 60})
        east, _ = cards(tmp_path, *ROWS, decisions=[decision("w", half)])
        assert (east.status, east.total) == (ScoreStatus.UNDECIDED, None)
        assert east.missing == ("权重：指标n",)
        assert east.items[0].points == 54

    def test_weights_that_the_source_gives_need_no_decision(self, tmp_path: Path):
        items = [scored("m", weight=60), scored("n", weight=40, cap=50)]
        source = CARD | {"items": items, "levels": ["branch"]}
        east, west = cards(tmp_path, *ROWS, card=source)
        assert (east.total, west.total) == (74, 80)

    def test_an_item_without_data_leaves_the_total_between_bounds(self, tmp_path: Path):
        # west's second item is worth 0 to 50: 30 to 80, which may lie below or above 74
        east, west = cards(tmp_path, *ROWS[:3], decisions=[decision("w", weigh())])
        assert (west.status, west.total, west.low, west.high) == (ScoreStatus.OPEN, None, 30, 80)
        assert total_words(west) == "30.00～80.00"
        assert (east.total, east.rank, west.rank) == (74, None, None)
        assert "没有西城分行的数据" in west.reasons[0]

    def test_a_place_is_told_when_no_missing_figure_can_change_it(self, tmp_path: Path):
        small = weigh(scoring=[scored("m"), scored("n", cap=40)])
        east, west = cards(tmp_path, *ROWS[:3], decisions=[decision("w", small)])
        assert (east.total, east.rank, west.high, west.rank) == (74, 1, 70, 2)

    def test_an_assumption_that_is_open_keeps_the_total_provisional(self, tmp_path: Path):
        doubt = {"id": "demo.assumption.a", "name": "怎样考核", "question": "怎样？",
                 "interim": "照办。", "affects": "judgement", "decider": "总行"}
        doubtful = CARD | {"assumptions": ["demo.assumption.a"]}
        east, _ = cards(tmp_path, *ROWS, decisions=[decision("w", weigh())], card=doubtful,
                        assumptions=[doubt])
        assert (east.status, east.total, east.provisional) == (ScoreStatus.UNDECIDED, None, 74)
        assert east.missing == ("待定事项：怎样考核",)

    def test_a_later_decision_replaces_what_it_states_again(self, tmp_path: Path):
        later = {"kind": "weights", "scorecard": "demo.scorecard.a",
                 "weights": {"demo.metric.m": 40, "demo.metric.n": 60}}
        known = [decision("w", weigh()), decision("x", later, effective="2026-03-01")]
        east, _ = cards(tmp_path, *ROWS, decisions=known)
        assert [i.points for i in east.items] == [36, 30]

    def test_a_decision_of_next_year_changes_nothing_yet(self, tmp_path: Path):
        (only,) = cards(tmp_path, *ROWS,
                        decisions=[decision("w", weigh(), effective="2027-01-01")])
        assert only.status is ScoreStatus.UNDECIDED

    def test_grades_by_place_and_by_score(self, tmp_path: Path):
        halves = {"kind": "place",
                  "lines": [{"name": "甲", "share": 50}, {"name": "乙", "share": 50}]}
        east, west = cards(tmp_path, *ROWS, decisions=[decision("w", weigh(grades=halves))])
        assert (west.grade, east.grade) == ("甲", "乙")

    def test_a_veto_strikes_the_total(self, tmp_path: Path):
        veto = {"metric": "demo.metric.n", "scoring": {
            "kind": "veto", "figure": LEVEL, "side": "at_least", "line": 100, "total": 0}}
        rules = weigh(weights={"demo.metric.m": 60}, scoring=[scored("m"), veto])
        east, west = cards(tmp_path, *ROWS, decisions=[decision("w", rules)])
        assert (east.total, west.total) == (0, 30)
        assert "否决" in "".join(east.reasons)

    def test_completion_of_a_share_of_the_bank_s_total_is_scored(self, tmp_path: Path):
        # 90 of 120 and 50 of 80: 75 % and 62.5 % of 60 points
        by_target = scored("m", scoring=LINES | {
            "figure": {"kind": "completion", "target": "demo.target.t"}})
        split = {
            "id": "demo.allocation.a", "name": "分解", "target": "demo.target.t",
            "decision": "demo.decision.w", "level": "branch",
            "shares": [{"unit": "demo.unit.east", "value": 120},
                       {"unit": "demo.unit.west", "value": 80}],
        }
        orders = {"kind": "allocation", "allocation": "demo.allocation.a"}
        east, west = cards(
            tmp_path, *ROWS, targets=[a_target(test=at_least(200))], allocations=[split],
            decisions=[decision("w", orders, weigh(scoring=[by_target, scored("n", cap=50)]))],
        )
        assert [s.items[0].points for s in (east, west)] == [45, Fraction(75, 2)]

    def test_a_target_that_was_not_split_gives_no_figure(self, tmp_path: Path):
        by_target = scored("m", scoring=LINES | {
            "figure": {"kind": "completion", "target": "demo.target.t"}})
        east, _ = cards(
            tmp_path, *ROWS, targets=[a_target(test=at_least(200))],
            decisions=[decision("w", weigh(scoring=[by_target, scored("n", cap=50)]))],
        )
        assert (east.status, east.low, east.high) == (ScoreStatus.OPEN, 20, 80)
        assert "没有分到这家机构" in east.reasons[0]

    def test_what_a_source_does_not_list_a_decision_may(self, tmp_path: Path):
        unlisted = {k: v for k, v in CARD.items() if k != "items"} | {"membership": "not_listed"}
        (bare,) = cards(tmp_path / "bare", *ROWS, card=unlisted)
        assert bare.missing[0] == "考核哪些指标（原文没有列出）"
        east, _ = cards(tmp_path / "decided", *ROWS, card=unlisted,
                        decisions=[decision("w", weigh())])
        assert east.total == 74


class TestOutput:
    """One assessment with a split and a card, in every form it is given out."""

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, tmp_path_factory):
        split = {
            "id": "demo.allocation.a", "name": "户数的分解", "target": "demo.target.t",
            "decision": "demo.decision.w", "level": "branch",
            "shares": [{"unit": "demo.unit.east", "value": 120},
                       {"unit": "demo.unit.west", "value": 80}],
        }
        orders = {"kind": "allocation", "allocation": "demo.allocation.a"}
        known = catalogue(
            tmp_path_factory.mktemp("output"), metrics=[HEADS, CARDS], scorecards=[CARD],
            targets=[a_target(test=at_least(200))], allocations=[split],
            decisions=[decision("w", orders, weigh(), sample=True)],
        )
        return assess(known, reported(*ROWS))

    def test_the_workbook_holds_a_sheet_of_each(self, found, tmp_path: Path):
        from python_calamine import CalamineWorkbook

        from targets.assessment.workbook import write_findings

        path = tmp_path / "结果.xlsx"
        write_findings(found, found.findings, path, found.splits, found.scores)
        with CalamineWorkbook.from_path(path) as book:
            assert book.sheet_names == ["判定", "目标分解", "考核", "推算过程", "说明"]
            head, *rows = book.get_sheet_by_name("目标分解").to_python()
            at = {title: i for i, title in enumerate(head)}
            said = [(r[at["机构"]], r[at["份额"]], r[at["示例"]]) for r in rows]
            assert said == [
                ("东城分行", 120, "示例"), ("西城分行", 80, "示例"), ("合计", 200, "示例"),
            ]  # fmt: skip
            head, *rows = book.get_sheet_by_name("考核").to_python()
            at = {title: i for i, title in enumerate(head)}
            totals = {r[at["机构"]]: r[at["得分"]] for r in rows if r[at["项目"]] == "总分"}
            assert totals == {"东城分行": 74, "西城分行": 80}

    def test_json_keeps_exact_numbers_and_says_what_is_sample(self, found):
        from targets.assessment.tables import document

        told = document(found)
        (split,), (east, west) = told["allocations"], told["scores"]
        assert (split["total"], split["summed"], split["sample"]) == ("200", "200", True)
        assert (east["total"], west["total"], east["sample"]) == ("74", "80", True)
        assert east["status_label"] == "已出总分"

    def test_pages_show_shares_and_scores_with_the_sample_label(self, found):
        from targets.publish.domain.handbook import Handbook
        from targets.publish.results import Results

        results = Results(found.as_of, None, found.findings, {}, found.splits, found.scores)
        book = Handbook(found.catalog, results)
        shares = book.render("shares", "demo.allocation.a")
        assert "zx-sample" in shares
        assert "120 户" in shares
        assert "恰好分尽" in shares
        assert "虚构的示例分解" in book.render("card", "demo.allocation.a")
        card = book.render("scores", "demo.scorecard.a")
        assert "zx-sample" in card
        assert "74.00" in card
        assert "74.00" in book.render("scores", "demo.unit.east")
        assert "份额 120 户" in book.render("standing", "demo.unit.east")

    def test_a_card_without_weights_says_on_its_page_what_is_missing(self, tmp_path: Path):
        from targets.publish.domain.handbook import Handbook
        from targets.publish.results import Results

        known = catalogue(tmp_path, metrics=[HEADS, CARDS], scorecards=[CARD])
        found = assess(known, reported(*ROWS))
        book = Handbook(known, Results(found.as_of, None, found.findings, scores=found.scores))
        card = book.render("card", "demo.scorecard.a")
        assert "口径待定" in card
        assert "权重：指标m、指标n" in card
        assert "考核哪一级机构" in book.render("scores", "demo.unit.bank")


class TestDefinitionErrors:
    def found(self, folder: Path, change: dict, **lists):
        from json import dumps

        bank(folder, more=dumps({"metrics": [HEADS, CARDS], "scorecards": [CARD],
                                 "decisions": [decision("w", change)]} | lists,
                                ensure_ascii=False, default=str))
        return errors(folder)

    def only(self, found, code: Code, *words: str):
        told = "\n".join(map(str, found))
        assert [p.code for p in found] == [code], told
        assert all(word in told for word in words), told

    def test_the_flawless_one_has_no_problem(self, tmp_path: Path):
        assert self.found(tmp_path, weigh()) == []

    @pytest.mark.parametrize(
        ("over", "word"),
        [
            ({"scoring": [scored("m", scoring=LINES | {"full": 0})]}, "满分值和零分值相同"),
            ({"scoring": [scored("m", cap=1, floor=2)]}, "下限 2 大于上限 1"),
            ({"scoring": [scored("m"), scored("m")]}, "写了两次"),
            ({"grades": {"kind": "place", "lines": [{"name": "甲", "share": 50}]}}, "不是 100%"),
            ({"grades": {"kind": "score", "lines": [
                {"name": "乙", "at_least": 80}, {"name": "甲", "at_least": 90}]}}, "由高到低"),
        ],
    )  # fmt: skip
    def test_rules_that_contradict_themselves(self, tmp_path: Path, over, word):
        self.only(self.found(tmp_path, weigh(**over)), Code.INCONSISTENT, word)

    def test_a_metric_that_a_full_list_does_not_have(self, tmp_path: Path):
        wrong = weigh(weights={"demo.metric.m": 60, "demo.metric.profiled": 40})
        self.only(self.found(tmp_path, wrong), Code.DANGLING_REF, "没有指标 demo.metric.profiled")

    def test_a_rule_for_a_metric_outside_the_card(self, tmp_path: Path):
        wrong = weigh(scoring=[scored("profiled")])
        self.only(self.found(tmp_path, wrong), Code.SCORING_MISFIT, "不在考核表里")

    def test_the_completion_of_a_target_on_another_metric(self, tmp_path: Path):
        other = LINES | {"figure": {"kind": "completion", "target": "demo.target.profiled"}}
        found = self.found(tmp_path, weigh(scoring=[scored("m", scoring=other)]))
        self.only(found, Code.SCORING_MISFIT, "说的不是 demo.metric.m")

    def test_the_pace_of_a_target_that_has_none(self, tmp_path: Path):
        paced = LINES | {"figure": {
            "kind": "completion", "target": "demo.target.t", "against": "pace"}}
        found = self.found(tmp_path, weigh(scoring=[scored("m", scoring=paced)]),
                           targets=[a_target(test=at_least(200))])
        self.only(found, Code.SCORING_MISFIT, "没有定序时进度")

    def test_a_veto_with_a_weight(self, tmp_path: Path):
        veto = {"kind": "veto", "figure": LEVEL, "side": "at_least", "line": 1, "total": 0}
        found = self.found(tmp_path, weigh(scoring=[scored("m", scoring=veto)]))
        self.only(found, Code.SCORING_MISFIT, "否决项")


@pytest.fixture(scope="module")
def shipped():
    return load()


class TestWhatComesAlong:
    """The five documents name what is assessed and give no weight; the sample bank decides two."""

    WEIGHED = ("sijin.scorecard.annual", "gejin.scorecard.device_assessment")

    def test_the_sample_decisions_give_two_cards_all_they_need(self, shipped):
        settled = [
            c.id for c in shipped.all(Scorecard)
            if not card_in_force(shipped, c.id, date(2026, 9, 30)).missing
        ]
        assert sorted(settled) == sorted(self.WEIGHED)
        assert all(card_in_force(shipped, c, date(2026, 9, 30)).sample for c in self.WEIGHED)

    def test_the_weights_of_the_sample_add_up_to_a_hundred(self, shipped):
        for card in self.WEIGHED:
            assert card_in_force(shipped, card, date(2026, 9, 30)).full == 100

    def test_without_them_no_card_has_a_weight_or_a_total(self, tmp_path: Path):
        folder = tmp_path / "definitions"
        shutil.copytree(DEFAULT_FOLDER, folder)
        (folder / "decisions" / "weights.yaml").unlink()
        bare = load(folder)
        for card in bare.all(Scorecard):
            now = card_in_force(bare, card.id, date(2026, 9, 30))
            assert all(item.weight is None for item in now.items)
            assert now.missing, card.id
            assert now.open_assumptions, card.id

    def test_star_grades_are_named_without_lines(self, shipped):
        card = card_in_force(shipped, "gejin.scorecard.star_outlets", date(2026, 9, 30))
        assert card.grades.names == ("五星级", "四星级", "三星级", "二星级")
        assert card.ungraded

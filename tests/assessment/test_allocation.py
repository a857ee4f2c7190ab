"""目标分解: parts that make up the whole, and units judged by their parts."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.assessment import Status, assess
from targets.assessment.allocation import Infeasible, split
from targets.catalog.apportion import quotas
from targets.problems import Code, Severity
from tests.demo import at_least, bank, catalogue, decision, errors, metric, problems
from tests.demo import reported as figures
from tests.demo import target as a_target

# Populations of the census of 1790; the parts are those printed as the worked example of
# Hamilton's method for a House of 60 (electowiki.org, "Hamilton method").
CENSUS = {
    "Virginia": 630_560, "Massachusetts": 475_327, "Pennsylvania": 432_879,
    "North Carolina": 353_523, "New York": 331_589, "Maryland": 278_514,
    "Connecticut": 236_841, "South Carolina": 206_236, "New Jersey": 179_570,
    "New Hampshire": 141_822, "Vermont": 85_533, "Georgia": 70_835, "Kentucky": 68_705,
    "Rhode Island": 68_446, "Delaware": 55_540,
}  # fmt: skip
SEATS = {
    "Virginia": 11, "Massachusetts": 8, "Pennsylvania": 7, "North Carolina": 6, "New York": 6,
    "Maryland": 5, "Connecticut": 4, "South Carolina": 3, "New Jersey": 3, "New Hampshire": 2,
    "Vermont": 1, "Georgia": 1, "Kentucky": 1, "Rhode Island": 1, "Delaware": 1,
}  # fmt: skip

keys = st.text("0123456789", min_size=4, max_size=4)
weighed = st.dictionaries(keys, st.integers(0, 10**6), min_size=1, max_size=12).filter(
    lambda weights: any(weights.values())
)
totals = st.integers(0, 5000)
LAWS = settings(max_examples=60, deadline=None)


class TestLargestRemainder:
    def test_the_published_example_of_hamilton_s_method(self):
        assert split(60, CENSUS) == SEATS

    def test_one_more_to_split_may_take_one_from_the_smallest(self):
        # the Alabama paradox in three states: 6, 6 and 2 of 14; quotas 4.29 4.29 1.43, then
        # 4.71 4.71 1.57
        states = {"a": 6, "b": 6, "c": 2}
        assert split(10, states) == {"a": 4, "b": 4, "c": 2}
        assert split(11, states) == {"a": 5, "b": 5, "c": 1}

    def test_equal_remainders_go_by_code(self):
        assert split(2, {"0300": 1, "0100": 1, "0200": 1}) == {"0100": 1, "0200": 1, "0300": 0}

    def test_the_step_is_the_unit_that_is_dealt_out(self):
        # 950 by 1 : 2 : 4 in tenths: 135.714, 271.429, 542.857; two tenths are left over
        parts = split(Decimal(950), {"1": 1, "2": 2, "3": 4}, step=Decimal("0.1"))
        assert parts == {"1": Decimal("135.7"), "2": Decimal("271.4"), "3": Decimal("542.9")}

    def test_what_a_maximum_holds_back_is_shared_by_the_others(self):
        # 70 : 20 : 10 of 100 with at most 50 for the first leaves 50 by 2 : 1, 33.3 and 16.7
        assert split(100, {"a": 70, "b": 20, "c": 10}, maximum={"a": 50}) == {
            "a": 50, "b": 33, "c": 17,
        }  # fmt: skip

    def test_what_a_minimum_takes_is_given_by_the_others(self):
        # at least 30 for the last of 70 : 20 : 10 leaves 70 by 7 : 2, 54.4 and 15.6
        assert split(100, {"a": 70, "b": 20, "c": 10}, minimum={"c": 30}) == {
            "a": 54, "b": 16, "c": 30,
        }  # fmt: skip

    def test_without_a_weight_a_unit_has_its_minimum_only(self):
        assert split(7, {"a": 0, "b": 3}, minimum={"a": 2}) == {"a": 2, "b": 5}

    @pytest.mark.parametrize(
        ("weights", "bounds", "word"),
        [
            ({"a": 1, "b": 1}, {"minimum": {"a": 6, "b": 5}}, "下限加起来超过总数"),
            ({"a": 1, "b": 1}, {"maximum": {"a": 6, "b": 3}}, "上限加起来不到总数"),
            ({"a": 1, "b": 1}, {"minimum": {"a": 6}, "maximum": {"a": 5}}, "下限大于上限"),
            ({"a": 0, "b": 0}, {}, "权重都是 0"),
            ({"a": -1, "b": 2}, {}, "负数"),
        ],
    )
    def test_what_leaves_no_way_is_refused(self, weights, bounds, word):
        with pytest.raises(Infeasible, match=word):
            split(10, weights, **bounds)

    def test_a_total_that_the_step_does_not_divide_is_refused(self):
        with pytest.raises(ValueError, match="整数倍"):
            split(Decimal("9.5"), {"a": 1})


class TestLaws:
    @LAWS
    @given(totals, weighed)
    def test_the_parts_make_up_the_whole_within_a_step_of_their_quotas(self, total, weights):
        parts = split(total, weights)
        exact = quotas(total, weights)
        assert sum(parts.values()) == total
        assert all(abs(parts[k] - exact[k]) < 1 for k in parts)
        assert sum(exact.values()) == total

    @LAWS
    @given(totals, weighed, st.randoms(use_true_random=False))
    def test_the_order_of_units_does_not_matter(self, total, weights, random):
        shuffled = list(weights.items())
        random.shuffle(shuffled)
        assert split(total, dict(shuffled)) == split(total, weights)

    @LAWS
    @given(totals, weighed, st.integers(1, 1000))
    def test_only_the_proportion_of_weights_counts(self, total, weights, factor):
        scaled = {k: w * Fraction(factor, 7) for k, w in weights.items()}
        assert split(total, scaled) == split(total, weights)

    @LAWS
    @given(totals, weighed)
    def test_a_heavier_unit_never_gets_less(self, total, weights):
        parts = split(total, weights)
        assert all(parts[a] >= parts[b] for a in parts for b in parts if weights[a] > weights[b])

    @LAWS
    @given(totals, weighed, st.data())
    def test_who_grows_heavier_never_loses(self, total, weights, data):
        key = data.draw(st.sampled_from(sorted(weights)))
        more = {**weights, key: weights[key] + data.draw(st.integers(1, 10**6))}
        assert split(total, more)[key] >= split(total, weights)[key]

    @LAWS
    @given(weighed, st.data())
    def test_bounds_hold_and_the_parts_still_make_up_the_whole(self, weights, data):
        low = {k: data.draw(st.integers(0, 50)) for k in weights}
        high = {k: low[k] + data.draw(st.integers(0, 50)) for k in weights}
        reachable = sum(high[k] if weights[k] else low[k] for k in weights)
        total = data.draw(st.integers(sum(low.values()), reachable))
        parts = split(total, weights, minimum=low, maximum=high)
        assert sum(parts.values()) == total
        assert all(low[k] <= parts[k] <= high[k] for k in weights)


YEAR = {"kind": "span", "start": "2026-01-01", "end": "2026-12-31", "pace": {"kind": "months"}}
SUM = {"kind": "reported", "dataset": "demo.dataset.reported", "code": "m"}
LOANS = metric(unit={"kind": "count", "of": "户"}, measure=SUM)
GOAL = a_target(test=at_least(100), period=YEAR)
BY_HEAD = {"kind": "metric", "metric": "demo.metric.m", "dated": "2025-12-31"}


def order(slug: str, *allocations: str, headroom=0, **over) -> dict:
    """A decision that puts allocations in force."""
    return decision(slug, *(
        {"kind": "allocation", "allocation": f"demo.allocation.{a}", "headroom": headroom}
        for a in allocations
    ), **over)


def allocation(slug: str = "a", **over) -> dict:
    return {
        "id": f"demo.allocation.{slug}", "name": f"分解{slug}", "target": "demo.target.t",
        "decision": f"demo.decision.{slug}", "level": "branch",
    } | over


def shares(**units) -> list[dict]:
    return [{"unit": f"demo.unit.{u}", "value": v} for u, v in units.items()]


def weights(**units) -> dict:
    return {"kind": "weights", "weights": [
        {"unit": f"demo.unit.{u}", "weight": w} for u, w in units.items()
    ]}


def judged(folder: Path, *rows, allocations, decisions, targets=(GOAL,), metrics=(LOANS,)):
    """The assessment of reported figures at the end of June."""
    known = catalogue(folder, metrics=list(metrics), targets=list(targets),
                      decisions=decisions, allocations=allocations)
    return assess(known, figures(*rows))


def at(assessment, code: str):
    found = [f for f in assessment.findings if f.subject.unit_code == code]
    assert len(found) == 1
    return found[0]


JUNE = [
    ("2025-12-31", "0100", "m", 40), ("2025-12-31", "0200", "m", 20),
    ("2026-06-30", "0100", "m", 33), ("2026-06-30", "0200", "m", 15),
]  # fmt: skip


class TestJudgedByShares:
    def test_a_unit_is_judged_by_its_share_as_the_bank_is_by_the_whole(self, tmp_path: Path):
        # 60 and 40 of 100; half of the year is over: 33 of 60 is 55 %, 15 of 40 is 37.5 %
        found = judged(tmp_path, *JUNE, decisions=[order("a", "a")],
                       allocations=[allocation(shares=shares(east=60, west=40))])
        east, west, whole = at(found, "0100"), at(found, "0200"), at(found, "0000")
        assert (east.status, east.threshold, east.gap) == (Status.ON_PACE, 60, -27)
        assert (east.pace.completion, east.pace.lead) == (55, 5)
        assert east.pace.required_per_month == Fraction(27, 6)
        assert (west.status, west.pace.lead) == (Status.BEHIND, Fraction(-25, 2))
        assert (whole.status, whole.threshold, whole.allocation) == (Status.BEHIND, 100, None)

    def test_the_finding_names_its_allocation_and_how_the_share_came_about(self, tmp_path: Path):
        found = judged(tmp_path, *JUNE, decisions=[order("a", "a")],
                       allocations=[allocation(by=BY_HEAD, step=1)])
        east = at(found, "0100")
        assert east.allocation == "demo.allocation.a"
        assert "demo.decision.a" in east.trace.decisions
        assert "40 户" in east.trace.steps[0].detail
        assert "66.6667 户，取整到 1 得 67 户" in east.trace.steps[0].detail

    def test_without_an_allocation_a_total_reaches_no_branch(self, tmp_path: Path):
        found = judged(tmp_path, *JUNE, decisions=[], allocations=[])
        assert {f.subject.unit_code for f in found.findings} == {"0000"}

    def test_before_its_decision_takes_effect_it_binds_nobody(self, tmp_path: Path):
        found = judged(tmp_path, *JUNE, decisions=[order("a", "a", effective="2026-07-01")],
                       allocations=[allocation(shares=shares(east=60, west=40))])
        assert found.splits == ()
        assert {f.subject.unit_code for f in found.findings} == {"0000"}

    def test_places_go_by_what_each_has_done_of_its_share(self, tmp_path: Path):
        # 33 of 90 is less than 15 of 10, though 33 is more than 15
        found = judged(tmp_path, *JUNE, decisions=[order("a", "a")],
                       allocations=[allocation(shares=shares(east=90, west=10))])
        assert [(at(found, c).rank, at(found, c).rank_of) for c in ("0100", "0200")] == [
            (2, 2), (1, 2),
        ]  # fmt: skip

    def test_shares_go_by_the_metric_on_the_base_date(self, tmp_path: Path):
        # 40 : 20 of 100 are 66.67 and 33.33; the remainder of the first is the larger
        found = judged(tmp_path, *JUNE, decisions=[order("a", "a")],
                       allocations=[allocation(by=BY_HEAD, step=1)])
        assert [p.share for p in found.splits[0].parts] == [67, 33]
        assert found.splits[0].summed == found.splits[0].total == 100

    def test_a_unit_without_a_weight_leaves_the_split_open_and_says_so(self, tmp_path: Path):
        rows = [row for row in JUNE if row[:2] != ("2025-12-31", "0200")]
        found = judged(tmp_path, *rows, decisions=[order("a", "a")],
                       allocations=[allocation(by=BY_HEAD, step=1)])
        east = at(found, "0100")
        assert (east.status, east.threshold, east.value) == (Status.NO_DATA, None, 33)
        assert "西城分行没有那天的数" in east.reasons[0]

    def test_headroom_raises_what_weights_split(self, tmp_path: Path):
        # 105 by 2 : 1 are 70 and 35
        found = judged(tmp_path, *JUNE, decisions=[order("a", "a", headroom=5)],
                       allocations=[allocation(by=BY_HEAD, step=1)])
        assert [p.share for p in found.splits[0].parts] == [70, 35]
        assert found.splits[0].total == 100

    def test_a_branch_splits_its_share_further_to_the_last_unit(self, tmp_path: Path):
        # 67 by 1 : 1 in whole heads: 34 and 33, the odd one to the smaller code
        below = allocation("b", of="demo.unit.east", level="sub_branch",
                           by=weights(hill=1, river=1), step=1)
        found = judged(tmp_path, *JUNE, ("2026-06-30", "0101", "m", 20),
                       decisions=[order("a", "a"), order("b", "b")],
                       allocations=[allocation(by=BY_HEAD, step=1), below])
        lower = next(s for s in found.splits if s.allocation.id == "demo.allocation.b")
        assert (lower.total, lower.summed, lower.above) == (67, 67, "demo.allocation.a")
        assert [(p.unit.code, p.share) for p in lower.parts] == [("0101", 34), ("0102", 33)]
        assert at(found, "0101").threshold == 34

    def test_the_shares_follow_a_total_that_the_bank_changes(self, tmp_path: Path):
        raised = decision("v", {"kind": "value", "target": "demo.target.t",
                                "values": [{"from": "2026-04-01", "value": 120}]},
                          effective="2026-04-01")
        found = judged(tmp_path, *JUNE, decisions=[order("a", "a"), raised],
                       allocations=[allocation(by=BY_HEAD, step=1)])
        assert [p.share for p in found.splits[0].parts] == [80, 40]

    def test_a_later_allocation_takes_the_place_of_an_earlier_one(self, tmp_path: Path):
        found = judged(
            tmp_path, *JUNE,
            decisions=[order("a", "a"), order("b", "b", effective="2026-05-01")],
            allocations=[allocation(shares=shares(east=60, west=40)),
                         allocation("b", shares=shares(east=50, west=50))],
        )
        assert at(found, "0100").threshold == 50


WHOLE = allocation(shares=shares(east=60, west=40))


class TestDefinitionErrors:
    """Every mistake is told at its place, with what to do."""

    def found(self, folder: Path, *allocations, decisions=None, targets=(GOAL,)):
        from json import dumps

        bank(folder, more=dumps({
            "metrics": [LOANS], "targets": list(targets), "allocations": list(allocations),
            "decisions": decisions or [order("a", "a")],
        }, ensure_ascii=False, default=str))
        return errors(folder)

    def only(self, found, code: Code, *words: str):
        told = "\n".join(map(str, found))
        assert [p.code for p in found] == [code], told
        assert all(word in told for word in words), told

    def test_the_flawless_one_has_no_problem(self, tmp_path: Path):
        assert self.found(tmp_path, WHOLE) == []
        assert problems(tmp_path) == []

    def test_parts_that_do_not_add_up(self, tmp_path: Path):
        found = self.found(tmp_path, allocation(shares=shares(east=60, west=41)))
        self.only(found, Code.PARTS_NOT_WHOLE, "各家加起来是 101", "差 1")

    def test_parts_beyond_the_headroom(self, tmp_path: Path):
        too_much = allocation(shares=shares(east=60, west=46))
        found = self.found(tmp_path, too_much, decisions=[order("a", "a", headroom=5)])
        self.only(found, Code.PARTS_NOT_WHOLE, "最多到 105")

    def test_parts_within_the_headroom_are_as_decided(self, tmp_path: Path):
        within = allocation(shares=shares(east=60, west=45))
        assert self.found(tmp_path, within, decisions=[order("a", "a", headroom=5)]) == []

    def test_parts_that_a_later_value_leaves_behind(self, tmp_path: Path):
        raised = decision("v", {"kind": "value", "target": "demo.target.t",
                                "values": [{"from": "2026-04-01", "value": 120}]},
                          effective="2026-04-01")
        found = self.found(tmp_path, WHOLE, decisions=[order("a", "a"), raised])
        self.only(found, Code.PARTS_NOT_WHOLE, "自 2026-04-01 起", "的数是 120")

    def test_bounds_that_leave_no_way(self, tmp_path: Path):
        tight = allocation(by=BY_HEAD, step=1, maximum=45)
        self.only(self.found(tmp_path, tight), Code.NO_WAY_TO_SPLIT, "上限合计 90")

    def test_a_minimum_above_the_whole(self, tmp_path: Path):
        tight = allocation(by=weights(east=1, west=1), step=1, minimum=51)
        self.only(self.found(tmp_path, tight), Code.NO_WAY_TO_SPLIT, "下限合计 102")

    def test_a_step_that_does_not_divide_the_total(self, tmp_path: Path):
        coarse = allocation(by=BY_HEAD, step=30)
        self.only(self.found(tmp_path, coarse), Code.STEP_MISFIT, "把 step 改小")

    def test_an_unknown_unit(self, tmp_path: Path):
        found = self.found(tmp_path, allocation(shares=shares(east=60, wst=40)))
        self.only(found, Code.DANGLING_REF, "demo.unit.wst")

    def test_a_unit_that_is_named_twice(self, tmp_path: Path):
        twice = allocation(shares=[*shares(east=60, west=20), *shares(west=20)])
        self.only(self.found(tmp_path, twice), Code.UNIT_TWICE, "西城分行 写了 2 次")

    def test_a_unit_of_another_level(self, tmp_path: Path):
        mixed = allocation(shares=shares(river=30, east=30, west=40))
        found = self.found(tmp_path, mixed)
        self.only(found, Code.NOT_OF_THE_LEVEL, "河东支行", "东城分行、西城分行")

    def test_a_unit_that_is_left_out_is_warned_of(self, tmp_path: Path):
        assert self.found(tmp_path, allocation(shares=shares(east=100))) == []
        warned = [p for p in problems(tmp_path) if p.severity is Severity.WARNING]
        self.only(warned, Code.UNIT_LEFT_OUT, "西城分行", "写 0")

    @pytest.mark.parametrize(
        ("over", "why"),
        [
            ({"binds": [{"to": "each", "level": "branch"}]}, "没有约束到全行合计"),
            ({"binds": [{"to": "total"}, {"to": "each", "level": "branch"}]}, "已经直接约束"),
            ({"criterion": {"quantity": {"kind": "growth", "baseline": {"kind": "year_start"}},
                            "test": at_least(10)}}, "各家之和不等于全行"),
            ({"criterion": {"quantity": {"kind": "trend", "baseline": {"kind": "year_start"}},
                            "test": {"kind": "up"}}}, "没有一个定下的数值"),
            ({"metric": "demo.metric.profiled"}, "这个指标各家之和不等于全行"),
            ({"criterion": {
                "quantity": {"kind": "change", "baseline": {"kind": "given", "value": 10}},
                "test": at_least(100)}}, "没有自己的基期值"),
        ],
    )  # fmt: skip
    def test_a_target_that_can_not_be_split(self, tmp_path: Path, over, why):
        target = GOAL | {"period": {"kind": "unstated"}} | over
        self.only(self.found(tmp_path, WHOLE, targets=[target]), Code.NOT_DIVISIBLE, why)

    def test_an_allocation_without_a_decision(self, tmp_path: Path):
        bare = {k: v for k, v in WHOLE.items() if k != "decision"}
        settle = [decision("a", {"kind": "period", "target": "demo.target.t", "period": YEAR})]
        self.only(self.found(tmp_path, bare, decisions=settle), Code.MISSING_KEY, "decision")

    def test_a_decision_that_does_not_say_so(self, tmp_path: Path):
        silent = [decision("a", {"kind": "period", "target": "demo.target.t", "period": YEAR})]
        found = self.found(tmp_path, WHOLE, decisions=silent)
        self.only(found, Code.NO_ORDER, "没有说要按 demo.allocation.a 分解")

    def test_a_decision_that_orders_the_allocation_of_another(self, tmp_path: Path):
        another = order("b", "a", effective="2026-03-01")
        found = self.found(tmp_path, WHOLE, decisions=[order("a", "a"), another])
        self.only(found, Code.NO_ORDER, "依据的是 demo.decision.a，不是 demo.decision.b")

    def test_the_same_number_split_twice_from_one_day(self, tmp_path: Path):
        found = self.found(tmp_path, WHOLE, allocation("b", shares=shares(east=50, west=50)),
                           decisions=[order("a", "a"), order("b", "b")])
        self.only(found, Code.SPLIT_TWICE, "同一天")

    def test_a_unit_that_has_no_share_to_split(self, tmp_path: Path):
        below = allocation("b", of="demo.unit.east", level="sub_branch",
                           shares=shares(river=30, hill=30))
        found = self.found(tmp_path, below, decisions=[order("b", "b")])
        self.only(found, Code.NO_SHARE_ABOVE, "没有把 demo.target.t 分给东城分行")

    def test_levels_that_do_not_reconcile(self, tmp_path: Path):
        below = allocation("b", of="demo.unit.east", level="sub_branch",
                           shares=shares(river=30, hill=31))
        found = self.found(tmp_path, WHOLE, below, decisions=[order("a", "a"), order("b", "b")])
        self.only(found, Code.PARTS_NOT_WHOLE, "东城分行的数是 60", "加起来是 61")

    def test_fixed_numbers_below_shares_that_hang_on_data(self, tmp_path: Path):
        below = allocation("b", of="demo.unit.east", level="sub_branch",
                           shares=shares(river=30, hill=37))
        found = self.found(tmp_path, allocation(by=BY_HEAD, step=1), below,
                           decisions=[order("a", "a"), order("b", "b")])
        self.only(found, Code.NO_SHARE_ABOVE, "按数据算出东城分行的份额")

    def test_numbers_and_weights_at_once(self, tmp_path: Path):
        both = allocation(shares=shares(east=60, west=40), by=BY_HEAD, step=1)
        self.only(self.found(tmp_path, both), Code.INCONSISTENT, "只写一样")

    def test_a_limit_is_not_raised(self, tmp_path: Path):
        cap = a_target(test={"kind": "at_most", "values": [{"value": 100}]}, period=YEAR)
        neutral = LOANS | {"direction": "down"}
        from json import dumps

        bank(tmp_path, more=dumps({
            "metrics": [neutral], "targets": [cap], "allocations": [WHOLE],
            "decisions": [order("a", "a", headroom=5)],
        }, ensure_ascii=False, default=str))
        self.only(errors(tmp_path), Code.PARTS_NOT_WHOLE, "只有“不低于”的目标可以加压")

"""The same word in two documents, or twice in one: told apart, or known to be the same thing."""

import itertools
import re
from collections import defaultdict

import pytest

from targets.schema.base import SourceRecord
from targets.schema.measures import Metric, ReportedMeasure

# what a reader looks up by its name; statements (targets, provisions, duties) have sentences
LOOKED_UP = {
    "framework", "metric", "peer_set", "product", "role", "rule", "system", "term", "unit_group",
}  # fmt: skip

THE_SAME = {
    "个体工商户": "法律上的一种经营者，哪家银行说的都一样",
    "农户": "都是务农的客户，没有一份文件另下定义",
    "小微企业": "都照通常的划型理解，没有一份文件另下定义",
    "以客户为中心": "同一句经营理念",
    "保险公司": "都是行外的保险公司",
    "监管部门": "都是国家的金融监管部门",
    "税务部门": "都是国家的税务机关",
    "借记卡": "同一种卡，各家银行都发",
    "准贷记卡": "同一种卡，各家银行都发",
    "手机银行": "同一种渠道，各家银行都有",
    "员工": "都是本行的员工，没有一份文件另下定义",
    "屡查屡犯": "都是查过的问题又犯",
    "对公存贷款": "一个合写的词拆成存款、贷款两个指标，读者从哪个都能找到另一个",
}


def plain(name: str) -> str:
    return re.sub(r"[“”《》\s]", "", name)


def names(record) -> set[str]:
    return {plain(n) for n in (record.name, *getattr(record, "aliases", ()))}


@pytest.fixture(scope="module")
def namesakes(catalog) -> dict[str, list[tuple]]:
    """Each name with its confusable pairs: of two documents, or of one kind in one document."""
    by_name = defaultdict(list)
    for record in catalog.records.values():
        if record.kind in LOOKED_UP and record.owner in catalog.documents:
            for name in names(record):
                by_name[name].append(record)
    pairs = {
        name: [
            (a, b)
            for a, b in itertools.combinations(records, 2)
            if a.owner != b.owner or a.kind == b.kind
        ]
        for name, records in by_name.items()
    }
    return {name: found for name, found in pairs.items() if found}


def told_apart(a, b) -> bool:
    return b.id in a.not_to_confuse or a.id in b.not_to_confuse


class TestNamesakes:
    def test_each_pair_is_told_apart_or_known_to_be_the_same(self, namesakes):
        untold = [
            (name, a.id, b.id)
            for name, pairs in namesakes.items()
            for a, b in pairs
            if name not in THE_SAME and not told_apart(a, b)
        ]
        assert untold == []

    @pytest.mark.parametrize("name", THE_SAME)
    def test_what_is_known_to_be_the_same_is_still_shared_and_not_told_apart(self, namesakes, name):
        assert not all(told_apart(a, b) for a, b in namesakes[name])

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("nonghang.framework.trinity", "sijin.framework.trinity"),
            ("gejin.metric.product_coverage", "puhui.metric.corporate_coverage"),
            ("gejin.term.product_coverage", "sijin.term.customer_coverage"),
            ("liuyou.term.product_coverage", "gejin.term.product_coverage"),
            ("nonghang.term.step_up_outlets", "nonghang.term.step_up_credit"),
            ("gejin.term.step_up", "nonghang.term.step_up_outlets"),
            ("gejin.framework.device_tiers", "gejin.framework.three_tiers"),
            ("gejin.framework.centre_tiers", "gejin.framework.three_tiers"),
            ("gejin.peer_set.four_banks", "puhui.peer_set.four_banks"),
            ("gejin.term.star_outlet", "sijin.term.star_rating"),
            ("gejin.term.second_transformation", "sijin.term.retail_transformation"),
            ("liuyou.term.pairing", "sijin.term.joint_building"),
            ("liuyou.term.elimination", "nonghang.term.restricted_customers"),
            ("gejin.framework.three_main_lines", "puhui.framework.one_line"),
            ("puhui.system.new_generation", "sijin.system.credit_system"),
            ("nonghang.rule.no_renewal", "puhui.rule.renewal_without_repayment"),
        ],
    )
    def test_words_that_only_look_alike_are_told_apart(self, catalog, one, other):
        assert told_apart(catalog.get(one), catalog.get(other))


class TestLinks:
    def test_none_leads_back_to_its_own_record_or_is_said_twice(self, catalog):
        for record in catalog.records.values():
            if isinstance(record, SourceRecord):
                others = record.not_to_confuse
                assert record.id not in others, record.id
                assert len(set(others)) == len(others), record.id


class TestCodes:
    def test_two_metrics_share_a_reported_figure_only_when_it_is_the_same(self, catalog):
        by_code = defaultdict(set)
        for metric in catalog.all(Metric):
            if isinstance(metric.measure, ReportedMeasure):
                by_code[metric.measure.code].add(metric.id)
        shared = {code: metrics for code, metrics in by_code.items() if len(metrics) > 1}
        # both are the balance of savings at the end of the month
        assert shared == {
            "SAVINGS_DEPOSIT": {"nonghang.metric.savings_deposit", "sijin.metric.savings_deposit"}
        }


class TestStrength:
    def test_one_word_is_equally_strong_wherever_it_stands(self, catalog):
        strengths = defaultdict(set)
        for record in catalog.records.values():
            for place in getattr(record, "places", ()):
                if place.word and place.commitment:
                    strengths[place.word].add(place.commitment.value)
        assert {word: found for word, found in strengths.items() if len(found) > 1} == {}

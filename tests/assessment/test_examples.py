"""The worked examples of the page on criteria: what is reckoned by hand is what comes out."""

import re
from pathlib import Path

import pytest

from targets.assessment.examples import load_examples, outcome
from targets.publish.domain import collections
from tests.publish.conftest import handbook

BOOK = Path(__file__).parents[2] / "book"
EXAMPLES = load_examples(BOOK / "examples.yaml")


@pytest.mark.parametrize("key", EXAMPLES)
def test_the_reckoning_by_hand_comes_out(key):
    example = EXAMPLES[key]
    expected = {name: None if v is None else str(v) for name, v in example.result.items()}
    assert outcome(example, example.judge()) == expected


def test_the_page_shows_every_example_once():
    page = (BOOK / "criteria.md").read_text(encoding="utf-8")
    shown = " ".join(re.findall(r"\{zx:examples\} examples\.yaml (.+)", page)).split()
    assert sorted(shown) == sorted(EXAMPLES)


def test_every_quantity_and_test_has_an_example():
    used = set()
    for example in EXAMPLES.values():
        for part in getattr(example.criterion, "all_of", (example.criterion,)):
            used |= {part.quantity.kind, part.test.kind}
        used.add(getattr(getattr(example.period, "pace", None), "kind", ""))
    assert used >= {
        "level", "change", "extra_change", "growth", "ratio", "share", "rank", "frequency",
        "status", "trend", "at_least", "at_most", "equal", "within", "not_below", "not_above",
        "up", "tracked", "unknown", "months", "days", "curve",
    }


def test_an_example_shows_its_figures_its_criterion_and_what_came_out(tmp_path):
    from tests.demo import bank

    path = str(BOOK / "examples.yaml")
    html = collections.example(handbook(bank(tmp_path)), path, "share", collections.digest_of(path))
    for said in ("250000 万元", "占“各项贷款”的比重不低于 12%", "25 ÷ 200", "12.5%", "达标"):
        assert said in html

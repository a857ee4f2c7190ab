"""Words stand out enough from what is behind them.

Looking at contrast takes far longer than all else together, and longer still the longer a page
is; so of each shape the smallest page is looked at, and none of many parts.
"""

import pytest
from accessibility import CONTRAST_ALONE, faults

pytestmark = pytest.mark.browser

MANY = 1500
PARTS = "document.querySelectorAll('.bd-article *').length"


def test_every_word_stands_out(visit, server, page_shapes):
    found, looked_at = {}, 0
    for name in (pages[0] for pages in page_shapes):
        page = visit.open(f"{server}/{name}")
        if page.evaluate(PARTS) <= MANY:
            looked_at += 1
            found[name] = faults(page, CONTRAST_ALONE)
    assert {name: faint for name, faint in found.items() if faint} == {}
    assert looked_at >= 0.8 * len(page_shapes)

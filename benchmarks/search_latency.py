"""Time the queries of the site's search in a browser; the figures go to stdout as JSON.

Usage: search_latency.py CHROMIUM SEARCH_PAGE_ADDRESS QUERIES_JSON
"""

import json
import sys

from playwright.sync_api import sync_playwright

READY = "window.ZHIXING_SEARCH !== undefined"
# From sending the form to results that are laid out; the page answers within the event.
ASK = """(query) => {
  const field = document.querySelector(".zx-search-page input[name=q]");
  field.value = query;
  const started = performance.now();
  field.form.requestSubmit();
  document.getElementById("zx-search-results").getBoundingClientRect();
  return performance.now() - started;
}"""


def main(chromium: str, address: str, queries: list[str]) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        page.wait_for_function(READY)
        ready = page.evaluate("performance.now()")
        latencies = [page.evaluate(ASK, query) for query in queries]
        browser.close()
    print(json.dumps({"ready": ready, "latencies": latencies}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))

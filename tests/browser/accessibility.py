"""What axe finds wrong with a page."""

from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Without preload axe fetches nothing by itself, which would pass for a request of the page.
PLAIN = {"preload": False, "resultTypes": ["violations"]}
CONTRAST = "color-contrast"
ALL_BUT_CONTRAST = PLAIN | {"rules": {CONTRAST: {"enabled": False}}}
CONTRAST_ALONE = PLAIN | {"runOnly": [CONTRAST]}


def faults(page: Page, options: Mapping) -> list[str]:
    """The serious ones, each with where it is."""
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{found['id']} {found['help']} {[node['target'] for node in found['nodes'][:3]]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]

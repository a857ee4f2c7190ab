"""What axe finds wrong with a page."""

from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Without preload axe fetches nothing by itself, which would pass for a request of the page.
PLAIN = {"preload": False, "resultTypes": ["violations"]}
CONTRAST = "color-contrast"
# What axe itself calls moderate or minor is told to nobody, and takes it half its time.
MILD = (
    "aria-allowed-role", "empty-heading", "empty-table-header", "form-field-multiple-labels",
    "heading-order", "image-redundant-alt", "landmark-banner-is-top-level",
    "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level",
    "landmark-main-is-top-level", "landmark-no-duplicate-banner",
    "landmark-no-duplicate-contentinfo", "landmark-no-duplicate-main", "landmark-one-main",
    "landmark-unique", "meta-viewport", "meta-viewport-large", "no-autoplay-audio",
    "page-has-heading-one", "presentation-role-conflict", "region", "scope-attr-valid",
    "server-side-image-map", "skip-link", "table-duplicate-name",
)
ALL_BUT_CONTRAST = PLAIN | {"rules": {rule: {"enabled": False} for rule in (CONTRAST, *MILD)}}
CONTRAST_ALONE = PLAIN | {"runOnly": [CONTRAST]}


def faults(page: Page, options: Mapping) -> list[str]:
    """The serious ones, each with where it is."""
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{found['id']} {found['help']} {[node['target'] for node in found['nodes'][:3]]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]

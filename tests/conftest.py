"""What the tests share: the built site and the browser that opens it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tools import browser as chromium
from tools.serve import server

REPOSITORY = Path(__file__).parents[1]
SITE = REPOSITORY / "_build" / "html"


def absent(message: str) -> None:
    """Fail on a build server, skip elsewhere."""
    (pytest.fail if chromium.required() else pytest.skip)(message)


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site."""
    if not (SITE / ".complete").is_file():
        absent("手册尚未生成，请先运行 make site")
    return SITE


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The address of the built site on this machine, without a closing slash."""
    with server(site, port=0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    path = chromium.find()
    if path is None:
        absent(chromium.HOW_TO_GET)
    with sync_playwright() as driver:
        # Chromium's own sandbox does not start for root, as in most containers.
        running = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()

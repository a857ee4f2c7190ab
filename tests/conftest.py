"""What the tests share: the built site, a server for it, and the browser that opens it."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, sync_playwright

from tools import browser as chromium
from tools import serve

REPOSITORY = Path(__file__).parents[1]
FLAGS = (
    "--no-sandbox",  # Chromium's own does not start for root, as in most containers
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def absent(message: str) -> NoReturn:
    """Fail on a build server, skip elsewhere."""
    if chromium.required():
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def _own_cache(shared_folder):
    """Definitions read by tests are kept apart from the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIXING_CACHE", str(shared_folder / "cache"))
        yield


@pytest.fixture(scope="session")
def sample_bank(shared_folder) -> Path:
    """The sample bank's data in all its forms, made once for all processes: read, never changed."""
    from filelock import FileLock

    from targets.branchdata.sample import write_sample
    from targets.catalog import load

    folder = shared_folder / "sample-bank"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            write_sample(folder, load())
    return folder


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site: the one that ZHIXING_SITE names, else what make site built."""
    named = os.environ.get("ZHIXING_SITE")
    folder = Path(named) if named else REPOSITORY / "_build" / "html"
    if not (folder / "index.html").is_file():
        absent(f"{folder} 里没有手册，请先运行 make site")
    return folder


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """The address of the site, served on this machine only, without a closing slash."""
    with serve.server(site, port=0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://{serve.HOST}:{running.server_port}"
        running.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    path = chromium.find()
    if path is None:
        absent(chromium.HOW_TO_GET)
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()

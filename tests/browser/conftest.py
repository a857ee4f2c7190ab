"""What the browser tests share: a page that keeps its requests and complaints."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

DESK = {"width": 1280, "height": 900}


class Visit:
    """A fresh page, what it asked for and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requested: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("requestfailed", self._miss)
        page.on("response", self._refuse)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

    def _miss(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # aborted: the visit went on to another page
            self.complaints.append(f"未取到 {request.url}：{request.failure}")

    def _refuse(self, response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def _listen(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, address: str, until: str = "load") -> Page:
        self.requested.clear()
        self.complaints.clear()
        self.page.goto(address, wait_until=until)
        # The first page only leads on to the home page.
        self.page.wait_for_function("document.readyState === 'complete' && !!document.title")
        return self.page


@pytest.fixture(scope="session")
def visiting(browser: Browser) -> Callable[..., AbstractContextManager[Visit]]:
    """Begins a visit in a window of the given size, on a desk unless told."""

    @contextmanager
    def begin(viewport: dict[str, int] = DESK) -> Iterator[Visit]:
        with browser.new_context(viewport=viewport, locale="zh-CN") as context:
            yield Visit(context.new_page())

    return begin


@pytest.fixture
def visit(visiting) -> Iterator[Visit]:
    with visiting() as begun:
        yield begun


@pytest.fixture(scope="session")
def page_shapes(site: Path) -> list[list[str]]:
    """Every page, by its shape, the smallest first.

    Records of one kind share a shape, and so do the chapters of one name under each document.
    """
    shapes: dict[object, list[Path]] = {}
    for path in sorted(site.rglob("*.html")):
        within = path.relative_to(site)
        if within.parts[0] not in ("_static", "_sources"):
            record = "records" in within.parts
            shape = path.parent if record else (path.parent.parent, path.name)
            shapes.setdefault(shape, []).append(path)
    return [
        [path.relative_to(site).as_posix() for path in sorted(of, key=lambda p: p.stat().st_size)]
        for of in shapes.values()
    ]


@pytest.fixture(scope="session")
def page_kinds(page_shapes: list[list[str]]) -> list[str]:
    """One page of each shape: the largest, which holds the most."""
    return [pages[-1] for pages in page_shapes]

"""Sphinx extension: Chinese full-text search that also works from ``file://``.

After each build the rendered pages are read section by section into one script of documents,
which the search page indexes in the browser. The same reading checks that the committed font
draws every character of the site. Sphinx's own index is switched off.

A page steers its entry by attributes in its HTML: ``data-search-keywords`` (more words to find a
section by), ``data-search-kind`` (a label shown with its results), class ``zx-nosearch`` (text
that is left out); the page field ``nosearch`` leaves a page out.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util import logging

from targets.publish.search.pages import ReadPage, read_pages

logger = logging.getLogger(__name__)

DOCUMENTS = "search-documents.js"
CACHE = "search-pages.json"
_BUILDERS = {"html", "dirhtml"}


class MissingGlyphs(SphinxError):
    """The site shows characters that its font cannot draw."""

    category = "字体缺字"


def documents_script(pages: list[ReadPage]) -> str:
    """The search documents as a script, because ``file://`` allows no fetch."""
    documents = {
        "pages": [[page.name, page.page.title, page.page.kind] for page in pages],
        "sections": [
            [number, section.anchor, section.title, section.text, section.keywords]
            for number, page in enumerate(pages)
            for section in page.page.sections
        ],
    }
    # JSON is a subset of JavaScript; only the end of a script element must not appear in it.
    text = json.dumps(documents, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f"window.ZHIXING_DOCUMENTS = {text};\n"


def _describe(pages: list[ReadPage]) -> str:
    lines = [
        f"  {page.name}：" + "、".join(f"{c}（U+{ord(c):04X}）" for c in page.missing)
        for page in pages
    ]
    return (
        f"{len(pages)} 个页面有字体画不出的字符，读者会看到空框：\n" + "\n".join(lines) + "\n"
        "改法：换成常用写法；确需此字时，把它加进 targets/publish/fonts/subset.py 的 SUPPLEMENT，"
        "再运行 python -m targets.publish.fonts.subset。"
    )


def _switch_off_own_search(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.builder.search = False


def _search_page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    if app.builder.name in _BUILDERS:
        yield "search", {"title": "搜索", "search_documents": DOCUMENTS}, "search.html"


def _write_documents(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name not in _BUILDERS:
        return
    root = Path(app.outdir)
    names = {
        Path(app.builder.get_outfilename(name)).relative_to(root).as_posix(): name
        for name in app.env.found_docs
    }
    pages = read_pages(root, names, Path(app.doctreedir) / CACHE)
    unable = [page for page in pages if page.missing]
    if unable:
        raise MissingGlyphs(_describe(unable))
    shown = [page for page in pages if "nosearch" not in app.env.metadata[names[page.name]]]
    script = documents_script(shown)
    target = root / DOCUMENTS
    if not target.exists() or target.read_text(encoding="utf-8") != script:
        target.write_text(script, encoding="utf-8")
    logger.info(
        "搜索：%d 页 %d 节，%.0f KB",
        len(shown),
        sum(len(page.page.sections) for page in shown),
        len(script.encode()) / 1024,
    )


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("builder-inited", _switch_off_own_search)
    app.connect("html-collect-pages", _search_page)
    app.connect("build-finished", _write_documents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

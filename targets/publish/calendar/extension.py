"""Sphinx extension: the script and the style where a page shows dates; dates and feeds beside."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

from targets.publish.calendar.files import write
from targets.publish.calendar.views import FILLED

logger = logging.getLogger(__name__)

KEPT = "calendar.json"
_BUILDERS = {"html", "dirhtml"}


def _load_script(app: Sphinx, pagename, templatename, context, doctree) -> None:
    shown = app.env.get_domain("zx").data["shown"].get(pagename, ())
    if any(key[0] in FILLED for key in shown):
        app.add_css_file("calendar.css")
        app.add_js_file("calendar.js", loading_method="defer")


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name not in _BUILDERS:
        return
    handbook = app.env.get_domain("zx").handbook
    changed = write(
        handbook, Path(app.outdir), Path(app.doctreedir) / KEPT, app.builder.get_target_uri
    )
    if changed:
        logger.info("报送日历：写出 %d 个文件", len(changed))


def setup(app: Sphinx) -> dict[str, object]:
    app.setup_extension("targets.publish.domain")
    app.connect("html-page-context", _load_script)
    app.connect("build-finished", _write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

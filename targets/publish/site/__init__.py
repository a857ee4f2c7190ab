"""Sphinx extension: all that makes a handbook look and work as it does, for every bank alike.

A site names this one extension in its `_config.yml`; themes, scripts, styles, fonts and settings
come from here, so a bank's own folder holds chapters and definitions alone. What `_config.yml`
says itself goes before what is said here.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml
from sphinx.application import Sphinx
from sphinx.config import Config

HERE = Path(__file__).parent
# Jupyter Book's own list would always load sphinx-thebe, which calls for scripts from outside.
EXTENSIONS = (
    "sphinx_togglebutton",
    "sphinx_copybutton",
    "myst_nb",
    "jupyter_book",
    "sphinx_comments",  # loads nothing; Jupyter Book always sets its option
    "sphinx_external_toc",
    "sphinx_design",
    "sphinx_book_theme",
    # each concern of ours is an extension of its own
    "targets.publish.records",  # brings the zx domain with it
    "targets.publish.calendar.extension",
    "targets.publish.notebooks",
    "targets.publish.search",
)
SETTINGS: Mapping[str, object] = {
    "templates_path": [str(HERE / "templates")],
    "html_static_path": [str(HERE / "static")],
    "html_extra_path": [str(HERE / "root")],  # the way in: index.html leads to book/index.html
    "html_css_files": ["zhixing.css", "records.css"],
    "html_favicon": str(HERE / "static" / "favicon.svg"),
    "html_last_updated_fmt": None,
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_sphinx": False,
    "html_use_index": False,
    "html_domain_indices": False,
    "html_sidebars": {
        "**": ["navbar-logo.html", "search-button-field.html", "sbt-sidebar-nav.html"],
    },
    "html_theme_options": {
        "search_bar_text": "搜索词语、数字、名称",
        "toc_title": "本页内容",
        "home_page_in_toc": True,
        "show_navbar_depth": 1,
        "max_navbar_depth": 3,
        "show_toc_level": 2,
        "navbar_persistent": [],
        "article_header_start": ["toggle-primary-sidebar.html"],
        "article_header_end": ["article-header-buttons.html"],
        "footer_content_items": ["site-footer.html"],
        "use_download_button": False,
        "use_fullscreen_button": False,
        "use_edit_page_button": False,
        "use_repository_button": False,
        "use_issues_button": False,
    },
    "html_context": {"default_mode": "light"},
    # everything a page loads comes from this site
    "mathjax_path": "vendor/mathjax-3.2.2-tex-svg.js",
    "mathjax3_config": {"options": {"enableMenu": False}},
    "nb_ipywidgets_js": {},
    "nb_code_prompt_show": "展开代码",
    "nb_code_prompt_hide": "收起代码",
    # the clipboard script knows zh-CN by itself; the toggle button does not
    "togglebutton_hint": "展开",
    "togglebutton_hint_hide": "收起",
    "copybutton_exclude": ".linenos, .gp",
    "numfig": False,
}


def _own_settings(folder: Path) -> dict:
    """What the site says for itself: Jupyter Book mixes it with its own defaults."""
    path = folder / "_config.yml"
    said = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return ((said or {}).get("sphinx") or {}).get("config") or {}


def _settle(app: Sphinx, config: Config) -> None:
    own = _own_settings(Path(app.confdir))
    for name, value in SETTINGS.items():
        if isinstance(value, dict):
            value = {**(getattr(config, name) or {}), **value, **(own.get(name) or {})}
        elif name in own:
            continue
        setattr(config, name, value)


def setup(app: Sphinx) -> dict[str, object]:
    for extension in EXTENSIONS:
        app.setup_extension(extension)
    app.connect("config-inited", _settle, priority=0)  # before anyone reads them
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Sphinx extension: notebooks are executed again when, and only when, what they use changes.

The execution cache keys a notebook by its code cells and its kernelspec. So a digest of all else
that it depends on (`uses`) goes into the kernelspec as the source is read, and a page whose digest
is not what it was is read again. The learner's copies of lessons are written before anything is
read, so that pages can offer them for download.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from targets.catalog import Catalog, default_cache, load
from targets.notebook.place import (
    DATA_VARIABLE,
    DEFINITIONS_VARIABLE,
    data_folder,
    definitions_folder,
)
from targets.problems import Problems

from . import uses
from .learner import LessonError, write_learner_copies

logger = logging.getLogger(__name__)

FOLDER = "notebooks"
STATE = "zhixing_notebooks"
"""attribute of the environment: docname -> digest of what the page was made from"""


def _prepare(app: Sphinx) -> None:
    # Kernels inherit the environment: what pages show and what notebooks compute is the same.
    for variable, option in ((DEFINITIONS_VARIABLE, "zx_definitions"), (DATA_VARIABLE, "zx_data")):
        named = getattr(app.config, option, "")
        if named and (Path(app.confdir) / named).exists():
            os.environ[variable] = str(Path(app.confdir) / named)
    notebooks = Path(app.srcdir) / FOLDER
    try:
        write_learner_copies(notebooks, notebooks / "learner")
    except LessonError as error:
        raise ExtensionError(str(error)) from None


def _catalog(app: Sphinx) -> Catalog:
    if "zx" in app.env.domains:
        return app.env.get_domain("zx").handbook.catalog
    try:
        return load(definitions_folder(), cache=default_cache(definitions_folder()))
    except Problems as problems:
        raise ExtensionError(f"定义有错，笔记本没有执行：\n{problems}") from None


def _notebooks(env: BuildEnvironment) -> Iterator[tuple[str, Path]]:
    for docname in sorted(env.found_docs):
        path = Path(env.doc2path(docname))
        if path.suffix == ".ipynb":
            yield docname, path


def _outdated(app: Sphinx, env: BuildEnvironment, added, changed, removed) -> list[str]:
    """Notebooks whose digest is not what it was; the digests serve `_read` as well."""
    app.zhixing_digests = {}
    found = list(_notebooks(env))
    if not found:
        return []
    catalog = _catalog(app)
    try:
        data = data_folder(Path(app.srcdir))
    except Problems:
        data = None  # the notebooks themselves will say how to get it
    for docname, path in found:
        try:
            declared = uses.declared(json.loads(path.read_text(encoding="utf-8")))
        except ValueError:
            continue  # no JSON: the parser reports it
        for pattern, ids in uses.matching(catalog, declared.definitions).items():
            if not ids:
                logger.warning(
                    "笔记本说它用到 %s，定义里没有这样的编号", pattern, location=docname,
                    type="zhixing", subtype="uses",
                )
        app.zhixing_digests[docname] = uses.digest(declared, catalog, data)
    known = getattr(env, STATE, {})
    return [d for d, digest in app.zhixing_digests.items() if known.get(d) != digest]


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the digest where the execution cache looks, and say which records the page uses."""
    digest = app.zhixing_digests.get(docname)
    if digest is None:
        return
    notebook = json.loads(source[0])
    notebook.setdefault("metadata", {}).setdefault("kernelspec", {})["zhixing_digest"] = digest
    source[0] = json.dumps(notebook, ensure_ascii=False)
    if not hasattr(app.env, STATE):
        setattr(app.env, STATE, {})
    getattr(app.env, STATE)[docname] = digest
    if "zx" in app.env.domains:
        domain = app.env.get_domain("zx")
        named = uses.matching(domain.handbook.catalog, uses.declared(notebook).definitions)
        for record_id in dict.fromkeys(i for ids in named.values() for i in ids):
            domain.note(docname, ("link", record_id), [record_id])


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    getattr(env, STATE, {}).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames, other: BuildEnvironment) -> None:
    if not hasattr(env, STATE):
        setattr(env, STATE, {})
    theirs = getattr(other, STATE, {})
    getattr(env, STATE).update({d: theirs[d] for d in docnames if d in theirs})


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("builder-inited", _prepare)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _read)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

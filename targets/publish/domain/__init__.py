"""Sphinx domain ``zx``: pages show definitions and findings, and never repeat them.

A role for every kind of record links to its page (``{zx:target}`id```), ``{zx:value}`id``` prints
the number in force, ``{zx:cite}`id``` cites a clause; a directive for every kind shows the record
in place, and others show tables, scoreboards and the map of a strategy.

Each page remembers the digest of every view that it shows. Before reading, the views are rendered
anew and the pages whose digest differs are read again, those and no others; pages that a record
lists as mentioning it are written again when that list changes.
"""

import atexit
import gc
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.roles import XRefRole
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.osutil import relative_uri

from targets.catalog import DEFAULT_FOLDER, load
from targets.catalog.references import kind_of
from targets.problems import Problems, did_you_mean
from targets.publish.calendar.paths import feed_of
from targets.publish.domain import collections, compare, past
from targets.publish.domain.fresh import Fresh
from targets.publish.domain.handbook import FEED, RECORDS, Handbook, Key, fill, page_of
from targets.publish.results import load_results
from targets.schema.kinds import KINDS

logger = logging.getLogger(__name__)


class view_node(nodes.General, nodes.Element):
    """A view of the handbook, rendered when its page is written."""


# --- what a page shows


class Shows:
    """For roles and directives: note what the page shows, complain of what there is not."""

    env: BuildEnvironment

    @property
    def zx(self) -> "ZhixingDomain":
        return self.env.get_domain("zx")

    def known(self, record_id: str, kind: str | None = None) -> bool:
        """Whether there is such a record; a warning with a hint when there is not."""
        records = self.zx.handbook.catalog.records
        record = records.get(record_id)
        if record is not None and kind in (None, record.kind):
            return True
        # The page must be looked at again once there is one.
        self.zx.note(self.env.docname, ("link", record_id))
        if record is not None:
            self.complain(
                f"{record_id} 是{record.title_zh}，这里要的是{KINDS[kind].title_zh}；"
                f"改用 zx:{record.kind}"
            )
            return False
        pool = [i for i in records if kind is None or kind_of(i) == kind]
        hint = self.zx.handbook.catalog.hint(record_id, pool)
        hint = hint or "用 python -m targets check 查看现有编号"
        what = KINDS[kind].title_zh if kind else "记录"
        self.complain(f"没有编号为 {record_id} 的{what}。{hint}")
        return False

    def a_document(self, document: str) -> bool:
        known = self.zx.handbook.catalog.documents
        if document in known:
            return True
        self.zx.note(self.env.docname, ("documents",))
        hint = did_you_mean(document, known) or f"现有：{'、'.join(known)}"
        self.complain(f"没有编号以 {document} 开头的文件。{hint}")
        return False

    def a_kind(self, kind: str) -> bool:
        if kind in KINDS:
            return True
        hint = did_you_mean(kind, KINDS) or f"可用：{'、'.join(KINDS)}"
        self.complain(f"没有 {kind} 这个类别。{hint}")
        return False

    def complain(self, message: str) -> None:
        logger.warning(message, location=self.get_location(), type="zx", subtype="ref")

    def show(self, view: str, *args: str, mentions: Iterable[str] = ()) -> view_node:
        self.zx.note(self.env.docname, (view, *args), mentions)
        return view_node(key=(view, *args))


class RecordRole(Shows, XRefRole):
    """Links to a record by its Chinese name; `显示文字 <id>` gives another text."""

    def run(self):
        if not self.known(self.target, self.name.split(":")[-1]):
            return [nodes.literal(self.rawtext, self.title)], []
        self.zx.note(self.env.docname, ("link", self.target), [self.target])
        return super().run()


class CiteRole(Shows, SphinxRole):
    """How people cite a clause."""

    def run(self):
        clause = self.text.strip()
        if not self.known(clause, "clause"):
            return [nodes.literal(self.rawtext, clause)], []
        return [self.show("citation", clause, mentions=[clause])], []


class ValueRole(Shows, SphinxRole):
    """The number of a target that is in force, with its unit."""

    def run(self):
        target = self.text.strip()
        if not self.known(target, "target"):
            return [nodes.literal(self.rawtext, target)], []
        if not self.zx.handbook.value(target):
            self.complain(f"目标 {target} 没有数值，不能用 zx:value；改用 zx:target")
        return [self.show("value", target, mentions=[target])], []


class CountRole(Shows, SphinxRole):
    """How many records of a kind there are: `target`, or `target sijin`."""

    def run(self):
        kind, _, document = self.text.strip().partition(" ")
        if not self.a_kind(kind):
            return [nodes.literal(self.rawtext, kind)], []
        return [self.show("count", kind, document.strip())], []


class RecordDirective(Shows, SphinxDirective):
    """Shows records in place, one id a word."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        kind = self.name.split(":")[-1]
        return [
            self.show("card", record, mentions=[record])
            for record in self.arguments[0].split()
            if self.known(record, kind)
        ]


class PanelDirective(Shows, SphinxDirective):
    """One part of a record's page."""

    required_arguments = 2

    def run(self):
        view, record = self.arguments
        return [self.show(view, record)] if self.known(record) else []


def _one_of(allowed: Iterable[str]):
    return lambda text: directives.choice(text, tuple(allowed))


class ListDirective(Shows, SphinxDirective):
    """Records of a kind as a table, as cards, in full or as names."""

    required_arguments = 1
    option_spec: ClassVar = {
        "document": directives.unchanged,
        "filter": directives.unchanged_required,
        "layout": _one_of(collections.LAYOUTS),
    }

    def run(self):
        kind = self.arguments[0]
        if not self.a_kind(kind):
            return []
        document = self.options.get("document", "")
        if document and not self.a_document(document):
            return []
        args = (kind, document, self.options.get("filter", ""))
        try:
            mentions = collections.mentions(self.zx.handbook, "list", args)
        except collections.BadOption as error:
            self.complain(str(error))
            return []
        return [self.show("list", *args, self.options.get("layout", "table"), mentions=mentions)]


class ScoreboardDirective(Shows, SphinxDirective):
    """Units of a level by targets, with status words."""

    option_spec: ClassVar = {
        "document": directives.unchanged,
        "level": _one_of(("bank", "province", "branch", "sub_branch", "outlet", "site")),
        "all": directives.flag,
    }

    def run(self):
        document = self.options.get("document", "")
        if document and not self.a_document(document):
            return []
        everything = "all" if "all" in self.options else ""
        args = (document, self.options.get("level", "branch"), everything)
        mentions = collections.mentions(self.zx.handbook, "scoreboard", args)
        return [self.show("scoreboard", *args, mentions=mentions)]


class DocumentDirective(Shows, SphinxDirective):
    """A view of one document: its strategy, its outline, its tally."""

    required_arguments = 1

    def run(self):
        view, document = self.name.split(":")[-1], self.arguments[0]
        if not self.a_document(document):
            return []
        mentions = collections.mentions(self.zx.handbook, view, (document,))
        return [self.show(view, document, mentions=mentions)]


class PlainDirective(Shows, SphinxDirective):
    """A view without arguments."""

    def run(self):
        return [self.show(self.name.split(":")[-1])]


class ComingDirective(Shows, SphinxDirective):
    """What is due next in the whole bank; with `pick` the reader can choose a unit."""

    option_spec: ClassVar = {"pick": directives.flag}

    def run(self):
        return [self.show("coming", "unit" if "pick" in self.options else "")]


class ReleasesDirective(Shows, SphinxDirective):
    """What changed since the last release, then release by release, each in its section."""

    def run(self):
        self.zx.note(self.env.docname, ("release_list",))
        out = [_section(self, "unreleased", "还没有发布的改动", self.show("unreleased"))]
        for release in past.releases(self.zx.handbook.catalog):
            path, digest = past.kept_digest(self.zx.handbook, release)
            if path.exists():
                self.env.note_dependency(str(path))
            view = self.show("release_changes", release.id, digest)
            out.append(_section(self, release.id, f"{release.number}　{release.name}", view))
        return out


class IndexDirective(Shows, SphinxDirective):
    """All records of a kind: the page of a kind."""

    required_arguments = 1

    def run(self):
        return [self.show("index", self.arguments[0])] if self.a_kind(self.arguments[0]) else []


class SectionsDirective(Shows, SphinxDirective):
    """Records of a kind in sections: by what parts the kind, or by document where none is named.

    Only parts that hold a record get a section, so that no page shows an empty heading.
    """

    required_arguments = 1
    option_spec: ClassVar = {
        "document": directives.unchanged,
        "filter": directives.unchanged_required,
        "layout": _one_of(collections.LAYOUTS),
    }

    def run(self):
        kind = self.arguments[0]
        if not self.a_kind(kind):
            return []
        document = self.options.get("document", "")
        if document and not self.a_document(document):
            return []
        if document and kind not in compare.PARTS:
            self.complain(f"{KINDS[kind].title_zh}不分节；可用：{'、'.join(compare.PARTS)}")
            return []
        filters, layout = self.options.get("filter", ""), self.options.get("layout", "table")
        self.zx.note(self.env.docname, ("parts", kind, document))
        out = []
        for code, title in compare.parts(self.zx.handbook, kind, document):
            if document:
                args = (kind, document, f"{filters} part={code}".strip())
            else:
                args = (kind, code, filters)
            try:
                mentions = collections.mentions(self.zx.handbook, "list", args)
            except collections.BadOption as error:
                self.complain(str(error))
                return []
            if mentions:
                view = self.show("list", *args, layout, mentions=mentions)
                out.append(_section(self, f"{kind} {code} {filters}", title, view))
        return out


class ByDocumentDirective(Shows, SphinxDirective):
    """A view of each document in a section of its own."""

    def run(self):
        view = self.name.split(":")[-1]
        self.zx.note(self.env.docname, ("documents",))
        return [
            _section(self, f"{view}-{prefix}", document.short_name, self.show(view, prefix))
            for prefix, document in self.zx.handbook.catalog.documents.items()
        ]


def _section(directive: SphinxDirective, anchor: str, title: str, view: nodes.Node):
    # an id of its own, since the filters of two lists on a page differ; and no name, since the
    # same section stands in the chapter of every document
    section = nodes.section(ids=[nodes.make_id(anchor)])
    section += nodes.title(text=title)
    section += view
    directive.state.document.set_id(section)
    return section


class SkeletonDirective(Shows, SphinxDirective):
    """Frameworks and provisions drawn as rows of named tiles, under an aim if one is given."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"aim": directives.unchanged_required}

    def run(self):
        aim = self.options.get("aim", "")
        tops = self.arguments[0].split()
        if not all([self.known(i) for i in (*tops, *([aim] if aim else ()))]):
            return []
        args = (aim, *tops)
        mentions = collections.mentions(self.zx.handbook, "skeleton", args)
        return [self.show("skeleton", *args, mentions=mentions)]


class ChosenDirective(Shows, SphinxDirective):
    """A view of one word out of a closed list."""

    required_arguments = 1
    allowed: ClassVar = {
        "coverage": tuple(compare.TOPICS),
        "homonyms": ("across", "within", "confused"),
    }

    def run(self):
        view, word = self.name.split(":")[-1], self.arguments[0]
        if word not in self.allowed[view]:
            known = self.allowed[view]
            hint = did_you_mean(word, known) or f"可用：{'、'.join(known)}"
            self.complain(f"{view} 没有 {word} 这一项。{hint}")
            return []
        return [self.show(view, word)]


class RoleGroupDirective(Shows, SphinxDirective):
    """A notion of a role over all documents: the head of its page."""

    required_arguments = 1

    def run(self):
        slug = self.arguments[0]
        group = self.zx.handbook.group_by_slug.get(slug)
        if group is None:
            self.complain(f"没有 {slug} 这个岗位汇总")
            return []
        return [self.show(self.name.split(":")[-1].replace("rolegroup", "role_group"), slug)]


class LabelsDirective(Shows, SphinxDirective):
    """A closed list of the vocabulary with its Chinese words."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0].lower()
        if name not in collections.LABELS:
            hint = did_you_mean(name, collections.LABELS)
            self.complain(f"没有 {name} 这张词表。{hint or '、'.join(collections.LABELS)}")
            return []
        return [self.show("labels", name)]


class ExamplesDirective(Shows, SphinxDirective):
    """Worked examples out of a file beside the page, each judged as the page is made."""

    required_arguments = 2
    final_argument_whitespace = True

    def run(self):
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        try:
            known = collections.examples_of(path)
        except (OSError, ValueError, Problems) as error:
            self.complain(f"例题读不了：{error}")
            return []
        out = []
        for key in self.arguments[1].split():
            if key in known:
                out.append(self.show("example", path, key, collections.digest_of(path)))
            else:
                hint = did_you_mean(key, known) or f"可用：{'、'.join(known)}"
                self.complain(f"没有例题 {key}。{hint}")
        return out


# --- the domain


class ZhixingDomain(Domain):
    name = "zx"
    label = "知行"
    object_types: ClassVar = {kind: ObjType(model.title_zh, kind) for kind, model in KINDS.items()}
    roles: ClassVar = {
        **{kind: RecordRole() for kind in KINDS},
        "cite": CiteRole(),
        "value": ValueRole(),
        "count": CountRole(),
    }
    directives: ClassVar = {
        **{kind: RecordDirective for kind in KINDS},
        "panel": PanelDirective,
        "list": ListDirective,
        "scoreboard": ScoreboardDirective,
        "strategy": DocumentDirective,
        "outline": DocumentDirective,
        "tally": DocumentDirective,
        "bulletins": DocumentDirective,
        "brief": DocumentDirective,
        "sections": SectionsDirective,
        "skeleton": SkeletonDirective,
        "coverage": ChosenDirective,
        "homonyms": ChosenDirective,
        "waiting": ByDocumentDirective,
        "rolegroup": RoleGroupDirective,
        "role_list": PlainDirective,
        "metric_families": PlainDirective,
        "shelf": PlainDirective,
        "desk": PlainDirective,
        "dated": PlainDirective,
        "undated": PlainDirective,
        "feeds": PlainDirective,
        "chase": PlainDirective,
        "load": PlainDirective,
        "coming": ComingDirective,
        "role_group_dates": RoleGroupDirective,
        "asof": PlainDirective,
        "suspects": PlainDirective,
        "due_questions": PlainDirective,
        "kinds": PlainDirective,
        "statuses": PlainDirective,
        "labels": LabelsDirective,
        "examples": ExamplesDirective,
        "index": IndexDirective,
        "releases": ReleasesDirective,
    }
    data_version = 1
    # shown: docname -> view -> digest; mentions: docname -> ids;
    # listed: id -> what its page last said of the pages that mention it
    initial_data: ClassVar = {"shown": {}, "mentions": {}, "listed": {}}

    handbook: Handbook
    mentioning: dict[str, list[str]]
    """id -> chapters and notebooks that mention it"""
    sidebars: dict
    """navigation made once for all record pages of a folder"""

    def note(self, docname: str, key: Key, mentions: Iterable[str] = ()) -> None:
        shown = self.data["shown"].setdefault(docname, {})
        shown[key] = self.handbook.digest(key)
        self.data["mentions"].setdefault(docname, {}).update(dict.fromkeys(mentions))

    def clear_doc(self, docname: str) -> None:
        self.data["shown"].pop(docname, None)
        self.data["mentions"].pop(docname, None)

    def merge_domaindata(self, docnames: list[str], otherdata: dict) -> None:
        for name in ("shown", "mentions"):
            for docname in docnames:
                if docname in otherdata[name]:
                    self.data[name][docname] = otherdata[name][docname]

    def resolve_xref(self, env, fromdocname, builder, typ, target, node, contnode):
        if target not in self.handbook.catalog.records:
            return None
        text = contnode.astext() if node["refexplicit"] else None
        html = str(self.handbook.ref(target, text=text))
        return _filled(self, html, fromdocname, builder, text or self.handbook.name(target))

    def resolve_any_xref(self, env, fromdocname, builder, target, node, contnode):
        return []

    def get_objects(self) -> Iterator[tuple]:
        for record in self.handbook.catalog.records.values():
            yield (record.id, record.name, record.kind, page_of(record.id), "", 1)

    # --- incremental builds

    def outdated(self) -> list[str]:
        """Pages that show something else now than when they were read."""
        return [
            docname
            for docname, shown in self.data["shown"].items()
            if any(self.handbook.digest(key) != digest for key, digest in shown.items())
        ]

    def pages_by_record(self) -> dict[str, list[str]]:
        """Id -> chapters and notebooks that mention it, record pages aside."""
        out: dict[str, list[str]] = {}
        for docname in sorted(self.data["mentions"]):
            if not docname.startswith(f"{RECORDS}/"):
                for record_id in self.data["mentions"][docname]:
                    out.setdefault(record_id, []).append(docname)
        return out

    def relisted(self) -> list[str]:
        """Record pages whose list of mentioning pages is not what it was."""
        titles = self.env.titles
        now = {
            record_id: [(d, titles[d].astext()) for d in docnames if d in titles]
            for record_id, docnames in self.pages_by_record().items()
        }
        before, self.data["listed"] = self.data["listed"], now
        changed = {i for i in {*before, *now} if before.get(i) != now.get(i)}
        return [page_of(i) for i in changed if page_of(i) in self.env.found_docs]


def _filled(domain: ZhixingDomain, html: str, docname: str, builder, text: str) -> nodes.Node:
    """The HTML of a view for a page; other builders get plain words."""
    if builder.format != "html":
        return nodes.Text(text)

    def uri(name: str) -> str:
        if name.startswith(FEED):
            here = builder.get_target_uri(docname)
            return relative_uri(here, feed_of(name.removeprefix(FEED)))
        return builder.get_relative_uri(docname, page_of(name))

    def pages(record_id: str) -> str:
        mentioned = domain.mentioning.get(record_id, ())
        return domain.handbook.template(
            "collections/pages.html",
            pages=[
                {
                    "uri": builder.get_relative_uri(docname, d),
                    "title": domain.env.titles[d].astext(),
                    "notebook": str(domain.env.doc2path(d)).endswith(".ipynb"),
                }
                for d in mentioned
                if d in domain.env.titles
            ],
        )

    return nodes.raw("", fill(html, uri, pages), format="html")


class FillViews(SphinxPostTransform):
    """Puts the HTML of a view where a page shows it, with links as seen from that page."""

    default_priority = 20

    def run(self, **kwargs) -> None:
        domain = self.env.get_domain("zx")
        for node in list(self.document.findall(view_node)):
            html = domain.handbook.render(*node["key"])
            node.replace_self(
                _filled(domain, html, self.env.docname, self.app.builder, " ".join(node["key"]))
            )


# --- events


def _leave_to_the_system() -> None:
    """The interpreter need not look through all that a build loaded once more as it ends.

    The engine, where it was at work, would complain that its objects are left.
    """
    if "duckdb" not in sys.modules:
        gc.freeze()


def _load(app: Sphinx) -> None:
    root = Path(app.confdir)
    folder = root / app.config.zx_definitions if app.config.zx_definitions else DEFAULT_FOLDER
    try:
        catalog = load(folder, cache=Path(app.doctreedir) / "catalog.pickle")
        data = root / app.config.zx_data if app.config.zx_data else None
        results = load_results(catalog, data, Path(app.doctreedir) / "findings.pickle")
        sources = root / app.config.zx_sources if app.config.zx_sources else None
        fresh = Fresh.of(catalog, sources, Path(app.doctreedir) / "catalog.pickle")
    except Problems as problems:
        raise ExtensionError(f"定义或数据有错，手册没有生成：\n{problems}") from None
    if data is not None and not results.findings:
        logger.info("没有数据（%s），手册只显示定义", app.config.zx_data)
    source = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else folder.name
    domain = app.env.get_domain("zx")
    domain.sidebars = {}
    domain.handbook = Handbook(
        catalog, results, cache=Path(app.doctreedir), source=f"{source}/",
        past=past.Past(folder, Path(app.doctreedir) / "history.pickle"), fresh=fresh,
    )


def _outdated(app: Sphinx, env: BuildEnvironment, added, changed, removed) -> list[str]:
    return [d for d in env.get_domain("zx").outdated() if d in env.found_docs]


def _relisted(app: Sphinx, env: BuildEnvironment) -> list[str]:
    domain = env.get_domain("zx")
    domain.mentioning = domain.pages_by_record()
    return domain.relisted()


def _save(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        app.env.get_domain("zx").handbook.views.save()


def setup(app: Sphinx) -> dict[str, object]:
    # A build makes a million objects that live to its end: looking through them over and over for
    # rubbish costs a tenth of its time.
    gc.set_threshold(100_000, 50, 100)
    atexit.register(_leave_to_the_system)
    app.add_config_value("zx_definitions", "", "env", [str])
    app.add_config_value("zx_data", "data/sample", "", [str])
    # where source import keeps the bank's originals; empty: the site shows none
    app.add_config_value("zx_sources", "", "env", [str])
    app.add_node(view_node)
    app.add_domain(ZhixingDomain)
    app.add_post_transform(FillViews)
    app.add_js_file("records.js", loading_method="defer")
    # Pages of records are written from the catalogue by a later listener.
    app.connect("builder-inited", _load, priority=100)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-updated", _relisted)
    app.connect("build-finished", _save)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Sphinx extension: a page for every record, written before reading, out of the contents.

The pages are sources like any other, but made: each names its record and lists the panels that
have something to say, and the ``zx`` domain fills them. A page is written only when its text
changes, and removed with its record.
"""

from pathlib import Path

from sphinx.application import Sphinx

from targets.catalog.lifecycle import UNPUBLISHED
from targets.publish.domain.groups import RoleGroup
from targets.publish.domain.handbook import RECORDS, ROLE_GROUP, Handbook, page_of
from targets.schema.base import Record
from targets.schema.kinds import KINDS
from targets.schema.lifecycle import Redirect

# Panels in reading order. A panel that renders to nothing gets no heading and no place.
PANELS: tuple[tuple[str, str | dict[str, str]], ...] = (
    ("values", {"target": "数值"}),
    ("dates", {"duty": "到期日", "role": "未来 30 天", "unit_group": "未来 30 天",
               "unit": "未来 30 天"}),
    ("handed_in", {"duty": "交了没有", "unit": "交了没有"}),
    ("standing", {"target": "各机构现状", "rule": "各机构现状", "unit": "现在做得怎样"}),
    ("shares", {"allocation": "各家份额和完成情况"}),
    ("scores", {"scorecard": "各机构得分", "unit": "考核得分"}),
    ("card", {"unit": "机构资料"}),
    ("findings", {"assumption": "受它影响的判定", "metric": "用它判定的目标"}),
    ("original", {"clause": "原文"}),
    ("records", {"clause": "这一条说了什么", "provision": "同一条款的记录"}),
    ("tree", {"clause": "在文件中的位置", "document": "条款", "provision": "下一级举措",
              "unit": "下级机构"}),
    ("asks", {"role": "对它的要求"}),
    ("doubts", "出处与疑点"),
    ("notes", "编者说明"),
    ("history", {"target": "沿革"}),
    ("used", "谁用到它"),
    ("source", "定义所在"),
)  # fmt: skip

_MARKDOWN = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>{}$#|"})


def record_page(handbook: Handbook, record: Record) -> str:
    lines = [
        "---",
        "orphan: true",
        "---",
        "",
        f"# {handbook.title(record).translate(_MARKDOWN)}",
        "",
        f"```{{zx:panel}} head {record.id}\n```",
    ]
    if record.kind != "unit":
        lines += ["", f"```{{zx:panel}} card {record.id}\n```"]
    for panel, heading in PANELS:
        title = heading if isinstance(heading, str) else heading.get(record.kind)
        if title and handbook.digest((panel, record.id)):
            lines += ["", f"## {title}", "", f"```{{zx:panel}} {panel} {record.id}\n```"]
    return "\n".join(lines) + "\n"


def kind_page(kind: str) -> str:
    title = KINDS[kind].title_zh
    # its chapters and records are found already: a search need not find the list as well
    front = "---\norphan: true\nnosearch: true\n---\n"
    return f"{front}\n# {title}一览\n\n```{{zx:index}} {kind}\n```\n"


def role_group_page(handbook: Handbook, group: RoleGroup) -> str:
    """All that any document asks of a role, document by document."""
    lines = [
        "---", "orphan: true", "---", "",
        f"# {group.name.translate(_MARKDOWN)}：各文件的要求", "",
        f"```{{zx:rolegroup}} {group.slug}\n```",
    ]  # fmt: skip
    if handbook.digest(("role_group_dates", group.slug)):
        lines += ["", "## 未来 30 天", "", f"```{{zx:role_group_dates}} {group.slug}\n```"]
    for role in group.roles:
        document = handbook.catalog.document_of(role)
        name = document.short_name if document else "本行"
        lines += ["", f"## {name.translate(_MARKDOWN)}", ""]
        if handbook.digest(("asks", role.id)):
            lines.append(f"```{{zx:panel}} asks {role.id}\n```")
        else:
            lines.append("这份文件只提到它，没有对它提出具体要求。")
    return "\n".join(lines) + "\n"


def former_page(redirect: Redirect) -> str:
    """Where a record used to be: what became of it, and where it is now."""
    # its successor is found by the former id as well
    hidden = ["nosearch: true"] if redirect.to else []
    return "\n".join((
        "---", "orphan: true", *hidden, "---", "",
        f"# {redirect.name.translate(_MARKDOWN)}（旧编号）", "",
        f"```{{zx:panel}} former {redirect.id}\n```", "",
    ))  # fmt: skip


def pages(handbook: Handbook) -> dict[str, str]:
    """Docname -> source of every page of records."""
    shown = [r for r in handbook.catalog.records.values() if r.kind not in UNPUBLISHED]
    out = {page_of(r.id): record_page(handbook, r) for r in shown}
    out |= {page_of(i): former_page(r) for i, r in handbook.catalog.redirects.items()}
    kinds = {r.kind for r in shown}
    shared = [g for g in handbook.role_groups if len(g.roles) > 1]
    out |= {page_of(f"{ROLE_GROUP}.{g.slug}"): role_group_page(handbook, g) for g in shared}
    return out | {page_of(kind): kind_page(kind) for kind in KINDS if kind in kinds}


def write_pages(root: Path, wanted: dict[str, str]) -> None:
    """Make the folder of records hold these pages and no others; touch only what differs."""
    for docname, text in wanted.items():
        path = root / f"{docname}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    kept = {root / f"{docname}.md" for docname in wanted}
    for path in (root / RECORDS).rglob("*.md"):
        if path not in kept:
            path.unlink()


def _write(app: Sphinx) -> None:
    write_pages(Path(app.srcdir), pages(app.env.get_domain("zx").handbook))


def _share_sidebar(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Record pages stand in no table of contents, so they have one sidebar.

    The theme would make it anew for each, twice, which takes longer than all the rest of the page.
    The template of the sidebar asks for it through `shared_sidebar`, since the theme hands its own
    function out only after the listeners that come first and uses it before those that come last.
    """
    kept = app.env.get_domain("zx").sidebars
    depth = pagename.count("/")  # from the same depth the same links lead to the same pages

    def shared(make, **options):
        if not pagename.startswith(f"{RECORDS}/"):
            return make(**options)
        key = (depth, tuple(sorted(options.items())))
        if key not in kept:
            kept[key] = str(make(**options))
        return kept[key]

    context["shared_sidebar"] = shared


def setup(app: Sphinx) -> dict[str, object]:
    app.setup_extension("targets.publish.domain")
    app.connect("builder-inited", _write, priority=200)
    app.connect("html-page-context", _share_sidebar, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

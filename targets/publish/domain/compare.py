"""Views that set documents side by side: what each asks, names, covers and leaves open."""

from collections.abc import Iterator

from targets import wording
from targets.publish.domain import groups
from targets.publish.domain.coverage import RECURRENCES, Coverage, Standard, standard
from targets.schema.duties import Duty
from targets.schema.kinds import KINDS
from targets.schema.rules import RuleBody
from targets.schema.source import DefectKind, Framework, Membership, Provision, ProvisionCategory
from targets.schema.targets import Affects

# --- records of a kind, part by part

_RULE_KINDS = {
    model.model_fields["kind"].annotation.__args__[0]: wording.RULE_KINDS[model]
    for model in RuleBody.__args__[0].__args__
}

# kind -> (what parts it, codes in reading order with their words)
PARTS: dict[str, tuple] = {
    "provision": (lambda r: r.category.value, {c.value: c.label for c in ProvisionCategory}),
    "target": (lambda r: standard(r).value, {s.value: s.label for s in Standard}),
    "duty": (lambda r: r.recurrence.kind, RECURRENCES),
    "rule": (lambda r: r.body.kind, _RULE_KINDS),
    "defect": (lambda r: r.defect.value, {d.value: d.label for d in DefectKind}),
    "assumption": (lambda r: r.affects.value, {a.value: "影响" + a.label for a in Affects}),
}


def parts(handbook, kind: str, document: str) -> list[tuple[str, str]]:
    """(code, title) of the parts that hold a record; by document where none is named."""
    records = handbook.catalog.all(KINDS[kind])
    if not document:
        owners = {r.owner for r in records}
        return [(o, d.short_name) for o, d in handbook.catalog.documents.items() if o in owners]
    part_of, labels = PARTS[kind]
    found = {part_of(r) for r in records if r.owner == document}
    return [(code, label) for code, label in labels.items() if code in found]


def parts_line(handbook, kind: str, document: str) -> str:
    """Only a digest of which parts there are: shown nowhere."""
    return str(parts(handbook, kind, document))


# --- frameworks drawn


def skeleton(handbook, aim: str, *tops: str) -> str:
    """Rows of named things: a framework's own members, or one row for each that has members."""
    rows = [row for top in tops for row in _rows(handbook, handbook.catalog.get(top))]
    return handbook.template(
        "collections/skeleton.html",
        aim=handbook.catalog.get(aim) if aim else None,
        rows=rows,
        LISTED=Membership.LISTED,
    )


def _rows(handbook, record) -> Iterator[dict]:
    inner = [handbook.catalog.get(m.ref) for m in getattr(record, "members", ()) if m.ref]
    branches = [r for r in inner if _tiles(handbook, r)]
    if branches:
        for member, child in zip(
            (m for m in record.members if m.ref), inner, strict=True
        ):
            tiles = _tiles(handbook, child)
            yield _row(child, tiles or [_tile(child, member.detail)], member.name, member.detail)
    else:
        yield _row(record, _tiles(handbook, record), record.name, "")


def _row(record, tiles: list[dict], name: str, detail: str | None) -> dict:
    count = getattr(record, "stated_count", None) or len(tiles)
    return {"record": record, "tiles": tiles, "name": name, "detail": detail, "count": count}


def _tile(record, detail) -> dict:
    return {"id": record.id, "name": detail or record.name, "detail": ""}


def _tiles(handbook, record) -> list[dict]:
    if isinstance(record, Framework):
        return [
            {"id": m.ref or record.id, "name": m.name, "detail": m.detail or ""}
            for m in record.members
        ]
    if isinstance(record, Provision):
        return [
            {"id": p.id, "name": p.name, "detail": ""} for p in handbook.parts_of(record)
        ]
    return []


def skeleton_names(handbook, tops: tuple[str, ...]) -> list[str]:
    out = []
    for top in tops:
        for row in _rows(handbook, handbook.catalog.get(top)):
            out += [row["record"].id, *(t["id"] for t in row["tiles"])]
    return [top for top in tops if top] + out


# --- duties that a source classes by category and frequency


def bulletins(handbook, document: str) -> str:
    found = [d for d in handbook.catalog.all(Duty) if d.owner == document and d.category]
    frequencies = list(dict.fromkeys(d.printed_frequency or "—" for d in found))
    frequencies.sort(key=lambda f: -sum((d.printed_frequency or "—") == f for d in found))
    categories: dict[str, dict[str, list[Duty]]] = {}
    for duty in found:
        row = categories.setdefault(duty.category, {})
        row.setdefault(duty.printed_frequency or "—", []).append(duty)
    return handbook.template(
        "collections/bulletins.html",
        frequencies=frequencies,
        categories=categories,
        duties=found,
    )


# --- documents side by side


def _coverages(handbook) -> list[Coverage]:
    return [Coverage(handbook, prefix) for prefix in handbook.catalog.documents]


def shelf(handbook) -> str:
    rows = []
    for coverage in _coverages(handbook):
        found = [
            f
            for t in coverage.targets
            for f in handbook.results.by_target.get(t.id, ())
            if f.subject.level == "bank"
        ]
        rows.append((handbook.catalog.documents[coverage.document], coverage, found))
    return handbook.template("collections/shelf.html", rows=rows)


def brief(handbook, document: str) -> str:
    """One document in figures."""
    return handbook.template(
        "collections/brief.html",
        document=handbook.catalog.documents[document],
        c=Coverage(handbook, document),
        recurrences=RECURRENCES,
        standards=list(Standard),
    )


# topic -> rows: (heading, what is counted)
TOPICS: dict[str, tuple] = {
    "clauses": (
        ("条款", lambda c: len(c.clauses)),
        ("登记了内容", lambda c: len(c.with_content)),
        ("写明没有义务", lambda c: len(c.without_obligation)),
        ("只统领下级", lambda c: len(c.headings)),
        ("原文缺陷", lambda c: len(c.defects)),
    ),
    "statements": (
        ("目标", lambda c: len(c.targets)),
        *((s.label, lambda c, s=s: c.standards[s]) for s in Standard),
        ("既往成绩", lambda c: len(c.past_results)),
        ("规则", lambda c: len(c.rules)),
        ("带数字的规则", lambda c: len(c.rules_with_figures)),
    ),
    "duties": (
        ("义务", lambda c: len(c.duties)),
        *((label, lambda c, k=kind: c.recurrences[k]) for kind, label in RECURRENCES.items()),
    ),
    "computing": (
        ("目标", lambda c: len(c.targets)),
        ("得出结论", lambda c: len(c.judged)),
        ("只报读数", lambda c: len(c.read)),
        ("还没有读数", lambda c: len(c.targets) - len(c.judged) - len(c.read)),
        ("等本行决定", lambda c: len(c.waiting)),
        ("待定事项", lambda c: len(c.assumptions)),
        ("其中已定", lambda c: len(c.settled)),
    ),
}


def coverage(handbook, topic: str) -> str:
    covered = _coverages(handbook)
    return handbook.template(
        "collections/coverage.html",
        documents=[handbook.catalog.documents[c.document] for c in covered],
        rows=[(head, [count(c) for c in covered]) for head, count in TOPICS[topic]],
    )


def waiting(handbook, document: str) -> str:
    """What of a document waits for a decision, and for which."""
    return handbook.template(
        "collections/waiting.html", c=Coverage(handbook, document), results=handbook.results
    )


# --- roles and metrics over all documents


def role_list(handbook) -> str:
    found = handbook.role_groups
    return handbook.template(
        "collections/role_list.html",
        sorts=[("本行的岗位和部门", [g for g in found if not g.external]),
               ("行外的单位和客户", [g for g in found if g.external])],
    )


def role_group(handbook, slug: str) -> str:
    """The head of a page of one notion: who it is in each document, and its kin."""
    group = handbook.group_by_slug[slug]
    return handbook.template(
        "collections/role_group.html", group=group, kin=groups.kin(group, handbook.role_groups)
    )


def asks(handbook, role: str) -> str:
    found = groups.asked(handbook.catalog, handbook.catalog.get(role))
    return handbook.template(
        "collections/asks.html", asked=found, role=handbook.catalog.get(role)
    ).strip()


def metric_families(handbook) -> str:
    families = [
        [(metric, handbook.targets_of(metric)) for metric in family]
        for family in groups.metric_families(handbook.catalog)
    ]
    return handbook.template("collections/metric_families.html", families=families)


def homonyms(handbook, sort: str) -> str:
    across, within, confused = groups.homonyms(handbook.catalog)
    chosen = {
        "across": [(h.name, h.records) for h in across],
        "within": [(h.name, h.records) for h in within],
        "confused": [("", records) for records in confused],
    }[sort]
    return handbook.template("collections/homonyms.html", groups=chosen)


VIEWS = {
    "parts": parts_line,
    "skeleton": skeleton,
    "bulletins": bulletins,
    "shelf": shelf,
    "brief": brief,
    "coverage": coverage,
    "waiting": waiting,
    "role_list": role_list,
    "role_group": role_group,
    "asks": asks,
    "metric_families": metric_families,
    "homonyms": homonyms,
}

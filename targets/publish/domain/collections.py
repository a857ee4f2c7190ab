"""Views of many records: tables, scoreboards, the map of a strategy.

Each is a function (handbook, *args) -> HTML, registered in VIEWS by its name. `mentions` says which
records a view names, so that their pages can point back.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from targets import wording
from targets.assessment.examples import load_examples
from targets.assessment.findings import Status
from targets.problems import Problems, did_you_mean
from targets.publish.calendar import views as calendar_views
from targets.publish.domain import compare, past
from targets.schema import base, criteria, duties, measures, source
from targets.schema import targets as target_models
from targets.schema.base import Labelled, Record
from targets.schema.kinds import KINDS
from targets.schema.organisation import SiteKind, Unit, UnitLevel
from targets.schema.source import Clause, Provision
from targets.schema.targets import Decision, Target

LAYOUTS = ("table", "cards", "full", "names")


class BadOption(ValueError):
    """An option of a directive that can't be used, in Chinese."""


# --- choosing records


def _matches(handbook, record: Record, field: str, wanted: str) -> bool:
    if field == "clause":
        return bool(set(handbook.below(wanted)) & set(getattr(record, "clauses", ())))
    if field == "part":
        return compare.PARTS[record.kind][0](record) == wanted
    if field == "settled":
        return (record.id in handbook.settled) == (wanted == "true")
    if field == "numeric":
        return bool(handbook.value(record.id)) == (wanted == "true")
    value = getattr(record, field)
    if isinstance(value, bool):
        return value == (wanted == "true")
    if hasattr(value, "kind"):
        return value.kind == wanted
    return str(value) == wanted


_PSEUDO = {"clause": None, "settled": "assumption", "numeric": "target", "part": None}


def parse_filter(kind: str, text: str) -> list[tuple[str, str]]:
    """ "category=goal clause=sijin.clause.2" -> pairs. Raises BadOption."""
    pairs = []
    model = KINDS[kind]
    known = [*model.model_fields, *(p for p, k in _PSEUDO.items() if k in (None, kind))]
    if kind not in compare.PARTS:
        known.remove("part")
    for word in text.split():
        field, equals, wanted = word.partition("=")
        if not equals or not wanted:
            raise BadOption(f"筛选条件 {word} 写得不对；写成 字段=值，几个条件用空格隔开")
        if field not in known:
            hint = did_you_mean(field, known) or f"可用：{'、'.join(known)}"
            raise BadOption(f"{model.title_zh}没有 {field} 这个字段。{hint}")
        pairs.append((field, wanted))
    return pairs


def chosen(handbook, kind: str, document: str, filters: str) -> list[Record]:
    pairs = parse_filter(kind, filters)
    found = [
        r
        for r in handbook.catalog.all(KINDS[kind])
        if (not document or r.owner == document)
        and all(_matches(handbook, r, field, wanted) for field, wanted in pairs)
    ]
    if kind == "provision":
        found.sort(key=lambda r: (list(source.ProvisionCategory).index(r.category), r.order))
    return found


# --- columns of tables, by kind


def _clauses(handbook, record) -> Markup:
    cited = dict.fromkeys(getattr(record, "clauses", ()))
    return Markup("、").join(handbook.cite_short(c) for c in cited)


def _names(handbook, ids: Iterable[str]) -> Markup:
    return Markup("、").join(handbook.ref(i, tip=False) for i in ids)


def _value(handbook, target: Target) -> Markup:
    return Markup('<strong class="zx-value">{}</strong>').format(handbook.value(target.id) or "—")


def _unbroken(text: str) -> Markup:
    return Markup('<span class="zx-unbroken">{}</span>').format(text)


def _commitments(handbook, target: Target) -> str:
    return "、".join(dict.fromkeys(p.word or p.commitment.label for p in target.places))


def _settled(handbook, assumption) -> Markup | str:
    decision = handbook.settled.get(assumption.id)
    if decision is None:
        return Markup('<span class="zx-doubt">未定</span>')
    return Markup("已定：") + handbook.ref(decision.id, tip=False)


def _effective(handbook, decision: Decision) -> Markup:
    day = _unbroken(wording.day(decision.effective))
    if decision.draft:
        return Markup('<span class="zx-doubt">草案</span>，拟自') + day
    return day


def _decider(handbook, assumption) -> Markup:
    if assumption.id in handbook.settled:
        return escape(assumption.decider)
    return escape(assumption.decider) + handbook.due(assumption.id)


Column = tuple[str, Callable]
_CITE: Column = ("出处", _clauses)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "clause": (("概要", lambda h, r: r.summary),),
    "target": (
        ("数值", _value),
        ("标准", lambda h, r: h.gist(r)),
        ("语气", _commitments),
        _CITE,
    ),
    "metric": (
        ("单位", lambda h, r: wording.unit(r.unit)),
        ("取向", lambda h, r: r.direction.label),
        ("口径", lambda h, r: h.metric_in_force(r.id).metric.caliber),
        _CITE,
    ),
    "duty": (
        ("做什么", lambda h, r: r.action),
        ("谁", lambda h, r: _names(h, r.actors)),
        ("多久一次", lambda h, r: wording.recurrence(r.recurrence)),
        ("截止", lambda h, r: wording.duty_deadline(r)),
        _CITE,
    ),
    "rule": (
        ("类别", lambda h, r: wording.rule_kind(r.body)),
        ("内容", lambda h, r: r.summary),
        _CITE,
    ),
    "framework": (
        ("成员", lambda h, r: "、".join(m.name for m in r.members) or r.membership.label),
        ("是否列全", lambda h, r: r.membership.label),
        _CITE,
    ),
    "provision": (("要做什么", lambda h, r: r.summary), _CITE),
    "term": (("意思", lambda h, r: r.meaning), _CITE),
    "role": (("做什么", lambda h, r: r.summary), _CITE),
    "product": (("是什么", lambda h, r: r.summary), _CITE),
    "system": (("是什么", lambda h, r: r.summary), _CITE),
    "past_result": (("成绩", lambda h, r: r.statement), _CITE),
    "assumption": (
        ("要决定什么", lambda h, r: r.question),
        ("暂按", lambda h, r: r.interim),
        ("由谁、何时定", _decider),
        ("定了没有", _settled),
    ),
    "defect": (
        ("种类", lambda h, r: r.defect.label),
        ("因此不能确定", lambda h, r: r.consequence),
        _CITE,
    ),
    "decision": (
        ("文号", lambda h, r: _unbroken(r.number)),
        ("生效", _effective),
        ("定了什么", lambda h, r: "；".join(h.changes_of(r))),
    ),
    "scorecard": (
        ("考核什么", lambda h, r: r.summary),
        ("还要定什么", lambda h, r: "；".join(h.card(r.id).missing) or "都已定下"),
        _CITE,
    ),
    "allocation": (
        ("分解哪个目标", lambda h, r: h.ref(r.target, tip=False)),
        ("分自", lambda h, r: h.ref(r.of or h.catalog.bank.id, tip=False)),
        ("分到", lambda h, r: r.level.label),
        ("依据", lambda h, r: h.ref(r.decision, tip=False)),
    ),
    "peer_set": (("与谁比", lambda h, r: r.summary), _CITE),
    "unit_group": (("包括谁", lambda h, r: r.summary), _CITE),
    "unit": (("层级", lambda h, r: r.level.label), ("机构代码", lambda h, r: r.code)),
    "dataset": (("一行是什么", lambda h, r: r.grain),),
    "document": (("讲什么", lambda h, r: r.summary),),
    "workday_notice": (("依据", lambda h, r: r.source),),
    "redirect": (
        ("旧编号", lambda h, r: r.former),
        ("现在", lambda h, r: h.ref(r.to, tip=False) if r.to else "已废止"),
        ("自", lambda h, r: wording.day(r.since)),
        ("为什么", lambda h, r: r.reason),
    ),
    "release": (
        ("版本", lambda h, r: r.number),
        ("发布", lambda h, r: wording.day(r.issued)),
        ("说明", lambda h, r: r.summary),
    ),
    "chosen_dates": (
        ("义务", lambda h, r: h.ref(r.duty, tip=False)),
        ("机构", lambda h, r: h.ref(r.unit, tip=False)),
        ("选定的日子", lambda h, r: "、".join(wording.day(d) for d in r.days)),
    ),
}


def listing(handbook, kind: str, document: str, filters: str, layout: str) -> str:
    records = chosen(handbook, kind, document, filters)
    if layout == "full":
        cards = [(r, Markup(handbook.render("card", r.id))) for r in records]
        return handbook.template("collections/full.html", cards=cards)
    return handbook.template(
        f"collections/{layout}.html",
        model=KINDS[kind],
        records=records,
        columns=COLUMNS[kind],
    )


# --- findings


_UNJUDGED = (Status.NOT_JUDGED, Status.NO_DATA)


def _judged(handbook, document: str, level: str, everything: str) -> list[Target]:
    """Targets with something to say at a level."""
    out = []
    for target in handbook.catalog.all(Target):
        if document and target.owner != document:
            continue
        found = [
            f for f in handbook.results.by_target.get(target.id, ()) if f.subject.level == level
        ]
        if found and (everything or any(f.status not in _UNJUDGED for f in found)):
            out.append(target)
    return out


def scoreboard(handbook, document: str, level: str, everything: str) -> str:
    chosen_targets = _judged(handbook, document, level, everything)
    cells: dict[str, dict[str, object]] = {}
    subjects: dict[str, object] = {}
    for target in chosen_targets:
        for finding in handbook.results.by_target[target.id]:
            if finding.subject.level == level:
                subjects.setdefault(finding.subject.key, finding.subject)
                cells.setdefault(finding.subject.key, {})[target.id] = finding
    order = {u.id: i for i, u in enumerate(handbook.catalog.all(Unit))}
    rows = sorted(subjects.values(), key=lambda s: (order.get(s.unit, 0), s.key))
    return handbook.template(
        "collections/scoreboard.html",
        targets=chosen_targets,
        subjects=rows,
        cells=cells,
        level=level,
    )


def asof(handbook) -> str:
    return handbook.template("collections/asof.html")


def tally(handbook, document: str) -> str:
    findings = [
        f for f in handbook.results.findings if not document or f.target.startswith(f"{document}.")
    ]
    return handbook.template(
        "collections/tally.html", levels=handbook.by_level(findings), findings=findings
    )


# --- the strategy on one screen


def strategy(handbook, document: str) -> str:
    groups = {
        category.value: handbook.provisions(document, category.value)
        for category in source.ProvisionCategory
    }
    numbers = {
        goal.id: [t for t in handbook.targets_at(goal.clauses) if handbook.value(t.id)]
        for goal in groups["goal"]
    }
    return handbook.template(
        "collections/strategy.html",
        document=handbook.catalog.documents[document],
        groups=groups,
        numbers=numbers,
    )


def outline(handbook, document: str) -> str:
    """The clause tree of a document."""
    tops = [c for c in handbook.catalog.all(Clause) if c.owner == document and not c.parent]
    return handbook.template("collections/outline.html", tops=tops)


# --- the vocabulary itself


def kinds(handbook) -> str:
    return handbook.template("collections/kinds.html")


def statuses(handbook) -> str:
    return handbook.template("collections/statuses.html", statuses=list(Status))


_MODULES = (base, source, criteria, measures, duties, target_models)
LABELS: dict[str, type[Labelled]] = {
    name.lower(): cls
    for module in _MODULES
    for name, cls in vars(module).items()
    if isinstance(cls, type) and issubclass(cls, Labelled) and cls is not Labelled
} | {"unitlevel": UnitLevel, "sitekind": SiteKind}


def labels(handbook, name: str) -> str:
    """A closed list of codes and their Chinese wording."""
    return handbook.template("collections/labels.html", members=list(LABELS[name]))


@cache
def _examples(path: str, digest: str):
    return load_examples(Path(path))


def digest_of(path: str) -> str:
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=8).hexdigest()


def examples_of(path: str):
    """The worked examples of a file, by key. Raises Problems, OSError or ValueError."""
    return _examples(path, digest_of(path))


def example(handbook, path: str, key: str, digest: str) -> str:
    """A worked example: its figures, its criterion, the reckoning by hand, and what comes out."""
    try:
        one = _examples(path, digest)[key]
    except (KeyError, OSError, ValueError, Problems):
        return ""  # changed since the page was made; the page is read again and says so
    return handbook.template("collections/example.html", e=one, finding=one.judge())


def count(handbook, kind: str, document: str) -> str:
    return str(len(chosen(handbook, kind, document, "")))


def index(handbook, kind: str) -> str:
    """Every record of a kind, by the document it comes from: the page of a kind."""
    groups: dict[str, list[Record]] = {}
    for record in handbook.catalog.all(KINDS[kind]):
        groups.setdefault(record.owner, []).append(record)
    return handbook.template(
        "collections/index.html", model=KINDS[kind], groups=groups, columns=COLUMNS[kind]
    )


def documents(handbook) -> str:
    """Only a digest of which documents there are: shown nowhere."""
    return "、".join(handbook.catalog.documents)


def suspects(handbook) -> str:
    """Everything that has to be reviewed again."""
    return handbook.template(
        "collections/suspects.html", groups=handbook.all_suspects(), fresh=handbook.fresh
    )


def due_questions(handbook) -> str:
    """Open questions that have a day, the earliest first."""
    found = [
        (by, assumption, decision)
        for assumption, (by, decision) in handbook.due_days.items()
        if assumption not in handbook.settled
    ]
    found.sort(key=lambda row: row[:2])
    return handbook.template("collections/due_questions.html", rows=found)


VIEWS: dict[str, Callable[..., str]] = {
    **compare.VIEWS,
    **calendar_views.VIEWS,
    **past.VIEWS,
    "documents": documents,
    "list": listing,
    "scoreboard": scoreboard,
    "asof": asof,
    "tally": tally,
    "strategy": strategy,
    "outline": outline,
    "kinds": kinds,
    "statuses": statuses,
    "labels": labels,
    "example": example,
    "count": count,
    "index": index,
    "suspects": suspects,
    "due_questions": due_questions,
}


def mentions(handbook, view: str, args: tuple[str, ...]) -> list[str]:
    """Ids of the records that a view of many names."""
    match view:
        case "list":
            return [r.id for r in chosen(handbook, *args[:3])]
        case "skeleton":
            return compare.skeleton_names(handbook, args[1:])
        case "scoreboard":
            return [t.id for t in _judged(handbook, *args)]
        case "strategy":
            return [p.id for p in handbook.catalog.all(Provision) if p.owner == args[0]] + [
                handbook.catalog.documents[args[0]].id
            ]
    return []

"""What the pages show, as HTML: every view of a record, rendered once and named by a key.

A view is rendered with ``zx://<id>`` where a link goes, and ``<!--zx:pages <id>-->`` where the
pages that mention a record are listed; both are filled in when a page is written. So the text of a
view is exactly what a page shows of the definitions and the data, and its digest says whether the
page must be made again.
"""

import re
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from targets import wording
from targets.assessment.findings import STATUS_MEANING, WITHHELD, Finding, Status, Subject
from targets.assessment.scorecard import Score, ScoreStatus, completion, total_words
from targets.catalog import Catalog
from targets.catalog.allocations import Split
from targets.catalog.decisions import (
    TargetInForce,
    metric_in_force,
    settled_on,
    target_in_force,
    value_on,
)
from targets.catalog.lifecycle import UNPUBLISHED
from targets.catalog.references import kind_of
from targets.catalog.scorecards import CardInForce, card_in_force
from targets.freshness.questions import due_days
from targets.history.record import UNREAD, Row, decisions_about, names_of, rows
from targets.history.releases import since_release
from targets.history.values import Said, Stretch, said, stretches
from targets.publish.domain import groups
from targets.publish.domain.fresh import Doubted, Fresh
from targets.publish.domain.past import Past, chart
from targets.publish.domain.watch import (
    ANYTHING,
    States,
    Views,
    Watch,
    WatchedCatalog,
    WatchedResults,
    as_released,
)
from targets.publish.fonts import missing_characters
from targets.publish.results import Results, code_fingerprint
from targets.schema.base import Basis, Record
from targets.schema.kinds import KINDS
from targets.schema.lifecycle import Redirect
from targets.schema.measures import Metric
from targets.schema.organisation import SiteKind, Unit, UnitLevel
from targets.schema.rules import Rule
from targets.schema.sharing import ByMetric
from targets.schema.source import Clause, Defect, Provision, ProvisionCategory
from targets.schema.targets import Assumption, Decision, Target

TEMPLATES = Path(__file__).parent / "templates"
RECORDS = "book/records"
CHAPTER, ROLE_GROUP, CALENDAR, CHANGES = "chapter", "role_group", "calendar", "changes"
"""what `page_of` knows besides ids: chapter.puhui, role_group.puhui_peers, calendar, changes"""
FEED = "feed."
"""before a record's id or "all": no page, but the calendar to subscribe to"""

LEVELS = {level.value: level.label for level in UnitLevel} | {"site": "共建主体"}

# The site's style sheet names its badges by what they mean to a reader.
STATUS_CLASS = {
    Status.MET: "met",
    Status.ON_PACE: "ahead",
    Status.NEAR: "near",
    Status.NOT_DUE: "notdue",
    Status.BEHIND: "behind",
    Status.MISSED: "missed",
    Status.UNDECIDED: "unsettled",
    Status.NO_DATA: "nodata",
    Status.NOT_JUDGED: "unjudged",
    Status.WITHHELD: "withheld",
}

# Fields of a decision's change that name the record it is about.
_DECIDED = (
    "target", "metric", "scorecard", "allocation", "duty", "actor", "assumption",
)

# What a reader of a clause looks for first.
_FIRST = ("provision", "target", "duty", "rule", "framework", "term", "metric")
READING_ORDER = (*_FIRST, *(kind for kind in KINDS if kind not in _FIRST))

_CODE = (
    "schema", "catalog", "calendar", "changes", "history", "publish/domain", "publish/calendar",
    "assessment/scorecard.py", "wording.py", "periods.py",
)  # fmt: skip

Key = tuple[str, ...]


def page_of(name: str) -> str:
    """Docname of a record's page, or of the page of a kind, a chapter or a group of roles."""
    space, _, rest = name.partition(".")
    if space == CHAPTER:
        return f"book/{rest}/index"
    if space == ROLE_GROUP:
        return f"{RECORDS}/{ROLE_GROUP}/{rest}"
    if name == CALENDAR:
        return "book/calendar"
    if name == CHANGES or ("." in name and kind_of(name) in UNPUBLISHED):
        return "book/changes"
    if "." not in name:
        return f"{RECORDS}/{name}/index"
    return f"{RECORDS}/{kind_of(name)}/{name}"


class Handbook:
    """The catalogue and the findings, ready to be shown."""

    def __init__(
        self,
        catalog: Catalog,
        results: Results,
        as_of: date | None = None,
        cache: Path | None = None,
        source: str = "",
        past: Past | None = None,
        fresh: Fresh | None = None,
    ):
        self.watch = Watch()
        self.catalog = WatchedCatalog(catalog, self.watch)
        self.results = WatchedResults(results, self.watch)
        self.past = past or Past()
        self.fresh = fresh or Fresh()
        self.day = as_of or results.as_of or date.today()
        self.source = source
        """the definitions folder as planners know it, for file:line"""
        self.views = Views(
            States(catalog, results, self.past, self.fresh),
            self.watch,
            self._render,
            cache=cache / "views.pickle" if cache else None,
            fingerprint=f"{_code()} {self.day} {source}",
        )
        bytecode = cache / "templates" if cache else None
        if bytecode:
            bytecode.mkdir(parents=True, exist_ok=True)
        self.jinja = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            bytecode_cache=FileSystemBytecodeCache(str(bytecode)) if bytecode else None,
            auto_reload=False,
        )
        self.jinja.globals.update(
            h=self,
            w=wording,
            ref=self.ref,
            cite=self.cite,
            status=status_badge,
            basis=basis_mark,
            STATUS=Status,
            STATUS_MEANING=STATUS_MEANING,
            SCORE_STATUS=ScoreStatus,
            score_status=score_badge,
            total_words=total_words,
            KINDS=KINDS,
            LEVELS=LEVELS,
            SITE_KINDS={kind.value: kind.label for kind in SiteKind},
            CATEGORIES=ProvisionCategory,
        )
        self.jinja.filters["zx_count"] = lambda row, key: len(row.get(key, ()))
        self._globals = dict(self.jinja.globals)
        self._templates: dict[str, Template] = {}

    # --- views

    def render(self, view: str, *args: str) -> str:
        """A view's HTML with placeholders, rendered once per build."""
        return self.views.html((view, *args))

    def _render(self, key: Key) -> str:
        view, *args = key
        from targets.publish.domain import collections

        if view in collections.VIEWS:
            return collections.VIEWS[view](self, *args)
        record = self.catalog.records.get(args[0])
        if record is None:
            return ""  # a page that still names it is read again, and warned about
        if view in self._inline:
            return str(self._inline[view](record.id))
        name = f"kinds/{record.kind}.html" if view == "card" else f"panels/{view}.html"
        return self.template(name, r=record).strip()

    @cached_property
    def _inline(self):
        """Views too small for a template."""
        return {
            "link": self.ref,
            "tip": lambda record_id: self._tip(self.catalog.get(record_id)),
            "citation": self.cite,
            "value": self.value_link,
            "notes": self.notes,
            "source": self.where_defined,
        }

    def template(self, name: str, **context) -> str:
        if name not in self._templates:
            template = self._templates[name] = self.jinja.get_template(name)
            # as a plain dictionary: Jinja's chain of maps would double the time of a small view
            template.globals = self._globals
        return self._templates[name].render(context)

    def digest(self, key: Key) -> bytes:
        """Changes when, and only when, what the view shows changes; empty when that is nothing."""
        return self.views.digest(key)

    # --- links

    def name(self, record_id: str) -> str:
        return self.title(self.catalog.get(record_id))

    def title(self, record: Record) -> str:
        """A clause is called by its printed number and its name."""
        if isinstance(record, Clause):
            return f"{record.number or ''}{record.name}"
        return record.name

    def ref(self, record_id: str, text: str | None = None, tip: bool = True) -> Markup:
        """A link to a record, with a card that shows on hover and focus."""
        record = self.catalog.get(record_id)
        label = escape(text or self.title(record))
        card = self.tip(record_id) if tip else ""
        # plain strings, since a build makes some ten thousand of these; every part is escaped
        return Markup(
            f'<a class="zx-ref zx-ref--{record.kind}" href="zx://{record_id}">{label}{card}</a>'
        )

    def tip(self, record_id: str) -> str:
        return self.render("tip", record_id)

    def _tip(self, record: Record) -> str:
        parts = {"kind": record.title_zh, "name": self.title(record)}
        if isinstance(record, Target):
            parts["value"] = self.value(record.id)
        parts["gist"] = _short(self.gist(record))
        clauses = getattr(record, "clauses", ())
        if not isinstance(record, Clause):
            parts["clause"] = "、".join(dict.fromkeys(map(self.catalog.citation, clauses[:3])))
        body = "".join(
            f'<span class="zx-tip__{part}">{escape(text)}</span>'
            for part, text in parts.items()
            if text
        )
        return f'<span class="zx-tip zx-nosearch" role="tooltip">{body}</span>'

    def cite(self, clause_id: str, tip: bool = True) -> Markup:
        return self.ref(clause_id, text=self.catalog.citation(clause_id), tip=tip)

    def cite_short(self, clause_id: str) -> Markup:
        """In tables: the clause's number, and its document only where there are several."""
        clause = self.catalog.get(clause_id)
        if len(self.catalog.documents) > 1:
            return self.cite(clause_id, tip=False)
        numbers = "".join((c.number or "").rstrip("、.") for c in self.catalog.clause_path(clause))
        return self.ref(clause_id, text=numbers or clause.name, tip=False)

    def gist(self, record: Record) -> str:
        """One or two sentences on what a record is."""
        if isinstance(record, Target):
            return "；".join(self.criterion(self.in_force(record.id).target))
        for field in (
            "summary", "meaning", "action", "question", "consequence", "caliber", "statement",
            "reason", "grain",
        ):  # fmt: skip
            if text := getattr(record, field, None):
                return text
        if isinstance(record, Unit):
            return f"{record.level.label} · 机构代码 {record.code}"
        return ""

    # --- targets

    def in_force(self, target_id: str) -> TargetInForce:
        return self.watch.once(
            ("in_force", target_id), lambda: target_in_force(self.catalog, target_id, self.day)
        )

    def metric_in_force(self, metric_id: str):
        return metric_in_force(self.catalog, metric_id, self.day)

    @property
    def settled(self) -> dict[str, Decision]:
        return self.watch.once("settled", lambda: settled_on(self.catalog, self.day))

    def criterion(self, target: Target, day: date | None = None) -> list[str]:
        """The criterion of a target in words, part by part."""
        out = []
        for metric_id, part in target.parts:
            metric = self.catalog.get(metric_id)
            dated = value_on(getattr(part.test, "values", ()), day or self.day)
            out.append(wording.criterion_part(part, metric, dated, self.plain_name))
        return out

    def plain_name(self, record_id: str) -> str:
        return self.catalog.get(record_id).name

    def value(self, target_id: str) -> str:
        """The number in force with its unit; empty when the target has none."""
        found = []
        for metric_id, part in self.in_force(target_id).target.parts:
            values = getattr(part.test, "values", None)
            if values is None:
                continue
            dated = value_on(values, self.day)
            metric = self.catalog.get(metric_id)
            if dated is not None:
                found.append(wording.dated_value(dated, metric, part.quantity))
        return "；".join(found)

    def value_link(self, target_id: str) -> Markup:
        return Markup('<strong class="zx-value">{}</strong>').format(
            self.ref(target_id, text=self.value(target_id))
        )

    def part(self, target_id: str, number: int):
        """(metric, quantity) of a part of a target, counted from 1."""
        metric_id, single = self.catalog.get(target_id).parts[number - 1]
        return self.catalog.get(metric_id), single.quantity

    def history(self, target: Target) -> list[dict]:
        """Every dated value, the source's and the bank's, the latest last."""
        rows = []
        for number, (metric_id, part) in enumerate(target.parts, 1):
            metric = self.catalog.get(metric_id)
            for dated in getattr(part.test, "values", ()):
                rows.append(_history_row(number, metric, part, dated, None))
            for decision in self.catalog.issued:
                for change in decision.changes:
                    same = getattr(change, "target", None) == target.id
                    if same and change.kind == "value" and change.part == number:
                        for dated in change.values:
                            rows.append(_history_row(number, metric, part, dated, decision))
        return sorted(rows, key=lambda r: (r["part"], r["since"] or date.min))

    def tone(self, place) -> str:
        """The source's own word and how strong it is."""
        if place.word and place.word != place.commitment.label:
            return f"{place.word}（{place.commitment.label}）"
        return place.commitment.label

    def changes_of(self, decision: Decision) -> list[str]:
        return [wording.change(c, self.plain_name, self.part) for c in decision.changes]

    def decisions_on(self, record_id: str) -> list[tuple[Decision, list[str]]]:
        """Decisions that change or settle a record, with what they say of it."""
        out = []
        for decision in self.catalog.all(Decision):
            said = [
                wording.change(c, self.plain_name, self.part)
                for c in decision.changes
                if record_id
                in (getattr(c, field, None) for field in _DECIDED)
            ]
            if said:
                out.append((decision, said))
        return out

    # --- neighbours

    def at_clause(self, clause_id: str) -> dict[str, list[Record]]:
        """Records that a clause says, by kind."""
        out: dict[str, list[Record]] = {}
        for record in self.catalog.backlinks(clause_id):
            if not isinstance(record, Clause) and clause_id in getattr(record, "clauses", ()):
                out.setdefault(record.kind, []).append(record)
        return {kind: out[kind] for kind in READING_ORDER if kind in out}

    def below(self, clause_id: str) -> list[str]:
        """A clause and all clauses under it."""
        out = [clause_id]
        for child in self.catalog.children(clause_id):
            out.extend(self.below(child.id))
        return out

    def used_by(self, record: Record) -> dict[str, list[Record]]:
        """Records that refer to this one, by kind, apart from what a clause page lists anyway."""
        out: dict[str, list[Record]] = {}
        for other in self.catalog.backlinks(record.id):
            out.setdefault(other.kind, []).append(other)
        return {kind: out[kind] for kind in KINDS if kind in out}

    def provisions(self, document: str, category: str) -> list[Provision]:
        """What a document sets up under one heading, in its order; parts of parts aside."""
        found = [
            p
            for p in self.catalog.all(Provision)
            if p.owner == document and p.category.value == category and p.part_of is None
        ]
        return sorted(found, key=lambda p: p.order)

    def targets_at(self, clauses: Iterable[str]) -> list[Target]:
        wanted = set(clauses)
        return [t for t in self.catalog.all(Target) if wanted & set(t.clauses)]

    def siblings(self, clause: Clause) -> tuple[Clause | None, Clause | None]:
        """The clause before and the clause after, under the same parent."""
        if clause.parent:
            line = self.catalog.children(clause.parent)
        else:
            line = [c for c in self.catalog.all(Clause) if c.owner == clause.owner and not c.parent]
        at = [c.id for c in line].index(clause.id)
        return (line[at - 1] if at else None, line[at + 1] if at + 1 < len(line) else None)

    def outline(self, document: str) -> Markup:
        return Markup(self.render("outline", document))

    def parts_of(self, provision: Provision) -> list[Provision]:
        found = [p for p in self.catalog.all(Provision) if p.part_of == provision.id]
        return sorted(found, key=lambda p: (p.category.value, p.order))

    def beside(self, record: Record) -> dict[str, list[Record]]:
        """What else the clauses of a record say, the clauses below them included."""
        out: dict[str, dict[str, Record]] = {}
        for clause_id in dict.fromkeys(c for top in record.clauses for c in self.below(top)):
            for kind, found in self.at_clause(clause_id).items():
                out.setdefault(kind, {}).update({r.id: r for r in found if r.id != record.id})
        return {k: list(out[k].values()) for k in READING_ORDER if out.get(k)}

    # --- roles over all documents

    @property
    def role_groups(self) -> list[groups.RoleGroup]:
        return self.watch.once("role_groups", lambda: groups.role_groups(self.catalog))

    @property
    def group_by_slug(self) -> dict[str, groups.RoleGroup]:
        return {g.slug: g for g in self.role_groups}

    def shared_group(self, role_id: str) -> groups.RoleGroup | None:
        """The group of a role that several documents name."""
        group = self.watch.once(
            "group_of", lambda: {r.id: g for g in self.role_groups for r in g.roles}
        )[role_id]
        return group if len(group.roles) > 1 else None

    def link_group(self, group: groups.RoleGroup) -> Markup:
        """To the page of the group; a role that stands alone has its own page."""
        if len(group.roles) == 1:
            return self.ref(group.roles[0].id, tip=False)
        return Markup('<a class="zx-ref zx-ref--role" href="zx://{}.{}">{}</a>').format(
            ROLE_GROUP, group.slug, group.name
        )

    def asked_sums(self, group: groups.RoleGroup) -> tuple[int, int, int]:
        """(duties to do, reports to receive, rules to keep) of a group."""
        found = [groups.asked(self.catalog, r) for r in group.roles]
        return (
            sum(len(a.duties) for a in found),
            sum(len(a.received) for a in found),
            sum(len(a.rules) for a in found),
        )

    def unit_path(self, unit: Unit) -> list[Unit]:
        path = [unit]
        while path[0].parent:
            path.insert(0, self.catalog.get(path[0].parent))
        return path

    def rests_on(self, record: Record) -> list[Assumption]:
        """Assumptions of a record, for a target also those of its metrics."""
        if isinstance(record, Target):
            now = self.in_force(record.id)
            return [*now.open_assumptions, *now.settled_assumptions]
        return [self.catalog.get(a) for a in getattr(record, "assumptions", ())]

    def flaws(self, record: Record) -> list[Defect]:
        """What is wrong with the source at the clauses of a record."""
        if isinstance(record, Defect):
            return []
        at = set(getattr(record, "clauses", ()))
        return [d for d in self.catalog.all(Defect) if at & set(d.clauses)]

    def place_value(self, target: Target, amount) -> str:
        metric, quantity = self.part(target.id, 1)
        return wording.value(amount, metric, quantity)

    def keywords(self, record: Record) -> str:
        """More words to find a page by."""
        found = [record.id, *self.former_ids(record.id), *getattr(record, "aliases", ())]
        if isinstance(record, Target):
            found += [self.value(record.id), *(self.plain_name(m) for m, _ in record.parts)]
        if isinstance(record, Unit):
            found.append(record.code)
        if clauses := getattr(record, "clauses", ()):
            found += [self.catalog.citation(c) for c in clauses[:3]]
        return " ".join(found)

    # --- what has to be looked at again, and what should be settled by when

    def suspect(self, record_id: str) -> Doubted | None:
        self.watch.note("fresh", record_id)
        return self.fresh.suspects.get(record_id)

    def all_suspects(self) -> dict[str, list[Doubted]]:
        """By the name of the document, or 本行 for the bank's own records."""
        self.watch.note("fresh", ANYTHING)
        out: dict[str, list[Doubted]] = {}
        for doubted in self.fresh.suspects.values():
            document = self.catalog.document_of(self.catalog.get(doubted.record))
            out.setdefault(document.short_name if document else "本行", []).append(doubted)
        return out

    def original(self, clause_id: str):
        """(what was imported, the clause's own words) where the bank shows its original."""
        self.watch.note("fresh", clause_id)
        return self.fresh.originals.get(clause_id)

    @property
    def due_days(self) -> dict:
        """Assumption id -> (day, decision or None), of those that have a day."""
        return self.watch.once("due_days", lambda: due_days(self.catalog, self.day))

    def due(self, assumption_id: str) -> Markup:
        """By when it should be settled; the reader's browser adds how long that is past."""
        by, _ = self.due_days.get(assumption_id, (None, None))
        if by is None:
            return Markup('<span class="zx-under">日子未定</span>')
        return Markup('<span class="zx-under" data-zx-due="{}">宜在{}之前定下</span>').format(
            by, wording.day(by)
        )

    # --- the past

    UNREAD = UNREAD

    def former_ids(self, record_id: str) -> list[str]:
        return [r.former for r in self.catalog.backlinks(record_id) if isinstance(r, Redirect)]

    def stretches(self, target: Target) -> dict[str, tuple[Stretch, ...]]:
        """What was and will be in force when, by the name of what is measured."""
        out: dict[int, list[Stretch]] = {}
        for stretch in stretches(self.catalog, target):
            out.setdefault(stretch.part, []).append(stretch)
        return {found[0].metric.name: tuple(found) for found in out.values()}

    def value_chart(self, found: Iterable[Stretch]) -> dict | None:
        return chart(found, self.day)

    def drafted(self, target: Target) -> list[Said]:
        """Values of decisions that nobody has issued yet."""
        return [s for s in said(self.catalog, target, self.day) if s.decision and s.decision.draft]

    def git_rows(self, record_id: str) -> list[Row]:
        ids = (*names_of(self.catalog, record_id), *decisions_about(self.catalog, record_id))
        for one in ids:
            self.watch.note("past", one)
        return list(rows(self.catalog, record_id, self.past.log(ids)))

    def printable(self, text: str) -> str:
        """Text from outside the definitions, without what the site's font can't draw."""
        missing = missing_characters(text)
        return "".join("〓" if c in missing else c for c in text)

    @property
    def unreleased(self):
        self.watch.note("unreleased", ANYTHING)
        return since_release(self.catalog.plain)

    def judged_by(self, target_id: str) -> str:
        """The release that judges a target: all that the judgement rests on is as it was then."""
        now = self.in_force(target_id)
        ids = [target_id, *(m for m, _ in now.target.parts), *(d.id for d in now.decisions)]
        ids += [a.id for a in (*now.open_assumptions, *now.settled_assumptions)]
        for one in ids:
            self.watch.note("as_released", one)
        states = [as_released(self.catalog.plain, one) for one in ids]
        number = states[0][0]
        if number is None:
            return "定义版本：未发布"
        if all(same for _, same in states):
            return f"定义版本：{number}"
        return f"定义版本：{number}之后改过，还没有发布"

    # --- scorecards and allocations

    def card(self, scorecard_id: str) -> CardInForce:
        return self.watch.once(
            ("card", scorecard_id), lambda: card_in_force(self.catalog, scorecard_id, self.day)
        )

    def any_sample(self, scores: Iterable[Score]) -> bool:
        """Whether one of the scores rests on an invented decision."""
        return any(self.card(score.scorecard).sample for score in scores)

    def scoring(self, item) -> str:
        """How an item of a card is scored, in words."""
        if item.scoring is None:
            return ""
        return wording.scoring_words(item, self.catalog.get(item.metric), self.plain_name)

    def scores_by_level(self, scores: Iterable[Score]) -> dict[str, list[Score]]:
        """By the word for the level, the first place first."""
        out: dict[str, list[Score]] = {}
        for score in scores:
            out.setdefault(LEVELS[score.subject.level], []).append(score)
        for found in out.values():
            found.sort(key=lambda s: (s.rank is None, s.rank or 0, s.subject.key))
        return out

    def split_now(self, allocation_id: str) -> Split | None:
        """An allocation as it is worked out on the data date; None when it is not in force."""
        return next(iter(self.results.split_of.get(allocation_id, ())), None)

    def shared(self, allocation_id: str) -> dict[str, Finding]:
        """By unit, what is said of it by its share."""
        found = self.results.by_allocation.get(allocation_id, ())
        return {f.subject.unit: f for f in found}

    def amount(self, target_id: str, value) -> str:
        """A part of a target's value, with its unit."""
        metric, quantity = self.part(target_id, 1)
        exact = None if value is None else Fraction(value)
        return wording.figure(metric, exact, 4, quantity=quantity)

    def weight(self, allocation, value) -> str:
        if value is None:
            return "—"
        if isinstance(allocation.by, ByMetric):
            return wording.reading(value, self.catalog.get(allocation.by.metric))
        return wording.number(value)

    def done(self, finding: Finding) -> str:
        """How much of its share a unit has done."""
        rate = completion(finding)
        return "—" if rate is None else f"{wording.number(rate, 1)}%"

    def headroom(self, allocation) -> str:
        """By how much the parts may exceed the total, as its decision says."""
        for change in self.catalog.get(allocation.decision).changes:
            if getattr(change, "allocation", None) == allocation.id and change.headroom:
                return f"各家之和最多比总数多 {wording.number(change.headroom)}%"
        return ""

    # --- findings

    def finding_reading(self, finding: Finding) -> str:
        if finding.withheld:
            return WITHHELD
        if finding.value is None:
            return ""
        metric, quantity = self._judged(finding)
        decimals = self.catalog.get(finding.target).parts[0][1].decimals
        return wording.reading(finding.value, metric, quantity, decimals)

    def finding_gap(self, finding: Finding) -> str:
        metric, quantity = self._judged(finding)
        return wording.gap(finding.gap, metric, quantity)

    def finding_change(self, finding: Finding, which: str) -> str:
        """同比, 环比 or 较年初 in wording."""
        comparison = getattr(finding, which)
        if comparison is None:
            return ""
        metric, quantity = self._judged(finding)
        return wording.gap(comparison.change, metric, quantity)

    def _judged(self, finding: Finding):
        if finding.metric is None:
            return None, None
        target = self.catalog.get(finding.target)
        for metric_id, part in target.parts:
            if metric_id == finding.metric:
                return self.catalog.get(metric_id), part.quantity
        return self.catalog.get(finding.metric), None

    def by_level(self, findings: Iterable[Finding]) -> dict[str, list[Finding]]:
        out: dict[str, list[Finding]] = {level: [] for level in LEVELS}
        for finding in findings:
            out[finding.subject.level].append(finding)
        return {level: found for level, found in out.items() if found}

    def tally(self, findings: Iterable[Finding]) -> list[tuple[Status, int]]:
        findings = list(findings)
        counts = [(s, sum(f.status is s for f in findings)) for s in Status]
        return [(s, n) for s, n in counts if n]

    def resting_on(self, assumption: Assumption) -> tuple[Finding, ...]:
        return self.results.by_assumption.get(assumption.id, ())

    def trend(self, finding: Finding) -> Markup:
        """The readings of all months as a line, the threshold dashed; told in words besides."""
        series = self.results.series.get((finding.target, finding.subject.key), ())
        known = [(i, value) for i, (_, value) in enumerate(series) if value is not None]
        if len(known) < 3 or len(series) < 3:
            return Markup("")
        metric, quantity = self._judged(finding)
        marks = [v for v in (finding.threshold, finding.threshold_high) if v is not None]
        top = max([v for _, v in known] + marks)
        bottom = min([v for _, v in known] + marks)
        room = (top - bottom) or 1

        def y(value) -> float:
            return float(92 - 84 * (value - bottom) / room)

        points = " ".join(f"{i * 100 / (len(series) - 1):.2f},{y(v):.2f}" for i, v in known)
        first, last = series[known[0][0]], series[known[-1][0]]
        return Markup(
            self.template(
                "trend.html",
                points=points,
                lines=[f"{y(v):.2f}" for v in marks],
                start=wording.month(first[0]),
                start_value=wording.reading(first[1], metric, quantity),
                end=wording.month(last[0]),
                end_value=wording.reading(last[1], metric, quantity),
                standard="、".join(wording.reading(v, metric, quantity) for v in marks),
                who=finding.subject.name,
            )
        )

    def asof_words(self) -> str:
        return f"数据日期{wording.day(self.results.as_of)}"

    def first_to_act(self, findings: Iterable[Finding]) -> list[Finding]:
        """What is not reached, the nearest first: where a unit can act."""
        short = {Status.MISSED, Status.BEHIND, Status.NEAR}
        found = [f for f in findings if f.judged in short and f.gap is not None]
        return sorted(found, key=lambda f: abs(f.gap))

    def rule_words(self, rule: Rule) -> tuple[str | None, str | None]:
        """(which rows fall under a rule, which break it), in the headings of its table."""
        from targets.catalog.said import told

        return told(rule.body, self.catalog.get(rule.body.dataset))

    def by_site(self, findings: Iterable[Finding]) -> list[tuple[Subject, list[Finding]]]:
        out: dict[Subject, list[Finding]] = {}
        for finding in findings:
            out.setdefault(finding.subject, []).append(finding)
        return sorted(out.items(), key=lambda item: item[0].key)

    def targets_in(self, findings: Iterable[Finding]) -> list[str]:
        return list(dict.fromkeys(f.target for f in findings))

    def targets_of(self, metric: Metric) -> list[Target]:
        return self.watch.once("targets_by_metric", self._targets_by_metric).get(metric.id, [])

    def _targets_by_metric(self) -> dict[str, list[Target]]:
        out: dict[str, list[Target]] = {}
        for target in self.catalog.all(Target):
            for metric_id in dict.fromkeys(m for m, _ in target.parts):
                out.setdefault(metric_id, []).append(target)
        return out

    def judged_with(self, record: Record) -> list[Finding]:
        """Findings that rest on a metric, a clause, a decision or an assumption."""
        return self.results.judged_with.get(record.id, [])

    def is_sample(self) -> bool:
        return bool(self.results.label)

    def notes(self, record_id: str) -> str:
        note = self.catalog.get(record_id).note
        return f"<p>{escape(note)}</p>" if note else ""

    def where_defined(self, record_id: str) -> str:
        """For planners: the id, and the file and line to open."""
        at = self.catalog.origins.get(record_id)
        where = f"，定义写在 <code>{escape(self.source + at.file)}:{at.line}</code>" if at else ""
        self.watch.note("fresh", record_id)
        review = self.fresh.reviews.get(record_id)
        seen = f"，{review.day} 由{escape(review.by)}复核" if review else ""
        return f'<p class="zx-origin zx-nosearch">编号 <code>{record_id}</code>{where}{seen}</p>'


def _code() -> str:
    """The state of everything that makes a view, templates included."""
    return code_fingerprint(_CODE)


def _history_row(number, metric, part, dated, decision) -> dict:
    since = dated.since
    return {
        "part": number,
        "metric": metric,
        "since": since,
        "value": wording.dated_value(dated, metric, part.quantity),
        "decision": decision,
    }


def _short(text: str, limit: int = 72) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip("，、；：") + "…"


def status_badge(status: Status, provisional: Status | None = None) -> Markup:
    """The word and its mark; beside an open finding, what it would be meanwhile."""
    badge = Markup('<span class="zx-status zx-status--{}">{}</span>').format(
        STATUS_CLASS[status], status.label
    )
    if provisional is not None and provisional is not status:
        badge += Markup(
            ' <span class="zx-provisional">暂按：'
            '<span class="zx-status zx-status--{}">{}</span></span>'
        ).format(STATUS_CLASS[provisional], provisional.label)
    return badge


_SCORE_LOOK = {
    ScoreStatus.SCORED: "unjudged",
    ScoreStatus.OPEN: "nodata",
    ScoreStatus.UNDECIDED: "unsettled",
    ScoreStatus.WITHHELD: STATUS_CLASS[Status.WITHHELD],
}


def score_badge(status: ScoreStatus) -> Markup:
    look = _SCORE_LOOK[status]
    return Markup('<span class="zx-status zx-status--{}">{}</span>').format(look, status.label)


def basis_mark(place) -> Markup:
    """Doubt in words; what the source plainly says needs no mark."""
    if place.basis is Basis.STATED:
        return Markup("")
    return Markup('<span class="zx-doubt zx-doubt--{}">{}</span>').format(
        place.basis.value, place.basis.label
    )


def fill(html: str, uri, pages) -> str:
    """Put real links where placeholders stand: `uri(id)`, and `pages(id)` as HTML."""
    html = re.sub(r"zx://([a-z0-9_.]+)", lambda m: str(escape(uri(m[1]))), html)
    return re.sub(r"<!--zx:pages ([a-z0-9_.]+)-->", lambda m: pages(m[1]), html)

"""Releases: what changed since the last one, and issuing the next."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from targets.catalog import Catalog, default_cache
from targets.catalog.lifecycle import (
    RELEASED_FILE,
    UNPUBLISHED,
    meaning,
    meanings,
    released_text,
)
from targets.catalog.references import kind_of, references
from targets.changes import Change
from targets.editing import open_edit
from targets.freshness.reviews import problems as suspect_problems
from targets.freshness.reviews import suspects
from targets.problems import Code, Problem, Problems, Severity
from targets.schema.base import Record
from targets.schema.lifecycle import NUMBER_PATTERN, Release
from targets.schema.targets import Decision

from .blocks import blocks
from .git import NoHistory, Repository
from .graded import changes, hangs_together, line
from .steps import Did, steps, trail


@dataclass(frozen=True)
class Told:
    """One record's change in a list of changes: plain words, as they are kept with a release."""

    what: str
    """added, removed, renamed, resourced or changed"""
    id: str
    kind: str
    name: str
    grade: str | None
    """the word; None where what it was before is not known"""
    was: str | None = None
    """the id it went by before"""
    lines: tuple[str, ...] = ()


def changes_file(number: str) -> str:
    """Where a release keeps what it changed, in the definitions folder."""
    return f"lifecycle/changes-{number}.json"


def to_json(release: str, since: str | None, told: tuple[Told, ...]) -> str:
    content = {
        "release": release,
        "since": since,
        "changes": [{k: v for k, v in vars(one).items() if v} for one in told],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def kept_changes(folder: Path, number: str) -> tuple[Told, ...] | None:
    """What a release changed, as it was written down then; None where nothing is kept."""
    try:
        content = json.loads((folder / changes_file(number)).read_text(encoding="utf-8"))
        return tuple(
            Told(
                one["what"], one["id"], one["kind"], one["name"], one.get("grade"),
                one.get("was"), tuple(one.get("lines", ())),
            )
            for one in content["changes"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


# --- what changed since the last release


def since_release(catalog: Catalog) -> tuple[tuple[Told, ...], str]:
    """(what changed since the last release, a caveat or nothing).

    Which records changed is told by the list that the release keeps; how they changed, by Git.
    """
    then = catalog.released.current
    now = {i: m for i, m in meanings(catalog).items() if kind_of(i) not in UNPUBLISHED}
    changed = {i for i in then.keys() | now.keys() if then.get(i) != now.get(i)}
    if catalog.version.release is None or not changed:
        return (), ""
    before, caveat = _as_released(catalog, {i for i in changed if i in then})
    after = {i: catalog.records[i] for i in changed if i in now}
    whole = {
        i for i in changed
        if i not in then or (i in before and hangs_together(catalog, before[i], before))
    }
    before = {i: r for i, r in before.items() if i in whole}
    after = {i: r for i, r in after.items() if i in whole}
    # what is asked by a record that decisions bear on changes though the record does not
    borne_on = {
        i: catalog.records[i]
        for record in (*before.values(), *after.values()) if isinstance(record, Decision)
        for _, i, _ in references(record) if i in now and i not in changed
    }
    graded = changes(catalog, borne_on | before, borne_on | after)
    told = [_told(change) for change in graded if change.kind not in UNPUBLISHED]
    told += [_plain(catalog, i) for i in sorted(changed - whole)]
    return tuple(told), caveat


def _told(change: Change) -> Told:
    return Told(
        change.what, change.record, change.kind, change.name, change.grade.label, change.was,
        tuple(line(field) for field in change.fields),
    )


def _plain(catalog: Catalog, record_id: str) -> Told:
    """A record of which no more is known than that it is another one, or gone."""
    redirect, record = catalog.redirects.get(record_id), catalog.records.get(record_id)
    name = record.name if record else redirect.name if redirect else record_id
    if record is None and redirect is not None and redirect.to:
        return Told("renamed", redirect.to, kind_of(redirect.to), name, None, record_id)
    return Told("changed" if record else "removed", record_id, kind_of(record_id), name, None)


def _as_released(catalog: Catalog, wanted: set[str]) -> tuple[Mapping[str, Record], str]:
    """(these records as the last release had them, why some may be missing)."""
    if not wanted:
        return {}, ""
    release = catalog.version.release
    try:
        with Repository.of(catalog.folder) as repository:
            found = _records_at(repository, _commit_of(catalog, repository, release), wanted)
    except NoHistory as why:
        return {}, f"只列出了哪些定义有改动，没有列出怎样改：{why}"
    then = catalog.released.current
    sure = {i: r for i, r in found.items() if meaning(r) == then[i]}
    missing = len(wanted) - len(sure)
    return sure, f"{missing} 条定义在 {release.number} 里的原样没有找到" if missing else ""


def _commit_of(catalog: Catalog, repository: Repository, release: Release) -> str:
    """The commit that wrote the release. Raises NoHistory."""
    origin = catalog.origins.get(release.id)
    log = trail(repository, (release.id,), origin.file if origin else None)
    made = [step for step in steps(log, (release.id,)) if step.did is Did.ADDED]
    if not made:
        more = f"（{repository.told}）" if repository.told else ""
        raise NoHistory(f"Git 里找不到发布 {release.number} 的那次提交{more}")
    return made[0].commit.sha


def _records_at(repository: Repository, sha: str, wanted: set[str]) -> dict[str, Record]:
    found = {}
    for blob in repository.files_at(sha).values():
        text = repository.text(blob)
        for record_id, block in blocks(text).items():
            if record_id in wanted and (record := block.record()) is not None:
                found[record_id] = record
    return found


# --- issuing


@dataclass(frozen=True)
class Issued:
    """What a release brought, and the files written for it."""

    changes: tuple[Told, ...]
    caveat: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A release before it is written."""

    number: str
    name: str
    summary: str
    issuer: str
    issued: date
    sample: bool = False


RELEASES_FILE = "lifecycle/releases.yaml"


def issue(
    folder: Path, draft: Draft, *, with_drafts: bool = False, with_suspects: bool = False,
    dry: bool = False,
) -> Issued:
    """Write the release of the definitions as they are: its record, its ids, what it changed.

    Raises Problems, and writes nothing, when the definitions have errors, when something is open
    that a release should not pass over, or when number or date do not follow the last release.
    """
    with open_edit(folder) as edit:
        catalog, problems = edit.state()
        if any(p.severity is Severity.ERROR for p in problems):
            raise Problems(problems)
        blocked = [*_blocked(catalog, draft)]
        blocked += () if with_drafts else map(partial(_not_issued, catalog), catalog.drafts)
        blocked += () if with_suspects else _to_review(catalog)
        if blocked:
            raise Problems(blocked)
        last = catalog.version.release
        told, caveat = since_release(catalog)
        edit.append(RELEASES_FILE, Release.plural, _record(draft, catalog))
        edit.replace(RELEASED_FILE, released_text(draft.number, catalog))
        edit.replace(
            changes_file(draft.number), to_json(draft.number, last and last.number, told)
        )
        errors = [p for p in edit.problems() if p.severity is Severity.ERROR]
        if errors:
            raise Problems(errors)
        return Issued(told, caveat, () if dry else edit.save())


def _blocked(catalog: Catalog, draft: Draft) -> Iterator[Problem]:
    last = catalog.version.release
    if not re.fullmatch(NUMBER_PATTERN, draft.number):
        yield Problem(
            Code.RELEASE_NUMBER, f"版本号 {draft.number} 写法不对", allowed="年份.序号，如 2026.1"
        )
    elif last is not None and tuple(map(int, draft.number.split("."))) <= last.order:
        yield Problem(
            Code.RELEASE_ORDER, f"版本号 {draft.number} 不在最近一版 {last.number} 之后",
            allowed=f"大于 {last.number}",
        )
    if draft.issued > date.today():
        yield Problem(
            Code.RELEASE_ORDER, f"发布日期 {draft.issued} 还没有到", allowed="今天或以前"
        )
    if last is not None and draft.issued < last.issued:
        yield Problem(
            Code.RELEASE_ORDER,
            f"发布日期 {draft.issued} 早于最近一版 {last.number} 的 {last.issued}",
            allowed=f"{last.issued} 或以后",
        )
    if last is not None and not catalog.version.unreleased:
        yield Problem(
            Code.RELEASE_BLOCKED, f"定义与 {last.number} 完全相同，没有什么可发布",
            mend="改过定义再发布",
        )


def _not_issued(catalog: Catalog, decision: Decision) -> Problem:
    origin = catalog.origins[decision.id]
    return Problem(
        Code.RELEASE_BLOCKED, f"{decision.id}（{decision.name}）还是草案，没有签发",
        file=origin.file, line=origin.line,
        mend="签发它，或删去它；要连同草案一起发布（草案仍不生效），加 --with-drafts",
    )


def _to_review(catalog: Catalog) -> Iterator[Problem]:
    found = suspects(catalog, default_cache(catalog.folder))
    for problem in suspect_problems(catalog, found):
        yield replace(
            problem, code=Code.RELEASE_BLOCKED, severity=Severity.ERROR,
            mend=f"{problem.mend or '先复核'}；要不等复核就发布，加 --with-suspects",
        )


def _record(draft: Draft, catalog: Catalog) -> dict[str, object]:
    owner = catalog.bank.owner if catalog.bank else "bank"
    return {
        "id": f"{owner}.release.{draft.number}",
        "name": draft.name,
        "issued": draft.issued,
        "issuer": draft.issuer,
        "summary": draft.summary,
        "records": sum(r.kind not in UNPUBLISHED for r in catalog.records.values()),
        "digest": catalog.meaning,
        **({"sample": True} if draft.sample else {}),
    }

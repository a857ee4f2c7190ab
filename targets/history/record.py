"""The history of one record: each commit that changed it or what the bank decided about it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from targets.catalog import Catalog
from targets.changes import Grade
from targets.schema.base import Record
from targets.schema.targets import Decision, Target

from .blocks import Block, blocks
from .git import Commit, Repository
from .graded import changes, hangs_together, line
from .steps import Changed, Did, Log, Step, steps, trail

UNREAD = "那时的写法或引用的编号和今天不同，没有分级"


@dataclass(frozen=True)
class Row:
    """One commit, as far as it concerns the record."""

    day: date | None
    """None: not committed yet"""
    author: str
    sha: str
    subject: str
    what: str
    """登记, 修改 …, in words"""
    grade: str | None
    """the word; None where it could not be told"""
    lines: tuple[str, ...]
    """what changed; key by key where `unread`"""
    unread: bool = False
    """the record of that time is not one of today's schema"""


def names_of(catalog: Catalog, record_id: str) -> tuple[str, ...]:
    """The record's id and those it went by before."""
    return (record_id, *(old for old, r in catalog.redirects.items() if r.to == record_id))


def decisions_about(catalog: Catalog, record_id: str) -> tuple[str, ...]:
    """Decisions that change a target, drafts included."""
    if not isinstance(catalog.records.get(record_id), Target):
        return ()
    return tuple(
        d.id for d in catalog.all(Decision)
        if any(getattr(change, "target", None) == record_id for change in d.changes)
    )


def rows(catalog: Catalog, record_id: str, log: Log) -> Iterator[Row]:
    """The history by commit, in the order of the log."""
    names, decisions = names_of(catalog, record_id), decisions_about(catalog, record_id)
    for commit, changed in log:
        own = tuple(steps([(commit, changed)], names))
        other = tuple(
            step
            for i in decisions
            for step in steps([(commit, changed)], [i])
            if _says(step.before, names) != _says(step.after, names)
        )
        if own or other:
            yield _row(catalog, record_id, commit, own, other)


def git_rows(catalog: Catalog, record_id: str, repository: Repository) -> list[Row]:
    """The history of one record, read from Git, what is not committed yet first."""
    pending = _uncommitted(catalog, record_id, repository)
    logs = [trail(repository, names_of(catalog, record_id), _file(catalog, record_id))]
    logs += [
        trail(repository, [i], _file(catalog, i)) for i in decisions_about(catalog, record_id)
    ]
    return [*rows(catalog, record_id, pending), *rows(catalog, record_id, _merged(logs))]


def _file(catalog: Catalog, record_id: str) -> str | None:
    origin = catalog.origins.get(record_id)
    return origin.file if origin else None


def _merged(logs: list[Log]) -> Log:
    """Several logs of one repository as one, the latest first."""
    if len(logs) == 1:
        return logs[0]
    by_commit: dict[str, tuple[Commit, Changed]] = {}
    for commit, changed in chain.from_iterable(logs):
        by_commit.setdefault(commit.sha, (commit, {}))[1].update(changed)
    return sorted(by_commit.values(), key=lambda one: one[0].place)


def _uncommitted(catalog: Catalog, record_id: str, repository: Repository) -> Log:
    wanted = {*names_of(catalog, record_id), *decisions_about(catalog, record_id)}
    files = {file for i in wanted if (file := _file(catalog, i))}
    now, then = (
        {i: b for file in sorted(files) for i, b in blocks(read(file)).items() if i in wanted}
        for read in (lambda file: _text(catalog.folder / file), repository.committed)
    )
    changed = {i: (then.get(i), now.get(i)) for i in wanted if then.get(i) != now.get(i)}
    return [(Commit("", None, "", "还没有提交", -1), changed)] if changed else []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig") if path.exists() else ""


# --- one commit


def _says(decision: Block | None, names: Collection[str]) -> object:
    """What a decision says of a record, and from when: it may say much else besides."""
    data = decision.data() if decision else None
    if not isinstance(data, dict) or not isinstance(data.get("changes"), list):
        return None
    issued = (data.get("signoff") or {}).get("issued", True)
    dates = {key: data.get(key) for key in ("effective", "expires")} | {"issued": bool(issued)}
    ours = [c for c in data["changes"] if isinstance(c, dict) and c.get("target") in names]
    return {**dates, "changes": ours} if ours else None


def _row(
    catalog: Catalog, record_id: str, commit: Commit, own: tuple[Step, ...],
    other: tuple[Step, ...],
) -> Row:
    what = [step.did.label for step in own]
    what += [f"{step.did.label}决定" for step in other if step.did is not Did.RENAMED]
    try:
        (graded, told), unread = _graded(catalog, record_id, (*own, *other)), False
    except _Unread as raw:
        graded, told, unread = None, raw.lines, True
    return Row(
        commit.day, commit.author, commit.sha, commit.subject, "、".join(dict.fromkeys(what)),
        graded, tuple(told), unread,
    )


def _raw(step: Step, names: Collection[str]) -> Iterator[str]:
    """What became of the values of a record that today's schema does not read."""
    own = step.record_id in names
    before, after = (
        dict(_leaves(block.data() if own else _says(block, names))) if block else {}
        for block in (step.before, step.after)
    )
    if not before or not after:
        return
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) != after.get(path):
            yield f"{path}：{before.get(path, '（没有）')} → {after.get(path, '（没有）')}"


def _leaves(data: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list):
        for place, value in enumerate(data, 1):
            yield from _leaves(value, f"{path}[{place}]")
    elif data is not None:
        yield path, str(data)


class _Unread(Exception):
    """A step whose records are not of today's schema, and what changed in them key by key."""

    def __init__(self, lines: Iterable[str]):
        self.lines = tuple(lines)


def _narrowed(record: Record, names: Collection[str]) -> Record:
    """A decision with only what it says of the record; anything else as it is."""
    if not isinstance(record, Decision):
        return record
    ours = tuple(c for c in record.changes if getattr(c, "target", None) in names)
    return record.model_copy(update={"changes": ours})


def _graded(
    catalog: Catalog, record_id: str, found: tuple[Step, ...]
) -> tuple[str | None, list[str]]:
    """(the grade, what changed), for the record, else for the decision that bears on it."""
    whole = {Did.ADDED: Grade.ADDED, Did.REMOVED: Grade.REMOVED}
    names = names_of(catalog, record_id)
    if len(found) and found[0].did in whole and found[0].record_id in names:
        return whole[found[0].did].label, []
    sides: tuple[dict[str, Record], dict[str, Record]] = ({}, {})
    for step in found:
        for side, block in zip(sides, (step.before, step.after), strict=True):
            if block is not None and (record := block.record()) is not None:
                side[record.id] = _narrowed(record, names)
            elif block is not None:
                raise _Unread(_raw(step, names))
    known = {*sides[0], *sides[1]}
    if not all(hangs_together(catalog, r, known) for side in sides for r in side.values()):
        raise _Unread(said for step in found for said in _raw(step, names))
    if not any(step.record_id in names for step in found):
        now = catalog.records[record_id]
        sides = ({**sides[0], record_id: now}, {**sides[1], record_id: now})
    told = changes(catalog, *sides)
    ours = [c for c in told if record_id in (c.record, c.was)] or [
        c for c in told if c.record in {s.record_id for s in found}
    ]
    return (
        "、".join(dict.fromkeys(c.grade.label for c in ours)) or None,
        [line(field) for change in ours for field in change.fields],
    )

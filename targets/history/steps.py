"""What each commit did to records: added, changed, renamed or removed; a move changes nothing."""

import pickle
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from targets.schema.base import Labelled

from .blocks import Block, blocks
from .git import Commit, Repository, Touched

Changed = dict[str, tuple[Block | None, Block | None]]
"""Id -> (the record before a commit, the record after it)"""
Log = Iterable[tuple[Commit, Changed]]


class Did(Labelled):
    """What a commit did to a record."""

    ADDED = "added", "登记"
    CHANGED = "changed", "修改"
    RENAMED = "renamed", "改编号"
    REMOVED = "removed", "删去"


@dataclass(frozen=True)
class Step:
    """One commit's change of one record."""

    commit: Commit
    record_id: str
    """after the commit; before it, where the commit removed the record"""
    did: Did
    before: Block | None
    after: Block | None


def steps(log: Log, names: Collection[str]) -> Iterator[Step]:
    """The changes of a record that went by these names, in the order of the log."""
    for commit, changed in log:
        hits = {name: changed[name] for name in names if name in changed}
        gone = [name for name, (_, after) in hits.items() if after is None]
        new = [name for name, (before, _) in hits.items() if before is None]
        if len(gone) == len(new) == 1:  # one name given up for another
            before, after = hits[gone[0]][0], hits[new[0]][1]
            yield Step(commit, new[0], Did.RENAMED, before, after)
            continue
        for name, (before, after) in hits.items():
            if before is None:
                yield Step(commit, name, Did.ADDED, None, after)
            elif after is None:
                yield Step(commit, name, Did.REMOVED, before, None)
            elif before.data() != after.data():  # else only its layout changed
                yield Step(commit, name, Did.CHANGED, before, after)


# --- the log of one record


def trail(repository: Repository, names: Collection[str], file: str | None) -> Log:
    """The log of a record, reading only the files that held it; `file`: where it stands now.

    None: wherever it is met first, for a record that is gone.
    """
    split = _splitter(repository, names)
    holding = {file} if file else set()
    for commit, touched in repository.log():
        near = [t for t in touched if not holding or t.path in holding]
        changed = _changed(near, split)
        if not changed:
            continue
        if any(None in pair for pair in changed.values()):
            # it may have come from another file, or have gone there
            changed = _changed(touched, split)
        holding.update(t.path for t in touched if any(split(blob) for blob in t.before))
        if changed:
            yield commit, changed


# --- the log of all records


def whole_log(
    repository: Repository, wanted: Callable[[str], bool], cache: Path | None = None
) -> list[tuple[Commit, Changed]]:
    """The log of all wanted records; with a cache, only commits not read before are read."""
    head, kept = _kept(cache)
    if head == repository.head:
        return kept
    known = {commit.sha: changed for commit, changed in kept}
    split = _splitter(repository, wanted)
    log = [
        (commit, known[commit.sha] if commit.sha in known else _changed(touched, split))
        for commit, touched in repository.log()
    ]
    _keep(cache, (repository.head, log))
    return log


def _kept(cache: Path | None) -> tuple[str | None, list]:
    try:
        with cache.open("rb") as stream:
            return pickle.load(stream)
    except (AttributeError, OSError, ValueError, EOFError, ImportError, pickle.UnpicklingError):
        return None, []  # no cache, or one of another version


def _keep(cache: Path | None, what: object) -> None:
    if cache is None:
        return
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".partial")
    with partial.open("wb") as stream:
        pickle.dump(what, stream, pickle.HIGHEST_PROTOCOL)
    partial.replace(cache)


# --- a commit


def _splitter(repository: Repository, wanted: Collection[str] | Callable[[str], bool]):
    """A file version -> the wanted records in it. Versions follow one another: few are kept."""

    @lru_cache(maxsize=128)
    def split(blob: str | None) -> dict[str, Block]:
        text = repository.text(blob)
        if callable(wanted):
            return {i: block for i, block in blocks(text).items() if wanted(i)}
        if not any(name in text for name in wanted):
            return {}
        found = blocks(text)
        return {name: found[name] for name in wanted if name in found}

    return split


def _changed(touched: Iterable[Touched], split) -> Changed:
    """What a commit made of records: a merge only where it differs from all that it merged."""
    after: dict[str, Block] = {}
    befores: list[dict[str, Block]] = []
    for file in touched:
        after |= split(file.after)
        befores += [{} for _ in range(len(file.before) - len(befores))]
        for before, blob in zip(befores, file.before, strict=True):
            before |= split(blob)
    return {
        i: (befores[0].get(i), after.get(i))
        for i in dict.fromkeys((*(befores[0] if befores else ()), *after))
        if all(before.get(i) != after.get(i) for before in befores)
    }

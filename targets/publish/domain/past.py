"""What pages tell of the past: Git changes of records, values over time, releases, former ids.

The repository is read once a build, in one pass, and what was read of a commit is kept beside the
doctrees; where there is no Git the pages say so and are whole otherwise.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from targets.catalog import Catalog
from targets.catalog.references import kind_of
from targets.changes import Grade
from targets.changes.model import WHAT_WORDS
from targets.history.git import Commit, NoHistory, Repository
from targets.history.releases import Told, changes_file, kept_changes
from targets.history.steps import Changed, whole_log
from targets.history.values import Stretch
from targets.schema.lifecycle import Redirect, Release
from targets.schema.targets import Decision, Target


def _shown(record_id: str) -> bool:
    """Whether pages tell of its changes: targets, and what is decided about them."""
    return kind_of(record_id) in (Target.kind, Decision.kind)


class Past:
    """The Git log of a definitions folder, by record; empty without a folder."""

    def __init__(self, folder: Path | None = None, cache: Path | None = None):
        self._folder, self._cache = folder, cache

    @cached_property
    def _read(self) -> tuple[list[tuple[Commit, Changed]], str]:
        """(the log, a caveat or nothing)"""
        if self._folder is None:
            return [], ""
        try:
            with Repository.of(self._folder) as repository:
                return whole_log(repository, _shown, self._cache), repository.told
        except NoHistory as why:
            return [], f"改动没有列出：{why}"

    @property
    def caveat(self) -> str:
        return self._read[1]

    @cached_property
    def _by_record(self) -> dict[str, list[tuple[Commit, Changed]]]:
        out: dict[str, list[tuple[Commit, Changed]]] = {}
        for commit, changed in self._read[0]:
            for record_id in changed:
                out.setdefault(record_id, []).append((commit, changed))
        return out

    def log(self, ids: Iterable[str]) -> list[tuple[Commit, Changed]]:
        """The commits that changed one of these records, the latest first."""
        found = {c.sha: (c, changed) for i in ids for c, changed in self._by_record.get(i, ())}
        return sorted(found.values(), key=lambda one: one[0].place)

    def state(self, record_id: str) -> str:
        """All that a page can show of a record's changes."""
        changes = self._by_record.get(record_id, ())
        said = [(c.sha, c.day, c.author, c.subject, d[record_id]) for c, d in changes]
        return repr((self.caveat, said))


# --- values over time


def chart(stretches: Iterable[Stretch], today: date) -> dict[str, object] | None:
    """A step chart in a box of 100 by 100; None where the value never changes."""
    found = list(stretches)
    numbers = [v for s in found for v in (s.low, s.high) if v is not None]
    turns = [s.since for s in found if s.since]
    if len(found) < 2 or not numbers or not turns:
        return None
    first, last = min(*turns, today), max(*turns, today)
    margin = timedelta(days=max(30, (last - first).days // 6))
    first, last = first - margin, last + margin
    bottom, top = min(numbers), max(numbers)

    def x(day: date) -> str:
        return f"{100 * (day - first) / (last - first):.2f}"

    def y(value: float) -> str:
        return f"{92 - 84 * (value - bottom) / ((top - bottom) or 1):.2f}"

    def path(side: str) -> str:
        drawn, before = "", None
        for s in found:
            value = getattr(s, side)
            if value is not None:
                begin, end = s.since or first, s.until + timedelta(days=1) if s.until else last
                drawn += f"{'M' if before is None else 'L'}{x(begin)},{y(value)}"
                drawn += f"L{x(end)},{y(value)}"
            before = value
        return drawn

    sides = ("low",) if all(s.low == s.high for s in found) else ("low", "high")
    return {"paths": [path(side) for side in sides], "today": x(today)}


# --- releases


def releases(catalog: Catalog) -> list[Release]:
    """The latest first."""
    return sorted(catalog.all(Release), key=lambda r: r.order, reverse=True)


def redirects_of(catalog: Catalog, release: Release | None) -> list[Redirect]:
    """Ids that were given up for a release; None: since the last one."""
    pending = [r for r in catalog.all(Redirect) if r.former in catalog.released.current]
    if release is None:
        return pending
    line = releases(catalog)
    earlier = [r.issued for r in line if r.order < release.order]
    return [
        r for r in catalog.all(Redirect)
        if r not in pending
        and max(earlier, default=date.min) < r.since
        and (release == line[0] or r.since <= release.issued)
    ]


def by_grade(told: Iterable[Told]) -> list[tuple[str, list[Told]]]:
    """What weighs most first; what could not be graded last."""
    found = list(told)
    groups = [(g.label, [t for t in found if t.grade == g.label]) for g in Grade]
    groups.append(("没有分级", [t for t in found if t.grade is None]))
    return [(word, those) for word, those in groups if those]


def unreleased(handbook) -> str:
    """What changed since the last release."""
    told, caveat = handbook.unreleased
    return handbook.template(
        "collections/changes.html", groups=by_grade(told), caveat=caveat,
        redirects=redirects_of(handbook.catalog, None), release=None, what=WHAT_WORDS,
        first=False, kept=True,
    )


def release_changes(handbook, release_id: str, _digest: str) -> str:
    """One release: what it says of itself, and what it changed."""
    release = handbook.catalog.records.get(release_id)
    if release is None:
        return ""
    told = kept_changes(handbook.catalog.folder, release.number)
    return handbook.template(
        "collections/changes.html", groups=by_grade(told or ()), caveat="",
        redirects=redirects_of(handbook.catalog, release), release=release, what=WHAT_WORDS,
        first=release == releases(handbook.catalog)[-1], kept=told is not None,
    )


def release_list(handbook) -> str:
    """Only a digest of which releases there are: shown nowhere."""
    return "、".join(f"{r.id}{r.name}" for r in releases(handbook.catalog))


def kept_digest(handbook, release: Release) -> tuple[Path, str]:
    """(the file that keeps what a release changed, a digest of it)"""
    path = handbook.catalog.folder / changes_file(release.number)
    raw = path.read_bytes() if path.exists() else b""
    return path, hashlib.blake2b(raw, digest_size=8).hexdigest()


VIEWS = {
    "unreleased": unreleased, "release_changes": release_changes, "release_list": release_list,
}

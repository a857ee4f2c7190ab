"""What a view was made from: noted while it is made, and compared when the site is built again.

The catalogue and the findings are watched: every look into them is noted for the views being made.
A view that looked only at what is the same today need not be made again to know its digest, so
that a changed value costs the making of the views that show it, not of thousands of pages.
"""

import hashlib
import pickle
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from targets.catalog import Catalog
from targets.catalog.lifecycle import meaning
from targets.publish.domain.fresh import Fresh
from targets.publish.domain.past import Past
from targets.publish.results import Results
from targets.schema.base import Record

Look = tuple[str, ...]
"""(what was looked at, key): ("record", id), ("kind", kind), ("backlinks", id), ("view", …)"""

ANYTHING = "*"

LOOKS = (
    "by_target", "by_unit", "by_assumption", "judged_with", "series",
    "by_allocation", "split_of", "by_scorecard", "scores_of", "by_rule", "rules_by_unit",
    "hand_ins_of_unit", "hand_ins_of_duty",
)  # fmt: skip
"""what of the results can be looked up"""


def digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8).digest()


def as_released(catalog: Catalog, record_id: str) -> tuple[str | None, bool]:
    """(the last release, whether the record says now what it said then)."""
    release, record = catalog.version.release, catalog.records.get(record_id)
    if release is None or record is None:
        return None, False
    return release.number, catalog.released.meanings.get(record_id) == meaning(record)


class Watch:
    """Who is looking at what. Views are made within one another: each notes its own looks."""

    def __init__(self) -> None:
        self._frames: list[set[Look]] = []
        self._one: dict[Look, Look] = {}
        self._reckoned: dict[Hashable, tuple[object, set[Look]]] = {}

    def note(self, *look: str) -> None:
        if self._frames:
            # one object for equal looks: they are kept by the hundred thousand
            self._frames[-1].add(self._one.setdefault(look, look))

    def once(self, key: Hashable, make: Callable[[], object]) -> object:
        """A reckoning made once a build; who asks for it has looked at all that it looked at."""
        if key not in self._reckoned:
            with self.frame() as looks:
                self._reckoned[key] = (make(), looks)
        value, looks = self._reckoned[key]
        if self._frames:
            self._frames[-1].update(looks)
        return value

    @contextmanager
    def frame(self) -> Iterator[set[Look]]:
        looks: set[Look] = set()
        self._frames.append(looks)
        try:
            yield looks
        finally:
            self._frames.pop()


class _WatchedMapping(Mapping):
    """Notes the keys asked for; going through all of them notes that all were seen."""

    def __init__(self, content: Mapping, watch: Watch, what: str):
        self._content, self._watch, self._what = content, watch, what

    def __getitem__(self, key):
        self._watch.note(self._what, key)
        return self._content[key]

    def get(self, key, default=None):
        if key is not None:
            self._watch.note(self._what, key)
        return self._content.get(key, default)

    def __contains__(self, key) -> bool:
        self._watch.note(self._what, key)
        return key in self._content

    def __iter__(self):
        self._watch.note(self._what, ANYTHING)
        return iter(self._content)

    def values(self):
        self._watch.note(self._what, ANYTHING)
        return self._content.values()

    def __len__(self) -> int:
        self._watch.note(self._what, ANYTHING)
        return len(self._content)


class WatchedCatalog(Catalog):
    """The same records; every look is noted."""

    def __init__(self, plain: Catalog, watch: Watch):
        super().__init__(
            plain.records, plain.origins, plain.folder, plain.warnings, plain.released,
            plain.supposed,
        )
        self.plain, self._watch = plain, watch
        self.records = _WatchedMapping(plain.records, watch, "record")
        self.origins = _WatchedMapping(plain.origins, watch, "origin")

    def all(self, model):
        self._watch.note("kind", model.kind)
        return self.plain.all(model)

    @property
    def documents(self):
        self._watch.note("kind", "document")
        return self.plain.documents

    @property
    def redirects(self):
        self._watch.note("kind", "redirect")
        return self.plain.redirects

    @property
    def version(self):
        self._watch.note("version", ANYTHING)
        return self.plain.version

    def children(self, record_id: str):
        return self._seen("children", record_id, self.plain.children(record_id))

    def links(self, record_id: str):
        return self._seen("links", record_id, self.plain.links(record_id))

    def backlinks(self, record_id: str):
        return self._seen("backlinks", record_id, self.plain.backlinks(record_id))

    def _seen(self, how: str, record_id: str, found: tuple[Record, ...]) -> tuple[Record, ...]:
        self._watch.note(how, record_id)
        for record in found:
            self._watch.note("record", record.id)
        return found


class WatchedResults:
    """The same findings; every look is noted."""

    def __init__(self, plain: Results, watch: Watch):
        self.plain, self._watch = plain, watch
        for name in LOOKS:
            setattr(self, name, _WatchedMapping(getattr(plain, name), watch, name))

    @property
    def findings(self):
        self._watch.note("findings", ANYTHING)
        return self.plain.findings

    @property
    def as_of(self):
        self._watch.note("as_of", ANYTHING)
        return self.plain.as_of

    @property
    def choices(self):
        self._watch.note("choices", ANYTHING)
        return self.plain.choices

    @property
    def label(self):
        self._watch.note("as_of", ANYTHING)
        return self.plain.label


class States:
    """The digest of everything that can be looked at, as it is in this build."""

    def __init__(self, catalog: Catalog, results: Results, past: Past, fresh: Fresh):
        self._catalog, self._results, self._past = catalog, results, past
        self._fresh = fresh
        self._known: dict[Look, bytes] = {}
        self._findings: dict[int, bytes] = {}

    def of(self, look: Look) -> bytes:
        if look not in self._known:
            self._known[look] = self._of(*look)
        return self._known[look]

    def _of(self, what: str, key: Hashable) -> bytes:
        match what:
            case "record" if key == ANYTHING:
                return digest(b"".join(map(self._record, self._catalog.records)))
            case "record":
                return self._record(key)
            case "kind":
                return digest(b"".join(self._record(r.id) for r in self._by_kind.get(key, ())))
            case "origin":
                return digest(repr(self._catalog.origins.get(key)).encode())
            case "children" | "links" | "backlinks":
                found = getattr(self._catalog, what)(key)
                return digest("\0".join(r.id for r in found).encode())
            case "fresh" if key == ANYTHING:
                return digest(self._fresh.whole().encode())
            case "fresh":
                return digest(self._fresh.state(key).encode())
            case "past":
                return digest(self._past.state(key).encode())
            case "version":
                return digest(self._catalog.version.words.encode())
            case "unreleased":
                return digest(repr((self._catalog.meaning, self._catalog.version)).encode())
            case "as_released":
                return digest(repr(as_released(self._catalog, key)).encode())
            case "findings":
                return self._all_findings
            case "choices":
                return digest(repr(self._results.choices).encode())
            case "as_of":
                return digest(repr((self._results.as_of, self._results.label)).encode())
        if what.startswith("hand_ins") and key == ANYTHING:
            return digest(repr(self._results.hand_ins).encode())
        if key == ANYTHING:
            return self._all_findings
        found = getattr(self._results, what).get(key, ())
        if what == "series":
            return digest(repr(found).encode())
        return digest(b"".join(map(self._finding, found)))

    @cached_property
    def _all_findings(self) -> bytes:
        found = (
            *self._results.findings, *self._results.rule_findings, *self._results.splits,
            *self._results.scores,
        )
        return digest(b"".join(map(self._finding, found)))

    def _finding(self, finding) -> bytes:
        if id(finding) not in self._findings:
            self._findings[id(finding)] = digest(repr(finding).encode())
        return self._findings[id(finding)]

    @cached_property
    def _records(self) -> dict[str, bytes]:
        return {}

    def _record(self, record_id: str) -> bytes:
        if record_id not in self._records:
            record = self._catalog.records.get(record_id)
            content = b"" if record is None else record.model_dump_json(by_alias=True).encode()
            self._records[record_id] = digest(record_id.encode() + content)
        return self._records[record_id]

    @cached_property
    def _by_kind(self) -> dict[str, list[Record]]:
        out: dict[str, list[Record]] = {}
        for record in self._catalog.records.values():
            out.setdefault(record.kind, []).append(record)
        return out


class Views:
    """What is known of every view: its digest and what it was made from, kept between builds.

    `make(key)` renders one. Whether a view is the same as before is told by its looks alone.
    """

    def __init__(
        self,
        states: States,
        watch: Watch,
        make: Callable[[Look], str],
        cache: Path | None = None,
        fingerprint: str = "",
    ):
        self._states, self._watch, self._make = states, watch, make
        self._cache, self._fingerprint = cache, fingerprint
        self._before, self._then = self._load()
        self._now: dict[Look, tuple[bytes, tuple[Look, ...]]] = {}
        self._html: dict[Look, str] = {}

    def html(self, key: Look) -> str:
        """The view; made at most once a build."""
        self._watch.note("view", *key)
        if key not in self._html:
            with self._watch.frame() as looks:
                self._html[key] = html = self._make(key)
            found = digest(html.encode()) if html else b""
            self._now[key] = (found, tuple(looks))
        return self._html[key]

    def digest(self, key: Look) -> bytes:
        """Empty when the view shows nothing."""
        if key not in self._now:
            kept = self._before.get(key)
            if kept is not None and self._unchanged(kept[1]):
                self._now[key] = kept
            else:
                with self._watch.frame():
                    self.html(key)
        return self._now[key][0]

    def _unchanged(self, looks) -> bool:
        return all(self._state(look) == self._then.get(look) for look in looks)

    def _state(self, look: Look) -> bytes:
        return self.digest(look[1:]) if look[0] == "view" else self._states.of(look)

    # --- between builds

    def _load(self) -> tuple[dict, dict]:
        """Views with their looks, and the state of every look, as the last build left them."""
        try:
            with self._cache.open("rb") as stream:
                fingerprint, views, states = pickle.load(stream)
        except (OSError, AttributeError, ValueError, EOFError, pickle.UnpicklingError):
            return {}, {}
        return (views, states) if fingerprint == self._fingerprint else ({}, {})

    def save(self) -> None:
        if self._cache is None:
            return
        states = {look: self._state(look) for _, looks in self._now.values() for look in looks}
        if self._now == self._before and states == self._then:
            return
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        partial = self._cache.with_suffix(".partial")
        with partial.open("wb") as stream:
            pickle.dump((self._fingerprint, self._now, states), stream, protocol=5)
        partial.replace(self._cache)

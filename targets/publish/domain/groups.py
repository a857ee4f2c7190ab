"""Records that belong side by side: one notion under several documents, one name for several.

Pure functions of the catalogue; what they join is computed from names, aliases and the links that
say which records are not to be confused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

from targets.catalog import Catalog
from targets.schema.base import Record
from targets.schema.duties import Duty
from targets.schema.measures import Metric
from targets.schema.rules import Eligibility, Rule
from targets.schema.source import Provision, Role
from targets.schema.targets import Target

# A shorter name says too little to join two metrics by it.
_TELLING = 4
_NAMED = ("framework", "metric", "term", "product", "system", "unit_group", "peer_set", "rule")


def names(record: Record) -> tuple[str, ...]:
    return (record.name, *getattr(record, "aliases", ()))


def _plain(name: str) -> str:
    return name.strip("“”").replace(" ", "")


class _Sets:
    """Records joined step by step; two of the same document never come together."""

    def __init__(self, records: Iterable[Record], apart: set[frozenset[str]]):
        self._of = {r.id: [r] for r in records}
        self._apart = apart

    def join(self, a: Record, b: Record, though_apart: bool = False) -> None:
        one, other = self._of[a.id], self._of[b.id]
        if one is other or {r.owner for r in one} & {r.owner for r in other}:
            return
        apart = (frozenset((x.id, y.id)) in self._apart for x in one for y in other)
        if not though_apart and any(apart):
            return
        one.extend(other)
        for record in other:
            self._of[record.id] = one

    def groups(self) -> list[tuple[Record, ...]]:
        found = {id(group): group for group in self._of.values()}
        return [tuple(group) for group in found.values()]


def _kept_apart(catalog: Catalog) -> set[frozenset[str]]:
    return {
        frozenset((r.id, other))
        for r in catalog.records.values()
        for other in getattr(r, "not_to_confuse", ())
    }


def _by_name(records: Iterable[Record], said: Callable[[Record], Iterable[str]]) -> dict:
    out: dict[str, list[Record]] = {}
    for record in records:
        for name in dict.fromkeys(map(_plain, said(record))):
            out.setdefault(name, []).append(record)
    return out


def _joined(
    catalog: Catalog, records: tuple[Record, ...], more=(), namesakes: bool = False
) -> list[tuple[Record, ...]]:
    """By equal names first; then where one's name is the other's alias, and no two answer to it.

    `namesakes` joins them even where they are not to be confused.
    """
    sets = _Sets(records, _kept_apart(catalog))
    called = _by_name(records, lambda r: [r.name])
    aliased = _by_name(records, lambda r: names(r)[1:])
    for same in called.values():
        for a, b in combinations(same, 2):
            sets.join(a, b, though_apart=namesakes)
    for name, same in called.items():
        others: dict[str, list[Record]] = {}
        for other in aliased.get(name, ()):
            others.setdefault(other.owner, []).append(other)
        for found in others.values():
            if len(found) == 1:
                sets.join(same[0], found[0], though_apart=namesakes)
    for a, b in more:
        sets.join(a, b)
    return sets.groups()


# --- roles


@dataclass(frozen=True)
class RoleGroup:
    """One notion of a post or body, as the documents name it."""

    roles: tuple[Role, ...]

    @property
    def name(self) -> str:
        """The name that most of its roles carry, the shortest of several."""
        found = [r.name for r in self.roles]
        return min(dict.fromkeys(found), key=lambda n: (-found.count(n), len(n)))

    @property
    def slug(self) -> str:
        """Stable as long as the first role's id is."""
        return self.roles[0].id.replace(".role.", "_")

    @property
    def external(self) -> bool:
        return all(r.external for r in self.roles)


def role_groups(catalog: Catalog) -> list[RoleGroup]:
    """Every role once, the notions that most documents share first.

    Posts of one name belong on one page although they are those of different banks: who holds the
    post wants to see all that is asked of it, and from whom.
    """
    groups = [RoleGroup(g) for g in _joined(catalog, catalog.all(Role), namesakes=True)]
    return sorted(groups, key=lambda g: -len(g.roles))


def kin(group: RoleGroup, groups: Iterable[RoleGroup]) -> list[RoleGroup]:
    """Narrower and wider notions, told by their names: 包片客户经理 of 客户经理."""
    return [
        other
        for other in groups
        if other is not group
        and min(len(other.name), len(group.name)) > 2
        and (other.name.endswith(group.name) or group.name.endswith(other.name))
    ]


@dataclass(frozen=True)
class Asked:
    """What a document asks of a role."""

    duties: tuple[Duty, ...]
    received: tuple[Duty, ...]
    rules: tuple[Rule, ...]
    provisions: tuple[Provision, ...]
    """set up at a clause that names the role"""
    targets: tuple[Target, ...]
    """set at a clause that names the role"""

    def __bool__(self) -> bool:
        return bool(
            self.duties or self.received or self.rules or self.provisions or self.targets
        )


def asked(catalog: Catalog, role: Role) -> Asked:
    found = catalog.backlinks(role.id)
    duties = [r for r in found if isinstance(r, Duty)]
    at = [r for c in dict.fromkeys(role.clauses) for r in catalog.backlinks(c)]
    return Asked(
        duties=tuple(d for d in duties if role.id in d.actors),
        received=tuple(d for d in duties if role.id in (*d.recipients, *d.copies)),
        rules=tuple(
            r
            for r in found
            if isinstance(r, Rule)
            and (
                role.id in r.applies_to
                or (isinstance(r.body, Eligibility) and role.id in r.body.who)
            )
        ),
        provisions=tuple(dict.fromkeys(r for r in at if isinstance(r, Provision))),
        targets=tuple(dict.fromkeys(r for r in at if isinstance(r, Target))),
    )


# --- metrics


def metric_families(catalog: Catalog) -> list[tuple[Metric, ...]]:
    """Metrics of several documents that measure the same or nearly the same."""
    metrics = catalog.all(Metric)
    close = [
        (a, b)
        for a, b in combinations(metrics, 2)
        if a.owner != b.owner and _contains(_plain(a.name), _plain(b.name))
    ]
    close.sort(key=lambda pair: abs(len(pair[0].name) - len(pair[1].name)))
    return [g for g in _joined(catalog, metrics, close) if len(g) > 1]


def _contains(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    return len(short) >= _TELLING and short in long


# --- one name, several things


@dataclass(frozen=True)
class Homonym:
    """A name and what it stands for, document by document."""

    name: str
    records: tuple[Record, ...]


def homonyms(catalog: Catalog) -> tuple[list[Homonym], list[Homonym], list[tuple[Record, ...]]]:
    """(one name in several documents, one name for several things in one document, names that
    differ and are confused all the same)."""
    apart = _kept_apart(catalog)
    records = [r for r in catalog.records.values() if r.kind in (*_NAMED, "role", "scorecard")]
    linked = {i for pair in apart for i in pair}
    across: dict[tuple[str, ...], Homonym] = {}
    within: dict[tuple[str, ...], Homonym] = {}
    told: set[frozenset[str]] = set()
    for name, same in _by_name(records, names).items():
        pairs = [frozenset((a.id, b.id)) for a, b in combinations(same, 2)]
        documents = {r.owner for r in same}
        # a role is the same post in every document unless the definitions say otherwise
        posts = all(r.kind == "role" for r in same) and not apart.intersection(pairs)
        if len(documents) > 1 and not posts:
            across.setdefault(tuple(r.id for r in same), Homonym(name, tuple(same)))
        elif apart.intersection(pairs):
            within.setdefault(tuple(r.id for r in same), Homonym(name, tuple(same)))
        else:
            continue
        told.update(pairs)
    pools = [catalog.get(i) for i in catalog.records if i in linked]
    confused = _connected(pools, apart - told)
    return list(across.values()), list(within.values()), confused


def _connected(records: list[Record], pairs: set[frozenset[str]]) -> list[tuple[Record, ...]]:
    """Records that pairs hold together, in the order of the files."""
    group = {r.id: [r] for r in records}
    order = {r.id: i for i, r in enumerate(records)}
    for a, b in (tuple(p) for p in pairs if len(p) == 2 and p <= group.keys()):
        if group[a] is not group[b]:
            joined = group[a] + group[b]
            for record in joined:
                group[record.id] = joined
    found = {id(g): g for g in group.values() if len(g) > 1}
    out = [tuple(sorted(g, key=lambda r: order[r.id])) for g in found.values()]
    return sorted(out, key=lambda g: order[g[0].id])

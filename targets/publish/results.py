"""Findings for the handbook, computed once per state of definitions, data and code.

What an assessment says of unchanged input is kept beside the doctrees, so that a build without a
change computes nothing.
"""

import hashlib
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import targets
from targets.assessment.findings import Finding, RuleFinding
from targets.assessment.scorecard import Score
from targets.calendar.choice_file import Chosen, chosen_in
from targets.catalog import Catalog
from targets.catalog.allocations import Split
from targets.publish.calendar.handed_in import HandIn, hand_ins
from targets.schema.criteria import Level
from targets.schema.organisation import UnitLevel

_CODE = (
    "schema", "catalog", "branchdata", "assessment", "calendar", "publish/calendar",
    "periods.py", "wording.py",
)  # fmt: skip

Series = tuple[tuple[date, Fraction | None], ...]


@dataclass(frozen=True)
class Results:
    """What of an assessment may be published; empty when there is no data."""

    as_of: date | None = None
    label: str | None = None
    findings: tuple[Finding, ...] = ()
    series: dict[tuple[str, str], Series] = field(default_factory=dict)
    """monthly readings of the whole bank against numbers: the lines that pages draw"""
    splits: tuple[Split, ...] = ()
    """allocations worked out on the data date"""
    scores: tuple[Score, ...] = ()
    """scorecards at the units they score"""

    @cached_property
    def by_allocation(self) -> dict[str, tuple[Finding, ...]]:
        """Findings of units by their shares."""
        return _grouped([f for f in self.findings if f.allocation], lambda f: f.allocation)

    @cached_property
    def split_of(self) -> dict[str, tuple[Split, ...]]:
        """By allocation; one each."""
        return _grouped(self.splits, lambda s: s.allocation.id)

    @cached_property
    def by_scorecard(self) -> dict[str, tuple[Score, ...]]:
        return _grouped(self.scores, lambda s: s.scorecard)

    @cached_property
    def scores_of(self) -> dict[str, tuple[Score, ...]]:
        """By the id of the unit scored."""
        return _grouped(self.scores, lambda s: s.subject.unit)
    rule_findings: tuple[RuleFinding, ...] = ()
    choices: Chosen = field(default_factory=dict)
    """days that units chose, in the data folder's table"""
    hand_ins: tuple[HandIn, ...] = ()
    """what fell due around the data date, where records tell what came of it"""

    @cached_property
    def hand_ins_of_unit(self) -> dict[str, tuple[HandIn, ...]]:
        return _grouped(self.hand_ins, lambda h: h.unit)

    @cached_property
    def hand_ins_of_duty(self) -> dict[str, tuple[HandIn, ...]]:
        return _grouped(self.hand_ins, lambda h: h.duty)

    @cached_property
    def by_target(self) -> dict[str, tuple[Finding, ...]]:
        return _grouped(self.findings, lambda f: f.target)

    @cached_property
    def by_unit(self) -> dict[str, tuple[Finding, ...]]:
        """By the id of the unit judged, its sites' findings included."""
        return _grouped(self.findings, lambda f: f.subject.unit)

    @cached_property
    def by_rule(self) -> dict[str, tuple[RuleFinding, ...]]:
        return _grouped(self.rule_findings, lambda f: f.rule)

    @cached_property
    def rules_by_unit(self) -> dict[str, tuple[RuleFinding, ...]]:
        return _grouped(self.rule_findings, lambda f: f.subject.unit)

    @cached_property
    def by_assumption(self) -> dict[str, tuple[Finding, ...]]:
        """Findings that are open because of an assumption."""
        out = defaultdict(list)
        for finding in self.findings:
            for assumption in finding.open_assumptions:
                out[assumption].append(finding)
        return {k: tuple(v) for k, v in out.items()}

    @cached_property
    def judged_with(self) -> dict[str, tuple[Finding, ...]]:
        """By metric, clause, decision and assumption that they rest on."""
        out = defaultdict(list)
        for finding in self.findings:
            trace = finding.trace
            rests_on = (*trace.clauses, *trace.decisions, *trace.assumptions)
            for record_id in dict.fromkeys((finding.metric, *rests_on)):
                out[record_id].append(finding)
        return {k: tuple(v) for k, v in out.items()}


def _grouped(findings, key) -> dict[str, tuple[Finding, ...]]:
    out = defaultdict(list)
    for finding in findings:
        out[key(finding)].append(finding)
    return {k: tuple(v) for k, v in out.items()}


def code_fingerprint(parts: Iterable[str]) -> str:
    """Over the bytes of these folders and modules of the package, templates included."""
    digest = hashlib.blake2b(digest_size=16)
    package = Path(targets.__file__).parent
    for part in parts:
        inside = (package / part).rglob("*") if (package / part).is_dir() else [package / part]
        for path in sorted(p for p in inside if p.suffix in (".py", ".html")):
            digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _fingerprint(catalog: Catalog, folder: Path) -> str:
    """Everything that findings depend on. Data files count by name, size and time, being large."""
    digest = hashlib.blake2b(catalog.digest().encode(), digest_size=16)
    digest.update(code_fingerprint(_CODE).encode())
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        stat = path.stat()
        digest.update(f"{path.relative_to(folder)}\0{stat.st_size}\0{stat.st_mtime_ns}".encode())
    return digest.hexdigest()


def _kept(cache: Path, fingerprint: str, make: Callable[[], object]) -> object:
    """What was made from the same before; else it is made, and kept."""
    try:
        with cache.open("rb") as stream:
            kept, made = pickle.load(stream)
        if kept == fingerprint:
            return made
    except (OSError, ValueError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        pass  # no cache, or one of another version
    made = make()
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".partial")
    with partial.open("wb") as stream:
        pickle.dump((fingerprint, made), stream)
    partial.replace(cache)
    return made


def _assess(catalog: Catalog, folder: Path) -> Results:
    # DuckDB and pandas load only when there is something to compute
    from targets.assessment import assess
    from targets.assessment.disclosure import publishable

    assessment = publishable(assess(catalog, folder))
    return Results(
        as_of=assessment.as_of,
        label=assessment.label,
        findings=tuple(assessment.findings),
        series={
            (f.target, f.subject.key): tuple(assessment.series(f.target, f.subject.key))
            for f in assessment.findings
            if f.subject.level == UnitLevel.BANK
            and f.threshold is not None
            # a threshold for a change or a growth has no place beside the level over time
            and isinstance(catalog.get(f.target).parts[0][1].quantity, Level)
        },
        splits=assessment.splits,
        scores=assessment.scores,
        rule_findings=assessment.rule_findings,
        choices=chosen_in(folder, catalog),
        hand_ins=hand_ins(catalog, folder, assessment.as_of),
    )


def load_results(catalog: Catalog, folder: Path | None, cache: Path) -> Results:
    """Findings on the data in `folder`; without data, none. Raises Problems for bad data."""
    if folder is None or not folder.is_dir() or not any(folder.iterdir()):
        return Results()
    return _kept(cache, _fingerprint(catalog, folder), lambda: _assess(catalog, folder))

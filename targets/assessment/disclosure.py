"""What may be published: counts of people below the bank's minimum are withheld, and so is what
would tell them.

A finding that counts rows of a table with a `personal` column shows neither counts nor rate where
the numerator, the denominator or what is between them is below the minimum, nor where it could be
worked out: from the published total above and the units and sites beside it, from the same count
under another target, from a change since an earlier month, or from the status word itself. As long
as the bank has not decided on a minimum, no such finding shows its figures: what is published
can't be taken back.

The command line and the workbook for the meeting are internal and withhold nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from targets.catalog.decisions import smallest_published
from targets.schema.criteria import AtLeast, AtMost, Equal, ExtraChange, Level, ShareOf, Within
from targets.schema.measures import AggregateMeasure, Metric, Percent, QuotientMeasure, RatioMeasure
from targets.schema.targets import Target

from . import verdicts
from .findings import WITHHELD, Finding, Status, Subject
from .measuring import LAST_YEAR
from .pace import baseline_day

INTERNAL = "本行内部使用：人数再少也照列，不得原样对外公布"
UNDECIDED = "本行还没有定下少于几人就不公布，按人按户数出来的数一律不公布"
Tree = Mapping[str, str | None]
"""subject -> the nearest subject above it whose figures are published too; None at the top"""
Count = Callable[[str, date], int | None]
"""(subject, day) -> a number of people; None without rows"""


# --- pure: which cells of one count have to be withheld


def hidden_cells(values: Mapping[str, int], above: Tree, minimum: int) -> frozenset[str]:
    """The subjects at which one count is withheld, so that no small one can be derived.

    Small ones first. Then, wherever a total and its parts are published, either all of them are
    known or at least two are not, and parts that are not known make up at least the minimum
    together; the next smallest part is withheld until that holds, at last the total itself.
    """
    parts: dict[str, list[str]] = defaultdict(list)
    for subject in sorted(values, key=lambda s: (values[s], s)):
        if above.get(subject) in values:
            parts[above[subject]].append(subject)
    hidden = {s for s, value in values.items() if value < minimum}
    changed = True
    while changed:
        changed = False
        for total, below in parts.items():
            more = _one_more(total, below, values, hidden, minimum)
            if more is not None:
                hidden.add(more)
                changed = True
    return frozenset(hidden)


def _one_more(total, below, values, hidden, minimum) -> str | None:
    """What must be withheld besides, for this total and its parts; None when nothing must."""
    unknown = [s for s in below if s in hidden]
    if total in hidden:
        enough = bool(unknown)
    else:
        enough = not unknown or (
            len(unknown) > 1 and sum(values[s] for s in unknown) >= minimum
        )
    if enough:
        return None
    return next((s for s in below if s not in hidden), total)


# --- which counts a finding shows


@dataclass(frozen=True)
class Shown:
    """A count of people that a metric's figures show."""

    key: Hashable
    """equal for equal counts, whichever metric shows them"""
    of: Count


def _counts_rows(measure: str) -> bool:
    return measure.replace(" ", "").lower().startswith("count(")


class _People:
    """The counts of people behind the findings of one assessment."""

    def __init__(self, assessment):
        self._assessment, self._catalog = assessment, assessment.catalog
        self._readings = assessment.readings
        self._shown: dict[tuple[str, str], tuple[Shown, ...]] = {}

    def of(self, target: str, metric: str) -> tuple[Shown, ...]:
        if (target, metric) not in self._shown:
            key = self._assessment.key(target, metric)
            self._shown[target, metric] = tuple(self._of_key(key))
        return self._shown[target, metric]

    def _of_key(self, key) -> Iterator[Shown]:
        found = self._readings.resolved(key)
        metric, measure = found.metric, found.metric.measure
        if isinstance(measure, QuotientMeasure):
            for side in (measure.numerator, measure.denominator):
                yield from self._of_key(replace(key, metric=side))
            return
        for name in found.people:
            yield Shown((found.dataset, name), self._counter(found.dataset, name))
        if len(found.people) == 2 and _part_of_whole(metric):
            part, whole = (self._counter(found.dataset, name) for name in found.people)
            yield Shown((found.dataset, *found.people), _difference(whole, part))

    def _counter(self, dataset: str, column: str) -> Count:
        return lambda subject, day: self._readings.number(dataset, subject, day, column)


def _difference(whole: Count, part: Count) -> Count:
    def rest(subject: str, day: date) -> int | None:
        total = whole(subject, day)
        return None if total is None else total - part(subject, day)

    return rest


def _part_of_whole(metric: Metric) -> bool:
    return isinstance(metric.unit, Percent) and not metric.unit.may_exceed_100


# --- which findings are withheld


class Disclosure:
    """What of an assessment may be published, under one minimum; None: not yet decided."""

    def __init__(self, assessment, minimum: int | None = None):
        self._assessment, self._minimum = assessment, minimum
        self._people = _People(assessment)
        self._above = _units_above(assessment.catalog)
        self._subjects: dict[Hashable, set[str]] = defaultdict(set)
        self._counts: dict[Hashable, Shown] = {}
        self._units: dict[str, str] = {}
        self._hidden: dict[tuple[Hashable, date], frozenset[str]] = {}
        for finding in assessment.findings:
            self._units[finding.subject.key] = finding.subject.unit_code
            for shown, subject in self._cells(finding.target, finding.subject):
                self._subjects[shown.key].add(subject)
                self._counts[shown.key] = shown

    def counts_people(self, finding: Finding) -> bool:
        """Whether a finding's figures rest on rows of people."""
        return any(True for _ in self._cells(finding.target, finding.subject))

    def withholds(self, target: str, subject: Subject, day: date) -> bool:
        """Whether the figures of a target at a subject are withheld for a data date."""
        return any(
            self._minimum is None or cell in self._hidden_at(shown.key, day)
            for shown, cell in self._cells(target, subject)
        )

    def findings(self) -> tuple[Finding, ...]:
        """All findings as they may be published."""
        silent = {
            (f.target, f.subject): f.subject.level
            for f in self._assessment.findings
            if any(
                self.withholds(f.target, f.subject, day)
                for day in {f.data_date, *self._looks_back(f)}
            )
        }
        # a gap among the places, or a tie, would tell the place of what is withheld
        placeless = {(target, level) for (target, _), level in silent.items()}
        return tuple(
            self._withheld(f)
            if (f.target, f.subject) in silent
            else self._lightened(f, (f.target, f.subject.level) in placeless)
            for f in self._assessment.findings
        )

    # --- cells

    def _cells(self, target_id: str, subject: Subject) -> Iterator[tuple[Shown, str]]:
        """(count, subject) that the figures of a target at a subject show."""
        bank = self._assessment.catalog.bank
        for metric, part in self._target(target_id).parts:
            for shown in self._people.of(target_id, metric):
                yield shown, subject.key
            for other in part.others:
                whole = isinstance(part.quantity, ShareOf) and part.quantity.of == "bank"
                key = bank.code if whole and bank else subject.key
                for shown in self._people.of(target_id, other):
                    yield shown, key

    def _target(self, target_id: str) -> Target:
        return self._assessment.in_force[target_id].target

    def _hidden_at(self, key: Hashable, day: date) -> frozenset[str]:
        if (key, day) not in self._hidden:
            found = {s: self._counts[key].of(s, day) for s in self._subjects[key]}
            values = {s: value for s, value in found.items() if value is not None}
            above = {s: self._nearest(s, values) for s in values}
            self._hidden[key, day] = hidden_cells(values, above, self._minimum)
        return self._hidden[key, day]

    def _nearest(self, subject: str, values: Mapping[str, int]) -> str | None:
        here = self._above.get(subject) if subject in self._above else self._units.get(subject)
        while here is not None and here not in values:
            here = self._above.get(here)
        return here

    def _looks_back(self, finding: Finding) -> Iterator[date]:
        """Earlier data dates whose figures the finding rests on."""
        target = self._target(finding.target)
        asked = [(getattr(target.period, "baseline", None), getattr(target.period, "start", None))]
        for _, part in target.parts:
            reference = getattr(part.test, "reference", None)
            baseline, past = getattr(part.quantity, "baseline", None), [finding.data_date]
            if isinstance(part.quantity, ExtraChange):
                asked.append((LAST_YEAR, finding.data_date))
                past.append(baseline_day(LAST_YEAR, finding.data_date))
            if then := getattr(reference, "baseline", None):
                asked.append((then, finding.data_date))
                past.append(baseline_day(then, finding.data_date))
            asked.extend((baseline, day) for day in past)  # the past's own base as well
        for baseline, seen_from in asked:
            wanted = baseline_day(baseline, seen_from) if baseline and seen_from else None
            if wanted is None:
                continue
            for metric, _ in target.parts:
                key = self._assessment.key(finding.target, metric)
                base = self._assessment.readings.series(key, finding.subject.key).in_month(wanted)
                if base is not None:
                    yield base.day

    # --- what is left of a finding

    def _withheld(self, finding: Finding) -> Finding:
        tells = self._word_tells(finding)
        open_question = finding.status is Status.UNDECIDED
        target = self._target(finding.target)
        common = all(isinstance(p.test, AtLeast | AtMost | Equal | Within) for _, p in target.parts)
        return replace(
            finding,
            status=Status.WITHHELD if tells and not open_question else finding.status,
            provisional=None if tells else finding.provisional,
            value=None, numerator=None, denominator=None,
            threshold=finding.threshold if common else None,
            gap=None, to_go=None, pace=None, yoy=None, mom=None, ytd=None, rank=None, rank_of=None,
            reasons=(WITHHELD if self._minimum else UNDECIDED,),
            trace=replace(finding.trace, rows=None, excluded=(), steps=()),
            withheld=True,
        )

    def _lightened(self, finding: Finding, no_rank: bool) -> Finding:
        """A published finding without what would tell a figure withheld elsewhere."""
        if not self.counts_people(finding):
            return finding
        compared = {
            name: comparison
            if comparison is not None
            and not self.withholds(finding.target, finding.subject, comparison.base_date)
            else None
            for name in ("yoy", "mom", "ytd")
            for comparison in (getattr(finding, name),)
        }
        place = {"rank": None, "rank_of": None} if no_rank else {}
        # rows left out of the counts are people too
        rows = finding.trace.rows
        rows = rows if rows in (finding.numerator, finding.denominator) else None
        trace = replace(finding.trace, rows=rows, excluded=())
        return replace(finding, trace=trace, **compared, **place)

    def _word_tells(self, finding: Finding) -> bool:
        """Whether the status word leaves less than two counts to choose from."""
        if finding.status is Status.NOT_JUDGED:
            return False
        parts = self._target(finding.target).parts
        if len(parts) != 1 or finding.judged not in (Status.MET, Status.MISSED, Status.NOT_DUE):
            return True  # progress and nearness are measured from other figures
        metric_id, part = parts[0]
        key = self._assessment.key(finding.target, metric_id)
        metric = self._assessment.readings.resolved(key).metric
        plain = isinstance(part.quantity, Level) and isinstance(part.test, AtLeast | AtMost)
        if not plain or not _is_count(metric) or finding.numerator is None:
            return True
        return len(_counts_left(finding, metric, part, self._minimum)) < 2


def _is_count(metric: Metric) -> bool:
    measure = metric.measure
    if isinstance(measure, AggregateMeasure):
        return _counts_rows(measure.value.measure)
    return isinstance(measure, RatioMeasure) and all(
        _counts_rows(a.measure) for a in (measure.numerator, measure.denominator)
    )


def _counts_left(finding: Finding, metric: Metric, part, minimum: int | None) -> list[int]:
    """Numerators that would have led to the same word; no more than two are looked for.

    Whoever reads it may know the denominator, and that one of the counts is small.
    """
    whole = None if finding.denominator is None else int(finding.denominator)
    candidates: Iterable[int]
    if whole is None:
        candidates = range(minimum or int(finding.threshold) + 3)
    elif minimum is None or whole < 2 * minimum:
        candidates = range(whole + 1)
    else:
        candidates = (*range(minimum), *range(whole - minimum + 1, whole + 1))
    rule = verdicts.at_least if isinstance(part.test, AtLeast) else verdicts.at_most
    scale = 100 if isinstance(metric.unit, Percent) else 1
    left: list[int] = []
    for count in candidates:
        value = Fraction(count if whole is None else scale * count, whole or 1)
        verdict = rule(value, finding.threshold, part.test.boundary, part.tolerance or 0)
        if verdict.met is (finding.judged is Status.MET):
            left.append(count)
        if len(left) == 2:
            break
    return left


def _units_above(catalog) -> dict[str, str | None]:
    """Unit code -> the code of the unit above it."""
    return {
        unit.code: catalog.get(unit.parent).code if unit.parent else None
        for unit in catalog.units_by_code.values()
    }


def publishable(assessment):
    """The same assessment with everything withheld that may not be published."""
    disclosure = Disclosure(
        assessment, smallest_published(assessment.catalog, assessment.as_of)
    )
    return replace(
        assessment, findings=disclosure.findings(), withholds=disclosure.withholds
    )

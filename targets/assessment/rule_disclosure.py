"""What findings of rules may be published: no small number of people, and nothing that tells one.

Where the rows are of people, counts are withheld as those of targets are, noughts apart: that
nobody breaks a rule may be said. Rows that belong to sites show no counts at all, since those of
a site could be worked out from a unit's. The status word stays.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from targets.schema.measures import Dataset

from .disclosure import hidden_cells
from .findings import WITHHELD, RuleFinding
from .rules import COUNTED, PlannedRule

Hides = Callable[[str, str, str, date], bool]
"""(dataset, result column, subject, day): whether a count is withheld under a target"""


def publishable_rules(assessment, minimum: int | None, hides: Hides) -> tuple[RuleFinding, ...]:
    """The findings of rules as they may be published; `minimum` None: not yet decided."""
    found: dict[str, list[RuleFinding]] = {}
    for finding in assessment.rule_findings:
        found.setdefault(finding.rule, []).append(finding)
    return tuple(
        _withheld(f) if f.subject.key in silent else f
        for rule, findings in found.items()
        for silent in (_silent(assessment, assessment.rules[rule], findings, minimum, hides),)
        for f in findings
    )


def _silent(
    assessment, one: PlannedRule, findings: list[RuleFinding], minimum: int | None, hides: Hides
) -> set[str]:
    """The subjects at which a rule's counts are withheld."""
    dataset: Dataset = assessment.catalog.get(one.conditions.dataset)
    if not any(column.personal for column in dataset.columns):
        return set()
    if minimum is None or dataset.site:
        return {f.subject.key for f in findings}
    units = assessment.catalog.units_by_code
    silent = {
        f.subject.key
        for f in findings
        for column in one.columns.values()
        if hides(dataset.id, column, f.subject.key, f.data_date)
    }
    cells: dict[str, dict[str, int]] = {}
    for finding in findings:
        for name, count in _cells(finding):
            if count:
                cells.setdefault(name, {})[finding.subject.key] = count
    for values in cells.values():
        above = {code: _nearest(code, values, units, assessment.catalog) for code in values}
        silent |= hidden_cells(values, above, minimum)
    return silent


def _cells(finding: RuleFinding) -> Iterator[tuple[str, int | None]]:
    """Every count that a finding shows, and what is left between them."""
    if not finding.rows:
        return
    yield "rows", finding.rows
    for name in COUNTED[:4]:
        yield name, getattr(finding, name)
    yield "not under", finding.rows - finding.under
    yield "kept", finding.under - (finding.breaks or 0)


def _nearest(code: str, values, units, catalog) -> str | None:
    """The nearest unit above that has a count of its own."""
    unit = units[code]
    while unit.parent is not None:
        unit = catalog.get(unit.parent)
        if unit.code in values:
            return unit.code
    return None


def _withheld(finding: RuleFinding) -> RuleFinding:
    return replace(
        finding,
        rows=None, under=None, breaks=None, untold=None, on_limit=None,
        reasons=(WITHHELD,),
        trace=replace(finding.trace, rows=None, excluded=(), steps=()),
        withheld=True,
    )

"""What of allocations and scores may be published, beside what `disclosure` says of findings.

A score tells the figure it is of: with the rule and the other items published, a total tells the
missing item. So a figure counted on rows of people is never published with its points, nor is the
total it goes into, nor the places beside it; the completion of a target is withheld where the
finding is. A share tells little of the count it goes by, its weight tells all: weights are
withheld, with the reckoning.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from targets.catalog.allocations import Split
from targets.catalog.scorecards import card_in_force
from targets.schema.sharing import ByMetric

from .findings import WITHHELD, Finding
from .scorecard import ItemScore, Score, ScoreStatus, figures_of

ShowsPeople = Callable[[str], bool]
"""metric id -> whether it is counted on rows of people"""


def publishable_scores(
    assessment, findings: Iterable[Finding], shows_people: ShowsPeople
) -> tuple[Score, ...]:
    """All scores as they may be published beside these findings."""
    withheld = {(f.target, f.subject.key) for f in findings if f.withheld}
    rules = {
        score.scorecard: {
            item.metric: item.scoring
            for item in card_in_force(
                assessment.catalog, score.scorecard, assessment.in_force_on or assessment.as_of
            ).items
        }
        for score in assessment.scores
    }

    def hidden(score: Score, item: ItemScore) -> bool:
        if item.target:
            return (item.target, score.subject.key) in withheld
        return any(map(shows_people, figures_of(item, rules[score.scorecard].get(item.metric))))

    silent = {
        (score.scorecard, score.subject): {i.metric for i in score.items if hidden(score, i)}
        for score in assessment.scores
    }
    placeless = {(card, subject.level) for (card, subject), hid in silent.items() if hid}
    return tuple(
        _lightened(
            score,
            silent[score.scorecard, score.subject],
            (score.scorecard, score.subject.level) in placeless,
        )
        for score in assessment.scores
    )


def _lightened(score: Score, hidden: set[str], placeless: bool) -> Score:
    if placeless:  # a gap among the places, or a tie, would tell what is withheld
        score = replace(score, rank=None, rank_of=None, grade=None)
    if not hidden:
        return score
    nothing = dict.fromkeys(("total", "low", "high", "provisional"))
    undecided = score.status is ScoreStatus.UNDECIDED
    return replace(
        score,
        status=score.status if undecided else ScoreStatus.WITHHELD,
        items=tuple(_silent(i) if i.metric in hidden else i for i in score.items),
        reasons=(WITHHELD,),
        trace=replace(score.trace, steps=()),
        **nothing,
    )


def _silent(item: ItemScore) -> ItemScore:
    nothing = dict.fromkeys(("figure", "points", "low", "high"))
    return replace(item, said="", reasons=(WITHHELD,), **nothing)


def publishable_splits(
    splits: Iterable[Split], shows_people: ShowsPeople
) -> tuple[tuple[Split, ...], frozenset[str]]:
    """The splits without weights that tell people, and the allocations these were taken from."""
    out, silent = [], set()
    for found in splits:
        by = found.allocation.by
        if isinstance(by, ByMetric) and shows_people(by.metric):
            silent.add(found.allocation.id)
            parts = tuple(replace(part, weight=None, quota=None) for part in found.parts)
            found = replace(found, parts=parts)
        out.append(found)
    return tuple(out), frozenset(silent)


def without_reckoning(finding: Finding, silent: frozenset[str]) -> Finding:
    """A finding without the step that tells the weights of its allocation."""
    if finding.allocation not in silent:
        return finding
    steps = tuple(step for step in finding.trace.steps if step.what != "分解")
    return replace(finding, trace=replace(finding.trace, steps=steps))

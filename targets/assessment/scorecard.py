"""考核: figures into points, points into totals, places and grades; exact, and open where data are.

The arithmetic is of pure functions. A unit's total is a number only when every item has one; until
then it lies between bounds, and places and grades are said where the bounds leave but one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil, floor, inf

from targets.catalog import Catalog
from targets.catalog.apportion import split
from targets.catalog.scorecards import CardInForce, card_in_force
from targets.schema.base import Labelled
from targets.schema.criteria import Level
from targets.schema.scoring import (
    Completion,
    Deduct,
    GradesByPlace,
    GradesByScore,
    Linear,
    Measured,
    Rest,
    Scoring,
    Steps,
    Veto,
)
from targets.schema.targets import Scorecard
from targets.wording import decimal_text, figure_words, number, rounded, scoring_words

from .findings import Finding, Status, Subject, TraceStep
from .verdicts import ranks


class ScoreStatus(Labelled):
    """How far a total has come."""

    SCORED = "scored", "已出总分"
    OPEN = "open", "总分未齐"
    UNDECIDED = "undecided", "口径待定"
    WITHHELD = "withheld", "不公布"


SCORE_STATUS_MEANING = {
    ScoreStatus.SCORED: "每一项都有数，总分算得出来。",
    ScoreStatus.OPEN: "有的项目还没有数，总分只说得出最低和最高。",
    ScoreStatus.UNDECIDED: "权重、计分办法或口径还没有定下，不出总分；列明还缺什么。",
    ScoreStatus.WITHHELD: "得分会让人看出按人按户数出来的数；只在公布时用，内部照常计分。",
}

Bounds = tuple[Fraction | None, Fraction | None]
"""(lowest, highest); None where there is no limit"""


@dataclass(frozen=True)
class ItemScore:
    """One metric of a card at one unit."""

    metric: str
    weight: Fraction | None
    rule: str | None
    """how it is scored, in words"""
    figure: Fraction | None
    """what is scored, in its own unit"""
    said: str
    """the figure in words"""
    points: Fraction | None
    low: Fraction | None
    high: Fraction | None
    """the least and the most it can come to; both the points once they are known"""
    target: str | None
    """the target whose completion is scored"""
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ScoreTrace:
    steps: tuple[TraceStep, ...]
    clauses: tuple[str, ...]
    decisions: tuple[str, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """A scorecard at a unit. Points are exact; None means not known, never nought."""

    scorecard: str
    subject: Subject
    data_date: date
    status: ScoreStatus
    items: tuple[ItemScore, ...]
    full: Fraction | None
    """all weights added up; None while one is missing"""
    total: Fraction | None
    low: Fraction | None
    high: Fraction | None
    provisional: Fraction | None
    """what the total would be if the open assumptions were settled as they are read meanwhile"""
    rank: int | None
    rank_of: int | None
    grade: str | None
    missing: tuple[str, ...]
    """what has to be decided before there is a total"""
    reasons: tuple[str, ...]
    trace: ScoreTrace


# --- points


def points(rule: Linear | Steps | Deduct, weight: Fraction, figure: Fraction) -> Fraction:
    """The points of one item before its cap and floor.

    linear: weight × (figure − zero) ÷ (full − zero): 90 % of 20 is 18, 110 % is 22.
    steps: the share of the weight that the best line reached gives.
    deduct: the weight less `points` for every `per` beyond the line; what is done with less than a
    whole `per` is the rule's to say.
    """
    if isinstance(rule, Linear):
        zero = Fraction(rule.zero)
        return weight * (figure - zero) / (Fraction(rule.full) - zero)
    if isinstance(rule, Steps):
        reached = (b.share for b in rule.bands if _keeps(rule.side, figure, b.line))
        return weight * Fraction(next(reached, rule.otherwise)) / 100
    beyond = _beyond(rule, figure) / Fraction(rule.per)
    times = {Rest.IGNORED: floor, Rest.COUNTED: ceil}.get(rule.rest, lambda x: x)(beyond)
    return weight - times * Fraction(rule.points)


def _keeps(side: str, figure: Fraction, line) -> bool:
    return figure >= line if side == "at_least" else figure <= line


def _beyond(rule: Deduct, figure: Fraction) -> Fraction:
    """How far the figure is on the wrong side of the line; 0 on the right side."""
    short = Fraction(rule.line) - figure
    return max(Fraction(0), short if rule.side == "at_least" else -short)


def within(value: Fraction | None, low, high) -> Fraction | None:
    """`value` held between a floor and a cap, either of which may be missing; None stays."""
    if value is None:
        return None
    if high is not None:
        value = min(value, Fraction(high))
    return value if low is None else max(value, Fraction(low))


def room(rule: Linear | Steps | Deduct, weight: Fraction, low, high) -> Bounds:
    """The least and the most an item can come to while its figure is unknown."""
    least: Fraction | None = None
    most: Fraction | None = None
    if isinstance(rule, Linear) and not weight:
        least = most = Fraction(0)
    elif isinstance(rule, Steps):
        least = weight * Fraction(rule.otherwise) / 100
        most = weight * Fraction(rule.bands[0].share) / 100
    elif isinstance(rule, Deduct):
        most = weight
    least, most = within(least, low, high), within(most, low, high)
    return (
        Fraction(low) if least is None and low is not None else least,
        Fraction(high) if most is None and high is not None else most,
    )


# --- totals


def total_bounds(items: list[Bounds], vetoes: list[tuple[bool | None, Fraction]], cap, floor_):
    """The least and the most that a total can be, from its items' and its vetoes'.

    vetoes: (whether it strikes, None while unknown; what the total then becomes).
    """
    struck = [total for strikes, total in vetoes if strikes]
    if struck:
        return min(struck), min(struck)
    lows, highs = [low for low, _ in items], [high for _, high in items]
    low = None if None in lows else within(sum(lows, Fraction(0)), floor_, cap)
    high = None if None in highs else within(sum(highs, Fraction(0)), floor_, cap)
    if low is None and floor_ is not None:
        low = Fraction(floor_)
    if high is None and cap is not None:
        high = Fraction(cap)
    for strikes, total in vetoes:
        if strikes is None:
            low = None if low is None else min(low, total)
            high = None if high is None else max(high, total)
    return low, high


def places(bounds: Mapping[str, Bounds]) -> dict[str, tuple[int, int]]:
    """Key -> (best, worst) place that the bounds allow; ties share the better place (1, 1, 3)."""
    ends = {k: (-inf if a is None else a, inf if b is None else b) for k, (a, b) in bounds.items()}
    if all(low == high for low, high in ends.values()):
        return {k: (p, p) for k, p in ranks({k: v for k, (v, _) in ends.items()}, True).items()}
    out = {}
    for key, (low, high) in ends.items():
        others = [e for k, e in ends.items() if k != key]
        out[key] = (
            1 + sum(other_low > high for other_low, _ in others),
            1 + sum(other_high > low for _, other_high in others),
        )
    return out


def grade_by_score(grades: GradesByScore, total: Fraction | float) -> str | None:
    """The first grade whose line the total reaches; None below the last."""
    for line in grades.lines:
        if line.at_least is None or total >= line.at_least:
            return line.name
    return None


def grade_by_place(grades: GradesByPlace, place: int, units: int) -> str | None:
    """The grade of a place among so many units.

    How many units each grade has follows from its share by the largest remainder, the better grade
    first where remainders are equal. Units that tie share the better place, and so its grade.
    """
    shares = {f"{i:04}": line.share for i, line in enumerate(grades.lines)}
    upto = 0
    for line, held in zip(grades.lines, split(units, shares).values(), strict=True):
        upto += held
        if place <= upto:
            return line.name
    return None


# --- cards


@dataclass(frozen=True)
class Measurement:
    """A figure to be scored, or why there is none."""

    value: Fraction | None
    reasons: tuple[str, ...] = ()
    undecided: bool = False
    """the target it is measured by is itself 口径待定"""


@dataclass(frozen=True)
class Inquiry:
    """What scoring asks of the assessment."""

    day: date
    """the data date"""
    law: date
    """the day whose decisions apply"""
    subjects: Callable[[object], list[Subject]]
    """level -> units of that level open on the day"""
    whole: Subject | None
    measured: Callable[[str, object, Subject], Measurement]
    """(metric id, quantity, subject)"""
    finding: Callable[[str, Subject], Finding | None]
    """(target id, subject)"""


def score_cards(catalog: Catalog, ask: Inquiry) -> tuple[Score, ...]:
    """Every scorecard at every unit it scores; once, at the bank, where nobody is named."""
    out: list[Score] = []
    for source in catalog.all(Scorecard):
        card = card_in_force(catalog, source.id, ask.law)
        if not card.levels and ask.whole:
            out.append(_score(catalog, card, ask.whole, ask))
        for level in card.levels:
            scores = [_score(catalog, card, subject, ask) for subject in ask.subjects(level)]
            out.extend(_placed(card, scores))
    return tuple(out)


def _score(catalog: Catalog, card: CardInForce, subject: Subject, ask: Inquiry) -> Score:
    items, vetoes, scored, missing = [], [], [], list(card.missing)
    for item in card.items:
        found, measurement = _item(catalog, item, subject, ask)
        if measurement and measurement.undecided:
            missing.append(f"“{catalog.get(found.target).name}”的口径")
        if isinstance(item.scoring, Veto):
            rule, value = item.scoring, found.figure
            strikes = None if value is None else not _keeps(rule.side, value, rule.line)
            vetoes.append((strikes, Fraction(rule.total)))
            if strikes:
                found = replace(found, reasons=(*found.reasons, f"否决：{found.rule}"))
        else:
            scored.append((found.low, found.high))
        items.append(found)
    reasons = [f"{catalog.get(i.metric).name}：{r}" for i in items for r in i.reasons]
    low = high = None
    if not missing:
        low, high = total_bounds(scored, vetoes, card.cap, card.floor)
    total = low if low is not None and low == high else None
    status = ScoreStatus.SCORED if total is not None else ScoreStatus.OPEN
    provisional = None
    if missing or card.open_assumptions:
        status, provisional = ScoreStatus.UNDECIDED, total
        total = low = high = None
        missing += [f"待定事项：{a.name}" for a in card.open_assumptions]
    if card.ungraded:
        missing.append(card.ungraded)
    weights = [i.weight for i in items if i.weight is not None]
    return Score(
        scorecard=card.source.id,
        subject=subject,
        data_date=ask.day,
        status=status,
        items=tuple(items),
        full=sum(weights, Fraction(0)) if weights and not card.missing else None,
        total=total,
        low=low,
        high=high,
        provisional=provisional,
        rank=None,
        rank_of=None,
        grade=None,
        missing=tuple(missing),
        reasons=tuple(reasons),
        trace=ScoreTrace(
            steps=_steps(catalog, items, total),
            clauses=tuple(dict.fromkeys(card.source.clauses)),
            decisions=tuple(d.id for d in card.decisions),
            assumptions=tuple(a.id for a in card.assumptions),
        ),
    )


def _item(catalog, item, subject: Subject, ask: Inquiry) -> tuple[ItemScore, Measurement | None]:
    metric, rule = catalog.get(item.metric), item.scoring
    weight = None if item.weight is None else Fraction(item.weight)
    empty = ItemScore(item.metric, weight, None, None, "", None, None, None, None, ())
    if rule is None:  # no points without a rule: the reading itself is shown
        level = Measured.trusted(kind="measured", quantity=Level.trusted(kind="level"))
        value = ask.measured(item.metric, level.quantity, subject).value
        said = "" if value is None else figure_words(level, metric, value)
        return replace(empty, figure=value, said=said), None
    measurement = _measure(item.metric, rule, subject, ask)
    value = measurement.value
    scored = weight is not None and not isinstance(rule, Veto)
    got = low = high = None
    if scored and value is not None:
        got = low = high = within(points(rule, weight, value), item.floor, item.cap)
    elif scored:
        low, high = room(rule, weight, item.floor, item.cap)
    return replace(
        empty,
        rule=scoring_words(item, metric, lambda i: catalog.get(i).name),
        figure=value,
        said="" if value is None else figure_words(rule.figure, metric, value),
        points=got,
        low=low,
        high=high,
        target=rule.figure.target if isinstance(rule.figure, Completion) else None,
        reasons=measurement.reasons if value is None else (),
    ), measurement


def _measure(metric: str, rule: Scoring, subject: Subject, ask: Inquiry) -> Measurement:
    if not isinstance(rule.figure, Completion):
        return ask.measured(metric, rule.figure.quantity, subject)
    finding = ask.finding(rule.figure.target, subject)
    if finding is None:
        return Measurement(None, ("这个目标没有分到这家机构",))
    done = completion(finding, rule.figure.against)
    reasons = () if done is not None else finding.reasons or ("完成率算不出来",)
    return Measurement(done, reasons, finding.status is Status.UNDECIDED)


def completion(finding: Finding, against: str = "target") -> Fraction | None:
    """How much of its target a finding has done, in per cent; None where that has no meaning.

    From the baseline where the period has one, else value over threshold. `pace` divides by the
    elapsed share (序时完成率).
    """
    pace = finding.pace
    if against == "pace":
        return pace.ratio if pace else None
    if pace is not None:
        return pace.completion
    if finding.value is None or not finding.threshold or finding.threshold_high is not None:
        return None
    return 100 * finding.value / finding.threshold if finding.threshold > 0 else None


def _steps(catalog: Catalog, items: list[ItemScore], total: Fraction | None):
    steps = []
    for item in items:
        if item.rule is None:
            continue
        got = "没有数" if item.points is None else f"{decimal_text(item.points, 4)} 分"
        if item.weight is None:
            got = item.said or "没有数"
        said = f"{item.rule}；{item.said + ' → ' if item.said and item.weight else ''}{got}"
        steps.append(TraceStep(catalog.get(item.metric).name, said))
    if total is not None:
        parts = " + ".join(number(i.points, 4) for i in items if i.points is not None)
        steps.append(TraceStep("总分", f"{parts} → {decimal_text(total, 4)}"))
    return tuple(steps)


def _placed(card: CardInForce, scores: list[Score]) -> list[Score]:
    """Places and grades among the units of one level, where the bounds leave but one."""
    known = {
        s.subject.key: (s.low, s.high) for s in scores if s.status is not ScoreStatus.UNDECIDED
    }
    if len(known) < len(scores):
        return scores  # who is still undecided might stand anywhere
    out = []
    span = places(known)
    for score in scores:
        best, worst = span[score.subject.key]
        rank = best if best == worst and len(scores) > 1 else None
        grade = _grade(card, score, (best, worst), len(scores))
        out.append(replace(score, rank=rank, rank_of=len(scores) if rank else None, grade=grade))
    return out


def _grade(card: CardInForce, score: Score, span: tuple[int, int], units: int) -> str | None:
    if isinstance(card.grades, GradesByScore):
        ends = (-inf if score.low is None else score.low, inf if score.high is None else score.high)
        found = {grade_by_score(card.grades, end) for end in ends}
    elif isinstance(card.grades, GradesByPlace):
        found = {grade_by_place(card.grades, place, units) for place in span}
    else:
        return None
    return found.pop() if len(found) == 1 else None


def metrics_read(catalog: Catalog, day: date) -> tuple[str, ...]:
    """Metrics that cards name, and those their figures divide by: they have to be counted too."""
    return tuple(
        metric
        for card in catalog.all(Scorecard)
        for item in card_in_force(catalog, card.id, day).items
        for metric in (item.metric, *_others(item.scoring))
    )


def figures_of(item: ItemScore, scoring: Scoring | None) -> tuple[str, ...]:
    """Metrics whose own readings an item shows; none where it shows a target's completion."""
    return () if item.target else (item.metric, *_others(scoring))


def _others(rule: Scoring | None) -> tuple[str, ...]:
    """Metrics that a rule's quantity divides by."""
    quantity = getattr(rule.figure, "quantity", None) if rule else None
    read = (getattr(quantity, "over", None), getattr(quantity, "whole", None))
    return tuple(metric for metric in read if metric)


def total_words(score: Score) -> str:
    """A total as people read it: a number, bounds, or that there is none."""
    if score.total is not None:
        return rounded(score.total, 2)
    if score.low is None and score.high is None:
        return "—"
    low = "不限" if score.low is None else rounded(score.low, 2)
    high = "不限" if score.high is None else rounded(score.high, 2)
    return f"{low}～{high}"

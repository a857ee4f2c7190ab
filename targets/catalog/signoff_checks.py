"""Whether a decision was drafted, reviewed and issued in order, each by whom it may be."""

import itertools
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date

from targets.problems import Code, Problem, Severity
from targets.schema.targets import Decision

from .catalog import Catalog

Report = Callable[..., Problem]


def signoff_problems(catalog: Catalog, report: Report) -> Iterator[Problem]:
    for decision in catalog.all(Decision):
        yield from _order(decision, report)
        yield from _people(decision, report)
        if not decision.draft:
            yield from _issued(decision, report)


def _order(decision: Decision, report: Report) -> Iterator[Problem]:
    for (_, before, first), (field, word, then) in itertools.pairwise(decision.signoff.given()):
        if then.day < first.day:
            yield report(
                decision,
                ("signoff", field, "day"),
                Code.SIGNED_EARLY,
                f"{decision.id} {then.day} {word}，却在 {first.day} 才{before}",
                allowed="先起草，再复核，再签发；可以在同一天",
            )


def _people(decision: Decision, report: Report) -> Iterator[Problem]:
    signoff = decision.signoff
    if signoff.reviewed and _same(signoff.reviewed.by) == _same(signoff.drafted.by):
        yield report(
            decision,
            ("signoff", "reviewed", "by"),
            Code.SAME_PERSON,
            f"{decision.id} 由{signoff.drafted.by}起草，又由同一人复核",
            mend="请另一人复核",
        )
    if signoff.issued and not signoff.reviewed:
        yield report(
            decision,
            ("signoff", "issued"),
            Code.ISSUED_UNREVIEWED,
            f"{decision.id} 没有复核就签发了",
            mend="补上 reviewed；还没有复核的，删去 issued，留作草案",
        )


def _issued(decision: Decision, report: Report) -> Iterator[Problem]:
    issued = decision.signoff.issued.day
    at = ("signoff", "issued", "day")
    if issued < decision.decided:
        yield report(
            decision, at, Code.ISSUED_UNDECIDED,
            f"{decision.id} 决定于 {decision.decided}，却在 {issued} 就签发了",
            mend="核对决定日期（decided）和签发日",
        )  # fmt: skip
    if decision.effective < issued:
        yield report(
            decision, ("effective",), Code.IN_FORCE_UNISSUED,
            f"{decision.id} 自 {decision.effective} 起生效，却在 {issued} 才签发",
            mend="把生效日改到签发之日或以后",
        )  # fmt: skip


def overdue_drafts(catalog: Catalog, today: date) -> Iterator[Problem]:
    """Drafts that were to take effect by now; what hangs on the day is never kept in a cache."""
    for draft in catalog.drafts:
        if draft.effective <= today:
            at = catalog.origins[draft.id]
            yield Problem(
                Code.DRAFT_OVERDUE,
                f"{draft.id} 要自 {draft.effective} 起生效，到 {today} 还没有签发，至今没有生效",
                file=at.file, line=at.line, field="signoff.issued",
                mend="签发后另定生效日；不再要的就删去", severity=Severity.WARNING,
            )  # fmt: skip


def _same(name: str) -> str:
    """A name as it is compared: neither spaces nor the width of letters make another person."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()

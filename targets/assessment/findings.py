"""What an assessment says: readings judged against targets, each with the trace that led to it."""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from targets.schema.base import Labelled
from targets.wording import decimal_text


class Status(Labelled):
    """The words a finding may say; always printed, never colour alone."""

    MET = "met", "达标"
    ON_PACE = "on_pace", "达到序时"
    NEAR = "near", "接近"
    NOT_DUE = "not_due", "未到期"
    BEHIND = "behind", "落后序时"
    MISSED = "missed", "未达标"
    UNDECIDED = "undecided", "口径待定"
    NO_DATA = "no_data", "无数据"
    NOT_JUDGED = "not_judged", "不判定"
    WITHHELD = "withheld", "不公布"


WITHHELD = "人数过少，不公布"
"""what stands in the place of a figure that could tell of single people"""

# What each status says; the word itself is the enum's label.
STATUS_MEANING = {
    Status.MET: "读数达到标准。",
    Status.ON_PACE: "还没到期，完成的比例不低于时间过去的比例。",
    Status.NEAR: "未达到，但差距在本行决定的“接近”范围以内；没有这项决定，就不用这个词。",
    Status.NOT_DUE: "还没到期，又没有约定进度怎样算；或者次数按期考察而这一期还没完。先不下结论。",
    Status.BEHIND: "还没到期，完成的比例低于时间过去的比例。",
    Status.MISSED: "读数没有达到标准。",
    Status.UNDECIDED: "判定所依据的待定事项还没有定下；旁边另给暂按现有理解得出的结果。",
    Status.NO_DATA: "没有数据，或者比较所需的那一期没有数据。没有数据不等于零。",
    Status.NOT_JUDGED: "只有方向或只点名指标，没有可以判定的标准，只报读数和走向。",
    Status.WITHHELD: "人数太少，说出判定就等于说出人数；只在公布时用，内部照常判定。",
}


class Heading(Labelled):
    """Where a metric is heading against its baseline."""

    BETTER = "better", "向好"
    LEVEL = "level", "持平"
    WORSE = "worse", "转差"
    UP = "up", "上升"
    DOWN = "down", "下降"


@dataclass(frozen=True)
class Subject:
    """Who is judged: a unit of the bank, or a jointly built site of one."""

    level: str
    """bank, province, branch, sub_branch, outlet or site"""
    unit: str
    """id of the unit, or of the unit that looks after the site"""
    unit_code: str
    name: str
    site: str | None = None
    site_kind: str | None = None

    @property
    def key(self) -> str:
        return self.site or self.unit_code


@dataclass(frozen=True)
class Comparison:
    """A reading beside an earlier one. For a rate the change is in 百分点, and growth is None."""

    base_date: date
    base: Fraction
    change: Fraction
    growth: Fraction | None
    heading: Heading


@dataclass(frozen=True)
class PaceReading:
    """序时进度: how far, against how far the calendar is. All in per cent."""

    elapsed: Fraction
    completion: Fraction
    lead: Fraction
    """超序时 (+) or 落后序时 (-), in 百分点"""
    ratio: Fraction | None
    """序时完成率 = completion / elapsed"""
    required_per_month: Fraction | None
    """change per month still needed to arrive on time, in the metric's unit"""
    recent_per_month: Fraction | None
    """change per month since the baseline, in the metric's unit"""
    required_per_workday: Fraction | None = None
    """change per working day still needed, where the pace is counted in days"""

    @property
    def keeps_up(self) -> bool:
        """Whether going on as before arrives on time, on the way up or down."""
        need, recent = self.required_per_month, self.recent_per_month
        if need is None or recent is None:
            return False
        return abs(recent) >= abs(need) and need * recent >= 0


@dataclass(frozen=True)
class TraceStep:
    """One line of the reckoning, in words and figures."""

    what: str
    detail: str


@dataclass(frozen=True)
class Trace:
    """Everything a status rests on."""

    table: str | None
    files: tuple[str, ...]
    rows: int | None
    """rows counted for this subject on the data date"""
    excluded: tuple[tuple[str, int], ...]
    """(why, rows) set aside for this subject"""
    steps: tuple[TraceStep, ...]
    clauses: tuple[str, ...]
    decisions: tuple[str, ...]
    assumptions: tuple[str, ...]
    """all assumptions it rests on, settled or not"""


@dataclass(frozen=True)
class Finding:
    """A reading against a target.

    Exact numbers are Fractions in the unit of what is judged (70 for 70 %, yuan for money); `None`
    means unknown, never zero.
    """

    target: str
    metric: str | None
    subject: Subject
    data_date: date
    status: Status
    provisional: Status | None
    """what the status would be if the open assumptions were settled as they are read meanwhile"""
    value: Fraction | None
    numerator: Decimal | int | None
    denominator: Decimal | int | None
    threshold: Fraction | None
    threshold_high: Fraction | None
    gap: Fraction | None
    """value less threshold: 百分点 for a rate; negative is short of it for at-least"""
    to_go: int | None
    """how many more (rows of the numerator) would reach it at today's denominator"""
    pace: PaceReading | None
    yoy: Comparison | None
    mom: Comparison | None
    ytd: Comparison | None
    rank: int | None
    rank_of: int | None
    reasons: tuple[str, ...]
    """why this status, in Chinese sentences"""
    open_assumptions: tuple[str, ...]
    trace: Trace
    withheld: bool = False
    """the figures are not published, see `disclosure`"""
    allocation: str | None = None
    """the allocation that the threshold, a share of the bank's, comes from"""

    @property
    def judged(self) -> Status:
        """The status, or the provisional one where an assumption is open."""
        return self.provisional or self.status


@dataclass(frozen=True)
class RuleFinding:
    """A rule held against the rows of a unit and of all units below it."""

    rule: str
    subject: Subject
    data_date: date
    status: Status
    """达标 without a breach, 未达标 with one, 无数据 where empty cells leave it open"""
    provisional: Status | None
    rows: int | None
    """rows looked at; None where there are none"""
    under: int | None
    """rows that the rule speaks of, those on the limit left out"""
    breaks: int | None
    """None for a rule whose rows are only listed"""
    untold: int | None
    """rows of which it can't be told, a column being empty"""
    on_limit: int | None
    """rows exactly on a limit whose source does not say whether it includes its own number"""
    reasons: tuple[str, ...]
    open_assumptions: tuple[str, ...]
    trace: Trace

    @property
    def judged(self) -> Status:
        """The status, or the provisional one where something is open."""
        return self.provisional or self.status


def plain(value: object, digits: int = 6) -> object:
    """Dataclasses, dates, fractions and labels as JSON-ready data.

    Fractions are rounded half up to `digits` decimals as strings, so that nothing turns binary.
    """
    if isinstance(value, Fraction):
        return decimal_text(value, digits)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name), digits) for f in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(item, digits) for item in value]
    return value

"""What a change does: the same data judged under both states of the definitions.

Each target is judged under what is in force on the first day, from the data date on, on which the
two states differ; periods and pace are seen from the data date. So a value that applies from next
January is held against today's figures as it will stand then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from targets.assessment import Assessment, assess
from targets.assessment.disclosure import publishable
from targets.assessment.findings import Finding, Status, Subject
from targets.assessment.judge import deadline
from targets.assessment.parts import verdict_on
from targets.assessment.readings import SITE_LEVEL
from targets.assessment.tables import words
from targets.branchdata import BranchData, open_data, reported_codes
from targets.catalog import Catalog
from targets.problems import Problems
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit, UnitLevel
from targets.wording import day as in_words

from .affected import Affected, affected, relatives
from .model import Change
from .rates import SHORT, distance, middle, projected, run_rate

LEVELS = (*(level.value for level in UnitLevel), SITE_LEVEL)


@dataclass(frozen=True)
class Side:
    """A unit under one state."""

    finding: Finding
    to_go: Fraction | None
    required: Fraction | None
    """change per month still needed"""
    recent: Fraction | None
    """change per month so far"""
    arrives: bool | None
    """whether it gets there in time, going on as before"""
    words: Mapping[str, str]
    """value, threshold and gap as people read them"""

    @property
    def status(self) -> Status:
        """As it is read meanwhile, where an assumption is open."""
        return self.finding.judged

    @property
    def short(self) -> bool:
        return self.status in SHORT

    @property
    def reached(self) -> bool:
        """Whether today's figure is enough, be it due or not."""
        return self.status is Status.MET or self.to_go == 0


@dataclass(frozen=True)
class UnitEffect:
    """One unit under both states; None: not judged there."""

    subject: Subject
    before: Side | None
    after: Side | None
    withheld: bool = False
    """too few people to be told of"""

    @property
    def moved(self) -> bool:
        """Whether the word is another one."""
        return _word(self.before) != _word(self.after)


def _word(side: Side | None):
    return (side.finding.status, side.finding.provisional) if side else None


@dataclass(frozen=True)
class LevelEffect:
    """All units of a level that may be told of."""

    level: str
    units: int
    reached: tuple[int, int]
    """before, after: today's figure is enough"""
    arrives: tuple[int | None, int | None]
    """before, after: will be there in time, going on as before; None where that is unknown"""
    short: tuple[int, int]
    """before, after: 落后序时, 未达标 or 接近"""
    newly_short: tuple[str, ...]
    """names"""
    no_longer_short: tuple[str, ...]
    no_longer_reached: tuple[str, ...]
    """what was enough is not any more"""
    to_go: tuple[Fraction | None, Fraction | None]
    """of the median unit, before and after"""
    withheld: int


@dataclass(frozen=True)
class TargetEffect:
    """What becomes of one target."""

    target: str
    name: str
    data_date: date
    in_force_on: date
    """the day whose values and decisions were applied"""
    draft: bool
    units: tuple[UnitEffect, ...]
    levels: tuple[LevelEffect, ...]
    doubts: tuple[str, ...]
    assessed: Assessment
    """after; before, where the target is gone"""
    judged: str
    """its id there"""


Source = BranchData | Path | str | Mapping


class Judge:
    """The same data under both states; opened once where both read it alike."""

    def __init__(
        self, before: Catalog, after: Catalog, data: Source, *,
        as_of: date | None = None, publish: bool = True,
    ):
        self._states = (before, after)
        self._as_of, self._publish = as_of, publish
        self.doubts: list[str] = []
        now = opened(after, data)
        if _shape(before) == _shape(after):
            self._data = (now, now)
        else:
            self._data = (self._try(before, data), now)
        self.label = now.label
        self.day = as_of or now.latest_date

    def _try(self, catalog: Catalog, data: Source) -> BranchData | None:
        try:
            return opened(catalog, data)
        except Problems as found:
            self.doubts.append(
                f"改动之前的定义读不了这份数据（{len(found.problems)} 处不合），"
                "只列出改动之后的判定"
            )
            return None

    def pair(
        self, ones: Iterable[Affected], day: date, draft: bool
    ) -> tuple[Assessment | None, Assessment]:
        """Both assessments of these targets under what is in force on a day."""
        before, after = self._states
        ids = ({one.was for one in ones}, {one.target for one in ones})
        return tuple(
            self._assess(catalog, data, wanted, day, draft) if data is not None else None
            for catalog, data, wanted in zip((before, after), self._data, ids, strict=True)
        )

    def _assess(self, catalog, data, wanted, day, draft) -> Assessment:
        catalog = catalog.with_issued() if draft else catalog
        if self._publish:
            wanted = wanted | relatives(catalog, wanted)
        found = assess(catalog, data, as_of=self._as_of, only=wanted, in_force_on=day)
        return publishable(found) if self._publish else found


def opened(catalog: Catalog, data: Source) -> BranchData:
    """The data as this state reads it. Raises Problems."""
    if isinstance(data, BranchData):
        return data
    return open_data(
        Path(data) if isinstance(data, str) else data,
        catalog.all(Dataset), catalog.all(Unit), codes=reported_codes(catalog.all(Metric)),
    )


def _shape(catalog: Catalog):
    """What reading and checking data depends on."""
    by_id = [{r.id: r for r in catalog.all(kind)} for kind in (Dataset, Unit)]
    return (*by_id, reported_codes(catalog.all(Metric)))


def effects(
    changes: Iterable[Change],
    before: Catalog,
    after: Catalog,
    data: Source,
    *,
    as_of: date | None = None,
    on: date | None = None,
    publish: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[TargetEffect, ...]:
    """What the changes do to the units. Raises Problems for bad data.

    as_of: the data date (default: the latest). on: the day whose values apply (default: for each
    target the first on which the states differ). publish: withhold what may not be published.
    """
    changes = tuple(changes)
    ones = affected(changes, before, after)
    if not ones:
        return ()
    judging = Judge(before, after, data, as_of=as_of, publish=publish)
    groups: dict[tuple[date, bool], list[Affected]] = defaultdict(list)
    for one in ones:
        groups[on or one.first_day(judging.day), one.draft].append(one)
    out = []
    for done, ((day, draft), group) in enumerate(sorted(groups.items()), start=1):
        if progress:
            progress(f"按 {day} 的规定判定", done, len(groups))
        pair = judging.pair(group, day, draft)
        out += [_effect(one, pair, day, tuple(judging.doubts)) for one in group]
    return tuple(sorted(out, key=lambda e: e.target))


def _effect(one: Affected, pair, day: date, doubts: tuple[str, ...]) -> TargetEffect:
    before, after = pair
    ids = (one.was, one.target)
    sides = [
        {f.subject: _side(a, f, day) for f in a.of_target(i)} if a and i in a.in_force else {}
        for a, i in zip(pair, ids, strict=True)
    ]
    units = tuple(
        _unit(subject, sides[0].get(subject), sides[1].get(subject))
        for subject in sorted({**sides[0], **sides[1]}, key=_order)
    )
    shown = after if one.target in after.in_force else before
    last = one.target if shown is after else one.was
    return TargetEffect(
        target=one.target,
        name=shown.catalog.get(last).name,
        data_date=after.as_of,
        in_force_on=day,
        draft=one.draft,
        units=units,
        levels=tuple(
            _level(level, found)
            for level in LEVELS
            if (found := [u for u in units if u.subject.level == level])
        ),
        doubts=(*doubts, *_doubts(one, shown, last, day)),
        assessed=shown,
        judged=last,
    )


def _order(subject: Subject):
    return (LEVELS.index(subject.level), subject.unit_code, subject.key)


def _side(assessment: Assessment, finding: Finding, day: date) -> Side:
    target = assessment.in_force[finding.target].target
    single = target.parts[0][1]
    said = words(assessment.catalog, finding)
    if finding.withheld or len(target.parts) != 1:
        return Side(finding, None, None, None, None, said)
    metric = assessment.catalog.get(target.parts[0][0])
    then, threshold = projected(finding, target, metric, day), finding.threshold
    arrives = None
    if then is not None and threshold is not None:
        arrives = verdict_on(single, then, threshold, finding.threshold_high).met
    return Side(
        finding, distance(single, finding), *run_rate(target, single, finding, day), arrives, said
    )


def _unit(subject: Subject, before: Side | None, after: Side | None) -> UnitEffect:
    # two words of one unit tell more than each alone, so nothing at all is said of it
    withheld = any(side and side.finding.withheld for side in (before, after))
    return UnitEffect(
        subject, None if withheld else before, None if withheld else after, withheld
    )


def _level(level: str, units: list[UnitEffect]) -> LevelEffect:
    told = [u for u in units if not u.withheld]
    sides = [[getattr(u, name) for u in told] for name in ("before", "after")]

    def names(was: Callable[[Side], bool], now: Callable[[Side], bool]) -> tuple[str, ...]:
        return tuple(
            u.subject.name for u in told if u.after and now(u.after)
            and (was(u.before) if u.before else was is _not_short)
        )

    return LevelEffect(
        level=level,
        units=len(told),
        reached=tuple(sum(bool(s and s.reached) for s in one) for one in sides),
        arrives=tuple(_arriving(one) for one in sides),
        short=tuple(sum(bool(s and s.short) for s in one) for one in sides),
        newly_short=names(_not_short, lambda s: s.short),
        no_longer_short=names(lambda s: s.short, lambda s: s.status in _WELL),
        no_longer_reached=names(lambda s: s.reached, lambda s: not s.reached),
        to_go=tuple(middle(s.to_go if s else None for s in one) for one in sides),
        withheld=len(units) - len(told),
    )


_WELL = (Status.MET, Status.ON_PACE)


def _not_short(side: Side) -> bool:
    return not side.short


def _arriving(sides: list[Side | None]) -> int | None:
    valued = [s for s in sides if s and s.finding.value is not None]
    if not valued or any(s.arrives is None and not s.reached for s in valued):
        return None
    return sum(s.arrives or s.reached for s in valued)


def _doubts(one: Affected, assessment: Assessment, target_id: str, day: date):
    """What a reader has to know before trusting the figures."""
    as_of, force = assessment.as_of, assessment.in_force[target_id]
    end = deadline(force.target.period)
    if day > as_of and end is not None and end < day:
        yield (
            f"期限到 {in_words(end)}为止，改动自 {in_words(day)}才生效：现行期限之后何时算到期，"
            "还没有决定；这里按现行期限看序时"
        )
    start = getattr(force.target.period, "start", None)
    if start is not None and start > as_of:
        yield (
            f"期限自 {in_words(start)}才开始，今天的数还没有进入，一律判作未到期；"
            "“现在达到”和“还差”是拿今天的数比新的目标值"
        )
    if any(first < as_of for first, last in one.stretches if first != date.min):
        yield f"改动追溯到数据日期 {in_words(as_of)}之前，以前各期的判定也会变"
    if one.over is not None and one.over < as_of:
        yield f"改动只涉及 {in_words(one.over)}及以前，对现在的判定没有影响"
    open_now = [a.name for a in force.open_assumptions if a.affects.value == "judgement"]
    if open_now:
        yield f"有待定事项未决：{'、'.join(open_now)}；判定是暂按现行口径得出的"
    later = sorted({first for first, _ in one.stretches if first > day})
    if later:
        said = "、".join(in_words(first) for first in later)
        yield f"{said}还有变动，这里只看 {in_words(day)}起的一步"

"""A new value of a target: the bank's decision that says it, once it contradicts nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from targets import wording
from targets.catalog import Catalog
from targets.catalog.crosschecks import contradictions, part_paths
from targets.catalog.decisions import target_in_force, value_on
from targets.problems import Code, Problem, Problems, did_you_mean
from targets.schema.base import Record
from targets.schema.criteria import (
    THRESHOLD_TESTS,
    DatedRange,
    DatedValue,
    Down,
    NotAbove,
    NotBelow,
    Single,
    Unknown,
    Up,
    Within,
)
from targets.schema.measures import Metric
from targets.schema.targets import Allocation, Decision, PeriodSpan, Scorecard, SetValue, Target

from .amounts import Amount


@dataclass(frozen=True)
class Wanted:
    """Who wants which value from when, and why."""

    target: Target
    part: int
    amount: Amount
    since: date
    basis: str
    """the number of the document or minutes"""
    reason: str
    decider: str
    drafter: str
    decided: date
    drafted: date
    expires: date | None = None
    span: tuple[date, date] | None = None
    """another first and last day of the target's period, decided together with the value"""
    name: str | None = None
    record_id: str | None = None
    sample: bool = False

    @property
    def single(self) -> Single:
        return self.target.parts[self.part - 1][1]

    @property
    def dated(self) -> DatedValue | DatedRange:
        ranged = isinstance(self.single.test, Within)
        model = DatedRange if ranged else DatedValue
        return model(since=self.since, **self.amount.dated(ranged))


# --- which target


def find_target(catalog: Catalog, word: str) -> Target:
    """The target of this id, or the only one of this Chinese name. Raises Problems."""
    targets = catalog.all(Target)
    by_id = {target.id: target for target in targets}
    if word in by_id:
        return by_id[word]
    redirect = catalog.redirects.get(word)
    if redirect is not None and redirect.to in by_id:
        return by_id[redirect.to]
    found = [t for t in targets if t.name == word]
    found = found or [t for t in targets if _called(catalog, t, word)]
    if len(found) > 1:
        found = [t for t in found if any(_has_value(s) for _, s in t.parts)] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise Problems([Problem(
            Code.WHICH_RECORD, f"叫“{word}”的目标有 {len(found)} 个",
            allowed="、".join(f"{t.id}（{t.name}）" for t in found[:8]), mend="写编号",
        )])
    names = {t.name for t in targets}
    hint = catalog.hint(word, by_id) or did_you_mean(word, names) or "用 find 查编号"
    raise Problems([Problem(Code.NO_SUCH_RECORD, f"没有编号或名称是“{word}”的目标", mend=hint)])


def _called(catalog: Catalog, target: Target, word: str) -> bool:
    metrics = [catalog.get(metric) for metric, _ in target.parts]
    names = [target.name, *(n for m in metrics for n in (m.name, *m.aliases))]
    return any(word in name for name in names)


def _has_value(single: Single) -> bool:
    return isinstance(single.test, (Within, *THRESHOLD_TESTS))


def part_of(catalog: Catalog, target: Target, part: int | None) -> int:
    """The part of the target whose value is meant. Raises Problems when it has no value."""
    valued = [i for i, (_, single) in enumerate(target.parts, 1) if _has_value(single)]
    if part is None and len(target.parts) > 1 and len(valued) > 1:
        raise Problems([Problem(
            Code.NO_SUCH_PLACE, f"{target.name}有 {len(target.parts)} 部分，没有说改哪一部分",
            allowed="；".join(f"--part {i}：{_part_name(catalog, target, i)}" for i in valued),
        )])
    number = part or (valued[0] if valued else 1)
    if not 1 <= number <= len(target.parts):
        raise Problems([Problem(
            Code.NO_SUCH_PLACE, f"{target.name}只有 {len(target.parts)} 部分，没有第 {number} 部分"
        )])
    single = target.parts[number - 1][1]
    if not _has_value(single):
        why, mend = _no_value(single)
        raise Problems([Problem(
            Code.NO_VALUE_THERE, f"{target.name}{why}，没有数值可改",
            field=target.id, mend=mend,
        )])
    return number


def _part_name(catalog: Catalog, target: Target, number: int) -> str:
    return catalog.get(target.parts[number - 1][0]).name


def _no_value(single: Single) -> tuple[str, str]:
    match single.test:
        case NotBelow() | NotAbove():
            return "与参照的量相比", "要改参照的量，写一条决定定下口径；要另设数值，登记一个新目标"
        case Up() | Down():
            return "只说方向", "本行要定数值，用 new target 登记一个有数值的目标"
        case Unknown():
            return "的标准在原文里残缺", "查明原文后改定义；本行自己要定，登记一个新目标"
    return "只跟踪、不判定", "本行要定数值，用 new target 登记一个有数值的目标"


# --- whether it may be


def refusals(catalog: Catalog, wanted: Wanted) -> Iterator[Problem]:
    """What in the target's own history the value contradicts."""
    history = list(said_before(catalog, wanted.target, wanted.part))
    for since, words, decision in history[-1:]:
        if since and (wanted.since < since or (decision and wanted.since == since)):
            by = f"（{decision.id}）" if decision else ""
            yield Problem(
                Code.BEFORE_THE_LAST,
                f"新值自 {wanted.since} 起，而自 {since} 起已经定为{words}{by}",
                allowed=f"{since} 以后的日子", field="--from",
                mend="改日期；要改的是那一次，就改那条决定",
            )
    yield from _period(catalog, wanted)
    if wanted.expires and wanted.expires < wanted.since:
        yield Problem(Code.SPAN_REVERSED, f"止于 {wanted.expires}，早于 {wanted.since} 起",
                      field="--expires")
    if wanted.since < wanted.decided:
        yield Problem(
            Code.INCONSISTENT, f"自 {wanted.since} 起生效，却在 {wanted.decided} 才决定",
            field="--from", mend="决定不能管以前：改 --from；早就决定了的，用 --decided 写明",
        )
    before = in_force(catalog, wanted)
    if before is not None and _numbers(before) == _numbers(wanted.dated):
        yield Problem(
            Code.UNCHANGED, f"自 {wanted.since} 起本来就是{_words(catalog, wanted, before)}",
            field="VALUE",
        )
    yield from _contradicted(catalog, wanted)


def _period(catalog: Catalog, wanted: Wanted) -> Iterator[Problem]:
    period = _target_then(catalog, wanted).period
    if not isinstance(period, PeriodSpan):
        if wanted.span:
            yield Problem(Code.OUTSIDE_PERIOD, f"{wanted.target.name}没有起止日，不能另定",
                          field="--period", mend="去掉 --period")
        return
    start, end = wanted.span or (period.start, period.end)
    if not start <= wanted.since <= end:
        yield Problem(
            Code.OUTSIDE_PERIOD,
            f"新值自 {wanted.since} 起，而{wanted.target.name}的期限是 {start} 至 {end}",
            allowed=f"{start} 至 {end} 之间的日子", field="--from",
            mend=f"改日期；或者一并改期限，加 --period {'..'.join(map(str, next_span(period)))}",
        )


def period_then(catalog: Catalog, target: Target, day: date) -> PeriodSpan | None:
    """The target's first and last day as they stand on a day; None when it has none."""
    period = target_in_force(catalog.with_issued(), target.id, day).target.period
    return period if isinstance(period, PeriodSpan) else None


def next_span(period: PeriodSpan) -> tuple[date, date]:
    """The period of the same length a year, or as many whole years, later."""
    years = max(1, period.end.year - period.start.year + 1)
    return tuple(
        day.replace(year=day.year + years, day=28)
        if (day.month, day.day) == (2, 29) else day.replace(year=day.year + years)
        for day in (period.start, period.end)
    )


def _contradicted(catalog: Catalog, wanted: Wanted) -> Iterator[Problem]:
    if wanted.amount.low is None:
        return
    target = _target_then(catalog, wanted)
    base, metric_id, single = list(part_paths(target))[wanted.part - 1]
    test = single.test.model_copy(update={"values": (wanted.dated,)})
    changed = single.model_copy(update={"test": test})

    def report(record, path, code, found, **more):
        return Problem(code, found.replace(target.id, target.name), **more)

    before = {p.found for p in contradictions(target, base, catalog.get(metric_id), single, report)}
    for problem in contradictions(target, base, catalog.get(metric_id), changed, report):
        if problem.found not in before:
            yield problem


def _target_then(catalog: Catalog, wanted: Wanted) -> Target:
    return target_in_force(catalog.with_issued(), wanted.target.id, wanted.since).target


def said_before(
    catalog: Catalog, target: Target, part: int
) -> Iterator[tuple[date | None, str, Decision | None]]:
    """(from when, the value in words, the decision or the source) said so far, the latest last."""
    metric, single = catalog.get(target.parts[part - 1][0]), target.parts[part - 1][1]
    said = [(value.since, value, None) for value in single.test.values]
    said += [
        (value.since, value, decision)
        for decision in catalog.all(Decision)
        for change in decision.changes
        if isinstance(change, SetValue) and (change.target, change.part) == (target.id, part)
        for value in change.values
    ]
    for since, value, decision in sorted(said, key=lambda s: s[0] or date.min):
        yield since, in_words(value, metric, single), decision


def in_force(catalog: Catalog, wanted: Wanted) -> DatedValue | DatedRange | None:
    """What is in force on the first day of the new value without it."""
    single = target_in_force(catalog, wanted.target.id, wanted.since).target.parts[
        wanted.part - 1][1]
    return value_on(single.test.values, wanted.since)


def in_words(value: DatedValue | DatedRange, metric: Metric, single: Single) -> str:
    return wording.dated_value(value, metric, single.quantity)


def _words(catalog: Catalog, wanted: Wanted, value) -> str:
    return in_words(value, catalog.get(wanted.target.parts[wanted.part - 1][0]), wanted.single)


def _numbers(value: DatedValue | DatedRange) -> tuple:
    return (value.low, value.high) if isinstance(value, DatedRange) else (value.value,)


# --- the record


def decision(catalog: Catalog, wanted: Wanted) -> dict:
    """The decision as it is to be written: a draft, until it is reviewed and issued."""
    change = {"kind": "value", "target": wanted.target.id}
    if wanted.part != 1:
        change["part"] = wanted.part
    ranged = isinstance(wanted.single.test, Within)
    change["values"] = [{"from": wanted.since, **wanted.amount.dated(ranged)}]
    changes = [change]
    if wanted.span:
        period = _target_then(catalog, wanted).period
        said = period.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        first, last = wanted.span
        changes.append({
            "kind": "period", "target": wanted.target.id,
            "period": {**said, "kind": "span", "start": first, "end": last},
        })
    new = "不再要求数值" if wanted.amount.low is None else _words(catalog, wanted, wanted.dated)
    record = {
        "id": wanted.record_id or new_id(catalog, wanted),
        "name": wanted.name or f"{wanted.target.name}：{new}",
        "number": wanted.basis,
        "decided": wanted.decided,
        "effective": wanted.since,
        "expires": wanted.expires,
        "decider": wanted.decider,
        "reason": wanted.reason if wanted.reason.endswith("。") else f"{wanted.reason}。",
        "signoff": {"drafted": {"by": wanted.drafter, "day": wanted.drafted}},
        "sample": wanted.sample or None,
        "changes": changes,
    }
    return {key: value for key, value in record.items() if value is not None}


def new_id(catalog: Catalog, wanted: Wanted) -> str:
    """An id not used yet: the bank's, the target's short name, and the day."""
    owner = "sample" if wanted.sample else "bank"
    slug = wanted.target.id.split(".", 2)[2].replace(".", "_")
    base = f"{owner}.decision.{slug}_{wanted.since:%Y%m%d}"
    names = [base, *(f"{base}_{n}" for n in range(2, 1000))]
    taken = {*catalog.records, *catalog.redirects}
    return next(name for name in names if name not in taken)


def default_file(catalog: Catalog, target: Target) -> str:
    """Where decisions on this target's document stand."""
    file = f"decisions/{target.owner}.yaml"
    files = {origin.file for origin in catalog.origins.values()}
    if file in files:
        return file
    places = [
        catalog.origins[decision.id].file
        for decision in catalog.all(Decision)
        if any(getattr(change, "target", None) == target.id for change in decision.changes)
    ]
    return places[-1] if places else file


def last_decider(catalog: Catalog, target: Target) -> str | None:
    """Who decided on the target last; None when nobody has."""
    ours = [
        decision for decision in catalog.all(Decision)
        if any(getattr(change, "target", None) == target.id for change in decision.changes)
    ]
    return max(ours, key=lambda d: d.effective).decider if ours else None


def drafts_on(catalog: Catalog, target: Target) -> tuple[Decision, ...]:
    """Decisions on the target that are not issued yet."""
    return tuple(
        draft for draft in catalog.drafts
        if any(getattr(change, "target", None) == target.id for change in draft.changes)
    )


def rests_on_it(catalog: Catalog, target: Target) -> tuple[Record, ...]:
    """Records to look at again when the target's value changes: splits and scorecards first."""
    first = (Allocation.kind, Scorecard.kind)
    users = [r for r in catalog.backlinks(target.id) if r.kind != Decision.kind]
    return tuple(sorted(users, key=lambda r: r.kind not in first))


def is_file(name: str) -> bool:
    """Whether it is a place for definitions: a YAML path that stays inside the folder."""
    path = PurePosixPath(name)
    return path.suffix in (".yaml", ".yml") and not path.is_absolute() and ".." not in path.parts

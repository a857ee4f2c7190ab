"""Records and figures in Chinese words: units, values, criteria, recurrences, deadlines, changes.

Pure functions of the models, for pages, the command line and the traces of findings alike.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch

from targets.schema import criteria as cr
from targets.schema import duties as du
from targets.schema import measures as me
from targets.schema import rules as ru
from targets.schema import scoring as sc
from targets.schema import sharing as sh
from targets.schema import targets as ta

Number = Decimal | Fraction | int


# --- numbers


def rounded(value: Fraction, digits: int) -> str:
    """`value` rounded half away from zero to exactly `digits` decimals (四舍五入)."""
    halves = 2 * abs(value.numerator) * 10**digits // value.denominator
    whole = (halves + 1) // 2
    sign = "-" if value.numerator < 0 and whole else ""
    text = str(whole).rjust(digits + 1, "0")
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


def decimal_text(value: Fraction, digits: int) -> str:
    """`value` rounded half away from zero to `digits`, trailing zeros dropped: 4.2 not 4.200000."""
    text = rounded(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: Number, digits: int | None = None) -> str:
    """1234.50 -> 1,234.5 ; with `digits`, rounded half away from zero to exactly that many."""
    if digits is not None:
        text = rounded(Fraction(value), digits)
    elif isinstance(value, Fraction):
        text = rounded(value, 6)
    else:
        text = f"{Decimal(value):f}"
    sign, text = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, _, part = text.partition(".")
    part = part if digits is not None else part.rstrip("0")
    return f"{sign}{int(whole):,}" + (f".{part}" if part else "")


def day(value: date | None) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if value else "原文未说"


def month(value: date) -> str:
    return f"{value.year}年{value.month}月"


# --- units


def unit_label(metric: me.Metric | None, quantity=None) -> str:
    """The unit of what is judged, which is not always the metric's own."""
    match quantity:
        case cr.Growth() | cr.ShareOf():
            return "%"
        case cr.RatioTo():
            return "倍"
        case cr.RankAmong():
            return "位"
        case cr.Change() | cr.ExtraChange() if metric and isinstance(metric.unit, me.Percent):
            return "个百分点"
    return metric.unit.label if metric else ""


def gap_label(metric: me.Metric | None, quantity=None) -> str:
    """The unit of a difference of what is judged: rates differ in 百分点."""
    if metric and _graded(metric, quantity):
        return "档"
    label = unit_label(metric, quantity)
    return "个百分点" if label == "%" else label


def _graded(metric: me.Metric, quantity) -> bool:
    """Whether what is judged is a state, given by its number from the lowest."""
    level = isinstance(quantity, cr.Level | cr.StatusReached | cr.Trend | None)
    return isinstance(metric.unit, me.State) and level


def _state(metric: me.Metric, amount: Number, quantity) -> str | None:
    """The name of the state that a number stands for, where the metric lists its states."""
    if not _graded(metric, quantity) or amount.denominator != 1:
        return None
    states = metric.unit.states
    return states[int(amount) - 1] if 1 <= amount <= len(states) else None


def value(amount: Number | None, metric: me.Metric | None, quantity=None) -> str:
    """A value as the definitions write it, with its unit: 70%, 950亿元, 第 1 位."""
    if amount is None:
        return "不再有数值要求"
    label = unit_label(metric, quantity)
    if label == "位":
        return f"第 {number(amount)} 位"
    return f"{number(amount)}{label}"


def _digits(metric: me.Metric | None, quantity) -> int:
    label = unit_label(metric, quantity)
    counted = metric and isinstance(metric.unit, me.Count) and label == metric.unit.of
    if label == "位" or (counted and not metric.unit.average):
        return 0
    return 1


def reading(
    amount: Fraction | None, metric: me.Metric | None, quantity=None, decimals: int | None = None
) -> str:
    """A computed value, rounded for reading, or to the decimals it is published with."""
    if amount is None:
        return "无数据"
    if metric and (state := _state(metric, amount, quantity)):
        return state
    label = unit_label(metric, quantity)
    text = number(amount, _digits(metric, quantity) if decimals is None else decimals)
    return f"第 {text} 位" if label == "位" else f"{text}{label}"


def gap(amount: Fraction | None, metric: me.Metric | None, quantity=None) -> str:
    """How far from the threshold; rates differ in 百分点."""
    if amount is None:
        return ""
    sign = "+" if amount > 0 else ""
    return sign + number(amount, _digits(metric, quantity)) + gap_label(metric, quantity)


def figure(
    metric: me.Metric,
    value: Fraction | None,
    digits: int = 2,
    change: bool = False,
    fixed: bool = False,
    quantity=None,
) -> str:
    """A value as a reckoning prints it, as exact as need be: 63.42%, 9.5 亿元, 第 1 位.

    `quantity` is what the value is of, where that is not the metric's own level. `fixed` keeps
    trailing zeros, for columns of figures; counts never have decimals.
    """
    if value is None:
        return "—"
    if not change and (state := _state(metric, value, quantity)):
        return state
    label = gap_label(metric, quantity) if change else unit_label(metric, quantity)
    counted = label == "位" or (isinstance(metric.unit, me.Count) and label == metric.unit.of)
    whole = counted and value.denominator == 1
    text = rounded(value, digits) if fixed and not whole else decimal_text(value, digits)
    if label == "位" and not change:
        return f"第 {text} 位"
    return f"{text}%" if label == "%" else f"{text} {label}".strip()


def threshold(
    metric: me.Metric,
    value: Fraction | None,
    single: cr.Single,
    digits: int = 2,
    high: Fraction | None = None,
) -> str:
    """A threshold as a reckoning prints it, or a range; a place says on which side it is met."""
    if value is None:
        return "—"
    if isinstance(single.quantity, cr.StatusReached):
        return single.quantity.state
    if high is not None:
        last = figure(metric, high, digits, quantity=single.quantity)
        return f"{decimal_text(value, digits)}–{last}"
    return figure(metric, value, digits, quantity=single.quantity) + _side(metric, single)


def _side(metric: me.Metric | None, single: cr.Single) -> str:
    if unit_label(metric, single.quantity) != "位":
        return ""
    return {"at_most": "或更前", "at_least": "或更后"}.get(single.test.kind, "")


def unit(measure_unit: me.MeasureUnit) -> str:
    match measure_unit:
        case me.Percent():
            return "百分比（%）"
        case me.Money():
            return f"金额（{measure_unit.label}）"
        case me.Count():
            return f"个数（{measure_unit.of}）"
        case me.Multiple():
            return "倍数"
        case me.Score():
            return "分数"
        case me.Rank():
            return "名次"
        case me.State(states=states):
            return "等级" + (f"（{'、'.join(states)}）" if states else "（原文没有列出各档）")
    return "原文没有说单位"


# --- criteria


@singledispatch
def baseline(base) -> str:
    raise TypeError(f"no words for the baseline {type(base).__name__}")


baseline.register(cr.YearStart, lambda b: "年初（上年末）")
baseline.register(cr.SamePeriodLastYear, lambda b: "上年同期")
baseline.register(cr.UnstatedBaseline, lambda b: "基期（原文未说是哪一期）")


@baseline.register
def _(base: cr.PreviousPeriod) -> str:
    return {1: "上月", 3: "上季", 6: "上半年"}.get(base.months, f"{base.months} 个月前")


@baseline.register
def _(base: cr.GivenBaseline) -> str:
    return f"给定的基期值 {number(base.value)}" + (f"（{day(base.dated)}）" if base.dated else "")


def _named(names, record_id: str) -> str:
    return f"“{names(record_id)}”"


def quantity(q, metric: str, names) -> str:
    """What is judged. `metric` is the metric's name, `names` gives the name of an id."""
    match q:
        case cr.Level():
            return metric
        case cr.Change():
            return f"{metric}较{baseline(q.baseline)}的增减"
        case cr.ExtraChange():
            return f"{metric}较{baseline(q.baseline)}同比多增"
        case cr.Growth():
            return f"{metric}较{baseline(q.baseline)}的增速"
        case cr.RatioTo():
            return f"{metric}与{_named(names, q.over)}之比"
        case cr.ShareOf():
            whose = "全行" if q.of == "bank" else ""
            return f"{metric}占{whose}{_named(names, q.whole)}的比重"
        case cr.RankAmong():
            of = {"level": "", "change": "增量", "growth": "增速"}[q.of]
            among = f"在{_named(names, q.peers)}中" if q.peers else "在本行同级机构中"
            return f"{metric}{of}{among}的名次"
        case cr.Frequency():
            return f"{metric}（{q.period.label}）"
        case cr.StatusReached():
            return f"{metric}达到“{q.state}”"
        case cr.Trend():
            return f"{metric}较{baseline(q.baseline)}的走向"
    raise TypeError(f"no words for the quantity {type(q).__name__}")


_BOUNDARY = {
    cr.Boundary.INCLUDED: "",
    cr.Boundary.EXCLUDED: "（不含本数）",
    cr.Boundary.UNSAID: "（含不含本数，原文未说）",
}


def test(single: cr.Single, metric: me.Metric | None, dated, names) -> str:
    """How it is met. `dated` is the value in force, None before the first."""
    t = single.test
    match t:
        case cr.AtLeast() | cr.AtMost() | cr.Equal():
            word = {"at_least": "不低于", "at_most": "不高于", "equal": "等于"}[t.kind]
            if t.kind == "at_least" and t.boundary is cr.Boundary.EXCLUDED:
                word = "高于"
            if t.kind == "at_most" and t.boundary is cr.Boundary.EXCLUDED:
                word = "低于"
            if dated is None or dated.value is None:
                return "现在没有数值要求"
            said = value(dated.value, metric, single.quantity)
            boundary = _BOUNDARY[getattr(t, "boundary", cr.Boundary.INCLUDED)]
            if side := _side(metric, single):
                return f"在{said}{side}{boundary}"
            return f"{word} {said}{boundary}"
        case cr.Within():
            if dated is None or dated.low is None:
                return "现在没有数值要求"
            label = unit_label(metric, single.quantity)
            span = f"{number(dated.low)}–{number(dated.high)}{label}"
            return f"在 {span} 之间{_BOUNDARY[t.boundary]}"
        case cr.NotBelow() | cr.NotAbove():
            pair = ("不低于", "高于") if isinstance(t, cr.NotBelow) else ("不高于", "低于")
            word = pair[t.boundary is cr.Boundary.EXCLUDED]
            match t.reference:
                case cr.ReferenceMetric(metric=other):
                    return f"{word}{_named(names, other)}的{_same(single.quantity)}"
                case cr.ReferenceOwnPast(baseline=base):
                    return f"{word}自己{baseline(base)}的{_same(single.quantity)}"
        case cr.Up():
            return "提高（只看走向，不判达标与否）"
        case cr.Down():
            return "降低（只看走向，不判达标与否）"
        case cr.Tracked():
            return "跟踪，不判定"
        case cr.Unknown():
            return f"不明：{t.reason}"
    raise TypeError(f"no words for the test {type(t).__name__}")


def _same(q) -> str:
    """What of another metric, or of its own past, a quantity is held against."""
    return {"level": "数", "change": "增减", "growth": "增速", "rank": "名次"}.get(q.kind, "同一数")


_GRADES = {"at_least": "达到“{}”或更高", "at_most": "在“{}”或更低", "equal": "正好是“{}”"}


def criterion_part(single: cr.Single, metric: me.Metric | None, dated, names) -> str:
    if isinstance(single.quantity, cr.Trend):
        way = "提高" if isinstance(single.test, cr.Up) else "降低"
        base = single.quantity.baseline
        unsaid = isinstance(base, cr.UnstatedBaseline)
        against = "与哪一期比，原文未说" if unsaid else f"与{baseline(base)}比"
        return f"{metric.name if metric else ''}要{way}（{against}）；只看走向"
    if isinstance(single.quantity, cr.StatusReached) and single.test.kind in _GRADES:
        said = _GRADES[single.test.kind].format(single.quantity.state)
        return (metric.name if metric else "") + said
    what = quantity(single.quantity, metric.name if metric else "", names)
    words = test(single, metric, dated, names)
    if isinstance(single.test, cr.Tracked | cr.Unknown | cr.Up | cr.Down):
        words = f"{what}：{words}"
    else:
        joint = "" if words.startswith(("不", "在", "等", "高", "低", "要")) else "："
        words = f"{what}{joint}{words}"
    if single.tolerance is not None:
        label = gap_label(metric, single.quantity)
        words += f"；相差不超过 {number(single.tolerance)} {label}视同持平".replace(" 视", "视")
    if single.decimals is not None:
        words += f"；公布时保留 {single.decimals} 位小数"
    return words


# --- targets


def binds(binding, names) -> str:
    match binding:
        case ta.BindsTotal():
            return "全行合计"
        case ta.BindsEach():
            return f"每家{binding.level.label}"
        case ta.BindsGroup():
            return f"{_named(names, binding.group)}的每家机构"
        case ta.BindsSite():
            return "每个共建主体"
    raise TypeError(f"no words for {type(binding).__name__}")


def pace(p) -> str:
    match p:
        case ta.MonthsPace():
            return "按已过月数占全期月数"
        case ta.DaysPace():
            return "按已过天数占全期天数"
        case ta.CurvePace():
            return "按计划进度：" + "，".join(
                f"{day(point.by)} {number(point.share)}%" for point in p.points
            )
    raise TypeError(f"no words for {type(p).__name__}")


def period(p) -> str:
    match p:
        case ta.PeriodUnstated():
            return "原文没有期限"
        case ta.PeriodStanding():
            return "任何时候都要达到"
        case ta.PeriodSpan():
            words = f"{day(p.start)}至{day(p.end)}"
            return words + (f"，序时进度{pace(p.pace)}" if p.pace else "，不算序时进度")
        case ta.PeriodYears():
            start = f"自{day(p.start)}起" if p.start else "起算日原文未说"
            return f"{p.years} 年之内，{start}"
    raise TypeError(f"no words for {type(p).__name__}")


# --- metrics


def measure(m, names) -> str:
    match m:
        case me.RatioMeasure():
            return f"分子 ÷ 分母，都在{_named(names, m.dataset)}里数"
        case me.AggregateMeasure():
            return f"在{_named(names, m.dataset)}里汇总"
        case me.ReportedMeasure():
            words = f"各机构在{_named(names, m.dataset)}里直接报送"
            return words if m.additive else words + "，下级之和不等于上级"
        case me.QuotientMeasure():
            return f"{_named(names, m.numerator)} ÷ {_named(names, m.denominator)}"
        case me.NotMeasured():
            return f"算不出来：{m.reason}"
    raise TypeError(f"no words for {type(m).__name__}")


def aggregate(a: me.Aggregate) -> str:
    """An aggregate as it is written, for whoever checks the reckoning."""
    return a.measure + (f" where {a.where}" if a.where else "")


# --- duties


def recurrence(r) -> str:
    match r:
        case du.Fixed():
            return f"{r.every.label}一次"
        case du.Quota():
            return f"{r.per.label}{'不少于' if r.at_least else ''} {r.times} 次"
        case du.ChosenDays():
            return f"{r.per.label}固定 {r.days} 天，哪几天由本机构自定"
        case du.Season():
            span = f"（{day(r.start)}至{day(r.end)}）" if r.start or r.end else ""
            if r.each_year:
                span = f"（每年{_month_day(r.each_year.first)}至{_month_day(r.each_year.last)}）"
            often = f"，{r.every.label}一次" if r.every else ""
            return f"在“{r.season}”期间{span}{often}"
        case du.Event():
            return f"每当：{r.trigger}"
        case du.Vague():
            return f"原文只说“{r.word}”，没有次数和日期"
        case du.Once():
            return "一次" + (f"，{day(r.by)}之前" if r.by else "，原文没有期限")
    raise TypeError(f"no words for {type(r).__name__}")


def _month_day(text: str) -> str:
    month_number, day_number = text.split("-")
    return f"{int(month_number)}月{int(day_number)}日"


_WEEKDAYS = "一二三四五六日"


# The month that follows a period, as people name it.
_NEXT = {
    me.ActorPeriod.MONTH: "下月",
    me.ActorPeriod.QUARTER: "每季度首月",
    me.ActorPeriod.HALF_YEAR: "每半年首月",
    me.ActorPeriod.YEAR: "次年一月",
}


def deadline(d, every: me.ActorPeriod | None = None) -> str:
    match d:
        case du.FollowingDay():
            return f"{_NEXT.get(every, '次期首月')} {d.day} 日前（{d.inclusion.label}）"
        case du.DayOfPeriod():
            named = every is me.ActorPeriod.WEEK and d.day <= 7
            which = f"星期{_WEEKDAYS[d.day - 1]}" if named else f"本期第 {d.day} 天"
            return f"{which}前（{d.inclusion.label}）"
        case du.DaysAfter():
            return f"期末后 {d.days} 个{'工作日' if d.working else '自然日'}之内"
        case du.PeriodEnd():
            return "期末当日之前"
        case du.NoDeadline():
            return "原文没有截止日"
    raise TypeError(f"no words for {type(d).__name__}")


def duty_deadline(duty: du.Duty) -> str:
    r = duty.recurrence
    every = getattr(r, "every", None) or getattr(r, "per", None)
    return deadline(duty.deadline, every)


# --- rules

RULE_KINDS = {
    ru.RowPredicate: "适用条件",
    ru.Prohibition: "禁止",
    ru.Eligibility: "资格",
    ru.Procedure: "步骤",
    ru.Principle: "原则",
}


def rule_kind(body) -> str:
    return RULE_KINDS[type(body)]


def limit(figure: ru.Limit) -> str:
    """A figure of a rule in words."""
    word = {"at_least": "不低于", "at_most": "不高于", "equal": "等于"}[figure.test]
    label = "" if isinstance(figure.unit, me.Rank) else figure.unit.label
    return f"{figure.what}{word} {number(figure.value)}{label}{_BOUNDARY[figure.boundary]}"


# --- scorecards


def _figure_name(f: sc.Figure, metric: me.Metric, names) -> str:
    if isinstance(f, sc.Completion):
        word = "序时完成率" if f.against == "pace" else "完成率"
        return f"{_named(names, f.target)}的{word}"
    return quantity(f.quantity, metric.name, names)


def _figure_label(f: sc.Figure, metric: me.Metric) -> str:
    return "%" if isinstance(f, sc.Completion) else unit_label(metric, f.quantity)


def figure_words(f: sc.Figure, metric: me.Metric, amount: Fraction) -> str:
    """A figure that is scored, with its unit."""
    if isinstance(f, sc.Completion):
        return f"{decimal_text(amount, 2)}%"
    return figure(metric, amount, 2, quantity=f.quantity)


def scoring(rule: sc.Scoring, metric: me.Metric, names) -> str:
    """How an item is scored."""
    name, label = _figure_name(rule.figure, metric, names), _figure_label(rule.figure, metric)
    match rule:
        case sc.Linear(full=full, zero=zero):
            if not zero:
                return f"{name}到 {number(full)}{label} 得满分，按比例计分"
            return (
                f"{name}在 {number(zero)}{label} 得零分，到 {number(full)}{label} 得满分，"
                "其间按比例计分"
            )
        case sc.Steps(side=side, bands=bands, otherwise=otherwise):
            word = "不低于" if side == "at_least" else "不高于"
            said = "，".join(
                f"{word} {number(b.line)}{label} 得权重的 {number(b.share)}%" for b in bands
            )
            return f"{name}{said}，其余得 {number(otherwise)}%"
        case sc.Deduct(side=side, line=line, per=per, points=points, rest=rest):
            word = "低于" if side == "at_least" else "高于"
            step = "个百分点" if label == "%" else label
            return (
                f"{name}{word} {number(line)}{label} 时，每差 {number(per)} {step}"
                f"扣 {number(points)} 分，{rest.label}"
            )
        case sc.Veto(side=side, line=line, total=total):
            word = "低于" if side == "at_least" else "高于"
            return f"{name}{word} {number(line)}{label} 就否决，总分为 {number(total)}"
    raise TypeError(f"no words for the rule {type(rule).__name__}")


def scoring_words(item, metric: me.Metric, names) -> str:
    """An item's rule with its cap and floor."""
    words = scoring(item.scoring, metric, names)
    if item.cap is not None:
        words += f"，最多 {number(item.cap)} 分"
    if item.floor is not None:
        words += f"，最少 {number(item.floor)} 分"
    return words


def grades(g: sc.Grades) -> str:
    match g:
        case sc.GradesByScore(lines=lines):
            return "、".join(
                line.name + (f"（{number(line.at_least)} 分起）" if line.at_least is not None
                             else "（其余）")
                for line in lines
            )
        case sc.GradesByPlace(lines=lines):
            return "、".join(f"{line.name}（{number(line.share)}%）" for line in lines) + "，按名次"
        case sc.GradesNamed(names=names):
            return "、".join(names) + "；怎样评，原文没有说"
    raise TypeError(f"no words for the grades {type(g).__name__}")


# --- allocations


def split_by(by: sh.By, names) -> str:
    """What weights are taken from."""
    if isinstance(by, sh.ByMetric):
        return f"按 {day(by.dated)}的{_named(names, by.metric)}"
    return "按决定列出的权重"


# --- decisions


def change(c, names, metric_of) -> str:
    """One change of a decision. `metric_of(target id, part)` gives (metric, quantity)."""
    match c:
        case ta.SetValue():
            metric, q = metric_of(c.target, c.part)
            words = "；".join(_dated(v, metric, q) for v in c.values)
            return f"{_named(names, c.target)}的数值定为：{words}"
        case ta.SetBoundary():
            return f"{_named(names, c.target)}{c.boundary.label}"
        case ta.SetBinds():
            who = "、".join(binds(b, names) for b in c.binds)
            return f"{_named(names, c.target)}约束到：{who}"
        case ta.SetPeriod():
            return f"{_named(names, c.target)}的期限定为：{period(c.period)}"
        case ta.SetPace():
            return f"{_named(names, c.target)}的序时进度{pace(c.pace)}"
        case ta.SetNearBand():
            metric, q = metric_of(c.target, 1)
            label = gap_label(metric, q)
            return f"{_named(names, c.target)}相差 {number(c.within)}{label}以内算“接近”"
        case ta.SetMeasure():
            return f"{_named(names, c.metric)}改按此口径计算：{_clause(c.caliber)}"
        case ta.SetWeights():
            return _named(names, c.scorecard) + "；".join(_weights(c, names))
        case ta.SetAllocation():
            room = f"，各家之和最多比总数多 {number(c.headroom)}%" if c.headroom else ""
            return f"按{_named(names, c.allocation)}分解{room}"
        case ta.SetDuty():
            return f"{_named(names, c.duty)}改为：{_duty_terms(c)}"
        case ta.SetSeat():
            where = [level.label for level in c.levels] + [names(u) for u in c.units]
            only = "（只含经营机构）" if c.operating_only else ""
            return f"{_named(names, c.actor)}在本行是：{'、'.join(where)}{only}"
        case ta.SetReminder():
            return f"报送日历在到期前 {c.days} 天的 {c.at:%H:%M} 提醒"
        case ta.SetSmallestPublished():
            return f"少于 {c.count} 人（户）的数不公布"
        case ta.Settle():
            return f"{_named(names, c.assumption)}定为：{_clause(c.answer)}"
        case ta.Schedule():
            return f"{_named(names, c.assumption)}宜在{day(c.by)}之前定下"
    raise TypeError(f"no words for {type(c).__name__}")


def _duty_terms(c: ta.SetDuty) -> str:
    if c.withdrawn:
        return "不再要求"
    every = getattr(c.recurrence, "every", None) or getattr(c.recurrence, "per", None)
    said = [
        recurrence(c.recurrence) if c.recurrence else "",
        deadline(c.deadline, every) if c.deadline else "",
        f"报{c.reports_on.label}" if c.reports_on else "",
        c.rest_day.label if c.rest_day else "",
        f"{c.at_time:%H:%M} 之前" if c.at_time else "",
    ]
    return "，".join(text for text in said if text)


def _weights(c: ta.SetWeights, names):
    """What a decision says of a scorecard, part by part; the rules stand on the card's page."""
    if c.weights:
        yield "的权重：" + "、".join(f"{names(m)} {number(w)}" for m, w in c.weights.items())
    if c.scoring:
        yield "定了计分办法：" + "、".join(names(item.metric) for item in c.scoring)
    if c.levels:
        yield "考核到" + "、".join(level.label for level in c.levels)
    if c.grades:
        yield "评等级：" + grades(c.grades)
    if c.cap is not None:
        yield f"总分最多 {number(c.cap)} 分"
    if c.floor is not None:
        yield f"总分最少 {number(c.floor)} 分"


def _clause(sentence: str) -> str:
    """A sentence as a part of a longer one."""
    return sentence.rstrip("。")


def _dated(v, metric, q) -> str:
    return dated_value(v, metric, q) + (f"（{day(v.since)}起）" if v.since else "")


def dated_value(v, metric, q) -> str:
    """A dated value or range without its date."""
    if isinstance(v, cr.DatedRange):
        if v.low is None:
            return "不再有数值要求"
        return f"{number(v.low)}–{number(v.high)}{unit_label(metric, q)}"
    return value(v.value, metric, q)


# --- anything


def phrase(part, names) -> str | None:
    """A part of a record on one line; None for what has no words of its own."""
    match part:
        case (
            du.Fixed()
            | du.Quota()
            | du.ChosenDays()
            | du.Season()
            | du.Event()
            | du.Vague()
            | du.Once()
        ):
            return recurrence(part)
        case (
            du.FollowingDay()
            | du.DayOfPeriod()
            | du.DaysAfter()
            | du.PeriodEnd()
            | du.NoDeadline()
        ):
            return deadline(part)
        case ta.PeriodUnstated() | ta.PeriodStanding() | ta.PeriodSpan() | ta.PeriodYears():
            return period(part)
        case ta.BindsTotal() | ta.BindsEach() | ta.BindsGroup() | ta.BindsSite():
            return binds(part, names)
        case me.AggregateMeasure() | me.ReportedMeasure() | me.QuotientMeasure() | me.NotMeasured():
            return measure(part, names)
        case me.Aggregate():
            return aggregate(part)
        case ru.Limit():
            return limit(part)
    if isinstance(part, me.MeasureUnit.__origin__.__args__):
        return unit(part)
    return None

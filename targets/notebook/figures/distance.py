"""Distance to target: a dot for every unit, a line to the threshold, the gap in words."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from targets.assessment import Assessment
from targets.assessment.findings import Status
from targets.schema.criteria import AtMost, NotAbove, RankAmong
from targets.wording import gap_label, number, unit_label
from targets.wording import threshold as in_words

from .. import frames
from .style import BAD, GOOD, INK, LINE, MUTED, SIZE, add_axes, bare, empty, new_figure

ROW = 0.27


def distance(
    assessment: Assessment, target: str, levels: Sequence[str] | None = None
) -> Figure:
    """How far each unit is from a target, the furthest short first.

    levels: the lowest one that is judged, unless said. A target compared with a reference or with
    the unit's own past has no line in common: every unit's own point is marked.
    """
    title = f"离目标还有多远：{frames.target_title(assessment, target)}"
    levels = levels or (frames.home_level(assessment, target),)
    found = [
        f
        for f in frames.find(assessment, target, levels)
        if f.value is not None and f.threshold is not None and f.threshold_high is None
    ]
    if not found:
        return empty(assessment, title, "没有可比的读数")
    metric, part = frames.part_of(assessment, target)
    own = frames.compared(assessment, target)
    # beyond a limit, or behind a place, is short of it
    limit = isinstance(part.test, AtMost | NotAbove)
    found.sort(key=lambda f: -f.gap if limit else f.gap)
    short = [f for f in found if f.judged is not Status.MET]
    goal = "各自的参照数" if own else in_words(metric, found[0].threshold, part)
    lowest, highest = min(found, key=lambda f: f.value), max(found, key=lambda f: f.value)
    alt = (
        f"{len(found)} 个判定对象里 {len(short)} 个没有达到 {goal}；"
        f"最小的是{lowest.subject.name}，{frames.value_words(assessment, lowest)}；"
        f"最大的是{highest.subject.name}，{frames.value_words(assessment, highest)}"
    )
    figure = new_figure(assessment, 0.55 + ROW * len(found), alt, title)
    axes = add_axes(figure, 1.12, 1.35, top=0.62, bottom=0.55)
    for row, f in enumerate(found):
        value, point, met = float(f.value), float(f.threshold), f.judged is Status.MET
        colour = GOOD if met else BAD
        axes.plot([point, value], [row, row], color=colour, linewidth=2.2, zorder=2)
        axes.plot(
            value, row, marker="o" if met else "D", markersize=7 if met else 6, zorder=3,
            color=colour, markerfacecolor=colour if met else "white", markeredgewidth=1.6,
        )
        if own:
            axes.plot(point, row, marker="|", markersize=13, markeredgewidth=1.6, color=INK)
        axes.text(
            1.03, row, f"{f.judged.label} {_gap_words(f, part, limit)}",
            transform=axes.get_yaxis_transform(), ha="left", va="center", fontsize=SIZE, color=INK,
        )
    if not own:
        axes.axvline(
            float(found[0].threshold), color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1
        )
    axes.text(
        0.5 if own else float(found[0].threshold), -0.75,
        "竖线：各机构自己的参照数" if own else f"目标 {goal}",
        ha="center", va="bottom", fontsize=SIZE, color=INK,
        transform=axes.get_yaxis_transform() if own else axes.transData,
    )
    axes.set_yticks(range(len(found)), [f.subject.name for f in found])
    axes.set_ylim(len(found) - 0.4, -0.7)
    if isinstance(part.quantity, RankAmong):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlim(min(0.5, axes.get_xlim()[0]), max(2.5, axes.get_xlim()[1]))
    low, high = axes.get_xlim()
    axes.set_xlim(low - (high - low) * 0.02, high + (high - low) * 0.02)
    axes.set_xlabel(_unit_words(metric, part.quantity), fontsize=SIZE, color=MUTED, labelpad=2)
    axes.grid(axis="x", color=LINE, linewidth=0.4)
    bare(axes)
    axes.tick_params(axis="y", labelcolor=INK)
    return figure


def _gap_words(f, part, limit: bool) -> str:
    """The gap without its unit, which is told once, below the axis."""
    if f.gap == 0:
        return "平"
    if isinstance(part.quantity, RankAmong):
        word = "后" if f.gap > 0 else "前"
    elif limit:
        word = "高" if f.gap > 0 else "低"
    else:
        word = "超" if f.gap > 0 else "差"
    digits = 0 if abs(f.gap) >= 1000 else 1  # a phone has no room for both
    return word + number(abs(f.gap), digits).removesuffix(".0")


def _unit_words(metric, quantity) -> str:
    label, gap = unit_label(metric, quantity), gap_label(metric, quantity)
    shown = "名次" if label == "位" else label
    return f"{metric.name}（{shown}）；右侧的差距单位为{gap}"

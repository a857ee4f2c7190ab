"""Distance to target: a dot for every unit, a line to the threshold, the gap in words."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from targets.assessment import Assessment
from targets.assessment.findings import Status
from targets.assessment.judge import figure as in_words

from .. import frames
from .style import BAD, GOOD, INK, LINE, MUTED, SIZE, add_axes, bare, empty, new_figure

ROW = 0.27


def distance(
    assessment: Assessment, target: str, levels: Sequence[str] = ("sub_branch",)
) -> Figure:
    """How far each unit is from a target, the furthest short first."""
    title = f"离目标还有多远：{frames.target_title(assessment, target)}"
    found = [
        f
        for f in frames.find(assessment, target, levels)
        if f.value is not None and f.threshold is not None and f.threshold_high is None
    ]
    if not found:
        return empty(assessment, title, "没有可比的读数")
    metric = assessment.catalog.get(found[0].metric)
    found.sort(key=lambda f: f.gap)
    threshold = float(found[0].threshold)
    short = [f for f in found if f.judged is not Status.MET]
    goal = in_words(metric, found[0].threshold)
    alt = (
        f"{len(found)} 个判定对象里 {len(short)} 个没有达到 {goal}；"
        f"最低的是{found[0].subject.name}，{in_words(metric, found[0].value)}；"
        f"最高的是{found[-1].subject.name}，{in_words(metric, found[-1].value)}"
    )
    figure = new_figure(assessment, 0.55 + ROW * len(found), alt, title)
    axes = add_axes(figure, 1.12, 1.2, top=0.62, bottom=0.55)
    for row, f in enumerate(found):
        value, met = float(f.value), f.judged is Status.MET
        colour = GOOD if met else BAD
        axes.plot([threshold, value], [row, row], color=colour, linewidth=2.2, zorder=2)
        axes.plot(
            value, row, marker="o" if met else "D", markersize=7 if met else 6, zorder=3,
            color=colour, markerfacecolor=colour if met else "white", markeredgewidth=1.6,
        )
        word = "超" if f.gap > 0 else "平" if f.gap == 0 else "差"
        # the unit is told once, below the axis
        size = in_words(metric, abs(f.gap), digits=1).removesuffix(metric.unit.label).strip()
        axes.text(
            1.03, row, f"{f.judged.label} {word if f.gap == 0 else word + size}",
            transform=axes.get_yaxis_transform(), ha="left", va="center", fontsize=SIZE, color=INK,
        )
    axes.axvline(threshold, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    axes.text(
        threshold, -0.75, f"目标 {goal}", ha="center", va="bottom",
        fontsize=SIZE, color=INK,
    )
    axes.set_yticks(range(len(found)), [f.subject.name for f in found])
    axes.set_ylim(len(found) - 0.4, -0.7)
    low, high = axes.get_xlim()
    axes.set_xlim(low - (high - low) * 0.02, high + (high - low) * 0.02)
    axes.set_xlabel(_unit_words(metric), fontsize=SIZE, color=MUTED, labelpad=2)
    axes.grid(axis="x", color=LINE, linewidth=0.4)
    bare(axes)
    axes.tick_params(axis="y", labelcolor=INK)
    return figure


def _unit_words(metric) -> str:
    label = metric.unit.label
    return f"{metric.name}（{label}）；右侧的差距单位为{'百分点' if label == '%' else label}"

"""Required run-rate against the run-rate so far."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from targets.assessment import Assessment

from .. import frames
from .style import BAD, GOOD, INK, LINE, MUTED, SIZE, add_axes, bare, empty, new_figure, wrapped

ROW = 0.46


def run_rate(
    assessment: Assessment, target: str, levels: Sequence[str] | None = None
) -> Figure:
    """For each unit short of a target: the change a month so far, and the change a month needed.

    levels: the lowest one that is judged, unless said.
    """
    title = f"每月要做多少：{frames.target_title(assessment, target)}"
    levels = levels or (frames.home_level(assessment, target),)
    found = frames.paced(assessment, target, levels)
    found = [f for f in found if f.pace.recent_per_month is not None]
    if not found:
        return empty(assessment, title, "没有期限未到、还要赶进度的机构")
    found.sort(key=lambda f: abs(f.pace.required_per_month), reverse=True)
    unit = frames.unit_label(assessment, target)
    keeping = sum(f.pace.keeps_up for f in found)
    alt = (
        f"{len(found)} 个判定对象还没到目标，照现在的快慢能按期到的有 {keeping} 个；"
        f"每月要做得最多的是{found[0].subject.name}，"
        f"每月要 {float(found[0].pace.required_per_month):.2f} {unit}，"
        f"至今每月 {float(found[0].pace.recent_per_month):.2f}"
    )
    figure = new_figure(assessment, 0.6 + ROW * len(found), alt, title)
    axes = add_axes(figure, 1.0, 1.4, top=0.66, bottom=0.55)
    for row, f in enumerate(found):
        recent, need = float(f.pace.recent_per_month), float(f.pace.required_per_month)
        enough = f.pace.keeps_up
        axes.barh(row - 0.17, recent, height=0.3, color=GOOD)
        axes.barh(
            row + 0.17, need, height=0.3, facecolor="#f9d9b8", edgecolor=BAD, hatch="////",
            linewidth=0.8,
        )
        for place, value in ((row - 0.17, recent), (row + 0.17, need)):
            axes.annotate(
                f"{value:.1f}".replace("-", "−"), (max(value, 0), place), xytext=(3, 0),
                textcoords="offset points", ha="left", va="center", fontsize=SIZE - 1, color=INK,
            )
        axes.text(
            1.04, row, wrapped(frames.pace_word(f), 9), transform=axes.get_yaxis_transform(),
            ha="left", va="center", fontsize=SIZE, color=GOOD if enough else BAD, linespacing=1.1,
        )
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_yticks(range(len(found)), [f.subject.name for f in found])
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.margins(x=0.14)
    axes.set_xlabel(f"每月变动（{unit}）", fontsize=SIZE, color=MUTED, labelpad=2)
    axes.grid(axis="x", color=LINE, linewidth=0.4)
    axes.set_axisbelow(True)
    bare(axes)
    axes.tick_params(axis="y", labelcolor=INK)
    _key(figure)
    return figure


def _key(figure: Figure) -> None:
    from matplotlib.patches import Patch

    height = figure.get_figheight()
    figure.legend(
        handles=[
            Patch(facecolor=GOOD, label="至今每月"),
            Patch(facecolor="#f9d9b8", edgecolor=BAD, hatch="////", label="今后每月需"),
        ],
        loc="upper left", bbox_to_anchor=(0.0, 1 - 0.33 / height), ncols=2, frameon=False,
        fontsize=SIZE, borderaxespad=0.2, handlelength=1.6, columnspacing=1.2,
    )

"""The trade-off of a threshold: how high it is set against how many units meet it."""

from matplotlib.figure import Figure

from targets.assessment import Assessment
from targets.changes.rates import tradeoff as worked_out
from targets.wording import decimal_text
from targets.wording import threshold as in_words

from .. import frames
from .style import BAD, GOOD, INK, LINE, MUTED, SIZE, add_axes, bare, empty, new_figure


def tradeoff(assessment: Assessment, target: str, level: str | None = None) -> Figure:
    """Threshold against the share of a level's units that meet it, now and at the present pace.

    level: the lowest one of units that is judged, unless said.
    """
    title = f"目标定在多少：{frames.target_title(assessment, target)}"
    level = level or frames.home_level(assessment, target)
    points = worked_out(assessment, target, level)
    if not points:
        return empty(assessment, title, "没有单一的目标值，或者没有读数")
    metric, part = frames.part_of(assessment, target)
    word = frames.LEVEL_WORDS[level]
    figure = new_figure(assessment, 2.7, _alt(points, metric, word), title)
    axes = add_axes(figure, 0.62, 0.3, top=0.75, bottom=0.72)
    at = [float(p.threshold) for p in points]
    axes.plot(at, [float(p.share_now) for p in points], color=GOOD, linewidth=1.8, marker="o",
              markersize=4.5, label="现在")
    if points[0].then is not None:
        axes.plot(at, [float(p.share_then) for p in points], color=BAD, linewidth=1.8,
                  linestyle="--", marker="D", markersize=4, markerfacecolor="white",
                  label="照现在的快慢，到期时")
    current = next((f.threshold for f in assessment.of_target(target) if f.threshold), None)
    if current is not None:
        axes.axvline(float(current), color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
        axes.text(float(current), 1.01, f"现行 {in_words(metric, current, part)}", ha="center",
                  va="bottom", fontsize=SIZE, color=INK, transform=axes.get_xaxis_transform())
    axes.text(0, 1.01, f"达到的{word}", ha="left", va="bottom", fontsize=SIZE, color=MUTED,
              transform=axes.transAxes)
    axes.set_ylim(-4, 104)
    axes.set_yticks(range(0, 101, 25), [f"{n}%" for n in range(0, 101, 25)])
    label = frames.quantity_label(metric, part.quantity)
    axes.set_xlabel(f"目标值（{label}）" if label else "目标值", fontsize=SIZE, color=MUTED)
    axes.grid(axis="y", color=LINE, linewidth=0.4)
    bare(axes, "bottom")
    figure.legend(*axes.get_legend_handles_labels(), loc="upper left", ncols=2, frameon=False,
                  fontsize=SIZE, bbox_to_anchor=(0.0, 1 - 0.26 / figure.get_figheight()))
    return figure


def _alt(points, metric, word: str) -> str:
    """What the curves say at a few places."""
    chosen = points[:: max(1, len(points) // 4)]
    said = []
    for p in chosen:
        later = f"，照现在的快慢到期时 {p.then} 个" if p.then is not None else ""
        said.append(f"定在 {decimal_text(p.threshold, 2)}，现在 {p.now} 个{later}")
    return f"{points[0].of} 个{word}里达到的：{'；'.join(said)}"

"""Trend: the readings of up to 24 months, branches named at the end of their lines."""

import itertools
from collections.abc import Sequence

from matplotlib.dates import MonthLocator, num2date
from matplotlib.figure import Figure

from targets.assessment import Assessment
from targets.schema.criteria import Level
from targets.wording import figure as in_words

from .. import frames
from .style import INK, LINE, MUTED, SIZE, add_axes, bare, empty, new_figure

MONTHS = 24
MARKED = 6
"""a mark on the line every so many months"""
# colour-blind safe, and each with a mark of its own
STYLES = (
    ("#1d2730", "-", "o"),
    ("#0072b2", "-", "s"),
    ("#b34700", "--", "^"),
    ("#007a5a", "-.", "D"),
    ("#a3437c", ":", "v"),
    ("#6a4c93", "--", "P"),
)


def trend(
    assessment: Assessment, target: str, levels: Sequence[str] = ("bank", "branch")
) -> Figure:
    """The target's metric over the last 24 data dates, with the threshold as a line."""
    title = f"两年走势：{frames.target_title(assessment, target)}"
    found = frames.find(assessment, target, levels)
    lines = []
    for f in found:
        series = assessment.series(target, f.subject.key)
        points = [(day, float(value)) for day, value in series if value is not None]
        if points:
            lines.append((f, points[-MONTHS:]))
    if not lines:
        return empty(assessment, title, "没有读数")
    metric, part = frames.part_of(assessment, target)
    figure = new_figure(assessment, 2.6, _alt(metric, lines), title)
    axes = add_axes(figure, 0.72, 1.42, top=0.5, bottom=0.58)
    threshold = lines[0][0].threshold
    # what an increment or a place has to reach is no height on the axis of the readings
    common = isinstance(part.quantity, Level) and not frames.compared(assessment, target)
    if threshold is not None and common:
        axes.axhline(float(threshold), color=INK, linewidth=1, linestyle=(0, (4, 2)))
        axes.text(
            0.01, float(threshold), f"目标 {in_words(metric, threshold)}", ha="left", va="bottom",
            fontsize=SIZE, color=INK, transform=axes.get_yaxis_transform(),
        )
    for (_, points), (colour, dash, mark) in zip(lines, itertools.cycle(STYLES), strict=False):
        axes.plot(
            *zip(*points, strict=True), color=colour, linestyle=dash, linewidth=1.6, marker=mark,
            markersize=4, markevery=MARKED,
        )
    _names(axes, metric, lines)
    axes.xaxis.set_major_locator(MonthLocator(bymonth=(3, 9)))
    axes.xaxis.set_major_formatter(lambda number, _: _month(num2date(number), short=True))
    axes.yaxis.set_major_formatter(lambda number, _: f"{number:,.9g}")
    axes.grid(axis="y", color=LINE, linewidth=0.4)
    axes.text(
        0, 1.01, metric.unit.label, ha="left", va="bottom", fontsize=SIZE, color=MUTED,
        transform=axes.transAxes,
    )
    bare(axes, "bottom")
    return figure


def _names(axes, metric, lines) -> None:
    """Names at the ends of the lines, pushed apart so that none covers another."""
    low, high = axes.get_ylim()
    apart = (high - low) * 0.088
    ends = sorted(
        (points[-1][1], f.subject.name, colour, points[-1][0])
        for (f, points), (colour, _, _) in zip(lines, itertools.cycle(STYLES), strict=False)
    )
    place = None
    placed = []
    for value, name, colour, day in ends:
        place = value if place is None else max(value, place + apart)
        placed.append((place, value, name, colour, day))
    over = max(0.0, placed[-1][0] - high)
    for place, value, name, colour, day in placed:
        axes.annotate(
            f"{name} {_short(value, metric)}",
            xy=(day, value), xycoords="data", xytext=(1.04, place - over),
            textcoords=axes.get_yaxis_transform(), ha="left", va="center", fontsize=SIZE,
            color=colour, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkB": 3},
        )


def _month(day, short: bool = False) -> str:
    return f"{day.year % 100 if short else day.year}年{day.month}月"


def _short(value: float, metric) -> str:
    digits = 0 if abs(value) >= 10_000 else 1  # a phone has no room for both
    return f"{value:,.{digits}f}" + ("%" if metric.unit.label == "%" else "")


def _alt(metric, lines) -> str:
    return "；".join(
        f"{f.subject.name}从 {_month(points[0][0])} 的 {_short(points[0][1], metric)} "
        f"到 {_month(points[-1][0])} 的 {_short(points[-1][1], metric)}"
        for f, points in lines
    )

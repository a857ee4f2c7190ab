"""What all figures share: the font, the colours, the note that says whose data it is."""

import textwrap
from math import ceil

from matplotlib.figure import Figure

from targets.assessment import Assessment
from targets.assessment.findings import Status
from targets.publish.fonts import use_chinese_font

WIDTH = 5.0
"""inches; the site shows it wider where there is room"""
SIZE = 10
"""points"""

INK = "#1d2730"
MUTED = "#4d5a66"
LINE = "#c3ccd3"
GOOD = "#0072b2"
"""blue and vermilion stay apart for every kind of colour blindness"""
BAD = "#b34700"

# Tints light enough for dark text; the word stands in every cell.
TINTS = {
    Status.MET: "#a9d1ee",
    Status.ON_PACE: "#d9ebf8",
    Status.NEAR: "#fbeeb2",
    Status.NOT_DUE: "#f1f3f5",
    Status.BEHIND: "#f9d9b8",
    Status.MISSED: "#f0ae86",
    Status.UNDECIDED: "#e6e1f1",
    Status.NO_DATA: "#ffffff",
    Status.NOT_JUDGED: "#f1f3f5",
    Status.WITHHELD: "#ffffff",
}


def new_figure(assessment: Assessment, height: float, alt: str, title: str) -> Figure:
    """An empty figure of the standard width with its title, its alt text and the data's label."""
    use_chinese_font()
    # room above for the title, below for the note
    height = height + 0.6
    figure = Figure(figsize=(WIDTH, height), layout="none", facecolor="white")
    note = source_note(assessment)
    figure.set_label(f"{title}。{alt}（{note}）")
    # a long title is set smaller rather than cut off
    size = min(SIZE + 2, 0.97 * WIDTH * 72 / sum(0.6 if c.isascii() else 1 for c in title))
    figure.text(0.012, 1 - 0.08 / height, title, ha="left", va="top", fontsize=size, color=INK)
    figure.text(0.988, 0.06 / height, note, ha="right", va="bottom", fontsize=SIZE - 1, color=MUTED)
    return figure


def add_axes(figure: Figure, left: float, right: float, top: float = 0.38, bottom: float = 0.45):
    """Axes with margins in inches."""
    width, height = figure.get_size_inches()
    return figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    )


def bare(axes, *keep: str) -> None:
    """No frame but the sides named; small grey ticks."""
    for side in ("left", "right", "top", "bottom"):
        axes.spines[side].set_visible(side in keep)
        axes.spines[side].set_color(LINE)
    axes.tick_params(colors=MUTED, labelsize=SIZE, length=0)


def source_note(assessment: Assessment) -> str:
    return f"{assessment.label or '本行数据'} · 数据日期 {assessment.as_of}"


def wrapped(text: str, width: int) -> str:
    """Chinese broken into lines of at most `width` characters, all about as long."""
    lines = max(1, ceil(len(text) / width))
    return "\n".join(textwrap.wrap(text, ceil(len(text) / lines)))


def empty(assessment: Assessment, title: str, why: str) -> Figure:
    """A figure that says in words why there is nothing to draw."""
    figure = new_figure(assessment, 0.7, why, title)
    figure.text(0.5, 0.5, why, ha="center", va="center", fontsize=SIZE, color=MUTED)
    return figure

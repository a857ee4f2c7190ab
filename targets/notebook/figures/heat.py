"""Heat map: units by targets, the status word in every cell."""

from collections import Counter
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from targets.assessment import Assessment
from targets.assessment.findings import Status

from .. import frames
from .style import INK, LINE, MUTED, SIZE, TINTS, WIDTH, add_axes, empty, new_figure, wrapped

ROW = 0.39
LINE_HEIGHT = 0.165
NAMES, EDGE, INDENT = 1.32, 0.06, 0.1
"""inches: room for the names, the margin, a level further in"""
PANEL = 4
"""targets side by side; more go into a panel below"""
TITLE = "各机构达标情况"


def heat_map(
    assessment: Assessment, targets: Sequence[str] | None = None, title: str = TITLE
) -> Figure:
    """Units by targets that can be judged. The table is `frames.statuses`.

    A panel has the units that any of its targets is judged at.
    """
    targets = frames.judged_targets(assessment) if targets is None else list(targets)
    units = frames.units_judged(assessment, targets)
    if not targets or not units:
        return empty(assessment, title, "没有可以判定的目标")
    cells = {(f.subject.unit_code, t): f for t in targets for f in frames.find(assessment, t)}
    panels = []
    for start in range(0, len(targets), PANEL):
        panel = targets[start : start + PANEL]
        rows = frames.units_judged(assessment, panel)
        heads = [_head(assessment, target) for target in panel]
        head = LINE_HEIGHT * (1 + max(text.count("\n") for text in heads)) + 0.16
        panels.append((panel, rows, heads, head, head + ROW * len(rows)))
    alt = _alt(cells.values(), units, targets)
    below = sum(height for *_, height in panels)
    figure = new_figure(assessment, below, alt, title)
    above = 0.3
    for panel, rows, heads, head, height in panels:
        below -= height
        axes = add_axes(figure, NAMES, EDGE, above, 0.3 + below)
        above += height
        _panel(axes, assessment, panel, rows, heads, head / ROW, cells)
    return figure


def _head(assessment: Assessment, target: str) -> str:
    name = wrapped(assessment.in_force[target].target.name, 6)
    value = frames.threshold_words(assessment, target)
    return f"{name}\n{value.replace(' ', '')}" if value else name


def _panel(axes, assessment: Assessment, targets, units, heads, top, cells) -> None:
    axes.set_xlim(0, PANEL)
    axes.set_ylim(len(units) + top, 0)
    axes.axis("off")
    column_width = (WIDTH - NAMES - EDGE) / PANEL
    for column, name in enumerate(heads):
        axes.text(
            column + 0.5, top - 0.2, name, ha="center", va="bottom", fontsize=SIZE, color=INK,
            linespacing=1.15,
        )
    for row, (depth, unit) in enumerate(units):
        middle = top + row + 0.5
        axes.text(
            (depth * INDENT - NAMES + EDGE) / column_width, middle, unit.name, ha="left",
            va="center", fontsize=SIZE, color=INK,
        )
        for column, target in enumerate(targets):
            _cell(axes, assessment, column, top + row, cells.get((unit.code, target)))


def _cell(axes, assessment: Assessment, x: float, y: float, finding) -> None:
    if finding is None:
        axes.text(
            x + 0.5, y + 0.5, "不适用", ha="center", va="center", fontsize=SIZE - 1, color=MUTED
        )
        return
    open_hatch = "////" if finding.status in (Status.UNDECIDED, Status.NO_DATA) else None
    axes.add_patch(
        Rectangle(
            (x + 0.02, y + 0.05), 0.96, 0.9, facecolor=TINTS[finding.status], edgecolor=LINE,
            linewidth=0.6,
        )
    )
    if open_hatch:
        axes.add_patch(
            Rectangle(
                (x + 0.02, y + 0.05), 0.96, 0.9, fill=False, hatch=open_hatch, edgecolor="#d3d3e2",
                linewidth=0,
            )
        )
    value = frames.value_words(assessment, finding, digits=1)
    lines = [finding.status.label]
    if finding.provisional:
        lines.append(f"暂：{finding.provisional.label}")
    elif value:
        lines.append(value)
    axes.text(
        x + 0.5, y + 0.52, "\n".join(lines), ha="center", va="center", fontsize=SIZE - 0.6,
        color=INK, linespacing=1.1,
    )


def _alt(findings, units, targets) -> str:
    counts = Counter(f.status for f in findings)
    words = "，".join(f"{s.label} {counts[s]} 格" for s in Status if counts[s])
    return f"{len(units)} 家机构、{len(targets)} 项目标的判定：{words}。同样的内容见表"

"""How a notebook shows tables and figures: HTML that reads well on the site and in JupyterLab."""

import base64
import io
import numbers
from datetime import date, datetime
from fractions import Fraction
from html import escape

from targets.wording import rounded

DPI = 200
COLOURS = 96
ENLARGED = 1.25
"""how much wider than drawn a figure may be shown"""
ONE_LINE = 15
"""characters that a table cell keeps on one line"""
SENTENCE = 14
"""em that a sentence in a table gets at least"""


def show(what, caption: str | None = None, folded: bool = False) -> None:
    """Show a frame as a table, a figure as a picture with its alt text, an assessment's notice.

    folded: a table that tells what a figure already shows waits behind its caption.
    """
    from IPython.display import HTML, display

    if hasattr(what, "columns"):
        html = table_html(what, caption, folded)
    elif hasattr(what, "savefig"):
        html = figure_html(what)
    else:
        html = notice_html(what)
    display(HTML(html))


def _nothing(value: object) -> bool:
    # NaN and NaT differ from themselves; NA can't even say whether it does
    return value is None or str(value) == "<NA>" or value != value


def cell_text(value: object) -> str:
    """A table cell as people read it: 1,234 · 62.13 · 2026-09-30 · — for nothing."""
    if _nothing(value):
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, numbers.Integral):
        return f"{int(value):,}".replace("-", "−")
    if isinstance(value, numbers.Real):
        # by way of its shortest text, so that 64.335 rounds to 64.34 as it does everywhere else
        text = rounded(Fraction(repr(float(value))), 2)
        whole, _, part = text.lstrip("-").partition(".")
        return ("−" if text.startswith("-") else "") + f"{int(whole):,}.{part}"
    return str(value)


def _style(frame, column: str) -> str:
    """Attributes of a column's cells: numbers to the right, short words on one line, sentences
    with room to be read.
    """
    values = [v for v in frame[column] if not _nothing(v)]
    if values and all(isinstance(v, numbers.Real) for v in values):
        return ' class="zx-number" style="text-align:right;white-space:nowrap;min-width:3em"'
    longest = max((len(cell_text(v)) for v in values), default=0)
    if longest <= ONE_LINE:
        return ' style="text-align:left;white-space:nowrap"'
    return f' style="text-align:left;min-width:{min(longest // 2, SENTENCE)}em"'


def table_html(frame, caption: str | None = None, folded: bool = False) -> str:
    """A frame's columns as an HTML table that scrolls inside its own box."""
    plain = frame.astype(object)
    styles = [_style(plain, column) for column in plain]
    head = "".join(
        f'<th scope="col"{style}>{escape(str(column))}</th>'
        for column, style in zip(plain, styles, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{style}>{escape(cell_text(value))}</td>"
            for value, style in zip(row, styles, strict=True)
        )
        + "</tr>"
        for row in plain.itertuples(index=False, name=None)
    )
    if not len(frame):
        rows = f'<tr><td colspan="{len(frame.columns)}">（没有）</td></tr>'
    title = escape(caption or "")
    above = f'<caption style="text-align:left">{title}</caption>' if caption and not folded else ""
    table = (
        f'<div class="zx-scroll" role="region" aria-label="{title or "表格"}" tabindex="0" '
        f'style="overflow-x:auto"><table class="zx-table">{above}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    if not folded:
        return table
    return (
        f'<details style="margin:0.4em 0 1.6em"><summary>表：{title}</summary>{table}</details>'
    )


def figure_html(figure) -> str:
    """A matplotlib figure as a sharp, small picture; its label is the alt text."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    with io.BytesIO() as small:
        # few colours are drawn, so a palette keeps the picture sharp at a third of the size
        size = canvas.get_width_height(physical=True)
        drawn = Image.frombuffer("RGBA", size, canvas.buffer_rgba()).convert("RGB")
        drawn.quantize(COLOURS).save(small, "png")
        picture = base64.b64encode(small.getvalue()).decode()
    width = figure.get_figwidth() * ENLARGED
    return (
        f'<img src="data:image/png;base64,{picture}" '
        f'alt="{escape(str(figure.get_label()), quote=True)}" '
        f'style="width:min(100%,{width:.1f}in);height:auto;background:#fff">'
    )


def notice_html(assessment) -> str:
    """Whose data it is, and of which day."""
    words = f"{assessment.label or '本行数据'}，数据日期 {assessment.as_of}"
    if assessment.label:
        words += "；机构和数字全部虚构，只用来演示"
    return (
        '<p style="border:1px dashed #b65c00;border-radius:4px;padding:0.2em 0.7em">'
        f"<strong>{escape(words)}</strong></p>"
    )

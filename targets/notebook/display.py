"""How a notebook shows tables and figures: HTML that reads well on the site and in JupyterLab."""

import base64
import io
import numbers
from datetime import date, datetime
from fractions import Fraction
from html import escape

from targets.assessment.findings import rounded

DPI = 200
COLOURS = 96
ENLARGED = 1.25
"""how much wider than drawn a figure may be shown"""


def show(what, caption: str | None = None) -> None:
    """Show a frame as a table, a figure as a picture with its alt text, an assessment's notice."""
    from IPython.display import HTML, display

    if hasattr(what, "columns"):
        html = table_html(what, caption)
    elif hasattr(what, "savefig"):
        html = figure_html(what)
    else:
        html = notice_html(what)
    display(HTML(html))


def cell_text(value: object) -> str:
    """A table cell as people read it: 1,234 · 62.13 · 2026-09-30 · — for nothing."""
    if value is None or value != value:  # NaN and NaT differ from themselves
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


def _cell(value: object) -> str:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    mark = ' class="zx-number" style="text-align:right"' if number else ' style="text-align:left"'
    return f"<td{mark}>{escape(cell_text(value))}</td>"


def table_html(frame, caption: str | None = None) -> str:
    """A frame's columns as an HTML table that scrolls inside its own box."""
    head = "".join(f'<th scope="col" style="text-align:left">{escape(str(c))}</th>' for c in frame)
    rows = "".join(
        "<tr>" + "".join(map(_cell, row)) + "</tr>"
        for row in frame.astype(object).itertuples(index=False, name=None)
    )
    title = f'<caption style="text-align:left">{escape(caption)}</caption>' if caption else ""
    label = escape(caption or "表格", quote=True)
    if not len(frame):
        rows = f'<tr><td colspan="{len(frame.columns)}">（没有）</td></tr>'
    return (
        f'<div class="zx-scroll" role="region" aria-label="{label}" tabindex="0" '
        f'style="overflow-x:auto"><table class="zx-table">{title}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
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
        drawn.quantize(COLOURS).save(small, "png", optimize=True)
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
    return f'<p><strong class="zx-label">{escape(words)}</strong></p>'

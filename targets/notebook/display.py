"""How a notebook shows tables and figures: HTML that reads well on the site and in JupyterLab."""

import base64
import io
import numbers
from datetime import date, datetime
from fractions import Fraction
from html import escape

from targets.assessment.findings import rounded


def show(what, caption: str | None = None):
    """Show a pandas frame as a table, or a figure of `figures` as a picture with its alt text."""
    from IPython.display import HTML, display

    display(HTML(table_html(what, caption) if hasattr(what, "columns") else figure_html(what)))


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
    """A matplotlib figure as a scalable picture; its label is the alt text."""
    import matplotlib

    with io.BytesIO() as out, matplotlib.rc_context({"svg.hashsalt": "zhixing"}):
        # no date and no random ids: the same facts give the same bytes
        figure.savefig(out, format="svg", metadata={"Date": None})
        picture = base64.b64encode(out.getvalue()).decode()
    width = figure.get_figwidth()
    return (
        f'<img src="data:image/svg+xml;base64,{picture}" '
        f'alt="{escape(str(figure.get_label()), quote=True)}" '
        f'style="width:min(100%,{width * 1.25:.1f}in);height:auto;background:#fff">'
    )

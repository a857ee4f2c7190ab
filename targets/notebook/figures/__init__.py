"""Figures of an assessment: each takes what `frames` takes and returns a matplotlib Figure.

A figure's label (`figure.get_label()`) is its alt text. Widths suit a phone: at 360 CSS pixels the
text is still some 10 pixels high.
"""

from .distance import distance
from .heat import heat_map
from .pace import run_rate
from .tradeoff import tradeoff
from .trend import trend

__all__ = ["distance", "heat_map", "run_rate", "tradeoff", "trend"]

"""The one Chinese font of the site and of every figure, and the check that it suffices.

A missing glyph shows as an empty box that nobody notices until print, so both sides treat it as
an error: figures through :func:`use_chinese_font`, pages through :func:`missing_characters`.
"""

import unicodedata
import warnings
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FAMILY = "Zhixing Sans"
FOLDER = Path(__file__).parent
DESKTOP_FONT = FOLDER / "ZhixingSans-Regular.otf"
CHARACTER_LIST = FOLDER / "tgh-2013.txt"
LICENCE = FOLDER / "OFL.txt"

# Control, format and white-space characters are never drawn.
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


@cache
def covered() -> frozenset[int]:
    """Code points that the committed font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(DESKTOP_FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing_characters(characters: Iterable[str]) -> list[str]:
    """The visible characters among these that the font cannot draw, sorted."""
    able = covered()
    return sorted(
        c
        for c in set(characters)
        if ord(c) not in able and unicodedata.category(c) not in _INVISIBLE
    )


def use_chinese_font() -> str:
    """Make matplotlib write Chinese with the committed font; returns the family name.

    From then on a character that the font lacks raises instead of drawing an empty box.
    """
    import matplotlib
    from matplotlib import font_manager

    if not any(entry.name == FAMILY for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(DESKTOP_FONT)
    # One family only: a fallback would hide what the font lacks on the machine that has it.
    matplotlib.rcParams["font.family"] = [FAMILY]
    # The font draws U+2212, so a negative number keeps a true minus sign.
    matplotlib.rcParams["axes.unicode_minus"] = True
    # TrueType embedding keeps the text of a printed figure searchable; SVG keeps matplotlib's
    # outlines, because a page that shows it as an image cannot lend it the font.
    matplotlib.rcParams["pdf.fonttype"] = 42
    warnings.filterwarnings("error", r"Glyph \d+ .* missing from font", UserWarning)
    return FAMILY

"""How people write: what stands for nothing, and what is only typography."""

import re
import unicodedata
from functools import lru_cache

MISSING = frozenset({
    "", "-", "--", "---", "—", "——", "―", "–", "‐", "−", "－", "－－", "─", "无", "暂无", "空", "/",
    "／", "\\", "n/a", "#n/a", "null", "none", "nan", "…", "……", "...",
})
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
BLANKS = re.compile(r"[\s\u00a0\u3000]+")
MARK = re.compile(r"(?:[*＊※†‡①-⑳⑴-⒇]+|[\[［【]注?\d{0,2}[\]］】]|[(（]注\d{0,2}[)）])+$")
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def tidy(text: str) -> str:
    """Without what can't be seen and without blanks around it."""
    return UNSEEN.sub("", text).strip(" \t\r\n\v\f\u00a0\u3000\u2000\u2001\u2002\u2003\u2009\u202f")


def is_missing(text: str) -> bool:
    """Whether a tidied text stands for nothing at all. 0 is something."""
    return text.casefold() in MISSING


def narrow(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones."""
    return text.translate(WIDE)


def without_mark(text: str) -> tuple[str, str]:
    """A text and the footnote mark at its end."""
    match = MARK.search(text)
    return (text[:match.start()].rstrip(), match[0]) if match else (text, "")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """A heading as it is compared: no blanks, no marks, one width, one case."""
    text = without_mark(tidy(text))[0]
    text = BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return text.rstrip(":")

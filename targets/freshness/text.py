"""A source's text as it is compared: what makes no difference to its meaning is left out.

Normalised are the width of letters and figures, the forms of quotation marks and dashes, and all
that cannot be seen. Left out are white space, where lines and pages break, and page numbers
(第 3 页, 共 12 页, —3—); a mention of a page is therefore no part of what is compared.
"""

import re
import unicodedata
from dataclasses import dataclass

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("“”„‟〝〞＂「」『』", '"'),
        **dict.fromkeys("‘’‚‛＇′", "'"),
        **dict.fromkeys("‐‑‒–—―−﹣─━", "-"),
        **dict.fromkeys("·‧∙⋅・•", "·"),
        "〇": "○",
    }
)
_PAGE = re.compile(r"第[0-9]+页(?:共[0-9]+页)?|共[0-9]+页|(?<![0-9-])--?[0-9]{1,3}--?(?![0-9-])")
_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))


@dataclass(frozen=True)
class Normal:
    """A normalised text, and where in the raw one each of its characters stood."""

    text: str
    where: tuple[int, ...]
    raw: str

    def shown(self, start: int, end: int) -> str:
        """The raw text of a stretch of the normalised one, as a person reads it."""
        if start >= end:
            return ""
        piece = self.raw[self.where[start] : self.where[end - 1] + 1]
        return re.sub(r"[ \t\u3000]*\n\s*", "\n", piece).strip()


def normalise(raw: str) -> Normal:
    """The text that is compared; see the module's first lines for what is left out."""
    kept: list[str] = []
    where: list[int] = []
    for at, character in enumerate(raw):
        for one in unicodedata.normalize("NFKC", character.translate(_ALIKE)):
            one = one.translate(_ALIKE)
            if unicodedata.category(one) not in _UNSEEN:
                kept.append(one)
                where.append(at)
    text = "".join(kept)
    pages = [match.span() for match in _PAGE.finditer(text)]
    if pages:
        stays = [True] * len(text)
        for start, end in pages:
            stays[start:end] = [False] * (end - start)
        where = [at for at, kept_ in zip(where, stays, strict=True) if kept_]
        text = "".join(c for c, kept_ in zip(text, stays, strict=True) if kept_)
    return Normal(text, tuple(where), raw)

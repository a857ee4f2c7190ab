"""Read one rendered page: its sections for the search, its characters for the font check."""

import html
import re
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser

_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "b", "bdi", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
    "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "u", "var", "wbr",
}  # fmt: skip
_SKIPPED_TAGS = {"script", "style", "svg", "template", "nav", "button", "noscript"}
# Page furniture and program text: neither is what a reader looks for.
_SKIPPED_CLASSES = {
    "headerlink", "cell_input", "toctree-wrapper", "stderr", "zx-nosearch", "traceback",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_CJK = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]"
# A soft line break inside a Chinese sentence is no space.
_SOFT_BREAK = re.compile(rf"(?<={_CJK})[ \t]*\n[ \t]*(?={_CJK})")
_SPACES = re.compile(r"\s+")
_UNSEEN = re.compile(
    r"<(script|style|template)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE
)


@dataclass
class Section:
    anchor: str
    title: str = ""
    text: str = ""
    keywords: str = ""


@dataclass
class Page:
    title: str = ""
    kind: str = ""
    sections: list[Section] = field(default_factory=list)

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: dict) -> "Page":
        return cls(raw["title"], raw["kind"], [Section(**section) for section in raw["sections"]])


class _Reader(HTMLParser):
    """Collects text by section. ``_open`` holds (tag, skipped, opens a section, is a heading)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kind = ""
        self.sections = [Section("")]
        self._titles: list[list[str]] = [[]]
        self._texts: list[list[str]] = [[]]
        self._left_out: set[int] = set()  # sections that hold something kept from the search
        self._path = [0]  # indexes of the sections that enclose the reading point
        self._open: list[tuple[str, bool, bool, bool]] = []
        self._skipping = 0
        self._heading = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self._texts[self._path[-1]].append("\0")
        if tag in _VOID:
            return
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        skipped = tag in _SKIPPED_TAGS or bool(classes & _SKIPPED_CLASSES)
        opens = tag == "section" and not self._skipping and not skipped
        if opens:
            self._path.append(len(self.sections))
            self.sections.append(Section(given.get("id") or ""))
            self._titles.append([])
            self._texts.append([])
        heading = tag in _HEADINGS and not self._titles[self._path[-1]] and len(self._path) > 1
        if "zx-nosearch" in classes:
            self._left_out.add(self._path[-1])
        self._open.append((tag, skipped, opens, heading))
        self._skipping += skipped
        self._heading += heading
        if not self._skipping:
            keywords = given.get("data-search-keywords")
            if keywords:
                section = self.sections[self._path[-1]]
                section.keywords = f"{section.keywords} {keywords}".strip()
            self.kind = self.kind or given.get("data-search-kind") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self._texts[self._path[-1]].append("\0")
        if not any(entry[0] == tag for entry in self._open):
            return
        while True:  # an element that was never closed ends with its parent
            opened, skipped, opens, heading = self._open.pop()
            self._skipping -= skipped
            self._heading -= heading
            if opens:
                self._path.pop()
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            into = self._titles if self._heading else self._texts
            into[self._path[-1]].append(data)

    def page(self) -> Page:
        for section, title, text in zip(self.sections, self._titles, self._texts, strict=True):
            section.title, section.text = _tidy(title), _tidy(text)
        kept = [
            s
            for i, s in enumerate(self.sections)
            if s.text or (s.title and i not in self._left_out)
        ]
        title = next((s.title for s in kept if s.title), "")
        return Page(title, self.kind, kept)


def _tidy(pieces: list[str]) -> str:
    text = _SOFT_BREAK.sub("", "".join(pieces))
    return _SPACES.sub(" ", text.replace("\0", " ")).strip()


def read_page(markup: str) -> Page:
    """The sections of a page's article; whatever stands around the article is navigation."""
    start = markup.find('<article class="bd-article"')
    end = markup.rfind("</article>")
    if start < 0 or end < start:
        return Page()
    reader = _Reader()
    reader.feed(markup[start:end])
    reader.close()
    return reader.page()


def visible_characters(markup: str) -> set[str]:
    """Every character that a browser draws from this page's text, navigation included."""
    return set(html.unescape(_UNSEEN.sub(" ", markup)))

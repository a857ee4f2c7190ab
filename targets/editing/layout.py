"""One way to write a value down: which quotes, which brackets, what on a line of its own.

A collection of short values stands on one line, with at most one level of brackets inside; what
holds sentences or comments, a list of collections and whatever is too long has lines of its own.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum

from targets.catalog.yaml_text import scalar

WIDTH = 100
"""columns of the screen that a line with brackets may fill; a Chinese character fills two"""
STEP = 2

# an indicator or a space at the start, a comment or a key within, a colon or a space at the end
_UNSAFE = re.compile(r"^-(\s|$)|^[?:,\[\]{}#&*!|>'\"%@`\s]|:\s|\s#|[:\s]$|[\x00-\x1f]")
_HIDDEN = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
# several lines that can stand as they are, the first of which shows how far they are indented
_LINES = re.compile(r"[^\s\x00-\x1f][^\x00-\x1f]*(\n|\n[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*)+")
_UNSAFE_IN_BRACKETS = re.compile(r"[,\[\]{}]")
# what other readers of YAML take for something else than text
_OTHER_TYPES = re.compile(
    r"(?i)(y|n|yes|no|on|off|true|false|null|~|\.nan|[-+]?\.inf|<<|=)\Z"
    r"|[-+]?(0[xo]?[0-9a-f_]+|[0-9][0-9_]*(:[0-9]+)*|[0-9_]*\.[0-9_]*)(e[-+]?[0-9]+)?\Z"
)
_SENTENCE = re.compile("[，。；！？]")


@dataclass
class Leaf:
    """A scalar as it is written on one line, outside brackets and inside them."""

    plain: str
    in_brackets: str
    lines: tuple[str, ...] = ()
    """text of several lines, which is kept as it is"""
    sentence: bool = False
    beside: str = ""


@dataclass
class Entry:
    """A key with its value, or an item of a list (no key), and the comments above it."""

    key: str | None
    value: "Leaf | Branch"
    above: tuple[str, ...] = ()
    beside: str = ""
    """the comment after the key or the dash, when the value has lines of its own"""


@dataclass
class Branch:
    """A mapping or a list."""

    entries: list[Entry]
    is_list: bool
    below: tuple[str, ...] = ()
    """comments after its last entry"""


Node = Leaf | Branch


def text_leaf(text: str) -> Leaf:
    """Text, quoted where it would otherwise be read as something else."""
    # JSON's escapes are YAML's; what YAML may not show as it is, JSON leaves alone
    quoted = _HIDDEN.sub(
        lambda found: f"\\u{ord(found[0]):04X}", json.dumps(text, ensure_ascii=False)
    )
    hidden = _HIDDEN.search(text)
    several = "\n" in text.rstrip("\n") and not text.endswith("\n\n")
    if several and not hidden and _LINES.fullmatch(text):
        return Leaf(quoted, quoted, tuple(text.split("\n")), sentence=True)
    other = _OTHER_TYPES.match(text) or not isinstance(scalar(text, True), str)
    plain = quoted if not text or other or hidden or _UNSAFE.search(text) else text
    in_brackets = quoted if _UNSAFE_IN_BRACKETS.search(text) else plain
    return Leaf(plain, in_brackets, sentence=bool(_SENTENCE.search(text)))


def node(value: object) -> Node:
    """Plain data as it is to be written."""
    if isinstance(value, Mapping):
        return Branch([Entry(str(k), node(v)) for k, v in value.items()], is_list=False)
    if isinstance(value, list | tuple):
        return Branch([Entry(None, node(v)) for v in value], is_list=True)
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        word = "null" if value is None else str(value).lower()
        return Leaf(word, word)
    if isinstance(value, date):
        return Leaf(value.isoformat(), value.isoformat())
    if isinstance(value, time):
        # quoted: other readers take 8:30 for minutes
        return text_leaf(value.isoformat("minutes" if not value.second else "seconds"))
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, int | Decimal):
        word = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return Leaf(word, word)
    return text_leaf(str(value))


def columns(text: str) -> int:
    """How many columns of the screen the text fills."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def in_brackets(node: Node, anyway: bool = False) -> str | None:
    """The node on one line; None for what should have lines of its own.

    anyway: it stands inside other brackets, and has to be on their line.
    """
    if isinstance(node, Leaf):
        apart = node.lines or node.beside or node.sentence
        return None if apart and not anyway else node.in_brackets
    if not anyway and any(_deep(entry.value) for entry in node.entries):
        return None
    parts = []
    for entry in node.entries:
        inner = in_brackets(entry.value, anyway)
        apart = entry.above or entry.beside or (node.is_list and _several(entry.value))
        if inner is None or (apart and not anyway):
            return None
        parts.append(inner if entry.key is None else f"{entry.key}: {inner}")
    if node.below and not anyway:
        return None
    return f"[{', '.join(parts)}]" if node.is_list else f"{{{', '.join(parts)}}}"


def _several(value: Node) -> bool:
    return isinstance(value, Branch) and bool(value.entries)


def _deep(value: Node) -> bool:
    return isinstance(value, Branch) and any(_several(entry.value) for entry in value.entries)


def lines(branch: Branch, indent: int, spread: bool = False) -> Iterator[str]:
    """The branch line by line, from this column on.

    spread: its items have lines of their own and an empty line between them (records).
    """
    pad = " " * indent
    for number, entry in enumerate(branch.entries):
        if spread and number:
            yield ""
        yield from (pad + comment for comment in entry.above)
        lead = f"{entry.key}:" if entry.key is not None else "-"
        yield from _entry(entry, lead, indent, spread)
    yield from (pad + comment for comment in branch.below)


def _entry(entry: Entry, lead: str, indent: int, open_up: bool) -> Iterator[str]:
    pad, value = " " * indent, entry.value
    beside = f"  {entry.beside}" if entry.beside else ""
    if isinstance(value, Leaf):
        note = f"  {value.beside}" if value.beside else ""
        if value.lines:
            kept = "|" if value.lines[-1] == "" else "|-"
            yield f"{pad}{lead} {kept}{beside}"
            yield from (" " * (indent + STEP) + line if line else "" for line in value.lines[
                : -1 if value.lines[-1] == "" else None])
        else:
            yield f"{pad}{lead} {value.plain}{beside}{note}".rstrip()
        return
    one_line = None if open_up else in_brackets(value)
    if one_line is not None or not value.entries:
        one_line = one_line or ("[]" if value.is_list else "{}")
        whole = f"{pad}{lead} {one_line}{beside}"
        if not _several(value) or columns(whole) <= WIDTH:
            yield whole
            return
    if entry.key is None and not value.is_list and not beside and not value.entries[0].above:
        inner = lines(value, indent + STEP)
        yield f"{pad}- {next(inner).lstrip()}"
        yield from inner
    else:
        yield f"{pad}{lead}{beside}"
        yield from lines(value, indent + STEP)

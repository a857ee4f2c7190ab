"""The one form of a definitions file: order of keys, brackets, quotes, empty lines.

Written from the parser's nodes and the comments between them; what the file says stays the same.
"""

import re
from collections.abc import Iterable

import yaml

from targets.catalog.yaml_text import scalar, unfolded
from targets.schema.base import Model, Record

from .layout import Branch, Entry, Leaf, Node, lines, text_leaf
from .splice import compose, end_of

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.M)
_SCHEMA_LINE = "# yaml-language-server:"


def canonical(text: str, schema_line: str, records: Iterable[Record]) -> str:
    """The same records (the file's, in its order) in the one form.

    It begins with the line that names their schema.
    """
    root = _Reader(text).root()
    record = iter(records)
    for kind in root.entries:
        for row in kind.value.entries:
            _order(row.value, next(record))
    return _document(root, schema_line)


def _document(root: Branch, schema_line: str) -> str:
    head = [c for c in root.entries[0].above if not c.startswith(_SCHEMA_LINE)]
    root.entries[0].above = ()
    out = [schema_line, *head, ""]
    for kind in root.entries:
        out += [*kind.above, f"{kind.key}:{'  ' + kind.beside if kind.beside else ''}"]
        if kind.value.entries:
            out += lines(kind.value, 2, spread=True)
        else:
            out[-1] = f"{kind.key}: []"
        out.append("")
    return "\n".join([*out[:-1], *root.below]) + "\n"


def _order(written: Node, model: object) -> None:
    """Keys in the order of the model's fields, down to the innermost."""
    if isinstance(written, Leaf) or not isinstance(model, Model | tuple):
        return
    if isinstance(model, tuple):
        for entry, inner in zip(written.entries, model, strict=True):
            _order(entry.value, inner)
        return
    fields = type(model).model_fields
    last = type(model).written_last if isinstance(model, Record) else ()
    first = [name for name in ("kind", "to") if name in fields]  # what tells models apart
    own = [name for name in fields if name not in (*first, *last)]
    names = [*first, *own, *(name for name in last if name in fields)]
    place = {key: i for i, n in enumerate(names) for key in (n, fields[n].alias or n)}
    written.entries.sort(key=lambda entry: place[entry.key])
    for entry in written.entries:
        _order(entry.value, getattr(model, names[place[entry.key]]))


class _Reader:
    """Nodes and the comments between them, as one tree."""

    def __init__(self, text: str):
        self._text = text
        self._top = compose(text)
        self._comments = list(self._between()) if "#" in text else []
        self._next = 0

    def root(self) -> Branch:
        root = self._branch(self._top)
        root.below = tuple(text for _, text, _ in self._comments[self._next :])
        return root

    def _between(self):
        """(where, comment, whether it is alone on its line), outside of scalars."""
        at = 0
        for begin, end in (*self._scalars(self._top), (len(self._text), len(self._text))):
            if "#" in (gap := self._text[at:begin]):
                for found in _COMMENT.finditer(gap):
                    where = at + found.start()
                    line = self._text[self._text.rfind("\n", 0, where) + 1 : where]
                    yield where, found[0].rstrip(), not line.strip()
            at = end

    def _scalars(self, node: yaml.Node):
        if isinstance(node, yaml.ScalarNode):
            yield node.start_mark.index, end_of(self._text, node)
            return
        for inner in node.value:
            for one in inner if isinstance(inner, tuple) else (inner,):
                yield from self._scalars(one)

    def _above(self, where: int) -> tuple[str, ...]:
        """Comments not yet taken that stand before a place; empty lines between them stay."""
        taken: list[str] = []
        last = None
        while self._next < len(self._comments) and self._comments[self._next][0] < where:
            at, comment, _ = self._comments[self._next]
            if last is not None and "\n\n" in self._text[last:at]:
                taken.append("")
            taken.append(comment)
            last, self._next = at + len(comment), self._next + 1
        return tuple(taken)

    def _beside(self, end: int) -> str:
        """The comment after a place, on the same line."""
        if self._next < len(self._comments):
            at, comment, alone = self._comments[self._next]
            if not alone and at >= end and "\n" not in self._text[end:at]:
                self._next += 1
                return comment
        return ""

    def _node(self, node: yaml.Node) -> Node:
        return self._leaf(node) if isinstance(node, yaml.ScalarNode) else self._branch(node)

    def _branch(self, node: yaml.Node) -> Branch:
        is_list = isinstance(node, yaml.SequenceNode)
        return Branch(
            [self._entry(None, item) if is_list else self._entry(*item) for item in node.value],
            is_list,
        )

    def _entry(self, key: yaml.Node | None, value: yaml.Node) -> Entry:
        above = self._above((key or value).start_mark.index)
        entry = Entry(key.value if key else None, None, above)
        open_below = not isinstance(value, yaml.ScalarNode) and not value.flow_style
        if key and open_below:
            entry.beside = self._beside(key.end_mark.index)
        entry.value = self._node(value)
        if not open_below:
            entry.beside = self._beside(end_of(self._text, value, key))
        return entry

    def _leaf(self, node: yaml.ScalarNode) -> Leaf:
        text = unfolded(node)
        if node.style in (">", "|"):
            text = text.strip("\n") if "\n" not in text.strip("\n") else text
        value = text if node.style else scalar(text, True)
        if isinstance(value, str):
            return text_leaf(value)
        word = "null" if value is None else text
        return Leaf(word, word)

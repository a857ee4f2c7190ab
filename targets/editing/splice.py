"""Changes to the text of one definitions file: only the lines concerned, comments kept.

The parser's own positions say where a value begins and ends; everything else is left as it is.
(A round trip through ruamel.yaml rewrites lines that nobody touched, and takes a second a file.)
"""

import re
from collections.abc import Mapping

import yaml

from .layout import STEP, Branch, Entry, Leaf, in_brackets, lines, node

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")

Path = tuple[str | int, ...]


class NoSuchPlace(LookupError):
    """The path leads nowhere in this record."""


def compose(text: str) -> yaml.Node | None:
    """The nodes of the text with their positions."""
    return yaml.compose(text, Loader=_LOADER)


def append(text: str, plural: str, record: Mapping, after: str | None = None) -> str:
    """The text with a record more: after the record of that id, or last of its kind."""
    root = compose(text)
    rows = _value_of(root, plural) if root else None
    if rows is None and root is not None and root.flow_style:
        return _add(text, root, (plural,), [record])
    if rows is None or not getattr(rows, "value", None):
        written = "\n".join(lines(node({plural: [record]}), 0))
        if rows is None:
            before = f"{text.rstrip()}\n\n" if root else text
            return f"{before}{written}\n"
        key = _key_of(root, plural)
        return text[: key.start_mark.index] + written + text[end_of(text, rows, key) :]
    last = next((r for r in rows.value if after and _id(r) == after), rows.value[-1])
    if rows.flow_style:
        at = end_of(text, last)
        return _replaced(text, at, at, f", {_flow(record)}")
    dash = _dash(text, last)
    entry = Entry(None, node(record))
    written = "\n".join(_as_item(entry, dash))
    at = _line_end(text, end_of(text, last))
    return f"{text[:at]}\n\n{written}{text[at:] or chr(10)}"


def set_value(text: str, record_id: str, path: Path, value: object) -> str:
    """The text with `value` at `path` of the record, put there when the key is new."""
    return _set(text, record(text, record_id), path, value)


def unset(text: str, record_id: str, path: Path) -> str:
    """The text without the key or item at `path` of the record."""
    holder = _walk(record(text, record_id), path[:-1])
    found = _find(holder, path[-1])
    if found is None:
        raise NoSuchPlace(path)
    if len(holder.value) == 1:
        if len(path) > 1:
            return unset(text, record_id, path[:-1])
        raise NoSuchPlace(path)
    return _cut_item(text, holder, found)


def remove(text: str, record_id: str) -> str:
    """The text without the record; its kind goes with the last one. Empty: nothing is left."""
    root = compose(text)
    for key, rows in root.value:
        if not isinstance(rows, yaml.SequenceNode):
            continue
        for index, row in enumerate(rows.value):
            if _id(row) != record_id:
                continue
            if len(rows.value) > 1 and rows.flow_style:
                return _cut_item(text, rows, (None, row, index))
            if len(rows.value) > 1:
                return _cut_block(text, _line_start(text, _dash_at(text, row)), end_of(text, row))
            if len(root.value) == 1:
                return ""
            if root.flow_style:
                number = [k for k, _ in root.value].index(key)
                return _cut_item(text, root, (key, rows, number))
            whole = _line_start(text, key.start_mark.index)
            return _cut_block(text, whole, end_of(text, rows, key))
    raise NoSuchPlace((record_id,))


# --- finding


def _value_of(mapping: yaml.Node, key: str) -> yaml.Node | None:
    return next((v for k, v in mapping.value if k.value == key), None)


def _key_of(mapping: yaml.Node, key: str) -> yaml.Node:
    return next(k for k, _ in mapping.value if k.value == key)


def _id(row: yaml.Node) -> str | None:
    found = _value_of(row, "id") if isinstance(row, yaml.MappingNode) else None
    return found.value if found is not None else None


def record(text: str, record_id: str) -> yaml.MappingNode:
    """The record's node. Raises NoSuchPlace when the text has none of that id."""
    for _, rows in compose(text).value:
        for row in rows.value if isinstance(rows, yaml.SequenceNode) else ():
            if _id(row) == record_id:
                return row
    raise NoSuchPlace((record_id,))


def _find(holder: yaml.Node, step: str | int):
    """(key or None, value, number) of a step down; None when it is not there."""
    if isinstance(holder, yaml.MappingNode):
        for number, (key, value) in enumerate(holder.value):
            if key.value == step:
                return key, value, number
        return None
    is_item = isinstance(holder, yaml.SequenceNode) and isinstance(step, int)
    if is_item and 0 <= step < len(holder.value):
        return None, holder.value[step], step
    return None


def _walk(start: yaml.Node, path: Path) -> yaml.Node:
    for step in path:
        found = _find(start, step)
        if found is None:
            raise NoSuchPlace(path)
        start = found[1]
    return start


def end_of(text: str, what: yaml.Node, key: yaml.Node | None = None) -> int:
    """Where the node's own text ends, comments after it left out."""
    if isinstance(what, yaml.ScalarNode):
        if what.style in ("|", ">"):
            return len(text[: what.end_mark.index].rstrip())
        if not what.value and not what.style and what.start_mark.index == what.end_mark.index:
            # nothing is written after the colon; the parser puts it before the next token
            return text.index(":", key.end_mark.index) + 1 if key else what.end_mark.index
        return what.end_mark.index
    if what.flow_style:
        return what.end_mark.index
    last = what.value[-1]
    return end_of(text, last[1], last[0]) if isinstance(last, tuple) else end_of(text, last)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _dash_at(text: str, item: yaml.Node) -> int:
    """Where the dash of a block list's item stands."""
    return text.rindex("-", 0, item.start_mark.index)


def _dash(text: str, item: yaml.Node) -> int:
    at = _dash_at(text, item)
    return at - _line_start(text, at)


# --- writing


def _as_item(entry: Entry, indent: int) -> list[str]:
    """A record as an item of its list, each key on lines of its own."""
    inner = list(lines(entry.value, indent + STEP))
    return [f"{' ' * indent}- {inner[0].lstrip()}", *inner[1:]]


def _set(text: str, start: yaml.Node, path: Path, value: object) -> str:
    holder = _walk(start, path[:-1])
    found = _find(holder, path[-1])
    if found is None:
        return _add(text, holder, path, value)
    key, old, _ = found
    same = _inside(old, value)
    if same is not None:
        for step, inner in same:
            # positions move with every change, so each starts from the text as it then is
            text = _set(text, _again(text, start), (*path, step), inner)
        return text
    if holder.flow_style:
        return _replaced(text, old.start_mark.index, end_of(text, old, key), _flow(value))
    column = (key or old).start_mark.column if key else _dash(text, old)
    lead = f"{key.value}:" if key else "-"
    begin = key.start_mark.index if key else _dash_at(text, old)
    end = end_of(text, old, key)
    entry = Entry(key.value if key else None, node(value))
    written = _written(entry, column)
    if isinstance(old, yaml.ScalarNode) and len(written) == 1:
        # the comment beside it and the spaces before it stay
        begin += len(lead)
        return _replaced(text, begin, end, written[0].lstrip()[len(lead) :])
    lost = [" " * column + c for c in _comments(text, start, begin, end)]
    return _replaced(text, begin, end, "\n".join([*lost, *written]).lstrip())


def _inside(old: yaml.Node, value: object) -> list[tuple[str | int, object]] | None:
    """The steps that differ, when the change can be made within; None: write it anew."""
    is_mapping = isinstance(old, yaml.MappingNode) and isinstance(value, Mapping)
    if is_mapping and {k.value for k, _ in old.value} <= set(value):
        return [(k, v) for k, v in value.items() if not _says(_value_of(old, k), v)]
    is_list = isinstance(old, yaml.SequenceNode) and isinstance(value, list | tuple)
    if is_list and 0 < len(old.value) <= len(value):
        said = [*old.value, *(None for _ in value[len(old.value) :])]
        return [(i, v) for i, v in enumerate(value) if not _says(said[i], v)]
    return None


def _says(old: yaml.Node | None, value: object) -> bool:
    """Whether the node already says just this."""
    if old is None:
        return False
    if isinstance(old, yaml.MappingNode):
        return (isinstance(value, Mapping) and [k.value for k, _ in old.value] == list(value)
                and all(_says(v, value[k.value]) for k, v in old.value))
    if isinstance(old, yaml.SequenceNode):
        return (isinstance(value, list | tuple)
                and len(value) == len(old.value)
                and all(map(_says, old.value, value)))
    leaf = node(value)
    return isinstance(leaf, Leaf) and bool(old.style) == (leaf.plain[:1] == '"') and (
        old.value == (value if isinstance(value, str) else leaf.plain))


def _again(text: str, start: yaml.Node) -> yaml.Node:
    return record(text, _id(start))


def _add(text: str, holder: yaml.Node, path: Path, value: object) -> str:
    """A new key at the end of a mapping, or a new item at the end of a list."""
    is_list = isinstance(holder, yaml.SequenceNode)
    if isinstance(holder, yaml.ScalarNode) or (is_list and path[-1] != len(holder.value)):
        raise NoSuchPlace(path)
    if not is_list and not isinstance(path[-1], str):
        raise NoSuchPlace(path)
    key = None if is_list else path[-1]
    if holder.flow_style:
        at = holder.end_mark.index - 1
        written = _flow(value) if is_list else f"{key}: {_flow(value)}"
        kept = len(text[:at].rstrip()) if holder.value else at
        return _replaced(text, kept, kept, (", " if holder.value else "") + written)
    last = holder.value[-1]
    if is_list:
        column, end = _dash(text, last), end_of(text, last)
    else:
        column, end = last[0].start_mark.column, end_of(text, last[1], last[0])
    written = _written(Entry(key, node(value)), column)
    at = _line_end(text, end)
    return _replaced(text, at, at, "\n" + "\n".join(written))


def _written(entry: Entry, column: int) -> list[str]:
    return list(lines(Branch([entry], is_list=entry.key is None), column))


def _flow(value: object) -> str:
    """The value inside brackets, however long."""
    return in_brackets(node(value), anyway=True)


def _comments(text: str, start: yaml.Node, begin: int, end: int) -> list[str]:
    """Comments between two places of the text, read around the scalars of the record."""
    kept, at = [], begin
    for leaf in sorted(_leaves(start), key=lambda n: n.start_mark.index):
        if leaf.end_mark.index <= begin or leaf.start_mark.index >= end:
            continue
        kept += _COMMENT.findall(text[at : leaf.start_mark.index])
        at = leaf.end_mark.index
    return kept


def _leaves(what: yaml.Node):
    if isinstance(what, yaml.ScalarNode):
        yield what
        return
    for inner in what.value:
        for one in inner if isinstance(inner, tuple) else (inner,):
            yield from _leaves(one)


def _replaced(text: str, begin: int, end: int, written: str) -> str:
    return text[:begin] + written + text[end:]


def _cut_item(text: str, holder: yaml.Node, found) -> str:
    key, value, number = found
    begin = (key or value).start_mark.index
    end = end_of(text, value, key)
    if not holder.flow_style:
        if key is None:
            begin = _dash_at(text, value)
        line = _line_start(text, begin)
        if text[line:begin].strip():
            # the first key of a list's item shares its line with the dash
            after = holder.value[number + 1][0].start_mark.index
            return text[:begin] + text[after:]
        return text[:line] + text[_line_end(text, end) + 1 :]
    if number:
        before = holder.value[number - 1]
        begin = end_of(text, before[1], before[0]) if key else end_of(text, before)
        return text[:begin] + text[end:]
    following = holder.value[1]
    after = (following[0] if key else following).start_mark.index
    return text[:begin] + text[after:]


def _cut_block(text: str, begin: int, end: int) -> str:
    """Without these lines, and without the empty line that set them off."""
    after = _line_end(text, end) + 1
    while text[after : _line_end(text, after)].strip() == "" and after < len(text):
        after = _line_end(text, after) + 1
    if after >= len(text):
        return text[:begin].rstrip() + "\n"
    return text[:begin] + text[after:]

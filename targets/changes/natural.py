"""Two records side by side: what differs, lists matched by what their items are about.

A list is no sequence of lines: dated values are matched by their date, places by clause, parts by
metric, shares by unit, members by name. What is left of two equal sets is their order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from targets.schema.base import Model

ORDER = "次序"
_KEYS = (
    "clause", "metric", "target", "assumption", "allocation", "scorecard", "duty", "actor", "unit",
    "level", "group", "name", "title", "what", "by", "line", "since",
)
"""what an item is about: the first of these that it has"""
_WHOLE = ("recurrence", "deadline")
"""fields that people read as one phrase"""


@dataclass(frozen=True)
class Difference:
    """One place at which two records are not the same."""

    path: tuple[str, ...]
    """field names and, for items of lists, their keys"""
    names: tuple[str, ...]
    """the field names alone"""
    label: str
    old: object
    new: object
    owners: tuple[tuple[Model, Model], ...]
    """the models around it, outermost first, as they are in both states"""
    order: bool = False


def differences(old: Model, new: Model, leave: frozenset[str] = frozenset()):
    """Every difference of two models of one class but those in the fields named in `leave`."""
    yield from _models(old, new, (), (), (), (), leave)


def _models(old, new, path, names, labels, owners, leave=frozenset()) -> Iterator[Difference]:
    owners = (*owners, (old, new))
    for name, info in type(new).model_fields.items():
        if name in leave:
            continue
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            label = short_label(info.description, name)
            yield from _values(
                before, after, (*path, info.alias or name), (*names, name), (*labels, label), owners
            )


def _values(old, new, path, names, labels, owners) -> Iterator[Difference]:
    if isinstance(old, tuple) and isinstance(new, tuple):
        yield from _lists(old, new, path, names, labels, owners)
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _keyed(old, new, path, names, labels, owners)
    elif isinstance(new, Model) and type(old) is type(new) and names[-1] not in _WHOLE:
        yield from _models(old, new, path, names, labels, owners)
    else:
        yield Difference(path, names, "·".join(labels), old, new, owners)


def _lists(old: tuple, new: tuple, path, names, labels, owners) -> Iterator[Difference]:
    before, after = by_key(old), by_key(new)
    if before == after:  # the same items
        yield Difference(
            path, names, f"{'·'.join(labels)}的{ORDER}", old, new, owners, order=True
        )
        return
    yield from _keyed(before, after, path, names, labels, owners)
    common = [k for k in before if k in after]
    if common != [k for k in after if k in before]:
        yield Difference(
            path, names, f"{'·'.join(labels)}的{ORDER}",
            tuple(before[k] for k in common), tuple(after[k] for k in after if k in before),
            owners, order=True,
        )


def _keyed(old: dict, new: dict, path, names, labels, owners) -> Iterator[Difference]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before != after:
            here = (*path[:-1], f"{path[-1]}[{key}]")
            inner = (*labels[:-1], f"{labels[-1]} {key}")
            whole = before is None or after is None
            yield from _values(before, after, here, names, labels if whole else inner, owners)


def by_key(items: tuple) -> dict[str, object]:
    """Items by what they are about; the second of the same with a number behind."""
    out: dict[str, object] = {}
    for item in items:
        base = key = key_of(item)
        number = 2
        while key in out:
            key, number = f"{base}#{number}", number + 1
        out[key] = item
    return out


def key_of(item: object) -> str:
    if not isinstance(item, Model):
        return str(item)
    said = [str(v) for v in (getattr(item, "kind", None), getattr(item, "to", None)) if v]
    for name in _KEYS:
        value = getattr(item, name, None)
        if value is not None and not isinstance(value, Model):
            said.append(str(value))
            break
    if (part := getattr(item, "part", 1)) != 1:
        said.append(str(part))
    return " ".join(said)


def short_label(description: str | None, name: str) -> str:
    """The first words of a field's description: what people call it."""
    text = description or name
    for mark in "；：:（，":
        text = text.split(mark)[0]
    return text

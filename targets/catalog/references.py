"""Which fields of a record point at other records: read off the models, never listed by hand."""

from collections.abc import Iterator
from functools import cache

from targets.schema.base import Model, RefTo

Reference = tuple[tuple[str | int, ...], str, tuple[str, ...]]
"""(path in the record, id referred to, kinds allowed; none: any)"""


@cache
def _ref_fields(model: type[Model]) -> dict[str, tuple[str, ...] | None]:
    """Field name -> kinds referred to, or None for a field that may hold models."""
    fields: dict[str, tuple[str, ...] | None] = {}
    for name, info in model.model_fields.items():
        kinds = _kinds(info.annotation, info.metadata)
        if kinds is not None:
            fields[name] = kinds
        elif _holds_model(info.annotation):
            fields[name] = None
    return fields


def _kinds(annotation, metadata=()) -> tuple[str, ...] | None:
    for mark in (*metadata, *getattr(annotation, "__metadata__", ())):
        if isinstance(mark, RefTo):
            return mark.kinds
    for arg in getattr(annotation, "__args__", ()):
        found = _kinds(arg)
        if found is not None:
            return found
    return None


def _holds_model(annotation) -> bool:
    args = getattr(annotation, "__args__", ())
    if isinstance(annotation, type) and not args:
        return issubclass(annotation, Model)
    return any(_holds_model(arg) for arg in args)


def references(model: Model, path: tuple = ()) -> Iterator[Reference]:
    """Every reference inside `model`, depth first."""
    fields = _ref_fields(type(model))
    for name, kinds in fields.items():
        value = getattr(model, name)
        if value is None:
            continue
        here = (*path, type(model).model_fields[name].alias or name)
        items = enumerate(value) if isinstance(value, tuple) else ((None, value),)
        for index, item in items:
            at = here if index is None else (*here, index)
            if kinds is not None:
                yield at, item, kinds
            elif isinstance(item, Model):
                yield from references(item, at)


def kind_of(record_id: str) -> str:
    """The kind that an id names: its second segment."""
    return record_id.split(".", 2)[1]

"""python -m targets show"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import click

from targets import wording
from targets.catalog import Catalog, default_cache, load
from targets.catalog.decisions import value_on
from targets.catalog.references import references
from targets.schema.base import Labelled, Model, Place, Record
from targets.schema.criteria import Single

from .common import definitions_option, problems_end_it
from .ids import known
from .messages import Command


@click.command("show", cls=Command)
@click.argument("record_id", metavar="编号")
@definitions_option
@problems_end_it
def command(record_id: str, folder: Path) -> None:
    """把一条记录读给人看：内容、出处、疑点，以及谁引用了它。"""
    catalog = load(folder, cache=default_cache(folder))
    click.echo("\n".join(lines(catalog, catalog.get(known(catalog, record_id)))))


def lines(catalog: Catalog, record: Record) -> Iterator[str]:
    """A record, line by line."""
    origin = catalog.origins[record.id]
    document = catalog.document_of(record)
    yield f"{record.title_zh}：{record.name}"
    yield f"  编号：{record.id}（{origin.file}:{origin.line}）"
    if document is not None:
        yield f"  文件：{document.name}"
    yield from _fields(catalog, record, "  ", skip={"id", "name"})
    used = catalog.backlinks(record.id)
    if used:
        yield "  引用它的："
        for other in used:
            yield f"    {other.title_zh}　{other.name}（{other.id}）"


def _fields(catalog: Catalog, model: Model, indent: str, skip=frozenset()) -> Iterator[str]:
    ids = {target for _, target, _ in references(model)}
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if name in skip or value is None or value == () or value is False:
            continue
        label = re.split("[：；（]", info.description or name)[0]
        if isinstance(value, Single):
            metric_id = value.metric or model.metric
            current = value_on(getattr(value.test, "values", ()), date.today())
            value = wording.criterion_part(
                value, catalog.get(metric_id), current, lambda i: catalog.get(i).name
            )
        yield from _value(catalog, label, value, indent, ids)


def _value(catalog: Catalog, label: str, value, indent: str, ids: set[str]) -> Iterator[str]:
    phrase = _phrase(catalog, value, ids)
    if phrase is not None:
        yield f"{indent}{label}：{phrase}"
    elif isinstance(value, tuple):
        yield f"{indent}{label}："
        for item in value:
            inner = _phrase(catalog, item, ids)
            if inner is not None:
                yield f"{indent}  · {inner}"
            else:
                yield from _item(catalog, item, indent + "  ")
    else:
        yield f"{indent}{label}："
        yield from _fields(catalog, value, indent + "  ", skip={"kind", "to"})


def _item(catalog: Catalog, item: Model, indent: str) -> Iterator[str]:
    inner = list(_fields(catalog, item, indent + "  ", skip={"kind", "to"}))
    if inner:
        yield f"{indent}· {inner[0].strip()}"
        yield from inner[1:]


def _phrase(catalog: Catalog, value, ids: set[str]) -> str | None:
    """What fits on one line; None for what needs lines of its own."""
    if isinstance(value, Labelled):
        return value.label
    if isinstance(value, bool):
        return "是"
    if isinstance(value, str):
        return f"{catalog.get(value).name}（{value}）" if value in ids else value
    if isinstance(value, int | Decimal | date):
        return str(value)
    if isinstance(value, Place):
        parts = [catalog.citation(value.clause), value.basis.label]
        if value.commitment:
            parts.append(value.word or value.commitment.label)
        return "　".join([*parts, *([value.note] if value.note else [])])
    return wording.phrase(value, lambda record_id: catalog.get(record_id).name)

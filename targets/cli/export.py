"""python -m targets export"""

import json
from pathlib import Path

import click

from targets.catalog import Catalog, default_cache, inspect, load
from targets.schema.base import Record
from targets.schema.editor import json_schema
from targets.schema.kinds import RECORDS

from .common import definitions_option, output_option, problems_end_it, write_text
from .messages import Command


@click.command("export", cls=Command)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "schema"]),
    default="json",
    show_default=True,
    help="json：全部记录；schema：供编辑器补全和检查用的 JSON Schema。",
)
@definitions_option
@output_option()
@problems_end_it
def command(form: str, folder: Path, output: Path | None) -> None:
    """导出整个目录，或定义文件的 JSON Schema。"""
    if form == "schema":
        content = json_schema(inspect(folder, cache=default_cache(folder))[0].records)
    else:
        content = catalogue(load(folder, cache=default_cache(folder)))
    write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", output)


def catalogue(catalog: Catalog) -> dict:
    """The catalogue as JSON-ready data: one list a kind."""
    return {
        "digest": catalog.digest(),
        **{
            record.plural: [_row(catalog, one) for one in catalog.all(record)]
            for record in RECORDS
        },
    }


def _row(catalog: Catalog, record: Record) -> dict:
    """A record with where it belongs beside everything it holds."""
    document = catalog.document_of(record)
    clauses = getattr(record, "clauses", ())
    origin = catalog.origins[record.id]
    return {
        **record.model_dump(mode="json", by_alias=True),
        "kind": record.kind,
        "document": document.id if document else None,
        "clause": clauses[0] if clauses else None,
        "clauses": list(clauses),
        "citations": [catalog.citation(clause) for clause in clauses],
        "defined_at": f"{origin.file}:{origin.line}",
    }

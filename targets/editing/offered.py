"""The ids that editors offer, kept in step with the records inside the schema beside them."""

import json
from collections.abc import Iterable

from targets.schema.editor import json_schema, with_ids


def in_step(text: str, ids: Iterable[str]) -> str:
    """The schema's text with these ids; written anew where it can't be read."""
    ids = tuple(ids)
    try:
        schema = json.loads(text)
        updated = with_ids(schema, ids)
        if updated == schema:
            return text
    except (ValueError, KeyError, TypeError):
        updated = json_schema(ids)
    return json.dumps(updated, ensure_ascii=False, indent=2) + "\n"

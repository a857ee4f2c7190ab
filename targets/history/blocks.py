"""Records in the text of a definitions file, found without reading it as YAML.

A history has thousands of file versions, and reading one takes a hundred times as long as
splitting it; only the few records that are shown are then read properly.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from targets.catalog.files import read_file
from targets.catalog.yaml_text import parse
from targets.schema.base import Record

_KEY = re.compile(r"([A-Za-z_]\w*):")
_INLINE = re.compile(r"^(?:[\[{\"']|\w+: *[^#\s])", re.MULTILINE)
"""a line at the margin that is neither a bare key nor an item"""
_ITEM = re.compile(r"( *)- ")
_ID = re.compile(r"(?:^|[{,])[ \-{]*id: *[\"']?([a-z][a-z0-9_.]*)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One record as its file has it."""

    plural: str
    text: str
    """its lines, without comments of their own line and empty lines"""

    def data(self) -> object:
        """What it says, whatever the schema of its time; None where it can't be read."""
        data = parse(self._file, "").data
        rows = data.get(self.plural) if isinstance(data, dict) else None
        return rows[0] if isinstance(rows, list) and rows else None

    def record(self) -> Record | None:
        """The record by today's schema; None for what today's schema does not read."""
        found = read_file(self._file, "")
        return None if found.problems or not found.records else found.records[0].record

    @property
    def _file(self) -> bytes:
        return f"{self.plural}:\n{self.text}".encode()


def blocks(text: str) -> dict[str, Block]:
    """Every record of a file by its id."""
    return dict(_from_data(text) if _INLINE.search(text) else _blocks(text))


def _from_data(text: str) -> Iterator[tuple[str, Block]]:
    """Of a file that does not give each record lines of its own, such as one of JSON."""
    data = parse(text.encode(), "").data
    for plural, rows in data.items() if isinstance(data, dict) else ():
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and isinstance(row.get("id"), str):
                said = json.dumps(row, ensure_ascii=False, default=str)
                yield row["id"], Block(plural, f"- {said}\n")


def _blocks(text: str) -> Iterator[tuple[str, Block]]:
    plural, indent, lines = "", None, []
    for line in (*text.splitlines(), "end:"):
        item = _ITEM.match(line)
        key = None if item else _KEY.match(line)
        starts = item is not None and indent in (None, item[1])
        if key or starts:
            if lines and (found := _ID.search("\n".join(lines))):
                yield found[1], Block(plural, "\n".join(lines) + "\n")
            lines = []
        if key:
            plural, indent = key[1], None
        elif starts:
            indent = item[1]
            lines = [line]
        elif lines and line.strip() and not line.lstrip().startswith("#"):
            lines.append(line)

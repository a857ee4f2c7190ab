"""Bringing files to the one form, and remembering which ones have it."""

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

from targets.catalog import default_cache
from targets.catalog.cache import reader_digest
from targets.catalog.files import FileRecords, read_file
from targets.problems import Problems

from .canonical import canonical

SCHEMA = "definitions.schema.json"
KEPT = 4000
"""how many contents are remembered: some forty versions of the whole folder"""


def schema_line(file: str) -> str:
    """The first line of a definitions file: where editors find what may stand in it."""
    up = "../" * file.count("/")
    return f"# yaml-language-server: $schema={up}{SCHEMA}"


def formatted(text: str, file: str) -> str:
    """The file's text in the one form; it says the same, record by record.

    Raises Problems when the file can't be read.
    """
    before = _read(text, file)
    written = canonical(text, schema_line(file), (p.record for p in before.records))
    if written != text:
        after = _read(written, file)
        if [p.record for p in after.records] != [p.record for p in before.records]:
            raise AssertionError(f"the one form of {file} would say something else")
    return written


def _read(text: str, file: str) -> FileRecords:
    found = read_file(text.encode(), file)
    if found.problems:
        raise Problems(found.problems)
    return found


@cache
def _code() -> bytes:
    digest = hashlib.sha256(reader_digest())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()


class InForm:
    """Contents found to be in the one form before, by their digest; a lost list costs time only."""

    def __init__(self, folder: Path):
        self._path = default_cache(folder).with_suffix(".forms")
        try:
            self._known = dict.fromkeys(self._path.read_text("ascii").split())
        except (OSError, ValueError):
            self._known = {}
        self._new = False

    def formatted(self, text: str, file: str) -> str:
        """As the function of this name, at once for what is known to be in form."""
        key = hashlib.sha256(_code() + file.encode() + b"\0" + text.encode()).hexdigest()
        if key in self._known:
            return text
        written = formatted(text, file)
        if written == text:
            self._known[key] = None
            self._new = True
        return written

    def save(self) -> None:
        """Remember for the next time."""
        if not self._new:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, part = tempfile.mkstemp(dir=self._path.parent)
            with os.fdopen(handle, "w") as stream:
                stream.write("\n".join(list(self._known)[-KEPT:]))
            os.replace(part, self._path)
        except OSError:
            pass  # a read-only home costs the next run its time, nothing else

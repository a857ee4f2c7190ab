"""What was read and checked before need not be read again.

Keyed by the bytes of each file and by the code that reads them, so that nothing stale can come
back. A cache that is missing, damaged or somebody else's costs time, never a result.
"""

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pydantic

T = TypeVar("T")
KEPT = 8
"""how many folders' caches are kept"""

_PACKAGE = Path(__file__).resolve().parents[1]
_BESIDE = ("problems", "wording", "periods", "freshness/dependence")


def default_cache(folder: Path) -> Path:
    """Where the cache of a definitions folder lies: under ZHIXING_CACHE, or the user's own."""
    from platformdirs import user_cache_path

    home = os.environ.get("ZHIXING_CACHE")
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return (Path(home) if home else user_cache_path("zhixing")) / f"{name}.pickle"


def reader_digest() -> bytes:
    """Changes with anything that reads, validates or cross-checks."""
    digest = hashlib.sha256(f"{pydantic.VERSION} {sys.version}".encode())
    sources = (*_PACKAGE.glob("schema/*.py"), *_PACKAGE.glob("catalog/*.py"))
    for path in sorted((*sources, *(_PACKAGE / f"{name}.py" for name in _BESIDE))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.digest()


class Cache:
    """Results by key; with no path nothing is kept."""

    def __init__(self, path: Path | None):
        self._path = path
        self._reader = reader_digest() if path else b""
        self._before: dict[bytes, object] = self._read()
        self._now: dict[bytes, object] = {}

    def kept(self, what: bytes, make: Callable[[], T]) -> T:
        """What was made of `what` before; else it is made now."""
        if self._path is None:
            return make()
        key = hashlib.sha256(what).digest()
        made = self._before[key] if key in self._before else make()
        self._now[key] = made
        return made

    def save(self) -> None:
        """Keep exactly what was asked for this time."""
        if self._path is None or self._now.keys() == self._before.keys():
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, part = tempfile.mkstemp(dir=self._path.parent)
            with os.fdopen(handle, "wb") as stream:
                pickle.dump((self._reader, self._now), stream, pickle.HIGHEST_PROTOCOL)
            os.replace(part, self._path)
            alike = self._path.parent.glob(f"*{self._path.suffix}")
            others = sorted(alike, key=lambda p: -p.stat().st_mtime)
            for old in others[KEPT:]:
                old.unlink(missing_ok=True)
        except OSError:
            pass  # a full disk or a read-only home costs the next run its time, nothing else

    def _read(self) -> dict[bytes, object]:
        try:
            with self._path.open("rb") as stream:
                owner = os.fstat(stream.fileno())
                # unpickling runs what the file says: only what this user alone could write
                if owner.st_uid != os.getuid() or owner.st_mode & 0o022:
                    return {}
                reader, kept = pickle.load(stream)
            return kept if reader == self._reader else {}
        except Exception:
            return {}

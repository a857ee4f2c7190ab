"""manifest.json: what lies in a data folder, and what it has already been verified against.

Verification costs more than assessment, so a file that has passed is not verified again as long as
its bytes and the definitions it was held against are the same. The digest of the bytes is computed
every time.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from blake3 import blake3

from targets.problems import Code, Problem, Severity
from targets.schema.measures import Dataset, MeasureUnit
from targets.schema.organisation import Unit

NAME = "manifest.json"
VERSION = 3
SAMPLE_LABEL = "示例数据"


@dataclass(frozen=True)
class Entry:
    """One table of a file, as it was when it passed."""

    table: str
    form: str
    digest: str
    size: int
    rows: int
    dates: tuple[str, ...]
    verified: str
    """digest of the definitions it was held against"""


@dataclass(frozen=True)
class Manifest:
    sample: bool
    tables: Mapping[str, Mapping[str, Entry]]
    """file name: table: entry"""

    def entry(self, file: str, table: str) -> Entry | None:
        return self.tables.get(file, {}).get(table)


@dataclass(frozen=True)
class Digest:
    """What the bytes of a table are; of a frame in memory nothing is known."""

    whole: str | None = None
    """BLAKE3 of a file; of a folder's files, over their names and digests"""
    size: int | None = None
    files: Mapping[Path, str] = field(default_factory=dict)
    """BLAKE3 of each file"""
    stamps: Mapping[Path, tuple] = field(default_factory=dict)
    """what the system said of each file before its bytes were read"""


def stamp(path: Path) -> tuple:
    """Differs from what it was if anybody wrote the file since."""
    found = path.stat()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def digest(paths: Iterable[Path], root: Path) -> Digest:
    """Digest and size of a file, or of a folder's files."""
    files, stamps = {}, {}
    for path in paths:
        stamps[path] = stamp(path)
        with path.open("rb") as file:
            files[path] = hashlib.file_digest(file, blake3).hexdigest()
    size = sum(p.stat().st_size for p in files)
    if list(files) == [root]:
        return Digest(files[root], size, files, stamps)
    whole = blake3()
    for path, inner in files.items():
        whole.update(f"{path.relative_to(root).as_posix()}\0{inner}\n".encode())
    return Digest(whole.hexdigest(), size, files, stamps)


def rules_digest(
    dataset: Dataset, units: Iterable[Unit], codes: Mapping[str, MeasureUnit], sites: str
) -> str:
    """Changes whenever a row that passed might no longer pass."""
    basis = {
        "version": VERSION,
        # not dumped: for that pydantic would have to compile the models first
        "dataset": repr(dataset),
        "units": sorted(u.code for u in units),
        "codes": {code: repr(unit) for code, unit in sorted(codes.items())}
        if hasattr(dataset.content, "code") else {},
        "sites": sites,
    }
    text = json.dumps(basis, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read(folder: Path) -> tuple[Manifest | None, list[Problem]]:
    """The folder's manifest; one that can't be read is as good as none.

    Of another version's only this is taken: whether the data are invented.
    """
    path = folder / NAME
    if not path.is_file():
        return None, []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            other = Manifest(bool(content.get("sample")), {})
            return other, [_stale("数据清单是另一版本的知行写的")]
        tables = {
            file: {
                table: Entry(**{**entry, "table": table, "dates": tuple(entry["dates"])})
                for table, entry in entries.items()
            }
            for file, entries in content["files"].items()
        }
        for entries in tables.values():
            for entry in entries.values():
                [date.fromisoformat(day) for day in entry.dates]
        return Manifest(bool(content["sample"]), tables), []
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return None, [_stale(f"数据清单读不了（{type(error).__name__}）")]


def _stale(why: str) -> Problem:
    return Problem(
        Code.STALE_MANIFEST, f"{why}，已重新核对全部文件",
        file=NAME, mend="删掉它，或重新生成数据", severity=Severity.WARNING,
    )


def write(folder: Path, entries: Mapping[str, Iterable[Entry]], *, sample: bool) -> Path:
    """Write the manifest whole or not at all."""
    files: dict[str, dict[str, dict]] = {}
    for file, listed in sorted(entries.items()):
        for entry in listed:
            content = asdict(entry)
            files.setdefault(file, {})[content.pop("table")] = content
    text = json.dumps(
        {"version": VERSION, "sample": sample, "label": SAMPLE_LABEL if sample else "",
         "files": files},
        ensure_ascii=False, indent=1, sort_keys=True,
    )
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".manifest-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text + "\n")
        os.chmod(temporary, 0o644)
        os.replace(temporary, folder / NAME)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return folder / NAME

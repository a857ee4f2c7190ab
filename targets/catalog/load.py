"""A definitions folder -> Catalog, or every problem in it at once."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from targets.problems import Code, Problem, Problems, Severity, reason
from targets.schema.base import Record

from .cache import Cache
from .catalog import Catalog, Origin
from .compiled import Compiled
from .files import Placed, read_file
from .lifecycle import RELEASED_FILE, Released, digest_of, meanings, read_released
from .yaml_text import MAX_BYTES, Parsed, parse

DEFAULT_FOLDER = Path(__file__).resolve().parents[1] / "definitions"


def load(folder: Path | str = DEFAULT_FOLDER, *, cache: Path | None = None) -> Catalog:
    """Load and check a definitions folder. Raises Problems with all errors (and warnings).

    cache: a file that keeps what was read, so that only changed files are read again.
    """
    catalog, problems = inspect(folder, cache=cache)
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    return catalog


def inspect(
    folder: Path | str = DEFAULT_FOLDER,
    *,
    cache: Path | None = None,
    edited: Mapping[str, bytes | None] | None = None,
) -> tuple[Catalog, tuple[Problem, ...]]:
    """What could be loaded, and every problem found; never raises for bad input.

    edited: the content that files (by their path in the folder) would have; None: removed.
    """
    def checked() -> tuple[tuple[Problem, ...], Compiled]:
        from .crosschecks import cross_check  # late: what was checked before needs no checks

        return tuple(cross_check(catalog, reader.report)), catalog.compiled

    folder = Path(folder)
    kept = Cache(cache)
    reader = _Reader(folder, kept, edited or {})
    reader.read()
    catalog = Catalog(reader.records, reader.origins, folder, released=reader.released)
    # what refers to a record that failed its own check would only be an echo
    if not any(p.severity is Severity.ERROR for p in reader.problems):
        # no file's name begins like this: a folder's only file is not the folder
        all_files = b"\0" + reader.whole
        problems, catalog.compiled = kept.kept(all_files, checked)
        reader.problems.extend(problems)
        catalog.meaning = kept.kept(
            b"\0meaning" + reader.whole, lambda: digest_of(meanings(catalog))
        )
    kept.save()
    catalog.files_digest = hashlib.sha256(reader.whole).digest()
    problems = tuple(sorted(reader.problems, key=lambda p: p.order))
    catalog.warnings = tuple(p for p in problems if p.severity is Severity.WARNING)
    return catalog, problems


class _Reader:
    """The files of a folder, joined."""

    def __init__(self, folder: Path, cache: Cache, edited: Mapping[str, bytes | None]):
        self.folder = folder
        self._edited = edited
        self.records: dict[str, Record] = {}
        self.origins: dict[str, Origin] = {}
        self.problems: list[Problem] = []
        self.released = Released()
        self.whole = b""
        """names and bytes of all files"""
        self._cache = cache
        self._raw: dict[str, bytes] = {}
        self._parsed: dict[str, Parsed] = {}
        self._placed: dict[str, Placed] = {}

    def read(self) -> None:
        if not self.folder.is_dir():
            self._no_files("没有这个目录" if not self.folder.exists() else "这是文件，不是目录")
            return
        gone = {self.folder / name for name, raw in self._edited.items() if raw is None}
        new = {self.folder / name for name in self._edited if name.endswith((".yaml", ".yml"))}
        files = sorted({*self.folder.rglob("*.y*ml"), *new} - gone)
        if not files:
            self._no_files("目录里没有一个 YAML 文件")
        for file in files:
            self._file(file)
        self.released, listed, problems = read_released(
            self.folder, self._edited.get(RELEASED_FILE)
        )
        self.problems.extend(problems)
        # marked, since a folder of one file would have the key of that file
        each = (name.encode() + b"\0" + raw for name, raw in self._raw.items())
        self.whole = b"\0".join((b"the whole folder", listed, *each))

    def _no_files(self, found: str) -> None:
        self.problems.append(
            Problem(
                Code.NO_FOLDER, found, file=str(self.folder), mend="用 --definitions 指明定义目录"
            )
        )

    def _file(self, path: Path) -> None:
        name = path.relative_to(self.folder).as_posix()
        raw = self._edited.get(name)
        if raw is None:
            try:
                with path.open("rb") as stream:
                    raw = stream.read(MAX_BYTES + 1)
            except OSError as error:
                self.problems.append(
                    Problem(Code.NO_FOLDER, f"文件打不开：{reason(error)}", file=name)
                )
                return
        self._raw[name] = raw
        found = self._cache.kept(name.encode() + b"\0" + raw, lambda: read_file(raw, name))
        self.problems.extend(found.problems)
        for placed in found.records:
            self._add(name, placed)

    def _add(self, name: str, placed: Placed) -> None:
        record_id = placed.record.id
        if record_id in self.records:
            first = self.origins[record_id]
            self.problems.append(
                Problem(
                    Code.DUPLICATE_ID, f"编号 {record_id} 已经用在 {first.file}:{first.line}",
                    file=name, line=placed.line, column=placed.column, mend="换一个编号",
                )
            )
            return
        self.records[record_id] = placed.record
        self.origins[record_id] = Origin(name, placed.line)
        self._placed[record_id] = placed

    def report(self, record: Record, path: Iterable, code: Code, found: str, **more) -> Problem:
        """A problem at `path` inside a record, with its file, line and column."""
        name = self.origins[record.id].file
        if name not in self._parsed:
            self._parsed[name] = parse(self._raw[name], name)
        line, column = self._parsed[name].position((*self._placed[record.id].path, *path))
        field = ".".join(str(p + 1) if isinstance(p, int) else p for p in path) or None
        return Problem(code, found, file=name, line=line, column=column, field=field, **more)

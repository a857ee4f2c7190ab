"""Changing a definitions folder: all or nothing, and never beside somebody else's change."""

import difflib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml
from filelock import FileLock, Timeout

from targets.catalog import Catalog, default_cache, inspect
from targets.catalog.lifecycle import KEPT_BESIDE
from targets.catalog.yaml_text import parse
from targets.problems import Code, Problem, Problems, Severity, did_you_mean, reason
from targets.schema.kinds import PLURALS

from . import splice
from .forms import SCHEMA, InForm, schema_line
from .offered import in_step

LOCK = ".edit.lock"
_UNREADABLE = {
    Code.MERGE_CONFLICT, Code.NOT_UTF8, Code.YAML_SYNTAX, Code.YAML_UNSAFE, Code.TOO_LARGE,
    Code.DUPLICATE_KEY,
}


@contextmanager
def open_edit(folder: Path | str, wait: float = 2) -> Iterator["Edit"]:
    """An edit of the folder, alone with it until the block ends.

    Raises Problems when another process keeps the folder's lock for `wait` seconds, when the
    folder can't be written, or when a merge was left half done.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise Problems([Problem(Code.NO_FOLDER, "没有这个目录", file=str(folder),
                                mend="用 --definitions 指明定义目录")])
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Problems([Problem(
            Code.EDIT_BUSY, f"另一个程序正在改这些定义，等了 {wait:g} 秒还没有结束",
            file=str(folder), mend="等它结束再试；这次什么也没有写",
        )]) from None
    except OSError as error:
        raise Problems([_not_written(folder, error)]) from None
    try:
        yield Edit(folder)
    finally:
        # still ours: whoever waits for it notices that it is gone, and makes another
        with suppress(OSError):
            (folder / LOCK).unlink()
        lock.release()


class Edit:
    """Changes kept in memory until they are saved. Files are named by their path in the folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._before = _read(folder)
        self._now: dict[str, str] = {}
        self._loose: set[str] = set()
        """changed files that are still to be brought to the form they had"""
        self._forms = InForm(folder)
        self._state: tuple[Catalog, tuple[Problem, ...]] | None = None
        conflicts = [
            problem
            for name, raw in self._before.items()
            if b"<<<<<<<" in raw or b">>>>>>>" in raw
            for problem in parse(raw, name).problems
            if problem.code is Code.MERGE_CONFLICT
        ]
        if conflicts:
            raise Problems(conflicts)

    # --- changes

    def append(
        self, file: str, plural: str, record: Mapping, after: str | None = None
    ) -> None:
        """A record more: after the one of that id where it stands in the file, else the last."""
        if plural not in PLURALS:
            raise ValueError(f"{plural} is no kind of record")
        taken = self.file_of(record["id"])
        if taken:
            raise Problems([Problem(
                Code.ID_TAKEN, f"编号 {record['id']} 已经用过", file=taken, mend="换一个编号"
            )])
        if file not in self._before and file not in self._now:
            self._put(file, f"{schema_line(file)}\n\n{splice.append('', plural, record)}")
            return
        self._change(file, lambda text: splice.append(text, plural, record, after))

    def set(self, record_id: str, path: splice.Path, value: object) -> None:
        """`value` at `path` of the record, in place of what stands there, or as a new key."""
        self._change_record(
            record_id, path, lambda text: splice.set_value(text, record_id, tuple(path), value)
        )

    def unset(self, record_id: str, path: splice.Path) -> None:
        """The key or item at `path` of the record taken away."""
        self._change_record(
            record_id, path, lambda text: splice.unset(text, record_id, tuple(path))
        )

    def remove(self, record_id: str) -> None:
        """The record taken away; comments around it stay, a file without records goes."""
        self._change_record(record_id, (), lambda text: splice.remove(text, record_id))

    def replace(self, file: str, text: str) -> None:
        """The whole content of a file; it may be one that releases keep beside the definitions."""
        self._now[file] = text
        self._loose.discard(file)
        self._state = None

    def text(self, file: str) -> str:
        """A file as it would be; empty when there is none."""
        if file in self._now:
            return self._now[file]
        return _text(self._before.get(file, b""))

    @property
    def files(self) -> tuple[str, ...]:
        """All files, as they would be."""
        names = {*self._before, *self._now} - {n for n, text in self._now.items() if not text}
        return tuple(sorted(n for n in names if n.endswith((".yaml", ".yml"))))

    def file_of(self, record_id: str) -> str | None:
        """The file that defines the record."""
        likely = re.compile(rf"\bid:\s*[\"']?{re.escape(record_id)}[\"']?\s*($|[,}}#])", re.M)
        for name in self.files:
            if likely.search(self.text(name)):
                with suppress(splice.NoSuchPlace, yaml.YAMLError):
                    splice.record(self.text(name), record_id)
                    return name
        return None

    # --- what comes of them

    @property
    def changed(self) -> tuple[str, ...]:
        """The files that differ from what they were."""
        return tuple(self._changed())

    def preview(self) -> str:
        """Unified diff of all changes; empty when nothing changes."""
        shown = []
        for name, after in self._changed().items():
            before = _text(self._before.get(name, b""))
            shown += difflib.unified_diff(
                before.splitlines(keepends=True), after.splitlines(keepends=True),
                f"a/{name}" if before else "/dev/null", f"b/{name}" if after else "/dev/null",
            )
        return "".join(shown)

    def state(self) -> tuple[Catalog, tuple[Problem, ...]]:
        """The folder as it would be, and all problems of it."""
        if self._state is None:
            self._tidy()
            edited = {name: self._bytes(name) for name in self._now}
            self._state = inspect(self.folder, cache=default_cache(self.folder), edited=edited)
        return self._state

    def problems(self) -> tuple[Problem, ...]:
        """All problems of the folder as it would be."""
        return self.state()[1]

    def save(self, check: bool = True) -> tuple[str, ...]:
        """Write what changed, all of it or nothing; the names of the files written.

        Raises Problems, and writes nothing, when the folder would have errors (check: whether to
        look; needless where the records stay the same) or when it changed since it was read.
        """
        found = self.problems() if check else ()
        errors = [p for p in found if p.severity is Severity.ERROR]
        if errors:
            raise Problems(errors)
        if check and SCHEMA in self._before:
            self.replace(SCHEMA, in_step(self.text(SCHEMA), self.state()[0].records))
        changed = {name: self._bytes(name) for name in self._changed()}
        self._unchanged_meanwhile()
        _write(self.folder, changed, self._before)
        for name, raw in changed.items():
            if raw is None:
                del self._before[name]
            else:
                self._before[name] = raw
        self._now.clear()
        return tuple(changed)

    # --- inside

    def _change(self, file: str, change: Callable[[str], str]) -> None:
        refused = self._refused(file)
        if refused:
            raise Problems([*refused, Problem(
                Code.NOT_EDITABLE, "这个文件先要改对，才能往里写", file=file
            )])
        self._put(file, change(self.text(file)))

    def _put(self, file: str, text: str) -> None:
        self._now[file] = text
        self._loose.add(file)
        self._state = None

    def _tidy(self) -> None:
        """A file that was in the one form is so again; in any other, only what changed differs."""
        for file in self._loose:
            with suppress(Problems):  # what is wrong with it is told by problems()
                before = _text(self._before.get(file, b""))
                if self._now[file] and (not before or before == self._form(before, file)):
                    self._now[file] = self._form(self._now[file], file)
        self._loose.clear()
        self._forms.save()

    def _form(self, text: str, file: str) -> str:
        return self._forms.formatted(text, file)

    def _change_record(self, record_id: str, path, change: Callable[[str], str]) -> None:
        file = self.file_of(record_id)
        if file is None:
            known = inspect(self.folder, cache=default_cache(self.folder))[0].records
            raise Problems([Problem(
                Code.NO_SUCH_RECORD, f"没有编号为 {record_id} 的记录",
                mend=did_you_mean(record_id, known) or "用 find 查编号",
            )])
        try:
            self._change(file, change)
        except splice.NoSuchPlace:
            where = ".".join(str(p + 1) if isinstance(p, int) else p for p in path)
            raise Problems([Problem(
                Code.NO_SUCH_PLACE, f"{record_id} 里没有 {where} 这一处", file=file
            )]) from None

    def _refused(self, file: str) -> list[Problem]:
        found = parse(self.text(file).encode(), file).problems
        return [problem for problem in found if problem.code in _UNREADABLE]

    def _changed(self) -> dict[str, str]:
        self._tidy()
        return {
            name: self._now[name]
            for name in sorted(self._now)
            if self._bytes(name) != self._before.get(name)
        }

    def _bytes(self, name: str) -> bytes | None:
        """A file as it would be on disk, with the line ends and the mark it had."""
        before, text = self._before.get(name, b""), self._now[name]
        if not text:
            return None
        raw = text.replace("\n", "\r\n").encode() if b"\r\n" in before else text.encode()
        return b"\xef\xbb\xbf" + raw if before.startswith(b"\xef\xbb\xbf") else raw

    def _unchanged_meanwhile(self) -> None:
        now = _read(self.folder)
        changed = [n for n in {*now, *self._before} if now.get(n) != self._before.get(n)]
        if changed:
            raise Problems(
                Problem(
                    Code.CHANGED_MEANWHILE, "这个文件在编辑期间被改了，这次什么也没有写",
                    file=name, mend="看过新的内容，再改一次",
                )
                for name in changed
            )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


def _read(folder: Path) -> dict[str, bytes]:
    """The definitions, what releases keep beside them, and the schema that editors read."""
    found = {}
    beside = (*folder.glob(KEPT_BESIDE), *folder.glob(SCHEMA))
    for path in sorted((*folder.rglob("*.y*ml"), *beside)):
        try:
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
        except OSError as error:
            name = path.relative_to(folder).as_posix()
            raise Problems([Problem(
                Code.NO_FOLDER, f"文件打不开：{reason(error)}", file=name
            )]) from None
    return found


def _write(folder: Path, changed: Mapping[str, bytes | None], before: Mapping[str, bytes]) -> None:
    """Every file written beside its place first, then all put in place."""
    parts: dict[str, Path] = {}
    done: list[str] = []
    try:
        for name, raw in changed.items():
            if raw is not None:
                parts[name] = _part((folder / name).resolve(), raw)
        for name in changed:
            _put(folder / name, parts.get(name))
            done.append(name)
    except OSError as error:
        for name in done:
            raw = before.get(name)
            _put(folder / name, _part((folder / name).resolve(), raw) if raw is not None else None)
        raise Problems([_not_written(folder, error)]) from None
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _part(path: Path, raw: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(part, path.stat().st_mode & 0o7777 if path.exists() else 0o644)
    except OSError:
        os.unlink(part)
        raise
    return Path(part)


def _put(path: Path, part: Path | None) -> None:
    if part is None:
        path.unlink()
    else:
        os.replace(part, path.resolve())


def _not_written(folder: Path, error: OSError) -> Problem:
    return Problem(
        Code.NOT_WRITABLE, f"写不进去：{reason(error)}", file=str(folder),
        mend="改好权限、腾出空间再试；定义原样未动",
    )

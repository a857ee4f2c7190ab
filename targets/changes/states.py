"""A state of the definitions: a Git revision, a folder, or the worktree with what is not committed.

A revision is read into a temporary folder; neither the worktree nor the index is touched. An older
revision that today's models can't read whole is read as far as it goes: what could not be read,
and what hangs on it, is named and left out of comparisons.
"""

import io
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from targets.catalog import Catalog, default_cache, inspect
from targets.catalog.files import read_file
from targets.catalog.yaml_text import parse
from targets.problems import Code, Problem, Problems, Severity

WORKTREE = "工作区"


@dataclass(frozen=True)
class State:
    """One state, ready to be compared."""

    name: str
    """as people call it: 修订 HEAD（a1b2c3d）, 目录 …, 工作区"""
    catalog: Catalog
    revision: str | None = None
    """the full hash of a Git revision"""
    uncommitted: tuple[str, ...] = ()
    """files of the worktree that are not as committed"""
    unread: tuple[str, ...] = ()
    """ids that could not be read, or that hang on one that could not"""
    problems: tuple[Problem, ...] = ()
    """why they could not be read"""


def open_state(rev_or_folder: str | Path | None, repository: Path) -> State:
    """A state of the definitions that `repository` holds (a definitions folder in a Git worktree).

    None is that folder as it lies there. A name is a folder where one of that name exists, else a
    Git revision. Raises Problems.
    """
    repository = Path(repository)
    if rev_or_folder is None:
        return _folder(repository, WORKTREE, _uncommitted(repository))
    name = str(rev_or_folder)
    as_folder = bool(name) and Path(name).is_dir()
    as_revision = _resolved(name, repository)
    if as_folder and as_revision and not _is_path(name):
        raise Problems([Problem(
            Code.STATE_AMBIGUOUS, f"{name} 既是目录，又是 Git 修订",
            mend=f"指目录写成 ./{name}；指修订写成 {as_revision[:12]}",
        )])
    if as_folder:
        return _folder(Path(name), f"目录 {name}")
    if as_revision:
        return _revision(name, as_revision, repository)
    raise Problems([_unknown(name, repository)])


def _is_path(name: str) -> bool:
    return name.startswith((".", "/")) or name.endswith("/")


def _folder(folder: Path, name: str, uncommitted: tuple[str, ...] = ()) -> State:
    """A folder has to be sound: it can be mended before it is compared."""
    catalog, problems = inspect(folder, cache=default_cache(folder))
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    return State(name, catalog, uncommitted=uncommitted)


# --- revisions


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess:
    # whoever runs it, its words are for us alone
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    folder = repository if repository.is_dir() else Path.cwd()
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, env=environment
        )
    except FileNotFoundError:
        raise Problems([Problem(
            Code.NO_REPOSITORY, "这台机器上没有装 git，读不了修订",
            mend="装上 git，或把两个状态各存成一个目录来比",
        )]) from None


def top_of(repository: Path) -> Path | None:
    """The worktree that the folder lies in; None outside of any."""
    found = _git(repository, "rev-parse", "--show-toplevel")
    return Path(found.stdout.decode().strip()) if found.returncode == 0 else None


def _resolved(name: str, repository: Path) -> str | None:
    """The full hash of a revision; None where there is none of this name."""
    if name.startswith("-"):
        return None
    found = _git(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return found.stdout.decode().strip() or None


def _unknown(name: str, repository: Path) -> Problem:
    if top_of(repository) is None:
        return Problem(
            Code.NO_REPOSITORY, f"{repository} 不在 Git 仓库里，找不到修订 {name}，也没有这个目录",
            mend="在仓库里运行，或写两个目录：diff 旧目录 新目录",
        )
    listed = _git(repository, "for-each-ref", "--format=%(refname:short)", "--count=8",
                  "--sort=-committerdate", "refs/heads", "refs/tags")
    known = "、".join(listed.stdout.decode().split())
    shallow = _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    more = "；这个仓库是浅克隆，缺历史：git fetch --unshallow" if shallow else ""
    return Problem(
        Code.NO_SUCH_REVISION, f"没有修订 {name}，也没有这个目录",
        allowed="分支、标签、提交号，如 HEAD~1" + (f"；最近的有 {known}" if known else ""),
        mend=f"用 git log --oneline 查提交号{more}",
    )


def _revision(name: str, commit: str, repository: Path) -> State:
    top = top_of(repository)
    # a folder below the package may be a link; Git knows it by where it really lies
    inside = repository.resolve().relative_to(top.resolve()).as_posix()
    called = f"修订 {name}" + ("" if commit.startswith(name) else f"（{commit[:7]}）")
    packed = _git(top, "archive", "--format=tar", commit, "--", inside)
    if packed.returncode:
        raise Problems([Problem(
            Code.NO_DEFINITIONS_THEN, f"{called}里没有 {inside} 这个目录",
            mend="换一个有定义的修订，或用 --definitions 指明那时的定义目录",
        )])
    with tempfile.TemporaryDirectory(prefix="zhixing-") as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        return _as_far_as_it_goes(Path(folder) / inside, called, commit, repository)


def _as_far_as_it_goes(folder: Path, name: str, commit: str, repository: Path) -> State:
    catalog, problems = inspect(folder, cache=default_cache(repository.resolve() / "@revision"))
    errors = tuple(p for p in problems if p.severity is Severity.ERROR)
    beyond = [p for p in errors if p.code in _UNREADABLE]
    if beyond:
        told = Problem(
            Code.STATE_UNREADABLE, f"{name}的定义读不出来：共 {len(beyond)} 处，先后列在下面",
            mend="换一个读得出的修订来比",
        )
        raise Problems([told, *beyond])
    unread = _unread(folder, catalog)
    hanging = _hanging(catalog)
    sound = catalog
    if hanging:
        kept = {i: r for i, r in catalog.records.items() if i not in hanging}
        sound = Catalog(kept, catalog.origins, folder, released=catalog.released)
    return State(
        name, sound, commit, unread=tuple(sorted({*unread, *hanging})), problems=errors
    )


_UNREADABLE = (
    Code.NO_FOLDER, Code.NOT_UTF8, Code.YAML_SYNTAX, Code.YAML_UNSAFE, Code.TOO_LARGE,
    Code.DUPLICATE_KEY, Code.MERGE_CONFLICT,
)
"""a file that has one of these gives no record at all, or other ones than meant"""


def _unread(folder: Path, catalog: Catalog) -> set[str]:
    """Ids that are written in a file and are no record."""
    found: set[str] = set()
    for path in folder.rglob("*.y*ml"):
        raw = path.read_bytes()
        read = {placed.record.id for placed in read_file(raw, path.name).records}
        data = parse(raw, path.name).data
        rows = [r for rows in (data or {}).values() if isinstance(rows, list) for r in rows]
        written = {str(r["id"]) for r in rows if isinstance(r, dict) and "id" in r}
        found |= written - read
    return found - catalog.records.keys()


def _hanging(catalog: Catalog) -> set[str]:
    """Ids of records that refer, at first or at last, to one that is not there."""
    gone: set[str] = set()
    makers: dict[str, set[str]] = {}
    for record_id, made in catalog.references.items():
        for _, target, _ in made:
            makers.setdefault(target, set()).add(record_id)
    queue = [i for i in makers if i not in catalog.records]
    while queue:
        for maker in makers.get(queue.pop(), ()):
            if maker not in gone:
                gone.add(maker)
                queue.append(maker)
    return gone


def _uncommitted(folder: Path) -> tuple[str, ...]:
    """Files of the folder that are not as committed; none outside of a repository."""
    listed = _git(folder, "status", "--porcelain", "-z", "--untracked-files=all", "--", ".")
    if listed.returncode:
        return ()
    entries = [e for e in listed.stdout.decode(errors="replace").split("\0") if len(e) > 3]
    return tuple(sorted(e[3:] for e in entries if e[2:3] == " "))

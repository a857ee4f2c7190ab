"""The definitions folder in its Git repository: commits that touched it, files as they were.

Git is asked, never written to. Where there is no Git, no repository or no commit, `Repository.of`
raises NoHistory with the reason in words; a shallow clone says so.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

NOTHING = "0" * 40
_MARK = "\x01\x02commit\x02"
_FIELDS = "%x01%x02commit%x02%H%x02%aI%x02%aN%x02%s"


class NoHistory(Exception):
    """Why there is no history to read, in Chinese."""


@dataclass(frozen=True)
class Commit:
    sha: str
    day: date | None
    """when it was written, by its author's clock"""
    author: str
    subject: str
    place: int
    """in the log: 0 for the latest that touched the folder"""


@dataclass(frozen=True)
class Touched:
    """A file that a commit changed; `path` is relative to the definitions folder."""

    path: str
    before: tuple[str | None, ...]
    """blobs it had, one for each parent of a merge; None: no such file"""
    after: str | None


class Repository:
    """Use as a context: a Git process that hands out files runs along."""

    def __init__(self, folder: Path, head: str, prefix: str, shallow: bool):
        self.folder, self.head, self.shallow = folder, head, shallow
        self._prefix = prefix
        self._files: subprocess.Popen | None = None

    @classmethod
    def of(cls, folder: Path) -> "Repository":
        """The repository that keeps `folder`. Raises NoHistory."""
        try:
            told = _git(folder, "rev-parse", "--show-prefix", "--is-shallow-repository", "HEAD")
        except FileNotFoundError:
            what = f"没有目录 {folder}" if not folder.is_dir() else "这台机器上没有 git 命令"
            raise NoHistory(what) from None
        except subprocess.CalledProcessError as error:
            raise NoHistory(_why(error.stderr)) from None
        prefix, shallow, head = told.decode().split("\n")[:3]
        return cls(folder, head, prefix, shallow == "true")

    def __enter__(self) -> "Repository":
        return self

    def __exit__(self, *_) -> None:
        if self._files is not None:
            self._files.stdin.close()
            self._files.stdout.close()
            self._files.wait()
            self._files = None

    def log(self) -> Iterator[tuple[Commit, tuple[Touched, ...]]]:
        """Commits that touched YAML of the folder, the latest first."""
        told = _git(
            self.folder, "log", "-z", "-c", "--raw", "--no-renames", "--no-abbrev",
            f"--format={_FIELDS}", self.head, "--", "*.yaml", "*.yml",
        ).decode("utf-8", "replace")
        for place, one in enumerate(told.split(_MARK)[1:]):
            said, *rest = one.split("\0")
            sha, written, author, subject = said.rstrip("\n").split("\x02", 3)
            if sha in self._grafted:
                continue  # what came before is not here, so it seems to have made everything
            files = iter([part for part in rest if part.strip("\n")])
            touched = tuple(self._touched(entry, next(files)) for entry in files)
            day = date.fromisoformat(written[:10])
            yield Commit(sha, day, author, subject, place), touched

    def _touched(self, entry: str, path: str) -> Touched:
        entry = entry.lstrip("\n")
        parents = len(entry) - len(entry.lstrip(":"))
        blobs = [None if b == NOTHING else b for b in entry.split(" ")[parents + 1 : -1]]
        return Touched(path.removeprefix(self._prefix), tuple(blobs[:-1]), blobs[-1])

    def files_at(self, sha: str) -> dict[str, str]:
        """Definitions files of a commit: path in the folder -> blob."""
        told = _git(self.folder, "ls-tree", "-r", "-z", sha, "--", ".").decode("utf-8", "replace")
        entries = (entry.partition("\t") for entry in told.split("\0") if entry)
        return {
            path: head.split()[2] for head, _, path in entries if path.endswith((".yaml", ".yml"))
        }

    def text(self, blob: str | None) -> str:
        """A file as it was; empty where there was none. Raises NoHistory when Git has lost it."""
        return "" if blob is None else self._read(blob)

    def _read(self, name: str) -> str:
        if self._files is None:
            self._files = subprocess.Popen(
                ["git", "-C", self.folder, "cat-file", "--batch"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
            )
        self._files.stdin.write(name.encode() + b"\n")
        self._files.stdin.flush()
        head = self._files.stdout.readline().split()
        if len(head) != 3:
            raise NoHistory(f"仓库里缺少文件内容 {name[:12]}，可能是不完整的克隆")
        raw = self._files.stdout.read(int(head[2]) + 1)[:-1]
        return raw.decode("utf-8", "replace")

    def committed(self, path: str) -> str:
        """A file of the folder as the present commit has it; empty where it has none."""
        try:
            return self._read(f"{self.head}:{self._prefix}{path}")
        except NoHistory:
            return ""

    @cached_property
    def _grafted(self) -> set[str]:
        """The oldest commits of a shallow clone."""
        if not self.shallow:
            return set()
        file = _git(self.folder, "rev-parse", "--git-path", "shallow").decode().rstrip("\n")
        return set((self.folder / file).read_text().split())

    @cached_property
    def told(self) -> str:
        """A caveat for readers; empty when the history is whole."""
        return "这是浅克隆，更早的提交不在这里" if self.shallow else ""


_ENVIRONMENT = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat"}


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", folder, "-c", "core.quotePath=false", "-c", "log.showSignature=false",
         *arguments],
        check=True, capture_output=True, env=_ENVIRONMENT,
    ).stdout  # fmt: skip


def _why(stderr: bytes) -> str:
    said = stderr.decode("utf-8", "replace")
    if "not a git repository" in said:
        return "这个目录不在 Git 仓库里"
    if "dubious ownership" in said:
        return "Git 仓库属于别的用户，git 不肯读（safe.directory）"
    if "HEAD" in said:
        return "Git 仓库里还没有提交"
    if "No such file" in said or "cannot change to" in said:
        return "没有这个目录"
    return f"git 没有答复：{said.strip().splitlines()[-1] if said.strip() else '原因不明'}"

"""What is kept of a source instead of its text: the length and a hash of every sentence.

A ledger lists them in the order of the text, each run of sentences with the clause it belongs to.
Whoever holds the text can see where it agrees; from the ledger alone no text can be read.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from targets.problems import Code, Problem, Problems

FOLDER = "fingerprints"
"""in the definitions folder: one ledger a document"""
_HEAD = (
    "# 原文指纹：每行一个条款（- 为不属于任何条款的字），其后各句“字数:指纹”；"
    "不含原文。由 source import 写出\n"
)
_SHORT, _LONG = 8, 80
_END = re.compile(r"[^。;!?]*[。;!?]+\"?|[^。;!?]+$")
_COMMA = re.compile(r"[^,]*,|[^,]+$")
_LINE = re.compile(
    r"(?:[a-z][a-z0-9]*\.clause(?:\.[a-z0-9_]+)+|-)\t(?:[1-9][0-9]*:[0-9a-f]{12}(?: |$))+"
)


@dataclass(frozen=True)
class Piece:
    """A sentence, or a part of a long one, in normalised characters."""

    length: int
    digest: str

    def __str__(self) -> str:
        return f"{self.length}:{self.digest}"


@dataclass(frozen=True)
class Run:
    """Sentences that follow one another in one clause; `clause` None: in none."""

    clause: str | None
    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        return f"{self.clause or '-'}\t{' '.join(map(str, self.pieces))}"


@dataclass(frozen=True)
class Ledger:
    """A document's sentences, in the order of its text."""

    document: str
    """the prefix of its ids"""
    runs: tuple[Run, ...]

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Clause id -> what stands for its own text; clauses below it are not part of it."""
        told: dict[str, list[str]] = {}
        for run in self.runs:
            if run.clause:
                told.setdefault(run.clause, []).extend(map(str, run.pieces))
        return {clause: short_hash(" ".join(pieces)) for clause, pieces in told.items()}

    def text(self) -> str:
        """The ledger as its file holds it."""
        return _HEAD + "".join(f"{run}\n" for run in self.runs)


def short_hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def cut(text: str) -> tuple[str, ...]:
    """A clause's normalised text in sentences, none so short that it would be found everywhere."""
    return tuple(_joined(_parts(text)))


def pieces(text: str) -> tuple[Piece, ...]:
    return tuple(Piece(len(part), short_hash(part)) for part in cut(text))


def _parts(text: str) -> Iterator[str]:
    for sentence in _END.findall(text):
        if len(sentence) > _LONG:
            yield from _joined(_COMMA.findall(sentence))
        else:
            yield sentence


def _joined(parts: Iterable[str]) -> list[str]:
    """Short parts go with what follows, the last with what is before."""
    out: list[str] = []
    held = ""
    for part in parts:
        held += part
        if len(held) >= _SHORT:
            out.append(held)
            held = ""
    if held:
        out[-1:] = [(out[-1] if out else "") + held]
    return out


def path_of(folder: Path, document: str) -> Path:
    return folder / FOLDER / f"{document}.tsv"


def read_ledger(folder: Path, document: str) -> Ledger | None:
    """The ledger of a document; None where there is none. Raises Problems for a damaged one."""
    path = path_of(folder, document)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Problems([_damaged(document, None, f"读不了：{error}")]) from None
    runs, wrong = [], []
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        if not _LINE.fullmatch(line):
            wrong.append(_damaged(document, number, "这一行不是“条款、制表符、字数:指纹”"))
            continue
        clause, told = line.split("\t")
        split = (one.split(":") for one in told.split())
        found = tuple(Piece(int(length), digest) for length, digest in split)
        runs.append(Run(None if clause == "-" else clause, found))
    if wrong:
        raise Problems(wrong)
    return Ledger(document, tuple(runs))


def _damaged(document: str, line: int | None, found: str) -> Problem:
    return Problem(
        Code.BAD_FINGERPRINTS, found, file=f"{FOLDER}/{document}.tsv", line=line,
        mend="有合并冲突就先解决；否则从 Git 里取回这个文件，或用 source import --accept 重新登记",
    )  # fmt: skip

"""Who last reviewed a record, when, and what it derived from then; what has changed since.

One file a document, one line a record, in the order of the ids: lines of different records merge
without a conflict, and a review rewrites no line but its own.
"""

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from targets.catalog import Catalog
from targets.catalog.cache import Cache
from targets.catalog.references import kind_of
from targets.problems import Code, Problem, Problems, Severity
from targets.schema.targets import Decision

from .dependence import NO_TEXT, ledgers, states

FOLDER = "reviews"
"""in the definitions folder: a file for every first segment of an id"""
_HEAD = (
    "# 复核记录：编号、复核日、复核人、当时所依据的内容（编号=指纹）、说明；"
    "由 review 写出，一条记录一行\n"
)


@dataclass(frozen=True)
class Review:
    """A record as somebody found it in order."""

    record: str
    day: date
    by: str
    basis: Mapping[str, str]
    """what it derived from -> the state of that"""
    note: str = ""

    def __str__(self) -> str:
        owner = self.record.split(".", 1)[0]
        told = " ".join(
            f"{i.removeprefix(owner) if i.startswith(f'{owner}.') else i}={state}"
            for i, state in sorted(self.basis.items())
        )
        return "\t".join((self.record, str(self.day), self.by, told, self.note)).rstrip("\t")


@dataclass(frozen=True)
class Suspect:
    """A record that has to be looked at again."""

    record: str
    reasons: tuple[tuple[str, str], ...]
    """(what it derives from, 变了 and the like)"""
    review: Review | None
    """the last one; None: nobody has looked at it yet"""


def read_reviews(folder: Path) -> dict[str, Review]:
    """Every review by record. Raises Problems for damaged files."""
    found: dict[str, Review] = {}
    wrong: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.tsv")):
        name = f"{FOLDER}/{path.name}"
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            wrong.append(_damaged(name, None, f"读不了：{error}"))
            continue
        for number, line in enumerate(lines, 1):
            if line and not line.startswith("#"):
                try:
                    review = _parsed(line)
                except ValueError:
                    wrong.append(_damaged(name, number, "这一行不是一条复核记录"))
                    continue
                if review.record in found:
                    wrong.append(_damaged(name, number, f"{review.record} 记了两行"))
                found[review.record] = review
    if wrong:
        raise Problems(wrong)
    return found


def suspects(catalog: Catalog, cache: Path | None = None) -> tuple[Suspect, ...]:
    """Records to be looked at again, in the order of the files.

    cache: the cache of the definitions folder; what everything derives from is kept beside it.
    Only where reviews are kept at all: a folder without any has not begun to. Raises Problems for
    damaged ledgers and reviews.
    """
    reviews = read_reviews(catalog.folder)
    if not reviews:
        return ()
    begun = {record.split(".", 1)[0] for record in reviews}
    kept = Cache(cache.with_suffix(".basis") if cache and catalog.files_digest else None)
    known = ledgers(catalog)
    whole = catalog.files_digest + "".join(ledger.text() for ledger in known.values()).encode()
    now = kept.kept(whole, lambda: states(catalog, known))
    kept.save()
    found = (
        _suspect(record, basis, reviews.get(record))
        for record, basis in now.items()
        if record.split(".", 1)[0] in begun
    )
    return tuple(one for one in found if one)


def _suspect(record: str, now: Mapping[str, str], review: Review | None) -> Suspect | None:
    if review is None:
        # a decision was reviewed before it was issued, by whoever signed it
        return None if kind_of(record) == Decision.kind else Suspect(record, (), None)
    reasons = []
    for upstream, state in now.items():
        then = review.basis.get(upstream)
        if then is None:
            reasons.append((upstream, "是新的依据"))
        elif state != then:
            reasons.append((upstream, "不见了" if state == NO_TEXT else "变了"))
    return Suspect(record, tuple(reasons), review) if reasons else None


def why(catalog: Catalog, suspect: Suspect) -> str:
    """The reasons in words, without the full stop."""
    if suspect.review is None:
        return "还没有人复核过"
    told = []
    for upstream, what in suspect.reasons:
        record = catalog.get(upstream)
        if record.kind == "clause":
            told.append(f"{catalog.citation(upstream)}的原文{what}")
        else:
            told.append(f"{record.title_zh}“{record.name}”{what}")
    return "；".join(told)


def problems(catalog: Catalog, found: Iterable[Suspect]) -> tuple[Problem, ...]:
    """Suspects as warnings with their place."""
    return tuple(
        Problem(
            Code.SUSPECT,
            f"{one.record} 有待复核：{why(catalog, one)}",
            file=catalog.origins[one.record].file,
            line=catalog.origins[one.record].line,
            mend=f"看过之后运行 python -m targets review {one.record} --by 姓名",
            severity=Severity.WARNING,
        )
        for one in found
    )


def record(
    catalog: Catalog, ids: Iterable[str], by: str, day: date, note: str = ""
) -> tuple[Review, ...]:
    """Write down that these records were reviewed as they are now; each file whole or not at all.

    Raises Problems for damaged files, KeyError for an unknown id, ValueError for a record that
    derives from nothing.
    """
    now = states(catalog, ledgers(catalog))
    read_reviews(catalog.folder)  # nothing is written beside what is damaged
    made: dict[str, Review] = {}
    for record_id in ids:
        catalog.get(record_id)
        if record_id not in now:
            raise ValueError(f"{record_id} 不依据条款或别的记录，用不着复核")
        made[record_id] = Review(record_id, day, _line(by), now[record_id], _line(note))
    for owner in sorted({record_id.split(".", 1)[0] for record_id in made}):
        _write(catalog.folder, owner, made)
    return tuple(made.values())


def record_signed(catalog: Catalog, decision: str) -> None:
    """An issued decision was reviewed by who signed it so, as things stand: note it.

    Only where reviews are kept at all. Raises Problems for damaged files.
    """
    reviewed = catalog.get(decision).signoff.reviewed
    if read_reviews(catalog.folder):
        record(catalog, [decision], reviewed.by, reviewed.day)


def _write(folder: Path, owner: str, made: Mapping[str, Review]) -> None:
    """Put these reviews in the place of earlier ones; every other line stays as it is."""
    path = folder / FOLDER / f"{owner}.tsv"
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else [_HEAD.rstrip()]
    lines = {line.split("\t")[0]: line for line in before if line and not line.startswith("#")}
    lines |= {r.record: str(r) for r in made.values() if r.record.startswith(f"{owner}.")}
    told = [line for line in before if line.startswith("#")]
    replace(path, "".join(f"{line}\n" for line in (*told, *(lines[i] for i in sorted(lines)))))


def replace(path: Path, text: str) -> None:
    """The file as a whole; who reads it meanwhile sees the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _parsed(line: str) -> Review:
    record_id, day, by, *rest = line.split("\t")
    told, note = (*rest, "", "")[:2]
    owner = record_id.split(".", 1)[0]
    split = (one.split("=") for one in told.split())
    basis = {owner + i if i.startswith(".") else i: state for i, state in split}
    return Review(record_id, date.fromisoformat(day), by, basis, note)


def _line(text: str) -> str:
    return " ".join(text.split())


def _damaged(name: str, line: int | None, found: str) -> Problem:
    return Problem(
        Code.BAD_REVIEWS, found, file=name, line=line,
        mend="有合并冲突就先解决；否则从 Git 里取回这个文件",
    )  # fmt: skip

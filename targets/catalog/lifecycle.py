"""Former ids and releases: what of the definitions was published, and whether it still stands."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from targets.problems import Code, Problem, did_you_mean, reason
from targets.schema.base import ID_PATTERN, Record
from targets.schema.lifecycle import NUMBER_PATTERN, Redirect, Release

from .references import kind_of

if TYPE_CHECKING:
    from .catalog import Catalog

RELEASED_FILE = "lifecycle/released_ids.txt"
KEPT_BESIDE = "lifecycle/*.[tj]*"
"""what releases keep that is no YAML: the list of ids, the changes of each release"""
UNPUBLISHED = (Redirect.kind, Release.kind)
"""kinds that speak about ids and have no page of their own"""
_LINE = re.compile(rf"({ID_PATTERN[1:-1]})(?: ([0-9a-f]{{16}}))?")


@dataclass(frozen=True)
class Released:
    """Every id that was ever published; those of the last release with what they then meant."""

    number: str | None = None
    """the release that wrote the list"""
    meanings: Mapping[str, str | None] = field(default_factory=dict)
    """id -> the `meaning` it had in that release; None: given up before"""
    lines: Mapping[str, int] = field(default_factory=dict)
    """id -> line in the file"""

    @property
    def current(self) -> dict[str, str]:
        """The records of the last release."""
        return {i: meaning for i, meaning in self.meanings.items() if meaning}


@dataclass(frozen=True)
class Version:
    """Which release a state of the definitions is."""

    release: Release | None
    """the last one; None: nothing was released yet"""
    unreleased: bool
    """whether something changed since"""

    @property
    def number(self) -> str | None:
        """The number of the release that this is; None for a state between releases."""
        return None if self.unreleased or self.release is None else self.release.number

    @property
    def words(self) -> str:
        if self.release is None:
            return "未发布"
        return self.release.number + ("之后有未发布的改动" if self.unreleased else "")

    def __str__(self) -> str:
        return f"定义版本：{self.words}"


def redirect_words(redirect: Redirect) -> str:
    """What became of a former id, in a sentence without its full stop."""
    what = f"改名为 {redirect.to}" if redirect.to else "废止"
    why = redirect.reason.rstrip("。")
    return f"{redirect.former}（{redirect.name}）自 {redirect.since} 起{what}：{why}"


# --- what records mean


def meaning(record: Record) -> str:
    """Sixteen hexadecimal digits that change with what a record says.

    What is left at its default does not count, so that a key added to a model later changes
    nothing that was said before.
    """
    said = record.model_dump_json(by_alias=True, exclude_defaults=True)
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def meanings(catalog: "Catalog") -> dict[str, str]:
    """Id -> meaning, of all that a release comprises: everything but the releases themselves."""
    return {r.id: meaning(r) for r in catalog.records.values() if r.kind != Release.kind}


def digest_of(found: Mapping[str, str]) -> str:
    """One SHA-256 over the meanings of a state; the order of files and records does not count."""
    lines = "".join(f"{record_id} {found[record_id]}\n" for record_id in sorted(found))
    return hashlib.sha256(lines.encode()).hexdigest()


def version_of(catalog: "Catalog") -> Version:
    last = max(catalog.all(Release), key=lambda r: r.order, default=None)
    return Version(last, last is not None and last.digest != catalog.meaning)


# --- the list of published ids


def read_released(
    folder: Path, raw: bytes | None = None
) -> tuple[Released, bytes, tuple[Problem, ...]]:
    """The list in a definitions folder, its bytes, and what is wrong with it; empty without one.

    raw: its content, where that is not what is on disk.
    """
    try:
        raw = (folder / RELEASED_FILE).read_bytes() if raw is None else raw
    except (FileNotFoundError, NotADirectoryError):
        return Released(), b"", ()
    except OSError as error:
        return Released(), b"", (_bad_line(f"清单打不开：{reason(error)}", None),)
    number, found, at, problems = None, {}, {}, []
    for line, text in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        entry = _LINE.fullmatch(text)
        if line == 1 and re.fullmatch(rf"# {NUMBER_PATTERN}", text):
            number = text[2:]
        elif entry is None:
            problems.append(_bad_line(f"认不出这一行：{text[:60] or '空行'}", line))
        elif entry[1] in at:
            problems.append(_bad_line(f"{entry[1]} 已在第 {at[entry[1]]} 行", line))
        else:
            found[entry[1]], at[entry[1]] = entry[3], line
    if number is None:
        problems.append(_bad_line("第一行不是版本号", 1))
    return Released(number, found, at), raw, tuple(problems)


def _bad_line(found: str, line: int | None) -> Problem:
    return Problem(
        Code.RELEASED_LIST, found, file=RELEASED_FILE, line=line,
        allowed="第一行 # 版本号，以后每行一个编号和它的校验值",
        mend="这份清单由 release 命令写出，不用手改；从 Git 里取回最近一版的",
    )


def released_text(number: str, catalog: "Catalog") -> str:
    """The list as the release `number` of this catalogue leaves it; ids given up stay in it."""
    now = {i: m for i, m in meanings(catalog).items() if kind_of(i) not in UNPUBLISHED}
    known = dict.fromkeys((*catalog.released.meanings, *now))
    lines = (f"{i} {now[i]}" if i in now else i for i in sorted(known))
    return "\n".join((f"# {number}", *lines)) + "\n"


# --- checks


def lifecycle_problems(catalog: "Catalog", report) -> Iterator[Problem]:
    yield from _redirects(catalog, report)
    yield from _releases(catalog, report)
    yield from _vanished(catalog)


def _redirects(catalog: "Catalog", report) -> Iterator[Problem]:
    for former, redirect in catalog.redirects.items():
        if former in catalog.records:
            yield report(
                redirect, ("id",), Code.FORMER_IN_USE, f"{former} 登记为旧编号，却还有这条记录",
                mend="删去这条旧编号；或给仍在用的记录换一个编号",
            )
        after = catalog.redirects.get(redirect.to)
        if after is None or redirect.to in catalog.records:
            continue
        if (end := _end_of(catalog, redirect)) is None:
            yield report(
                redirect, ("to",), Code.REDIRECT_LOOP, f"{former} 一路改名，又回到了旧编号",
                allowed="现在还在用的编号，或 null",
            )
        else:
            yield report(
                redirect, ("to",), Code.REDIRECT_CHAIN,
                f"{former} 改名为 {redirect.to}，而它也已经是旧编号",
                allowed="现在还在用的编号，或 null",
                mend=f"to 直接写 {end}" if end != "null" else "它也已废止：to 写 null",
            )


def _end_of(catalog: "Catalog", redirect: Redirect) -> str | None:
    """Where a chain of redirects leads, "null" for what was repealed; None for a loop."""
    seen = set()
    while redirect.former not in seen:
        seen.add(redirect.former)
        if redirect.to not in catalog.redirects:
            return redirect.to or "null"
        redirect = catalog.redirects[redirect.to]
    return None


def _releases(catalog: "Catalog", report) -> Iterator[Problem]:
    releases = sorted(catalog.all(Release), key=lambda r: r.order)
    for before, release in pairwise(releases):
        if release.issued < before.issued:
            yield report(
                release, ("issued",), Code.RELEASE_ORDER,
                f"{release.number} 发布于 {release.issued}，"
                f"早于 {before.number} 的 {before.issued}",
                allowed=f"{before.issued} 或以后",
            )
        elif release.order == before.order:
            yield report(
                release, ("id",), Code.RELEASE_ORDER, f"{release.number} 有两条发布记录",
                mend="换一个序号",
            )
    last = releases[-1].number if releases else None
    if last != catalog.released.number:
        yield Problem(
            Code.RELEASED_LIST,
            f"发布清单属于 {catalog.released.number or '（没有清单）'}，"
            f"最近的发布记录是 {last or '（没有）'}",
            file=RELEASED_FILE, line=1,
            mend="发布记录和清单要一起提交；从 Git 里取回配套的两份",
        )


def _vanished(catalog: "Catalog") -> Iterator[Problem]:
    published = catalog.released.meanings
    # what is invented is there to be thrown away once a bank has its own
    gone = [
        i for i in published
        if i not in catalog.records and i not in catalog.redirects and not i.startswith("sample.")
    ]
    fresh = [i for i in catalog.records if i not in published] if gone else []
    for record_id in gone:
        near = did_you_mean(record_id, [i for i in fresh if kind_of(i) == kind_of(record_id)])
        yield Problem(
            Code.ID_VANISHED,
            f"{record_id} 发布过，现在既没有这条记录，也没有登记为旧编号",
            file=RELEASED_FILE, line=catalog.released.lines.get(record_id),
            mend=(f"改了名？{near}" if near else "")
            + "在 lifecycle/redirects.yaml 登记它改名为什么，或已废止（to: null）",
        )

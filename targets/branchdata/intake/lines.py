"""The lines below a heading: which are rows, which are totals, and which are no data at all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from .grid import BLANK, Broken, Grid, shown
from .headings import Found, Heading, lookup, words_of
from .marks import BLANKS, is_missing, narrow, plain, tidy

SUSPECT = re.compile("[计总和注明源其:：]")
TOTAL = re.compile(r"(?:本页|全行|全辖|以上|分行|支行|机构)?(?:合计|总计|小计|共计|总合计)(?:数)?")
TOTAL_OF = re.compile(r".{1,20}(?:合计|小计|总计)")
SUBTOTAL = re.compile(r"小计$|^本页|^分行|^支行")
WORD = re.compile("合计|小计|总计|共计|其中")
OF_WHICH = re.compile(r"其中(?:[:,、].*)?|其中.{1,20}")
BRACKETS = re.compile(r"\([^()]*\)$")
BLOCK = 500
NOTE = re.compile(
    r"(?:备?注|注释|附注|说明|填表说明|填报说明|数据来源|资料来源|来源)\d*[:：.、]|注\d+"
)
SIGNED = re.compile(
    r"(?:制表|填表|填报|编制|复核|审核|核对|负责|经办|联系|报送|审批|签发|单位负责|部门负责)"
    r"[人者日期时间机构单位电话]*[:：]|(?:联系)?电话[:：]|(?:签字|盖章|签章)[:：]?"
)
CONTINUED = re.compile(r"\s*(?:[(（]?\d{1,2}[)）.、．]|[①-⑳]|[一二三四五六七八九十]+[、.])")


@dataclass
class Lines:
    """Positions in the grid, by what they are."""

    rows: list[int] = field(default_factory=list)
    totals: list[tuple[int, str]] = field(default_factory=list)
    """with the label"""
    notes: list[tuple[int, str]] = field(default_factory=list)
    """with what may be said of the note; who signed stays out"""
    repeated: list[int] = field(default_factory=list)
    broken: dict[int, Broken] = field(default_factory=dict)
    """among the rows"""
    second: int | None = None
    """among the rows: where another table's heading stands"""


def sort_out(grid: Grid, found: Found, positions: dict[str, int]) -> Lines:
    """Tell rows from totals, notes, repeated headings and blank lines."""
    lines = Lines()
    heads = [
        [plain(shown(c)) for c in grid.rows[r] if c not in BLANK and tidy(shown(c))]
        for r in range(found.top, found.bottom + 1)
    ]
    words = words_of(found.dataset)
    in_notes = False
    rows = grid.rows
    suspects = _suspects(grid, found)
    for i in range(found.bottom + 1, len(rows)):
        cells = rows[i]
        # any() spares most rows a closer look; zeros are not blank.
        if not any(cells) and all(c in BLANK for c in cells):
            continue
        if not in_notes and i not in suspects:
            lines.rows.append(i)
            continue
        if isinstance(cells[0], Broken):
            lines.broken[i] = cells[0]
            lines.rows.append(i)
            continue
        kept = [(j, c) for j, c in enumerate(cells) if c not in BLANK and tidy(shown(c))]
        if not kept:
            continue
        texts = [tidy(shown(c)) for _, c in kept]
        if [plain(t) for t in texts] in heads:
            lines.repeated.append(i)
        elif lines.second is None and _is_heading(texts, words):
            lines.second = i
            lines.rows.append(i)
        elif (said := _note(texts, in_notes, found)) is not None:
            lines.notes.append((i, said))
            in_notes = True
        elif label := _total(kept, found, positions):
            lines.totals.append((i, label))
        else:
            in_notes = False
            lines.rows.append(i)
    return lines


def _suspects(grid: Grid, found: Found) -> set[int]:
    """Rows that may be no rows: some word of theirs asks for a closer look."""
    first = next((t for h in found.headings for t in h.levels[-1:]), "")
    suspects = set()
    rows = grid.rows

    def suspect(cells: Iterable[Any]) -> bool:
        text = "\n".join([c for c in cells if type(c) is str])
        return bool(SUSPECT.search(text)) or (first != "" and first in text)

    for start in range(found.bottom + 1, len(rows), BLOCK):
        block = rows[start:start + BLOCK]
        # One look at a block spares a look at each of its rows.
        some = suspect(chain.from_iterable(block))
        for i, cells in enumerate(block, start):
            head = cells[0] if cells else None
            if type(head) is Broken or (type(head) is str and not head.strip()) or (
                some and suspect(cells)
            ):
                suspects.add(i)
    return suspects


def _is_heading(texts: Sequence[str], words: Mapping[str, object]) -> bool:
    known = sum(lookup(Heading((t,)), words) is not None for t in texts)
    return known >= 3 and known * 2 >= len(texts)


def _note(texts: Sequence[str], in_notes: bool, found: Found) -> str | None:
    """What to say of a note; None when the line is none."""
    if NOTE.match(texts[0]) and len(texts) <= 2:
        return texts[0][:40]
    signed = [SIGNED.match(t) for t in texts]
    if signed[0] and sum(map(bool, signed)) * 3 >= len(texts):
        return "、".join(m[0].rstrip(":：") for m in signed if m)
    if in_notes and len(texts) == 1 and len(found.headings) > 1 and (
        CONTINUED.match(texts[0]) or len(texts[0]) > 20 or "：" in texts[0] or ":" in texts[0]
    ):
        return texts[0][:40]
    return None


def label_of(value: Any) -> str:
    """A cell as a total's label would be compared: 合　计： is 合计."""
    if not isinstance(value, str):
        return ""
    text = BLANKS.sub("", narrow(tidy(value))).rstrip(":")
    return BRACKETS.sub("", text) or text


def is_of_which(label: str) -> bool:
    """Whether a total's label begins a breakdown of the line above it."""
    return bool(OF_WHICH.fullmatch(label))


def is_subtotal(label: str) -> bool:
    return bool(SUBTOTAL.search(label))


def _total(kept: Iterable[tuple[int, Any]], found: Found, positions: dict[str, int]) -> str:
    """The label of a total; empty when the line is a row of its own.

    A row that carries all that identifies it is a row, whatever its name: a firm may be called
    合计. In a total the identifying cells are blank, or hold the label itself.
    """
    cells, dataset = dict(kept), found.dataset
    labels = {j: t for j, c in cells.items() if (t := label_of(c)) and (
        TOTAL.fullmatch(t) or TOTAL_OF.fullmatch(t) or OF_WHICH.fullmatch(t))}
    if not labels:
        return ""
    keys = [positions[k] for k in dataset.key if k in positions]
    own = [positions[k] for k in dataset.key
           if k in positions and k not in (dataset.period, dataset.unit)] or keys
    blank = [j for j in own if is_missing(tidy(shown(cells.get(j))))]
    if not blank and not labels.keys() & set(keys):
        return ""
    personal = {positions[c.name] for c in dataset.columns if c.personal and c.name in positions}
    position, label = next(iter(labels.items()))
    # 某某小计 in a column of names tells a name.
    return WORD.search(label)[0] if position in personal else label

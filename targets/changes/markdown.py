"""A comparison as Markdown: the text of the comment in a merge request.

Counts of people that may not be published are withheld in it, as on the site.
"""

import re
from collections.abc import Iterable, Iterator

from .model import Change
from .report import (
    NO_DATA,
    TOUCHES_SHOWN,
    Report,
    headings,
    headline,
    level_cells,
    seen_words,
    split,
    summary,
    touched,
    unit_cells,
    units_shown,
)
from .verdict import SAME

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def escaped(text: str) -> str:
    """Text of records as plain text of Markdown: nothing in it is markup, or calls anybody."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("@", "＠")


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    marks = ["---" if i == 0 or name == "判定" else "---:" for i, name in enumerate(columns)]
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join(marks)} |"
    for row in rows:
        yield f"| {' | '.join(escaped(cell) for cell in row)} |"


def markdown(report: Report) -> str:
    return "\n".join(_markdown(report)).rstrip() + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"# 定义改动：{report.verdict.words}"
    yield ""
    data = f"；{report.data}" if report.data else ""
    yield f"由 {escaped(report.before)} 到 {escaped(report.after)}{escaped(data)}。"
    if report.verdict.code == SAME:
        yield from _doubt_lines(report.doubts)
        return
    weighty, text = split(report)
    if weighty:
        yield from ("", "## 改了什么", "")
        for number, change in enumerate(weighty, start=1):
            draft = "，草案" if change.draft else ""
            said = escaped(headline(report, change))
            yield f"{number}. **{change.grade.label}{draft}**　{said}。"
    if report.verdict.reasons:
        yield from ("", "## 要拍板的", "")
        yield from (f"- {escaped(reason)}。" for reason in report.verdict.reasons)
    yield from _effects(report)
    yield from _touches(report, weighty)
    if text:
        yield from ("", f"<details><summary>只动文字的 {len(text)} 条</summary>", "")
        yield from (f"- {escaped(headline(report, change))}。" for change in text)
        yield from ("", "</details>")
    yield from _doubt_lines(report.doubts)


def _effects(report: Report) -> Iterator[str]:
    if report.effects is None:
        if any(c.grade.weighs for c in report.changes):
            yield from ("", "## 影响", "", NO_DATA + "。")
        return
    if not report.effects:
        yield from ("", "## 影响", "", "没有一项目标的判定会因此改变。")
        return
    yield from ("", "## 影响")
    for effect in report.effects:
        yield from ("", f"### {escaped(effect.name)}", "")
        yield f"{escaped(seen_words(effect))}。{escaped(summary(effect))}"
        of_levels, of_units = headings(effect)
        if effect.levels:
            yield ""
            yield from _table(of_levels, [level_cells(v) for v in effect.levels])
        shown, more = units_shown(effect)
        if shown:
            yield ""
            yield from _table(of_units, [unit_cells(u) for u in shown])
        if more:
            yield from ("", f"另有 {more} 个判定对象没有列出。")
        yield from _doubt_lines(effect.doubts, "")


def _doubt_lines(doubts: tuple[str, ...], heading: str = "## 疑点") -> Iterator[str]:
    if doubts:
        yield from filter(None, ("\n" + heading if heading else "",))
        yield ""
        yield from (f"- {'' if heading else '疑点：'}{escaped(d)}。" for d in doubts)


def _touches(report: Report, changes: list[Change]) -> Iterator[str]:
    found = touched(report, changes)
    if found:
        yield from ("", "## 还牵涉到", "")
        for word, names in found.items():
            more = f"等 {len(names)} 项" if len(names) > TOUCHES_SHOWN else ""
            yield f"- {word}：{escaped('、'.join(names[:TOUCHES_SHOWN]))}{more}"

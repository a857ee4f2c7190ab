"""A comparison as tables on the screen."""

import io
import sys
from contextlib import contextmanager

from targets.assessment.tables import LEVEL_WORDS
from targets.changes.report import (
    NO_DATA,
    Report,
    field_words,
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
from targets.changes.verdict import SAME
from targets.wording import decimal_text


def text(report: Report, wide: bool = False) -> str:
    """The whole report; `wide` where no terminal limits it."""
    with _console(wide) as (console, out):
        _write(console, report)
        return out.getvalue()


@contextmanager
def _console(wide: bool):
    from rich.console import Console

    with io.StringIO() as out:
        screen = not wide and sys.stdout.isatty()
        width = None if screen else 150
        yield Console(file=out, width=width, highlight=False, markup=False), out


def _write(console, report: Report) -> None:
    data = f"；{report.data}" if report.data else ""
    console.print(f"由 {report.before} 到 {report.after}{data}")
    if report.verdict.code != SAME:
        weighty, wording = split(report)
        if weighty:
            console.print(_changes(report, weighty))
        if wording:
            console.print(f"只动文字的 {len(wording)} 条：")
            for change in wording:
                console.print(f"  {headline(report, change)}")
        _effects(console, report)
        for word, names in touched(report, weighty).items():
            console.print(f"牵涉{word}：{'、'.join(names)}")
    for doubt in report.doubts:
        console.print(f"疑点：{doubt}")
    for reason in report.verdict.reasons:
        console.print(f"要拍板：{reason}")
    console.print(f"结论：{report.verdict.words}")


def _changes(report: Report, changes):
    from rich.table import Table

    table = Table(title="改了什么", title_justify="left", show_lines=True)
    for heading in ("等级", "记录", "改动", "依据"):
        table.add_column(heading)
    for change in changes:
        fields = [f for f in change.fields if f.grade.weighs] or list(change.fields)
        said = "\n".join(field_words(f) for f in fields) or headline(report, change)
        basis = sorted({i for f in fields for i in f.basis})
        draft = "（草案）" if change.draft else ""
        table.add_row(
            change.grade.label + draft, f"{change.name}\n{change.record}", said,
            "\n".join(report.name(i) for i in basis) or "—",
        )
    return table


def _effects(console, report: Report) -> None:
    if report.effects is None:
        if any(c.grade.weighs for c in report.changes):
            console.print(NO_DATA)
        return
    for effect in report.effects:
        _effect(console, effect)


def told_effects(effects, curves, wide: bool = False) -> str:
    """What values do, without saying where they come from; trade-offs behind."""
    with _console(wide) as (console, out):
        for effect in effects:
            _effect(console, effect)
            if effect.target in curves:
                _curve(console, *curves[effect.target])
        return out.getvalue()


def _effect(console, effect) -> None:
    console.print(f"{effect.name}：{seen_words(effect)}。{summary(effect)}")
    shown, more = units_shown(effect)
    cells = (
        [level_cells(level) for level in effect.levels],
        [unit_cells(unit) for unit in shown],
    )
    for columns, rows in zip(headings(effect), cells, strict=True):
        if rows:
            console.print(_table(columns, rows))
    if more:
        console.print(f"另有 {more} 个判定对象没有列出")
    for doubt in effect.doubts:
        console.print(f"疑点：{doubt}")


def _table(columns, rows):
    from rich.table import Table

    table = Table()
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    return table


def _curve(console, level: str, points) -> None:
    if not points:
        console.print("这项目标没有单一的数值，画不出取舍")
        return
    word = LEVEL_WORDS[level]
    console.print(f"目标值定在多少，{points[0].of} 个{word}里有几个达到：")
    rows = [
        (decimal_text(p.threshold, 2), _share(p.now, p.share_now), _share(p.then, p.share_then))
        for p in points
    ]
    console.print(_table(("目标值", "现在", "照现在的快慢到期时"), rows))


def _share(count, share) -> str:
    return "—" if count is None else f"{count}（{decimal_text(share, 1)}%）"

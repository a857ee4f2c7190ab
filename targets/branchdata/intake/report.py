"""What an intake came to, so that a branch can act on it: as text, Markdown, CSV and JSON.

Equal mistakes are one line with all their places. Nothing that tells one person or household from
another is in it: no value of a column marked personal, and nothing like an identity or mobile
number.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from targets.harmless import harmless
from targets.problems import Problem, Severity

from ..workbook import address, letters
from .masking import HIDDEN, masked
from .model import Question
from .store import FileOutcome, Outcome, SheetOutcome

VALUES_SHOWN = 5
PLACES_SHOWN = 12
TAKEN_SHOWN = 8
CELL = re.compile(r"([A-Z]{1,3})(\d+)")
VARYING = re.compile(r"“[^”]*”|[\d.,]+")


@dataclass(frozen=True)
class Mistake:
    """Equal mistakes of a sheet."""

    file: str
    sheet: str | None
    places: tuple[str, ...]
    """cells, rows or ranges of them, in order"""
    count: int
    values: tuple[str, ...]
    """what is written there, each once"""
    field: str
    code: str
    rule: str
    found: str
    allowed: str
    mend: str
    error: bool
    first: str | None = None
    """address of the first cell"""

    @property
    def where(self) -> str:
        """The places in words, the first of them when they are many."""
        shown = "、".join(self.places[:PLACES_SHOWN])
        return shown + ("……" if len(self.places) > PLACES_SHOWN else "")

    @property
    def written(self) -> str:
        shown = "、".join(self.values[:VALUES_SHOWN])
        return shown + ("……" if len(self.values) > VALUES_SHOWN else "")


# ---------------------------------------------------------------- mistakes


def mistakes(outcome: Outcome) -> tuple[Mistake, ...]:
    """Everything found wrong, file by file, errors first."""
    found = [m for f in outcome.files for m in file_mistakes(f)]
    return (*_grouped(outcome.problems, None), *found)


def file_mistakes(file: FileOutcome) -> tuple[Mistake, ...]:
    found = list(_grouped(file.problems, None))
    for sheet in file.sheets:
        asked = {id(q.problem) for q in sheet.sheet.questions}
        found += _grouped((p for p in sheet.problems if id(p) not in asked), sheet)
    return tuple(sorted(found, key=lambda m: not m.error))


def _grouped(problems: Iterable[Problem], sheet: SheetOutcome | None) -> Iterator[Mistake]:
    groups: dict[tuple, list[Problem]] = {}
    for p in problems:
        key = p.code, p.severity, p.field, p.allowed, VARYING.sub("", p.found)
        groups.setdefault(key, []).append(p)
    rows = _Rows(sheet)
    for found in groups.values():
        first = found[0]
        mends = dict.fromkeys(p.mend for p in found if p.mend)
        yield Mistake(
            masked(first.file), masked(first.sheet) if first.sheet else None,
            tuple(_ranges(p for p in found)), len(found),
            tuple(dict.fromkeys(v for p in found if (v := rows.value(p)))),
            masked(first.field or ""), first.code.value, first.code.meaning,
            rows.without_persons(first), masked(first.allowed or ""),
            masked("；".join(list(mends)[:3])), first.severity is Severity.ERROR,
            next((a for p in found if (a := _address(p))), None),
        )


class _Rows:
    """The rows set aside of a sheet, and which of their cells may be shown."""

    def __init__(self, sheet: SheetOutcome | None):
        self.rows = {r.row: r.cells for r in sheet.rejected} if sheet else {}
        named = sheet.sheet.positions if sheet else {}
        self.columns = {i: sheet.sheet.dataset.column(n) for n, i in named.items()}

    def _at(self, problem: Problem) -> tuple[int | None, int | None]:
        if problem.cell and (place := position_of(problem.cell)):
            return place
        position = problem.column - 1 if problem.column else None
        return problem.line, position

    def value(self, problem: Problem) -> str | None:
        """What is written at a place; only of columns that are known and not personal."""
        row, position = self._at(problem)
        cells = self.rows.get(row)
        if cells is None or position is None or position >= len(cells):
            return None
        column = self.columns.get(position)
        if column is None or column.personal:
            return HIDDEN
        text = cells[position].strip()
        return masked(text if len(text) <= 40 else text[:40] + "…") or "（空白）"

    def without_persons(self, problem: Problem) -> str:
        """What was found, without the row's personal values."""
        text = problem.found
        cells = self.rows.get(self._at(problem)[0], ())
        for position, cell in enumerate(cells):
            column = self.columns.get(position)
            if column is not None and column.personal and len(cell.strip()) > 1:
                text = text.replace(cell.strip(), HIDDEN)
        return masked(text)


def position_of(cell: str) -> tuple[int, int] | None:
    """Row from 1 and column from 0 of an address such as C5."""
    match = CELL.fullmatch(cell)
    if match is None:
        return None
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return int(match[2]), number - 1


def _address(problem: Problem) -> str | None:
    if problem.cell:
        return problem.cell if CELL.fullmatch(problem.cell) else None
    return address(problem.line, (problem.column or 1) - 1) if problem.line else None


def _ranges(problems: Iterable[Problem]) -> Iterator[str]:
    """Places, with runs down a column drawn together."""
    cells: dict[str | int | None, set[int]] = {}
    for p in problems:
        if p.cell and (match := CELL.fullmatch(p.cell)):
            cells.setdefault(match[1], set()).add(int(match[2]))
        elif p.line is not None:
            cells.setdefault(p.column, set()).add(p.line)
    for column, rows in cells.items():
        for first, last in _runs(sorted(rows)):
            if isinstance(column, str):
                yield f"{column}{first}" + (f":{column}{last}" if last > first else "")
            else:
                lines = f"第 {first}" + (f"–{last}" if last > first else "") + " 行"
                yield lines + (f"{letters(column - 1)} 列" if column else "")


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for number in numbers:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            yield first, last
        first = last = number
    if first is not None:
        yield first, last


# ---------------------------------------------------------------- text


def counts(read: int, accepted: int, rejected: int, totals: int) -> str:
    """The rows in words; they add up."""
    return f"读到 {read:,} 行 = 收下 {accepted:,} + 退回 {rejected:,} + 合计行 {totals:,}"


def sheet_line(sheet: SheetOutcome) -> str:
    """A sheet in one line."""
    name = masked(sheet.sheet.sheet or "（整个文件）")
    if sheet.sheet.dataset is None:
        return f"{name}：没有认出是哪张表，没有读"
    line = f"{name} → {sheet.sheet.dataset.name}：" + counts(
        sheet.read, sheet.accepted, len(sheet.rejected), sheet.totals
    )
    notes = [f"其中 {sheet.known:,} 行以前收过"] * bool(sheet.known)
    notes += [f"{sheet.outdated:,} 行已有更正件、旧的不再收"] * bool(sheet.outdated)
    wrong = [t for t in sheet.sheet.totals if t.agrees is False]
    notes += [f"{len(wrong)} 个合计行与各行之和不符"] * bool(wrong)
    return line + (f"（{'，'.join(notes)}）" if notes else "")


def taken_lines(outcome: Outcome, file: FileOutcome) -> list[str]:
    """What a file added, by table, unit and data date."""
    if file.receipt is None:
        return ["同一个文件以前收过，没有新增"]
    will = "将收作" if outcome.dry else "收作"
    names = {s.sheet.dataset.table: s.sheet.dataset.name for s in file.sheets if s.sheet.dataset}
    if len(file.taken) <= TAKEN_SHOWN:
        return [
            f"{will}“{names[t.table]}”　{t.unit}　{t.day}　第 {t.version} 版（{t.kind.label}）"
            f"{t.rows:,} 行" + ("，换下原来的" if t.replaces else "")
            for t in file.taken
        ] or ["没有新增"]
    groups: dict[tuple, list] = {}
    for t in file.taken:
        groups.setdefault((t.table, t.kind), []).append(t)
    return [
        f"{will}“{names[table]}”（{kind.label}）　{len({t.unit for t in taken})} 家机构　"
        f"{min(t.day for t in taken)} 至 {max(t.day for t in taken)}　"
        f"{sum(t.rows for t in taken):,} 行"
        for (table, kind), taken in groups.items()
    ]


def totals(outcome: Outcome) -> dict[str, int]:
    """The counts of all files together."""
    sheets = [s for f in outcome.files for s in f.sheets]
    return {
        "files": len(outcome.files),
        "read": sum(s.read for s in sheets),
        "accepted": sum(s.accepted for s in sheets),
        "rejected": sum(len(s.rejected) for s in sheets),
        "totals": sum(s.totals for s in sheets),
    }


def summary(outcome: Outcome) -> str:
    t = totals(outcome)
    words = f"{t['files']} 个文件，" + counts(
        t["read"], t["accepted"], t["rejected"], t["totals"]
    )
    asked = f"；待回答 {len(outcome.questions)} 问" if outcome.questions else ""
    return words + asked + ("（试运行，什么也没有写）" if outcome.dry else "")


def question_lines(question: Question) -> list[str]:
    """A question and its choices."""
    p = question.problem
    lines = [f"{masked(p.place)}：{masked(p.found)}"]
    if p.mend:
        lines.append(f"    {masked(p.mend)}")
    return lines + [f"    {key}：{masked(meaning)}" for key, meaning in question.choices.items()]


def text(outcome: Outcome) -> str:
    """For the screen."""
    lines: list[str] = []
    for file in outcome.files:
        lines.append(masked(file.read.path.name))
        lines += [f"  {sheet_line(s)}" for s in file.sheets]
        lines += [f"    {line}" for line in taken_lines(outcome, file)]
    found = mistakes(outcome)
    if found:
        lines += ["", "要改的地方"]
        for m in found:
            lines += _mistake_text(m)
    if outcome.questions:
        lines += ["", "要回答的问题"]
        for number, question in enumerate(outcome.questions, 1):
            first, *rest = question_lines(question)
            lines += [f"  {number}. {first}", *(f"  {line}" for line in rest)]
    return "\n".join([*lines, "", summary(outcome)]) + "\n"


def _mistake_text(m: Mistake) -> list[str]:
    place = m.file + (f"[{m.sheet}]" if m.sheet else "") + (f" {m.where}" if m.places else "")
    many = f"（{m.count:,} 处）" if m.count > 1 else ""
    lines = [f"  {'错误' if m.error else '提醒'} {m.code} {place}{many}：{m.found}"]
    if m.field:
        lines.append(f"      栏目：{m.field}" + (f"，写的是 {m.written}" if m.values else ""))
    if m.allowed:
        lines.append(f"      允许：{m.allowed}")
    if m.mend:
        lines.append(f"      改法：{m.mend}")
    return lines


# ---------------------------------------------------------------- files


COLUMNS = (
    "文件", "工作表", "位置", "处数", "栏目", "写的是", "代码", "规则", "问题", "允许", "改法",
    "轻重",
)


def rows(outcome: Outcome) -> list[tuple[Any, ...]]:
    """One row per group of equal mistakes, under COLUMNS."""
    return [
        (m.file, m.sheet or "", m.where, m.count, m.field, m.written, m.code, m.rule, m.found,
         m.allowed, m.mend, "错误" if m.error else "提醒")
        for m in mistakes(outcome)
    ]


def as_csv(outcome: Outcome) -> str:
    with io.StringIO() as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows([[harmless(cell) for cell in row] for row in rows(outcome)])
        return out.getvalue()


def _cell(value: Any) -> str:
    """A text as it is read in a Markdown table, whatever is in it."""
    text = str(value).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    text = re.sub(r"([|`*_\[\]~$])", r"\\\1", text)
    return " ".join(text.split())


def markdown(outcome: Outcome) -> str:
    lines = ["# 收件核对结果", "", summary(outcome), ""]
    for file in outcome.files:
        lines += [f"## {_cell(masked(file.read.path.name))}", ""]
        lines += [f"- {_cell(sheet_line(s))}" for s in file.sheets]
        lines += [f"- {_cell(line)}" for line in taken_lines(outcome, file)] + [""]
        found = file_mistakes(file)
        if found:
            lines += _table(found)
    if outcome.problems:
        lines += ["## 整个数据集", "", *_table(tuple(_grouped(outcome.problems, None)))]
    if outcome.questions:
        lines += ["## 要回答的问题", ""]
        for number, question in enumerate(outcome.questions, 1):
            first, *rest = question_lines(question)
            lines += [f"{number}. {_cell(first)}"] + [f"   - {_cell(line)}" for line in rest]
        lines.append("")
    return "\n".join(lines)


def _table(found: Sequence[Mistake]) -> list[str]:
    head = ("工作表", "位置", "处数", "栏目", "写的是", "问题", "允许", "改法", "规则")
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for m in found:
        cells = (m.sheet or "", m.where, m.count, m.field, m.written,
                 ("" if m.error else "（提醒）") + m.found, m.allowed, m.mend, f"{m.code} {m.rule}")
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return [*lines, ""]


def document(outcome: Outcome) -> dict[str, Any]:
    """For a machine; the same content."""
    return {
        "dry_run": outcome.dry,
        "clean": outcome.clean,
        "totals": totals(outcome),
        "files": [
            {
                "file": masked(f.read.path.name),
                "sha256": f.read.sha256,
                "receipt": f.receipt.number if f.receipt and not outcome.dry else None,
                "sheets": [
                    {
                        "sheet": masked(s.sheet.sheet) if s.sheet.sheet else None,
                        "table": s.sheet.dataset.table if s.sheet.dataset else None,
                        "read": s.read, "accepted": s.accepted, "rejected": len(s.rejected),
                        "totals": s.totals, "known": s.known, "outdated": s.outdated,
                    }
                    for s in f.sheets
                ],
                "taken": [
                    {"table": t.table, "unit": t.unit, "date": t.day.isoformat(),
                     "version": t.version, "kind": t.kind.value, "rows": t.rows}
                    for t in f.taken
                ],
                "problems": [_problem(m) for m in file_mistakes(f)],
            }
            for f in outcome.files
        ],
        "problems": [_problem(m) for m in _grouped(outcome.problems, None)],
        "questions": [
            {"key": q.key, "place": masked(q.problem.place), "question": masked(q.problem.found),
             "choices": dict(q.choices)}
            for q in outcome.questions
        ],
    }


def _problem(m: Mistake) -> dict[str, Any]:
    return {
        "sheet": m.sheet, "places": list(m.places), "count": m.count, "field": m.field,
        "values": list(m.values[:VALUES_SHOWN]), "code": m.code, "rule": m.rule,
        "found": m.found, "allowed": m.allowed, "mend": m.mend,
        "severity": "error" if m.error else "warning",
    }


def as_json(outcome: Outcome) -> str:
    return json.dumps(document(outcome), ensure_ascii=False, indent=1) + "\n"


FORMS = {".md": (markdown, "utf-8"), ".csv": (as_csv, "utf-8-sig"), ".json": (as_json, "utf-8")}
"""suffix: how the report is written, and in which encoding"""

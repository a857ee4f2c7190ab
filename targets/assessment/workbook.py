"""Findings as a workbook for the meeting: the table, the reckoning, and the rows behind it."""

from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from .disclosure import INTERNAL
from .listing import Listing, record_id
from .score_tables import SCORE_COLUMNS, SPLIT_COLUMNS, SUM, TOTAL, score_rows, split_rows
from .tables import COLUMNS, LEVEL_WORDS, RULE_COLUMNS, rows, rule_rows

# text is never taken for a formula or a link
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False}
LAST_ROW = 1_048_575
"""the last row of a sheet, from 0"""
ROWS_SHEET = "明细"


class _Sheet:
    """A sheet filled from the top, its first row the headings."""

    def __init__(self, book: xlsxwriter.Workbook, formats: dict, name: str, titles):
        self.sheet = book.add_worksheet(name)
        self.formats = formats
        self.row = 0
        for i, title in enumerate(titles):
            self.sheet.write_string(0, i, title, formats["head"])

    def add(self, values: Iterable[object]) -> int:
        """Write the next row; returns its number, from 0."""
        self.row += 1
        for i, value in enumerate(values):
            self.write(self.row, i, value)
        return self.row

    def write(self, row: int, i: int, value: object) -> None:
        if value is None:
            return
        if isinstance(value, str):
            self.sheet.write_string(row, i, value)
        elif isinstance(value, int):
            self.sheet.write_number(row, i, value)
        elif hasattr(value, "isoformat"):
            self.sheet.write_datetime(row, i, value, self.formats["day"])
        else:
            self.sheet.write_number(row, i, float(value), self.formats["number"])


def _formats(book: xlsxwriter.Workbook) -> dict:
    return {
        "head": book.add_format(
            {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True}
        ),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "number": book.add_format({"num_format": "#,##0.00"}),
        "bold": book.add_format({"bold": True}),
        "link": book.add_format({"font_color": "#0B5394", "underline": 1}),
    }


def write_findings(
    assessment, findings, path: Path, rule_findings=(), listing: Listing | None = None,
    splits=(), scores=(),
) -> None:
    """Write 判定 and 规则 (a row a finding), 推算过程 (a row a step), 说明, and what else there is:
    目标分解 (a row a unit's share), 考核 (a row an item, and one a total), and 明细 if asked for.

    Findings whose rows are listed link to the first of them.
    """
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        formats = _formats(book)
        judged = _table(book, formats, "判定", COLUMNS, rows(assessment, findings))
        held = None
        if rule_findings:
            held = _table(
                book, formats, "规则", RULE_COLUMNS, rule_rows(assessment, rule_findings)
            )
        if splits:
            found = split_rows(assessment, splits)
            _table(book, formats, "目标分解", SPLIT_COLUMNS, found, ("unit", SUM))
        if scores:
            found = score_rows(assessment, scores)
            _table(book, formats, "考核", SCORE_COLUMNS, found, ("item", TOTAL))
        _steps(book, formats, [
            (f, [(s.what, s.detail) for s in f.trace.steps])
            for f in (*findings, *rule_findings)
        ])
        _about(book, formats, assessment, [*findings, *rule_findings])
        if listing is not None:
            first = _rows(book, formats, listing)
            for sheet, shown in ((judged, findings), (held, rule_findings)):
                for r, finding in enumerate(shown, start=1):
                    if id(finding) in first:
                        sheet.write_url(
                            r, 0, f"internal:'{ROWS_SHEET}'!A{first[id(finding)] + 1}",
                            formats["link"], record_id(finding), "看这一项依据的各行",
                        )


def write_trace(assessment, reckoning, listing: Listing, path: Path) -> None:
    """Write 推算过程 and 明细 of single findings; reckoning: (finding, [(step, detail)])."""
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        formats = _formats(book)
        _steps(book, formats, reckoning)
        _rows(book, formats, listing)
        _about(book, formats, assessment, [finding for finding, _ in reckoning])


def _table(book, formats, name: str, columns, found: list[dict], bold=("", None)):
    """A sheet of rows under headings; rows whose `bold[0]` is `bold[1]` stand out."""
    table = _Sheet(book, formats, name, [c.title for c in columns])
    for row in found:
        at = table.add(row[column.name] for column in columns)
        if bold[0] and row[bold[0]] == bold[1]:
            table.sheet.set_row(at, None, formats["bold"])
    table.sheet.freeze_panes(1, 2)
    table.sheet.autofilter(0, 0, max(1, len(found)), len(columns) - 1)
    table.sheet.autofit(max_width=300)
    return table.sheet


def _steps(book, formats, reckoning) -> None:
    titles = ("编号", "层级", "判定对象", "判定", "步骤", "数字", "数据文件")
    steps = _Sheet(book, formats, "推算过程", titles)
    for finding, lines in reckoning:
        for what, detail in lines:
            steps.add((
                record_id(finding), LEVEL_WORDS[finding.subject.level], finding.subject.name,
                finding.status.label, what, detail, "、".join(finding.trace.files),
            ))
    steps.sheet.freeze_panes(1, 0)
    steps.sheet.autofit(max_width=400)


def _rows(book, formats, listing: Listing) -> dict[int, int]:
    """The rows behind findings; returns where each finding's begin: id of the finding -> row."""
    sheet = _Sheet(book, formats, ROWS_SHEET, listing.headings)
    first: dict[int, int] = {}
    left_out = 0
    for listed in listing:
        if sheet.row >= LAST_ROW - 1:
            left_out += 1
            continue
        at = sheet.add(listed.values)
        first.setdefault(id(listed.finding), at)
    if left_out:
        told = f"一张工作表装不下，另有 {left_out:,} 行没有写；要全部的，请用 trace --format csv"
        sheet.add([told])
    sheet.sheet.freeze_panes(1, 2)
    sheet.sheet.autofilter(0, 0, max(1, sheet.row), len(listing.headings) - 1)
    sheet.sheet.set_column(0, len(listing.headings) - 1, 16)
    return first


def _about(book, formats, assessment, findings) -> None:
    catalog = assessment.catalog
    about = book.add_worksheet("说明")
    lines = [
        ("数据", assessment.label or "本行数据"),
        ("用途", INTERNAL),
        ("数据日期", assessment.as_of.isoformat()),
        ("判定项数", str(len(findings))),
        ("定义版本", assessment.version.words),
        ("定义校验值", catalog.meaning[:12]),
    ]
    for record in dict.fromkeys(map(record_id, findings)):
        found = catalog.get(record)
        lines.append((found.name, "；".join(catalog.citation(c) for c in found.clauses)))
    for r, (what, detail) in enumerate(lines):
        about.write_string(r, 0, what, formats["head"])
        about.write_string(r, 1, detail)
    about.autofit(max_width=400)

"""Findings as a workbook for the meeting: the table, and the reckoning behind each status."""

from pathlib import Path

import xlsxwriter

from .disclosure import INTERNAL
from .score_tables import SCORE_COLUMNS, SPLIT_COLUMNS, SUM, TOTAL, score_rows, split_rows
from .tables import COLUMNS, LEVEL_WORDS, rows


def write_findings(assessment, findings, path: Path, splits=(), scores=()) -> None:
    """Write 判定 (a row a finding), 推算过程 (a row a step), 说明; and, where there are any,
    目标分解 (a row a unit's share) and 考核 (a row an item, and one a total)."""
    catalog = assessment.catalog
    # text is never taken for a formula or a link
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True}
        )
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        number = book.add_format({"num_format": "#,##0.00"})
        bold = book.add_format({"bold": True})
        styles = {"head": head, "day": day, "number": number, "bold": bold}
        _sheet(book, "判定", COLUMNS, rows(assessment, findings), styles)
        if splits:
            found = split_rows(assessment, splits)
            _sheet(book, "目标分解", SPLIT_COLUMNS, found, styles, ("unit", SUM))
        if scores:
            found = score_rows(assessment, scores)
            _sheet(book, "考核", SCORE_COLUMNS, found, styles, ("item", TOTAL))

        steps = book.add_worksheet("推算过程")
        titles = ("目标编号", "层级", "判定对象", "判定", "步骤", "数字", "数据文件")
        for i, title in enumerate(titles):
            steps.write_string(0, i, title, head)
        r = 1
        for finding in findings:
            for step in finding.trace.steps:
                cells = (
                    finding.target,
                    LEVEL_WORDS[finding.subject.level],
                    finding.subject.name,
                    finding.status.label,
                    step.what,
                    step.detail,
                    "、".join(finding.trace.files),
                )
                for i, text in enumerate(cells):
                    steps.write_string(r, i, text)
                r += 1
        steps.freeze_panes(1, 0)
        steps.autofit(max_width=400)

        about = book.add_worksheet("说明")
        lines = [
            ("数据", assessment.label or "本行数据"),
            ("用途", INTERNAL),
            ("数据日期", assessment.as_of.isoformat()),
            ("判定项数", str(len(findings))),
            ("定义版本", assessment.catalog.digest()[:12]),
        ]
        for target in dict.fromkeys(f.target for f in findings):
            record = catalog.get(target)
            lines.append((record.name, "；".join(catalog.citation(c) for c in record.clauses)))
        for r, (what, detail) in enumerate(lines):
            about.write_string(r, 0, what, head)
            about.write_string(r, 1, detail)
        about.autofit(max_width=400)


def _sheet(book, name: str, columns, found: list[dict], styles: dict, bold=(None, None)) -> None:
    """A sheet of rows under headings; rows whose `bold[0]` is `bold[1]` stand out."""
    sheet = book.add_worksheet(name)
    for i, column in enumerate(columns):
        sheet.write_string(0, i, column.title, styles["head"])
    for r, row in enumerate(found, start=1):
        if bold[0] and row[bold[0]] == bold[1]:
            sheet.set_row(r, None, styles["bold"])
        for i, column in enumerate(columns):
            value = row[column.name]
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(r, i, value)
            elif isinstance(value, float):
                sheet.write_number(r, i, value, styles["number"])
            elif hasattr(value, "isoformat"):
                sheet.write_datetime(r, i, value, styles["day"])
            else:
                sheet.write_number(r, i, value)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, len(found)), len(columns) - 1)
    sheet.autofit(max_width=300)

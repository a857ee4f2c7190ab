"""What assess says besides findings: allocations and scores, on the screen and as CSV."""

import io
import sys
from dataclasses import replace

from .common import write_csv, write_text


def narrow(assessment, targets, levels, units):
    """The assessment with those allocations and scores only that are asked for.

    An allocation is kept whole when it holds a unit that is asked for. A card names no target, so
    asking for a target asks for no card.
    """
    splits = tuple(
        s
        for s in assessment.splits
        if (not targets or s.allocation.target in targets)
        and (not levels or any(p.unit.level in levels for p in s.parts))
        and (not units or any(p.unit.code in units for p in s.parts))
    )
    scores = tuple(
        s
        for s in assessment.scores
        if not targets
        and (not levels or s.subject.level in levels)
        and (not units or s.subject.unit_code in units)
    )
    return replace(assessment, splits=splits, scores=scores)


def _splits_csv(assessment, output) -> None:
    from targets.assessment.score_tables import SPLIT_COLUMNS, split_rows

    write_csv(SPLIT_COLUMNS, split_rows(assessment, assessment.splits), output)


def _scores_csv(assessment, output) -> None:
    from targets.assessment.score_tables import SCORE_COLUMNS, score_rows

    write_csv(SCORE_COLUMNS, score_rows(assessment, assessment.scores), output)


def _printed(output, tables) -> None:
    """Tables to the screen, or as text to a file."""
    from rich.console import Console

    with io.StringIO() as text:
        screen = output is None and sys.stdout.isatty()
        console = Console(file=None if screen else text, width=None if screen else 150)
        for table in tables:
            console.print(table)
        if not screen:
            write_text(text.getvalue(), output)


def _table(title: str, *headings: str):
    """Headings beginning with > are of figures, to the right; long text is folded, never cut."""
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for heading in headings:
        right = heading.startswith(">")
        table.add_column(
            heading.lstrip(">"), justify="right" if right else "left", overflow="fold"
        )
    return table


def _sample(is_sample: bool) -> str:
    return "（示例）" if is_sample else ""


def _splits_table(assessment, output) -> None:
    from targets.assessment.score_tables import weight_words
    from targets.assessment.scorecard import completion
    from targets.assessment.tables import words
    from targets.wording import rounded, threshold

    catalog = assessment.catalog
    findings = {(f.allocation, f.subject.unit): f for f in assessment.findings if f.allocation}

    def tables():
        if not assessment.splits:
            yield "没有有效的目标分解。"
        for found in assessment.splits:
            allocation = found.allocation
            target = catalog.get(allocation.target)
            metric, single = catalog.get(target.metric), target.parts[0][1]

            def amount(value, metric=metric, single=single) -> str:
                return threshold(metric, value, single)

            said = f"{found.of.name} {amount(found.total)}"
            if found.headroom:
                said += f"，准许加压 {found.headroom}%"
            table = _table(
                f"{allocation.name}{_sample(found.decision.sample)}　{found.decision.number}　"
                f"{said}　{allocation.id}",
                "机构", ">权重", ">份额", ">本期值", ">完成率", ">差距", "判定", "名次",
            )  # fmt: skip
            for part in found.parts:
                finding = findings.get((allocation.id, part.unit.id))
                told = words(catalog, finding) if finding else {}
                done = completion(finding) if finding else None
                table.add_row(
                    part.unit.name,
                    weight_words(catalog, allocation, part.weight),
                    amount(part.share),
                    told.get("value", "—"),
                    "—" if done is None else f"{rounded(done, 2)}%",
                    told.get("gap", "—"),
                    finding.status.label if finding else "—",
                    f"{finding.rank}/{finding.rank_of}" if finding and finding.rank else "—",
                )
            table.add_section()
            table.add_row("合计", "", amount(found.summed))
            yield table
            if found.why_open:
                yield found.why_open

    _printed(output, tables())


def _scores_table(assessment, output) -> None:
    from targets.assessment.score_tables import is_sample
    from targets.assessment.scorecard import total_words
    from targets.assessment.tables import LEVEL_WORDS

    catalog = assessment.catalog

    def tables():
        if not assessment.scores:
            yield "没有考核表。"
        for card_id in dict.fromkeys(s.scorecard for s in assessment.scores):
            card = catalog.get(card_id)
            found = [s for s in assessment.scores if s.scorecard == card_id]
            clause = "；".join(catalog.citation(c) for c in card.clauses)
            table = _table(
                f"{card.name}{_sample(is_sample(catalog, found[0]))}　{clause}　{card_id}",
                "层级", "机构", ">总分", "名次", "等级", "状态", "还要定什么",
            )  # fmt: skip
            for s in found:
                table.add_row(
                    LEVEL_WORDS[s.subject.level],
                    s.subject.name,
                    total_words(s),
                    f"{s.rank}/{s.rank_of}" if s.rank else "—",
                    s.grade or "—",
                    s.status.label,
                    "；".join(s.missing) or "—",
                )
            yield table

    _printed(output, tables())


TABLES = ("allocations", "scores")
FORMS = {
    ("allocations", "csv"): _splits_csv,
    ("allocations", "table"): _splits_table,
    ("scores", "csv"): _scores_csv,
    ("scores", "table"): _scores_table,
}

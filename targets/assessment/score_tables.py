"""Allocations and scores as rows, for the terminal, CSV, workbooks and JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from targets.schema.sharing import ByMetric
from targets.wording import decimal_text, figure, split_by, unit_label

from .allocation import Part, Split
from .findings import Finding, plain
from .scorecard import ItemScore, Score, completion
from .tables import LEVEL_WORDS


@dataclass(frozen=True)
class RowColumn:
    """A column of rows that are dictionaries: its key and its Chinese heading."""

    name: str
    title: str


def _columns(**titles: str) -> tuple[RowColumn, ...]:
    return tuple(RowColumn(name, title) for name, title in titles.items())


SPLIT_COLUMNS = _columns(
    target="目标编号", target_name="目标", allocation="目标分解", decision="依据", sample="示例",
    of="分自", level="层级", unit_code="机构代码", unit="机构", weight="权重",
    quota="按权重应分", share="份额", measure_unit="单位", value="本期值", completion="完成率%",
    gap="差距", lead="超序时(百分点)", required_per_month="今后每月需", status="判定",
    provisional="暂按现行口径", rank="完成率名次", rank_of="家数", note="说明",
)  # fmt: skip
SCORE_COLUMNS = _columns(
    scorecard="考核表编号", scorecard_name="考核表", document="文件", sample="示例",
    level="层级", unit_code="机构代码", unit="机构", data_date="数据日期", item="项目",
    weight="权重", rule="计分办法", figure="计分的数", points="得分", low="最低", high="最高",
    rank="名次", rank_of="家数", grade="等级", status="状态", note="说明",
)  # fmt: skip
TOTAL = "总分"
SUM = "合计"


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def split_rows(assessment, splits: Iterable[Split]) -> list[dict]:
    """A row for every unit's share, and one for what they add up to beside the total."""
    by_key = {(f.allocation, f.subject.unit): f for f in assessment.findings if f.allocation}
    out = []
    for found in splits:
        out += [
            _split_row(assessment, found, p, by_key.get((found.allocation.id, p.unit.id)))
            for p in found.parts
        ]
        out.append(_sum_row(assessment, found))
    return out


def _split_head(assessment, found: Split) -> dict:
    catalog = assessment.catalog
    target = catalog.get(found.allocation.target)
    part = target.parts[0][1]
    return dict.fromkeys(c.name for c in SPLIT_COLUMNS) | {
        "target": target.id,
        "target_name": target.name,
        "allocation": found.allocation.name,
        "decision": found.decision.number,
        "sample": "示例" if found.decision.sample else None,
        "of": found.of.name,
        "measure_unit": unit_label(catalog.get(target.metric), part.quantity),
    }


def _split_row(assessment, found: Split, part: Part, finding: Finding | None) -> dict:
    row = _split_head(assessment, found) | {
        "level": LEVEL_WORDS[part.unit.level.value],
        "unit_code": part.unit.code,
        "unit": part.unit.name,
        "weight": _number(part.weight),
        "quota": _number(part.quota),
        "share": _number(part.share),
        "note": found.why_open,
    }
    if finding is None:
        return row
    pace = finding.pace
    return row | {
        "value": _number(finding.value),
        "completion": _number(completion(finding)),
        "gap": _number(finding.gap),
        "lead": _number(pace.lead) if pace else None,
        "required_per_month": _number(pace.required_per_month) if pace else None,
        "status": finding.status.label,
        "provisional": finding.provisional.label if finding.provisional else None,
        "rank": finding.rank,
        "rank_of": finding.rank_of,
        "note": "；".join(finding.reasons) or None,
    }


def _sum_row(assessment, found: Split) -> dict:
    by = found.allocation.by
    how = split_by(by, lambda i: assessment.catalog.get(i).name) if by else "按决定列出的数"
    said = f"{how}分；总数 {decimal_text(found.total, 6)}" if found.total is not None else how
    if found.headroom:
        said += f"，准许加压 {decimal_text(found.headroom, 2)}%"
    return _split_head(assessment, found) | {
        "unit": SUM,
        "share": _number(found.summed),
        "note": said,
    }


def score_rows(assessment, scores: Iterable[Score]) -> list[dict]:
    """A row for every item of a unit's card, and one for its total."""
    out = []
    for score in scores:
        head = _score_head(assessment, score)
        out += [head | _item_row(assessment, item) for item in score.items]
        out.append(head | _total_row(score))
    return out


def _score_head(assessment, score: Score) -> dict:
    catalog = assessment.catalog
    card = catalog.get(score.scorecard)
    document = catalog.document_of(card)
    return dict.fromkeys(c.name for c in SCORE_COLUMNS) | {
        "scorecard": card.id,
        "scorecard_name": card.name,
        "document": document.short_name if document else None,
        "sample": "示例" if is_sample(catalog, score) else None,
        "level": LEVEL_WORDS[score.subject.level],
        "unit_code": score.subject.unit_code,
        "unit": score.subject.name,
        "data_date": score.data_date,
    }


def is_sample(catalog, score: Score) -> bool:
    """Whether a score rests on an invented decision."""
    return any(catalog.get(d).sample for d in score.trace.decisions)


def _item_row(assessment, item: ItemScore) -> dict:
    return {
        "item": assessment.catalog.get(item.metric).name,
        "weight": _number(item.weight),
        "rule": item.rule,
        "figure": item.said or None,
        "points": _number(item.points),
        "low": _number(item.low),
        "high": _number(item.high),
        "note": "；".join(item.reasons) or None,
    }


def _total_row(score: Score) -> dict:
    notes = [f"还要定：{'；'.join(score.missing)}"] if score.missing else []
    if score.provisional is not None:
        notes.append(f"暂按现行口径得 {decimal_text(score.provisional, 2)} 分")
    return {
        "item": TOTAL,
        "weight": _number(score.full),
        "points": _number(score.total),
        "low": _number(score.low),
        "high": _number(score.high),
        "rank": score.rank,
        "rank_of": score.rank_of,
        "grade": score.grade,
        "status": score.status.label,
        "note": "；".join(notes) or None,
    }


def weight_words(catalog, allocation, weight: Fraction | None) -> str:
    """A weight as people read it: with its unit where it is a metric's."""
    if weight is None:
        return "—"
    if isinstance(allocation.by, ByMetric):
        return figure(catalog.get(allocation.by.metric), weight, 2, fixed=True)
    return decimal_text(weight, 4)


def split_document(assessment) -> list[dict]:
    """Allocations as JSON-ready data, exact numbers as strings."""
    return [
        {
            "allocation": s.allocation.id,
            "target": s.allocation.target,
            "decision": s.decision.id,
            "sample": s.decision.sample,
            "of": s.of.code,
            "above": s.above,
            "total": plain(s.total),
            "headroom": plain(s.headroom),
            "summed": plain(s.summed),
            "why_open": s.why_open,
            "parts": [
                {
                    "unit": p.unit.code,
                    "name": p.unit.name,
                    "weight": plain(p.weight),
                    "quota": plain(p.quota),
                    "share": plain(p.share),
                }
                for p in s.parts
            ],
        }
        for s in assessment.splits
    ]


def score_document(assessment) -> list[dict]:
    """Scores as JSON-ready data, exact numbers as strings, traces included."""
    return [
        {
            **plain(score),
            "status_label": score.status.label,
            "name": assessment.catalog.get(score.scorecard).name,
            "sample": is_sample(assessment.catalog, score),
        }
        for score in assessment.scores
    ]


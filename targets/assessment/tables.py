"""Findings as rows: one list of columns serves the terminal, CSV, workbooks and pandas."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from targets.catalog import Catalog
from targets.schema.criteria import Single
from targets.schema.organisation import UnitLevel
from targets.wording import figure, rounded, rule_kind, threshold, unit_label

from .findings import WITHHELD, Finding, plain
from .readings import SITE_LEVEL
from .trends import trend_word

LEVEL_WORDS = {**{level.value: level.label for level in UnitLevel}, SITE_LEVEL: "共建主体"}


@dataclass(frozen=True)
class TableColumn:
    """A column of the table of findings: its code, its Chinese heading and how to get it."""

    name: str
    title: str
    get: Callable[[Catalog, Finding], object]


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _pace(attribute: str):
    return lambda _, f: _number(getattr(f.pace, attribute)) if f.pace else None


def _change(name: str):
    return lambda _, f: _number(getattr(f, name).change) if getattr(f, name) else None


def single(catalog: Catalog, finding: Finding) -> Single:
    """The criterion that a finding's value answers; the first part of several."""
    return catalog.get(finding.target).parts[0][1]


def _unit(catalog: Catalog, f: Finding) -> str | None:
    quantity = single(catalog, f).quantity
    return unit_label(catalog.get(f.metric), quantity) if f.metric else None


def _said(catalog: Catalog, f: Finding) -> str | None:
    # a hyphen in front would pass for a formula
    if f.value is None and not f.withheld:
        return None
    return said_value(catalog, f).replace("-", "−")


VERSION = TableColumn("version", "定义版本", lambda c, _: c.version.words)

COLUMNS: tuple[TableColumn, ...] = (
    TableColumn("target", "目标编号", lambda _, f: f.target),
    TableColumn("target_name", "目标", lambda c, f: c.get(f.target).name),
    TableColumn("document", "文件", lambda c, f: c.document_of(c.get(f.target)).short_name),
    TableColumn("clause", "条款", lambda c, f: "；".join(c.citation(x) for x in f.trace.clauses)),
    TableColumn("level", "层级", lambda _, f: LEVEL_WORDS[f.subject.level]),
    TableColumn("unit_code", "机构代码", lambda _, f: f.subject.unit_code),
    TableColumn("site", "共建主体编号", lambda _, f: f.subject.site),
    TableColumn("subject", "判定对象", lambda _, f: f.subject.name),
    TableColumn("data_date", "数据日期", lambda _, f: f.data_date),
    TableColumn("status", "判定", lambda _, f: f.status.label),
    TableColumn(
        "provisional", "暂按现行口径", lambda _, f: f.provisional.label if f.provisional else None
    ),
    TableColumn("value", "本期值", lambda _, f: _number(f.value)),
    TableColumn("said", "本期值（舍入后）", lambda c, f: _said(c, f)),
    TableColumn("threshold", "目标值", lambda _, f: _number(f.threshold)),
    TableColumn("gap", "差距", lambda _, f: _number(f.gap)),
    TableColumn("unit", "单位", _unit),
    TableColumn("numerator", "分子", lambda _, f: f.numerator),
    TableColumn("denominator", "分母", lambda _, f: f.denominator),
    TableColumn("to_go", "还差户数", lambda _, f: f.to_go),
    TableColumn("completion", "完成进度%", _pace("completion")),
    TableColumn("elapsed", "时间进度%", _pace("elapsed")),
    TableColumn("lead", "超序时(百分点)", _pace("lead")),
    TableColumn("pace_ratio", "序时完成率%", _pace("ratio")),
    TableColumn("required_per_month", "今后每月需", _pace("required_per_month")),
    TableColumn("required_per_workday", "今后每个工作日需", _pace("required_per_workday")),
    TableColumn("recent_per_month", "至今每月", _pace("recent_per_month")),
    TableColumn("yoy", "同比变动", _change("yoy")),
    TableColumn("mom", "环比变动", _change("mom")),
    TableColumn("ytd", "较年初变动", _change("ytd")),
    TableColumn("trend", "走势", lambda _, f: trend_word(f)),
    TableColumn("rank", "同级名次", lambda _, f: f.rank),
    TableColumn("rank_of", "同级家数", lambda _, f: f.rank_of),
    TableColumn(
        "allocation", "目标分解", lambda c, f: c.get(f.allocation).name if f.allocation else None
    ),
    TableColumn("open_assumptions", "未决事项", lambda _, f: "、".join(f.open_assumptions) or None),
    TableColumn("reasons", "说明", lambda _, f: "；".join(f.reasons) or None),
    VERSION,
)


RULE_COLUMNS: tuple[TableColumn, ...] = (
    TableColumn("rule", "规则编号", lambda _, f: f.rule),
    TableColumn("rule_name", "规则", lambda c, f: c.get(f.rule).name),
    TableColumn("rule_kind", "类别", lambda c, f: rule_kind(c.get(f.rule).body)),
    TableColumn("document", "文件", lambda c, f: c.document_of(c.get(f.rule)).short_name),
    TableColumn("clause", "条款", lambda c, f: "；".join(c.citation(x) for x in f.trace.clauses)),
    TableColumn("level", "层级", lambda _, f: LEVEL_WORDS[f.subject.level]),
    TableColumn("unit_code", "机构代码", lambda _, f: f.subject.unit_code),
    TableColumn("subject", "判定对象", lambda _, f: f.subject.name),
    TableColumn("data_date", "数据日期", lambda _, f: f.data_date),
    TableColumn("status", "判定", lambda _, f: f.status.label),
    TableColumn(
        "provisional", "暂按现行口径", lambda _, f: f.provisional.label if f.provisional else None
    ),
    TableColumn("rows", "检查行数", lambda _, f: f.rows),
    TableColumn("under", "受约束", lambda _, f: f.under),
    TableColumn("breaks", "违反", lambda _, f: f.breaks),
    TableColumn("untold", "说不清", lambda _, f: f.untold),
    TableColumn("on_limit", "恰在界上", lambda _, f: f.on_limit),
    TableColumn("open_assumptions", "未决事项", lambda _, f: "、".join(f.open_assumptions) or None),
    TableColumn("reasons", "说明", lambda _, f: "；".join(f.reasons) or None),
    VERSION,
)


def rule_rows(assessment, findings=None) -> list[dict[str, object]]:
    """One flat dictionary a finding of a rule; counts only, never rows."""
    return [
        {column.name: column.get(assessment.catalog, finding) for column in RULE_COLUMNS}
        for finding in (assessment.rule_findings if findings is None else findings)
    ]


def rows(assessment, findings=None) -> list[dict[str, object]]:
    """One flat dictionary a finding, keyed by column name."""
    catalog = assessment.catalog
    return [
        {column.name: column.get(catalog, finding) for column in COLUMNS}
        for finding in (assessment.findings if findings is None else findings)
    ]


def frame(assessment, chinese: bool = False):
    """Findings as a pandas DataFrame, headings in English or Chinese."""
    import pandas

    table = pandas.DataFrame(rows(assessment), columns=[c.name for c in COLUMNS])
    return table.rename(columns={c.name: c.title for c in COLUMNS}) if chinese else table


def document(assessment) -> dict:
    """The whole assessment as JSON-ready data, traces included; exact numbers as strings."""
    from .score_tables import score_document, split_document

    return {
        "as_of": assessment.as_of.isoformat(),
        "label": assessment.label,
        "definitions": assessment.catalog.digest(),
        "version": {
            "number": assessment.version.number,
            "words": assessment.version.words,
            "digest": assessment.catalog.meaning,
        },
        "findings": [
            {
                **plain(finding),
                "status_label": finding.status.label,
                "provisional_label": finding.provisional.label if finding.provisional else None,
                "target_name": assessment.catalog.get(finding.target).name,
                "citations": [assessment.catalog.citation(c) for c in finding.trace.clauses],
            }
            for finding in assessment.findings
        ],
        "allocations": split_document(assessment),
        "scores": score_document(assessment),
        "rule_findings": [
            {
                **plain(finding),
                "status_label": finding.status.label,
                "provisional_label": finding.provisional.label if finding.provisional else None,
                "rule_name": assessment.catalog.get(finding.rule).name,
                "citations": [assessment.catalog.citation(c) for c in finding.trace.clauses],
            }
            for finding in assessment.rule_findings
        ],
    }


def words(catalog: Catalog, finding: Finding) -> dict[str, str]:
    """Value, threshold and gap as people read them, in the unit of what is judged.

    Findings of a criterion in several parts have no value of their own.
    """
    said = said_value(catalog, finding)
    if finding.metric is None:
        return {"value": said, "threshold": "—", "gap": "—"}
    metric, part = catalog.get(finding.metric), single(catalog, finding)
    digits, of = _digits(part, finding), part.quantity
    return {
        "value": said,
        "threshold": threshold(metric, finding.threshold, part, high=finding.threshold_high),
        "gap": figure(metric, finding.gap, digits, change=True, fixed=True, quantity=of),
    }


def said_value(catalog: Catalog, finding: Finding) -> str:
    """The value as people read it, in the unit of what is judged."""
    if finding.withheld:
        return WITHHELD
    if finding.metric is None:
        return "—"
    part = single(catalog, finding)
    digits, metric = _digits(part, finding), catalog.get(finding.metric)
    return figure(metric, finding.value, digits, fixed=True, quantity=part.quantity)


def _digits(part: Single, finding: Finding) -> int:
    """As many decimals as the criterion is published with; else two, and more where two would
    print a value as its threshold that is not."""
    if part.decimals is not None:
        return part.decimals
    digits = 2
    while finding.gap and digits < 6 and not Fraction(rounded(finding.gap, digits)):
        digits += 1
    return digits

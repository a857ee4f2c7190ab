"""The road from a clause to a judged result, station by station, as tables."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from targets.assessment.findings import Finding
from targets.schema.measures import Metric, RatioMeasure
from targets.schema.targets import PeriodSpan, Target
from targets.wording import figure

from .. import frames
from ..handbook import Handbook

TEST_WORDS = {"at_least": "不低于", "at_most": "不高于", "equal": "等于"}
BINDS_WORDS = {"site": "共建主体", "total": "全行", "group": "指定的一组机构"}


@dataclass(frozen=True)
class Road:
    """One target whose metric is a share of a roster's rows, followed from clause to trace."""

    handbook: Handbook
    target_id: str
    as_of: date | None = None

    def __post_init__(self):
        target = self.handbook.catalog.get(self.target_id)
        if not isinstance(target, Target) or not isinstance(self.metric.measure, RatioMeasure):
            raise ValueError(f"这一课要用一个从名册数出来的比率目标，{self.target_id} 不是")

    # --- the road from the clause

    @property
    def target(self) -> Target:
        """The target as it is in force."""
        return self.assessment.in_force[self.target_id].target

    @cached_property
    def metric(self) -> Metric:
        catalog = self.handbook.catalog
        return catalog.get(catalog.get(self.target_id).parts[0][0])

    @cached_property
    def assessment(self):
        return self.handbook.assess(self.as_of)

    @property
    def day(self) -> date:
        return self.assessment.as_of

    @cached_property
    def table(self) -> str:
        """The name of the roster that the metric is counted on."""
        return self.handbook.catalog.get(self.metric.measure.dataset).table

    @cached_property
    def roster(self):
        """The roster: every data date, every site."""
        return self.handbook.roster(self.table)

    def clause_table(self):
        """What the source says, and how strongly."""
        catalog = self.handbook.catalog
        rows = []
        for place in catalog.get(self.target_id).places:
            clause = catalog.get(place.clause)
            word = place.commitment.label + (f"（原文用“{place.word}”）" if place.word else "")
            rows += [
                ("出处", catalog.citation(clause.id)),
                ("这一条叫什么", clause.name),
                ("讲什么（概述）", clause.summary),
                ("语气", word),
                ("可靠程度", place.basis.label),
            ]
        return _pairs(rows)

    def target_table(self):
        """The target as a record: what is judged, who is bound, by when, and who decided that."""
        force = self.assessment.in_force[self.target_id]
        test = self.target.parts[0][1].test
        words = TEST_WORDS.get(test.kind, test.kind)
        levels = [
            b.level.label if hasattr(b, "level") else BINDS_WORDS[b.to] for b in self.target.binds
        ]
        period = self.target.period
        span = f"{period.start} 至 {period.end}" if isinstance(period, PeriodSpan) else "没有期限"
        rows = [
            ("目标", self.target.name),
            ("判定标准", f"{words} {frames.threshold_words(self.assessment, self.target_id)}"),
            ("范围", self.target.scope.words),
            ("约束到谁", "、".join(levels) or "原文没说"),
            ("期限", span),
        ]
        rows += [
            ("本行决定", f"{d.number} {d.name}" + ("（示例）" if d.sample else ""))
            for d in force.decisions
        ]
        rows += [
            ("已定的事", f"{a.name}：{_answer(a.id, force)}") for a in force.settled_assumptions
        ]
        rows += [("待定的事", f"{a.name}：暂按“{a.interim}”") for a in force.open_assumptions]
        return _pairs(rows)

    def metric_table(self):
        """How the metric is counted."""
        measure, catalog = self.metric.measure, self.handbook.catalog
        dataset = catalog.get(measure.dataset)
        rows = [
            ("指标", self.metric.name),
            ("口径", self.metric.caliber),
            ("数据表", f"{dataset.name}（{dataset.table}），一行是{dataset.grain}"),
            ("分子", _aggregate_words(measure.numerator, dataset)),
            ("分母", _aggregate_words(measure.denominator, dataset)),
        ]
        return _pairs(rows)

    def finding(self, subject_key: str) -> Finding:
        """The finding of a unit (by code) or a site (by code)."""
        return next(
            f for f in self.assessment.of_target(self.target_id) if f.subject.key == subject_key
        )

    def judgement_table(self, finding: Finding):
        """Value, threshold, gap and status of a finding in words."""
        rows = [
            ("判定对象", finding.subject.name),
            ("数据日期", finding.data_date.isoformat()),
            ("本期值", figure(self.metric, finding.value)),
            ("目标值", figure(self.metric, finding.threshold)),
            ("差距", figure(self.metric, finding.gap, change=True)),
            ("判定", frames.said(finding)),
        ]
        rows += [("为什么", reason) for reason in finding.reasons]
        return _pairs(rows)

    def trace_table(self, finding: Finding):
        """Everything a status rests on."""
        catalog, trace = self.handbook.catalog, finding.trace
        rows = [(step.what, step.detail) for step in trace.steps]
        rows += [("数据文件", "、".join(trace.files))]
        rows += [("计入的行数", f"{trace.rows:,}")] if trace.rows is not None else []
        rows += [("没有计入", f"{why}：{n:,} 行") for why, n in trace.excluded]
        rows += [("条款", "；".join(catalog.citation(c) for c in trace.clauses))]
        rows += [("决定", catalog.get(d).number) for d in trace.decisions]
        rows += [("涉及的待定事项", catalog.get(a).name) for a in trace.assumptions]
        return _pairs(rows)


def _aggregate_words(aggregate, dataset) -> str:
    """An aggregate beside the Chinese titles of the columns it reads."""
    which = f"只数 {aggregate.where} 的行" if aggregate.where else "全部的行"
    text = f"{aggregate.measure}，{which}"
    read = [c for c in dataset.columns if c.name in (aggregate.where or "") + aggregate.measure]
    return text + "".join(f"（{c.name} 是{c.title}）" for c in read)


def _answer(assumption: str, force) -> str:
    """What a decision answered to an open question."""
    return next(
        (
            change.answer
            for decision in force.decisions
            for change in decision.changes
            if change.kind == "settle" and change.assumption == assumption
        ),
        "",
    )


def _pairs(rows: list[tuple[str, str]]):
    import pandas

    return pandas.DataFrame(rows, columns=["项目", "内容"])

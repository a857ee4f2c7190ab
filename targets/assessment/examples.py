"""Worked examples of criteria: a few figures, a criterion, and what comes out of the ordinary road.

An example is judged by `assess` like any branch's data; the result that its author reckoned by hand
stands beside it, so that a test can hold one against the other.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic import Field, TypeAdapter

from targets import wording
from targets.catalog import Catalog
from targets.catalog.yaml_text import parse
from targets.problems import Problems
from targets.schema.base import Day, Model, Number, Text
from targets.schema.criteria import AllOf, Criterion
from targets.schema.measures import ActorPeriod, Dataset, Direction, MeasureUnit, Metric, Money
from targets.schema.organisation import PeerSet, Unit
from targets.schema.targets import Period, Target

from .findings import Finding, plain

BANK = "0000"
VISITS, ROSTER = "example.dataset.visits", "example.dataset.roster"


class Measure(Model):
    """A metric in short: its figures are given, or it is counted from visits."""

    name: Text = Field(description="指标名称")
    unit: MeasureUnit = Field(description="单位")
    direction: Direction = Field(Direction.UP, description="高低取向")
    period: ActorPeriod | None = Field(None, description="频次按何时期数；由走访记录数出")


class Example(Model):
    """Figures, a criterion, the reckoning by hand and its result."""

    key: Text = Field(description="简称")
    title: Text = Field(description="说明什么")
    metrics: dict[str, Measure] = Field(description="指标；第一个是所判的，其余供比较")
    figures: dict[str, dict[Day, Number]] = Field(
        default_factory=dict, description="指标 → 日期 → 数，单位同指标"
    )
    peers: dict[Text, dict[Day, Number]] = Field(
        default_factory=dict, description="同业 → 日期 → 数"
    )
    peer_count: int | None = Field(None, description="连本行在内应有几家")
    visits: dict[Text, dict[Day, int]] = Field(
        default_factory=dict, description="人 → 日期 → 次数"
    )
    roster: dict[Text, tuple[tuple[Day, Day], ...]] = Field(
        default_factory=dict, description="人 → 各段在岗的起止日"
    )
    day: Day | None = Field(None, description="数据日期；不写就是最后一天")
    criterion: Criterion = Field(description="判定标准")
    period: Period = Field(
        TypeAdapter(Period).validate_python({"kind": "unstated"}), description="期限"
    )
    working: Text = Field(description="手算")
    result: dict[str, Number | Text | None] = Field(description="手算的结果：判定、读数、差距等")

    # --- the ordinary road

    def catalog(self) -> Catalog:
        """A bank of one unit with these metrics and this one target."""
        place = [{"clause": "example.clause.1"}]
        main = next(iter(self.metrics))
        records = [
            Unit(id="example.unit.bank", name="全行", code=BANK, level="bank"),
            *(self._metric(code, m, place) for code, m in self.metrics.items()),
            *_datasets(),
            PeerSet.model_validate({
                "id": "example.peer_set.peers", "name": "对标同业", "places": place,
                "summary": "例中的同业。", "membership": "not_listed",
                "stated_count": self.peer_count,
            }),
            Target.model_validate({
                "id": "example.target.t", "name": self.title,
                "metric": None if isinstance(self.criterion, AllOf) else f"example.metric.{main}",
                "criterion": self.criterion, "scope": {"words": "例"},
                "binds": [{"to": "total"}], "period": self.period,
                "places": [{**place[0], "commitment": "bare"}],
            }),
        ]
        return Catalog({r.id: r for r in records}, {}, Path())

    def _metric(self, code: str, sketch: Measure, place) -> Metric:
        counted = sketch.period is not None
        return Metric.model_validate({
            "id": f"example.metric.{code}", "name": sketch.name, "places": place,
            "unit": sketch.unit, "direction": sketch.direction, "caliber": "见例。",
            "measure": {"kind": "aggregate", "dataset": VISITS, "value": {"measure": "sum(times)"}}
            if counted
            else {"kind": "reported", "dataset": "example.dataset.reported", "code": code,
                  "additive": False},
            "grain": (counted and {
                "actor": "who", "date": "on_day", "period": sketch.period,
                "roster": {"dataset": ROSTER, "actor": "who", "since": "since", "until": "until"},
            }) or None,
        })

    def frames(self) -> dict:
        """The figures as tables; money in yuan."""
        main = next(iter(self.metrics))
        reported = [
            (day, BANK, code, self._yuan(code, value))
            for code, by_day in self.figures.items() for day, value in by_day.items()
        ]
        peers = [
            (day, BANK, who, main, self._yuan(main, value))
            for who, by_day in self.peers.items() for day, value in by_day.items()
        ]
        until = self.day or max(
            (day for by_day in self.visits.values() for day in by_day), default=None
        )
        visits = [
            (until, BANK, who, day, n) for who, by_day in self.visits.items()
            for day, n in by_day.items()
        ]
        roster = [
            (until, BANK, who, first, last) for who, spans in self.roster.items()
            for first, last in spans
        ]
        tables = {"reported": reported, "peers": peers, "visits": visits, "roster": roster}
        return {d.table: _frame(d, tables[d.table]) for d in _datasets() if tables[d.table]}

    def _yuan(self, code: str, value: Decimal) -> Decimal:
        unit = self.metrics[code].unit
        return value * unit.unit.yuan if isinstance(unit, Money) else value

    def judge(self) -> Finding:
        # only who judges waits for the engines; the package gives the function, not the module
        from targets.assessment import assess

        (finding,) = assess(self.catalog(), self.frames(), as_of=self.day, today=date.max).findings
        return finding

    # --- in words

    def criterion_words(self) -> list[str]:
        """The criterion as pages say it, a sentence a part."""
        catalog = self.catalog()
        target = catalog.get("example.target.t")
        return [
            wording.criterion_part(
                part, catalog.get(metric), next(iter(getattr(part.test, "values", ())), None),
                lambda i: catalog.get(i).name,
            )
            for metric, part in target.parts
        ]

    def data_words(self) -> list[str]:
        """The figures, a line each."""
        metrics = {m.id.split(".")[-1]: m for m in self.catalog().all(Metric)}
        main = metrics[next(iter(self.metrics))]
        lines = [f"{metrics[c].name}：{_dated(metrics[c], f)}" for c, f in self.figures.items()]
        lines += [f"{who}：{_dated(main, by_day)}" for who, by_day in self.peers.items()]
        for who, spans in self.roster.items():
            lines.append(f"{who}在岗：" + "；".join(f"{a} 至 {b}" for a, b in spans))
        return lines + [f"{who}：{_dated(main, by_day)}" for who, by_day in self.visits.items()]


def _dated(metric: Metric, by_day: Mapping[date, Decimal]) -> str:
    return "；".join(f"{d} {wording.figure(metric, Fraction(v))}" for d, v in by_day.items())


RESULTS: Mapping[str, object] = {
    "判定": lambda f: f.status.label,
    "暂按": lambda f: f.provisional.label if f.provisional else None,
    "读数": lambda f: f.value,
    "比照": lambda f: f.threshold,
    "差距": lambda f: f.gap,
    "时间进度": lambda f: f.pace.elapsed,
    "完成率": lambda f: f.pace.completion,
    "超序时": lambda f: f.pace.lead,
    "序时完成率": lambda f: f.pace.ratio,
    "今后每月需": lambda f: f.pace.required_per_month,
    "至今每月": lambda f: f.pace.recent_per_month,
    "今后每个工作日需": lambda f: f.pace.required_per_workday,
}


def outcome(example: Example, finding: Finding) -> dict[str, str | None]:
    """What the finding says of everything that the example's author reckoned, as text.

    Numbers are rounded to as many decimals as the author wrote.
    """
    said = {}
    for name, expected in example.result.items():
        value = RESULTS[name](finding)
        if isinstance(value, Fraction) and isinstance(expected, Decimal):
            value = wording.rounded(value, max(0, -expected.as_tuple().exponent))
        said[name] = None if value is None else str(plain(value))
    return said


def load_examples(path: Path) -> dict[str, Example]:
    """The examples of a file by key. Raises Problems, or pydantic's errors."""
    parsed = parse(path.read_bytes(), path.name)
    if parsed.problems:
        raise Problems(parsed.problems)
    found = TypeAdapter(tuple[Example, ...]).validate_python(parsed.data)
    return {example.key: example for example in found}


def _column(name: str, kind: str) -> dict:
    return {"name": name, "title": name, "type": kind, "required": True}


def _datasets() -> tuple[Dataset, ...]:
    base = {"period": "day", "unit": "unit_code", "optional": True, "grain": "见例"}
    tables = {
        "reported": ({"code": "text", "value": "decimal"},
                     {"kind": "reported", "code": "code", "value": "value"}),
        "peers": ({"peer": "text", "code": "text", "value": "decimal"},
                  {"kind": "peers", "peer": "peer", "code": "code", "value": "value"}),
        "visits": ({"who": "text", "on_day": "date", "times": "integer"}, {"kind": "rows"}),
        "roster": ({"who": "text", "since": "date", "until": "date"}, {"kind": "rows"}),
    }
    return tuple(
        Dataset.model_validate({
            **base, "id": f"example.dataset.{name}", "name": name, "table": name,
            "content": content, "key": ["day", "unit_code", *list(columns)[:2]],
            "columns": [_column("day", "date"), _column("unit_code", "text"),
                        *(_column(c, kind) for c, kind in columns.items())],
        })
        for name, (columns, content) in tables.items()
    )


def _frame(dataset: Dataset, rows: list[tuple]):
    import pandas

    return pandas.DataFrame(rows, columns=[c.name for c in dataset.columns])

"""A bank small enough to read at a glance, its definitions, findings and a book about it."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest
from sphinx.testing.util import SphinxTestApp

from targets.assessment.findings import Finding, Status, Subject, Trace, TraceStep
from targets.catalog import load
from targets.publish.domain.handbook import Handbook
from targets.publish.results import Results

DEFINITIONS = """
documents:
  - id: demo.document.plan
    name: 示范意见
    short_name: 示范
    completeness: [complete]
    summary: 说明怎样走访商户。

clauses:
  - id: demo.clause.1
    name: 走访
    number: "一、"
    summary: 讲走访。
  - id: demo.clause.1.1
    name: 建档
    number: "(一)"
    parent: demo.clause.1
    summary: 力争建档率达到七成，每季度报告。
  - id: demo.clause.1.2
    name: 会商
    number: "(二)"
    parent: demo.clause.1
    summary: 经常会商。

provisions:
  - id: demo.provision.aim
    name: 服务商户
    places: [{clause: demo.clause.1}]
    category: aim
    order: 1
    summary: 把服务送到商户。
  - id: demo.provision.goal
    name: 建好档
    places: [{clause: demo.clause.1.1}]
    category: goal
    order: 1
    summary: 每户有档。

metrics:
  - id: demo.metric.profiled
    name: 商户建档率
    places: [{clause: demo.clause.1.1}]
    unit: {kind: percent}
    direction: up
    caliber: 建档户数除以名册户数。
    measure: {kind: not_measured, reason: 没有登记数据表}
    assumptions: [demo.assumption.denominator]

targets:
  - id: demo.target.profiled
    name: 商户建档目标
    metric: demo.metric.profiled
    criterion:
      quantity: {kind: level}
      test:
        kind: at_least
        values: [{value: 70}]
    scope: {words: 全部商户}
    binds: [{to: total}]
    period: {kind: unstated}
    places: [{clause: demo.clause.1.1, commitment: strive, word: 力争}]
    assumptions: [demo.assumption.denominator]

duties:
  - id: demo.duty.report
    name: 季度报告
    places: [{clause: demo.clause.1.1}]
    action: 把建档情况报给办公室。
    actors: [demo.role.branch]
    recipients: [demo.role.office]
    recurrence: {kind: fixed, every: quarter}
    deadline: {kind: following_day, day: 10, inclusion: included}
    reports_on: previous
    rest_day: stay
  - id: demo.duty.meet
    name: 会商
    places: [{clause: demo.clause.1.2}]
    action: 有事就商量。
    actors: [demo.role.branch]
    recurrence: {kind: vague, word: 经常}
    deadline: {kind: unstated}
    assumptions: [demo.assumption.often]

terms:
  - id: demo.term.file
    name: 建档
    places: [{clause: demo.clause.1.1}]
    meaning: 给每户商户建一份档案。
    explained: false

roles:
  - id: demo.role.branch
    name: 支行
    places: [{clause: demo.clause.1.1}]
    summary: 走访商户。
  - id: demo.role.office
    name: 办公室
    places: [{clause: demo.clause.1.1}]
    summary: 收报告。

assumptions:
  - id: demo.assumption.denominator
    name: 建档率的分母
    question: 除以什么？
    interim: 除以名册户数。
    affects: judgement
    decider: 总行
    places: [{clause: demo.clause.1.1}]
  - id: demo.assumption.often
    name: 经常是多久
    question: 多久一次？
    interim: 不排日期。
    affects: calendar
    decider: 总行
    places: [{clause: demo.clause.1.2}]

units:
  - id: bank.unit.top
    name: 示范银行
    code: "0000"
    level: bank
    operating: false
"""

DECISION = """
decisions:
  - id: bank.decision.raise
    name: 提高建档目标
    number: 示范〔2026〕1号
    decided: 2026-01-05
    effective: 2026-02-01
    signoff:
      drafted: {by: 甲, day: 2026-01-05}
      reviewed: {by: 乙, day: 2026-01-05}
      issued: {by: 丙, day: 2026-01-05}
    decider: 总行
    reason: 去年已经接近。
    changes:
      - {kind: value, target: demo.target.profiled, values: [{from: 2026-02-01, value: 80}]}
"""

CONF = """
project = "示范"
extensions = ["myst_parser", "targets.publish.records"]
# written out, since what extensions add to Sphinx's own default stays for the next app
source_suffix = {".md": "markdown"}
language = "zh_CN"
master_doc = "index"
html_theme = "basic"
exclude_patterns = ["_build", "definitions"]
zx_definitions = "definitions"
zx_data = ""
html_use_index = False
"""

INDEX = """
# 首页

```{toctree}
goals
duties
words
```
"""

GOALS = """
# 目标页

目标是 {zx:target}`demo.target.profiled`，数值 {zx:value}`demo.target.profiled`，
见 {zx:cite}`demo.clause.1.1`。
"""

DUTIES = """
# 义务页

```{zx:list} duty
:document: demo
:filter: recurrence=fixed
```
"""

WORDS = """
# 词语页

```{zx:term} demo.term.file
```
"""


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    folder = tmp_path / "definitions"
    folder.mkdir()
    (folder / "demo.yaml").write_text(DEFINITIONS, encoding="utf-8")
    return folder


@pytest.fixture
def decided(definitions: Path) -> Path:
    """The same definitions with a decision of the bank laid over them."""
    (definitions / "decision.yaml").write_text(DECISION, encoding="utf-8")
    return definitions


def finding(status: Status, value: int | None, provisional: Status | None = None) -> Finding:
    """The bank against the one target."""
    reading = None if value is None else Fraction(value)
    return Finding(
        target="demo.target.profiled",
        metric="demo.metric.profiled",
        subject=Subject("bank", "bank.unit.top", "0000", "示范银行"),
        data_date=date(2026, 6, 30),
        status=status,
        provisional=provisional,
        value=reading,
        numerator=value,
        denominator=100,
        threshold=Fraction(70),
        threshold_high=None,
        gap=None if reading is None else reading - 70,
        to_go=None,
        pace=None,
        yoy=None,
        mom=None,
        ytd=None,
        rank=None,
        rank_of=None,
        reasons=("建档率的分母还没有定。",),
        open_assumptions=("demo.assumption.denominator",) if provisional else (),
        trace=Trace(
            table="名册",
            files=(),
            rows=100,
            excluded=(("重复", 2),),
            steps=(TraceStep("读数", f"{value} ÷ 100"),),
            clauses=("demo.clause.1.1",),
            decisions=(),
            assumptions=("demo.assumption.denominator",),
        ),
    )


def handbook(folder: Path, *findings: Finding, as_of: date = date(2026, 6, 30)) -> Handbook:
    results = Results(as_of, "示例数据", findings) if findings else Results()
    return Handbook(load(folder), results, as_of=as_of, source="definitions/")


class Book:
    """A book of three chapters that can be built again and again."""

    def __init__(self, root: Path):
        self.root = root
        self.write("conf.py", CONF)
        self.write("index.md", INDEX)
        self.write("goals.md", GOALS)
        self.write("duties.md", DUTIES)
        self.write("words.md", WORDS)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(dedent(text).lstrip(), encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} 里 {old} 不是恰好一处"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def build(self) -> str:
        """Build and return the warnings, place and all."""
        app = SphinxTestApp("html", srcdir=self.root)
        try:
            app.build()
            # an app built earlier in the same process leaves its nodes registered
            return "".join(
                line for line in app.warning.getvalue().splitlines(keepends=True)
                if "is already registered" not in line
            )
        finally:
            app.cleanup()

    def rebuilt(self) -> set[str]:
        """Build and return the names of the pages that were written anew."""
        before = {p: p.stat().st_mtime_ns for p in self.pages()}
        self.build()
        return {
            p.relative_to(self.html).as_posix().removesuffix(".html")
            for p in self.pages()
            if before.get(p) != p.stat().st_mtime_ns
        }

    @property
    def html(self) -> Path:
        return self.root / "_build" / "html"

    def pages(self) -> list[Path]:
        return [p for p in self.html.rglob("*.html") if p.name not in ("search.html",)]

    def page(self, name: str) -> str:
        return (self.html / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture
def book(definitions: Path) -> Book:
    return Book(definitions.parent)

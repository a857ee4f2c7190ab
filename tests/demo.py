"""A small bank of its own for the tests: definitions written in line, and data beside them.

`BANK` is a folder's worth of flawless definitions. A test adds to it, or writes a file of its own
in which `¦` marks the place that a problem has to name.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

from targets.catalog import Catalog, inspect, load
from targets.problems import Code, Problem, Severity

MARK = "¦"

DOCUMENT = """
documents:
  - id: demo.document.plan
    name: 演示银行年度工作要点
    short_name: 要点
    completeness: [complete]
    summary: 只供测试。
clauses:
  - {id: demo.clause.1, name: 建档, number: 一、, summary: 园区要建档。}
  - {id: demo.clause.1.1, name: 建档率, number: (一), parent: demo.clause.1, summary: 讲建档率。}
"""

BANK = """
assumptions:
  - id: demo.assumption.smallest_published
    name: 少于几人不公布
    question: 少于几人就不公布？
    interim: 一律不公布。
    affects: publication
    decider: 总行
units:
  - {id: demo.unit.bank, name: 演示银行, code: "0000", level: bank}
  - {id: demo.unit.east, name: 东城分行, code: "0100", level: branch, parent: demo.unit.bank}
  - {id: demo.unit.river, name: 河东支行, code: "0101", level: sub_branch, parent: demo.unit.east}
  - {id: demo.unit.hill, name: 山前支行, code: "0102", level: sub_branch, parent: demo.unit.east}
  - {id: demo.unit.west, name: 西城分行, code: "0200", level: branch, parent: demo.unit.bank}
  - {id: demo.unit.lake, name: 湖滨支行, code: "0201", level: sub_branch, parent: demo.unit.west}
datasets:
  - id: demo.dataset.shops
    name: 商户清单
    table: shops
    grain: 一个数据日期的一户商户
    period: day
    unit: unit_code
    key: [day, unit_code, shop]
    optional: true
    columns:
      - {name: day, title: 数据日期, type: date, required: true}
      - {name: unit_code, title: 机构代码, type: text, required: true}
      - {name: shop, title: 商户编号, type: text, required: true, personal: true}
      - {name: profiled, title: 是否建档, type: boolean}
      - {name: trade, title: 行业, type: text}
      - {name: loan, title: 贷款, type: decimal, unit: 元}
      - {name: since, title: 成为客户日期, type: date}
  - id: demo.dataset.reported
    name: 报送表
    table: reported
    grain: 一个数据日期、一家机构的一个指标
    period: day
    unit: unit_code
    key: [day, unit_code, code]
    content: {kind: reported, code: code, value: value}
    optional: true
    columns:
      - {name: day, title: 数据日期, type: date, required: true}
      - {name: unit_code, title: 机构代码, type: text, required: true}
      - {name: code, title: 指标代码, type: text, required: true}
      - {name: value, title: 数值, type: decimal, required: true}
"""

PLAN = """
metrics:
  - id: demo.metric.profiled
    name: 建档率
    places: [{clause: demo.clause.1.1}]
    unit: {kind: percent}
    direction: up
    caliber: 已建档户数除以全部户数。
    measure:
      kind: ratio
      dataset: demo.dataset.shops
      numerator: {where: profiled}
      denominator: {}
targets:
  - id: demo.target.profiled
    name: 建档率
    metric: demo.metric.profiled
    criterion:
      quantity: {kind: level}
      test: {kind: at_least, values: [{value: 70}]}
    scope: {words: 全部商户}
    binds: [{to: total}]
    period: {kind: unstated}
    places: [{clause: demo.clause.1.1, commitment: must}]
"""


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write definition files; text is dedented."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode()
        path.write_bytes(raw)
    return folder


def bank(folder: Path, **more: str | bytes) -> Path:
    """The flawless folder with more files in it, each named by its keyword."""
    files = {"document.yaml": DOCUMENT, "bank.yaml": BANK, "plan.yaml": PLAN}
    return write(folder, files | {f"{name}.yaml": text for name, text in more.items()})


def problems(folder: Path) -> list[Problem]:
    """Everything that checking the folder finds."""
    return list(inspect(folder)[1])


def errors(folder: Path) -> list[Problem]:
    return [p for p in problems(folder) if p.severity is Severity.ERROR]


def unmarked(text: str) -> tuple[str, list[str]]:
    """The text without its marks, and the places `line:column` where they stood."""
    lines, places = [], []
    for number, line in enumerate(dedent(text).lstrip("\n").split("\n"), start=1):
        while MARK in line:
            places.append(f"{number}:{line.index(MARK) + 1}")
            line = line.replace(MARK, "", 1)
        lines.append(line)
    return "\n".join(lines), places


def the_problem(folder: Path, text: str, code: Code, *words: str, beside: bool = True) -> Problem:
    """The one problem in `text`: of this code, at its mark, saying these words.

    beside: the file lies in the flawless folder; otherwise it is alone there.
    """
    clean, places = unmarked(text)
    assert len(places) == 1, "one place has to be marked"
    folder.mkdir(exist_ok=True)
    if beside:
        bank(folder, wrong=clean)
    else:
        write(folder, {"wrong.yaml": clean})
    found = problems(folder)
    told = "\n".join(map(str, found))
    assert [p.code for p in found] == [code], told
    assert found[0].place == f"wrong.yaml:{places[0]}", told
    for word in words:
        assert word in told, f"{word} is not in:\n{told}"
    assert "Input should" not in told, told
    return found[0]


# --- whole catalogues from plain data


def _ready(value):
    if isinstance(value, Mapping):
        return {k: _ready(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_ready(v) for v in value]
    return str(value) if isinstance(value, Decimal | date) else value


def catalogue(folder: Path, **lists) -> Catalog:
    """The small bank's units and tables, and these lists of records. JSON is YAML."""
    content = _ready(lists)
    cited = {"clauses": [{"id": "demo.clause.1.1", "name": "指标", "summary": "讲指标。"}]}
    document = dedent(DOCUMENT).split("clauses:")[0]
    write(folder, {
        "document.yaml": document + "clauses: " + json.dumps(cited["clauses"]),
        "bank.yaml": BANK,
        "rest.yaml": json.dumps(content, ensure_ascii=False),
    })
    return load(folder)


PLACES = [{"clause": "demo.clause.1.1"}]


def metric(slug: str = "m", **over) -> dict:
    """A metric whose figures are reported, in percent unless said otherwise."""
    return {
        "id": f"demo.metric.{slug}",
        "name": f"指标{slug}",
        "places": PLACES,
        "unit": {"kind": "percent"},
        "direction": "up",
        "caliber": "按报送数。",
        "measure": {
            "kind": "reported", "dataset": "demo.dataset.reported", "code": slug,
            "additive": False,
        },
    } | over


def counted(slug: str = "m", **over) -> dict:
    """A metric counted on the shops: those profiled among all."""
    return metric(slug, measure={
        "kind": "ratio", "dataset": "demo.dataset.shops",
        "numerator": {"where": "profiled"}, "denominator": {},
    }) | over


def at_least(value, **over) -> dict:
    return {"kind": "at_least", "values": [{"value": value}]} | over


def target(slug: str = "t", test=None, quantity=None, **over) -> dict:
    """A target on metric `m`, at the bank as a whole, without a deadline."""
    return {
        "id": f"demo.target.{slug}",
        "name": f"目标{slug}",
        "metric": "demo.metric.m",
        "criterion": {
            "quantity": quantity or {"kind": "level"}, "test": test or at_least(70),
        },
        "scope": {"words": "全部"},
        "binds": [{"to": "total"}],
        "period": {"kind": "unstated"},
        "places": [{"clause": "demo.clause.1.1", "commitment": "bare"}],
    } | over


def assumption(slug: str = "a", **over) -> dict:
    return {
        "id": f"demo.assumption.{slug}", "name": f"待定{slug}", "question": "怎样算？",
        "interim": "暂按全部算。", "affects": "judgement", "decider": "总行",
    } | over


def signoff(day: str, *, issued=True) -> dict:
    """Signed by three people on one day; a draft where it is not issued."""
    names = {"drafted": "甲", "reviewed": "乙"} | ({"issued": "丙"} if issued else {})
    return {step: {"by": name, "day": day} for step, name in names.items()}


def decision(slug: str, *changes, effective="2026-01-01", **over) -> dict:
    """An issued decision; `issued=False` makes it a draft."""
    decided = over.pop("decided", effective)
    return {
        "id": f"demo.decision.{slug}", "name": f"决定{slug}", "number": f"演示〔2026〕{slug}号",
        "decided": decided, "effective": effective, "decider": "总行",
        "reason": "供测试。", "signoff": signoff(decided, issued=over.pop("issued", True)),
        "changes": list(changes),
    } | over


def reported(*rows: tuple) -> dict:
    """A frame of reported figures: (day, unit code, code, value)."""
    import pandas

    return {
        "reported": pandas.DataFrame(
            [(date.fromisoformat(str(d)), u, c, Decimal(str(v))) for d, u, c, v in rows],
            columns=["day", "unit_code", "code", "value"],
        )
    }


def shops(*groups: tuple, **columns) -> list[dict]:
    """Rows of shops: (day, unit code, how many profiled, how many in all)."""
    rows = []
    for day, unit, profiled, total in groups:
        for i in range(total):
            rows.append({
                "day": date.fromisoformat(str(day)), "unit_code": unit, "shop": f"{unit}-{i:05d}",
                "profiled": i < profiled, "trade": "零售", "loan": Decimal(0), "since": None,
                **columns,
            })
    return rows


def shop_frame(rows: list[dict]):
    """Shops as an Arrow table of exact types."""
    import pyarrow as pa

    schema = pa.schema([
        ("day", pa.date32()), ("unit_code", pa.string()), ("shop", pa.string()),
        ("profiled", pa.bool_()), ("trade", pa.string()), ("loan", pa.decimal128(18, 2)),
        ("since", pa.date32()),
    ])
    return pa.Table.from_pylist(rows, schema=schema)

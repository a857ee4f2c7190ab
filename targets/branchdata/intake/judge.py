"""Converted rows against the rules that any branch data keep to; each row with all its faults."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from targets.branchdata.columns import identifier, label
from targets.branchdata.rules import Known, Rule, beside, month_ends, row_rules
from targets.branchdata.sources import Source
from targets.problems import Code, Problem, did_you_mean
from targets.schema.measures import Dataset, PeersContent, ReportedContent, value_problem

N = "_n"
SITES = "known_sites"

Sites = Mapping[str, frozenset[str]]
"""code of a jointly built site: the units that it belongs to"""


@dataclass(frozen=True)
class Asked:
    """How the rows of a frame are called and shown."""

    place: Callable[[int, str | None], dict]
    """row of the frame and column of the dataset: fields of a Problem"""
    written: Callable[[int, str], str]
    """what stands in a row's cell, as a person sees it"""


def judge(dataset: Dataset, frame: pa.Table, known: Known, sites: Sites | None, asked: Asked,
          con: duckdb.DuckDBPyConnection) -> tuple[dict[int, list[Problem]], list[Problem]]:
    """Faults by row of the frame, and what is to be said of the whole."""
    relation = identifier(f"raw_{dataset.table}")
    numbered = frame.append_column(N, pa.array(range(frame.num_rows), pa.int64()))
    con.register(f"raw_{dataset.table}", numbered)
    names = [c.name for c in dataset.columns if c.name in frame.column_names]
    described = con.execute(f"DESCRIBE {relation}").fetchall()
    types = {row[0]: row[1] for row in described if row[0] in names}
    source = Source(dataset, "", "frame", relation, columns={n: n for n in names}, types=types,
                    frame=numbered, row=identifier(N))
    rules = row_rules(source, known)
    if dataset.site in names and dataset.unit in names and sites is not None:
        rules += _site_rules(dataset, sites, con)
    faults: dict[int, list[Problem]] = defaultdict(list)
    for row, rule in _broken(source, rules, con):
        faults[row].append(_problem(rule, row, asked))
    for row, problem in _figures(dataset, frame, known, asked):
        faults[row].append(problem)
    if set(dataset.key) <= set(names):
        for row, problem in _twins(dataset, relation, names, asked, con):
            faults[row].append(problem)
    notices = []
    if dataset.period in names:
        dates = con.execute(
            f"SELECT DISTINCT {identifier(dataset.period)} FROM {relation} ORDER BY 1"
        ).fetchall()
        notices = list(month_ends(source, [d for d, in dates if d is not None]))
    con.unregister(f"raw_{dataset.table}")
    return faults, notices


def _broken(source: Source, rules: Sequence[Rule], con):
    """Each row with each rule that it breaks, in one pass."""
    if not rules:
        return
    flags = ", ".join(f"coalesce({rule.broken}, false) AS r{i}" for i, rule in enumerate(rules))
    some = " OR ".join(f"r{i}" for i in range(len(rules)))
    for row, *broken in con.execute(
        f"SELECT * FROM (SELECT n, {flags} FROM {beside(source, numbered=True)}) WHERE {some}"
        " ORDER BY n"
    ).fetchall():
        for rule, flag in zip(rules, broken, strict=True):
            if flag:
                yield row, rule


def _problem(rule: Rule, row: int, asked: Asked) -> Problem:
    column = rule.column
    value = asked.written(row, column.name)
    # What tells one person or household from another never gets into a message.
    said = "（不显示）" if column.personal else value if len(value) <= 40 else value[:40] + "…"
    near = did_you_mean(value, rule.near) if rule.near and value else None
    return Problem(
        rule.code, rule.found.replace("{value}", said), field=label(column), allowed=rule.allowed,
        mend=f"{near or ''}{rule.mend or ''}" or None, **asked.place(row, column.name),
    )


def _site_rules(dataset: Dataset, sites: Sites, con) -> list[Rule]:
    pairs = [(site, unit) for site, units in sites.items() for unit in units or (None,)]
    con.register(SITES, pa.table({
        "site": pa.array([s for s, _ in pairs], pa.string()),
        "unit": pa.array([u for _, u in pairs], pa.string()),
    }))
    site, unit = identifier(dataset.site), identifier(dataset.unit)
    listed = f"{site} IN (SELECT site FROM {SITES})"
    column = dataset.column(dataset.site)
    return [
        Rule(Code.UNKNOWN_SITE, column, f"{site} IS NOT NULL AND NOT {listed}",
             f"「{column.title}」“{{value}}”不在共建主体名单里", "共建主体名单里登记的编号",
             "核对编号；新的共建主体先列入名单", near=tuple(sites)),
        Rule(Code.SITE_OF_OTHER, dataset.column(dataset.unit),
             f"{listed} AND NOT EXISTS (FROM {SITES} AS k WHERE k.site = {site}"
             f" AND k.unit = {unit}) AND {unit} IS NOT NULL",
             "「机构」写的是“{value}”，而名单里这个共建主体归别的机构",
             "共建主体名单里登记的机构", "两处改成一致"),
    ]


def _figures(dataset: Dataset, frame: pa.Table, known: Known, asked: Asked):
    """Reported figures that can't be figures of their metric."""
    content = dataset.content
    if not known.codes or not isinstance(content, ReportedContent | PeersContent) or not (
        {content.code, content.value} <= set(frame.column_names)
    ):
        return
    column = dataset.column(content.value)
    codes, values = frame[content.code].to_pylist(), frame[content.value].to_pylist()
    for row, (code, value) in enumerate(zip(codes, values, strict=True)):
        unit = known.codes.get(code)
        why = value_problem(unit, value) if unit and value is not None else None
        if why:
            yield row, Problem(
                Code.OUT_OF_RANGE, f"指标 {code} 的数值 {why}", field=label(column),
                allowed=f"单位：{unit.label or unit.kind}", mend="核对小数点和单位",
                **asked.place(row, content.value),
            )


def _twins(dataset: Dataset, relation: str, names: Sequence[str], asked: Asked, con):
    """Rows that share a key: of equal ones the first stays, of differing ones none."""
    keys = ", ".join(map(identifier, dataset.key))
    complete = " AND ".join(f"{identifier(k)} IS NOT NULL" for k in dataset.key)
    columns = ", ".join(map(identifier, names))
    rows = con.execute(
        f"SELECT {N}, {keys}, {columns} FROM {relation} JOIN (SELECT {keys} FROM {relation}"
        f" WHERE {complete} GROUP BY ALL HAVING count(*) > 1) USING ({keys}) ORDER BY {N}"
    ).fetchall()
    groups: dict[tuple, list[tuple]] = defaultdict(list)
    for row, *values in rows:
        groups[tuple(values[:len(dataset.key)])].append((row, values))
    shown = [(i, dataset.column(k)) for i, k in enumerate(dataset.key)]
    for key, group in groups.items():
        same = all(values == group[0][1] for _, values in group)
        words = "，".join(f"{c.title} {key[i]}" for i, c in shown if not c.personal)
        for i, (row, _) in enumerate(group):
            if same and i == 0:
                continue
            other = group[1 if i == 0 else 0][0]
            where = Problem(Code.DUPLICATE_ROW, "", **asked.place(other, dataset.key[-1]))
            found = (f"与 {where.place} 完全重复" if same
                     else f"与 {where.place} 的主键相同而内容不同")
            yield row, Problem(
                Code.DUPLICATE_ROW, f"{found}（{words}）",
                field="、".join(c.title for _, c in shown), allowed="这几列合起来每行不同",
                mend="删去这一行；前一行已读入" if same else "两行只留一行，或改正编号",
                **asked.place(row, dataset.key[-1]),
            )

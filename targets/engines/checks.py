"""A table held against the rules of branch data, where its rows are.

The rules, their codes and their words are those of files (`branchdata.rules`); they are counted on
the engine in one pass. Rows of a database have no line numbers: a place is told by the row's key,
columns that tell one person or household from another left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import duckdb
import pyarrow as pa
from sqlglot import exp, parse_one

from targets.branchdata.columns import SQL_TYPES, Typed, identifier, label, literal
from targets.branchdata.rules import (
    PLACES_SHOWN,
    Checked,
    Known,
    Rule,
    figures,
    grouped_sum,
    month_ends,
    more,
    row_rules,
    short,
    site_rules,
)
from targets.branchdata.sources import Source
from targets.problems import Code, Problem, did_you_mean
from targets.schema.measures import Column, Dataset, value_problem

from .warehouse import Stored, Warehouse


@dataclass(frozen=True)
class Mapped:
    """One of our tables, and how it is made from the engine's."""

    dataset: Dataset
    stored: Stored
    origins: dict[str, exp.Expression]
    """our column: what it is read from"""
    source: Source
    casts: dict[str, Typed]

    @cached_property
    def _beside(self) -> exp.Subquery:
        stored = exp.select(
            *(e.as_(f"raw:{name}", quoted=True) for name, e in self.origins.items())
        ).from_(self.stored.relation.copy())
        return exp.select(
            "*", *(parsed(c.value).as_(name, quoted=True) for name, c in self.casts.items())
        ).from_(stored.subquery("stored", copy=False), copy=False).subquery("rows", copy=False)

    def beside(self) -> exp.Subquery:
        """Every column twice: as stored (`raw:name`) and as ours (`name`)."""
        return self._beside.copy()

    def query(self) -> exp.Select:
        """Our columns alone, of exactly their types."""
        return exp.select(*(
            exp.cast(exp.column(n, quoted=True), SQL_TYPES[self.dataset.column(n).type])
            .as_(n, quoted=True) for n in self.casts
        )).from_(self.beside(), copy=False)


def parsed(text: str) -> exp.Expression:
    """SQL that we wrote, as sqlglot sees it."""
    return parse_one(text, dialect="duckdb")


def keep(answer: pa.Table, name: str, local: duckdb.DuckDBPyConnection) -> None:
    """An answer as a local table."""
    local.register("answered", answer)
    try:
        local.execute(
            f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS SELECT * FROM answered"
        )
    finally:
        local.unregister("answered")


def check(
    table: Mapped, known: Known, warehouse: Warehouse, local: duckdb.DuckDBPyConnection,
    sites: Dataset | None,
) -> Checked:
    """Hold one table against every rule; its groups stay in `local` as `groups_<table>`."""
    dataset, look = table.dataset, _Look(table, warehouse)
    rules = row_rules(table.source, known, table.casts)
    groups = f"groups_{dataset.table}"
    keep(warehouse.query(_counts(table, rules)), groups, local)
    keys = _keys(dataset)
    totals = local.execute("SELECT " + ", ".join(
        f"coalesce({total}, 0)::BIGINT" for total in (
            "sum(n)", *(grouped_sum(rule, i, keys) for i, rule in enumerate(rules))
        )
    ) + f" FROM {groups}").fetchall()[0]
    if not totals[0]:
        return Checked(0, (), (Problem(
            Code.EMPTY_DATA, f"“{dataset.name}”没有一行数据", file=table.stored.place,
            mend="核对来源；本期没有这张表，就不要列进来源",
        ),))
    problems = [
        p for rule, count in zip(rules, totals[1:], strict=True) if count
        for p in look.places(rule, count)
    ]
    dates = tuple(row[0] for row in local.execute(
        f"SELECT DISTINCT g_period FROM {groups} WHERE g_period IS NOT NULL ORDER BY 1"
    ).fetchall())
    problems += month_ends(table.source, dates)
    if dataset.site and dataset.site in table.casts and sites not in (None, dataset):
        for rule, count in site_rules(dataset, sites, local):
            problems += look.places(rule, count)
    if all(name in table.casts for name in dataset.key):
        problems += look.duplicates()
    if known.codes and figures(table.source):
        problems += look.reported(known)
    return Checked(totals[0], dates, tuple(problems))


def _keys(dataset: Dataset) -> dict[str, str]:
    columns = {"g_period": dataset.period, "g_unit": dataset.unit, "g_site": dataset.site}
    return {column: name for name, column in columns.items() if column}


def _counts(table: Mapped, rules: Sequence[Rule]) -> exp.Select:
    """Rows and broken rules, per data date, unit and site."""
    keys = {c: g for c, g in _keys(table.dataset).items() if c in table.casts}
    absent = {"g_period": "DATE", "g_unit": "VARCHAR", "g_site": "VARCHAR"}
    return exp.select(
        *(exp.column(c, quoted=True).as_(g) for c, g in keys.items()),
        *(exp.cast(exp.null(), kind).as_(g) for g, kind in absent.items()
          if g not in keys.values()),
        exp.cast(exp.Count(this=exp.Star()), "BIGINT").as_("n"),
        *(_count(rule.broken).as_(f"r{i}") for i, rule in enumerate(rules) if not rule.grouped),
    ).from_(table.beside(), copy=False).group_by(*(exp.column(c, quoted=True) for c in keys))


def _count(condition: str) -> exp.Expression:
    where = exp.Where(this=parsed(condition))
    return exp.cast(exp.Filter(this=exp.Count(this=exp.Star()), expression=where), "BIGINT")


def _text(expression: exp.Expression) -> exp.Expression:
    return exp.cast(expression, "VARCHAR")


@dataclass(frozen=True)
class _Look:
    """A second look at a table, for the rows that break something."""

    table: Mapped
    warehouse: Warehouse

    @property
    def _file(self) -> str:
        return self.table.stored.place

    def _shown_keys(self) -> list[Column]:
        dataset = self.table.dataset
        wanted = dict.fromkeys((dataset.period, dataset.unit, *dataset.key))
        return [
            c for n in wanted if n in self.table.casts and not (c := dataset.column(n)).personal
        ]

    def _rows(self, condition: str, value: exp.Expression, limit: int | None) -> Iterator[tuple]:
        """(words for the row, value) of rows that meet a condition."""
        columns = self._shown_keys()
        keys = [exp.column(c.name, quoted=True) for c in columns]
        found = exp.select(
            value.as_("value"), *(_text(k).as_(f"k{i}") for i, k in enumerate(keys))
        ).from_(self.table.beside(), copy=False).where(parsed(condition)).order_by(
            *(exp.column(f"k{i}") for i in range(len(keys)))
        )
        if limit is not None:
            found = found.limit(limit)
        for row in self.warehouse.query(found).to_pylist():
            yield _words(columns, [row[f"k{i}"] for i in range(len(keys))]), row["value"]

    def places(self, rule: Rule, count: int) -> list[Problem]:
        """The first rows that break a rule, and how many more there are."""
        column, shown = rule.column, 1 if rule.once else PLACES_SHOWN
        raw = _text(exp.column(f"raw:{column.name}", quoted=True))
        problems = []
        for words, value in self._rows(rule.broken, raw, shown):
            said = "（不显示）" if column.personal else short(value)
            near = did_you_mean(value, rule.near) if rule.near and value else None
            where = "" if rule.once else words
            problems.append(Problem(
                rule.code, rule.found.replace("{value}", said) + where, file=self._file,
                field=label(column), allowed=rule.allowed,
                mend=f"{near or ''}{rule.mend or ''}" or None,
            ))
        if count > shown and not rule.once:
            left = count - shown
            problems.append(more(rule.code, self.table.source, f"「{column.title}」", left))
        return problems

    def duplicates(self) -> list[Problem]:
        """Keys that more than one row has."""
        dataset = self.table.dataset
        keys = [exp.column(k, quoted=True) for k in dataset.key]
        twice = exp.select(
            *(_text(k).as_(f"k{i}") for i, k in enumerate(keys)),
            exp.cast(exp.Count(this=exp.Star()), "BIGINT").as_("n"),
        ).from_(self.table.beside(), copy=False).where(
            *(exp.not_(exp.Is(this=k.copy(), expression=exp.null())) for k in keys)
        ).group_by(*(k.copy() for k in keys)).having("COUNT(*) > 1")
        surplus = exp.cast(parsed("COALESCE(SUM(n - 1), 0)"), "BIGINT")
        answer = self.warehouse.query(
            exp.select(surplus.as_("surplus")).from_(twice.subquery("twice"))
        )
        count = answer.to_pylist()[0]["surplus"]
        if not count:
            return []
        listed = self.warehouse.query(
            exp.select("*").from_(twice.subquery("twice")).limit(PLACES_SHOWN).order_by(
                *(exp.column(f"k{i}") for i in range(len(keys)))
            )
        ).to_pylist()
        columns = [dataset.column(k) for k in dataset.key]
        problems = [
            Problem(
                Code.DUPLICATE_ROW,
                f"有 {row['n']} 行的主键相同"
                f"{_words(columns, [row[f'k{i}'] for i in range(len(keys))])}",
                file=self._file, field="、".join(c.title for c in columns),
                allowed="这几列合起来每行不同", mend="只留一行，或改正编号",
            )
            for row in listed
        ]
        left = count - sum(row["n"] - 1 for row in listed)
        if left > 0:
            problems.append(more(Code.DUPLICATE_ROW, self.table.source, "主键", left))
        return problems

    def reported(self, known: Known) -> list[Problem]:
        """Reported figures that can't be figures of their metric."""
        content = figures(self.table.source)
        column = self.table.dataset.column(content.value)
        code, value = (exp.column(n, quoted=True) for n in (content.code, content.value))

        def amount(of: exp.Expression) -> exp.Expression:
            return exp.cast(of, "DECIMAL(18, 2)")

        broken = exp.Where(this=exp.NEQ(this=value.copy(), expression=exp.Floor(this=value.copy())))
        extremes = self.warehouse.query(exp.select(
            code.as_("code"),
            amount(exp.Min(this=value.copy())).as_("low"),
            amount(exp.Max(this=value.copy())).as_("high"),
            amount(exp.Filter(this=exp.Max(this=value.copy()), expression=broken)).as_("part"),
        ).from_(self.table.beside(), copy=False).where(
            exp.not_(exp.Is(this=value.copy(), expression=exp.null()))
        ).group_by(code.copy())).to_pylist()
        problems: list[Problem] = []
        for row in sorted(extremes, key=lambda r: r["code"] or ""):
            unit = known.codes.get(row["code"])
            values = [row[n] for n in ("low", "high", "part") if row[n] is not None]
            if unit is None or not any(value_problem(unit, v) for v in values):
                continue
            name = identifier(content.code)
            condition = f"{name} = {literal(row['code'])} AND {identifier(column.name)} IS NOT NULL"
            wrong = [
                (words, why) for words, v in self._rows(condition, amount(value.copy()), None)
                if (why := value_problem(unit, Decimal(v)))
            ]
            problems += [
                Problem(Code.OUT_OF_RANGE, f"指标 {row['code']} 的数值 {why}{words}",
                        file=self._file, field=label(column),
                        allowed=f"单位：{unit.label or unit.kind}", mend="核对小数点和单位")
                for words, why in wrong[:PLACES_SHOWN]
            ]
            if len(wrong) > PLACES_SHOWN:
                problems.append(more(Code.OUT_OF_RANGE, self.table.source,
                                     f"指标 {row['code']}", len(wrong) - PLACES_SHOWN))
        return problems


def _words(columns: Sequence[Column], values: Sequence[str | None]) -> str:
    shown = "，".join(
        f"{c.title} {short(v)}" for c, v in zip(columns, values, strict=True) if not c.personal
    )
    return f"（{shown}）" if shown else ""

"""What the rows of a table must keep to, and where they don't.

All row rules of a table are counted in one aggregate pass over (data date, unit, site); only a rule
that is broken costs a second look, to find the places.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import duckdb

from targets.problems import Code, Problem, Severity, did_you_mean
from targets.schema.measures import (
    Column,
    ColumnType,
    Dataset,
    MeasureUnit,
    PeersContent,
    ReportedContent,
    value_problem,
)
from targets.schema.organisation import Unit

from . import csvfile
from .columns import ALLOWED, Typed, identifier, label, literal, typed
from .sources import Source

PLACES_SHOWN = 20
WORDS = {
    ColumnType.TEXT: "文字",
    ColumnType.DATE: "日期",
    ColumnType.INTEGER: "整数",
    ColumnType.DECIMAL: "最多两位小数的数",
    ColumnType.BOOLEAN: "是或否",
}
KEYS_AT_ONCE = 8_000_000
KEYS_KEPT = 2 << 30
"""bytes of a CSV file up to which the keys are kept from the one pass that reads it"""


@dataclass(frozen=True)
class Known:
    """What the rows are held against."""

    units: Sequence[Unit]
    today: date | None
    """no date rule looks past it; None where a date in the future is no mistake"""
    codes: Mapping[str, MeasureUnit] = field(default_factory=dict)
    """code of a reported figure: its unit of measure; empty when any code will do"""

    @property
    def unit_codes(self) -> tuple[str, ...]:
        return tuple(u.code for u in self.units)


@dataclass(frozen=True)
class Rule:
    """A row rule: SQL that is true where it is broken, and how to say so."""

    code: Code
    column: Column | None
    broken: str
    found: str
    """with {value} for what is written"""
    allowed: str | None = None
    mend: str | None = None
    near: tuple[str, ...] = ()
    """words among which a mistyped one may be found"""
    once: bool = False
    """the whole column is meant: one place is enough"""
    grouped: bool = False
    """it speaks of a grouping column alone, so that it can be counted on the groups"""


@dataclass(frozen=True)
class Checked:
    """A table after its check."""

    rows: int
    dates: tuple[date, ...]
    problems: tuple[Problem, ...]


def view_sql(source: Source) -> str:
    """The table with the dataset's own names and exact types."""
    return f"CREATE VIEW {identifier(source.dataset.table)} AS {rows_sql(source, source.relation)}"


def rows_sql(source: Source, relation: str) -> str:
    """The rows of the table's relation, or of a part of it, with names and types of our own."""
    columns = ", ".join(
        f"{cast.value} AS {identifier(name)}"
        for name, cast in _casts(source, lambda name: identifier(source.columns[name])).items()
    )
    return f"SELECT {columns} FROM {relation}"


NUMBER, WITHIN = "_n", "_f"
"""columns of `numbered_sql`: a row's number from 1, and its file where there are several"""


def numbered_sql(source: Source, provenance: Iterable[str]) -> str:
    """A view `rows_<table>`: the dataset's columns, each row's number, and where it came from."""
    written = ", ".join(
        f"{cast.value} AS {identifier(name)}"
        for name, cast in _casts(source, lambda name: identifier(source.columns[name])).items()
    )
    kept = "".join(f", {name}" for name in provenance)
    return (
        f"CREATE VIEW {identifier('rows_' + source.dataset.table)} AS SELECT {written},"
        f" {source.row} AS {NUMBER}, {source.row_file} AS {WITHIN}{kept} FROM {source.relation}"
    )


def _raw(name: str) -> str:
    return identifier(f"raw:{name}")


def conversions(source: Source) -> dict[str, Typed]:
    """How each column as written (`raw:name`) becomes the dataset's."""
    return _casts(source, _raw)


def _casts(source: Source, column: Callable[[str], str]) -> dict[str, Typed]:
    return {
        c.name: typed(c, source.types[c.name], column(c.name), written=source.written)
        for c in source.dataset.columns if c.name in source.types
    }


def beside(source: Source, *, relation: str | None = None, numbered: bool = False) -> str:
    """A subquery with every column twice: as written (`raw:name`) and as the dataset's (`name`)."""
    numbers = f"{source.row} AS n, {source.row_file} AS f, " if numbered else ""
    written = ", ".join(f"{identifier(p)} AS {_raw(n)}" for n, p in source.columns.items())
    values = ", ".join(f"{c.value} AS {identifier(n)}" for n, c in conversions(source).items())
    return (
        f"(SELECT *, {values} FROM"
        f" (SELECT {numbers}{written} FROM {relation or source.relation}))"
    )


def row_rules(
    source: Source, known: Known, casts: Mapping[str, Typed] | None = None
) -> list[Rule]:
    """Every rule that a row can break by itself; `casts`: how columns are read (as files are)."""
    dataset = source.dataset
    casts = conversions(source) if casts is None else casts
    grouping = {dataset.period, dataset.unit, dataset.site}
    rules: list[Rule] = []
    for column in dataset.columns:
        if column.name not in casts:
            continue
        cast, value, title = casts[column.name], identifier(column.name), column.title
        if column.required:
            rules.append(Rule(Code.MISSING_VALUE, column, cast.missing, f"「{title}」空着",
                              "每行都要填", "补填这一格，或删去这一行",
                              grouped=column.name in grouping and cast.value == _raw(column.name)))
        if cast.bad != "false":
            rules.append(_type_rule(source, column, cast))
        rules += _range_rules(column, value)
        if column.allowed:
            listed = ", ".join(literal(a) for a in column.allowed)
            rules.append(Rule(Code.OUT_OF_RANGE, column, f"{value} NOT IN ({listed})",
                              f"「{title}」写的是“{{value}}”", "、".join(column.allowed),
                              column.note or "改成其中一个"))
        if column.name == dataset.period and known.today:
            rules.append(Rule(
                Code.FUTURE_DATE, column, f"{value} > DATE '{known.today}'",
                f"「{title}」是 {{value}}，还没有到", f"不晚于 {known.today}", "核对年份和月份",
                grouped=True,
            ))
        if column.not_after_period and dataset.period in casts:
            period = dataset.column(dataset.period)
            rules.append(Rule(
                Code.FUTURE_DATE, column, f"{value} > {identifier(dataset.period)}",
                f"「{title}」是 {{value}}，晚于这一行的{period.title}", f"不晚于{period.title}",
                "核对日期；在数据日期之后才发生的，这一期应当空着",
            ))
    if dataset.unit in casts and known.units:
        listed = ", ".join(literal(c) for c in known.unit_codes)
        column = dataset.column(dataset.unit)
        rules.append(Rule(
            Code.UNKNOWN_UNIT, column, f"{identifier(dataset.unit)} NOT IN ({listed})",
            f"「{column.title}」“{{value}}”不在机构树里", _units(known.units),
            "核对代码，前面的 0 不能丢；新设机构先登记到机构定义里", near=known.unit_codes,
            grouped=True,
        ))
    content = figures(source)
    if known.codes and content:
        listed = ", ".join(literal(c) for c in known.codes)
        column = dataset.column(content.code)
        rules.append(Rule(
            Code.UNKNOWN_CODE, column, f"{identifier(column.name)} NOT IN ({listed})",
            f"没有指标用“{{value}}”这个{column.title}", "、".join(known.codes),
            "核对代码；新指标先登记到指标定义里", near=tuple(known.codes),
        ))
    return rules


def figures(source: Source) -> ReportedContent | PeersContent | None:
    """Where a table carries ready-made figures, if it does and the columns are there."""
    content = source.dataset.content
    if not isinstance(content, ReportedContent | PeersContent):
        return None
    return content if {content.code, content.value} <= source.columns.keys() else None


def _units(units: Sequence[Unit]) -> str:
    shown = "、".join(f"{u.code} {u.name}" for u in units[:8])
    return shown + (f" 等 {len(units)} 家机构" if len(units) > 8 else "")


def _type_rule(source: Source, column: Column, cast: Typed) -> Rule:
    allowed = ALLOWED[column.type]
    if cast.whole:
        stored = source.types[column.name]
        mend = ("转成文字，并补回前面的 0" if column.type is ColumnType.TEXT
                else f"把这一列转成{column.type.label}")
        return Rule(Code.BAD_VALUE, column, f"{cast.bad}",
                    f"「{column.title}」整列存成了 {stored}，不是{column.type.label}",
                    allowed, mend, once=True)
    mend = {
        ColumnType.DATE: "改成日期；没有发生就空着",
        ColumnType.INTEGER: "只留数字",
        ColumnType.DECIMAL: "只留数字" + (f"，换算成{column.unit}" if column.unit else ""),
        ColumnType.BOOLEAN: "填 是 或 否",
        ColumnType.TEXT: "改成文字",
    }[column.type]
    return Rule(Code.BAD_VALUE, column, cast.bad,
                f"「{column.title}」写的是“{{value}}”，不是{WORDS[column.type]}", allowed, mend)


def _range_rules(column: Column, value: str) -> Iterable[Rule]:
    scale = column.unit.yuan if column.unit else 1
    unit = column.unit.label if column.unit else ""
    low, high = column.minimum, column.maximum
    words = "，".join(
        text for text, bound in ((f"最小 {low}{unit}", low), (f"最大 {high}{unit}", high))
        if bound is not None
    )
    for bound, sign, what in ((low, "<", "太小"), (high, ">", "太大")):
        if bound is not None:
            mend = "核对正负号" if sign == "<" else "核对单位和小数点"
            yield Rule(Code.OUT_OF_RANGE, column, f"{value} {sign} {bound * scale}",
                       f"「{column.title}」是 {{value}}，{what}", words, mend)


def check(
    source: Source, known: Known, con: duckdb.DuckDBPyConnection, sites: Dataset | None
) -> Checked:
    """Hold one table against every rule. `sites` is the list of sites once that is checked.

    The table's groups stay in the connection as `groups_<table>`.
    """
    dataset = source.dataset
    rules = row_rules(source, known)
    casts = conversions(source)
    groups = identifier(f"groups_{dataset.table}")
    keys = {"period": dataset.period, "unit": dataset.unit, "site": dataset.site}
    picked = ", ".join(
        (f"{identifier(column)} AS g_{name}" if column in casts
         else f"CAST(NULL AS {'DATE' if name == 'period' else 'VARCHAR'}) AS g_{name}")
        for name, column in keys.items()
    )
    counts = "".join(
        f", count(*) FILTER ({rule.broken}) AS r{i}"
        for i, rule in enumerate(rules) if not rule.grouped
    )
    # Reading a CSV file once more costs more than keeping eight bytes a row.
    keyed = all(name in casts for name in dataset.key)
    kept = keyed and source.form == "csv" and source.paths[0].stat().st_size <= KEYS_KEPT
    hashes = f", list({_hashed(dataset)}) FILTER ({_complete(dataset)}) AS hashes" if kept else ""
    try:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {groups} AS"
            f" SELECT {picked}, count(*) AS n{counts}{hashes}"
            f" FROM {beside(source, relation=source.checked_relation)} GROUP BY ALL"
        )
    except duckdb.Error as error:
        mixed = csvfile.mixed_line_ends(source.paths[0]) if source.form == "csv" else None
        if mixed:
            return Checked(0, (), (mixed,))
        detail = str(error).strip().splitlines()[0]
        return Checked(0, (), (Problem(
            Code.UNREADABLE, f"“{dataset.name}”读到中途出错：{detail}", file=source.file,
            mend="重新导出这个文件",
        ),))
    problems: list[Problem] = []
    if source.form == "csv":
        broken = csvfile.rejected(con)
        problems += csvfile.rejected_problems(source.paths[0], broken, PLACES_SHOWN)
        if not broken.complete:
            return Checked(0, (), tuple(problems))
        if broken.lines:
            source = source.without(broken.lines.keys())
    names = {column: f"g_{name}" for name, column in keys.items() if column}
    summed = [grouped_sum(rule, i, names) for i, rule in enumerate(rules)]
    totals = con.execute(
        f"SELECT {', '.join(f'coalesce({total}, 0)::BIGINT' for total in ['sum(n)', *summed])}"
        f" FROM {groups}"
    ).fetchall()[0]
    rows = totals[0]
    if not rows:
        if not problems:
            problems.append(Problem(
                Code.EMPTY_DATA, f"“{dataset.name}”只有表头，没有一行数据", file=source.file,
                mend="填上数据；本期没有就把这张表移走",
            ))
        return Checked(0, (), tuple(problems))
    for rule, count in zip(rules, totals[1:], strict=True):
        if count:
            problems += places(source, rule, count, con)
    dates = tuple(row[0] for row in con.execute(
        f"SELECT DISTINCT g_period FROM {groups} WHERE g_period IS NOT NULL ORDER BY 1"
    ).fetchall())
    problems += month_ends(source, dates)
    if dataset.site and dataset.site in casts and sites is not None and sites != dataset:
        for rule, count in site_rules(dataset, sites, con):
            problems += places(source, rule, count, con)
    if keyed:
        met = _met_in(groups, con) if kept else _met(source, rows, con)
        problems += duplicates(source, met, con)
    if known.codes and figures(source):
        problems += reported_values(source, known, con)
    return Checked(rows, dates, tuple(problems))


def grouped_sum(rule: Rule, number: int, names: Mapping[str, str]) -> str:
    """How often a rule is broken, from the counts `r<number>` of the groups."""
    return f"sum(n) FILTER ({_on_groups(rule, names)})" if rule.grouped else f"sum(r{number})"


def _on_groups(rule: Rule, names: Mapping[str, str]) -> str:
    """A rule about a grouping column, in terms of the groups."""
    column = rule.column.name
    return rule.broken.replace(_raw(column), names[column]).replace(
        identifier(column), names[column]
    )


def places(
    source: Source, rule: Rule, count: int, con: duckdb.DuckDBPyConnection
) -> list[Problem]:
    """The first places where a rule is broken, and how many more there are."""
    name = rule.column.name
    shown = 1 if rule.once else PLACES_SHOWN
    rows = con.execute(
        f"SELECT n, f, CAST({_raw(name)} AS VARCHAR) FROM {beside(source, numbered=True)}"
        f" WHERE {rule.broken} LIMIT {shown}"
    ).fetchall()
    problems = []
    for n, file, value in rows:
        # What tells one person or household from another never gets into a message.
        shown_value = "（不显示）" if rule.column.personal else short(value)
        near = did_you_mean(value, rule.near) if rule.near and value else None
        problems.append(Problem(
            rule.code, rule.found.replace("{value}", shown_value), field=label(rule.column),
            allowed=rule.allowed, mend=f"{near or ''}{rule.mend or ''}" or None,
            **source.place(n, file, name),
        ))
    if count > shown and not rule.once:
        problems.append(more(rule.code, source, f"「{rule.column.title}」", count - shown))
    return problems


def more(code: Code, source: Source, subject: str, count: int) -> Problem:
    sheet = source.place(1, None, None).get("sheet")
    return Problem(code, f"{subject}另有 {count:,} 处同样的问题（{code.meaning}）",
                   file=source.file, sheet=sheet)


def short(value: str | None) -> str:
    text = "" if value is None else value
    return text if len(text) <= 40 else text[:40] + "…"


def month_ends(source: Source, dates: Iterable[date]) -> Iterable[Problem]:
    """Data dates that close no month."""
    column = source.dataset.column(source.dataset.period)
    for day in dates:
        if day < date.max and (day + timedelta(days=1)).day != 1:
            yield Problem(
                Code.NOT_MONTH_END, f"{column.title} {day} 不是月末", file=source.file,
                field=label(column), allowed="月末日期",
                mend="若是笔误，改成该月最后一天；否则这一天会单独成为一期",
                severity=Severity.WARNING,
            )


def site_rules(
    dataset: Dataset, sites: Dataset, con: duckdb.DuckDBPyConnection
) -> Iterator[tuple[Rule, int]]:
    """Rules about the list of sites that are broken, and how often, from both tables' groups."""
    mine, listed = identifier(f"groups_{dataset.table}"), identifier(f"groups_{sites.table}")
    column, unit = dataset.column(dataset.site), dataset.column(dataset.unit)
    unknown = con.execute(
        f"SELECT g_site, sum(n)::BIGINT FROM {mine} WHERE g_site IS NOT NULL"
        f" AND g_site NOT IN (SELECT g_site FROM {listed} WHERE g_site IS NOT NULL)"
        " GROUP BY 1 ORDER BY 1"
    ).fetchall()
    foreign = con.execute(
        f"SELECT g_site, g_unit, sum(n)::BIGINT FROM {mine} AS mine"
        f" WHERE EXISTS (FROM {listed} AS l WHERE l.g_site = mine.g_site)"
        f" AND NOT EXISTS (FROM {listed} AS l WHERE l.g_site = mine.g_site"
        " AND l.g_unit = mine.g_unit) AND g_unit IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    if unknown:
        near = tuple(r[0] for r in con.execute(
            f"SELECT DISTINCT g_site FROM {listed} WHERE g_site IS NOT NULL LIMIT 2000"
        ).fetchall())
        words = ", ".join(literal(site) for site, _ in unknown[:PLACES_SHOWN])
        yield Rule(
            Code.UNKNOWN_SITE, column, f"{identifier(column.name)} IN ({words})",
            f"「{column.title}」“{{value}}”不在“{sites.name}”里", f"“{sites.name}”里登记的编号",
            f"核对编号；新的共建主体先列入“{sites.name}”", near=near,
        ), sum(n for _, n in unknown)
    if foreign:
        words = ", ".join(f"({literal(s)}, {literal(u)})" for s, u, _ in foreign[:PLACES_SHOWN])
        pair = f"({identifier(column.name)}, {identifier(unit.name)})"
        yield Rule(
            Code.SITE_OF_OTHER, unit, f"{pair} IN ({words})",
            f"「{unit.title}」写的是“{{value}}”，而“{sites.name}”里这个共建主体归别的机构",
            f"“{sites.name}”里登记的机构", "两张表改成一致",
        ), sum(n for _, _, n in foreign)


def _hashed(dataset: Dataset) -> str:
    return f"hash({', '.join(map(identifier, dataset.key))})"


def _complete(dataset: Dataset) -> str:
    return " AND ".join(f"{identifier(k)} IS NOT NULL" for k in dataset.key)


def _met_in(groups: str, con: duckdb.DuckDBPyConnection) -> list[int]:
    """Hashes of keys that occur more than once, from those that were kept."""
    return _twice(con.execute(f"SELECT unnest(hashes) AS h FROM {groups}"))


def _met(source: Source, rows: int, con: duckdb.DuckDBPyConnection) -> list[int]:
    """The same from another pass, or several where memory would not hold them all."""
    hashed = f"SELECT {_hashed(source.dataset)} AS h FROM {beside(source)}"
    hashed += f" WHERE {_complete(source.dataset)}"
    parts = -(-rows // KEYS_AT_ONCE)
    met: list[int] = []
    for part in range(parts):
        some = f" WHERE h % {parts} = {part}" if parts > 1 else ""
        met += _twice(con.execute(f"SELECT h FROM ({hashed}){some}"))
    return met


def _twice(result) -> list[int]:
    import numpy as np

    hashes = np.asarray(result.fetchnumpy()["h"])
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]]).tolist()


def duplicates(
    source: Source, met: Sequence[int], con: duckdb.DuckDBPyConnection
) -> list[Problem]:
    """Rows that share a key, among those whose keys' hashes are `met` more than once.

    Different hashes prove different keys, and sorting eight bytes a row is four times cheaper than
    grouping by the keys; only rows whose hashes meet are compared by their keys.
    """
    dataset = source.dataset
    keys = [identifier(k) for k in dataset.key]
    hashed, complete = _hashed(dataset), _complete(dataset)
    if not met:
        return []
    con.execute("CREATE OR REPLACE TEMP TABLE met (h UBIGINT)")
    con.execute("INSERT INTO met SELECT unnest(?::UBIGINT[])", [met])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE twins AS SELECT *, row_number() OVER same AS nth,"
        " first_value(n) OVER same AS first_n, first_value(f) OVER same AS first_f"
        f" FROM (SELECT n, f, {', '.join(keys)} FROM {beside(source, numbered=True)}"
        f" WHERE {complete} AND {hashed} IN (FROM met))"
        f" WINDOW same AS (PARTITION BY {', '.join(keys)} ORDER BY f, n)"
    )
    count = con.execute("SELECT count(*) FROM twins WHERE nth > 1").fetchall()[0][0]
    found = con.execute(
        f"SELECT n, f, first_n, first_f, {', '.join(f'CAST({k} AS VARCHAR)' for k in keys)}"
        f" FROM twins WHERE nth > 1 ORDER BY f, n LIMIT {PLACES_SHOWN}"
    ).fetchall()
    columns = [dataset.column(k) for k in dataset.key]
    titles = "、".join(c.title for c in columns)
    problems = []
    for n, file, first, first_file, *values in found:
        shown = "，".join(
            f"{c.title} {short(v)}"
            for c, v in zip(columns, values, strict=True) if not c.personal
        )
        earlier = Problem(Code.DUPLICATE_ROW, "", **source.place(first, first_file, None))
        problems.append(Problem(
            Code.DUPLICATE_ROW, f"与 {earlier.place} 的主键相同（{shown}）",
            field=titles, allowed="这几列合起来每行不同", mend="两行只留一行，或改正编号",
            **source.place(n, file, dataset.key[-1]),
        ))
    if count > PLACES_SHOWN:
        problems.append(more(Code.DUPLICATE_ROW, source, "主键", count - PLACES_SHOWN))
    return problems


def reported_values(
    source: Source, known: Known, con: duckdb.DuckDBPyConnection
) -> list[Problem]:
    """Reported figures that can't be figures of their metric: 7000%, half a household."""
    content = figures(source)
    code_column, column = identifier(content.code), source.dataset.column(content.value)
    value = identifier(column.name)
    extremes = con.execute(
        f"SELECT {code_column}, [min({value}), max({value}),"
        f" max({value}) FILTER ({value} <> floor({value}))]"
        f" FROM {beside(source)} WHERE {value} IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    problems: list[Problem] = []
    for code, values in extremes:
        unit = known.codes.get(code)
        if unit is None or not any(v is not None and value_problem(unit, v) for v in values):
            continue
        rows = con.execute(
            f"SELECT n, f, {value} FROM {beside(source, numbered=True)}"
            f" WHERE {code_column} = ? AND {value} IS NOT NULL", [code]
        ).fetchall()
        wrong = [(n, f, why) for n, f, v in rows if (why := value_problem(unit, Decimal(v)))]
        problems += [
            Problem(Code.OUT_OF_RANGE, f"指标 {code} 的数值 {why}", field=label(column),
                    allowed=f"单位：{unit.label or unit.kind}",
                    mend="核对小数点和单位", **source.place(n, f, column.name))
            for n, f, why in wrong[:PLACES_SHOWN]
        ]
        if len(wrong) > PLACES_SHOWN:
            problems.append(more(Code.OUT_OF_RANGE, source, f"指标 {code}",
                                  len(wrong) - PLACES_SHOWN))
    return problems

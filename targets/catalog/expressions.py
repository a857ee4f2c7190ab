"""The small part of SQL that definitions may use, parsed by sqlglot and held to a whitelist.

Only what every engine computes alike is let through: comparisons, boolean logic, null tests,
membership in a list, dates and plain columns. No division, rounding, casts, functions of time or
sub-queries: those differ between engines or belong to the local phase.
"""

from functools import cache

from targets.schema.measures import Aggregate, ColumnType, Dataset

ALLOWED_WORDS = "列名、= <> < <= > >=、and or not、is null、in (…)、between、date '2026-01-31'"
MEASURE_WORDS = "count(*)、count(distinct 列)、sum(列)"


class ExpressionError(ValueError):
    """An expression that can't be used; the message is Chinese and complete."""


@cache
def _sqlglot():
    # imported late: parsing is needed only where expressions are looked at
    import sqlglot
    from sqlglot import exp

    return sqlglot, exp


@cache
def _row_nodes():
    _, exp = _sqlglot()
    return (
        exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE,
        exp.Is, exp.In, exp.Between,
    )


def parse(text: str):
    """The expression as sqlglot sees it, nothing checked but its syntax."""
    sqlglot, _ = _sqlglot()
    try:
        return sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        where = ""
        details = getattr(error, "errors", None)
        if details:
            where = f"（第 {details[0].get('col')} 个字符附近）"
        raise ExpressionError(f"表达式 {text} 读不懂{where}") from None


def _column(node, dataset: Dataset):
    """The declared column of a column node."""
    names = [c.name for c in dataset.columns]
    if node.args.get("table") or node.name not in names:
        raise ExpressionError(
            f"数据表 {dataset.table} 没有列 {node.sql()}；有：{'、'.join(names)}"
        )
    return dataset.column(node.name)


def row_condition(text: str, dataset: Dataset):
    """Parse a row condition over `dataset`; returns a sqlglot expression.

    Raises ExpressionError when it does not parse, names an unknown column, compares a column with
    a value of another type, or uses anything outside the whitelist.
    """
    return checked(parse(text), text, dataset)


def checked(tree, text: str, dataset: Dataset):
    """`tree`, parsed from `text`, held to the whitelist and to the dataset's columns."""
    _, exp = _sqlglot()
    for node in tree.walk():
        if isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE and isinstance(
            node.this, exp.Literal
        ):
            _date(node.this.this, text)
            continue
        if isinstance(node, exp.DataType):
            continue
        if not isinstance(node, _row_nodes()):
            raise ExpressionError(f"表达式 {text} 用了不许用的写法 {node.sql()}")
        if isinstance(node, exp.Column):
            _column(node, dataset)
    _holds(tree, dataset, text)
    for comparison in tree.find_all(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE):
        _types_agree(comparison.this, comparison.expression, dataset, text)
    for comparison in tree.find_all(exp.In):
        for item in comparison.expressions:
            _types_agree(comparison.this, item, dataset, text)
    for comparison in tree.find_all(exp.Between):
        for item in (comparison.args["low"], comparison.args["high"]):
            _types_agree(comparison.this, item, dataset, text)
    return tree


def _holds(node, dataset: Dataset, text: str) -> None:
    """A condition is a comparison, a column that is true or false, or these joined."""
    _, exp = _sqlglot()
    node = node.unnest()
    if isinstance(node, exp.Connector):
        _holds(node.this, dataset, text)
        _holds(node.expression, dataset, text)
    elif isinstance(node, exp.Not):
        _holds(node.this, dataset, text)
    elif isinstance(node, exp.Column):
        if _column(node, dataset).type is not ColumnType.BOOLEAN:
            raise ExpressionError(f"表达式 {text} 里的 {node.name} 只是一个列名，要写成比较")
    elif not isinstance(node, exp.Predicate | exp.Boolean | exp.Is):
        raise ExpressionError(f"表达式 {text} 不是条件（结果不是“是”或“否”）")


def _date(value: str, text: str) -> None:
    from datetime import date

    try:
        date.fromisoformat(value)
    except ValueError:
        raise ExpressionError(f"表达式 {text} 里的日期 {value} 不存在") from None


_FAMILY = {
    ColumnType.INTEGER: "数",
    ColumnType.DECIMAL: "数",
    ColumnType.DATE: "日期",
    ColumnType.TEXT: "文字",
    ColumnType.BOOLEAN: "是否",
}


def _family(node, dataset: Dataset) -> str | None:
    _, exp = _sqlglot()
    node = node.unnest()
    if isinstance(node, exp.Column):
        return _FAMILY[_column(node, dataset).type]
    if isinstance(node, exp.Neg):
        return "数"
    if isinstance(node, exp.Literal):
        return "文字" if node.is_string else "数"
    if isinstance(node, exp.Cast):
        return "日期"
    if isinstance(node, exp.Boolean):
        return "是否"
    return None


def _types_agree(left, right, dataset: Dataset, text: str) -> None:
    a, b = _family(left, dataset), _family(right, dataset)
    if a and b and a != b:
        raise ExpressionError(
            f"表达式 {text} 拿{a}和{b}比较（{left.sql()} 与 {right.sql()}）；"
            "日期要写成 date '2026-01-31'"
        )


def aggregate(spec: Aggregate, dataset: Dataset, extra: tuple[str | None, ...] = ()):
    """Parse an aggregate; returns (measure, condition) as sqlglot expressions.

    `extra` row conditions (a target's scope) are joined with and. The condition is None for all
    rows. Raises ExpressionError.
    """
    _, exp = _sqlglot()
    measure = parse(spec.measure)
    plain = isinstance(measure, exp.Count) and isinstance(measure.this, exp.Star)
    distinct = (
        isinstance(measure, exp.Count)
        and isinstance(measure.this, exp.Distinct)
        and len(measure.this.expressions) == 1
        and isinstance(measure.this.expressions[0], exp.Column)
    )
    total = isinstance(measure, exp.Sum) and isinstance(measure.this, exp.Column)
    if not (plain or distinct or total):
        raise ExpressionError(f"汇总 {spec.measure} 不许用；可用：{MEASURE_WORDS}")
    for column in measure.find_all(exp.Column):
        declared = _column(column, dataset)
        if total and declared.type not in (ColumnType.INTEGER, ColumnType.DECIMAL):
            raise ExpressionError(f"列 {declared.name} 是{declared.type.label}，不能求和")
    conditions = [row_condition(c, dataset) for c in (spec.where, *extra) if c]
    return measure, exp.and_(*conditions) if conditions else None

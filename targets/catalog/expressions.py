"""The small part of SQL that definitions may use, parsed by sqlglot and held to a whitelist.

Only what every engine computes alike is let through: comparisons of a column with a value or
another column, boolean logic, null tests, membership in a list, dates and plain columns. No
division, rounding, casts, functions of time or sub-queries: those differ between engines or belong
to the local phase. Nor the order of texts (collations differ), numbers in powers of ten (some
engines read them as binary fractions), or a date in any but the ISO form.
"""

import re
from dataclasses import dataclass
from functools import cache

from targets.schema.measures import ColumnType, Dataset

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


@cache
def parse(text: str):
    """The expression as sqlglot sees it, nothing checked but its syntax.

    The same tree for the same text: to be looked at and copied, never changed.
    """
    sqlglot, _ = _sqlglot()
    try:
        return sqlglot.parse_one(text)
    except sqlglot.errors.SqlglotError as error:
        where = ""
        details = getattr(error, "errors", None)
        if details:
            where = f"（第 {details[0].get('col')} 个字符附近）"
        raise ExpressionError(f"表达式 {text} 读不懂{where}") from None


def _column(node, dataset: Dataset):
    """The declared column of a column node."""
    return _declared(node.sql() if node.args.get("table") else node.name, dataset)


def _declared(name: str, dataset: Dataset):
    names = [c.name for c in dataset.columns]
    if name not in names:
        raise ExpressionError(f"数据表 {dataset.table} 没有列 {name}；有：{'、'.join(names)}")
    return dataset.column(name)


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
        if _is_date(node):
            _date(node.this.this, text)
            continue
        if isinstance(node, exp.DataType):
            continue
        if not isinstance(node, _row_nodes()):
            raise ExpressionError(f"表达式 {text} 用了不许用的写法 {node.sql()}")
        if isinstance(node, exp.Column):
            _column(node, dataset)
    for node in tree.walk():
        if why := _differs(node):
            raise ExpressionError(f"表达式 {text} 里的 {node.sql()} 不许用：{why}")
    _holds(tree, dataset, text)
    for comparison in tree.find_all(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE):
        _types_agree(comparison.this, comparison.expression, dataset, text)
    for ordered in tree.find_all(exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between):
        if _family(ordered.this, dataset) == "文字":
            raise ExpressionError(
                f"表达式 {text} 给文字排先后（{ordered.sql()}），各引擎的次序不同；"
                "写成 in ('…', '…')，把要的值列出来"
            )
    for comparison in tree.find_all(exp.In):
        for item in comparison.expressions:
            _types_agree(comparison.this, item, dataset, text)
    for comparison in tree.find_all(exp.Between):
        for item in (comparison.args["low"], comparison.args["high"]):
            _types_agree(comparison.this, item, dataset, text)
    return tree


def _is_date(node) -> bool:
    """Whether it is a date written date '2026-01-31'."""
    _, exp = _sqlglot()
    return (
        type(node) is exp.Cast
        and node.to.this == exp.DataType.Type.DATE
        and isinstance(node.this, exp.Literal)
    )


def _plain(node) -> bool:
    """A column or a value: what may stand on either side of a comparison."""
    _, exp = _sqlglot()
    node = node.unnest()
    if isinstance(node, exp.Neg):
        return _plain(node.this)
    return isinstance(node, exp.Column | exp.Literal | exp.Boolean | exp.Null) or _is_date(node)


def _differs(node) -> str | None:
    """Why engines would disagree about a whitelisted node, and what to write instead."""
    _, exp = _sqlglot()
    if isinstance(node, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
        if not (_plain(node.this) and _plain(node.expression)):
            return "拿整个条件来比较，有的引擎不认；拆成用 and、or、not 连接的几个条件"
    elif isinstance(node, exp.In):
        if not node.expressions or any(node.args.get(k) for k in ("query", "field", "unnest")):
            return "没有列出值；写成 in ('甲', '乙')"
        if not all(map(_plain, (node.this, *node.expressions))):
            return "列的不是值；in 里只写数、文字或日期"
    elif isinstance(node, exp.Between):
        if node.args.get("symmetric"):
            return "用了 symmetric，有的引擎没有；把小的写在前面"
        if not all(map(_plain, (node.this, node.args["low"], node.args["high"]))):
            return "上下限不是值；between 只写列、数和日期"
    elif isinstance(node, exp.Is):
        if not isinstance(node.expression, exp.Null | exp.Boolean):
            return "is 后面只能写 null、not null、true、false"
    elif isinstance(node, exp.Neg):
        if not isinstance(node.this.unnest(), exp.Literal):
            return "给列取了负数；改成与相反的数比较"
    elif isinstance(node, exp.Literal) and not node.is_string:
        if not node.this.replace(".", "", 1).isdigit():
            return "是科学记数，有的引擎当作不精确的数；写成普通的数"
        if len(node.this) > 18:
            return "位数太多，各引擎容不下；最多 18 位"
    elif isinstance(node, exp.Literal) and any(ord(c) < 32 for c in node.this):
        return "含有换行等看不见的字符；删去"
    return None


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
        written = date.fromisoformat(value).isoformat() == value
    except ValueError:
        raise ExpressionError(f"表达式 {text} 里的日期 {value} 不存在") from None
    if not written:
        raise ExpressionError(f"表达式 {text} 里的日期 {value} 要写成 2026-01-31 的样子")


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


@dataclass(frozen=True)
class Measure:
    """What an aggregate adds up."""

    adds: str
    """rows; written: rows with something in the column; distinct: its different values; sum"""
    column: str | None = None

    @property
    def sql(self) -> str:
        written = {"rows": "COUNT(*)", "written": "COUNT({})", "distinct": "COUNT(DISTINCT {})",
                   "sum": "SUM({})"}
        return written[self.adds].format(f'"{self.column}"')


_MEASURE = re.compile(
    r"""\s*(?: count \s* \( \s* (?P<rows>\*) \s* \)
        | count \s* \( \s* distinct \s+ (?P<distinct>\w+) \s* \)
        | sum \s* \( \s* (?P<sum>\w+) \s* \) )\s*""",
    re.IGNORECASE | re.VERBOSE,
)


def measure_of(text: str, dataset: Dataset) -> Measure:
    """What `text` adds up over rows of `dataset`. Raises ExpressionError."""
    found = _MEASURE.fullmatch(text)
    if found is None:
        raise ExpressionError(f"汇总 {text} 不许用；可用：{MEASURE_WORDS}")
    adds = found.lastgroup
    if adds == "rows":
        return Measure(adds)
    column = _declared(found[adds], dataset)
    if adds == "sum" and column.type not in (ColumnType.INTEGER, ColumnType.DECIMAL):
        raise ExpressionError(f"列 {column.name} 是{column.type.label}，不能求和")
    return Measure(adds, column.name)

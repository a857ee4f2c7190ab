"""Row conditions in words: a table's own headings in place of column names and signs."""

from collections.abc import Mapping

from targets.schema.measures import ColumnType, Dataset
from targets.schema.rules import Eligibility, Limit, OnRows, Prohibition
from targets.wording import number

from .conditions import sql
from .expressions import parse


def condition_words(condition, dataset: Dataset, figures: Mapping[str, Limit] | None = None) -> str:
    """A condition, as written or as parsed, in Chinese; `figures`: the limits it may name."""
    tree = parse(condition) if isinstance(condition, str) else condition
    return _said(tree, dataset, figures or {})


def told(body: OnRows, dataset: Dataset) -> tuple[str | None, str | None]:
    """(which rows fall under the rule, which of them break it), in words; None: all, none."""

    def words(condition: str) -> str:
        return condition_words(condition, dataset, body.figures)

    if isinstance(body, Prohibition):
        return None, words(body.where)
    scope = body.holds if isinstance(body, Eligibility) else body.where
    return scope and words(scope), f"不满足（{words(body.require)}）" if body.require else None


def _said(node, dataset: Dataset, figures) -> str:
    _, exp = sql()
    match node:
        case exp.Paren():
            inner = _said(node.this, dataset, figures)
            return f"（{inner}）" if isinstance(node.this, exp.Or) else inner
        case exp.And() | exp.Or():
            word = "，且" if isinstance(node, exp.And) else "，或"
            return word.join(_said(n, dataset, figures) for n in (node.this, node.expression))
        case exp.Not():
            return _denied(node.this.unnest(), dataset, figures)
        case exp.Column():
            return f"{_title(node, dataset)}为是"
        case exp.Boolean():
            return "每一行" if node.this else "没有一行"
        case exp.Is() if isinstance(node.expression, exp.Null):
            inner = node.this.unnest()
            if isinstance(inner, exp.Predicate):
                return f"说不清是否{_said(inner, dataset, figures)}"
            return f"{_operand(inner, dataset, figures)}空着"
        case exp.Is():
            return _said(node.this.unnest(), dataset, figures)
        case exp.In():
            values = "、".join(_operand(v, dataset, figures) for v in node.expressions)
            return f"{_operand(node.this, dataset, figures)}是{values}之一"
        case exp.Between():
            low, high = (_operand(node.args[k], dataset, figures) for k in ("low", "high"))
            return f"{_operand(node.this, dataset, figures)}在{low}和{high}之间"
    words = _compared(node, dataset)
    left, right = (_operand(n, dataset, figures) for n in (node.this, node.expression))
    return f"{left}{words}{right}"


def _denied(node, dataset: Dataset, figures) -> str:
    _, exp = sql()
    if isinstance(node, exp.Column):
        return f"{_title(node, dataset)}为否"
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        inner = node.this.unnest()
        if isinstance(inner, exp.Predicate):
            return f"说得清是否{_said(inner, dataset, figures)}"
        return f"{_operand(inner, dataset, figures)}已填"
    if isinstance(node, exp.Not):
        return _said(node.this, dataset, figures)
    return f"不满足（{_said(node, dataset, figures)}）"


def _compared(node, dataset: Dataset) -> str:
    _, exp = sql()
    column = next(node.find_all(exp.Column), None)
    kind = dataset.column(column.name).type if column is not None else None
    if kind is ColumnType.DATE:
        words = {exp.GTE: "不早于", exp.GT: "晚于", exp.LTE: "不晚于", exp.LT: "早于"}
    else:
        words = {exp.GTE: "不低于", exp.GT: "高于", exp.LTE: "不高于", exp.LT: "低于"}
    plain = kind in (ColumnType.INTEGER, ColumnType.DECIMAL)
    words |= {exp.EQ: "等于" if plain else "是", exp.NEQ: "不等于" if plain else "不是"}
    return words[type(node)]


def _operand(node, dataset: Dataset, figures) -> str:
    _, exp = sql()
    node = node.unnest()
    if isinstance(node, exp.Column):
        return _title(node, dataset)
    if isinstance(node, exp.Placeholder):
        figure = figures[str(node.this)]
        return f" {number(figure.value)}{figure.unit.label}"
    if isinstance(node, exp.Boolean):
        return "是" if node.this else "否"
    if isinstance(node, exp.Cast):
        return f" {node.this.this}"
    return f"“{node.this}”" if node.is_string else f" {node.sql()}"


def _title(column, dataset: Dataset) -> str:
    return f"「{dataset.column(column.name).title}」"

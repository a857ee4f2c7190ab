"""A rule's conditions, compiled to what is counted: rows under it, broken, untold, on the limit.

A null in what must hold leaves a row untold: SQL's three values do that by themselves. Where a
source leaves unsaid whether a limit includes its own number, the conditions are read both ways;
rows on which the two readings differ lie on the limit, and are counted apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, reduce

from targets.problems import Code
from targets.schema.criteria import Boundary
from targets.schema.measures import Dataset, Money, PeersContent, ReportedContent
from targets.schema.rules import Limit, OnRows, Prohibition

from .expressions import ExpressionError, checked, parse


@dataclass(frozen=True)
class RuleConditions:
    """Conditions in SQL over one table; None where there can be no such row.

    Rows untold, breaking and on the limit are never the same rows.
    """

    dataset: str
    under: str | None
    """rows that the rule speaks of on either reading of its limits; None: every row"""
    breaks: str | None
    """on either reading"""
    untold: str | None
    """a column that the verdict needs is empty"""
    on_limit: str | None
    """whether it applies, or is broken, hangs on a limit's own number"""
    at_stake: str | None
    """those of `on_limit` that break it on one reading"""
    included: str | None
    """those of `at_stake` that break it when limits include their numbers"""
    judged: bool
    """something can break the rule; otherwise its rows are only listed"""


def amount(figure: Limit) -> Decimal:
    """The number as tables hold it: money in yuan, rates in per cent."""
    return figure.value * (figure.unit.unit.yuan if isinstance(figure.unit, Money) else 1)


def unsaid(body: OnRows) -> bool:
    """Whether the source leaves open if one of the limits includes its own number."""
    return any(f.boundary is Boundary.UNSAID for f in body.figures.values())


def rule_conditions(
    body: OnRows, dataset: Dataset, decided: Boundary | None = None
) -> RuleConditions:
    """Compile the conditions of a rule that has some. They have passed `faults`.

    decided: what the bank settled about limits whose source does not say.
    """
    _, exp = sql()
    both = decided is None and unsaid(body)
    readings = [True, False] if both else [decided is not Boundary.EXCLUDED]
    read = [_scope_and_broken(body, dataset, included) for included in readings]
    (scope, broken), (other_scope, other) = read[0], read[-1]
    two = (scope, broken) != (other_scope, other)
    telling = [t for t in ((broken, other) if broken is not None else (scope, other_scope))
               if t is not None]
    untold = on_limit = at_stake = None
    if telling and _may_be_null(telling[0], dataset):
        untold = _any(exp.Is(this=exp.paren(t.copy()), expression=exp.Null())
                      for t in telling[: 1 + two])
    if two:
        at_stake = _differ(broken, other)
        on_limit = _any(d for d in (_differ(scope, other_scope), at_stake) if d is not None)
        if untold is not None:
            on_limit = exp.and_(exp.paren(on_limit), exp.not_(exp.paren(untold.copy())))
    included = None if at_stake is None else exp.and_(exp.paren(at_stake.copy()), broken.copy())
    counted = {
        "under": _both(scope, other_scope), "breaks": _both(broken, other), "untold": untold,
        "on_limit": on_limit, "at_stake": at_stake, "included": included,
    }
    texts = {name: tree and tree.sql(identify=True) for name, tree in counted.items()}
    return RuleConditions(dataset.id, **texts, judged=broken is not None)


def faults(body: OnRows, dataset: Dataset) -> Iterator[tuple[tuple, Code, str, str | None]]:
    """What is wrong with a rule's conditions: (path in the body, code, what, what is allowed)."""
    _, exp = sql()
    if isinstance(dataset.content, ReportedContent | PeersContent):
        found = f"“{dataset.name}”是现成的数字，一行一个指标，不能逐行检查"
        yield ("dataset",), Code.BAD_EXPRESSION, found, "一行一户、一笔、一人的表"
        return
    used: set[str] = set()
    known = "、".join(f":{name}" for name in body.figures) or "（没有登记数值）"
    for name, text in body.conditions.items():
        try:
            tree = parse(text)
        except ExpressionError as error:
            yield (name,), Code.BAD_EXPRESSION, str(error), None
            continue
        called = {str(p.this) for p in tree.find_all(exp.Placeholder)}
        used |= called
        for missing in sorted(called - body.figures.keys()):
            found = f"条件 {text} 引用的数值 :{missing} 没有登记"
            yield (name,), Code.LIMIT_UNKNOWN, found, known
        for figure, literal in _typed_again(tree, body):
            found = f"条件 {text} 又写了一遍数值 {literal}"
            yield (name,), Code.FIGURE_TWICE, found, f"写成 :{figure}"
        if called <= body.figures.keys():
            yield from _sides(tree, text, body, dataset, name)
    if body.conditions:
        for i, figure in enumerate(body.figures):
            if figure not in used:
                found = f"数值“{body.limits[i].what}”（:{figure}）没有用到"
                yield ("limits", i), Code.LIMIT_UNUSED, found, None


# --- reading


@cache
def sql():
    """(sqlglot, its expressions)."""
    # imported late: parsing is needed only where expressions are looked at
    import sqlglot
    from sqlglot import exp

    return sqlglot, exp


@cache
def _written():
    """How a limit's comparison is written when it includes its number, and when it does not."""
    _, exp = sql()
    strict = {exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT, exp.GT: exp.GTE}
    sides = {
        "at_least": (exp.GTE, exp.LT), "at_most": (exp.LTE, exp.GT), "equal": (exp.EQ, exp.NEQ),
    }
    return strict, sides


def _scope_and_broken(body: OnRows, dataset: Dataset, included: bool):
    """Which rows the rule speaks of (None: all), and which break it (None: none can)."""
    _, exp = sql()
    read = {
        name: checked(_bound(parse(text), body, included), text, dataset)
        for name, text in body.conditions.items()
    }
    if isinstance(body, Prohibition):
        return None, read["where"]
    scope = read.get("where", read.get("holds"))
    if "require" not in read:
        return scope, None
    broken = exp.not_(exp.paren(read["require"]))
    return scope, broken if scope is None else exp.and_(scope.copy(), broken)


def _bound(tree, body: OnRows, included: bool):
    """The numbers put in; comparisons with unsaid limits turned to the reading asked for."""
    _, exp = sql()
    strict, _ = _written()

    def put(node):
        right = node.args.get("expression")
        if not isinstance(right, exp.Placeholder):
            return node
        figure = body.figures[str(right.this)]
        turned = figure.boundary is Boundary.UNSAID and not included and type(node) in strict
        compare = strict[type(node)] if turned else type(node)
        number = exp.Literal.number(format(amount(figure), "f"))
        return compare(this=node.this, expression=number)

    return tree.transform(put)


def _sides(
    tree, text: str, body: OnRows, dataset: Dataset, name: str
) -> Iterator[tuple[tuple, Code, str, str | None]]:
    """Each limit stands to the right of a column of its unit, compared as its boundary says."""
    _, exp = sql()
    strict, sides = _written()
    misplaced = False
    for holder in tree.find_all(exp.Placeholder):
        figure = body.figures[str(holder.this)]
        allowed = sides[figure.test]
        if figure.boundary is Boundary.EXCLUDED:
            allowed = tuple(strict.get(op, op) for op in allowed)
        node = holder.parent
        right_side = isinstance(node, exp.Binary) and node.expression is holder
        if not (right_side and isinstance(node, allowed) and isinstance(node.this, exp.Column)):
            words = {exp.GTE: ">=", exp.GT: ">", exp.LTE: "<=", exp.LT: "<", exp.EQ: "=",
                     exp.NEQ: "<>"}
            said = "、".join(f"列名 {words[op]} :{holder.this}" for op in allowed)
            found = f"条件 {text} 没有按“{figure.what}”的界限比较"
            yield (name,), Code.LIMIT_SIDE, found, said
            misplaced = True
    if misplaced:
        return
    try:
        checked(_bound(tree, body, True), text, dataset)
    except ExpressionError as error:
        yield (name,), Code.BAD_EXPRESSION, str(error), None
        return
    for holder in tree.find_all(exp.Placeholder):
        figure, column = body.figures[str(holder.this)], dataset.column(holder.parent.this.name)
        if isinstance(figure.unit, Money) is not (column.unit is not None):
            found = f"条件 {text} 拿{column.title}和“{figure.what}”比较，一个是金额，一个不是"
            yield (name,), Code.BAD_EXPRESSION, found, None


def _typed_again(tree, body: OnRows) -> Iterator[tuple[str, str]]:
    """Literals that say a limit's number once more."""
    _, exp = sql()
    for literal in tree.find_all(exp.Literal):
        if literal.is_string:
            continue
        for name, figure in body.figures.items():
            if Decimal(literal.this) == amount(figure):
                yield name, literal.this


# --- three values


def _differ(one, other):
    """One holds and the other does not; None where they are the same."""
    _, exp = sql()
    if one == other:
        return None
    return exp.or_(
        exp.and_(one.copy(), exp.not_(exp.paren(other.copy()))),
        exp.and_(exp.not_(exp.paren(one.copy())), other.copy()),
    )


def _both(one, other):
    _, exp = sql()
    return one if one == other else exp.and_(one.copy(), other.copy())


def _any(conditions):
    _, exp = sql()
    return reduce(lambda a, b: exp.or_(a, b), conditions)


def _may_be_null(condition, dataset: Dataset) -> bool:
    _, exp = sql()
    return any(
        not dataset.column(column.name).required and column.find_ancestor(exp.Is) is None
        for column in condition.find_all(exp.Column)
    )

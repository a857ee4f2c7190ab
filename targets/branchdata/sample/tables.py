"""All tables of the sample bank, with the exact types of their datasets."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute
from sqlglot import exp

from targets.calendar.workdays import Workdays
from targets.catalog.conditions import amount
from targets.catalog.expressions import parse
from targets.schema.measures import ColumnType, Dataset, Metric
from targets.schema.organisation import Unit
from targets.schema.rules import Rule
from targets.schema.targets import Target

from .. import manifest
from .figures import figures
from .ground import NOTHING, month_ends
from .ledgers import ledgers
from .outlets import outlets, sizes
from .peers import peers
from .registers import registers
from .rosters import rosters

NOTICE = "示例数据：机构、共建主体、同业和数字全部虚构，只用来演示"


def sample_tables(catalog) -> dict[str, pa.Table]:
    """The tables that the definitions know, by name."""
    days = month_ends()
    units, metrics = list(catalog.all(Unit)), list(catalog.all(Metric))
    targets = list(catalog.all(Target))
    reported = figures(metrics, targets, units, sizes(units))
    rows = {
        **rosters(units, days),
        **outlets(units, days),
        **ledgers(units, days, edges(catalog), Workdays.of(catalog).is_workday),
        **registers(units, days),
        "reported": reported.rows(),
        "peers": peers(catalog, reported),
    }
    return {
        d.table: arrow_table(d, rows[d.table].columns())
        for d in catalog.all(Dataset)
        if d.table in rows and rows[d.table].blocks
    }


def edges(catalog) -> dict[tuple[str, str], int]:
    """Where rules draw their lines: (table, column) -> the number compared with, in hundredths."""
    found: dict[tuple[str, str], int] = {}
    for rule in catalog.all(Rule):
        for condition in getattr(rule.body, "conditions", {}).values():
            for limit in parse(condition).find_all(exp.Placeholder):
                figure = rule.body.figures[str(limit.this)]
                table = catalog.get(rule.body.dataset).table
                found[table, limit.parent.this.name] = int(amount(figure) * 100)
    return found


def arrow_table(dataset: Dataset, columns: dict[str, np.ndarray]) -> pa.Table:
    """The dataset's columns with exact types; money arrives as whole fen."""
    order = np.argsort(columns[dataset.period], kind="stable")
    arrays, fields = [], []
    for column in dataset.columns:
        values = columns.get(column.name)
        kind = {
            ColumnType.TEXT: pa.string(), ColumnType.DATE: pa.date32(),
            ColumnType.INTEGER: pa.int64(), ColumnType.DECIMAL: pa.decimal128(18, 2),
            ColumnType.BOOLEAN: pa.bool_(),
        }[column.type]
        if values is None:
            array = pa.nulls(len(order), kind)
        elif column.type is ColumnType.DECIMAL:
            sorted_values = values[order]
            whole = pa.array(sorted_values.astype(np.int64)).cast(pa.decimal128(19, 0))
            exact = pa.compute.divide(whole.cast(pa.decimal128(23, 4)), pa.scalar(Decimal(100)))
            array = pa.compute.if_else(
                pa.array(sorted_values != NOTHING), exact.cast(kind, safe=False),
                pa.scalar(None, kind),
            )
        elif column.type is ColumnType.INTEGER:
            sorted_values = values[order]
            array = pa.array(sorted_values.astype(np.int64), mask=sorted_values == NOTHING)
        else:
            array = pa.array(values[order], type=kind)
        arrays.append(array)
        fields.append(pa.field(column.name, kind))
    label = {"label": manifest.SAMPLE_LABEL, "notice": NOTICE}
    return pa.table(arrays, schema=pa.schema(fields, metadata=label))

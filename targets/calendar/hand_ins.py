"""What fell due and what came of it, as a table that metrics count like any other.

A row is one due date of one unit as it stood at the end of a data date; on each data date the
table holds the due dates of that year up to then. A due date that nothing could tell of is not in
it, so it is nobody's failure; a waived one is in it, and told apart.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol, Self

from targets.branchdata import DataFile
from targets.branchdata.columns import identifier
from targets.branchdata.intake.model import FILE, ROW
from targets.branchdata.sources import Source
from targets.catalog import Catalog
from targets.problems import Problem
from targets.schema.duties import Duty
from targets.schema.measures import HAND_INS, ColumnType, Dataset
from targets.schema.organisation import Unit

from .occurrences import Calendar
from .recorded import Recorded, recorded
from .submissions import (
    ONE,
    SHANGHAI,
    UNSURE,
    Records,
    Standing,
    Status,
    statuses,
    unmatched,
)

RECEIPTS = "收件簿"
CALENDAR = "报送日历"
"""where a due date stands that nothing was handed in for"""
NOT_YET = (Standing.DUE, Standing.TODAY)


class Readable(Protocol):
    """Data here or on an engine."""

    def dates(self) -> tuple[date, ...]: ...

    def beside(self, source: Source, file: DataFile, warnings: Iterable[Problem] = ()) -> Self: ...


def with_hand_ins(
    data: Readable, catalog: Catalog, folder: Path | None, file: Path | None = None
) -> Readable:
    """The data with every table that follows from the hand-ins recorded in a folder.

    file: the file of hand-ins, where it is not the one in the folder.

    Raises Problems where a record can't be relied on. Without any record nothing is added.
    """
    made = [d for d in catalog.all(Dataset) if not d.sent]
    found = recorded(catalog, folder, file) if made else None
    if not found:
        return data
    lines = list(rows(catalog, found, data.dates()))
    for dataset in made if lines else ():
        data = data.beside(*_table(dataset, lines, found), found.warnings)
    return data


def rows(catalog: Catalog, found: Recorded, days: Iterable[date]) -> Iterator[dict]:
    """A row a due date, unit and data date; `HAND_INS` names the columns."""
    calendar = Calendar(
        catalog, duties=told_of(catalog, found.records), choices=found.choices
    )
    units = catalog.all(Unit)
    for day in days:
        as_of = datetime.combine(day, time.max, SHANGHAI)
        start = date(day.year, 1, 1)
        for status in statuses(calendar, found.records, units, start, day + ONE, as_of):
            if status.standing is not Standing.UNKNOWN:
                yield _row(status, day, found.file)


def told_of(catalog: Catalog, records: Records) -> list[Duty]:
    """Duties that the records could tell something of."""
    return [
        duty
        for duty in catalog.all(Duty)
        if duty.id in records.since or (records.receipts and unmatched(catalog, duty) is None)
    ]


def _row(status: Status, day: date, file: Path | None) -> dict:
    one = status.occurrence
    # the window ends with the day, so what is still open then is over
    state = Standing.OVERDUE if status.standing in NOT_YET else status.standing
    late = state in (Standing.LATE, Standing.OVERDUE)
    return {
        "data_date": day,
        "unit_code": status.unit.code,
        "occurrence": one.key,
        "document": one.duty.owner,
        "duty": one.duty.id,
        "due_on": one.due,
        "state": state.label,
        "handed_in_on": status.handed_in.date() if status.handed_in else None,
        "days_late": max(0, status.days) if late and status.standing not in NOT_YET else
        0 if late or state is Standing.ON_TIME else None,
        "deadline_stated": not any(flag in UNSURE for flag in one.flags),
        **_place(status.source, file),
    }


def _place(source: str | None, file: Path | None) -> dict:
    """File and line, for a trace."""
    number = re.search(r"\d+", source or "")
    if not number:
        return {FILE: CALENDAR, ROW: None}
    name = RECEIPTS if source.startswith(RECEIPTS) or file is None else file.name
    return {FILE: name, ROW: int(number[0])}


def _table(dataset: Dataset, lines: list[dict], found: Recorded) -> tuple[Source, DataFile]:
    import pyarrow as pa

    kinds = {
        ColumnType.TEXT: pa.string(), ColumnType.DATE: pa.date32(),
        ColumnType.INTEGER: pa.int64(), ColumnType.BOOLEAN: pa.bool_(),
    }
    fields = [pa.field(name, kinds[kind]) for name, kind in HAND_INS.items()]
    frame = pa.Table.from_pylist(
        lines, pa.schema([*fields, (FILE, pa.string()), (ROW, pa.int64())])
    )
    relation = identifier(f"raw_{dataset.table}")
    names = [column.name for column in dataset.columns]
    types = {ColumnType.TEXT: "VARCHAR", ColumnType.DATE: "DATE",
             ColumnType.INTEGER: "BIGINT", ColumnType.BOOLEAN: "BOOLEAN"}
    file = "、".join(
        name for name, there in (
            (found.file.name if found.file else "", found.file), (RECEIPTS, found.receipts)
        ) if there
    )
    source = Source(
        dataset, file, "frame", relation,
        columns={name: name for name in names},
        types={name: types[HAND_INS[name]] for name in names},
        frame=frame,
        place=lambda row, within, column: {"file": file, "line": row},
    )
    dates = tuple(sorted({line["data_date"] for line in lines}))
    return source, DataFile(dataset.table, file, "frame", frame.num_rows, None, None, dates)

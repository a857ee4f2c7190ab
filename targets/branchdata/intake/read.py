"""One file that a branch sent, read whole: `read_file`."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from targets.branchdata.read import connection
from targets.branchdata.rules import Known
from targets.problems import Code, Problem, Severity
from targets.schema.measures import Dataset, MeasureUnit, SitesContent
from targets.schema.organisation import Unit

from . import container, text, xls, xlsx
from .container import Unreadable
from .grid import Grid
from .judge import Sites
from .model import FileRead, SheetRead
from .sheet import Draft, Office, finish, read_sheet

READERS = {"xlsx": xlsx.read, "xls": xls.read, "text": text.read}


def read_file(
    path: Path | str,
    datasets: Iterable[Dataset],
    units: Iterable[Unit],
    codes: Mapping[str, MeasureUnit] | None = None,
    *,
    period: date | None = None,
    unit: str | None = None,
    answers: Mapping[str, str] | None = None,
    today: date | None = None,
    sites: Sites | None = None,
) -> FileRead:
    """Everything that one file holds for the datasets.

    `codes` are the reported figures that the metrics know. `period` is the data date of tables
    that have no column for it, and goes before what titles say; so does `unit`, a code. `answers`
    are those to earlier questions, by key. `sites` tells which unit each jointly built site
    belongs to, where the file does not list them itself; without either, site codes are not held
    against anything.
    """
    path = Path(path)
    digest, size = "", 0
    try:
        data, digest = container.fetch(path)
        size = len(data)
        parcel = container.identify(path, data, digest)
        grids, notices = READERS[parcel.form](parcel)
    except Unreadable as refused:
        return FileRead(path, digest, size, (), (refused.problem,))
    known = Known(tuple(units), today or date.today(), dict(codes or {}))
    office = Office(path, digest, tuple(datasets), known, period, dict(answers or {}),
                    unit)
    drafts = [read_sheet(office, grid, alone=len(grids) == 1) for grid in grids]
    sheets = _finished(office, drafts, sites)
    problems = [*parcel.notices, *notices,
                *_hidden(path, [d.grid for d in drafts if d.dataset is not None])]
    if not any(sheet.dataset for sheet in sheets) and not any(
        sheet.questions for sheet in sheets
    ):
        problems.append(Problem(
            Code.NO_TABLE, "没有一张认得出的表", file=path.name,
            allowed="、".join(d.name for d in office.datasets),
            mend="表头用登记过的列名，工作表用数据表的名称",
        ))
    return FileRead(path, digest, size, tuple(sheets), tuple(problems))


@cache
def _engine():
    return connection(threads=1)


def _finished(office: Office, drafts: list[Draft], sites: Sites | None) -> list[SheetRead]:
    """Hold the rows against the rules, dataset by dataset: the list of sites first."""
    by_table: dict[str, list[Draft]] = {}
    for draft in drafts:
        if draft.dataset is not None and draft.frame is not None:
            by_table.setdefault(draft.dataset.table, []).append(draft)
    ordered = sorted(by_table.values(),
                     key=lambda group: not isinstance(group[0].dataset.content, SitesContent))
    listed = {site: set(owners) for site, owners in (sites or {}).items()}
    known_sites = sites
    done: dict[int, SheetRead] = {}
    # A cursor has its own tables; an engine of its own for every file would cost more than most.
    with _engine().cursor() as con:
        for group in ordered:
            listing = isinstance(group[0].dataset.content, SitesContent)
            for draft, sheet in zip(
                group, finish(office, group, None if listing else known_sites, con), strict=True
            ):
                done[id(draft)] = sheet
            if listing:
                for draft in group:
                    for site, unit in draft.sites():
                        listed.setdefault(site, set()).add(unit)
                known_sites = {site: frozenset(owners) for site, owners in listed.items()}
    return [done[id(d)] if id(d) in done else d.unread() for d in drafts]


def _hidden(path: Path, grids: Iterable[Grid]) -> Iterable[Problem]:
    for grid in grids:
        found = [word for there, word in (
            (grid.hidden, "整张工作表"),
            (grid.hidden_rows, f"{len(grid.hidden_rows)} 行"),
            (grid.hidden_columns, f"{len(grid.hidden_columns)} 列"),
        ) if there]
        if found:
            yield Problem(
                Code.HIDDEN_READ, f"{'、'.join(found)}是隐藏的，也照样读入了", file=path.name,
                sheet=grid.sheet, mend="不该算的请删掉，不要隐藏", severity=Severity.WARNING,
            )

"""The handbook as a notebook sees it: definitions and branch data, ready to be asked."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from targets.assessment import Assessment, assess
from targets.assessment.disclosure import publishable
from targets.assessment.opening import open_bank
from targets.branchdata import BranchData
from targets.catalog import Catalog, default_cache, load
from targets.changes import compare
from targets.changes.affected import relatives
from targets.changes.effects import TargetEffect, effects
from targets.changes.supposed import Wish, supposing
from targets.problems import did_you_mean
from targets.schema.measures import Dataset

from . import frames
from .place import data_folder, definitions_folder


class Handbook:
    """Definitions and data. Frames come back as pandas, headings in Chinese."""

    def __init__(self, catalog: Catalog, data: BranchData):
        self.catalog = catalog
        self.data = data
        self._assessments: dict[tuple, Assessment] = {}

    def __repr__(self) -> str:
        return f"<知行手册：{self.label}，数据日期至 {self.latest}>"

    @property
    def label(self) -> str:
        """示例数据 when the data is invented."""
        return self.data.label or "本行数据"

    @property
    def latest(self) -> date:
        """The latest data date."""
        return self.data.latest_date

    def assess(
        self, as_of: date | str | None = None, only: Iterable[str] | None = None
    ) -> Assessment:
        """Every target judged at every unit and site it binds; kept for the next question.

        only: these targets, and those whose figures decide together with theirs what is withheld.
        Notebooks are published: what counts too few people is withheld, as on the pages.
        """
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        asked = None if only is None else frozenset(only)
        if (day, asked) not in self._assessments:
            wanted = None if asked is None else asked | relatives(self.catalog, asked)
            found = assess(self.catalog, self.data, as_of=day, only=wanted)
            self._assessments[day, asked] = publishable(found)
        return self._assessments[day, asked]

    def whatif(self, target: str, value) -> TargetEffect:
        """What would become of the units if the target's value were another one; no file changes.

        value: a number in the unit of what is judged. Raises ValueError where nothing changes.
        """
        wish = Wish(self.catalog.get(target), 1, {"value": Decimal(str(value))})
        supposed = supposing(self.catalog, [wish], self.latest)
        changes = [c for c in compare(self.catalog, supposed) if c.kind == "target"]
        found = effects(changes, self.catalog, supposed, self.data, on=self.latest)
        if not found:
            raise ValueError(f"{target} 现在就是 {value}，没有差别")
        return found[0]

    def findings(self, as_of: date | str | None = None):
        """All findings, one row each."""
        return self.assess(as_of).frame(chinese=True)

    def readings(self, as_of: date | str | None = None, target: str | None = None):
        """Every reading up to the data date: one row per target, subject and month."""
        return frames.readings(self.assess(as_of), target)

    def roster(self, table: str, day: date | None = None, site: str | None = None):
        """The rows of a table as they were sent, columns as in the data files.

        day: only this data date; site: only this jointly built site. Columns that identify a
        person or a household are left out.
        """
        dataset = self._dataset(table)
        columns = ", ".join(f'"{c.name}"' for c in dataset.columns if not c.personal)
        where, values = ["true"], []
        for column, value in ((dataset.period, day), (dataset.site, site)):
            if value is not None and column is not None:
                where.append(f'"{column}" = ?')
                values.append(value)
        query = (
            f'SELECT {columns} FROM "{dataset.table}" WHERE {" AND ".join(where)} ORDER BY ALL'
        )
        with self.data.connect() as connection:
            return connection.execute(query, values).df()

    def columns(self, table: str):
        """What each column of a roster means."""
        return frames.columns(self._dataset(table))

    def _dataset(self, table: str) -> Dataset:
        known = {d.table: d for d in self.catalog.all(Dataset) if d.table in self.data.tables}
        if table not in known:
            hint = did_you_mean(str(table), known) or ""
            raise KeyError(f"没有“{table}”这张表；有：{'、'.join(known)}。{hint}")
        return known[table]


def open_handbook(
    data: Path | str | Mapping[str, Any] | None = None, definitions: Path | str | None = None
) -> Handbook:
    """The handbook on the sample, or on given data (a folder, a workbook, or frames by table).

    Raises Problems, in Chinese, for definitions or data with faults and for a missing sample.
    """
    folder = Path(definitions or definitions_folder())
    catalog = load(folder, cache=default_cache(folder))
    return Handbook(catalog, open_bank(catalog, data_folder() if data is None else data))

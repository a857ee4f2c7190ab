"""The rows behind findings as one flat table: for the screen, CSV and workbooks alike."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from targets.catalog import Catalog
from targets.schema.measures import Column, Dataset

from .findings import Finding, RuleFinding
from .rows import Role, RowGroup, RowLine, Rows
from .tables import LEVEL_WORDS

HEADINGS = (
    "编号", "名称", "层级", "判定对象", "判定", "归类", "依据", "缘由", "文件", "工作表", "行号",
)


class Listed(NamedTuple):
    """A row of the table, and the finding that it belongs to."""

    finding: Finding | RuleFinding
    values: list[object]


@dataclass(frozen=True)
class Listing:
    """The groups of rows of some findings, read when they are asked for."""

    opened: Rows
    catalog: Catalog
    entries: tuple[tuple[Finding | RuleFinding, tuple[RowGroup, ...]], ...]
    limit: int | None
    """rows a group"""
    personal: bool

    @property
    def columns(self) -> dict[str, str]:
        """Name -> heading of every column of the tables concerned, in their order."""
        out: dict[str, str] = {}
        for _, groups in self.entries:
            for dataset in dict.fromkeys(g.dataset for g in groups):
                for column in self.catalog.get(dataset).columns:
                    out.setdefault(column.name, heading(column))
        return out

    @property
    def headings(self) -> list[str]:
        return [*HEADINGS, *self.columns.values()]

    def lines(self, group: RowGroup) -> Iterator[RowLine]:
        return self.opened.lines(group, self.limit, self.personal)

    def __iter__(self) -> Iterator[Listed]:
        names = list(self.columns)
        for finding, groups in self.entries:
            record = record_id(finding)
            about = [
                record, self.catalog.get(record).name, LEVEL_WORDS[finding.subject.level],
                finding.subject.name, finding.status.label,
            ]
            for group in groups:
                for line in self.lines(group):
                    yield Listed(finding, [
                        *about, group.role.label, group.part, group.why,
                        line.file, line.sheet, line.line,
                        *(said(line.cells.get(name)) for name in names),
                    ])


def listing(
    opened: Rows,
    catalog: Catalog,
    findings: Iterable[Finding | RuleFinding],
    roles: Collection[Role],
    limit: int | None = None,
    personal: bool = False,
) -> Listing:
    """The rows of these roles behind these findings."""
    entries = tuple(
        (f, tuple(g for g in opened.groups(f) if g.role in roles)) for f in findings
    )
    return Listing(opened, catalog, entries, limit, personal)


def record_id(finding: Finding | RuleFinding) -> str:
    """The target or the rule that a finding speaks of."""
    return finding.rule if isinstance(finding, RuleFinding) else finding.target


def heading(column: Column) -> str:
    """Amounts are in yuan, whatever unit the branch wrote them in."""
    return f"{column.title}（元）" if column.unit else column.title


def said(value: object) -> object:
    """A cell as people read it; dates and numbers stay what they are."""
    return ("是" if value else "否") if isinstance(value, bool) else value


def dataset_headings(dataset: Dataset) -> dict[str, str]:
    """Name -> heading of a table's columns."""
    return {c.name: heading(c) for c in dataset.columns}

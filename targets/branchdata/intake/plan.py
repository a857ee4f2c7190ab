"""Which of the rows read may stand beside those already there, before anything is written.

A file replaces what was there for the tables, units and data dates of its rows. Rows that would
say something twice, or contradict what stays, are set aside with the reason.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from targets.problems import Code, Problem, Severity
from targets.schema.measures import Dataset, SitesContent

from ..columns import identifier, label, path_literal
from ..workbook import address
from .model import FILE, ROW, SET_ASIDE, SHEET, FileRead, SheetRead
from .receipts import Group, Kind, Ledger, Line

TOKEN = re.compile(SET_ASIDE + r".*?([0-9a-f]{12})", re.S)
OWN = ("_f", "_s", "_n")
"""columns of the rows on their way: number of the file, of its sheet, of the row"""

Source = tuple[int, int]
"""number of the file and of its sheet"""


@dataclass(frozen=True)
class Decision:
    """What becomes of a file's rows of one group."""

    kind: Kind | None = None
    """None where nothing is written"""
    replaces: tuple[Line, ...] = ()
    own: bool = False
    """the very same file stands there already, and brings more or other rows than before"""
    refusal: str | None = None
    """why none of the rows can be taken"""
    code: Code = Code.TWO_FILES
    mend: str | None = None
    outdated: str | None = None
    """the file by which this one was corrected"""


@dataclass(frozen=True)
class Addition:
    """Rows of one group to be written as a part."""

    file: int
    dataset: Dataset
    group: Group
    kind: Kind
    replaces: tuple[Line, ...]
    rows: pa.Table


@dataclass
class Plan:
    additions: list[Addition] = field(default_factory=list)
    refused: dict[Source, dict[int, list[Problem]]] = field(default_factory=dict)
    """rows that were read well and can't stand: row number: why"""
    known: dict[Source, int] = field(default_factory=dict)
    """rows that are there already"""
    outdated: dict[Source, int] = field(default_factory=dict)
    """rows of a file that was corrected since"""
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    """what else to say of a file"""

    def refuse(self, source: Source, row: int, problem: Problem) -> None:
        self.refused.setdefault(source, {}).setdefault(row, []).append(problem)

    def tell(self, file: int, problem: Problem) -> None:
        self.problems.setdefault(file, []).append(problem)


def token(sheet: SheetRead) -> str | None:
    """The first digits of the file whose rows set aside these are."""
    return next((m[1] for h in sheet.headings if (m := TOKEN.search(h))), None)


def plan(
    folder: Path, ledger: Ledger, reads: Sequence[FileRead], datasets: Iterable[Dataset],
    con: duckdb.DuckDBPyConnection, *, add: bool = False, again: bool = False,
) -> Plan:
    """Decide on every row that was read well. `con` is a connection that may be filled.

    add: rows stand beside those there, and replace none. again: a file that was corrected since
    counts once more.
    """
    found = Plan()
    tables = _tables(reads)
    # The register of sites comes first: the other tables are held against it.
    register = next((d for d in datasets if isinstance(d.content, SitesContent)), None)
    order = sorted(tables, key=lambda t: register is None or t != register.table)
    listing = listed(folder, ledger, register, con)
    for name in order:
        dataset, rows = tables[name]
        desk = _Desk(folder, ledger, reads, con, found, dataset, rows, add, again)
        desk.decide()
        if dataset.site and dataset != register:
            desk.hold_against_sites(listing)
        desk.keys()
        desk.finish()
        if dataset == register:
            listing = desk.sites()
    return found


def _tables(reads: Sequence[FileRead]) -> dict[str, tuple[Dataset, pa.Table]]:
    """All rows read, one table per dataset, each row with its file and sheet by number."""
    pieces: dict[str, tuple[Dataset, list[pa.Table]]] = {}
    for f, read in enumerate(reads):
        for s, sheet in enumerate(read.sheets):
            if sheet.dataset and sheet.accepted is not None and sheet.accepted.num_rows:
                rows = sheet.accepted
                for name, number in (("_f", f), ("_s", s)):
                    rows = rows.append_column(name, pa.array([number] * len(rows), pa.int32()))
                pieces.setdefault(sheet.dataset.table, (sheet.dataset, []))[1].append(rows)
    return {
        name: (dataset, pa.concat_tables(parts, promote_options="default"))
        for name, (dataset, parts) in pieces.items()
    }


def place(read: FileRead, sheet: SheetRead, row: int, column: str | None = None) -> dict:
    """A row of a file, as fields of a Problem."""
    where: dict[str, Any] = {"file": read.path.name}
    if sheet.sheet is None:
        return where | {"line": row}
    return where | {"sheet": sheet.sheet,
                    "cell": address(row, sheet.positions.get(column, 0))}


def _parts_sql(folder: Path, lines: Iterable[Line]) -> str:
    files = ", ".join(path_literal(folder / line.taken.part) for line in lines)
    return f"read_parquet([{files}], union_by_name=true)"


class _Desk:
    """One table's rows on their way, those of a file, data date and unit next to each other."""

    def __init__(self, folder, ledger, reads, con, found: Plan, dataset: Dataset, rows, add, again):
        self.folder, self.ledger, self.reads, self.con = folder, ledger, reads, con
        self.found, self.dataset = found, dataset
        self.add, self.again = add, again
        self.day, self.unit = identifier(dataset.period), identifier(dataset.unit)
        con.register("unsorted", rows)
        rows = con.sql(
            f"SELECT * FROM unsorted ORDER BY _f, {self.day}, {self.unit}, _s, {ROW}"
        ).to_arrow_table()
        self.rows = rows.append_column("_n", pa.array(np.arange(len(rows))))
        con.register("sent", self.rows)
        self.sheets, self.numbers = rows["_s"].to_numpy(), rows[ROW].to_numpy()
        self.gone = np.zeros(len(rows), bool)
        """rows that are not going to be written"""
        self.groups = {
            (f, day, unit): slice(start, stop) for f, day, unit, start, stop in con.execute(
                f"SELECT _f, {self.day}, {self.unit}, min(_n), max(_n) + 1 FROM sent"
                " GROUP BY 1, 2, 3 ORDER BY 4"
            ).fetchall()
        }
        self.decisions: dict[tuple[int, date, str], Decision] = {}
        self._seen: dict[int, tuple[set, np.ndarray]] = {}

    # ---- groups

    def decide(self) -> None:
        """Settle what becomes of each file's rows of each unit and data date."""
        first: dict[str, int] = {}
        for (f, day, unit), where in self.groups.items():
            if day is None or unit is None:
                self._refuse_nameless(f, where)
                continue
            tokens = {token(self.reads[f].sheets[s]) for s in np.unique(self.sheets[where])}
            base = next(iter(tokens)) if len(tokens) == 1 else None
            earlier = first.setdefault(self.reads[f].sha256, f)
            self.decisions[f, day, unit] = (
                Decision() if earlier != f else self._one(f, (self.dataset.table, unit, day), base)
            )
        self._rivals()
        self._count()

    def _refuse_nameless(self, f: int, where: slice) -> None:
        for n in range(where.start, where.stop):
            self._refuse(n, Problem(
                Code.MISSING_VALUE, "没有数据日期或机构代码，不知道是谁、哪一期的",
                allowed="每行都有数据日期和机构代码", mend="补上这两格", **self._place(f, n),
            ))

    def _one(self, f: int, group: Group, base: str | None) -> Decision:
        """A file's rows of a group, were it the only file."""
        sha = self.reads[f].sha256
        current = self.ledger.current.get(group, ())
        if mine := tuple(line for line in current if line.receipt.sha256 == sha):
            return self._same(f, group, mine)
        if current and not self.again and self.ledger.brought(group, sha):
            return Decision(outdated=current[0].receipt.file)
        if base:
            return self._supplement(current, base)
        if not current:
            return Decision(Kind.NEW)
        if self.add:
            return Decision(Kind.SUPPLEMENT)
        return Decision(Kind.CORRECTED, current)

    def _same(self, f: int, group: Group, mine: tuple[Line, ...]) -> Decision:
        """A file that is there already: what an answer or a changed definition let in since."""
        lost, there = self._stood(f)
        _, unit, day = group
        if (day, unit) in lost:
            alone = all(line.taken.kind is Kind.SUPPLEMENT for line in mine)
            return Decision(Kind.SUPPLEMENT if alone else Kind.CORRECTED, mine, own=True)
        where = self.groups[f, day, unit]
        self._drop(self.found.known, f, where, there[where])
        return Decision() if there[where].all() else Decision(Kind.SUPPLEMENT, own=True)

    def _stood(self, f: int) -> tuple[set[tuple[date, str]], np.ndarray]:
        """Of a file that came before: where it has other rows now, and which are there already."""
        if f not in self._seen:
            sha, there = self.reads[f].sha256, np.zeros(len(self.rows), bool)
            lines = [line for (table, unit, day), found in self.ledger.current.items()
                     for line in found if line.receipt.sha256 == sha
                     and table == self.dataset.table and (f, day, unit) in self.groups]
            stored = _parts_sql(self.folder, lines)
            names = ", ".join(identifier(c) for c in self.rows.column_names if c not in OWN)
            try:
                lost = set(self.con.execute(
                    f"SELECT DISTINCT {self.day}, {self.unit} FROM (SELECT {names} FROM {stored}"
                    f" EXCEPT SELECT {names} FROM sent WHERE _f = ?)", [f]
                ).fetchall())
            except duckdb.BinderException:  # the table has other columns since
                lost = {(line.taken.day, line.taken.unit) for line in lines}
            there[self.con.execute(
                f"SELECT _n FROM sent AS a SEMI JOIN {stored} AS b ON a.{ROW} = b.{ROW}"
                f" AND a.{SHEET} IS NOT DISTINCT FROM b.{SHEET} WHERE _f = ?", [f]
            ).fetchnumpy()["_n"]] = True
            self._seen[f] = lost, there
        return self._seen[f]

    def _supplement(self, current: tuple[Line, ...], base: str) -> Decision:
        """Rows set aside earlier and mended."""
        numbers = [r.number for r in self.ledger.receipts if r.sha256.startswith(base)]
        since = [line for line in current if line.taken.kind is not Kind.SUPPLEMENT
                 and numbers and line.receipt.number > max(numbers)]
        if since:
            return Decision(
                refusal=f"是更早一版退回的行，而那一版已被“{since[0].receipt.file}”更正",
                code=Code.OUTDATED_ROWS, mend="若更正件里还缺这些行，请交一份完整的更正件",
            )
        return Decision(Kind.SUPPLEMENT if current else Kind.NEW)

    def _rivals(self) -> None:
        """Two files of one run for one group: which of them counts, nobody said."""
        by_group: dict[tuple[date, str], list[int]] = {}
        for (f, day, unit), decision in self.decisions.items():
            if decision.kind:
                by_group.setdefault((day, unit), []).append(f)
        for (day, unit), files in by_group.items():
            fresh = [f for f in files if not self.decisions[f, day, unit].own]
            full = [f for f in fresh if self.decisions[f, day, unit].kind is not Kind.SUPPLEMENT]
            if len(full) == len(fresh) == 1:
                for f in set(files) - set(full):
                    self.decisions[f, day, unit] = Decision(outdated=self._name(full[0]))
            elif full and self.add:
                for f in full[1:]:
                    self.decisions[f, day, unit] = Decision(Kind.SUPPLEMENT)
            elif full:
                for f in fresh:
                    others = "、".join(self._name(o) for o in fresh if o != f)
                    self.decisions[f, day, unit] = Decision(
                        refusal=f"{others} 报的也是 {unit} 在 {day} 的“{self.dataset.name}”，"
                                "不知以哪一份为准，都没有收",
                        mend="只交一份；几份要合起来算，请加 --add",
                    )

    def _name(self, f: int) -> str:
        return self.reads[f].path.name

    def _count(self) -> None:
        """Take out of the way what is not going to be written."""
        for (f, day, unit), decision in self.decisions.items():
            where = self.groups[f, day, unit]
            if decision.refusal:
                self._refuse_all(f, where, decision, f"{unit} {day}")
            elif decision.outdated:
                if not self.gone[where].all():
                    self.found.tell(f, self._outdated(f, day, unit, decision.outdated))
                self._drop(self.found.outdated, f, where)
            elif not decision.kind:
                self._drop(self.found.known, f, where)

    def _drop(self, counter: dict[Source, int], f: int, where: slice, which=True) -> None:
        """Count rows that need not be written."""
        dropped = ~self.gone[where] & which
        for s, many in zip(*np.unique(self.sheets[where][dropped], return_counts=True),
                           strict=True):
            counter[f, int(s)] = counter.get((f, int(s)), 0) + int(many)
        self.gone[where] |= dropped

    def _refuse_all(self, f: int, where: slice, decision: Decision, field: str) -> None:
        read = self.reads[f]
        said = {
            s: Problem(
                decision.code, decision.refusal, file=read.path.name,
                sheet=read.sheets[s].sheet, field=field, mend=decision.mend,
            )
            for s in np.unique(self.sheets[where])
        }
        for n in np.flatnonzero(~self.gone[where]) + where.start:
            self._refuse(int(n), said[self.sheets[n]])

    def _outdated(self, f: int, day: date, unit: str, by: str) -> Problem:
        return Problem(
            Code.OUTDATED_FILE,
            f"这个文件里 {unit} 在 {day} 的“{self.dataset.name}”以前收过，"
            f"后来由“{by}”更正，旧的没有再收",
            file=self._name(f), severity=Severity.WARNING,
            mend="就该这样的话不用理会；要恢复这一份，请单独交它并加 --again",
        )

    # ---- rows

    def _file(self, n: int) -> int:
        return self.rows["_f"][n].as_py()

    def _place(self, f: int, n: int, column: str | None = None) -> dict:
        return place(self.reads[f], self.reads[f].sheets[self.sheets[n]], int(self.numbers[n]),
                     column)

    def _refuse(self, n: int, problem: Problem) -> None:
        source = self._file(n), int(self.sheets[n])
        self.found.refuse(source, int(self.numbers[n]), problem)
        self.gone[n] = True

    def _live(self, columns: str = "*") -> str:
        """The rows still in question."""
        self.con.register("live", self.rows.filter(pa.array(~self.gone)))
        return f"(SELECT {columns} FROM live)"

    def _staying(self) -> list[Line]:
        """The table's parts that go on counting."""
        gone = {line.taken.part for d in self.decisions.values() for line in d.replaces}
        return [
            line for (table, *_), lines in self.ledger.current.items() for line in lines
            if table == self.dataset.table and line.taken.part not in gone
        ]

    def hold_against_sites(self, listing: Mapping[str, set[str]]) -> None:
        """Rows that name a site which the register does not have, or has for another unit."""
        if not listing:
            return
        column = self.dataset.column(self.dataset.site)
        site = identifier(column.name)
        pairs = self.con.execute(
            f"SELECT DISTINCT {site}, {self.unit} FROM {self._live()} WHERE {site} IS NOT NULL"
        ).fetchall()
        if all(unit in listing.get(code, ()) for code, unit in pairs):
            return
        for n, code, unit in self.con.execute(
            f"SELECT _n, {site}, {self.unit} FROM live WHERE {site} IS NOT NULL ORDER BY 1"
        ).fetchall():
            owners = listing.get(code)
            if owners and unit in owners:
                continue
            self._refuse(n, Problem(
                Code.SITE_OF_OTHER if owners else Code.UNKNOWN_SITE,
                f"共建主体“{code}”在名单里归 {'、'.join(sorted(owners))}，这里写的是 {unit}"
                if owners else f"「{column.title}」“{code}”不在已收的共建主体名单里",
                field=label(column), allowed="名单里登记的编号和机构",
                mend="改正编号或机构；新的共建主体先报名单，或与名单一起交",
                **self._place(self._file(n), n, column.name),
            ))

    def sites(self) -> dict[str, set[str]]:
        """site: the units that it belongs to, as things will stand."""
        site = identifier(self.dataset.site)
        pairs = self.con.execute(
            f"SELECT DISTINCT {site}, {self.unit} FROM {self._live()}"
        ).fetchall()
        if staying := self._staying():
            pairs += self.con.execute(
                f"SELECT {site}, {self.unit} FROM {_parts_sql(self.folder, staying)}"
            ).fetchall()
        return _by_site(pairs)

    def keys(self) -> None:
        """Rows whose key another row has, in this run or in a part that stays."""
        names = [identifier(k) for k in self.dataset.key]
        days = {day for _, day, _ in self.decisions}
        staying = [line for line in self._staying()
                   if self.dataset.period not in self.dataset.key or line.taken.day in days]
        whole = " AND ".join(f"{k} IS NOT NULL" for k in names)
        shown = [c for k in self.dataset.key if not (c := self.dataset.column(k)).personal]
        said = ", ".join(f"CAST(a.{identifier(c.name)} AS VARCHAR)" for c in shown) or "1"
        mine = f"_n, {', '.join(names)}"
        twins: dict[int, tuple] = {}
        if staying:
            same = " AND ".join(f"a.{k} = b.{k}" for k in names)
            for n, file, sheet, at, *values in self.con.execute(
                f"SELECT a._n, b.{FILE}, b.{SHEET}, b.{ROW}, {said}"
                f" FROM {self._live(mine)} AS a JOIN {_parts_sql(self.folder, staying)} AS b"
                f" ON {same} ORDER BY 1"
            ).fetchall():
                twins.setdefault(n, (values, f"已收的 {_where(file, sheet, at)}"))
        for n, other, *values in self.con.execute(
            f"SELECT a._n, CASE WHEN a._n = lo THEN hi ELSE lo END, {said}"
            " FROM (SELECT *, count(*) OVER same AS many, min(_n) OVER same AS lo,"
            f" max(_n) OVER same AS hi FROM {self._live(mine)} WHERE {whole}"
            f" WINDOW same AS (PARTITION BY {', '.join(names)})) AS a WHERE many > 1 ORDER BY 1"
        ).fetchall():
            twins.setdefault(n, (values, f"这次的 {self._place_of(other)}"))
        titles = "、".join(self.dataset.column(k).title for k in self.dataset.key)
        for n, (values, other) in twins.items():
            told = "，".join(f"{c.title} {v}" for c, v in zip(shown, values, strict=False))
            self._refuse(n, Problem(
                Code.KEY_TAKEN, f"与{other} 的主键相同" + (f"（{told}）" if told else ""),
                field=titles, allowed="这几列合起来每行不同，不同文件之间也一样",
                mend="核对哪一行对：这里错就改这里；那边错，请那边先交更正件",
                **self._place(self._file(n), n, self.dataset.key[-1]),
            ))

    def _place_of(self, n: int) -> str:
        read = self.reads[self._file(n)]
        return _where(read.path.name, read.sheets[self.sheets[n]].sheet, int(self.numbers[n]))

    # ---- what is left

    def finish(self) -> None:
        """Group what is left into parts."""
        for (f, day, unit), decision in self.decisions.items():
            where = self.groups[f, day, unit]
            kept = pa.array(~self.gone[where])
            part = self.rows.slice(where.start, where.stop - where.start).filter(kept)
            if not part.num_rows:
                continue
            part = part.drop_columns(list(OWN)).replace_schema_metadata()
            self.found.additions.append(Addition(
                f, self.dataset, (self.dataset.table, unit, day), decision.kind,
                decision.replaces, part,
            ))
            if decision.replaces:
                self._tell_gone(f, day, unit, decision.replaces, part)

    def _tell_gone(self, f, day, unit, replaced: tuple[Line, ...], part: pa.Table) -> None:
        keys = ", ".join(identifier(k) for k in self.dataset.key)
        self.con.register("part", part)
        [(before, gone)] = self.con.execute(
            f"SELECT (SELECT count(*) FROM {_parts_sql(self.folder, replaced)}),"
            f" (SELECT count(*) FROM (SELECT {keys} FROM {_parts_sql(self.folder, replaced)}"
            f" EXCEPT SELECT {keys} FROM part))"
        ).fetchall()
        if gone:
            self.found.tell(f, Problem(
                Code.ROWS_GONE,
                f"{unit} 在 {day} 的“{self.dataset.name}”原有 {before:,} 行，"
                f"其中 {gone:,} 行这次没有，已随旧版移入历史",
                file=self.reads[f].path.name, severity=Severity.WARNING,
                mend="本该如此就不用理会；若这次只想补充几行，先重交原来那份并加 --again，"
                     "再交这份并加 --add --again",
            ))


def _where(file: str, sheet: str | None, row: int) -> str:
    return f"{file}[{sheet}]第 {row} 行" if sheet else f"{file} 第 {row} 行"


def _by_site(pairs: Iterable[tuple[str | None, str]]) -> dict[str, set[str]]:
    sites: dict[str, set[str]] = {}
    for site, unit in pairs:
        if site is not None:
            sites.setdefault(site, set()).add(unit)
    return sites


def listed(
    folder: Path, ledger: Ledger, register: Dataset | None, con: duckdb.DuckDBPyConnection
) -> dict[str, set[str]]:
    """The register of sites as it stands: site: the units that it belongs to."""
    lines = [line for (table, *_), found in ledger.current.items() for line in found
             if register and table == register.table]
    if not lines:
        return {}
    return _by_site(con.execute(
        f"SELECT DISTINCT {identifier(register.site)}, {identifier(register.unit)}"
        f" FROM {_parts_sql(folder, lines)}"
    ).fetchall())

"""A dataset on disk to which files are added, whole or not at all.

    intake.json                       the ledger: the only thing that says which parts count
    manifest.json                     what the parts were verified against
    <table>/<date>/<unit>/<part>      rows, with the file, sheet and row that each came from
    history/<table>/…                 rows that were replaced

A run prepares the whole next state in a folder of its own, verifies it, moves the new parts to
where nobody reads them yet and then replaces the ledger: that one step is the intake. Whatever an
earlier run left half done is cleared away before the next.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from targets.problems import Code, Problem, Problems, Severity, reason
from targets.schema.measures import Dataset, MeasureUnit, Metric, SitesContent
from targets.schema.organisation import Unit

from .. import manifest
from ..beside import lies_beside
from ..read import connection, reported_codes, write_manifest
from . import receipts
from .masking import masked
from .model import FileRead, Question, Rejected, SheetRead
from .plan import Addition, Plan, listed, plan
from .raw import raw_rows
from .receipts import CHINA, HISTORY, Answer, Ledger, Receipt, Taken

LOCK = ".lock"
STAGE = ".incoming-"
QUESTIONS, RETURNED = "questions", "returned"
OWN_FOLDERS = {HISTORY, QUESTIONS, RETURNED}
WAIT = 30
"""seconds for which another intake is waited for"""
OURS = re.compile(r"v\d+-[0-9a-f]{12}\.parquet")


@dataclass(frozen=True)
class SheetOutcome:
    """What became of a sheet's rows. read == accepted + rejected + totals."""

    sheet: SheetRead
    accepted: int
    known: int
    """of those accepted, how many are there already"""
    outdated: int
    """of those accepted, how many were corrected since by another file"""
    rejected: tuple[Rejected, ...]
    """set aside by the reading or because of what else is there"""
    problems: tuple[Problem, ...]

    @property
    def read(self) -> int:
        return self.sheet.read

    @property
    def totals(self) -> int:
        return len(self.sheet.totals)


@dataclass(frozen=True)
class FileOutcome:
    """What became of a file."""

    read: FileRead
    sheets: tuple[SheetOutcome, ...]
    problems: tuple[Problem, ...]
    """of the file as a whole"""
    receipt: Receipt | None
    """None where the same file came before and nothing has changed"""

    @property
    def taken(self) -> tuple[Taken, ...]:
        return self.receipt.taken if self.receipt else ()

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        return (*self.problems, *(p for s in self.sheets for p in s.problems))

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(q for s in self.sheets for q in s.sheet.questions)

    @property
    def rejected(self) -> int:
        return sum(len(s.rejected) for s in self.sheets)


@dataclass(frozen=True)
class Outcome:
    """What an intake came to."""

    folder: Path
    files: tuple[FileOutcome, ...]
    dry: bool
    """nothing was written"""
    problems: tuple[Problem, ...] = ()
    """of the dataset as a whole"""

    @property
    def questions(self) -> tuple[Question, ...]:
        """Each question once."""
        return tuple({q.key: q for f in self.files for q in f.questions}.values())

    @property
    def clean(self) -> bool:
        """Whether all that was handed in is taken."""
        said = [*self.problems, *(p for f in self.files for p in f.all_problems)]
        return not (self.questions or any(f.rejected for f in self.files)
                    or any(p.severity is Severity.ERROR for p in said))


@dataclass(frozen=True)
class Bank:
    """What a dataset is held against."""

    datasets: tuple[Dataset, ...]
    units: tuple[Unit, ...]
    codes: Mapping[str, MeasureUnit]

    @classmethod
    def of(cls, catalog) -> "Bank":
        datasets = tuple(d for d in catalog.all(Dataset) if d.sent)
        return cls(datasets, catalog.all(Unit), reported_codes(catalog.all(Metric)))


def sites(folder: Path, bank: Bank, reads: Sequence[FileRead] = ()) -> dict[str, set[str]]:
    """The register of sites as it stands with what was read: site: its units."""
    register = next((d for d in bank.datasets if isinstance(d.content, SitesContent)), None)
    with connection() as con:
        found = listed(folder, receipts.load(folder), register, con)
    for sheet in (s for read in reads for s in read.sheets):
        if register and sheet.dataset == register and sheet.accepted is not None:
            for site, unit in zip(sheet.accepted[register.site].to_pylist(),
                                  sheet.accepted[register.unit].to_pylist(), strict=True):
                found.setdefault(site, set()).add(unit)
    return found


def take(
    folder: Path,
    reads: Sequence[FileRead],
    bank: Bank,
    *,
    by: str,
    unit: str | None = None,
    answers: Mapping[str, str] | None = None,
    add: bool = False,
    again: bool = False,
    dry: bool = False,
    now: datetime | None = None,
    today: date | None = None,
    wait: float = WAIT,
    waiting: Callable[[], None] | None = None,
) -> Outcome:
    """Add what was read to the dataset in `folder`, which need not exist yet.

    add: rows stand beside those there and replace none. again: files that were corrected since
    count once more. dry: find out everything and write nothing. Raises `Problems`, with the
    dataset as it was, where it can't be written, where another intake does not end, or where what
    is added contradicts what is there.
    """
    now = (now or datetime.now(CHINA)).astimezone(CHINA).replace(microsecond=0)
    if dry:
        with tempfile.TemporaryDirectory(prefix="intake-") as scratch:
            return _take(folder, Path(scratch), reads, bank, by, unit, {}, add, again, True, now,
                         today)
    with _told(folder):
        _own(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, wait, waiting):
            recovered = _clear(folder)
            stage = Path(tempfile.mkdtemp(dir=folder, prefix=STAGE))
            try:
                return _take(folder, stage, reads, bank, by, unit, answers or {}, add, again,
                             False, now, today, recovered)
            finally:
                shutil.rmtree(stage, ignore_errors=True)


def _take(folder, stage, reads, bank, by, unit, answers, add, again, dry, now, today,
          recovered=False) -> Outcome:
    ledger = receipts.load(folder)
    try:
        with connection() as con:
            found = plan(folder, ledger, reads, bank.datasets, con, add=add, again=again)
    except duckdb.IOException as error:
        raise Problems([Problem(
            Code.BAD_RECEIPTS, f"已收的数据文件读不了：{str(error).splitlines()[0]}",
            file=str(folder), mend="从备份恢复这个文件",
        )]) from None
    files = tuple(_outcome(f, read, found) for f, read in enumerate(reads))
    after, files = _entered(ledger, files, found.additions, by, unit, now)
    after = replace(after, answers=ledger.answers | {
        key: Answer(choice, by, now) for key, choice in answers.items()
        if key not in ledger.answers or ledger.answers[key].choice != choice
    })
    problems: tuple[Problem, ...] = ()
    if after != ledger or recovered:
        _prepare(folder, stage, ledger, after, files, found.additions)
        _verify(stage, after, bank, today)
        if not dry:
            problems = _commit(folder, stage, ledger, after)
    return Outcome(folder, files, dry, problems)


# ---------------------------------------------------------------- what became of each file


def _outcome(f: int, read: FileRead, found: Plan) -> FileOutcome:
    sheets = tuple(
        _sheet(read, sheet, found.refused.get((f, s), {}), found.known.get((f, s), 0),
               found.outdated.get((f, s), 0))
        for s, sheet in enumerate(read.sheets)
    )
    return FileOutcome(read, sheets, (*read.problems, *found.problems.get(f, ())), None)


def _sheet(
    read: FileRead, sheet: SheetRead, refused: Mapping[int, list[Problem]], known: int,
    outdated: int,
) -> SheetOutcome:
    accepted = sheet.accepted.num_rows if sheet.accepted is not None else 0
    cells = raw_rows(read, sheet, refused) if refused else {}
    rejected = [Rejected(row, cells[row], tuple(why)) for row, why in refused.items()]
    more = dict.fromkeys(p for why in refused.values() for p in why)
    return SheetOutcome(
        sheet, accepted - len(refused), known, outdated,
        tuple(sorted((*sheet.rejected, *rejected), key=lambda r: r.row)),
        (*sheet.problems, *more),
    )


def _entered(
    ledger: Ledger, files: tuple[FileOutcome, ...], additions: Iterable[Addition], by: str,
    unit: str | None, now: datetime,
) -> tuple[Ledger, tuple[FileOutcome, ...]]:
    """The ledger with a receipt for each file that brings anything not yet in it."""
    entered = []
    versions: dict = {}
    for f, file in enumerate(files):
        taken = []
        for a in additions:
            if a.file != f:
                continue
            table, code, day = a.group
            version = versions.get(a.group, ledger.version(a.group)) + 1
            versions[a.group] = version
            taken.append(Taken(
                table, code, day, version, a.kind, a.rows.num_rows,
                receipts.part_path(table, day, code, version, file.read.sha256),
                tuple(line.taken.part for line in a.replaces),
            ))
        receipt = Receipt(
            len(ledger.receipts) + 1, now, masked(by), masked(file.read.path.name),
            file.read.sha256, file.read.size, unit,
            sum(s.read for s in file.sheets), sum(s.accepted for s in file.sheets),
            file.rejected, sum(s.totals for s in file.sheets), tuple(taken),
        )
        if taken or not _told_before(ledger, receipt):
            ledger = ledger.with_receipt(receipt)
            file = replace(file, receipt=receipt)
        entered.append(file)
    return ledger, tuple(entered)


def _told_before(ledger: Ledger, receipt: Receipt) -> bool:
    """Whether the same file came before, to the same end."""
    same = [r for r in ledger.receipts if r.sha256 == receipt.sha256]

    def counts(r: Receipt) -> tuple[int, ...]:
        return r.read, r.accepted, r.rejected, r.totals

    return bool(same) and counts(same[-1]) == counts(receipt)


# ---------------------------------------------------------------- the next state


def _prepare(folder, stage, before: Ledger, after: Ledger, files, additions) -> None:
    """The whole next state of the dataset in the stage: old parts lent, new ones written."""
    staying = {line.taken.part for lines in after.current.values() for line in lines}
    old = {line.taken.part for lines in before.current.values() for line in lines}
    for part in staying & old:
        _lend(folder / part, stage / part)
    written = {(a.file, a.group): a.rows for a in additions}
    for f, file in enumerate(files):
        for taken in file.taken:
            _write(written[f, taken.group], stage / taken.part)
    receipts.save(stage, after)
    if (folder / manifest.NAME).is_file():
        shutil.copyfile(folder / manifest.NAME, stage / manifest.NAME)


def _lend(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = source.resolve()
    for way in (os.link, os.symlink, shutil.copyfile):
        try:
            way(source, target)
            return
        except FileNotFoundError:
            raise Problems([Problem(
                Code.BAD_RECEIPTS, "收件簿登记的数据文件不见了", file=str(source),
                mend="从备份恢复这个文件",
            )]) from None
        except OSError:
            if way is shutil.copyfile:
                raise


def _write(rows: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pq.write_table(rows, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())


def _verify(stage: Path, after: Ledger, bank: Bank, today: date | None) -> None:
    """Hold the next state against every rule of the tables; raise `Problems` if it breaks one."""
    if not after.current:
        return
    present = {table for table, *_ in after.current}
    # That a table has not been handed in yet is no reason to refuse the others.
    datasets = [d for d in bank.datasets if d.optional or d.table in present]
    try:
        write_manifest(stage, datasets, bank.units, codes=bank.codes, today=today)
    except Problems as found:
        raise Problems([
            Problem(
                Code.NOT_TOGETHER, "与已收的数据合起来核对不过，这次一行也没有收",
                mend="改正下面各处再交；牵涉别的机构的，请各机构的文件一次交齐",
            ),
            *(p for p in found.problems if p.severity is Severity.ERROR),
        ]) from None


def _commit(folder: Path, stage: Path, before: Ledger, after: Ledger) -> tuple[Problem, ...]:
    """Make the stage the dataset. Nothing counts until the ledger is replaced."""
    old = {line.taken.part for line in before.history}
    moved = []
    try:
        for line in after.history:
            if line.taken.part not in old:
                target = folder / line.taken.part
                target.parent.mkdir(parents=True, exist_ok=True)
                moved.append(target)
                os.replace(stage / line.taken.part, target)
        os.replace(stage / receipts.NAME, folder / receipts.NAME)
    except OSError:
        for target in moved:
            target.unlink(missing_ok=True)
        raise
    try:
        _file_away(folder, after)
        if (stage / manifest.NAME).is_file():
            os.replace(stage / manifest.NAME, folder / manifest.NAME)
    except OSError as error:
        return (Problem(
            Code.CANNOT_WRITE, f"数据已收下，但旧版没有移入历史：{reason(error)}",
            file=str(folder), severity=Severity.WARNING, mend="下次收件时会自动补做",
        ),)
    return ()


def _file_away(folder: Path, ledger: Ledger) -> bool:
    """Move replaced parts into the history; whether there were any."""
    moved = False
    for line in ledger.history:
        if line.replaced and (folder / line.taken.part).is_file():
            target = folder / HISTORY / line.taken.part
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / line.taken.part, target)
            moved = True
    return moved


# ---------------------------------------------------------------- the folder


def _own(folder: Path) -> None:
    """Refuse a folder that holds anything but what intake put there."""
    if not folder.exists() or (folder / receipts.NAME).is_file():
        return
    strangers = [p.name for p in sorted(folder.iterdir())
                 if not p.name.startswith(".") and p.name not in OWN_FOLDERS
                 and not lies_beside(p) and not _left_over(p)]
    if strangers:
        shown = "、".join(strangers[:5]) + (" 等" if len(strangers) > 5 else "")
        raise Problems([Problem(
            Code.NOT_A_STORE, f"目录里有别的东西：{shown}", file=str(folder),
            allowed="空目录，或以前收件用的目录", mend="换一个目录",
        )])


def _left_over(path: Path) -> bool:
    """Whether a folder holds nothing but parts of a first intake that did not come to its end."""
    return path.is_dir() and all(OURS.fullmatch(p.name) for p in path.rglob("*") if p.is_file())


def _clear(folder: Path) -> bool:
    """Clear away what an interrupted run left; whether there was anything."""
    stages = list(folder.glob(f"{STAGE}*"))
    for stage in stages:
        shutil.rmtree(stage)
    ledger = receipts.load(folder)
    moved = _file_away(folder, ledger)
    known = {line.taken.part for line in ledger.history}
    lost = [p for p in folder.glob("*/*/*/*.parquet") if OURS.fullmatch(p.name)
            and p.relative_to(folder).parts[0] not in OWN_FOLDERS
            and p.relative_to(folder).as_posix() not in known]
    for path in lost:
        path.unlink()
    return bool(stages or moved or lost)


@contextmanager
def _locked(folder: Path, wait: float, waiting: Callable[[], None] | None) -> Iterator[None]:
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if waiting:
            waiting()
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise Problems([Problem(
                Code.BUSY, f"另一次收件正在进行，等了 {wait:g} 秒还没有结束", file=str(folder),
                mend="等它结束再交；这次一行也没有收",
            )]) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the disk refuses, as a problem."""
    try:
        yield
    except OSError as error:
        raise Problems([Problem(
            Code.CANNOT_WRITE, f"写不进去：{reason(error)}", file=str(folder),
            mend="腾出空间、改好权限或换一个目录，再交一次；这次一行也没有收，原有的数据没有动",
        )]) from None

"""A file of hand-ins (报送记录): CSV, workbook or YAML, a row a hand-in or a waiver.

Everything wrong is told at once, with file, row and column; nothing is read in part.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from targets.branchdata.beside import SUBMISSIONS as STEM
from targets.problems import Code, Problem, Problems, Severity
from targets.schema.duties import Duty
from targets.schema.organisation import Unit

from . import small_table
from .occurrences import YEARS, Calendar, Occurrence, why_undated
from .small_table import Form, Row
from .submissions import SHANGHAI, Entry, named_period

DUTY, UNIT, PERIOD, AT, VERSION, BY, REASON = COLUMNS = (
    "义务编号", "机构代码", "报告期", "报送时间", "版本", "报送人", "豁免理由",
)
NEEDED = (DUTY, UNIT, PERIOD)
FORM = Form(
    STEM, COLUMNS, NEEDED, Code.SUBMISSION_FILE, Code.SUBMISSION_COLUMN, Code.SUBMISSION_FILES
)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?")
NO_REASON = re.compile(r"[\s\-—–/／\\.。无]*")
ALLOWED_TIME = "2026-04-09 或 2026-04-09 16:30（北京时间）"


def find(folder: Path) -> Path | None:
    """The file of hand-ins that lies in a data folder; raises Problems where there are two."""
    return small_table.find(folder, FORM)


def read(path: Path, calendar: Calendar) -> tuple[list[Entry], tuple[Problem, ...]]:
    """The entries, and warnings. Raises Problems where anything is wrong.

    `calendar` must know every duty that the file may name.
    """
    rows, problems = small_table.rows(Path(path), FORM)
    reader = _Reader(calendar)
    entries = [(row, entry) for row in rows if (entry := reader.entry(row))]
    problems = [*problems, *reader.problems, *_together(entries, reader)]
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    return [entry for _, entry in entries], tuple(problems)


# ---------------------------------------------------------------- one row


class _Reader(small_table.Reader):
    """Rows to entries; collects what is wrong with them."""

    def __init__(self, calendar: Calendar):
        super().__init__(calendar.catalog)
        self.calendar = calendar
        self._named: dict[tuple[str, str, int], dict[str, list[Occurrence]]] = {}
        self.matched: dict[tuple[str, str, str], list[Occurrence]] = {}
        """group -> its due dates"""

    def entry(self, row: Row) -> Entry | None:
        """The row as an entry; None when anything keeps it from being one."""
        before = len(self.problems)
        duty, unit = self._duty(row), self._unit(row, UNIT, Code.SUBMISSION_UNIT)
        at, day_only = self._at(row)
        version = self._version(row)
        reason = self._reason(row)
        alike = self._occurrences(row, duty, unit) if duty and unit else []
        if alike and at:
            self._in_time(row, alike, at, day_only)
        wrong = any(p.severity is Severity.ERROR for p in self.problems[before:])
        if wrong or not alike:
            return None
        period = named_period(alike[0])
        entry = Entry(
            duty.id, unit.code, period, at, version, _line(row.cells.get(BY, "")), _line(reason),
            row.source,
        )
        self.matched[entry.group] = alike
        return entry

    def _duty(self, row: Row) -> Duty | None:
        name = row.cells.get(DUTY, "")
        duty = self._duty_called(name)
        if duty is None:
            found = f"没有编号为“{name}”的义务" if name else "没写义务编号"
            self._tell(row, Code.SUBMISSION_DUTY, DUTY, found, allowed="定义里的义务编号",
                       mend=self.catalog.hint(name, self.duties))
        return duty

    def _at(self, row: Row) -> tuple[datetime | None, bool]:
        """When it was handed in, and whether only the day is known."""
        text = row.cells.get(AT, "")
        if not text:
            return None, False
        match = MOMENT.fullmatch(text)
        try:
            if not match:
                raise ValueError
            day = date.fromisoformat(match[1])
            hour = time.fromisoformat(match[2]) if match[2] else time()
        except ValueError:
            self._tell(row, Code.SUBMISSION_TIME, AT, f"“{text}”不是报送时间",
                       allowed=ALLOWED_TIME)
            return None, False
        return datetime.combine(day, hour, SHANGHAI), not match[2]

    def _version(self, row: Row) -> int:
        text = row.cells.get(VERSION, "")
        if text and not re.fullmatch(r"[1-9]\d{0,3}", text):
            self._tell(row, Code.SUBMISSION_VERSION, VERSION, f"“{text}”不是版本号",
                       allowed="1、2、3……；不写就是 1")
            return 1
        return int(text or 1)

    def _reason(self, row: Row) -> str:
        text = row.cells.get(REASON, "")
        handed_in = bool(row.cells.get(AT))
        if handed_in and text:
            self._tell(row, Code.WAIVED_AND_SENT, REASON, "同一行里既有报送时间，又有豁免理由",
                       allowed="两样只写一样", mend="交了就删去理由，豁免就删去时间")
        elif not handed_in and NO_REASON.fullmatch(text):
            self._tell(row, Code.WAIVER_UNREASONED, REASON, "没有报送时间，也没有写明豁免理由",
                       allowed="报送时间，或豁免的理由", mend="补上一样；没有交就删去这一行")
        return text

    # --- due dates

    def _occurrences(self, row: Row, duty: Duty, unit: Unit) -> list[Occurrence]:
        """The due dates that the row is about."""
        if unit.id not in {u.id for u in self.calendar.units(duty)}:
            codes = "、".join(u.code for u in self.calendar.units(duty))
            self._tell(row, Code.SUBMISSION_NOT_THEIRS, UNIT,
                       f"“{duty.name}”不由{unit.name}（{unit.code}）承担",
                       allowed=codes or "定义里没有说由哪家机构承担", mend="核对义务和机构")
            return []
        text = row.cells.get(PERIOD, "")
        year = re.match(r"\d{4}", text)
        if year and int(year[0]) in YEARS:
            named = self._periods(duty, unit, int(year[0]))
            if alike := named.get(_plain(text)):
                return alike
            if not named and not self.calendar.dated(duty):
                why = why_undated(self.calendar.history(duty)[-1].duty)
                self._tell(row, Code.SUBMISSION_UNDATED, DUTY,
                           f"“{duty.name}”排不出到期日（{why}），这一行不作判断",
                           severity=Severity.WARNING)
                return []
            known = dict.fromkeys(
                f"{p.key}（{p.label}）" for os in named.values() for p in [named_period(os[0])]
            )
        else:
            known = {}
        found = f"{unit.name}的“{duty.name}”没有“{text}”这一期" if text else "没写报告期"
        some = list(known)[:8]
        allowed = "、".join(some) + (" 等" if len(known) > 8 else "")
        self._tell(row, Code.SUBMISSION_PERIOD, PERIOD, found,
                   allowed=allowed or "以年份开头，如 2026q1、2026年第1季度、2026-03")
        return []

    def _periods(self, duty: Duty, unit: Unit, year: int) -> dict[str, list[Occurrence]]:
        """Due dates by each way of writing the period reported on, for periods of the year."""
        key = (duty.id, unit.id, year)
        if key not in self._named:
            named: dict[str, list[Occurrence]] = {}
            window = date(year - 1, 12, 1), date(year + 2, 1, 1)
            for one in self.calendar.of_unit(unit, *window, [duty]):
                period = named_period(one)
                for word in {_plain(period.key), _plain(period.label)}:
                    if word.startswith(str(year)):
                        named.setdefault(word, []).append(one)
            self._named[key] = named
        return self._named[key]

    def _in_time(self, row: Row, alike: list[Occurrence], at: datetime, day_only: bool) -> None:
        """Not before there was anything to hand in, and to the hour where the hour counts."""
        one = alike[0]
        period = named_period(one)
        over = one.reports_on is not None and one.due > period.last
        opens = period.last + timedelta(days=1) if over else period.first
        if at.date() < opens:
            told = "到" if over else "从"
            self._tell(
                row, Code.SUBMISSION_EARLY, AT,
                f"{at:%Y-%m-%d} 交的，而{period.label}{told} "
                f"{period.last if over else period.first} 才{'结束' if over else '开始'}",
                allowed=f"{opens} 或以后", mend="核对报送时间和报告期",
                severity=Severity.ERROR if one.reports_on else Severity.WARNING,
            )
        if day_only and any(o.due_time and o.due == at.date() for o in alike):
            self._tell(row, Code.SUBMISSION_TIME, AT,
                       f"到期日当天 {one.due_time:%H:%M} 截止，没写几点交的就不知道迟没迟",
                       allowed="2026-04-09 16:30 的样子", mend="补上几点几分")


def _line(text: str) -> str | None:
    """On one line, without characters that steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()) or None


def _plain(text: str) -> str:
    """A period as written, without what people write differently."""
    return re.sub(r"[\s\-第]", "", text).casefold()


# ---------------------------------------------------------------- rows against each other


def _together(entries: list[tuple[Row, Entry]], reader: _Reader) -> Iterator[Problem]:
    groups: dict[tuple, list[tuple[Row, Entry]]] = {}
    for row, entry in entries:
        groups.setdefault(entry.group, []).append((row, entry))
    for group, lines in groups.items():
        waived = [row for row, e in lines if e.reason]
        sent = [(row, e) for row, e in lines if not e.reason]
        yield from (_twice(row, waived[0], "豁免", REASON) for row in waived[1:])
        if waived and sent:
            yield waived[0].problem(
                Code.WAIVED_AND_SENT, REASON, f"这里豁免，而{sent[0][0].source}又报送了",
                allowed="两样只留一样", mend="删去一行",
            )
        times = sum(o.quota for o in reader.matched[group])
        yield from _versions(sent, times > 1)


def _versions(sent: list[tuple[Row, Entry]], several: bool) -> Iterator[Problem]:
    """Each version once; where several are due, first versions at different times are several."""
    known: dict[tuple, Row] = {}
    for row, entry in sent:
        key = (entry.version, entry.at) if several else (entry.version,)
        if key in known:
            yield _twice(row, known[key], f"第 {entry.version} 版", VERSION)
        known.setdefault(key, row)
    if several:
        return
    ordered = sorted(sent, key=lambda line: line[1].version)
    if ordered and ordered[0][1].version > 1:
        row, entry = ordered[0]
        yield row.problem(
            Code.SUBMISSION_VERSION, VERSION,
            f"只有第 {entry.version} 版，没有第 1 版；是否按时先看这一版",
            mend="补上第 1 版那一行", severity=Severity.WARNING,
        )
    for (_, earlier), (row, later) in pairwise(ordered):
        if later.at < earlier.at:
            yield row.problem(
                Code.SUBMISSION_VERSION, VERSION,
                f"第 {later.version} 版早于第 {earlier.version} 版", mend="核对版本和报送时间",
            )


def _twice(row: Row, first: Row, what: str, column: str) -> Problem:
    return row.problem(
        Code.SUBMISSION_TWICE, column, f"同一义务、机构、报告期的{what}在{first.source}已经有了",
        allowed="一次报送一行", mend="删去一行；是更正就把版本加一",
    )

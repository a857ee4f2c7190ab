"""The days that units fixed for themselves (自定日期): a row a duty, unit and day.

Where a duty leaves the days to the unit (two days each half-year), the unit fills in this small
table, and its calendar shows the days chosen instead of the period's end. It adds to the days that
the definitions hold (`ChosenDates`). A day that is moved keeps its event in subscribers' calendars
when the row says how often it was changed.
"""

import re
from collections import Counter
from datetime import date
from pathlib import Path

from targets.branchdata.beside import CHOICES as STEM
from targets.catalog import Catalog
from targets.catalog.carriers import open_on
from targets.periods import period_of
from targets.problems import Code, Problems, Severity, did_you_mean
from targets.schema.duties import ChosenDates, ChosenDays, Duty, Event
from targets.schema.organisation import Unit

from . import small_table
from .occurrences import YEARS, Calendar
from .small_table import Form, Row

DUTY, UNIT, DAY, REVISION = COLUMNS = ("义务编号", "机构代码", "日期", "改过几次")
NEEDED = (DUTY, UNIT, DAY)
FORM = Form(STEM, COLUMNS, NEEDED, Code.CHOICE_FILE, Code.CHOICE_COLUMN, Code.CHOICE_FILES)
ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]00:00:00)?")

Chosen = dict[tuple[str, str], dict[date, int]]
"""(duty id, unit id) -> day -> how often it was changed"""


def chosen_in(folder: Path | None, catalog: Catalog) -> Chosen:
    """The days of the table that lies in a data folder; none where there is none."""
    path = small_table.find(folder, FORM) if folder and folder.is_dir() else None
    return read(path, catalog) if path else {}


def read(path: Path, catalog: Catalog) -> Chosen:
    """The days chosen. Raises Problems with everything that is wrong."""
    rows, problems = small_table.rows(Path(path), FORM)
    reader = _Reader(catalog)
    for row in rows:
        reader.add(row)
    problems += reader.problems
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    return reader.chosen


class _Reader(small_table.Reader):
    def __init__(self, catalog: Catalog):
        super().__init__(catalog)
        self.calendar = Calendar(catalog)
        self.chosen: Chosen = {}
        self._taken: dict[tuple, str] = {}
        self._counts: Counter = Counter()
        for record in catalog.all(ChosenDates):
            for day in record.days:
                self._taken[record.duty, record.unit, day] = f"定义的“{record.name}”"
                self._count(record.duty, record.unit, day)

    def add(self, row: Row) -> None:
        before = len(self.problems)
        duty, unit, day = self._duty(row), self._unit(row, UNIT, Code.CHOICE_UNIT), self._day(row)
        revision = self._revision(row)
        if duty and unit:
            self._fits(row, duty, unit, day)
        if len(self.problems) == before:
            self.chosen.setdefault((duty.id, unit.id), {})[day] = revision

    def _duty(self, row: Row) -> Duty | None:
        name = row.cells.get(DUTY, "")
        duty = self._duty_called(name)
        ours = [d.id for d in self.duties.values() if self._chooses(d)]
        if duty is None:
            found = f"没有编号为“{name}”的义务" if name else "没写义务编号"
            self._tell(row, Code.CHOICE_DUTY, DUTY, found, allowed="、".join(ours),
                       mend=did_you_mean(name, ours))
        elif not self._chooses(duty):
            self._tell(row, Code.CHOICE_DUTY, DUTY, f"“{duty.name}”的日子不由机构自定",
                       allowed="、".join(ours), mend="删去这一行，或核对义务编号")
            return None
        return duty

    def _chooses(self, duty: Duty) -> bool:
        return any(
            isinstance(t.duty.recurrence, ChosenDays | Event) and not t.withdrawn
            for t in self.calendar.history(duty)
        )

    def _day(self, row: Row) -> date | None:
        text = row.cells.get(DAY, "")
        match = ISO.fullmatch(text)
        try:
            day = date.fromisoformat(match[1]) if match else None
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            found = f"“{text}”不是日子" if text else "没写日期"
            self._tell(row, Code.CHOICE_DAY, DAY, found, allowed="2026-03-05 的样子")
            return None
        return day

    def _revision(self, row: Row) -> int:
        text = row.cells.get(REVISION, "")
        if text and not re.fullmatch(r"\d{1,3}", text):
            self._tell(row, Code.CHOICE_REVISION, REVISION, f"“{text}”不是次数",
                       allowed="0、1、2……；没有改过就不写")
            return 0
        return int(text or 0)

    # --- duty, unit and day together

    def _fits(self, row: Row, duty: Duty, unit: Unit, day: date | None) -> None:
        carriers = self.calendar.units(duty)
        if unit.id not in {u.id for u in carriers}:
            self._tell(row, Code.CHOICE_UNIT, UNIT,
                       f"“{duty.name}”不由{unit.name}（{unit.code}）承担",
                       allowed="、".join(u.code for u in carriers) or "定义里没有说由哪家机构承担",
                       mend="核对义务和机构")
            return
        if day is None:
            return
        terms = self.calendar.on(duty, day)
        if not open_on(unit, day):
            self._tell(row, Code.CHOICE_DAY, DAY, f"{unit.name}在 {day} 还没有开业或已经撤并")
        elif terms.withdrawn or not isinstance(terms.duty.recurrence, ChosenDays | Event):
            self._tell(row, Code.CHOICE_DAY, DAY, f"到 {day}，“{duty.name}”已不由机构自定日期")
        elif (key := (duty.id, unit.id, day)) in self._taken:
            self._tell(row, Code.CHOICE_TWICE, DAY, f"{day} 在{self._taken[key]}已经有了",
                       mend="删去一处")
        else:
            self._taken[key] = row.source
            period, times, allowed = self._count(*key)
            if allowed is not None and times > allowed:
                self._tell(row, Code.CHOICE_TOO_MANY, DAY,
                           f"{unit.name}在{period.label}选了 {times} 天",
                           allowed=f"{allowed} 天（连同定义里的）", mend="删去多出的一天")

    def _count(self, duty_id: str, unit_id: str, day: date):
        """(period, how many days are chosen in it by now, how many may be)."""
        rule = self.calendar.on(self.duties[duty_id], day).duty.recurrence
        if not isinstance(rule, ChosenDays):
            return None, 0, None
        period = period_of(rule.per, day)
        self._counts[duty_id, unit_id, period] += 1
        return period, self._counts[duty_id, unit_id, period], rule.days

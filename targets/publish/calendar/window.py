"""The years that the site's calendar covers: nothing in it depends on the day it is built."""

from dataclasses import dataclass
from datetime import date, timedelta

from targets.calendar.workdays import STATE_YEARS

YEARS = 2


@dataclass(frozen=True)
class Window:
    """Whole years, by due date."""

    first: date
    last: date
    """included"""

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + timedelta(days=1)

    @property
    def years(self) -> range:
        return range(self.first.year, self.last.year + 1)

    def offset(self, day: date) -> int:
        """Days since the first."""
        return (day - self.first).days


def window(as_of: date | None) -> Window:
    """The year of the data and the next; without data, from the last year whose days off are
    announced."""
    year = as_of.year if as_of else max(STATE_YEARS)
    return Window(date(year, 1, 1), date(year + YEARS - 1, 12, 31))

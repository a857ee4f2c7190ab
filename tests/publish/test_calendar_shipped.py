"""The shipped definitions on the site: nobody's duty and no date is missing."""

from datetime import date

import pytest

from targets.calendar.occurrences import Calendar
from targets.catalog import load
from targets.publish.calendar import data
from targets.publish.domain.handbook import Handbook
from targets.publish.results import Results
from targets.schema.duties import Duty
from targets.schema.organisation import Unit

from .test_calendar_data import SPAN, document, expanded, owed, told


@pytest.fixture(scope="module")
def shipped() -> Handbook:
    return Handbook(load(), Results(date(2026, 9, 30), "示例", ()))


@pytest.fixture(scope="module")
def content(shipped) -> dict:
    return document(shipped)


class TestShippedDefinitions:
    def test_every_due_date_of_every_duty_is_in_it(self, shipped, content):
        calendar = Calendar(shipped.catalog.plain)
        carried = {
            duty["id"]: sorted(expanded(content, duty["runs"])) for duty in content["duties"]
        }
        for duty in calendar.duties:
            wanted = sorted(map(told, calendar.of_duty(duty, SPAN.first, SPAN.end)))
            assert carried.get(duty.id, []) == wanted, duty.id

    def test_every_unit_owes_by_it_what_the_calendar_says(self, shipped, content):
        calendar = Calendar(shipped.catalog.plain)
        units = shipped.catalog.all(Unit)
        assert [u.id for u in units] == [u[0] for u in content["units"]]
        for n, unit in enumerate(units):
            wanted = calendar.of_unit(unit, SPAN.first, SPAN.end)
            assert owed(content, n) == sorted((o.duty.id, told(o)) for o in wanted), unit.name

    def test_stays_below_100_kilobytes(self, content):
        assert len(data.script(content).encode()) < 100_000

    def test_every_actor_can_be_chosen_by_role(self, content):
        chosen = {a for _, actors, _ in content["roles"] for a in actors}
        assert chosen == set(range(len(content["actors"])))

    def test_every_duty_has_its_dates_or_a_reason(self, shipped):
        for duty in shipped.catalog.all(Duty):
            html = shipped.render("dates", duty.id)
            assert ("data-duty" in html) != ("排不出日期" in html), duty.id
            assert "None" not in html

    def test_the_tables_name_every_duty(self, shipped):
        both = shipped.render("dated") + shipped.render("undated")
        for duty in shipped.catalog.all(Duty):
            assert f'href="zx://{duty.id}"' in both

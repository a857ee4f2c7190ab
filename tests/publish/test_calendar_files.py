"""What stands beside the pages: dates and feeds, written when they change and not otherwise."""

from datetime import date

import pytest
from icalendar import Calendar as Ics

from targets.problems import Problems
from targets.publish.calendar import data, files
from targets.publish.calendar.paths import feed_of

from .conftest import DECISION, handbook
from .test_calendar_data import BANK


@pytest.fixture
def bank(definitions):
    (definitions / "bank.yaml").write_text(BANK, encoding="utf-8")
    return definitions


class Site:
    """A folder that pages would stand in."""

    def __init__(self, definitions, tmp_path):
        self.definitions = definitions
        self.root, self.kept = tmp_path / "html", tmp_path / "kept.json"

    def write(self) -> set[str]:
        book = handbook(self.definitions)
        return set(files.write(book, self.root, self.kept, lambda page: f"{page}.html"))

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.definitions / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    def feed(self, record_id: str) -> Ics:
        return Ics.from_ical((self.root / feed_of(record_id)).read_bytes())


@pytest.fixture
def site(bank, tmp_path) -> Site:
    return Site(bank, tmp_path)


class TestFeeds:
    def test_there_is_one_for_all_each_role_and_each_unit_that_carries(self, site):
        assert site.write() == {
            data.SCRIPT,
            feed_of("all"),
            feed_of("demo.role.branch"),
            feed_of("demo.role.counter"),
            feed_of("demo.role.office.received"),
            feed_of("bank.unit.east"),
            feed_of("bank.unit.west"),
        }

    def test_their_names_are_plain_ascii(self, site):
        assert all(name.isascii() for name in site.write())

    def test_a_units_feed_holds_its_own_days(self, site):
        site.write()
        days = {
            event.decoded("dtstart")
            for event in site.feed("bank.unit.east").walk("VEVENT")
            if event["uid"].startswith("demo.duty.days")
        }
        assert date(2026, 3, 5) in days

    def test_they_reach_as_far_as_the_page_says(self, site):
        site.write()
        days = [e.decoded("dtstart") for e in site.feed("all").walk("VEVENT")]
        # without data: the last announced year and the next
        assert min(d.year for d in days) + 1 == max(d.year for d in days)

    def test_a_damaged_ledger_stops_the_build_with_its_place(self, site):
        (site.definitions / "calendar_ledger.json").write_text("{", encoding="utf-8")
        with pytest.raises(Problems, match="C010"):
            site.write()


class TestSecondBuild:
    def test_writes_nothing_when_nothing_changed(self, site):
        site.write()
        assert site.write() == set()

    def test_writes_nothing_for_a_new_value_of_a_target(self, site):
        site.write()
        (site.definitions / "decision.yaml").write_text(DECISION, encoding="utf-8")
        site.replace("demo.yaml", "value: 70", "value: 75")
        assert site.write() == set()

    def test_writes_what_a_changed_deadline_concerns_and_leaves_the_rest(self, site):
        site.write()
        site.replace("demo.yaml", "day: 10,", "day: 15,")
        assert site.write() == {
            data.SCRIPT, feed_of("all"), feed_of("demo.role.branch"),
            feed_of("demo.role.office.received"),
        }

    def test_a_decision_on_a_duty_moves_its_dates(self, site):
        site.write()
        change = "{kind: duty, duty: demo.duty.report, deadline: "
        change += "{kind: following_day, day: 20, inclusion: included}}"
        text = DECISION[: DECISION.index("      - {kind")] + f"      - {change}\n"
        (site.definitions / "decision.yaml").write_text(text, encoding="utf-8")
        site.write()
        days = {e.decoded("dtstart").day for e in site.feed("demo.role.branch").walk("VEVENT")}
        assert 20 in days

    def test_makes_again_what_someone_deleted(self, site):
        site.write()
        (site.root / feed_of("bank.unit.east")).unlink()
        assert site.write() == {feed_of("bank.unit.east")}

    def test_removes_the_feed_of_a_unit_that_is_gone(self, site):
        site.write()
        start = BANK.index("  - id: bank.unit.west")
        end = BANK.index("chosen_dates:")
        (site.definitions / "bank.yaml").write_text(BANK[:start] + BANK[end:], encoding="utf-8")
        assert feed_of("bank.unit.west") in site.write()
        assert not (site.root / feed_of("bank.unit.west")).exists()

    @pytest.mark.parametrize("left", ["", "{", "[]", '{"fingerprint": 1}'])
    def test_a_damaged_record_of_the_last_build_costs_time_only(self, site, left):
        site.write()
        site.kept.write_text(left, encoding="utf-8")
        assert site.write() == set()

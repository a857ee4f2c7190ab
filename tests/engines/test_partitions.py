"""Aggregates of months that have not changed are taken from the last run, and are the same."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from targets.assessment import assess
from targets.branchdata import open_data
from tests.demo import catalogue, counted, metric, shop_frame, shops, target
from tests.engines.test_same_findings import known, summed, told

MONTHS = {"2026-03-31": 5, "2026-04-30": 6, "2026-05-31": 7}


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    distinct = summed("count(distinct shop)", "profiled")
    return catalogue(
        tmp_path_factory.mktemp("definitions"),
        metrics=[counted(), metric("d", unit={"kind": "count", "of": "户"}, measure=distinct)],
        targets=[target(), target("d", metric="demo.metric.d")],
    )


class Desk:
    def __init__(self, folder: Path, bank):
        self.data, self.kept, self.bank = folder / "data", folder / "kept", bank
        for day, profiled in MONTHS.items():
            self.month(day, profiled)

    def month(self, day: str, profiled: int, name: str | None = None) -> None:
        part = self.data / "shops" / f"day={name or day}" if name is None else self.data / "shops"
        part.mkdir(parents=True, exist_ok=True)
        rows = shop_frame(shops((day, "0101", profiled, 10), (day, "0201", 1, 3)))
        if name is None:
            rows = rows.drop_columns("day")  # the folder's name says it
        pq.write_table(rows, part / f"{name or 'part'}.parquet")

    def judged(self, kept: bool = True, as_of: date | None = None):
        data = open_data(self.data, **known(self.bank))
        return assess(self.bank, data, as_of=as_of, kept=self.kept if kept else None)

    def files(self) -> dict:
        return {f: f.stat().st_ino for f in sorted(self.kept.glob("*"))}


@pytest.fixture
def desk(tmp_path, bank) -> Desk:
    return Desk(tmp_path, bank)


class TestUnchangedMonths:
    def test_a_second_run_computes_nothing_and_finds_the_same(self, desk):
        plain = told(desk.judged(kept=False))
        assert told(desk.judged()) == plain
        before = desk.files()
        # two queries, counts and distinct counts by unit, on each of three months
        assert len(before) == 6
        assert told(desk.judged()) == plain
        assert desk.files() == before

    def test_a_new_month_is_the_only_one_computed(self, desk):
        desk.judged()
        before = desk.files()
        desk.month("2026-06-30", 9)
        found = desk.judged()
        assert len(desk.files().items() - before.items()) == 2
        assert told(found) == told(desk.judged(kept=False))
        assert found.as_of == date(2026, 6, 30)

    def test_a_changed_month_is_computed_again(self, desk):
        desk.judged()
        desk.month("2026-05-31", 2)
        found = desk.judged()
        # 3 of 13
        assert (found.findings[0].numerator, found.findings[0].denominator) == (3, 13)

    def test_an_earlier_date_leaves_later_months_out(self, desk):
        day = date(2026, 4, 30)
        assert told(desk.judged(as_of=day)) == told(desk.judged(kept=False, as_of=day))

    def test_a_damaged_file_is_made_again(self, desk):
        plain = told(desk.judged())
        for file in desk.files():
            file.write_bytes(b"PAR1")
        assert told(desk.judged()) == plain

    def test_where_nothing_can_be_kept_the_findings_are_the_same(self, desk):
        desk.kept.write_text("a file where the folder should be")
        assert told(desk.judged()) == told(desk.judged(kept=False))

    def test_no_row_of_a_person_is_kept(self, desk):
        desk.judged()
        for file in desk.files():
            assert not {"shop", "actor"} & set(pq.read_schema(file).names)


class TestFilesThatOverlap:
    def test_are_counted_together_as_ever(self, tmp_path, bank):
        desk = Desk(tmp_path, bank)
        for file in (desk.data / "shops").glob("*"):
            (file / "part.parquet").unlink()
        desk.month("2026-05-31", 7, "a")
        rows = shop_frame(shops(("2026-05-31", "0102", 2, 4)))
        pq.write_table(rows, desk.data / "shops" / "b.parquet")
        found = desk.judged()
        # 7 of 10, 1 of 3 and 2 of 4
        assert (found.findings[0].numerator, found.findings[0].denominator) == (10, 17)
        assert desk.files() == {}



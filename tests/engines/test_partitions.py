"""Aggregates of months that have not changed are taken from the last run, and are the same."""

import errno
import hashlib
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from targets.assessment import assess
from targets.branchdata import open_data
from targets.engines import partitions
from targets.problems import Problems
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
        # without compression and dictionaries, months of as many rows are of the same size
        pq.write_table(rows, part / f"{name or 'part'}.parquet", compression="none",
                       use_dictionary=False)

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

    def test_are_read_together_where_their_columns_differ(self, desk):
        """June's file has no column of loans: kept apart, it would not fit the others."""
        desk.month("2026-06-30", 9)
        file = desk.data / "shops" / "day=2026-06-30" / "part.parquet"
        pq.write_table(pq.read_table(file).drop_columns("loan"), file)
        found = desk.judged()
        assert told(found) == told(desk.judged(kept=False))
        # 9 of 10 and 1 of 3
        assert (found.findings[0].numerator, found.findings[0].denominator) == (10, 13)
        assert desk.files() == {}


class TestAChangedFile:
    def path(self, desk: Desk) -> Path:
        return desk.data / "shops" / "day=2026-05-31" / "part.parquet"

    def test_of_the_same_name_size_and_time_is_computed_again(self, desk):
        desk.judged()
        before = self.path(desk).stat()
        desk.month("2026-05-31", 3)
        os.utime(self.path(desk), ns=(before.st_atime_ns, before.st_mtime_ns))
        after = self.path(desk).stat()
        assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        # 3 of 10 and 1 of 3
        assert desk.judged().findings[0].numerator == 4

    def test_while_it_is_judged_leaves_nothing_wrong_behind(self, desk):
        """The digest was taken of the old bytes, the counts of the new ones."""
        old = self.path(desk).read_bytes()
        data = open_data(desk.data, **known(desk.bank))
        desk.month("2026-05-31", 3)
        assess(desk.bank, data, kept=desk.kept)
        assert len(desk.files()) == 4  # March's and April's
        self.path(desk).write_bytes(old)
        assert desk.judged().findings[0].numerator == 8

    def test_with_a_row_without_a_date_is_refused_as_ever(self, desk):
        desk.judged()
        for file in (desk.data / "shops").glob("*/*"):
            file.unlink()
        for day in MONTHS:
            desk.month(day, 1, day)
        file = desk.data / "shops" / "2026-05-31.parquet"
        rows = pq.read_table(file).to_pylist()
        rows[0]["day"] = None
        pq.write_table(pa.Table.from_pylist(rows, shop_frame([]).schema), file)
        with pytest.raises(Problems):
            desk.judged()


class TestChangedDefinitions:
    def judged(self, desk: Desk, bank):
        data = open_data(desk.data, **known(bank))
        found = assess(bank, data, kept=desk.kept)
        assert told(found) == told(assess(bank, data))
        return {(f.target[-1], f.subject.unit_code): f.value for f in found.findings}

    def bank(self, folder: Path, where: str = "profiled", was: str = "", now: str = ""):
        """Distinct shops that meet a condition, per branch; a text of the bank's file changed."""
        each = [{"to": "each", "level": "branch"}]
        measure = summed("count(distinct shop)", where)
        bank = catalogue(
            folder, targets=[target("d", metric="demo.metric.d", binds=each)],
            metrics=[metric("d", unit={"kind": "count", "of": "户"}, measure=measure)],
        )
        if not was:
            return bank
        from targets.catalog import load

        text = (folder / "bank.yaml").read_text()
        assert was in text
        (folder / "bank.yaml").write_text(text.replace(was, now))
        return load(folder)

    def test_of_which_rows_count(self, desk, tmp_path):
        first = self.judged(desk, self.bank(tmp_path / "a"))
        second = self.judged(desk, self.bank(tmp_path / "b", "not profiled"))
        # May: 0101 has 7 of 10, 0201 1 of 3
        assert [first["d", c] for c in ("0100", "0200")] == [7, 1]
        assert [second["d", c] for c in ("0100", "0200")] == [3, 2]

    def test_of_the_tree_of_units(self, desk, tmp_path):
        self.judged(desk, self.bank(tmp_path / "a"))
        moved = self.bank(tmp_path / "b", "profiled",
                          'code: "0201", level: sub_branch, parent: demo.unit.west',
                          'code: "0201", level: sub_branch, parent: demo.unit.east')
        # shops of 0201 are numbered 0201-…, so none is counted twice
        found = self.judged(desk, moved)
        assert (found["d", "0100"], found["d", "0200"]) == (8, None)

    def test_of_the_column_that_is_read(self, desk, tmp_path):
        """Two headings in the same files, and in one of them nobody is profiled."""
        for file in (desk.data / "shops").glob("*/*"):
            rows = pq.read_table(file, partitioning=None)
            names = ["是否建档" if n == "profiled" else n for n in rows.column_names]
            none = pa.array([False] * rows.num_rows)
            pq.write_table(rows.rename_columns(names).append_column("建档", none), file)
        self.judged(desk, self.bank(tmp_path / "a"))
        other = self.bank(tmp_path / "b", "profiled", "{name: profiled, title: 是否建档,",
                          "{name: profiled, title: 建档,")
        found = self.judged(desk, other)
        assert (found["d", "0100"], found["d", "0200"]) == (0, 0)


def damaged(content: bytes) -> list[bytes]:
    """The ways in which a file is not what was written: all but the last with a whole footer."""
    middle = len(content) // 3
    return [
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:],
        content[:40] + b"\0" * 8 + content[48:], content[:-9], b"",
    ]


class TestWhatIsKept:
    @pytest.mark.parametrize("way", range(4))
    def test_and_damaged_is_made_again(self, desk, way):
        plain = told(desk.judged())
        before = desk.files()
        for file in before:
            file.write_bytes(damaged(file.read_bytes())[way])
        assert told(desk.judged()) == plain
        after = desk.files()
        # one file a query and month as before; the order of rows in it is not kept
        assert sorted(f.name[:64] for f in after) == sorted(f.name[:64] for f in before)
        for file in after:
            assert hashlib.sha256(file.read_bytes()).hexdigest() in file.name
        assert told(desk.judged()) == plain

    def test_and_can_be_written_by_others_is_not_believed(self, desk):
        plain = told(desk.judged())
        for file in desk.files():
            rows = pq.read_table(file)
            pq.write_table(rows.slice(0, 1), file)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            forged = file.with_name(f"{file.name.split('.')[0]}.{digest}.parquet")
            file.rename(forged)
            forged.chmod(0o666)
        assert told(desk.judged()) == plain

    def test_is_nothing_on_a_full_disk(self, desk, monkeypatch):
        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(partitions.os, "replace", full)
        assert told(desk.judged()) == told(desk.judged(kept=False))
        assert desk.files() == {}

    def test_is_whole_when_two_processes_judge_at_once(self, desk):
        plain = told(desk.judged(kept=False))
        apart = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, mp_context=apart) as pool:
            found = list(pool.map(judged_apart, [desk, desk]))
        assert found == [repr(plain)] * 2
        assert all(f.suffix == ".parquet" for f in desk.files())
        before = desk.files()
        assert told(desk.judged()) == plain
        assert desk.files() == before

    def test_and_taken_away_meanwhile_is_made_again(self, desk, monkeypatch):
        plain = told(desk.judged())
        listed = partitions.Partitioned.__dict__["_there"].func

        def list_and_lose(self):
            found = listed(self)
            for file in desk.files():
                file.unlink()
            return found

        monkeypatch.setattr(partitions.Partitioned, "_there", property(list_and_lose))
        assert told(desk.judged()) == plain

    def test_half_written_long_ago_is_cleared_away(self, desk):
        desk.judged()
        old, new = desk.kept / "a.part", desk.kept / "b.part"
        for file in (old, new):
            file.touch()
        os.utime(old, (0, 0))
        desk.judged()
        assert (old.exists(), new.exists()) == (False, True)


def judged_apart(desk: Desk) -> str:
    return repr(told(desk.judged()))

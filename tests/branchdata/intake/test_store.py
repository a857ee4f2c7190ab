"""The dataset on disk: what counts, what is replaced, what is refused."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.branchdata.intake import receipts, store
from targets.branchdata.intake.model import FILE, ROW, SET_ASIDE, SHEET, Rejected
from targets.branchdata.intake.receipts import Kind
from targets.problems import Code, Problem, Problems
from tests.branchdata.intake.counter import (
    JUNE,
    MAY,
    NOW,
    Counter,
    codes,
    counts,
    definitions,
    market,
    shop,
    stall,
)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return definitions(tmp_path_factory.mktemp("definitions"))


@pytest.fixture
def counter(bank, tmp_path) -> Counter:
    return Counter(bank, tmp_path)


def loans(*pairs) -> list[tuple]:
    return [(unit, name, Decimal(loan)) for unit, name, loan in pairs]


class TestTaking:
    def test_rows_of_a_file_are_there_afterwards(self, counter):
        outcome = counter.take(counter.file("a.csv", [
            shop(MAY, "0101", "甲", "12.50"), shop(JUNE, "0101", "甲"), shop(JUNE, "0102", "乙"),
        ]))
        assert outcome.clean
        assert counts(outcome) == [(3, 3, 0, 0)]
        assert counter.rows("day, unit_code, shop, loan") == [
            (MAY, "0101", "甲", Decimal("12.50")), (JUNE, "0101", "甲", Decimal(0)),
            (JUNE, "0102", "乙", Decimal(0)),
        ]

    def test_it_is_opened_without_verifying_it_again(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        told: list[str] = []
        data = store.write_manifest.__globals__["open_data"](
            counter.dataset, counter.bank.datasets, counter.bank.units, codes=counter.bank.codes,
            progress=told.append,
        )
        assert told == []
        assert data.warnings == ()
        assert data.file("shops").rows == 1

    def test_where_each_row_came_from_stays_in_the_parquet(self, counter):
        import pyarrow.parquet as pq

        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0101", "乙")]))
        [part] = (counter.dataset / "shops").rglob("*.parquet")
        stored = pq.read_table(part, partitioning=None)
        assert stored.select([FILE, SHEET, ROW]).to_pylist() == [
            {FILE: "a.csv", SHEET: None, ROW: 2}, {FILE: "a.csv", SHEET: None, ROW: 3},
        ]

    def test_a_part_lies_by_date_unit_and_digest(self, counter):
        file = counter.file("a.csv", [shop(JUNE, "0101", "甲")])
        counter.take(file)
        [part] = (counter.dataset / "shops").rglob("*.parquet")
        assert part.relative_to(counter.dataset).as_posix() == (
            f"shops/2026-06-30/0101/v001-{file.sha256[:12]}.parquet"
        )

    def test_a_row_without_its_date_is_set_aside(self, counter):
        outcome = counter.take(counter.file("a.csv", [
            shop(JUNE, "0101", "甲"), shop(None, "0101", "乙"),
        ]))
        assert counts(outcome) == [(2, 1, 1, 0)]
        assert codes(outcome) == [Code.MISSING_VALUE]
        assert counter.rows() == loans(("0101", "甲", 0))

    def test_a_trial_writes_nothing_and_finds_the_same(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        before = sorted(counter.dataset.rglob("*"))
        file = counter.file("b.csv", [shop(JUNE, "0101", "乙")])
        trial = counter.take(file, dry=True)
        assert sorted(counter.dataset.rglob("*")) == before
        assert counter.rows() == loans(("0101", "甲", 0))
        assert [t.version for t in trial.files[0].taken] == [2]
        assert counter.take(file).files[0].taken == trial.files[0].taken

    def test_a_trial_needs_no_folder(self, counter):
        assert counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]), dry=True).clean
        assert not counter.dataset.exists()


class TestTheSameFileAgain:
    def test_it_adds_nothing(self, counter):
        file = counter.file("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0102", "乙")])
        counter.take(file)
        ledger = (counter.dataset / receipts.NAME).read_bytes()
        outcome = counter.take(file, by="别人")
        assert outcome.clean
        assert outcome.files[0].receipt is None
        assert outcome.files[0].sheets[0].known == 2
        assert (counter.dataset / receipts.NAME).read_bytes() == ledger

    def test_a_copy_of_it_in_the_same_run_adds_nothing(self, counter):
        rows = [shop(JUNE, "0101", "甲")]
        outcome = counter.take(counter.file("a.csv", rows), counter.file("b.csv", rows))
        assert outcome.clean
        assert [len(f.taken) for f in outcome.files] == [1, 0]

    def test_once_corrected_it_does_not_come_back_by_itself(self, counter):
        old = counter.file("a.csv", [shop(JUNE, "0101", "甲", "1"), shop(JUNE, "0102", "乙")])
        new = counter.file("b.csv", [shop(JUNE, "0101", "甲", "2")])
        counter.take(old)
        counter.take(new)
        outcome = counter.take(old, new)
        assert outcome.files[0].sheets[0].outdated == 1
        assert outcome.files[0].sheets[0].known == 1
        assert codes(outcome) == [Code.OUTDATED_FILE]
        assert outcome.clean, "an old file lying about is no fault"
        assert counter.rows() == loans(("0101", "甲", 2), ("0102", "乙", 0))

    def test_it_comes_back_when_that_is_asked_for(self, counter):
        old = counter.file("a.csv", [shop(JUNE, "0101", "甲", "1")])
        counter.take(old)
        counter.take(counter.file("b.csv", [shop(JUNE, "0101", "甲", "2")]))
        outcome = counter.take(old, again=True)
        assert [(t.version, t.kind) for t in outcome.files[0].taken] == [(3, Kind.CORRECTED)]
        assert counter.rows() == loans(("0101", "甲", 1))

    def test_rows_that_an_answer_let_in_are_added(self, counter):
        first = counter.file("a.csv", [shop(JUNE, "0101", "甲")])
        counter.take(first)
        more = counter.sheet("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0101", "乙")])
        outcome = counter.take(type(first)(first.path, first.sha256, first.size, (more,), ()))
        assert [(t.kind, t.rows) for t in outcome.files[0].taken] == [(Kind.SUPPLEMENT, 1)]
        assert outcome.files[0].sheets[0].known == 1
        assert counter.rows() == loans(("0101", "乙", 0), ("0101", "甲", 0))

    def test_rows_that_an_answer_changed_are_replaced(self, counter):
        first = counter.file("a.csv", [shop(JUNE, "0101", "甲", "7")])
        counter.take(first)
        other = counter.sheet("a.csv", [shop(JUNE, "0101", "甲", "70000")])
        counter.take(type(first)(first.path, first.sha256, first.size, (other,), ()))
        assert counter.rows() == loans(("0101", "甲", 70000))


class TestACorrectedFile:
    def test_it_replaces_precisely_what_it_covers(self, counter):
        counter.take(counter.file("a.csv", [
            shop(MAY, "0101", "甲", "1"), shop(JUNE, "0101", "甲", "1"),
            shop(JUNE, "0102", "乙", "1"),
        ]))
        outcome = counter.take(counter.file("b.csv", [shop(JUNE, "0101", "甲", "2")]))
        assert outcome.clean
        assert counter.rows("day, unit_code, loan") == [
            (MAY, "0101", 1), (JUNE, "0101", 2), (JUNE, "0102", 1),
        ]

    def test_the_earlier_version_stays_in_the_history(self, counter):
        old = counter.file("a.csv", [shop(JUNE, "0101", "甲", "1")])
        counter.take(old)
        counter.take(counter.file("b.csv", [shop(JUNE, "0101", "甲", "2")]), by="王五")
        history = receipts.load(counter.dataset).history
        assert [(line.taken.version, line.receipt.file, line.receipt.by,
                 line.replaced.file if line.replaced else None) for line in history] == [
            (1, "a.csv", "李四", "b.csv"), (2, "b.csv", "王五", None),
        ]
        assert (counter.dataset / "history" / history[0].taken.part).is_file()
        assert not (counter.dataset / history[0].taken.part).exists()
        assert history[0].receipt.sha256 == old.sha256

    def test_rows_that_it_no_longer_has_are_told(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0101", "乙")]))
        outcome = counter.take(counter.file("b.csv", [shop(JUNE, "0101", "乙")]))
        assert codes(outcome) == [Code.ROWS_GONE]
        [told] = outcome.files[0].problems
        assert "原有 2 行，其中 1 行这次没有" in told.found

    def test_two_files_for_the_same_in_one_run_are_both_refused(self, counter):
        outcome = counter.take(
            counter.file("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0102", "丙")]),
            counter.file("b.csv", [shop(JUNE, "0101", "乙")]),
        )
        assert not outcome.clean
        assert codes(outcome) == [Code.TWO_FILES]
        assert counts(outcome) == [(2, 1, 1, 0), (1, 0, 1, 0)]
        assert counter.rows() == loans(("0102", "丙", 0))

    def test_they_stand_together_when_that_is_asked_for(self, counter):
        outcome = counter.take(
            counter.file("a.csv", [shop(JUNE, "0101", "甲")]),
            counter.file("b.csv", [shop(JUNE, "0101", "乙")]), add=True,
        )
        assert outcome.clean
        assert counter.rows() == loans(("0101", "乙", 0), ("0101", "甲", 0))

    def test_a_supplement_replaces_nothing(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲", "1")]))
        outcome = counter.take(counter.file("b.csv", [
            shop(JUNE, "0101", "甲", "2"), shop(JUNE, "0101", "乙", "2"),
        ]), add=True)
        assert codes(outcome) == [Code.KEY_TAKEN]
        assert counter.rows() == loans(("0101", "乙", 2), ("0101", "甲", 1))


class TestKeys:
    def test_a_key_that_another_unit_has_is_refused_with_both_places(self, counter):
        counter.take(counter.file("a.csv", [market(JUNE, "0101", "M1")], "markets"))
        outcome = counter.take(counter.file("b.csv", [
            market(JUNE, "0102", "M1"), market(JUNE, "0102", "M2"),
        ], "markets"))
        assert counts(outcome) == [(2, 1, 1, 0)]
        [problem] = outcome.files[0].all_problems
        assert problem.code is Code.KEY_TAKEN
        assert problem.place == "b.csv:2"
        assert "已收的 a.csv 第 2 行" in problem.found
        assert "市场编号 M1" in problem.found

    def test_the_same_key_in_two_files_of_one_run_is_refused_in_both(self, counter):
        outcome = counter.take(
            counter.file("a.csv", [market(JUNE, "0101", "M1")], "markets"),
            counter.file("b.csv", [market(JUNE, "0102", "M1")], "markets"),
        )
        assert counts(outcome) == [(1, 0, 1, 0), (1, 0, 1, 0)]

    def test_a_personal_key_is_never_said(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "张三丰")]))
        outcome = counter.take(counter.file("b.csv", [shop(JUNE, "0101", "张三丰", "1")]),
                               add=True)
        [problem] = outcome.files[0].all_problems
        assert "张三丰" not in str(problem)


class TestSites:
    def test_a_site_that_is_not_in_the_register_is_refused(self, counter):
        outcome = counter.take(
            counter.file("a.csv", [market(JUNE, "0101", "M1")], "markets"),
            counter.file("b.csv", [
                stall(JUNE, "0101", "M1", "1"), stall(JUNE, "0101", "M9", "2"),
                stall(JUNE, "0102", "M1", "3"),
            ], "stalls"),
        )
        assert codes(outcome) == [Code.UNKNOWN_SITE, Code.SITE_OF_OTHER]
        assert counter.rows("stall", "stalls") == [("1",)]

    def test_a_register_that_came_earlier_counts(self, counter):
        counter.take(counter.file("a.csv", [market(JUNE, "0101", "M1")], "markets"))
        outcome = counter.take(counter.file("b.csv", [stall(JUNE, "0101", "M2", "1")], "stalls"))
        assert codes(outcome) == [Code.UNKNOWN_SITE]

    def test_a_register_that_leaves_others_without_their_site_is_refused_whole(self, counter):
        counter.take(counter.file("a.csv", [market(JUNE, "0101", "M1")], "markets"),
                     counter.file("b.csv", [stall(JUNE, "0101", "M1", "1")], "stalls"))
        problems = counter.refused(
            counter.file("c.csv", [market(JUNE, "0101", "M2")], "markets")
        )
        assert {p.code for p in problems} == {Code.NOT_TOGETHER, Code.UNKNOWN_SITE}
        assert counter.rows("market", "markets") == [("M1",)]
        assert not list(counter.dataset.glob(".incoming-*"))


class TestRowsSetAside:
    """Mended and handed in again, they stand beside the rows that were taken."""

    def aside(self, counter, file, rows, name="退回.csv"):
        heading = f"{SET_ASIDE} {file.sha256[:12]}"
        file = counter.file(name, rows)
        [sheet] = file.sheets
        return replace(file, sheets=(replace(sheet, headings=(*sheet.headings, heading)),))

    def test_they_replace_nothing(self, counter):
        bad = Rejected(3, ("2026-06-30", "0101", "乙", "", "", "十二", ""), (
            Problem(Code.BAD_VALUE, "「贷款」不是数", file="a.csv", line=3),
        ))
        file = counter.file("a.csv", [shop(JUNE, "0101", "甲")], rejected=[bad])
        assert counts(counter.take(file)) == [(2, 1, 1, 0)]
        mended = counter.take(self.aside(counter, file, [shop(JUNE, "0101", "乙", "12")]))
        assert mended.clean
        assert [t.kind for t in mended.files[0].taken] == [Kind.SUPPLEMENT]
        assert counter.rows() == loans(("0101", "乙", 12), ("0101", "甲", 0))

    def test_a_corrected_file_replaces_both(self, counter):
        file = counter.file("a.csv", [shop(JUNE, "0101", "甲")])
        counter.take(file)
        counter.take(self.aside(counter, file, [shop(JUNE, "0101", "乙", "12")]))
        counter.take(counter.file("b.csv", [shop(JUNE, "0101", "丙")]))
        assert counter.rows() == loans(("0101", "丙", 0))

    def test_they_are_refused_once_their_file_was_corrected(self, counter):
        file = counter.file("a.csv", [shop(JUNE, "0101", "甲")])
        counter.take(file)
        counter.take(counter.file("b.csv", [shop(JUNE, "0101", "甲", "5")]))
        outcome = counter.take(self.aside(counter, file, [shop(JUNE, "0101", "乙")]))
        assert codes(outcome) == [Code.OUTDATED_ROWS]
        assert counter.rows() == loans(("0101", "甲", 5))


class TestReceipts:
    def test_a_receipt_tells_who_when_what_and_which_version(self, counter):
        file = counter.file("a.csv", [shop(MAY, "0101", "甲"), shop(JUNE, "0102", "乙")])
        counter.take(file, unit="0100")
        [receipt] = counter.receipts()
        assert (receipt.number, receipt.at, receipt.by) == (1, NOW, "李四")
        assert (receipt.file, receipt.sha256, receipt.size) == ("a.csv", file.sha256, file.size)
        assert receipt.unit == "0100"
        assert (receipt.tables, receipt.units, receipt.days) == (
            ("shops",), ("0101", "0102"), (MAY, JUNE)
        )
        assert (receipt.read, receipt.accepted, receipt.rejected, receipt.totals) == (2, 2, 0, 0)
        assert [(t.table, t.unit, t.day, t.version, t.rows) for t in receipt.taken] == [
            ("shops", "0101", MAY, 1, 1), ("shops", "0102", JUNE, 1, 1),
        ]

    def test_times_are_those_of_china(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]),
                     now=NOW.astimezone(receipts.timezone.utc))
        assert counter.receipts()[0].at.utcoffset() == timedelta(hours=8)

    def test_versions_are_counted_for_each_table_unit_and_date(self, counter):
        counter.take(counter.file("a.csv", [shop(MAY, "0101", "甲"), shop(JUNE, "0101", "甲")]))
        counter.take(counter.file("b.csv", [shop(JUNE, "0101", "乙"), shop(JUNE, "0102", "乙")]))
        assert [(t.unit, t.day, t.version) for t in counter.receipts()[1].taken] == [
            ("0101", JUNE, 2), ("0102", JUNE, 1),
        ]

    def test_a_file_of_which_nothing_is_taken_was_handed_in_all_the_same(self, counter):
        counter.take(counter.file("a.csv", [shop(None, "0101", "甲")]))
        [receipt] = counter.receipts()
        assert (receipt.rejected, receipt.taken) == (1, ())

    def test_no_number_of_a_person_is_recorded(self, counter):
        counter.take(counter.file("110101199003071234 13812345678.csv",
                                  [shop(JUNE, "0101", "甲")]))
        text = (counter.dataset / receipts.NAME).read_text()
        assert "110101199003071234" not in text
        assert "13812345678" not in text

    def test_a_dataset_that_nothing_was_handed_in_to_has_none(self, tmp_path):
        assert receipts.read(tmp_path) == ()

    def test_answers_are_kept(self, counter):
        file = counter.file("a.csv", [shop(JUNE, "0101", "甲")])
        counter.take(file, answers={"问": "万元"})
        counter.take(file, by="王五", answers={"问": "元"})
        answer = receipts.load(counter.dataset).answers["问"]
        assert (answer.choice, answer.by) == ("元", "王五")

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 1}', '{"version": 99}'])
    def test_a_broken_ledger_is_a_problem_and_nothing_is_touched(self, counter, text):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        (counter.dataset / receipts.NAME).write_text(text)
        parts = sorted(counter.dataset.rglob("*.parquet"))
        [problem] = counter.refused(counter.file("b.csv", [shop(JUNE, "0101", "乙")]))
        assert problem.code is Code.BAD_RECEIPTS
        assert sorted(counter.dataset.rglob("*.parquet")) == parts
        with pytest.raises(Problems):
            counter.open()

    def test_a_ledger_can_not_lead_out_of_the_folder(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        path = counter.dataset / receipts.NAME
        content = json.loads(path.read_text())
        taken = content["receipts"][0]["taken"][0]
        taken["part"] = "../../" + taken["part"]
        path.write_text(json.dumps(content))
        with pytest.raises(Problems):
            receipts.read(counter.dataset)

    @pytest.mark.parametrize("unit", ["..", ".", "a/b", "..\\x", "", "支行 一", "C:"])
    def test_a_unit_can_not_lead_out_of_the_folder(self, unit):
        part = receipts.part_path("shops", JUNE, unit, 1, "ab" * 32)
        assert receipts.PART.fullmatch(part)
        assert len(Path(part).parts) == 4
        assert ".." not in Path(part).parts


class TestTheFolder:
    def test_a_folder_with_other_things_in_it_is_left_alone(self, counter):
        counter.dataset.mkdir()
        (counter.dataset / "shops.csv").write_text("x")
        [problem] = counter.refused(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        assert problem.code is Code.NOT_A_STORE
        assert "shops.csv" in problem.found
        assert [p.name for p in counter.dataset.iterdir()] == ["shops.csv"]

    def test_a_parquet_that_is_not_in_the_ledger_is_not_data(self, counter):
        import shutil

        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        [part] = (counter.dataset / "shops").rglob("*.parquet")
        shutil.copy(part, part.with_name("extra.parquet"))
        data = counter.open()
        assert [w.code for w in data.warnings] == [Code.UNLISTED_PART]
        assert len(counter.rows()) == 1

    def test_a_folder_that_has_lost_its_ledger_is_not_started_anew(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        (counter.dataset / receipts.NAME).unlink()
        [problem] = counter.refused(counter.file("b.csv", [shop(JUNE, "0101", "乙")]))
        assert problem.code is Code.NOT_A_STORE
        assert list((counter.dataset / "shops").rglob("*.parquet"))

    def test_a_part_that_is_missing_is_a_problem(self, counter):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0102", "甲")]))
        next((counter.dataset / "shops" / "2026-06-30" / "0101").iterdir()).unlink()
        with pytest.raises(Problems) as found:
            counter.open()
        assert [p.code for p in found.value.problems] == [Code.BAD_RECEIPTS]

    def test_a_folder_that_can_not_be_made_is_told(self, counter):
        (counter.folder / "数据").write_text("a file")
        [problem] = counter.refused(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        assert problem.code is Code.CANNOT_WRITE

    @pytest.mark.parametrize(("number", "words", "step"), [
        (28, "磁盘满了", "write"), (30, "只读", "replace"), (13, "权限", "replace"),
    ])
    def test_a_disk_that_refuses_leaves_it_as_it_was(
        self, counter, monkeypatch, number, words, step
    ):
        counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]))
        before = {p: p.read_bytes() for p in counter.dataset.rglob("*") if p.is_file()}

        def refuse(*args, **more):
            raise OSError(number, "no")

        monkeypatch.setattr(*{
            "write": (store.pq, "write_table"), "replace": (store.os, "replace"),
        }[step], refuse)
        [problem] = counter.refused(counter.file("b.csv", [shop(JUNE, "0101", "乙")]))
        assert problem.code is Code.CANNOT_WRITE
        assert words in problem.found
        assert {p: p.read_bytes() for p in counter.dataset.rglob("*") if p.is_file()} == before

    def test_another_intake_is_waited_for(self, counter):
        counter.dataset.mkdir()
        (counter.dataset / receipts.NAME).write_text('{"version":1,"receipts":[],"answers":{}}')
        lock = FileLock(counter.dataset / store.LOCK, thread_local=False)
        lock.acquire()
        waited: list[str] = []

        def waiting() -> None:
            waited.append("waited")
            threading.Timer(0.2, lock.release).start()

        assert counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")]),
                            waiting=waiting).clean
        assert waited

    def test_an_intake_that_does_not_end_is_not_waited_for_for_ever(self, counter):
        counter.dataset.mkdir()
        with FileLock(counter.dataset / store.LOCK):
            [problem] = counter.refused(counter.file("a.csv", [shop(JUNE, "0101", "甲")]),
                                        wait=0.1)
        assert problem.code is Code.BUSY
        assert counter.receipts() == ()


def apart(folder: Path, how: str) -> list[str]:
    """What a run in processes of its own prints."""
    script = Path(__file__).with_name("killed.py")
    told = subprocess.run([sys.executable, script, folder, how], capture_output=True, text=True,
                          timeout=300, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout.split()


class TestKilledInTheMiddle:
    def test_whenever_it_is_killed_the_dataset_is_the_old_or_the_new_one(self, tmp_path):
        """Each child is killed one step on the disk later than the one before."""
        states = apart(tmp_path, "killed")
        assert states[0] == "old"
        assert states[-1] == "new"
        assert states == sorted(states, key=["old", "new"].index), "never back again"
        assert len(states) > 8

    def test_what_a_full_disk_cut_off_leaves_nothing(self, tmp_path):
        assert apart(tmp_path, "full") == ["I205", "old"]

    def test_three_at_once_are_all_taken(self, tmp_path):
        assert apart(tmp_path, "both") == ["a.csv", "丑.csv", "子.csv", "寅.csv"]


FILES = st.lists(
    st.dictionaries(
        st.tuples(st.sampled_from([MAY, JUNE]), st.sampled_from(["0101", "0102", "0201"])),
        st.sets(st.sampled_from("甲乙丙"), min_size=1), min_size=1, max_size=4,
    ),
    min_size=1, max_size=3,
)


class TestLaws:
    @settings(max_examples=3, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(files=FILES)
    def test_the_last_file_for_a_unit_and_date_is_what_counts(
        self, bank, tmp_path_factory, files: list[dict[tuple[date, str], set[str]]]
    ):
        counter = Counter(bank, tmp_path_factory.mktemp("law"))
        wanted: dict[tuple[date, str], dict[str, int]] = {}
        reads = []
        for number, file in enumerate(files):
            reads.append(counter.file(f"{number}.csv", [
                shop(day, unit, name, str(number)) for (day, unit), names in file.items()
                for name in sorted(names)
            ]))
            outcome = counter.take(reads[-1])
            assert all(r == a + x + t for r, a, x, t in counts(outcome))
            wanted |= {group: dict.fromkeys(names, number) for group, names in file.items()}
        expected = sorted(
            (day, unit, name, Decimal(loan)) for (day, unit), shops in wanted.items()
            for name, loan in shops.items()
        )
        assert sorted(counter.rows("day, unit_code, shop, loan")) == expected
        receipts_before = counter.receipts()
        for read in reads:
            counter.take(read)
        counter.take(*reads)
        assert counter.receipts() == receipts_before
        assert sorted(counter.rows("day, unit_code, shop, loan")) == expected

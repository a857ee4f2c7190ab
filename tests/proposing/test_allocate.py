"""`allocate`: a total proposed for units, explained, held against what is in force."""

import csv
import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.catalog import load
from targets.catalog.allocations import allocations_on
from targets.cli import cli
from targets.editing import open_edit
from targets.problems import Code, Problems
from targets.proposing import Ask, propose, proposed_id
from targets.proposing.unit_list import MAXIMUM, MINIMUM, SHARE, WEIGHT, read_bounds, read_weights
from targets.schema.base import UnitLevel
from tests.demo import at_least, catalogue, decision, metric, reported, target

LOANS = metric(
    "m", unit={"kind": "money", "unit": "亿元"},
    measure={"kind": "reported", "dataset": "demo.dataset.reported", "code": "m",
             "additive": True},
)  # fmt: skip
TOTAL = target("total", test=at_least(100))
RATE = target("rate", metric="demo.metric.rate")
OLD = decision("old", {"kind": "allocation", "allocation": "demo.allocation.old"})
ALLOCATION = {
    "id": "demo.allocation.old", "name": "老办法", "target": "demo.target.total",
    "decision": "demo.decision.old", "level": "branch",
    "shares": [{"unit": "demo.unit.east", "value": 55}, {"unit": "demo.unit.west", "value": 45}],
}  # fmt: skip
YI = 100_000_000
"""yuan of one 亿元"""


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("definitions")
    catalogue(folder, metrics=[LOANS, metric("rate")], targets=[TOTAL, RATE])
    with open_edit(folder) as edit:
        edit.append("decisions/allocations.yaml", "decisions", OLD)
        edit.append("decisions/allocations.yaml", "allocations", ALLOCATION)
        edit.save()
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """30 and 60 亿元 in the east and the west, then nothing of the west."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("data")
    rows = reported(
        ("2025-12-31", "0101", "m", 30 * YI), ("2025-12-31", "0201", "m", 60 * YI),
        ("2026-01-31", "0101", "m", 40 * YI),
    )["reported"]  # fmt: skip
    schema = pa.schema([
        ("day", pa.date32()), ("unit_code", pa.string()), ("code", pa.string()),
        ("value", pa.decimal128(18, 2)),
    ])
    table = pa.Table.from_pylist(rows.to_dict("records"), schema=schema)
    pq.write_table(table, folder / "reported.parquet")
    return folder


@pytest.fixture(scope="module")
def catalog(definitions):
    return load(definitions)


@pytest.fixture(scope="module")
def units(catalog):
    return catalog.units_by_code


@pytest.fixture
def allocate(definitions, data):
    def run(target_id, *more, level="branch"):
        return CliRunner().invoke(cli, [
            "allocate", target_id, "--level", level, "--data", str(data),
            "--definitions", str(definitions), "--from", "2026-02-01", *map(str, more),
        ])

    return run


@pytest.fixture
def weights(tmp_path):
    def write(*rows: str, name="权重.csv", heading="机构代码,权重") -> Path:
        path = tmp_path / name
        path.write_text("\n".join((heading, *rows)) + "\n", encoding="utf-8")
        return path

    return write


def parts(result) -> dict[str, dict]:
    assert result.exit_code == 0, result.output
    return {p["unit"]: p for p in json.loads(result.stdout)["parts"]}


class TestByMetric:
    """100 by 30 : 60 is 33.33 and 66.67; largest remainders give 33 and 67."""

    def test_the_shares_add_up_and_each_says_how_it_came_about(self, allocate):
        found = parts(allocate("demo.target.total", "--by", "demo.metric.m",
                               "--dated", "2025-12-31", "--format", "json"))
        assert (found["0100"]["share"], found["0200"]["share"]) == ("33", "67")
        assert (found["0100"]["weight"], found["0200"]["weight"]) == ("30", "60")
        assert found["0100"]["quota"].startswith("33.333")
        assert found["0200"]["rounding"].startswith("0.333")

    def test_it_is_compared_with_the_split_in_force(self, allocate):
        found = parts(allocate("demo.target.total", "--by", "demo.metric.m",
                               "--dated", "2025-12-31", "--format", "json"))
        assert (found["0100"]["old"], found["0100"]["change"]) == ("55", "-22")
        assert (found["0200"]["old"], found["0200"]["change"]) == ("45", "22")

    def test_a_bound_that_holds_a_share_back_is_named(self, allocate):
        # at most 60 for the west leaves 40 for the east
        found = parts(allocate("demo.target.total", "--by", "demo.metric.m", "--max", 60,
                               "--dated", "2025-12-31", "--format", "json"))
        assert (found["0100"]["share"], found["0200"]["share"]) == ("40", "60")
        assert (found["0100"]["bound"], found["0200"]["bound"]) == (None, "上限")

    def test_a_unit_without_a_figure_on_the_day_is_named(self, allocate):
        told = allocate("demo.target.total", "--by", "demo.metric.m", "--dated", "2026-01-31")
        assert told.exit_code == 1
        assert "N110 西城分行没有 2026-01-31 的“指标m”" in told.stderr
        assert "--dated" in told.stderr

    def test_the_table_is_chinese_and_says_that_it_adds_up(self, allocate):
        told = allocate("demo.target.total", "--by", "demo.metric.m", "--dated", "2025-12-31")
        assert "各家合计 100，总数 100，相符" in told.stdout
        assert "现行份额" in told.stdout
        assert "本行内部使用" in told.stderr


class TestByFile:
    def test_weights_of_a_file(self, allocate, weights):
        found = parts(allocate("demo.target.total", "--by", weights("0100,1", "0200,3"),
                               "--format", "json"))
        assert (found["0100"]["share"], found["0200"]["share"]) == ("25", "75")

    def test_shares_of_a_file_have_to_add_up(self, allocate, weights):
        listed = weights("0100,40", "0200,59", heading="机构代码,份额")
        told = allocate("demo.target.total", "--by", listed)
        assert told.exit_code == 1
        assert Code.PARTS_NOT_WHOLE in told.stderr
        assert "各家加起来是 99" in told.stderr

    def test_a_unit_left_out_or_of_weight_nought_is_warned_of(self, allocate, weights):
        told = allocate("demo.target.total", "--by", weights("0100,1"))
        assert told.exit_code == 0
        assert "没有写西城分行" in told.stderr
        told = allocate("demo.target.total", "--by", weights("0100,1", "0200,0"))
        assert "西城分行的权重是 0" in told.stderr

    def test_a_share_is_split_further(self, allocate, weights):
        # 55 of the east by 1 : 1 in halves of one: 27.5 each
        found = parts(allocate(
            "demo.target.total", "--by", weights("0101,1", "0102,1"), "--of", "0100",
            "--step", "0.5", "--format", "json", level="sub_branch",
        ))
        assert (found["0101"]["share"], found["0102"]["share"]) == ("27.5", "27.5")

    def test_a_total_raised_by_its_headroom(self, allocate, weights):
        found = parts(allocate("demo.target.total", "--by", weights("0100,1", "0200,1"),
                               "--headroom", 10, "--format", "json"))
        assert (found["0100"]["share"], found["0200"]["share"]) == ("55", "55")

    def test_csv_and_workbook_say_the_same(self, allocate, weights, tmp_path):
        listed = weights("0100,1", "0200,3")
        allocate("demo.target.total", "--by", listed, "--format", "csv", "-o", tmp_path / "a.csv")
        with (tmp_path / "a.csv").open(encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        assert [(r["机构"], r["份额"]) for r in rows] == [
            ("东城分行", "25.0"), ("西城分行", "75.0"), ("合计", "100.0"),
        ]  # fmt: skip
        told = allocate("demo.target.total", "--by", listed, "--format", "xlsx",
                        "-o", tmp_path / "a.xlsx")
        assert told.exit_code == 0, told.output
        sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["目标分解"]
        titles = [cell.value for cell in sheet[3]]
        at = titles.index("份额")
        assert [row[at].value for row in sheet.iter_rows(min_row=4)] == [25, 75, "=SUM(H4:H5)"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("more", "word"),
        [
            (["--min", "60"], "下限加起来超过总数"),
            (["--max", "40"], "上限加起来不到总数"),
            (["--step", "7"], "取整分尽"),
        ],
    )
    def test_bounds_that_leave_no_way(self, allocate, weights, more, word):
        told = allocate("demo.target.total", "--by", weights("0100,1", "0200,1"), *more)
        assert told.exit_code == 1
        assert word in told.stderr

    def test_a_rate_does_not_add_up_over_units(self, allocate, weights):
        told = allocate("demo.target.rate", "--by", weights("0100,1", "0200,1"))
        assert told.exit_code == 1
        assert Code.NOT_DIVISIBLE in told.stderr
        assert "不等于全行" in told.stderr

    def test_a_unit_that_has_no_share_can_split_none(self, allocate, weights):
        told = allocate("demo.target.total", "--by", weights("0101,1"), "--of", "0101",
                        level="outlet")
        assert told.exit_code == 1
        assert Code.NOTHING_TO_SPLIT in told.stderr

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (("demo.target.totl", "--by", "demo.metric.m"), "demo.target.total"),
            (("demo.target.total", "--by", "demo.metric.mm"), "demo.metric.m"),
            (("demo.target.total", "--by", "demo.target.rate"), "不是指标"),
            (("demo.target.total", "--by", "demo.metric.m", "--of", "9"), "没有机构代码 9"),
            (("demo.target.total", "--by", "demo.metric.m", "--min", "x"), "不是数"),
            (("demo.target.total", "--by", "demo.metric.m", "--step", "0"), "大于 0"),
        ],
    )
    def test_wrong_use_is_told_before_anything_is_read(self, allocate, arguments, word):
        told = allocate(*arguments)
        assert told.exit_code == 2
        assert word in told.stderr


class TestWriting:
    """The draft is shown, written beside what is there, and in force only once it is issued."""

    GROUNDS = ("--basis", "总行会议纪要〔2098〕9号", "--reason", "按去年末的家底分。",
               "--decider", "总行行务会", "--drafter", "规划部小王")  # fmt: skip

    @pytest.fixture
    def own(self, definitions, tmp_path):
        return Path(shutil.copytree(definitions, tmp_path / "definitions"))

    def write(self, own, listed, *more):
        return CliRunner().invoke(cli, [
            "allocate", "demo.target.total", "--by", str(listed), "--level", "branch",
            "--definitions", str(own), "--from", "2099-01-01", "--write", *map(str, more),
        ])  # fmt: skip

    def test_a_draft_of_the_decision_and_its_allocation(self, own, weights):
        told = self.write(own, weights("0100,1", "0200,3"), "--max", 70, "-y",
                          *self.GROUNDS)
        assert told.exit_code == 0, told.output
        assert "+  - id: bank.allocation.total_20990101" in told.output
        assert "sign bank.decision.total_20990101 --as 复核" in told.output
        catalog = load(own)
        found = catalog.get("bank.allocation.total_20990101")
        drafted = catalog.get(found.decision)
        assert drafted.draft
        assert (drafted.number, drafted.signoff.drafted.by) == (
            "总行会议纪要〔2098〕9号", "规划部小王",
        )  # fmt: skip
        assert (found.maximum, found.step, len(found.by.weights)) == (70, 1, 2)
        day = date(2099, 1, 1)
        bank = catalog.bank.id
        assert allocations_on(catalog, day)["demo.target.total", bank].id == "demo.allocation.old"
        issued = catalog.with_issued([drafted.id])
        assert allocations_on(issued, day)["demo.target.total", bank] == found

    def test_fixed_shares_are_written_as_figures(self, own, weights):
        told = self.write(own, weights("0100,1", "0200,3"), "--fixed", "-y", *self.GROUNDS)
        assert told.exit_code == 0, told.output
        found = load(own).get("bank.allocation.total_20990101")
        assert [s.value for s in found.shares] == [25, 75]
        assert found.by is None

    @pytest.mark.parametrize(("more", "code"), [(["--dry-run"], 0), ([], 2)])
    def test_without_a_yes_nothing_is_written(self, own, weights, more, code):
        before = {p: p.read_bytes() for p in own.rglob("*") if p.is_file()}
        told = self.write(own, weights("0100,1", "0200,3"), *more, *self.GROUNDS)
        assert told.exit_code == code, told.output
        assert "+  - id: bank.allocation.total_20990101" in told.output
        assert {p: p.read_bytes() for p in own.rglob("*") if p.is_file()} == before

    def test_what_a_draft_needs_is_asked_for_at_once(self, own, weights):
        told = self.write(own, weights("0100,1", "0200,3"))
        assert told.exit_code == 2
        assert "--basis、--reason" in told.stderr

    def test_another_draft_of_the_same_day_has_an_id_of_its_own(self, own, weights):
        for _ in range(2):
            told = self.write(own, weights("0100,1", "0200,3"), "-y", *self.GROUNDS)
            assert told.exit_code == 0, told.output
        assert "bank.allocation.total_20990101_2" in load(own).records


class TestUnitList:
    """Files of units: everything wrong at once, with its row and column."""

    def test_every_fault_has_its_place(self, units, weights):
        listed = weights(
            "0100,1", "9999,1", "0200,x", ",1", "0200,-1", "0101,", "0102,3%", heading="代码,权重"
        )
        with pytest.raises(Problems) as found:
            read_weights(listed, units)
        assert [(p.place, p.code) for p in found.value.problems] == [
            ("权重.csv:3:1", Code.UNIT_LIST_UNIT),
            ("权重.csv:4:2", Code.UNIT_LIST_NUMBER),
            ("权重.csv:5:1", Code.UNIT_LIST_UNIT),
            ("权重.csv:6:1", Code.UNIT_LIST_TWICE),
            ("权重.csv:6:2", Code.UNIT_LIST_NUMBER),
            ("权重.csv:7:2", Code.UNIT_LIST_NUMBER),
            ("权重.csv:8:2", Code.UNIT_LIST_NUMBER),
        ]

    def test_zeros_that_a_spreadsheet_dropped_come_back(self, units, tmp_path):
        book = openpyxl.Workbook()
        for row in (["各分行权重"], ["机构代码", "机构", "权重"], [100, "东城分行", "1,000.5"],
                    ["0200", None, 0.25]):  # fmt: skip
            book.active.append(row)
        book.save(tmp_path / "权重.xlsx")
        found = read_weights(tmp_path / "权重.xlsx", units)
        assert found.numbers == {WEIGHT: {"0100": Decimal("1000.5"), "0200": Decimal("0.25")}}
        assert [p.code for p in found.warnings] == [Code.UNIT_LIST_ZEROS]
        assert found.warnings[0].place.endswith("!A3")

    def test_yaml_names_what_it_lists(self, units, tmp_path):
        path = tmp_path / "a.yaml"
        path.write_text('shares: {"0100": 40.5, 0200: 59.5}\n', encoding="utf-8")
        assert read_weights(path, units).numbers == {
            SHARE: {"0100": Decimal("40.5"), "0200": Decimal("59.5")}
        }
        path.write_text('weight: {"0100": 1}\n', encoding="utf-8")
        with pytest.raises(Problems, match="不认识“weight”"):
            read_weights(path, units)
        path.write_text("bounds:\n  0100: {minimum: 5}\n  0200: {maxi: 5}\n", encoding="utf-8")
        with pytest.raises(Problems, match="maxi"):
            read_bounds(path, units)

    def test_bounds_may_be_left_blank(self, units, weights):
        found = read_bounds(weights("0100,5,", "0200,,9", heading="机构代码,至少,至多"), units)
        assert found.numbers == {MINIMUM: {"0100": 5}, MAXIMUM: {"0200": 9}}

    @pytest.mark.parametrize(
        ("heading", "rows", "word"),
        [
            ("机构代码,权重,份额", ["0100,1,2"], "既有权重又有份额"),
            ("机构,数", ["0100,1"], "找不到表头"),
            ("机构代码,权重,权重", ["0100,1,2"], "有两列"),
            ("机构代码,权重", [], "一行也没有"),
        ],
    )
    def test_headings_that_say_too_much_or_too_little(self, units, weights, heading, rows, word):
        with pytest.raises(Problems, match=word):
            read_weights(weights(*rows, heading=heading), units)

    def test_another_name_than_the_registered_one_is_a_fault(self, units, weights):
        with pytest.raises(Problems, match="登记为东城分行"):
            read_weights(weights("0100,西城分行,1", heading="机构代码,机构,权重"), units)

    def test_a_broken_file_is_told_and_not_read(self, units, tmp_path):
        (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 broken")
        with pytest.raises(Problems, match="损坏"):
            read_weights(tmp_path / "a.xlsx", units)


class TestLaw:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_proposed_shares_always_make_up_the_total(self, catalog, east, west):
        ask = Ask(
            target=catalog.get("demo.target.total"), of=catalog.bank, level=UnitLevel.BRANCH,
            effective=date(2026, 2, 1), weights={"0100": Decimal(east), "0200": Decimal(west)},
        )
        found = propose(catalog, ask, lambda by, unit: None, proposed_id(catalog, ask))
        assert found.split.summed == found.split.total == 100
        assert sum(line.share for line in found.lines) == 100
        assert sum(line.change for line in found.lines) == 0
        assert all(abs(line.rounding) < 1 for line in found.lines)

"""Punctuality where the rows are elsewhere: the record of hand-ins stays a file here."""

from datetime import date

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from targets.assessment import Status, assess
from targets.assessment.opening import open_bank, with_record
from targets.cli import cli
from targets.engines.data import open_on
from targets.engines.source import read_origin
from targets.problems import Code, Problems
from targets.schema.measures import Dataset
from tests.calendar.test_hand_ins import catalog, folder  # noqa: F401 - fixtures
from tests.demo import shop_frame
from tests.demo import shops as shop_rows
from tests.engines.test_same_findings import TODAY, known, told

DAYS = ("2025-12-31", "2026-04-30", "2026-07-31")
ROWS = {"shops": shop_frame(shop_rows(*((day, "0101", 1, 1) for day in DAYS)))}
# a cluster of its own takes half a minute, and the sample bank has a record on Spark, too
elsewhere = pytest.mark.parametrize(
    "bench", ["duckdb", pytest.param("postgres", marks=pytest.mark.engines)],
    indirect=True, scope="module",
)


@pytest.fixture(scope="module")
def there(catalog, bench):  # noqa: F811
    return open_on(bench.warehouse("hand_ins", ROWS), None, **known(catalog))


@elsewhere
class TestARecordBesideNoRows:
    def test_gives_the_same_findings_on_every_engine(self, catalog, folder, there):  # noqa: F811
        here = told(assess(catalog, open_bank(catalog, folder, today=TODAY)))
        assert any(f.value is not None for f in here[2:])
        data = with_record(there, catalog, folder)
        assert told(assess(catalog, data)) == here
        assert data.tables == ("shops", "hand_ins")

    def test_may_be_named_itself(self, catalog, folder, there):  # noqa: F811
        for named in (folder, folder / "报送记录.csv"):
            found = assess(catalog, with_record(there, catalog, None, named))
            assert {f.status for f in found.findings} >= {Status.MET, Status.MISSED}

    def test_without_one_nothing_is_known(self, catalog, there, tmp_path):  # noqa: F811
        for nowhere in (None, tmp_path, tmp_path / "not there"):
            data = with_record(there, catalog, nowhere)
            assert data.tables == ("shops",)
            assert {f.status for f in assess(catalog, data).findings} == {Status.NO_DATA}


class TestATableThatFollowsFromARecord:
    @elsewhere
    def test_is_not_read_from_the_engine(self, catalog, bench):  # noqa: F811
        made = ROWS | {"hand_ins": ROWS["shops"]}
        data = open_on(bench.warehouse("hand_ins_there", made), None, **known(catalog))
        assert data.tables == ("shops",)

    def test_has_no_source(self, catalog, tmp_path):  # noqa: F811
        file = tmp_path / "source.yaml"
        file.write_text("tables: {hand_ins: {}}")
        with pytest.raises(Problems) as found:
            read_origin(file, catalog.all(Dataset))
        [problem] = found.value.problems
        assert problem.code is Code.ORIGIN_MISFIT
        assert "--hand-ins" in problem.mend


class TestTheCommand:
    @pytest.fixture
    def run(self, catalog, folder, tmp_path):  # noqa: F811
        """assess on a source of its own, without the record beside it."""
        source = tmp_path / "source.yaml"
        source.write_text("tables: {shops: {}}")
        away = tmp_path / "rows"
        away.mkdir()
        (away / "shops.csv").write_bytes((folder / "shops.csv").read_bytes())

        def run(*arguments, engine: bool = True):
            asked = ["assess", "--data", away, "--definitions", catalog.folder, "--format", "csv"]
            if engine:
                asked += ["--source", source]
            return CliRunner().invoke(cli, [str(a) for a in (*asked, *arguments)])

        return run

    @pytest.mark.parametrize("engine", [True, False])
    def test_takes_the_record_from_elsewhere(self, run, folder, engine):  # noqa: F811
        done = run("--hand-ins", folder, engine=engine)
        assert done.exit_code == 0, done.output
        assert "达标" in done.stdout
        assert "报送记录" not in done.stderr

    @pytest.mark.parametrize("engine", [True, False])
    def test_says_why_nothing_is_known_without_it(self, run, engine):
        done = run(engine=engine)
        assert done.exit_code == 0, done.output
        assert "达标" not in done.stdout
        assert "没有可用的报送记录" in done.stderr
        assert "--hand-ins" in done.stderr

    def test_refuses_a_record_that_is_not_there(self, run, tmp_path):
        assert run("--hand-ins", tmp_path / "nowhere").exit_code == 2


class TestKeptAggregates:
    def test_are_never_of_a_table_that_follows_from_a_record(self, catalog, folder, tmp_path):  # noqa: F811
        """It has no digest of its own."""
        data, kept = tmp_path / "data", tmp_path / "kept"
        for month, day in enumerate(("2025-12-31", "2026-04-30", "2026-07-31")):
            part = data / "shops" / f"day={day}"
            part.mkdir(parents=True)
            rows = shop_frame(shop_rows((day, "0101", month, 3))).drop_columns("day")
            pq.write_table(rows, part / "part.parquet")
        record = data / "报送记录.csv"
        lines = (folder / "报送记录.csv").read_text().splitlines(keepends=True)

        def value(*some: str):
            record.write_text("".join(some))
            opened = open_bank(catalog, data, today=date(2026, 8, 1))
            found = assess(catalog, opened, kept=kept).findings
            return next(f.value for f in found if f.subject.unit_code == "0101")

        assert [f.table for f in open_bank(catalog, data, today=date(2026, 8, 1)).files] == [
            "shops"
        ]
        whole = value(*lines)
        # without the hand-in of 8 July 1 of 3 is left of 2 of 3
        fewer = value(*(line for line in lines if "2026-07-08" not in line))
        assert (whole * 3, fewer * 3) == (200, 100)
        assert value(*lines) == whole
        # nothing is asked of the shops, and of the other table nothing is kept
        assert not list(kept.glob("*"))

"""A bank to hold data against, and a folder in which one fault at a time is made."""

from datetime import date
from pathlib import Path

import pytest

from targets import catalog
from targets.branchdata import BranchData, open_data, reported_codes
from targets.branchdata.sample import BOOK
from targets.problems import Code, Problem, Problems
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit

TODAY = date(2026, 10, 8)
SITES = """\
data_date,unit_code,site_code,name,kind
2026-09-30,0101,0101M1,晨光农贸市场,market
2026-09-30,0102,0102M1,石桥建材市场,market
"""
MERCHANTS = """\
data_date,unit_code,site_code,merchant_id,profiled_on,customer_since,served_on,credit_line
2026-09-30,0101,0101M1,甲,2026-03-02,2026-05-06,2026-09-25,200000.00
2026-09-30,0101,0101M1,乙,,,,
2026-09-30,0102,0102M1,丙,2025-12-01,,2026-09-18,0
"""
REPORTED = """\
data_date,unit_code,code,value
2026-09-30,0101,SAVINGS_DEPOSIT,1234567.89
"""


@pytest.fixture(scope="session")
def bank() -> catalog.Catalog:
    return catalog.load()


@pytest.fixture(scope="session")
def sample(sample_bank) -> Path:
    return sample_bank


@pytest.fixture(scope="session")
def opened(bank, sample) -> dict[str, BranchData]:
    """The sample as read from each of its forms."""
    desk = Desk(bank, sample)
    return {"parquet": desk.read(sample), "csv": desk.read(sample / "csv"),
            "xlsx": desk.read(sample / BOOK)}


class Desk:
    """Where data arrives: a folder of files, and what reading it says."""

    sites = SITES
    merchants = MERCHANTS
    reported = REPORTED

    def __init__(self, bank: catalog.Catalog, folder: Path):
        self.bank = bank
        self.folder = folder
        self.today = TODAY

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return path

    def swap(self, old: str, new: str, text: str = MERCHANTS) -> Path:
        """The list of merchants with one thing in it changed."""
        assert old in text
        return self.write("merchants.csv", text.replace(old, new, 1))

    def read(self, source=None) -> BranchData:
        return open_data(
            self.folder if source is None else source, self.bank.all(Dataset),
            self.bank.all(Unit), codes=reported_codes(self.bank.all(Metric)), today=self.today,
        )

    def problems(self, source=None) -> tuple[Problem, ...]:
        """Every problem; none may go unnoticed."""
        try:
            return self.read(source).warnings
        except Problems as problems:
            return problems.problems

    def problem(self, code: Code, source=None) -> Problem:
        """The only problem there is, which has to have this code."""
        problems = self.problems(source)
        assert [p.code for p in problems] == [code], "\n".join(map(str, problems))
        return problems[0]


@pytest.fixture
def empty_desk(bank, tmp_path) -> Desk:
    return Desk(bank, tmp_path)


@pytest.fixture
def desk(empty_desk) -> Desk:
    """A folder with a list of sites and a list of merchants, both in order."""
    empty_desk.write("sites.csv", SITES)
    empty_desk.write("merchants.csv", MERCHANTS)
    return empty_desk

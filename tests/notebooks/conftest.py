"""The sample bank as notebooks see it, made once."""

from pathlib import Path

import pytest

from targets.branchdata.sample import write_sample
from targets.catalog import load
from targets.notebook import open_handbook
from targets.notebook.lessons import ClauseToResult


@pytest.fixture(scope="session")
def catalog():
    return load()


@pytest.fixture(scope="session")
def sample(catalog, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, catalog)
    return folder


@pytest.fixture(scope="session")
def handbook(sample):
    return open_handbook(data=sample)


@pytest.fixture(scope="session")
def assessment(handbook):
    return handbook.assess()


@pytest.fixture(scope="session")
def lesson(handbook):
    return ClauseToResult(handbook, "sijin.target.market_profiled")

"""The sample bank as notebooks see it, made once."""

from pathlib import Path

import pytest

from targets.catalog import load
from targets.notebook import open_handbook
from targets.notebook.lessons import ClauseToResult


@pytest.fixture(scope="session")
def catalog():
    return load()


@pytest.fixture(scope="session")
def sample(sample_bank) -> Path:
    return sample_bank


@pytest.fixture(scope="session")
def handbook(sample):
    return open_handbook(data=sample)


@pytest.fixture(scope="session")
def assessment(handbook):
    return handbook.assess()


@pytest.fixture(scope="session")
def lesson(handbook):
    return ClauseToResult(handbook, "sijin.target.market_profiled")

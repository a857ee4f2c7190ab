"""The shipped definitions, loaded once for all calendar tests."""

import pytest

from targets.calendar.occurrences import Calendar
from targets.catalog import load


@pytest.fixture(scope="session")
def catalog():
    return load()


@pytest.fixture(scope="session")
def calendar(catalog):
    return Calendar(catalog)

"""The counter at which files arrive."""

import pytest

from .mail import Post


@pytest.fixture
def post(tmp_path) -> Post:
    return Post(tmp_path)

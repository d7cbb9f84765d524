"""Fixtures of the events' tests."""

from collections.abc import Iterator

import pytest

from tests.support.cluster import Databases
from tests.support.tables import Tables, looking_into


@pytest.fixture
def tables(databases: Databases) -> Iterator[Tables]:
    """A look into every schema."""
    with looking_into(databases.superuser) as seen:
        yield seen

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.faults.stack import Stack


@pytest.fixture(scope="session")
def stack() -> "Iterator[Stack]":
    """Processes of their own, which the tests here kill."""
    from tests.faults.stack import running_stack  # only now: Django is set up after this file is read

    with running_stack() as running:
        yield running

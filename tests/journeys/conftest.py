from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.faults.stack import Stack


@pytest.fixture(scope="session")
def stack() -> "Iterator[Stack]":
    """The real processes, of which nobody is killed here."""
    from tests.faults.stack import running_stack  # only now: Django is set up after this file is read

    with running_stack() as running:
        yield running

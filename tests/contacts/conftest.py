from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.making import House


@pytest.fixture
def house(org: int) -> "Iterator[House]":
    """A new organisation; whatever a test does in it, the promises must hold at its end."""
    from tests.making import House  # only now: Django is set up after this file is read

    made = House(org)
    yield made
    assert made.check() == []

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.calling import Api


@pytest.fixture
def api(org: int) -> "Api":
    """The organisation's API with a key that may do everything."""
    from tests.calling import Api, new_key  # only now: Django is set up after this file is read

    return Api(new_key(org))

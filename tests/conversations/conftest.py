"""Mail is set up for all tests here; the domain `talk.example` is ours."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conversations.office import Office


@pytest.fixture(autouse=True)
def _mail_is_set_up() -> Iterator[None]:
    from django.conf import settings

    from tests.conversations.office import DOMAIN

    before = settings.ENVIRONMENT
    settings.ENVIRONMENT = replace(before, email_domain=DOMAIN, smtp="smtp+plain://127.0.0.1:9")
    yield
    settings.ENVIRONMENT = before


@pytest.fixture
def office(org: int) -> "Office":
    from tests.conversations.office import Office, opened

    return Office(org, key=opened(org, source="mail")[1])

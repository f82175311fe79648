"""Error pages: what happened, what is safe, what to do, and who can help."""

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from rightaway.web.errors.views import failed
from tests.calling import new_person
from tests.making import House
from tests.notify.test_notices import manager
from tests.web.test_my_work import browser, house

__all__ = ["house"]


@pytest.mark.parametrize(
    ("language", "path", "status", "said"),
    [
        ("en", "/nothing", 404, "ask Rosa Medina."), ("es", "/nothing", 404, "pregúntale a Rosa Medina."),
        ("en", "/team/agents/new", 403, "Ask Rosa Medina to change"),
        ("es", "/team/agents/new", 403, "Pídele a Rosa Medina"),
    ],
)  # fmt: skip
def test_they_name_who_can_help(house: House, language: str, path: str, status: int, said: str) -> None:
    manager(house)
    client = browser(new_person(house.id), language)
    client.get("/me")  # a session that knows its organisation
    answer = client.get(path)
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_strangers_and_other_organisations_are_told_no_name(house: House, other_org: int) -> None:
    manager(house)
    for client in (Client(), browser(new_person(other_org))):
        client.get("/me")
        answer = client.get("/nothing")
        assert answer.status_code == 404
        assert "Rosa Medina" not in answer.content.decode()


def test_our_own_failure_has_a_number_to_tell_and_reads_nothing() -> None:
    request = RequestFactory().get("/contacts?view=all", HTTP_X_REQUEST_ID="abcdef-123456")
    shown = failed(request).content.decode()
    assert "abcdef-123456" in shown
    assert 'href="/contacts?view=all"' in shown
    posted = failed(RequestFactory().post("/pool", HTTP_X_REQUEST_ID="abcdef-123456")).content.decode()
    assert "Try again</a>" not in posted


def test_a_form_that_is_too_old_says_what_to_do(house: House) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    answer = client.post("/preferences", {"theme": "dark"})
    assert answer.status_code == 403
    assert "Nothing was changed." in answer.content.decode()


def test_too_many_attempts_say_when_to_come_back() -> None:
    cache.clear()
    answers = [
        Client(REMOTE_ADDR="192.0.2.99").post("/sign-in", {"login": f"{n}@example.com", "password": "wrong" * 3})
        for n in range(60)
    ]
    cache.clear()
    last = answers[-1]
    assert last.status_code == 429
    assert "Wait a few minutes" in last.content.decode()
    assert last["Retry-After"] == "300"

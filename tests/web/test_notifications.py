"""The bell, its list and its page: what it says, and that it is read once it was shown."""

from uuid import uuid4

import pytest

from rightaway.notify.in_app.reading import notices
from rightaway.notify.relay import relay_outbox
from rightaway.work.actions.assign import assign
from rightaway.work.actions.revoke import revoke
from tests.calling import new_person
from tests.making import House
from tests.notify.test_notices import as_member, manager
from tests.web.test_my_work import HTMX, PHONE, SURNAME, browser, canary, house, page

__all__ = ["house"]


@pytest.mark.parametrize(
    ("language", "bell", "said"),
    [
        ("en", "Notifications, 1 new", "Rosa Medina assigned you a contact."),
        ("es", "Notificaciones, 1 sin leer", "Rosa Medina te asignó un contacto."),
    ],
)
def test_the_bell_counts_and_its_list_says_who_did_what(house: House, language: str, bell: str, said: str) -> None:
    _, boss = manager(house)
    eva = new_person(house.id)
    client = browser(eva, language)
    item = canary(house)
    with house.inside():
        assign(item_id=item, agent_id=eva.agent_id, actor=boss)
    relay_outbox(house.id)
    assert bell in page(client, "/work")
    shown = page(client, "/notifications/recent")
    assert said in shown
    assert SURNAME in shown
    assert f'href="/contacts/{item}"' in shown
    with house.inside():
        newest = notices(as_member(eva)).newest
    answer = client.post("/notifications/read", {"until": str(newest)}, headers=HTMX)
    assert answer.status_code == 200
    assert 'data-new="0"' in answer.content.decode()
    assert client.post("/notifications/read", {"until": str(newest)})["Location"] == "/notifications"


def test_whom_one_lost_is_in_no_byte_of_the_list(house: House) -> None:
    _, boss = manager(house)
    eva = new_person(house.id)
    item = canary(house)
    with house.inside():
        assign(item_id=item, agent_id=eva.agent_id, actor=boss)
        revoke(item_id=item, actor=boss, to="pool", reason="no call in 19 min")
    relay_outbox(house.id)
    client = browser(eva)
    for path in ("/notifications", "/notifications/recent", "/frame/bell", "/work"):
        shown = page(client, path)
        assert SURNAME not in shown, path
        assert PHONE not in shown, path
    assert "Rosa Medina took a contact from you: no call in 19 min" in page(client, "/notifications")


@pytest.mark.parametrize("id", ["", "x", "0", "1" * 400])
def test_what_is_no_id_is_not_there(house: House, id: str) -> None:
    client = browser(new_person(house.id))
    assert client.post("/notifications/read", {"until": id}, headers=HTMX).status_code == 404
    if id:
        assert client.get("/notifications", {"before": id}).status_code == 404
    assert client.get("/notifications", {"before": str(uuid4())}).status_code == 200


def test_without_notices_the_page_says_what_comes_there(house: House) -> None:
    assert "kept for 30 days" in page(browser(new_person(house.id)), "/notifications")

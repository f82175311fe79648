"""Who somebody is, is read together with their session: and is never what it was the last time."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from rightaway.accounts.models import Membership, User
from rightaway.accounts.roles import Role
from rightaway.ledger import hot
from rightaway.people.acting import ORGANISATION_KEY
from tests.calling import Person, new_person
from tests.making import House
from tests.web.test_my_work import browser


@pytest.fixture
def house(org: int) -> Iterator[House]:
    made = House(org)
    yield made
    assert made.check() == []


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The statements of each message to the database."""
    found: list[list[str]] = []
    send, alone = hot.send, hot._alone

    def sending(conn: object) -> None:
        if waiting := hot._line(conn).waiting:  # type: ignore[arg-type]
            found.append([each.sql for each in waiting])
        send(conn)  # type: ignore[arg-type]

    def sending_one(*given: Any) -> Any:
        found.append([given[2].sql])
        return alone(*given)

    monkeypatch.setattr(hot, "send", sending)
    monkeypatch.setattr(hot, "_alone", sending_one)
    return found


def known(person: Person) -> Client:
    """Signed in, and seen before."""
    client = browser(person)
    assert client.get("/work").status_code == 200
    return client


def test_session_and_member_are_one_journey_from_the_second_request_on(house: House, sent: list[list[str]]) -> None:
    client = known(new_person(house.id))  # the session knows its organisation from then on

    def journeys() -> list[bool]:
        """Of each that asks for one of them: whether it asks for both."""
        sent.clear()
        assert client.get("/work/no-offers").status_code == 200
        asks = [["django_session" in "".join(each), "accounts_membership m" in "".join(each)] for each in sent]
        return [all(each) for each in asks if any(each)]

    assert journeys() == [False, False]
    assert journeys() == [True]


def test_a_role_that_changed_meanwhile_counts_at_once(house: House) -> None:
    rosa = new_person(house.id, Role.COMPANY_MANAGER)
    client = known(rosa)
    assert client.get("/settings/sources").status_code == 200
    with house.inside():
        Membership.objects.filter(user_id=rosa.user.pk).update(role=Role.AGENT)
    assert client.get("/settings/sources").status_code == 403


@pytest.mark.parametrize("how", ["inactive", "not a member", "password", "session"])
def test_who_may_no_longer_come_in_is_out_at_once(house: House, how: str) -> None:
    eva = new_person(house.id)
    client = known(eva)
    if how == "inactive":
        User.objects.filter(pk=eva.user.pk).update(is_active=False)
    elif how == "not a member":
        with house.inside():
            Membership.objects.filter(user_id=eva.user.pk).update(active=False)
    elif how == "password":
        User.objects.filter(pk=eva.user.pk).update(password="another")
    else:
        client.session.delete()
    answer = client.get("/work")
    assert answer.status_code in (302, 403), answer.status_code
    assert "Eva" not in answer.content.decode()


def test_another_organisation_is_another_member(house: House, other_org: int) -> None:
    eva = new_person(house.id, Role.COMPANY_MANAGER)
    client = known(eva)
    theirs = House(other_org)
    with theirs.inside():
        Membership.objects.create(user_id=eva.user.pk, role=Role.AGENT)
    session = client.session
    session[ORGANISATION_KEY] = other_org
    session.save()
    assert client.get("/settings/sources").status_code == 403
    session[ORGANISATION_KEY] = house.id
    session.save()
    assert client.get("/settings/sources").status_code == 200

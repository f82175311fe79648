"""A private book: contacts that somebody typed in for themselves, which the managers of their team do not see."""

from typing import Any
from uuid import UUID

import pytest

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import KnownPerson, NotAllowed, NotFound, WrongState
from rightaway.ledger.models import Event
from rightaway.ledger.tenancy import organisation
from rightaway.work import access, grid, searching
from rightaway.work.actions.assign import assign
from rightaway.work.actions.create_contact import create_contact
from rightaway.work.actions.finish import finish
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.receive import receive
from rightaway.work.actions.share import share
from rightaway.work.contact_record import reached_by
from rightaway.work.departures import pressing
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item
from rightaway.work.oversight import oversight
from tests.calling import new_person, new_team
from tests.making import House


class Office:
    """An agent with a private contact, the manager of their team, and a company manager."""

    def __init__(self, org: int) -> None:
        self.org = org
        team = new_team(org)
        people = {
            "agent": (Role.AGENT, team), "colleague": (Role.AGENT, team), "manager": (Role.AGENT_MANAGER, team),
            "company": (Role.COMPANY_MANAGER, None),
        }  # fmt: skip
        self.actors = {}
        for name, (role, of) in people.items():
            person = new_person(org, role, team=of)
            self.actors[name] = Actor("member", person.membership_id, role, person.agent_id)
        self.agent = self.actors["agent"]
        self.item = self.made("private")

    def made(self, owner: str, name: str = "Aunt Agatha", number: str = "+34600111222", **more: Any) -> UUID:
        with organisation(self.org):
            return create_contact(
                enquiry=Enquiry(source="", name=name), reached=reached_by([number], [], "ES"), values={}, owner=owner,
                actor=self.agent, **more,
            ).item_id  # fmt: skip

    def sees(self, who: str) -> bool:
        """One answer of every way to look."""
        actor = self.actors[who]
        with organisation(self.org):
            grid.forget()
            listed = self.item in {item.id for item in grid.grid_page(actor, view="all").items}
            found = self.item in {hit.item.id for hit in searching.search(actor, "Agatha", limit=10)}
            visible = bool(access.visible_items(actor).filter(id=self.item).exists())
            try:
                access.item_for(actor, self.item, "item.view")
                single = True
            except NotFound:
                single = False
        assert listed == found == visible == single, (who, listed, found, visible, single)
        return listed

    def row(self) -> Item:
        with organisation(self.org):
            found: Item = Item.objects.get(id=self.item)
            return found


@pytest.fixture
def office(org: int) -> Office:
    return Office(org)


def test_nobody_but_the_owner_and_the_company_sees_it(office: Office) -> None:
    seen = {who: office.sees(who) for who in office.actors}
    assert seen == {"agent": True, "colleague": False, "manager": False, "company": True}
    assert office.row().owner_id == office.agent.agent_id
    assert House(office.org).check() == []


def test_oversight_counts_none_of_it_for_the_team(office: Office) -> None:
    office.made("me", "Open Olga", "+34600333444")
    with organisation(office.org):
        totals = {
            who: sum(line.figures.evaluate for line in oversight(office.actors[who]).agents)
            for who in ("manager", "company")
        }
    assert totals == {"manager": 1, "company": 2}


def test_it_is_shared_with_the_team_and_stays_there(office: Office) -> None:
    with organisation(office.org):
        with pytest.raises(NotFound):
            share(item_id=office.item, actor=office.actors["manager"])
        share(item_id=office.item, actor=office.agent)
    assert office.sees("manager") and not office.sees("colleague")
    with organisation(office.org), pytest.raises(WrongState):
        share(item_id=office.item, actor=office.agent)
    with organisation(office.org):
        kinds = list(Event.objects.filter(subject_id=office.item).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["received", "assigned", "kept_private", "shared"]


def test_with_another_owner_it_is_the_team_s(office: Office) -> None:
    colleague = office.actors["colleague"].agent_id
    assert colleague is not None
    with organisation(office.org):
        assign(item_id=office.item, agent_id=colleague, actor=office.actors["company"])
    assert not office.row().private and office.sees("manager")


def test_what_is_handed_back_is_the_team_s(office: Office) -> None:
    with organisation(office.org):
        hand_back(item_id=office.item, actor=office.agent, reason="too much")
    assert not office.row().private and office.sees("manager")


def test_what_is_closed_stays_private(office: Office) -> None:
    with organisation(office.org):
        finish(item_id=office.item, actor=office.agent, outcome="lost")
    assert office.row().private
    assert not office.sees("manager") and office.sees("company")


def test_who_asks_the_company_is_the_company_s(office: Office) -> None:
    with organisation(office.org):
        receive(enquiry=Enquiry(source="web", name="Agatha", phone="+34600111222"), actor=SYSTEM)
    assert not office.row().private and office.row().owner_id == office.agent.agent_id
    assert office.sees("manager")


def test_an_enquiry_that_the_owner_types_in_changes_nothing(office: Office) -> None:
    with organisation(office.org):
        receive(enquiry=Enquiry(source="phone", name="Agatha", phone="+34600111222"), actor=office.agent)
    assert office.row().private and not office.sees("manager")


def test_somebody_whom_the_company_knows_is_nobody_s_private_contact(office: Office) -> None:
    with organisation(office.org):
        receive(enquiry=Enquiry(source="web", name="Bob", phone="+34600999888"), actor=SYSTEM)
    with pytest.raises(KnownPerson) as told:
        office.made("private", "Bob", "+34600999888", known_too=True)
    assert told.value.parameters == {}  # nor is it said who that is


def test_it_is_lent_to_nobody_when_its_owner_is_ill(office: Office) -> None:
    open_one = office.made("me", "Open Olga", "+34600333444")
    assert office.agent.agent_id is not None
    with organisation(office.org):
        Item.objects.update(band=3)
        assert pressing(office.agent.agent_id, clock()) == [open_one]


def test_who_works_no_leads_has_no_book(org: int) -> None:
    with organisation(org), pytest.raises(NotAllowed):
        create_contact(enquiry=Enquiry(source="", name="A"), reached=[], values={}, owner="private", actor=SYSTEM)

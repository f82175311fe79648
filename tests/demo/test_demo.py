"""The demo: its past is made once, and its people live through the verbs."""

from random import Random

import phonenumbers
import pytest

from rightaway.accounts.actor import SYSTEM
from rightaway.demo import flow as living
from rightaway.demo import seed as seeding
from rightaway.demo.customers import Customers
from rightaway.demo.flow import Flow
from rightaway.demo.people import everybody, make_members
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent
from rightaway.work.actions.apply_configuration import apply_configuration
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.wake import wake_due
from rightaway.work.check import check
from rightaway.work.models import Assignment, Item


@pytest.fixture
def agency(org: int) -> int:
    with organisation(org):
        apply_configuration(file=seeding.configuration(), actor=SYSTEM)
    make_members(org)
    return org


def test_customers_are_the_same_each_time_and_their_numbers_are_nobody_s() -> None:
    one, two = (Customers(Random(7)) for _ in range(2))
    enquiries = [one.enquiry() for _ in range(300)]
    assert enquiries == [two.enquiry() for _ in range(300)]
    for enquiry in enquiries:
        assert enquiry.phone or enquiry.email
        if enquiry.phone:
            assert phonenumbers.is_valid_number(phonenumbers.parse(enquiry.phone))
            assert "55501" in enquiry.phone or enquiry.phone.startswith("+442079460")
        assert enquiry.email is None or enquiry.email.endswith("@example.org")


def test_every_agent_is_a_member_once(agency: int) -> None:
    people = everybody(agency)
    make_members(agency)
    assert everybody(agency) == people
    assert len(people) == 25
    assert sorted({person.actor.role for person in people}) == ["agent", "agent_manager", "company_manager"]


def test_the_past_is_made_once(agency: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "demo_organisation", lambda: agency)
    assert seeding.seed(contacts=40) == agency
    with organisation(agency, read_only=True):
        before = list(Item.objects.order_by("id").values_list("id", "state", "outcome"))
        assert check([]) == []
    assert len(before) == 40
    assert {state for _id, state, _outcome in before} >= {"closed", "assigned"}
    seeding.seed(contacts=40)
    with organisation(agency, read_only=True):
        assert list(Item.objects.order_by("id").values_list("id", "state", "outcome")) == before


def test_roles_are_given_once_to_whoever_comes_back(agency: int) -> None:
    with organisation(agency):
        receive_many(enquiries=[Customers(Random(7)).enquiry()], actor=SYSTEM)
        item = Item.objects.get()
        for number in range(8):
            seeding._share_out(item.id, Random(number))
        given = Assignment.objects.filter(item=item.id, ended_at=None, role_id__isnull=False)
        assert given.count() == given.values("role_id").distinct().count() > 0


def test_somebody_s_organisation_is_never_taken_for_the_demo(org: int) -> None:
    with pytest.raises(seeding.NotADemo):
        seeding.demo_organisation()
    with organisation(org):
        assert not Agent.objects.exists()


def test_the_flow_goes_from_enquiry_to_outcome(agency: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "BEAT_SECONDS", 15.0)
    flow = Flow(agency, Random(3))
    for second in range(0, 200, 4):
        flow.run_due(float(second))
        expire_due(agency)
        retried(lambda: wake_due(agency))
        retried(lambda: route_organisation(agency))
    with organisation(agency, read_only=True):
        states = dict(Item.objects.values_list("state").order_by().distinct().values_list("state", "id"))
        assert "closed" in states
        assert Item.objects.count() > 25
        assert check([]) == []

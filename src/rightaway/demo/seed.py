"""Makes the demo's organisation: people, routes, and a few hundred contacts with a history. Again: nothing new."""

import secrets
from datetime import timedelta
from importlib.resources import files
from itertools import islice
from random import Random
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.every import all_organisations
from rightaway.accounts.models import Organisation, User
from rightaway.conversations.models import Source
from rightaway.demo.cast import COMPANY_MANAGER
from rightaway.demo.customers import Customers
from rightaway.demo.furnishing import furnish, newcomer
from rightaway.demo.people import Person, everybody, make_members
from rightaway.demo.words import note
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent
from rightaway.routing.config_file import ConfigFile, parse
from rightaway.routing.yaml_source import read_yaml
from rightaway.work.actions.accept import accept
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.apply_configuration import apply_configuration
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.finish import finish
from rightaway.work.actions.found import make_organisation
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.presence import declare, heartbeat
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_source import Kind, SourceIn, make_source
from rightaway.work.actions.touch import touch
from rightaway.work.actions.wake import wake_due
from rightaway.work.models import Assignment, Item, Offer
from rightaway.work.roles import holders_of, in_order

NAME = "Casa Aurora"
CONTACTS = 300
DOORS: Final[dict[Kind, str]] = {"web_chat": "Chat with Casa Aurora", "web_form": "Ask Casa Aurora"}
SEED = 20_260_504
_ROUND = 20  # enquiries that come in before people work again
_ROUNDS = 40  # of routing and accepting, at the most, until nobody has anything to answer


class NotADemo(Exception):
    """There is an organisation here already that is not the demo's. The demo wants a data folder of its own."""


def seed(*, contacts: int = CONTACTS) -> int:
    """The id of the demo's organisation, made or completed if need be. No worker may run meanwhile. Raises NotADemo."""
    organisation_id = demo_organisation()
    retried(lambda: _apply(organisation_id))
    make_members(organisation_id)
    people = {person.agent_id: person for person in everybody(organisation_id)}
    customers = Customers(Random(SEED))
    random = Random(SEED)
    past = iter([customers.enquiry(again=0, external_id=f"history-{n}") for n in range(contacts)])
    while batch := list(islice(past, _ROUND)):
        with organisation(organisation_id):
            received = receive_many(enquiries=batch, actor=SYSTEM)
        if any(getattr(answer, "outcome", "") == "created" for answer in received):
            _work_off(organisation_id, people, random)
    return organisation_id


def demo_organisation() -> int:
    """The id of the demo's organisation, founded if need be. Raises NotADemo."""
    known = all_organisations()
    for organisation_id in known:
        with organisation(organisation_id, read_only=True):
            if Organisation.objects.filter(id=organisation_id, name=NAME).exists():
                return organisation_id
    if known:
        raise NotADemo
    return make_organisation(name=NAME, language="en", zone="America/New_York", region="US")


def configuration() -> ConfigFile:
    """The demo's people and routes, as they ship."""
    found = parse(read_yaml(files("rightaway.demo").joinpath("agency.yaml").read_bytes()).data)
    assert isinstance(found, ConfigFile), found
    return found


def _apply(organisation_id: int) -> None:
    with organisation(organisation_id):
        # Only at first: what somebody changes in the demo stays as they want it.
        if not Agent.objects.exists():
            apply_configuration(file=configuration(), actor=SYSTEM)
            newcomer("xiomara.delgado")
        if not Source.objects.exists():
            for kind, name in DOORS.items():
                make_source(source=SourceIn(kind=kind, name=name, source="website"), actor=SYSTEM)
        furnish()


def come_in(organisation_id: int, person: Person) -> None:
    """The person is available: a desk by its lease, in the field for the next eight hours."""
    with organisation(organisation_id):
        until = clock() + timedelta(hours=8) if person.mode == "field" else None
        declare(agent_id=person.agent_id, presence="available", actor=person.actor, until=until)


def _work_off(organisation_id: int, people: dict[UUID, Person], random: Random) -> None:
    """One round of the past: everybody is in, accepts what they are offered, calls, and finishes most of it."""
    for person in people.values():
        _keep_in(organisation_id, person)
    for _round in range(_ROUNDS):
        retried(lambda: wake_due(organisation_id))
        retried(lambda: route_organisation(organisation_id))
        with organisation(organisation_id):
            offers = list(Offer.objects.filter(state="open").order_by("made_at", "id").values_list("id", "agent"))
        if not offers:
            break
        for offer_id, agent_id in offers:
            _accept(organisation_id, offer_id, people[agent_id])
    with organisation(organisation_id):
        fresh = Item.objects.filter(state="assigned", unanswered_since__isnull=False).order_by("id")
        owned = list(fresh.values_list("id", "owner"))
    for item_id, owner_id in owned:
        with organisation(organisation_id):
            _look_after(item_id, people[owner_id], random)


def _keep_in(organisation_id: int, person: Person) -> None:
    with organisation(organisation_id):
        present = heartbeat(actor=person.actor).presence == "available"
    if not present:
        come_in(organisation_id, person)


def _accept(organisation_id: int, offer_id: UUID, person: Person) -> None:
    try:
        with organisation(organisation_id):
            accept(offer_id=offer_id, actor=person.actor)
    except Conflict:
        pass  # of several people who were offered it, the first has it


def _look_after(item_id: UUID, person: Person, random: Random) -> None:
    actor = person.actor
    if random.random() < 0.35:
        touch(item_id=item_id, actor=actor, kind="call", outcome="no_answer", seconds=random.randint(15, 40))
    touch(item_id=item_id, actor=actor, kind="call", outcome="connected", seconds=random.randint(60, 900))
    touch(item_id=item_id, actor=actor, kind="note", text=note(random, person.language))
    fate = random.random()
    if fate < 0.7:
        finish(item_id=item_id, outcome=random.choices(["won", "lost", "unreachable"], [25, 60, 15])[0], actor=actor)
        return
    move_status(item_id=item_id, status="working" if fate < 0.85 else "nurture", actor=actor)
    if random.random() < 0.7:
        touch(item_id=item_id, actor=actor, kind="email", outcome="replied" if random.random() < 0.3 else "")
    plan_next(item_id, person, random)
    _share_out(item_id, random)


def plan_next(item_id: UUID, person: Person, random: Random) -> None:
    """Most people write down what they do next; a few of these tasks are already overdue."""
    if random.random() < 0.8:
        due_at = clock() + timedelta(hours=random.uniform(-6, 90))
        add_task(item_id=item_id, due_at=due_at, actor=person.actor, kind=random.choice(("call", "email", "meeting")))


def _share_out(item_id: UUID, random: Random) -> None:
    """Gives some of the item's roles to somebody who may hold them. Who came back has them already."""
    active = Assignment.objects.filter(item=item_id, ended_at=None, role_id__isnull=False)
    held = set(active.values_list("role_id", flat=True))
    for role in in_order():
        if role.id in held:
            continue
        holders = list(holders_of(role.id).order_by("key").values_list("id", flat=True))
        if holders and random.random() < 0.6:
            assign_role(item_id=item_id, role_id=role.id, agent_id=random.choice(holders), actor=SYSTEM)


def new_password() -> str:
    """Gives the demo's company manager a new password, and returns it."""
    password = secrets.token_urlsafe(12)
    user = User.objects.get(email=f"{COMPANY_MANAGER}@example.com")
    user.set_password(password)
    user.save()
    return password

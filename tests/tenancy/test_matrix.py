"""The permission matrix, cell by cell: what `access` lets happen is what `roles.py` says, for every pair."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.calling import new_person, new_team

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import ALLOWED, MAY_INVITE, Relation, Role
from rightaway.contacts.models import Company, Contact
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotAllowed, NotFound
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Invitation
from rightaway.work import access, audience, grid
from rightaway.work.models import Assignment, Campaign, Item, Offer
from rightaway.work.person_view import person_views

ITEM_ACTIONS = [action for action in ALLOWED if action.startswith("item.") and action != "item.create"]
CONTACT_ACTIONS = [action for action in ALLOWED if action.startswith("contact.")]


@dataclass
class Scene:
    """An actor of one role, and an item for each way in which they may stand to it, by the relations that hold."""

    actor: Actor
    items: dict[str, tuple[UUID, frozenset[Relation]]]


def an_item(owner: UUID | None = None, **columns: Any) -> Item:
    now = clock()
    contact = Contact.objects.create(name="Ana", folded="ana")
    state = "assigned" if owner else columns.pop("state", "pooled")
    item: Item = Item.objects.create(contact=contact, state=state, owner_id=owner, created_at=now, **columns)
    if owner:
        Assignment.objects.create(item_id=item.id, agent_id=owner, how="by_hand", band=1, started_at=now)
    return item


def offered(agent: UUID, owner: UUID | None = None) -> Item:
    item = an_item(owner) if owner else an_item(state="offered")
    Offer.objects.create(
        item_id=item.id, agent_id=agent, band=1, made_at=clock(), expires_at=clock() + timedelta(hours=1)
    )
    return item


def held(item: Item, agent: UUID) -> Item:
    """One of the item's functional roles is the agent's."""
    Assignment.objects.create(
        item_id=item.id, agent_id=agent, role_id=new_id(), how="by_hand", band=1, started_at=clock()
    )
    return item


@pytest.fixture(params=list(Role), ids=lambda role: role.value)
def scene(request: pytest.FixtureRequest, org: int) -> Scene:
    role: Role = request.param
    team = new_team(org)
    below = new_team(org, parent=team)
    me = new_person(org, role, team=team)
    mate, stranger = new_person(org, team=below), new_person(org)
    manages = role is not Role.AGENT
    any_, team_ = frozenset({Relation.ANY}), frozenset({Relation.TEAM})
    with organisation(org):
        campaign = Campaign.objects.create(key="c", name="C")
        items = {
            "mine": (an_item(me.agent_id), any_ | {Relation.OWN} | (team_ if manages else frozenset())),
            "offered to me": (offered(me.agent_id), any_ | {Relation.OFFERED, Relation.FREE, Relation.TEAM}),
            "offered to me, owned": (offered(me.agent_id, stranger.agent_id), any_ | {Relation.OFFERED}),
            "in the pool": (an_item(), any_ | {Relation.FREE, Relation.TEAM}),
            "in a campaign of others": (an_item(campaign=campaign), any_ | team_),
            "of my team": (an_item(mate.agent_id), any_ | (team_ if manages else frozenset())),
            "of somebody else": (an_item(stranger.agent_id), any_),
            "of somebody else, a role mine": (
                held(an_item(stranger.agent_id), me.agent_id),
                any_ | {Relation.HOLDS},
            ),
            "mine, a role too": (
                held(an_item(me.agent_id), me.agent_id),
                any_ | {Relation.OWN, Relation.HOLDS} | (team_ if manages else frozenset()),
            ),
            "in a campaign of others, a role mine": (
                held(an_item(campaign=campaign), me.agent_id),
                any_ | team_ | {Relation.HOLDS},
            ),
            "mine, in my private book": (an_item(me.agent_id, private=True), any_ | {Relation.OWN}),
            "in a private book of my team": (an_item(mate.agent_id, private=True), any_),
            "closed, of a private book": (an_item(state="closed", private=True), any_),
            "in a private book, a role mine": (
                held(an_item(mate.agent_id, private=True), me.agent_id),
                any_ | {Relation.HOLDS},
            ),
            "of somebody else, a role a mate's": (held(an_item(stranger.agent_id), mate.agent_id), any_),
        }
        found = {name: (item.id, frozenset(relations)) for name, (item, relations) in items.items()}
    return Scene(Actor("member", me.membership_id, role, me.agent_id), found)


def test_the_relations_are_what_they_are(scene: Scene, org: int) -> None:
    with organisation(org):
        for name, (item_id, relations) in scene.items.items():
            found = access.relations_to_item(scene.actor, Item.objects.get(id=item_id))
            # Being a manager of unassigned work is a relation of the item; what it allows depends on the role.
            assert found == relations, name


@pytest.mark.parametrize("action", ITEM_ACTIONS)
def test_an_action_is_allowed_as_the_matrix_says(scene: Scene, org: int, action: str) -> None:
    allowed = ALLOWED[action][scene.actor.role]
    seen = ALLOWED["item.view"][scene.actor.role]
    with organisation(org):
        for name, (item_id, relations) in scene.items.items():
            if allowed & relations:
                assert access.item_for(scene.actor, item_id, action).id == item_id, name
            else:
                expected = NotAllowed if seen & relations else NotFound
                with pytest.raises(expected):
                    access.item_for(scene.actor, item_id, action)


@pytest.mark.parametrize("action", CONTACT_ACTIONS)
def test_a_contact_is_reached_as_the_matrix_says(scene: Scene, org: int, action: str) -> None:
    """How somebody stands to a contact is how they stand to its item; an offer of it, or its being free, is nothing."""
    allowed, seen = ALLOWED[action][scene.actor.role], ALLOWED["contact.view"][scene.actor.role]
    with organisation(org):
        for name, (item_id, item_relations) in scene.items.items():
            relations = item_relations - {Relation.OFFERED, Relation.FREE}
            contact_id = Item.objects.get(id=item_id).contact_id
            if allowed & relations:
                assert access.contact_for(scene.actor, contact_id, action).id == contact_id, name
            else:
                with pytest.raises(NotAllowed if seen & relations else NotFound):
                    access.contact_for(scene.actor, contact_id, action)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", ["company.view", "company.edit"])
def test_a_company_is_reached_as_the_matrix_says(org: int, role: Role, action: str) -> None:
    """An agent knows the companies that they look after, and those of whom they own an item of."""
    me = new_person(org, role)
    actor = Actor("member", me.membership_id, role, me.agent_id)
    with organisation(org):
        mine = Company.objects.create(name="Mine", folded="mine", owner_id=me.agent_id)
        through = Company.objects.create(name="Through", folded="through")
        Contact.objects.filter(id=an_item(me.agent_id).contact_id).update(employer=through)
        strange = Company.objects.create(name="Strange", folded="strange")
        own = frozenset({Relation.ANY, Relation.OWN})
        for company, relations in ((mine, own), (through, own), (strange, frozenset({Relation.ANY}))):
            if ALLOWED[action][role] & relations:
                assert access.company_for(actor, company.id, action).id == company.id
            else:
                with pytest.raises(NotAllowed if ALLOWED["company.view"][role] & relations else NotFound):
                    access.company_for(actor, company.id, action)


@pytest.mark.parametrize("action", ["item.view", "item.claim", "item.assign", "item.touch", "item.explain"])
def test_lists_show_what_single_looks_allow(scene: Scene, org: int, action: str) -> None:
    with organisation(org):
        listed = set(access.visible_items(scene.actor, action).values_list("id", flat=True))
        for name, (item_id, relations) in scene.items.items():
            assert (item_id in listed) == bool(ALLOWED[action][scene.actor.role] & relations), name


def test_of_the_pool_everybody_sees_what_they_may_take_or_oversee(scene: Scene, org: int) -> None:
    with organisation(org):
        counted = set(access.pooled_items(scene.actor).values_list("id", flat=True))
        pooled = set(Item.objects.filter(state="pooled", owner=None).values_list("id", flat=True))
        assert pooled & {id for id, _ in scene.items.values()}
        for name, (item_id, relations) in scene.items.items():
            seen = ALLOWED["item.view"][scene.actor.role] & relations - {Relation.HOLDS, Relation.OFFERED}
            assert (item_id in counted) == (item_id in pooled and bool(seen)), name


def test_the_grid_and_the_hints_reach_as_far_as_single_looks(scene: Scene, org: int) -> None:
    with organisation(org):
        shown = {item.id for item in grid.grid_page(scene.actor, view="all").items}
        clear = {view.id for view in person_views(scene.actor, list(Item.objects.all())) if not view.masked}
        who = audience.listener(scene.actor)
        hints = {id: ("item", str(id), "touched") for id, _ in scene.items.values()}
        involved = audience.involved(hints.values())
        for name, (item_id, relations) in scene.items.items():
            sees = bool(ALLOWED["item.view"][scene.actor.role] & relations)
            assert (item_id in shown) == sees, name
            assert (audience.heard(who, hints[item_id], involved) is not None) == sees, name
            if Relation.HOLDS in relations:
                assert item_id in clear, name


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"agent.*"}), frozenset({"item.touch"})])
def test_a_key_does_nothing_outside_its_scopes(scene: Scene, org: int, scopes: frozenset[str]) -> None:
    narrow = Actor("key", scene.actor.id, scene.actor.role, scene.actor.agent_id, scopes)
    with organisation(org):
        assert not access.visible_items(narrow).exists()
        for item_id, _ in scene.items.values():
            with pytest.raises((NotFound, NotAllowed)):
                access.item_for(narrow, item_id, "item.view")


@pytest.mark.parametrize("role", list(Role))
def test_people_are_reached_as_the_matrix_says(org: int, role: Role) -> None:
    team = new_team(org)
    me, mate, stranger = new_person(org, role, team=team), new_person(org, team=team), new_person(org)
    actor = Actor("member", me.membership_id, role, me.agent_id)
    manages = role is not Role.AGENT
    stands = {
        me.agent_id: {Relation.ANY, Relation.OWN} | ({Relation.TEAM} if manages else set()),
        mate.agent_id: {Relation.ANY} | ({Relation.TEAM} if manages else set()),
        stranger.agent_id: {Relation.ANY},
    }
    with organisation(org):
        for agent_id, relations in stands.items():
            for action in ("agent.view", "agent.manage", "agent.leave", "agent.ill", "presence.set"):
                if ALLOWED[action][role] & relations:
                    assert access.agent_for(actor, agent_id, action).id == agent_id
                else:
                    with pytest.raises((NotFound, NotAllowed)):
                        access.agent_for(actor, agent_id, action)
        visible = set(access.visible_agents(actor).values_list("id", flat=True))
        assert visible == {id for id, relations in stands.items() if ALLOWED["agent.view"][role] & relations}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "action",
    [
        action
        for action in ALLOWED
        if action.split(".")[0]
        in ("routes", "roles", "keys", "settings", "sources", "letters", "fields", "campaigns", "sequences", "import")
    ],
)
def test_configuration_is_for_whom_the_matrix_says(role: Role, action: str) -> None:
    actor = Actor("member", None, role)
    if Relation.ANY in ALLOWED[action][role]:
        access.require(actor, action)
    else:
        with pytest.raises(NotAllowed):
            access.require(actor, action)


@pytest.mark.parametrize("role", list(Role))
def test_people_are_brought_in_as_the_matrix_says(org: int, role: Role) -> None:
    team, other = new_team(org), new_team(org)
    me = new_person(org, role, team=team)
    actor = Actor("member", me.membership_id, role, me.agent_id)
    manages = role is not Role.AGENT
    with organisation(org):
        for place, relations in (
            (team, {Relation.ANY} | ({Relation.TEAM} if manages else set())),
            (other, {Relation.ANY}),
            (None, {Relation.ANY}),
        ):
            assert access.relations_to_team(actor, place) == relations
            allowed = bool(ALLOWED["members.manage"][role] & relations)
            made = Invitation.objects.create(
                hash=place.bytes if place else b"", name="x", role="agent", team_id=place, made_at=clock(),
                expires_at=clock(),
            )  # fmt: skip
            if allowed:
                assert access.invitation_for(actor, made.id).id == made.id
            else:
                with pytest.raises((NotFound, NotAllowed)):
                    access.invitation_for(actor, made.id)
        assert access.may_invite(actor) == bool(ALLOWED["members.manage"][role])


def test_every_role_may_bring_in_what_is_written_and_never_more_than_itself() -> None:
    order = [Role.AGENT, Role.AGENT_MANAGER, Role.ORGANISATION_MANAGER, Role.COMPANY_MANAGER]
    assert set(MAY_INVITE) == set(Role)
    for role, brings in MAY_INVITE.items():
        assert bool(brings) == bool(ALLOWED["members.manage"][role])
        assert all(order.index(each) <= order.index(role) for each in brings)


def test_every_action_has_a_cell_for_every_role() -> None:
    for action, cells in ALLOWED.items():
        assert set(cells) == set(Role), action

"""Rows are reached through here, so that a permission cannot be forgotten.

What an actor may not see does not exist for them (NotFound); what they see but may not do is NotAllowed.
"""

from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.roles import ALLOWED, Relation
from rightaway.contacts.models import Company, Contact
from rightaway.ledger.errors import NotAllowed, NotFound
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent, Invitation, Proposal
from rightaway.work.models import Assignment, CampaignMember, Item, Offer

_MANAGED = """
WITH RECURSIVE managed AS (
    SELECT team_id AS id FROM people_teammember
    WHERE organisation_id = %(organisation)s AND agent_id = %(agent)s AND manages
    UNION
    SELECT t.id FROM people_team t JOIN managed m ON t.parent_id = m.id WHERE t.organisation_id = %(organisation)s
)
"""
_TEAMS = f"{_MANAGED} SELECT id FROM managed"
_TEAM_AGENTS = f"""{_MANAGED}
SELECT DISTINCT agent_id FROM people_teammember
WHERE organisation_id = %(organisation)s AND team_id IN (SELECT id FROM managed)
"""


def require(actor: Actor, action: str) -> None:
    """For actions on no particular row. Raises NotAllowed."""
    if not actor.may(action, EVERYWHERE | {Relation.FREE}):
        raise NotAllowed(action=action)


def require_some(actor: Actor, action: str) -> None:
    """For lists of what the actor may do something with. Raises NotAllowed: there is nothing of the kind for them."""
    if not may_some(actor, action):
        raise NotAllowed(action=action)


def may_some(actor: Actor, action: str) -> bool:
    """Whether the action is open to the actor on at least something."""
    return actor.may(action, frozenset(Relation))


def team_agents(actor: Actor) -> set[UUID]:
    """The agents in the teams that the actor manages, and below."""
    return _below(actor, _TEAM_AGENTS)


def managed_teams(actor: Actor) -> set[UUID]:
    """The teams that the actor manages, and those below."""
    return _below(actor, _TEAMS)


def _below(actor: Actor, query: str) -> set[UUID]:
    if actor.agent_id is None:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(query, {"organisation": current_organisation(), "agent": actor.agent_id})
        return {row[0] for row in cursor.fetchall()}


def relations_to_item(actor: Actor, item: Item) -> frozenset[Relation]:
    relations = {Relation.ANY}
    me = actor.agent_id
    if me is not None and (item.owner_id == me or _owns_share(item, me)):
        relations.add(Relation.OWN)
    if me is not None and _holds_role(item, me):
        relations.add(Relation.HOLDS)
    if me is not None and Offer.objects.filter(item=item.id, agent=me, state="open").exists():
        relations.add(Relation.OFFERED)
    if item.private:
        pass  # nobody's but the owner's, and of whoever sees everything
    elif item.owner_id is None:
        # Unassigned work is every manager's to hand out; an agent may take it outside any campaign, or in theirs.
        relations.add(Relation.TEAM)
        if item.state != "closed" and _in_campaign(item, me):
            relations.add(Relation.FREE)
    elif item.owner_id in team_agents(actor):
        relations.add(Relation.TEAM)
    return frozenset(relations)


def _owns_share(item: Item, agent_id: UUID) -> bool:
    shares = Assignment.objects.filter(item=item.id, agent=agent_id, ended_at=None, role_id=None)
    return bool(shares.exists())


def _holds_role(item: Item, agent_id: UUID) -> bool:
    held = Assignment.objects.filter(item=item.id, agent=agent_id, ended_at=None, role_id__isnull=False)
    return bool(held.exists())


def _in_campaign(item: Item, agent_id: UUID | None) -> bool:
    if item.campaign_id is None:
        return True
    return bool(CampaignMember.objects.filter(campaign=item.campaign_id, agent=agent_id).exists())


def could_take(actor: Actor, item: Item) -> bool:
    """Whether the actor might have claimed the item, had nobody been faster."""
    if item.state == "closed" or item.owner_id == actor.agent_id or not _in_campaign(item, actor.agent_id):
        return False
    return actor.may("item.claim", frozenset({Relation.FREE}))


def visible_items(actor: Actor, action: str = "item.view") -> QuerySet[Item]:
    """The items on which the actor has some relation that allows `action`."""
    items: QuerySet[Item] = Item.objects.all()
    allowed = ALLOWED[action][actor.role] if actor.in_scope(action) else frozenset()
    if Relation.ANY in allowed:
        return items
    found = Q(pk__in=[])
    me = actor.agent_id
    if Relation.OWN in allowed:
        found |= Q(Exists(Assignment.objects.filter(item=OuterRef("id"), agent=me, ended_at=None, role_id=None)))
    if Relation.HOLDS in allowed:
        held = Assignment.objects.filter(item=OuterRef("id"), agent=me, ended_at=None, role_id__isnull=False)
        found |= Q(Exists(held))
    if Relation.OFFERED in allowed:
        found |= Q(Exists(Offer.objects.filter(item=OuterRef("id"), agent=me, state="open")))
    if Relation.FREE in allowed:
        mine = CampaignMember.objects.filter(campaign=OuterRef("campaign"), agent=me)
        found |= Q(owner=None) & ~Q(state="closed") & (Q(campaign=None) | Q(Exists(mine)))
    if Relation.TEAM in allowed:
        found |= Q(private=False) & (Q(owner=None) | Q(owner__in=team_agents(actor)))
    return items.filter(found)


def pooled_items(actor: Actor) -> QuerySet[Item]:
    """The visible items that are in the pool, asked for without what only other items can be to somebody."""
    items: QuerySet[Item] = Item.objects.filter(state="pooled", owner=None)
    allowed = ALLOWED["item.view"][actor.role] if actor.in_scope("item.view") else frozenset()
    if allowed & {Relation.ANY, Relation.TEAM}:
        return items
    if Relation.FREE not in allowed:
        return items.none()
    mine = CampaignMember.objects.filter(campaign=OuterRef("campaign"), agent=actor.agent_id)
    return items.filter(Q(campaign=None) | Exists(mine))


def item_for(actor: Actor, item_id: UUID, action: str, *, lock: bool = False) -> Item:
    """The item, for this action; locked against every other change when `lock`. Raises NotFound, NotAllowed."""
    items = Item.objects.select_for_update(no_key=True) if lock else Item.objects
    item: Item | None = items.filter(id=item_id).first()
    if item is None:
        raise NotFound
    relations = relations_to_item(actor, item)
    if not actor.may(action, relations):
        raise NotAllowed(action=action) if actor.may("item.view", relations) else NotFound
    return item


def relations_to_contact(actor: Actor, contact_id: UUID) -> frozenset[Relation]:
    """Those that the actor has to one of its items at least, an offer aside: it does not make somebody theirs."""
    relations = {Relation.ANY}
    for item in Item.objects.filter(contact=contact_id):
        relations |= relations_to_item(actor, item)
    return frozenset(relations - {Relation.OFFERED, Relation.FREE})


def contact_for(actor: Actor, contact_id: UUID, action: str) -> Contact:
    """The contact, for this action, unlocked. One that is masked for the actor is not there. Raises NotFound,
    NotAllowed."""
    contact: Contact | None = Contact.objects.filter(id=contact_id).first()
    if contact is None:
        raise NotFound
    if actor.may(action, EVERYWHERE):
        return contact
    relations = relations_to_contact(actor, contact_id)
    if not actor.may(action, relations):
        raise NotAllowed(action=action) if actor.may("contact.view", relations) else NotFound
    return contact


def visible_companies(actor: Actor) -> QuerySet[Company]:
    companies: QuerySet[Company] = Company.objects.all()
    if actor.may("company.view", EVERYWHERE):
        return companies
    if not actor.may("company.view", frozenset({Relation.OWN})) or actor.agent_id is None:
        return companies.none()
    held = Assignment.objects.filter(agent=actor.agent_id, ended_at=None, role_id=None).values(
        "item__contact__employer"
    )
    return companies.filter(Q(owner=actor.agent_id) | Q(id__in=held))


def company_for(actor: Actor, company_id: UUID, action: str) -> Company:
    """The company, for this action. Raises NotFound, NotAllowed."""
    company: Company | None = visible_companies(actor).filter(id=company_id).first()
    if company is None:
        raise NotFound
    if action != "company.view":
        require(actor, action)
    return company


def offer_for(actor: Actor, offer_id: UUID, action: str) -> Offer:
    """The offer, unlocked: its item is locked first. Raises NotFound, NotAllowed."""
    offer: Offer | None = Offer.objects.filter(id=offer_id).first()
    if offer is None:
        raise NotFound
    relations = {Relation.ANY}
    if offer.agent_id == actor.agent_id:
        relations.add(Relation.OFFERED)
    if offer.agent_id in team_agents(actor):
        relations.add(Relation.TEAM)
    if not actor.may(action, frozenset(relations)):
        raise NotAllowed(action=action) if actor.may("item.view", frozenset(relations)) else NotFound
    return offer


def agent_for(actor: Actor, agent_id: UUID, action: str) -> Agent:
    """The agent, for this action. Raises NotFound, NotAllowed."""
    agent: Agent | None = Agent.objects.filter(id=agent_id).first()
    if agent is None:
        raise NotFound
    relations = {Relation.ANY}
    if agent_id == actor.agent_id:
        relations.add(Relation.OWN)
    if agent_id in team_agents(actor):
        relations.add(Relation.TEAM)
    if not actor.may(action, frozenset(relations)):
        raise NotAllowed(action=action) if actor.may("agent.view", frozenset(relations)) else NotFound
    return agent


def proposals_to_decide(actor: Actor) -> QuerySet[Proposal]:
    """The open proposals of those whom the actor manages."""
    found: QuerySet[Proposal] = Proposal.objects.filter(state="open")
    if actor.may("agent.manage", EVERYWHERE):
        return found
    may = actor.may("agent.manage", frozenset({Relation.TEAM}))
    return found.filter(agent__in=team_agents(actor)) if may else found.none()


def visible_agents(actor: Actor) -> QuerySet[Agent]:
    agents: QuerySet[Agent] = Agent.objects.all()
    if actor.may("agent.view", EVERYWHERE):
        return agents
    return agents.filter(Q(id=actor.agent_id) | Q(id__in=team_agents(actor)))


def relations_to_team(actor: Actor, team_id: UUID | None) -> frozenset[Relation]:
    """How the actor stands to people of this team, or of none."""
    managed = team_id is not None and team_id in managed_teams(actor)
    return frozenset({Relation.ANY, Relation.TEAM}) if managed else frozenset({Relation.ANY})


def invitation_for(actor: Actor, invitation_id: UUID) -> Invitation:
    """The invitation, to manage it. Raises NotFound, NotAllowed (the role invites nobody)."""
    if not may_invite(actor):
        raise NotAllowed(action="members.manage")
    invitation: Invitation | None = visible_invitations(actor).filter(id=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def visible_invitations(actor: Actor) -> QuerySet[Invitation]:
    """Those that the actor may manage."""
    invitations: QuerySet[Invitation] = Invitation.objects.all()
    if actor.may("members.manage", EVERYWHERE):
        return invitations
    return invitations.filter(team__in=managed_teams(actor)) if may_invite(actor) else invitations.none()


def may_invite(actor: Actor) -> bool:
    """Whether the actor may bring in anybody at all."""
    return actor.may("members.manage", frozenset({Relation.ANY, Relation.TEAM}))

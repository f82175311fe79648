"""A small house to test in: agents, items and routes of one organisation, made directly in its tables."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.ledger.events import Change, append
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import organisation
from rightaway.work import basics, change
from rightaway.work.check import check
from rightaway.work.models import Item, Offer, OfferGroup

BOSS = Actor(kind="member", id=UUID(int=7), role=Role.COMPANY_MANAGER)


def works_as(agent_id: UUID) -> Actor:
    """An agent at work."""
    return Actor(kind="member", id=agent_id, role=Role.AGENT, agent_id=agent_id)


@dataclass
class House:
    """One organisation. Every method opens its own transaction and commits."""

    id: int
    keys: int = 0
    made: list[UUID] = field(default_factory=list)

    def inside(self) -> Any:
        return organisation(self.id)

    def agent(self, *, presence: str = "available", **columns: Any) -> UUID:
        """An agent with room for ten questions; `columns` may be of the agent or of the hot row."""
        from rightaway.people.models import Agent, AgentState

        self.keys += 1
        hot = {name: columns.pop(name) for name in list(columns) if hasattr(AgentState, name) and name != "active"}
        hot["active"] = columns.get("active", True)
        hot = {"capacity": 1000, "unanswered_cap": None, "presence": presence, **hot}
        with self.inside():
            agent = Agent.objects.create(key=f"agent-{self.keys}", name=f"Agent {self.keys}", **columns)
            AgentState.objects.create(agent_id=agent.id, **hot)
            id: UUID = agent.id
            return id

    def item(self, state: str = "pooled", **columns: Any) -> UUID:
        """An unassigned lead of a new contact."""
        from rightaway.contacts.models import Contact

        with self.inside():
            now = clock()
            contact = Contact.objects.create(name="Lucía Ortiz", folded="lucia ortiz")
            values = {"created_at": now, "unanswered_since": now, "state": state, **columns}
            if state == "waiting":
                values.setdefault("due_at", now)
            item = Item.objects.create(contact_id=contact.id, **values)
            append(item, now, [Change("received", {"state": state, "owner": None})])
            id: UUID = item.id
            return id

    def role(self, *holders: UUID, key: str = "buyer", **columns: Any) -> UUID:
        """A functional role that these agents may hold."""
        from rightaway.people.models import FunctionalRole, RoleHolder

        with self.inside():
            names = {"en": {"short": "BA", "long": "Buyer’s agent"}, "es": {"short": "AC", "long": "Agente comprador"}}
            role = FunctionalRole.objects.create(key=key, names=names, **columns)
            RoleHolder.objects.bulk_create(RoleHolder(role_id=role.id, agent_id=agent) for agent in holders)
            append(role, clock(), [Change("created", {})])
            id: UUID = role.id
            return id

    def offered(
        self,
        item_id: UUID,
        *agents: UUID,
        seconds: float = 60,
        places: int | None = 1,
        many: bool | None = None,
        route_id: UUID | None = None,
        delivered: bool = False,
    ) -> list[UUID]:
        """Offers as a route makes them: one that reserves, or a group that does not. Returns their ids."""
        many = len(agents) > 1 if many is None else many
        with self.inside():
            item = Item.objects.select_for_update(no_key=True).get(id=item_id)
            now = clock()
            group = OfferGroup.objects.create(item_id=item.id, places=places, made_at=now) if many else None
            loads, ids = change.Loads(), []
            for agent in agents:
                offer = Offer.objects.create(
                    item_id=item.id, group=group, agent_id=agent, route_id=route_id or new_id(), band=item.band,
                    reserved=0 if many else 100, made_at=now, expires_at=now + timedelta(seconds=seconds),
                    delivered_at=now if delivered else None,
                )  # fmt: skip
                ids.append(offer.id)
                loads.add(agent, offer.reserved)
            body = {"offers": [[offer, agent] for offer, agent in zip(ids, agents, strict=True)]}
            change.note(
                item, actor=BOSS, at=now, event="offered", body=body, load=loads.told(), state="offered", due_at=None
            )
            change.settle(loads)
            return ids

    def row(self, model: Any, **key: Any) -> Any:
        with self.inside():
            return model.objects.get(**key)

    def rows(self, model: Any, **key: Any) -> list[Any]:
        with self.inside():
            return list(model.objects.filter(**key))

    def state(self, item_id: UUID) -> str:
        return str(self.row(Item, id=item_id).state)

    def check(self) -> list[Any]:
        """What `rightaway check` finds wrong, and items whose grades are not what their columns say; empty when all
        promises hold."""
        with self.inside():
            return check() + [found for item in Item.objects.all() if (found := wrongly_graded(item))]


def wrongly_graded(item: Item) -> dict[str, Any]:
    """The grades that stand on the item, where they differ from those worked out anew."""
    return {name: getattr(item, name) for name, at in basics.graded(item).items() if getattr(item, name) != at}

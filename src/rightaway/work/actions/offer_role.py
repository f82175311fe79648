"""Offer one of an item's functional roles: to one person, or to many of whom some may accept."""

from datetime import timedelta
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import WrongState
from rightaway.work import access, change, offers, roles, timeline, vacancies
from rightaway.work.actions.offer import Offered, check_wanted, make_offers, require_receivers


def offer_role(
    *,
    item_id: UUID,
    role_id: UUID,
    agent_ids: list[UUID],
    places: int | None = 1,
    seconds: int,
    actor: Actor,
    note: str = "",
) -> Offered:
    """Holds a role that nobody has out to these people; `places` of them may accept, None: all. Runs inside
    `organisation(…)`.

    The item stays where it is, whatever they answer. Raises NotFound, NotAllowed, WrongState (closed, retired, held
    or offered already), Conflict (somebody who may not hold it), Invalid.
    """
    check_wanted(agent_ids, places, seconds)
    timeline.check(note)
    roles.hold_still()
    item = access.item_for(actor, item_id, "item.assign_role", lock=True)
    require_receivers(agent_ids, actor)
    roles.role_of(item, role_id)
    roles.require_holders(role_id, agent_ids)
    held, asked = roles.held_by(item, role_id), offers.open_offers(item, role_id)
    if item.state == "closed" or held or asked:
        raise WrongState(state=item.state, role=str(role_id), holders=[str(agent) for agent in held], offers=len(asked))
    vacancies.end(item, role_id)  # if nobody takes it, it comes back to whoever offers it
    now = clock()
    until = now + timedelta(seconds=seconds)
    made = make_offers(item, agent_ids, places, until, actor=actor, now=now, role_id=role_id, note=note)
    named = sorted([each.id, each.agent_id] for each in made)
    body = {"offers": named, "places": places, "role": role_id}
    change.note(item, actor=actor, at=now, event="offered", body=body)
    if note:
        timeline.write(item, kind="offered", action="housekeeping", text=note, actor=actor, at=now)
    return Offered(item_id=item.id, offer_ids=tuple(each.id for each in made), expires_at=until)

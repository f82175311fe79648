"""Who may do what: role × relation × action, as data. `work/access.py` enforces it at every door.

A relation says how the actor stands to the thing: `own` (theirs), `holds` (one of its functional roles is theirs),
`offered` (an open offer to them), `free` (unassigned, outside any campaign or in one of theirs), `team` (in their team
or below, unless it is in somebody's private book), `any` (in the organisation).
A missing pair means no.
"""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    COMPANY_MANAGER = "company_manager"
    ORGANISATION_MANAGER = "organisation_manager"
    AGENT_MANAGER = "agent_manager"
    AGENT = "agent"


class Relation(StrEnum):
    OWN = "own"
    HOLDS = "holds"
    OFFERED = "offered"
    FREE = "free"
    TEAM = "team"
    ANY = "any"


_MANAGER: Final = frozenset({Relation.OWN, Relation.OFFERED, Relation.FREE, Relation.TEAM})
_EVERYTHING: Final = _MANAGER | {Relation.ANY}
_SELF: Final = frozenset({Relation.OWN})
# Whoever holds a role of an item works on it: they see it, act on it and may ask why, but it is not theirs to pass on.
_WORKS: Final = frozenset({Relation.HOLDS})
_NOTHING: Final[frozenset[Relation]] = frozenset()


def _row(
    agent: frozenset[Relation], managers: frozenset[Relation], company: frozenset[Relation]
) -> dict[Role, frozenset[Relation]]:
    return {
        Role.AGENT: agent,
        Role.AGENT_MANAGER: managers,
        Role.ORGANISATION_MANAGER: managers,
        Role.COMPANY_MANAGER: company,
    }


ALLOWED: Final[dict[str, dict[Role, frozenset[Relation]]]] = {
    # items
    "item.view": _row(_SELF | _WORKS | {Relation.OFFERED, Relation.FREE}, _MANAGER | _WORKS, _EVERYTHING | _WORKS),
    "item.create": _row(frozenset({Relation.FREE}), frozenset({Relation.FREE}), frozenset({Relation.FREE})),
    "item.claim": _row(frozenset({Relation.FREE}), frozenset({Relation.FREE}), frozenset({Relation.FREE})),
    "item.assign": _row(_NOTHING, _MANAGER, _EVERYTHING),
    "item.assign_role": _row(_NOTHING, _MANAGER, _EVERYTHING),
    "item.offer": _row(_NOTHING, _MANAGER, _EVERYTHING),
    "item.revoke": _row(_NOTHING, _MANAGER, _EVERYTHING),
    "item.request_update": _row(_NOTHING, _MANAGER, _EVERYTHING),
    "item.hand_back": _row(_SELF, _SELF, _SELF),
    "item.touch": _row(_SELF | _WORKS, _MANAGER | _WORKS, _EVERYTHING | _WORKS),
    "item.move": _row(_SELF, _MANAGER, _EVERYTHING),
    "item.prioritise": _row(_NOTHING, _MANAGER, _EVERYTHING),
    "item.finish": _row(_SELF, _MANAGER, _EVERYTHING),
    "item.share": _row(_SELF, _SELF, frozenset({Relation.OWN, Relation.ANY})),
    "item.explain": _row(_SELF | _WORKS | {Relation.OFFERED}, _MANAGER | _WORKS, _EVERYTHING | _WORKS),
    # contacts: how somebody stands to one is how they stand to its items
    "contact.view": _row(_SELF, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    "contact.edit": _row(_SELF, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    "contact.merge": _row(_NOTHING, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    "contact.archive": _row(_NOTHING, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    "contact.export": _row(_NOTHING, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    # companies: `own` is an account owner's, or that of somebody who owns an item of one of its contacts
    "company.view": _row(_SELF, frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "company.edit": _row(_NOTHING, frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "fields.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    # offers
    "offer.answer": _row(frozenset({Relation.OFFERED}), frozenset({Relation.OFFERED}), frozenset({Relation.OFFERED})),
    "offer.rescind": _row(_NOTHING, _MANAGER, _EVERYTHING),
    # people
    "agent.view": _row(_SELF, _MANAGER, _EVERYTHING),
    "agent.manage": _row(_NOTHING, frozenset({Relation.TEAM}), _EVERYTHING),
    "agent.leave": _row(_NOTHING, frozenset({Relation.TEAM}), _EVERYTHING),
    "agent.ill": _row(_SELF, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    "agent.propose": _row(_SELF, _SELF, _SELF),
    "agent.pause_route": _row(_SELF, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    "members.manage": _row(_NOTHING, frozenset({Relation.TEAM}), _EVERYTHING),
    "presence.set": _row(_SELF, frozenset({Relation.OWN, Relation.TEAM}), _EVERYTHING),
    # configuration
    "routes.view": _row(_NOTHING, frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "routes.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    "roles.view": _row(frozenset({Relation.ANY}), frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "roles.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    "campaigns.view": _row(_NOTHING, frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "campaigns.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    "sequences.view": _row(frozenset({Relation.ANY}), frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "sequences.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    "settings.view": _row(_NOTHING, frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "settings.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    "keys.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    "letters.settle": _row(_NOTHING, frozenset({Relation.ANY}), frozenset({Relation.ANY})),
    "sources.manage": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
    # saved views: everybody keeps some for themselves; `team` and `any` are those for whom one is shared
    "views.share": _row(_NOTHING, frozenset({Relation.TEAM}), frozenset({Relation.TEAM, Relation.ANY})),
    "import": _row(_NOTHING, _NOTHING, frozenset({Relation.ANY})),
}

# Whom each role may bring in, within `members.manage`: nobody gives away more than they have.
MAY_INVITE: Final[dict[Role, frozenset[Role]]] = {
    Role.AGENT: frozenset(),
    Role.AGENT_MANAGER: frozenset({Role.AGENT}),
    Role.ORGANISATION_MANAGER: frozenset({Role.AGENT, Role.AGENT_MANAGER}),
    Role.COMPANY_MANAGER: frozenset(Role),
}

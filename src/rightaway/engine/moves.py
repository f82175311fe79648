"""The state machine of an item, as one table. There is no other path."""

from typing import Final

STATES: Final = ("waiting", "offered", "assigned", "pooled", "closed")

# state → {move → next state}. A move that is not there is refused.
MOVES: Final[dict[str, dict[str, str]]] = {
    "waiting": {
        "assign": "assigned",  # a route gives it
        "offer": "offered",  # a route offers it, to one or many
        "pool": "pooled",  # no route, nobody, or nobody accepted
        "give": "assigned",  # a manager assigns it
        "hold_out": "offered",  # a manager offers it
        "take": "assigned",  # claim, or get next item
        "finish": "closed",
    },
    "offered": {
        "offer": "offered",  # the next wave
        "accept": "assigned",
        "lapse": "waiting",  # the last open offer was declined, expired or withdrawn
        "return": "pooled",  # the same, for an offer by hand: back to its sender, unassigned
        "give": "assigned",
        "finish": "closed",
    },
    "assigned": {
        "accept": "assigned",  # a further co-owner of an offer to everyone
        "give": "assigned",  # reassigned
        "hand_back": "waiting",
        "revoke": "waiting",
        "revoke_to_pool": "pooled",
        "finish": "closed",
    },
    "pooled": {
        "take": "assigned",
        "give": "assigned",
        "hold_out": "offered",
        "route": "waiting",  # a new enquiry, or a manager, sends it through the routes again
        "finish": "closed",
    },
    "closed": {  # a merge closed it as a duplicate, and is undone
        "part_waiting": "waiting",
        "part_pooled": "pooled",
        "part_owned": "assigned",
    },
}


def next_state(state: str, move: str) -> str | None:
    """The state after `move`, or None where the move is refused."""
    return MOVES[state].get(move)

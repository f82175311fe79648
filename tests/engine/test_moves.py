"""The state machine of an item: every state with every move."""

import pytest

from rightaway.engine.moves import MOVES, STATES, next_state

TABLE = {
    #           waiting     offered    assigned   pooled     closed
    "assign": ("assigned", None, None, None, None),
    "offer": ("offered", "offered", None, None, None),
    "pool": ("pooled", None, None, None, None),
    "give": ("assigned", "assigned", "assigned", "assigned", None),
    "hold_out": ("offered", None, None, "offered", None),
    "take": ("assigned", None, None, "assigned", None),
    "accept": (None, "assigned", "assigned", None, None),
    "lapse": (None, "waiting", None, None, None),
    "return": (None, "pooled", None, None, None),
    "hand_back": (None, None, "waiting", None, None),
    "revoke": (None, None, "waiting", None, None),
    "revoke_to_pool": (None, None, "pooled", None, None),
    "route": (None, None, None, "waiting", None),
    "finish": ("closed", "closed", "closed", "closed", None),
    "part_waiting": (None, None, None, None, "waiting"),
    "part_pooled": (None, None, None, None, "pooled"),
    "part_owned": (None, None, None, None, "assigned"),
}


@pytest.mark.parametrize("move", TABLE)
def test_each_move_leads_from_each_state_to_where_the_table_says(move: str) -> None:
    assert tuple(next_state(state, move) for state in STATES) == TABLE[move]


def test_the_table_knows_every_move_and_every_state() -> None:
    assert set(MOVES) == set(STATES)
    assert {move for moves in MOVES.values() for move in moves} == set(TABLE)
    assert {state for moves in MOVES.values() for state in moves.values()} <= set(STATES)


def test_every_open_item_can_be_finished_and_only_the_undoing_of_a_merge_opens_a_closed_one() -> None:
    assert all("finish" in MOVES[state] for state in STATES if state != "closed")
    assert all(move.startswith("part_") for move in MOVES["closed"])


def test_an_unknown_move_is_refused() -> None:
    assert all(next_state(state, "vanish") is None for state in STATES)

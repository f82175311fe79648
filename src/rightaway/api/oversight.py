"""Oversight over HTTP: how the people of a manager look after their contacts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router

from rightaway.api.door import Call
from rightaway.api.schema import Out
from rightaway.work.oversight import Line, oversight

router = Router(tags=["contacts"])


class LineOut(Out):
    """An agent, or a team with all of its agents. Of the `open` contacts: how many are in Evaluate, were answered (in
    time), need attention, have an overdue task, lack a call or a note. `oldest`: the first question still unanswered.
    `load` and `capacity` are in hundredths."""

    name: str
    agent_ids: list[UUID]
    load: int
    capacity: int
    open: int
    evaluate: int
    in_time: int
    answered: int
    attention: int
    overdue: int
    no_call: int
    no_note: int
    oldest: datetime | None


class OversightOut(Out):
    agents: list[LineOut]
    teams: list[LineOut]


@router.get("/oversight", response=OversightOut, operation_id="get_oversight", summary="Who is looked after by whom")
def get_oversight(request: Call) -> dict[str, Any]:
    """The agents whom you manage, and their teams."""
    found = oversight(request.actor)
    return {"agents": [_out(line) for line in found.agents], "teams": [_out(line) for line in found.teams]}


def _out(line: Line) -> dict[str, Any]:
    figures = {name: getattr(line.figures, name) for name in LineOut.model_fields if hasattr(line.figures, name)}
    return {
        "name": line.name, "agent_ids": list(line.agent_ids), "load": line.load, "capacity": line.capacity, **figures
    }  # fmt: skip

"""Agents, their absences, and teams."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status
from pydantic import Field

from rightaway.accounts.actor import EVERYWHERE
from rightaway.api.conditional import conditional, etag, require_match, tagged
from rightaway.api.door import Call
from rightaway.api.schema import Id, Out, Prose, Strict
from rightaway.intake.csv.agents import as_data, import_agents, read_agents, sent_file
from rightaway.intake.csv.reading import Refused
from rightaway.ledger.errors import AlreadyThere, Invalid, NotAllowed, NotFound
from rightaway.people.models import Absence, Agent, AgentState, Team
from rightaway.people.schema import AbsenceIn, AgentIn, TeamIn, Text
from rightaway.people.written import agent_settings, team_settings
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.absence import clear_absence, set_absence
from rightaway.work.actions.copy_agent import Copied, copy_agent
from rightaway.work.actions.pause_agent import pause_agent, resume_agent
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_team import save_team

router = Router(tags=["people"])


class ListQuery(Strict):
    """`after` is the `next` of the page before."""

    after: Id | None = None
    limit: Annotated[int, Field(ge=1, le=500, strict=False)] = 200


class LiveOut(Out):
    """What changes by the hour. Loads are hundredths of a unit."""

    presence: Literal["available", "break", "offline"]
    reason: str
    present_until: datetime | None
    load: int
    over_by: int
    unanswered: int
    missed_in_row: int
    last_given_at: datetime | None


class AgentOut(Out):
    """`settings` is what you send to change it."""

    id: UUID
    settings: AgentIn
    paused_at: datetime | None
    live: LiveOut


class AgentPage(Out):
    agents: list[AgentOut]
    next: UUID | None


class SavedOut(Out):
    """`changed` names what is different now; empty: nothing was."""

    id: UUID
    changed: list[str]


@router.get("/agents", response=AgentPage, operation_id="list_agents", summary="The agents that you may see")
def list_agents(request: Call, query: Query[ListQuery]) -> dict[str, Any]:
    rows = access.visible_agents(request.actor).order_by("id")
    if query.after is not None:
        rows = rows.filter(id__gt=query.after)
    found = list(rows[: query.limit + 1])
    page = found[: query.limit]
    states = {row.agent_id: row for row in AgentState.objects.filter(agent__in=[agent.id for agent in page])}
    more = len(found) > query.limit
    return {"agents": [_agent(agent, states[agent.id]) for agent in page], "next": page[-1].id if more else None}


@router.post("/agents", response={201: SavedOut}, operation_id="create_agent", summary="Add an agent")
def create_agent(request: Call, body: AgentIn) -> Status[Any]:
    if not request.actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")
    config_row()
    if Agent.objects.filter(key=body.key).exists():
        raise AlreadyThere
    return Status(201, _saved_agent(body, request))


class CopyIn(Strict):
    """What the new one is called; everything else is the colleague's."""

    key: Text
    name: Text
    email: Annotated[str, Field(max_length=254)] = ""


@router.post(
    "/agents/{uuid:agent_id}/copy", response={201: Copied}, operation_id="copy_agent", summary="Copy a colleague"
)
def copy_of(request: Call, agent_id: UUID, body: CopyIn) -> Status[Any]:
    """Skills, languages, hours, limits and teams; routes that name the colleague name them in the draft."""
    like = access.agent_for(request.actor, agent_id, "agent.manage")
    if not request.actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")
    config_row()
    if Agent.objects.filter(key=body.key).exists():
        raise AlreadyThere
    known = agent_settings(like, AgentState.objects.get(agent=like.id)).model_dump()
    wanted = AgentIn.model_validate({**known, "active": True, "ramp": None, **body.model_dump()})
    return Status(201, copy_agent(like_id=like.id, agent=wanted, actor=request.actor))


LONGEST: Final = 60_000  # characters: however they are escaped, a body that fits is one that is taken


class AgentsFileIn(Strict):
    """`csv` is the text of the file; `map` names columns that would not be guessed: {"skills": "Can do"}."""

    csv: Annotated[str, Prose(LONGEST)]
    map: Annotated[dict[Text, Text], Field(max_length=50)] = {}
    dry_run: bool = False


class AgentLineOut(Out):
    line: int
    name: str
    outcome: Literal["created", "changed", "same", "rejected"]
    changed: list[str]
    reason: str


class AgentsReportOut(Out):
    created: int
    changed: int
    same: int
    rejected: int
    lines: list[AgentLineOut]


@router.post("/agents/import", response=AgentsReportOut, operation_id="import_agents", summary="Agents by spreadsheet")
def import_file(request: Call, body: AgentsFileIn) -> dict[str, Any]:
    """Each record makes or changes one, by its key or e-mail. A dry run says what would become of each line."""
    try:
        with sent_file(body.csv.encode()) as path:
            shape, columns = read_agents(path, body.map, encoding="utf-8")
            return as_data(import_agents(shape, columns, actor=request.actor, dry_run=body.dry_run))
    except Refused as error:
        raise Invalid(errors=[{"pointer": "/csv", "detail": f"{error.line}: {error.message}"}]) from None


@router.get("/agents/{uuid:agent_id}", response=AgentOut, operation_id="get_agent", summary="One agent")
def get_agent(request: Call, response: HttpResponse, agent_id: UUID) -> dict[str, Any]:
    agent = access.agent_for(request.actor, agent_id, "agent.view")
    found = _agent(agent, AgentState.objects.get(agent=agent.id))
    tagged(response, etag(found["settings"]))
    return found


@router.put("/agents/{uuid:agent_id}", response=SavedOut, operation_id="replace_agent", summary="Change an agent")
@conditional
def replace_agent(request: Call, response: HttpResponse, agent_id: UUID, body: AgentIn) -> dict[str, Any]:
    agent = access.agent_for(request.actor, agent_id, "agent.manage")
    config_row()
    agent.refresh_from_db()
    require_match(request, etag(agent_settings(agent, AgentState.objects.get(agent=agent.id))))
    _require_key(agent.key, body.key)
    saved = _saved_agent(body, request)
    agent.refresh_from_db()
    tagged(response, etag(agent_settings(agent, AgentState.objects.get(agent=agent.id))))
    return saved


@router.post("/agents/{uuid:agent_id}/pause", response=SavedOut, operation_id="pause_agent", summary="Pause an agent")
def pause(request: Call, agent_id: UUID) -> dict[str, Any]:
    """Nothing new is given to them until they are resumed."""
    return {"id": agent_id, "changed": ["paused_at"] if pause_agent(agent_id=agent_id, actor=request.actor) else []}


@router.post(
    "/agents/{uuid:agent_id}/resume", response=SavedOut, operation_id="resume_agent", summary="Resume an agent"
)
def resume(request: Call, agent_id: UUID) -> dict[str, Any]:
    return {"id": agent_id, "changed": ["paused_at"] if resume_agent(agent_id=agent_id, actor=request.actor) else []}


class AbsenceOut(Out):
    id: UUID
    starts_at: datetime
    ends_at: datetime
    cause: Literal["holiday", "illness", "training", "leave", "other"]


class IdOut(Out):
    id: UUID


@router.get(
    "/agents/{uuid:agent_id}/absences", response=list[AbsenceOut], operation_id="list_absences", summary="Absences"
)
def list_absences(request: Call, agent_id: UUID) -> list[Absence]:
    agent = access.agent_for(request.actor, agent_id, "agent.view")
    return list(Absence.objects.filter(agent=agent.id).order_by("-ends_at", "id")[:500])


@router.post(
    "/agents/{uuid:agent_id}/absences", response={201: IdOut}, operation_id="set_absence", summary="Set an absence"
)
def set_absence_of(request: Call, agent_id: UUID, body: AbsenceIn) -> Status[dict[str, UUID]]:
    return Status(201, {"id": set_absence(agent_id=agent_id, absence=body, actor=request.actor)})


@router.delete("/absences/{uuid:absence_id}", response={204: None}, operation_id="clear_absence", summary="Clear it")
def clear_absence_of(request: Call, absence_id: UUID) -> Status[None]:
    clear_absence(absence_id=absence_id, actor=request.actor)
    return Status(204, None)


class TeamOut(Out):
    """`settings` is what you send to change it."""

    id: UUID
    settings: TeamIn


class TeamPage(Out):
    teams: list[TeamOut]
    next: UUID | None


@router.get("/teams", response=TeamPage, operation_id="list_teams", summary="The teams")
def list_teams(request: Call, query: Query[ListQuery]) -> dict[str, Any]:
    _require_team_view(request)
    rows = Team.objects.order_by("id")
    if query.after is not None:
        rows = rows.filter(id__gt=query.after)
    found = list(rows[: query.limit + 1])
    page = found[: query.limit]
    settings = team_settings(page)
    more = len(found) > query.limit
    teams = [{"id": team.id, "settings": settings[team.id]} for team in page]
    return {"teams": teams, "next": page[-1].id if more else None}


@router.post("/teams", response={201: SavedOut}, operation_id="create_team", summary="Add a team")
def create_team(request: Call, body: TeamIn) -> Status[Any]:
    if not request.actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")
    config_row()
    if Team.objects.filter(key=body.key).exists():
        raise AlreadyThere
    return Status(201, _saved_team(body, request))


@router.get("/teams/{uuid:team_id}", response=TeamOut, operation_id="get_team", summary="One team")
def get_team(request: Call, response: HttpResponse, team_id: UUID) -> dict[str, Any]:
    _require_team_view(request)
    settings = _team_settings(team_id)
    tagged(response, etag(settings))
    return {"id": team_id, "settings": settings}


@router.put("/teams/{uuid:team_id}", response=SavedOut, operation_id="replace_team", summary="Change a team")
@conditional
def replace_team(request: Call, response: HttpResponse, team_id: UUID, body: TeamIn) -> dict[str, Any]:
    _require_team_view(request)
    config_row()
    before = _team_settings(team_id)
    require_match(request, etag(before))
    _require_key(before.key, body.key)
    saved = _saved_team(body, request)
    tagged(response, etag(_team_settings(team_id)))
    return saved


def _agent(agent: Agent, state: AgentState) -> dict[str, Any]:
    return {"id": agent.id, "settings": agent_settings(agent, state), "paused_at": agent.paused_at, "live": state}


def _saved_agent(settings: AgentIn, request: Call) -> dict[str, Any]:
    saved = save_agent(agent=settings, actor=request.actor)
    return {"id": saved.agent_id, "changed": list(saved.changed)}


def _saved_team(settings: TeamIn, request: Call) -> dict[str, Any]:
    saved = save_team(team=settings, actor=request.actor)
    return {"id": saved.team_id, "changed": list(saved.changed)}


def _team_settings(team_id: UUID) -> TeamIn:
    found = team_settings(Team.objects.filter(id=team_id))
    if team_id not in found:
        raise NotFound
    return found[team_id]


def _require_team_view(request: Call) -> None:
    """Teams name people: only those who may see more people than themselves see them."""
    if not request.actor.may("routes.view", EVERYWHERE):
        raise NotAllowed(action="agent.view")


def _require_key(known: str, sent: str) -> None:
    if known != sent:
        raise Invalid(errors=[{"pointer": "/key", "detail": _("A key cannot be changed.")}])

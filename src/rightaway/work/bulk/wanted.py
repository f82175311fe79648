"""What is wanted of a bulk job, strictly checked: the verb, to whom, and who of them gets what."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import Discriminator, Field, TypeAdapter, model_validator

from rightaway.people.schema import Instant, Strict
from rightaway.work.actions.offer import LONGEST_SECONDS, SHORTEST_SECONDS, IfNobody

MOST_AGENTS = 1000

Agents = Annotated[list[Annotated[UUID, Field(strict=False)]], Field(min_length=1, max_length=MOST_AGENTS)]
Sharing = Literal["one_each", "everyone"]


class _ToAgents(Strict):
    """With `role_id`, that functional role of each item; without, the item itself."""

    agent_ids: Agents
    role_id: Annotated[UUID, Field(strict=False)] | None = None

    @model_validator(mode="after")
    def names_nobody_twice(self) -> Any:
        if len(set(self.agent_ids)) < len(self.agent_ids):
            raise ValueError(gettext_noop("somebody is named twice"))
        return self


class AssignWanted(_ToAgents):
    """`one_each`: each item to one of them, dealt evenly by load; `everyone`: all of them own each item. `confirmed`:
    also to who is absent or full, which needs a note."""

    verb: Literal["assign"] = "assign"
    sharing: Sharing = "one_each"
    confirmed: bool = False

    @model_validator(mode="after")
    def gives_a_role_to_one(self) -> "AssignWanted":
        if self.role_id is not None and self.sharing == "everyone":
            raise ValueError(gettext_noop("a role is given to one person"))
        return self


class OfferWanted(_ToAgents):
    """`places` of them may accept each item (1: first to accept), null: everyone who accepts; with `one_each` each
    item is offered to one of them. For `seconds`; when nobody takes it, `if_nobody` says what becomes of it."""

    verb: Literal["offer"] = "offer"
    sharing: Literal["one_each", "many"] = "many"
    places: Annotated[int, Field(ge=1, le=MOST_AGENTS)] | None = 1
    seconds: Annotated[int, Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)] = 600
    if_nobody: IfNobody = "unassigned"

    @model_validator(mode="after")
    def has_enough_people(self) -> "OfferWanted":
        if self.sharing == "many" and self.places is not None and self.places > len(self.agent_ids):
            raise ValueError(gettext_noop("more places than people"))
        return self


class RevokeWanted(Strict):
    """To the routes, to the pool, or shared out among `agent_ids`. Protected contacts stay, unless `protected_too`."""

    verb: Literal["revoke"] = "revoke"
    to: Literal["routes", "pool", "agent"]
    agent_ids: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=MOST_AGENTS)] = []
    protected_too: bool = False

    @model_validator(mode="after")
    def names_whom(self) -> "RevokeWanted":
        if bool(self.agent_ids) != (self.to == "agent"):
            raise ValueError(gettext_noop("agents are named exactly when it goes to an agent"))
        return self


class UpdateWanted(Strict):
    verb: Literal["request_update"] = "request_update"
    seconds: Annotated[int, Field(ge=60, le=30 * 86_400)] = 3600


class MoveWanted(Strict):
    verb: Literal["move"] = "move"
    status: Annotated[str, Field(min_length=1, max_length=40)]


class RouteWanted(Strict):
    """Lets the routes decide about what nobody owns."""

    verb: Literal["route"] = "route"


class HandOverWanted(Strict):
    """What `agent_id` held goes to whom each row was dealt to, else to the routes; of their tasks only those that are
    due before `tasks_until`, when that is given. `cause`: left or ill."""

    verb: Literal["hand_over"] = "hand_over"
    agent_id: Annotated[UUID, Field(strict=False)]
    cause: Literal["left", "ill"]
    tasks_until: Instant | None = None


class UndoWanted(Strict):
    """Takes back what a job did, where nothing has happened since."""

    verb: Literal["undo"] = "undo"


Wanted = Annotated[
    AssignWanted | OfferWanted | RevokeWanted | UpdateWanted | MoveWanted | RouteWanted | HandOverWanted | UndoWanted,
    Discriminator("verb"),
]
_WANTED: TypeAdapter[Any] = TypeAdapter(Wanted)


def wanted_of(data: dict[str, Any]) -> Any:
    """What a job's row says is wanted."""
    return _WANTED.validate_python(data)

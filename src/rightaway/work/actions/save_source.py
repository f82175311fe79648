"""Save a source: a door by which enquiries come in, and what is done with them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from rightaway.accounts.actor import Actor
from rightaway.contacts.normalise import clean_text
from rightaway.conversations import tokens
from rightaway.conversations.models import Source
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound
from rightaway.ledger.events import Change, append
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.schema import Strict
from rightaway.work import access

MOST_ORIGINS = 50


def _line(text: str) -> str:
    return " ".join(clean_text(text).split())


_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(_line)]
_Maybe = Annotated[str, StringConstraints(max_length=200), AfterValidator(_line)]
# Exactly what a browser calls an origin: nothing else can be put into a policy.
Origin = Annotated[
    str,
    StringConstraints(
        pattern=r"^https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?$",
        max_length=260,
    ),
]


Kind = Literal["web_form", "web_chat", "email"]


class SourceIn(Strict):
    """`distribute` false: what comes in is left unassigned for a manager. `source` is what routes know it by."""

    kind: Kind
    name: _Name
    source: _Name
    line: _Maybe = ""
    item_kind: _Name = "lead"
    distribute: bool = True
    origins: Annotated[list[Origin], Field(max_length=MOST_ORIGINS)] = []
    active: bool = True


def make_source(*, source: SourceIn, actor: Actor) -> Source:
    """Makes a door with a key of its own. Runs inside `organisation(…)`. Raises NotAllowed."""
    access.require(actor, "sources.manage")
    key = tokens.new_source_key(current_organisation())
    row: Source = Source.objects.create(key=key, **source.model_dump())
    append(row, clock(), [Change("source_made", _body(source, actor))])
    return row


def change_source(*, source_id: UUID, source: SourceIn, actor: Actor) -> Source:
    """Replaces everything but what kind of door it is, and its key. Raises NotFound, NotAllowed."""
    access.require(actor, "sources.manage")
    row: Source | None = Source.objects.select_for_update(no_key=True).filter(id=source_id, kind=source.kind).first()
    if row is None:
        raise NotFound
    columns = source.model_dump(exclude={"kind"})
    Source.objects.filter(id=row.id).update(**columns)
    for name, value in columns.items():
        setattr(row, name, value)
    append(row, clock(), [Change("source_changed", _body(source, actor))])
    return row


def _body(source: SourceIn, actor: Actor) -> dict[str, object]:
    return {"door": source.kind, "active": source.active, "distribute": source.distribute, **actor.as_event()}

"""Conversations: the list by waiting, one thread, answers and notes in it; and calls that nobody answered."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from ninja import Query, Router, Status
from pydantic import Field, model_validator

from rightaway.api.door import Call
from rightaway.api.schema import VISIBLE, Instant, Line, Out, Prose, Strict
from rightaway.contacts.normalise import phone_e164
from rightaway.work import conversing
from rightaway.work.actions.missed_call import missed_call
from rightaway.work.actions.remark import remark
from rightaway.work.actions.reply import reply
from rightaway.work.enquiry import Enquiry
from rightaway.work.timeline import LONGEST_TEXT

router = Router(tags=["conversations"])

Channel = Literal["email", "web_form", "web_chat", "call"]


class ConversationQuery(Strict):
    """`tab`: unassigned, mine, or all that you may see. `state`: open or closed ones."""

    tab: Literal["unassigned", "mine", "all"] = "all"
    state: Literal["open", "closed"] = "open"
    limit: Annotated[int, Field(ge=1, le=200, strict=False)] = 100


class ConversationOut(Out):
    """`subject` and `last_text` are empty, and `masked` true, where the item is masked for you."""

    id: UUID
    item_id: UUID
    contact_id: UUID
    channel: Channel
    state: Literal["open", "closed"]
    owner_id: UUID | None
    masked: bool
    subject: str
    last_text: str
    last_at: datetime
    waits_since: datetime | None


class FileOut(Out):
    id: UUID
    name: str
    size: int


class MessageOut(Out):
    """`direction`: in, out, note (internal) or call (missed). `html` is harmless; `text` is what it says."""

    id: UUID
    direction: Literal["in", "out", "note", "call"]
    state: Literal["received", "automatic", "queued", "sent", "failed", "bounced"]
    text: str
    html: str
    agent_id: UUID | None
    at: datetime
    files: list[FileOut]


class ThreadOut(Out):
    conversation: ConversationOut
    messages: list[MessageOut]


@router.get(
    "/conversations",
    response=list[ConversationOut],
    operation_id="list_conversations",
    summary="Who waits, and since when",
)
def list_conversations(request: Call, query: Query[ConversationQuery]) -> Any:
    """Whoever waits first, the longest on top; then the latest."""
    return conversing.listed(request.actor, tab=query.tab, state=query.state, limit=query.limit)


@router.get(
    "/conversations/{uuid:conversation_id}",
    response=ThreadOut,
    operation_id="get_conversation",
    summary="A conversation",
)
def get_conversation(request: Call, conversation_id: UUID) -> Any:
    """With its latest 200 messages, in order."""
    view, messages = conversing.thread(request.actor, conversation_id)
    return {"conversation": view, "messages": messages}


class MessageIn(Strict):
    """`kind`: an answer to the customer, or an internal note. `take`: where nobody owns it, you do from now on."""

    text: Annotated[str, Prose(LONGEST_TEXT, pattern=VISIBLE)]
    kind: Literal["reply", "note"] = "reply"
    take: bool = False


class MessageMade(Out):
    """`state`: sent (a chat window has it, or it is a note), or queued until the mail server takes it."""

    conversation_id: UUID
    message_id: UUID
    state: Literal["queued", "sent", "failed", "bounced"]


@router.post(
    "/conversations/{uuid:conversation_id}/messages", response={201: MessageMade}, operation_id="create_message",
    summary="Answer, or write a note",
)  # fmt: skip
def create_message(request: Call, conversation_id: UUID, body: MessageIn) -> Status[Any]:
    """An answer is an attempt: it stops the waiting clock."""
    if body.kind == "note":
        made = remark(conversation_id=conversation_id, text=body.text, actor=request.actor)
        return Status(201, {"conversation_id": conversation_id, "message_id": made.id, "state": "sent"})
    return Status(201, reply(conversation_id=conversation_id, text=body.text, actor=request.actor, take=body.take))


class MissedCallIn(Strict):
    """`id` is the telephone system's own id of the call: the same one again adds nothing. `at` is when it rang."""

    phone: Annotated[str, Line(64, pattern=VISIBLE)]
    id: Annotated[str, Line(200, pattern=VISIBLE)]
    source: Annotated[str, Line(200, pattern=VISIBLE)] = "phone"
    line: Annotated[str, Line(200)] = ""
    name: Annotated[str, Line(300)] = ""
    at: Instant | None = None
    distribute: bool = True

    @model_validator(mode="after")
    def has_digits(self) -> "MissedCallIn":
        if not any(sign.isdigit() for sign in self.phone):
            raise ValueError(gettext_noop("a number has digits"))
        return self


class MissedCallOut(Out):
    item_id: UUID
    conversation_id: UUID
    outcome: Literal["created", "attached", "followed", "duplicate"]


@router.post("/calls/missed", response={201: MissedCallOut}, operation_id="create_missed_call", summary="A missed call")
def create_missed_call(request: Call, body: MissedCallIn) -> Status[Any]:
    """Makes or reopens the contact of the number: somebody has to call back."""
    phone = phone_e164(body.phone, request.region)
    enquiry = Enquiry(
        source=body.source, name=body.name, phone=phone, phone_raw="" if phone else body.phone, line=body.line,
        asked_at=body.at, route=body.distribute,
    )  # fmt: skip
    heard = missed_call(enquiry=enquiry, external_id=f"call:{body.id}", actor=request.actor, at=body.at)
    return Status(201, {"item_id": heard.item_id, "conversation_id": heard.conversation_id, "outcome": heard.outcome})

"""What you were told: the notices behind the bell."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from rightaway.api.door import Call
from rightaway.api.items import Limit
from rightaway.api.schema import Id, Out, Strict
from rightaway.ledger.errors import NotAllowed
from rightaway.notify.in_app import reading
from rightaway.notify.in_app.mark_read import mark_read
from rightaway.notify.reactions import KINDS
from rightaway.work.person_view import ItemView

router = Router(tags=["notifications"])


class NotificationQuery(Strict):
    """`before` is the `next` of the page before."""

    before: Id | None = None
    limit: Annotated[Limit, Field(strict=False)] = 50


Kind = Literal[
    "offered", "assigned", "taken", "role", "role_taken", "asked", "missed", "break", "nobody", "confirm", "task_due",
    "wrote",
]  # fmt: skip
assert set(get_args(Kind)) == set(KINDS)


class NotificationOut(Out):
    """`count` of a kind that came together, the newest `at`; `items` are the first of them that you may see, and `more`
    how many are not among these. `by` names who did it, where somebody did whom you may know; `text` says it."""

    id: UUID
    kind: Kind
    at: datetime
    read: bool
    count: int
    by: str
    text: str
    items: list[ItemView]
    more: int


class NotificationPage(Out):
    """`next` is null on the last page. `unread` is counted up to 100; `newest` is what to send to mark all as read."""

    notifications: list[NotificationOut]
    next: UUID | None
    newest: UUID | None
    unread: int


@router.get(
    "/notifications", response=NotificationPage, operation_id="list_notifications", summary="What you were told"
)
def list_notifications(request: Call, query: Query[NotificationQuery]) -> dict[str, Any]:
    """The newest first, of the last thirty days. A key that belongs to no member has none."""
    _require(request)
    page = reading.notices(request.actor, before=query.before, limit=query.limit)
    return {
        "notifications": page.lines, "next": page.next, "newest": page.newest, "unread": reading.unread(request.actor),
    }  # fmt: skip


class ReadIn(Strict):
    until: Id


class ReadOut(Out):
    """`changed` were new until now; `unread` are still, counted up to 100."""

    changed: int
    unread: int


@router.post(
    "/notifications/read", response=ReadOut, operation_id="read_notifications", summary="Mark notifications as read"
)
def read_notifications(request: Call, body: ReadIn) -> dict[str, int]:
    """All up to and with `until`. What came after it stays unread."""
    _require(request)
    changed = mark_read(actor=request.actor, until=body.until)
    return {"changed": changed, "unread": reading.unread(request.actor)}


def _require(request: Call) -> None:
    """Notices tell of items: a key that may not see these has no use for them."""
    if not request.actor.in_scope("item.view"):
        raise NotAllowed(action="item.view")

"""ETags of what is edited, and If-Match on the edit (RFC 9110, 8.8.3 and 13.1.1)."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from rightaway.ledger.errors import ConditionMissing, Stale
from rightaway.ledger.events import canonical


def conditional(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks an operation that is refused without If-Match."""
    view.needs_condition = True  # type: ignore[attr-defined]
    return view


def etag(value: BaseModel) -> str:
    """The tag of exactly this content, without its quotes."""
    return hashlib.sha256(canonical(value.model_dump(mode="json")).encode()).hexdigest()[:32]


def tagged(response: HttpResponse, tag: str) -> None:
    response["ETag"] = f'"{tag}"'


def expected(request: HttpRequest) -> str | None:
    """The tag that the change was made from; None for `*`, which means whatever is there.

    Raises ConditionMissing; Stale for a weak tag, which can never match.
    """
    sent = request.headers.get("If-Match", "").strip()
    if not sent:
        raise ConditionMissing
    if sent == "*":
        return None
    if len(sent) < 2 or not (sent.startswith('"') and sent.endswith('"')):
        raise Stale
    return sent[1:-1]


def require_match(request: HttpRequest, tag: str) -> None:
    """Raises Stale when the request was made from something else; ConditionMissing."""
    sent = expected(request)
    if sent is not None and sent != tag:
        raise Stale

"""Each request has an id: in the answer, in every log line, and in the problem that the API tells."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from rightaway.ledger.ids import new_id

_SENT = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """Keeps the caller's X-Request-Id where it is one, else makes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-Id", "")
        request_id = sent if _SENT.fullmatch(sent) else str(new_id())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers.setdefault("X-Request-Id", request_id)
        return response

"""The door of the API: each request is read strictly, in one organisation, as one actor, in one transaction.

GET runs in a READ ONLY transaction. Everything else runs in one that is tried again after a deadlock, with the
answer of an Idempotency-Key stored in it. The resources' functions only say what they read or which verb they call.
"""

import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from django.utils.translation import gettext as _
from ninja.operation import Operation, PathView

from rightaway.accounts import keys
from rightaway.accounts.actor import Actor
from rightaway.api.problems import problem
from rightaway.ledger.errors import (
    CsrfFailed,
    Invalid,
    KeyMissing,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
    WrongMediaType,
)
from rightaway.ledger.idempotency import Answer, once
from rightaway.ledger.ids import new_id
from rightaway.ledger.problems import Problem, refuse
from rightaway.ledger.retry import retried
from rightaway.people.acting import Acting, Credentials, acting, of_session

LARGEST_BODY = 1_000_000  # bytes
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9_-]+)")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Call(HttpRequest):
    """A request as the resources' functions get it: with its actor, inside the organisation's transaction."""

    actor: Actor
    region: str


def keyed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks an operation that is refused without an Idempotency-Key."""
    view.needs_key = True  # type: ignore[attr-defined]
    return view


def unkeyed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks an operation whose answer must not be stored, so that it takes no Idempotency-Key."""
    view.takes_no_key = True  # type: ignore[attr-defined]
    return view


def guarded(path_view: PathView) -> Callable[..., HttpResponse]:
    """The view of one address: all its operations, behind the door."""

    def answer(request: HttpRequest, **parameters: Any) -> HttpResponse:
        operations = {method: operation for operation in path_view.operations for method in operation.methods}
        operation = operations.get(request.method or "")
        if operation is None:
            raise MethodNotAllowed(allowed=sorted(operations))
        return _run(request, operation, parameters)

    return plain(answer)


def plain(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose errors are problems, in the caller's language, under the request's id."""

    @wraps(answer)
    def view(request: HttpRequest, **parameters: Any) -> HttpResponse:
        request_id = _request_id(request)
        with translation.override(translation.get_language_from_request(request)):
            try:
                response = answer(request, **parameters)
            except Exception as error:
                response = problem(request, error, request_id)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response["X-Request-Id"] = request_id
        return response

    view.csrf_exempt = True  # type: ignore[attr-defined]  # checked below, for sessions only: a key cannot be forged
    return view


def read_only(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For what needs no actor and only answers GET."""

    @wraps(answer)
    def view(request: HttpRequest, **parameters: Any) -> HttpResponse:
        if request.method != "GET":
            raise MethodNotAllowed(allowed=["GET"])
        return answer(request, **parameters)

    return view


def unknown(request: HttpRequest, **parameters: Any) -> HttpResponse:
    """Every other address."""
    raise NotFound


def _request_id(request: HttpRequest) -> str:
    # The site's own id for it, where there is one: then the log and the answer say the same.
    sent = request.META.get("HTTP_X_REQUEST_ID", "")
    return sent if _REQUEST_ID.fullmatch(sent) else str(new_id())


def _run(request: HttpRequest, operation: Operation, parameters: dict[str, Any]) -> HttpResponse:
    who = credentials(request)
    _check_query(request, operation)
    if request.method == "GET":
        return retried(partial(_looked_up, request, operation, parameters, who))
    body = _body(request)
    key = request.headers.get("Idempotency-Key")
    if key is None and getattr(operation.view_func, "needs_key", False):
        raise KeyMissing
    if key is not None and getattr(operation.view_func, "takes_no_key", False):
        raise Invalid(errors=[{"pointer": "/headers/Idempotency-Key", "detail": "unexpected"}])

    def write() -> HttpResponse:
        with acting(who) as found:
            effect = partial(_operate, request, operation, parameters, found)
            if key is None:
                return effect()
            caller = f"{found.actor.kind}:{found.actor.id}"
            route = f"{request.method} {request.path}"
            return _answered(once(caller=caller, route=route, key=key, body=body, effect=lambda: _answer(effect())))

    return retried(write)


def _looked_up(
    request: HttpRequest, operation: Operation, parameters: dict[str, Any], who: Credentials
) -> HttpResponse:
    with acting(who, read_only=True) as found:
        return _operate(request, operation, parameters, found)


def _operate(request: HttpRequest, operation: Operation, parameters: dict[str, Any], found: Acting) -> HttpResponse:
    request.actor, request.region = found.actor, found.region  # type: ignore[attr-defined]
    response = operation.run(request, **parameters)
    assert isinstance(response, HttpResponse)
    return response


def credentials(request: HttpRequest) -> Credentials:
    """Who the request says it is from. Raises NotSignedIn."""
    header = request.headers.get("Authorization")
    if header is not None:
        found = _BEARER.fullmatch(header.strip())
        organisation_id = keys.organisation_of(found[1]) if found else None
        if found is None or organisation_id is None:
            raise NotSignedIn
        return Credentials(organisation_id, digest=keys.digest(found[1]))
    return _session(request)


def _session(request: HttpRequest) -> Credentials:
    found = of_session(request.session) if hasattr(request, "session") else None
    if found is None:
        raise NotSignedIn
    if request.method != "GET":
        _check_csrf(request)
    return found


def _check_query(request: HttpRequest, operation: Operation) -> None:
    """What would be ignored, or could be read in two ways, is refused. Raises Invalid."""
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }
    refuse(
        [
            Problem(("query", name), _("unknown key") if name not in known else _("is given twice"))
            for name, values in request.GET.lists()
            if name not in known or len(values) > 1
        ]
    )


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        raise CsrfFailed


def _check_csrf(request: HttpRequest) -> None:
    check = _Csrf(_any_view)
    check.process_request(request)
    check.process_view(request, _any_view, (), {})


def _any_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _body(request: HttpRequest) -> bytes:
    """The body, read only when it is not too large and says that it is JSON. Raises TooLarge, WrongMediaType."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise TooLarge
    body = request.body
    if len(body) > LARGEST_BODY:
        raise TooLarge
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    if body and (
        request.content_type != "application/json"
        or charset.lower() != "utf-8"
        or request.headers.get("Content-Encoding", "identity") != "identity"
    ):
        raise WrongMediaType
    return body


def _answer(response: HttpResponse) -> Answer:
    return Answer(response.status_code, response.content.decode())


def _answered(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.text, status=answer.status, content_type="application/json; charset=utf-8")
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response

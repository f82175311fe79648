"""Every error as `application/problem+json` (RFC 9457), from the one error tree, in the caller's language."""

import json
import logging
from typing import Any

from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.errors import ValidationError as RequestInvalid

from rightaway.ledger.errors import (
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotSignedIn,
    RightawayError,
    TooLarge,
    Unfinished,
)
from rightaway.ledger.problems import Problem, problem_of

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("rightaway.api")


def problem(request: HttpRequest, error: Exception, request_id: str) -> HttpResponse:
    """The answer to a request that failed. What we did not expect is logged with its stack and says nothing."""
    known = translated(error)
    if known.status >= 500:
        _log.error("request %s failed: %s %s", request_id, request.method, request.path, exc_info=error)
    body: dict[str, Any] = {
        "type": f"/problems/{known.slug}", "title": _(known.title()), "status": known.status, "instance": request_id,
    }  # fmt: skip
    if known.detail:
        body["detail"] = known.detail
    if isinstance(known, Invalid) and known.errors:
        body["errors"] = [{**found, "detail": _detail(found["detail"])} for found in known.errors]
    if known.parameters:
        body["parameters"] = known.parameters
    response = HttpResponse(json.dumps(body, default=str), status=known.status, content_type=MEDIA_TYPE)
    response._has_been_logged = True  # type: ignore[attr-defined]  # here, where it is worth it; Django would warn
    if isinstance(known, NotSignedIn):
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(known, Unfinished):
        response["Retry-After"] = "1"
    if isinstance(known, MethodNotAllowed):
        response["Allow"] = ", ".join(known.parameters["allowed"])  # type: ignore[arg-type]
    return response


def translated(error: Exception) -> RightawayError:
    """The error of our tree that stands for any exception."""
    match error:
        case RightawayError():
            return error
        case RequestInvalid():
            return Invalid(errors=[_problem(found).as_error() for found in error.errors])
        case HttpError() if isinstance(error.__cause__, RightawayError):
            return error.__cause__
        case RequestDataTooBig():
            return TooLarge()
        case InterfaceError() | OperationalError():
            return Unfinished()  # the database is away, or kept us waiting too long
        case HttpError() | DisallowedHost() | SuspiciousOperation() | BadRequest():
            return Malformed()
        case _:
            return RightawayError()


def _problem(found: dict[str, Any]) -> Problem:
    source, *path = found["loc"]
    # The body's first step is the name of our parameter; the others name where they were sent.
    return problem_of({**found, "loc": tuple(path[1:]) if source == "body" else (source, *path)})


def _detail(text: str) -> str:
    """The verbs say what is wrong in a code; everything else is a sentence already."""
    match text:
        case "unknown":
            return _("is not known")
        case "missing":
            return _("is missing")
        case "empty":
            return _("must not be empty")
        case "unexpected":
            return _("does not belong here")
        case "out_of_range":
            return _("is out of range")
        case "too_long":
            return _("is too long")
        case "not_a_code":
            return _("must be lower-case letters, digits and underscores")
        case "not_a_key":
            return _("must be 1 to 255 visible ASCII characters")
        case "cannot_change":
            return _("cannot be changed")
        case "control_characters":
            return _("must not contain control characters")
        case _:
            return text

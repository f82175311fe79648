"""The door of strangers: found by its key, shown only inside of the sites that its organisation named."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _

from rightaway.conversations import tokens
from rightaway.conversations.models import Source
from rightaway.ledger import strict_json
from rightaway.ledger.errors import Invalid, Malformed, NotAllowed, NotFound, RightawayError, TooLarge
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation

LARGEST_BODY: Final = 100_000  # bytes

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Source, P], HttpResponse]


def door(*kinds: str, writes: bool = False) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """A view of one of these kinds of doors, inside its organisation's transaction. Unknown keys are not there.

    Whoever writes must come from our own page or from one of the door's sites. No cookie is read or set, so nothing
    can be forged in anybody's name.
    """

    def made(view: View[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, key: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            organisation_id = tokens.organisation_of(key)
            language = translation.get_language_from_request(request)

            def run() -> HttpResponse:
                if organisation_id is None:
                    raise NotFound
                with organisation(organisation_id, read_only=not writes):
                    source = _source(key, kinds)
                    _check_origin(request, source)
                    response = view(request, source, *args, **kwargs)
                    render = getattr(response, "render", None)
                    return _shown_by(render() if render else response, request, source)

            with translation.override(language):
                try:
                    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
                        raise TooLarge
                    return retried(run)
                except RightawayError as error:
                    return _shown_by(_refusal(error), request, None)

        wrapped.csrf_exempt = True  # type: ignore[attr-defined]
        return wrapped

    return made


def _refusal(error: RightawayError) -> HttpResponse:
    """As the API tells problems (RFC 9457)."""
    told: dict[str, Any] = {
        "type": f"/problems/{error.slug}", "title": _(error.title()), "status": error.status,
    }  # fmt: skip
    if isinstance(error, Invalid):
        told["errors"] = error.errors
    return JsonResponse(told, status=error.status, content_type="application/problem+json")


def _source(key: str, kinds: tuple[str, ...]) -> Source:
    source: Source | None = Source.objects.filter(key=key, kind__in=kinds, active=True).first()
    if source is None:
        raise NotFound
    return source


def _own_origin() -> str:
    parts = urlsplit(settings.PUBLIC_ADDRESS)
    return f"{parts.scheme}://{parts.netloc}"


def _check_origin(request: HttpRequest, source: Source) -> None:
    origin = request.headers.get("Origin", "")
    own = (_own_origin(), f"{request.scheme}://{request.get_host()}")
    if request.method == "POST" and origin and origin not in (*own, *source.origins):
        raise NotAllowed


def _shown_by(response: HttpResponse, request: HttpRequest, source: Source | None) -> HttpResponse:
    """Says who may frame it, and who may read the answer: the sites that the door names, and no others."""
    origins = source.origins if source is not None else []
    frames = " ".join(["'self'", *origins])
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )
    response.xframe_options_exempt = True  # the policy above says it, for a list of sites
    response["Referrer-Policy"] = "no-referrer"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Vary"] = "Origin, Accept-Language"
    if request.headers.get("Origin", "") in origins:
        response["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key"
        response["Access-Control-Allow-Methods"] = "POST, GET"
    return response


def peer_of(request: HttpRequest) -> str:
    """Whose machine it comes from: what our own proxy says, else the connection."""
    if settings.ENVIRONMENT.behind_proxy:
        told = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        return told[:64] or str(request.META.get("REMOTE_ADDR", ""))
    return str(request.META.get("REMOTE_ADDR", ""))


def sent_json(request: HttpRequest) -> dict[str, Any]:
    """The body as an object. Raises Malformed."""
    found = strict_json.loads(request.body)
    if not isinstance(found, dict):
        raise Malformed(_("The body must be a JSON object."))
    return found


def answer(told: dict[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})

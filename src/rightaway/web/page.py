"""What a signed-in page is: one member, one organisation, one transaction around view and template.

`page` is for reading (GET), in a READ ONLY transaction. `action` is for a POST that calls a verb: the verb's
transaction commits first, then what htmx shows is read in a transaction of its own; a plain browser is sent back.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.memberships import organisations_of
from rightaway.ledger.errors import NotAllowed, NotFound, NotSignedIn, RightawayError
from rightaway.ledger.retry import retried
from rightaway.ledger.statements import Row
from rightaway.people.acting import ORGANISATION_KEY, Acting, Credentials, acting, of_session
from rightaway.web import formats
from rightaway.web.sessions import SessionStore

_TOAST_KEY = "toast"  # of the session: what the next page tells a browser without scripts

P = ParamSpec("P")


class PageRequest(HttpRequest):
    """A request as pages get it: with its actor, and the region in which phone numbers are read, inside the
    organisation's transaction."""

    actor: Actor
    region: str


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message at the edge. `undo` is an address that takes back what was done, by POST, for ten seconds."""

    text: str
    undo: str = ""
    kind: str = "good"  # or bad


@dataclass(frozen=True, slots=True)
class Done:
    """What an action answers: a plain browser goes `back`; htmx gets what `show` reads, or nothing to swap.

    `events` are dispatched where the request came from, each with its detail. `then` is done after the commit, before
    anything is shown: work that has transactions of its own.
    """

    back: str
    show: "Callable[[PageRequest], Shown] | None" = None
    toast: Toast | None = None
    events: dict[str, Any] = field(default_factory=dict)
    then: Callable[[], None] | None = None


Shown = TemplateResponse | HttpResponse  # a template's answer is rendered inside the transaction
View = Callable[Concatenate[PageRequest, P], Shown]
Action = Callable[Concatenate[PageRequest, P], Done | Shown]
Plain = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> Plain[P]:
    """Sends strangers to sign in. Signs out whoever is no longer a member. What may not be seen is not there."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        who = _credentials(request)
        if who is None:
            return _to_sign_in(request)
        try:
            member = cast(SessionStore, request.session).take_member
            return retried(lambda: _read(request, who, lambda inside: view(inside, *args, **kwargs), member(who)))
        except NotSignedIn:
            return _outside(request)
        except NotFound:
            raise Http404 from None
        except NotAllowed:
            raise PermissionDenied from None

    wrapped.reads = view  # type: ignore[attr-defined]
    return wrapped


def part_at(request: PageRequest, address: str, sent: str) -> str:
    """The HTML that the page or part at this address of the site has for this reader, with what else was `sent`
    (a query), inside the request's own transaction. Raises NotFound, NotAllowed."""
    path, _, query = address.partition("?")
    try:
        found = resolve(path)
        view: Any = found.func.reads  # type: ignore[attr-defined]
    except (Resolver404, AttributeError):
        raise NotFound from None
    asked, request.GET = request.GET, QueryDict(f"{query}&{sent}")
    try:
        return _rendered(view(request, *found.args, **found.kwargs)).content.decode()
    finally:
        request.GET = asked


def action(view: Action[P]) -> Plain[P]:
    """A POST. The verbs' errors become a toast; the transaction is tried again after a deadlock."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        who = _credentials(request)
        if who is None:
            return _to_sign_in(request)

        def write() -> Done | HttpResponse:
            with acting(who) as found, formats.for_reader(found.region, found.zone, found.at):
                answer = view(_as(request, found), *args, **kwargs)
                return answer if isinstance(answer, Done) else _rendered(answer)

        try:
            answer = retried(write)
            return _told(request, who, answer) if isinstance(answer, Done) else answer
        except NotSignedIn:
            return _outside(request)
        except RightawayError as error:
            return _refused(request, error)

    return wrapped


def by_method(get: Plain[P], post: Plain[P]) -> Plain[P]:
    """One address that shows with GET and does with POST."""

    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return (post if request.method == "POST" else get)(request, *args, **kwargs)

    return view


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def id_of(text: str) -> UUID | None:
    """The id that somebody wrote into an address or a form; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def back_from(request: HttpRequest, otherwise: str = "/") -> str:
    """Where the browser was: the form's `next`, else the page that sent it. Only addresses of this site."""
    referer = urlsplit(request.headers.get("Referer", ""))
    seen = f"{referer.path}?{referer.query}" if referer.query else referer.path
    for address in (request.POST.get("next", ""), seen):
        if address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None):
            return address
    return otherwise


def pop_toast(request: HttpRequest) -> dict[str, str] | None:
    """What an action of a browser without scripts left to tell."""
    session = getattr(request, "session", None)
    found: dict[str, str] | None = session.pop(_TOAST_KEY, None) if session is not None else None
    return found


def _credentials(request: HttpRequest) -> Credentials | None:
    known = of_session(request.session)
    if known is not None:
        return known
    user = request.user
    if not user.is_authenticated:
        return None
    found = organisations_of(user.pk)
    if not found:
        logout(request)
        return None
    request.session[ORGANISATION_KEY] = found[0]
    return Credentials(found[0], user_id=user.pk)


def _as(request: HttpRequest, found: Acting) -> PageRequest:
    request.actor, request.region = found.actor, found.region  # type: ignore[attr-defined]
    return request  # type: ignore[return-value]


def _rendered(shown: Shown) -> HttpResponse:
    return shown.render() if isinstance(shown, TemplateResponse) else shown


def _read(
    request: HttpRequest, who: Credentials, view: Callable[[PageRequest], Shown], member: Row | None = None
) -> HttpResponse:
    with acting(who, read_only=True, member=member) as found, formats.for_reader(found.region, found.zone, found.at):
        response = _rendered(view(_as(request, found)))
        response["X-Now"] = str(formats.now_ms())
        return response


def _told(request: HttpRequest, who: Credentials, done: Done) -> HttpResponse:
    if done.then is not None:
        done.then()
    if not is_fragment(request):
        if done.toast is not None:
            request.session[_TOAST_KEY] = asdict(done.toast)
        return redirect(done.back)
    response = HttpResponse(status=204) if done.show is None else _read(request, who, done.show)
    return _with_events(response, done.events, done.toast)


def _with_events(response: HttpResponse, events: dict[str, Any], toast: Toast | None) -> HttpResponse:
    told = {**events, **({"toast": asdict(toast)} if toast else {})}
    if told:
        response["HX-Trigger"] = json.dumps(told)
    return response


def _refused(request: HttpRequest, error: RightawayError) -> HttpResponse:
    toast = Toast(error.detail or _(error.title()), kind="bad")
    if not is_fragment(request):
        request.session[_TOAST_KEY] = asdict(toast)
        return redirect(back_from(request))
    response = HttpResponse(status=error.status)
    response["HX-Reswap"] = "none"
    return _with_events(response, {"refused": {"slug": error.slug}}, toast)


def _outside(request: HttpRequest) -> HttpResponse:
    logout(request)
    return _to_sign_in(request)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = reverse("account_login")
    if is_fragment(request):
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        response = HttpResponse(status=204)
        response["HX-Redirect"] = _with_next(address, here.path + (f"?{here.query}" if here.query else ""))
        return response
    return redirect(_with_next(address, request.get_full_path() if request.method == "GET" else ""))


def _with_next(address: str, path: str) -> str:
    return f"{address}?{urlencode({'next': path})}" if path not in ("", "/") else address

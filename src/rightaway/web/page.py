"""What a signed-in page is: one member, one organisation, one read-only transaction around view and template."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rightaway.accounts.actor import Actor
from rightaway.accounts.memberships import organisations_of
from rightaway.ledger.errors import NotSignedIn
from rightaway.people.acting import Credentials, acting

ORGANISATION_KEY = "organisation_id"  # of the session; the API reads it too


class PageRequest(HttpRequest):
    """A request as pages get it: with its actor, inside the organisation's transaction."""

    actor: Actor


def page(view: Callable[[PageRequest], TemplateResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Sends strangers to sign in. Signs out whoever is no longer a member."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return redirect("account_login")
        organisation_id = request.session.get(ORGANISATION_KEY)
        if not isinstance(organisation_id, int):
            found = organisations_of(user.pk)
            if not found:
                return _outside(request)
            organisation_id = request.session[ORGANISATION_KEY] = found[0]
        try:
            with acting(Credentials(organisation_id, user_id=user.pk), read_only=True) as who:
                request.actor = who.actor  # type: ignore[attr-defined]
                return view(request).render()  # type: ignore[arg-type]
        except NotSignedIn:
            return _outside(request)

    return wrapped


def _outside(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("account_login")

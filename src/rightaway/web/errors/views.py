"""Pages for when there is no page: what happened, what is safe, what to do.

They read nothing from the database, which may be what failed; only where something is not there or not allowed do they
look for the people who can help.
"""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.ledger.errors import RightawayError
from rightaway.people.acting import ORGANISATION_KEY, Credentials, acting

_HELPERS = 3


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request, 400, _("This request could not be read"),
        safe=_("Nothing was changed."), do=_("Go back and try again."),
    )  # fmt: skip


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    helpers = _helpers(request)
    ask = _("Ask %(names)s to change what you may do.") % {"names": helpers}
    return _page(
        request, 403, _("Your role does not allow this"), what=_("This page, or what you pressed, is for other roles."),
        safe=_("Nothing was changed."), do=ask if helpers else _("A company manager can change what you may do."),
    )  # fmt: skip


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    helpers = _helpers(request)
    ask = _("If you are sure that it should be here, ask %(names)s.") % {"names": helpers}
    return _page(
        request, 404, _("There is nothing here"),
        what=_("The address may be mistyped, or the link was used already or is too old."),
        safe=_("Or it is something that you may not see. It is where it was; nothing was changed.") if helpers else "",
        do=ask if helpers else "",
    )  # fmt: skip


def too_many(request: HttpRequest) -> HttpResponse:
    response = _page(
        request, 429, _("Too many attempts"), what=_("This was tried too often in a short time, so it is paused."),
        safe=_("Nothing was changed, and nobody is locked out for good."),
        do=_("Wait a few minutes, then try again."), again=True,
    )  # fmt: skip
    response["Retry-After"] = "300"
    return response


def failed(request: HttpRequest) -> HttpResponse:
    return _page(
        request, 500, _("Something went wrong on our side"), what=_("It is not your fault, and it is in our log."),
        safe=_("What you had saved before is safe. What you did just now was either done as a whole or not at all."),
        do=_("Try again; if it happens again, tell whoever runs rightaway, with this number:"),
        number=request.META.get("HTTP_X_REQUEST_ID", ""), again=True,
    )  # fmt: skip


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page was open for too long, or another site sent it."""
    return _page(
        request, 403, _("This page was open for too long"),
        what=_("For your safety a page can be sent only for a while, and only from here."),
        safe=_("Nothing was changed."),
        do=_("Go back, reload the page and do it again. If it happens every time, allow cookies for this site."),
    )  # fmt: skip


def _page(
    request: HttpRequest, status: int, title: str, *, what: str = "", safe: str = "", do: str = "", number: str = "",
    again: bool = False,
) -> HttpResponse:  # fmt: skip
    """`again`: the same address may well work next time; only what was read can be read again by a link."""
    told = {
        "title": title, "what": what, "safe": safe, "do": do, "number": number,
        "again": again and request.method == "GET",
    }  # fmt: skip
    return render(request, "errors/error.html", told, status=status)


def _helpers(request: HttpRequest) -> str:
    """The company managers of the member's organisation by name, except themselves; empty for strangers."""
    user, session = getattr(request, "user", None), getattr(request, "session", {})
    try:
        organisation_id = session.get(ORGANISATION_KEY)
        if user is None or not user.is_authenticated or not isinstance(organisation_id, int):
            return ""
        with acting(Credentials(organisation_id, user_id=user.pk), read_only=True) as found:
            managers = Membership.objects.filter(role=Role.COMPANY_MANAGER.value, active=True)
            others = managers.exclude(id=found.actor.id).exclude(user__name="").order_by("id")
            return ", ".join(others.values_list("user__name", flat=True)[:_HELPERS])
    except (DatabaseError, RightawayError):
        return ""

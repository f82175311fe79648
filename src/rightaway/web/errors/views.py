"""Pages for when there is no page. They read nothing from the database: it may be what failed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "errors/error.html", {"title": title, "text": text}, status=status)


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400, _("This request could not be read"), _("Go back and try again."))


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, _("Your role does not allow this"), _("A company manager can change what you may do."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request, 404, _("There is nothing here"),
        _("The address may be mistyped, or the link was used already or is too old."),
    )  # fmt: skip


def failed(request: HttpRequest) -> HttpResponse:
    return _page(
        request, 500, _("Something went wrong on our side"),
        _("Nothing was changed. Try again; if it happens again, tell whoever runs rightaway."),
    )  # fmt: skip


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page was open for too long, or another site sent it."""
    return _page(
        request, 403, _("This page was open for too long"), _("Nothing was changed. Go back, reload and try again.")
    )

"""A web form: a page to embed, and an address that takes JSON or form fields."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse

from rightaway.conversations import buckets, tokens
from rightaway.conversations.models import Source
from rightaway.intake.web_form import forms
from rightaway.ledger.errors import Invalid, TooMany, WrongMediaType
from rightaway.web.doors.door import answer, door, peer_of, sent_json

MOST_EACH_PLACE, MOST_EACH_DOOR = 30, 2000  # an hour, from one address and by one form


@door("web_form", writes=True)
def form(request: HttpRequest, source: Source) -> HttpResponse:
    """GET: the form as a page. POST: what was filled in."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204)
    if request.method in ("GET", "HEAD"):
        return _page(request, source, {})
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST", "OPTIONS"])
    if request.content_type == "application/json":
        _submit(request, source, sent_json(request))
        return answer({"received": True}, 201)
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise WrongMediaType
    sent = {name: request.POST.get(name, "") for name in request.POST}
    try:
        _submit(request, source, sent)
    except Invalid as error:
        return _page(request, source, sent, errors=error.errors, status=422)
    return TemplateResponse(request, "doors/thanks.html", {"source": source})


@door("web_form")
def stamp(request: HttpRequest, source: Source) -> HttpResponse:
    """For forms of the organisation's own: when it was shown, signed. It is sent along as `t`."""
    return answer({forms.STAMP: tokens.form_stamp(source.key)})


def _submit(request: HttpRequest, source: Source, sent: dict[str, Any]) -> None:
    # A refusal is said before anything is acknowledged; what is acknowledged is never dropped.
    if buckets.overflows(f"form:{source.id}:{peer_of(request)}", MOST_EACH_PLACE) or buckets.overflows(
        f"form:{source.id}", MOST_EACH_DOOR
    ):
        raise TooMany
    key = request.headers.get("Idempotency-Key", "")[:255]
    forms.submit(source=source, sent=sent, external_id=key, peer=peer_of(request))


_FIELDS: Final = ("name", "email", "phone", "message")


def _page(
    request: HttpRequest, source: Source, sent: dict[str, Any], *, errors: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    wrong = {row["pointer"].strip("/"): row["detail"] for row in errors or []}
    found = {
        "source": source, "stamp": sent.get(forms.STAMP) or tokens.form_stamp(source.key), "wrong": wrong,
        "sent": {name: sent.get(name, "") for name in _FIELDS}, "honeypot": forms.HONEYPOT,
    }  # fmt: skip
    return TemplateResponse(request, "doors/form.html", found, status=status)

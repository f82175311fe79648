"""The chat window: a script for the organisation's site, the page that it frames, and the messages both ways."""

import json
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import ValidationError

from rightaway.conversations import tokens
from rightaway.conversations.models import Source
from rightaway.intake.web_chat import visits
from rightaway.intake.web_form.forms import HONEYPOT, STAMP
from rightaway.ledger.errors import Invalid, NotAllowed
from rightaway.ledger.problems import problems_of
from rightaway.web.assets import asset
from rightaway.web.doors.door import answer, door, peer_of, sent_json

_HEADER: Final = "X-Visit"  # carries a visitor's secret


@door("web_chat")
def script(request: HttpRequest, source: Source) -> HttpResponse:
    """What the site includes: it puts a button at the corner, and the window behind it."""
    told = {
        "page": f"{settings.PUBLIC_ADDRESS}/chat/{source.key}", "open": _("Chat with us"), "close": _("Close the chat"),
        "title": source.name,
    }  # fmt: skip
    code = (
        f"import({json.dumps(settings.PUBLIC_ADDRESS + asset('widget.js'))}).then((m) => m.start({json.dumps(told)}));"
    )
    return HttpResponse(code, content_type="text/javascript; charset=utf-8")


@door("web_chat")
def window(request: HttpRequest, source: Source) -> HttpResponse:
    found = {"source": source, "stamp": tokens.form_stamp(source.key), "honeypot": HONEYPOT}
    return TemplateResponse(request, "doors/chat.html", found)


@door("web_chat", writes=True)
def messages(request: HttpRequest, source: Source) -> HttpResponse:
    """GET: what there is since `after`. POST: a message; the first one makes the visitor, whose secret is answered."""
    secret = request.headers.get(_HEADER, "")
    if request.method == "GET":
        visit = visits.visit_of(source, secret)
        return answer({"messages": [_shown(each) for each in visits.thread(visit, after=request.GET.get("after", ""))]})
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    sent = sent_json(request)
    said = _said({name: value for name, value in sent.items() if name not in (HONEYPOT, STAMP)})
    if not secret:
        # A person takes a while to write; a machine fills in what no person sees.
        if sent.get(HONEYPOT) or not tokens.stamp_is_good(source.key, str(sent.get(STAMP, ""))):
            raise NotAllowed
        secret = visits.begin(source, language=translation.get_language() or "", peer=peer_of(request))
    visits.say(source, secret, said)
    visit = visits.visit_of(source, secret)
    after = str(request.GET.get("after", ""))
    return answer({"visit": secret, "messages": [_shown(each) for each in visits.thread(visit, after=after)]}, 201)


def _said(sent: dict[str, object]) -> visits.Said:
    try:
        return visits.Said.model_validate(sent)
    except ValidationError as error:
        raise Invalid(errors=[problem.as_error() for problem in problems_of(error)]) from None


def _shown(each: visits.Shown) -> dict[str, object]:
    return {"id": each.id, "at": each.at.isoformat(), "text": each.text, "mine": each.mine, "who": each.who}

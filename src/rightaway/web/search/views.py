"""Search: the page of results, and the same results as options under a field."""

from typing import Final

from django.template.response import TemplateResponse

from rightaway.web.page import PageRequest, page
from rightaway.web.search import found as finding

_LISTED, _OPTIONS, _IN_COMMANDS = 50, 6, 4
_PLACES: Final = {"top": _OPTIONS, "commands": _IN_COMMANDS}  # where options are shown → how many of each kind


@page
def search(request: PageRequest) -> TemplateResponse:
    text = finding.asked(request.GET.get("q", ""))
    found = finding.found(request.actor, text, limit=_LISTED, places=True)
    return TemplateResponse(request, "search/page.html", {"text": text, "found": found})


@page
def found(request: PageRequest) -> TemplateResponse:
    """Options of the list under the top bar's field, or of the commands."""
    text, place = finding.asked(request.GET.get("q", "")), request.GET.get("for", "")
    place = place if place in _PLACES else "top"
    view = finding.view_of(request.headers.get("HX-Current-URL", ""))
    results = finding.found(request.actor, text, limit=_PLACES[place], view=view)
    return TemplateResponse(request, "search/options.html", {"text": text, "found": results, "place": place})

"""The draft as a whole: publish it, discard it, and bring a version back into it."""

from typing import Any

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.models import Membership
from rightaway.ledger.errors import Invalid, NotFound
from rightaway.routing.config_diff import route_changes
from rightaway.routing.models import Version
from rightaway.routing.schema import RouteSet
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, back_from, by_method, is_fragment, page
from rightaway.web.routes import words
from rightaway.web.routes.reading import Configured, lines
from rightaway.work import access
from rightaway.work.actions.discard_draft import discard_draft
from rightaway.work.actions.publish import publish
from rightaway.work.actions.save_draft import save_draft

MOST = 100  # versions of the list


@page
def _review(request: PageRequest) -> Shown:
    """What publishing would change, or what keeps the draft from it."""
    return _dialog(request, "routes/publish")


@page
def _ask(request: PageRequest) -> Shown:
    return _dialog(request, "routes/discard")


@action
def _publish(request: PageRequest) -> Done:
    comment = request.POST.get("comment", "").replace("\r\n", "\n").strip()
    if len(comment) > 2000:
        raise Invalid(_("Not published. The comment is too long: at most 2,000 characters."))
    done = publish(actor=request.actor, comment=comment, if_match=request.POST.get("etag", ""))
    text = (
        _("Version %(number)d is live.") if done.changed else _("Nothing was different. Version %(number)d stays live.")
    )
    return Done(back=back_from(request, reverse("routes")), toast=Toast(text % {"number": done.number}))


@action
def _discard(request: PageRequest) -> Done:
    discard_draft(if_match=request.POST.get("etag", ""), actor=request.actor)
    return Done(back=reverse("routes"), toast=Toast(_("The draft is discarded. What is live goes on.")))


@page
def history(request: PageRequest) -> Shown:
    config = _configured(request, "routes.view")
    rows = list(Version.objects.defer("body").order_by("-number")[: MOST + 1])
    told = {"config": config, "versions": _named(rows[:MOST]), "more": len(rows) > MOST, "most": MOST}
    return TemplateResponse(request, "routes/history.html", told)


@page
def version(request: PageRequest, number: int) -> Shown:
    """One version beside what is live: what restoring and publishing it would change."""
    config = _configured(request, "routes.view")
    found = _version(number)
    body = RouteSet.model_validate_json(found.body)
    told = {
        "config": config, "version": _named([found])[0], "lines": lines(body),
        "changes": route_changes(config.live, body, words.wording()),
    }  # fmt: skip
    return TemplateResponse(request, "routes/version.html", told)


@action
def restore(request: PageRequest, number: int) -> Done:
    access.require(request.actor, "routes.manage")
    found = _version(number)
    routes = RouteSet.model_validate_json(found.body)
    save_draft(routes=routes, if_match=request.POST.get("etag", ""), actor=request.actor)
    text = _("Version %(number)d is the draft now. Publish it to make it live.")
    return Done(back=reverse("routes"), toast=Toast(text % {"number": number}))


def _version(number: int) -> Version:
    found: Version | None = Version.objects.filter(number=number).first() if number < 2**31 else None
    if found is None:
        raise NotFound
    return found


def _named(rows: list[Version]) -> list[dict[str, Any]]:
    """With the names of who published them."""
    ids = {row.published_by for row in rows if row.published_by}
    people = dict(Membership.objects.filter(id__in=ids).values_list("id", "user__name"))
    return [{"row": row, "by": people.get(row.published_by, "")} for row in rows]


def _configured(request: PageRequest, permission: str) -> Configured:
    access.require(request.actor, permission)
    return Configured(request.actor)


def _dialog(request: PageRequest, template: str) -> TemplateResponse:
    """For htmx the dialog, else a page with what is in it."""
    config = _configured(request, "routes.manage")
    told = {"config": config, "changes": config.changes(), "back": back_from(request, reverse("routes"))}
    return TemplateResponse(request, f"{template}.html" if is_fragment(request) else f"{template}_page.html", told)


publishing = by_method(_review, _publish)
discarding = by_method(_ask, _discard)

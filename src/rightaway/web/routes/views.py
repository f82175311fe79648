"""The routes in their order, and the builder of one of them. Everything but pausing changes the draft alone."""

from typing import Any
from uuid import UUID

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.ledger.errors import NotFound, Stale
from rightaway.routing.config_diff import changes_of_route
from rightaway.routing.ordering import moved
from rightaway.routing.schema import RouteIn, RouteSet
from rightaway.routing.versions import config_row
from rightaway.web import formats
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, back_from, is_fragment, page
from rightaway.web.routes import words
from rightaway.web.routes.builder import Builder, Conflict, building, errors_of, tag
from rightaway.web.routes.forms import made, read, reshape
from rightaway.web.routes.reading import Configured
from rightaway.work import access
from rightaway.work.actions.add_route import add_route
from rightaway.work.actions.pause_route import pause_route
from rightaway.work.actions.resume_route import resume_route
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.preview import Unfinished, preview

_MOST_NAMED = 8  # agents of the preview


@page
def routes(request: PageRequest) -> Shown:
    config = _configured(request)
    return TemplateResponse(request, "routes/routes.html", {"config": config, "effect": _effect(config)})


@page
def listing(request: PageRequest) -> Shown:
    """The list alone, with its tabs."""
    return _list(request, _here(request))


@page
def effect(request: PageRequest) -> Shown:
    config = _configured(request)
    return TemplateResponse(request, "routes/effect.html", {"config": config, "effect": _effect(config)})


@page
def bar(request: PageRequest) -> Shown:
    return TemplateResponse(request, "routes/bar.html", {"config": _configured(request)})


@page
def route(request: PageRequest, route_id: UUID) -> Shown:
    config = _configured(request)
    found = config.route(route_id)
    if found is None:
        raise NotFound
    config.tab = "paused" if route_id in config.paused else "active"
    return _builder(request, building(config, found))


@page
def previewing(request: PageRequest, route_id: UUID) -> Shown:
    return TemplateResponse(request, "routes/preview.html", _preview(_configured(request), route_id))


@action
def new(request: PageRequest) -> Done:
    config = _configured(request, lock=True)
    taken = {each.name for each in config.draft.routes.routes}
    name = _("New route")
    names = (name if n == 1 else f"{name} {n}" for n in range(1, len(taken) + 2))
    fresh = RouteIn(name=next(each for each in names if each not in taken))
    add_route(route=fresh, if_match=config.draft.etag, actor=request.actor)
    toast = Toast(_("It stands on top, paused. Build it, publish, then switch it on."))
    return Done(back=reverse("route", args=[fresh.id]), toast=toast)


@action
def begin(request: PageRequest) -> Done:
    """The route that everybody needs, where there is none yet."""
    config = _configured(request, lock=True)
    if config.draft.routes.routes:
        raise Stale(_("There are routes already. Look again."))
    everything = RouteIn(name=_("Everything else"), strategy="round_robin")
    _replace(request, config, [everything])
    return Done(back=reverse("route", args=[everything.id]))


@action
def save(request: PageRequest, route_id: UUID) -> Done | Shown:
    """Saves the builder's form into the draft; what cannot be saved comes back as it was typed."""
    config = _configured(request, lock=True)
    known = config.route(route_id)
    if known is None:
        raise NotFound(_("Not saved. Somebody else took this route out of the draft. What you typed is still here."))
    post, do = request.POST, request.POST.get("do", "")
    form = read(post, taking=bool(do) or not is_fragment(request))
    reshape(form, do, new_member=post.get("new_member", ""))
    wanted = made(form, route_id)
    was = post.get("over") or post.get("was", "")
    if isinstance(wanted, list):
        shown = Builder(config, known, form, was, errors_of(wanted), is_saved=False)
        return _builder(request, shown, status=422)
    if was != tag(known) and wanted != known:
        theirs = Conflict(tag(known), changes_of_route(known, wanted, words.wording()))
        return _builder(request, Builder(config, known, form, was, is_saved=False, conflict=theirs), status=409)
    config = _replace(request, config, [wanted if each.id == route_id else each for each in config.draft.routes.routes])
    if not is_fragment(request):
        return Done(back=reverse("route", args=[route_id]), toast=None if do else Toast(_("Draft saved.")))
    # What is still being typed into a field that adds a value must not vanish: the form is shown as it was sent.
    return _builder(request, building(config, wanted, form=form, quiet=do.startswith("add-")))


@action
def move(request: PageRequest, route_id: UUID) -> Done:
    """To another place of the tab. `order` names the one that was seen: moving in another one would surprise."""
    config = _configured(request, lock=True)
    among = config.ordered()
    if config.route(route_id) is None:
        raise NotFound
    if request.POST.get("order") != config.order_tag or route_id not in among:
        raise Stale(_("Not moved. Somebody else changed the routes meanwhile. Look again."))
    at = among.index(route_id)
    to = {"up": at - 1, "down": at + 1}.get(request.POST.get("to", ""), _place(request.POST.get("place", ""), at))
    config = _replace(request, config, moved(config.draft.routes.routes, route_id, to, among))
    told = {
        "name": next(each.name for each in config.draft.routes.routes if each.id == route_id),
        "place": config.ordered().index(route_id) + 1, "of": len(among),
    }  # fmt: skip
    said = _("%(name)s, position %(place)d of %(of)d") % told
    here = request.POST.get("here", "")
    return Done(
        back=back_from(request, reverse("routes")), show=lambda inside: _list(inside, here),
        events={"route:moved": {"id": str(route_id), "text": said}},
    )  # fmt: skip


@action
def pause(request: PageRequest, route_id: UUID) -> Done:
    pause_route(route_id=route_id, actor=request.actor)
    return _switched(request, route_id, _("%(name)s is paused. Open offers of it go on."), "route-resume")


@action
def resume(request: PageRequest, route_id: UUID) -> Done:
    resume_route(route_id=route_id, actor=request.actor)
    return _switched(request, route_id, _("%(name)s is active again, in its place."), "route-pause")


@action
def remove(request: PageRequest, route_id: UUID) -> Done:
    """Out of the draft; published, it is gone, and History has it."""
    config = _configured(request, lock=True)
    if config.route(route_id) is None:
        raise NotFound
    _replace(request, config, [each for each in config.draft.routes.routes if each.id != route_id])
    return Done(back=reverse("routes"), toast=Toast(_("Taken out of the draft. It routes until you publish.")))


def _configured(request: PageRequest, *, lock: bool = False) -> Configured:
    """For a reader, or locked for whoever changes it."""
    access.require(request.actor, "routes.manage" if lock else "routes.view")
    if lock:
        config_row()
    return Configured(request.actor, request.GET.get("tab", "") or request.POST.get("tab", ""))


def _replace(request: PageRequest, config: Configured, wanted: list[RouteIn]) -> Configured:
    """Saves the draft with these routes, made from the one that was read. Returns what is there now."""
    whole: RouteSet = config.draft.routes.model_copy(update={"routes": wanted})
    save_draft(routes=whole, if_match=config.draft.etag, actor=request.actor)
    return Configured(request.actor, config.tab)


def _switched(request: PageRequest, route_id: UUID, text: str, undo: str) -> Done:
    config = Configured(request.actor)
    found = config.route(route_id) or next((each for each in config.live.routes if each.id == route_id), None)
    told = text % {"name": found.name if found else ""}
    return Done(
        back=back_from(request, reverse("routes")), toast=Toast(told, undo=reverse(undo, args=[route_id])),
        events={"route:switched": {"id": str(route_id)}},
    )  # fmt: skip


def _list(request: PageRequest, here: str) -> TemplateResponse:
    return TemplateResponse(request, "routes/list.html", {"config": _configured(request), "here": here, "oob": True})


def _here(request: PageRequest) -> str:
    return request.GET.get("here", "")


def _builder(request: PageRequest, builder: Builder, status: int = 200) -> TemplateResponse:
    """The form alone for htmx, else the page with it."""
    told: dict[str, Any] = {"config": builder.config, "builder": builder, "here": str(builder.id)}
    if is_fragment(request):
        return TemplateResponse(request, "routes/form.html", told, status=status)
    return TemplateResponse(
        request, "routes/route.html", {**told, **_preview(builder.config, builder.id)}, status=status
    )


def _effect(config: Configured) -> dict[str, Any]:
    """What the draft changes, in sentences and by the last leads."""
    if not config.is_changed:
        return {}
    try:
        return {"changes": config.changes(), "preview": preview(config.draft.routes, actor=config.actor)}
    except Unfinished:
        return {"changes": config.changes(), "unfinished": True}


def _preview(config: Configured, route_id: UUID) -> dict[str, Any]:
    told = {"config": config, "route_id": route_id}
    try:
        found = preview(config.draft.routes, route_id, actor=config.actor)
    except Unfinished:
        return {**told, "unfinished": True}
    shown = found.route
    assert shown is not None
    total = sum(agent.weight for agent in shown.named)
    is_weighted = any(each.strategy == "weighted" for each in config.draft.routes.routes if each.id == route_id)
    named = [
        {"name": agent.name, "share": round(100 * agent.weight / total) if is_weighted else None}
        for agent in shown.named[:_MOST_NAMED]
    ]
    return {
        **told, "preview": found, "named": named, "more_named": max(0, len(shown.named) - _MOST_NAMED),
        "more_matched": _difference(shown.matched - (shown.live_matched or 0)),
        "percent_reached": round(100 * shown.reached / max(1, shown.matched)), "paused": route_id in config.paused,
    }  # fmt: skip


def _difference(count: int) -> str:
    """+21, −3 or ±0."""
    sign = "+" if count > 0 else "−" if count else "±"
    return sign + formats.number(abs(count))


def _place(text: str, otherwise: int) -> int:
    """From 1, as people count."""
    return int(text) - 1 if text.isdecimal() and len(text) < 6 else otherwise

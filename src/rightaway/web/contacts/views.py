"""The contacts grid: a page of rows, its live parts, and the owner's cell. What may be done is the verbs' to say."""

from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.ledger.errors import CapacityFull, Invalid, ItemTaken, LimitReached, NeedsConfirmation, NotFound
from rightaway.people.models import Agent, FunctionalRole
from rightaway.web import formats
from rightaway.web.contacts import filters, picker, saved, tiles, words
from rightaway.web.contacts.filters import Asked
from rightaway.web.contacts.rows import Row, rows_of
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, back_from, by_method, page
from rightaway.work import access, grid, roles, searching
from rightaway.work.actions.assign import assign
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.claim import claim
from rightaway.work.actions.export_contacts import MOST as MOST_EXPORTED
from rightaway.work.actions.export_contacts import export_contacts
from rightaway.work.actions.offer import offer
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item

PAGE: Final = 50
OFFER_SECONDS: Final = 600
_MOST_NEW: Final = 99
DENSITIES: Final = ("comfortable", "compact")
_OF_COLUMNS: Final = ("columns", "cursor", "n")  # of an address, what choosing columns says anew
# column → the orders that its heading goes through; the first one is the way people look first
_SORTS: Final = {
    "name": ("name", "-name"), "status": ("status", "-status"), "waiting": ("-waiting", "waiting"),
    "source": ("source", "-source"), "band": ("-band", "band"),
}  # fmt: skip


@page
def contacts(request: PageRequest) -> Shown:
    typed, unclear = request.GET.get("say", "").strip()[:100], ""
    if typed:
        address = filters.said(request.actor, request.GET, typed)
        if address is not None:
            return redirect(f"{reverse('contacts')}?{address}")
        unclear = typed
    if len(request.GET.getlist("columns")) > 1:  # as the dialog sends them
        chosen = _query(request, columns=".".join(request.GET.getlist("columns")), cursor=None, n=None)
        return redirect(f"{reverse('contacts')}?{chosen}")
    asked = filters.asked(request.actor, request.GET)
    density = _density(request)
    found: dict[str, Any] = {
        "density": density, "unclear": unclear, "calls": words.CALLS, **_list(request, asked),
    }  # fmt: skip
    if not asked.text:
        found |= {"chips": filters.chips(request.actor, asked, request.GET),
                  "suggestions": filters.suggestions(request.GET), "sorts": _sorts(asked), **_head(request, asked),
                  **_tiles(request, asked, folded=density == "compact")}  # fmt: skip
    columns, has_roles = found["columns"], found["has_roles"]
    found |= {
        "shown_columns": saved.in_address(columns), "choices": saved.choices(columns, has_roles=has_roles),
        "first_columns": saved.as_first(has_roles=has_roles),
        "other_parameters": [(name, value) for name, value in request.GET.lists() if name not in _OF_COLUMNS],
    }  # fmt: skip
    response = TemplateResponse(request, "contacts/contacts.html", found)
    saved.keep(request, response, density=density)
    return response


@page
def rows(request: PageRequest) -> TemplateResponse:
    """The rows of the next page, and the way to the one after it."""
    asked = filters.asked(request.actor, request.GET)
    return TemplateResponse(request, "contacts/rows.html", _list(request, asked))


@page
def rows_again(request: PageRequest) -> TemplateResponse:
    """Rows that a page shows, as they are now, in its order. What its reader may not see any more is left out."""
    seen = [id for id in map(_id_or_none, request.GET.getlist("seen")[:PAGE]) if id is not None]
    items = {item.id: item for item in access.visible_items(request.actor).filter(id__in=seen)}
    first, places = _positive(request.GET.get("first", "")), bool(request.GET.get("places"))
    found = rows_of(request.actor, [items[id] for id in seen if id in items], first=first, places=places)
    return TemplateResponse(request, "contacts/these_rows.html", {"rows": found, "columns": _columns(request, found)})


@page
def head(request: PageRequest) -> TemplateResponse:
    """The views with their counts, and how much is new since the page was read."""
    asked = filters.asked(request.actor, request.GET)
    return TemplateResponse(request, "contacts/head.html", _head(request, asked))


@page
def summary(request: PageRequest) -> TemplateResponse:
    """The four figures."""
    asked = filters.asked(request.actor, request.GET)
    folded = request.GET.get("folded") == "1"
    return TemplateResponse(request, "contacts/tiles.html", _tiles(request, asked, folded=folded))


@page
def row(request: PageRequest, item_id: UUID) -> TemplateResponse:
    return _row(request, item_id)


@page
def _picker(request: PageRequest, item_id: UUID) -> TemplateResponse:
    """Whom to assign it to: a popup for the grid, a page of its own for a browser without scripts."""
    item = access.item_for(request.actor, item_id, "item.assign")
    part = request.headers.get("HX-Request") == "true"
    found = {
        "row": rows_of(request.actor, [item], first=_number(request))[0], "seen": item.owner_id or "",
        "choice": picker.choice(request.actor, item, find=request.GET.get("find", "")[:100]),
        "me": request.actor.agent_id if request.actor.agent_id != item.owner_id else None,
        "may_offer": item.owner_id is None and item.state in ("waiting", "pooled"),
        "next": back_from(request, reverse("contacts")),
        "assign_address": reverse("contacts-assign", args=[item_id]),
        "offer_address": reverse("contacts-offer", args=[item_id]),
    }  # fmt: skip
    return TemplateResponse(request, "contacts/picker.html" if part else "contacts/assign.html", found)


@action
def _assign(request: PageRequest, item_id: UUID) -> Done:
    """`seen` is the owner whom the page showed: it is not taken from somebody who was faster."""
    sent = _sent(request)
    item = access.item_for(request.actor, item_id, "item.assign", lock=True)
    before = item.owner_id
    if "seen" in sent and sent["seen"] != str(before or ""):
        return _too_late(request, item)
    agent_id = _id(sent.get("agent", ""))
    name, over = _agent_name(agent_id), bool(sent.get("over"))
    try:
        done = assign(
            item_id=item_id, agent_id=agent_id, actor=request.actor, note=sent.get("note", ""), over_capacity=over
        )
    except NeedsConfirmation:
        raise NeedsConfirmation(_("Not assigned. %(agent)s is not available just now.") % {"agent": name}) from None
    except CapacityFull:
        raise CapacityFull(_("Not assigned. %(agent)s has no free place any more.") % {"agent": name}) from None
    undo = ""
    if len(done.before) == 1:
        undo = reverse("contacts-assign", args=[item_id])
        undo += f"?agent={done.before[0]}&seen={agent_id}"
    text = _("%(contact)s assigned to %(agent)s.") % {"contact": _called(request, item_id), "agent": name}
    return _done(request, item_id, Toast(text, undo=undo))


@action
def offering(request: PageRequest, item_id: UUID) -> Done:
    sent = _sent(request)
    agent_id = _id(sent.get("agent", ""))
    name = _agent_name(agent_id)
    try:
        made = offer(
            item_id=item_id, agent_ids=[agent_id], seconds=OFFER_SECONDS, actor=request.actor, note=sent.get("note", "")
        )
    except CapacityFull:
        raise CapacityFull(_("Not offered. %(agent)s has no free place any more.") % {"agent": name}) from None
    text = _("%(contact)s offered to %(agent)s for %(time)s.") % {
        "contact": _called(request, item_id), "agent": name, "time": formats.duration(OFFER_SECONDS),
    }  # fmt: skip
    undo = reverse("contacts-rescind", args=[made.offer_ids[0]])
    return _done(request, item_id, Toast(text, undo=undo))


@page
def _role_picker(request: PageRequest, item_id: UUID, role_id: UUID) -> TemplateResponse:
    """To whom to give one of its roles: the same popup, with those who may hold it."""
    item = access.item_for(request.actor, item_id, "item.assign_role")
    part = request.headers.get("HX-Request") == "true"
    row = rows_of(request.actor, [item], first=_number(request))[0]
    role = next((each for each in row.roles or () if each.id == role_id), None)
    if role is None:
        raise NotFound
    chosen = picker.holders(request.actor, item, role_id, find=request.GET.get("find", "")[:100])
    found = {
        "row": row, "role": role, "seen": _holders(item, role_id), "choice": chosen,
        "me": request.actor.agent_id if any(each.id == request.actor.agent_id for each in chosen.all) else None,
        "may_offer": not role.who and not role.asked, "next": back_from(request, reverse("contacts")),
        "assign_address": reverse("contacts-role", args=[item_id, role_id]),
        "offer_address": reverse("contacts-role-offer", args=[item_id, role_id]),
    }  # fmt: skip
    return TemplateResponse(request, "contacts/picker.html" if part else "contacts/assign.html", found)


@action
def _assign_role(request: PageRequest, item_id: UUID, role_id: UUID) -> Done:
    """`seen` are the holders whom the page showed; `agent` is empty to take the role away."""
    sent = request.POST if "agent" in request.POST else request.GET
    item = access.item_for(request.actor, item_id, "item.assign_role", lock=True)
    if "seen" in sent and sent["seen"] != _holders(item, role_id):
        toast = Toast(_("Not assigned. Somebody changed it just now."), kind="bad")
        return _done(request, item_id, toast)
    agent_id = _id(sent["agent"]) if sent.get("agent") else None
    done = assign_role(
        item_id=item_id, role_id=role_id, agent_id=agent_id, actor=request.actor, note=sent.get("note", "")
    )
    undo = ""
    if len(done.before) <= 1:
        undo = reverse("contacts-role", args=[item_id, role_id])
        undo += f"?agent={done.before[0] if done.before else ''}&seen={agent_id or ''}"
    said = {
        "contact": _called(request, item_id), "agent": _agent_name(agent_id) if agent_id else "",
        "role": _role_name(role_id),
    }  # fmt: skip
    text = _("%(role)s for %(contact)s: %(agent)s.") if agent_id else _("%(role)s for %(contact)s: nobody now.")
    return _done(request, item_id, Toast(text % said, undo=undo))


@action
def offering_role(request: PageRequest, item_id: UUID, role_id: UUID) -> Done:
    agent_id = _id(request.POST.get("agent", ""))
    made = offer_role(
        item_id=item_id, role_id=role_id, agent_ids=[agent_id], seconds=OFFER_SECONDS, actor=request.actor,
        note=request.POST.get("note", ""),
    )  # fmt: skip
    text = _("%(role)s for %(contact)s offered to %(agent)s for %(time)s.") % {
        "contact": _called(request, item_id), "agent": _agent_name(agent_id), "role": _role_name(role_id),
        "time": formats.duration(OFFER_SECONDS),
    }  # fmt: skip
    return _done(request, item_id, Toast(text, undo=reverse("contacts-rescind", args=[made.offer_ids[0]])))


def _holders(item: Item, role_id: UUID) -> str:
    """Who holds the role, as a page remembers it."""
    return ",".join(sorted(str(agent) for agent in roles.held_by(item, role_id)))


def _role_name(role_id: UUID) -> str:
    return roles.name(FunctionalRole.objects.get(id=role_id))["long"]


@action
def claiming(request: PageRequest, item_id: UUID) -> Done:
    try:
        claim(item_id=item_id, actor=request.actor)
    except ItemTaken:
        return _too_late(request, Item.objects.get(id=item_id))
    except CapacityFull:
        raise CapacityFull(_("Not assigned. You have no free place for it.")) from None
    except LimitReached:
        raise LimitReached(_("Not assigned. You have reached your limit for this period.")) from None
    text = _("%(contact)s is yours.") % {"contact": _called(request, item_id)}
    return _done(request, item_id, Toast(text))


@action
def logging(request: PageRequest, item_id: UUID) -> Done:
    """A call from the row: how it went, and a note where there is one."""
    text = request.POST.get("text", "").replace("\r\n", "\n").strip()
    touch(item_id=item_id, actor=request.actor, kind="call", outcome=request.POST.get("outcome", ""), text=text)
    return _done(request, item_id, Toast(_("Call logged: %(contact)s.") % {"contact": _called(request, item_id)}))


@action
def exporting(request: PageRequest) -> HttpResponse:
    """The rows of the address as a file, whose first sign tells a spreadsheet in what encoding it is."""
    asked = filters.asked(request.actor, request.GET)
    if grid.count_of(request.actor, view=asked.view, wanted=asked.wanted, most=MOST_EXPORTED + 1) > MOST_EXPORTED:
        why = _("Not exported. More than %(most)s contacts match; narrow the list with a filter.")
        raise LimitReached(why % {"most": formats.number(MOST_EXPORTED)})
    text = export_contacts(view=asked.view, wanted=asked.wanted, actor=request.actor)
    response = HttpResponse(f"\ufeff{text}", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{asked.view}-{formats.now():%Y-%m-%d}.csv"'
    return response


@action
def rescinding(request: PageRequest, offer_id: UUID) -> Done:
    rescind(offer_id=offer_id, actor=request.actor)
    return Done(back=back_from(request, reverse("contacts")), toast=Toast(_("The offer was taken back.")))


def _list(request: PageRequest, asked: Asked) -> dict[str, Any]:
    """The rows, and where the next ones are."""
    actor = request.actor
    if asked.text:
        items = [found.item for found in searching.search(actor, asked.text, limit=PAGE)]
        rows = rows_of(actor, items, places=True)
        return {
            "asked": asked, "rows": rows, "first": 1, "places": True, "more": "", "total": len(items),
            **_columns_of(request),
        }  # fmt: skip
    listed = partial(grid.grid_page, actor, view=asked.view, wanted=asked.wanted, sort=asked.sort, limit=PAGE)
    try:
        found = listed(cursor=asked.cursor)
    except Invalid:  # an old address, or a mistyped one: it begins again
        asked = replace(asked, cursor=None, first=1)
        found = listed()
    rows = rows_of(actor, found.items, first=asked.first)
    more = _query(request, cursor=found.next, n=asked.first + len(rows)) if found.next else ""
    total = asked.first - 1 + len(rows) if not found.next else -1
    return {
        "asked": asked, "rows": rows, "first": asked.first, "more": more, "total": total,
        **_columns_of(request), "empty": words.EMPTY[asked.view if rows or Item.objects.exists() else "all"],
    }  # fmt: skip


def _head(request: PageRequest, asked: Asked) -> dict[str, Any]:
    counts = grid.view_counts(request.actor)
    kept = saved.tabs(request.actor, asked, request.GET, _counted)
    tabs = [
        (name, words.VIEWS[name], _counted(count), name == asked.view and kept.current is None)
        for name, count in counts.items()
    ]
    after = request.GET.get("after", "")
    after_ms = int(after) if after.isascii() and after.isdigit() and len(after) < 15 else formats.now_ms()
    is_first = "after" not in request.GET
    return {
        "asked": asked, "tabs": tabs, "saved": kept,
        "shown_query": _query(request, after=None, cursor=None, n=None, say=None),
        "new": 0 if is_first else _new(request, asked, after_ms),
        "head_query": _query(request, after=after_ms, cursor=None, n=None), "page_query": _query(request, after=None),
    }  # fmt: skip


def _tiles(request: PageRequest, asked: Asked, *, folded: bool) -> dict[str, Any]:
    return {"asked": asked, "tiles": tiles.tiles(request.actor, asked.view, _counted), "folded": folded}


def _new(request: PageRequest, asked: Asked, after_ms: int) -> int:
    """How many rows of this view came in after that instant."""
    page = grid.grid_page(
        request.actor, view=asked.view, wanted=asked.wanted, sort="-created", limit=_MOST_NEW
    )  # fmt: skip
    return sum(item.created_at.timestamp() * 1000 > after_ms for item in page.items)


def _counted(count: int) -> str:
    return f"{formats.number(grid.MOST_COUNTED)}+" if count > grid.MOST_COUNTED else formats.number(count)


def _sorts(asked: Asked) -> dict[str, tuple[str, str]]:
    """Of each column: the order that its heading asks for next, and how it is sorted now."""
    found = {}
    for column, (first, second) in _SORTS.items():
        now = "ascending" if asked.sort in (column, f"-{column}") else "none"
        # The longest wait and the best band come first when the column falls.
        found[column] = (second if asked.sort == first else first,
                         "descending" if now != "none" and asked.sort.startswith("-") else now)  # fmt: skip
    return found


def _density(request: PageRequest) -> str:
    for wanted in (request.GET.get("density"), request.COOKIES.get("density")):
        if wanted in DENSITIES:
            return wanted
    return DENSITIES[0]


def _row(request: PageRequest, item_id: UUID, note: str = "") -> TemplateResponse:
    number = _number(request)
    try:
        item = access.item_for(request.actor, item_id, "item.view")
    except NotFound:
        gone = {"item_id": item_id, "number": number, "note": note}
        return TemplateResponse(request, "contacts/gone.html", gone)
    found: Row = rows_of(request.actor, [item], first=number, places=bool(request.GET.get("places")))[0]
    columns = _columns(request, [found])
    return TemplateResponse(request, "contacts/row.html", {"row": found, "note": note, "columns": columns})


def _columns(request: PageRequest, rows: list[Row]) -> list[saved.Column]:
    return saved.columns(request, has_roles=any(row.roles is not None for row in rows))


def _columns_of(request: PageRequest) -> dict[str, Any]:
    has_roles = roles.any_active()
    return {"has_roles": has_roles, "columns": saved.columns(request, has_roles=has_roles)}


def _done(request: PageRequest, item_id: UUID, toast: Toast) -> Done:
    back = back_from(request, reverse("contacts"))
    return Done(back=back, show=lambda inside: _row(inside, item_id), toast=toast)


def _too_late(request: PageRequest, item: Item) -> Done:
    """Somebody was faster: the row as it is now, and who it was."""
    if item.owner_id is None or item.assigned_at is None:
        note = _("Somebody changed it just now")
    else:
        seconds = max(1, int((formats.now() - item.assigned_at).total_seconds()))
        note = _("%(agent)s took it %(time)s ago") % {
            "agent": _agent_name(item.owner_id).split(" ")[0], "time": formats.duration(seconds),
        }  # fmt: skip
    toast = Toast(_("Not assigned. %(what)s.") % {"what": note}, kind="bad")
    item_id = item.id
    return Done(
        back=back_from(request, reverse("contacts")), show=lambda inside: _row(inside, item_id, note), toast=toast
    )


def _called(request: PageRequest, item_id: UUID) -> str:
    """What the actor may call the person."""
    return rows_of(request.actor, [Item.objects.get(id=item_id)])[0].name


def _agent_name(agent_id: UUID) -> str:
    return str(Agent.objects.filter(id=agent_id).values_list("name", flat=True).first() or "")


def _sent(request: PageRequest) -> QueryDict:
    """What was posted; an Undo has it in its address."""
    return request.POST if request.POST.get("agent") else request.GET


def _id(text: str) -> UUID:
    found = _id_or_none(text)
    if found is None:
        raise NotFound
    return found


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(request: PageRequest) -> int:
    return _positive(request.POST.get("n") or request.GET.get("n") or "")


def _positive(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else 1


def _query(request: PageRequest, **changed: Any) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return query.urlencode()


assigning = by_method(_picker, _assign)
assigning_role = by_method(_role_picker, _assign_role)

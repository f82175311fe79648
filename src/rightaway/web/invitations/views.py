"""Inviting people: the form, the link that is shown once, and the invitations that are open."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.roles import Role
from rightaway.ledger.errors import AlreadyThere, NotAllowed
from rightaway.people.invitations import open_invitations
from rightaway.web.invitations.forms import InvitationForm
from rightaway.web.names import ROLE_NAMES
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, by_method, is_fragment, page
from rightaway.work import access
from rightaway.work.actions.invite import Invited, invite
from rightaway.work.actions.revoke_invitation import revoke_invitation

MOST = 200  # open ones in the list


@page
def _invitations(request: PageRequest) -> Shown:
    if not access.may_invite(request.actor):
        raise NotAllowed(action="members.manage")
    if is_fragment(request):
        return TemplateResponse(request, "invitations/open.html", _open(request))
    return _page(request, InvitationForm(request.actor))


@action
def _create(request: PageRequest) -> Shown:
    if not access.may_invite(request.actor):
        raise NotAllowed(action="members.manage")
    form = InvitationForm(request.actor, request.POST)
    if form.is_valid():
        try:
            made = invite(invitation=form.invitation(), actor=request.actor)
            told = {"made": form.cleaned_data["name"], "link": link_of(request, made), "until": made.expires_at}
            return _page(request, InvitationForm(request.actor), **told)
        except AlreadyThere as error:
            form.add_error("agent", error.detail)
    response = _page(request, form)
    response.status_code = 422
    return response


@action
def revoke(request: PageRequest, invitation_id: UUID) -> Done:
    revoke_invitation(invitation_id=invitation_id, actor=request.actor)
    text = _("The invitation is revoked: its link opens nothing any more.")
    return Done(back=reverse("invitations"), toast=Toast(text), events={"live": {}})


def link_of(request: HttpRequest, made: Invited) -> str:
    """The whole address, as the maker's browser reaches this server."""
    return request.build_absolute_uri(reverse("join", args=[made.token]))


def _page(request: PageRequest, form: InvitationForm, **told: Any) -> TemplateResponse:
    return TemplateResponse(request, "invitations/invitations.html", {"form": form, **_open(request), **told})


def _open(request: PageRequest) -> dict[str, Any]:
    ids = access.visible_invitations(request.actor).values("id")
    rows = list(open_invitations().filter(id__in=ids).select_related("team", "agent").order_by("-id")[: MOST + 1])
    for row in rows:
        row.role_name = ROLE_NAMES[Role(row.role)]
    return {"rows": rows[:MOST], "more": len(rows) > MOST, "most": MOST}


inviting = by_method(_invitations, _create)

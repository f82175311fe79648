"""The demo's people, one click each. There are none unless `rightaway demo` runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.http import require_POST

from rightaway.accounts.memberships import organisations_of
from rightaway.accounts.models import Membership, User
from rightaway.accounts.roles import Role
from rightaway.ledger.tenancy import organisation
from rightaway.people.acting import Credentials, acting
from rightaway.people.models import Agent, TeamMember
from rightaway.web.languages import remember
from rightaway.web.layout.views import come_in
from rightaway.web.names import ROLE_NAMES
from rightaway.web.sign_in.entering import enter_as


@dataclass(frozen=True, slots=True)
class Somebody:
    """One of the demo's people, as the sign-in page shows them."""

    user_id: UUID
    name: str
    role: str
    team: str


def people() -> Sequence[Somebody]:
    """In the order in which the demo names them."""
    emails = settings.ENVIRONMENT.demo_people
    users = {user.email: user for user in User.objects.filter(email__in=emails, is_active=True)}
    return [_somebody(users[email]) for email in emails if email in users]


def _somebody(user: User) -> Somebody:
    with organisation(organisations_of(user.pk)[0], read_only=True):
        membership = Membership.objects.get(user=user)
        teams = TeamMember.objects.filter(agent__in=Agent.objects.filter(membership=membership.id).values("id"))
        name = teams.values_list("team__name", flat=True).first() or ""
    return Somebody(user.pk, user.name, str(ROLE_NAMES[Role(membership.role)]), name)


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Signs in as one of them. An agent comes to be available: somebody plays them now."""
    emails = settings.ENVIRONMENT.demo_people
    user = next(
        (each for each in User.objects.filter(email__in=emails) if str(each.pk) == request.POST.get("who")), None
    )
    if user is None:
        raise Http404
    organisation_id = organisations_of(user.pk)[0]
    enter_as(request, user, organisation_id)
    with acting(Credentials(organisation_id, user_id=user.pk)) as found:
        come_in(found.actor)
    response = redirect("home")
    remember(response, translation.get_language() or settings.LANGUAGE_CODE)
    return response

"""Home: where you are, who you are, and what there is to read."""

from django.template.response import TemplateResponse

from rightaway.accounts.models import Organisation
from rightaway.accounts.roles import Role
from rightaway.ledger.tenancy import current_organisation
from rightaway.web.names import ROLE_NAMES
from rightaway.web.page import PageRequest, page


@page
def home(request: PageRequest) -> TemplateResponse:
    shown = {
        "organisation": Organisation.objects.get(id=current_organisation()),
        "role": ROLE_NAMES[Role(request.actor.role)],
    }
    return TemplateResponse(request, "home/home.html", shown)

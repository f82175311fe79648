"""The page behind the one-time link of a first run."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rightaway.accounts.setup import link_is_open
from rightaway.ledger.errors import NotFound
from rightaway.web.headers import secret_address
from rightaway.web.languages import remember
from rightaway.web.setup.forms import SetupForm
from rightaway.web.setup.region import region_of
from rightaway.work.actions.found import found_organisation


@secret_address
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Shows and takes the form while the link is open; afterwards there is nothing here."""
    if not link_is_open(token):
        raise Http404
    initial = {"language": get_language() or settings.LANGUAGE_CODE, "zone": "UTC"}
    form = SetupForm(request.POST if request.method == "POST" else None, initial=initial)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "setup/setup.html", {"form": form}, status=status)
    try:
        found_organisation(token=token, region=region_of(form.cleaned_data["zone"]), **form.cleaned_data)
    except NotFound:  # another browser was faster
        raise Http404 from None
    response = redirect(f"{reverse('account_login')}?{urlencode({'next': reverse('start')})}")
    remember(response, form.cleaned_data["language"])
    return response

"""The page behind an invitation. A stranger hears whose it is, and nothing else."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rightaway.ledger.errors import AlreadyThere, Conflict, NotFound
from rightaway.ledger.retry import retried
from rightaway.people.acting import ORGANISATION_KEY
from rightaway.web.errors.views import not_found
from rightaway.web.headers import secret_address
from rightaway.web.languages import remember
from rightaway.web.setup.forms import AccountForm
from rightaway.web.sign_in.entering import enter_as
from rightaway.work.actions.accept_invitation import Joined, NewUser, accept_invitation, inviting_organisation


@secret_address
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """A new person chooses a password; whoever is signed in joins as they are."""
    try:
        organisation = inviting_organisation(token)
        return (
            _as_member(request, token, organisation)
            if request.user.is_authenticated
            else _as_new(request, token, organisation)
        )
    except NotFound:  # unknown, too old, or another browser was faster: the same for all
        return not_found(request, Http404())


def _as_new(request: HttpRequest, token: str, organisation: str) -> HttpResponse:
    form = AccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        language = get_language() or "en"
        said = form.cleaned_data
        new = NewUser(said["name"], said["email"], said["password"], language)
        try:
            joined: Joined = retried(lambda: accept_invitation(token=token, who=new))
        except AlreadyThere:
            form.add_error("email", _("This e-mail has an account already. Sign in with it below."))
        except Conflict:
            form.add_error(None, _changed())
        else:
            enter_as(request, joined.user, joined.organisation_id)
            response = redirect("home")
            remember(response, language)
            return response
    told = {"organisation": organisation, "form": form}
    return render(request, "join/join.html", told, status=422 if form.is_bound else 200)


def _as_member(request: HttpRequest, token: str, organisation: str) -> HttpResponse:
    user, wrong = request.user, ""
    assert user.is_authenticated
    # Only who the page named: somebody else may have signed in here since.
    if request.method == "POST" and request.POST.get("who") == str(user.pk):
        try:
            joined: Joined = retried(lambda: accept_invitation(token=token, who=user))
        except AlreadyThere:
            wrong = _("You belong to this organisation already. The invitation stays open for somebody else.")
        except Conflict:
            wrong = _changed()
        else:
            request.session[ORGANISATION_KEY] = joined.organisation_id
            return redirect("home")
    told = {"organisation": organisation, "wrong": wrong}
    return render(request, "join/member.html", told, status=422 if wrong else 200)


def _changed() -> str:
    return _("This invitation does not fit any more. Ask for a new one.")

"""What happens around a sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.memberships import organisations_of
from rightaway.accounts.models import User
from rightaway.people.acting import ORGANISATION_KEY
from rightaway.web.languages import remember
from rightaway.web.session_age import begin


class SignIn(DefaultAccountAdapter):  # type: ignore[misc]
    """People are invited, never sign up by themselves; whoever signs in is in one organisation at a time."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail and the password do not go together."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        begin(request)
        found = organisations_of(user.pk)
        if found:
            request.session[ORGANISATION_KEY] = found[0]

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **details)
        remember(response, user.language)
        return response

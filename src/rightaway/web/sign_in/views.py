"""Signing in by password, and signing out."""

from typing import Any

from allauth.account.views import LoginView
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rightaway.web.sign_in import demo


class SignInView(LoginView):  # type: ignore[misc]
    template_name = "sign_in/sign_in.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(demo=demo.people(), **context)
        return found


sign_in = SignInView.as_view()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session here and lets the browser forget what it kept of us."""
    logout(request)
    response = redirect("account_login")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response

"""The switch between languages: a cookie for this browser, and the person's choice when they are signed in."""

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rightaway.accounts.models import User
from rightaway.web.page import back_from


def remember(response: HttpResponse, language: str) -> None:
    """Keeps the language in this browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE, samesite="Lax", httponly=True,
    )  # fmt: skip


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Back to the page that asked, in the language that was chosen."""
    response = redirect(back_from(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        remember(response, language)
        user = get_user(request)
        if user.is_authenticated:
            User.objects.filter(pk=user.pk).update(language=language)
    return response

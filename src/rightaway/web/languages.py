"""The switch between languages: a cookie for this browser, and the person's choice when they are signed in."""

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from rightaway.accounts.models import User


def remember(response: HttpResponse, language: str) -> None:
    """Keeps the language in this browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE, samesite="Lax", httponly=True,
    )  # fmt: skip


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Back to the page that asked, in the language that was chosen."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = "/"
    response = HttpResponseRedirect(back)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        remember(response, language)
        user = get_user(request)
        if user.is_authenticated:
            User.objects.filter(pk=user.pk).update(language=language)
    return response

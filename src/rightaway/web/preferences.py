"""What one browser keeps of how somebody likes the pages: cookies that hold nothing about anybody."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rightaway.web.page import back_from, is_fragment

# name → its values, the first being what holds without a cookie
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "theme": ("system", "light", "dark"),
    "nav": ("wide", "rail"),
    "keys": ("on", "off"),
    "setup": ("shown", "hidden"),  # the reminder of a first run that is not finished
    "tour": ("unseen", "1", "2", "3", "4", "5", "6", "closed"),  # or the step where it stands
}


def preference(request: HttpRequest, name: str) -> str:
    found = request.COOKIES.get(name, "")
    return found if found in CHOICES[name] else CHOICES[name][0]


@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Keeps each choice that the form names. Back to where it came from; to scripts, nothing."""
    response = HttpResponse(status=204) if is_fragment(request) else redirect(back_from(request))
    for name, values in CHOICES.items():
        if request.POST.get(name) in values:
            response.set_cookie(
                name, request.POST[name], max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,  # and open to scripts: some set it themselves
            )  # fmt: skip
    return response

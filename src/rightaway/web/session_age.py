"""A session ends 12 hours after it was last used, and 7 days after signing in whatever happens."""

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_SINCE: Final = "signed_in_at"
_SEEN: Final = "seen_at"
_REFRESH_SECONDS: Final = 300  # a session is written at most this often


class SessionAge:
    """Flushes sessions that are too old, and moves the idle end of those in use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            refresh(request, int(time.time()))
        return self.get_response(request)


def begin(request: HttpRequest) -> None:
    """Notes when somebody signed in."""
    request.session[_SINCE] = request.session[_SEEN] = int(time.time())


def refresh(request: HttpRequest, now: int) -> None:
    """`now` in epoch seconds."""
    since = request.session.get(_SINCE)
    if since is None:
        return
    seen = request.session.get(_SEEN, since)
    if now - since > settings.SESSION_LONGEST_SECONDS or now - seen > settings.SESSION_COOKIE_AGE:
        request.session.flush()
    elif now - seen > _REFRESH_SECONDS:
        request.session[_SEEN] = now

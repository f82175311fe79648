"""Signing somebody in who has shown who they are in another way than by password."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from rightaway.accounts.models import User
from rightaway.people.acting import ORGANISATION_KEY
from rightaway.web.session_age import begin


def enter_as(request: HttpRequest, user: User, organisation_id: int) -> None:
    """A new session of this user in this organisation."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    begin(request)
    request.session[ORGANISATION_KEY] = organisation_id

"""The doors whose letters may be held, one line each: how a person lets one in after all."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from rightaway.conversations.models import Letter
from rightaway.intake.email import letters
from rightaway.intake.web_form import forms

RELEASES: Final[dict[str, Callable[[Letter], UUID]]] = {"email": letters.release, "web_form": forms.release}

"""How far a first run has come, read from what there is: no state of its own that could say something else."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.models import ApiKey
from rightaway.people.models import Agent, Team
from rightaway.routing.models import Config
from rightaway.work.models import Item

LABELS: Final = {
    "team": _("Team"),
    "agents": _("Agents"),
    "source": _("Source"),
    "route": _("First route"),
    "lead": _("Test lead"),
}


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    label: Any
    address: str
    done: bool


class Progress:
    """Of the current organisation. Each step is done when what it makes is there, whoever made it and how."""

    @cached_property
    def steps(self) -> list[Step]:
        done = {
            "team": Team.objects.exists(), "agents": Agent.objects.filter(active=True).exists(),
            "source": intake_keys().exists() or self._received, "route": self.published, "lead": self._received,
        }  # fmt: skip
        return [Step(name, label, reverse(f"start-{name}"), done[name]) for name, label in LABELS.items()]

    @cached_property
    def published(self) -> bool:
        return bool(Config.objects.exclude(live=None).exists())

    @cached_property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @cached_property
    def next(self) -> str:
        """Where to go on: the first step that is not done, else the last one."""
        return next((step.address for step in self.steps if not step.done), self.steps[-1].address)

    @cached_property
    def _received(self) -> bool:
        return bool(Item.objects.exists())


def intake_keys() -> Any:
    """The live keys that were made to send leads with, the newest first."""
    return ApiKey.objects.filter(Q(scopes=["item.create"]), revoked_at=None).order_by("-id")

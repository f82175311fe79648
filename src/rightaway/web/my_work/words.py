"""What My work and the lead pool call things, and how they tell of an item without naming anybody."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rightaway.ledger.errors import CapacityFull
from rightaway.people.models import Agent
from rightaway.web import formats
from rightaway.web.addresses import address_of
from rightaway.web.contacts.words import plain
from rightaway.work.person_view import ItemView

KINDS: Final = {"lead": _("Lead"), "case": _("Case"), "opportunity": _("Opportunity")}
KINDS_MANY: Final = {"lead": _("Leads"), "case": _("Cases"), "opportunity": _("Opportunities")}
BEST: Final = ("top", "high")  # bands that stand out
_MOST_FACTS: Final = 4
_LONGEST: Final = 60
_LONGEST_NEED: Final = 180


def kind_word(kind: str) -> str:
    return str(KINDS.get(kind, capfirst(kind)))


def title(view: ItemView) -> str:
    """The person's name; what kind of item it is where the name is withheld or unknown."""
    name = view.person.name if view.person is not None else ""
    return name or kind_word(view.kind)


def facts(view: ItemView) -> list[tuple[str, str]]:
    """(field, value) of the attributes that the viewer may see; the first few."""
    found = [(plain(name), value(told)) for name, told in view.attributes.items() if told not in (None, "", [])]
    return found[:_MOST_FACTS]


def need(view: ItemView, message: str) -> str:
    """What they want, in a line or two: their own words where the viewer may read them."""
    said = " ".join(message.split())
    return said if len(said) <= _LONGEST_NEED else Truncator(said).chars(_LONGEST_NEED)


def phone(view: ItemView) -> str:
    """The first number that can be called; empty where there is none, or it is withheld."""
    phones = view.person.phones if view.person is not None else ()
    return next((reach.value for reach in phones if reach.verified), "")


def profile_address(view: ItemView) -> str:
    return address_of("contact", view.id)


def first_names(agent_ids: set[UUID]) -> Mapping[UUID, str]:
    """Colleagues as one calls them: it is no secret among them who was faster."""
    rows = Agent.objects.filter(id__in=agent_ids).values_list("id", "name")
    return {id: name.split()[0] if name.split() else name for id, name in rows}


def why_full(error: CapacityFull) -> str:
    """What keeps somebody from taking one more: open questions, or no place."""
    questions, most = error.parameters.get("unanswered"), error.parameters.get("unanswered_cap")
    if isinstance(questions, int) and isinstance(most, int) and questions >= most:
        return gettext("Not claimed. Answer what waits for you first: %(n)d of %(most)d.") % {
            "n": questions,
            "most": most,
        }
    return gettext("Not claimed. You have no free place for it.")


def value(told: Any) -> str:
    """What an attribute holds, as people write it."""
    if isinstance(told, bool):
        return str(_("Yes")) if told else str(_("No"))
    if isinstance(told, int):
        return formats.number(told)
    if isinstance(told, list):
        return Truncator(", ".join(value(each) for each in told)).chars(_LONGEST)
    return Truncator(str(told)).chars(_LONGEST)

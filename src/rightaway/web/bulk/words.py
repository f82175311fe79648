"""Bulk jobs in words: what is done, what came of it, and why something was refused."""

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from rightaway.web import formats
from rightaway.work.models import Bulk

# verb → what the dialog and the list say
TITLES: Final[dict[str, Any]] = {
    "assign": ngettext_lazy("Assign %(count)s contact", "Assign %(count)s contacts", "number"),
    "offer": ngettext_lazy("Offer %(count)s contact", "Offer %(count)s contacts", "number"),
    "revoke": ngettext_lazy("Revoke %(count)s contact", "Revoke %(count)s contacts", "number"),
    "request_update": ngettext_lazy(
        "Request an update on %(count)s contact", "Request an update on %(count)s contacts", "number"
    ),
    "move": ngettext_lazy("Set the status of %(count)s contact", "Set the status of %(count)s contacts", "number"),
    "route": ngettext_lazy(
        "Let the routes decide about %(count)s contact", "Let the routes decide about %(count)s contacts", "number"
    ),
    "undo": ngettext_lazy("Undo for %(count)s contact", "Undo for %(count)s contacts", "number"),
}
DONE: Final[dict[str, Any]] = {
    "assign": ngettext_lazy("%(count)s contact assigned.", "%(count)s contacts assigned.", "number"),
    "offer": ngettext_lazy("%(count)s contact offered.", "%(count)s contacts offered.", "number"),
    "revoke": ngettext_lazy("%(count)s contact taken back.", "%(count)s contacts taken back.", "number"),
    "request_update": ngettext_lazy("%(count)s update requested.", "%(count)s updates requested.", "number"),
    "move": ngettext_lazy("%(count)s status set.", "%(count)s statuses set.", "number"),
    "route": ngettext_lazy(
        "%(count)s contact goes through the routes.", "%(count)s contacts go through the routes.", "number"
    ),
    "undo": ngettext_lazy("Undone for %(count)s contact.", "Undone for %(count)s contacts.", "number"),
    "assign_role": ngettext_lazy(
        "The role of %(count)s contact given.", "The role of %(count)s contacts given.", "number"
    ),
    "offer_role": ngettext_lazy(
        "The role of %(count)s contact offered.", "The role of %(count)s contacts offered.", "number"
    ),
}
STATES: Final = {
    "to_confirm": gettext_lazy("Waits for a second manager"), "running": gettext_lazy("Running"),
    "stopped": gettext_lazy("Stopped"), "done": gettext_lazy("Finished"),
}  # fmt: skip
REASONS: Final = {
    "capacity-full": gettext_lazy("Nobody chosen has a free place for it"),
    "needs-confirmation": gettext_lazy("The agent is not available, or the contact is protected"),
    "wrong-state": gettext_lazy("Its state does not allow it any more"),
    "not-found": gettext_lazy("It is not yours to hand out"),
    "not-allowed": gettext_lazy("Your role does not allow it"),
    "not-a-member": gettext_lazy("Only members of its campaign may have it"),
    "conflict": gettext_lazy("Somebody changed it in the meantime"),
    "limit-reached": gettext_lazy("The agent has reached a limit"),
    "invalid": gettext_lazy("What was asked for does not fit it"),
}
WRONG_STATES: Final = {
    "assign": gettext_lazy("It is closed, or theirs already"),
    "offer": gettext_lazy("It has an owner or an open offer, or is closed"),
    "revoke": gettext_lazy("Nobody owns it, or it is theirs already"),
    "request_update": gettext_lazy("Nobody owns it"),
    "move": gettext_lazy("It is closed, or its kind has no such status"),
    "route": gettext_lazy("It is not in the lead pool"),
    "role": gettext_lazy("It is closed, its kind has no such role, or the role is held or offered already"),
}
PROTECTED: Final[dict[str, Any]] = {
    "opportunity": ngettext_lazy(
        "%(count)s has an open opportunity", "%(count)s have an open opportunity", "number"
    ),
    "appointment": ngettext_lazy("%(count)s has an appointment", "%(count)s have an appointment", "number"),
    "spoke": ngettext_lazy(
        "%(count)s was spoken to within 14 days", "%(count)s were spoken to within 14 days", "number"
    ),
}  # fmt: skip


def counted(forms: Any, count: int) -> str:
    """A lazy plural with its number in the reader's way of writing."""
    return str(forms % {"number": count, "count": formats.number(count)})


def title(verb: str, count: int) -> str:
    return counted(TITLES[verb], count)


def verb_of(job: Bulk) -> str:
    return "undo" if job.undoes_id is not None else str(job.verb)


def subject_of(job: Bulk) -> str:
    """What its refusals are about: `role`, or its verb."""
    return "role" if job.wanted.get("role_id") else str(job.verb)


def done(job: Bulk) -> str:
    verb = verb_of(job)
    return counted(DONE[f"{verb}_role" if verb != "undo" and subject_of(job) == "role" else verb], job.done)


def reason(slug: str, verb: str) -> str:
    if slug == "wrong-state":
        return str(WRONG_STATES.get(verb, REASONS[slug]))
    return str(REASONS.get(slug, REASONS["conflict"]))


def agents(count: int) -> str:
    return ngettext("%(count)d agent", "%(count)d agents", count) % {"count": count}


def button(verb: str, count: int, receivers: int) -> str:
    """What the dialog's button says: what it will do."""
    if not count:
        return _("Nothing to do")
    number = {"number": count, "count": formats.number(count)}
    if verb == "assign" and receivers:
        return _("Assign to %(agents)s") % {"agents": agents(receivers)}
    if verb == "offer" and receivers:
        return _("Offer to %(agents)s") % {"agents": agents(receivers)}
    return str(TITLES[verb] % number)

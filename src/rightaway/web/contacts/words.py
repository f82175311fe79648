"""What the grid's views, orders and statuses are called in front of people."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rightaway.routing.basics_schema import PipelinesIn, pipelines_of
from rightaway.routing.models import Config
from rightaway.work.actions.create_contact import SOURCE
from rightaway.work.phrases import CAUSES, OUTCOMES

VIEWS: Final = {
    "evaluate": _("Evaluate"),
    "unassigned": _("Unassigned"),
    "attention": _("Needs attention"),
    "priority": _("Priority"),
    "team": _("My team"),
    "all": _("All"),
}
BANDS: Final = {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "top": _("Top")}
STATUSES: Final = {
    "evaluate": _("Evaluate"),
    "working": _("Working"),
    "nurture": _("Nurture"),
    "qualified": _("Qualified"),
    "contacted": _("Contacted"),
    "under_contract": _("Under contract"),
    "waiting": _("Waiting for the customer"),
    "solved": _("Solved"),
    "proposal": _("Proposal"),
    "negotiation": _("Negotiation"),
    "scheduled": _("Scheduled"),
    "priority": _("Priority"),
}
CALLS: Final = {
    "connected": _("Connected"),
    "no_answer": _("No answer"),
    "voicemail": _("Left a voicemail"),
    "busy": _("Busy"),
    "wrong_number": _("Wrong number"),
}
COLUMNS: Final = {
    "status": _("Status"), "waiting": _("Waiting"), "owner": _("Owner"), "roles": _("Roles"), "phone": _("Phone"),
    "email": _("Email"), "notes": _("Notes"), "task": _("Next task"), "source": _("Source"), "band": _("Priority"),
}  # fmt: skip
BASICS: Final = {
    "status": _("Status"), "waiting": _("Waiting"), "phone": _("Phone"), "email": _("Email"), "notes": _("Notes"),
    "task": _("Next task"),
}  # fmt: skip
# What each grade of each of the basics is called in a list of filters.
GRADES: Final = {
    "good": {
        "status": _("moved on"), "waiting": _("answered in time"), "phone": _("called"), "email": _("sent"),
        "notes": _("written"), "task": _("planned"),
    },
    "neutral": {
        "status": _("in Evaluate"), "waiting": _("not late"), "phone": _("not due"), "email": _("not due"),
        "notes": _("not due"), "task": _("today or not due"),
    },
    "bad": {
        "status": _("too long in Evaluate"), "waiting": _("late"), "phone": _("not called, or wrong"),
        "email": _("none sent, or bounced"), "notes": _("none"), "task": _("none, or overdue"),
    },
}  # fmt: skip
TASKS: Final = {"overdue": _("overdue"), "today": _("today"), "future": _("later"), "none": _("none")}
DAYS: Final = (1, 7, 30, 90)  # as the filter by age has them
WAITS: Final = (5, 10, 30, 60, 240, 1440)  # minutes, as the filter has them
EMPTY: Final = {
    "evaluate": _("All answered. Nobody waits for a first word."),
    "unassigned": _("Everybody has an owner."),
    "attention": _("Everybody is looked after."),
    "priority": _("Nothing of high priority waits."),
    "team": _("Your team owns nothing that is open."),
    "all": _("No contacts yet. They appear here as soon as the first enquiry comes in."),
}


def status(code: str) -> str:
    """A status in words; one that an organisation made is its own word."""
    return str(STATUSES.get(code) or plain(code))


def source(code: str) -> str:
    """Where it came from; what somebody typed in is ours to name."""
    return str(_("Typed in")) if code == SOURCE else plain(code)


def band(name: str) -> str:
    return str(BANDS[name])


@dataclass(frozen=True, slots=True)
class Stages:
    """The names of statuses as the organisation has them."""

    pipelines: PipelinesIn

    def name(self, kind: str, code: str) -> str:
        for stage in self.pipelines.of(kind):
            if stage.code == code and (own := getattr(stage, (get_language() or "en")[:2], "")):
                return str(own)
        return status(code)

    def any_name(self, code: str) -> str:
        """The name of a status whose kind is not known."""
        kinds = [pipeline.kind for pipeline in self.pipelines.pipelines]
        return next((name for kind in kinds if (name := self.name(kind, code)) != status(code)), status(code))


def stages() -> Stages:
    return Stages(pipelines_of(Config.objects.first()))


def plain(code: str) -> str:
    """A code that somebody chose, such as a source, as a word that begins large."""
    words = code.replace("_", " ")
    return words[:1].upper() + words[1:]


def cause(code: str) -> str:
    """Why nobody has it, as the beginning of a line."""
    return plain(str(CAUSES.get(code, code)))


def outcome(code: str) -> Any:
    return plain(str(OUTCOMES.get(code, code)))

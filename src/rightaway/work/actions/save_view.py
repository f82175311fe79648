"""Keep a view of the contacts grid under a name, for oneself or for others too; change it; give it up."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from rightaway.accounts.actor import Actor
from rightaway.contacts.normalise import clean_text
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import AlreadyThere, Invalid, NotAllowed, NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import Team
from rightaway.people.schema import Strict
from rightaway.routing.versions import config_row
from rightaway.work import grid, saved_views
from rightaway.work.grid_filter import as_data
from rightaway.work.models import SavedView
from rightaway.work.saved_views import COLUMNS, Shows

MOST = 50  # of one person
MOST_SHARED = 100  # of an organisation


def _named(text: str) -> str:
    found = " ".join(clean_text(text).split())
    if not found:
        raise ValueError(gettext_noop("must not be empty"))
    return found


_Name = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_named)]


class ViewSettings(Strict):
    """How a view is called and who has it. `team_id` goes with `shared: team` only."""

    name: _Name
    shared: Literal["nobody", "team", "everybody"] = "nobody"
    team_id: Annotated[UUID, Field(strict=False)] | None = None
    pinned: bool = True

    @model_validator(mode="after")
    def names_a_team_when_it_is_for_one(self) -> "ViewSettings":
        if (self.shared == "team") != (self.team_id is not None):
            raise ValueError(gettext_noop("a team is named when it is for one, and only then"))
        return self


def save_view(*, settings: ViewSettings, shown: Shows, actor: Actor, view_id: UUID | None = None) -> SavedView:
    """Makes one, or the one of this id exactly so.

    Runs inside `organisation(…)`. Raises NotFound (the view, or the team), NotAllowed (somebody else's, or shared
    with whom they may not share), Invalid (an unknown view, filter, order or column), AlreadyThere (they have one of
    that name, or there are too many).
    """
    config_row()  # two that are saved at once do not get the same name
    row = saved_views.view_for(actor, view_id, change=True, lock=True) if view_id else None
    if settings.shared != "nobody" and not saved_views.may_share(actor, settings.shared, settings.team_id):
        raise NotAllowed(action="views.share")
    _check(shown, settings, actor)
    whose = row.made_by if row else actor.id
    others = SavedView.objects.filter(gone_at=None).exclude(id=row.id if row else None)
    theirs, shared = others.filter(made_by=whose), others.exclude(shared="nobody")
    too_many = theirs.count() >= MOST or (settings.shared != "nobody" and shared.count() >= MOST_SHARED)
    if too_many or theirs.filter(name=settings.name).exists():
        raise AlreadyThere
    values: dict[str, Any] = {
        **settings.model_dump(), "view": shown.view, "wanted": as_data(shown.wanted), "sort": shown.sort,
        "density": shown.density, "columns": None if shown.columns is None else list(saved_views.whole(shown.columns)),
    }  # fmt: skip
    kind = "changed" if row else "created"
    if row is None:
        row = SavedView.objects.create(made_by=whose, **values)
    else:
        SavedView.objects.filter(id=row.id).update(**values)
        for name, value in values.items():
            setattr(row, name, value)
    told = {"shared": settings.shared, "team": settings.team_id, "view": shown.view, **actor.as_event()}
    append(row, clock(), [Change(kind, told)])
    return row


def give_up_view(*, view_id: UUID, actor: Actor) -> None:
    """Nobody has it any more. Raises NotFound, NotAllowed."""
    row = saved_views.view_for(actor, view_id, change=True, lock=True)
    SavedView.objects.filter(id=row.id).update(gone_at=clock())
    append(row, clock(), [Change("given_up", actor.as_event())])


def _check(shown: Shows, settings: ViewSettings, actor: Actor) -> None:
    known = {
        "density": shown.density in ("", "comfortable", "compact"), "sort": shown.sort in ("", *grid.SORTS),
        "columns": set(shown.columns or ()) <= set(COLUMNS),
    }  # fmt: skip
    if wrong := [{"pointer": f"/{name}", "detail": "unknown"} for name, is_known in known.items() if not is_known]:
        raise Invalid(errors=wrong)
    if settings.team_id is not None and not Team.objects.filter(id=settings.team_id).exists():
        raise NotFound
    grid.count_of(actor, view=shown.view, wanted=shown.wanted, most=1)

"""Doing the same to many contacts: the dialogs, what they say before, and the jobs with what came of them."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.ledger.errors import Invalid, NotAllowed, RightawayError
from rightaway.ledger.tenancy import current_organisation
from rightaway.web import formats
from rightaway.web.bulk import agents, words
from rightaway.web.bulk.asking import DUE_MINUTES, MINUTES, Chosen, wanted_from
from rightaway.web.bulk.jobs import Job, recent, unowned
from rightaway.web.bulk.outcome import Outcome, named, nothing
from rightaway.web.bulk.outcome import outcome as foresee
from rightaway.web.contacts import filters
from rightaway.web.contacts.words import STATUSES
from rightaway.web.page import Done, PageRequest, Shown, action, is_fragment, page
from rightaway.work import grid
from rightaway.work.actions.end_bulk import bulk_for, confirm_bulk, stop_bulk, undo_bulk
from rightaway.work.actions.retry_bulk import retry_bulk
from rightaway.work.actions.run_bulk import SMALL, run_now
from rightaway.work.actions.start_bulk import ACTIONS, MOST, Started, start_bulk
from rightaway.work.roles import in_order, name


@page
def whole(request: PageRequest) -> Shown:
    """The button that chooses the whole view, with how many it holds."""
    asked = filters.asked(request.actor, request.GET)
    count = grid.count_of(request.actor, view=asked.view, wanted=asked.wanted, most=MOST + 1)
    return TemplateResponse(request, "bulk/whole.html", {"count": count, "too_many": count > MOST, "most": MOST})


@action
def new(request: PageRequest) -> Shown:
    """A dialog for what was chosen; a page of its own for a browser without scripts."""
    verb, chosen = request.POST.get("verb", ""), Chosen.sent(request.POST)
    if verb not in ACTIONS or not request.actor.may_ever(ACTIONS[verb]):
        raise NotAllowed(action=verb)
    ids = chosen.ids(request.actor)
    if not ids:
        raise Invalid(_("Nothing is chosen."))
    told = {
        "verb": verb, "chosen": chosen, "title": words.title(verb, len(ids)), "named": named(request.actor, ids),
        "unowned": unowned(ids), "count": len(ids), "agents": agents.candidates(request.actor, []),
        "minutes": _lengths(MINUTES), "due_minutes": _lengths(DUE_MINUTES), "statuses": list(STATUSES.items()),
        "outcome": _outcome(request, ids), "sent": request.POST,
        "roles": [(role.id, name(role)["long"]) for role in in_order()] if verb in ("assign", "offer") else [],
    }  # fmt: skip
    return TemplateResponse(request, "bulk/dialog.html" if is_fragment(request) else "bulk/page.html", told)


def _lengths(minutes: Sequence[int]) -> list[tuple[int, str]]:
    return [(each, formats.duration(60 * each)) for each in minutes]


@action
def outcome(request: PageRequest) -> Shown:
    found = _outcome(request, Chosen.sent(request.POST).ids(request.actor))
    return TemplateResponse(request, "bulk/outcome.html", {"outcome": found, "sent": request.POST})


def _outcome(request: PageRequest, ids: list[UUID]) -> Outcome:
    """What is wrong with the form is said in its place."""
    try:
        return foresee(request.actor, wanted_from(request.POST), ids)
    except RightawayError as error:
        # Nothing is wrong yet with a form that nobody has filled in.
        fresh = "sent" not in request.POST and not request.POST.getlist("agent")
        return nothing("" if fresh else error.detail or _(error.title()), request.POST.get("verb", ""))


@action
def start(request: PageRequest) -> Done | Shown:
    sent, note = request.POST, request.POST.get("note", "").replace("\r\n", "\n").strip()
    try:
        wanted, ids = wanted_from(sent), Chosen.sent(sent).ids(request.actor)
        found = foresee(request.actor, wanted, ids)
        _require_words(found, wanted, note)
        started = start_bulk(wanted=wanted, item_ids=ids, note=note, actor=request.actor)
    except RightawayError as error:
        problem = nothing(error.detail or _(error.title()), sent.get("verb", ""))
        try:
            problem = _with(foresee(request.actor, wanted_from(sent), Chosen.sent(sent).ids(request.actor)), problem)
        except RightawayError:
            pass  # then there is nothing to foresee either
        return TemplateResponse(request, "bulk/outcome.html", {"outcome": problem, "sent": sent}, status=422)
    return _begun(started)


def _with(found: Outcome, problem: Outcome) -> Outcome:
    return Outcome(
        found.foreseen, found.given, found.more, found.says, found.loads, found.more_loads, found.button,
        problem.problem, found.verb,
    )  # fmt: skip


def _require_words(found: Outcome, wanted: Any, note: str) -> None:
    """What a form lets nobody pass by. Raises Invalid."""
    assert found.foreseen is not None
    if wanted.verb == "revoke" and not note:
        raise Invalid(_("Say why: a reason is required."))
    if found.foreseen.confirmation and not getattr(wanted, "confirmed", True):
        raise Invalid(_("Somebody is away or would be too full. Confirm it, or choose others."))
    if getattr(wanted, "confirmed", False) and not note:
        raise Invalid(_("Write a note: why all the same."))


@page
def jobs(request: PageRequest) -> Shown:
    if not request.actor.may_ever("item.assign"):
        raise NotAllowed(action="item.assign")
    return TemplateResponse(request, "bulk/jobs.html", {"jobs": recent(request.actor)})


@page
def job(request: PageRequest, bulk_id: UUID) -> Shown:
    return TemplateResponse(request, "bulk/job_page.html", _job(request, bulk_id))


@page
def job_part(request: PageRequest, bulk_id: UUID) -> Shown:
    return TemplateResponse(request, "bulk/job.html", _job(request, bulk_id))


@action
def stop(request: PageRequest, bulk_id: UUID) -> Done:
    stop_bulk(bulk_id=bulk_id, actor=request.actor)
    return _shown(bulk_id)


@action
def confirm(request: PageRequest, bulk_id: UUID) -> Done:
    found = confirm_bulk(bulk_id=bulk_id, actor=request.actor)
    small = found.total <= SMALL
    return _shown(bulk_id, run=small)


@action
def undo(request: PageRequest, bulk_id: UUID) -> Done:
    return _begun(undo_bulk(bulk_id=bulk_id, actor=request.actor))


@action
def retry(request: PageRequest, bulk_id: UUID) -> Done:
    why = request.POST.get("why", "").strip()
    if "anyway" in request.POST and not why:
        raise Invalid(_("Write a note: why all the same."))
    because = why if "anyway" in request.POST else ""
    return _begun(retry_bulk(bulk_id=bulk_id, confirmed_because=because, actor=request.actor))


def _begun(started: Started) -> Done:
    """A small job runs now, while the page waits; of a larger one it shows how far it is."""
    organisation_id, id = current_organisation(), started.bulk_id

    def then() -> None:
        if started.state == "running" and started.total <= SMALL:
            run_now(organisation_id, id)

    return Done(back=reverse("bulk-job", args=[id]), show=lambda inside: _result(inside, id), then=then)


def _result(request: PageRequest, bulk_id: UUID) -> Shown:
    """All of it done: a message with Undo. Else the job, in a dialog."""
    told = _job(request, bulk_id)
    found: Job = told["job"]
    if found.row.state == "done" and not found.row.refused:
        undo = reverse("bulk-undo", args=[bulk_id]) if found.may_undo else ""
        response = HttpResponse(status=204)
        told = {"bulk:done": {"id": str(bulk_id)}, "toast": {"text": found.told, "undo": undo, "kind": "good"}}
        response["HX-Trigger"] = json.dumps(told)
        return response
    shown = TemplateResponse(request, "bulk/result.html", told)
    shown["HX-Retarget"], shown["HX-Reswap"] = "#bulk-place", "innerHTML"
    shown["HX-Trigger"] = json.dumps({"bulk:begun": {"id": str(bulk_id)}})
    return shown


def _shown(bulk_id: UUID, *, run: bool = False) -> Done:
    organisation_id = current_organisation()
    return Done(
        back=reverse("bulk-job", args=[bulk_id]),
        show=lambda inside: TemplateResponse(inside, "bulk/job.html", _job(inside, bulk_id)),
        then=(lambda: run_now(organisation_id, bulk_id)) if run else None,
    )  # fmt: skip


def _job(request: PageRequest, bulk_id: UUID) -> dict[str, Any]:
    return {"job": Job(request.actor, bulk_for(request.actor, bulk_id))}

"""Conversations: who waits, what was written, and answering it."""

from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.conversations.files import path_of
from rightaway.conversations.models import Attachment, Conversation, Letter, Message
from rightaway.intake.held import held_letter, held_letters, settle_held
from rightaway.ledger.errors import (
    CapacityFull,
    Invalid,
    LimitReached,
    NeedsConfirmation,
    NotAllowed,
    NotFound,
    RightawayError,
)
from rightaway.web.conversations import words
from rightaway.web.conversations.reading import Thread, shelf
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, page
from rightaway.work import threads
from rightaway.work.actions.claim import claim
from rightaway.work.actions.close_conversation import close_conversation
from rightaway.work.actions.remark import remark
from rightaway.work.actions.reply import reply
from rightaway.work.actions.resend import resend
from rightaway.work.actions.see import see
from rightaway.work.person_view import is_masked

_PARTS: Final = ("head", "lines", "panel")
# Whatever a file is, it is a download that can do nothing here.
_SANDBOX: Final = "default-src 'none'; sandbox"


@page
def conversations(request: PageRequest) -> TemplateResponse:
    """The list; beside it, where there is room, the one that waits longest."""
    found = _shelf(request)
    first = found.first
    thread = None if first is None else Thread(request.actor, *_found(request.actor, first.conversation.id))
    return TemplateResponse(request, "conversations/page.html", {"shelf": found, "thread": thread, "level": "list"})


@page
def conversation(request: PageRequest, conversation_id: UUID) -> TemplateResponse:
    thread = Thread(request.actor, *_found(request.actor, conversation_id))
    level = "panel" if request.GET.get("panel") else "thread"
    found = {"shelf": _shelf(request, conversation_id), "thread": thread, "level": level}
    return TemplateResponse(request, "conversations/page.html", found)


@page
def listed(request: PageRequest) -> TemplateResponse:
    """The list again, as it is now."""
    return TemplateResponse(request, "conversations/list.html", {"shelf": _shelf(request, _id(request, "chosen"))})


@page
def part(request: PageRequest, conversation_id: UUID, name: str) -> TemplateResponse:
    """One live part. Whoever may not see it any more is told so in place of all of it."""
    if name not in _PARTS:
        raise NotFound
    try:
        thread = Thread(request.actor, *_found(request.actor, conversation_id))
    except (NotFound, NotAllowed):
        response = TemplateResponse(request, "conversations/gone.html")
        response["HX-Retarget"], response["HX-Reswap"] = "#conversation", "outerHTML"
        return response
    return TemplateResponse(request, f"conversations/{name}.html", {"thread": thread})


@action
def answer(request: PageRequest, conversation_id: UUID) -> Done:
    sent = request.POST
    try:
        with transaction.atomic():  # what was taken before a refusal is given back
            reply(
                conversation_id=conversation_id, text=sent.get("text", ""), actor=request.actor,
                take=sent.get("take") == "1", key=sent.get("key", ""),
            )  # fmt: skip
    except Invalid as error:
        raise _said(error) from None
    except CapacityFull:
        raise CapacityFull(_("Not sent. You have no free place for it.")) from None
    except LimitReached:
        raise LimitReached(_("Not sent. You have reached your limit for this period.")) from None
    except NeedsConfirmation:
        raise NeedsConfirmation(_("Not sent. You are not available just now.")) from None
    return _done(conversation_id)


@action
def note(request: PageRequest, conversation_id: UUID) -> Done:
    try:
        remark(conversation_id=conversation_id, text=request.POST.get("text", ""), actor=request.actor)
    except Invalid as error:
        raise _said(error) from None
    return _done(conversation_id)


@action
def take(request: PageRequest, conversation_id: UUID) -> Done:
    _conversation, item = _found(request.actor, conversation_id)
    claim(item_id=item.id, actor=request.actor)
    return _done(conversation_id, Toast(_("It is yours now.")))


@action
def close(request: PageRequest, conversation_id: UUID) -> Done:
    closed = request.POST.get("closed", "1") == "1"
    close_conversation(conversation_id=conversation_id, actor=request.actor, closed=closed)
    return _done(conversation_id, Toast(_("The conversation is closed.") if closed else _("It is open again.")))


@action
def seen(request: PageRequest, conversation_id: UUID) -> Done:
    see(conversation_id=conversation_id, actor=request.actor)
    return Done(back=reverse("conversation", args=[conversation_id]))


@action
def send_again(request: PageRequest, message_id: UUID) -> Done:
    message = resend(message_id=message_id, actor=request.actor)
    return _done(message.conversation_id, Toast(_("It is being sent again.")))


@page
def file(request: PageRequest, attachment_id: UUID) -> Shown:
    """An attachment, always as a download."""
    attachment: Attachment | None = Attachment.objects.filter(id=attachment_id).first()
    if attachment is None:
        raise NotFound
    conversation_id = Message.objects.values_list("conversation_id", flat=True).get(id=attachment.message_id)
    _conversation, item = _found(request.actor, conversation_id)
    path = path_of(attachment.id)
    if is_masked(request.actor, item) or not path.is_file():
        raise NotFound
    return _download(HttpResponse(path.read_bytes()), attachment.name)


@page
def held(request: PageRequest) -> TemplateResponse:
    rows = [(letter, words.REASONS.get(letter.reason, letter.reason)) for letter in held_letters(request.actor)]
    return TemplateResponse(request, "conversations/held.html", {"letters": rows})


@action
def settle(request: PageRequest, letter_id: UUID) -> Done:
    wanted = request.POST.get("take") == "1"
    try:
        settle_held(letter_id=letter_id, take=wanted, actor=request.actor)
    except Invalid:
        raise Invalid(_("It cannot be read. Download it, or discard it.")) from None
    text = _("It came in.") if wanted else _("It was discarded.")
    return Done(back=reverse("conversations-held"), show=_show_held, toast=Toast(text))


@page
def raw(request: PageRequest, letter_id: UUID) -> Shown:
    """A held letter exactly as it came."""
    letter = held_letter(request.actor, letter_id)
    name = f"{letter.id}.{'eml' if letter.channel == 'email' else 'json'}"
    return _download(HttpResponse(bytes(letter.raw)), name)


def _show_held(inside: PageRequest) -> TemplateResponse:
    rows = [(letter, words.REASONS.get(letter.reason, letter.reason)) for letter in held_letters(inside.actor)]
    return TemplateResponse(inside, "conversations/held_rows.html", {"letters": rows})


def _found(actor: Actor, conversation_id: UUID) -> tuple[Conversation, Any]:
    return threads.conversation_for(actor, conversation_id, "item.view")


def _shelf(request: PageRequest, chosen: UUID | None = None) -> Any:
    actor = request.actor
    waiting = 0
    if actor.may("letters.settle", EVERYWHERE):
        waiting = Letter.objects.filter(state="held").count()
    return shelf(actor, tab=request.GET.get("tab", "all"), chosen=chosen, held=waiting)


def _done(conversation_id: UUID, toast: Toast | None = None) -> Done:
    """The conversation again; what was written stands in it and needs no toast."""

    def show(inside: PageRequest) -> TemplateResponse:
        try:
            thread = Thread(inside.actor, *_found(inside.actor, conversation_id))
        except (NotFound, NotAllowed):
            return TemplateResponse(inside, "conversations/gone.html")
        return TemplateResponse(inside, "conversations/conversation.html", {"thread": thread, "level": "thread"})

    return Done(back=reverse("conversation", args=[conversation_id]), show=show, toast=toast)


def _said(error: Invalid) -> RightawayError:
    codes = {row.get("detail", "") for row in error.errors}
    if "empty" in codes:
        return Invalid(_("Write something first."))
    if "too_long" in codes:
        return Invalid(_("That is too long: %(most)s characters at most.") % {"most": 10_000})
    return Invalid(_("Remove the characters that cannot be shown."))


def _download(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Type"] = "application/octet-stream"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _id(request: PageRequest, name: str) -> UUID | None:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None

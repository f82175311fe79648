"""Held letters: what came in and a person has to look at first, because a machine sent it or nobody could read it."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.conversations.models import Letter
from rightaway.intake.doors import RELEASES
from rightaway.ledger.errors import NotFound, WrongState
from rightaway.work import access

MOST_SHOWN = 200


def held_letters(actor: Actor, *, limit: int = MOST_SHOWN) -> list[Letter]:
    """The latest first, without their bytes. Raises NotAllowed."""
    access.require(actor, "letters.settle")
    return list(Letter.objects.filter(state="held").defer("raw").order_by("-at", "-id")[:limit])


def held_letter(actor: Actor, letter_id: UUID) -> Letter:
    """Raises NotFound, NotAllowed."""
    access.require(actor, "letters.settle")
    letter: Letter | None = Letter.objects.filter(id=letter_id, state="held").first()
    if letter is None:
        raise NotFound
    return letter


def settle_held(*, letter_id: UUID, take: bool, actor: Actor) -> Letter:
    """Takes a held letter in, or discards it; its bytes stay. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState (somebody was faster), Invalid (it cannot be read).
    """
    access.require(actor, "letters.settle")
    letter: Letter | None = Letter.objects.select_for_update().filter(id=letter_id).first()
    if letter is None:
        raise NotFound
    if letter.state != "held":
        raise WrongState(state=letter.state, move="settle")
    letter.message_id = RELEASES[letter.channel](letter) if take else None
    letter.state = "done" if take else "discarded"
    Letter.objects.filter(id=letter.id).update(state=letter.state, message_id=letter.message_id)
    return letter

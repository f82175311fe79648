"""An organisation with its doors, and mail set up: `talk.example` is ours."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.conversations.models import Conversation, Delivery, Letter, Message
from rightaway.intake.email.letters import store, thread_address, work_letters
from rightaway.work.actions.reply import Replied, reply
from rightaway.work.actions.save_source import SourceIn, make_source
from tests.making import BOSS, House

DOMAIN = "talk.example"


@dataclass
class Office(House):
    """A house with a mailbox."""

    key: str = ""

    @property
    def mailbox(self) -> str:
        return f"{self.key}@{DOMAIN}"

    def take(self, raw: bytes, to: str = "") -> UUID:
        """A mail comes in and is read. Returns its letter's id."""
        _organisation, letter = store(raw, recipient=to or self.mailbox)
        work_letters(self.id)
        return letter

    def mail(
        self, text: str = "Is it still free?", *, sender: str = "Ana Ruiz <ana@example.com>",
        subject: str = "House", id: str = "<1@example.com>", to: str = "", **headers: str,
    ) -> UUID:  # fmt: skip
        lines = [f"From: {sender}", f"Subject: {subject}", f"Message-ID: {id}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return self.take(("\r\n".join(lines) + f"\r\n\r\n{text}\r\n").encode(), to)

    def thread(self) -> Conversation:
        """The only one."""
        found: Conversation = self.row(Conversation)
        return found

    def thread_address(self) -> str:
        conversation = self.thread()
        with self.inside():
            return thread_address(conversation.id)

    def reply(self, text: str = "Yes.", actor: Actor = BOSS, **more: Any) -> Replied:
        conversation = self.thread()
        with self.inside():
            return reply(conversation_id=conversation.id, text=text, actor=actor, **more)

    def messages(self) -> list[Message]:
        return sorted(self.rows(Message), key=lambda row: row.id)

    def letters(self, state: str) -> list[Letter]:
        return self.rows(Letter, state=state)

    def deliveries(self) -> list[Delivery]:
        return self.rows(Delivery)


def opened(organisation_id: int, kind: Any = "email", **columns: Any) -> tuple[UUID, str]:
    """A new door: (its id, its key)."""
    from rightaway.ledger.tenancy import organisation

    with organisation(organisation_id):
        row = make_source(
            source=SourceIn(kind=kind, name="Door", **{"source": "web", "distribute": False, **columns}), actor=SYSTEM
        )
        return row.id, row.key

"""An answer as a mail. Nothing of it can become a header that was not meant: every value is one line, then encoded."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from rightaway.accounts.models import Organisation
from rightaway.conversations import tokens
from rightaway.conversations.models import Conversation, Message
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent

_LONGEST_SUBJECT: Final = 200
_MOST_REFERENCES: Final = 4
# Ids are never folded: programs that unfold them badly would lose the thread. SMTP takes lines of 998 bytes.
_POLICY: Final = SMTP.clone(max_line_length=990)
_ID: Final = re.compile(r"[!-;=?-~]{3,200}")  # what may stand between < and >


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out: `sender` and `recipient` of the envelope, and the mail's bytes."""

    sender: str
    recipient: str
    content: bytes


def compose(message: Message, recipient: str, *, at: datetime) -> Letter:
    """The mail of one message. The same message gives the same Message-ID each time, so that a second copy of it,
    sent because the first answer was lost, is known as one."""
    conversation: Conversation = message.conversation
    organisation = Organisation.objects.get(id=current_organisation())
    domain = settings.ENVIRONMENT.email_domain
    name = tokens.thread_name(organisation.id, conversation.id)
    back = f"reply+{name}@{domain}"
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(display_name=_from_name(message, organisation.name), username=f"reply+{name}", domain=domain)
    mail["To"] = recipient
    mail["Subject"] = _subject(conversation, organisation.name)
    mail["Date"] = at
    mail["Message-ID"] = f"<{message_name(name, message.id)}@{domain}>"
    if before := _before(conversation, message, name, domain):
        mail["In-Reply-To"] = before[-1]
        mail["References"] = " ".join(before)
    mail["Auto-Submitted"] = "no"
    mail.set_content(message.text, cte="quoted-printable")
    return Letter(sender=back, recipient=recipient, content=mail.as_bytes())


def message_name(thread: str, message_id: UUID) -> str:
    """The left part of a Message-ID: it names the thread and the message, and the thread's name is signed."""
    return f"{thread}.{message_id.hex}"


def _from_name(message: Message, organisation: str) -> str:
    agent = Agent.objects.filter(id=message.agent_id).values_list("name", flat=True).first() if message.agent_id else ""
    return one_line(f"{agent}, {organisation}" if agent else organisation)


def _subject(conversation: Conversation, organisation: str) -> str:
    asked = one_line(conversation.subject)
    if not asked:
        return one_line(_("Your message to %(organisation)s") % {"organisation": organisation})[:_LONGEST_SUBJECT]
    if not Message.objects.filter(conversation=conversation.id, direction="in").exists():
        return asked[:_LONGEST_SUBJECT]  # it is we who began
    is_answer = asked.lower().startswith(("re:", "aw:", "rv:", "fwd:"))
    return (asked if is_answer else f"Re: {asked}")[:_LONGEST_SUBJECT]


def _before(conversation: Conversation, message: Message, name: str, domain: str) -> list[str]:
    """The ids of the mails that went before, the latest last."""
    rows = Message.objects.filter(conversation=conversation.id, id__lt=message.id, direction__in=("in", "out"))
    found = []
    for id, direction, external_id in rows.order_by("-id").values_list("id", "direction", "external_id")[
        :_MOST_REFERENCES
    ]:
        known = f"{message_name(name, id)}@{domain}" if direction == "out" else external_id
        if _ID.fullmatch(known) and "@" in known:
            found.append(f"<{known}>")
    return found[::-1]


def one_line(text: str) -> str:
    """Without line breaks and other controls. An encoded word is no longer one: Python would decode the line break
    that it hides into the header."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.replace("=?", "= ?").split())

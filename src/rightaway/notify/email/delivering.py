"""Sending what agents have answered: each delivery under a lease, outside of any transaction, tried again for a day.

Killed after sending and before saying so, it is sent once more under the same Message-ID: nothing is lost, and mail
programs know the second copy as the first.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.utils import translation

from rightaway.accounts.models import Organisation
from rightaway.contacts.models import Contact
from rightaway.conversations.models import Delivery, Message
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import tell
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import current_organisation, organisation
from rightaway.notify.email.composing import Letter, compose, one_line

LEASE: Final = timedelta(seconds=120)  # longer than a slow mail server takes
TIMEOUT_SECONDS: Final = 20
# Pauses after each failure; after the last one it is dead and a person sees it.
PAUSES: Final = tuple(timedelta(seconds=each) for each in (10, 60, 300, 1800, 7200, 21_600, 43_200))

Send = Callable[[Letter], None]


class Permanent(Exception):
    """The mail server will never take it; the message says why."""


@dataclass(frozen=True, slots=True)
class Claimed:
    delivery_id: UUID
    message_id: UUID
    lease: UUID
    attempts: int
    letter: Letter


def is_set_up() -> bool:
    """Whether mails can be sent at all."""
    return bool(settings.ENVIRONMENT.smtp and settings.ENVIRONMENT.email_domain)


def deliver_due(organisation_id: int, *, limit: int = 50, send: Send | None = None) -> int:
    """Sends up to `limit` mails that are due. Returns how many were tried. Opens its own transactions."""
    if send is None and not is_set_up():
        return 0
    done = 0
    while done < limit and (claimed := _claim(organisation_id)) is not None:
        error, permanent = "", False
        crash_point("delivery_before_sending")
        try:
            (send or send_smtp)(claimed.letter)
        except Permanent as refused:
            error, permanent = str(refused), True
        except (OSError, smtplib.SMTPException) as failed:
            error = one_line(str(failed)) or type(failed).__name__
        crash_point("delivery_after_sending")
        _settle(organisation_id, claimed, error[:500], permanent=permanent)
        done += 1
    return done


def _claim(organisation_id: int) -> Claimed | None:
    """The next one, and the mail it is; nobody else tries it before the lease ends."""
    with organisation(organisation_id):
        now = clock()
        due = Delivery.objects.select_for_update(skip_locked=True).filter(state="queued", due_at__lte=now)
        delivery: Delivery | None = due.order_by("due_at", "id").first()
        if delivery is None:
            return None
        lease = new_id()
        attempts = delivery.attempts + 1
        Delivery.objects.filter(id=delivery.id).update(lease=lease, attempts=attempts, due_at=now + LEASE)
        message = Message.objects.select_related("conversation").get(id=delivery.message_id)
        with translation.override(_language(message)):
            letter = compose(message, delivery.recipient, at=message.at)
        return Claimed(delivery.id, message.id, lease, attempts, letter)


def _language(message: Message) -> str:
    """The customer's, where it is one of ours; else the organisation's."""
    said = Contact.objects.values_list("language", flat=True).get(id=message.conversation.contact_id)
    short = str(said).partition("-")[0]
    if short in dict(settings.LANGUAGES):
        return short
    return str(Organisation.objects.values_list("language", flat=True).get(id=current_organisation()))


def _settle(organisation_id: int, claimed: Claimed, error: str, *, permanent: bool) -> None:
    """Says how it went, unless the lease has gone to somebody else."""
    with organisation(organisation_id):
        now = clock()
        state, due_at = _outcome(claimed.attempts, error, now, permanent=permanent)
        columns: dict[str, Any] = {"state": state, "due_at": due_at, "lease": None, "error": error}
        if state == "sent":
            columns["sent_at"] = now
        mine = Delivery.objects.filter(id=claimed.delivery_id, lease=claimed.lease, state="queued")
        if mine.update(**columns) != 1:
            return
        message = Message.objects.select_related("conversation").get(id=claimed.message_id)
        if state != "queued":
            told = {"sent": "sent", "dead": "failed"}[state]
            Message.objects.filter(id=message.id, state="queued").update(state=told)
        tell([("item", message.conversation.item_id, "message", 0)])


def _outcome(attempts: int, error: str, now: datetime, *, permanent: bool) -> tuple[str, datetime | None]:
    if not error:
        return "sent", None
    if permanent or attempts > len(PAUSES):
        return "dead", None
    return "queued", now + PAUSES[attempts - 1]


def send_smtp(letter: Letter) -> None:
    """Hands one mail to the mail server. Raises Permanent, OSError, smtplib.SMTPException."""
    server = urlsplit(settings.ENVIRONMENT.smtp)
    host, port = server.hostname or "localhost", server.port or {"smtps": 465, "smtp": 587}.get(server.scheme, 25)
    try:
        with _connected(server.scheme, host, port) as smtp:
            if server.username:
                smtp.login(unquote(server.username), unquote(server.password or ""))
            smtp.sendmail(letter.sender, [letter.recipient], letter.content)
    except smtplib.SMTPRecipientsRefused as refused:
        _refuse(*next(iter(refused.recipients.values())))
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        _refuse(error.smtp_code, error.smtp_error)


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    """`smtp` insists on STARTTLS, `smtps` is TLS from the start, `smtp+plain` is for a server on this machine."""
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    smtp = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if scheme == "smtp":
        smtp.starttls(context=context)
    return smtp


def _refuse(code: int, why: bytes | str) -> NoReturn:
    told = one_line(f"{code} {why.decode(errors='replace') if isinstance(why, bytes) else why}")
    if 500 <= code < 600:
        raise Permanent(told)
    raise OSError(told)

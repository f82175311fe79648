"""The listener for mail servers: SMTP, or LMTP behind one of your own. A 250 is said once the mail is stored."""

import asyncio
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, close_old_connections

from rightaway.intake.email.letters import Unknown, mailbox_of, store
from rightaway.intake.email.reading import LARGEST_RAW
from rightaway.ledger.retry import retried

MOST_RECIPIENTS: Final = 20
_SILENT_SECONDS: Final = 60

log = structlog.get_logger()


class Door:
    """What aiosmtpd asks at each step. `stored` is called after each mail that was stored."""

    def __init__(self, stored: Callable[[], None]) -> None:
        self._stored = stored

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            mailbox_of(address)
        except Unknown:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        peer = str(session.peer[0]) if isinstance(session.peer, tuple) else ""
        answers = [await asyncio.to_thread(_store, raw, address, peer) for address in envelope.rcpt_tos]
        self._stored()
        if isinstance(server, LMTP):
            return "\r\n".join(answers)  # one answer for each recipient (RFC 2033, 4.2)
        # In SMTP there is one answer for all: copies that were stored already are known when it comes again.
        return max(answers, key=lambda answer: {"4": 2, "2": 1}.get(answer[0], 0))


def _store(raw: bytes, address: str, peer: str) -> str:
    close_old_connections()
    try:
        retried(lambda: store(raw, recipient=address, peer=peer))
    except Unknown:
        return "550 5.1.1 No such mailbox"
    except (DatabaseError, OSError) as error:
        log.warning("mail_not_stored", error=str(error))
        return "451 4.3.0 Not stored; try again later"
    return "250 2.0.0 Stored"


def listen(address: str, stored: Callable[[], None]) -> Controller:
    """Listens at smtp://host:port or lmtp://host:port, in a thread of its own, until `stop()`. Raises OSError."""
    parts = urlsplit(address)
    protocol = LMTP if parts.scheme == "lmtp" else SMTP

    class Listener(Controller):  # type: ignore[misc]  # the library has no types
        def factory(self) -> Any:
            return protocol(
                self.handler, data_size_limit=LARGEST_RAW, enable_SMTPUTF8=True, timeout=_SILENT_SECONDS,
                hostname="rightaway", ident="rightaway",
            )  # fmt: skip

    controller = Listener(Door(stored), hostname=parts.hostname, port=parts.port or 0)
    controller.start()
    return controller

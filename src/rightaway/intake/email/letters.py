"""Letters: a mail is stored exactly as it came before it is acknowledged, and read afterwards.

`store` is what SMTP, LMTP and the command have in common. `work_letters` reads what is due: each under a lease, in a
process of its own, outside of any transaction. What cannot be read or should not count is held, for a person to see.
"""

import base64
import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from rightaway.accounts.actor import SYSTEM
from rightaway.contacts.normalise import clean_text, email_address
from rightaway.conversations import buckets, tokens
from rightaway.conversations.models import Conversation, Letter, Message, Source
from rightaway.intake.email import reading
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.errors import Invalid, RightawayError
from rightaway.ledger.events import wake_worker
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import current_organisation, organisation
from rightaway.work import threads
from rightaway.work.actions.bounce import bounce
from rightaway.work.actions.hear import Heard, Incoming, hear
from rightaway.work.enquiry import Enquiry
from rightaway.work.threads import File

LEASE: Final = timedelta(seconds=60)
MOST_ATTEMPTS: Final = 5
MOST_EACH_SENDER: Final = 60  # mails an hour; more are held
_READING_SECONDS: Final = 30
_THREAD: Final = "reply+"


class Unknown(RightawayError):
    """No mailbox of ours has this address."""

    slug, status = "unknown-mailbox", 404


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whose an address is: a door's, or the thread's that it names."""

    organisation_id: int
    source_key: str = ""
    conversation_id: UUID | None = None


def mailbox_of(recipient: str) -> Mailbox:
    """The mailbox of an address of our domain. Raises Unknown."""
    local, _, domain = recipient.strip().lower().rpartition("@")
    if not settings.ENVIRONMENT.email_domain or domain != settings.ENVIRONMENT.email_domain:
        raise Unknown
    if local.startswith(_THREAD):
        named = tokens.read_thread_name(local.removeprefix(_THREAD))
        if named is None:
            raise Unknown
        return Mailbox(named[0], conversation_id=named[1])
    organisation_id = tokens.organisation_of(local)
    if organisation_id is None:
        raise Unknown
    return Mailbox(organisation_id, source_key=local)


def thread_address(conversation_id: UUID) -> str:
    """Where a customer's answer to this conversation goes."""
    name = tokens.thread_name(current_organisation(), conversation_id)
    return f"{_THREAD}{name}@{settings.ENVIRONMENT.email_domain}"


def store(raw: bytes, *, recipient: str, peer: str = "") -> tuple[int, UUID]:
    """Stores a mail for good: once this returns, it may be acknowledged. Returns (organisation, letter).

    The same bytes for the same mailbox are one letter. Raises Unknown: no such door, thread or organisation.
    """
    box = mailbox_of(recipient)
    digest = hashlib.sha256(recipient.strip().lower().encode() + b"\0" + raw).digest()
    with organisation(box.organisation_id):
        source = _source(box)
        kept, _made = Letter.objects.get_or_create(
            digest=digest,
            defaults={
                "channel": "email", "source_id": source, "recipient": recipient.strip().lower(), "peer": peer[:200],
                "raw": raw, "due_at": clock(),
            },
        )  # fmt: skip
        crash_point("letter_before_commit")
    return box.organisation_id, kept.id


def _source(box: Mailbox) -> UUID | None:
    """The door's row; none for a thread. Raises Unknown."""
    if box.conversation_id is not None:
        if not Conversation.objects.filter(id=box.conversation_id).exists():
            raise Unknown
        return None
    source: Source | None = Source.objects.filter(key=box.source_key, kind="email", active=True).first()
    if source is None:
        raise Unknown
    return source.id


def work_letters(organisation_id: int, *, limit: int = 20) -> int:
    """Reads up to `limit` letters that are due. Returns how many were taken up; each in transactions of its own."""
    done = 0
    while done < limit and (claimed := _claim(organisation_id)) is not None:
        letter_id, lease, raw = claimed
        found = read_apart(raw)
        crash_point("letter_before_settling")
        with organisation(organisation_id):
            _settle(letter_id, lease, found)
        done += 1
    return done


def _claim(organisation_id: int) -> tuple[UUID, UUID, bytes] | None:
    with organisation(organisation_id):
        now = clock()
        due = Letter.objects.select_for_update(skip_locked=True).filter(state="new", due_at__lte=now)
        letter: Letter | None = due.order_by("due_at", "id").first()
        if letter is None:
            return None
        lease = new_id()
        attempts = letter.attempts + 1
        columns: dict[str, Any] = {"lease": lease, "attempts": attempts, "due_at": now + LEASE * attempts}
        if attempts > MOST_ATTEMPTS:
            columns = {"state": "held", "reason": "unreadable", "due_at": None, "lease": None, "attempts": attempts}
        Letter.objects.filter(id=letter.id).update(**columns)
        return (letter.id, lease, bytes(letter.raw)) if attempts <= MOST_ATTEMPTS else None


def read_apart(raw: bytes) -> dict[str, Any]:
    """What the mail says, read in a process of its own; {"refused": reason} when it cannot be read."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", reading.__file__], input=raw, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=_READING_SECONDS, check=False, env={},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"refused": "too_slow"}
    if done.returncode != 0:
        return {"refused": "unreadable"}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _settle(letter_id: UUID, lease: UUID, found: dict[str, Any]) -> None:
    """Takes the letter in, or holds it. Whoever lost the lease writes nothing."""
    letter: Letter | None = Letter.objects.select_for_update().filter(id=letter_id, lease=lease, state="new").first()
    if letter is None:
        return
    reason = found.get("refused") or _why_hold(letter, found)
    if reason:
        shown = {name: found.get(name, "") for name in ("subject", "text")} if "refused" not in found else {}
        sender = found.get("from") or [["", ""]]
        shown = {"subject": shown.get("subject", ""), "text": shown.get("text", "")[:2000], "from": sender[0][1]}
        _end(letter, state="held", reason=reason, shown=_storable(shown))
        return
    message_id = take_in(letter, found)
    _end(letter, state="done", message_id=message_id)
    wake_worker()


def _end(letter: Letter, **columns: Any) -> None:
    Letter.objects.filter(id=letter.id).update(due_at=None, lease=None, **columns)


def _why_hold(letter: Letter, found: dict[str, Any]) -> str:
    """Why a person has to look at it first; empty when it may come in."""
    if found["bounce"] is not None and any(message_named(each) for each in found["bounce"]["ids"]):
        return ""
    if _thread_of(letter, found) is not None:
        return ""
    if found["bounce"] is not None or found["automatic"]:
        return str(found["automatic"] or "report")
    sender = _sender(found)
    if sender.rpartition("@")[2] == settings.ENVIRONMENT.email_domain:
        return "loop"
    if not sender:
        return "no_sender"
    return "flood" if buckets.overflows(f"mail:{sender}", MOST_EACH_SENDER) else ""


def release(letter: Letter) -> UUID:
    """Takes a held letter in, because a person said so. Raises Invalid when it cannot be read at all."""
    found = read_apart(bytes(letter.raw))
    if "refused" in found:
        raise Invalid(errors=[{"pointer": "", "detail": str(found["refused"])}])
    told = {**found, "automatic": "", "bounce": None}
    return _hear(letter, told, _thread_of(letter, told)).message_id


def take_in(letter: Letter, found: dict[str, Any]) -> UUID | None:
    """The mail as a message of its thread, or of a new one; a delivery report as what it reports (then None)."""
    if found["bounce"] is not None and _report(found["bounce"]):
        return None
    return _hear(letter, found, _thread_of(letter, found)).message_id


def _hear(letter: Letter, found: dict[str, Any], conversation_id: UUID | None) -> Heard:
    source: Source | None = letter.source
    sender = _sender(found)
    name = clean_text(found["from"][0][0])[:300] if found["from"] else ""
    subject, text = _line(found["subject"]), clean_text(found["text"])
    asked = "\n\n".join(part for part in (subject, text) if part)[:20_000]
    enquiry = Enquiry(
        source=source.source if source else "email", name=name or sender or letter.recipient, email=sender or None,
        kind=source.item_kind if source else "lead", line=source.line if source else "", message=asked,
        route=source.distribute if source else True,
    )  # fmt: skip
    if conversation_id is not None:
        enquiry = _as_before(enquiry, conversation_id)
    message = Incoming(
        channel="email", text=text, html=found["html"], subject=subject, sender=sender,
        external_id=_external_id(letter, found), automatic=bool(found["automatic"] or found["bounce"]),
        data={"subject": subject, "dmarc": found["dmarc"], "cut": found["cut"], "name": name},
        files=tuple(_file(each) for each in found["files"]),
    )  # fmt: skip
    return hear(
        message=message, enquiry=enquiry, actor=SYSTEM, source_id=letter.source_id, conversation_id=conversation_id
    )


def _as_before(enquiry: Enquiry, conversation_id: UUID) -> Enquiry:
    """What a new item after a closed one is about: what the thread's item was about."""
    _conversation, item = threads.locked(conversation_id)
    return replace(enquiry, source=item.source or enquiry.source, kind=item.kind, line=item.line)


def _thread_of(letter: Letter, found: dict[str, Any]) -> UUID | None:
    """The thread that the mail proves to answer: by its own address, or by an id of ours that it quotes."""
    own = letter.recipient.partition("@")[0].removeprefix(_THREAD)
    for name in [own, *(each.partition(".")[0] for each in found["threads"])]:
        named = tokens.read_thread_name(name) if len(name) == tokens.THREAD_LENGTH else None
        is_ours = named is not None and named[0] == current_organisation()
        if named is not None and is_ours and Conversation.objects.filter(id=named[1]).exists():
            return named[1]
    return None


def _sender(found: dict[str, Any]) -> str:
    """Whom an answer goes to: Reply-To, else From; normalised, or empty when neither can be an address."""
    for name in ("reply_to", "from"):
        for _name, address in found[name]:
            if (read := email_address(address)) is not None:
                return read
    return ""


def _external_id(letter: Letter, found: dict[str, Any]) -> str:
    """The mail's own id; where it has none, what it consists of."""
    return clean_text(found["message_id"])[:900] or f"sha256:{bytes(letter.digest).hex()}"


def _report(told: dict[str, Any]) -> int:
    """Marks what the report says did not arrive. Returns how many messages of ours that were."""
    named = [sent_as for each in told["ids"] if (sent_as := message_named(each)) is not None]
    return bounce(message_ids=list(dict.fromkeys(named)), reason=clean_text(told["reason"])[:300])


def message_named(message_id: str) -> UUID | None:
    """Our message of a Message-ID that we made: thread.message@domain. None for anybody else's."""
    name, _, rest = message_id.partition(".")
    named = tokens.read_thread_name(name) if len(name) == tokens.THREAD_LENGTH else None
    if named is None or named[0] != current_organisation():
        return None
    try:
        id = UUID(rest.partition("@")[0])
    except ValueError:
        return None
    found: UUID | None = (
        Message.objects.filter(id=id, conversation=named[1], direction="out").values_list("id", flat=True).first()
    )
    return found


def _file(told: dict[str, str]) -> File:
    return File(
        name=_line(told["name"]) or "file", kind=_line(told["kind"])[:100], content=base64.b64decode(told["content"])
    )


def _line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _storable(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: clean_text(str(value)) for name, value in shown.items()}

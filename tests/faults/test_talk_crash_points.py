"""kill -9 at every point of mails in and answers out: an acknowledged mail comes in once, a written answer is sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from django.conf import settings
from django.db import connection

from rightaway.conversations.models import Delivery, Letter, Message
from rightaway.intake.email.letters import store, work_letters
from rightaway.ledger.clock import clock
from rightaway.notify.email.composing import Letter as Mail
from rightaway.notify.email.delivering import deliver_due
from rightaway.work.actions.drip import drip_due, start_drip
from rightaway.work.actions.save_sequence import save_sequence
from rightaway.work.drips import SequenceIn, StepIn
from rightaway.work.models import Drip, Item
from tests.conversations.office import DOMAIN, Office, opened
from tests.faults.killing import KILLED, killed_at
from tests.making import BOSS

IN: Final = ("letter_before_commit", "letter_before_settling", "hear_before_commit")
OUT: Final = ("reply_before_commit", "delivery_before_sending", "delivery_after_sending")
DRIP: Final = ("drip_started_before_commit", "drip_before_commit")
POINTS: Final = (*IN, *OUT, *DRIP)
RAW: Final = b"From: Ana <ana@example.com>\r\nMessage-ID: <1@example.com>\r\nSubject: House\r\n\r\nIs it free?\r\n"


@pytest.fixture
def office(org: int) -> Iterator[Office]:
    before = settings.ENVIRONMENT
    settings.ENVIRONMENT = replace(before, email_domain=DOMAIN, smtp="smtp+plain://127.0.0.1:9")
    made = Office(org, key=opened(org)[1])
    yield made
    settings.ENVIRONMENT = before
    assert made.check() == []


def leases_end(office: Office) -> None:
    """As if the time of whoever was killed were over."""
    with office.inside():
        Letter.objects.filter(state="new").update(due_at=clock() - timedelta(seconds=1))
        Delivery.objects.filter(state="queued").update(due_at=clock() - timedelta(seconds=1))


@pytest.mark.parametrize("point", IN)
def test_a_mail_that_was_acknowledged_comes_in_once(office: Office, point: str) -> None:
    acknowledged = []

    def server() -> None:
        store(RAW, recipient=office.mailbox)
        work_letters(office.id)

    assert killed_at(point, server) == KILLED
    kept = office.rows(Letter)
    if point == "letter_before_commit":
        assert kept == []  # never acknowledged: the mail server has it still
    else:
        acknowledged = [letter.id for letter in kept if letter.state == "new"]
        assert len(acknowledged) == 1 and office.rows(Message) == []
    leases_end(office)
    server()  # the mail server comes again, or somebody else goes on
    work_letters(office.id)
    assert [message.text for message in office.messages()] == ["Is it free?"]
    assert [letter.state for letter in office.rows(Letter)] == ["done"]


@pytest.mark.parametrize("point", OUT)
def test_an_answer_that_was_written_is_sent_under_one_id(office: Office, point: str) -> None:
    office.mail()
    sent: list[bytes] = []

    def send(mail: Mail) -> None:
        sent.append(mail.content)

    def answering() -> None:
        office.reply(key="k")
        deliver_due(office.id, send=send)

    doing: dict[str, Callable[[], Any]] = {"reply_before_commit": answering}
    if point != "reply_before_commit":
        office.reply(key="k")
    assert killed_at(point, doing.get(point, lambda: deliver_due(office.id, send=send))) == KILLED
    connection.close()
    if point == "reply_before_commit":
        assert office.deliveries() == []
    leases_end(office)
    answering()
    answering()
    assert len(sent) == 1 and office.messages()[1].id.hex.encode() in sent[0]
    assert [delivery.state for delivery in office.deliveries()] == ["sent"]


@pytest.mark.parametrize("point", DRIP)
def test_a_sequence_begins_once_and_each_of_its_mails_goes_out_once(office: Office, point: str) -> None:
    office.mail()
    item = office.row(Item).id
    with office.inside():
        wanted = SequenceIn(key="k", name="n", subject="s", steps=[StepIn(text="One"), StepIn(text="Two")])
        which = save_sequence(sequence=wanted, actor=BOSS).sequence_id

    def begin() -> None:
        with office.inside():
            start_drip(item_id=item, sequence_id=which, actor=BOSS)

    if point == "drip_before_commit":
        begin()
    before = [row.sent for row in office.rows(Drip)]
    doing = begin if point == "drip_started_before_commit" else lambda: drip_due(office.id)
    assert killed_at(point, doing) == KILLED
    connection.close()
    assert [row.sent for row in office.rows(Drip)] == before and office.deliveries() == []
    if not before:
        begin()
    while drip_due(office.id):
        pass
    assert [message.text for message in office.messages()][1:] == ["One", "Two"]
    assert len(office.deliveries()) == 2 and office.row(Drip).state == "done"

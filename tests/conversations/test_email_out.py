"""Answers out: written with the reply, sent once the transaction is there, by whoever holds the lease."""

import email
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.message import Message as Mail
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

from rightaway.contacts.models import Contact, Entry
from rightaway.conversations.models import Conversation, Delivery, Undeliverable
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import AddressBounced, NoAddress, NotAllowed, NotFound, SendingNotSetUp
from rightaway.notify.email import delivering
from rightaway.notify.email.composing import Letter
from rightaway.notify.email.delivering import Permanent, deliver_due
from rightaway.people.models import AgentState
from rightaway.work.actions.reply import reply
from rightaway.work.models import Item
from tests.conversations.office import Office
from tests.making import BOSS, works_as
from tests.server.running import free_port


class Sink:
    """A mail server that keeps what it gets; `refuse` is what it says instead."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.refuse = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.mails.append(email.message_from_bytes(envelope.content))
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[Sink]:
    found, port = Sink(), free_port()
    controller = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, smtp=f"smtp+plain://127.0.0.1:{port}")
    yield found
    controller.stop()


def again(office: Office) -> None:
    """As if the time of the next try had come."""
    with office.inside():
        Delivery.objects.filter(state="queued").update(due_at=clock() - timedelta(seconds=1))


def test_an_answer_reaches_the_customer_and_theirs_comes_back(office: Office, sink: Sink) -> None:
    office.mail("Is it free?", subject="House")
    office.reply("Yes, it is.\n\nWhen would you come?")
    assert office.deliveries()[0].state == "queued" and sink.mails == []
    assert deliver_due(office.id) == 1
    mail = sink.mails[0]
    assert (mail["To"], mail["Subject"], mail["In-Reply-To"]) == ("ana@example.com", "Re: House", "<1@example.com>")
    assert str(mail.get_payload()).startswith("Yes, it is.")
    sender = email.utils.parseaddr(mail["From"])
    assert sender[0] == "Casa & Co." and sink.envelopes[0] == (sender[1], ["ana@example.com"])
    assert (office.messages()[1].state, office.deliveries()[0].state) == ("sent", "sent")
    office.mail("On Saturday", id="<2@example.com>", to=sender[1])
    assert len(office.rows(Conversation)) == 1 and office.messages()[2].text == "On Saturday"
    office.reply("Fine.")
    deliver_due(office.id)
    assert sink.mails[1]["References"].split() == ["<1@example.com>", mail["Message-ID"], "<2@example.com>"]


def test_sending_is_an_attempt(office: Office) -> None:
    agent = office.agent()
    office.mail()
    item = office.row(Item)
    office.reply(actor=works_as(agent), take=True)
    entry = office.row(Entry, kind="email")
    assert (entry.action, entry.agent_id, entry.text) == ("attempt", agent, "Yes.")
    after = office.row(Item)
    assert (after.owner_id, after.state, after.unanswered_since) == (agent, "assigned", None)
    assert item.unanswered_since is not None and after.first_attempt_at is not None
    assert office.row(AgentState, agent=agent).unanswered == 0
    assert office.check() == []


def test_who_may_answer(office: Office, other_org: int) -> None:
    mine, other = office.agent(), office.agent()
    office.mail()
    with pytest.raises(NotAllowed):  # an agent sees unassigned work, and takes it before answering
        office.reply(actor=works_as(mine))
    office.reply(actor=works_as(mine), take=True)
    with pytest.raises(NotFound):
        office.reply(actor=works_as(other))
    with pytest.raises(NotFound):
        office.reply(actor=works_as(other), take=True)
    office.reply(actor=BOSS)
    theirs, id = Office(other_org), office.thread().id
    with theirs.inside(), pytest.raises(NotFound):
        reply(conversation_id=id, text="x", actor=BOSS)
    assert len(office.deliveries()) == 2


def test_pressing_twice_sends_once(office: Office, sink: Sink) -> None:
    office.mail()
    first, second = office.reply(key="k"), office.reply(key="k")
    assert first.message_id == second.message_id
    deliver_due(office.id)
    deliver_due(office.id)
    assert len(sink.mails) == 1 and len(office.rows(Entry, kind="email")) == 1


@pytest.mark.parametrize(
    "bad", ["a\r\nBcc: victim@x.example", "a\nSubject: b", "=?utf-8?q?a=0d=0aBcc:_v@x?=", "a\u2028b", "a\x0bb", "<x>"]
)
def test_no_text_becomes_a_header(office: Office, sink: Sink, bad: str) -> None:
    office.mail()
    agent = office.agent()
    with office.inside():
        from rightaway.people.models import Agent

        Conversation.objects.update(subject=bad)
        Agent.objects.filter(id=agent).update(name=bad)
        Contact.objects.update(name=bad)
    office.reply(bad.replace("\x0b", ""), actor=works_as(agent), take=True)
    deliver_due(office.id)
    (mail,) = sink.mails
    assert mail["Bcc"] is None and len(mail.get_all("Subject", [])) == 1
    assert sink.envelopes[0][1] == ["ana@example.com"]
    assert len(mail.get_all("From", [])) == len(mail.get_all("To", [])) == 1


def test_a_passing_failure_is_tried_again_and_at_last_a_person_sees_it(office: Office, sink: Sink) -> None:
    office.mail()
    office.reply()
    sink.refuse = "451 later"
    deliver_due(office.id)
    tried = office.deliveries()[0]
    assert (tried.state, tried.attempts, tried.error) == ("queued", 1, "451 later")
    assert deliver_due(office.id) == 0  # not before its time
    for _ in delivering.PAUSES:
        again(office)
        deliver_due(office.id)
    assert office.deliveries()[0].state == "dead" and office.messages()[1].state == "failed"


def test_a_lasting_refusal_is_dead_at_once(office: Office, sink: Sink) -> None:
    office.mail()
    office.reply()
    sink.refuse = "550 no such user"
    deliver_due(office.id)
    dead = office.deliveries()[0]
    assert (dead.state, dead.error, dead.due_at) == ("dead", "550 no such user", None)


def test_without_a_mail_server_nothing_is_promised(office: Office) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, smtp="")
    office.mail()
    with pytest.raises(SendingNotSetUp):
        office.reply()
    assert office.rows(Delivery) == [] and deliver_due(office.id) == 0


def test_a_bounced_address_gets_nothing_more(office: Office) -> None:
    office.mail()
    with office.inside():
        Undeliverable.objects.create(address="ana@example.com", at=clock())
    with pytest.raises(AddressBounced):
        office.reply()
    assert office.rows(Delivery) == [] and office.row(Item).unanswered_since is not None


def test_without_an_address_nothing_is_written(office: Office) -> None:
    office.mail()
    with office.inside():
        from rightaway.contacts.models import Identity

        Identity.objects.all().delete()
    with pytest.raises(NoAddress):
        office.reply()
    assert [each.direction for each in office.messages()] == ["in"]


def test_two_workers_send_each_mail_once(office: Office) -> None:
    office.mail()
    for number in range(8):
        office.reply(str(number))
    sent: list[str] = []

    def send(letter: Letter) -> None:
        sent.append(email.message_from_bytes(letter.content)["Message-ID"])

    def work(_: int) -> int:
        try:
            return deliver_due(office.id, send=send)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 8
    assert len(sent) == len(set(sent)) == 8
    assert {delivery.state for delivery in office.deliveries()} == {"sent"}


def test_a_frozen_worker_who_wakes_after_its_lease_changes_nothing(office: Office) -> None:
    office.mail()
    office.reply()
    sent = []

    def slow(letter: Letter) -> None:
        sent.append(letter)
        if len(sent) == 1:  # while it sleeps its lease ends, and somebody else sends
            again(office)
            deliver_due(office.id, send=slow)
            raise Permanent("too late to say so")

    deliver_due(office.id, send=slow)
    assert office.deliveries()[0].state == "sent" and office.messages()[1].state == "sent"

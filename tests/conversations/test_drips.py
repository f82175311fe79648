"""Sequences of e-mails: they go out one after the other over SMTP, once each, and an answer ends them."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from pydantic import ValidationError

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Contact, Entry
from rightaway.conversations.models import Conversation, Message, Undeliverable
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import (
    AddressBounced,
    Conflict,
    NoAddress,
    NotAllowed,
    NotFound,
    RightawayError,
    SendingNotSetUp,
    WrongState,
)
from rightaway.ledger.models import Event
from rightaway.notify.email.delivering import deliver_due
from rightaway.people.models import Agent
from rightaway.work.actions.assign import assign
from rightaway.work.actions.drip import drip_due, start_drip, stop_drip
from rightaway.work.actions.finish import finish
from rightaway.work.actions.receive import receive
from rightaway.work.actions.save_sequence import save_sequence
from rightaway.work.actions.touch import touch
from rightaway.work.drips import SequenceIn, StepIn
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Drip, Item, Sequence
from tests.calling import new_person
from tests.conversations.office import Office
from tests.conversations.test_email_out import Sink, sink
from tests.making import BOSS, House, works_as
from tests.web.test_my_work import browser, page

__all__ = ["sink"]
DAY = 1440


def sequence(office: Office, *steps: tuple[int, str], key: str = "welcome", **more: Any) -> UUID:
    texts = steps or ((0, "Hello {first_name}, {agent} here."), (2 * DAY, "Still looking?"))
    with office.inside():
        wanted = SequenceIn(
            key=key, name="Welcome", subject="Your house", steps=[StepIn(after_minutes=m, text=t) for m, t in texts],
            **more,
        )  # fmt: skip
        return save_sequence(sequence=wanted, actor=BOSS).sequence_id


def wrote(office: Office) -> UUID:
    """Somebody who wrote, and the item about them."""
    office.mail("Is it free?", sender="Ana Ruiz <ana@example.com>")
    item: UUID = office.row(Item).id
    return item


def begun(office: Office, item: UUID, which: UUID, actor: Actor = BOSS) -> UUID:
    with office.inside():
        return start_drip(item_id=item, sequence_id=which, actor=actor).drip_id


def later(office: Office) -> int:
    """As if the time of the next step had come."""
    with office.inside():
        Drip.objects.filter(state="running").update(due_at=clock() - timedelta(seconds=1))
    return drip_due(office.id)


def test_each_goes_out_in_its_time_filled_in_as_a_thread_of_its_own(office: Office, sink: Sink) -> None:
    item, agent = wrote(office), office.agent()
    with office.inside():
        Agent.objects.filter(id=agent).update(name="Eva Luna")
        assign(item_id=item, agent_id=agent, actor=BOSS)
    drip = begun(office, item, sequence(office), works_as(agent))
    assert drip_due(office.id) == 1 and drip_due(office.id) == 0
    row = office.row(Drip, id=drip)
    assert (row.sent, row.state) == (1, "running")
    assert row.due_at is not None and timedelta(days=2) - timedelta(minutes=1) < row.due_at - clock() < timedelta(
        days=2
    )
    assert later(office) == 1
    assert office.row(Drip, id=drip).state == "done" and later(office) == 0
    assert deliver_due(office.id) == 2
    first, second = sink.mails
    assert (first["To"], first["Subject"], first["In-Reply-To"]) == ("ana@example.com", "Your house", None)
    assert str(first.get_payload()).startswith("Hello Ana, Eva Luna here.")
    assert second["In-Reply-To"] == first["Message-ID"]
    with office.inside():
        assert Conversation.objects.count() == 2
        kinds = list(Event.objects.filter(subject_kind="drip").order_by("seq").values_list("kind", flat=True))
        assert kinds == ["started", "sent", "sent", "done"]
        assert list(Entry.objects.filter(kind="drip").values_list("action", flat=True)) == ["none", "none"]


def test_a_machine_s_mail_leaves_the_question_open_but_counts_as_written_to(office: Office, sink: Sink) -> None:
    item, agent = wrote(office), office.agent()
    with office.inside():
        assign(item_id=item, agent_id=agent, actor=BOSS)
    begun(office, item, sequence(office), works_as(agent))
    drip_due(office.id)
    row = office.row(Item, id=item)
    assert row.unanswered_since is not None and row.first_attempt_at is None
    assert row.mailed_at is not None


def test_an_answer_in_any_thread_ends_it_and_a_machine_s_does_not(office: Office, sink: Sink) -> None:
    item = wrote(office)
    drip = begun(office, item, sequence(office))
    drip_due(office.id)
    office.mail("I am away", id="<2@example.com>", Auto_Submitted="auto-replied")
    assert office.row(Drip, id=drip).state == "running"
    office.mail("Yes!", id="<3@example.com>")
    row = office.row(Drip, id=drip)
    assert (row.state, row.reason, row.due_at) == ("stopped", "replied", None)
    assert later(office) == 0


def test_asking_again_or_being_spoken_to_ends_it_and_an_attempt_does_not(office: Office, sink: Sink) -> None:
    item, which = wrote(office), sequence(office)
    drip = begun(office, item, which)
    with office.inside():
        touch(item_id=item, kind="call", outcome="no_answer", actor=BOSS)
    assert office.row(Drip, id=drip).state == "running"
    with office.inside():
        receive(enquiry=Enquiry(source="portal", email="ana@example.com"), actor=BOSS)
    assert office.row(Drip, id=drip).reason == "replied"
    again = begun(office, item, which)
    with office.inside():
        touch(item_id=item, kind="call", outcome="connected", actor=BOSS)
    assert office.row(Drip, id=again).reason == "replied"


def test_it_ends_when_the_item_is_finished_or_somebody_stops_it(office: Office, sink: Sink) -> None:
    item, which = wrote(office), sequence(office)
    drip = begun(office, item, which)
    with office.inside():
        assert stop_drip(drip_id=drip, actor=BOSS).sent == 0
    with office.inside(), pytest.raises(WrongState):
        stop_drip(drip_id=drip, actor=BOSS)
    again = begun(office, item, which)
    with office.inside():
        finish(item_id=item, outcome="lost", actor=BOSS)
    assert [office.row(Drip, id=each).reason for each in (drip, again)] == ["by_hand", "closed"]
    assert later(office) == 0 and sink.mails == []


def refused(office: Office, item: UUID, which: UUID, error: type[RightawayError], actor: Actor = BOSS) -> None:
    with pytest.raises(error), office.inside():
        start_drip(item_id=item, sequence_id=which, actor=actor)
    assert [row for row in office.rows(Conversation) if row.subject == "Your house"] == []


def test_it_is_refused_where_it_cannot_be(office: Office, other_org: int) -> None:
    item, which = wrote(office), sequence(office)
    stranger = new_person(office.id)
    refused(office, item, which, NotAllowed, works_as(stranger.agent_id))
    refused(office, item, UUID(int=7), NotFound)
    refused(office, office.item(), which, NoAddress)
    with office.inside():
        Sequence.objects.update(active=False)
    refused(office, item, which, WrongState)
    with office.inside():
        Sequence.objects.update(active=True)
        Undeliverable.objects.create(address="ana@example.com", reason="gone", at=clock())
    refused(office, item, which, AddressBounced)
    before = settings.ENVIRONMENT
    settings.ENVIRONMENT = replace(before, smtp="")
    refused(office, item, which, SendingNotSetUp)
    settings.ENVIRONMENT = before
    with office.inside():
        Undeliverable.objects.all().delete()
    begun(office, item, which)
    with pytest.raises(Conflict), office.inside():
        start_drip(item_id=item, sequence_id=which, actor=BOSS)
    elsewhere = Office(other_org)
    with pytest.raises(NotFound), elsewhere.inside():
        start_drip(item_id=item, sequence_id=which, actor=BOSS)


def test_an_address_that_bounced_on_the_way_ends_it(office: Office, sink: Sink) -> None:
    drip = begun(office, wrote(office), sequence(office))
    with office.inside():
        Undeliverable.objects.create(address="ana@example.com", reason="gone", at=clock())
    assert drip_due(office.id) == 1
    assert (office.row(Drip, id=drip).reason, sink.mails) == ("bounced", [])


def test_several_workers_send_each_step_once_and_what_changed_since_goes_on_as_it_began(
    office: Office, sink: Sink
) -> None:
    drip = begun(office, wrote(office), sequence(office, (0, "One"), (0, "Two"), (0, "Three")))
    sequence(office, (0, "Something else"))

    def work(_: int) -> int:
        done = sum(drip_due(office.id) for _ in range(3))
        connection.close()
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 3
    assert deliver_due(office.id) == 3
    assert [str(mail.get_payload()).strip() for mail in sink.mails] == ["One", "Two", "Three"]
    assert office.row(Drip, id=drip).state == "done"


def test_names_are_filled_in_as_text_and_only_once(office: Office, sink: Sink) -> None:
    item = wrote(office)
    with office.inside():
        Contact.objects.update(name="{organisation} <b>\nBcc: x@example.com")
    begun(office, item, sequence(office, (0, "Dear {name}, {unknown} {agent}")))
    drip_due(office.id)
    deliver_due(office.id)
    text = str(sink.mails[0].get_payload())
    assert "Dear {organisation} <b>" in text and "{unknown}" in text and sink.mails[0]["Bcc"] is None


@pytest.mark.parametrize(
    "steps", [[], [{"text": ""}], [{"text": "x", "after_minutes": -1}], [{"text": "a\x00"}], [{"text": "x"}] * 11]
)
def test_a_sequence_that_cannot_be_is_refused(steps: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        SequenceIn.model_validate({"key": "k", "name": "n", "subject": "s", "steps": steps})


@pytest.mark.parametrize(
    ("language", "begins", "shown"), [("en", "Begin", "0 of 2 sent"), ("es", "Empezar", "0 de 2 enviados")]
)
def test_on_the_pages_one_is_made_begun_and_stopped(office: Office, language: str, begins: str, shown: str) -> None:
    boss = new_person(office.id, Role.COMPANY_MANAGER, name="Rosa Medina")
    client, item = browser(boss, language), wrote(office)
    sent = {
        "name": "Welcome", "subject": "Your house", "active": "on", "after_0": "0", "unit_0": "1440",
        "text_0": "Hello {first_name}", "after_1": "2", "unit_1": "60", "text_1": "Still looking?", "text_2": " ",
    }  # fmt: skip
    assert client.post("/settings/sequences/new", sent).status_code == 302
    row = office.row(Sequence)
    assert [step["after_minutes"] for step in row.steps] == [0, 120]
    seen = page(client, f"/settings/sequences/{row.id}")
    assert "Hello {first_name}" in seen and 'name="text_2"' in seen
    etag = re.findall(r'name="etag" value="(\w+)"', seen)[0]
    wrong = client.post(f"/settings/sequences/{row.id}", {**sent, "text_0": "", "text_1": "", "etag": etag})
    assert wrong.status_code == 422 and len(office.row(Sequence).steps) == 2
    assert client.post(f"/settings/sequences/{row.id}", {**sent, "after_1": "3", "etag": etag}).status_code == 302
    assert client.post(f"/settings/sequences/{row.id}", {**sent, "etag": etag}).status_code == 422
    assert begins in page(client, f"/contacts/{item}")
    assert client.post(f"/contacts/{item}/do/drip", {"sequence": str(row.id)}).status_code == 302
    assert shown in page(client, f"/contacts/{item}") and begins not in page(client, f"/contacts/{item}/part/sequence")
    drip = office.row(Drip)
    assert client.post(f"/contacts/{item}/do/drip/{drip.id}/stop").status_code == 302
    assert office.row(Drip).reason == "by_hand"


def test_only_company_managers_change_sequences_and_agents_begin_them(office: Office) -> None:
    which, item = sequence(office), wrote(office)
    agent = new_person(office.id)
    with office.inside():
        assign(item_id=item, agent_id=agent.agent_id, actor=BOSS)
    assert browser(agent).get("/settings/sequences").status_code == 403
    assert (
        agent.api.post("/sequences", {"key": "x", "name": "x", "subject": "x", "steps": [{"text": "x"}]}).status_code
        == 403
    )
    assert [row["id"] for row in agent.api.get("/sequences").json()] == [str(which)]
    made = agent.api.post(f"/items/{item}/drips", {"sequence_id": str(which)})
    assert made.status_code == 201, made.content
    assert [row["state"] for row in agent.api.get(f"/items/{item}/drips").json()] == ["running"]
    assert agent.api.post(f"/drips/{made.json()['drip_id']}/stop").json()["sent"] == 0
    assert agent.api.post(f"/drips/{made.json()['drip_id']}/stop").status_code == 409


def test_a_message_of_a_sequence_is_in_its_thread(office: Office, sink: Sink) -> None:
    drip = begun(office, wrote(office), sequence(office))
    drip_due(office.id)
    (message,) = [row for row in office.rows(Message) if row.direction == "out"]
    assert message.data == {"drip": str(drip), "step": 1}
    assert House(office.id).check() == []

"""The pages of conversations: who sees what, what answering there does, and that nothing of it acts."""

import json
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client

from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.conversations.models import Attachment, Delivery, Seen
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent
from rightaway.work.actions.finish import finish
from rightaway.work.actions.found import add_member
from rightaway.work.actions.link_agent import link_agent
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item, Offer
from tests.conversations.office import Office, opened
from tests.making import BOSS

CANARY = "Canaria Quetzalcoatl"
XSS = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def member(office: Office, role: Role, *, agent: UUID | None = None, language: str = "en") -> Client:
    user = User.objects.create_user(f"{uuid4()}@example.com", name="Somebody", language=language)
    membership = add_member(organisation_id=office.id, user=user, role=role)
    if agent is not None:
        with office.inside():
            link_agent(agent_id=agent, membership_id=membership, actor=BOSS)
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


@pytest.fixture
def boss(office: Office) -> Client:
    return member(office, Role.COMPANY_MANAGER, agent=office.agent())


def text(client: Client, path: str, status: int = 200, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


def one(office: Office) -> str:
    return f"/conversations/{office.thread().id}"


def every_byte(client: Client, office: Office) -> str:
    pages = ["/conversations", "/conversations/list", one(office)]
    pages += [f"{one(office)}/part/{name}" for name in ("head", "lines", "panel")]
    found = []
    for page in pages:
        answer = client.get(page)
        found.append(answer.content.decode() + repr(dict(answer.headers)))
    return "\n".join(found)


def test_who_waits_longest_stands_on_top(office: Office, boss: Client) -> None:
    for number in range(3):
        office.mail(f"question {number}", sender=f"P{number} <p{number}@example.com>", id=f"<{number}@example.com>")
    shown = text(boss, "/conversations/list")
    places = [shown.index(f"question {number}") for number in range(3)]
    assert places == sorted(places)
    assert "Nobody is waiting." in text(boss, "/conversations/list?tab=mine")
    assert "Nobody is waiting." not in text(boss, "/conversations/list?tab=unassigned")


def test_empty_it_says_that_nobody_waits(office: Office, boss: Client) -> None:
    assert "Nobody is waiting." in text(boss, "/conversations")
    assert "Nadie espera." in text(member(office, Role.AGENT, agent=office.agent(), language="es"), "/conversations")


def test_answering_takes_it_and_sends(office: Office, boss: Client) -> None:
    office.mail()
    sent = boss.post(f"{one(office)}/reply", {"text": "Yes", "take": "1", "key": "k"}, headers={"HX-Request": "true"})
    assert sent.status_code == 200 and 'id="conversation"' in sent.content.decode()
    assert office.row(Item).owner_id is not None and len(office.deliveries()) == 1
    boss.post(f"{one(office)}/reply", {"text": "Yes", "take": "1", "key": "k"})
    assert len(office.deliveries()) == 1


def test_send_only_leaves_it_unassigned(office: Office, boss: Client) -> None:
    office.mail()
    shown = text(boss, one(office))
    assert "Send only" in shown and "Assign me and send" in shown
    boss.post(f"{one(office)}/reply", {"text": "Yes", "take": "0"})
    assert office.row(Item).owner_id is None and len(office.deliveries()) == 1


def test_what_cannot_be_sent_is_refused_in_words_and_nothing_is_lost(office: Office, boss: Client) -> None:
    office.mail()
    for bad in ("", "   ", "x" * 10_001, "a\x00b"):
        answer = boss.post(f"{one(office)}/reply", {"text": bad, "take": "1"}, headers={"HX-Request": "true"})
        assert answer.status_code == 422 and answer.headers["HX-Reswap"] == "none"
        assert json.loads(answer.headers["HX-Trigger"])["toast"]["kind"] == "bad"
    assert office.row(Item).owner_id is None and office.deliveries() == []


def test_a_note_stays_among_us(office: Office, boss: Client) -> None:
    office.mail()
    boss.post(f"{one(office)}/note", {"text": "Has a loan"})
    assert "Internal note by" in text(boss, one(office))
    assert office.deliveries() == [] and office.thread().waits_since is not None


def test_a_masked_conversation_shows_nothing_of_the_person(office: Office) -> None:
    agent = office.agent()
    client = member(office, Role.AGENT, agent=agent)
    office.take(
        f"From: {CANARY} <canary@quetzal.example>\r\nMessage-ID: <c@x>\r\nSubject: {CANARY}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nBusco un jardin secreto\r\n--b\r\n"
        'Content-Disposition: attachment; filename="quetzal.pdf"\r\n\r\nx\r\n--b--\r\n'.encode()
    )
    with office.inside():
        from rightaway.work.actions.remark import remark

        remark(conversation_id=office.thread().id, text="quetzal said so", actor=BOSS)
    told = every_byte(client, office).lower()
    assert "canaria" not in told and "quetzal" not in told and "secreto" not in told
    attachment = office.row(Attachment)
    assert client.get(f"/conversations/files/{attachment.id}").status_code == 404
    client.post(f"{one(office)}/claim")
    told = every_byte(client, office)
    assert CANARY in told and "secreto" in told and "quetzal.pdf" in told


def test_somebody_elses_conversation_is_not_there(office: Office, other_org: int, boss: Client) -> None:
    theirs = Office(other_org, key=opened(other_org)[1])
    theirs.take(
        f"From: {CANARY} <c@x.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        '--b\r\n\r\nhello\r\n--b\r\nContent-Disposition: attachment; filename="a"\r\n\r\nx\r\n--b--\r\n'.encode()
    )
    theirs.mail(Precedence="bulk", id="<h@x>")
    id, held = theirs.thread().id, theirs.letters("held")[0].id
    message = theirs.messages()[0].id
    for path in (f"/conversations/{id}", f"/conversations/{id}/part/panel", f"/conversations/held/{held}/raw",
                 f"/conversations/files/{theirs.row(Attachment).id}"):  # fmt: skip
        answer = boss.get(path)
        assert CANARY not in answer.content.decode()
        assert answer.status_code == 404 or "somebody else" in answer.content.decode()
    for path in (f"{id}/reply", f"{id}/note", f"{id}/claim", f"{id}/close", f"{id}/seen", f"held/{held}",
                 f"messages/{message}/resend"):  # fmt: skip
        answer = boss.post(f"/conversations/{path}", {"text": "x", "take": "1"}, headers={"HX-Request": "true"})
        assert answer.status_code == 404, path
    assert len(theirs.messages()) == 1 and theirs.rows(Delivery) == [] and theirs.rows(Seen) == []
    assert theirs.letters("held")[0].id == held


def test_an_attachment_is_a_download_that_can_do_nothing(office: Office, boss: Client) -> None:
    office.take(
        b"From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nx\r\n--b\r\n"
        b'Content-Type: image/svg+xml\r\nContent-Disposition: attachment; filename="a\\"b.svg"\r\n\r\n'
        b"<svg onload=alert(1)>\r\n--b--"
    )
    answer = boss.get(f"/conversations/files/{office.row(Attachment).id}")
    assert answer.content.startswith(b"<svg")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert "\n" not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_canaries_are_inert_everywhere(office: Office, boss: Client) -> None:
    office.take(
        f'From: "{XSS.replace(chr(34), "")}" <x@example.com>\r\nMessage-ID: <x@x>\r\n'
        f"Subject: {XSS}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        f"Content-Type: text/html\r\n\r\n<p>{XSS}</p>\r\n--b\r\n"
        "Content-Disposition: attachment; filename*=utf-8''%3Cimg%20src%3Dx%20onerror%3Dalert(3)%3E\r\n\r\n"
        "x\r\n--b--".encode()
    )
    with office.inside():
        Agent.objects.update(name=XSS)
    boss.post(f"{one(office)}/reply", {"text": XSS, "take": "1"})
    boss.post(f"{one(office)}/note", {"text": XSS})
    told = every_byte(boss, office)
    assert "<img src=x" not in told and "<script>alert" not in told
    assert "&lt;img src=x" in told


def test_held_letters_are_for_managers_and_none_is_lost(office: Office, boss: Client) -> None:
    office.mail("Big sale", Precedence="bulk", subject="News")
    agent = member(office, Role.AGENT, agent=office.agent())
    assert agent.get("/conversations/held").status_code == 403
    assert "1 letter is held" in text(boss, "/conversations") and "letter is held" not in text(agent, "/conversations")
    assert "Big sale" in text(boss, "/conversations/held")
    letter = office.letters("held")[0]
    assert boss.get(f"/conversations/held/{letter.id}/raw").content == bytes(letter.raw)
    assert (
        agent.post(f"/conversations/held/{letter.id}", {"take": "1"}, headers={"HX-Request": "true"}).status_code == 403
    )
    boss.post(f"/conversations/held/{letter.id}", {"take": "1"})
    assert len(office.rows(Item)) == 1
    again = boss.post(f"/conversations/held/{letter.id}", {"take": "1"}, headers={"HX-Request": "true"})
    assert again.status_code == 409 and len(office.messages()) == 1


def test_a_call_answers_too_and_the_end_closes_the_thread(office: Office, boss: Client) -> None:
    office.mail()
    item = office.row(Item)
    with office.inside():
        touch(item_id=item.id, actor=BOSS, kind="call", outcome="connected")
    assert office.thread().waits_since is None
    with office.inside():
        finish(item_id=item.id, outcome="won", actor=BOSS)
    assert office.thread().state == "closed"
    assert "Nobody is waiting." in text(boss, "/conversations/list")
    office.mail("Again", id="<2@example.com>", to=office.thread_address())
    assert office.thread().state == "open"


def test_without_sending_set_up_the_page_says_so(office: Office, boss: Client) -> None:
    from dataclasses import replace

    office.mail()
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, smtp="")
    shown = text(boss, one(office))
    assert "Sending e-mail is not set up here." in shown and 'id="reply-text"' not in shown


def test_what_failed_is_shown_and_tried_again(office: Office, boss: Client) -> None:
    office.mail()
    office.reply()
    with office.inside():
        from rightaway.conversations.models import Message

        Delivery.objects.update(state="dead", due_at=None, error="550 no such user")
        Message.objects.filter(direction="out").update(state="failed")
    shown = text(boss, one(office))
    assert "Not delivered" in shown and "550 no such user" in shown
    boss.post(f"/conversations/messages/{office.messages()[1].id}/resend")
    assert office.deliveries()[0].state == "queued" and office.messages()[1].state == "queued"


def test_reading_it_is_remembered_for_each_member(office: Office, boss: Client) -> None:
    office.mail()
    assert "unread" in text(boss, "/conversations/list")
    boss.post(f"{one(office)}/seen")
    assert "unread" not in text(boss, "/conversations/list")
    assert "unread" in text(member(office, Role.ORGANISATION_MANAGER, agent=office.agent()), "/conversations/list")


def test_a_colleague_gets_it_while_it_is_open(office: Office) -> None:
    mine, other = office.agent(), office.agent()
    client = member(office, Role.AGENT, agent=mine)
    office.mail()
    item = office.row(Item)
    office.offered(item.id, mine)
    assert client.get(one(office)).status_code == 200
    with office.inside():
        from rightaway.work.actions.assign import assign

        assign(item_id=item.id, agent_id=other, actor=BOSS)
        assert not Offer.objects.filter(state="open").exists()
    assert client.get(one(office)).status_code == 404
    assert "somebody else" in text(client, f"{one(office)}/part/lines")


def test_five_hundred_conversations_cost_a_few_queries(office: Office, boss: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            text(boss, "/conversations/list")
        return len(captured)

    office.mail()
    few = queries()
    with organisation(office.id):
        from rightaway.conversations.models import Conversation

        first = office.thread()
        Conversation.objects.bulk_create(
            Conversation(contact_id=first.contact_id, item_id=first.item_id, channel="email", last_at=clock())
            for _ in range(500)
        )
    assert queries() <= few + 1

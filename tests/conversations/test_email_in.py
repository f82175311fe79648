"""Mails in: stored before they are acknowledged, read apart, taken in once, or held for a person to see."""

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from rightaway.contacts.models import Contact, Entry, Identity
from rightaway.conversations import tokens
from rightaway.conversations.models import Attachment, Conversation, Letter, Message, Undeliverable
from rightaway.intake.email import letters, reading
from rightaway.intake.email.letters import Unknown, mailbox_of, read_apart, store, work_letters
from rightaway.intake.email.listening import listen
from rightaway.ledger.ids import new_id
from rightaway.work.actions.finish import finish
from rightaway.work.models import Item
from tests.conversations.office import DOMAIN, Office, opened
from tests.making import BOSS
from tests.server.running import free_port

CORPUS = Path(__file__).parents[3] / "shared/data/intake/mail"


def test_a_stranger_becomes_an_enquiry_with_a_thread(office: Office) -> None:
    office.mail("Is the house in Olmo still free?")
    item, thread, message = office.row(Item), office.thread(), office.messages()[0]
    assert (item.source, item.state, thread.item_id) == ("mail", "pooled", item.id)
    assert thread.waits_since is not None and item.unanswered_since is not None
    assert (message.text, message.sender) == ("Is the house in Olmo still free?", "ana@example.com")
    assert office.row(Contact).name == "Ana Ruiz"
    assert office.letters("done")[0].message_id == message.id
    assert office.check() == []


def test_somebody_known_is_attached_to_their_open_item(office: Office) -> None:
    office.mail()
    office.mail("And the garage?", id="<2@example.com>")
    assert len(office.rows(Item)) == 1 and len(office.rows(Contact)) == 1
    assert office.row(Item).enquiries == 2
    assert len(office.rows(Conversation)) == 2  # never threaded by subject or sender
    assert office.check() == []


def test_the_same_mail_again_adds_nothing(office: Office) -> None:
    office.mail()
    office.mail(Received="from elsewhere")  # a redelivery has other bytes and the same Message-ID
    office.mail()
    assert len(office.messages()) == 1 and office.row(Item).enquiries == 1
    assert {letter.message_id for letter in office.letters("done")} == {office.messages()[0].id}


def test_an_answer_to_the_threads_address_goes_on_with_it(office: Office) -> None:
    office.mail()
    office.reply()
    answered = office.row(Item)
    assert answered.unanswered_since is None and office.thread().waits_since is None
    office.mail("Thank you, Saturday then.", id="<2@example.com>", to=office.thread_address())
    assert [each.direction for each in office.messages()] == ["in", "out", "in"]
    item = office.row(Item)
    assert item.unanswered_since is not None and office.thread().waits_since is not None
    assert (item.enquiries, item.band) == (1, answered.band)  # the same story, not a new one
    heard = office.row(Entry, kind="heard")
    assert (heard.action, heard.outcome) == ("contact", "replied")
    assert office.check() == []


def test_an_answer_is_known_by_our_message_id_too_and_by_nothing_that_can_be_made_up(office: Office) -> None:
    office.mail()
    with office.inside():
        name = tokens.thread_name(office.id, office.thread().id)
    office.mail("a", id="<2@example.com>", In_Reply_To=f"<{name}.{new_id().hex}@{DOMAIN}>")
    assert len(office.rows(Conversation)) == 1
    forged = ("a" if name[-1] != "a" else "b").join((name[:-1], ""))
    office.mail("b", id="<3@example.com>", In_Reply_To=f"<{forged}.{new_id().hex}@{DOMAIN}>", subject="Re: House")
    assert len(office.rows(Conversation)) == 2


def test_an_answer_from_another_address_stays_with_the_contact_of_the_thread(office: Office) -> None:
    office.mail()
    office.reply()
    office.mail("From my phone", id="<2@example.com>", sender="ana@elsewhere.example", to=office.thread_address())
    assert len(office.rows(Contact)) == 1 and len(office.messages()) == 3


def test_an_answer_after_the_end_is_a_new_item_of_the_same_kind(office: Office) -> None:
    office.mail()
    first = office.row(Item)
    with office.inside():
        finish(item_id=first.id, outcome="lost", actor=BOSS)
    office.mail("One more thing", id="<2@example.com>", to=office.thread_address())
    again = office.row(Item, front=True)
    assert (again.previous_id, again.source, again.state) == (first.id, "mail", "waiting")
    assert office.thread().item_id == again.id and office.thread().waits_since is not None
    assert office.check() == []


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<news.example>"}, {"Return_Path": "<>"}],
)
def test_what_a_machine_writes_is_held_or_only_shown(office: Office, headers: dict[str, str]) -> None:
    office.mail("Buy now", **headers)
    assert office.rows(Item) == [] and len(office.letters("held")) == 1
    office.mail("Hello", id="<2@example.com>")
    office.reply()
    office.mail("I am on holiday", id="<3@example.com>", to=office.thread_address(), **headers)
    assert office.thread().waits_since is None and office.row(Item).unanswered_since is None
    assert office.messages()[-1].state == "automatic"


def test_our_own_address_does_not_answer_itself(office: Office) -> None:
    office.mail(sender=f"Us <{office.mailbox}>")
    assert office.letters("held")[0].reason == "loop"


def test_a_flood_from_one_sender_is_held_not_dropped(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MOST_EACH_SENDER", 3)
    for number in range(5):
        office.mail(str(number), id=f"<{number}@example.com>")
    assert len(office.letters("done")) == 3
    assert [letter.reason for letter in office.letters("held")] == ["flood", "flood"]


def test_a_held_mail_comes_in_when_a_person_says_so(office: Office) -> None:
    from rightaway.intake.held import settle_held

    office.mail("Please call", Precedence="bulk")
    letter = office.letters("held")[0]
    assert letter.shown["text"] == "Please call"
    with office.inside():
        settle_held(letter_id=letter.id, take=True, actor=BOSS)
    assert office.messages()[0].text == "Please call" and office.row(Item).state == "pooled"


def test_a_delivery_report_marks_the_address_until_they_write(office: Office) -> None:
    office.mail()
    office.reply()
    sent = office.messages()[1]
    with office.inside():
        name = tokens.thread_name(office.id, office.thread().id)
    report = (
        "From: MAILER-DAEMON@mx.example\r\nMessage-ID: <r@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n'
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ana@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        "From: us\r\nMessage-ID: <{id}>\r\n\r\nYes.\r\n--b--\r\n"
    )
    office.take(report.replace("{id}", f"{'a' * 48}.{sent.id.hex}@{DOMAIN}").encode())  # not ours: marks nothing
    assert office.messages()[1].state == "queued" and office.rows(Undeliverable) == []
    assert office.letters("held")[0].reason
    office.take(report.replace("{id}", f"{name}.{sent.id.hex}@{DOMAIN}").encode())
    assert office.messages()[1].state == "bounced"
    assert office.row(Undeliverable).address == "ana@example.com"
    assert office.row(Entry, outcome="bounced").action == "none"
    office.mail("Back again", id="<5@example.com>")
    assert office.rows(Undeliverable) == []
    assert office.check() == []


def test_an_attachment_lies_under_its_own_name(office: Office) -> None:
    office.take(
        b"From: ana@example.com\r\nMessage-ID: <a@x>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nSee plan\r\n--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; "
        b'filename="../../etc/pass\xe2\x80\xaefdp.html"\r\n\r\n<script>alert(1)</script>\r\n--b--\r\n'
    )
    from rightaway.conversations.files import path_of

    found = office.row(Attachment)
    assert "/" not in found.name and ".." not in found.name
    with office.inside():
        path = path_of(found.id)
    assert path.read_bytes().startswith(b"<script>") and path.name == str(found.id)
    assert path.stat().st_mode & 0o077 == 0


_MIXED = b"Content-Type: multipart/mixed; boundary="
BOMBS = {
    "too_many_headers": b"".join(b"X-%d: y\r\n" % number for number in range(2000)) + b"\r\nhi",
    "too_many_parts": _MIXED + b"b\r\n\r\n" + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 40_000,
    "too_many_parts of no kind": _MIXED + b"b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 400 + b"--b--",
    "too_deep": b"".join(_MIXED + b"b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(60)),
    "too_large": b"x" * 25_000_001,
}


@pytest.mark.parametrize(("reason", "raw"), BOMBS.items(), ids=BOMBS)
def test_a_bomb_is_held_with_its_bytes(office: Office, reason: str, raw: bytes) -> None:
    office.take(raw)
    held = office.letters("held")[0]
    assert (held.reason, bytes(held.raw)) == (reason.partition(" ")[0], raw)


def test_a_parser_that_dies_leaves_the_letter_to_a_person(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "__file__", "/nonexistent.py")
    office.mail()
    assert office.letters("held")[0].reason == "unreadable"


def test_plain_utf8_in_headers_is_read(office: Office) -> None:
    office.take("From: José Núñez <jose@example.com>\r\nSubject: Préstamo\r\n\r\nhola".encode())
    assert (office.row(Contact).name, office.thread().subject) == ("José Núñez", "Préstamo")


@pytest.mark.parametrize(
    "headers",
    [
        b"From: =?utf-8?q?a=0d=0aBcc:_victim@x.example?= <ana@example.com>\r\nSubject: =?utf-8?q?a=0aX-Evil:_1?=\r\n",
        b"From: ana@example.com\r\nFrom: b@example.com\r\nSubject: a\rb\r\n",
        b"From: undisclosed-recipients:;\r\n",
        b"From: (only a comment)\r\n",
        b"Subject: nobody\r\n",
        b'From: "odd local"@example.com\r\n',
        "From: Jos\u00e9 <jos\u00e9@b\u00fccher.example>\r\n".encode(),
        b"From: ana@example.com\r\nSubject: \xff\xfe\x00\r\n",
    ],
)
def test_odd_headers_lose_nothing_and_inject_nothing(office: Office, headers: bytes) -> None:
    office.take(headers + b"Message-ID: <odd@x>\r\n\r\nhello\r\n")
    assert len(office.letters("done")) + len(office.letters("held")) == 1
    for thread in office.rows(Conversation):
        assert "\n" not in thread.subject and "\r" not in thread.subject
    for contact in office.rows(Contact):
        assert "\n" not in contact.name


def test_html_acts_no_more(office: Office) -> None:
    html = (
        '<p onclick="x()">Hi <b>there</b></p><img src=x onerror=alert(1)><script>alert(2)</script>'
        '<a href="javascript:alert(3)">a</a><a href="https://x.example">b</a><style>*{}</style><svg onload=y>'
        '<div style="position:fixed">over</div><form action=/x><input></form>'
    )
    office.mail(html, Content_Type="text/html; charset=utf-8", MIME_Version="1.0")
    message = office.messages()[0]
    for bad in ("onclick", "onerror", "<script", "javascript:", "<style", "<svg", "style=", "<form", "<img"):
        assert bad not in message.html, message.html
    assert '<a href="https://x.example" target="_blank" rel="noopener noreferrer nofollow">b</a>' in message.html
    assert message.text.startswith("Hi there") and "alert" not in message.text


def test_nobody_elses_mailbox_is_ours(office: Office, other_org: int) -> None:
    theirs = Office(other_org, key=opened(other_org)[1])
    for wrong in (
        "x@talk.example",
        office.mailbox.replace(DOMAIN, "else.example"),
        f"reply+{'a' * 48}@{DOMAIN}",
        "@",
        "",
    ):
        with pytest.raises(Unknown):
            mailbox_of(wrong)
    with pytest.raises(Unknown):
        store(b"x", recipient=f"{office.id}-{'a' * 16}@{DOMAIN}")
    office.mail()
    theirs.mail()
    # A thread of ours that comes to their mailbox is not a thread there.
    with office.inside():
        name = tokens.thread_name(office.id, office.thread().id)
    theirs.mail("leak", id="<9@example.com>", In_Reply_To=f"<{name}.{new_id().hex}@{DOMAIN}>")
    assert len(office.messages()) == 1 and len(theirs.messages()) == 2


@pytest.fixture
def door() -> Iterator[tuple[str, int]]:
    port = free_port()
    controller = listen(f"smtp://127.0.0.1:{port}", lambda: None)
    yield "127.0.0.1", port
    controller.stop()


def test_a_mail_server_hears_250_once_it_is_stored(office: Office, door: tuple[str, int]) -> None:
    raw = b"From: ana@example.com\r\nMessage-ID: <s@x>\r\nSubject: Hi\r\n\r\nby smtp\r\n"
    with smtplib.SMTP(*door) as smtp:
        assert smtp.sendmail("ana@example.com", [office.mailbox], raw) == {}
        assert office.letters("new")[0].recipient == office.mailbox
    with smtplib.SMTP(*door) as smtp:  # the 250 was lost on the way: it comes again
        smtp.sendmail("ana@example.com", [office.mailbox], raw)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("ana@example.com", ["nobody@talk.example"], raw)
    work_letters(office.id)
    assert [each.text for each in office.messages()] == ["by smtp"]


def test_a_mail_that_cannot_be_stored_is_not_acknowledged(
    office: Office, door: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from rightaway.intake.email import listening

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("the database is gone")

    monkeypatch.setattr(listening, "store", gone)
    with smtplib.SMTP(*door) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail("ana@example.com", [office.mailbox], b"Subject: x\r\n\r\ny\r\n")
    assert refused.value.smtp_code == 451
    assert office.rows(Letter) == []


def test_lmtp_answers_for_each_recipient(office: Office) -> None:
    port = free_port()
    controller = listen(f"lmtp://127.0.0.1:{port}", lambda: None)
    second = opened(office.id)[1]
    try:
        with smtplib.LMTP("127.0.0.1", port) as lmtp:
            lmtp.ehlo()
            lmtp.mail("a@b.example")
            assert [lmtp.rcpt(to)[0] for to in (office.mailbox, f"{second}@{DOMAIN}")] == [250, 250]
            assert lmtp.data(b"Message-ID: <l@x>\r\n\r\nhi")[0] == 250
            assert lmtp.getreply()[0] == 250
    finally:
        controller.stop()
    assert len(office.letters("new")) == 2


def test_two_who_read_at_once_take_it_in_once(office: Office) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    for number in range(6):
        store(f"From: a{number}@example.com\r\nMessage-ID: <{number}@x>\r\n\r\nhi".encode(), recipient=office.mailbox)

    def work(_: int) -> int:
        try:
            return work_letters(office.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 6
    assert len(office.messages()) == 6 and office.check() == []


def test_the_corpus_of_broken_mails_loses_nothing(office: Office) -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of third-party mails is not here")
    import gzip

    sent = set()
    for path in sorted(each for each in CORPUS.rglob("*") if each.is_file()):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        store(raw, recipient=office.mailbox)
        sent.add(raw)
    while work_letters(office.id):
        pass
    letters_ = office.rows(Letter)
    assert len(sent) > 100 and {bytes(letter.raw) for letter in letters_} == sent
    assert {letter.state for letter in letters_} == {"done", "held"}
    assert all(letter.message_id or letter.reason for letter in letters_)
    assert office.check() == []
    assert len(office.rows(Message)) > 60 and office.rows(Identity)


def test_what_is_read_apart_knows_no_secret() -> None:
    found = read_apart(b"From: a@b.example\r\n\r\nhi")
    assert found["text"] == "hi\n" or found["text"] == "hi"
    assert settings.SECRET_KEY not in str(found)

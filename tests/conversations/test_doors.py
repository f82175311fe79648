"""The doors of an organisation's own site: forms and chat windows, used by people, machines and strangers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from rightaway.contacts.models import Contact, Entry
from rightaway.conversations import tokens
from rightaway.conversations.models import Conversation, Letter, Message, Visit
from rightaway.intake.held import settle_held
from rightaway.work.models import Item
from tests.conversations.office import Office, opened
from tests.making import BOSS, works_as

SITE = "https://www.casa.example"
STRINGS = Path(__file__).parents[3] / "shared/data/intake/strings/blns.json"


@pytest.fixture(autouse=True)
def _people_take_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "SHORTEST_SECONDS", -1)


class Stranger:
    """A browser without an account, on a page of the organisation's site."""

    def __init__(self, key: str, **headers: str) -> None:
        self.key, self.client, self.visit, self.count = key, Client(enforce_csrf_checks=True, headers=headers), "", 0

    def form(self, **fields: str) -> Any:
        return self.client.post(f"/f/{self.key}", {"t": tokens.form_stamp(self.key), "website": "", **fields})

    def send(self, path: str, body: Any, **headers: str) -> Any:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, text, content_type="application/json", headers=headers)

    def say(self, text: str, **more: Any) -> Any:
        self.count += 1
        body = {"text": text, "id": f"message-{self.count}", "t": tokens.form_stamp(self.key), "website": "", **more}
        answer = self.send(f"/chat/{self.key}/messages", body, **({"X-Visit": self.visit} if self.visit else {}))
        if answer.status_code == 201:
            self.visit = answer.json()["visit"]
        return answer

    def hears(self) -> list[tuple[bool, str, str]]:
        answer = self.client.get(f"/chat/{self.key}/messages", headers={"X-Visit": self.visit})
        assert answer.status_code == 200, answer.content
        return [(each["mine"], each["text"], each["who"]) for each in answer.json()["messages"]]


@pytest.fixture
def form(office: Office) -> Stranger:
    return Stranger(opened(office.id, "web_form", origins=[SITE], source="site", line="buyer")[1])


@pytest.fixture
def chat(office: Office) -> Stranger:
    return Stranger(opened(office.id, "web_chat", origins=[SITE], source="chat")[1])


# forms


def test_a_form_makes_an_enquiry_with_a_thread(office: Office, form: Stranger) -> None:
    answer = form.form(name="Ana Ruiz", email="ana@example.com", message="Is it free?", rooms="3")
    assert answer.status_code == 200 and "Thank you" in answer.content.decode()
    item, thread = office.row(Item), office.thread()
    assert (item.source, item.line, item.state, item.attributes) == ("site", "buyer", "pooled", {"rooms": "3"})
    assert thread.channel == "web_form" and "Is it free?" in office.messages()[0].text
    office.reply("Yes")
    assert office.deliveries()[0].recipient == "ana@example.com"
    assert office.check() == []


def test_a_door_says_whether_the_routes_get_it(office: Office) -> None:
    routed = Stranger(opened(office.id, "web_form", distribute=True)[1])
    routed.form(name="Ana")
    assert office.row(Item).state == "waiting"


def test_json_is_taken_once_for_a_key(office: Office, form: Stranger) -> None:
    body = {"name": "Ana", "email": "a@example.com", "t": tokens.form_stamp(form.key), "fields": {"budget": "9"}}
    for _ in range(2):
        answer = form.send(f"/f/{form.key}", body, Origin=SITE, **{"Idempotency-Key": "k1"})
        assert answer.status_code == 201 and answer.headers["Access-Control-Allow-Origin"] == SITE
    assert len(office.rows(Message)) == 1


@pytest.mark.parametrize("spam", [{"website": "http://x"}, {"t": ""}, {"t": "shown:1:forged"}])
def test_suspected_spam_is_held_and_a_person_lets_it_in(office: Office, form: Stranger, spam: dict[str, str]) -> None:
    assert form.form(name="Ana", message="Hello", **spam).status_code == 200
    assert office.rows(Item) == []
    held = office.row(Letter)
    assert held.state == "held" and held.reason in ("honeypot", "too_fast")
    with office.inside():
        settle_held(letter_id=held.id, take=True, actor=BOSS)
    assert office.row(Contact).name == "Ana"


def test_faster_than_a_person_is_held(office: Office, form: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "SHORTEST_SECONDS", 3)
    form.form(name="Ana")
    assert office.row(Letter).reason == "too_fast"


def test_what_is_missing_is_said_and_what_was_typed_stays(office: Office, form: Stranger) -> None:
    answer = form.form(message="Only a message")
    assert answer.status_code == 422 and "Only a message" in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    assert office.rows(Item) == [] and office.rows(Letter) == []


def test_only_its_own_sites_may_show_it(office: Office, form: Stranger, chat: Stranger) -> None:
    for path in (f"/f/{form.key}", f"/chat/{chat.key}"):
        answer = form.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.endswith(f"frame-ancestors 'self' {SITE}") and "X-Frame-Options" not in answer.headers
        assert not re.search(r" on\w+=| style=|<script>", answer.content.decode())
    body = {"name": "Ana", "t": tokens.form_stamp(form.key)}
    refused = form.send(f"/f/{form.key}", body, Origin="https://evil.example")
    assert refused.status_code == 403 and "Access-Control-Allow-Origin" not in refused.headers
    assert office.rows(Item) == []


def test_doors_that_are_not_there(office: Office, form: Stranger, chat: Stranger, other_org: int) -> None:
    client = Client()
    shut = opened(office.id, "web_form", active=False)[1]
    wrong = f"{other_org}{form.key[form.key.index('-') :]}"  # our key under another organisation's number
    for key in (shut, wrong, "x", "1-aaaaaaaaaaaaaaaa", "99999-aaaaaaaaaaaaaaaa", chat.key):
        assert client.get(f"/f/{key}").status_code == 404
    for path in (f"/chat/{form.key}", f"/chat/{form.key}.js", f"/chat/{form.key}/messages"):
        assert client.get(path).status_code == 404


def test_too_much_from_one_address_is_refused_before_it_is_acknowledged(
    office: Office, form: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rightaway.web.doors import forms

    monkeypatch.setattr(forms, "MOST_EACH_PLACE", 2)
    found = [form.form(name=f"Ana {number}").status_code for number in range(4)]
    assert found == [200, 200, 429, 429]
    assert len(office.rows(Item)) == 2


BAD_BODIES = (
    b"", b"[]", b"{", b'{"name": NaN}', b'{"name": 1}', b'{"name": "\\ud800"}', b'{"a": {"b": 1}}', b"x" * 100_001,
)  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_bad_bodies_are_answered_clearly(office: Office, form: Stranger, chat: Stranger, body: bytes) -> None:
    for path in (f"/f/{form.key}", f"/chat/{chat.key}/messages"):
        answer = form.send(path, body)
        assert answer.status_code in (400, 403, 413, 415, 422), answer.content
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert office.rows(Item) == [] and office.rows(Visit) == []


# the chat


def test_a_visitor_and_an_agent_talk(office: Office, chat: Stranger) -> None:
    agent = office.agent()
    assert chat.say("Hello, is it free?", name="Ana").status_code == 201
    assert office.thread().channel == "web_chat" and office.row(Contact).name == "Ana"
    office.reply("Yes, it is.", actor=works_as(agent), take=True)
    assert chat.hears() == [(True, "Hello, is it free?", ""), (False, "Yes, it is.", "Agent")]
    assert office.row(Item).unanswered_since is None
    chat.say("On Saturday?")
    assert office.row(Item).unanswered_since is not None and len(office.rows(Conversation)) == 1
    assert office.row(Item).enquiries == 1
    assert office.check() == []


def test_who_they_are_is_asked_politely_and_may_stay_open(office: Office, chat: Stranger) -> None:
    chat.say("Hi")
    assert office.row(Contact).name.startswith("Website visitor ")


def test_the_visitor_never_sees_notes_or_anybody_elses_words(office: Office, chat: Stranger) -> None:
    from rightaway.work.actions.remark import remark

    chat.say("Hi", name="Ana")
    with office.inside():
        remark(conversation_id=office.thread().id, text="Secret remark", actor=BOSS)
    assert [text for _mine, text, _who in chat.hears()] == ["Hi"]
    other = Stranger(chat.key)
    other.say("Another", name="Bo")
    assert [text for _mine, text, _who in other.hears()] == ["Another"]
    for secret in ("", "x", tokens.new_visit()):
        answer = chat.client.get(f"/chat/{chat.key}/messages", headers={"X-Visit": secret})
        assert answer.status_code == 404


def test_a_secret_opens_no_other_door(office: Office, chat: Stranger, other_org: int) -> None:
    chat.say("Hi")
    for key in (opened(office.id, "web_chat")[1], opened(other_org, "web_chat")[1]):
        answer = chat.client.get(f"/chat/{key}/messages", headers={"X-Visit": chat.visit})
        assert answer.status_code == 404


def test_the_same_message_sent_again_is_one(office: Office, chat: Stranger) -> None:
    chat.say("Hi")
    chat.count -= 1
    assert chat.say("Hi").status_code == 201
    assert len(office.rows(Message)) == 1


def test_a_machine_does_not_get_in(office: Office, chat: Stranger) -> None:
    assert chat.say("Hi", website="x").status_code == 403
    assert chat.say("Hi", t="forged").status_code == 403
    assert office.rows(Visit) == [] and office.rows(Item) == []


def test_a_chatty_visitor_is_asked_to_wait(office: Office, chat: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightaway.intake.web_chat import visits

    monkeypatch.setattr(visits, "MOST_EACH_VISIT", 2)
    assert [chat.say(str(number)).status_code for number in range(3)] == [201, 201, 429]
    assert len(office.rows(Message)) == 2


def test_the_script_is_in_the_visitors_language(chat: Stranger) -> None:
    english = chat.client.get(f"/chat/{chat.key}.js")
    spanish = Client(headers={"accept-language": "es"}).get(f"/chat/{chat.key}.js")
    assert english.headers["Content-Type"].startswith("text/javascript") and "Chat with us" in english.content.decode()
    assert "Chatea con nosotros" in spanish.content.decode()
    assert "Set-Cookie" not in english.headers


def test_naughty_strings_come_through(office: Office, chat: Stranger, form: Stranger) -> None:
    if not STRINGS.exists():
        pytest.skip("the shared test data (naughty strings) is not here")
    found = [each for each in json.loads(STRINGS.read_text()) if each.strip()]
    for number, text in enumerate(found[:: max(1, len(found) // 50)][:50]):
        answer = Stranger(chat.key).say(text, name=text[:300])
        assert answer.status_code in (201, 422), (number, text)
    assert office.check() == []


# missed calls


def test_a_missed_call_waits_for_a_call_back(office: Office) -> None:
    from rightaway.work.actions.touch import touch
    from tests.calling import Api, new_key

    api = Api(new_key(office.id, "item.create"))
    body = {"phone": "+1 202 555 0123", "id": "call-1", "distribute": False}
    first, again = api.post("/calls/missed", body).json(), api.post("/calls/missed", body).json()
    assert (first["outcome"], again["outcome"]) == ("created", "duplicate")
    item = office.row(Item)
    assert (item.status, item.state) == ("evaluate", "pooled") and item.unanswered_since is not None
    entry = office.row(Entry, kind="missed_call")
    assert entry.data == {"number": "+12025550123", "call_back": True}
    with office.inside():
        touch(item_id=item.id, actor=BOSS, kind="call", outcome="connected")
    assert office.thread().waits_since is None
    third = api.post("/calls/missed", {**body, "id": "call-2"}).json()
    assert third["outcome"] == "attached" and third["conversation_id"] == first["conversation_id"]
    assert office.row(Item).unanswered_since is not None and office.thread().waits_since is not None
    assert api.post("/calls/missed", {"phone": "nobody", "id": "x"}).status_code == 422
    narrow = Api(new_key(office.id, "item.view"))
    assert narrow.post("/calls/missed", {**body, "id": "call-3"}).status_code == 403
    assert office.check() == []


def test_the_api_answers_and_notes(office: Office) -> None:
    from tests.calling import Api, new_key

    api = Api(new_key(office.id))
    office.mail("Is it free?")
    (listed,) = api.get("/conversations").json()
    assert (listed["last_text"], listed["masked"]) == ("Is it free?", False)
    path = f"/conversations/{listed['id']}"
    assert api.post(f"{path}/messages", {"text": "Yes"}).json()["state"] == "queued"
    assert api.post(f"{path}/messages", {"text": "Loan approved", "kind": "note"}).status_code == 201
    thread = api.get(path).json()
    assert [each["direction"] for each in thread["messages"]] == ["in", "out", "note"]
    assert api.post(f"{path}/messages", {"text": " "}).status_code == 422
    assert api.get("/conversations?tab=unassigned").json()[0]["waits_since"] is None

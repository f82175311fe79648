"""My work: live offers and how they end, what to do next, and what a person may switch for themselves."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client

from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Contact, Entry, Identity
from rightaway.ledger.clock import clock
from rightaway.people.models import Agent, RoutePause
from rightaway.web import formats
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.claim import claim
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.request_update import request_update
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item, Offer
from tests.calling import Person, new_person
from tests.making import BOSS, House, works_as
from tests.making_routes import routed

SURNAME, PHONE = "Canarias-Quetzal", "+34600123987"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def house(org: int) -> Iterator[House]:
    made = House(org)
    yield made
    assert made.check() == []


def browser(person: Person, language: str = "en") -> Client:
    """The person, signed in."""
    client = Client()
    client.force_login(person.user)
    User.objects.filter(pk=person.user.pk).update(language=language)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def page(client: Client, path: str = "/work", **query: Any) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def canary(house: House, **columns: Any) -> UUID:
    """An item of somebody whom nobody may know before they have it."""
    item_id = house.item(**columns)
    with house.inside():
        contact = Item.objects.get(id=item_id).contact_id
        Contact.objects.filter(id=contact).update(name=f"Lucía {SURNAME}")
        Identity.objects.create(contact_id=contact, kind="phone", value=PHONE, raw=PHONE)
        Entry.objects.create(
            contact_id=contact, item_id=item_id, kind="enquiry", action="none", text="A house by the sea", at=clock()
        )
    return item_id


def masked(house: House, offers: list[UUID]) -> None:
    with house.inside():
        Offer.objects.filter(id__in=offers).update(masked=True)


@pytest.mark.parametrize(("language", "said"), [("en", "Only you"), ("es", "Solo para ti")])
def test_an_offer_is_shown_with_its_clock_and_can_be_accepted(house: House, language: str, said: str) -> None:
    eva = new_person(house.id)
    (offer_id,) = house.offered(canary(house), eva.agent_id)
    client = browser(eva, language)
    shown = page(client)
    assert said in shown
    assert SURNAME in shown  # offered to one person only, and openly
    assert "A house by the sea" in shown
    expires = house.row(Offer, id=offer_id).expires_at
    assert f'data-until="{int(expires.timestamp() * 1000)}"' in shown
    assert client.post(f"/work/offers/{offer_id}/accept")["Location"] == "/work"
    assert house.row(Offer, id=offer_id).state == "accepted"
    assert SURNAME in page(client)


def test_accepting_by_htmx_tells_the_end_in_its_place(house: House) -> None:
    eva = new_person(house.id)
    first, second = house.offered(canary(house), eva.agent_id) + house.offered(house.item(), eva.agent_id)
    answer = browser(eva).post(f"/work/offers/{first}/accept", {"seen": [str(first), str(second)]}, headers=HTMX)
    shown = answer.content.decode()
    assert "You have it" in shown
    assert PHONE in shown
    assert shown.index(str(first)) < shown.index(str(second))  # nothing moves
    assert "<html" not in shown
    assert "answered" in answer["HX-Trigger"]


@pytest.mark.parametrize(("language", "end"), [("en", "Marta accepted first"), ("es", "Marta aceptó primero")])
def test_who_was_too_late_is_told_who_was_first_and_nothing_else(house: House, language: str, end: str) -> None:
    eva, marta = new_person(house.id), new_person(house.id, name="Marta Oyarzun")
    offers = house.offered(canary(house), eva.agent_id, marta.agent_id)
    masked(house, offers)
    client = browser(eva, language)
    seen = [page(client), page(client, "/work/offers")]
    assert browser(marta).post(f"/work/offers/{offers[1]}/accept").status_code == 302
    late = client.post(f"/work/offers/{offers[0]}/accept", {"seen": [str(offers[0])]}, headers=HTMX)
    assert end in late.content.decode()
    seen += [late.content.decode(), str(late.headers), page(client, "/work/offers", seen=str(offers[0])), page(client)]
    for text in seen:
        assert SURNAME not in text
        assert PHONE not in text
        assert "A house by the sea" not in text


def test_an_offer_that_ran_out_says_so(house: House) -> None:
    eva = new_person(house.id)
    (offer_id,) = house.offered(house.item(), eva.agent_id)
    with house.inside():
        Offer.objects.filter(id=offer_id).update(expires_at=clock())
    client = browser(eva)
    answer = client.post(f"/work/offers/{offer_id}/accept", headers=HTMX)
    assert "Expired" in answer.content.decode()
    assert house.row(Offer, id=offer_id).state == "open"  # the sweep ends it
    with house.inside():
        Offer.objects.filter(id=offer_id).update(expires_at=clock() - timedelta(seconds=7))
    assert str(offer_id) not in page(client, "/work/offers", seen=str(offer_id))


@pytest.mark.parametrize(("kind", "note"), [("busy_now", ""), ("not_for_me", ""), ("bad_lead", "It is a robot")])
def test_declining_has_typed_reasons(house: House, kind: str, note: str) -> None:
    eva = new_person(house.id)
    (offer_id,) = house.offered(house.item(), eva.agent_id)
    client = browser(eva)
    answer = client.post(f"/work/offers/{offer_id}/decline", {"kind": kind, "note": note}, headers=HTMX)
    assert "You passed it on" in answer.content.decode()
    row = house.row(Offer, id=offer_id)
    assert (row.state, row.decline_kind, row.note) == ("declined", kind, note)


@pytest.mark.parametrize("form", [{}, {"kind": "no"}, {"kind": "bad_lead"}, {"kind": "bad_lead", "note": "a\0b"}])
def test_a_reason_that_is_none_declines_nothing(house: House, form: dict[str, str]) -> None:
    eva = new_person(house.id)
    (offer_id,) = house.offered(house.item(), eva.agent_id)
    answer = browser(eva).post(f"/work/offers/{offer_id}/decline", form, headers=HTMX)
    assert answer.status_code == 422
    assert answer["HX-Reswap"] == "none"
    assert house.row(Offer, id=offer_id).state == "open"


def test_offers_of_others_and_of_other_houses_are_not_there(house: House, other_org: int) -> None:
    eva, marta = new_person(house.id), new_person(house.id)
    (offer_id,) = house.offered(canary(house), marta.agent_id)
    stranger = new_person(other_org)
    for client in (browser(eva), browser(stranger)):
        for path in (f"/work/offers/{offer_id}/accept", f"/work/offers/{uuid4()}/accept"):
            assert client.post(path, headers=HTMX).status_code == 404
        assert client.post(f"/work/offers/{offer_id}/decline", {"kind": "busy_now"}, headers=HTMX).status_code == 404
        assert SURNAME not in page(client, "/work/offers", seen=[str(offer_id), "no id", ""])
    assert house.row(Offer, id=offer_id).state == "open"


def test_why_you_is_said_from_the_recorded_decision(house: House) -> None:
    from rightaway.work.actions.route import route_organisation

    eva = new_person(house.id)
    routed(house, {"name": "North", "strategy": "round_robin", "act": "offer"})
    house.item("waiting")
    planned = route_organisation(house.id)
    assert planned is not None
    assert planned.offered == 1
    assert "It is your turn on the route “North”." in page(browser(eva))
    assert "Te toca en la ruta “North”." in page(browser(eva, "es"))


@pytest.mark.parametrize(("presence", "said"), [("offline", "You are offline"), ("break", "You are on break")])
def test_without_offers_it_says_why(house: House, presence: str, said: str) -> None:
    assert "with 10 places free" in page(browser(new_person(house.id)))
    away = page(browser(new_person(house.id, presence=presence)))
    assert said in away
    assert "Go available" in away


def test_the_next_item_is_taken_or_the_reason_is_given(house: House) -> None:
    eva = new_person(house.id)
    client = browser(eva)
    none = client.post("/work/next", headers=HTMX)
    assert "Nothing that you could take is waiting" in none["HX-Trigger"]
    item_id = canary(house)
    assert SURNAME not in page(client)
    assert SURNAME in client.post("/work/next", headers=HTMX).content.decode()
    assert house.row(Item, id=item_id).owner_id == eva.agent_id
    full = new_person(house.id, capacity=0)
    house.item()
    assert browser(full).post("/work/next", headers=HTMX).status_code == 409


def test_a_call_is_logged_and_changes_what_to_do(house: House) -> None:
    eva = new_person(house.id)
    item_id = canary(house)
    client = browser(eva)
    client.post("/work/next")
    assert "Make the first call" in page(client, "/work/doing")
    shown = client.post(f"/work/items/{item_id}/log", {"said": "no_answer", "text": ""}, headers=HTMX).content.decode()
    assert "Try again" in shown
    assert re.search(r"No answer at \d", shown)
    client.post(f"/work/items/{item_id}/log", {"said": "connected"})
    assert "Send an e-mail" in page(client, "/work/doing")  # what of the basics is bad
    client.post(f"/work/items/{item_id}/log", {"said": "note", "text": "Wants\r\na garden"})
    with house.inside():
        touch(item_id=item_id, kind="email", actor=works_as(eva.agent_id))
    assert "Plan the next step" in page(client, "/work/doing")
    assert [row.text for row in house.rows(Entry, kind="note")] == ["Wants\na garden"]
    assert ">2</dd>" in page(client, "/work/side")  # calls logged


@pytest.mark.parametrize("form", [{}, {"said": "note"}, {"said": "call "}, {"said": "note", "text": "x" * 10_001}])
def test_what_cannot_be_logged_is_refused(house: House, form: dict[str, str]) -> None:
    eva = new_person(house.id)
    item_id = house.item()
    client = browser(eva)
    client.post("/work/next")
    assert client.post(f"/work/items/{item_id}/log", form, headers=HTMX).status_code == 422
    other = browser(new_person(house.id))
    assert other.post(f"/work/items/{item_id}/log", {"said": "connected"}, headers=HTMX).status_code == 404


def test_people_switch_their_own_routes(house: House) -> None:
    eva = new_person(house.id)
    north, _south = routed(house, {"name": "North"}, {"name": "South", "strategy": "pool"})
    client = browser(eva)
    shown = page(client, "/work/side")
    assert "North" in shown
    assert "South" not in shown  # straight to the pool: it chooses nobody
    off = client.post(f"/work/routes/{north}", {"mine": "off"}, headers=HTMX).content.decode()
    assert "Paused by you or a manager" in off
    assert [row.route_id for row in house.rows(RoutePause, agent_id=eva.agent_id)] == [north]
    assert client.post(f"/work/routes/{north}", {"mine": "on"})["Location"] == "/work"
    assert house.rows(RoutePause) == []
    assert client.post(f"/work/routes/{uuid4()}", {"mine": "off"}, headers=HTMX).status_code == 404


def test_capacity_hours_and_limits_are_told(house: House) -> None:
    eva = new_person(house.id, load=0, capacity=250, unanswered_cap=3)
    with house.inside():
        Agent.objects.filter(id=eva.agent_id).update(
            hours=[[day, "09:00", "18:00"] for day in range(1, 8)], limits={"day": 12}
        )
    shown = page(browser(eva), "/work/side")
    assert "0 of 2.5" in shown
    assert "0 of 12" in shown
    assert "0 of 3" in shown
    assert re.search(r"Your hours today: 0?9:00.*18:00", shown) or "6:00 pm" in shown
    assert "0 de 2,5" in page(browser(eva, "es"), "/work/side")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_the_page(house: House, role: Role) -> None:
    for language, title in (("en", "My work"), ("es", "Mi trabajo")):
        assert title in page(browser(new_person(house.id, role), language))


def test_a_manager_who_is_no_agent_is_told_so(house: House) -> None:
    from rightaway.work.actions.found import add_member

    user = User.objects.create_user(f"{uuid4().hex}@example.com", None, name="Rosa")
    add_member(organisation_id=house.id, user=user, role=Role.COMPANY_MANAGER)
    client = Client()
    client.force_login(user)
    assert "You are not an agent" in page(client)
    assert page(client, "/work/offers")
    assert client.post("/work/next", headers=HTMX).status_code == 403
    assert client.post(f"/work/routes/{uuid4()}", headers=HTMX).status_code == 403


def test_strangers_sign_in_and_answers_are_posts(house: House) -> None:
    assert Client().get("/work")["Location"].startswith("/sign-in")
    client = browser(new_person(house.id))
    assert client.get(f"/work/offers/{uuid4()}/accept").status_code == 405
    assert client.post("/work/offers").status_code == 405


def test_a_card_that_was_made_already_is_never_out_of_date_nor_somebody_elses(house: House) -> None:
    eva, luis, item_id = new_person(house.id), new_person(house.id), canary(house)
    offers = house.offered(item_id, eva.agent_id, luis.agent_id)

    def cards(person: Person = eva, language: str = "en") -> str:
        return page(browser(person, language), "/work/offers")

    assert SURNAME in cards() and "Priority" in cards()
    assert "Prioridad" in cards(language="es")
    masked(house, offers[1:])
    assert SURNAME not in cards(luis) and SURNAME in cards()
    with house.inside():
        Contact.objects.update(name="Another <b>name</b>")
        Offer.objects.filter(id=offers[0]).update(expires_at=clock() + timedelta(seconds=15), note="Ring <i>now</i>")
        Item.objects.filter(id=item_id).update(unanswered_since=None)
    seen = cards()
    assert "Another &lt;b&gt;name&lt;/b&gt;" in seen and SURNAME not in seen
    assert "Ring &lt;i&gt;now&lt;/i&gt;" in seen
    assert "ring  late" in seen and "<dt>Waiting</dt>" not in seen
    masked(house, offers)
    assert "Another" not in cards()


def told(text: str, of: str) -> dict[str, bool]:
    """What stands in a part, in its order: whether it stays as the page has it."""
    found = re.findall(rf'<(?:li|tr)[^>]* id="{of}-([^"]+)"[^>]*>', text)
    return {id: bool(re.search(rf'id="{of}-{id}" data-as-is', text)) for id in found}


def test_offers_of_which_nobody_asks_stay_as_the_page_has_them(house: House, other_org: int) -> None:
    eva = new_person(house.id)
    items = [canary(house), house.item(), house.item(), house.item()]
    first, second, third, late = ids = [house.offered(item_id, eva.agent_id)[0] for item_id in items]
    theirs, other = house.offered(house.item(), new_person(house.id).agent_id)[0], House(other_org)
    foreign = other.offered(other.item(), new_person(other_org).agent_id)[0]
    client = browser(eva)
    client.post(f"/work/offers/{third}/decline", {"kind": "busy_now"})
    with house.inside():
        Offer.objects.filter(id=late).update(expires_at=clock())

    def part(*about: object) -> str:
        return page(client, "/work/offers", about=about, seen=[str(id) for id in (*ids, theirs, foreign)])

    shown = part(items[1])
    # What ended is told whoever asked; the places are of all of them.
    assert told(shown, "offer") == {str(first): True, str(second): False, str(third): False, str(late): False}
    assert SURNAME not in shown and "You passed it on" in shown and "Expired" in shown
    assert f'id="offer-place-{first}">1 of 4<' in shown and f'id="offer-place-{second}">2 of 4<' in shown
    assert '<span class="count">4</span>' in shown
    assert all(f" item:{item_id}" in shown for item_id in items)
    assert told(part(items[0]), "offer")[str(first)] is False and SURNAME in part(items[0])
    assert told(part("no id", "", uuid4(), "0" * 500), "offer")[str(second)] is True
    whole = page(client, "/work/offers", seen=str(third))
    assert not any(told(whole, "offer").values()) and SURNAME in whole


def test_rows_of_which_nobody_asks_stay_as_the_page_has_them(house: House) -> None:
    eva, item_ids = new_person(house.id, capacity=1000, unanswered_cap=None), [canary(house), house.item()]
    with house.inside():
        for item_id in item_ids:
            claim(item_id=item_id, actor=works_as(eva.agent_id))
    client = browser(eva)
    whole = told(page(client, "/work/doing"), "doing")
    assert set(whole) == {str(item_id) for item_id in item_ids} and not any(whole.values())
    one, none = page(client, "/work/doing", about=item_ids[1]), page(client, "/work/doing", about=uuid4())
    assert list(told(one, "doing")) == list(told(none, "doing")) == list(whole)
    assert told(one, "doing") == {str(item_ids[0]): True, str(item_ids[1]): False}
    assert SURNAME not in one and '<span class="count">2</span>' in one
    assert all(told(none, "doing").values()) and "Nothing is waiting for you" not in none
    assert SURNAME in page(client, "/work/doing", about=item_ids)


def test_a_row_that_was_made_already_is_never_out_of_date_nor_somebody_elses(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    eva, item_id = new_person(house.id), canary(house)
    with house.inside():
        claim(item_id=item_id, actor=works_as(eva.agent_id))

    def row(language: str = "en") -> str:
        return page(browser(eva, language), "/work/doing")

    assert "Make the first call" in row() and SURNAME in row()
    assert "Hacer la primera llamada" in row("es")
    with house.inside():
        Contact.objects.update(name="Another <b>name</b>")
    assert "Another &lt;b&gt;name&lt;/b&gt;" in row() and SURNAME not in row()
    assert "glyph bad" not in row()
    monkeypatch.setattr(formats, "now", lambda: clock() + timedelta(hours=3))
    assert "glyph bad" in row() and ">3 h<" in row()
    with house.inside():
        Agent.objects.filter(id=eva.agent_id).update(zone="Asia/Tokyo")
    assert "JST" in row()


def test_do_next_is_in_order_of_deadlines_with_what_somebody_waits_for_on_top(house: House) -> None:
    eva = new_person(house.id, capacity=1000, unanswered_cap=None)
    me = works_as(eva.agent_id)
    now = clock()
    calm, planned, overdue, asked, question = (house.item() for _ in range(5))
    with house.inside():
        for item_id in (calm, planned, overdue, asked, question):
            claim(item_id=item_id, actor=me)
        for item_id in (calm, planned, overdue, asked):
            touch(item_id=item_id, kind="call", outcome="connected", text="Spoken", actor=me)
            touch(item_id=item_id, kind="email", actor=me)
            touch(item_id=item_id, kind="note", text="Noted", actor=me)
            move_status(item_id=item_id, status="working", actor=me)
        add_task(item_id=calm, text="In a month", due_at=now + timedelta(days=30), actor=me)
        add_task(item_id=planned, text="In two days", due_at=now + timedelta(days=2), actor=me)
        late = add_task(item_id=overdue, text="Ask the bank", due_at=now - timedelta(hours=2), actor=me).task_id
        add_task(item_id=asked, text="In a week", due_at=now + timedelta(days=7), actor=me)
        request_update(item_id=asked, actor=BOSS)
    client = browser(eva)
    shown = page(client)
    order = [shown.index(f'id="doing-{id}"') for id in (asked, overdue, question, planned, calm)]
    assert order == sorted(order)
    for said in (
        "Ask the bank",
        "Overdue 2 h",
        "Give an update",
        "Make the first call",
        "In two days",
        "data-late",
    ):
        assert said in shown, said
    done = client.post(f"/work/tasks/{late}/done", headers=HTMX)
    assert "Task done" in done["HX-Trigger"] and "Ask the bank" not in done.content.decode()
    assert browser(new_person(house.id)).post(f"/work/tasks/{late}/done", headers=HTMX).status_code == 404

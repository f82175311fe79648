"""The contacts grid as each role meets it: views, filters, pages, search, the owner's cell, and what is withheld."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Contact, Entry, Identity
from rightaway.contacts.normalise import fold
from rightaway.ledger.clock import clock
from rightaway.people.acting import ORGANISATION_KEY
from rightaway.people.models import Agent, AgentState
from rightaway.web.contacts import views
from rightaway.work import grid
from rightaway.work.actions.claim import claim
from rightaway.work.models import Assignment, Item, Offer
from tests.calling import Person, new_person, new_team
from tests.making import House, works_as

CANARY, PHONE = "Zyxwvutsrq", "+34600111222"


@dataclass
class Desk:
    """An organisation with a company manager, an agent and their browsers."""

    house: House
    boss: Person
    agent: Person

    def browser(self, person: Person, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(User.objects.get(pk=person.user.pk))
        session = client.session
        session[ORGANISATION_KEY] = self.house.id
        session["signed_in_at"] = session["seen_at"] = int(time.time())
        session.save()
        return client

    def lead(self, name: str = "Lucía Ortiz", text: str = "", state: str = "pooled", **columns: Any) -> UUID:
        """An unassigned lead of somebody with a name and a number."""
        item_id = self.house.item(state, **columns)
        with self.house.inside():
            item = Item.objects.get(id=item_id)
            Contact.objects.filter(id=item.contact_id).update(name=name, folded=fold(name))
            Item.objects.filter(id=item_id).update(folded=fold(name))
            value = PHONE if name.endswith(CANARY) else f"+34{item_id.int % 10**9:09d}"
            Identity.objects.create(contact_id=item.contact_id, kind="phone", value=value, raw=value)
            if text:
                Entry.objects.create(
                    contact_id=item.contact_id, item_id=item_id, kind="enquiry", action="none", text=text, at=clock()
                )  # fmt: skip
        return item_id


@pytest.fixture
def desk(org: int) -> Desk:
    grid.forget()
    boss = new_person(org, Role.COMPANY_MANAGER, name="Rosa Méndez")
    return Desk(House(org), boss, new_person(org, name="Marta Oyarzun", capacity=1000))


def _page(client: Client, path: str = "/contacts?view=all", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def _rows(page: str) -> list[str]:
    return re.findall(r'<tr role="row" id="row-([0-9a-f-]{36})"', page)


def _toast(answer: Any) -> dict[str, str]:
    told: dict[str, str] = json.loads(answer.headers["HX-Trigger"])["toast"]
    return told


HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(("language", "words"), [
    ("en", ["Contacts", "Unassigned", "Assign", "Waiting", "No route fits", "Evaluate"]),
    ("es", ["Contactos", "Sin asignar", "Asignar", "Espera", "Ninguna ruta", "Por evaluar"]),
])  # fmt: skip
def test_a_manager_reads_who_waits_in_their_language(desk: Desk, language: str, words: list[str]) -> None:
    item_id = desk.lead(text="Wants three rooms", cause="no_route", source="web_chat", band=3)
    page = _page(desk.browser(desk.boss, language))
    assert _rows(page) == [str(item_id)]
    for word in [*words, "Lucía Ortiz", "Wants three rooms", "Web chat"]:
        assert word in page, word
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on\w+=", page)


def test_a_stranger_is_sent_to_sign_in(desk: Desk) -> None:
    assert Client().get("/contacts")["Location"].startswith("/sign-in")


def test_an_agent_may_take_what_is_free_and_learns_nothing_of_who_it_is(desk: Desk) -> None:
    item_id = desk.lead(f"Ana {CANARY}", f"Call {CANARY} on {PHONE}")
    desk.lead("Somebody Else")
    client = desk.browser(desk.agent)
    seen = [
        _page(client), _page(client, "/contacts?view=unassigned&sort=name"), _page(client, f"/contacts?q={CANARY}"),
        _page(client, f"/contacts?q={PHONE[-6:]}"), _page(client, f"/contacts/rows/{item_id}"),
        _page(client, "/contacts/head"), _page(client, "/contacts/rows?view=all"),
    ]  # fmt: skip
    assert "Assign me" in seen[0] and "data-picker" not in seen[0]
    for page in seen:
        page = re.sub(r'value="[^"]*"|“[^”]*”|q=[^"&]*', "", page)  # what they typed themselves
        assert CANARY.lower() not in page.lower() and PHONE[-6:] not in page
    assert _rows(seen[2]) == _rows(seen[3]) == []


def test_one_press_makes_a_free_one_mine_with_its_name(desk: Desk) -> None:
    item_id = desk.lead(f"Ana {CANARY}")
    answer = desk.browser(desk.agent).post(f"/contacts/claim/{item_id}", {"n": "4"}, headers=HTMX)
    assert answer.status_code == 200
    row = answer.content.decode()
    assert CANARY in row and "Marta Oyarzun" in row and 'aria-rowindex="5"' in row
    assert _toast(answer)["text"] == f"Ana {CANARY} is yours."
    assert desk.house.row(Item, id=item_id).owner_id == desk.agent.agent_id


def test_whoever_was_slower_is_told_who_was_faster_and_nothing_else(desk: Desk) -> None:
    item_id, luis = desk.lead(f"Ana {CANARY}"), desk.house.agent()
    with desk.house.inside():
        Agent.objects.filter(id=luis).update(name="Luis Cardona")
        claim(item_id=item_id, actor=works_as(luis))
    answer = desk.browser(desk.agent).post(f"/contacts/claim/{item_id}", headers=HTMX)
    row = answer.content.decode()
    assert re.search(r"Luis took it \d+ s ago", row) and CANARY not in row and 'class="contact gone"' in row
    assert _toast(answer)["kind"] == "bad" and "Luis took it" in _toast(answer)["text"]


def test_an_agent_neither_assigns_nor_offers_nor_sees_the_picker(desk: Desk) -> None:
    item_id, client = desk.lead(), desk.browser(desk.agent)
    sent = {"agent": str(desk.agent.agent_id)}
    assert client.get(f"/contacts/assign/{item_id}").status_code == 403
    assert client.post(f"/contacts/assign/{item_id}", sent, headers=HTMX).status_code == 403
    assert client.post(f"/contacts/offer/{item_id}", sent, headers=HTMX).status_code == 403
    assert desk.house.row(Item, id=item_id).owner_id is None


def test_another_organisation_s_contacts_are_not_there(desk: Desk, other_org: int) -> None:
    foreign, house = House(other_org).item(), desk.browser(desk.boss)
    assert _rows(_page(house)) == []
    assert (
        str(foreign) not in _page(house, f"/contacts?q={foreign}").replace(f"q={foreign}", "").split("<main")[1][900:]
    )
    assert house.get(f"/contacts/assign/{foreign}").status_code == 404
    assert (
        house.post(f"/contacts/assign/{foreign}", {"agent": str(desk.agent.agent_id)}, headers=HTMX).status_code == 404
    )
    assert house.post(f"/contacts/claim/{foreign}", headers=HTMX).status_code in (403, 404)
    assert 'class="contact gone"' in _page(house, f"/contacts/rows/{foreign}")


def test_views_filters_and_orders_show_their_rows(desk: Desk) -> None:
    web, portal = desk.lead("Ana Web", source="web"), desk.lead("Bea Portal", source="portal", band=2)
    moved = desk.lead("Cia Moved", source="web", status="working", unanswered_since=None)
    client = desk.browser(desk.boss)

    def rows(query: str) -> list[str]:
        return _rows(_page(client, f"/contacts?{query}"))

    assert set(rows("view=evaluate")) == {str(web), str(portal)}
    assert rows("view=priority") == [str(portal)]
    assert set(rows("view=all&source=web")) == {str(web), str(moved)}
    assert rows("view=all&source=web&status=working") == [str(moved)]
    assert set(rows("view=all&owner=none")) == {str(web), str(portal), str(moved)}
    assert rows(f"view=all&owner={desk.agent.agent_id}") == []
    assert rows("view=all&waiting=60") == []
    assert rows("view=all&sort=name") == [str(web), str(portal), str(moved)]
    assert rows("view=all&sort=-name") == [str(moved), str(portal), str(web)]
    assert rows("view=nothing&sort=nothing&owner=nobody&waiting=x") == rows("view=evaluate")
    assert rows("view=all&cursor=nonsense&n=7") == rows("view=all")
    assert "No contact matches." in _page(client, "/contacts?view=all&waiting=60")


def test_all_rows_come_page_by_page_and_none_twice(desk: Desk) -> None:
    made = {str(desk.house.item()) for _ in range(55)}
    client = desk.browser(desk.boss)
    first = _page(client, "/contacts?view=all")
    more = re.findall(r'hx-get="(/contacts/rows\?[^"]+)"', first)
    assert len(more) == 1
    second = _page(client, more[0].replace("&amp;", "&"), **HTMX)
    assert "<html" not in second and len(_rows(first)) == 50 and len(_rows(second)) == 5
    assert {*_rows(first), *_rows(second)} == made
    assert 'aria-rowindex="52"' in second and "contacts-more" not in second
    plain = re.findall(r'<a href="(/contacts\?[^"]+)" hx-get="/contacts/rows', first)[0].replace("&amp;", "&")
    assert _rows(_page(client, plain)) == _rows(second)


def test_the_search_says_where_somebody_stands_and_who_has_them(desk: Desk) -> None:
    item_id = desk.lead("Tomás Herrera", status="working", unanswered_since=None)
    with desk.house.inside():
        claim(item_id=item_id, actor=works_as(desk.agent.agent_id))
    page = _page(desk.browser(desk.boss), "/contacts?q=herrera")
    assert _rows(page) == [str(item_id)]
    assert "In All · owner Marta Oyarzun" in page and "1 result" in page
    assert "Nobody is found by that." in _page(desk.browser(desk.boss), "/contacts?q=qqqqqq")


def test_the_picker_suggests_who_fits_and_says_why_others_do_not(desk: Desk) -> None:
    item_id = desk.lead(language="es", attributes={"area": "North"})
    house = desk.house
    fits = house.agent(languages=["es"], attributes={"areas": ["North"]})
    full, away = house.agent(capacity=200, load=200), house.agent(presence="offline")
    page = _page(desk.browser(desk.boss), f"/contacts/assign/{item_id}", **HTMX)
    options = re.findall(r'role="option" id="pick-([^"]+)"', page)
    assert options[0] == str(fits) and "Spanish, North, 10 places free" in page
    assert "At capacity, 2 of 2" in page and "At capacity, 2 of 2. Assign anyway?" in page
    assert options.index(str(full)) > 2 and "Offline" in page and str(away) in options
    assert str(desk.boss.agent_id) in re.findall(r'data-me="([^"]+)"', page)
    found = _page(desk.browser(desk.boss), f"/contacts/assign/{item_id}?find=oyarzun")
    assert "<html" in found and re.findall(r'type="radio" name="agent" value="([^"]+)"', found) == [
        str(desk.agent.agent_id)
    ]


def test_a_manager_assigns_then_reassigns_with_undo(desk: Desk) -> None:
    item_id, client = desk.lead("Tomás Herrera"), desk.browser(desk.boss)
    sent = {"agent": str(desk.agent.agent_id), "seen": "", "n": "1"}
    answer = client.post(f"/contacts/assign/{item_id}", sent, headers=HTMX)
    assert "Marta Oyarzun" in answer.content.decode()
    assert _toast(answer) == {"text": "Tomás Herrera assigned to Marta Oyarzun.", "undo": "", "kind": "good"}
    iker = desk.house.agent()
    again = client.post(
        f"/contacts/assign/{item_id}", {"agent": str(iker), "seen": str(desk.agent.agent_id)}, headers=HTMX
    )
    undo = _toast(again)["undo"]
    assert desk.house.row(Item, id=item_id).owner_id == iker
    assert client.post(undo, headers=HTMX).status_code == 200
    assert desk.house.row(Item, id=item_id).owner_id == desk.agent.agent_id
    assert desk.house.check() == []


def test_a_manager_does_not_take_from_whoever_was_faster(desk: Desk) -> None:
    item_id, iker = desk.lead(), desk.house.agent()
    with desk.house.inside():
        claim(item_id=item_id, actor=works_as(desk.agent.agent_id))
    sent = {"agent": str(iker), "seen": ""}
    answer = desk.browser(desk.boss).post(f"/contacts/assign/{item_id}", sent, headers=HTMX)
    assert re.search(r"Marta took it \d+ s ago", answer.content.decode())
    assert _toast(answer)["kind"] == "bad"
    assert desk.house.row(Item, id=item_id).owner_id == desk.agent.agent_id


def test_somebody_full_or_away_needs_a_word_and_a_note(desk: Desk) -> None:
    item_id, client = desk.lead(), desk.browser(desk.boss)
    full, away = desk.house.agent(capacity=0), desk.house.agent(presence="offline")
    for agent, said in ((full, "has no free place"), (away, "is not available")):
        answer = client.post(f"/contacts/assign/{item_id}", {"agent": str(agent), "seen": ""}, headers=HTMX)
        assert answer.status_code == 409 and said in _toast(answer)["text"]
    sent = {"agent": str(full), "seen": "", "over": "1", "note": "She asked for her"}
    assert client.post(f"/contacts/assign/{item_id}", sent, headers=HTMX).status_code == 200
    with desk.house.inside():
        assert AgentState.objects.get(agent=full).over_by > 0
        assert Assignment.objects.get(item=item_id, ended_at=None).agent_id == full


def test_an_offer_instead_can_be_taken_back(desk: Desk) -> None:
    item_id, client = desk.lead(), desk.browser(desk.boss)
    answer = client.post(f"/contacts/offer/{item_id}", {"agent": str(desk.agent.agent_id)}, headers=HTMX)
    assert "Offered to Marta Oyarzun" in answer.content.decode()
    assert desk.house.state(item_id) == "offered"
    assert client.post(_toast(answer)["undo"], headers=HTMX).status_code == 204
    assert [offer.state for offer in desk.house.rows(Offer, item=item_id)] == ["rescinded"]


def test_without_scripts_the_same_post_goes_back_to_the_list(desk: Desk) -> None:
    item_id, client = desk.lead(), desk.browser(desk.boss)
    sent = {"agent": str(desk.agent.agent_id), "seen": "", "next": "/contacts?view=unassigned"}
    answer = client.post(f"/contacts/assign/{item_id}", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/contacts?view=unassigned")
    assert "Lucía Ortiz assigned to Marta Oyarzun." in _page(client)


def test_a_team_s_manager_sees_their_team_and_what_nobody_has(desk: Desk) -> None:
    team = new_team(desk.house.id)
    chief = new_person(desk.house.id, Role.AGENT_MANAGER, name="Chief", team=team)
    mine = new_person(desk.house.id, name="Iker Salas", team=team)
    free, theirs, others = desk.lead("Free"), desk.lead("Theirs"), desk.lead("Others")
    with desk.house.inside():
        claim(item_id=theirs, actor=works_as(mine.agent_id))
    with desk.house.inside():
        claim(item_id=others, actor=works_as(desk.agent.agent_id))
    client = desk.browser(chief)
    assert set(_rows(_page(client))) == {str(free), str(theirs)}
    assert _rows(_page(client, "/contacts?view=team")) == [str(theirs)]
    assert "My team" in _page(client)
    assert client.get(f"/contacts/assign/{others}").status_code == 404


def test_what_is_new_is_told_and_the_counts_are_live(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    address = re.findall(r'hx-get="(/contacts/head\?[^"]+)"', _page(client))[0].replace("&amp;", "&")
    desk.lead()
    desk.lead()
    grid.forget()
    head = _page(client, address, **HTMX)
    assert "2 new · Show" in head and "data-show-new hidden" not in head
    assert re.search(r'All <span class="count">2<', head)


def test_what_the_list_shows_is_exported_by_managers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.lead("Ana Núñez", source="portal")
    desk.lead("Eva", source="web")
    client = desk.browser(desk.boss)
    shown = _page(client, "/contacts?view=all&source=portal")
    address = re.findall(r'action="(/contacts/export\?[^"]+)"', shown)[0].replace("&amp;", "&")
    answer = client.post(address)
    assert answer["Content-Disposition"].startswith('attachment; filename="all-')
    text = answer.content.decode()
    assert text.startswith("\ufeffname,") and "Ana Núñez" in text and "Eva" not in text
    monkeypatch.setattr(views, "MOST_EXPORTED", 0)
    assert client.post(address, headers={"Referer": "http://testserver/contacts"})["Location"] == "/contacts"
    assert "narrow the list with a filter" in _page(client)
    agent = desk.browser(desk.agent)
    assert "/contacts/export" not in _page(agent)
    assert agent.post("/contacts/export?view=all").status_code in (302, 403)


def test_the_height_of_rows_is_remembered(desk: Desk) -> None:
    desk.lead()
    client = desk.browser(desk.boss)
    assert 'class="table compact' in _page(client, "/contacts?density=compact")
    assert 'class="table compact' in _page(client)


def test_an_empty_organisation_is_told_so_in_words(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    for view in ("all", "evaluate", "unassigned"):
        assert "No contacts yet." in _page(client, f"/contacts?view={view}")
    with desk.house.inside():
        claim(item_id=desk.house.item(status="working", unanswered_since=None), actor=works_as(desk.agent.agent_id))
    assert "All answered." in _page(client, "/contacts")
    assert "Everybody has an owner." in _page(client, "/contacts?view=unassigned")


def test_shown_rows_are_read_again_in_their_order_and_without_what_is_gone(desk: Desk) -> None:
    ids = [desk.lead(f"Person {n}") for n in range(3)]
    boss, seen = desk.browser(desk.boss), [ids[2], ids[0], ids[1]]
    first = _page(boss)
    assert first.count('data-live-resync="off"') == 3 and 'data-live=""' in first
    query = "&".join(f"seen={id}" for id in [*seen, "nonsense", UUID(int=7)])
    again = _page(boss, f"/contacts/rows/again?first=51&{query}")
    assert _rows(again) == [str(id) for id in seen] and 'aria-rowindex="52"' in again
    theirs = desk.browser(new_person(desk.house.id, name="Luis"))
    with desk.house.inside():
        claim(item_id=ids[0], actor=works_as(desk.agent.agent_id))
    assert _rows(_page(theirs, f"/contacts/rows/again?{query}")) == [str(ids[2]), str(ids[1])]

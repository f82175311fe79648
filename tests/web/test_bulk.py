"""Many at once on the pages: what a dialog says before, what a job says after, and who may do what."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.contacts.models import Entry
from rightaway.ledger.clock import clock
from rightaway.notify.relay import relay_outbox
from rightaway.people.models import Agent
from rightaway.work import grid
from rightaway.work.actions.assign import assign
from rightaway.work.actions.request_update import request_update
from rightaway.work.actions.touch import touch
from rightaway.work.models import Bulk, BulkRow, Item, Offer
from tests.calling import Person, new_person
from tests.making import BOSS, House, works_as
from tests.web.test_contacts import HTMX, Desk, _page, _toast

__all__ = ["desk"]


@pytest.fixture
def desk(org: int) -> Desk:
    grid.forget()
    boss = new_person(org, Role.COMPANY_MANAGER, name="Rosa Méndez")
    return Desk(House(org), boss, new_person(org, name="Marta Oyarzun", capacity=1000))


@pytest.fixture
def browser(desk: Desk) -> Client:
    return desk.browser(desk.boss)


def named(desk: Desk, name: str, **columns: Any) -> UUID:
    agent = desk.house.agent(**columns)
    with desk.house.inside():
        Agent.objects.filter(id=agent).update(name=name)
    return agent


def owned(desk: Desk, agent: UUID, count: int = 1) -> list[UUID]:
    items = [desk.lead(f"Contact {number}") for number in range(count)]
    with desk.house.inside():
        for item in items:
            assign(item_id=item, agent_id=agent, actor=BOSS)
    return items


def send(client: Client, path: str, items: list[UUID], verb: str, **sent: Any) -> Any:
    told = {"items": " ".join(map(str, items)), "verb": verb, "sent": "1", **sent}
    return client.post(path, told, headers=HTMX)


def start(client: Client, items: list[UUID], verb: str, **sent: Any) -> Any:
    return send(client, "/bulk/start", items, verb, **sent)


def words_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.parametrize(("language", "words"), [
    ("en", ["Offer 2 contacts", "None has an owner.", "First to accept", "You can undo for 10 seconds."]),
    ("es", ["Ofrecer 2 contactos", "Ninguno tiene encargado.", "Primero en aceptar", "Puedes deshacer durante 10 seg"]),
])  # fmt: skip
def test_the_dialog_names_what_was_chosen(desk: Desk, language: str, words: list[str]) -> None:
    items = [desk.lead("Tomás Herrera"), desk.lead("Amara Diallo")]
    answer = send(desk.browser(desk.boss, language), "/bulk/new", items, "offer")
    text = words_of(answer)
    for each in [*words, "Tomás Herrera, Amara Diallo", "Marta Oyarzun"]:
        assert each in text, each
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on\w+=", answer.content.decode())


def test_what_is_said_before_is_what_happens(desk: Desk, browser: Client) -> None:
    agents = [named(desk, name) for name in ("Ana", "Luis", "Iker")]
    items = [desk.lead(f"Contact {number}") for number in range(7)]
    said = words_of(send(browser, "/bulk/outcome", items, "assign", agent=agents))
    assert "Assign" not in said or "3 agents" not in said  # the button's words are an attribute
    loads = dict(re.findall(r"(Ana|Luis|Iker) 0/10 0 to (\d) of 10", said))
    answer = start(browser, items, "assign", agent=agents)
    assert answer.status_code == 204 and _toast(answer)["text"] == "7 contacts assigned."
    with desk.house.inside():
        names = dict(Agent.objects.values_list("id", "name"))
        got: dict[str, int] = {}
        for owner in Item.objects.filter(id__in=items).values_list("owner_id", flat=True):
            got[names[owner]] = got.get(names[owner], 0) + 1
    assert {name: int(count) for name, count in loads.items()} == got
    assert "bulk:done" in json.loads(answer.headers["HX-Trigger"])


def test_an_offer_to_several_goes_out_with_its_note_and_is_undone(desk: Desk, browser: Client) -> None:
    agents = [named(desk, "Ana"), named(desk, "Luis")]
    items = [desk.lead(), desk.lead()]
    said = send(browser, "/bulk/outcome", items, "offer", agent=agents, offer_sharing="first")
    assert 'data-button="Offer to 2 agents"' in said.content.decode() and "4 offers go out now." in words_of(said)
    answer = start(browser, items, "offer", agent=agents, offer_sharing="first", minutes="30", note="Call before lunch")
    assert len(desk.house.rows(Offer, state="open")) == 4
    assert [entry.text for entry in desk.house.rows(Entry, kind="offered")] == ["Call before lunch"] * 2
    undone = browser.post(_toast(answer)["undo"], headers=HTMX)
    assert _toast(undone)["text"] == "Undone for 2 contacts." and not desk.house.rows(Offer, state="open")


@pytest.mark.parametrize(("sharing", "more", "places"), [
    ("first", {}, 1), ("all", {}, None), ("some", {"places": "2"}, 2), ("some", {"places": "9"}, 2),
])  # fmt: skip
def test_who_gets_each(desk: Desk, browser: Client, sharing: str, more: dict[str, str], places: int | None) -> None:
    from rightaway.work.models import OfferGroup

    agents = [named(desk, "Ana"), named(desk, "Luis")]
    start(browser, [desk.lead()], "offer", agent=agents, offer_sharing=sharing, **more)
    assert desk.house.rows(OfferGroup)[0].places == places


def test_who_is_full_or_away_needs_a_confirmation_and_a_note(desk: Desk, browser: Client) -> None:
    full, away = named(desk, "Ana Beltrán", capacity=100), named(desk, "Devon", presence="offline")
    items = [desk.lead(), desk.lead()]
    said = words_of(send(browser, "/bulk/outcome", items, "assign", agent=[full]))
    assert "Ana Beltrán has 1 place and would get 2." in said and "All the same; the note says why" in said
    assert "Devon is not available now." in words_of(send(browser, "/bulk/outcome", items, "assign", agent=[away]))
    refused = start(browser, items, "assign", agent=[away])
    assert refused.status_code == 422 and "Somebody is away or would be too full." in words_of(refused)
    refused = start(browser, items, "assign", agent=[away], confirmed="1")
    assert refused.status_code == 422 and "Write a note: why all the same." in words_of(refused)
    assert start(browser, items, "assign", agent=[away], confirmed="1", note="back at noon").status_code == 204
    assert desk.house.row(Item, id=items[0]).owner_id == away


def test_what_could_not_be_done_is_listed_by_name_and_tried_again(desk: Desk, browser: Client) -> None:
    ana = named(desk, "Ana", capacity=100)
    items = [desk.lead("Tomás Herrera"), desk.lead("Amara Diallo")]
    answer = send(
        browser, "/bulk/start", items, "offer", agent=[ana], offer_sharing="one_each", minutes="10"
    )  # fmt: skip
    assert answer.status_code == 200 and answer.headers["HX-Retarget"] == "#bulk-place"
    text = words_of(answer)
    assert "Amara Diallo Nobody chosen has a free place for it" in text and "Tomás Herrera" not in text
    (job,) = desk.house.rows(Bulk)
    from rightaway.people.models import AgentState

    with desk.house.inside():
        AgentState.objects.filter(agent=ana).update(capacity=1000)
    again = browser.post(f"/bulk/{job.id}/retry", headers=HTMX)
    assert _toast(again)["text"] == "1 contact offered."
    assert len(desk.house.rows(Offer, state="open")) == 2


@pytest.mark.parametrize("sent", [
    {"verb": "assign"}, {"verb": "nothing"}, {"verb": "offer", "agent": "x"},
    {"verb": "offer", "agent": "00000000-0000-7000-8000-000000000001", "minutes": "x"},
    {"verb": "revoke", "to": "pool"}, {"verb": "revoke", "to": "nowhere", "note": "x"},
    {"verb": "move", "status": ""}, {"verb": "request_update", "minutes": "0"},
    {"verb": "assign", "agent": "00000000-0000-7000-8000-000000000001"},
])  # fmt: skip
def test_a_wrong_form_is_answered_in_its_place(desk: Desk, browser: Client, sent: dict[str, str]) -> None:
    items = owned(desk, desk.house.agent())
    answer = browser.post("/bulk/start", {"items": str(items[0]), "sent": "1", **sent}, headers=HTMX)
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert not desk.house.rows(Bulk)


def test_a_whole_view_is_chosen_as_it_is_now_and_shows_how_far_it_is(desk: Desk, browser: Client) -> None:
    ana = named(desk, "Ana", capacity=10_000_000)
    for number in range(201):
        desk.house.item(source="web" if number else "portal")
    assert 'data-whole="200"' in _page(browser, "/bulk/all?view=unassigned&source=web")
    answer = send(browser, "/bulk/start", [], "assign", of="view=unassigned&source=web", agent=[ana])
    assert answer.status_code == 204  # two hundred run while one waits
    answer = send(browser, "/bulk/start", [], "request_update", of="view=all")
    job = desk.house.rows(Bulk, verb="request_update")[0]
    assert job.total == 201 and job.state == "running"
    text = words_of(answer)
    assert "Request an update on 201 contacts" in text and "0 of 201" in text and "Stop" in text
    stopped = browser.post(f"/bulk/{job.id}/stop", headers=HTMX)
    assert "Stopped" in words_of(stopped) and desk.house.row(Bulk, id=job.id).state == "stopped"
    assert "201 contacts" in _page(browser, "/bulk")


def test_protected_contacts_are_set_apart(desk: Desk, browser: Client) -> None:
    ana = named(desk, "Ana")
    spoken, idle = owned(desk, ana, 2)
    with desk.house.inside():
        touch(item_id=spoken, kind="call", outcome="connected", actor=works_as(ana))
    said = words_of(send(browser, "/bulk/outcome", [spoken, idle], "revoke", to="pool"))
    assert "Protected, and left where they are: 1 was spoken to within 14 days" in said
    start(browser, [spoken, idle], "revoke", to="pool", note="no call in 19 min")
    assert [desk.house.row(Item, id=id).owner_id for id in (spoken, idle)] == [ana, None]
    start(browser, [spoken], "revoke", to="pool", note="no call in 19 min", protected_too="1")
    assert desk.house.row(Item, id=spoken).owner_id is None
    # Put back from the menu, as it was.
    assert "Back to Ana" in _page(browser, f"/contacts/{spoken}/menu", **HTMX)
    assert _toast(browser.post(f"/contacts/{spoken}/do/put-back", headers=HTMX))["text"].startswith(
        "It is back with An"
    )
    assert desk.house.row(Item, id=spoken).owner_id == ana


def test_many_are_taken_back_when_a_second_manager_agrees_who_is_told(desk: Desk, browser: Client) -> None:
    second = new_person(desk.house.id, Role.COMPANY_MANAGER, name="Tom")
    items = owned(desk, desk.house.agent(capacity=10_000), 26)
    text = words_of(start(browser, items, "revoke", to="pool", note="she left"))
    assert "Waits for a second manager" in text and "I agree" not in text
    (job,) = desk.house.rows(Bulk)
    assert browser.post(f"/bulk/{job.id}/confirm", headers=HTMX).status_code == 403
    assert "Contacts are to be taken back: you may agree." in words_of(_noticed(desk, second))
    assert f"/bulk/{job.id}" in _noticed(desk, second).content.decode()
    theirs = desk.browser(second)
    assert "I agree: take them back" in _page(theirs, f"/bulk/{job.id}")
    assert "26 contacts taken back." in words_of(theirs.post(f"/bulk/{job.id}/confirm", headers=HTMX))
    page = _page(theirs, f"/bulk/{job.id}")
    assert "Put back to their owners" in page


def _noticed(desk: Desk, person: Person) -> Any:
    while relay_outbox(desk.house.id):
        pass
    return desk.browser(person).get("/notifications")


def test_an_update_is_asked_for_answered_and_both_are_seen(desk: Desk, browser: Client) -> None:
    marta = desk.agent.agent_id
    (item,) = owned(desk, marta)
    others = owned(desk, marta, 2)
    start(browser, [item], "request_update", note="Did she call back?", minutes="60")
    work = words_of(desk.browser(desk.agent).get("/work"))
    assert work.index("Did she call back?") < work.index("Contact 1") and "asked, due" in work
    assert "You are asked for an update." in words_of(_noticed(desk, desk.agent))
    assert "Asked" in words_of(browser.get(f"/contacts/rows/{item}"))
    assert "asked for an update" in words_of(browser.get(f"/contacts/{item}"))
    desk.browser(desk.agent).post(f"/work/items/{item}/log", {"said": "note", "text": "She did"}, headers=HTMX)
    assert "Asked" not in words_of(browser.get(f"/contacts/rows/{item}"))
    assert "Update answered" in words_of(browser.get(f"/contacts/{item}"))
    assert "Update answered" not in words_of(desk.browser(desk.agent).get(f"/contacts/{item}"))
    assert others


def test_whoever_lost_one_is_told_why(desk: Desk, browser: Client) -> None:
    (item,) = owned(desk, desk.agent.agent_id)
    start(browser, [item], "revoke", to="pool", note="no call in 19 min")
    assert "A contact was taken from you: no call in 19 min" in words_of(_noticed(desk, desk.agent))


def test_an_owner_hands_back_from_my_work_and_says_why(desk: Desk) -> None:
    (item,) = owned(desk, desk.agent.agent_id)
    client = desk.browser(desk.agent)
    assert client.post(f"/work/items/{item}/hand-back", {"reason": " "}, headers=HTMX).status_code == 422
    assert desk.house.row(Item, id=item).owner_id == desk.agent.agent_id
    client.post(f"/work/items/{item}/hand-back", {"reason": "I know her"}, headers=HTMX)
    assert desk.house.row(Item, id=item).owner_id is None


def test_priority_is_a_press_and_undone_by_another(desk: Desk, browser: Client) -> None:
    item = desk.lead()
    answer = browser.post(f"/contacts/{item}/do/priority?priority=1", headers=HTMX)
    assert desk.house.row(Item, id=item).band == 2
    browser.post(_toast(answer)["undo"], headers=HTMX)
    assert desk.house.row(Item, id=item).band == 1


def test_a_protected_one_is_taken_in_the_profile_only_when_that_is_ticked(desk: Desk, browser: Client) -> None:
    ana = named(desk, "Ana")
    (item,) = owned(desk, ana)
    with desk.house.inside():
        touch(item_id=item, kind="call", outcome="connected", actor=works_as(ana))
    sent = {"to": "pool", "reason": "x", "seen": str(ana)}
    answer = browser.post(f"/contacts/{item}/do/revoke", sent, headers=HTMX)
    assert answer.status_code == 422 and "They spoke within the last 14 days." in words_of(answer)
    browser.post(f"/contacts/{item}/do/revoke", {**sent, "protected_too": "on"}, headers=HTMX)
    assert desk.house.row(Item, id=item).owner_id is None


def test_an_agent_neither_sees_nor_does_any_of_it(desk: Desk) -> None:
    item, client = desk.lead(), desk.browser(desk.agent)
    page = _page(client)
    assert "data-pick" not in page.replace("data-picker", "") and "bulk-bar" not in page
    for path in ("/bulk/new", "/bulk/start"):
        assert send(client, path, [item], "assign", agent=[desk.agent.agent_id]).status_code in (403, 422)
    assert client.get("/bulk").status_code == 403
    assert not desk.house.rows(Bulk)


def test_another_organisation_s_jobs_and_items_are_not_there(desk: Desk, browser: Client, other_org: int) -> None:
    other = Desk(House(other_org), new_person(other_org, Role.COMPANY_MANAGER), new_person(other_org))
    theirs = other.lead("Zyx")
    start(other.browser(other.boss), [theirs], "assign", agent=[other.agent.agent_id])
    (job,) = other.house.rows(Bulk)
    for path in (f"/bulk/{job.id}", f"/bulk/{job.id}/part", f"/contacts/{theirs}/menu"):
        assert browser.get(path).status_code == 404
    for what in ("stop", "confirm", "undo", "retry"):
        assert browser.post(f"/bulk/{job.id}/{what}", headers=HTMX).status_code == 404
    answer = start(browser, [theirs], "assign", agent=[desk.agent.agent_id])
    assert "Zyx" not in answer.content.decode() and other.house.row(Item, id=theirs).owner_id == other.agent.agent_id
    assert [row.problem for row in desk.house.rows(BulkRow)] == ["not-found"]


def test_an_update_that_is_late_is_bad_news(desk: Desk) -> None:
    (item,) = owned(desk, desk.agent.agent_id)
    with desk.house.inside():
        request_update(item_id=item, actor=BOSS, seconds=60)
        Item.objects.filter(id=item).update(update_due_at=clock() - timedelta(minutes=1))
    page = desk.browser(desk.agent).get("/work").content.decode()
    assert re.search(r'class="status bad">.{0,300}A manager asked', page, re.S)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "The role of 2 contacts given."), ("es", "Rol de 2 contactos asignado.")]
)
def test_a_role_is_given_to_many_from_the_dialog(desk: Desk, language: str, said: str) -> None:
    client, agent = desk.browser(desk.boss, language), str(desk.agent.agent_id)
    role = desk.house.role(desk.agent.agent_id)
    items = [desk.lead(), desk.lead()]
    dialog = send(client, "/bulk/new", items, "assign").content.decode()
    assert f'<option value="{role}">' in dialog and f'data-roles="{role}"' in dialog
    before = words_of(send(client, "/bulk/outcome", items, "assign", agent=[agent], role=str(role)))
    assert ("A role costs no place" if language == "en" else "Un rol no ocupa lugar") in before
    answer = start(client, items, "assign", agent=[agent], role=str(role))
    assert _toast(answer)["text"] == said
    stranger = str(new_person(desk.house.id, name="Devon").agent_id)
    refused = start(client, items, "assign", agent=[stranger], role=str(role))
    assert refused.status_code == 422


def test_what_becomes_of_what_nobody_takes_is_said_before(desk: Desk, browser: Client) -> None:
    items = [desk.lead()]
    for choice, said in (("unassigned", "is unassigned again"), ("routes", "the routes decide")):
        sent = {"agent": [str(desk.agent.agent_id)], "if_nobody": choice}
        assert said in words_of(send(browser, "/bulk/outcome", items, "offer", **sent))
    assert start(browser, items, "offer", agent=[str(desk.agent.agent_id)], if_nobody="routes").status_code == 204
    assert desk.house.row(Offer, item=items[0]).then_routes
    wrong = send(browser, "/bulk/outcome", items, "offer", agent=[str(desk.agent.agent_id)], if_nobody="gone")
    assert "cannot be used" in words_of(wrong)

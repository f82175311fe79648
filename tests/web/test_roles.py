"""Functional roles on the pages: the grid's column and its popup, the assignment card, My work, and the settings."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rightaway.accounts.roles import Role
from rightaway.people.models import FunctionalRole, RoleHolder
from rightaway.web.contacts.rows import roles_of
from rightaway.work import grid
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.models import Assignment, Item, Offer
from tests.calling import new_person
from tests.making import BOSS, House
from tests.web.test_contacts import CANARY, Desk

HX = {"HX-Request": "true"}
NAMED = {"long_en": "Loan officer", "short_en": "LO", "long_es": "Oficial de préstamos", "short_es": "OP"}


@pytest.fixture
def desk(org: int) -> Desk:
    grid.forget()
    boss = new_person(org, Role.COMPANY_MANAGER, name="Rosa Méndez")
    return Desk(House(org), boss, new_person(org, name="Marta Oyarzun", capacity=1000))


def holds(desk: Desk, item: UUID, role: UUID, agent: UUID | None) -> None:
    with desk.house.inside():
        assign_role(item_id=item, role_id=role, agent_id=agent, actor=BOSS)


def holders(desk: Desk, item: UUID) -> list[UUID]:
    return [row.agent_id for row in desk.house.rows(Assignment, item=item, role_id__isnull=False, ended_at=None)]


def toast(answer: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer.headers["HX-Trigger"])["toast"]
    return found


def test_without_roles_there_is_no_column(desk: Desk) -> None:
    desk.lead()
    page = desk.browser(desk.boss).get("/contacts?view=all").content.decode()
    assert "col-roles" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("BA", "Assign buyer’s agent for Tomás Herrera", "Marta O.", ": reassign buyer’s agent for Eva Ruiz")),
        ("es", ("AC", "Asignar agente comprador para Tomás Herrera", "Marta O.", ": reasignar agente comprador")),
    ],
)
def test_the_column_says_who_holds_what_in_the_reader_s_language(desk: Desk, language: str, words: Any) -> None:
    free, held = desk.lead("Tomás Herrera"), desk.lead("Eva Ruiz")
    role = desk.house.role(desk.agent.agent_id)
    holds(desk, held, role, desk.agent.agent_id)
    client = desk.browser(desk.boss, language)
    client.cookies["language"] = language
    page = client.get("/contacts?view=all").content.decode()
    for each in (*words, f'id="role-{free}-{role}"'):
        assert each in page, each
    # A row by itself has the same cells.
    alone = client.get(f"/contacts/rows/{held}", headers=HX).content.decode()
    assert alone.count("<td") == 11


def test_agents_read_who_it_is_and_assign_nothing(desk: Desk) -> None:
    item = desk.lead("Tomás Herrera")
    role = desk.house.role(desk.agent.agent_id)
    client = desk.browser(desk.agent)
    page = client.get("/contacts?view=all").content.decode()
    assert "col-roles" in page and f"role-{item}" not in page
    address = f"/contacts/roles/{item}/{role}"
    for answer in (client.get(address), client.post(address, {"agent": desk.agent.agent_id}, headers=HX),
                   client.post(f"{address}/offer", {"agent": desk.agent.agent_id}, headers=HX)):  # fmt: skip
        assert answer.status_code in (403, 404) or toast(answer)["kind"] == "bad"
    assert holders(desk, item) == []


def test_the_popup_has_those_who_may_hold_it_and_gives_it_to_one(desk: Desk) -> None:
    item, other = desk.lead("Tomás Herrera"), new_person(desk.house.id, name="Luis Cardona", presence="offline")
    outside = new_person(desk.house.id, name="Nadie Más")
    role = desk.house.role(desk.agent.agent_id, other.agent_id)
    client, address = desk.browser(desk.boss), f"/contacts/roles/{item}/{role}"
    popup = client.get(address, headers=HX).content.decode()
    assert "Marta Oyarzun" in popup and "Luis Cardona" in popup and outside.api is not None
    assert "Nadie Más" not in popup and "Take the role away" not in popup and "data-offer-instead" in popup
    assert "Nadie Más" not in client.get(address).content.decode()  # the page of its own
    assert "Luis" not in client.get(f"{address}?find=marta").content.decode()
    answer = client.post(address, {"agent": desk.agent.agent_id, "seen": "", "n": 1}, headers=HX)
    assert "Marta O." in answer.content.decode()
    assert toast(answer)["text"] == "Buyer’s agent for Tomás Herrera: Marta Oyarzun."
    # Undo gives it back to nobody.
    client.post(toast(answer)["undo"], headers=HX)
    assert holders(desk, item) == []
    client.post(address, {"agent": other.agent_id}, headers=HX)
    assert "Take the role away" in client.get(address, headers=HX).content.decode()
    answer = client.post(address, {"agent": "", "seen": str(other.agent_id)}, headers=HX)
    assert toast(answer)["text"] == "Buyer’s agent for Tomás Herrera: nobody now."


def test_whoever_was_faster_keeps_it_and_who_may_not_hold_it_does_not_get_it(desk: Desk) -> None:
    item = desk.lead("Tomás Herrera")
    role = desk.house.role(desk.agent.agent_id)
    client, address = desk.browser(desk.boss), f"/contacts/roles/{item}/{role}"
    holds(desk, item, role, desk.agent.agent_id)
    answer = client.post(address, {"agent": "", "seen": ""}, headers=HX)
    assert toast(answer)["kind"] == "bad" and "Marta O." in answer.content.decode()
    assert holders(desk, item) == [desk.agent.agent_id]
    for sent in ({"agent": desk.boss.agent_id}, {"agent": "nonsense"}, {"agent": uuid4()}):
        assert toast(client.post(address, sent, headers=HX))["kind"] == "bad"
    assert client.get(f"/contacts/roles/{item}/{uuid4()}").status_code == 404
    assert holders(desk, item) == [desk.agent.agent_id]


def test_a_role_is_offered_and_answered_in_my_work_which_says_which_role(desk: Desk) -> None:
    item = desk.lead("Tomás Herrera")
    role = desk.house.role(desk.agent.agent_id)
    client = desk.browser(desk.boss)
    answer = client.post(f"/contacts/roles/{item}/{role}/offer", {"agent": desk.agent.agent_id}, headers=HX)
    assert "offered" in answer.content.decode() and "offered to Marta Oyarzun for 10 min" in toast(answer)["text"]
    agent = desk.browser(desk.agent)
    assert "Role Buyer’s agent: Only you" in agent.get("/work").content.decode()
    profile = client.get(f"/contacts/{item}").content.decode()
    assert "Offered to Marta Oyarzun" in profile and "Buyer’s agent · " in profile
    offer = desk.house.row(Offer, item=item)
    done = agent.post(f"/work/offers/{offer.id}/accept", {"seen": offer.id}, headers=HX)
    assert "The role is yours" in done.content.decode()
    assert desk.house.state(item) == "pooled" and holders(desk, item) == [desk.agent.agent_id]
    mine = agent.get("/contacts?view=all&role=mine").content.decode()
    assert str(item) in mine and "held by me" in mine


def test_a_masked_offer_of_a_role_shows_no_name(desk: Desk) -> None:
    item, other = desk.lead(f"Tomás {CANARY}"), new_person(desk.house.id)
    role = desk.house.role(desk.agent.agent_id, other.agent_id)
    with desk.house.inside():
        Item.objects.filter(id=item).update(state="pooled")
        offer_role(item_id=item, role_id=role, agent_ids=[desk.agent.agent_id, other.agent_id], seconds=600, actor=BOSS)
    client = desk.browser(desk.agent)
    for path in ("/work", "/contacts?view=all", f"/contacts/{item}"):
        page = client.get(path).content.decode()
        assert CANARY not in page, path
    assert "Role Buyer’s agent: First to accept" in client.get("/work").content.decode()


def test_the_profile_shows_the_roles_and_their_history(desk: Desk) -> None:
    item = desk.lead("Tomás Herrera")
    role = desk.house.role(desk.agent.agent_id, desk.boss.agent_id)
    holds(desk, item, role, desk.boss.agent_id)
    holds(desk, item, role, desk.agent.agent_id)
    page = desk.browser(desk.boss).get(f"/contacts/{item}?show=assignment").content.decode()
    for words in (
        f'id="assignment-role-{role}"', "Reassign buyer’s agent for Tomás Herrera",
        "gave the role Buyer’s agent to Marta Oyarzun in place of Rosa Méndez.",
    ):  # fmt: skip
        assert words in page, words
    # Whoever holds it reads who else does by no name, and has nothing to hand out.
    mine = desk.browser(desk.agent).get(f"/contacts/{item}").content.decode()
    card = mine.partition('class="assignment-roles"')[2].partition("</ul>")[0]
    assert "You" in card and "assignment-role-" not in card and "Tomás Herrera" in mine


def test_a_page_of_rows_reads_its_roles_with_the_same_few_queries(desk: Desk) -> None:
    role = desk.house.role(desk.agent.agent_id)
    items = [desk.lead(f"Contact {n}") for n in range(12)]
    for item in items[:6]:
        holds(desk, item, role, desk.agent.agent_id)
    counts = []
    with desk.house.inside():
        rows = sorted(Item.objects.filter(id__in=items), key=lambda item: items.index(item.id))
        for some in (rows[:2], rows):
            with CaptureQueriesContext(connection) as asked:
                found = roles_of(some)
            counts.append(len(asked))
    assert counts[0] == counts[1] <= 4
    assert found is not None and sum(bool(held[0].who) for held in found.values()) == 6


# settings


def test_a_role_is_made_changed_and_retired_in_the_settings(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    assert "No roles yet." in client.get("/settings/roles").content.decode()
    sent = {**NAMED, "position": 2, "kinds": ["lead"], "holders": [desk.agent.agent_id], "active": "on"}
    assert client.post("/settings/roles/new", sent).status_code == 302
    row = desk.house.row(FunctionalRole)
    assert (row.key, row.names["es"]["short"], row.kinds, row.position) == ("loan-officer", "OP", ["lead"], 2)
    assert [each.agent_id for each in desk.house.rows(RoleHolder)] == [desk.agent.agent_id]
    assert "1 agent may hold it" in client.get("/settings/roles").content.decode()
    page = client.get(f"/settings/roles/{row.id}").content.decode()
    etag = re.findall(r'name="etag" value="(\w+)"', page)[0]
    changed = {**sent, "short_en": "Loan", "holders": [], "etag": etag}
    del changed["active"]
    assert client.post(f"/settings/roles/{row.id}", changed).status_code == 302
    row = desk.house.row(FunctionalRole)
    assert row.names["en"]["short"] == "Loan" and not row.active and desk.house.rows(RoleHolder) == []
    assert "Retired" in client.get("/settings/roles").content.decode()
    # From what it was before: refused, and told.
    late = client.post(f"/settings/roles/{row.id}", {**sent, "etag": etag})
    assert late.status_code == 422 and "Somebody else changed this role" in late.content.decode()


def test_a_second_role_of_the_same_name_has_a_key_of_its_own(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    for _ in range(2):
        assert client.post("/settings/roles/new", {**NAMED, "position": 1, "active": "on"}).status_code == 302
    assert sorted(row.key for row in desk.house.rows(FunctionalRole)) == ["loan-officer", "loan-officer-2"]


def test_what_is_wrong_is_told_by_its_field_and_nothing_is_saved(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    wrong = {**NAMED, "short_en": "", "short_es": "Demasiado", "position": -1, "holders": [uuid4()], "active": "on"}
    answer = client.post("/settings/roles/new", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count('class="wrong"') >= 3 and "Loan officer" in page
    assert desk.house.rows(FunctionalRole) == []


def test_only_a_company_manager_comes_to_the_settings(desk: Desk, other_org: int) -> None:
    role, theirs = desk.house.role(), House(other_org).role()
    lead = new_person(desk.house.id, Role.AGENT_MANAGER)
    for person in (desk.agent, lead):
        client = desk.browser(person)
        for path in ("/settings/roles", "/settings/roles/new", f"/settings/roles/{role}"):
            assert client.get(path).status_code == 403, path
        client.post("/settings/roles/new", {**NAMED, "position": 1})
        client.post(f"/settings/roles/{role}", {**NAMED, "position": 9})
    assert [row.position for row in desk.house.rows(FunctionalRole)] == [0]
    assert desk.browser(desk.boss).get(f"/settings/roles/{theirs}").status_code == 404

"""The pages of records: typed in, recognised, edited, merged, archived; companies and fields; and who may."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.contacts.models import Company, Contact, CustomField, Merge, MergeSuggestion
from rightaway.people.models import Team, TeamMember
from rightaway.work.models import Item
from tests.contacts.making import asks, field
from tests.making import House
from tests.web.test_profile import member, named, page

PHONE = "+541143215678"
CANARY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def house(org: int) -> House:
    return House(org)


@pytest.fixture
def boss(house: House) -> Client:
    return member(house, Role.COMPANY_MANAGER)


def said(**more: Any) -> dict[str, Any]:
    return {"name": "Tomás Herrera", "phones": PHONE, "kind": "lead", "owner": "routes", **more}


def tag(client: Client, path: str) -> str:
    (found,) = re.findall(r'name="etag" value="(\w+)"', page(client, path))
    return str(found)


@pytest.mark.parametrize(("language", "words"), [("en", "Let the routes decide"), ("es", "Que decidan las rutas")])
def test_a_contact_is_typed_in(house: House, language: str, words: str) -> None:
    field(house, "wants", "choices", choices=[{"key": "flat", "names": {"en": "Flat"}}])
    boss = member(house, Role.COMPANY_MANAGER, language=language)
    assert words in page(boss, "/contacts/new")
    answer = boss.post("/contacts/create", said(own_wants=["flat"], company="Ñandú", message="Hello"))
    item = house.row(Item)
    assert answer.headers["Location"] == f"/contacts/{item.id}"
    assert (item.attributes, item.state) == ({"wants": ["flat"]}, "waiting")
    text = page(boss, f"/contacts/{item.id}")
    assert "Flat" in text and "Ñandú" in text and f"/companies/{house.row(Company).id}" in text


def test_somebody_known_is_recognised_and_what_was_typed_stays(house: House, boss: Client) -> None:
    known, item = asks(house, "Tomás Herrera", phone=PHONE)
    answer = boss.post("/contacts/create", said(name="T. Herrera", message="Again"))
    text = answer.content.decode()
    assert answer.status_code == 422 and "Add an enquiry to Tomás Herrera" in text and "T. Herrera" in text
    assert f"/contacts/{known}" in text and len(house.rows(Contact)) == 1
    answer = boss.post("/contacts/create", said(name="T. Herrera", message="Again", known_too="1"))
    assert answer.headers["Location"] == f"/contacts/{item}"
    assert house.row(Item).enquiries == 2


def test_an_agent_is_not_told_who_has_the_number(house: House) -> None:
    asks(house, "Canary", phone=PHONE)
    eva = member(house, Role.AGENT, named(house, "Eva"))
    answer = eva.post("/contacts/create", said(name="T", owner="me"))
    assert answer.status_code == 422
    assert "Canary" not in answer.content.decode() and "whom you may not see" in answer.content.decode()
    # A choice that the form does not offer is none.
    assert eva.post("/contacts/create", said(phones="", owner=str(named(house, "Bea")))).status_code == 422


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Private book", "not for Buyers", "Share with the team", "Your team sees this contact now.")),
     ("es", ("Cartera privada", "no por Buyers", "Compartir con el equipo", "Tu equipo ya ve este contacto."))],
)  # fmt: skip
def test_a_private_book_says_so_until_it_is_shared_with_the_team(
    house: House, boss: Client, language: str, words: tuple[str, ...]
) -> None:
    eva, manager = named(house, "Eva"), named(house, "Max")
    with house.inside():
        team = Team.objects.create(key="buyers", name="Buyers")
        TeamMember.objects.create(team=team, agent_id=eva)
        TeamMember.objects.create(team=team, agent_id=manager, manages=True)
    mine, theirs = member(house, Role.AGENT, eva, language), member(house, Role.AGENT_MANAGER, manager, language)
    address = mine.post("/contacts/create", said(owner="private"))["Location"]
    profile, listed = page(mine, address), page(mine, "/contacts?view=all")
    assert all(each in profile for each in words[:3]) and words[0] in listed
    assert theirs.get(address).status_code == 404
    for path in ("/contacts?view=all", "/contacts?q=43215678", "/search?q=43215678", "/oversight"):
        assert "Herrera" not in theirs.get(path).content.decode(), path
    assert words[0] in page(boss, "/contacts?view=all") or language == "es"
    assert theirs.post(f"{address}/do/share", headers={"HX-Request": "true"}).status_code == 404
    done = mine.post(f"{address}/do/share", headers={"HX-Request": "true"})
    assert words[3] in done.content.decode() + str(done.headers)
    assert words[0] not in page(mine, address) and "Herrera" in page(theirs, "/contacts?view=all")
    assert mine.post(f"{address}/do/share").status_code in (302, 409)


def test_somebody_away_needs_a_confirmation(house: House, boss: Client) -> None:
    bea = named(house, "Bea", presence="offline")
    answer = boss.post("/contacts/create", said(owner=str(bea)))
    assert answer.status_code == 422 and "Bea is not available now" in answer.content.decode()
    boss.post("/contacts/create", said(owner=str(bea), anyway="on", note="She asked"))
    assert house.row(Item).owner_id == bea


@pytest.mark.parametrize(
    "wrong",
    [{"name": "", "phones": ""}, {"kind": "castle"}, {"owner": ""}, {"own_budget": "much"}, {"phones": "1\n" * 30}],
)
def test_what_cannot_be_saved_is_said_and_nothing_is_written(house: House, boss: Client, wrong: dict[str, str]) -> None:
    field(house, "budget", "money", currency="USD")
    if wrong.get("phones", "").count("\n"):
        wrong = {"phones": "\n".join(str(number) for number in range(30))}
    answer = boss.post("/contacts/create", said(**wrong))
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert house.rows(Contact) == []


def test_a_contact_is_edited_from_what_was_read(house: House, boss: Client) -> None:
    contact, item = asks(house, "Ana", phone=PHONE)
    etag = tag(boss, f"/contacts/{contact}/edit")
    values = {"name": "Ana Luz", "phones": f"+541144445555\n{PHONE}", "emails": "a@example.com", "etag": etag}
    assert boss.post(f"/contacts/{contact}/save", values).status_code == 302
    assert house.row(Item, id=item).folded == "ana luz"
    stale = boss.post(f"/contacts/{contact}/save", {**values, "name": "Other"})
    assert (
        stale.status_code == 412 and "in the meantime" in stale.content.decode() and "Other" in stale.content.decode()
    )
    text = page(boss, f"/contacts/{item}")
    assert text.index("+541144445555") < text.index(PHONE)


def test_two_become_one_and_two_again(house: House, boss: Client) -> None:
    (one, first), (two, _second) = asks(house, "Ana", phone=PHONE), asks(house, "Anita", email="a@example.com")
    assert "Anita" in page(boss, f"/contacts/{one}/merge?find=anita")
    assert "Both have something open" in page(boss, f"/contacts/{one}/merge?with={two}")
    boss.post(f"/contacts/{one}/do/merge", {"with": str(two), "win-name": "other"})
    assert house.row(Contact, id=one).name == "Anita"
    assert boss.get(f"/contacts/{two}").headers["Location"] == f"/contacts/{first}"
    text = page(boss, f"/contacts/{first}")
    assert "Undo the merge" in text
    boss.post(f"/contacts/merges/{house.row(Merge).id}/undo")
    assert house.row(Contact, id=one).name == "Ana"
    assert "Undo the merge" not in page(boss, f"/contacts/{first}")


def test_possible_duplicates_are_compared_or_dismissed(house: House, boss: Client) -> None:
    asks(house, "Ana", phone=PHONE)
    asks(house, "Anita", email="a@example.com")
    asks(house, phone=PHONE, email="a@example.com")
    assert "Anita" in page(boss, "/contacts/duplicates")
    boss.post(f"/contacts/duplicates/{house.row(MergeSuggestion).id}/dismiss")
    assert "Anita" not in page(boss, "/contacts/duplicates")


def test_an_archived_contact_says_so_and_comes_back(house: House, boss: Client) -> None:
    contact, item = asks(house, "Ana", phone=PHONE)
    boss.post(f"/contacts/{contact}/do/archive")
    assert house.row(Contact, id=contact).archived_at is None  # something is open
    boss.post(f"/contacts/{contact}/do/archive", {"close_open": "1"})
    assert "Archived" in page(boss, f"/contacts/{item}")
    assert "Archived" in page(boss, "/search?q=ana") and "Ana" not in page(boss, "/contacts?view=all")
    boss.post(f"/contacts/{contact}/do/restore")
    assert "Ana" in page(boss, "/contacts?view=all")


def test_companies_and_fields_are_kept(house: House, boss: Client) -> None:
    boss.post("/companies/create", {"name": "Ñandú SA"})
    company = house.row(Company)
    assert boss.post("/companies/create", {"name": "nandu sa"}).status_code == 422
    ana = named(house, "Ana")
    etag = tag(boss, f"/companies/{company.id}/edit")
    assert (
        boss.post(f"/companies/{company.id}/save", {"name": "Puma", "owner": str(ana), "etag": etag}).status_code == 302
    )
    assert boss.post(f"/companies/{company.id}/save", {"name": "X", "etag": etag}).status_code == 412
    asks(house, "Eva", company="puma")
    assert "Eva" in page(boss, f"/companies/{company.id}") and "Puma" in page(boss, "/search?q=puma")
    made = {
        "key": "wants",
        "type": "choice",
        "name_en": "Wants",
        "choices": "Flat\nhouse | House | Casa\nTierra | Land",
        "place": 0,
    }
    assert boss.post("/settings/fields/create", made).status_code == 302
    row = house.row(CustomField)
    assert [choice["key"] for choice in row.choices] == ["flat", "house", "tierra"]
    etag = tag(boss, f"/settings/fields/{row.id}")
    asks(house, "Eva", attributes={"wants": "house"})
    less = {"name_en": "Wants", "choices": "flat | Flat |", "place": 0, "etag": etag}
    assert "must stay: house" in boss.post(f"/settings/fields/{row.id}/save", less).content.decode()
    assert boss.post(f"/settings/fields/{row.id}/save", {**less, "etag": "x"}).status_code == 412


def test_who_may_not_is_kept_out(house: House) -> None:
    contact, _item = asks(house, "Canary", phone=PHONE)
    eva = member(house, Role.AGENT, named(house, "Eva"))
    paths = [f"/contacts/{contact}/edit", f"/contacts/{contact}/merge", "/settings/fields", "/contacts/duplicates"]
    for path in [*paths, f"/contacts/{uuid4()}/edit", f"/companies/{uuid4()}", "/companies/new"]:
        assert eva.get(path).status_code in (403, 404), path
    manager = member(house, Role.AGENT_MANAGER, named(house, "Bea"))
    assert manager.get("/settings/fields").status_code == 403


def test_nothing_that_was_typed_is_taken_for_markup(house: House, boss: Client) -> None:
    field(house, "note", "text")
    contact, item = asks(house, CANARY, phone=PHONE, company=CANARY, attributes={"note": CANARY})
    other, _ = asks(house, CANARY)
    company: UUID = house.row(Company).id
    for path in (f"/contacts/{item}", f"/contacts/{contact}/edit", f"/contacts/{contact}/merge?with={other}",
                 "/companies", f"/companies/{company}", f"/contacts/{contact}/merge?find=onerror"):  # fmt: skip
        assert CANARY not in page(boss, path), path

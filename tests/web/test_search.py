"""Search from every page: who is found, how, and who must not be; the results page without scripts."""

from typing import Any

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.contacts.models import Contact, Identity
from rightaway.contacts.normalise import fold
from rightaway.work.actions.assign import assign
from rightaway.work.actions.edit_note import edit_note
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item
from rightaway.work.searching import search
from tests.calling import Person, new_person, new_team
from tests.making import BOSS, House, works_as
from tests.web.test_my_work import HTMX, PHONE, SURNAME, browser, canary, house, masked, page

__all__ = ["house"]


def named(house: House, name: str, *, email: str = "", phone: str = "", **columns: Any) -> Any:
    item = house.item(**columns)
    with house.inside():
        contact = Item.objects.get(id=item).contact_id
        Contact.objects.filter(id=contact).update(name=name, folded=fold(name))
        Item.objects.filter(id=item).update(folded=fold(name), front=True)
        for kind, value in (("email", email), ("phone", phone)):
            if value:
                Identity.objects.create(contact_id=contact, kind=kind, value=value, raw=value)
    return item


def found(client: Client, text: str, **headers: str) -> str:
    answer = client.get("/search/found", {"q": text}, headers={**HTMX, **headers})
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def boss(house: House) -> Client:
    return browser(new_person(house.id, Role.COMPANY_MANAGER, name="Rosa Medina"))


@pytest.mark.parametrize(
    "text", ["beltran", "Beltrán", "beltram", "ana@exa", "600 123 987", "+34 600-123-987", "3987", "BELTRÁN ana"]
)
def test_a_contact_is_found_by_name_nearly_right_address_and_digits(house: House, boss: Client, text: str) -> None:
    item = named(house, "Ana Beltrán", email="ana@example.com", phone="+34600123987")
    named(house, "Somebody Else", email="else@example.org", phone="+34600000000")
    shown = found(boss, text)
    assert str(item) in shown
    assert "Somebody Else" not in shown
    assert str(item) in page(boss, "/search", q=text)


@pytest.mark.parametrize("text", ["0187", "55 50187", "0 202 555 0187", "00 1 202 555 0187", "0012025550187"])
def test_a_zero_in_front_is_a_digit_or_a_prefix(house: House, boss: Client, text: str) -> None:
    item = named(house, "Ana Beltrán", phone="+12025550187")
    named(house, "Somebody Else", phone="+12025553187")
    eva = new_person(house.id, name="Eva Luna")
    with house.inside():
        assign(item_id=item, agent_id=eva.agent_id, actor=BOSS)
    for client in (boss, browser(eva)):
        shown = found(client, text)
        assert str(item) in shown
        assert "Somebody Else" not in shown


def test_a_contact_is_found_by_its_id(house: House, boss: Client) -> None:
    item = named(house, "Ana Beltrán")
    assert "Ana Beltrán" in found(boss, str(item))


@pytest.mark.parametrize(
    ("language", "place", "free"), [("en", "In Evaluate", "Unassigned"), ("es", "En Por evaluar", "Sin asignar")]
)
def test_a_result_says_where_it_is_when_it_is_outside_of_the_view(
    house: House, language: str, place: str, free: str
) -> None:
    client = browser(new_person(house.id, Role.COMPANY_MANAGER), language)
    named(house, "Ana Beltrán", band=1)
    here = "http://testserver/contacts"
    assert place in found(client, "beltran", **{"HX-Current-URL": f"{here}?view=priority"})
    inside = found(client, "beltran", **{"HX-Current-URL": f"{here}?view=evaluate"})
    assert place not in inside
    assert free in inside
    assert place not in found(client, "beltran", **{"HX-Current-URL": "http://testserver/work?view=priority"})
    assert place in page(client, "/search", q="beltran")


def test_the_owner_and_the_status_are_told(house: House, boss: Client) -> None:
    eva = new_person(house.id, name="Eva Luna")
    item = named(house, "Ana Beltrán")
    with house.inside():
        assign(item_id=item, agent_id=eva.agent_id, actor=BOSS)
    shown = found(boss, "beltran")
    assert "Eva Luna" in shown
    assert "Evaluate" in shown


def test_managers_find_their_agents_and_agents_find_none(house: House) -> None:
    team = new_team(house.id)
    tom = new_person(house.id, Role.AGENT_MANAGER, name="Tom", team=team)
    new_person(house.id, name="Begoña Núñez", team=team)
    new_person(house.id, name="Núñez of another team", team=new_team(house.id))
    shown = found(browser(tom), "nunez")
    assert "Begoña Núñez" in shown
    assert "another team" not in shown
    assert "Begoña" not in found(browser(new_person(house.id, team=team)), "nunez")


@pytest.mark.parametrize("text", [SURNAME, SURNAME[:6], "lucia", PHONE, PHONE[-4:], "600123987"])
def test_whoever_is_masked_is_neither_found_nor_shown(house: House, text: str) -> None:
    pooled, offered = house.item(), canary(house)
    eva, luis = new_person(house.id, name="Eva"), new_person(house.id, name="Luis")
    masked(house, house.offered(offered, eva.agent_id, luis.agent_id))
    with house.inside():
        Item.objects.update(front=True, folded=fold(f"Lucía {SURNAME}"))
        Contact.objects.update(name=f"Lucía {SURNAME}", folded=fold(f"Lucía {SURNAME}"))
    client = browser(eva)
    for shown in (found(client, text), page(client, "/search", q=text), page(client, "/search/found", q=text)):
        told = shown.replace(f"“{text}”", "").replace(f'value="{text}"', "").replace(f"q={text}", "")
        for secret in (str(pooled), str(offered), SURNAME, PHONE, "Lucía"):
            assert secret not in told
    assert str(offered) in found(browser(new_person(house.id, Role.COMPANY_MANAGER)), text)


def test_another_organisation_finds_nothing_of_it(house: House, other_org: int) -> None:
    item = named(house, "Ana Beltrán", phone=PHONE)
    stranger = browser(new_person(other_org, Role.COMPANY_MANAGER))
    for text in ("beltran", PHONE, str(item)):
        assert str(item) not in found(stranger, text).replace(f"“{text}”", "").replace(f"q={text}", "")


@pytest.mark.parametrize("text", ["", "   ", "%", "%%%", "_", "\\", "'", "\0", "a" * 5000, "😀", "<script>", "@", "0"])
def test_whatever_is_typed_is_text(house: House, boss: Client, text: str) -> None:
    named(house, "Ana Beltrán")
    assert "<script>" not in found(boss, text).split("</a>")[-1]
    assert "Ana Beltrán" not in found(boss, text).replace("All results", "")
    assert boss.get("/search", {"q": text}).status_code == 200


def test_the_list_is_short_and_the_page_has_the_rest(house: House, boss: Client) -> None:
    for number in range(12):
        named(house, f"Ana Beltrán {number}")
    shown = found(boss, "beltran")
    assert shown.count("Ana Beltrán") == 6
    assert 'href="/search?q=beltran"' in shown
    assert page(boss, "/search", q="beltran").count("Ana Beltrán") == 12


def test_every_page_has_the_field_the_commands_and_the_bell(house: House, boss: Client) -> None:
    agent: Person = new_person(house.id)
    for client, path in (
        (boss, "/contacts"),
        (boss, "/team/agents"),
        (browser(agent), "/work"),
        (browser(agent), "/pool"),
    ):
        shown = page(client, path)
        assert 'role="search" action="/search"' in shown
        assert 'id="commands"' in shown
        assert 'id="bell"' in shown
    assert 'id="do-agent-new"' in page(boss, "/contacts")
    assert 'id="do-agent-new"' not in page(browser(agent), "/work")


def noted(house: House, item: Any, text: str) -> None:
    with house.inside():
        touch(item_id=item, kind="note", text=text, actor=BOSS)


@pytest.mark.parametrize("text", ["jardín", "JARDIN", "quiere jard", "con el jardin grande", "rdín gra"])
def test_a_contact_is_found_by_what_was_noted_of_them(house: House, boss: Client, text: str) -> None:
    item = named(house, "Ana Beltrán")
    noted(house, named(house, "Somebody Else"), "Nothing of the kind")
    noted(house, item, "Quiere la casa con el\njardín grande <b>y</b> el pozo, antes de abril")
    for shown in (found(boss, text), page(boss, "/search", q=text)):
        assert str(item) in shown
        assert "jardín grande &lt;b&gt;y&lt;/b&gt; el pozo" in shown  # as it was written, and only as text
        assert "Somebody Else" not in shown


@pytest.mark.parametrize("text", ["%%%", "_ard", "ja", "a b c", "jardin pozo piscina", "\\\\"])
def test_notes_are_not_found_by_patterns_short_words_or_some_of_the_words(
    house: House, boss: Client, text: str
) -> None:
    noted(house, named(house, "Ana Beltrán"), "jardin y pozo, a b c")
    assert "jardin y pozo" not in found(boss, text)


def test_an_agent_finds_what_is_noted_of_their_own_contacts_and_of_nobody_else(house: House) -> None:
    eva = new_person(house.id, name="Eva Luna")
    mine, free, theirs = (named(house, name) for name in ("Ana Beltrán", "Luis Cardona", "Marta Oyarzun"))
    other = new_person(house.id, name="Pau Ferrer")
    for item in (mine, free, theirs):
        noted(house, item, "Tiene un jardín")
    with house.inside():
        assign(item_id=mine, agent_id=eva.agent_id, actor=BOSS)
        assign(item_id=theirs, agent_id=other.agent_id, actor=BOSS)
    shown = found(browser(eva), "jardin")
    assert str(mine) in shown
    assert str(free) not in shown
    assert str(theirs) not in shown


def test_a_note_that_was_edited_is_found_as_it_is_now(house: House) -> None:
    eva = new_person(house.id, name="Eva Luna")
    item = named(house, "Ana Beltrán")
    with house.inside():
        assign(item_id=item, agent_id=eva.agent_id, actor=BOSS)
        note = touch(item_id=item, kind="note", text="Piscina", actor=works_as(eva.agent_id)).entry_id
        edit_note(entry_id=note, text="Jardín", actor=works_as(eva.agent_id))
    assert str(item) in found(browser(eva), "jardin")
    assert str(item) not in found(browser(eva), "piscina")


def test_notes_come_after_names_and_before_names_that_are_only_alike(house: House) -> None:
    alike, by_note, by_name = (named(house, name) for name in ("Garden", "Luis Cardona", "Jardiel Poncela"))
    noted(house, by_note, "jardiel es su suegro")
    with house.inside():
        assert [hit.item.id for hit in search(BOSS, "jardiel")][:2] == [by_name, by_note]
        assert alike not in [hit.item.id for hit in search(BOSS, "jardiel")][:2]


def test_notes_of_another_organisation_are_not_found(house: House, other_org: int) -> None:
    noted(house, named(house, "Ana Beltrán"), "jardín secreto")
    with House(other_org).inside():
        assert search(BOSS, "jardin secreto") == []

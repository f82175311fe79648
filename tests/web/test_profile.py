"""The contact profile: who sees what of it, what each role may do there, and why it is as it is."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Contact, Entry, Identity
from rightaway.ledger.clock import clock
from rightaway.people.models import Agent, Team, TeamMember
from rightaway.routing.directory import touch_configuration
from rightaway.routing.schema import RouteSet
from rightaway.work.actions.accept import accept
from rightaway.work.actions.found import add_member
from rightaway.work.actions.link_agent import link_agent
from rightaway.work.actions.publish import publish
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.models import Item, Offer
from tests.making import BOSS, House, works_as

HTMX = {"HX-Request": "true"}
NAME, PHONE, MAIL, WORDS = "Canaria Quetzalcoatl", "+525599887766", "canary@quetzal.example", "Busco un jardín secreto"


@pytest.fixture
def house(org: int) -> House:
    return House(org)


def member(house: House, role: Role, agent: UUID | None = None, language: str = "en") -> Client:
    """Somebody's browser, signed in."""
    user = User.objects.create_user(f"{uuid4()}@example.com", name=f"Somebody {role.value}", language=language)
    membership = add_member(organisation_id=house.id, user=user, role=role)
    if agent is not None:
        with house.inside():
            link_agent(agent_id=agent, membership_id=membership, actor=BOSS)
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def named(house: House, name: str, **columns: Any) -> UUID:
    agent = house.agent(**columns)
    with house.inside():
        Agent.objects.filter(id=agent).update(name=name)
    return agent


def asked(house: House, state: str = "pooled") -> UUID:
    """An item of the canary: a name, a phone, an address and a text that only some may see."""
    item_id = house.item(state)
    with house.inside():
        item = Item.objects.get(id=item_id)
        Contact.objects.filter(id=item.contact_id).update(name=NAME)
        for kind, value in (("phone", PHONE), ("email", MAIL)):
            Identity.objects.create(contact_id=item.contact_id, kind=kind, value=value, raw=value)
        Entry.objects.create(
            contact_id=item.contact_id, item_id=item.id, kind="enquiry", action="none", text=WORDS, at=clock()
        )
    return item_id


def address(item_id: UUID, what: str = "") -> str:
    return f"/contacts/{item_id}{what}"


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def every_byte(client: Client, item_id: UUID) -> str:
    """The page and each of its live parts, with their headers."""
    found = []
    for what in ("", *(f"/part/{name}" for name in ("head", "assignment", "person", "activity", "why"))):
        answer = client.get(address(item_id, what))
        found.append(f"{answer.headers}{answer.content.decode()}")
    return "".join(found)


def offered_by_route(house: House, item_id: UUID, *agents: UUID, **route: Any) -> None:
    with house.inside():
        keys = dict(Agent.objects.filter(id__in=agents).values_list("id", "key"))
        body = {"name": "Garden", "audience": [{"agent": keys[agent]} for agent in agents], **route}
        touch_configuration()
        save_draft(routes=RouteSet.model_validate({"routes": [body]}), actor=BOSS)
        publish(actor=BOSS)
    assert route_organisation(house.id) is not None
    assert house.state(item_id) == "offered"


def given(house: House, item_id: UUID, agent: UUID) -> None:
    (offer_id,) = house.offered(item_id, agent)
    with house.inside():
        accept(offer_id=offer_id, actor=works_as(agent))


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_manager_sees_everything_and_why(house: House, language: str) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    item_id = asked(house, "waiting")
    offered_by_route(house, item_id, ana, leo)
    chosen = house.row(Offer, item=item_id, state="open").agent_id
    with house.inside():
        accept(offer_id=Offer.objects.get(item=item_id, state="open").id, actor=works_as(chosen))
    text = page(member(house, Role.COMPANY_MANAGER, language=language), address(item_id))
    for shown in (NAME, PHONE, MAIL, WORDS, "Garden", "Ana Beltrán", "Leo Prado"):
        assert shown in text, shown
    for words in {"en": ["Why ", "Assignment", "Revoke", "Reassign"], "es": ["¿Por qué ", "Asignación", "Retirar"]}[
        language
    ]:
        assert words in text
    assert f'lang="{language}"' in text


def test_who_was_offered_it_with_others_reads_no_byte_of_the_person(house: House) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    item_id = asked(house, "waiting")
    offered_by_route(house, item_id, ana, leo, strategy="first_to_accept")
    mine = member(house, Role.AGENT, ana)
    other = member(house, Role.AGENT, leo)
    seen = every_byte(mine, item_id)
    for secret in (NAME, "Quetzal", PHONE, MAIL, WORDS, "Leo Prado"):
        assert secret not in seen, secret
    assert "Hidden until accepted" in seen
    with house.inside():
        accept(offer_id=Offer.objects.get(item=item_id, agent=ana, state="open").id, actor=works_as(ana))
    assert NAME in page(mine, address(item_id))
    assert other.get(address(item_id)).status_code == 404
    lost = every_byte(other, item_id)
    assert not any(secret in lost for secret in (NAME, "Quetzal", PHONE, MAIL, WORDS, "Ana Beltrán"))
    assert "somebody else&#x27;s" in lost or "somebody else's" in lost


def test_an_agent_is_not_told_the_names_of_others(house: House) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    item_id = asked(house, "waiting")
    offered_by_route(house, item_id, ana, leo)
    chosen = house.row(Offer, item=item_id, state="open").agent_id
    seen = every_byte(member(house, Role.AGENT, chosen), item_id)
    assert ("Leo Prado" if chosen == ana else "Ana Beltrán") not in seen
    assert "1 other agent" in seen


def test_another_organisation_has_nothing_here(house: House, other_org: int) -> None:
    item_id = asked(house)
    contact_id = house.row(Item, id=item_id).contact_id
    stranger = member(House(other_org), Role.COMPANY_MANAGER)
    for path in (address(item_id), address(contact_id), address(uuid4())):
        assert stranger.get(path).status_code == 404
    refused = stranger.post(address(item_id, "/do/note"), {"text": "hello"}, headers={"HX-Request": "true"})
    assert refused.status_code == 404
    assert NAME not in every_byte(stranger, item_id)


def test_a_contact_s_address_leads_to_its_item(house: House) -> None:
    item_id = asked(house)
    contact_id = house.row(Item, id=item_id).contact_id
    client = member(house, Role.COMPANY_MANAGER)
    assert client.get(address(contact_id))["Location"] == address(item_id)


def test_a_manager_assigns_revokes_and_the_owner_hands_back(house: House) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    item_id = asked(house)
    boss = member(house, Role.COMPANY_MANAGER)
    assert f"/contacts/assign/{item_id}" in page(boss, address(item_id))
    assign = f"/contacts/assign/{item_id}"
    done = boss.post(assign, {"agent": str(ana), "note": "Speaks the language.", "next": address(item_id)})
    assert (done.status_code, done["Location"]) == (302, address(item_id))
    assert house.row(Item, id=item_id).owner_id == ana
    text = page(boss, address(item_id))
    assert "assigned to Ana Beltrán." in text
    assert "Speaks the language." in text
    assert (
        boss.post(address(item_id, "/do/revoke"), {"to": "agent", "agent": str(leo), "reason": "Quiet."}).status_code
        == 302
    )
    assert house.row(Item, id=item_id).owner_id == leo
    theirs = member(house, Role.AGENT, leo)
    back = theirs.post(address(item_id, "/do/hand-back"), {"reason": "Not my zone."})
    assert back.status_code == 302
    assert house.state(item_id) == "waiting"
    assert "Not my zone." in page(boss, address(item_id, "?show=assignment"))


def test_an_agent_takes_what_is_free_and_works_it(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    item_id = asked(house)
    mine = member(house, Role.AGENT, ana)
    text = page(mine, address(item_id))
    assert NAME not in text
    assert "Assign me" in text
    assert "/contacts/assign/" not in text
    assert mine.post(address(item_id, "/do/claim")).status_code == 302
    call = {"outcome": "connected", "minutes": "3", "text": "Wants to see it on Saturday."}
    assert mine.post(address(item_id, "/do/call"), call).status_code == 302
    assert mine.post(address(item_id, "/do/note"), {"text": "Works nights."}).status_code == 302
    assert mine.post(address(item_id, "/do/status"), {"status": "working"}).status_code == 302
    text = page(mine, address(item_id))
    for line in ("Ana Beltrán called: connected, 3 min", "Wants to see it on Saturday.", "Works nights.", "Why you?"):
        assert line in text, line
    assert "moved it from Evaluate to Working" in text
    only = page(mine, address(item_id, "?show=contact"))
    assert "Works nights." in only
    assert "moved it from" not in only
    assert house.row(Item, id=item_id).unanswered_since is None
    mine.post(address(item_id, "/do/finish"), {"outcome": "won"})
    assert house.row(Item, id=item_id).outcome == "won"


def test_an_agent_may_not_do_what_managers_do(house: House) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    item_id = asked(house)
    given(house, item_id, ana)
    mine = member(house, Role.AGENT, ana)
    text = page(mine, address(item_id))
    assert not any(each in text for each in ("/contacts/assign/", 'id="picker"', "/do/offer", "/do/revoke"))
    for verb, form in (("offer", {"agent": str(ana), "minutes": "5"}), ("revoke", {"to": "pool", "reason": "x"})):
        answer = mine.post(address(item_id, f"/do/{verb}"), form, headers={"HX-Request": "true"})
        assert answer.status_code == 403, verb
    assert house.row(Item, id=item_id).owner_id == ana
    other = member(house, Role.AGENT, leo)
    assert other.get(address(item_id)).status_code == 404
    assert other.post(address(item_id, "/do/note"), {"text": "x"}, headers={"HX-Request": "true"}).status_code == 404


def test_a_manager_of_another_team_does_not_see_it(house: House) -> None:
    ana, rosa = named(house, "Ana Beltrán"), named(house, "Rosa Mena")
    item_id = asked(house)
    given(house, item_id, ana)
    with house.inside():
        team = Team.objects.create(key="north", name="North")
        TeamMember.objects.create(team_id=team.id, agent_id=rosa, manages=True)
    manager = member(house, Role.AGENT_MANAGER, rosa)
    assert manager.get(address(item_id)).status_code == 404
    with house.inside():
        TeamMember.objects.create(team_id=team.id, agent_id=ana)
    assert NAME in page(manager, address(item_id))


def test_what_is_wrong_is_said_by_its_field_and_what_was_typed_stays(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    item_id = asked(house)
    given(house, item_id, ana)
    mine = member(house, Role.AGENT, ana, language="es")
    wrong = {"outcome": "magic", "minutes": "-1", "text": "Habló de un jardín."}
    answer = mine.post(address(item_id, "/do/call"), wrong)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Habló de un jardín." in text
    assert 'href="#call-outcome"' in text
    assert 'id="call-minutes_error"' in text
    for verb in ("note", "hand-back", "finish"):
        assert mine.post(address(item_id, f"/do/{verb}"), {}).status_code == 422, verb
    assert mine.post(address(item_id, "/do/note"), {"text": "a\0b"}).status_code == 422
    assert mine.post(address(item_id, "/do/note"), {"text": "x" * 10_001}).status_code == 422


def test_an_offer_by_hand_is_made_shown_and_taken_back(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    item_id = asked(house)
    boss = member(house, Role.COMPANY_MANAGER)
    assert boss.post(address(item_id, "/do/offer"), {"agent": str(ana), "minutes": "5"}).status_code == 302
    offer_id = house.row(Offer, item=item_id, state="open").id
    assert "Take back the offer to Ana Beltrán" in page(boss, address(item_id, "/part/assignment"))
    assert boss.post(address(item_id, f"/do/rescind/{offer_id}")).status_code == 302
    assert house.row(Offer, id=offer_id).state == "rescinded"
    assert boss.post(address(item_id, "/do/offer"), {"agent": str(ana), "minutes": "7"}).status_code == 422


def test_htmx_gets_the_profile_and_a_browser_a_page(house: House) -> None:
    item_id = asked(house)
    boss = member(house, Role.COMPANY_MANAGER)
    answer = boss.post(address(item_id, "/do/note"), {"text": "Hello."}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.lstrip().startswith('<div class="profile')
    assert "Hello." in text
    assert "toast" in answer["HX-Trigger"]
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on\w+=", page(boss, address(item_id)))
    assert boss.get(address(item_id, "/part/nothing")).status_code == 404
    assert Client().get(address(item_id)).status_code == 302

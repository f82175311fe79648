"""The lead pool: masked until claimed, first come first served, given out by managers."""

import pytest

from rightaway.accounts.roles import Role
from rightaway.work.models import Campaign, Item
from tests.calling import new_person, new_team
from tests.making import House
from tests.web.test_my_work import HTMX, PHONE, SURNAME, browser, canary, house, page

__all__ = ["house"]


@pytest.mark.parametrize(
    ("language", "why", "hidden"), [("en", "No route fits", "Name hidden"), ("es", "Ninguna ruta", "Nombre oculto")]
)
def test_an_agent_sees_why_it_is_there_but_not_whose_it_is(house: House, language: str, why: str, hidden: str) -> None:
    canary(house, cause="no_route", source="web_chat", band=3)
    shown = page(browser(new_person(house.id), language), "/pool")
    assert why in shown
    assert hidden in shown
    assert "Web chat" in shown
    assert SURNAME not in shown
    assert PHONE not in shown
    assert "A house by the sea" not in shown
    assert "Assign" not in shown.split('id="pool"')[1].split("</section>")[0]


def test_claiming_shows_whose_it_is(house: House) -> None:
    eva = new_person(house.id)
    item_id = canary(house)
    client = browser(eva)
    shown = client.post(f"/pool/{item_id}/claim", {"seen": [str(item_id)]}, headers=HTMX).content.decode()
    assert "You have it" in shown
    assert SURNAME in shown
    assert house.row(Item, id=item_id).owner_id == eva.agent_id
    assert client.post(f"/pool/{house.item()}/claim")["Location"] == "/pool"


@pytest.mark.parametrize(("language", "said"), [("en", "Marta has it now"), ("es", "Ahora lo tiene Marta")])
def test_what_somebody_else_claimed_greys_out_where_it_stood(house: House, language: str, said: str) -> None:
    eva, marta = new_person(house.id), new_person(house.id, name="Marta Oyarzun")
    lost, kept = canary(house, band=2), house.item()
    client = browser(eva, language)
    assert browser(marta).post(f"/pool/{lost}/claim").status_code == 302
    late = client.post(f"/pool/{lost}/claim", {"seen": [str(lost), str(kept)]}, headers=HTMX)
    shown = late.content.decode()
    assert said in shown
    assert shown.index(str(lost)) < shown.index(str(kept))
    assert "Marta" in late["HX-Trigger"]
    again = page(client, "/pool/rows", seen=[str(lost), str(kept)])
    assert said in again
    for text in (shown, again, str(late.headers), page(client, "/pool")):
        assert SURNAME not in text
        assert PHONE not in text
    assert str(lost) not in page(client, "/pool")


def test_new_rows_wait_so_that_nothing_moves(house: House) -> None:
    first = house.item(band=1)
    client = browser(new_person(house.id))
    assert "new · Show" not in page(client, "/pool")
    second = house.item(band=3)
    shown = page(client, "/pool/rows", seen=str(first))
    assert "1 new · Show" in shown
    assert str(second) not in shown
    fresh = page(client, "/pool")
    assert fresh.index(str(second)) < fresh.index(str(first))  # the better band is first


def test_the_order_is_band_then_waiting(house: House) -> None:
    ids = [house.item(band=band) for band in (0, 2, 2, 1)]
    shown = page(browser(new_person(house.id)), "/pool")
    assert sorted(ids, key=lambda id: shown.index(f'id="pool-{id}"')) == [ids[1], ids[2], ids[3], ids[0]]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AGENT])
def test_a_manager_sees_names_and_assigns(house: House, role: Role) -> None:
    team = new_team(house.id)
    rosa, eva = new_person(house.id, role, team=team), new_person(house.id, name="Eva Luna", team=team)
    item_id = canary(house)
    client = browser(rosa)
    assert SURNAME in page(client, "/pool")
    assert f"/contacts/assign/{item_id}" in page(client, "/pool")
    assert "Eva Luna" in page(client, f"/contacts/assign/{item_id}")
    client.post(f"/contacts/assign/{item_id}", {"agent": str(eva.agent_id), "seen": ""}, headers=HTMX)
    assert "Eva has it now" in page(client, "/pool/rows", seen=[str(item_id)])
    assert house.row(Item, id=item_id).owner_id == eva.agent_id


def test_an_agent_assigns_nothing(house: House) -> None:
    shown = page(browser(new_person(house.id)), "/pool")
    assert "/contacts/assign/" not in shown
    assert 'id="picker"' not in shown


def test_what_is_of_others_is_not_there(house: House, other_org: int) -> None:
    with house.inside():
        campaign = Campaign.objects.create(key="c", name="C")
    closed, item_id = house.item(campaign_id=campaign.id), canary(house)
    eva, stranger = browser(new_person(house.id)), browser(new_person(other_org, Role.COMPANY_MANAGER))
    assert str(closed) not in page(eva, "/pool")
    assert eva.post(f"/pool/{closed}/claim", headers=HTMX).status_code == 404
    for seen in (str(item_id), "no id"):
        assert str(item_id) not in page(stranger, "/pool/rows", seen=seen)
    assert stranger.post(f"/pool/{item_id}/claim", headers=HTMX).status_code == 404


def test_limits_hold_and_say_so(house: House) -> None:
    full = browser(new_person(house.id, capacity=0))
    item_id = house.item()
    refused = full.post(f"/pool/{item_id}/claim", headers=HTMX)
    assert refused.status_code == 409
    assert "no free place" in refused["HX-Trigger"]
    assert house.state(item_id) == "pooled"
    asked = browser(new_person(house.id, unanswered_cap=0))
    for path in (f"/pool/{item_id}/claim", "/work/next"):
        assert "Answer what waits for you first: 0 of 0" in asked.post(path, headers=HTMX)["HX-Trigger"]


@pytest.mark.parametrize(("language", "said"), [("en", "The pool is empty."), ("es", "No hay disponibles.")])
def test_an_empty_pool_says_so(house: House, language: str, said: str) -> None:
    assert said in page(browser(new_person(house.id), language), "/pool")

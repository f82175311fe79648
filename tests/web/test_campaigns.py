"""Campaigns by page and by API: made, changed, looked at; bad input told by its field; and by whom."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from rightaway.accounts.models import Organisation
from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.people.models import Agent
from rightaway.work.actions.save_campaign import save_campaign
from rightaway.work.campaigns import CampaignIn
from rightaway.work.models import Campaign, CampaignMember, Item
from tests.calling import Person, new_person
from tests.making import BOSS, House
from tests.web.test_my_work import browser, page

LIST, NEW = "/settings/campaigns", "/settings/campaigns/new"


@pytest.fixture
def house(org: int) -> Iterator[House]:
    made = House(org)
    with made.inside():
        Organisation.objects.filter(id=org).update(zone="Europe/Madrid")
    yield made
    assert made.check() == []


@pytest.fixture
def boss(house: House) -> Person:
    return new_person(house.id, Role.COMPANY_MANAGER, name="Rosa Medina")


def key_of(house: House, person: Person) -> str:
    return str(house.row(Agent, id=person.agent_id).key)


def etag_in(client: Client, campaign: Campaign) -> str:
    found: list[str] = re.findall(r'name="etag" value="(\w+)"', page(client, f"{LIST}/{campaign.id}"))
    return found[0]


@pytest.mark.parametrize(
    ("language", "none", "one"), [("en", "No campaigns yet.", "1 member"), ("es", "Aún no hay campañas.", "1 miembro")]
)
def test_one_is_made_and_changed_in_whole_days_of_the_organisation(
    house: House, boss: Person, language: str, none: str, one: str
) -> None:
    ana, client = new_person(house.id, name="Ana Beltrán"), browser(boss, language)
    assert none in page(client, LIST)
    sent = {
        "name": "Feria de Otoño", "starts": "2026-10-24", "ends": "2026-10-25", "sources": " stand , web form,, ",
        "agents": [key_of(house, ana)],
    }  # fmt: skip
    assert client.post(NEW, sent).status_code == 302
    row = house.row(Campaign)
    assert (row.key, row.sources) == ("feria-de-otono", ["stand", "web form"])
    # The clocks go back on the 25th: two days, 49 hours.
    assert row.starts_at == datetime(2026, 10, 23, 22, tzinfo=UTC)
    assert row.ends_at == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert one in page(client, LIST)
    shown = page(client, f"{LIST}/{row.id}")
    assert 'value="2026-10-24"' in shown and 'value="2026-10-25"' in shown
    changed = {**sent, "ends": "", "agents": [], "etag": etag_in(client, row)}
    assert client.post(f"{LIST}/{row.id}", changed).status_code == 302
    assert house.row(Campaign).ends_at is None and house.rows(CampaignMember) == []
    late = client.post(f"{LIST}/{row.id}", {**sent, "etag": changed["etag"]})
    assert late.status_code == 422 and house.row(Campaign).ends_at is None


def test_an_instant_within_a_day_and_a_member_who_is_not_shown_stay_when_something_else_is_saved(
    house: House, boss: Person
) -> None:
    gone = house.agent(active=False)
    at = datetime(2027, 1, 5, 16, 30, tzinfo=UTC)
    with house.inside():
        key = Agent.objects.get(id=gone).key
        save_campaign(campaign=CampaignIn(key="fair", name="Fair", ends_at=at, agents=[key]), actor=BOSS)
    row, client = house.row(Campaign), browser(boss)
    shown = page(client, f"{LIST}/{row.id}")
    assert 'value="2027-01-05"' in shown and key not in shown
    sent = {"name": "Spring fair", "ends": "2027-01-05", "etag": etag_in(client, row)}
    assert client.post(f"{LIST}/{row.id}", sent).status_code == 302
    row = house.row(Campaign)
    assert (row.name, row.ends_at, len(house.rows(CampaignMember))) == ("Spring fair", at, 1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 201}, "at most 200"),
        ({"name": "a\x07b"}, "Remove the characters"),
        ({"starts": "2026-10-25", "ends": "2026-10-24"}, "The last day is before the first."),
        ({"starts": "tomorrow"}, "Enter a valid date."),
        ({"sources": "x" * 201}, "A source has 200 characters at most."),
        ({"sources": ",".join(str(n) for n in range(101))}, "a hundred sources at most"),
        ({"agents": ["nobody"]}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_told_by_its_field_and_what_was_typed_stays(
    house: House, boss: Person, wrong: dict[str, Any], told: str
) -> None:
    answer = browser(boss).post(NEW, {"name": "Fair", "sources": "stand", **wrong})
    shown = answer.content.decode()
    assert answer.status_code == 422 and told in shown
    assert house.rows(Campaign) == []
    assert 'class="notice" role="alert"' in shown


def test_two_of_one_name_have_keys_of_their_own_and_naughty_names_are_text(house: House, boss: Person) -> None:
    client = browser(boss)
    for name in ("Fair", "Fair", "<script>alert(1)</script>", "日本語", "' OR 1=1 --"):
        assert client.post(NEW, {"name": name}).status_code == 302
    assert len({row.key for row in house.rows(Campaign)}) == 5
    shown = page(client, LIST)
    assert "<script>alert(1)" not in shown and "&lt;script&gt;alert(1)" in shown and "日本語" in shown


def test_managers_look_company_managers_change_agents_do_neither(house: House, boss: Person, other_org: int) -> None:
    with house.inside():
        fair = save_campaign(campaign=CampaignIn(key="fair", name="Fair"), actor=BOSS).campaign_id
    with House(other_org).inside():
        theirs = save_campaign(campaign=CampaignIn(key="theirs", name="Canary-fair"), actor=BOSS).campaign_id
    lead, agent = new_person(house.id, Role.AGENT_MANAGER), new_person(house.id)
    seen = page(browser(lead), LIST)
    assert "Fair" in seen and NEW not in seen and f"{LIST}/{fair}" not in seen
    assert browser(agent).get(LIST).status_code == 403
    for person in (lead, agent):
        client = browser(person)
        assert client.get(f"{LIST}/{fair}").status_code == 403 and client.get(NEW).status_code == 403
        client.post(NEW, {"name": "Mine"})
        client.post(f"{LIST}/{fair}", {"name": "Taken"})
        assert person.api.get("/campaigns").status_code == (200 if person is lead else 403)
        assert person.api.post("/campaigns", {"key": "x", "name": "X"}).status_code == 403
    assert [row.name for row in house.rows(Campaign)] == ["Fair"]
    assert browser(boss).get(f"{LIST}/{theirs}").status_code == 404
    assert boss.api.get(f"/campaigns/{theirs}").status_code == 404
    assert "Canary-fair" not in page(browser(boss), LIST)


def test_the_list_says_how_many_wait_and_leads_to_them(house: House, boss: Person) -> None:
    with house.inside():
        fair = save_campaign(campaign=CampaignIn(key="fair", name="Fair"), actor=BOSS).campaign_id
    house.item(campaign_id=fair, front=True)
    house.item(front=True)
    client = browser(boss)
    shown = page(client, LIST)
    assert "1 contact<" in shown and "1 unassigned" in shown and "nobody may take its contacts" in shown
    link = f"/contacts?view=unassigned&amp;campaign={fair}"
    assert link in shown
    assert "Lucía Ortiz" in page(client, link.replace("&amp;", "&"))


def test_by_api_it_is_kept_as_it_was_sent(house: House, boss: Person) -> None:
    ana = new_person(house.id)
    body = {
        "key": "fair", "name": "Fair", "starts_at": "2026-10-24T00:00:00+02:00", "ends_at": None,
        "sources": ["stand"], "agents": [key_of(house, ana)], "teams": [],
    }  # fmt: skip
    made = boss.api.post("/campaigns", body)
    assert made.status_code == 201, made.content
    id = made.json()["id"]
    assert boss.api.post("/campaigns", body).status_code == 409
    found = boss.api.get(f"/campaigns/{id}")
    assert found.json()["settings"] == {**body, "starts_at": "2026-10-23T22:00:00Z"}
    assert found.json()["members"] == [str(ana.agent_id)]
    etag = found["ETag"]
    sent = {**body, "agents": []}
    assert boss.api.send("PUT", f"/campaigns/{id}", sent, If_Match=etag).status_code == 200
    assert boss.api.send("PUT", f"/campaigns/{id}", body, If_Match=etag).status_code == 412
    assert boss.api.send("PUT", f"/campaigns/{id}", body).status_code == 428
    now = boss.api.get(f"/campaigns/{id}")["ETag"]
    assert boss.api.send("PUT", f"/campaigns/{id}", {**body, "key": "other"}, If_Match=now).status_code == 422
    wrong = boss.api.send("PUT", f"/campaigns/{id}", {**body, "ends_at": "yesterday"}, If_Match=now)
    assert wrong.status_code == 422 and {row["pointer"] for row in wrong.json()["errors"]} == {"/ends_at"}
    assert [each["id"] for each in boss.api.get("/campaigns").json()] == [id]


def test_only_what_runs_is_chosen_for_a_contact_and_what_it_has_stays(house: House, boss: Person) -> None:
    with house.inside():
        for key, starts, ends in (("on", None, None), ("over", None, -1), ("later", 1, None)):
            at = [None if days is None else clock() + timedelta(days=days) for days in (starts, ends)]
            campaign = CampaignIn(key=key, name=f"Is {key}", starts_at=at[0], ends_at=at[1])
            saved = save_campaign(campaign=campaign, actor=BOSS).campaign_id
            if key == "over":
                over = saved
    client = browser(boss)
    shown = page(client, "/contacts/new")
    assert "Is on" in shown and "Is over" not in shown and "Is later" not in shown
    item = house.item(campaign_id=over, front=True)
    contact = house.row(Item, id=item).contact_id
    assert "Is over" in page(client, f"/contacts/{contact}/edit")

"""The list of agents and their pages: what managers of which scope see and change, what agents see of themselves."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.people.models import Absence, Agent, AgentState, RoutePause, Team, TeamMember
from rightaway.people.written import agent_settings
from rightaway.routing.directory import touch_configuration
from rightaway.routing.schema import RouteSet
from rightaway.routing.versions import live_routes
from rightaway.web.agents.forms import written
from rightaway.work.actions.publish import publish
from rightaway.work.actions.save_draft import save_draft
from tests.making import BOSS, House
from tests.web.test_profile import member, named, page

LIST = "/team/agents"


@pytest.fixture
def house(org: int) -> House:
    return House(org)


def team_of(house: House, manager: UUID, *agents: UUID) -> None:
    with house.inside():
        team = Team.objects.create(key="north", name="North side")
        TeamMember.objects.create(team_id=team.id, agent_id=manager, manages=True)
        TeamMember.objects.bulk_create(TeamMember(team_id=team.id, agent_id=agent) for agent in agents)


def typed(house: House, client: Client, agent_id: UUID, **changed: Any) -> dict[str, Any]:
    """What the form of an agent would send, with some of it changed."""
    (etag,) = re.findall(r'name="etag" value="(\w+)"', page(client, f"{LIST}/{agent_id}/edit"))
    with house.inside():
        known = agent_settings(Agent.objects.get(id=agent_id), AgentState.objects.get(agent=agent_id))
    values = {**written(known), "etag": etag, **changed}
    return {name: value for name, value in values.items() if value not in (None, False)}


def names_on(text: str) -> list[str]:
    return re.findall(r"<strong>(Ana|Bea|Carla)</strong>", text)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_manager_sees_who_is_there_and_what_they_carry(house: House, language: str) -> None:
    named(house, "Ana Beltrán", skills={"mortgages": 7}, languages=["es"], load=300)
    named(house, "Leo Prado", presence="break")
    named(house, "Eva Luna", load=1000)
    text = page(member(house, Role.COMPANY_MANAGER, language=language), LIST)
    for shown in ("Ana Beltrán", "Mortgages 7", "3/10", "Leo Prado", "Eva Luna", "10/10"):
        assert shown in text, shown
    words = {
        "en": ["Available", "On break", "At capacity", "Skills"],
        "es": ["Disponible", "Cupo lleno", "Habilidades"],
    }
    assert all(word in text for word in words[language])


def test_the_list_is_searched_and_told_in_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightaway.web.agents import shown

    monkeypatch.setattr(shown, "MOST", 2)
    for name in ("Ana", "Bea", "Carla"):
        named(house, name)
    with house.inside():
        Agent.objects.filter(name="Ana").update(active=False)
    boss = member(house, Role.COMPANY_MANAGER)
    first = page(boss, LIST)
    assert names_on(first) == ["Bea", "Carla"]
    (after,) = re.findall(r"after=([0-9a-f-]{36})", first)
    assert names_on(page(boss, f"{LIST}?after={after}")) == ["Ana"]
    assert names_on(page(boss, f"{LIST}?find=car")) == ["Carla"]
    assert "No agent matches" in boss.get(LIST, {"find": "zzz"}).content.decode()
    assert boss.get(LIST, {"after": "nonsense"}).status_code == 200


def test_an_agent_sees_only_their_own_page(house: House) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    mine = member(house, Role.AGENT, ana)
    assert mine.get(LIST).status_code == 403
    text = page(mine, f"{LIST}/{ana}")
    assert "/edit" not in text
    assert "Leo Prado" not in text
    assert mine.get(f"{LIST}/{leo}").status_code == 404
    assert mine.get(f"{LIST}/{ana}/edit").status_code == 403
    assert mine.get(f"{LIST}/new").status_code == 403
    htmx = {"HX-Request": "true"}
    assert mine.post(f"{LIST}/{ana}/pause", headers=htmx).status_code == 403
    assert mine.post(f"{LIST}/create", {"name": "x"}, headers=htmx).status_code == 403


def test_a_team_s_manager_has_their_team_and_adds_nobody(house: House) -> None:
    rosa, ana, leo = named(house, "Rosa Mena"), named(house, "Ana Beltrán"), named(house, "Leo Prado")
    team_of(house, rosa, ana)
    manager = member(house, Role.AGENT_MANAGER, rosa)
    text = page(manager, LIST)
    assert "Ana Beltrán" in text
    assert "North side" in text
    assert "Leo Prado" not in text
    assert "Add an agent" not in text
    assert manager.get(f"{LIST}/{leo}").status_code == 404
    assert manager.get(f"{LIST}/new").status_code == 403
    assert manager.post(f"{LIST}/{ana}/pause").status_code == 302
    assert house.row(Agent, id=ana).paused_at is not None
    assert manager.post(f"{LIST}/{leo}/pause", headers={"HX-Request": "true"}).status_code == 404


def test_another_organisation_has_nothing_here(house: House, other_org: int) -> None:
    ana = named(house, "Ana Beltrán")
    stranger = member(House(other_org), Role.COMPANY_MANAGER)
    assert "Ana" not in page(stranger, LIST)
    for path in (f"{LIST}/{ana}", f"{LIST}/{ana}/edit", f"{LIST}/{uuid4()}"):
        assert stranger.get(path).status_code == 404
    for verb in ("save", "pause", "resume", "absence"):
        assert stranger.post(f"{LIST}/{ana}/{verb}", headers={"HX-Request": "true"}).status_code == 404, verb


def test_an_agent_is_changed_and_what_the_form_does_not_show_stays(house: House) -> None:
    ana = named(house, "Ana Beltrán", attributes={"zone": "north"}, limits={"day": 5})
    boss = member(house, Role.COMPANY_MANAGER)
    form = typed(
        house, boss, ana, name="Ana B.", skills="mortgages 7\nluxury homes: 3", languages="es, en", capacity="12.5",
        always="", hours_1="9:00-13:00, 15:00–24:00", limit_week="20", unanswered_cap="",
    )  # fmt: skip
    done = boss.post(f"{LIST}/{ana}/save", form)
    assert (done.status_code, done["Location"]) == (302, f"{LIST}/{ana}"), done.content.decode()[-3000:]
    row, state = house.row(Agent, id=ana), house.row(AgentState, agent=ana)
    assert (row.name, row.skills, row.languages) == ("Ana B.", {"mortgages": 7, "luxury homes": 3}, ["en", "es"])
    assert row.hours == [[1, "09:00", "13:00"], [1, "15:00", "00:00"]]
    assert (row.limits, row.attributes) == ({"day": 5, "week": 20}, {"zone": "north"})
    assert (state.capacity, state.unanswered_cap) == (1250, None)
    text = page(boss, f"{LIST}/{ana}")
    for shown in ("Saved.", "09:00–13:00, 15:00–24:00", "Luxury homes 3", "0/20"):
        assert shown in text, shown
    assert 'value="12.5"' in page(boss, f"{LIST}/{ana}/edit")


@pytest.mark.parametrize(("language", "said"), [("en", "50 % of their share"), ("es", "50 % de su parte")])
def test_a_newcomer_has_a_ramp(house: House, language: str, said: str) -> None:
    ana = named(house, "Ana Beltrán")
    boss = member(house, Role.COMPANY_MANAGER, language=language)
    start = (datetime.now(UTC) - timedelta(days=8)).date()
    form = typed(house, boss, ana, ramp_start=start.isoformat(), ramp_weeks="")
    assert boss.post(f"{LIST}/{ana}/save", form).status_code == 302
    row = house.row(Agent, id=ana)
    assert (row.ramp_start, row.ramp_weeks) == (start, 4)
    assert said in page(boss, f"{LIST}/{ana}")
    edit = page(boss, f"{LIST}/{ana}/edit")
    assert f'value="{start.isoformat()}"' in edit
    assert f'value="{start.isoformat()}"' not in page(boss, f"{LIST}/new?like={ana}")
    for wrong, field in (
        ({"ramp_start": "", "ramp_weeks": "4"}, "ramp_start"), ({"ramp_start": "1999-01-01"}, "ramp_start"),
        ({"ramp_start": "soon"}, "ramp_start"), ({"ramp_weeks": "60"}, "ramp_weeks"),
    ):  # fmt: skip
        answer = boss.post(f"{LIST}/{ana}/save", typed(house, boss, ana, **{"ramp_start": start.isoformat(), **wrong}))
        assert (answer.status_code, f'href="#id_{field}"' in answer.content.decode()) == (422, True), wrong
    assert boss.post(f"{LIST}/{ana}/save", typed(house, boss, ana, ramp_start="", ramp_weeks="")).status_code == 302
    assert house.row(Agent, id=ana).ramp_start is None
    assert said not in page(boss, f"{LIST}/{ana}")


def test_wrong_fields_are_said_and_what_was_typed_stays(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    boss = member(house, Role.COMPANY_MANAGER, language="es")
    form = typed(
        house, boss, ana, name="", skills="nothing at all", languages="español!", capacity="-1", hours_2="siempre",
        hours_3="25:00-26:00", always="",
    )  # fmt: skip
    answer = boss.post(f"{LIST}/{ana}/save", form)
    text = answer.content.decode()
    assert answer.status_code == 422
    for field in ("name", "skills", "capacity", "hours_2", "hours_3"):
        assert f'href="#id_{field}"' in text, field
        assert f'id="id_{field}_error"' in text, field
    assert "nothing at all" in text
    assert 'value="siempre"' in text
    bad_code = boss.post(f"{LIST}/{ana}/save", typed(house, boss, ana, languages="español!"))
    assert (bad_code.status_code, 'href="#id_languages"' in bad_code.content.decode()) == (422, True)
    assert house.row(Agent, id=ana).name == "Ana Beltrán"


def test_a_form_that_somebody_overtook_is_not_saved(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    boss = member(house, Role.COMPANY_MANAGER)
    mine, theirs = typed(house, boss, ana, name="Mine"), typed(house, boss, ana, name="Theirs")
    assert boss.post(f"{LIST}/{ana}/save", theirs).status_code == 302
    answer = boss.post(f"{LIST}/{ana}/save", mine)
    assert answer.status_code == 422
    assert "Somebody else changed this agent" in answer.content.decode()
    assert house.row(Agent, id=ana).name == "Theirs"


def test_a_new_agent_has_a_key_of_their_own(house: House) -> None:
    boss = member(house, Role.COMPANY_MANAGER)
    text = page(boss, f"{LIST}/new")
    assert 'name="key"' in text
    form = {
        "key": "ana",
        "name": "Ana",
        "mode": "desk",
        "zone": "UTC",
        "language": "es",
        "capacity": "8",
        "active": "on",
    }
    done = boss.post(f"{LIST}/create", {**form, "always": "on"})
    made = house.row(Agent, key="ana")
    assert done["Location"] == f"{LIST}/{made.id}"
    assert made.hours is None
    again = boss.post(f"{LIST}/create", form)
    assert again.status_code == 422
    assert "with this key already" in again.content.decode()


def test_absences_are_set_in_the_agent_s_zone_and_taken_away(house: House) -> None:
    ana = named(house, "Ana Beltrán", zone="America/Bogota")
    boss = member(house, Role.COMPANY_MANAGER)
    day = (clock() + timedelta(days=3)).strftime("%Y-%m-%d")
    sent = {"starts_at": f"{day}T09:00", "ends_at": f"{day}T18:00", "cause": "training"}
    wrong = boss.post(f"{LIST}/{ana}/absence", {**sent, "ends_at": f"{day}T08:00"})
    assert (wrong.status_code, 'id="absence-ends_at_error"' in wrong.content.decode()) == (422, True)
    assert boss.post(f"{LIST}/{ana}/absence", sent).status_code == 302
    (absence,) = house.rows(Absence, agent=ana)
    assert absence.starts_at.isoformat() == f"{day}T14:00:00+00:00"
    assert "Training" in page(boss, f"{LIST}/{ana}")
    assert boss.post(f"{LIST}/{uuid4()}/absence/{absence.id}/clear", headers={"HX-Request": "true"}).status_code == 404
    assert boss.post(f"{LIST}/{ana}/absence/{absence.id}/clear").status_code == 302
    assert house.rows(Absence, agent=ana) == []


def test_pauses_of_everything_and_of_one_route(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    boss = member(house, Role.COMPANY_MANAGER)
    with house.inside():
        touch_configuration()
        save_draft(routes=RouteSet.model_validate({"routes": [{"name": "Everybody else"}]}), actor=BOSS)
        publish(actor=BOSS)
        route_id = live_routes().routes[0].id
    assert "Everybody else" in page(boss, f"{LIST}/{ana}")
    assert boss.post(f"{LIST}/{ana}/routes/{route_id}/pause").status_code == 302
    assert len(house.rows(RoutePause, agent=ana)) == 1
    assert boss.post(f"{LIST}/{ana}/routes/{route_id}/resume").status_code == 302
    assert house.rows(RoutePause, agent=ana) == []
    assert boss.post(f"{LIST}/{ana}/routes/{uuid4()}/pause", headers={"HX-Request": "true"}).status_code == 404
    told = boss.post(f"{LIST}/{ana}/pause", headers={"HX-Request": "true"})
    assert (told.status_code, f"{LIST}/{ana}/resume" in told["HX-Trigger"]) == (204, True)
    assert "Paused: gets nothing new" in page(boss, f"{LIST}/{ana}")
    boss.post(f"{LIST}/{ana}/resume")
    assert house.row(Agent, id=ana).paused_at is None


def test_a_spreadsheet_is_looked_at_and_then_imported(house: House) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    boss = member(house, Role.COMPANY_MANAGER)
    file = SimpleUploadedFile("a.csv", b"name,skills,capacity\nBea,rentals 4,x\nCarla,rentals 4,3\n")
    looked = boss.post(f"{LIST}/import", {"file": file}).content.decode()
    assert "Nothing is written yet" in looked and "not a number" in looked and house.rows(Agent) == []
    (text,) = re.findall(r'name="text" value="([^"]+)"', looked)
    done = boss.post(f"{LIST}/import", {"text": text}).content.decode()
    assert "Imported." in done and [agent.name for agent in house.rows(Agent)] == ["Carla"]
    assert boss.post(f"{LIST}/import", {"text": "not base64!"}).status_code == 422
    assert boss.post(f"{LIST}/import", {}).status_code == 422
    assert member(house, Role.AGENT_MANAGER).get(f"{LIST}/import").status_code == 403


def test_somebody_new_like_a_colleague(house: House) -> None:
    boss = member(house, Role.COMPANY_MANAGER)
    like = named(house, "Ana Beltrán", skills={"rentals": 4})
    team_of(house, named(house, "Boss"), like)
    text = page(boss, f"{LIST}/new?like={like}")
    assert "rentals 4" in text and f'name="like" value="{like}"' in text
    with house.inside():
        known = agent_settings(Agent.objects.get(id=like), AgentState.objects.get(agent=like))
    values = {name: value for name, value in written(known).items() if value not in (None, False)}
    answer = boss.post(f"{LIST}/create", {**values, "like": str(like), "key": "new", "name": "New"})
    assert answer.status_code == 302
    made = house.row(Agent, key="new")
    assert made.skills == {"rentals": 4} and house.rows(TeamMember, agent=made.id)[0].manages is False

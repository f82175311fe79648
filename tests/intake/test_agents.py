"""Agents by spreadsheet: strict, told by line, and harmless when done again."""

from pathlib import Path
from typing import Any

import pytest

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.roles import Role
from rightaway.intake.csv.agents import AgentReport, import_agents, read_agents
from rightaway.intake.csv.reading import Refused
from rightaway.ledger.errors import NotAllowed
from rightaway.ledger.models import Event
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent, AgentState, Team, TeamMember
from rightaway.routing.schema import RouteSet
from rightaway.routing.versions import current_draft
from rightaway.work.actions.publish import publish
from rightaway.work.actions.save_draft import save_draft
from tests.calling import new_person, new_team

FILE = """Nombre completo;Correo;Idiomas;Habilidades;Cupo;Límite diario;Equipos
Ana Beltrán;ana@example.com;es, en;mortgages 7 | rentals:3;12,5;20;North
Luis Cardona;luis@example.com;es;;;;
"""


def run(org: int, path: Path, text: str, *, dry_run: bool = False, **wanted: str) -> AgentReport:
    path.write_text(text)
    with organisation(org):
        shape, columns = read_agents(path, wanted)
        return import_agents(shape, columns, actor=SYSTEM, dry_run=dry_run)


def outcomes(report: AgentReport) -> list[str]:
    return [line.outcome for line in report.lines]


def agents(org: int) -> list[Any]:
    with organisation(org):
        return list(Agent.objects.order_by("key"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agents.csv"


def test_a_file_makes_agents_and_again_changes_nothing(org: int, path: Path) -> None:
    with organisation(org):
        team = Team.objects.create(key="north", name="North")
    assert outcomes(run(org, path, FILE, dry_run=True)) == ["created", "created"]
    assert agents(org) == []
    assert outcomes(run(org, path, FILE)) == ["created", "created"]
    ana, _luis = agents(org)
    assert (ana.key, ana.languages, ana.skills) == ("ana-beltran", ["en", "es"], {"mortgages": 7, "rentals": 3})
    assert ana.limits == {"day": 20}
    with organisation(org):
        assert AgentState.objects.get(agent=ana.id).capacity == 1250
        assert TeamMember.objects.get(team=team.id).agent_id == ana.id
        before = Event.objects.count()
    assert outcomes(run(org, path, FILE)) == ["same", "same"]
    with organisation(org):
        assert Event.objects.count() == before


def test_an_empty_cell_or_a_missing_column_changes_nothing_and_one_that_differs_does(org: int, path: Path) -> None:
    with organisation(org):
        Team.objects.create(key="north", name="North")
    run(org, path, FILE)
    report = run(org, path, "email,name,skills\nANA@example.com,Ana B.,\n")
    assert outcomes(report) == ["changed"] and "name" in report.lines[0].changed
    ana = agents(org)[0]
    assert (ana.name, ana.skills, ana.key) == ("Ana B.", {"mortgages": 7, "rentals": 3}, "ana-beltran")


@pytest.mark.parametrize(("cells", "reason"), [
    ("Ana,x,,", "not a number"), ("Ana,,maybe,", "neither yes nor no"), ("Ana,,,nowhere", "no team"),
    ("Ana,-3,,", "capacity"), (",,,", "name"),
])  # fmt: skip
def test_a_bad_line_is_told_with_its_reason_and_the_others_are_taken(
    org: int, path: Path, cells: str, reason: str
) -> None:
    report = run(org, path, f"name,capacity,active,teams\n{cells}\nBea,3,yes,\n")
    assert outcomes(report) == ["rejected", "created"]
    assert reason in report.lines[0].reason and report.lines[0].line == 2
    assert [agent.name for agent in agents(org)] == ["Bea"]


def test_the_same_person_twice_in_a_file_is_said(org: int, path: Path) -> None:
    report = run(org, path, "name,email\nAna,a@example.com\nAna again,a@example.com\n")
    assert outcomes(report) == ["created", "rejected"] and "line 2" in report.lines[1].reason


def test_two_with_one_address_need_a_key(org: int, path: Path) -> None:
    run(org, path, "key,name,email\na,Ana,x@example.com\nb,Bea,x@example.com\n")
    assert outcomes(run(org, path, "name,email\nAna,x@example.com\n")) == ["rejected"]
    assert outcomes(run(org, path, "key,email,skills\na,x@example.com,rentals 4\n")) == ["changed"]


def test_a_file_without_anybody_is_refused(org: int, path: Path) -> None:
    with pytest.raises(Refused):
        run(org, path, "colour,size\nred,3\n")
    with pytest.raises(Refused):
        run(org, path, "name\nAna\n", shoe="name")


def test_only_who_may_import_may(org: int, path: Path) -> None:
    path.write_text("name\nAna\n")
    manager = new_person(org, Role.AGENT_MANAGER, team=new_team(org))
    assert manager.api.post("/agents/import", {"csv": "name\nAna\n"}).status_code == 403
    boss = new_person(org, Role.COMPANY_MANAGER)
    answer = boss.api.post("/agents/import", {"csv": "name,skills\nAna,rentals 4\n", "dry_run": True}).json()
    assert (answer["created"], answer["lines"][0]["line"]) == (1, 2)
    assert boss.api.post("/agents/import", {"csv": ""}).status_code == 422
    from tests.making import works_as

    with organisation(org), pytest.raises(NotAllowed):
        import_agents(*read_agents(path, {}), actor=works_as(manager.agent_id))


def test_a_colleague_is_copied_with_teams_and_shares(org: int) -> None:
    team = new_team(org)
    like, boss = new_person(org, team=team), new_person(org, Role.COMPANY_MANAGER)
    with organisation(org):
        Agent.objects.filter(id=like.agent_id).update(skills={"rentals": 4}, languages=["es"], limits={"day": 9})
        key = Agent.objects.get(id=like.agent_id).key
        route = {
            "id": str(like.agent_id),
            "name": "R",
            "strategy": "weighted",
            "audience": [{"agent": key, "weight": 3}],
        }
        save_draft(routes=RouteSet.model_validate({"routes": [route]}, strict=False), actor=SYSTEM)
        publish(actor=SYSTEM)
    answer = boss.api.post(f"/agents/{like.agent_id}/copy", {"key": "new", "name": "New One"})
    assert answer.status_code == 201 and (answer.json()["teams"], answer.json()["drafted"]) == (1, 1)
    with organisation(org):
        made = Agent.objects.get(key="new")
        assert (made.skills, made.languages, made.limits) == ({"rentals": 4}, ["es"], {"day": 9})
        assert not TeamMember.objects.get(agent=made.id).manages
        assert [(m.agent, m.weight) for m in current_draft().routes.routes[0].audience] == [(key, 3), ("new", 3)]
    assert boss.api.post(f"/agents/{like.agent_id}/copy", {"key": "new", "name": "x"}).status_code == 409

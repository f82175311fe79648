"""Oversight: only one's own people, and every number opens exactly the rows that it counts."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.people.models import Agent
from rightaway.routing.basics_schema import BasicsIn
from rightaway.work import grid
from rightaway.work.actions.regrade import regrade_due
from rightaway.work.actions.save_basics import save_basics
from tests.calling import new_person, new_team
from tests.making import BOSS, House
from tests.web.test_contacts import Desk, _rows


def _work(house: House, agent: UUID) -> None:
    now = clock()
    hour = now - timedelta(hours=3)
    rows: list[dict[str, Any]] = [
        {"unanswered_since": now - timedelta(minutes=30), "basics_since": now - timedelta(minutes=30)},
        {"answered_seconds": 60, "acted_at": hour, "called_at": hour, "mailed_at": hour, "notes": 1,
         "next_task_at": now + timedelta(days=3)},
        {"answered_seconds": 900, "acted_at": hour},
        {"answered_seconds": 100, "acted_at": hour, "called_at": hour, "next_task_at": now - timedelta(hours=1)},
    ]  # fmt: skip
    for row in rows:
        asked = row.get("unanswered_since")
        house.item("assigned", owner_id=agent, status="evaluate" if asked else "working",
                   **{"unanswered_since": None, "basics_since": hour, **row})  # fmt: skip


def test_every_number_opens_exactly_its_rows_and_others_people_are_not_told_of(org: int) -> None:
    grid.forget()
    house = House(org)
    team, boss = new_team(org), new_person(org, Role.COMPANY_MANAGER)
    agent = new_person(org, name="Marta Oyarzun", team=team)
    manager = new_person(org, Role.AGENT_MANAGER, name="Tom Weaver", team=team)
    other = house.agent()
    with house.inside():
        Agent.objects.filter(id=other).update(name="Somebody Else")
        save_basics(basics=BasicsIn(zone="Asia/Tokyo"), actor=BOSS)
    _work(house, agent.agent_id)
    _work(house, other)
    regrade_due(org)
    desk = Desk(house, boss, agent)
    client = desk.browser(manager)
    page = client.get("/team/oversight").content.decode()
    assert "Marta Oyarzun" in page and "Somebody Else" not in page
    assert "Somebody Else" in desk.browser(boss).get("/team/oversight").content.decode()

    found = next(line for line in manager.api.get("/oversight").json()["agents"] if line["name"] == "Marta Oyarzun")
    expected = {"open": 4, "evaluate": 1, "in_time": 2, "answered": 3, "attention": 3, "overdue": 1, "no_call": 2,
                "no_note": 2}  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    row = page[page.index('id="oversight-agents"') :]
    row = row[row.index("Marta Oyarzun") :].split("</tr>")[0]
    links = [unescape(link) for link in re.findall(r'href="(/contacts[^"]+)"', row)]
    names = ("open", "evaluate", "in_time", "attention", "overdue", "no_call", "no_note")
    for name, link in zip(names, links, strict=True):
        assert len(_rows(client.get(link).content.decode())) == expected[name], (name, link)
    shares = re.findall(r">(\d+ %)<", row)
    assert shares == ["67 %", "25 %"]


def test_an_agent_oversees_nobody(org: int) -> None:
    agent = new_person(org)
    desk = Desk(House(org), agent, agent)
    assert desk.browser(agent).get("/team/oversight").status_code == 403
    assert agent.api.get("/oversight").status_code == 403
    assert "/team/oversight" not in desk.browser(agent).get("/contacts").content.decode()

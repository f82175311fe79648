"""What agents say of themselves counts once whoever manages them agrees."""

import pytest

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.errors import Conflict, NotAllowed, NotFound
from rightaway.people.models import Agent, Proposal
from rightaway.people.schema import ProfileIn
from rightaway.work import access
from rightaway.work.actions.propose import decide, propose
from tests.calling import Person, new_person, new_team
from tests.making import BOSS, House
from tests.races.contest import by_processes


def acts(person: Person, role: Role = Role.AGENT) -> Actor:
    return Actor("member", person.membership_id, role, person.agent_id)


WANTED = ProfileIn(languages=["es"], skills={"rentals": 4}, hours=[])


def test_it_counts_once_they_agree(house: House) -> None:
    team = new_team(house.id)
    me, manager = new_person(house.id, team=team), new_person(house.id, Role.AGENT_MANAGER, team=team)
    other = new_person(house.id, Role.AGENT_MANAGER, team=new_team(house.id))
    with house.inside():
        said = propose(profile=WANTED, actor=acts(me))
        assert said.state == "open" and set(said.changed) == {"languages", "skills", "hours"}
        assert Agent.objects.get(id=me.agent_id).skills == {}
        assert said.proposal_id is not None
        assert not access.proposals_to_decide(acts(other, Role.AGENT_MANAGER)).exists()
        assert access.proposals_to_decide(acts(manager, Role.AGENT_MANAGER)).count() == 1
        for nobody, error in ((acts(other, Role.AGENT_MANAGER), NotFound), (acts(me), NotAllowed)):
            with pytest.raises(error):
                decide(proposal_id=said.proposal_id, approve=True, actor=nobody)
        decide(proposal_id=said.proposal_id, approve=True, actor=acts(manager, Role.AGENT_MANAGER))
        agent = Agent.objects.get(id=me.agent_id)
        assert (agent.languages, agent.skills, agent.hours) == (["es"], {"rentals": 4}, [])
        with pytest.raises(Conflict):
            decide(proposal_id=said.proposal_id, approve=False, actor=BOSS)
        assert propose(profile=WANTED, actor=acts(me)).state == "same"


def test_refused_changes_nothing_and_a_newer_one_takes_its_place(house: House) -> None:
    me = new_person(house.id)
    with house.inside():
        first = propose(profile=WANTED, actor=acts(me))
        second = propose(profile=ProfileIn(languages=["en"]), actor=acts(me))
        assert Proposal.objects.get(id=first.proposal_id).state == "replaced"
        assert second.proposal_id is not None
        decide(proposal_id=second.proposal_id, approve=False, actor=BOSS)
        assert Agent.objects.get(id=me.agent_id).languages == []


def test_a_team_manager_does_not_agree_to_their_own_and_who_manages_everybody_needs_nobody(house: House) -> None:
    team = new_team(house.id)
    manager, chief = new_person(house.id, Role.AGENT_MANAGER, team=team), new_person(house.id, Role.COMPANY_MANAGER)
    with house.inside():
        said = propose(profile=WANTED, actor=acts(manager, Role.AGENT_MANAGER))
        assert said.state == "open" and said.proposal_id is not None
        with pytest.raises(NotAllowed):
            decide(proposal_id=said.proposal_id, approve=True, actor=acts(manager, Role.AGENT_MANAGER))
        assert propose(profile=WANTED, actor=acts(chief, Role.COMPANY_MANAGER)).state == "approved"
        assert Agent.objects.get(id=chief.agent_id).skills == {"rentals": 4}


def test_two_who_agree_at_once_do_so_once(house: House) -> None:
    me = new_person(house.id)
    with house.inside():
        id = propose(profile=WANTED, actor=acts(me)).proposal_id
    assert id is not None
    found = by_processes(house.id, [lambda: decide(proposal_id=id, approve=True, actor=BOSS).state] * 4)
    assert sorted(each.error for each in found) == ["", "Conflict", "Conflict", "Conflict"]


def test_by_api(house: House) -> None:
    me, boss = new_person(house.id), new_person(house.id, Role.COMPANY_MANAGER)
    said = me.api.send("PUT", "/me/profile", {"languages": ["es"]}).json()
    assert said["state"] == "open" and me.api.get("/proposals").json() == []
    (row,) = boss.api.get("/proposals").json()
    assert boss.api.post(f"/proposals/{row['id']}/approve").json()["state"] == "approved"
    assert boss.api.get(f"/agents/{me.agent_id}").json()["settings"]["languages"] == ["es"]
    assert me.api.send("PUT", "/me/profile", {"skills": {"x": 11}}).status_code == 422

"""Invitations: who may make one, what comes of it, and that a link works once, for one person, in one organisation."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership, User
from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import AlreadyThere, Conflict, Invalid, NotAllowed, NotFound
from rightaway.ledger.models import Event
from rightaway.people.models import Agent, Invitation, Team, TeamMember
from rightaway.people.schema import InvitationIn
from rightaway.work.actions.accept_invitation import Joined, NewUser, accept_invitation, inviting_organisation
from rightaway.work.actions.found import add_member
from rightaway.work.actions.invite import Invited, invite
from rightaway.work.actions.link_agent import link_agent
from rightaway.work.actions.revoke_invitation import revoke_invitation
from tests.calling import new_person, new_team
from tests.making import BOSS, House
from tests.races.contest import by_processes


def somebody(**changed: str) -> NewUser:
    values = {"name": "Ana Núñez", "email": f"{uuid4()}@example.com", "password": "x" * 20, "language": "es", **changed}
    return NewUser(**values)


def user_of(house: House, **fields: Any) -> User:
    return User.objects.create_user(f"{uuid4()}@example.com", None, name="Bea Ruiz", **fields)


def invited(house: House, actor: Actor = BOSS, **fields: Any) -> Invited:
    with house.inside():
        return invite(invitation=InvitationIn.model_validate({"name": "Ana", **fields}), actor=actor)


def kinds(house: House, invitation_id: UUID) -> list[str]:
    with house.inside():
        return list(Event.objects.filter(subject_id=invitation_id).order_by("seq").values_list("kind", flat=True))


def test_a_new_person_becomes_a_member_and_an_agent_in_the_team(house: House) -> None:
    team = new_team(house.id)
    made = invited(house, team_id=team)
    joined = accept_invitation(token=made.token, who=somebody(name="Ana Núñez"))
    assert joined.organisation_id == house.id
    agent = house.row(Agent, id=joined.agent_id)
    assert (agent.name, agent.key, agent.membership_id, agent.language) == (
        "Ana Núñez", "ana-nunez", joined.membership_id, "es",
    )  # fmt: skip
    assert house.row(Membership, id=joined.membership_id).role == "agent"
    assert [(row.team_id, row.manages) for row in house.rows(TeamMember, agent=joined.agent_id)] == [(team, False)]
    assert kinds(house, made.id) == ["invited", "accepted"]
    row = house.row(Invitation, id=made.id)
    assert (row.agent_id, row.membership_id, row.used_at is not None) == (joined.agent_id, joined.membership_id, True)


def test_an_existing_agent_and_an_existing_account(house: House) -> None:
    agent, user = house.agent(), user_of(house)
    joined = accept_invitation(token=invited(house, agent_id=agent).token, who=user)
    assert (joined.agent_id, joined.user.pk) == (agent, user.pk)
    assert house.row(Agent, id=agent).name == "Agent 1"  # the agent keeps what managers know them by


def test_a_team_manager_manages_the_team_and_a_company_manager_may_do_without_an_agent(house: House) -> None:
    team = new_team(house.id)
    first = accept_invitation(token=invited(house, role="agent_manager", team_id=team).token, who=somebody())
    assert house.row(TeamMember, agent=first.agent_id).manages
    second = accept_invitation(token=invited(house, role="company_manager", works=False).token, who=somebody())
    assert second.agent_id is None


def test_whoever_was_let_go_comes_back_as_who_they_were(house: House) -> None:
    user, agent = user_of(house), house.agent()
    membership = add_member(organisation_id=house.id, user=user, role=Role.AGENT_MANAGER)
    with house.inside():
        link_agent(agent_id=agent, membership_id=membership, actor=BOSS)
        Membership.objects.filter(id=membership).update(active=False)
        Agent.objects.filter(id=agent).update(active=False)
    joined = accept_invitation(token=invited(house).token, who=user)
    assert (joined.membership_id, joined.agent_id) == (membership, agent)
    row = house.row(Membership, id=membership)
    assert (row.active, row.role, house.row(Agent, id=agent).active) == (True, "agent", True)


@pytest.mark.parametrize("ended", ["used", "revoked", "too old", "unknown", "no token", "nobody's organisation"])
def test_what_is_not_open_opens_nothing(house: House, ended: str) -> None:
    made = invited(house)
    token = made.token
    if ended == "used":
        accept_invitation(token=token, who=somebody())
    elif ended == "revoked":
        with house.inside():
            revoke_invitation(invitation_id=made.id, actor=BOSS)
    elif ended == "too old":
        with house.inside():
            Invitation.objects.filter(id=made.id).update(expires_at=clock() - timedelta(seconds=1))
    else:
        token = {"unknown": token[:-3] + "xyz", "no token": "hello", "nobody's organisation": "32767-" + "a" * 32}[
            ended
        ]
    late = somebody()
    with pytest.raises(NotFound):
        inviting_organisation(token)
    with pytest.raises(NotFound):
        accept_invitation(token=token, who=late)
    assert not User.objects.filter(email=late.email).exists()


def test_a_token_of_one_organisation_is_none_of_another(house: House, other_org: int) -> None:
    made = invited(house)
    forged = f"{other_org}-{made.token.split('-', 1)[1]}"
    with pytest.raises(NotFound):
        accept_invitation(token=forged, who=somebody())
    assert inviting_organisation(made.token) == "Casa & Co."
    with House(other_org).inside(), pytest.raises(NotFound):
        revoke_invitation(invitation_id=made.id, actor=BOSS)


def test_only_the_hash_is_kept_and_no_event_names_anybody(house: House) -> None:
    made = invited(house, name="Canaria Quetzal", email="canary@example.com")
    secret = made.token.split("-", 1)[1]
    assert len(secret) * 6 >= 128
    row = house.row(Invitation, id=made.id)
    assert secret.encode() not in bytes(row.hash) and len(bytes(row.hash)) == 32
    with house.inside():
        said = " ".join(Event.objects.values_list("body", flat=True))
    assert "Canaria" not in said and "canary" not in said and secret not in said


def test_two_at_once_with_one_link_are_one_member(house: House) -> None:
    token = invited(house).token
    verbs = [partial(accept_invitation, token=token, who=somebody(name=f"P{number}")) for number in range(6)]
    outcomes = by_processes(None, verbs)
    won = [outcome for outcome in outcomes if isinstance(outcome.value, Joined)]
    assert len(won) == 1 and [outcome.error for outcome in outcomes if outcome not in won] == ["NotFound"] * 5
    assert len(house.rows(Membership)) == len(house.rows(Agent)) == 1


def test_one_person_with_two_links_at_once_is_one_member(house: House) -> None:
    user = user_of(house)
    verbs = [partial(accept_invitation, token=invited(house).token, who=user) for _ in range(4)]
    outcomes = by_processes(None, verbs)
    assert sorted(outcome.error for outcome in outcomes) == ["", "AlreadyThere", "AlreadyThere", "AlreadyThere"]
    with house.inside():
        assert Invitation.objects.filter(used_at=None).count() == 3  # the others stay open for somebody else


def test_one_new_address_with_two_links_at_once_is_one_account(house: House) -> None:
    who = somebody()
    outcomes = by_processes(None, [partial(accept_invitation, token=invited(house).token, who=who) for _ in range(4)])
    assert sorted(outcome.error for outcome in outcomes) == ["", "AlreadyThere", "AlreadyThere", "AlreadyThere"]
    assert User.objects.filter(email=who.email).count() == 1


def test_accepting_and_revoking_at_once_end_it_once(house: House) -> None:
    for _ in range(5):
        made = invited(house)

        def revoke(invitation_id: UUID = made.id) -> None:
            with house.inside():
                revoke_invitation(invitation_id=invitation_id, actor=BOSS)

        accepting, revoking = by_processes(None, [partial(accept_invitation, token=made.token, who=somebody()), revoke])
        row = house.row(Invitation, id=made.id)
        assert (row.used_at is None) == bool(accepting.error), accepting.error
        assert (row.revoked_at is None) == bool(revoking.error), revoking.error
        assert {accepting.error, revoking.error} in ({"", "Conflict"}, {"NotFound", ""})


def test_a_new_link_for_an_agent_ends_the_one_before(house: House) -> None:
    agent = house.agent()
    first, second = invited(house, agent_id=agent), invited(house, agent_id=agent)
    with pytest.raises(NotFound):
        inviting_organisation(first.token)
    accept_invitation(token=second.token, who=somebody())
    with pytest.raises(AlreadyThere):
        invited(house, agent_id=agent)


def test_an_agent_who_became_somebody_else_s_in_the_meantime(house: House) -> None:
    agent = house.agent()
    token = invited(house, agent_id=agent).token
    other = add_member(organisation_id=house.id, user=user_of(house), role=Role.AGENT)
    with house.inside():
        link_agent(agent_id=agent, membership_id=other, actor=BOSS)
    with pytest.raises(Conflict):
        accept_invitation(token=token, who=somebody())
    assert len(house.rows(Membership)) == 1


def test_a_used_one_is_not_revoked_and_a_revoked_one_stays(house: House) -> None:
    used, revoked = invited(house), invited(house)
    accept_invitation(token=used.token, who=somebody())
    with house.inside():
        with pytest.raises(Conflict):
            revoke_invitation(invitation_id=used.id, actor=BOSS)
        at = revoke_invitation(invitation_id=revoked.id, actor=BOSS).revoked_at
        assert revoke_invitation(invitation_id=revoked.id, actor=BOSS).revoked_at == at
    assert kinds(house, revoked.id) == ["invited", "revoked"]


@pytest.mark.parametrize(
    "wrong",
    [{"email": "nobody"}, {"role": "agent", "works": False}, {"role": "company_manager", "works": False, "team": True}],
)
def test_what_does_not_go_together_is_refused(house: House, wrong: dict[str, Any]) -> None:
    if wrong.pop("team", False):
        wrong["team_id"] = new_team(house.id)
    with pytest.raises(Invalid):
        invited(house, **wrong)
    assert house.rows(Invitation) == []


def acting_as(house: House, role: Role, team: UUID) -> Actor:
    person = new_person(house.id, role, team=team)
    return Actor("member", person.membership_id, role, person.agent_id)


ROLES_FROM: dict[Role, set[str]] = {
    Role.AGENT: set(),
    Role.AGENT_MANAGER: {"agent"},
    Role.ORGANISATION_MANAGER: {"agent", "agent_manager"},
    Role.COMPANY_MANAGER: {role.value for role in Role},
}


@pytest.mark.parametrize("role", list(Role))
def test_nobody_brings_in_more_than_they_may(house: House, role: Role) -> None:
    team, elsewhere = new_team(house.id), new_team(house.id)
    below = new_team(house.id, parent=team)
    actor = acting_as(house, role, team)
    for wanted in Role:
        for place, theirs in ((team, True), (below, True), (elsewhere, False), (None, False)):
            fields = {"role": wanted.value, "team_id": place}
            if wanted.value in ROLES_FROM[role] and (theirs or role is Role.COMPANY_MANAGER):
                assert invited(house, actor, **fields).token
            else:
                with pytest.raises(NotAllowed):
                    invited(house, actor, **fields)


def test_a_team_manager_sees_and_revokes_those_of_their_teams_only(house: House) -> None:
    team, elsewhere = new_team(house.id), new_team(house.id)
    manager = acting_as(house, Role.AGENT_MANAGER, team)
    mine, other = invited(house, team_id=team), invited(house, team_id=elsewhere)
    stranger = house.agent()
    with house.inside():
        with pytest.raises(NotFound):
            revoke_invitation(invitation_id=other.id, actor=manager)
        assert revoke_invitation(invitation_id=mine.id, actor=manager).revoked_at
    with pytest.raises(NotFound):  # an agent whom they cannot see
        invited(house, manager, team_id=team, agent_id=stranger)


def test_a_narrowed_key_brings_in_agents_only(house: House) -> None:
    narrow = Actor("key", UUID(int=1), Role.COMPANY_MANAGER, scopes=frozenset({"members.*"}))
    assert invited(house, narrow).token
    with pytest.raises(NotAllowed):
        invited(house, narrow, role="company_manager")
    with pytest.raises(NotAllowed):
        invited(house, Actor("key", UUID(int=1), Role.COMPANY_MANAGER, scopes=frozenset({"item.*"})))


def test_five_hundred_into_one_team(house: House) -> None:
    team = new_team(house.id)
    with house.inside():
        for number in range(500):
            invite(invitation=InvitationIn(name=f"Person {number}", team_id=team), actor=BOSS)
        assert Invitation.objects.filter(team=Team.objects.get(id=team)).count() == 500

"""One file makes people and routes what it says: all of it or nothing, and the second time nothing at all."""

from typing import Any
from uuid import UUID

import pytest

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.roles import Role
from rightaway.demo.seed import configuration
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from rightaway.ledger.models import Event
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Absence, Agent, AgentState, Team, TeamMember
from rightaway.people.schema import AbsenceIn, AgentIn, RangeIn, TeamIn
from rightaway.routing.config_file import ConfigFile, dump, export, parse
from rightaway.routing.directory import directory
from rightaway.routing.models import Config, Version
from rightaway.routing.schema import MemberIn, RouteIn, RouteSet
from rightaway.routing.versions import current_draft, live_routes
from rightaway.routing.yaml_source import read_yaml
from rightaway.work.actions.absence import clear_absence, set_absence
from rightaway.work.actions.apply_configuration import Applied, DraftInTheWay, apply_configuration
from rightaway.work.actions.pause_agent import pause_agent, resume_agent
from rightaway.work.actions.pause_route import pause_route, pause_route_for
from rightaway.work.actions.publish import publish
from rightaway.work.actions.resume_route import resume_route, resume_route_for
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.actions.save_team import save_team

FILE = """\
teams:
  - {key: agency, name: Casa Norte}
  - {key: buyers, name: Buyers, parent: agency, managers: [ana], members: [ben]}
agents:
  - key: ana
    name: Ana Núñez
    zone: Europe/Madrid
    languages: [es, en]
    skills: {sales: 7}
    hours: [{days: [1, 2, 3, 4, 5], start: 09:00, until: 18:00}]
    absences: [{starts_at: 2199-01-01T00:00:00+01:00, ends_at: 2199-01-07T00:00:00+01:00, cause: holiday}]
  - {key: ben, name: Ben Adeyemi, limits: {day: 5}, capacity: 400, ramp: {start: 2026-12-01, weeks: 6}}
routes:
  - name: Buyers
    sources: [web]
    audience: [{team: buyers}]
    conditions: [{field: language, op: is, value: es}]
  - {name: Everybody}
"""


def config(text: str) -> ConfigFile:
    found = parse(read_yaml(text.encode()).data)
    assert isinstance(found, ConfigFile), found
    return found


def apply(org: int, text: str, **options: Any) -> Applied:
    with organisation(org):
        return apply_configuration(file=config(text), actor=SYSTEM, **options)


def exported(org: int) -> str:
    with organisation(org, read_only=True):
        return dump(export())


def rows(org: int) -> tuple[int, int, int]:
    with organisation(org):
        return Agent.objects.count(), Team.objects.count(), Event.objects.count()


def test_apply_then_export_then_apply_is_the_same_byte_for_byte(org: int, other_org: int) -> None:
    apply(org, FILE)
    first = exported(org)
    events = rows(org)
    assert apply(org, first).changes == ()
    assert apply(org, FILE).changes == ()
    assert rows(org) == events  # nothing was written the second time
    apply(other_org, first)
    assert exported(other_org) == first


def test_the_demo_s_file_comes_back_as_it_was(org: int) -> None:
    with organisation(org):
        apply_configuration(file=configuration(), actor=SYSTEM)
    text = exported(org)
    assert len(config(text).agents or []) == 25
    assert len(config(text).routes or []) == 9
    assert apply(org, text).changes == ()


def test_what_is_saved_is_what_the_engine_reads(org: int) -> None:
    apply(org, FILE)
    with organisation(org):
        known = directory()
        ben = known.agents[1]
        assert [route.name for route in known.routes] == ["Buyers", "Everybody"]
        assert known.routes[0].audience == (0, 1)
        assert ben.limits == (("day", 5),)
        assert AgentState.objects.get(agent=ben.id).capacity == 400
        assert known.agents[0].hours is not None
        assert TeamMember.objects.filter(manages=True).count() == 1


def test_a_dry_run_says_the_same_and_writes_nothing(org: int) -> None:
    before = rows(org)
    planned = apply(org, FILE, dry_run=True).changes
    assert rows(org) == before
    assert apply(org, FILE).changes == planned


def test_changes_are_told_in_sentences(org: int) -> None:
    apply(org, FILE)
    text = FILE.replace("skills: {sales: 7}", "skills: {sales: 9, luxury: 3}").replace("capacity: 400", "capacity: 600")
    text = text.replace("members: [ben]", "members: []").replace("  - {name: Everybody}\n", "")
    assert apply(org, text).changes == (
        "Team Buyers: leaves: ben.",
        "Agent Ana Núñez (ana): skills (luxury – → 3, sales 7 → 9).",
        "Agent Ben Adeyemi (ben): capacity 400 → 600.",
        "Route Everybody is removed.",
    )


def test_routes_keep_their_identity_by_name_and_order_matters(org: int) -> None:
    apply(org, FILE)
    with organisation(org):
        ids = {route.name: route.id for route in live_routes().routes}
    moved = FILE.replace("routes:\n", "routes:\n  - {name: Everybody}\n").replace("  - {name: Everybody}\n", "", 1)
    moved = "routes:\n  - {name: Everybody}\n" + FILE[FILE.index("  - name: Buyers") :].replace(
        "  - {name: Everybody}\n", ""
    )
    assert apply(org, moved).changes == ("The order of the routes changes.",)
    with organisation(org):
        assert {route.name: route.id for route in live_routes().routes} == ids
        assert list(Version.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_a_section_that_is_left_out_stays(org: int) -> None:
    apply(org, FILE)
    before = exported(org)
    assert apply(org, "default_units: 100").changes == ()
    assert apply(org, "{}").changes == ()
    assert exported(org) == before


BAD = """\
teams:
  - {key: a, name: A, parent: b}
  - {key: b, name: B, parent: a, members: [nobody]}
  - {key: c, name: C, parent: nowhere}
agents:
  - {key: z, name: Z}
  - {key: z, name: Z again}
routes:
  - name: R
    audience: [{team: nowhere}, {agent: nobody}]
    conditions:
      - {field: moon, op: is, value: full}
      - {field: source, op: gt, value: web}
  - {name: R}
  - {name: Empty, audience: [{team: c}]}
  - {name: Named, strategy: agent}
"""


def test_several_mistakes_are_told_at_once_with_their_lines_and_nothing_is_written(org: int) -> None:
    source = read_yaml(BAD.encode())
    parsed = parse(source.data)
    assert isinstance(parsed, ConfigFile)
    before = rows(org)
    with pytest.raises(Invalid) as refused, organisation(org):
        apply_configuration(file=parsed, actor=SYSTEM)
    assert rows(org) == before
    assert {row["pointer"] for row in refused.value.errors} >= {
        "/teams/0/parent", "/teams/1/parent", "/teams/1/members", "/teams/2/parent", "/agents/0/key", "/agents/1/key",
        "/routes/0/audience/0/team", "/routes/0/audience/1/agent", "/routes/0/conditions/0/field",
        "/routes/0/conditions/1/op", "/routes/1/name", "/routes/2/audience", "/routes/3/audience",
    }  # fmt: skip


def test_shapes_are_strict() -> None:
    source = read_yaml(
        b"teams:\n  - {key: a, name: A, colour: red}\nagents:\n  - key: z\n    name: Z\n    zone: ../etc/passwd\n"
        b"    capacity: '10'\n    skills: {x: 11}\n    hours: [{days: [0]}]\nextra: 1\n"
        b"routes:\n  - name: R\n    audience: [{agent: a, team: b}]\n"
        b"    when: {zone: Mars/Olympus, ranges: [{days: [1]}]}\n"
        b"    conditions: [{feld: a, op: is}]\n"
    )
    problems = parse(source.data)
    assert isinstance(problems, list)
    assert source.told(problems) == [
        "line 2: teams.0.colour: unknown key",
        "line 6: agents.0.zone: not an IANA time zone",
        "line 7: agents.0.capacity: must be a whole number",
        "line 8: agents.0.skills.x: must be at most 10",
        "line 9: agents.0.hours.0.days.0: must be at least 1",
        "line 10: extra: unknown key",
        "line 13: routes.0.audience.0: name either an agent or a team",
        "line 14: routes.0.when.zone: not an IANA time zone",
        "line 15: routes.0.conditions.0.field: is missing",
        "line 15: routes.0.conditions.0.feld: unknown key",
    ]


@pytest.mark.parametrize(
    "zone",
    ["", "..", "/etc/localtime", "posix/Europe/Madrid", "Europe", "Europe/Madrid\n", "right/UTC", "x" * 70, "Mars"],
)
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError):
        AgentIn(key="a", name="A", zone=zone)


def test_a_tree_can_be_turned_over(org: int) -> None:
    apply(org, "teams:\n  - {key: a, name: A}\n  - {key: b, name: B, parent: a}\n  - {key: c, name: C, parent: b}\n")
    turned = "teams:\n  - {key: a, name: A, parent: b}\n  - {key: b, name: B, parent: c}\n  - {key: c, name: C}\n"
    apply(org, turned)
    assert apply(org, turned).changes == ()
    with organisation(org), pytest.raises(Invalid):
        save_team(team=TeamIn(key="c", name="C", parent="a"), actor=SYSTEM)


def agent(**columns: Any) -> AgentIn:
    return AgentIn(**{"key": "ana", "name": "Ana", **columns})


def saved(org: int, **columns: Any) -> UUID:
    with organisation(org):
        return save_agent(agent=agent(**columns), actor=SYSTEM).agent_id


def test_a_capacity_below_the_load_keeps_the_load_and_says_so(org: int) -> None:
    id = saved(org, capacity=500)
    with organisation(org):
        AgentState.objects.filter(agent=id).update(load=400)
    saved(org, capacity=100)
    with organisation(org):
        state = AgentState.objects.get(agent=id)
        assert (state.load, state.capacity, state.over_by) == (400, 100, 300)
        last = Event.objects.filter(subject_id=id).order_by("-seq").first()
        assert '"over_by":300' in last.body
    saved(org, capacity=500)
    with organisation(org):
        assert AgentState.objects.get(agent=id).over_by == 0


def test_no_event_names_a_person(org: int) -> None:
    saved(org, name="Zoraida Quimera", email="zoraida@example.com", attributes={"home": "Zaragoza"})
    saved(org, name="Zoraida Otra", email="otra@example.com", attributes={"home": "Zamora"})
    with organisation(org):
        bodies = " ".join(Event.objects.values_list("body", flat=True))
    assert "Zoraida" not in bodies
    assert "example.com" not in bodies
    assert "Za" not in bodies


def test_the_same_agent_again_writes_nothing(org: int) -> None:
    hours = [RangeIn(days=[5, 1], start="09:00", until="17:00"), RangeIn(days=[2], start="09:00", until="17:00")]
    id = saved(org, hours=hours, languages=["es", "en"], skills={"b": 1, "a": 2})
    before = rows(org)
    with organisation(org):
        again = save_agent(
            agent=agent(
                hours=[RangeIn(days=[1, 2, 5], start="09:00", until="17:00")],
                languages=["en", "es"],
                skills={"a": 2, "b": 1},
            ),
            actor=SYSTEM,
        )
    assert (again.agent_id, again.changed) == (id, ())
    assert rows(org) == before


def test_who_is_deactivated_goes_offline(org: int) -> None:
    id = saved(org)
    with organisation(org):
        AgentState.objects.filter(agent=id).update(presence="available")
    saved(org, active=False)
    with organisation(org):
        assert AgentState.objects.get(agent=id).presence == "offline"
        assert not Agent.objects.get(id=id).active


def test_drafts_are_guarded_by_their_etag_and_versions_never_change(org: int) -> None:
    saved(org)
    routes = RouteSet(routes=[RouteIn(name="A")])
    with organisation(org):
        base = current_draft()
        draft = save_draft(routes=routes, if_match=base.etag, actor=SYSTEM)
        with pytest.raises(Stale):
            save_draft(routes=RouteSet(), if_match=base.etag, actor=SYSTEM)
        with pytest.raises(Stale):
            publish(actor=SYSTEM, if_match=base.etag)
        assert live_routes().routes == []
        one = publish(actor=SYSTEM, if_match=draft.etag)
        assert (one.number, one.changed) == (1, True)
        assert publish(actor=SYSTEM).changed is False
        assert live_routes() == routes
        assert Config.objects.get().draft == ""


def test_a_file_does_not_run_over_somebody_s_draft(org: int) -> None:
    apply(org, FILE)
    with organisation(org):
        save_draft(routes=RouteSet(routes=[RouteIn(name="Being written")]), actor=SYSTEM)
    assert apply(org, FILE).changes == ()  # it says nothing new about the routes
    other = FILE.replace("name: Everybody", "name: All")
    with pytest.raises(DraftInTheWay):
        apply(org, other)
    assert apply(org, other, replace_draft=True).changes


def test_publishing_refuses_what_leads_nowhere(org: int) -> None:
    with organisation(org):
        save_draft(routes=RouteSet(routes=[RouteIn(name="A", audience=[MemberIn(agent="ana")])]), actor=SYSTEM)
        with pytest.raises(Invalid) as refused:
            publish(actor=SYSTEM)
        assert refused.value.errors == [
            {"pointer": "/routes/0/audience/0/agent", "detail": "no agent has the key ana"},
        ]
        assert Version.objects.count() == 0


def test_pauses_act_at_once_and_publish_nothing(org: int) -> None:
    apply(org, FILE)
    with organisation(org):
        route = live_routes().routes[0].id
        ana = Agent.objects.get(key="ana").id
        assert pause_route(route_id=route, actor=SYSTEM) is True
        assert pause_route(route_id=route, actor=SYSTEM) is False
        assert pause_route_for(route_id=route, agent_id=ana, actor=SYSTEM) is True
        assert pause_agent(agent_id=ana, actor=SYSTEM) is True
        known = directory()
        assert known.paused == {route}
        assert known.agents[0].paused and known.agents[0].paused_routes == {route}
        assert resume_route(route_id=route, actor=SYSTEM) is True
        assert resume_route_for(route_id=route, agent_id=ana, actor=SYSTEM) is True
        assert resume_agent(agent_id=ana, actor=SYSTEM) is True
        assert resume_agent(agent_id=ana, actor=SYSTEM) is False
        assert directory().paused == frozenset()
        assert Version.objects.count() == 1
        with pytest.raises(NotFound):
            pause_route(route_id=ana, actor=SYSTEM)


def test_absences_are_set_once_and_cleared(org: int) -> None:
    id = saved(org)
    away = AbsenceIn.model_validate({"starts_at": "2199-03-01T00:00:00Z", "ends_at": "2199-03-02T00:00:00Z"})
    with organisation(org):
        one = set_absence(agent_id=id, absence=away, actor=SYSTEM)
        assert set_absence(agent_id=id, absence=away, actor=SYSTEM) == one
        assert directory().agents[0].absences
        clear_absence(absence_id=one, actor=SYSTEM)
        assert not Absence.objects.exists()
        assert directory().agents[0].absences == ()


def test_an_absence_that_is_over_is_no_change(org: int) -> None:
    past = FILE.replace("2199-01-01", "2019-01-01").replace("2199-01-07", "2019-01-07")
    apply(org, past)
    assert apply(org, past).changes == ()


def test_only_who_may_changes_the_configuration(org: int) -> None:
    id = saved(org)
    for role in (Role.AGENT, Role.AGENT_MANAGER, Role.ORGANISATION_MANAGER):
        actor = Actor("member", id, role, id)
        with organisation(org):
            for change in (
                lambda: save_draft(routes=RouteSet(), actor=actor),  # noqa: B023
                lambda: publish(actor=actor),  # noqa: B023
                lambda: save_team(team=TeamIn(key="t", name="T"), actor=actor),  # noqa: B023
                lambda: save_agent(agent=AgentIn(key="new", name="New"), actor=actor),  # noqa: B023
                lambda: apply_configuration(file=ConfigFile(), actor=actor),  # noqa: B023
            ):
                with pytest.raises(NotAllowed):
                    change()


def test_a_conflict_is_a_conflict() -> None:
    assert issubclass(DraftInTheWay, Conflict)


ROLES = """\
agents: [{key: ana, name: Ana}, {key: ben, name: Ben}]
roles:
  - key: lender
    names: {en: {short: LO, long: Loan officer}, es: {short: OP, long: Oficial de préstamos}}
    kinds: [opportunity, lead]
    holders: [ben, ana, ben]
"""


def test_roles_are_applied_exported_and_told_apart(org: int) -> None:
    assert "Role lender is new." in apply(org, ROLES).changes
    (role,) = config(exported(org)).roles or []
    assert (role.kinds, role.holders, role.active) == (["lead", "opportunity"], ["ana", "ben"], True)
    events = rows(org)
    assert apply(org, ROLES).changes == () and apply(org, exported(org)).changes == ()
    assert rows(org) == events
    assert apply(org, ROLES.replace("[ben, ana, ben]", "[ben]")).changes == ("Role lender: holders ana, ben → ben.",)
    assert apply(org, "roles: []").changes == ()  # what is not named stays


FILLED = f"""\
{ROLES}routes:
  - {{name: Lenders, role: lender, act: assign, audience: [{{agent: ana, weight: 2}}, {{agent: ben}}]}}
"""


def test_a_file_makes_a_role_and_the_route_that_fills_it_at_once(org: int) -> None:
    assert "Route Lenders is new, in place 1." in apply(org, FILLED).changes
    (route,) = config(exported(org)).routes or []
    assert route.role == "lender" and apply(org, exported(org)).changes == ()
    with pytest.raises(Invalid) as refused:
        apply(org, FILLED.replace("[ben, ana, ben]", "[]"))
    assert [error["pointer"] for error in refused.value.errors] == ["/routes/0/audience"]


def test_what_is_wrong_with_roles_is_told_with_its_place(org: int) -> None:
    twice = ROLES + ROLES.partition("roles:\n")[2]
    with pytest.raises(Invalid) as refused:
        apply(org, twice.replace("[ben, ana, ben]", "[nobody]"))
    assert {error["pointer"] for error in refused.value.errors} == {
        "/roles/0/key", "/roles/1/key", "/roles/0/holders", "/roles/1/holders",
    }  # fmt: skip

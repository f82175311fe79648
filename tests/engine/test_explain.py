"""What is stored explains the decision: nobody forgotten, every code known."""

from collections import Counter
from uuid import UUID

from hypothesis import given, settings

from rightaway.engine.decisions import Decision
from rightaway.engine.explain import CODES, Explanation, Said, choice, explain, references
from rightaway.engine.facts import Condition, Hours, Snapshot
from rightaway.engine.plan import plan
from tests.engine import oracle, worlds
from tests.engine.worlds import NOW, agent, directory_of, item, live_of, route

MANY = settings(max_examples=2000, deadline=None, print_blob=True)


def explained(decision: Decision) -> Explanation:
    """Through the store: contexts by hash, loaded as `references` names them. Whom it chose says the same alone."""
    assert decision.context is not None
    store = {context.hash.hex(): context.text for context in (decision.context, *decision.more)}
    loaded: dict[str, str] = {}
    wanted = [decision.context.hash.hex(), *references(decision.body)]
    while wanted:
        found = wanted.pop()
        loaded[found] = store[found]
        wanted += references(store[found])
    whole = explain(decision.body, decision.context.hash.hex(), loaded)
    chosen = choice(decision.body, decision.context.hash.hex(), loaded)
    assert chosen.headline == whole.headline
    assert chosen.candidates == tuple(row for row in whole.candidates if row.rank is not None)
    return whole


def said(explanation: Explanation) -> list[Said]:
    found = [explanation.headline, *(r.said for r in explanation.routes), *explanation.changes]
    for candidate in explanation.candidates:
        found += [candidate.said, *([candidate.rank] if candidate.rank else [])]
    return found


@MANY
@given(worlds.seeds)
def test_every_decision_can_be_explained_by_what_is_stored(seed: int) -> None:
    world = worlds.make(seed)
    naive = oracle.World(world.directory, world.snapshot().live, world.now)
    rules = {r.id: r for r in world.directory.routes}
    ids = [a.id for a in world.directory.agents]
    for one, decision in zip(world.items, plan(world.snapshot()).decisions, strict=True):
        found = explained(decision)
        for code, params in said(found):
            assert set(params) == set(CODES[code]), code
        assert [c.agent for c in found.candidates if c.said.code == "chosen"] == [ids[p] for p in decision.chosen]
        if decision.route is None or decision.cause == "pool_route":
            assert not found.candidates
            continue
        assert {c.agent for c in found.candidates} == {ids[p] for p in rules[decision.route].audience}
        assert len(found.candidates) == len(rules[decision.route].audience)
        _assert_refusals(naive, rules[decision.route], one, found)
        for chosen in decision.chosen:
            if decision.act != "broadcast":
                naive.give(chosen, one)


def _assert_refusals(naive: oracle.World, rule: object, one: object, found: Explanation) -> None:
    """Those who are not refused are exactly those who are able, by the oracle."""
    position = {a.id: a.position for a in naive.directory.agents}
    chosen = [position[c.agent] for c in found.candidates if c.said.code == "chosen"]
    asked_again = any(one.asked >> p & 1 for p in chosen)  # type: ignore[attr-defined]
    for candidate in found.candidates:
        p = position[candidate.agent]
        held_back = one.excluded if asked_again else one.excluded | one.asked  # type: ignore[attr-defined]
        able = not naive.refusals(rule, one, p) and not held_back >> p & 1  # type: ignore[arg-type]
        code = candidate.said.code
        if code in ("chosen", "runner_up"):
            assert not naive.refusals(rule, one, p)  # type: ignore[arg-type]
        elif code != "asked":
            assert (code == "eligible") == able


def test_each_candidate_has_the_first_reason_that_refuses_them() -> None:
    away = ((NOW, NOW.replace(hour=23)),)
    night = Hours("UTC", ((3, 0, 60),))
    rule = route(
        0, audience=tuple(range(15)), act="assign", skills=(("sales", 5),), match_language=True, strategy="round_robin"
    )
    able = {"skills": {"sales": 7}}
    people = [
        agent(0, **able),
        agent(1, **able),
        agent(2, **able, active=False),
        agent(3, **able),  # excluded
        agent(4, **able),  # absent
        agent(5, **able, hours=night),
        agent(6, **able, absences=away),
        agent(7, **able, paused=True),
        agent(8, **able, paused_routes=frozenset({rule.id})),
        agent(9, **able, limits=(("week", 9), ("day", 2))),
        agent(10, **able, unanswered_cap=3),
        agent(11, skills={"sales": 4}),
        agent(12),
        agent(13, **able, languages=frozenset({"es"})),
        agent(14, **able),  # full
    ]
    live = live_of(15)
    live.present &= ~(1 << 4)
    live.given = {9: {"day": 2, "week": 3}}
    live.unanswered[10] = 3
    live.room[14] = 99
    one = item(excluded=1 << 3, language="en-GB")
    (decision,) = plan(Snapshot(NOW, directory_of(people, [rule]), live, [one])).decisions
    found = explained(decision)
    assert found.headline == Said("assigned", {"agent": people[0].id, "route": rule.id})
    assert {c.agent.int - 100: c.said for c in found.candidates} == {
        0: Said("chosen", {}),
        1: Said("runner_up", {}),
        2: Said("inactive", {}),
        3: Said("excluded", {}),
        4: Said("absent", {}),
        5: Said("out_of_hours", {}),
        6: Said("on_absence", {}),
        7: Said("agent_paused", {}),
        8: Said("route_paused_for_agent", {}),
        9: Said("limit_day", {"most": 2}),
        10: Said("unanswered_cap", {"most": 3}),
        11: Said("skill", {"skill": "sales", "needed": 5, "has": 4}),
        12: Said("skill", {"skill": "sales", "needed": 5, "has": None}),
        13: Said("language", {"language": "en"}),
        14: Said("full", {}),
    }
    assert found.survivors[0] == ("audience", 15)
    assert found.survivors[-1] == ("full", 2)
    assert found.candidates[0].rank == Said("rank_round_robin", {"level": 0, "place": 0})
    assert found.changes == (Said("change_runner_up", {"agent": people[1].id}),)


def test_it_says_which_route_was_passed_over_and_why() -> None:
    rules = [
        route(0, sources=frozenset({"fair"})),
        route(1, conditions=(Condition("line", "is", "sale"), Condition("attributes.price", "gt", 500))),
        route(2, audience=(0,), nobody="next"),
        route(3, audience=(1,), act="assign"),
    ]
    directory = directory_of([agent(0), agent(1)], rules)
    one = item(attributes={"price": 120})
    (decision,) = plan(Snapshot(NOW, directory, live_of(2, present=0b10), [one])).decisions
    found = explained(decision)
    assert [(r.route, r.said) for r in found.routes] == [
        (rules[0].id, Said("route_source", {})),
        (rules[1].id, Said("route_condition", {"number": 2})),
        (rules[2].id, Said("route_nobody", {})),
        (rules[3].id, Said("route_taken", {})),
    ]
    assert found.facts == {"line": "sale", "attributes.price": 120}


def test_why_nobody_counts_what_would_have_to_change() -> None:
    directory = directory_of([agent(p) for p in range(4)], [route(0, audience=(0, 1, 2, 3))])
    live = live_of(4, present=0b0111)
    live.room[0] = live.room[1] = 0
    (decision,) = plan(Snapshot(NOW, directory, live, [item(excluded=0b100)])).decisions
    found = explained(decision)
    assert found.headline == Said("wait_nobody", {"route": directory.routes[0].id})
    assert [(c.code, c.params) for c in found.changes] == [
        ("change_full", {"count": 2}),
        ("change_absent", {"count": 1}),
        ("change_excluded", {"count": 1}),
    ]


def test_agents_who_fill_up_inside_a_batch_are_named_in_later_bodies() -> None:
    directory = directory_of([agent(p) for p in range(30)], [route(0, audience=tuple(range(30)), act="assign")])
    found = plan(Snapshot(NOW, directory, live_of(30, capacity=100), [item(n) for n in range(31)])).decisions
    for n, decision in enumerate(found):
        codes = Counter(c.said.code for c in explained(decision).candidates)
        assert codes["full"] == n
    assert max(len(d.body) for d in found) <= 300
    assert found[30].act == "wait"


def test_few_of_many_agents_are_written_in_their_own_numbering() -> None:
    people = [agent(p, skills={"sales": 1} if p % 2 else {}) for p in range(1000)]
    audience = (901, 17, 400, 901 - 2, 3)
    directory = directory_of(people, [route(0, audience=audience, act="assign", skills=(("sales", 1),))])
    (decision,) = plan(Snapshot(NOW, directory, live_of(1000), [item(excluded=1 << 901)])).decisions
    assert decision.context is not None and len(decision.context.text) < 400
    found = {c.agent: c.said.code for c in explained(decision).candidates}
    assert found == {
        UUID(int=100 + 901): "excluded",
        UUID(int=100 + 17): "chosen",
        UUID(int=100 + 400): "skill",
        UUID(int=100 + 899): "runner_up",
        UUID(int=100 + 3): "eligible",
    }

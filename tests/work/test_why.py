"""Why an item is where it is: from what was recorded, in sentences, in both languages, for whoever may know."""

import subprocess
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotAllowed, NotFound
from rightaway.people.models import Absence, Agent, RoutePause
from rightaway.routing.directory import touch_configuration
from rightaway.routing.schema import RouteSet
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.decline import decline
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.offer import offer
from rightaway.work.actions.publish import publish
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.explaining import Step, explain_item, explained
from rightaway.work.models import Decision, Item, Offer
from rightaway.work.sentences import answer, decision_sentences, headline, sentences
from tests.making import BOSS, House, works_as


def named(house: House, name: str, **columns: Any) -> UUID:
    agent = house.agent(**columns)
    with house.inside():
        Agent.objects.filter(id=agent).update(name=name)
    return agent


def publish_routes(house: House, *routes: dict[str, Any]) -> None:
    with house.inside():
        touch_configuration()
        save_draft(routes=RouteSet.model_validate({"routes": list(routes)}), actor=BOSS)
        publish(actor=BOSS)


def only(house: House, *agents: UUID) -> list[dict[str, str]]:
    """These agents as a route's audience, in this order."""
    with house.inside():
        keys = dict(Agent.objects.filter(id__in=agents).values_list("id", "key"))
    return [{"agent": keys[agent]} for agent in agents]


def why(house: House, item: UUID, actor: Any = BOSS) -> list[Step]:
    with house.inside():
        return explain_item(item, actor=actor)


def told(house: House, item: UUID, language: str = "en", actor: Any = BOSS) -> list[str]:
    """Everything that is said of the last step."""
    return decision_sentences(why(house, item, actor)[-1], language)


def open_offer(house: House, item: UUID) -> Offer:
    (found,) = house.rows(Offer, item=item, state="open")
    assert isinstance(found, Offer)
    return found


# name → columns that keep the agent from getting it, and the reason in both languages
LOSERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "Off Line": ({"presence": "offline"}, "not available: on break or offline", "su estado no es Disponible"),
    "No Hours": ({"hours": []}, "outside working hours", "fuera de su horario"),
    "On Leave": ({}, "away: a planned absence", "con ausencia programada"),
    "Paused": ({}, "gets nothing new: paused", "no recibe nada nuevo: entrega pausada"),
    "Not Here": ({}, "this route is paused for them", "esta ruta está pausada para esta persona"),
    "Left": ({"active": False}, "not active any more", "ya no está en activo"),
    "Day Over": ({"limits": {"day": 0}}, "daily limit reached: 0", "límite diario alcanzado: 0"),
    "Swamped": ({"unanswered_cap": 0}, "limit of unanswered items reached: 0", "límite sin responder alcanzado: 0"),
    "Junior": (
        {"skills": {"mortgage": 3}},
        "skill “mortgage” too low: has 3, needs 5",
        "habilidad «mortgage» insuficiente: tiene 3, necesita 5",
    ),
    "Unskilled": (
        {"skills": {}},
        "does not have the skill “mortgage” (needs 5)",
        "no tiene la habilidad «mortgage» (necesita 5)",
    ),
    "English Only": (
        {"languages": ["en"]},
        "does not speak the language: Spanish",
        "no habla el idioma: español",
    ),
    "Full Book": ({"capacity": 50}, "at capacity", "cupo lleno"),
}


def test_every_candidate_hears_the_reason_in_both_languages(house: House) -> None:
    able = {"skills": {"mortgage": 7}, "languages": ["es-MX"]}
    no, late = named(house, "Said No", **able), named(house, "Too Late", **able)
    ana, iker = named(house, "Ana Beltrán", **able), named(house, "Iker Salas", **able)
    losers = {name: named(house, name, **{**able, **columns}) for name, (columns, _, _) in LOSERS.items()}
    route = {
        "id": str(uuid4()), "name": "Spanish-speaking buyers", "strategy": "round_robin", "tries": 9,
        "skills": {"mortgage": 5}, "match_language": True,
        "audience": only(house, no, late, ana, iker, *losers.values()),
    }  # fmt: skip
    with house.inside():
        now = clock()
        Absence.objects.create(agent_id=losers["On Leave"], starts_at=now - timedelta(1), ends_at=now + timedelta(1))
        Agent.objects.filter(id=losers["Paused"]).update(paused_at=now)
        RoutePause.objects.create(agent_id=losers["Not Here"], route_id=route["id"])
    paused = {"name": "Sellers", "sources": ["walk-in"], "audience": only(house, iker)}
    wrong = {
        "name": "Upper end", "audience": only(house, iker),
        "conditions": [
            {"field": "attributes.budget", "op": "gte", "value": 500000},
            {"any": [{"field": "band", "op": "is", "value": "top"}, {"field": "source", "op": "is", "value": "web"}]},
        ],
    }  # fmt: skip
    publish_routes(house, paused, wrong, route)
    item = house.item("waiting", language="es", source="phone", attributes={"budget": 600000})
    route_organisation(house.id)
    with house.inside():
        decline(offer_id=open_offer_inside(item).id, actor=works_as(no), kind="not_for_me")
    route_organisation(house.id)
    with house.inside():
        Offer.objects.filter(item=item, state="open").update(expires_at=clock() - timedelta(seconds=1))
    expire_due(house.id)
    route_organisation(house.id)

    english, spanish = told(house, item), told(house, item, "es")
    assert english[0] == (
        "It was offered to Ana Beltrán: route “Spanish-speaking buyers”, next in the rotation; "
        "next would have been Iker Salas."
    )
    assert spanish[0] == (
        "Se ofreció a Ana Beltrán: ruta «Spanish-speaking buyers», le toca en la rotación; seguía Iker Salas."
    )
    assert english[1:4] == [
        "1. Route “Sellers”: for other sources: walk-in.",
        "2. Route “Upper end”: condition 2 does not hold: priority is top or source is web "
        "(priority = normal, source = phone).",
        "3. Route “Spanish-speaking buyers”: fits, and decided.",
    ]
    assert spanish[1:4] == [
        "1. Ruta «Sellers»: es para otras fuentes: walk-in.",
        "2. Ruta «Upper end»: no se cumple la condición 2: prioridad es máxima o fuente es web "
        "(prioridad = normal, fuente = phone).",
        "3. Ruta «Spanish-speaking buyers»: coincide y decidió.",
    ]
    for name, (_, in_english, in_spanish) in LOSERS.items():
        assert f"{name}: {in_english}." in english
        assert f"{name}: {in_spanish}." in spanish
    assert "Said No: declined it: not for me." in english
    assert "Said No: lo rechazó: no le corresponde." in spanish
    assert "Too Late: let the offer expire." in english
    assert "Too Late: dejó vencer la oferta." in spanish
    assert "Ana Beltrán: chosen; 0 turns so far, place 3 in the route." in english
    assert "Iker Salas: next in line; 0 turns so far, place 4 in the route." in english
    assert any(line.startswith("Left after each check: 16 on the route, ") for line in english)
    assert any(line.endswith(" by version 1 of the routes.") for line in english)
    assert [headline(step) for step in why(house, item)] == [
        "It came in.",
        "It was offered to Said No: route “Spanish-speaking buyers”, next in the rotation; "
        "next would have been Too Late.",
        "Said No declined it: not for me.",
        "It was offered to Too Late: route “Spanish-speaking buyers”, next in the rotation; "
        "next would have been Ana Beltrán.",
        "Too Late did not answer the offer in time.",
        english[0],
    ]


def open_offer_inside(item: UUID) -> Offer:
    found: Offer = Offer.objects.get(item=item, state="open")
    return found


def test_nobody_eligible_says_what_would_change_it(house: House) -> None:
    away = named(house, "Off Line", presence="offline")
    full = [named(house, f"Full {n}", capacity=10) for n in range(2)]
    publish_routes(house, {"name": "Buyers", "nobody": "wait", "audience": only(house, away, *full)})
    item = house.item("waiting")
    route_organisation(house.id)
    assert told(house, item)[:5] == [
        "It waits: nobody on the route “Buyers” can take it just now.",
        "1. Route “Buyers”: fits, but nobody could take it.",
        "Full 0: at capacity.",
        "Full 1: at capacity.",
        "Off Line: not available: on break or offline.",
    ]
    assert "2 agents are at capacity: a place that comes free would help." in told(house, item)
    assert "1 agent is not available: coming back would help." in told(house, item)
    assert "2 agentes tienen el cupo lleno: ayudaría que se libere un lugar." in told(house, item, "es")
    assert "1 agente no está disponible: ayudaría que vuelva." in told(house, item, "es")


def test_a_route_that_was_left_for_the_pool_still_names_its_candidates(house: House) -> None:
    agent = named(house, "Ana", presence="offline")
    publish_routes(house, {"name": "Buyers", "nobody": "next", "audience": only(house, agent)})
    item = house.item("waiting")
    route_organisation(house.id)
    assert told(house, item)[:3] == [
        "It is in the lead pool: nobody on the route “Buyers” could take it.",
        "1. Route “Buyers”: fits, but nobody could take it.",
        "Buyers · Ana: not available: on break or offline.",
    ]


def test_no_route(house: House) -> None:
    publish_routes(house)
    item = house.item("waiting", band=3)
    route_organisation(house.id)
    assert told(house, item)[:3] == [
        "It is in the lead pool: no route fits.",
        "Its priority is top: it should not stay there.",
        "A route whose conditions it meets would change that.",
    ]
    assert told(house, item, "es")[0] == "Está en Disponibles: ninguna ruta corresponde."


def test_assign_to_agent_beats_the_order(house: House) -> None:
    ana, iker = named(house, "Ana"), named(house, "Iker", presence="offline")
    publish_routes(
        house,
        {"name": "Everybody", "act": "assign", "audience": only(house, ana)},
        {"name": "Iker's own", "strategy": "agent", "audience": only(house, iker), "ignore_absence": True},
    )
    item = house.item("waiting")
    route_organisation(house.id)
    assert told(house, item)[:2] == [
        "Iker got it: route “Iker's own”, assign to agent.",
        "1. Route “Iker's own”: fits, and decided.",
    ]
    assert told(house, item, "es")[0] == "Iker lo recibió: ruta «Iker's own», asignar a agente."


def test_a_broadcast_counts_in_the_plural_of_the_language(house: House) -> None:
    ana, iker = named(house, "Ana"), named(house, "Iker")
    publish_routes(
        house, {"name": "Fast", "strategy": "first_to_accept", "first_wave": 1, "audience": only(house, ana, iker)}
    )
    item = house.item("waiting")
    route_organisation(house.id)
    assert told(house, item)[0] == "It was offered to 1 agent, first to accept: route “Fast”, wave 1."
    assert told(house, item, "es")[0] == "Se ofreció a 1 agente, primero en aceptar: ruta «Fast», tanda 1."
    with house.inside():
        Item.objects.filter(id=item).update(due_at=clock())
    route_organisation(house.id)
    with house.inside():
        chosen = Offer.objects.get(item=item, agent=ana)
        accept(offer_id=chosen.id, actor=works_as(ana))
    steps = why(house, item)
    assert headline(steps[-1]) == "Ana accepted it. 1 other open offer of it ended."
    assert answer(steps).startswith("Ana accepted it. 1 other open offer of it ended. It was offered to 1 agent")


def test_what_people_did_is_part_of_the_way(house: House) -> None:
    ana, iker = named(house, "Ana"), named(house, "Iker")
    item = house.item("pooled")
    with house.inside():
        claim(item_id=item, actor=works_as(ana))
        hand_back(item_id=item, actor=works_as(ana), reason="Knows them.")
        assign(item_id=item, agent_id=iker, actor=BOSS)
        revoke(item_id=item, actor=BOSS, to="pool", reason="No call.")
        offered = offer(item_id=item, agent_ids=[ana, iker], places=1, seconds=60, actor=BOSS)
        accept(offer_id=offered.offer_ids[0], actor=works_as(ana))
        assign(item_id=item, agent_id=iker, actor=BOSS)
    assert [headline(step) for step in why(house, item)] == [
        "It came in.",
        "Ana claimed it.",
        "Ana handed it back.",
        "Somebody assigned it by hand to Iker.",
        "Somebody took it from Iker and put it in the lead pool.",
        "Somebody offered it by hand to Ana, Iker.",
        "Ana accepted it. 1 other open offer of it ended.",
        "Somebody moved it by hand from Ana to Iker.",
    ]
    assert answer(why(house, item)) == "Somebody moved it by hand from Ana to Iker."


def test_an_agent_sees_others_without_their_names(house: House) -> None:
    ana, iker, absent = named(house, "Ana"), named(house, "Iker"), named(house, "Olga", presence="offline")
    conditions = [{"field": "source", "op": "is", "value": "secret"}]
    publish_routes(
        house,
        {"name": "Partners", "conditions": conditions, "audience": only(house, iker)},
        {"name": "Buyers", "audience": only(house, ana, iker, absent)},
    )
    item = house.item("waiting")
    route_organisation(house.id)
    english, spanish = told(house, item, actor=works_as(ana)), told(house, item, "es", actor=works_as(ana))
    assert english[:6] == [
        "It was offered to Ana: route “Buyers”, next in the rotation.",
        "1. Route “Partners”: condition 1 does not hold.",
        "2. Route “Buyers”: fits, and decided.",
        "Ana: chosen; 0 turns so far, place 1 in the route.",
        "1 other agent: next in line.",
        "1 other agent: not available: on break or offline.",
    ]
    assert "Otherwise it would have gone to another agent." in english
    assert "1 agente más: su estado no es Disponible." in spanish
    whole = " ".join(english + spanish)
    assert not {"Iker", "Olga", "secret"} & set(whole.replace(".", " ").replace(":", " ").split())
    with pytest.raises(NotAllowed), house.inside():
        explain_item(item, actor=works_as(iker))


def test_routes_are_named_as_they_were_when_it_was_decided(house: House) -> None:
    ana = named(house, "Ana")
    route = {"id": str(uuid4()), "name": "Old name", "act": "assign", "audience": only(house, ana)}
    publish_routes(house, route)
    item = house.item("waiting")
    route_organisation(house.id)
    publish_routes(house, {**route, "name": "New name"})
    assert told(house, item)[0] == "Ana got it: route “Old name”, next in the rotation."


def test_a_live_view_tells_a_decision_in_one_sentence(house: House) -> None:
    ana = named(house, "Ana")
    publish_routes(house, {"name": "Buyers", "act": "assign", "audience": only(house, ana)})
    house.item("waiting")
    route_organisation(house.id)
    with house.inside():
        (step,) = explained(Decision.objects.all())
        assert headline(step) == "Ana got it: route “Buyers”, next in the rotation."
        assert sentences(step).changes == ("Nobody else could have had it.",)


def test_another_organisations_item_is_not_there(house: House, other_org: int) -> None:
    item = House(other_org).item("pooled")
    with pytest.raises(NotFound), house.inside():
        explain_item(item, actor=BOSS)


def test_the_command_answers_first_in_the_language_asked_for(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    publish_routes(house, {"name": "Buyers", "act": "assign", "audience": only(house, ana)})
    item = house.item("waiting")
    route_organisation(house.id)
    command = [sys.executable, "-m", "rightaway.cli.main", "why", str(item), "--organisation", str(house.id)]
    spanish = subprocess.run([*command, "--language", "es"], capture_output=True, text=True, check=True).stdout
    assert spanish.splitlines()[0] == "Ana Beltrán lo recibió: ruta «Buyers», le toca en la rotación."
    english = subprocess.run([*command, "--language", "en"], capture_output=True, text=True, check=True).stdout
    assert "Ana Beltrán: chosen; 0 turns so far, place 1 in the route." in english
    unknown = subprocess.run([*command[:4], str(uuid4()), *command[5:]], capture_output=True, text=True)
    assert unknown.returncode == 1
    assert "There is nothing here that you may see." in unknown.stderr

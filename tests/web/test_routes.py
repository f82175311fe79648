"""Routes on the pages: who sees and changes them, the order, the builder's form, drafts and their history."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.people.models import Agent, RoleHolder
from rightaway.people.schema import RangeIn
from rightaway.routing.models import Config, PausedRoute, Version
from rightaway.routing.ordering import moved
from rightaway.routing.schema import AnyOfIn, ConditionIn, RouteIn, RouteSet, WhenIn
from rightaway.routing.versions import current_draft, etag_of, live_routes
from rightaway.web.routes.forms import Typed, made, typed
from rightaway.work.actions.publish import publish
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.preview import preview
from tests.calling import new_person
from tests.making import BOSS, House
from tests.making_routes import routed
from tests.web.test_my_work import browser
from tests.web.test_profile import member, page

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def house(org: int) -> House:
    return House(org)


@pytest.fixture
def boss(house: House) -> Client:
    return member(house, Role.COMPANY_MANAGER)


def drafted(house: House) -> list[RouteIn]:
    with house.inside():
        return current_draft().routes.routes


def shown(client: Client, route: UUID) -> dict[str, Any]:
    """What the builder's form would send."""
    text = page(client, f"/routes/{route}")
    form = text[text.index('id="route-form"') : text.index("</form>", text.index('id="route-form"'))]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        chosen = attributes.get("type") not in ("radio", "checkbox") or " checked" in tag
        if "name" in attributes and chosen:
            found.setdefault(attributes["name"], []).append(attributes.get("value", "on"))
    for name, options in re.findall(r'<select[^>]* name="([\w-]+)"[^>]*>(.*?)</select>', form):
        chosen_option = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen_option is not None
        found[name] = [chosen_option[1]]
    for name, said in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = [said]
    return found


def order(house: House) -> list[str]:
    return [route.name for route in drafted(house)]


def order_tag(among: list[UUID]) -> str:
    return etag_of(" ".join(map(str, among)))


def post_move(client: Client, route: UUID, among: list[UUID], **values: Any) -> Any:
    return client.post(f"/routes/{route}/move", {"order": order_tag(among), **values}, **HTMX)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_list_tells_each_route_with_what_it_did(house: House, language: str) -> None:
    agent, other = house.agent(), house.agent()
    workdays = {"days": [1, 2, 3, 4, 5], "start": "08:00", "until": "20:00"}
    first, second, hers = routed(
        house,
        {"agents": [agent, other], "when": {"zone": "UTC", "ranges": [workdays]}},
        {"strategy": "pool"},
        {"name": "Her page", "strategy": "agent", "agents": [agent], "sources": ["referral"]},
    )  # fmt: skip
    accepted, declined, open_ = (house.item("waiting") for _ in range(3))
    for item, state in ((accepted, "accepted"), (declined, "declined"), (open_, "open")):
        (offer,) = house.offered(item, agent, route_id=first)
        if state != "open":
            with house.inside():
                from rightaway.work.models import Offer

                ended = Offer.objects.get(id=offer)
                Offer.objects.filter(id=offer).update(state=state, ended_at=ended.made_at)
    text = page(member(house, Role.COMPANY_MANAGER, language=language), "/routes")
    words = {
        "en": ["Assign to agent, always goes first", "Mon–Fri 08:00–20:00. Round robin, 2 agents", "3 in 7 days",
               "50 % first"],
        "es": ["Asignar a agente, siempre va primero", "lun–vie 08:00–20:00. Rotación, 2 agentes", "3 en 7 días",
               "50 % a la primera"],
    }  # fmt: skip
    for word in words[language]:
        assert word in text, word
    places = [text.index(f"card-{id}") for id in (hers, first, second)]
    assert places == sorted(places)  # the locked band stands above, wherever its route does


def test_agents_have_no_access_and_other_managers_read(house: House) -> None:
    (route,) = routed(house, {"strategy": "pool"})
    agent, manager = member(house, Role.AGENT), member(house, Role.AGENT_MANAGER)
    addresses = ["/routes", "/routes/list", "/routes/effect", "/routes/bar", "/routes/history", "/routes/history/1",
                 f"/routes/{route}", f"/routes/{route}/preview"]  # fmt: skip
    for address in addresses:
        assert agent.get(address).status_code == 403, address
        assert manager.get(address).status_code == 200, address
    assert manager.get("/routes/publish").status_code == 403
    text = page(manager, "/routes")
    assert "New route" not in text and "data-grip" not in text and 'role="switch"' not in text
    verbs = ("save", "move", "pause", "resume", "remove")
    posts = [
        "new",
        "everything-else",
        "publish",
        "discard",
        "history/1/restore",
        *(f"{route}/{verb}" for verb in verbs),
    ]
    for address in posts:
        for client in (agent, manager):
            assert client.post(f"/routes/{address}", **HTMX).status_code == 403, address
    assert not house.rows(PausedRoute) and house.row(Config).draft == ""


def test_another_organisations_route_is_not_there(house: House, other_org: int, boss: Client) -> None:
    (theirs,) = routed(House(other_org), {"strategy": "pool"})
    assert boss.get(f"/routes/{theirs}").status_code == boss.get(f"/routes/{uuid4()}").status_code == 404
    assert boss.get(f"/routes/{theirs}/preview").status_code == 404
    for verb in ("save", "move", "pause", "resume", "remove"):
        assert boss.post(f"/routes/{theirs}/{verb}", **HTMX).status_code == 404, verb
    assert boss.get("/routes/history/1").status_code == 404
    assert [route.id for route in drafted(House(other_org))] == [theirs]


def test_with_no_routes_the_page_offers_exactly_the_first_one(house: House, boss: Client) -> None:
    assert "No routes, so every lead goes to the pool." in page(boss, "/routes")
    boss.post("/routes/everything-else")
    (route,) = drafted(house)
    assert (route.name, route.strategy, route.audience) == ("Everything else", "round_robin", [])
    assert boss.post("/routes/everything-else", **HTMX).status_code == 412
    assert len(drafted(house)) == 1


def test_a_new_route_lands_on_top_and_paused_and_is_published_so(house: House, boss: Client) -> None:
    routed(house, {"name": "Old", "strategy": "pool"})
    answer = boss.post("/routes/new")
    boss.post("/routes/new")
    second, first, old = drafted(house)
    assert answer.headers["Location"] == f"/routes/{first.id}"
    assert [second.name, first.name, old.name] == ["New route 2", "New route", "Old"]
    assert {row.route_id for row in house.rows(PausedRoute)} == {first.id, second.id}
    with house.inside():
        publish(actor=BOSS)
    assert f"card-{first.id}" not in page(boss, "/routes") and f"card-{first.id}" in page(boss, "/routes?tab=paused")
    boss.post(f"/routes/{first.id}/resume")
    text = page(boss, "/routes")
    assert text.index(f"card-{first.id}") < text.index(f"card-{old.id}")  # in its place


def test_a_switch_acts_at_once_and_offers_undo(house: House, boss: Client) -> None:
    (route,) = routed(house, {"strategy": "pool"})
    answer = boss.post(f"/routes/{route}/pause", **HTMX)
    assert f"/routes/{route}/resume" in answer.headers["HX-Trigger"]
    assert [row.route_id for row in house.rows(PausedRoute)] == [route]
    assert house.row(Config).draft == ""
    boss.post(f"/routes/{route}/resume")
    assert house.rows(PausedRoute) == []


def test_moving_changes_the_draft_alone(house: House, boss: Client) -> None:
    one, two, three = routed(house, *({"name": name, "strategy": "pool"} for name in ("One", "Two", "Three")))
    answer = post_move(boss, three, [one, two, three], place="1")
    assert "Three, position 1 of 3" in answer.headers["HX-Trigger"]
    assert order(house) == ["Three", "One", "Two"]
    with house.inside():
        assert [route.name for route in live_routes().routes] == ["One", "Two", "Three"]
    post_move(boss, three, [three, one, two], to="down")
    assert order(house) == ["One", "Three", "Two"]
    for place in ("99", "-3", "", "x"):
        post_move(boss, two, [route.id for route in drafted(house)], place=place)
    assert order(house) == ["One", "Three", "Two"]  # 99 is the last place, the others are none


def test_a_move_in_an_order_that_is_no_longer_so_is_refused(house: House, boss: Client) -> None:
    one, two, three = routed(house, *({"name": name, "strategy": "pool"} for name in ("One", "Two", "Three")))
    post_move(boss, three, [one, two, three], place="1")
    assert post_move(boss, one, [one, two, three], to="down").status_code == 412
    assert order(house) == ["Three", "One", "Two"]


def test_without_scripts_the_buttons_are_plain_posts(house: House, boss: Client) -> None:
    one, two = routed(house, {"name": "One", "strategy": "pool"}, {"name": "Two", "strategy": "pool"})
    answer = boss.post(f"/routes/{one}/move", {"order": order_tag([one, two]), "to": "down"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/routes")
    assert order(house) == ["Two", "One"]
    form = shown(boss, one)
    assert boss.post(f"/routes/{one}/save", {**form, "do": "add-condition"}).headers["Location"] == f"/routes/{one}"
    assert len(drafted(house)[1].conditions) == 1


def test_what_is_not_shown_keeps_its_place() -> None:
    a, x, b, c = (RouteIn(name=name) for name in "axbc")
    among = [a.id, b.id, c.id]

    def names(route: RouteIn, place: int) -> str:
        return "".join(each.name for each in moved([a, x, b, c], route.id, place, among))

    assert names(c, 0) == "caxb"
    assert names(a, 1) == "xbac"
    assert names(a, 2) == "xbca"
    assert names(b, 1) == names(x, 0) == "axbc"


def whole(house: House) -> RouteIn:
    house.agent()
    house.agent()
    with house.inside():
        keys = list(Agent.objects.order_by("key").values_list("key", flat=True))
    return RouteIn.model_validate({
        "name": "Whole", "kind": "case", "sources": ["portal", "chat, live"], "strategy": "weighted", "act": "assign",
        "when": {"zone": "America/Bogota", "ranges": [{"days": [6, 7], "start": "20:00", "until": "08:00"}]},
        "conditions": [
            {"field": "language", "op": "in", "value": ["es", "pt"]},
            {"any": [{"field": "band", "op": "between", "value": ["normal", "top"]},
                     {"field": "answered", "op": "is", "value": False}]},
            {"field": "attributes.budget", "op": "gte", "value": 1_500_000.5},
            {"field": "attributes.zip", "op": "is", "value": "08001"},
            {"field": "attributes.pets", "op": "is", "value": True},
            {"field": "line", "op": "is_empty"},
        ],
        "audience": [{"agent": keys[0], "weight": 3}, {"agent": keys[1]}], "skills": {"mortgages": 7},
        "match_language": True, "offer_seconds": 5400, "tries": 9, "first_wave": 2, "later_wave": 4,
        "wave_seconds": 45, "masked": False, "ignore_capacity": True, "ignore_absence": True, "nobody": "next",
        "unaccepted": "wait",
    })  # fmt: skip


def test_the_form_holds_everything_that_a_route_says(house: House, boss: Client) -> None:
    route = whole(house)
    assert made(typed(route, "UTC"), route.id) == route
    with house.inside():
        save_draft(routes=RouteSet(routes=[route]), actor=BOSS)
    answer = boss.post(f"/routes/{route.id}/save", shown(boss, route.id), **HTMX)
    assert answer.status_code == 200 and "route-wrong" not in answer.content.decode()
    assert drafted(house) == [route]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_route_that_fills_a_role_is_built_and_told(house: House, language: str) -> None:
    boss = browser(new_person(house.id, Role.COMPANY_MANAGER), language)
    holder = house.agent()
    with house.inside():
        key = Agent.objects.get(id=holder).key
        routes = RouteSet.model_validate({"routes": [{"name": "Buyers’ agents", "audience": [{"agent": key}]}]})
        save_draft(routes=routes, actor=BOSS)
    route = routes.routes[0]
    assert 'name="role"' not in page(boss, f"/routes/{route.id}")  # there is nothing to choose
    house.role(holder, key="buyer")
    sent = {**shown(boss, route.id), "role": "buyer"}
    text = boss.post(f"/routes/{route.id}/save", sent, **HTMX).content.decode()
    assert "route-wrong" not in text and 'value="longest_idle"' not in text and 'value="weighted"' in text
    assert ("until somebody gives it" if language == "en" else "hasta que alguien lo dé") in text
    assert drafted(house)[0].role == "buyer"
    called = "Buyer’s agent" if language == "en" else "Agente comprador"
    assert f'<span class="tag">{called}</span>' in page(boss, "/routes")
    with house.inside():
        RoleHolder.objects.all().delete()
    text = boss.post(f"/routes/{route.id}/save", shown(boss, route.id), **HTMX).content.decode()
    assert 'href="#new_member"' in text


def test_the_preview_of_a_role_s_route_counts_what_it_is_for(house: House, boss: Client) -> None:
    agent = house.agent()
    house.role(agent, key="buyer")
    for source in ("portal", "portal", "web"):
        house.item(source=source)
    _sales, route = routed(
        house, {"act": "assign", "agents": [agent]}, {"role": "buyer", "sources": ["portal"], "agents": [agent]}
    )
    with house.inside():
        found = preview(live_routes(), route, actor=BOSS).route
    assert found is not None and (found.matched, found.reached, found.taken) == (2, 2, ())
    assert found.warnings == ()


def test_ranges_past_midnight_are_told_as_such(house: House, boss: Client) -> None:
    route = whole(house)
    with house.inside():
        save_draft(routes=RouteSet(routes=[route]), actor=BOSS)
    text = page(boss, f"/routes/{route.id}")
    assert "next day" in text and "America/Bogota (UTC−5)" in text


@pytest.mark.parametrize(("changed", "at", "said"), [
    ({"name": " "}, "name", "must not be empty"), ({"name": "x" * 201}, "name", "too long"),
    ({"offer_amount": "4", "offer_unit": "s"}, "offer_amount", "at least 5"),
    ({"offer_amount": "soon"}, "offer_amount", "whole number"), ({"tries": "0"}, "tries", "at least 1"),
    ({"wave_amount": "99999999999"}, "wave_amount", "whole number"), ({"skills": "plumbing"}, "skills", "Not a skill"),
    ({"always": "hours", "range-0-start": "25:00", "range-0-until": "26:00", "range-0-day": ["1"]}, "range-0-start",
     "look right"),
    ({"always": "hours", "range-0-start": "09:00", "range-0-until": "18:00"}, "range-0-day", "must not be empty"),
    ({"always": "hours", "zone": "Mars/Olympus", "range-0-start": "09:00", "range-0-until": "18:00",
      "range-0-day": ["1"]}, "zone", "not an IANA time zone"),
    ({"strategy": "fair"}, "strategy", "must be one of"), ({"name": "a\x00b"}, "name", "control characters"),
])  # fmt: skip
def test_what_cannot_be_saved_comes_back_as_it_was_typed(
    house: House, boss: Client, changed: dict[str, Any], at: str, said: str
) -> None:
    (route,) = routed(house, {"name": "Stays", "strategy": "pool"})
    sent = {**shown(boss, route), **changed}
    answer = boss.post(f"/routes/{route}/save", sent, **HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text and f'href="#{at}"' in text and "What you typed is still here" in text
    assert house.row(Config).draft == ""


def test_what_is_unfinished_is_saved_but_not_published(house: House, boss: Client) -> None:
    (route,) = routed(house, {"strategy": "pool"})
    sent = shown(boss, route)
    added = boss.post(f"/routes/{route}/save", {**sent, "do": "add-condition"}, **HTMX).content.decode()
    assert "condition-0-value" in added and "route-wrong" not in added  # nobody is told off for an empty new row
    again = boss.post(f"/routes/{route}/save", shown(boss, route), **HTMX).content.decode()
    assert "Saved, but it cannot be published like this" in again and 'href="#condition-0-value"' in again
    assert "A condition is not finished" in page(boss, f"/routes/{route}/preview")
    review = page(boss, "/routes/publish")
    assert "Not ready to publish" in review and f'href="/routes/{route}"' in review
    with house.inside():
        etag = current_draft().etag
    assert boss.post("/routes/publish", {"etag": etag}, **HTMX).status_code == 422
    assert len(house.rows(Version)) == 1


def test_two_build_the_same_route_and_neither_is_overwritten(house: House, boss: Client) -> None:
    rosa = member(house, Role.COMPANY_MANAGER)
    (route,) = routed(house, {"name": "Ours", "strategy": "pool"})
    mine, hers = shown(boss, route), shown(rosa, route)
    assert rosa.post(f"/routes/{route}/save", {**hers, "name": "Hers"}, **HTMX).status_code == 200
    answer = boss.post(f"/routes/{route}/save", {**mine, "name": "Mine"}, **HTMX)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed this route" in text and 'value="Mine"' in text and "name Hers → Mine" in text
    assert order(house) == ["Hers"]
    (over,) = re.findall(r'name="over" value="(\w+)"', text)
    rosa.post(f"/routes/{route}/save", {**shown(rosa, route), "name": "Hers again"}, **HTMX)
    assert boss.post(f"/routes/{route}/save", {**mine, "name": "Mine", "over": over}, **HTMX).status_code == 409
    (over,) = re.findall(
        r'name="over" value="(\w+)"',
        boss.post(f"/routes/{route}/save", {**mine, "name": "Mine"}, **HTMX).content.decode(),
    )
    assert boss.post(f"/routes/{route}/save", {**mine, "name": "Mine", "over": over}, **HTMX).status_code == 200
    assert order(house) == ["Mine"]


def test_two_build_two_routes_side_by_side(house: House, boss: Client) -> None:
    one, two = routed(house, {"name": "One", "strategy": "pool"}, {"name": "Two", "strategy": "pool"})
    mine, theirs = shown(boss, one), shown(boss, two)
    boss.post(f"/routes/{one}/save", {**mine, "name": "First"}, **HTMX)
    boss.post(f"/routes/{two}/save", {**theirs, "name": "Second"}, **HTMX)
    assert order(house) == ["First", "Second"]


def test_what_was_taken_out_meanwhile_is_said_and_nothing_is_swapped(house: House, boss: Client) -> None:
    (route,) = routed(house, {"strategy": "pool"})
    sent = shown(boss, route)
    boss.post(f"/routes/{route}/remove")
    answer = boss.post(f"/routes/{route}/save", sent, **HTMX)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (404, "none")
    assert "What you typed is still here" in answer.headers["HX-Trigger"]


def test_rows_are_added_removed_and_moved(house: House, boss: Client) -> None:
    house.agent(), house.agent()
    (route,) = routed(house, {"name": "Rows"})

    def do(what: str, **changed: Any) -> RouteIn:
        answer = boss.post(f"/routes/{route}/save", {**shown(boss, route), **changed, "do": what}, **HTMX)
        assert answer.status_code == 200, answer.content
        return drafted(house)[0]

    do("add-condition")
    found = do("add-or", **{"condition-0-field": "source", "condition-0-op": "in", "condition-0-adding": "portal"})
    assert found.conditions == [
        AnyOfIn(any=[ConditionIn(field="source", op="in", value=["portal"]), ConditionIn(field="language", op="is")])
    ]
    assert do("remove-condition:1").conditions == [ConditionIn(field="source", op="in", value=["portal"])]
    assert do("remove-value:0:0").conditions == [ConditionIn(field="source", op="in")]
    # A field of another type: an operator that it has, and none of the old values.
    assert do("take", **{"condition-0-field": "answered"}).conditions == [ConditionIn(field="answered", op="is")]
    do("add-member", new_member="agent:agent-1")
    assert [each.agent for each in do("add-member", new_member="agent:agent-2").audience] == ["agent-1", "agent-2"]
    assert [each.agent for each in do("up-member:1").audience] == ["agent-2", "agent-1"]
    assert [each.agent for each in do("remove-member:0").audience] == ["agent-1"]
    assert do("take", adding="portal").sources == ["portal"]
    assert do("add-range").when == WhenIn(
        zone="UTC", ranges=[RangeIn(days=[1, 2, 3, 4, 5], start="09:00", until="18:00")]
    )
    assert do("remove-range:0").when is None
    for nonsense in ("remove-member:99", "up-member:x", "remove-value:7:7", "explode", "down-member:0:0", "add-"):
        do(nonsense)


def test_a_route_may_name_a_thousand_agents(house: House, boss: Client) -> None:
    (route,) = routed(house, {"name": "Many"})
    with house.inside():
        Agent.objects.bulk_create(Agent(key=f"many-{n}", name=f"Many {n}") for n in range(1000))
    keys = [f"agent:many-{n}" for n in range(1000)]
    sent = {**shown(boss, route), "member": keys, "weight": ["1"] * 1000}
    assert boss.post(f"/routes/{route}/save", sent, **HTMX).status_code == 200
    assert len(drafted(house)[0].audience) == 1000


def test_unknown_people_are_told_by_their_row(house: House, boss: Client) -> None:
    (route,) = routed(house, {"name": "Rows"})
    sent = {**shown(boss, route), "member": ["agent:ghost"], "weight": ["1"]}
    text = boss.post(f"/routes/{route}/save", sent, **HTMX).content.decode()
    assert 'href="#member-0"' in text and "no agent has the key ghost" in text


def test_publishing_shows_the_difference_and_keeps_the_comment(house: House, boss: Client) -> None:
    (route,) = routed(house, {"name": "Buyers", "strategy": "pool"})
    changed = {"name": "Home buyers", "strategy": "round_robin", "offer_amount": "5"}
    boss.post(f"/routes/{route}/save", {**shown(boss, route), **changed}, **HTMX)
    review = page(boss, "/routes/publish")
    assert "name Buyers → Home buyers; strategy Lead pool → Round robin; time to accept 2 min → 5 min" in review
    (etag,) = re.findall(r'name="etag" value="(\w+)"', review)
    assert boss.post("/routes/publish", {"etag": "stale", "comment": "no"}, **HTMX).status_code == 412
    boss.post("/routes/publish", {"etag": etag, "comment": "Because"})
    latest = max(house.rows(Version), key=lambda row: row.number)
    assert (latest.number, latest.comment) == (2, "Because")
    assert "Because" in page(boss, "/routes/history")


def test_history_restores_a_version_into_the_draft(house: House, boss: Client) -> None:
    routed(house, {"name": "Winter", "strategy": "pool"})
    routed(house, {"name": "Summer", "strategy": "pool"})
    text = page(boss, "/routes/history/1")
    assert "Route Winter is new" in text and "Route Summer is removed" in text
    (etag,) = re.findall(r'name="etag" value="(\w+)"', text)
    boss.post("/routes/history/1/restore", {"etag": etag})
    assert order(house) == ["Winter"]
    with house.inside():
        assert [route.name for route in live_routes().routes] == ["Summer"]
    assert boss.post("/routes/history/1/restore", {"etag": etag}, **HTMX).status_code == 412
    for number in ("7", "99999999999999"):
        assert boss.get(f"/routes/history/{number}").status_code == 404


def test_a_discarded_draft_leaves_what_is_live(house: House, boss: Client) -> None:
    routed(house, {"name": "Live", "strategy": "pool"})
    boss.post("/routes/new")
    (etag,) = re.findall(r'name="etag" value="(\w+)"', page(boss, "/routes/discard"))
    assert boss.post("/routes/discard", {"etag": "stale"}, **HTMX).status_code == 412
    boss.post("/routes/discard", {"etag": etag})
    assert order(house) == ["Live"] and house.row(Config).draft == ""


def test_a_form_with_nothing_in_it_is_answered(house: House, boss: Client) -> None:
    (route,) = routed(house, {"strategy": "pool"})
    assert boss.post(f"/routes/{route}/save", {}, **HTMX).status_code == 422
    assert isinstance(made(Typed(), route), list)

"""Functional roles by keyboard alone, in both languages: assigned, undone, offered, accepted, made in the settings."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.acting import focused, offers, press, tab_to

if TYPE_CHECKING:
    from tests.browser.world import Maker, Opener, World

NAMES = {"en": {"short": "BA", "long": "Buyer’s agent"}, "es": {"short": "AC", "long": "Agente comprador"}}
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "assign": "Assign buyer’s agent for Tomás Herrera", "done": "Buyer’s agent for Tomás Herrera: Luis Cardona.",
        "nobody": "Buyer’s agent for Tomás Herrera: nobody now.", "offer": "Role Buyer’s agent: Only you",
        "yours": "The role is yours", "history": "gave the role Buyer’s agent to Luis Cardona",
    },
    "es": {
        "assign": "Asignar agente comprador para Tomás Herrera",
        "done": "Agente comprador de Tomás Herrera: Luis Cardona.",
        "nobody": "Agente comprador de Tomás Herrera: nadie ahora.", "offer": "Rol Agente comprador: Solo para ti",
        "yours": "El rol es tuyo", "history": "dio el rol Agente comprador a Luis Cardona",
    },
}  # fmt: skip


@pytest.fixture
def world(make_world: "Maker") -> "World":
    made = make_world()
    for key, short in (("buyer", "BA"), ("lender", "LO")):
        names = NAMES if key == "buyer" else {each: {"short": short, "long": "Loan officer"} for each in ("en", "es")}
        position = 1 if key == "buyer" else 2
        role = made.api("POST", "/roles", {"key": key, "names": names, "position": position})["id"]
        holders = [made.people[name]["agent_id"] for name in ("Ana Beltrán", "Luis Cardona")]
        made.api("PUT", f"/roles/{role}/holders", {"agent_ids": holders})
    return made


def held(world: "World", item: str) -> dict[str, Any]:
    """Who holds which of the item's roles now, by the role's key."""
    keys = {role["id"]: role["settings"]["key"] for role in world.api("GET", "/roles")}
    names = {person["agent_id"]: name for name, person in world.people.items()}
    rows = world.api("GET", f"/items/{item}/roles")
    return {keys[row["role_id"]]: names[row["agent_id"]] for row in rows if row["ended_at"] is None}


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_role_is_assigned_and_undone_from_the_grid(world: "World", open_page: "Opener", language: str) -> None:
    words, item = WORDS[language], world.lead()["item_id"]
    page = open_page(world, "Rosa Medina", "/contacts?view=all", language=language)
    row = page.locator(f"#row-{item}")
    expect(row.get_by_role("button", name=words["assign"])).to_be_visible()
    tab_to(page, "[role=rowheader]")
    # To the cell of the roles, into it, to the second and back to the first: one Tab stop for all of the grid.
    press(page, ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"])
    assert focused(page).startswith(f"role-{item}")
    first = focused(page)
    press(page, ["ArrowDown"])
    assert focused(page) != first and focused(page).startswith(f"role-{item}")
    press(page, ["ArrowDown", "Enter"])
    expect(page.locator("#picker-find")).to_be_focused()
    page.keyboard.type("luis")
    press(page, ["Enter"])
    expect(page.locator(".toast").last).to_contain_text(words["done"])
    expect(page.locator(f"#{first}")).to_contain_text("Luis C.")
    expect(row.locator(".col-owner")).not_to_contain_text("Luis")
    assert page.evaluate("document.activeElement.matches('.col-roles')")
    assert held(world, item) == {"buyer": "Luis Cardona"}
    # Taken away again.
    press(page, ["Enter", "Enter"])
    expect(page.locator("#picker-find")).to_be_focused()
    press(page, ["Alt+r"])
    expect(page.locator(".toast").last).to_contain_text(words["nobody"])
    assert held(world, item) == {}
    press(page, ["z"])
    expect(page.locator(f"#{first}")).to_contain_text("Luis C.")
    assert held(world, item) == {"buyer": "Luis Cardona"}
    history = open_page(world, "Rosa Medina", f"/contacts/{item}?show=assignment", language=language)
    expect(history.locator("#activity")).to_contain_text(words["history"])


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_role_is_offered_and_accepted(world: "World", open_page: "Opener", language: str) -> None:
    words, item = WORDS[language], world.lead()["item_id"]
    ana = open_page(world, "Ana Beltrán", "/work", language=language)
    page = open_page(world, "Rosa Medina", f"/contacts/{item}", language=language)
    tab_to(page, ".assignment-roles a")
    press(page, ["Enter"])
    expect(page.locator("#picker-find")).to_be_focused()
    press(page, ["Alt+o"])
    page.keyboard.type("ana")
    press(page, ["Enter"])
    expect(offers(ana)).to_have_count(1)
    expect(offers(ana).first).to_contain_text(words["offer"])
    before = world.api("GET", f"/items/{item}")["state"]
    tab_to(ana, "[data-offer]")
    press(ana, ["a"])
    expect(ana.locator("[data-offer][data-end]")).to_contain_text(words["yours"])
    expect(page.locator(".assignment-roles")).to_contain_text("Ana Beltrán")
    assert held(world, item) == {"buyer": "Ana Beltrán"}
    found = world.api("GET", f"/items/{item}")
    assert (found["state"], found["owner_id"]) == (before, None)


def test_a_role_is_made_in_the_settings(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/team/agents")
    press(page, ["g", "l"])
    page.wait_for_url("**/settings/roles")
    press(page, ["n"])
    page.wait_for_url("**/settings/roles/new")
    tab_to(page, "[name=long_en]")
    for text in ("Listing agent", "LA", "Agente vendedor", "AV"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    tab_to(page, "[name=holders]", most=12)
    press(page, ["Space"])
    tab_to(page, "form .button:not(.quiet)", most=12)
    press(page, ["Enter"])
    page.wait_for_url(re.compile("/settings/roles$"))
    expect(page.locator(".settings-list")).to_contain_text("Listing agent")
    expect(page.locator(".settings-list li", has_text="Listing agent")).to_contain_text("1 agent may hold it")


def test_a_role_of_many_is_given_by_keys_to_who_may_hold_it(world: "World", open_page: "Opener") -> None:
    items = [world.lead(name=f"Contact {n}", phone=f"+120255507{n:02}", source="portal")["item_id"] for n in range(2)]
    page = open_page(world, "Rosa Medina", "/contacts?view=all&sort=created")
    expect(page.locator("tr.contact, [data-key-row]").first).to_be_visible()
    tab_to(page, "[role=rowheader]")
    press(page, ["x", "Shift+ArrowDown", "a"])
    expect(page.locator("#bulk-find")).to_be_focused()
    for name in ("Tom", "Ana"):
        page.keyboard.type(name)
        press(page, ["Enter"])
        expect(page.locator(".bulk-chip", has_text=name)).to_have_count(1)
    tab_to(page, "#bulk-role", most=12)
    press(page, ["ArrowDown"])  # Tom may not hold it, and is no choice any more
    expect(page.locator(".bulk-chip")).to_have_count(1)
    expect(page.locator("#bulk-list [role=option]:visible", has_text="Tom")).to_have_count(0)
    expect(page.locator("#bulk-outcome")).to_contain_text("A role costs no place")
    expect(page.locator("#bulk-send")).to_contain_text("Assign to 1 agent")
    press(page, ["Control+Enter"])
    expect(page.locator(".toast", has_text="The role of 2 contacts given.")).to_be_visible()
    assert [held(world, item) for item in items] == [{"buyer": "Ana Beltrán"}] * 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_route_that_gives_a_role_is_built_and_published_by_keys(
    world: "World", open_page: "Opener", language: str
) -> None:
    """What is not for roles, such as ranking by load, goes away with the choice, and a lead then has its holder."""
    page = open_page(world, "Rosa Medina", "/routes", language=language)
    page.keyboard.press("n")
    page.wait_for_url("**/routes/*-*")
    tab_to(page, "#role")
    page.keyboard.press("B" if language == "en" else "A")  # by its first letter, as in any list
    page.wait_for_selector("#strategy-load_balanced", state="detached")
    expect(page.locator("#role")).to_be_focused()
    page.keyboard.press("Control+S")
    page.wait_for_selector("#route-saved:not(:empty)")
    page.locator("[data-publish]").press("Enter")
    page.wait_for_selector("#publish[open]")
    tab_to(page, "#publish .button:not(.quiet)")
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast")
    route = world.api("GET", "/routes")["routes"]["routes"][0]
    assert route["role"] == "buyer"

"""Campaigns and sequences by keys alone: made in the settings, and what comes from a source its campaign's."""

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import press, tab_to

if TYPE_CHECKING:
    from tests.browser.world import Maker, Opener


def test_a_campaign_is_made_by_keys_alone(make_world: "Maker", open_page: "Opener") -> None:
    world = make_world()
    page = open_page(world, "Rosa Medina", "/contacts", language="es")
    expect(page.locator("tr.contact, .empty").first).to_be_visible()
    press(page, ["g", "k"])
    page.wait_for_url("**/settings/campaigns")
    expect(page.locator(".empty")).to_contain_text("Aún no hay campañas.")
    press(page, ["n"])
    page.wait_for_url("**/settings/campaigns/new")
    tab_to(page, "#id_name")
    page.keyboard.type("Feria de otoño")
    tab_to(page, "#id_sources", most=12)  # a date has a stop for each of its parts
    page.keyboard.type("stand")
    tab_to(page, "#id_agents input", most=12)
    press(page, ["Space"])
    tab_to(page, "button.button:not(.quiet)")
    press(page, ["Enter"])
    page.wait_for_url(re.compile("/settings/campaigns$"))
    expect(page.locator(".settings-rows")).to_contain_text("1 miembro")
    expect(page.locator(".settings-rows")).to_contain_text("0 contactos")
    world.lead(name="Ana Canario", source="stand")
    page.reload()
    expect(page.locator(".settings-rows")).to_contain_text("1 contacto · 1 sin asignar")


def test_a_sequence_is_made_by_keys_alone(make_world: "Maker", open_page: "Opener") -> None:
    world = make_world()
    page = open_page(world, "Rosa Medina", "/settings/campaigns")
    press(page, ["g", "q"])
    page.wait_for_url("**/settings/sequences")
    expect(page.locator(".empty")).to_contain_text("No sequences yet.")
    press(page, ["n"])
    page.wait_for_url("**/settings/sequences/new")
    tab_to(page, "#id_name")
    page.keyboard.type("Welcome")
    tab_to(page, "#id_subject", most=2)
    page.keyboard.type("Your house")
    tab_to(page, "#id_text_0", most=8)
    page.keyboard.type("Hello {first_name}")
    tab_to(page, "button.button:not(.quiet)")
    press(page, ["Enter"])
    page.wait_for_url(re.compile("/settings/sequences$"))
    expect(page.locator(".settings-rows")).to_contain_text("1 e-mail")

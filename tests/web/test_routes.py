"""smoke"""
from django.test import Client
from rightaway.accounts.roles import Role
from tests.making import House
from tests.making_routes import routed
from tests.web.test_profile import member, page
import re


def test_smoke(org):
    house = House(org)
    client = member(house, Role.COMPANY_MANAGER)
    text = page(client, "/routes")
    assert "No routes" in text
    a = house.agent()
    house.item(source="web", language="es")
    ids = routed(house, {"agents": [a], "conditions": [{"field": "language", "op": "in", "value": ["es"]}]}, {"agents": [a], "strategy": "weighted"})
    page(client, "/routes")
    page(client, f"/routes/{ids[0]}")
    page(client, f"/routes/{ids[1]}")
    page(client, "/routes/history"); page(client, "/routes/history/1"); page(client, "/routes/publish"); page(client, "/routes/discard")

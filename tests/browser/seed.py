"""Run inside a stack: an organisation with people who are signed in, routes and leads. Prints what a browser needs."""

import json
import sys
from typing import Any

import django


def seed(people: list[dict[str, Any]], routes: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """`people`: name, role, and columns of the hot row; an agent manager manages everybody's team."""
    from rightaway.accounts.models import User
    from rightaway.accounts.roles import Role
    from rightaway.bench.serving import session_of
    from rightaway.work.actions.found import make_organisation
    from tests.calling import new_key, new_person, new_team
    from tests.making import House
    from tests.making_routes import routed

    house = House(make_organisation(name=name, language="en", zone="America/New_York", region="US"))
    team = new_team(house.id)
    made = {}
    for each in people:
        role = Role(each.pop("role", "agent"))
        person = new_person(house.id, role, team=team, **each)
        User.objects.filter(pk=person.user.pk).update(name=each["name"])
        made[each["name"]] = person
    for route in routes:
        route["agents"] = [made[agent].agent_id for agent in route.get("agents", [])]
    ids = routed(house, *routes) if routes else []
    return {
        "organisation": house.id,
        "intake": new_key(house.id, "item.create"),
        "boss": new_key(house.id),
        "routes": [str(id) for id in ids],
        "people": {
            name: {"agent_id": str(person.agent_id), "session": session_of(person.user, house.id)}
            for name, person in made.items()
        },
    }


def setup_link() -> dict[str, str]:
    """The path of a one-time link, as a first start prints it."""
    import psycopg
    from django.conf import settings

    from rightaway.accounts import setup
    from rightaway.server.connections import conninfo

    assert settings.CONNECTIONS is not None
    token = setup.new_token()
    with psycopg.connect(conninfo(settings.CONNECTIONS.owner)) as owner:
        owner.execute(setup.REPLACE_LINKS, [setup.digest(token), setup.LINK_HOURS])
    return {"path": f"/setup/{token}"}


def enter(emails: list[str]) -> dict[str, Any]:
    """Sessions of users that there are, by their addresses."""
    from rightaway.accounts.memberships import organisations_of
    from rightaway.accounts.models import User
    from rightaway.bench.serving import session_of

    users: list[Any] = [User.objects.get(email=email) for email in emails]
    return {user.email: session_of(user, organisations_of(user.pk)[0]) for user in users}


if __name__ == "__main__":
    django.setup()
    wanted = json.loads(sys.argv[1])
    answer = setup_link() if "setup" in wanted else enter(**wanted) if "emails" in wanted else seed(**wanted)
    print(json.dumps(answer))

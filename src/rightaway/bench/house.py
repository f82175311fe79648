"""An organisation to measure in: agents who are all available, one or more routes, and waiting items."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import psycopg
from django.db import connection
from django.db.models import F

from rightaway.accounts.actor import SYSTEM
from rightaway.ledger.arrays import plain
from rightaway.ledger.clock import clock
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import organisation
from rightaway.routing.models import Config, Version
from rightaway.routing.schema import MemberIn, RouteIn, RouteSet
from rightaway.work.actions.found import make_organisation
from rightaway.work.enquiry import Enquiry
from rightaway.work.received import Arriving, write_items

ROOM = 2_000_000_000  # hundredths: nobody fills up while something else is measured
SOURCES = ("web", "portal", "chat", "referral")


@dataclass(frozen=True, slots=True)
class House:
    organisation_id: int
    agents: tuple[UUID, ...]


def build(*, agents: int, act: Literal["assign", "offer"] = "assign", routes: int = 4) -> House:
    """A new organisation; every agent is in the audience of the last route, the rest go by source."""
    organisation_id = make_organisation(name="bench", language="en", zone="UTC")
    ids = tuple(sorted(new_id() for _ in range(agents)))
    with organisation(organisation_id):
        _agents(organisation_id, ids)
        made = [
            RouteIn(
                id=new_id(),
                name=f"route {number}",
                act=act,
                offer_seconds=3600,  # longer than any measurement: what ends meanwhile would be measured with the rest
                sources=[SOURCES[number]] if number < 3 else [],
                audience=[MemberIn(agent=str(index)) for index in range(agents)],
            )
            for number in range(routes)
        ]  # fmt: skip
        version = Version.objects.create(number=1, body=RouteSet(routes=made).model_dump_json())
        Config.objects.update(live=version, revision=F("revision") + 1)
    return House(organisation_id, ids)


def _agents(organisation_id: int, ids: tuple[UUID, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO people_agent (organisation_id, id, key, name, email, zone, language, mode, active, skills,
                   languages, attributes, limits, event_seq, event_hash)
               SELECT %s, id, key, 'Agent ' || key, '', 'UTC', 'en', 'field', true, '{}', '[]', '{}', '{}', 0, ''
               FROM unnest(%s::uuid[], %s::text[]) a (id, key)""",
            [organisation_id, plain(ids), plain(range(len(ids)))],
        )
        cursor.execute(
            """INSERT INTO people_agentstate (organisation_id, agent_id, capacity, load, over_by, unanswered, presence,
                   reason, missed_in_row)
               SELECT %s, id, %s, 0, 0, 0, 'available', '', 0 FROM unnest(%s::uuid[]) a (id)""",
            [organisation_id, ROOM, plain(ids)],
        )


def fill(house: House, items: int) -> None:
    """Adds waiting items, each of a contact of its own, as receiving them would."""
    for start in range(0, items, 1000):
        with organisation(house.organisation_id):
            now = clock()
            write_items([_arriving(number, now) for number in range(start, min(items, start + 1000))], actor=SYSTEM)


def _arriving(number: int, now: datetime) -> Arriving:
    enquiry = Enquiry(source=SOURCES[number % 4], name=f"Person {number}", message="Is it still free?")
    return Arriving(
        enquiry=enquiry, item_id=new_id(), contact_id=new_id(), new_contact=True, identities=[], previous_id=None,
        folded=f"person {number}", attributes={}, marks=("none", "none"), now=now,
    )  # fmt: skip


def analyze(dsn: str) -> None:
    """What autovacuum does within a minute of a large change."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("ANALYZE")

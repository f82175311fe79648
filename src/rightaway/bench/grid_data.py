"""A large organisation's contacts, made quickly: COPY as the superuser, in the bench's own server.

Of a hundred contacts 62 are closed, 30 are somebody's and moved on, five are in Evaluate (two of them wait for an
answer), one waits in the pool, two were answered and lie unassigned. Names repeat as they do in life.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import psycopg

from rightaway.bench import house
from rightaway.contacts.normalise import fold
from rightaway.engine.basics import Rules, Work, turns_bad
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Team, TeamMember

_FIRST = (
    "María José Luis Ana Carlos Lucía Juan Sofía Miguel Elena Pedro Carmen Diego Marta Andrés Paula Javier Laura Tomás "
    "Irene James Olivia Liam Emma Noah Ava Oliver Mia Ethan Zoë Omar Fátima Wei Ling Hiro Yuki Priya Arjun Chidi Ngozi"
)
_SYLLABLES = "gar mar rod fer lo pe san ra go mo al ro na var do men ve cas or ti bel tran her quis ló mu ñoz ri os"
FIRST, SYLLABLES = _FIRST.split(), _SYLLABLES.split()
SOURCES = ("web", "portal", "chat", "referral", "phone", "walk_in", "fair", "advert", "newsletter", "partner")
SOURCE_SHARES = (30, 25, 12, 10, 8, 6, 4, 3, 1.9, 0.1)
MOVED = ("working", "contacted", "visit", "negotiation", "nurturing")
CLOSED = ("won", "lost", "spam")
TEAM = 12  # of the agents, managed by one of them

_CONTACT = "organisation_id, id, name, folded, language, company, created_at, event_seq, event_hash"
_IDENTITY = "organisation_id, id, contact_id, kind, value, raw, verified"
_ITEM = (
    "organisation_id, id, kind, contact_id, folded, line, front, state, status, cause, owner_id, source, language, "
    "attributes, band, units, enquiries, tries, wave, passed, created_at, unanswered_since, first_attempt_at, "
    "assigned_at, closed_at, outcome, event_seq, event_hash, basics_since, answered_seconds, acted_at, called_at, "
    "mailed_at, notes, next_task_at, update_asked_at, status_bad_at, waiting_bad_at, phone_bad_at, email_bad_at, "
    "notes_bad_at, task_bad_at, attention_at"
)


@dataclass(frozen=True, slots=True)
class Large:
    """`common` and `rare` are folded surnames; the phone (digits as typed at home) and address are somebody's."""

    organisation_id: int
    agents: tuple[UUID, ...]
    common: str
    rare: str
    phone: str
    email: str


def build(dsn: str, contacts: int, *, agents: int = 200, seed: int = 1) -> Large:
    """Takes about two minutes for a million."""
    dice, made = random.Random(seed), house.build(agents=agents)
    _team(made)
    surnames = _surnames(dice)
    people = list(_people(dice, made, surnames, contacts))
    tables = (("contacts_contact", _CONTACT), ("contacts_identity", _IDENTITY), ("work_item", _ITEM))
    with psycopg.connect(dsn) as conn:
        for place, (table, columns) in enumerate(tables):
            with conn.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                rows = iter(people)
                while batch := list(islice(rows, 5_000)):
                    copy.write("".join(row[place] for row in batch))
        with conn.cursor() as cursor:
            cursor.executemany(
                """UPDATE people_agentstate s SET load = 100 * n, unanswered = asked
                   FROM (SELECT count(*) n, count(unanswered_since) asked FROM work_item
                         WHERE organisation_id = %(o)s AND owner_id = %(a)s) i
                   WHERE s.organisation_id = %(o)s AND s.agent_id = %(a)s""",
                [{"o": made.organisation_id, "a": agent} for agent in made.agents],
            )
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE contacts_contact, contacts_identity, work_item")
    middle = contacts // 2
    return Large(
        made.organisation_id, made.agents, fold(surnames[0]), fold(surnames[-1]), _number(middle)[3:], _address(middle)
    )


def _team(made: house.House) -> None:
    with organisation(made.organisation_id):
        team = Team.objects.create(key="north", name="North")
        TeamMember.objects.bulk_create(
            TeamMember(team=team, agent_id=agent, manages=place == 0) for place, agent in enumerate(made.agents[:TEAM])
        )


def _surnames(dice: random.Random) -> list[str]:
    """Four thousand, the common ones first."""
    found: dict[str, None] = {}
    while len(found) < 4_000:
        found["".join(dice.choices(SYLLABLES, k=dice.choice((2, 3, 3)))).capitalize()] = None
    return list(found)


def _number(place: int) -> str:
    return f"+34{600_000_000 + place * 37 % 99_999_989}"


def _address(place: int) -> str:
    return f"contact.{place * 7919 % 1_000_003}@example{place % 50}.com"


def _people(
    dice: random.Random, made: house.House, surnames: list[str], contacts: int
) -> Iterator[tuple[str, str, str]]:
    """The rows of each contact in the three tables, as COPY reads them."""
    now = datetime.now(UTC)
    weights = [1 / (rank + 20) for rank in range(len(surnames))]
    organisation_id, bits = made.organisation_id, dice.getrandbits
    chosen = zip(
        dice.choices(FIRST, k=contacts), dice.choices(surnames, weights, k=contacts),
        dice.choices(surnames, weights, k=contacts), dice.choices(SOURCES, SOURCE_SHARES, k=contacts),
        dice.choices((0, 1, 2, 3), (18, 74, 7, 1), k=contacts), strict=True,
    )  # fmt: skip
    for place, (first, second, third, source, band) in enumerate(chosen):
        created = now - timedelta(days=1_500 * (1 - place / contacts), seconds=dice.random() * 86_400)
        stamp = int(created.timestamp() * 1000)
        contact, item = (UUID(int=stamp << 80 | 7 << 76 | bits(76) & ~(3 << 62) | 2 << 62) for _ in range(2))
        name = f"{first} {second} {third}"
        folded, phone, email = fold(name), _number(place), _address(place)
        yield (
            f"{organisation_id}\t{contact}\t{name}\t{folded}\tes\t\t{created}\t0\t\n",
            f"{organisation_id}\t{UUID(int=bits(128))}\t{contact}\tphone\t{phone}\t{phone}\tt\n"
            f"{organisation_id}\t{UUID(int=bits(128))}\t{contact}\temail\t{email}\t{email}\tt\n",
            f"{organisation_id}\t{item}\tlead\t{contact}\t{folded}\t\tt\t"
            + _state(dice, dice.choice(made.agents), source, band, created, now),
        )


def _state(dice: random.Random, agent: UUID, source: str, band: int, created: datetime, now: datetime) -> str:
    """The rest of an item's row."""
    draw, none = dice.random(), "\\N"
    recent = now - timedelta(minutes=dice.expovariate(1 / 600))
    state, status, cause, owner, asked, closed, outcome = (
        "assigned",
        dice.choice(MOVED),
        "owned",
        str(agent),
        none,
        none,
        "",
    )
    if draw < 0.62:
        outcome = dice.choices(CLOSED, (25, 65, 10))[0]
        state, status, cause, owner, closed = "closed", outcome, "finished", none, str(created)
    elif draw < 0.64:
        status, asked = "evaluate", str(recent)
    elif draw < 0.67:
        status = "evaluate"
    elif draw < 0.68:
        state, status, cause, owner, asked = (
            "pooled",
            "evaluate",
            dice.choice(("no_route", "nobody")),
            none,
            str(recent),
        )
    elif draw < 0.70:
        state, status, cause, owner = "pooled", "nurturing", "handed_back", none
    elif draw < 0.71:
        asked = str(recent)  # somebody of long ago has written again
    assigned = str(created) if owner != none else none
    basics = _basics(dice, state, status, owner, None if asked == none else recent, created, now)
    return (
        f"{state}\t{status}\t{cause}\t{owner}\t{source}\tes\t{{}}\t{band}\t{0 if owner == none else 100}\t1\t0\t0\t[]\t"
        f"{created}\t{asked}\t{none}\t{assigned}\t{closed}\t{outcome}\t0\t\t{basics}\n"
    )


def _basics(
    dice: random.Random, state: str, status: str, owner: str, asked: datetime | None, created: datetime, now: datetime
) -> str:
    """How it is looked after, and when that turns bad: most is, and what is old was brought along without any."""
    if state == "closed" or (asked is None and dice.random() < 0.5):
        return "\t".join([*["\\N"] * 5, "0", *["\\N"] * 9])
    acted = None if asked is not None else created + timedelta(seconds=dice.expovariate(1 / 200))
    called = acted if dice.random() < 0.9 else None
    task = now + timedelta(hours=dice.uniform(-20, 400)) if dice.random() < 0.8 else None
    work = Work(
        kind="lead", status=status, is_owned=owner != "\\N", since=asked or created, unanswered_since=asked,
        answered_seconds=None if acted is None else int((acted - created).total_seconds()), acted_at=acted,
        called_at=called, mailed_at=called if dice.random() < 0.9 else None, notes=int(dice.random() < 0.9),
        next_task_at=task,
    )  # fmt: skip
    turns = turns_bad(work, Rules())
    update = now if dice.random() < 0.001 else None
    columns = (
        work.since, work.answered_seconds, acted, called, work.mailed_at, work.notes, task, update, turns.status,
        turns.waiting, turns.phone, turns.email, turns.notes, turns.task, turns.attention,
    )  # fmt: skip
    return "\t".join("\\N" if each is None else str(each) for each in columns)

"""Search: contacts by name, phone, e-mail address or id, across every status, and where each of them stands."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Contact
from rightaway.contacts.normalise import clean_text, fold
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import current_organisation
from rightaway.work.grid import Scope, scope_of, views_of
from rightaway.work.models import Item

LONGEST_SEARCH = 200  # characters
_CANDIDATES = 1_000

_FOUND = """
SELECT i.id, f.via FROM find_contacts(%(wanted)s, %(candidates)s) WITH ORDINALITY f (contact_id, via, place)
JOIN work_item i ON i.organisation_id = %(organisation)s AND i.id = (
    SELECT n.id FROM work_item n WHERE n.organisation_id = %(organisation)s AND n.contact_id = f.contact_id
    ORDER BY n.front DESC, n.id DESC LIMIT 1)
WHERE {where} ORDER BY f.place LIMIT %(most)s
"""
# Among the few whom an agent sees openly: what is withheld must not be found by guessing at it.
_OWN = r"""
SELECT i.id, h.via FROM work_item i CROSS JOIN LATERAL (
    SELECT CASE WHEN ' ' || i.folded LIKE ALL (%(patterns)s) THEN 'name' ELSE coalesce(
        (SELECT n.kind FROM contacts_identity n
         WHERE n.organisation_id = %(organisation)s AND n.contact_id = i.contact_id
           AND (n.kind = 'email' AND n.value LIKE %(part)s
                OR n.kind = 'phone' AND regexp_replace(n.value, '\D', '', 'g') LIKE ANY (%(endings)s::text[]))
         LIMIT 1),
        CASE WHEN word_similarity(%(wanted)s, i.folded) >= 0.5 THEN 'alike' END) END AS via) h
WHERE i.organisation_id = %(organisation)s AND i.front AND {clear} AND h.via IS NOT NULL
ORDER BY h.via = 'alike', word_similarity(%(wanted)s, i.folded) DESC, i.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """`via`: what matched (name, alike, phone, email, id). `views` are those in which the item stands now; none has an
    `archived` contact."""

    item: Item
    via: str
    views: list[str]
    archived: bool


def search(actor: Actor, text: str, *, limit: int = 50) -> list[Found]:
    """The best matches first, of what the actor may see; by name, number or address only where these are not withheld.

    A number is found by its last four digits or more. Spelt nearly right is found when little else is.
    """
    wanted = fold(clean_text(text))[:LONGEST_SEARCH]
    if not wanted:
        return []
    scope = scope_of(actor)
    rows = _by_id(wanted, scope) or (
        _all(wanted, scope, limit) if scope.clear == "true" else _own(wanted, scope, limit)
    )
    how: dict[UUID, str] = {}
    for item_id, via in rows:
        how.setdefault(item_id, via)
    items = Item.objects.in_bulk(list(how))
    contacts = [item.contact_id for item in items.values() if not item.front]
    away = set(Contact.objects.filter(id__in=contacts, archived_at__isnull=False).values_list("id", flat=True))
    now = clock()
    return [Found(items[id], via, views_of(items[id], now), items[id].contact_id in away) for id, via in how.items()]


def _by_id(wanted: str, scope: Scope) -> list[tuple[UUID, str]]:
    try:
        id = UUID(wanted)
    except ValueError:
        return []
    where = "i.organisation_id = %(organisation)s AND (i.id = %(id)s OR i.contact_id = %(id)s)"
    return _rows(
        f"SELECT i.id, 'id' FROM work_item i WHERE {where} AND {scope.where} "
        "ORDER BY i.id = %(id)s DESC, i.front DESC, i.id DESC LIMIT 1",
        scope, id=id,
    )  # fmt: skip


def _all(wanted: str, scope: Scope, limit: int) -> list[tuple[UUID, str]]:
    candidates = limit if scope.where == "true" else _CANDIDATES
    return _rows(_FOUND.format(where=scope.where), scope, wanted=wanted, candidates=candidates, most=limit)


def _own(wanted: str, scope: Scope, limit: int) -> list[tuple[UUID, str]]:
    digits = re.sub(r"\D", "", wanted)
    readings = set() if any(c.isalpha() for c in wanted) else {digits, digits.lstrip("0")}  # dialled with a prefix
    endings = [f"%{each}" for each in readings if len(each) >= 4]
    words = [_escaped(word) for word in wanted.split()]
    patterns = [f"% {word}%" if len(word) < 3 else f"%{word}%" for word in words]
    part = f"%{_escaped(wanted)}%"
    return _rows(
        _OWN.format(clear=scope.clear), scope, wanted=wanted, patterns=patterns, part=part, endings=endings, most=limit
    )


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _rows(sql: str, scope: Scope, **parameters: Any) -> list[tuple[UUID, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**scope.parameters, **parameters, "organisation": current_organisation()})
        return list(cursor.fetchall())

"""Search: contacts by name, phone, e-mail address, id or note, across every status, and where each of them stands."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Contact, Entry
from rightaway.contacts.normalise import clean_text, fold
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import current_organisation
from rightaway.work.grid import Scope, scope_of, views_of
from rightaway.work.models import Item

LONGEST_SEARCH = 200  # characters
_CANDIDATES = 1_000
_SHORTEST_NOTED = 3  # letters of the longest word, for notes to be looked through
_ORDER = {"note": 1, "alike": 2}
_BEFORE, _AFTER = 5, 12  # words of a note that are shown around what was found

_FOUND = """
SELECT i.id, {via}, {entry} FROM {find}(%(wanted)s, %(candidates)s) WITH ORDINALITY f (contact_id, hit, place)
CROSS JOIN LATERAL (
    SELECT n.* FROM work_item n WHERE n.organisation_id = %(organisation)s AND n.contact_id = f.contact_id
    ORDER BY n.front DESC, n.id DESC LIMIT 1) i
WHERE {where} ORDER BY f.place LIMIT %(most)s
"""
# Among the few whom an agent sees openly: what is withheld must not be found by guessing at it.
_OWN = r"""
SELECT i.id, h.via, NULL::uuid FROM work_item i CROSS JOIN LATERAL (
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
_OWN_NOTES = """
SELECT i.id, 'note', e.id FROM work_item i CROSS JOIN LATERAL (
    SELECT n.id, n.at FROM contacts_entry n
    WHERE n.organisation_id = %(organisation)s AND n.contact_id = i.contact_id AND n.kind = 'note'
      AND ' ' || n.folded LIKE ALL (%(patterns)s)
    ORDER BY n.at DESC LIMIT 1) e
WHERE i.organisation_id = %(organisation)s AND i.front AND {clear} ORDER BY e.at DESC, i.id LIMIT %(most)s
"""
Hit = tuple[UUID, str, UUID | None]  # an item, what matched, and the note in which it did


@dataclass(frozen=True, slots=True)
class Found:
    """`via`: what matched (name, alike, phone, email, id, note); `excerpt` is what the note says there. `views` are
    those in which the item stands now; none has an `archived` contact."""

    item: Item
    via: str
    views: list[str]
    archived: bool
    excerpt: str = ""


def search(actor: Actor, text: str, *, limit: int = 50) -> list[Found]:
    """The best matches first, of what the actor may see; by name, number or address only where these are not withheld.

    A number is found by its last four digits or more. Spelt nearly right is found when little else is.
    """
    wanted = fold(clean_text(text))[:LONGEST_SEARCH]
    if not wanted:
        return []
    scope = scope_of(actor)
    how: dict[UUID, tuple[str, UUID | None]] = {}
    for item_id, via, entry_id in _by_id(wanted, scope) or _hits(wanted, scope, limit):
        how.setdefault(item_id, (via, entry_id))
    items = Item.objects.in_bulk(list(how))
    contacts = [item.contact_id for item in items.values() if not item.front]
    away = set(Contact.objects.filter(id__in=contacts, archived_at__isnull=False).values_list("id", flat=True))
    entries = Entry.objects.filter(id__in=[entry_id for _via, entry_id in how.values() if entry_id])
    notes = dict(entries.values_list("id", "text"))
    now = clock()
    return [
        Found(
            items[id], via, views_of(items[id], now), items[id].contact_id in away,
            excerpt(notes[entry_id], wanted) if entry_id else "",
        )
        for id, (via, entry_id) in how.items()
    ]  # fmt: skip


def excerpt(note: str, wanted: str) -> str:
    """The words of a note around the longest word of what was `wanted`, which is folded."""
    sought = max(wanted.split(), key=len)
    words = note.split()
    at = next((place for place, word in enumerate(words) if sought in fold(word)), 0)
    first, last = max(0, at - _BEFORE), at + _AFTER
    return f"{'…' if first else ''}{' '.join(words[first:last])}{'…' if last < len(words) else ''}"


def _hits(wanted: str, scope: Scope, limit: int) -> list[Hit]:
    """Who it is before what was noted of them, and that before names that are only alike."""
    everybody = scope.clear == "true"
    hits = _all(wanted, scope, limit) if everybody else _own(wanted, scope, limit)
    if len(hits) < limit and max(map(len, wanted.split())) >= _SHORTEST_NOTED:
        hits += _all_notes(wanted, scope, limit) if everybody else _own_notes(wanted, scope, limit)
    return sorted(hits, key=lambda hit: _ORDER.get(hit[1], 0))[:limit]


def _by_id(wanted: str, scope: Scope) -> list[Hit]:
    try:
        id = UUID(wanted)
    except ValueError:
        return []
    where = "i.organisation_id = %(organisation)s AND (i.id = %(id)s OR i.contact_id = %(id)s)"
    return _rows(
        f"SELECT i.id, 'id', NULL::uuid FROM work_item i WHERE {where} AND {scope.where} "
        "ORDER BY i.id = %(id)s DESC, i.front DESC, i.id DESC LIMIT 1",
        scope, id=id,
    )  # fmt: skip


def _all(wanted: str, scope: Scope, limit: int) -> list[Hit]:
    return _from(
        _FOUND.format(find="find_contacts", via="f.hit", entry="NULL::uuid", where=scope.where), wanted, scope, limit
    )


def _all_notes(wanted: str, scope: Scope, limit: int) -> list[Hit]:
    return _from(_FOUND.format(find="find_notes", via="'note'", entry="f.hit", where=scope.where), wanted, scope, limit)


def _from(sql: str, wanted: str, scope: Scope, limit: int) -> list[Hit]:
    candidates = limit if scope.where == "true" else _CANDIDATES
    return _rows(sql, scope, wanted=wanted, candidates=candidates, most=limit)


def _own(wanted: str, scope: Scope, limit: int) -> list[Hit]:
    digits = re.sub(r"\D", "", wanted)
    readings = set() if any(c.isalpha() for c in wanted) else {digits, digits.lstrip("0")}  # dialled with a prefix
    endings = [f"%{each}" for each in readings if len(each) >= 4]
    part = f"%{_escaped(wanted)}%"
    return _rows(
        _OWN.format(clear=scope.clear), scope, wanted=wanted, patterns=_patterns(wanted), part=part, endings=endings,
        most=limit,
    )  # fmt: skip


def _own_notes(wanted: str, scope: Scope, limit: int) -> list[Hit]:
    return _rows(_OWN_NOTES.format(clear=scope.clear), scope, patterns=_patterns(wanted), most=limit)


def _patterns(wanted: str) -> list[str]:
    """Every word must be there; one of three letters or more anywhere, a shorter one where a word begins."""
    words = [_escaped(word) for word in wanted.split()]
    return [f"% {word}%" if len(word) < 3 else f"%{word}%" for word in words]


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _rows(sql: str, scope: Scope, **parameters: Any) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**scope.parameters, **parameters, "organisation": current_organisation()})
        return list(cursor.fetchall())

"""Phones and e-mails by which people are known: locked before they are looked at, so that nobody is made twice."""

from collections.abc import Iterable
from uuid import UUID

from rightaway.contacts.models import Contact, Identity
from rightaway.ledger.arrays import quoted
from rightaway.ledger.statements import asked

Name = tuple[str, str]  # kind and value

_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(name, %(organisation)s::bigint)) FROM unnest(%(names)s::text[]) name
"""


def lock(names: Iterable[Name], *, also: Iterable[str] = ()) -> None:
    """Until the transaction's end nobody else matches, adds, moves or takes away these. People come before `also`."""
    wanted = [*sorted({f"{kind}:{value}" for kind, value in names}), *also]
    if wanted:
        asked(_LOCK, names=quoted(wanted))


def names_of(contact_ids: Iterable[object]) -> set[Name]:
    return set(Identity.objects.filter(contact__in=list(contact_ids)).values_list("kind", "value"))


def hold(contact_ids: Iterable[UUID], *, names: Iterable[Name] = ()) -> dict[UUID, Contact]:
    """These contacts, locked in order of id, and with them everybody's matching of their identities and of `names`.

    Identities first: an enquiry that has matched one of them already is waited for, and no other can follow.
    """
    ids = sorted(set(contact_ids))
    held: set[Name] = set()
    while missing := {*names, *names_of(ids)} - held:
        lock(missing)
        held |= missing
    rows = Contact.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id")
    return {row.id: row for row in rows}

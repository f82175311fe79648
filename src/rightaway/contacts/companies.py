"""Companies by name: however it is written, one name is one company."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from rightaway.contacts.models import Company
from rightaway.contacts.normalise import company_key
from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import current_organisation

_MAKE = """
INSERT INTO contacts_company (organisation_id, id, name, folded, event_seq, event_hash)
SELECT %s, id, name, folded, 0, '' FROM unnest(%s::uuid[], %s::text[], %s::text[]) c (id, name, folded)
ON CONFLICT (organisation_id, folded) DO NOTHING
"""


def companies_named(names: Iterable[str]) -> dict[str, UUID]:
    """The company of each name that names one, made where there is none yet.

    Made first and looked up after: whoever makes the same one at the same time is waited for, and then seen.
    """
    keys = {name: key for name in names if (key := company_key(name))}
    if not keys:
        return {}
    known = _known(keys.values())
    new = {key: name for name, key in sorted(keys.items(), key=lambda pair: pair[1]) if key not in known}
    if new:
        with connection.cursor() as cursor:
            ids = plain(new_id() for _ in new)
            cursor.execute(_MAKE, [current_organisation(), ids, quoted(new.values()), quoted(new)])
        known |= _known(new)
    return {name: known[key] for name, key in keys.items()}


def _known(keys: Iterable[str]) -> dict[str, UUID]:
    return dict(Company.objects.filter(folded__in=set(keys)).values_list("folded", "id"))
